/* Bagging: the draws, inclusion, error bars. */
#include "regress/estimator_testing.h"
#include "regress/estimator.h"

enum { TERMS = 20 };
static const double truth[TERMS] = {[3] = -1.0, [6] = -3.0, [11] = 1.5};

/* The true terms are in all members, others in few; every estimator gives the truth. */
static void true_terms_are_in_all_members(void **state)
{
  const char *const *names, *const *help;
  PetscInt n;

  (void)state;
  CALL(DscEstimatorList(&n, &names, &help));
  for (PetscInt e = 0; e < n; e++) {
    Samples       s = samples_create(1000, TERMS, 900, 0.5, truth, 0.5);
    DscRegression r = answer_of(&s, 20, NULL, optionsOf("estimator", names[e], "ensemble_size", "20", NULL));

    for (PetscInt j = 0; j < TERMS; j++) {
      if (truth[j] != 0.0) assert_true(r.inclusion[j] > 0.99);
      if (truth[j] == 0.0) assert_true(r.inclusion[j] < 0.6);
      assert_int_equal(r.active[j], truth[j] != 0.0);
      if (truth[j] != 0.0) assert_close(r.coefficients[j], truth[j], 5.0 * r.std[j]);
    }
    assert_defined(&r);
    CALL(DscRegressionDestroy(&r));
    samples_destroy(&s);
  }
}

/* Members by hand: the blocks of the documented draws, each as often as drawn, through the estimator itself. */
static void members_are_the_documented_draws(void **state)
{
  const PetscInt B = 9, K = 6;
  const uint64_t seed = 5, stream = 3;
  Samples        s      = samples_create(120, TERMS, 910, 0.7, truth, 3.0);
  Blocks         k      = blocks_create(&s, K);
  DscEstimator   single = estimator_of(TERMS, seed, stream, optionsOf("estimator", "threshold", NULL)), bagged;
  DscRegression  r = regression_of(TERMS), member = regression_of(TERMS);
  double         count[TERMS] = {0.0};

  (void)state;
  bagged = estimator_of(TERMS, seed, stream,
                        optionsOf("estimator", "threshold", "ensemble_size", "9", "ensemble_threshold", "0.5", NULL));
  CALL(DscEstimatorSelect(bagged, &k.gram, NULL, &r));
  for (PetscInt m = 0; m < B; m++) {
    double G[TERMS * TERMS] = {0.0}, b[TERMS] = {0.0}, yy = 0.0, nsamples = 0.0;

    for (PetscInt d = 0; d < K; d++) {
      const double   u    = DscRandomUniform(seed, DSC_STREAM_ENSEMBLE, (stream << 40) + (uint64_t)(m * K + d));
      const PetscInt from = (PetscInt)(u * (double)K);

      for (PetscInt i = 0; i < TERMS * TERMS; i++) G[i] += k.G[from * TERMS * TERMS + i];
      for (PetscInt i = 0; i < TERMS; i++) b[i] += k.b[from * TERMS + i];
      yy += k.yy[from];
      nsamples += k.nsamples[from];
    }
    CALL(DscEstimatorSelect(
        single, &(DscGramBlocks){.nblocks = 1, .nterms = TERMS, .nsamples = &nsamples, .G = G, .b = b, .yy = &yy}, NULL,
        &member));
    for (PetscInt j = 0; j < TERMS; j++) count[j] += member.active[j] ? 1.0 : 0.0;
  }
  for (PetscInt j = 0; j < TERMS; j++) {
    assert_close(r.inclusion[j], count[j] / (double)B, 1e-15);
    assert_int_equal(r.active[j], count[j] >= 5.0); /* .5 of 9 */
  }
  assert_true(count_active(&r) > 0 && count_active(&r) < TERMS);
  CALL(DscEstimatorDestroy(&single));
  CALL(DscEstimatorDestroy(&bagged));
  CALL(DscRegressionDestroy(&r));
  CALL(DscRegressionDestroy(&member));
  blocks_destroy(&k);
  samples_destroy(&s);
}

static DscRegression answer_with(const Samples *s, uint64_t seed, uint64_t stream)
{
  DscEstimator  e = estimator_of(TERMS, seed, stream, optionsOf("estimator", "lasso", "ensemble_size", "10", NULL));
  Blocks        k = blocks_create(s, 20);
  DscRegression r = regression_of(TERMS);

  CALL(DscEstimatorSelect(e, &k.gram, NULL, &r));
  CALL(DscEstimatorDestroy(&e));
  blocks_destroy(&k);
  return r;
}

static PetscBool inclusion_differs(const DscRegression *a, const DscRegression *b)
{
  return memcmp(a->inclusion, b->inclusion, TERMS * sizeof(double)) != 0 ? PETSC_TRUE : PETSC_FALSE;
}

static void draws_are_of_seed_and_stream(void **state)
{
  Samples       s     = samples_create(300, TERMS, 920, 0.8, truth, 4.0);
  DscRegression first = answer_with(&s, 1, 0), again = answer_with(&s, 1, 0), seed = answer_with(&s, 2, 0),
                stream = answer_with(&s, 1, 1);

  (void)state;
  assert_same_bits(&first, &again);
  assert_true(inclusion_differs(&first, &seed));
  assert_true(inclusion_differs(&first, &stream));
  CALL(DscRegressionDestroy(&first));
  CALL(DscRegressionDestroy(&again));
  CALL(DscRegressionDestroy(&seed));
  CALL(DscRegressionDestroy(&stream));
  samples_destroy(&s);
}

/* A coefficient that differs from block to block by .1: its mean over 20 blocks is known to .1/sqrt(20) = .022, of which
   the residual, hardly any, knows nothing. Members disagree by just that; covariances keep their correlations. */
static void members_that_disagree_widen_the_bars(void **state)
{
  Samples       s = samples_create(4000, 2, 930, 0.5, NULL, 0.01);
  DscRegression plain, bagged;

  (void)state;
  for (PetscInt n = 0; n < s.N; n++) {
    s.y[n] += (1.0 + 0.1 * normal_number(931, block_of(&s, 20, n))) * s.theta[n] + s.theta[s.N + n];
  }
  samples_sum(&s);
  plain  = answer_of(&s, 20, NULL, optionsOf("estimator", "threshold", NULL));
  bagged = answer_of(&s, 20, NULL, optionsOf("estimator", "threshold", "ensemble_size", "200", NULL));
  assert_true(plain.std[0] < 0.005);
  assert_true(bagged.std[0] > 0.015 && bagged.std[0] < 0.03);
  assert_close(sqrt(bagged.covariance[0]), bagged.std[0], 1e-12);
  assert_close(bagged.covariance[1] / bagged.std[0] / bagged.std[1], plain.covariance[1] / plain.std[0] / plain.std[1],
               1e-9);
  assert_memory_equal(plain.coefficients, bagged.coefficients, 2 * sizeof(double));
  CALL(DscRegressionDestroy(&plain));
  CALL(DscRegressionDestroy(&bagged));
  samples_destroy(&s);
}

/* With 1 only terms of all members are active, with 0 those of any. */
static void threshold_bounds(void **state)
{
  Samples       s = samples_create(300, TERMS, 940, 0.8, truth, 4.0);
  DscRegression all, any;
  PetscInt      sometimes = 0;

  (void)state;
  all = answer_of(&s, 20, NULL,
                  optionsOf("estimator", "threshold", "ensemble_size", "10", "ensemble_threshold", "1", NULL));
  any = answer_of(&s, 20, NULL,
                  optionsOf("estimator", "threshold", "ensemble_size", "10", "ensemble_threshold", "0", NULL));
  for (PetscInt j = 0; j < TERMS; j++) {
    assert_int_equal(all.active[j], all.inclusion[j] == 1.0);
    assert_int_equal(any.active[j], any.inclusion[j] > 0.0);
    sometimes += any.inclusion[j] > 0.0 && any.inclusion[j] < 1.0 ? 1 : 0;
  }
  assert_true(sometimes > 0);
  CALL(DscRegressionDestroy(&all));
  CALL(DscRegressionDestroy(&any));
  samples_destroy(&s);
}

/* A single block: every member is the whole. */
static void one_block_has_one_member(void **state)
{
  Samples       s = samples_create(300, TERMS, 950, 0.5, truth, 1.0);
  DscRegression plain, bagged;

  (void)state;
  plain  = answer_of(&s, 1, NULL, optionsOf("estimator", "threshold", NULL));
  bagged = answer_of(&s, 1, NULL, optionsOf("estimator", "threshold", "ensemble_size", "5", NULL));
  assert_same_terms(&plain, &bagged);
  for (PetscInt j = 0; j < TERMS; j++) assert_true(bagged.inclusion[j] == (plain.active[j] ? 1.0 : 0.0));
  assert_memory_equal(plain.std, bagged.std, TERMS * sizeof(double));
  CALL(DscRegressionDestroy(&plain));
  CALL(DscRegressionDestroy(&bagged));
  samples_destroy(&s);
}

static int set_up(void **state)
{
  (void)state;
  return DscRegressRegisterOptions() ? 1 : 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(true_terms_are_in_all_members, set_up),
    cmocka_unit_test(members_are_the_documented_draws),
    cmocka_unit_test(draws_are_of_seed_and_stream),
    cmocka_unit_test(members_that_disagree_widen_the_bars),
    cmocka_unit_test(threshold_bounds),
    cmocka_unit_test(one_block_has_one_member),
};

TEST_MAIN(tests)
