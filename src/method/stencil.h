/*
  Weights of the neighbours along one axis of a grid whose sum is a derivative, on the coordinates as they are.

  Central differences: the weights of Fornberg (Mathematics of Computation 51, 1988, 699-706), with as many points to either
  side as a uniform grid needs for the accuracy asked for; a grid whose spacing varies smoothly converges at the same rate.
  Local polynomials: the derivative, of order 0 too, of the polynomial fitted by least squares to the points of a window
  (Savitzky and Golay, Analytical Chemistry 36, 1964, 1627-1639), by orthogonal polynomials on them (Forsythe, J. SIAM 5,
  1957, 74-88). One set of weights serves a whole axis of equal steps, otherwise every position has its own.
*/
#ifndef DISCERN_METHOD_STENCIL_H
#define DISCERN_METHOD_STENCIL_H

#include <discern/ad.h>

#define DSC_MAX_ACCURACY 8
#define DSC_MAX_WINDOW   100 /* points to either side of a local polynomial */

typedef struct {
  PetscInt half;       /* points to either side */
  PetscInt npositions; /* 1 where the steps are equal, otherwise the extent */
  double  *weights;    /* (owned) [2 half + 1][npositions] */
} DscStencil;

/* weights[k][i], k = 0..order: sum_i weights[k][i] f(x[i]) is the k-th derivative at z of the polynomial through the n
   points. Not collective, like all below. */
PETSC_INTERN void DscFiniteDifferenceWeights(PetscInt n, const double x[], double z, PetscInt order, double weights[]);
/* The same of the polynomial of a degree below n that fits them best. n <= 2 DSC_MAX_WINDOW + 1. */
PETSC_INTERN void DscPolynomialWeights(PetscInt n, const double x[], double z, PetscInt degree, PetscInt order,
                                       double weights[]);
/* Points to either side that a central difference needs. accuracy: the order of the error, even. */
static inline PetscInt DscDifferenceHalfWidth(PetscInt order, PetscInt accuracy)
{
  return (order + 1) / 2 - 1 + accuracy / 2;
}
/* Along an axis of n > 2 half rising values x. degree: of local polynomials; 2 half: central differences. */
PETSC_INTERN PetscErrorCode DscStencilCreate(PetscInt n, const double x[], PetscInt order, PetscInt half,
                                             PetscInt degree, DscStencil *stencil);
PETSC_INTERN PetscErrorCode DscStencilDestroy(DscStencil *stencil);
/* Equal steps, but for what rounding to single precision leaves: such a file's axis was meant to be uniform. */
PETSC_INTERN PetscBool DscAxisIsUniform(PetscInt n, const double x[]);

#endif
