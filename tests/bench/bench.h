/* The bench prints one CSV row a measurement; see bench.c. */
#ifndef DISCERN_BENCH_H
#define DISCERN_BENCH_H

#include <discern/discern.h>

/* Measured once per precision: GFlop/s of independent multiply-adds in registers, on this core, now. */
double      BenchPeak(DscPrecision precision);
const char *BenchPrecisionName(DscPrecision precision);

/* A piece of work that can be repeated. */
typedef PetscErrorCode (*BenchWork)(void *context);
/* Median seconds of one call: repeated in batches of at least 5 ms, nine batches. */
PetscErrorCode BenchTime(BenchWork work, void *context, double *seconds);
/* One row: name, precision, milliseconds, GFlop/s a rank and share of the peak (flops = 0: left empty). Rank 0 prints. */
PetscErrorCode BenchRow(const char name[], DscPrecision precision, double seconds, double flops);

PetscErrorCode BenchProducts(void);
PetscErrorCode BenchOps(void);
PetscErrorCode BenchTreeSum(void);
PetscErrorCode BenchSBL(void);
PetscErrorCode BenchEstimators(void);
PetscErrorCode BenchIterations(void);
PetscErrorCode BenchResults(void);
PetscErrorCode BenchCommunication(void);
PetscErrorCode BenchODE(void);

#endif
