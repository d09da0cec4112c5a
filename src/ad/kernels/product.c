/*
  Register-blocked small products. Measured beside OpenBLAS and libxsmm by tests/bench (rows product/...): at the shapes of
  the graph (30..128 features, a few hundred columns) these come nearest to the peak, and they need neither a transpose
  of X for the weight gradient nor a call's checks.
*/
#include "ad/precision.h"
#include "ad/kernels/product.h"

#if DSC_VECTOR_BYTES == 64
#define COLUMNS 4 /* vectors of X in flight: 6 x 4 accumulators of 32 registers */
#else
#define COLUMNS 2 /* 6 x 2 accumulators of 16 registers */
#endif
#define ROWS DSC_PACK_ROWS

#define INLINE static inline __attribute__((always_inline))

void DSC_KERNEL(DscPack)(int m, int k, const Real *W, Real *packed)
{
  for (int i0 = 0; i0 < m; i0 += ROWS) {
    for (int j = 0; j < k; j++) {
      for (int i = i0; i < i0 + ROWS; i++) *packed++ = i < m ? W[i * k + j] : 0;
    }
  }
}

void DSC_KERNEL(DscPackTranspose)(int m, int k, const Real *W, Real *packed)
{
  for (int i0 = 0; i0 < k; i0 += ROWS) {
    for (int j = 0; j < m; j++) {
      for (int i = i0; i < i0 + ROWS; i++) *packed++ = i < k ? W[j * k + i] : 0;
    }
  }
}

/* `rows` x `columns` vectors of Y from one packed block; both are constants after inlining. */
INLINE void block(int rows, int columns, int n, int k, const Real *packed, const Real *X, Real *Y, bool add)
{
  RealVector y[ROWS][COLUMNS];
  for (int i = 0; i < rows; i++) {
    for (int j = 0; j < columns; j++) {
      y[i][j] = (RealVector){0};
      if (add) y[i][j] = ((const RealVectorAt *)(Y + i * n))[j];
    }
  }
  for (int l = 0; l < k; l++) {
    const RealVectorAt *x = (const RealVectorAt *)(X + l * n);
    RealVector          xl[COLUMNS];
    for (int j = 0; j < columns; j++) xl[j] = x[j];
    for (int i = 0; i < rows; i++) {
      const Real w = packed[l * ROWS + i];
      for (int j = 0; j < columns; j++) y[i][j] += w * xl[j];
    }
  }
  for (int i = 0; i < rows; i++) {
    for (int j = 0; j < columns; j++) ((RealVectorAt *)(Y + i * n))[j] = y[i][j];
  }
}

INLINE void block_rows(int columns, int rows, int n, int k, const Real *packed, const Real *X, Real *Y, bool add)
{
  switch (rows) {
  case 1:
    block(1, columns, n, k, packed, X, Y, add);
    break;
  case 2:
    block(2, columns, n, k, packed, X, Y, add);
    break;
  case 3:
    block(3, columns, n, k, packed, X, Y, add);
    break;
  case 4:
    block(4, columns, n, k, packed, X, Y, add);
    break;
  case 5:
    block(5, columns, n, k, packed, X, Y, add);
    break;
  default:
    block(ROWS, columns, n, k, packed, X, Y, add);
    break;
  }
}

/* All rows of a strip of columns: the strip of X stays in the first cache while the weights stream past it. */
INLINE void strip(int columns, int m, int n, int k, const Real *packed, const Real *X, Real *Y, bool add)
{
  for (int i = 0; i < m; i += ROWS) {
    block_rows(columns, m - i < ROWS ? m - i : ROWS, n, k, packed + (size_t)i * (size_t)k, X, Y + i * n, add);
  }
}

void DSC_KERNEL(DscProduct)(int m, int n, int k, const Real *packed, const Real *X, Real *Y, bool add)
{
  const int vectors = n / DSC_VECTOR_LENGTH;
  int       j       = 0;
  for (; j + COLUMNS <= vectors; j += COLUMNS) {
    strip(COLUMNS, m, n, k, packed, X + j * DSC_VECTOR_LENGTH, Y + j * DSC_VECTOR_LENGTH, add);
  }
  X += j * DSC_VECTOR_LENGTH;
  Y += j * DSC_VECTOR_LENGTH;
  switch (vectors - j) {
#if COLUMNS == 4
  case 3:
    strip(3, m, n, k, packed, X, Y, add);
    break;
  case 2:
    strip(2, m, n, k, packed, X, Y, add);
    break;
#endif
  case 1:
    strip(1, m, n, k, packed, X, Y, add);
    break;
  default:
    break;
  }
}

/* ---- weight gradient: sums along n of 8 pairs of rows at a time ---- */

#if DSC_VECTOR_BYTES == 64
#define WROWS 6 /* rows of Y, kept in the first cache, x rows of X: 8 accumulators are summed together */
#define WCOLS 4
#else
#define WROWS 4
#define WCOLS 2
#endif

/* Keeps the compiler from loading a vector again at each of its uses. */
#if defined(__AVX512F__)
#define IN_REGISTER(v) __asm__("" : "+v"(v))
#else
#define IN_REGISTER(v) (void)(v)
#endif

/* The sums of the elements of 8 vectors, in a fixed order of additions: neighbouring elements of pairs of vectors first,
   so that each step halves the number of vectors. */
#define PICK __builtin_shufflevector

#if DSC_VECTOR_BYTES == 64 && defined(DSC_KERNEL_SINGLE) /* 16 elements */
INLINE RealVector pairs(RealVector a, RealVector b)
{
  return PICK(a, b, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30) +
         PICK(a, b, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
}

INLINE RealVector quads(RealVector ab, RealVector cd)
{
  return PICK(ab, cd, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29) +
         PICK(ab, cd, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
}

typedef Real  Eight __attribute__((vector_size(8 * sizeof(Real))));
typedef Eight EightAt __attribute__((may_alias));

INLINE void sum8(const RealVector v[8], Real sums[8])
{
  const RealVector abcd = quads(pairs(v[0], v[1]), pairs(v[2], v[3]));
  const RealVector efgh = quads(pairs(v[4], v[5]), pairs(v[6], v[7]));
  const RealVector all  = PICK(abcd, efgh, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27) +
                         PICK(abcd, efgh, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
  *(EightAt *)sums = PICK(all, all, 0, 1, 2, 3, 4, 5, 6, 7) + PICK(all, all, 8, 9, 10, 11, 12, 13, 14, 15);
}
#elif DSC_VECTOR_BYTES == 64 || defined(DSC_KERNEL_SINGLE) /* 8 elements */
INLINE RealVector pairs(RealVector a, RealVector b)
{
  return PICK(a, b, 0, 8, 2, 10, 4, 12, 6, 14) + PICK(a, b, 1, 9, 3, 11, 5, 13, 7, 15);
}

INLINE RealVector quads(RealVector ab, RealVector cd)
{
  return PICK(ab, cd, 0, 1, 8, 9, 4, 5, 12, 13) + PICK(ab, cd, 2, 3, 10, 11, 6, 7, 14, 15);
}

INLINE void sum8(const RealVector v[8], Real sums[8])
{
  const RealVector abcd = quads(pairs(v[0], v[1]), pairs(v[2], v[3]));
  const RealVector efgh = quads(pairs(v[4], v[5]), pairs(v[6], v[7]));
  *(RealVectorAt *)sums = PICK(abcd, efgh, 0, 1, 2, 3, 8, 9, 10, 11) + PICK(abcd, efgh, 4, 5, 6, 7, 12, 13, 14, 15);
}
#else                                                      /* 4 elements */
INLINE RealVector sum4(const RealVector v[4])
{
  const RealVector ab = PICK(v[0], v[1], 0, 4, 2, 6) + PICK(v[0], v[1], 1, 5, 3, 7);
  const RealVector cd = PICK(v[2], v[3], 0, 4, 2, 6) + PICK(v[2], v[3], 1, 5, 3, 7);
  return PICK(ab, cd, 0, 1, 4, 5) + PICK(ab, cd, 2, 3, 6, 7);
}

INLINE void sum8(const RealVector v[8], Real sums[8])
{
  ((RealVectorAt *)sums)[0] = sum4(v);
  ((RealVectorAt *)sums)[1] = sum4(v + 4);
}
#endif

typedef Real Row __attribute__((vector_size(WCOLS * sizeof(Real)), aligned(sizeof(Real)), may_alias));

INLINE void weights_block(int rows, int cols, int n, int k, const Real *Y, const Real *X, Real *W)
{
  RealVector acc[WROWS * WCOLS];
  Real       sums[WROWS * WCOLS] __attribute__((aligned(DSC_ALIGNMENT)));
  for (int i = 0; i < WROWS * WCOLS; i++) acc[i] = (RealVector){0};
  for (int l = 0; l < n; l += DSC_VECTOR_LENGTH) {
    RealVector y[WROWS];
    for (int i = 0; i < rows; i++) {
      y[i] = *(const RealVectorAt *)(Y + i * n + l);
      IN_REGISTER(y[i]);
    }
    for (int j = 0; j < cols; j++) {
      const RealVector x = *(const RealVectorAt *)(X + j * n + l);
      for (int i = 0; i < rows; i++) acc[i * WCOLS + j] += y[i] * x;
    }
  }
  for (int i = 0; i < rows * WCOLS; i += 8) sum8(acc + i, sums + i);
  for (int i = 0; i < rows; i++) {
    if (cols == WCOLS) {
      *(Row *)(W + i * k) += *(const Row *)(sums + i * WCOLS);
    } else {
      for (int j = 0; j < cols; j++) W[i * k + j] += sums[i * WCOLS + j];
    }
  }
}

INLINE void weights_rows(int rows, int n, int k, const Real *Y, const Real *X, Real *W)
{
  int j = 0;
  for (; j + WCOLS <= k; j += WCOLS) weights_block(rows, WCOLS, n, k, Y, X + j * n, W + j);
  switch (k - j) {
#if WCOLS == 4
  case 3:
    weights_block(rows, 3, n, k, Y, X + j * n, W + j);
    break;
  case 2:
    weights_block(rows, 2, n, k, Y, X + j * n, W + j);
    break;
#endif
  case 1:
    weights_block(rows, 1, n, k, Y, X + j * n, W + j);
    break;
  default:
    break;
  }
}

void DSC_KERNEL(DscProductWeights)(int m, int n, int k, const Real *Y, const Real *X, Real *W)
{
  int i = 0;
  for (; i + WROWS <= m; i += WROWS) weights_rows(WROWS, n, k, Y + i * n, X, W + i * k);
  switch (m - i) {
#if WROWS == 6
  case 5:
    weights_rows(5, n, k, Y + i * n, X, W + i * k);
    break;
  case 4:
    weights_rows(4, n, k, Y + i * n, X, W + i * k);
    break;
#endif
  case 3:
    weights_rows(3, n, k, Y + i * n, X, W + i * k);
    break;
  case 2:
    weights_rows(2, n, k, Y + i * n, X, W + i * k);
    break;
  case 1:
    weights_rows(1, n, k, Y + i * n, X, W + i * k);
    break;
  default:
    break;
  }
}
