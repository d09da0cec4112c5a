#include "study/results.h"
#include "study/input.h"

#include <stdio.h>
#include <string.h>

static PetscErrorCode count(const DscInput *input, const char name[], PetscInt *n)
{
  int64_t stored;

  PetscFunctionBeginUser;
  PetscCall(DscInputCount(input, name, &stored));
  PetscCall(DscInputCheck(input, (PetscBool)(stored < PETSC_MAX_INT), name));
  *n = (PetscInt)stored;
  PetscFunctionReturn(0);
}

/* The keys of the axes: an attribute, so that their order is that of the input. */
static PetscErrorCode read_axis_keys(const DscInput *input, DscResultsTable *table)
{
  char **keys;

  PetscFunctionBeginUser;
  PetscCall(DscInputGetTexts(input, "/runs", "axes", &table->naxes, &keys));
  PetscCall(PetscMalloc1(table->naxes, &table->axes));
  for (PetscInt axis = 0; axis < table->naxes; axis++) {
    PetscCall(PetscStrncpy(table->axes[axis], keys[axis], DSC_NAME_LENGTH));
  }
  PetscCall(DscOptionsRestoreStrings(table->naxes, &keys));
  PetscFunctionReturn(0);
}

/* Values of any type as text, integers without a point. */
static PetscErrorCode read_axis(const DscInput *input, const char key[], PetscInt n, char (*values)[DSC_AXIS_LENGTH])
{
  char      name[DSC_NAME_LENGTH + 8];
  double   *numbers;
  PetscBool text;

  PetscFunctionBeginUser;
  snprintf(name, sizeof(name), "/runs/%s", key);
  PetscCall(DscInputIsText(input, name, &text));
  if (text)
    PetscCall(DscInputReadTexts(input, name, DSC_AXIS_LENGTH, 0, n, values));
  else {
    PetscCall(PetscMalloc1(n, &numbers));
    PetscCall(DscInputRead(input, name, H5T_NATIVE_DOUBLE, n, numbers));
    for (PetscInt run = 0; run < n; run++) snprintf(values[run], DSC_AXIS_LENGTH, "%.12g", numbers[run]);
    PetscCall(PetscFree(numbers));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode read_equations(const DscInput *input, DscResultsTable *t)
{
  const size_t n = (size_t)t->nruns * (size_t)t->nleft * (size_t)t->nterms;
  PetscBool    there; /* not in files from before there were ensembles */

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(t->nleft, &t->left));
  PetscCall(PetscMalloc1(t->nterms, &t->terms));
  PetscCall(PetscMalloc5(n, &t->coefficients, n, &t->std, n, &t->inclusion, n, &t->truth, n, &t->active));
  PetscCall(DscInputReadTexts(input, "/equation/left", DSC_NAME_LENGTH, 0, t->nleft, t->left));
  PetscCall(DscInputReadTexts(input, "/equation/terms", DSC_NAME_LENGTH, 0, t->nterms, t->terms));
  PetscCall(DscInputRead(input, "/equation/coefficients", H5T_NATIVE_DOUBLE, (int64_t)n, t->coefficients));
  PetscCall(DscInputRead(input, "/equation/std", H5T_NATIVE_DOUBLE, (int64_t)n, t->std));
  for (size_t i = 0; i < n; i++) t->inclusion[i] = NAN;
  PetscCall(DscInputHas(input, "/equation/inclusion", &there));
  if (there) PetscCall(DscInputRead(input, "/equation/inclusion", H5T_NATIVE_DOUBLE, (int64_t)n, t->inclusion));
  PetscCall(DscInputRead(input, "/equation/truth", H5T_NATIVE_DOUBLE, (int64_t)n, t->truth));
  PetscCall(DscInputRead(input, "/equation/active", H5T_NATIVE_INT, (int64_t)n, t->active));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_runs(const DscInput *input, DscResultsTable *t)
{
  const PetscInt n = t->nruns;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc4(n, &t->number, n, &t->status, n, &t->exact, n, &t->iterations));
  PetscCall(PetscMalloc4(n, &t->seconds, n, &t->mse, n, &t->bic, n, &t->coefficient_error));
  PetscCall(PetscMalloc1(n, &t->reason));
  PetscCall(PetscMalloc1((size_t)t->naxes * (size_t)n, &t->axis_values));
  PetscCall(DscInputRead(input, "/run", H5T_NATIVE_INT, n, t->number));
  PetscCall(DscInputRead(input, "/runs/status", H5T_NATIVE_INT, n, t->status));
  PetscCall(DscInputRead(input, "/runs/iterations", H5T_NATIVE_INT, n, t->iterations));
  PetscCall(DscInputRead(input, "/runs/seconds", H5T_NATIVE_DOUBLE, n, t->seconds));
  PetscCall(DscInputReadTexts(input, "/runs/reason", sizeof(t->reason[0]), 0, n, t->reason));
  PetscCall(DscInputRead(input, "/metrics/exact", H5T_NATIVE_INT, n, t->exact));
  PetscCall(DscInputRead(input, "/metrics/mse", H5T_NATIVE_DOUBLE, n, t->mse));
  PetscCall(DscInputRead(input, "/metrics/bic", H5T_NATIVE_DOUBLE, n, t->bic));
  PetscCall(DscInputRead(input, "/metrics/coefficient_error", H5T_NATIVE_DOUBLE, n, t->coefficient_error));
  for (PetscInt axis = 0; axis < t->naxes; axis++) {
    PetscCall(read_axis(input, t->axes[axis], n, t->axis_values + (size_t)axis * (size_t)n));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode read_table(const DscInput *input, DscResultsTable *table)
{
  PetscFunctionBeginUser;
  PetscCall(count(input, "/runs/status", &table->nruns));
  PetscCall(count(input, "/equation/left", &table->nleft));
  PetscCall(count(input, "/equation/terms", &table->nterms));
  table->runs_in_study = table->nruns; /* files from before there were parts of studies */
  PetscCall(DscInputGetInt(input, "/runs", "runs_in_study", &table->runs_in_study));
  PetscCall(read_axis_keys(input, table));
  PetscCall(read_runs(input, table));
  PetscCall(read_equations(input, table));
  PetscFunctionReturn(0);
}

PetscErrorCode DscResultsRead(const char path[], DscResultsTable *table)
{
  DscInput       input;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(table, sizeof(*table)));
  PetscCall(DscInputOpen(path, &input));
  ierr = read_table(&input, table);
  PetscCall(DscInputClose(&input));
  if (ierr) PetscCall(DscResultsTableDestroy(table));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

PetscErrorCode DscResultsTableDestroy(DscResultsTable *t)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree4(t->number, t->status, t->exact, t->iterations));
  PetscCall(PetscFree4(t->seconds, t->mse, t->bic, t->coefficient_error));
  PetscCall(PetscFree5(t->coefficients, t->std, t->inclusion, t->truth, t->active));
  PetscCall(PetscFree(t->axes));
  PetscCall(PetscFree(t->axis_values));
  PetscCall(PetscFree(t->reason));
  PetscCall(PetscFree(t->left));
  PetscCall(PetscFree(t->terms));
  PetscFunctionReturn(0);
}
