#include "study/costs.h"
#include "study/format.h"
#include "study/lookup.h"
#include "study/results.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Axes below are those of the plan that are no seeds. A run is known by its values' indices along them. */
struct _p_DscCosts {
  const DscPlan *plan; /* (not owned) */
  PetscInt       naxes;
  PetscInt      *axes; /* (owned) [naxes] in the plan */
  PetscInt       nseen, capacity;
  PetscInt      *seen;  /* (owned) [nseen][naxes] indices of earlier runs; -1 where they have another value or none */
  double        *took;  /* (owned) [nseen] s */
  PetscBool      fresh; /* expected is that of all that were seen */
  double        *expected; /* (owned) [plan->nruns] s */
};

/* ---- earlier runs ------------------------------------------------------------------------------------------ */

/* Seeds say nothing about the time. */
static PetscBool is_seed(const char key[])
{
  const size_t length = strlen(key);

  return !strcmp(key, "seed") || (length > 5 && !strcmp(key + length - 5, "_seed")) ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode reserve(DscCosts costs, PetscInt n)
{
  PetscFunctionBeginUser;
  if (n <= costs->capacity) PetscFunctionReturn(0);
  costs->capacity = PetscMax(n, 2 * costs->capacity);
  PetscCall(PetscRealloc((size_t)costs->capacity * (size_t)(costs->naxes + 1) * sizeof(PetscInt), &costs->seen));
  PetscCall(PetscRealloc((size_t)costs->capacity * sizeof(double), &costs->took));
  PetscFunctionReturn(0);
}

/* Indices along one axis of the file's runs [nruns], -1 where the plan has no such value; all where the file has no such
   axis. */
static PetscErrorCode match_axis(const DscPlan *plan, PetscInt axis, const DscResultsTable *table, PetscInt index[])
{
  const char          *stored = NULL;
  const DscOptionSpec *spec;
  DscLookup            lookup;
  PetscInt             there = 0;

  PetscFunctionBeginUser;
  while (there < table->naxes && strcmp(table->axes[there], plan->keys[axis])) there++;
  for (PetscInt run = 0; run < table->nruns; run++) index[run] = -1;
  if (there == table->naxes) PetscFunctionReturn(0);
  PetscCall(DscOptionsGetSpec(plan->keys[axis], &spec));
  PetscCall(DscLookupCreate(spec, plan->nvalues[axis], plan->values[axis], PETSC_TRUE, &lookup));
  for (PetscInt run = 0; run < table->nruns; run++) {
    const char *value = table->axis_values[(size_t)there * (size_t)table->nruns + (size_t)run];

    if (stored && !strcmp(value, stored))
      index[run] = index[run - 1]; /* the slow axes seldom change */
    else
      PetscCall(DscLookupFind(lookup, value, &index[run]));
    stored = value;
  }
  PetscCall(DscLookupDestroy(&lookup));
  PetscFunctionReturn(0);
}

/* The runs of the file that ended by themselves. */
static PetscErrorCode take_table(DscCosts costs, const DscResultsTable *table)
{
  PetscInt *index, *seen;

  PetscFunctionBeginUser;
  PetscCall(reserve(costs, table->nruns));
  PetscCall(PetscMalloc1((size_t)costs->naxes * (size_t)table->nruns, &index));
  for (PetscInt axis = 0; axis < costs->naxes; axis++)
    PetscCall(match_axis(costs->plan, costs->axes[axis], table, index + (size_t)axis * (size_t)table->nruns));
  for (PetscInt run = 0; run < table->nruns; run++) {
    if (table->status[run] != DSC_RUN_DONE && table->status[run] != DSC_RUN_NOT_CONVERGED) continue;
    if (!isfinite(table->seconds[run])) continue;
    seen = costs->seen + (size_t)costs->nseen * (size_t)costs->naxes;
    for (PetscInt axis = 0; axis < costs->naxes; axis++)
      seen[axis] = index[(size_t)axis * (size_t)table->nruns + (size_t)run];
    costs->took[costs->nseen++] = table->seconds[run];
  }
  PetscCall(PetscFree(index));
  PetscFunctionReturn(0);
}

/* On rank 0. The user's mistake is told as one of -study_costs. */
static PetscErrorCode read_file(DscCosts costs, DscOptions options, const char path[])
{
  DscResultsTable table;
  PetscErrorCode  ierr;
  char            reason[1024];

  PetscFunctionBeginUser;
  PetscCall(DscErrorCaptureBegin());
  ierr = DscResultsRead(path, &table);
  snprintf(reason, sizeof(reason), "%s", ierr ? DscErrorMessage() : "");
  PetscCall(DscErrorCaptureEnd());
  DscOptionsUserCheck(DscExitCodeFromError(ierr) != DSC_EXIT_USER, options, PETSC_COMM_SELF, "study_costs", "%s",
                      reason);
  PetscCheck(!ierr, PETSC_COMM_SELF, ierr, "%s", reason);
  ierr = take_table(costs, &table);
  PetscCall(DscResultsTableDestroy(&table));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

/* What rank 0 has read, on all ranks. Collective. */
static PetscErrorCode broadcast(MPI_Comm comm, DscCosts costs)
{
  PetscInt n = costs->nseen;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Bcast(&n, 1, MPIU_INT, 0, comm));
  if (n == 0) PetscFunctionReturn(0);
  PetscCall(reserve(costs, n));
  costs->nseen = n;
  for (PetscInt axis = 0; axis < costs->naxes; axis++) /* in pieces of n: no count beyond an int */
    PetscCallMPI(MPI_Bcast(costs->seen + (size_t)axis * (size_t)n, (PetscMPIInt)n, MPIU_INT, 0, comm));
  PetscCallMPI(MPI_Bcast(costs->took, (PetscMPIInt)n, MPI_DOUBLE, 0, comm));
  PetscFunctionReturn(0);
}

PetscErrorCode DscCostsCreate(MPI_Comm comm, DscOptions options, const DscPlan *plan, DscCosts *costs)
{
  const char    *path;
  PetscMPIInt    rank;
  PetscErrorCode ierr = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(costs));
  (*costs)->plan = plan;
  PetscCall(PetscMalloc1(plan->naxes, &(*costs)->axes));
  PetscCall(PetscMalloc1(plan->nruns, &(*costs)->expected));
  for (PetscInt axis = 0; axis < plan->naxes; axis++)
    if (!is_seed(plan->keys[axis])) (*costs)->axes[(*costs)->naxes++] = axis;
  PetscCall(DscOptionsGetString(options, "study_costs", &path));
  if (!*path) PetscFunctionReturn(0);
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (!rank) ierr = read_file(*costs, options, path);
  ierr = DscSyncError(comm, ierr);
  if (ierr) PetscCall(DscCostsDestroy(costs));
  PetscCall(ierr);
  PetscCall(broadcast(comm, *costs));
  PetscFunctionReturn(0);
}

PetscErrorCode DscCostsDestroy(DscCosts *costs)
{
  PetscFunctionBeginUser;
  if (!*costs) PetscFunctionReturn(0);
  PetscCall(PetscFree((*costs)->axes));
  PetscCall(PetscFree((*costs)->seen));
  PetscCall(PetscFree((*costs)->took));
  PetscCall(PetscFree((*costs)->expected));
  PetscCall(PetscFree(*costs));
  PetscFunctionReturn(0);
}

PetscErrorCode DscCostsLearn(DscCosts costs, PetscInt run, double seconds)
{
  PetscFunctionBeginUser;
  PetscCheck(run >= 0 && run < costs->plan->nruns, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "no run %d", (int)run);
  if (!isfinite(seconds)) PetscFunctionReturn(0);
  PetscCall(reserve(costs, costs->nseen + 1));
  for (PetscInt axis = 0; axis < costs->naxes; axis++)
    costs->seen[(size_t)costs->nseen * (size_t)costs->naxes + (size_t)axis] =
        DscPlanIndex(costs->plan, run, costs->axes[axis]);
  costs->took[costs->nseen++] = seconds;
  costs->fresh                = PETSC_FALSE;
  PetscFunctionReturn(0);
}

/* ---- expectations ------------------------------------------------------------------------------------------ */

/* A run of the plan and what sets it apart; the study's runs with the same indices have the same expectation. */
typedef struct {
  PetscInt        run, naxes;
  const PetscInt *index; /* (not owned) [naxes] */
} Known;

static int compare_known(const void *a, const void *b)
{
  const Known *left = (const Known *)a, *right = (const Known *)b;

  for (PetscInt axis = 0; axis < left->naxes; axis++) {
    const PetscInt l = left->index[axis], r = right->index[axis];

    if (l != r) return l < r ? -1 : 1;
  }
  return 0;
}

/* Median of the earlier runs that agree in the most axes; work [nseen]. */
static double nearest_median(DscCosts costs, const PetscInt index[], double work[])
{
  PetscInt best = -1, n = 0;

  for (PetscInt i = 0; i < costs->nseen; i++) {
    const PetscInt *seen  = costs->seen + (size_t)i * (size_t)costs->naxes;
    PetscInt        agree = 0;

    for (PetscInt axis = 0; axis < costs->naxes; axis++) agree += seen[axis] == index[axis];
    if (agree < best) continue;
    if (agree > best) n = 0;
    best      = agree;
    work[n++] = costs->took[i];
  }
  return DscMedian(n, work);
}

/* index [nruns][naxes]: those of the plan's runs, -1 for a value that no earlier run has: all such runs are alike. */
static PetscErrorCode index_runs(DscCosts costs, PetscInt index[])
{
  PetscInt   longest = 0;
  PetscBool *occurs;

  PetscFunctionBeginUser;
  for (PetscInt axis = 0; axis < costs->naxes; axis++)
    longest = PetscMax(longest, costs->plan->nvalues[costs->axes[axis]]);
  PetscCall(PetscMalloc1(longest, &occurs));
  for (PetscInt axis = 0; axis < costs->naxes; axis++) {
    PetscCall(PetscArrayzero(occurs, longest));
    for (PetscInt i = 0; i < costs->nseen; i++) {
      const PetscInt seen = costs->seen[(size_t)i * (size_t)costs->naxes + (size_t)axis];

      if (seen >= 0) occurs[seen] = PETSC_TRUE;
    }
    for (PetscInt run = 0; run < costs->plan->nruns; run++) {
      const PetscInt value = DscPlanIndex(costs->plan, run, costs->axes[axis]);

      index[(size_t)run * (size_t)costs->naxes + (size_t)axis] = occurs[value] ? value : -2; /* equals no -1 */
    }
  }
  PetscCall(PetscFree(occurs));
  PetscFunctionReturn(0);
}

static PetscErrorCode expect(DscCosts costs)
{
  const PetscInt nruns = costs->plan->nruns;
  PetscInt      *index;
  Known         *known;
  double        *work;

  PetscFunctionBeginUser;
  if (costs->fresh || nruns == 0) PetscFunctionReturn(0);
  PetscCall(PetscMalloc1((size_t)nruns * (size_t)costs->naxes, &index));
  PetscCall(PetscMalloc2(nruns, &known, costs->nseen, &work));
  PetscCall(index_runs(costs, index));
  for (PetscInt run = 0; run < nruns; run++)
    known[run] = (Known){run, costs->naxes, index + (size_t)run * (size_t)costs->naxes};
  qsort(known, (size_t)nruns, sizeof(*known), compare_known);
  for (PetscInt i = 0; i < nruns; i++) {
    if (i && !compare_known(&known[i - 1], &known[i]))
      costs->expected[known[i].run] = costs->expected[known[i - 1].run];
    else
      costs->expected[known[i].run] = nearest_median(costs, known[i].index, work);
  }
  PetscCall(PetscFree(index));
  PetscCall(PetscFree2(known, work));
  costs->fresh = PETSC_TRUE;
  PetscFunctionReturn(0);
}

PetscErrorCode DscCostsGetSeconds(DscCosts costs, PetscInt run, double *seconds)
{
  PetscFunctionBeginUser;
  PetscCheck(run >= 0 && run < costs->plan->nruns, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "no run %d", (int)run);
  PetscCall(expect(costs));
  *seconds = costs->expected[run];
  PetscFunctionReturn(0);
}

/* ---- order and makespan ------------------------------------------------------------------------------------ */

typedef struct {
  double   seconds;
  PetscInt run;
} Job;

static int longest_first(const void *a, const void *b)
{
  const Job *left = (const Job *)a, *right = (const Job *)b;

  if (left->seconds != right->seconds) return left->seconds > right->seconds ? -1 : 1;
  return (left->run > right->run) - (left->run < right->run);
}

PetscErrorCode DscCostsOrder(DscCosts costs, const DscPlan *plan, PetscInt order[])
{
  Job *jobs;

  PetscFunctionBeginUser;
  PetscCheck(plan == costs->plan, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG, "the costs of another plan");
  if (plan->nruns == 0) PetscFunctionReturn(0);
  PetscCall(expect(costs));
  PetscCall(PetscMalloc1(plan->nruns, &jobs));
  for (PetscInt run = 0; run < plan->nruns; run++)
    jobs[run] = (Job){costs->nseen ? costs->expected[run] : 0, run}; /* all are known or none is */
  qsort(jobs, (size_t)plan->nruns, sizeof(*jobs), longest_first);
  for (PetscInt i = 0; i < plan->nruns; i++) order[i] = jobs[i].run;
  PetscCall(PetscFree(jobs));
  PetscFunctionReturn(0);
}

/* The root of a heap, the least of its n numbers, has grown. */
static void sift_down(PetscInt n, double heap[])
{
  for (PetscInt at = 0, child; (child = 2 * at + 1) < n; at = child) {
    const double parent = heap[at];

    if (child + 1 < n && heap[child + 1] < heap[child]) child++;
    if (heap[child] >= parent) return;
    heap[at]    = heap[child];
    heap[child] = parent;
  }
}

PetscErrorCode DscCostsMakespan(DscCosts costs, PetscInt nruns, const PetscInt order[], PetscInt ngroups,
                                const PetscBool done[], double *seconds)
{
  double *busy; /* [ngroups] until when; a heap */

  PetscFunctionBeginUser;
  PetscCall(expect(costs));
  *seconds = costs->nseen ? 0 : NAN;
  if (!costs->nseen) PetscFunctionReturn(0);
  PetscCall(PetscCalloc1(ngroups, &busy));
  for (PetscInt i = 0; i < nruns; i++) {
    if (done && done[order[i]]) continue;
    busy[0] += costs->expected[order[i]];
    *seconds = PetscMax(*seconds, busy[0]);
    sift_down(ngroups, busy);
  }
  PetscCall(PetscFree(busy));
  PetscFunctionReturn(0);
}
