/*
  Masks: which terms the equation of a constraint may have. A sparsity estimator (-estimator) chooses them from the moments,
  when the schedule says so (method/schedule.h); until the next mask the others have coefficient 0. An estimator that keeps
  nothing is taken at its word: the equation is then u_t = 0, until a later mask brings terms back.
*/
#ifndef DISCERN_METHOD_MASK_H
#define DISCERN_METHOD_MASK_H

#include <discern/regress.h>
#include "method/moments.h"
#include "method/schedule.h"

typedef struct {
  PetscInt      nleft, nterms, nblocks;
  DscSchedule   schedule;
  DscEstimator *estimators; /* (owned) [nleft] */
  PetscBool    *active;     /* (owned) [nleft][nterms] all of them before the first mask */
  double       *inclusion;  /* (owned) [nleft][nterms] of the last mask of all terms; NaN without an ensemble */
  DscRegression regression; /* (owned) what the estimator answered; scratch */
  double       *G, *b, *yy, *nsamples; /* (owned) [nblocks] problems of one left-hand side; scratch */
} DscMask;

/* Reads -mask_*, -estimator and what belongs to it. Not collective, like all below. */
PETSC_INTERN PetscErrorCode DscMaskCreate(DscOptions options, PetscInt nleft, PetscInt nterms, DscMask **mask);
PETSC_INTERN PetscErrorCode DscMaskDestroy(DscMask **mask);
/* The mask of every left-hand side anew, among the terms that are allowed [nleft][nterms]. */
PETSC_INTERN PetscErrorCode DscMaskFind(DscMask *mask, const DscMoments *moments, const PetscBool allowed[]);
/* The same once more at the end, among the terms of the mask, for one left-hand side: the equation to report. */
PETSC_INTERN PetscErrorCode DscMaskFinish(DscMask *mask, const DscMoments *moments, PetscInt left,
                                          const PetscBool allowed[], DscRegression *result);
PETSC_INTERN PetscErrorCode DscMaskSave(const DscMask *mask, DscBuffer state);
PETSC_INTERN PetscErrorCode DscMaskRestore(DscMask *mask, DscBuffer state);

#endif
