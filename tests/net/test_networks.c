/* The networks against a direct evaluation, their derivatives against differences of it, their initial parameters. */
#include "net/net_testing.h"

enum { LANES = 16, INPUTS = 2, OUTPUTS = 2, HIDDEN = 3, MAX_WIDTH = 512, MAX_SIZE = 20000 };

static const DscNetInfo info = {.ninputs = INPUTS, .noutputs = OUTPUTS};

/* A built network with its initial parameters. */
typedef struct {
  DscNet   net;
  DscGraph graph;
  DscNode  x, y;
  PetscInt size;
  double   theta[MAX_SIZE];
} Built;

static void build(DscOptions options, DscPrecision precision, uint64_t seed, Built *b)
{
  const DscJet jet = {.ndirections = 2, .order = {1, 3}};

  OK(DscNetCreate(options, &info, &b->net));
  OK(DscGraphCreate(precision, &jet, LANES, &b->graph));
  OK(DscGraphAddInput(b->graph, INPUTS, &b->x));
  OK(DscNetBuild(b->net, b->graph, b->x, &b->y));
  OK(DscGraphAddOutput(b->graph, b->y));
  OK(DscGraphSetUp(b->graph));
  OK(DscGraphGetSize(b->graph, &b->size));
  assert_true(b->size <= MAX_SIZE);
  for (PetscInt i = 0; i < b->size; i++) b->theta[i] = NAN;
  OK(DscNetInitialize(b->net, b->graph, seed, b->theta));
  for (PetscInt i = 0; i < b->size; i++) assert_true(isfinite(b->theta[i]));
}

static void destroy(Built *b, DscOptions *options)
{
  OK(DscNetDestroy(&b->net));
  OK(DscGraphDestroy(&b->graph));
  OK(DscOptionsDestroy(options));
}

/* ---- direct evaluation: parameters in the order W0, b0, W1, b1, ... ------------------------------------------ */

static double activate(const char *name, double z)
{
  if (strcmp(name, "tanh") == 0) return tanh(z);
  if (strcmp(name, "sin") == 0) return sin(z);
  if (strcmp(name, "sin30") == 0) return sin(30.0 * z);
  assert_string_equal(name, "softplus");
  return log1p(exp(z));
}

/* Hidden layers of widths[1..HIDDEN], the first with activation `first`, then `others`. */
static void naiveForward(const PetscInt widths[], const char *first, const char *others, const double *theta,
                         const double x[INPUTS], double y[OUTPUTS])
{
  double v[MAX_WIDTH], z[MAX_WIDTH];

  for (int i = 0; i < INPUTS; i++) v[i] = x[i];
  for (int layer = 0; layer <= HIDDEN; layer++) {
    const PetscInt m = widths[layer + 1], n = widths[layer];
    for (PetscInt i = 0; i < m; i++) {
      z[i] = theta[m * n + i];
      for (PetscInt j = 0; j < n; j++) z[i] += theta[i * n + j] * v[j];
    }
    for (PetscInt i = 0; i < m; i++) v[i] = layer == HIDDEN ? z[i] : activate(layer == 0 ? first : others, z[i]);
    theta += m * n + m;
  }
  for (int i = 0; i < OUTPUTS; i++) y[i] = v[i];
}

/* ---- value and derivatives ----------------------------------------------------------------------------------- */

/* Richardson-extrapolated central differences of order 1, 2, 3 along a coordinate. */
static void differences(const PetscInt widths[], const char *first, const char *others, const double *theta,
                        const double x[INPUTS], int coordinate, int output, double h, double d[4])
{
  double u[9], coarse[4], fine[4];

  for (int s = -4; s <= 4; s++) {
    double at[INPUTS] = {x[0], x[1]}, y[OUTPUTS];
    at[coordinate] += s * h;
    naiveForward(widths, first, others, theta, at, y);
    u[s + 4] = y[output];
  }
  fine[1]   = (u[5] - u[3]) / (2 * h);
  coarse[1] = (u[6] - u[2]) / (4 * h);
  fine[2]   = (u[5] - 2 * u[4] + u[3]) / (h * h);
  coarse[2] = (u[6] - 2 * u[4] + u[2]) / (4 * h * h);
  fine[3]   = (u[6] - 2 * u[5] + 2 * u[3] - u[2]) / (2 * h * h * h);
  coarse[3] = (u[8] - 2 * u[6] + 2 * u[2] - u[0]) / (16 * h * h * h);
  for (int k = 1; k <= 3; k++) d[k] = (4 * fine[k] - coarse[k]) / 3;
}

static void checkNetwork(DscOptions options, const PetscInt widths[], const char *first, const char *others,
                         double step, double tolerance)
{
  const double seeds[INPUTS * 2] = {1, 0, 0, 1}; /* direction 0: t, 1: x */
  const double factorial[]       = {1, 1, 2, 6};
  static Built b;
  DscWorkspace workspace;
  double       x[INPUTS * LANES], y[OUTPUTS * 5 * LANES];
  const DscJet jet = {.ndirections = 2, .order = {1, 3}};

  build(options, DSC_DOUBLE, 3, &b);
  for (PetscInt i = 0; i < b.size; i++) b.theta[i] += 0.01 * DscRandomNormal(1, DSC_STREAM_TEST, (uint64_t)i);
  for (int i = 0; i < INPUTS * LANES; i++) x[i] = 2 * DscRandomUniform(2, DSC_STREAM_TEST, (uint64_t)i) - 1;
  OK(DscWorkspaceCreate(b.graph, &workspace));
  OK(DscGraphSetParameters(b.graph, b.theta));
  OK(DscGraphSetInput(b.graph, workspace, b.x, x, seeds));
  OK(DscGraphForward(b.graph, workspace));
  OK(DscGraphGetOutput(b.graph, workspace, b.y, y));
  for (int lane = 0; lane < LANES; lane++) {
    const double at[INPUTS] = {x[lane], x[LANES + lane]};
    double       value[OUTPUTS];
    naiveForward(widths, first, others, b.theta, at, value);
    for (int i = 0; i < OUTPUTS; i++) {
      const double *series = y + i * 5 * LANES + lane;
      assert_true(fabs(series[0] - value[i]) < 1e-12 * (1 + fabs(value[i])));
      for (int c = 0; c < 2; c++) {
        double d[4];
        differences(widths, first, others, b.theta, at, c, i, step, d);
        for (PetscInt k = 1; k <= jet.order[c]; k++) {
          const double derivative = factorial[k] * series[DscJetIndex(&jet, c, k) * LANES];
          if (fabs(derivative - d[k]) > tolerance * pow(10 * step, (double)-k))
            fail_msg("derivative %d along %d: %g, not %g", (int)k, c, derivative, d[k]);
        }
      }
    }
  }
  OK(DscWorkspaceDestroy(&workspace));
  destroy(&b, &options);
}

static void testMlp(void **state)
{
  const char    *activations[]      = {"tanh", "sin", "softplus"};
  const PetscInt widths[HIDDEN + 2] = {INPUTS, 9, 30, 5, OUTPUTS};

  (void)state;
  for (int a = 0; a < 3; a++)
    checkNetwork(optionsOf("approximator", "mlp", "net_layers", "9,30,5", "net_activation", activations[a], NULL),
                 widths, activations[a], activations[a], 0.01, 1e-6);
}

static void testSiren(void **state)
{
  const PetscInt widths[HIDDEN + 2] = {INPUTS, 12, 20, 8, OUTPUTS};
  (void)state;
  checkNetwork(optionsOf("approximator", "siren", "net_layers", "12,20,8", NULL), widths, "sin30", "sin30", 1e-3, 1e-5);
}

static void testFourier(void **state)
{
  const PetscInt widths[HIDDEN + 2] = {INPUTS, 12, 20, 8, OUTPUTS}, wide[HIDDEN + 2] = {INPUTS, 64, 20, 8, OUTPUTS};
  (void)state;
  checkNetwork(optionsOf("approximator", "fourier", "net_layers", "12,20,8", "net_fourier_scale", "2,3", NULL), widths,
               "sin", "tanh", 0.005, 1e-5);
  checkNetwork(optionsOf("approximator", "fourier", "net_layers", "12,20,8", "net_fourier_scale", "2,3",
                         "net_activation", "softplus", "net_fourier_features", "64", NULL),
               wide, "sin", "softplus", 0.005, 1e-5);
}

/* ---- initial parameters -------------------------------------------------------------------------------------- */

static void parameterOf(const Built *b, const char *wanted, PetscInt rows, PetscInt columns, const double **values)
{
  PetscInt count, offset, r, c;

  OK(DscGraphGetParameterCount(b->graph, &count));
  for (DscParameter p = 0; p < count; p++) {
    const char *name;
    OK(DscGraphGetParameter(b->graph, p, &name, &offset, &r, &c));
    if (strcmp(name, wanted) != 0) continue;
    assert_int_equal(r, rows);
    assert_int_equal(c, columns);
    *values = b->theta + offset;
    return;
  }
  fail_msg("no parameter '%s'", wanted);
}

static double variance(PetscInt n, PetscInt stride, const double x[])
{
  double mean = 0.0, sum = 0.0;
  for (PetscInt i = 0; i < n; i++) mean += x[i * stride] / n;
  for (PetscInt i = 0; i < n; i++) sum += (x[i * stride] - mean) * (x[i * stride] - mean);
  return sum / n;
}

static double largest(PetscInt n, const double x[])
{
  double max = 0.0;
  for (PetscInt i = 0; i < n; i++) max = fmax(max, fabs(x[i]));
  return max;
}

static void expectClose(double value, double expected, double relative)
{
  if (fabs(value - expected) > relative * fabs(expected)) fail_msg("%g is not near %g", value, expected);
}

static void testMlpInitialValues(void **state)
{
  DscOptions    options = optionsOf("approximator", "mlp", "net_layers", "200,60", NULL);
  static Built  b;
  const double *W0, *W1, *W2, *b1;

  (void)state;
  build(options, DSC_DOUBLE, 1, &b);
  parameterOf(&b, "layer0/W", 200, INPUTS, &W0);
  parameterOf(&b, "layer1/W", 60, 200, &W1);
  parameterOf(&b, "layer2/W", OUTPUTS, 60, &W2);
  parameterOf(&b, "layer1/b", 60, 1, &b1);
  expectClose(variance(400, 1, W0), 1.0 / INPUTS, 0.2);
  expectClose(variance(12000, 1, W1), 1.0 / 200, 0.05);
  expectClose(variance(120, 1, W2), 1.0 / 60, 0.4);
  assert_true(largest(60, b1) == 0.0);
  destroy(&b, &options);
}

static void testSirenInitialValues(void **state)
{
  DscOptions    options = optionsOf("approximator", "siren", "net_layers", "200,60", "net_siren_omega", "20", NULL);
  static Built  b;
  const double *W0, *W1, *b0, bound = sqrt(6.0 / 200) / 20;

  (void)state;
  build(options, DSC_DOUBLE, 1, &b);
  parameterOf(&b, "layer0/W", 200, INPUTS, &W0);
  parameterOf(&b, "layer1/W", 60, 200, &W1);
  parameterOf(&b, "layer0/b", 200, 1, &b0);
  assert_true(largest(400, W0) < 0.5 && largest(400, W0) > 0.48);
  assert_true(largest(12000, W1) < bound && largest(12000, W1) > 0.99 * bound);
  expectClose(variance(12000, 1, W1), bound * bound / 3, 0.05);
  assert_true(largest(200, b0) < sqrt(0.5) && largest(200, b0) > 0.9 * sqrt(0.5));
  destroy(&b, &options);
}

static void testFourierInitialValues(void **state)
{
  DscOptions options = optionsOf("approximator", "fourier", "net_layers", "500,20", "net_fourier_scale", "3,12", NULL);
  static Built  b;
  const double *W0, *W1, *b0;

  (void)state;
  build(options, DSC_DOUBLE, 1, &b);
  parameterOf(&b, "layer0/W", 500, INPUTS, &W0);
  parameterOf(&b, "layer1/W", 20, 500, &W1);
  parameterOf(&b, "layer0/b", 500, 1, &b0);
  expectClose(variance(500, INPUTS, W0), 9.0, 0.2);
  expectClose(variance(500, INPUTS, W0 + 1), 144.0, 0.2);
  expectClose(variance(10000, 1, W1), 1.0 / 500, 0.05);
  expectClose(variance(500, 1, b0), PETSC_PI * PETSC_PI / 3, 0.2);
  assert_true(largest(500, b0) < PETSC_PI && largest(500, b0) > 0.98 * PETSC_PI);
  destroy(&b, &options);
}

/* The scale that the spectrum gives: -net_fourier_ratio times the bandwidth, at least 1. */
static void testFourierScaleFromData(void **state)
{
  DscOptions    options = optionsOf("data_source", "kdv", "data_noise", "0.2", "approximator", "fourier", "net_layers",
                                    "2000,1", "net_fourier_scale", "0,7", "net_fourier_ratio", "0.5", NULL);
  DscDataSet   *data;
  DscScaling    scaling;
  static Built  b;
  const double *W0;
  double        bandwidth[DSC_MAX_COORDINATES];

  (void)state;
  OK(DscDataSetCreate(PETSC_COMM_SELF, options, 1, &data));
  OK(DscScalingCreate(data, options, &scaling));
  OK(DscNetEstimateBandwidth(data, &scaling, 0, bandwidth));
  OK(DscNetCreate(options, &(DscNetInfo){INPUTS, OUTPUTS, data, &scaling}, &b.net));
  OK(DscGraphCreate(DSC_DOUBLE, &(DscJet){0}, LANES, &b.graph));
  OK(DscGraphAddInput(b.graph, INPUTS, &b.x));
  OK(DscNetBuild(b.net, b.graph, b.x, &b.y));
  OK(DscNetInitialize(b.net, b.graph, 1, b.theta));
  parameterOf(&b, "layer0/W", 2000, INPUTS, &W0);
  expectClose(sqrt(variance(2000, INPUTS, W0)), 0.5 * bandwidth[0], 0.06);
  expectClose(sqrt(variance(2000, INPUTS, W0 + 1)), 7.0, 0.06);
  OK(DscDataSetDestroy(&data));
  destroy(&b, &options);
}

/* By seed and place only; no number is used twice. */
static void testInitialValuesDependOnSeedOnly(void **state)
{
  const char   *names[] = {"mlp", "siren", "fourier"};
  static Built  a, b, c;
  const double *W1, *W2;

  (void)state;
  for (int i = 0; i < 3; i++) {
    DscOptions options = optionsOf("approximator", names[i], "net_fourier_scale", "1,1", NULL), none = NULL;
    build(options, DSC_DOUBLE, 11, &a);
    build(options, DSC_SINGLE, 11, &b);
    build(options, DSC_DOUBLE, 12, &c);
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.theta, b.theta, (size_t)a.size * sizeof(double));
    assert_true(a.theta[0] != c.theta[0] && a.theta[200] != c.theta[200]);
    parameterOf(&a, "layer1/W", 30, 30, &W1);
    parameterOf(&a, "layer2/W", 30, 30, &W2);
    assert_true(W1[0] != W1[1] && W1[0] != W2[0]);
    destroy(&a, &none);
    destroy(&b, &none);
    destroy(&c, &options);
  }
}

/* ---- misuse -------------------------------------------------------------------------------------------------- */

static void testMisuse(void **state)
{
  DscOptions options = optionsOf("approximator", "mlp", NULL);
  DscGraph   graph;
  DscNet     net;
  DscNode    x, y;
  double     theta[1];

  (void)state;
  OK(DscNetCreate(options, &info, &net));
  OK(DscGraphCreate(DSC_DOUBLE, &(DscJet){0}, LANES, &graph));
  OK(DscGraphAddInput(graph, INPUTS + 1, &x));
  OK(DscErrorCaptureBegin());
  assert_int_equal(DscNetBuild(net, graph, x, &y), PETSC_ERR_ARG_SIZ);
  assert_non_null(strstr(DscErrorMessage(), "the network has 2 inputs, the node 3 features"));
  assert_int_equal(DscNetInitialize(net, graph, 1, theta), PETSC_ERR_ARG_WRONGSTATE);
  assert_non_null(strstr(DscErrorMessage(), "build the network first"));
  OK(DscErrorCaptureEnd());
  OK(DscNetDestroy(&net));
  OK(DscGraphDestroy(&graph));
  OK(DscOptionsDestroy(&options));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(testMlp),
      cmocka_unit_test(testSiren),
      cmocka_unit_test(testFourier),
      cmocka_unit_test(testMlpInitialValues),
      cmocka_unit_test(testSirenInitialValues),
      cmocka_unit_test(testFourierInitialValues),
      cmocka_unit_test(testFourierScaleFromData),
      cmocka_unit_test(testInitialValuesDependOnSeedOnly),
      cmocka_unit_test(testMisuse),
  };
  int failed;

  if (DscInitialize(&argc, &argv) || DscDataRegisterOptions() || DscNetRegisterOptions()) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return DscFinalize() ? 1 : failed;
}
