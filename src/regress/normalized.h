/*
  The regression in units of its own columns: Theta~_j = Theta_j / rms_j, y~ = y / rms_y, mean squares 1.
    C = Theta~' Theta~ / N (unit diagonal), c = Theta~' y~ / N, y~' y~ / N = 1.
*/
#ifndef DISCERN_REGRESS_NORMALIZED_H
#define DISCERN_REGRESS_NORMALIZED_H

#include <discern/regress.h>

/* Relative rounding error of a Gram matrix: directions of Theta~ with a smaller square cannot be told from 0. */
#define GRAM_TOLERANCE 1e-13

typedef struct {
  PetscInt n;
  double   nsamples;
  double   rms_y;   /* 0: y = 0 */
  double  *rms;     /* (owned) [n], 0: a zero column; its row and column of C and its c are 0 */
  double  *C;       /* (owned) [n][n] */
  double  *c;       /* (owned) [n] */
  double  *work[2]; /* (owned) [n] each */
} DscNormalized;

PETSC_INTERN PetscErrorCode DscNormalizedCreate(PetscInt n, DscNormalized *problem);
PETSC_INTERN PetscErrorCode DscNormalizedDestroy(DscNormalized *problem);
/* Refuses sums that are not finite. */
PETSC_INTERN PetscErrorCode DscNormalizedSet(DscNormalized *problem, const DscGram *gram);
/* |y~ - Theta~ mu|^2 / N, at least its own rounding error: > 0. */
PETSC_INTERN double DscNormalizedResidual(const DscNormalized *problem, const double mu[]);
/* From the normalised mean in result->normalized and covariance in result->covariance: coefficients, covariance, std and
   residual in physical units. */
PETSC_INTERN PetscErrorCode DscNormalizedToPhysical(const DscNormalized *problem, double residual,
                                                    DscRegression *result);
/* The answer where y = 0. */
PETSC_INTERN PetscErrorCode DscRegressionSetZero(DscRegression *result);

/* Scratch of DscLeastSquares, DscRidge and the estimators. */
struct _p_DscRegressWork {
  DscNormalized problem;
  double       *A;      /* (owned) [n][n] matrix, factor, inverse */
  double       *x;      /* (owned) [n] */
  double       *lapack; /* (owned) [2n] */
  PetscBLASInt *pivot;  /* (owned) [n] */
  PetscInt     *terms;  /* (owned) [n] */
};
PETSC_INTERN PetscErrorCode DscRegressWorkCreate(PetscInt n, struct _p_DscRegressWork **work);
PETSC_INTERN PetscErrorCode DscRegressWorkDestroy(struct _p_DscRegressWork **work);
/* Normalised coefficients mu [n] of ridge (lambda = 0: least squares) on work->problem within mask (NULL: all): the
   solution of DscRidge without its covariance. */
PETSC_INTERN PetscErrorCode DscNormalizedSolve(struct _p_DscRegressWork *work, const PetscBool mask[], double lambda,
                                               double mu[]);

#endif
