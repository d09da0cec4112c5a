#include "study/plot_private.h"

#include <math.h>
#include <string.h>

#define MAX_CURVES 6
#define MAX_PANELS 12

/* Axes that figures are drawn against: all but seed that have more than one value; seed where it is alone and wanted. */
static PetscErrorCode choose_axes(const DscResultsTable *t, PetscBool seed_alone, PetscInt *n, PetscInt axes[])
{
  PetscInt seed = -1;

  PetscFunctionBeginUser;
  *n = 0;
  for (PetscInt axis = 0; axis < t->naxes; axis++) {
    DscAxisValues values;

    PetscCall(DscAxisValuesCreate(t, axis, &values));
    if (!strcmp(t->axes[axis], "seed"))
      seed = values.n > 1 ? axis : -1;
    else if (values.n > 1)
      axes[(*n)++] = axis;
    PetscCall(DscAxisValuesDestroy(&values));
  }
  if (!*n && seed_alone && seed >= 0) axes[(*n)++] = seed;
  PetscFunctionReturn(0);
}

static void arrange(PetscInt npanels, PetscInt *columns, PetscInt *rows)
{
  *columns = npanels == 1 ? 1 : npanels <= 4 ? 2 : 3;
  *rows    = (npanels + *columns - 1) / *columns;
}

/* ---- robustness ------------------------------------------------------------------------------------------------ */

typedef struct {
  const DscResultsTable *table; /* (not owned) */
  DscFigure              figure;
  PetscBool              truth;
  PetscInt               naxes, *axes; /* axes (owned) */
  PetscInt               nother;       /* values of the axis that has a curve for each */
  double                *work;         /* (owned) [nruns] */
} Robustness;

/* A row of data: the rate of runs [n], which have one value of the axis. */
static void write_rate(Robustness *r, const DscAxisValues *values, PetscInt n, const PetscInt runs[])
{
  const PetscInt value = values->value_of[runs[0]];
  DscRate        rate;
  double         row[6];

  DscRateCompute(r->table, r->truth, n, runs, r->work, &rate);
  row[0] = DscAxisPosition(values, value);
  row[1] = rate.runs ? (double)rate.successes / (double)rate.runs : NAN;
  row[2] = rate.low;
  row[3] = rate.high;
  row[4] = (double)rate.runs;
  row[5] = (double)rate.successes;
  DscFigureNumbers(&r->figure, 6, row);
  DscFigureEndRow(&r->figure);
}

/* Curves stand a little beside each other, so that their bars do not hide one another. */
static void write_position(FILE *script, const DscAxisValues *values, PetscInt curve, PetscInt ncurves)
{
  const double low = values->number[0], high = values->number[values->n - 1];
  const double place = .01 * ((double)curve - .5 * (double)(ncurves - 1));

  if (DscAxisIsLogarithmic(values))
    fprintf(script, "($1*%.6g)", pow(high / low, place));
  else
    fprintf(script, "($1%+.6g)", place * (high - low));
}

/* A new block of data and what draws it; other: an axis whose value belongs to the whole curve, or -1. */
static void begin_curve(Robustness *r, PetscInt axis, const DscAxisValues *values, PetscInt other, PetscInt run,
                        PetscInt curve)
{
  const DscResultsTable *t     = r->table;
  const char            *value = other >= 0 ? t->axis_values[other * t->nruns + run] : "";
  const char            *key = other >= 0 ? t->axes[other] : "", *comma = key[0] ? "; " : "", *is = key[0] ? " = " : "";
  FILE                  *script = r->figure.script;
  char                   text[DSC_TEXT_SIZE];
  PetscInt               block;

  block = DscFigureBlock(&r->figure, "%s, success rate, its 95%% interval (low, high), runs, successes%s%s%s%s",
                         t->axes[axis], comma, key, is, value);
  fprintf(script, "%s'%s.dat' index %d using ", curve ? ", \\\n  " : "plot ", r->figure.name, (int)block);
  if (DscAxisIsCategory(values)) {
    fprintf(script, "1:2:3:4:(0.6) with boxerrorbars lt 1 fs solid 0.5 border rgb '#222222'");
    return;
  }
  write_position(script, values, curve, other >= 0 ? r->nother : 1);
  fprintf(script, ":2:3:4 with yerrorlines lt %d", (int)(curve % DSC_NCOLOURS) + 1);
  if (other < 0) return;
  fprintf(script, " title '%s", DscPlotText(key, sizeof(text), text));
  fprintf(script, " = %s'", DscPlotText(value, sizeof(text), text));
}

/* One curve over all runs, or where one other axis of few values was swept too, one for each of its values. */
static PetscErrorCode write_curves(Robustness *r, PetscInt axis, const DscAxisValues *values, PetscInt other)
{
  const DscResultsTable *t       = r->table;
  const PetscInt         axes[2] = {other >= 0 ? other : axis, axis};
  const char            *before  = NULL;
  PetscInt               curve   = 0;
  DscGroups              groups;

  PetscFunctionBeginUser;
  PetscCall(DscGroupsCreate(t, other >= 0 ? 2 : 1, axes, &groups));
  for (PetscInt g = 0; g < groups.n; g++) {
    const PetscInt *runs  = groups.member + groups.first[g];
    const char     *value = other >= 0 ? t->axis_values[other * t->nruns + runs[0]] : "";

    if (!before || strcmp(before, value)) begin_curve(r, axis, values, other, runs[0], curve++);
    before = value;
    write_rate(r, values, groups.first[g + 1] - groups.first[g], runs);
  }
  fprintf(r->figure.script, "\n");
  PetscCall(DscGroupsDestroy(&groups));
  PetscFunctionReturn(0);
}

/* The one other axis, if there is just one and its values are few enough for a curve each; -1 otherwise. */
static PetscErrorCode find_other(Robustness *r, PetscInt at, const DscAxisValues *values, PetscInt *other)
{
  DscAxisValues others;

  PetscFunctionBeginUser;
  *other = -1;
  if (r->naxes != 2 || DscAxisIsCategory(values)) PetscFunctionReturn(0);
  PetscCall(DscAxisValuesCreate(r->table, r->axes[1 - at], &others));
  if (others.n <= MAX_CURVES) *other = r->axes[1 - at];
  r->nother = others.n;
  PetscCall(DscAxisValuesDestroy(&others));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_panels(Robustness *r)
{
  FILE    *script = r->figure.script;
  PetscInt columns, rows, other;

  PetscFunctionBeginUser;
  arrange(r->naxes, &columns, &rows);
  fprintf(script, "set multiplot title '%s: success rate over %d runs (%s), 95%% intervals' font ',15'\n",
          r->figure.plot->title, (int)r->table->nruns, r->truth ? "active terms are the true ones" : "converged");
  fprintf(script, "set yrange [-0.03:1.05]\nset ylabel 'success rate'\nset key tmargin center horizontal\n");
  for (PetscInt at = 0; at < r->naxes; at++) {
    DscAxisValues values;

    PetscCall(DscAxisValuesCreate(r->table, r->axes[at], &values));
    PetscCall(find_other(r, at, &values, &other));
    DscFigurePanel(&r->figure, columns, rows, at);
    PetscCall(DscFigureAxis(&r->figure, r->table, r->axes[at], &values, columns == 1 ? 100 : columns == 2 ? 64 : 42));
    if (DscAxisIsCategory(&values)) fprintf(script, "set boxwidth 0.6\n");
    PetscCall(write_curves(r, r->axes[at], &values, other));
    PetscCall(DscAxisValuesDestroy(&values));
  }
  fprintf(script, "unset multiplot\n");
  PetscFunctionReturn(0);
}

PetscErrorCode DscPlotRobustness(const DscPlot *plot, const DscResultsTable *table)
{
  Robustness     r = {.table = table, .truth = DscRatesKnowTruth(table)};
  PetscInt       columns, rows;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(table->naxes, &r.axes, table->nruns, &r.work));
  PetscCall(choose_axes(table, PETSC_FALSE, &r.naxes, r.axes));
  if (r.naxes) {
    arrange(r.naxes, &columns, &rows);
    ierr = DscFigureOpen(plot, columns == 1 ? 760 : 60 + 480 * (int)rows, "robustness", &r.figure);
    if (!ierr) ierr = write_panels(&r);
    if (!ierr) ierr = DscFigureDraw(&r.figure, "success rate by swept axis");
    DscFigureDrop(&r.figure);
  } else
    ierr = DscPlotLeaveOut("robustness", "no axis but seed has more than one value");
  PetscCall(PetscFree2(r.axes, r.work));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

/* ---- coefficients ---------------------------------------------------------------------------------------------- */

typedef struct {
  const DscResultsTable *table; /* (not owned) */
  DscFigure              figure;
  PetscInt               axis, nterms, *terms; /* terms (owned) */
  DscAxisValues          values;               /* (owned) */
  DscGroups              groups;               /* (owned) by value */
  double                *work;                 /* (owned) [nruns] */
} Coefficients;

/* Median, error bar and truth for each value of the axis; *low and *high hold all of it. The error bar is the spread over
   runs, or the run's own where a value has but one. */
static void write_term(Coefficients *c, PetscInt term, double *low, double *high, double *truth)
{
  const DscResultsTable *t = c->table;

  *low  = INFINITY;
  *high = -INFINITY;
  for (PetscInt g = 0; g < c->groups.n; g++) {
    const PetscInt   *runs = c->groups.member + c->groups.first[g], value = c->values.value_of[runs[0]];
    DscTermStatistics s;
    double            row[6];

    DscTermCompute(t, term, c->groups.first[g + 1] - c->groups.first[g], runs, c->work, &s);
    row[0] = DscAxisPosition(&c->values, value);
    row[1] = s.median;
    row[2] = isnan(s.spread) ? s.std : s.spread;
    row[3] = s.truth;
    row[4] = s.active;
    row[5] = s.runs;
    DscFigureNumbers(&c->figure, 6, row);
    DscFigureEndRow(&c->figure);
    if (isfinite(s.median)) {
      const double bar = isfinite(row[2]) ? row[2] : 0;

      *low  = PetscMin(*low, s.median - bar);
      *high = PetscMax(*high, s.median + bar);
    }
    if (isfinite(s.truth)) {
      *low  = PetscMin(*low, s.truth);
      *high = PetscMax(*high, s.truth);
    }
    *truth = !g || *truth == s.truth ? s.truth : NAN;
  }
}

/* Where a constant truth is a line through the whole panel, a changing one joins its points. */
static PetscErrorCode write_term_panel(Coefficients *c, PetscInt at, PetscInt columns, PetscInt rows)
{
  const DscResultsTable *t    = c->table;
  const PetscInt         term = c->terms[at];
  const char            *left = t->left[term / t->nterms], *right = t->terms[term % t->nterms];
  FILE                  *script = c->figure.script;
  char                   text[DSC_TEXT_SIZE];
  double                 low, high, truth = NAN, margin;
  int                    block;

  PetscFunctionBeginUser;
  block = (int)DscFigureBlock(&c->figure, "%s: %s: %s, median coefficient, error bar, true, runs with it, all runs",
                              left, right, t->axes[c->axis]);
  write_term(c, term, &low, &high, &truth);
  DscFigurePanel(&c->figure, columns, rows, at);
  PetscCall(DscFigureAxis(&c->figure, t, c->axis, &c->values, columns == 1 ? 100 : 0));
  fprintf(script, "set title '%s", DscPlotTerm(right, sizeof(text), text));
  if (t->nleft > 1) fprintf(script, "  in  %s", DscPlotTerm(left, sizeof(text), text));
  fprintf(script, "' font ',14'\n");
  margin = high > low ? .15 * (high - low) : PetscMax(fabs(high) * .1, 1e-12);
  if (isfinite(low)) fprintf(script, "set yrange [%.10g:%.10g]\n", low - margin, high + margin);
  fprintf(script, "plot ");
  if (isfinite(truth))
    fprintf(script, "%.10g lt 98 title 'true'", truth);
  else
    fprintf(script, "'%s.dat' index %d using 1:4 with lines lt 98%s", c->figure.name, block,
            DscRatesKnowTruth(t) ? " title 'true'" : "");
  fprintf(script, ", \\\n  '%s.dat' index %d using 1:2:3 with yerror%s lt %d\n", c->figure.name, block,
          DscAxisIsCategory(&c->values) ? "bars" : "lines", (int)(at % DSC_NCOLOURS) + 1);
  PetscFunctionReturn(0);
}

static PetscErrorCode write_terms(Coefficients *c)
{
  const PetscBool single = (PetscBool)(c->groups.n == c->table->nruns);
  PetscInt        columns, rows;
  char            text[DSC_TEXT_SIZE];

  PetscFunctionBeginUser;
  arrange(c->nterms, &columns, &rows);
  fprintf(c->figure.script, "set multiplot title '%s: coefficients by %s, %s' font ',15'\n", c->figure.plot->title,
          DscPlotText(c->table->axes[c->axis], sizeof(text), text),
          single ? "with the standard deviation of each run" : "median and spread (middle 68%) over runs");
  fprintf(c->figure.script, "set ylabel 'coefficient'\nset key top left\n");
  for (PetscInt at = 0; at < c->nterms; at++) PetscCall(write_term_panel(c, at, columns, rows));
  fprintf(c->figure.script, "unset multiplot\n");
  PetscFunctionReturn(0);
}

static PetscErrorCode plot_axis(const DscPlot *plot, Coefficients *c)
{
  PetscInt       columns, rows;
  char           name[2 * DSC_NAME_LENGTH];
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  arrange(c->nterms, &columns, &rows);
  snprintf(name, sizeof(name), "coefficients_by_%s", c->table->axes[c->axis]);
  PetscCall(DscAxisValuesCreate(c->table, c->axis, &c->values));
  PetscCall(DscGroupsCreate(c->table, 1, &c->axis, &c->groups));
  ierr = DscFigureOpen(plot, columns == 1 ? 760 : 60 + (rows == 1 ? 540 : 440) * (int)rows, name, &c->figure);
  if (!ierr) ierr = write_terms(c);
  if (!ierr) ierr = DscFigureDraw(&c->figure, "coefficients against the truth where it is known");
  DscFigureDrop(&c->figure);
  PetscCall(DscGroupsDestroy(&c->groups));
  PetscCall(DscAxisValuesDestroy(&c->values));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

PetscErrorCode DscPlotCoefficients(const DscPlot *plot, const DscResultsTable *table)
{
  Coefficients   c = {.table = table};
  PetscInt       naxes, *axes;
  PetscErrorCode ierr = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(table->naxes, &axes, table->nruns, &c.work));
  PetscCall(choose_axes(table, PETSC_TRUE, &naxes, axes));
  PetscCall(DscTermsChoose(table, &c.nterms, &c.terms));
  if (!naxes)
    ierr = DscPlotLeaveOut("coefficients_by_AXIS", "no axis has more than one value");
  else if (!c.nterms)
    ierr = DscPlotLeaveOut("coefficients_by_AXIS", "neither true terms nor terms found");
  c.nterms = PetscMin(c.nterms, MAX_PANELS);
  for (PetscInt i = 0; i < naxes && c.nterms && !ierr; i++) {
    c.axis = axes[i];
    ierr   = plot_axis(plot, &c);
  }
  PetscCall(PetscFree(c.terms));
  PetscCall(PetscFree2(axes, c.work));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}
