#include "study/runs.h"
#include "study/progress.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* One run of a group while it is under way: the context of the callbacks of DscRunControl. */
typedef struct {
  const DscWork *work; /* (not owned) */
  PetscInt       number;
  DscOptions     options; /* (owned) */
  char          *text;    /* (owned) the options as text, for the checkpoints */
  double         interval, saved;
  DscBuffer      state; /* (owned) from which it goes on */
  PetscBool      continued;
} Run;

static PetscErrorCode poll(void *context, PetscBool *stop, PetscBool *save)
{
  const Run *run = context;

  PetscFunctionBeginUser;
  PetscCall(DscStopLook(run->work->stop, stop));
  *save = (PetscBool)(DscTime() - run->saved >= run->interval);
  PetscFunctionReturn(0);
}

static PetscErrorCode save(void *context, PetscInt iteration, DscBuffer state)
{
  Run *run = context;

  PetscFunctionBeginUser;
  PetscCall(DscCheckpointsWrite(run->work->checkpoints, run->number, run->text, iteration, state));
  run->saved = DscTime();
  PetscFunctionReturn(0);
}

static PetscErrorCode begin_run(MPI_Comm group, const DscWork *work, PetscInt index, Run *run)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(run, sizeof(*run)));
  run->work   = work;
  run->number = work->plan->number[index];
  PetscCall(DscPlanGetOptions(work->plan, work->options, index, &run->options));
  PetscCall(DscOptionsToText(run->options, &run->text));
  PetscCall(DscOptionsGetReal(work->options, "checkpoint_interval", &run->interval));
  PetscCall(DscBufferCreate(&run->state));
  PetscCall(DscCheckpointsRead(work->checkpoints, group, run->number, run->text, run->state, &run->continued));
  PetscFunctionReturn(0);
}

static PetscErrorCode end_run(Run *run)
{
  PetscFunctionBeginUser;
  PetscCall(DscBufferDestroy(&run->state));
  PetscCall(PetscFree(run->text));
  PetscCall(DscOptionsDestroy(&run->options));
  PetscFunctionReturn(0);
}

/* Whether the run's numbers of every sample are kept, for maps. Of the parts of a study only the one that begins with its
   first run keeps any, as the whole study would. */
static PetscErrorCode wants_prediction(const DscWork *work, PetscInt index, PetscBool *wanted)
{
  const char *which, *part;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetString(work->options, "study_prediction", &which));
  PetscCall(DscOptionsGetString(work->options, "study_part", &part));
  *wanted = (PetscBool)(!strcmp(which, "all") ||
                        (!strcmp(which, "first") && index == 0 && (!part[0] || !strncmp(part, "0/", 2))));
  PetscFunctionReturn(0);
}

/* Everything that a failed run left half-done is replaced by nothing; seconds are kept. */
static PetscErrorCode make_failed(DscResult **result, double seconds, const char reason[])
{
  PetscFunctionBeginUser;
  PetscCall(DscResultDestroy(result));
  PetscCall(DscResultCreate(result));
  (*result)->status  = DSC_RUN_FAILED;
  (*result)->seconds = seconds;
  PetscCall(PetscStrncpy((*result)->reason, reason[0] ? reason : "no reason given", sizeof((*result)->reason)));
  PetscFunctionReturn(0);
}

/* outcome: what the run returned, the same on all ranks of the group. */
static PetscErrorCode attempt(MPI_Comm group, Run *run, PetscInt index, DscResult *result, PetscErrorCode *outcome)
{
  DscRunControl control = {.context = run, .poll = poll, .save = save};

  PetscFunctionBeginUser;
  control.restart = run->continued ? run->state : NULL;
  run->saved      = DscTime();
  PetscCall(wants_prediction(run->work, index, &control.prediction));
  PetscCall(DscErrorCaptureBegin());
  *outcome = run->work->runner->run(group, run->options, &control, (PetscBool)(run->work->plan->nruns == 1), result);
  *outcome = DscSyncError(group, *outcome);
  PetscCall(DscErrorCaptureEnd());
  PetscFunctionReturn(0);
}

static PetscErrorCode execute(MPI_Comm group, const DscWork *work, PetscInt index, DscResult **result,
                              PetscErrorCode *outcome)
{
  const double start = DscTime();
  PetscMPIInt  rank;
  Run          run;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(group, &rank));
  PetscCall(begin_run(group, work, index, &run));
  PetscCall(DscResultCreate(result));
  PetscCall(attempt(group, &run, index, *result, outcome));
  if (*outcome == PETSC_ERR_FILE_UNEXPECTED && run.continued) {
    if (!rank)
      DscWarn("the checkpoint of run %d is of no use: %s; the run begins again", (int)run.number, DscErrorMessage());
    run.continued = PETSC_FALSE;
    PetscCall(DscResultDestroy(result));
    PetscCall(DscResultCreate(result));
    PetscCall(attempt(group, &run, index, *result, outcome));
  }
  if (*outcome == PETSC_ERR_MEM)
    PetscCall(make_failed(result, DscTime() - start, "not enough memory"));
  else if (*outcome)
    PetscCall(make_failed(result, DscTime() - start, DscErrorMessage()));
  PetscCall(end_run(&run));
  PetscFunctionReturn(0);
}

/* Keeps the result on the group's first rank, makes it durable and tells rank 0 of the study. */
static PetscErrorCode keep(const DscWork *work, DscQueue queue, DscProgress progress, PetscInt index, DscResult *result,
                           DscRecords *records)
{
  const PetscInt number  = work->plan->number[index];
  PetscBool      durable = PETSC_FALSE;

  PetscFunctionBeginUser;
  if (result->status == DSC_RUN_STOPPED && !result->reason[0]) {
    snprintf(result->reason, sizeof(result->reason), "stopped at iteration %d", (int)result->iterations);
  }
  if (result->status != DSC_RUN_STOPPED) {
    PetscCall(DscJournalAppend(work->journal, queue, number, result, &durable));
    if (durable) PetscCall(DscCheckpointsRemove(work->checkpoints, number));
  }
  PetscCall(DscRecordsAdd(records, index, result));
  PetscCall(DscProgressReport(progress, index, result));
  PetscFunctionReturn(0);
}

static PetscErrorCode refuse(MPI_Comm group, const char reason[])
{
  PetscFunctionBeginUser;
  DscUserCheck(PETSC_FALSE, group, "%s", reason);
  PetscFunctionReturn(0);
}

/* A user's mistake is the end where the study is this one run. */
static PetscBool is_refused(const DscWork *work, PetscErrorCode outcome)
{
  return (PetscBool)(work->plan->nruns == 1 && DscExitCodeFromError(outcome) == DSC_EXIT_USER);
}

/* outcome: 0, or the mistake in the only run. */
static PetscErrorCode take_runs(MPI_Comm group, const DscWork *work, DscQueue queue, DscProgress progress,
                                DscRecords *records, PetscErrorCode *outcome)
{
  PetscMPIInt rank;
  PetscInt    item;
  PetscBool   stopped;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(group, &rank));
  for (;;) {
    DscResult     *result;
    PetscErrorCode ierr;

    PetscCall(DscStopLook(work->stop, &stopped)); /* closes the queue */
    PetscCall(DscQueueNext(queue, &item));
    if (item < 0) break;
    PetscCall(execute(group, work, work->order[item], &result, &ierr));
    if (is_refused(work, ierr)) *outcome = ierr;
    if (!rank && !*outcome)
      PetscCall(keep(work, queue, progress, work->order[item], result, records));
    else
      PetscCall(DscResultDestroy(&result));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscRunsExecute(MPI_Comm comm, MPI_Comm group, const DscWork *work, DscRecords *records)
{
  DscQueue       queue;
  DscProgress    progress;
  PetscMPIInt    rank;
  PetscErrorCode outcome = 0;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(group, &rank));
  PetscCall(DscProgressCreate(comm, work->plan, records, (PetscBool)(work->plan->nruns == 1), &progress));
  PetscCall(DscQueueCreate(comm, group, work->n, &queue));
  PetscCall(DscStopConnect(work->stop, queue, (PetscBool)!rank));
  PetscCall(take_runs(group, work, queue, progress, records, &outcome));
  PetscCall(DscProgressWait(progress, work->stop));
  PetscCall(DscStopConnect(work->stop, NULL, PETSC_FALSE));
  PetscCall(DscProgressDestroy(&progress));
  PetscCall(DscQueueDestroy(&queue));
  if (outcome) outcome = refuse(group, DscErrorMessage());
  PetscCall(DscSyncError(comm, outcome));
  PetscFunctionReturn(0);
}
