#include "study/report.h"
#include "study/format.h"
#include "study/progress.h"
#include "study/rates.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define RUNS_IN_FULL   10 /* more runs are a table */
#define FAILURES_BRIEF 5
#define LINE_SIZE      4096

/* Everything here is printed by the one rank that has read the file. */
#define say(...) PetscCall(PetscPrintf(PETSC_COMM_SELF, __VA_ARGS__))

/* 'seed=3 data_noise=0.2' of a run. */
static void label_run(const DscResultsTable *t, PetscInt run, size_t size, char label[])
{
  size_t length = 0;

  label[0] = '\0';
  for (PetscInt axis = 0; axis < t->naxes && length < size; axis++) {
    length += (size_t)snprintf(label + length, size - length, "%s%s=%s", axis ? " " : "", t->axes[axis],
                               t->axis_values[axis * t->nruns + run]);
  }
}

static PetscErrorCode format_found(const DscResultsTable *t, PetscInt run, PetscInt left, size_t size, char line[])
{
  const PetscInt    at       = (run * t->nleft + left) * t->nterms;
  const DscEquation equation = {.left         = t->left[left],
                                .nterms       = t->nterms,
                                .terms        = (const char(*)[DSC_NAME_LENGTH])t->terms,
                                .coefficients = t->coefficients + at,
                                .std          = t->std + at,
                                .active       = t->active + at};

  PetscFunctionBeginUser;
  PetscCall(DscEquationFormat(&equation, size, line));
  PetscFunctionReturn(0);
}

static PetscErrorCode format_true(const DscResultsTable *t, PetscInt run, PetscInt left, size_t size, char line[])
{
  const PetscInt    at       = (run * t->nleft + left) * t->nterms;
  const DscEquation equation = {.left         = t->left[left],
                                .nterms       = t->nterms,
                                .terms        = (const char(*)[DSC_NAME_LENGTH])t->terms,
                                .coefficients = t->truth + at};

  PetscFunctionBeginUser;
  PetscCall(DscEquationFormat(&equation, size, line));
  PetscFunctionReturn(0);
}

/* A left-hand side that the run does not have is NaN throughout (the union over runs has it). */
static PetscBool has_numbers(const DscResultsTable *t, const double values[], PetscInt run, PetscInt left)
{
  for (PetscInt term = 0; term < t->nterms; term++) {
    if (!isnan(values[(run * t->nleft + left) * t->nterms + term])) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

static const char *exact_name(int exact)
{
  return exact == 1 ? "exact" : exact == 0 ? "not exact" : "-";
}

static PetscErrorCode print_run(const DscResultsTable *t, PetscInt run)
{
  char line[LINE_SIZE];

  PetscFunctionBeginUser;
  label_run(t, run, sizeof(line), line);
  say("run %d%s%s: %s", (int)run, line[0] ? "  " : "", line, DscRunStatusName(t->status[run]));
  say(", %.3f s, %d iterations", t->seconds[run], t->iterations[run]);
  if (t->exact[run] >= 0) say(", %s", exact_name(t->exact[run]));
  if (isfinite(t->coefficient_error[run])) say(", largest error %.3g%%", 100 * t->coefficient_error[run]);
  say("\n");
  for (PetscInt left = 0; left < t->nleft; left++) {
    if (has_numbers(t, t->coefficients, run, left)) {
      PetscCall(format_found(t, run, left, sizeof(line), line));
      say("  found  %s\n", line);
    }
    if (has_numbers(t, t->truth, run, left)) {
      PetscCall(format_true(t, run, left, sizeof(line), line));
      say("  true   %s\n", line);
    }
  }
  PetscFunctionReturn(0);
}

/* ---- many runs --------------------------------------------------------------------------------------------- */

static int column_width(const DscResultsTable *t, PetscInt axis)
{
  size_t width = strlen(t->axes[axis]);

  for (PetscInt run = 0; run < t->nruns; run++) width = PetscMax(width, strlen(t->axis_values[axis * t->nruns + run]));
  return (int)width;
}

static PetscErrorCode print_row(const DscResultsTable *t, const int widths[], PetscInt run)
{
  char     line[LINE_SIZE];
  PetscInt shown = 0;

  PetscFunctionBeginUser;
  say("%5d", (int)run);
  for (PetscInt axis = 0; axis < t->naxes; axis++) say("  %*s", widths[axis], t->axis_values[axis * t->nruns + run]);
  say("  %-13s  %-9s", DscRunStatusName(t->status[run]), exact_name(t->exact[run]));
  if (isfinite(t->coefficient_error[run]))
    say("  %8.2g", t->coefficient_error[run]);
  else
    say("  %8s", "-");
  say("  %8.1f", t->seconds[run]);
  for (PetscInt left = 0; left < t->nleft; left++) {
    if (!has_numbers(t, t->coefficients, run, left)) continue;
    PetscCall(format_found(t, run, left, sizeof(line), line));
    say("%s%s", shown++ ? "; " : "  ", line);
  }
  say("\n");
  PetscFunctionReturn(0);
}

static PetscErrorCode print_table(const DscResultsTable *t)
{
  int *widths;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(t->naxes, &widths));
  say("%5s", "run");
  for (PetscInt axis = 0; axis < t->naxes; axis++) {
    widths[axis] = column_width(t, axis);
    say("  %*s", widths[axis], t->axes[axis]);
  }
  say("  %-13s  %-9s  %8s  %8s  %s\n", "status", "terms", "error", "seconds", "equation");
  for (PetscInt run = 0; run < t->nruns; run++) PetscCall(print_row(t, widths, run));
  PetscCall(PetscFree(widths));
  PetscFunctionReturn(0);
}

static PetscErrorCode print_rates(const DscResultsTable *t, PetscInt axis)
{
  DscRate *rates;
  PetscInt n;

  PetscFunctionBeginUser;
  PetscCall(DscRatesCreate(t, axis, &n, &rates));
  for (PetscInt i = 0; i < n && (n > 1 || axis < 0); i++) { /* an axis of one value says nothing new */
    const DscRate *rate = &rates[i];
    char           name[DSC_NAME_LENGTH + DSC_AXIS_LENGTH], error[32] = "-";

    if (axis < 0)
      snprintf(name, sizeof(name), "all runs");
    else
      snprintf(name, sizeof(name), "%s = %s", t->axes[axis], rate->value);
    if (isfinite(rate->coefficient_error)) snprintf(error, sizeof(error), "%.2g", rate->coefficient_error);
    say("  %-32s %5d %9d  %5.2f  [%.2f, %.2f]  %9s  %9.1f  %10.0f\n", name, (int)rate->runs, (int)rate->successes,
        (double)rate->successes / (double)rate->runs, rate->low, rate->high, error, rate->seconds, rate->iterations);
  }
  PetscCall(PetscFree(rates));
  PetscFunctionReturn(0);
}

/* Seeds are repetitions, not a setting: no rates by seed. */
static PetscErrorCode print_success(const DscResultsTable *t)
{
  PetscFunctionBeginUser;
  say("\nsuccess: %s; medians of error, seconds, iterations over runs that did not fail\n",
      DscRatesKnowTruth(t) ? "the active terms are the true ones" : "converged (the true equation is not known)");
  say("  %-32s %5s %9s  %5s  %-12s  %9s  %9s  %10s\n", "", "runs", "successes", "rate", "95% interval", "error",
      "seconds", "iterations");
  PetscCall(print_rates(t, -1));
  for (PetscInt axis = 0; axis < t->naxes; axis++) {
    if (strcmp(t->axes[axis], "seed")) PetscCall(print_rates(t, axis));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode print_failures(const DscResultsTable *t, const char path[], PetscBool brief)
{
  PetscInt failures = 0;
  char     label[LINE_SIZE];

  PetscFunctionBeginUser;
  for (PetscInt run = 0; run < t->nruns; run++) {
    if (t->status[run] == DSC_RUN_DONE) continue;
    if (!failures++) say("\nnot done:\n");
    if (brief && failures > FAILURES_BRIEF) continue;
    label_run(t, run, sizeof(label), label);
    say("  run %d%s%s: %s%s%s\n", (int)run, label[0] ? "  " : "", label, DscRunStatusName(t->status[run]),
        t->reason[run][0] ? ": " : "", t->reason[run]);
  }
  if (brief && failures > FAILURES_BRIEF) {
    say("  and %d more: discern report %s\n", (int)(failures - FAILURES_BRIEF), path);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode print_all(const DscResultsTable *t, const char path[], PetscBool brief)
{
  PetscFunctionBeginUser;
  say("\n%s: %d run%s\n", path, (int)t->nruns, t->nruns == 1 ? "" : "s");
  if (t->nruns <= RUNS_IN_FULL) {
    for (PetscInt run = 0; run < t->nruns; run++) PetscCall(print_run(t, run));
  } else if (!brief)
    PetscCall(print_table(t));
  if (t->nruns > 1) PetscCall(print_success(t));
  PetscCall(print_failures(t, path, brief));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_and_print(const char path[], PetscBool brief)
{
  DscResultsTable table;

  PetscFunctionBeginUser;
  PetscCall(DscResultsRead(path, &table));
  PetscCall(print_all(&table, path, brief));
  PetscCall(DscResultsTableDestroy(&table));
  PetscFunctionReturn(0);
}

PetscErrorCode DscReportPrint(MPI_Comm comm, const char path[], PetscBool brief)
{
  PetscMPIInt    rank;
  PetscErrorCode ierr = 0;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (!rank) ierr = read_and_print(path, brief);
  PetscCall(DscSyncError(comm, ierr));
  PetscFunctionReturn(0);
}
