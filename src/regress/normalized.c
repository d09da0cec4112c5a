/* Between physical units and columns of mean square 1. */
#include "regress/normalized.h"

#include <float.h>
#include <math.h>

PetscErrorCode DscNormalizedCreate(PetscInt n, DscNormalized *problem)
{
  PetscFunctionBeginUser;
  problem->n = n;
  PetscCall(PetscCalloc5(n, &problem->rms, (size_t)(n * n), &problem->C, n, &problem->c, n, &problem->work[0], n,
                         &problem->work[1]));
  PetscFunctionReturn(0);
}

PetscErrorCode DscNormalizedDestroy(DscNormalized *problem)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree5(problem->rms, problem->C, problem->c, problem->work[0], problem->work[1]));
  PetscFunctionReturn(0);
}

/* Root of a mean square; 0 where the square is too small to be divided by. */
static double rms_or_zero(double square, double nsamples)
{
  return square > DBL_MIN / DBL_EPSILON ? sqrt(square / nsamples) : 0.0;
}

PetscErrorCode DscNormalizedSet(DscNormalized *problem, const DscGram *gram)
{
  const PetscInt n = problem->n;
  const double   N = gram->nsamples;
  PetscBool      finite;

  PetscFunctionBeginUser;
  PetscCheck(gram->nterms == n, PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ, "%" PetscInt_FMT " terms for %" PetscInt_FMT,
             gram->nterms, n);
  PetscCheck(N > 0.0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "a regression on %g samples", N);
  finite            = isfinite(gram->yy) ? PETSC_TRUE : PETSC_FALSE;
  problem->nsamples = N;
  problem->rms_y    = rms_or_zero(gram->yy, N);
  for (PetscInt j = 0; j < n; j++) problem->rms[j] = rms_or_zero(gram->G[j * n + j], N);
  for (PetscInt i = 0; i < n; i++) {
    const double scale = problem->rms[i] > 0.0 ? 1.0 / problem->rms[i] / N : 0.0;

    if (!isfinite(gram->b[i])) finite = PETSC_FALSE;
    problem->c[i] = problem->rms_y > 0.0 ? gram->b[i] * scale / problem->rms_y : 0.0;
    for (PetscInt j = 0; j < n; j++) {
      if (!isfinite(gram->G[i * n + j])) finite = PETSC_FALSE;
      problem->C[i * n + j] = problem->rms[j] > 0.0 ? gram->G[i * n + j] * scale / problem->rms[j] : 0.0;
    }
    problem->C[i * n + i] = problem->rms[i] > 0.0 ? 1.0 : 0.0;
  }
  PetscCheck(finite, PETSC_COMM_SELF, PETSC_ERR_FP, "the sums of the regression are not finite: the run has diverged");
  PetscFunctionReturn(0);
}

double DscNormalizedResidual(const DscNormalized *problem, const double mu[])
{
  const PetscInt n      = problem->n;
  double *restrict Cmu  = problem->work[0];
  double *restrict size = problem->work[1]; /* |C| |mu|: of the terms that cancel */
  double residual = 1.0, magnitude = 1.0;

  for (PetscInt i = 0; i < n; i++) Cmu[i] = size[i] = 0.0;
  for (PetscInt j = 0; j < n; j++) {
    const double *restrict row = problem->C + j * n;
    const double m = mu[j], absm = fabs(mu[j]);

    for (PetscInt i = 0; i < n; i++) {
      Cmu[i] += row[i] * m;
      size[i] += fabs(row[i]) * absm;
    }
  }
  for (PetscInt i = 0; i < n; i++) {
    residual += mu[i] * (Cmu[i] - 2.0 * problem->c[i]);
    magnitude += fabs(mu[i]) * (size[i] + 2.0 * fabs(problem->c[i]));
  }
  return fmax(residual, 10.0 * DBL_EPSILON * magnitude);
}

PetscErrorCode DscNormalizedToPhysical(const DscNormalized *problem, double residual, DscRegression *result)
{
  const PetscInt n       = problem->n;
  double *restrict scale = problem->work[0];

  PetscFunctionBeginUser;
  for (PetscInt j = 0; j < n; j++) {
    scale[j]                = problem->rms[j] > 0.0 ? problem->rms_y / problem->rms[j] : 0.0;
    result->coefficients[j] = result->normalized[j] * scale[j];
  }
  for (PetscInt i = 0; i < n; i++) {
    for (PetscInt j = 0; j < n; j++) result->covariance[i * n + j] *= scale[i] * scale[j];
    result->std[i] = sqrt(result->covariance[i * n + i]);
  }
  result->residual = residual * problem->nsamples * PetscSqr(problem->rms_y);
  PetscFunctionReturn(0);
}
