#include "method/particle_fit.h"
#include "method/result.h"
#include "method/selection.h"

#include <math.h>
#include <petscblaslapack.h>

#define ROUNDS    10   /* of covariance and set in turn */
#define JITTER    1e-6 /* of S's diagonal, where equations are nearly the same */
#define MAX_TERMS 8    /* of a candidate */

typedef struct {
  DscParticleMoments *moments; /* (not owned) */
  DscPath             path;    /* (owned) */
  double             *L;       /* (owned) [K][K] Cholesky factor of S, lower, by rows */
  double             *white;   /* (owned) [K][M + 1] L^-1 [A | g] */
  double             *G, *b;   /* (owned) [M][M], [M] of the whitened equations */
  double              yy;
  PetscBool          *active;               /* (owned) [M] */
  double             *xi;                   /* (owned) [M] */
  double             *covariance, *scratch; /* (owned) [M][M], [3][M][M + 1] */
} Fit;

static PetscErrorCode create(DscParticleMoments *m, const DscResult *result, Fit *f)
{
  const PetscInt M = m->nterms, K = m->nequations;

  PetscFunctionBeginUser;
  f->moments = m;
  PetscCall(DscPathCreate(M, 1, PetscMin(M, MAX_TERMS), &f->path));
  PetscCall(PetscCalloc5((size_t)(K * K), &f->L, (size_t)(K * (M + 1)), &f->white, (size_t)(M * M), &f->G, M, &f->b, M,
                         &f->xi));
  PetscCall(PetscCalloc3(M, &f->active, (size_t)(M * M), &f->covariance, (size_t)(3 * M * (M + 1)), &f->scratch));
  for (PetscInt j = 0; j < M; j++) {
    f->active[j] = (PetscBool)(result->active[j] != 0);
    f->xi[j]     = result->coefficients[j];
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode destroy(Fit *f)
{
  PetscFunctionBeginUser;
  PetscCall(DscPathDestroy(&f->path));
  PetscCall(PetscFree5(f->L, f->white, f->G, f->b, f->xi));
  PetscCall(PetscFree3(f->active, f->covariance, f->scratch));
  PetscFunctionReturn(0);
}

/* L^-1 [A | g] for S = L L', and its Gram matrix. *fine: S is positive definite. */
static PetscErrorCode whiten(Fit *f, PetscBool *fine)
{
  const DscParticleMoments *m = f->moments;
  const PetscInt            M = m->nterms, K = m->nequations, n = M + 1;
  PetscBLASInt              info, k = (PetscBLASInt)K;

  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(f->L, m->S, K * K));
  for (PetscInt a = 0; a < K; a++) { /* an equation without noise is one without a test function: 0 = 0 */
    const double square = f->L[a * K + a];

    f->L[a * K + a] = square > 0.0 ? (1.0 + JITTER) * square : 1.0;
  }
  PetscCallBLAS("LAPACKpotrf", LAPACKpotrf_("U", &k, f->L, &k, &info)); /* row-major: the lower triangle */
  *fine = (PetscBool)(info == 0);
  if (!*fine) PetscFunctionReturn(0);
  for (PetscInt a = 0; a < K; a++) {
    double *row = f->white + a * n;

    PetscCall(PetscArraycpy(row, m->A + a * M, M));
    row[M] = m->g[a];
    for (PetscInt c = 0; c < a; c++) {
      for (PetscInt j = 0; j < n; j++) row[j] -= f->L[a * K + c] * f->white[c * n + j];
    }
    for (PetscInt j = 0; j < n; j++) row[j] /= f->L[a * K + a];
  }
  PetscCall(PetscArrayzero(f->G, M * M));
  PetscCall(PetscArrayzero(f->b, M));
  f->yy = 0.0;
  for (PetscInt a = 0; a < K; a++) {
    const double *row = f->white + a * n;

    for (PetscInt i = 0; i < M; i++) {
      for (PetscInt j = 0; j < M; j++) f->G[i * M + j] += row[i] * row[j];
      f->b[i] += row[i] * row[M];
    }
    f->yy += row[M] * row[M];
  }
  PetscFunctionReturn(0);
}

/* The best set for this S. *changed: it is another than before. keep: every set goes to the result's candidates. */
static PetscErrorCode choose(Fit *f, DscResult *keep, PetscBool *changed)
{
  const PetscInt   M     = f->moments->nterms;
  const DscGram    gram  = {.nterms = M, .nsamples = f->moments->nclusters, .G = f->G, .b = f->b, .yy = f->yy};
  const double     price = log(f->moments->nclusters) + log((double)M);
  const PetscBool *active;
  PetscInt         nsets, best = 0;
  double           lowest = INFINITY, error, unused;

  PetscFunctionBeginUser;
  PetscCall(DscPathCompute(f->path, &gram, &nsets));
  for (PetscInt size = 0; size < nsets; size++) {
    PetscCall(DscPathGetSet(f->path, size, &active, &error, &unused));
    const double score = error * f->yy + price * (double)size;

    if (keep) PetscCall(DscSelectionAdd(keep, 1, active, error, score));
    if (score >= lowest) continue;
    lowest = score;
    best   = size;
  }
  PetscCall(DscPathGetSet(f->path, best, &active, &error, &unused));
  *changed = PETSC_FALSE;
  for (PetscInt j = 0; j < M; j++) {
    if (active[j] != f->active[j]) *changed = PETSC_TRUE;
    f->active[j] = active[j];
  }
  PetscFunctionReturn(0);
}

/* A term without a test function of its own is a multiple of p, and its best one the constant: the mass. */
static PetscInt own_equation(const DscParticleMoments *m, PetscInt term)
{
  return m->S[term * m->nequations + term] > 0.0 ? term : m->nterms;
}

/* xi, and its covariance from S, of the set's own equations. *fine: they can be solved. */
static PetscErrorCode solve(Fit *f, PetscBool *fine)
{
  const DscParticleMoments *m = f->moments;
  const PetscInt            M = m->nterms;
  double                   *B = f->scratch, *inverse = B + M * (M + 1), *half = inverse + M * (M + 1);
  PetscInt                  n = 0, index[MAX_TERMS], own[MAX_TERMS];
  PetscBLASInt              nn, info, pivots[MAX_TERMS];

  PetscFunctionBeginUser;
  *fine = PETSC_TRUE;
  for (PetscInt j = 0; j < M; j++) {
    f->xi[j] = 0.0;
    if (!f->active[j]) continue;
    own[n]     = own_equation(m, j);
    index[n++] = j;
  }
  PetscCall(PetscArrayzero(f->covariance, M * M));
  if (n == 0) PetscFunctionReturn(0);
  nn = (PetscBLASInt)n;
  for (PetscInt a = 0; a < n; a++) { /* by columns, for LAPACK */
    for (PetscInt k = 0; k < n; k++) {
      B[k * n + a]       = m->A[own[a] * M + index[k]];
      inverse[k * n + a] = a == k ? 1.0 : 0.0;
    }
  }
  PetscCallBLAS("LAPACKgesv", LAPACKgesv_(&nn, &nn, B, &nn, pivots, inverse, &nn, &info));
  *fine = (PetscBool)(info == 0);
  if (!*fine) PetscFunctionReturn(0);
  for (PetscInt i = 0; i < n; i++) {
    for (PetscInt a = 0; a < n; a++) f->xi[index[i]] += inverse[a * n + i] * m->g[own[a]];
    for (PetscInt c = 0; c < n; c++) {
      half[i * n + c] = 0.0;
      for (PetscInt a = 0; a < n; a++) half[i * n + c] += inverse[a * n + i] * m->S[own[a] * m->nequations + own[c]];
    }
  }
  for (PetscInt i = 0; i < n; i++) {
    for (PetscInt j = 0; j < n; j++) {
      for (PetscInt c = 0; c < n; c++) f->covariance[index[i] * M + index[j]] += half[i * n + c] * inverse[c * n + j];
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode iterate(Fit *f, DscResult *result, PetscBool *fine)
{
  PetscBool changed = PETSC_TRUE;

  PetscFunctionBeginUser;
  *fine = PETSC_TRUE;
  for (PetscInt round = 0; round < ROUNDS && changed; round++) {
    PetscCall(DscParticleMomentsCovariance(f->moments, f->xi));
    PetscCall(whiten(f, fine));
    if (!*fine) PetscFunctionReturn(0);
    PetscCall(choose(f, NULL, &changed));
    if (round == 0) changed = PETSC_TRUE; /* the coefficients are new */
    PetscCall(solve(f, fine));
    if (!*fine) PetscFunctionReturn(0);
  }
  PetscCall(DscParticleMomentsCovariance(f->moments, f->xi));
  PetscCall(solve(f, fine));
  if (!*fine) PetscFunctionReturn(0);
  PetscCall(DscTableDestroy(&result->selection));
  PetscCall(choose(f, result, &changed));
  PetscFunctionReturn(0);
}

/* Normalised: over the root mean squares of theta_j and p_t = Theta xi on the grid. */
static PetscErrorCode set_result(const Fit *f, DscResult *result)
{
  const DscParticleMoments *m     = f->moments;
  const size_t              plane = (size_t)(m->nframes * m->nplaces);
  double                    left  = 0.0;

  PetscFunctionBeginUser;
  for (size_t i = 0; i < plane; i++) {
    double sum = 0.0;

    for (PetscInt j = 0; j < m->nterms; j++) sum += f->xi[j] * m->theta[(size_t)j * plane + i];
    left += sum * sum;
  }
  for (PetscInt j = 0; j < m->nterms; j++) {
    double square = 0.0;

    for (size_t i = 0; i < plane; i++) square += PetscSqr(m->theta[(size_t)j * plane + i]);
    result->active[j]       = f->active[j] ? 1 : 0;
    result->coefficients[j] = f->xi[j];
    result->std[j]          = f->active[j] ? sqrt(PetscMax(0.0, f->covariance[j * m->nterms + j])) : 0.0;
    result->normalized[j]   = left > 0.0 ? f->xi[j] * sqrt(square / left) : 0.0;
  }
  PetscFunctionReturn(0);
}

/* The term of the particles' diffusion, u_xx; -1: it is not in the equation. */
static PetscInt find_diffusion(const Fit *f)
{
  for (PetscInt j = 0; j < f->moments->nterms; j++) {
    if (f->moments->order[j] == 2 && f->active[j] && f->xi[j] > 0.0) return j;
  }
  return -1;
}

/* Beside the result: what the sampling alone does, where particles are followed. */
static PetscErrorCode add_bound(const Fit *f, DscResult *result)
{
  const PetscInt diffusion = find_diffusion(f), M = f->moments->nterms;
  char           text[sizeof(result->reason)] = "refitted from the particles";
  size_t         length                       = strlen(text);
  double        *bound;
  PetscBool      fine = PETSC_FALSE;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(M, &bound));
  if (diffusion >= 0 && f->moments->data->track)
    PetscCall(DscParticleMomentsBound(f->moments, f->active, f->xi[diffusion], bound, &fine));
  for (PetscInt j = 0, n = 0; j < M && fine; j++) {
    if (!f->active[j] || length >= sizeof(text)) continue;
    length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s %.2g",
                               n++ ? ", " : ", errors by sampling alone: ", result->terms[j], bound[j]);
  }
  PetscCall(PetscFree(bound));
  PetscCall(DscResultAddReason(result, text));
  PetscFunctionReturn(0);
}

PetscErrorCode DscParticleFit(DscParticleMoments *m, DscResult *result)
{
  Fit            f    = {.moments = m};
  PetscBool      fine = PETSC_FALSE;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCheck(result->nleft == 1 && result->nterms == m->nterms, PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ,
             "moments of one left-hand side and %" PetscInt_FMT " terms", m->nterms);
  ierr = create(m, result, &f);
  if (!ierr) ierr = iterate(&f, result, &fine);
  if (!ierr && fine) ierr = set_result(&f, result);
  if (!ierr && fine) ierr = add_bound(&f, result);
  if (!ierr && !fine) ierr = DscResultAddReason(result, "the particles do not determine a refit, which is left out");
  PetscCall(destroy(&f));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}
