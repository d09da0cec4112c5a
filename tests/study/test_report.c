/* The report's lines, by setting, on a study whose numbers are known. */
#include "fake.h"
#include "study/candidates.h"

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
    assert_int_equal(count(text, "\n  seed = "), 3 * 12 + 10); /* rates, two terms, sets of those with an equation */
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
    assert_int_equal(count(text, "\n  fake_fail = "), 4 * 24); /* rates, two terms, sets */
    assert_int_equal(count(text, "\n  and 17 more: discern report "), 3);
    assert_int_equal(count(text, "  done  "), 5); /* only among the slowest */
    assert_int_equal(count(text, "\nevery run in a line of its own: discern report "), 1);
  }
  assert_int_equal(report(path, NULL, PETSC_TRUE, text, sizeof(text)), 0);
  if (!fake_is_root()) return;
  assert_int_equal(count(text, "\n  fake_fail = "), 4 * 41);
  assert_int_equal(count(text, "  done  "), 164 + 5);
}

/* Seeds 0, 1, 3 found the true set and score it 3 better than the one with u_x; seeds 2, 5 that one, 5 better. */
static void test_support(void **state)
{
  const char *path = fake_path("test_report");

  (void)state;
  make_study(fake_options("output", path, "sweep_seed", "0-5", "sweep_data_noise", "0,0.5", "fake_refuse", "4", NULL));
  front = PETSC_TRUE;
  assert_int_equal(report(path, NULL, PETSC_FALSE, text, sizeof(text)), 0);
  if (fake_is_root()) {
    assert_int_equal(count(text, "\nequation that the study supports: found in 6 of 10 runs;"), 1);
    assert_int_equal(count(text, "no more than half"), 0);
    assert_int_equal(count(text, "\n  found  u_t = -(5.7 \u00b1 0.3) u u_x - (0.7 \u00b1 0.3) u_xxx\n"), 1);
    assert_int_equal(count(text,
                           "\n  scores: the best of all sets tried in 6 of the 10 runs that tried it; median lead "
                           "over the others 3\n"),
                     1);
    assert_int_equal(count(text,
                           "\n  the closest other set, + u_x: 2 ln evidence lower by 3 a run (median; undecided), "
                           "-2 in the sum over 10 runs\n"),
                     1);
    assert_int_equal(count(text, "\n  data_noise = 0                 3/5       3/5        3       -1  u u_x, u_xxx\n"),
                     1);
    assert_int_equal(count(text, "\nfront of terms against error, all runs: "), 1);
    assert_int_equal(count(text, "\n      0     10/10            1          990   0\n"), 1);
    assert_int_equal(count(text, "\n      1     10/10         0.25          490   u_xxx\n"), 1);
    assert_int_equal(count(text, "\n      2     10/10        0.012            0   u u_x, u_xxx  <- supported\n"), 1);
    assert_int_equal(count(text, "\n      3     10/10       0.0108            3   u_x, u u_x, u_xxx\n"), 1);
  }
  assert_int_equal(report(path, "data_noise", PETSC_FALSE, text, sizeof(text)), 0);
  front = PETSC_FALSE;
  if (fake_is_root()) {
    assert_int_equal(count(text, "\nfront of terms against error, data_noise = "), 2);
    assert_int_equal(count(text, "\n      2       5/5        0.012            0   u u_x, u_xxx  <- supported\n"), 2);
  }
  assert_int_equal(report(path, NULL, PETSC_FALSE, text, sizeof(text)), 0);
  assert_int_equal(count(text, "front of"), 0);
}

/* One vote each: the scores decide, and the group stands first in the report. */
static void test_tie(void **state)
{
  const char *path = fake_path("test_report");

  (void)state;
  make_study(fake_options("output", path, "sweep_seed", "1,2", NULL));
  assert_int_equal(report(path, NULL, PETSC_FALSE, text, sizeof(text)), 0);
  if (!fake_is_root()) return;
  assert_int_equal(count(text, "found in 1 of 2 runs"), 1);
  assert_int_equal(
      count(text, "\n  no more than half of the runs found it: the study does not settle on an equation\n"), 1);
  assert_int_equal(count(text, "\n  found  u_t = (0.030 \u00b1 0.010) u_x - (5.970 \u00b1 0.010) u u_x"),
                   1 + 1); /* and of run 1 */
  assert_int_equal(count(text, "\n      1 run  u_t = -(5.980"), 1);
  assert_int_equal(count(text, "the closest other set, - u_x: 2 ln evidence lower by 1 a run (median; hardly worth a "
                               "mention), 2 in the sum"),
                   1);
}

/* Terms that only some runs' libraries have are in no set of the others. */
static void test_libraries(void **state)
{
  const char *path = fake_path("test_report");

  (void)state;
  make_study(fake_options("output", path, "sweep_fake_terms", "3,4", "sweep_seed", "0,1", NULL));
  assert_int_equal(report(path, NULL, PETSC_FALSE, text, sizeof(text)), 0);
  if (!fake_is_root()) return;
  assert_int_equal(count(text, "found in 4 of 4 runs"), 1);
  assert_int_equal(count(text, "the best of all sets tried in 4 of the 4 runs that tried it"), 1);
  assert_int_equal(count(text,
                         "the closest other set, + u_x: 2 ln evidence lower by 3 a run (median; positive), 12 in the "
                         "sum over 4 runs"),
                   1);
}

/* Files from before there were candidates say nothing of them; a damaged one is refused. */
static void test_old_files(void **state)
{
  const char *path = fake_path("test_report");

  (void)state;
  make_study(fake_options("output", path, "sweep_seed", "0-2", NULL));
  for (int k = 0; k < 2; k++) {
    PetscErrorCode ierr;

    if (fake_is_root()) {
      hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);

      assert_true(H5Ldelete(file, k ? "/selection" : "/selection/score", H5P_DEFAULT) >= 0);
      H5Fclose(file);
    }
    front = PETSC_TRUE;
    ierr  = report(path, NULL, PETSC_FALSE, text, sizeof(text));
    front = PETSC_FALSE;
    assert_int_equal(DscExitCodeFromError(ierr), k ? DSC_EXIT_OK : DSC_EXIT_USER);
    if (!fake_is_root()) continue;
    if (!k) {
      assert_non_null(strstr(DscErrorMessage(), "/selection/score"));
      continue;
    }
    assert_int_equal(count(text, "equation that the study supports: found in 2 of 3 runs"), 1);
    assert_int_equal(count(text, "scores: "), 0);
    assert_int_equal(count(text, "\nno front of terms against error, all runs: no run has candidate equations\n"), 1);
  }
}

/* Two left-hand sides, more than 64 terms in all, five runs: four found set A, of which three scored it; B is twice in one. */
enum { SETS_LEFT = 2, SETS_TERMS = 40, SETS_RUNS = 5, SETS_ROWS = 10 };

static void test_sets(void **state)
{
  char      left[SETS_LEFT][DSC_NAME_LENGTH] = {"u_t", "v_t"}, terms[SETS_TERMS][DSC_NAME_LENGTH];
  uint64_t  A[2] = {3, 1}, B[2] = {3, 1 | 1 << 10}, C[2] = {2, 1}, D[2] = {3, 0};
  uint64_t *rows[SETS_ROWS]  = {A, B, C, A, B, A, B, B, D, D}, set[SETS_ROWS][2], found[SETS_RUNS][2];
  double    score[SETS_ROWS] = {10, 12, 10.5, 20, 25, 30, 29, 29, 33, 5}, error[SETS_ROWS] = {1};
  int       size[SETS_ROWS] = {3, 4, 2, 3, 4, 3, 4, 4, 2, 2}, status[SETS_RUNS] = {0};
  int64_t   offset[SETS_RUNS + 1] = {0, 3, 5, 9, 9, 10};
  PetscInt  runs[SETS_RUNS]       = {0, 1, 2, 3, 4}, nsizes;

  DscResultsTable table      = {.nruns = SETS_RUNS, .nleft = SETS_LEFT, .nterms = SETS_TERMS, .status = status};
  DscCandidates   candidates = {.words = 2, .offset = offset, .terms = size, .error = error, .score = score};
  DscSupport      s;
  DscFrontSize   *sizes;
  char            words[64];

  (void)state;
  for (int t = 0; t < SETS_TERMS; t++) snprintf(terms[t], DSC_NAME_LENGTH, "t%d", t);
  for (int i = 0; i < SETS_ROWS; i++) memcpy(set[i], rows[i], sizeof(A));
  for (int i = 0; i < SETS_RUNS; i++) memcpy(found[i], i == 4 ? D : A, sizeof(A));
  table.left       = left;
  table.terms      = terms;
  candidates.set   = &set[0][0];
  candidates.found = &found[0][0];
  assert_int_equal(DscSupportCompute(&table, &candidates, SETS_RUNS, runs, &s), 0);
  assert_int_equal(s.runs, 5);
  assert_int_equal(s.votes, 4);
  assert_int_equal(s.example, 0);
  assert_int_equal(s.scored, 3);
  assert_int_equal(s.best, 2);
  assert_true(s.lead == .5);                 /* of 0.5, 5, -1 */
  assert_memory_equal(s.next, B, sizeof(B)); /* C is closer, but in one run of three; so is D */
  assert_int_equal(s.both, 3);
  assert_true(s.sum == 6 && s.median == 2); /* 2, 5, -1 */
  DscSetFormat(&table, s.next, sizeof(words), words);
  assert_string_equal(words, "u_t: t0, t1; v_t: t24, t34");
  DscSetFormatChange(&table, s.set, s.next, sizeof(words), words);
  assert_string_equal(words, "v_t: + t34");
  DscSetFormatChange(&table, B, C, sizeof(words), words);
  assert_string_equal(words, "u_t: - t0; v_t: - t34");
  assert_int_equal(DscFrontCompute(&table, &candidates, SETS_RUNS, runs, &nsizes, &sizes), 0);
  assert_int_equal(nsizes, 3);
  assert_int_equal(sizes[0].terms, 2);
  assert_int_equal(sizes[0].runs, 3);
  assert_int_equal(sizes[0].votes, 2);
  assert_memory_equal(sizes[0].set, D, sizeof(D));
  assert_true(sizes[0].score == .5 && sizes[1].score == 0); /* .5, 4, 0; 0, 0, 1 */
  assert_int_equal(PetscFree(sizes), 0);
  status[0] = status[3] = DSC_RUN_FAILED;
  assert_int_equal(DscSupportCompute(&table, &candidates, SETS_RUNS, runs, &s), 0);
  assert_int_equal(s.runs, 3);
  assert_int_equal(s.votes, 2);
  assert_int_equal(s.scored, 2);
  assert_int_equal(DscSupportCompute(&table, &candidates, 0, runs, &s), 0);
  assert_null(s.set);
}

static int run(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_settings),  cmocka_unit_test(test_by),
                                     cmocka_unit_test(test_refused),   cmocka_unit_test(test_reasons),
                                     cmocka_unit_test(test_many),      cmocka_unit_test(test_support),
                                     cmocka_unit_test(test_tie),       cmocka_unit_test(test_libraries),
                                     cmocka_unit_test(test_old_files), cmocka_unit_test(test_sets)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
  return fake_main(run, argc, argv);
}
