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

/* Positions of particles at t = 0, 1, ..., 10 with a grid's points in their midst: those of seed 0 are 10 at a time and 4
   a bin, their density not known; of other seeds 40, dealt to 6 bins of width 1, the last particle behind the points. */
enum { INSTANTS = 11, MANY = 40, SOME = 10, GRID_TIMES = 3, GRID_PLACES = 5 };
static const PetscInt bin_counts[6] = {5, 10, 10, 5, 5, 5};

static double particle_at(PetscInt n, PetscInt k, PetscInt i)
{
  const PetscInt back = n - 1 - i; /* not in the order of places */
  PetscInt       bin = 0, before = 0;

  if (n == SOME) return .1 * (double)k + (double)back;
  while (back >= before + bin_counts[bin]) before += bin_counts[bin++];
  return .1 * (double)k + (back == 0 ? 0 : back == n - 1 ? 6 : (double)bin + .5);
}

static PetscErrorCode add_position(DscResult *r, double t, double x, PetscBool position, PetscBool known)
{
  const double row[] = {t, x, NAN, position && known ? x - t : NAN, x + t, position ? 1 : 0};

  PetscFunctionBeginUser;
  PetscCall(DscTableAddRow(&r->prediction, row));
  PetscFunctionReturn(0);
}

static PetscErrorCode particles_run(MPI_Comm comm, DscOptions options, const DscRunControl *control, PetscBool progress,
                                    DscResult *result)
{
  static const char columns[6][DSC_NAME_LENGTH] = {"t", "x", "u", "u_clean", "u_hat", "position"};
  PetscInt          seed, n;

  PetscFunctionBeginUser;
  PetscCall(plotted_run(comm, options, control, progress, result));
  PetscCall(DscOptionsGetInt(options, "seed", &seed));
  n = seed ? MANY : SOME;
  PetscCall(DscTableDestroy(&result->prediction));
  PetscCall(DscTableSetColumns(&result->prediction, 6, columns));
  for (PetscInt k = 0; k < INSTANTS * (n - 1); k++)
    PetscCall(add_position(result, (double)(k / (n - 1)), particle_at(n, k / (n - 1), k % (n - 1)), PETSC_TRUE,
                           (PetscBool)(seed > 0)));
  for (PetscInt k = 0; k < GRID_TIMES * GRID_PLACES; k++)
    PetscCall(
        add_position(result, 5. * (double)(k / GRID_PLACES), 2. * (double)(k % GRID_PLACES), PETSC_FALSE, PETSC_FALSE));
  for (PetscInt k = 0; k < INSTANTS; k++)
    PetscCall(add_position(result, (double)k, particle_at(n, k, n - 1), PETSC_TRUE, (PetscBool)(seed > 0)));
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

static void make_study_of(const DscRunner *runner, DscOptions options)
{
  DscExitCode exit_code;

  mute(PETSC_TRUE);
  assert_int_equal(DscErrorCaptureBegin(), 0);
  assert_int_equal(DscStudyRunWith(MPI_COMM_WORLD, options, runner, &exit_code), 0);
  assert_int_equal(DscErrorCaptureEnd(), 0);
  mute(PETSC_FALSE);
  assert_int_equal(DscOptionsDestroy(&options), 0);
}

static void make_study(DscOptions options)
{
  const DscRunner runner = {plotted_run, fake_plan};

  make_study_of(&runner, options);
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

/* What is drawn of one time: n positions are counted from block on, m places have the inferred density of a time. */
static void check_moment(PetscInt block, double time, PetscInt n, PetscInt m, double inferred_at)
{
  double values[3 * (MANY + GRID_PLACES)], sum = 0, count = 0, last = -INFINITY;

  const PetscInt size = read_block("density_run_0", block, PETSC_STATIC_ARRAY_LENGTH(values), values);

  assert_int_equal(size, 5 * (PetscInt)round(sqrt((double)n)));
  for (PetscInt i = 0; i < size; i += 5) {
    assert_true(values[i] == time);
    sum += values[i + 2] * values[i + 3];
    count += values[i + 4];
  }
  assert_true(fabs(sum - 1) < 1e-8 && count == (double)n);
  assert_int_equal(read_block("density_run_0", block + 1, PETSC_STATIC_ARRAY_LENGTH(values), values), 3 * m);
  for (PetscInt i = 0; i < 3 * m; i += 3) {
    assert_true(values[i] == inferred_at && values[i + 1] >= last);
    assert_true(fabs(values[i + 2] - values[i] - values[i + 1]) < 1e-8);
    last = values[i + 1];
  }
}

/* At 4%, 50% and 90% of 0 to 10 the times nearest are 0, 5 and 9, of which the grid has the first two. */
static void test_density(void **state)
{
  const DscRunner runner = {particles_run, fake_plan};
  const char     *source = fake_path("test_plot_density");
  double          values[4 * INSTANTS * MANY], histogram[5 * 6];

  (void)state;
  make_study_of(&runner, fake_options("output", source, "seed", "1", NULL));
  assert_int_equal(plot(source, NULL, NULL), 0);
  if (!fake_is_root()) return;
  assert_int_equal(read_block("density_run_0", 0, 45, values), 45);
  assert_true(values[3 * 7] == 5 && values[3 * 7 + 1] == 4 && values[3 * 7 + 2] == 9);
  assert_int_equal(read_block("density_run_0", 1, PETSC_STATIC_ARRAY_LENGTH(values), values), 4 * INSTANTS * MANY);
  check_moment(2, 0, MANY, MANY + GRID_PLACES, 0);
  check_moment(5, 5, MANY, MANY + GRID_PLACES, 5);
  check_moment(8, 9, MANY, MANY, 9);
  for (PetscInt b = 0; b < 6; b++) {
    const double row[] = {9, .9 + (double)b + .5, (double)bin_counts[b] / MANY, 1, (double)bin_counts[b]};

    memcpy(histogram + 5 * b, row, sizeof(row));
  }
  check_block("density_run_0", 8, 30, histogram);
  assert_int_equal(read_block("density_run_0", 10, 3 * MANY, values), 3 * MANY);
  assert_true(fabs(values[1] - .9) < 1e-9 && fabs(values[2] - .9 + 9) < 1e-8); /* the truth, by place */
  assert_int_equal(read_block("density_run_0", 11, 5 * ROWS, values), 5 * ROWS);
  assert_true(is_drawn("density_run_0.png", "\x89PNG"));
  assert_false(is_drawn("maps_run_0.png", ""));
}

/* 10 positions at a time: those of three times are counted, and the grid has the inferred density. */
static void test_density_of_few(void **state)
{
  const DscRunner runner = {particles_run, fake_plan};
  const char     *source = fake_path("test_plot_density");

  (void)state;
  make_study_of(&runner, fake_options("output", source, "seed", "0", NULL));
  assert_int_equal(plot(source, NULL, "svg"), 0);
  if (!fake_is_root()) return;
  check_moment(2, 0, 3 * SOME, SOME + GRID_PLACES, 0);
  check_moment(4, 5, 3 * SOME, SOME + GRID_PLACES, 5);
  check_moment(6, 9, 3 * SOME, GRID_PLACES, 10);
  assert_true(is_drawn("density_run_0.svg", "<?xml"));
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
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_sweep),          cmocka_unit_test(test_seeds),   cmocka_unit_test(test_timing),
      cmocka_unit_test(test_pareto),         cmocka_unit_test(test_maps),    cmocka_unit_test(test_density),
      cmocka_unit_test(test_density_of_few), cmocka_unit_test(test_scaling), cmocka_unit_test(test_refused)};

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
