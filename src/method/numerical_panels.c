#include "method/numerical_private.h"

#define LANES DSC_NUMERICAL_LANES

PetscErrorCode DscNumericalPanelsCreate(PetscInt nfields, PetscInt nshards, DscNumericalPanels *p)
{
  const size_t nfeatures = (size_t)p->nfeatures * LANES, nsums = (size_t)p->nrows * (size_t)p->nrows;

  PetscFunctionBeginUser;
  p->nshards = nshards;
  PetscCall(PetscCalloc5(nshards, &p->shards, (size_t)nshards * nfeatures, &p->features, (size_t)nshards * nsums,
                         &p->sums, (size_t)p->nrows * LANES, &p->X, (size_t)((2 * p->half[0] + 1) * nfields),
                         &p->rows));
  for (PetscInt s = 0; s < nshards; s++) {
    p->shards[s].features = p->features + (size_t)s * nfeatures;
    p->shards[s].sums     = p->sums + (size_t)s * nsums;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscNumericalPanelsDestroy(DscNumericalPanels *panels)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree5(panels->shards, panels->features, panels->sums, panels->X, panels->rows));
  PetscFunctionReturn(0);
}

PetscErrorCode DscNumericalPanelsFlush(DscNumericalPanels *p, DscShard *shard)
{
  PetscFunctionBeginUser;
  if (shard->fill == 0) PetscFunctionReturn(0);
  PetscCall(DscLibraryEvaluate(p->library, LANES, shard->features, p->X));
  for (PetscInt f = 0; f < p->nleft; f++) {
    PetscCall(PetscArraycpy(p->X + (p->nterms + f) * LANES, shard->features + p->left[f] * LANES, LANES));
  }
  PetscCall(DscMomentsAdd(p->nrows, LANES, shard->fill, p->X, shard->sums));
  shard->fill = 0;
  PetscFunctionReturn(0);
}

/* count points along the last coordinate, from where line begins. */
static PetscErrorCode add_line(DscNumericalPanels *p, DscShard *shard, PetscInt last, PetscInt count, DscLine *line)
{
  PetscFunctionBeginUser;
  while (count > 0) {
    line->count = PetscMin(count, LANES - shard->fill);
    PetscCall(DscDifferencesApply(p->differences, line, LANES, shard->features + shard->fill));
    shard->fill += line->count;
    line->first += line->count;
    line->position[last] += line->count;
    count -= line->count;
    if (shard->fill == LANES) PetscCall(DscNumericalPanelsFlush(p, shard));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscNumericalPanelsAdd(DscNumericalPanels *p, const DscWindow *window, DscShard *shard, PetscInt time)
{
  const PetscInt last = PetscMax(window->ncoordinates - 1, 1); /* without space: one point of it */
  PetscInt       low[DSC_MAX_COORDINATES], high[DSC_MAX_COORDINATES], at[DSC_MAX_COORDINATES] = {0}, c;
  DscLine        line = {.rows = p->rows, .stride = {0}};

  PetscFunctionBeginUser;
  for (PetscInt k = -p->half[0]; k <= p->half[0]; k++) {
    for (PetscInt f = 0; f < window->nfields; f++)
      p->rows[(p->half[0] + k) * window->nfields + f] = DscWindowRow(window, time + k, f);
  }
  line.stride[last] = 1;
  for (c = last; c > 1; c--) line.stride[c - 1] = line.stride[c] * window->extent[c];
  for (c = 1; c <= last; c++) {
    at[c] = low[c] = c == 1 ? shard->first : p->half[c];
    high[c]        = c == 1 ? shard->end : window->extent[c] - p->half[c];
  }
  do { /* at counts through the coordinates between time and the last one */
    line.first = -window->ghost_first * line.stride[1];
    for (c = 1; c <= last; c++) line.first += at[c] * line.stride[c];
    PetscCall(PetscArraycpy(line.position, at, DSC_MAX_COORDINATES));
    line.position[0] = time;
    PetscCall(add_line(p, shard, last, high[last] - low[last], &line));
    for (c = last - 1; c >= 1 && ++at[c] == high[c]; c--) at[c] = low[c];
  } while (c >= 1);
  PetscFunctionReturn(0);
}
