/*
  Positions of particles as data (paper 000, section 3.3): the surrogate is the density p(x, t) that they are drawn
  from, with the likelihood of the positions in place of a squared error, and the equation is asked for on a regular
  grid, or, as in the paper, at the positions themselves.

  A flow trains on three kinds of samples, in this order: positions of the training part, the points of the grid, and
  positions of the test part. With a grid, positions weigh in the likelihood alone and points in the moments alone.

  Positions of one particle at many times are not so many independent observations: the likelihood is that of n =
  -positions_observations, shared evenly among all positions (by default ten for each particle, where particles are told
  apart). The points weigh as many observations together, whatever their number: n is what the evidence of the terms is
  measured against.
*/
#ifndef DISCERN_METHOD_POINTS_H
#define DISCERN_METHOD_POINTS_H

#include <discern/data.h>

/* All 0 where the samples are values of fields, not positions. */
typedef struct {
  PetscInt first, n;     /* samples [first, first + n) are points; n = 0: the equation is asked for at the positions */
  double   weight;       /* in the moments, of a point, or of a position where there are no points */
  double   observations; /* n independent ones, of the training part */
} DscPoints;

/* Samples and points of a set of positions; zeroes points for any other set, whose samples stay as they are. Not
   collective. */
PETSC_INTERN PetscErrorCode DscPointsCreate(DscOptions options, const DscDataSet *data, DscSamples *samples,
                                            DscPoints *points);
/* The row of the data set that a sample is; -1: a point. */
static inline PetscInt DscPointsRow(const DscPoints *points, PetscInt sample)
{
  if (sample < points->first || points->n == 0) return sample;
  return sample < points->first + points->n ? -1 : sample - points->n;
}
/* A user error where the options do not fit to the kind of the set: a flow wants positions, all else values. */
PETSC_INTERN PetscErrorCode DscPointsCheckData(MPI_Comm comm, DscOptions options, const DscDataSet *data);

#endif
