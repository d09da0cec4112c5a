/*
  Elementwise functions of one tensor, y = f(x), on jets.

  With d the jet of f'(x), every one of them obeys (Griewank and Walther, Evaluating Derivatives, ch. 13)
      forward   y_k    = 1/k sum_{j=1..k} j x_j d_{k-j}
      adjoint   xbar_k = sum_{j>=k} ybar_j d_{j-k}        since dy_j/dx_k = d_{j-k}
  so that a function is a value at order 0 and a rule for d_k. Directions share order 0. tanh and exp find d again from
  their output; square reads its input; the others keep d. In place, x_0 is lost when y_0 is written: log, power and
  normal_cdf, whose rules need it, and square do not work in place (ad/ops.c).
*/
#include "ad/kernels/op.h"
#include "ad/kernels/vecmath.h"
#include "ad/precision.h"

#define INLINE static inline __attribute__((always_inline))

typedef enum { TANH, SIN, COS, EXP, LOG, SOFTPLUS, SQUARE, POWER, NORMAL_CDF } Rule;

typedef RealVector Coefficients[DSC_MAX_ORDER + 1];

/* sum_{j=1..k} j x_j d_{k-j}; xs_j = j x_j */
INLINE RealVector convolve(int k, const RealVector xs[], const RealVector d[])
{
  RealVector sum = xs[1] * d[k - 1];
  for (int j = 2; j <= k; j++) sum += xs[j] * d[k - j];
  return sum;
}

/* sum_{i=0..k} y_i y_{k-i} */
INLINE RealVector square(int k, const RealVector y[])
{
  RealVector sum = y[0] * y[k];
  for (int i = 1; 2 * i < k; i++) sum += y[i] * y[k - i];
  if (k == 0) return sum;
  sum += sum;
  if (k % 2 == 0) sum += y[k / 2] * y[k / 2];
  return sum;
}

/* Does this rule read f' from memory, where the forward pass kept it? */
INLINE bool keeps(Rule rule)
{
  return rule != TANH && rule != EXP && rule != SQUARE;
}

/* d_k for k >= 1 from x_0..x_k, y_0..y_k, d_0..d_{k-1} */
INLINE RealVector slope(Rule rule, int k, Real p, const RealVector x[], const RealVector xs[], const RealVector y[],
                        const RealVector d[])
{
  const Real inverse = (Real)1 / (Real)k;
  switch (rule) {
  case TANH:
    return -square(k, y); /* d = 1 - y^2 */
  case EXP:
    return y[k]; /* d = y */
  case SQUARE:
    return x[k] + x[k]; /* d = 2 x */
  case SIN:             /* d = cos x, d' = -y x' */
  case COS:
    return -inverse * convolve(k, xs, y);
  case SOFTPLUS: { /* d' = (d - d^2) x' */
    RealVector sum = xs[k] * (d[0] - d[0] * d[0]);
    for (int j = 1; j < k; j++) sum += xs[j] * (d[k - j] - square(k - j, d));
    return inverse * sum;
  }
  case LOG:     /* d x = 1 */
  case POWER: { /* d x = p y */
    RealVector sum = rule == POWER ? p * y[k] : (RealVector){0};
    for (int j = 1; j <= k; j++) sum -= x[j] * d[k - j];
    return sum / x[0];
  }
  case NORMAL_CDF: { /* d' = -x d x' */
    RealVector sum = {0};
    for (int j = 1; j <= k; j++) {
      RealVector xd = x[0] * d[k - j];
      for (int i = 1; i <= k - j; i++) xd += x[i] * d[k - j - i];
      sum -= xs[j] * xd;
    }
    return inverse * sum;
  }
  }
  return y[k];
}

/* d_0 from x_0, y_0, for rules that do not read it from memory */
INLINE RealVector slope_zero(Rule rule, Real p, RealVector x, RealVector y)
{
  switch (rule) {
  case TANH:
    return 1 - y * y;
  case EXP:
    return y;
  case SQUARE:
    return x + x;
  case LOG:
    return 1 / x;
  case POWER:
    return p * y / x;
  default:
    return y;
  }
}

INLINE RealVector load(const Real *a)
{
  return *(const RealVectorAt *)a;
}

INLINE void store(Real *a, RealVector v)
{
  *(RealVectorAt *)a = v;
}

/* One direction of order K (a constant after inlining) of one feature; order 0 of y, and of d where kept, is there. */
INLINE void forward_direction(Rule rule, int K, int lanes, Real p, const Real *x, Real *y, Real *d, int first)
{
  const bool keep = keeps(rule);
  for (int l = 0; l < lanes; l += DSC_VECTOR_LENGTH) {
    Coefficients X, XS, Y, D;
    X[0] = load(x + l);
    Y[0] = load(y + l);
    D[0] = keep ? load(d + l) : slope_zero(rule, p, X[0], Y[0]);
    for (int k = 1; k <= K; k++) {
      X[k]  = load(x + (first + k - 1) * lanes + l);
      XS[k] = (Real)k * X[k];
    }
    for (int k = 1; k <= K; k++) {
      Y[k] = ((Real)1 / (Real)k) * convolve(k, XS, D);
      if (keep || k < K) D[k] = slope(rule, k, p, X, XS, Y, D);
    }
    for (int k = 1; k <= K; k++) {
      store(y + (first + k - 1) * lanes + l, Y[k]);
      if (keep) store(d + (first + k - 1) * lanes + l, D[k]);
    }
  }
}

/* The adjoint of one direction; bar0 collects order 0 over the directions. */
INLINE void adjoint_direction(Rule rule, int K, int lanes, const Real *x, const Real *y, const Real *d,
                              const Real *ybar, Real *xbar, bool add, int first, Real *bar0)
{
  const bool keep = keeps(rule);
  for (int l = 0; l < lanes; l += DSC_VECTOR_LENGTH) {
    Coefficients X, Y, D, B;
    for (int k = 0; k <= K; k++) {
      const int at = (k ? first + k - 1 : 0) * lanes + l;
      if (rule == SQUARE) X[k] = load(x + at);
      if (rule == TANH || rule == EXP) Y[k] = load(y + at);
      if (keep) D[k] = load(d + at);
      if (k) B[k] = load(ybar + at);
    }
    if (!keep) {
      D[0] = slope_zero(rule, 0, X[0], Y[0]);
      for (int k = 1; k <= K; k++) D[k] = slope(rule, k, 0, X, X, Y, D);
    }
    RealVector sum = load(bar0 + l);
    for (int k = 1; k <= K; k++) sum += B[k] * D[k];
    store(bar0 + l, sum);
    for (int k = 1; k <= K; k++) {
      const int at = (first + k - 1) * lanes + l;
      sum          = B[k] * D[0];
      for (int j = k + 1; j <= K; j++) sum += B[j] * D[j - k];
      if (add) sum += load(xbar + at);
      store(xbar + at, sum);
    }
  }
}

/* Unrolled for every order that a jet can have. */
#define FOR_ORDER(K, call)                                                                                             \
  switch (K) {                                                                                                         \
  case 1:                                                                                                              \
    call(1);                                                                                                           \
    break;                                                                                                             \
  case 2:                                                                                                              \
    call(2);                                                                                                           \
    break;                                                                                                             \
  case 3:                                                                                                              \
    call(3);                                                                                                           \
    break;                                                                                                             \
  case 4:                                                                                                              \
    call(4);                                                                                                           \
    break;                                                                                                             \
  case 5:                                                                                                              \
    call(5);                                                                                                           \
    break;                                                                                                             \
  case 6:                                                                                                              \
    call(6);                                                                                                           \
    break;                                                                                                             \
  case 7:                                                                                                              \
    call(7);                                                                                                           \
    break;                                                                                                             \
  default:                                                                                                             \
    call(8);                                                                                                           \
    break;                                                                                                             \
  }
_Static_assert(DSC_MAX_ORDER == 8, "FOR_ORDER unrolls orders 1..8");

/* y_0, and d_0 where it is kept */
INLINE void value(Rule rule, int lanes, double p, const Real *x, Real *y, Real *d)
{
  switch (rule) {
  case TANH:
    DSC_KERNEL(DscVectorTanh)(lanes, x, y);
    break;
  case EXP:
    DSC_KERNEL(DscVectorExp)(lanes, x, y);
    break;
  case SQUARE:
    for (int l = 0; l < lanes; l++) y[l] = x[l] * x[l];
    break;
  case SIN:
    DSC_KERNEL(DscVectorCos)(lanes, x, d);
    DSC_KERNEL(DscVectorSin)(lanes, x, y);
    break;
  case COS:
    DSC_KERNEL(DscVectorSin)(lanes, x, d);
    DSC_KERNEL(DscVectorCos)(lanes, x, y);
    for (int l = 0; l < lanes; l++) d[l] = -d[l];
    break;
  case LOG:
    for (int l = 0; l < lanes; l++) d[l] = 1 / x[l];
    DSC_KERNEL(DscVectorLog)(lanes, x, y);
    break;
  case SOFTPLUS:
    DSC_KERNEL(DscVectorLogistic)(lanes, x, d);
    DSC_KERNEL(DscVectorSoftplus)(lanes, x, y);
    break;
  case POWER:
    DSC_KERNEL(DscVectorPower)(lanes, p, x, y);
    for (int l = 0; l < lanes; l++) d[l] = (Real)p * y[l] / x[l];
    break;
  case NORMAL_CDF:
    DSC_KERNEL(DscVectorNormalDensity)(lanes, x, d);
    DSC_KERNEL(DscVectorNormalCdf)(lanes, x, y);
    break;
  }
}

INLINE void forward(Rule rule, const DscOpContext *op)
{
  const int lanes = op->lanes, pitch = op->jets * lanes;
  for (int f = 0; f < op->features; f++) {
    const Real *x = (const Real *)op->x[0] + f * pitch;
    Real       *y = (Real *)op->y + f * pitch, *d = op->slope ? (Real *)op->slope + f * pitch : NULL;
    const Real  p = rule == POWER ? (Real)op->reals[0] : 0;
    value(rule, lanes, rule == POWER ? op->reals[0] : 0, x, y, d);
    for (int i = 0, first = 1; i < op->jet->ndirections; first += (int)op->jet->order[i++]) {
#define CALL(K) forward_direction(rule, K, lanes, p, x, y, d, first)
      if (op->jet->order[i] > 0) FOR_ORDER(op->jet->order[i], CALL)
#undef CALL
    }
  }
}

INLINE void adjoint(Rule rule, const DscOpContext *op)
{
  const int  lanes = op->lanes, pitch = op->jets * lanes;
  const bool keep = op->slope != NULL;
  if (!op->xbar[0]) return;
  for (int f = 0; f < op->features; f++) {
    const Real *x = (const Real *)op->x[0] + f * pitch, *y = (const Real *)op->y + f * pitch;
    const Real *d = keep ? (const Real *)op->slope + f * pitch : NULL, *ybar = (const Real *)op->ybar + f * pitch;
    Real       *xbar = (Real *)op->xbar[0] + f * pitch;
    Real        bar0[DSC_MAX_LANES] __attribute__((aligned(DSC_ALIGNMENT)));
    for (int l = 0; l < lanes; l += DSC_VECTOR_LENGTH) {
      const RealVector d0 =
          keep ? load(d + l) : slope_zero(rule, 0, rule == SQUARE ? load(x + l) : load(y + l), load(y + l));
      store(bar0 + l, load(ybar + l) * d0);
    }
    for (int i = 0, first = 1; i < op->jet->ndirections; first += (int)op->jet->order[i++]) {
#define CALL(K) adjoint_direction(rule, K, lanes, x, y, d, ybar, xbar, op->add[0], first, bar0)
      if (op->jet->order[i] > 0) FOR_ORDER(op->jet->order[i], CALL)
#undef CALL
    }
    for (int l = 0; l < lanes; l += DSC_VECTOR_LENGTH) {
      store(xbar + l, op->add[0] ? load(xbar + l) + load(bar0 + l) : load(bar0 + l));
    }
  }
}

#define UNARY(Name, rule)                                                                                              \
  void DSC_KERNEL(DscOp##Name##Forward)(const DscOpContext *op)                                                        \
  {                                                                                                                    \
    forward(rule, op);                                                                                                 \
  }                                                                                                                    \
  void DSC_KERNEL(DscOp##Name##Adjoint)(const DscOpContext *op)                                                        \
  {                                                                                                                    \
    adjoint(rule, op);                                                                                                 \
  }
UNARY(Tanh, TANH)
UNARY(Sin, SIN)
UNARY(Cos, COS)
UNARY(Exp, EXP)
UNARY(Log, LOG)
UNARY(Softplus, SOFTPLUS)
UNARY(Square, SQUARE)
UNARY(Power, POWER)
UNARY(NormalCdf, NORMAL_CDF)
