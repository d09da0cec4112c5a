/*
  Method 'discover': a surrogate of the data, constrained by an equation that is a combination of library terms.
*/
#ifndef DISCERN_METHOD_DISCOVER_H
#define DISCERN_METHOD_DISCOVER_H

#include <discern/method.h>
#include "method/train.h"

typedef struct _p_DscDiscover *DscDiscover;

/* Everything that a run needs, ready to train. To be destroyed even where it fails. Collective. */
PETSC_INTERN PetscErrorCode DscDiscoverCreate(MPI_Comm comm, DscOptions options, DscDiscover *discover);
PETSC_INTERN PetscErrorCode DscDiscoverDestroy(DscDiscover *discover);
/* The loop, with its parameters: for tests and for the plan. (owned by discover) */
PETSC_INTERN PetscErrorCode DscDiscoverGetTrain(DscDiscover discover, DscTrain *train);
/* Trains, and fills the result; its seconds are those before a restart. control may be NULL. Collective. */
PETSC_INTERN PetscErrorCode DscDiscoverRun(DscDiscover discover, const DscRunControl *control, PetscBool progress,
                                           DscResult *result);
/* Prints the plan on rank 0. Collective. */
PETSC_INTERN PetscErrorCode DscDiscoverPrintPlan(DscDiscover discover);

#endif
