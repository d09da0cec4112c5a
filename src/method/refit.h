/*
  The refit after a discovery (-refit spline): the terms that a network found, fitted again by a spline under a strong
  equation (spline_levels.h), beginning at the network's surrogate. The noise then shrinks no coefficients, and the error
  bars contain what the unknown surrogate adds. The terms stay what they are.
*/
#ifndef DISCERN_METHOD_REFIT_H
#define DISCERN_METHOD_REFIT_H

#include <discern/method.h>

/* Whether -refit is on; a user error where it cannot be done: several experiments, sharded data. Not collective. */
PETSC_INTERN PetscErrorCode DscRefitIsOn(MPI_Comm comm, DscOptions options, PetscBool *on);
/* Coefficients, their errors and normalised values of the active terms of a result, from the surrogate at the samples
   (method/prediction.h). The result keeps what it had, and its reason says so, where the fit does not converge or is
   farther from the data than the surrogate. All ranks do the same work. Collective. */
PETSC_INTERN PetscErrorCode DscRefitRun(MPI_Comm comm, DscOptions options, const DscTable *prediction,
                                        DscResult *result);

#endif
