/* Checkpoints: the newest whole one counts; damaged, foreign and unwritable ones harm nothing. */
#include "fake.h"
#include "study/checkpoint.h"

#include <fcntl.h>
#include <sys/stat.h>

#define OPTIONS "data_noise: 0.1\nseed: 3\n"
#define FOLDER  (PETSC_MAX_PATH_LEN + 16)

static DscCheckpoints make(const char test[], char folder[FOLDER])
{
  DscCheckpoints c;

  snprintf(folder, FOLDER, "%s.checkpoints", fake_path(test));
  assert_int_equal(DscCheckpointsCreate(fake_path(test), &c), 0);
  return c;
}

static void write_state(DscCheckpoints c, PetscInt run, const char options[], double value)
{
  DscBuffer state;
  int       rank;

  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (rank) return;
  assert_int_equal(DscBufferCreate(&state), 0);
  assert_int_equal(DscBufferPutReals(state, "value", 1, &value), 0);
  assert_int_equal(DscCheckpointsWrite(c, run, options, 17, state), 0);
  assert_int_equal(DscBufferDestroy(&state), 0);
}

/* The value of the state that all ranks get; NaN if there is none. */
static double read_state(DscCheckpoints c, PetscInt run, const char options[])
{
  DscBuffer state;
  PetscBool found;
  double    value = NAN;

  assert_int_equal(DscBufferCreate(&state), 0);
  assert_int_equal(DscCheckpointsRead(c, MPI_COMM_WORLD, run, options, state, &found), 0);
  if (found) assert_int_equal(DscBufferGetReals(state, "value", 1, &value), 0);
  assert_int_equal(DscBufferDestroy(&state), 0);
  return value;
}

/* On rank 0: flips a bit at a share of the file, or cuts it there. */
static void damage(const char folder[], const char name[], double where, PetscBool cut)
{
  char        path[FOLDER + 32], byte;
  struct stat status;
  off_t       at;
  int         file;

  if (!fake_is_root()) return;
  snprintf(path, sizeof(path), "%s/%s", folder, name);
  assert_int_equal(stat(path, &status), 0);
  at = (off_t)(where * (double)status.st_size);
  if (cut) {
    assert_int_equal(truncate(path, at), 0);
    return;
  }
  file = open(path, O_RDWR);
  assert_int_equal(pread(file, &byte, 1, at), 1);
  byte ^= 4;
  assert_int_equal(pwrite(file, &byte, 1, at), 1);
  close(file);
}

static void test_newest(void **state)
{
  char           folder[FOLDER];
  DscCheckpoints c = make("test_checkpoint", folder);
  PetscBool      exist;
  PetscInt       n, *runs;

  (void)state;
  assert_true(isnan(read_state(c, 5, OPTIONS)));
  if (fake_is_root()) assert_int_equal(access(folder, F_OK), -1); /* reading makes nothing */
  write_state(c, 5, OPTIONS, 1);
  assert_true(read_state(c, 5, OPTIONS) == 1);
  write_state(c, 5, OPTIONS, 2);
  write_state(c, 12, OPTIONS, 3);
  assert_true(read_state(c, 5, OPTIONS) == 2);
  assert_true(read_state(c, 12, OPTIONS) == 3);
  assert_true(isnan(read_state(c, 1, OPTIONS)));
  (void)fake_is_root();
  assert_int_equal(DscCheckpointsList(c, &n, &runs), 0);
  assert_int_equal(n, 2);
  assert_int_equal(runs[0], 5);
  assert_int_equal(runs[1], 12);
  assert_int_equal(PetscFree(runs), 0);
  if (fake_is_root()) assert_int_equal(DscCheckpointsRemove(c, 5), 0);
  (void)fake_is_root();
  assert_int_equal(DscCheckpointsExist(c, 5, &exist), 0);
  assert_false(exist);
  assert_int_equal(DscCheckpointsExist(c, 12, &exist), 0);
  assert_true(exist);
  (void)fake_is_root();
  if (fake_is_root()) {
    assert_int_equal(DscCheckpointsRemoveAll(c), 0);
    assert_int_equal(access(folder, F_OK), -1);
  }
  assert_int_equal(DscCheckpointsDestroy(&c), 0);
}

/* What differs in the options decides; where results go does not. */
static void test_foreign(void **state)
{
  char           folder[FOLDER];
  DscCheckpoints c = make("test_checkpoint", folder);

  (void)state;
  write_state(c, 5, OPTIONS, 1);
  assert_true(isnan(read_state(c, 5, "data_noise: 0.2\nseed: 3\n")));
  assert_true(read_state(c, 5, OPTIONS "output: elsewhere.h5\nmax_walltime: \"60\"\n") == 1);
  if (fake_is_root()) { /* of another run, under this one's name */
    char from[FOLDER + 16], to[FOLDER + 16];

    snprintf(from, sizeof(from), "%s/run_5", folder);
    snprintf(to, sizeof(to), "%s/run_6", folder);
    assert_int_equal(rename(from, to), 0);
  }
  assert_true(isnan(read_state(c, 6, OPTIONS)));
  if (fake_is_root()) assert_int_equal(DscCheckpointsRemoveAll(c), 0);
  assert_int_equal(DscCheckpointsDestroy(&c), 0);
}

static void test_damaged(void **state)
{
  static const double where[] = {0, 0.01, 0.3, 0.7, 0.999};
  char                folder[FOLDER];
  DscCheckpoints      c = make("test_checkpoint", folder);

  (void)state;
  for (int cut = 0; cut < 2; cut++) {
    for (size_t i = 0; i < sizeof(where) / sizeof(*where); i++) {
      write_state(c, 7, OPTIONS, 1);
      write_state(c, 7, OPTIONS, 2);
      damage(folder, "run_7", where[i], (PetscBool)cut);
      assert_true(read_state(c, 7, OPTIONS) == 1); /* the one before */
      write_state(c, 7, OPTIONS, 3);
      damage(folder, "run_7", where[i], (PetscBool)cut);
      assert_true(read_state(c, 7, OPTIONS) == 1); /* a damaged one never takes the place of a good one */
      damage(folder, "run_7.previous", where[i], (PetscBool)cut);
      assert_true(isnan(read_state(c, 7, OPTIONS)));
      (void)fake_is_root();
    }
  }
  if (fake_is_root()) assert_int_equal(DscCheckpointsRemoveAll(c), 0);
  assert_int_equal(DscCheckpointsDestroy(&c), 0);
}

/* At no moment of a write is there no whole file: a write that fails after the old one was put aside leaves that. */
static void test_unwritable(void **state)
{
  char           folder[FOLDER], blocking[FOLDER + 16];
  DscCheckpoints c = make("test_checkpoint", folder);

  (void)state;
  write_state(c, 7, OPTIONS, 1);
  snprintf(blocking, sizeof(blocking), "%s/run_7.tmp", folder);
  if (fake_is_root()) assert_int_equal(mkdir(blocking, 0777), 0);
  write_state(c, 7, OPTIONS, 2); /* warns */
  write_state(c, 7, OPTIONS, 3); /* once */
  assert_true(read_state(c, 7, OPTIONS) == 1);
  if (fake_is_root()) assert_int_equal(rmdir(blocking), 0);
  (void)fake_is_root();
  write_state(c, 7, OPTIONS, 4);
  assert_true(read_state(c, 7, OPTIONS) == 4);
  if (fake_is_root()) assert_int_equal(DscCheckpointsRemoveAll(c), 0);
  assert_int_equal(DscCheckpointsDestroy(&c), 0);
}

static int run(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_newest), cmocka_unit_test(test_foreign),
                                     cmocka_unit_test(test_damaged), cmocka_unit_test(test_unwritable)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
  return fake_main(run, argc, argv);
}
