/*
  Results on a disc that is full, before and in the middle of writing: one line that says so on all ranks, nothing left
  behind, the old file as it was. The disc is a small tmpfs: skipped where it cannot be mounted (it takes root).
*/
#include "compare.h"
#include "study/file.h"
#include "study/results.h"

#include <sys/mount.h>
#include <sys/stat.h>

#define DISC_BYTES 8000000
#define OLD_BYTES  3000000 /* the results that are there already: no room for a second file like it beside them */

static char folder[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN + 16], temporary[PETSC_MAX_PATH_LEN + 32];

static int mount_disc(void **state)
{
  int  mounted = 0, ranks;
  char size[32];

  (void)state;
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  snprintf(folder, sizeof(folder), "%s/test_disc.%d", DISCERN_BINARY_DIR, ranks);
  snprintf(path, sizeof(path), "%s/results.h5", folder);
  snprintf(temporary, sizeof(temporary), "%s.tmp", path);
  snprintf(size, sizeof(size), "size=%d", DISC_BYTES);
  if (fake_is_root()) {
    (void)umount2(folder, MNT_DETACH); /* of a test that was killed */
    (void)mkdir(folder, 0777);
    mounted = !mount("none", folder, "tmpfs", 0, size);
  }
  MPI_Bcast(&mounted, 1, MPI_INT, 0, MPI_COMM_WORLD);
  *state = mounted ? folder : NULL;
  return 0;
}

static int unmount_disc(void **state)
{
  (void)state;
  if (fake_is_root()) {
    (void)umount2(folder, MNT_DETACH);
    (void)rmdir(folder);
  }
  return 0;
}

/* One run whose history has so many bytes of noise. */
static PetscErrorCode write_results(int64_t bytes)
{
  static const char columns[1][DSC_NAME_LENGTH] = {"loss"};
  DscOptions        options                     = fake_options("seed", "1", NULL);
  DscRecords        records                     = {0};
  DscPlan           plan;
  PetscMPIInt       rank;
  PetscErrorCode    ierr;

  assert_int_equal(DscPlanCreate(options, &plan), 0);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  assert_int_equal(DscRecordsCreate(1, &records), 0);
  if (!rank) {
    records.n      = 1;
    records.run[0] = 0;
    assert_int_equal(DscResultCreate(&records.result[0]), 0);
    assert_int_equal(DscTableSetColumns(&records.result[0]->history, 1, columns), 0);
    for (int64_t i = 0; i < bytes / (int64_t)sizeof(double); i++) {
      const double value = DscRandomNormal(1, DSC_STREAM_TEST, (uint64_t)i);

      assert_int_equal(DscTableAddRow(&records.result[0]->history, &value), 0);
    }
  }
  ierr = DscResultsWrite(MPI_COMM_WORLD, path, &plan, options, &records);
  assert_int_equal(DscRecordsDestroy(&records), 0);
  assert_int_equal(DscPlanDestroy(&plan), 0);
  assert_int_equal(DscOptionsDestroy(&options), 0);
  return ierr;
}

static void check_refused(PetscErrorCode ierr)
{
  DscResultsTable table;

  assert_int_equal(DscExitCodeFromError(ierr), DSC_EXIT_USER);
  assert_non_null(strstr(DscErrorMessage(), path));
  assert_non_null(strstr(DscErrorMessage(), "No space left on device"));
  if (!fake_is_root()) return;
  assert_int_equal(access(temporary, F_OK), -1);
  assert_int_equal(DscResultsRead(path, &table), 0);
  assert_int_equal(table.nruns, 1);
  assert_int_equal(DscResultsTableDestroy(&table), 0);
}

static void test_full_before(void **state)
{
  PetscErrorCode ierr;
  struct stat    status;

  if (!*state) skip();
  assert_int_equal(write_results(OLD_BYTES), 0);
  if (fake_is_root()) {
    assert_int_equal(stat(path, &status), 0);
    assert_true(status.st_size > OLD_BYTES * 8 / 10 && status.st_blocks * 512 < OLD_BYTES + 2000000); /* cut to size */
  }
  assert_int_equal(DscErrorCaptureBegin(), 0);
  ierr = write_results(2 * OLD_BYTES);
  assert_int_equal(DscErrorCaptureEnd(), 0);
  check_refused(ierr);
}

/* More is written than was thought: HDF5 fails inside a collective write. */
static PetscErrorCode write_too_much(void)
{
  const int64_t  n    = 2 * DISC_BYTES / (int64_t)sizeof(double);
  DscOutputData  data = {.path      = "/noise",
                         .units     = "1",
                         .long_name = "noise",
                         .type      = H5T_NATIVE_DOUBLE,
                         .ndims     = 1,
                         .dims      = {(hsize_t)n},
                         .scale     = {"/noise"}};
  DscOutput      file;
  PetscErrorCode ierr;
  PetscMPIInt    rank, ranks;
  int64_t        first, end;
  double        *values;

  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  first = n * rank / ranks;
  end   = n * (rank + 1) / ranks;
  assert_int_equal(PetscMalloc1((size_t)(end - first), &values), 0);
  for (int64_t i = first; i < end; i++) values[i - first] = DscRandomNormal(2, DSC_STREAM_TEST, (uint64_t)i);
  ierr = DscOutputCreate(MPI_COMM_WORLD, path, 0, &file);
  if (!ierr) ierr = DscOutputClose(&file, DscOutputWrite(&file, &data, first, end - first, values));
  assert_int_equal(PetscFree(values), 0);
  return ierr;
}

static void test_full_in_the_middle(void **state)
{
  PetscErrorCode ierr;
  PetscMPIInt    ranks;

  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  if (!*state || ranks > 2) skip(); /* on more ranks Open MPI tells nobody: the program ends at the flush */
  assert_int_equal(DscErrorCaptureBegin(), 0);
  ierr = write_too_much();
  assert_int_equal(DscErrorCaptureEnd(), 0);
  check_refused(ierr);
}

/* Not even a line fits on it: known before the study begins. */
static void test_full_at_the_start(void **state)
{
  static char    filling[DISC_BYTES];
  char           filler[PETSC_MAX_PATH_LEN + 16];
  DscOptions     options;
  PetscErrorCode ierr;
  FILE          *file;

  if (!*state) skip();
  snprintf(filler, sizeof(filler), "%s/filler", folder);
  if (fake_is_root()) {
    file = fopen(filler, "w");
    (void)!fwrite(filling, 1, sizeof(filling), file);
    (void)fclose(file);
  }
  MPI_Barrier(MPI_COMM_WORLD);
  options = fake_options("output", path, NULL);
  assert_int_equal(DscErrorCaptureBegin(), 0);
  ierr = DscOutputCheckWritable(MPI_COMM_WORLD, options, path);
  assert_int_equal(DscErrorCaptureEnd(), 0);
  check_refused(ierr);
  assert_int_equal(DscOptionsDestroy(&options), 0);
}

static int run(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_full_before), cmocka_unit_test(test_full_in_the_middle),
                                     cmocka_unit_test(test_full_at_the_start)};

  return cmocka_run_group_tests(tests, mount_disc, unmount_disc);
}

int main(int argc, char **argv)
{
  return fake_main(run, argc, argv);
}
