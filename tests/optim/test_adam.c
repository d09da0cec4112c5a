/* Adam and what all optimisers share: against closed forms and a direct transcription of the paper's algorithm. */
#include "optim/optim_testing.h"

enum { N = 6 };
static const DscBlock blocks[] = {{0, 2, 2}, {4, 2, 1}};

static DscOptimizer createOptimizer(DscOptions options)
{
  DscOptimizer optimizer;
  OK(DscOptimizerCreate(options, N, 2, blocks, &optimizer));
  return optimizer;
}

/* theta_t = theta_0 - t lr sign(g) for a constant gradient, whatever its size. */
static void testConstantGradient(void **state)
{
  DscOptions   options     = optionsOf("optim_type", "adam", "optim_lr", "0.25", "optim_epsilon", "0", NULL);
  DscOptimizer optimizer   = createOptimizer(options);
  const double gradient[N] = {1e-6, -1e-3, 1.0, -2.0, 1e3, -1e6};
  double       theta[N]    = {0};

  (void)state;
  for (PetscInt k = 0; k < 8; k++) {
    OK(DscOptimizerStep(optimizer, k, 8, gradient, theta));
    for (int i = 0; i < N; i++) assert_true(fabs(theta[i] + (k + 1) * copysign(0.25, gradient[i])) < 1e-12);
  }
  OK(DscOptimizerDestroy(&optimizer));
  OK(DscOptionsDestroy(&options));
}

/* Algorithm 1 of Kingma and Ba, line by line, with AMSGrad's maximum where asked. */
static void naiveAdam(PetscInt steps, PetscBool amsgrad, double lr, double beta1, double beta2, double theta[])
{
  double m[N] = {0}, v[N] = {0}, vmax[N] = {0}, beta1_power = 1.0, beta2_power = 1.0;

  for (PetscInt k = 0; k < steps; k++) {
    beta1_power *= beta1;
    beta2_power *= beta2;
    for (int i = 0; i < N; i++) {
      const double g = normalNumber((uint64_t)(k * N + i)) * exp(-0.1 * k);
      m[i]           = beta1 * m[i] + (1 - beta1) * g;
      v[i]           = beta2 * v[i] + (1 - beta2) * g * g;
      vmax[i]        = fmax(vmax[i], v[i]);
      theta[i] -= lr * (m[i] / (1 - beta1_power)) / (sqrt((amsgrad ? vmax[i] : v[i]) / (1 - beta2_power)) + 1e-8);
    }
  }
}

static void compareWithNaive(DscOptions options, PetscBool amsgrad, double lr, double beta1, double beta2)
{
  DscOptimizer optimizer = createOptimizer(options);
  double       theta[N] = {1, 2, 3, 4, 5, 6}, expected[N] = {1, 2, 3, 4, 5, 6}, gradient[N];

  for (PetscInt k = 0; k < 60; k++) {
    for (int i = 0; i < N; i++) gradient[i] = normalNumber((uint64_t)(k * N + i)) * exp(-0.1 * k);
    OK(DscOptimizerStep(optimizer, k, 60, gradient, theta));
  }
  naiveAdam(60, amsgrad, lr, beta1, beta2, expected);
  for (int i = 0; i < N; i++) assert_true(fabs(theta[i] - expected[i]) < 1e-13);
  OK(DscOptimizerDestroy(&optimizer));
  OK(DscOptionsDestroy(&options));
}

static void testAgainstNaive(void **state)
{
  (void)state;
  compareWithNaive(optionsOf("optim_type", "adam", NULL), PETSC_FALSE, 2e-3, 0.99, 0.99); /* the type's defaults */
  compareWithNaive(optionsOf("optim_type", "adam", "optim_lr", "0.1", "optim_beta1", "0", "optim_beta2", "0.8", NULL),
                   PETSC_FALSE, 0.1, 0.0, 0.8);
}

static void testAmsgrad(void **state)
{
  (void)state;
  compareWithNaive(optionsOf("optim_type", "adam", "optim_amsgrad", "true", "optim_beta2", "0.8", NULL), PETSC_TRUE,
                   2e-3, 0.99, 0.8);
}

static void testWeightDecayIsDecoupled(void **state)
{
  DscOptions   options     = optionsOf("optim_type", "adam", "optim_lr", "0.5", "optim_weight_decay", "0.1", NULL);
  DscOptimizer optimizer   = createOptimizer(options);
  const double gradient[N] = {0};
  double       theta[N]    = {1, 2, 3, 4, 5, 6};

  (void)state;
  OK(DscOptimizerStep(optimizer, 0, 1, gradient, theta));
  for (int i = 0; i < N; i++) assert_true(fabs(theta[i] - 0.95 * (i + 1)) < 1e-14);
  OK(DscOptimizerDestroy(&optimizer));
  OK(DscOptionsDestroy(&options));
}

/* A gradient above the bound acts as the bounded one, below it as itself. */
static void testClip(void **state)
{
  DscOptions   options  = optionsOf("optim_type", "adam", "optim_clip", "5", "optim_epsilon", "1", NULL);
  DscOptimizer clipped  = createOptimizer(options);
  DscOptions   plain    = optionsOf("optim_type", "adam", "optim_epsilon", "1", NULL);
  DscOptimizer unbound  = createOptimizer(plain);
  const double large[N] = {300, 0, 0, -400, 0, 0}, bounded[N] = {3, 0, 0, -4, 0, 0}, small[N] = {0.5, 1, 2, -1, 0, 0};
  double       theta[N] = {0}, expected[N] = {0};

  (void)state;
  OK(DscOptimizerStep(clipped, 0, 2, large, theta));
  OK(DscOptimizerStep(unbound, 0, 2, bounded, expected));
  for (int i = 0; i < N; i++) assert_true(fabs(theta[i] - expected[i]) < 1e-15);
  OK(DscOptimizerStep(clipped, 1, 2, small, theta));
  OK(DscOptimizerStep(unbound, 1, 2, small, expected));
  for (int i = 0; i < N; i++) assert_true(fabs(theta[i] - expected[i]) < 1e-15);
  OK(DscOptimizerDestroy(&clipped));
  OK(DscOptimizerDestroy(&unbound));
  OK(DscOptionsDestroy(&options));
  OK(DscOptionsDestroy(&plain));
}

static void testRestart(void **state)
{
  DscOptions adam    = optionsOf("optim_type", "adam", "optim_schedule", "cosine", NULL);
  DscOptions amsgrad = optionsOf("optim_type", "adam", "optim_amsgrad", "true", NULL);

  (void)state;
  checkRestart(adam, N, 2, blocks);
  checkRestart(amsgrad, N, 2, blocks);
  OK(DscOptionsDestroy(&adam));
  OK(DscOptionsDestroy(&amsgrad));
}

static void expectCreateFails(DscOptions options, PetscInt n, const DscBlock b[], PetscErrorCode code,
                              const char *message)
{
  DscOptimizer optimizer = NULL;

  OK(DscErrorCaptureBegin());
  assert_int_equal(DscOptimizerCreate(options, N, n, b, &optimizer), code);
  OK(DscErrorCaptureEnd());
  if (!strstr(DscErrorMessage(), message)) fail_msg("got '%s'", DscErrorMessage());
  OK(DscOptimizerDestroy(&optimizer));
}

static void testBlocksMustTile(void **state)
{
  const DscBlock gap[]     = {{0, 2, 2}, {5, 1, 1}};
  const DscBlock overlap[] = {{0, 2, 2}, {3, 3, 1}};
  const DscBlock empty[]   = {{0, 6, 1}, {6, 0, 1}};
  const DscBlock longer[]  = {{0, 2, 2}, {4, 3, 1}};
  DscOptions     options   = optionsOf(NULL);

  (void)state;
  expectCreateFails(options, 2, gap, PETSC_ERR_ARG_SIZ, "block 1 starts at 5, the one before it ends at 4");
  expectCreateFails(options, 2, overlap, PETSC_ERR_ARG_SIZ, "block 1 starts at 3, the one before it ends at 4");
  expectCreateFails(options, 2, empty, PETSC_ERR_ARG_SIZ, "block 1 is empty");
  expectCreateFails(options, 1, gap, PETSC_ERR_ARG_SIZ, "blocks cover [0, 4) of a vector of size 6");
  expectCreateFails(options, 2, longer, PETSC_ERR_ARG_SIZ, "blocks cover [0, 7) of a vector of size 6");
  OK(DscOptionsDestroy(&options));
}

static void testBadSettingsAreRefused(void **state)
{
  DscOptions rate    = optionsOf("optim_lr", "-0.5", NULL);
  DscOptions amsgrad = optionsOf("optim_type", "soap", "optim_amsgrad", "true", NULL);

  (void)state;
  expectCreateFails(rate, 2, blocks, PETSC_ERR_USER_INPUT, "-optim_lr -0.5: must not be negative");
  expectCreateFails(amsgrad, 2, blocks, PETSC_ERR_USER_INPUT,
                    "-optim_amsgrad true: only adam has it, and -optim_type is soap");
  OK(DscOptionsDestroy(&rate));
  OK(DscOptionsDestroy(&amsgrad));
}

static void testGradientMustBeFinite(void **state)
{
  DscOptions   options     = optionsOf(NULL);
  DscOptimizer optimizer   = createOptimizer(options);
  const double gradient[N] = {0, 1, NAN, 2, 0, 0};
  double       theta[N]    = {0};

  (void)state;
  OK(DscErrorCaptureBegin());
  assert_int_equal(DscOptimizerStep(optimizer, 12, 100, gradient, theta), PETSC_ERR_FP);
  OK(DscErrorCaptureEnd());
  assert_non_null(strstr(DscErrorMessage(), "not a finite number at iteration 12"));
  for (int i = 0; i < N; i++) assert_true(theta[i] == 0.0);
  OK(DscOptimizerDestroy(&optimizer));
  OK(DscOptionsDestroy(&options));
}

static void testList(void **state)
{
  PetscInt           n;
  const char *const *names, *const *help;

  (void)state;
  OK(DscOptimList(&n, &names, &help));
  assert_int_equal(n, 2);
  assert_string_equal(names[0], "adam");
  assert_string_equal(names[1], "soap");
  for (PetscInt i = 0; i < n; i++) assert_true(strlen(help[i]) > 0);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(testConstantGradient),
      cmocka_unit_test(testAgainstNaive),
      cmocka_unit_test(testAmsgrad),
      cmocka_unit_test(testWeightDecayIsDecoupled),
      cmocka_unit_test(testClip),
      cmocka_unit_test(testRestart),
      cmocka_unit_test(testBlocksMustTile),
      cmocka_unit_test(testBadSettingsAreRefused),
      cmocka_unit_test(testGradientMustBeFinite),
      cmocka_unit_test(testList),
  };
  int failed;

  if (DscInitialize(&argc, &argv) || DscOptimRegisterOptions()) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return DscFinalize() ? 1 : failed;
}
