/*
  From a results file back to records. Every rank opens the file for itself and reads one block of its rows: nothing is
  collective between the first count and the last agreement on errors, so that a damaged file cannot leave ranks waiting.
*/
#include "study/fields.h"
#include "study/input.h"
#include "study/ragged.h"
#include "study/results.h"

#include <math.h>
#include <string.h>

enum { FEWEST_ROWS = 64 }; /* a rank reads at least so many: few rows are not worth opening the file on many ranks */

/* Pointers (not owned) unless marked. */
typedef struct {
  DscInput       input;
  const DscPlan *plan;
  int64_t        nrows, first; /* in the file; the first of this rank's block */
  PetscInt       count;        /* rows of the block */
  PetscInt       nleft, nterms;
  char (*left)[DSC_NAME_LENGTH];      /* (owned) */
  char (*terms)[DSC_NAME_LENGTH];     /* (owned) */
  PetscInt  *row;                     /* (owned) [count] row in the block of each record */
  PetscBool *has_left;                /* (owned) [nleft] which of the file's names a run has */
  PetscBool *has_term;                /* (owned) [nterms] */
  void      *values[DSC_FIELD_COUNT]; /* (owned) [count] rows */
  int64_t   *number;                  /* (owned) [count] of the run of each row */
  int64_t   *offset;                  /* (owned) [count + 1] of the rows of one group, */
  double    *column;                  /* (owned) one column of it */
  char (*columns)[DSC_NAME_LENGTH];   /* (owned) and the names of all */
  DscRecords *records;
} Reader;

/* The block of a rank among those that read. */
static void deal_rows(MPI_Comm comm, Reader *r)
{
  PetscMPIInt rank, ranks;
  int64_t     readers, end;

  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &ranks);
  readers = PetscMax(1, PetscMin((int64_t)ranks, r->nrows / FEWEST_ROWS));
  if (rank >= readers) return;
  r->first = r->nrows * rank / readers;
  end      = r->nrows * (rank + 1) / readers;
  r->count = (PetscInt)(end - r->first);
}

/* Which rows of the block are wanted: makes an empty result for each. */
static PetscErrorCode choose_rows(Reader *r, const PetscBool skip[])
{
  DscResult *result;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(r->count, &r->number));
  PetscCall(DscInputReadRows(&r->input, "/run", H5T_NATIVE_INT64, 1, r->first, r->count, r->number));
  for (PetscInt i = 0; i < r->count; i++) {
    const PetscInt run = DscPlanFind(r->plan, r->number[i]);

    PetscCall(DscInputCheck(&r->input, (PetscBool)(!i || r->number[i] > r->number[i - 1]), "/run"));
    if (run < 0 || (skip && skip[run])) continue;
    r->row[r->records->n] = i;
    PetscCall(DscResultCreate(&result));
    PetscCall(DscRecordsAdd(r->records, run, result));
  }
  PetscFunctionReturn(0);
}

/* ---- the fields -------------------------------------------------------------------------------------------- */

static PetscErrorCode read_names(Reader *r, const char name[], PetscInt *n, char (**names)[DSC_NAME_LENGTH])
{
  int64_t stored;

  PetscFunctionBeginUser;
  PetscCall(DscInputCount(&r->input, name, &stored));
  PetscCall(DscInputCheck(&r->input, (PetscBool)(stored < PETSC_MAX_INT), name));
  *n = (PetscInt)stored;
  PetscCall(PetscMalloc1(*n, names));
  PetscCall(DscInputReadTexts(&r->input, name, DSC_NAME_LENGTH, 0, stored, *names));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_field(Reader *r, PetscInt f)
{
  const DscField *field = &DscFields[f];
  const int64_t   width = DscFieldHasTerms(field) ? (int64_t)r->nleft * r->nterms : 1;
  const size_t    bytes = DscFieldSize(field, r->nleft, r->nterms);
  hid_t           type  = H5T_NATIVE_DOUBLE;
  PetscBool       there;

  PetscFunctionBeginUser;
  if (field->kind == DSC_ROW_FLAG || field->kind == DSC_ROW_TERM_FLAGS) type = H5T_NATIVE_INT;
  if (field->kind == DSC_ROW_COUNT) type = H5T_NATIVE_INT64;
  PetscCall(PetscMalloc((size_t)r->count * bytes, &r->values[f]));
  PetscCall(DscInputHas(&r->input, field->path, &there));
  if (!there && strcmp(field->path, "/equation/inclusion") == 0) { /* a file from before there were ensembles */
    for (int64_t i = 0; i < r->count * width; i++) ((double *)r->values[f])[i] = NAN;
    PetscFunctionReturn(0);
  }
  if (field->kind == DSC_ROW_REASON)
    PetscCall(DscInputReadTexts(&r->input, field->path, bytes, r->first, r->count, r->values[f]));
  else
    PetscCall(DscInputReadRows(&r->input, field->path, type, width, r->first, r->count, r->values[f]));
  PetscFunctionReturn(0);
}

/* Does any field have a number for this left-hand side and term? */
static PetscBool is_there(const Reader *r, PetscInt row, PetscInt left, PetscInt term)
{
  const size_t at = ((size_t)row * (size_t)r->nleft + (size_t)left) * (size_t)r->nterms + (size_t)term;

  for (PetscInt f = 0; f < DSC_FIELD_COUNT; f++) {
    if (DscFields[f].kind == DSC_ROW_TERM_REALS && !isnan(((const double *)r->values[f])[at])) return PETSC_TRUE;
    if (DscFields[f].kind == DSC_ROW_TERM_FLAGS && ((const int *)r->values[f])[at]) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

/* An equation has the names under which any number of its row is there. */
static void find_names(Reader *r, PetscInt row, DscResult *result)
{
  for (PetscInt left = 0; left < r->nleft; left++) r->has_left[left] = PETSC_FALSE;
  for (PetscInt term = 0; term < r->nterms; term++) r->has_term[term] = PETSC_FALSE;
  for (PetscInt left = 0; left < r->nleft; left++) {
    for (PetscInt term = 0; term < r->nterms; term++) {
      if (is_there(r, row, left, term)) r->has_left[left] = r->has_term[term] = PETSC_TRUE;
    }
  }
  result->nleft = result->nterms = 0;
  for (PetscInt left = 0; left < r->nleft; left++) result->nleft += r->has_left[left] ? 1 : 0;
  for (PetscInt term = 0; term < r->nterms; term++) result->nterms += r->has_term[term] ? 1 : 0;
}

static PetscErrorCode make_equation(const Reader *r, DscResult *result)
{
  const PetscInt n = result->nleft * result->nterms;
  PetscInt       own;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(result->nleft, &result->left, result->nterms, &result->terms));
  PetscCall(PetscMalloc7(n, &result->coefficients, n, &result->std, n, &result->normalized, n, &result->alpha, n,
                         &result->inclusion, n, &result->truth, n, &result->active));
  own = 0;
  for (PetscInt left = 0; left < r->nleft; left++) {
    if (r->has_left[left]) memcpy(result->left[own++], r->left[left], DSC_NAME_LENGTH);
  }
  own = 0;
  for (PetscInt term = 0; term < r->nterms; term++) {
    if (r->has_term[term]) memcpy(result->terms[own++], r->terms[term], DSC_NAME_LENGTH);
  }
  PetscFunctionReturn(0);
}

/* From the row of the file's terms to the run's own. */
static void take_terms(const Reader *r, PetscInt row, const DscField *field, const void *values, DscResult *result)
{
  void    *member = *(void **)(void *)((char *)result + field->member);
  PetscInt own    = 0;

  for (PetscInt left = 0; left < r->nleft; left++) {
    for (PetscInt term = 0; term < r->nterms; term++) {
      const size_t at = ((size_t)row * (size_t)r->nleft + (size_t)left) * (size_t)r->nterms + (size_t)term;

      if (!r->has_left[left] || !r->has_term[term]) continue;
      if (field->kind == DSC_ROW_TERM_REALS)
        ((double *)member)[own++] = ((const double *)values)[at];
      else
        ((int *)member)[own++] = ((const int *)values)[at];
    }
  }
}

static PetscErrorCode take_fields(Reader *r, PetscInt record)
{
  DscResult     *result = r->records->result[record];
  const PetscInt row    = r->row[record];

  PetscFunctionBeginUser;
  find_names(r, row, result);
  PetscCall(make_equation(r, result));
  for (PetscInt f = 0; f < DSC_FIELD_COUNT; f++) {
    const DscField *field  = &DscFields[f];
    const size_t    bytes  = DscFieldSize(field, r->nleft, r->nterms);
    const char     *value  = (const char *)r->values[f] + (size_t)row * bytes;
    char           *member = (char *)result + field->member;

    if (DscFieldHasTerms(field))
      take_terms(r, row, field, r->values[f], result);
    else if (field->kind == DSC_ROW_COUNT)
      *(PetscInt *)(void *)member = (PetscInt) * (const int64_t *)(const void *)value;
    else
      memcpy(member, value, bytes);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode read_fields(Reader *r)
{
  PetscFunctionBeginUser;
  PetscCall(read_names(r, "/equation/left", &r->nleft, &r->left));
  PetscCall(read_names(r, "/equation/terms", &r->nterms, &r->terms));
  PetscCall(PetscMalloc2(r->nleft, &r->has_left, r->nterms, &r->has_term));
  for (PetscInt f = 0; f < DSC_FIELD_COUNT; f++) PetscCall(read_field(r, f));
  for (PetscInt record = 0; record < r->records->n; record++) PetscCall(take_fields(r, record));
  PetscFunctionReturn(0);
}

/* ---- the tables -------------------------------------------------------------------------------------------- */

static DscTable *table_of(const Reader *r, const DscRagged *group, PetscInt record)
{
  return (DscTable *)(void *)((char *)r->records->result[record] + group->table);
}

/* A run with rows has all columns of the file; NaN stays where it had none of that name. */
static PetscErrorCode make_tables(Reader *r, const DscRagged *group, PetscInt ncolumns,
                                  const char (*columns)[DSC_NAME_LENGTH])
{
  PetscFunctionBeginUser;
  for (PetscInt record = 0; record < r->records->n; record++) {
    DscTable     *table = table_of(r, group, record);
    const int64_t nrows = r->offset[r->row[record] + 1] - r->offset[r->row[record]];

    PetscCall(DscInputCheck(&r->input, (PetscBool)(nrows < PETSC_MAX_INT), group->group));
    if (!nrows) continue;
    PetscCall(DscTableSetColumns(table, ncolumns, columns));
    PetscCall(PetscMalloc1((size_t)nrows * (size_t)ncolumns, &table->values));
    table->nrows = table->capacity = (PetscInt)nrows;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode read_column(Reader *r, const DscRagged *group, const char name[], PetscInt column)
{
  const int64_t *offset = r->offset;
  char           path[2 * DSC_NAME_LENGTH];

  PetscFunctionBeginUser;
  PetscCall(DscRaggedPath(group, name, sizeof(path), path));
  PetscCall(
      DscInputReadRows(&r->input, path, H5T_NATIVE_DOUBLE, 1, offset[0], offset[r->count] - offset[0], r->column));
  for (PetscInt record = 0; record < r->records->n; record++) {
    DscTable     *table = table_of(r, group, record);
    const double *from  = r->column + (offset[r->row[record]] - offset[0]);

    for (PetscInt row = 0; row < table->nrows; row++) {
      table->values[(size_t)row * (size_t)table->ncolumns + (size_t)column] = from[row];
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode read_offsets(Reader *r, const DscRagged *group)
{
  char path[DSC_NAME_LENGTH];

  PetscFunctionBeginUser;
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/offset", group->group));
  PetscCall(DscInputReadRows(&r->input, path, H5T_NATIVE_INT64, 1, r->first, r->count + 1, r->offset));
  for (PetscInt i = 0; i < r->count; i++) {
    PetscCall(DscInputCheck(&r->input, (PetscBool)(r->offset[i] >= 0 && r->offset[i + 1] >= r->offset[i]), path));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode read_columns(Reader *r, const DscRagged *group)
{
  PetscInt n;
  char   **links;

  PetscFunctionBeginUser;
  PetscCall(DscInputGetTexts(&r->input, group->group, "columns", &n, &links));
  PetscCall(PetscFree(r->columns));
  PetscCall(PetscMalloc1(n, &r->columns));
  for (PetscInt column = 0; column < n; column++) {
    PetscCall(PetscStrncpy(r->columns[column], links[column], DSC_NAME_LENGTH));
  }
  PetscCall(DscOptionsRestoreStrings(n, &links));
  PetscCall(make_tables(r, group, n, (const char(*)[DSC_NAME_LENGTH])r->columns));
  for (PetscInt column = 0; column < n; column++) PetscCall(read_column(r, group, r->columns[column], column));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_tables(Reader *r, const DscRagged *group)
{
  PetscBool there;

  PetscFunctionBeginUser;
  PetscCall(DscInputHas(&r->input, group->group, &there));
  if (!there) PetscFunctionReturn(0);
  if (!r->offset) PetscCall(PetscMalloc1(r->count + 1, &r->offset));
  PetscCall(read_offsets(r, group));
  PetscCall(PetscFree(r->column));
  PetscCall(PetscMalloc1((size_t)(r->offset[r->count] - r->offset[0]), &r->column));
  PetscCall(read_columns(r, group));
  PetscFunctionReturn(0);
}

/* ---- the whole --------------------------------------------------------------------------------------------- */

static PetscErrorCode read_block(Reader *r, const PetscBool skip[])
{
  PetscFunctionBeginUser;
  PetscCall(choose_rows(r, skip));
  if (!r->records->n) PetscFunctionReturn(0);
  PetscCall(read_fields(r));
  for (int i = 0; i < DSC_RAGGED_COUNT; i++) PetscCall(read_tables(r, &DscRaggedGroups[i]));
  PetscFunctionReturn(0);
}

static PetscErrorCode open_and_read(Reader *r, const char path[], const PetscBool skip[])
{
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(DscInputOpen(path, &r->input));
  ierr = read_block(r, skip);
  PetscCall(DscInputClose(&r->input));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

static PetscErrorCode count_rows(const char path[], int64_t *nrows)
{
  DscInput       input;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(DscInputOpen(path, &input));
  ierr = DscInputCount(&input, "/run", nrows);
  PetscCall(DscInputClose(&input));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

static PetscErrorCode destroy_reader(Reader *r)
{
  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < DSC_FIELD_COUNT; f++) PetscCall(PetscFree(r->values[f]));
  PetscCall(PetscFree2(r->has_left, r->has_term));
  PetscCall(PetscFree(r->left));
  PetscCall(PetscFree(r->terms));
  PetscCall(PetscFree(r->row));
  PetscCall(PetscFree(r->number));
  PetscCall(PetscFree(r->offset));
  PetscCall(PetscFree(r->column));
  PetscCall(PetscFree(r->columns));
  PetscFunctionReturn(0);
}

PetscErrorCode DscResultsReadRecords(MPI_Comm comm, const char path[], const DscPlan *plan, const PetscBool skip[],
                                     DscRecords *records)
{
  Reader         r    = {.plan = plan, .records = records};
  PetscErrorCode ierr = 0;
  PetscMPIInt    rank;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(records, sizeof(*records))); /* for who destroys it after an error */
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (!rank) ierr = count_rows(path, &r.nrows);
  PetscCall(DscSyncError(comm, ierr));
  PetscCallMPI(MPI_Bcast(&r.nrows, 1, MPI_INT64_T, 0, comm));
  deal_rows(comm, &r);
  PetscCall(DscRecordsCreate(r.count, records));
  PetscCall(PetscMalloc1(r.count, &r.row));
  if (r.count) ierr = open_and_read(&r, path, skip);
  ierr = DscSyncError(comm, ierr);
  PetscCall(destroy_reader(&r));
  if (ierr) PetscCall(DscRecordsDestroy(records));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}
