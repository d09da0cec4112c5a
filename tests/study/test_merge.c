/* Parts of a study become the study, on any number of ranks; nothing that is not of one study is joined. */
#include "compare.h"
#include "study/results.h"

#include <hdf5_hl.h>

enum { NPARTS = 3 };

/* The file `name` of this test. */
static const char *path_of(const char name[])
{
  static char paths[8][PETSC_MAX_PATH_LEN];
  static int  last;
  char        test[64];

  snprintf(test, sizeof(test), "test_merge_%s", name);
  last = (last + 1) % 8;
  snprintf(paths[last], PETSC_MAX_PATH_LEN, "%s", fake_path(test));
  return paths[last];
}

static void remove_file(const char path[])
{
  if (fake_is_root()) unlink(path);
  MPI_Barrier(MPI_COMM_WORLD);
}

static DscOptions study_options(const char seeds[])
{
  return fake_options("sweep_fake_terms", "3,4", "sweep_seed", seeds, NULL);
}

/* A whole study, or one part of it. */
static void run_study(const char seeds[], const char part[], const char path[])
{
  DscOptions  options = study_options(seeds);
  DscExitCode exit_code;

  remove_file(path);
  assert_int_equal(DscOptionsSet(options, "study_part", part), 0);
  assert_int_equal(DscOptionsSet(options, "output", path), 0);
  assert_int_equal(DscStudyRunWith(MPI_COMM_WORLD, options, &fake_runner, &exit_code), 0);
  assert_int_equal(DscOptionsDestroy(&options), 0);
}

static void run_parts(const char seeds[], const char *paths[NPARTS])
{
  static const char *const names[NPARTS] = {"0", "1", "2"}, *const parts[NPARTS] = {"0/3", "1/3", "2/3"};

  for (int p = 0; p < NPARTS; p++) {
    paths[p] = path_of(names[p]);
    run_study(seeds, parts[p], paths[p]);
  }
}

static void check_parts(const char seeds[], DscExitCode expected)
{
  const char *paths[NPARTS], *shuffled[NPARTS], *whole = path_of("whole"), *out = path_of("out");
  DscExitCode exit_code = DSC_EXIT_INTERNAL;

  run_parts(seeds, paths);
  run_study(seeds, "", whole);
  remove_file(out);
  shuffled[0] = paths[2], shuffled[1] = paths[0], shuffled[2] = paths[1];
  assert_int_equal(DscStudyMerge(MPI_COMM_WORLD, NPARTS, shuffled, out, &exit_code), 0);
  assert_int_equal(exit_code, expected);
  if (fake_is_root()) assert_same_files(whole, out);
  MPI_Barrier(MPI_COMM_WORLD);
}

static void test_parts(void **state)
{
  (void)state;
  check_parts("0-2", DSC_EXIT_OK);
  check_parts("0-10", DSC_EXIT_PARTIAL); /* not all converge */
}

/* What is missing can be added to what is there; the file is replaced as a whole. */
static void test_missing(void **state)
{
  const char     *paths[NPARTS], *out = path_of("out"), *more[2], *whole = path_of("whole");
  DscExitCode     exit_code = DSC_EXIT_INTERNAL;
  DscResultsTable table;

  (void)state;
  run_parts("0-2", paths);
  run_study("0-2", "", whole);
  remove_file(out);
  assert_int_equal(DscStudyMerge(MPI_COMM_WORLD, 2, paths, out, &exit_code), 0);
  assert_int_equal(exit_code, DSC_EXIT_PARTIAL);
  if (fake_is_root()) {
    assert_int_equal(DscResultsRead(out, &table), 0);
    assert_int_equal(table.nruns, 4);
    assert_int_equal(table.runs_in_study, 6);
    assert_int_equal(table.number[2], 3); /* parts are every third run */
    assert_int_equal(DscResultsTableDestroy(&table), 0);
  }
  MPI_Barrier(MPI_COMM_WORLD);
  more[0] = paths[2], more[1] = out;
  assert_int_equal(DscStudyMerge(MPI_COMM_WORLD, 2, more, out, &exit_code), 0);
  assert_int_equal(exit_code, DSC_EXIT_OK);
  if (fake_is_root()) assert_same_files(whole, out);
  MPI_Barrier(MPI_COMM_WORLD);
}

/* Runs 0, 1, ... with these statuses ('-': not there); seconds say which file a run is from. */
static void write_statuses(const char statuses[], double seconds, const char path[])
{
  DscOptions  options = study_options("0-2");
  DscPlan     plan;
  DscRecords  records = {0};
  PetscInt    numbers[8], n = 0;
  PetscMPIInt rank;

  for (PetscInt number = 0; statuses[number]; number++) {
    if (statuses[number] != '-') numbers[n++] = number;
  }
  assert_int_equal(DscPlanCreate(options, &plan), 0);
  assert_int_equal(DscPlanSelect(&plan, n, numbers), 0);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  assert_int_equal(DscRecordsCreate(n, &records), 0);
  for (PetscInt run = 0; run < n && !rank; run++, records.n++) {
    records.run[run] = run;
    assert_int_equal(DscResultCreate(&records.result[run]), 0);
    records.result[run]->status  = (DscRunStatus)(statuses[numbers[run]] - '0');
    records.result[run]->seconds = seconds;
  }
  assert_int_equal(DscResultsWrite(MPI_COMM_WORLD, path, &plan, options, &records), 0);
  assert_int_equal(DscRecordsDestroy(&records), 0);
  assert_int_equal(DscPlanDestroy(&plan), 0);
  assert_int_equal(DscOptionsDestroy(&options), 0);
}

/* A finished run (0, 1, 2) beats a stopped one (3), then the later file wins. */
static void test_winners(void **state)
{
  const char     *first = path_of("first"), *second = path_of("second"), *out = path_of("out");
  const char     *files[2]   = {first, second};
  const double    expected[] = {1, 2, 2, 2, 2, 1};
  DscExitCode     exit_code;
  DscResultsTable table;

  (void)state;
  write_statuses("130330", 1, first);
  write_statuses("30231-", 2, second);
  remove_file(out);
  assert_int_equal(DscStudyMerge(MPI_COMM_WORLD, 2, files, out, &exit_code), 0);
  assert_int_equal(exit_code, DSC_EXIT_PARTIAL);
  if (fake_is_root()) {
    assert_int_equal(DscResultsRead(out, &table), 0);
    assert_int_equal(table.nruns, 6);
    for (PetscInt run = 0; run < 6; run++) assert_true(table.seconds[run] == expected[run]);
    assert_int_equal(table.status[3], DSC_RUN_STOPPED);
    assert_int_equal(DscResultsTableDestroy(&table), 0);
  }
  MPI_Barrier(MPI_COMM_WORLD);
}

/* One line with these words, on all ranks; out stays as it is. */
static void check_refused(PetscInt n, const char *const files[], const char out[], const char words[])
{
  DscExitCode exit_code;
  char        copy[PETSC_MAX_PATH_LEN], command[3 * PETSC_MAX_PATH_LEN];

  snprintf(copy, sizeof(copy), "%s.copy", out);
  snprintf(command, sizeof(command), "cp %s %s", out, copy);
  if (fake_is_root()) assert_int_equal(system(command), 0);
  assert_int_equal(DscErrorCaptureBegin(), 0);
  assert_int_equal(DscExitCodeFromError(DscStudyMerge(MPI_COMM_WORLD, n, files, out, &exit_code)), DSC_EXIT_USER);
  assert_int_equal(DscErrorCaptureEnd(), 0);
  if (!strstr(DscErrorMessage(), words)) fail_msg("'%s' is not in: %s", words, DscErrorMessage());
  snprintf(command, sizeof(command), "cmp %s %s && rm %s", out, copy, copy);
  if (fake_is_root()) assert_int_equal(system(command), 0);
  MPI_Barrier(MPI_COMM_WORLD);
}

static void write_other(const char first_key[], const char first[], const char second_key[], const char second[],
                        const char path[])
{
  DscOptions  options = fake_options(first_key, first, second_key, second, "output", path, NULL);
  DscExitCode exit_code;

  remove_file(path);
  assert_int_equal(DscStudyRunWith(MPI_COMM_WORLD, options, &fake_runner, &exit_code), 0);
  assert_int_equal(DscOptionsDestroy(&options), 0);
}

static void set_version(const char path[], int version)
{
  hid_t file;

  if (fake_is_root()) {
    file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(H5LTset_attribute_int(file, "/", "schema_version", &version, 1) >= 0);
    H5Fclose(file);
  }
  MPI_Barrier(MPI_COMM_WORLD);
}

static void test_other_study(void **state)
{
  const char *first = path_of("first"), *other = path_of("other"), *out = path_of("out");
  const char *files[2] = {first, other};

  (void)state;
  run_study("0-2", "", first);
  run_study("0-2", "", out);
  write_other("sweep_fake_terms", "3,4", "sweep_seed", "0-3", other);
  check_refused(2, files, out, "sweep_seed (0-3, was 0-2)");
  write_other("sweep_seed", "0-2", "sweep_fake_terms", "3,4", other);
  check_refused(2, files, out, "is not of the study of");
  run_study("0-2", "", other);
  set_version(other, DSC_SCHEMA_VERSION + 1);
  check_refused(2, files, out, "has schema version 2");
  files[1] = "/nowhere/x.h5";
  check_refused(2, files, out, "'/nowhere/x.h5': No such file");
  check_refused(0, files, out, "at least one results file");
}

/* The file to write is not among those to merge, and has what they lack. */
static void test_output_protected(void **state)
{
  const char *paths[NPARTS];
  const char *out = path_of("out");
  DscExitCode exit_code;

  (void)state;
  run_parts("0-2", paths);
  check_refused(1, paths + 1, paths[0], "with 2 runs that would be lost");
  write_statuses("33----", 1, out);
  assert_int_equal(DscStudyMerge(MPI_COMM_WORLD, NPARTS, paths, out, &exit_code), 0); /* nothing is lost */
  assert_int_equal(exit_code, DSC_EXIT_OK);
}

static int run(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_parts), cmocka_unit_test(test_missing),
                                     cmocka_unit_test(test_winners), cmocka_unit_test(test_other_study),
                                     cmocka_unit_test(test_output_protected)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
  return fake_main(run, argc, argv);
}
