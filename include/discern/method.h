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

/* Rows of numbers under named columns. */
typedef struct {
  PetscInt ncolumns, nrows, capacity;
  char (*columns)[DSC_NAME_LENGTH]; /* (owned) [ncolumns] */
  double *values;                   /* (owned) [nrows][ncolumns] */
} DscTable;

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
  double  *inclusion; /* (owned) [nleft][nterms] share of an ensemble in which a term is active; NaN without one */
  double  *truth;     /* (owned) [nleft][nterms], NaN where unknown */
  int     *active;    /* (owned) [nleft][nterms] */
  double   mse, bic;
  int      exact;             /* -1 unknown, 0, 1 */
  double   coefficient_error; /* largest relative error over true terms; NaN if unknown */
  DscTable history;           /* one row a logged iteration (method/history.h) */
  DscTable selection;         /* one row a candidate equation (method/selection.h) */
  DscTable prediction;        /* one row a sample: coordinates, fields, surrogate; empty unless -study_prediction */
} DscResult;

/* How a run is saved, stopped and continued: the study's side of it, called by the loop of every method. */
typedef struct {
  void *context; /* (not owned) first argument of the callbacks */
  /* What this rank wishes, once an iteration: local, quick, and free to differ between ranks. All ranks of the run act
     on the wishes of any of them, after the same iteration. save: only rank 0's counts. NULL: no wishes. */
  PetscErrorCode (*poll)(void *context, PetscBool *stop, PetscBool *save);
  /* The state before `iteration`; called on rank 0 of the run, as wished and at a stop. An error ends the run on all of
     its ranks. NULL: nothing is saved. */
  PetscErrorCode (*save)(void *context, PetscInt iteration, DscBuffer state);
  DscBuffer restart;    /* (not owned) a state to go on from, the same on all ranks; NULL: from the beginning */
  PetscBool prediction; /* fill result->prediction */
} DscRunControl;

PETSC_EXTERN PetscErrorCode DscMethodRegisterOptions(void);
/* The tables of all folders that a run reads, in the order of -help. */
PETSC_EXTERN PetscErrorCode DscRunRegisterOptions(void);
PETSC_EXTERN PetscErrorCode DscResultCreate(DscResult **result);
PETSC_EXTERN PetscErrorCode DscResultDestroy(DscResult **result);
/* A result as bytes, and back: every number with its bits. Not collective. */
PETSC_EXTERN PetscErrorCode DscResultPut(const DscResult *result, DscBuffer buffer);
PETSC_EXTERN PetscErrorCode DscResultGet(DscBuffer buffer, DscResult *result); /* into a fresh result */
/* Names are copied. A row has ncolumns values. */
PETSC_EXTERN PetscErrorCode DscTableSetColumns(DscTable *table, PetscInt ncolumns,
                                               const char (*names)[DSC_NAME_LENGTH]);
PETSC_EXTERN PetscErrorCode DscTableAddRow(DscTable *table, const double row[]);
PETSC_EXTERN PetscErrorCode DscTableDestroy(DscTable *table);
/* One run of -method on the ranks of comm. control: NULL where a run is neither saved nor stopped. A run that was stopped
   has status stopped and the equation of that moment; after a restart it ends with the bits of an uninterrupted one,
   seconds apart, which are the sum of both parts. progress: print the log table. Collective. */
PETSC_EXTERN PetscErrorCode DscMethodRun(MPI_Comm comm, DscOptions options, const DscRunControl *control,
                                         PetscBool progress, DscResult *result);
/* Sizes for -dry_run: parameters, samples, panels, shards, bytes per rank. Collective. */
PETSC_EXTERN PetscErrorCode DscMethodPlan(MPI_Comm comm, DscOptions options);
PETSC_EXTERN PetscErrorCode DscMethodList(PetscInt *n, const char *const **names, const char *const **help);
/* What -mask_schedule can be. */
PETSC_EXTERN PetscErrorCode DscMaskScheduleList(PetscInt *n, const char *const **names, const char *const **help);
/* What -constraint can be. */
PETSC_EXTERN PetscErrorCode DscConstraintList(PetscInt *n, const char *const **names, const char *const **help);

#endif
