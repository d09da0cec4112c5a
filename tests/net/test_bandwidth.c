/* The bandwidth of samples: fields of known spectrum, noise, sampling, units; then the generated data sets. */
#include "net/net_testing.h"

enum { MODES = 400 };
/* Along each coordinate; many waves fit into [-1,1], because one realisation has to show its spectrum. */
static const double true_bandwidth[3] = {6.0, 14.0, 9.0};

/* A stationary field: waves of equal amplitude whose angular frequencies are normal with the given deviations. */
static double waves(PetscInt d, const double x[])
{
  double u = 0.0;

  for (uint64_t j = 0; j < MODES; j++) {
    double phase = 2.0 * PETSC_PI * DscRandomUniform(5, DSC_STREAM_TEST, 4 * j + 3);
    for (PetscInt c = 0; c < d; c++)
      phase += true_bandwidth[c] * DscRandomNormal(5, DSC_STREAM_TEST, 4 * j + (uint64_t)c) * x[c];
    u += cos(phase);
  }
  return u / sqrt(0.5 * MODES);
}

/* Deviations of the frequencies drawn, along coordinate c. */
static double drawnBandwidth(PetscInt c)
{
  double sum = 0.0;
  for (uint64_t j = 0; j < MODES; j++) {
    const double omega = true_bandwidth[c] * DscRandomNormal(5, DSC_STREAM_TEST, 4 * j + (uint64_t)c);
    sum += omega * omega;
  }
  return sqrt(sum / MODES);
}

/* n random samples in [-1,1]^d, or, for grid, n = grid[0] * grid[1]; all of them training samples. */
static void createWaves(PetscInt d, PetscInt n, const PetscInt grid[2], double noise, DscDataSet *data)
{
  memset(data, 0, sizeof(*data));
  data->ncoordinates = d;
  data->nfields      = 1;
  data->nsamples = data->ntrain = n;
  for (PetscInt c = 0; c < d; c++) OK(PetscMalloc1(n, &data->coordinates[c]));
  OK(PetscMalloc1(n, &data->fields[0]));
  for (PetscInt i = 0; i < n; i++) {
    double x[3];
    for (PetscInt c = 0; c < d; c++) x[c] = 2.0 * DscRandomUniform(6, DSC_STREAM_TEST, (uint64_t)(3 * i + c)) - 1.0;
    if (grid) {
      x[0] = -1.0 + 2.0 * (i / grid[1]) / (grid[0] - 1);
      x[1] = -1.0 + 2.0 * (i % grid[1]) / (grid[1] - 1);
    }
    for (PetscInt c = 0; c < d; c++) data->coordinates[c][i] = x[c];
    data->fields[0][i] = waves(d, x) + noise * DscRandomNormal(8, DSC_STREAM_TEST, (uint64_t)i);
  }
}

static void destroyWaves(DscDataSet *data)
{
  for (PetscInt c = 0; c < data->ncoordinates; c++) OK(PetscFree(data->coordinates[c]));
  OK(PetscFree(data->fields[0]));
}

static void noScaling(DscScaling *scaling)
{
  memset(scaling, 0, sizeof(*scaling));
  for (PetscInt c = 0; c < DSC_MAX_COORDINATES; c++) scaling->coordinate_scale[c] = 1.0;
}

static void checkWaves(PetscInt d, PetscInt n, const PetscInt grid[2], double noise, double tolerance)
{
  DscDataSet data;
  DscScaling scaling;
  double     bandwidth[DSC_MAX_COORDINATES];

  createWaves(d, n, grid, noise, &data);
  noScaling(&scaling);
  OK(DscNetEstimateBandwidth(&data, &scaling, 0, bandwidth));
  for (PetscInt c = 0; c < d; c++) {
    if (fabs(bandwidth[c] / drawnBandwidth(c) - 1.0) > tolerance)
      fail_msg("%d dimensions, %d samples, noise %g, coordinate %d: %g, not %g", (int)d, (int)n, noise, (int)c,
               bandwidth[c], drawnBandwidth(c));
  }
  destroyWaves(&data);
}

static void testScatteredWaves(void **state)
{
  (void)state;
  checkWaves(2, 4000, NULL, 0.0, 0.2);
  checkWaves(3, 8000, NULL, 0.0, 0.3);
}

static void testNoiseDoesNotWiden(void **state)
{
  (void)state;
  checkWaves(2, 4000, NULL, 0.2, 0.2);
  checkWaves(2, 4000, NULL, 0.5, 0.2);
  checkWaves(2, 4000, NULL, 1.0, 0.3);
}

/* A grid that is far denser in one coordinate: its own Nyquist limits, no aliases. */
static void testGrid(void **state)
{
  const PetscInt grid[2] = {16, 250};
  (void)state;
  checkWaves(2, 16 * 250, grid, 0.0, 0.2);
  checkWaves(2, 16 * 250, grid, 0.5, 0.2);
}

/* More samples than are used. */
static void testLargeSet(void **state)
{
  (void)state;
  checkWaves(2, 12000, NULL, 0.3, 0.2);
}

static void testPureNoiseHasNoBandwidth(void **state)
{
  DscDataSet data;
  DscScaling scaling;
  double     bandwidth[DSC_MAX_COORDINATES];

  (void)state;
  createWaves(2, 3000, NULL, 0.0, &data);
  for (PetscInt i = 0; i < data.nsamples; i++) data.fields[0][i] = DscRandomNormal(9, DSC_STREAM_TEST, (uint64_t)i);
  noScaling(&scaling);
  OK(DscNetEstimateBandwidth(&data, &scaling, 0, bandwidth));
  assert_true(bandwidth[0] == 0.0 && bandwidth[1] == 0.0);
  for (PetscInt i = 0; i < data.nsamples; i++) data.fields[0][i] = 3.0;
  OK(DscNetEstimateBandwidth(&data, &scaling, 0, bandwidth));
  assert_true(bandwidth[0] == 0.0 && bandwidth[1] == 0.0);
  destroyWaves(&data);
}

/* Angular frequencies are per scaled coordinate: units, and fields' units, do not matter; a scale of 1 gives physical ones. */
static void testUnits(void **state)
{
  DscDataSet data;
  DscScaling unit, none;
  double     plain[DSC_MAX_COORDINATES], scaled[DSC_MAX_COORDINATES], physical[DSC_MAX_COORDINATES];

  (void)state;
  noScaling(&none);
  unit = none;
  createWaves(2, 2000, NULL, 0.1, &data);
  OK(DscNetEstimateBandwidth(&data, &none, 0, plain));
  for (PetscInt i = 0; i < data.nsamples; i++) {
    data.coordinates[0][i] = 50.0 + 20.0 * data.coordinates[0][i];
    data.coordinates[1][i] = -3.0 + 0.01 * data.coordinates[1][i];
    data.fields[0][i]      = 1000.0 + 7.0 * data.fields[0][i];
  }
  unit.coordinate_center[0] = 50.0;
  unit.coordinate_scale[0]  = 20.0;
  unit.coordinate_center[1] = -3.0;
  unit.coordinate_scale[1]  = 0.01;
  OK(DscNetEstimateBandwidth(&data, &unit, 0, scaled));
  OK(DscNetEstimateBandwidth(&data, &none, 0, physical));
  for (int c = 0; c < 2; c++) {
    assert_true(fabs(scaled[c] / plain[c] - 1.0) < 1e-6);
    assert_true(fabs(physical[c] * unit.coordinate_scale[c] / plain[c] - 1.0) < 1e-6);
  }
  destroyWaves(&data);
}

/* The sets of the papers: sech^2 solitons of speed 5 have k = .89 sqrt(5)/2 per unit of x; KS its fastest growing waves,
   k near 1/sqrt(2). Noise hardly moves the estimate. */
static void checkGenerator(const char *source, const char *noise, const double expected[2], double tolerance)
{
  DscOptions  options = optionsOf("data_source", source, "data_noise", noise, NULL);
  DscDataSet *data;
  DscScaling  scaling;
  double      bandwidth[DSC_MAX_COORDINATES];

  OK(DscDataSetCreate(PETSC_COMM_SELF, options, 1, &data));
  OK(DscScalingCreate(data, options, &scaling));
  OK(DscNetEstimateBandwidth(data, &scaling, 0, bandwidth));
  print_message("%s, noise %s: t %.2f, x %.2f\n", source, noise, bandwidth[0], bandwidth[1]);
  for (int c = 0; c < 2; c++) assert_true(fabs(bandwidth[c] - expected[c]) < tolerance * expected[c]);
  OK(DscDataSetDestroy(&data));
  OK(DscOptionsDestroy(&options));
}

static void testGenerators(void **state)
{
  const double kdv[2] = {5.0 * 0.894 * 1.118 * 1.45, 0.894 * 1.118 * 6.5};
  const double ks[2]  = {1.6, 0.707 * 50.2};

  (void)state;
  checkGenerator("kdv", "0", kdv, 0.2);
  checkGenerator("kdv", "0.5", kdv, 0.2);
  checkGenerator("ks", "0", ks, 0.2);
  checkGenerator("ks", "0.5", ks, 0.2);
}

static void testBadArguments(void **state)
{
  DscDataSet data;
  DscScaling scaling;
  double     bandwidth[DSC_MAX_COORDINATES];

  (void)state;
  createWaves(1, 10, NULL, 0.0, &data);
  noScaling(&scaling);
  OK(PetscPushErrorHandler(PetscIgnoreErrorHandler, NULL));
  assert_int_equal(DscNetEstimateBandwidth(&data, &scaling, 1, bandwidth), PETSC_ERR_ARG_OUTOFRANGE);
  data.ntrain = 0;
  assert_int_equal(DscNetEstimateBandwidth(&data, &scaling, 0, bandwidth), PETSC_ERR_ARG_SIZ);
  OK(PetscPopErrorHandler());
  destroyWaves(&data);
}

/* Missing values are left out: those that are there give the bits that they give alone. */
static void testMissingValues(void **state)
{
  DscDataSet all, there;
  DscScaling scaling;
  double     a[2], b[2];
  PetscInt   n = 0;
  (void)state;

  createWaves(2, 500, NULL, 0.1, &all);
  createWaves(2, 500, NULL, 0.1, &there);
  for (PetscInt i = 0; i < 500; i++) {
    if (i % 5 == 2) {
      all.fields[0][i] = NAN;
      continue;
    }
    for (PetscInt c = 0; c < 2; c++) there.coordinates[c][n] = there.coordinates[c][i];
    there.fields[0][n++] = there.fields[0][i];
  }
  there.nsamples = there.ntrain = n;
  noScaling(&scaling);
  OK(DscNetEstimateBandwidth(&all, &scaling, 0, a));
  OK(DscNetEstimateBandwidth(&there, &scaling, 0, b));
  assert_memory_equal(a, b, sizeof(a));
  assert_true(a[0] > 1.0 && a[1] > 1.0);
  destroyWaves(&all);
  destroyWaves(&there);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(testScatteredWaves),
      cmocka_unit_test(testNoiseDoesNotWiden),
      cmocka_unit_test(testGrid),
      cmocka_unit_test(testLargeSet),
      cmocka_unit_test(testPureNoiseHasNoBandwidth),
      cmocka_unit_test(testUnits),
      cmocka_unit_test(testMissingValues),
      cmocka_unit_test(testGenerators),
      cmocka_unit_test(testBadArguments),
  };
  int failed;

  if (DscInitialize(&argc, &argv) || DscDataRegisterOptions() || DscNetRegisterOptions()) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return DscFinalize() ? 1 : failed;
}
