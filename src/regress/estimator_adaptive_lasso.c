/*
  Estimator 'adaptive_lasso' (Zou, J. Am. Stat. Assoc. 101, 2006, eq. 4): the lasso with a penalty of its own for every
  term, v_j = 1 / |xi~_j|^gamma with xi~ of least squares on the candidates (normalised; those that least squares leaves
  out are no candidates), cross-validated, cut at mask_threshold. Large coefficients are hardly shrunk.
*/
#include "regress/lasso.h"

#include <math.h>

typedef struct {
  DscLasso lasso;
  double   threshold, gamma;
  double  *weights; /* (owned) [nterms] */
} AdaptiveLasso;

static PetscErrorCode adaptive_lasso_create(DscEstimator estimator, DscOptions options)
{
  AdaptiveLasso *data;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&data));
  estimator->data = data;
  PetscCall(DscOptionsGetReal(options, "mask_threshold", &data->threshold));
  PetscCall(DscOptionsGetReal(options, "adaptive_lasso_gamma", &data->gamma));
  PetscCall(PetscMalloc1(estimator->nterms, &data->weights));
  PetscCall(DscLassoCreate(estimator, options, &data->lasso));
  PetscFunctionReturn(0);
}

static PetscErrorCode adaptive_lasso_destroy(DscEstimator estimator)
{
  AdaptiveLasso *data = estimator->data;

  PetscFunctionBeginUser;
  PetscCall(DscLassoDestroy(&data->lasso));
  PetscCall(PetscFree(data->weights));
  PetscCall(PetscFree(estimator->data));
  PetscFunctionReturn(0);
}

static PetscErrorCode adaptive_lasso_select(DscEstimator estimator, const DscGramBlocks *blocks, DscRegression *result)
{
  AdaptiveLasso *data = estimator->data;

  PetscFunctionBeginUser;
  PetscCall(DscNormalizedSolve(estimator->work, estimator->allowed, 0.0, result->normalized));
  for (PetscInt j = 0; j < estimator->nterms; j++) {
    const double size = fabs(result->normalized[j]);

    data->weights[j] = size > GRAM_TOLERANCE ? pow(size, -data->gamma) : INFINITY;
  }
  PetscCall(DscLassoCrossValidate(data->lasso, estimator, blocks, data->weights, result->normalized, NULL,
                                  &result->converged));
  PetscCall(DscThreshold(result, data->threshold, result->active));
  PetscFunctionReturn(0);
}

const DscEstimatorOps DscEstimatorAdaptiveLasso = {
    .name       = "adaptive_lasso",
    .help       = "cross-validated lasso with penalties 1/|least-squares coefficient|^gamma, small ones cut",
    .min_blocks = 2,
    .create     = adaptive_lasso_create,
    .destroy    = adaptive_lasso_destroy,
    .select     = adaptive_lasso_select};
