/*
  Features of a library on a grid, by one of three rules: central differences, local polynomials (both method/stencil.h) or
  Fourier transforms in space (method/fourier.h) with central differences in time.

  A field is derived along one coordinate after the other, time first. The features make a tree: its nodes are the rows
  (all of space at one time) that are the same for several of them, u_x for u_x, u_xx y and u_x y, say. Along the last
  coordinate stencils are applied to a few points at a time, and no row is needed. Local polynomials smooth along every
  coordinate along which nothing is derived, so that a feature, u itself too, is a fit to a whole box of points.
*/
#ifndef DISCERN_METHOD_DERIVATIVES_H
#define DISCERN_METHOD_DERIVATIVES_H

#include <discern/library.h>

typedef enum { DSC_BY_DIFFERENCES, DSC_BY_POLYNOMIALS, DSC_BY_FOURIER } DscDerivativeKind;

typedef struct {
  DscDerivativeKind kind;
  PetscInt          accuracy;                    /* of differences: the order of the error, even */
  PetscInt          window[DSC_MAX_COORDINATES]; /* of polynomials: points to either side; 0: none are fitted there */
  PetscInt          degree;                      /* of polynomials; 0: two above the highest derivative, if it can be */
  double            cutoff[DSC_MAX_COORDINATES]; /* Fourier: fraction of the Nyquist wave number that is kept */
} DscDerivativeRule;

/* The kind of -approximator; not found: a network. */
PETSC_INTERN PetscErrorCode DscDerivativeKindFind(DscOptions options, PetscBool *found, DscDerivativeKind *kind);
/* "finite differences", ... */
PETSC_INTERN const char *DscDerivativeKindTitle(DscDerivativeKind kind);
/* From -derivative_* and -spectral_*, of a numerical approximator; measures the fields where it has to
   (DscFourierMeasure). Collective. */
PETSC_INTERN PetscErrorCode DscDerivativeRuleCreate(MPI_Comm comm, DscOptions options, DscGrid grid,
                                                    DscDerivativeRule *rule);
/* In words. */
PETSC_INTERN void DscDerivativeRuleDescribe(const DscDerivativeRule *rule, const DscGridInfo *info, size_t size,
                                            char text[]);

typedef struct _p_DscDerivatives *DscDerivatives;

/* User errors: derivatives that are not supported, axes too short, windows and degrees that do not go together. To be
   destroyed even where it fails. Not collective, like all below. */
PETSC_INTERN PetscErrorCode DscDerivativesCreate(const DscGridInfo *grid, PetscInt nfeatures,
                                                 const DscFeature features[], const DscDerivativeRule *rule,
                                                 DscDerivatives *derivatives);
PETSC_INTERN PetscErrorCode DscDerivativesDestroy(DscDerivatives *derivatives);
/* Points that are needed to either side, along each coordinate: the features exist in the grid's interior only. */
PETSC_INTERN PetscErrorCode DscDerivativesGetHalfWidths(DscDerivatives derivatives, PetscInt half[DSC_MAX_COORDINATES]);
/* Rows that have to be kept, each with `count` values of the first space coordinate in what follows. */
PETSC_INTERN PetscErrorCode DscDerivativesGetRows(DscDerivatives derivatives, PetscInt *nrows);
/* Rows have `count` values of the first space coordinate, from `first` on. */
PETSC_INTERN PetscErrorCode DscDerivativesAllocate(DscDerivatives derivatives, PetscInt first, PetscInt count);
/* Goes to a time: rows [2 half[0] + 1][nfields] of the times around it, which stay the caller's and must stay as they are
   while features are taken. These will be asked for at [first, end) of the first space coordinate. Allocation-free, like
   what follows. */
PETSC_INTERN PetscErrorCode DscDerivativesSetTime(DscDerivatives derivatives, PetscInt time, const double *const rows[],
                                                  PetscInt first, PetscInt end);
/* features[feature][lanes]: the first `count` of each are written, at neighbouring points along the last coordinate. The
   first of them is at `place` in the rows, and its position along that coordinate is `position`. */
PETSC_INTERN PetscErrorCode DscDerivativesApply(DscDerivatives derivatives, PetscInt place, PetscInt position,
                                                PetscInt count, PetscInt lanes, double features[]);

#endif
