/* Small dense operations on Vectors that the factorisation, the solution and the adjoint share. All are inlined, so that
   those of the usual shapes are compiled with constant sizes. */
#ifndef DISCERN_ODE_KERNEL_H
#define DISCERN_ODE_KERNEL_H

#include "ode/ode_private.h"

#include <math.h>

#define INLINE static inline __attribute__((always_inline))

typedef int64_t VectorBits __attribute__((vector_size(DSC_ODE_VECTOR_BYTES)));

/* Shapes (k, d) with kernels of their own, where every step has k equations; see DscODEDispatch. */
#define DSC_ODE_SHAPES(SHAPE)                                                                                          \
  SHAPE(1, 1) SHAPE(1, 2) SHAPE(1, 3) SHAPE(1, 4) SHAPE(1, 5) SHAPE(2, 1) SHAPE(2, 2) SHAPE(3, 1) SHAPE(3, 2)

INLINE Vector vector_of(double x)
{
  return (Vector){0} + x;
}

INLINE Vector load(const double *x)
{
  return *(const VectorAt *)x;
}

INLINE void store(double *x, Vector value)
{
  *(VectorAt *)x = value;
}

INLINE Vector square_root(Vector x)
{
  for (int l = 0; l < DSC_ODE_CHUNK; l++) x[l] = sqrt(x[l]);
  return x;
}

/* 1/x, and 1 or 0 where x is 0. */
INLINE Vector reciprocal(Vector x, int at_zero)
{
  const VectorBits zero = x == vector_of(0), one = (VectorBits)vector_of(1);
  const Vector     inverse = 1 / (Vector)((VectorBits)x | (zero & one));
  return at_zero ? inverse : (Vector)((VectorBits)inverse & ~zero);
}

/* The reflection that makes (x0, x[n]) into (result, 0): v_0, tau, x. */
INLINE Vector reflection_make(int n, Vector x0, const Vector *restrict x, Vector *restrict v)
{
  const VectorBits sign   = (VectorBits)-vector_of(0);
  Vector           square = x0 * x0, sigma;

  for (int i = 0; i < n; i++) {
    square += x[i] * x[i];
    v[2 + i] = x[i];
  }
  sigma = (Vector)((VectorBits)square_root(square) | ((VectorBits)x0 & sign));
  v[0]  = x0 + sigma;
  v[1]  = reciprocal(sigma * v[0], 1);
  return -sigma;
}

INLINE void reflection_apply(int n, const Vector *restrict v, Vector *restrict x0, Vector *restrict x)
{
  Vector dot = v[0] * *x0;

  for (int i = 0; i < n; i++) dot += v[2 + i] * x[i];
  dot *= v[1];
  *x0 -= dot * v[0];
  for (int i = 0; i < n; i++) x[i] -= dot * v[2 + i];
}

/* x[0..n] = 1, a, a^2, .. a^n */
INLINE void powers(int n, Vector a, Vector *restrict x)
{
  x[0] = vector_of(1);
  for (int i = 0; i < n; i++) x[i + 1] = x[i] * a;
}

static const double inverse_factorial[DSC_ODE_MAX_ORDER + 1] = {1, 1, 1. / 2, 1. / 6, 1. / 24, 1. / 120, 1. / 720};

/* x in place of its right-hand side: x_t = R_tt^{-1} (x - R_t,t-1 x_{t-1} - R_t,t-2 x_{t-2}^(d-1) - R_t,eps eps);
   `before` is x_{t-1}, after x_{t-2} in memory. */
INLINE void substitute(DscODEStage g, const Vector *restrict R, Vector *restrict x, const Vector *restrict before,
                       Vector      epsilon)
{
  const int m = g.m;

  for (int j = m - 1; j >= 0; j--) {
    const Vector *row = R + DscODERow(g, j), *right = row + m - j;
    Vector        sum = x[j] - right[m + g.out] * epsilon;

    for (int c = 0; c < m; c++) sum -= right[c] * before[c];
    for (int i = 0; i < g.out; i++) sum -= right[m + i] * before[g.k - m + i];
    for (int c = j + 1; c < m; c++) sum -= row[c - j] * x[c];
    x[j] = sum * row[0];
  }
}

/* Coefficients of a central row, S = before + after: S^(d-2) and S^(d-1). */
INLINE void central_powers(int d, Vector S, Vector power[2])
{
  power[1] = vector_of(1);
  for (int j = 1; j < d; j++) power[1] *= S;
  power[0] = power[1] / S;
}

#endif
