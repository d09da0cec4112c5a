/*
  Which points become samples: windows, strides, subsets, division into training and test.
*/
#include "data_test.h"

/* A grid t = 0..9 by x = 0, 2, .. 22 with u = 100 t + x, as a table. */
enum { NT = 10, NX = 12 };

static const char *grid_file(void)
{
  static char path[128] = "";
  FILE       *stream;

  if (path[0]) return path;
  snprintf(path, sizeof(path), "%s", path_of("grid.csv"));
  stream = fopen(path, "w");
  assert_non_null(stream);
  fprintf(stream, "t,x,u\n");
  for (int i = 0; i < NT; i++) {
    for (int j = 0; j < NX; j++) fprintf(stream, "%d,%d,%d\n", i, 2 * j, 100 * i + 2 * j);
  }
  assert_int_equal(fclose(stream), 0);
  return path;
}

/* Points that fill no grid. */
static const char *scattered_file(void)
{
  static char path[128] = "";
  FILE       *stream;

  if (path[0]) return path;
  snprintf(path, sizeof(path), "%s", path_of("scattered.csv"));
  stream = fopen(path, "w");
  assert_non_null(stream);
  fprintf(stream, "t,x,u\n");
  for (int i = 0; i < 100; i++) fprintf(stream, "%d,%d,%d\n", i, i * i % 37, 100 * i + i * i % 37);
  assert_int_equal(fclose(stream), 0);
  return path;
}

/* Every sample is a point of the file, and none is there twice. */
static void assert_points(const DscDataSet *data)
{
  for (PetscInt i = 0; i < data->nsamples; i++) {
    assert_near(data->clean[0][i], 100. * data->coordinates[0][i] + data->coordinates[1][i], 0.);
    for (PetscInt j = 0; j < i; j++) assert_true(data->clean[0][i] != data->clean[0][j]);
  }
}

static void all_points_in_the_order_of_the_grid(void **state)
{
  DscDataSet *data = create(1, KEYS("data_file", grid_file()));

  (void)state;
  assert_int_equal(data->nsamples, NT * NX);
  assert_int_equal(data->grid[0], NT);
  assert_int_equal(data->grid[1], NX);
  assert_int_equal(data->grid[2], 0);
  for (PetscInt i = 0; i < data->nsamples; i++)
    assert_near(data->clean[0][i], (double)(100 * (i / NX) + 2 * (i % NX)), 0.);
  CALL(DscDataSetDestroy(&data));
}

static void windows_and_strides_leave_a_grid(void **state)
{
  /* t in 2, 5, 8; x in 4, 8, 12, 16, 20: the edges belong to a window, stride 2 begins at its first point */
  DscDataSet *data = create(1, KEYS("data_file", grid_file(), "data_window_t", "2,9", "data_stride_t", "3",
                                    "data_window_x", "3,20", "data_stride_x", "2"));

  (void)state;
  assert_int_equal(data->grid[0], 3);
  assert_int_equal(data->grid[1], 5);
  assert_int_equal(data->nsamples, 15);
  for (PetscInt i = 0; i < 15; i++) {
    assert_near(data->coordinates[0][i], 2. + 3. * (double)(i / 5), 0.);
    assert_near(data->coordinates[1][i], 4. + 4. * (double)(i % 5), 0.);
  }
  assert_points(data);
  CALL(DscDataSetDestroy(&data));
}

static void window_edges_forgive_rounding(void **state)
{
  /* 0.1 * 3 is a little more than 0.3 */
  DscDataSet *data = create(1, KEYS("data_source", "burgers", "burgers_x_min", "0", "burgers_x_max", "1",
                                    "burgers_x_points", "11", "data_window_x", "0.1,0.3"));

  (void)state;
  assert_int_equal(data->grid[1], 3);
  CALL(DscDataSetDestroy(&data));
}

static void window_of_scattered_points(void **state)
{
  DscDataSet *data = create(1, KEYS("data_file", scattered_file(), "data_window_t", "10,60", "data_window_x", "0,18"));
  PetscInt    n    = 0;

  (void)state;
  for (int i = 10; i <= 60; i++) n += i * i % 37 <= 18;
  assert_int_equal(data->nsamples, n);
  assert_int_equal(data->grid[0], 0);
  assert_points(data);
  CALL(DscDataSetDestroy(&data));
}

static void random_subsets(void **state)
{
  DscDataSet *small = create(1, KEYS("data_file", grid_file(), "data_samples", "30", "data_sampling", "random"));
  DscDataSet *large = create(1, KEYS("data_file", grid_file(), "data_samples", "60", "data_sampling", "random"));
  DscDataSet *other = create(2, KEYS("data_file", grid_file(), "data_samples", "30", "data_sampling", "random"));

  (void)state;
  assert_int_equal(small->nsamples, 30);
  assert_int_equal(small->ntrain, 30);
  assert_int_equal(small->grid[0], 0);
  assert_points(small);
  assert_points(large);
  assert_same_bits(small->clean[0], large->clean[0], 30); /* more samples keep the fewer */
  assert_memory_not_equal(small->clean[0], other->clean[0], 30 * sizeof(double));
  CALL(DscDataSetDestroy(&small));
  CALL(DscDataSetDestroy(&large));
  CALL(DscDataSetDestroy(&other));
}

/* Over many seeds each of 120 points is drawn equally often: 200 draws of 30, 50 +- 6.1 each. */
static void random_subsets_are_uniform(void **state)
{
  int        count[NT * NX] = {0};
  DscOptions options = options_of(KEYS("data_file", grid_file(), "data_samples", "30", "data_sampling", "random"));

  (void)state;
  for (uint64_t seed = 0; seed < 200; seed++) {
    DscDataSet *data;

    CALL(DscDataSetCreate(PETSC_COMM_SELF, options, seed, &data));
    for (int i = 0; i < 30; i++) count[(int)data->coordinates[0][i] * NX + (int)data->coordinates[1][i] / 2]++;
    CALL(DscDataSetDestroy(&data));
  }
  for (int i = 0; i < NT * NX; i++) assert_in_range(count[i], 50 - 30, 50 + 30);
  CALL(DscOptionsDestroy(&options));
}

static void regular_subsets_are_even(void **state)
{
  DscDataSet *data = create(1, KEYS("data_file", grid_file(), "data_samples", "40", "data_sampling", "regular"));

  (void)state;
  assert_int_equal(data->nsamples, 40);
  for (PetscInt i = 0; i < 40; i++) {
    assert_near(data->clean[0][i], (double)(100 * (3 * i / NX) + 2 * (3 * i % NX)), 0.);
  }
  CALL(DscDataSetDestroy(&data));
}

static void as_many_samples_as_points_are_all(void **state)
{
  DscDataSet *data = create(1, KEYS("data_file", grid_file(), "data_samples", "120", "data_sampling", "random"));

  (void)state;
  assert_int_equal(data->grid[0], NT);
  CALL(DscDataSetDestroy(&data));
}

static void test_samples_are_a_random_part(void **state)
{
  DscDataSet *data = create(1, KEYS("data_file", grid_file(), "data_test_fraction", "0.25"));
  double      sum  = 0.;

  (void)state;
  assert_int_equal(data->nsamples, 120);
  assert_int_equal(data->ntrain, 90);
  assert_int_equal(data->grid[0], 0);
  assert_points(data);
  for (PetscInt i = 90; i < 120; i++) sum += data->coordinates[0][i];
  assert_near(sum / 30., 4.5, 5. * 2.87 / sqrt(30.) * sqrt(.75)); /* not the last ones, whose mean time is 8.3 */
  CALL(DscDataSetDestroy(&data));
}

static void noise_level_is_that_of_the_whole_grid(void **state)
{
  /* same point, same noise, though the window's own spread is far smaller */
  DscDataSet *all  = create(1, KEYS("data_file", grid_file(), "data_noise", "1"));
  DscDataSet *part = create(1, KEYS("data_file", grid_file(), "data_noise", "1", "data_window_t", "0,1"));

  (void)state;
  assert_same_bits(all->fields[0], part->fields[0], 2 * NX);
  CALL(DscDataSetDestroy(&all));
  CALL(DscDataSetDestroy(&part));
}

static void mistakes_are_refused(void **state)
{
  const char *grid = grid_file(), *scattered = scattered_file();

  (void)state;
  assert_refused(KEYS("data_file", grid, "data_samples", "121", "data_sampling", "random"),
                 KEYS("data_samples 121", "leave 120"));
  assert_refused(KEYS("data_file", grid, "data_samples", "60"), KEYS("data_samples 60", "random or regular"));
  assert_refused(KEYS("data_file", grid, "data_window_t", "3"), KEYS("data_window_t", "two values"));
  assert_refused(KEYS("data_file", grid, "data_window_t", "5,3"), KEYS("data_window_t", "min 5", "max 3"));
  assert_refused(KEYS("data_file", grid, "data_window_x", "30,40"), KEYS("data_window_x", "none of the 12", "[0, 22]"));
  assert_refused(KEYS("data_file", grid, "data_window_x", "3,5"), KEYS("data_window_x", "one of the 12"));
  assert_refused(KEYS("data_file", grid, "data_stride_x", "12"), KEYS("data_stride_x", "one of 12 points along x"));
  assert_refused(KEYS("data_file", grid, "data_stride_y", "2"), KEYS("data_stride_y", "no coordinate y"));
  assert_refused(KEYS("data_file", grid, "data_window_z", "0,1"), KEYS("data_window_z", "no coordinate z"));
  assert_refused(KEYS("data_file", scattered, "data_stride_x", "2"), KEYS("data_stride_x", "scattered"));
  assert_refused(KEYS("data_file", scattered, "data_window_t", "0.2,0.8"), KEYS("data_window", "none of the 100"));
  assert_refused(KEYS("data_file", scattered, "data_window_t", "2,2.5"), KEYS("a single sample is left of 100 points"));
  assert_refused(KEYS("data_file", grid, "data_samples", "4", "data_sampling", "random", "data_test_fraction", "0.1"),
                 KEYS("data_test_fraction", "none to test"));
  assert_refused(KEYS("data_file", grid, "data_samples", "3", "data_sampling", "random", "data_test_fraction", "0.9"),
                 KEYS("data_test_fraction", "none to train on"));
  assert_refused(KEYS("data_file", grid, "data_test_fraction", "0.95"), KEYS("data_test_fraction"));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_points_in_the_order_of_the_grid),
      cmocka_unit_test(windows_and_strides_leave_a_grid),
      cmocka_unit_test(window_edges_forgive_rounding),
      cmocka_unit_test(window_of_scattered_points),
      cmocka_unit_test(random_subsets),
      cmocka_unit_test(random_subsets_are_uniform),
      cmocka_unit_test(regular_subsets_are_even),
      cmocka_unit_test(as_many_samples_as_points_are_all),
      cmocka_unit_test(test_samples_are_a_random_part),
      cmocka_unit_test(noise_level_is_that_of_the_whole_grid),
      cmocka_unit_test(mistakes_are_refused),
  };
  int failed;

  if (DscInitialize(&argc, &argv)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, remove_files);
  return DscFinalize() ? 1 : failed;
}
