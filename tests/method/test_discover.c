/* Whole discoveries on clean data: u_t = -u_x + .1 u_xx is found, in any units, by every constraint. */
#include "method_testing.h"

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
  const char *path = write_waves((Units){1, 1, 1}, 25, 40);
  (void)state;

  check_discovery(path, "sbl");
  check_discovery(path, "least_squares");
  check_discovery(path, "ridge");
  check_discovery(path, "gradient");
  remove_file(path);
}

/* Powers of two: the scaled problem is the same to the last bit, and so is the training. */
static void test_units_are_undone(void **state)
{
  static const char *const terms[]  = {"1", "u_x", "u_xx", "u", "u u_x", "u u_xx"};
  static const int         fields[] = {0, 1, 1, 1, 2, 2}, orders[] = {0, 1, 2, 0, 1, 2};
  static const char *const constraints[] = {"sbl", "least_squares"};
  const Units              units         = {.t = 4, .x = 0.125, .u = 1024};
  (void)state;

  for (int c = 0; c < 2; c++) {
    DscResult *results[2];

    for (int k = 0; k < 2; k++) {
      const char *path    = write_waves(k == 0 ? (Units){1, 1, 1} : units, 15, 24);
      DscOptions  b       = base(path);
      DscOptions  options = options_of(b, "constraint", constraints[c], "train_iterations", "40", "mask_start", "20",
                                       "sbl_alpha_max", "1e12", "sbl_significance", "0", "mask_threshold", "0", NULL);

      results[k] = run(PETSC_COMM_WORLD, options);
      CALL(DscOptionsDestroy(&options));
      CALL(DscOptionsDestroy(&b));
      remove_file(path);
    }
    for (PetscInt j = 0; j < 6; j++) {
      const PetscInt i        = term(results[0], terms[j]);
      const double   factor   = units.u / units.t / (pow(units.u, fields[j]) / pow(units.x, orders[j]));
      const double   expected = factor * results[0]->coefficients[i];

      assert_true(results[0]->active[i] && results[0]->coefficients[i] != 0.0);
      assert_true(fabs(results[1]->coefficients[i] - expected) <= 1e-9 * fabs(expected));
      assert_true(fabs(results[1]->normalized[i] - results[0]->normalized[i]) <= 1e-9);
    }
    assert_true(fabs(results[1]->mse - PetscSqr(units.u) * results[0]->mse) <= 1e-9 * results[1]->mse);
    CALL(DscResultDestroy(&results[0]));
    CALL(DscResultDestroy(&results[1]));
  }
}

/* A true term that the library cannot express is a miss, not a success. */
static void test_truth_outside_the_library(void **state)
{
  const char *path    = write_waves((Units){1, 1, 1}, 15, 24);
  DscOptions  b       = base(path);
  DscOptions  options = options_of(b, "library_derivative", "1", "train_iterations", "5", NULL);
  DscResult  *result  = run(PETSC_COMM_WORLD, options);
  (void)state;

  assert_int_equal(result->exact, 0);
  assert_true(result->coefficient_error >= 1.0);
  CALL(DscResultDestroy(&result));
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&b));
  remove_file(path);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_every_constraint_finds_the_equation),
    cmocka_unit_test(test_units_are_undone),
    cmocka_unit_test(test_truth_outside_the_library),
};
TEST_MAIN(tests)
