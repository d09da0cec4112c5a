/* The report's lines, by setting, on a study whose numbers are known. */
#include "fake.h"

static PetscBool front; /* that the next reports are to have */

static PetscErrorCode report(const char path[], const char by[], PetscBool all, char text[], size_t size)
{
  FILE          *real = PETSC_STDOUT, *temporary = tmpfile();
  PetscErrorCode ierr;

  assert_non_null(temporary);
  PETSC_STDOUT = temporary;
  assert_int_equal(DscErrorCaptureBegin(), 0);
  ierr = DscStudyReport(MPI_COMM_WORLD, path, by, all, front);
  assert_int_equal(DscErrorCaptureEnd(), 0);
  PETSC_STDOUT = real;
  rewind(temporary);
  text[fread(text, 1, size - 1, temporary)] = '\0';
  fclose(temporary);
  return ierr;
}

static PetscInt count(const char text[], const char words[])
{
  PetscInt n = 0;

  for (const char *at = strstr(text, words); at; at = strstr(at + 1, words)) n++;
  return n;
}

static void make_study(DscOptions options)
{
  FILE       *real = PETSC_STDOUT, *nothing = fopen("/dev/null", "w");
  DscExitCode exit_code;

  assert_non_null(nothing);
  PETSC_STDOUT = nothing;
  assert_int_equal(DscErrorCaptureBegin(), 0);
  assert_int_equal(DscStudyRunWith(MPI_COMM_WORLD, options, &fake_runner, &exit_code), 0);
  assert_int_equal(DscErrorCaptureEnd(), 0);
  PETSC_STDOUT = real;
  fclose(nothing);
  assert_int_equal(DscOptionsDestroy(&options), 0);
}

static char text[1 << 20];

/* Seeds 0 to 5: 2 and 5 are not exact, 3 does not converge; u u_x is found as -6 + 0.01 (seed + 1) + noise. */
static void test_settings(void **state)
{
  const char *path = fake_path("test_report");

  (void)state;
  make_study(fake_options("output", path, "sweep_seed", "0-5", "sweep_data_noise", "0,0.5", "fake_refuse", "4", NULL));
  assert_int_equal(report(path, NULL, PETSC_FALSE, text, sizeof(text)), 0);
  if (!fake_is_root()) return;
  assert_int_equal(count(text, ": 12 runs: 8 done, 2 not converged, 2 failed, 0 stopped; "), 1);
  assert_int_equal(count(text, "\n  swept data_noise (2): 0 0.5\n"), 1);
  assert_int_equal(count(text, "\n  all runs                     12          6   0.50  [0.25, 0.75]       0.75"), 1);
  assert_int_equal(count(text, "\n  data_noise = 0                6          3   0.50  [0.19, 0.81]        0.5"), 1);
  assert_int_equal(count(text, "\n  seed = "), 0);
  assert_int_equal(count(text, "\n  in the ensembles of u_t: u_x 0.12, u u_x 1.00, u_xxx 1.00\n"), 1);
  /* seeds 0, 1, 2, 3, 5: median 0.03; 16% and 84% quantiles 0.0164 and 0.0472 */
  assert_int_equal(count(text, "\n u_t: u u_x                  active in       median"), 1);
  assert_int_equal(
      count(text, "\n  data_noise = 0                   5/5       -5.970        0.015        0.010       -6.000\n"), 1);
  assert_int_equal(count(text, "\n u_t: u_x  "), 0); /* not in the truth */
  assert_int_equal(
      count(text, "equation that the study supports: found in 6 of 10 runs; median \u00b1 spread over them\n"), 1);
  assert_int_equal(count(text, "\n      4 runs u_t = "), 1);
  assert_int_equal(count(text, "      2 failed: seed 4 is not wanted\n        run 8  seed=4 data_noise=0\n"), 1);
  assert_int_equal(count(text, "      2 not converged\n"), 1);
  assert_int_equal(count(text, "\nslowest runs:\n    run    seconds"), 1);
  assert_int_equal(count(text, "\n     10        6.0         500  done           seed=5 data_noise=0\n"), 1);
}

static void test_by(void **state)
{
  const char *path = fake_path("test_report");

  (void)state;
  assert_int_equal(report(path, "seed,data_noise", PETSC_FALSE, text, sizeof(text)), 0);
  if (fake_is_root()) {
    assert_int_equal(count(text, "\n  seed = 2, data_noise = 0.5      1          0   0.00  [0.00, 0.79] "), 1);
    assert_int_equal(count(text, "\n  seed = "), 3 * 12); /* rates and two terms */
    assert_int_equal(count(text, "\nrun 0"), 0);
  }
  assert_int_equal(report(path, "seed", PETSC_TRUE, text, sizeof(text)), 0);
  if (fake_is_root()) assert_int_equal(count(text, "\n  seed = 4                      2          0   0.00"), 1);
  if (fake_is_root()) assert_int_equal(count(text, "\n    8     4           0  failed"), 1);
}

static void check_refused(const char by[], const char expected[])
{
  const PetscErrorCode ierr = report(fake_path("test_report"), by, PETSC_FALSE, text, sizeof(text));

  assert_int_equal(DscExitCodeFromError(ierr), DSC_EXIT_USER);
  if (fake_is_root()) assert_non_null(strstr(DscErrorMessage(), expected));
  assert_int_equal(text[0], 0);
}

static void test_refused(void **state)
{
  (void)state;
  check_refused("data_nose", "which has seed, data_noise; did you mean data_noise?");
  check_refused("seed,noise", "-by noise: not swept");
  check_refused("seed,seed", "given twice");
  check_refused("seed,data_noise,fake_kind", "one key or two");
  check_refused("", "one key or two");
  check_refused("seed,", "one key or two");
}

/* Reasons that differ in a number are one, and are told by settings where they are few. */
static void test_reasons(void **state)
{
  const char *path = fake_path("test_report");

  (void)state;
  make_study(fake_options("output", path, "sweep_seed", "0-2", "sweep_fake_refuse", "1,2", NULL));
  assert_int_equal(report(path, NULL, PETSC_FALSE, text, sizeof(text)), 0);
  if (!fake_is_root()) return;
  assert_int_equal(count(text, "\nnot done (2):\n      2 failed: seed N is not wanted\n"
                               "        run 2  seed=1 fake_refuse=1\n        run 5  seed=2 fake_refuse=2\n"),
                   1);
}

/* Many runs: no line for each unless all are wanted; the values of a long axis are cut. */
static void test_many(void **state)
{
  const char *path = fake_path("test_report");

  (void)state;
  make_study(fake_options("output", path, "sweep_seed", "0-4", "sweep_fake_fail", "100-140", NULL));
  assert_int_equal(report(path, NULL, PETSC_FALSE, text, sizeof(text)), 0);
  if (fake_is_root()) {
    assert_int_equal(count(text, ": 205 runs: 164 done, 41 not converged, 0 failed, 0 stopped"), 1);
    assert_int_equal(count(text, "\n  fake_fail = "), 3 * 24);
    assert_int_equal(count(text, "\n  and 17 more: discern report "), 2);
    assert_int_equal(count(text, "  done  "), 5); /* only among the slowest */
    assert_int_equal(count(text, "\nevery run in a line of its own: discern report "), 1);
  }
  assert_int_equal(report(path, NULL, PETSC_TRUE, text, sizeof(text)), 0);
  if (!fake_is_root()) return;
  assert_int_equal(count(text, "\n  fake_fail = "), 3 * 41);
  assert_int_equal(count(text, "  done  "), 164 + 5);
}

static int run(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_settings), cmocka_unit_test(test_by),
                                     cmocka_unit_test(test_refused), cmocka_unit_test(test_reasons),
                                     cmocka_unit_test(test_many)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
  return fake_main(run, argc, argv);
}
