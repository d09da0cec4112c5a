#include "study/file.h"

#include <errno.h>
#include <fcntl.h>
#include <hdf5_hl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_BYTES 262144 /* a chunk is compressed and checked as one; it does not depend on the number of ranks */

/* Why a file cannot be made at path, as an errno; 0 if it can. What it makes to find out, it removes. */
static int why_not_writable(const char path[], const char temporary[])
{
  struct stat status;
  int         descriptor;

  if (!path[0]) return ENOENT;
  if (!stat(path, &status) && S_ISDIR(status.st_mode)) return EISDIR;
  descriptor = open(temporary, O_WRONLY | O_CREAT, 0666);
  if (descriptor < 0) return errno;
  close(descriptor);
  return unlink(temporary) ? errno : 0;
}

static PetscErrorCode temporary_name(const char path[], size_t size, char temporary[])
{
  PetscFunctionBeginUser;
  DscUserCheck(strlen(path) + 5 < size, PETSC_COMM_WORLD, "-output: the path is too long (%zu characters)",
               strlen(path));
  snprintf(temporary, size, "%s.tmp", path);
  PetscFunctionReturn(0);
}

PetscErrorCode DscOutputCheckWritable(MPI_Comm comm, DscOptions options, const char path[])
{
  PetscMPIInt rank;
  int         reason = 0;
  char        temporary[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(temporary_name(path, sizeof(temporary), temporary));
  if (!rank) reason = why_not_writable(path, temporary);
  PetscCallMPI(MPI_Bcast(&reason, 1, MPI_INT, 0, comm));
  DscOptionsUserCheck(!reason, options, comm, "output", "the results cannot be written there: %s", strerror(reason));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOutputCreate(MPI_Comm comm, const char path[], DscOutput *file)
{
  hid_t access_list;

  PetscFunctionBeginUser;
  file->comm = comm;
  PetscCall(PetscStrncpy(file->path, path, sizeof(file->path)));
  PetscCall(temporary_name(path, sizeof(file->temporary), file->temporary));
  DscCallH5Id(access_list, H5Pcreate(H5P_FILE_ACCESS));
  DscCallH5(H5Pset_fapl_mpio(access_list, comm, MPI_INFO_NULL));
  DscCallH5Id(file->file, H5Fcreate(file->temporary, H5F_ACC_TRUNC, H5P_DEFAULT, access_list));
  DscCallH5(H5Pclose(access_list));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOutputCreateGroup(DscOutput *file, const char path[])
{
  hid_t group;

  PetscFunctionBeginUser;
  DscCallH5Id(group, H5Gcreate2(file->file, path, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  DscCallH5(H5Gclose(group));
  PetscFunctionReturn(0);
}

/* Chunked and compressed, in the order shuffle, deflate, checksum; an empty data set cannot have chunks. */
static PetscErrorCode creation_properties(const DscOutputData *data, hid_t *properties)
{
  hsize_t chunk[DSC_FILE_MAX_DIMS], row = H5Tget_size(data->type);

  PetscFunctionBeginUser;
  DscCallH5Id(*properties, H5Pcreate(H5P_DATASET_CREATE));
  DscCallH5(H5Pset_obj_track_times(*properties, 0));
  for (int d = 1; d < data->ndims; d++) {
    chunk[d] = data->dims[d];
    row *= data->dims[d];
  }
  if (!row || !data->dims[0]) PetscFunctionReturn(0);
  chunk[0] = CHUNK_BYTES / row;
  if (chunk[0] < 1) chunk[0] = 1;
  if (chunk[0] > data->dims[0]) chunk[0] = data->dims[0];
  DscCallH5(H5Pset_chunk(*properties, data->ndims, chunk));
  DscCallH5(H5Pset_shuffle(*properties));
  DscCallH5(H5Pset_deflate(*properties, 4));
  DscCallH5(H5Pset_fletcher32(*properties));
  PetscFunctionReturn(0);
}

static PetscErrorCode attach_scales(DscOutput *file, const DscOutputData *data, hid_t dataset)
{
  PetscFunctionBeginUser;
  for (int d = 0; d < data->ndims; d++) {
    const char *label = strrchr(data->scale[d], '/') + 1;

    if (!strcmp(data->scale[d], data->path))
      DscCallH5(H5DSset_scale(dataset, label));
    else {
      hid_t scale;

      DscCallH5Id(scale, H5Dopen2(file->file, data->scale[d], H5P_DEFAULT));
      DscCallH5(H5DSattach_scale(dataset, scale, (unsigned)d));
      DscCallH5(H5DSset_label(dataset, (unsigned)d, label));
      DscCallH5(H5Dclose(scale));
    }
  }
  PetscFunctionReturn(0);
}

/* Collective: a filtered data set can only be written by all ranks together. */
static PetscErrorCode write_rows(const DscOutputData *data, hid_t dataset, hid_t space, int64_t first, int64_t count,
                                 const void *rows)
{
  hsize_t start[DSC_FILE_MAX_DIMS] = {(hsize_t)first}, size[DSC_FILE_MAX_DIMS];
  hid_t   transfer, memory;

  PetscFunctionBeginUser;
  size[0] = (hsize_t)count;
  for (int d = 1; d < data->ndims; d++) size[d] = data->dims[d];
  DscCallH5Id(memory, H5Screate_simple(data->ndims, size, NULL));
  if (count)
    DscCallH5(H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, size, NULL));
  else {
    DscCallH5(H5Sselect_none(space));
    DscCallH5(H5Sselect_none(memory));
  }
  DscCallH5Id(transfer, H5Pcreate(H5P_DATASET_XFER));
  DscCallH5(H5Pset_dxpl_mpio(transfer, H5FD_MPIO_COLLECTIVE));
  DscCallH5(H5Dwrite(dataset, data->type, memory, space, transfer, rows));
  DscCallH5(H5Pclose(transfer));
  DscCallH5(H5Sclose(memory));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOutputWrite(DscOutput *file, const DscOutputData *data, int64_t first, int64_t count,
                              const void *rows)
{
  hid_t     space, properties, dataset;
  PetscBool empty = PETSC_FALSE;

  PetscFunctionBeginUser;
  for (int d = 0; d < data->ndims; d++) empty = (PetscBool)(empty || !data->dims[d]);
  DscCallH5Id(space, H5Screate_simple(data->ndims, data->dims, NULL));
  PetscCall(creation_properties(data, &properties));
  DscCallH5Id(dataset, H5Dcreate2(file->file, data->path, data->type, space, H5P_DEFAULT, properties, H5P_DEFAULT));
  if (!empty) PetscCall(write_rows(data, dataset, space, first, count, rows));
  PetscCall(attach_scales(file, data, dataset));
  DscCallH5(H5Dclose(dataset));
  DscCallH5(H5Pclose(properties));
  DscCallH5(H5Sclose(space));
  PetscCall(DscOutputSetText(file, data->path, "units", data->units));
  PetscCall(DscOutputSetText(file, data->path, "long_name", data->long_name));
  PetscFunctionReturn(0);
}

static PetscErrorCode set_attribute(DscOutput *file, const char object[], const char name[], hid_t type, hid_t space,
                                    const void *value)
{
  hid_t attribute;

  PetscFunctionBeginUser;
  DscCallH5Id(attribute,
              H5Acreate_by_name(file->file, object, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  DscCallH5(H5Awrite(attribute, type, value));
  DscCallH5(H5Aclose(attribute));
  DscCallH5(H5Sclose(space));
  PetscFunctionReturn(0);
}

/* Texts of variable length: read as str by h5py, and not limited to an object header's 64 kB. */
static PetscErrorCode set_texts(DscOutput *file, const char object[], const char name[], hid_t space,
                                const char *const values[])
{
  hid_t type;

  PetscFunctionBeginUser;
  PetscCall(DscOutputTextType(H5T_VARIABLE, &type));
  PetscCall(set_attribute(file, object, name, type, space, values));
  DscCallH5(H5Tclose(type));
  PetscFunctionReturn(0);
}

/* Metadata must be the same on all ranks: texts such as a host's name are those of rank 0. */
PetscErrorCode DscOutputSetText(DscOutput *file, const char object[], const char name[], const char value[])
{
  PetscMPIInt rank, size;
  char       *copy;
  hid_t       space;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(file->comm, &rank));
  PetscCall(PetscMPIIntCast((PetscInt)strlen(value) + 1, &size));
  PetscCallMPI(MPI_Bcast(&size, 1, MPI_INT, 0, file->comm));
  PetscCall(PetscMalloc1(size, &copy));
  if (!rank) memcpy(copy, value, (size_t)size);
  PetscCallMPI(MPI_Bcast(copy, size, MPI_CHAR, 0, file->comm));
  DscCallH5Id(space, H5Screate(H5S_SCALAR));
  PetscCall(set_texts(file, object, name, space, (const char *const *)&copy));
  PetscCall(PetscFree(copy));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOutputSetTexts(DscOutput *file, const char object[], const char name[], PetscInt n,
                                 const char *const values[])
{
  const char *const nothing = ""; /* HDF5 refuses a null pointer even for no text */
  const hsize_t     size    = (hsize_t)n;
  hid_t             space;

  PetscFunctionBeginUser;
  DscCallH5Id(space, H5Screate_simple(1, &size, NULL));
  PetscCall(set_texts(file, object, name, space, n ? values : &nothing));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOutputSetInts(DscOutput *file, const char object[], const char name[], PetscInt n, const int values[])
{
  const hsize_t size = (hsize_t)n;
  hid_t         space;

  PetscFunctionBeginUser;
  if (n == 1)
    DscCallH5Id(space, H5Screate(H5S_SCALAR));
  else
    DscCallH5Id(space, H5Screate_simple(1, &size, NULL));
  PetscCall(set_attribute(file, object, name, H5T_NATIVE_INT, space, values));
  PetscFunctionReturn(0);
}

static PetscErrorCode sync_to_disc(const char path[], int flags)
{
  int descriptor = open(path, flags), failed;

  PetscFunctionBeginUser;
  PetscCheck(descriptor >= 0, PETSC_COMM_SELF, PETSC_ERR_FILE_OPEN, "cannot open '%s': %s", path, strerror(errno));
  failed = fsync(descriptor) && errno != EINVAL; /* EINVAL: a file system without fsync on folders */
  close(descriptor);
  PetscCheck(!failed, PETSC_COMM_SELF, PETSC_ERR_FILE_WRITE, "cannot write '%s': %s", path, strerror(errno));
  PetscFunctionReturn(0);
}

static PetscErrorCode put_in_place(const DscOutput *file)
{
  char folder[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  PetscCall(sync_to_disc(file->temporary, O_RDONLY));
  PetscCheck(!rename(file->temporary, file->path), PETSC_COMM_SELF, PETSC_ERR_FILE_WRITE, "cannot rename '%s': %s",
             file->temporary, strerror(errno));
  PetscCall(PetscStrncpy(folder, file->path, sizeof(folder)));
  PetscCall(sync_to_disc(dirname(folder), O_RDONLY | O_DIRECTORY));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOutputClose(DscOutput *file)
{
  PetscMPIInt    rank;
  PetscErrorCode ierr = 0;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(file->comm, &rank));
  DscCallH5(H5Fflush(file->file, H5F_SCOPE_GLOBAL));
  DscCallH5(H5Fclose(file->file));
  PetscCallMPI(MPI_Barrier(file->comm));
  if (!rank) ierr = put_in_place(file);
  PetscCall(DscSyncError(file->comm, ierr));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOutputTextType(size_t size, hid_t *type)
{
  PetscFunctionBeginUser;
  DscCallH5Id(*type, H5Tcopy(H5T_C_S1));
  DscCallH5(H5Tset_size(*type, size));
  DscCallH5(H5Tset_strpad(*type, H5T_STR_NULLPAD));
  DscCallH5(H5Tset_cset(*type, H5T_CSET_UTF8));
  PetscFunctionReturn(0);
}
