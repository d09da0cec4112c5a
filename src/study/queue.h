/*
  The work queue: a counter in an MPI window on rank 0, from which every group takes its next run (DESIGN 4).
*/
#ifndef STUDY_QUEUE_H
#define STUDY_QUEUE_H

#include <discern/study.h>

typedef struct _p_DscQueue *DscQueue;

/* Items 0..n-1, each handed out once. group: the caller's part of comm. Collective on comm. */
PETSC_EXTERN PetscErrorCode DscQueueCreate(MPI_Comm comm, MPI_Comm group, PetscInt n, DscQueue *queue);
/* The group's next item, the same on all its ranks, rising from call to call; -1 when none is left. Collective on the
   group. Over networks without hardware atomics it returns only when rank 0 of comm is inside some MPI call. */
PETSC_EXTERN PetscErrorCode DscQueueNext(DscQueue queue, PetscInt *item);
/* Waits for all ranks. Collective on comm. */
PETSC_EXTERN PetscErrorCode DscQueueDestroy(DscQueue *queue);

#endif
