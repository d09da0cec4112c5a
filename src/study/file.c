#define _GNU_SOURCE /* fallocate */
#include "study/file.h"

#include <errno.h>
#include <fcntl.h>
#include <hdf5_hl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SMALLEST_BYTES 1000000 /* of room, also for a file with next to nothing in it */
#define GRACE_SECONDS  10.0
#define CHUNK_BYTES    262144 /* a chunk is compressed and checked as one; it does not depend on the number of ranks */

/* ---- room on the disc -------------------------------------------------------------------------------------- */

/* Fills bytes [0, bytes) of a file by hand, for file systems that cannot reserve. 0 or an errno. */
static int write_zeros(int descriptor, int64_t bytes)
{
  static const char zeros[65536];

  for (int64_t at = 0; at < bytes;) {
    const int64_t left    = bytes - at;
    const ssize_t written = pwrite(descriptor, zeros, (size_t)PetscMin(left, (int64_t)sizeof(zeros)), (off_t)at);

    if (written < 0 && errno != EINTR) return errno;
    if (written > 0) at += written;
  }
  return 0;
}

/* Makes a file of so many bytes that are its own on the disc: writing them cannot fail for want of room. Where MPI's
   file layer meets a full disc in the middle of a collective write, some versions tell only one rank, and some none.
   0 or an errno. */
static int reserve(const char path[], int64_t bytes)
{
  const int descriptor = open(path, O_WRONLY | O_CREAT, 0666);
  int       failed;

  if (descriptor < 0) return errno;
  failed = fallocate(descriptor, 0, 0, (off_t)bytes) ? errno : 0;
  if (failed == EOPNOTSUPP || failed == ENOSYS || failed == EINVAL) failed = write_zeros(descriptor, bytes);
  if (!failed && fsync(descriptor) && errno != EINVAL) failed = errno; /* quotas may be enforced only there */
  if (close(descriptor) && !failed) failed = errno;
  return failed;
}

/* Why a file cannot be made at path, as an errno; 0 if it can. What it makes to find out, it removes. */
static int why_not_writable(const char path[], const char temporary[])
{
  struct stat status;
  int         failed;

  if (!path[0]) return ENOENT;
  if (!stat(path, &status) && !S_ISREG(status.st_mode)) return S_ISDIR(status.st_mode) ? EISDIR : EEXIST; /* a device */
  failed = reserve(temporary, SMALLEST_BYTES);
  if (unlink(temporary) && !failed) failed = errno;
  return failed;
}

/* An errno if the file cannot become larger than it is. */
static int no_room(const DscOutput *file)
{
  struct stat status;

  if (stat(file->temporary, &status)) return errno;
  return reserve(file->temporary, (int64_t)status.st_size + SMALLEST_BYTES);
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

/* ---- from the first byte to the last ----------------------------------------------------------------------- */

/* An errno of rank 0 as a user error of all ranks. */
static PetscErrorCode refuse(const DscOutput *file, int reason)
{
  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Bcast(&reason, 1, MPI_INT, 0, file->comm));
  DscUserCheck(!reason, file->comm, "cannot write '%s': %s (%.3g MB are needed there)", file->path, strerror(reason),
               (double)file->bytes / 1e6);
  PetscFunctionReturn(0);
}

/* Closes what is not worth keeping. HDF5 writes what it still holds even then, and must not fail: the file gives its
   room back first. */
static PetscErrorCode discard(DscOutput *file)
{
  PetscFunctionBeginUser;
  if (!file->rank && truncate(file->temporary, 0)) (void)errno; /* nothing to be done */
  PetscCallMPI(MPI_Barrier(file->comm));
  (void)H5Fclose(file->file);
  if (!file->rank) (void)unlink(file->temporary);
  PetscFunctionReturn(0);
}

static void abandon(const DscOutput *file, PetscErrorCode ierr)
{
  const int reason = no_room(file);

  fprintf(stderr, "discern: cannot write '%s': %s\n", file->path, reason ? strerror(reason) : DscErrorMessage());
  (void)unlink(file->temporary);
  MPI_Abort(MPI_COMM_WORLD, (int)(reason ? DSC_EXIT_USER : DscExitCodeFromError(ierr)));
}

/* An error of any rank becomes one of all. A rank that fails alone may leave the others waiting inside HDF5 for ever:
   then it ends the program. */
static PetscErrorCode agree(DscOutput *file, PetscErrorCode ierr)
{
  const double start  = DscTime();
  int          failed = ierr ? 1 : 0, any, done = 0;
  MPI_Request  request;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Iallreduce(&failed, &any, 1, MPI_INT, MPI_MAX, file->comm, &request));
  while (failed && !done) {
    PetscCallMPI(MPI_Test(&request, &done, MPI_STATUS_IGNORE));
    if (!done && DscTime() - start > GRACE_SECONDS) abandon(file, ierr);
    if (!done) usleep(1000);
  }
  if (!done) PetscCallMPI(MPI_Wait(&request, MPI_STATUS_IGNORE));
  if (any) PetscCall(DscSyncError(file->comm, ierr));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOutputCreate(MPI_Comm comm, const char path[], int64_t bytes, DscOutput *file)
{
  hid_t access_list;
  int   reason = 0;

  PetscFunctionBeginUser;
  file->comm  = comm;
  file->bytes = PetscMax(bytes, SMALLEST_BYTES);
  PetscCallMPI(MPI_Comm_rank(comm, &file->rank));
  PetscCall(PetscStrncpy(file->path, path, sizeof(file->path)));
  PetscCall(temporary_name(path, sizeof(file->temporary), file->temporary));
  if (!file->rank) reason = why_not_writable(path, file->temporary);
  PetscCall(refuse(file, reason));
  DscCallH5Id(access_list, H5Pcreate(H5P_FILE_ACCESS));
  DscCallH5(H5Pset_fapl_mpio(access_list, comm, MPI_INFO_NULL));
  DscCallH5(H5Pset_fclose_degree(access_list, H5F_CLOSE_STRONG));
  DscCallH5Id(file->file, H5Fcreate(file->temporary, H5F_ACC_TRUNC, H5P_DEFAULT, access_list));
  DscCallH5(H5Pclose(access_list));
  if (!file->rank) reason = reserve(file->temporary, file->bytes); /* what is left over, HDF5 cuts off at the end */
  PetscCallMPI(MPI_Bcast(&reason, 1, MPI_INT, 0, comm));
  if (reason) PetscCall(discard(file));
  PetscCall(refuse(file, reason));
  PetscFunctionReturn(0);
}

/* Attributes of any size: an object whose attributes keep their order has no limit of 64 kB for one, which the names of
   4096 columns exceed, and so does the list of what a scale is attached to. */
static PetscErrorCode allow_large_attributes(hid_t properties)
{
  PetscFunctionBeginUser;
  DscCallH5(H5Pset_attr_creation_order(properties, H5P_CRT_ORDER_TRACKED));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOutputCreateGroup(DscOutput *file, const char path[])
{
  hid_t group, properties;

  PetscFunctionBeginUser;
  DscCallH5Id(properties, H5Pcreate(H5P_GROUP_CREATE));
  PetscCall(allow_large_attributes(properties));
  DscCallH5Id(group, H5Gcreate2(file->file, path, H5P_DEFAULT, properties, H5P_DEFAULT));
  DscCallH5(H5Gclose(group));
  DscCallH5(H5Pclose(properties));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOutputLink(DscOutput *file, const char path[], const char second[])
{
  PetscFunctionBeginUser;
  if (H5Lexists(file->file, second, H5P_DEFAULT) <= 0) {
    DscCallH5(H5Lcreate_hard(file->file, path, file->file, second, H5P_DEFAULT, H5P_DEFAULT));
  }
  PetscFunctionReturn(0);
}

/* Chunked and compressed, in the order shuffle, deflate, checksum; an empty data set cannot have chunks. */
static PetscErrorCode creation_properties(const DscOutputData *data, hid_t *properties)
{
  hsize_t chunk[DSC_FILE_MAX_DIMS], row = H5Tget_size(data->type);

  PetscFunctionBeginUser;
  DscCallH5Id(*properties, H5Pcreate(H5P_DATASET_CREATE));
  DscCallH5(H5Pset_obj_track_times(*properties, 0));
  PetscCall(allow_large_attributes(*properties));
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
  DscCallH5(H5Pset_deflate(*properties, 1));
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

static PetscErrorCode write_dataset(DscOutput *file, const DscOutputData *data, int64_t first, int64_t count,
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
  PetscFunctionReturn(0);
}

PetscErrorCode DscOutputWrite(DscOutput *file, const DscOutputData *data, int64_t first, int64_t count,
                              const void *rows)
{
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  ierr = write_dataset(file, data, first, count, rows);
  PetscCall(agree(file, ierr));
  if (H5Tget_class(data->type) == H5T_STRING) PetscCall(DscOutputSetText(file, data->path, "_Encoding", "utf-8"));
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

PetscErrorCode DscOutputSetText(DscOutput *file, const char object[], const char name[], const char value[])
{
  hid_t space;

  PetscFunctionBeginUser;
  DscCallH5Id(space, H5Screate(H5S_SCALAR));
  PetscCall(set_texts(file, object, name, space, &value));
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

static PetscErrorCode flush(DscOutput *file)
{
  PetscFunctionBeginUser;
  DscCallH5(H5Fflush(file->file, H5F_SCOPE_GLOBAL));
  PetscFunctionReturn(0);
}

/* The data on the disc first, then the name. 0 or an errno. */
static int put_in_place(const DscOutput *file)
{
  const int descriptor = open(file->temporary, O_RDONLY);
  int       failed;

  if (descriptor < 0) return errno;
  failed = fsync(descriptor) ? errno : 0;
  close(descriptor);
  if (!failed && rename(file->temporary, file->path)) failed = errno;
  if (failed) (void)unlink(file->temporary);
  return failed;
}

/* What an error in writing comes to: a user's where the disc is full, whatever HDF5 says of it. */
static PetscErrorCode fail(DscOutput *file, PetscErrorCode ierr)
{
  int reason = 0;

  PetscFunctionBeginUser;
  if (!file->rank) reason = no_room(file);
  PetscCall(discard(file));
  PetscCall(refuse(file, reason));
  DscUserCheck(ierr != PETSC_ERR_USER_INPUT, file->comm, "%s", DscErrorMessage());
  PetscCheck(PETSC_FALSE, file->comm, ierr, "cannot write '%s': %s", file->path, DscErrorMessage());
  PetscFunctionReturn(0);
}

PetscErrorCode DscOutputClose(DscOutput *file, PetscErrorCode written)
{
  int reason = 0;

  PetscFunctionBeginUser;
  PetscCall(DscErrorCaptureBegin());
  if (!written) written = flush(file);
  written = agree(file, written);
  PetscCall(DscErrorCaptureEnd());
  if (written) PetscCall(fail(file, written));
  DscCallH5(H5Fclose(file->file));
  PetscCallMPI(MPI_Barrier(file->comm));
  if (!file->rank) reason = put_in_place(file);
  PetscCall(refuse(file, reason));
  if (!file->rank) PetscCall(DscSyncFolder(file->path));
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
