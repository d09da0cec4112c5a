/*
  Several trajectories in one set: tables and written sets read back, order, windows and strides of each, test parts of
  whole ones, noise, ranks, experiments, mistakes refused.
*/
#include "data_test.h"

/* Three trajectories, 3, 7 and 10.5, of 3, 4 and 2 samples at times of their own, out of order. */
static const char table[] = "who,t,a,b\n7,0.5,1,2\n3,1,3,4\n10.5,0,5,6\n7,0,7,8\n3,0,9,10\n7,4,11,12\n3,0.25,13,14\n"
                            "10.5,2,15,16\n7,3,17,18\n";

static const char *write_once(const char name[], const char text[])
{
  int rank;

  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  if (!rank) write_text(path_of(name), text);
  return path_of(name);
}

#define TABLE(...)                                                                                                     \
  KEYS("data_file", write_once("who.csv", table), "data_trajectory", "who", "data_u", "a,b", __VA_ARGS__)

static void assert_same_sets(const DscDataSet *a, const DscDataSet *b)
{
  assert_int_equal(a->nsamples, b->nsamples);
  assert_int_equal(a->ntrain, b->ntrain);
  assert_int_equal(a->ntracks, b->ntracks);
  assert_int_equal(a->nfields, b->nfields);
  assert_int_equal(a->grid[0], b->grid[0]);
  assert_int_equal(a->ncoordinates, 1);
  assert_int_equal(b->ncoordinates, 1);
  assert_same_bits(a->coordinates[0], b->coordinates[0], a->nsamples);
  for (PetscInt f = 0; f < a->nfields; f++) {
    assert_string_equal(a->field_names[f], b->field_names[f]);
    assert_same_bits(a->fields[f], b->fields[f], a->nsamples);
  }
  assert_true(!a->track == !b->track);
  if (a->track) assert_memory_equal(a->track, b->track, (size_t)a->nsamples * sizeof(PetscInt));
  assert_int_equal(a->ntruth, b->ntruth);
  for (PetscInt i = 0; i < a->ntruth; i++) assert_string_equal(a->truth_terms[i], b->truth_terms[i]);
  if (a->ntruth) assert_same_bits(a->truth_values, b->truth_values, a->nfields * a->ntruth);
}

static void assert_tracks(const DscDataSet *data, PetscInt n, PetscInt ntrain, const PetscInt first[])
{
  DscTracks tracks;

  CALL(DscTracksCreate(PETSC_COMM_WORLD, data, &tracks));
  assert_int_equal(tracks.n, n);
  assert_int_equal(tracks.ntrain, ntrain);
  assert_memory_equal(tracks.first, first, (size_t)(n + 1) * sizeof(PetscInt));
  CALL(DscTracksDestroy(&tracks));
  assert_null(tracks.first);
}

/* ---- tables and files ----------------------------------------------------------------------------------------- */

static void a_table_is_sorted_and_numbered(void **state)
{
  static const PetscInt track[] = {0, 0, 0, 1, 1, 1, 1, 2, 2};
  static const double   t[] = {0, .25, 1, 0, .5, 3, 4, 0, 2}, a[] = {9, 13, 3, 7, 1, 17, 11, 5, 15};
  static const double   b[]  = {10, 14, 4, 8, 2, 18, 12, 6, 16};
  DscDataSet           *data = create(1, TABLE("data_truth_terms", "a,b", "data_truth_values", "1,2,3,4"));

  (void)state;
  assert_int_equal(data->nsamples, 9);
  assert_int_equal(data->ntrain, 9);
  assert_int_equal(data->ntracks, 3);
  assert_int_equal(data->grid[0], 0);
  assert_int_equal(data->ncoordinates, 1);
  assert_false(data->positions);
  assert_int_equal(data->ntruth, 2);
  assert_memory_equal(data->track, track, sizeof(track));
  assert_same_bits(data->coordinates[0], t, 9);
  assert_same_bits(data->fields[0], a, 9);
  assert_same_bits(data->fields[1], b, 9);
  assert_tracks(data, 3, 3, (const PetscInt[]){0, 3, 7, 9});
  CALL(DscDataSetDestroy(&data));
}

/* All times rise, or all fall, through the whole table: nothing that a grid could not have. */
static void later_trajectories_are_no_grid(void **state)
{
  const char *rising  = write_once("rising.csv", "i,t,u\n1,0,1\n1,1,2\n2,2,3\n2,3,4\n");
  const char *falling = write_once("falling.csv", "i,t,u\n2,3,4\n2,2,3\n1,1,2\n1,0,1\n");
  DscDataSet *a       = create(1, KEYS("data_file", rising, "data_trajectory", "i"));
  DscDataSet *b       = create(1, KEYS("data_file", falling, "data_trajectory", "i"));

  (void)state;
  assert_int_equal(a->ntracks, 2);
  assert_tracks(a, 2, 2, (const PetscInt[]){0, 2, 4});
  assert_same_sets(a, b);
  CALL(DscDataSetDestroy(&a));
  CALL(DscDataSetDestroy(&b));
}

static void one_trajectory_is_a_series(void **state)
{
  DscDataSet *alone =
      create(1, KEYS("data_file", write_once("one.csv", "i,t,u\n4,1,1\n4,0,2\n4,3,5\n"), "data_trajectory", "i"));
  DscDataSet *series = create(1, KEYS("data_file", write_once("series.csv", "t,u\n0,2\n1,1\n3,5\n"), "data_x", "none"));
  DscDataSet *chosen = create(1, TABLE("data_trajectory_index", "1"));

  (void)state;
  assert_int_equal(alone->grid[0], 3);
  assert_same_sets(alone, series);
  assert_tracks(series, 1, 1, (const PetscInt[]){0, 3});
  assert_int_equal(chosen->grid[0], 4);
  assert_int_equal(chosen->ntracks, 0);
  assert_null(chosen->track);
  assert_same_bits(chosen->fields[0], (const double[]){7, 1, 17, 11}, 4);
  assert_non_null(strstr(chosen->description, "3 trajectories, number 1 alone"));
  CALL(DscTracksCheckSingle(PETSC_COMM_WORLD, chosen));
  CALL(DscDataSetDestroy(&alone));
  CALL(DscDataSetDestroy(&series));
  CALL(DscDataSetDestroy(&chosen));
}

static void values_may_be_missing(void **state)
{
  const char *path = write_once("hole.csv", "i,t,u\n1,0,1\n1,1,\n2,0,3\n2,3,4\n");
  DscDataSet *data = create(1, KEYS("data_file", path, "data_trajectory", "i", "data_missing", "skip"));

  (void)state;
  assert_int_equal(data->nsamples, 4);
  assert_true(isnan(data->fields[0][1]) && data->fields[0][2] == 3.);
  CALL(DscDataSetDestroy(&data));
}

static void written_sets_come_back_bit_by_bit(void **state)
{
  DscDataSet *written = create(
      3, KEYS("data_source", "lorenz", "lorenz_trajectories", "5", "lorenz_t_points", "40", "data_noise", "0.1"));
  const char *path = path_of("lorenz.h5");
  DscDataSet *read, *points, *one;

  (void)state;
  CALL(DscDataSetWrite(PETSC_COMM_WORLD, written, path));
  read = create(9, KEYS("data_file", path, "data_u", "x,y,z"));
  assert_same_sets(written, read);
  assert_int_equal(read->ntracks, 5);
  assert_non_null(strstr(read->description, "lorenz.h5: 5 trajectories"));
  points = create(9, KEYS("data_file", path, "data_u", "x,y,z", "data_x", "none", "data_trajectory", "none"));
  assert_int_equal(points->ntracks, 0);
  assert_int_equal(points->nsamples, 200);
  one = create(9, KEYS("data_file", path, "data_u", "x,y,z", "data_trajectory_index", "4"));
  assert_same_bits(one->fields[2], written->fields[2] + 160, 40);
  CALL(DscDataSetDestroy(&written));
  CALL(DscDataSetDestroy(&read));
  CALL(DscDataSetDestroy(&points));
  CALL(DscDataSetDestroy(&one));
}

/* ---- which samples -------------------------------------------------------------------------------------------- */

static void windows_and_strides_are_those_of_each(void **state)
{
  const char *path   = write_once("apart.csv", "i,t,u\n1,0,1\n1,1,2\n1,2,3\n2,1,4\n2,2,5\n2,3,6\n3,5,7\n3,6,8\n");
  DscDataSet *two    = create(1, KEYS("data_file", path, "data_trajectory", "i", "data_window_t", "1,3"));
  DscDataSet *last   = create(1, KEYS("data_file", path, "data_trajectory", "i", "data_window_t", "4,9"));
  DscDataSet *stride = create(
      1, KEYS("data_source", "planar", "planar_trajectories", "3", "planar_t_points", "10", "data_stride_t", "4"));
  DscDataSet *full = create(1, KEYS("data_source", "planar", "planar_trajectories", "3", "planar_t_points", "10"));

  (void)state;
  assert_int_equal(two->ntracks, 2);
  assert_tracks(two, 2, 2, (const PetscInt[]){0, 2, 5});
  assert_same_bits(two->fields[0], (const double[]){2, 3, 4, 5, 6}, 5);
  assert_int_equal(last->ntracks, 0); /* a single one is left */
  assert_int_equal(last->grid[0], 2);
  CALL(DscDataSetDestroy(&two));
  CALL(DscDataSetDestroy(&last));
  assert_tracks(stride, 3, 3, (const PetscInt[]){0, 3, 6, 9});
  for (PetscInt k = 0; k < 3; k++)
    for (PetscInt i = 0; i < 3; i++) assert_true(stride->fields[1][3 * k + i] == full->fields[1][10 * k + 4 * i]);
  CALL(DscDataSetDestroy(&stride));
  CALL(DscDataSetDestroy(&full));
}

static void the_test_part_takes_whole_trajectories(void **state)
{
#define TESTED(...)                                                                                                    \
  KEYS("data_source", "planar", "planar_trajectories", "10", "planar_t_points", "6", "data_test_fraction", __VA_ARGS__)
  DscDataSet *data      = create(4, TESTED("0.3"));
  DscDataSet *other     = create(4, TESTED("0.3", "data_noise", "0.5"));
  DscDataSet *third     = create(5, TESTED("0.3", "planar_spread", "0"));
  PetscInt    parts[10] = {0}, changed = 0;

  (void)state;
  assert_int_equal(data->ntracks, 10);
  assert_int_equal(data->ntrain, 42);
  for (PetscInt i = 0; i < 60; i++) parts[data->track[i]] |= i < 42 ? 1 : 2;
  for (PetscInt k = 0; k < 10; k++) assert_true(parts[k] == 1 || parts[k] == 2);
  for (PetscInt i = 1; i < 60; i++) {
    if (i != 42)
      assert_true(data->track[i] > data->track[i - 1] || data->coordinates[0][i] > data->coordinates[0][i - 1]);
    changed += data->track[i] != third->track[i];
  }
  assert_true(changed > 0);
  assert_memory_equal(data->track, other->track, 60 * sizeof(PetscInt));
  assert_tracks(data, 10, 7, (const PetscInt[]){0, 6, 12, 18, 24, 30, 36, 42, 48, 54, 60});
  CALL(DscDataSetDestroy(&data));
  CALL(DscDataSetDestroy(&other));
  CALL(DscDataSetDestroy(&third));
}

/* Its level is relative to the spread over all trajectories. */
static void noise_is_added_as_to_other_sets(void **state)
{
  DscDataSet *data = create(
      4, KEYS("data_source", "lorenz", "lorenz_trajectories", "20", "lorenz_t_points", "500", "data_noise", "0.25"));
  const PetscInt n = data->nsamples;

  (void)state;
  assert_int_equal(n, 10000);
  for (PetscInt f = 0; f < 3; f++) {
    double mean = 0., square = 0., noise = 0.;

    for (PetscInt i = 0; i < n; i++) mean += data->clean[f][i] / (double)n;
    for (PetscInt i = 0; i < n; i++) {
      square += pow(data->clean[f][i] - mean, 2.) / (double)n;
      noise += pow(data->fields[f][i] - data->clean[f][i], 2.) / (double)n;
    }
    assert_near(noise / square / (.25 * .25), 1., 5. * sqrt(2. / (double)n));
  }
  CALL(DscDataSetDestroy(&data));
}

/* ---- ranks, experiments, methods ------------------------------------------------------------------------------ */

static void every_rank_has_the_same_set(void **state)
{
  const char *const *keys = KEYS("data_source", "two_body", "two_body_trajectories", "7", "two_body_t_points", "31",
                                 "data_test_fraction", "0.2", "data_noise", "0.1");
  DscDataSet        *all, *alone;

  (void)state;
  CALL(try_create(PETSC_COMM_WORLD, 5, keys, &all));
  CALL(try_create(PETSC_COMM_SELF, 5, keys, &alone));
  assert_same_sets(all, alone);
  assert_same_bits(all->clean[0], alone->clean[0], all->nsamples);
  CALL(DscDataSetDestroy(&all));
  CALL(DscDataSetDestroy(&alone));
}

static void experiments_may_have_other_trajectories(void **state)
{
  DscOptions   options = options_of(KEYS("data_source", "lorenz", "lorenz_t_points", "20"));
  DscDataSet **sets;
  PetscInt     n;

  (void)state;
  CALL(DscOptionsSet(options, "experiments_lorenz_trajectories", "3,2"));
  CALL(DscDataSetCreateAll(PETSC_COMM_WORLD, options, 1, &n, &sets));
  assert_int_equal(n, 2);
  assert_int_equal(sets[0]->ntracks, 3);
  assert_int_equal(sets[1]->ntracks, 2);
  assert_true(sets[0]->fields[0][0] == sets[1]->fields[0][0] && sets[0]->fields[0][20] != sets[1]->fields[0][20]);
  for (PetscInt e = 0; e < n; e++) CALL(DscDataSetDestroy(&sets[e]));
  CALL(PetscFree(sets));
  CALL(DscOptionsDestroy(&options));
}

static void assert_no_tracks(const char *const keys[], const char part[])
{
  DscDataSet    *data = create(1, keys);
  DscTracks      tracks;
  PetscErrorCode ierr;

  CALL(DscErrorCaptureBegin());
  ierr = DscTracksCreate(PETSC_COMM_WORLD, data, &tracks);
  CALL(DscErrorCaptureEnd());
  assert_int_equal(ierr, PETSC_ERR_USER_INPUT);
  if (!strstr(DscErrorMessage(), part)) fail_msg("'%s' does not say '%s'", DscErrorMessage(), part);
  CALL(DscTracksDestroy(&tracks));
  CALL(DscDataSetDestroy(&data));
}

static void not_every_set_has_trajectories(void **state)
{
  (void)state;
  assert_no_tracks(KEYS("data_source", "walkers"), "positions of particles (200 random walkers");
  assert_no_tracks(KEYS("data_source", "kdv"), "these have 2 coordinates");
  assert_no_tracks(KEYS("data_source", "lorenz", "data_sampling", "random", "data_samples", "100"),
                   "no trajectory any more");
  assert_no_tracks(KEYS("data_source", "lorenz", "data_test_fraction", "0.2"), "without data_test_fraction");
  assert_no_tracks(KEYS("data_file", write_once("who.csv", table), "data_u", "a", "data_x", "none"),
                   "need data_trajectory");
}

static void a_grid_needs_one_trajectory(void **state)
{
  DscOptions     options = options_of(KEYS("data_source", "lorenz", "lorenz_trajectories", "4"));
  DscGrid        grid;
  PetscErrorCode ierr;

  (void)state;
  CALL(DscErrorCaptureBegin());
  ierr = DscGridOpen(PETSC_COMM_WORLD, options, 0, &grid);
  CALL(DscErrorCaptureEnd());
  assert_int_equal(ierr, PETSC_ERR_USER_INPUT);
  assert_non_null(strstr(DscErrorMessage(), "choose one, -data_trajectory_index 0 to 3"));
  CALL(DscOptionsSet(options, "data_trajectory_index", "3"));
  CALL(DscGridOpen(PETSC_COMM_WORLD, options, 0, &grid));
  CALL(DscGridClose(&grid));
  CALL(DscOptionsDestroy(&options));
}

/* ---- mistakes ------------------------------------------------------------------------------------------------- */

static void mistakes_are_refused(void **state)
{
#define MANY(...) KEYS("data_source", "planar", "planar_trajectories", "4", "planar_t_points", "10", __VA_ARGS__)
  (void)state;
  assert_refused(MANY("data_samples", "9"), KEYS("data_samples", "4 trajectories", "used whole"));
  assert_refused(MANY("data_stride_t", "10"), KEYS("4 of 4 trajectories have a single sample"));
  assert_refused(MANY("data_window_t", "90,95"), KEYS("data_window_t", "none of the 40 times of 4 trajectories"));
  assert_refused(MANY("data_window_x", "0,1"), KEYS("data_window_x", "no coordinate x"));
  assert_refused(MANY("data_test_fraction", "0.9"),
                 KEYS("data_test_fraction", "4 trajectories leaves none to train on"));
  assert_refused(MANY("data_trajectory_index", "4"), KEYS("data_trajectory_index", "allowed: 0 to 3"));
  assert_refused(MANY("data_trajectory", "i"), KEYS("data_trajectory", "is for files"));
  assert_refused(KEYS("data_source", "kdv", "data_trajectory_index", "0"),
                 KEYS("data_trajectory_index", "no numbered"));
  assert_refused(KEYS("data_source", "walkers", "data_trajectory_index", "0"),
                 KEYS("data_trajectory_index", "no numbered"));
  assert_refused(TABLE("data_x", "b"), KEYS("data_x", "in time alone"));
  assert_refused(TABLE("data_t", "none", "data_dt", "1"), KEYS("data_t", "need their times"));
  assert_refused(TABLE("data_axes", "t"), KEYS("data_axes"));
  assert_refused(TABLE("data_positions", "true"), KEYS("data_trajectory", "data_particle"));
  assert_refused(TABLE("data_window_t", "0.25,4"), KEYS("1 of 3 trajectories have a single sample", "number 2 from 0"));
  assert_refused(KEYS("data_file", write_once("who.csv", table), "data_trajectory", "i", "data_u", "a"),
                 KEYS("data_trajectory", "has no 'i'"));
  assert_refused(
      KEYS("data_file", write_once("twice.csv", "i,t,u\n1,0,1\n2,0,2\n1,1,3\n2,0,5\n2,1,3\n"), "data_trajectory", "i"),
      KEYS("trajectory 2 is twice at time 0", "twice.csv"));
  assert_refused(KEYS("data_file", write_once("nobody.csv", "i,t,u\n1,0,1\n,1,2\n1,2,3\n"), "data_trajectory", "i",
                      "data_missing", "skip"),
                 KEYS("line 3 has no value for 'i'", "the number of its trajectory"));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_table_is_sorted_and_numbered),
      cmocka_unit_test(later_trajectories_are_no_grid),
      cmocka_unit_test(one_trajectory_is_a_series),
      cmocka_unit_test(values_may_be_missing),
      cmocka_unit_test(written_sets_come_back_bit_by_bit),
      cmocka_unit_test(windows_and_strides_are_those_of_each),
      cmocka_unit_test(the_test_part_takes_whole_trajectories),
      cmocka_unit_test(noise_is_added_as_to_other_sets),
      cmocka_unit_test(every_rank_has_the_same_set),
      cmocka_unit_test(experiments_may_have_other_trajectories),
      cmocka_unit_test(not_every_set_has_trajectories),
      cmocka_unit_test(a_grid_needs_one_trajectory),
      cmocka_unit_test(mistakes_are_refused),
  };
  int failed;

  if (DscInitialize(&argc, &argv)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, remove_files);
  return DscFinalize() ? 1 : failed;
}
