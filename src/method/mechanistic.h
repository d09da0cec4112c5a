/*
  Method 'mechanistic': the equation of a system of ODEs from one or many trajectories, through its solution
  (shooting.h). An estimator (-estimator) chooses terms on the least squares of all left-hand sides together,
  Gauss-Newton goes on with these, until both stay.
*/
#ifndef DISCERN_METHOD_MECHANISTIC_H
#define DISCERN_METHOD_MECHANISTIC_H

#include <discern/method.h>

typedef struct _p_DscMechanistic *DscMechanistic;

/* Data, library and windows. To be destroyed even where it fails. Collective, like all below. */
PETSC_INTERN PetscErrorCode DscMechanisticCreate(MPI_Comm comm, DscOptions options, DscMechanistic *mechanistic);
PETSC_INTERN PetscErrorCode DscMechanisticDestroy(DscMechanistic *mechanistic);
/* Fills all of the result but its seconds. A run that is stopped begins anew after a restart. */
PETSC_INTERN PetscErrorCode DscMechanisticRun(DscMechanistic mechanistic, const DscRunControl *control,
                                              PetscBool progress, DscResult *result);
/* Prints the plan on rank 0. */
PETSC_INTERN PetscErrorCode DscMechanisticPrintPlan(DscMechanistic mechanistic);

#endif
