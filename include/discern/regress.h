/*
  regress: sparse and dense regressions, all from Gram matrices (nothing here sees samples).
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
  double     noise_precision; /* beta, of y in physical units */
  double     residual;        /* |y - Theta xi|^2 */
  double     log_evidence;
  PetscInt   iterations;
  PetscBool  converged; /* false: the inner iteration reached its limit */
} DscRegression;

PETSC_EXTERN PetscErrorCode DscRegressRegisterOptions(void);
PETSC_EXTERN PetscErrorCode DscRegressionCreate(PetscInt nterms, DscRegression *regression);
PETSC_EXTERN PetscErrorCode DscRegressionDestroy(DscRegression *regression);
PETSC_EXTERN PetscErrorCode DscRegressionCopy(const DscRegression *from, DscRegression *to);

/* mask [nterms]: terms allowed (NULL: all). Columns are normalised inside; zero or collinear columns give a defined answer. */
PETSC_EXTERN PetscErrorCode DscLeastSquares(const DscGram *gram, const PetscBool mask[], DscRegression *result);
PETSC_EXTERN PetscErrorCode DscRidge(const DscGram *gram, const PetscBool mask[], double lambda, DscRegression *result);

/* Sparse Bayesian learning (paper 000, eqs. 8-14; notes/model-discovery.md 1). */
typedef struct {
  double   a, b;      /* Gamma prior of alpha */
  double   c, d;      /* Gamma prior of beta (in units of the normalised y) */
  double   alpha_max; /* a term with alpha above is inactive (normalised columns) */
  double   tolerance; /* relative change of mu */
  PetscInt max_iterations;
} DscSBLSettings;
/* Solves from the state in `result` (warm start) if result->iterations > 0, otherwise from alpha = 1. Allocation-free. */
typedef struct _p_DscSBL   *DscSBL;
PETSC_EXTERN PetscErrorCode DscSBLCreate(PetscInt nterms, DscSBL *sbl);
PETSC_EXTERN PetscErrorCode DscSBLDestroy(DscSBL *sbl);
PETSC_EXTERN PetscErrorCode DscSBLSolve(DscSBL sbl, const DscGram *gram, const DscSBLSettings *settings,
                                        DscRegression *result);

#endif
