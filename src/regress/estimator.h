/*
  A sparsity estimator: one file each, registered in estimator.c. To add one: a file estimator_NAME.c with its table of
  functions, its name in DSC_ESTIMATORS below, and its keys NAME_* in options.c. `select` finds the problem prepared:
  candidates, sums, normalised sums; it says which candidates are active, and the rest (least squares on the active ones,
  inclusion, bagging, list, help) is done for it.
*/
#ifndef DISCERN_REGRESS_ESTIMATOR_H
#define DISCERN_REGRESS_ESTIMATOR_H

#include "regress/normalized.h"

/* Every estimator, in the order of `discern list`: name, and its table's name after DscEstimator. */
#define DSC_ESTIMATORS(_)                                                                                              \
  _(threshold, Threshold)                                                                                              \
  _(lasso, Lasso)                                                                                                      \
  _(adaptive_lasso, AdaptiveLasso)                                                                                     \
  _(stridge, STRidge)                                                                                                  \
  _(stlsq, STLSQ)                                                                                                      \
  _(sr3, SR3)                                                                                                          \
  _(greedy, Greedy)                                                                                                    \
  _(sbl, SBL)

typedef struct {
  const char *name, *help;
  PetscInt    min_blocks;                                               /* 1: uses the whole problem only */
  PetscErrorCode (*create)(DscEstimator estimator, DscOptions options); /* may raise estimator->nblocks */
  PetscErrorCode (*destroy)(DscEstimator estimator);
  /* Sets result->active among estimator->allowed, all of it false before, and result->converged to false where an
     iteration reached its limit. Called with y not 0; what else it leaves in result is overwritten by least squares on
     the active terms, unless fills_result. blocks: some may have no samples. */
  PetscErrorCode (*select)(DscEstimator estimator, const DscGramBlocks *blocks, DscRegression *result);
  PetscBool fills_result;
} DscEstimatorOps;

typedef struct _p_DscEnsemble *DscEnsemble;

struct _p_DscEstimator {
  const DscEstimatorOps    *ops;  /* (not owned) */
  void                     *data; /* (owned by the implementation) */
  PetscInt                  nterms, nblocks;
  uint64_t                  seed, stream;
  DscGram                   gram;     /* the whole problem, in physical units */
  double                   *G;        /* (owned) [nterms][nterms] of gram */
  double                   *b;        /* (owned) [nterms] of gram */
  PetscBool                *allowed;  /* (owned) [nterms] the candidates: allowed by the caller, and no zero column */
  struct _p_DscRegressWork *work;     /* (owned) problem: gram, normalised; the rest is scratch of DscNormalizedSolve */
  DscEnsemble               ensemble; /* (owned) NULL: none */
};

#define DSC_ESTIMATOR_DECLARE(name, Name) extern const DscEstimatorOps DscEstimator##Name;
DSC_ESTIMATORS(DSC_ESTIMATOR_DECLARE)
#undef DSC_ESTIMATOR_DECLARE

/* One selection without the ensemble: gram, normalised problem and candidates of these blocks, select, and least squares
   on the active terms. allowed may be NULL or result->active. */
PETSC_INTERN PetscErrorCode DscEstimatorSelectOnce(DscEstimator estimator, const DscGramBlocks *blocks,
                                                   const PetscBool allowed[], DscRegression *result);
/* Sums of all blocks into estimator->gram. */
PETSC_INTERN PetscErrorCode DscEstimatorCombine(DscEstimator estimator, const DscGramBlocks *blocks);

/* ---- parts of the samples: training and validation ------------------------------------------------------------ */

/* Sums over part of the samples in the units of the whole normalised problem, divided by its number of samples: the parts
   of a partition add up to C, c and 1. */
typedef struct {
  PetscInt n;
  double   share; /* of the samples */
  double   yy;
  double  *C; /* (owned) [n][n] */
  double  *c; /* (owned) [n] */
} DscPart;

typedef enum { DSC_FOLD_TEST, DSC_FOLD_TRAIN } DscFoldSide;

PETSC_INTERN PetscErrorCode DscPartCreate(PetscInt n, DscPart *part);
PETSC_INTERN PetscErrorCode DscPartDestroy(DscPart *part);
/* |y~ - Theta~ mu|^2 over the part / N of the whole: >= 0. */
PETSC_INTERN double DscPartResidual(const DscPart *part, const double mu[]);
/* How many folds there can be: at most nfolds, and one for each block with samples. */
PETSC_INTERN PetscInt DscFoldsCount(const DscGramBlocks *blocks, PetscInt nfolds);
/* Of the blocks with samples, in their order, every nfolds-th from number `fold` on is for the test, the others for
   training. estimator->work->problem gives the units. */
PETSC_INTERN PetscErrorCode DscFoldGet(DscEstimator estimator, const DscGramBlocks *blocks, PetscInt fold,
                                       PetscInt nfolds, DscFoldSide side, DscPart *part);

/* ---- bagging ---------------------------------------------------------------------------------------------------- */

/* Keys ensemble_*. */
PETSC_INTERN PetscErrorCode DscEnsembleCreate(DscOptions options, PetscInt nterms, DscEnsemble *ensemble);
PETSC_INTERN PetscErrorCode DscEnsembleDestroy(DscEnsemble *ensemble);
PETSC_INTERN PetscErrorCode DscEnsembleSelect(DscEstimator estimator, const DscGramBlocks *blocks,
                                              const PetscBool allowed[], DscRegression *result);

#endif
