/*
  method: the training loop and the methods built on it. One call is one run.
*/
#ifndef DISCERN_METHOD_H
#define DISCERN_METHOD_H

#include <discern/library.h>
#include <discern/net.h>
#include <discern/optim.h>
#include <discern/regress.h>

typedef enum { DSC_RUN_DONE = 0, DSC_RUN_NOT_CONVERGED = 1, DSC_RUN_FAILED = 2, DSC_RUN_STOPPED = 3 } DscRunStatus;

/* What one run leaves behind; identical on every rank of the run. */
typedef struct {
  DscRunStatus status;
  char         reason[256];
  double       seconds;
  PetscInt     iterations;
  PetscInt     nleft, nterms;
  char (*left)[DSC_NAME_LENGTH];                    /* (owned) [nleft] */
  char (*terms)[DSC_NAME_LENGTH];                   /* (owned) [nterms] */
  double  *coefficients, *std, *normalized, *alpha; /* (owned) [nleft][nterms] */
  double  *truth;                                   /* (owned) [nleft][nterms], NaN where unknown */
  int     *active;                                  /* (owned) [nleft][nterms] */
  double   mse, bic;
  int      exact;             /* -1 unknown, 0, 1 */
  double   coefficient_error; /* largest relative error over true terms; NaN if unknown */
  PetscInt ncolumns, nhistory, history_capacity;
  char (*columns)[DSC_NAME_LENGTH]; /* (owned) [ncolumns] names of the history columns */
  double *history;                  /* (owned) [nhistory][ncolumns] */
} DscResult;

PETSC_EXTERN PetscErrorCode DscMethodRegisterOptions(void);
/* The tables of all folders that a run reads, in the order of -help. */
PETSC_EXTERN PetscErrorCode DscRunRegisterOptions(void);
PETSC_EXTERN PetscErrorCode DscResultCreate(DscResult **result);
PETSC_EXTERN PetscErrorCode DscResultDestroy(DscResult **result);
/* One run of -method on the ranks of comm. progress: print the log table. Collective. */
PETSC_EXTERN PetscErrorCode DscMethodRun(MPI_Comm comm, DscOptions options, PetscBool progress, DscResult *result);
/* Sizes for -dry_run: parameters, samples, panels, shards, bytes per rank. Collective. */
PETSC_EXTERN PetscErrorCode DscMethodPlan(MPI_Comm comm, DscOptions options);
PETSC_EXTERN PetscErrorCode DscMethodList(PetscInt *n, const char *const **names, const char *const **help);
/* What -constraint can be. */
PETSC_EXTERN PetscErrorCode DscConstraintList(PetscInt *n, const char *const **names, const char *const **help);

#endif
