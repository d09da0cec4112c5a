/*
  When to stop, by -stop_rule:
    stable        over -stop_patience iterations the active set has not changed and no active normalised coefficient has
                  moved further than -stop_tolerance, as a fraction of the largest one, from where it was at the beginning
    coefficients  over -stop_patience iterations the sum of |normalised coefficient| over all terms and left-hand sides
                  has stayed within -stop_delta of where it was at the beginning (as in DeePyMoD, with a patience of 200)
  An equation without terms never counts as stable.
*/
#ifndef DISCERN_METHOD_CONVERGENCE_H
#define DISCERN_METHOD_CONVERGENCE_H

#include <discern/method.h>

typedef struct _p_DscConvergence *DscConvergence;

/* Reads -stop_*. nleft regressions of nterms are watched. */
PETSC_INTERN PetscErrorCode DscConvergenceCreate(DscOptions options, PetscInt nleft, PetscInt nterms,
                                                 DscConvergence *convergence);
PETSC_INTERN PetscErrorCode DscConvergenceDestroy(DscConvergence *convergence);
/* regressions[nleft]. *stable only ever becomes true at a multiple of -stop_interval, from -stop_minimum on. */
PETSC_INTERN PetscErrorCode DscConvergenceCheck(DscConvergence convergence, PetscInt iteration,
                                                const DscRegression *const regressions[], PetscBool *stable);
/* The reference and its iteration, and back. Not collective. */
PETSC_INTERN PetscErrorCode DscConvergenceSave(DscConvergence convergence, DscBuffer state);
PETSC_INTERN PetscErrorCode DscConvergenceRestore(DscConvergence convergence, DscBuffer state);
/* Whether a run can end as stable at all: -stop_patience > 0. */
PETSC_INTERN PetscErrorCode DscConvergenceIsOn(DscConvergence convergence, PetscBool *on);

#endif
