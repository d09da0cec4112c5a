/*
  A truncated singular value decomposition of a matrix that no rank holds whole.

  A [m x n], points x times, block-cyclic over its rows. A tall A = Q R first, a wide one A = L Q: what is left for
  pdgesvd is square, of the smaller extent s, and of its m x s factors only the `rank` columns that are kept are ever
  formed. So a rank needs A's share and a few s x s matrices' shares.
*/
#include "data/pod.h"

#include <float.h>
#include <limits.h>
#include <stdlib.h>

#define BLOCK        32
#define BUFFER_BYTES (8.0 * 1048576.0) /* of each buffer through which a matrix comes and goes */

typedef const char *Job;
extern int          Csys2blacs_handle(MPI_Comm comm);
extern void         Cblacs_gridinit(int *context, const char *order, int rows, int columns);
extern void         Cblacs_gridexit(int context);
extern void         Cfree_blacs_system_handle(int handle);
extern void pdgeqrf_(const int *m, const int *n, double *A, const int *ia, const int *ja, const int *descA, double *tau,
                     double *work, const int *lwork, int *info);
extern void pdgelqf_(const int *m, const int *n, double *A, const int *ia, const int *ja, const int *descA, double *tau,
                     double *work, const int *lwork, int *info);
extern void pdormqr_(Job side, Job trans, const int *m, const int *n, const int *k, double *A, const int *ia,
                     const int *ja, const int *descA, double *tau, double *C, const int *ic, const int *jc,
                     const int *descC, double *work, const int *lwork, int *info);
extern void pdormlq_(Job side, Job trans, const int *m, const int *n, const int *k, double *A, const int *ia,
                     const int *ja, const int *descA, double *tau, double *C, const int *ic, const int *jc,
                     const int *descC, double *work, const int *lwork, int *info);
extern void pdgesvd_(Job jobu, Job jobvt, const int *m, const int *n, double *A, const int *ia, const int *ja,
                     const int *descA, double *s, double *U, const int *iu, const int *ju, const int *descU, double *VT,
                     const int *ivt, const int *jvt, const int *descVT, double *work, const int *lwork, int *info);

static const int one = 1;

/* Columns of this rank's rows of a matrix [rows x columns], one after the other. */
typedef struct {
  int     rows, columns, local; /* local: rows of this rank */
  int     descriptor[9];
  double *values; /* (owned) [columns][max(local, 1)] */
} Matrix;

typedef struct {
  MPI_Comm comm; /* (not owned) */
  int      handle, context;
  DscRows  rows;           /* (owned) */
  Matrix   A, B, U, VT, C; /* (owned) the data, then its factors; the square part; its vectors; those kept */
  double  *tau, *work, *chunk;
} Decomposition;

static PetscErrorCode matrix_create(const Decomposition *d, PetscInt rows, PetscInt columns, Matrix *matrix)
{
  const PetscInt local = DscRowsBefore(&d->rows, d->rows.rank, rows), leading = PetscMax(local, 1);

  PetscFunctionBeginUser;
  DscUserCheck((double)leading * (double)columns < (double)INT_MAX, d->comm,
               "-pod_rank: a share of %" PetscInt_FMT " x %" PetscInt_FMT
               " numbers is too large for ScaLAPACK; use more ranks per run",
               leading, columns);
  *matrix = (Matrix){.rows       = (int)rows,
                     .columns    = (int)columns,
                     .local      = (int)local,
                     .descriptor = {1, d->context, (int)rows, (int)columns, BLOCK, BLOCK, 0, 0, (int)leading}};
  PetscCall(PetscCalloc1((size_t)leading * (size_t)columns, &matrix->values));
  PetscFunctionReturn(0);
}

static inline double *column_of(const Matrix *matrix, PetscInt column)
{
  return matrix->values + (size_t)column * (size_t)matrix->descriptor[8];
}

/* What a routine said that it needs, in its first number. */
static PetscErrorCode allocate_work(Decomposition *d, double wanted, int *lwork)
{
  PetscFunctionBeginUser;
  PetscCheck(wanted < (double)INT_MAX, d->comm, PETSC_ERR_ARG_OUTOFRANGE, "ScaLAPACK wants %g numbers", wanted);
  *lwork = (int)wanted;
  PetscCall(PetscFree(d->work));
  PetscCall(PetscMalloc1(*lwork, &d->work));
  PetscFunctionReturn(0);
}

#define CHECK_INFO(routine, info)                                                                                      \
  PetscCheck((info) == 0, d->comm, PETSC_ERR_LIB, "%s failed with info = %d", (routine), (info))

/* ---- the four steps ----------------------------------------------------------------------------------------- */

typedef PetscErrorCode (*Reader)(void *context, PetscInt first, PetscInt count, double values[]);

static PetscErrorCode read_matrix(Decomposition *d, Reader read, void *context)
{
  double squares = 0.0;

  PetscFunctionBeginUser;
  for (PetscInt t = 0; t < d->A.columns; t += d->rows.capacity) {
    const PetscInt n = PetscMin(d->rows.capacity, d->A.columns - t);

    PetscCall(read(context, t, n, d->chunk));
    for (PetscInt i = 0; i < n * d->rows.nslab; i++) squares += PetscSqr(d->chunk[i]);
    PetscCall(DscRowsToCyclic(&d->rows, n, d->chunk, d->A.descriptor[8], column_of(&d->A, t)));
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &squares, 1, MPI_DOUBLE, MPI_SUM, d->comm));
  DscUserCheck(isfinite(squares), d->comm,
               "data: a POD needs finite numbers; there is one that is none, or too large to be squared");
  PetscFunctionReturn(0);
}

/* A = Q R or L Q; its triangle goes to B. */
static PetscErrorCode reduce_to_square(Decomposition *d)
{
  Matrix        *A     = &d->A;
  const PetscInt s     = PetscMin(A->rows, A->columns);
  const int      tall  = A->rows >= A->columns;
  int            lwork = -1, info;
  double         wanted;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(PetscMax(s, A->local) + BLOCK, &d->tau));
  for (int pass = 0; pass < 2; pass++) {
    double *work = pass ? d->work : &wanted;

    (tall ? pdgeqrf_ : pdgelqf_)(&A->rows, &A->columns, A->values, &one, &one, A->descriptor, d->tau, work, &lwork,
                                 &info);
    CHECK_INFO(tall ? "pdgeqrf" : "pdgelqf", info);
    if (pass == 0) PetscCall(allocate_work(d, wanted, &lwork));
  }
  PetscCall(matrix_create(d, s, s, &d->B));
  for (PetscInt j = 0; j < s; j++) {
    for (PetscInt i = 0; i < d->B.local; i++) {
      const PetscInt row = DscRowsGlobal(&d->rows, i);
      if (tall ? row <= j : row >= j) column_of(&d->B, j)[i] = column_of(A, j)[i];
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode decompose_square(Decomposition *d, double singular[])
{
  Matrix *B = &d->B, *U = &d->U, *VT = &d->VT;
  int     lwork = -1, info;
  double  wanted;

  PetscFunctionBeginUser;
  PetscCall(matrix_create(d, B->rows, B->rows, U));
  PetscCall(matrix_create(d, B->rows, B->rows, VT));
  for (int pass = 0; pass < 2; pass++) {
    pdgesvd_("V", "V", &B->rows, &B->rows, B->values, &one, &one, B->descriptor, singular, U->values, &one, &one,
             U->descriptor, VT->values, &one, &one, VT->descriptor, pass ? d->work : &wanted, &lwork, &info);
    CHECK_INFO("pdgesvd", info);
    if (pass == 0) PetscCall(allocate_work(d, wanted, &lwork));
  }
  PetscCall(PetscFree(B->values));
  PetscFunctionReturn(0);
}

/* C = Q [U; 0] or [VT 0] Q: the vectors that are kept, of the length that the reduction took from them. */
static PetscErrorCode expand_vectors(Decomposition *d, PetscInt rank)
{
  Matrix   *A = &d->A, *C = &d->C;
  const int tall = A->rows >= A->columns, s = (int)PetscMin(A->rows, A->columns);
  int       lwork = -1, info;
  double    wanted;

  PetscFunctionBeginUser;
  PetscCall(tall ? matrix_create(d, A->rows, rank, C) : matrix_create(d, rank, A->columns, C));
  for (PetscInt j = 0; j < (tall ? rank : s); j++) {
    if (tall)
      PetscCall(PetscArraycpy(column_of(C, j), column_of(&d->U, j), d->U.local));
    else
      PetscCall(PetscArraycpy(column_of(C, j), column_of(&d->VT, j), C->local));
  }
  for (int pass = 0; pass < 2; pass++) {
    double *work = pass ? d->work : &wanted;

    (tall ? pdormqr_ : pdormlq_)(tall ? "L" : "R", "N", &C->rows, &C->columns, &s, A->values, &one, &one, A->descriptor,
                                 d->tau, C->values, &one, &one, C->descriptor, work, &lwork, &info);
    CHECK_INFO(tall ? "pdormqr" : "pdormlq", info);
    if (pass == 0) PetscCall(allocate_work(d, wanted, &lwork));
  }
  PetscCall(PetscFree(A->values));
  PetscFunctionReturn(0);
}

/* The factors as DscPOD has them. */
static PetscErrorCode keep_vectors(Decomposition *d, DscPOD *pod)
{
  const Matrix *left = d->A.rows >= d->A.columns ? &d->C : &d->U, *right = left == &d->C ? &d->VT : &d->C;
  PetscMPIInt   n;

  PetscFunctionBeginUser;
  DscUserCheck((double)pod->rank * (double)pod->ntimes < (double)INT_MAX, d->comm,
               "-pod_rank: %" PetscInt_FMT " vectors of %" PetscInt_FMT " times are too many; keep fewer", pod->rank,
               pod->ntimes);
  PetscCall(PetscMalloc1((size_t)pod->rank * (size_t)pod->npoints, &pod->left));
  PetscCall(PetscCalloc1((size_t)pod->rank * (size_t)pod->ntimes, &pod->right));
  for (PetscInt i = 0; i < pod->rank; i += d->rows.capacity) {
    PetscCall(DscRowsToSlab(&d->rows, PetscMin(d->rows.capacity, pod->rank - i), left->descriptor[8],
                            column_of(left, i), pod->left + (size_t)i * (size_t)pod->npoints));
  }
  for (PetscInt i = 0; i < pod->rank; i++) {
    double *vector = pod->left + (size_t)i * (size_t)pod->npoints;
    for (PetscInt p = 0; p < pod->npoints; p++) vector[p] *= pod->singular[i];
  }
  for (PetscInt l = 0; l < right->local; l++) {
    const PetscInt i = DscRowsGlobal(&d->rows, l);
    for (PetscInt t = 0; i < pod->rank && t < pod->ntimes; t++) pod->right[t * pod->rank + i] = column_of(right, t)[l];
  }
  n = (PetscMPIInt)(pod->rank * pod->ntimes);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, pod->right, n, MPI_DOUBLE, MPI_SUM, d->comm)); /* of one number and zeros */
  PetscFunctionReturn(0);
}

/* Singular values above omega(beta) times their median, beta the ratio of the extents (eqs. 4, 5 there; omega to two
   digits, as everybody uses it), and above rounding, which is all the noise that clean data have. */
static PetscInt automatic_rank(PetscInt m, PetscInt n, const double singular[])
{
  const PetscInt s = PetscMin(m, n), longest = PetscMax(m, n);
  const double   beta = (double)s / (double)longest, median = 0.5 * (singular[s / 2] + singular[(s - 1) / 2]);
  const double   omega = 0.56 * beta * beta * beta - 0.95 * beta * beta + 1.82 * beta + 1.43;
  const double   least = PetscMax(omega * median, DBL_EPSILON * (double)longest * singular[0]);
  PetscInt       rank  = 0;

  while (rank < s && singular[rank] > least) rank++;
  return PetscMax(rank, 1);
}

/* ---- public ------------------------------------------------------------------------------------------------- */

/* Columns of a slab that go through the buffers at a time, the same on all ranks. */
static PetscErrorCode get_capacity(MPI_Comm comm, PetscInt npoints, PetscInt *capacity)
{
  PetscInt most = npoints;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &most, 1, MPIU_INT, MPI_MAX, comm));
  *capacity = (PetscInt)PetscMax(1.0, BUFFER_BYTES / (8.0 * (double)PetscMax(most, 1)));
  PetscFunctionReturn(0);
}

/* The automatic one may turn out to be more than there is room for. */
static PetscErrorCode choose_rank(Decomposition *d, PetscInt rank, double limit, DscPOD *pod)
{
  double bytes;

  PetscFunctionBeginUser;
  pod->rank = rank > 0 ? rank : automatic_rank(d->rows.nrows, pod->ntimes, pod->singular);
  PetscCall(DscPODGetBytes(d->comm, pod->npoints, pod->ntimes, pod->rank, &bytes));
  DscUserCheck(limit == 0. || bytes <= limit, d->comm,
               "-memory_limit: %" PetscInt_FMT " of %" PetscInt_FMT
               " modes stand out of the noise, and to keep them takes %.0f MB on a rank, where %.0f are left; give a "
               "smaller -pod_rank, a larger limit, or more ranks per run",
               pod->rank, pod->nsingular, ceil(bytes / 1048576.), floor(limit / 1048576.));
  PetscFunctionReturn(0);
}

static PetscErrorCode decompose(Decomposition *d, PetscInt npoints, PetscInt rank, double limit, Reader read,
                                void *context, DscPOD *pod)
{
  PetscInt capacity = 1, m;

  PetscFunctionBeginUser;
  PetscCall(get_capacity(d->comm, npoints, &capacity));
  PetscCall(DscRowsCreate(d->comm, npoints, BLOCK, PetscMin(capacity, pod->ntimes), &d->rows));
  m              = d->rows.nrows;
  pod->nsingular = PetscMin(m, pod->ntimes);
  PetscCheck(rank <= pod->nsingular, d->comm, PETSC_ERR_ARG_OUTOFRANGE, "rank %" PetscInt_FMT " of %" PetscInt_FMT,
             rank, pod->nsingular);
  d->handle  = Csys2blacs_handle(d->comm);
  d->context = d->handle;
  Cblacs_gridinit(&d->context, "C", d->rows.size, 1);
  PetscCall(PetscMalloc1((size_t)(npoints * d->rows.capacity), &d->chunk));
  PetscCall(PetscMalloc1(pod->nsingular, &pod->singular));
  PetscCall(matrix_create(d, m, pod->ntimes, &d->A));
  PetscCall(read_matrix(d, read, context));
  PetscCall(reduce_to_square(d));
  PetscCall(decompose_square(d, pod->singular));
  PetscCall(choose_rank(d, rank, limit, pod));
  PetscCall(expand_vectors(d, pod->rank));
  PetscCall(keep_vectors(d, pod));
  PetscFunctionReturn(0);
}

static PetscErrorCode decomposition_destroy(Decomposition *d)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(d->A.values));
  PetscCall(PetscFree(d->B.values));
  PetscCall(PetscFree(d->U.values));
  PetscCall(PetscFree(d->VT.values));
  PetscCall(PetscFree(d->C.values));
  PetscCall(PetscFree(d->tau));
  PetscCall(PetscFree(d->work));
  PetscCall(PetscFree(d->chunk));
  if (d->context >= 0) Cblacs_gridexit(d->context);
  if (d->handle >= 0) Cfree_blacs_system_handle(d->handle);
  PetscCall(DscRowsDestroy(&d->rows));
  PetscFunctionReturn(0);
}

PetscErrorCode DscPODCreate(MPI_Comm comm, PetscInt npoints, PetscInt ntimes, PetscInt rank, double limit, Reader read,
                            void *context, DscPOD *pod)
{
  Decomposition  d = {.comm = comm, .handle = -1, .context = -1};
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  *pod = (DscPOD){.npoints = npoints, .ntimes = ntimes};
  ierr = decompose(&d, npoints, rank, limit, read, context, pod);
  PetscCall(decomposition_destroy(&d));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

PetscErrorCode DscPODDestroy(DscPOD *pod)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(pod->left));
  PetscCall(PetscFree(pod->right));
  PetscCall(PetscFree(pod->singular));
  PetscFunctionReturn(0);
}

PetscErrorCode DscPODEvaluate(const DscPOD *pod, PetscInt first, PetscInt count, double values[])
{
  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(values, count * pod->npoints));
  for (PetscInt t = 0; t < count; t++) {
    double *restrict row = values + t * pod->npoints;

    for (PetscInt i = 0; i < pod->rank; i++) {
      const double *vector = pod->left + (size_t)i * (size_t)pod->npoints;
      const double  weight = pod->right[(first + t) * pod->rank + i];
      for (PetscInt p = 0; p < pod->npoints; p++) row[p] += weight * vector[p];
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscPODGetBytes(MPI_Comm comm, PetscInt npoints, PetscInt ntimes, PetscInt rank, double *bytes)
{
  double      m = (double)npoints, share, square, s, kept;
  PetscMPIInt size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &m, 1, MPI_DOUBLE, MPI_SUM, comm));
  s      = PetscMin(m, (double)ntimes);
  kept   = rank > 0 ? (double)rank : 0.;
  share  = m / (double)size + BLOCK;
  square = s * (s / (double)size + BLOCK);
  /* With A: the square matrix, its vectors and as much of work; or the vectors kept, with their square ones. */
  *bytes =
      8.0 * (share * (double)ntimes + PetscMax(5.0 * square, 2.0 * square + kept * PetscMax(share, (double)ntimes)));
  *bytes += 3.0 * BUFFER_BYTES;
  PetscFunctionReturn(0);
}
