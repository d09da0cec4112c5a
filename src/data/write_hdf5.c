/*
  A data set as HDF5 that h5py and xarray open by name and that reader_hdf5.c reads back: coordinates are dimension scales
  of a grid; scattered points lie along a dimension 'sample'. Positions of particles are scattered points without values,
  and the root attribute 'positions' tells what numbers the particles, 'particle' or 'none'; those of several trajectories
  have the root attribute 'trajectories', which says 'trajectory'.
*/
#include "data/dataset.h"

#include <errno.h>
#include <hdf5_hl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static PetscErrorCode write_text(hid_t object, const char name[], hsize_t n, const char *const strings[])
{
  hid_t type, space, attribute;

  PetscFunctionBeginUser;
  DscCallH5Id(type, H5Tcopy(H5T_C_S1));
  DscCallH5(H5Tset_size(type, H5T_VARIABLE));
  DscCallH5(H5Tset_cset(type, H5T_CSET_UTF8));
  if (n == 1)
    DscCallH5Id(space, H5Screate(H5S_SCALAR));
  else
    DscCallH5Id(space, H5Screate_simple(1, &n, NULL));
  DscCallH5Id(attribute, H5Acreate(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT));
  DscCallH5(H5Awrite(attribute, type, strings));
  DscCallH5(H5Aclose(attribute));
  DscCallH5(H5Sclose(space));
  DscCallH5(H5Tclose(type));
  PetscFunctionReturn(0);
}

/* values are written as they are: read back, they are the same bits. *dataset is left open. */
static PetscErrorCode write_array(hid_t file, const char name[], const char long_name[], int ndimensions,
                                  const hsize_t dimensions[], hid_t type, const void *values, hid_t *dataset)
{
  const char *units = "1"; /* whatever units the numbers came in: discern does not know them */
  hid_t       space;

  PetscFunctionBeginUser;
  DscCallH5Id(space, H5Screate_simple(ndimensions, dimensions, NULL));
  DscCallH5Id(*dataset, H5Dcreate(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  DscCallH5(H5Dwrite(*dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
  DscCallH5(H5Sclose(space));
  PetscCall(write_text(*dataset, "units", 1, &units));
  PetscCall(write_text(*dataset, "long_name", 1, &long_name));
  PetscFunctionReturn(0);
}

/* The values of coordinate c along its own axis of the grid. */
static PetscErrorCode write_grid_axes(hid_t file, const DscDataSet *data, hid_t scales[])
{
  PetscInt step = data->nsamples;

  PetscFunctionBeginUser;
  for (PetscInt c = 0; c < data->ncoordinates; c++) {
    const hsize_t extent = (hsize_t)data->grid[c];
    double       *axis;
    char          long_name[2 * DSC_NAME_LENGTH];

    step /= data->grid[c];
    PetscCall(PetscMalloc1(data->grid[c], &axis));
    for (PetscInt i = 0; i < data->grid[c]; i++) axis[i] = data->coordinates[c][i * step];
    snprintf(long_name, sizeof(long_name), "coordinate %s", data->coordinate_names[c]);
    PetscCall(write_array(file, data->coordinate_names[c], long_name, 1, &extent, H5T_NATIVE_DOUBLE, axis, &scales[c]));
    DscCallH5(H5DSset_scale(scales[c], data->coordinate_names[c]));
    PetscCall(PetscFree(axis));
  }
  PetscFunctionReturn(0);
}

/* A dimension of its own for scattered points, and the coordinates along it. */
static PetscErrorCode write_scattered(hid_t file, const DscDataSet *data, hid_t *sample)
{
  const hsize_t n = (hsize_t)data->nsamples;
  int64_t      *number;
  hid_t         dataset;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(data->nsamples, &number));
  for (PetscInt i = 0; i < data->nsamples; i++) number[i] = i;
  PetscCall(write_array(file, "sample", "number of the sample", 1, &n, H5T_NATIVE_INT64, number, sample));
  PetscCall(PetscFree(number));
  DscCallH5(H5DSset_scale(*sample, "sample"));
  for (PetscInt c = 0; c < data->ncoordinates; c++) {
    char long_name[2 * DSC_NAME_LENGTH];

    snprintf(long_name, sizeof(long_name), "coordinate %s", data->coordinate_names[c]);
    PetscCall(write_array(file, data->coordinate_names[c], long_name, 1, &n, H5T_NATIVE_DOUBLE, data->coordinates[c],
                          &dataset));
    DscCallH5(H5DSattach_scale(dataset, *sample, 0));
    DscCallH5(H5Dclose(dataset));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode write_field(hid_t file, const DscDataSet *data, const char name[], const char long_name[],
                                  const double values[], const hid_t scales[])
{
  const PetscBool grid = data->grid[0] ? PETSC_TRUE : PETSC_FALSE;
  const int       n    = grid ? (int)data->ncoordinates : 1;
  hsize_t         dimensions[DSC_MAX_COORDINATES];
  hid_t           dataset;
  char            names[DSC_MAX_COORDINATES * DSC_NAME_LENGTH] = "";
  const char     *list                                         = names;

  PetscFunctionBeginUser;
  dimensions[0] = (hsize_t)data->nsamples;
  for (PetscInt c = 0; c < data->ncoordinates; c++) {
    if (grid) dimensions[c] = (hsize_t)data->grid[c];
    if (c) PetscCall(PetscStrlcat(names, " ", sizeof(names)));
    PetscCall(PetscStrlcat(names, data->coordinate_names[c], sizeof(names)));
  }
  PetscCall(write_array(file, name, long_name, n, dimensions, H5T_NATIVE_DOUBLE, values, &dataset));
  for (int d = 0; d < n; d++) DscCallH5(H5DSattach_scale(dataset, scales[d], (unsigned)d));
  if (!grid) PetscCall(write_text(dataset, "coordinates", 1, &list)); /* CF: where each sample is */
  DscCallH5(H5Dclose(dataset));
  PetscFunctionReturn(0);
}

/* Fields as they are used, noise included; beside them the clean ones where they differ. */
static PetscErrorCode write_fields(hid_t file, const DscDataSet *data, const hid_t scales[])
{
  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < data->nfields; f++) {
    char long_name[2 * DSC_NAME_LENGTH], clean[DSC_NAME_LENGTH + 8];

    snprintf(long_name, sizeof(long_name), "field %s", data->field_names[f]);
    PetscCall(write_field(file, data, data->field_names[f], long_name, data->fields[f], scales));
    if (!memcmp(data->fields[f], data->clean[f], (size_t)data->nsamples * sizeof(double))) continue;
    snprintf(clean, sizeof(clean), "%s_clean", data->field_names[f]);
    snprintf(long_name, sizeof(long_name), "field %s without noise", data->field_names[f]);
    PetscCall(write_field(file, data, clean, long_name, data->clean[f], scales));
  }
  PetscFunctionReturn(0);
}

/* Which particle or trajectory each sample is of. */
static PetscErrorCode write_tracks(hid_t file, const DscDataSet *data, const char name[], const hid_t scales[])
{
  const hsize_t n = (hsize_t)data->nsamples;
  hid_t         dataset;
  char          long_name[2 * DSC_NAME_LENGTH];

  PetscFunctionBeginUser;
  snprintf(long_name, sizeof(long_name), "number of the %s", name);
  PetscCall(write_array(file, name, long_name, 1, &n, sizeof(PetscInt) == 8 ? H5T_NATIVE_INT64 : H5T_NATIVE_INT32,
                        data->track, &dataset));
  DscCallH5(H5DSattach_scale(dataset, scales[0], 0));
  DscCallH5(H5Dclose(dataset));
  PetscFunctionReturn(0);
}

/* Which particle is where, and the true density there, as far as they are known. */
static PetscErrorCode write_positions(hid_t file, const DscDataSet *data, const hid_t scales[])
{
  const char *particle = data->track ? "particle" : "none";
  char        name[DSC_NAME_LENGTH + 8];

  PetscFunctionBeginUser;
  PetscCall(write_text(file, "positions", 1, &particle));
  if (data->track) PetscCall(write_tracks(file, data, particle, scales));
  snprintf(name, sizeof(name), "%s_clean", data->field_names[0]);
  if (!isnan(data->clean[0][0])) PetscCall(write_field(file, data, name, "true density", data->clean[0], scales));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_truth(hid_t file, const DscDataSet *data)
{
  const char *fields[DSC_MAX_FIELDS], **terms;
  hsize_t     n = (hsize_t)data->nfields * (hsize_t)data->ntruth;
  hid_t       space, attribute;

  PetscFunctionBeginUser;
  if (!data->ntruth) PetscFunctionReturn(0);
  for (PetscInt f = 0; f < data->nfields; f++) fields[f] = data->field_names[f];
  PetscCall(write_text(file, "truth_fields", (hsize_t)data->nfields, fields));
  PetscCall(PetscMalloc1(data->ntruth, &terms));
  for (PetscInt i = 0; i < data->ntruth; i++) terms[i] = data->truth_terms[i];
  PetscCall(write_text(file, "truth_terms", (hsize_t)data->ntruth, terms));
  PetscCall(PetscFree(terms));
  DscCallH5Id(space, H5Screate_simple(1, &n, NULL));
  DscCallH5Id(attribute, H5Acreate(file, "truth_values", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT));
  DscCallH5(H5Awrite(attribute, H5T_NATIVE_DOUBLE, data->truth_values));
  DscCallH5(H5Aclose(attribute));
  DscCallH5(H5Sclose(space));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_contents(hid_t file, const DscDataSet *data)
{
  const char *description = data->description, *trajectory = "trajectory";
  hid_t       scales[DSC_MAX_COORDINATES];

  PetscFunctionBeginUser;
  PetscCall(write_text(file, "description", 1, &description));
  PetscCall(write_truth(file, data));
  if (data->grid[0])
    PetscCall(write_grid_axes(file, data, scales));
  else
    PetscCall(write_scattered(file, data, scales));
  if (data->positions)
    PetscCall(write_positions(file, data, scales));
  else
    PetscCall(write_fields(file, data, scales));
  if (data->ntracks && !data->positions) {
    PetscCall(write_text(file, "trajectories", 1, &trajectory));
    PetscCall(write_tracks(file, data, trajectory, scales));
  }
  for (PetscInt c = 0; c < (data->grid[0] ? data->ncoordinates : 1); c++) DscCallH5(H5Dclose(scales[c]));
  PetscFunctionReturn(0);
}

/* Beside the file of that name, which it replaces when it is complete. */
static PetscErrorCode write_file(const DscDataSet *data, const char path[])
{
  char           part[PETSC_MAX_PATH_LEN];
  struct stat    status;
  hid_t          file, access;
  PetscErrorCode ierr;
  herr_t         closed;

  PetscFunctionBeginUser;
  DscUserCheck(stat(path, &status) || S_ISREG(status.st_mode), PETSC_COMM_SELF,
               "cannot write %s: it is there and is not a file", path);
  PetscCall(PetscSNPrintf(part, sizeof(part), "%s.part", path));
  DscCallH5Id(access, H5Pcreate(H5P_FILE_ACCESS));
  DscCallH5(H5Pset_fclose_degree(access, H5F_CLOSE_STRONG));
  errno = 0;
  file  = H5Fcreate(part, H5F_ACC_TRUNC, H5P_DEFAULT, access);
  DscCallH5(H5Pclose(access));
  DscUserCheck(file >= 0, PETSC_COMM_SELF, "cannot write %s: %s", path, errno ? strerror(errno) : "HDF5 refuses");
  ierr   = write_contents(file, data);
  closed = H5Fclose(file);
  if (ierr || closed < 0) (void)unlink(part);
  PetscCall(ierr);
  DscUserCheck(closed >= 0 && !rename(part, path), PETSC_COMM_SELF, "cannot write %s: %s", path, strerror(errno));
  PetscFunctionReturn(0);
}

PetscErrorCode DscDataSetWrite(MPI_Comm comm, const DscDataSet *data, const char path[])
{
  PetscErrorCode ierr = 0;
  PetscMPIInt    rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (!rank) ierr = write_file(data, path);
  PetscCall(DscSyncError(comm, ierr));
  PetscFunctionReturn(0);
}
