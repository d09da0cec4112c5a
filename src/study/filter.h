/*
  Part of a study: -study_filter says which runs, -study_part which share of them.
*/
#ifndef STUDY_FILTER_H
#define STUDY_FILTER_H

#include "study/plan.h"

/* Keeps the runs of a whole plan that 'seed=0-3 data_noise=0.1,0.2 run=5,7-9' names: KEY=VALUES for swept keys, written as
   for a sweep and compared as values (0.10 is 0.1), and the numbers of runs as run=. All of them must hold. A user error
   if a key is not swept, or if something named is in no run. Not collective. */
PETSC_EXTERN PetscErrorCode DscFilterApply(DscOptions options, DscPlan *plan);
/* 'I/N': keeps the plan's I-th, I+N-th, ... run, 0 <= I < N. A user error if that leaves none. Not collective. */
PETSC_EXTERN PetscErrorCode DscPartApply(DscOptions options, DscPlan *plan);

/* 'a, b, c'; further names are left out where size does not allow them. */
PETSC_EXTERN void DscListNames(PetscInt n, const char *const names[], size_t size, char text[]);

#endif
