/*
  The results file (DESIGN 6): its names are an interface. Written by all ranks together, read by one.
*/
#ifndef STUDY_RESULTS_H
#define STUDY_RESULTS_H

#include "study/runs.h"

#define DSC_SCHEMA_VERSION 1
#define DSC_AXIS_LENGTH    128

/* Every run of the plan, from the records of all ranks, into path. options: those of the study, for provenance.
   Collective. */
PETSC_EXTERN PetscErrorCode DscResultsWrite(MPI_Comm comm, const char path[], const DscPlan *plan, DscOptions options,
                                            const DscRecords *records);

/* Back from a file to records: the runs of plan that are in it and match its numbers, each on one rank, all of their
   numbers with their bits. skip [nruns]: runs that are not wanted (NULL: none). A user error if path is not a results
   file, is damaged, or of a later schema. The caller destroys the records. Collective. */
PETSC_EXTERN PetscErrorCode DscResultsReadRecords(MPI_Comm comm, const char path[], const DscPlan *plan,
                                                  const PetscBool skip[], DscRecords *records);

/* What says which study a file is of, and how its runs stand. All arrays (owned). */
typedef struct {
  char    *input; /* resolved options of the study, as DscOptionsToText() writes them */
  PetscInt naxes, nruns;
  char (*axes)[DSC_NAME_LENGTH]; /* [naxes] keys, in the order that numbers the runs */
  PetscInt *number, *status;     /* [nruns] numbers rise */
} DscResultsHead;

/* Read by rank 0, the same on all ranks; errors as above. Collective. */
PETSC_EXTERN PetscErrorCode DscResultsReadHead(MPI_Comm comm, const char path[], DscResultsHead *head);
PETSC_EXTERN PetscErrorCode DscResultsHeadDestroy(DscResultsHead *head);

/* A results file in memory, without its history. All arrays (owned). */
typedef struct {
  PetscInt nruns, nleft, nterms, naxes;
  int      runs_in_study;               /* nruns of them are in the file */
  char (*axes)[DSC_NAME_LENGTH];        /* [naxes] keys */
  char (*axis_values)[DSC_AXIS_LENGTH]; /* [naxes][nruns] as text */
  int    *number;                       /* [nruns] of each run in the study, rising */
  int    *status, *exact, *iterations;  /* [nruns] */
  double *seconds, *mse, *bic, *coefficient_error;
  char (*reason)[256];
  char (*left)[DSC_NAME_LENGTH];      /* [nleft] */
  char (*terms)[DSC_NAME_LENGTH];     /* [nterms] */
  double *coefficients, *std, *truth; /* [nruns][nleft][nterms] */
  double *inclusion;                  /* NaN where there was no ensemble */
  int    *active;
} DscResultsTable;

/* On one rank; a user error if path is not a results file, is damaged, or of a later schema. Not collective. */
PETSC_EXTERN PetscErrorCode DscResultsRead(const char path[], DscResultsTable *table);
PETSC_EXTERN PetscErrorCode DscResultsTableDestroy(DscResultsTable *table);

#endif
