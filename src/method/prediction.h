/*
  The data and the surrogate at every sample: the prediction of a DscResult.

  One row a sample, in the order of the data set, training part first; physical units. Columns: the coordinates by name,
  then for each field F 'F' (noise included, NaN where missing), 'F_clean' where the set has it, and 'F_hat', the
  surrogate. Where the samples are positions of particles a column 'position' is 1, and 0 at the points of the regular
  grid between those to train and those to test. Of several experiments the rows are one after the other, and a last
  column 'experiment' counts them from 1.
*/
#ifndef DISCERN_METHOD_PREDICTION_H
#define DISCERN_METHOD_PREDICTION_H

#include <discern/method.h>
#include "method/surrogate.h"
#include "method/train.h"

/* Fills an empty table, with the present parameters, the same on every rank. It stays empty where there are more than
   10^6 samples. Collective. */
PETSC_INTERN PetscErrorCode DscPredictionCompute(MPI_Comm comm, DscTrain train, DscSurrogate *surrogate,
                                                 DscTable *prediction);
/* The same of one replicated set, from the surrogate's values [nfields][nsamples]. Not collective. */
PETSC_INTERN PetscErrorCode DscPredictionSet(const DscDataSet *data, const double *const surrogate[],
                                             DscTable *prediction);

#endif
