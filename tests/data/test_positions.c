/*
  Positions of particles as samples: tables of them, what windows, strides and the test part do, files, scaling, ranks.
*/
#include "data_test.h"

/* Three particles at times 0, 1, 2, 3, a fourth at the last two; rows and numbers in no order. */
static const char table[] = "who,t,x\n7,1,0.5\n-3,0,0\n100.5,2,1\n7,0,1\n-3,1,0.25\n100.5,0,-1\n-3,2,0.75\n7,2,2\n"
                            "100.5,1,-2\n7,3,3\n-3,3,1.25\n8,2,9\n8,3,8\n100.5,3,-4\n";

static const char *write_once(const char name[], const char text[])
{
  int rank;

  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  if (!rank) write_text(path_of(name), text);
  return path_of(name);
}

static void assert_sorted(const DscDataSet *data)
{
  for (PetscInt i = 1; i < data->nsamples; i++) {
    if (i == data->ntrain) continue;
    assert_true(data->coordinates[0][i] >= data->coordinates[0][i - 1]);
    if (data->coordinates[0][i] > data->coordinates[0][i - 1]) continue;
    if (data->track)
      assert_true(data->track[i] > data->track[i - 1]);
    else
      assert_true(data->coordinates[1][i] >= data->coordinates[1][i - 1]);
  }
}

/* Each time has two samples or more to train on. */
static void assert_two_each(const DscDataSet *data)
{
  for (PetscInt i = 0; i < data->nsamples; i++) {
    PetscInt n = 0;

    for (PetscInt j = 0; j < data->ntrain; j++) n += data->coordinates[0][j] == data->coordinates[0][i];
    assert_true(n > 1);
  }
}

static void assert_same_sets(const DscDataSet *a, const DscDataSet *b)
{
  assert_int_equal(a->nsamples, b->nsamples);
  assert_int_equal(a->ntrain, b->ntrain);
  assert_int_equal(a->positions, b->positions);
  assert_int_equal(a->ntracks, b->ntracks);
  for (int c = 0; c < 2; c++) assert_same_bits(a->coordinates[c], b->coordinates[c], a->nsamples);
  assert_string_equal(a->field_names[0], b->field_names[0]);
  assert_true(!a->track == !b->track);
  if (a->track) assert_memory_equal(a->track, b->track, (size_t)a->nsamples * sizeof(PetscInt));
  assert_int_equal(a->ntruth, b->ntruth);
  for (PetscInt i = 0; i < a->ntruth; i++) assert_string_equal(a->truth_terms[i], b->truth_terms[i]);
  if (a->ntruth) assert_same_bits(a->truth_values, b->truth_values, a->ntruth);
}

/* ---- tables --------------------------------------------------------------------------------------------------- */

static void a_table_is_sorted_and_numbered(void **state)
{
  static const PetscInt particle[] = {0, 1, 3, 0, 1, 3, 0, 1, 2, 3, 0, 1, 2, 3};
  static const double   t[]        = {0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3};
  static const double   x[]        = {0, 1, -1, .25, .5, -2, .75, 2, 9, 1, 1.25, 3, 8, -4};
  DscDataSet           *data =
      create(1, KEYS("data_file", write_once("who.csv", table), "data_positions", "true", "data_particle", "who"));

  (void)state;
  assert_int_equal(data->nsamples, 14);
  assert_int_equal(data->ntrain, 14);
  assert_int_equal(data->ntracks, 4);
  assert_true(data->positions);
  assert_int_equal(data->grid[0], 0);
  assert_string_equal(data->field_names[0], "u");
  assert_same_bits(data->coordinates[0], t, 14);
  assert_same_bits(data->coordinates[1], x, 14);
  assert_memory_equal(data->track, particle, sizeof(particle));
  for (PetscInt i = 0; i < 14; i++) assert_true(isnan(data->fields[0][i]) && isnan(data->clean[0][i]));
  assert_int_equal(DscDataSetCountPresent(data, 0, PETSC_TRUE), 14);
  CALL(DscDataSetDestroy(&data));
}

static void particles_need_not_be_known(void **state)
{
  DscDataSet *data = create(1, KEYS("data_file", write_once("who.csv", table), "data_positions", "true", "data_names",
                                    "rho", "data_truth_terms", "rho_xx", "data_truth_values", "2"));

  (void)state;
  assert_int_equal(data->ntracks, 0);
  assert_null(data->track);
  assert_sorted(data);
  assert_near(data->coordinates[1][0], -1., 0.);
  assert_string_equal(data->field_names[0], "rho");
  assert_string_equal(data->truth_terms[0], "rho_xx");
  CALL(DscDataSetDestroy(&data));
}

/* Others' names; a grid of particles by times, where every coordinate is one. */
static void columns_may_have_any_names(void **state)
{
  DscDataSet *data = create(1, KEYS("data_file", write_once("bare.csv", "0 1.5 3\n0 1 4\n1 2 4\n1 4 3\n"),
                                    "data_positions", "true", "data_t", "0", "data_x", "1", "data_particle", "2"));

  (void)state;
  assert_int_equal(data->ntracks, 2);
  assert_near(data->coordinates[1][2], 4., 0.);
  assert_int_equal(data->grid[0], 0);
  CALL(DscDataSetDestroy(&data));
}

static void round_trip(const char *const keys[])
{
  DscDataSet *written = create(4, keys), *read;

  CALL(DscDataSetWrite(PETSC_COMM_WORLD, written, path_of("set.h5")));
  read = create(0, KEYS("data_file", path_of("set.h5"), "data_names", written->field_names[0]));
  assert_same_sets(written, read);
  for (PetscInt i = 0; i < read->nsamples; i++) assert_true(isnan(read->clean[0][i]));
  CALL(DscDataSetDestroy(&read));
  if (written->track) { /* the keys win */
    read = create(0, KEYS("data_file", path_of("set.h5"), "data_particle", "none"));
    assert_int_equal(read->ntracks, 0);
    CALL(DscDataSetDestroy(&read));
  }
  assert_refused(KEYS("data_file", path_of("set.h5"), "data_positions", "false"), KEYS("has no 'u'"));
  CALL(DscDataSetDestroy(&written));
  MPI_Barrier(PETSC_COMM_WORLD);
}

static void written_sets_come_back_bit_by_bit(void **state)
{
  const char *const who = write_once("who.csv", table);

  (void)state;
  round_trip(KEYS("data_source", "walkers"));
  round_trip(KEYS("data_file", who, "data_positions", "true"));
  round_trip(KEYS("data_file", who, "data_positions", "true", "data_particle", "who", "data_names", "rho"));
}

/* ---- windows, strides, test part ------------------------------------------------------------------------------ */

static void windows_and_strides_take_whole_times(void **state)
{
  DscDataSet *data = create(1, KEYS("data_source", "walkers", "data_window_t", "0.1,2", "data_stride_t", "4"));

  (void)state;
  assert_int_equal(data->nsamples, 10 * 200);
  for (PetscInt i = 0; i < data->nsamples; i++)
    assert_near(data->coordinates[0][i], .1 + .2 * (double)(i / 200), 1e-14);
  assert_int_equal(data->ntracks, 200);
  assert_sorted(data);
  CALL(DscDataSetDestroy(&data));
  /* a particle that is seen later only leaves no gap in the numbers */
  data = create(1, KEYS("data_file", write_once("who.csv", table), "data_positions", "true", "data_particle", "who",
                        "data_window_t", "0,1"));
  assert_int_equal(data->nsamples, 6);
  assert_int_equal(data->ntracks, 3);
  assert_int_equal(data->track[2], 2);
  CALL(DscDataSetDestroy(&data));
}

static void the_test_part_takes_whole_particles(void **state)
{
  DscDataSet *data  = create(1, KEYS("data_source", "walkers", "data_test_fraction", "0.25", "data_stride_t", "5"));
  DscDataSet *other = create(2, KEYS("data_source", "walkers", "data_seed", "1", "data_test_fraction", "0.25"));
  PetscInt    parts[200] = {0};

  (void)state;
  assert_int_equal(data->nsamples, 11 * 200);
  assert_int_equal(data->ntrain, 11 * 150);
  assert_int_equal(data->ntracks, 200);
  assert_sorted(data);
  for (PetscInt i = 0; i < data->nsamples; i++) parts[data->track[i]] |= i < data->ntrain ? 1 : 2;
  for (PetscInt i = 0; i < 200; i++) assert_true(parts[i] == 1 || parts[i] == 2);
  for (PetscInt i = other->ntrain; i < other->nsamples; i++) assert_int_equal(parts[other->track[i]], 2);
  CALL(DscDataSetDestroy(&data));
  CALL(DscDataSetDestroy(&other));
}

static void the_test_part_leaves_two_at_every_time(void **state)
{
  const char *const who = write_once("who.csv", table);

  (void)state;
  for (uint64_t seed = 0; seed < 20; seed++) {
    DscDataSet *data = create(seed, KEYS("data_file", who, "data_positions", "true", "data_test_fraction", "0.42"));

    assert_int_equal(data->ntrain, 8); /* no other is possible: 3 + 3 + 4 + 4 */
    assert_two_each(data);
    assert_sorted(data);
    CALL(DscDataSetDestroy(&data));
    data = create(
        seed, KEYS("data_file", who, "data_positions", "true", "data_particle", "who", "data_test_fraction", "0.25"));
    assert_true(data->ntrain == 10 || data->ntrain == 12);
    assert_two_each(data);
    assert_sorted(data);
    CALL(DscDataSetDestroy(&data));
  }
  assert_refused(KEYS("data_file", who, "data_positions", "true", "data_test_fraction", "0.5"),
                 KEYS("data_test_fraction", "7 of 14 positions are to test on, but only 6 can be"));
  assert_refused(KEYS("data_file", who, "data_positions", "true", "data_particle", "who", "data_test_fraction", "0.9"),
                 KEYS("data_test_fraction", "0.9 of 4 particles leaves none to train on"));
}

/* ---- ranks, scaling, experiments ------------------------------------------------------------------------------ */

static void every_rank_has_the_same_set(void **state)
{
  const char *const *keys = KEYS("data_source", "walkers", "data_test_fraction", "0.2");
  DscDataSet        *all, *alone;

  (void)state;
  CALL(try_create(PETSC_COMM_WORLD, 5, keys, &all));
  CALL(try_create(PETSC_COMM_SELF, 5, keys, &alone));
  assert_same_sets(all, alone);
  assert_same_bits(all->clean[0], alone->clean[0], all->nsamples);
  CALL(DscDataSetDestroy(&all));
  CALL(DscDataSetDestroy(&alone));
}

/* The integral of u~ over x~ is that of u over x. */
static void scaling_keeps_the_integral(void **state)
{
  const char *const *keys    = KEYS("data_source", "walkers");
  DscDataSet        *data    = create(2, keys);
  DscOptions         options = options_of(keys);
  DscScaling         scaling;

  (void)state;
  CALL(DscScalingCreate(data, options, &scaling));
  assert_near(scaling.field_scale[0] * scaling.coordinate_scale[1], 1., 1e-15);
  assert_true(scaling.coordinate_scale[1] > 3.);
  assert_near(scaling.field_center[0], 0., 0.);
  CALL(DscOptionsSet(options, "data_scale", "none"));
  CALL(DscScalingCreate(data, options, &scaling));
  assert_near(scaling.field_scale[0], 1., 0.);
  CALL(DscOptionsDestroy(&options));
  CALL(DscDataSetDestroy(&data));
}

static void experiments_are_of_one_kind(void **state)
{
  DscDataSet    *walkers = create(1, KEYS("data_source", "walkers")), *kdv = create(1, KEYS("data_source", "kdv"));
  PetscErrorCode ierr;

  (void)state;
  CALL(DscDataSetCheckSameNames(PETSC_COMM_WORLD, walkers, walkers, 1));
  CALL(DscErrorCaptureBegin());
  ierr = DscDataSetCheckSameNames(PETSC_COMM_WORLD, walkers, kdv, 1);
  CALL(DscErrorCaptureEnd());
  assert_int_equal(ierr, PETSC_ERR_USER_INPUT);
  assert_non_null(strstr(DscErrorMessage(), "experiment 2 has values of fields, but the first has positions"));
  CALL(DscDataSetDestroy(&walkers));
  CALL(DscDataSetDestroy(&kdv));
}

static void positions_are_no_grid(void **state)
{
  DscOptions     options = options_of(KEYS("data_source", "walkers"));
  DscGrid        grid;
  PetscErrorCode ierr;

  (void)state;
  CALL(DscErrorCaptureBegin());
  ierr = DscGridOpen(PETSC_COMM_WORLD, options, 0, &grid);
  CALL(DscErrorCaptureEnd());
  assert_int_equal(ierr, PETSC_ERR_USER_INPUT);
  assert_non_null(strstr(DscErrorMessage(), "200 random walkers"));
  assert_null(grid);
  CALL(DscOptionsDestroy(&options));
}

/* ---- mistakes ------------------------------------------------------------------------------------------------- */

static void options_for_values_are_refused(void **state)
{
#define WALKERS(...) KEYS("data_source", "walkers", __VA_ARGS__)
  (void)state;
  assert_refused(WALKERS("data_noise", "0.1"), KEYS("data_noise", "positions of particles"));
  assert_refused(WALKERS("data_samples", "50"), KEYS("data_samples", "used whole"));
  assert_refused(WALKERS("data_missing", "skip"), KEYS("data_missing", "leave out"));
  assert_refused(WALKERS("data_missing", "skip", "data_missing_fraction", "0.1"), KEYS("data_missing_fraction"));
  assert_refused(WALKERS("data_window_x", "-1,1"), KEYS("data_window_x", "cut the density"));
  assert_refused(WALKERS("data_stride_x", "2"), KEYS("data_stride_x", "data_stride_t"));
  assert_refused(WALKERS("data_stride_y", "2"), KEYS("data_stride_y", "no coordinate y"));
  assert_refused(WALKERS("data_stride_t", "51"), KEYS("data_stride_t", "leaves one of 51"));
  assert_refused(WALKERS("data_window_t", "9,10"), KEYS("data_window_t", "none of the 51 values of t"));
  assert_refused(WALKERS("data_distribution", "sharded"), KEYS("data_distribution", "no grid"));
  assert_refused(WALKERS("data_positions", "true"), KEYS("data_positions", "is for files"));
  assert_refused(WALKERS("data_particle", "i"), KEYS("data_particle", "is for files"));
}

/* A table whose positions are refused for these reasons. */
static void assert_table_refused(const char text[], const char *const parts[])
{
  assert_refused(KEYS("data_file", write_once("bad.csv", text), "data_positions", "true", "data_particle", "i"), parts);
}

static void bad_tables_are_refused(void **state)
{
  (void)state;
  assert_table_refused("i,t,x\n1,0,0\n2,0,1\n1,0.35,1\n",
                       KEYS("time 0.35 has a single walker", "1 of 2 times", "bad.csv"));
  assert_table_refused("i,t,x\n1,0,0\n2,0,1\n", KEYS("all 2 positions are of one time, t = 0"));
  assert_table_refused("i,t,x\n1,0,0\n2,0,1\n9,1,2\n1,1,0\n9,1,3\n",
                       KEYS("particle 9 is twice at time 1, at x = 2 and x = 3", "'i'"));
  assert_table_refused("i,t,x\n1,0,0\n2,0,1\n1,1,4\n2,1,4\n", KEYS("time 1 has all its 2 walkers at x = 4"));
  assert_table_refused("i,t,x\n1,0,0\n2,0,nan\n1,1,4\n2,1,5\n", KEYS("line 3", "'x' is 'nan'", "leave out particles"));
  assert_table_refused("i,t,x\n1,0,0\n2,inf,1\n1,1,4\n2,1,5\n", KEYS("line 3", "'t' is 'inf'"));
  assert_table_refused("i,t,x\n1,0,0\n,0,1\n1,1,4\n2,1,5\n",
                       KEYS("line 3 has no value for 'i'", "-data_particle none"));
  assert_table_refused("j,t,x\n1,0,0\n2,0,1\n1,1,4\n2,1,5\n", KEYS("data_particle", "has no 'i'"));
}

static void keys_that_do_not_fit_a_table_are_refused(void **state)
{
  const char *const who = write_once("who.csv", table);

#define TABLE(...) KEYS("data_file", who, "data_positions", "true", __VA_ARGS__)
  (void)state;
  assert_refused(TABLE("data_u", "x"), KEYS("data_u", "no values are read"));
  assert_refused(TABLE("data_axes", "t,x"), KEYS("data_axes"));
  assert_refused(TABLE("data_t", "none"), KEYS("data_t", "need their times"));
  assert_refused(TABLE("data_x", "none"), KEYS("data_x", "column of x"));
  assert_refused(TABLE("data_y", "x"), KEYS("data_y", "one coordinate of space only"));
  assert_refused(TABLE("data_names", "a,b"), KEYS("data_names", "2 names"));
  assert_refused(TABLE("data_noise", "1"), KEYS("data_noise", "14 positions of particles"));
  assert_refused(KEYS("data_file", who, "data_particle", "who"), KEYS("data_particle", "give -data_positions"));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_table_is_sorted_and_numbered),
      cmocka_unit_test(particles_need_not_be_known),
      cmocka_unit_test(columns_may_have_any_names),
      cmocka_unit_test(written_sets_come_back_bit_by_bit),
      cmocka_unit_test(windows_and_strides_take_whole_times),
      cmocka_unit_test(the_test_part_takes_whole_particles),
      cmocka_unit_test(the_test_part_leaves_two_at_every_time),
      cmocka_unit_test(every_rank_has_the_same_set),
      cmocka_unit_test(scaling_keeps_the_integral),
      cmocka_unit_test(experiments_are_of_one_kind),
      cmocka_unit_test(positions_are_no_grid),
      cmocka_unit_test(options_for_values_are_refused),
      cmocka_unit_test(bad_tables_are_refused),
      cmocka_unit_test(keys_that_do_not_fit_a_table_are_refused),
  };
  int failed;

  if (DscInitialize(&argc, &argv)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, remove_files);
  return DscFinalize() ? 1 : failed;
}
