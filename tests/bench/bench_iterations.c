/*
  Whole training iterations, all six steps, of the set-ups of notes/model-discovery.md 7. The time of one iteration is the
  difference between a run of 3n and a run of n iterations, so that set-up is not in it; the flops are those of the graph
  (products and elementwise), so that statistics, SBL and optimiser count as overhead.
*/
#include "bench.h"

#include <sys/resource.h>

typedef struct {
  const char *name;
  PetscInt    samples, width, layers, order, iterations;
  const char *settings[40]; /* keys and values, NULL at the end */
} SetUp;

#define COMMON                                                                                                         \
  "stop_patience", "0", "approximator", "mlp", "optim_type", "adam", "data_noise", "0.2", "data_scale", "none"

static const SetUp setups[] = {
    {"kdv",
     2000,
     30,
     3,
     4,
     150,
     {"data_source", "kdv", "net_layers", "30,30,30", "library_polynomial", "3", "library_derivative", "4", COMMON}},
    {"burgers",
     1000,
     30,
     3,
     4,
     300,
     {"data_source", "burgers", "net_layers", "30,30,30", "library_polynomial", "3", "library_derivative", "4",
      COMMON}},
    {"ks",
     6400,
     60,
     5,
     5,
     10,
     {"data_source", "ks", "net_layers", "60,60,60,60,60", "library_polynomial", "4", "library_derivative", "5",
      COMMON}},
};

static PetscErrorCode seconds_of(const SetUp *setup, DscPrecision precision, PetscInt iterations, double *seconds)
{
  DscOptions options;
  DscResult *result;
  char       count[16];

  PetscFunctionBeginUser;
  PetscCall(DscOptionsCreate(&options));
  for (PetscInt i = 0; setup->settings[i]; i += 2)
    PetscCall(DscOptionsSet(options, setup->settings[i], setup->settings[i + 1]));
  PetscCall(DscOptionsSet(options, "precision", BenchPrecisionName(precision)));
  PetscCall(PetscSNPrintf(count, sizeof(count), "%" PetscInt_FMT, iterations));
  PetscCall(DscOptionsSet(options, "train_iterations", count));
  PetscCall(DscOptionsSet(options, "train_log_interval", "1000000"));
  PetscCall(DscOptionsCheck(options));
  PetscCall(DscResultCreate(&result));
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  PetscCall(DscMethodRun(PETSC_COMM_WORLD, options, NULL, PETSC_FALSE, result));
  *seconds = result->seconds;
  PetscCall(DscResultDestroy(&result));
  PetscCall(DscOptionsDestroy(&options));
  PetscFunctionReturn(0);
}

/* Operations of the network's forward and backward pass over all samples, as its graph counts them. */
static PetscErrorCode flops_of(const SetUp *setup, double *flops)
{
  const DscJet  jet = {.ndirections = 2, .order = {1, setup->order}};
  DscGraph      graph;
  DscGraphFlops count;
  DscNode       y;
  PetscInt      in = 2;

  PetscFunctionBeginUser;
  PetscCall(DscGraphCreate(DSC_DOUBLE, &jet, 64, &graph));
  PetscCall(DscGraphAddInput(graph, 2, &y));
  for (PetscInt l = 0; l <= setup->layers; l++) {
    const PetscInt out = l < setup->layers ? setup->width : 1;
    DscParameter   W, b;
    PetscCall(DscGraphAddParameter(graph, "W", out, in, &W));
    PetscCall(DscGraphAddParameter(graph, "b", out, 1, &b));
    PetscCall(DscGraphAddLinear(graph, W, y, &y));
    PetscCall(DscGraphAddBias(graph, b, y, &y));
    if (l < setup->layers) PetscCall(DscGraphAddUnary(graph, "tanh", y, &y));
    in = out;
  }
  PetscCall(DscGraphAddOutput(graph, y));
  PetscCall(DscGraphSetUp(graph));
  PetscCall(DscGraphGetFlops(graph, &count));
  *flops = (count.forward + count.backward) * (double)setup->samples / 64;
  PetscCall(DscGraphDestroy(&graph));
  PetscFunctionReturn(0);
}

static int compare(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static PetscErrorCode bench_setup(const SetUp *setup, DscPrecision precision)
{
  double      flops = 0, times[5];
  char        name[64];
  PetscMPIInt size;

  PetscFunctionBeginUser;
  PetscCall(flops_of(setup, &flops));
  for (int r = 0; r < 5; r++) {
    double shorter, longer;
    PetscCall(seconds_of(setup, precision, setup->iterations, &shorter));
    PetscCall(seconds_of(setup, precision, 3 * setup->iterations, &longer));
    times[r] = (longer - shorter) / (double)(2 * setup->iterations);
  }
  qsort(times, 5, sizeof(double), compare);
  PetscCall(PetscSNPrintf(name, sizeof(name), "iteration/%s", setup->name));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  PetscCall(BenchRow(name, precision, times[2], flops / size)); /* flops of one rank */
  PetscFunctionReturn(0);
}

PetscErrorCode BenchIterations(void)
{
  struct rusage usage;

  PetscFunctionBeginUser;
  for (size_t s = 0; s < sizeof(setups) / sizeof(setups[0]); s++) {
    PetscCall(bench_setup(&setups[s], DSC_SINGLE));
    PetscCall(bench_setup(&setups[s], DSC_DOUBLE));
  }
  getrusage(RUSAGE_SELF, &usage);
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "peak memory of rank 0 [MB]: %.0f,,,,\n", (double)usage.ru_maxrss / 1024));
  PetscFunctionReturn(0);
}
