#include "study/report_private.h"
#include "study/format.h"
#include "study/progress.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OTHER_EQUATIONS 3
#define SLOWEST         5
#define REASONS_BRIEF   5
#define REASONS         20
#define RUNS_BY_NAME    3 /* so few runs are listed with their settings */
#define RANGES          12
#define SMALLEST_SHARE  .05 /* of an ensemble, that is worth a word */

/* ---- equations ------------------------------------------------------------------------------------------------- */

/* Medians over the runs [n] as one equation for each left-hand side, with the spread over runs as error bar, or the run's
   own where it is one. */
static PetscErrorCode print_equation(const DscReport *report, const char before[], PetscInt n, const PetscInt runs[],
                                     PetscBool true_one)
{
  const DscResultsTable *t = report->table;
  double                *values, *std, *work;
  int                   *active;
  char                   line[DSC_LINE_SIZE];

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc4(t->nterms, &values, t->nterms, &std, t->nterms, &active, n, &work));
  for (PetscInt left = 0; left < t->nleft; left++) {
    const DscEquation equation = {.left         = t->left[left],
                                  .nterms       = t->nterms,
                                  .terms        = (const char(*)[DSC_NAME_LENGTH])t->terms,
                                  .coefficients = values,
                                  .std          = true_one ? NULL : std,
                                  .active       = true_one ? NULL : active};
    PetscInt          known = 0, has = 0;

    for (PetscInt term = 0; term < t->nterms; term++) {
      DscTermStatistics s;

      DscTermCompute(t, left * t->nterms + term, n, runs, work, &s);
      values[term] = true_one ? s.truth : s.median;
      std[term]    = isnan(s.spread) ? s.std : s.spread;
      active[term] = s.active > 0;
      known += !isnan(s.truth);
      has += s.runs > 0;
    }
    if (true_one ? !known : !has) continue;
    PetscCall(DscEquationFormat(&equation, sizeof(line), line));
    say("  %s%s\n", before, line);
  }
  PetscCall(PetscFree4(values, std, active, work));
  PetscFunctionReturn(0);
}

static PetscErrorCode print_others(const DscReport *report, const DscGroups *groups)
{
  const PetscInt shown = report->style.all ? groups->n : PetscMin(groups->n, 1 + OTHER_EQUATIONS);
  char           before[32];

  PetscFunctionBeginUser;
  if (groups->n > 1) say("other equations found (%d):\n", (int)(groups->n - 1));
  for (PetscInt g = 1; g < shown; g++) {
    const PetscInt n = groups->first[g + 1] - groups->first[g];

    snprintf(before, sizeof(before), "%5d run%s ", (int)n, n == 1 ? " " : "s");
    PetscCall(print_equation(report, before, n, groups->member + groups->first[g], PETSC_FALSE));
  }
  if (shown < groups->n) say("  and %d more: discern report %s -all\n", (int)(groups->n - shown), report->path);
  PetscFunctionReturn(0);
}

/* Where runs drew ensembles: how often their members have a term, the median over the runs [n]. */
static PetscErrorCode print_inclusion(const DscReport *report, PetscInt n, const PetscInt runs[])
{
  const DscResultsTable *t    = report->table;
  const PetscInt         size = t->nleft * t->nterms;
  double                *work;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, &work));
  for (PetscInt left = 0; left < t->nleft; left++) {
    PetscInt shown = 0;

    for (PetscInt term = 0; term < t->nterms; term++) {
      PetscInt known = 0;
      double   share;

      for (PetscInt i = 0; i < n; i++) {
        work[known] = t->inclusion[(size_t)runs[i] * (size_t)size + (size_t)(left * t->nterms + term)];
        if (!isnan(work[known])) known++;
      }
      share = known ? DscMedian(known, work) : 0.0;
      if (share < SMALLEST_SHARE) continue;
      if (!shown++) say("  in the ensembles of %s:", t->left[left]);
      say("%s %s %.2f", shown > 1 ? "," : "", t->terms[term], share);
    }
    if (shown) say("\n");
  }
  PetscCall(PetscFree(work));
  PetscFunctionReturn(0);
}

/* The group of a run to the first place, where one of equal size is. */
static void put_first(DscGroups *groups, PetscInt run)
{
  const PetscInt n = groups->first[1];

  for (PetscInt at = n; at < groups->first[groups->n]; at++) {
    PetscInt *other = groups->member + at / n * n;

    if (groups->member[at] != run) continue;
    for (PetscInt i = 0; i < n; i++) { /* all groups before it are as large */
      const PetscInt one = groups->member[i];

      groups->member[i] = other[i];
      other[i]          = one;
    }
    return;
  }
}

PetscErrorCode DscReportEquation(const DscReport *report)
{
  DscGroups groups;

  PetscFunctionBeginUser;
  PetscCall(DscGroupsCreateByEquation(report->table, &groups));
  if (groups.n) {
    const PetscInt all = groups.first[groups.n], n = groups.first[1];
    DscSupport     support;

    PetscCall(DscSupportCompute(report->table, report->candidates, all, groups.member, &support));
    put_first(&groups, support.example);
    say("\nequation that the study supports: found in %d of %d runs; median %s spread over them\n", (int)n, (int)all,
        "\u00b1");
    PetscCall(print_equation(report, "found  ", n, groups.member, PETSC_FALSE));
    PetscCall(print_equation(report, "true   ", n, groups.member, PETSC_TRUE));
    PetscCall(DscReportSupport(report, &support));
    PetscCall(print_inclusion(report, n, groups.member));
    if (!report->style.brief) PetscCall(print_others(report, &groups));
  }
  PetscCall(DscGroupsDestroy(&groups));
  PetscFunctionReturn(0);
}

/* ---- slowest --------------------------------------------------------------------------------------------------- */

PetscErrorCode DscReportSlowest(const DscReport *report)
{
  const DscResultsTable *t = report->table;
  PetscInt               slowest[SLOWEST], n = 0;
  char                   label[DSC_LINE_SIZE];

  PetscFunctionBeginUser;
  for (PetscInt run = 0; run < t->nruns; run++) { /* a short list kept sorted */
    PetscInt at = n;

    if (!isfinite(t->seconds[run])) continue;
    while (at && t->seconds[slowest[at - 1]] < t->seconds[run]) at--;
    if (at == SLOWEST) continue;
    if (n < SLOWEST) n++;
    for (PetscInt i = n - 1; i > at; i--) slowest[i] = slowest[i - 1];
    slowest[at] = run;
  }
  if (n) say("\nslowest runs:\n  %5s  %9s  %10s  %-13s  %s\n", "run", "seconds", "iterations", "status", "settings");
  for (PetscInt i = 0; i < n; i++) {
    const PetscInt run = slowest[i];

    DscReportLabel(t, run, sizeof(label), label);
    say("  %5d  %9.1f  %10d  %-13s  %s\n", report->table->number[run], t->seconds[run], t->iterations[run],
        DscRunStatusName(t->status[run]), label);
  }
  PetscFunctionReturn(0);
}

/* ---- not done -------------------------------------------------------------------------------------------------- */

/* The reason of a group: numbers in which its runs differ become N. */
static void common_reason(const DscResultsTable *t, PetscInt n, const PetscInt runs[], size_t size, char reason[])
{
  const char *from  = t->reason[runs[0]];
  PetscBool   equal = PETSC_TRUE;
  size_t      to    = 0;

  for (PetscInt i = 1; i < n && equal; i++) equal = (PetscBool)!strcmp(t->reason[runs[i]], from);
  while (*from && to + 1 < size) {
    if (equal || !isdigit((unsigned char)*from)) {
      reason[to++] = *from++;
      continue;
    }
    reason[to++] = 'N';
    while (isdigit((unsigned char)*from)) from++;
  }
  reason[to] = '\0';
}

static PetscErrorCode print_members(const DscReport *report, PetscInt n, const PetscInt runs[])
{
  const PetscInt max_ranges = report->style.all ? n : RANGES;
  char           line[DSC_LINE_SIZE];
  int           *numbers;

  PetscFunctionBeginUser;
  if (n <= RUNS_BY_NAME) {
    for (PetscInt i = 0; i < n; i++) {
      DscReportLabel(report->table, runs[i], sizeof(line), line);
      say("        run %d%s%s\n", report->table->number[runs[i]], line[0] ? "  " : "", line);
    }
    PetscFunctionReturn(0);
  }
  PetscCall(PetscMalloc1(n, &numbers));
  for (PetscInt i = 0; i < n; i++) numbers[i] = report->table->number[runs[i]];
  PetscCall(DscRangesFormat(n, numbers, max_ranges, sizeof(line), line));
  say("        runs %s\n", line);
  PetscCall(PetscFree(numbers));
  PetscFunctionReturn(0);
}

static PetscErrorCode print_reasons(const DscReport *report, const DscGroups *groups)
{
  static const int       order[] = {DSC_RUN_FAILED, DSC_RUN_STOPPED, DSC_RUN_NOT_CONVERGED};
  const DscResultsTable *t       = report->table;
  const PetscInt         limit   = report->style.all ? groups->n : report->style.brief ? REASONS_BRIEF : REASONS;
  PetscInt               shown   = 0;

  PetscFunctionBeginUser;
  for (int i = 0; i < 3; i++) {
    for (PetscInt g = 0; g < groups->n && shown < limit; g++) {
      const PetscInt  n    = groups->first[g + 1] - groups->first[g];
      const PetscInt *runs = groups->member + groups->first[g];
      char            reason[sizeof(t->reason[0])];

      if (t->status[runs[0]] != order[i]) continue;
      common_reason(t, n, runs, sizeof(reason), reason);
      say("  %5d %s%s%s\n", (int)n, DscRunStatusName(order[i]), reason[0] ? ": " : "", reason);
      PetscCall(print_members(report, n, runs));
      shown++;
    }
  }
  if (shown < groups->n) say("  and %d more reasons: discern report %s -all\n", (int)(groups->n - shown), report->path);
  PetscFunctionReturn(0);
}

PetscErrorCode DscReportNotDone(const DscReport *report)
{
  DscGroups groups;

  PetscFunctionBeginUser;
  PetscCall(DscGroupsCreateByReason(report->table, &groups));
  if (groups.n) {
    say("\nnot done (%d):\n", (int)groups.first[groups.n]);
    PetscCall(print_reasons(report, &groups));
  }
  PetscCall(DscGroupsDestroy(&groups));
  PetscFunctionReturn(0);
}
