/*
  Estimator 'sbl': sparse Bayesian learning with a flat prior of beta (sbl.c has the formulas), always from alpha = 1. A
  term is active by sbl_alpha_max and sbl_significance; the posterior of the active terms is the answer, without a
  least-squares fit after it.
*/
#include "regress/estimator.h"

typedef struct {
  DscSBL         sbl;
  DscSBLSettings settings;
} SBL;

static PetscErrorCode sbl_create(DscEstimator estimator, DscOptions options)
{
  SBL *data;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&data));
  estimator->data = data;
  PetscCall(DscSBLSettingsFromOptions(options, &data->settings));
  PetscCall(DscSBLCreate(estimator->nterms, &data->sbl));
  PetscFunctionReturn(0);
}

static PetscErrorCode sbl_destroy(DscEstimator estimator)
{
  SBL *data = estimator->data;

  PetscFunctionBeginUser;
  PetscCall(DscSBLDestroy(&data->sbl));
  PetscCall(PetscFree(estimator->data));
  PetscFunctionReturn(0);
}

/* Terms that are not allowed become zero columns, which SBL never takes. */
static void zero_the_forbidden(DscEstimator e)
{
  const PetscInt n = e->nterms;

  for (PetscInt i = 0; i < n; i++) {
    for (PetscInt j = 0; j < n; j++)
      if (!e->allowed[i] || !e->allowed[j]) e->G[i * n + j] = 0.0;
    if (!e->allowed[i]) e->b[i] = 0.0;
  }
}

/* Exactly 0 for the terms that are not active, and the residual of what is left. */
static void cut_inactive(const DscEstimator e, DscRegression *result)
{
  const DscNormalized *problem = &e->work->problem;
  const PetscInt       n       = e->nterms;

  for (PetscInt i = 0; i < n; i++) {
    for (PetscInt j = 0; j < n; j++)
      if (!result->active[i] || !result->active[j]) result->covariance[i * n + j] = 0.0;
    if (!result->active[i]) result->coefficients[i] = result->normalized[i] = result->std[i] = 0.0;
  }
  result->residual = DscNormalizedResidual(problem, result->normalized) * problem->nsamples * PetscSqr(problem->rms_y);
}

static PetscErrorCode sbl_select(DscEstimator estimator, const DscGramBlocks *blocks, DscRegression *result)
{
  SBL *data = estimator->data;

  (void)blocks;
  PetscFunctionBeginUser;
  zero_the_forbidden(estimator);
  PetscCall(DscSBLSolve(data->sbl, &estimator->gram, &data->settings, result)); /* result->iterations is 0: cold */
  cut_inactive(estimator, result);
  PetscFunctionReturn(0);
}

const DscEstimatorOps DscEstimatorSBL = {.name         = "sbl",
                                         .help         = "sparse Bayesian learning, flat prior of the noise",
                                         .min_blocks   = 1,
                                         .create       = sbl_create,
                                         .destroy      = sbl_destroy,
                                         .select       = sbl_select,
                                         .fills_result = PETSC_TRUE};
