/* What numerical.c and numerical_panels.c share. */
#ifndef DISCERN_METHOD_NUMERICAL_PRIVATE_H
#define DISCERN_METHOD_NUMERICAL_PRIVATE_H

#include "method/constraint.h"
#include "method/derivatives.h"
#include "method/moments.h"
#include "method/numerical.h"
#include "method/numerical_window.h"

/* Points in a panel: constant, so that no sum depends on how the grid was read. */
#define DSC_NUMERICAL_LANES 256

/* A range of times and of the first space coordinate, one of which is whole. Its points, in the order (t, x, ...), fill
   panels one after the other. */
typedef struct {
  PetscInt first_time, end_time;
  PetscInt first, end;
  PetscInt fill;     /* points in the panel that is being filled */
  PetscInt panel;    /* its number: that of the shard among all shards, and one more for every panel before it */
  double  *features; /* (owned by the panels) [nfeatures][lanes] */
  double  *sums;     /* (owned by the panels) [nsums] of the moments */
} DscShard;

/* From the times in a window to the second moments of the library. */
typedef struct {
  DscLibrary        library;                   /* (not owned) */
  DscDerivatives    derivatives;               /* (not owned) */
  const PetscInt   *left;                      /* (not owned) [nleft] features */
  DscMoments       *moments;                   /* (not owned) */
  const DscFeature *list;                      /* (not owned) [nfeatures] */
  const double     *axes[DSC_MAX_COORDINATES]; /* (not owned) values along each, for features that are coordinates */
  PetscInt          nfeatures, nterms, nleft, nrows;
  PetscInt          half[DSC_MAX_COORDINATES];
  double            npoints; /* in the sums and the panels of this rank */
  PetscInt          nshards;
  DscShard         *shards;   /* (owned) [nshards] of this rank */
  double           *features; /* (owned) [nshards][nfeatures][lanes] */
  double           *sums;     /* (owned) [nshards][nsums] */
  double           *X;        /* (owned) [nrows][lanes] of one panel */
  const double    **rows;     /* (owned) [2 half[0] + 1][nfields] */
} DscNumericalPanels;

/* Library, derivatives, moments and sizes are the caller's to set; ranges and first panels of the shards too, after
   this. */
PETSC_INTERN PetscErrorCode DscNumericalPanelsCreate(PetscInt nfields, PetscInt nshards, DscNumericalPanels *panels);
PETSC_INTERN PetscErrorCode DscNumericalPanelsDestroy(DscNumericalPanels *panels);
/* All inner points of the times [from, to), which the window holds with the times around them. Not collective. */
PETSC_INTERN PetscErrorCode DscNumericalPanelsAdd(DscNumericalPanels *panels, const DscWindow *window, PetscInt from,
                                                  PetscInt to);
/* Adds what is left in unfinished panels. Not collective. */
PETSC_INTERN PetscErrorCode DscNumericalPanelsFlush(DscNumericalPanels *panels);

#endif
