#include "study/plot_samples.h"
#include "study/series_read.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double DscMapSamplesAt(const DscMapSamples *m, PetscInt row, PetscInt column)
{
  return m->series.values[(size_t)row * (size_t)m->series.ncolumns + (size_t)column];
}

double DscMapSamplesGet(const DscMapSamples *m, PetscInt row, DscQuantity quantity)
{
  const double data = DscMapSamplesAt(m, row, m->data), surrogate = DscMapSamplesAt(m, row, m->surrogate);
  const double clean = m->clean >= 0 ? DscMapSamplesAt(m, row, m->clean) : NAN;

  switch (quantity) {
  case DSC_DATA:
    return data;
  case DSC_SURROGATE:
    return surrogate;
  case DSC_RESIDUAL:
    return data - surrogate;
  case DSC_CLEAN:
    return clean;
  default:
    return surrogate - clean;
  }
}

/* ---- what the columns are ---------------------------------------------------------------------------------------- */

/* F of 'F_hat' or 'F_clean', if there is such a column; otherwise -1. */
static PetscInt field_with(const DscTable *s, PetscInt column, const char suffix[])
{
  const char  *name   = s->columns[column];
  const size_t length = strlen(name), tail = strlen(suffix);
  char         field[DSC_NAME_LENGTH];

  if (length <= tail || strcmp(name + length - tail, suffix)) return -1;
  snprintf(field, sizeof(field), "%.*s", (int)(length - tail), name);
  return DscSeriesFind(s, field);
}

/* Columns that are neither fields nor made of them, nor the number of an experiment or what a row is, in their order:
   time first. */
void DscMapSamplesFindCoordinates(DscMapSamples *m)
{
  const DscTable *s = &m->series;

  m->ncoordinates = 0;
  for (PetscInt c = 0; c < s->ncolumns; c++) {
    PetscBool field = (PetscBool)(field_with(s, c, "_hat") >= 0 || field_with(s, c, "_clean") >= 0 ||
                                  !strcmp(s->columns[c], "experiment") || !strcmp(s->columns[c], "position"));

    for (PetscInt other = 0; other < s->ncolumns; other++) {
      if (field_with(s, other, "_hat") == c) field = PETSC_TRUE;
    }
    if (!field && m->ncoordinates < DSC_MAX_COORDINATES) m->coordinates[m->ncoordinates++] = c;
  }
}

PetscBool DscMapSamplesArePositions(const DscTable *series)
{
  const PetscInt column = DscSeriesFind(series, "position");

  return (PetscBool)(column >= 0 && series->nrows && isfinite(series->values[column])); /* NaN: another run's column */
}

/* ---- which samples, and whether they are a grid ------------------------------------------------------------------ */

static int compare_doubles(const void *left, const void *right)
{
  const double a = *(const double *)left, b = *(const double *)right;

  return (a > b) - (a < b);
}

/* The distinct values of a column over the samples drawn, rising (allocated; PetscFree). */
static PetscErrorCode distinct(const DscMapSamples *m, PetscInt column, PetscInt *n, double **values)
{
  PetscFunctionBeginUser;
  *n = 0;
  PetscCall(PetscMalloc1(m->n, values));
  for (PetscInt i = 0; i < m->n; i++) (*values)[i] = DscMapSamplesAt(m, m->sample[i], column);
  qsort(*values, (size_t)m->n, sizeof(double), compare_doubles);
  for (PetscInt i = 0; i < m->n; i++) {
    if (!*n || (*values)[*n - 1] != (*values)[i]) (*values)[(*n)++] = (*values)[i];
  }
  PetscFunctionReturn(0);
}

/* Those of the first experiment; in two space dimensions at the middle time. */
static PetscErrorCode choose_samples(DscMapSamples *m)
{
  const PetscInt time = m->coordinates[0], experiment = DscSeriesFind(&m->series, "experiment");
  const PetscInt position = DscMapSamplesArePositions(&m->series) ? DscSeriesFind(&m->series, "position") : -1;
  const char    *which    = experiment >= 0 ? " of experiment 1" : "";
  double        *times, middle;
  PetscInt       n, kept = 0;

  PetscFunctionBeginUser;
  m->n = 0;
  PetscCall(PetscMalloc1(m->series.nrows, &m->sample));
  for (PetscInt i = 0; i < m->series.nrows; i++) {
    if (position >= 0 && DscMapSamplesAt(m, i, position) == 1.0) continue;
    if (experiment < 0 || DscMapSamplesAt(m, i, experiment) == 1.0) m->sample[m->n++] = i;
  }
  m->first  = m->coordinates[m->ncoordinates == 3 ? 1 : 0];
  m->second = m->coordinates[m->ncoordinates == 3 ? 2 : m->ncoordinates - 1];
  snprintf(m->slice, sizeof(m->slice), "%s", which);
  if (m->ncoordinates < 3) PetscFunctionReturn(0);
  PetscCall(distinct(m, time, &n, &times));
  middle = times[n / 2];
  PetscCall(PetscFree(times));
  for (PetscInt i = 0; i < m->n; i++) {
    if (DscMapSamplesAt(m, m->sample[i], time) == middle) m->sample[kept++] = m->sample[i];
  }
  m->n = kept;
  snprintf(m->slice, sizeof(m->slice), "%s at %s = %.4g", which, m->series.columns[time], middle);
  PetscFunctionReturn(0);
}

static PetscBool equal_steps(PetscInt n, const double values[])
{
  const double step = (values[n - 1] - values[0]) / (double)(n - 1);

  for (PetscInt i = 1; i < n; i++) {
    if (fabs(values[i] - values[i - 1] - step) > 1e-4 * fabs(step)) return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

/* Samples in the order of a grid, first coordinate slowest, if they are one: every pair of values there once. */
static PetscErrorCode find_grid(DscMapSamples *m)
{
  double   *across, *upwards;
  PetscInt  na, nu, *cell;
  PetscBool whole;

  PetscFunctionBeginUser;
  m->grid[0] = m->grid[1] = 0;
  PetscCall(distinct(m, m->first, &na, &across));
  PetscCall(distinct(m, m->second, &nu, &upwards));
  whole = (PetscBool)(na > 1 && nu > 1 && (PetscInt64)na * nu == m->n);
  PetscCall(PetscMalloc1(m->n, &cell));
  for (PetscInt i = 0; i < m->n; i++) cell[i] = -1;
  for (PetscInt i = 0; i < m->n && whole; i++) {
    const PetscInt where = DscFindSorted(na, across, DscMapSamplesAt(m, m->sample[i], m->first)) * nu +
                           DscFindSorted(nu, upwards, DscMapSamplesAt(m, m->sample[i], m->second));

    whole       = (PetscBool)(cell[where] < 0);
    cell[where] = m->sample[i];
  }
  if (whole) {
    m->grid[0] = na;
    m->grid[1] = nu;
    m->uniform = (PetscBool)(equal_steps(na, across) && equal_steps(nu, upwards));
    PetscCall(PetscArraycpy(m->sample, cell, m->n));
  }
  PetscCall(PetscFree(cell));
  PetscCall(PetscFree(across));
  PetscCall(PetscFree(upwards));
  PetscFunctionReturn(0);
}

/* ---- time series --------------------------------------------------------------------------------------------------- */

typedef struct {
  double   time;
  PetscInt sample;
} Moment;

static int compare_moments(const void *left, const void *right)
{
  const Moment *a = left, *b = right;

  if (a->time != b->time) return a->time < b->time ? -1 : 1;
  return (a->sample > b->sample) - (a->sample < b->sample);
}

static PetscErrorCode sort_by_time(DscMapSamples *m)
{
  Moment *moments;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(m->n, &moments));
  for (PetscInt i = 0; i < m->n; i++) {
    moments[i].time   = DscMapSamplesAt(m, m->sample[i], m->first);
    moments[i].sample = m->sample[i];
  }
  qsort(moments, (size_t)m->n, sizeof(*moments), compare_moments);
  for (PetscInt i = 0; i < m->n; i++) m->sample[i] = moments[i].sample;
  PetscCall(PetscFree(moments));
  PetscFunctionReturn(0);
}

/* ---- a field ----------------------------------------------------------------------------------------------------- */

PetscInt DscMapSamplesFieldOf(const DscTable *series, PetscInt column)
{
  return field_with(series, column, "_hat");
}

static PetscErrorCode set_columns(DscMapSamples *m, PetscInt column)
{
  const DscTable *s = &m->series;
  char            name[2 * DSC_NAME_LENGTH];
  PetscBool       same = PETSC_TRUE;

  PetscFunctionBeginUser;
  m->data = column;
  PetscCall(PetscStrncpy(m->field, s->columns[column], sizeof(m->field)));
  snprintf(name, sizeof(name), "%s_hat", m->field);
  m->surrogate = DscSeriesFind(s, name);
  snprintf(name, sizeof(name), "%s_clean", m->field);
  m->clean = DscSeriesFind(s, name);
  for (PetscInt i = 0; i < s->nrows && m->clean >= 0 && same; i++) {
    const double clean = DscMapSamplesAt(m, i, m->clean);

    same = (PetscBool)(isnan(clean) || clean == DscMapSamplesAt(m, i, m->data));
  }
  if (same) m->clean = -1;
  PetscFunctionReturn(0);
}

PetscErrorCode DscMapSamplesSetField(DscMapSamples *m, PetscInt column)
{
  PetscFunctionBeginUser;
  PetscCall(set_columns(m, column));
  PetscCall(choose_samples(m));
  if (m->ncoordinates == 1)
    PetscCall(sort_by_time(m));
  else
    PetscCall(find_grid(m));
  PetscFunctionReturn(0);
}

PetscErrorCode DscMapSamplesClearField(DscMapSamples *m)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(m->sample));
  m->n = 0;
  PetscFunctionReturn(0);
}

double DscMapSamplesRms(const DscMapSamples *m, DscQuantity quantity)
{
  double   sum = 0;
  PetscInt n   = 0;

  for (PetscInt i = 0; i < m->n; i++) {
    const double value = DscMapSamplesGet(m, m->sample[i], quantity);

    if (!isfinite(value)) continue;
    sum += value * value;
    n++;
  }
  return n ? sqrt(sum / n) : NAN;
}
