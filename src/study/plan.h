/*
  The plan of a study: the product of its sweep axes, and the runs of it that are selected.
*/
#ifndef STUDY_PLAN_H
#define STUDY_PLAN_H

#include <discern/study.h>

/* Axes in the order of the file. A dimension is an axis, or axes that advance together (-study_zip), at the place of the
   first of them. The whole study is the product of the dimensions; a run's number there is the mixed-radix number of its
   indices along them, first dimension slowest. The plan holds those runs of it that are selected (-study_filter,
   -study_part); run r below is the r-th of them. */
typedef struct {
  PetscInt            naxes, nruns;
  PetscInt           *number;    /* (owned) [nruns] of each run in the whole study, rising: its name in all files */
  const char        **keys;      /* (owned) [naxes]; strings (not owned), of the options */
  PetscInt           *nvalues;   /* (owned) [naxes] */
  const char *const **values;    /* (owned) [naxes]; strings [nvalues] (not owned), of the options */
  PetscInt           *dimension; /* (owned) [naxes] that the axis runs along; zipped axes have the same */
  PetscInt           *stride;    /* (owned) [naxes] from one value to the next in number; zipped axes have the same */
  PetscInt            total;     /* runs of the whole study */
} DscPlan;

/* A user error where zip, filter or part do not fit the sweeps, or select nothing. The plan points into options and must
   not outlive them; it is to be destroyed also after an error. Not collective. */
PETSC_EXTERN PetscErrorCode DscPlanCreate(DscOptions options, DscPlan *plan);
PETSC_EXTERN PetscErrorCode DscPlanDestroy(DscPlan *plan);
/* Keeps only the runs of these numbers, which are in the plan and rise. */
PETSC_EXTERN PetscErrorCode DscPlanSelect(DscPlan *plan, PetscInt n, const PetscInt numbers[]);
/* The run with a number in the whole study; -1 if it is not in the plan. */
PETSC_EXTERN PetscInt DscPlanFind(const DscPlan *plan, int64_t number);
/* Which of an axis' values a run has. */
PETSC_EXTERN PetscInt DscPlanIndex(const DscPlan *plan, PetscInt run, PetscInt axis);
/* The axis of a key; -1 if it is not swept. */
PETSC_EXTERN PetscInt DscPlanFindAxis(const DscPlan *plan, const char key[]);
/* A copy of options with the run's values of all axes set; the caller destroys it. */
PETSC_EXTERN PetscErrorCode DscPlanGetOptions(const DscPlan *plan, DscOptions options, PetscInt run,
                                              DscOptions *run_options);
/* 'seed=3 data_noise=0.2', cut to size; empty without axes. */
PETSC_EXTERN PetscErrorCode DscPlanGetLabel(const DscPlan *plan, PetscInt run, size_t size, char label[]);

#endif
