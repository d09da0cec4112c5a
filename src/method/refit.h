/*
  The refit after a discovery (-refit).

  spline: the terms that a network found, fitted again by a spline under a strong equation (spline_levels.h), beginning
  at the network's surrogate. The noise then shrinks no coefficients, and the error bars contain what the unknown
  surrogate adds. The terms stay what they are.

  particles: terms and coefficients of a density equation, from the weak form on the particles' positions with test
  functions made of a flow's density (particle_fit.h). The error bars contain the sampling.
*/
#ifndef DISCERN_METHOD_REFIT_H
#define DISCERN_METHOD_REFIT_H

#include <discern/method.h>
#include "method/surrogate.h"

typedef enum { DSC_REFIT_NONE, DSC_REFIT_SPLINE, DSC_REFIT_PARTICLES } DscRefitKind;

/* What -refit asks for; a user error where it cannot be done: several experiments, sharded data, another approximator.
   Not collective. */
PETSC_INTERN PetscErrorCode DscRefitGetKind(MPI_Comm comm, DscOptions options, DscRefitKind *kind);
/* Coefficients, their errors and normalised values of the active terms of a result, from the surrogate at the samples
   (method/prediction.h). The result keeps what it had, and its reason says so, where the fit does not converge or is
   farther from the data than the surrogate. All ranks do the same work. Collective. */
PETSC_INTERN PetscErrorCode DscRefitBySpline(MPI_Comm comm, DscOptions options, const DscTable *prediction,
                                             DscResult *result);
/* Equation and candidates, from the density with parameters theta. All ranks do the same work. Not collective. */
PETSC_INTERN PetscErrorCode DscRefitByParticles(DscSurrogate *surrogate, const double theta[], DscResult *result);

#endif
