/*
  Finds a value among those of an axis, in whatever spelling.
*/
#ifndef STUDY_LOOKUP_H
#define STUDY_LOOKUP_H

#include <discern/study.h>

typedef struct _p_DscLookup *DscLookup;

/* texts [n]: different values of spec's key, copied; spec is (not owned). rounded: reals are the same if their first 12
   digits are, which is what a DscResultsTable has. Not collective, as all below. */
PETSC_EXTERN PetscErrorCode DscLookupCreate(const DscOptionSpec *spec, PetscInt n, const char *const texts[],
                                            PetscBool rounded, DscLookup *lookup);
/* Index among texts; -1: none of them. */
PETSC_EXTERN PetscErrorCode DscLookupFind(DscLookup lookup, const char text[], PetscInt *index);
PETSC_EXTERN PetscErrorCode DscLookupDestroy(DscLookup *lookup);

#endif
