#include "study/history.h"
#include "study/names.h"

#include <math.h>
#include <string.h>

/* Rows of all runs one after the other (CF's contiguous ragged array). */
typedef struct {
  DscOutput        *file; /* (not owned) */
  PetscInt          nruns;
  const DscDeal    *deal;                      /* (not owned) */
  const DscRecords *records;                   /* (not owned) */
  PetscInt         *have_length, *want_length; /* (owned) [records.n], [deal.count] rows of history a run */
  int64_t          *offset;                    /* (owned) [deal.count + 1] where each run begins in the whole */
  PetscInt          have, want;                /* sums of the lengths */
  int64_t           total;                     /* of all ranks */
} Ragged;

static PetscErrorCode set_up(Ragged *r)
{
  const DscRecords *records = r->records;
  int64_t           own, end;

  PetscFunctionBeginUser;
  r->have = r->want = 0;
  PetscCall(PetscMalloc3(records->n, &r->have_length, r->deal->count, &r->want_length, r->deal->count + 1, &r->offset));
  for (PetscInt i = 0; i < records->n; i++) {
    r->have_length[i] = records->result[i]->history.nrows;
    r->have += r->have_length[i];
  }
  PetscCall(DscDealRows(r->deal, sizeof(PetscInt), r->have_length, r->want_length));
  for (PetscInt i = 0; i < r->deal->count; i++) r->want += r->want_length[i];
  own = r->want;
  PetscCallMPI(MPI_Scan(&own, &end, 1, MPI_INT64_T, MPI_SUM, r->deal->comm));
  PetscCallMPI(MPI_Allreduce(&own, &r->total, 1, MPI_INT64_T, MPI_SUM, r->deal->comm));
  r->offset[0] = end - own;
  for (PetscInt i = 0; i < r->deal->count; i++) r->offset[i + 1] = r->offset[i] + r->want_length[i];
  PetscFunctionReturn(0);
}

static PetscErrorCode write_offsets(const Ragged *r)
{
  const PetscBool     last = (PetscBool)(r->deal->count && r->deal->first + r->deal->count == r->nruns);
  const DscOutputData data = {.path      = "/history/offset",
                              .units     = "1",
                              .long_name = "run r has the entries offset[r] to offset[r+1]-1 of the columns",
                              .type      = H5T_NATIVE_INT64,
                              .ndims     = 1,
                              .dims      = {(hsize_t)r->nruns + 1},
                              .scale     = {"/history/offset"}};

  PetscFunctionBeginUser;
  PetscCall(DscOutputWrite(r->file, &data, r->deal->first, r->deal->count + (last ? 1 : 0), r->offset));
  PetscFunctionReturn(0);
}

/* The scale of the columns: which run an entry belongs to. */
static PetscErrorCode write_entries(const Ragged *r)
{
  const DscOutputData data = {.path      = "/history/entry",
                              .units     = "1",
                              .long_name = "number of the run that an entry belongs to",
                              .type      = H5T_NATIVE_INT64,
                              .ndims     = 1,
                              .dims      = {(hsize_t)r->total},
                              .scale     = {"/history/entry"}};
  int64_t            *runs;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(r->want, &runs));
  for (PetscInt i = 0, at = 0; i < r->deal->count; i++) {
    for (PetscInt row = 0; row < r->want_length[i]; row++) runs[at++] = r->deal->first + i;
  }
  PetscCall(DscOutputWrite(r->file, &data, r->offset[0], r->want, runs));
  PetscCall(PetscFree(runs));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_column(const Ragged *r, const char name[], PetscInt position)
{
  DscOutputData data = {.units     = "",
                        .type      = H5T_NATIVE_DOUBLE,
                        .ndims     = 1,
                        .dims      = {(hsize_t)r->total},
                        .scale     = {"/history/entry"},
                        .long_name = name};
  char          path[DSC_NAME_LENGTH + 16];
  double       *have, *want;

  PetscFunctionBeginUser;
  PetscCall(PetscSNPrintf(path, sizeof(path), "/history/%s", name));
  for (char *c = path + strlen("/history/"); *c; c++) *c = *c == '/' ? '|' : *c;
  data.path = path;
  PetscCall(PetscMalloc2(r->have, &have, r->want, &want));
  for (PetscInt i = 0, at = 0; i < r->records->n; i++) {
    const DscResult *result = r->records->result[i];
    const PetscInt   own =
        DscNamesFind(result->history.ncolumns, (const char(*)[DSC_NAME_LENGTH])result->history.columns, name, position);

    for (PetscInt row = 0; row < r->have_length[i]; row++) {
      have[at++] = own < 0 ? NAN : result->history.values[row * result->history.ncolumns + own];
    }
  }
  PetscCall(DscDealRagged(r->deal, r->have_length, have, r->want_length, want));
  PetscCall(DscOutputWrite(r->file, &data, r->offset[0], r->want, want));
  PetscCall(PetscFree2(have, want));
  PetscFunctionReturn(0);
}

PetscErrorCode DscHistoryWrite(DscOutput *file, PetscInt nruns, const DscDeal *deal, const DscRecords *records,
                               PetscInt ncolumns, char (*columns)[DSC_NAME_LENGTH])
{
  Ragged ragged = {.file = file, .nruns = nruns, .deal = deal, .records = records};

  PetscFunctionBeginUser;
  PetscCall(set_up(&ragged));
  PetscCall(DscOutputCreateGroup(file, "/history"));
  PetscCall(write_offsets(&ragged));
  PetscCall(write_entries(&ragged));
  for (PetscInt column = 0; column < ncolumns; column++) PetscCall(write_column(&ragged, columns[column], column));
  PetscCall(PetscFree3(ragged.have_length, ragged.want_length, ragged.offset));
  PetscFunctionReturn(0);
}
