/* What SBL finds in many synthetic draws: the true support, nothing in noise but what theory expects, error bars. */
#include "regress/regress_testing.h"

#define M 20

static const DscSBLSettings by_default = {
    .a = 1e-6, .b = 1e-6, .alpha_max = 1e4, .significance = 3.0, .tolerance = 1e-6, .max_iterations = 5000};

static const double xi_true[M] = {[3] = -1.0, [6] = -6.0, [11] = 0.4};

/* Correlated columns, 10% noise: the support of three, and no other term, in (nearly) every draw. */
static void true_support_is_found(void **state)
{
  const PetscInt draws = 60;
  PetscInt       exact = 0;
  DscSBL         sbl;

  (void)state;
  CALL(DscSBLCreate(M, &sbl));
  for (PetscInt d = 0; d < draws; d++) {
    Samples       s    = samples_create(2000, M, 200 + (uint64_t)d, 0.6, xi_true, 0.6);
    DscRegression r    = regression_of(M);
    PetscBool     same = PETSC_TRUE;

    CALL(DscSBLSolve(sbl, &s.gram, &by_default, &r));
    assert_true(r.converged);
    for (PetscInt j = 0; j < M; j++)
      if (r.active[j] != (xi_true[j] != 0.0)) same = PETSC_FALSE;
    assert_true(r.active[3] && r.active[6] && r.active[11]);
    exact += same ? 1 : 0;
    CALL(DscRegressionDestroy(&r));
    samples_destroy(&s);
  }
  assert_true(exact >= 54);
  CALL(DscSBLDestroy(&sbl));
}

/* Pure noise, orthogonal columns, S = N beta: the fixed point is alpha = S / (z^2 - 1) with z ~ N(0,1) the score of the
   column (Faul and Tipping, 2002), so a term has alpha < alpha_max where z^2 > 1 + S / alpha_max. Asking for
   significance as well leaves z^2 > 1 + significance^2. */
static void noise_gives_what_theory_expects(void **state)
{
  const PetscInt draws = 100, N = 2000;
  PetscInt       by_alpha = 0, significant = 0;
  DscSBL         sbl;

  (void)state;
  CALL(DscSBLCreate(M, &sbl));
  for (PetscInt d = 0; d < draws; d++) {
    DscSBLSettings settings = by_default;
    Samples        s        = samples_create(N, M, 300 + (uint64_t)d, 0.0, NULL, 1.0);
    DscRegression  r        = regression_of(M);

    settings.alpha_max    = 1e3;
    settings.significance = 0.0;
    CALL(DscSBLSolve(sbl, &s.gram, &settings, &r));
    for (PetscInt j = 0; j < M; j++) by_alpha += r.active[j] ? 1 : 0;
    CALL(DscRegressionDestroy(&r));
    r = regression_of(M);
    CALL(DscSBLSolve(sbl, &s.gram, &by_default, &r));
    for (PetscInt j = 0; j < M; j++) significant += r.active[j] ? 1 : 0;
    CALL(DscRegressionDestroy(&r));
    samples_destroy(&s);
  }
  assert_close((double)by_alpha / (double)(draws * M), erfc(sqrt((1.0 + (double)N / 1e3) / 2.0)), 0.02);
  assert_close((double)significant / (double)(draws * M), erfc(sqrt((1.0 + 9.0) / 2.0)), 0.003);
  CALL(DscSBLDestroy(&sbl));
}

/* 95% of the true values of the terms that are there lie within 1.96 standard deviations. */
static void error_bars_cover(void **state)
{
  const PetscInt draws  = 400;
  PetscInt       inside = 0;
  DscSBL         sbl;

  (void)state;
  CALL(DscSBLCreate(M, &sbl));
  for (PetscInt d = 0; d < draws; d++) {
    Samples       s = samples_create(300, M, 400 + (uint64_t)d, 0.3, xi_true, 0.5);
    DscRegression r = regression_of(M);

    CALL(DscSBLSolve(sbl, &s.gram, &by_default, &r));
    for (PetscInt j = 0; j < M; j++)
      if (xi_true[j] != 0.0) inside += fabs(r.coefficients[j] - xi_true[j]) < 1.96 * r.std[j];
    CALL(DscRegressionDestroy(&r));
    samples_destroy(&s);
  }
  assert_close((double)inside / (3.0 * (double)draws), 0.95, 0.02);
  CALL(DscSBLDestroy(&sbl));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(true_support_is_found),
    cmocka_unit_test(noise_gives_what_theory_expects),
    cmocka_unit_test(error_bars_cover),
};

TEST_MAIN(tests)
