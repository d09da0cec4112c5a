/*
  The samples of one run's prediction as a figure shows them: which columns they are, which of them, in which order.
*/
#ifndef STUDY_PLOT_SAMPLES_H
#define STUDY_PLOT_SAMPLES_H

#include <discern/study.h>

#define DSC_MAX_DRAWN 3 /* coordinates */

/* What is drawn of a field u: u, u_hat, u - u_hat, u_clean, u_hat - u_clean. */
typedef enum { DSC_DATA, DSC_SURROGATE, DSC_RESIDUAL, DSC_CLEAN, DSC_FAULT, DSC_QUANTITIES } DscQuantity;

typedef struct {
  DscTable  series;                                         /* (owned) the run's rows */
  PetscInt  ncoordinates, coordinates[DSC_MAX_COORDINATES]; /* columns; coordinate 0 is time */
  PetscInt  data, surrogate, clean; /* columns of the field; clean -1: unknown, or the data themselves */
  PetscInt  first, second;          /* columns that are drawn across and upwards */
  PetscInt  n, *sample;             /* (owned) [n] rows that are drawn */
  PetscInt  grid[2];                /* extents where they are a grid, first slowest; otherwise 0 */
  PetscBool uniform;                /* of a grid: equal steps */
  char      field[DSC_NAME_LENGTH], slice[2 * DSC_NAME_LENGTH]; /* slice: ' at t = 0.5', if it is one */
} DscMapSamples;

/* From the series: which columns are coordinates. */
PETSC_INTERN void DscMapSamplesFindCoordinates(DscMapSamples *samples);
/* The data are positions of particles, not values of fields: column 'position' tells them from the points of a grid. */
PETSC_INTERN PetscBool DscMapSamplesArePositions(const DscTable *series);
/* The field F of a column 'F_hat'; -1 if the column is none. */
PETSC_INTERN PetscInt DscMapSamplesFieldOf(const DscTable *series, PetscInt column);
/* Takes a field's column, and the samples that are drawn: all, but in two space dimensions those of the middle time,
   and of positions only the points of the grid. Of a time series in the order of time; of others as a grid, if they are
   one. */
PETSC_INTERN PetscErrorCode DscMapSamplesSetField(DscMapSamples *samples, PetscInt column);
/* Frees what SetField made. */
PETSC_INTERN PetscErrorCode DscMapSamplesClearField(DscMapSamples *samples);
PETSC_INTERN double         DscMapSamplesAt(const DscMapSamples *samples, PetscInt row, PetscInt column);
PETSC_INTERN double         DscMapSamplesGet(const DscMapSamples *samples, PetscInt row, DscQuantity quantity);
/* Over the samples that are drawn; NaN if there is no finite value. */
PETSC_INTERN double DscMapSamplesRms(const DscMapSamples *samples, DscQuantity quantity);

#endif
