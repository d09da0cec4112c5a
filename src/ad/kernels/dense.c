/* The dense layer: y = W x and y = x + b (on order 0 only). */
#include "ad/kernels/op.h"
#include "ad/kernels/product.h"
#include "ad/precision.h"

#include <string.h>

void DSC_KERNEL(DscOpLinearForward)(const DscOpContext *op)
{
  const int n = op->jets * op->lanes;
  DSC_KERNEL(DscProduct)(op->rows[0], n, op->columns[0], op->packed[0], op->x[0], op->y, false);
}

void DSC_KERNEL(DscOpLinearAdjoint)(const DscOpContext *op)
{
  const int n = op->jets * op->lanes;
  DSC_KERNEL(DscProductWeights)(op->rows[0], n, op->columns[0], op->ybar, op->x[0], op->thetabar[0]);
  if (op->xbar[0]) {
    DSC_KERNEL(DscProduct)(op->columns[0], n, op->rows[0], op->packed_transpose[0], op->ybar, op->xbar[0], op->add[0]);
  }
}

void DSC_KERNEL(DscOpBiasForward)(const DscOpContext *op)
{
  const int   pitch = op->jets * op->lanes;
  const Real *x = op->x[0], *b = op->theta[0];
  Real       *y = op->y;
  if (x != y) memcpy(y, x, (size_t)(op->features * pitch) * sizeof(Real));
  for (int f = 0; f < op->features; f++) {
    for (int l = 0; l < op->lanes; l++) y[f * pitch + l] += b[f];
  }
}

void DSC_KERNEL(DscOpBiasAdjoint)(const DscOpContext *op)
{
  const int   pitch = op->jets * op->lanes;
  const Real *ybar  = op->ybar;
  Real       *bbar = op->thetabar[0], *xbar = op->xbar[0];
  for (int f = 0; f < op->features; f++) {
    RealVector sum = {0};
    for (int l = 0; l < op->lanes; l += DSC_VECTOR_LENGTH) sum += *(const RealVectorAt *)(ybar + f * pitch + l);
    for (int i = 0; i < DSC_VECTOR_LENGTH; i++) bbar[f] += sum[i];
  }
  if (!xbar || xbar == ybar) return;
  for (int i = 0; i < op->features * pitch; i++) xbar[i] = op->add[0] ? xbar[i] + ybar[i] : ybar[i];
}
