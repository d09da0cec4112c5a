/*
  d^k u / dx^k = (field scale / coordinate scale^k) k! * (coefficient k of the jet along x), plus the field's centre for
  k = 0. A mixed second derivative by polarisation: with c2(v) the coefficient of order 2 along v,
  u_xy = c2(x + y) - c2(x) - c2(y) (Griewank and Walther, Evaluating Derivatives, ch. 13).
*/
#include "method/features.h"

#define MAX_ENTRIES 3

typedef struct {
  PetscInt nentries;
  PetscInt entry[MAX_ENTRIES]; /* place in [field][jet] */
  double   weight[MAX_ENTRIES];
  double   constant;
} FeatureRow;

struct _p_DscFeatureMap {
  PetscInt    nfeatures, nfields;
  DscJet      jet;
  PetscInt    direction[DSC_MAX_COORDINATES];                  /* of a coordinate; -1: none */
  PetscInt    mixed[DSC_MAX_COORDINATES][DSC_MAX_COORDINATES]; /* direction of a pair a < b; -1: none */
  double      seeds[DSC_MAX_COORDINATES * DSC_MAX_DIRECTIONS];
  FeatureRow *rows; /* (owned) [nfeatures] */
};

/* The coordinates that a feature is derived along, at most two. */
static PetscErrorCode get_coordinates(const DscFeature *feature, PetscInt ncoordinates, PetscInt *n, PetscInt c[2])
{
  PetscFunctionBeginUser;
  *n = 0;
  for (PetscInt i = 0; i < ncoordinates; i++) {
    if (feature->order[i] == 0) continue;
    DscUserCheck(*n < 2, PETSC_COMM_SELF,
                 "library term %s: mixed derivatives along three coordinates are not supported; remove the term",
                 feature->name);
    c[(*n)++] = i;
  }
  DscUserCheck(*n < 2 || (feature->order[c[0]] == 1 && feature->order[c[1]] == 1), PETSC_COMM_SELF,
               "library term %s: mixed derivatives are supported to second order; remove the term", feature->name);
  PetscFunctionReturn(0);
}

static PetscErrorCode choose_jet(DscFeatureMap map, PetscInt ncoordinates, const DscFeature features[])
{
  PetscInt order[DSC_MAX_COORDINATES] = {0}, n, c[2];
  PetscInt ndirections                = 0;

  PetscFunctionBeginUser;
  for (PetscInt a = 0; a < DSC_MAX_COORDINATES; a++) {
    map->direction[a] = -1;
    for (PetscInt b = 0; b < DSC_MAX_COORDINATES; b++) map->mixed[a][b] = -1;
  }
  for (PetscInt f = 0; f < map->nfeatures; f++) {
    PetscCall(get_coordinates(&features[f], ncoordinates, &n, c));
    for (PetscInt i = 0; i < n; i++) order[c[i]] = PetscMax(order[c[i]], n == 2 ? 2 : features[f].order[c[i]]);
    if (n == 2) map->mixed[c[0]][c[1]] = 0;
  }
  for (PetscInt a = 0; a < ncoordinates; a++) {
    DscUserCheck(order[a] <= DSC_MAX_ORDER, PETSC_COMM_SELF,
                 "the library has derivatives of order %" PetscInt_FMT "; at most %d are supported", order[a],
                 DSC_MAX_ORDER);
    if (order[a] == 0) continue;
    map->direction[a]             = ndirections;
    map->jet.order[ndirections++] = order[a];
  }
  for (PetscInt a = 0; a < ncoordinates; a++) {
    for (PetscInt b = a + 1; b < ncoordinates; b++) {
      if (map->mixed[a][b] < 0) continue;
      DscUserCheck(ndirections < DSC_MAX_DIRECTIONS, PETSC_COMM_SELF,
                   "the library needs more than %d directions of derivatives; remove mixed derivatives",
                   DSC_MAX_DIRECTIONS);
      map->mixed[a][b]              = ndirections;
      map->jet.order[ndirections++] = 2;
    }
  }
  map->jet.ndirections = ndirections;
  PetscFunctionReturn(0);
}

static void fill_seeds(DscFeatureMap map, PetscInt ncoordinates)
{
  const PetscInt n = map->jet.ndirections;

  for (PetscInt a = 0; a < ncoordinates; a++) {
    if (map->direction[a] >= 0) map->seeds[a * n + map->direction[a]] = 1.0;
    for (PetscInt b = 0; b < ncoordinates; b++) {
      const PetscInt d = map->mixed[PetscMin(a, b)][PetscMax(a, b)];
      if (d >= 0) map->seeds[a * n + d] = 1.0;
    }
  }
}

static void add_entry(FeatureRow *row, DscFeatureMap map, PetscInt field, PetscInt direction, PetscInt k, double weight)
{
  row->entry[row->nentries]    = field * DscJetSize(&map->jet) + DscJetIndex(&map->jet, direction, k);
  row->weight[row->nentries++] = weight;
}

static PetscErrorCode fill_row(DscFeatureMap map, PetscInt ncoordinates, const DscScaling *scaling,
                               const DscFeature *feature, FeatureRow *row)
{
  PetscInt n, c[2];
  double   scale = scaling->field_scale[feature->field];

  PetscFunctionBeginUser;
  if (feature->kind == DSC_FEATURE_COORDINATE) PetscFunctionReturn(0);
  PetscCall(get_coordinates(feature, ncoordinates, &n, c));
  if (n == 0) {
    add_entry(row, map, feature->field, 0, 0, scale);
    row->constant = scaling->field_center[feature->field];
  } else if (n == 1) {
    for (PetscInt k = 1; k <= feature->order[c[0]]; k++) scale *= (double)k / scaling->coordinate_scale[c[0]];
    add_entry(row, map, feature->field, map->direction[c[0]], feature->order[c[0]], scale);
  } else {
    scale /= scaling->coordinate_scale[c[0]] * scaling->coordinate_scale[c[1]];
    add_entry(row, map, feature->field, map->mixed[c[0]][c[1]], 2, scale);
    add_entry(row, map, feature->field, map->direction[c[0]], 2, -scale);
    add_entry(row, map, feature->field, map->direction[c[1]], 2, -scale);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscFeatureMapCreate(DscLibrary library, const DscDataSet *data, const DscScaling *scaling,
                                   DscFeatureMap *map)
{
  DscFeatureMap     m;
  const DscFeature *features;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&m));
  m->nfields = data->nfields;
  PetscCall(DscLibraryGetFeatures(library, &m->nfeatures, &features));
  PetscCall(choose_jet(m, data->ncoordinates, features));
  fill_seeds(m, data->ncoordinates);
  PetscCall(PetscCalloc1(m->nfeatures, &m->rows));
  for (PetscInt f = 0; f < m->nfeatures; f++) {
    PetscCall(fill_row(m, data->ncoordinates, scaling, &features[f], &m->rows[f]));
  }
  *map = m;
  PetscFunctionReturn(0);
}

PetscErrorCode DscFeatureMapDestroy(DscFeatureMap *map)
{
  PetscFunctionBeginUser;
  if (!*map) PetscFunctionReturn(0);
  PetscCall(PetscFree((*map)->rows));
  PetscCall(PetscFree(*map));
  PetscFunctionReturn(0);
}

PetscErrorCode DscFeatureMapGetJet(DscFeatureMap map, DscJet *jet)
{
  PetscFunctionBeginUser;
  *jet = map->jet;
  PetscFunctionReturn(0);
}

PetscErrorCode DscFeatureMapGetSeeds(DscFeatureMap map, const double **seeds)
{
  PetscFunctionBeginUser;
  *seeds = map->seeds;
  PetscFunctionReturn(0);
}

PetscErrorCode DscFeatureMapApply(DscFeatureMap map, PetscInt lanes, const double outputs[], double features[])
{
  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < map->nfeatures; f++) {
    const FeatureRow *row = &map->rows[f];
    double           *y   = features + f * lanes;

    if (row->nentries == 0) continue;
    for (PetscInt l = 0; l < lanes; l++) y[l] = row->constant;
    for (PetscInt e = 0; e < row->nentries; e++) {
      const double *x = outputs + row->entry[e] * lanes;
      for (PetscInt l = 0; l < lanes; l++) y[l] += row->weight[e] * x[l];
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscFeatureMapAdjoint(DscFeatureMap map, PetscInt lanes, const double featuresbar[], double outputsbar[])
{
  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(outputsbar, map->nfields * DscJetSize(&map->jet) * lanes));
  for (PetscInt f = 0; f < map->nfeatures; f++) {
    const FeatureRow *row  = &map->rows[f];
    const double     *ybar = featuresbar + f * lanes;

    for (PetscInt e = 0; e < row->nentries; e++) {
      double *xbar = outputsbar + row->entry[e] * lanes;
      for (PetscInt l = 0; l < lanes; l++) xbar[l] += row->weight[e] * ybar[l];
    }
  }
  PetscFunctionReturn(0);
}
