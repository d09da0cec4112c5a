#include "study/queue.h"

/* The numbers of the window; all begin at 0. */
enum { SLOT_NEXT, SLOT_BLOCK, SLOT_STOP, SLOTS };

struct _p_DscQueue {
  MPI_Comm    comm;  /* (not owned) */
  MPI_Comm    group; /* (not owned) */
  MPI_Win     window;
  int64_t    *slots; /* (owned) [SLOTS] on rank 0 of comm, memory of the window */
  int64_t     n;
  int64_t     answer; /* where the answer to the question under way goes */
  MPI_Request question;
};

/* Between nodes a window may need a component that an MPI does not choose by itself. */
static PetscErrorCode check_window(MPI_Comm comm, int code)
{
  PetscFunctionBeginUser;
  DscUserCheck(code == MPI_SUCCESS, comm,
               "this MPI cannot make a window for one-sided communication between these ranks; with Open MPI set "
               "OMPI_MCA_osc=^monitoring (jobs/site.env.example)");
  PetscFunctionReturn(0);
}

PetscErrorCode DscQueueCreate(MPI_Comm comm, MPI_Comm group, PetscInt n, DscQueue *queue)
{
  PetscMPIInt rank;
  DscQueue    q;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&q));
  q->comm     = comm;
  q->group    = group;
  q->n        = n;
  q->question = MPI_REQUEST_NULL;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(check_window(comm, MPI_Win_allocate(rank ? 0 : (MPI_Aint)(SLOTS * sizeof(int64_t)), sizeof(int64_t),
                                                MPI_INFO_NULL, comm, &q->slots, &q->window)));
  if (!rank) {
    PetscCall(check_window(comm, MPI_Win_lock(MPI_LOCK_EXCLUSIVE, 0, 0, q->window)));
    PetscCall(PetscArrayzero(q->slots, SLOTS));
    PetscCallMPI(MPI_Win_unlock(0, q->window));
  }
  PetscCallMPI(MPI_Barrier(comm));
  PetscCallMPI(MPI_Win_lock_all(MPI_MODE_NOCHECK, q->window));
  *queue = q;
  PetscFunctionReturn(0);
}

static PetscErrorCode change(DscQueue queue, int slot, MPI_Op op, int64_t value, int64_t *before)
{
  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Fetch_and_op(&value, before, MPI_INT64_T, 0, (MPI_Aint)slot, op, queue->window));
  PetscCallMPI(MPI_Win_flush(0, queue->window));
  PetscFunctionReturn(0);
}

PetscErrorCode DscQueueNext(DscQueue queue, PetscInt *item)
{
  PetscMPIInt leader;
  int64_t     next = 0;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(queue->group, &leader));
  if (leader == 0) PetscCall(change(queue, SLOT_NEXT, MPI_SUM, 1, &next));
  PetscCallMPI(MPI_Bcast(&next, 1, MPI_INT64_T, 0, queue->group));
  *item = next < queue->n ? (PetscInt)next : -1;
  PetscFunctionReturn(0);
}

PetscErrorCode DscQueueReserve(DscQueue queue, int64_t n, int64_t *first)
{
  PetscFunctionBeginUser;
  PetscCall(change(queue, SLOT_BLOCK, MPI_SUM, n, first));
  PetscFunctionReturn(0);
}

PetscErrorCode DscQueueStop(DscQueue queue, int why)
{
  int64_t before;

  PetscFunctionBeginUser;
  PetscCall(change(queue, SLOT_NEXT, MPI_SUM, queue->n, &before));
  PetscCall(change(queue, SLOT_STOP, MPI_MAX, why, &before));
  PetscFunctionReturn(0);
}

PetscErrorCode DscQueuePeekStop(DscQueue queue, PetscBool *known, int *why)
{
  static const int64_t nothing;
  int                  answered = 0;

  PetscFunctionBeginUser;
  if (queue->question == MPI_REQUEST_NULL) {
    PetscCallMPI(MPI_Rget_accumulate(&nothing, 1, MPI_INT64_T, &queue->answer, 1, MPI_INT64_T, 0, SLOT_STOP, 1,
                                     MPI_INT64_T, MPI_NO_OP, queue->window, &queue->question));
  }
  PetscCallMPI(MPI_Test(&queue->question, &answered, MPI_STATUS_IGNORE));
  *known = answered ? PETSC_TRUE : PETSC_FALSE;
  if (answered) *why = (int)queue->answer;
  PetscFunctionReturn(0);
}

PetscErrorCode DscQueueDestroy(DscQueue *queue)
{
  PetscFunctionBeginUser;
  if (!*queue) PetscFunctionReturn(0);
  PetscCallMPI(MPI_Wait(&(*queue)->question, MPI_STATUS_IGNORE));
  PetscCallMPI(MPI_Win_unlock_all((*queue)->window));
  PetscCallMPI(MPI_Barrier((*queue)->comm));
  PetscCallMPI(MPI_Win_free(&(*queue)->window));
  PetscCall(PetscFree(*queue));
  PetscFunctionReturn(0);
}
