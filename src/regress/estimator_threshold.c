/*
  Estimator 'threshold': least squares on all candidates, of which those with |xi~_j| >= mask_threshold stay;
  xi~_j = xi_j rms(theta_j) / rms(y) (DeepMoD, Both et al., J. Comput. Phys. 428, 2021).
*/
#include "regress/estimator.h"

static PetscErrorCode threshold_create(DscEstimator estimator, DscOptions options)
{
  double *threshold;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&threshold));
  estimator->data = threshold;
  PetscCall(DscOptionsGetReal(options, "mask_threshold", threshold));
  PetscFunctionReturn(0);
}

static PetscErrorCode threshold_destroy(DscEstimator estimator)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(estimator->data));
  PetscFunctionReturn(0);
}

static PetscErrorCode threshold_select(DscEstimator estimator, const DscGramBlocks *blocks, DscRegression *result)
{
  const double *threshold = estimator->data;

  (void)blocks;
  PetscFunctionBeginUser;
  PetscCall(DscNormalizedSolve(estimator->work, estimator->allowed, 0.0, result->normalized));
  PetscCall(DscThreshold(result, *threshold, result->active));
  PetscFunctionReturn(0);
}

const DscEstimatorOps DscEstimatorThreshold = {.name       = "threshold",
                                               .help       = "least squares, small normalised coefficients cut",
                                               .min_blocks = 1,
                                               .create     = threshold_create,
                                               .destroy    = threshold_destroy,
                                               .select     = threshold_select};
