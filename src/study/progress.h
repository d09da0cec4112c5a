/*
  A line on rank 0 for every run of a study. Other ranks send theirs; rank 0 prints them between its own runs.
*/
#ifndef STUDY_PROGRESS_H
#define STUDY_PROGRESS_H

#include "study/runs.h"

typedef struct _p_DscProgress *DscProgress;

/* before: runs that are done already, on whatever ranks; quiet: no lines. plan is (not owned). Collective. */
PETSC_EXTERN PetscErrorCode DscProgressCreate(MPI_Comm comm, const DscPlan *plan, const DscRecords *before,
                                              PetscBool quiet, DscProgress *progress);
/* To be called once a run, on one rank; run and result are copied. Not collective. */
PETSC_EXTERN PetscErrorCode DscProgressReport(DscProgress progress, PetscInt run, const DscResult *result);
/* Until all ranks are here, with every line printed; a stop that reaches this rank meanwhile is passed on. Collective. */
PETSC_EXTERN PetscErrorCode DscProgressWait(DscProgress progress, DscStop stop);
PETSC_EXTERN PetscErrorCode DscProgressDestroy(DscProgress *progress);

/* 'done', 'not converged', 'failed', 'stopped'. */
PETSC_EXTERN const char *DscRunStatusName(int status);

#endif
