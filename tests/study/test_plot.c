/* The numbers that figures are drawn from, and that every figure is drawn. */
#include "fake.h"
#include "study/format.h"

#include <stdlib.h>

enum { TIMES = 3, PLACES = 4, SAMPLES = TIMES * PLACES, ROWS = 5 };

static double time_at(PetscInt i)
{
  return i < 2 ? .5 * (double)i : 2; /* unequal steps */
}

/* A grid back to front, so that it must be put in order; row r of the history has iteration 10 r. */
static PetscErrorCode fill_tables(DscResult *r, PetscInt seed)
{
  static const char prediction[5][DSC_NAME_LENGTH] = {"t", "x", "u", "u_clean", "u_hat"};
  static const char history[5][DSC_NAME_LENGTH]    = {"iteration", "loss", "mse", "coefficient/u_t/u u_x",
                                                      "alpha/u_t/u u_x"};

  PetscFunctionBeginUser;
  PetscCall(DscTableDestroy(&r->history));
  PetscCall(DscTableSetColumns(&r->history, 5, history));
  for (PetscInt i = 0; i < ROWS; i++) {
    const double row[] = {10. * (double)i, 5 * (double)seed - (double)i, pow(10, -(double)i), -6 + 1. / (double)(i + 1),
                          10 + (double)i};

    PetscCall(DscTableAddRow(&r->history, row));
  }
  PetscCall(DscTableSetColumns(&r->prediction, 5, prediction));
  for (PetscInt i = SAMPLES - 1; i >= 0 && seed == 1; i--) { /* only seed 1 has one */
    const double t = time_at(i / PLACES), x = .25 * (double)(i % PLACES),
                 row[] = {t, x, t + x, t + x - .5, t + x - .25};

    PetscCall(DscTableAddRow(&r->prediction, row));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode plotted_run(MPI_Comm comm, DscOptions options, const DscRunControl *control, PetscBool progress,
                                  DscResult *result)
{
  PetscInt seed;

  PetscFunctionBeginUser;
  PetscCall(fake_run(comm, options, control, progress, result));
  PetscCall(DscOptionsGetInt(options, "seed", &seed));
  PetscCall(fill_tables(result, seed));
  PetscFunctionReturn(0);
}

static FILE *real_output;

static void mute(PetscBool on)
{
  if (on) {
    real_output  = PETSC_STDOUT;
    PETSC_STDOUT = fopen("/dev/null", "w");
    assert_non_null(PETSC_STDOUT);
  } else {
    fclose(PETSC_STDOUT);
    PETSC_STDOUT = real_output;
  }
}

static void make_study(DscOptions options)
{
  const DscRunner runner = {plotted_run, fake_plan};
  DscExitCode     exit_code;

  mute(PETSC_TRUE);
  assert_int_equal(DscErrorCaptureBegin(), 0);
  assert_int_equal(DscStudyRunWith(MPI_COMM_WORLD, options, &runner, &exit_code), 0);
  assert_int_equal(DscErrorCaptureEnd(), 0);
  mute(PETSC_FALSE);
  assert_int_equal(DscOptionsDestroy(&options), 0);
}

static char folder[PETSC_MAX_PATH_LEN + 16];

static PetscErrorCode plot(const char source[], const char run[], const char format[])
{
  PetscErrorCode ierr;

  mute(PETSC_TRUE);
  assert_int_equal(DscErrorCaptureBegin(), 0);
  ierr = DscStudyPlot(MPI_COMM_WORLD, source, folder, run, format);
  assert_int_equal(DscErrorCaptureEnd(), 0);
  mute(PETSC_FALSE);
  return ierr;
}

/* Numbers of block `index` of a .dat file, row by row; returns how many. */
static PetscInt read_block(const char name[], PetscInt index, PetscInt max, double values[])
{
  char     path[2 * PETSC_MAX_PATH_LEN], line[4096];
  FILE    *file;
  PetscInt n = 0, block = -1;

  snprintf(path, sizeof(path), "%s/%s.dat", folder, name);
  file = fopen(path, "r");
  assert_non_null(file);
  while (fgets(line, sizeof(line), file)) {
    char *at = line, *end;

    if (!strncmp(line, "# index", 7)) block++;
    if (line[0] == '#' || block != index) continue;
    for (double value = strtod(at, &end); end > at; value = strtod(at, &end)) {
      assert_true(n < max);
      values[n++] = value;
      at          = end;
    }
  }
  fclose(file);
  return n;
}

static void check_block(const char name[], PetscInt index, PetscInt n, const double expected[])
{
  double values[256];

  assert_int_equal(read_block(name, index, 256, values), n);
  for (PetscInt i = 0; i < n; i++) {
    assert_true(isnan(expected[i]) ? isnan(values[i])
                                   : fabs(values[i] - expected[i]) <= 1e-9 * (1 + fabs(expected[i])));
  }
}

static PetscBool is_drawn(const char name[], const char magic[])
{
  char   path[2 * PETSC_MAX_PATH_LEN], start[8] = "";
  FILE  *file;
  size_t read;

  snprintf(path, sizeof(path), "%s/%s", folder, name);
  file = fopen(path, "rb");
  if (!file) return PETSC_FALSE;
  read = fread(start, 1, sizeof(start) - 1, file);
  fclose(file);
  unlink(path);
  return (PetscBool)(read >= strlen(magic) && !memcmp(start, magic, strlen(magic)));
}

/* Seeds 0 to 5, of which 0, 1, 3, 4 are exact; the coefficient of u u_x is -6 + 0.01 (seed + 1) + noise. */
static void test_sweep(void **state)
{
  const char *source = fake_path("test_plot");
  double      low, high, expected[12];

  (void)state;
  make_study(fake_options("output", source, "sweep_seed", "0-5", "sweep_data_noise", "0.5,0", "sweep_fake_kind",
                          "short,a_long_choice", NULL));
  assert_int_equal(plot(source, NULL, NULL), 0);
  if (!fake_is_root()) return;
  DscWilsonInterval(8, 12, &low, &high);
  for (PetscInt i = 0; i < 2; i++) {
    const double row[] = {.5 * (double)i, 8. / 12, low, high, 12, 8};

    memcpy(expected + 6 * i, row, sizeof(row));
  }
  expected[6] = 1; /* the second word */
  check_block("robustness", 2, 12, expected);
  DscWilsonInterval(4, 6, &low, &high);
  for (PetscInt i = 0; i < 2; i++) {
    const double row[] = {.5 * (double)i, 4. / 6, low, high, 6, 4};

    memcpy(expected + 6 * i, row, sizeof(row));
  }
  check_block("robustness", 0, 12, expected); /* noise, for one kind and for the other */
  check_block("robustness", 1, 12, expected);
  /* each seed twice: the 16% and 84% quantiles lie at 1.76 and 9.24 of the sorted values */
  for (PetscInt i = 0; i < 2; i++) {
    const double noise = .5 * (double)i, spread = ((.05 + .24 * .01) - (.01 + .76 * .01)) / 2;
    const double row[] = {noise, -6 + .035 + noise, spread, -6, 12, 12};

    memcpy(expected + 6 * i, row, sizeof(row));
  }
  check_block("coefficients_by_data_noise", 0, 12, expected);
  assert_true(is_drawn("robustness.png", "\x89PNG"));
  assert_true(is_drawn("coefficients_by_data_noise.png", "\x89PNG"));
  assert_true(is_drawn("coefficients_by_fake_kind.png", "\x89PNG"));
  assert_true(is_drawn("timing.png", "\x89PNG"));
  assert_false(is_drawn("coefficients_by_seed.png", ""));
}

/* By seed where there is no other axis, with the runs' own error bars. */
static void test_seeds(void **state)
{
  const char  *source  = fake_path("test_plot_seeds");
  const double terms[] = {0, -5.99, .01, -6, 1, 1, 1, -5.98, .01, -6, 1, 1, 3, -5.96, .01, -6, 1, 1};
  double       history[5 * ROWS];

  (void)state;
  make_study(fake_options("output", source, "sweep_seed", "3,1,0", NULL));
  assert_int_equal(plot(source, "0", "svg"), 0);
  if (!fake_is_root()) return;
  check_block("coefficients_by_seed", 0, 18, terms);
  assert_int_equal(read_block("history_run_0", 0, 5 * ROWS, history), 5 * ROWS);
  assert_true(history[5 * 2 + 0] == 20 && history[5 * 2 + 1] == 13 && history[5 * 4 + 4] == 14);
  assert_true(fabs(history[5 * 1 + 3] + 5.5) < 1e-12);
  assert_true(is_drawn("coefficients_by_seed.svg", "<?xml"));
  assert_true(is_drawn("history_run_0.svg", "<?xml"));
  assert_false(is_drawn("maps_run_0.svg", "")); /* run 0 is seed 3 */
}

/* Sorted, a block a status: seeds 0 and 1 are done, 3 is not converged; seconds are seed + 1. */
static void test_timing(void **state)
{
  const double done[] = {1, 1, 2, 2, 2, 1}, other[] = {3, 4, 0}; /* rank, seconds, row */

  (void)state;
  if (!fake_is_root()) return;
  check_block("timing", 0, 6, done);
  check_block("timing", 1, 3, other);
}

/* A line a run, medians, and the supported set in each run: of seeds 3, 1, 0. */
static void test_pareto(void **state)
{
  static const PetscInt seeds[3] = {3, 1, 0};
  double                curves[3 * 12], medians[3 * 4], marks[3 * 3];

  (void)state;
  if (!fake_is_root()) return;
  for (PetscInt run = 0; run < 3; run++) {
    for (PetscInt terms = 0; terms < 4; terms++) {
      const double row[3] = {(double)terms, fake_error(terms, seeds[run]), (double)run};

      memcpy(curves + 3 * (4 * run + terms), row, sizeof(row));
      if (terms == 2) memcpy(marks + 3 * run, row, sizeof(row));
      if (run != 1) continue;
      memcpy(medians + 3 * terms, row, sizeof(row));
      medians[3 * terms + 2] = 3;
    }
  }
  check_block("pareto", 0, 36, curves);
  check_block("pareto", 1, 12, medians);
  check_block("pareto", 2, 9, marks);
  assert_true(is_drawn("pareto.svg", "<?xml"));
}

/* Unequal steps: cells between edges half-way, with one more row and column of corners. */
static void test_maps(void **state)
{
  const char  *source      = fake_path("test_plot_seeds");
  const double edges[2][5] = {{-.25, .25, 1.25, 2.75}, {-.125, .125, .375, .625, .875}};
  double       expected[9 * (TIMES + 1) * (PLACES + 1)];
  PetscInt     n = 0;

  (void)state;
  assert_int_equal(plot(source, "1", NULL), 0);
  if (!fake_is_root()) return;
  assert_int_equal(read_block("history_run_1", 0, 5 * ROWS, expected), 5 * ROWS);
  assert_true(expected[5 * 2 + 0] == 20 && expected[5 * 2 + 1] == 3); /* of its own rows */
  for (PetscInt i = 0; i <= TIMES; i++) {
    for (PetscInt j = 0; j <= PLACES; j++) {
      const PetscBool inside = (PetscBool)(i < TIMES && j < PLACES);
      const double    t = inside ? time_at(i) : NAN, x = inside ? .25 * (double)j : NAN;
      const double    row[] = {
             t, x, t + x, t + x - .25, inside ? .25 : NAN, t + x - .5, inside ? .25 : NAN, edges[0][i], edges[1][j]};

      memcpy(expected + n, row, sizeof(row));
      n += 9;
    }
  }
  check_block("maps_run_1", 0, n, expected);
  assert_true(is_drawn("maps_run_1.png", "\x89PNG"));
}

static void test_scaling(void **state)
{
  const char  *source   = DISCERN_BINARY_DIR "/test_plot.csv";
  const double strong[] = {1, 1, 8, 1, 1, 4, 4, 2.5, 3.2, .8}, one[] = {2, 1, 5, 2, 1}, two[] = {2, 2, 6, 2, 1};
  FILE        *file;

  (void)state;
  if (fake_is_root()) {
    file = fopen(source, "w");
    assert_non_null(file);
    fprintf(file, "# measured\nmode, ranks, ranks_per_run, seconds, speedup, efficiency\n\nstrong,4,4,2.5,3.2,.8\n"
                  "ensemble,2,1,5,2,1\nstrong,1,1,8,1,1\nensemble,2,2,6,2,1\n");
    fclose(file);
  }
  assert_int_equal(plot(source, NULL, NULL), 0);
  if (!fake_is_root()) return;
  check_block("scaling", 0, 10, strong); /* ranks rise */
  check_block("scaling", 1, 5, one);
  check_block("scaling", 2, 5, two);
  assert_true(is_drawn("scaling.png", "\x89PNG"));
}

static void check_refused(const char source[], const char run[], const char format[], const char expected[])
{
  assert_int_equal(DscExitCodeFromError(plot(source, run, format)), DSC_EXIT_USER);
  if (fake_is_root()) assert_non_null(strstr(DscErrorMessage(), expected));
}

static void test_refused(void **state)
{
  const char *source = fake_path("test_plot_seeds");

  (void)state;
  check_refused(source, "3", NULL, "has no such run; it has 0 to 2");
  check_refused(source, "two", NULL, "not the number of a run");
  check_refused(source, NULL, "pdf", "png or svg");
  check_refused("nosuch.h5", NULL, NULL, "No such file");
}

static int run(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_sweep),  cmocka_unit_test(test_seeds),
                                     cmocka_unit_test(test_timing), cmocka_unit_test(test_pareto),
                                     cmocka_unit_test(test_maps),   cmocka_unit_test(test_scaling),
                                     cmocka_unit_test(test_refused)};

  char clean[sizeof(folder) + 16];

  if (system("gnuplot --version >/dev/null 2>&1")) return 77; /* skipped */
  snprintf(folder, sizeof(folder), "%s.figures", fake_path("test_plot"));
  snprintf(clean, sizeof(clean), "rm -rf '%s'", folder); /* of an earlier test */
  if (fake_is_root() && system(clean)) return 1;
  return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
  return fake_main(run, argc, argv);
}
