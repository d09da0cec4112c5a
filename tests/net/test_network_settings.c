/* What -approximator and -net_* accept, and the lines that refuse the rest. */
#include "net/net_testing.h"

static void expectRefusalOf(DscOptions options, const DscNetInfo *info, const char *message)
{
  DscNet net = NULL;

  OK(DscErrorCaptureBegin());
  assert_int_equal(DscNetCreate(options, info, &net), PETSC_ERR_USER_INPUT);
  OK(DscErrorCaptureEnd());
  if (!strstr(DscErrorMessage(), message)) fail_msg("got '%s'", DscErrorMessage());
  OK(DscNetDestroy(&net));
  OK(DscOptionsDestroy(&options));
}

static void expectRefusal(DscOptions options, PetscInt ninputs, const char *message)
{
  const DscNetInfo info = {.ninputs = ninputs, .noutputs = 1};
  expectRefusalOf(options, &info, message);
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

static void testFlow(void **state)
{
  const DscNetInfo two_fields = {.ninputs = 2, .noutputs = 2};
  (void)state;
  expectRefusal(optionsOf("approximator", "flow", NULL), 3,
                "-approximator flow: is a density along one space coordinate, and the data have 2; keep one of them");
  expectRefusal(optionsOf("approximator", "flow", NULL), 1, "and the data have 0");
  expectRefusalOf(optionsOf("approximator", "flow", NULL), &two_fields,
                  "-approximator flow: is the density of one kind of particles, and the data have 2 fields; keep one");
  expectRefusal(optionsOf("approximator", "flow", "flow_layers", "", NULL), 2,
                "-flow_layers: needs at least one hidden layer");
  expectRefusal(optionsOf("approximator", "flow", "net_layers", "30,30", NULL), 2,
                "-net_layers 30,30: approximator flow has layers of its own, of time alone; use flow_layers");
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
  expectCheckRefuses(optionsOf("flow_transform", "spline", NULL), "-flow_transform spline");
  expectCheckRefuses(optionsOf("flow_sigmoid", "tanh", NULL), "-flow_sigmoid tanh");
  expectCheckRefuses(optionsOf("flow_components", "0", NULL), "-flow_components 0");
  expectCheckRefuses(optionsOf("flow_min_width", "0", NULL), "-flow_min_width 0");
  expectCheckRefuses(optionsOf("flow_depth", "0", NULL), "-flow_depth 0");
  expectCheckRefuses(optionsOf("net_layer", "30", NULL), "net_layers"); /* the nearest key */
}

static void testList(void **state)
{
  const char *expected[] = {"mlp",      "siren", "fourier", "flow", "finite_difference", "local_polynomial",
                            "spectral", "weak",  "spline"};
  PetscInt    n;

  const char *const *names, *const *help;
  (void)state;
  OK(DscNetList(&n, &names, &help));
  assert_int_equal(n, 9);
  for (int i = 4; i < 9; i++) assert_string_equal(names[i], expected[i]); /* no network */
  for (int i = 0; i < 4; i++) {
    const DscNetInfo info    = {.ninputs = 2, .noutputs = 1};
    DscOptions       options = optionsOf("approximator", names[i], "net_fourier_scale", "1,1", NULL);
    DscNet           net;
    PetscBool        density;
    assert_string_equal(names[i], expected[i]);
    assert_true(strlen(help[i]) > 0);
    OK(DscOptionsCheck(options));
    OK(DscNetCreate(options, &info, &net));
    OK(DscNetIsDensity(net, &density));
    assert_int_equal(density, i == 3);
    OK(DscNetDestroy(&net));
    assert_null(net);
    OK(DscOptionsDestroy(&options));
  }
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(testFourierScale), cmocka_unit_test(testLayers), cmocka_unit_test(testFlow),
      cmocka_unit_test(testOutOfBounds),  cmocka_unit_test(testList),
  };
  int failed;

  if (DscInitialize(&argc, &argv) || DscNetRegisterOptions()) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return DscFinalize() ? 1 : failed;
}
