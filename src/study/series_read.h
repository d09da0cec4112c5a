/*
  What a results file holds besides its table (results.h), read when asked for: on one rank, not collective.
*/
#ifndef STUDY_SERIES_READ_H
#define STUDY_SERIES_READ_H

#include <discern/study.h>

/* numbers [nruns] of the runs in the whole study (their row, in a file without them); in_study: how many it has. */
PETSC_EXTERN PetscErrorCode DscRunNumbersRead(const char path[], PetscInt nruns, PetscInt64 numbers[],
                                              PetscInt64 *in_study);

/* The rows of one run of a ragged group, '/history' or '/prediction': all its columns of reals, in the order of the
   group's attribute 'columns' or else by name, with '/' in their names again. Only that run is read. No such group: no
   columns. A user error if the file is damaged. The caller destroys the series. */
PETSC_EXTERN PetscErrorCode DscSeriesRead(const char path[], const char group[], PetscInt row, DscTable *series);
/* How many rows each run has there: lengths [nruns]; all 0 without such a group. */
PETSC_EXTERN PetscErrorCode DscSeriesLengths(const char path[], const char group[], PetscInt nruns,
                                             PetscInt64 lengths[]);
/* Index of a column; -1 if there is none. */
PETSC_EXTERN PetscInt DscSeriesFind(const DscTable *series, const char column[]);

#endif
