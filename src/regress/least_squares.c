/*
  Least squares (lambda = 0) and ridge by Cholesky with diagonal pivoting on the normalised Gram matrix:
    (C + lambda I) mu = c,  Sigma = (C + lambda I)^-1 / (N beta),
    1 / beta = residual / (N - p),  p = tr C (C + lambda I)^-1 (Hastie, Tibshirani and Friedman, 2009, eq. 3.50).
  Pivoting stops where what remains of every column is rounding error; the columns left over get no coefficient.
*/
#include "regress/lapack.h"
#include "regress/normalized.h"

#include <math.h>

/* Factors C + lambda I within the mask. terms[0..rank) are then the columns in use, in the order of the pivots. */
static PetscErrorCode factor(struct _p_DscRegressWork *work, const PetscBool mask[], double lambda, PetscBLASInt *count,
                             PetscBLASInt *rank)
{
  const DscNormalized *problem   = &work->problem;
  const double         tolerance = GRAM_TOLERANCE;
  PetscInt             m         = 0;
  PetscBLASInt         info;

  PetscFunctionBeginUser;
  for (PetscInt j = 0; j < problem->n; j++)
    if ((!mask || mask[j]) && problem->rms[j] > 0.0) work->terms[m++] = j;
  for (PetscInt i = 0; i < m; i++) {
    for (PetscInt j = 0; j < m; j++) work->A[i * m + j] = problem->C[work->terms[i] * problem->n + work->terms[j]];
    work->A[i * m + i] += lambda;
  }
  PetscCall(PetscBLASIntCast(m, count));
  *rank = 0;
  if (m == 0) PetscFunctionReturn(0);
  LAPACKpstrf_("L", count, work->A, count, work->pivot, rank, &tolerance, work->lapack, &info);
  PetscCheck(info >= 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "pstrf: argument %d", (int)-info);
  for (PetscInt i = 0; i < m; i++) work->pivot[i] = (PetscBLASInt)work->terms[work->pivot[i] - 1];
  for (PetscInt i = 0; i < m; i++) work->terms[i] = work->pivot[i];
  PetscFunctionReturn(0);
}

/* Coefficients of the columns in use, in work->x. */
static PetscErrorCode solve(struct _p_DscRegressWork *work, PetscBLASInt count, PetscBLASInt rank)
{
  const PetscBLASInt one = 1;
  PetscBLASInt       info;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < rank; i++) work->x[i] = work->problem.c[work->terms[i]];
  LAPACKpotrs_("L", &rank, &one, work->A, &count, work->x, &rank, &info);
  PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "potrs: info %d", (int)info);
  PetscFunctionReturn(0);
}

/* Coefficients and the inverse (lower triangle of A, column-major with leading dimension count) from the factor. */
static PetscErrorCode solve_and_invert(struct _p_DscRegressWork *work, PetscBLASInt count, PetscBLASInt rank)
{
  PetscBLASInt info;

  PetscFunctionBeginUser;
  PetscCall(solve(work, count, rank));
  LAPACKpotri_("L", &rank, work->A, &count, &info);
  PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "potri: info %d", (int)info);
  PetscFunctionReturn(0);
}

PetscErrorCode DscNormalizedSolve(struct _p_DscRegressWork *work, const PetscBool mask[], double lambda, double mu[])
{
  PetscBLASInt count, rank;

  PetscFunctionBeginUser;
  PetscCall(factor(work, mask, lambda, &count, &rank));
  PetscCall(PetscArrayzero(mu, (size_t)work->problem.n));
  if (rank > 0) PetscCall(solve(work, count, rank));
  for (PetscInt i = 0; i < rank; i++) mu[work->terms[i]] = work->x[i];
  PetscFunctionReturn(0);
}

PetscErrorCode DscRidge(const DscGram *gram, const PetscBool mask[], double lambda, DscRegression *result)
{
  struct _p_DscRegressWork *work    = result->work;
  DscNormalized            *problem = &work->problem;
  const PetscInt            n       = result->nterms;
  const double              N       = gram->nsamples;
  double                    parameters, residual, beta;
  PetscBLASInt              count, rank;

  PetscFunctionBeginUser;
  PetscCheck(lambda >= 0.0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "ridge with lambda %g", lambda);
  PetscCall(DscNormalizedSet(problem, gram));
  PetscCall(factor(work, mask, lambda, &count, &rank));
  PetscCall(DscRegressionSetZero(result)); /* from here on mask, which may be result->active, is not read */
  if (problem->rms_y == 0.0) PetscFunctionReturn(0);
  if (rank > 0) PetscCall(solve_and_invert(work, count, rank));

  parameters = (double)rank;
  for (PetscInt i = 0; i < rank; i++) {
    result->normalized[work->terms[i]] = work->x[i];
    result->active[work->terms[i]]     = PETSC_TRUE;
    parameters -= lambda * work->A[i * count + i];
  }
  residual = DscNormalizedResidual(problem, result->normalized);
  beta     = fmax(N - parameters, 1.0) / (N * residual);
  for (PetscInt j = 0; j < rank; j++) {
    for (PetscInt i = j; i < rank; i++) {
      const double covariance = work->A[j * count + i] / (N * beta);

      result->covariance[work->terms[i] * n + work->terms[j]] = covariance;
      result->covariance[work->terms[j] * n + work->terms[i]] = covariance;
    }
    result->alpha[work->terms[j]] = lambda * N * beta;
  }
  result->noise_precision = beta / PetscSqr(problem->rms_y);
  PetscCall(DscNormalizedToPhysical(problem, residual, result));
  PetscFunctionReturn(0);
}

PetscErrorCode DscLeastSquares(const DscGram *gram, const PetscBool mask[], DscRegression *result)
{
  PetscFunctionBeginUser;
  PetscCall(DscRidge(gram, mask, 0.0, result));
  PetscFunctionReturn(0);
}
