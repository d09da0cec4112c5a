/* Whole discoveries on clean data: u_t = -u_x + .1 u_xx is found, in any units, by every constraint. */
#include "method_testing.h"

static const Waves plain = {.diffusion = 0.1, .t0 = 0, .t = 1, .x = 1, .u = 1};

static DscOptions base(const char *path)
{
  return options_of(NULL, "data_file", path, "library_polynomial", "1", "library_derivative", "2", "data_truth_terms",
                    "u_x,u_xx", "data_truth_values", "-1,0.1", "approximator", "mlp", "net_layers", "16,16",
                    "optim_type", "soap", "train_iterations", "2500", "stop_minimum", "1000", "data_noise", "0.05",
                    "stop_patience", "50", NULL);
}

static void check_discovery(const char *path, const char *constraint)
{
  DscOptions b       = base(path);
  DscOptions options = options_of(b, "constraint", constraint, "mask_start", "200", NULL);
  DscResult *result  = run(PETSC_COMM_WORLD, options);

  assert_int_equal(result->exact, 1);
  assert_int_equal(result->status, DSC_RUN_DONE);
  assert_true(result->coefficient_error < 0.1);
  for (PetscInt j = 0; j < result->nterms; j++) {
    assert_int_equal(result->active[j], j == term(result, "u_x") || j == term(result, "u_xx"));
    if (!result->active[j]) assert_true(result->coefficients[j] == 0.0);
  }
  CALL(DscResultDestroy(&result));
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&b));
}

static void test_every_constraint_finds_the_equation(void **state)
{
  const char *path = write_waves(plain, 25, 40);
  (void)state;

  check_discovery(path, "sbl");
  check_discovery(path, "least_squares");
  check_discovery(path, "ridge");
  check_discovery(path, "gradient");
  remove_file(path);
}

/* Refining drops the other terms: the loss goes on where it was, to the few units that their evidence is worth. */
static void test_loss_goes_on_when_refined(void **state)
{
  const char *path    = write_waves(plain, 25, 40);
  DscOptions  b       = base(path);
  DscOptions  options = options_of(b, "constraint", "sbl", "refine_iterations", "20", "refine_lambda", "0.05",
                                   "train_log_interval", "10", NULL);
  DscResult  *result  = run(PETSC_COMM_WORLD, options);
  (void)state;

  assert_int_equal(result->status, DSC_RUN_DONE);
  assert_string_equal(result->history.columns[1], "loss");
  for (PetscInt i = result->history.nrows - 3; i < result->history.nrows; i++) {
    const double *row = result->history.values + i * result->history.ncolumns;
    assert_true(fabs(row[1] - row[1 - result->history.ncolumns]) < 1.0);
  }
  CALL(DscResultDestroy(&result));
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&b));
  remove_file(path);
}

/* A few iterations that keep every term, on the data as written by w. Not with SOAP: its first bases rest on rounding. */
static DscResult *short_run(Waves w, const char *constraint)
{
  const char *path = write_waves(w, 15, 24);
  DscOptions  b    = base(path);
  DscOptions  options =
      options_of(b, "constraint", constraint, "train_iterations", "40", "mask_start", "20", "sbl_lambda", "1",
                 "sbl_alpha_max", "1e12", "sbl_significance", "0", "mask_threshold", "0", "optim_type", "adam", NULL);
  DscResult *result = run(PETSC_COMM_WORLD, options);

  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&b));
  remove_file(path);
  return result;
}

static const char *const both[] = {"sbl", "least_squares"};

/* Powers of two: the scaled problem is the same to the last bit, and so is the training. */
static void test_units_are_undone(void **state)
{
  static const char *const terms[]  = {"1", "u_x", "u_xx", "u", "u u_x", "u u_xx"};
  static const int         fields[] = {0, 1, 1, 1, 2, 2}, orders[] = {0, 1, 2, 0, 1, 2};
  const Waves              units = {.diffusion = plain.diffusion, .t = 4, .x = 0.125, .u = 1024};
  (void)state;

  for (int c = 0; c < 2; c++) {
    DscResult *a = short_run(plain, both[c]), *b = short_run(units, both[c]);

    for (PetscInt j = 0; j < 6; j++) {
      const PetscInt i        = term(a, terms[j]);
      const double   factor   = units.u / units.t / (pow(units.u, fields[j]) / pow(units.x, orders[j]));
      const double   expected = factor * a->coefficients[i];

      assert_true(a->active[i] && a->coefficients[i] != 0.0);
      assert_true(fabs(b->coefficients[i] - expected) <= 1e-9 * fabs(expected));
      assert_true(fabs(b->normalized[i] - a->normalized[i]) <= 1e-9);
    }
    assert_true(fabs(b->mse - PetscSqr(units.u) * a->mse) <= 1e-9 * b->mse);
    CALL(DscResultDestroy(&a));
    CALL(DscResultDestroy(&b));
  }
}

/* Where time begins does not matter, to the rounding of the times in the file. */
static void test_origin_is_undone(void **state)
{
  Waves later = plain;
  (void)state;

  later.t0 = 100;
  for (int c = 0; c < 2; c++) {
    DscResult *a = short_run(plain, both[c]), *b = short_run(later, both[c]);

    for (PetscInt i = 0; i < a->nterms; i++) assert_true(fabs(b->normalized[i] - a->normalized[i]) <= 1e-3);
    assert_true(fabs(b->mse - a->mse) <= 1e-4 * a->mse);
    CALL(DscResultDestroy(&a));
    CALL(DscResultDestroy(&b));
  }
}

/* Everything that the library can say is found, u_t = -u_x; but the true equation has a term that it cannot say. */
static void test_truth_outside_the_library(void **state)
{
  Waves       advection = plain;
  const char *path;
  DscOptions  b, options;
  DscResult  *result;
  (void)state;

  advection.diffusion = 0.0;
  path                = write_waves(advection, 25, 40);
  b                   = base(path);
  options             = options_of(b, "library_derivative", "1", NULL);
  result              = run(PETSC_COMM_WORLD, options);
  for (PetscInt j = 0; j < result->nterms; j++) assert_int_equal(result->active[j], j == term(result, "u_x"));
  assert_int_equal(result->exact, 0);
  assert_true(result->coefficient_error >= 1.0);
  CALL(DscResultDestroy(&result));
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&b));
  remove_file(path);
}

/* {1, u} times {1, u_x, u_xx} are 6 terms. */
static void test_too_few_samples(void **state)
{
  const char *path    = write_waves(plain, 25, 40);
  DscOptions  b       = base(path);
  DscOptions  options = options_of(b, "data_sampling", "random", "data_samples", "6", NULL);
  (void)state;

  check_fails(options, PETSC_ERR_USER_INPUT, "6 training samples are too few for a library of 6 terms");
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&b));
  remove_file(path);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_every_constraint_finds_the_equation),
    cmocka_unit_test(test_loss_goes_on_when_refined),
    cmocka_unit_test(test_units_are_undone),
    cmocka_unit_test(test_origin_is_undone),
    cmocka_unit_test(test_truth_outside_the_library),
    cmocka_unit_test(test_too_few_samples),
};
TEST_MAIN(tests)
