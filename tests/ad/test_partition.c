/* Shards: every panel once, and the tree-sum has the same bits on any number of ranks. */
#include "test_main.h"
#include <discern/ad.h>

#include <math.h>
#include <string.h>

#define N 37

static void test_every_panel_belongs_to_one_shard(void **state)
{
  const PetscInt samples[] = {1, 15, 16, 17, 2000, 6400, 6401, 100000};
  (void)state;
  for (size_t s = 0; s < sizeof(samples) / sizeof(samples[0]); s++) {
    DscPartition p;
    PetscInt     next = 0;
    CALL(DscPartitionCreate(PETSC_COMM_SELF, samples[s], 16, 0, &p));
    assert_true(p.panels * 16 >= samples[s] && (p.panels - 1) * 16 < samples[s]);
    assert_true(p.shards <= 64 && (p.shards & (p.shards - 1)) == 0);
    for (PetscInt shard = 0; shard < p.shards; shard++) {
      PetscInt first, end;
      CALL(DscPartitionGetPanels(&p, shard, &first, &end));
      assert_int_equal(first, next);
      assert_true(end > first);
      next = end;
    }
    assert_int_equal(next, p.panels);
  }
}

static void tree_sum(MPI_Comm comm, PetscInt shards, double total[N])
{
  DscPartition p;
  DscTreeSum   sum;
  double       x[N];
  CALL(DscPartitionCreate(comm, 64 * shards, 64, shards, &p));
  CALL(DscTreeSumCreate(comm, &p, N, &sum));
  for (int reverse = 0; reverse < 2; reverse++) { /* the second time from the other end */
    double before[N];
    for (PetscInt i = 0; i < N; i++) before[i] = total[i];
    CALL(DscTreeSumBegin(sum));
    for (PetscInt k = 0; k < p.nshards; k++) {
      const PetscInt s = p.first_shard + (reverse ? p.nshards - 1 - k : k);
      for (PetscInt i = 0; i < N; i++) x[i] = exp(5 * DscRandomNormal(1, DSC_STREAM_TEST, (uint64_t)(s * N + i)));
      CALL(DscTreeSumAdd(sum, x));
    }
    CALL(DscTreeSumEnd(sum, total));
    if (reverse) assert_memory_equal(before, total, sizeof(before));
  }
  CALL(DscTreeSumDestroy(&sum));
}

/* The definition: the same tree, written as a recursion. */
static double recursive(PetscInt first, PetscInt count, PetscInt i)
{
  if (count == 1) return exp(5 * DscRandomNormal(1, DSC_STREAM_TEST, (uint64_t)(first * N + i)));
  return recursive(first, count / 2, i) + recursive(first + count / 2, count / 2, i);
}

static void test_sum_has_the_same_bits_on_any_ranks(void **state)
{
  (void)state;
  for (PetscInt shards = 4; shards <= 64; shards *= 4) {
    double alone[N] = {0}, together[N] = {0};
    tree_sum(PETSC_COMM_SELF, shards, alone);
    tree_sum(PETSC_COMM_WORLD, shards, together);
    assert_memory_equal(alone, together, sizeof(alone));
    for (PetscInt i = 0; i < N; i++) assert_true(alone[i] == recursive(0, shards, i));
  }
}

static void test_bad_shards_are_refused(void **state)
{
  DscPartition p;
  (void)state;
  CALL(DscErrorCaptureBegin());
  assert_int_not_equal(DscPartitionCreate(PETSC_COMM_WORLD, 1000, 16, 12, &p), 0);
  assert_non_null(strstr(DscErrorMessage(), "power of two"));
  assert_int_not_equal(DscPartitionCreate(PETSC_COMM_WORLD, 100, 16, 64, &p), 0);
  assert_non_null(strstr(DscErrorMessage(), "only 7 panels"));
  CALL(DscErrorCaptureEnd());
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_every_panel_belongs_to_one_shard),
    cmocka_unit_test(test_sum_has_the_same_bits_on_any_ranks),
    cmocka_unit_test(test_bad_shards_are_refused),
};
TEST_MAIN(tests)
