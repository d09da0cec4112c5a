/*
  discern merge: one study from the files of its parts.
*/
#include "study/plan.h"
#include "study/results.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DIFFERING_LENGTH 512

/* Pointers (not owned) unless marked. */
typedef struct {
  MPI_Comm           comm;
  PetscInt           nfiles;
  const char *const *paths;   /* [nfiles] */
  DscOptions         options; /* (owned) of the whole study */
  DscPlan            plan;    /* (owned) */
  DscRecords         records; /* (owned) */
  PetscInt          *winner;  /* (owned) [plan.total] the file that a run is taken from; -1: none has it */
  PetscInt          *status;  /* (owned) [plan.total] of the run there */
} Merge;

/* What makes parts of a study, or says how a job goes about it: not what its numbers are. */
static const char *const ignored[] = {
    "study_part", "study_filter", "study_rerun",         "study_costs",  "study_ranks_per_run", "output",
    "restart",    "max_walltime", "checkpoint_interval", "memory_limit", "train_memory_limit",  "dry_run",
};

/* The first file's options, without what made a part of it. */
static PetscErrorCode take_options(Merge *m, const DscResultsHead *head, const char out[])
{
  PetscFunctionBeginUser;
  PetscCall(DscOptionsFromText(head->input, &m->options));
  PetscCall(DscOptionsSet(m->options, "study_part", ""));
  PetscCall(DscOptionsSet(m->options, "study_filter", ""));
  PetscCall(DscOptionsSet(m->options, "study_rerun", "none"));
  PetscCall(DscOptionsSet(m->options, "restart", "false"));
  PetscCall(DscOptionsSet(m->options, "output", out));
  PetscCall(DscPlanCreate(m->options, &m->plan));
  PetscCall(PetscMalloc2(m->plan.total, &m->winner, m->plan.total, &m->status));
  for (PetscInt run = 0; run < m->plan.total; run++) m->winner[run] = -1;
  PetscFunctionReturn(0);
}

static PetscErrorCode check_study(const Merge *m, const char path[], const DscResultsHead *head)
{
  const PetscInt nruns = head->nruns;
  DscOptions     options;
  char           differing[DIFFERING_LENGTH];

  PetscFunctionBeginUser;
  PetscCall(DscOptionsFromText(head->input, &options));
  PetscCall(DscOptionsDiffer(options, m->options, (PetscInt)PETSC_STATIC_ARRAY_LENGTH(ignored), ignored,
                             sizeof(differing), differing));
  PetscCall(DscOptionsDestroy(&options));
  DscUserCheck(!differing[0], m->comm, "merge: '%s' is not of the study of '%s': %s", path, m->paths[0], differing);
  for (PetscInt axis = 0; axis < PetscMax(head->naxes, m->plan.naxes); axis++) { /* their order numbers the runs */
    DscUserCheck(head->naxes == m->plan.naxes && !strcmp(head->axes[axis], m->plan.keys[axis]), m->comm,
                 "merge: '%s' is not of the study of '%s': it sweeps its keys in another order", path, m->paths[0]);
  }
  DscUserCheck(!nruns || head->number[nruns - 1] < m->plan.total, m->comm,
               "merge: '%s' is damaged: it has run %d of a study of %d", path, (int)head->number[nruns - 1],
               (int)m->plan.total);
  PetscFunctionReturn(0);
}

/* Would a run of this status replace the one that is there? A finished one beats a stopped one, then the later file. */
static PetscBool beats(const Merge *m, PetscInt number, PetscInt status)
{
  return (PetscBool)(m->winner[number] < 0 || status != DSC_RUN_STOPPED || m->status[number] == DSC_RUN_STOPPED);
}

static PetscErrorCode take_head(Merge *m, PetscInt file, const char out[], const DscResultsHead *head)
{
  PetscFunctionBeginUser;
  if (!file) PetscCall(take_options(m, head, out));
  PetscCall(check_study(m, m->paths[file], head));
  for (PetscInt i = 0; i < head->nruns; i++) {
    const PetscInt number = head->number[i];

    if (!beats(m, number, head->status[i])) continue;
    m->winner[number] = file;
    m->status[number] = head->status[i];
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode take_heads(Merge *m, const char out[])
{
  PetscFunctionBeginUser;
  for (PetscInt file = 0; file < m->nfiles; file++) {
    DscResultsHead head;
    PetscErrorCode ierr;

    PetscCall(DscResultsReadHead(m->comm, m->paths[file], &head));
    ierr = take_head(m, file, out, &head);
    PetscCall(DscResultsHeadDestroy(&head));
    PetscCall(ierr);
  }
  PetscFunctionReturn(0);
}

/* Is there a file at out that is none of the files to merge? Looks on rank 0. */
static PetscErrorCode find_stranger(const Merge *m, const char out[], PetscBool *stranger)
{
  struct stat there, other;
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(m->comm, &rank));
  *stranger = PETSC_FALSE;
  if (!rank) {
    *stranger = (PetscBool)!stat(out, &there);
    for (PetscInt file = 0; file < m->nfiles && *stranger; file++) {
      if (!stat(m->paths[file], &other) && other.st_dev == there.st_dev && other.st_ino == there.st_ino) {
        *stranger = PETSC_FALSE;
      }
    }
  }
  PetscCallMPI(MPI_Bcast(stranger, 1, MPIU_BOOL, 0, m->comm));
  PetscFunctionReturn(0);
}

/* `discern merge A.h5 B.h5`, typed for `discern merge OUT.h5 A.h5 B.h5`, must not cost the runs of A.h5. */
static PetscErrorCode protect_output(const Merge *m, const char out[])
{
  DscResultsHead head;
  PetscBool      stranger;
  PetscInt       lost = 0;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(find_stranger(m, out, &stranger));
  if (!stranger) PetscFunctionReturn(0);
  PetscCall(DscResultsReadHead(m->comm, out, &head));
  ierr = check_study(m, out, &head);
  for (PetscInt i = 0; i < head.nruns && !ierr; i++) {
    const PetscInt number = head.number[i];

    if (m->winner[number] < 0 || (head.status[i] != DSC_RUN_STOPPED && m->status[number] == DSC_RUN_STOPPED)) lost++;
  }
  PetscCall(DscResultsHeadDestroy(&head));
  PetscCall(ierr);
  DscUserCheck(!lost, m->comm,
               "merge: '%s' is there already, with %d run%s that would be lost: name it also among the files to merge, "
               "or remove it",
               out, (int)lost, lost == 1 ? "" : "s");
  PetscFunctionReturn(0);
}

/* The plan keeps the runs that some file has; winner and status follow it. */
static PetscErrorCode select_runs(Merge *m)
{
  PetscInt n = 0, *numbers;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(m->plan.total, &numbers));
  for (PetscInt number = 0; number < m->plan.total; number++) {
    if (m->winner[number] < 0) continue;
    m->winner[n] = m->winner[number];
    m->status[n] = m->status[number];
    numbers[n++] = number;
  }
  PetscCall(DscPlanSelect(&m->plan, n, numbers));
  PetscCall(PetscFree(numbers));
  PetscFunctionReturn(0);
}

/* ---- the runs ---------------------------------------------------------------------------------------------- */

typedef struct {
  PetscInt   run;
  DscResult *result;
} Record;

static int compare_records(const void *left, const void *right)
{
  const Record *a = left, *b = right;

  return (a->run > b->run) - (a->run < b->run);
}

/* Adds the records of one file to those of the files before; runs rise again. */
static PetscErrorCode join(DscRecords *all, DscRecords *more)
{
  const PetscInt n = all->n + more->n;
  DscRecords     joined;
  Record        *sorted;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, &sorted));
  for (PetscInt i = 0; i < all->n; i++) sorted[i] = (Record){all->run[i], all->result[i]};
  for (PetscInt i = 0; i < more->n; i++) sorted[all->n + i] = (Record){more->run[i], more->result[i]};
  if (n) qsort(sorted, (size_t)n, sizeof(*sorted), compare_records);
  all->n = more->n = 0; /* the results are in sorted now */
  PetscCall(DscRecordsDestroy(all));
  PetscCall(DscRecordsDestroy(more));
  joined.n = n;
  PetscCall(PetscMalloc2(n, &joined.run, n, &joined.result));
  for (PetscInt i = 0; i < n; i++) {
    joined.run[i]    = sorted[i].run;
    joined.result[i] = sorted[i].result;
  }
  *all = joined;
  PetscCall(PetscFree(sorted));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_runs(Merge *m)
{
  PetscBool     *skip;
  PetscErrorCode ierr = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(m->plan.nruns, &skip));
  for (PetscInt file = 0; file < m->nfiles && !ierr; file++) {
    PetscBool  any = PETSC_FALSE;
    DscRecords more;

    for (PetscInt run = 0; run < m->plan.nruns; run++) {
      skip[run] = (PetscBool)(m->winner[run] != file);
      any       = (PetscBool)(any || !skip[run]);
    }
    if (!any) continue;
    ierr = DscResultsReadRecords(m->comm, m->paths[file], &m->plan, skip, &more);
    if (!ierr) PetscCall(join(&m->records, &more));
  }
  PetscCall(PetscFree(skip));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

/* Done if every run of the study is there and done. */
static DscExitCode judge(const Merge *m)
{
  for (PetscInt run = 0; run < m->plan.nruns; run++) {
    if (m->status[run] != DSC_RUN_DONE) return DSC_EXIT_PARTIAL;
  }
  return m->plan.nruns < m->plan.total ? DSC_EXIT_PARTIAL : DSC_EXIT_OK;
}

static PetscErrorCode merge(Merge *m, const char out[], DscExitCode *exit_code)
{
  PetscFunctionBeginUser;
  PetscCall(take_heads(m, out));
  PetscCall(protect_output(m, out));
  PetscCall(select_runs(m));
  PetscCall(read_runs(m));
  PetscCall(DscResultsWrite(m->comm, out, &m->plan, m->options, &m->records));
  PetscCall(PetscPrintf(m->comm, "%s: %d of %d run%s, from %d file%s\n", out, (int)m->plan.nruns, (int)m->plan.total,
                        m->plan.total == 1 ? "" : "s", (int)m->nfiles, m->nfiles == 1 ? "" : "s"));
  *exit_code = judge(m);
  PetscFunctionReturn(0);
}

PetscErrorCode DscStudyMerge(MPI_Comm comm, PetscInt nfiles, const char *const paths[], const char out[],
                             DscExitCode *exit_code)
{
  Merge          m = {.comm = comm, .nfiles = nfiles, .paths = paths};
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  DscUserCheck(nfiles > 0, comm, "merge: at least one results file is needed beside the one to write");
  ierr = merge(&m, out, exit_code);
  PetscCall(DscRecordsDestroy(&m.records));
  PetscCall(PetscFree2(m.winner, m.status));
  PetscCall(DscPlanDestroy(&m.plan));
  PetscCall(DscOptionsDestroy(&m.options));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}
