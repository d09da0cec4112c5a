/*
  The data and the surrogate at every sample: the prediction of a DscResult.

  One row a sample, in the order of the data set, training part first; physical units. Columns: the coordinates by name,
  then for each field F 'F' (noise included), 'F_clean' where the set has it, and 'F_hat', the surrogate.
*/
#ifndef DISCERN_METHOD_PREDICTION_H
#define DISCERN_METHOD_PREDICTION_H

#include <discern/method.h>
#include "method/surrogate.h"
#include "method/train.h"

#define DSC_MAX_PREDICTION_ROWS 1000000

/* Names the columns of an empty table, before the training: a user error where two of them would have one name. A set of
   more than DSC_MAX_PREDICTION_ROWS samples gets none, and no rows either. */
PETSC_INTERN PetscErrorCode DscPredictionSetColumns(MPI_Comm comm, const DscDataSet *data, DscTable *prediction);
/* The rows, with the present parameters, the same on every rank. Collective. */
PETSC_INTERN PetscErrorCode DscPredictionCompute(MPI_Comm comm, DscTrain train, DscSurrogate *surrogate,
                                                 DscTable *prediction);

#endif
