/*
  What earlier jobs have left of a study: runs that are finished, in the journal or in the results file, and checkpoints.
*/
#ifndef STUDY_RESTART_H
#define STUDY_RESTART_H

#include "study/runs.h"

typedef struct {
  DscJournal     journal;     /* (owned) where finished runs go; NULL: not begun */
  DscCheckpoints checkpoints; /* (owned) */
  DscRecords     records;     /* (owned) finished runs, each on one rank, with room for all */
  PetscInt       nleft;
  PetscInt      *left; /* (owned) [nleft] the other runs, rising; the same on all ranks */
  PetscBool     *done; /* (owned) [runs of the plan]; the same on all ranks, at the start */
  PetscBool      from_results;
  PetscBool      created; /* the journal, by this job */
} DscRestart;

/* With -restart: the finished runs of the same study, and a line that says how many there are. Without it nothing is
   read. A user error where the files are those of other options, or where a study would overwrite the finished runs of
   another job. Changes nothing on disc. To be destroyed also after an error. Collective. */
PETSC_EXTERN PetscErrorCode DscRestartRead(MPI_Comm comm, DscOptions options, const DscPlan *plan, const char output[],
                                           DscRestart *restart);
/* Makes the journal where there is none. Collective. */
PETSC_EXTERN PetscErrorCode DscRestartBegin(MPI_Comm comm, DscOptions options, const DscPlan *plan, const char output[],
                                            DscRestart *restart);
/* A user's mistake has ended the job before any run was finished: a journal that it has made goes, what an earlier job has
   left stays. Not collective. */
PETSC_EXTERN PetscErrorCode DscRestartCancel(DscRestart *restart);
/* The results are written: journal and checkpoints go. Collective. */
PETSC_EXTERN PetscErrorCode DscRestartRemove(MPI_Comm comm, DscRestart *restart);
PETSC_EXTERN PetscErrorCode DscRestartDestroy(DscRestart *restart);

#endif
