#include "method/mask.h"

/* Whether several experiments are judged together, and the scratch for it. */
static PetscErrorCode create_together(DscMask *m, DscOptions options)
{
  const char *estimator;
  PetscInt    ensemble;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetString(options, "estimator", &estimator));
  PetscCall(DscOptionsGetInt(options, "ensemble_size", &ensemble));
  PetscCall(DscOptionsGetReal(options, "mask_threshold", &m->threshold));
  m->by_norm = (PetscBool)(m->nexperiments > 1 && ensemble == 0 && strcmp(estimator, "threshold") == 0);
  PetscCall(PetscCalloc2(m->nexperiments, &m->together, m->nterms, &m->votes));
  for (PetscInt e = 0; e < m->nexperiments; e++) PetscCall(DscRegressionCreate(m->nterms, &m->together[e]));
  PetscFunctionReturn(0);
}

PetscErrorCode DscMaskCreate(DscOptions options, PetscInt nexperiments, PetscInt nleft, PetscInt nterms, DscMask **mask)
{
  const PetscInt n = nleft * nterms;
  PetscInt       seed;
  DscMask       *m;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&m));
  *mask           = m; /* even where the rest fails: the caller destroys what there is */
  m->nexperiments = nexperiments;
  m->nleft        = nleft;
  m->nterms       = nterms;
  PetscCall(PetscCalloc4(nleft, &m->estimators, n, &m->active, n, &m->last, n, &m->inclusion));
  for (PetscInt i = 0; i < n; i++) {
    m->active[i]    = PETSC_TRUE;
    m->inclusion[i] = NAN;
  }
  PetscCall(create_together(m, options));
  PetscCall(DscScheduleCreate(options, &m->schedule));
  PetscCall(DscRegressionCreate(nterms, &m->regression));
  PetscCall(DscOptionsGetInt(options, "seed", &seed));
  for (PetscInt f = 0; f < nleft; f++) {
    PetscCall(DscEstimatorCreate(options, nterms, (uint64_t)seed, (uint64_t)f, &m->estimators[f]));
    PetscCall(DscEstimatorGetBlocks(m->estimators[f], &m->nblocks));
  }
  PetscCall(PetscMalloc4((m->nblocks * nterms * nterms), &m->G, (m->nblocks * nterms), &m->b, m->nblocks, &m->yy,
                         m->nblocks, &m->nsamples));
  PetscFunctionReturn(0);
}

PetscErrorCode DscMaskDestroy(DscMask **mask)
{
  DscMask *m = *mask;

  PetscFunctionBeginUser;
  if (!m) PetscFunctionReturn(0);
  for (PetscInt f = 0; f < m->nleft; f++) PetscCall(DscEstimatorDestroy(&m->estimators[f]));
  for (PetscInt e = 0; e < m->nexperiments && m->together; e++) PetscCall(DscRegressionDestroy(&m->together[e]));
  PetscCall(PetscFree2(m->together, m->votes));
  PetscCall(DscRegressionDestroy(&m->regression));
  PetscCall(PetscFree4(m->estimators, m->active, m->last, m->inclusion));
  PetscCall(PetscFree4(m->G, m->b, m->yy, m->nsamples));
  PetscCall(PetscFree(*mask));
  PetscFunctionReturn(0);
}

/* The problems of one left-hand side, without the blocks that no panel fell into. */
static void get_blocks(DscMask *m, const DscMoments *moments, PetscInt left, DscGramBlocks *blocks)
{
  const PetscInt M = m->nterms, y = DscMomentsRow(moments, left), e = left / (m->nleft / m->nexperiments);
  PetscInt       n = 0;

  for (PetscInt k = 0; k < moments->nblocks; k++) {
    const double *C = DscMomentsBlock(moments, e, k, &m->nsamples[n]);
    double       *G = m->G + n * M * M, *b = m->b + n * M;

    if (m->nsamples[n] == 0.0) continue;
    for (PetscInt i = 0; i < M; i++) {
      for (PetscInt j = 0; j <= i; j++) G[i * M + j] = G[j * M + i] = C[i * (i + 1) / 2 + j];
      b[i] = C[y * (y + 1) / 2 + i];
    }
    m->yy[n++] = C[y * (y + 1) / 2 + y];
  }
  *blocks = (DscGramBlocks){.nblocks = n, .nterms = M, .nsamples = m->nsamples, .G = m->G, .b = m->b, .yy = m->yy};
}

/* While an equation is refined only its own terms are allowed: that says nothing of how often the others are included. */
static PetscBool is_search(PetscInt nterms, const PetscBool allowed[])
{
  for (PetscInt j = 0; j < nterms; j++) {
    if (!allowed[j]) return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

/* The problem of one left-hand side as one block, in the scratch of the first. */
static void get_whole(DscMask *m, const DscMoments *moments, PetscInt left, DscGram *gram)
{
  const PetscInt M = m->nterms, K = moments->nrows, y = DscMomentsRow(moments, left);
  const double  *C = moments->C + DscMomentsOffset(moments, left);

  for (PetscInt i = 0; i < M; i++) {
    for (PetscInt j = 0; j < M; j++) m->G[i * M + j] = C[i * K + j];
    m->b[i] = C[y * K + i];
  }
  *gram = (DscGram){.nterms = M, .nsamples = moments->count[left], .G = m->G, .b = m->b, .yy = C[y * K + y]};
}

/* What the experiments have chosen for one left-hand side becomes one mask. */
static PetscErrorCode agree(DscMask *m, const DscMoments *moments, PetscInt own, const PetscBool allowed[])
{
  const PetscInt M = m->nterms, stride = m->nleft / m->nexperiments;
  DscGram        gram;

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(m->votes, M));
  for (PetscInt f = own; f < m->nleft; f += stride) {
    for (PetscInt j = 0; j < M; j++) m->votes[j] += m->active[f * M + j] ? 1 : 0;
    if (!m->by_norm) continue;
    get_whole(m, moments, f, &gram);
    PetscCall(DscLeastSquares(&gram, allowed + f * M, &m->together[f / stride]));
  }
  for (PetscInt j = 0; j < M; j++) m->active[own * M + j] = (PetscBool)(2 * m->votes[j] >= m->nexperiments);
  if (m->by_norm) PetscCall(DscThresholdGroup(m->nexperiments, m->together, 1, m->threshold, m->active + own * M));
  for (PetscInt f = own + stride; f < m->nleft; f += stride)
    PetscCall(PetscArraycpy(m->active + f * M, m->active + own * M, M));
  PetscFunctionReturn(0);
}

PetscErrorCode DscMaskFind(DscMask *m, const DscMoments *moments, const PetscBool allowed[])
{
  const PetscInt M = m->nterms;
  DscGramBlocks  blocks;

  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < m->nleft; f++) {
    get_blocks(m, moments, f, &blocks);
    PetscCall(DscEstimatorSelect(m->estimators[f], &blocks, allowed + f * M, &m->regression));
    PetscCall(PetscArraycpy(m->active + f * M, m->regression.active, M));
    if (!is_search(M, allowed + f * M)) continue;
    PetscCall(PetscArraycpy(m->inclusion + f * M, m->regression.inclusion, M));
  }
  for (PetscInt own = 0; m->nexperiments > 1 && own < m->nleft / m->nexperiments; own++)
    PetscCall(agree(m, moments, own, allowed));
  PetscFunctionReturn(0);
}

/* Of one left-hand side of a single experiment. */
static PetscErrorCode finish_one(DscMask *m, const DscMoments *moments, PetscInt left, DscRegression *result)
{
  DscGramBlocks blocks;

  PetscFunctionBeginUser;
  get_blocks(m, moments, left, &blocks);
  PetscCall(DscEstimatorSelect(m->estimators[left], &blocks, m->active + left * m->nterms, result));
  PetscFunctionReturn(0);
}

/* Of one among several: the terms are those of all, the coefficients its own. */
static PetscErrorCode finish_common(DscMask *m, const DscMoments *moments, PetscInt left, DscRegression *result)
{
  DscGram gram;

  PetscFunctionBeginUser;
  get_whole(m, moments, left, &gram);
  PetscCall(DscLeastSquares(&gram, m->active + left * m->nterms, result));
  PetscFunctionReturn(0);
}

PetscErrorCode DscMaskFinish(DscMask *m, const DscMoments *moments, const PetscBool allowed[], DscRegression results[])
{
  const PetscInt M = m->nterms;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < m->nleft * M; i++) m->active[i] = (PetscBool)(m->active[i] && allowed[i]);
  PetscCall(PetscArraycpy(m->last, m->active, m->nleft * M));
  if (m->nexperiments > 1) PetscCall(DscMaskFind(m, moments, m->last));
  for (PetscInt f = 0; f < m->nleft; f++) {
    if (m->nexperiments > 1)
      PetscCall(finish_common(m, moments, f, &results[f]));
    else
      PetscCall(finish_one(m, moments, f, &results[f]));
    for (PetscInt j = 0; j < M; j++) {
      const double before = m->inclusion[f * M + j];

      if (!isnan(before)) results[f].inclusion[j] = before;
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscMaskSave(const DscMask *m, DscBuffer state)
{
  const PetscInt n = m->nleft * m->nterms;

  PetscFunctionBeginUser;
  PetscCall(DscScheduleSave(&m->schedule, state));
  PetscCall(DscBufferPutBytes(state, "mask", n * (PetscInt)sizeof(PetscBool), m->active));
  PetscCall(DscBufferPutReals(state, "inclusion", n, m->inclusion));
  PetscFunctionReturn(0);
}

PetscErrorCode DscMaskRestore(DscMask *m, DscBuffer state)
{
  const PetscInt n = m->nleft * m->nterms;

  PetscFunctionBeginUser;
  PetscCall(DscScheduleRestore(&m->schedule, state));
  PetscCall(DscBufferGetBytes(state, "mask", n * (PetscInt)sizeof(PetscBool), m->active));
  PetscCall(DscBufferGetReals(state, "inclusion", n, m->inclusion));
  PetscFunctionReturn(0);
}
