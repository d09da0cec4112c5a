/*
  The history, candidates or prediction of one run of a results file. On one rank, not collective.
*/
#ifndef STUDY_SERIES_READ_H
#define STUDY_SERIES_READ_H

#include <discern/study.h>

/* The rows that the run in a row of the file has in a ragged group ('/history', '/selection', '/prediction'), with the group's columns
   in their order; nothing of other runs is read. No columns where there is no such group. A user error if the file is
   damaged. The caller destroys the series. */
PETSC_INTERN PetscErrorCode DscSeriesRead(const char path[], const char group[], PetscInt row, DscTable *series);
/* How many rows each run has there: lengths [nruns]; all 0 without such a group. */
PETSC_INTERN PetscErrorCode DscSeriesLengths(const char path[], const char group[], PetscInt nruns, int64_t lengths[]);
/* Index of a column; -1 if there is none. */
PETSC_INTERN PetscInt DscSeriesFind(const DscTable *series, const char column[]);

#endif
