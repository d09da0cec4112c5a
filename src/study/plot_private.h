/*
  The figures of `discern plot`, each drawn only if the file has what it needs; otherwise a line says what is missing. All
  on one rank.
*/
#ifndef STUDY_PLOT_PRIVATE_H
#define STUDY_PLOT_PRIVATE_H

#include "study/plot_figure.h"

/* Success rates, and coefficients against the truth, by swept axis; seconds of all runs. */
PETSC_INTERN PetscErrorCode DscPlotRobustness(const DscPlot *plot, const DscResultsTable *table);
PETSC_INTERN PetscErrorCode DscPlotCoefficients(const DscPlot *plot, const DscResultsTable *table);
PETSC_INTERN PetscErrorCode DscPlotTiming(const DscPlot *plot, const DscResultsTable *table);
/* Terms against error of the candidate equations, a line a run; the supported one marked. */
PETSC_INTERN PetscErrorCode DscPlotPareto(const DscPlot *plot, const DscResultsTable *table);
/* Of the run in a row of the file. */
PETSC_INTERN PetscErrorCode DscPlotHistory(const DscPlot *plot, const DscResultsTable *table, PetscInt row);
/* Positions of particles and their density, with the precisions of the terms. */
PETSC_INTERN PetscErrorCode DscPlotDensity(const DscPlot *plot, const DscResultsTable *table, PetscInt row);
PETSC_INTERN PetscErrorCode DscPlotMaps(const DscPlot *plot, const DscResultsTable *table, PetscInt row);
/* Measurements of scaling: one row a line of the CSV file 'mode,ranks,ranks_per_run,seconds,speedup,efficiency'. */
typedef struct {
  char   mode[DSC_NAME_LENGTH]; /* strong, weak, ensemble */
  double ranks, ranks_per_run, seconds, speedup, efficiency;
} DscScalingRow;
typedef struct {
  PetscInt       n, capacity;
  DscScalingRow *rows; /* (owned) [n] */
} DscScalingTable;
/* A user error, with the line, where the file is not such a table. */
PETSC_INTERN PetscErrorCode DscScalingTableRead(const char path[], DscScalingTable *table);
PETSC_INTERN PetscErrorCode DscScalingTableDestroy(DscScalingTable *table);
PETSC_INTERN PetscErrorCode DscPlotScaling(const DscPlot *plot, const DscScalingTable *table);

#endif
