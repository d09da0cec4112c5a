/*
  The run loop of a study: every group takes runs from the queue until none is left, or the study is told to stop.
*/
#ifndef STUDY_RUNS_H
#define STUDY_RUNS_H

#include "study/checkpoint.h"
#include "study/journal.h"
#include "study/plan.h"
#include "study/stop.h"

/* What does a run: DscMethodRun and DscMethodPlan in the program, something quick and known in tests. */
typedef struct {
  PetscErrorCode (*run)(MPI_Comm comm, DscOptions options, const DscRunControl *control, PetscBool progress,
                        DscResult *result);
  PetscErrorCode (*plan)(MPI_Comm comm, DscOptions options);
} DscRunner;

/* Runs of a plan and what came out of them; every run is in the records of one rank. */
typedef struct {
  PetscInt    n;
  PetscInt   *run;    /* (owned) [n] indices in the plan */
  DscResult **result; /* (owned) [n] */
} DscRecords;

/* Room for so many. Not collective, as all of the records. */
PETSC_EXTERN PetscErrorCode DscRecordsCreate(PetscInt room, DscRecords *records);
PETSC_EXTERN PetscErrorCode DscRecordsDestroy(DscRecords *records);
/* result is then owned by the records. */
PETSC_EXTERN PetscErrorCode DscRecordsAdd(DscRecords *records, PetscInt run, DscResult *result);
/* By rising run, as who writes them wants them. */
PETSC_EXTERN PetscErrorCode DscRecordsSort(DscRecords *records);

/* What is to be done, and with what. Pointers (not owned). */
typedef struct {
  const DscPlan   *plan;
  DscOptions       options;
  const DscRunner *runner;
  PetscInt         n;     /* runs to do; the others are in the records */
  const PetscInt  *order; /* [n] which, the first to begin with */
  DscJournal       journal;
  DscCheckpoints   checkpoints;
  DscStop          stop;
} DscWork;

/* Does the work and adds to the records, which have room for all runs of the plan on each group's rank 0. A failing run
   becomes a record with status failed and its reason; only where the study is one run, a user's mistake in it is returned
   as an error. After a stop the runs in flight have status stopped, those not begun have no record. Prints a line for each
   run on rank 0 of comm, or the run's own log where there is only one. Collective on comm; group: the caller's part of
   it. */
PETSC_EXTERN PetscErrorCode DscRunsExecute(MPI_Comm comm, MPI_Comm group, const DscWork *work, DscRecords *records);

#endif
