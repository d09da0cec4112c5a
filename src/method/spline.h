/*
  Method 'discover' with approximator 'spline': no network. The data's surrogate is a tensor-product spline that obeys the
  equation; every candidate equation gets a fit of its own (spline_search.h). Works on scattered and noisy samples.
*/
#ifndef DISCERN_METHOD_SPLINE_H
#define DISCERN_METHOD_SPLINE_H

#include <discern/method.h>

typedef struct _p_DscSpline *DscSpline;

/* Reads or makes the data and decides on everything. To be destroyed even where it fails. Collective, like all below. */
PETSC_INTERN PetscErrorCode DscSplineCreate(MPI_Comm comm, DscOptions options, DscSpline *run);
PETSC_INTERN PetscErrorCode DscSplineDestroy(DscSpline *run);
/* Fills all of the result but its seconds. All ranks do the same work and get the same bits: a run is as fast on one rank
   as on many. A run that is stopped keeps nothing: it begins anew after a restart. */
PETSC_INTERN PetscErrorCode DscSplineRun(DscSpline run, const DscRunControl *control, PetscBool progress,
                                         DscResult *result);
/* Prints the plan on rank 0. */
PETSC_INTERN PetscErrorCode DscSplinePrintPlan(DscSpline run);

#endif
