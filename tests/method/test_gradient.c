/* The total gradient, through network, jets, library and constraint, against central differences of the loss. */
#include "gradient_testing.h"

/* Two fields in two dimensions at scattered points: mixed derivatives, two left-hand sides, a last panel half full. */
static const char *write_two_fields(void)
{
  static char path[PETSC_MAX_PATH_LEN];
  FILE       *file;

  snprintf(path, sizeof(path), "/tmp/discern_two_fields_%ld.csv", (long)getpid());
  file = fopen(path, "w");
  assert_non_null(file);
  fprintf(file, "t,x,y,u,v\n");
  for (int i = 0; i < 90; i++) {
    double c[3];

    for (int k = 0; k < 3; k++) c[k] = 4.0 * DscRandomUniform(3, DSC_STREAM_TEST, (uint64_t)(3 * i + k));
    fprintf(file, "%.17g,%.17g,%.17g,%.17g,%.17g\n", c[0], c[1], c[2], 5.0 * sin(c[1] + c[2] - c[0]),
            cos(c[1] * c[2] / 4.0) * exp(-c[0] / 4.0));
  }
  fclose(file);
  return path;
}

static DscOptions two_fields(const char *path)
{
  return options_of(NULL, "data_file", path, "data_y", "y", "data_u", "u,v", "library_polynomial", "1",
                    "library_derivative", "2", "approximator", "mlp", "net_layers", "7,6", "panel_lanes", "16",
                    "sbl_tolerance", "1e-13", "sbl_max_iterations", "200000", NULL);
}

static DscOptions one_field(void)
{
  return options_of(NULL, "data_source", "kdv", "kdv_t_points", "9", "kdv_x_points", "10", "data_noise", "0.1",
                    "library_polynomial", "2", "library_derivative", "3", "approximator", "mlp", "net_layers", "7,6",
                    "panel_lanes", "16", "sbl_tolerance", "1e-13", "sbl_max_iterations", "200000", NULL);
}

static void check_constraint(DscOptions one, PetscInt nextra_one, DscOptions two, PetscInt nextra_two)
{
  check_gradient(one, nextra_one);
  check_gradient(two, nextra_two);
}

static void test_sbl(void **state)
{
  const char *path = write_two_fields();
  DscOptions  one = one_field(), two = two_fields(path);
  (void)state;

  check_constraint(options_of(one, "constraint", "sbl", "sbl_prior", "none", NULL), 0,
                   options_of(two, "constraint", "sbl", "sbl_prior", "none", NULL), 0);
  check_constraint(options_of(one, "constraint", "sbl", "sbl_prior", "fixed", "sbl_c", "45", "sbl_d", "30", NULL), 0,
                   options_of(two, "constraint", "sbl", "sbl_prior", "fixed", "sbl_c", "45", "sbl_d", "30", NULL), 0);
  CALL(DscOptionsDestroy(&one));
  CALL(DscOptionsDestroy(&two));
  remove(path);
}

static void test_least_squares_and_ridge(void **state)
{
  const char *path = write_two_fields();
  DscOptions  one = one_field(), two = two_fields(path);
  (void)state;

  /* mask_start 0: with the mask as it is found at these parameters */
  check_constraint(options_of(one, "constraint", "least_squares", "constraint_weight", "0.7", NULL), 0,
                   options_of(two, "constraint", "least_squares", "mask_start", "0", NULL), 0);
  check_constraint(options_of(one, "constraint", "ridge", "ridge_lambda", "0.3", "data_scale", "none", NULL), 0,
                   options_of(two, "constraint", "ridge", "ridge_lambda", "0.3", NULL), 0);
  CALL(DscOptionsDestroy(&one));
  CALL(DscOptionsDestroy(&two));
  remove(path);
}

static void test_trained_coefficients(void **state)
{
  const char *path = write_two_fields();
  DscOptions  one = one_field(), two = two_fields(path);
  (void)state;

  check_constraint(options_of(one, "constraint", "gradient", NULL), 12,
                   options_of(two, "constraint", "gradient", "constraint_l1", "0.05", NULL), 66);
  /* masked ones do not count, and nor do their norms */
  check_constraint(options_of(one, "constraint", "gradient", "mask_start", "0", "mask_threshold", "2", NULL), 12,
                   options_of(two, "constraint", "gradient", "constraint_l1", "0.05", "mask_start", "0", NULL), 66);
  CALL(DscOptionsDestroy(&one));
  CALL(DscOptionsDestroy(&two));
  remove(path);
}

/* Sets of two sizes that share alpha or a mask, a third of their values missing. */
static void test_experiments(void **state)
{
  static const char *const constraints[] = {"sbl", "least_squares", "ridge", "gradient"};
  DscOptions               one =
      options_of(NULL, "data_source", "kdv", "kdv_t_points", "9", "data_noise", "0.1", "experiments_kdv_x_points",
                 "10,7", "experiments_kdv_c", "5,2;3,1", "data_missing", "skip", "data_missing_fraction", "0.3",
                 "library_polynomial", "1", "library_derivative", "3", "approximator", "mlp", "net_layers", "5,4",
                 "panel_lanes", "16", "sbl_tolerance", "1e-13", "sbl_max_iterations", "200000", "sbl_prior", "fixed",
                 "sbl_c", "45", "sbl_d", "30", "mask_start", "0", NULL);
  (void)state;

  for (int c = 0; c < 4; c++) check_gradient(options_of(one, "constraint", constraints[c], NULL), c == 3 ? 16 : 0);
  CALL(DscOptionsDestroy(&one));
}

/* Coordinates are those of the panel, not of the one that came before it in the other direction. */
static void test_all_kinds_of_terms(void **state)
{
  const char *path = write_two_fields();
  DscOptions  two  = two_fields(path);
  (void)state;

  check_gradient(options_of(two, "library_terms",
                            "1, u, v u_xy, x u_x, u^2 v_yy, y^2, sin(0.3 u), t u cos(2 v)^2, sin(x), cos(u_x)",
                            "sbl_prior", "none", NULL),
                 0);
  check_gradient(options_of(two, "library_polynomial", "2", "library_derivative", "1", "library_trigonometric", "2",
                            "library_exclude", "1, u v, v", "constraint", "ridge", "ridge_lambda", "0.3", NULL),
                 0);
  CALL(DscOptionsDestroy(&two));
  remove(path);
}

static double *gradient_of(DscOptions options, PetscInt *n)
{
  DscDiscover discover;
  DscTrain    train;
  Vec         theta;
  double     *gradient, loss;

  CALL(DscDiscoverCreate(PETSC_COMM_SELF, options, &discover));
  CALL(DscDiscoverGetTrain(discover, &train));
  CALL(DscTrainGetParameters(train, &theta));
  CALL(VecGetSize(theta, n));
  CALL(PetscMalloc1(*n, &gradient));
  CALL(DscTrainEvaluate(train, &loss, gradient));
  CALL(DscDiscoverDestroy(&discover));
  CALL(DscOptionsDestroy(&options));
  return gradient;
}

/* The dynamic prior is the fixed one with c = N/2, d = |u - u^|^2 / lambda (in scaled units), held constant for the
   gradient. */
static void test_dynamic_prior(void **state)
{
  DscOptions base   = one_field();
  DscOptions one    = options_of(base, "train_iterations", "0", "data_scale", "none", NULL);
  DscResult *result = run(PETSC_COMM_SELF, one);
  char       d[32];
  double    *dynamic, *fixed;
  PetscInt   n;
  (void)state;

  snprintf(d, sizeof(d), "%.17g", 90.0 * result->mse / 0.25);
  dynamic = gradient_of(options_of(one, "sbl_prior", "dynamic", "sbl_lambda", "0.25", NULL), &n);
  fixed   = gradient_of(options_of(one, "sbl_prior", "fixed", "sbl_c", "45", "sbl_d", d, NULL), &n);
  for (PetscInt i = 0; i < n; i++) assert_true(fabs(dynamic[i] - fixed[i]) <= 1e-9 * (fabs(fixed[i]) + 1e-3));
  CALL(PetscFree(dynamic));
  CALL(PetscFree(fixed));
  CALL(DscResultDestroy(&result));
  CALL(DscOptionsDestroy(&one));
  CALL(DscOptionsDestroy(&base));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_sbl),
    cmocka_unit_test(test_least_squares_and_ridge),
    cmocka_unit_test(test_trained_coefficients),
    cmocka_unit_test(test_experiments),
    cmocka_unit_test(test_all_kinds_of_terms),
    cmocka_unit_test(test_dynamic_prior),
};
TEST_MAIN(tests)
