/* A buffer as a file: [FileHead | its bytes]. */
#include <discern/sys.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char magic[8] = "DSCSTAT1";

typedef struct {
  char     magic[8], kind[16];
  uint64_t size;
  uint32_t checksum;      /* of the bytes behind the head */
  uint32_t head_checksum; /* of everything before it */
} FileHead;

/* All of it, whatever pieces the system takes; 0 or an errno. */
static int write_all(int descriptor, const void *data, size_t size)
{
  const char *from = data;

  while (size) {
    const ssize_t written = write(descriptor, from, size);

    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    from += written;
    size -= (size_t)written;
  }
  return 0;
}

/* The number of bytes that there are, up to size; -1 on an error. */
static ssize_t read_all(int descriptor, void *data, size_t size)
{
  size_t have = 0;

  while (have < size) {
    const ssize_t got = read(descriptor, (char *)data + have, size - have);

    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (!got) break;
    have += (size_t)got;
  }
  return (ssize_t)have;
}

PetscErrorCode DscSyncFolder(const char path[])
{
  char folder[PETSC_MAX_PATH_LEN];
  int  descriptor;

  PetscFunctionBeginUser;
  PetscCall(PetscStrncpy(folder, path, sizeof(folder)));
  descriptor = open(dirname(folder), O_RDONLY | O_DIRECTORY);
  PetscCheck(descriptor >= 0, PETSC_COMM_SELF, PETSC_ERR_FILE_OPEN, "cannot open the folder of '%s': %s", path,
             strerror(errno));
  (void)fsync(descriptor); /* some file systems have none for folders */
  close(descriptor);
  PetscFunctionReturn(0);
}

/* 0 or an errno. */
static int write_file(const char path[], const FileHead *head, size_t size, const void *data)
{
  const int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  int       failed;

  if (descriptor < 0) return errno;
  failed = write_all(descriptor, head, sizeof(*head));
  if (!failed) failed = write_all(descriptor, data, size);
  if (!failed && fsync(descriptor)) failed = errno;
  if (close(descriptor) && !failed) failed = errno;
  return failed;
}

PetscErrorCode DscBufferWriteFile(DscBuffer buffer, const char kind[], const char path[])
{
  FileHead    head = {.size = 0};
  char        temporary[PETSC_MAX_PATH_LEN];
  const void *data;
  size_t      size;
  int         failed;

  PetscFunctionBeginUser;
  PetscCall(DscBufferGetData(buffer, &size, &data));
  PetscCheck(strlen(kind) < sizeof(head.kind), PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "'%s' is too long", kind);
  PetscCheck(strlen(path) + 5 < sizeof(temporary), PETSC_COMM_SELF, PETSC_ERR_FILE_WRITE, "'%s' is too long a path",
             path);
  snprintf(temporary, sizeof(temporary), "%s.tmp", path);
  memcpy(head.magic, magic, sizeof(magic));
  strcpy(head.kind, kind);
  head.size          = size;
  head.checksum      = DscChecksum(size, data);
  head.head_checksum = DscChecksum(offsetof(FileHead, head_checksum), &head);
  failed             = write_file(temporary, &head, size, data);
  if (!failed && rename(temporary, path)) failed = errno;
  if (failed) (void)unlink(temporary);
  PetscCheck(!failed, PETSC_COMM_SELF, PETSC_ERR_FILE_WRITE, "cannot write '%s': %s", path, strerror(failed));
  PetscCall(DscSyncFolder(path));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_body(DscBuffer buffer, int descriptor, const FileHead *head, size_t size,
                                const char **damage)
{
  char *data;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(size, &data));
  if (read_all(descriptor, data, size) != (ssize_t)size)
    *damage = "it ends too soon";
  else if (DscChecksum(size, data) != head->checksum)
    *damage = "its checksum is wrong";
  else
    PetscCall(DscBufferSetData(buffer, size, data));
  PetscCall(PetscFree(data));
  PetscFunctionReturn(0);
}

PetscErrorCode DscBufferReadFile(DscBuffer buffer, const char kind[], const char path[], const char **damage)
{
  const int   descriptor = open(path, O_RDONLY);
  FileHead    head;
  struct stat status;

  PetscFunctionBeginUser;
  *damage = NULL;
  if (descriptor < 0) {
    *damage = strerror(errno);
    PetscFunctionReturn(0);
  }
  if (fstat(descriptor, &status) || read_all(descriptor, &head, sizeof(head)) != (ssize_t)sizeof(head))
    *damage = "it ends too soon";
  else if (memcmp(head.magic, magic, sizeof(magic)) ||
           DscChecksum(offsetof(FileHead, head_checksum), &head) != head.head_checksum)
    *damage = "its head is damaged";
  else if (strncmp(head.kind, kind, sizeof(head.kind)))
    *damage = "it holds something else";
  else if ((uint64_t)status.st_size != head.size + sizeof(head))
    *damage = "it has not its full length";
  else
    PetscCall(read_body(buffer, descriptor, &head, (size_t)head.size, damage));
  close(descriptor);
  PetscFunctionReturn(0);
}
