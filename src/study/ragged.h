/*
  /history, /selection and /prediction of the results file: the tables of all runs, one after the other (CF's contiguous ragged
  array): offset [runs + 1], a scale with the run's number for every row, and one data set for every column, whose names
  the group's attribute `columns` lists in their order.
*/
#ifndef STUDY_RAGGED_H
#define STUDY_RAGGED_H

#include "study/deal.h"
#include "study/file.h"
#include "study/names.h"

typedef struct {
  const char *group, *scale, *scale_name; /* scale_name: what the scale holds */
  size_t      table;                      /* offset of the DscTable in DscResult */
  DscNameList list;                       /* its columns */
} DscRagged;

enum { DSC_RAGGED_COUNT = 3 };
PETSC_EXTERN const DscRagged DscRaggedGroups[DSC_RAGGED_COUNT];

/* A path in the file has no room for '/' in a name, nor for a column called like the scales. */
PETSC_EXTERN PetscErrorCode DscRaggedPath(const DscRagged *group, const char column[], size_t size, char path[]);
/* Nothing where no run has any row. The columns are the union of the runs' columns; NaN where a run has none of that
   name. Collective. */
PETSC_EXTERN PetscErrorCode DscRaggedWrite(DscOutput *file, const DscRagged *group, const DscPlan *plan,
                                           const DscDeal *deal, const DscRecords *records);

#endif
