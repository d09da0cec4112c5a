/*
  Method 'discover' with approximator 'spline': no network. The data's surrogate is a tensor-product spline that obeys the
  equation; every candidate equation gets a fit of its own (spline_search.h). Works on scattered and noisy samples.
*/
#ifndef DISCERN_METHOD_SPLINE_H
#define DISCERN_METHOD_SPLINE_H

#include <discern/method.h>

typedef struct _p_DscSplineRun *DscSplineRun;

/* Reads or makes the data and decides on everything. To be destroyed even where it fails. Collective, like all below. */
PETSC_INTERN PetscErrorCode DscSplineRunCreate(MPI_Comm comm, DscOptions options, DscSplineRun *run);
PETSC_INTERN PetscErrorCode DscSplineRunDestroy(DscSplineRun *run);
/* Fills all of the result but its seconds. All ranks do the same work and get the same bits: a run is as fast on one rank
   as on many. A run that is stopped keeps nothing: it begins anew after a restart. */
PETSC_INTERN PetscErrorCode DscSplineRunRun(DscSplineRun run, const DscRunControl *control, PetscBool progress,
                                            DscResult *result);
/* Prints the plan on rank 0. */
PETSC_INTERN PetscErrorCode DscSplineRunPrintPlan(DscSplineRun run);

#endif
