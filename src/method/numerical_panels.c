#include "method/numerical_private.h"

#define LANES    DSC_NUMERICAL_LANES
#define TOGETHER 4096 /* points at one time whose rows are derived together, if they are of several shards */

PetscErrorCode DscNumericalPanelsCreate(PetscInt nfields, PetscInt nshards, DscNumericalPanels *p)
{
  const size_t nfeatures = (size_t)p->nfeatures * LANES, nsums = (size_t)p->moments->nsums;

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

static PetscErrorCode flush(DscNumericalPanels *p, DscShard *shard)
{
  PetscFunctionBeginUser;
  if (shard->fill == 0) PetscFunctionReturn(0);
  PetscCall(DscLibraryEvaluate(p->library, LANES, shard->features, p->X));
  for (PetscInt f = 0; f < p->nleft; f++) {
    PetscCall(PetscArraycpy(p->X + (p->nterms + f) * LANES, shard->features + p->left[f] * LANES, LANES));
  }
  PetscCall(DscMomentsAdd(p->moments, shard->panel++, LANES, shard->fill, p->X, shard->sums));
  shard->fill = 0;
  PetscFunctionReturn(0);
}

PetscErrorCode DscNumericalPanelsFlush(DscNumericalPanels *p)
{
  PetscFunctionBeginUser;
  for (PetscInt s = 0; s < p->nshards; s++) PetscCall(flush(p, &p->shards[s]));
  PetscFunctionReturn(0);
}

/* Features that are coordinates, which the derivatives know nothing of, at n points from position on. */
static void add_coordinates(const DscNumericalPanels *p, PetscInt last, const PetscInt position[], PetscInt n,
                            double features[])
{
  for (PetscInt f = 0; f < p->nfeatures; f++) {
    const PetscInt c = p->list[f].coordinate;

    for (PetscInt l = 0; p->list[f].kind == DSC_FEATURE_COORDINATE && l < n; l++)
      features[f * LANES + l] = p->axes[c][position[c] + (c == last ? l : 0)];
  }
}

/* count points along the last coordinate, from position on, which is at `place` in the rows. */
static PetscErrorCode add_line(DscNumericalPanels *p, DscShard *shard, PetscInt last, PetscInt place,
                               PetscInt position[], PetscInt count)
{
  PetscFunctionBeginUser;
  p->npoints += (double)count;
  for (PetscInt n = 0; count > 0; count -= n, place += n, position[last] += n) {
    n = PetscMin(count, LANES - shard->fill);
    PetscCall(DscDerivativesApply(p->derivatives, place, position[last], n, LANES, shard->features + shard->fill));
    add_coordinates(p, last, position, n, shard->features + shard->fill);
    shard->fill += n;
    if (shard->fill == LANES) PetscCall(flush(p, shard));
  }
  PetscFunctionReturn(0);
}

/* All inner points of a shard at the time at which the derivatives are. */
static PetscErrorCode add_time(DscNumericalPanels *p, const DscWindow *window, PetscInt time, DscShard *shard)
{
  const PetscInt last = PetscMax(window->ncoordinates - 1, 1); /* without space: one point of it */
  PetscInt       low[DSC_MAX_COORDINATES], high[DSC_MAX_COORDINATES], at[DSC_MAX_COORDINATES] = {0}, c;
  PetscInt       stride[DSC_MAX_COORDINATES] = {0}, position[DSC_MAX_COORDINATES];

  PetscFunctionBeginUser;
  stride[last] = 1;
  for (c = last; c > 1; c--) stride[c - 1] = stride[c] * window->extent[c];
  for (c = 1; c <= last; c++) {
    at[c] = low[c] = c == 1 ? shard->first : p->half[c];
    high[c]        = c == 1 ? shard->end : window->extent[c] - p->half[c];
  }
  do { /* at counts through the coordinates between time and the last one */
    PetscInt place = -window->ghost_first * stride[1];

    for (c = 1; c <= last; c++) place += at[c] * stride[c];
    PetscCall(PetscArraycpy(position, at, DSC_MAX_COORDINATES));
    position[0] = time;
    PetscCall(add_line(p, shard, last, place, position, high[last] - low[last]));
    for (c = last - 1; c >= 1 && ++at[c] == high[c]; c--) at[c] = low[c];
  } while (c >= 1);
  PetscFunctionReturn(0);
}

static PetscErrorCode set_time(DscNumericalPanels *p, const DscWindow *window, PetscInt time, PetscInt first,
                               PetscInt end)
{
  PetscFunctionBeginUser;
  for (PetscInt k = -p->half[0]; k <= p->half[0]; k++) {
    for (PetscInt f = 0; f < window->nfields; f++)
      p->rows[(p->half[0] + k) * window->nfields + f] = DscWindowRow(window, time + k, f);
  }
  PetscCall(DscDerivativesSetTime(p->derivatives, time, p->rows, first, end));
  PetscFunctionReturn(0);
}

/* Shards that begin at shard s and whose rows are derived together: they are of the same times, one after the other. */
static PetscInt count_together(const DscNumericalPanels *p, const DscWindow *window, PetscInt s)
{
  const DscShard *shards = p->shards;
  PetscInt        n      = 1;

  while (s + n < p->nshards && shards[s + n].first == shards[s + n - 1].end &&
         (double)(shards[s + n].end - shards[s].first) * (double)window->behind <= TOGETHER)
    n++;
  return n;
}

PetscErrorCode DscNumericalPanelsAdd(DscNumericalPanels *p, const DscWindow *window, PetscInt from, PetscInt to)
{
  PetscFunctionBeginUser;
  for (PetscInt s = 0, n; s < p->nshards; s += n) {
    DscShard *first = &p->shards[s], *last;

    n    = count_together(p, window, s);
    last = first + n - 1;
    for (PetscInt t = PetscMax(from, first->first_time); t < PetscMin(to, first->end_time); t++) {
      PetscCall(set_time(p, window, t, first->first, last->end));
      for (DscShard *shard = first; shard <= last; shard++) PetscCall(add_time(p, window, t, shard));
    }
  }
  PetscFunctionReturn(0);
}
