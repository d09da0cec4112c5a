/*
  What a results file says, for people.
*/
#ifndef STUDY_REPORT_H
#define STUDY_REPORT_H

#include "study/results.h"

/* What a results file says; a user error if it cannot be read. Collective; prints on rank 0. */
PETSC_EXTERN PetscErrorCode DscReportPrint(MPI_Comm comm, const char path[], PetscBool brief);

#endif
