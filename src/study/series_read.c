#include "study/series_read.h"
#include "study/input.h"
#include "study/ragged.h"

#include <stdio.h>
#include <string.h>

static PetscErrorCode take_columns(const DscInput *input, const DscRagged *group, DscTable *series)
{
  PetscInt n;
  char   **names, (*columns)[DSC_NAME_LENGTH];

  PetscFunctionBeginUser;
  PetscCall(DscInputGetTexts(input, group->group, "columns", &n, &names));
  PetscCall(PetscMalloc1(n, &columns));
  for (PetscInt i = 0; i < n; i++) PetscCall(PetscStrncpy(columns[i], names[i], DSC_NAME_LENGTH));
  PetscCall(DscTableSetColumns(series, n, (const char(*)[DSC_NAME_LENGTH])columns));
  PetscCall(PetscFree(columns));
  PetscCall(DscOptionsRestoreStrings(n, &names));
  PetscFunctionReturn(0);
}

/* Columns, as they are stored, turned to rows. */
static PetscErrorCode take_rows(const DscInput *input, const DscRagged *group, int64_t first, DscTable *series)
{
  const size_t n = (size_t)series->ncolumns;
  char         path[DSC_NAME_LENGTH + 32];
  double      *column;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1((size_t)series->nrows * n, &series->values));
  PetscCall(PetscMalloc1(series->nrows, &column));
  for (size_t c = 0; c < n; c++) {
    PetscCall(DscRaggedPath(group, series->columns[c], sizeof(path), path));
    PetscCall(DscInputReadRows(input, path, H5T_NATIVE_DOUBLE, 1, first, series->nrows, column));
    for (PetscInt row = 0; row < series->nrows; row++) series->values[(size_t)row * n + c] = column[row];
  }
  PetscCall(PetscFree(column));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_series(const DscInput *input, const DscRagged *group, PetscInt row, DscTable *series)
{
  int64_t   offset[2];
  PetscBool there;
  char      path[DSC_NAME_LENGTH];

  PetscFunctionBeginUser;
  PetscCall(DscInputHas(input, group->group, &there));
  if (!there) PetscFunctionReturn(0);
  snprintf(path, sizeof(path), "%s/offset", group->group);
  PetscCall(DscInputReadRows(input, path, H5T_NATIVE_INT64, 1, row, 2, offset));
  there = (PetscBool)(offset[0] >= 0 && offset[1] >= offset[0] && offset[1] - offset[0] < PETSC_MAX_INT);
  PetscCall(DscInputCheck(input, there, path));
  PetscCall(take_columns(input, group, series));
  series->nrows = series->capacity = (PetscInt)(offset[1] - offset[0]);
  PetscCall(take_rows(input, group, offset[0], series));
  PetscFunctionReturn(0);
}

static const DscRagged *find_group(const char name[])
{
  for (int i = 0; i < DSC_RAGGED_COUNT; i++) {
    if (!strcmp(DscRaggedGroups[i].group, name)) return &DscRaggedGroups[i];
  }
  return NULL;
}

PetscErrorCode DscSeriesRead(const char path[], const char group[], PetscInt row, DscTable *series)
{
  DscInput       input;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(series, sizeof(*series)));
  PetscCall(DscInputOpen(path, &input));
  ierr = read_series(&input, find_group(group), row, series);
  PetscCall(DscInputClose(&input));
  if (ierr) PetscCall(DscTableDestroy(series));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

static PetscErrorCode read_lengths(const DscInput *input, const char group[], PetscInt nruns, int64_t lengths[])
{
  int64_t  *offset;
  PetscBool there;
  char      path[DSC_NAME_LENGTH];

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(lengths, nruns));
  PetscCall(DscInputHas(input, group, &there));
  if (!there) PetscFunctionReturn(0);
  snprintf(path, sizeof(path), "%s/offset", group);
  PetscCall(PetscMalloc1(nruns + 1, &offset));
  PetscCall(DscInputRead(input, path, H5T_NATIVE_INT64, (int64_t)nruns + 1, offset));
  for (PetscInt run = 0; run < nruns; run++) lengths[run] = offset[run + 1] - offset[run];
  PetscCall(PetscFree(offset));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSeriesLengths(const char path[], const char group[], PetscInt nruns, int64_t lengths[])
{
  DscInput       input;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(DscInputOpen(path, &input));
  ierr = read_lengths(&input, group, nruns, lengths);
  PetscCall(DscInputClose(&input));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

PetscInt DscSeriesFind(const DscTable *series, const char column[])
{
  for (PetscInt c = 0; c < series->ncolumns; c++) {
    if (!strcmp(series->columns[c], column)) return c;
  }
  return -1;
}
