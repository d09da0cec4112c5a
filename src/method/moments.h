/*
  The second moments of a data set: all that a constraint ever sees of the samples.

  X is [Theta | u_t]': one row a library term, then one row a left-hand side, one column a sample. A constraint's loss
  depends on the samples only through C = X X' and the sums of squared data errors. So its gradient with respect to X is
  W X with the small symmetric matrix W = 2 dL/dC: one product forward and one backward, for every constraint.

  Estimators that cross-validate or draw samples anew get C in blocks of panels: panel p belongs to block p modulo nblocks,
  whoever computes it. The sums that travel are one block after the other, each its number of samples and the lower
  triangle of its C, row by row.

  Several experiments have a C each, with the same rows, and sums of their own. Left-hand sides are numbered through: those
  of the first experiment, then those of the second, ...
*/
#ifndef DISCERN_METHOD_MOMENTS_H
#define DISCERN_METHOD_MOMENTS_H

#include <discern/data.h>

typedef struct {
  PetscInt nexperiments, nterms, nleft, nrows; /* nleft: of all experiments; nrows: M + left-hand sides of one */
  PetscInt nblocks, nsums; /* length of the sums of one experiment: nblocks (1 + nrows (nrows + 1) / 2) */
  double   nsamples;       /* N, of the training part; the mean over the experiments */
  double  *count;          /* (owned) [nleft] N of the experiment */
  double  *present;        /* (owned) [nleft] values of the field that are there, so many squares are in sse */
  double  *C;              /* (owned) [nexperiments][nrows][nrows], symmetric, in physical units: all blocks together */
  double  *sse;            /* (owned) [nleft] |u - u^|^2 of the field on each left-hand side */
  double   test_error;     /* mean square on the test part, scaled (method/schedule.h); NaN where not known */
  double  *sums;           /* (owned) [nexperiments][nsums] as they were set */
  double  *panel;          /* (owned) [nrows][nrows] X X' of one panel */
} DscMoments;

/* nleft: of one experiment. All values are there until DscMomentsSet() says otherwise. */
PETSC_INTERN PetscErrorCode DscMomentsCreate(PetscInt nexperiments, PetscInt nterms, PetscInt nleft, PetscInt nblocks,
                                             const double nsamples[], DscMoments *moments);
/* Another number of samples. */
PETSC_INTERN PetscErrorCode DscMomentsResize(DscMoments *moments, PetscInt experiment, double nsamples);
/* Where the matrices of a left-hand side's experiment begin, and its row in them. */
static inline size_t DscMomentsOffset(const DscMoments *moments, PetscInt left)
{
  const PetscInt own = moments->nleft / moments->nexperiments;

  return (size_t)(left / own) * (size_t)moments->nrows * (size_t)moments->nrows;
}
static inline PetscInt DscMomentsRow(const DscMoments *moments, PetscInt left)
{
  return moments->nterms + left % (moments->nleft / moments->nexperiments);
}
PETSC_INTERN PetscErrorCode DscMomentsDestroy(DscMoments *moments);
/* Adds the first count of `lanes` lanes of X [nrows][lanes] to the sums [nsums] of an experiment, in the block of a panel,
   counted in each experiment. */
PETSC_INTERN PetscErrorCode DscMomentsAdd(DscMoments *moments, PetscInt panel, PetscInt lanes, PetscInt count,
                                          const double X[], double sums[]);
/* Takes over the sums of an experiment, sse, present (NULL: as before); the test error is not known then. */
PETSC_INTERN PetscErrorCode DscMomentsSet(DscMoments *moments, PetscInt experiment, const double sums[],
                                          const double sse[], const double present[]);
/* A block's number of samples, and its C as a lower triangle: entry (i, j <= i) at i (i + 1) / 2 + j. */
static inline const double *DscMomentsBlock(const DscMoments *moments, PetscInt experiment, PetscInt block,
                                            double *nsamples)
{
  const double *sums = moments->sums + experiment * moments->nsums + block * (moments->nsums / moments->nblocks);

  *nsamples = sums[0];
  return sums + 1;
}
/* Xbar = W X, both [nrows][lanes]; lanes from count on are set to 0. */
PETSC_INTERN PetscErrorCode DscMomentsAdjoint(PetscInt nrows, PetscInt lanes, PetscInt count, const double W[],
                                              const double X[], double Xbar[]);

#endif
