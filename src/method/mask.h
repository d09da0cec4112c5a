/*
  Masks: which terms the equation of a constraint may have. A sparsity estimator (-estimator) chooses them from the moments,
  when the schedule says so (method/schedule.h); until the next mask the others have coefficient 0. An estimator that keeps
  nothing is taken at its word: the equation is then u_t = 0, until a later mask brings terms back.

  Several experiments have one mask. With estimator 'threshold' (and no ensemble) the root mean square of a term's normalised
  coefficients over them must pass; any other estimator chooses in each of them, and the terms that at least half of them
  choose stay.
*/
#ifndef DISCERN_METHOD_MASK_H
#define DISCERN_METHOD_MASK_H

#include <discern/regress.h>
#include "method/moments.h"
#include "method/schedule.h"

typedef struct {
  PetscInt       nexperiments, nleft, nterms, nblocks; /* nleft: of all experiments */
  DscSchedule    schedule;
  DscEstimator  *estimators; /* (owned) [nleft] */
  PetscBool     *active;     /* (owned) [nleft][nterms] all of them before the first mask */
  PetscBool     *last;       /* (owned) [nleft][nterms] the mask before the end; scratch */
  double        *inclusion;  /* (owned) [nleft][nterms] of the last mask of all terms; NaN without an ensemble */
  DscRegression  regression; /* (owned) what the estimator answered; scratch */
  PetscBool      by_norm;    /* of several experiments: their coefficients are judged together */
  double         threshold;  /* by_norm */
  DscRegression *together;   /* (owned) [nexperiments] by_norm: of one left-hand side; scratch */
  PetscInt      *votes;      /* (owned) [nterms] scratch */
  double        *G, *b, *yy, *nsamples; /* (owned) [nblocks] problems of one left-hand side; scratch */
} DscMask;

/* Reads -mask_*, -estimator and what belongs to it. Not collective, like all below. */
PETSC_INTERN PetscErrorCode DscMaskCreate(DscOptions options, PetscInt nexperiments, PetscInt nleft, PetscInt nterms,
                                          DscMask **mask);
PETSC_INTERN PetscErrorCode DscMaskDestroy(DscMask **mask);
/* The mask of every left-hand side anew, among the terms that are allowed [nleft][nterms]. */
PETSC_INTERN PetscErrorCode DscMaskFind(DscMask *mask, const DscMoments *moments, const PetscBool allowed[]);
/* The same once more at the end, among the terms of the mask: the equations to report, results [nleft]. */
PETSC_INTERN PetscErrorCode DscMaskFinish(DscMask *mask, const DscMoments *moments, const PetscBool allowed[],
                                          DscRegression results[]);
PETSC_INTERN PetscErrorCode DscMaskSave(const DscMask *mask, DscBuffer state);
PETSC_INTERN PetscErrorCode DscMaskRestore(DscMask *mask, DscBuffer state);

#endif
