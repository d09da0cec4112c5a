#include "study/plot_private.h"
#include "study/format.h"
#include "study/progress.h"
#include "study/report_private.h"
#include "study/series_read.h"

#include <math.h>
#include <string.h>

#define FEW_ROWS 60 /* so few rows are shown with their points */

/* The history of one run and how it is drawn. */
typedef struct {
  const DscResultsTable *table;  /* (not owned) */
  PetscInt               row;    /* of the run */
  DscTable               series; /* (owned) */
  DscFigure              figure;
  double                *work;  /* (owned) [series.nrows] */
  const char            *lines; /* gnuplot's style: lines, or with points where there are few */
} History;

static const char *find_cell(const History *h, const char kind[], PetscInt left, PetscInt term, PetscInt *column)
{
  const DscResultsTable *t = h->table;
  static char            name[4 * DSC_NAME_LENGTH];

  snprintf(name, sizeof(name), "%s/%s/%s", kind, t->left[left], t->terms[term]);
  *column = DscSeriesFind(&h->series, name);
  return name;
}

/* Its finite values go to work. */
static PetscInt take_column(const History *h, PetscInt column, PetscInt first_row, double values[])
{
  PetscInt n = 0;

  for (PetscInt i = first_row; column >= 0 && i < h->series.nrows; i++) {
    const double value = h->series.values[(size_t)i * (size_t)h->series.ncolumns + (size_t)column];

    if (isfinite(value)) values[n++] = value;
  }
  return n;
}

static void write_data(History *h)
{
  const DscTable *s = &h->series;

  (void)DscFigureBlock(&h->figure, "history; columns:");
  for (PetscInt c = 0; c < s->ncolumns; c++) fprintf(h->figure.data, "# %d %s\n", (int)c + 1, s->columns[c]);
  for (PetscInt i = 0; i < s->nrows; i++) {
    DscFigureNumbers(&h->figure, s->ncolumns, s->values + (size_t)i * (size_t)s->ncolumns);
    DscFigureEndRow(&h->figure);
  }
}

/* The true terms of the run's equation; where they are not known, those it found. */
static PetscBool is_highlighted(const History *h, PetscInt left, PetscInt term)
{
  const DscResultsTable *t  = h->table;
  const size_t           at = ((size_t)h->row * (size_t)t->nleft + (size_t)left) * (size_t)t->nterms;

  for (PetscInt j = 0; j < t->nterms; j++) {
    if (t->truth[at + (size_t)j] != 0 && !isnan(t->truth[at + (size_t)j]))
      return (PetscBool)(t->truth[at + (size_t)term] != 0 && !isnan(t->truth[at + (size_t)term]));
  }
  return (PetscBool)(t->active[at + (size_t)term] != 0);
}

/* One column against iterations; column 1 of the data is the first of the series. */
static void write_curve(History *h, PetscInt column, int colour, PetscInt *ncurves)
{
  fprintf(h->figure.script, "%s'%s.dat' using %d:%d with %s lt %d", (*ncurves)++ ? ", \\\n  " : "plot ", h->figure.name,
          (int)DscSeriesFind(&h->series, "iteration") + 1, (int)column + 1, colour == 99 ? "lines" : h->lines, colour);
}

/* ---- loss and errors ------------------------------------------------------------------------------------------- */

static PetscErrorCode write_general(History *h, const char title[], PetscInt n, const char *const names[],
                                    const char *const titles[])
{
  FILE     *script   = h->figure.script;
  PetscInt  ncurves  = 0;
  PetscBool positive = PETSC_TRUE;
  double    low = INFINITY, high = -INFINITY;

  PetscFunctionBeginUser;
  fprintf(script, "set title '%s' font ',14'\nunset ylabel\nset key top right\nset yrange [*:*]\n", title);
  for (PetscInt i = 0; i < n; i++) {
    const PetscInt count = take_column(h, DscSeriesFind(&h->series, names[i]), 0, h->work);

    for (PetscInt k = 0; k < count; k++) {
      positive = (PetscBool)(positive && h->work[k] > 0);
      low      = PetscMin(low, h->work[k]);
      high     = PetscMax(high, h->work[k]);
    }
  }
  fprintf(script, positive && high > 5 * low ? "set logscale y\n" : "unset logscale y\n");
  fprintf(script, positive && high > 5 * low ? "set format y '%%.0e'\n" : "set format y '%%g'\n");
  for (PetscInt i = 0; i < n; i++) {
    const PetscInt column = DscSeriesFind(&h->series, names[i]);

    if (!take_column(h, column, 0, h->work)) continue;
    write_curve(h, column, (int)i + 1, &ncurves);
    fprintf(script, " title '%s'", titles[i]);
  }
  fprintf(script, "\n");
  PetscFunctionReturn(0);
}

/* ---- paths ----------------------------------------------------------------------------------------------------- */

/* From where the paths that matter have left their transients: those of the other terms may be anywhere. */
static void write_range(History *h, PetscInt left)
{
  const DscResultsTable *t   = h->table;
  double                 low = INFINITY, high = -INFINITY, margin;

  for (PetscInt term = 0; term < t->nterms; term++) {
    const double truth = t->truth[(h->row * t->nleft + left) * t->nterms + term];
    PetscInt     column, n;

    if (!is_highlighted(h, left, term)) continue;
    (void)find_cell(h, "coefficient", left, term, &column);
    n = take_column(h, column, h->series.nrows / 5, h->work);
    for (PetscInt k = 0; k < n; k++) {
      low  = PetscMin(low, h->work[k]);
      high = PetscMax(high, h->work[k]);
    }
    if (isnan(truth)) continue;
    low  = PetscMin(low, truth);
    high = PetscMax(high, truth);
  }
  low    = PetscMin(low, 0);
  high   = PetscMax(high, 0);
  margin = high > low ? .12 * (high - low) : 1;
  fprintf(h->figure.script, "set yrange [%.10g:%.10g]\n", low - margin, high + margin);
}

/* Grey terms first, so that the others lie over them. */
static void write_paths(History *h, const char kind[], PetscInt left, PetscBool truth_lines)
{
  const DscResultsTable *t      = h->table;
  FILE                  *script = h->figure.script;
  PetscInt               column, ncurves = 0;
  PetscBool              grey = PETSC_FALSE;
  int                    colour;
  char                   text[DSC_TEXT_SIZE];

  for (PetscInt term = 0; term < t->nterms; term++) {
    (void)find_cell(h, kind, left, term, &column);
    if (is_highlighted(h, left, term) || !take_column(h, column, 0, h->work)) continue;
    write_curve(h, column, 99, &ncurves);
    if (!grey) fprintf(script, " title 'other terms'");
    grey = PETSC_TRUE;
  }
  colour = 0;
  for (PetscInt term = 0; term < t->nterms; term++) {
    const double truth = t->truth[(h->row * t->nleft + left) * t->nterms + term];

    (void)find_cell(h, kind, left, term, &column);
    if (!is_highlighted(h, left, term) || !take_column(h, column, 0, h->work)) continue;
    colour = colour % DSC_NCOLOURS + 1;
    write_curve(h, column, colour, &ncurves);
    fprintf(script, " title '%s'", DscPlotTerm(t->terms[term], sizeof(text), text));
    if (truth_lines && isfinite(truth)) fprintf(script, ", \\\n  %.10g lt %d lw 1 dt 2", truth, colour);
  }
  fprintf(script, "%s\n", ncurves ? "" : "plot NaN");
}

static PetscErrorCode write_left(History *h, PetscInt left, PetscInt at, PetscInt rows)
{
  FILE    *script = h->figure.script;
  PetscInt column, nalpha = 0;
  char     text[DSC_TEXT_SIZE];

  PetscFunctionBeginUser;
  for (PetscInt term = 0; term < h->table->nterms; term++) {
    const PetscInt before = nalpha;
    PetscInt       n;

    (void)find_cell(h, "alpha", left, term, &column);
    n = take_column(h, column, 0, h->work);
    for (PetscInt k = 0; k < n && nalpha == before; k++) nalpha += h->work[k] > 0;
  }
  DscPlotTerm(h->table->left[left], sizeof(text), text);
  DscFigurePanel(&h->figure, nalpha ? 2 : 1, rows, nalpha ? at : at / 2);
  fprintf(script, "unset logscale y\nset format y '%%g'\nset key tmargin center horizontal\n");
  fprintf(script, "set title 'coefficients of %s in physical units (dashed: true)' font ',14'\n", text);
  write_range(h, left);
  write_paths(h, "coefficient", left, PETSC_TRUE);
  if (!nalpha) PetscFunctionReturn(0);
  DscFigurePanel(&h->figure, 2, rows, at + 1);
  fprintf(script, "set logscale y\nset yrange [*:*]\nset format y '10^{%%T}'\n");
  fprintf(script, "set title 'prior precisions {/Symbol a} of %s' font ',14'\n", text);
  write_paths(h, "alpha", left, PETSC_FALSE);
  PetscFunctionReturn(0);
}

static PetscErrorCode write_figure(History *h)
{
  static const char *const loss[] = {"loss"}, *const errors[] = {"mse", "mse_test", "reg"},
                           *const titles[] = {"data", "data, test part", "equation"},
                           *const nll[] = {"nll", "nll_test"}, *const nll_titles[] = {"positions", "test part"};
  const DscResultsTable *t    = h->table;
  const PetscInt         rows = 1 + t->nleft;
  char                   label[DSC_TEXT_SIZE], text[DSC_TEXT_SIZE];

  PetscFunctionBeginUser;
  DscReportLabel(t, h->row, sizeof(label), label);
  DscPlotText(label, sizeof(text), text);
  write_data(h);
  fprintf(h->figure.script, "set multiplot title '%s: run %d%s%s: %s after %d iterations' font ',15'\n",
          h->figure.plot->title, t->number[h->row], text[0] ? ", " : "", text, DscRunStatusName(t->status[h->row]),
          t->iterations[h->row]);
  fprintf(h->figure.script, "set xlabel 'iteration'\n");
  DscFigurePanel(&h->figure, 2, rows, 0);
  PetscCall(write_general(h, "loss", 1, loss, loss));
  DscFigurePanel(&h->figure, 2, rows, 1);
  if (DscSeriesFind(&h->series, "nll") >= 0)
    PetscCall(write_general(h, "mean of -log p", 2, nll, nll_titles));
  else
    PetscCall(write_general(h, "mean squared residuals", 3, errors, titles));
  for (PetscInt left = 0; left < t->nleft; left++) PetscCall(write_left(h, left, 2 * (left + 1), rows));
  fprintf(h->figure.script, "unset multiplot\n");
  PetscFunctionReturn(0);
}

static PetscErrorCode draw(const DscPlot *plot, History *h)
{
  char           name[64];
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  snprintf(name, sizeof(name), "history_run_%d", h->table->number[h->row]);
  h->lines = h->series.nrows <= FEW_ROWS ? "linespoints ps 0.6" : "lines";
  PetscCall(PetscMalloc1(h->series.nrows, &h->work));
  ierr = DscFigureOpen(plot, 60 + 450 * (1 + (int)h->table->nleft), name, &h->figure);
  if (!ierr) ierr = write_figure(h);
  if (!ierr) ierr = DscFigureDraw(&h->figure, "loss, residuals, paths of coefficients and precisions");
  DscFigureDrop(&h->figure);
  PetscCall(PetscFree(h->work));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

PetscErrorCode DscPlotHistory(const DscPlot *plot, const DscResultsTable *table, PetscInt row)
{
  History        h = {.table = table, .row = row};
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(DscSeriesRead(plot->source, "/history", row, &h.series));
  if (h.series.nrows < 2 || DscSeriesFind(&h.series, "iteration") < 0)
    ierr = DscPlotLeaveOut("history_run_N", "the run has no history in the file");
  else
    ierr = draw(plot, &h);
  PetscCall(DscTableDestroy(&h.series));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}
