#include "method/mask.h"

PetscErrorCode DscMaskCreate(DscOptions options, PetscInt nleft, PetscInt nterms, DscMask **mask)
{
  const PetscInt n = nleft * nterms;
  PetscInt       seed;
  DscMask       *m;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&m));
  *mask     = m; /* even where the rest fails: the caller destroys what there is */
  m->nleft  = nleft;
  m->nterms = nterms;
  PetscCall(PetscCalloc3(nleft, &m->estimators, n, &m->active, n, &m->inclusion));
  for (PetscInt i = 0; i < n; i++) {
    m->active[i]    = PETSC_TRUE;
    m->inclusion[i] = NAN;
  }
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
  PetscCall(DscRegressionDestroy(&m->regression));
  PetscCall(PetscFree3(m->estimators, m->active, m->inclusion));
  PetscCall(PetscFree4(m->G, m->b, m->yy, m->nsamples));
  PetscCall(PetscFree(*mask));
  PetscFunctionReturn(0);
}

/* The problems of one left-hand side, without the blocks that no panel fell into. */
static void get_blocks(DscMask *m, const DscMoments *moments, PetscInt left, DscGramBlocks *blocks)
{
  const PetscInt M = m->nterms, y = M + left;
  PetscInt       n = 0;

  for (PetscInt k = 0; k < moments->nblocks; k++) {
    const double *C = DscMomentsBlock(moments, k, &m->nsamples[n]);
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
  PetscFunctionReturn(0);
}

PetscErrorCode DscMaskFinish(DscMask *m, const DscMoments *moments, PetscInt left, const PetscBool allowed[],
                             DscRegression *result)
{
  const PetscInt M      = m->nterms;
  PetscBool     *active = m->active + left * M;
  DscGramBlocks  blocks;

  PetscFunctionBeginUser;
  for (PetscInt j = 0; j < M; j++) active[j] = (PetscBool)(active[j] && allowed[left * M + j]);
  get_blocks(m, moments, left, &blocks);
  PetscCall(DscEstimatorSelect(m->estimators[left], &blocks, active, result));
  for (PetscInt j = 0; j < M; j++) {
    const double before = m->inclusion[left * M + j];

    if (!isnan(before)) result->inclusion[j] = before;
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
