/*
  The results of many runs, gathered from all ranks into one file and read back: as many numbers as a study of 10^4 runs
  leaves, with a library of 20 terms, a log of 30 rows x 49 columns and 28 candidate equations each.
*/
#include "bench.h"

#include "study/results.h"

#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RUNS = 10000, TERMS = 20, COLUMNS = 49, ROWS = 30, CANDIDATES = 28 };

static PetscErrorCode name(const char stem[], PetscInt i, char text[DSC_NAME_LENGTH])
{
  PetscFunctionBeginUser;
  PetscCall(PetscSNPrintf(text, DSC_NAME_LENGTH, "%s%" PetscInt_FMT, stem, i));
  PetscFunctionReturn(0);
}

/* Sets of rising size, errors and scores of noise. */
static PetscErrorCode fill_selection(PetscInt run, DscResult *r)
{
  char     columns[3 + TERMS][DSC_NAME_LENGTH] = {"terms", "error", "score"};
  double   row[3 + TERMS];
  uint64_t index = 1 << 20;

  PetscFunctionBeginUser;
  for (PetscInt t = 0; t < TERMS; t++) PetscCall(name("active/u_t0/u^2 u_", t, columns[3 + t]));
  PetscCall(DscTableSetColumns(&r->selection, 3 + TERMS, (const char(*)[DSC_NAME_LENGTH])columns));
  for (PetscInt i = 0; i < CANDIDATES; i++) {
    row[0] = (double)(1 + i / 3);
    row[1] = DscRandomUniform((uint64_t)run, DSC_STREAM_TEST, index++);
    row[2] = DscRandomNormal((uint64_t)run, DSC_STREAM_TEST, index++);
    for (PetscInt t = 0; t < TERMS; t++) row[3 + t] = t >= i % 3 && t <= i % 3 + i / 3;
    PetscCall(DscTableAddRow(&r->selection, row));
  }
  PetscFunctionReturn(0);
}

/* Noise in every number, as training leaves it: nothing for the compression to profit from but sign and exponent. */
static PetscErrorCode fill(PetscInt run, DscResult *r)
{
  char     columns[COLUMNS][DSC_NAME_LENGTH];
  double   row[COLUMNS];
  uint64_t index = 0;

  PetscFunctionBeginUser;
  r->nleft  = 1;
  r->nterms = TERMS;
  PetscCall(PetscMalloc2(1, &r->left, TERMS, &r->terms));
  PetscCall(PetscCalloc7(TERMS, &r->coefficients, TERMS, &r->std, TERMS, &r->normalized, TERMS, &r->alpha, TERMS,
                         &r->inclusion, TERMS, &r->truth, TERMS, &r->active));
  PetscCall(name("u_t", 0, r->left[0]));
  for (PetscInt t = 0; t < TERMS; t++) {
    PetscCall(name("u^2 u_", t, r->terms[t]));
    r->active[t] = t < 3;
    for (int a = 0; a < 4; a++) {
      double *array = a == 0 ? r->coefficients : a == 1 ? r->std : a == 2 ? r->normalized : r->alpha;

      array[t] = t < 3 || a == 3 ? DscRandomNormal((uint64_t)run, DSC_STREAM_TEST, index++) : 0;
    }
  }
  for (PetscInt c = 0; c < COLUMNS; c++) PetscCall(name("alpha/u_t/u^2 u_", c, columns[c]));
  PetscCall(DscTableSetColumns(&r->history, COLUMNS, (const char(*)[DSC_NAME_LENGTH])columns));
  for (PetscInt i = 0; i < ROWS; i++) {
    for (PetscInt c = 0; c < COLUMNS; c++) row[c] = DscRandomNormal((uint64_t)run, DSC_STREAM_TEST, index++);
    PetscCall(DscTableAddRow(&r->history, row));
  }
  PetscCall(fill_selection(run, r));
  PetscFunctionReturn(0);
}

/* Runs as the queue deals them: in turn. */
static PetscErrorCode make_records(DscRecords *records)
{
  PetscMPIInt rank, ranks;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  records->n = 0;
  PetscCall(DscRecordsCreate(RUNS, records));
  for (PetscInt run = rank; run < RUNS; run += ranks, records->n++) {
    records->run[records->n] = run;
    PetscCall(DscResultCreate(&records->result[records->n]));
    PetscCall(fill(run, records->result[records->n]));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode row(const char what[], double start)
{
  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  PetscCall(BenchRow(what, DSC_DOUBLE, DscTime() - start, 0));
  PetscFunctionReturn(0);
}

static PetscErrorCode measure(const char path[], const DscPlan *plan, DscOptions options, const DscRecords *records)
{
  DscRecords      back;
  DscResultsTable table;
  PetscMPIInt     rank;
  struct stat     status = {0};
  double          start;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  start = DscTime();
  PetscCall(DscResultsWrite(PETSC_COMM_WORLD, path, plan, options, records));
  PetscCall(row("results/write", start));
  start = DscTime();
  PetscCall(DscResultsReadRecords(PETSC_COMM_WORLD, path, plan, NULL, &back));
  PetscCall(row("results/read_records", start));
  PetscCall(DscRecordsDestroy(&back));
  start = DscTime();
  if (!rank) {
    PetscCall(DscResultsRead(path, &table));
    PetscCall(DscResultsTableDestroy(&table));
  }
  PetscCall(row("results/read_table", start));
  stat(path, &status);
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "size of the results [MB]: %.0f,,,,\n", (double)status.st_size / 1e6));
  PetscFunctionReturn(0);
}

PetscErrorCode BenchResults(void)
{
  const char  path[] = "bench_results.h5";
  DscOptions  options;
  DscPlan     plan;
  DscRecords  records;
  PetscMPIInt rank;
  char        seeds[32];

  PetscFunctionBeginUser;
  PetscCall(PetscSNPrintf(seeds, sizeof(seeds), "0-%d", RUNS / 10 - 1));
  PetscCall(DscOptionsCreate(&options));
  PetscCall(DscOptionsSet(options, "sweep_data_noise", "0,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9"));
  PetscCall(DscOptionsSet(options, "sweep_seed", seeds));
  PetscCall(DscPlanCreate(options, &plan));
  PetscCall(make_records(&records));
  PetscCall(measure(path, &plan, options, &records));
  PetscCall(DscRecordsDestroy(&records));
  PetscCall(DscPlanDestroy(&plan));
  PetscCall(DscOptionsDestroy(&options));
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  if (!rank && !getenv("KEEP")) unlink(path);
  PetscFunctionReturn(0);
}
