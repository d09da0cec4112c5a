/* B-splines, the least-squares problem of a spline under an equation, its quadratic model, and equations found with it. */
#include "method_testing.h"

#include "method/spline_fit.h"
#include "method/spline_model.h"
#include "method/spline_search.h"

#include <petscblaslapack.h>

#define assert_close(a, b, tolerance) assert_true(fabs((a) - (b)) <= (tolerance))

static const DscSplineAxis axis = {.degree = 5, .intervals = 7, .first = -1.0, .last = 2.5};

/* Sum of all functions is 1; derivatives are those of differences; smooth across knots. */
static void test_axis(PETSC_UNUSED void **state)
{
  const double h = 1e-5;

  for (PetscInt i = 0; i <= 40; i++) {
    const double x = -1.0 + 3.5 * (double)i / 40.0, inside = PetscMin(PetscMax(x, -1.0 + h), 2.5 - h);
    double       sum = 0.0, v[6], plus[12] = {0}, minus[12] = {0}, d[12] = {0};
    PetscInt     at = DscSplineAxisEvaluate(&axis, x, 0, v), k;

    assert_true(at >= 0 && at < axis.intervals);
    for (PetscInt j = 0; j < 6; j++) {
      assert_true(v[j] > -1e-15);
      sum += v[j];
    }
    assert_close(sum, 1.0, 1e-14);
    for (PetscInt order = 1; order <= 4; order++) {
      for (PetscInt j = 0; j < 12; j++) plus[j] = minus[j] = d[j] = 0.0;
      k = DscSplineAxisEvaluate(&axis, inside + h, order - 1, v);
      for (PetscInt j = 0; j < 6; j++) plus[k + j] = v[j];
      k = DscSplineAxisEvaluate(&axis, inside - h, order - 1, v);
      for (PetscInt j = 0; j < 6; j++) minus[k + j] = v[j];
      k = DscSplineAxisEvaluate(&axis, inside, order, v);
      for (PetscInt j = 0; j < 6; j++) d[k + j] = v[j];
      for (PetscInt j = 0; j < 12; j++)
        assert_close(d[j], (plus[j] - minus[j]) / (2.0 * h), 3e-3 * pow(8.0, (double)order) * h * 1e3);
    }
  }
}

typedef struct {
  DscOptions       options;
  DscDataSet      *data;
  DscLibrary       library;
  DscSplineProblem problem;
  DscSplineSolver  solver;
} Fixture;

static void create(Fixture *x, const char *polynomial, const char *noise, const char *path)
{
  const PetscInt intervals[] = {6, 9}, degree[] = {5, 5};

  x->options = options_of(NULL, "data_file", path, "data_noise", noise, "library_polynomial", polynomial,
                          "library_derivative", "2", NULL);
  CALL(DscDataSetCreate(PETSC_COMM_WORLD, x->options, 3, &x->data));
  CALL(DscLibraryCreate(x->options, x->data, &x->library));
  CALL(DscSplineProblemCreate(x->data, x->library, intervals, intervals, degree, &x->problem));
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

/* A spline without penalty is the field itself where that is one: here a polynomial of low degree. */
static void test_reproduces_polynomials(PETSC_UNUSED void **state)
{
  Fixture x;
  double *y, *c, degrees;

  create(&x, "1", "0", write_waves((Waves){.diffusion = 0.1, .t = 1.0, .x = 1.0, .u = 1.0}, 12, 20));
  for (PetscInt i = 0; i < x.data->nsamples; i++) {
    const double t = x.data->coordinates[0][i], s = x.data->coordinates[1][i];

    x.data->fields[0][i] = 1.0 - t + 2.0 * t * s * s - pow(s, 4) * t * t;
  }
  CALL(DscSplineProblemDestroy(&x.problem));
  CALL(DscSplineSolverDestroy(&x.solver));
  CALL(DscSplineProblemCreate(x.data, x.library, (const PetscInt[]){3, 5}, (const PetscInt[]){3, 5},
                              (const PetscInt[]){5, 5}, &x.problem));
  CALL(DscSplineSolverCreate(&x.problem, &x.solver));
  CALL(PetscMalloc2(x.data->nsamples, &y, x.problem.nunknowns, &c));
  CALL(DscSplineSolverSmooth(&x.solver, 0.0, 1, c, &degrees));
  CALL(DscSplineProblemPredict(&x.problem, 0, c, y));
  for (PetscInt i = 0; i < x.data->nsamples; i++) assert_close(y[i], x.data->fields[0][i], 1e-4);
  assert_true(fabs(degrees - (double)x.problem.nunknowns) < 0.1 * degrees); /* all of them; an estimate */
  CALL(DscSplineSolverSmooth(&x.solver, 1e8, 1, c, &degrees));
  assert_true(degrees < 8.0); /* what has no second derivative along an axis: 1, t, x, t x */
  CALL(PetscFree2(y, c));
  destroy(&x);
}

/* Half the gradient of v against differences, in every stride-th unknown of c and xi. */
static void check_gradient(DscSplineProblem *p, const DscSplineWeights *weights, const DscSplineSystem *system,
                           double c[], double xi[], PetscInt stride)
{
  const double   h = 1e-5;
  DscSplineValue plus, minus;

  for (PetscInt k = 0; k < p->nunknowns + p->nfields * p->nterms; k += stride) {
    double      *z = k < p->nunknowns ? &c[k] : &xi[k - p->nunknowns], at = *z;
    const double g = k < p->nunknowns ? system->gc[k] : system->gx[k - p->nunknowns];

    *z = at + h;
    CALL(DscSplineProblemEvaluate(p, weights, c, xi, &plus));
    *z = at - h;
    CALL(DscSplineProblemEvaluate(p, weights, c, xi, &minus));
    *z = at;
    assert_close(2.0 * g, (plus.v - minus.v) / (2.0 * h), 1e-5 * (1.0 + fabs(2.0 * g)) + 1e-10 * plus.v / h);
  }
}

/* Half the gradient of v against differences, at a random place; and H, which is exact where the equation is linear. */
static void test_system(PETSC_UNUSED void **state)
{
  const DscSplineWeights weights = {.variance = {0.3}, .equation = {1.7}, .roughness = 0.01};
  DscSplineSystem        system, moved;
  Fixture                x;
  double                *c, *xi;
  PetscInt               columns;

  create(&x, "2", "0.1", write_waves((Waves){.diffusion = 0.1, .t = 1.0, .x = 1.0, .u = 1.0}, 12, 20));
  columns = x.problem.nfields * x.problem.nterms;
  CALL(DscSplineSystemCreate(&x.problem, &system));
  CALL(DscSplineSystemCreate(&x.problem, &moved));
  CALL(PetscMalloc2(x.problem.nunknowns, &c, columns, &xi));
  for (PetscInt i = 0; i < x.problem.nunknowns; i++) c[i] = DscRandomNormal(1, DSC_STREAM_TEST, (uint64_t)i);
  for (PetscInt i = 0; i < columns; i++) xi[i] = 0.1 * DscRandomNormal(2, DSC_STREAM_TEST, (uint64_t)i);
  CALL(DscSplineProblemAssemble(&x.problem, &weights, c, xi, NULL, &system));
  check_gradient(&x.problem, &weights, &system, c, xi, 7);
  for (PetscInt i = 0; i < columns; i++) {
    if (i != 1 && i != 2) xi[i] = 0.0; /* u_x, u_xx */
  }
  CALL(DscSplineProblemAssemble(&x.problem, &weights, c, xi, NULL, &system));
  for (PetscInt k = 20; k < 80; k += 13) {
    c[k] += 1.0;
    CALL(DscSplineProblemAssemble(&x.problem, &weights, c, xi, NULL, &moved));
    c[k] -= 1.0;
    for (PetscInt d = 0; d <= PetscMin(x.problem.bandwidth, x.problem.nunknowns - 1 - k); d++) {
      const double H = system.H[(size_t)k * (size_t)(x.problem.bandwidth + 1) + (size_t)d];
      assert_close(moved.gc[k + d] - system.gc[k + d], H, 1e-8 * (1.0 + fabs(H)));
    }
  }
  CALL(PetscFree2(c, xi));
  CALL(DscSplineSystemDestroy(&system));
  CALL(DscSplineSystemDestroy(&moved));
  destroy(&x);
}

/* The information's inverse is that part of the inverse of the whole matrix, spline included, by dense algebra. */
static void test_information(PETSC_UNUSED void **state)
{
  const DscSplineWeights weights = {.variance = {1e-4}, .equation = {50.0}, .roughness = 1e-8};
  DscSplineFit           fit;
  Fixture                x;
  double                *S, *b, *A, degrees;
  PetscInt               n, columns;
  PetscBLASInt           m, info;

  create(&x, "1", "0.01", write_waves((Waves){.diffusion = 0.2, .t = 1.0, .x = 1.0, .u = 1.0}, 12, 20));
  CALL(DscSplineFitCreate(&x.problem, &fit));
  n       = fit.nunknowns;
  columns = fit.columns;
  m       = (PetscBLASInt)(n + columns);
  CALL(PetscCalloc3((columns * columns), &S, columns, &b, (m * m), &A));
  CALL(DscSplineSolverSmooth(&x.solver, 1e-3, 1, fit.c, &degrees));
  fit.active[1] = fit.active[2] = PETSC_TRUE;
  CALL(DscSplineSolverFit(&x.solver, &weights, 100, 1e-9, PETSC_MAX_REAL, &fit));
  assert_true(fit.converged);
  CALL(DscSplineSolverInformation(&x.solver, &weights, &fit, S, b));
  for (PetscInt j = 1; j <= 2; j++) { /* the gradient of the model is 0 at the fit */
    double gradient = b[j];

    for (PetscInt i = 0; i < columns; i++) gradient -= S[j * columns + i] * fit.xi[i];
    assert_true(fabs(gradient) < 1e-4 * sqrt(S[j * columns + j]));
  }
  for (PetscInt k = 0; k < n; k++) {
    for (PetscInt d = 0; d <= PetscMin(x.problem.bandwidth, n - 1 - k); d++)
      A[k * m + k + d] = x.solver.system.H[(size_t)k * (size_t)(x.problem.bandwidth + 1) + (size_t)d];
    for (PetscInt j = 0; j < columns; j++) A[k * m + n + j] = x.solver.system.C[j * n + k];
  }
  for (PetscInt i = 0; i < columns; i++) {
    for (PetscInt j = 0; j < columns; j++) A[(n + i) * m + n + j] = x.solver.system.D[i * columns + j];
  }
  LAPACKpotrf_("L", &m, A, &m, &info);
  assert_int_equal(info, 0);
  LAPACKpotri_("L", &m, A, &m, &info);
  for (PetscInt i = 0; i < columns; i++) {
    for (PetscInt j = 0; j < columns; j++) {
      double sum = 0.0;

      for (PetscInt k = 0; k < columns; k++)
        sum += S[i * columns + k] * A[(n + PetscMin(j, k)) * m + n + PetscMax(j, k)] *
               sqrt(S[j * columns + j] / S[i * columns + i]);
      assert_close(sum, i == j ? 1.0 : 0.0, 0.01);
    }
  }
  CALL(PetscFree3(S, b, A));
  CALL(DscSplineFitDestroy(&fit));
  destroy(&x);
}

/* Gains against the fall of the quadratic by brute force; a spanned term gains nothing; selection ends at the best set. */
static void test_model(PETSC_UNUSED void **state)
{
  enum { N = 5 };
  const double   penalty[N] = {0.5, 0.5, 0.5, 0.5, 0.5};
  double         X[12][N], S[N * N] = {0}, b[N] = {0};
  PetscBool      active[N] = {PETSC_FALSE, PETSC_TRUE, PETSC_FALSE, PETSC_FALSE, PETSC_FALSE};
  DscSplineModel model;

  for (int i = 0; i < 12; i++) {
    for (int j = 0; j < N - 1; j++) X[i][j] = DscRandomNormal(5, DSC_STREAM_TEST, (uint64_t)(i * N + j));
    X[i][4] = 2.0 * X[i][1];
    for (int j = 0; j < N; j++) b[j] += X[i][j] * (3.0 * X[i][0] - 2.0 * X[i][1]);
    for (int j = 0; j < N; j++) {
      for (int k = 0; k < N; k++) S[j * N + k] += X[i][j] * X[i][k];
    }
  }
  CALL(DscSplineModelCreate(N, &model));
  CALL(DscSplineModelGains(&model, N, S, b, active));
  assert_close(model.x[1], b[1] / S[1 * N + 1], 1e-8);
  { /* term 0 beside term 1, by Cramer's rule */
    const double det = S[0] * S[6] - S[1] * S[1], x0 = (b[0] * S[6] - b[1] * S[1]) / det,
                 x1   = (S[0] * b[1] - S[1] * b[0]) / det;
    const double fall = x0 * b[0] + x1 * b[1] - b[1] * b[1] / S[6];

    assert_close(model.gain[0], fall, 1e-6 * fall);
    assert_close(model.value[0], x0, 1e-6);
  }
  assert_true(model.gain[1] == 0.0);
  assert_true(model.gain[4] == 0.0);
  active[2] = PETSC_TRUE;
  CALL(DscSplineModelSelect(&model, S, b, penalty, active));
  assert_true(active[0] && active[1] && !active[2] && !active[3] && !active[4]);
  assert_close(model.x[0], 3.0, 1e-6);
  assert_close(model.x[1], -2.0, 1e-6);
  CALL(DscSplineModelDestroy(&model));
}

/* The gradient with two fields, which are interleaved in the unknowns, and products of both. */
static void test_two_fields(PETSC_UNUSED void **state)
{
  const DscSplineWeights weights     = {.variance = {0.3, 0.5}, .equation = {1.7, 0.4}, .roughness = 0.01};
  const PetscInt         intervals[] = {3, 5}, degree[] = {5, 5};
  DscOptions             options;
  DscDataSet            *data;
  DscLibrary             library;
  DscSplineProblem       problem;
  DscSplineSystem        system;
  double                *c, *xi;
  PetscInt               columns;

  options = options_of(NULL, "data_source", "schroedinger", "data_sampling", "random", "data_samples", "150",
                       "library_polynomial", "2", "library_derivative", "2", NULL);
  CALL(DscDataSetCreate(PETSC_COMM_WORLD, options, 3, &data));
  CALL(DscLibraryCreate(options, data, &library));
  CALL(DscSplineProblemCreate(data, library, intervals, intervals, degree, &problem));
  CALL(DscSplineSystemCreate(&problem, &system));
  columns = problem.nfields * problem.nterms;
  assert_int_equal(problem.nfields, 2);
  CALL(PetscMalloc2(problem.nunknowns, &c, columns, &xi));
  for (PetscInt i = 0; i < problem.nunknowns; i++) c[i] = DscRandomNormal(1, DSC_STREAM_TEST, (uint64_t)i);
  for (PetscInt i = 0; i < columns; i++) xi[i] = 0.1 * DscRandomNormal(2, DSC_STREAM_TEST, (uint64_t)i);
  CALL(DscSplineProblemAssemble(&problem, &weights, c, xi, NULL, &system));
  check_gradient(&problem, &weights, &system, c, xi, 11);
  CALL(PetscFree2(c, xi));
  CALL(DscSplineSystemDestroy(&system));
  CALL(DscSplineProblemDestroy(&problem));
  CALL(DscLibraryDestroy(&library));
  CALL(DscDataSetDestroy(&data));
  CALL(DscOptionsDestroy(&options));
}

/* A spline on a finer one is the same function. */
static void test_projection(PETSC_UNUSED void **state)
{
  DscSplineProblem fine;
  DscSplineSolver  solver;
  Fixture          x;
  double          *c, *to, *y, *z, degrees;

  create(&x, "1", "0", write_waves((Waves){.diffusion = 0.2, .t = 1.0, .x = 1.0, .u = 1.0}, 12, 20));
  CALL(DscSplineProblemCreate(x.data, x.library, (const PetscInt[]){12, 18}, (const PetscInt[]){6, 9},
                              (const PetscInt[]){5, 5}, &fine));
  CALL(DscSplineSolverCreate(&fine, &solver));
  CALL(PetscMalloc4(x.problem.nunknowns, &c, fine.nunknowns, &to, x.data->nsamples, &y, x.data->nsamples, &z));
  CALL(DscSplineSolverSmooth(&x.solver, 1e-6, 1, c, &degrees));
  CALL(DscSplineSolverProject(&solver, &x.problem, c, to));
  CALL(DscSplineProblemPredict(&x.problem, 0, c, y));
  CALL(DscSplineProblemPredict(&fine, 0, to, z));
  for (PetscInt i = 0; i < x.data->nsamples; i++) assert_close(y[i], z[i], 1e-4);
  CALL(PetscFree4(c, to, y, z));
  CALL(DscSplineSolverDestroy(&solver));
  CALL(DscSplineProblemDestroy(&fine));
  destroy(&x);
}

/* Sets that were tried: all pairs that were not given up, each once; the equation has the lowest score. */
static void check_candidates(const DscResult *result)
{
  const DscTable *s    = &result->selection;
  PetscInt        best = 0, first = s->ncolumns - result->nterms;

  assert_true(s->nrows > 3);
  for (PetscInt i = 0; i < s->nrows; i++) {
    const double *row = s->values + (size_t)i * (size_t)s->ncolumns;

    assert_true(isfinite(row[1]) && isfinite(row[2]));
    if (row[2] < s->values[(size_t)best * (size_t)s->ncolumns + 2]) best = i;
    for (PetscInt k = 0; k < i; k++) {
      const double *other = s->values + (size_t)k * (size_t)s->ncolumns;
      assert_true(memcmp(row + first, other + first, (size_t)result->nterms * sizeof(double)) != 0);
    }
  }
  for (PetscInt j = 0; j < result->nterms; j++)
    assert_int_equal((int)s->values[(size_t)best * (size_t)s->ncolumns + (size_t)(first + j)], result->active[j]);
}

/* Advection and diffusion under noise: the right terms, errors that fit. */
static void test_finds_equation(PETSC_UNUSED void **state)
{
  const char *path = write_waves((Waves){.diffusion = 0.3, .t = 1.0, .x = 1.0, .u = 1.0}, 16, 24);
  DscOptions  options =
      options_of(NULL, "approximator", "spline", "data_file", path, "data_noise", "0.2", "library_polynomial", "1",
                 "library_derivative", "2", "spline_lambda_last", "10", NULL);
  DscResult *result = run(PETSC_COMM_WORLD, options);
  PetscInt   found  = 0;

  for (PetscInt j = 0; j < result->nterms; j++) found += result->active[j];
  assert_int_equal(found, 2);
  assert_true(result->active[term(result, "u_x")] && result->active[term(result, "u_xx")]);
  assert_true(fabs(result->coefficients[term(result, "u_x")] + 1.0) < 4.0 * result->std[term(result, "u_x")]);
  assert_true(fabs(result->coefficients[term(result, "u_xx")] - 0.3) < 4.0 * result->std[term(result, "u_xx")]);
  assert_true(result->std[term(result, "u_xx")] < 0.1);
  assert_int_equal(result->status, DSC_RUN_DONE);
  check_candidates(result);
  CALL(DscResultDestroy(&result));
  CALL(DscOptionsDestroy(&options));
  remove_file(path);
}

static void test_refusals(PETSC_UNUSED void **state)
{
  DscOptions base = options_of(NULL, "data_source", "burgers", "approximator", "spline", NULL), options;

  options = options_of(base, "data_distribution", "sharded", NULL);
  check_fails(options, PETSC_ERR_USER_INPUT, "every rank has all data");
  CALL(DscOptionsDestroy(&options));
  options = options_of(base, "memory_limit", "1", NULL);
  check_fails(options, PETSC_ERR_USER_INPUT, "a rank needs");
  CALL(DscOptionsDestroy(&options));
  options = options_of(base, "data_samples", "15", "data_sampling", "random", NULL);
  check_fails(options, PETSC_ERR_USER_INPUT, "too few for a library");
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&base));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_axis),        cmocka_unit_test(test_reproduces_polynomials),
    cmocka_unit_test(test_system),      cmocka_unit_test(test_two_fields),
    cmocka_unit_test(test_information), cmocka_unit_test(test_model),
    cmocka_unit_test(test_projection),  cmocka_unit_test(test_finds_equation),
    cmocka_unit_test(test_refusals),
};
TEST_MAIN(tests)
