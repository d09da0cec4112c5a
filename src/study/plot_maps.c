#include "study/plot_private.h"
#include "study/plot_samples.h"
#include "study/report_private.h"
#include "study/series_read.h"

#include <math.h>
#include <string.h>

#define MAX_SIDE   400   /* points along a side of a map; more are thinned */
#define MAX_POINTS 40000 /* scattered; more are thinned */

typedef struct {
  const DscResultsTable *table;   /* (not owned) */
  PetscInt               row;     /* of the run */
  DscMapSamples          samples; /* (owned) */
  DscFigure              figure;
} Maps;

/* ---- data -------------------------------------------------------------------------------------------------------- */

/* row -1: only the corner of a cell. */
static void write_sample(Maps *m, PetscInt row, PetscInt ncorner, const double corner[])
{
  const DscMapSamples *s = &m->samples;
  double               values[2 + DSC_QUANTITIES];

  values[0] = row < 0 ? NAN : DscMapSamplesAt(s, row, s->first);
  values[1] = row < 0 ? NAN : DscMapSamplesAt(s, row, s->second);
  for (DscQuantity q = 0; q < DSC_QUANTITIES; q++) values[2 + q] = row < 0 ? NAN : DscMapSamplesGet(s, row, q);
  DscFigureNumbers(&m->figure, 2 + DSC_QUANTITIES, values);
  DscFigureNumbers(&m->figure, ncorner, corner);
  DscFigureEndRow(&m->figure);
}

/* Edge i of the n cells around the kept values along one side of the grid: half-way between two of them. */
static double edge(const DscMapSamples *s, int side, PetscInt stride, PetscInt n, PetscInt i)
{
  const PetscInt step = side ? 1 : s->grid[1], column = side ? s->second : s->first;
  const PetscInt inside = PetscMax(1, PetscMin(n - 1, i));
  const double   below  = DscMapSamplesAt(s, s->sample[(inside - 1) * stride * step], column);
  const double   above  = DscMapSamplesAt(s, s->sample[inside * stride * step], column);

  return below + (above - below) * (.5 + (double)(i - inside));
}

/* A blank line after each value of the first coordinate. A map of unequal steps is drawn as cells between edges: one more
   row and column, of corners alone. */
static void write_grid(Maps *m)
{
  const DscMapSamples *s          = &m->samples;
  const PetscInt       strides[2] = {s->grid[0] / MAX_SIDE + 1, s->grid[1] / MAX_SIDE + 1};
  const PetscInt       n[2]       = {(s->grid[0] - 1) / strides[0] + 1, (s->grid[1] - 1) / strides[1] + 1};
  const PetscInt       corners    = s->uniform ? 0 : 1;

  if (strides[0] > 1 || strides[1] > 1) fprintf(m->figure.data, "# thinned for drawing\n");
  for (PetscInt i = 0; i < n[0] + corners; i++) {
    for (PetscInt j = 0; j < n[1] + corners; j++) {
      const PetscBool has       = (PetscBool)(i < n[0] && j < n[1]);
      double          corner[2] = {0, 0};

      if (corners) {
        corner[0] = edge(s, 0, strides[0], n[0], i);
        corner[1] = edge(s, 1, strides[1], n[1], j);
      }
      write_sample(m, has ? s->sample[i * strides[0] * s->grid[1] + j * strides[1]] : -1, 2 * corners, corner);
    }
    DscFigureEndRow(&m->figure);
  }
}

static void write_data(Maps *m)
{
  const DscMapSamples *s                = &m->samples;
  const PetscInt       stride           = s->n / MAX_POINTS + 1;
  const char(*columns)[DSC_NAME_LENGTH] = (const char(*)[DSC_NAME_LENGTH])s->series.columns;

  (void)DscFigureBlock(&m->figure, "%s, %s, %s, its surrogate, data - surrogate, clean, surrogate - clean%s",
                       columns[s->first], columns[s->second], s->field,
                       s->grid[0] && !s->uniform ? ", lower corner of its cell" : "");
  if (s->grid[0])
    write_grid(m);
  else {
    if (stride > 1) fprintf(m->figure.data, "# thinned for drawing\n");
    for (PetscInt i = 0; i < s->n; i += stride) write_sample(m, s->sample[i], 0, NULL);
  }
}

/* ---- maps -------------------------------------------------------------------------------------------------------- */

/* Fields share one scale, that of the clean field or the surrogate (noise would stretch it); differences have one about
   zero. */
static void write_scale(Maps *m, DscQuantity which)
{
  const DscMapSamples *s      = &m->samples;
  FILE                *script = m->figure.script;
  double               low = INFINITY, high = -INFINITY;

  if (which == DSC_RESIDUAL || which == DSC_FAULT) {
    high = 2.5 * DscMapSamplesRms(s, which);
    fprintf(script, "set palette defined (0 '#2166AC', 1 '#92C5DE', 2 '#F7F7F7', 3 '#F4A582', 4 '#B2182B')\n");
    fprintf(script, high > 0 ? "set cbrange [%.6g:%.6g]\n" : "set cbrange [-1:1] # %g %g\n", -high, high);
    return;
  }
  for (PetscInt i = 0; i < s->n; i++) {
    const double value = DscMapSamplesGet(s, s->sample[i], s->clean >= 0 ? DSC_CLEAN : DSC_SURROGATE);

    if (!isfinite(value)) continue;
    low  = PetscMin(low, value);
    high = PetscMax(high, value);
  }
  fprintf(script, "set palette defined (0 '#440154', 1 '#472C7A', 2 '#3B518B', 3 '#2C718E', 4 '#21908D', 5 '#27AD81', "
                  "6 '#5CC863', 7 '#AADC32', 8 '#FDE725')\n");
  if (high > low) fprintf(script, "set cbrange [%.6g:%.6g]\n", low, high);
}

static void write_title(Maps *m, DscQuantity which)
{
  static const char *const before[DSC_QUANTITIES] = {"data ", "surrogate of ", "data - surrogate", "clean ",
                                                     "surrogate - clean"};
  FILE                    *script                 = m->figure.script;
  char                     field[DSC_TEXT_SIZE];

  fprintf(script, "set title '%s", before[which]);
  if (which == DSC_RESIDUAL || which == DSC_FAULT)
    fprintf(script, ", rms %.3g", DscMapSamplesRms(&m->samples, which));
  else
    fprintf(script, "%s", DscPlotTerm(m->samples.field, sizeof(field), field));
  fprintf(script, "' font ',13'\n");
}

/* Three maps beside each other; room on both sides for tics and the scale of colours. */
static void write_map(Maps *m, DscQuantity which, PetscInt rows)
{
  const DscMapSamples *s    = &m->samples;
  const double         left = (double)(which % 3) / 3, height = .94 / (double)rows;
  const double         bottom = .94 - height * (double)(which / 3 + 1), pixels = rows == 1 ? 440 : 800;
  FILE                *script = m->figure.script;

  DscFigurePanel(&m->figure, 3, rows, which);
  fprintf(script, "set lmargin at screen %.4f\nset rmargin at screen %.4f\n", left + .055, left + .252);
  fprintf(script, "set bmargin at screen %.4f\nset tmargin at screen %.4f\n", bottom + 72 / pixels,
          bottom + height - 36 / pixels);
  write_title(m, which);
  write_scale(m, which);
  if (s->grid[0] && s->uniform)
    fprintf(script, "plot '%s.dat' using 1:2:%d with image\n", m->figure.name, 3 + which);
  else if (s->grid[0])
    fprintf(script,
            "set view map\nset pm3d corners2color c1\nset xtics offset 0,0.6\nset xlabel offset 0,1.2\nsplot '%s.dat' "
            "using 8:9:%d with pm3d\n",
            m->figure.name, 3 + which);
  else
    fprintf(script, "plot '%s.dat' using 1:2:%d with points pt 7 ps %.2f lc palette\n", m->figure.name, 3 + which,
            PetscMax(.3, PetscMin(1.2, 35 / sqrt((double)s->n))));
}

static void write_maps(Maps *m)
{
  const DscMapSamples *s      = &m->samples;
  FILE                *script = m->figure.script;
  char                 text[DSC_TEXT_SIZE];

  fprintf(script, "set xlabel '%s' offset 0,0.4\n", DscPlotText(s->series.columns[s->first], sizeof(text), text));
  fprintf(script, "set ylabel '%s' norotate offset 1,0\n",
          DscPlotText(s->series.columns[s->second], sizeof(text), text));
  fprintf(script, "unset grid\nunset key\nset border 15\nset autoscale xfix\nset autoscale yfix\n"
                  "set tics out nomirror font ',11'\nset format cb '%%g'\n");
  for (DscQuantity q = 0; q < (s->clean >= 0 ? DSC_QUANTITIES : DSC_CLEAN); q++) write_map(m, q, s->clean >= 0 ? 2 : 1);
}

/* ---- time series ------------------------------------------------------------------------------------------------- */

static void write_series(Maps *m)
{
  const DscMapSamples *s      = &m->samples;
  const char          *name   = m->figure.name;
  FILE                *script = m->figure.script;
  char                 field[DSC_TEXT_SIZE], text[DSC_TEXT_SIZE];

  DscPlotTerm(s->field, sizeof(field), field);
  fprintf(script, "set xlabel '%s'\n", DscPlotText(s->series.columns[s->first], sizeof(text), text));
  fprintf(script, "set lmargin 10\nset key tmargin right horizontal\n");
  DscFigurePanel(&m->figure, 1, 2, 0);
  fprintf(script, "set ylabel '%s'\n", field);
  fprintf(script, "plot '%s.dat' using 1:3 with points lc rgb '#999999' pt 7 ps 0.5 title 'data', \\\n", name);
  if (s->clean >= 0) fprintf(script, "  '%s.dat' using 1:6 with lines lt 98 title 'clean', \\\n", name);
  fprintf(script, "  '%s.dat' using 1:4 with lines lt 1 title 'surrogate'\n", name);
  DscFigurePanel(&m->figure, 1, 2, 1);
  fprintf(script, "set ylabel 'difference'\n");
  fprintf(script, "plot '%s.dat' using 1:5 with points lt 2 pt 7 ps 0.5 title 'data - surrogate'", name);
  if (s->clean >= 0) fprintf(script, ", \\\n  '%s.dat' using 1:7 with lines lt 1 title 'surrogate - clean'", name);
  fprintf(script, "\n");
}

/* ---- the figure -------------------------------------------------------------------------------------------------- */

static PetscErrorCode write_figure(Maps *m)
{
  char label[DSC_TEXT_SIZE], text[DSC_TEXT_SIZE], slice[DSC_TEXT_SIZE];

  PetscFunctionBeginUser;
  DscReportLabel(m->table, m->row, sizeof(label), label);
  DscPlotText(label, sizeof(text), text);
  write_data(m);
  fprintf(m->figure.script, "set multiplot title '%s: run %d%s%s: %d samples%s' font ',15'\n", m->figure.plot->title,
          m->table->number[m->row], text[0] ? ", " : "", text, (int)m->samples.n,
          DscPlotText(m->samples.slice, sizeof(slice), slice));
  if (m->samples.ncoordinates == 1)
    write_series(m);
  else
    write_maps(m);
  fprintf(m->figure.script, "unset multiplot\n");
  PetscFunctionReturn(0);
}

/* One field; several fields are figures of their own. */
static PetscErrorCode draw_field(const DscPlot *plot, Maps *m, PetscInt column, PetscBool single)
{
  const DscMapSamples *s = &m->samples;
  char                 name[2 * DSC_NAME_LENGTH];
  PetscErrorCode       ierr;

  PetscFunctionBeginUser;
  ierr = DscMapSamplesSetField(&m->samples, column);
  snprintf(name, sizeof(name), "maps_run_%d%s%s", m->table->number[m->row], single ? "" : "_", single ? "" : s->field);
  if (!ierr) ierr = DscFigureOpen(plot, s->ncoordinates > 1 && s->clean < 0 ? 440 : 800, name, &m->figure);
  if (!ierr) ierr = write_figure(m);
  if (!ierr) ierr = DscFigureDraw(&m->figure, "data, surrogate and their difference");
  DscFigureDrop(&m->figure);
  PetscCall(DscMapSamplesClearField(&m->samples));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

static PetscErrorCode draw_fields(const DscPlot *plot, Maps *m)
{
  const DscTable *series  = &m->samples.series;
  PetscInt        nfields = 0;

  PetscFunctionBeginUser;
  if (DscMapSamplesArePositions(series)) {
    PetscCall(DscPlotLeaveOut("maps_run_N", "the data are positions of particles, shown with their density"));
    PetscFunctionReturn(0);
  }
  DscMapSamplesFindCoordinates(&m->samples);
  for (PetscInt c = 0; c < series->ncolumns; c++) nfields += DscMapSamplesFieldOf(series, c) >= 0;
  if (!nfields || !m->samples.ncoordinates || m->samples.ncoordinates > DSC_MAX_DRAWN) {
    PetscCall(DscPlotLeaveOut("maps_run_N", m->samples.ncoordinates > DSC_MAX_DRAWN
                                                ? "no maps in three space dimensions"
                                                : "its prediction has no surrogate or no coordinates"));
    PetscFunctionReturn(0);
  }
  for (PetscInt c = 0; c < series->ncolumns; c++) {
    const PetscInt column = DscMapSamplesFieldOf(series, c);

    if (column >= 0) PetscCall(draw_field(plot, m, column, (PetscBool)(nfields == 1)));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscPlotMaps(const DscPlot *plot, const DscResultsTable *table, PetscInt row)
{
  Maps           m = {.table = table, .row = row};
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(DscSeriesRead(plot->source, "/prediction", row, &m.samples.series));
  if (m.samples.series.nrows)
    ierr = draw_fields(plot, &m);
  else
    ierr =
        DscPlotLeaveOut("maps_run_N", "the run's prediction is not in the file (-study_prediction all keeps those of "
                                      "every run)");
  PetscCall(DscTableDestroy(&m.samples.series));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}
