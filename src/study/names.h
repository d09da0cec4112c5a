/*
  The union of names over the runs of a study (runs may have different libraries).
*/
#ifndef STUDY_NAMES_H
#define STUDY_NAMES_H

#include <discern/study.h>

/* A name, and where it was first seen: run first, then position in that run's list. */
typedef struct {
  char     name[DSC_NAME_LENGTH];
  PetscInt run, position;
} DscNameSeen;

/* names (allocated; PetscFree) [n]: every name once, in order of first appearance, whatever rank saw it; seen [nseen] is
   reordered. The same on all ranks. Collective. */
PETSC_EXTERN PetscErrorCode DscNamesUnion(MPI_Comm comm, PetscInt nseen, DscNameSeen seen[], PetscInt *n,
                                          char (**names)[DSC_NAME_LENGTH]);
/* Index of a name; -1 if it is not there. Looks at `guess` first. */
PETSC_EXTERN PetscInt DscNamesFind(PetscInt n, const char (*names)[DSC_NAME_LENGTH], const char name[], PetscInt guess);

#endif
