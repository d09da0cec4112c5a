/*
  The second moments of a data set: all that a constraint ever sees of the samples.

  X is [Theta | u_t]': one row a library term, then one row a left-hand side, one column a sample. A constraint's loss
  depends on the samples only through C = X X' and the sums of squared data errors. So its gradient with respect to X is
  W X with the small symmetric matrix W = 2 dL/dC: one product forward and one backward, for every constraint.

  Estimators that cross-validate or draw samples anew get C in blocks of panels: panel p belongs to block p modulo nblocks,
  whoever computes it. The sums that travel are one block after the other, each its number of samples and the lower
  triangle of its C, row by row.
*/
#ifndef DISCERN_METHOD_MOMENTS_H
#define DISCERN_METHOD_MOMENTS_H

#include <discern/data.h>

typedef struct {
  PetscInt nterms, nleft, nrows; /* M, left-hand sides, M + nleft */
  PetscInt nblocks, nsums;       /* length of the sums: nblocks (1 + nrows (nrows + 1) / 2) */
  double   nsamples;             /* N, of the training part */
  double  *C;                    /* (owned) [nrows][nrows], symmetric, in physical units: all blocks together */
  double  *sse;                  /* (owned) [nleft] |u - u^|^2 of the field on each left-hand side */
  double   test_error;           /* mean square on the test part, scaled (method/schedule.h); NaN where not known */
  double  *sums;                 /* (owned) [nsums] as they were set */
  double  *panel;                /* (owned) [nrows][nrows] X X' of one panel */
} DscMoments;

PETSC_INTERN PetscErrorCode DscMomentsCreate(PetscInt nterms, PetscInt nleft, PetscInt nblocks, double nsamples,
                                             DscMoments *moments);
PETSC_INTERN PetscErrorCode DscMomentsDestroy(DscMoments *moments);
/* Adds the first count of `lanes` lanes of X [nrows][lanes] to the sums [nsums], in the block of a panel. */
PETSC_INTERN PetscErrorCode DscMomentsAdd(DscMoments *moments, PetscInt panel, PetscInt lanes, PetscInt count,
                                          const double X[], double sums[]);
/* Takes over the sums and sse; the test error is not known then. */
PETSC_INTERN PetscErrorCode DscMomentsSet(DscMoments *moments, const double sums[], const double sse[]);
/* A block's number of samples, and its C as a lower triangle: entry (i, j <= i) at i (i + 1) / 2 + j. */
static inline const double *DscMomentsBlock(const DscMoments *moments, PetscInt block, double *nsamples)
{
  const double *sums = moments->sums + block * (moments->nsums / moments->nblocks);

  *nsamples = sums[0];
  return sums + 1;
}
/* Xbar = W X, both [nrows][lanes]; lanes from count on are set to 0. */
PETSC_INTERN PetscErrorCode DscMomentsAdjoint(PetscInt nrows, PetscInt lanes, PetscInt count, const double W[],
                                              const double X[], double Xbar[]);

#endif
