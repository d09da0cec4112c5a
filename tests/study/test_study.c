/* A study as a whole: what is refused before any work, failing runs, exit codes, what is printed. */
#include "fake.h"
#include "study/results.h"

#include <sys/stat.h>
#include <sys/time.h>

static PetscErrorCode study(DscOptions options, DscExitCode *exit_code)
{
  PetscErrorCode ierr;

  assert_int_equal(DscErrorCaptureBegin(), 0);
  fake_executed = fake_planned = 0;
  ierr                         = DscStudyRunWith(MPI_COMM_WORLD, options, &fake_runner, exit_code);
  assert_int_equal(DscErrorCaptureEnd(), 0);
  assert_int_equal(DscOptionsDestroy(&options), 0);
  return ierr;
}

static PetscBool is_there(const char path[], const char suffix[])
{
  char name[PETSC_MAX_PATH_LEN + 16];

  (void)fake_is_root();
  snprintf(name, sizeof(name), "%s%s", path, suffix);
  return (PetscBool)!access(name, F_OK);
}

static void check_refused(DscOptions options, const char expected[])
{
  DscExitCode exit_code;

  assert_int_equal(DscExitCodeFromError(study(options, &exit_code)), DSC_EXIT_USER);
  assert_non_null(strstr(DscErrorMessage(), expected));
  assert_int_equal(fake_executed, 0);
}

static void test_refused(void **state)
{
  const char *path = fake_path("test_study");
  char        each[16];
  int         ranks;

  (void)state;
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  snprintf(each, sizeof(each), "%d", ranks + 1);
  check_refused(fake_options("output", path, "study_ranks_per_run", each, NULL), "the program has only");
  if (ranks == 4) {
    check_refused(fake_options("output", path, "study_ranks_per_run", "3", NULL),
                  "does not divide the number of ranks, 4");
  }
  check_refused(fake_options("output", "/nowhere/at/all.h5", NULL), "No such file or directory");
  check_refused(fake_options("output", DISCERN_BINARY_DIR, NULL), "Is a directory");
  check_refused(fake_options("output", path, "sede", "1", NULL), "sede");
  check_refused(fake_options("output", path, "sweep_study_ranks_per_run", "1,2", NULL), "the same for all runs");
}

static void test_dry_run(void **state)
{
  const char *path = fake_path("test_study_dry");
  DscExitCode exit_code;
  int         planned, rank;

  (void)state;
  assert_int_equal(study(fake_options("output", path, "sweep_seed", "0-3", "dry_run", "true", NULL), &exit_code), 0);
  assert_int_equal(exit_code, DSC_EXIT_OK);
  assert_int_equal(fake_executed, 0);
  assert_int_equal(MPI_Allreduce(&fake_planned, &planned, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD), MPI_SUCCESS);
  assert_int_equal(planned, 1); /* by the first group */
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  assert_int_equal(access(path, F_OK), -1);
}

static void test_exit_codes(void **state)
{
  const char *path = fake_path("test_study");
  DscExitCode exit_code;
  int         executed, ranks;

  (void)state;
  assert_int_equal(study(fake_options("output", path, "sweep_seed", "0-2", NULL), &exit_code), 0);
  assert_int_equal(exit_code, DSC_EXIT_OK);
  assert_int_equal(study(fake_options("output", path, "sweep_seed", "0-3", NULL), &exit_code), 0);
  assert_int_equal(exit_code, DSC_EXIT_PARTIAL); /* seed 3 does not converge */
  assert_int_equal(MPI_Allreduce(&fake_executed, &executed, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD), MPI_SUCCESS);
  assert_int_equal(executed, 4);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  if (ranks < 2) return;
  assert_int_equal(
      study(fake_options("output", path, "sweep_seed", "0-2", "study_ranks_per_run", "2", NULL), &exit_code), 0);
  assert_int_equal(exit_code, DSC_EXIT_OK);
  assert_int_equal(MPI_Allreduce(&fake_executed, &executed, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD), MPI_SUCCESS);
  assert_int_equal(executed, 6);
  /* only one rank of the group fails */
  assert_int_equal(
      study(fake_options("output", path, "sweep_seed", "0-2", "study_ranks_per_run", "2", "fake_fail", "1", NULL),
            &exit_code),
      0);
  assert_int_equal(exit_code, DSC_EXIT_PARTIAL);
}

/* In a study of one run a user's mistake ends the program; a failing run is recorded. */
static void test_single_run(void **state)
{
  const char *path = fake_path("test_study");
  DscExitCode exit_code;

  (void)state;
  assert_int_equal(DscExitCodeFromError(study(fake_options("output", path, "fake_refuse", "0", NULL), &exit_code)),
                   DSC_EXIT_USER);
  assert_string_equal(DscErrorMessage(), "seed 0 is not wanted");
  assert_false(is_there(path, ".journal"));
  assert_int_equal(study(fake_options("output", path, "fake_fail", "0", NULL), &exit_code), 0);
  assert_int_equal(exit_code, DSC_EXIT_PARTIAL);
}

/* ---- stops and restarts -------------------------------------------------------------------------------------- */

#define SEEDS 12

/* Removes what an earlier test has left of a study. */
static void remove_study(const char path[])
{
  DscCheckpoints checkpoints;
  char           name[PETSC_MAX_PATH_LEN + 16];

  if (fake_is_root()) {
    assert_int_equal(DscCheckpointsCreate(path, &checkpoints), 0);
    assert_int_equal(DscCheckpointsRemoveAll(checkpoints), 0);
    assert_int_equal(DscCheckpointsDestroy(&checkpoints), 0);
    (void)unlink(path);
    snprintf(name, sizeof(name), "%s.journal", path);
    (void)unlink(name);
  }
  (void)fake_is_root();
}

/* Twelve runs of many steps, one of which does not converge in four; key NULL: no other key. */
static DscOptions steps(const char path[], const char restart[], const char key[], const char value[])
{
  return fake_options("output", path, "sweep_seed", "0-11", "fake_steps", "10", "restart", restart,
                      "checkpoint_interval", "0", key, value, NULL);
}

static PetscInt sum(PetscInt own)
{
  assert_int_equal(MPI_Allreduce(MPI_IN_PLACE, &own, 1, MPIU_INT, MPI_SUM, MPI_COMM_WORLD), MPI_SUCCESS);
  return own;
}

static void run_steps(const char path[], const char restart[], const char key[], const char value[],
                      DscExitCode expected)
{
  DscExitCode exit_code;

  assert_int_equal(study(steps(path, restart, key, value), &exit_code), 0);
  assert_int_equal(exit_code, expected);
}

/* On rank 0: the results of two files, every number with its bits. */
static void assert_same_results(const char path[], const char other[])
{
  DscResultsTable a, b;

  if (fake_is_root()) {
    assert_int_equal(DscResultsRead(path, &a), 0);
    assert_int_equal(DscResultsRead(other, &b), 0);
    assert_int_equal(a.nruns, SEEDS);
    assert_int_equal(b.nruns, SEEDS);
    assert_memory_equal(a.status, b.status, SEEDS * sizeof(*a.status));
    assert_memory_equal(a.mse, b.mse, SEEDS * sizeof(*a.mse));
    assert_memory_equal(a.bic, b.bic, SEEDS * sizeof(*a.bic));
    assert_memory_equal(a.iterations, b.iterations, SEEDS * sizeof(*a.iterations));
    assert_memory_equal(a.coefficients, b.coefficients, (size_t)(SEEDS * a.nleft * a.nterms) * sizeof(double));
    assert_int_equal(DscResultsTableDestroy(&a), 0);
    assert_int_equal(DscResultsTableDestroy(&b), 0);
  }
  (void)fake_is_root();
}

/* On all ranks: how many runs of the file have the status. */
static PetscInt count_status(const char path[], int status)
{
  DscResultsTable table;
  PetscInt        n = 0;

  if (fake_is_root()) {
    assert_int_equal(DscResultsRead(path, &table), 0);
    for (PetscInt run = 0; run < table.nruns; run++) n += table.status[run] == status;
    assert_int_equal(DscResultsTableDestroy(&table), 0);
  }
  return sum(n);
}

static char reference[PETSC_MAX_PATH_LEN];

static void test_stop_reference(void **state)
{
  (void)state;
  snprintf(reference, sizeof(reference), "%s", fake_path("test_study_reference"));
  remove_study(reference);
  run_steps(reference, "false", NULL, NULL, DSC_EXIT_PARTIAL);
  assert_false(is_there(reference, ".journal"));
  assert_false(is_there(reference, ".checkpoints"));
}

/* Every checkpoint is one of a run that is not finished. */
static void check_checkpoints(const char path[])
{
  DscResultsTable table;
  DscCheckpoints  checkpoints;
  PetscInt        n, *runs;

  if (fake_is_root()) {
    assert_int_equal(DscCheckpointsCreate(path, &checkpoints), 0);
    assert_int_equal(DscCheckpointsList(checkpoints, &n, &runs), 0);
    assert_int_equal(DscResultsRead(path, &table), 0);
    assert_true(n > 0);
    for (PetscInt i = 0; i < n; i++) assert_int_equal(table.status[runs[i]], DSC_RUN_STOPPED);
    assert_int_equal(DscResultsTableDestroy(&table), 0);
    assert_int_equal(PetscFree(runs), 0);
    assert_int_equal(DscCheckpointsDestroy(&checkpoints), 0);
  }
  (void)fake_is_root();
}

/* A stop in one run stops all; the restart does what is left, from the checkpoints, to the same bits. */
static void test_stop_and_restart(void **state)
{
  const char *path = fake_path("test_study_stop");
  PetscInt    stopped, executed;
  int         ranks;

  (void)state;
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  for (int each = 1; each <= 2 && each <= ranks; each++) {
    char text[16];

    snprintf(text, sizeof(text), "%d", each);
    remove_study(path);
    fake_signalled = 5;
    run_steps(path, "true", "study_ranks_per_run", text, DSC_EXIT_RESUBMIT); /* nothing there: from the beginning */
    fake_signalled = -1;
    executed       = sum(fake_executed) / each;
    stopped        = count_status(path, DSC_RUN_STOPPED);
    assert_true(stopped > 0 && stopped < SEEDS);
    assert_true(is_there(path, ".journal"));
    check_checkpoints(path);
    run_steps(path, "true", "study_ranks_per_run", each == 1 && ranks > 1 ? "2" : "1", DSC_EXIT_PARTIAL);
    executed += sum(fake_executed) / (each == 1 && ranks > 1 ? 2 : 1);
    assert_true(executed > SEEDS && executed <= SEEDS + ranks / each); /* those in flight are begun twice */
    assert_same_results(reference, path);
    assert_false(is_there(path, ".journal"));
    assert_false(is_there(path, ".checkpoints"));
  }
}

/* A stopped run goes on where it stopped, not from its beginning. */
static void test_continued(void **state)
{
  const char *path = fake_path("test_study_stop");
  DscExitCode exit_code;
  int         rank;

  (void)state;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  remove_study(path);
  fake_signalled = 5;
  assert_int_equal(study(fake_options("output", path, "seed", "5", "fake_steps", "40", NULL), &exit_code), 0);
  fake_signalled = -1;
  assert_int_equal(exit_code, DSC_EXIT_RESUBMIT);
  fake_begun = -1;
  assert_int_equal(
      study(fake_options("output", path, "seed", "5", "fake_steps", "40", "restart", "true", NULL), &exit_code), 0);
  assert_int_equal(exit_code, DSC_EXIT_OK);
  assert_int_equal(sum(fake_executed ? fake_begun : 0), 20);
}

/* A mistake in the only run, met after a restart, costs nothing of what was done before. */
static void test_refused_later(void **state)
{
  const char *path = fake_path("test_study_stop");
  DscExitCode exit_code;
  DscOptions  options;

  (void)state;
  remove_study(path);
  fake_signalled = 5;
  assert_int_equal(study(fake_options("output", path, "seed", "5", "fake_steps", "40", NULL), &exit_code), 0);
  fake_signalled = -1;
  assert_int_equal(exit_code, DSC_EXIT_RESUBMIT);
  fake_refused = PETSC_TRUE;
  options      = fake_options("output", path, "seed", "5", "fake_steps", "40", "restart", "true", NULL);
  assert_int_equal(DscExitCodeFromError(study(options, &exit_code)), DSC_EXIT_USER);
  fake_refused = PETSC_FALSE;
  assert_true(is_there(path, ".journal"));
  fake_begun = -1;
  options    = fake_options("output", path, "seed", "5", "fake_steps", "40", "restart", "true", NULL);
  assert_int_equal(study(options, &exit_code), 0);
  assert_int_equal(exit_code, DSC_EXIT_OK);
  assert_int_equal(sum(fake_executed ? fake_begun : 0), 20);
}

/* At the second signal there is no results file, and nothing is lost. */
static void test_second_signal(void **state)
{
  const char *path = fake_path("test_study_stop");

  (void)state;
  remove_study(path);
  fake_signalled = 5;
  fake_signals   = 2;
  run_steps(path, "false", NULL, NULL, DSC_EXIT_RESUBMIT);
  fake_signalled = -1;
  fake_signals   = 1;
  assert_false(is_there(path, ""));
  run_steps(path, "true", NULL, NULL, DSC_EXIT_PARTIAL);
  assert_same_results(reference, path);
}

/* What an earlier job has left is neither overwritten nor mixed with another study. */
static void test_leftovers(void **state)
{
  const char *path = fake_path("test_study_stop");
  char        name[PETSC_MAX_PATH_LEN + 16];

  (void)state;
  remove_study(path);
  fake_signalled = 9;
  run_steps(path, "false", NULL, NULL, DSC_EXIT_RESUBMIT);
  fake_signalled = -1;
  check_refused(steps(path, "false", NULL, NULL), "finished runs: -restart continues, remove it to begin again");
  check_refused(steps(path, "true", "data_noise", "0.5"), "is of another study: data_noise (0.5, was 0)");
  check_refused(steps(path, "true", "fake_terms", "4"), "fake_terms (4, was 3)");
  check_refused(steps(path, "true", "sweep_fake_terms", "3,4"), "sweep_fake_terms");
  check_refused(steps(path, "true", "study_filter", "seed=3"), "study_filter");
  if (fake_is_root()) {
    snprintf(name, sizeof(name), "%s.journal", path);
    assert_int_equal(unlink(name), 0);
  }
  (void)fake_is_root();
  check_refused(steps(path, "false", NULL, NULL), "-restart continues, remove it to begin again");
  check_refused(steps(path, "true", "data_noise", "0.5"), "is of another study: data_noise"); /* of the results file */
  run_steps(path, "true", NULL, NULL, DSC_EXIT_PARTIAL);
  assert_same_results(reference, path);
}

/* A complete study is not touched. */
static void test_complete(void **state)
{
  const char *path = fake_path("test_study_stop");
  struct stat before, after;

  (void)state;
  remove_study(path);
  run_steps(path, "false", NULL, NULL, DSC_EXIT_PARTIAL);
  (void)fake_is_root();
  assert_int_equal(stat(path, &before), 0);
  run_steps(path, "true", NULL, NULL, DSC_EXIT_PARTIAL);
  assert_int_equal(sum(fake_executed), 0);
  assert_int_equal(stat(path, &after), 0);
  assert_true(before.st_ino == after.st_ino && before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
  assert_false(is_there(path, ".journal"));
  run_steps(path, "false", NULL, NULL, DSC_EXIT_PARTIAL); /* without -restart it is done again */
  assert_int_equal(sum(fake_executed), SEEDS);
}

/* Failed runs are done again if that is wanted: from the results, and while a journal lasts only once. */
static void test_rerun(void **state)
{
  const char *path = fake_path("test_study_stop");
  PetscInt    failed;

  (void)state;
  remove_study(path);
  fake_memory_full = PETSC_TRUE;
  run_steps(path, "false", NULL, NULL, DSC_EXIT_PARTIAL);
  fake_memory_full = PETSC_FALSE;
  failed           = count_status(path, DSC_RUN_FAILED);
  assert_true(failed > 0);
  run_steps(path, "true", NULL, NULL, DSC_EXIT_PARTIAL);
  assert_int_equal(sum(fake_executed), 0);
  run_steps(path, "true", "study_rerun", "failed", DSC_EXIT_PARTIAL);
  assert_int_equal(sum(fake_executed), failed);
  assert_same_results(reference, path);
  /* those that did not converge, stopped on the way without results: what was done again is not done once more */
  fake_signalled = 7;
  fake_signals   = 2;
  run_steps(path, "true", "study_rerun", "not_converged", DSC_EXIT_RESUBMIT);
  fake_signalled = -1;
  fake_signals   = 1;
  failed         = sum(fake_executed);
  run_steps(path, "true", "study_rerun", "not_converged", DSC_EXIT_PARTIAL);
  failed += sum(fake_executed);
  assert_true(failed >= 4 && failed <= 6); /* seeds 3, 7, 11; at most these are begun twice */
  assert_same_results(reference, path);
}

/* From the journal of a job that was stopped: once more, and not again as long as the journal lasts. */
static void test_rerun_from_journal(void **state)
{
  const char *path = fake_path("test_study_stop");

  (void)state;
  remove_study(path);
  for (int job = 0; job < 3; job++) {
    DscOptions  options = steps(path, "true", "fake_fail", "2");
    DscExitCode exit_code;

    assert_int_equal(DscOptionsSet(options, "study_rerun", "failed"), 0);
    fake_signalled = job < 2 ? 6 + 3 * job : -1;
    fake_failed    = 0;
    assert_int_equal(study(options, &exit_code), 0);
    assert_int_equal(exit_code, job < 2 ? DSC_EXIT_RESUBMIT : DSC_EXIT_PARTIAL);
    assert_int_equal(sum(fake_failed), job < 2);
  }
  fake_signalled = -1;
  assert_int_equal(count_status(path, DSC_RUN_FAILED), 1);
}

/* A study that was begun anew does not take the runs that it lacks from the results of before. */
static void test_old_results(void **state)
{
  const char *path = fake_path("test_study_stop");
  PetscInt    executed;

  (void)state;
  remove_study(path);
  run_steps(path, "false", NULL, NULL, DSC_EXIT_PARTIAL);
  fake_signalled = 5;
  fake_signals   = 2;
  run_steps(path, "false", NULL, NULL, DSC_EXIT_RESUBMIT);
  fake_signalled = -1;
  fake_signals   = 1;
  executed       = sum(fake_executed);
  assert_true(executed < SEEDS);
  run_steps(path, "true", NULL, NULL, DSC_EXIT_PARTIAL);
  assert_true(executed + sum(fake_executed) > SEEDS);
  assert_same_results(reference, path);
}

static void tell_idle(int signal)
{
  (void)signal;
  if (!fake_executed) (void)raise(SIGUSR1);
}

/* A rank that has nothing left to do passes on what it is told. */
static void test_stop_idle(void **state)
{
  const char            *path = fake_path("test_study_stop");
  const struct itimerval once = {.it_value = {.tv_usec = 500000}};
  DscExitCode            exit_code;
  int                    ranks;

  (void)state;
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  if (ranks == 1) return;
  remove_study(path);
  assert_true(signal(SIGALRM, tell_idle) != SIG_ERR);
  assert_int_equal(setitimer(ITIMER_REAL, &once, NULL), 0);
  assert_int_equal(
      study(fake_options("output", path, "seed", "1", "fake_steps", "1000", "fake_step_time", "0.01", NULL),
            &exit_code),
      0);
  assert_int_equal(exit_code, DSC_EXIT_RESUBMIT);
  assert_int_equal(count_status(path, DSC_RUN_STOPPED), 1);
}

/* What is left of a study, without doing it. */
static void test_restart_dry_run(void **state)
{
  const char *path = fake_path("test_study_stop");
  DscOptions  options;
  DscExitCode exit_code;

  (void)state;
  remove_study(path);
  fake_signalled = 9;
  run_steps(path, "false", NULL, NULL, DSC_EXIT_RESUBMIT);
  fake_signalled = -1;
  options        = steps(path, "true", "dry_run", "true");
  assert_int_equal(study(options, &exit_code), 0);
  assert_int_equal(exit_code, DSC_EXIT_OK);
  assert_int_equal(sum(fake_executed), 0);
  assert_true(is_there(path, ".journal"));
  run_steps(path, "true", NULL, NULL, DSC_EXIT_PARTIAL);
  assert_same_results(reference, path);
}

/* A run that finds no memory is recorded, and the others go on. */
static void test_no_memory(void **state)
{
  const char     *path = fake_path("test_study_stop");
  DscResultsTable table;
  PetscInt        failed = 0;

  (void)state;
  remove_study(path);
  fake_memory_full = PETSC_TRUE;
  run_steps(path, "false", NULL, NULL, DSC_EXIT_PARTIAL);
  fake_memory_full = PETSC_FALSE;
  if (!fake_is_root()) return;
  assert_int_equal(DscResultsRead(path, &table), 0);
  for (PetscInt run = 0; run < table.nruns; run++) {
    if (table.status[run] != DSC_RUN_FAILED) continue;
    assert_string_equal(table.reason[run], "not enough memory");
    failed++;
  }
  assert_true(failed > 0 && failed <= 4);
  assert_int_equal(DscResultsTableDestroy(&table), 0);
}

/* ---- what is printed ------------------------------------------------------------------------------------------ */

/* What rank 0 prints during a study, or reports after it. */
static char *capture(DscOptions options, const char path[])
{
  static char text[16384];
  FILE       *real = PETSC_STDOUT, *temporary = tmpfile();
  DscExitCode exit_code;

  assert_non_null(temporary);
  PETSC_STDOUT = temporary;
  if (options)
    assert_int_equal(study(options, &exit_code), 0);
  else
    assert_int_equal(DscStudyReport(MPI_COMM_WORLD, path, NULL, PETSC_FALSE, PETSC_FALSE), 0);
  PETSC_STDOUT = real;
  rewind(temporary);
  text[fread(text, 1, sizeof(text) - 1, temporary)] = '\0';
  fclose(temporary);
  return text;
}

static PetscInt count_lines(const char text[], const char start[])
{
  PetscInt count = 0;

  for (const char *line = text; line; line = strchr(line, '\n')) {
    line += *line == '\n';
    count += !strncmp(line, start, strlen(start));
  }
  return count;
}

static void test_report(void **state)
{
  const char *path = fake_path("test_study");
  char       *text;

  (void)state;
  text = capture(
      fake_options("output", path, "sweep_seed", "0-3", "sweep_data_noise", "0,0.5", "fake_refuse", "2", NULL), NULL);
  if (fake_is_root()) {
    assert_int_equal(count_lines(text, "    8/8"), 1); /* a line for every run, from all groups */
    assert_int_equal(count_lines(text, "    1/8"), 1);
    assert_non_null(strstr(text, "seed=2 data_noise=0.5  seed 2 is not wanted\n"));
    assert_int_equal(count_lines(text, "  found  "), 6 + 1); /* the last: most runs agree on it */
    assert_int_equal(count_lines(text, "  true   u_t = -6 u u_x - u_xxx\n"), 6 + 1);
    assert_int_equal(count_lines(text, "  found  u_t = -(5.990 \u00b1 0.010) u u_x - (0.990 \u00b1 0.010) u_xxx\n"), 1);
    assert_int_equal(count_lines(text, "  data_noise = 0 "), 1);
    assert_int_equal(count_lines(text, "  seed = "), 0);
    assert_int_equal(count_lines(text, "      2 failed: seed 2 is not wanted\n"), 1);
    assert_int_equal(count_lines(text, "        run 4  seed=2 data_noise=0\n"), 1);
    assert_non_null(strstr(text, "     8          6   0.75  [0.41, 0.93]"));
  }
  (void)capture(fake_options("output", path, "sweep_seed", "0-19", NULL), NULL);
  text = capture(NULL, path);
  if (!fake_is_root()) return;
  assert_int_equal(count_lines(text, "  found  "), 1); /* many runs are a table */
  assert_int_equal(count_lines(text, "   19    19  not converged  exact "), 1);
  assert_int_equal(count_lines(text, "    0     0  done           exact "), 1);
  assert_int_equal(count_lines(text, "        runs 3, 7, 11, 15, 19\n"), 1);
}

/* Lines go on counting where the earlier job ended. */
static void test_progress_after_restart(void **state)
{
  const char *path = fake_path("test_study_stop");
  char       *text, line[64];
  PetscInt    done;

  (void)state;
  remove_study(path);
  fake_signalled = 8;
  text           = capture(steps(path, "false", NULL, NULL), NULL);
  fake_signalled = -1;
  if (fake_is_root()) {
    assert_non_null(strstr(text, "stopped by a signal: "));
    assert_non_null(strstr(text, "stopped at iteration "));
    assert_int_equal(count_lines(text, "   12/12"), 0);
  }
  done = SEEDS - count_status(path, DSC_RUN_STOPPED);
  text = capture(steps(path, "true", NULL, NULL), NULL);
  if (!fake_is_root()) return;
  snprintf(line, sizeof(line), "restart: %d of 12 runs are done, %d are left", (int)done, SEEDS - (int)done);
  assert_int_equal(count_lines(text, line), 1);
  for (PetscInt k = 1; k <= SEEDS; k++) {
    snprintf(line, sizeof(line), "%5d/12", (int)k);
    assert_int_equal(count_lines(text, line), k > done);
  }
}

static int run(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_refused),
                                     cmocka_unit_test(test_dry_run),
                                     cmocka_unit_test(test_exit_codes),
                                     cmocka_unit_test(test_single_run),
                                     cmocka_unit_test(test_stop_reference),
                                     cmocka_unit_test(test_stop_and_restart),
                                     cmocka_unit_test(test_continued),
                                     cmocka_unit_test(test_refused_later),
                                     cmocka_unit_test(test_second_signal),
                                     cmocka_unit_test(test_leftovers),
                                     cmocka_unit_test(test_complete),
                                     cmocka_unit_test(test_rerun),
                                     cmocka_unit_test(test_rerun_from_journal),
                                     cmocka_unit_test(test_old_results),
                                     cmocka_unit_test(test_stop_idle),
                                     cmocka_unit_test(test_restart_dry_run),
                                     cmocka_unit_test(test_no_memory),
                                     cmocka_unit_test(test_report),
                                     cmocka_unit_test(test_progress_after_restart)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* An argument names the tests to run. */
int main(int argc, char **argv)
{
  if (argc > 1) cmocka_set_test_filter(argv[1]);
  return fake_main(run, argc, argv);
}
