/*
  What ranks spend on each other, under mpiexec -n 2, 4, 8: the tree-sums of an iteration, an item of the work queue while
  all ranks ask for one, the broadcast of a data set, the move of all results to the ranks that write them, a finished run
  in the journal (on the disc under the current folder). The README's model of large machines rests on these and on
  `iterations`. With more ranks than cores the times are those of taking turns.
*/
#include "bench.h"
#include "study/deal.h"
#include "study/journal.h"
#include "study/queue.h"

#include <string.h>

#define RUNS 10000

/* Seconds of one call, all ranks together, the slowest counts: fastest of five batches. */
static PetscErrorCode collective_time(BenchWork work, void *context, PetscInt repeats, double *seconds)
{
  PetscFunctionBeginUser;
  *seconds = 1e300;
  for (int batch = 0; batch < 6; batch++) { /* the first warms up */
    double elapsed;

    PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
    elapsed = -DscTime();
    for (PetscInt i = 0; i < repeats; i++) PetscCall(work(context));
    elapsed += DscTime();
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &elapsed, 1, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD));
    if (batch) *seconds = PetscMin(*seconds, elapsed / repeats);
  }
  PetscFunctionReturn(0);
}

/* 'communication/treesum/2 ranks/500 doubles' */
static PetscErrorCode row(const char part[], PetscInt n, const char unit[], double seconds)
{
  char        name[96];
  PetscMPIInt ranks;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  snprintf(name, sizeof(name), "communication/%s/%d ranks/%d %s", part, ranks, (int)n, unit);
  PetscCall(BenchRow(name, DSC_DOUBLE, seconds, 0));
  PetscFunctionReturn(0);
}

/* ---- tree-sum ---------------------------------------------------------------------------------------------- */

typedef struct {
  DscTreeSum sum;
  double    *x, *total; /* (owned) */
} TreeSum;

static PetscErrorCode tree_sum(void *context)
{
  TreeSum *t = context;

  PetscFunctionBeginUser;
  PetscCall(DscTreeSumBegin(t->sum));
  PetscCall(DscTreeSumAdd(t->sum, t->x));
  PetscCall(DscTreeSumEnd(t->sum, t->total));
  PetscFunctionReturn(0);
}

/* One shard a rank: what is left is the sum across ranks. Their number is a power of two, or there is no row. */
static PetscErrorCode bench_tree_sum(PetscInt n)
{
  DscPartition partition;
  TreeSum      t;
  PetscMPIInt  ranks;
  double       seconds;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  if (ranks & (ranks - 1)) PetscFunctionReturn(0);
  PetscCall(DscPartitionCreate(PETSC_COMM_WORLD, 64 * ranks, 64, ranks, &partition));
  PetscCall(DscTreeSumCreate(PETSC_COMM_WORLD, &partition, n, &t.sum));
  PetscCall(PetscCalloc2(n, &t.x, n, &t.total));
  PetscCall(collective_time(tree_sum, &t, 200, &seconds));
  PetscCall(row("treesum", n, "doubles", seconds));
  PetscCall(PetscFree2(t.x, t.total));
  PetscCall(DscTreeSumDestroy(&t.sum));
  PetscFunctionReturn(0);
}

/* ---- queue ------------------------------------------------------------------------------------------------- */

/* All ranks but rank 0, whose window it is, take items as fast as they can; it waits inside MPI. Seconds an item are the
   inverse of what the window can serve. */
static PetscErrorCode empty_queue(void *context)
{
  DscQueue    queue;
  PetscInt    item = 0;
  PetscMPIInt rank, ranks;

  (void)context;
  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  PetscCall(DscQueueCreate(PETSC_COMM_WORLD, PETSC_COMM_SELF, RUNS, &queue));
  while ((rank || ranks == 1) && item >= 0) PetscCall(DscQueueNext(queue, &item));
  PetscCall(DscQueueDestroy(&queue));
  PetscFunctionReturn(0);
}

static PetscErrorCode bench_queue(void)
{
  double seconds;

  PetscFunctionBeginUser;
  PetscCall(collective_time(empty_queue, NULL, 1, &seconds));
  PetscCall(row("queue", 1, "item", seconds / RUNS));
  PetscFunctionReturn(0);
}

/* ---- broadcast --------------------------------------------------------------------------------------------- */

typedef struct {
  int     n;
  double *values; /* (owned) [n] */
} Broadcast;

static PetscErrorCode broadcast(void *context)
{
  Broadcast *b = context;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Bcast(b->values, b->n, MPI_DOUBLE, 0, PETSC_COMM_WORLD));
  PetscFunctionReturn(0);
}

static PetscErrorCode bench_broadcast(PetscInt n)
{
  Broadcast b = {.n = (int)n};
  double    seconds;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(n, &b.values));
  PetscCall(collective_time(broadcast, &b, 20, &seconds));
  PetscCall(row("broadcast", n, "doubles", seconds));
  PetscCall(PetscFree(b.values));
  PetscFunctionReturn(0);
}

/* ---- results ----------------------------------------------------------------------------------------------- */

typedef struct {
  DscRecords records;
  size_t     bytes; /* of a run */
  char      *have;  /* (owned) [records.n][bytes] */
  char      *want;  /* (owned) */
} Gather;

static PetscErrorCode gather(void *context)
{
  Gather *g = context;
  DscDeal deal;

  PetscFunctionBeginUser;
  PetscCall(DscDealCreate(PETSC_COMM_WORLD, RUNS, &g->records, &deal));
  PetscCall(DscDealRows(&deal, g->bytes, g->have, g->want));
  PetscCall(DscDealDestroy(&deal));
  PetscFunctionReturn(0);
}

/* Runs as the queue deals them, one rank after the other; each as many bytes as four numbers for each of 30 terms. */
static PetscErrorCode bench_gather(void)
{
  Gather      g = {.bytes = 4 * 30 * sizeof(double)};
  PetscMPIInt rank, ranks;
  double      seconds;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  g.records.n = (RUNS - rank + ranks - 1) / ranks;
  PetscCall(PetscMalloc1(g.records.n, &g.records.run));
  for (PetscInt i = 0; i < g.records.n; i++) g.records.run[i] = rank + i * ranks;
  PetscCall(PetscCalloc2((size_t)g.records.n * g.bytes, &g.have, (size_t)(RUNS / ranks + 1) * g.bytes, &g.want));
  PetscCall(collective_time(gather, &g, 3, &seconds));
  PetscCall(row("gather", RUNS, "runs of 960 bytes", seconds));
  PetscCall(PetscFree2(g.have, g.want));
  PetscCall(PetscFree(g.records.run));
  PetscFunctionReturn(0);
}

/* ---- journal ----------------------------------------------------------------------------------------------- */

#define APPENDS 20 /* a rank */

typedef struct {
  DscJournal journal;
  DscQueue   queue;
  DscResult *result; /* with a log of 30 rows and 49 columns: 12 kB */
} Journal;

static PetscErrorCode append(void *context)
{
  Journal  *j = context;
  PetscBool durable;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < APPENDS; i++) PetscCall(DscJournalAppend(j->journal, j->queue, i, j->result, &durable));
  PetscFunctionReturn(0);
}

static PetscErrorCode make_result(DscResult **result)
{
  char   columns[49][DSC_NAME_LENGTH];
  double values[49] = {0};

  PetscFunctionBeginUser;
  PetscCall(DscResultCreate(result));
  for (int c = 0; c < 49; c++) snprintf(columns[c], sizeof(columns[c]), "column %d", c);
  PetscCall(DscTableSetColumns(&(*result)->history, 49, (const char(*)[DSC_NAME_LENGTH])columns));
  for (int r = 0; r < 30; r++) PetscCall(DscTableAddRow(&(*result)->history, values));
  PetscFunctionReturn(0);
}

/* All ranks at once: seconds until a rank's run is on disc. */
static PetscErrorCode bench_journal(void)
{
  char            options[] = "";
  DscJournalStudy study     = {.nruns = RUNS, .options = options};
  Journal         j;
  double          seconds;

  PetscFunctionBeginUser;
  PetscCall(make_result(&j.result));
  PetscCall(DscQueueCreate(PETSC_COMM_WORLD, PETSC_COMM_SELF, RUNS, &j.queue));
  PetscCall(DscJournalCreate(PETSC_COMM_WORLD, "bench.journal", &study, &j.journal));
  PetscCall(collective_time(append, &j, 1, &seconds));
  PetscCall(row("journal", 1, "run", seconds / APPENDS));
  PetscCall(DscJournalRemove(j.journal));
  PetscCall(DscJournalDestroy(&j.journal));
  PetscCall(DscQueueDestroy(&j.queue));
  PetscCall(DscResultDestroy(&j.result));
  PetscFunctionReturn(0);
}

PetscErrorCode BenchCommunication(void)
{
  static const PetscInt lengths[] = {1, 500, 2000, 20000};

  PetscFunctionBeginUser;
  for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) PetscCall(bench_tree_sum(lengths[i]));
  PetscCall(bench_queue());
  PetscCall(bench_broadcast(8000));    /* 2000 samples of t, x, u and its clean value */
  PetscCall(bench_broadcast(4000000)); /* 10^6 */
  PetscCall(bench_gather());
  PetscCall(bench_journal());
  PetscFunctionReturn(0);
}
