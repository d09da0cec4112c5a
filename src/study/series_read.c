#include "study/series_read.h"

#include <stdio.h>
#include <string.h>

#define FileCheck(condition, path, what)                                                                               \
  DscUserCheck(condition, PETSC_COMM_SELF, "'%s' is damaged: cannot read %s", path, what)

typedef PetscErrorCode (*Reader)(hid_t file, const char path[], void *context);

/* Closing is strong: a refused file leaves nothing open. */
static PetscErrorCode with_file(const char path[], Reader read, void *context)
{
  hid_t          file, access_list;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  DscCallH5Id(access_list, H5Pcreate(H5P_FILE_ACCESS));
  DscCallH5(H5Pset_fclose_degree(access_list, H5F_CLOSE_STRONG));
  file = H5Fopen(path, H5F_ACC_RDONLY, access_list);
  DscCallH5(H5Pclose(access_list));
  DscUserCheck(file >= 0, PETSC_COMM_SELF, "'%s' is not an HDF5 file, or is damaged", path);
  ierr = read(file, path, context);
  DscCallH5(H5Fclose(file));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

/* Elements [first, first + count) of a data set of one dimension. */
static PetscErrorCode read_part(hid_t file, const char path[], const char name[], hid_t memory, int64_t first,
                                int64_t count, void *values)
{
  const hsize_t start = (hsize_t)first, size = (hsize_t)count;
  hid_t         dataset, space, part;
  hssize_t      stored;

  PetscFunctionBeginUser;
  dataset = H5Dopen2(file, name, H5P_DEFAULT);
  FileCheck(dataset >= 0, path, name);
  DscCallH5Id(space, H5Dget_space(dataset));
  stored = H5Sget_simple_extent_npoints(space);
  FileCheck(H5Sget_simple_extent_ndims(space) == 1 && first >= 0 && count >= 0 && stored >= first + count, path, name);
  if (count) {
    DscCallH5(H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, NULL, &size, NULL));
    DscCallH5Id(part, H5Screate_simple(1, &size, NULL));
    FileCheck(H5Dread(dataset, memory, part, space, H5P_DEFAULT, values) >= 0, path, name);
    DscCallH5(H5Sclose(part));
  }
  DscCallH5(H5Sclose(space));
  DscCallH5(H5Dclose(dataset));
  PetscFunctionReturn(0);
}

static PetscErrorCode exists(hid_t file, const char name[], PetscBool *there)
{
  htri_t answer;

  PetscFunctionBeginUser;
  DscCallH5Id(answer, H5Lexists(file, name, H5P_DEFAULT));
  *there = (PetscBool)(answer > 0);
  PetscFunctionReturn(0);
}

/* ---- numbers of runs ------------------------------------------------------------------------------------------- */

typedef struct {
  PetscInt    nruns;
  PetscInt64 *numbers, *in_study; /* (not owned) */
} Numbers;

static PetscErrorCode read_numbers(hid_t file, const char path[], void *context)
{
  const Numbers *n = context;
  PetscBool      there = PETSC_FALSE;
  hid_t          attribute;

  PetscFunctionBeginUser;
  PetscCall(exists(file, "/run", &there));
  for (PetscInt run = 0; run < n->nruns; run++) n->numbers[run] = run;
  if (there) PetscCall(read_part(file, path, "/run", H5T_NATIVE_INT64, 0, n->nruns, n->numbers));
  *n->in_study = n->nruns;
  if (H5Aexists_by_name(file, "/runs", "runs_in_study", H5P_DEFAULT) <= 0) PetscFunctionReturn(0);
  DscCallH5Id(attribute, H5Aopen_by_name(file, "/runs", "runs_in_study", H5P_DEFAULT, H5P_DEFAULT));
  FileCheck(H5Aread(attribute, H5T_NATIVE_INT64, n->in_study) >= 0, path, "the attribute runs_in_study of /runs");
  DscCallH5(H5Aclose(attribute));
  PetscFunctionReturn(0);
}

PetscErrorCode DscRunNumbersRead(const char path[], PetscInt nruns, PetscInt64 numbers[], PetscInt64 *in_study)
{
  Numbers context = {nruns, numbers, in_study};

  PetscFunctionBeginUser;
  PetscCall(with_file(path, read_numbers, &context));
  PetscFunctionReturn(0);
}

/* ---- rows of one run ------------------------------------------------------------------------------------------- */

typedef struct {
  const char *group;
  PetscInt    row;     /* of the run in the file */
  DscTable   *series;  /* (not owned) */
  PetscInt    nruns;   /* for lengths only */
  PetscInt64 *lengths; /* (not owned) [nruns] */
} Series;

/* Names of the columns, one after the other. */
typedef struct {
  PetscInt n, capacity;
  char (*names)[DSC_NAME_LENGTH]; /* (owned) */
} NameList;

static PetscErrorCode add_name(NameList *list, const char name[])
{
  PetscFunctionBeginUser;
  if (list->n == list->capacity) {
    list->capacity = PetscMax(16, 2 * list->capacity);
    PetscCall(PetscRealloc(sizeof(*list->names) * (size_t)list->capacity, &list->names));
  }
  PetscCall(PetscStrncpy(list->names[list->n++], name, DSC_NAME_LENGTH));
  PetscFunctionReturn(0);
}

/* Data sets of reals are columns; offsets and numbers of runs are integers. */
static herr_t add_column(hid_t group, const char *name, const H5L_info_t *info, void *context)
{
  hid_t     dataset = H5Dopen2(group, name, H5P_DEFAULT), type;
  PetscBool real;

  (void)info;
  if (dataset < 0) return -1;
  type = H5Dget_type(dataset);
  real = (PetscBool)(H5Tget_class(type) == H5T_FLOAT);
  H5Tclose(type);
  H5Dclose(dataset);
  if (real && add_name(context, name)) return -1;
  return 0;
}

static PetscErrorCode list_in_order(hid_t attribute, NameList *list)
{
  hid_t    space, type;
  PetscInt n;
  char   **names;

  PetscFunctionBeginUser;
  DscCallH5Id(space, H5Aget_space(attribute));
  DscCallH5Id(type, H5Aget_type(attribute));
  n = H5Tis_variable_str(type) > 0 ? (PetscInt)H5Sget_simple_extent_npoints(space) : 0;
  PetscCall(PetscMalloc1(n, &names));
  if (n) {
    DscCallH5(H5Aread(attribute, type, names));
    for (PetscInt i = 0; i < n; i++) PetscCall(add_name(list, names[i]));
    DscCallH5(H5Dvlen_reclaim(type, space, H5P_DEFAULT, names));
  }
  PetscCall(PetscFree(names));
  DscCallH5(H5Tclose(type));
  DscCallH5(H5Sclose(space));
  DscCallH5(H5Aclose(attribute));
  PetscFunctionReturn(0);
}

static PetscErrorCode list_columns(hid_t file, const char path[], const char group[], NameList *list)
{
  hid_t id;

  PetscFunctionBeginUser;
  DscCallH5Id(id, H5Gopen2(file, group, H5P_DEFAULT));
  if (H5Aexists(id, "columns") > 0) {
    hid_t attribute;

    DscCallH5Id(attribute, H5Aopen(id, "columns", H5P_DEFAULT));
    PetscCall(list_in_order(attribute, list));
  } else
    FileCheck(H5Literate(id, H5_INDEX_NAME, H5_ITER_INC, NULL, add_column, list) >= 0, path, group);
  DscCallH5(H5Gclose(id));
  PetscFunctionReturn(0);
}

/* Rows of columns, as they are stored, turned to a table. */
static PetscErrorCode read_columns(hid_t file, const char path[], const Series *s, const PetscInt64 offset[2],
                                   const NameList *list)
{
  const PetscInt64 nrows = offset[1] - offset[0];
  char             name[DSC_NAME_LENGTH + 32];
  double          *column;
  DscTable        *series = s->series;

  PetscFunctionBeginUser;
  PetscCall(DscTableSetColumns(series, list->n, (const char(*)[DSC_NAME_LENGTH])list->names));
  series->nrows = series->capacity = (PetscInt)nrows;
  PetscCall(PetscMalloc1((size_t)nrows * (size_t)list->n, &series->values));
  PetscCall(PetscMalloc1(nrows, &column));
  for (PetscInt c = 0; c < list->n; c++) {
    snprintf(name, sizeof(name), "%s/%s", s->group, list->names[c]);
    for (char *sign = name + strlen(s->group) + 1; *sign; sign++) *sign = *sign == '/' ? '|' : *sign;
    PetscCall(read_part(file, path, name, H5T_NATIVE_DOUBLE, offset[0], nrows, column));
    for (PetscInt64 i = 0; i < nrows; i++) series->values[i * list->n + c] = column[i];
    for (char *sign = series->columns[c]; *sign; sign++) *sign = *sign == '|' ? '/' : *sign;
  }
  PetscCall(PetscFree(column));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_series(hid_t file, const char path[], void *context)
{
  const Series *s    = context;
  NameList      list = {0};
  PetscInt64    offset[2];
  PetscBool     there = PETSC_FALSE;
  char          name[DSC_NAME_LENGTH];

  PetscFunctionBeginUser;
  PetscCall(exists(file, s->group, &there));
  if (!there) PetscFunctionReturn(0);
  snprintf(name, sizeof(name), "%s/offset", s->group);
  PetscCall(read_part(file, path, name, H5T_NATIVE_INT64, s->row, 2, offset));
  FileCheck(offset[0] >= 0 && offset[1] >= offset[0] && offset[1] - offset[0] < PETSC_MAX_INT, path, name);
  PetscCall(list_columns(file, path, s->group, &list));
  PetscCall(read_columns(file, path, s, offset, &list));
  PetscCall(PetscFree(list.names));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSeriesRead(const char path[], const char group[], PetscInt row, DscTable *series)
{
  Series         context = {.group = group, .row = row, .series = series};
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(series, sizeof(*series)));
  ierr = with_file(path, read_series, &context);
  if (ierr) PetscCall(DscTableDestroy(series));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

static PetscErrorCode read_lengths(hid_t file, const char path[], void *context)
{
  const Series *s = context;
  PetscInt64   *offset;
  PetscBool     there = PETSC_FALSE;
  char          name[DSC_NAME_LENGTH];

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(s->lengths, s->nruns));
  PetscCall(exists(file, s->group, &there));
  if (!there) PetscFunctionReturn(0);
  snprintf(name, sizeof(name), "%s/offset", s->group);
  PetscCall(PetscMalloc1(s->nruns + 1, &offset));
  PetscCall(read_part(file, path, name, H5T_NATIVE_INT64, 0, s->nruns + 1, offset));
  for (PetscInt run = 0; run < s->nruns; run++) s->lengths[run] = offset[run + 1] - offset[run];
  PetscCall(PetscFree(offset));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSeriesLengths(const char path[], const char group[], PetscInt nruns, PetscInt64 lengths[])
{
  Series context = {.group = group, .nruns = nruns, .lengths = lengths};

  PetscFunctionBeginUser;
  PetscCall(with_file(path, read_lengths, &context));
  PetscFunctionReturn(0);
}

PetscInt DscSeriesFind(const DscTable *series, const char column[])
{
  for (PetscInt c = 0; c < series->ncolumns; c++) {
    if (!strcmp(series->columns[c], column)) return c;
  }
  return -1;
}
