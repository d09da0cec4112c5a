/*
  The union of names over the runs of a study (runs may have different libraries).
*/
#ifndef STUDY_NAMES_H
#define STUDY_NAMES_H

#include "study/runs.h"

/* The names of one kind that a result has: their number, and where they are (not owned). */
typedef PetscInt (*DscNameList)(const DscResult *result, const char (**names)[DSC_NAME_LENGTH]);

/* names (allocated; PetscFree) [n]: every name once, in order of first appearance (run first, then position in that
   run's list), whatever rank holds the run. The same on all ranks. Collective. */
PETSC_EXTERN PetscErrorCode DscNamesUnion(MPI_Comm comm, const DscRecords *records, DscNameList list, PetscInt *n,
                                          char (**names)[DSC_NAME_LENGTH]);
/* Index of a name; -1 if it is not there. Looks at `guess` first. */
PETSC_EXTERN PetscInt DscNamesFind(PetscInt n, const char (*names)[DSC_NAME_LENGTH], const char name[], PetscInt guess);

#endif
