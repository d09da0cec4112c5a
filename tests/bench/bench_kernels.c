/* The small products beside BLAS and libxsmm; every op of the table; the tree-sum; one warm-started SBL solve. */
#include "bench.h"
#include "ad/kernels/product.h"
#include "ad/ops.h"

#include <petscblaslapack.h>
#ifdef DISCERN_HAVE_XSMM
#include <libxsmm.h>
#endif

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- products ---- */

typedef struct {
  int   m, n, k;
  void *W, *X, *Y, *packed; /* (owned) */
#ifdef DISCERN_HAVE_XSMM
  libxsmm_dmmfunction xsmm_d;
  libxsmm_smmfunction xsmm_s;
#endif
} Product;

static PetscErrorCode ours_forward_d(void *context)
{
  Product *p = context;
  DscProduct_d(p->m, p->n, p->k, p->packed, p->X, p->Y, false);
  return 0;
}

static PetscErrorCode ours_forward_s(void *context)
{
  Product *p = context;
  DscProduct_s(p->m, p->n, p->k, p->packed, p->X, p->Y, false);
  return 0;
}

static PetscErrorCode ours_weights_d(void *context)
{
  Product *p = context;
  DscProductWeights_d(p->m, p->n, p->k, p->Y, p->X, p->W);
  return 0;
}

static PetscErrorCode ours_weights_s(void *context)
{
  Product *p = context;
  DscProductWeights_s(p->m, p->n, p->k, p->Y, p->X, p->W);
  return 0;
}

/* Row-major Y = W X is column-major Y' = X' W'. */
static PetscErrorCode blas_forward_d(void *context)
{
  Product           *p = context;
  const PetscBLASInt m = p->n, n = p->m, k = p->k;
  const double       one = 1, zero = 0;
  BLASgemm_("N", "N", &m, &n, &k, &one, p->X, &m, p->W, &k, &zero, p->Y, &m);
  return 0;
}

static PetscErrorCode blas_weights_d(void *context)
{
  Product           *p = context;
  const PetscBLASInt m = p->k, n = p->m, k = p->n;
  const double       one = 1;
  BLASgemm_("T", "N", &m, &n, &k, &one, p->X, &k, p->Y, &k, &one, p->W, &m);
  return 0;
}

#ifdef DISCERN_HAVE_XSMM
static PetscErrorCode xsmm_forward_d(void *context)
{
  Product *p = context;
  p->xsmm_d(p->X, p->W, p->Y);
  return 0;
}

static PetscErrorCode xsmm_forward_s(void *context)
{
  Product *p = context;
  p->xsmm_s(p->X, p->W, p->Y);
  return 0;
}
#endif

static PetscErrorCode row(const char label[], BenchWork work, Product *p, DscPrecision precision)
{
  char   name[128];
  double seconds;

  PetscFunctionBeginUser;
  PetscCall(BenchTime(work, p, &seconds));
  PetscCall(PetscSNPrintf(name, sizeof(name), "product/%s/%dx%dx%d", label, p->m, p->n, p->k));
  PetscCall(BenchRow(name, precision, seconds, 2. * p->m * p->n * p->k));
  PetscFunctionReturn(0);
}

static void *numbers(size_t n)
{
  double *a = aligned_alloc(64, n * sizeof(double));
  memset(a, 0, n * sizeof(double));
  return a;
}

PetscErrorCode BenchProducts(void)
{
  static const int shapes[][3] = {{30, 192, 30}, {30, 384, 30}, {60, 224, 60}, {60, 448, 60}};

  PetscFunctionBeginUser;
  for (size_t s = 0; s < sizeof(shapes) / sizeof(shapes[0]); s++) {
    Product p = {.m = shapes[s][0], .n = shapes[s][1], .k = shapes[s][2]};
    p.W       = numbers(65536);
    p.X       = numbers(65536);
    p.Y       = numbers(65536);
    p.packed  = numbers(65536);
    PetscCall(row("forward", ours_forward_d, &p, DSC_DOUBLE));
    PetscCall(row("weights", ours_weights_d, &p, DSC_DOUBLE));
    PetscCall(row("blas_forward", blas_forward_d, &p, DSC_DOUBLE));
    PetscCall(row("blas_weights", blas_weights_d, &p, DSC_DOUBLE));
    PetscCall(row("forward", ours_forward_s, &p, DSC_SINGLE));
    PetscCall(row("weights", ours_weights_s, &p, DSC_SINGLE));
#ifdef DISCERN_HAVE_XSMM
    {
      const int    flags = LIBXSMM_GEMM_FLAG_NONE;
      const double one = 1, zero = 0;
      const float  one_s = 1, zero_s = 0;
      p.xsmm_d = libxsmm_dmmdispatch(p.n, p.m, p.k, NULL, NULL, NULL, &one, &zero, &flags, NULL);
      p.xsmm_s = libxsmm_smmdispatch(p.n, p.m, p.k, NULL, NULL, NULL, &one_s, &zero_s, &flags, NULL);
      if (p.xsmm_d) PetscCall(row("xsmm_forward", xsmm_forward_d, &p, DSC_DOUBLE));
      if (p.xsmm_s) PetscCall(row("xsmm_forward", xsmm_forward_s, &p, DSC_SINGLE));
    }
#endif
    free(p.W);
    free(p.X);
    free(p.Y);
    free(p.packed);
  }
  PetscFunctionReturn(0);
}

/* ---- ops ---- */

#define FEATURES 60

typedef struct {
  DscGraph     graph;
  DscWorkspace workspace;
  DscNode      output;
  double      *ybar; /* (owned) */
} OpBench;

static PetscErrorCode op_forward(void *context)
{
  OpBench *b = context;
  return DscGraphForward(b->graph, b->workspace);
}

static PetscErrorCode op_both(void *context)
{
  OpBench *b = context;

  PetscFunctionBeginUser;
  PetscCall(DscGraphForward(b->graph, b->workspace));
  PetscCall(DscGraphSetOutputAdjoint(b->graph, b->workspace, b->output, b->ybar));
  PetscCall(DscGraphBackward(b->graph, b->workspace));
  PetscFunctionReturn(0);
}

/* One op on 60 features with the jet of the KS set-up, between inputs and an output. */
static PetscErrorCode bench_op(const DscOp *op, DscPrecision precision)
{
  const DscJet   jet       = {.ndirections = 2, .order = {1, 5}};
  DscOpArguments arguments = {
      .ninputs = op->min_inputs, .nparameters = op->nparameters, .integers = {0, FEATURES}, .reals = {1.7, .1}};
  const PetscInt length = FEATURES * 7 * 32;
  OpBench        b;
  DscGraphFlops  flops;
  double         forward, both, *x, *theta;
  char           name[64];
  PetscInt       size;

  PetscFunctionBeginUser;
  if (strcmp(op->name, "repeat") == 0) arguments.integers[0] = 1;
  PetscCall(DscGraphCreate(precision, &jet, 32, &b.graph));
  PetscCall(PetscMalloc2(length, &x, length, &b.ybar));
  for (PetscInt i = 0; i < length; i++) x[i] = b.ybar[i] = .5 + .3 * sin((double)i);
  for (PetscInt i = 0; i < arguments.ninputs; i++) {
    PetscCall(DscGraphAddInput(b.graph, FEATURES, &arguments.inputs[i]));
    PetscCall(DscGraphWantInputAdjoint(b.graph, arguments.inputs[i]));
  }
  if (op->nparameters)
    PetscCall(DscGraphAddParameter(b.graph, "p", FEATURES, op->example_columns == 1 ? 1 : FEATURES,
                                   &arguments.parameters[0]));
  PetscCall(DscGraphAddOp(b.graph, op->name, &arguments, &b.output));
  PetscCall(DscGraphAddOutput(b.graph, b.output));
  PetscCall(DscGraphSetUp(b.graph));
  PetscCall(DscWorkspaceCreate(b.graph, &b.workspace));
  PetscCall(DscGraphGetSize(b.graph, &size));
  PetscCall(PetscCalloc1(size, &theta));
  PetscCall(DscGraphSetParameters(b.graph, theta));
  for (PetscInt i = 0; i < arguments.ninputs; i++)
    PetscCall(DscGraphSetInputJets(b.graph, b.workspace, arguments.inputs[i], x));
  PetscCall(BenchTime(op_forward, &b, &forward));
  PetscCall(BenchTime(op_both, &b, &both));
  PetscCall(DscGraphGetFlops(b.graph, &flops));
  PetscCall(PetscSNPrintf(name, sizeof(name), "op/%s/forward", op->name));
  PetscCall(BenchRow(name, precision, forward, flops.forward));
  PetscCall(PetscSNPrintf(name, sizeof(name), "op/%s/forward+adjoint", op->name));
  PetscCall(BenchRow(name, precision, both, flops.forward + flops.backward));
  PetscCall(PetscFree2(x, b.ybar));
  PetscCall(PetscFree(theta));
  PetscCall(DscWorkspaceDestroy(&b.workspace));
  PetscCall(DscGraphDestroy(&b.graph));
  PetscFunctionReturn(0);
}

PetscErrorCode BenchOps(void)
{
  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < DscOpCount; i++) {
    PetscCall(bench_op(&DscOps[i], DSC_DOUBLE));
    PetscCall(bench_op(&DscOps[i], DSC_SINGLE));
  }
  PetscFunctionReturn(0);
}

/* ---- tree-sum ---- */

typedef struct {
  DscTreeSum   sum;
  DscPartition partition;
  double      *x, *total; /* (owned) */
} TreeBench;

static PetscErrorCode tree_sum(void *context)
{
  TreeBench *b = context;

  PetscFunctionBeginUser;
  PetscCall(DscTreeSumBegin(b->sum));
  for (PetscInt s = 0; s < b->partition.nshards; s++) PetscCall(DscTreeSumAdd(b->sum, b->x));
  PetscCall(DscTreeSumEnd(b->sum, b->total));
  PetscFunctionReturn(0);
}

/* All ranks repeat the same number of times: the tree-sum is collective. */
PetscErrorCode BenchTreeSum(void)
{
  static const PetscInt lengths[] = {500, 2000, 15000};

  PetscFunctionBeginUser;
  for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
    const PetscInt repeats = 300;
    TreeBench      b;
    double         start, seconds;
    char           name[64];
    PetscCall(DscPartitionCreate(PETSC_COMM_WORLD, 64 * 64, 64, 64, &b.partition));
    PetscCall(DscTreeSumCreate(PETSC_COMM_WORLD, &b.partition, lengths[i], &b.sum));
    PetscCall(PetscCalloc2(lengths[i], &b.x, lengths[i], &b.total));
    PetscCall(tree_sum(&b));
    PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
    start = DscTime();
    for (PetscInt r = 0; r < repeats; r++) PetscCall(tree_sum(&b));
    seconds = (DscTime() - start) / repeats;
    PetscCall(PetscSNPrintf(name, sizeof(name), "treesum/64 shards/%" PetscInt_FMT, lengths[i]));
    PetscCall(BenchRow(name, DSC_DOUBLE, seconds, 0));
    PetscCall(PetscFree2(b.x, b.total));
    PetscCall(DscTreeSumDestroy(&b.sum));
  }
  PetscFunctionReturn(0);
}

/* ---- sparse Bayesian learning ---- */

typedef struct {
  DscSBL         sbl;
  DscGram        gram;
  DscSBLSettings settings;
  DscRegression  regression;
} SBLBench;

static PetscErrorCode sbl_solve(void *context)
{
  SBLBench *b = context;
  return DscSBLSolve(b->sbl, &b->gram, &b->settings, &b->regression);
}

static PetscErrorCode bench_sbl(PetscInt M)
{
  const PetscInt N = 2000;
  SBLBench       b = {
            .settings = {
                .a = 1e-6, .b = 1e-6, .c = 1e-6, .d = 1e-6, .alpha_max = 1e4, .tolerance = 1e-4, .max_iterations = 1000}};
  double *theta, *G, *rhs, seconds, yy = 0;
  char    name[64];

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(M, &theta));
  PetscCall(PetscCalloc2((size_t)(M * M), &G, M, &rhs));
  for (PetscInt i = 0; i < N; i++) {
    double y = .1 * DscRandomNormal(1, DSC_STREAM_NOISE, (uint64_t)i);
    for (PetscInt j = 0; j < M; j++) theta[j] = DscRandomNormal(1, DSC_STREAM_TEST, (uint64_t)(i * M + j));
    y += theta[1] - 2 * theta[3];
    for (PetscInt j = 0; j < M; j++) {
      for (PetscInt k = 0; k < M; k++) G[j * M + k] += theta[j] * theta[k];
      rhs[j] += theta[j] * y;
    }
    yy += y * y;
  }
  b.gram = (DscGram){.nterms = M, .nsamples = (double)N, .G = G, .b = rhs, .yy = yy};
  PetscCall(DscRegressionCreate(M, &b.regression));
  PetscCall(DscSBLCreate(M, &b.sbl));
  PetscCall(sbl_solve(&b));
  PetscCall(BenchTime(sbl_solve, &b, &seconds));
  PetscCall(PetscSNPrintf(name, sizeof(name), "sbl/warm/%" PetscInt_FMT " terms", M));
  PetscCall(BenchRow(name, DSC_DOUBLE, seconds, 0));
  PetscCall(DscSBLDestroy(&b.sbl));
  PetscCall(DscRegressionDestroy(&b.regression));
  PetscCall(PetscFree2(G, rhs));
  PetscCall(PetscFree(theta));
  PetscFunctionReturn(0);
}

PetscErrorCode BenchSBL(void)
{
  PetscFunctionBeginUser;
  PetscCall(bench_sbl(20));
  PetscCall(bench_sbl(30));
  PetscFunctionReturn(0);
}
