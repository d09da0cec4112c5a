/* The ratio of the dynamic prior over the iterations: values in closed form, what a run does with it, restarts. */
#include "run_in_parts.h"

#include "method/prior_schedule.h"

/* The ratio at an iteration, with sbl_lambda 0.02 reached in 100 iterations. */
static double ratio(const char *kind, const char *ratios, const char *start, PetscInt iteration)
{
  DscOptions options =
      options_of(NULL, "constraint", "sbl", "prior_schedule", kind, "prior_ratios", ratios, "prior_iterations", "100",
                 "constraint_start", start, "sbl_lambda", "0.02", "train_iterations", "200", NULL);
  DscPriorSchedule schedule;
  double           value;

  CALL(DscPriorScheduleCreate(options, &schedule));
  value = DscPriorScheduleRatio(&schedule, iteration, 0.3);
  CALL(DscPriorScheduleDestroy(&schedule));
  CALL(DscOptionsDestroy(&options));
  return value;
}

static void assert_ratio(double found, double expected)
{
  if (!(fabs(found - expected) <= 1e-14 * expected)) fail_msg("%.17g is not %.17g", found, expected);
}

/* From 2 to .02: a hundredth. */
static void test_values(void **state)
{
  (void)state;

  for (PetscInt i = 0; i <= 120; i++) {
    const double x = PetscMin(1.0, 0.01 * (double)i);

    assert_true(ratio("constant", "2", "0", i) == 0.02);
    assert_ratio(ratio("linear", "2", "0", i), 2.0 - 1.98 * x);
    assert_ratio(ratio("geometric", "2", "0", i), 2.0 * pow(10.0, -2.0 * x));
    assert_ratio(ratio("cosine", "2", "0", i), 2.0 * pow(10.0, cos(PETSC_PI * x) - 1.0));
  }
}

/* Every ratio is met, the last to the bit and for good; the first holds until the equation is felt. */
static void test_several_ratios(void **state)
{
  static const char *const kinds[] = {"linear", "geometric", "cosine"};
  (void)state;

  for (int k = 0; k < 3; k++) {
    assert_true(ratio(kinds[k], "0.1,3,0.5", "30", 0) == 0.1);
    assert_true(ratio(kinds[k], "0.1,3,0.5", "30", 30) == 0.1);
    assert_true(ratio(kinds[k], "0.1,3,0.5,0.7", "30", 55) == 3.0);
    assert_true(ratio(kinds[k], "0.1,3,0.5,0.7", "30", 80) == 0.5);
    assert_true(ratio(kinds[k], "0.1,3,0.5", "30", 130) == 0.02);
    assert_true(ratio(kinds[k], "0.1,3,0.5", "30", 131) == 0.02);
  }
  assert_ratio(ratio("linear", "0.1,3", "0", 25), 1.55);
  assert_ratio(ratio("geometric", "0.1,3", "0", 25), sqrt(0.3));
  assert_ratio(ratio("cosine", "0.1,3", "0", 75), sqrt(0.06));
}

/* The mean square error multiplies the schedule, to its power; a perfect fit is no division by 0. */
static void test_exponent(void **state)
{
  static const char *const exponents[] = {"0", "0.5", "1"};
  static const double      mses[]      = {0.0, 1e-6, 0.04, 1.0, 2.5};
  (void)state;

  for (int p = 0; p < 3; p++) {
    DscOptions options =
        options_of(NULL, "prior_schedule", "linear", "prior_ratios", "2", "prior_iterations", "100", "sbl_lambda",
                   "0.5", "train_iterations", "200", "prior_exponent", exponents[p], NULL);
    DscPriorSchedule schedule;

    CALL(DscPriorScheduleCreate(options, &schedule));
    for (int m = 0; m < 5; m++) {
      const double factor = p == 0 ? 1.0 : p == 1 ? sqrt(mses[m]) : mses[m];

      for (PetscInt i = 0; i <= 150; i += 50) {
        const double expected = (i < 100 ? 2.0 - 0.015 * (double)i : 0.5) * factor;
        const double found    = DscPriorScheduleRatio(&schedule, i, mses[m]);

        assert_true(found > 0.0);
        if (expected > 0.0) assert_ratio(found, expected);
      }
    }
    CALL(DscPriorScheduleDestroy(&schedule));
    CALL(DscOptionsDestroy(&options));
  }
}

/* ---- runs --------------------------------------------------------------------------------------------------- */

static DscOptions short_run(void)
{
  return options_of(NULL, "data_source", "kdv", "kdv_t_points", "20", "kdv_x_points", "25", "data_noise", "0.02",
                    "approximator", "mlp", "net_layers", "10,10", "panel_lanes", "16", "train_iterations", "40",
                    "train_log_interval", "1", "optim_type", "soap", "stop_patience", "0", NULL);
}

static double history_at(const DscResult *result, PetscInt iteration, const char *name)
{
  for (PetscInt c = 0; c < result->history.ncolumns; c++) {
    if (strcmp(result->history.columns[c], name)) continue;
    return result->history.values[iteration * result->history.ncolumns + c];
  }
  fail_msg("no column '%s'", name);
  return NAN;
}

/* The history tells the ratio, and beta follows it: (N - sum gamma + 2 c) / (|r|^2 + 2 d) with c = N / 2. */
static void check_precision(const char *exponent)
{
  DscOptions base    = short_run();
  DscOptions options = options_of(base, "prior_schedule", "geometric", "prior_ratios", "2", "prior_iterations", "20",
                                  "sbl_lambda", "0.02", "prior_exponent", exponent, "data_scale", "none", NULL);
  DscResult *result  = run(PETSC_COMM_WORLD, options);

  for (PetscInt i = 0; i <= 40; i++) {
    const double lambda =
        (i < 20 ? 2.0 * pow(10.0, -0.1 * (double)i) : 0.02) * pow(history_at(result, i, "mse"), atof(exponent));
    const double tau = history_at(result, i, "tau/u_t"), beta = history_at(result, i, "beta/u_t");

    assert_ratio(history_at(result, i, "prior_ratio/u_t"), lambda);
    assert_true(fabs(beta * (0.5 * history_at(result, i, "reg") + 1.0 / (lambda * tau)) - 1.0) < 0.03); /* 20 terms */
  }
  CALL(DscResultDestroy(&result));
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&base));
}

static void test_precision_follows(void **state)
{
  (void)state;
  check_precision("0");
  check_precision("0.75");
}

/* The error counts in units of the field: in thousands of u, or of x, the ratios are the same. */
static void test_units_do_not_matter(void **state)
{
  static const Waves units[] = {{.diffusion = 0.1, .t = 1, .x = 1, .u = 1},
                                {.diffusion = 0.1, .t = 1, .x = 64, .u = 1024}};
  double             ratios[2][11];
  (void)state;

  for (int k = 0; k < 2; k++) {
    const char *path   = write_waves(units[k], 20, 25);
    DscOptions  base   = short_run();
    DscOptions options = options_of(base, "data_source", "file", "data_file", path, "data_noise", "0", "prior_exponent",
                                    "0.75", "sbl_lambda", "0.7", "train_iterations", "10", "optim_lr", "1e-3", NULL);
    DscResult *result  = run(PETSC_COMM_WORLD, options);

    for (PetscInt i = 0; i <= 10; i++) ratios[k][i] = history_at(result, i, "prior_ratio/u_t");
    CALL(DscResultDestroy(&result));
    CALL(DscOptionsDestroy(&options));
    CALL(DscOptionsDestroy(&base));
    remove_file(path);
  }
  for (PetscInt i = 0; i <= 10; i++) {
    assert_true(ratios[0][i] > 0.07 && ratios[0][i] < 7.0);
    assert_true(fabs(ratios[1][i] / ratios[0][i] - 1.0) < 1e-6);
  }
}

/* A schedule between equal ratios, whatever its kind, is a constant prior to the last bit. */
static void test_equal_ratios_are_constant(void **state)
{
  static const char *const kinds[] = {"linear", "geometric", "cosine"};
  DscOptions               base    = short_run();
  DscOptions               options = options_of(base, "sbl_lambda", "0.3", NULL);
  DscResult               *whole   = run(PETSC_COMM_WORLD, options);
  (void)state;

  for (int k = 0; k < 3; k++) {
    DscOptions scheduled =
        options_of(options, "prior_schedule", kinds[k], "prior_ratios", "0.3", "prior_iterations", "30", NULL);
    DscResult *result = run(PETSC_COMM_WORLD, scheduled);

    assert_int_equal(whole->history.nrows, result->history.nrows);
    assert_memory_equal(whole->history.values, result->history.values,
                        (size_t)(whole->history.nrows * whole->history.ncolumns) * sizeof(double));
    CALL(DscResultDestroy(&result));
    CALL(DscOptionsDestroy(&scheduled));
  }
  CALL(DscResultDestroy(&whole));
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&base));
}

/* No equation counts as stable before the ratio is sbl_lambda; then it is looked at for stop_patience iterations. */
static void test_stop_waits(void **state)
{
  DscOptions base = short_run();
  DscOptions options =
      options_of(base, "prior_schedule", "cosine", "prior_iterations", "25", "stop_patience", "10", "stop_interval",
                 "5", "stop_minimum", "0", "stop_tolerance", "1000", "sbl_significance", "0", "sbl_alpha_max", "1e12",
                 "refine_iterations", "3", "refine_lambda", "7", NULL);
  DscOptions at_once = options_of(options, "prior_schedule", "constant", NULL);
  DscResult *late = run(PETSC_COMM_WORLD, options), *early = run(PETSC_COMM_WORLD, at_once);
  (void)state;

  assert_string_equal(late->reason, "the equation is stable");
  assert_int_equal(early->iterations, 10 + 3);
  assert_int_equal(late->iterations, 25 + 10 + 3);
  assert_true(history_at(late, 35, "prior_ratio/u_t") == 0.05 && history_at(late, 36, "prior_ratio/u_t") == 7.0);
  CALL(DscResultDestroy(&late));
  CALL(DscResultDestroy(&early));
  CALL(DscOptionsDestroy(&at_once));
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&base));
}

/* Stopped on the way up, at the knee, on the way down and after it: the same bits. */
static void test_restart(void **state)
{
  static const PetscInt stops[] = {4, 10, 11, 17, 20, 31};
  MPI_Comm              world[7];
  DscOptions            base = short_run();
  DscOptions options = options_of(base, "prior_schedule", "cosine", "prior_ratios", "0.02,3", "prior_iterations", "20",
                                  "sbl_lambda", "0.1", NULL);
  DscResult *whole = run_whole(PETSC_COMM_WORLD, options), *alone = run_whole(PETSC_COMM_SELF, options);
  DscResult *parts;
  (void)state;

  for (int i = 0; i < 7; i++) world[i] = PETSC_COMM_WORLD;
  parts = run_in_parts(world, options, 6, stops);
  assert_same_result(whole, parts);
  assert_same_result(whole, alone);
  CALL(DscResultDestroy(&parts));
  CALL(DscResultDestroy(&alone));
  CALL(DscResultDestroy(&whole));
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&base));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_values),
    cmocka_unit_test(test_several_ratios),
    cmocka_unit_test(test_exponent),
    cmocka_unit_test(test_precision_follows),
    cmocka_unit_test(test_units_do_not_matter),
    cmocka_unit_test(test_equal_ratios_are_constant),
    cmocka_unit_test(test_stop_waits),
    cmocka_unit_test(test_restart),
};
TEST_MAIN(tests)
