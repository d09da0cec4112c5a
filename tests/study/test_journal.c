/* The journal: every record back with its bits; damage of any kind costs no more than the record that it hits. */
#include "fake.h"
#include "study/journal.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define OPTIONS "data_noise: 0.1\nseed: 3\n"
#define EACH    5 /* records of a rank */

static char path[PETSC_MAX_PATH_LEN + 16];

static int set_path(void **state)
{
  (void)state;
  snprintf(path, sizeof(path), "%s.journal", fake_path("test_journal"));
  return 0;
}

/* A result that only this run has; larger runs have longer histories, of more than a block. */
static DscResult *make_result(PetscInt run)
{
  static const char columns[2][DSC_NAME_LENGTH] = {"iteration", "loss"};
  DscResult        *result;

  assert_int_equal(DscResultCreate(&result), 0);
  assert_int_equal(fake_fill(result, run, .1 * (double)run, 3), 0);
  assert_int_equal(DscTableSetColumns(&result->history, 2, columns), 0);
  for (PetscInt i = 0; i < 60 * run; i++) {
    const double row[2] = {(double)i, sin((double)(run * i))};

    assert_int_equal(DscTableAddRow(&result->history, row), 0);
  }
  return result;
}

static void assert_same_result(const DscResult *result, PetscInt run)
{
  DscResult  *expected = make_result(run);
  DscBuffer   a, b;
  size_t      sizes[2];
  const void *data[2];

  assert_int_equal(DscBufferCreate(&a), 0);
  assert_int_equal(DscBufferCreate(&b), 0);
  assert_int_equal(DscResultPut(result, a), 0);
  assert_int_equal(DscResultPut(expected, b), 0);
  assert_int_equal(DscBufferGetData(a, &sizes[0], &data[0]), 0);
  assert_int_equal(DscBufferGetData(b, &sizes[1], &data[1]), 0);
  assert_int_equal(sizes[0], sizes[1]);
  assert_memory_equal(data[0], data[1], sizes[0]);
  assert_int_equal(DscBufferDestroy(&a), 0);
  assert_int_equal(DscBufferDestroy(&b), 0);
  assert_int_equal(DscResultDestroy(&expected), 0);
}

static void append(DscJournal journal, DscQueue queue, PetscInt run, PetscBool expected)
{
  DscResult *result = make_result(run);
  PetscBool  durable;

  assert_int_equal(DscJournalAppend(journal, queue, run, result, &durable), 0);
  assert_int_equal(durable, expected);
  assert_int_equal(DscResultDestroy(&result), 0);
}

/* Every rank appends runs rank * EACH ... */
static void append_all(DscJournal journal)
{
  DscQueue queue;
  int      rank;

  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  assert_int_equal(DscQueueCreate(MPI_COMM_WORLD, MPI_COMM_SELF, 1, &queue), 0);
  for (PetscInt i = 0; i < EACH; i++) append(journal, queue, rank * EACH + i, PETSC_TRUE);
  assert_int_equal(DscQueueDestroy(&queue), 0);
}

static void write_journal(void)
{
  char                  options[] = OPTIONS;
  const DscJournalStudy study     = {.nruns = 99, .continues = PETSC_TRUE, .options = options};
  DscJournal            journal;

  assert_int_equal(DscJournalCreate(MPI_COMM_WORLD, path, &study, &journal), 0);
  append_all(journal);
  assert_int_equal(DscJournalDestroy(&journal), 0);
}

static PetscErrorCode open_journal(double wait, DscJournal *journal)
{
  PetscErrorCode ierr;

  assert_int_equal(DscErrorCaptureBegin(), 0);
  ierr = DscJournalOpen(MPI_COMM_WORLD, path, wait, journal);
  assert_int_equal(DscErrorCaptureEnd(), 0);
  return ierr;
}

/* times [200]: how many whole records there are of each run; every one has its bits. *lost: damaged ones found late. */
static void read_journal(PetscInt times[200], PetscInt *lost)
{
  const DscJournalEntry *entries;
  const DscJournalStudy *study;
  DscJournal             journal;
  PetscInt               n;

  for (int run = 0; run < 200; run++) times[run] = 0;
  *lost = 0;
  assert_int_equal(open_journal(1, &journal), 0);
  assert_non_null(journal);
  study = DscJournalGetStudy(journal);
  assert_int_equal(study->nruns, 99);
  assert_true(study->continues);
  assert_string_equal(study->options, OPTIONS);
  entries = DscJournalGetEntries(journal, &n);
  for (PetscInt i = 0; i < n; i++) {
    DscResult *result;
    PetscBool  whole;

    assert_int_equal(entries[i].offset % 4096, 0);
    assert_int_equal(DscResultCreate(&result), 0);
    assert_int_equal(DscJournalRead(journal, &entries[i], result, &whole), 0);
    if (whole) {
      assert_same_result(result, (PetscInt)entries[i].run);
      times[entries[i].run]++;
    } else
      (*lost)++;
    assert_int_equal(DscResultDestroy(&result), 0);
  }
  assert_int_equal(DscJournalDestroy(&journal), 0);
}

static PetscInt count_runs(void)
{
  int ranks;

  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  return EACH * ranks;
}

static void test_round_trip(void **state)
{
  PetscInt   times[200], lost;
  DscJournal journal;

  (void)state;
  write_journal();
  read_journal(times, &lost);
  assert_int_equal(lost, 0);
  for (PetscInt run = 0; run < 200; run++) assert_int_equal(times[run], run < count_runs());
  /* once more: behind what is there, and a run may have two */
  assert_int_equal(open_journal(1, &journal), 0);
  append_all(journal);
  assert_int_equal(DscJournalDestroy(&journal), 0);
  read_journal(times, &lost);
  for (PetscInt run = 0; run < 200; run++) assert_int_equal(times[run], run < count_runs() ? 2 : 0);
  /* a new one in its place */
  write_journal();
  read_journal(times, &lost);
  for (PetscInt run = 0; run < 200; run++) assert_int_equal(times[run], run < count_runs());
  assert_int_equal(open_journal(1, &journal), 0);
  assert_int_equal(DscJournalRemove(journal), 0);
  assert_int_equal(DscJournalDestroy(&journal), 0);
  if (fake_is_root()) assert_int_equal(access(path, F_OK), -1);
  (void)fake_is_root();
  assert_int_equal(open_journal(1, &journal), 0);
  assert_null(journal);
}

static void flip(int64_t at, PetscInt bytes)
{
  int file;

  if (!fake_is_root()) return;
  file = open(path, O_RDWR);
  for (PetscInt i = 0; i < bytes; i++) {
    char byte;

    assert_int_equal(pread(file, &byte, 1, (off_t)(at + i)), 1);
    byte ^= 4;
    assert_int_equal(pwrite(file, &byte, 1, (off_t)(at + i)), 1);
  }
  close(file);
}

/* Where a run's record is. */
static DscJournalEntry find(PetscInt run)
{
  const DscJournalEntry *entries;
  DscJournalEntry        entry = {-1, 0, 0};
  DscJournal             journal;
  PetscInt               n;

  assert_int_equal(open_journal(-1, &journal), 0);
  entries = DscJournalGetEntries(journal, &n);
  for (PetscInt i = 0; i < n; i++) {
    if (entries[i].run == run) entry = entries[i];
  }
  assert_int_equal(entry.run, run);
  assert_int_equal(DscJournalDestroy(&journal), 0);
  (void)fake_is_root();
  return entry;
}

static void check_all_but(PetscInt damaged)
{
  PetscInt times[200], lost;

  (void)fake_is_root();
  read_journal(times, &lost);
  for (PetscInt run = 0; run < 200; run++) assert_int_equal(times[run], run < count_runs() && run != damaged);
}

static void test_damaged_record(void **state)
{
  (void)state;
  for (PetscInt run = 0; run < 4; run += 3) { /* of one block and of several */
    DscJournalEntry entry;

    write_journal();
    entry = find(run);
    flip(entry.offset + 40 + entry.length / 2, 1); /* in its bytes */
    check_all_but(run);
    flip(entry.offset + 40 + entry.length / 2, 1);
    check_all_but(-1);
    for (int byte = 0; byte < 40; byte += 3) { /* in its head */
      flip(entry.offset + byte, 1);
      check_all_but(run);
      flip(entry.offset + byte, 1);
    }
    check_all_but(-1);
  }
}

/* A rank killed before or while it writes, others having written behind it. */
static void test_hole(void **state)
{
  static const char zeros[4096];
  DscJournalEntry   entry;
  int               file;

  (void)state;
  write_journal();
  entry = find(2);
  if (fake_is_root()) {
    file = open(path, O_RDWR);
    for (int64_t at = 0; at < 40 + entry.length; at += 4096)
      assert_true(pwrite(file, zeros, 4096, entry.offset + at) > 0);
    close(file);
  }
  check_all_but(2);
}

/* What is left of the last record of a job that was killed, here one of many blocks; the next job writes behind it. */
static void test_torn_end(void **state)
{
  enum { LAST = 30 };
  DscJournal      journal;
  DscQueue        queue;
  DscJournalEntry entry;
  PetscInt        times[200], lost;
  int             rank;

  (void)state;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  for (int64_t rest = 5000; rest >= 20; rest -= 4980) { /* part of it; not even its head */
    write_journal();
    assert_int_equal(open_journal(1, &journal), 0);
    assert_int_equal(DscQueueCreate(MPI_COMM_WORLD, MPI_COMM_SELF, 1, &queue), 0);
    if (!rank) append(journal, queue, LAST, PETSC_TRUE);
    assert_int_equal(DscQueueDestroy(&queue), 0);
    assert_int_equal(DscJournalDestroy(&journal), 0);
    entry = find(LAST);
    assert_true(entry.length > 4 * 4096);
    if (fake_is_root()) assert_int_equal(truncate(path, entry.offset + rest), 0);
    check_all_but(-1);
    assert_int_equal(open_journal(1, &journal), 0);
    append_all(journal);
    assert_int_equal(DscJournalDestroy(&journal), 0);
    read_journal(times, &lost);
    for (PetscInt run = 0; run < 200; run++) assert_int_equal(times[run], run < count_runs() ? 2 : 0);
  }
}

/* The beginning is there twice; without it nobody knows whose records these are. */
static void test_beginning(void **state)
{
  DscJournal journal;

  (void)state;
  write_journal();
  flip(10, 1);
  check_all_but(-1);
  flip(4096 + 60, 1);
  assert_int_equal(open_journal(1, &journal), PETSC_ERR_USER_INPUT);
  assert_non_null(strstr(DscErrorMessage(), "its beginning is damaged"));
  if (fake_is_root()) {
    FILE *file = fopen(path, "w");

    fputs("something else\n", file);
    fclose(file);
  }
  (void)fake_is_root();
  assert_int_equal(open_journal(1, &journal), PETSC_ERR_USER_INPUT);
  assert_non_null(strstr(DscErrorMessage(), "is not a journal of discern"));
}

/* While some program has it open for writing, others may only look. */
static void test_in_use(void **state)
{
  DscJournal journal, other;
  double     start;

  (void)state;
  write_journal();
  assert_int_equal(open_journal(1, &journal), 0);
  start = DscTime();
  assert_int_equal(open_journal(0.5, &other), PETSC_ERR_USER_INPUT);
  assert_true(DscTime() - start >= 0.4);
  assert_non_null(strstr(DscErrorMessage(), "another discern is at work"));
  assert_int_equal(open_journal(-1, &other), 0);
  assert_int_equal(DscJournalDestroy(&other), 0);
  assert_int_equal(DscJournalDestroy(&journal), 0);
  (void)fake_is_root();
  assert_int_equal(open_journal(1, &journal), 0);
  assert_int_equal(DscJournalDestroy(&journal), 0);
}

/* The limit of a file's size stands for a full disc. */
static void test_full(void **state)
{
  char                  options[] = OPTIONS;
  const DscJournalStudy study     = {.nruns = 99, .continues = PETSC_TRUE, .options = options};
  struct rlimit         limit, low;
  struct stat           status;
  DscJournal            journal;
  DscQueue              queue;
  PetscInt              times[200], lost;
  PetscErrorCode        ierr;

  (void)state;
  signal(SIGXFSZ, SIG_IGN);
  getrlimit(RLIMIT_FSIZE, &limit);
  low = limit;
  write_journal();
  assert_int_equal(open_journal(1, &journal), 0);
  assert_int_equal(stat(path, &status), 0);
  (void)fake_is_root();
  low.rlim_cur = (rlim_t)status.st_size + 1000;
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
  assert_int_equal(DscQueueCreate(MPI_COMM_WORLD, MPI_COMM_SELF, 1, &queue), 0);
  append(journal, queue, 150, PETSC_FALSE); /* warns, and the study goes on */
  append(journal, queue, 151, PETSC_FALSE);
  (void)fake_is_root();
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
  (void)fake_is_root();
  append(journal, queue, 152, PETSC_TRUE); /* there is room again */
  assert_int_equal(DscQueueDestroy(&queue), 0);
  assert_int_equal(DscJournalDestroy(&journal), 0);
  read_journal(times, &lost);
  for (PetscInt run = 0; run < count_runs(); run++) assert_int_equal(times[run], 1);
  assert_int_equal(times[150] + times[151], 0);
  assert_int_equal(times[152], count_runs() / EACH);
  /* a new one that cannot be made leaves the old one */
  low.rlim_cur = 1000;
  (void)fake_is_root();
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
  assert_int_equal(DscErrorCaptureBegin(), 0);
  ierr = DscJournalCreate(MPI_COMM_WORLD, path, &study, &journal);
  assert_int_equal(DscErrorCaptureEnd(), 0);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
  assert_int_equal(ierr, PETSC_ERR_FILE_WRITE);
  assert_non_null(strstr(DscErrorMessage(), path));
  assert_non_null(strstr(DscErrorMessage(), "File too large"));
  read_journal(times, &lost);
  for (PetscInt run = 0; run < count_runs(); run++) assert_int_equal(times[run], 1);
}

static int run(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trip), cmocka_unit_test(test_damaged_record),
                                     cmocka_unit_test(test_hole),       cmocka_unit_test(test_torn_end),
                                     cmocka_unit_test(test_beginning),  cmocka_unit_test(test_in_use),
                                     cmocka_unit_test(test_full)};

  return cmocka_run_group_tests(tests, set_path, NULL);
}

int main(int argc, char **argv)
{
  return fake_main(run, argc, argv);
}
