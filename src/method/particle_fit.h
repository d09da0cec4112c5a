/*
  The refit of a density equation from the particles themselves (-refit particles): terms and coefficients by generalised
  least squares on the weak form (particle_moments.h), in which the particles' own scatter is the noise. So error bars
  contain the sampling, and no term is taken that the sampling explains as well.

  J(A)  = min_xi (g - A xi)' S^-1 (g - A xi) over the terms of a set, chi-squared of what the set leaves score = J +
  ln(n M) |A|, n particles, M candidate terms: the set with the smallest is the equation (Andrews, Econometrica 67,
  1999; M as in Chen and Chen, Biometrika 95, 2008: of many false terms one fits well by chance)

  Coefficients are then those for which the equations of the set's own test functions hold exactly, their covariance
  A^-1 S A^-T.
*/
#ifndef DISCERN_METHOD_PARTICLE_FIT_H
#define DISCERN_METHOD_PARTICLE_FIT_H

#include <discern/method.h>
#include "method/particle_moments.h"

/* Equation and candidates of a result with one left-hand side, from moments that are computed. The noise is first taken
   for the result's own coefficients. Where the fit is not possible the result keeps its equation and says why in its
   reason. All ranks do the same work. */
PETSC_INTERN PetscErrorCode DscParticleFit(DscParticleMoments *moments, DscResult *result);

#endif
