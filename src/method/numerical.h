/*
  Method 'discover' with approximator 'finite_difference', 'local_polynomial' or 'spectral': no network and no training. The
  fields of a grid are derived numerically (method/derivatives.h), on all its inner points at once, and one regression
  gives the equation. The grid streams by in time and is shared by the ranks in space (spectral: in time), so that memory
  per rank is bounded whatever its size.
*/
#ifndef DISCERN_METHOD_NUMERICAL_H
#define DISCERN_METHOD_NUMERICAL_H

#include <discern/method.h>

typedef struct _p_DscNumerical *DscNumerical;

/* Opens the grid and decides on everything; reads no field yet. To be destroyed even where it fails. Collective, like all
   below. */
PETSC_INTERN PetscErrorCode DscNumericalCreate(MPI_Comm comm, DscOptions options, DscNumerical *numerical);
PETSC_INTERN PetscErrorCode DscNumericalDestroy(DscNumerical *numerical);
/* One pass over the grid, and one more before it for a POD; fills all of the result but its seconds. A run that is
   stopped keeps nothing: it begins anew after a restart. The same bits on any number of ranks and for any memory limit,
   but for the POD, whose last bits depend on the number of ranks. */
PETSC_INTERN PetscErrorCode DscNumericalRun(DscNumerical numerical, const DscRunControl *control, PetscBool progress,
                                            DscResult *result);
/* Prints the plan on rank 0. */
PETSC_INTERN PetscErrorCode DscNumericalPrintPlan(DscNumerical numerical);

#endif
