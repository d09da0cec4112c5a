/*
  NPY, the array format of NumPy (numpy.lib.format, versions 1 to 3): magic, a Python dictionary, raw numbers.

  A plain array is named as its file is, without '.npy'; the columns of a table are also there as '0', '1', ...; the
  fields of a structured table under their own names. The file is mapped: only what is asked for is read.
*/
#include "data/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_COLUMNS 256

/* Where the numbers of an entry are. */
typedef struct {
  char   kind;                              /* 'f', 'i', 'u', 'b' or 'c' as in NumPy */
  size_t size;                              /* of one number, bytes (a complex one: both parts) */
  int    swap;                              /* other byte order than this machine's */
  size_t first;                             /* of the file, bytes */
  size_t strides[DSC_ARRAY_MAX_DIMENSIONS]; /* bytes */
} Layout;

typedef struct {
  unsigned char *bytes; /* (owned) the mapped file */
  size_t         size;
  char          *header;  /* (owned) the dictionary */
  Layout        *layouts; /* (owned) [capacity], one an entry */
  PetscInt       n, capacity;
} Npy;

static PetscBool npy_recognise(const char path[], const unsigned char head[], size_t n)
{
  (void)path;
  return n >= 10 && !memcmp(head, "\x93NUMPY", 6) ? PETSC_TRUE : PETSC_FALSE;
}

/* '<f8' and its kin. Returns 0 for a type that is not a number. */
static int parse_type(const char type[], Layout *layout)
{
  const char order = type[0];
  char      *end;

  if (strlen(type) < 3) return 0;
  layout->kind = type[1];
  layout->size = (size_t)strtoul(type + 2, &end, 10);
  layout->swap = order == '>'; /* this machine, like all that PETSc meets today, is little-endian */
  if (!strchr("<>|=", order) || *end) return 0;
  switch (layout->kind) {
  case 'f':
    return layout->size == 4 || layout->size == 8;
  case 'c':
    return layout->size == 8 || layout->size == 16;
  case 'i':
  case 'u':
    return layout->size == 1 || layout->size == 2 || layout->size == 4 || layout->size == 8;
  case 'b':
    return layout->size == 1;
  default:
    return 0;
  }
}

static double number_at(const unsigned char *at, const Layout *layout, size_t size)
{
  unsigned char raw[8];
  union {
    double   f8;
    float    f4;
    int8_t   i1;
    int16_t  i2;
    int32_t  i4;
    int64_t  i8;
    uint8_t  u1;
    uint16_t u2;
    uint32_t u4;
    uint64_t u8;
  } number;

  for (size_t b = 0; b < size; b++) raw[b] = at[layout->swap ? size - 1 - b : b];
  memcpy(&number, raw, size);
  switch (layout->kind) {
  case 'i':
    return size == 1 ? number.i1 : size == 2 ? number.i2 : size == 4 ? number.i4 : (double)number.i8;
  case 'u':
  case 'b':
    return size == 1 ? number.u1 : size == 2 ? number.u2 : size == 4 ? number.u4 : (double)number.u8;
  default:
    return size == 4 ? (double)number.f4 : number.f8;
  }
}

static PetscErrorCode npy_read(DscFile *file, PetscInt entry, DscArray *array)
{
  const Npy     *npy       = (const Npy *)file->handle;
  const Layout  *layout    = &npy->layouts[entry];
  const PetscInt two_parts = layout->kind == 'c';
  const size_t   size      = two_parts ? layout->size / 2 : layout->size;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(array->n, &array->values));
  if (two_parts) PetscCall(PetscMalloc1(array->n, &array->imaginary));
  for (PetscInt k = 0; k < array->n; k++) {
    const unsigned char *at   = npy->bytes + layout->first;
    PetscInt             rest = k;

    for (PetscInt d = array->ndimensions - 1; d >= 0; d--) {
      at += (size_t)(rest % array->dimensions[d]) * layout->strides[d];
      rest /= array->dimensions[d];
    }
    array->values[k] = number_at(at, layout, size);
    if (two_parts) array->imaginary[k] = number_at(at + size, layout, size);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode npy_close(DscFile *file)
{
  Npy *npy = (Npy *)file->handle;

  PetscFunctionBeginUser;
  if (npy->bytes) munmap(npy->bytes, npy->size);
  PetscCall(PetscFree(npy->header));
  PetscCall(PetscFree(npy->layouts));
  PetscCall(PetscFree(file->handle));
  PetscFunctionReturn(0);
}

static PetscErrorCode add_entry(DscFile *file, const char name[], int ndimensions, const size_t dimensions[],
                                const Layout *layout, const char refusal[])
{
  Npy *npy = (Npy *)file->handle;

  PetscFunctionBeginUser;
  if (npy->n == npy->capacity) {
    const PetscInt capacity = npy->capacity ? 2 * npy->capacity : 16;

    PetscCall(PetscRealloc((size_t)capacity * sizeof(Layout), &npy->layouts));
    npy->capacity = capacity;
  }
  npy->layouts[npy->n++] = *layout;
  PetscCall(DscFileAddEntry(file, name, ndimensions, dimensions, refusal));
  PetscFunctionReturn(0);
}

/* A plain array, and its columns where it has two dimensions. strides: bytes. */
static PetscErrorCode add_plain(DscFile *file, const char type[], int ndimensions, const size_t dimensions[],
                                const size_t strides[], size_t first)
{
  const char *slash = strrchr(file->path, '/'), *base = slash ? slash + 1 : file->path, *dot = strrchr(base, '.');
  char        name[DSC_ARRAY_NAME_LENGTH];
  Layout      layout  = {.kind = 'f'};
  const char *refusal = parse_type(type, &layout) ? NULL : "of a type other than integer, float or complex numbers";

  PetscFunctionBeginUser;
  layout.first = first;
  for (int d = 0; d < ndimensions; d++) layout.strides[d] = strides[d];
  PetscCall(PetscSNPrintf(name, sizeof(name), "%.*s", (int)(dot ? (size_t)(dot - base) : strlen(base)), base));
  PetscCall(add_entry(file, name, ndimensions, dimensions, &layout, refusal));
  for (size_t column = 0; ndimensions == 2 && column < PetscMin(dimensions[1], MAX_COLUMNS); column++) {
    PetscCall(PetscSNPrintf(name, sizeof(name), "%zu", column));
    layout.first = first + column * strides[1];
    PetscCall(add_entry(file, name, 1, dimensions, &layout, refusal));
  }
  PetscFunctionReturn(0);
}

/* Bytes of one number of the type. */
static size_t type_size(const char type[])
{
  return (size_t)strtoul(type + PetscMin(2, strlen(type)), NULL, 10);
}

/* Copies the quoted string at *text, which moves behind it; '' where there is none. */
static void take_string(const char **text, char string[], size_t size)
{
  const char  quote = **text;
  const char *end   = quote == '\'' || quote == '"' ? strchr(*text + 1, quote) : NULL;

  string[0] = '\0';
  if (!end) return;
  snprintf(string, size, "%.*s", (int)(end - *text - 1), *text + 1);
  *text = end + 1;
}

/* The fields [('t', '<f8'), ('x', '<f8')] of a structured type: their number, or 0 where they are something else. */
static int parse_fields(const char text[], char names[][DSC_NAME_LENGTH], char types[][16])
{
  int n = 0;

  for (text++; n < MAX_COLUMNS; n++) {
    text += strspn(text, " ,");
    if (*text == ']') return n;
    if (*text++ != '(') return 0;
    take_string(&text, names[n], DSC_NAME_LENGTH);
    text += strspn(text, " ,");
    take_string(&text, types[n], 16);
    if (!types[n][0] || *text++ != ')') return 0;
  }
  return 0;
}

static PetscErrorCode add_structured(DscFile *file, const char descr[], size_t rows, size_t first, size_t *row_size)
{
  char(*names)[DSC_NAME_LENGTH], (*types)[16];
  int    n;
  size_t offset = 0;

  PetscFunctionBeginUser;
  *row_size = 0;
  PetscCall(PetscMalloc2(MAX_COLUMNS, &names, MAX_COLUMNS, &types));
  n = parse_fields(descr, names, types);
  for (int f = 0; f < n; f++) *row_size += type_size(types[f]);
  for (int f = 0; f < n; f++) {
    Layout    layout = {.kind = 'f'};
    const int number = parse_type(types[f], &layout);

    layout.first      = first + offset;
    layout.strides[0] = *row_size;
    offset += type_size(types[f]);
    if (names[f][0]) PetscCall(add_entry(file, names[f], 1, &rows, &layout, number ? NULL : "text or padding"));
  }
  PetscCall(PetscFree2(names, types));
  DscUserCheck(n > 0, PETSC_COMM_SELF, "data_file: %s: cannot use the NumPy type %.*s; plain fields of numbers only",
               file->path, (int)PetscMin(strcspn(descr, "]") + 1, 80), descr);
  PetscFunctionReturn(0);
}

/* What follows key in the dictionary; NULL where it is missing. */
static const char *find_value(const char header[], const char key[])
{
  const char *at = strstr(header, key);

  if (!at) return NULL;
  at += strlen(key);
  return at + strspn(at, " :");
}

/* (256, 101), (5,) or (): the number of dimensions, -1 where it is not a shape. */
static int parse_shape(const char text[], size_t dimensions[])
{
  int n = 0;

  if (*text++ != '(') return -1;
  while (*(text += strspn(text, " ,")) != ')') {
    char *end;

    if (n == DSC_ARRAY_MAX_DIMENSIONS || *text < '0' || *text > '9') return -1;
    dimensions[n++] = (size_t)strtoull(text, &end, 10);
    text            = end;
  }
  return n;
}

/* header: the dictionary as a string; first: where the numbers begin. */
static PetscErrorCode parse_header(DscFile *file, const char header[], size_t first)
{
  const Npy  *npy   = (const Npy *)file->handle;
  const char *descr = find_value(header, "'descr'"), *order = find_value(header, "'fortran_order'"),
             *shape = find_value(header, "'shape'");
  size_t    dimensions[DSC_ARRAY_MAX_DIMENSIONS], strides[DSC_ARRAY_MAX_DIMENSIONS], size, total;
  char      type[16];
  const int n = shape ? parse_shape(shape, dimensions) : -1;

  PetscFunctionBeginUser;
  DscUserCheck(descr && order && n >= 0, PETSC_COMM_SELF, "data_file: %s: the NPY header is damaged", file->path);
  if (*descr == '[') {
    DscUserCheck(n == 1, PETSC_COMM_SELF, "data_file: %s: a structured array must have one dimension, not %d",
                 file->path, n);
    PetscCall(add_structured(file, descr, dimensions[0], first, &size));
    total = dimensions[0] * size;
  } else {
    take_string(&descr, type, sizeof(type));
    total = size = type_size(type);
    for (int k = 0; k < n; k++) {
      const int d = *order == 'T' ? k : n - 1 - k; /* fastest first */

      strides[d] = total;
      total *= dimensions[d];
    }
    PetscCall(add_plain(file, type, n, dimensions, strides, first));
  }
  DscUserCheck(first + total <= npy->size, PETSC_COMM_SELF,
               "data_file: %s is cut off: %zu bytes where its header promises %zu", file->path, npy->size,
               first + total);
  PetscFunctionReturn(0);
}

static PetscErrorCode npy_open(DscFile *file)
{
  Npy        *npy;
  struct stat status;
  int         descriptor;
  size_t      length, first;
  void       *mapped = MAP_FAILED;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&npy));
  file->handle = npy;
  descriptor   = open(file->path, O_RDONLY);
  if (descriptor >= 0 && !fstat(descriptor, &status)) {
    npy->size = (size_t)status.st_size;
    mapped    = mmap(NULL, npy->size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  }
  DscUserCheck(mapped != MAP_FAILED, PETSC_COMM_SELF, "data_file: cannot read %s: %s", file->path, strerror(errno));
  npy->bytes = (unsigned char *)mapped;
  close(descriptor);

  first  = npy->bytes[6] == 1 ? 10 : 12;
  length = npy->bytes[8] + ((size_t)npy->bytes[9] << 8);
  if (first == 12 && npy->size >= 12) length += ((size_t)npy->bytes[10] << 16) + ((size_t)npy->bytes[11] << 24);
  DscUserCheck(first + length <= npy->size, PETSC_COMM_SELF, "data_file: %s is cut off in its header", file->path);
  PetscCall(PetscMalloc1(length + 1, &npy->header));
  PetscCall(PetscMemcpy(npy->header, npy->bytes + first, length));
  npy->header[length] = '\0';
  PetscCall(parse_header(file, npy->header, first + length));
  PetscFunctionReturn(0);
}

const DscReader DscReaderNPY = {"NPY", npy_recognise, npy_open, NULL, npy_read, npy_close, NULL, NULL};
