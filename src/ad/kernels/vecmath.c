#include "ad/kernels/vecmath.h"
#include "ad/precision.h"

#include <tgmath.h>

#define VECTOR_FUNCTION(Name, expression)                                                                              \
  void DSC_KERNEL(DscVector##Name)(int n, const Real *x, Real *y)                                                      \
  {                                                                                                                    \
    for (int i = 0; i < n; i++) {                                                                                      \
      const Real a = x[i];                                                                                             \
      y[i]         = expression;                                                                                       \
    }                                                                                                                  \
  }

VECTOR_FUNCTION(Tanh, tanh(a))
VECTOR_FUNCTION(Sin, sin(a))
VECTOR_FUNCTION(Cos, cos(a))
VECTOR_FUNCTION(Exp, exp(a))
VECTOR_FUNCTION(Log, log(a))
VECTOR_FUNCTION(Softplus, (a > 0 ? a : 0) + log1p(exp(-fabs(a))))
/* exp(-|x|) never overflows: under these flags 1 / infinity is not a number. */
VECTOR_FUNCTION(Logistic, (a > 0 ? 1 : exp(-fabs(a))) / (1 + exp(-fabs(a))))
VECTOR_FUNCTION(NormalCdf, (Real)0.5 * erfc(-a * (Real)0.70710678118654752440))
VECTOR_FUNCTION(NormalDensity, (Real)0.39894228040143267794 * exp((Real)-0.5 * a * a))

void DSC_KERNEL(DscVectorPower)(int n, double exponent, const Real *x, Real *y)
{
  const Real p = (Real)exponent;
  for (int i = 0; i < n; i++) y[i] = exp(p * log(x[i]));
}
