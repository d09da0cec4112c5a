/*
  library: candidate terms. A term is a product of powers of features and of sines and cosines of them; features are fields,
  their derivatives, and coordinates. Knows nothing of how the derivatives were obtained (jets, finite differences, ...).
*/
#ifndef DISCERN_LIBRARY_H
#define DISCERN_LIBRARY_H

#include <discern/data.h>

typedef enum { DSC_FEATURE_DERIVATIVE = 0, DSC_FEATURE_COORDINATE } DscFeatureKind;

/* A feature is a field (order all 0) or one of its derivatives: order[c] along coordinate c; or a coordinate. */
typedef struct {
  DscFeatureKind kind;
  PetscInt       field;      /* 0 where the feature is a coordinate */
  PetscInt       coordinate; /* of DSC_FEATURE_COORDINATE */
  PetscInt       order[DSC_MAX_COORDINATES];
  char           name[DSC_NAME_LENGTH]; /* "u", "u_x", "u_xx", "u_xxx", "x" */
} DscFeature;

typedef enum { DSC_FUNCTION_NONE = 0, DSC_FUNCTION_SIN, DSC_FUNCTION_COS } DscFunction;

/* f(multiple * feature)^power; without a function feature^power, and multiple is 0. */
typedef struct {
  PetscInt    feature, power;
  DscFunction function;
  double      multiple;
} DscFactor;

typedef struct _p_DscLibrary *DscLibrary;

PETSC_EXTERN PetscErrorCode DscLibraryRegisterOptions(void);
/* Kinds of libraries, for `discern list`. */
PETSC_EXTERN PetscErrorCode DscLibraryList(PetscInt *n, const char *const **names, const char *const **help);
/* With -library_terms exactly those. Otherwise polynomials of all fields up to total degree -library_polynomial (1, u, v,
   u^2, u v, v^2, ...) times 1 and the derivatives in space of each field up to order -library_derivative (u_x, u_xx, ...,
   v_x, ...; of mixed ones only those of second order), polynomial slow and derivative fast (modax's order; without a space
   coordinate the derivative part is only 1); then sin(k u), cos(k u) of each field, k = 1 .. -library_trigonometric. In
   either case without the terms that -library_exclude names. Not collective. User errors: names that cannot be told apart
   or parsed, too many terms, none; *library is then NULL or to be destroyed. */
PETSC_EXTERN PetscErrorCode DscLibraryCreate(DscOptions options, const DscDataSet *data, DscLibrary *library);
PETSC_EXTERN PetscErrorCode DscLibraryDestroy(DscLibrary *library);
/* Features: those of the right-hand side first (feature f < nfields is field f, then the derivatives and coordinates that
   occur in terms), then one left-hand side u_t a field. The arrays that the getters give live as long as the library. */
PETSC_EXTERN PetscErrorCode DscLibraryGetFeatures(DscLibrary library, PetscInt *nfeatures, const DscFeature **features);
PETSC_EXTERN PetscErrorCode DscLibraryGetLeft(DscLibrary library, PetscInt *nleft,
                                              const PetscInt **features); /* index of u_t per field */
PETSC_EXTERN PetscErrorCode DscLibraryGetTerms(DscLibrary library, PetscInt *nterms, const char *const **names);
/* A term as its factors, all different, in the order of its name; none for the constant. */
PETSC_EXTERN PetscErrorCode DscLibraryGetFactors(DscLibrary library, PetscInt term, PetscInt *nfactors,
                                                 const DscFactor **factors);
/* Index of a term by name as a physicist writes it ("u u_x", "u^2 u_xx", "x cos(2 u)"; factors in any order, separated
   by blanks or '*'); -1 if it is not in the library, which the caller judges. */
PETSC_EXTERN PetscErrorCode DscLibraryFindTerm(DscLibrary library, const char name[], PetscInt *index);
/* theta[term][lane] from features[feature][lane]; lanes contiguous, any number of them; the left-hand sides are not read.
   In the loop: no allocation. */
PETSC_EXTERN PetscErrorCode DscLibraryEvaluate(DscLibrary library, PetscInt lanes, const double features[],
                                               double theta[]);
/* Adds to featuresbar[feature][lane] the adjoint of thetabar[term][lane]. No division: features may be 0. */
PETSC_EXTERN PetscErrorCode DscLibraryAdjoint(DscLibrary library, PetscInt lanes, const double features[],
                                              const double thetabar[], double featuresbar[]);

#endif
