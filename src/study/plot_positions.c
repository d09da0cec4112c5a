#include "study/plot_positions.h"
#include "study/series_read.h"

#include <math.h>
#include <stdlib.h>

#define FEW 30 /* positions at a time: too few for a histogram, or for a line through them */

/* ---- positions and points ---------------------------------------------------------------------------------------- */

static int compare_places(const void *left, const void *right)
{
  const DscPlace *a = left, *b = right;

  if (a->t != b->t) return a->t < b->t ? -1 : 1;
  return (a->x > b->x) - (a->x < b->x);
}

DscPlace DscPlotPositionsGet(const DscPlotPositions *p, PetscInt row)
{
  const DscMapSamples *s = &p->samples;

  return (DscPlace){.t        = DscMapSamplesAt(s, row, s->first),
                    .x        = DscMapSamplesAt(s, row, s->second),
                    .inferred = DscMapSamplesGet(s, row, DSC_SURROGATE),
                    .truth    = DscMapSamplesGet(s, row, DSC_CLEAN)};
}

PetscBool DscPlotPositionsHas(const DscPlotPositions *p, PetscInt row)
{
  const DscMapSamples *s          = &p->samples;
  const PetscInt       experiment = DscSeriesFind(&s->series, "experiment");

  return (PetscBool)(DscMapSamplesAt(s, row, DscSeriesFind(&s->series, "position")) == 1.0 &&
                     (experiment < 0 || DscMapSamplesAt(s, row, experiment) == 1.0));
}

/* ---- times ------------------------------------------------------------------------------------------------------- */

/* Whole times are added, the nearer one first, until there are positions enough. */
static void widen(const DscPlotPositions *p, DscMoment *m)
{
  const DscPlace *at = p->positions;

  m->from = m->first;
  m->to   = m->end;
  while (m->to - m->from < FEW && m->to - m->from < p->n) {
    const double before = m->from > 0 ? m->time - at[m->from - 1].t : INFINITY;
    const double after  = m->to < p->n ? at[m->to].t - m->time : INFINITY;

    if (before <= after) {
      for (const double t = at[m->from - 1].t; m->from > 0 && at[m->from - 1].t == t; m->from--) continue;
    } else {
      for (const double t = at[m->to].t; m->to < p->n && at[m->to].t == t; m->to++) continue;
    }
  }
}

static double choose_inferred(const DscPlotPositions *p, const DscMoment *m)
{
  const DscMapSamples *s    = &p->samples;
  double               best = m->time;

  if (m->end - m->first >= FEW || !s->grid[0]) return best;
  for (PetscInt i = 0; i < s->grid[0]; i++) {
    const double t = DscMapSamplesAt(s, s->sample[i * s->grid[1]], s->first);

    if (i == 0 || fabs(t - m->time) < fabs(best - m->time)) best = t;
  }
  return best;
}

/* The data's times nearest to the shares of the time span of figure 5 of paper 000; each once. */
static void choose_moments(DscPlotPositions *p)
{
  static const double shares[DSC_MOMENTS] = {.04, .5, .9};
  const DscPlace     *at                  = p->positions;

  p->nmoments = 0;
  for (int k = 0; k < DSC_MOMENTS; k++) {
    const double wanted = at[0].t + shares[k] * (at[p->n - 1].t - at[0].t);
    DscMoment   *m      = &p->moments[p->nmoments];

    m->first = 0;
    for (PetscInt i = 1; i < p->n; i++) {
      if (fabs(at[i].t - wanted) < fabs(at[m->first].t - wanted)) m->first = i;
    }
    m->time = at[m->first].t;
    if (p->nmoments && m->time == m[-1].time) continue;
    for (m->end = m->first; m->end < p->n && at[m->end].t == m->time; m->end++) continue;
    widen(p, m);
    m->inferred = choose_inferred(p, m);
    p->nmoments++;
  }
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

PetscErrorCode DscPlotPositionsSetUp(DscPlotPositions *p)
{
  const DscTable *series = &p->samples.series;
  PetscInt        field  = -1;

  PetscFunctionBeginUser;
  DscMapSamplesFindCoordinates(&p->samples);
  for (PetscInt c = 0; c < series->ncolumns && field < 0; c++) field = DscMapSamplesFieldOf(series, c);
  PetscCheck(field >= 0 && p->samples.ncoordinates == 2, PETSC_COMM_SELF, PETSC_ERR_FILE_UNEXPECTED,
             "positions of particles need t, x and a density");
  PetscCall(DscMapSamplesSetField(&p->samples, field));
  PetscCall(PetscMalloc1(series->nrows, &p->positions));
  PetscCall(PetscMalloc1(series->nrows, &p->curve));
  p->n = 0;
  for (PetscInt i = 0; i < series->nrows; i++) {
    if (DscPlotPositionsHas(p, i)) p->positions[p->n++] = DscPlotPositionsGet(p, i);
  }
  qsort(p->positions, (size_t)p->n, sizeof(DscPlace), compare_places);
  PetscCheck(p->n > 0, PETSC_COMM_SELF, PETSC_ERR_FILE_UNEXPECTED, "no positions");
  choose_moments(p);
  PetscFunctionReturn(0);
}

PetscErrorCode DscPlotPositionsDestroy(DscPlotPositions *p)
{
  PetscFunctionBeginUser;
  PetscCall(DscMapSamplesClearField(&p->samples));
  PetscCall(DscTableDestroy(&p->samples.series));
  PetscCall(PetscFree(p->positions));
  PetscCall(PetscFree(p->curve));
  PetscFunctionReturn(0);
}

PetscInt DscPlotPositionsCurve(DscPlotPositions *p, const DscMoment *m)
{
  const DscMapSamples *s     = &p->samples;
  const double         close = 1e-9 * (p->positions[p->n - 1].t - p->positions[0].t);
  PetscInt             n     = 0;

  for (PetscInt i = m->first; i < m->end && m->inferred == m->time; i++) p->curve[n++] = p->positions[i];
  for (PetscInt i = 0; i < s->n; i++) {
    const DscPlace place = DscPlotPositionsGet(p, s->sample[i]);

    if (fabs(place.t - m->inferred) > close) continue;
    p->curve[n]     = place;
    p->curve[n++].t = m->inferred; /* to the last digit, so that places are what is sorted */
  }
  qsort(p->curve, (size_t)n, sizeof(DscPlace), compare_places);
  return n;
}

DscHistogram DscPlotPositionsHistogram(const DscPlotPositions *p, const DscMoment *m)
{
  DscHistogram h    = {.bins = PetscMin(DSC_MAX_BINS, (PetscInt)round(sqrt((double)(m->to - m->from))))};
  double       high = -INFINITY;

  h.low = INFINITY;
  for (PetscInt i = m->from; i < m->to; i++) {
    h.low = PetscMin(h.low, p->positions[i].x);
    high  = PetscMax(high, p->positions[i].x);
  }
  h.width = high > h.low ? (high - h.low) / (double)h.bins : 1;
  for (PetscInt i = m->from; i < m->to; i++)
    h.counts[PetscMin(h.bins - 1, (PetscInt)((p->positions[i].x - h.low) / h.width))]++;
  return h;
}
