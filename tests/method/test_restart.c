/* N iterations are N/2 + N/2, to the last bit: for every optimiser, constraint and precision, on any number of ranks. */
#include "run_in_parts.h"

enum { N = 40 };

/* Terms come and go (masks, SBL), the rate changes, the test part is evaluated between the stops. */
static DscOptions short_run(void)
{
  return options_of(NULL, "data_source", "kdv", "kdv_t_points", "20", "kdv_x_points", "25", "data_noise", "0.02",
                    "data_test_fraction", "0.2", "approximator", "mlp", "net_layers", "10,10", "panel_lanes", "16",
                    "train_iterations", "40", "train_log_interval", "7", "optim_schedule", "onecycle", "mask_start",
                    "8", "mask_interval", "12", "optim_soap_refresh", "7", "mask_threshold", "1", "sbl_lambda", "1",
                    "sbl_significance", "0.5", "stop_patience", "0", NULL);
}

/* The equation counts as stable as soon as its terms stay the same for 15 iterations, and is then refined for 13. The
   last row of the history has the test part as it was at the beginning. */
static DscOptions refining_run(const char *constraint, const char *threshold)
{
  DscOptions base = short_run();
  DscOptions options =
      options_of(base, "constraint", constraint, "mask_threshold", threshold, "train_iterations", "2000",
                 "optim_schedule", "constant", "train_log_interval", "5000", "stop_patience", "15", "stop_interval",
                 "5", "stop_minimum", "30", "stop_tolerance", "1000", "refine_iterations", "13", NULL);

  CALL(DscOptionsDestroy(&base));
  return options;
}

static void check_parts(DscResult *whole, DscOptions options, int n, const PetscInt stops[])
{
  MPI_Comm   world[8];
  DscResult *parts;

  for (int i = 0; i <= n; i++) world[i] = PETSC_COMM_WORLD;
  parts = run_in_parts(world, options, n, stops);
  assert_same_result(whole, parts);
  CALL(DscResultDestroy(&parts));
}

static const char *const constraints[] = {"sbl", "least_squares", "ridge", "gradient"};
enum { CONSTRAINTS = 4 };

static void check_optimizer(const char *type, const char *amsgrad)
{
  static const PetscInt half[] = {N / 2}, often[] = {1, 17, 18, N};

  for (int c = 0; c < CONSTRAINTS; c++) {
    for (int single = 0; single < 2; single++) {
      DscOptions base    = short_run();
      DscOptions options = options_of(base, "constraint", constraints[c], "optim_type", type, "optim_amsgrad", amsgrad,
                                      "precision", single ? "single" : "double", NULL);
      DscResult *whole   = run_whole(PETSC_COMM_WORLD, options);

      check_parts(whole, options, 1, half);
      if (!single) check_parts(whole, options, 4, often);
      CALL(DscResultDestroy(&whole));
      CALL(DscOptionsDestroy(&options));
      CALL(DscOptionsDestroy(&base));
    }
  }
}

static void test_adam(void **state)
{
  (void)state;
  check_optimizer("adam", "false");
}

static void test_amsgrad(void **state)
{
  (void)state;
  check_optimizer("adam", "true");
}

static void test_soap(void **state)
{
  (void)state;
  check_optimizer("soap", "false");
}

static PetscInt count_active(const DscResult *result)
{
  PetscInt n = 0;

  for (PetscInt j = 0; j < result->nterms; j++) n += result->active[j];
  return n;
}

/* Before the equation is stable, on the way to it, at once after, and while it is refined. */
static void test_refining(void **state)
{
  static const char *const thresholds[CONSTRAINTS] = {"0", "1", "1", "1"};
  (void)state;

  for (int c = 0; c < CONSTRAINTS; c++) {
    DscOptions     options = refining_run(constraints[c], thresholds[c]);
    DscResult     *whole   = run_whole(PETSC_COMM_WORLD, options);
    const PetscInt n = whole->iterations, stable = n - 13;
    const PetscInt before[] = {stable - 20, stable - 3, stable + 5}, after[] = {stable + 1, n - 1};

    assert_string_equal(whole->reason, "the equation is stable");
    assert_in_range(count_active(whole), 1, whole->nterms - 1);
    check_parts(whole, options, 3, before);
    check_parts(whole, options, 2, after);
    CALL(DscResultDestroy(&whole));
    CALL(DscOptionsDestroy(&options));
  }
}

/* Two left-hand sides, each with a regression, a mask and a reference of its own. */
static void test_two_fields(void **state)
{
  static const PetscInt stops[] = {13, 31};
  const char           *path    = write_waves((Waves){.diffusion = 0.1, .t = 1, .x = 1, .u = 1}, 20, 25);
  (void)state;

  for (int c = 0; c < CONSTRAINTS; c++) {
    DscOptions base    = short_run();
    DscOptions options = options_of(base, "data_source", "file", "data_file", path, "data_u", "u,u", "data_names",
                                    "u,v", "library_polynomial", "1", "library_derivative", "2", "constraint",
                                    constraints[c], "mask_threshold", "0.2", NULL);
    DscResult *whole   = run_whole(PETSC_COMM_WORLD, options);

    check_parts(whole, options, 2, stops);
    CALL(DscResultDestroy(&whole));
    CALL(DscOptionsDestroy(&options));
    CALL(DscOptionsDestroy(&base));
  }
  remove_file(path);
}

static const double *row_at(const DscResult *result, PetscInt iteration)
{
  const double *row = result->history.values + iteration * result->history.ncolumns;

  assert_true(row[0] == (double)iteration);
  return row;
}

/* The test error falls, then not by enough for a while, and the run goes back. From there on all is as it was the first
   time, as long as the mask keeps all terms: parameters and the optimiser's state came back. */
static void check_recall(const char *constraint, const char *type, const char *lr, const char *patience)
{
  DscOptions base = short_run();
  DscOptions options =
      options_of(base, "constraint", constraint, "optim_type", type, "optim_lr", lr, "optim_schedule", "constant",
                 "mask_schedule", "train_test", "mask_threshold", "0", "mask_patience", patience, "mask_test_interval",
                 "2", "mask_delta", "0.05", "train_log_interval", "1", NULL);
  DscResult *whole = run_whole(PETSC_COMM_WORLD, options), *alone = run_whole(PETSC_COMM_SELF, options);
  PetscInt   best = N, again = N;

  for (PetscInt i = 2; again == N && i < N; i++) {
    for (best = 1; best < i && row_at(whole, i)[1] != row_at(whole, best)[1];) best++;
    if (best < i) again = i;
  }
  assert_in_range(again, best + atoi(patience) + 1, N - 1);
  for (PetscInt k = 0; k < again - best; k++) {
    assert_memory_equal(row_at(whole, best + k) + 1, row_at(whole, again + k) + 1,
                        (size_t)(whole->history.ncolumns - 1) * sizeof(double));
  }
  const PetscInt stops[] = {best, best + 1, again - 1, again, again + 1};

  check_parts(whole, options, 5, stops);
  assert_same_result(whole, alone);
  CALL(DscResultDestroy(&alone));
  CALL(DscResultDestroy(&whole));
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&base));
}

static void test_recall(void **state)
{
  (void)state;
  check_recall("least_squares", "adam", "0.03", "10");
  check_recall("gradient", "soap", "0.1", "2");
}

/* The same with a mask that takes terms out, and periods after it: at once, between and in the middle of masks. */
static void test_recall_and_mask(void **state)
{
  static const PetscInt stops[] = {15, 17, 18, 23, 33};
  (void)state;

  for (int c = 1; c < CONSTRAINTS; c++) {
    DscOptions base    = short_run();
    DscOptions options = options_of(base, "constraint", constraints[c], "optim_type", "adam", "optim_lr", "0.03",
                                    "mask_schedule", "train_test_periodic", "mask_threshold", "2", "mask_interval", "7",
                                    "mask_patience", "10", "mask_test_interval", "2", "mask_delta", "0.05", NULL);
    DscResult *whole   = run_whole(PETSC_COMM_WORLD, options);

    assert_in_range(count_active(whole), 1, whole->nterms - 1);
    check_parts(whole, options, 5, stops);
    CALL(DscResultDestroy(&whole));
    CALL(DscOptionsDestroy(&options));
    CALL(DscOptionsDestroy(&base));
  }
}

/* Parts on one rank, on two and on all of them, in every order. */
static void test_other_ranks(void **state)
{
  static const char *const types[] = {"adam", "soap"}, *const with[] = {"least_squares", "sbl"};
  static const PetscInt half[] = {N / 2};
  MPI_Comm              comms[3];
  int                   rank;
  (void)state;

  CALL(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  comms[0] = PETSC_COMM_SELF;
  CALL(MPI_Comm_split(PETSC_COMM_WORLD, rank / 2, rank, &comms[1]));
  comms[2] = PETSC_COMM_WORLD;
  for (int t = 0; t < 2; t++) {
    DscOptions base    = short_run();
    DscOptions options = options_of(base, "optim_type", types[t], "constraint", with[t], NULL);
    DscResult *whole   = run_whole(PETSC_COMM_WORLD, options);

    for (int i = 0; i < 9; i++) {
      const MPI_Comm pair[] = {comms[i / 3], comms[i % 3]};
      DscResult     *parts  = run_in_parts(pair, options, 1, half);

      assert_same_result(whole, parts);
      CALL(DscResultDestroy(&parts));
    }
    CALL(DscResultDestroy(&whole));
    CALL(DscOptionsDestroy(&options));
    CALL(DscOptionsDestroy(&base));
  }
  CALL(MPI_Comm_free(&comms[1]));
}

/* One rank's wish stops all of them, after the same iteration. */
static void test_one_rank_stops_all(void **state)
{
  DscOptions base = short_run(), options = options_of(base, "constraint", "ridge", "mask_threshold", "0", NULL);
  Study      study = {.stop_after = 11, .save_rank = -1};
  int        size;
  (void)state;

  CALL(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  for (study.stop_rank = 0; study.stop_rank < size; study.stop_rank++) {
    DscResult *result;

    CALL(DscBufferCreate(&study.state));
    result = run_with(&study, PETSC_COMM_WORLD, options, NULL, 0);
    check_stopped(&study, result, 11);
    for (PetscInt j = 0; j < result->nterms; j++) assert_true(isfinite(result->coefficients[j]));
    assert_true(count_active(result) > 0 && isfinite(result->mse) && isfinite(result->bic));
    CALL(DscResultDestroy(&result));
    CALL(DscBufferDestroy(&study.state));
  }
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&base));
}

/* A save on the way changes nothing, and is as good a beginning as one at a stop. Only rank 0's wish counts. */
static void test_saves_on_the_way(void **state)
{
  DscOptions options = short_run();
  Study      study   = {.stop_rank = -1, .save_at = 23};
  DscResult *whole   = run_whole(PETSC_COMM_WORLD, options);
  int        rank, size;
  (void)state;

  CALL(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  CALL(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  for (study.save_rank = size - 1; study.save_rank >= 0; study.save_rank--) {
    DscResult *result, *restarted;

    CALL(DscBufferCreate(&study.state));
    result = run_with(&study, PETSC_COMM_WORLD, options, NULL, 0);
    assert_same_result(whole, result);
    assert_int_equal(study.saves, rank == 0 && study.save_rank == 0 ? 1 : 0);
    CALL(DscBufferBroadcast(PETSC_COMM_WORLD, study.state));
    if (study.save_rank == 0) {
      DscBuffer from = study.state;

      study.save_at = 0;
      for (int again = 0; again < 2; again++) {
        restarted = run_with(&study, PETSC_COMM_WORLD, options, from, 23);
        assert_same_result(whole, restarted);
        CALL(DscResultDestroy(&restarted));
      }
    }
    CALL(DscResultDestroy(&result));
    CALL(DscBufferDestroy(&study.state));
  }
  CALL(DscResultDestroy(&whole));
  CALL(DscOptionsDestroy(&options));
}

/* A wish in the iteration in which the run ends comes too late. */
static void test_wish_at_the_end(void **state)
{
  DscOptions options = short_run();
  Study      study   = {.stop_after = N + 1, .save_at = N + 1, .stop_rank = -1, .save_rank = -1};
  DscResult *whole   = run_whole(PETSC_COMM_WORLD, options), *result;
  (void)state;

  result = run_with(&study, PETSC_COMM_WORLD, options, NULL, 0);
  assert_int_equal(study.saves, 0);
  assert_same_result(whole, result);
  CALL(DscResultDestroy(&result));
  CALL(DscResultDestroy(&whole));
  CALL(DscOptionsDestroy(&options));
}

static void save_half(DscOptions options, DscBuffer *saved)
{
  Study      study = {.stop_after = N / 2, .stop_rank = -1};
  DscResult *result;

  CALL(DscBufferCreate(&study.state));
  result = run_with(&study, PETSC_COMM_WORLD, options, NULL, 0);
  CALL(DscResultDestroy(&result));
  CALL(DscBufferBroadcast(PETSC_COMM_WORLD, study.state));
  *saved = study.state;
}

/* Where a name stands in a state; the values of an array begin 48 bytes behind it. */
static char *find_name(void *data, size_t size, const char *name)
{
  for (size_t at = 0; at + 48 < size; at += 8) {
    if (strcmp((char *)data + at, name) == 0) return (char *)data + at;
  }
  fail_msg("no '%s'", name);
  return NULL;
}

/* The bytes of a state, to be changed and put back. */
static char *copy_of(DscBuffer saved, size_t *size)
{
  const void *data;
  char       *copy;

  CALL(DscBufferGetData(saved, size, &data));
  CALL(PetscMalloc1(*size, &copy));
  memcpy(copy, data, *size);
  return copy;
}

/* Years in the first part. */
static void test_seconds_add_up(void **state)
{
  const double before  = 1e8;
  DscOptions   options = short_run();
  Study        study   = {.stop_rank = -1};
  DscBuffer    saved;
  DscResult   *result;
  char        *copy;
  size_t       size;
  double       seconds;
  (void)state;

  save_half(options, &saved);
  copy = copy_of(saved, &size);
  memcpy(&seconds, find_name(copy, size, "seconds") + 48, sizeof(double));
  assert_true(seconds > 0.0 && seconds < 3600.0);
  memcpy(find_name(copy, size, "seconds") + 48, &before, sizeof(double));
  CALL(DscBufferSetData(saved, size, copy));
  result = run_with(&study, PETSC_COMM_WORLD, options, saved, N / 2);
  assert_true(result->seconds > before && result->seconds < before + 3600.0);
  CALL(DscResultDestroy(&result));
  CALL(DscBufferDestroy(&saved));
  CALL(PetscFree(copy));
  CALL(DscOptionsDestroy(&options));
}

static void check_refused(DscOptions options, DscBuffer from)
{
  const DscRunControl control = {.restart = from};
  PetscErrorCode      ierr;
  DscResult          *result;

  CALL(DscResultCreate(&result));
  CALL(DscErrorCaptureBegin());
  ierr = DscMethodRun(PETSC_COMM_WORLD, options, &control, PETSC_FALSE, result);
  CALL(DscErrorCaptureEnd());
  assert_int_equal(ierr, PETSC_ERR_FILE_UNEXPECTED);
  assert_non_null(strstr(DscErrorMessage(), "the saved "));
  CALL(DscResultDestroy(&result));
}

/* A state of another problem, or half a state, is never taken for this one. */
static void test_states_that_do_not_fit(void **state)
{
  static const char *const others[][2] = {
      {"net_layers", "10,11"},     {"optim_type", "adam"},      {"constraint", "gradient"}, {"constraint", "ridge"},
      {"library_polynomial", "1"}, {"library_derivative", "2"}, {"train_iterations", "19"}};
  DscOptions base = short_run();
  DscBuffer  saved, part;
  size_t     size;
  char      *copy;
  (void)state;

  save_half(base, &saved);
  for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
    DscOptions options = options_of(base, others[i][0], others[i][1], NULL);

    check_refused(options, saved);
    CALL(DscOptionsDestroy(&options));
  }
  copy = copy_of(saved, &size);
  CALL(DscBufferCreate(&part));
  for (size_t k = 0; k < 16; k++) {
    CALL(DscBufferSetData(part, size * k / 16 / 8 * 8, copy));
    check_refused(base, part);
  }
  find_name(copy, size, "beta/u_t")[5] = 'v';
  CALL(DscBufferSetData(part, size, copy));
  check_refused(base, part);
  CALL(PetscFree(copy));
  CALL(DscBufferDestroy(&part));
  CALL(DscBufferDestroy(&saved));
  CALL(DscOptionsDestroy(&base));
}

/* A save that fails on rank 0 ends the run on all ranks, with the reason. */
static void test_save_that_fails(void **state)
{
  DscOptions          options = short_run();
  Study               study   = {.comm = PETSC_COMM_WORLD, .stop_rank = -1, .save_rank = -1, .save_at = 5, .fail = 1};
  const DscRunControl control = {.context = &study, .poll = study_poll, .save = study_save};
  PetscErrorCode      ierr;
  DscResult          *result;
  (void)state;

  CALL(DscResultCreate(&result));
  CALL(DscErrorCaptureBegin());
  ierr = DscMethodRun(PETSC_COMM_WORLD, options, &control, PETSC_FALSE, result);
  CALL(DscErrorCaptureEnd());
  assert_int_equal(ierr, PETSC_ERR_FILE_WRITE);
  assert_non_null(strstr(DscErrorMessage(), "No space left on device"));
  CALL(DscResultDestroy(&result));
  CALL(DscOptionsDestroy(&options));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_adam),
    cmocka_unit_test(test_amsgrad),
    cmocka_unit_test(test_soap),
    cmocka_unit_test(test_refining),
    cmocka_unit_test(test_two_fields),
    cmocka_unit_test(test_recall),
    cmocka_unit_test(test_recall_and_mask),
    cmocka_unit_test(test_other_ranks),
    cmocka_unit_test(test_one_rank_stops_all),
    cmocka_unit_test(test_saves_on_the_way),
    cmocka_unit_test(test_wish_at_the_end),
    cmocka_unit_test(test_seconds_add_up),
    cmocka_unit_test(test_states_that_do_not_fit),
    cmocka_unit_test(test_save_that_fails),
};
TEST_MAIN(tests)
