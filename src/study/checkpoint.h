/*
  <output>.checkpoints/run_N: the last saved state of every run that is not finished, and the one before it.
*/
#ifndef STUDY_CHECKPOINT_H
#define STUDY_CHECKPOINT_H

#include <discern/study.h>

typedef struct _p_DscCheckpoints *DscCheckpoints;

/* Makes nothing on disc. Not collective, as all but Read. */
PETSC_EXTERN PetscErrorCode DscCheckpointsCreate(const char output[], DscCheckpoints *checkpoints);
PETSC_EXTERN PetscErrorCode DscCheckpointsDestroy(DscCheckpoints *checkpoints);
/* The state of a run, before `iteration`, on disc on return. run: number in the whole study; options: DscOptionsToText()
   of the run. At every moment one whole file exists. One that cannot be written is a warning, once, and no error. */
PETSC_EXTERN PetscErrorCode DscCheckpointsWrite(DscCheckpoints checkpoints, PetscInt run, const char options[],
                                                PetscInt iteration, DscBuffer state);
/* The newest whole state of the run, on all ranks of group; *found is false if there is none. A damaged one is named in a
   warning and removed, one of a run with other options left alone. Collective on group. */
PETSC_EXTERN PetscErrorCode DscCheckpointsRead(DscCheckpoints checkpoints, MPI_Comm group, PetscInt run,
                                               const char options[], DscBuffer state, PetscBool *found);
PETSC_EXTERN PetscErrorCode DscCheckpointsExist(DscCheckpoints checkpoints, PetscInt run, PetscBool *exist);
/* The run is finished, or its states are of no use. */
PETSC_EXTERN PetscErrorCode DscCheckpointsRemove(DscCheckpoints checkpoints, PetscInt run);
/* runs (allocated; PetscFree) [n]: those that have a state, rising. */
PETSC_EXTERN PetscErrorCode DscCheckpointsList(DscCheckpoints checkpoints, PetscInt *n, PetscInt **runs);
/* Every file of ours, and the folder if nothing else is in it. */
PETSC_EXTERN PetscErrorCode DscCheckpointsRemoveAll(DscCheckpoints checkpoints);

#endif
