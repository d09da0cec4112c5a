/*
  Tensor products of uniform B-splines: a surrogate that is linear in its coefficients and local.
    u^(x) = sum_i c_i prod_a B_{i_a}(x_a),   degree p_a and so many equal intervals along each axis a.
  Basis function i is number sum_a stride[a] i_a. At a point only prod_a (p_a + 1) functions differ from 0, from number
  `base` on, at the offsets `local`; so the matrices of all least-squares problems are banded.
  Source: de Boor, A Practical Guide to Splines, 1978, ch. IX-X.
*/
#ifndef DISCERN_METHOD_SPLINE_SPACE_H
#define DISCERN_METHOD_SPLINE_SPACE_H

#include <discern/data.h>

#define DSC_SPLINE_MAX_DEGREE (DSC_MAX_ORDER + 2)

typedef struct {
  PetscInt degree, intervals;
  double   first, last; /* the values that are covered */
} DscSplineAxis;

typedef struct {
  PetscInt      naxes;
  DscSplineAxis axis[DSC_MAX_COORDINATES];
  PetscInt      stride[DSC_MAX_COORDINATES];
  PetscInt      n;         /* basis functions */
  PetscInt      nlocal;    /* of them at a point */
  PetscInt      bandwidth; /* largest difference of two numbers at one point */
  PetscInt     *local;     /* (owned) [nlocal] rising offsets from the base */
  PetscInt     *along;     /* (owned) [nlocal][naxes] which of the functions of each axis that is */
} DscSplineSpace;

/* The axes' numbers are chosen so that the band is narrow. Not collective, like all below. */
PETSC_INTERN PetscErrorCode DscSplineSpaceCreate(PetscInt naxes, const DscSplineAxis axes[], DscSplineSpace *space);
PETSC_INTERN PetscErrorCode DscSplineSpaceDestroy(DscSplineSpace *space);
/* Functions and bandwidth of the space with these intervals and degrees [naxes], as doubles: it may be too large to be. */
PETSC_INTERN void DscSplineSpaceGetSize(PetscInt naxes, const PetscInt intervals[], const PetscInt degree[], double *n,
                                        double *bandwidth);
/* The degree + 1 functions that are not 0 at x, derived `order` times: values[degree + 1]. Returns the interval of x. */
PETSC_INTERN PetscInt DscSplineAxisEvaluate(const DscSplineAxis *axis, double x, PetscInt order, double values[]);
/* values[nlocal] of the derivative with order[axis] at the point x[naxes]; *base: number of the first function. */
PETSC_INTERN PetscErrorCode DscSplineSpaceEvaluate(const DscSplineSpace *space, const double x[],
                                                   const PetscInt order[], PetscInt *base, double values[]);
/* A band [n][bandwidth + 1] of lower columns += weight v v', for values v[nlocal] from function `base` on. */
PETSC_INTERN void DscSplineSpaceAddToBand(const DscSplineSpace *space, PetscInt base, const double v[], double weight,
                                          double band[]);

#endif
