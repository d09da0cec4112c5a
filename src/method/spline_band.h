/* Symmetric band matrices: the lower part, column by column, with leading dimension bandwidth + 1. LAPACK's and BLAS's. */
#ifndef DISCERN_METHOD_SPLINE_BAND_H
#define DISCERN_METHOD_SPLINE_BAND_H

#include <petscsys.h>

/* y = band x. Not collective, allocation-free, like all below. */
PETSC_INTERN PetscErrorCode DscSplineBandMultiply(PetscInt n, PetscInt bandwidth, const double band[], const double x[],
                                                  double y[]);
/* The Cholesky factor of band, in place; *ok is false where it is not positive definite. */
PETSC_INTERN PetscErrorCode DscSplineBandFactor(PetscInt n, PetscInt bandwidth, double band[], PetscBool *ok);
/* Solves for so many right-hand sides x [columns][n], in place. */
PETSC_INTERN PetscErrorCode DscSplineBandSolve(PetscInt n, PetscInt bandwidth, const double factor[], PetscInt columns,
                                               double x[]);

#endif
