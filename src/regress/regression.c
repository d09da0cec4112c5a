/* Life of a regression's result, and the threshold on it. */
#include "regress/normalized.h"

#include <math.h>

PetscErrorCode DscRegressWorkCreate(PetscInt nterms, struct _p_DscRegressWork **work)
{
  const size_t n = (size_t)nterms;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(work));
  PetscCall(DscNormalizedCreate(nterms, &(*work)->problem));
  PetscCall(PetscCalloc5(n * n, &(*work)->A, n, &(*work)->x, 2 * n, &(*work)->lapack, n, &(*work)->pivot, n,
                         &(*work)->terms));
  PetscFunctionReturn(0);
}

PetscErrorCode DscRegressWorkDestroy(struct _p_DscRegressWork **work)
{
  PetscFunctionBeginUser;
  if (!*work) PetscFunctionReturn(0);
  PetscCall(DscNormalizedDestroy(&(*work)->problem));
  PetscCall(PetscFree5((*work)->A, (*work)->x, (*work)->lapack, (*work)->pivot, (*work)->terms));
  PetscCall(PetscFree(*work));
  PetscFunctionReturn(0);
}

PetscErrorCode DscRegressionCreate(PetscInt nterms, DscRegression *regression)
{
  const size_t n = (size_t)nterms;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(regression, sizeof(*regression)));
  regression->nterms = nterms;
  PetscCall(PetscCalloc7(n, &regression->coefficients, n, &regression->std, n, &regression->normalized, n * n,
                         &regression->covariance, n, &regression->alpha, n, &regression->active, n,
                         &regression->inclusion));
  for (size_t j = 0; j < n; j++) regression->inclusion[j] = NAN;
  PetscCall(DscRegressWorkCreate(nterms, &regression->work));
  PetscFunctionReturn(0);
}

PetscErrorCode DscRegressionDestroy(DscRegression *regression)
{
  PetscFunctionBeginUser;
  if (regression->work) {
    PetscCall(DscRegressWorkDestroy(&regression->work));
    PetscCall(PetscFree7(regression->coefficients, regression->std, regression->normalized, regression->covariance,
                         regression->alpha, regression->active, regression->inclusion));
  }
  PetscCall(PetscMemzero(regression, sizeof(*regression)));
  PetscFunctionReturn(0);
}

PetscErrorCode DscRegressionCopy(const DscRegression *from, DscRegression *to)
{
  const size_t n = (size_t)from->nterms;

  PetscFunctionBeginUser;
  PetscCheck(from->nterms == to->nterms, PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ,
             "copy of %" PetscInt_FMT " terms into %" PetscInt_FMT, from->nterms, to->nterms);
  PetscCall(PetscArraycpy(to->coefficients, from->coefficients, n));
  PetscCall(PetscArraycpy(to->std, from->std, n));
  PetscCall(PetscArraycpy(to->normalized, from->normalized, n));
  PetscCall(PetscArraycpy(to->covariance, from->covariance, n * n));
  PetscCall(PetscArraycpy(to->alpha, from->alpha, n));
  PetscCall(PetscArraycpy(to->active, from->active, n));
  PetscCall(PetscArraycpy(to->inclusion, from->inclusion, n));
  to->noise_precision = from->noise_precision;
  to->residual        = from->residual;
  to->log_evidence    = from->log_evidence;
  to->iterations      = from->iterations;
  to->converged       = from->converged;
  PetscFunctionReturn(0);
}

PetscErrorCode DscRegressionSetZero(DscRegression *result)
{
  const size_t n = (size_t)result->nterms;

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(result->coefficients, n));
  PetscCall(PetscArrayzero(result->std, n));
  PetscCall(PetscArrayzero(result->normalized, n));
  PetscCall(PetscArrayzero(result->covariance, n * n));
  PetscCall(PetscArrayzero(result->alpha, n));
  PetscCall(PetscArrayzero(result->active, n));
  result->noise_precision = 0.0;
  result->residual        = 0.0;
  result->log_evidence    = 0.0;
  result->iterations      = 0;
  result->converged       = PETSC_TRUE;
  PetscFunctionReturn(0);
}

PetscErrorCode DscThresholdGroup(PetscInt n, const DscRegression regressions[], PetscInt stride, double threshold,
                                 PetscBool mask[])
{
  PetscFunctionBeginUser;
  for (PetscInt j = 0; j < regressions[0].nterms; j++) {
    double square = 0.0, size;

    for (PetscInt k = 0; k < n; k++) square += PetscSqr(regressions[k * stride].normalized[j]);
    size    = n == 1 ? fabs(regressions[0].normalized[j]) : sqrt(square / (double)n);
    mask[j] = size > 0.0 && size >= threshold ? PETSC_TRUE : PETSC_FALSE;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscThreshold(const DscRegression *regression, double threshold, PetscBool mask[])
{
  PetscFunctionBeginUser;
  PetscCall(DscThresholdGroup(1, regression, 1, threshold, mask));
  PetscFunctionReturn(0);
}
