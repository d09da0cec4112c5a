/*
  bench [WHAT...]: speed as CSV on standard output, name,precision,ms,gflops,share_of_peak. WHAT: products, ops, treesum,
  sbl, estimators, ode, iterations, results, communication; all by default. Run it on a release build, alone on the
  machine; under mpiexec the last three and the tree-sum use all ranks. Nothing here is asserted: times belong to the
  reader, not to a test.
*/
#include "bench.h"

#include <stdlib.h>
#include <string.h>

const char *BenchPrecisionName(DscPrecision precision)
{
  return precision == DSC_DOUBLE ? "double" : "single";
}

static int compare(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

PetscErrorCode BenchTime(BenchWork work, void *context, double *seconds)
{
  double   batches[9];
  PetscInt repeats = 1;

  PetscFunctionBeginUser;
  for (double elapsed = 0;; repeats *= 2) { /* also warms up */
    const double start = DscTime();
    for (PetscInt i = 0; i < repeats; i++) PetscCall(work(context));
    elapsed = DscTime() - start;
    if (elapsed > 5e-3) break;
  }
  for (int b = 0; b < 9; b++) {
    const double start = DscTime();
    for (PetscInt i = 0; i < repeats; i++) PetscCall(work(context));
    batches[b] = (DscTime() - start) / repeats;
  }
  qsort(batches, 9, sizeof(double), compare);
  *seconds = batches[4];
  PetscFunctionReturn(0);
}

PetscErrorCode BenchRow(const char name[], DscPrecision precision, double seconds, double flops)
{
  const double gflops = flops / seconds * 1e-9;

  PetscFunctionBeginUser;
  if (flops > 0) {
    PetscCall(PetscPrintf(PETSC_COMM_WORLD, "%s,%s,%.5f,%.2f,%.3f\n", name, BenchPrecisionName(precision),
                          1e3 * seconds, gflops, gflops / BenchPeak(precision)));
  } else {
    PetscCall(PetscPrintf(PETSC_COMM_WORLD, "%s,%s,%.5f,,\n", name, BenchPrecisionName(precision), 1e3 * seconds));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode run(int argc, char **argv)
{
  static const struct {
    const char *name;
    PetscErrorCode (*run)(void);
  } parts[] = {{"products", BenchProducts},
               {"ops", BenchOps},
               {"treesum", BenchTreeSum},
               {"sbl", BenchSBL},
               {"estimators", BenchEstimators},
               {"iterations", BenchIterations},
               {"results", BenchResults},
               {"communication", BenchCommunication},
               {"ode", BenchODE}};

  PetscFunctionBeginUser;
  PetscCall(DscStudyRegisterOptions());
  PetscCall(DscRunRegisterOptions());
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "name,precision,ms,gflops,share_of_peak\n"));
  for (int p = 0; p < 2; p++) {
    const DscPrecision precision = p ? DSC_SINGLE : DSC_DOUBLE;
    PetscCall(PetscPrintf(PETSC_COMM_WORLD, "peak,%s,,%.2f,1\n", BenchPrecisionName(precision), BenchPeak(precision)));
  }
  for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
    PetscBool wanted = argc < 2 ? PETSC_TRUE : PETSC_FALSE;
    for (int a = 1; a < argc; a++) wanted = wanted || strcmp(argv[a], parts[i].name) == 0;
    if (wanted) PetscCall(parts[i].run());
  }
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  PetscErrorCode ierr = DscInitialize(&argc, &argv);
  if (!ierr) ierr = run(argc, argv);
  if (!ierr) ierr = DscFinalize();
  return (int)DscExitCodeFromError(ierr);
}
