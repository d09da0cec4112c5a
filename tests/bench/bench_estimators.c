/* One selection by every sparsity estimator, from the sums of 20 blocks of 2000 samples: three true terms and 10% noise,
   independent columns, and columns that share nine tenths of their variance as those of a library do. */
#include "bench.h"

#include <math.h>

typedef struct {
  DscEstimator  estimator;
  DscGramBlocks blocks;
  DscRegression regression;
} EstimatorBench;

static PetscErrorCode select_terms(void *context)
{
  EstimatorBench *b = context;
  return DscEstimatorSelect(b->estimator, &b->blocks, NULL, &b->regression);
}

static void add_sample(PetscInt M, PetscInt i, double common, double theta[], double *y)
{
  const double shared = DscRandomNormal(2, DSC_STREAM_TEST, (uint64_t)i);

  for (PetscInt j = 0; j < M; j++) {
    theta[j] = sqrt(1 - common) * DscRandomNormal(1, DSC_STREAM_TEST, (uint64_t)(i * M + j)) + sqrt(common) * shared;
  }
  *y = theta[1] - 2 * theta[3] + theta[M - 2] + .2 * DscRandomNormal(1, DSC_STREAM_NOISE, (uint64_t)i);
}

static PetscErrorCode time_estimator(const char name[], const char members[], double common, EstimatorBench *b)
{
  const PetscInt M = b->blocks.nterms;
  DscOptions     options;
  double         seconds;
  char           row[80];

  PetscFunctionBeginUser;
  PetscCall(DscOptionsCreate(&options));
  PetscCall(DscOptionsSet(options, "estimator", name));
  PetscCall(DscOptionsSet(options, "ensemble_size", members));
  PetscCall(DscEstimatorCreate(options, M, 1, 0, &b->estimator));
  PetscCall(BenchTime(select_terms, b, &seconds));
  snprintf(row, sizeof(row), "estimator/%s/%d terms/common %g/ensemble %s", name, (int)M, common, members);
  PetscCall(BenchRow(row, DSC_DOUBLE, seconds, 0));
  PetscCall(DscEstimatorDestroy(&b->estimator));
  PetscCall(DscOptionsDestroy(&options));
  PetscFunctionReturn(0);
}

static PetscErrorCode bench_estimators(PetscInt M, double common)
{
  const PetscInt     N = 2000, K = 20;
  const char *const *names, *const *help;
  EstimatorBench b;
  PetscInt       n;
  double        *theta, *count, *G, *rhs, *yy;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc5(M, &theta, K, &count, (size_t)(K * M * M), &G, (size_t)(K * M), &rhs, K, &yy));
  for (PetscInt i = 0; i < N; i++) {
    const PetscInt k = i % K;
    double         y;

    add_sample(M, i, common, theta, &y);
    for (PetscInt j = 0; j < M; j++) {
      for (PetscInt l = 0; l < M; l++) G[(k * M + j) * M + l] += theta[j] * theta[l];
      rhs[k * M + j] += theta[j] * y;
    }
    yy[k] += y * y;
    count[k] += 1;
  }
  b.blocks = (DscGramBlocks){.nblocks = K, .nterms = M, .nsamples = count, .G = G, .b = rhs, .yy = yy};
  PetscCall(DscRegressionCreate(M, &b.regression));
  PetscCall(DscEstimatorList(&n, &names, &help));
  for (PetscInt e = 0; e < n; e++) PetscCall(time_estimator(names[e], "0", common, &b));
  PetscCall(time_estimator("lasso", "20", common, &b));
  PetscCall(DscRegressionDestroy(&b.regression));
  PetscCall(PetscFree5(theta, count, G, rhs, yy));
  PetscFunctionReturn(0);
}

PetscErrorCode BenchEstimators(void)
{
  PetscFunctionBeginUser;
  PetscCall(bench_estimators(20, 0));
  PetscCall(bench_estimators(20, .9));
  PetscCall(bench_estimators(30, 0));
  PetscCall(bench_estimators(30, .9));
  PetscFunctionReturn(0);
}
