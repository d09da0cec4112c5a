/*
  Counter-based random numbers: Philox 4x32-10 (Salmon, Moraes, Dror, Shaw, Parallel random numbers: as easy as 1, 2, 3,
  SC 2011). The counter is (index, stream, use), the key is the seed; nothing is kept between calls.
*/
#include <discern/sys.h>

#include <Random123/philox.h>
#include <math.h>

/* Uses of one (stream, index) that must not share numbers; the low byte of the counter's last word. */
enum { USE_UNIFORM, USE_NORMAL, USE_PERMUTATION };

static void draw(uint64_t seed, DscStream stream, uint64_t index, uint32_t use, uint64_t bits[2])
{
  philox4x32_ctr_t counter = {{(uint32_t)index, (uint32_t)(index >> 32), (uint32_t)stream, use}};
  philox4x32_key_t key     = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
  philox4x32_ctr_t word    = philox4x32(counter, key);

  bits[0] = (uint64_t)word.v[1] << 32 | word.v[0];
  bits[1] = (uint64_t)word.v[3] << 32 | word.v[2];
}

/* The odd multiples of 2^-53: symmetric about 1/2, never 0 or 1, exact in a double. */
static double open_unit(uint64_t bits)
{
  return (double)(bits >> 12 << 1 | 1) * 0x1p-53;
}

double DscRandomUniform(uint64_t seed, DscStream stream, uint64_t index)
{
  uint64_t bits[2];

  draw(seed, stream, index, USE_UNIFORM, bits);
  return open_unit(bits[0]);
}

/* Box and Muller 1958; the second normal of the pair is not used, so that an index depends on no other. */
double DscRandomNormal(uint64_t seed, DscStream stream, uint64_t index)
{
  uint64_t bits[2];

  draw(seed, stream, index, USE_NORMAL, bits);
  return sqrt(-2.0 * log(open_unit(bits[0]))) * cos(2.0 * PETSC_PI * open_unit(bits[1]));
}

/* Uniform in 0..bound-1: draws beyond the last full multiple of bound are rejected, which makes it unbiased. */
static uint64_t draw_below(uint64_t seed, DscStream stream, uint64_t index, uint64_t bound)
{
  uint64_t bits[2], excess = (UINT64_MAX - bound + 1) % bound; /* 2^64 mod bound */

  for (uint32_t attempt = 0;; attempt++) {
    draw(seed, stream, index, attempt << 8 | USE_PERMUTATION, bits);
    for (int i = 0; i < 2; i++)
      if (bits[i] <= UINT64_MAX - excess) return bits[i] % bound;
  }
}

PetscErrorCode DscRandomPermutation(uint64_t seed, DscStream stream, PetscInt n, PetscInt k, PetscInt perm[])
{
  PetscFunctionBeginUser;
  PetscCheck(k >= 0 && k <= n, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "%d entries of a permutation of %d", (int)k,
             (int)n);
  for (PetscInt i = 0; i < n; i++) perm[i] = i;
  for (PetscInt i = 0; i < k; i++) {
    PetscInt j = i + (PetscInt)draw_below(seed, stream, (uint64_t)i, (uint64_t)(n - i)), other = perm[j];

    perm[j] = perm[i];
    perm[i] = other;
  }
  PetscFunctionReturn(0);
}
