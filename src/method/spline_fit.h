/*
  Fits of a spline under an equation with given terms, by Gauss-Newton with Levenberg and Marquardt's damping, and what the
  data say about the terms when the spline is left free to follow them:
    S = D - C' H^-1 C,   b = S xi - (gx - C' H^-1 gc),
  the information matrix of the coefficients of all terms with c marginalised. Near a fit v = const + xi'S xi - 2 b'xi over
  all terms at once: S and b are the normal equations of a regression in which the noise of the derivatives has been taken
  into account. Covariance of the coefficients of a fit: the inverse of S on its terms.
*/
#ifndef DISCERN_METHOD_SPLINE_FIT_H
#define DISCERN_METHOD_SPLINE_FIT_H

#include "method/spline_problem.h"

typedef struct {
  PetscInt       nunknowns, columns;
  double        *c;      /* (owned) [nunknowns] */
  double        *xi;     /* (owned) [columns] 0 where not active */
  PetscBool     *active; /* (owned) [columns] */
  DscSplineValue value;
  double         degrees; /* of freedom of the data's fit: the caller's, as the next */
  double         score;   /* v + penalty */
  PetscInt       nactive, iterations;
  PetscBool      converged;
} DscSplineFit;

typedef struct {
  DscSplineProblem *problem; /* (not owned) */
  DscSplineSystem   system;  /* (owned) */
  double           *H;       /* (owned) as the system's: its factor */
  double           *rhs;     /* (owned) [columns + 1][nunknowns] */
  double           *schur;   /* (owned) [columns + 1][columns] */
  double           *step;    /* (owned) [columns] */
  DscSplineFit      trial;   /* (owned) */
} DscSplineSolver;

PETSC_INTERN PetscErrorCode DscSplineFitCreate(const DscSplineProblem *problem, DscSplineFit *fit);
PETSC_INTERN PetscErrorCode DscSplineFitDestroy(DscSplineFit *fit);
PETSC_INTERN PetscErrorCode DscSplineFitCopy(const DscSplineFit *from, DscSplineFit *to);
/* Whether two fits have the same terms. */
PETSC_INTERN PetscBool      DscSplineFitSameSet(const DscSplineFit *a, const DscSplineFit *b);
PETSC_INTERN PetscErrorCode DscSplineSolverCreate(DscSplineProblem *problem, DscSplineSolver *solver);
PETSC_INTERN PetscErrorCode DscSplineSolverDestroy(DscSplineSolver *solver);

/* Minimises v over c and the active xi from where fit is, until a step lowers v by less than tolerance. fit->converged is
   false where the iterations were too few, no step lowered v, or v would not come below `goal` if it went on as it last fell.
   Not collective, allocation-free, like all below. */
PETSC_INTERN PetscErrorCode DscSplineSolverFit(DscSplineSolver *solver, const DscSplineWeights *weights,
                                               PetscInt max_iterations, double tolerance, double goal,
                                               DscSplineFit *fit);
/* S [columns][columns] and b [columns] at a fit. */
PETSC_INTERN PetscErrorCode DscSplineSolverInformation(DscSplineSolver *solver, const DscSplineWeights *weights,
                                                       const DscSplineFit *fit, double S[], double b[]);
/* The smoothing spline of every field: no equation. degrees [nfields]: of freedom of each field, by Hutchinson's estimate
   of the trace with random signs from the seed. */
PETSC_INTERN PetscErrorCode DscSplineSolverSmooth(DscSplineSolver *solver, double roughness, uint64_t seed, double c[],
                                                  double degrees[]);
/* The spline that comes nearest to values [nfields][nsamples] where data are fitted. */
PETSC_INTERN PetscErrorCode DscSplineSolverInterpolate(DscSplineSolver *solver, const double *const values[],
                                                       double roughness, double c[]);
/* The spline `from` of another problem on this one: c. */
PETSC_INTERN PetscErrorCode DscSplineSolverProject(DscSplineSolver *solver, const DscSplineProblem *other,
                                                   const double from[], double c[]);
/* Degrees of freedom of the data's fit under the equation at `fit`, of all fields together; the same estimate. */
PETSC_INTERN PetscErrorCode DscSplineSolverDegrees(DscSplineSolver *solver, const DscSplineWeights *weights,
                                                   const DscSplineFit *fit, uint64_t seed, double *degrees);

#endif
