/*
  study: many runs, one file.
*/
#ifndef DISCERN_STUDY_H
#define DISCERN_STUDY_H

#include <discern/method.h>

PETSC_EXTERN PetscErrorCode DscStudyRegisterOptions(void);
/* All runs of the sweep in options; writes -output; exit_code is one of DscExitCode. Collective on comm. */
PETSC_EXTERN PetscErrorCode DscStudyRun(MPI_Comm comm, DscOptions options, DscExitCode *exit_code);
/* Prints equations with error bars, success rates, timing of a results file. Collective; prints on rank 0. */
PETSC_EXTERN PetscErrorCode DscStudyReport(MPI_Comm comm, const char path[]);

#endif
