#include "study/ragged.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static PetscInt list_columns(const DscTable *table, const char (**names)[DSC_NAME_LENGTH])
{
  *names = (const char(*)[DSC_NAME_LENGTH])table->columns;
  return table->ncolumns;
}

static PetscInt list_history(const DscResult *result, const char (**names)[DSC_NAME_LENGTH])
{
  return list_columns(&result->history, names);
}

static PetscInt list_selection(const DscResult *result, const char (**names)[DSC_NAME_LENGTH])
{
  return list_columns(&result->selection, names);
}

static PetscInt list_prediction(const DscResult *result, const char (**names)[DSC_NAME_LENGTH])
{
  return list_columns(&result->prediction, names);
}

const DscRagged DscRaggedGroups[DSC_RAGGED_COUNT] = {
    {"/history", "entry", "number of the run that an entry belongs to", offsetof(DscResult, history), list_history},
    {"/selection", "candidate", "number of the run that a candidate equation belongs to",
     offsetof(DscResult, selection), list_selection},
    {"/prediction", "sample", "number of the run that a sample belongs to", offsetof(DscResult, prediction),
     list_prediction},
};

PetscErrorCode DscRaggedPath(const DscRagged *group, const char column[], size_t size, char path[])
{
  const PetscBool taken = (PetscBool)(!strcmp(column, "offset") || !strcmp(column, group->scale));

  PetscFunctionBeginUser;
  snprintf(path, size, "%s/%s%s", group->group, taken ? "|" : "", column);
  for (char *c = path + strlen(group->group) + 1; *c; c++) *c = *c == '/' ? '|' : *c;
  PetscFunctionReturn(0);
}

/* What the writers of one group share. Pointers (not owned) unless marked. */
typedef struct {
  DscOutput        *file;
  const DscRagged  *group;
  const DscPlan    *plan;
  const DscDeal    *deal;
  const DscRecords *records;
  PetscInt          ncolumns;
  char (*columns)[DSC_NAME_LENGTH];    /* (owned) union over the runs */
  PetscInt *have_length, *want_length; /* (owned) [records.n], [deal.count] rows a run */
  int64_t  *offset;                    /* (owned) [deal.count + 1] where each run begins in the whole */
  int64_t   have, want;                /* sums of the lengths */
  int64_t   total;                     /* of all ranks */
  double   *have_values, *want_values; /* (owned) [have], [want] of one column */
} Writer;

static const DscTable *table_of(const Writer *w, PetscInt record)
{
  return (const DscTable *)(const void *)((const char *)w->records->result[record] + w->group->table);
}

static PetscErrorCode count_rows(Writer *w)
{
  const DscRecords *records = w->records;
  int64_t           end, most;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc3(records->n, &w->have_length, w->deal->count, &w->want_length, w->deal->count + 1, &w->offset));
  for (PetscInt i = 0; i < records->n; i++) {
    w->have_length[i] = table_of(w, i)->nrows;
    w->have += w->have_length[i];
  }
  PetscCall(DscDealRows(w->deal, sizeof(PetscInt), w->have_length, w->want_length));
  for (PetscInt i = 0; i < w->deal->count; i++) w->want += w->want_length[i];
  most = PetscMax(w->have, w->want);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &most, 1, MPI_INT64_T, MPI_MAX, w->deal->comm));
  DscUserCheck(most <= PETSC_MPI_INT_MAX, w->deal->comm,
               "the runs of one rank have %lld rows of %s: to write them needs more ranks", (long long)most,
               w->group->group);
  PetscCallMPI(MPI_Scan(&w->want, &end, 1, MPI_INT64_T, MPI_SUM, w->deal->comm));
  PetscCallMPI(MPI_Allreduce(&w->want, &w->total, 1, MPI_INT64_T, MPI_SUM, w->deal->comm));
  w->offset[0] = end - w->want;
  for (PetscInt i = 0; i < w->deal->count; i++) w->offset[i + 1] = w->offset[i] + w->want_length[i];
  PetscFunctionReturn(0);
}

static PetscErrorCode write_offsets(const Writer *w)
{
  const PetscInt nruns = w->plan->nruns;
  const PetscInt last  = w->deal->count && w->deal->first + w->deal->count == nruns ? 1 : 0;
  char           path[DSC_NAME_LENGTH + 16];
  DscOutputData  data = {.path      = path,
                         .units     = "1",
                         .long_name = "the run in row r of /run has rows offset[r] to offset[r+1]-1 of the columns",
                         .type      = H5T_NATIVE_INT64,
                         .ndims     = 1,
                         .dims      = {(hsize_t)nruns + 1},
                         .scale     = {path}};

  PetscFunctionBeginUser;
  snprintf(path, sizeof(path), "%s/offset", w->group->group);
  PetscCall(DscOutputWrite(w->file, &data, w->deal->first, w->deal->count + last, w->offset));
  PetscFunctionReturn(0);
}

/* The scale of the columns: which run a row belongs to. */
static PetscErrorCode write_scale(const Writer *w, const char path[])
{
  const DscOutputData data = {.path      = path,
                              .units     = "1",
                              .long_name = w->group->scale_name,
                              .type      = H5T_NATIVE_INT64,
                              .ndims     = 1,
                              .dims      = {(hsize_t)w->total},
                              .scale     = {path}};
  int64_t            *numbers;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1((size_t)w->want, &numbers));
  for (PetscInt i = 0; i < w->deal->count; i++) {
    int64_t *mine = numbers + (w->offset[i] - w->offset[0]);

    for (PetscInt row = 0; row < w->want_length[i]; row++) mine[row] = w->plan->number[w->deal->first + i];
  }
  PetscCall(DscOutputWrite(w->file, &data, w->offset[0], w->want, numbers));
  PetscCall(PetscFree(numbers));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_column(Writer *w, const char scale[], PetscInt column)
{
  const char   *name = w->columns[column];
  char          path[DSC_NAME_LENGTH + 16];
  DscOutputData data = {.path      = path,
                        .units     = "",
                        .type      = H5T_NATIVE_DOUBLE,
                        .ndims     = 1,
                        .dims      = {(hsize_t)w->total},
                        .scale     = {scale},
                        .long_name = name};
  double       *have = w->have_values;

  PetscFunctionBeginUser;
  PetscCall(DscRaggedPath(w->group, name, sizeof(path), path));
  for (PetscInt i = 0; i < w->records->n; i++) {
    const DscTable *table = table_of(w, i);
    const PetscInt  own   = DscNamesFind(table->ncolumns, (const char(*)[DSC_NAME_LENGTH])table->columns, name, column);

    for (PetscInt row = 0; row < table->nrows; row++) {
      *have++ = own < 0 ? NAN : table->values[(size_t)row * (size_t)table->ncolumns + (size_t)own];
    }
  }
  PetscCall(DscDealRagged(w->deal, w->have_length, w->have_values, w->want_length, w->want_values));
  PetscCall(DscOutputWrite(w->file, &data, w->offset[0], w->want, w->want_values));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_column_names(const Writer *w)
{
  const char **names;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(w->ncolumns, &names));
  for (PetscInt column = 0; column < w->ncolumns; column++) names[column] = w->columns[column];
  PetscCall(DscOutputSetTexts(w->file, w->group->group, "columns", w->ncolumns, names));
  PetscCall(PetscFree(names));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_all(Writer *w)
{
  char scale[DSC_NAME_LENGTH + 16];

  PetscFunctionBeginUser;
  snprintf(scale, sizeof(scale), "%s/%s", w->group->group, w->group->scale);
  PetscCall(DscNamesUnion(w->file->comm, w->records, w->group->list, &w->ncolumns, &w->columns));
  PetscCall(DscOutputCreateGroup(w->file, w->group->group));
  PetscCall(write_column_names(w));
  PetscCall(write_offsets(w));
  PetscCall(write_scale(w, scale));
  PetscCall(PetscMalloc2((size_t)w->have, &w->have_values, (size_t)w->want, &w->want_values));
  for (PetscInt column = 0; column < w->ncolumns; column++) PetscCall(write_column(w, scale, column));
  PetscCall(PetscFree2(w->have_values, w->want_values));
  PetscCall(PetscFree(w->columns));
  PetscFunctionReturn(0);
}

PetscErrorCode DscRaggedWrite(DscOutput *file, const DscRagged *group, const DscPlan *plan, const DscDeal *deal,
                              const DscRecords *records)
{
  Writer w = {.file = file, .group = group, .plan = plan, .deal = deal, .records = records};

  PetscFunctionBeginUser;
  PetscCall(count_rows(&w));
  if (w.total) PetscCall(write_all(&w));
  PetscCall(PetscFree3(w.have_length, w.want_length, w.offset));
  PetscFunctionReturn(0);
}
