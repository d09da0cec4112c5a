/*
  Positions of particles of one run's prediction, and their inferred density, at a few times that a figure shows.
*/
#ifndef STUDY_PLOT_POSITIONS_H
#define STUDY_PLOT_POSITIONS_H

#include "study/plot_samples.h"

#define DSC_MOMENTS  3
#define DSC_MAX_BINS 60

typedef struct {
  double t, x, inferred, truth; /* densities; truth NaN: not known */
} DscPlace;

/* One of the data's own times. Where it has few positions those of the times around it are counted with them. */
typedef struct {
  double   time;
  PetscInt first, end; /* positions [first, end) are of this time */
  PetscInt from, to;   /* [from, to) are counted: whole times */
  double   inferred;   /* time of the inferred density: this one, or the nearest of the grid */
} DscMoment;

typedef struct {
  DscMapSamples samples;   /* (owned) the points of the grid, and the series */
  PetscInt      n;         /* positions */
  DscPlace     *positions; /* (owned) [n] by time, then by place */
  DscPlace     *curve;     /* (owned) [samples.series.nrows] */
  PetscInt      nmoments;
  DscMoment     moments[DSC_MOMENTS];
} DscPlotPositions;

/* Bins of equal width from the least to the greatest place. */
typedef struct {
  PetscInt bins;
  double   low, width, counts[DSC_MAX_BINS];
} DscHistogram;

/* From samples.series, which is there: all else. Of several experiments the first. */
PETSC_INTERN PetscErrorCode DscPlotPositionsSetUp(DscPlotPositions *positions);
/* Frees also samples. */
PETSC_INTERN PetscErrorCode DscPlotPositionsDestroy(DscPlotPositions *positions);
PETSC_INTERN DscPlace       DscPlotPositionsGet(const DscPlotPositions *positions, PetscInt row);
PETSC_INTERN PetscBool      DscPlotPositionsHas(const DscPlotPositions *positions, PetscInt row); /* not a point */
/* The inferred density at every place of the moment's time that the file has: returns how many, curve rises in x. */
PETSC_INTERN PetscInt DscPlotPositionsCurve(DscPlotPositions *positions, const DscMoment *moment);

/* Of the positions that the moment counts: as many bins as the root of their number. */
PETSC_INTERN DscHistogram DscPlotPositionsHistogram(const DscPlotPositions *positions, const DscMoment *moment);

#endif
