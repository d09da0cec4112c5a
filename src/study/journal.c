#include "study/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define VERSION  1
#define BLOCK    4096
#define IDENTITY (-1) /* run of the record that says what study this is */

static const char magic[8] = "DSCJRNL1";

typedef struct {
  char     magic[8];
  int64_t  run, offset, length; /* offset: where this head is; length: bytes behind it */
  uint32_t checksum;            /* of those bytes */
  uint32_t head_checksum;       /* of everything before it */
} Head;

struct _p_DscJournal {
  MPI_Comm         comm; /* (not owned) */
  char             path[PETSC_MAX_PATH_LEN];
  int              descriptor; /* (owned) */
  int64_t          end;        /* blocks that were taken when it was opened */
  DscJournalStudy  study;      /* options (owned) */
  PetscInt         n, capacity;
  DscJournalEntry *entry;  /* (owned) [n] */
  DscBuffer        buffer; /* (owned) of one record */
  size_t           room;
  char            *record; /* (owned) [room] a record as it is in the file */
  PetscBool        warned;
};

static int64_t count_blocks(int64_t length)
{
  return (length + (int64_t)sizeof(Head) + BLOCK - 1) / BLOCK;
}

static PetscErrorCode create_object(MPI_Comm comm, const char path[], DscJournal *journal)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(journal));
  (*journal)->comm       = comm;
  (*journal)->descriptor = -1;
  PetscCall(PetscStrncpy((*journal)->path, path, sizeof((*journal)->path)));
  PetscCall(DscBufferCreate(&(*journal)->buffer));
  PetscFunctionReturn(0);
}

PetscErrorCode DscJournalDestroy(DscJournal *journal)
{
  DscJournal j = *journal;

  PetscFunctionBeginUser;
  if (!j) PetscFunctionReturn(0);
  if (j->descriptor >= 0) close(j->descriptor);
  PetscCall(PetscFree(j->study.options));
  PetscCall(PetscFree(j->entry));
  PetscCall(PetscFree(j->record));
  PetscCall(DscBufferDestroy(&j->buffer));
  PetscCall(PetscFree(*journal));
  PetscFunctionReturn(0);
}

const DscJournalStudy *DscJournalGetStudy(DscJournal journal)
{
  return &journal->study;
}

const DscJournalEntry *DscJournalGetEntries(DscJournal journal, PetscInt *n)
{
  *n = journal->n;
  return journal->entry;
}

/* ---- writing ------------------------------------------------------------------------------------------------- */

/* The buffer as a record at offset: whole blocks, the last one filled with zeros, in one write, then to the disc. 0 or an
   errno in *failed. */
static PetscErrorCode write_record(DscJournal j, int64_t run, int64_t offset, int *failed)
{
  const void *data;
  size_t      size, bytes, done = 0;
  Head        head = {.run = run, .offset = offset};

  PetscFunctionBeginUser;
  PetscCall(DscBufferGetData(j->buffer, &size, &data));
  bytes = (size_t)count_blocks((int64_t)size) * BLOCK;
  if (bytes > j->room) {
    PetscCall(PetscRealloc(bytes, &j->record));
    j->room = bytes;
  }
  memcpy(head.magic, magic, sizeof(magic));
  head.length        = (int64_t)size;
  head.checksum      = DscChecksum(size, data);
  head.head_checksum = DscChecksum(offsetof(Head, head_checksum), &head);
  memcpy(j->record, &head, sizeof(head));
  memcpy(j->record + sizeof(head), data, size);
  memset(j->record + sizeof(head) + size, 0, bytes - sizeof(head) - size);
  *failed = 0;
  while (done < bytes && !*failed) {
    const ssize_t written = pwrite(j->descriptor, j->record + done, bytes - done, (off_t)offset + (off_t)done);

    if (written >= 0)
      done += (size_t)written;
    else if (errno != EINTR)
      *failed = errno;
  }
  if (!*failed && fsync(j->descriptor)) *failed = errno;
  PetscFunctionReturn(0);
}

PetscErrorCode DscJournalAppend(DscJournal j, DscQueue queue, PetscInt run, const DscResult *result, PetscBool *durable)
{
  const void *data;
  size_t      size;
  int64_t     block;
  int         failed;

  PetscFunctionBeginUser;
  PetscCall(DscBufferClear(j->buffer));
  PetscCall(DscResultPut(result, j->buffer));
  PetscCall(DscBufferGetData(j->buffer, &size, &data));
  PetscCall(DscQueueReserve(queue, count_blocks((int64_t)size), &block));
  PetscCall(write_record(j, run, (j->end + block) * BLOCK, &failed));
  *durable = failed ? PETSC_FALSE : PETSC_TRUE;
  if (failed && !j->warned) {
    DscWarn("cannot write '%s': %s; the study goes on, but finished runs are lost if it does not reach its end",
            j->path, strerror(failed));
    j->warned = PETSC_TRUE;
  }
  PetscFunctionReturn(0);
}

/* ---- the study it belongs to --------------------------------------------------------------------------------- */

static PetscErrorCode put_study(const DscJournalStudy *study, DscBuffer buffer)
{
  const PetscInt size    = (PetscInt)strlen(study->options) + 1;
  const PetscInt ints[4] = {VERSION, study->nruns, study->continues, size};

  PetscFunctionBeginUser;
  PetscCall(DscBufferClear(buffer));
  PetscCall(DscBufferPutInts(buffer, "study", 4, ints));
  PetscCall(DscBufferPutBytes(buffer, "options", size, study->options));
  PetscFunctionReturn(0);
}

static PetscErrorCode get_study(DscJournal j)
{
  PetscInt ints[4];

  PetscFunctionBeginUser;
  PetscCall(DscBufferRewind(j->buffer));
  PetscCall(DscBufferGetInts(j->buffer, "study", 4, ints));
  DscUserCheck(ints[0] <= VERSION, PETSC_COMM_SELF, "'%s' was written by a later discern; use that one", j->path);
  j->study.nruns     = ints[1];
  j->study.continues = ints[2] ? PETSC_TRUE : PETSC_FALSE;
  PetscCall(PetscMalloc1(ints[3], &j->study.options));
  PetscCall(DscBufferGetBytes(j->buffer, "options", ints[3], j->study.options));
  PetscFunctionReturn(0);
}

/* ---- one program at a time ----------------------------------------------------------------------------------- */

/* Every rank that has the file open holds a shared lock, also one that has outlived its job for a moment. A file system
   without locks has none to wait for. */
static PetscBool is_free(int descriptor)
{
  return (PetscBool)(!flock(descriptor, LOCK_EX | LOCK_NB) || errno != EWOULDBLOCK);
}

/* *descriptor is -1 if there is no such file. A file that its program has removed meanwhile is none. */
static PetscErrorCode open_alone(const char path[], double wait, int *descriptor)
{
  const double start = DscTime();
  struct stat  status;

  PetscFunctionBeginUser;
  for (;;) {
    *descriptor = open(path, wait < 0 ? O_RDONLY : O_RDWR);
    if (*descriptor < 0 && errno == ENOENT) PetscFunctionReturn(0);
    DscUserCheck(*descriptor >= 0, PETSC_COMM_SELF, "cannot open '%s': %s", path, strerror(errno));
    if (wait < 0) PetscFunctionReturn(0);
    if (is_free(*descriptor)) {
      if (fstat(*descriptor, &status) || status.st_nlink > 0) PetscFunctionReturn(0);
      close(*descriptor);
      continue;
    }
    close(*descriptor);
    *descriptor = -1;
    DscUserCheck(DscTime() - start < wait, PETSC_COMM_SELF,
                 "another discern is at work on '%s': wait for its end, or give another -output", path);
    usleep(100000);
  }
}

static PetscErrorCode open_again(DscJournal j, PetscBool lock)
{
  PetscFunctionBeginUser;
  j->descriptor = open(j->path, lock ? O_RDWR : O_RDONLY);
  PetscCheck(j->descriptor >= 0, PETSC_COMM_SELF, PETSC_ERR_FILE_OPEN, "cannot open '%s': %s", j->path,
             strerror(errno));
  if (lock) (void)flock(j->descriptor, LOCK_SH | LOCK_NB);
  PetscFunctionReturn(0);
}

/* The other ranks come after rank 0, which keeps its lock with them; all are there before anybody goes on. */
static PetscErrorCode open_others(DscJournal j, PetscBool lock)
{
  PetscMPIInt    rank;
  PetscErrorCode ierr = 0;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(j->comm, &rank));
  if (!rank && lock) (void)flock(j->descriptor, LOCK_SH);
  PetscCallMPI(MPI_Barrier(j->comm));
  if (rank) ierr = open_again(j, lock);
  PetscCall(DscSyncError(j->comm, ierr));
  PetscFunctionReturn(0);
}

/* ---- a new one ----------------------------------------------------------------------------------------------- */

/* 0 or an errno in *failed. */
static PetscErrorCode create_file(DscJournal j, const char temporary[], int *failed)
{
  const void *data;
  size_t      size;

  PetscFunctionBeginUser;
  PetscCall(DscBufferGetData(j->buffer, &size, &data));
  j->end        = 2 * count_blocks((int64_t)size);
  j->descriptor = open(temporary, O_RDWR | O_CREAT | O_TRUNC, 0666);
  *failed       = j->descriptor < 0 ? errno : 0;
  if (!*failed) (void)flock(j->descriptor, LOCK_EX | LOCK_NB);
  if (!*failed) PetscCall(write_record(j, IDENTITY, 0, failed));
  if (!*failed) PetscCall(write_record(j, IDENTITY, j->end / 2 * BLOCK, failed));
  if (!*failed && rename(temporary, j->path)) *failed = errno;
  if (*failed) (void)unlink(temporary);
  PetscFunctionReturn(0);
}

static PetscErrorCode create_on_root(DscJournal j, const DscJournalStudy *study)
{
  char temporary[PETSC_MAX_PATH_LEN + 8];
  int  failed;

  PetscFunctionBeginUser;
  snprintf(temporary, sizeof(temporary), "%s.tmp", j->path);
  PetscCall(put_study(study, j->buffer));
  PetscCall(get_study(j));
  PetscCall(create_file(j, temporary, &failed));
  PetscCheck(!failed, PETSC_COMM_SELF, PETSC_ERR_FILE_WRITE, "cannot write '%s': %s", j->path, strerror(failed));
  PetscCall(DscSyncFolder(j->path));
  PetscFunctionReturn(0);
}

PetscErrorCode DscJournalCreate(MPI_Comm comm, const char path[], const DscJournalStudy *study, DscJournal *journal)
{
  PetscMPIInt    rank;
  DscJournal     j;
  PetscErrorCode ierr = 0;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(create_object(comm, path, &j));
  if (!rank) ierr = create_on_root(j, study);
  ierr = DscSyncError(comm, ierr);
  if (ierr) PetscCall(DscJournalDestroy(&j));
  PetscCall(ierr);
  PetscCallMPI(MPI_Bcast(&j->end, 1, MPI_INT64_T, 0, comm));
  PetscCall(open_others(j, PETSC_TRUE));
  *journal = j;
  PetscFunctionReturn(0);
}

PetscErrorCode DscJournalRemove(DscJournal journal)
{
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(journal->comm, &rank));
  if (!rank && unlink(journal->path)) DscWarn("cannot remove '%s': %s", journal->path, strerror(errno));
  PetscFunctionReturn(0);
}

/* ---- an existing one ----------------------------------------------------------------------------------------- */

static PetscErrorCode add_entry(DscJournal j, const Head *head)
{
  PetscFunctionBeginUser;
  if (j->n == j->capacity) {
    j->capacity = PetscMax(64, 2 * j->capacity);
    PetscCall(PetscRealloc((size_t)j->capacity * sizeof(*j->entry), &j->entry));
  }
  j->entry[j->n++] = (DscJournalEntry){.run = head->run, .offset = head->offset, .length = head->length};
  PetscFunctionReturn(0);
}

/* NULL, or why there is no record at offset. */
static const char *read_head(const DscJournal j, int64_t offset, Head *head)
{
  static const Head nothing;

  if (pread(j->descriptor, head, sizeof(*head), (off_t)offset) != (ssize_t)sizeof(*head)) return "it ends too soon";
  if (!memcmp(head, &nothing, sizeof(*head))) return "it was never written";
  if (memcmp(head->magic, magic, sizeof(magic)) || head->offset != offset ||
      DscChecksum(offsetof(Head, head_checksum), head) != head->head_checksum)
    return "its head is damaged";
  return NULL;
}

/* The bytes of a record into the buffer; *damage is NULL if they are whole. */
static PetscErrorCode read_bytes(DscJournal j, const DscJournalEntry *entry, const char **damage)
{
  const size_t size = (size_t)entry->length;
  size_t       have = 0;
  Head         head;
  char        *data;

  PetscFunctionBeginUser;
  *damage = read_head(j, entry->offset, &head);
  PetscCall(PetscMalloc1(size, &data));
  while (have < size) {
    const ssize_t got =
        pread(j->descriptor, data + have, size - have, (off_t)(entry->offset + (int64_t)sizeof(head) + (int64_t)have));

    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    have += (size_t)got;
  }
  if (!*damage && have < size) *damage = "it ends too soon";
  if (!*damage && DscChecksum(size, data) != head.checksum) *damage = "its checksum is wrong";
  if (!*damage) PetscCall(DscBufferSetData(j->buffer, size, data));
  PetscCall(PetscFree(data));
  PetscFunctionReturn(0);
}

static void name_damage(const DscJournal j, int64_t offset, const char damage[])
{
  DscWarn("skipping a damaged record at byte %lld of '%s': %s", (long long)offset, j->path, damage);
}

/* Finds the heads; or, once they are known, names what is between them: consecutive blocks without a head once. */
static PetscErrorCode scan(DscJournal j, PetscBool name)
{
  const char *damage, *reason = NULL;
  int64_t     damaged = 0, blocks;
  struct stat status;

  PetscFunctionBeginUser;
  PetscCheck(!fstat(j->descriptor, &status), PETSC_COMM_SELF, PETSC_ERR_FILE_READ, "cannot read '%s': %s", j->path,
             strerror(errno));
  blocks = j->end = ((int64_t)status.st_size + BLOCK - 1) / BLOCK;
  for (int64_t block = 0, next; block < blocks; block = next) {
    Head head;

    next   = block + 1;
    damage = read_head(j, block * BLOCK, &head);
    if (!damage) {
      next = block + count_blocks(head.length);
      if (head.offset + (int64_t)sizeof(head) + head.length > (int64_t)status.st_size) damage = "it ends too soon";
      j->end = PetscMax(j->end, next); /* nothing is ever written into half a record's blocks */
    }
    if (damage && !reason) {
      reason  = damage;
      damaged = block * BLOCK;
    }
    if (!damage && reason) {
      if (name) name_damage(j, damaged, reason);
      reason = NULL;
    }
    if (!damage && !name) PetscCall(add_entry(j, &head));
    if (damage) next = block + 1;
  }
  if (reason && name) name_damage(j, damaged, reason);
  PetscFunctionReturn(0);
}

/* Takes the records of the study out of the entries; the first whole one counts. */
static PetscErrorCode find_study(DscJournal j)
{
  const char *damage, *reason = NULL;
  int64_t     damaged = 0;
  PetscInt    kept    = 0;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < j->n; i++) {
    const DscJournalEntry entry = j->entry[i];

    if (entry.run != IDENTITY) j->entry[kept++] = entry;
    if (entry.run != IDENTITY || j->study.options) continue;
    PetscCall(read_bytes(j, &entry, &damage));
    if (damage) {
      reason  = damage;
      damaged = entry.offset;
    } else
      PetscCall(get_study(j));
  }
  j->n = kept;
  DscUserCheck(j->study.options, PETSC_COMM_SELF,
               "'%s' is not a journal of discern, or its beginning is damaged: nobody can tell what study it belongs "
               "to; remove it to begin again",
               j->path);
  if (reason) name_damage(j, damaged, reason);
  PetscFunctionReturn(0);
}

static PetscErrorCode open_on_root(DscJournal j, double wait)
{
  PetscFunctionBeginUser;
  PetscCall(open_alone(j->path, wait, &j->descriptor));
  if (j->descriptor < 0) PetscFunctionReturn(0);
  PetscCall(scan(j, PETSC_FALSE));
  PetscCall(find_study(j));
  PetscCall(scan(j, PETSC_TRUE));
  PetscCall(put_study(&j->study, j->buffer));
  PetscFunctionReturn(0);
}

/* What rank 0 has read. */
static PetscErrorCode share(DscJournal j)
{
  int64_t     sizes[2] = {j->n, j->end};
  PetscMPIInt rank, count;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(j->comm, &rank));
  PetscCallMPI(MPI_Bcast(sizes, 2, MPI_INT64_T, 0, j->comm));
  PetscCall(DscBufferBroadcast(j->comm, j->buffer));
  if (rank) {
    PetscCall(get_study(j));
    PetscCall(PetscMalloc1(sizes[0], &j->entry));
  }
  j->n   = (PetscInt)sizes[0];
  j->end = sizes[1];
  PetscCall(PetscMPIIntCast(3 * j->n, &count));
  PetscCallMPI(MPI_Bcast(j->entry, count, MPI_INT64_T, 0, j->comm));
  PetscFunctionReturn(0);
}

PetscErrorCode DscJournalOpen(MPI_Comm comm, const char path[], double wait, DscJournal *journal)
{
  PetscMPIInt    rank;
  int            there = 0;
  DscJournal     j;
  PetscErrorCode ierr = 0;

  PetscFunctionBeginUser;
  *journal = NULL;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(create_object(comm, path, &j));
  if (!rank) ierr = open_on_root(j, wait);
  ierr = DscSyncError(comm, ierr);
  if (!ierr) {
    there = j->descriptor >= 0;
    PetscCallMPI(MPI_Bcast(&there, 1, MPI_INT, 0, comm));
  }
  if (!there) PetscCall(DscJournalDestroy(&j));
  PetscCall(ierr);
  if (!there) PetscFunctionReturn(0);
  PetscCall(share(j));
  PetscCall(open_others(j, (PetscBool)(wait >= 0)));
  *journal = j;
  PetscFunctionReturn(0);
}

PetscErrorCode DscJournalRead(DscJournal journal, const DscJournalEntry *entry, DscResult *result, PetscBool *whole)
{
  const char *damage;

  PetscFunctionBeginUser;
  PetscCall(read_bytes(journal, entry, &damage));
  if (!damage) {
    PetscErrorCode ierr;

    PetscCall(DscErrorCaptureBegin());
    ierr = DscResultGet(journal->buffer, result);
    PetscCall(DscErrorCaptureEnd());
    if (ierr) damage = "another version of discern wrote it";
  }
  if (damage) name_damage(journal, entry->offset, damage);
  *whole = damage ? PETSC_FALSE : PETSC_TRUE;
  PetscFunctionReturn(0);
}
