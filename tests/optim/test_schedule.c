/* Schedules: closed forms, end points, and how the optimiser uses them. */
#include "optim/optim_testing.h"

static double factorAt(const char *schedule, double fraction, double warmup, double final_factor)
{
  double factor;
  OK(DscScheduleFactor(schedule, fraction, warmup, final_factor, &factor));
  return factor;
}

static void testConstant(void **state)
{
  (void)state;
  for (int i = 0; i <= 10; i++) assert_true(factorAt("constant", 0.1 * i, 0.0, 0.01) == 1.0);
  assert_true(fabs(factorAt("constant", 0.05, 0.2, 0.01) - 0.25) < 1e-15);
  assert_true(factorAt("constant", 0.2, 0.2, 0.01) == 1.0);
}

static void testCosine(void **state)
{
  (void)state;
  assert_true(factorAt("cosine", 0.0, 0.0, 0.1) == 1.0);
  assert_true(fabs(factorAt("cosine", 0.5, 0.0, 0.1) - 0.55) < 1e-15);
  assert_true(fabs(factorAt("cosine", 1.0, 0.0, 0.1) - 0.1) < 1e-15);
  assert_true(fabs(factorAt("cosine", 1.0 / 3.0, 0.0, 0.0) - 0.75) < 1e-15); /* (1 + cos 60 degrees) / 2 */
  assert_true(fabs(factorAt("cosine", 0.1, 0.2, 0.1) - 0.5) < 1e-15);
  assert_true(fabs(factorAt("cosine", 0.6, 0.2, 0.1) - 0.55) < 1e-15);
}

static void testOneCycle(void **state)
{
  (void)state;
  assert_true(fabs(factorAt("onecycle", 0.0, 0.3, 0.01) - 0.04) < 1e-15);
  assert_true(fabs(factorAt("onecycle", 0.15, 0.3, 0.01) - 0.52) < 1e-15);
  assert_true(fabs(factorAt("onecycle", 0.3, 0.3, 0.01) - 1.0) < 1e-15);
  assert_true(fabs(factorAt("onecycle", 0.65, 0.3, 0.01) - 0.505) < 1e-15);
  assert_true(fabs(factorAt("onecycle", 1.0, 0.3, 0.01) - 0.01) < 1e-15);
}

/* With a constant gradient every Adam step is lr * factor. */
static void testStepFollowsSchedule(void **state)
{
  const DscBlock block = {0, 1, 1};
  DscOptions     options =
      optionsOf("optim_type", "adam", "optim_lr", "0.5", "optim_schedule", "onecycle", "optim_epsilon", "0", NULL);
  DscOptimizer optimizer;
  const double gradient = 2.0;

  (void)state;
  OK(DscOptimizerCreate(options, 1, 1, &block, &optimizer));
  for (PetscInt k = 0; k < 11; k++) {
    double theta = 0.0;
    OK(DscOptimizerStep(optimizer, k, 11, &gradient, &theta));
    assert_true(fabs(theta + 0.5 * factorAt("onecycle", 0.1 * k, 0.3, 0.01)) < 1e-13);
  }
  OK(DscOptimizerDestroy(&optimizer));
  OK(DscOptionsDestroy(&options));
}

static void testUnknownScheduleIsAnError(void **state)
{
  double factor;
  (void)state;
  OK(PetscPushErrorHandler(PetscIgnoreErrorHandler, NULL));
  assert_int_equal(DscScheduleFactor("linear", 0.0, 0.0, 0.0, &factor), PETSC_ERR_ARG_UNKNOWN_TYPE);
  assert_int_equal(DscScheduleFactor("cosine", 1.5, 0.0, 0.0, &factor), PETSC_ERR_ARG_OUTOFRANGE);
  OK(PetscPopErrorHandler());
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(testConstant),
      cmocka_unit_test(testCosine),
      cmocka_unit_test(testOneCycle),
      cmocka_unit_test(testStepFollowsSchedule),
      cmocka_unit_test(testUnknownScheduleIsAnError),
  };
  int failed;

  if (DscInitialize(&argc, &argv) || DscOptimRegisterOptions()) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return DscFinalize() ? 1 : failed;
}
