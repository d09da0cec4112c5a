/*
  A line on rank 0 for every finished run of a study. Other ranks send theirs; rank 0 prints them between its own runs.
*/
#ifndef STUDY_PROGRESS_H
#define STUDY_PROGRESS_H

#include "study/plan.h"

typedef struct _p_DscProgress *DscProgress;

/* plan is (not owned). Collective. */
PETSC_EXTERN PetscErrorCode DscProgressCreate(MPI_Comm comm, const DscPlan *plan, DscProgress *progress);
/* To be called once a run, on one rank; run and result are copied. Not collective. */
PETSC_EXTERN PetscErrorCode DscProgressReport(DscProgress progress, PetscInt run, const DscResult *result);
/* Rank 0 first waits until every run of the plan has been reported. Collective. */
PETSC_EXTERN PetscErrorCode DscProgressDestroy(DscProgress *progress);

/* 'done', 'not converged', 'failed', 'stopped'. */
PETSC_EXTERN const char *DscRunStatusName(int status);

#endif
