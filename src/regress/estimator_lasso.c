/*
  Estimator 'lasso': lasso with cross-validation, of whose normalised coefficients those with |xi~_j| >= mask_threshold
  stay; xi~_j = xi_j rms(theta_j) / rms(y). This is DeepMoD's Threshold(0.1) over LassoCV(cv = 5) (Both, Vermarien and
  Kusters, 2021; Tibshirani, J. R. Stat. Soc. B 58, 1996). The formulas are in lasso.c.
*/
#include "regress/lasso.h"

#include <math.h>

typedef struct {
  DscLasso lasso;
  double   threshold;
  double  *weights; /* (owned) [nterms] 1, or INFINITY: not a candidate */
} Lasso;

static PetscErrorCode lasso_create(DscEstimator estimator, DscOptions options)
{
  Lasso *data;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&data));
  estimator->data = data;
  PetscCall(DscOptionsGetReal(options, "mask_threshold", &data->threshold));
  PetscCall(PetscMalloc1(estimator->nterms, &data->weights));
  PetscCall(DscLassoCreate(estimator, options, &data->lasso));
  PetscFunctionReturn(0);
}

static PetscErrorCode lasso_destroy(DscEstimator estimator)
{
  Lasso *data = estimator->data;

  PetscFunctionBeginUser;
  PetscCall(DscLassoDestroy(&data->lasso));
  PetscCall(PetscFree(data->weights));
  PetscCall(PetscFree(estimator->data));
  PetscFunctionReturn(0);
}

static PetscErrorCode lasso_select(DscEstimator estimator, const DscGramBlocks *blocks, DscRegression *result)
{
  Lasso *data = estimator->data;

  PetscFunctionBeginUser;
  for (PetscInt j = 0; j < estimator->nterms; j++) data->weights[j] = estimator->allowed[j] ? 1.0 : INFINITY;
  PetscCall(DscLassoCrossValidate(data->lasso, estimator, blocks, data->weights, result->normalized, NULL,
                                  &result->converged));
  PetscCall(DscThreshold(result, data->threshold, result->active));
  PetscFunctionReturn(0);
}

const DscEstimatorOps DscEstimatorLasso = {.name       = "lasso",
                                           .help       = "cross-validated lasso, small normalised coefficients cut",
                                           .min_blocks = 2,
                                           .create     = lasso_create,
                                           .destroy    = lasso_destroy,
                                           .select     = lasso_select};
