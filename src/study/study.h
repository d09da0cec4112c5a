/*
  A study with any runner: what DscStudyRun does, open to tests.
*/
#ifndef STUDY_STUDY_H
#define STUDY_STUDY_H

#include "study/runs.h"

PETSC_EXTERN PetscErrorCode DscStudyRunWith(MPI_Comm comm, DscOptions options, const DscRunner *runner,
                                            DscExitCode *exit_code);

#endif
