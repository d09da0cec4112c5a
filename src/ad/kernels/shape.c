/*
  Ops that are linear and touch no jet recurrence: affine, slice, widen, concatenate, repeat, reduce. Adjoints add: the
  graph clears adjoints that are first written here.
*/
#include "ad/kernels/op.h"
#include "ad/precision.h"

#include <string.h>

/* y = scale x + shift; the shift on order 0 only */
void DSC_KERNEL(DscOpAffineForward)(const DscOpContext *op)
{
  const int   pitch = op->jets * op->lanes;
  const Real *x     = op->x[0];
  const Real  scale = (Real)op->reals[0], shift = (Real)op->reals[1];
  Real       *y = op->y;
  for (int i = 0; i < op->features * pitch; i++) y[i] = scale * x[i];
  for (int f = 0; f < op->features; f++) {
    for (int l = 0; l < op->lanes; l++) y[f * pitch + l] += shift;
  }
}

static void add_scaled(int n, Real scale, const Real *from, Real *to)
{
  for (int i = 0; i < n; i++) to[i] += scale * from[i];
}

void DSC_KERNEL(DscOpAffineAdjoint)(const DscOpContext *op)
{
  if (op->xbar[0]) add_scaled(op->features * op->jets * op->lanes, (Real)op->reals[0], op->ybar, op->xbar[0]);
}

/* Where the coefficients of a jet lie in a wider one, which has all its directions. */
static void find_places(const DscJet *narrow, const DscJet *wide, int places[])
{
  int n = 0, next = 1;
  places[n++] = 0;
  for (int d = 0; d < wide->ndirections; next += (int)wide->order[d++]) {
    for (int k = 0; k < narrow->order[d]; k++) places[n++] = next + k;
  }
}

/* y = features [first, first + count) of x, in the directions that y has */
void DSC_KERNEL(DscOpSliceForward)(const DscOpContext *op)
{
  const int   lanes = op->lanes, pitch = op->jets * lanes, input_pitch = op->input_jets * lanes;
  const Real *x = (const Real *)op->x[0] + (int)op->integers[0] * input_pitch;
  int         places[DSC_MAX_DIRECTIONS * DSC_MAX_ORDER + 1];
  if (pitch == input_pitch) {
    memcpy(op->y, x, (size_t)(op->features * pitch) * sizeof(Real));
    return;
  }
  find_places(op->jet, op->input_jet, places);
  for (int f = 0; f < op->features; f++) {
    for (int j = 0; j < op->jets; j++)
      memcpy((Real *)op->y + f * pitch + j * lanes, x + f * input_pitch + places[j] * lanes,
             (size_t)lanes * sizeof(Real));
  }
}

void DSC_KERNEL(DscOpSliceAdjoint)(const DscOpContext *op)
{
  const int lanes = op->lanes, pitch = op->jets * lanes, input_pitch = op->input_jets * lanes;
  Real     *xbar = op->xbar[0];
  int       places[DSC_MAX_DIRECTIONS * DSC_MAX_ORDER + 1];
  if (!xbar) return;
  xbar += (int)op->integers[0] * input_pitch;
  if (pitch == input_pitch) {
    add_scaled(op->features * pitch, 1, op->ybar, xbar);
    return;
  }
  find_places(op->jet, op->input_jet, places);
  for (int f = 0; f < op->features; f++) {
    for (int j = 0; j < op->jets; j++)
      add_scaled(lanes, 1, (const Real *)op->ybar + f * pitch + j * lanes, xbar + f * input_pitch + places[j] * lanes);
  }
}

/* y = x, with coefficients zero in the directions that x does not have */
void DSC_KERNEL(DscOpWidenForward)(const DscOpContext *op)
{
  const int lanes = op->lanes, pitch = op->jets * lanes, input_pitch = op->input_jets * lanes;
  int       places[DSC_MAX_DIRECTIONS * DSC_MAX_ORDER + 1];
  find_places(op->input_jet, op->jet, places);
  memset(op->y, 0, (size_t)(op->features * pitch) * sizeof(Real));
  for (int f = 0; f < op->features; f++) {
    for (int j = 0; j < op->input_jets; j++)
      memcpy((Real *)op->y + f * pitch + places[j] * lanes, (const Real *)op->x[0] + f * input_pitch + j * lanes,
             (size_t)lanes * sizeof(Real));
  }
}

void DSC_KERNEL(DscOpWidenAdjoint)(const DscOpContext *op)
{
  const int lanes = op->lanes, pitch = op->jets * lanes, input_pitch = op->input_jets * lanes;
  int       places[DSC_MAX_DIRECTIONS * DSC_MAX_ORDER + 1];
  if (!op->xbar[0]) return;
  find_places(op->input_jet, op->jet, places);
  for (int f = 0; f < op->features; f++) {
    for (int j = 0; j < op->input_jets; j++)
      add_scaled(lanes, 1, (const Real *)op->ybar + f * pitch + places[j] * lanes,
                 (Real *)op->xbar[0] + f * input_pitch + j * lanes);
  }
}

void DSC_KERNEL(DscOpConcatenateForward)(const DscOpContext *op)
{
  const int pitch = op->jets * op->lanes;
  Real     *y     = op->y;
  for (int i = 0; i < op->ninputs; y += op->input_features[i++] * pitch) {
    memcpy(y, op->x[i], (size_t)(op->input_features[i] * pitch) * sizeof(Real));
  }
}

void DSC_KERNEL(DscOpConcatenateAdjoint)(const DscOpContext *op)
{
  const int   pitch = op->jets * op->lanes;
  const Real *ybar  = op->ybar;
  for (int i = 0; i < op->ninputs; ybar += op->input_features[i++] * pitch) {
    if (op->xbar[i]) add_scaled(op->input_features[i] * pitch, 1, ybar, op->xbar[i]);
  }
}

/* y = all features of x, integers[0] times over */
void DSC_KERNEL(DscOpRepeatForward)(const DscOpContext *op)
{
  const int length = op->input_features[0] * op->jets * op->lanes;
  for (int i = 0; i < (int)op->integers[0]; i++)
    memcpy((Real *)op->y + i * length, op->x[0], (size_t)length * sizeof(Real));
}

void DSC_KERNEL(DscOpRepeatAdjoint)(const DscOpContext *op)
{
  const int length = op->input_features[0] * op->jets * op->lanes;
  if (!op->xbar[0]) return;
  for (int i = 0; i < (int)op->integers[0]; i++)
    add_scaled(length, 1, (const Real *)op->ybar + i * length, op->xbar[0]);
}

/* y = sum of the features of x, one feature */
void DSC_KERNEL(DscOpReduceForward)(const DscOpContext *op)
{
  const int pitch = op->jets * op->lanes;
  memset(op->y, 0, (size_t)pitch * sizeof(Real));
  for (int f = 0; f < op->input_features[0]; f++) add_scaled(pitch, 1, (const Real *)op->x[0] + f * pitch, op->y);
}

void DSC_KERNEL(DscOpReduceAdjoint)(const DscOpContext *op)
{
  const int pitch = op->jets * op->lanes;
  if (!op->xbar[0]) return;
  for (int f = 0; f < op->input_features[0]; f++) add_scaled(pitch, 1, op->ybar, (Real *)op->xbar[0] + f * pitch);
}
