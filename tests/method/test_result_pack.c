/* A result as bytes and back, and the rows of its prediction. */
#include "run_in_parts.h"

static DscOptions short_run(void)
{
  return options_of(NULL, "data_source", "kdv", "kdv_t_points", "20", "kdv_x_points", "25", "data_noise", "0.1",
                    "data_test_fraction", "0.2", "approximator", "mlp", "net_layers", "10,10", "panel_lanes", "16",
                    "train_iterations", "20", "train_log_interval", "5", "constraint", "ridge", NULL);
}

static DscResult *round_trip(const DscResult *result, DscBuffer buffer)
{
  DscResult *back;

  CALL(DscBufferClear(buffer));
  CALL(DscResultPut(result, buffer));
  CALL(DscBufferRewind(buffer));
  CALL(DscResultCreate(&back));
  CALL(DscResultGet(buffer, back));
  return back;
}

static void assert_same_table(const DscTable *a, const DscTable *b)
{
  assert_int_equal(a->ncolumns, b->ncolumns);
  assert_int_equal(a->nrows, b->nrows);
  if (a->ncolumns > 0) assert_memory_equal(a->columns, b->columns, (size_t)a->ncolumns * DSC_NAME_LENGTH);
  if (a->nrows > 0) assert_memory_equal(a->values, b->values, (size_t)(a->nrows * a->ncolumns) * sizeof(double));
}

static void assert_same_fields(const DscResult *a, const DscResult *b)
{
  const double   x[] = {a->seconds, a->mse, a->bic, a->coefficient_error};
  const double   y[] = {b->seconds, b->mse, b->bic, b->coefficient_error};
  const double  *p[] = {a->coefficients, a->std, a->normalized, a->alpha, a->inclusion, a->truth};
  const double  *q[] = {b->coefficients, b->std, b->normalized, b->alpha, b->inclusion, b->truth};
  const PetscInt n   = a->nleft * a->nterms;

  assert_int_equal(a->status, b->status);
  assert_string_equal(a->reason, b->reason);
  assert_int_equal(a->iterations, b->iterations);
  assert_int_equal(a->exact, b->exact);
  assert_int_equal(a->nleft, b->nleft);
  assert_int_equal(a->nterms, b->nterms);
  assert_memory_equal(x, y, sizeof(x)); /* NaN too */
  for (PetscInt f = 0; f < a->nleft; f++) assert_string_equal(a->left[f], b->left[f]);
  for (PetscInt j = 0; j < a->nterms; j++) assert_string_equal(a->terms[j], b->terms[j]);
  for (int k = 0; n > 0 && k < 6; k++) assert_memory_equal(p[k], q[k], (size_t)n * sizeof(double));
  for (PetscInt i = 0; i < n; i++) assert_int_equal(a->active[i], b->active[i]);
  assert_same_table(&a->history, &b->history);
  assert_same_table(&a->selection, &b->selection);
  assert_same_table(&a->prediction, &b->prediction);
}

static void test_round_trip(void **state)
{
  DscOptions  options = short_run();
  DscResult  *result  = run_whole(PETSC_COMM_WORLD, options), *back;
  DscBuffer   buffer;
  const void *data;
  size_t      size;
  (void)state;

  result->alpha[1]     = 1.0 + PETSC_MACHINE_EPSILON;
  result->inclusion[1] = 0.25;
  result->std[2]       = NAN;
  CALL(DscBufferCreate(&buffer));
  back = round_trip(result, buffer);
  assert_int_equal(result->prediction.nrows, 500);
  assert_true(result->selection.nrows > 8);
  assert_same_fields(result, back);
  CALL(DscTableAddRow(&back->history, result->history.values)); /* the copy is a table like any other */
  assert_int_equal(back->history.nrows, result->history.nrows + 1);
  CALL(DscResultDestroy(&back));

  CALL(DscBufferGetData(buffer, &size, &data)); /* less than all of it is refused */
  for (size_t k = 0; k < 32; k++) {
    DscBuffer      part;
    PetscErrorCode ierr;

    CALL(DscBufferCreate(&part));
    CALL(DscBufferSetData(part, size * k / 32, data));
    CALL(DscResultCreate(&back));
    CALL(DscErrorCaptureBegin());
    ierr = DscResultGet(part, back);
    CALL(DscErrorCaptureEnd());
    assert_int_equal(ierr, PETSC_ERR_FILE_UNEXPECTED);
    CALL(DscResultDestroy(&back));
    CALL(DscBufferDestroy(&part));
  }
  CALL(DscBufferDestroy(&buffer));
  CALL(DscResultDestroy(&result));
  CALL(DscOptionsDestroy(&options));
}

/* What a run that failed at once leaves behind; two of them in one buffer. */
static void test_empty_results(void **state)
{
  DscResult *result, *back[2];
  DscBuffer  buffer;
  (void)state;

  CALL(DscResultCreate(&result));
  result->status = DSC_RUN_FAILED;
  CALL(PetscStrncpy(result->reason, "no such file", sizeof(result->reason)));
  CALL(DscBufferCreate(&buffer));
  CALL(DscResultPut(result, buffer));
  CALL(DscResultPut(result, buffer));
  CALL(DscBufferRewind(buffer));
  for (int i = 0; i < 2; i++) {
    CALL(DscResultCreate(&back[i]));
    CALL(DscResultGet(buffer, back[i]));
    assert_same_fields(result, back[i]);
    CALL(DscResultDestroy(&back[i]));
  }
  CALL(DscBufferDestroy(&buffer));
  CALL(DscResultDestroy(&result));
}

static const double *column(const DscTable *table, const char *name)
{
  for (PetscInt c = 0; c < table->ncolumns; c++) {
    if (strcmp(table->columns[c], name) == 0) return table->values + c;
  }
  fail_msg("no column '%s'", name);
  return NULL;
}

/* Mean square of u^ - u over rows [first, end). */
static double mean_square(const DscTable *p, PetscInt first, PetscInt end)
{
  const double *u = column(p, "u"), *hat = column(p, "u_hat");
  double        sum = 0.0;

  for (PetscInt i = first; i < end; i++) sum += PetscSqr(hat[i * p->ncolumns] - u[i * p->ncolumns]);
  return sum / (double)(end - first);
}

/* The samples as the data set has them; the surrogate is the one whose errors the run reports. */
static void test_prediction(void **state)
{
  static const char *const names[] = {"t", "x", "u", "u_clean", "u_hat"};
  DscOptions               options = short_run();
  DscResult               *result  = run_whole(PETSC_COMM_WORLD, options), *alone, *without;
  const DscTable          *p = &result->prediction, *h = &result->history;
  DscDataSet              *data;
  (void)state;

  CALL(DscDataSetCreate(PETSC_COMM_WORLD, options, 0, &data));
  assert_int_equal(p->nrows, data->nsamples);
  assert_int_equal(p->ncolumns, 5);
  for (PetscInt c = 0; c < 5; c++) assert_string_equal(p->columns[c], names[c]);
  for (PetscInt i = 0; i < p->nrows; i++) {
    const double *row = p->values + i * p->ncolumns;

    assert_true(row[0] == data->coordinates[0][i] && row[1] == data->coordinates[1][i]);
    assert_true(row[2] == data->fields[0][i] && row[3] == data->clean[0][i] && row[2] != row[3]);
  }
  const double mse = mean_square(p, 0, data->ntrain), mse_test = mean_square(p, data->ntrain, data->nsamples);
  assert_true(fabs(mse - result->mse) <= 1e-12 * mse);
  assert_true(fabs(mse_test - column(h, "mse_test")[(h->nrows - 1) * h->ncolumns]) <= 1e-12 * mse_test);

  alone   = run_whole(PETSC_COMM_SELF, options);
  without = run(PETSC_COMM_WORLD, options);
  assert_same_table(p, &alone->prediction);
  assert_int_equal(without->prediction.ncolumns + without->prediction.nrows, 0);
  CALL(DscDataSetDestroy(&data));
  CALL(DscResultDestroy(&alone));
  CALL(DscResultDestroy(&without));
  CALL(DscResultDestroy(&result));
  CALL(DscOptionsDestroy(&options));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_round_trip),
    cmocka_unit_test(test_empty_results),
    cmocka_unit_test(test_prediction),
};
TEST_MAIN(tests)
