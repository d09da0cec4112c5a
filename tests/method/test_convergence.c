/* When an equation counts as stable. */
#include "method_testing.h"

#include "method/convergence.h"

enum { TERMS = 3 };

typedef struct {
  DscConvergence       convergence;
  DscRegression        regression;
  const DscRegression *regressions[1];
} Fixture;

static void create_rule(Fixture *x, const char *rule)
{
  DscOptions options = options_of(NULL, "stop_patience", "40", "stop_tolerance", "0.01", "stop_delta", "0.01",
                                  "stop_interval", "10", "stop_minimum", "100", "stop_rule", rule, NULL);

  CALL(DscConvergenceCreate(options, 1, TERMS, &x->convergence));
  CALL(DscRegressionCreate(TERMS, &x->regression));
  for (PetscInt j = 0; j < TERMS; j++) {
    x->regression.active[j]     = PETSC_FALSE;
    x->regression.normalized[j] = 0.0;
  }
  x->regressions[0] = &x->regression;
  CALL(DscOptionsDestroy(&options));
}

static void create(Fixture *x)
{
  create_rule(x, "stable");
}

static void destroy(Fixture *x)
{
  CALL(DscConvergenceDestroy(&x->convergence));
  CALL(DscRegressionDestroy(&x->regression));
}

/* The first iteration that is stable; -1: none before the end. The coefficient drifts by `drift` an iteration. */
static PetscInt first_stable(Fixture *x, PetscInt end, double drift)
{
  PetscBool stable = PETSC_FALSE;
  PetscInt  i      = 0;

  for (; i < end && !stable; i++) {
    x->regression.normalized[1] = 0.5 + drift * (double)i;
    CALL(DscConvergenceCheck(x->convergence, i, x->regressions, &stable));
  }
  return stable ? i - 1 : -1;
}

static void test_constant_equation_stops_at_the_minimum(void **state)
{
  Fixture x;
  (void)state;
  create(&x);
  x.regression.active[1] = PETSC_TRUE;
  assert_int_equal(first_stable(&x, 1000, 0.0), 100);
  destroy(&x);
}

static void test_empty_equation_is_never_stable(void **state)
{
  Fixture x;
  (void)state;
  create(&x);
  assert_int_equal(first_stable(&x, 1000, 0.0), -1);
  destroy(&x);
}

/* Each step is far below the tolerance; over the patience of 40 iterations the coefficient moves by .02. */
static void test_slow_drift_is_not_stable(void **state)
{
  Fixture x;
  (void)state;
  create(&x);
  x.regression.active[1] = PETSC_TRUE;
  assert_int_equal(first_stable(&x, 1000, 5e-4), -1);
  destroy(&x);
}

static void test_change_of_the_active_set_starts_anew(void **state)
{
  Fixture   x;
  PetscBool stable;
  (void)state;
  create(&x);
  x.regression.active[1] = PETSC_TRUE;
  for (PetscInt i = 0; i <= 200; i++) {
    x.regression.active[2] = (PetscBool)(i >= 85);
    CALL(DscConvergenceCheck(x.convergence, i, x.regressions, &stable));
    assert_int_equal(stable, i >= 130 && i % 10 == 0); /* seen at 90, 40 iterations later stable */
  }
  destroy(&x);
}

/* By coefficients: terms may change places as long as the sum stays; nothing but terms counts. */
static void test_sum_of_coefficients(void **state)
{
  Fixture   x;
  PetscBool stable;
  (void)state;

  create_rule(&x, "coefficients");
  x.regression.active[1] = PETSC_TRUE;
  assert_int_equal(first_stable(&x, 1000, 0.0), 100);
  assert_int_equal(first_stable(&x, 1000, 5e-4), -1); /* .02 in 40 iterations */
  destroy(&x);

  create_rule(&x, "coefficients");
  for (PetscInt i = 0; i <= 200; i++) {
    x.regression.active[0] = x.regression.active[1] = x.regression.active[2] = (PetscBool)(i % 20 == 0);
    x.regression.normalized[i / 10 % 3]                                      = -0.5;
    x.regression.normalized[(i / 10 + 1) % 3] = x.regression.normalized[(i / 10 + 2) % 3] = 0.25;
    if (i >= 125) x.regression.normalized[i / 10 % 3] = 0.7;
    CALL(DscConvergenceCheck(x.convergence, i, x.regressions, &stable));
    assert_int_equal(stable,
                     i % 10 == 0 && (i == 100 || i == 110 || i == 120 || i >= 170)); /* the jump is seen at 130 */
  }
  destroy(&x);

  create_rule(&x, "coefficients");
  for (PetscInt i = 0; i <= 200; i++) {
    for (int j = 0; j < TERMS; j++) x.regression.normalized[j] = 0.0;
    CALL(DscConvergenceCheck(x.convergence, i, x.regressions, &stable));
    assert_false(stable);
  }
  destroy(&x);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_constant_equation_stops_at_the_minimum),
    cmocka_unit_test(test_empty_equation_is_never_stable),
    cmocka_unit_test(test_slow_drift_is_not_stable),
    cmocka_unit_test(test_change_of_the_active_set_starts_anew),
    cmocka_unit_test(test_sum_of_coefficients),
};
TEST_MAIN(tests)
