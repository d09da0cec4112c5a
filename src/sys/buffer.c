/* Named arrays in one block of memory: [Head | data, padded to 8 bytes] one after the other. */
#include <discern/sys.h>

#include <string.h>
#include <zlib.h>

#define NAME_LENGTH 32

typedef enum { TYPE_REALS = 1, TYPE_INTS, TYPE_BYTES } EntryType;

typedef struct {
  char    name[NAME_LENGTH];
  int64_t type, n; /* n values, of 8 bytes each but for TYPE_BYTES */
} Head;

struct _p_DscBuffer {
  size_t size, capacity, at; /* bytes used, allocated; where the next Get reads */
  char  *data;               /* (owned) [capacity] */
};

PetscErrorCode DscBufferCreate(DscBuffer *buffer)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(buffer));
  PetscFunctionReturn(0);
}

PetscErrorCode DscBufferDestroy(DscBuffer *buffer)
{
  PetscFunctionBeginUser;
  if (!*buffer) PetscFunctionReturn(0);
  PetscCall(PetscFree((*buffer)->data));
  PetscCall(PetscFree(*buffer));
  PetscFunctionReturn(0);
}

PetscErrorCode DscBufferClear(DscBuffer buffer)
{
  PetscFunctionBeginUser;
  buffer->size = buffer->at = 0;
  PetscFunctionReturn(0);
}

PetscErrorCode DscBufferRewind(DscBuffer buffer)
{
  PetscFunctionBeginUser;
  buffer->at = 0;
  PetscFunctionReturn(0);
}

static PetscErrorCode reserve(DscBuffer buffer, size_t size)
{
  PetscFunctionBeginUser;
  if (size <= buffer->capacity) PetscFunctionReturn(0);
  buffer->capacity = PetscMax(size, 2 * buffer->capacity);
  PetscCall(PetscRealloc(buffer->capacity, &buffer->data));
  PetscFunctionReturn(0);
}

static size_t padded(size_t size)
{
  return (size + 7) / 8 * 8;
}

/* Room for an entry; *values is where its data go, zeroed. */
static PetscErrorCode append(DscBuffer buffer, const char name[], EntryType type, PetscInt n, size_t bytes,
                             void **values)
{
  Head head = {.type = type, .n = n};

  PetscFunctionBeginUser;
  PetscCheck(strlen(name) < NAME_LENGTH, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "'%s' is too long a name", name);
  strcpy(head.name, name);
  PetscCall(reserve(buffer, buffer->size + sizeof(head) + padded(bytes)));
  memcpy(buffer->data + buffer->size, &head, sizeof(head));
  *values = buffer->data + buffer->size + sizeof(head);
  memset(*values, 0, padded(bytes));
  buffer->size += sizeof(head) + padded(bytes);
  PetscFunctionReturn(0);
}

PetscErrorCode DscBufferPutReals(DscBuffer buffer, const char name[], PetscInt n, const double values[])
{
  void *to = NULL;

  PetscFunctionBeginUser;
  PetscCall(append(buffer, name, TYPE_REALS, n, (size_t)n * sizeof(double), &to));
  if (n) memcpy(to, values, (size_t)n * sizeof(double));
  PetscFunctionReturn(0);
}

PetscErrorCode DscBufferPutInts(DscBuffer buffer, const char name[], PetscInt n, const PetscInt values[])
{
  void *to = NULL;

  PetscFunctionBeginUser;
  PetscCall(append(buffer, name, TYPE_INTS, n, (size_t)n * sizeof(int64_t), &to));
  for (PetscInt i = 0; i < n; i++) ((int64_t *)to)[i] = values[i];
  PetscFunctionReturn(0);
}

PetscErrorCode DscBufferPutBytes(DscBuffer buffer, const char name[], PetscInt n, const void *bytes)
{
  void *to = NULL;

  PetscFunctionBeginUser;
  PetscCall(append(buffer, name, TYPE_BYTES, n, (size_t)n, &to));
  if (n) memcpy(to, bytes, (size_t)n);
  PetscFunctionReturn(0);
}

static PetscErrorCode next(DscBuffer buffer, const char name[], EntryType type, PetscInt n, size_t bytes,
                           const void **values)
{
  Head head;

  PetscFunctionBeginUser;
  PetscCheck(buffer->at + sizeof(head) + padded(bytes) <= buffer->size, PETSC_COMM_SELF, PETSC_ERR_FILE_UNEXPECTED,
             "the saved state ends before '%s'", name);
  memcpy(&head, buffer->data + buffer->at, sizeof(head));
  head.name[NAME_LENGTH - 1] = '\0';
  PetscCheck(!strcmp(head.name, name) && head.type == type && head.n == n, PETSC_COMM_SELF, PETSC_ERR_FILE_UNEXPECTED,
             "the saved state has '%s' (%lld) where '%s' (%lld) was expected", head.name, (long long)head.n, name,
             (long long)n);
  *values = buffer->data + buffer->at + sizeof(head);
  buffer->at += sizeof(head) + padded(bytes);
  PetscFunctionReturn(0);
}

PetscErrorCode DscBufferGetReals(DscBuffer buffer, const char name[], PetscInt n, double values[])
{
  const void *from = NULL;

  PetscFunctionBeginUser;
  PetscCall(next(buffer, name, TYPE_REALS, n, (size_t)n * sizeof(double), &from));
  if (n) memcpy(values, from, (size_t)n * sizeof(double));
  PetscFunctionReturn(0);
}

PetscErrorCode DscBufferGetInts(DscBuffer buffer, const char name[], PetscInt n, PetscInt values[])
{
  const void *from = NULL;

  PetscFunctionBeginUser;
  PetscCall(next(buffer, name, TYPE_INTS, n, (size_t)n * sizeof(int64_t), &from));
  for (PetscInt i = 0; i < n; i++) values[i] = (PetscInt)((const int64_t *)from)[i];
  PetscFunctionReturn(0);
}

PetscErrorCode DscBufferGetBytes(DscBuffer buffer, const char name[], PetscInt n, void *bytes)
{
  const void *from = NULL;

  PetscFunctionBeginUser;
  PetscCall(next(buffer, name, TYPE_BYTES, n, (size_t)n, &from));
  if (n) memcpy(bytes, from, (size_t)n);
  PetscFunctionReturn(0);
}

PetscErrorCode DscBufferGetData(DscBuffer buffer, size_t *size, const void **data)
{
  PetscFunctionBeginUser;
  *size = buffer->size;
  *data = buffer->data;
  PetscFunctionReturn(0);
}

PetscErrorCode DscBufferSetData(DscBuffer buffer, size_t size, const void *data)
{
  PetscFunctionBeginUser;
  PetscCall(reserve(buffer, size));
  if (size) memcpy(buffer->data, data, size);
  buffer->size = size;
  buffer->at   = 0;
  PetscFunctionReturn(0);
}

PetscErrorCode DscBufferBroadcast(MPI_Comm comm, DscBuffer buffer)
{
  const size_t piece = (size_t)1 << 30; /* MPI counts are ints */
  uint64_t     size  = buffer->size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Bcast(&size, 1, MPI_UINT64_T, 0, comm));
  PetscCall(reserve(buffer, (size_t)size));
  for (size_t at = 0; at < size; at += piece) {
    PetscCallMPI(MPI_Bcast(buffer->data + at, (PetscMPIInt)PetscMin(piece, size - at), MPI_BYTE, 0, comm));
  }
  buffer->size = (size_t)size;
  buffer->at   = 0;
  PetscFunctionReturn(0);
}

uint32_t DscChecksum(size_t size, const void *data)
{
  return (uint32_t)crc32_z(0, data, size);
}
