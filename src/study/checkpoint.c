#include "study/checkpoint.h"
#include "study/identity.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KIND    "checkpoint"
#define VERSION 1

enum { INT_VERSION, INT_RUN, INT_ITERATION, INT_OPTIONS, INT_STATE, INTS }; /* the last two: sizes in bytes */

static const char *const suffixes[] = {"", ".previous",
                                       ".tmp"}; /* of the files of a run; states are in the first two */
enum { STATES = 2, SUFFIXES = 3 };

struct _p_DscCheckpoints {
  char      folder[PETSC_MAX_PATH_LEN];
  DscBuffer buffer; /* (owned) a file */
  PetscBool warned;
};

PetscErrorCode DscCheckpointsCreate(const char output[], DscCheckpoints *checkpoints)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(checkpoints));
  PetscCall(DscBufferCreate(&(*checkpoints)->buffer));
  snprintf((*checkpoints)->folder, sizeof((*checkpoints)->folder), "%s.checkpoints", output);
  PetscFunctionReturn(0);
}

PetscErrorCode DscCheckpointsDestroy(DscCheckpoints *checkpoints)
{
  PetscFunctionBeginUser;
  if (!*checkpoints) PetscFunctionReturn(0);
  PetscCall(DscBufferDestroy(&(*checkpoints)->buffer));
  PetscCall(PetscFree(*checkpoints));
  PetscFunctionReturn(0);
}

static void name_file(const DscCheckpoints c, PetscInt run, const char suffix[], char path[PETSC_MAX_PATH_LEN])
{
  int length = snprintf(path, PETSC_MAX_PATH_LEN, "%s/run_%d%s", c->folder, (int)run, suffix);

  if (length >= PETSC_MAX_PATH_LEN) path[0] = '\0'; /* no such file */
}

/* ---- writing ------------------------------------------------------------------------------------------------- */

static PetscErrorCode pack(DscBuffer buffer, PetscInt run, const char options[], PetscInt iteration, DscBuffer state)
{
  PetscInt    ints[INTS] = {[INT_VERSION] = VERSION, [INT_RUN] = run, [INT_ITERATION] = iteration};
  const void *data;
  size_t      size;

  PetscFunctionBeginUser;
  PetscCall(DscBufferGetData(state, &size, &data));
  PetscCheck(size < PETSC_MAX_INT, PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ, "a state of %zu bytes is too large", size);
  ints[INT_OPTIONS] = (PetscInt)strlen(options) + 1;
  ints[INT_STATE]   = (PetscInt)size;
  PetscCall(DscBufferClear(buffer));
  PetscCall(DscBufferPutInts(buffer, "checkpoint", INTS, ints));
  PetscCall(DscBufferPutBytes(buffer, "options", ints[INT_OPTIONS], options));
  PetscCall(DscBufferPutBytes(buffer, "state", ints[INT_STATE], data));
  PetscFunctionReturn(0);
}

PetscErrorCode DscCheckpointsWrite(DscCheckpoints c, PetscInt run, const char options[], PetscInt iteration,
                                   DscBuffer state)
{
  PetscErrorCode ierr;
  char           path[PETSC_MAX_PATH_LEN], previous[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  PetscCall(pack(c->buffer, run, options, iteration, state));
  name_file(c, run, suffixes[0], path);
  name_file(c, run, suffixes[1], previous);
  (void)mkdir(c->folder, 0777); /* what is wrong with it, the write says */
  (void)rename(path, previous);
  PetscCall(DscErrorCaptureBegin());
  ierr = DscBufferWriteFile(c->buffer, KIND, path);
  PetscCall(DscErrorCaptureEnd());
  if (ierr && !c->warned) {
    DscWarn("%s; the run goes on without this checkpoint", DscErrorMessage());
    c->warned = PETSC_TRUE;
  }
  PetscFunctionReturn(0);
}

/* ---- reading ------------------------------------------------------------------------------------------------- */

/* *fits: it is of this run with these options, and now in state. */
static PetscErrorCode unpack(DscCheckpoints c, PetscInt run, const char options[], DscBuffer state, PetscBool *fits)
{
  PetscInt ints[INTS];
  char    *text, *bytes, differing[256] = "";

  PetscFunctionBeginUser;
  PetscCall(DscBufferGetInts(c->buffer, "checkpoint", INTS, ints));
  *fits = (PetscBool)(ints[INT_VERSION] == VERSION && ints[INT_RUN] == run);
  if (!*fits) PetscFunctionReturn(0);
  PetscCall(PetscMalloc2(ints[INT_OPTIONS], &text, ints[INT_STATE], &bytes));
  PetscCall(DscBufferGetBytes(c->buffer, "options", ints[INT_OPTIONS], text));
  PetscCall(DscBufferGetBytes(c->buffer, "state", ints[INT_STATE], bytes));
  PetscCall(DscIdentityDiffer(options, text, sizeof(differing), differing));
  *fits = (PetscBool)!differing[0];
  if (*fits) PetscCall(DscBufferSetData(state, (size_t)ints[INT_STATE], bytes));
  PetscCall(PetscFree2(text, bytes));
  PetscFunctionReturn(0);
}

/* On rank 0 of the group. */
static PetscErrorCode read_newest(DscCheckpoints c, PetscInt run, const char options[], DscBuffer state,
                                  PetscBool *found)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  for (int s = 0; s < STATES && !*found; s++) {
    const char *damage;

    name_file(c, run, suffixes[s], path);
    if (access(path, F_OK)) continue;
    PetscCall(DscBufferReadFile(c->buffer, KIND, path, &damage));
    if (damage) {
      DscWarn("the checkpoint '%s' is damaged: %s; the run goes on from %s", path, damage,
              s ? "its beginning" : "the one before it, if there is one");
      (void)unlink(path); /* it must not take the place of a good one */
    } else
      PetscCall(unpack(c, run, options, state, found));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscCheckpointsRead(DscCheckpoints c, MPI_Comm group, PetscInt run, const char options[], DscBuffer state,
                                  PetscBool *found)
{
  PetscMPIInt    rank;
  PetscErrorCode ierr = 0;

  PetscFunctionBeginUser;
  *found = PETSC_FALSE;
  PetscCallMPI(MPI_Comm_rank(group, &rank));
  if (!rank) ierr = read_newest(c, run, options, state, found);
  PetscCall(DscSyncError(group, ierr));
  PetscCallMPI(MPI_Bcast(found, 1, MPIU_BOOL, 0, group));
  if (*found) PetscCall(DscBufferBroadcast(group, state));
  PetscFunctionReturn(0);
}

/* ---- what is there ------------------------------------------------------------------------------------------- */

PetscErrorCode DscCheckpointsExist(DscCheckpoints c, PetscInt run, PetscBool *exist)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  *exist = PETSC_FALSE;
  for (int s = 0; s < STATES; s++) {
    name_file(c, run, suffixes[s], path);
    if (!access(path, F_OK)) *exist = PETSC_TRUE;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscCheckpointsRemove(DscCheckpoints c, PetscInt run)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  for (int s = SUFFIXES - 1; s >= 0; s--) {
    name_file(c, run, suffixes[s], path);
    (void)unlink(path);
  }
  PetscFunctionReturn(0);
}

/* The run whose file it is, -1 if it is none of ours; *suffix is its index. */
static PetscInt parse_name(const char name[], int *suffix)
{
  long  run;
  char *end;

  if (strncmp(name, "run_", 4) || strspn(name + 4, "0123456789") == 0) return -1;
  run = strtol(name + 4, &end, 10);
  for (*suffix = 0; *suffix < SUFFIXES; (*suffix)++) {
    if (!strcmp(end, suffixes[*suffix])) return run < PETSC_MAX_INT ? (PetscInt)run : -1;
  }
  return -1;
}

static int compare_runs(const void *left, const void *right)
{
  const PetscInt a = *(const PetscInt *)left, b = *(const PetscInt *)right;

  return (a > b) - (a < b);
}

/* Each once, rising; also those of which only a half-written file is left, unless states_only. */
static PetscErrorCode list_runs(DscCheckpoints c, PetscBool states_only, PetscInt *n, PetscInt **runs)
{
  DIR           *folder = opendir(c->folder);
  struct dirent *file;
  PetscInt       capacity = 0, seen = 0;

  PetscFunctionBeginUser;
  *n    = 0;
  *runs = NULL;
  if (!folder) PetscFunctionReturn(0);
  while ((file = readdir(folder))) {
    int            suffix;
    const PetscInt run = parse_name(file->d_name, &suffix);

    if (run < 0 || (states_only && suffix >= STATES)) continue;
    if (seen == capacity) {
      capacity = PetscMax(64, 2 * capacity);
      PetscCall(PetscRealloc((size_t)capacity * sizeof(**runs), runs));
    }
    (*runs)[seen++] = run;
  }
  closedir(folder);
  if (seen) qsort(*runs, (size_t)seen, sizeof(**runs), compare_runs);
  for (PetscInt i = 0; i < seen; i++) {
    if (!*n || (*runs)[*n - 1] != (*runs)[i]) (*runs)[(*n)++] = (*runs)[i];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscCheckpointsList(DscCheckpoints c, PetscInt *n, PetscInt **runs)
{
  PetscFunctionBeginUser;
  PetscCall(list_runs(c, PETSC_TRUE, n, runs));
  PetscFunctionReturn(0);
}

PetscErrorCode DscCheckpointsRemoveAll(DscCheckpoints c)
{
  PetscInt n, *runs;

  PetscFunctionBeginUser;
  PetscCall(list_runs(c, PETSC_FALSE, &n, &runs));
  for (PetscInt i = 0; i < n; i++) PetscCall(DscCheckpointsRemove(c, runs[i]));
  PetscCall(PetscFree(runs));
  (void)rmdir(c->folder); /* stays if it is not empty */
  PetscFunctionReturn(0);
}
