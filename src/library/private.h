/*
  The inside of a DscLibrary. Terms are an outer product, polynomial slow and derivative fast:
    term[m * nright + d] = monomial[m] * derivative[d],   monomial[0] = derivative[0] = 1,
  and monomial[m] = monomial[parent[m]] * field[parent_field[m]] for m > 0: every power is one product.
*/
#ifndef DISCERN_LIBRARY_PRIVATE_H
#define DISCERN_LIBRARY_PRIVATE_H

#include <discern/library.h>

/* A Gram matrix of more terms takes longer than any network: surely a mistake. */
#define LIBRARY_MAX_TERMS 1024

struct _p_DscLibrary {
  PetscInt nfields;

  PetscInt    nfeatures;
  DscFeature *features; /* (owned) [nfeatures]: fields, then their derivatives in space, then u_t a field */
  PetscInt   *left;     /* (owned) [nfields] features of the left-hand sides */

  PetscInt  nmonomials;
  PetscInt *parent, *parent_field; /* (owned) [nmonomials], parent[m] < m */
  PetscInt *exponents;             /* (owned) [nmonomials][nfields] */
  PetscInt  nright;                /* 1 + number of derivatives; derivative d > 0 is feature nfields + d - 1 */

  PetscInt   nterms;   /* nmonomials * nright */
  char     **names;    /* (owned) [nterms] */
  PetscInt  *nfactors; /* (owned) [nterms] */
  DscFactor *factors;  /* (owned) [nterms][nfields + 1], by feature */

  double *monomial, *monomialbar; /* (owned) [nmonomials][DSC_MAX_LANES] scratch of the adjoint */
};

/* names.c */
PETSC_INTERN PetscErrorCode DscLibraryCheckNames(const DscDataSet *data);
PETSC_INTERN PetscErrorCode DscLibraryNameFeature(const DscDataSet *data, DscFeature *feature);
PETSC_INTERN PetscErrorCode DscLibraryNameTerm(DscLibrary library, PetscInt term);

#endif
