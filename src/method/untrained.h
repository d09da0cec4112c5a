/*
  What the ways without a training share: numerical derivatives, the weak form, the spline.
*/
#ifndef DISCERN_METHOD_UNTRAINED_H
#define DISCERN_METHOD_UNTRAINED_H

#include <discern/method.h>

/* A run without a network needs every value: options [own] refuse missing ones. who: of the message, as 'the weak form
   needs'. Not collective. */
PETSC_INTERN PetscErrorCode DscUntrainedNeedsValues(MPI_Comm comm, DscOptions own, const char who[]);
/* *own: the options of the only experiment, whose data every rank holds whole; user errors for others. who: as 'the weak
   form'. The caller destroys *own, also after an error. Not collective. */
PETSC_INTERN PetscErrorCode DscUntrainedTakesOneSet(MPI_Comm comm, DscOptions options, const char who[],
                                                    DscOptions *own);
/* Refuses, in options [own], what belongs to a training, and lets SBL be without the prior that follows one. Not
   collective. */
PETSC_INTERN PetscErrorCode DscUntrainedPreset(MPI_Comm comm, DscOptions own);
/* Refuses a -prior_schedule, a -prior_exponent and a -refit in options [own]. Not collective. */
PETSC_INTERN PetscErrorCode DscUntrainedHasNoTraining(MPI_Comm comm, DscOptions own);
/* Whether any rank wishes a stop. Collective. */
PETSC_INTERN PetscErrorCode DscUntrainedPoll(MPI_Comm comm, const DscRunControl *control, PetscBool *stop);

#endif
