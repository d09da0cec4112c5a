/* The machine's peak, as this core reaches it at this moment: chains of multiply-adds that never leave the registers. */
#include "bench.h"

#ifdef __AVX512F__
#define BYTES 64
#else
#define BYTES 32
#endif
#define CHAINS 10
/* The compiler must neither drop a chain nor merge two rounds. */
#if defined(__AVX512F__)
#define REGISTER "v"
#elif defined(__x86_64__)
#define REGISTER "x"
#else
#define REGISTER "w"
#endif
#define KEEP5(s, i) REGISTER(s[i]), REGISTER(s[i + 1]), REGISTER(s[i + 2]), REGISTER(s[i + 3]), REGISTER(s[i + 4])

/* One multiply-add of every chain. */
#define ROUND(sum, factor, addend)                                                                                     \
  _Pragma("GCC unroll 10") for (int i = 0; i < CHAINS; i++) sum[i] = sum[i] * factor + addend;                         \
  __asm__ volatile("" ::KEEP5(sum, 0), KEEP5(sum, 5))

#define PEAK(Real, name)                                                                                               \
  static double name(void)                                                                                             \
  {                                                                                                                    \
    typedef Real Vector __attribute__((vector_size(BYTES)));                                                           \
    const long   rounds = 10000000;                                                                                    \
    Vector       sum[CHAINS], factor = {0}, addend = {0};                                                              \
    double       best = 0;                                                                                             \
    factor += (Real)0.999;                                                                                             \
    addend += (Real)0.001;                                                                                             \
    _Pragma("GCC unroll 10") for (int i = 0; i < CHAINS; i++) sum[i] = addend * (Real)i;                               \
    for (int repeat = 0; repeat < 5; repeat++) {                                                                       \
      const double start = DscTime();                                                                                  \
      double       gflops;                                                                                             \
      for (long k = 0; k < rounds; k += 4) { /* the branch costs a round's tenth otherwise */                          \
        ROUND(sum, factor, addend);                                                                                    \
        ROUND(sum, factor, addend);                                                                                    \
        ROUND(sum, factor, addend);                                                                                    \
        ROUND(sum, factor, addend);                                                                                    \
      }                                                                                                                \
      gflops = 2e-9 * CHAINS * (double)rounds * (double)(BYTES / sizeof(Real)) / (DscTime() - start);                  \
      best   = PetscMax(best, gflops);                                                                                 \
    }                                                                                                                  \
    return best;                                                                                                       \
  }
PEAK(double, peak_double)
PEAK(float, peak_single)

double BenchPeak(DscPrecision precision)
{
  static double peak[2];
  if (peak[precision] == 0) peak[precision] = precision == DSC_DOUBLE ? peak_double() : peak_single();
  return peak[precision];
}
