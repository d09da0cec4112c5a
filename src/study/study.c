#include "study/study.h"
#include "study/file.h"
#include "study/plan_print.h"
#include "study/report.h"
#include "study/results.h"

#include <string.h>

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

static PetscErrorCode print_plan(MPI_Comm comm, DscOptions options, const DscPlan *plan, PetscInt ngroups,
                                 const char output[])
{
  DscCosts costs;

  PetscFunctionBeginUser;
  PetscCall(DscCostsCreate(comm, options, plan, &costs));
  PetscCall(DscPlanPrint(comm, plan, costs, ngroups, output));
  PetscCall(DscCostsDestroy(&costs));
  PetscFunctionReturn(0);
}

/* Sizes of the first run, which also shows mistakes in its data before any work is done. The first group does it. */
static PetscErrorCode plan_first_run(MPI_Comm comm, MPI_Comm group, const DscPlan *plan, DscOptions options,
                                     const DscRunner *runner)
{
  PetscMPIInt    rank, leader;
  DscOptions     first;
  PetscErrorCode ierr = 0;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_rank(group, &leader));
  if (rank == leader) { /* only in the first group are they the same */
    PetscCall(DscPlanGetOptions(plan, options, 0, &first));
    ierr = runner->plan(group, first);
    PetscCall(DscOptionsDestroy(&first));
  }
  PetscCall(DscSyncError(comm, ierr));
  PetscFunctionReturn(0);
}

/* Done if every run is; otherwise finished in part. */
static PetscErrorCode judge(MPI_Comm comm, const DscRecords *records, DscExitCode *exit_code)
{
  PetscMPIInt others = 0;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < records->n; i++) others += records->result[i]->status != DSC_RUN_DONE;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &others, 1, MPI_INT, MPI_SUM, comm));
  *exit_code = others ? DSC_EXIT_PARTIAL : DSC_EXIT_OK;
  PetscFunctionReturn(0);
}

static PetscErrorCode run_and_write(MPI_Comm comm, MPI_Comm group, const DscPlan *plan, DscOptions options,
                                    const DscRunner *runner, const char output[], DscRecords *records)
{
  PetscFunctionBeginUser;
  PetscCall(DscRunsExecute(comm, group, plan, options, runner, records));
  PetscCall(DscResultsWrite(comm, output, plan, options, records));
  PetscCall(DscReportPrint(comm, output, PETSC_TRUE));
  PetscFunctionReturn(0);
}

/* Everything but what must be freed also where a user's mistake ends it. */
static PetscErrorCode study(MPI_Comm comm, DscOptions options, const DscRunner *runner, const DscPlan *plan,
                            MPI_Comm *group, DscRecords *records)
{
  PetscInt    ngroups = 0;
  PetscBool   dry_run;
  const char *output;

  PetscFunctionBeginUser;
  PetscCall(check_axes(comm, plan));
  PetscCall(DscOptionsGetBool(options, "dry_run", &dry_run));
  PetscCall(DscOptionsGetString(options, "output", &output));
  PetscCall(split(comm, options, group, &ngroups));
  PetscCall(DscOutputCheckWritable(comm, options, output));
  PetscCall(print_plan(comm, options, plan, ngroups, output));
  PetscCall(plan_first_run(comm, *group, plan, options, runner));
  if (!dry_run) PetscCall(run_and_write(comm, *group, plan, options, runner, output, records));
  PetscFunctionReturn(0);
}

PetscErrorCode DscStudyRunWith(MPI_Comm comm, DscOptions options, const DscRunner *runner, DscExitCode *exit_code)
{
  DscPlan        plan;
  DscRecords     records = {0};
  MPI_Comm       group   = MPI_COMM_NULL;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsCheck(options));
  ierr = DscPlanCreate(options, &plan);
  if (!ierr) ierr = study(comm, options, runner, &plan, &group, &records);
  if (!ierr) ierr = judge(comm, &records, exit_code);
  PetscCall(DscRecordsDestroy(&records));
  if (group != MPI_COMM_NULL) PetscCallMPI(MPI_Comm_free(&group));
  PetscCall(DscPlanDestroy(&plan));
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

PetscErrorCode DscStudyReport(MPI_Comm comm, const char path[])
{
  PetscFunctionBeginUser;
  PetscCall(DscReportPrint(comm, path, PETSC_FALSE));
  PetscFunctionReturn(0);
}
