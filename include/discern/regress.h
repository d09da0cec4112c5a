/*
  regress: sparse and dense regressions, all from Gram matrices (nothing here sees samples).

  Inside, every column theta_j and y are divided by their rms, so that results do not depend on units:
    C_ij = G_ij / (N rms_i rms_j),  rms_j = sqrt(G_jj / N),  rms_y = sqrt(yy / N).
  Defined answers, never NaN:
  - a zero column gets coefficient 0, std 0 and is not active; so do all terms where y = 0;
  - least squares and ridge leave out a column that lies, to 1e-13 of its square, in the span of those already taken
    (largest remainder first, ties in the order of the terms): a basic solution, as of QR with pivoting;
  - SBL adds 1e-13 to the diagonal of C: equal columns share their coefficient;
  - the residual is at least its own rounding error, degrees of freedom are at least 1.
  Sums that are not finite are an error (PETSC_ERR_FP): the run has diverged.
*/
#ifndef DISCERN_REGRESS_H
#define DISCERN_REGRESS_H

#include <discern/sys.h>

/* The sums a regression needs: G = Theta' Theta [nterms x nterms, symmetric, row-major], b = Theta' y, yy = y'y. */
typedef struct {
  PetscInt      nterms;
  double        nsamples;
  const double *G; /* (not owned) [nterms][nterms] */
  const double *b; /* (not owned) [nterms] */
  double        yy;
} DscGram;

/* Everything in physical units except `normalized`: coefficient_j * rms(theta_j) / rms(y). */
typedef struct {
  PetscInt   nterms;
  double    *coefficients; /* (owned) [nterms] mean of the posterior, or estimate */
  double    *std;          /* (owned) [nterms] */
  double    *normalized;   /* (owned) [nterms] */
  double    *covariance;   /* (owned) [nterms][nterms] Sigma */
  double    *alpha;        /* (owned) [nterms] prior precision of the normalised coefficient; 0 where there is none */
  PetscBool *active;       /* (owned) [nterms] */
  double    *inclusion;    /* (owned) [nterms] share of an ensemble in which a term was active; NaN without one */
  double     noise_precision; /* beta, of y in physical units; 0 where y = 0 */
  double     residual;        /* |y - Theta xi|^2 */
  double     log_evidence;    /* SBL: ln p(y | alpha, beta), y in physical units; 0 for the others */
  PetscInt   iterations;      /* SBL: posteriors computed; 0 for the others */
  PetscBool  converged;       /* false: the inner iteration reached its limit */

  struct _p_DscRegressWork *work; /* (owned) scratch of the solvers */
} DscRegression;

PETSC_EXTERN PetscErrorCode DscRegressRegisterOptions(void);
PETSC_EXTERN PetscErrorCode DscRegressionCreate(PetscInt nterms, DscRegression *regression);
PETSC_EXTERN PetscErrorCode DscRegressionDestroy(DscRegression *regression);
/* Values of `from` into `to`, created with as many terms. */
PETSC_EXTERN PetscErrorCode DscRegressionCopy(const DscRegression *from, DscRegression *to);

/* Least squares and ridge within a mask [nterms] of allowed terms (NULL: all; it may be result->active). Ridge
   minimises |y - Theta xi|^2 + lambda sum_j |theta_j|^2 xi_j^2: lambda is relative to the unit diagonal of C.
   active: allowed and not left out. covariance: the inverse of beta (G + lambda diag G) with 1/beta = residual /
   (N - effective number of coefficients); for ridge that is the posterior under the prior alpha = lambda N beta.
   Not collective; allocation-free. */
PETSC_EXTERN PetscErrorCode DscLeastSquares(const DscGram *gram, const PetscBool mask[], DscRegression *result);
PETSC_EXTERN PetscErrorCode DscRidge(const DscGram *gram, const PetscBool mask[], double lambda, DscRegression *result);

/* mask[j] = |normalized_j| >= threshold, of the terms that are not exactly 0. mask may be regression->active. */
PETSC_EXTERN PetscErrorCode DscThreshold(const DscRegression *regression, double threshold, PetscBool mask[]);
/* The same for n experiments with the same terms, at regressions[0], regressions[stride], ...: the root mean square of
   their normalised coefficients decides on one mask [nterms] for all. */
PETSC_EXTERN PetscErrorCode DscThresholdGroup(PetscInt n, const DscRegression regressions[], PetscInt stride,
                                              double threshold, PetscBool mask[]);

/* ---- estimators: which terms are active ----------------------------------------------------------------------- */

/* The sums of disjoint blocks of the samples; together they are the problem. Cross-validation leaves blocks out, ensembles
   draw blocks anew: neither needs samples. */
typedef struct {
  PetscInt      nblocks, nterms;
  const double *nsamples; /* (not owned) [nblocks] */
  const double *G;        /* (not owned) [nblocks][nterms][nterms] */
  const double *b;        /* (not owned) [nblocks][nterms] */
  const double *yy;       /* (not owned) [nblocks] */
} DscGramBlocks;

typedef struct _p_DscEstimator *DscEstimator;
/* Reads -estimator and what belongs to it; -ensemble_size > 0 wraps it in bagging over blocks. stream (below 2^24) keeps
   the random choices of estimators of one run apart. Not collective, like all below. */
PETSC_EXTERN PetscErrorCode DscEstimatorCreate(DscOptions options, PetscInt nterms, uint64_t seed, uint64_t stream,
                                               DscEstimator *estimator);
PETSC_EXTERN PetscErrorCode DscEstimatorDestroy(DscEstimator *estimator);
/* Blocks that it wants (at least; -estimator_blocks): 1 where it neither cross-validates nor draws. */
PETSC_EXTERN PetscErrorCode DscEstimatorGetBlocks(DscEstimator estimator, PetscInt *nblocks);
/* Chooses active terms among the allowed ones (NULL: all; may be result->active) and fills result: coefficients, std and
   covariance of least squares on the active terms (of their posterior, for sbl without an ensemble), inactive ones 0. The
   same input gives the same answer, however often it is called. With an ensemble, result->inclusion is the share of its
   members in which a term was active (NaN without), and std and covariance are widened where the members that have a term
   disagree about it by more. Never NaN elsewhere; no active term is an answer; any number of blocks is, and some may have
   no samples. converged is false where a limit of iterations was reached. Sums that are not finite are PETSC_ERR_FP.
   Allocation-free, but for the first call of an ensemble and where there are more blocks than before. */
PETSC_EXTERN PetscErrorCode DscEstimatorSelect(DscEstimator estimator, const DscGramBlocks *blocks,
                                               const PetscBool allowed[], DscRegression *result);
/* What -estimator can be. */
PETSC_EXTERN PetscErrorCode DscEstimatorList(PetscInt *n, const char *const **names, const char *const **help);

/* ---- candidates: the best sets of each size --------------------------------------------------------------------- */

/* For each number of terms from 0 to `limit` (or fewer: what spans the others is not missed) the set that leaves least of
   y, by a search that is not exhaustive (src/regress/path.c), of one problem or of several experiments with the same
   terms, each with its own coefficients.
     error: the share of y's square that is left, mean over the experiments.
     score: -2 ln evidence up to a constant (Zellner's prior: src/regress/sweep.h), summed over the experiments; lower is
       better. nsamples counts as so many independent samples: where residuals are correlated, as those of a surrogate
       or of derivatives are, differences of scores are too large, by about the number of samples that vary together. */
typedef struct _p_DscPath  *DscPath;
PETSC_EXTERN PetscErrorCode DscPathCreate(PetscInt nterms, PetscInt nexperiments, PetscInt limit, DscPath *path);
PETSC_EXTERN PetscErrorCode DscPathDestroy(DscPath *path);
/* Finds the sets of 0 to nsets - 1 terms. Sums that are not finite are PETSC_ERR_FP. Not collective; allocation-free, as
   those below. */
PETSC_EXTERN PetscErrorCode DscPathCompute(DscPath path, const DscGram grams[], PetscInt *nsets);
/* One of them. active [nterms] (owned by the path), until the next DscPathCompute(). */
PETSC_EXTERN PetscErrorCode DscPathGetSet(DscPath path, PetscInt size, const PetscBool **active, double *error,
                                          double *score);
/* Any set, for the sums of the last DscPathCompute(); and [nterms] the same set but for term j, which is taken out of it
   or in (NULL: not wanted). The score of a term that is spanned by the set is infinite. */
PETSC_EXTERN PetscErrorCode DscPathScore(DscPath path, const PetscBool active[], double *error, double *score,
                                         double flipped_error[], double flipped_score[]);

/* Sparse Bayesian learning (paper 000, eqs. 4-9 and 17; Tipping, JMLR 1, 2001; notes/model-discovery.md 1).
   Both priors are of the normalised problem: alpha_j of the coefficient of theta_j / rms(theta_j), beta~ = beta rms(y)^2
   of y / rms(y). So a prior of beta with d in the units of y^2 is set as c = c, d = d / rms(y)^2 = d nsamples / yy. */
typedef struct {
  double   a, b;      /* Gamma prior of alpha: a ln alpha - b alpha; b bounds alpha by (1 + 2a) / 2b */
  double   c, d;      /* Gamma prior of beta~: c ln beta~ - d beta~ */
  double   alpha_max; /* a term is active if its alpha is below (its coefficient then exceeds about alpha_max^-1/2) */
  double   significance; /* and its coefficient exceeds this many standard deviations; 0: any */
  double   tolerance;    /* |mu - mu_previous| <= tolerance * max(|mu|, alpha_max^-1/2), normalised */
  PetscInt max_iterations;
} DscSBLSettings;
/* The keys sbl_*; c = d = 0 (flat), which are the method's business. */
PETSC_EXTERN PetscErrorCode DscSBLSettingsFromOptions(DscOptions options, DscSBLSettings *settings);

/* Solves from the state in `result` (alpha, noise_precision) if result->iterations > 0, otherwise from alpha = 1,
   beta~ = 1, by MacKay's fixed point. At least one update of alpha and beta is made, so a sequence of warm solves of one
   problem goes on converging. mu, Sigma, log_evidence belong to the alpha and beta that are returned. Coefficients of
   inactive terms are left as they are: small, not 0. Not collective; allocation-free. */
typedef struct _p_DscSBL   *DscSBL;
PETSC_EXTERN PetscErrorCode DscSBLCreate(PetscInt nterms, DscSBL *sbl);
PETSC_EXTERN PetscErrorCode DscSBLDestroy(DscSBL *sbl);
PETSC_EXTERN PetscErrorCode DscSBLSolve(DscSBL sbl, const DscGram *gram, const DscSBLSettings *settings,
                                        DscRegression *result);
/* Several experiments with the same terms, each with its own sums, coefficients and noise, but one alpha_j for all: the
   active terms are common (group sparsity). Arrays of nexperiments, all not owned; of the settings only c and d are each
   experiment's own, the others are those of the first. The evidence is the sum of the results' log_evidence; a term is
   significant where sum_k (mu_kj / std_kj)^2 exceeds significance^2 + nexperiments - 1. An experiment with y = 0, or one
   column of it that is 0, takes no part. One experiment is DscSBLSolve(), to the last bit. */
PETSC_EXTERN PetscErrorCode DscSBLCreateGroup(PetscInt nterms, PetscInt nexperiments, DscSBL *sbl);
PETSC_EXTERN PetscErrorCode DscSBLSolveGroup(DscSBL sbl, const DscGram grams[], const DscSBLSettings settings[],
                                             DscRegression *const results[]);

#endif
