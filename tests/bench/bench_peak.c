/* The machine's peak, as this core reaches it at this moment: chains of multiply-adds that never leave the registers. */
#include "bench.h"

#ifdef __AVX512F__
#define BYTES 64
#else
#define BYTES 32
#endif
#define CHAINS 12
/* The compiler must neither drop a chain nor merge two steps of it. */
#if defined(__AVX512F__)
#define KEEP(v) __asm__ volatile("" : "+v"(v))
#elif defined(__x86_64__)
#define KEEP(v) __asm__ volatile("" : "+x"(v))
#else
#define KEEP(v) __asm__ volatile("" : "+w"(v))
#endif

#define PEAK(Real, name)                                                                                               \
  static double name(void)                                                                                             \
  {                                                                                                                    \
    typedef Real Vector __attribute__((vector_size(BYTES)));                                                           \
    const long   steps = 4000000;                                                                                      \
    Vector       sum[CHAINS], factor = {0};                                                                            \
    double       best                                                = 0;                                              \
    _Pragma("GCC unroll 12") for (int i = 0; i < CHAINS; i++) sum[i] = factor + (Real)i;                               \
    factor += (Real)0.999;                                                                                             \
    for (int repeat = 0; repeat < 7; repeat++) {                                                                       \
      const double start = DscTime();                                                                                  \
      double       gflops;                                                                                             \
      for (long k = 0; k < steps; k++) {                                                                               \
        _Pragma("GCC unroll 12") for (int i = 0; i < CHAINS; i++)                                                      \
        {                                                                                                              \
          sum[i] = sum[i] * factor + factor;                                                                           \
          KEEP(sum[i]);                                                                                                \
        }                                                                                                              \
      }                                                                                                                \
      gflops = 2e-9 * CHAINS * (double)steps * (double)(BYTES / sizeof(Real)) / (DscTime() - start);                   \
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
