/* Runs and their results on one rank. */
#include "study/runs.h"

#include <stdlib.h>

PetscErrorCode DscRecordsCreate(PetscInt room, DscRecords *records)
{
  PetscFunctionBeginUser;
  records->n = 0;
  PetscCall(PetscMalloc2(room, &records->run, room, &records->result));
  PetscFunctionReturn(0);
}

PetscErrorCode DscRecordsDestroy(DscRecords *records)
{
  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < records->n; i++) PetscCall(DscResultDestroy(&records->result[i]));
  PetscCall(PetscFree2(records->run, records->result));
  records->n = 0;
  PetscFunctionReturn(0);
}

PetscErrorCode DscRecordsAdd(DscRecords *records, PetscInt run, DscResult *result)
{
  PetscFunctionBeginUser;
  records->run[records->n]      = run;
  records->result[records->n++] = result;
  PetscFunctionReturn(0);
}

typedef struct {
  PetscInt   run;
  DscResult *result;
} Record;

static int compare_runs(const void *left, const void *right)
{
  const Record *a = left, *b = right;

  return (a->run > b->run) - (a->run < b->run);
}

PetscErrorCode DscRecordsSort(DscRecords *records)
{
  Record *sorted;

  PetscFunctionBeginUser;
  if (!records->n) PetscFunctionReturn(0);
  PetscCall(PetscMalloc1(records->n, &sorted));
  for (PetscInt i = 0; i < records->n; i++) sorted[i] = (Record){records->run[i], records->result[i]};
  qsort(sorted, (size_t)records->n, sizeof(*sorted), compare_runs);
  for (PetscInt i = 0; i < records->n; i++) {
    records->run[i]    = sorted[i].run;
    records->result[i] = sorted[i].result;
  }
  PetscCall(PetscFree(sorted));
  PetscFunctionReturn(0);
}
