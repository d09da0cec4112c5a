#include "study/rates.h"
#include "study/format.h"

#include <string.h>

PetscBool DscRatesKnowTruth(const DscResultsTable *table)
{
  for (PetscInt run = 0; run < table->nruns; run++) {
    if (table->exact[run] >= 0) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

/* Medians of the runs that belong to value `which`; work has room for one number a run. */
static void take_medians(const DscResultsTable *table, const PetscInt value_of[], PetscInt which, double work[],
                         DscRate *rate)
{
  for (int quantity = 0; quantity < 3; quantity++) {
    PetscInt n = 0;

    for (PetscInt run = 0; run < table->nruns; run++) {
      if (value_of[run] != which || table->status[run] == DSC_RUN_FAILED) continue;
      work[n++] = quantity == 0   ? table->seconds[run]
                  : quantity == 1 ? (double)table->iterations[run]
                                  : table->coefficient_error[run];
    }
    *(quantity == 0   ? &rate->seconds
      : quantity == 1 ? &rate->iterations
                      : &rate->coefficient_error) = DscMedian(n, work);
  }
}

PetscErrorCode DscRatesCreate(const DscResultsTable *table, PetscInt axis, PetscInt *n, DscRate **rates)
{
  const PetscBool truth = DscRatesKnowTruth(table);
  PetscInt       *value_of;
  double         *work;

  PetscFunctionBeginUser;
  *n = 0;
  PetscCall(PetscCalloc1(table->nruns, rates));
  PetscCall(PetscMalloc2(table->nruns, &value_of, table->nruns, &work));
  for (PetscInt run = 0; run < table->nruns; run++) {
    const char *value = axis < 0 ? "all" : table->axis_values[axis * table->nruns + run];
    PetscInt    at    = 0;

    while (at < *n && strcmp((*rates)[at].value, value)) at++;
    if (at == *n) (*rates)[(*n)++].value = value;
    value_of[run] = at;
    (*rates)[at].runs++;
    (*rates)[at].successes += truth ? table->exact[run] == 1 : table->status[run] == DSC_RUN_DONE;
  }
  for (PetscInt i = 0; i < *n; i++) {
    DscRate *rate = &(*rates)[i];

    DscWilsonInterval(rate->successes, rate->runs, &rate->low, &rate->high);
    take_medians(table, value_of, i, work, rate);
  }
  PetscCall(PetscFree2(value_of, work));
  PetscFunctionReturn(0);
}
