/* The refit after a discovery: coefficients without the network's bias, error bars that cover, refusals. */
#include "method_testing.h"

#include "method/refit.h"

/* A small network and noise: its coefficients are a little off. */
static DscOptions noisy(const char *path, const char *refit)
{
  return options_of(NULL, "data_file", path, "data_noise", "0.05", "library_polynomial", "1", "library_derivative", "2",
                    "data_truth_terms", "u_x,u_xx", "data_truth_values", "-1,0.3", "approximator", "fourier",
                    "net_layers", "16,16", "train_iterations", "800", "optim_type", "soap", "refine_iterations", "0",
                    "spline_intervals", "8,12", "refit", refit, NULL);
}

static double largest_error(const DscResult *r)
{
  return PetscMax(fabs(r->coefficients[term(r, "u_x")] + 1.0), fabs(r->coefficients[term(r, "u_xx")] - 0.3) / 0.3);
}

static void test_errors_cover(PETSC_UNUSED void **state)
{
  const char *path   = write_waves((Waves){.diffusion = 0.3, .t = 1.0, .x = 1.0, .u = 1.0}, 25, 40);
  DscOptions  before = noisy(path, "none"), after = noisy(path, "spline");
  DscResult  *network = run(PETSC_COMM_WORLD, before), *refitted = run(PETSC_COMM_WORLD, after);

  assert_int_equal(network->exact, 1);
  assert_int_equal(refitted->exact, 1);
  assert_non_null(strstr(refitted->reason, "refitted"));
  assert_null(strstr(network->reason, "refit"));
  for (PetscInt j = 0; j < network->nterms; j++) { /* the terms stay; the others have no coefficient */
    assert_int_equal(network->active[j], refitted->active[j]);
    if (!network->active[j]) assert_true(refitted->coefficients[j] == 0.0 && refitted->std[j] == 0.0);
  }
  assert_true(fabs(refitted->coefficients[term(refitted, "u_x")] + 1.0) < 3.0 * refitted->std[term(refitted, "u_x")]);
  assert_true(fabs(refitted->coefficients[term(refitted, "u_xx")] - 0.3) < 3.0 * refitted->std[term(refitted, "u_xx")]);
  assert_true(largest_error(refitted) < largest_error(network));
  assert_true(fabs(refitted->coefficient_error - largest_error(refitted)) < 1e-12);
  CALL(DscResultDestroy(&network));
  CALL(DscResultDestroy(&refitted));
  CALL(DscOptionsDestroy(&before));
  CALL(DscOptionsDestroy(&after));
  remove_file(path);
}

/* All ranks have the same bits, and they are those of one rank. */
static void test_ranks(PETSC_UNUSED void **state)
{
  const char *path    = write_waves((Waves){.diffusion = 0.3, .t = 1.0, .x = 1.0, .u = 1.0}, 25, 40);
  DscOptions  options = noisy(path, "spline");
  DscResult  *all = run(PETSC_COMM_WORLD, options), *one = run(PETSC_COMM_SELF, options);

  for (PetscInt j = 0; j < all->nterms; j++) {
    assert_true(all->coefficients[j] == one->coefficients[j]);
    assert_true(all->std[j] == one->std[j]);
  }
  CALL(DscResultDestroy(&all));
  CALL(DscResultDestroy(&one));
  CALL(DscOptionsDestroy(&options));
  remove_file(path);
}

/* An equation that is not the data's: the network's coefficients stay, and the reason says why. */
static void test_left_out(PETSC_UNUSED void **state)
{
  const char *path   = write_waves((Waves){.diffusion = 0.3, .t = 1.0, .x = 1.0, .u = 1.0}, 25, 40);
  DscOptions options = options_of(NULL, "data_file", path, "data_noise", "0.05", "library_terms", "u_x", "approximator",
                                  "fourier", "net_layers", "16,16", "train_iterations", "400", "optim_type", "soap",
                                  "spline_intervals", "8,12", NULL);
  DscOptions refit   = options_of(options, "refit", "spline", NULL);
  DscResult *network = run(PETSC_COMM_WORLD, options), *refitted = run(PETSC_COMM_WORLD, refit);

  assert_true(network->active[term(network, "u_x")]);
  assert_non_null(strstr(refitted->reason, "left out"));
  for (PetscInt j = 0; j < network->nterms; j++) assert_true(network->coefficients[j] == refitted->coefficients[j]);
  CALL(DscResultDestroy(&network));
  CALL(DscResultDestroy(&refitted));
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&refit));
  remove_file(path);
}

static void test_refusals(PETSC_UNUSED void **state)
{
  DscOptions base = options_of(NULL, "data_source", "burgers", "refit", "spline", NULL), options;

  options = options_of(base, "data_distribution", "sharded", NULL);
  check_fails(options, PETSC_ERR_USER_INPUT, "needs all data on every rank");
  CALL(DscOptionsDestroy(&options));
  options = options_of(base, "approximator", "weak", NULL);
  check_fails(options, PETSC_ERR_USER_INPUT, "follows a network");
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&base));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_errors_cover),
    cmocka_unit_test(test_ranks),
    cmocka_unit_test(test_left_out),
    cmocka_unit_test(test_refusals),
};
TEST_MAIN(tests)
