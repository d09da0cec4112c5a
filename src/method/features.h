/*
  Jets of the surrogate's outputs -> features of the library: one sparse linear map, and its adjoint.
  The surrogate works in scaled coordinates and fields, the features are in physical units.
*/
#ifndef DISCERN_METHOD_FEATURES_H
#define DISCERN_METHOD_FEATURES_H

#include <discern/library.h>

typedef struct _p_DscFeatureMap *DscFeatureMap;

/* Chooses the jet: one direction a coordinate, to the highest order that the library asks for, and one more for each
   mixed second derivative. A user error for mixed derivatives of higher order. Not collective. */
PETSC_INTERN PetscErrorCode DscFeatureMapCreate(DscLibrary library, const DscDataSet *data, const DscScaling *scaling,
                                                DscFeatureMap *map);
PETSC_INTERN PetscErrorCode DscFeatureMapDestroy(DscFeatureMap *map);
PETSC_INTERN PetscErrorCode DscFeatureMapGetJet(DscFeatureMap map, DscJet *jet);
/* [coordinate][direction], for DscGraphSetInput; (owned by the map) */
PETSC_INTERN PetscErrorCode DscFeatureMapGetSeeds(DscFeatureMap map, const double **seeds);
/* features[feature][lane] from outputs[field][jet][lane]; those that are coordinates stay as they are. */
PETSC_INTERN PetscErrorCode DscFeatureMapApply(DscFeatureMap map, PetscInt lanes, const double outputs[],
                                               double features[]);
/* outputsbar[field][jet][lane], overwritten, from featuresbar[feature][lane]. */
PETSC_INTERN PetscErrorCode DscFeatureMapAdjoint(DscFeatureMap map, PetscInt lanes, const double featuresbar[],
                                                 double outputsbar[]);

#endif
