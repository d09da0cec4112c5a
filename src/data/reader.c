/*
  What all formats share: which reader takes a file, finding an array by name, complex numbers, numbers that are none.
*/
#include "data/reader.h"

#include <errno.h>
#include <string.h>

#define HEAD_SIZE 4096

/* in the order in which they are asked; CSV takes whatever is text */
static const DscReader *const readers[] = {&DscReaderHDF5, &DscReaderMAT, &DscReaderNPY, &DscReaderCSV};

/* An imaginary part below this fraction of the real one's norm is rounding. */
static const double negligible_imaginary = 1e-6;

const char *DscShapeText(PetscInt ndimensions, const PetscInt dimensions[])
{
  static char text[4][128];
  static int  next  = 0;
  char       *shape = text[next];
  size_t      used  = 0;

  next     = (next + 1) % 4;
  shape[0] = '\0';
  for (PetscInt d = 0; d < ndimensions && used + 16 < sizeof(text[0]); d++) {
    used += (size_t)snprintf(shape + used, sizeof(text[0]) - used, "%s%" PetscInt_FMT, d ? "x" : "", dimensions[d]);
  }
  if (!ndimensions) snprintf(shape, sizeof(text[0]), "scalar");
  return shape;
}

/* Formats that a user may well try, and what to do about them. */
static const char *advice(const unsigned char head[], size_t n)
{
  if (n >= 3 && !memcmp(head, "CDF", 3)) return "is a classic netCDF file; convert it with nccopy -k nc4";
  if (n >= 4 && !memcmp(head, "PK\003\004", 4)) return "is a zip archive; if it is an .npz, unzip it and name the .npy";
  if (n >= 2 && head[0] == 0x1f && head[1] == 0x8b) return "is compressed with gzip; unpack it first";
  return "is in no known format; HDF5, MATLAB, NPY and CSV can be read";
}

static PetscErrorCode choose_reader(DscFile *file)
{
  unsigned char head[HEAD_SIZE];
  size_t        n      = 0;
  int           broken = 0;
  FILE         *stream = fopen(file->path, "rb");

  PetscFunctionBeginUser;
  if (stream) {
    n      = fread(head, 1, sizeof(head), stream);
    broken = ferror(stream) ? errno : 0;
    fclose(stream);
  }
  DscUserCheck(stream && !broken, PETSC_COMM_SELF, "data_file: cannot read %s: %s", file->path,
               strerror(broken ? broken : errno));
  DscUserCheck(n > 0, PETSC_COMM_SELF, "data_file: %s is empty", file->path);
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(readers) && !file->reader; i++) {
    if (readers[i]->recognise(file->path, head, n)) file->reader = readers[i];
  }
  DscUserCheck(file->reader, PETSC_COMM_SELF, "data_file: %s %s", file->path, advice(head, n));
  PetscFunctionReturn(0);
}

PetscErrorCode DscFileOpen(const char path[], DscFile **file)
{
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(file));
  PetscCall(PetscStrncpy((*file)->path, path, sizeof((*file)->path)));
  ierr = choose_reader(*file);
  if (!ierr) ierr = (*file)->reader->open(*file);
  if (ierr) PetscCall(DscFileClose(file));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

PetscErrorCode DscFileClose(DscFile **file)
{
  PetscFunctionBeginUser;
  if (!*file) PetscFunctionReturn(0);
  if ((*file)->handle) PetscCall((*file)->reader->close(*file));
  PetscCall(PetscFree((*file)->entries));
  PetscCall(PetscFree(*file));
  PetscFunctionReturn(0);
}

PetscErrorCode DscFileAddEntry(DscFile *file, const char name[], int ndimensions, const size_t dimensions[],
                               const char refusal[])
{
  DscFileEntry *entry;
  double        n = 1.;

  PetscFunctionBeginUser;
  if (file->n == file->capacity) {
    const PetscInt capacity = file->capacity ? 2 * file->capacity : 16;

    PetscCall(PetscRealloc((size_t)capacity * sizeof(DscFileEntry), &file->entries));
    file->capacity = capacity;
  }
  entry = &file->entries[file->n];
  PetscCall(PetscMemzero(entry, sizeof(*entry)));
  PetscCall(PetscStrncpy(entry->name, name, sizeof(entry->name)));
  entry->refusal = refusal;
  if (ndimensions > DSC_ARRAY_MAX_DIMENSIONS) {
    entry->refusal = "an array of too many dimensions";
    ndimensions    = 0;
  }
  for (int d = 0; d < ndimensions; d++) n *= (double)dimensions[d];
  if (n > 1e18) {
    entry->refusal = "larger than this build can count";
    ndimensions    = 0;
  }
  for (int d = 0; d < ndimensions; d++) {
    if (dimensions[d] <= (size_t)PETSC_MAX_INT) continue;
    entry->refusal = "larger than this build can count";
    ndimensions    = 0;
  }
  entry->ndimensions = ndimensions;
  for (int d = 0; d < ndimensions; d++) entry->dimensions[d] = (PetscInt)dimensions[d];
  file->n++;
  PetscFunctionReturn(0);
}

/* 'usol 256x101, x 256x1, ...' */
static void list_entries(const DscFile *file, char list[], size_t size)
{
  size_t used = 0;

  list[0] = '\0';
  for (PetscInt i = 0; i < file->n; i++) {
    const DscFileEntry *entry = &file->entries[i];
    const char         *shape = entry->refusal ? entry->refusal : DscShapeText(entry->ndimensions, entry->dimensions);

    if (used + strlen(entry->name) + strlen(shape) + 16 > size) {
      (void)snprintf(list + used, size - used, ", ...");
      return;
    }
    used += (size_t)snprintf(list + used, size - used, "%s%s (%s)", i ? ", " : "", entry->name, shape);
  }
}

static PetscInt find_entry(const DscFile *file, const char name[])
{
  for (PetscInt i = 0; i < file->n; i++) {
    if (!strcmp(file->entries[i].name, name)) return i;
  }
  return -1;
}

/* The array that name means, and which part of it: 'r' or 'i' for '.re' and '.im', 0 for all of it. */
static PetscErrorCode resolve_name(const DscFile *file, const char where[], const char name[], PetscInt *entry,
                                   char *part)
{
  const size_t length = strlen(name);
  char         base[DSC_ARRAY_NAME_LENGTH], list[1024];

  PetscFunctionBeginUser;
  *part  = 0;
  *entry = find_entry(file, name);
  if (*entry < 0 && length > 3 && (!strcmp(name + length - 3, ".re") || !strcmp(name + length - 3, ".im"))) {
    PetscCall(PetscStrncpy(base, name, PetscMin(length - 2, sizeof(base))));
    *entry = find_entry(file, base);
    *part  = name[length - 2];
  }
  list_entries(file, list, sizeof(list));
  DscUserCheck(*entry >= 0, PETSC_COMM_SELF, "%s: %s has no '%s'; read as %s, it holds %s", where, file->path, name,
               file->reader->name, file->n ? list : "nothing");
  DscUserCheck(!file->entries[*entry].refusal, PETSC_COMM_SELF, "%s: in %s, '%s' is %s, not an array of numbers", where,
               file->path, name, file->entries[*entry].refusal);
  PetscFunctionReturn(0);
}

static double norm(const double values[], PetscInt n)
{
  double largest = 0., sum = 0.;

  for (PetscInt i = 0; i < n; i++) largest = PetscMax(largest, fabs(values[i]));
  if (largest == 0.) return 0.;
  for (PetscInt i = 0; i < n; i++) sum += (values[i] / largest) * (values[i] / largest);
  return largest * sqrt(sum);
}

/* Leaves real numbers in array->values. */
static PetscErrorCode take_part(const DscFile *file, const char name[], char part, DscArray *array)
{
  double real, imaginary;

  PetscFunctionBeginUser;
  DscUserCheck(!part || array->imaginary, PETSC_COMM_SELF, "%s: '%s': the array is real and has no parts", file->path,
               name);
  if (!array->imaginary) PetscFunctionReturn(0);
  if (part == 'i') {
    double *unused = array->values;

    array->values    = array->imaginary;
    array->imaginary = unused;
  } else if (!part) {
    real      = norm(array->values, array->n);
    imaginary = norm(array->imaginary, array->n);
    DscUserCheck(imaginary <= negligible_imaginary * real, PETSC_COMM_SELF,
                 "%s: '%s' is complex (norms of real and imaginary part %.3g and %.3g); read the parts as two fields, "
                 "-data_u %s.re,%s.im",
                 file->path, name, real, imaginary, name, name);
  }
  PetscCall(PetscFree(array->imaginary));
  PetscFunctionReturn(0);
}

/* Value k of array in row-major order. */
static PetscInt offset_of(const DscArray *array, PetscInt k, PetscInt at[])
{
  PetscInt offset = 0;

  for (PetscInt d = array->ndimensions - 1; d >= 0; d--) {
    at[d] = k % array->dimensions[d];
    k /= array->dimensions[d];
    offset += at[d] * array->strides[d];
  }
  return offset;
}

static PetscErrorCode check_finite(const DscFile *file, const char name[], const DscArray *array)
{
  PetscInt bad = 0, infinite = 0, first[DSC_ARRAY_MAX_DIMENSIONS], at[DSC_ARRAY_MAX_DIMENSIONS];
  char     place[128] = "";
  double   value      = 0.;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < array->n; i++) {
    bad += !isfinite(array->values[i]);
    infinite += isinf(array->values[i]) ? 1 : 0;
  }
  if (file->missing) bad = infinite;
  if (!bad) PetscFunctionReturn(0);
  for (PetscInt k = array->n - 1; k >= 0; k--) {
    const PetscInt offset = offset_of(array, k, at);

    if (file->missing ? !isinf(array->values[offset]) : isfinite(array->values[offset])) continue;
    value = array->values[offset];
    PetscCall(PetscArraycpy(first, at, array->ndimensions));
  }
  for (PetscInt d = 0; d < array->ndimensions; d++) {
    const size_t used = strlen(place);

    snprintf(place + used, sizeof(place) - used, "%s%" PetscInt_FMT, d ? ", " : "", first[d]);
  }
  DscUserCheck(PETSC_FALSE, PETSC_COMM_SELF,
               "%s: '%s' has %" PetscInt_FMT " of %" PetscInt_FMT
               " values that are not finite; the first is %s at [%s], counting from 0%s",
               file->path, name, bad, array->n, isnan(value) ? "NaN" : "infinite", place,
               infinite || !file->advice ? "" : file->advice);
  PetscFunctionReturn(0);
}

PetscErrorCode DscFileDescribe(DscFile *file, const char where[], const char name[], DscArray *array, PetscInt *entry,
                               char *part)
{
  const DscFileEntry *found;
  PetscInt64          stride = 1;

  PetscFunctionBeginUser;
  PetscCall(resolve_name(file, where, name, entry, part));
  found = &file->entries[*entry];
  PetscCall(PetscStrncpy(array->name, name, sizeof(array->name)));
  array->ndimensions = found->ndimensions;
  for (PetscInt d = found->ndimensions - 1; d >= 0; d--) {
    array->dimensions[d] = found->dimensions[d];
    array->strides[d]    = (PetscInt)PetscMin(stride, PETSC_MAX_INT);
    stride *= found->dimensions[d];
  }
  array->n = (PetscInt)PetscMin(stride, PETSC_MAX_INT);
  DscUserCheck(array->n > 0, PETSC_COMM_SELF, "%s: '%s' is empty (%s)", file->path, name,
               DscShapeText(array->ndimensions, array->dimensions));
  if (file->reader->describe) PetscCall(file->reader->describe(file, *entry, array));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_named(DscFile *file, const char where[], const char name[], DscArray *array)
{
  PetscInt entry;
  char     part;

  PetscFunctionBeginUser;
  PetscCall(DscFileDescribe(file, where, name, array, &entry, &part));
  DscUserCheck(array->n < PETSC_MAX_INT, PETSC_COMM_SELF,
               "%s: in %s, '%s' (%s) is larger than this build can count; -data_distribution sharded reads it in parts",
               where, file->path, name, DscShapeText(array->ndimensions, array->dimensions));
  PetscCall(file->reader->read(file, entry, array));
  PetscCall(take_part(file, name, part, array));
  PetscCall(check_finite(file, name, array));
  PetscFunctionReturn(0);
}

/* The only array of another NPY file, whose path is relative to the folder of this one. */
static PetscErrorCode read_neighbour(const DscFile *file, const char where[], const char name[], DscArray *array)
{
  const char    *slash = strrchr(file->path, '/');
  char           path[PETSC_MAX_PATH_LEN];
  DscFile       *other;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  if (name[0] == '/' || !slash)
    PetscCall(PetscStrncpy(path, name, sizeof(path)));
  else
    PetscCall(PetscSNPrintf(path, sizeof(path), "%.*s/%s", (int)(slash - file->path), file->path, name));
  PetscCall(DscFileOpen(path, &other));
  other->missing = file->missing;
  other->advice  = file->advice;
  ierr           = read_named(other, where, other->entries[0].name, array);
  if (!ierr) ierr = PetscStrncpy(array->name, name, sizeof(array->name));
  PetscCall(DscFileClose(&other));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

PetscErrorCode DscFileRead(DscFile *file, const char where[], const char name[], DscArray *array)
{
  const size_t length = strlen(name);

  PetscFunctionBeginUser;
  if (length > 4 && !strcmp(name + length - 4, ".npy") && find_entry(file, name) < 0) {
    PetscCall(read_neighbour(file, where, name, array));
  } else {
    PetscCall(read_named(file, where, name, array));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscArrayDestroy(DscArray *array)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(array->values));
  PetscCall(PetscFree(array->imaginary));
  PetscFunctionReturn(0);
}
