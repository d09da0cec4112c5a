/* The product of the sweep axes: order, number, values. */
#include "fake.h"

static void test_product(void **state)
{
  DscOptions options = fake_options("sweep_data_noise", "0.1, 0.2", "sweep_seed", "3-5", NULL);
  DscPlan    plan;

  (void)state;
  assert_int_equal(DscPlanCreate(options, &plan), 0);
  assert_int_equal(plan.naxes, 2);
  assert_int_equal(plan.nruns, 6);
  for (PetscInt run = 0; run < 6; run++) {
    DscOptions run_options;
    PetscInt   seed;
    double     noise;
    char       label[64], expected[64];

    assert_int_equal(DscPlanGetOptions(&plan, options, run, &run_options), 0);
    assert_int_equal(DscOptionsGetInt(run_options, "seed", &seed), 0);
    assert_int_equal(DscOptionsGetReal(run_options, "data_noise", &noise), 0);
    assert_int_equal(DscOptionsDestroy(&run_options), 0);
    assert_int_equal(seed, 3 + run % 3); /* the first axis is the slowest */
    assert_true(noise == (run < 3 ? .1 : .2));
    assert_int_equal(DscPlanIndex(&plan, run, 0), run / 3);
    assert_int_equal(DscPlanIndex(&plan, run, 1), run % 3);
    assert_int_equal(DscPlanGetLabel(&plan, run, sizeof(label), label), 0);
    snprintf(expected, sizeof(expected), "data_noise=%s seed=%d", run < 3 ? "0.1" : "0.2", (int)(3 + run % 3));
    assert_string_equal(label, expected);
    assert_int_equal(DscPlanGetLabel(&plan, run, 8, label), 0);
    assert_string_equal(label, "data_no");
  }
  assert_int_equal(DscPlanDestroy(&plan), 0);
  assert_int_equal(DscOptionsDestroy(&options), 0);
}

static void test_no_axis(void **state)
{
  DscOptions options = fake_options("seed", "3", NULL);
  DscPlan    plan;
  char       label[8];

  (void)state;
  assert_int_equal(DscPlanCreate(options, &plan), 0);
  assert_int_equal(plan.nruns, 1);
  assert_int_equal(DscPlanGetLabel(&plan, 0, sizeof(label), label), 0);
  assert_string_equal(label, "");
  assert_int_equal(DscPlanDestroy(&plan), 0);
  assert_int_equal(DscOptionsDestroy(&options), 0);
}

static void test_too_many(void **state)
{
  DscOptions options = fake_options("sweep_seed", "0-99999", "sweep_fake_fail", "0-99999", NULL);
  DscPlan    plan;

  (void)state;
  assert_int_equal(DscErrorCaptureBegin(), 0);
  assert_int_equal(DscExitCodeFromError(DscPlanCreate(options, &plan)), DSC_EXIT_USER);
  assert_int_equal(DscErrorCaptureEnd(), 0);
  assert_non_null(strstr(DscErrorMessage(), "1e+10 runs"));
  assert_int_equal(DscPlanDestroy(&plan), 0);
  assert_int_equal(DscOptionsDestroy(&options), 0);
}

static int run(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_product), cmocka_unit_test(test_no_axis),
                                     cmocka_unit_test(test_too_many)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
  return fake_main(run, argc, argv);
}
