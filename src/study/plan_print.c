#include "study/plan_print.h"

#include <math.h>
#include <stdio.h>

void DscDurationFormat(double seconds, size_t size, char text[])
{
  long total;

  if (!isfinite(seconds) || seconds < 0 || seconds >= 1e12) {
    snprintf(text, size, "-");
    return;
  }
  if (seconds < 60) {
    snprintf(text, size, "%.3g s", seconds);
    return;
  }
  total = lround(seconds);
  if (total >= 86400)
    snprintf(text, size, "%ld-%02ld:%02ld:%02ld", total / 86400, total / 3600 % 24, total / 60 % 60, total % 60);
  else
    snprintf(text, size, "%ld:%02ld:%02ld", total / 3600, total / 60 % 60, total % 60);
}

static const char *plural(PetscInt n)
{
  return n == 1 ? "" : "s";
}

/* Its values, the first and the last of many, and the axes that it advances with. */
static PetscErrorCode print_axis(MPI_Comm comm, const DscPlan *plan, PetscInt axis)
{
  const PetscInt n         = plan->nvalues[axis];
  const char    *separator = "; together with ";

  PetscFunctionBeginUser;
  PetscCall(PetscPrintf(comm, "  sweep %s (%d):", plan->keys[axis], (int)n));
  for (PetscInt i = 0; i < n; i++) {
    if (i < 6 || i == n - 1)
      PetscCall(PetscPrintf(comm, " %s", plan->values[axis][i]));
    else if (i == 6)
      PetscCall(PetscPrintf(comm, " ..."));
  }
  for (PetscInt other = 0; other < plan->naxes; other++) {
    if (other == axis || plan->dimension[other] != plan->dimension[axis]) continue;
    PetscCall(PetscPrintf(comm, "%s%s", separator, plan->keys[other]));
    separator = ", ";
  }
  PetscCall(PetscPrintf(comm, "\n"));
  PetscFunctionReturn(0);
}

static PetscErrorCode print_time(MPI_Comm comm, const DscPlan *plan, DscCosts costs, PetscInt ngroups)
{
  PetscInt *order;
  double    all, longest, sum = 0, seconds;
  char      text[3][32];

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(plan->nruns, &order));
  PetscCall(DscCostsOrder(costs, plan, order));
  PetscCall(DscCostsMakespan(costs, plan->nruns, order, ngroups, NULL, &all));
  PetscCall(DscCostsGetSeconds(costs, order[0], &longest));
  for (PetscInt run = 0; run < plan->nruns; run++) {
    PetscCall(DscCostsGetSeconds(costs, run, &seconds));
    sum += seconds;
  }
  PetscCall(PetscFree(order));
  if (isnan(all)) PetscFunctionReturn(0);
  DscDurationFormat(all, sizeof(text[0]), text[0]);
  DscDurationFormat(longest, sizeof(text[1]), text[1]);
  DscDurationFormat(sum, sizeof(text[2]), text[2]);
  PetscCall(PetscPrintf(comm, "  expected time: %s; the longest run %s, all runs in turn %s (-study_costs)\n", text[0],
                        text[1], text[2]));
  PetscFunctionReturn(0);
}

PetscErrorCode DscPlanPrint(MPI_Comm comm, const DscPlan *plan, DscCosts costs, PetscInt ngroups, const char output[])
{
  PetscMPIInt ranks;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(PetscPrintf(comm, "study: %d", (int)plan->nruns));
  if (plan->nruns < plan->total) PetscCall(PetscPrintf(comm, " of %d", (int)plan->total));
  PetscCall(PetscPrintf(comm, " run%s on %d rank%s: %d group%s of %d", plural(plan->total), ranks, plural(ranks),
                        (int)ngroups, plural(ngroups), ranks / (int)ngroups));
  if (ngroups > plan->nruns) {
    PetscCall(PetscPrintf(comm, ", %d of them idle (-study_ranks_per_run)", (int)(ngroups - plan->nruns)));
  }
  PetscCall(PetscPrintf(comm, "; results in %s\n", output));
  for (PetscInt axis = 0; axis < plan->naxes; axis++) PetscCall(print_axis(comm, plan, axis));
  if (costs) PetscCall(print_time(comm, plan, costs, ngroups));
  PetscFunctionReturn(0);
}
