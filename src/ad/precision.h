/*
  Kernels are written once and compiled twice: all of src/ad/kernels, with DSC_KERNEL_SINGLE defined or not.
  `Real` is the working precision and DSC_KERNEL(name) the name with its suffix (_s, _d).
*/
#ifndef DISCERN_AD_PRECISION_H
#define DISCERN_AD_PRECISION_H

#ifdef DSC_KERNEL_SINGLE
typedef float Real;
#define DSC_KERNEL(name) name##_s
#else
typedef double Real;
#define DSC_KERNEL(name) name##_d
#endif

/* A vector register's worth of Reals. Lanes come in multiples of 16, so that rows are whole vectors, and tensors are
   aligned to DSC_ALIGNMENT bytes. */
#ifdef __AVX512F__
#define DSC_VECTOR_BYTES 64
#else
#define DSC_VECTOR_BYTES 32
#endif
#define DSC_ALIGNMENT     64
#define DSC_VECTOR_LENGTH ((int)(DSC_VECTOR_BYTES / sizeof(Real)))
typedef Real       RealVector __attribute__((vector_size(DSC_VECTOR_BYTES)));
typedef RealVector RealVectorAt __attribute__((may_alias)); /* in memory that is also read Real by Real */

#endif
