/*
  The history of a run (columns of DscResult) and its log table.

  Columns: iteration; loss; mse (|u - u^|^2/N, mean over the fields); mse_test (the same on the test part, NaN without),
  or, where the data are positions, nll and nll_test (mean of -log p); reg (|u_t - Theta xi|^2/N, mean over left-hand
  sides); sbl_iterations; active (number of terms); then for each left-hand side L 'tau/L' and 'beta/L' (precisions of u
  and u_t) and 'prior_ratio/L' (beta / tau in scaled units that the prior asks for, 0 where there is none); then for
  each term T 'coefficient/L/T' (physical units, inactive terms too) and 'alpha/L/T' (normalised columns; 0 where the
  constraint has none).
*/
#ifndef DISCERN_METHOD_HISTORY_H
#define DISCERN_METHOD_HISTORY_H

#include <discern/method.h>
#include "method/moments.h"

typedef struct _p_DscHistory *DscHistory;

/* One moment of a run. */
typedef struct {
  PetscInt                    iteration;
  double                      loss, fraction_done;
  const DscMoments           *moments;     /* (not owned) */
  const DscRegression *const *regressions; /* (not owned) [nleft] */
  double                      nll;         /* of a history of likelihoods */
  const double               *ratio;       /* (not owned) [nleft] of the prior; NULL: none */
  const double               *sse_test;    /* (not owned) [nleft] */
  const double               *ntest;       /* (not owned) [nleft] values tested; NULL: none */
} DscHistoryEntry;

/* The result must know its equation; it is borrowed until destroy. likelihood: the data are positions. Collective. */
PETSC_INTERN PetscErrorCode DscHistoryCreate(MPI_Comm comm, DscResult *result, PetscBool likelihood, PetscBool progress,
                                             DscHistory *history);
PETSC_INTERN PetscErrorCode DscHistoryDestroy(DscHistory *history);
PETSC_INTERN PetscErrorCode DscHistoryAdd(DscHistory history, const DscHistoryEntry *entry);
/* The rows so far, and back in the place of those that there are; seconds: elapsed before, for the log table. */
PETSC_INTERN PetscErrorCode DscHistorySave(DscHistory history, DscBuffer state);
PETSC_INTERN PetscErrorCode DscHistoryRestore(DscHistory history, DscBuffer state, double seconds);

#endif
