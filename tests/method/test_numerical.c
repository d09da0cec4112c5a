/* The whole way from a grid to an equation without a network: equations of one to three dimensions found, the same bits
   however the grid is cut, noise taken away by a POD. What runs on all ranks is compared with the same on one. */
#include "method_testing.h"

#include "method/numerical_window.h"

/* ---- grids with known equations ----------------------------------------------------------------------------- */

#define ABSENT 99.0 /* value of a coordinate that is not there */

typedef double (*Solution)(PetscInt field, const double x[]);

/* u_t = -u_x + 0.3 u_yy + 0.2 u_xy + 0.1 u_zz; where there is no y or z, without their terms. */
static double plane_waves(PetscInt field, const double x[])
{
  double u = 0.0;

  for (uint64_t i = 0; i < 12; i++) {
    double k[4], phase = 7.0 * (double)i + (double)field;

    for (uint64_t c = 1; c < 4; c++) {
      k[c] = x[c] != ABSENT ? 2.0 * DscRandomNormal(1, DSC_STREAM_TEST, 3 * i + c) : 0.0;
      phase += k[c] * (x[c] - (c == 1 ? x[0] : 0.0));
    }
    u += exp(-(0.3 * k[2] * k[2] + 0.2 * k[1] * k[2] + 0.1 * k[3] * k[3]) * x[0]) * sin(phase);
  }
  return u;
}

/* u_t = -u_x, a matrix of rank 4 */
static double two_waves(PetscInt field, const double x[])
{
  (void)field;
  return sin(x[1] - x[0]) + sin(2.0 * (x[1] - x[0]) + 1.0);
}

/* u_t = v_x, v_t = u_x */
static double telegraph(PetscInt field, const double x[])
{
  const double right = exp(-PetscSqr(x[1] - x[0])), left = sin(2.0 * (x[1] + x[0]));
  return field == 0 ? left + right : left - right;
}

/* u_t = 2 u - u^2 */
static double logistic(PetscInt field, const double x[])
{
  (void)field;
  return 2.0 / (1.0 + exp(1.0 - 2.0 * x[0]));
}

/* u_t = -y u_x */
static double shear(PetscInt field, const double x[])
{
  (void)field;
  return sin(2.0 * (x[1] - x[2] * x[0])) + cos(x[1] - x[2] * x[0] + x[2]);
}

/* u_t = u cos(2 t) + t */
static double driven(PetscInt field, const double x[])
{
  const int n   = 2000; /* Simpson's rule for exp(sin(2 t) / 2) int t exp(-sin(2 t) / 2) dt */
  double    sum = 0.0;

  (void)field;
  for (int i = 0; i <= n; i++) {
    const double t = x[0] * (double)i / n;
    sum += (i == 0 || i == n ? 1.0 : i % 2 ? 4.0 : 2.0) * t * exp(-sin(2.0 * t) / 2.0) * x[0] / (3.0 * n);
  }
  return exp(sin(2.0 * x[0]) / 2.0) * (1.0 + sum);
}

/* Rank 0's file of the solution on a grid, y in unequal steps. */
static const char *write_grid(PetscInt ncoordinates, const PetscInt n[], PetscInt nfields, Solution solution)
{
  static char path[PETSC_MAX_PATH_LEN];
  const char *names[] = {"t", "x", "y", "z", "u", "v"};
  long        id      = (long)getpid();
  DscDataSet *data;

  CALL(MPI_Barrier(PETSC_COMM_WORLD)); /* nobody reads the last one any more */
  CALL(MPI_Bcast(&id, 1, MPI_LONG, 0, PETSC_COMM_WORLD));
  snprintf(path, sizeof(path), "/tmp/discern_numerical_%ld.h5", id);
  CALL(PetscNew(&data));
  data->ncoordinates = ncoordinates;
  data->nfields      = nfields;
  data->nsamples     = 1;
  for (PetscInt c = 0; c < ncoordinates; c++) {
    data->nsamples *= data->grid[c] = n[c];
    strcpy(data->coordinate_names[c], names[c]);
  }
  data->ntrain = data->nsamples;
  for (PetscInt c = 0; c < ncoordinates; c++) CALL(PetscMalloc1((size_t)data->nsamples, &data->coordinates[c]));
  for (PetscInt f = 0; f < nfields; f++) {
    strcpy(data->field_names[f], names[4 + f]);
    CALL(PetscMalloc1((size_t)data->nsamples, &data->fields[f]));
    CALL(PetscMalloc1((size_t)data->nsamples, &data->clean[f]));
  }
  for (PetscInt i = 0; i < data->nsamples; i++) {
    double x[] = {0.0, 0.0, ABSENT, ABSENT};
    for (PetscInt c = ncoordinates - 1, rest = i; c >= 0; rest /= n[c--]) {
      const double s          = (double)(rest % n[c]) / (double)(n[c] - 1);
      data->coordinates[c][i] = x[c] = c == 2 ? 3.0 * s + 0.3 * sin(3.0 * s) : c == 0 ? s : 3.0 * s;
    }
    for (PetscInt f = 0; f < nfields; f++) data->fields[f][i] = data->clean[f][i] = solution(f, x);
  }
  CALL(DscDataSetWrite(PETSC_COMM_WORLD, data, path));
  CALL(DscDataSetDestroy(&data));
  return path;
}

/* The same, and how to read it. */
static DscOptions grid_options(PetscInt ncoordinates, const PetscInt n[], PetscInt nfields, Solution solution)
{
  const char *path = write_grid(ncoordinates, n, nfields, solution);

  return options_of(NULL, "approximator", "finite_difference", "data_source", "file", "data_file", path,
                    "library_polynomial", "1", "library_derivative", "2", "data_u", nfields == 2 ? "u,v" : "u",
                    "data_x", ncoordinates > 1 ? "x" : "none", ncoordinates > 2 ? "data_y" : NULL, "y",
                    ncoordinates > 3 ? "data_z" : NULL, "z", NULL);
}

/* ---- checks ------------------------------------------------------------------------------------------------- */

static void assert_same(const DscResult *a, const DscResult *b)
{
  const size_t n = (size_t)(a->nleft * a->nterms);

  assert_memory_equal(a->coefficients, b->coefficients, n * sizeof(double));
  assert_memory_equal(a->std, b->std, n * sizeof(double));
  assert_memory_equal(a->alpha, b->alpha, n * sizeof(double));
  assert_memory_equal(a->active, b->active, n * sizeof(int));
}

typedef struct {
  const char *name;
  double      value;
} Term;

/* These terms and no other. */
static void assert_equation(const DscResult *result, PetscInt left, const Term terms[], double tolerance)
{
  PetscInt active = 0, expected = 0;

  for (PetscInt j = 0; j < result->nterms; j++) active += result->active[left * result->nterms + j];
  for (; terms[expected].name; expected++) {
    const double found = result->coefficients[left * result->nterms + term(result, terms[expected].name)];
    if (!(fabs(found - terms[expected].value) < tolerance))
      fail_msg("%s: %.15g, not %g", terms[expected].name, found, terms[expected].value);
  }
  assert_int_equal(active, expected);
  assert_int_equal(result->status, DSC_RUN_DONE);
}

/* On all ranks, on one, and on all with little memory: the same bits. The caller destroys the result. */
static DscResult *run_all_ways(DscOptions options, const char *megabytes)
{
  DscOptions small  = options_of(options, "memory_limit", megabytes, NULL);
  DscResult *result = run(PETSC_COMM_WORLD, options), *alone = run(PETSC_COMM_SELF, options);
  DscResult *pieces = run(PETSC_COMM_WORLD, small);

  assert_same(result, alone);
  assert_same(result, pieces);
  CALL(DscResultDestroy(&alone));
  CALL(DscResultDestroy(&pieces));
  CALL(DscOptionsDestroy(&small));
  return result;
}

/* ---- tests -------------------------------------------------------------------------------------------------- */

static void test_kdv(void **state)
{
  static const Term kdv[]  = {{"u_xxx", -1.0}, {"u u_x", -6.0}, {NULL, 0.0}};
  const char       *ways[] = {"sbl", "least_squares", "ridge"};
  (void)state;

  for (int i = 0; i < 3; i++) {
    DscOptions options = options_of(NULL, "approximator", "finite_difference", "data_source", "kdv", "kdv_x_points",
                                    "400", "kdv_t_points", "400", "library_polynomial", "3", "library_derivative", "4",
                                    "derivative_accuracy", "6", "ridge_lambda", "1e-9", "constraint", ways[i], NULL);
    DscResult *result  = run_all_ways(options, "5");
    assert_equation(result, 0, kdv, 2e-5);
    assert_int_equal(result->exact, 1);
    assert_true(result->coefficient_error < 1e-5);
    assert_int_equal(result->history.nrows, 1);
    CALL(DscResultDestroy(&result));
    CALL(DscOptionsDestroy(&options));
  }
}

static void test_two_and_three_dimensions(void **state)
{
  static const Term equation[] = {{"u_x", -1.0}, {"u_yy", 0.3}, {"u_xy", 0.2}, {NULL, 0.0}};
  static const Term volume[]   = {{"u_x", -1.0}, {"u_yy", 0.3}, {"u_xy", 0.2}, {"u_zz", 0.1}, {NULL, 0.0}};
  const PetscInt    n2[] = {20, 40, 30}, n3[] = {16, 24, 20, 22};
  (void)state;

  for (int space = 2; space <= 3; space++) {
    DscOptions options = grid_options(space + 1, space == 2 ? n2 : n3, 1, plane_waves);
    DscResult *result  = run_all_ways(options, space == 2 ? "17" : "19");
    assert_equation(result, 0, space == 2 ? equation : volume, 3e-3);
    CALL(DscResultDestroy(&result));
    CALL(DscOptionsDestroy(&options));
  }
}

static void test_two_fields(void **state)
{
  static const Term first[] = {{"v_x", 1.0}, {NULL, 0.0}}, second[] = {{"u_x", 1.0}, {NULL, 0.0}};
  const PetscInt    n[]     = {60, 80};
  DscOptions        options = grid_options(2, n, 2, telegraph);
  DscResult        *result  = run_all_ways(options, "18");
  (void)state;

  assert_int_equal(result->nleft, 2);
  assert_equation(result, 0, first, 1e-4);
  assert_equation(result, 1, second, 1e-4);
  CALL(DscResultDestroy(&result));
  CALL(DscOptionsDestroy(&options));
}

/* By each approximator where it is at home, as the data are and through a POD of all that stands out of rounding. */
static void check_approximator(DscOptions options, const char *megabytes, const Term terms[], double tolerance)
{
  DscOptions modes  = options_of(options, "pod_rank", "-1", NULL);
  DscResult *result = run_all_ways(options, megabytes), *smooth = run(PETSC_COMM_WORLD, modes);

  assert_equation(result, 0, terms, tolerance);
  assert_equation(smooth, 0, terms, tolerance);
  CALL(DscResultDestroy(&result));
  CALL(DscResultDestroy(&smooth));
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&modes));
}

static void test_approximators(void **state)
{
  static const Term ks[]  = {{"u_xx", -1.0}, {"u_xxxx", -1.0}, {"u u_x", -1.0}, {NULL, 0.0}};
  static const Term kdv[] = {{"u_xxx", -1.0}, {"u u_x", -6.0}, {NULL, 0.0}};
  (void)state;

  check_approximator(options_of(NULL, "approximator", "spectral", "data_source", "ks", "ks_length", "50", "ks_modes",
                                "128", "ks_x_stride", "1", "ks_dt", "0.05", "ks_substeps", "2", "ks_t_min", "20",
                                "ks_t_max", "26", "library_polynomial", "2", "library_derivative", "4",
                                "derivative_accuracy", "6", NULL),
                     "3", ks, 2e-4);
  check_approximator(options_of(NULL, "approximator", "local_polynomial", "data_source", "kdv", "kdv_x_points", "300",
                                "kdv_t_points", "200", "library_polynomial", "2", "library_derivative", "3",
                                "derivative_window", "3,4", "derivative_degree", "6", NULL),
                     "3", kdv, 2e-3);
}

/* No space: one shard, so one rank. */
static void test_time_alone(void **state)
{
  static const Term growth[] = {{"u", 2.0}, {"u^2", -1.0}, {NULL, 0.0}};
  const PetscInt    n[]      = {200};
  DscOptions        base = grid_options(1, n, 1, logistic), options = options_of(base, "library_polynomial", "3", NULL);
  DscOptions        fits   = options_of(options, "approximator", "local_polynomial", "derivative_degree", "5", NULL);
  DscResult        *result = run(PETSC_COMM_SELF, options), *fitted = run(PETSC_COMM_SELF, fits);
  (void)state;

  assert_equation(result, 0, growth, 1e-5);
  assert_equation(fitted, 0, growth, 1e-5);
  CALL(DscResultDestroy(&result));
  CALL(DscResultDestroy(&fitted));
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&fits));
  CALL(DscOptionsDestroy(&base));
}

/* Coordinates, also of unequal steps, as factors; no derivative along z and no constant. */
static void test_terms_with_coordinates(void **state)
{
  static const Term sheared[] = {{"y u_x", -1.0}, {NULL, 0.0}},
                    forced[]  = {{"u cos(2 t)", 1.0}, {"t", 1.0}, {NULL, 0.0}};
  const PetscInt n3[] = {20, 60, 30}, n1[] = {300};
  DscOptions     base    = grid_options(3, n3, 1, shear);
  DscOptions     options = options_of(base, "library_terms", "u, u_x, x u_x, y u_x, t u_x, y u_y, u_xy, sin(y) u_x",
                                      "derivative_accuracy", "6", NULL);
  DscResult     *result  = run_all_ways(options, "17");
  (void)state;

  assert_equation(result, 0, sheared, 1e-4);
  CALL(DscResultDestroy(&result));
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&base));
  base    = grid_options(1, n1, 1, driven);
  options = options_of(base, "library_terms", "1, t, t^2, u, u^2, u cos(t), u cos(2 t), u sin(2 t), sin(u)", NULL);
  result  = run(PETSC_COMM_SELF, options);
  assert_equation(result, 0, forced, 1e-5);
  CALL(DscResultDestroy(&result));
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&base));
}

/* Every number of the window, the neighbours' included, is that of the grid, whatever the blocks. */
static void test_window(void **state)
{
  const PetscInt n[] = {11, 17, 5}, half = 3, keep = 4;
  DscOptions     options = grid_options(3, n, 1, plane_waves);
  DscGrid        grid;
  double        *whole;
  PetscMPIInt    rank, size;
  (void)state;

  CALL(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  CALL(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  CALL(DscGridOpen(PETSC_COMM_WORLD, options, 0, &grid));
  CALL(PetscMalloc1((size_t)(n[0] * n[1] * n[2]), &whole));
  CALL(DscWindowRead(grid, 0, 0, n[0], 0, n[1], whole));
  for (PetscInt block = 1; block <= n[0]; block += 3) {
    const PetscInt first = n[1] * rank / size, count = n[1] * (rank + 1) / size - first;
    DscWindow      window;

    const DscWindowRange range = {.end_time = n[0], .first = first, .count = count};
    CALL(DscWindowCreate(PETSC_COMM_WORLD, grid, &range, half, block, keep, &window));
    assert_int_equal(window.ghost_first, PetscMax(0, first - half));
    assert_int_equal(window.ghost_first + window.ghost_count, PetscMin(n[1], first + count + half));
    while (window.end < n[0]) {
      CALL(DscWindowAdvance(&window));
      assert_int_equal(window.begin, PetscMax(0, window.end - block - keep));
      for (PetscInt t = window.begin; t < window.end; t++) {
        assert_memory_equal(DscWindowRow(&window, t, 0), whole + (t * n[1] + window.ghost_first) * n[2],
                            (size_t)(window.ghost_count * n[2]) * sizeof(double));
      }
    }
    CALL(DscWindowDestroy(&window));
  }
  CALL(PetscFree(whole));
  CALL(DscGridClose(&grid));
  CALL(DscOptionsDestroy(&options));
}

static double largest_difference(const DscResult *a, const DscResult *b)
{
  double difference = 0.0;

  for (PetscInt i = 0; i < a->nleft * a->nterms; i++)
    difference = PetscMax(difference, fabs(a->coefficients[i] - b->coefficients[i]));
  return difference;
}

static double variance_of_two_waves(const PetscInt n[])
{
  double sum = 0.0, squares = 0.0, N = (double)(n[0] * n[1]);

  for (PetscInt i = 0; i < n[0] * n[1]; i++) {
    const double x[] = {(double)(i / n[1]) / (double)(n[0] - 1), 3.0 * (double)(i % n[1]) / (double)(n[1] - 1)};
    sum += two_waves(0, x);
    squares += PetscSqr(two_waves(0, x));
  }
  return squares / N - PetscSqr(sum / N);
}

/* Noise makes the derivatives noisy and so the coefficients too small; what a POD leaves is nearly clean. */
static void test_pod_takes_noise_away(void **state)
{
  const PetscInt n[]   = {200, 100};
  DscOptions     clean = grid_options(2, n, 1, two_waves);
  DscOptions     noisy = options_of(clean, "data_noise", "0.03", "constraint", "least_squares", NULL);
  DscOptions exact = options_of(noisy, "pod_rank", "4", NULL), automatic = options_of(noisy, "pod_rank", "-1", NULL);
  DscOptions whole   = options_of(clean, "pod_rank", "100", NULL);
  DscResult *without = run(PETSC_COMM_WORLD, noisy), *with = run(PETSC_COMM_WORLD, exact);
  DscResult *alone = run(PETSC_COMM_SELF, exact), *chosen = run(PETSC_COMM_WORLD, automatic);
  DscResult *clean_result = run(PETSC_COMM_WORLD, clean), *all = run(PETSC_COMM_WORLD, whole);
  const PetscInt j = term(with, "u_x");
  (void)state;

  assert_true(fabs(without->coefficients[j] + 1.0) > 0.1);
  assert_true(fabs(with->coefficients[j] + 1.0) < 0.03);
  assert_true(fabs(chosen->coefficients[j] + 1.0) < 0.03);
  assert_true(fabs(with->mse / (9e-4 * variance_of_two_waves(n)) - 1.0) < 0.1);
  assert_true(largest_difference(with, alone) < 1e-10);
  assert_true(largest_difference(clean_result, all) < 1e-8); /* all modes: the data as they are */
  CALL(DscResultDestroy(&without));
  CALL(DscResultDestroy(&with));
  CALL(DscResultDestroy(&alone));
  CALL(DscResultDestroy(&chosen));
  CALL(DscResultDestroy(&clean_result));
  CALL(DscResultDestroy(&all));
  CALL(DscOptionsDestroy(&clean));
  CALL(DscOptionsDestroy(&noisy));
  CALL(DscOptionsDestroy(&exact));
  CALL(DscOptionsDestroy(&automatic));
  CALL(DscOptionsDestroy(&whole));
}

/* So do fits to windows, without looking at the whole; both together take more away than either. */
static void test_fits_take_noise_away(void **state)
{
  const PetscInt n[]    = {200, 100};
  DscOptions     clean  = grid_options(2, n, 1, two_waves);
  DscOptions     noisy  = options_of(clean, "data_noise", "0.1", "constraint", "least_squares", "approximator",
                                     "local_polynomial", "derivative_window", "25,12", "derivative_degree", "4", NULL);
  DscOptions     both   = options_of(noisy, "pod_rank", "4", NULL);
  DscResult     *fitted = run_all_ways(noisy, "17"), *with = run(PETSC_COMM_WORLD, both);
  const PetscInt j = term(fitted, "u_x");
  (void)state;

  assert_true(fabs(fitted->coefficients[j] + 1.0) < 0.02);
  assert_true(fabs(with->coefficients[j] + 1.0) < 0.02);
  assert_true(with->std[j] < 0.8 * fitted->std[j]);
  CALL(DscResultDestroy(&fitted));
  CALL(DscResultDestroy(&with));
  CALL(DscOptionsDestroy(&clean));
  CALL(DscOptionsDestroy(&noisy));
  CALL(DscOptionsDestroy(&both));
}

static PetscErrorCode stop_on_last_rank(void *context, PetscBool *stop, PetscBool *save)
{
  PetscMPIInt rank, size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  ++*(int *)context;
  *stop = (PetscBool)(rank == size - 1);
  *save = PETSC_FALSE;
  PetscFunctionReturn(0);
}

/* The wish of one rank stops all of them after the first block. */
static void test_stop(void **state)
{
  const PetscInt n[]     = {3000, 80};
  int            polled  = 0;
  DscRunControl  control = {.context = &polled, .poll = stop_on_last_rank};
  DscOptions     base = grid_options(2, n, 2, telegraph), options = options_of(base, "memory_limit", "17", NULL);
  DscResult     *result;
  (void)state;

  CALL(DscResultCreate(&result));
  CALL(DscMethodRun(PETSC_COMM_WORLD, options, &control, PETSC_FALSE, result));
  assert_int_equal(polled, 1);
  assert_int_equal(result->status, DSC_RUN_STOPPED);
  assert_non_null(strstr(result->reason, "of 2996 times"));
  CALL(DscResultDestroy(&result));
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&base));
}

static void assert_refused(DscOptions options, const char *part)
{
  DscResult     *result;
  PetscErrorCode ierr;

  CALL(DscResultCreate(&result));
  CALL(DscErrorCaptureBegin());
  ierr = DscMethodRun(PETSC_COMM_WORLD, options, NULL, PETSC_FALSE, result);
  CALL(DscErrorCaptureEnd());
  assert_int_equal(ierr, PETSC_ERR_USER_INPUT);
  if (!strstr(DscErrorMessage(), part)) fail_msg("'%s' does not say '%s'", DscErrorMessage(), part);
  CALL(DscResultDestroy(&result));
  CALL(DscOptionsDestroy(&options));
}

/* Those that need more than a line of input; the others are in regression/bad_input.txt. */
static void test_refusals(void **state)
{
  const PetscInt n[] = {60, 80}, box[] = {10, 10, 10};
  DscOptions     base = grid_options(2, n, 1, telegraph);
  (void)state;

  assert_refused(options_of(base, "pod_rank", "61", NULL),
                 "-pod_rank 61: the data are a matrix of 80 points and 60 times");
  assert_refused(options_of(base, "pod_rank", "3", "memory_limit", "20", NULL), "the POD needs");
  assert_refused(options_of(base, "library_polynomial", "16", "data_stride_t", "8", "data_stride_x", "8", NULL),
                 "inner points are too few");
  assert_refused(options_of(base, "approximator", "spectral", NULL),
                 "u is not periodic along x: its sixth differences");
  CALL(DscOptionsDestroy(&base));
  base = grid_options(3, box, 1, plane_waves);
  assert_refused(options_of(base, "approximator", "spectral", NULL), "y is not in equal steps");
  CALL(DscOptionsDestroy(&base));
}

static int remove_grid(void **state)
{
  const PetscInt n[] = {4, 4};
  (void)state;

  remove_file(write_grid(2, n, 1, telegraph));
  return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_kdv),
    cmocka_unit_test(test_two_and_three_dimensions),
    cmocka_unit_test(test_two_fields),
    cmocka_unit_test(test_approximators),
    cmocka_unit_test(test_time_alone),
    cmocka_unit_test(test_terms_with_coordinates),
    cmocka_unit_test(test_window),
    cmocka_unit_test(test_pod_takes_noise_away),
    cmocka_unit_test(test_fits_take_noise_away),
    cmocka_unit_test(test_stop),
    cmocka_unit_test_teardown(test_refusals, remove_grid),
};

TEST_MAIN(tests)
