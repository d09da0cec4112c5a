/* Parts of the samples for training and validation, from the sums of blocks: no samples are needed. */
#include "regress/estimator.h"

PetscErrorCode DscPartCreate(PetscInt n, DscPart *part)
{
  PetscFunctionBeginUser;
  *part = (DscPart){.n = n};
  PetscCall(PetscCalloc2((size_t)(n * n), &part->C, n, &part->c));
  PetscFunctionReturn(0);
}

PetscErrorCode DscPartDestroy(DscPart *part)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree2(part->C, part->c));
  PetscFunctionReturn(0);
}

double DscPartResidual(const DscPart *part, const double mu[])
{
  double residual = part->yy;

  for (PetscInt i = 0; i < part->n; i++) {
    const double *restrict row = part->C + i * part->n;
    double dot                 = -2.0 * part->c[i];

    if (mu[i] == 0.0) continue;
    for (PetscInt j = 0; j < part->n; j++) dot += row[j] * mu[j];
    residual += mu[i] * dot;
  }
  return PetscMax(residual, 0.0);
}

PetscInt DscFoldsCount(const DscGramBlocks *blocks, PetscInt nfolds)
{
  PetscInt count = 0;

  for (PetscInt k = 0; k < blocks->nblocks; k++)
    if (blocks->nsamples[k] > 0.0) count++;
  return PetscMin(count, nfolds);
}

PetscErrorCode DscFoldGet(DscEstimator e, const DscGramBlocks *blocks, PetscInt fold, PetscInt nfolds, DscFoldSide side,
                          DscPart *part)
{
  const DscNormalized *problem = &e->work->problem;
  const PetscInt       n       = e->nterms;
  const double         N       = problem->nsamples;
  PetscInt             number  = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(part->C, (size_t)(n * n)));
  PetscCall(PetscArrayzero(part->c, (size_t)n));
  part->yy = part->share = 0.0;
  for (PetscInt k = 0; k < blocks->nblocks; k++) {
    const double *restrict G = blocks->G + (size_t)k * (size_t)(n * n), *restrict b = blocks->b + (size_t)(k * n);

    if (blocks->nsamples[k] <= 0.0) continue;
    if ((number++ % nfolds == fold) != (side == DSC_FOLD_TEST)) continue;
    for (PetscInt i = 0; i < n * n; i++) part->C[i] += G[i];
    for (PetscInt i = 0; i < n; i++) part->c[i] += b[i];
    part->yy += blocks->yy[k];
    part->share += blocks->nsamples[k];
  }
  for (PetscInt i = 0; i < n; i++) {
    const double scale = problem->rms[i] > 0.0 ? 1.0 / problem->rms[i] / N : 0.0;

    part->c[i] *= scale / problem->rms_y;
    for (PetscInt j = 0; j < n; j++) {
      part->C[i * n + j] = problem->rms[j] > 0.0 ? part->C[i * n + j] * scale / problem->rms[j] : 0.0;
    }
  }
  part->yy = part->yy / N / PetscSqr(problem->rms_y);
  part->share /= N;
  PetscFunctionReturn(0);
}
