/* The lasso that estimators 'lasso' and 'adaptive_lasso' share. */
#ifndef DISCERN_REGRESS_LASSO_H
#define DISCERN_REGRESS_LASSO_H

#include "regress/estimator.h"

typedef struct _p_DscLasso *DscLasso;
/* Keys lasso_*; raises estimator->nblocks to the number of folds. */
PETSC_INTERN PetscErrorCode DscLassoCreate(DscEstimator estimator, DscOptions options, DscLasso *lasso);
PETSC_INTERN PetscErrorCode DscLassoDestroy(DscLasso *lasso);

/* Minimises 1/2 w'Cw - c'w + penalty sum_j weights_j |w_j| (C [n][n], c [n]) over the terms with a finite weight, from the w
   that is given. weights [n] >= 0, INFINITY: not a candidate. *converged is false where the limit of the iteration was
   reached; it is left alone otherwise. */
PETSC_INTERN PetscErrorCode DscLassoSolve(DscLasso lasso, const double C[], const double c[], const double weights[],
                                          double penalty, double w[], PetscBool *converged);
/* The penalty by cross-validation, and the lasso with it on the whole problem: normalised coefficients w [n].
   penalty may be NULL. */
PETSC_INTERN PetscErrorCode DscLassoCrossValidate(DscLasso lasso, DscEstimator estimator, const DscGramBlocks *blocks,
                                                  const double weights[], double w[], double *penalty,
                                                  PetscBool *converged);
/* Of the last cross-validation: *n penalties from the largest down, and the mean square of the validation residual, in
   units of y's mean square. (not owned) */
PETSC_INTERN PetscErrorCode DscLassoGetPath(DscLasso lasso, PetscInt *n, const double **penalties,
                                            const double **errors);

#endif
