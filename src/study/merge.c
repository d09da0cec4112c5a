/*
  discern merge: one study from the files of its parts.
*/
#include "study/identity.h"
#include "study/plan.h"
#include "study/results.h"

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

/* Takes out what makes a part of a study. */
static PetscErrorCode make_whole(DscOptions options)
{
  PetscFunctionBeginUser;
  PetscCall(DscOptionsSet(options, "study_part", ""));
  PetscCall(DscOptionsSet(options, "study_filter", ""));
  PetscCall(DscOptionsSet(options, "study_rerun", "none"));
  PetscCall(DscOptionsSet(options, "restart", "false"));
  PetscFunctionReturn(0);
}

/* The study is that of the first file. */
static PetscErrorCode take_study(Merge *m, const DscResultsHead *head, const char out[])
{
  PetscFunctionBeginUser;
  PetscCall(DscOptionsFromText(head->input, &m->options));
  PetscCall(make_whole(m->options));
  PetscCall(DscOptionsSet(m->options, "output", out));
  PetscCall(DscPlanCreate(m->options, &m->plan));
  PetscCall(PetscMalloc2(m->plan.total, &m->winner, m->plan.total, &m->status));
  for (PetscInt run = 0; run < m->plan.total; run++) m->winner[run] = -1;
  PetscFunctionReturn(0);
}

static PetscErrorCode compare_options(const Merge *m, const char input[], char differing[DIFFERING_LENGTH])
{
  DscOptions options;
  char      *here, *there;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsFromText(input, &options));
  PetscCall(make_whole(options));
  PetscCall(DscOptionsToText(options, &there));
  PetscCall(DscOptionsDestroy(&options));
  PetscCall(DscOptionsToText(m->options, &here));
  PetscCall(DscIdentityDiffer(there, here, DIFFERING_LENGTH, differing));
  PetscCall(PetscFree(here));
  PetscCall(PetscFree(there));
  PetscFunctionReturn(0);
}

static PetscErrorCode check_study(const Merge *m, const char path[], const DscResultsHead *head)
{
  const PetscInt nruns = head->nruns;
  char           differing[DIFFERING_LENGTH];

  PetscFunctionBeginUser;
  PetscCall(compare_options(m, head->input, differing));
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
  if (!file) PetscCall(take_study(m, head, out));
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

static PetscErrorCode read_runs(Merge *m)
{
  PetscBool     *skip;
  PetscErrorCode ierr = 0;

  PetscFunctionBeginUser;
  PetscCall(DscRecordsCreate(m->plan.nruns, &m->records));
  PetscCall(PetscMalloc1(m->plan.nruns, &skip));
  for (PetscInt file = 0; file < m->nfiles; file++) {
    PetscBool  any = PETSC_FALSE;
    DscRecords more;

    for (PetscInt run = 0; run < m->plan.nruns; run++) {
      skip[run] = (PetscBool)(m->winner[run] != file);
      any       = (PetscBool)(any || !skip[run]);
    }
    if (!any) continue;
    ierr = DscResultsReadRecords(m->comm, m->paths[file], &m->plan, skip, &more);
    if (ierr) break;
    for (PetscInt i = 0; i < more.n; i++) PetscCall(DscRecordsAdd(&m->records, more.run[i], more.result[i]));
    more.n = 0; /* they are the study's now */
    PetscCall(DscRecordsDestroy(&more));
  }
  PetscCall(DscRecordsSort(&m->records));
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
