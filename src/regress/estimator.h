/*
  A sparsity estimator: one file each, registered in estimator.c. To add one: a file estimator_NAME.c with its table of
  functions, one line in the registry, its name in the choices of -estimator, its keys in options.c.
*/
#ifndef DISCERN_REGRESS_ESTIMATOR_H
#define DISCERN_REGRESS_ESTIMATOR_H

#include <discern/regress.h>

typedef struct {
  const char *name, *help;
  PetscInt    min_blocks; /* 1: uses the whole problem only */
  PetscErrorCode (*create)(DscEstimator estimator, DscOptions options);
  PetscErrorCode (*destroy)(DscEstimator estimator);
  /* Sets result->active; what else it leaves in result is overwritten by least squares, unless fills_result. */
  PetscErrorCode (*select)(DscEstimator estimator, const DscGramBlocks *blocks, const PetscBool allowed[],
                           DscRegression *result);
  PetscBool fills_result;
} DscEstimatorOps;

struct _p_DscEstimator {
  const DscEstimatorOps *ops;  /* (not owned) */
  void                  *data; /* (owned by the implementation) */
  PetscInt               nterms, nblocks;
  uint64_t               seed, stream;
  double                *G;    /* (owned) [nterms][nterms] sums of chosen blocks */
  double                *b;    /* (owned) [nterms] */
  PetscBool             *mask; /* (owned) [nterms] */
};

extern const DscEstimatorOps DscEstimatorThreshold;

/* The weighted sum of blocks (weights NULL: all once) as one problem, whose arrays live until the next call. */
PETSC_INTERN PetscErrorCode DscEstimatorCombine(DscEstimator estimator, const DscGramBlocks *blocks,
                                                const double weights[], DscGram *gram);

#endif
