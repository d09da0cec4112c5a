/*
  Estimator 'stlsq': sequentially thresholded least squares (Brunton, Proctor and Kutz, PNAS 113, 2016; PySINDy's STLSQ):
    xi = argmin |y - Theta xi|^2 + alpha sum_j |theta_j|^2 xi_j^2 over the active terms; terms below the threshold leave;
    until none does. alpha = stlsq_alpha; the threshold is on xi~_j = xi_j rms(theta_j) / rms(y) or, with
    stlsq_units physical, on xi_j itself.
*/
#include "regress/estimator.h"

#include <math.h>

typedef struct {
  double    threshold, alpha;
  PetscBool physical;
} STLSQ;

static PetscErrorCode stlsq_create(DscEstimator estimator, DscOptions options)
{
  const char *units;
  STLSQ      *data;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&data));
  estimator->data = data;
  PetscCall(DscOptionsGetReal(options, "stlsq_threshold", &data->threshold));
  PetscCall(DscOptionsGetReal(options, "stlsq_alpha", &data->alpha));
  PetscCall(DscOptionsGetString(options, "stlsq_units", &units));
  data->physical = strcmp(units, "physical") == 0 ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}

static PetscErrorCode stlsq_destroy(DscEstimator estimator)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(estimator->data));
  PetscFunctionReturn(0);
}

static PetscErrorCode stlsq_select(DscEstimator estimator, const DscGramBlocks *blocks, DscRegression *result)
{
  const STLSQ         *data    = estimator->data;
  const DscNormalized *problem = &estimator->work->problem;
  const PetscInt       n       = estimator->nterms;
  PetscInt             left;

  (void)blocks;
  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(result->active, estimator->allowed, (size_t)n));
  do { /* terms only leave: at most n times */
    left = 0;
    PetscCall(DscNormalizedSolve(estimator->work, result->active, data->alpha, result->normalized));
    for (PetscInt j = 0; j < n; j++) {
      const double unit = data->physical && problem->rms[j] > 0.0 ? problem->rms_y / problem->rms[j] : 1.0;
      const double size = fabs(result->normalized[j]) * unit;

      if (!result->active[j] || (size > 0.0 && size >= data->threshold)) continue;
      result->active[j] = PETSC_FALSE;
      left++;
    }
  } while (left > 0);
  PetscFunctionReturn(0);
}

const DscEstimatorOps DscEstimatorSTLSQ = {.name       = "stlsq",
                                           .help       = "sequentially thresholded least squares, of SINDy",
                                           .min_blocks = 1,
                                           .create     = stlsq_create,
                                           .destroy    = stlsq_destroy,
                                           .select     = stlsq_select};
