/* Synthetic regressions with their samples at hand, so that Gram-based answers can be checked on the samples. */
#ifndef DISCERN_TESTS_REGRESS_TESTING_H
#define DISCERN_TESTS_REGRESS_TESTING_H

#include "test_main.h"

#include <discern/regress.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define assert_close(a, b, tolerance)                                                                                  \
  do {                                                                                                                 \
    const double a_ = (a), b_ = (b);                                                                                   \
    if (!(fabs(a_ - b_) <= (tolerance))) fail_msg("%s = %.15g, not %.15g", #a, a_, b_);                                \
  } while (0)

typedef struct {
  PetscInt N, M;
  double  *theta; /* (owned) [M][N] */
  double  *y;     /* (owned) [N] */
  double  *G, *b; /* (owned) [M][M], [M] */
  DscGram  gram;
} Samples;

static inline double normal_number(uint64_t seed, PetscInt index)
{
  return DscRandomNormal(seed, DSC_STREAM_TEST, (uint64_t)index);
}

/* The sums of the present theta and y; call it again after changing them. */
static inline void samples_sum(Samples *s)
{
  s->gram = (DscGram){.nterms = s->M, .nsamples = (double)s->N, .G = s->G, .b = s->b, .yy = 0.0};
  for (PetscInt i = 0; i < s->M; i++) {
    s->b[i] = 0.0;
    for (PetscInt n = 0; n < s->N; n++) s->b[i] += s->theta[i * s->N + n] * s->y[n];
    for (PetscInt j = 0; j < s->M; j++) {
      s->G[i * s->M + j] = 0.0;
      for (PetscInt n = 0; n < s->N; n++) s->G[i * s->M + j] += s->theta[i * s->N + n] * s->theta[j * s->N + n];
    }
  }
  for (PetscInt n = 0; n < s->N; n++) s->gram.yy += s->y[n] * s->y[n];
}

/* y = theta xi + noise N(0,1) (xi NULL: 0), theta of normal numbers that share `common` of a common column. */
static inline Samples samples_create(PetscInt N, PetscInt M, uint64_t seed, double common, const double xi[],
                                     double noise)
{
  Samples s = {.N = N, .M = M};

  s.theta = calloc((size_t)(M * N), sizeof(double));
  s.y     = calloc((size_t)N, sizeof(double));
  s.G     = calloc((size_t)(M * M), sizeof(double));
  s.b     = calloc((size_t)M, sizeof(double));
  for (PetscInt n = 0; n < N; n++) {
    const double shared = normal_number(seed, (M + 1) * N + n);

    s.y[n] = noise * normal_number(seed, M * N + n);
    for (PetscInt j = 0; j < M; j++) {
      s.theta[j * N + n] = sqrt(1.0 - common) * normal_number(seed, j * N + n) + sqrt(common) * shared;
      if (xi) s.y[n] += xi[j] * s.theta[j * N + n];
    }
  }
  samples_sum(&s);
  return s;
}

static inline void samples_destroy(Samples *s)
{
  free(s->theta);
  free(s->y);
  free(s->G);
  free(s->b);
}

static inline double samples_residual(const Samples *s, const double xi[])
{
  double sum = 0.0;

  for (PetscInt n = 0; n < s->N; n++) {
    double r = s->y[n];

    for (PetscInt j = 0; j < s->M; j++) r -= s->theta[j * s->N + n] * xi[j];
    sum += r * r;
  }
  return sum;
}

/* Inverse of a symmetric positive definite A [n][n] in place by Gauss-Jordan; returns ln |A|. */
static inline double invert(PetscInt n, double *A)
{
  double log_determinant = 0.0;

  for (PetscInt k = 0; k < n; k++) {
    const double pivot = A[k * n + k];

    assert_true(pivot > 0.0);
    log_determinant += log(pivot);
    A[k * n + k] = 1.0;
    for (PetscInt j = 0; j < n; j++) A[k * n + j] /= pivot;
    for (PetscInt i = 0; i < n; i++) {
      const double factor = A[i * n + k];

      if (i == k) continue;
      A[i * n + k] = 0.0;
      for (PetscInt j = 0; j < n; j++) A[i * n + j] -= factor * A[k * n + j];
    }
  }
  return log_determinant;
}

static inline DscRegression regression_of(PetscInt nterms)
{
  DscRegression r;

  CALL(DscRegressionCreate(nterms, &r));
  return r;
}

/* Every number finite, and of the sign it must have. */
static inline void assert_defined(const DscRegression *r)
{
  for (PetscInt j = 0; j < r->nterms; j++) {
    assert_true(isfinite(r->coefficients[j]) && isfinite(r->normalized[j]));
    assert_true(isfinite(r->std[j]) && r->std[j] >= 0.0);
    assert_true(isfinite(r->alpha[j]) && r->alpha[j] >= 0.0);
    assert_true(r->active[j] == PETSC_TRUE || r->active[j] == PETSC_FALSE);
    for (PetscInt i = 0; i < r->nterms; i++) {
      assert_true(isfinite(r->covariance[i * r->nterms + j]));
      assert_true(r->covariance[i * r->nterms + j] == r->covariance[j * r->nterms + i]);
    }
  }
  assert_true(isfinite(r->residual) && r->residual >= 0.0);
  assert_true(isfinite(r->noise_precision) && r->noise_precision >= 0.0);
  assert_true(isfinite(r->log_evidence));
}

#endif
