/*
  What the runs of a study are expected to take, from the seconds of earlier ones.
*/
#ifndef STUDY_COSTS_H
#define STUDY_COSTS_H

#include "study/plan.h"

typedef struct _p_DscCosts *DscCosts;

/* From the results file -study_costs, if there is one: a run is expected to take the median of those runs of the file that
   agree with it in the most axes, seeds apart (in none of them: of all), without those that failed or were stopped. A
   user error, on all ranks, if the file cannot be read. plan is (not owned) and must not change. Collective. */
PETSC_EXTERN PetscErrorCode DscCostsCreate(MPI_Comm comm, DscOptions options, const DscPlan *plan, DscCosts *costs);
PETSC_EXTERN PetscErrorCode DscCostsDestroy(DscCosts *costs);
/* A run of this plan took so long: it counts as those of the file do, and agrees in all axes with runs of other seeds.
   All expectations are made anew at the next question: to be used once, before the runs. Not collective, nor the rest. */
PETSC_EXTERN PetscErrorCode DscCostsLearn(DscCosts costs, PetscInt run, double seconds);
/* NaN: nothing is known. */
PETSC_EXTERN PetscErrorCode DscCostsGetSeconds(DscCosts costs, PetscInt run, double *seconds);
/* order [nruns]: the plan's runs, longest first, equally long ones rising; rising where nothing is known. */
PETSC_EXTERN PetscErrorCode DscCostsOrder(DscCosts costs, const DscPlan *plan, PetscInt order[]);
/* The time until ngroups groups, all free now, have taken the runs of order [nruns] that are not done from a queue, one
   after the other (list scheduling: Graham 1969). done [of the plan's runs]; NULL: none is. NaN if nothing is known. */
PETSC_EXTERN PetscErrorCode DscCostsMakespan(DscCosts costs, PetscInt nruns, const PetscInt order[], PetscInt ngroups,
                                             const PetscBool done[], double *seconds);

#endif
