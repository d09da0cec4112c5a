/* What all sparsity estimators share: the registry, sums of blocks, the least squares on the terms that were chosen. */
#include "regress/estimator.h"

static const DscEstimatorOps *const registry[] = {&DscEstimatorThreshold};

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
  PetscCall(PetscCalloc3(n * n, &e->G, n, &e->b, n, &e->mask));
  PetscCall(DscOptionsGetString(options, "estimator", &name));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(registry); i++) {
    if (strcmp(registry[i]->name, name) == 0) e->ops = registry[i];
  }
  DscOptionsUserCheck(e->ops, options, PETSC_COMM_SELF, "estimator", "no estimator '%s'; see discern list", name);
  e->nblocks = e->ops->min_blocks;
  PetscCall(e->ops->create(e, options));
  PetscFunctionReturn(0);
}

PetscErrorCode DscEstimatorDestroy(DscEstimator *estimator)
{
  DscEstimator e = *estimator;

  PetscFunctionBeginUser;
  if (!e) PetscFunctionReturn(0);
  if (e->data) PetscCall(e->ops->destroy(e));
  PetscCall(PetscFree3(e->G, e->b, e->mask));
  PetscCall(PetscFree(*estimator));
  PetscFunctionReturn(0);
}

PetscErrorCode DscEstimatorGetBlocks(DscEstimator estimator, PetscInt *nblocks)
{
  PetscFunctionBeginUser;
  *nblocks = estimator->nblocks;
  PetscFunctionReturn(0);
}

PetscErrorCode DscEstimatorCombine(DscEstimator e, const DscGramBlocks *blocks, const double weights[], DscGram *gram)
{
  const size_t n = (size_t)e->nterms;

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(e->G, n * n));
  PetscCall(PetscArrayzero(e->b, n));
  *gram = (DscGram){.nterms = e->nterms, .G = e->G, .b = e->b};
  for (PetscInt k = 0; k < blocks->nblocks; k++) {
    const double  w = weights ? weights[k] : 1.0;
    const double *G = blocks->G + (size_t)k * n * n, *b = blocks->b + (size_t)k * n;

    if (w == 0.0) continue;
    for (size_t i = 0; i < n * n; i++) e->G[i] += w * G[i];
    for (size_t i = 0; i < n; i++) e->b[i] += w * b[i];
    gram->yy += w * blocks->yy[k];
    gram->nsamples += w * blocks->nsamples[k];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscEstimatorSelect(DscEstimator e, const DscGramBlocks *blocks, const PetscBool allowed[],
                                  DscRegression *result)
{
  DscGram gram;

  PetscFunctionBeginUser;
  PetscCall(e->ops->select(e, blocks, allowed, result));
  if (!e->ops->fills_result) {
    PetscCall(DscEstimatorCombine(e, blocks, NULL, &gram));
    PetscCall(PetscArraycpy(e->mask, result->active, e->nterms));
    PetscCall(DscLeastSquares(&gram, e->mask, result));
  }
  PetscFunctionReturn(0);
}
