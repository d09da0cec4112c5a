/*
  Training on positions of particles: which samples are points, the likelihood and its gradient, and the same bits on any
  number of ranks, restarted or not.
*/
#include "gradient_testing.h"
#include "run_in_parts.h"

#include "method/surrogate.h"

enum { ITERATIONS = 30 };

/* 12 walkers at 6 times, 9 of them to train on: 54 positions; a grid of 4 times and 6 places; panels half full. */
static DscOptions small(const char *transform, const char *points)
{
  return options_of(NULL, "data_source", "walkers", "walkers_number", "12", "walkers_steps", "5", "data_test_fraction",
                    "0.25", "approximator", "flow", "flow_transform", transform, "flow_layers", "5", "flow_components",
                    "2", "flow_depth", "2", "positions_points", points, "library_polynomial", "1", "library_derivative",
                    "2", "panel_lanes", "16", NULL);
}

/* ---- samples and points ------------------------------------------------------------------------------------- */

static DscSurrogate create_surrogate(DscOptions options)
{
  DscSurrogate s;

  CALL(DscSurrogateCreate(PETSC_COMM_SELF, options, 0, &s));
  CALL(DscOptionsDestroy(&options));
  return s;
}

static void get_range(const DscDataSet *data, PetscInt c, double *min, double *max)
{
  *min = *max = data->coordinates[c][0];
  for (PetscInt i = 1; i < data->nsamples; i++) {
    *min = PetscMin(*min, data->coordinates[c][i]);
    *max = PetscMax(*max, data->coordinates[c][i]);
  }
}

static void check_sample(const DscExperiment *x, PetscInt sample, PetscInt row)
{
  assert_int_equal(DscPointsRow(&x->points, sample), row);
  for (PetscInt c = 0; c < 2; c++)
    assert_true(DscSamplesCoordinate(&x->samples, c, sample) == x->data->coordinates[c][row]);
}

/* Positions that train, points, positions that test. */
static void test_grid(PETSC_UNUSED void **state)
{
  DscOptions           base = small("sigmoids", "4,6");
  DscSurrogate         s    = create_surrogate(options_of(base, "positions_margin", "0.3", NULL));
  const DscExperiment *x    = &s.experiments[0];
  double               t[2], range[2], margin;

  assert_int_equal(x->data->ntrain, 54);
  assert_int_equal(x->data->nsamples, 72);
  assert_int_equal(x->points.first, 54);
  assert_int_equal(x->points.n, 24);
  assert_int_equal(x->samples.ntrain, 54 + 24);
  assert_int_equal(x->samples.nsamples, 72 + 24);
  get_range(x->data, 0, &t[0], &t[1]);
  get_range(x->data, 1, &range[0], &range[1]);
  margin = 0.3 * 0.5 * (range[1] - range[0]);
  for (PetscInt i = 0; i < 54; i++) check_sample(x, i, i);
  for (PetscInt i = 0; i < 24; i++) {
    const double time = t[0] + (t[1] - t[0]) * (double)(i / 6) / 3.0;
    const double at   = range[0] - margin + (range[1] - range[0] + 2.0 * margin) * (double)(i % 6) / 5.0;

    assert_int_equal(DscPointsRow(&x->points, 54 + i), -1);
    assert_true(fabs(DscSamplesCoordinate(&x->samples, 0, 54 + i) - time) < 1e-12);
    assert_true(fabs(DscSamplesCoordinate(&x->samples, 1, 54 + i) - at) < 1e-12);
  }
  for (PetscInt i = 54; i < 72; i++) check_sample(x, i + 24, i);
  for (PetscInt i = 0; i < 96; i++) assert_true(isnan(x->samples.fields[0][i]));
  CALL(DscSurrogateDestroy(&s));
  CALL(DscOptionsDestroy(&base));
}

static void test_points_are_positions(PETSC_UNUSED void **state)
{
  DscSurrogate         s = create_surrogate(small("sigmoids", "0"));
  const DscExperiment *x = &s.experiments[0];

  assert_int_equal(x->points.n, 0);
  assert_int_equal(x->samples.ntrain, 54);
  assert_int_equal(x->samples.nsamples, 72);
  for (PetscInt i = 0; i < 72; i++) check_sample(x, i, i);
  CALL(DscSurrogateDestroy(&s));
}

/* Takes the options. */
static void check_weights(DscOptions options, double observations)
{
  DscSurrogate         s = create_surrogate(options);
  const DscExperiment *x = &s.experiments[0];
  const PetscInt       n = x->points.n ? x->points.n : x->data->ntrain;

  assert_true(fabs(x->points.observations - observations) < 1e-12 * observations);
  assert_true(fabs(x->points.weight * (double)n - observations) < 1e-12 * observations);
  CALL(DscSurrogateDestroy(&s));
}

static const char *write_positions(DscOptions options)
{
  static char path[PETSC_MAX_PATH_LEN];
  DscDataSet *data;
  FILE       *file;
  int         rank;

  CALL(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  snprintf(path, sizeof(path), "/tmp/discern_positions_%ld_%d.csv", (long)getpid(), rank);
  CALL(DscDataSetCreate(PETSC_COMM_SELF, options, 0, &data));
  file = fopen(path, "w");
  assert_non_null(file);
  fprintf(file, "t,x\n");
  for (PetscInt i = 0; i < data->nsamples; i++)
    fprintf(file, "%.17g,%.17g\n", data->coordinates[0][i], data->coordinates[1][i]);
  fclose(file);
  CALL(DscDataSetDestroy(&data));
  return path;
}

/* Ten a particle, but no more than there are; those that train. Where particles are not told apart, every position. */
static void test_observations(PETSC_UNUSED void **state)
{
  static const char *const points[] = {"4,6", "0"};

  for (int i = 0; i < 2; i++) {
    DscOptions  base = small("sigmoids", points[i]), longer = options_of(base, "walkers_steps", "50", NULL);
    const char *path = write_positions(longer);

    check_weights(options_of(base, NULL), 54.0);
    check_weights(options_of(longer, NULL), 10.0 * 9.0);
    check_weights(options_of(base, "positions_observations", "33", NULL), 33.0);
    check_weights(options_of(base, "data_source", "file", "data_file", path, "data_positions", "true",
                             "data_test_fraction", "0", NULL),
                  12.0 * 51.0);
    remove(path);
    CALL(DscOptionsDestroy(&longer));
    CALL(DscOptionsDestroy(&base));
  }
}

/* ---- likelihood --------------------------------------------------------------------------------------------- */

static const double *last_row(const DscResult *r)
{
  return r->history.values + (r->history.nrows - 1) * r->history.ncolumns;
}

static PetscInt column(const DscTable *table, const char *name)
{
  for (PetscInt c = 0; c < table->ncolumns; c++) {
    if (strcmp(table->columns[c], name) == 0) return c;
  }
  fail_msg("no column '%s'", name);
  return -1;
}

/* Of -log u_hat over the rows of a prediction. */
static double mean_nll(const DscTable *prediction, PetscInt first, PetscInt n)
{
  const PetscInt hat = column(prediction, "u_hat");
  double         sum = 0.0;

  for (PetscInt i = first; i < first + n; i++) sum -= log(prediction->values[i * prediction->ncolumns + hat]);
  return sum / (double)n;
}

static void check_likelihood(const char *transform, const char *points, PetscInt npoints)
{
  DscOptions base    = small(transform, points);
  DscOptions options = options_of(base, "positions_observations", "33", "train_iterations", "40", "train_log_interval",
                                  "7", "constraint_start", "10", "optim_type", "soap", "stop_patience", "0", NULL);
  DscResult *r       = run_whole(PETSC_COMM_WORLD, options);
  const PetscInt nll = column(&r->history, "nll"), test = column(&r->history, "nll_test"),
                 clean = column(&r->prediction, "u_clean"), position = column(&r->prediction, "position");

  assert_int_equal(r->prediction.nrows, 72 + npoints);
  assert_true(fabs(mean_nll(&r->prediction, 0, 54) - last_row(r)[nll]) < 1e-10);
  assert_true(fabs(mean_nll(&r->prediction, 54 + npoints, 18) - last_row(r)[test]) < 1e-10);
  assert_true(last_row(r)[nll] < r->history.values[nll]); /* it learns */
  assert_true(isnan(r->mse) && isfinite(r->bic));
  for (PetscInt i = 0; i < r->prediction.nrows; i++) { /* the true density is known at the positions only */
    const double u = r->prediction.values[i * r->prediction.ncolumns + clean];

    assert_true(i >= 54 && i < 54 + npoints ? isnan(u) : u > 0.0);
    assert_true(r->prediction.values[i * r->prediction.ncolumns + position] == (isnan(u) ? 0.0 : 1.0));
  }
  CALL(DscResultDestroy(&r));
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&base));
}

static void test_likelihood(PETSC_UNUSED void **state)
{
  check_likelihood("sigmoids", "4,6", 24);
  check_likelihood("sigmoids", "0", 0);
  check_likelihood("planar", "4,6", 24);
}

/* At the first parameters, with fewer positions to train on: the largest relative change of a coefficient. */
static double change_of_coefficients(const char *points)
{
  DscOptions     base    = small("sigmoids", points);
  DscOptions     options = options_of(base, "constraint", "least_squares", "train_iterations", "0", NULL);
  DscOptions     every   = options_of(options, "data_test_fraction", "0", NULL);
  DscResult     *some = run(PETSC_COMM_WORLD, options), *all = run(PETSC_COMM_WORLD, every);
  const PetscInt first  = column(&some->history, "coefficient/u_t/1");
  double         change = 0.0;

  for (PetscInt c = first; c < first + 2 * some->nterms; c += 2)
    change = PetscMax(change, fabs(last_row(some)[c] / last_row(all)[c] - 1.0));
  CALL(DscResultDestroy(&some));
  CALL(DscResultDestroy(&all));
  CALL(DscOptionsDestroy(&every));
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&base));
  return change;
}

/* The equation is asked for on the grid alone, where there is one. */
static void test_where_the_equation_is_asked_for(PETSC_UNUSED void **state)
{
  assert_true(change_of_coefficients("4,6") < 1e-6);
  assert_true(change_of_coefficients("0") > 0.01);
}

/* At any places: the density of the run's prediction, and terms that are its derivatives. */
static void test_evaluate_at(PETSC_UNUSED void **state)
{
  enum { N = 3 * 41 };
  const double h    = 1e-4;
  DscOptions   base = small("sigmoids", "4,6");
  DscOptions   options =
      options_of(base, "train_iterations", "0", "library_terms", "u_x,u_xx,u u_x,x u", "data_test_fraction", "0", NULL);
  DscResult    *r = run_whole(PETSC_COMM_SELF, options);
  DscSurrogate  s = create_surrogate(options_of(options, NULL));
  DscWorkspace  workspace;
  PetscInt      size;
  double       *theta, t[N], x[N], u[N], terms[4 * N];
  const double *row = r->prediction.values, *const coordinates[] = {t, x};

  CALL(DscGraphGetSize(s.graph, &size));
  CALL(PetscCalloc1(size, &theta));
  CALL(DscNetInitialize(s.experiments[0].net, s.graph, 0, theta));
  CALL(DscGraphSetParameters(s.graph, theta));
  CALL(DscWorkspaceCreate(s.graph, &workspace));
  for (PetscInt i = 0; i < N; i++, row += i % 3 ? 0 : r->prediction.ncolumns) {
    t[i] = row[0];
    x[i] = row[1] + (double)(i % 3 - 1) * h;
  }
  CALL(DscSurrogateEvaluateAt(&s, workspace, 0, N, coordinates, u, terms));
  row = r->prediction.values + column(&r->prediction, "u_hat");
  for (PetscInt i = 1; i < N; i += 3, row += r->prediction.ncolumns) {
    const double u_x = (u[i + 1] - u[i - 1]) / (2.0 * h), u_xx = (u[i + 1] - 2.0 * u[i] + u[i - 1]) / (h * h);

    assert_true(fabs(u[i] - *row) < 1e-14);
    assert_true(fabs(terms[i] - u_x) < 1e-7);
    assert_true(fabs(terms[N + i] - u_xx) < 1e-5);
    assert_true(fabs(terms[2 * N + i] - u[i] * terms[i]) < 1e-15);
    assert_true(fabs(terms[3 * N + i] - x[i] * u[i]) < 1e-14);
  }
  CALL(DscWorkspaceDestroy(&workspace));
  CALL(PetscFree(theta));
  CALL(DscSurrogateDestroy(&s));
  CALL(DscResultDestroy(&r));
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&base));
}

/* Of one rank: the others would do the same. */
static void test_gradients(PETSC_UNUSED void **state)
{
  static const char *const transforms[] = {"sigmoids", "planar"}, *const points[] = {"4,6", "0"};
  int size;

  CALL(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  for (int i = 0; i < 4 && size == 1; i++) {
    DscOptions base    = small(transforms[i / 2], points[i % 2]);
    DscOptions options = options_of(base, "library_terms", "1,u_x,u_xxx,u u_xx,u^2", "sbl_tolerance", "1e-12",
                                    "sbl_max_iterations", "200000", NULL);

    check_gradient(options_of(options, "constraint", "sbl", NULL), 0);
    check_gradient(options_of(options, "constraint", "least_squares", "constraint_weight", "0.7", NULL), 0);
    CALL(DscOptionsDestroy(&options));
    CALL(DscOptionsDestroy(&base));
  }
}

/* ---- bits --------------------------------------------------------------------------------------------------- */

static DscOptions whole_run(const char *transform, const char *points, const char *precision)
{
  DscOptions base    = small(transform, points);
  DscOptions options = options_of(base, "walkers_number", "40", "train_iterations", "30", "train_log_interval", "7",
                                  "constraint_start", "10", "precision", precision, "optim_type", "soap",
                                  "stop_patience", "0", "sbl_lambda", "10", "refit", "particles", NULL);

  CALL(DscOptionsDestroy(&base));
  return options;
}

static void check_bits(DscOptions options)
{
  static const PetscInt stops[] = {ITERATIONS / 2, ITERATIONS - 4};
  const MPI_Comm        comms[] = {PETSC_COMM_WORLD, PETSC_COMM_SELF, PETSC_COMM_WORLD};
  DscResult            *whole = run_whole(PETSC_COMM_WORLD, options), *alone = run_whole(PETSC_COMM_SELF, options);
  DscResult            *parts = run_in_parts(comms, options, 2, stops);

  assert_non_null(strstr(whole->reason, "refitted from the particles"));
  assert_same_result(whole, alone);
  assert_same_result(whole, parts);
  CALL(DscResultDestroy(&whole));
  CALL(DscResultDestroy(&alone));
  CALL(DscResultDestroy(&parts));
  CALL(DscOptionsDestroy(&options));
}

static void test_same_bits(PETSC_UNUSED void **state)
{
  check_bits(whole_run("sigmoids", "4,6", "single"));
  check_bits(whole_run("sigmoids", "0", "double"));
  check_bits(whole_run("planar", "4,6", "double"));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_grid),         cmocka_unit_test(test_points_are_positions),
    cmocka_unit_test(test_observations), cmocka_unit_test(test_likelihood),
    cmocka_unit_test(test_evaluate_at),  cmocka_unit_test(test_where_the_equation_is_asked_for),
    cmocka_unit_test(test_gradients),    cmocka_unit_test(test_same_bits),
};
TEST_MAIN(tests)
