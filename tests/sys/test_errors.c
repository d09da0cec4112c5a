/* Errors: how many lines appear on all ranks together, which, and what a caller can learn. */
#include "sys/sys_test.h"
#include "sys/errors_private.h"

static int rank, size;

static PetscErrorCode user_mistake(MPI_Comm comm)
{
  PetscFunctionBeginUser;
  DscUserCheck(PETSC_FALSE, comm, "in.yaml:%d: too much\nof it", 3);
  PetscFunctionReturn(0);
}

static PetscErrorCode caller(MPI_Comm comm)
{
  PetscFunctionBeginUser;
  PetscCall(user_mistake(comm));
  PetscFunctionReturn(0);
}

static PetscErrorCode defect(void)
{
  PetscFunctionBeginUser;
  PetscCheck(PETSC_FALSE, PETSC_COMM_WORLD, PETSC_ERR_PLIB, "impossible value %d", 7);
  PetscFunctionReturn(0);
}

static PetscErrorCode missing_file(void)
{
  hid_t file;

  PetscFunctionBeginUser;
  DscCallH5Id(file, H5Fopen("/no/such/file.h5", H5F_ACC_RDONLY, H5P_DEFAULT));
  DscCallH5(H5Fclose(file));
  PetscFunctionReturn(0);
}

/* Lines written on stderr by all ranks together; text is this rank's. */
static int settle_and_count(Capture *capture)
{
  int lines;

  OK(DscErrorSettle(MPI_COMM_WORLD)); /* what DscFinalize() does */
  capture_end(capture);
  lines = count_lines(capture->text);
  MPI_Allreduce(MPI_IN_PLACE, &lines, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
  return lines;
}

/* PETSc would write '3.' for the first. */
static void test_numbers_as_printf_writes_them(void **state)
{
  (void)state;
  assert_string_equal(DscUserText("%g of %g, %d%s", 3., 0.1, 7, "%"), "3 of 0.1, 7%");
}

static void test_one_line_on_world(void **state)
{
  Capture capture;

  (void)state;
  capture_begin(&capture, stderr);
  assert_int_equal(caller(PETSC_COMM_WORLD), PETSC_ERR_USER_INPUT);
  assert_int_equal(settle_and_count(&capture), 1);
  assert_string_equal(capture.text, rank ? "" : "discern: in.yaml:3: too much of it\n");
  assert_string_equal(DscErrorMessage(), "in.yaml:3: too much of it");
}

static void test_one_line_on_self_of_all(void **state)
{
  Capture capture;

  (void)state;
  capture_begin(&capture, stderr);
  assert_int_equal(caller(PETSC_COMM_SELF), PETSC_ERR_USER_INPUT);
  assert_int_equal(settle_and_count(&capture), 1);
  assert_string_equal(capture.text, rank ? "" : "discern: in.yaml:3: too much of it\n");
}

/* Only the last rank sees it, whatever communicator it names: all get the error, the last rank's line appears. */
static void test_sync_from_one_rank(void **state)
{
  MPI_Comm comms[2] = {PETSC_COMM_SELF, PETSC_COMM_WORLD};

  (void)state;
  for (int i = 0; i < 2; i++) {
    Capture capture;

    capture_begin(&capture, stderr);
    assert_int_equal(DscSyncError(MPI_COMM_WORLD, rank == size - 1 ? caller(comms[i]) : 0), PETSC_ERR_USER_INPUT);
    assert_int_equal(settle_and_count(&capture), 1);
    assert_string_equal(capture.text, rank == size - 1 ? "discern: in.yaml:3: too much of it\n" : "");
    assert_string_equal(DscErrorMessage(), "in.yaml:3: too much of it");
  }
}

static void test_sync_of_different_errors(void **state)
{
  Capture        capture;
  PetscErrorCode ierr;

  (void)state;
  capture_begin(&capture, stderr);
  ierr = DscSyncError(MPI_COMM_WORLD, rank == 0 ? caller(PETSC_COMM_SELF) : defect());
  assert_int_equal(settle_and_count(&capture), 1);
  assert_int_equal(ierr, PETSC_ERR_USER_INPUT);
  assert_string_equal(DscErrorMessage(), "in.yaml:3: too much of it");
}

static void test_sync_without_error(void **state)
{
  (void)state;
  OK(DscSyncError(MPI_COMM_WORLD, 0));
}

static void test_defect_says_where(void **state)
{
  Capture capture;

  (void)state;
  capture_begin(&capture, stderr);
  assert_int_equal(defect(), PETSC_ERR_PLIB);
  assert_int_equal(settle_and_count(&capture), 3);
  if (rank) return;
  assert_non_null(strstr(capture.text, "discern: internal error: impossible value 7\n"));
  assert_non_null(strstr(capture.text, "in defect() at "));
  assert_non_null(strstr(capture.text, "test_errors.c:"));
  assert_non_null(strstr(capture.text, "-error_traceback"));
}

static void test_traceback(void **state)
{
  Capture     capture;
  const char *inner, *outer;

  (void)state;
  DscErrorSetTraceback(PETSC_TRUE);
  capture_begin(&capture, stderr);
  assert_int_equal(caller(PETSC_COMM_WORLD), PETSC_ERR_USER_INPUT);
  assert_int_equal(settle_and_count(&capture), 3);
  DscErrorSetTraceback(PETSC_FALSE);
  if (rank) return;
  inner = strstr(capture.text, "\n    user_mistake() at ");
  outer = strstr(capture.text, "\n    caller() at ");
  assert_true(inner && outer && inner < outer);
}

static void test_hdf5_reason(void **state)
{
  PetscErrorCode ierr;
  Capture        capture;

  (void)state;
  capture_begin(&capture, stderr);
  CAPTURED(ierr, missing_file());
  assert_int_equal(settle_and_count(&capture), 0); /* nothing of HDF5's own either */
  assert_int_equal(ierr, PETSC_ERR_LIB);
  assert_non_null(strstr(DscErrorMessage(), "HDF5 call failed: H5Fopen(\"/no/such/file.h5\""));
  assert_non_null(strstr(DscErrorMessage(), "No such file or directory"));
}

static void test_capture_nests(void **state)
{
  Capture        capture;
  PetscErrorCode ierr;

  (void)state;
  OK(DscErrorCaptureBegin());
  assert_string_equal(DscErrorMessage(), "");
  capture_begin(&capture, stderr);
  CAPTURED(ierr, caller(PETSC_COMM_SELF));
  assert_int_equal(ierr, PETSC_ERR_USER_INPUT);
  assert_int_equal(defect(), PETSC_ERR_PLIB);
  assert_int_equal(settle_and_count(&capture), 0);
  assert_string_equal(DscErrorMessage(), "impossible value 7");
  OK(DscErrorCaptureEnd());
  CAPTURED(ierr, 0);
  assert_string_equal(DscErrorMessage(), "");
}

static void test_exit_codes(void **state)
{
  (void)state;
  assert_int_equal(DscExitCodeFromError(0), 0);
  assert_int_equal(DscExitCodeFromError(PETSC_ERR_USER_INPUT), 2);
  assert_int_equal(DscExitCodeFromError(PETSC_ERR_MEM), 1);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_numbers_as_printf_writes_them),
      cmocka_unit_test(test_one_line_on_world),
      cmocka_unit_test(test_one_line_on_self_of_all),
      cmocka_unit_test(test_sync_from_one_rank),
      cmocka_unit_test(test_sync_of_different_errors),
      cmocka_unit_test(test_sync_without_error),
      cmocka_unit_test(test_defect_says_where),
      cmocka_unit_test(test_traceback),
      cmocka_unit_test(test_hdf5_reason),
      cmocka_unit_test(test_capture_nests),
      cmocka_unit_test(test_exit_codes),
  };
  int result;

  if (DscInitialize(&argc, &argv)) return 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  result = cmocka_run_group_tests(tests, NULL, NULL);
  return DscFinalize() ? 1 : result;
}
