#include "study/plot_private.h"
#include "study/format.h"
#include "study/report_private.h"
#include "study/series_read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SIDE   600   /* points along a side of a map; more are thinned */
#define MAX_POINTS 40000 /* scattered; more are thinned */

enum { DATA, SURROGATE, RESIDUAL, CLEAN, FAULT, QUANTITIES }; /* FAULT: surrogate - clean */

/* One field of one run's samples. */
typedef struct {
  const DscResultsTable *table; /* (not owned) */
  PetscInt               row;   /* of the run */
  PetscInt64             number;
  DscTable               series; /* (owned) */
  PetscInt               ncoordinates, coordinates[4];
  PetscInt               first, second;          /* columns that are drawn across and upwards */
  PetscInt               n, *sample;             /* (owned) [n] rows of series that are drawn */
  PetscInt               data, surrogate, clean; /* columns; clean -1: unknown, or the data themselves */
  PetscInt               grid[2];                /* extents, if the samples drawn are a grid; otherwise 0 */
  PetscBool              uniform;                /* of a grid: equal steps */
  char                   field[DSC_NAME_LENGTH], slice[2 * DSC_NAME_LENGTH];
  DscFigure              figure;
} Maps;

static double at(const Maps *m, PetscInt sample, PetscInt column)
{
  return m->series.values[(size_t)sample * (size_t)m->series.ncolumns + (size_t)column];
}

static double quantity(const Maps *m, PetscInt sample, int which)
{
  const double data = at(m, sample, m->data), surrogate = at(m, sample, m->surrogate);
  const double clean = m->clean >= 0 ? at(m, sample, m->clean) : NAN;

  switch (which) {
  case DATA:
    return data;
  case SURROGATE:
    return surrogate;
  case RESIDUAL:
    return data - surrogate;
  case CLEAN:
    return clean;
  default:
    return surrogate - clean;
  }
}

/* ---- what the columns are ---------------------------------------------------------------------------------------- */

/* F of 'F_hat' or 'F_clean', if there is such a column; otherwise -1. */
static PetscInt field_of(const DscTable *s, PetscInt column, const char suffix[])
{
  const char  *name   = s->columns[column];
  const size_t length = strlen(name), tail = strlen(suffix);
  char         field[DSC_NAME_LENGTH];

  if (length <= tail || strcmp(name + length - tail, suffix)) return -1;
  snprintf(field, sizeof(field), "%.*s", (int)(length - tail), name);
  return DscSeriesFind(s, field);
}

/* Columns that are neither fields nor made of them, in their order, but time first: names alone have no order. */
static void find_coordinates(Maps *m)
{
  const DscTable *s = &m->series;

  m->ncoordinates = 0;
  for (PetscInt c = 0; c < s->ncolumns; c++) {
    PetscBool field = (PetscBool)(field_of(s, c, "_hat") >= 0 || field_of(s, c, "_clean") >= 0);
    PetscInt  place;

    for (PetscInt other = 0; other < s->ncolumns; other++) {
      if (field_of(s, other, "_hat") == c) field = PETSC_TRUE;
    }
    if (field || m->ncoordinates == 4) continue;
    place = m->ncoordinates++;
    for (; place && !strcmp(s->columns[c], "t"); place--) m->coordinates[place] = m->coordinates[place - 1];
    m->coordinates[place] = c;
  }
}

static PetscErrorCode set_field(Maps *m, PetscInt column)
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
    const double clean = at(m, i, m->clean);

    same = (PetscBool)(isnan(clean) || clean == at(m, i, m->data));
  }
  if (same) m->clean = -1;
  PetscFunctionReturn(0);
}

/* ---- which samples, and whether they are a grid ------------------------------------------------------------------ */

static int compare_doubles(const void *left, const void *right)
{
  const double a = *(const double *)left, b = *(const double *)right;

  return (a > b) - (a < b);
}

/* The distinct values of a column over the samples drawn, rising (allocated; PetscFree). */
static PetscErrorCode distinct(const Maps *m, PetscInt column, PetscInt *n, double **values)
{
  PetscFunctionBeginUser;
  *n = 0;
  PetscCall(PetscMalloc1(m->n, values));
  for (PetscInt i = 0; i < m->n; i++) (*values)[i] = at(m, m->sample[i], column);
  qsort(*values, (size_t)m->n, sizeof(double), compare_doubles);
  for (PetscInt i = 0; i < m->n; i++) {
    if (!*n || (*values)[*n - 1] != (*values)[i]) (*values)[(*n)++] = (*values)[i];
  }
  PetscFunctionReturn(0);
}

/* In two space dimensions: the samples at the middle time. */
static PetscErrorCode choose_samples(Maps *m)
{
  const PetscInt time = m->coordinates[0];
  double        *times, middle;
  PetscInt       n, kept = 0;

  PetscFunctionBeginUser;
  m->n = m->series.nrows;
  PetscCall(PetscMalloc1(m->n, &m->sample));
  for (PetscInt i = 0; i < m->n; i++) m->sample[i] = i;
  m->first    = m->coordinates[m->ncoordinates == 3 ? 1 : 0];
  m->second   = m->coordinates[m->ncoordinates == 3 ? 2 : m->ncoordinates - 1];
  m->slice[0] = '\0';
  if (m->ncoordinates < 3) PetscFunctionReturn(0);
  PetscCall(distinct(m, time, &n, &times));
  middle = times[n / 2];
  PetscCall(PetscFree(times));
  for (PetscInt i = 0; i < m->n; i++) {
    if (at(m, i, time) == middle) m->sample[kept++] = i;
  }
  m->n = kept;
  snprintf(m->slice, sizeof(m->slice), " at %s = %.4g", m->series.columns[time], middle);
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

static PetscInt bisect(PetscInt n, const double values[], double wanted)
{
  PetscInt low = 0, high = n - 1;

  while (low < high) {
    const PetscInt middle = low + (high - low) / 2;

    if (values[middle] < wanted)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* Samples in the order of a grid, first coordinate slowest, if they are one: every pair of values there once. */
static PetscErrorCode find_grid(Maps *m)
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
    const PetscInt where =
        bisect(na, across, at(m, m->sample[i], m->first)) * nu + bisect(nu, upwards, at(m, m->sample[i], m->second));

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

/* ---- data ---------------------------------------------------------------------------------------------------------- */

static void write_sample(Maps *m, PetscInt sample)
{
  double row[2 + QUANTITIES];

  row[0] = at(m, sample, m->first);
  row[1] = at(m, sample, m->second);
  for (int q = 0; q < QUANTITIES; q++) row[2 + q] = quantity(m, sample, q);
  DscFigureNumbers(&m->figure, 2 + QUANTITIES, row);
  DscFigureEndRow(&m->figure);
}

/* Grids with a blank line after each value of the first coordinate. Large sets are thinned: a figure has few pixels. */
static void write_data(Maps *m)
{
  const char *const *no_names   = NULL;
  const DscTable    *s          = &m->series;
  const PetscInt     strides[2] = {m->grid[0] / MAX_SIDE + 1, m->grid[1] / MAX_SIDE + 1};
  const PetscInt     stride     = m->grid[0] ? 1 : m->n / MAX_POINTS + 1;

  (void)no_names;
  (void)DscFigureBlock(&m->figure, "%s, %s, %s, its surrogate, data - surrogate, clean, surrogate - clean",
                       s->columns[m->first], s->columns[m->second], m->field);
  if (stride > 1 || strides[0] > 1 || strides[1] > 1) fprintf(m->figure.data, "# thinned for drawing\n");
  for (PetscInt i = 0; i < m->grid[0]; i += strides[0]) {
    for (PetscInt j = 0; j < m->grid[1]; j += strides[1]) write_sample(m, m->sample[i * m->grid[1] + j]);
    DscFigureEndRow(&m->figure);
  }
  for (PetscInt i = 0; i < m->n && !m->grid[0]; i += stride) write_sample(m, m->sample[i]);
}

static double root_mean_square(const Maps *m, int which)
{
  double sum = 0;

  for (PetscInt i = 0; i < m->n; i++) sum += quantity(m, m->sample[i], which) * quantity(m, m->sample[i], which);
  return sqrt(sum / (double)m->n);
}

/* ---- maps ---------------------------------------------------------------------------------------------------------- */

/* Fields share one scale, that of the surrogate (noise would stretch it); differences one about zero. */
static void write_scale(Maps *m, int which)
{
  FILE  *script = m->figure.script;
  double low = INFINITY, high = -INFINITY;

  if (which == RESIDUAL || which == FAULT) {
    high = 2.5 * root_mean_square(m, which);
    fprintf(script, "set palette defined (0 '#2166AC', 1 '#92C5DE', 2 '#F7F7F7', 3 '#F4A582', 4 '#B2182B')\n");
    fprintf(script, "set cbrange [%.6g:%.6g]\n", -PetscMax(high, 1e-300), PetscMax(high, 1e-300));
    return;
  }
  for (PetscInt i = 0; i < m->n; i++) {
    const double value = quantity(m, m->sample[i], m->clean >= 0 ? CLEAN : SURROGATE);

    if (!isfinite(value)) continue;
    low  = PetscMin(low, value);
    high = PetscMax(high, value);
  }
  fprintf(script, "set palette defined (0 '#440154', 1 '#472C7A', 2 '#3B518B', 3 '#2C718E', 4 '#21908D', 5 '#27AD81', "
                  "6 '#5CC863', 7 '#AADC32', 8 '#FDE725')\n");
  if (high > low) fprintf(script, "set cbrange [%.6g:%.6g]\n", low, high);
}

static void write_map(Maps *m, int which, PetscInt columns, PetscInt rows, PetscInt place)
{
  static const char *const titles[QUANTITIES] = {"data %s", "surrogate of %s", "data - surrogate", "clean %s",
                                                 "surrogate - clean"};
  FILE                    *script             = m->figure.script;
  char                     field[DSC_TEXT_SIZE];

  DscFigurePanel(&m->figure, columns, rows, place);
  DscPlotTerm(m->field, sizeof(field), field);
  fprintf(script, "set title '");
  if (which == RESIDUAL || which == FAULT)
    fprintf(script, "%s, rms %.3g", titles[which], root_mean_square(m, which));
  else {
    const char *name = strstr(titles[which], "%s");

    fprintf(script, "%.*s%s", (int)(name - titles[which]), titles[which], field);
  }
  fprintf(script, "' font ',13'\n");
  write_scale(m, which);
  if (m->grid[0] && m->uniform)
    fprintf(script, "plot '%s.dat' using 1:2:%d with image\n", m->figure.name, 3 + which);
  else if (m->grid[0])
    fprintf(script, "set view map\nset pm3d corners2color mean\nsplot '%s.dat' using 1:2:%d with pm3d\n",
            m->figure.name, 3 + which);
  else
    fprintf(script, "plot '%s.dat' using 1:2:%d with points pt 7 ps %.2f lc palette\n", m->figure.name, 3 + which,
            PetscMax(.35, PetscMin(1.2, 45 / sqrt((double)m->n))));
}

static void write_maps(Maps *m)
{
  const PetscInt rows   = m->clean >= 0 ? 2 : 1;
  FILE          *script = m->figure.script;
  char           text[DSC_TEXT_SIZE];

  fprintf(script, "set xlabel '%s'\n", DscPlotText(m->series.columns[m->first], sizeof(text), text));
  fprintf(script, "set ylabel '%s' norotate\n", DscPlotText(m->series.columns[m->second], sizeof(text), text));
  fprintf(script,
          "unset grid\nunset key\nset border 15\nset autoscale xfix\nset autoscale yfix\nset tics out nomirror\n");
  for (int which = 0; which < (m->clean >= 0 ? QUANTITIES : CLEAN); which++) write_map(m, which, 3, rows, which);
}

/* ---- time series --------------------------------------------------------------------------------------------------- */

static void write_series(Maps *m)
{
  const char *name   = m->figure.name;
  FILE       *script = m->figure.script;
  char        field[DSC_TEXT_SIZE], text[DSC_TEXT_SIZE];

  DscPlotTerm(m->field, sizeof(field), field);
  fprintf(script, "set xlabel '%s'\n", DscPlotText(m->series.columns[m->first], sizeof(text), text));
  DscFigurePanel(&m->figure, 1, 2, 0);
  fprintf(script, "set ylabel '%s'\nset key outside right top\n", field);
  fprintf(script, "plot '%s.dat' using 1:3 with points lc rgb '#999999' pt 7 ps 0.5 title 'data', \\\n", name);
  if (m->clean >= 0) fprintf(script, "  '%s.dat' using 1:6 with lines lt 98 title 'clean', \\\n", name);
  fprintf(script, "  '%s.dat' using 1:4 with lines lt 1 title 'surrogate'\n", name);
  DscFigurePanel(&m->figure, 1, 2, 1);
  fprintf(script, "set ylabel 'difference'\n");
  fprintf(script, "plot '%s.dat' using 1:5 with points lt 2 pt 7 ps 0.5 title 'data - surrogate'", name);
  if (m->clean >= 0) fprintf(script, ", \\\n  '%s.dat' using 1:7 with lines lt 1 title 'surrogate - clean'", name);
  fprintf(script, "\n");
}

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

static PetscErrorCode sort_by_time(Maps *m)
{
  Moment *moments;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(m->n, &moments));
  for (PetscInt i = 0; i < m->n; i++) {
    moments[i].time   = at(m, m->sample[i], m->first);
    moments[i].sample = m->sample[i];
  }
  qsort(moments, (size_t)m->n, sizeof(*moments), compare_moments);
  for (PetscInt i = 0; i < m->n; i++) m->sample[i] = moments[i].sample;
  PetscCall(PetscFree(moments));
  PetscFunctionReturn(0);
}

/* ---- the figure ---------------------------------------------------------------------------------------------------- */

static PetscErrorCode write_figure(Maps *m)
{
  char label[DSC_TEXT_SIZE], text[DSC_TEXT_SIZE], slice[DSC_TEXT_SIZE];

  PetscFunctionBeginUser;
  DscReportLabel(m->table, m->row, sizeof(label), label);
  DscPlotText(label, sizeof(text), text);
  write_data(m);
  fprintf(m->figure.script, "set multiplot title '%s: run %lld%s%s: %d samples%s' font ',15'\n", m->figure.plot->title,
          (long long)m->number, text[0] ? ", " : "", text, (int)m->n, DscPlotText(m->slice, sizeof(slice), slice));
  if (m->ncoordinates == 1)
    write_series(m);
  else
    write_maps(m);
  fprintf(m->figure.script, "unset multiplot\n");
  PetscFunctionReturn(0);
}

/* One field; several fields are figures of their own. */
static PetscErrorCode draw_field(const DscPlot *plot, Maps *m, PetscInt column, PetscBool single)
{
  const int      height = m->ncoordinates == 1 ? 800 : m->clean >= 0 ? 800 : 440;
  char           name[2 * DSC_NAME_LENGTH];
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  snprintf(name, sizeof(name), "maps_run_%lld%s%s", (long long)m->number, single ? "" : "_", single ? "" : m->field);
  ierr = set_field(m, column);
  if (!ierr) ierr = choose_samples(m);
  if (!ierr) ierr = m->ncoordinates == 1 ? sort_by_time(m) : find_grid(m);
  if (!ierr) ierr = DscFigureOpen(plot, height, name, &m->figure);
  if (!ierr) ierr = write_figure(m);
  if (!ierr) ierr = DscFigureDraw(&m->figure, "data, surrogate and their difference");
  DscFigureDrop(&m->figure);
  PetscCall(PetscFree(m->sample));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

static PetscErrorCode draw_fields(const DscPlot *plot, Maps *m)
{
  const DscTable *s       = &m->series;
  PetscInt        nfields = 0;

  PetscFunctionBeginUser;
  find_coordinates(m);
  for (PetscInt c = 0; c < s->ncolumns; c++) nfields += field_of(s, c, "_hat") >= 0;
  if (!nfields || !m->ncoordinates || m->ncoordinates > 3) {
    PetscCall(DscPlotLeaveOut("maps_run_N", m->ncoordinates > 3 ? "no maps in three space dimensions"
                                                                : "its prediction has no surrogate or no coordinates"));
    PetscFunctionReturn(0);
  }
  for (PetscInt c = 0; c < s->ncolumns; c++) {
    const PetscInt column = field_of(s, c, "_hat");

    if (column >= 0) PetscCall(draw_field(plot, m, column, (PetscBool)(nfields == 1)));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscPlotMaps(const DscPlot *plot, const DscResultsTable *table, PetscInt row, PetscInt64 number)
{
  Maps           m = {.table = table, .row = row, .number = number};
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(DscSeriesRead(plot->source, "/prediction", row, &m.series));
  if (m.series.nrows)
    ierr = draw_fields(plot, &m);
  else
    ierr =
        DscPlotLeaveOut("maps_run_N", "the run's prediction is not in the file (study_prediction: all keeps those of "
                                      "every run)");
  PetscCall(DscTableDestroy(&m.series));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}
