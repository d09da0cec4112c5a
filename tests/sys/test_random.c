/* Random streams: the published answers of the generator, moments, and that a number depends on its index alone. */
#include "sys/sys_test.h"

#include <Random123/philox.h>
#include <math.h>

/* Known answers of philox4x32, 10 rounds (Random123, kat_vectors). */
static void test_known_answers(void **state)
{
  static const uint32_t zero[4] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
  static const uint32_t ones[4] = {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd};
  static const uint32_t pi[4]   = {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1};
  philox4x32_ctr_t      counter;
  philox4x32_key_t      key;

  (void)state;
  counter = philox4x32((philox4x32_ctr_t){{0}}, (philox4x32_key_t){{0}});
  assert_memory_equal(counter.v, zero, sizeof zero);
  counter = (philox4x32_ctr_t){{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}};
  key     = (philox4x32_key_t){{0xffffffff, 0xffffffff}};
  counter = philox4x32(counter, key);
  assert_memory_equal(counter.v, ones, sizeof ones);
  counter = (philox4x32_ctr_t){{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}};
  key     = (philox4x32_key_t){{0xa4093822, 0x299f31d0}};
  counter = philox4x32(counter, key);
  assert_memory_equal(counter.v, pi, sizeof pi);
}

/* Ours on top: counter and key zero give the first two words above, whose upper 52 bits make the number. */
static void test_uniform_is_philox(void **state)
{
  double expected = ((double)(0xe169c58d6627e8d5ull >> 12) + 0.5) / 4503599627370496.0;

  (void)state;
  assert_true(DscRandomUniform(0, (DscStream)0, 0) == expected);
}

static void test_every_argument_counts(void **state)
{
  double u = DscRandomUniform(1, DSC_STREAM_TEST, 2);

  (void)state;
  assert_true(u == DscRandomUniform(1, DSC_STREAM_TEST, 2));
  assert_true(u != DscRandomUniform(2, DSC_STREAM_TEST, 2));
  assert_true(u != DscRandomUniform(1 + (1ull << 32), DSC_STREAM_TEST, 2));
  assert_true(u != DscRandomUniform(1, DSC_STREAM_INIT, 2));
  assert_true(u != DscRandomUniform(1, DSC_STREAM_TEST, 3));
  assert_true(u != DscRandomUniform(1, DSC_STREAM_TEST, 2 + (1ull << 32)));
}

enum { SAMPLES = 200000 };

/* The mean of n draws of variance v lies within 5 sqrt(v / n) of the expectation. */
static void assert_mean(double sum, double expectation, double variance)
{
  assert_true(fabs(sum / SAMPLES - expectation) < 5 * sqrt(variance / SAMPLES));
}

static void test_uniform_moments(void **state)
{
  double sum = 0, square = 0, lag = 0, low = 1, high = 0, previous = 0.5;

  (void)state;
  for (uint64_t i = 0; i < SAMPLES; i++) {
    double u = DscRandomUniform(42, DSC_STREAM_TEST, i);

    sum += u;
    square += u * u;
    lag += (u - 0.5) * (previous - 0.5);
    low      = fmin(low, u);
    high     = fmax(high, u);
    previous = u;
  }
  assert_mean(sum, 1.0 / 2, 1.0 / 12);
  assert_mean(square, 1.0 / 3, 4.0 / 45);
  assert_mean(lag, 0, 1.0 / 144);
  assert_true(low > 0 && low < 1e-4 && high < 1 && high > 1 - 1e-4);
}

static void test_normal_moments(void **state)
{
  double moment[5] = {0}, cross = 0;

  (void)state;
  for (uint64_t i = 0; i < SAMPLES; i++) {
    double z = DscRandomNormal(42, DSC_STREAM_TEST, i);

    for (int p = 1; p < 5; p++) moment[p] += pow(z, p);
    cross += (z * z - 1) * (DscRandomUniform(42, DSC_STREAM_TEST, i) - 0.5);
  }
  assert_mean(moment[1], 0, 1);
  assert_mean(moment[2], 1, 2);
  assert_mean(moment[3], 0, 15);
  assert_mean(moment[4], 3, 96);
  assert_mean(cross, 0, 2.0 / 12); /* the uniforms of an index are independent of its normal */
}

/* Box and Muller's tail: without the open interval this would be infinite somewhere. P(|z| > 1.96) = 0.05. */
static void test_normal_tail(void **state)
{
  double outside = 0;

  (void)state;
  for (uint64_t i = 0; i < SAMPLES; i++) {
    double z = DscRandomNormal(7, DSC_STREAM_NOISE, i);

    assert_true(isfinite(z));
    outside += fabs(z) > 1.959963984540054;
  }
  assert_mean(outside, 0.05, 0.05 * 0.95);
}

static void test_permutation(void **state)
{
  enum { N = 1000 };
  PetscInt perm[N], part[N], moved = 0;
  char     seen[N] = {0};

  (void)state;
  OK(DscRandomPermutation(3, DSC_STREAM_SPLIT, N, N, perm));
  for (int i = 0; i < N; i++) {
    assert_true(perm[i] >= 0 && perm[i] < N && !seen[perm[i]]);
    seen[perm[i]] = 1;
    moved += perm[i] != i;
  }
  assert_true(moved > N / 2);
  OK(DscRandomPermutation(3, DSC_STREAM_SPLIT, N, 10, part)); /* its beginning does not depend on how many are asked */
  assert_memory_equal(part, perm, 10 * sizeof *perm);
  OK(DscRandomPermutation(4, DSC_STREAM_SPLIT, N, N, part));
  assert_memory_not_equal(part, perm, sizeof perm);
  OK(DscRandomPermutation(4, DSC_STREAM_SPLIT, 0, 0, perm));
}

/* All 24 orders of 4 equally often: chi-squared with 23 degrees of freedom below its 1 - 1e-6 quantile, 71.6. */
static void test_permutation_is_unbiased(void **state)
{
  enum { TRIALS = 24000 };
  int    count[256] = {0};
  double chi2       = 0;

  (void)state;
  for (uint64_t seed = 0; seed < TRIALS; seed++) {
    PetscInt perm[4];

    OK(DscRandomPermutation(seed, DSC_STREAM_SPLIT, 4, 4, perm));
    count[perm[0] << 6 | perm[1] << 4 | perm[2] << 2 | perm[3]]++;
  }
  for (int i = 0; i < 256; i++)
    if (count[i]) chi2 += (count[i] - TRIALS / 24.0) * (count[i] - TRIALS / 24.0) / (TRIALS / 24.0) - TRIALS / 24.0;
  chi2 += TRIALS; /* orders that never came up add TRIALS / 24 each */
  assert_true(chi2 < 71.6);
}

static void test_permutation_bounds(void **state)
{
  PetscInt       perm[4];
  PetscErrorCode ierr;

  (void)state;
  CAPTURED(ierr, DscRandomPermutation(0, DSC_STREAM_TEST, 4, 5, perm));
  assert_int_equal(ierr, PETSC_ERR_ARG_OUTOFRANGE);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_known_answers),         cmocka_unit_test(test_uniform_is_philox),
      cmocka_unit_test(test_every_argument_counts), cmocka_unit_test(test_uniform_moments),
      cmocka_unit_test(test_normal_moments),        cmocka_unit_test(test_normal_tail),
      cmocka_unit_test(test_permutation),           cmocka_unit_test(test_permutation_is_unbiased),
      cmocka_unit_test(test_permutation_bounds),
  };
  int result;

  if (DscInitialize(&argc, &argv)) return 1;
  result = cmocka_run_group_tests(tests, NULL, NULL);
  return DscFinalize() ? 1 : result;
}
