#include "study/results.h"
#include "study/deal.h"
#include "study/fields.h"
#include "study/file.h"
#include "study/names.h"
#include "study/ragged.h"

#include <math.h>
#include <string.h>

/* Everything that the writers of the groups share. Pointers (not owned) unless marked. */
typedef struct {
  DscOutput         file;
  const DscPlan    *plan;
  const DscRecords *records;
  DscDeal           deal; /* (owned) */
  PetscInt          nleft, nterms;
  char (*left)[DSC_NAME_LENGTH];  /* (owned) union over the runs */
  char (*terms)[DSC_NAME_LENGTH]; /* (owned) */
} Writer;

static PetscInt list_left(const DscResult *result, const char (**names)[DSC_NAME_LENGTH])
{
  *names = (const char(*)[DSC_NAME_LENGTH])result->left;
  return result->nleft;
}

static PetscInt list_terms(const DscResult *result, const char (**names)[DSC_NAME_LENGTH])
{
  *names = (const char(*)[DSC_NAME_LENGTH])result->terms;
  return result->nterms;
}

/* ---- rows of one field ------------------------------------------------------------------------------------- */

/* Spreads a run's [left][term] over the union's; what the run does not have stays NaN, or 0 for flags. */
static void pack_terms(const Writer *w, const DscResult *result, const DscField *field, void *row)
{
  const void *member = *(void *const *)(const void *)((const char *)result + field->member);
  double     *reals  = row;
  int        *flags  = row;

  for (PetscInt i = 0; i < w->nleft * w->nterms; i++) {
    if (field->kind == DSC_ROW_TERM_REALS)
      reals[i] = NAN;
    else
      flags[i] = 0;
  }
  for (PetscInt l = 0; member && l < result->nleft; l++) {
    const PetscInt left = DscNamesFind(w->nleft, (const char(*)[DSC_NAME_LENGTH])w->left, result->left[l], l);

    for (PetscInt t = 0; t < result->nterms; t++) {
      const PetscInt term = DscNamesFind(w->nterms, (const char(*)[DSC_NAME_LENGTH])w->terms, result->terms[t], t);

      if (field->kind == DSC_ROW_TERM_REALS) {
        reals[left * w->nterms + term] = ((const double *)member)[l * result->nterms + t];
      } else
        flags[left * w->nterms + term] = ((const int *)member)[l * result->nterms + t];
    }
  }
}

static void pack(const Writer *w, const DscResult *result, const DscField *field, void *row)
{
  const char *member = (const char *)result + field->member;

  switch (field->kind) {
  case DSC_ROW_TERM_REALS:
  case DSC_ROW_TERM_FLAGS:
    pack_terms(w, result, field, row);
    break;
  case DSC_ROW_REASON:
    strncpy(row, member, DscFieldSize(field, w->nleft, w->nterms));
    break; /* padded with zeros */
  case DSC_ROW_COUNT:
    *(int64_t *)row = *(const PetscInt *)(const void *)member;
    break;
  default:
    memcpy(row, member, DscFieldSize(field, w->nleft, w->nterms));
  }
}

static DscOutputData describe(const Writer *w, const DscField *field)
{
  DscOutputData data = {.path = field->path, .units = field->units, .long_name = field->long_name};

  data.ndims    = DscFieldHasTerms(field) ? 3 : 1;
  data.dims[0]  = (hsize_t)w->plan->nruns;
  data.dims[1]  = (hsize_t)w->nleft;
  data.dims[2]  = (hsize_t)w->nterms;
  data.scale[0] = "/run";
  data.scale[1] = "/equation/left";
  data.scale[2] = "/equation/terms";
  if (field->kind == DSC_ROW_FLAG || field->kind == DSC_ROW_TERM_FLAGS)
    data.type = H5T_NATIVE_INT;
  else if (field->kind == DSC_ROW_COUNT)
    data.type = H5T_NATIVE_INT64;
  else
    data.type = H5T_NATIVE_DOUBLE;
  return data;
}

static PetscErrorCode write_field(Writer *w, const DscField *field)
{
  const size_t  bytes = DscFieldSize(field, w->nleft, w->nterms);
  DscOutputData data  = describe(w, field);
  char         *have, *want;

  PetscFunctionBeginUser;
  if (field->kind == DSC_ROW_REASON) PetscCall(DscOutputTextType(bytes, &data.type));
  PetscCall(PetscMalloc2((size_t)w->records->n * bytes, &have, (size_t)w->deal.count * bytes, &want));
  for (PetscInt i = 0; i < w->records->n; i++) pack(w, w->records->result[i], field, have + (size_t)i * bytes);
  PetscCall(DscDealRows(&w->deal, bytes, have, want));
  PetscCall(DscOutputWrite(&w->file, &data, w->deal.first, w->deal.count, want));
  PetscCall(PetscFree2(have, want));
  if (field->kind == DSC_ROW_REASON) DscCallH5(H5Tclose(data.type));
  PetscFunctionReturn(0);
}

/* ---- axes and scales --------------------------------------------------------------------------------- */

/* A swept key's value as it is stored: text, a double or an int64_t. */
static PetscErrorCode parse_value(DscOptions scratch, const DscOptionSpec *spec, const char value[], void *stored)
{
  PetscInt  integer;
  PetscBool flag;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsSet(scratch, spec->key, value));
  if (spec->type == DSC_REAL)
    PetscCall(DscOptionsGetReal(scratch, spec->key, stored));
  else if (spec->type == DSC_BOOL) {
    PetscCall(DscOptionsGetBool(scratch, spec->key, &flag));
    *(int64_t *)stored = flag ? 1 : 0;
  } else if (spec->type == DSC_INT) {
    PetscCall(DscOptionsGetInt(scratch, spec->key, &integer));
    *(int64_t *)stored = integer;
  } else
    memcpy(stored, value, strlen(value));
  PetscFunctionReturn(0);
}

/* A column of the key's own type: integers and truth values, reals, or text. */
static PetscErrorCode write_axis(Writer *w, DscOptions options, PetscInt axis)
{
  const char *const   *values = w->plan->values[axis];
  DscOutputData        data   = {.units = "1", .ndims = 1, .dims = {(hsize_t)w->plan->nruns}, .scale = {"/run"}};
  const DscOptionSpec *spec;
  DscOptions           scratch;
  PetscBool            text;
  size_t               size = sizeof(double);
  char                 path[DSC_NAME_LENGTH + 8], *parsed, *column;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetSpec(w->plan->keys[axis], &spec));
  PetscCall(PetscSNPrintf(path, sizeof(path), "/runs/%s", spec->key));
  data.path      = path;
  data.long_name = spec->help;
  data.type      = spec->type == DSC_REAL ? H5T_NATIVE_DOUBLE : H5T_NATIVE_INT64;
  text           = (PetscBool)(spec->type != DSC_REAL && spec->type != DSC_INT && spec->type != DSC_BOOL);
  if (text) {
    for (PetscInt i = 0; i < w->plan->nvalues[axis]; i++) size = PetscMax(size, strlen(values[i]));
    PetscCall(DscOutputTextType(size, &data.type));
  }
  PetscCall(PetscCalloc2((size_t)w->plan->nvalues[axis] * size, &parsed, (size_t)w->deal.count * size, &column));
  PetscCall(DscOptionsCopy(options, &scratch));
  for (PetscInt i = 0; i < w->plan->nvalues[axis]; i++) {
    PetscCall(parse_value(scratch, spec, values[i], parsed + (size_t)i * size));
  }
  PetscCall(DscOptionsDestroy(&scratch));
  for (PetscInt i = 0; i < w->deal.count; i++) {
    const PetscInt index = DscPlanIndex(w->plan, w->deal.first + i, axis);

    memcpy(column + (size_t)i * size, parsed + (size_t)index * size, size);
  }
  PetscCall(DscOutputWrite(&w->file, &data, w->deal.first, w->deal.count, column));
  PetscCall(PetscFree2(parsed, column));
  if (text) DscCallH5(H5Tclose(data.type));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_names(Writer *w, const char path[], const char long_name[], PetscInt n,
                                  char (*names)[DSC_NAME_LENGTH])
{
  DscOutputData data = {.path = path, .units = "", .long_name = long_name, .ndims = 1, .dims = {(hsize_t)n}};
  PetscMPIInt   rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(w->file.comm, &rank));
  PetscCall(DscOutputTextType(DSC_NAME_LENGTH, &data.type));
  data.scale[0] = path;
  PetscCall(DscOutputWrite(&w->file, &data, 0, rank ? 0 : n, names));
  DscCallH5(H5Tclose(data.type));
  PetscFunctionReturn(0);
}

/* The scale of all rows: the number of the run. */
static PetscErrorCode write_run_numbers(Writer *w)
{
  const DscOutputData data = {.path      = "/run",
                              .units     = "1",
                              .long_name = "number of the run in the study",
                              .type      = H5T_NATIVE_INT64,
                              .ndims     = 1,
                              .dims      = {(hsize_t)w->plan->nruns},
                              .scale     = {"/run"}};
  int64_t            *numbers;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(w->deal.count, &numbers));
  for (PetscInt i = 0; i < w->deal.count; i++) numbers[i] = w->plan->number[w->deal.first + i];
  PetscCall(DscOutputWrite(&w->file, &data, w->deal.first, w->deal.count, numbers));
  PetscCall(PetscFree(numbers));
  PetscFunctionReturn(0);
}

/* For xarray, which looks no further than the group that it is asked for: there too are the run's number and its values of
   the swept keys, as coordinates. The same data sets, under a second path. */
static PetscErrorCode share_coordinates(Writer *w, const char group[])
{
  char   path[2 * DSC_NAME_LENGTH], second[2 * DSC_NAME_LENGTH], *names;
  size_t size = 1;

  PetscFunctionBeginUser;
  PetscCall(PetscSNPrintf(second, sizeof(second), "%s/run", group));
  PetscCall(DscOutputLink(&w->file, "/run", second));
  for (PetscInt axis = 0; axis < w->plan->naxes; axis++) size += strlen(w->plan->keys[axis]) + 1;
  PetscCall(PetscCalloc1(size, &names));
  for (PetscInt axis = 0; axis < w->plan->naxes; axis++) {
    const char *key = w->plan->keys[axis];

    PetscCall(PetscSNPrintf(path, sizeof(path), "/runs/%s", key));
    PetscCall(PetscSNPrintf(second, sizeof(second), "%s/%s", group, key));
    PetscCall(DscOutputLink(&w->file, path, second));
    if (axis) strcat(names, " ");
    strcat(names, key);
  }
  if (w->plan->naxes) PetscCall(DscOutputSetText(&w->file, group, "coordinates", names));
  PetscCall(PetscFree(names));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_runs(Writer *w, DscOptions options)
{
  const int        runs_in_study   = (int)w->plan->total;
  static const int status_values[] = {DSC_RUN_DONE, DSC_RUN_NOT_CONVERGED, DSC_RUN_FAILED, DSC_RUN_STOPPED};

  PetscFunctionBeginUser;
  PetscCall(write_run_numbers(w));
  PetscCall(DscOutputCreateGroup(&w->file, "/runs"));
  PetscCall(DscOutputSetInts(&w->file, "/runs", "runs_in_study", 1, &runs_in_study));
  PetscCall(DscOutputSetTexts(&w->file, "/runs", "axes", w->plan->naxes, w->plan->keys));
  for (PetscInt axis = 0; axis < w->plan->naxes; axis++) PetscCall(write_axis(w, options, axis));
  PetscCall(DscOutputCreateGroup(&w->file, "/equation"));
  PetscCall(write_names(w, "/equation/left", "left-hand sides", w->nleft, w->left));
  PetscCall(write_names(w, "/equation/terms", "candidate terms", w->nterms, w->terms));
  PetscCall(DscOutputCreateGroup(&w->file, "/metrics"));
  for (PetscInt i = 0; i < DSC_FIELD_COUNT; i++) PetscCall(write_field(w, &DscFields[i]));
  PetscCall(DscOutputSetInts(&w->file, "/runs/status", "flag_values", 4, status_values));
  PetscCall(DscOutputSetText(&w->file, "/runs/status", "flag_meanings", "done not_converged failed stopped"));
  PetscCall(share_coordinates(w, "/runs"));
  PetscCall(share_coordinates(w, "/equation"));
  PetscCall(share_coordinates(w, "/metrics"));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_provenance(Writer *w, DscOptions options)
{
  const int                 version = DSC_SCHEMA_VERSION;
  const DscProvenanceEntry *entries;
  PetscInt                  n;
  char                     *text;

  PetscFunctionBeginUser;
  PetscCall(DscOutputSetInts(&w->file, "/", "schema_version", 1, &version));
  PetscCall(DscProvenanceGet(w->file.comm, &n, &entries));
  for (PetscInt i = 0; i < n; i++) PetscCall(DscOutputSetText(&w->file, "/", entries[i].name, entries[i].value));
  PetscCall(DscOptionsToText(options, &text));
  PetscCall(DscOutputSetText(&w->file, "/", "input", text));
  PetscCall(PetscFree(text));
  PetscFunctionReturn(0);
}

/* Room that the file will need: the records' own numbers, which hardly compress (what pads them to the union of all names
   does), and for every data set what describes it. */
static PetscErrorCode estimate_bytes(MPI_Comm comm, const DscRecords *records, int64_t *bytes)
{
  const int64_t each = sizeof(double), description = 16384;
  int64_t       own = 0, columns = DSC_FIELD_COUNT + 2 * DSC_RAGGED_COUNT + 16;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < records->n; i++) {
    const DscResult *r       = records->result[i];
    const int64_t    numbers = (int64_t)r->history.nrows * (r->history.ncolumns + 1) +
                            (int64_t)r->prediction.nrows * (r->prediction.ncolumns + 1) +
                            (int64_t)r->selection.nrows * 4 + /* the others are 0 or 1 */
                            (int64_t)6 * r->nleft * r->nterms;

    own += each * numbers + (int64_t)sizeof(DscResult);
    columns = PetscMax(columns, 2 * (int64_t)(r->history.ncolumns + r->selection.ncolumns + r->prediction.ncolumns));
  }
  PetscCallMPI(MPI_Allreduce(&own, bytes, 1, MPI_INT64_T, MPI_SUM, comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &columns, 1, MPI_INT64_T, MPI_MAX, comm));
  *bytes += *bytes / 20 + columns * description;
  PetscFunctionReturn(0);
}

static PetscErrorCode write_groups(Writer *w, DscOptions options)
{
  PetscFunctionBeginUser;
  PetscCall(write_provenance(w, options));
  PetscCall(write_runs(w, options));
  for (int i = 0; i < DSC_RAGGED_COUNT; i++) {
    PetscCall(DscRaggedWrite(&w->file, &DscRaggedGroups[i], w->plan, &w->deal, w->records));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscResultsWrite(MPI_Comm comm, const char path[], const DscPlan *plan, DscOptions options,
                               const DscRecords *records)
{
  Writer         w = {.plan = plan, .records = records};
  int64_t        bytes;
  PetscErrorCode written;

  PetscFunctionBeginUser;
  PetscCall(estimate_bytes(comm, records, &bytes));
  PetscCall(DscOutputCreate(comm, path, bytes, &w.file));
  PetscCall(DscNamesUnion(comm, records, list_left, &w.nleft, &w.left));
  PetscCall(DscNamesUnion(comm, records, list_terms, &w.nterms, &w.terms));
  PetscCall(DscDealCreate(comm, plan->nruns, records, &w.deal));
  PetscCall(DscErrorCaptureBegin());
  written = write_groups(&w, options);
  PetscCall(DscErrorCaptureEnd());
  written = DscOutputClose(&w.file, written);
  PetscCall(DscDealDestroy(&w.deal));
  PetscCall(PetscFree(w.left));
  PetscCall(PetscFree(w.terms));
  PetscCall(written);
  PetscFunctionReturn(0);
}
