/* Short hands of the tests of src/optim. */
#ifndef DISCERN_TESTS_OPTIM_TESTING_H
#define DISCERN_TESTS_OPTIM_TESTING_H

#include <math.h>
#include <string.h>
#include <discern/optim.h>
#include "options_testing.h"

static inline double normalNumber(uint64_t index)
{
  return DscRandomNormal(7, DSC_STREAM_TEST, index);
}

/* N steps = N/2, save, load into another optimiser, N/2: the same bits. */
static inline void checkRestart(DscOptions options, PetscInt size, PetscInt nblocks, const DscBlock blocks[])
{
  enum { STEPS = 30, MAX_SIZE = 256 };
  double       theta[MAX_SIZE] = {0}, resumed[MAX_SIZE], gradient[MAX_SIZE], *state;
  DscOptimizer whole, second = NULL;
  PetscInt     nstate, other;

  assert_true(size <= MAX_SIZE);
  OK(DscOptimizerCreate(options, size, nblocks, blocks, &whole));
  OK(DscOptimizerGetStateSize(whole, &nstate));
  OK(PetscMalloc1(nstate, &state));
  for (PetscInt k = 0; k < STEPS; k++) {
    for (PetscInt i = 0; i < size; i++) gradient[i] = normalNumber((uint64_t)(k * size + i));
    if (k == STEPS / 2) {
      OK(DscOptimizerGetState(whole, state));
      memcpy(resumed, theta, sizeof(theta));
      OK(DscOptimizerCreate(options, size, nblocks, blocks, &second));
      OK(DscOptimizerGetStateSize(second, &other));
      assert_int_equal(other, nstate);
      OK(DscOptimizerSetState(second, state));
    }
    OK(DscOptimizerStep(whole, k, STEPS, gradient, theta));
    if (second) OK(DscOptimizerStep(second, k, STEPS, gradient, resumed));
  }
  assert_memory_equal(theta, resumed, (size_t)size * sizeof(double));
  assert_true(theta[0] != 0.0);
  OK(PetscFree(state));
  OK(DscOptimizerDestroy(&whole));
  OK(DscOptimizerDestroy(&second));
}

#endif
