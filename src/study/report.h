/*
  What a results file says, for people.
*/
#ifndef STUDY_REPORT_H
#define STUDY_REPORT_H

#include "study/results.h"

/* brief: what `run` prints at its end; many runs are not listed one by one. Collective; prints on rank 0. */
PETSC_EXTERN PetscErrorCode DscReportPrint(MPI_Comm comm, const char path[], PetscBool brief);

#endif
