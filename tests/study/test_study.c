/* A study as a whole: what is refused before any work, failing runs, exit codes, what is printed. */
#include "fake.h"

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
  assert_int_equal(study(fake_options("output", path, "fake_fail", "0", NULL), &exit_code), 0);
  assert_int_equal(exit_code, DSC_EXIT_PARTIAL);
}

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
    assert_int_equal(DscStudyReport(MPI_COMM_WORLD, path, NULL, PETSC_FALSE), 0);
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

static int run(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_refused), cmocka_unit_test(test_dry_run),
                                     cmocka_unit_test(test_exit_codes), cmocka_unit_test(test_single_run),
                                     cmocka_unit_test(test_report)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
  return fake_main(run, argc, argv);
}
