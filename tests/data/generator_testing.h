/* Short hands of the tests of generators. */
#ifndef DISCERN_TESTS_GENERATOR_TESTING_H
#define DISCERN_TESTS_GENERATOR_TESTING_H

#include "test_main.h"

#include "data/generator.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* pairs: key, value, key, value, ..., NULL */
static inline PetscErrorCode generate(const char name[], const char *const pairs[], DscDataSet **data)
{
  DscOptions          options;
  const DscGenerator *generator;
  PetscErrorCode      ierr;

  CALL(DscDataRegisterOptions()); /* the generators' and memory_limit */
  CALL(DscOptionsCreate(&options));
  for (; pairs && *pairs; pairs += 2) CALL(DscOptionsSet(options, pairs[0], pairs[1]));
  CALL(DscGeneratorFind(name, &generator));
  assert_non_null(generator);
  CALL(PetscNew(data));
  ierr = DscGeneratorRun(generator, options, 0, *data);
  CALL(DscOptionsDestroy(&options));
  return ierr;
}

static inline DscDataSet *generated(const char name[], const char *const pairs[])
{
  DscDataSet *data;

  CALL(generate(name, pairs, &data));
  return data;
}

#define PAIRS(...) ((const char *const[]){__VA_ARGS__, NULL})

static inline void assert_refused(const char name[], const char *const pairs[], const char key[], const char why[])
{
  DscDataSet    *data;
  PetscErrorCode ierr;
  char           place[128];

  CALL(DscErrorCaptureBegin());
  ierr = generate(name, pairs, &data);
  CALL(DscErrorCaptureEnd());
  assert_int_equal(ierr, PETSC_ERR_USER_INPUT);
  snprintf(place, sizeof(place), "-%s ", key);
  if (!strstr(DscErrorMessage(), place) || !strstr(DscErrorMessage(), why))
    fail_msg("'%s' does not name '%s' and '%s'", DscErrorMessage(), place, why);
  assert_null(strchr(DscErrorMessage(), '\n'));
  CALL(DscDataSetDestroy(&data));
}

/* values [nfields][n] */
static inline void assert_truth(const DscDataSet *data, PetscInt n, const char *const terms[], const double values[])
{
  assert_int_equal(data->ntruth, n);
  for (PetscInt i = 0; i < n * data->nfields; i++) assert_true(data->truth_values[i] == values[i]);
  for (PetscInt i = 0; i < n; i++) assert_string_equal(data->truth_terms[i], terms[i]);
}

#define HALF_WIDTH 3

/* Derivative at u of order 1, 2 or 3 along a direction with this stride and spacing h. */
static inline double difference(const double *u, PetscInt stride, double h, int order)
{
  static const double weights[4][2 * HALF_WIDTH + 1] = {{0., 0., 0., 1., 0., 0., 0.},
                                                        {0., 1. / 12., -2. / 3., 0., 2. / 3., -1. / 12., 0.},
                                                        {0., -1. / 12., 4. / 3., -5. / 2., 4. / 3., -1. / 12., 0.},
                                                        {1. / 8., -1., 13. / 8., 0., -13. / 8., 1., -1. / 8.}};
  double              sum                            = 0.;

  for (int m = -HALF_WIDTH; m <= HALF_WIDTH; m++) sum += weights[order][m + HALF_WIDTH] * u[m * stride];
  return sum / pow(h, order);
}

static inline void assert_fourth_order(double coarse, double fine)
{
  const double order = log2(coarse / fine);

  if (!(fine < 1e-4) || !(order > 3.7 && order < 4.3))
    fail_msg("residuals %g and, at half the spacing, %g: order %g", coarse, fine, order);
}

#endif
