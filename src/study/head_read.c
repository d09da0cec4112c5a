/* What every rank must know of a results file before its runs are read. */
#include "study/input.h"
#include "study/results.h"

#include <string.h>

static PetscErrorCode read_axes(const DscInput *input, DscResultsHead *head)
{
  char **keys;

  PetscFunctionBeginUser;
  PetscCall(DscInputGetTexts(input, "/runs", "axes", &head->naxes, &keys));
  PetscCall(PetscCalloc1(head->naxes, &head->axes));
  for (PetscInt axis = 0; axis < head->naxes; axis++) {
    PetscCall(PetscStrncpy(head->axes[axis], keys[axis], DSC_NAME_LENGTH));
  }
  PetscCall(DscOptionsRestoreStrings(head->naxes, &keys));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_runs(const DscInput *input, DscResultsHead *head)
{
  int64_t n;

  PetscFunctionBeginUser;
  PetscCall(DscInputCount(input, "/run", &n));
  PetscCall(DscInputCheck(input, (PetscBool)(n < PETSC_MAX_INT), "/run"));
  head->nruns = (PetscInt)n;
  PetscCall(PetscMalloc2(n, &head->number, n, &head->status));
  PetscCall(DscInputRead(input, "/run", H5T_NATIVE_INT, n, head->number));
  PetscCall(DscInputRead(input, "/runs/status", H5T_NATIVE_INT, n, head->status));
  for (PetscInt i = 0; i < head->nruns; i++) {
    const PetscInt least = i ? head->number[i - 1] + 1 : 0;

    PetscCall(DscInputCheck(input, (PetscBool)(head->number[i] >= least), "/run"));
    PetscCall(DscInputCheck(input, (PetscBool)(head->status[i] >= DSC_RUN_DONE && head->status[i] <= DSC_RUN_STOPPED),
                            "/runs/status"));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode read_input(const DscInput *input, DscResultsHead *head)
{
  PetscInt n;
  char   **texts;

  PetscFunctionBeginUser;
  PetscCall(DscInputGetTexts(input, "/", "input", &n, &texts));
  PetscCall(DscInputCheck(input, (PetscBool)(n == 1), "the attribute input"));
  PetscCall(PetscStrallocpy(texts[0], &head->input));
  PetscCall(DscOptionsRestoreStrings(n, &texts));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_head(const char path[], DscResultsHead *head)
{
  DscInput       input;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(DscInputOpen(path, &input));
  ierr = read_input(&input, head);
  if (!ierr) ierr = read_axes(&input, head);
  if (!ierr) ierr = read_runs(&input, head);
  PetscCall(DscInputClose(&input));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

static PetscErrorCode broadcast(MPI_Comm comm, DscResultsHead *head)
{
  PetscMPIInt rank, sizes[3] = {head->naxes, head->nruns, head->input ? (PetscMPIInt)strlen(head->input) + 1 : 0};

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Bcast(sizes, 3, MPI_INT, 0, comm));
  if (rank) {
    head->naxes = sizes[0];
    head->nruns = sizes[1];
    PetscCall(PetscMalloc1(sizes[0], &head->axes));
    PetscCall(PetscMalloc2(sizes[1], &head->number, sizes[1], &head->status));
    PetscCall(PetscMalloc1(sizes[2], &head->input));
  }
  PetscCallMPI(MPI_Bcast(head->axes, sizes[0] * DSC_NAME_LENGTH, MPI_CHAR, 0, comm));
  PetscCallMPI(MPI_Bcast(head->number, sizes[1], MPIU_INT, 0, comm));
  PetscCallMPI(MPI_Bcast(head->status, sizes[1], MPIU_INT, 0, comm));
  PetscCallMPI(MPI_Bcast(head->input, sizes[2], MPI_CHAR, 0, comm));
  PetscFunctionReturn(0);
}

PetscErrorCode DscResultsReadHead(MPI_Comm comm, const char path[], DscResultsHead *head)
{
  PetscMPIInt    rank;
  PetscErrorCode ierr = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(head, sizeof(*head)));
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (!rank) ierr = read_head(path, head);
  ierr = DscSyncError(comm, ierr);
  if (ierr) PetscCall(DscResultsHeadDestroy(head));
  PetscCall(ierr);
  PetscCall(broadcast(comm, head));
  PetscFunctionReturn(0);
}

PetscErrorCode DscResultsHeadDestroy(DscResultsHead *head)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(head->input));
  PetscCall(PetscFree(head->axes));
  PetscCall(PetscFree2(head->number, head->status));
  PetscFunctionReturn(0);
}
