/*
  Rows move from the rank that ran them to the rank that writes them: rank r of R writes one block of consecutive runs,
  so that every rank's part of a data set is one hyperslab.
*/
#ifndef STUDY_DEAL_H
#define STUDY_DEAL_H

#include "study/runs.h"

typedef struct {
  MPI_Comm     comm; /* (not owned) */
  PetscMPIInt  ranks;
  PetscInt     first, count;     /* the runs that this rank writes */
  PetscMPIInt *nsend, *nreceive; /* (owned) [ranks] runs that go to, or come from, each rank */
  PetscInt    *arrived;          /* (owned) [count] runs in the order in which they arrive */
} DscDeal;

/* The first run of a rank's block; that of rank `ranks` is nruns. Not collective. */
PETSC_EXTERN PetscInt DscDealStart(PetscInt nruns, PetscMPIInt ranks, PetscMPIInt rank);
/* Every run of 0..nruns-1 is in the records of exactly one rank. Collective, as all below. */
PETSC_EXTERN PetscErrorCode DscDealCreate(MPI_Comm comm, PetscInt nruns, const DscRecords *records, DscDeal *deal);
PETSC_EXTERN PetscErrorCode DscDealDestroy(DscDeal *deal);
/* One row of `bytes` a run: from have [records.n] in the records' order to want [count], run first + i at i. */
PETSC_EXTERN PetscErrorCode DscDealRows(const DscDeal *deal, size_t bytes, const void *have, void *want);
/* Rows of length doubles, of a rank at most PETSC_MPI_INT_MAX together: have is the concatenation of the records' rows, have_length [records.n]; want_length [count]
   (from DscDealRows) and want, the concatenation of the rows of first, first + 1, ... */
PETSC_EXTERN PetscErrorCode DscDealRagged(const DscDeal *deal, const PetscInt have_length[], const double have[],
                                          const PetscInt want_length[], double want[]);

#endif
