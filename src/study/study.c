#include "study/study.h"
#include "study/file.h"
#include "study/plan_print.h"
#include "study/finish.h"
#include "study/report.h"
#include "study/restart.h"

#include <string.h>
#include <sys/stat.h>

static const DscOptionSpec specs[] = {
    {"output", DSC_STRING, "", 0, 0, NULL,
     "results file (HDF5); discern run: the input's name with .h5, in the current folder"},
    {"study_ranks_per_run", DSC_INT, "1", 1, DSC_NO_MAX, NULL,
     "ranks that share a run; must divide the number of ranks"},
    {"study_zip", DSC_STRING, "", 0, 0, NULL,
     "swept keys that advance together instead of as a product: 'a,b'; several groups: 'a,b;c,d'"},
    {"study_filter", DSC_STRING, "", 0, 0, NULL,
     "only the runs that fit: 'seed=0-3 data_noise=0.1,0.2'; 'run=' takes the numbers of runs"},
    {"study_part", DSC_STRING, "", 0, 0, NULL,
     "'I/N': only every N-th of the runs, from the I-th on, counted from 0; discern merge joins the parts"},
    {"study_costs", DSC_STRING, "", 0, 0, NULL,
     "results of an earlier, similar study: its seconds say which runs to begin with, and how long all will take"},
    {"study_rerun", DSC_CHOICE, "none", 0, 0, "none|failed|not_converged",
     "restart: finished runs that are done again: those that failed, or also those that did not converge"},
    {"study_prediction", DSC_CHOICE, "first", 0, 0, "none|first|all",
     "runs whose data and surrogate go into the results, for maps"},
    {"restart", DSC_BOOL, "false", 0, 0, NULL,
     "go on where an earlier job with the same input and output stopped; from the beginning where there is none"},
    {"max_walltime", DSC_STRING, "", 0, 0, NULL,
     "stop cleanly so long after the start: seconds, H:MM:SS or D-HH:MM:SS; leave a job some minutes to write"},
    {"checkpoint_interval", DSC_REAL, "300", 0, 1e9, NULL,
     "seconds between checkpoints of a run; 0: after every iteration"},
    {"dry_run", DSC_BOOL, "false", 0, 0, NULL, "print the plan, sizes and memory; run nothing"},
};

PetscErrorCode DscStudyRegisterOptions(void)
{
  PetscFunctionBeginUser;
  PetscCall(DscOptionsRegister("study", (PetscInt)(sizeof(specs) / sizeof(specs[0])), specs));
  PetscFunctionReturn(0);
}

typedef struct {
  DscOptions       options; /* (not owned) */
  const DscRunner *runner;  /* (not owned) */
  const char      *output;  /* (not owned) of the options */
  DscPlan          plan;    /* (owned), as all below */
  MPI_Comm         group;
  DscStop          stop;
  DscCosts         costs; /* NULL: nothing is known */
  DscRestart       restart;
} Study;

/* These belong to the study as a whole. */
static PetscErrorCode check_axes(MPI_Comm comm, const DscPlan *plan)
{
  PetscFunctionBeginUser;
  for (PetscInt axis = 0; axis < plan->naxes; axis++) {
    for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
      DscUserCheck(strcmp(plan->keys[axis], specs[i].key), comm, "sweep_%s: %s is the same for all runs of a study",
                   specs[i].key, specs[i].key);
    }
  }
  PetscFunctionReturn(0);
}

/* One file under two names, or the same: then the results would take the place of the data. */
static PetscBool is_same_file(const char a[], const char b[])
{
  struct stat first, second;

  return (PetscBool)(!stat(a, &first) && !stat(b, &second) && first.st_dev == second.st_dev &&
                     first.st_ino == second.st_ino);
}

static PetscErrorCode check_output(MPI_Comm comm, const Study *s)
{
  PetscMPIInt rank;
  PetscBool   set, same = PETSC_FALSE;
  const char *data;
  PetscInt    axis;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(DscOptionsIsSet(s->options, "data_file", &set));
  if (set && !rank) {
    PetscCall(DscOptionsGetString(s->options, "data_file", &data));
    same = is_same_file(data, s->output);
  }
  axis = DscPlanFindAxis(&s->plan, "data_file");
  for (PetscInt i = 0; !rank && axis >= 0 && i < s->plan.nvalues[axis]; i++) {
    if (is_same_file(s->plan.values[axis][i], s->output)) same = PETSC_TRUE;
  }
  PetscCallMPI(MPI_Bcast(&same, 1, MPIU_BOOL, 0, comm));
  DscOptionsUserCheck(!same, s->options, comm, "output",
                      "the results would take the place of the data; choose another");
  PetscFunctionReturn(0);
}

/* Consecutive ranks share a run: on most machines they share a node. */
static PetscErrorCode split(MPI_Comm comm, DscOptions options, MPI_Comm *group, PetscInt *ngroups)
{
  PetscMPIInt rank, ranks;
  PetscInt    each;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(DscOptionsGetInt(options, "study_ranks_per_run", &each));
  DscOptionsUserCheck(each <= ranks, options, comm, "study_ranks_per_run", "the program has only %d rank%s", ranks,
                      ranks == 1 ? "" : "s");
  DscOptionsUserCheck(ranks % each == 0, options, comm, "study_ranks_per_run",
                      "does not divide the number of ranks, %d", ranks);
  PetscCallMPI(MPI_Comm_split(comm, rank / (PetscMPIInt)each, rank, group));
  *ngroups = ranks / each;
  PetscFunctionReturn(0);
}

/* Sizes of the first run that is left, which also shows mistakes in its data before any work is done. The first group
   does it. */
static PetscErrorCode plan_first_run(MPI_Comm comm, const Study *s)
{
  PetscMPIInt    rank, leader;
  DscOptions     first;
  PetscErrorCode ierr = 0;

  PetscFunctionBeginUser;
  if (!s->restart.nleft) PetscFunctionReturn(0);
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_rank(s->group, &leader));
  if (rank == leader) { /* only in the first group are they the same */
    PetscCall(DscPlanGetOptions(&s->plan, s->options, s->restart.left[0], &first));
    ierr = s->runner->plan(s->group, first);
    PetscCall(DscOptionsDestroy(&first));
  }
  PetscCall(DscSyncError(comm, ierr));
  PetscFunctionReturn(0);
}

/* What the runs that are done took; the same on all ranks, so that the order is. */
static PetscErrorCode learn(MPI_Comm comm, const Study *s)
{
  const DscRecords *records = &s->restart.records;
  double           *seconds;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(s->plan.nruns, &seconds));
  for (PetscInt run = 0; run < s->plan.nruns; run++) seconds[run] = -1;
  for (PetscInt i = 0; i < records->n; i++) {
    if (records->result[i]->status != DSC_RUN_FAILED) seconds[records->run[i]] = records->result[i]->seconds;
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, seconds, (PetscMPIInt)s->plan.nruns, MPI_DOUBLE, MPI_MAX, comm));
  for (PetscInt run = 0; run < s->plan.nruns; run++) {
    if (seconds[run] >= 0) PetscCall(DscCostsLearn(s->costs, run, seconds[run]));
  }
  PetscCall(PetscFree(seconds));
  PetscFunctionReturn(0);
}

/* The runs that are left, longest first where times are known. */
static PetscErrorCode order_runs(const Study *s, PetscInt order[])
{
  PetscInt  *all, n = 0;
  PetscBool *left;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(s->plan.nruns, &all));
  PetscCall(PetscCalloc1(s->plan.nruns, &left));
  for (PetscInt i = 0; i < s->restart.nleft; i++) left[s->restart.left[i]] = PETSC_TRUE;
  PetscCall(DscCostsOrder(s->costs, &s->plan, all));
  for (PetscInt i = 0; i < s->plan.nruns; i++) {
    if (left[all[i]]) order[n++] = all[i];
  }
  PetscCall(PetscFree(all));
  PetscCall(PetscFree(left));
  PetscFunctionReturn(0);
}

static PetscErrorCode execute(MPI_Comm comm, Study *s)
{
  DscWork        work = {.plan = &s->plan, .options = s->options, .runner = s->runner, .n = s->restart.nleft};
  PetscInt      *order;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(DscRestartBegin(comm, s->options, &s->plan, s->output, &s->restart));
  PetscCall(PetscMalloc1(s->restart.nleft, &order));
  PetscCall(order_runs(s, order));
  work.order       = order;
  work.journal     = s->restart.journal;
  work.checkpoints = s->restart.checkpoints;
  work.stop        = s->stop;
  ierr             = DscRunsExecute(comm, s->group, &work, &s->restart.records);
  PetscCall(PetscFree(order));
  if (DscExitCodeFromError(ierr) == DSC_EXIT_USER) PetscCall(DscRestartCancel(&s->restart));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

static PetscErrorCode run_and_finish(MPI_Comm comm, Study *s, DscExitCode *exit_code)
{
  PetscFunctionBeginUser;
  if (!s->restart.nleft && !s->restart.journal) { /* the results file has it all */
    PetscCall(DscStudyJudge(comm, &s->restart.records, exit_code));
    PetscCall(DscReportPrint(comm, s->output, PETSC_TRUE));
    PetscFunctionReturn(0);
  }
  PetscCall(execute(comm, s));
  PetscCall(DscStudyFinish(comm, s->options, &s->plan, s->output, s->stop, &s->restart, exit_code));
  PetscFunctionReturn(0);
}

/* Everything but what must be freed also where a user's mistake ends it. */
static PetscErrorCode study(MPI_Comm comm, Study *s, DscExitCode *exit_code)
{
  PetscInt  ngroups = 0;
  PetscBool dry_run;

  PetscFunctionBeginUser;
  PetscCall(DscPlanCreate(s->options, &s->plan));
  PetscCall(check_axes(comm, &s->plan));
  PetscCall(DscOptionsGetBool(s->options, "dry_run", &dry_run));
  PetscCall(DscOptionsGetString(s->options, "output", &s->output));
  PetscCall(check_output(comm, s));
  PetscCall(DscStopCreate(comm, s->options, s->output, (PetscBool)!dry_run, &s->stop));
  PetscCall(split(comm, s->options, &s->group, &ngroups));
  PetscCall(DscOutputCheckWritable(comm, s->options, s->output));
  PetscCall(DscCostsCreate(comm, s->options, &s->plan, &s->costs));
  PetscCall(DscPlanPrint(comm, &s->plan, s->costs, ngroups, s->output));
  PetscCall(DscRestartRead(comm, s->options, &s->plan, s->output, &s->restart));
  PetscCall(learn(comm, s));
  PetscCall(plan_first_run(comm, s));
  if (!dry_run) PetscCall(run_and_finish(comm, s, exit_code));
  PetscFunctionReturn(0);
}

PetscErrorCode DscStudyRunWith(MPI_Comm comm, DscOptions options, const DscRunner *runner, DscExitCode *exit_code)
{
  Study          s = {.options = options, .runner = runner, .group = MPI_COMM_NULL};
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsCheck(options));
  *exit_code = DSC_EXIT_OK;
  ierr       = study(comm, &s, exit_code);
  PetscCall(DscRestartDestroy(&s.restart));
  PetscCall(DscCostsDestroy(&s.costs));
  PetscCall(DscStopDestroy(&s.stop));
  if (s.group != MPI_COMM_NULL) PetscCallMPI(MPI_Comm_free(&s.group));
  PetscCall(DscPlanDestroy(&s.plan));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

PetscErrorCode DscStudyRun(MPI_Comm comm, DscOptions options, DscExitCode *exit_code)
{
  static const DscRunner runner = {DscMethodRun, DscMethodPlan};

  PetscFunctionBeginUser;
  PetscCall(DscStudyRunWith(comm, options, &runner, exit_code));
  PetscFunctionReturn(0);
}
