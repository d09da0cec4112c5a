#include "study/queue.h"

struct _p_DscQueue {
  MPI_Comm comm;  /* (not owned) */
  MPI_Comm group; /* (not owned) */
  MPI_Win  window;
  int64_t *counter; /* (owned) [1] on rank 0 of comm, memory of the window: the first item that nobody has taken */
  int64_t  n;
};

PetscErrorCode DscQueueCreate(MPI_Comm comm, MPI_Comm group, PetscInt n, DscQueue *queue)
{
  PetscMPIInt rank;
  DscQueue    q;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&q));
  q->comm  = comm;
  q->group = group;
  q->n     = n;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Win_allocate(rank ? 0 : (MPI_Aint)sizeof(int64_t), sizeof(int64_t), MPI_INFO_NULL, comm, &q->counter,
                                &q->window));
  if (!rank) {
    PetscCallMPI(MPI_Win_lock(MPI_LOCK_EXCLUSIVE, 0, 0, q->window));
    *q->counter = 0;
    PetscCallMPI(MPI_Win_unlock(0, q->window));
  }
  PetscCallMPI(MPI_Barrier(comm));
  PetscCallMPI(MPI_Win_lock_all(MPI_MODE_NOCHECK, q->window));
  *queue = q;
  PetscFunctionReturn(0);
}

PetscErrorCode DscQueueNext(DscQueue queue, PetscInt *item)
{
  PetscMPIInt leader;
  int64_t     next = 0;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(queue->group, &leader));
  if (leader == 0) {
    const int64_t one = 1;

    PetscCallMPI(MPI_Fetch_and_op(&one, &next, MPI_INT64_T, 0, 0, MPI_SUM, queue->window));
    PetscCallMPI(MPI_Win_flush(0, queue->window));
  }
  PetscCallMPI(MPI_Bcast(&next, 1, MPI_INT64_T, 0, queue->group));
  *item = next < queue->n ? (PetscInt)next : -1;
  PetscFunctionReturn(0);
}

PetscErrorCode DscQueueDestroy(DscQueue *queue)
{
  PetscFunctionBeginUser;
  if (!*queue) PetscFunctionReturn(0);
  PetscCallMPI(MPI_Win_unlock_all((*queue)->window));
  PetscCallMPI(MPI_Barrier((*queue)->comm));
  PetscCallMPI(MPI_Win_free(&(*queue)->window));
  PetscCall(PetscFree(*queue));
  PetscFunctionReturn(0);
}
