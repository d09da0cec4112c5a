/*
  /history of the results file: every run's log, one run after the other.
*/
#ifndef STUDY_HISTORY_H
#define STUDY_HISTORY_H

#include "study/deal.h"
#include "study/file.h"

/* columns [ncolumns]: union of the runs' columns; NaN where a run has none of that name. Collective. */
PETSC_EXTERN PetscErrorCode DscHistoryWrite(DscOutput *file, PetscInt nruns, const DscDeal *deal,
                                            const DscRecords *records, PetscInt ncolumns,
                                            char (*columns)[DSC_NAME_LENGTH]);

#endif
