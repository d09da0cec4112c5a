/*
  The inside of a DscLibrary. The kinds of libraries (polynomial.c, trigonometric.c, terms.c) add terms, each a product of
  powers of atoms: features, and sines and cosines of multiples of them (waves). plan.c makes one graph of products of all
  terms, in which a term is its parent times one atom, so that every power costs one product; evaluate.c runs it.
*/
#ifndef DISCERN_LIBRARY_PRIVATE_H
#define DISCERN_LIBRARY_PRIVATE_H

#include <discern/library.h>

/* A Gram matrix of more terms takes longer than any network: surely a mistake. */
#define LIBRARY_MAX_TERMS 1024
#define LIBRARY_MAX_POWER 16

typedef struct {
  PetscInt   nfactors;
  DscFactor *factors; /* (owned) [nfactors], in the order of the name */
} LibraryTerm;

/* sin and cos of multiple * feature */
typedef struct {
  PetscInt feature;
  double   multiple;
} LibraryWave;

typedef struct {
  PetscInt parent; /* node before this one, whose value is multiplied by the atom's; -1: the atom alone */
  PetscInt atom;   /* a feature; nfeatures + 2 w: sine of wave w, one more: its cosine; -1: the constant 1 */
  PetscInt term;   /* -1: only a part of terms */
  PetscInt slot;   /* row of values and bars, of a node that is a parent; -1: it is none */
} LibraryNode;

struct _p_DscLibrary {
  PetscInt nfields, ncoordinates;
  char     field_names[DSC_MAX_FIELDS][DSC_NAME_LENGTH];
  char     coordinate_names[DSC_MAX_COORDINATES][DSC_NAME_LENGTH];

  PetscInt    nfeatures, capacity_features;
  DscFeature *features; /* (owned) [nfeatures]: fields, then what the terms ask for, then u_t a field */
  PetscInt    left[DSC_MAX_FIELDS];

  PetscInt     nterms;
  LibraryTerm *terms; /* (owned) [LIBRARY_MAX_TERMS] */
  char       **names; /* (owned) [LIBRARY_MAX_TERMS] */

  PetscInt     nnodes, nwaves, nslots;
  LibraryNode *nodes;          /* (owned) [nnodes] */
  LibraryWave *waves;          /* (owned) [nwaves] */
  double      *values, *bars;  /* (owned) [nslots][DSC_MAX_LANES] scratch */
  double      *wave, *wavebar; /* (owned) [nwaves][sine, cosine][DSC_MAX_LANES] */
  double       argument[DSC_MAX_LANES];
};

/* ---- for the kinds of libraries ------------------------------------------------------------------------------- */

/* A kind adds its terms to a library that has the fields as features 0..nfields-1 and nothing else yet, or what the kinds
   before it have added. */
typedef struct {
  const char *name, *help;
  PetscErrorCode (*register_options)(void);
  PetscErrorCode (*add)(DscLibrary library, DscOptions options);
} DscLibraryKind;

extern const DscLibraryKind DscLibraryPolynomial, DscLibraryTrigonometric, DscLibraryTerms;

/* Those that the options ask for, in the order in which `discern list` names them (options.c). */
PETSC_INTERN PetscErrorCode DscLibraryAddKinds(DscLibrary library, DscOptions options);
/* The feature that is the same derivative, field or coordinate; -1: there is none yet. */
PETSC_INTERN PetscInt DscLibraryFindFeature(DscLibrary library, const DscFeature *feature);
/* Makes it a feature if it is none yet, and gives it its name. A user error where two quantities have the same name. */
PETSC_INTERN PetscErrorCode DscLibraryAddFeature(DscLibrary library, const DscFeature *feature, PetscInt *index);
/* A new term; the factors, all different, are copied and put into order. */
PETSC_INTERN PetscErrorCode DscLibraryAddTerm(DscLibrary library, PetscInt nfactors, const DscFactor factors[]);
PETSC_INTERN PetscInt       DscLibraryFindFactors(DscLibrary library, PetscInt nfactors, const DscFactor factors[]);

/* ---- parse.c --------------------------------------------------------------------------------------------------- */

/* A product as it was read. What is wrong with it is no PETSc error: the caller judges. */
typedef struct {
  PetscInt  nfactors;
  DscFactor factors[LIBRARY_MAX_POWER]; /* in order */
  PetscInt  position;                   /* of the mistake, characters from 1; 0: there is none */
  char      mistake[320];
} LibraryProduct;

/* add: features that are not there yet become some; otherwise they are a mistake. */
PETSC_INTERN PetscErrorCode DscLibraryParse(DscLibrary library, const char text[], PetscBool add,
                                            LibraryProduct *product);

/* ---- names.c --------------------------------------------------------------------------------------------------- */

PETSC_INTERN PetscErrorCode DscLibraryTakeNames(DscLibrary library, const DscDataSet *data);
PETSC_INTERN PetscErrorCode DscLibraryNameFeature(DscLibrary library, DscFeature *feature);
PETSC_INTERN PetscErrorCode DscLibraryNameTerm(DscLibrary library, PetscInt term);
/* Coordinates, fields, derivatives, then sines and cosines. */
PETSC_INTERN int  DscLibraryCompareFactors(DscLibrary library, const DscFactor *a, const DscFactor *b);
PETSC_INTERN void DscLibrarySortFactors(DscLibrary library, PetscInt n, DscFactor factors[]);

/* ---- terms.c, plan.c ------------------------------------------------------------------------------------------- */

/* Takes out what -library_exclude names. */
PETSC_INTERN PetscErrorCode DscLibraryExclude(DscLibrary library, DscOptions options);
/* After the last term and feature. */
PETSC_INTERN PetscErrorCode DscLibraryMakePlan(DscLibrary library);
PETSC_INTERN PetscErrorCode DscLibraryDestroyPlan(DscLibrary library);

#endif
