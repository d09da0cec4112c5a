/*
  The one small product of the graph, in its three directions. All matrices are row-major; n is a multiple of 16 and rows
  of X, Y are aligned; the weights come packed, once an iteration, by DscPack.

    forward     Y[m x n]  = W[m x k] X[k x n]
    data        X[k x n] += W'       Y          (the same kernel, with the packed transpose)
    weights     W[m x k] += Y[m x n] X[k x n]'
*/
#ifndef DISCERN_AD_KERNELS_PRODUCT_H
#define DISCERN_AD_KERNELS_PRODUCT_H

#include <stdbool.h>
#include <stddef.h>

#define DSC_PACK_ROWS 6 /* rows of a packed block: 6 x 4 vectors of accumulators fill the registers */

/* Reals in a packed m x k matrix: blocks of DSC_PACK_ROWS rows, column by column. */
static inline size_t DscPackedSize(int m, int k)
{
  return (size_t)((m + DSC_PACK_ROWS - 1) / DSC_PACK_ROWS) * DSC_PACK_ROWS * (size_t)k;
}

void DscPack_d(int m, int k, const double *W, double *packed);
void DscPack_s(int m, int k, const float *W, float *packed);
void DscPackTranspose_d(int m, int k, const double *W, double *packed); /* packs W' [k x m] of W [m x k] */
void DscPackTranspose_s(int m, int k, const float *W, float *packed);
void DscProduct_d(int m, int n, int k, const double *packed, const double *X, double *Y, bool add);
void DscProduct_s(int m, int n, int k, const float *packed, const float *X, float *Y, bool add);
void DscProductWeights_d(int m, int n, int k, const double *Y, const double *X, double *W);
void DscProductWeights_s(int m, int n, int k, const float *Y, const float *X, float *W);

#endif
