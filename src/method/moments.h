/*
  The second moments of a data set: all that a constraint ever sees of the samples.

  X is [Theta | u_t]': one row a library term, then one row a left-hand side, one column a sample. A constraint's loss
  depends on the samples only through C = X X' and the sums of squared data errors. So its gradient with respect to X is
  W X with the small symmetric matrix W = 2 dL/dC: one product forward and one backward, for every constraint.
*/
#ifndef DISCERN_METHOD_MOMENTS_H
#define DISCERN_METHOD_MOMENTS_H

#include <discern/data.h>

typedef struct {
  PetscInt nterms, nleft, nrows; /* M, left-hand sides, M + nleft */
  double   nsamples;             /* N, of the training part */
  double  *C;                    /* (owned) [nrows][nrows], symmetric, in physical units */
  double  *sse;                  /* (owned) [nleft] |u - u^|^2 of the field on each left-hand side */
} DscMoments;

PETSC_INTERN PetscErrorCode DscMomentsCreate(PetscInt nterms, PetscInt nleft, double nsamples, DscMoments *moments);
PETSC_INTERN PetscErrorCode DscMomentsDestroy(DscMoments *moments);
/* Adds X X' over the first count of `lanes` lanes of X [nrows][lanes] to sums [nrows][nrows]: lower triangle only. */
PETSC_INTERN PetscErrorCode DscMomentsAdd(PetscInt nrows, PetscInt lanes, PetscInt count, const double X[],
                                          double sums[]);
/* Takes over the sums: C from its lower triangle, then sse. */
PETSC_INTERN PetscErrorCode DscMomentsSet(DscMoments *moments, const double sums[], const double sse[]);
/* Xbar = W X, both [nrows][lanes]; lanes from count on are set to 0. */
PETSC_INTERN PetscErrorCode DscMomentsAdjoint(PetscInt nrows, PetscInt lanes, PetscInt count, const double W[],
                                              const double X[], double Xbar[]);

#endif
