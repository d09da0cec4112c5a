#include "study/plan.h"
#include "study/filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PetscInt DscPlanFindAxis(const DscPlan *plan, const char key[])
{
  for (PetscInt axis = 0; axis < plan->naxes; axis++)
    if (!strcmp(plan->keys[axis], key)) return axis;
  return -1;
}

/* ---- dimensions -------------------------------------------------------------------------------------------- */

/* One group of keys: group [naxes] becomes its number for their axes. */
static PetscErrorCode join(DscOptions options, const DscPlan *plan, PetscInt number, PetscInt nkeys, char **keys,
                           PetscInt group[])
{
  const char *nearest;
  char        swept[256];
  PetscInt    first = -1;

  PetscFunctionBeginUser;
  DscOptionsUserCheck(nkeys > 1, options, PETSC_COMM_SELF, "study_zip",
                      "'%s' alone has nothing to advance with; allowed: 'a,b', several groups as 'a,b;c,d'", keys[0]);
  DscListNames(plan->naxes, plan->keys, sizeof(swept), swept);
  for (PetscInt i = 0; i < nkeys; i++) {
    const PetscInt axis = DscPlanFindAxis(plan, keys[i]);

    nearest = DscNearestName(keys[i], plan->naxes, plan->keys);
    DscOptionsUserCheck(axis >= 0, options, PETSC_COMM_SELF, "study_zip", "'%s' is not swept; %s%s%s", keys[i],
                        nearest       ? "did you mean "
                        : plan->naxes ? "swept are: "
                                      : "no key is",
                        nearest ? nearest : swept, nearest ? "?" : "");
    DscOptionsUserCheck(!group[axis], options, PETSC_COMM_SELF, "study_zip", "%s is in two groups", keys[i]);
    if (first < 0) first = axis;
    DscOptionsUserCheck(plan->nvalues[axis] == plan->nvalues[first], options, PETSC_COMM_SELF, "study_zip",
                        "%s has %d values and %s has %d; keys that advance together need equally many",
                        plan->keys[first], (int)plan->nvalues[first], keys[i], (int)plan->nvalues[axis]);
    group[axis] = number;
  }
  PetscFunctionReturn(0);
}

/* group [naxes]: axes with the same positive number are zipped. */
static PetscErrorCode read_zips(DscOptions options, const DscPlan *plan, PetscInt group[])
{
  static const DscOptionSpec words = {.type = DSC_STRING};
  const char                *zip;
  char                     **groups, **keys, text[2048];
  PetscInt                   n, nkeys;
  PetscErrorCode             ierr = 0;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetString(options, "study_zip", &zip));
  if (!*zip) PetscFunctionReturn(0);
  DscOptionsUserCheck(strlen(zip) + 2 < sizeof(text), options, PETSC_COMM_SELF, "study_zip", "too long");
  snprintf(text, sizeof(text), "%s%s", zip, strchr(zip, ';') ? "" : ";"); /* a list of lists */
  PetscCall(DscOptionsExpand(options, "study_zip", &words, text, &n, &groups));
  for (PetscInt g = 0; g < n && !ierr; g++) {
    ierr = DscOptionsExpand(options, "study_zip", &words, groups[g], &nkeys, &keys);
    if (ierr) break;
    ierr = join(options, plan, g + 1, nkeys, keys, group);
    PetscCall(DscOptionsRestoreStrings(nkeys, &keys));
  }
  PetscCall(DscOptionsRestoreStrings(n, &groups));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

/* Dimensions in the order of their first axes; strides from the last dimension on. */
static PetscErrorCode lay_out(DscPlan *plan, const PetscInt group[])
{
  PetscInt ndimensions = 0;
  double   nruns       = 1;

  PetscFunctionBeginUser;
  for (PetscInt axis = 0; axis < plan->naxes; axis++) {
    PetscInt partner = 0;

    while (partner < axis && (!group[axis] || group[partner] != group[axis])) partner++;
    plan->dimension[axis] = partner < axis ? plan->dimension[partner] : ndimensions++;
    if (partner == axis) nruns *= (double)plan->nvalues[axis];
    DscUserCheck(nruns <= (double)(PETSC_MPI_INT_MAX / 2), PETSC_COMM_WORLD,
                 "the sweep axes make %g runs; at most %d can be one study", nruns, PETSC_MPI_INT_MAX / 2);
  }
  plan->total = 1;
  for (PetscInt d = ndimensions - 1; d >= 0; d--) {
    PetscInt length = 1;

    for (PetscInt axis = 0; axis < plan->naxes; axis++) {
      if (plan->dimension[axis] != d) continue;
      plan->stride[axis] = plan->total;
      length             = plan->nvalues[axis];
    }
    plan->total *= length;
  }
  PetscFunctionReturn(0);
}

/* ---- the plan ---------------------------------------------------------------------------------------------- */

PetscErrorCode DscPlanCreate(DscOptions options, DscPlan *plan)
{
  PetscInt      *group;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(plan, sizeof(*plan)));
  PetscCall(DscOptionsGetSweepCount(options, &plan->naxes));
  PetscCall(PetscMalloc3(plan->naxes, &plan->keys, plan->naxes, &plan->nvalues, plan->naxes, &plan->values));
  PetscCall(PetscMalloc2(plan->naxes, &plan->dimension, plan->naxes, &plan->stride));
  for (PetscInt axis = 0; axis < plan->naxes; axis++)
    PetscCall(DscOptionsGetSweep(options, axis, &plan->keys[axis], &plan->nvalues[axis], &plan->values[axis]));
  PetscCall(PetscCalloc1(plan->naxes, &group));
  ierr = read_zips(options, plan, group);
  if (!ierr) ierr = lay_out(plan, group);
  PetscCall(PetscFree(group));
  PetscCall(ierr);
  plan->nruns = plan->total;
  PetscCall(PetscMalloc1(plan->nruns, &plan->number));
  for (PetscInt run = 0; run < plan->nruns; run++) plan->number[run] = run;
  PetscCall(DscFilterApply(options, plan));
  PetscCall(DscPartApply(options, plan));
  PetscFunctionReturn(0);
}

PetscErrorCode DscPlanDestroy(DscPlan *plan)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(plan->number));
  PetscCall(PetscFree2(plan->dimension, plan->stride));
  PetscCall(PetscFree3(plan->keys, plan->nvalues, plan->values));
  PetscFunctionReturn(0);
}

PetscErrorCode DscPlanSelect(DscPlan *plan, PetscInt n, const PetscInt numbers[])
{
  PetscInt at = 0;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < n; i++) {
    while (at < plan->nruns && plan->number[at] < numbers[i]) at++;
    PetscCheck(at < plan->nruns && plan->number[at] == numbers[i], PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
               "run %d is not in the plan, or out of order", (int)numbers[i]);
    plan->number[i] = numbers[i]; /* i <= at */
    at++;
  }
  plan->nruns = n;
  PetscFunctionReturn(0);
}

PetscInt DscPlanFind(const DscPlan *plan, int64_t number)
{
  PetscInt low = 0, high = plan->nruns;

  while (low < high) {
    const PetscInt middle = low + (high - low) / 2;

    if (plan->number[middle] < number)
      low = middle + 1;
    else
      high = middle;
  }
  return low < plan->nruns && plan->number[low] == number ? low : -1;
}

PetscInt DscPlanIndex(const DscPlan *plan, PetscInt run, PetscInt axis)
{
  return plan->number[run] / plan->stride[axis] % plan->nvalues[axis];
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
