/* Second moments in blocks of panels: disjoint, complete, and the same bits whoever sums them. */
#include "method_testing.h"

#include "method/moments.h"

enum { M = 3, LEFT = 1, ROWS = M + LEFT, LANES = 16, SAMPLES = 16 * 21 + 5, BLOCKS = 5 };

static const double nsamples = SAMPLES;

static double entry(PetscInt row, PetscInt sample)
{
  return row == 0 ? 1.0 : DscRandomNormal(7, DSC_STREAM_TEST, (uint64_t)(row * SAMPLES + sample));
}

/* What a run does: the panels of the shards of this rank, then the tree. */
static void sum(MPI_Comm comm, DscMoments *moments)
{
  const double sse = 3.0;
  DscPartition partition;
  DscTreeSum   tree;
  PetscInt     first, end;
  double      *shard, *total, X[ROWS * LANES];

  CALL(DscPartitionCreate(comm, SAMPLES, LANES, 8, &partition));
  CALL(DscTreeSumCreate(comm, &partition, moments->nsums, &tree));
  CALL(PetscMalloc2(moments->nsums, &shard, moments->nsums, &total));
  CALL(DscTreeSumBegin(tree));
  for (PetscInt s = 0; s < partition.nshards; s++) {
    CALL(PetscArrayzero(shard, moments->nsums));
    CALL(DscPartitionGetPanels(&partition, partition.first_shard + s, &first, &end));
    for (PetscInt p = first; p < end; p++) {
      const PetscInt count = PetscMin(LANES, SAMPLES - p * LANES);

      for (PetscInt i = 0; i < ROWS * LANES; i++)
        X[i] = i % LANES < count ? entry(i / LANES, p * LANES + i % LANES) : 9;
      CALL(DscMomentsAdd(moments, p, LANES, count, X, shard));
    }
    CALL(DscTreeSumAdd(tree, shard));
  }
  CALL(DscTreeSumEnd(tree, total));
  CALL(DscMomentsSet(moments, 0, total, &sse, NULL));
  CALL(PetscFree2(shard, total));
  CALL(DscTreeSumDestroy(&tree));
}

static void test_blocks_are_the_panels_in_turn(void **state)
{
  DscMoments moments;
  (void)state;

  CALL(DscMomentsCreate(1, M, LEFT, BLOCKS, &nsamples, &moments));
  sum(PETSC_COMM_WORLD, &moments);
  for (PetscInt k = 0; k < BLOCKS; k++) {
    double        n, count = 0.0;
    const double *C = DscMomentsBlock(&moments, 0, k, &n);

    for (PetscInt i = 0; i < ROWS; i++) {
      for (PetscInt j = 0; j <= i; j++) {
        double expected = 0.0;

        for (PetscInt s = 0; s < SAMPLES; s++) {
          if (s / LANES % BLOCKS == k) expected += entry(i, s) * entry(j, s);
        }
        assert_true(fabs(C[i * (i + 1) / 2 + j] - expected) < 1e-11);
      }
    }
    for (PetscInt s = 0; s < SAMPLES; s++) count += s / LANES % BLOCKS == k;
    assert_true(n == count);
  }
  CALL(DscMomentsDestroy(&moments));
}

static void test_total_is_the_same_with_and_without_blocks(void **state)
{
  DscMoments one, many;
  (void)state;

  CALL(DscMomentsCreate(1, M, LEFT, 1, &nsamples, &one));
  CALL(DscMomentsCreate(1, M, LEFT, BLOCKS, &nsamples, &many));
  sum(PETSC_COMM_WORLD, &one);
  sum(PETSC_COMM_WORLD, &many);
  for (PetscInt i = 0; i < ROWS; i++) {
    for (PetscInt j = 0; j < ROWS; j++) {
      assert_true(fabs(one.C[i * ROWS + j] - many.C[i * ROWS + j]) < 1e-11);
      assert_true(many.C[i * ROWS + j] == many.C[j * ROWS + i]);
    }
  }
  assert_true(one.C[0] == SAMPLES && one.sse[0] == 3.0 && isnan(one.test_error));
  CALL(DscMomentsDestroy(&one));
  CALL(DscMomentsDestroy(&many));
}

static void test_same_bits_on_any_ranks(void **state)
{
  DscMoments alone, together;
  (void)state;

  CALL(DscMomentsCreate(1, M, LEFT, BLOCKS, &nsamples, &alone));
  CALL(DscMomentsCreate(1, M, LEFT, BLOCKS, &nsamples, &together));
  sum(PETSC_COMM_SELF, &alone);
  sum(PETSC_COMM_WORLD, &together);
  assert_memory_equal(alone.sums, together.sums, (size_t)alone.nsums * sizeof(double));
  assert_memory_equal(alone.C, together.C, ROWS * ROWS * sizeof(double));
  CALL(DscMomentsDestroy(&alone));
  CALL(DscMomentsDestroy(&together));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_blocks_are_the_panels_in_turn),
    cmocka_unit_test(test_total_is_the_same_with_and_without_blocks),
    cmocka_unit_test(test_same_bits_on_any_ranks),
};
TEST_MAIN(tests)
