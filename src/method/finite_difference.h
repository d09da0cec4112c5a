/*
  Features of a library by central differences on a grid.

  The weights are those of Fornberg (Mathematics of Computation 51, 1988, 699-706) on the coordinates as they are. A stencil
  has as many points to either side as a uniform grid needs for the accuracy asked for; a grid whose spacing varies
  smoothly converges at the same rate. One set of weights serves a whole axis of equal steps, otherwise every position has
  its own. A mixed second derivative is the product of two first ones.
*/
#ifndef DISCERN_METHOD_FINITE_DIFFERENCE_H
#define DISCERN_METHOD_FINITE_DIFFERENCE_H

#include <discern/library.h>

/* weights[k][i], k = 0..order: sum_i weights[k][i] f(x[i]) is the k-th derivative at z of the polynomial through the n
   points. Not collective, like all below. */
PETSC_INTERN void DscFiniteDifferenceWeights(PetscInt n, const double x[], double z, PetscInt order, double weights[]);

typedef struct _p_DscDifferences *DscDifferences;

/* accuracy: the order of the error, even. User errors: derivatives that are not supported, axes too short for them. */
PETSC_INTERN PetscErrorCode DscDifferencesCreate(const DscGridInfo *grid, PetscInt nfeatures,
                                                 const DscFeature features[], PetscInt accuracy,
                                                 DscDifferences *differences);
PETSC_INTERN PetscErrorCode DscDifferencesDestroy(DscDifferences *differences);
/* Points that the stencils need to either side, along each coordinate: the features exist in the grid's interior only. */
PETSC_INTERN PetscErrorCode DscDifferencesGetHalfWidths(DscDifferences differences, PetscInt half[DSC_MAX_COORDINATES]);

/* Neighbouring points of one time along the last coordinate, and where the fields around them are. */
typedef struct {
  const double *const *rows;  /* (not owned) [2 half[0] + 1][nfields]: times around the points' own */
  PetscInt             first; /* the first point's place in each of them */
  PetscInt             stride[DSC_MAX_COORDINATES];   /* in the rows, between neighbours along a space coordinate */
  PetscInt             position[DSC_MAX_COORDINATES]; /* of the first point in the grid */
  PetscInt             count;
} DscLine;
/* features[feature][lanes]: the first line->count of each are written. Allocation-free. */
PETSC_INTERN PetscErrorCode DscDifferencesApply(DscDifferences differences, const DscLine *line, PetscInt lanes,
                                                double features[]);

#endif
