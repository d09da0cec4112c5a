/*
  Data sets as a whole: noise, its independence of sampling and ranks, truth, writing and reading back, scaling, sources.
*/
#include "data_test.h"

/* ---- noise --------------------------------------------------------------------------------------------------- */

static double mean(PetscInt n, const double values[])
{
  double sum = 0.;

  for (PetscInt i = 0; i < n; i++) sum += values[i];
  return sum / (double)n;
}

static double moment(PetscInt n, const double values[], int order)
{
  const double center = mean(n, values);
  double       sum    = 0.;

  for (PetscInt i = 0; i < n; i++) sum += pow(values[i] - center, order);
  return sum / (double)n;
}

static void noise_has_the_level_asked_for(void **state)
{
  DscDataSet    *data = create(3, KEYS("data_source", "kdv", "data_noise", "0.2"));
  const PetscInt n    = data->nsamples;
  double        *noise, std, tolerance = 5. / sqrt((double)n);

  (void)state;
  CALL(PetscMalloc1(n, &noise));
  for (PetscInt i = 0; i < n; i++) noise[i] = data->fields[0][i] - data->clean[0][i];
  std = sqrt(moment(n, data->clean[0], 2));
  assert_true(fabs(mean(n, noise) / (.2 * std)) < tolerance);
  assert_true(fabs(sqrt(moment(n, noise, 2)) / (.2 * std) - 1.) < tolerance);
  assert_true(fabs(moment(n, noise, 4) / pow(moment(n, noise, 2), 2) - 3.) < 5. * tolerance);
  CALL(PetscFree(noise));
  CALL(DscDataSetDestroy(&data));
}

/* Two fields of which one is twice the other: each has noise of its own, in proportion to its own spread. */
static void every_field_has_its_own_noise(void **state)
{
  enum { N = 2000 };
  double      noise[2][N], covariance = 0.;
  int         rank;
  DscDataSet *data;

  (void)state;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  if (!rank) {
    FILE *stream = fopen(path_of("double.csv"), "w");

    assert_non_null(stream);
    fprintf(stream, "t,u,v\n");
    for (int i = 0; i < N; i++) fprintf(stream, "%d,%d,%d\n", i, i % 2, 2 * (i % 2));
    assert_int_equal(fclose(stream), 0);
  }
  data = create(3, KEYS("data_file", path_of("double.csv"), "data_x", "none", "data_u", "u,v", "data_noise", "0.1"));
  for (int f = 0; f < 2; f++) {
    for (int i = 0; i < N; i++) noise[f][i] = data->fields[f][i] - data->clean[f][i];
  }
  assert_near(sqrt(moment(N, noise[0], 2)), .1 * .5, .05 * 5. / sqrt(2. * N));
  assert_near(sqrt(moment(N, noise[1], 2)), .1 * 1., .1 * 5. / sqrt(2. * N));
  for (int i = 0; i < N; i++) covariance += noise[0][i] * noise[1][i] / N;
  assert_near(covariance / (.05 * .1), 0., 5. / sqrt(N));
  CALL(DscDataSetDestroy(&data));
}

static void no_noise_leaves_the_bits(void **state)
{
  DscDataSet *data = create(3, KEYS("data_source", "kdv"));

  (void)state;
  assert_same_bits(data->fields[0], data->clean[0], data->nsamples);
  assert_int_equal(data->ntrain, data->nsamples);
  CALL(DscDataSetDestroy(&data));
}

/* Index of the sample at the same place; -1 if there is none. */
static PetscInt find_sample(const DscDataSet *data, const DscDataSet *other, PetscInt i)
{
  for (PetscInt j = 0; j < data->nsamples; j++) {
    if (data->coordinates[0][j] == other->coordinates[0][i] && data->coordinates[1][j] == other->coordinates[1][i])
      return j;
  }
  return -1;
}

static void noise_at_a_point_does_not_depend_on_sampling(void **state)
{
  static const char *const variants[][7] = {
      {"data_window_t", "1,2.5", "data_stride_x", "3", NULL},
      {"data_samples", "150", "data_sampling", "random", "data_test_fraction", "0.3", NULL},
      {"data_samples", "77", "data_sampling", "regular", NULL},
  };
  DscDataSet *full = create(8, KEYS("data_source", "kdv", "data_noise", "0.5"));

  (void)state;
  for (size_t v = 0; v < sizeof(variants) / sizeof(*variants); v++) {
    const char *keys[12] = {"data_source", "kdv", "data_noise", "0.5"};
    DscDataSet *part;

    memcpy(keys + 4, variants[v], sizeof(variants[v]));
    part = create(8, keys);
    assert_true(part->nsamples < full->nsamples && part->nsamples >= 70);
    for (PetscInt i = 0; i < part->nsamples; i++) {
      const PetscInt j = find_sample(full, part, i);

      assert_true(j >= 0);
      assert_same_bits(&part->fields[0][i], &full->fields[0][j], 1);
      assert_same_bits(&part->clean[0][i], &full->clean[0][j], 1);
    }
    CALL(DscDataSetDestroy(&part));
  }
  CALL(DscDataSetDestroy(&full));
}

static void seeds_choose_the_noise(void **state)
{
  DscDataSet *a = create(1, KEYS("data_source", "kdv", "data_noise", "0.1"));
  DscDataSet *b = create(2, KEYS("data_source", "kdv", "data_noise", "0.1"));
  DscDataSet *c = create(2, KEYS("data_source", "kdv", "data_noise", "0.1", "data_seed", "1"));

  (void)state;
  assert_memory_not_equal(a->fields[0], b->fields[0], (size_t)a->nsamples * sizeof(double));
  assert_same_bits(a->fields[0], c->fields[0], a->nsamples);
  CALL(DscDataSetDestroy(&a));
  CALL(DscDataSetDestroy(&b));
  CALL(DscDataSetDestroy(&c));
}

/* ---- ranks --------------------------------------------------------------------------------------------------- */

static void assert_same_sets(const DscDataSet *a, const DscDataSet *b)
{
  assert_int_equal(a->ncoordinates, b->ncoordinates);
  assert_int_equal(a->nfields, b->nfields);
  assert_int_equal(a->nsamples, b->nsamples);
  assert_int_equal(a->ntrain, b->ntrain);
  assert_int_equal(a->ntruth, b->ntruth);
  assert_memory_equal(a->grid, b->grid, sizeof(a->grid));
  for (PetscInt c = 0; c < a->ncoordinates; c++) {
    assert_string_equal(a->coordinate_names[c], b->coordinate_names[c]);
    assert_same_bits(a->coordinates[c], b->coordinates[c], a->nsamples);
  }
  for (PetscInt f = 0; f < a->nfields; f++) {
    assert_string_equal(a->field_names[f], b->field_names[f]);
    assert_same_bits(a->fields[f], b->fields[f], a->nsamples);
  }
  for (PetscInt i = 0; i < a->ntruth; i++) assert_string_equal(a->truth_terms[i], b->truth_terms[i]);
  if (a->ntruth) assert_same_bits(a->truth_values, b->truth_values, a->nfields * a->ntruth);
}

static void every_rank_has_the_same_set(void **state)
{
  const char *const *keys = KEYS("data_source", "burgers", "data_noise", "0.3", "data_samples", "300", "data_sampling",
                                 "random", "data_test_fraction", "0.2");
  DscDataSet        *all, *alone;

  (void)state;
  CALL(try_create(PETSC_COMM_WORLD, 5, keys, &all));
  CALL(try_create(PETSC_COMM_SELF, 5, keys, &alone));
  assert_int_equal(all->nsamples, 300);
  assert_int_equal(all->ntrain, 240);
  assert_same_sets(all, alone);
  assert_same_bits(all->clean[0], alone->clean[0], 300);
  assert_string_equal(all->description, alone->description);
  CALL(DscDataSetDestroy(&all));
  CALL(DscDataSetDestroy(&alone));
}

/* ---- truth and files ------------------------------------------------------------------------------------------ */

static const char two_fields[] = "t,x,u,v\n0,0,1,2\n0,1,3,4\n1,0,5,6\n1,1,7,9\n";

static void truth_of_a_file(void **state)
{
  DscDataSet *data;
  int         rank;

  (void)state;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  if (!rank) write_text(path_of("two.csv"), two_fields);
  data = create(0, KEYS("data_file", path_of("two.csv"), "data_u", "u,v", "data_truth_terms", "u u_x, u_xx",
                        "data_truth_values", "-1,0.1,0,2"));
  assert_int_equal(data->ntruth, 2);
  assert_string_equal(data->truth_terms[0], "u u_x");
  assert_string_equal(data->truth_terms[1], "u_xx");
  assert_same_bits(data->truth_values, (const double[]){-1., .1, 0., 2.}, 4);
  CALL(DscDataSetDestroy(&data));
  assert_refused(KEYS("data_file", path_of("two.csv"), "data_u", "u,v", "data_truth_terms", "u u_x,u_xx",
                      "data_truth_values", "-1,0.1"),
                 KEYS("data_truth_values", "2 values for 2 terms", "2 fields"));
  assert_refused(KEYS("data_file", path_of("two.csv"), "data_truth_terms", "u_xx"), KEYS("data_truth_values too"));
  assert_refused(KEYS("data_source", "kdv", "data_truth_terms", "u_xx"), KEYS("is for files", "kdv"));
}

/* keys of the set to write; keys to read it back with beside its path. */
static void round_trip(const char *const keys[], const char *const more[])
{
  DscDataSet *written  = create(4, keys), *read;
  const char *back[16] = {"data_file", path_of("set.h5")};

  for (int i = 0; (back[2 + i] = more[i]); i++) continue;
  CALL(DscDataSetWrite(PETSC_COMM_WORLD, written, path_of("set.h5")));
  read            = create(0, back);
  written->ntrain = written->nsamples; /* a division into training and test is drawn anew */
  assert_same_sets(written, read);
  CALL(DscDataSetDestroy(&written));
  CALL(DscDataSetDestroy(&read));
  MPI_Barrier(PETSC_COMM_WORLD);
}

static void written_sets_come_back_bit_by_bit(void **state)
{
  (void)state;
  round_trip(KEYS("data_source", "kdv"), KEYS(NULL));
  round_trip(KEYS("data_source", "kdv", "data_noise", "0.2"), KEYS(NULL));
  round_trip(KEYS("data_source", "kdv", "kdv_t_points", "12", "kdv_x_points", "12"), KEYS(NULL)); /* by names only */
  round_trip(KEYS("data_source", "kdv", "data_samples", "99", "data_sampling", "random", "data_test_fraction", "0.5"),
             KEYS(NULL));
  round_trip(
      KEYS("data_file", path_of("two.csv"), "data_u", "u,v", "data_truth_terms", "u,v", "data_truth_values", "1,2,3,4"),
      KEYS("data_u", "u,v"));
}

static void truth_belongs_to_its_fields(void **state)
{
  DscDataSet *data = create(
      0, KEYS("data_file", path_of("two.csv"), "data_u", "u,v", "data_truth_terms", "u", "data_truth_values", "1,2"));

  (void)state;
  CALL(DscDataSetWrite(PETSC_COMM_WORLD, data, path_of("uv.h5")));
  CALL(DscDataSetDestroy(&data));
  data = create(0, KEYS("data_file", path_of("uv.h5"), "data_u", "v,u"));
  assert_int_equal(data->ntruth, 0);
  CALL(DscDataSetDestroy(&data));
}

static void unwritable_paths_are_refused(void **state)
{
  DscDataSet    *data = create(0, KEYS("data_source", "kdv"));
  PetscErrorCode ierr;

  (void)state;
  CALL(DscErrorCaptureBegin());
  ierr = DscDataSetWrite(PETSC_COMM_WORLD, data, "/nowhere/set.h5");
  CALL(DscErrorCaptureEnd());
  assert_int_equal(ierr, PETSC_ERR_USER_INPUT);
  assert_string_equal(DscErrorMessage(), "cannot write /nowhere/set.h5: No such file or directory");
  CALL(DscDataSetDestroy(&data));
}

/* ---- scaling --------------------------------------------------------------------------------------------------- */

static void unit_scaling_is_what_it_says(void **state)
{
  const char *const *keys    = KEYS("data_source", "kdv", "data_noise", "0.2", "data_test_fraction", "0.25");
  DscDataSet        *data    = create(2, keys);
  DscOptions         options = options_of(keys);
  DscScaling         scaling;
  double            *scaled, sum = 0., squares = 0.;

  (void)state;
  CALL(DscOptionsSet(options, "data_scale", "unit"));
  CALL(DscScalingCreate(data, options, &scaling));
  CALL(PetscMalloc1(data->nsamples, &scaled));
  for (PetscInt c = 0; c < 2; c++) {
    double min = INFINITY, max = -INFINITY;

    for (PetscInt i = 0; i < data->nsamples; i++) {
      scaled[i] = (data->coordinates[c][i] - scaling.coordinate_center[c]) / scaling.coordinate_scale[c];
      min       = fmin(min, scaled[i]);
      max       = fmax(max, scaled[i]);
    }
    assert_near(min, -1., 1e-14);
    assert_near(max, 1., 1e-14);
  }
  for (PetscInt i = 0; i < data->nsamples; i++) {
    scaled[i] = (data->fields[0][i] - scaling.field_center[0]) / scaling.field_scale[0];
    assert_near(scaling.field_center[0] + scaling.field_scale[0] * scaled[i], data->fields[0][i], 1e-13);
    if (i < data->ntrain) sum += scaled[i];
    if (i < data->ntrain) squares += scaled[i] * scaled[i];
  }
  assert_near(sum / (double)data->ntrain, 0., 1e-13);
  assert_near(squares / (double)data->ntrain, 1., 1e-13);
  CALL(PetscFree(scaled));
  CALL(DscOptionsSet(options, "data_scale", "none"));
  CALL(DscScalingCreate(data, options, &scaling));
  for (int c = 0; c < DSC_MAX_COORDINATES; c++) assert_near(scaling.coordinate_scale[c], 1., 0.);
  for (int f = 0; f < DSC_MAX_FIELDS; f++) assert_near(scaling.field_center[f], 0., 0.);
  CALL(DscOptionsDestroy(&options));
  CALL(DscDataSetDestroy(&data));
}

/* ---- sources --------------------------------------------------------------------------------------------------- */

static void sources_are_checked(void **state)
{
  (void)state;
  assert_refused(KEYS("data_noise", "0"), KEYS("no data", "kdv", "burgers", "ks", "file"));
  assert_refused(KEYS("data_source", "kvd"),
                 KEYS("data_source", "'kvd'", "allowed: kdv, burgers, ks, ", "ten_body, file"));
  assert_refused(KEYS("data_source", "file"), KEYS("needs -data_file"));
  assert_refused(KEYS("data_source", "kdv", "data_file", "x.h5"), KEYS("data_file", "is for files"));
  assert_refused(KEYS("data_source", "kdv", "data_noise", "-1"), KEYS("data_noise"));
}

static void errors_of_a_generator_reach_every_rank(void **state)
{
  (void)state;
  assert_refused(KEYS("data_source", "burgers", "burgers_x_min", "5"), KEYS("burgers_x_max"));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(noise_has_the_level_asked_for),
      cmocka_unit_test(every_field_has_its_own_noise),
      cmocka_unit_test(no_noise_leaves_the_bits),
      cmocka_unit_test(noise_at_a_point_does_not_depend_on_sampling),
      cmocka_unit_test(seeds_choose_the_noise),
      cmocka_unit_test(every_rank_has_the_same_set),
      cmocka_unit_test(truth_of_a_file),
      cmocka_unit_test(written_sets_come_back_bit_by_bit),
      cmocka_unit_test(truth_belongs_to_its_fields),
      cmocka_unit_test(unwritable_paths_are_refused),
      cmocka_unit_test(unit_scaling_is_what_it_says),
      cmocka_unit_test(sources_are_checked),
      cmocka_unit_test(errors_of_a_generator_reach_every_rank),
  };
  int failed;

  if (DscInitialize(&argc, &argv)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, remove_files);
  return DscFinalize() ? 1 : failed;
}
