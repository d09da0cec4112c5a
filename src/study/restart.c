#include "study/restart.h"
#include "study/deal.h"
#include "study/identity.h"
#include "study/results.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WAIT_SECONDS     10.0 /* a killed job's last processes may live so much longer */
#define DIFFERING_LENGTH 512

static void name_journal(const char output[], char path[PETSC_MAX_PATH_LEN])
{
  snprintf(path, PETSC_MAX_PATH_LEN, "%s.journal", output);
}

/* ---- without -restart ---------------------------------------------------------------------------------------- */

static PetscErrorCode refuse_checkpoints(DscCheckpoints checkpoints, const char output[])
{
  PetscInt n, *runs;

  PetscFunctionBeginUser;
  PetscCall(DscCheckpointsList(checkpoints, &n, &runs));
  PetscCall(PetscFree(runs));
  DscUserCheck(!n, PETSC_COMM_SELF,
               "'%s.checkpoints' holds checkpoints of %d run%s: -restart continues, remove it to begin again", output,
               (int)n, n == 1 ? "" : "s");
  PetscFunctionReturn(0);
}

/* What an earlier job has left is not overwritten. */
static PetscErrorCode refuse_leftovers(MPI_Comm comm, const char output[], DscCheckpoints checkpoints)
{
  DscJournal     journal;
  PetscInt       n = 0;
  PetscMPIInt    rank;
  PetscErrorCode ierr = 0;
  char           path[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  name_journal(output, path);
  PetscCall(DscJournalOpen(comm, path, 0.0, &journal));
  if (journal) (void)DscJournalGetEntries(journal, &n);
  PetscCall(DscJournalDestroy(&journal));
  DscUserCheck(!n, comm, "'%s' holds %d finished run%s: -restart continues, remove it to begin again", path, (int)n,
               n == 1 ? "" : "s");
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (!rank) ierr = refuse_checkpoints(checkpoints, output);
  PetscCall(DscSyncError(comm, ierr));
  PetscFunctionReturn(0);
}

/* ---- with it ------------------------------------------------------------------------------------------------- */

/* before: the options of the study whose results lie at path, on rank 0 at least. */
static PetscErrorCode check_same(MPI_Comm comm, DscOptions options, const char path[], const char before[])
{
  PetscMPIInt rank;
  char        differing[DIFFERING_LENGTH] = "", *now;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (!rank) {
    PetscCall(DscOptionsToText(options, &now));
    PetscCall(DscIdentityDiffer(now, before, sizeof(differing), differing));
    PetscCall(PetscFree(now));
  }
  PetscCallMPI(MPI_Bcast(differing, DIFFERING_LENGTH, MPI_CHAR, 0, comm));
  DscUserCheck(!differing[0], comm, "-restart: '%s' is of another study: %s", path, differing);
  PetscFunctionReturn(0);
}

/* Which finished runs are done again. */
static PetscErrorCode get_rerun(DscOptions options, PetscBool again[4])
{
  const char *which;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetString(options, "study_rerun", &which));
  again[DSC_RUN_DONE]          = PETSC_FALSE;
  again[DSC_RUN_NOT_CONVERGED] = (PetscBool)!strcmp(which, "not_converged");
  again[DSC_RUN_FAILED]        = (PetscBool)strcmp(which, "none");
  again[DSC_RUN_STOPPED]       = PETSC_TRUE;
  PetscFunctionReturn(0);
}

/* The runs that this rank reads: the part of them that it also writes in the end. */
static PetscErrorCode get_share(MPI_Comm comm, PetscInt nruns, PetscInt *first, PetscInt *end)
{
  PetscMPIInt rank, ranks;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  *first = DscDealStart(nruns, ranks, rank);
  *end   = DscDealStart(nruns, ranks, rank + 1);
  PetscFunctionReturn(0);
}

/* The last whole record of every run of this rank's share. A run with a second record has been done again already. */
static PetscErrorCode read_journal(MPI_Comm comm, DscJournal journal, const DscPlan *plan, const PetscBool again[4],
                                   DscRecords *records, PetscBool done[])
{
  const DscJournalEntry *entries;
  PetscInt               n, first = 0, end = 0, *attempts;

  PetscFunctionBeginUser;
  entries = DscJournalGetEntries(journal, &n);
  PetscCall(get_share(comm, plan->nruns, &first, &end));
  PetscCall(PetscCalloc1(plan->nruns, &attempts));
  for (PetscInt i = 0; i < n; i++) {
    const PetscInt run = DscPlanFind(plan, entries[i].run);

    if (run >= 0) attempts[run]++;
  }
  for (PetscInt i = n - 1; i >= 0; i--) {
    const PetscInt run = DscPlanFind(plan, entries[i].run);
    DscResult     *result;
    PetscBool      whole;

    if (run < first || run >= end || done[run]) continue;
    PetscCall(DscResultCreate(&result));
    PetscCall(DscJournalRead(journal, &entries[i], result, &whole));
    done[run] = (PetscBool)(whole && (attempts[run] > 1 || !again[result->status]));
    if (done[run])
      PetscCall(DscRecordsAdd(records, run, result));
    else
      PetscCall(DscResultDestroy(&result));
  }
  PetscCall(PetscFree(attempts));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, done, (PetscMPIInt)plan->nruns, MPIU_BOOL, MPI_LOR, comm));
  PetscFunctionReturn(0);
}

/* The finished runs of the results file that are not done yet. */
static PetscErrorCode read_results(MPI_Comm comm, DscOptions options, const char path[], const DscPlan *plan,
                                   const PetscBool again[4], DscRecords *records, PetscBool done[])
{
  DscResultsHead head;
  DscRecords     found = {0};
  PetscBool     *skip;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(DscResultsReadHead(comm, path, &head));
  ierr = check_same(comm, options, path, head.input);
  if (ierr) PetscCall(DscResultsHeadDestroy(&head));
  PetscCall(ierr);
  PetscCall(PetscMalloc1(plan->nruns, &skip));
  for (PetscInt run = 0; run < plan->nruns; run++) skip[run] = PETSC_TRUE;
  for (PetscInt i = 0; i < head.nruns; i++) {
    const PetscInt run = DscPlanFind(plan, head.number[i]);

    if (run < 0 || done[run] || again[head.status[i]]) continue;
    skip[run] = PETSC_FALSE;
    done[run] = PETSC_TRUE;
  }
  PetscCall(DscResultsReadRecords(comm, path, plan, skip, &found));
  for (PetscInt i = 0; i < found.n; i++) {
    PetscCall(DscRecordsAdd(records, found.run[i], found.result[i]));
    found.result[i] = NULL;
  }
  PetscCall(DscRecordsDestroy(&found));
  PetscCall(PetscFree(skip));
  PetscCall(DscResultsHeadDestroy(&head));
  PetscFunctionReturn(0);
}

static PetscErrorCode is_there(MPI_Comm comm, const char path[], PetscBool *there)
{
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (!rank) *there = (PetscBool)!access(path, F_OK);
  PetscCallMPI(MPI_Bcast(there, 1, MPIU_BOOL, 0, comm));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_finished(MPI_Comm comm, DscOptions options, const DscPlan *plan, const char output[],
                                    DscRestart *r)
{
  PetscBool again[4], results = PETSC_FALSE;
  char      path[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  name_journal(output, path);
  PetscCall(get_rerun(options, again));
  PetscCall(is_there(comm, output, &results));
  if (r->journal) {
    const DscJournalStudy *study = DscJournalGetStudy(r->journal);

    PetscCall(check_same(comm, options, path, study->options));
    DscUserCheck(study->nruns == plan->nruns, comm, "-restart: '%s' is of another study: it has %d runs, not %d", path,
                 (int)study->nruns, (int)plan->nruns);
    results = (PetscBool)(results && study->continues);
    if (study->continues) { /* what the journal has, was done again or for the first time */
      const PetscBool never[4] = {PETSC_FALSE, PETSC_FALSE, PETSC_FALSE, PETSC_FALSE};

      PetscCall(read_journal(comm, r->journal, plan, never, &r->records, r->done));
    } else
      PetscCall(read_journal(comm, r->journal, plan, again, &r->records, r->done));
  }
  r->from_results = results;
  if (results) PetscCall(read_results(comm, options, output, plan, again, &r->records, r->done));
  PetscFunctionReturn(0);
}

/* Runs that go on from a checkpoint. */
static PetscErrorCode count_continued(const DscRestart *r, const DscPlan *plan, PetscInt *n)
{
  PetscInt nruns, *runs;

  PetscFunctionBeginUser;
  *n = 0;
  PetscCall(DscCheckpointsList(r->checkpoints, &nruns, &runs));
  for (PetscInt i = 0; i < nruns; i++) {
    const PetscInt run = DscPlanFind(plan, runs[i]);

    *n += run >= 0 && !r->done[run];
  }
  PetscCall(PetscFree(runs));
  PetscFunctionReturn(0);
}

static PetscErrorCode print_state(MPI_Comm comm, const DscRestart *r, const DscPlan *plan, const char output[])
{
  PetscMPIInt rank;
  PetscInt    continued;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank) PetscFunctionReturn(0);
  PetscCall(count_continued(r, plan, &continued));
  if (!r->journal && !r->from_results && !continued) {
    PetscCall(
        PetscPrintf(PETSC_COMM_SELF, "restart: nothing is left of an earlier job at %s; the study begins\n", output));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscPrintf(PETSC_COMM_SELF, "restart: %d of %d runs are done, %d are left", (int)(plan->nruns - r->nleft),
                        (int)plan->nruns, (int)r->nleft));
  if (continued) PetscCall(PetscPrintf(PETSC_COMM_SELF, ", %d of them go on from a checkpoint", (int)continued));
  PetscCall(PetscPrintf(PETSC_COMM_SELF, "\n"));
  PetscFunctionReturn(0);
}

static PetscErrorCode set_left(const DscPlan *plan, DscRestart *r)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(plan->nruns, &r->left));
  for (PetscInt run = 0; run < plan->nruns; run++) {
    if (!r->done[run]) r->left[r->nleft++] = run;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscRestartRead(MPI_Comm comm, DscOptions options, const DscPlan *plan, const char output[],
                              DscRestart *r)
{
  PetscBool restart, dry_run;
  char      path[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(r, sizeof(*r)));
  PetscCall(DscOptionsGetBool(options, "restart", &restart));
  PetscCall(DscOptionsGetBool(options, "dry_run", &dry_run));
  PetscCall(DscRecordsCreate(plan->nruns, &r->records));
  PetscCall(DscCheckpointsCreate(output, &r->checkpoints));
  PetscCall(PetscCalloc1(plan->nruns, &r->done));
  if (restart) {
    name_journal(output, path);
    PetscCall(DscJournalOpen(comm, path, dry_run ? -1.0 : WAIT_SECONDS, &r->journal));
    PetscCall(read_finished(comm, options, plan, output, r));
  } else if (!dry_run)
    PetscCall(refuse_leftovers(comm, output, r->checkpoints));
  PetscCall(set_left(plan, r));
  if (restart) PetscCall(print_state(comm, r, plan, output));
  PetscFunctionReturn(0);
}

PetscErrorCode DscRestartBegin(MPI_Comm comm, DscOptions options, const DscPlan *plan, const char output[],
                               DscRestart *r)
{
  DscJournalStudy study = {.nruns = plan->nruns, .continues = r->from_results};
  PetscErrorCode  ierr;
  char            path[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  if (r->journal) PetscFunctionReturn(0);
  name_journal(output, path);
  PetscCall(DscOptionsToText(options, &study.options));
  PetscCall(DscErrorCaptureBegin());
  ierr = DscJournalCreate(comm, path, &study, &r->journal);
  PetscCall(DscErrorCaptureEnd());
  PetscCall(PetscFree(study.options));
  DscUserCheck(ierr != PETSC_ERR_FILE_WRITE, comm, "%s", DscErrorMessage());
  PetscCall(ierr);
  r->created = PETSC_TRUE;
  PetscFunctionReturn(0);
}

PetscErrorCode DscRestartCancel(DscRestart *r)
{
  PetscFunctionBeginUser;
  if (r->created) PetscCall(DscJournalRemove(r->journal));
  PetscFunctionReturn(0);
}

PetscErrorCode DscRestartRemove(MPI_Comm comm, DscRestart *r)
{
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (!rank) PetscCall(DscCheckpointsRemoveAll(r->checkpoints));
  PetscCall(DscJournalRemove(r->journal));
  PetscFunctionReturn(0);
}

PetscErrorCode DscRestartDestroy(DscRestart *r)
{
  PetscFunctionBeginUser;
  PetscCall(DscJournalDestroy(&r->journal));
  PetscCall(DscCheckpointsDestroy(&r->checkpoints));
  PetscCall(DscRecordsDestroy(&r->records));
  PetscCall(PetscFree(r->left));
  PetscCall(PetscFree(r->done));
  PetscFunctionReturn(0);
}
