/*
  Elementary functions on rows of lanes; n is a multiple of 16. Compiled with the flags under which the compiler calls
  the vector versions of the C library (glibc's libmvec, at most 4 units in the last place).
*/
#ifndef DISCERN_AD_KERNELS_VECMATH_H
#define DISCERN_AD_KERNELS_VECMATH_H

#define DSC_DECLARE_VECTOR_FUNCTION(name)                                                                              \
  void DscVector##name##_d(int n, const double *x, double *y);                                                         \
  void DscVector##name##_s(int n, const float *x, float *y);
DSC_DECLARE_VECTOR_FUNCTION(Tanh)
DSC_DECLARE_VECTOR_FUNCTION(Sin)
DSC_DECLARE_VECTOR_FUNCTION(Cos)
DSC_DECLARE_VECTOR_FUNCTION(Exp)
DSC_DECLARE_VECTOR_FUNCTION(Log)
DSC_DECLARE_VECTOR_FUNCTION(Softplus) /* log(1 + exp x), without overflow */
DSC_DECLARE_VECTOR_FUNCTION(Logistic) /* its derivative, 1 / (1 + exp(-x)) */
DSC_DECLARE_VECTOR_FUNCTION(NormalCdf)
DSC_DECLARE_VECTOR_FUNCTION(NormalDensity)                                 /* its derivative */
void DscVectorPower_d(int n, double exponent, const double *x, double *y); /* x > 0 */
void DscVectorPower_s(int n, double exponent, const float *x, float *y);

#endif
