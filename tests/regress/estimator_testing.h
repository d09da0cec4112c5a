/* Blocks of samples, and estimators from a line of keys. */
#ifndef DISCERN_TESTS_ESTIMATOR_TESTING_H
#define DISCERN_TESTS_ESTIMATOR_TESTING_H

#include "options_testing.h"
#include "regress/regress_testing.h"

typedef struct {
  double       *nsamples, *G, *b, *yy; /* (owned) */
  DscGramBlocks gram;
} Blocks;

/* The block of sample n: neighbours are together. Blocks are empty where there are fewer samples. */
static inline PetscInt block_of(const Samples *s, PetscInt nblocks, PetscInt n)
{
  return n * nblocks / s->N;
}

static inline Blocks blocks_create(const Samples *s, PetscInt nblocks)
{
  const PetscInt M = s->M;
  Blocks         k;

  k.nsamples = calloc((size_t)nblocks, sizeof(double));
  k.G        = calloc((size_t)(nblocks * M * M), sizeof(double));
  k.b        = calloc((size_t)(nblocks * M), sizeof(double));
  k.yy       = calloc((size_t)nblocks, sizeof(double));
  for (PetscInt n = 0; n < s->N; n++) {
    const PetscInt to = block_of(s, nblocks, n);

    k.nsamples[to] += 1.0;
    k.yy[to] += s->y[n] * s->y[n];
    for (PetscInt i = 0; i < M; i++) {
      k.b[to * M + i] += s->theta[i * s->N + n] * s->y[n];
      for (PetscInt j = 0; j < M; j++) {
        k.G[(to * M + i) * M + j] += s->theta[i * s->N + n] * s->theta[j * s->N + n];
      }
    }
  }
  k.gram = (DscGramBlocks){.nblocks = nblocks, .nterms = M, .nsamples = k.nsamples, .G = k.G, .b = k.b, .yy = k.yy};
  return k;
}

static inline void blocks_destroy(Blocks *k)
{
  free(k->nsamples);
  free(k->G);
  free(k->b);
  free(k->yy);
}

/* Estimator of options, which it destroys. */
static inline DscEstimator estimator_of(PetscInt nterms, uint64_t seed, uint64_t stream, DscOptions options)
{
  DscEstimator estimator;

  CALL(DscEstimatorCreate(options, nterms, seed, stream, &estimator));
  CALL(DscOptionsDestroy(&options));
  return estimator;
}

/* The answer to the samples in nblocks blocks of the estimator of options, which it destroys. */
static inline DscRegression answer_of(const Samples *s, PetscInt nblocks, const PetscBool allowed[], DscOptions options)
{
  DscEstimator  estimator = estimator_of(s->M, 1, 0, options);
  Blocks        blocks    = blocks_create(s, nblocks);
  DscRegression r         = regression_of(s->M);

  CALL(DscEstimatorSelect(estimator, &blocks.gram, allowed, &r));
  CALL(DscEstimatorDestroy(&estimator));
  blocks_destroy(&blocks);
  return r;
}

static inline PetscInt count_active(const DscRegression *r)
{
  PetscInt count = 0;

  for (PetscInt j = 0; j < r->nterms; j++) count += r->active[j] ? 1 : 0;
  return count;
}

static inline void assert_same_terms(const DscRegression *a, const DscRegression *b)
{
  for (PetscInt j = 0; j < a->nterms; j++) assert_int_equal(a->active[j], b->active[j]);
}

/* Bitwise, but for NaN that equals NaN. */
static inline void assert_same_bits(const DscRegression *a, const DscRegression *b)
{
  const size_t size = (size_t)a->nterms * sizeof(double);

  assert_same_terms(a, b);
  assert_memory_equal(a->coefficients, b->coefficients, size);
  assert_memory_equal(a->std, b->std, size);
  assert_memory_equal(a->covariance, b->covariance, size * (size_t)a->nterms);
  assert_memory_equal(a->inclusion, b->inclusion, size);
  assert_true(a->residual == b->residual && a->noise_precision == b->noise_precision);
}

#endif
