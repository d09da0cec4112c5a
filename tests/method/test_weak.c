/* The weak form: integrals against test functions, on grids and on scattered points, how noise enters them, and equations
   found with them. What runs on all ranks is compared with the same on one. */
#include "method_testing.h"

#include "method/weak_private.h"

/* One rank is enough for what has no communication. */
static void alone(void)
{
  int size;

  CALL(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  if (size > 1) skip();
}

/* ---- test functions ----------------------------------------------------------------------------------------- */

static void test_bump(void **state)
{
  (void)state;
  alone();
  for (double s = -0.95; s < 1.0; s += 0.1) {
    const double q = 1.0 - s * s, h = 1e-4;

    assert_true(fabs(DscBump(4, 0, s) - pow(q, 4)) < 1e-14);
    assert_true(fabs(DscBump(4, 1, s) + 8.0 * s * pow(q, 3)) < 1e-13);
    assert_true(fabs(DscBump(4, 2, s) - 48.0 * s * s * q * q + 8.0 * pow(q, 3)) < 1e-12);
    assert_true(fabs(DscBump(9, 5, s) - (DscBump(9, 4, s + h) - DscBump(9, 4, s - h)) / (2.0 * h)) < 1e-2);
  }
  assert_true(DscBump(4, 2, 1.0) == 0.0 && DscBump(4, 0, -1.5) == 0.0);
  assert_true(fabs(DscBumpMoment(3, 0, 0) - 32.0 / 35.0) < 1e-14);
  assert_true(fabs(DscBumpMoment(3, 1, 1) + 32.0 / 35.0) < 1e-13); /* by parts */
  assert_true(fabs(DscBumpMoment(5, 3, 2)) < 1e-11);               /* odd, even */
}

/* Of all monomials up to the degree, on random points: the integral of phi's derivatives times them. */
static void test_moments_are_exact(void **state)
{
  enum { N = 150, DEGREE = 6, STEPS = 2000 };
  PetscInt           orders[3][DSC_MAX_COORDINATES] = {{1, 0}, {0, 0}, {0, 3}};
  const DscWeakTerms terms                          = {.ncoordinates = 2, .nfunctionals = 3, .orders = orders};
  const double       half[2]                        = {0.7, 2.5};
  double             s[2 * N], weights[3 * N];
  PetscBool          good;
  DscWeakFit         fit;

  (void)state;
  alone();
  for (uint64_t i = 0; i < 2 * N; i++) s[i] = 2.0 * DscRandomUniform(3, DSC_STREAM_TEST, i) - 1.0;
  CALL(DscWeakFitCreate(&terms, 6, half, N, &fit));
  CALL(DscWeakFitWeights(fit, N, s, DEGREE, weights, &good));
  assert_true(good);
  for (int a = 0; a <= DEGREE; a++) {
    for (int b = 0; a + b <= DEGREE; b++) {
      for (int q = 0; q < 3; q++) {
        double sum = 0.0, along[2] = {0.0, 0.0};

        for (int i = 0; i < N; i++) sum += weights[q * N + i] * pow(s[2 * i], a) * pow(s[2 * i + 1], b);
        for (int i = 1; i < STEPS; i++) {
          const double x = 2.0 * i / STEPS - 1.0;
          for (int c = 0; c < 2; c++)
            along[c] += 2.0 / STEPS * pow(half[c], (double)(1 - orders[q][c])) * DscBump(6, orders[q][c], x) *
                        pow(x, c == 0 ? a : b);
        }
        assert_true(fabs(sum - along[0] * along[1]) < 1e-7 * (1.0 + fabs(along[0] * along[1])));
      }
    }
  }
  CALL(DscWeakFitWeights(fit, 20, s, DEGREE, weights, &good)); /* fewer points than polynomials */
  assert_false(good);
  CALL(DscWeakFitDestroy(&fit));
}

/* ---- rows --------------------------------------------------------------------------------------------------- */

typedef struct {
  DscDataSet      *data;
  DscLibrary       library;
  DscWeakTerms     terms;
  DscWeakScale     scale;
  DscWeakFunctions functions;
  DscWeakRows      rows;
} Weak;

static void weak_create(DscOptions options, Weak *w)
{
  CALL(DscDataSetCreate(PETSC_COMM_SELF, options, 1, &w->data));
  CALL(DscLibraryCreate(options, w->data, &w->library));
  CALL(DscWeakTermsCreate(options, w->library, w->data, &w->terms));
  CALL(DscWeakFunctionsCreate(options, 1, w->data, &w->terms, &w->scale, &w->functions));
  CALL(DscWeakRowsCreate(PETSC_COMM_SELF, options, w->data->nsamples, &w->terms, &w->functions, w->scale.noise2,
                         &w->rows));
}

static void weak_destroy(Weak *w)
{
  CALL(DscWeakRowsDestroy(&w->rows));
  CALL(DscWeakFunctionsDestroy(&w->functions));
  CALL(DscWeakTermsDestroy(&w->terms));
  CALL(DscLibraryDestroy(&w->library));
  CALL(DscDataSetDestroy(&w->data));
}

static const double *column(const Weak *w, const char *name)
{
  PetscInt j;

  CALL(DscWeakTermsFind(&w->terms, w->library, name, &j));
  assert_true(j >= 0);
  return w->rows.X + j * w->functions.nfunctions;
}

/* A smooth field of (t, x), and the d_t, d_x, d_xx, d_xxx of it. */
static double smooth(int kind, double t, double x)
{
  const double phase = 2.0 * t - 1.5 * x;

  switch (kind) {
  case 0:
    return sin(phase) + 0.2 * x;
  case 1:
    return 2.0 * cos(phase);
  case 2:
    return -1.5 * cos(phase) + 0.2;
  case 3:
    return -2.25 * sin(phase);
  default:
    return 3.375 * cos(phase);
  }
}

/* Largest difference, over the largest value, between columns with derivatives on the test functions and the column 'u' of
   the same derivatives taken by hand. */
static double parts_error(DscOptions options)
{
  static const char *const names[] = {"", "u_x", "u_xx", "u_xxx", "u u_x", "(u^2)_xx"};
  double                   worst   = 0.0, *values[1];
  double                  *reference;
  Weak                     w;

  weak_create(options, &w);
  for (int c = 0; c < 6; c++) {
    const PetscInt K       = w.functions.nfunctions;
    double         largest = 0.0, error = 0.0;

    w.scale.noise2[0] = 0.0;
    CALL(PetscMalloc1(w.data->nsamples, &values[0]));
    CALL(PetscMalloc1(K, &reference));
    for (PetscInt i = 0; i < w.data->nsamples; i++) {
      const double t = w.data->coordinates[0][i], x = w.data->coordinates[1][i], u = smooth(0, t, x);

      values[0][i] = c < 4    ? smooth(c + 1, t, x)
                     : c == 4 ? u * smooth(2, t, x)
                              : 2.0 * (u * smooth(3, t, x) + PetscSqr(smooth(2, t, x)));
    }
    CALL(DscWeakRowsEvaluate(&w.rows, values));
    CALL(PetscArraycpy(reference, column(&w, "u"), K));
    for (PetscInt i = 0; i < w.data->nsamples; i++)
      values[0][i] = smooth(0, w.data->coordinates[0][i], w.data->coordinates[1][i]);
    CALL(DscWeakRowsEvaluate(&w.rows, values));
    for (PetscInt k = 0; k < K; k++) {
      const double *X = c == 0 ? w.rows.X + w.terms.nterms * K : column(&w, names[c]);

      largest = PetscMax(largest, fabs(reference[k]));
      error   = PetscMax(error, fabs(X[k] - reference[k]));
    }
    worst = PetscMax(worst, error / largest);
    CALL(PetscFree(reference));
    CALL(PetscFree(values[0]));
  }
  weak_destroy(&w);
  return worst;
}

/* The third derivative of the bump of degree 6 vanishes to third order at the edges: the trapezoidal rule of u_xxx has an
   error of order h^4 (Euler and Maclaurin), and 16 times the error with twice the step. */
static void check_integration_by_parts(void)
{
  const char  *path       = write_waves((Waves){0.1, 0.0, 1.0, 1.0, 1.0}, 61, 81);
  DscOptions   options    = options_of(NULL, "approximator", "weak", "data_file", path, "library_polynomial", "2",
                                       "library_derivative", "3", "weak_degree", "6", "weak_support", "0.3,1.5708", NULL);
  DscOptions   coarse     = options_of(options, "data_stride_t", "2", "data_stride_x", "2", NULL);
  DscOptions   random     = options_of(options, "data_sampling", "random", "data_samples", "4000", NULL);
  const double fine_error = parts_error(options), coarse_error = parts_error(coarse),
               random_error = parts_error(random);

  assert_true(fine_error < 2e-3);
  assert_true(coarse_error > 12.0 * fine_error);
  assert_true(random_error < 1e-4); /* polynomials of degree 12 */
  remove_file(path);
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&coarse));
  CALL(DscOptionsDestroy(&random));
}

static void test_integration_by_parts(void **state)
{
  (void)state;
  alone();
  check_integration_by_parts();
}

/* Residuals y - X xi of all equations [nfields][nfunctions] at fields u + h e. */
static void residuals(Weak *w, const double xi[], double h, double *const e[], double r[])
{
  const PetscInt K = w->functions.nfunctions, M = w->terms.nterms, nf = w->terms.nfields;
  double        *u[DSC_MAX_FIELDS] = {NULL};

  for (PetscInt f = 0; f < nf; f++) {
    CALL(PetscMalloc1(w->data->nsamples, &u[f]));
    for (PetscInt i = 0; i < w->data->nsamples; i++) u[f][i] = w->data->fields[f][i] + h * e[f][i];
  }
  CALL(DscWeakRowsEvaluate(&w->rows, u));
  for (PetscInt f = 0; f < nf; f++) {
    for (PetscInt k = 0; k < K; k++) {
      r[f * K + k] = w->rows.X[(M + f) * K + k];
      for (PetscInt j = 0; j < M; j++) r[f * K + k] -= xi[f * M + j] * w->rows.X[j * K + k];
    }
    CALL(PetscFree(u[f]));
  }
}

static double lambda_of(PetscInt i)
{
  return sin(3.0 * (double)i + 1.0);
}

/* psi is the derivative of the residuals by the data; C lambda = psi s^2 psi' lambda. */
static void check_noise(DscOptions options)
{
  const double h = 1e-4;
  double      *xi, *plus, *minus, *linear, *lambda, *e[DSC_MAX_FIELDS];
  PetscInt     n, M;
  Weak         w;

  weak_create(options, &w);
  M = w.terms.nterms;
  n = w.terms.nfields * w.functions.nfunctions;
  CALL(PetscMalloc5(w.terms.nfields * (size_t)M, &xi, n, &plus, n, &minus, n, &linear, n, &lambda));
  for (PetscInt i = 0; i < w.terms.nfields * M; i++) xi[i] = cos((double)i);
  for (PetscInt f = 0; f < w.terms.nfields; f++) {
    w.scale.noise2[f] = 0.1 + 0.2 * (double)f;
    CALL(PetscMalloc1(w.data->nsamples, &e[f]));
    for (PetscInt i = 0; i < w.data->nsamples; i++)
      e[f][i] = DscRandomNormal(1, DSC_STREAM_TEST, (uint64_t)(i * w.terms.nfields + f));
  }
  residuals(&w, xi, h, e, plus);
  residuals(&w, xi, -h, e, minus);
  residuals(&w, xi, 0.0, e, linear);
  CALL(DscWeakRowsCovariance(&w.rows, xi));
  CALL(PetscArrayzero(linear, n));
  CALL(DscWeakRowsApply(&w.rows, e, linear));
  for (PetscInt i = 0; i < n; i++) {
    const double difference = (plus[i] - minus[i]) / (2.0 * h);
    assert_true(fabs(difference - linear[i]) < 1e-5 * (1.0 + fabs(difference)));
  }
  for (PetscInt i = 0; i < n; i++) lambda[i] = lambda_of(i);
  CALL(DscWeakRowsApplyTranspose(&w.rows, lambda, e));
  CALL(PetscArrayzero(linear, n));
  CALL(DscWeakRowsApply(&w.rows, e, linear));
  for (PetscInt i = 0; i < n; i++) {
    double product = 0.0, size = 0.0;

    for (PetscInt j = 0; j < n; j++) product += w.rows.C[i * n + j] * lambda[j];
    for (PetscInt j = 0; j < n; j++) size += fabs(w.rows.C[i * n + j] * lambda[j]);
    assert_true(fabs(product - linear[i]) < 1e-12 * size);
  }
  for (PetscInt f = 0; f < w.terms.nfields; f++) CALL(PetscFree(e[f]));
  CALL(PetscFree5(xi, plus, minus, linear, lambda));
  weak_destroy(&w);
}

/* Two fields on a 15 x 17 x 14 grid. */
static const char *write_pair(void)
{
  static char path[PETSC_MAX_PATH_LEN];
  FILE       *file;

  snprintf(path, sizeof(path), "/tmp/discern_pair_%ld.csv", (long)getpid());
  file = fopen(path, "w");
  assert_non_null(file);
  fprintf(file, "t,x,y,u,v\n");
  for (int i = 0; i < 15; i++) {
    for (int j = 0; j < 17; j++) {
      for (int k = 0; k < 14; k++) {
        const double t = 0.1 * i, x = 0.2 * j, y = 0.15 * k;
        fprintf(file, "%.17g,%.17g,%.17g,%.17g,%.17g\n", t, x, y, sin(t + x) + cos(2.0 * y), cos(2.0 * t - y + x));
      }
    }
  }
  fclose(file);
  return path;
}

static void check_noise_in_rows(void)
{
  const char *path    = write_pair();
  DscOptions  options = options_of(NULL, "approximator", "weak", "data_file", path, "data_u", "u,v", "data_y", "y",
                                   "library_polynomial", "2", "library_derivative", "2", "weak_functions", "80", NULL);
  DscOptions  random  = options_of(options, "data_sampling", "random", "data_samples", "3000", "weak_functions", "60",
                                   "weak_support", "0.5,1.2,0.8", NULL);

  check_noise(options);
  check_noise(random);
  remove_file(path);
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&random));
}

static void test_noise_in_rows(void **state)
{
  (void)state;
  alone();
  check_noise_in_rows();
}

static void test_powers_without_bias(void **state)
{
  DscMonomial        monomials[4] = {{.exponent = {0}}, {.exponent = {2}}, {.exponent = {3}}, {.exponent = {4}}};
  const DscWeakTerms terms        = {.nfields = 1, .nmonomials = 4, .monomials = monomials};
  enum { N = 200000 };
  const double s2 = 0.25, u = 0.8;
  double      *values, *F, mean[4] = {0.0};

  (void)state;
  alone();
  CALL(PetscMalloc2(N, &values, 4 * (size_t)N, &F));
  for (PetscInt i = 0; i < N; i++) values[i] = u + sqrt(s2) * DscRandomNormal(2, DSC_STREAM_TEST, (uint64_t)i);
  CALL(DscWeakTermsEvaluate(&terms, N, &values, &s2, F));
  for (int m = 0; m < 4; m++) {
    for (PetscInt i = 0; i < N; i++) mean[m] += F[m * N + i] / N;
  }
  assert_true(fabs(mean[0] - 1.0) < 1e-9 && fabs(mean[1] - u * u) < 0.01); /* 5 standard errors; the bias is 0.25 */
  assert_true(fabs(mean[2] - pow(u, 3)) < 0.02 && fabs(mean[3] - pow(u, 4)) < 0.04);
  CALL(PetscFree2(values, F));
}

/* ---- equations ---------------------------------------------------------------------------------------------- */

static DscOptions waves_options(const char *path)
{
  return options_of(NULL, "approximator", "weak", "data_file", path, "data_noise", "0.1", "library_polynomial", "2",
                    "library_derivative", "2", "data_truth_terms", "u_x,u_xx", "data_truth_values", "-1,0.1", NULL);
}

static void check_equation(const DscResult *result, double tolerance)
{
  assert_int_equal(result->status, DSC_RUN_DONE);
  assert_int_equal(result->exact, 1);
  assert_true(result->coefficient_error < tolerance);
  for (PetscInt j = 0; j < result->nterms; j++) {
    if (result->active[j]) assert_true(fabs(result->coefficients[j] - result->truth[j]) < 5.0 * result->std[j]);
  }
}

static void check_same(const DscResult *a, const DscResult *b, PetscBool same)
{
  const size_t size = sizeof(double) * (size_t)a->nterms;

  assert_int_equal(a->nterms, b->nterms);
  assert_int_equal(memcmp(a->coefficients, b->coefficients, size) == 0 && memcmp(a->std, b->std, size) == 0 &&
                       memcmp(&a->mse, &b->mse, sizeof(double)) == 0,
                   same);
}

/* Found on a grid and on samples of it; mse is the variance of the noise; the same bits on all ranks as on one. */
static void test_equations(void **state)
{
  const char *path    = write_waves((Waves){0.1, 0.0, 1.0, 1.0, 1.0}, 40, 60);
  DscOptions  options = waves_options(path);
  DscOptions  random =
      options_of(options, "data_sampling", "random", "data_samples", "1500", "data_noise", "0.02", NULL);
  DscResult *grid = run(PETSC_COMM_WORLD, options), *alone = run(PETSC_COMM_SELF, options);
  DscResult *scattered = run(PETSC_COMM_WORLD, random), *scattered_alone = run(PETSC_COMM_SELF, random);

  (void)state;
  check_equation(grid, 0.05);
  assert_true(fabs(sqrt(grid->mse) / (0.1 * 0.765) - 1.0) < 0.25); /* 0.765: the waves' standard deviation */
  check_equation(scattered, 0.1);
  check_same(grid, alone, PETSC_TRUE);
  check_same(scattered, scattered_alone, PETSC_TRUE);
  remove_file(path);
  CALL(DscResultDestroy(&grid));
  CALL(DscResultDestroy(&alone));
  CALL(DscResultDestroy(&scattered));
  CALL(DscResultDestroy(&scattered_alone));
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&random));
}

/* Random centres follow the seed and nothing else. */
static void test_seeds(void **state)
{
  const char *path    = write_waves((Waves){0.1, 0.0, 1.0, 1.0, 1.0}, 40, 60);
  DscOptions  waves   = waves_options(path);
  DscOptions  options = options_of(waves, "weak_centres", "random", "data_seed", "1", NULL);
  DscOptions  other   = options_of(options, "seed", "1", NULL);
  DscResult  *first = run(PETSC_COMM_WORLD, options), *again = run(PETSC_COMM_SELF, options);
  DscResult  *different = run(PETSC_COMM_WORLD, other);

  (void)state;
  check_equation(first, 0.1);
  check_equation(different, 0.1);
  check_same(first, again, PETSC_TRUE);
  check_same(first, different, PETSC_FALSE);
  remove_file(path);
  CALL(DscResultDestroy(&first));
  CALL(DscResultDestroy(&again));
  CALL(DscResultDestroy(&different));
  CALL(DscOptionsDestroy(&waves));
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&other));
}

/* Without space, two fields: u' = v, v' = -u - 0.2 v. */
static void test_oscillator(void **state)
{
  char       path[64];
  FILE      *file;
  DscOptions options;
  DscResult *result;

  (void)state;
  alone();
  snprintf(path, sizeof(path), "/tmp/discern_oscillator_%ld.csv", (long)getpid());
  file = fopen(path, "w");
  assert_non_null(file);
  fprintf(file, "t,u,v\n");
  for (int i = 0; i < 600; i++) {
    const double t = 0.05 * i, w = sqrt(0.99);
    fprintf(file, "%.17g,%.17g,%.17g\n", t, exp(-0.1 * t) * cos(w * t),
            -exp(-0.1 * t) * (0.1 * cos(w * t) + w * sin(w * t)));
  }
  fclose(file);
  options = options_of(NULL, "approximator", "weak", "data_file", path, "data_u", "u,v", "data_x", "none", "data_noise",
                       "0.05", "library_polynomial", "2", NULL);
  result  = run(PETSC_COMM_SELF, options);
  assert_int_equal(result->status, DSC_RUN_DONE);
  for (PetscInt i = 0; i < 2 * result->nterms; i++) {
    const PetscInt f = i / result->nterms, j = i % result->nterms;
    const double   truth = j == term(result, "v") ? (f ? -0.2 : 1.0) : j == term(result, "u") ? (f ? -1.0 : 0.0) : 0.0;

    assert_true(fabs(result->coefficients[i] - truth) < 0.05);
    assert_int_equal(result->active[i], truth != 0.0);
  }
  remove(path);
  CALL(DscResultDestroy(&result));
  CALL(DscOptionsDestroy(&options));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_bump),
    cmocka_unit_test(test_moments_are_exact),
    cmocka_unit_test(test_integration_by_parts),
    cmocka_unit_test(test_noise_in_rows),
    cmocka_unit_test(test_powers_without_bias),
    cmocka_unit_test(test_equations),
    cmocka_unit_test(test_seeds),
    cmocka_unit_test(test_oscillator),
};

TEST_MAIN(tests)
