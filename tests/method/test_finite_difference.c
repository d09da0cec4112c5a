/* Central differences: exact on polynomials, converging at their order on smooth functions, along axes of equal and of
   smoothly varying steps, in one to three dimensions of space. */
#include "method_testing.h"

#include "method/finite_difference.h"

enum { MAX_POINTS = 512, LANES = MAX_POINTS };

/* A small grid with one field, all of it in memory. */
typedef struct {
  DscGridInfo info;
  char        coordinate_names[DSC_MAX_COORDINATES][DSC_NAME_LENGTH], field_names[1][DSC_NAME_LENGTH];
  double      axes[DSC_MAX_COORDINATES][MAX_POINTS];
  double     *values; /* (owned) [npoints] */
} Grid;

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
  for (PetscInt64 p = 0; p < grid->info.npoints; p++) {
    double   x[DSC_MAX_COORDINATES] = {0.0};
    PetscInt rest                   = (PetscInt)p;

    for (PetscInt c = ncoordinates - 1; c >= 0; rest /= n[c--]) x[c] = grid->axes[c][rest % n[c]];
    grid->values[p] = f(0, x);
  }
}

/* Calls check(feature, position, value) at every point of the interior. */
static void each_derivative(const Grid *grid, PetscInt nfeatures, const DscFeature features[], PetscInt accuracy,
                            void (*check)(void *, const DscFeature *, const double[], double), void *context)
{
  const PetscInt *n = grid->info.extent, last    = grid->info.ncoordinates - 1;
  PetscInt        half[DSC_MAX_COORDINATES], row = 1;
  DscDifferences  d;
  DscLine         line = {0};
  const double   *rows[16];
  double         *out;

  CALL(DscDifferencesCreate(&grid->info, nfeatures, features, accuracy, &d));
  CALL(DscDifferencesGetHalfWidths(d, half));
  CALL(PetscMalloc1(nfeatures * LANES, &out));
  for (PetscInt c = last; c > 0; row *= n[c--]) line.stride[c] = row;
  for (PetscInt c = last + 1; c < DSC_MAX_COORDINATES; c++) half[c] = 0;
  line.rows = rows;
  PetscInt at[DSC_MAX_COORDINATES];
#define INTERIOR(c) (at[c] = half[c]; at[c] < (c == 0 || c < last ? n[c] - half[c] : half[c] + 1); at[c]++)
  for
    INTERIOR(0)
    {
      for (PetscInt k = -half[0]; k <= half[0]; k++) rows[half[0] + k] = grid->values + (at[0] + k) * row;
    for
      INTERIOR(1)
      {
      for
        INTERIOR(2)
        {
        for
          INTERIOR(3)
          {
            line.first = 0;
            for (PetscInt c = 0; c <= last; c++) {
              line.position[c] = at[c];
              line.first += c > 0 ? at[c] * line.stride[c] : 0;
            }
            line.count = last > 0 ? n[last] - 2 * half[last] : 1;
            CALL(DscDifferencesApply(d, &line, LANES, out));
            for (PetscInt l = 0; l < line.count; l++) {
              double x[DSC_MAX_COORDINATES] = {0.0};
              for (PetscInt c = 0; c <= last; c++) x[c] = grid->axes[c][at[c] + (c == last ? l : 0)];
              for (PetscInt f = 0; f < nfeatures; f++) check(context, &features[f], x, out[f * LANES + l]);
            }
          }
        }
      }
    }
  CALL(PetscFree(out));
  CALL(DscDifferencesDestroy(&d));
}

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

static double wave_error(PetscInt n, PetscBool graded, PetscInt order, PetscInt accuracy)
{
  const DscFeature feature  = {.field = 0, .order = {0, order}};
  const PetscInt   extent[] = {2, n};
  Grid             grid;

  create_grid(&grid, 2, extent, graded, wave);
  largest = 0.0;
  each_derivative(&grid, 1, &feature, accuracy, compare_wave, NULL);
  CALL(PetscFree(grid.values));
  return largest;
}

static void test_convergence_orders(void **state)
{
  (void)state;
  for (int graded = 0; graded < 2; graded++) {
    for (PetscInt accuracy = 2; accuracy <= 8; accuracy += 2) {
      for (PetscInt order = 1; order <= 4; order++) {
        const PetscInt n      = accuracy <= 4 ? 61 : 31; /* finer ones meet rounding first */
        const double   coarse = wave_error(n, (PetscBool)graded, order, accuracy);
        const double   fine   = wave_error(2 * n - 1, (PetscBool)graded, order, accuracy);
        const double   rate   = log(coarse / fine) / log(2.0);

        if (fabs(rate - (double)accuracy) > 0.3)
          fail_msg("graded %d, derivative %d of accuracy %d: converges at order %g", graded, (int)order, (int)accuracy,
                   rate);
      }
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

static void test_exact_on_polynomials(void **state)
{
  const PetscInt n[] = {9, 10, 11, 12};
  (void)state;

  for (PetscInt ncoordinates = 1; ncoordinates <= DSC_MAX_COORDINATES; ncoordinates++) {
    for (int graded = 0; graded < 2; graded++) {
      const PetscInt    expected[] = {5, 5 * 4, 5 * 4 * 5, 5 * 4 * 5 * 6}; /* points of the interior */
      DscOptions        options    = options_of(NULL, "library_polynomial", "1", "library_derivative", "4", NULL);
      DscDataSet        names      = {.ncoordinates = ncoordinates, .nfields = 1};
      DscLibrary        library;
      const DscFeature *features;
      PetscInt          nfeatures, checked = 0;
      Grid              grid;

      create_grid(&grid, ncoordinates, n, (PetscBool)graded, plain_polynomial);
      memcpy(names.coordinate_names, grid.coordinate_names, sizeof(names.coordinate_names));
      memcpy(names.field_names, grid.field_names, sizeof(grid.field_names));
      CALL(DscLibraryCreate(options, &names, &library));
      CALL(DscLibraryGetFeatures(library, &nfeatures, &features));
      each_derivative(&grid, nfeatures, features, 4, compare_polynomial, &checked);
      assert_int_equal(checked, nfeatures * expected[ncoordinates - 1]);
      CALL(PetscFree(grid.values));
      CALL(DscLibraryDestroy(&library));
      CALL(DscOptionsDestroy(&options));
    }
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
  each_derivative(&grid, 1, &feature, 4, compare_wave, NULL);
  assert_true(largest < 1e-4); /* as it is, the axis would make errors of 1e-2 */
  CALL(PetscFree(grid.values));
}

/* ---- refusals ----------------------------------------------------------------------------------------------- */

static void assert_refused(PetscInt n, DscFeature feature, const char *part)
{
  const PetscInt extent[] = {n, n, n};
  DscDifferences d        = NULL;
  PetscErrorCode ierr;
  Grid           grid;

  create_grid(&grid, 3, extent, PETSC_FALSE, plain_polynomial);
  strcpy(feature.name, "u_it");
  CALL(DscErrorCaptureBegin());
  ierr = DscDifferencesCreate(&grid.info, 1, &feature, 4, &d);
  CALL(DscErrorCaptureEnd());
  assert_int_equal(ierr, PETSC_ERR_USER_INPUT);
  if (!strstr(DscErrorMessage(), part)) fail_msg("'%s' does not say '%s'", DscErrorMessage(), part);
  CALL(DscDifferencesDestroy(&d));
  CALL(PetscFree(grid.values));
}

static void test_refusals(void **state)
{
  (void)state;
  assert_refused(4, (DscFeature){.order = {1}}, "t has 4 values, but the stencil of u_it needs 5");
  assert_refused(20, (DscFeature){.order = {0, 9}}, "supported to order 8");
  assert_refused(20, (DscFeature){.order = {0, 1, 2}}, "u_it: mixed derivatives are supported to second order");
  assert_refused(20, (DscFeature){.order = {1, 1, 1}}, "u_it: mixed derivatives along three coordinates");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_known_weights),      cmocka_unit_test(test_weights_are_exact_on_polynomials),
    cmocka_unit_test(test_convergence_orders), cmocka_unit_test(test_exact_on_polynomials),
    cmocka_unit_test(test_rounded_axis),       cmocka_unit_test(test_refusals),
};

TEST_MAIN(tests)
