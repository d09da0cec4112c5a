#include "study/finish.h"
#include "study/report.h"
#include "study/results.h"

#include <stdio.h>
#include <string.h>

/* Numbers of runs that end so. */
static PetscErrorCode count_status(MPI_Comm comm, const DscRecords *records, PetscInt count[4])
{
  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(count, 4));
  for (PetscInt i = 0; i < records->n; i++) count[records->result[i]->status]++;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, count, 4, MPIU_INT, MPI_SUM, comm));
  PetscFunctionReturn(0);
}

PetscErrorCode DscStudyJudge(MPI_Comm comm, const DscRecords *records, DscExitCode *exit_code)
{
  PetscInt count[4];

  PetscFunctionBeginUser;
  PetscCall(count_status(comm, records, count));
  if (count[DSC_RUN_STOPPED])
    *exit_code = DSC_EXIT_RESUBMIT;
  else
    *exit_code = count[DSC_RUN_NOT_CONVERGED] || count[DSC_RUN_FAILED] ? DSC_EXIT_PARTIAL : DSC_EXIT_OK;
  PetscFunctionReturn(0);
}

/* Every rank takes its share of the runs that were not begun. */
static PetscErrorCode add_missing(MPI_Comm comm, const DscPlan *plan, DscRestart *r)
{
  PetscMPIInt rank, ranks;
  PetscBool  *there;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(PetscCalloc1(plan->nruns, &there));
  for (PetscInt i = 0; i < r->records.n; i++) there[r->records.run[i]] = PETSC_TRUE;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, there, (PetscMPIInt)plan->nruns, MPIU_BOOL, MPI_LOR, comm));
  for (PetscInt run = rank; run < plan->nruns; run += ranks) {
    DscResult *result;
    PetscBool  begun;

    if (there[run]) continue;
    PetscCall(DscResultCreate(&result));
    PetscCall(DscCheckpointsExist(r->checkpoints, plan->number[run], &begun));
    result->status = DSC_RUN_STOPPED;
    snprintf(result->reason, sizeof(result->reason), "%s",
             begun ? "stopped in an earlier job; its checkpoint is kept" : "not started");
    PetscCall(DscRecordsAdd(&r->records, run, result));
  }
  PetscCall(PetscFree(there));
  PetscCall(DscRecordsSort(&r->records));
  PetscFunctionReturn(0);
}

/* A full disc is the user's to mend; nothing is lost by it. */
static PetscErrorCode write_results(MPI_Comm comm, DscOptions options, const DscPlan *plan, const char output[],
                                    const DscRecords *records)
{
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(DscErrorCaptureBegin());
  ierr = DscResultsWrite(comm, output, plan, options, records);
  PetscCall(DscErrorCaptureEnd());
  DscUserCheck(ierr != PETSC_ERR_FILE_WRITE && ierr != PETSC_ERR_USER_INPUT, comm,
               "the results are not written: %s; '%s.journal' has all finished runs, and -restart will write them",
               DscErrorMessage(), output);
  PetscCheck(!ierr, comm, ierr, "%s", DscErrorMessage());
  PetscFunctionReturn(0);
}

static PetscErrorCode print_stopped(MPI_Comm comm, const DscPlan *plan, const char output[], DscStopCause cause,
                                    PetscBool written, const DscRecords *records)
{
  PetscInt count[4], finished;

  PetscFunctionBeginUser;
  PetscCall(count_status(comm, records, count));
  finished = plan->nruns - count[DSC_RUN_STOPPED];
  PetscCall(PetscPrintf(comm, "stopped by %s: %d of %d runs are finished; %s; -restart continues\n",
                        DscStopCauseName(cause), (int)finished, (int)plan->nruns,
                        written ? output : "no results are written"));
  PetscFunctionReturn(0);
}

PetscErrorCode DscStudyFinish(MPI_Comm comm, DscOptions options, const DscPlan *plan, const char output[], DscStop stop,
                              DscRestart *r, DscExitCode *exit_code)
{
  DscStopCause cause;
  PetscBool    sooner;

  PetscFunctionBeginUser;
  PetscCall(DscStopAgree(stop, &cause, &sooner));
  PetscCall(add_missing(comm, plan, r));
  PetscCall(DscStudyJudge(comm, &r->records, exit_code));
  if (sooner) *exit_code = DSC_EXIT_RESUBMIT;
  if (!sooner) PetscCall(write_results(comm, options, plan, output, &r->records));
  PetscCall(DscStopRemoveFile(stop));
  if (*exit_code == DSC_EXIT_RESUBMIT) {
    PetscCall(print_stopped(comm, plan, output, cause, (PetscBool)!sooner, &r->records));
    PetscFunctionReturn(0);
  }
  PetscCall(DscRestartRemove(comm, r));
  PetscCall(DscReportPrint(comm, output, PETSC_TRUE));
  PetscFunctionReturn(0);
}
