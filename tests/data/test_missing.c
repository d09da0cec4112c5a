/*
  Missing values: which are dropped, what is estimated from the rest, files with holes, grids in parts, refusals; several
  data sets of one equation.
*/
#include "data_test.h"

static PetscInt count_missing(const DscDataSet *data, PetscInt field)
{
  return data->nsamples - DscDataSetCountPresent(data, field, PETSC_FALSE);
}

/* Chosen by the position in the whole set: the same ones in a subset, with noise or without. */
static void dropped_at_random(void **state)
{
  DscDataSet *all   = create(3, KEYS("data_source", "kdv", "data_missing", "skip", "data_missing_fraction", "0.3"));
  DscDataSet *part  = create(3, KEYS("data_source", "kdv", "data_missing", "skip", "data_missing_fraction", "0.3",
                                     "data_noise", "0.2", "data_stride_t", "3"));
  DscDataSet *more  = create(4, KEYS("data_source", "kdv", "data_missing", "skip", "data_missing_fraction", "0.3"));
  DscDataSet *none  = create(3, KEYS("data_source", "kdv", "data_noise", "0.2", "data_stride_t", "3"));
  PetscInt    other = 0;
  (void)state;

  assert_near((double)count_missing(all, 0) / all->nsamples, 0.3, 4.0 * sqrt(0.3 * 0.7 / all->nsamples));
  for (PetscInt i = 0; i < all->nsamples; i++) {
    assert_true(isfinite(all->clean[0][i]));
    other += isnan(all->fields[0][i]) != isnan(more->fields[0][i]);
  }
  assert_true(other > all->nsamples / 4);
  for (PetscInt i = 0; i < part->nsamples; i++) {
    const PetscInt k = i / 50 * 3 * 50 + i % 50;

    assert_int_equal(isnan(part->fields[0][i]), isnan(all->fields[0][k]));
    if (!isnan(part->fields[0][i])) assert_same_bits(&part->fields[0][i], &none->fields[0][i], 1);
  }
  assert_int_equal(DscDataSetCountPresent(all, 0, PETSC_TRUE), all->nsamples - count_missing(all, 0));
  CALL(DscDataSetDestroy(&all));
  CALL(DscDataSetDestroy(&part));
  CALL(DscDataSetDestroy(&more));
  CALL(DscDataSetDestroy(&none));
}

/* A file with a hole, as the set of the points that are there: scales and noise. */
static void estimates_leave_them_out(void **state)
{
  char        text[2][20000] = {"t,x,u\n", "t,x,u\n"};
  size_t      used[2]        = {6, 6};
  DscDataSet *data[2];
  DscScaling  scaling[2];
  (void)state;

  for (int i = 0; i < 300; i++) {
    const double    t = DscRandomUniform(1, DSC_STREAM_TEST, (uint64_t)(2 * i));
    const double    x = DscRandomUniform(1, DSC_STREAM_TEST, (uint64_t)(2 * i + 1)), u = sin(9.0 * x - 2.0 * t);
    const PetscBool hole = i % 5 == 2 ? PETSC_TRUE : PETSC_FALSE;
    char            value[32];

    snprintf(value, sizeof(value), "%.17g", u);
    if (hole) snprintf(value, sizeof(value), "%s", i % 3 ? "nan" : i % 2 ? "" : "NA");
    used[0] += (size_t)snprintf(text[0] + used[0], sizeof(text[0]) - used[0], "%.17g,%.17g,%s\n", t, x, value);
    if (!hole)
      used[1] += (size_t)snprintf(text[1] + used[1], sizeof(text[1]) - used[1], "%.17g,%.17g,%s\n", t, x, value);
  }
  for (int i = 0; i < 2; i++) {
    DscOptions options = options_of(KEYS("data_scale", "unit"));

    write_text(path_of("holes.csv"), text[i]);
    data[i] = create(0, KEYS("data_file", path_of("holes.csv"), "data_missing", "skip"));
    CALL(DscScalingCreate(data[i], options, &scaling[i]));
    CALL(DscOptionsDestroy(&options));
  }
  assert_int_equal(count_missing(data[0], 0), 60);
  assert_int_equal(data[0]->nsamples, 300);
  assert_near(scaling[0].field_center[0], scaling[1].field_center[0], 1e-14);
  assert_near(scaling[0].field_scale[0], scaling[1].field_scale[0], 1e-14);
  for (int i = 0; i < 2; i++) CALL(DscDataSetDestroy(&data[i]));
  /* noise is relative to the spread of what is there */
  write_text(path_of("holes.csv"), text[0]);
  data[0] = create(0, KEYS("data_file", path_of("holes.csv"), "data_missing", "skip", "data_noise", "0.5"));
  {
    double square = 0.0;

    for (PetscInt i = 0; i < 300; i++)
      if (!isnan(data[0]->fields[0][i])) square += PetscSqr(data[0]->fields[0][i] - data[0]->clean[0][i]);
    assert_near(sqrt(square / 240.0) / (0.5 * scaling[1].field_scale[0]), 1.0, 0.15);
  }
  CALL(DscDataSetDestroy(&data[0]));
}

/* Written and read back, whole and in parts: the same values in the same places. */
static void files_and_parts(void **state)
{
  const char *path = path_of("grid.h5");
  DscDataSet *data = create(1, KEYS("data_source", "kdv", "data_missing", "skip", "data_missing_fraction", "0.2"));
  DscDataSet *back;
  DscOptions  options;
  DscGrid     grid;
  DscSamples  part;
  (void)state;

  CALL(DscDataSetWrite(PETSC_COMM_WORLD, data, path));
  back = create(0, KEYS("data_file", path, "data_missing", "skip"));
  options =
      options_of(KEYS("data_file", path, "data_missing", "skip", "data_noise", "0.1", "data_missing_fraction", "0.5"));
  CALL(DscGridOpen(PETSC_COMM_WORLD, options, 0, &grid));
  CALL(DscSamplesCreatePart(grid, 130, 900, &part));
  CALL(DscOptionsDestroy(&options));
  for (PetscInt i = 0; i < data->nsamples; i++) {
    assert_int_equal(isnan(data->fields[0][i]), isnan(back->fields[0][i]));
    if (!isnan(back->fields[0][i])) assert_same_bits(&data->fields[0][i], &back->fields[0][i], 1);
  }
  CALL(DscDataSetDestroy(&back));
  /* noise and dropped values of a part are those of the whole */
  back =
      create(0, KEYS("data_file", path, "data_missing", "skip", "data_noise", "0.1", "data_missing_fraction", "0.5"));
  assert_true(count_missing(back, 0) > count_missing(data, 0) + 500);
  for (PetscInt i = 0; i < 900; i++) {
    assert_int_equal(isnan(part.fields[0][i]), isnan(back->fields[0][130 + i]));
    if (!isnan(part.fields[0][i])) assert_same_bits(&part.fields[0][i], &back->fields[0][130 + i], 1);
  }
  CALL(DscSamplesDestroy(&part));
  CALL(DscGridClose(&grid));
  CALL(DscDataSetDestroy(&back));
  CALL(DscDataSetDestroy(&data));
  assert_refused(KEYS("data_file", path), KEYS("of 2000 values that are not finite", "-data_missing skip"));
}

static void refusals(void **state)
{
  const char *path = path_of("bad.csv");
  (void)state;

  write_text(path, "t,x,u\n0,0,1\n0,1,\n1,0,3\n1,1,inf\n");
  assert_refused(KEYS("data_file", path), KEYS("line 3 has no value for 'u'", "-data_missing skip"));
  assert_refused(KEYS("data_file", path, "data_missing", "skip"), KEYS("line 5: 'u' is 'inf', not a finite number"));
  write_text(path, "t,x,u\n0,0,1\n0,,2\n1,0,3\n1,1,4\n");
  assert_refused(KEYS("data_file", path, "data_missing", "skip"), KEYS("line 3 has no value for 'x'"));
  assert_null(strstr(DscErrorMessage(), "data_missing"));
  write_text(path, "t,x,u\n0,0,nan\n0,1,nan\n1,0,nan\n1,1,nan\n");
  assert_refused(KEYS("data_file", path, "data_missing", "skip"), KEYS("field u: all 4 values are missing"));
  write_text(path, "t,x,u\n0,0,2\n0,1,nan\n1,0,nan\n1,1,2\n");
  assert_refused(KEYS("data_file", path, "data_missing", "skip"), KEYS("u is 2 in all 2 samples"));
  assert_refused(KEYS("data_source", "kdv", "data_missing_fraction", "0.1"), KEYS("only with -data_missing skip"));
}

/* Sets of their own sizes and noise; the first is as ever, none has the numbers of another. */
static void several_sets(void **state)
{
  DscOptions   options = options_of(KEYS("data_source", "burgers", "experiments_burgers_nu", "0.1,0.1,0.2",
                                         "experiments_data_noise", "0.2,0.2,0", "data_seed", "7"));
  DscDataSet **sets, *single = create(7, KEYS("data_source", "burgers", "data_noise", "0.2"));
  PetscInt     n;
  (void)state;

  CALL(DscDataSetCreateAll(PETSC_COMM_WORLD, options, 0, &n, &sets));
  assert_int_equal(n, 3);
  assert_same_bits(sets[0]->fields[0], single->fields[0], single->nsamples);
  assert_same_bits(sets[0]->clean[0], sets[1]->clean[0], single->nsamples);
  for (PetscInt i = 0; i < single->nsamples; i++) assert_true(sets[0]->fields[0][i] != sets[1]->fields[0][i]);
  assert_same_bits(sets[2]->fields[0], sets[2]->clean[0], single->nsamples);
  assert_near(sets[2]->truth_values[0], 0.2, 0.0);
  for (PetscInt e = 0; e < n; e++) CALL(DscDataSetDestroy(&sets[e]));
  CALL(PetscFree(sets));
  CALL(DscDataSetDestroy(&single));
  CALL(DscOptionsDestroy(&options));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(dropped_at_random), cmocka_unit_test(estimates_leave_them_out),
    cmocka_unit_test(files_and_parts),   cmocka_unit_test(refusals),
    cmocka_unit_test(several_sets),
};

int main(int argc, char **argv)
{
  int failed;

  if (DscInitialize(&argc, &argv)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, remove_files);
  return DscFinalize() ? 1 : failed;
}
