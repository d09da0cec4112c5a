#include "study/progress.h"
#include "study/format.h"

#include <stdio.h>
#include <string.h>

#define OUTCOME_LENGTH 384

/* What rank 0 needs for its line; sent as bytes. Small enough for MPI's eager protocol: the sender does not wait. */
typedef struct {
  PetscInt run;
  int      status, exact;
  double   seconds;
  char     outcome[OUTCOME_LENGTH]; /* the equations found, or why there are none */
} Message;

struct _p_DscProgress {
  MPI_Comm       comm; /* (owned) a duplicate, so that no message of a method is mistaken for ours */
  PetscMPIInt    rank;
  const DscPlan *plan; /* (not owned) */
  PetscInt       reported, converged, known, exact;
  double         start; /* seconds, DscTime */
  Message        sent;
  MPI_Request    request;
};

const char *DscRunStatusName(int status)
{
  static const char *const names[] = {"done", "not converged", "failed", "stopped"};

  return status >= 0 && status < 4 ? names[status] : "unknown";
}

PetscErrorCode DscProgressCreate(MPI_Comm comm, const DscPlan *plan, DscProgress *progress)
{
  DscProgress p;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&p));
  PetscCallMPI(MPI_Comm_dup(comm, &p->comm));
  PetscCallMPI(MPI_Comm_rank(comm, &p->rank));
  p->plan    = plan;
  p->start   = DscTime();
  p->request = MPI_REQUEST_NULL;
  *progress  = p;
  PetscFunctionReturn(0);
}

static PetscErrorCode format_outcome(const DscResult *result, size_t size, char text[])
{
  PetscFunctionBeginUser;
  text[0] = '\0';
  if (result->status == DSC_RUN_FAILED)
    PetscCall(PetscStrncpy(text, result->reason, size));
  else {
    for (PetscInt left = 0; left < result->nleft; left++) {
      const PetscInt    first    = left * result->nterms;
      size_t            length   = strlen(text);
      const DscEquation equation = {.left         = result->left[left],
                                    .nterms       = result->nterms,
                                    .terms        = (const char(*)[DSC_NAME_LENGTH])result->terms,
                                    .coefficients = result->coefficients + first,
                                    .std          = result->std + first,
                                    .active       = result->active + first};

      if (left && size - length > 8) length += (size_t)snprintf(text + length, size - length, "; ");
      PetscCall(DscEquationFormat(&equation, size - length, text + length));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode print_line(DscProgress p, const Message *message)
{
  const DscPlan *plan = p->plan;
  double         elapsed, left;
  char           label[128], successes[32];

  PetscFunctionBeginUser;
  p->reported++;
  p->converged += message->status == DSC_RUN_DONE;
  p->known += message->exact >= 0;
  p->exact += message->exact == 1;
  elapsed = DscTime() - p->start;
  left    = elapsed / (double)p->reported * (double)(plan->nruns - p->reported);
  if (p->known)
    snprintf(successes, sizeof(successes), "%d exact", (int)p->exact);
  else
    snprintf(successes, sizeof(successes), "%d converged", (int)p->converged);
  PetscCall(DscPlanGetLabel(plan, message->run, sizeof(label), label));
  PetscCall(PetscPrintf(PETSC_COMM_SELF, "%5d/%d  %-12s ETA %7.0f s  %-13s %7.1f s  %s  %s\n", (int)p->reported,
                        (int)plan->nruns, successes, left, DscRunStatusName(message->status), message->seconds, label,
                        message->outcome));
  PetscFunctionReturn(0);
}

/* Rank 0 prints what has arrived; wait: until all runs are in. */
static PetscErrorCode receive(DscProgress p, PetscBool wait)
{
  PetscFunctionBeginUser;
  while (p->reported < p->plan->nruns) {
    int     arrived = 1;
    Message message;

    if (!wait) PetscCallMPI(MPI_Iprobe(MPI_ANY_SOURCE, 0, p->comm, &arrived, MPI_STATUS_IGNORE));
    if (!arrived) break;
    PetscCallMPI(MPI_Recv(&message, (int)sizeof(message), MPI_BYTE, MPI_ANY_SOURCE, 0, p->comm, MPI_STATUS_IGNORE));
    PetscCall(print_line(p, &message));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscProgressReport(DscProgress progress, PetscInt run, const DscResult *result)
{
  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Wait(&progress->request, MPI_STATUS_IGNORE));
  PetscCall(PetscMemzero(&progress->sent, sizeof(progress->sent)));
  progress->sent.run     = run;
  progress->sent.status  = (int)result->status;
  progress->sent.exact   = result->exact;
  progress->sent.seconds = result->seconds;
  PetscCall(format_outcome(result, sizeof(progress->sent.outcome), progress->sent.outcome));
  if (progress->rank) {
    PetscCallMPI(
        MPI_Isend(&progress->sent, (int)sizeof(progress->sent), MPI_BYTE, 0, 0, progress->comm, &progress->request));
  } else {
    PetscCall(print_line(progress, &progress->sent));
    PetscCall(receive(progress, PETSC_FALSE));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscProgressDestroy(DscProgress *progress)
{
  PetscFunctionBeginUser;
  if (!*progress) PetscFunctionReturn(0);
  if (!(*progress)->rank) PetscCall(receive(*progress, PETSC_TRUE));
  PetscCallMPI(MPI_Wait(&(*progress)->request, MPI_STATUS_IGNORE));
  PetscCallMPI(MPI_Comm_free(&(*progress)->comm));
  PetscCall(PetscFree(*progress));
  PetscFunctionReturn(0);
}
