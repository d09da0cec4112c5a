/* Equations of trajectories through their solutions: known systems, noise, the bits on ranks, refusals. */
#include "method_testing.h"

static DscOptions lorenz(const char *noise)
{
  return options_of(NULL, "method", "mechanistic", "data_source", "lorenz", "lorenz_t_max", "10", "lorenz_t_points",
                    "1001", "data_noise", noise, "library_polynomial", "2", "estimator", "greedy", NULL);
}

/* The coefficients of the clean data are those of the equation, to the layer's error. */
static void test_clean(PETSC_UNUSED void **state)
{
  DscOptions options = lorenz("0"), finer = options_of(options, "mechanistic_order", "5", NULL);
  DscResult *r = run(PETSC_COMM_WORLD, options), *fine = run(PETSC_COMM_WORLD, finer);

  assert_int_equal(r->status, DSC_RUN_DONE);
  assert_int_equal(r->exact, 1);
  assert_true(r->coefficient_error < 1e-3);
  assert_int_equal(fine->exact, 1);
  assert_true(fine->coefficient_error < 0.1 * r->coefficient_error);
  CALL(DscResultDestroy(&r));
  CALL(DscResultDestroy(&fine));
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&finer));
}

/* With noise: the terms, coefficients within four of their error bars, and these of the size of the noise. */
static void test_noise(PETSC_UNUSED void **state)
{
  double std[2];

  for (int k = 0; k < 2; k++) {
    DscOptions options = lorenz(k ? "0.02" : "0.005");
    DscResult *r       = run(PETSC_COMM_WORLD, options);

    assert_int_equal(r->exact, 1);
    for (PetscInt j = 0; j < r->nleft * r->nterms; j++) {
      if (r->truth[j] != 0.0) assert_true(fabs(r->coefficients[j] - r->truth[j]) < 4.0 * r->std[j]);
    }
    std[k] = r->std[term(r, "x")];
    CALL(DscResultDestroy(&r));
    CALL(DscOptionsDestroy(&options));
  }
  assert_true(std[1] / std[0] > 3.0 && std[1] / std[0] < 5.0);
}

static void test_ranks(PETSC_UNUSED void **state)
{
  DscOptions options = lorenz("0.01");
  DscResult *all = run(PETSC_COMM_WORLD, options), *one = run(PETSC_COMM_SELF, options);

  for (PetscInt j = 0; j < all->nleft * all->nterms; j++) {
    assert_true(all->coefficients[j] == one->coefficients[j]);
    assert_true(all->std[j] == one->std[j]);
  }
  CALL(DscResultDestroy(&all));
  CALL(DscResultDestroy(&one));
  CALL(DscOptionsDestroy(&options));
}

static void test_refusals(PETSC_UNUSED void **state)
{
  DscOptions base = options_of(NULL, "method", "mechanistic", "data_source", "lorenz", NULL), options;

  options = options_of(base, "data_source", "burgers", NULL);
  check_fails(options, PETSC_ERR_USER_INPUT, "systems in time alone");
  CALL(DscOptionsDestroy(&options));
  options = options_of(base, "mechanistic_window", "5000", NULL);
  check_fails(options, PETSC_ERR_USER_INPUT, "shorter than a window");
  CALL(DscOptionsDestroy(&options));
  options = options_of(base, "data_missing", "skip", "data_missing_fraction", "0.1", NULL);
  check_fails(options, PETSC_ERR_USER_INPUT, "needs every value");
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&base));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_clean),
    cmocka_unit_test(test_noise),
    cmocka_unit_test(test_ranks),
    cmocka_unit_test(test_refusals),
};
TEST_MAIN(tests)
