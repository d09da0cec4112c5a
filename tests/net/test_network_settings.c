/* What -approximator and -net_* accept, and the lines that refuse the rest. */
#include "net/net_testing.h"

static void expectRefusal(DscOptions options, PetscInt ninputs, const char *message)
{
  const DscNetInfo info = {.ninputs = ninputs, .noutputs = 1};
  DscNet           net  = NULL;

  OK(DscErrorCaptureBegin());
  assert_int_equal(DscNetCreate(options, &info, &net), PETSC_ERR_USER_INPUT);
  OK(DscErrorCaptureEnd());
  if (!strstr(DscErrorMessage(), message)) fail_msg("got '%s'", DscErrorMessage());
  OK(DscNetDestroy(&net));
  OK(DscOptionsDestroy(&options));
}

/* Keys out of the table's bounds are refused by DscOptionsCheck, before any network. */
static void expectCheckRefuses(DscOptions options, const char *message)
{
  OK(DscErrorCaptureBegin());
  assert_int_equal(DscOptionsCheck(options), PETSC_ERR_USER_INPUT);
  OK(DscErrorCaptureEnd());
  if (!strstr(DscErrorMessage(), message)) fail_msg("got '%s'", DscErrorMessage());
  OK(DscOptionsDestroy(&options));
}

static void testFourierScale(void **state)
{
  (void)state;
  expectRefusal(optionsOf("approximator", "fourier", "net_fourier_scale", "3,2,1", NULL), 2,
                "-net_fourier_scale 3,2,1: has 3 values for 2 coordinates");
  expectRefusal(optionsOf("approximator", "fourier", "net_fourier_scale", "3", NULL), 2,
                "-net_fourier_scale 3: has 1 values for 2 coordinates");
  expectRefusal(optionsOf("approximator", "fourier", NULL), 2,
                "there are no sampled fields to take it from: give one for each coordinate");
  expectRefusal(optionsOf("approximator", "fourier", "net_fourier_scale", "3,0", NULL), 2,
                "there are no sampled fields to take it from: give one for each coordinate");
}

static void testLayers(void **state)
{
  (void)state;
  expectRefusal(optionsOf("net_layers", "", NULL), 2, "needs at least one hidden layer");
}

static void testOutOfBounds(void **state)
{
  (void)state;
  expectCheckRefuses(optionsOf("approximator", "resnet", NULL), "-approximator resnet");
  expectCheckRefuses(optionsOf("net_layers", "30,-5", NULL), "-net_layers 30,-5");
  expectCheckRefuses(optionsOf("net_layers", "30,0", NULL), "-net_layers 30,0");
  expectCheckRefuses(optionsOf("net_activation", "relu", NULL), "-net_activation relu");
  expectCheckRefuses(optionsOf("net_siren_omega", "-30", NULL), "-net_siren_omega -30");
  expectCheckRefuses(optionsOf("net_fourier_scale", "3,-2", NULL), "-net_fourier_scale 3,-2");
  expectCheckRefuses(optionsOf("net_layer", "30", NULL), "net_layers"); /* the nearest key */
}

static void testList(void **state)
{
  const char *expected[] = {"mlp",      "siren", "fourier", "finite_difference", "local_polynomial",
                            "spectral", "weak",  "spline"};
  PetscInt    n;

  const char *const *names, *const *help;
  (void)state;
  OK(DscNetList(&n, &names, &help));
  assert_int_equal(n, 8);
  for (int i = 3; i < 8; i++) assert_string_equal(names[i], expected[i]); /* no network */
  for (int i = 0; i < 3; i++) {
    const DscNetInfo info    = {.ninputs = 2, .noutputs = 1};
    DscOptions       options = optionsOf("approximator", names[i], "net_fourier_scale", "1,1", NULL);
    DscNet           net;
    assert_string_equal(names[i], expected[i]);
    assert_true(strlen(help[i]) > 0);
    OK(DscOptionsCheck(options));
    OK(DscNetCreate(options, &info, &net));
    OK(DscNetDestroy(&net));
    assert_null(net);
    OK(DscOptionsDestroy(&options));
  }
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(testFourierScale),
      cmocka_unit_test(testLayers),
      cmocka_unit_test(testOutOfBounds),
      cmocka_unit_test(testList),
  };
  int failed;

  if (DscInitialize(&argc, &argv) || DscNetRegisterOptions()) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return DscFinalize() ? 1 : failed;
}
