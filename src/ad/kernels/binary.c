/*
  Elementwise functions of two tensors of the same shape, on jets. Along each direction, with order 0 shared:
      multiply   y_k = sum_{i=0..k} a_i b_{k-i}
      divide     y_k = (a_k - sum_{j=1..k} b_j y_{k-j}) / b_0
  Adjoints add: the graph clears adjoints that are first written here.
*/
#include "ad/kernels/op.h"
#include "ad/precision.h"

/* Coefficient k of the direction that starts at `first` on the jet axis. */
static inline int at(int first, int k, int lanes)
{
  return (k ? first + k - 1 : 0) * lanes;
}

#define LANES(l) for (int l = 0; l < lanes; l++)

static void sum_forward(const DscOpContext *op, Real sign)
{
  const Real *a = op->x[0], *b = op->x[1];
  Real       *y = op->y;
  for (int i = 0; i < op->features * op->jets * op->lanes; i++) y[i] = a[i] + sign * b[i];
}

static void sum_adjoint(const DscOpContext *op, Real sign)
{
  const Real *ybar = op->ybar;
  Real       *abar = op->xbar[0], *bbar = op->xbar[1];
  const int   n = op->features * op->jets * op->lanes;
  for (int i = 0; abar && i < n; i++) abar[i] += ybar[i];
  for (int i = 0; bbar && i < n; i++) bbar[i] += sign * ybar[i];
}

void DSC_KERNEL(DscOpAddForward)(const DscOpContext *op)
{
  sum_forward(op, 1);
}

void DSC_KERNEL(DscOpAddAdjoint)(const DscOpContext *op)
{
  sum_adjoint(op, 1);
}

void DSC_KERNEL(DscOpSubtractForward)(const DscOpContext *op)
{
  sum_forward(op, -1);
}

void DSC_KERNEL(DscOpSubtractAdjoint)(const DscOpContext *op)
{
  sum_adjoint(op, -1);
}

static void multiply_direction(int lanes, int order, int first, const Real *a, const Real *b, Real *y)
{
  for (int k = 1; k <= order; k++) {
    Real *yk       = y + at(first, k, lanes);
    LANES(l) yk[l] = 0;
    for (int i = 0; i <= k; i++) {
      const Real *ai = a + at(first, i, lanes), *bi = b + at(first, k - i, lanes);
      LANES(l) yk[l] += ai[l] * bi[l];
    }
  }
}

void DSC_KERNEL(DscOpMultiplyForward)(const DscOpContext *op)
{
  const int lanes = op->lanes, pitch = op->jets * lanes;
  for (int f = 0; f < op->features; f++) {
    const Real *a = (const Real *)op->x[0] + f * pitch, *b = (const Real *)op->x[1] + f * pitch;
    Real       *y = (Real *)op->y + f * pitch;
    LANES(l) y[l] = a[l] * b[l];
    for (int i = 0, first = 1; i < op->jet->ndirections; first += (int)op->jet->order[i++]) {
      multiply_direction(lanes, (int)op->jet->order[i], first, a, b, y);
    }
  }
}

/* abar_i += sum_k ybar_k b_{k-i} for the terms of order k >= 1 */
static void correlate_direction(int lanes, int order, int first, const Real *ybar, const Real *b, Real *abar)
{
  for (int k = 1; k <= order; k++) {
    for (int i = 0; i <= k; i++) {
      const Real *yk = ybar + at(first, k, lanes), *bi = b + at(first, k - i, lanes);
      Real       *ai = abar + at(first, i, lanes);
      LANES(l) ai[l] += yk[l] * bi[l];
    }
  }
}

void DSC_KERNEL(DscOpMultiplyAdjoint)(const DscOpContext *op)
{
  const int lanes = op->lanes, pitch = op->jets * lanes;
  for (int side = 0; side < 2; side++) {
    if (!op->xbar[side]) continue;
    for (int f = 0; f < op->features; f++) {
      const Real *ybar = (const Real *)op->ybar + f * pitch, *other = (const Real *)op->x[1 - side] + f * pitch;
      Real       *xbar = (Real *)op->xbar[side] + f * pitch;
      LANES(l) xbar[l] += ybar[l] * other[l];
      for (int i = 0, first = 1; i < op->jet->ndirections; first += (int)op->jet->order[i++]) {
        correlate_direction(lanes, (int)op->jet->order[i], first, ybar, other, xbar);
      }
    }
  }
}

void DSC_KERNEL(DscOpDivideForward)(const DscOpContext *op)
{
  const int lanes = op->lanes, pitch = op->jets * lanes;
  for (int f = 0; f < op->features; f++) {
    const Real *a = (const Real *)op->x[0] + f * pitch, *b = (const Real *)op->x[1] + f * pitch;
    Real       *y = (Real *)op->y + f * pitch;
    LANES(l) y[l] = a[l] / b[l];
    for (int d = 0, first = 1; d < op->jet->ndirections; first += (int)op->jet->order[d++]) {
      for (int k = 1; k <= op->jet->order[d]; k++) {
        const Real *ak = a + at(first, k, lanes);
        Real       *yk = y + at(first, k, lanes);
        LANES(l) yk[l] = ak[l];
        for (int j = 1; j <= k; j++) {
          const Real *bj = b + at(first, j, lanes), *yj = y + at(first, k - j, lanes);
          LANES(l) yk[l] -= bj[l] * yj[l];
        }
        LANES(l) yk[l] /= b[l];
      }
    }
  }
}

/*
  With q the adjoint of the numerator, q_k = (ybar_k - sum_{j>=1} b_j q_{k+j}) / b_0, solved from the highest order down
  (order 0 last, over all directions): abar_k += q_k, bbar_j -= sum_k q_k y_{k-j}.
*/
static void divide_numerator(const DscOpContext *op, const Real *ybar, const Real *b, Real *q)
{
  const int lanes = op->lanes;
  LANES(l) q[l]   = ybar[l];
  for (int d = 0, first = 1; d < op->jet->ndirections; first += (int)op->jet->order[d++]) {
    const int order = (int)op->jet->order[d];
    for (int k = order; k >= 1; k--) {
      const Real *yk = ybar + at(first, k, lanes);
      Real       *qk = q + at(first, k, lanes);
      LANES(l) qk[l] = yk[l];
      for (int j = 1; k + j <= order; j++) {
        const Real *bj = b + at(first, j, lanes), *qj = q + at(first, k + j, lanes);
        LANES(l) qk[l] -= bj[l] * qj[l];
      }
      LANES(l) qk[l] /= b[l];
    }
    for (int j = 1; j <= order; j++) {
      const Real *bj = b + at(first, j, lanes), *qj = q + at(first, j, lanes);
      LANES(l) q[l] -= bj[l] * qj[l];
    }
  }
  LANES(l) q[l] /= b[l];
}

void DSC_KERNEL(DscOpDivideAdjoint)(const DscOpContext *op)
{
  const int lanes = op->lanes, pitch = op->jets * lanes;
  Real      q[(DSC_MAX_DIRECTIONS * DSC_MAX_ORDER + 1) * DSC_MAX_LANES];
  for (int f = 0; f < op->features; f++) {
    const Real *ybar = (const Real *)op->ybar + f * pitch, *b = (const Real *)op->x[1] + f * pitch,
               *y = (const Real *)op->y + f * pitch;
    divide_numerator(op, ybar, b, q);
    if (op->xbar[0]) {
      Real *abar = (Real *)op->xbar[0] + f * pitch;
      for (int i = 0; i < pitch; i++) abar[i] += q[i];
    }
    if (op->xbar[1]) {
      Real *bbar = (Real *)op->xbar[1] + f * pitch;
      for (int i = 0; i < pitch; i++) q[i] = -q[i];
      LANES(l) bbar[l] += q[l] * y[l];
      for (int i = 0, first = 1; i < op->jet->ndirections; first += (int)op->jet->order[i++]) {
        correlate_direction(lanes, (int)op->jet->order[i], first, q, y, bbar);
      }
    }
  }
}
