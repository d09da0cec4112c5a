/*
  A data set whose samples are dealt to the ranks of a run: the same training, bit for bit, on any number of ranks, and
  that of the replicated set where the probe is the whole.
*/
#include "method_testing.h"

#include "method/surrogate.h"

static char path[64];

/* KdV on a grid, as HDF5. */
static void write_grid(const char nt[], const char nx[])
{
  DscOptions  options = options_of(NULL, "data_source", "kdv", "kdv_t_points", nt, "kdv_x_points", nx, NULL);
  DscDataSet *data;
  long        id = (long)getpid();

  CALL(MPI_Bcast(&id, 1, MPI_LONG, 0, PETSC_COMM_WORLD));
  snprintf(path, sizeof(path), "/tmp/discern_sharded_%ld.h5", id);
  CALL(DscDataSetCreate(PETSC_COMM_WORLD, options, 0, &data));
  CALL(DscDataSetWrite(PETSC_COMM_WORLD, data, path));
  CALL(DscDataSetDestroy(&data));
  CALL(DscOptionsDestroy(&options));
  MPI_Barrier(PETSC_COMM_WORLD);
}

static DscOptions small(const char distribution[])
{
  return options_of(NULL, "data_file", path, "data_noise", "0.2", "data_distribution", distribution, "net_layers",
                    "5,5", "library_polynomial", "1", "library_derivative", "2", "train_iterations", "4",
                    "train_log_interval", "1", NULL);
}

/* With its prediction. */
static DscResult *train(MPI_Comm comm, DscOptions options)
{
  const DscRunControl control = {.prediction = PETSC_TRUE};
  DscResult          *result;

  CALL(DscResultCreate(&result));
  CALL(DscMethodRun(comm, options, &control, PETSC_FALSE, result));
  return result;
}

static void assert_same_result(const DscResult *a, const DscResult *b)
{
  const size_t n = (size_t)(a->nleft * a->nterms) * sizeof(double);

  assert_int_equal(a->nterms, b->nterms);
  assert_memory_equal(a->coefficients, b->coefficients, n);
  assert_memory_equal(a->std, b->std, n);
  assert_memory_equal(a->truth, b->truth, n);
  assert_int_equal(a->history.nrows, 5);
  assert_int_equal(a->history.nrows, b->history.nrows);
  assert_int_equal(a->history.ncolumns, b->history.ncolumns);
  assert_memory_equal(a->history.values, b->history.values,
                      (size_t)(a->history.nrows * a->history.ncolumns) * sizeof(double));
  assert_true(a->prediction.nrows > 500);
  assert_int_equal(a->prediction.nrows, b->prediction.nrows);
  assert_int_equal(a->prediction.ncolumns, b->prediction.ncolumns);
  assert_memory_equal(a->prediction.values, b->prediction.values,
                      (size_t)(a->prediction.nrows * a->prediction.ncolumns) * sizeof(double));
}

/* More samples than the probe has. */
static void the_same_on_any_number_of_ranks(void **state)
{
  DscOptions options;
  DscResult *together, *alone;
  int        rank;

  (void)state;
  write_grid("282", "252");
  options  = small("sharded");
  together = train(PETSC_COMM_WORLD, options);
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  if (!rank) {
    alone = train(PETSC_COMM_SELF, options);
    assert_same_result(together, alone);
    CALL(DscResultDestroy(&alone));
  }
  MPI_Barrier(PETSC_COMM_WORLD);
  CALL(DscResultDestroy(&together));
  CALL(DscOptionsDestroy(&options));
  remove_file(path);
}

static void the_same_as_replicated(void **state)
{
  static const char *const scales[] = {"unit", "none"};

  (void)state;
  write_grid("61", "83");
  for (int i = 0; i < 2; i++) {
    DscOptions base = small("replicated");
    DscOptions replicated =
        options_of(base, "data_scale", scales[i], "data_window_x", "-5,6.1", "data_stride_t", "2", NULL);
    DscOptions sharded = options_of(replicated, "data_distribution", "sharded", NULL);
    DscResult *a = train(PETSC_COMM_WORLD, replicated), *b = train(PETSC_COMM_WORLD, sharded);

    assert_same_result(a, b);
    CALL(DscResultDestroy(&a));
    CALL(DscResultDestroy(&b));
    CALL(DscOptionsDestroy(&base));
    CALL(DscOptionsDestroy(&replicated));
    CALL(DscOptionsDestroy(&sharded));
  }
  remove_file(path);
}

/* A rank holds the samples of its shards and no others: those of the replicated set. */
static void a_rank_holds_its_part(void **state)
{
  DscOptions   options[2];
  DscSurrogate s[2];
  PetscInt     held, next = 0, n = 0;
  int          rank, size;

  (void)state;
  write_grid("282", "252");
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  MPI_Comm_size(PETSC_COMM_WORLD, &size);
  for (int i = 0; i < 2; i++) {
    options[i] = small(i ? "sharded" : "replicated");
    CALL(DscSurrogateCreate(PETSC_COMM_WORLD, options[i], 0, &s[i]));
    assert_int_equal(s[i].experiments[0].samples.nsamples, 282 * 252);
    assert_int_equal(s[i].experiments[0].samples.ntrain, 282 * 252);
  }
  assert_true(s[1].experiments[0].data->nsamples < 282 * 252);
  assert_memory_equal(s[0].experiments[0].scaling.coordinate_center, s[1].experiments[0].scaling.coordinate_center,
                      2 * sizeof(double));
  assert_memory_equal(s[0].experiments[0].scaling.coordinate_scale, s[1].experiments[0].scaling.coordinate_scale,
                      2 * sizeof(double));
  held = s[1].experiments[0].samples.n;
  MPI_Exscan(&held, &next, 1, MPIU_INT, MPI_SUM, PETSC_COMM_WORLD);
  MPI_Allreduce(&held, &n, 1, MPIU_INT, MPI_SUM, PETSC_COMM_WORLD);
  assert_int_equal(s[1].experiments[0].samples.first, rank ? next : 0);
  assert_int_equal(n, 282 * 252);
  assert_true(held <= 282 * 252 / size + 64 * 64 / size);
  assert_true(s[1].experiments[0].samples.bytes < 8. * (held + 282 + 252 + 1));
  for (PetscInt i = s[1].experiments[0].samples.first; i < s[1].experiments[0].samples.first + held; i++) {
    for (PetscInt c = 0; c < 2; c++) {
      const double a = DscSamplesCoordinate(&s[0].experiments[0].samples, c, i),
                   b = DscSamplesCoordinate(&s[1].experiments[0].samples, c, i);

      assert_memory_equal(&a, &b, sizeof(double));
    }
    assert_memory_equal(&s[0].experiments[0].samples.fields[0][i],
                        &s[1].experiments[0].samples.fields[0][i - s[1].experiments[0].samples.first], sizeof(double));
  }
  for (int i = 0; i < 2; i++) {
    CALL(DscSurrogateDestroy(&s[i]));
    CALL(DscOptionsDestroy(&options[i]));
  }
  remove_file(path);
}

static void assert_too_large(DscOptions base, const char key[], const char value[], const char part[])
{
  DscOptions     options = options_of(base, key, value, NULL);
  DscResult     *result;
  PetscErrorCode ierr;

  CALL(DscResultCreate(&result));
  CALL(DscErrorCaptureBegin());
  ierr = DscMethodRun(PETSC_COMM_WORLD, options, NULL, PETSC_FALSE, result);
  CALL(DscErrorCaptureEnd());
  if (ierr != PETSC_ERR_USER_INPUT || !strstr(DscErrorMessage(), part))
    fail_msg("error %d '%s' where '%s' was expected", ierr, DscErrorMessage(), part);
  CALL(DscResultDestroy(&result));
  CALL(DscOptionsDestroy(&options));
}

/* 282 x 252 samples: 2.2 MB replicated, in four arrays. */
static void the_memory_limit_is_kept(void **state)
{
  DscOptions options[3];
  DscResult *result;

  (void)state;
  write_grid("282", "252");
  options[0] = small("replicated");
  options[1] = options_of(options[0], "memory_limit", "4", "train_memory_limit", "1", NULL);
  options[2] = options_of(options[1], "train_iterations", "1", NULL);
  assert_too_large(options[0], "memory_limit", "2", "2.2 for the data and 0.0 to work on them");
  assert_too_large(options[0], "memory_limit", "4", "2.2 for the data");
  result = train(PETSC_COMM_WORLD, options[2]);
  CALL(DscResultDestroy(&result));
  for (int i = 0; i < 3; i++) CALL(DscOptionsDestroy(&options[i]));
  options[0] = options_of(NULL, "data_source", "kdv", "kdv_t_points", "5000", "kdv_x_points", "5000", NULL);
  assert_too_large(options[0], "memory_limit", "100", "762.9 for the data");
  CALL(DscOptionsDestroy(&options[0]));
  remove_file(path);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_same_on_any_number_of_ranks),
    cmocka_unit_test(the_same_as_replicated),
    cmocka_unit_test(a_rank_holds_its_part),
    cmocka_unit_test(the_memory_limit_is_kept),
};

TEST_MAIN(tests)
