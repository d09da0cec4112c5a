#include <discern/method.h>

PetscErrorCode DscTableSetColumns(DscTable *table, PetscInt ncolumns, const char (*names)[DSC_NAME_LENGTH])
{
  PetscFunctionBeginUser;
  table->ncolumns = ncolumns;
  PetscCall(PetscMalloc1(ncolumns, &table->columns));
  for (PetscInt c = 0; c < ncolumns; c++) PetscCall(PetscStrncpy(table->columns[c], names[c], DSC_NAME_LENGTH));
  PetscFunctionReturn(0);
}

PetscErrorCode DscTableAddRow(DscTable *table, const double row[])
{
  PetscFunctionBeginUser;
  if (table->nrows == table->capacity) {
    table->capacity = PetscMax(64, 2 * table->capacity);
    PetscCall(PetscRealloc(sizeof(double) * (size_t)table->capacity * (size_t)table->ncolumns, &table->values));
  }
  PetscCall(PetscArraycpy(table->values + (size_t)table->nrows * (size_t)table->ncolumns, row, table->ncolumns));
  table->nrows++;
  PetscFunctionReturn(0);
}

PetscErrorCode DscTableDestroy(DscTable *table)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(table->columns));
  PetscCall(PetscFree(table->values));
  table->ncolumns = table->nrows = table->capacity = 0;
  PetscFunctionReturn(0);
}
