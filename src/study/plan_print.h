/*
  The plan of a study, for people.
*/
#ifndef STUDY_PLAN_PRINT_H
#define STUDY_PLAN_PRINT_H

#include "study/costs.h"

/* Runs, groups, sweeps, and the time that all will take where it is known. costs: NULL where nothing is. Collective; prints
   on rank 0. */
PETSC_EXTERN PetscErrorCode DscPlanPrint(MPI_Comm comm, const DscPlan *plan, DscCosts costs, PetscInt ngroups,
                                         const char output[]);
/* '7.5 s', '0:12:00', '12:34:56', '3-01:00:00' as Slurm writes times; '-' if it is unknown. */
PETSC_EXTERN void DscDurationFormat(double seconds, size_t size, char text[]);

#endif
