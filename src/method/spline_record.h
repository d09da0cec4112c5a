/* What a search for terms has tried: a score for each set, and the splines of the best of them. */
#ifndef DISCERN_METHOD_SPLINE_RECORD_H
#define DISCERN_METHOD_SPLINE_RECORD_H

#include "method/spline_fit.h"

#define DSC_SPLINE_KEPT 8 /* fits that are kept whole */

typedef struct {
  double score;               /* PETSC_MAX_REAL: the fit was given up */
  double sse[DSC_MAX_FIELDS]; /* |u - Bc|^2 */
} DscSplineFound;

typedef struct {
  PetscInt        columns, nfields;
  PetscInt        n, capacity;
  PetscBool      *sets;                      /* (owned) [capacity][columns] in the order of their fits */
  DscSplineFound *found;                     /* (owned) [capacity] */
  DscSplineFit    kept[DSC_SPLINE_KEPT];     /* (owned) the best fits of different sets, in no order */
  PetscBool       expanded[DSC_SPLINE_KEPT]; /* the search went on from there */
} DscSplineRecord;

PETSC_INTERN PetscErrorCode DscSplineRecordCreate(const DscSplineProblem *problem, DscSplineRecord *record);
PETSC_INTERN PetscErrorCode DscSplineRecordDestroy(DscSplineRecord *record);
/* Its number among the sets; n: it is not there. Not collective, like all below. */
PETSC_INTERN PetscInt DscSplineRecordFind(const DscSplineRecord *record, const PetscBool active[]);
/* The fit's set needs no other: it converged, or began without another equation's bend, or is given up. The lowest score of
   a set counts. */
PETSC_INTERN PetscErrorCode DscSplineRecordRemember(DscSplineRecord *record, const DscSplineFit *fit,
                                                    PetscBool given_up);
/* Keeps a copy: in the place of a worse fit of the same set, or of the worst one. */
PETSC_INTERN PetscErrorCode DscSplineRecordKeep(DscSplineRecord *record, const DscSplineFit *fit);
/* The best kept fit that is not expanded and whose score is at most `limit`; -1: none. */
PETSC_INTERN PetscInt DscSplineRecordNext(const DscSplineRecord *record, double limit);

#endif
