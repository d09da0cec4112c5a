/* What is particular to stlsq, sr3, greedy, adaptive_lasso and sbl. */
#include "regress/estimator_testing.h"
#include "regress/lasso.h"
#include "regress/sr3.h"

enum { M = 8 };
static const double truth[M] = {1.0, 0.0, -0.5, 0.0, 0.2, 0.0, 0.0, 0.8};

static void fill(Samples *s, PetscInt column, double factor)
{
  for (PetscInt n = 0; n < s->N; n++) s->theta[column * s->N + n] *= factor;
  samples_sum(s);
}

/* ---- stlsq ---- */

/* A fixed point: what stays is above the threshold, by the ridge of its own terms. */
static void stlsq_is_a_fixed_point(void **state)
{
  (void)state;
  for (uint64_t seed = 0; seed < 10; seed++) {
    Samples       s = samples_create(100, M, 700 + seed, 0.8, truth, 0.6);
    DscRegression r =
        answer_of(&s, 1, NULL, optionsOf("estimator", "stlsq", "stlsq_alpha", "0.1", "stlsq_threshold", "0.15", NULL));
    DscRegression ridge = regression_of(M), all = regression_of(M);
    PetscInt      cut_later = 0;

    CALL(DscRidge(&s.gram, r.active, 0.1, &ridge));
    CALL(DscRidge(&s.gram, NULL, 0.1, &all));
    for (PetscInt j = 0; j < M; j++) {
      if (r.active[j]) assert_true(fabs(ridge.normalized[j]) >= 0.15);
      if (fabs(all.normalized[j]) < 0.15) assert_false(r.active[j]);
      cut_later += !r.active[j] && fabs(all.normalized[j]) >= 0.15 ? 1 : 0;
    }
    assert_true(count_active(&r) > 0);
    CALL(DscRegressionDestroy(&r));
    CALL(DscRegressionDestroy(&ridge));
    CALL(DscRegressionDestroy(&all));
    samples_destroy(&s);
  }
}

/* A coefficient of 1 of a column of 1e-3: physically large, normalised small. */
static void stlsq_threshold_has_units(void **state)
{
  Samples       s = samples_create(400, M, 711, 0.0, truth, 0.1);
  DscRegression physical, normalized;

  (void)state;
  fill(&s, 4, 0.01); /* now 20 physically, .14 normalised */
  normalized = answer_of(&s, 1, NULL, optionsOf("estimator", "stlsq", "stlsq_threshold", "0.3", NULL));
  physical   = answer_of(&s, 1, NULL,
                         optionsOf("estimator", "stlsq", "stlsq_threshold", "0.9", "stlsq_units", "physical", NULL));
  assert_false(normalized.active[4]);
  assert_true(normalized.active[0] && normalized.active[2] && normalized.active[7]);
  assert_true(physical.active[4] && physical.active[0]);
  assert_false(physical.active[2] || physical.active[7]);
  CALL(DscRegressionDestroy(&physical));
  CALL(DscRegressionDestroy(&normalized));
  samples_destroy(&s);
}

/* ---- sr3 ---- */

static double sr3_objective(const DscNormalized *p, double nu, double threshold, const double w[], const double u[])
{
  double F = 0.5;

  for (PetscInt i = 0; i < M; i++) {
    F +=
        w[i] * -p->c[i] + PetscSqr(w[i] - u[i]) / (2.0 * nu) + (u[i] != 0.0 ? threshold * threshold / (2.0 * nu) : 0.0);
    for (PetscInt j = 0; j < M; j++) F += 0.5 * w[i] * p->C[i * M + j] * w[j];
  }
  return F;
}

/* F falls with every step, from a random start too, to a point where each variable is at its minimum. */
static void sr3_objective_falls(void **state)
{
  const double nus[] = {0.1, 1.0, 10.0};

  (void)state;
  for (uint64_t seed = 0; seed < 12; seed++) {
    const double  nu = nus[seed % 3], threshold = 0.2;
    Samples       s = samples_create(100, M, 720 + seed, 0.8, truth, 0.6);
    double        u[M], w[M], before = INFINITY, change = 1.0;
    DscNormalized problem;
    PetscBool     allowed[M];
    DscSR3        sr3;

    for (PetscInt j = 0; j < M; j++) allowed[j] = PETSC_TRUE;
    for (PetscInt j = 0; j < M; j++) u[j] = seed % 2 ? normal_number(seed, j) : 0.0;
    CALL(DscNormalizedCreate(M, &problem));
    CALL(DscNormalizedSet(&problem, &s.gram));
    CALL(DscSR3Create(M, nu, threshold, &sr3));
    CALL(DscSR3SetProblem(&sr3, &problem, allowed));
    for (int it = 0; it < 5000 && change > 1e-12; it++) {
      double F;

      CALL(DscSR3Step(&sr3, u, w, &change));
      F = sr3_objective(&problem, nu, threshold, w, u);
      assert_true(F <= before + 1e-14);
      before = F;
    }
    assert_true(change <= 1e-12);
    for (PetscInt i = 0; i < M; i++) {
      double gradient = -problem.c[i] + (w[i] - u[i]) / nu;

      for (PetscInt j = 0; j < M; j++) gradient += problem.C[i * M + j] * w[j];
      assert_close(gradient, 0.0, 1e-10);
      assert_true(u[i] == (fabs(w[i]) >= threshold ? w[i] : 0.0));
    }
    CALL(DscSR3Destroy(&sr3));
    CALL(DscNormalizedDestroy(&problem));
    samples_destroy(&s);
  }
}

static void sr3_limit_is_reported(void **state)
{
  Samples       s = samples_create(100, M, 740, 0.9, truth, 0.6);
  DscRegression one, many;

  (void)state;
  one  = answer_of(&s, 1, NULL, optionsOf("estimator", "sr3", "sr3_max_iterations", "1", NULL));
  many = answer_of(&s, 1, NULL, optionsOf("estimator", "sr3", NULL));
  assert_false(one.converged);
  assert_true(many.converged);
  assert_defined(&one);
  CALL(DscRegressionDestroy(&one));
  CALL(DscRegressionDestroy(&many));
  samples_destroy(&s);
}

/* ---- greedy ---- */

/* The criteria in full, of least squares on the samples. */
static double criterion_of(const Samples *s, const DscRegression *r, PetscBool evidence)
{
  const double p = count_active(r), n = s->N, S = samples_residual(s, r->coefficients) / s->gram.yy;
  const double g = fmax(n, (double)(s->M * s->M));

  return evidence ? n * log(1.0 + g * S) + p * log(1.0 + g) : n * log(S) + p * log(n);
}

/* Among all 256 sets of terms there is none better, but for a rare local minimum of the search (1 of 300 such draws). */
static void greedy_finds_the_best_set(void **state)
{
  PetscInt not_the_truth = 0, best = 0;

  (void)state;
  for (uint64_t seed = 0; seed < 60; seed++) {
    const PetscBool evidence = seed % 2 ? PETSC_TRUE : PETSC_FALSE;
    Samples         s        = samples_create(seed % 3 ? 40 : 300, M, 750 + seed, 0.8, truth, 0.7);
    DscRegression   r        = answer_of(
                 &s, 1, NULL, optionsOf("estimator", "greedy", "greedy_criterion", evidence ? "evidence" : "bic", NULL));
    DscRegression other = regression_of(M);
    const double  found = criterion_of(&s, &r, evidence);
    double        least = found;

    for (unsigned set = 0; set < 1u << M; set++) {
      PetscBool mask[M];

      for (PetscInt j = 0; j < M; j++) mask[j] = set >> j & 1u ? PETSC_TRUE : PETSC_FALSE;
      CALL(DscLeastSquares(&s.gram, mask, &other));
      least = fmin(least, criterion_of(&s, &other, evidence));
    }
    best += found <= least + 1e-8 ? 1 : 0;
    for (PetscInt j = 0; j < M; j++) not_the_truth += r.active[j] != (truth[j] != 0.0) ? 1 : 0;
    assert_true(r.converged);
    CALL(DscRegressionDestroy(&r));
    CALL(DscRegressionDestroy(&other));
    samples_destroy(&s);
  }
  assert_true(best >= 58);
  assert_true(not_the_truth > 0); /* the problems are hard enough for sets to differ */
}

/* y = theta_3 + noise, and theta_3 is nearly the sum of three others: elimination drops it first, whose share is only the
   small rest, and keeps the three. The search finds the one. */
static void greedy_finds_a_term_for_three(void **state)
{
  (void)state;
  for (uint64_t seed = 0; seed < 20; seed++) {
    Samples       s = samples_create(300, M, 830 + seed, 0.0, NULL, 0.5);
    DscRegression r, one = regression_of(M);
    PetscBool     mask[M] = {[3] = PETSC_TRUE};

    for (PetscInt n = 0; n < s.N; n++) {
      s.theta[3 * s.N + n] = 0.05 * s.theta[3 * s.N + n] + s.theta[n] + s.theta[s.N + n] + s.theta[2 * s.N + n];
      s.y[n] += s.theta[3 * s.N + n];
    }
    samples_sum(&s);
    r = answer_of(&s, 1, NULL, optionsOf("estimator", "greedy", NULL));
    CALL(DscLeastSquares(&s.gram, mask, &one));
    assert_true(criterion_of(&s, &r, PETSC_TRUE) <= criterion_of(&s, &one, PETSC_TRUE) + 1e-8);
    CALL(DscRegressionDestroy(&r));
    CALL(DscRegressionDestroy(&one));
    samples_destroy(&s);
  }
}

/* Without noise the residual is rounding; it must not pay for further terms. With less than the terms' samples the
   evidence prefers no terms to as many as there are samples. */
static void greedy_does_not_fit_rounding(void **state)
{
  static const char *const criteria[] = {"evidence", "bic"};

  (void)state;
  for (uint64_t seed = 0; seed < 20; seed++) {
    const char *criterion = criteria[seed % 2];
    Samples     s         = samples_create(1000, M, 780 + seed, 0.9, truth, 0.0),
            few           = samples_create(5, M, 780 + seed, 0.0, NULL, 1.0);
    DscRegression r = answer_of(&s, 1, NULL, optionsOf("estimator", "greedy", "greedy_criterion", criterion, NULL));

    for (PetscInt j = 0; j < M; j++) assert_int_equal(r.active[j], truth[j] != 0.0);
    CALL(DscRegressionDestroy(&r));
    r = answer_of(&few, 1, NULL, optionsOf("estimator", "greedy", "greedy_criterion", criterion, NULL));
    assert_true(count_active(&r) < 5);
    CALL(DscRegressionDestroy(&r));
    samples_destroy(&s);
    samples_destroy(&few);
  }
}

/* ---- adaptive_lasso ---- */

/* With weights the penalty is w_j / v_j of a plain lasso on columns scaled by |xi~_j|^gamma: here the plain lasso is
   given those columns. */
static void check_adaptive_lasso(uint64_t seed)
{
  Samples       s     = samples_create(80, M, seed, 0.5, truth, 2.0);
  Blocks        k     = blocks_create(&s, 10);
  DscRegression first = regression_of(M), r;
  DscEstimator  e     = estimator_of(
           M, 1, 0, optionsOf("estimator", "adaptive_lasso", "adaptive_lasso_gamma", "3", "mask_threshold", "0", NULL));
  DscOptions    options = optionsOf("estimator", "lasso", NULL);
  double        one[M], w[M], C[M * M], c[M];
  const double *penalties, *errors;
  double        penalty;
  PetscBool     converged = PETSC_TRUE;
  DscLasso      lasso;
  PetscInt      n;

  CALL(DscLeastSquares(&s.gram, NULL, &first));
  CALL(DscEstimatorSelect(e, &k.gram, NULL, &first));
  CALL(DscLassoCreate(e, options, &lasso));
  r = regression_of(M);
  CALL(DscLeastSquares(&s.gram, NULL, &r));
  for (PetscInt j = 0; j < M; j++) one[j] = pow(fabs(r.normalized[j]), -3.0);
  CALL(DscLassoCrossValidate(lasso, e, &k.gram, one, w, &penalty, &converged));
  CALL(DscLassoGetPath(lasso, &n, &penalties, &errors));
  for (PetscInt j = 0; j < M; j++) assert_int_equal(first.active[j], w[j] != 0.0);
  for (PetscInt i = 0; i < M; i++) { /* v = w / scale solves the plain lasso of scale C scale, scale c */
    c[i] = e->work->problem.c[i] / one[i];
    for (PetscInt j = 0; j < M; j++) C[i * M + j] = e->work->problem.C[i * M + j] / one[i] / one[j];
  }
  for (PetscInt i = 0; i < M; i++) {
    double g = c[i];

    for (PetscInt j = 0; j < M; j++) g -= C[i * M + j] * (w[j] * one[j]);
    if (w[i] != 0.0) assert_close(g, copysign(penalty, w[i]), 1e-7);
    if (w[i] == 0.0) assert_true(fabs(g) <= penalty + 1e-7);
  }
  CALL(DscLassoDestroy(&lasso));
  CALL(DscOptionsDestroy(&options));
  CALL(DscEstimatorDestroy(&e));
  CALL(DscRegressionDestroy(&first));
  CALL(DscRegressionDestroy(&r));
  blocks_destroy(&k);
  samples_destroy(&s);
}

static void adaptive_lasso_is_the_lasso_of_scaled_columns(void **state)
{
  (void)state;
  for (uint64_t seed = 810; seed < 820; seed++) check_adaptive_lasso(seed);
}

/* ---- sbl ---- */

/* The terms that DscSBLSolve finds; their posterior for its alpha and beta where the others are 0. */
static void sbl_is_the_posterior_of_its_terms(void **state)
{
  Samples        s        = samples_create(300, M, 820, 0.6, truth, 0.5);
  DscRegression  expected = regression_of(M), r = answer_of(&s, 1, NULL, optionsOf("estimator", "sbl", NULL));
  DscOptions     options = optionsOf("estimator", "sbl", NULL);
  DscSBLSettings settings;
  DscSBL         sbl;
  PetscInt       terms[M], m = 0;
  double         K[M * M], beta;

  (void)state;
  CALL(DscSBLSettingsFromOptions(options, &settings));
  CALL(DscSBLCreate(M, &sbl));
  CALL(DscSBLSolve(sbl, &s.gram, &settings, &expected));
  assert_same_terms(&expected, &r);
  assert_close(r.noise_precision, expected.noise_precision, 1e-9 * r.noise_precision);
  assert_int_equal(r.iterations, expected.iterations);
  for (PetscInt j = 0; j < M; j++)
    if (r.active[j]) terms[m++] = j;
  assert_true(m >= 3 && m < M);
  beta = r.noise_precision;
  for (PetscInt i = 0; i < m; i++) {
    for (PetscInt j = 0; j < m; j++) K[i * m + j] = beta * s.G[terms[i] * M + terms[j]];
    K[i * m + i] += r.alpha[terms[i]] * s.G[terms[i] * M + terms[i]] / s.gram.yy; /* of the physical coefficient */
  }
  (void)invert(m, K);
  for (PetscInt i = 0; i < m; i++) {
    double mu = 0.0;

    for (PetscInt j = 0; j < m; j++) mu += beta * K[i * m + j] * s.b[terms[j]];
    assert_close(r.coefficients[terms[i]], mu, 1e-9);
    assert_close(r.std[terms[i]], sqrt(K[i * m + i]), 1e-9);
  }
  assert_close(r.residual, samples_residual(&s, r.coefficients), 1e-8);
  for (PetscInt j = 0; j < M; j++) assert_true(r.active[j] || (r.coefficients[j] == 0.0 && r.std[j] == 0.0));
  CALL(DscSBLDestroy(&sbl));
  CALL(DscOptionsDestroy(&options));
  CALL(DscRegressionDestroy(&expected));
  CALL(DscRegressionDestroy(&r));
  samples_destroy(&s);
}

static int set_up(void **state)
{
  (void)state;
  return DscRegressRegisterOptions() ? 1 : 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(stlsq_is_a_fixed_point, set_up),
    cmocka_unit_test(stlsq_threshold_has_units),
    cmocka_unit_test(sr3_objective_falls),
    cmocka_unit_test(sr3_limit_is_reported),
    cmocka_unit_test(greedy_finds_the_best_set),
    cmocka_unit_test(greedy_finds_a_term_for_three),
    cmocka_unit_test(greedy_does_not_fit_rounding),
    cmocka_unit_test(adaptive_lasso_is_the_lasso_of_scaled_columns),
    cmocka_unit_test(sbl_is_the_posterior_of_its_terms),
};

TEST_MAIN(tests)
