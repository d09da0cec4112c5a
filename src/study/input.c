#include "study/input.h"
#include "study/file.h"
#include "study/results.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

PetscErrorCode DscInputCheck(const DscInput *input, PetscBool condition, const char what[])
{
  PetscFunctionBeginUser;
  DscUserCheck(condition, PETSC_COMM_SELF, "'%s' is not a results file of discern, or is damaged: cannot read %s",
               input->path, what);
  PetscFunctionReturn(0);
}

static PetscErrorCode check_version(const DscInput *input)
{
  int version = 0;

  PetscFunctionBeginUser;
  PetscCall(DscInputGetInt(input, "/", "schema_version", &version));
  PetscCall(DscInputCheck(input, (PetscBool)(version > 0), "the attribute schema_version"));
  DscUserCheck(version <= DSC_SCHEMA_VERSION, PETSC_COMM_SELF,
               "'%s' has schema version %d; this discern reads up to %d: use a later one", input->path, version,
               DSC_SCHEMA_VERSION);
  PetscFunctionReturn(0);
}

PetscErrorCode DscInputOpen(const char path[], DscInput *input)
{
  hid_t          access_list;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(PetscStrncpy(input->path, path, sizeof(input->path)));
  DscUserCheck(!access(path, R_OK), PETSC_COMM_SELF, "cannot read '%s': %s", path, strerror(errno));
  DscCallH5Id(access_list, H5Pcreate(H5P_FILE_ACCESS));
  DscCallH5(H5Pset_fclose_degree(access_list, H5F_CLOSE_STRONG));
  input->file = H5Fopen(path, H5F_ACC_RDONLY, access_list);
  DscCallH5(H5Pclose(access_list));
  DscUserCheck(input->file >= 0, PETSC_COMM_SELF, "'%s' is not an HDF5 file, or is damaged", path);
  ierr = check_version(input);
  if (ierr) PetscCall(DscInputClose(input));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

PetscErrorCode DscInputClose(DscInput *input)
{
  PetscFunctionBeginUser;
  DscCallH5(H5Fclose(input->file));
  PetscFunctionReturn(0);
}

PetscErrorCode DscInputHas(const DscInput *input, const char name[], PetscBool *there)
{
  PetscFunctionBeginUser;
  *there = (PetscBool)(H5Lexists(input->file, name, H5P_DEFAULT) > 0);
  PetscFunctionReturn(0);
}

/* ---- data sets --------------------------------------------------------------------------------------------- */

static PetscErrorCode open_dataset(const DscInput *input, const char name[], hid_t *dataset, int *ndims,
                                   hsize_t dims[DSC_FILE_MAX_DIMS])
{
  hid_t space;

  PetscFunctionBeginUser;
  *dataset = H5Dopen2(input->file, name, H5P_DEFAULT);
  PetscCall(DscInputCheck(input, (PetscBool)(*dataset >= 0), name));
  DscCallH5Id(space, H5Dget_space(*dataset));
  *ndims = H5Sget_simple_extent_ndims(space);
  PetscCall(DscInputCheck(input, (PetscBool)(*ndims >= 1 && *ndims <= DSC_FILE_MAX_DIMS), name));
  DscCallH5(H5Sget_simple_extent_dims(space, dims, NULL));
  DscCallH5(H5Sclose(space));
  PetscFunctionReturn(0);
}

static int64_t product(int from, int ndims, const hsize_t dims[])
{
  int64_t elements = 1;

  for (int d = from; d < ndims; d++) elements *= (int64_t)dims[d];
  return elements;
}

PetscErrorCode DscInputCount(const DscInput *input, const char name[], int64_t *n)
{
  hsize_t dims[DSC_FILE_MAX_DIMS];
  hid_t   dataset;
  int     ndims;

  PetscFunctionBeginUser;
  PetscCall(open_dataset(input, name, &dataset, &ndims, dims));
  *n = product(0, ndims, dims);
  DscCallH5(H5Dclose(dataset));
  PetscFunctionReturn(0);
}

PetscErrorCode DscInputRead(const DscInput *input, const char name[], hid_t memory, int64_t n, void *values)
{
  int64_t stored;

  PetscFunctionBeginUser;
  PetscCall(DscInputCount(input, name, &stored));
  PetscCall(DscInputCheck(input, (PetscBool)(stored == n), name));
  if (n) {
    hid_t dataset;

    DscCallH5Id(dataset, H5Dopen2(input->file, name, H5P_DEFAULT));
    PetscCall(
        DscInputCheck(input, (PetscBool)(H5Dread(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0), name));
    DscCallH5(H5Dclose(dataset));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscInputReadRows(const DscInput *input, const char name[], hid_t memory, int64_t elements, int64_t first,
                                int64_t count, void *values)
{
  hsize_t dims[DSC_FILE_MAX_DIMS], start[DSC_FILE_MAX_DIMS] = {(hsize_t)first};
  hid_t   dataset, space, rows;
  herr_t  status = 0;
  int     ndims;

  PetscFunctionBeginUser;
  PetscCall(open_dataset(input, name, &dataset, &ndims, dims));
  PetscCall(DscInputCheck(input, (PetscBool)(product(1, ndims, dims) == elements && first + count <= (int64_t)dims[0]),
                          name));
  if (count && elements) {
    dims[0] = (hsize_t)count;
    DscCallH5Id(space, H5Dget_space(dataset));
    DscCallH5(H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, dims, NULL));
    DscCallH5Id(rows, H5Screate_simple(ndims, dims, NULL));
    status = H5Dread(dataset, memory, rows, space, H5P_DEFAULT, values);
    DscCallH5(H5Sclose(rows));
    DscCallH5(H5Sclose(space));
  }
  DscCallH5(H5Dclose(dataset));
  PetscCall(DscInputCheck(input, (PetscBool)(status >= 0), name));
  PetscFunctionReturn(0);
}

PetscErrorCode DscInputReadTexts(const DscInput *input, const char name[], size_t size, int64_t first, int64_t count,
                                 void *texts)
{
  hid_t          type;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(DscOutputTextType(size, &type));
  DscCallH5(H5Tset_strpad(type, H5T_STR_NULLTERM)); /* in memory; a text as long as the field is cut by one */
  ierr = DscInputReadRows(input, name, type, 1, first, count, texts);
  DscCallH5(H5Tclose(type));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

PetscErrorCode DscInputIsText(const DscInput *input, const char name[], PetscBool *text)
{
  hid_t dataset = H5Dopen2(input->file, name, H5P_DEFAULT), type;

  PetscFunctionBeginUser;
  PetscCall(DscInputCheck(input, (PetscBool)(dataset >= 0), name));
  DscCallH5Id(type, H5Dget_type(dataset));
  *text = (PetscBool)(H5Tget_class(type) == H5T_STRING);
  DscCallH5(H5Tclose(type));
  DscCallH5(H5Dclose(dataset));
  PetscFunctionReturn(0);
}

/* ---- attributes and names ---------------------------------------------------------------------------------- */

PetscErrorCode DscInputGetTexts(const DscInput *input, const char object[], const char name[], PetscInt *n,
                                char ***texts)
{
  hid_t     attribute, space, type;
  char    **stored;
  PetscBool there;

  PetscFunctionBeginUser;
  *n        = 0;
  *texts    = NULL;
  attribute = H5Aopen_by_name(input->file, object, name, H5P_DEFAULT, H5P_DEFAULT);
  PetscCall(DscInputCheck(input, (PetscBool)(attribute >= 0), name));
  DscCallH5Id(space, H5Aget_space(attribute));
  DscCallH5Id(type, H5Aget_type(attribute));
  there = (PetscBool)(H5Tis_variable_str(type) > 0);
  if (there) *n = (PetscInt)H5Sget_simple_extent_npoints(space);
  PetscCall(PetscCalloc1(*n, texts));
  PetscCall(PetscCalloc1(*n, &stored));
  if (*n) {
    there = (PetscBool)(H5Aread(attribute, type, stored) >= 0);
    for (PetscInt i = 0; i < *n; i++) PetscCall(PetscStrallocpy(stored[i] ? stored[i] : "", &(*texts)[i]));
    DscCallH5(H5Dvlen_reclaim(type, space, H5P_DEFAULT, stored));
  }
  PetscCall(PetscFree(stored));
  DscCallH5(H5Tclose(type));
  DscCallH5(H5Sclose(space));
  DscCallH5(H5Aclose(attribute));
  if (!there) PetscCall(DscOptionsRestoreStrings(*n, texts));
  PetscCall(DscInputCheck(input, there, name));
  PetscFunctionReturn(0);
}

PetscErrorCode DscInputGetInt(const DscInput *input, const char object[], const char name[], int *value)
{
  hid_t attribute;

  PetscFunctionBeginUser;
  if (H5Aexists_by_name(input->file, object, name, H5P_DEFAULT) <= 0) PetscFunctionReturn(0);
  DscCallH5Id(attribute, H5Aopen_by_name(input->file, object, name, H5P_DEFAULT, H5P_DEFAULT));
  PetscCall(DscInputCheck(input, (PetscBool)(H5Aread(attribute, H5T_NATIVE_INT, value) >= 0), name));
  DscCallH5(H5Aclose(attribute));
  PetscFunctionReturn(0);
}
