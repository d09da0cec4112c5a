/* Derivatives on a grid, in one to three dimensions of space. Central differences and local polynomials: exact on
   polynomials, converging at their order on smooth functions, along axes of equal and of smoothly varying steps; fits let
   as much of the noise pass as theory says. Fourier derivatives: exact on the waves that are kept, nothing of the others. */
#include "method_testing.h"

#include "method/derivatives.h"
#include "method/stencil.h"

enum { MAX_POINTS = 512, LANES = MAX_POINTS };

/* A small grid with one field, all of it in memory. */
typedef struct {
  DscGridInfo info;
  char        coordinate_names[DSC_MAX_COORDINATES][DSC_NAME_LENGTH], field_names[1][DSC_NAME_LENGTH];
  double      axes[DSC_MAX_COORDINATES][MAX_POINTS];
  double     *values; /* (owned) [npoints] */
} Grid;

static void fill(Grid *grid, double (*f)(PetscInt, const double[]))
{
  for (PetscInt64 p = 0; p < grid->info.npoints; p++) {
    double   x[DSC_MAX_COORDINATES] = {0.0};
    PetscInt rest                   = (PetscInt)p;

    for (PetscInt c = grid->info.ncoordinates - 1; c >= 0; rest /= grid->info.extent[c--])
      x[c] = grid->axes[c][rest % grid->info.extent[c]];
    grid->values[p] = f(0, x);
  }
}

/* Axis c has n[c] points on [0, 1], bent where graded. */
static void create_grid(Grid *grid, PetscInt ncoordinates, const PetscInt n[], PetscBool graded,
                        double (*f)(PetscInt, const double[]))
{
  const char *names[] = {"t", "x", "y", "z"};

  memset(grid, 0, sizeof(*grid));
  grid->info = (DscGridInfo){.ncoordinates     = ncoordinates,
                             .nfields          = 1,
                             .coordinate_names = (const char(*)[DSC_NAME_LENGTH])grid->coordinate_names,
                             .field_names      = (const char(*)[DSC_NAME_LENGTH])grid->field_names,
                             .npoints          = 1};
  strcpy(grid->field_names[0], "u");
  for (PetscInt c = 0; c < ncoordinates; c++) {
    strcpy(grid->coordinate_names[c], names[c]);
    grid->info.extent[c] = n[c];
    grid->info.npoints *= n[c];
    grid->info.coordinates[c] = grid->axes[c];
    for (PetscInt i = 0; i < n[c]; i++) {
      const double s   = (double)i / (double)(n[c] - 1);
      grid->axes[c][i] = graded ? s + 0.1 * sin(3.0 * s + (double)c) : s;
    }
  }
  CALL(PetscMalloc1(grid->info.npoints, &grid->values));
  fill(grid, f);
}

static const DscDerivativeRule differences = {.kind = DSC_BY_DIFFERENCES, .accuracy = 4};

/* Calls check(feature, position, value) at every point of the interior. */
static void each_derivative(const Grid *grid, PetscInt nfeatures, const DscFeature features[],
                            const DscDerivativeRule *rule,
                            void (*check)(void *, const DscFeature *, const double[], double), void *context)
{
  const PetscInt *n = grid->info.extent, last                            = PetscMax(grid->info.ncoordinates - 1, 1);
  PetscInt        half[DSC_MAX_COORDINATES], stride[DSC_MAX_COORDINATES] = {0}, at[DSC_MAX_COORDINATES] = {0}, c;
  DscDerivatives  d;
  const double   *rows[128];
  double         *out;

  CALL(DscDerivativesCreate(&grid->info, nfeatures, features, rule, &d));
  CALL(DscDerivativesGetHalfWidths(d, half));
  CALL(PetscMalloc1(nfeatures * LANES, &out));
  stride[last] = 1;
  for (c = last; c > 0; c--) stride[c - 1] = stride[c] * PetscMax(n[c], 1);
  CALL(DscDerivativesAllocate(d, 0, PetscMax(n[1], 1)));
  for (c = 0; c < last; c++) at[c] = half[c];
  do { /* at counts through all coordinates but the last one */
    const PetscInt count = PetscMax(n[last], 1) - 2 * half[last];
    PetscInt       place = at[last] = half[last];

    for (PetscInt k = -half[0]; k <= half[0]; k++) rows[half[0] + k] = grid->values + (at[0] + k) * stride[0];
    CALL(DscDerivativesSetTime(d, at[0], rows, half[1], PetscMax(n[1], 1) - half[1]));
    for (c = 1; c < last; c++) place += at[c] * stride[c];
    CALL(DscDerivativesApply(d, place, half[last], count, LANES, out));
    for (PetscInt l = 0; l < count; l++, at[last]++) {
      double x[DSC_MAX_COORDINATES] = {0.0};
      for (c = 0; c < grid->info.ncoordinates; c++) x[c] = grid->axes[c][at[c]];
      for (PetscInt f = 0; f < nfeatures; f++) check(context, &features[f], x, out[f * LANES + l]);
    }
    for (c = last - 1; c >= 0 && ++at[c] == n[c] - half[c]; c--) at[c] = half[c];
  } while (c >= 0);
  CALL(PetscFree(out));
  CALL(DscDerivativesDestroy(&d));
}

/* ---- weights ------------------------------------------------------------------------------------------------ */

static void test_known_weights(void **state)
{
  const double x[]        = {-2, -1, 0, 1, 2};
  const double expected[] = {0,          0,         1,         0,        0, /* 12 times: */
                             1.0 / 12,   -8.0 / 12, 0,         8.0 / 12, -1.0 / 12, -1.0 / 12, 16.0 / 12,
                             -30.0 / 12, 16.0 / 12, -1.0 / 12, -0.5,     1,         0,         -1,
                             0.5,        1,         -4,        6,        -4,        1};
  double       w[25];
  (void)state;

  DscFiniteDifferenceWeights(5, x, 0.0, 4, w);
  for (int i = 0; i < 25; i++) assert_true(fabs(w[i] - expected[i]) < 1e-14);
}

/* Any n distinct points, any place: exact on polynomials of degree n - 1. */
static void test_weights_are_exact_on_polynomials(void **state)
{
  double x[7], w[49];
  (void)state;

  for (int i = 0; i < 7; i++) x[i] = 0.4 * i + 0.3 * DscRandomUniform(3, DSC_STREAM_TEST, (uint64_t)i);
  const double z = 1.234;
  DscFiniteDifferenceWeights(7, x, z, 6, w);
  for (int degree = 0; degree < 7; degree++) {
    for (int k = 0; k < 7; k++) {
      double sum = 0.0, expected = pow(z, degree - k);
      for (int i = 0; i < 7; i++) sum += w[k * 7 + i] * pow(x[i], degree);
      for (int i = 0; i < k; i++) expected *= degree - i;
      assert_true(fabs(sum - expected) < 1e-8 * (1.0 + fabs(expected)));
    }
  }
}

/* A polynomial of the fit's degree is its own fit, and one through as many points as it has coefficients interpolates. */
static void test_fits_are_exact_on_polynomials(void **state)
{
  double x[11], w[5 * 11], through[5 * 11];
  (void)state;

  for (int i = 0; i < 11; i++) x[i] = 50.0 + 0.01 * i + 0.005 * DscRandomUniform(3, DSC_STREAM_TEST, (uint64_t)i);
  const double z = x[5], scale = 0.05;
  for (int degree = 4; degree <= 10; degree++) {
    DscPolynomialWeights(11, x, z, degree, 4, w);
    for (int power = 0; power <= degree; power++) {
      for (int k = 0; k <= 4; k++) {
        double sum = 0.0, expected = k == power ? tgamma(k + 1.0) : 0.0;
        for (int i = 0; i < 11; i++) sum += w[k * 11 + i] * pow(scale, k) * pow((x[i] - z) / scale, power);
        if (fabs(sum - expected) > 1e-9) fail_msg("degree %d, power %d, order %d: %g", degree, power, k, sum);
      }
    }
  }
  DscFiniteDifferenceWeights(11, x, z, 4, through);
  for (int k = 0; k <= 4; k++) {
    for (int i = 0; i < 11; i++)
      assert_true(fabs(w[k * 11 + i] - through[k * 11 + i]) < 1e-8 * fabs(through[k * 11 + 5 - k % 2]));
  }
}

/* Variance that passes from independent noise: closed forms on 2 w + 1 equal steps, n = 2 w + 1. Order 0 of degrees 2, 3:
   3 (3 n^2 - 7) / (4 n (n^2 - 4)); order 1 of degrees 1, 2: 12 / (n (n^2 - 1)); order 2 of degrees 2, 3:
   720 / (n (n^2 - 1) (n^2 - 4)). */
static void test_noise_that_passes(void **state)
{
  (void)state;
  for (int half = 2; half <= 20; half += 3) {
    const double n          = 2.0 * half + 1.0;
    const double expected[] = {3.0 * (3.0 * n * n - 7.0) / (4.0 * n * (n * n - 4.0)), 12.0 / (n * (n * n - 1.0)),
                               720.0 / (n * (n * n - 1.0) * (n * n - 4.0))};
    const int    degrees[]  = {3, 2, 2};
    double       x[41], w[3 * 41];

    for (int i = 0; i < 2 * half + 1; i++) x[i] = i;
    for (int k = 0; k < 3; k++) {
      double sum = 0.0;
      DscPolynomialWeights(2 * half + 1, x, x[half], degrees[k], k, w);
      for (int i = 0; i < 2 * half + 1; i++) sum += PetscSqr(w[k * (2 * half + 1) + i]);
      if (fabs(sum / expected[k] - 1.0) > 1e-12) fail_msg("half %d, order %d: %g, not %g", half, k, sum, expected[k]);
    }
  }
}

/* ---- convergence -------------------------------------------------------------------------------------------- */

static double wave(PetscInt k, const double x[])
{
  return sin(10.0 * x[1] + 0.3 + 0.5 * PETSC_PI * (double)k) * pow(10.0, (double)k);
}

static double largest;

static void compare_wave(void *context, const DscFeature *feature, const double x[], double value)
{
  (void)context;
  largest = PetscMax(largest, fabs(value - wave(feature->order[1], x)));
}

static double wave_error(PetscInt n, PetscBool graded, PetscInt order, const DscDerivativeRule *rule)
{
  const DscFeature feature  = {.field = 0, .order = {0, order}};
  const PetscInt   extent[] = {2, n};
  Grid             grid;

  create_grid(&grid, 2, extent, graded, wave);
  largest = 0.0;
  each_derivative(&grid, 1, &feature, rule, compare_wave, NULL);
  CALL(PetscFree(grid.values));
  return largest;
}

static void test_convergence_orders(void **state)
{
  (void)state;
  for (int graded = 0; graded < 2; graded++) {
    for (PetscInt accuracy = 2; accuracy <= 8; accuracy += 2) {
      for (PetscInt order = 1; order <= 4; order++) {
        const PetscInt          n      = accuracy <= 4 ? 61 : 31; /* finer ones meet rounding first */
        const DscDerivativeRule rule   = {.kind = DSC_BY_DIFFERENCES, .accuracy = accuracy};
        const double            coarse = wave_error(n, (PetscBool)graded, order, &rule);
        const double            fine   = wave_error(2 * n - 1, (PetscBool)graded, order, &rule);
        const double            rate   = log(coarse / fine) / log(2.0);

        if (fabs(rate - (double)accuracy) > 0.3)
          fail_msg("graded %d, derivative %d of accuracy %d: converges at order %g", graded, (int)order, (int)accuracy,
                   rate);
      }
    }
  }
}

/* Order 0 too. Symmetric windows are one order better where degree - order is even. */
static void test_convergence_of_fits(void **state)
{
  (void)state;
  for (PetscInt degree = 3; degree <= 4; degree++) {
    for (PetscInt order = 0; order <= 3; order++) {
      const DscDerivativeRule rule   = {.kind = DSC_BY_POLYNOMIALS, .window = {0, 4}, .degree = degree};
      const double            coarse = wave_error(81, PETSC_FALSE, order, &rule);
      const double            fine = wave_error(161, PETSC_FALSE, order, &rule), rate = log(coarse / fine) / log(2.0);
      const double            expected = (double)(degree - order + ((degree - order) % 2 == 0 ? 2 : 1));

      if (fabs(rate - expected) > 0.3)
        fail_msg("derivative %d of degree %d: converges at order %g", (int)order, (int)degree, rate);
    }
  }
}

/* ---- polynomials in all dimensions -------------------------------------------------------------------------- */

/* Product over the coordinates of a polynomial of degree 4, derived order[c] times. */
static double polynomial(const PetscInt order[], const double x[])
{
  double product = 1.0;

  for (PetscInt c = 0; c < DSC_MAX_COORDINATES; c++) {
    double sum = 0.0;
    for (PetscInt degree = order ? order[c] : 0; degree <= 4; degree++) {
      double term = (1.0 + (double)((c + 2 * degree) % 3)) * pow(x[c], (double)(degree - (order ? order[c] : 0)));
      for (PetscInt i = 0; order && i < order[c]; i++) term *= (double)(degree - i);
      sum += term;
    }
    product *= sum;
  }
  return product;
}

static double plain_polynomial(PetscInt k, const double x[])
{
  (void)k;
  return polynomial(NULL, x);
}

static void compare_polynomial(void *context, const DscFeature *feature, const double x[], double value)
{
  const double expected = polynomial(feature->order, x);

  ++*(PetscInt *)context;
  if (fabs(value - expected) > 1e-8 * (1.0 + fabs(expected))) {
    fail_msg("%s at %g %g %g %g: %.15g where %.15g was expected", feature->name, x[0], x[1], x[2], x[3], value,
             expected);
  }
}

/* Every feature of a library, at every point of the interior. */
static void check_polynomials(PetscInt ncoordinates, PetscBool graded, const DscDerivativeRule *rule, PetscInt points)
{
  const PetscInt    n[]     = {9, 10, 11, 12};
  DscOptions        options = options_of(NULL, "library_polynomial", "1", "library_derivative", "4", NULL);
  DscDataSet        names   = {.ncoordinates = ncoordinates, .nfields = 1};
  DscLibrary        library;
  const DscFeature *features;
  PetscInt          nfeatures, checked = 0;
  Grid              grid;

  create_grid(&grid, ncoordinates, n, graded, plain_polynomial);
  memcpy(names.coordinate_names, grid.coordinate_names, sizeof(names.coordinate_names));
  memcpy(names.field_names, grid.field_names, sizeof(grid.field_names));
  CALL(DscLibraryCreate(options, &names, &library));
  CALL(DscLibraryGetFeatures(library, &nfeatures, &features));
  each_derivative(&grid, nfeatures, features, rule, compare_polynomial, &checked);
  assert_int_equal(checked, nfeatures * points);
  CALL(PetscFree(grid.values));
  CALL(DscLibraryDestroy(&library));
  CALL(DscOptionsDestroy(&options));
}

static void test_exact_on_polynomials(void **state)
{
  const DscDerivativeRule fits     = {.kind = DSC_BY_POLYNOMIALS, .window = {3, 4, 3, 4}, .degree = 4};
  const PetscInt          inner[]  = {5, 5 * 4, 5 * 4 * 5, 5 * 4 * 5 * 6};
  const PetscInt          fitted[] = {3, 3 * 2, 3 * 2 * 5, 3 * 2 * 5 * 4};
  (void)state;

  for (PetscInt ncoordinates = 1; ncoordinates <= DSC_MAX_COORDINATES; ncoordinates++) {
    for (int graded = 0; graded < 2; graded++) {
      check_polynomials(ncoordinates, (PetscBool)graded, &differences, inner[ncoordinates - 1]);
      check_polynomials(ncoordinates, (PetscBool)graded, &fits, fitted[ncoordinates - 1]);
    }
  }
}

/* Any mixed derivative, by the tree. */
static void test_mixed_derivatives(void **state)
{
  const DscFeature features[] = {{.order = {0, 2, 1, 1}, .name = "u_xxyz"},
                                 {.order = {1, 0, 2, 1}, .name = "u_tyyz"},
                                 {.order = {1, 2, 2, 0}, .name = "u_txxyy"},
                                 {.order = {0, 2, 1, 0}, .name = "u_xxy"}};
  const PetscInt   n[]        = {9, 10, 11, 12};
  PetscInt         checked    = 0;
  Grid             grid;
  (void)state;

  create_grid(&grid, 4, n, PETSC_TRUE, plain_polynomial);
  each_derivative(&grid, 4, features, &differences, compare_polynomial, &checked);
  assert_int_equal(checked, 4 * 5 * 6 * 7 * 8);
  CALL(PetscFree(grid.values));
}

/* ---- Fourier ------------------------------------------------------------------------------------------------ */

/* Waves on [0, 1)^3 with all wave numbers up to 3, the product of one factor a coordinate, and t^2. */
static double periodic(const PetscInt order[], PetscInt kept, const double x[])
{
  double product = order[0] == 0 ? x[0] * x[0] : 2.0 * x[0];

  for (PetscInt c = 1; c < DSC_MAX_COORDINATES; c++) {
    double sum = order[c] == 0 ? 0.5 : 0.0;
    for (PetscInt m = 1; m <= kept; m++) {
      const double k = 2.0 * PETSC_PI * (double)m;
      sum += pow(k, (double)order[c]) * sin(k * x[c] + (double)(m + c) + 0.5 * PETSC_PI * (double)order[c]);
    }
    product *= sum;
  }
  return product;
}

static double plain_periodic(PetscInt k, const double x[])
{
  const PetscInt none[DSC_MAX_COORDINATES] = {0};
  (void)k;
  return periodic(none, 3, x);
}

static void compare_periodic(void *context, const DscFeature *feature, const double x[], double value)
{
  const PetscInt kept         = *(const PetscInt *)context;
  const double   expected     = periodic(feature->order, kept, x);
  double         largest_wave = 1.0;

  for (PetscInt c = 1; c < DSC_MAX_COORDINATES; c++)
    largest_wave *= 3.5 * pow(2.0 * PETSC_PI * 3.0, (double)feature->order[c]);
  if (!(fabs(value - expected) < 1e-12 * largest_wave))
    fail_msg("%s at %g %g %g %g: %.15g where %.15g was expected", feature->name, x[0], x[1], x[2], x[3], value,
             expected);
}

/* A grid without the end points; even and odd numbers of them. A cutoff leaves the waves below it as they are and
   nothing of the others, in u and u_t too. */
static void test_fourier(void **state)
{
  const DscFeature features[] = {{.order = {0}, .name = "u"},
                                 {.order = {0, 1}, .name = "u_x"},
                                 {.order = {0, 0, 2}, .name = "u_yy"},
                                 {.order = {0, 0, 0, 3}, .name = "u_zzz"},
                                 {.order = {0, 1, 0, 1}, .name = "u_xz"},
                                 {.order = {1}, .name = "u_t"}};
  const PetscInt   n[]        = {6, 12, 11, 10};
  (void)state;

  for (PetscInt kept = 3; kept >= 1; kept -= 2) {
    DscDerivativeRule rule = {.kind = DSC_BY_FOURIER, .accuracy = 2, .cutoff = {1.0, 1.0, 1.0, 1.0}};
    Grid              grid;

    for (PetscInt c = 1; c < 4 && kept < 3; c++) rule.cutoff[c] = 2.0 * ((double)kept + 0.5) / (double)n[c];
    create_grid(&grid, 4, n, PETSC_FALSE, plain_periodic); /* only to have its axes */
    for (PetscInt c = 1; c < 4; c++) {
      for (PetscInt i = 0; i < n[c]; i++) grid.axes[c][i] = (double)i / (double)n[c];
    }
    fill(&grid, plain_periodic);
    each_derivative(&grid, 6, features, &rule, compare_periodic, &kept);
    CALL(PetscFree(grid.values));
  }
}

/* An axis that was rounded to single precision is taken for the uniform one that it was. */
static void test_rounded_axis(void **state)
{
  const DscFeature feature  = {.field = 0, .order = {0, 2}};
  const PetscInt   extent[] = {2, 501};
  Grid             grid;
  (void)state;

  create_grid(&grid, 2, extent, PETSC_FALSE, wave);
  for (PetscInt i = 0; i < extent[1]; i++) grid.axes[1][i] = (float)grid.axes[1][i];
  largest = 0.0;
  each_derivative(&grid, 1, &feature, &differences, compare_wave, NULL);
  assert_true(largest < 1e-4); /* as it is, the axis would make errors of 1e-2 */
  CALL(PetscFree(grid.values));
}

/* ---- refusals ----------------------------------------------------------------------------------------------- */

static void assert_refused(PetscInt n, DscFeature feature, const DscDerivativeRule *rule, const char *part)
{
  const PetscInt extent[] = {n, n, n};
  DscDerivatives d        = NULL;
  PetscErrorCode ierr;
  Grid           grid;

  create_grid(&grid, 3, extent, PETSC_FALSE, plain_polynomial);
  strcpy(feature.name, "u_it");
  CALL(DscErrorCaptureBegin());
  ierr = DscDerivativesCreate(&grid.info, 1, &feature, rule, &d);
  CALL(DscErrorCaptureEnd());
  assert_int_equal(ierr, PETSC_ERR_USER_INPUT);
  if (!strstr(DscErrorMessage(), part)) fail_msg("'%s' does not say '%s'", DscErrorMessage(), part);
  CALL(DscDerivativesDestroy(&d));
  CALL(PetscFree(grid.values));
}

/* The others are in regression/bad_input.txt. */
static void test_refusals(void **state)
{
  const DscDerivativeRule narrow = {.kind = DSC_BY_POLYNOMIALS, .window = {2, 1, 2}};
  (void)state;
  assert_refused(4, (DscFeature){.order = {1}}, &differences, "t has 4 values, but the stencil of u_it needs 5");
  assert_refused(20, (DscFeature){.order = {0, 9}}, &differences, "supported to order 8");
  assert_refused(20, (DscFeature){.order = {0, 3}}, &narrow,
                 "polynomials through its points are of degree 2, which have no u_it; use at least 2");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_known_weights),
    cmocka_unit_test(test_weights_are_exact_on_polynomials),
    cmocka_unit_test(test_fits_are_exact_on_polynomials),
    cmocka_unit_test(test_noise_that_passes),
    cmocka_unit_test(test_convergence_orders),
    cmocka_unit_test(test_convergence_of_fits),
    cmocka_unit_test(test_exact_on_polynomials),
    cmocka_unit_test(test_mixed_derivatives),
    cmocka_unit_test(test_fourier),
    cmocka_unit_test(test_rounded_axis),
    cmocka_unit_test(test_refusals),
};

TEST_MAIN(tests)
