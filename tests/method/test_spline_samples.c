/* The spline's samples: missing values, a test part, what is kept of every sample. */
#include "method_testing.h"

#include "method/spline_fit.h"

#define assert_close(a, b, tolerance) assert_true(fabs((a) - (b)) <= (tolerance))

/* Three fields with gaps of their own, along one axis. */
static DscOptions lorenz(const char *noise)
{
  return options_of(NULL, "approximator", "spline", "data_source", "lorenz", "lorenz_t_max", "4", "lorenz_t_points",
                    "200", "library_polynomial", "2", "data_noise", noise, "data_missing", "skip",
                    "data_missing_fraction", "0.3", "data_test_fraction", "0.1", "spline_lambda_last", "10", NULL);
}

typedef struct {
  DscOptions       options;
  DscDataSet      *data;
  DscLibrary       library;
  DscSplineProblem problem;
  DscSplineSolver  solver;
} Fixture;

static void create(Fixture *x, PetscInt intervals)
{
  const PetscInt degree = 5;

  x->options = lorenz("0.1");
  CALL(DscDataSetCreate(PETSC_COMM_WORLD, x->options, 3, &x->data));
  CALL(DscLibraryCreate(x->options, x->data, &x->library));
  CALL(DscSplineProblemCreate(x->data, x->library, &intervals, &intervals, &degree, &x->problem));
  CALL(DscSplineSolverCreate(&x->problem, &x->solver));
}

static void destroy(Fixture *x)
{
  CALL(DscSplineSolverDestroy(&x->solver));
  CALL(DscSplineProblemDestroy(&x->problem));
  CALL(DscLibraryDestroy(&x->library));
  CALL(DscDataSetDestroy(&x->data));
  CALL(DscOptionsDestroy(&x->options));
}

/* v by a plain sum over the values that are there and train; its gradient against differences. */
static void test_gaps(PETSC_UNUSED void **state)
{
  const DscSplineWeights weights = {.variance = {0.3, 0.7, 2.0}, .equation = {1e-3, 1e-4, 1e-5}, .roughness = 0.01};
  const double           h       = 1e-5;
  DscSplineSystem        system;
  DscSplineValue         value, plus, minus;
  Fixture                x;
  double                *c, *xi, *y;

  create(&x, 30);
  assert_int_equal(x.problem.nbands, 3);
  CALL(DscSplineSystemCreate(&x.problem, &system));
  CALL(PetscMalloc3(x.problem.nunknowns, &c, 30, &xi, x.data->nsamples, &y));
  for (PetscInt i = 0; i < x.problem.nunknowns; i++) c[i] = 10.0 * DscRandomNormal(1, DSC_STREAM_TEST, (uint64_t)i);
  for (PetscInt i = 0; i < 30; i++) xi[i] = 0.1 * DscRandomNormal(2, DSC_STREAM_TEST, (uint64_t)i);
  CALL(DscSplineProblemEvaluate(&x.problem, &weights, c, xi, &value));
  for (PetscInt f = 0; f < 3; f++) {
    double sse = 0.0;

    CALL(DscSplineProblemPredict(&x.problem, f, c, y));
    for (PetscInt i = 0; i < x.data->ntrain; i++)
      sse += isnan(x.data->fields[f][i]) ? 0.0 : PetscSqr(y[i] - x.data->fields[f][i]);
    assert_close(value.sse[f], sse, 1e-10 * sse);
    assert_true(x.problem.nfitted[f] == (double)DscDataSetCountPresent(x.data, f, PETSC_TRUE));
    assert_true(x.problem.nfitted[f] > 100.0 && x.problem.nfitted[f] < 150.0);
  }
  CALL(DscSplineProblemAssemble(&x.problem, &weights, c, xi, NULL, &system));
  for (PetscInt k = 0; k < x.problem.nunknowns; k++) {
    const double at = c[k];

    c[k] = at + h;
    CALL(DscSplineProblemEvaluate(&x.problem, &weights, c, xi, &plus));
    c[k] = at - h;
    CALL(DscSplineProblemEvaluate(&x.problem, &weights, c, xi, &minus));
    c[k] = at;
    assert_close(2.0 * system.gc[k], (plus.v - minus.v) / (2.0 * h), 1e-5 * fabs(system.gc[k]) + 1e-10 * value.v / h);
  }
  CALL(PetscFree3(c, xi, y));
  CALL(DscSplineSystemDestroy(&system));
  destroy(&x);
}

/* Each field is smoothed by the values that it has: there the gradient is 0. Without a penalty all functions are free. */
static void test_smoothing_with_gaps(PETSC_UNUSED void **state)
{
  const DscSplineWeights weights = {.variance = {1.0, 1.0, 1.0}, .roughness = 1e-3};
  DscSplineSystem        system;
  Fixture                x;
  double                *c, *xi, degrees[3], most = 0.0;

  create(&x, 20);
  CALL(DscSplineSystemCreate(&x.problem, &system));
  CALL(PetscCalloc2(x.problem.nunknowns, &c, 30, &xi));
  CALL(DscSplineProblemAssemble(&x.problem, &weights, c, xi, NULL, &system));
  for (PetscInt k = 0; k < x.problem.nunknowns; k++) most = PetscMax(most, fabs(system.gc[k]));
  CALL(DscSplineSolverSmooth(&x.solver, 1e-3, 1, c, degrees));
  CALL(DscSplineProblemAssemble(&x.problem, &weights, c, xi, NULL, &system));
  for (PetscInt k = 0; k < x.problem.nunknowns; k++) assert_true(fabs(system.gc[k]) < 1e-9 * most);
  CALL(DscSplineSolverSmooth(&x.solver, 0.0, 1, c, degrees));
  for (PetscInt f = 0; f < 3; f++) assert_close(degrees[f], 25.0, 4.0); /* an estimate */
  CALL(PetscFree2(c, xi));
  CALL(DscSplineSystemDestroy(&system));
  destroy(&x);
}

/* By its column's name. */
static double entry(const DscTable *table, const char name[], PetscInt row)
{
  for (PetscInt c = 0; c < table->ncolumns; c++) {
    if (strcmp(table->columns[c], name) == 0) return table->values[row * table->ncolumns + c];
  }
  fail_msg("no column '%s'", name);
  return NAN;
}

static DscResult *run_and_predict(DscOptions options)
{
  const DscRunControl control = {.prediction = PETSC_TRUE};
  DscResult          *result;

  CALL(DscResultCreate(&result));
  CALL(DscMethodRun(PETSC_COMM_WORLD, options, &control, PETSC_FALSE, result));
  return result;
}

/* The equations from the values that are left; mean squares are those of the table of all samples. */
static void test_finds_equations(PETSC_UNUSED void **state)
{
  static const char *const names[] = {"x", "y", "z"};
  DscOptions               options = lorenz("0.01");
  DscResult               *r       = run_and_predict(options);
  const DscTable          *p = &r->prediction, *h = &r->history;
  double                   train = 0.0, test = 0.0;

  assert_int_equal(r->status, DSC_RUN_DONE);
  assert_int_equal(r->exact, 1);
  assert_true(r->coefficient_error < 0.03);
  assert_int_equal(p->nrows, 200);
  assert_int_equal(p->ncolumns, 10); /* of each field the data, clean and fitted */
  for (PetscInt f = 0; f < 3; f++) {
    double     square[2] = {0.0, 0.0}, count[2] = {0.0, 0.0}, error = 0.0;
    const char clean[] = {*names[f], '_', 'c', 'l', 'e', 'a', 'n', '\0'}, hat[] = {*names[f], '_', 'h', 'a', 't', '\0'};

    for (PetscInt i = 0; i < 200; i++) {
      const double u = entry(p, names[f], i), fit = entry(p, hat, i);

      error += PetscSqr(fit - entry(p, clean, i)) / 200.0; /* missing or not */
      if (isnan(u)) continue;
      square[i >= 180] += PetscSqr(u - fit);
      count[i >= 180] += 1.0;
    }
    assert_true(count[0] < 160.0 && count[1] < 20.0);
    train += square[0] / count[0] / 3.0;
    test += square[1] / count[1] / 3.0;
    assert_true(error < square[0] / count[0]);
  }
  assert_close(r->mse, train, 1e-10 * train);
  assert_close(entry(h, "mse", h->nrows - 1), train, 1e-10 * train);
  assert_close(entry(h, "mse_test", h->nrows - 1), test, 1e-10 * test);
  CALL(DscResultDestroy(&r));
  CALL(DscOptionsDestroy(&options));
}

/* The waves as a file, with noise; `shift` is added where values will be missing. */
static void write_shifted(const char path[], const DscDataSet *marked, double shift)
{
  FILE *file = fopen(path, "w");

  assert_non_null(file);
  fprintf(file, "t,x,u\n");
  for (int i = 0; i < 12 * 16; i++) {
    const double t = (double)(i / 16) / 11.0, s = PETSC_PI * (2.0 * (i % 16) / 15.0 - 1.0);
    const double u = waves(0.3, t, s) + 0.1 * DscRandomNormal(5, DSC_STREAM_TEST, (uint64_t)i);

    fprintf(file, "%.17g,%.17g,%.17g\n", t, s, marked && isnan(marked->fields[0][i]) ? u + shift : u);
  }
  fclose(file);
}

/* What stood at the missing values is not felt in a single bit. */
static void test_marked_values(PETSC_UNUSED void **state)
{
  const char *path    = write_waves((Waves){.t = 1.0}, 12, 16);
  DscOptions  options = options_of(NULL, "approximator", "spline", "data_file", path, "data_missing", "skip",
                                   "data_missing_fraction", "0.3", "library_polynomial", "1", "library_derivative", "2",
                                   "spline_intervals", "5,6", "spline_lambda_last", "10", NULL);
  DscResult  *r[2];
  DscDataSet *marked;

  write_shifted(path, NULL, 0.0);
  CALL(DscDataSetCreate(PETSC_COMM_WORLD, options, 0, &marked));
  for (int k = 0; k < 2; k++) {
    write_shifted(path, marked, 7.0 * k);
    r[k] = run_and_predict(options);
  }
  assert_int_equal(r[0]->status, DSC_RUN_DONE);
  assert_true(r[0]->active[term(r[0], "u_x")]);
  assert_memory_equal(r[0]->coefficients, r[1]->coefficients, (size_t)r[0]->nterms * sizeof(double));
  assert_memory_equal(r[0]->std, r[1]->std, (size_t)r[0]->nterms * sizeof(double));
  assert_memory_equal(&r[0]->mse, &r[1]->mse, sizeof(double));
  assert_memory_equal(&r[0]->bic, &r[1]->bic, sizeof(double));
  for (PetscInt i = 0; i < 192; i++)
    assert_true(entry(&r[0]->prediction, "u_hat", i) == entry(&r[1]->prediction, "u_hat", i));
  for (int k = 0; k < 2; k++) CALL(DscResultDestroy(&r[k]));
  CALL(DscDataSetDestroy(&marked));
  CALL(DscOptionsDestroy(&options));
  remove_file(path);
}

/* Exact data from which little can be learnt: terms that are the same, no slope along x, none along t. The answer has
   finite numbers and is one that the data allow. */
static void test_exact_data(PETSC_UNUSED void **state)
{
  const char *path = write_waves((Waves){.t = 1.0}, 2, 2);

  for (int k = 0; k < 3; k++) {
    DscOptions options =
        options_of(NULL, "approximator", "spline", "data_file", path, "library_polynomial", "1", "library_derivative",
                   "2", "spline_intervals", "4,5", "spline_lambda_last", "10", NULL);
    FILE      *file = fopen(path, "w");
    DscResult *r;
    double     sum;
    PetscInt   found = 0;

    assert_non_null(file);
    fprintf(file, "t,x,u\n");
    for (int i = 0; i < 6 * 10; i++) {
      const double t = (double)(i / 10) / 5.0, x = (double)(i % 10) / 3.0;
      fprintf(file, "%.17g,%.17g,%.17g\n", t, x, (k < 2 ? exp(-t) : 1.0) * (k == 1 ? 1.0 : sin(x)));
    }
    fclose(file);
    r = run_and_predict(options);
    for (PetscInt j = 0; j < r->nterms; j++) assert_true(isfinite(r->coefficients[j]) && isfinite(r->std[j]));
    for (PetscInt i = 0; i < r->prediction.nrows; i++)
      assert_close(entry(&r->prediction, "u_hat", i), entry(&r->prediction, "u", i), 1e-3);
    /* u_xx = -u in the first, and u_x = u_xx = 0 in the second: the rate is that of u less that of u_xx */
    sum = r->coefficients[term(r, "u")] - (k == 1 ? 0.0 : r->coefficients[term(r, "u_xx")]);
    assert_close(sum, k < 2 ? -1.0 : 0.0, 1e-3);
    for (PetscInt j = 0; j < r->nterms; j++) found += r->active[j];
    assert_int_equal(found, k < 2 ? 1 : 0);
    CALL(DscResultDestroy(&r));
    CALL(DscOptionsDestroy(&options));
  }
  remove_file(path);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_gaps),
    cmocka_unit_test(test_smoothing_with_gaps),
    cmocka_unit_test(test_finds_equations),
    cmocka_unit_test(test_marked_values),
    cmocka_unit_test(test_exact_data),
};
TEST_MAIN(tests)
