/*
  The work queue: numbers in an MPI window on rank 0, which every rank may change (DESIGN 4). From the first of them every
  group takes its next run.
*/
#ifndef STUDY_QUEUE_H
#define STUDY_QUEUE_H

#include <discern/study.h>

typedef struct _p_DscQueue *DscQueue;

/* Items 0..n-1, each handed out once. group: the caller's part of comm. Collective on comm. Over networks without
   hardware atomics Next, Reserve and Stop return only when rank 0 of comm is inside some MPI call. */
PETSC_EXTERN PetscErrorCode DscQueueCreate(MPI_Comm comm, MPI_Comm group, PetscInt n, DscQueue *queue);
/* The group's next item, the same on all its ranks, rising from call to call; -1 when none is left. Collective on the
   group. */
PETSC_EXTERN PetscErrorCode DscQueueNext(DscQueue queue, PetscInt *item);
/* Blocks of a file that all ranks write into: *first and the n - 1 behind it are the caller's alone. The first ever is 0.
   Not collective. */
PETSC_EXTERN PetscErrorCode DscQueueReserve(DscQueue queue, int64_t n, int64_t *first);
/* No more items are handed out, and why (> 0) is told to who peeks; of several, the largest. Not collective. */
PETSC_EXTERN PetscErrorCode DscQueueStop(DscQueue queue, int why);
/* What was told, 0 where nothing was. Never waits: *known is false until, in a later call, the answer is there; why is
   set only then. Not collective. */
PETSC_EXTERN PetscErrorCode DscQueuePeekStop(DscQueue queue, PetscBool *known, int *why);
/* Waits for all ranks. Collective on comm. */
PETSC_EXTERN PetscErrorCode DscQueueDestroy(DscQueue *queue);

#endif
