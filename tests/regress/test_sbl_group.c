/*
  SBL over several experiments: the fixed point and the stationarity of the summed evidence, one experiment as before,
  what is shared and what is not, experiments without a say.
*/
#include "regress/regress_testing.h"

#define K 3
#define M 5

static const DscSBLSettings exact = {
    .a = 1e-6, .b = 1e-6, .alpha_max = 1e4, .tolerance = 1e-13, .max_iterations = 200000};

typedef struct {
  Samples        samples[K];
  DscGram        grams[K];
  DscSBLSettings settings[K];
  DscRegression  results[K], *pointers[K];
  DscSBL         sbl;
} Group;

static Group group_create(PetscInt n, const double xi[K][M], const double noise[K])
{
  Group g = {.sbl = NULL};

  for (PetscInt k = 0; k < n; k++) {
    g.samples[k]  = samples_create(100 + 50 * k, M, (uint64_t)(7 + k), 0.3, xi[k], noise[k]);
    g.grams[k]    = g.samples[k].gram;
    g.settings[k] = exact;
    g.results[k]  = regression_of(M);
  }
  CALL(DscSBLCreateGroup(M, n, &g.sbl));
  return g;
}

static void group_solve(Group *g)
{
  for (PetscInt k = 0; k < K; k++) g->pointers[k] = &g->results[k];
  CALL(DscSBLSolveGroup(g->sbl, g->grams, g->settings, g->pointers));
}

static void group_destroy(PetscInt n, Group *g)
{
  for (PetscInt k = 0; k < n; k++) {
    samples_destroy(&g->samples[k]);
    CALL(DscRegressionDestroy(&g->results[k]));
  }
  CALL(DscSBLDestroy(&g->sbl));
}

/* u_xx-like terms of three sizes, one that only the last experiment has, and three that none has. */
static const double xi[K][M] = {{0.05, 0.0, -1.0, 0.0, 0.0}, {0.1, 0.0, -2.0, 0.0, 0.0}, {0.4, 0.0, -1.5, 0.0, 0.0}};
static const double noise[K] = {0.1, 0.3, 0.6};

/* ln p(y | alpha, beta) of one experiment on its samples, from C = 1/beta + sum_j theta_j theta_j' / alpha_j: nothing in
   common with the solver's formulas but the definition (paper 000, eq. 8). alpha is of normalised columns. */
static double evidence_of(const Samples *s, const double alpha[], double beta)
{
  const PetscInt N = s->N;
  double        *C = calloc((size_t)(N * N), sizeof(double)), sum = 0.0;

  for (PetscInt i = 0; i < N; i++) {
    for (PetscInt l = 0; l < N; l++) {
      for (PetscInt j = 0; j < M; j++) {
        const double physical = alpha[j] * s->G[j * M + j] / s->gram.yy;
        C[i * N + l] += s->theta[j * N + i] * s->theta[j * N + l] / physical;
      }
      if (i == l) C[i * N + l] += 1.0 / beta;
    }
  }
  sum -= invert(N, C) + (double)N * log(2.0 * PETSC_PI);
  for (PetscInt i = 0; i < N; i++)
    for (PetscInt l = 0; l < N; l++) sum -= s->y[i] * C[i * N + l] * s->y[l];
  free(C);
  return 0.5 * sum;
}

static double posterior_of(const Group *g, const double alpha[], const double beta[])
{
  double sum = 0.0;

  for (PetscInt k = 0; k < K; k++) sum += evidence_of(&g->samples[k], alpha, beta[k]);
  for (PetscInt j = 0; j < M; j++) sum += exact.a * log(alpha[j]) - exact.b * alpha[j];
  return sum;
}

static void shared_alpha_is_stationary(void **state)
{
  Group  g = group_create(K, xi, noise);
  double alpha[M], beta[K];

  (void)state;
  group_solve(&g);
  for (PetscInt j = 0; j < M; j++) alpha[j] = g.results[0].alpha[j];
  for (PetscInt k = 0; k < K; k++) {
    assert_defined(&g.results[k]);
    assert_true(g.results[k].converged);
    assert_memory_equal(g.results[k].alpha, alpha, sizeof(alpha));
    assert_memory_equal(g.results[k].active, g.results[0].active, M * sizeof(PetscBool));
    beta[k] = g.results[k].noise_precision;
    assert_close(g.results[k].log_evidence, evidence_of(&g.samples[k], alpha, beta[k]), 1e-6);
    assert_close(beta[k] * PetscSqr(noise[k]), 1.0, 0.4);
    for (PetscInt j = 0; j < M; j++)
      assert_close(g.results[k].coefficients[j], xi[k][j], 5.0 * g.results[k].std[j] + 1e-3);
  }
  for (PetscInt j = 0; j < M; j++) assert_int_equal(g.results[0].active[j], xi[0][j] != 0.0);
  /* d/d ln alpha_j and d/d ln beta_k of the whole are 0, those of an experiment alone are not */
  for (PetscInt j = 0; j < 3; j += 2) {
    const double value = alpha[j], h = 1e-3;
    double       up[2], one[2];

    for (int side = 0; side < 2; side++) {
      alpha[j]  = value * exp(side ? h : -h);
      up[side]  = posterior_of(&g, alpha, beta);
      one[side] = evidence_of(&g.samples[0], alpha, beta[0]);
    }
    alpha[j] = value;
    assert_close((up[1] - up[0]) / (2.0 * h), 0.0, 1e-5);
    assert_true(fabs(one[1] - one[0]) / (2.0 * h) > 1e-3);
  }
  for (PetscInt k = 0; k < K; k++) {
    const double value = beta[k], h = 1e-3;
    double       up[2];

    for (int side = 0; side < 2; side++) {
      beta[k]  = value * exp(side ? h : -h);
      up[side] = posterior_of(&g, alpha, beta);
    }
    beta[k] = value;
    assert_close((up[1] - up[0]) / (2.0 * h), 0.0, 1e-3);
  }
  group_destroy(K, &g);
}

static void one_experiment_is_the_single_solver(void **state)
{
  Group         g      = group_create(1, xi, noise);
  DscRegression single = regression_of(M);
  DscSBL        sbl;

  (void)state;
  g.pointers[0] = &g.results[0];
  CALL(DscSBLCreate(M, &sbl));
  for (int solve = 0; solve < 2; solve++) { /* cold, then warm */
    CALL(DscSBLSolve(sbl, &g.grams[0], &exact, &single));
    CALL(DscSBLSolveGroup(g.sbl, g.grams, g.settings, g.pointers));
    assert_memory_equal(single.coefficients, g.results[0].coefficients, M * sizeof(double));
    assert_memory_equal(single.covariance, g.results[0].covariance, M * M * sizeof(double));
    assert_memory_equal(single.alpha, g.results[0].alpha, M * sizeof(double));
    assert_memory_equal(single.active, g.results[0].active, M * sizeof(PetscBool));
    assert_true(single.noise_precision == g.results[0].noise_precision);
    assert_true(single.log_evidence == g.results[0].log_evidence);
    assert_true(single.residual == g.results[0].residual && single.iterations == g.results[0].iterations);
  }
  CALL(DscSBLDestroy(&sbl));
  CALL(DscRegressionDestroy(&single));
  group_destroy(1, &g);
}

/* Twice the same experiment: the same coefficients from each as from one, alpha from both; weak evidence adds up. */
static void weak_evidence_adds_up(void **state)
{
  static const double weak[K][M] = {{0.0, 0.3, 0.0, 0.0, 0.0}, {0.0, 0.3, 0.0, 0.0, 0.0}, {0.0, 0.3, 0.0, 0.0, 0.0}};
  static const double loud[K]    = {1.0, 1.0, 1.0};
  Group               g          = group_create(K, weak, loud);
  DscRegression       single     = regression_of(M);
  DscSBL              sbl;

  (void)state;
  for (PetscInt k = 0; k < K; k++) g.settings[k].significance = 5.0;
  group_solve(&g);
  assert_true(g.results[0].active[1] && !g.results[0].active[0] && !g.results[0].active[4]);
  CALL(DscSBLCreate(M, &sbl));
  CALL(DscSBLSolve(sbl, &g.grams[0], &g.settings[0], &single));
  assert_false(single.active[1]);
  CALL(DscSBLDestroy(&sbl));
  CALL(DscRegressionDestroy(&single));
  group_destroy(K, &g);
}

/* y = 0 in one experiment, a column that is 0 in another: the others are what they would be without them. */
static void nothing_to_say(void **state)
{
  Group         g      = group_create(K, xi, noise);
  DscRegression single = regression_of(M);
  DscSBL        sbl;

  (void)state;
  for (PetscInt k = 1; k < K; k++) {
    for (PetscInt n = 0; n < g.samples[k].N; n++) {
      g.samples[k].theta[n] = 0.0;
      if (k == 2) g.samples[k].y[n] = 0.0;
    }
    samples_sum(&g.samples[k]);
    g.grams[k] = g.samples[k].gram;
  }
  group_solve(&g);
  for (PetscInt k = 0; k < K; k++) assert_defined(&g.results[k]);
  assert_true(g.results[0].active[0]);
  assert_true(g.results[1].coefficients[0] == 0.0 && g.results[1].std[0] == 0.0);
  for (PetscInt j = 0; j < M; j++) assert_true(g.results[2].coefficients[j] == 0.0 && !g.results[2].active[j]);
  /* alpha of a column that only one experiment has is that of the experiment alone, up to its other terms */
  CALL(DscSBLCreate(M, &sbl));
  CALL(DscSBLSolve(sbl, &g.grams[0], &exact, &single));
  assert_close(g.results[0].alpha[0] / single.alpha[0], 1.0, 0.05);
  CALL(DscSBLDestroy(&sbl));
  CALL(DscRegressionDestroy(&single));
  group_destroy(K, &g);
}

static void threshold_of_a_group(void **state)
{
  DscRegression r[2] = {regression_of(3), regression_of(3)};
  PetscBool     mask[3];

  (void)state;
  r[0].normalized[0] = 0.2; /* rms .141 */
  r[0].normalized[1] = 0.12;
  r[1].normalized[1] = -0.05; /* rms .092 */
  CALL(DscThresholdGroup(2, r, 1, 0.1, mask));
  assert_true(mask[0] && !mask[1] && !mask[2]);
  CALL(DscThresholdGroup(1, r, 1, 0.12, mask));
  assert_true(mask[0] && mask[1] && !mask[2]);
  for (int k = 0; k < 2; k++) CALL(DscRegressionDestroy(&r[k]));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(shared_alpha_is_stationary), cmocka_unit_test(one_experiment_is_the_single_solver),
    cmocka_unit_test(weak_evidence_adds_up),      cmocka_unit_test(nothing_to_say),
    cmocka_unit_test(threshold_of_a_group),
};

TEST_MAIN(tests)
