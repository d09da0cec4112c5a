/* Estimator 'threshold': least squares on all terms, of which the large normalised coefficients stay. */
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

static PetscErrorCode threshold_select(DscEstimator estimator, const DscGramBlocks *blocks, const PetscBool allowed[],
                                       DscRegression *result)
{
  const double *threshold = estimator->data;
  DscGram       gram;

  PetscFunctionBeginUser;
  PetscCall(DscEstimatorCombine(estimator, blocks, NULL, &gram));
  PetscCall(DscLeastSquares(&gram, allowed, result));
  PetscCall(DscThreshold(result, *threshold, result->active));
  PetscFunctionReturn(0);
}

const DscEstimatorOps DscEstimatorThreshold = {.name       = "threshold",
                                               .help       = "least squares, small normalised coefficients cut",
                                               .min_blocks = 1,
                                               .create     = threshold_create,
                                               .destroy    = threshold_destroy,
                                               .select     = threshold_select};
