#include "method/derivatives.h"
#include "method/fourier.h"
#include "method/stencil.h"

#define CHUNK 512 /* values that are summed together: they stay in the first-level cache */

/* A row: that of its parent derived along one coordinate, with no coordinate derived after this one. */
typedef struct {
  PetscInt      parent; /* -1: the field as it is */
  PetscInt      field, coordinate, order;
  PetscInt      reach;  /* points that its children need beyond a range of the first space coordinate */
  double       *row;    /* (owned) NULL: the field as it is */
  const double *values; /* (not owned) the row, or that of the field */
} Node;

typedef struct {
  PetscInt          node;
  const DscStencil *stencil; /* (not owned) along the last coordinate; NULL: none */
} Leaf;

struct _p_DscDerivatives {
  DscDerivativeRule    rule;
  PetscInt             ncoordinates, nfields, nfeatures;
  PetscInt             last; /* the coordinate of neighbouring points; without space one of a single point */
  PetscInt             extent[DSC_MAX_COORDINATES], stride[DSC_MAX_COORDINATES]; /* stride: in the rows */
  PetscInt             half[DSC_MAX_COORDINATES], degree[DSC_MAX_COORDINATES];
  PetscInt             row_first;                                        /* of the first space coordinate */
  DscStencil           stencils[DSC_MAX_COORDINATES][DSC_MAX_ORDER + 1]; /* by coordinate and order */
  DscFourierAxis       axes[DSC_MAX_COORDINATES];
  PetscInt             nnodes;
  Node                *nodes;  /* (owned) [nfields + nfeatures ncoordinates] parents before children */
  Leaf                *leaves; /* (owned) [nfeatures] */
  const double *const *rows;   /* (not owned) [2 half[0] + 1][nfields] at the present time */
};

/* ---- rules -------------------------------------------------------------------------------------------------- */

static PetscBool is_fourier(DscDerivatives d, PetscInt c)
{
  return (PetscBool)(d->rule.kind == DSC_BY_FOURIER && c > 0);
}

static PetscBool is_polynomial(DscDerivatives d)
{
  return (PetscBool)(d->rule.kind == DSC_BY_POLYNOMIALS);
}

/* Along a coordinate nothing is done where nothing is derived, smoothed or filtered. */
static PetscBool is_identity(DscDerivatives d, PetscInt c, PetscInt order)
{
  if (c >= d->ncoordinates) return PETSC_TRUE;
  if (order > 0) return PETSC_FALSE;
  if (is_fourier(d, c)) return (PetscBool)(d->rule.cutoff[c] >= 1.0);
  return (PetscBool)(!is_polynomial(d) || d->rule.window[c] == 0);
}

/* Degree of the polynomials along a coordinate: by default that of the highest derivative along any, so that time is not
   smoothed more than space. highest: its order. */
static PetscErrorCode choose_degree(DscDerivatives d, const DscGridInfo *grid, PetscInt c, PetscInt nfeatures,
                                    const DscFeature features[], PetscInt highest)
{
  const PetscInt    window = d->rule.window[c];
  const char       *axis   = grid->coordinate_names[c];
  const DscFeature *top    = NULL;
  PetscInt          order  = 0;

  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < nfeatures; f++) {
    if (features[f].order[c] <= order) continue;
    top   = &features[f];
    order = top->order[c];
  }
  DscUserCheck(window > 0 || !top, PETSC_COMM_SELF,
               "-derivative_window: 0 along %s leaves no derivatives such as %s; use at least %" PetscInt_FMT, axis,
               top->name, (order + 1) / 2);
  d->degree[c] = d->rule.degree ? d->rule.degree : PetscMin(highest + 2, 2 * window);
  DscUserCheck(d->degree[c] >= order, PETSC_COMM_SELF,
               d->rule.degree ? "-derivative_degree %" PetscInt_FMT ": polynomials of this degree have no %s; use at "
                                "least %" PetscInt_FMT
                              : "-derivative_window: polynomials through its points are of degree %" PetscInt_FMT
                                ", which have no %s; use at least %" PetscInt_FMT,
               d->degree[c], top->name, d->rule.degree ? order : (order + 1) / 2);
  DscUserCheck(window == 0 || d->degree[c] <= 2 * window, PETSC_COMM_SELF,
               "-derivative_degree %" PetscInt_FMT ": along %s %" PetscInt_FMT
               " points (-derivative_window %" PetscInt_FMT
               ") do not determine polynomials of this degree; use a window of at least %" PetscInt_FMT,
               d->degree[c], axis, 2 * window + 1, window, (d->degree[c] + 1) / 2);
  DscUserCheck(grid->extent[c] > 2 * window, PETSC_COMM_SELF,
               "data: %s has %" PetscInt_FMT " values, but -derivative_window %" PetscInt_FMT " needs %" PetscInt_FMT
               "; take more, or a smaller window",
               axis, grid->extent[c], window, 2 * window + 1);
  PetscFunctionReturn(0);
}

static PetscErrorCode set_stencil(DscDerivatives d, const DscGridInfo *grid, PetscInt c, PetscInt order,
                                  const char name[])
{
  const PetscInt n    = grid->extent[c];
  const PetscInt half = is_polynomial(d) ? d->rule.window[c] : DscDifferenceHalfWidth(order, d->rule.accuracy);

  PetscFunctionBeginUser;
  if (d->stencils[c][order].weights) PetscFunctionReturn(0);
  DscUserCheck(n > 2 * half, PETSC_COMM_SELF,
               "data: %s has %" PetscInt_FMT " values, but the stencil of %s needs %" PetscInt_FMT
               "; take more, or lower -library_derivative or -derivative_accuracy",
               grid->coordinate_names[c], n, name, 2 * half + 1);
  PetscCall(DscStencilCreate(n, grid->coordinates[c], order, half, is_polynomial(d) ? d->degree[c] : 2 * half,
                             &d->stencils[c][order]));
  d->half[c] = PetscMax(d->half[c], half);
  PetscFunctionReturn(0);
}

/* ---- tree --------------------------------------------------------------------------------------------------- */

/* The child of a node along a coordinate, made if there is none. */
static PetscInt find_child(DscDerivatives d, PetscInt parent, PetscInt c, PetscInt order)
{
  for (PetscInt i = parent + 1; i < d->nnodes; i++) {
    if (d->nodes[i].parent == parent && d->nodes[i].coordinate == c && d->nodes[i].order == order) return i;
  }
  d->nodes[d->nnodes] = (Node){.parent = parent, .field = d->nodes[parent].field, .coordinate = c, .order = order};
  return d->nnodes++;
}

static PetscErrorCode add_feature(DscDerivatives d, const DscGridInfo *grid, const DscFeature *feature, Leaf *leaf)
{
  PetscFunctionBeginUser;
  leaf->node = feature->field;
  for (PetscInt c = 0; c < d->ncoordinates; c++) {
    const PetscInt order = feature->order[c];

    DscUserCheck(order <= DSC_MAX_ORDER, PETSC_COMM_SELF,
                 "library term %s: derivatives are supported to order %d; lower -library_derivative", feature->name,
                 DSC_MAX_ORDER);
    if (is_identity(d, c, order)) continue;
    if (!is_fourier(d, c)) PetscCall(set_stencil(d, grid, c, order, feature->name));
    if (c < d->last || is_fourier(d, c))
      leaf->node = find_child(d, leaf->node, c, order);
    else
      leaf->stencil = &d->stencils[c][order];
  }
  PetscFunctionReturn(0);
}

/* From the leaves up: a stencil along the first space coordinate needs its parent beside the range too. */
static void set_reaches(DscDerivatives d)
{
  for (PetscInt f = 0; f < d->nfeatures; f++) {
    Node *node = &d->nodes[d->leaves[f].node];

    if (d->last == 1 && d->leaves[f].stencil) node->reach = PetscMax(node->reach, d->leaves[f].stencil->half);
  }
  for (PetscInt i = d->nnodes - 1; i >= d->nfields; i--) {
    const Node *node   = &d->nodes[i];
    Node       *parent = &d->nodes[node->parent];
    PetscInt    reach  = node->coordinate == 1 ? d->stencils[1][node->order].half : node->reach;

    parent->reach = PetscMax(parent->reach, reach);
  }
}

PetscErrorCode DscDerivativesCreate(const DscGridInfo *grid, PetscInt nfeatures, const DscFeature features[],
                                    const DscDerivativeRule *rule, DscDerivatives *derivatives)
{
  DscDerivatives d;
  PetscInt       highest = 0;

  PetscFunctionBeginUser;
  PetscCheck(rule->kind == DSC_BY_POLYNOMIALS ||
                 (rule->accuracy >= 2 && rule->accuracy <= DSC_MAX_ACCURACY && rule->accuracy % 2 == 0),
             PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "accuracy %" PetscInt_FMT, rule->accuracy);
  PetscCall(PetscNew(&d));
  *derivatives    = d; /* even where the rest fails: the caller destroys what there is */
  d->rule         = *rule;
  d->ncoordinates = grid->ncoordinates;
  d->nfields      = grid->nfields;
  d->nfeatures    = nfeatures;
  d->last         = PetscMax(grid->ncoordinates - 1, 1);
  PetscCall(PetscArraycpy(d->extent, grid->extent, DSC_MAX_COORDINATES));
  d->stride[d->last] = 1;
  for (PetscInt c = d->last; c > 1; c--) d->stride[c - 1] = d->stride[c] * d->extent[c];
  PetscCall(PetscCalloc2((size_t)(d->nfields + nfeatures * d->ncoordinates), &d->nodes, nfeatures, &d->leaves));
  for (PetscInt f = 0; f < d->nfields; f++) d->nodes[d->nnodes++] = (Node){.parent = -1, .field = f, .coordinate = -1};
  for (PetscInt f = 0; f < nfeatures; f++) {
    for (PetscInt c = 0; c < d->ncoordinates; c++) highest = PetscMax(highest, features[f].order[c]);
  }
  for (PetscInt c = 0; c < d->ncoordinates; c++) {
    if (is_polynomial(d)) PetscCall(choose_degree(d, grid, c, nfeatures, features, highest));
    if (is_fourier(d, c))
      PetscCall(
          DscFourierAxisCreate(grid->extent[c], grid->coordinates[c], d->stride[c], rule->cutoff[c], &d->axes[c]));
  }
  for (PetscInt f = 0; f < nfeatures; f++) PetscCall(add_feature(d, grid, &features[f], &d->leaves[f]));
  set_reaches(d);
  PetscFunctionReturn(0);
}

PetscErrorCode DscDerivativesDestroy(DscDerivatives *derivatives)
{
  DscDerivatives d = *derivatives;

  PetscFunctionBeginUser;
  if (!d) PetscFunctionReturn(0);
  for (PetscInt i = 0; i < d->nnodes; i++) PetscCall(PetscFree(d->nodes[i].row));
  for (PetscInt c = 0; c < DSC_MAX_COORDINATES; c++) {
    for (PetscInt k = 0; k <= DSC_MAX_ORDER; k++) PetscCall(DscStencilDestroy(&d->stencils[c][k]));
    PetscCall(DscFourierAxisDestroy(&d->axes[c]));
  }
  PetscCall(PetscFree2(d->nodes, d->leaves));
  PetscCall(PetscFree(*derivatives));
  PetscFunctionReturn(0);
}

PetscErrorCode DscDerivativesGetHalfWidths(DscDerivatives derivatives, PetscInt half[DSC_MAX_COORDINATES])
{
  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(half, derivatives->half, DSC_MAX_COORDINATES));
  PetscFunctionReturn(0);
}

PetscErrorCode DscDerivativesGetRows(DscDerivatives derivatives, PetscInt *nrows)
{
  PetscFunctionBeginUser;
  *nrows = derivatives->nnodes - derivatives->nfields;
  PetscFunctionReturn(0);
}

PetscErrorCode DscDerivativesAllocate(DscDerivatives d, PetscInt first, PetscInt count)
{
  PetscFunctionBeginUser;
  d->row_first = first;
  for (PetscInt i = d->nfields; i < d->nnodes; i++) {
    PetscCall(PetscMalloc1((size_t)count * (size_t)d->stride[1], &d->nodes[i].row));
    d->nodes[i].values = d->nodes[i].row;
  }
  PetscFunctionReturn(0);
}

/* ---- rows --------------------------------------------------------------------------------------------------- */

/* One tap at a time: all of it stays in the first-level cache, and a sum is fused in one way only, so that a value's bits
   do not depend on its place in a vector register. */
static void sum_taps(PetscInt n, const double *const in[], const double weights[], PetscInt count, double out[])
{
  for (PetscInt from = 0; from < count; from += CHUNK) {
    const PetscInt end     = PetscMin(CHUNK, count - from);
    double *restrict chunk = out + from;

    for (PetscInt l = 0; l < end; l++) chunk[l] = 0.0;
    for (PetscInt k = 0; k < n; k++) {
      const double weight = weights[k], *values = in[k] + from;
      for (PetscInt l = 0; l < end; l++) chunk[l] += weight * values[l];
    }
  }
}

/* Weights at one position, and where the values are: `apart` from each other around `centre`. */
static PetscInt set_taps(const DscStencil *stencil, PetscInt position, const double *centre, PetscInt apart,
                         const double *in[], double weights[])
{
  const PetscInt at = stencil->npositions == 1 ? 0 : position;

  for (PetscInt k = 0; k <= 2 * stencil->half; k++) {
    if (centre) in[k] = centre + (k - stencil->half) * apart;
    weights[k] = stencil->weights[k * stencil->npositions + at];
  }
  return 2 * stencil->half + 1;
}

static void derive_in_time(DscDerivatives d, const Node *node, PetscInt time, PetscInt first, PetscInt end)
{
  const DscStencil *stencil = &d->stencils[0][node->order];
  const PetscInt    place   = (first - node->reach - d->row_first) * d->stride[1];
  const PetscInt    count   = (end - first + 2 * node->reach) * d->stride[1];
  const double     *in[2 * DSC_MAX_WINDOW + 1];
  double            weights[2 * DSC_MAX_WINDOW + 1];
  const PetscInt    n = set_taps(stencil, time, NULL, 0, in, weights);

  for (PetscInt k = 0; k < n; k++) in[k] = d->rows[(d->half[0] - stencil->half + k) * d->nfields + node->field] + place;
  sum_taps(n, in, weights, count, node->row + place);
}

/* Along a coordinate of space that is not the last one: the values behind it, a line of them at each position. */
static void derive_in_space(DscDerivatives d, const Node *node, PetscInt first, PetscInt end)
{
  const PetscInt    c = node->coordinate, stride = d->stride[c];
  const DscStencil *stencil = &d->stencils[c][node->order];
  const double     *parent  = d->nodes[node->parent].values, *in[2 * DSC_MAX_WINDOW + 1];
  const PetscInt    low = c == 1 ? first - d->row_first : stencil->half, lines = d->stride[1] / stride;
  const PetscInt    high = c == 1 ? end - d->row_first : d->extent[c] - stencil->half;
  double            weights[2 * DSC_MAX_WINDOW + 1];

  for (PetscInt outer = c == 1 ? 0 : first - d->row_first; outer < (c == 1 ? 1 : end - d->row_first); outer++) {
    for (PetscInt p = low; p < high; p++) {
      const PetscInt place    = (outer * lines + p) * stride; /* c is 1 or 2: at most one coordinate before it */
      const PetscInt position = c == 1 ? p + d->row_first : p;
      const PetscInt n        = set_taps(stencil, position, parent + place, stride, in, weights);

      sum_taps(n, in, weights, stride, node->row + place);
    }
  }
}

/* All children of a node along a coordinate at once. */
static void derive_by_fourier(DscDerivatives d, PetscInt parent, PetscInt c)
{
  const PetscInt  line  = d->extent[c] * d->stride[c];
  const PetscInt  total = d->extent[1] * d->stride[1];
  DscFourierAxis *axis  = &d->axes[c];

  for (PetscInt at = 0; at < total; at += line) {
    DscFourierAxisTransform(axis, d->nodes[parent].values + at);
    for (PetscInt i = parent + 1; i < d->nnodes; i++) {
      const Node *node = &d->nodes[i];
      if (node->parent == parent && node->coordinate == c) DscFourierAxisDerive(axis, node->order, node->row + at);
    }
  }
}

static PetscBool is_first_child(DscDerivatives d, PetscInt i)
{
  for (PetscInt j = d->nodes[i].parent + 1; j < i; j++) {
    if (d->nodes[j].parent == d->nodes[i].parent && d->nodes[j].coordinate == d->nodes[i].coordinate)
      return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

PetscErrorCode DscDerivativesSetTime(DscDerivatives d, PetscInt time, const double *const rows[], PetscInt first,
                                     PetscInt end)
{
  PetscFunctionBeginUser;
  d->rows = rows;
  for (PetscInt f = 0; f < d->nfields; f++) d->nodes[f].values = rows[d->half[0] * d->nfields + f];
  for (PetscInt i = d->nfields; i < d->nnodes; i++) {
    const Node *node = &d->nodes[i];

    if (node->coordinate == 0)
      derive_in_time(d, node, time, first, end);
    else if (!is_fourier(d, node->coordinate))
      derive_in_space(d, node, first, end);
    else if (is_first_child(d, i))
      derive_by_fourier(d, node->parent, node->coordinate);
  }
  PetscFunctionReturn(0);
}

/* ---- along a line of lanes ---------------------------------------------------------------------------------- */

/* Weights that vary from lane to lane. */
static void sum_varying_taps(const DscStencil *stencil, PetscInt position, const double *centre, PetscInt count,
                             double *restrict out)
{
  for (PetscInt l = 0; l < count; l++) out[l] = 0.0;
  for (PetscInt k = 0; k <= 2 * stencil->half; k++) {
    const double *weight = stencil->weights + k * stencil->npositions + position, *in = centre + k - stencil->half;
    for (PetscInt l = 0; l < count; l++) out[l] += weight[l] * in[l];
  }
}

PetscErrorCode DscDerivativesApply(DscDerivatives d, PetscInt place, PetscInt position, PetscInt count, PetscInt lanes,
                                   double features[])
{
  const double *in[2 * DSC_MAX_WINDOW + 1];
  double        weights[2 * DSC_MAX_WINDOW + 1];

  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < d->nfeatures; f++) {
    const DscStencil *stencil = d->leaves[f].stencil;
    const double     *values  = d->nodes[d->leaves[f].node].values + place;
    double           *out     = features + f * lanes;

    if (!stencil)
      PetscCall(PetscArraycpy(out, values, count));
    else if (stencil->npositions > 1)
      sum_varying_taps(stencil, position, values, count, out);
    else
      sum_taps(set_taps(stencil, 0, values, 1, in, weights), in, weights, count, out);
  }
  PetscFunctionReturn(0);
}
