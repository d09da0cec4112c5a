#include "study/progress.h"
#include "study/format.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define OUTCOME_LENGTH 384

/* What rank 0 needs for its line; sent as bytes. Small enough for MPI's eager protocol: the sender does not wait. */
typedef struct {
  PetscInt run;
  int      status, exact;
  double   seconds;
  char     outcome[OUTCOME_LENGTH]; /* the equations found, or why there are none */
} Message;

/* Of runs that are finished. */
typedef struct {
  PetscInt done, converged, known, exact;
} Tally;

struct _p_DscProgress {
  MPI_Comm       comm; /* (owned) a duplicate, so that no message of a method is mistaken for ours */
  PetscMPIInt    rank;
  PetscBool      quiet;
  const DscPlan *plan;     /* (not owned) */
  PetscInt       reported; /* by this rank */
  PetscInt       printed;  /* on rank 0: lines, of all ranks */
  PetscInt       before;   /* runs done before this job */
  Tally          tally;    /* on rank 0 */
  double         start;    /* seconds, DscTime */
  Message        sent;
  MPI_Request    request;
};

const char *DscRunStatusName(int status)
{
  static const char *const names[] = {"done", "not converged", "failed", "stopped"};

  return status >= 0 && status < 4 ? names[status] : "unknown";
}

static void count(Tally *tally, int status, int exact)
{
  if (status == DSC_RUN_STOPPED) return;
  tally->done++;
  tally->converged += status == DSC_RUN_DONE;
  tally->known += exact >= 0;
  tally->exact += exact == 1;
}

PetscErrorCode DscProgressCreate(MPI_Comm comm, const DscPlan *plan, const DscRecords *before, PetscBool quiet,
                                 DscProgress *progress)
{
  Tally       own = {0};
  DscProgress p;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&p));
  PetscCallMPI(MPI_Comm_dup(comm, &p->comm));
  PetscCallMPI(MPI_Comm_rank(comm, &p->rank));
  p->plan    = plan;
  p->quiet   = quiet;
  p->start   = DscTime();
  p->request = MPI_REQUEST_NULL;
  for (PetscInt i = 0; i < before->n; i++) count(&own, (int)before->result[i]->status, before->result[i]->exact);
  PetscCallMPI(MPI_Allreduce(&own, &p->tally, (int)(sizeof(Tally) / sizeof(PetscInt)), MPIU_INT, MPI_SUM, p->comm));
  p->before = p->tally.done;
  *progress = p;
  PetscFunctionReturn(0);
}

static PetscErrorCode format_outcome(const DscResult *result, size_t size, char text[])
{
  PetscFunctionBeginUser;
  text[0] = '\0';
  if (result->status == DSC_RUN_FAILED || result->status == DSC_RUN_STOPPED)
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

/* The time left is that of the runs of this job. */
static PetscErrorCode print_line(DscProgress p, const Message *message)
{
  const DscPlan *plan  = p->plan;
  const Tally   *tally = &p->tally;
  PetscInt       here;
  double         left;
  char           label[128], successes[32];

  PetscFunctionBeginUser;
  p->printed++;
  count(&p->tally, message->status, message->exact);
  if (p->quiet) PetscFunctionReturn(0);
  here = tally->done - p->before;
  left = (DscTime() - p->start) / (double)PetscMax(here, 1) * (double)(plan->nruns - tally->done);
  if (tally->known)
    snprintf(successes, sizeof(successes), "%d exact", (int)tally->exact);
  else
    snprintf(successes, sizeof(successes), "%d converged", (int)tally->converged);
  PetscCall(DscPlanGetLabel(plan, message->run, sizeof(label), label));
  PetscCall(PetscPrintf(PETSC_COMM_SELF, "%5d/%d  %-12s ETA %7.0f s  %-13s %7.1f s  %s  %s\n", (int)tally->done,
                        (int)plan->nruns, successes, left, DscRunStatusName(message->status), message->seconds, label,
                        message->outcome));
  PetscFunctionReturn(0);
}

/* Rank 0 prints what has arrived. */
static PetscErrorCode receive(DscProgress p)
{
  PetscFunctionBeginUser;
  for (;;) {
    int     arrived;
    Message message;

    PetscCallMPI(MPI_Iprobe(MPI_ANY_SOURCE, 0, p->comm, &arrived, MPI_STATUS_IGNORE));
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
  progress->reported++;
  if (progress->rank) {
    PetscCallMPI(
        MPI_Isend(&progress->sent, (int)sizeof(progress->sent), MPI_BYTE, 0, 0, progress->comm, &progress->request));
  } else {
    PetscCall(print_line(progress, &progress->sent));
    PetscCall(receive(progress));
  }
  PetscFunctionReturn(0);
}

/* Sleeping between looks leaves the processor to those that still work. */
PetscErrorCode DscProgressWait(DscProgress progress, DscStop stop)
{
  PetscInt    total = 0;
  MPI_Request request;
  int         met = 0;
  PetscBool   stopped;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Iallreduce(&progress->reported, &total, 1, MPIU_INT, MPI_SUM, progress->comm, &request));
  while (!met || (!progress->rank && progress->printed < total)) {
    PetscCall(DscStopLook(stop, &stopped));
    if (!progress->rank) PetscCall(receive(progress));
    if (!met) PetscCallMPI(MPI_Test(&request, &met, MPI_STATUS_IGNORE));
    if (!met) usleep(1000);
  }
  PetscCallMPI(MPI_Wait(&progress->request, MPI_STATUS_IGNORE));
  PetscFunctionReturn(0);
}

PetscErrorCode DscProgressDestroy(DscProgress *progress)
{
  PetscFunctionBeginUser;
  if (!*progress) PetscFunctionReturn(0);
  PetscCallMPI(MPI_Comm_free(&(*progress)->comm));
  PetscCall(PetscFree(*progress));
  PetscFunctionReturn(0);
}
