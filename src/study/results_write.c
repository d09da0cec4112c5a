#include "study/results.h"
#include "study/deal.h"
#include "study/file.h"
#include "study/history.h"
#include "study/names.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

typedef enum { ROW_FLAG, ROW_COUNT, ROW_REAL, ROW_REASON, ROW_TERM_REALS, ROW_TERM_FLAGS } RowKind;

/* One data set with a row a run, and the member of DscResult that it holds. */
typedef struct {
  const char *path;
  RowKind     kind;
  size_t      member; /* offset in DscResult; a pointer there for ROW_TERM_* */
  const char *units, *long_name;
} Field;

static const Field fields[] = {
    {"/runs/status", ROW_FLAG, offsetof(DscResult, status), "1", "how the run ended"},
    {"/runs/reason", ROW_REASON, offsetof(DscResult, reason), "", "why it ended so"},
    {"/runs/seconds", ROW_REAL, offsetof(DscResult, seconds), "s", "elapsed time of the run"},
    {"/runs/iterations", ROW_COUNT, offsetof(DscResult, iterations), "1", "training iterations made"},
    {"/equation/coefficients", ROW_TERM_REALS, offsetof(DscResult, coefficients), "units of left / units of terms",
     "coefficients of the equation found; 0 where inactive, NaN where the run's library has no such term"},
    {"/equation/std", ROW_TERM_REALS, offsetof(DscResult, std), "units of left / units of terms",
     "standard deviation of the coefficients"},
    {"/equation/normalized", ROW_TERM_REALS, offsetof(DscResult, normalized), "1",
     "coefficients times rms of the term over rms of the left-hand side"},
    {"/equation/alpha", ROW_TERM_REALS, offsetof(DscResult, alpha), "1",
     "prior precision of the normalised coefficients (sparse Bayesian learning)"},
    {"/equation/active", ROW_TERM_FLAGS, offsetof(DscResult, active), "1", "1 where the term is in the equation found"},
    {"/equation/truth", ROW_TERM_REALS, offsetof(DscResult, truth), "units of left / units of terms",
     "coefficients of the true equation; NaN where unknown"},
    {"/metrics/mse", ROW_REAL, offsetof(DscResult, mse), "squared units of the fields",
     "mean squared error of the surrogate on the test samples"},
    {"/metrics/bic", ROW_REAL, offsetof(DscResult, bic), "1", "Bayesian information criterion"},
    {"/metrics/exact", ROW_FLAG, offsetof(DscResult, exact), "1",
     "1 where the active terms are the true ones, 0 where not, -1 where unknown"},
    {"/metrics/coefficient_error", ROW_REAL, offsetof(DscResult, coefficient_error), "1",
     "largest relative error over the true terms"},
};

/* Everything that the writers of the groups share. Pointers (not owned) unless marked. */
typedef struct {
  DscOutput         file;
  const DscPlan    *plan;
  const DscRecords *records;
  DscDeal           deal; /* (owned) */
  PetscInt          nleft, nterms, ncolumns;
  char (*left)[DSC_NAME_LENGTH];    /* (owned) union over the runs */
  char (*terms)[DSC_NAME_LENGTH];   /* (owned) */
  char (*columns)[DSC_NAME_LENGTH]; /* (owned) of the history */
} Writer;

typedef enum { NAMES_LEFT, NAMES_TERMS, NAMES_COLUMNS } NameList;

static PetscInt list_names(const DscResult *result, NameList list, const char (**names)[DSC_NAME_LENGTH])
{
  *names = (const char(*)[DSC_NAME_LENGTH])(list == NAMES_LEFT    ? result->left
                                            : list == NAMES_TERMS ? result->terms
                                                                  : result->history.columns);
  return list == NAMES_LEFT ? result->nleft : list == NAMES_TERMS ? result->nterms : result->history.ncolumns;
}

static PetscErrorCode unite(MPI_Comm comm, const DscRecords *records, NameList list, PetscInt *n,
                            char (**names)[DSC_NAME_LENGTH])
{
  const char(*own)[DSC_NAME_LENGTH];
  DscNameSeen *seen;
  PetscInt     nseen = 0;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < records->n; i++) nseen += list_names(records->result[i], list, &own);
  PetscCall(PetscCalloc1(nseen, &seen));
  nseen = 0;
  for (PetscInt i = 0; i < records->n; i++) {
    const PetscInt count = list_names(records->result[i], list, &own);

    for (PetscInt position = 0; position < count; position++, nseen++) {
      seen[nseen].run      = records->run[i];
      seen[nseen].position = position;
      PetscCall(PetscStrncpy(seen[nseen].name, own[position], DSC_NAME_LENGTH));
    }
  }
  PetscCall(DscNamesUnion(comm, nseen, seen, n, names));
  PetscCall(PetscFree(seen));
  PetscFunctionReturn(0);
}

/* ---- rows of one field ------------------------------------------------------------------------------------- */

static size_t row_size(const Writer *w, RowKind kind)
{
  switch (kind) {
  case ROW_FLAG:
    return sizeof(int);
  case ROW_COUNT:
    return sizeof(int64_t);
  case ROW_REAL:
    return sizeof(double);
  case ROW_REASON:
    return sizeof(((DscResult *)NULL)->reason);
  case ROW_TERM_REALS:
    return (size_t)(w->nleft * w->nterms) * sizeof(double);
  case ROW_TERM_FLAGS:
    return (size_t)(w->nleft * w->nterms) * sizeof(int);
  }
  return 0;
}

/* Spreads a run's [left][term] over the union's; what the run does not have stays NaN, or 0 for flags. */
static void pack_terms(const Writer *w, const DscResult *result, const Field *field, void *row)
{
  const void *member = *(void *const *)(const void *)((const char *)result + field->member);
  double     *reals  = row;
  int        *flags  = row;

  for (PetscInt i = 0; i < w->nleft * w->nterms; i++) {
    if (field->kind == ROW_TERM_REALS)
      reals[i] = NAN;
    else
      flags[i] = 0;
  }
  for (PetscInt l = 0; member && l < result->nleft; l++) {
    const PetscInt left = DscNamesFind(w->nleft, (const char(*)[DSC_NAME_LENGTH])w->left, result->left[l], l);

    for (PetscInt t = 0; t < result->nterms; t++) {
      const PetscInt term = DscNamesFind(w->nterms, (const char(*)[DSC_NAME_LENGTH])w->terms, result->terms[t], t);

      if (field->kind == ROW_TERM_REALS) {
        reals[left * w->nterms + term] = ((const double *)member)[l * result->nterms + t];
      } else
        flags[left * w->nterms + term] = ((const int *)member)[l * result->nterms + t];
    }
  }
}

static void pack(const Writer *w, const DscResult *result, const Field *field, void *row)
{
  const char *member = (const char *)result + field->member;

  switch (field->kind) {
  case ROW_TERM_REALS:
  case ROW_TERM_FLAGS:
    pack_terms(w, result, field, row);
    break;
  case ROW_REASON:
    strncpy(row, member, row_size(w, field->kind));
    break; /* padded with zeros */
  case ROW_COUNT:
    *(int64_t *)row = *(const PetscInt *)(const void *)member;
    break;
  default:
    memcpy(row, member, row_size(w, field->kind));
  }
}

static DscOutputData describe(const Writer *w, const Field *field)
{
  DscOutputData data = {.path = field->path, .units = field->units, .long_name = field->long_name};

  data.ndims    = field->kind == ROW_TERM_REALS || field->kind == ROW_TERM_FLAGS ? 3 : 1;
  data.dims[0]  = (hsize_t)w->plan->nruns;
  data.dims[1]  = (hsize_t)w->nleft;
  data.dims[2]  = (hsize_t)w->nterms;
  data.scale[0] = "/run";
  data.scale[1] = "/equation/left";
  data.scale[2] = "/equation/terms";
  if (field->kind == ROW_FLAG || field->kind == ROW_TERM_FLAGS)
    data.type = H5T_NATIVE_INT;
  else if (field->kind == ROW_COUNT)
    data.type = H5T_NATIVE_INT64;
  else
    data.type = H5T_NATIVE_DOUBLE;
  return data;
}

static PetscErrorCode write_field(Writer *w, const Field *field)
{
  const size_t  bytes = row_size(w, field->kind);
  DscOutputData data  = describe(w, field);
  char         *have, *want;

  PetscFunctionBeginUser;
  if (field->kind == ROW_REASON) PetscCall(DscOutputTextType(bytes, &data.type));
  PetscCall(PetscMalloc2((size_t)w->records->n * bytes, &have, (size_t)w->deal.count * bytes, &want));
  for (PetscInt i = 0; i < w->records->n; i++) pack(w, w->records->result[i], field, have + (size_t)i * bytes);
  PetscCall(DscDealRows(&w->deal, bytes, have, want));
  PetscCall(DscOutputWrite(&w->file, &data, w->deal.first, w->deal.count, want));
  PetscCall(PetscFree2(have, want));
  if (field->kind == ROW_REASON) DscCallH5(H5Tclose(data.type));
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
  char                 path[DSC_NAME_LENGTH + 8], *column;

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
  PetscCall(PetscCalloc1((size_t)w->deal.count * size, &column));
  PetscCall(DscOptionsCopy(options, &scratch));
  for (PetscInt i = 0; i < w->deal.count; i++) {
    const PetscInt index = DscPlanIndex(w->plan, w->deal.first + i, axis);

    PetscCall(parse_value(scratch, spec, values[index], column + (size_t)i * size));
  }
  PetscCall(DscOptionsDestroy(&scratch));
  PetscCall(DscOutputWrite(&w->file, &data, w->deal.first, w->deal.count, column));
  PetscCall(PetscFree(column));
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

static PetscErrorCode write_runs(Writer *w, DscOptions options)
{
  static const int status_values[] = {DSC_RUN_DONE, DSC_RUN_NOT_CONVERGED, DSC_RUN_FAILED, DSC_RUN_STOPPED};

  PetscFunctionBeginUser;
  PetscCall(write_run_numbers(w));
  PetscCall(DscOutputCreateGroup(&w->file, "/runs"));
  PetscCall(DscOutputSetTexts(&w->file, "/runs", "axes", w->plan->naxes, w->plan->keys));
  for (PetscInt axis = 0; axis < w->plan->naxes; axis++) PetscCall(write_axis(w, options, axis));
  PetscCall(DscOutputCreateGroup(&w->file, "/equation"));
  PetscCall(write_names(w, "/equation/left", "left-hand sides", w->nleft, w->left));
  PetscCall(write_names(w, "/equation/terms", "candidate terms", w->nterms, w->terms));
  PetscCall(DscOutputCreateGroup(&w->file, "/metrics"));
  for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) PetscCall(write_field(w, &fields[i]));
  PetscCall(DscOutputSetInts(&w->file, "/runs/status", "flag_values", 4, status_values));
  PetscCall(DscOutputSetText(&w->file, "/runs/status", "flag_meanings", "done not_converged failed stopped"));
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

PetscErrorCode DscResultsWrite(MPI_Comm comm, const char path[], const DscPlan *plan, DscOptions options,
                               const DscRecords *records)
{
  Writer w = {.plan = plan, .records = records};

  PetscFunctionBeginUser;
  PetscCall(unite(comm, records, NAMES_LEFT, &w.nleft, &w.left));
  PetscCall(unite(comm, records, NAMES_TERMS, &w.nterms, &w.terms));
  PetscCall(unite(comm, records, NAMES_COLUMNS, &w.ncolumns, &w.columns));
  PetscCall(DscDealCreate(comm, plan->nruns, records, &w.deal));
  PetscCall(DscOutputCreate(comm, path, &w.file));
  PetscCall(write_provenance(&w, options));
  PetscCall(write_runs(&w, options));
  PetscCall(DscHistoryWrite(&w.file, plan->nruns, &w.deal, records, w.ncolumns, w.columns));
  PetscCall(DscOutputClose(&w.file));
  PetscCall(DscDealDestroy(&w.deal));
  PetscCall(PetscFree(w.left));
  PetscCall(PetscFree(w.terms));
  PetscCall(PetscFree(w.columns));
  PetscFunctionReturn(0);
}
