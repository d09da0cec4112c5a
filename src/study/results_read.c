#include "study/results.h"
#include "study/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Whatever is missing or of another shape is the file's fault, not ours. */
#define FileCheck(condition, path, what)                                                                               \
  DscUserCheck(condition, PETSC_COMM_SELF, "'%s' is not a results file of discern, or is damaged: cannot read %s",     \
               path, what)

static PetscErrorCode check_version(hid_t file, const char path[])
{
  int   version = 0;
  hid_t attribute;

  PetscFunctionBeginUser;
  FileCheck(H5Aexists(file, "schema_version") > 0, path, "the attribute schema_version");
  DscCallH5Id(attribute, H5Aopen(file, "schema_version", H5P_DEFAULT));
  FileCheck(H5Aread(attribute, H5T_NATIVE_INT, &version) >= 0, path, "the attribute schema_version");
  DscCallH5(H5Aclose(attribute));
  DscUserCheck(version <= DSC_SCHEMA_VERSION, PETSC_COMM_SELF,
               "'%s' has schema version %d; this discern reads up to %d: use a later one", path, version,
               DSC_SCHEMA_VERSION);
  PetscFunctionReturn(0);
}

static PetscErrorCode count(hid_t file, const char path[], const char name[], PetscInt *n)
{
  hid_t    dataset, space;
  hssize_t points;

  PetscFunctionBeginUser;
  dataset = H5Dopen2(file, name, H5P_DEFAULT);
  FileCheck(dataset >= 0, path, name);
  DscCallH5Id(space, H5Dget_space(dataset));
  points = H5Sget_simple_extent_npoints(space);
  FileCheck(points >= 0 && points < PETSC_MAX_INT, path, name);
  *n = (PetscInt)points;
  DscCallH5(H5Sclose(space));
  DscCallH5(H5Dclose(dataset));
  PetscFunctionReturn(0);
}

/* All of a data set of n elements. */
static PetscErrorCode read_all(hid_t file, const char path[], const char name[], hid_t memory, PetscInt n, void *values)
{
  PetscInt stored;
  hid_t    dataset;

  PetscFunctionBeginUser;
  PetscCall(count(file, path, name, &stored));
  FileCheck(stored == n, path, name);
  dataset = H5Dopen2(file, name, H5P_DEFAULT);
  FileCheck(dataset >= 0, path, name);
  if (n) FileCheck(H5Dread(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0, path, name);
  DscCallH5(H5Dclose(dataset));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_texts(hid_t file, const char path[], const char name[], size_t size, PetscInt n, void *texts)
{
  hid_t type;

  PetscFunctionBeginUser;
  PetscCall(DscOutputTextType(size, &type));
  DscCallH5(H5Tset_strpad(type, H5T_STR_NULLTERM)); /* in memory; a text as long as the field is cut by one */
  PetscCall(read_all(file, path, name, type, n, texts));
  DscCallH5(H5Tclose(type));
  PetscFunctionReturn(0);
}

/* The keys of the axes: an attribute, so that their order is that of the input. */
static PetscErrorCode read_axis_keys(hid_t file, const char path[], DscResultsTable *table)
{
  hid_t  attribute, space, type;
  char **keys;

  PetscFunctionBeginUser;
  attribute = H5Aopen_by_name(file, "/runs", "axes", H5P_DEFAULT, H5P_DEFAULT);
  FileCheck(attribute >= 0, path, "the attribute axes of /runs");
  DscCallH5Id(space, H5Aget_space(attribute));
  DscCallH5Id(type, H5Aget_type(attribute));
  FileCheck(H5Tis_variable_str(type) > 0, path, "the attribute axes of /runs");
  table->naxes = (PetscInt)H5Sget_simple_extent_npoints(space);
  PetscCall(PetscMalloc1(table->naxes, &table->axes));
  PetscCall(PetscMalloc1(table->naxes, &keys));
  if (table->naxes) {
    DscCallH5(H5Aread(attribute, type, keys));
    for (PetscInt axis = 0; axis < table->naxes; axis++) {
      PetscCall(PetscStrncpy(table->axes[axis], keys[axis], DSC_NAME_LENGTH));
    }
    DscCallH5(H5Dvlen_reclaim(type, space, H5P_DEFAULT, keys));
  }
  PetscCall(PetscFree(keys));
  DscCallH5(H5Tclose(type));
  DscCallH5(H5Sclose(space));
  DscCallH5(H5Aclose(attribute));
  PetscFunctionReturn(0);
}

/* Values of any type as text, integers without a point. */
static PetscErrorCode read_axis(hid_t file, const char path[], const char key[], PetscInt n,
                                char (*values)[DSC_AXIS_LENGTH])
{
  char    name[DSC_NAME_LENGTH + 8];
  double *numbers;
  hid_t   dataset, type;
  H5T_class_t class;

  PetscFunctionBeginUser;
  snprintf(name, sizeof(name), "/runs/%s", key);
  dataset = H5Dopen2(file, name, H5P_DEFAULT);
  FileCheck(dataset >= 0, path, name);
  DscCallH5Id(type, H5Dget_type(dataset));
  class = H5Tget_class(type);
  DscCallH5(H5Tclose(type));
  DscCallH5(H5Dclose(dataset));
  if (class == H5T_STRING)
    PetscCall(read_texts(file, path, name, DSC_AXIS_LENGTH, n, values));
  else {
    PetscCall(PetscMalloc1(n, &numbers));
    PetscCall(read_all(file, path, name, H5T_NATIVE_DOUBLE, n, numbers));
    for (PetscInt run = 0; run < n; run++) snprintf(values[run], DSC_AXIS_LENGTH, "%.12g", numbers[run]);
    PetscCall(PetscFree(numbers));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode read_equations(hid_t file, const char path[], DscResultsTable *t)
{
  const PetscInt n = t->nruns * t->nleft * t->nterms;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(t->nleft, &t->left));
  PetscCall(PetscMalloc1(t->nterms, &t->terms));
  PetscCall(PetscMalloc4(n, &t->coefficients, n, &t->std, n, &t->truth, n, &t->active));
  PetscCall(read_texts(file, path, "/equation/left", DSC_NAME_LENGTH, t->nleft, t->left));
  PetscCall(read_texts(file, path, "/equation/terms", DSC_NAME_LENGTH, t->nterms, t->terms));
  PetscCall(read_all(file, path, "/equation/coefficients", H5T_NATIVE_DOUBLE, n, t->coefficients));
  PetscCall(read_all(file, path, "/equation/std", H5T_NATIVE_DOUBLE, n, t->std));
  PetscCall(read_all(file, path, "/equation/truth", H5T_NATIVE_DOUBLE, n, t->truth));
  PetscCall(read_all(file, path, "/equation/active", H5T_NATIVE_INT, n, t->active));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_runs(hid_t file, const char path[], DscResultsTable *t)
{
  const PetscInt n = t->nruns;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc3(n, &t->status, n, &t->exact, n, &t->iterations));
  PetscCall(PetscMalloc4(n, &t->seconds, n, &t->mse, n, &t->bic, n, &t->coefficient_error));
  PetscCall(PetscMalloc1(n, &t->reason));
  PetscCall(PetscMalloc1((size_t)t->naxes * (size_t)n, &t->axis_values));
  PetscCall(read_all(file, path, "/runs/status", H5T_NATIVE_INT, n, t->status));
  PetscCall(read_all(file, path, "/runs/iterations", H5T_NATIVE_INT, n, t->iterations));
  PetscCall(read_all(file, path, "/runs/seconds", H5T_NATIVE_DOUBLE, n, t->seconds));
  PetscCall(read_texts(file, path, "/runs/reason", sizeof(t->reason[0]), n, t->reason));
  PetscCall(read_all(file, path, "/metrics/exact", H5T_NATIVE_INT, n, t->exact));
  PetscCall(read_all(file, path, "/metrics/mse", H5T_NATIVE_DOUBLE, n, t->mse));
  PetscCall(read_all(file, path, "/metrics/bic", H5T_NATIVE_DOUBLE, n, t->bic));
  PetscCall(read_all(file, path, "/metrics/coefficient_error", H5T_NATIVE_DOUBLE, n, t->coefficient_error));
  for (PetscInt axis = 0; axis < t->naxes; axis++) {
    PetscCall(read_axis(file, path, t->axes[axis], n, t->axis_values + axis * n));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode read_table(hid_t file, const char path[], DscResultsTable *table)
{
  PetscFunctionBeginUser;
  PetscCall(check_version(file, path));
  PetscCall(count(file, path, "/runs/status", &table->nruns));
  PetscCall(count(file, path, "/equation/left", &table->nleft));
  PetscCall(count(file, path, "/equation/terms", &table->nterms));
  PetscCall(read_axis_keys(file, path, table));
  PetscCall(read_runs(file, path, table));
  PetscCall(read_equations(file, path, table));
  PetscFunctionReturn(0);
}

/* Closing is strong: a refused file leaves nothing open. */
PetscErrorCode DscResultsRead(const char path[], DscResultsTable *table)
{
  hid_t          file, access_list;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(table, sizeof(*table)));
  DscUserCheck(!access(path, R_OK), PETSC_COMM_SELF, "cannot read '%s': %s", path, strerror(errno));
  DscCallH5Id(access_list, H5Pcreate(H5P_FILE_ACCESS));
  DscCallH5(H5Pset_fclose_degree(access_list, H5F_CLOSE_STRONG));
  file = H5Fopen(path, H5F_ACC_RDONLY, access_list);
  DscCallH5(H5Pclose(access_list));
  DscUserCheck(file >= 0, PETSC_COMM_SELF, "'%s' is not an HDF5 file, or is damaged", path);
  ierr = read_table(file, path, table);
  DscCallH5(H5Fclose(file));
  if (ierr) PetscCall(DscResultsTableDestroy(table));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

PetscErrorCode DscResultsTableDestroy(DscResultsTable *t)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree3(t->status, t->exact, t->iterations));
  PetscCall(PetscFree4(t->seconds, t->mse, t->bic, t->coefficient_error));
  PetscCall(PetscFree4(t->coefficients, t->std, t->truth, t->active));
  PetscCall(PetscFree(t->axes));
  PetscCall(PetscFree(t->axis_values));
  PetscCall(PetscFree(t->reason));
  PetscCall(PetscFree(t->left));
  PetscCall(PetscFree(t->terms));
  PetscFunctionReturn(0);
}
