/*
  Success rates and medians of a study, whole or by the values of one axis.
*/
#ifndef STUDY_RATES_H
#define STUDY_RATES_H

#include "study/results.h"

typedef struct {
  const char *value; /* (not owned) of the axis */
  PetscInt    runs, successes;
  double      low, high;                              /* 95% interval of the success rate */
  double      seconds, iterations, coefficient_error; /* medians */
} DscRate;

/* Whether any run's true equation is known. Then a success is a run whose active terms are the true ones, otherwise one
   that converged. */
PETSC_EXTERN PetscBool DscRatesKnowTruth(const DscResultsTable *table);
/* rates (allocated; PetscFree) [n]: one a value of the axis, in order of first appearance; axis -1: one for all runs. */
PETSC_EXTERN PetscErrorCode DscRatesCreate(const DscResultsTable *table, PetscInt axis, PetscInt *n, DscRate **rates);

#endif
