/* Signals, time limit and stop file: seen, told to the others, and obeyed sooner at the second signal. */
#include "fake.h"
#include "study/stop.h"

static void test_walltime(void **state)
{
  static const struct {
    const char *text;
    double      seconds;
  } good[] = {
      {"90", 90},          {"0.5", 0.5},          {"1e3", 1000},         {"0:01:00", 60},        {"1:00:00", 3600},
      {"23:59:59", 86399}, {"100:00:00", 360000}, {"1-00:00:00", 86400}, {"7-12:30:15", 649815}, {"0-0:0:1", 1}};
  static const char *const bad[] = {"",        "0",           "-5",         "soon",     "1:30",    "0:00:00",
                                    "1:60:00", "1:00:60",     "1-24:00:00", "-1:00:00", "1:-5:00", "1:00:00x",
                                    "1::00",   "1-1-1:00:00", "inf",        "nan",      "1h",      "99999999999:00:00"};
  double                   seconds;

  (void)state;
  for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
    assert_true(DscWalltimeParse(good[i].text, &seconds));
    assert_true(seconds == good[i].seconds);
  }
  for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) assert_false(DscWalltimeParse(bad[i], &seconds));
}

static DscStop create(const char walltime[], const char output[])
{
  DscOptions options = fake_options("max_walltime", walltime, NULL);
  DscStop    stop;

  assert_int_equal(DscStopCreate(MPI_COMM_WORLD, options, output, PETSC_TRUE, &stop), 0);
  assert_int_equal(DscOptionsDestroy(&options), 0);
  return stop;
}

static PetscBool look(DscStop stop)
{
  PetscBool stopped;

  assert_int_equal(DscStopLook(stop, &stopped), 0);
  return stopped;
}

static void check_agreed(DscStop *stop, DscStopCause expected, PetscBool sooner_expected)
{
  DscStopCause cause;
  PetscBool    sooner;

  assert_int_equal(DscStopAgree(*stop, &cause, &sooner), 0);
  assert_int_equal(cause, expected);
  assert_int_equal(sooner, sooner_expected);
  assert_int_equal(DscStopDestroy(stop), 0);
}

static void test_nothing(void **state)
{
  DscStop stop = create("1:00:00", fake_path("test_stop"));

  (void)state;
  for (int i = 0; i < 1000; i++) assert_false(look(stop));
  check_agreed(&stop, DSC_STOP_NONE, PETSC_FALSE);
}

static void test_bad_walltime(void **state)
{
  DscOptions options = fake_options("max_walltime", "1:30", NULL);
  DscStop    stop;

  (void)state;
  assert_int_equal(DscErrorCaptureBegin(), 0);
  assert_int_equal(DscStopCreate(MPI_COMM_WORLD, options, "x", PETSC_TRUE, &stop), PETSC_ERR_USER_INPUT);
  assert_int_equal(DscErrorCaptureEnd(), 0);
  assert_non_null(strstr(DscErrorMessage(), "max_walltime 1:30: not a time; allowed: seconds, H:MM:SS or D-HH:MM:SS"));
  assert_int_equal(DscOptionsDestroy(&options), 0);
}

static void test_time_limit(void **state)
{
  DscStop stop = create("0.2", fake_path("test_stop"));

  (void)state;
  assert_false(look(stop));
  usleep(250000);
  assert_true(look(stop));
  check_agreed(&stop, DSC_STOP_WALLTIME, PETSC_FALSE);
}

static void test_signals(void **state)
{
  static const int signals[] = {SIGUSR1, SIGTERM, SIGINT};

  (void)state;
  for (int i = 0; i < 3; i++) {
    DscStop stop = create("", fake_path("test_stop"));

    assert_false(look(stop));
    assert_int_equal(raise(signals[i]), 0);
    assert_true(look(stop));
    check_agreed(&stop, DSC_STOP_SIGNAL, PETSC_FALSE);
  }
}

/* On one rank only: the others agree. */
static void test_second_signal(void **state)
{
  DscStop stop = create("", fake_path("test_stop"));
  int     rank, ranks;

  (void)state;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  for (int i = 0; i < 2 && rank == ranks - 1; i++) assert_int_equal(raise(SIGUSR1), 0);
  assert_int_equal(look(stop), rank == ranks - 1);
  check_agreed(&stop, DSC_STOP_SIGNAL, PETSC_TRUE);
}

/* Until it is seen, as a run does it; within some seconds. */
static void wait_for_stop(DscStop stop)
{
  const double start = DscTime();

  while (!look(stop)) {
    int arrived;

    assert_true(DscTime() - start < 20);
    usleep(1000);
    assert_int_equal(MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &arrived, MPI_STATUS_IGNORE), MPI_SUCCESS);
  }
}

/* What one rank sees stops all, and no group gets another run. */
static void check_spread(int teller, int signal, const char path[], DscStopCause cause)
{
  DscStop  stop = create("", path);
  DscQueue queue;
  PetscInt item;
  int      rank;
  char     file[PETSC_MAX_PATH_LEN];

  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  assert_int_equal(DscQueueCreate(MPI_COMM_WORLD, MPI_COMM_SELF, 1000, &queue), 0);
  assert_int_equal(DscStopConnect(stop, queue, PETSC_TRUE), 0);
  assert_int_equal(DscQueueNext(queue, &item), 0);
  assert_true(item >= 0);
  assert_false(look(stop));
  assert_int_equal(MPI_Barrier(MPI_COMM_WORLD), MPI_SUCCESS);
  snprintf(file, sizeof(file), "%s.stop", path);
  if (signal && rank == teller) assert_int_equal(raise(signal), 0);
  if (!signal && rank == teller) fclose(fopen(file, "w"));
  wait_for_stop(stop);
  assert_int_equal(DscQueueNext(queue, &item), 0);
  assert_int_equal(item, -1);
  assert_int_equal(DscStopConnect(stop, NULL, PETSC_FALSE), 0);
  assert_int_equal(DscQueueDestroy(&queue), 0);
  assert_int_equal(DscStopRemoveFile(stop), 0);
  assert_int_equal(MPI_Barrier(MPI_COMM_WORLD), MPI_SUCCESS);
  assert_int_equal(access(file, F_OK), -1);
  check_agreed(&stop, cause, PETSC_FALSE);
}

static void test_spread(void **state)
{
  int ranks;

  (void)state;
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  check_spread(0, SIGUSR1, fake_path("test_stop"), DSC_STOP_SIGNAL);
  check_spread(ranks - 1, SIGUSR1, fake_path("test_stop"), DSC_STOP_SIGNAL);
  check_spread(ranks - 1, 0, fake_path("test_stop"), DSC_STOP_FILE); /* made anywhere, seen by rank 0 */
}

static int run(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_walltime),     cmocka_unit_test(test_nothing),
                                     cmocka_unit_test(test_bad_walltime), cmocka_unit_test(test_time_limit),
                                     cmocka_unit_test(test_signals),      cmocka_unit_test(test_second_signal),
                                     cmocka_unit_test(test_spread)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
  return fake_main(run, argc, argv);
}
