/*
  What a study says about settings: runs grouped by their values of swept axes, success rates, medians, coefficients.
  Nothing here communicates. Costs are of order n log n in the number of runs.
*/
#ifndef STUDY_RATES_H
#define STUDY_RATES_H

#include "study/results.h"

/* The distinct values of an axis: numbers rising, words in order of first appearance. */
typedef struct {
  PetscInt  n;
  PetscBool numeric;  /* every value is a finite number */
  PetscInt *value_of; /* (owned) [nruns] */
  PetscInt *first;    /* (owned) [n] the first run with that value */
  double   *number;   /* (owned) [n]; NaN for words */
} DscAxisValues;

PETSC_EXTERN PetscErrorCode DscAxisValuesCreate(const DscResultsTable *table, PetscInt axis, DscAxisValues *values);
PETSC_EXTERN PetscErrorCode DscAxisValuesDestroy(DscAxisValues *values);
/* Index of a swept key; -1 if it is not one. */
PETSC_EXTERN PetscInt DscAxisFind(const DscResultsTable *table, const char key[]);

/* Runs in groups: group g has the runs member[first[g]] to member[first[g + 1] - 1], rising. */
typedef struct {
  PetscInt  n;
  PetscInt *first;  /* (owned) [n + 1] */
  PetscInt *member; /* (owned) [first[n]] */
} DscGroups;

#define DSC_GROUP_MAX_AXES 2
/* All runs by their values of axes [naxes], in the order of DscAxisValues, the first axis slowest; no axis: one group. */
PETSC_EXTERN PetscErrorCode DscGroupsCreate(const DscResultsTable *table, PetscInt naxes, const PetscInt axes[],
                                            DscGroups *groups);
/* Ended runs that did not fail, by equal sets of active terms; the set that most runs agree on comes first. */
PETSC_EXTERN PetscErrorCode DscGroupsCreateByEquation(const DscResultsTable *table, DscGroups *groups);
/* Runs that are not done, by status and equal reason, whatever numbers are in it; the largest group first. */
PETSC_EXTERN PetscErrorCode DscGroupsCreateByReason(const DscResultsTable *table, DscGroups *groups);
PETSC_EXTERN PetscErrorCode DscGroupsDestroy(DscGroups *groups);

/* Whether a run came to its end with an equation: neither failed nor stopped. */
PETSC_EXTERN PetscBool DscRunHasEquation(const DscResultsTable *table, PetscInt run);
/* Whether any run's true equation is known. Then a success is a run whose active terms are the true ones, otherwise one
   that is done. */
PETSC_EXTERN PetscBool DscRatesKnowTruth(const DscResultsTable *table);

typedef struct {
  PetscInt runs, successes;                        /* stopped runs do not count: they are to go on */
  double   low, high;                              /* 95% interval of the success rate; NaN without runs */
  double   seconds, iterations, coefficient_error; /* medians over the runs with an equation; NaN without */
} DscRate;
/* Of runs [n]; truth: what DscRatesKnowTruth says; work [n] is scratch. */
PETSC_EXTERN void DscRateCompute(const DscResultsTable *table, PetscBool truth, PetscInt n, const PetscInt runs[],
                                 double work[], DscRate *rate);

typedef struct {
  PetscInt runs, active;   /* with an equation and the term in the library; those where it is active */
  double   median, spread; /* of the coefficient where active; spread: half of the middle 68%, NaN below 2 runs */
  double   std;            /* median of the runs' own standard deviations where active */
  double   truth;          /* NaN where unknown or not the same in all runs */
} DscTermStatistics;
/* Of one term in runs [n]; term counts through [left][term]; work [n] is scratch. */
PETSC_EXTERN void DscTermCompute(const DscResultsTable *table, PetscInt term, PetscInt n, const PetscInt runs[],
                                 double work[], DscTermStatistics *statistics);
/* The terms worth showing, as indices into [left][term], rising (allocated; PetscFree): those of the true equations, or
   where none is known those that most runs agree on. */
PETSC_EXTERN PetscErrorCode DscTermsChoose(const DscResultsTable *table, PetscInt *n, PetscInt **terms);

#endif
