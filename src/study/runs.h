/*
  The run loop of a study: every group takes runs from the queue until none is left.
*/
#ifndef STUDY_RUNS_H
#define STUDY_RUNS_H

#include "study/plan.h"

/* What does a run: DscMethodRun and DscMethodPlan in the program, something quick and known in tests. */
typedef struct {
  PetscErrorCode (*run)(MPI_Comm comm, DscOptions options, const DscRunControl *control, PetscBool progress,
                        DscResult *result);
  PetscErrorCode (*plan)(MPI_Comm comm, DscOptions options);
} DscRunner;

/* The finished runs that a rank keeps: those of its group on the group's rank 0, none elsewhere. */
typedef struct {
  PetscInt    n;
  PetscInt   *run;    /* (owned) [n] indices in the plan, rising */
  DscResult **result; /* (owned) [n] */
} DscRecords;

/* All runs of the plan. A failing run becomes a record with status failed and its reason; only where the study is one
   run, a user's mistake in it is returned as an error. Prints a line for each finished run on rank 0 of comm, or the
   run's own log where there is only one. Collective on comm; group: the caller's part of it. */
PETSC_EXTERN PetscErrorCode DscRunsExecute(MPI_Comm comm, MPI_Comm group, const DscPlan *plan, DscOptions options,
                                           const DscRunner *runner, DscRecords *records);
PETSC_EXTERN PetscErrorCode DscRecordsDestroy(DscRecords *records);

#endif
