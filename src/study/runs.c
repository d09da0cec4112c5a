#include "study/runs.h"
#include "study/progress.h"
#include "study/queue.h"

#include <math.h>

/* Everything that a failed run left half-done is replaced by nothing; seconds are kept. */
static PetscErrorCode make_failed(DscResult **result, double seconds, const char reason[])
{
  PetscFunctionBeginUser;
  PetscCall(DscResultDestroy(result));
  PetscCall(DscResultCreate(result));
  (*result)->status            = DSC_RUN_FAILED;
  (*result)->seconds           = seconds;
  (*result)->mse               = NAN;
  (*result)->bic               = NAN;
  (*result)->exact             = -1;
  (*result)->coefficient_error = NAN;
  PetscCall(PetscStrncpy((*result)->reason, reason[0] ? reason : "no reason given", sizeof((*result)->reason)));
  PetscFunctionReturn(0);
}

/* outcome: what the run returned, the same on all ranks of the group. */
static PetscErrorCode execute(MPI_Comm group, const DscPlan *plan, DscOptions options, const DscRunner *runner,
                              PetscInt run, DscResult **result, PetscErrorCode *outcome)
{
  const double start = DscTime();
  DscOptions   run_options;

  PetscFunctionBeginUser;
  PetscCall(DscResultCreate(result));
  PetscCall(DscPlanGetOptions(plan, options, run, &run_options));
  PetscCall(DscErrorCaptureBegin());
  *outcome = runner->run(group, run_options, NULL, (PetscBool)(plan->nruns == 1), *result);
  *outcome = DscSyncError(group, *outcome);
  PetscCall(DscErrorCaptureEnd());
  if (*outcome) PetscCall(make_failed(result, DscTime() - start, DscErrorMessage()));
  PetscCall(DscOptionsDestroy(&run_options));
  PetscFunctionReturn(0);
}

/* Keeps the result on the group's first rank and tells rank 0 of the study. */
static PetscErrorCode keep(MPI_Comm group, DscProgress progress, PetscInt run, DscResult *result, DscRecords *records)
{
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(group, &rank));
  if (rank) {
    PetscCall(DscResultDestroy(&result));
    PetscFunctionReturn(0);
  }
  records->run[records->n]      = run;
  records->result[records->n++] = result;
  if (progress) PetscCall(DscProgressReport(progress, run, result));
  PetscFunctionReturn(0);
}

static PetscErrorCode refuse(MPI_Comm group, const char reason[])
{
  PetscFunctionBeginUser;
  DscUserCheck(PETSC_FALSE, group, "%s", reason);
  PetscFunctionReturn(0);
}

PetscErrorCode DscRunsExecute(MPI_Comm comm, MPI_Comm group, const DscPlan *plan, DscOptions options,
                              const DscRunner *runner, DscRecords *records)
{
  DscQueue       queue;
  DscProgress    progress = NULL;
  PetscMPIInt    rank;
  PetscInt       run, room;
  PetscErrorCode outcome = 0;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(group, &rank));
  room       = rank ? 0 : plan->nruns;
  records->n = 0;
  PetscCall(PetscMalloc2(room, &records->run, room, &records->result));
  if (plan->nruns > 1) PetscCall(DscProgressCreate(comm, plan, &progress));
  PetscCall(DscQueueCreate(comm, group, plan->nruns, &queue));
  PetscCall(DscQueueNext(queue, &run));
  while (run >= 0) {
    DscResult *result;

    PetscCall(execute(group, plan, options, runner, run, &result, &outcome));
    PetscCall(keep(group, progress, run, result, records));
    PetscCall(DscQueueNext(queue, &run));
  }
  PetscCall(DscProgressDestroy(&progress));
  PetscCall(DscQueueDestroy(&queue));
  if (plan->nruns > 1 || DscExitCodeFromError(outcome) != DSC_EXIT_USER) outcome = 0;
  if (outcome) outcome = refuse(group, DscErrorMessage());
  PetscCall(DscSyncError(comm, outcome));
  PetscFunctionReturn(0);
}

PetscErrorCode DscRecordsDestroy(DscRecords *records)
{
  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < records->n; i++) PetscCall(DscResultDestroy(&records->result[i]));
  PetscCall(PetscFree2(records->run, records->result));
  PetscFunctionReturn(0);
}
