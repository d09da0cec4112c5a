/*
  HDF5, and with it MATLAB 7.3 (HDF5 behind a 512-byte header of its own) and netCDF-4.
  Data sets are named by their path from the root without the first '/'.
*/
#include "data/reader.h"

#include <hdf5_hl.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 8   /* of groups */
#define MAX_TERMS 256 /* of a true equation */

typedef struct {
  hid_t     file;
  PetscBool matlab; /* MATLAB writes arrays with their dimensions reversed */
} Hdf5;

static PetscBool hdf5_recognise(const char path[], const unsigned char head[], size_t n)
{
  (void)head;
  (void)n;
  return H5Fis_hdf5(path) > 0 ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode hdf5_close(DscFile *file)
{
  Hdf5 *hdf5 = (Hdf5 *)file->handle;

  PetscFunctionBeginUser;
  if (hdf5->file >= 0) DscCallH5(H5Fclose(hdf5->file)); /* strongly: with all that is open in it */
  PetscCall(PetscFree(file->handle));
  PetscFunctionReturn(0);
}

/* A compound of two floats as h5py ('r', 'i') and MATLAB ('real', 'imag') write complex numbers. */
static PetscBool is_complex(hid_t type)
{
  PetscBool two_parts = PETSC_FALSE;
  char     *first, *second;

  if (H5Tget_class(type) != H5T_COMPOUND || H5Tget_nmembers(type) != 2) return PETSC_FALSE;
  first  = H5Tget_member_name(type, 0);
  second = H5Tget_member_name(type, 1);
  if (first && second) {
    two_parts = (!strcmp(first, "r") && !strcmp(second, "i")) || (!strcmp(first, "real") && !strcmp(second, "imag"))
                    ? PETSC_TRUE
                    : PETSC_FALSE;
  }
  H5free_memory(first);
  H5free_memory(second);
  return two_parts;
}

static const char *refusal_of(hid_t type)
{
  switch (H5Tget_class(type)) {
  case H5T_INTEGER:
  case H5T_FLOAT:
    return NULL;
  case H5T_STRING:
    return "text";
  case H5T_COMPOUND:
    return is_complex(type) ? NULL : "a table of records";
  default:
    return "of a type other than integer, float or complex numbers";
  }
}

static PetscErrorCode add_dataset(DscFile *file, const char name[], hid_t dataset)
{
  const Hdf5 *hdf5 = (const Hdf5 *)file->handle;
  hid_t       type, space;
  hsize_t     extents[H5S_MAX_RANK];
  size_t      dimensions[H5S_MAX_RANK];
  int         n;
  const char *refusal;

  PetscFunctionBeginUser;
  DscCallH5Id(type, H5Dget_type(dataset));
  refusal = refusal_of(type);
  DscCallH5(H5Tclose(type));
  DscCallH5Id(space, H5Dget_space(dataset));
  DscCallH5Id(n, H5Sget_simple_extent_dims(space, extents, NULL));
  DscCallH5(H5Sclose(space));
  for (int d = 0; d < n; d++) dimensions[d] = (size_t)extents[hdf5->matlab ? n - 1 - d : d];
  PetscCall(DscFileAddEntry(file, name, n, dimensions, refusal));
  PetscFunctionReturn(0);
}

/* All data sets below group, whose own name is prefix; links that lead nowhere and MATLAB's private groups are left
   out. */
static PetscErrorCode add_group(DscFile *file, hid_t group, const char prefix[], int depth)
{
  H5G_info_t info;

  PetscFunctionBeginUser;
  DscCallH5(H5Gget_info(group, &info));
  for (hsize_t i = 0; i < info.nlinks; i++) {
    char  link[DSC_ARRAY_NAME_LENGTH], name[2 * DSC_ARRAY_NAME_LENGTH];
    hid_t object;

    DscCallH5(H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, link, sizeof(link), H5P_DEFAULT));
    object = link[0] == '#' ? -1 : H5Oopen(group, link, H5P_DEFAULT);
    if (object < 0) continue;
    snprintf(name, sizeof(name), "%s%s%s", prefix, *prefix ? "/" : "", link);
    if (H5Iget_type(object) == H5I_DATASET)
      PetscCall(add_dataset(file, name, object));
    else if (H5Iget_type(object) == H5I_GROUP && depth < MAX_DEPTH)
      PetscCall(add_group(file, object, name, depth + 1));
    DscCallH5(H5Oclose(object));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode hdf5_open(DscFile *file)
{
  Hdf5 *hdf5;
  hid_t access, root;
  char  head[16] = "";
  FILE *stream   = fopen(file->path, "rb");

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&hdf5));
  file->handle = hdf5;
  if (stream) {
    hdf5->matlab = fread(head, 1, sizeof(head), stream) >= 10 && !memcmp(head, "MATLAB 7.3", 10);
    fclose(stream);
  }
  DscCallH5Id(access, H5Pcreate(H5P_FILE_ACCESS));
  DscCallH5(H5Pset_fclose_degree(access, H5F_CLOSE_STRONG));
  hdf5->file = H5Fopen(file->path, H5F_ACC_RDONLY, access);
  DscCallH5(H5Pclose(access));
  DscUserCheck(hdf5->file >= 0, PETSC_COMM_SELF,
               "data_file: %s is HDF5, but cannot be opened: damaged, cut off, or still being written", file->path);
  DscCallH5Id(root, H5Gopen(hdf5->file, "/", H5P_DEFAULT));
  PetscCall(add_group(file, root, "", 0));
  DscCallH5(H5Gclose(root));
  PetscFunctionReturn(0);
}

/* The name of the first dimension scale of a dimension. */
static herr_t keep_scale_name(hid_t dataset, unsigned dimension, hid_t scale, void *name)
{
  char path[DSC_ARRAY_NAME_LENGTH];

  (void)dataset;
  (void)dimension;
  if (H5Iget_name(scale, path, sizeof(path)) > 1)
    snprintf((char *)name, DSC_NAME_LENGTH, "%.*s", DSC_NAME_LENGTH - 1, path + 1);
  return 1;
}

static PetscErrorCode read_part(DscFile *file, hid_t dataset, int part, PetscInt n, double **values)
{
  hid_t  type, member = H5T_NATIVE_DOUBLE;
  char  *name = NULL;
  herr_t status;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, values));
  DscCallH5Id(type, H5Dget_type(dataset));
  if (H5Tget_class(type) == H5T_COMPOUND) {
    name = H5Tget_member_name(type, (unsigned)part);
    DscCallH5Id(member, H5Tcreate(H5T_COMPOUND, sizeof(double)));
    DscCallH5(H5Tinsert(member, name, 0, H5T_NATIVE_DOUBLE));
    H5free_memory(name);
  }
  status = H5Dread(dataset, member, H5S_ALL, H5S_ALL, H5P_DEFAULT, *values);
  if (name) DscCallH5(H5Tclose(member));
  DscCallH5(H5Tclose(type));
  DscUserCheck(status >= 0, PETSC_COMM_SELF,
               "data_file: %s: the numbers cannot be read: a damaged file, or a filter this HDF5 lacks", file->path);
  PetscFunctionReturn(0);
}

static PetscErrorCode hdf5_describe(DscFile *file, PetscInt entry, DscArray *array)
{
  const Hdf5 *hdf5 = (const Hdf5 *)file->handle;
  hid_t       dataset;
  PetscInt64  stride = 1;

  PetscFunctionBeginUser;
  DscCallH5Id(dataset, H5Dopen(hdf5->file, file->entries[entry].name, H5P_DEFAULT));
  array->reversed = hdf5->matlab;
  for (PetscInt d = 0; d < array->ndimensions; d++) {
    if (hdf5->matlab) {
      array->strides[d] = (PetscInt)PetscMin(stride, PETSC_MAX_INT);
      stride *= array->dimensions[d];
    } else if (H5DSis_scale(dataset) <= 0 && H5DSget_num_scales(dataset, (unsigned)d) > 0) {
      DscCallH5(H5DSiterate_scales(dataset, (unsigned)d, NULL, keep_scale_name, array->axes[d]));
    }
  }
  DscCallH5(H5Dclose(dataset));
  PetscFunctionReturn(0);
}

static PetscErrorCode hdf5_read(DscFile *file, PetscInt entry, DscArray *array)
{
  const Hdf5 *hdf5 = (const Hdf5 *)file->handle;
  hid_t       dataset, type;
  PetscBool   two_parts;

  PetscFunctionBeginUser;
  DscCallH5Id(dataset, H5Dopen(hdf5->file, file->entries[entry].name, H5P_DEFAULT));
  DscCallH5Id(type, H5Dget_type(dataset));
  two_parts = is_complex(type);
  DscCallH5(H5Tclose(type));
  PetscCall(read_part(file, dataset, 0, array->n, &array->values));
  if (two_parts) PetscCall(read_part(file, dataset, 1, array->n, &array->imaginary));
  DscCallH5(H5Dclose(dataset));
  PetscFunctionReturn(0);
}

/* The strings of a root attribute, at most size of them; *n is 0 where it is missing or something else. */
static PetscErrorCode read_strings(hid_t file, const char name[], PetscInt size, PetscInt *n,
                                   char (*strings)[DSC_NAME_LENGTH])
{
  hid_t    attribute, space, type;
  hssize_t count;
  char   **read;

  PetscFunctionBeginUser;
  *n = 0;
  if (H5Aexists(file, name) <= 0) PetscFunctionReturn(0);
  DscCallH5Id(attribute, H5Aopen(file, name, H5P_DEFAULT));
  DscCallH5Id(type, H5Aget_type(attribute));
  DscCallH5Id(space, H5Aget_space(attribute));
  count = H5Sget_simple_extent_npoints(space);
  if (H5Tis_variable_str(type) > 0 && count > 0 && count <= size) {
    *n = (PetscInt)count;
    PetscCall(PetscMalloc1(*n, &read));
    DscCallH5(H5Aread(attribute, type, read));
    for (PetscInt i = 0; i < *n; i++) {
      PetscCall(PetscStrncpy(strings[i], read[i] ? read[i] : "", DSC_NAME_LENGTH));
      H5free_memory(read[i]);
    }
    PetscCall(PetscFree(read));
  }
  DscCallH5(H5Sclose(space));
  DscCallH5(H5Tclose(type));
  DscCallH5(H5Aclose(attribute));
  PetscFunctionReturn(0);
}

/* The root attributes truth_* as DscDataSetWrite() leaves them; they hold for exactly the fields that they name. */
static PetscErrorCode hdf5_read_truth(DscFile *file, DscDataSet *data)
{
  const hid_t id = ((const Hdf5 *)file->handle)->file;
  hid_t       values, space;
  PetscInt    nfields, nterms, nvalues;
  char        fields[DSC_MAX_FIELDS][DSC_NAME_LENGTH], terms[MAX_TERMS][DSC_NAME_LENGTH];

  PetscFunctionBeginUser;
  PetscCall(read_strings(id, "truth_fields", DSC_MAX_FIELDS, &nfields, fields));
  PetscCall(read_strings(id, "truth_terms", MAX_TERMS, &nterms, terms));
  if (nfields != data->nfields || nterms == 0 || H5Aexists(id, "truth_values") <= 0) PetscFunctionReturn(0);
  for (PetscInt f = 0; f < nfields; f++) {
    if (strcmp(fields[f], data->field_names[f])) PetscFunctionReturn(0);
  }
  nvalues = nterms * nfields;
  DscCallH5Id(values, H5Aopen(id, "truth_values", H5P_DEFAULT));
  DscCallH5Id(space, H5Aget_space(values));
  if (H5Sget_simple_extent_npoints(space) == nvalues) {
    data->ntruth = nterms;
    PetscCall(PetscMalloc1(nterms, &data->truth_terms));
    PetscCall(PetscMalloc1(nvalues, &data->truth_values));
    for (PetscInt i = 0; i < nterms; i++) PetscCall(PetscStrncpy(data->truth_terms[i], terms[i], DSC_NAME_LENGTH));
    DscCallH5(H5Aread(values, H5T_NATIVE_DOUBLE, data->truth_values));
  }
  DscCallH5(H5Sclose(space));
  DscCallH5(H5Aclose(values));
  PetscFunctionReturn(0);
}

/* The root attribute positions or trajectories, as DscDataSetWrite() leaves it. */
static PetscErrorCode hdf5_read_tracks(DscFile *file, PetscBool *positions, PetscBool *trajectories, char number[])
{
  const hid_t id = ((const Hdf5 *)file->handle)->file;
  PetscInt    n;
  char        name[1][DSC_NAME_LENGTH];

  PetscFunctionBeginUser;
  *trajectories = PETSC_FALSE;
  PetscCall(read_strings(id, "positions", 1, &n, name));
  *positions = n == 1 ? PETSC_TRUE : PETSC_FALSE;
  if (!*positions) {
    PetscCall(read_strings(id, "trajectories", 1, &n, name));
    *trajectories = n == 1 ? PETSC_TRUE : PETSC_FALSE;
  }
  if (n == 1) PetscCall(PetscStrncpy(number, name[0], DSC_NAME_LENGTH));
  PetscFunctionReturn(0);
}

const DscReader DscReaderHDF5 = {"HDF5",    hdf5_recognise, hdf5_open,       hdf5_describe,
                                 hdf5_read, hdf5_close,     hdf5_read_truth, hdf5_read_tracks};
