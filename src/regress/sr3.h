/* The iteration of estimator 'sr3', apart for its test. */
#ifndef DISCERN_REGRESS_SR3_H
#define DISCERN_REGRESS_SR3_H

#include "regress/estimator.h"

typedef struct {
  PetscInt n;
  double   kappa, threshold;
  double  *c; /* (owned) [n] of the candidates, 0 elsewhere */
  double  *L; /* (owned) [n][n] Cholesky factor of C + kappa I over the candidates */
} DscSR3;

PETSC_INTERN PetscErrorCode DscSR3Create(PetscInt n, double nu, double threshold, DscSR3 *sr3);
PETSC_INTERN PetscErrorCode DscSR3Destroy(DscSR3 *sr3);
PETSC_INTERN PetscErrorCode DscSR3SetProblem(DscSR3 *sr3, const DscNormalized *problem, const PetscBool allowed[]);
/* w [n] of u [n], then u of w; *change: |u - u before|. */
PETSC_INTERN PetscErrorCode DscSR3Step(DscSR3 *sr3, double u[], double w[], double *change);

#endif
