/* The gradient of a whole training problem against central differences of its loss. */
#ifndef DISCERN_TESTS_GRADIENT_TESTING_H
#define DISCERN_TESTS_GRADIENT_TESTING_H

#include "method_testing.h"

#include "method/discover.h"

static inline double loss_at(DscTrain train, Vec theta, PetscInt i, double shift, double scratch[])
{
  double *values, loss;

  CALL(VecGetArray(theta, &values));
  const double saved = values[i];
  values[i]          = saved + shift;
  CALL(VecRestoreArray(theta, &values));
  CALL(DscTrainEvaluate(train, &loss, scratch));
  CALL(VecGetArray(theta, &values));
  values[i] = saved;
  CALL(VecRestoreArray(theta, &values));
  return loss;
}

/* Parameters of the method away from 0, where the L1 penalty has a kink. */
static inline void shift_extra(Vec theta, PetscInt nextra)
{
  double  *values;
  PetscInt n;

  CALL(VecGetSize(theta, &n));
  CALL(VecGetArray(theta, &values));
  for (PetscInt i = n - nextra; i < n; i++) values[i] = 0.2 + 0.1 * sin((double)i);
  CALL(VecRestoreArray(theta, &values));
}

/* Takes the options. nextra: parameters of the method. */
static inline void check_gradient(DscOptions options, PetscInt nextra)
{
  DscDiscover  discover;
  DscTrain     train;
  Vec          theta;
  PetscInt     n;
  double      *gradient, *scratch, loss, largest = 0.0;
  const double h = 1e-5;

  CALL(DscDiscoverCreate(PETSC_COMM_SELF, options, &discover));
  CALL(DscDiscoverGetTrain(discover, &train));
  CALL(DscTrainGetParameters(train, &theta));
  CALL(VecGetSize(theta, &n));
  shift_extra(theta, nextra);
  CALL(PetscMalloc2(n, &gradient, n, &scratch));
  CALL(DscTrainEvaluate(train, &loss, gradient));
  for (PetscInt i = 0; i < n; i++) largest = PetscMax(largest, fabs(gradient[i]));
  for (PetscInt i = 0; i < n; i += 3) {
    const double difference =
        (loss_at(train, theta, i, h, scratch) - loss_at(train, theta, i, -h, scratch)) / (2.0 * h);

    if (fabs(difference - gradient[i]) > 2e-6 * largest) {
      fail_msg("parameter %d of %d: difference %.10g, gradient %.10g (largest %.3g)", (int)i, (int)n, difference,
               gradient[i], largest);
    }
  }
  CALL(PetscFree2(gradient, scratch));
  CALL(DscDiscoverDestroy(&discover));
  CALL(DscOptionsDestroy(&options));
}

#endif
