/* Every item is handed out once, in rising order, to whole groups. */
#include "fake.h"
#include "study/queue.h"

/* Items of uneven length. A rank that works must enter MPI now and then (DESIGN 4), as a method does. */
static void work(PetscInt item)
{
  for (PetscInt i = 0; i < 1 + item % 5; i++) {
    int arrived;

    usleep(200);
    assert_int_equal(MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &arrived, MPI_STATUS_IGNORE), MPI_SUCCESS);
  }
}

static void check_queue(PetscMPIInt each, PetscInt n)
{
  DscQueue queue;
  MPI_Comm group;
  int      rank, ranks, member;
  PetscInt item, previous = -1;
  int     *seen = calloc((size_t)n + 1, sizeof(int));

  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  assert_int_equal(MPI_Comm_split(MPI_COMM_WORLD, rank / each, rank, &group), MPI_SUCCESS);
  MPI_Comm_rank(group, &member);
  assert_int_equal(DscQueueCreate(MPI_COMM_WORLD, group, n, &queue), 0);
  for (;;) {
    int same;

    assert_int_equal(DscQueueNext(queue, &item), 0);
    same = (int)item;
    assert_int_equal(MPI_Bcast(&same, 1, MPI_INT, 0, group), MPI_SUCCESS);
    assert_int_equal(same, item);
    if (item < 0) break;
    assert_true(item > previous && item < n);
    previous = item;
    if (!member) seen[item]++;
    work(item);
  }
  assert_int_equal(DscQueueNext(queue, &item), 0);
  assert_int_equal(item, -1); /* and stays so */
  assert_int_equal(DscQueueDestroy(&queue), 0);
  assert_int_equal(MPI_Allreduce(MPI_IN_PLACE, seen, (int)n, MPI_INT, MPI_SUM, MPI_COMM_WORLD), MPI_SUCCESS);
  for (PetscInt i = 0; i < n; i++) assert_int_equal(seen[i], 1);
  assert_int_equal(MPI_Comm_free(&group), MPI_SUCCESS);
  free(seen);
}

static void test_groups(void **state)
{
  int ranks;

  (void)state;
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  for (PetscMPIInt each = 1; each <= 2 && each <= ranks; each++) {
    check_queue(each, 57);
    check_queue(each, 1); /* fewer items than groups */
  }
}

/* Every block of the file goes to one caller. */
static void test_reserve(void **state)
{
  enum { CALLS = 50, MOST = 4 * 8 * CALLS };
  DscQueue queue;
  int      rank, ranks, taken[MOST] = {0}, total = 0;

  (void)state;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  assert_int_equal(DscQueueCreate(MPI_COMM_WORLD, MPI_COMM_SELF, 1, &queue), 0);
  for (int i = 0; i < CALLS; i++) {
    const int64_t n = 1 + (i + rank) % 7;
    int64_t       first;

    assert_int_equal(DscQueueReserve(queue, n, &first), 0);
    for (int64_t block = first; block < first + n; block++) taken[block]++;
    total += (int)n;
    work(i);
  }
  assert_int_equal(DscQueueDestroy(&queue), 0);
  assert_int_equal(MPI_Allreduce(MPI_IN_PLACE, taken, MOST, MPI_INT, MPI_SUM, MPI_COMM_WORLD), MPI_SUCCESS);
  assert_int_equal(MPI_Allreduce(MPI_IN_PLACE, &total, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD), MPI_SUCCESS);
  for (int block = 0; block < MOST; block++) assert_int_equal(taken[block], block < total);
}

/* Why a study stops reaches all who ask, and nobody gets an item any more. */
static void test_stop(void **state)
{
  DscQueue     queue;
  int          rank, ranks, why = 0, arrived;
  PetscBool    known = PETSC_FALSE;
  PetscInt     item;
  const double start = DscTime();

  (void)state;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  assert_int_equal(DscQueueCreate(MPI_COMM_WORLD, MPI_COMM_SELF, 1000, &queue), 0);
  while (!known) assert_int_equal(DscQueuePeekStop(queue, &known, &why), 0);
  assert_int_equal(why, 0);
  assert_int_equal(MPI_Barrier(MPI_COMM_WORLD), MPI_SUCCESS);
  if (rank == ranks - 1) assert_int_equal(DscQueueStop(queue, 3), 0);
  if (rank == 0) assert_int_equal(DscQueueStop(queue, 2), 0);
  while (why != 3) {
    assert_int_equal(DscQueuePeekStop(queue, &known, &why), 0);
    assert_int_equal(MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &arrived, MPI_STATUS_IGNORE), MPI_SUCCESS);
    assert_true(DscTime() - start < 20);
    if (ranks == 1) break;
  }
  assert_int_equal(DscQueueNext(queue, &item), 0);
  assert_int_equal(item, -1);
  assert_int_equal(DscQueuePeekStop(queue, &known, &why), 0); /* a question that is still open at the end */
  assert_int_equal(DscQueueDestroy(&queue), 0);
}

static int run(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_groups), cmocka_unit_test(test_reserve),
                                     cmocka_unit_test(test_stop)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
  return fake_main(run, argc, argv);
}
