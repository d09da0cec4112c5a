/*
  Splines of rising resolution under one search: as many intervals as the data ask for while terms are chosen, then finer
  and under a stronger equation until the coefficients stay. A level is a problem and its search.
*/
#ifndef DISCERN_METHOD_SPLINE_LEVELS_H
#define DISCERN_METHOD_SPLINE_LEVELS_H

#include "method/spline_search.h"

typedef struct {
  const DscDataSet *data;    /* (not owned) */
  DscLibrary        library; /* (not owned) */
  DscSplineSettings settings;
  double            lambda_last;
  double            limit;                                                       /* bytes; 0: none */
  PetscBool         fixed;                                                       /* Polish drops no term */
  PetscInt          intervals[DSC_MAX_COORDINATES], degree[DSC_MAX_COORDINATES]; /* of the first level */
  DscSplineProblem *problem;                                                     /* (owned) of the present level */
  DscSplineSearch   search;                                                      /* (owned) */
  /* The equation as last taken from the best fit: (owned) [columns], [columns][columns]. */
  double *xi, *std, *covariance;
} DscSplineLevels;

/* Reads the options and checks the size of the first level: one clear user error each. Not collective, like all below. */
PETSC_INTERN PetscErrorCode DscSplineLevelsCreate(MPI_Comm comm, DscOptions options, const DscDataSet *data,
                                                  DscLibrary library, DscSplineLevels *levels);
PETSC_INTERN PetscErrorCode DscSplineLevelsDestroy(DscSplineLevels *levels);
/* The first level, smoothed: before the others. */
PETSC_INTERN PetscErrorCode DscSplineLevelsBegin(DscSplineLevels *levels);
/* Finer along every axis where the best set then fits better. *changed: it did. */
PETSC_INTERN PetscErrorCode DscSplineLevelsAdapt(DscSplineLevels *levels, PetscBool *changed);
/* Coefficients, standard deviations and covariance of the best fit. */
PETSC_INTERN PetscErrorCode DscSplineLevelsSetEquation(DscSplineLevels *levels);
/* Strengthens the equation of the best set, on finer and finer splines, until the coefficients move by less than a part of
   their errors: what is left is neither the spline's nor the weight's doing. The equation is set. */
PETSC_INTERN PetscErrorCode DscSplineLevelsPolish(DscSplineLevels *levels);
/* Values to fit of the field that has the fewest. */
PETSC_INTERN PetscInt DscSplineFewestValues(const DscDataSet *data);
/* The most unknowns that a level may be refined to. */
PETSC_INTERN double DscSplineLevelsMostUnknowns(const DscSplineLevels *levels);

#endif
