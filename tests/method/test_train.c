/* The loop: the same bits on any number of ranks and with any memory; the test part; failures. */
#include "method_testing.h"

static DscOptions short_run(void)
{
  return options_of(NULL, "data_source", "kdv", "kdv_t_points", "20", "kdv_x_points", "25", "data_noise", "0.1",
                    "data_test_fraction", "0.2", "approximator", "mlp", "net_layers", "10,10", "panel_lanes", "16",
                    "train_iterations", "25", "train_log_interval", "5", "optim_type", "adam", NULL);
}

static void assert_same(const DscResult *a, const DscResult *b)
{
  const size_t n = (size_t)(a->nleft * a->nterms) * sizeof(double);

  assert_int_equal(a->history.nrows, b->history.nrows);
  assert_memory_equal(a->history.values, b->history.values,
                      (size_t)(a->history.nrows * a->history.ncolumns) * sizeof(double));
  assert_memory_equal(a->coefficients, b->coefficients, n);
  assert_memory_equal(a->std, b->std, n);
  assert_memory_equal(&a->mse, &b->mse, sizeof(double));
}

static void compare_runs(MPI_Comm comm_a, DscOptions a, MPI_Comm comm_b, DscOptions b)
{
  DscResult *ra = run(comm_a, a), *rb = run(comm_b, b);

  assert_same(ra, rb);
  CALL(DscResultDestroy(&ra));
  CALL(DscResultDestroy(&rb));
}

static void test_same_bits_on_any_ranks(void **state)
{
  static const char *const constraints[] = {"sbl", "least_squares", "gradient"};
  (void)state;

  for (int c = 0; c < 3; c++) {
    DscOptions base = short_run();
    DscOptions options =
        options_of(base, "constraint", constraints[c], "precision", c == 0 ? "single" : "double", NULL);

    compare_runs(PETSC_COMM_SELF, options, PETSC_COMM_WORLD, options);
    CALL(DscOptionsDestroy(&options));
    CALL(DscOptionsDestroy(&base));
  }
}

/* An estimator that sees the samples in blocks: of a training, of numerical derivatives, of the weak form. */
static void test_blocks_on_any_ranks(void **state)
{
  static const char *const approximators[] = {"mlp", "finite_difference", "weak"};
  (void)state;

  for (int k = 0; k < 3; k++) {
    DscOptions base = short_run();
    DscOptions options =
        options_of(base, "approximator", approximators[k], "constraint", "least_squares", "estimator", "lasso",
                   "mask_start", "5", "mask_interval", "10", "data_test_fraction", k ? "0" : "0.2", NULL);

    compare_runs(PETSC_COMM_SELF, options, PETSC_COMM_WORLD, options);
    CALL(DscOptionsDestroy(&options));
    CALL(DscOptionsDestroy(&base));
  }
}

/* Nothing kept: every panel but the one in hand runs forward twice. */
static void test_same_bits_with_little_memory(void **state)
{
  DscOptions plenty = short_run(), little = options_of(plenty, "train_memory_limit", "0", NULL);
  (void)state;

  compare_runs(PETSC_COMM_WORLD, plenty, PETSC_COMM_WORLD, little);
  CALL(DscOptionsDestroy(&plenty));
  CALL(DscOptionsDestroy(&little));
}

static PetscInt column(const DscResult *result, const char *name)
{
  for (PetscInt c = 0; c < result->history.ncolumns; c++) {
    if (strcmp(result->history.columns[c], name) == 0) return c;
  }
  fail_msg("no column '%s'", name);
  return -1;
}

/* Without training the surrogate is the same whatever is kept for testing: the two parts' errors add up to the whole. */
static void test_test_part_is_counted_apart(void **state)
{
  DscOptions base  = short_run();
  DscOptions split = options_of(base, "train_iterations", "0", "data_noise", "0", "data_scale", "none", NULL);
  DscOptions whole = options_of(split, "data_test_fraction", "0", NULL);
  DscResult *rs = run(PETSC_COMM_WORLD, split), *rw = run(PETSC_COMM_WORLD, whole);
  (void)state;

  assert_int_equal(rs->history.nrows, 1);
  const double train = rs->history.values[column(rs, "mse")], test = rs->history.values[column(rs, "mse_test")];
  assert_true(isnan(rw->history.values[column(rw, "mse_test")]));
  assert_true(fabs(0.8 * train + 0.2 * test - rw->history.values[column(rw, "mse")]) < 1e-12);
  assert_true(fabs(train - test) > 1e-6 && test > 0.5 * train && train > 0.5 * test);
  CALL(DscResultDestroy(&rs));
  CALL(DscResultDestroy(&rw));
  CALL(DscOptionsDestroy(&split));
  CALL(DscOptionsDestroy(&whole));
  CALL(DscOptionsDestroy(&base));
}

static void test_history_and_status(void **state)
{
  DscOptions options = short_run();
  DscResult *result  = run(PETSC_COMM_WORLD, options);
  (void)state;

  assert_int_equal(result->iterations, 25);
  assert_int_equal(result->history.nrows, 6);
  for (PetscInt i = 0; i < 6; i++) assert_true(result->history.values[i * result->history.ncolumns] == 5.0 * (double)i);
  assert_int_equal(result->status, DSC_RUN_NOT_CONVERGED);
  assert_non_null(strstr(result->reason, "not yet stable after 25 iterations"));
  assert_true(result->history.values[5 * result->history.ncolumns + 1] <
              result->history.values[1]); /* the loss went down */
  CALL(DscResultDestroy(&result));
  CALL(DscOptionsDestroy(&options));
}

static void test_diverging_run_fails_with_a_reason(void **state)
{
  DscOptions base    = short_run();
  DscOptions options = options_of(base, "optim_lr", "1e3", "optim_weight_decay", "1e3", NULL);
  (void)state;

  check_fails(options, PETSC_ERR_FP, "loss is not finite at iteration");
  assert_non_null(strstr(DscErrorMessage(), "try a smaller -optim_lr"));
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&base));
}

static void test_bad_lanes_are_refused(void **state)
{
  DscOptions base    = short_run();
  DscOptions options = options_of(base, "panel_lanes", "20", NULL);
  DscResult *result;
  (void)state;

  CALL(DscResultCreate(&result));
  CALL(DscErrorCaptureBegin());
  assert_int_equal(DscMethodRun(PETSC_COMM_WORLD, options, NULL, PETSC_FALSE, result), PETSC_ERR_USER_INPUT);
  CALL(DscErrorCaptureEnd());
  assert_non_null(strstr(DscErrorMessage(), "16, 32, 48, 64"));
  CALL(DscResultDestroy(&result));
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&base));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_same_bits_on_any_ranks),       cmocka_unit_test(test_blocks_on_any_ranks),
    cmocka_unit_test(test_same_bits_with_little_memory), cmocka_unit_test(test_test_part_is_counted_apart),
    cmocka_unit_test(test_history_and_status),           cmocka_unit_test(test_diverging_run_fails_with_a_reason),
    cmocka_unit_test(test_bad_lanes_are_refused),
};
TEST_MAIN(tests)
