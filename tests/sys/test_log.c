/* The log table's layout, provenance, events and the clock. */
#include "sys/sys_test.h"

#include <math.h>

static int rank;

static void test_table(void **state)
{
  static const char *const names[]    = {"iteration", "loss", "a_rather_long_name"};
  const double             rows[3][3] = {{100, 1.25e-3, -7}, {200, NAN, 12345678}, {300, -INFINITY, 1e12}};
  Capture                  capture;
  DscLog                   log;

  (void)state;
  capture_begin(&capture, stdout);
  OK(DscLogCreate(MPI_COMM_WORLD, 3, names, &log));
  for (int i = 0; i < 3; i++) OK(DscLogRow(log, i == 2 ? 1.0 : 0.0, rows[i]));
  OK(DscLogDestroy(&log));
  capture_end(&capture);
  assert_string_equal(capture.text, rank ? ""
                                         : "  iteration        loss a_rather_long_name     elapsed        left\n"
                                           "        100  1.2500e-03                 -7     0:00:00           -\n"
                                           "        200         nan           12345678     0:00:00           -\n"
                                           "        300        -inf         1.0000e+12     0:00:00     0:00:00\n");
}

static void test_header_comes_again(void **state)
{
  static const char *const names[] = {"iteration"};
  Capture                  capture;
  DscLog                   log;
  int                      headers = 0;

  (void)state;
  capture_begin(&capture, stdout);
  OK(DscLogCreate(MPI_COMM_WORLD, 1, names, &log));
  for (int i = 0; i < 101; i++) OK(DscLogRow(log, 0.5, &(double){i}));
  OK(DscLogDestroy(&log));
  capture_end(&capture);
  for (const char *c = capture.text; (c = strstr(c, "iteration")); c++) headers++;
  assert_int_equal(headers, rank ? 0 : 3);
}

/* 10 ms or more for 1e-7 of the work: a day or more to go, at least 99999 s. */
static void test_time_left(void **state)
{
  static const char *const names[] = {"iteration"};
  Capture                  capture;
  DscLog                   log;
  int                      days, hours, minutes, seconds;

  (void)state;
  capture_begin(&capture, stdout);
  OK(DscLogCreate(MPI_COMM_SELF, 1, names, &log));
  usleep(10000);
  OK(DscLogRow(log, 1e-7, &(double){1}));
  OK(DscLogDestroy(&log));
  capture_end(&capture);
  assert_int_equal(sscanf(capture.text, "%*s %*s %*s %*d %*s %d-%d:%d:%d", &days, &hours, &minutes, &seconds), 4);
  assert_true(((days * 24 + hours) * 60 + minutes) * 60 + seconds >= 99999);
}

/* Half of the work took an hour before a restart: another hour to go. */
static void test_continued(void **state)
{
  static const char *const names[] = {"iteration"};
  Capture                  capture;
  DscLog                   log;

  (void)state;
  capture_begin(&capture, stdout);
  OK(DscLogCreate(MPI_COMM_SELF, 1, names, &log));
  OK(DscLogContinue(log, 3600.0));
  OK(DscLogRow(log, 0.5, &(double){1}));
  OK(DscLogDestroy(&log));
  capture_end(&capture);
  assert_non_null(strstr(capture.text, "1     1:00:00     1:00:00\n"));
}

static const char *find(const DscProvenanceEntry entries[], PetscInt n, const char name[])
{
  for (PetscInt i = 0; i < n; i++)
    if (!strcmp(entries[i].name, name)) return entries[i].value;
  return NULL;
}

static void test_provenance(void **state)
{
  static const char *const  names[] = {"version", "git",  "compiler",  "flags", "petsc", "hdf5", "mpi",
                                       "blas",    "host", "blas_core", "ranks", "nodes", "job",  "date"};
  const DscProvenanceEntry *entries;
  PetscInt                  n;
  unsigned                  major, minor, release;
  char                      text[64];
  int                       size;

  (void)state;
  setenv("SLURM_JOB_ID", rank ? "of another rank" : "4711", 1);
  OK(DscProvenanceGet(MPI_COMM_WORLD, &n, &entries));
  assert_int_equal(n, sizeof names / sizeof *names);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    assert_non_null(find(entries, n, names[i]));
    assert_true(strlen(find(entries, n, names[i])) > 0);
  }
  assert_string_equal(find(entries, n, "job"), "4711"); /* rank 0's, on every rank */
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  snprintf(text, sizeof text, "%d", size);
  assert_string_equal(find(entries, n, "ranks"), text);
  assert_string_equal(find(entries, n, "nodes"), "1");
  OK(H5get_libversion(&major, &minor, &release));
  snprintf(text, sizeof text, "%u.%u.%u", major, minor, release);
  assert_string_equal(find(entries, n, "hdf5"), text);
  assert_int_equal(strlen(find(entries, n, "date")), strlen("2024-01-31T12:00:00Z"));
}

static void test_events(void **state)
{
  PetscLogEvent event;

  (void)state;
  OK(PetscLogEventGetId("DscForward", &event));
  assert_int_equal(event, DscEvents[DSC_EVENT_FORWARD]);
  OK(PetscLogEventGetId("DscOptimizer", &event));
  assert_int_equal(event, DscEvents[DSC_EVENT_OPTIMIZER]);
}

static void test_clock_moves_forward(void **state)
{
  double start = DscTime();

  (void)state;
  usleep(2000);
  assert_true(DscTime() - start >= 0.002);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_table),      cmocka_unit_test(test_header_comes_again),
      cmocka_unit_test(test_provenance), cmocka_unit_test(test_events),
      cmocka_unit_test(test_time_left),  cmocka_unit_test(test_clock_moves_forward),
      cmocka_unit_test(test_continued),
  };
  int result;

  if (DscInitialize(&argc, &argv)) return 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  result = cmocka_run_group_tests(tests, NULL, NULL);
  return DscFinalize() ? 1 : result;
}
