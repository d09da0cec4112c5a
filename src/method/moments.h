/*
  The second moments of a data set: all that a constraint ever sees of the samples.

  X is [Theta | u_t]': one row a library term, then one row a left-hand side, one column a sample. A constraint's loss
  depends on the samples only through C = X X' and the sums of squared data errors. So its gradient with respect to X is
  W X with the small symmetric matrix W = 2 dL/dC: one product forward and one backward, for every constraint.

  Several experiments have a C each, with the same rows. Left-hand sides are numbered through: those of the first
  experiment, then those of the second, ...
*/
#ifndef DISCERN_METHOD_MOMENTS_H
#define DISCERN_METHOD_MOMENTS_H

#include <discern/data.h>

typedef struct {
  PetscInt nexperiments, nterms, nleft, nrows; /* nleft: of all experiments; nrows: M + left-hand sides of one */
  double   nsamples;                           /* N, of the training part; the mean over the experiments */
  double  *count;                              /* (owned) [nleft] N of the experiment */
  double  *present; /* (owned) [nleft] values of the field that are there, so many squares are in sse */
  double  *C;       /* (owned) [nexperiments][nrows][nrows], symmetric, in physical units */
  double  *sse;     /* (owned) [nleft] |u - u^|^2 of the field on each left-hand side */
} DscMoments;

/* nleft: of one experiment. All values are there until DscMomentsSet() says otherwise. */
PETSC_INTERN PetscErrorCode DscMomentsCreate(PetscInt nexperiments, PetscInt nterms, PetscInt nleft,
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
/* Adds X X' over the first count of `lanes` lanes of X [nrows][lanes] to sums [nrows][nrows]: lower triangle only. */
PETSC_INTERN PetscErrorCode DscMomentsAdd(PetscInt nrows, PetscInt lanes, PetscInt count, const double X[],
                                          double sums[]);
/* Takes over the sums of an experiment: C from its lower triangle, sse, present (NULL: as before). */
PETSC_INTERN PetscErrorCode DscMomentsSet(DscMoments *moments, PetscInt experiment, const double sums[],
                                          const double sse[], const double present[]);
/* Xbar = W X, both [nrows][lanes]; lanes from count on are set to 0. */
PETSC_INTERN PetscErrorCode DscMomentsAdjoint(PetscInt nrows, PetscInt lanes, PetscInt count, const double W[],
                                              const double X[], double Xbar[]);

#endif
