/*
  Several experiments with one equation: the same bits on any number of ranks and in parts, one of them as ever, what
  belongs to each and what is common, what is refused.
*/
#include "run_in_parts.h"

#include "method/discover.h"

/* Burgers with two viscosities: sizes, noise and missing values of their own, test parts, panels of two experiments in one
   shard. */
static DscOptions two(void)
{
  return options_of(NULL, "data_source", "burgers", "experiments_burgers_nu", "0.1,0.3", "experiments_data_samples",
                    "150,90", "experiments_data_noise", "0.05,0.1", "data_sampling", "random", "data_missing", "skip",
                    "data_missing_fraction", "0.2", "data_test_fraction", "0.2", "net_layers", "8,8", "panel_lanes",
                    "16", "library_polynomial", "2", "library_derivative", "2", "train_iterations", "30",
                    "train_log_interval", "6", "mask_start", "8", "mask_interval", "12", "optim_type", "soap",
                    "stop_patience", "0", NULL);
}

static void same_bits(void **state)
{
  static const char *const constraints[] = {"sbl", "least_squares", "gradient"};
  static const PetscInt    stops[]       = {7, 18};
  const MPI_Comm           world[3]      = {PETSC_COMM_WORLD, PETSC_COMM_WORLD, PETSC_COMM_WORLD};
  DscOptions               base          = two();
  (void)state;

  for (int c = 0; c < 3; c++) {
    DscOptions options = options_of(base, "constraint", constraints[c], NULL);
    DscResult *whole = run_whole(PETSC_COMM_WORLD, options), *alone = run_whole(PETSC_COMM_SELF, options);
    DscResult *parts = run_in_parts(world, options, 2, stops);

    assert_same_result(whole, alone);
    assert_same_result(whole, parts);
    CALL(DscResultDestroy(&whole));
    CALL(DscResultDestroy(&alone));
    CALL(DscResultDestroy(&parts));
    CALL(DscOptionsDestroy(&options));
  }
  CALL(DscOptionsDestroy(&base));
}

/* Panels that do not fit into the memory are computed twice, with the parameters of their own experiment. */
static void little_memory(void **state)
{
  DscOptions base = two(), less = options_of(base, "train_memory_limit", "0", NULL);
  DscResult *a = run_whole(PETSC_COMM_SELF, base), *b = run_whole(PETSC_COMM_SELF, less);
  (void)state;

  assert_same_result(a, b);
  CALL(DscResultDestroy(&a));
  CALL(DscResultDestroy(&b));
  CALL(DscOptionsDestroy(&base));
  CALL(DscOptionsDestroy(&less));
}

/* A list of one is the run without it, but for the name of the key. */
static void one_is_as_ever(void **state)
{
  DscOptions one  = options_of(NULL, "data_source", "burgers", "experiments_burgers_nu", "0.2", "data_noise", "0.1",
                               "net_layers", "6", "train_iterations", "3", "library_derivative", "2", NULL);
  DscOptions ever = options_of(NULL, "data_source", "burgers", "burgers_nu", "0.2", "data_noise", "0.1", "net_layers",
                               "6", "train_iterations", "3", "library_derivative", "2", NULL);
  DscResult *a = run_whole(PETSC_COMM_SELF, one), *b = run_whole(PETSC_COMM_SELF, ever);
  (void)state;

  assert_same_result(a, b);
  assert_string_equal(a->left[0], "u_t");
  CALL(DscResultDestroy(&a));
  CALL(DscResultDestroy(&b));
  CALL(DscOptionsDestroy(&one));
  CALL(DscOptionsDestroy(&ever));
}

static double column(const DscTable *table, const char name[], PetscInt row)
{
  for (PetscInt c = 0; c < table->ncolumns; c++) {
    if (!strcmp(table->columns[c], name)) return table->values[row * table->ncolumns + c];
  }
  fail_msg("no column '%s'", name);
  return NAN;
}

/* The loss is that of the experiments one by one where nothing couples them. */
static void losses_add_up(void **state)
{
  static const char *const nu[] = {"0.1", "0.3"}, *const samples[] = {"96", "96"};
  double loss[3], sum                                              = 0.0, *gradient;
  (void)state;

  for (int i = 0; i < 3; i++) {
    DscOptions  base = two(), options;
    DscDiscover discover;
    DscTrain    train;
    Vec         theta;
    PetscInt    n;

    /* without noise and choices: the second's numbers do not depend on whether it is the second */
    CALL(DscOptionsCopyExperiment(base, i % 2, &options));
    CALL(DscOptionsDestroy(&base));
    base    = options;
    options = options_of(base, "data_noise", "0", "data_sampling", "regular", "data_samples", samples[i % 2],
                         "data_missing_fraction", "0", "data_test_fraction", "0", "constraint", "least_squares",
                         "mask_interval", "0", "burgers_nu", nu[i % 2], NULL);
    if (i == 2) {
      DscOptions both;

      CALL(DscOptionsDestroy(&base));
      base = options_of(NULL, "data_source", "burgers", "experiments_burgers_nu", "0.1,0.3", "data_sampling", "regular",
                        "data_samples", "96", "net_layers", "8,8", "panel_lanes", "16", "library_polynomial", "2",
                        "library_derivative", "2", NULL);
      both = options_of(base, "constraint", "least_squares", "mask_interval", "0", NULL);
      CALL(DscOptionsDestroy(&options));
      options = both;
    }
    CALL(DscDiscoverCreate(PETSC_COMM_SELF, options, &discover));
    CALL(DscDiscoverGetTrain(discover, &train));
    CALL(DscTrainGetParameters(train, &theta));
    CALL(VecGetSize(theta, &n));
    CALL(VecSet(theta, 0.3)); /* all experiments alike */
    CALL(PetscMalloc1(n, &gradient));
    CALL(DscTrainEvaluate(train, &loss[i], gradient));
    CALL(PetscFree(gradient));
    CALL(DscDiscoverDestroy(&discover));
    CALL(DscOptionsDestroy(&options));
    CALL(DscOptionsDestroy(&base));
    if (i < 2) sum += loss[i];
  }
  assert_true(fabs(loss[2] - sum) <= 1e-12 * fabs(sum));
  assert_true(fabs(loss[0] - loss[1]) > 1e-3 * fabs(sum));
}

/* Two viscosities are found, each its own, with the same terms; predictions are kept apart. */
static void found_together(void **state)
{
  DscOptions options = options_of(NULL, "data_source", "burgers", "experiments_burgers_nu", "0.1,0.2",
                                  "experiments_data_samples", "200,160", "data_sampling", "random", "data_noise",
                                  "0.05", "data_missing", "skip", "data_missing_fraction", "0.3", "net_layers",
                                  "16,16,16", "library_polynomial", "2", "library_derivative", "2", "train_iterations",
                                  "800", "optim_type", "soap", "precision", "single", "sbl_lambda", "0.5", NULL);
  DscResult *r       = run_whole(PETSC_COMM_WORLD, options);
  PetscInt   missing = 0, present[2] = {0, 0};
  double     squares[2] = {0.0, 0.0};
  (void)state;

  assert_int_equal(r->nleft, 2);
  assert_string_equal(r->left[0], "u_t[1]");
  assert_string_equal(r->left[1], "u_t[2]");
  assert_int_equal(r->exact, 1);
  assert_memory_equal(r->active, r->active + r->nterms, (size_t)r->nterms * sizeof(int));
  for (int e = 0; e < 2; e++) {
    const PetscInt i = e * r->nterms + term(r, "u_xx");

    assert_true(r->truth[i] == (e ? 0.2 : 0.1));
    assert_true(fabs(r->coefficients[i] - r->truth[i]) < 0.25 * r->truth[i]);
  }
  assert_int_equal(r->prediction.nrows, 360);
  for (PetscInt i = 0; i < 360; i++) {
    assert_true(column(&r->prediction, "experiment", i) == (i < 200 ? 1.0 : 2.0));
    assert_true(fabs(column(&r->prediction, "u_hat", i) - column(&r->prediction, "u_clean", i)) < 0.2);
    if (isnan(column(&r->prediction, "u", i))) {
      missing++;
      continue;
    }
    squares[i >= 200] += PetscSqr(column(&r->prediction, "u_hat", i) - column(&r->prediction, "u", i));
    present[i >= 200]++;
  }
  assert_true(missing > 70 && missing < 150);
  /* the errors are those of the values that are there, each experiment's by themselves; single precision */
  assert_true(fabs(r->mse - 0.5 * (squares[0] / present[0] + squares[1] / present[1])) < 1e-6 * r->mse);
  CALL(DscResultDestroy(&r));
  CALL(DscOptionsDestroy(&options));
}

/* Without a network: each experiment's coefficients are those that it gives alone with the terms of all. */
static void numerical_derivatives(void **state)
{
  static const char *const nu[] = {"0.1", "0.3"}, *const points[] = {"60", "41"};
  DscOptions base =
      options_of(NULL, "data_source", "burgers", "approximator", "finite_difference", "constraint", "least_squares",
                 "mask_threshold", "0.1", "library_polynomial", "2", "library_derivative", "3", NULL);
  DscOptions both =
      options_of(base, "experiments_burgers_nu", "0.1,0.3", "experiments_burgers_t_points", "60,41", NULL);
  DscOptions sbl   = options_of(both, "constraint", "sbl", NULL);
  DscOptions other = options_of(both, "estimator", "stlsq", NULL);
  DscResult *r = run(PETSC_COMM_WORLD, both), *group = run(PETSC_COMM_WORLD, sbl);
  DscResult *voted = run(PETSC_COMM_WORLD, other);
  (void)state;

  assert_int_equal(r->nleft, 2);
  assert_int_equal(r->exact, 1);
  for (int e = 0; e < 2; e++) {
    DscOptions one   = options_of(base, "burgers_nu", nu[e], "burgers_t_points", points[e], NULL);
    DscResult *alone = run(PETSC_COMM_SELF, one);

    assert_int_equal(alone->exact, 1);
    assert_memory_equal(r->coefficients + e * r->nterms, alone->coefficients, (size_t)r->nterms * sizeof(double));
    assert_memory_equal(r->std + e * r->nterms, alone->std, (size_t)r->nterms * sizeof(double));
    CALL(DscResultDestroy(&alone));
    CALL(DscOptionsDestroy(&one));
  }
  assert_memory_equal(group->active, group->active + r->nterms, (size_t)r->nterms * sizeof(int));
  assert_memory_equal(voted->active, voted->active + r->nterms, (size_t)r->nterms * sizeof(int));
  assert_int_equal(voted->exact, 1);
  CALL(DscResultDestroy(&voted));
  CALL(DscOptionsDestroy(&other));
  assert_memory_equal(group->alpha, group->alpha + r->nterms, (size_t)r->nterms * sizeof(double));
  assert_true(group->active[term(r, "u u_x")] && group->active[term(r, "u_xx")]);
  CALL(DscResultDestroy(&r));
  CALL(DscResultDestroy(&group));
  CALL(DscOptionsDestroy(&sbl));
  CALL(DscOptionsDestroy(&both));
  CALL(DscOptionsDestroy(&base));
}

static void refusals(void **state)
{
  DscOptions base = two();
  struct {
    const char *key, *value, *words;
  } rows[] = {{"data_distribution", "sharded", "2 experiments cannot be read in parts"},
              {"experiments_data_noise", "0.1", "1 values, but experiments_burgers_nu has 2"},
              {"experiments_train_iterations", "1,2", "is the same for all experiments"},
              {"burgers_nu", "0.2", "burgers_nu is given as well"},
              {"experiments_memory_limit", "1,2", "is one for all experiments"}};
  (void)state;

  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    DscOptions options = options_of(base, rows[i].key, rows[i].value, NULL);

    check_fails(options, PETSC_ERR_USER_INPUT, rows[i].words);
    CALL(DscOptionsDestroy(&options));
  }
  CALL(DscOptionsDestroy(&base));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(same_bits),     cmocka_unit_test(little_memory),  cmocka_unit_test(one_is_as_ever),
    cmocka_unit_test(losses_add_up), cmocka_unit_test(found_together), cmocka_unit_test(numerical_derivatives),
    cmocka_unit_test(refusals),
};
TEST_MAIN(tests)
