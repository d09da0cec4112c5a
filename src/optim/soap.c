/*
  SOAP: Adam in the eigenbasis of Shampoo (Vyas, Morwani, Zhao, Kwun, Shapira, Brandfonbrener, Janson and Kakade 2024,
  arXiv 2409.11321, algorithms 3 and 4).

  For each matrix block, with gradient G [m x n]:
    L <- beta2 L + (1 - beta2) G G',  R <- beta2 R + (1 - beta2) G' G;  Q_L, Q_R their eigenvectors;
    M <- beta1 M + (1 - beta1) G  in the original space,  V <- beta2 V + (1 - beta2) (Q_L' G Q_R)^2  in the rotated one;
    theta <- theta - lr Q_L [ (Q_L' M Q_R)^ / (sqrt(V^) + epsilon) ] Q_R',  ^: Adam's corrections of the initial bias.
  The first gradient only gives L, R and, by an eigenvalue decomposition, Q_L and Q_R: a step in the singular vectors of
  its own gradient would divide rounding by rounding. Every `refresh` steps Q <- orthogonal factor of L Q (one step of
  orthogonal iteration, its columns in descending order of q' L q, V reordered along with them).
  A side longer than the limit keeps the identity; vectors, and matrices with no side left, are updated by Adam.

  Matrices are row-major. A basis is stored as E = Q', so its rows are the eigenvectors: this is what LAPACK's
  column-major Q looks like in row-major order.
*/
#include "optim/optimizer.h"
#include <petscblaslapack.h>

/* One side of one block: [n x n] matrices. */
typedef struct {
  PetscInt n;
  double  *S; /* (not owned) L or R; NULL: the identity is the basis */
  double  *E; /* (not owned) eigenvectors as rows */
} Side;

typedef struct {
  Side        *sides;             /* (owned) [nblocks][2]: left, right */
  double      *A, *B, *C;         /* (owned) scratch, as long as the longest block */
  PetscInt    *order;             /* (owned) as long as the longest block: rows, then columns */
  double      *P;                 /* (owned) scratch, [n x n] of the longest side */
  double      *eigenvalues, *tau; /* (owned) [longest side] */
  PetscBLASInt nwork;
  double      *work; /* (owned) [nwork] LAPACK's */
} Soap;

/* C = alpha op(A) op(B) + beta C, row-major, C [m x n], op(A) [m x k]; op 'N' or 'T'. */
static PetscErrorCode multiply(char opA, char opB, PetscInt m, PetscInt n, PetscInt k, double alpha, const double *A,
                               const double *B, double beta, double *C)
{
  PetscBLASInt bm, bn, bk, lda, ldb;

  PetscFunctionBeginUser;
  PetscCall(PetscBLASIntCast(m, &bm));
  PetscCall(PetscBLASIntCast(n, &bn));
  PetscCall(PetscBLASIntCast(k, &bk));
  lda = opA == 'N' ? bk : bm;
  ldb = opB == 'N' ? bn : bk;
  PetscCallBLAS("BLASgemm", BLASgemm_(&opB, &opA, &bn, &bm, &bk, &alpha, B, &ldb, A, &lda, &beta, C, &bn));
  PetscFunctionReturn(0);
}

/* Y = Q_L' X Q_R (rotate) or Y = Q_L X Q_R' (back), leaving out the sides without a basis. Y is not X; A is scratch. */
static PetscErrorCode rotate(const Side side[2], PetscBool back, const double *X, double *A, double *Y)
{
  const PetscInt m = side[0].n, n = side[1].n;
  const char     op_left = back ? 'T' : 'N', op_right = back ? 'N' : 'T';

  PetscFunctionBeginUser;
  if (side[0].E && side[1].E) {
    PetscCall(multiply(op_left, 'N', m, n, m, 1.0, side[0].E, X, 0.0, A));
    PetscCall(multiply('N', op_right, m, n, n, 1.0, A, side[1].E, 0.0, Y));
  } else if (side[0].E) {
    PetscCall(multiply(op_left, 'N', m, n, m, 1.0, side[0].E, X, 0.0, Y));
  } else {
    PetscCall(multiply('N', op_right, m, n, n, 1.0, X, side[1].E, 0.0, Y));
  }
  PetscFunctionReturn(0);
}

/* L and R from a new gradient. */
static PetscErrorCode accumulate(const Side side[2], double beta2, const double *G)
{
  const PetscInt m = side[0].n, n = side[1].n;

  PetscFunctionBeginUser;
  if (side[0].S) PetscCall(multiply('N', 'T', m, m, n, 1.0 - beta2, G, G, beta2, side[0].S));
  if (side[1].S) PetscCall(multiply('T', 'N', n, n, m, 1.0 - beta2, G, G, beta2, side[1].S));
  PetscFunctionReturn(0);
}

/* E = all eigenvectors of S. */
static PetscErrorCode decompose(Soap *soap, const Side *side)
{
  PetscBLASInt n, info;

  PetscFunctionBeginUser;
  PetscCall(PetscBLASIntCast(side->n, &n));
  PetscCall(PetscArraycpy(side->E, side->S, side->n * side->n));
  PetscCallBLAS("LAPACKsyev",
                LAPACKsyev_("V", "U", &n, side->E, &n, soap->eigenvalues, soap->work, &soap->nwork, &info));
  PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "LAPACK syev failed with info %d", (int)info);
  PetscFunctionReturn(0);
}

/* One step of orthogonal iteration. order[i] is the place that eigenvector i of the new basis had in the old one. */
static PetscErrorCode iterateBasis(Soap *soap, const Side *side, PetscInt order[])
{
  const PetscInt n = side->n;
  PetscBLASInt   bn, info;

  PetscFunctionBeginUser;
  PetscCall(PetscBLASIntCast(n, &bn));
  PetscCall(multiply('N', 'N', n, n, n, 1.0, side->E, side->S, 0.0, soap->P));
  for (PetscInt i = 0; i < n; i++) {
    double quotient = 0.0;
    for (PetscInt j = 0; j < n; j++) quotient += side->E[i * n + j] * soap->P[i * n + j];
    soap->eigenvalues[i] = -quotient; /* PETSc sorts upwards */
    order[i]             = i;
  }
  PetscCall(PetscSortRealWithPermutation(n, soap->eigenvalues, order));
  for (PetscInt i = 0; i < n; i++) PetscCall(PetscArraycpy(side->E + i * n, soap->P + order[i] * n, n));
  PetscCallBLAS("LAPACKgeqrf", LAPACKgeqrf_(&bn, &bn, side->E, &bn, soap->tau, soap->work, &soap->nwork, &info));
  PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "LAPACK geqrf failed with info %d", (int)info);
  PetscCallBLAS("LAPACKorgqr", LAPACKorgqr_(&bn, &bn, &bn, side->E, &bn, soap->tau, soap->work, &soap->nwork, &info));
  PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "LAPACK orgqr failed with info %d", (int)info);
  PetscFunctionReturn(0);
}

/* New bases for a block, its second moments V [m x n] reordered along with the eigenvectors. */
static PetscErrorCode refresh(Soap *soap, const Side side[2], double *V)
{
  const PetscInt m = side[0].n, n = side[1].n;
  PetscInt      *row = soap->order, *column = soap->order + m;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < m; i++) row[i] = i;
  for (PetscInt j = 0; j < n; j++) column[j] = j;
  if (side[0].S) PetscCall(iterateBasis(soap, &side[0], row));
  if (side[1].S) PetscCall(iterateBasis(soap, &side[1], column));
  PetscCall(PetscArraycpy(soap->A, V, m * n));
  for (PetscInt i = 0; i < m; i++) {
    for (PetscInt j = 0; j < n; j++) V[i * n + j] = soap->A[row[i] * n + column[j]];
  }
  PetscFunctionReturn(0);
}

/* The t-th step of a block with at least one basis. */
static PetscErrorCode updateBlock(Soap *soap, const DscOptimizerSettings *settings, const Side side[2], double t,
                                  double lr, const double *G, double *M, double *V, double *theta)
{
  const double   beta1 = settings->beta1, beta2 = settings->beta2;
  const double   rate = lr / (1.0 - pow(beta1, t)), correction = 1.0 / (1.0 - pow(beta2, t));
  const PetscInt size = side[0].n * side[1].n;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < size; i++) M[i] = beta1 * M[i] + (1.0 - beta1) * G[i];
  PetscCall(rotate(side, PETSC_FALSE, G, soap->A, soap->B));
  PetscCall(rotate(side, PETSC_FALSE, M, soap->A, soap->C));
  for (PetscInt i = 0; i < size; i++) {
    V[i]       = beta2 * V[i] + (1.0 - beta2) * soap->B[i] * soap->B[i];
    soap->B[i] = soap->C[i] / (sqrt(V[i] * correction) + settings->epsilon);
  }
  PetscCall(rotate(side, PETSC_TRUE, soap->B, soap->A, soap->C));
  for (PetscInt i = 0; i < size; i++) theta[i] -= rate * soap->C[i];
  PetscFunctionReturn(0);
}

static PetscErrorCode soapStep(DscOptimizer o, double lr, const double gradient[], double theta[])
{
  Soap          *soap   = o->context;
  const double   t      = o->state[0];
  const PetscInt period = o->settings.soap_refresh;

  PetscFunctionBeginUser;
  for (PetscInt b = 0; b < o->nblocks; b++) {
    const PetscInt at = o->blocks[b].offset, size = o->blocks[b].rows * o->blocks[b].columns;
    const Side    *side = soap->sides + 2 * b;
    if (!side[0].S && !side[1].S) {
      if (t > 0.0) DscAdamUpdate(&o->settings, t, lr, size, gradient + at, o->m + at, o->v + at, NULL, theta + at);
      continue;
    }
    if (t > 0.0)
      PetscCall(updateBlock(soap, &o->settings, side, t, lr, gradient + at, o->m + at, o->v + at, theta + at));
    PetscCall(accumulate(side, o->settings.beta2, gradient + at));
    if (t == 0.0) {
      if (side[0].S) PetscCall(decompose(soap, &side[0]));
      if (side[1].S) PetscCall(decompose(soap, &side[1]));
    } else if ((PetscInt)t % period == 0)
      PetscCall(refresh(soap, side, o->v + at));
  }
  o->state[0] += 1.0;
  PetscFunctionReturn(0);
}

/* LAPACK's work space for the longest side n. */
static PetscErrorCode allocateWork(Soap *soap, PetscInt side)
{
  PetscBLASInt n, query       = -1, info;
  double       size[3], dummy = 0.0;

  PetscFunctionBeginUser;
  PetscCall(PetscBLASIntCast(side, &n));
  PetscCallBLAS("LAPACKsyev", LAPACKsyev_("V", "U", &n, &dummy, &n, &dummy, &size[0], &query, &info));
  PetscCallBLAS("LAPACKgeqrf", LAPACKgeqrf_(&n, &n, &dummy, &n, &dummy, &size[1], &query, &info));
  PetscCallBLAS("LAPACKorgqr", LAPACKorgqr_(&n, &n, &n, &dummy, &n, &dummy, &size[2], &query, &info));
  soap->nwork = (PetscBLASInt)PetscMax(size[0], PetscMax(size[1], size[2]));
  PetscCall(PetscMalloc1(soap->nwork, &soap->work));
  PetscFunctionReturn(0);
}

/* Whether a side of length n of a block has a basis of its own. */
static PetscBool hasBasis(const DscOptimizer o, const DscBlock *block, PetscInt n)
{
  if (block->rows == 1 || block->columns == 1) return PETSC_FALSE;
  return n <= o->settings.soap_max_dimension ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode soapCreate(DscOptimizer o)
{
  Soap    *soap;
  PetscInt extra = 0, longest_block = 1, longest_side = 1;
  double  *next;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&soap));
  o->context = soap;
  PetscCall(PetscCalloc1(2 * (size_t)o->nblocks, &soap->sides));
  for (PetscInt s = 0; s < 2 * o->nblocks; s++) {
    const DscBlock *block = &o->blocks[s / 2];
    soap->sides[s].n      = s % 2 ? block->columns : block->rows;
    longest_block         = PetscMax(longest_block, block->rows * block->columns);
    if (!hasBasis(o, block, soap->sides[s].n)) continue;
    longest_side = PetscMax(longest_side, soap->sides[s].n);
    extra += 2 * soap->sides[s].n * soap->sides[s].n;
  }
  PetscCall(DscOptimizerAllocateState(o, extra, &next));
  for (PetscInt s = 0; s < 2 * o->nblocks; s++) {
    Side *side = &soap->sides[s];
    if (!hasBasis(o, &o->blocks[s / 2], side->n)) continue;
    side->S = next;
    side->E = side->S + side->n * side->n;
    next    = side->E + side->n * side->n;
  }
  PetscCall(PetscMalloc4(longest_block, &soap->A, longest_block, &soap->B, longest_block, &soap->C, longest_block,
                         &soap->order));
  PetscCall(PetscMalloc3((size_t)longest_side * (size_t)longest_side, &soap->P, longest_side, &soap->eigenvalues,
                         longest_side, &soap->tau));
  PetscCall(allocateWork(soap, longest_side));
  PetscFunctionReturn(0);
}

static PetscErrorCode soapDestroy(DscOptimizer o)
{
  Soap *soap = o->context;

  PetscFunctionBeginUser;
  if (!soap) PetscFunctionReturn(0);
  PetscCall(PetscFree(soap->sides));
  PetscCall(PetscFree4(soap->A, soap->B, soap->C, soap->order));
  PetscCall(PetscFree3(soap->P, soap->eigenvalues, soap->tau));
  PetscCall(PetscFree(soap->work));
  PetscCall(PetscFree(o->context));
  PetscFunctionReturn(0);
}

const DscOptimizerOps DscOptimizerSoap = {
    .name    = "soap",
    .help    = "Adam in the eigenbasis of Shampoo's matrices (Vyas et al. 2024)",
    .lr      = 3e-3,
    .beta1   = 0.95,
    .beta2   = 0.95,
    .create  = soapCreate,
    .step    = soapStep,
    .destroy = soapDestroy,
};
