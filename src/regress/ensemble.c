/*
  Bagging (Breiman, Machine Learning 24, 1996; with inclusion probabilities: Fasel, Kutz, Brunton and Brunton, Proc. R.
  Soc. A 478, 2022): a member is the estimator's answer to as many blocks as there are, drawn with replacement; a term's
  inclusion is the share of members in which it is active.

  A block that is drawn k times comes to the member as one block with k times its sums, so that a cross-validation never
  has it on both sides. The draws are those of (seed, stream, member), so a member is the same in every call.
*/
#include "regress/estimator.h"

#include <math.h>

struct _p_DscEnsemble {
  PetscInt   size, nterms;
  double     threshold;
  PetscInt   capacity; /* blocks that there is room for */
  PetscInt  *count;    /* (owned) [capacity] how often a block was drawn */
  double    *nsamples; /* (owned) [capacity] sums of a member's blocks */
  double    *yy;       /* (owned) [capacity] */
  double    *G, *b;    /* (owned) [capacity][nterms][nterms], [capacity][nterms] */
  PetscInt  *included; /* (owned) [nterms] members in which the term is active */
  double    *mean;     /* (owned) [nterms] of their coefficients */
  double    *square;   /* (owned) [nterms] sum of squared deviations from it */
  PetscBool *allowed;  /* (owned) [nterms] */
};

PetscErrorCode DscEnsembleCreate(DscOptions options, PetscInt nterms, DscEnsemble *ensemble)
{
  DscEnsemble s;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&s));
  *ensemble = s;
  s->nterms = nterms;
  PetscCall(DscOptionsGetInt(options, "ensemble_size", &s->size));
  PetscCall(DscOptionsGetReal(options, "ensemble_threshold", &s->threshold));
  PetscCall(PetscCalloc4(nterms, &s->included, nterms, &s->mean, nterms, &s->square, nterms, &s->allowed));
  PetscFunctionReturn(0);
}

static PetscErrorCode free_blocks(DscEnsemble s)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree5(s->count, s->nsamples, s->yy, s->G, s->b));
  s->capacity = 0;
  PetscFunctionReturn(0);
}

PetscErrorCode DscEnsembleDestroy(DscEnsemble *ensemble)
{
  DscEnsemble s = *ensemble;

  PetscFunctionBeginUser;
  if (!s) PetscFunctionReturn(0);
  PetscCall(free_blocks(s));
  PetscCall(PetscFree4(s->included, s->mean, s->square, s->allowed));
  PetscCall(PetscFree(*ensemble));
  PetscFunctionReturn(0);
}

/* Room for so many blocks: allocates in the first call only, unless there are more blocks later. */
static PetscErrorCode reserve(DscEnsemble s, PetscInt nblocks)
{
  const size_t n = (size_t)s->nterms, k = (size_t)nblocks;

  PetscFunctionBeginUser;
  if (nblocks <= s->capacity) PetscFunctionReturn(0);
  PetscCall(free_blocks(s));
  PetscCall(PetscCalloc5(k, &s->count, k, &s->nsamples, k, &s->yy, k * n * n, &s->G, k * n, &s->b));
  s->capacity = nblocks;
  PetscFunctionReturn(0);
}

/* How often each block is in a member. Only blocks with samples are drawn; there is at least one. */
static PetscErrorCode draw(DscEstimator e, const DscGramBlocks *blocks, PetscInt member)
{
  DscEnsemble    s     = e->ensemble;
  const PetscInt full  = DscFoldsCount(blocks, blocks->nblocks);
  const uint64_t first = e->stream << 40 | (uint64_t)member * (uint64_t)full;

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(s->count, (size_t)blocks->nblocks));
  for (PetscInt d = 0; d < full; d++) {
    const double u    = DscRandomUniform(e->seed, DSC_STREAM_ENSEMBLE, first + (uint64_t)d);
    PetscInt     left = PetscMin((PetscInt)(u * (double)full), full - 1), k = 0;

    while (blocks->nsamples[k] <= 0.0 || left-- > 0) k++;
    s->count[k]++;
  }
  PetscFunctionReturn(0);
}

static void collect(DscEnsemble s, const DscGramBlocks *blocks, DscGramBlocks *member)
{
  const size_t n  = (size_t)s->nterms;
  PetscInt     to = 0;

  for (PetscInt k = 0; k < blocks->nblocks; k++) {
    const double times       = (double)s->count[k];
    const double *restrict G = blocks->G + (size_t)k * n * n, *restrict b = blocks->b + (size_t)k * n;
    double *restrict G_to = s->G + (size_t)to * n * n, *restrict b_to = s->b + (size_t)to * n;

    if (s->count[k] == 0) continue;
    for (size_t i = 0; i < n * n; i++) G_to[i] = times * G[i];
    for (size_t i = 0; i < n; i++) b_to[i] = times * b[i];
    s->yy[to]       = times * blocks->yy[k];
    s->nsamples[to] = times * blocks->nsamples[k];
    to++;
  }
  *member =
      (DscGramBlocks){.nblocks = to, .nterms = s->nterms, .nsamples = s->nsamples, .G = s->G, .b = s->b, .yy = s->yy};
}

/* Counts the active terms of a member; running mean and spread of their coefficients (Welford, Technometrics 4, 1962). */
static void record(DscEnsemble s, const DscRegression *member)
{
  for (PetscInt j = 0; j < s->nterms; j++) {
    const double deviation = member->coefficients[j] - s->mean[j];

    if (!member->active[j]) continue;
    s->included[j]++;
    s->mean[j] += deviation / (double)s->included[j];
    s->square[j] += deviation * (member->coefficients[j] - s->mean[j]);
  }
}

/* Where the members that have a term disagree about it by more than its std, that is the std; covariances follow. */
static void widen(const DscEnsemble s, DscRegression *result)
{
  const PetscInt n = s->nterms;

  for (PetscInt j = 0; j < n; j++) {
    const double spread = s->included[j] > 1 ? sqrt(s->square[j] / (double)(s->included[j] - 1)) : 0.0;
    const double factor = result->std[j] > 0.0 ? spread / result->std[j] : 1.0;

    if (!result->active[j] || factor <= 1.0) continue;
    result->std[j] = spread;
    for (PetscInt i = 0; i < n; i++) result->covariance[i * n + j] *= factor;
    for (PetscInt i = 0; i < n; i++) result->covariance[j * n + i] *= factor;
  }
}

PetscErrorCode DscEnsembleSelect(DscEstimator e, const DscGramBlocks *blocks, const PetscBool allowed[],
                                 DscRegression *result)
{
  DscEnsemble    s = e->ensemble;
  const PetscInt n = s->nterms;

  PetscFunctionBeginUser;
  for (PetscInt j = 0; j < n; j++) s->allowed[j] = !allowed || allowed[j] ? PETSC_TRUE : PETSC_FALSE;
  /* the whole problem: refuses what is not finite or has no samples */
  PetscCall(DscEstimatorCombine(e, blocks));
  PetscCall(DscNormalizedSet(&e->work->problem, &e->gram));
  PetscCall(reserve(s, blocks->nblocks));
  PetscCall(PetscArrayzero(s->included, (size_t)n));
  PetscCall(PetscArrayzero(s->mean, (size_t)n));
  PetscCall(PetscArrayzero(s->square, (size_t)n));
  for (PetscInt member = 0; member < s->size; member++) {
    DscGramBlocks drawn;

    PetscCall(draw(e, blocks, member));
    collect(s, blocks, &drawn);
    PetscCall(DscEstimatorSelectOnce(e, &drawn, s->allowed, result));
    record(s, result);
  }
  for (PetscInt j = 0; j < n; j++) {
    result->inclusion[j] = (double)s->included[j] / (double)s->size;
    s->allowed[j] = s->included[j] > 0 && result->inclusion[j] >= s->threshold * (1.0 - PETSC_SQRT_MACHINE_EPSILON)
                        ? PETSC_TRUE
                        : PETSC_FALSE;
  }
  PetscCall(DscEstimatorCombine(e, blocks));
  PetscCall(DscLeastSquares(&e->gram, s->allowed, result));
  widen(s, result);
  PetscFunctionReturn(0);
}
