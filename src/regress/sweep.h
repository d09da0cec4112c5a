/*
  Sets of terms compared by the sweep operator (Goodnight, Am. Stat. 33, 1979) on T = [C, c; c', 1]: with A swept in, T_AA
  is the inverse, T_A,last are the coefficients, T_last,last is S, the share of y's square that A leaves, and for j not in
  A T_jj is what A leaves of the square of column j and T_j,last of its product with y. So the S of every single removal
  and addition stands in T. Columns are swept in by largest remainder; those whose remainder is rounding are left out, so
  of equal columns one stays.
*/
#ifndef DISCERN_REGRESS_SWEEP_H
#define DISCERN_REGRESS_SWEEP_H

#include "regress/normalized.h"

typedef struct {
  PetscInt   m;       /* candidates; below, all is by candidate */
  PetscInt  *terms;   /* (owned) [nterms] which terms they are */
  double    *start;   /* (owned) [m + 1][m + 1] T of no term, */
  double    *T;       /* (owned) of the set, */
  double    *without; /* (owned) and scratch for a set without one */
  PetscBool *pending; /* (owned) [nterms] */
} DscSweep;

PETSC_INTERN PetscErrorCode DscSweepCreate(PetscInt nterms, DscSweep *sweep);
PETSC_INTERN PetscErrorCode DscSweepDestroy(DscSweep *sweep);
/* The candidates are the allowed terms (NULL: all). */
PETSC_INTERN PetscErrorCode DscSweepSetProblem(DscSweep *sweep, const DscNormalized *problem,
                                               const PetscBool allowed[]);
/* T of a set [m], from the start so that rounding does not add up; returns its size. Terms in the span of others leave
   the set. */
PETSC_INTERN PetscInt DscSweepSet(DscSweep *sweep, PetscBool in[]);
/* Takes candidate k into the set of T, or out of it: the operation is its own inverse. */
PETSC_INTERN void DscSweepFlip(const DscSweep *sweep, double T[], PetscInt k);
/* S of the set of T. */
static inline double DscSweepResidual(const DscSweep *sweep, const double T[])
{
  const PetscInt n = sweep->m + 1;

  return T[n * n - 1];
}
/* S after candidate k, which is in the set of T or not, has left it or come in. Infinite where it cannot come in. */
PETSC_INTERN double DscSweepResidualAfter(const DscSweep *sweep, const double T[], PetscInt k, PetscBool in);

/* What compares sets of p terms that leave the share S of the square of y, N samples; lower is better.
    evidence: -2 ln p(y | A) = N ln(1 + g S) + p ln(1 + g) + const, of Bayesian linear regression with Zellner's prior
              xi ~ N(0, g sigma^2 (Theta_A' Theta_A)^-1), p(sigma^2) ~ 1 / sigma^2, and g = max(N, nterms^2)
              (Liang et al., J. Am. Stat. Assoc. 103, 2008, eq. 6; g: Fernandez, Ley and Steel, J. Econometrics 100, 2001)
    bic:      N ln S + p ln N, p < N (Schwarz, Ann. Stat. 6, 1978), S at least GRAM_TOLERANCE
  The evidence does not go after residuals below y's square / g, of which there is always some structure left that is no
  noise (errors of derivatives); bic does. */
typedef struct {
  PetscBool evidence;
  double    N, g;
} DscCriterion;

PETSC_INTERN DscCriterion DscCriterionMake(PetscBool evidence, double N, PetscInt nterms);
PETSC_INTERN double       DscCriterionValue(const DscCriterion *criterion, double S, PetscInt p);

#endif
