/* Values of the candidate terms and their adjoint: loops over lanes, no division (fields may be 0). */
#include "library/private.h"

static void multiply(PetscInt lanes, const double *restrict a, const double *restrict b, double *restrict c)
{
  for (PetscInt l = 0; l < lanes; l++) c[l] = a[l] * b[l];
}

/* c = a b backwards: abar += cbar b, bbar += cbar a. */
static void multiply_adjoint(PetscInt lanes, const double *restrict cbar, const double *restrict a,
                             const double *restrict b, double *restrict abar, double *restrict bbar)
{
  for (PetscInt l = 0; l < lanes; l++) {
    abar[l] += cbar[l] * b[l];
    bbar[l] += cbar[l] * a[l];
  }
}

PetscErrorCode DscLibraryEvaluate(DscLibrary library, PetscInt lanes, const double features[], double theta[])
{
  const PetscInt nright = library->nright;

  PetscFunctionBeginUser;
  for (PetscInt m = 0; m < library->nmonomials; m++) {
    double *value = theta + m * nright * lanes; /* the monomial itself is the term with derivative part 1 */

    if (m == 0) {
      for (PetscInt l = 0; l < lanes; l++) value[l] = 1.0;
    } else {
      multiply(lanes, theta + library->parent[m] * nright * lanes, features + library->parent_field[m] * lanes, value);
    }
    for (PetscInt d = 1; d < nright; d++)
      multiply(lanes, value, features + (library->nfields + d - 1) * lanes, value + d * lanes);
  }
  PetscFunctionReturn(0);
}

/* At most DSC_MAX_LANES lanes of arrays whose rows are `stride` apart. */
static void adjoint_block(DscLibrary library, PetscInt stride, PetscInt lanes, const double features[],
                          const double thetabar[], double featuresbar[])
{
  const PetscInt nright = library->nright, nfields = library->nfields;

  for (PetscInt l = 0; l < lanes; l++) library->monomial[l] = 1.0;
  for (PetscInt m = 1; m < library->nmonomials; m++)
    multiply(lanes, library->monomial + library->parent[m] * DSC_MAX_LANES,
             features + library->parent_field[m] * stride, library->monomial + m * DSC_MAX_LANES);

  for (PetscInt m = 0; m < library->nmonomials; m++) {
    const double *bar = thetabar + m * nright * stride, *value = library->monomial + m * DSC_MAX_LANES;
    double       *valuebar = library->monomialbar + m * DSC_MAX_LANES;

    for (PetscInt l = 0; l < lanes; l++) valuebar[l] = bar[l];
    for (PetscInt d = 1; d < nright; d++)
      multiply_adjoint(lanes, bar + d * stride, value, features + (nfields + d - 1) * stride, valuebar,
                       featuresbar + (nfields + d - 1) * stride);
  }

  for (PetscInt m = library->nmonomials - 1; m > 0; m--) {
    const PetscInt parent = library->parent[m] * DSC_MAX_LANES, field = library->parent_field[m] * stride;

    multiply_adjoint(lanes, library->monomialbar + m * DSC_MAX_LANES, library->monomial + parent, features + field,
                     library->monomialbar + parent, featuresbar + field);
  }
}

PetscErrorCode DscLibraryAdjoint(DscLibrary library, PetscInt lanes, const double features[], const double thetabar[],
                                 double featuresbar[])
{
  PetscFunctionBeginUser;
  for (PetscInt first = 0; first < lanes; first += DSC_MAX_LANES)
    adjoint_block(library, lanes, PetscMin(lanes - first, DSC_MAX_LANES), features + first, thetabar + first,
                  featuresbar + first);
  PetscFunctionReturn(0);
}
