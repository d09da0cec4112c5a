/*
  The plan of a study: the product of its sweep axes.
*/
#ifndef STUDY_PLAN_H
#define STUDY_PLAN_H

#include <discern/study.h>

/* Axes in the order of the file. The whole study is their product; a run's number there is the mixed-radix number of the
   axes' value indices, first axis slowest. The plan holds those runs of it that are selected; run r below is the r-th of
   them. */
typedef struct {
  PetscInt            naxes, nruns;
  PetscInt           *number;  /* (owned) [nruns] of each run in the whole study, rising: its name in all files */
  const char        **keys;    /* (owned) [naxes]; strings (not owned), of the options */
  PetscInt           *nvalues; /* (owned) [naxes] */
  const char *const **values;  /* (owned) [naxes]; strings [nvalues] (not owned), of the options */
} DscPlan;

/* The plan points into options and must not outlive them; it is to be destroyed also after an error. Not collective. */
PETSC_EXTERN PetscErrorCode DscPlanCreate(DscOptions options, DscPlan *plan);
PETSC_EXTERN PetscErrorCode DscPlanDestroy(DscPlan *plan);
/* Keeps only the runs of these numbers, which are in the plan and rise. */
PETSC_EXTERN PetscErrorCode DscPlanSelect(DscPlan *plan, PetscInt n, const PetscInt numbers[]);
/* Which of an axis' values a run has. */
PETSC_EXTERN PetscInt DscPlanIndex(const DscPlan *plan, PetscInt run, PetscInt axis);
/* A copy of options with the run's values of all axes set; the caller destroys it. */
PETSC_EXTERN PetscErrorCode DscPlanGetOptions(const DscPlan *plan, DscOptions options, PetscInt run,
                                              DscOptions *run_options);
/* 'seed=3 data_noise=0.2', cut to size; empty without axes. */
PETSC_EXTERN PetscErrorCode DscPlanGetLabel(const DscPlan *plan, PetscInt run, size_t size, char label[]);

#endif
