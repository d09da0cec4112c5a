#include "study/report_private.h"
#include "study/format.h"
#include "study/progress.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define RUNS_IN_FULL    10 /* more runs are a table */
#define RUNS_IN_TABLE   100
#define VALUES_IN_TITLE 8

void DscReportLabel(const DscResultsTable *t, PetscInt run, size_t size, char label[])
{
  size_t length = 0;

  label[0] = '\0';
  for (PetscInt axis = 0; axis < t->naxes && length < size; axis++) {
    length += (size_t)snprintf(label + length, size - length, "%s%s=%s", axis ? " " : "", t->axes[axis],
                               t->axis_values[axis * t->nruns + run]);
  }
}

/* ---- single runs ----------------------------------------------------------------------------------------------- */

PetscErrorCode DscReportFound(const DscResultsTable *t, PetscInt run, PetscInt left, size_t size, char line[])
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

static PetscErrorCode print_run(const DscReport *report, PetscInt run)
{
  const DscResultsTable *t = report->table;
  char                   line[DSC_LINE_SIZE];

  PetscFunctionBeginUser;
  DscReportLabel(t, run, sizeof(line), line);
  say("run %d%s%s: %s", t->number[run], line[0] ? "  " : "", line, DscRunStatusName(t->status[run]));
  say(", %.3f s, %d iterations", t->seconds[run], t->iterations[run]);
  if (t->exact[run] >= 0) say(", %s", exact_name(t->exact[run]));
  if (isfinite(t->coefficient_error[run])) say(", largest error %.3g%%", 100 * t->coefficient_error[run]);
  say("\n");
  if (strchr(t->reason[run], ';') && t->status[run] == DSC_RUN_DONE)
    say("  note   %s\n", strchr(t->reason[run], ';') + 2);
  for (PetscInt left = 0; left < t->nleft; left++) {
    if (has_numbers(t, t->coefficients, run, left)) {
      PetscCall(DscReportFound(t, run, left, sizeof(line), line));
      say("  found  %s\n", line);
    }
    if (has_numbers(t, t->truth, run, left)) {
      PetscCall(format_true(t, run, left, sizeof(line), line));
      say("  true   %s\n", line);
    }
  }
  PetscFunctionReturn(0);
}

static int column_width(const DscResultsTable *t, PetscInt axis)
{
  size_t width = strlen(t->axes[axis]);

  for (PetscInt run = 0; run < t->nruns; run++) width = PetscMax(width, strlen(t->axis_values[axis * t->nruns + run]));
  return (int)width;
}

static PetscErrorCode print_row(const DscReport *report, const int widths[], PetscInt run)
{
  const DscResultsTable *t = report->table;
  char                   line[DSC_LINE_SIZE];
  PetscInt               shown = 0;

  PetscFunctionBeginUser;
  say("%5d", t->number[run]);
  for (PetscInt axis = 0; axis < t->naxes; axis++) say("  %*s", widths[axis], t->axis_values[axis * t->nruns + run]);
  say("  %-13s  %-9s", DscRunStatusName(t->status[run]), exact_name(t->exact[run]));
  if (isfinite(t->coefficient_error[run]))
    say("  %8.2g", t->coefficient_error[run]);
  else
    say("  %8s", "-");
  say("  %8.1f", t->seconds[run]);
  for (PetscInt left = 0; left < t->nleft; left++) {
    if (!has_numbers(t, t->coefficients, run, left)) continue;
    PetscCall(DscReportFound(t, run, left, sizeof(line), line));
    say("%s%s", shown++ ? "; " : "  ", line);
  }
  say("\n");
  PetscFunctionReturn(0);
}

static PetscErrorCode print_table(const DscReport *report)
{
  const DscResultsTable *t = report->table;
  int                   *widths;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(t->naxes, &widths));
  say("\n%5s", "run");
  for (PetscInt axis = 0; axis < t->naxes; axis++) {
    widths[axis] = column_width(t, axis);
    say("  %*s", widths[axis], t->axes[axis]);
  }
  say("  %-13s  %-9s  %8s  %8s  %s\n", "status", "terms", "error", "seconds", "equation");
  for (PetscInt run = 0; run < t->nruns; run++) PetscCall(print_row(report, widths, run));
  PetscCall(PetscFree(widths));
  PetscFunctionReturn(0);
}

static PetscErrorCode print_runs(const DscReport *report)
{
  const PetscInt n = report->table->nruns;

  PetscFunctionBeginUser;
  if (report->nby && !report->style.all) PetscFunctionReturn(0);
  if (n <= RUNS_IN_FULL) {
    for (PetscInt run = 0; run < n; run++) PetscCall(print_run(report, run));
  } else if (report->style.all || (n <= RUNS_IN_TABLE && !report->style.brief))
    PetscCall(print_table(report));
  PetscFunctionReturn(0);
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

static PetscErrorCode print_axes(const DscResultsTable *t)
{
  PetscFunctionBeginUser;
  for (PetscInt axis = 0; axis < t->naxes; axis++) {
    DscAxisValues values;

    PetscCall(DscAxisValuesCreate(t, axis, &values));
    say("  swept %s (%d):", t->axes[axis], (int)values.n);
    for (PetscInt i = 0; i < values.n; i++) {
      if (i < VALUES_IN_TITLE || i == values.n - 1)
        say(" %s", t->axis_values[axis * t->nruns + values.first[i]]);
      else if (i == VALUES_IN_TITLE)
        say(" ...");
    }
    say("\n");
    PetscCall(DscAxisValuesDestroy(&values));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode print_title(const DscReport *report)
{
  static const int       order[] = {DSC_RUN_DONE, DSC_RUN_NOT_CONVERGED, DSC_RUN_FAILED, DSC_RUN_STOPPED};
  const DscResultsTable *t       = report->table;
  const int              missing = t->runs_in_study - t->nruns;
  double                 seconds = 0;

  PetscFunctionBeginUser;
  say("%s%s: %d run%s", report->style.brief ? "\n" : "", report->path, (int)t->nruns, t->nruns == 1 ? "" : "s");
  for (int i = 0; i < 4 && t->nruns != 1; i++) {
    PetscInt count = 0;

    for (PetscInt run = 0; run < t->nruns; run++) count += t->status[run] == order[i];
    say("%s %d %s", i ? "," : ":", (int)count, DscRunStatusName(order[i]));
  }
  for (PetscInt run = 0; run < t->nruns; run++) seconds += isfinite(t->seconds[run]) ? t->seconds[run] : 0;
  if (t->nruns != 1) say("; %.1f s of computing", seconds);
  say("\n");
  if (missing > 0) {
    say("  the study has %d runs: %d of them %s not in this file\n", t->runs_in_study, missing,
        missing == 1 ? "is" : "are");
  }
  if (!report->style.brief && t->nruns != 1) PetscCall(print_axes(t));
  PetscFunctionReturn(0);
}

static PetscErrorCode print_all(const DscReport *report)
{
  const PetscInt n = report->table->nruns;

  PetscFunctionBeginUser;
  PetscCall(print_title(report));
  PetscCall(print_runs(report));
  if (n > 1 || report->nby) PetscCall(DscReportSettings(report));
  if (n > 1) PetscCall(DscReportEquation(report));
  if (report->style.front) PetscCall(DscReportFronts(report));
  if (n > RUNS_IN_FULL && !report->style.brief) PetscCall(DscReportSlowest(report));
  PetscCall(DscReportNotDone(report));
  if (n > RUNS_IN_TABLE && !report->style.all && !report->style.brief) {
    say("\nevery run in a line of its own: discern report %s -all\n", report->path);
  }
  PetscFunctionReturn(0);
}

/* ---- what was asked for ------------------------------------------------------------------------------------------ */

static PetscErrorCode find_key(DscReport *report, const char key[])
{
  const DscResultsTable *t    = report->table;
  const PetscInt         axis = DscAxisFind(t, key);
  const char           **names, *nearest;
  char                   keys[DSC_LINE_SIZE / 4];
  size_t                 length = 0;

  PetscFunctionBeginUser;
  DscUserCheck(t->naxes, PETSC_COMM_SELF, "report: -by %s: nothing was swept in '%s'", key, report->path);
  if (axis < 0) {
    PetscCall(PetscMalloc1(t->naxes, &names));
    for (PetscInt i = 0; i < t->naxes && length < sizeof(keys); i++) {
      names[i] = t->axes[i];
      length += (size_t)snprintf(keys + length, sizeof(keys) - length, "%s%s", i ? ", " : "", t->axes[i]);
    }
    nearest = DscNearestName(key, t->naxes, names);
    PetscCall(PetscFree(names));
    DscUserCheck(PETSC_FALSE, PETSC_COMM_SELF, "report: -by %s: not swept in '%s', which has %s%s%s%s", key,
                 report->path, keys, nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
  }
  for (PetscInt i = 0; i < report->nby; i++) {
    DscUserCheck(report->by[i] != axis, PETSC_COMM_SELF, "report: -by %s: '%s' is given twice", report->style.by, key);
  }
  report->by[report->nby++] = axis;
  PetscFunctionReturn(0);
}

static PetscErrorCode set_keys(DscReport *report)
{
  const char *by = report->style.by;
  char        keys[2 * DSC_NAME_LENGTH], *comma;

  PetscFunctionBeginUser;
  if (!by) PetscFunctionReturn(0);
  snprintf(keys, sizeof(keys), "%s", by);
  comma = strchr(keys, ',');
  if (comma) *comma++ = '\0';
  DscUserCheck(keys[0] && (!comma || (*comma && !strchr(comma, ','))), PETSC_COMM_SELF,
               "report: -by %s: one key or two ('KEY,KEY2') are allowed", by);
  PetscCall(find_key(report, keys));
  if (comma) PetscCall(find_key(report, comma));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_and_print(const char path[], const DscReportStyle *style)
{
  DscResultsTable table;
  DscCandidates   candidates = {0};
  DscReport       report     = {.path = path, .table = &table, .candidates = &candidates, .style = *style};
  PetscErrorCode  ierr;

  PetscFunctionBeginUser;
  PetscCall(DscResultsRead(path, &table));
  ierr = set_keys(&report);
  if (!ierr) ierr = DscCandidatesRead(path, &table, &candidates);
  if (!ierr) ierr = print_all(&report);
  PetscCall(DscCandidatesDestroy(&candidates));
  PetscCall(DscResultsTableDestroy(&table));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

static PetscErrorCode print_on_root(MPI_Comm comm, const char path[], const DscReportStyle *style)
{
  PetscMPIInt    rank;
  PetscErrorCode ierr = 0;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (!rank) ierr = read_and_print(path, style);
  PetscCall(DscSyncError(comm, ierr));
  PetscFunctionReturn(0);
}

PetscErrorCode DscReportPrint(MPI_Comm comm, const char path[], PetscBool brief)
{
  const DscReportStyle style = {.brief = brief};

  PetscFunctionBeginUser;
  PetscCall(print_on_root(comm, path, &style));
  PetscFunctionReturn(0);
}

PetscErrorCode DscStudyReport(MPI_Comm comm, const char path[], const char by[], PetscBool all, PetscBool front)
{
  const DscReportStyle style = {.all = all, .front = front, .by = by};

  PetscFunctionBeginUser;
  PetscCall(print_on_root(comm, path, &style));
  PetscFunctionReturn(0);
}
