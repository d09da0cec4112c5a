#include "study/plan.h"

#include <stdio.h>
#include <string.h>

PetscErrorCode DscPlanCreate(DscOptions options, DscPlan *plan)
{
  double nruns = 1;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(plan, sizeof(*plan)));
  PetscCall(DscOptionsGetSweepCount(options, &plan->naxes));
  PetscCall(PetscMalloc3(plan->naxes, &plan->keys, plan->naxes, &plan->nvalues, plan->naxes, &plan->values));
  plan->nruns = 1;
  for (PetscInt axis = 0; axis < plan->naxes; axis++) {
    PetscCall(DscOptionsGetSweep(options, axis, &plan->keys[axis], &plan->nvalues[axis], &plan->values[axis]));
    nruns *= (double)plan->nvalues[axis];
    DscUserCheck(nruns <= (double)(PETSC_MPI_INT_MAX / 2), PETSC_COMM_WORLD,
                 "the sweep axes make %g runs; at most %d can be one study", nruns, PETSC_MPI_INT_MAX / 2);
    plan->nruns *= plan->nvalues[axis];
  }
  PetscCall(PetscMalloc1(plan->nruns, &plan->number));
  for (PetscInt run = 0; run < plan->nruns; run++) plan->number[run] = run;
  PetscFunctionReturn(0);
}

PetscErrorCode DscPlanDestroy(DscPlan *plan)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(plan->number));
  PetscCall(PetscFree3(plan->keys, plan->nvalues, plan->values));
  PetscFunctionReturn(0);
}

PetscInt DscPlanIndex(const DscPlan *plan, PetscInt run, PetscInt axis)
{
  PetscInt index = plan->number[run];

  for (PetscInt faster = plan->naxes - 1; faster > axis; faster--) index /= plan->nvalues[faster];
  return index % plan->nvalues[axis];
}

PetscErrorCode DscPlanGetOptions(const DscPlan *plan, DscOptions options, PetscInt run, DscOptions *run_options)
{
  PetscFunctionBeginUser;
  PetscCall(DscOptionsCopy(options, run_options));
  for (PetscInt axis = 0; axis < plan->naxes; axis++) {
    PetscCall(DscOptionsSet(*run_options, plan->keys[axis], plan->values[axis][DscPlanIndex(plan, run, axis)]));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscPlanGetLabel(const DscPlan *plan, PetscInt run, size_t size, char label[])
{
  size_t length = 0;

  PetscFunctionBeginUser;
  label[0] = '\0';
  for (PetscInt axis = 0; axis < plan->naxes && length < size; axis++) {
    const char *value = plan->values[axis][DscPlanIndex(plan, run, axis)];
    int         added = snprintf(label + length, size - length, "%s%s=%s", axis ? " " : "", plan->keys[axis], value);

    if (added > 0) length += (size_t)added;
  }
  PetscFunctionReturn(0);
}
