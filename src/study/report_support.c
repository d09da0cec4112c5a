#include "study/report_private.h"
#include "study/format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define FRONT_ROWS 24 /* sizes that are shown unless all are asked for */

#define LABEL_WIDTH 24

/* What the difference of 2 ln evidence in a run is worth (Kass and Raftery, J. Am. Stat. Assoc. 90, 1995). Not that of the
   sum: runs may share their data, and then it counts them more than once. */
static const char *strength(const DscSupport *s)
{
  const double difference = s->median;

  return (difference < 0) != (s->sum < 0) ? "undecided"
         : difference < 0                 ? "against it"
         : difference < 2                 ? "hardly worth a mention"
         : difference < 6                 ? "positive"
         : difference < 10                ? "strong"
                                          : "very strong";
}

PetscErrorCode DscReportSupport(const DscReport *report, const DscSupport *s)
{
  char change[DSC_LINE_SIZE];

  PetscFunctionBeginUser;
  if (2 * s->votes <= s->runs)
    say("  no more than half of the runs found it: the study does not settle on an equation\n");
  if (!s->scored) PetscFunctionReturn(0);
  say("  scores: the best of all sets tried in %d of the %d runs that tried it", (int)s->best, (int)s->scored);
  if (isfinite(s->lead)) say("; median lead over the others %.3g", s->lead);
  say("\n");
  if (!s->next) PetscFunctionReturn(0);
  DscSetFormatChange(report->table, s->set, s->next, sizeof(change), change);
  say("  the closest other set, %s: 2 ln evidence %s by %.3g a run (median; %s), %.3g in the sum over %d run%s\n",
      change, s->median < 0 ? "higher" : "lower", fabs(s->median), strength(s), s->sum, (int)s->both,
      s->both == 1 ? "" : "s");
  PetscFunctionReturn(0);
}

PetscErrorCode DscReportSupportTable(const DscReport *report, PetscInt n, const char *const labels[],
                                     const PetscInt counts[], const PetscInt *const runs[])
{
  int  width = LABEL_WIDTH;
  char set[DSC_LINE_SIZE], share[32], best[32], median[32], sum[32];

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < n; i++) width = PetscMax(width, (int)strlen(labels[i]));
  say("\nsets of terms that settings support: found in most runs; best: of the runs that tried it, those where no "
      "other set\n"
      "scores better; next: 2 ln evidence over the closest other set, median of a run and sum\n");
  say("  %-*s %9s %9s %8s %8s  %s\n", width, "", "found", "best", "next", "sum", "terms");
  for (PetscInt i = 0; i < n; i++) {
    DscSupport s;

    PetscCall(DscSupportCompute(report->table, report->candidates, counts[i], runs[i], &s));
    if (!s.set) continue;
    DscSetFormat(report->table, s.set, sizeof(set), set);
    snprintf(share, sizeof(share), "%d/%d", (int)s.votes, (int)s.runs);
    snprintf(best, sizeof(best), s.scored ? "%d/%d" : "-", (int)s.best, (int)s.scored);
    say("  %-*s %9s %9s %8s %8s  %s\n", width, labels[i], share, best,
        DscReportNumber("%.3g", s.median, sizeof(median), median), DscReportNumber("%.3g", s.sum, sizeof(sum), sum),
        set);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscReportFront(const DscReport *report, const char label[], PetscInt n, const PetscInt runs[])
{
  DscFrontSize *sizes;
  DscSupport    support;
  PetscInt      nsizes, shown;
  char          set[DSC_LINE_SIZE], share[32];

  PetscFunctionBeginUser;
  PetscCall(DscFrontCompute(report->table, report->candidates, n, runs, &nsizes, &sizes));
  PetscCall(DscSupportCompute(report->table, report->candidates, n, runs, &support));
  shown = report->style.all ? nsizes : PetscMin(nsizes, FRONT_ROWS);
  if (nsizes) {
    say("\nfront of terms against error, %s: the set that is most often the best of its size, in how many runs;\n"
        "medians of the unexplained fraction and of the score above the run's best one\n",
        label);
    say("  %5s %9s  %11s  %11s   %s\n", "terms", "runs", "error", "score", "set");
  } else
    say("\nno front of terms against error, %s: no run has candidate equations\n", label);
  for (PetscInt i = 0; i < shown; i++) {
    const DscFrontSize *one = &sizes[i];

    DscSetFormat(report->table, one->set, sizeof(set), set);
    snprintf(share, sizeof(share), "%d/%d", (int)one->votes, (int)one->runs);
    say("  %5d %9s  %11.3g  %11.4g   %s%s\n", one->terms, share, one->error, one->score, set,
        support.set && !memcmp(one->set, support.set, (size_t)report->candidates->words * sizeof(uint64_t))
            ? "  <- supported"
            : "");
  }
  if (shown < nsizes) say("  and %d more: discern report %s -front -all\n", (int)(nsizes - shown), report->path);
  PetscCall(PetscFree(sizes));
  PetscFunctionReturn(0);
}
