#include "method/finite_difference.h"

#include <float.h>

#define MAX_ACCURACY 8
#define MAX_HALF     ((DSC_MAX_ORDER + 1) / 2 - 1 + MAX_ACCURACY / 2)
#define MAX_TAPS     ((MAX_ACCURACY + 1) * (MAX_ACCURACY + 1)) /* of a mixed derivative */

/* One derivative along one coordinate. */
typedef struct {
  PetscInt half;
  PetscInt npositions; /* 1 where the steps are equal, otherwise the extent */
  double  *weights;    /* (owned) [2 half + 1][npositions] */
} Stencil;

typedef struct {
  PetscInt field, nfactors;
  PetscInt coordinate[2], order[2]; /* of the factors, coordinates rising */
} Feature;

struct _p_DscDifferences {
  PetscInt ncoordinates, nfields, nfeatures;
  PetscInt half[DSC_MAX_COORDINATES];
  Stencil  stencils[DSC_MAX_COORDINATES][DSC_MAX_ORDER + 1]; /* by coordinate and order */
  Feature *features;                                         /* (owned) [nfeatures] */
};

void DscFiniteDifferenceWeights(PetscInt n, const double x[], double z, PetscInt order, double weights[])
{
  double c1 = 1.0, c4 = x[0] - z;

  for (PetscInt i = 0; i < (order + 1) * n; i++) weights[i] = 0.0;
  weights[0] = 1.0;
  for (PetscInt i = 1; i < n; i++) {
    const PetscInt top = PetscMin(i, order);
    const double   c5  = c4;
    double         c2  = 1.0;

    c4 = x[i] - z;
    for (PetscInt j = 0; j < i; j++) {
      const double c3 = x[i] - x[j];

      c2 *= c3;
      for (PetscInt k = top; j == i - 1 && k >= 0; k--) {
        const double below = k > 0 ? (double)k * weights[(k - 1) * n + i - 1] : 0.0;
        weights[k * n + i] = c1 * (below - c5 * weights[k * n + i - 1]) / c2;
      }
      for (PetscInt k = top; k >= 0; k--) {
        const double below = k > 0 ? (double)k * weights[(k - 1) * n + j] : 0.0;
        weights[k * n + j] = (c4 * weights[k * n + j] - below) / c3;
      }
    }
    c1 = c2;
  }
}

/* Equal steps, but for what rounding to single precision leaves: such a file's axis was meant to be uniform. */
static PetscBool is_uniform(PetscInt n, const double x[])
{
  const double step = (x[n - 1] - x[0]) / (double)(n - 1);
  const double eps  = PetscMin(1e-3 * fabs(step), 2.0 * FLT_EPSILON * PetscMax(fabs(x[0]), fabs(x[n - 1])));

  for (PetscInt i = 0; i < n; i++) {
    if (fabs(x[i] - (x[0] + (double)i * step)) > eps) return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

static PetscErrorCode create_stencil(PetscInt n, const double x[], PetscInt order, PetscInt half, Stencil *stencil)
{
  const PetscInt width   = 2 * half + 1;
  const double   step    = (x[n - 1] - x[0]) / (double)(n - 1);
  PetscBool      uniform = is_uniform(n, x);
  double         w[(DSC_MAX_ORDER + 1) * (2 * MAX_HALF + 1)], steps[2 * MAX_HALF + 1] = {0}, power = 1.0;

  PetscFunctionBeginUser;
  stencil->half       = half;
  stencil->npositions = uniform ? 1 : n;
  PetscCall(PetscCalloc1((size_t)width * (size_t)stencil->npositions, &stencil->weights));
  if (uniform) {
    for (PetscInt i = 0; i < width; i++) steps[i] = (double)(i - half);
    for (PetscInt k = 0; k < order; k++) power *= step;
    DscFiniteDifferenceWeights(width, steps, 0.0, order, w);
    for (PetscInt i = 0; i < width; i++) stencil->weights[i] = w[order * width + i] / power;
  }
  for (PetscInt p = half; !uniform && p < n - half; p++) {
    DscFiniteDifferenceWeights(width, x + p - half, x[p], order, w);
    for (PetscInt i = 0; i < width; i++) stencil->weights[i * n + p] = w[order * width + i];
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode set_feature(DscDifferences d, const DscFeature *from, Feature *to)
{
  PetscFunctionBeginUser;
  to->field = from->field;
  for (PetscInt c = 0; c < d->ncoordinates; c++) {
    if (from->order[c] == 0) continue;
    DscUserCheck(to->nfactors < 2, PETSC_COMM_SELF,
                 "library term %s: mixed derivatives along three coordinates are not supported; remove the term",
                 from->name);
    DscUserCheck(from->order[c] <= DSC_MAX_ORDER, PETSC_COMM_SELF,
                 "library term %s: derivatives are supported to order %d; lower -library_derivative", from->name,
                 DSC_MAX_ORDER);
    to->coordinate[to->nfactors] = c;
    to->order[to->nfactors++]    = from->order[c];
  }
  DscUserCheck(to->nfactors < 2 || (to->order[0] == 1 && to->order[1] == 1), PETSC_COMM_SELF,
               "library term %s: mixed derivatives are supported to second order; remove the term", from->name);
  PetscFunctionReturn(0);
}

static PetscErrorCode set_stencils(DscDifferences d, const DscGridInfo *grid, const Feature *feature, const char name[],
                                   PetscInt accuracy)
{
  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < feature->nfactors; i++) {
    const PetscInt c = feature->coordinate[i], k = feature->order[i], n = grid->extent[c];
    const PetscInt half = (k + 1) / 2 - 1 + accuracy / 2;

    DscUserCheck(n > 2 * half, PETSC_COMM_SELF,
                 "data: %s has %" PetscInt_FMT " values, but the stencil of %s needs %" PetscInt_FMT
                 "; take more, or lower -library_derivative or -derivative_accuracy",
                 grid->coordinate_names[c], n, name, 2 * half + 1);
    if (d->stencils[c][k].weights) continue;
    PetscCall(create_stencil(n, grid->coordinates[c], k, half, &d->stencils[c][k]));
    d->half[c] = PetscMax(d->half[c], half);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscDifferencesCreate(const DscGridInfo *grid, PetscInt nfeatures, const DscFeature features[],
                                    PetscInt accuracy, DscDifferences *differences)
{
  DscDifferences d;

  PetscFunctionBeginUser;
  PetscCheck(accuracy >= 2 && accuracy <= MAX_ACCURACY && accuracy % 2 == 0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "accuracy %" PetscInt_FMT, accuracy);
  PetscCall(PetscNew(&d));
  *differences    = d; /* even where the rest fails: the caller destroys what there is */
  d->ncoordinates = grid->ncoordinates;
  d->nfields      = grid->nfields;
  d->nfeatures    = nfeatures;
  PetscCall(PetscCalloc1(nfeatures, &d->features));
  for (PetscInt f = 0; f < nfeatures; f++) {
    PetscCall(set_feature(d, &features[f], &d->features[f]));
    PetscCall(set_stencils(d, grid, &d->features[f], features[f].name, accuracy));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscDifferencesDestroy(DscDifferences *differences)
{
  DscDifferences d = *differences;

  PetscFunctionBeginUser;
  if (!d) PetscFunctionReturn(0);
  for (PetscInt c = 0; c < DSC_MAX_COORDINATES; c++) {
    for (PetscInt k = 0; k <= DSC_MAX_ORDER; k++) PetscCall(PetscFree(d->stencils[c][k].weights));
  }
  PetscCall(PetscFree(d->features));
  PetscCall(PetscFree(*differences));
  PetscFunctionReturn(0);
}

PetscErrorCode DscDifferencesGetHalfWidths(DscDifferences differences, PetscInt half[DSC_MAX_COORDINATES])
{
  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(half, differences->half, DSC_MAX_COORDINATES));
  PetscFunctionReturn(0);
}

/* ---- along a line of lanes ---------------------------------------------------------------------------------- */

/* Places and weights that make up a derivative at the first of the lanes. */
typedef struct {
  PetscInt      n;
  const double *in[MAX_TAPS];
  double        weight[MAX_TAPS];
} Taps;

/* One tap at a time: all of it stays in the first-level cache, and a sum is fused in one way only, so that a lane's bits
   do not depend on its place in a vector register. */
static void sum_taps(const Taps *taps, PetscInt count, double *restrict out)
{
  for (PetscInt l = 0; l < count; l++) out[l] = 0.0;
  for (PetscInt k = 0; k < taps->n; k++) {
    const double weight = taps->weight[k], *in = taps->in[k];
    for (PetscInt l = 0; l < count; l++) out[l] += weight * in[l];
  }
}

/* The same where the last factor's weights vary from lane to lane; taps are those of the factor before it. */
static void sum_varying_taps(const Taps *taps, const Stencil *stencil, PetscInt position, PetscInt count,
                             double *restrict out)
{
  for (PetscInt l = 0; l < count; l++) out[l] = 0.0;
  for (PetscInt o = 0; o < taps->n; o++) {
    for (PetscInt k = 0; k <= 2 * stencil->half; k++) {
      const double *weight = stencil->weights + k * stencil->npositions + position;
      const double  factor = taps->weight[o], *in = taps->in[o] + k - stencil->half;
      for (PetscInt l = 0; l < count; l++) out[l] += factor * weight[l] * in[l];
    }
  }
}

/* Each tap becomes those of the stencil around it. */
static void multiply_taps(const Taps *by, const Stencil *stencil, PetscInt position, PetscInt stride, Taps *taps)
{
  const PetscInt at = stencil->npositions == 1 ? 0 : position;

  taps->n = 0;
  for (PetscInt o = 0; o < by->n; o++) {
    for (PetscInt k = 0; k <= 2 * stencil->half; k++) {
      taps->in[taps->n]       = by->in[o] + (k - stencil->half) * stride;
      taps->weight[taps->n++] = by->weight[o] * stencil->weights[k * stencil->npositions + at];
    }
  }
}

/* The times around the lanes' own. */
static void time_taps(DscDifferences d, const DscLine *line, PetscInt field, const Stencil *stencil, Taps *taps)
{
  const PetscInt at = stencil->npositions == 1 ? 0 : line->position[0];

  taps->n = 0;
  for (PetscInt k = -stencil->half; k <= stencil->half; k++) {
    taps->in[taps->n]       = line->rows[(d->half[0] + k) * d->nfields + field] + line->first;
    taps->weight[taps->n++] = stencil->weights[(k + stencil->half) * stencil->npositions + at];
  }
}

static void apply_feature(DscDifferences d, const DscLine *line, const Feature *feature, double out[])
{
  const PetscInt last    = d->ncoordinates - 1; /* the lanes' own coordinate, if it is not time */
  Taps           taps[3] = {{.n = 1}, {0}, {0}};
  PetscInt       i       = 0;

  taps[0].in[0]     = line->rows[d->half[0] * d->nfields + feature->field] + line->first;
  taps[0].weight[0] = 1.0;
  if (feature->nfactors > 0 && feature->coordinate[0] == 0) {
    time_taps(d, line, feature->field, &d->stencils[0][feature->order[0]], &taps[1]);
    i = 1;
  }
  for (; i < feature->nfactors; i++) {
    const PetscInt c       = feature->coordinate[i];
    const Stencil *stencil = &d->stencils[c][feature->order[i]];

    if (c == last && stencil->npositions > 1) {
      sum_varying_taps(&taps[i], stencil, line->position[c], line->count, out);
      return;
    }
    multiply_taps(&taps[i], stencil, line->position[c], line->stride[c], &taps[i + 1]);
  }
  sum_taps(&taps[feature->nfactors], line->count, out);
}

PetscErrorCode DscDifferencesApply(DscDifferences differences, const DscLine *line, PetscInt lanes, double features[])
{
  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < differences->nfeatures; f++) {
    const Feature *feature = &differences->features[f];

    if (feature->nfactors == 0)
      PetscCall(PetscArraycpy(features + f * lanes,
                              line->rows[differences->half[0] * differences->nfields + feature->field] + line->first,
                              line->count));
    else
      apply_feature(differences, line, feature, features + f * lanes);
  }
  PetscFunctionReturn(0);
}
