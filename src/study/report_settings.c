#include "study/report_private.h"
#include "study/format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define ROWS_AN_AXIS 24 /* values of an axis that are shown unless all are asked for */
#define LABEL_WIDTH  24

/* One line of each table: some runs and what they have in common. */
typedef struct {
  char            label[DSC_GROUP_MAX_AXES * (DSC_NAME_LENGTH + DSC_AXIS_LENGTH)];
  PetscInt        n;
  const PetscInt *runs; /* (not owned) [n] */
} Row;

typedef struct {
  const DscReport *report; /* (not owned) */
  PetscInt         ngroups, nrows;
  DscGroups       *groups; /* (owned) [ngroups] the rows' runs */
  Row             *rows;   /* (owned) [nrows] */
  PetscInt         left_out;
  int              width; /* of the longest label */
  double          *work;  /* (owned) [nruns] */
} Settings;

static void label_row(const DscResultsTable *t, PetscInt naxes, const PetscInt axes[], PetscInt run, Row *row)
{
  size_t length = (size_t)snprintf(row->label, sizeof(row->label), "%s", naxes ? "" : "all runs");

  for (PetscInt i = 0; i < naxes && length < sizeof(row->label); i++) {
    length += (size_t)snprintf(row->label + length, sizeof(row->label) - length, "%s%s = %s", i ? ", " : "",
                               t->axes[axes[i]], t->axis_values[axes[i] * t->nruns + run]);
  }
}

/* Rows of the groups by some axes; an axis of one value says nothing new unless it was asked for. */
static PetscErrorCode add_rows(Settings *s, PetscInt naxes, const PetscInt axes[])
{
  const DscReport *report = s->report;
  DscGroups       *groups = &s->groups[s->ngroups++];
  PetscInt         shown;

  PetscFunctionBeginUser;
  PetscCall(DscGroupsCreate(report->table, naxes, axes, groups));
  if (naxes && groups->n < 2 && !report->nby) PetscFunctionReturn(0);
  shown = report->style.all || report->nby ? groups->n : PetscMin(groups->n, ROWS_AN_AXIS);
  s->left_out += groups->n - shown;
  PetscCall(PetscRealloc(sizeof(Row) * (size_t)(s->nrows + shown), &s->rows));
  for (PetscInt g = 0; g < shown; g++) {
    Row *row = &s->rows[s->nrows++];

    row->n    = groups->first[g + 1] - groups->first[g];
    row->runs = groups->member + groups->first[g];
    label_row(report->table, naxes, axes, row->runs[0], row);
    s->width = PetscMax(s->width, (int)strlen(row->label));
  }
  PetscFunctionReturn(0);
}

/* Seeds are repetitions, not a setting. */
static PetscErrorCode set_up(const DscReport *report, Settings *s)
{
  const DscResultsTable *t = report->table;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(s, sizeof(*s)));
  s->report = report;
  s->width  = LABEL_WIDTH;
  PetscCall(PetscMalloc2(t->naxes + 2, &s->groups, t->nruns, &s->work));
  PetscCall(add_rows(s, 0, NULL));
  if (report->nby)
    PetscCall(add_rows(s, report->nby, report->by));
  else {
    for (PetscInt axis = 0; axis < t->naxes; axis++) {
      if (strcmp(t->axes[axis], "seed")) PetscCall(add_rows(s, 1, &axis));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode tear_down(Settings *s)
{
  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < s->ngroups; i++) PetscCall(DscGroupsDestroy(&s->groups[i]));
  PetscCall(PetscFree2(s->groups, s->work));
  PetscCall(PetscFree(s->rows));
  PetscFunctionReturn(0);
}

static PetscErrorCode print_left_out(const Settings *s)
{
  PetscFunctionBeginUser;
  if (s->left_out) {
    say("  and %d more: discern report %s -all, or -by one key\n", (int)s->left_out, s->report->path);
  }
  PetscFunctionReturn(0);
}

/* ---- success --------------------------------------------------------------------------------------------------- */

const char *DscReportNumber(const char format[], double value, size_t size, char text[])
{
  if (isfinite(value))
    snprintf(text, size, format, value);
  else
    snprintf(text, size, "-");
  return text;
}

static PetscErrorCode print_rate(const Settings *s, const Row *row, PetscBool truth)
{
  DscRate rate;
  char    share[16], interval[32], error[32], seconds[32], iterations[32];

  PetscFunctionBeginUser;
  DscRateCompute(s->report->table, truth, row->n, row->runs, s->work, &rate);
  snprintf(interval, sizeof(interval), rate.runs ? "[%.2f, %.2f]" : "-", rate.low, rate.high);
  say("  %-*s %6d %10d  %5s  %-12s  %9s  %9s  %10s\n", s->width, row->label, (int)rate.runs, (int)rate.successes,
      DscReportNumber("%.2f", (double)rate.successes / (double)rate.runs, sizeof(share), share), interval,
      DscReportNumber("%.2g", rate.coefficient_error, sizeof(error), error),
      DscReportNumber(rate.seconds < 10 ? "%.2f" : "%.1f", rate.seconds, sizeof(seconds), seconds),
      DscReportNumber("%.0f", rate.iterations, sizeof(iterations), iterations));
  PetscFunctionReturn(0);
}

static PetscErrorCode print_success(const Settings *s)
{
  const PetscBool truth = DscRatesKnowTruth(s->report->table);

  PetscFunctionBeginUser;
  say("\nsuccess: %s; medians of error, seconds, iterations over runs that did not fail\n",
      truth ? "the active terms are the true ones" : "converged (the true equation is not known)");
  say("  %-*s %6s %10s  %5s  %-12s  %9s  %9s  %10s\n", s->width, "", "runs", "successes", "rate", "95% interval",
      "error", "seconds", "iterations");
  for (PetscInt i = 0; i < s->nrows; i++) PetscCall(print_rate(s, &s->rows[i], truth));
  PetscCall(print_left_out(s));
  PetscFunctionReturn(0);
}

/* ---- coefficients ---------------------------------------------------------------------------------------------- */

/* Decimals that show two digits of the smallest spread of a block; -1: numbers too small or large for a fixed point. */
static int choose_decimals(PetscInt n, const DscTermStatistics statistics[])
{
  double smallest = INFINITY, largest = 0;
  int    decimals;

  for (PetscInt i = 0; i < n; i++) {
    const DscTermStatistics *one = &statistics[i];

    if (one->spread > 0) smallest = PetscMin(smallest, one->spread);
    if (one->std > 0) smallest = PetscMin(smallest, one->std);
    if (isfinite(one->median)) largest = PetscMax(largest, fabs(one->median));
    if (isfinite(one->truth)) largest = PetscMax(largest, fabs(one->truth));
  }
  if (!isfinite(smallest)) smallest = largest / 1000;
  if (smallest <= 0 || largest >= 1e6) return largest > 0 ? -1 : 0;
  decimals = 1 - (int)floor(log10(smallest));
  return decimals > 7 ? -1 : PetscMax(decimals, 0);
}

static PetscErrorCode print_statistics(const Settings *s, const char label[], int decimals,
                                       const DscTermStatistics *one)
{
  const double values[4] = {one->median, one->spread, one->std, one->truth};
  char         count[32];

  PetscFunctionBeginUser;
  snprintf(count, sizeof(count), "%d/%d", (int)one->active, (int)one->runs);
  say("  %-*s %11s", s->width, label, count);
  for (int i = 0; i < 4; i++) {
    char number[48] = "-";

    if (isfinite(values[i]) && decimals < 0)
      snprintf(number, sizeof(number), "%.3e", values[i]);
    else if (isfinite(values[i]))
      snprintf(number, sizeof(number), "%.*f", decimals, values[i]);
    say("  %11s", number);
  }
  say("\n");
  PetscFunctionReturn(0);
}

static PetscErrorCode print_term(const Settings *s, PetscInt term, DscTermStatistics statistics[])
{
  const DscResultsTable *t = s->report->table;
  char                   title[2 * DSC_NAME_LENGTH + 8];
  int                    decimals;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < s->nrows; i++) {
    DscTermCompute(t, term, s->rows[i].n, s->rows[i].runs, s->work, &statistics[i]);
  }
  decimals = choose_decimals(s->nrows, statistics);
  snprintf(title, sizeof(title), "%s: %s", t->left[term / t->nterms], t->terms[term % t->nterms]);
  say(" %-*s %12s  %11s  %11s  %11s  %11s\n", s->width, title, "active in", "median", "spread", "own std", "true");
  for (PetscInt i = 0; i < s->nrows; i++) {
    PetscCall(print_statistics(s, s->rows[i].label, decimals, &statistics[i]));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode print_coefficients(const Settings *s)
{
  DscTermStatistics *statistics;
  PetscInt           n, *terms;

  PetscFunctionBeginUser;
  PetscCall(DscTermsChoose(s->report->table, &n, &terms));
  PetscCall(PetscMalloc1(s->nrows, &statistics));
  if (n) {
    say("\ncoefficients in the runs where the term is active: median and spread (half of the middle 68%%) over runs;\n"
        "own std: median of the error bars that the runs themselves give\n");
  }
  for (PetscInt i = 0; i < n; i++) PetscCall(print_term(s, terms[i], statistics));
  if (n) PetscCall(print_left_out(s));
  PetscCall(PetscFree(statistics));
  PetscCall(PetscFree(terms));
  PetscFunctionReturn(0);
}

/* ---- supported sets -------------------------------------------------------------------------------------------- */

/* All runs together come after, in words. */
static PetscErrorCode print_support(const Settings *s)
{
  const PetscInt   n = s->nrows - 1;
  const char     **labels;
  const PetscInt **runs;
  PetscInt        *counts;

  PetscFunctionBeginUser;
  if (n < 1) PetscFunctionReturn(0);
  PetscCall(PetscMalloc3(n, &labels, n, &runs, n, &counts));
  for (PetscInt i = 0; i < n; i++) {
    labels[i] = s->rows[i + 1].label;
    runs[i]   = s->rows[i + 1].runs;
    counts[i] = s->rows[i + 1].n;
  }
  PetscCall(DscReportSupportTable(s->report, n, labels, counts, runs));
  PetscCall(print_left_out(s));
  PetscCall(PetscFree3(labels, runs, counts));
  PetscFunctionReturn(0);
}

/* Of all runs, or of the settings that were asked for. */
static PetscErrorCode print_front(const Settings *s)
{
  PetscFunctionBeginUser;
  for (PetscInt i = s->report->nby ? 1 : 0; i < (s->report->nby ? s->nrows : 1); i++) {
    PetscCall(DscReportFront(s->report, s->rows[i].label, s->rows[i].n, s->rows[i].runs));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscReportFronts(const DscReport *report)
{
  Settings settings;

  PetscFunctionBeginUser;
  PetscCall(set_up(report, &settings));
  PetscCall(print_front(&settings));
  PetscCall(tear_down(&settings));
  PetscFunctionReturn(0);
}

PetscErrorCode DscReportSettings(const DscReport *report)
{
  Settings settings;

  PetscFunctionBeginUser;
  PetscCall(set_up(report, &settings));
  PetscCall(print_success(&settings));
  if (!report->style.brief) PetscCall(print_coefficients(&settings));
  if (!report->style.brief) PetscCall(print_support(&settings));
  PetscCall(tear_down(&settings));
  PetscFunctionReturn(0);
}
