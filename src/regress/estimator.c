/* What all sparsity estimators share: the registry, the problem that they see, the least squares on what they chose. */
#include "regress/estimator.h"

#include <math.h>

#define DSC_ESTIMATOR_OPS(name, Name) &DscEstimator##Name,
static const DscEstimatorOps *const registry[] = {DSC_ESTIMATORS(DSC_ESTIMATOR_OPS)};

PetscErrorCode DscEstimatorList(PetscInt *n, const char *const **names, const char *const **help)
{
  static const char *name_list[PETSC_STATIC_ARRAY_LENGTH(registry)], *help_list[PETSC_STATIC_ARRAY_LENGTH(registry)];

  PetscFunctionBeginUser;
  *n = (PetscInt)PETSC_STATIC_ARRAY_LENGTH(registry);
  for (PetscInt i = 0; i < *n; i++) {
    name_list[i] = registry[i]->name;
    help_list[i] = registry[i]->help;
  }
  *names = name_list;
  *help  = help_list;
  PetscFunctionReturn(0);
}

/* The ensemble, and how many blocks the estimator wants: of its own (min_blocks, nblocks) or for drawing them. */
static PetscErrorCode set_ensemble_and_blocks(DscEstimator e, DscOptions options)
{
  PetscInt size, nblocks;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetInt(options, "ensemble_size", &size));
  PetscCall(DscOptionsGetInt(options, "estimator_blocks", &nblocks));
  if (size > 0) PetscCall(DscEnsembleCreate(options, e->nterms, &e->ensemble));
  if (size > 0 || e->nblocks > 1) e->nblocks = PetscMax(e->nblocks, nblocks);
  PetscFunctionReturn(0);
}

PetscErrorCode DscEstimatorCreate(DscOptions options, PetscInt nterms, uint64_t seed, uint64_t stream,
                                  DscEstimator *estimator)
{
  const char  *name;
  const size_t n = (size_t)nterms;
  DscEstimator e;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&e));
  *estimator = e; /* even where the rest fails: the caller destroys what there is */
  e->nterms  = nterms;
  e->seed    = seed;
  e->stream  = stream;
  PetscCall(PetscCalloc3(n * n, &e->G, n, &e->b, n, &e->allowed));
  PetscCall(DscRegressWorkCreate(nterms, &e->work));
  PetscCall(DscOptionsGetString(options, "estimator", &name));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(registry); i++) {
    if (strcmp(registry[i]->name, name) == 0) e->ops = registry[i];
  }
  DscOptionsUserCheck(e->ops, options, PETSC_COMM_SELF, "estimator", "no estimator '%s'; see discern list", name);
  e->nblocks = e->ops->min_blocks;
  PetscCall(e->ops->create(e, options));
  PetscCall(set_ensemble_and_blocks(e, options));
  PetscFunctionReturn(0);
}

PetscErrorCode DscEstimatorDestroy(DscEstimator *estimator)
{
  DscEstimator e = *estimator;

  PetscFunctionBeginUser;
  if (!e) PetscFunctionReturn(0);
  if (e->data) PetscCall(e->ops->destroy(e));
  PetscCall(DscEnsembleDestroy(&e->ensemble));
  PetscCall(DscRegressWorkDestroy(&e->work));
  PetscCall(PetscFree3(e->G, e->b, e->allowed));
  PetscCall(PetscFree(*estimator));
  PetscFunctionReturn(0);
}

PetscErrorCode DscEstimatorGetBlocks(DscEstimator estimator, PetscInt *nblocks)
{
  PetscFunctionBeginUser;
  *nblocks = estimator->nblocks;
  PetscFunctionReturn(0);
}

PetscErrorCode DscEstimatorCombine(DscEstimator e, const DscGramBlocks *blocks)
{
  const size_t n = (size_t)e->nterms;

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(e->G, n * n));
  PetscCall(PetscArrayzero(e->b, n));
  e->gram = (DscGram){.nterms = e->nterms, .G = e->G, .b = e->b};
  for (PetscInt k = 0; k < blocks->nblocks; k++) {
    const double *restrict G = blocks->G + (size_t)k * n * n, *restrict b = blocks->b + (size_t)k * n;

    for (size_t i = 0; i < n * n; i++) e->G[i] += G[i];
    for (size_t i = 0; i < n; i++) e->b[i] += b[i];
    e->gram.yy += blocks->yy[k];
    e->gram.nsamples += blocks->nsamples[k];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscEstimatorSelectOnce(DscEstimator e, const DscGramBlocks *blocks, const PetscBool allowed[],
                                      DscRegression *result)
{
  const DscNormalized *problem = &e->work->problem;
  PetscBool            converged;

  PetscFunctionBeginUser;
  PetscCall(DscEstimatorCombine(e, blocks));
  PetscCall(DscNormalizedSet(&e->work->problem, &e->gram));
  for (PetscInt j = 0; j < e->nterms; j++) {
    e->allowed[j] = problem->rms[j] > 0.0 && (!allowed || allowed[j]) ? PETSC_TRUE : PETSC_FALSE;
  }
  PetscCall(DscRegressionSetZero(result)); /* from here on allowed, which may be result->active, is not read */
  if (problem->rms_y == 0.0) PetscFunctionReturn(0);
  PetscCall(e->ops->select(e, blocks, result));
  if (e->ops->fills_result) PetscFunctionReturn(0);
  converged = result->converged;
  PetscCall(DscLeastSquares(&e->gram, result->active, result));
  result->converged = converged;
  PetscFunctionReturn(0);
}

PetscErrorCode DscEstimatorSelect(DscEstimator e, const DscGramBlocks *blocks, const PetscBool allowed[],
                                  DscRegression *result)
{
  PetscFunctionBeginUser;
  PetscCheck(blocks->nterms == e->nterms && result->nterms == e->nterms, PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ,
             "blocks of %" PetscInt_FMT " terms and a result of %" PetscInt_FMT " for an estimator of %" PetscInt_FMT,
             blocks->nterms, result->nterms, e->nterms);
  for (PetscInt j = 0; j < e->nterms; j++) result->inclusion[j] = NAN;
  if (e->ensemble)
    PetscCall(DscEnsembleSelect(e, blocks, allowed, result));
  else
    PetscCall(DscEstimatorSelectOnce(e, blocks, allowed, result));
  PetscFunctionReturn(0);
}
