/*
  A pass over the grid: the window reads a block of times, then every shard takes the points of the times that now have
  enough others around them (numerical_panels.c), and the window moves on. Shards are summed in the fixed tree.

  Shards are ranges of the first space coordinate, and ranks tell each other what they have read beside them. Fourier
  transforms need all of space: there, shards are ranges of times, and each rank reads the times around its own itself.
*/
#include "method/history.h"
#include "method/numerical_private.h"
#include "method/result.h"
#include "method/selection.h"
#include "method/untrained.h"

#define MEGABYTE     1048576.0
#define WINDOW_BYTES (256.0 * MEGABYTE) /* of the window at most: longer blocks are not read faster */
#define POD_BYTES    (32.0 * MEGABYTE)  /* the same where nothing is read: what the POD has left free holds it */
#define MAX_SHARDS   64
#define PROBE        4096 /* samples that library and truth are made with: only names matter */

struct _p_DscNumerical {
  MPI_Comm           comm; /* (not owned) */
  PetscInt           nexperiments;
  DscNumerical      *experiments; /* (owned) [nexperiments], the first is this object; NULL in the others */
  double             others;      /* bytes of the other experiments' grids, which stay open */
  DscOptions         options;     /* (owned) with what this method presets */
  DscGrid            grid;        /* (owned) */
  DscGridInfo        info;
  DscDataSet        *probe;   /* (owned) */
  DscLibrary         library; /* (owned) */
  DscDerivativeRule  rule;
  DscDerivatives     derivatives;           /* (owned) */
  DscNumericalPanels panels;                /* (owned) */
  PetscInt           shared;                /* the coordinate that the ranks share: 0 or 1 */
  DscPartition       partition;             /* of its inner values: a 'panel' is one of them */
  DscWindowRange     range;                 /* this rank's */
  PetscInt           longest, longest_time; /* values of the first space coordinate, times: the most of all ranks */
  PetscInt           nrows;                 /* of derivatives kept at a time */
  PetscInt           behind;                /* points behind each value of the first space coordinate */
  double             npoints;               /* inner points of the grid */
  double             limit;                 /* bytes; 0: none */
  PetscInt           pod_rank;
  DscPOD             pods[DSC_MAX_FIELDS]; /* (owned) */
  DscWindow          window;               /* (owned) during the run */
  DscTreeSum         sum;                  /* (owned) */
  /* Of all experiments, in the first: */
  DscMoments            moments;     /* (owned) */
  DscCoupling           coupling;    /* (owned) */
  DscConstraint         constraint;  /* (owned) */
  const DscRegression **regressions; /* (owned) [nleft], each (not owned): the constraint's */
};

/* ---- set-up ------------------------------------------------------------------------------------------------- */

/* What makes sense only with a network is refused where it was asked for. */
static PetscErrorCode preset_options(DscNumerical n, PetscInt experiment, DscOptions options)
{
  PetscFunctionBeginUser;
  PetscCall(DscOptionsCopyExperiment(options, experiment, &n->options));
  PetscCall(DscUntrainedPreset(n->comm, n->options));
  PetscCall(DscUntrainedNeedsValues(n->comm, n->options, "numerical derivatives need"));
  PetscFunctionReturn(0);
}

static PetscErrorCode create_library(DscNumerical n, DscOptions options)
{
  DscNumericalPanels *p = &n->panels;
  const char *const  *terms;
  const DscFeature   *features;

  PetscFunctionBeginUser;
  PetscCall(DscGridGetProbe(n->grid, PROBE, &n->probe));
  PetscCall(DscLibraryCreate(options, n->probe, &n->library));
  PetscCall(DscLibraryGetFeatures(n->library, &p->nfeatures, &features));
  PetscCall(DscLibraryGetLeft(n->library, &p->nleft, &p->left));
  PetscCall(DscLibraryGetTerms(n->library, &p->nterms, &terms));
  p->nrows = p->nterms + p->nleft;
  PetscCall(DscDerivativeRuleCreate(n->comm, options, n->grid, &n->rule));
  PetscCall(DscDerivativesCreate(&n->info, p->nfeatures, features, &n->rule, &n->derivatives));
  PetscCall(DscDerivativesGetHalfWidths(n->derivatives, p->half));
  PetscCall(DscDerivativesGetRows(n->derivatives, &n->nrows));
  n->shared = n->rule.kind == DSC_BY_FOURIER ? 0 : 1;
  for (PetscInt c = 0; c < n->info.ncoordinates; c++) p->axes[c] = n->info.coordinates[c];
  p->library     = n->library;
  p->list        = features;
  p->derivatives = n->derivatives;
  PetscFunctionReturn(0);
}

/* Shards of space are no shorter than the stencil: so is no rank's range, and its neighbours have all that it needs. */
static PetscErrorCode create_partition(DscNumerical n, DscOptions options)
{
  const PetscInt c = n->shared, half = n->panels.half[c], least = c > 0 ? PetscMax(half, 1) : 1;
  const PetscInt inner = (c < n->info.ncoordinates ? n->info.extent[c] : 1) - 2 * half, most = inner / least;
  const char    *name = c < n->info.ncoordinates ? n->info.coordinate_names[c] : "space";
  PetscInt       shards;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetInt(options, "shards", &shards));
  DscOptionsUserCheck(shards <= PetscMax(most, 1), options, n->comm, "shards",
                      "%s has %" PetscInt_FMT " inner values, and a shard needs %" PetscInt_FMT
                      " of them; use at most %" PetscInt_FMT,
                      name, inner, least, PetscMax(most, 1));
  for (PetscInt s = 1; shards == 0 || s < shards; s *= 2) {
    if (2 * s > PetscMin(most, MAX_SHARDS)) shards = s;
  }
  PetscCall(DscPartitionCreate(n->comm, inner, 1, shards, &n->partition));
  PetscFunctionReturn(0);
}

/* The outermost ranks of those that share space have its ends too. */
static PetscErrorCode set_range(DscNumerical n, PetscInt extent)
{
  const DscShard *first = &n->panels.shards[0], *last = &n->panels.shards[n->partition.nshards - 1];
  PetscMPIInt     rank, size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(n->comm, &rank));
  PetscCallMPI(MPI_Comm_size(n->comm, &size));
  n->range = (DscWindowRange){.end_time = n->info.extent[0], .count = extent};
  if (n->shared == 0) {
    n->range.first_time = first->first_time - n->panels.half[0];
    n->range.end_time   = last->end_time + n->panels.half[0];
  } else {
    n->range.first = rank == 0 ? 0 : first->first;
    n->range.count = (rank == size - 1 ? extent : last->end) - n->range.first;
  }
  n->longest      = n->range.count;
  n->longest_time = n->range.end_time - n->range.first_time;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &n->longest, 1, MPIU_INT, MPI_MAX, n->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &n->longest_time, 1, MPIU_INT, MPI_MAX, n->comm));
  PetscFunctionReturn(0);
}

static PetscErrorCode deal_shards(DscNumerical n, DscOptions options)
{
  const PetscInt extent = n->info.ncoordinates > 1 ? n->info.extent[1] : 1, *half = n->panels.half;

  PetscFunctionBeginUser;
  PetscCall(create_partition(n, options));
  PetscCall(DscNumericalPanelsCreate(n->info.nfields, n->partition.nshards, &n->panels));
  for (PetscInt s = 0; s < n->partition.nshards; s++) {
    DscShard *shard = &n->panels.shards[s];
    PetscInt  first, end;

    PetscCall(DscPartitionGetPanels(&n->partition, n->partition.first_shard + s, &first, &end));
    shard->first_time = half[0] + (n->shared == 0 ? first : 0);
    shard->end_time   = n->shared == 0 ? half[0] + end : n->info.extent[0] - half[0];
    shard->first      = half[1] + (n->shared == 0 ? 0 : first);
    shard->end        = n->shared == 0 ? extent - half[1] : half[1] + end;
    shard->panel      = n->partition.first_shard + s;
  }
  PetscCall(set_range(n, extent));
  PetscFunctionReturn(0);
}

static PetscErrorCode count_points(DscNumerical n)
{
  double snapshot = 1.0;

  PetscFunctionBeginUser;
  n->npoints = 1.0;
  n->behind  = 1;
  for (PetscInt c = 0; c < n->info.ncoordinates; c++) {
    n->npoints *= (double)(n->info.extent[c] - 2 * n->panels.half[c]);
    if (c > 0) snapshot *= (double)n->info.extent[c];
  }
  DscUserCheck(snapshot < (double)PETSC_MAX_INT, n->comm,
               "data: %g points at one time are more than the %" PetscInt_FMT
               " that PETSc with 32-bit indices can number; take a window or a stride, or a PETSc with 64-bit indices",
               snapshot, PETSC_MAX_INT);
  for (PetscInt c = 2; c < n->info.ncoordinates; c++) n->behind *= n->info.extent[c];
  DscOptionsUserCheck(n->pod_rank <= PetscMin(snapshot, (double)n->info.extent[0]), n->options, n->comm, "pod_rank",
                      "the data are a matrix of %.0f points and %" PetscInt_FMT " times, whose rank is at most %.0f",
                      snapshot, n->info.extent[0], PetscMin(snapshot, (double)n->info.extent[0]));
  DscUserCheck(n->npoints > (double)n->panels.nterms, n->comm,
               "data: %g inner points are too few for a library of %" PetscInt_FMT
               " terms; take more points, or lower -library_polynomial or -library_derivative, or list fewer terms",
               n->npoints, n->panels.nterms);
  PetscFunctionReturn(0);
}

/* The regressions do not depend on the scales, which weigh a network's errors. */
static PetscErrorCode create_constraint(DscNumerical n)
{
  const DscNumericalPanels *p = &n->panels;
  double                    ones[DSC_MAX_EXPERIMENTS * DSC_MAX_FIELDS], npoints[DSC_MAX_EXPERIMENTS];
  const PetscInt            nleft = n->nexperiments * p->nleft;
  PetscInt                  nblocks;

  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < nleft; f++) ones[f] = 1.0;
  for (PetscInt e = 0; e < n->nexperiments; e++) npoints[e] = n->experiments[e]->npoints;
  PetscCall(DscConstraintCreate(n->options, n->nexperiments, p->nterms, nleft, ones, ones, &n->constraint));
  PetscCall(DscConstraintGetBlocks(n->constraint, &nblocks));
  PetscCall(DscMomentsCreate(n->nexperiments, p->nterms, p->nleft, nblocks, npoints, &n->moments));
  PetscCall(DscCouplingCreate(&n->moments, &n->coupling));
  PetscCall(PetscMalloc1(nleft, &n->regressions));
  for (PetscInt f = 0; f < nleft; f++) PetscCall(DscConstraintGetRegression(n->constraint, f, &n->regressions[f]));
  PetscFunctionReturn(0);
}

static PetscErrorCode open_grid(DscNumerical n, DscOptions all, PetscInt experiment)
{
  PetscInt seed, megabytes;

  PetscFunctionBeginUser;
  PetscCall(preset_options(n, experiment, all));
  PetscCall(DscOptionsGetInt(n->options, "seed", &seed));
  PetscCall(DscOptionsGetInt(n->options, "memory_limit", &megabytes));
  PetscCall(DscOptionsGetInt(n->options, "pod_rank", &n->pod_rank));
  n->limit = (double)megabytes * MEGABYTE;
  PetscCall(DscGridOpen(n->comm, n->options, DscExperimentSeed((uint64_t)seed, experiment), &n->grid));
  PetscCall(DscGridGetInfo(n->grid, &n->info));
  PetscCall(create_library(n, n->options));
  PetscCall(count_points(n));
  PetscFunctionReturn(0);
}

PetscErrorCode DscNumericalCreate(MPI_Comm comm, DscOptions options, DscNumerical *numerical)
{
  DscNumerical n;
  double       bytes = 0.0;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&n));
  *numerical = n; /* even where the rest fails: the caller destroys what there is */
  n->comm    = comm;
  PetscCall(DscOptionsGetExperimentCount(options, &n->nexperiments));
  PetscCall(PetscCalloc1(n->nexperiments, &n->experiments));
  n->experiments[0] = n;
  for (PetscInt e = 0; e < n->nexperiments; e++) {
    if (e > 0) PetscCall(PetscNew(&n->experiments[e]));
    n->experiments[e]->comm = comm;
    PetscCall(open_grid(n->experiments[e], options, e));
    if (e > 0) PetscCall(DscDataSetCheckSameNames(comm, n->probe, n->experiments[e]->probe, e));
    bytes += n->experiments[e]->info.bytes;
  }
  PetscCall(create_constraint(n));
  for (PetscInt e = 0; e < n->nexperiments; e++) {
    DscNumerical x = n->experiments[e];

    x->others         = bytes - x->info.bytes;
    x->panels.moments = &n->moments;
    PetscCall(deal_shards(x, x->options));
    PetscCall(DscTreeSumCreate(comm, &x->partition, n->moments.nsums, &x->sum));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscNumericalDestroy(DscNumerical *numerical)
{
  DscNumerical n = *numerical;

  PetscFunctionBeginUser;
  if (!n) PetscFunctionReturn(0);
  for (PetscInt e = 1; e < n->nexperiments && n->experiments; e++) PetscCall(DscNumericalDestroy(&n->experiments[e]));
  PetscCall(PetscFree(n->experiments));
  PetscCall(PetscFree(n->regressions));
  PetscCall(DscConstraintDestroy(&n->constraint));
  PetscCall(DscCouplingDestroy(&n->coupling));
  PetscCall(DscMomentsDestroy(&n->moments));
  PetscCall(DscTreeSumDestroy(&n->sum));
  PetscCall(DscWindowDestroy(&n->window));
  for (PetscInt f = 0; f < DSC_MAX_FIELDS; f++) PetscCall(DscPODDestroy(&n->pods[f]));
  PetscCall(DscNumericalPanelsDestroy(&n->panels));
  PetscCall(DscDerivativesDestroy(&n->derivatives));
  PetscCall(DscLibraryDestroy(&n->library));
  PetscCall(DscDataSetDestroy(&n->probe));
  PetscCall(DscGridClose(&n->grid));
  PetscCall(DscOptionsDestroy(&n->options));
  PetscCall(PetscFree(*numerical));
  PetscFunctionReturn(0);
}

/* ---- memory ------------------------------------------------------------------------------------------------- */

/* Bytes that a rank needs beside the window. */
static double fixed_bytes(const DscNumerical n)
{
  const double nsums = (double)n->panels.moments->nsums, nshards = (double)n->partition.nshards;
  const double row = (double)(n->longest + 2 * n->panels.half[1]) * (double)n->behind;
  double       bytes =
      n->info.bytes + n->others + 8.0 * DSC_NUMERICAL_LANES * (nshards * n->panels.nfeatures + n->panels.nrows);

  bytes += 8.0 * row * (double)n->nrows;
  bytes += 8.0 * nsums * (nshards + log2(nshards) + 16.0); /* sums, the tree's, those of the regressions */
  for (PetscInt f = 0; f < n->info.nfields && n->pod_rank != 0; f++) {
    const double rank = (double)PetscMax(n->pods[f].rank, n->pod_rank); /* -1: not yet known */
    bytes += 8.0 * PetscMax(rank, 0.0) * ((double)n->longest * n->behind + (double)n->info.extent[0]);
  }
  return bytes;
}

/* The values of the first space coordinate of which this rank has the rows in a POD. */
static PetscErrorCode get_slab(DscNumerical n, PetscInt *first, PetscInt *count)
{
  PetscMPIInt rank, size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(n->comm, &rank));
  PetscCallMPI(MPI_Comm_size(n->comm, &size));
  *first = n->range.first;
  *count = n->range.count;
  if (n->shared == 0) {
    *first = (PetscInt)((PetscInt64)n->longest * rank / size);
    *count = (PetscInt)((PetscInt64)n->longest * (rank + 1) / size) - *first;
  }
  PetscFunctionReturn(0);
}

/* Times in a block: as many as fit, the same on all ranks. */
static PetscErrorCode choose_block(DscNumerical n, PetscInt *block, double *bytes)
{
  const PetscInt half = n->panels.half[1], keep = 2 * n->panels.half[0];
  const double   most = n->pod_rank ? POD_BYTES : WINDOW_BYTES, fixed = fixed_bytes(n);
  const double   room = n->limit > 0.0 ? PetscMin(n->limit - fixed, most) : most;
  const double   none = DscWindowBytes(n->info.nfields, n->behind, n->longest, half, 0, keep);
  const double   each = DscWindowBytes(n->info.nfields, n->behind, n->longest, half, 1, keep) - none;

  PetscFunctionBeginUser;
  DscOptionsUserCheck(n->limit == 0.0 || none + each <= n->limit - fixed, n->options, n->comm, "memory_limit",
                      "a rank needs at least %.0f MB; use more ranks per run, or a larger limit",
                      ceil((fixed + none + each) / MEGABYTE));
  *block = (PetscInt)PetscMax(1.0, PetscMin((room - none) / each, (double)n->longest_time));
  *bytes = fixed + none + each * (double)*block;
  PetscFunctionReturn(0);
}

static PetscErrorCode check_pod_bytes(DscNumerical n, double *bytes)
{
  PetscInt first, count;

  PetscFunctionBeginUser;
  PetscCall(get_slab(n, &first, &count));
  PetscCall(DscPODGetBytes(n->comm, count * n->behind, n->info.extent[0], n->pod_rank, bytes));
  *bytes += fixed_bytes(n);
  DscOptionsUserCheck(n->limit == 0.0 || *bytes <= n->limit, n->options, n->comm, "memory_limit",
                      "the POD needs %.0f MB on a rank; use more ranks per run, or a larger limit",
                      ceil(*bytes / MEGABYTE));
  PetscFunctionReturn(0);
}

/* ---- POD ---------------------------------------------------------------------------------------------------- */

typedef struct {
  DscNumerical numerical;
  PetscInt     field, first, count;
} PODSource;

static PetscErrorCode read_snapshots(void *context, PetscInt first, PetscInt count, double values[])
{
  const PODSource *source = context;

  PetscFunctionBeginUser;
  PetscCall(DscWindowRead(source->numerical->grid, source->field, first, count, source->first, source->count, values));
  PetscFunctionReturn(0);
}

/* Where ranks share times, each needs the modes of all of space. */
static PetscErrorCode gather_modes(DscNumerical n, DscPOD *pod)
{
  const PetscInt total = n->longest * n->behind;
  PetscMPIInt    size, *counts, *first, mine;
  double        *left;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(n->comm, &size));
  PetscCall(PetscMPIIntCast(pod->npoints, &mine));
  PetscCall(PetscMalloc3(size, &counts, size, &first, (size_t)pod->rank * (size_t)total, &left));
  PetscCallMPI(MPI_Allgather(&mine, 1, MPI_INT, counts, 1, MPI_INT, n->comm));
  first[0] = 0;
  for (PetscMPIInt r = 1; r < size; r++) first[r] = first[r - 1] + counts[r - 1];
  for (PetscInt i = 0; i < pod->rank; i++)
    PetscCallMPI(MPI_Allgatherv(pod->left + (size_t)i * (size_t)mine, mine, MPI_DOUBLE,
                                left + (size_t)i * (size_t)total, counts, first, MPI_DOUBLE, n->comm));
  PetscCall(PetscFree(pod->left));
  PetscCall(PetscMalloc1((size_t)pod->rank * (size_t)total, &pod->left));
  PetscCall(PetscArraycpy(pod->left, left, (size_t)pod->rank * (size_t)total));
  pod->npoints = total;
  PetscCall(PetscFree3(counts, first, left));
  PetscFunctionReturn(0);
}

static PetscErrorCode create_pods(DscNumerical n)
{
  double bytes;

  PetscFunctionBeginUser;
  PetscCall(check_pod_bytes(n, &bytes));
  for (PetscInt f = 0; f < n->info.nfields; f++) {
    PODSource source = {.numerical = n, .field = f};

    PetscCall(get_slab(n, &source.first, &source.count));
    PetscCall(DscPODCreate(n->comm, source.count * n->behind, n->info.extent[0], n->pod_rank,
                           n->limit > 0.0 ? n->limit - fixed_bytes(n) : 0.0, read_snapshots, &source, &n->pods[f]));
    if (n->shared == 0) PetscCall(gather_modes(n, &n->pods[f]));
  }
  PetscFunctionReturn(0);
}

/* ---- run ---------------------------------------------------------------------------------------------------- */

/* One pass over the grid, in as many steps on every rank. */
static PetscErrorCode pass(DscNumerical n, PetscInt block, const DscRunControl *control, PetscBool *stopped)
{
  const PetscInt      half = n->panels.half[0], nsteps = (n->longest_time + block - 1) / block;
  DscNumericalPanels *p    = &n->panels;
  PetscInt            next = n->range.first_time + half;

  PetscFunctionBeginUser;
  *stopped = PETSC_FALSE;
  for (PetscInt step = 1; step <= nsteps && !*stopped; step++) {
    PetscCall(DscWindowAdvance(&n->window));
    PetscCall(PetscLogEventBegin(DscEvents[DSC_EVENT_STATISTICS], 0, 0, 0, 0));
    PetscCall(DscNumericalPanelsAdd(p, &n->window, next, n->window.end - half));
    PetscCall(PetscLogEventEnd(DscEvents[DSC_EVENT_STATISTICS], 0, 0, 0, 0));
    next = PetscMax(next, n->window.end - half);
    if (step * block > 2 * half && step < nsteps) PetscCall(DscUntrainedPoll(n->comm, control, stopped));
  }
  PetscCall(DscNumericalPanelsFlush(p));
  PetscFunctionReturn(0);
}

/* The mean square of what the POD took away is the error of what is derived; without it there is none. */
static void set_errors(const DscNumerical n, double nsamples, double sse[])
{
  for (PetscInt f = 0; f < n->panels.nleft; f++) {
    const DscPOD *pod     = &n->pods[f];
    double        squares = 0.0;

    for (PetscInt i = pod->rank; i < pod->nsingular; i++) squares += PetscSqr(pod->singular[i]);
    sse[f] = n->pod_rank ? nsamples * squares / (double)n->info.npoints : NAN;
  }
}

/* Of one experiment, into the moments of all. */
static PetscErrorCode sum_moments(DscNumerical n, PetscInt experiment, DscMoments *moments)
{
  const PetscInt left = experiment * n->panels.nleft;
  const double  *C    = moments->C + DscMomentsOffset(moments, left);
  double        *total, sse[DSC_MAX_FIELDS];

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(moments->nsums, &total));
  PetscCall(DscTreeSumBegin(n->sum));
  for (PetscInt s = 0; s < n->panels.nshards; s++) PetscCall(DscTreeSumAdd(n->sum, n->panels.shards[s].sums));
  PetscCall(DscTreeSumEnd(n->sum, total));
  set_errors(n, moments->count[left], sse);
  PetscCall(DscMomentsSet(moments, experiment, total, sse, NULL));
  PetscCall(PetscFree(total));
  for (PetscInt i = 0; i < moments->nrows; i++) {
    DscUserCheck(
        isfinite(C[i * moments->nrows + i]), n->comm,
        "data: a value is missing, or not finite, or too large for the library; numerical derivatives need every "
        "value of a grid: fill it in, or use a network");
  }
  PetscFunctionReturn(0);
}

/* What a training does in its last iterations: a mask or all of SBL, then the reported equation. */
static PetscErrorCode regress(DscNumerical n, DscHistory history, PetscBool *converged)
{
  PetscInt iteration;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetInt(n->options, "mask_start", &iteration));
  PetscCall(PetscLogEventBegin(DscEvents[DSC_EVENT_COUPLE], 0, 0, 0, 0));
  PetscCall(DscConstraintCouple(n->constraint, iteration, &n->moments, NULL, NULL, &n->coupling));
  *converged = PETSC_TRUE;
  for (PetscInt f = 0; f < n->moments.nleft; f++) *converged = (PetscBool)(*converged && n->regressions[f]->converged);
  PetscCall(DscConstraintFinish(n->constraint, &n->moments));
  PetscCall(PetscLogEventEnd(DscEvents[DSC_EVENT_COUPLE], 0, 0, 0, 0));
  const DscHistoryEntry entry = {
      .loss = NAN, .fraction_done = 1.0, .moments = &n->moments, .regressions = n->regressions};
  PetscCall(DscHistoryAdd(history, &entry));
  PetscFunctionReturn(0);
}

static PetscErrorCode fill_result(DscNumerical n, DscResult *result)
{
  PetscBool truth_inside = PETSC_TRUE;

  PetscFunctionBeginUser;
  result->mse = result->bic = 0.0;
  for (PetscInt f = 0; f < n->moments.nleft; f++) {
    const double N = n->moments.count[f], mse = n->moments.sse[f] / N;
    PetscInt     nnz = 0;

    PetscCall(DscResultSetRegression(result, f, n->regressions[f]));
    for (PetscInt j = 0; j < result->nterms; j++) nnz += n->regressions[f]->active[j] ? 1 : 0;
    result->mse += mse / (double)n->moments.nleft;
    result->bic += DscResultBIC(N, mse, n->regressions[f]->residual / N, nnz);
  }
  for (PetscInt e = 0; e < n->nexperiments && truth_inside; e++)
    PetscCall(DscTruthIsInLibrary(n->library, n->experiments[e]->probe, &truth_inside));
  PetscCall(DscResultCompareTruth(result, truth_inside));
  PetscCall(DscSelectionFill(1, &n->moments, result));
  PetscFunctionReturn(0);
}

static PetscErrorCode set_status(DscNumerical n, PetscBool stopped, PetscBool converged, DscResult *result)
{
  const PetscInt ntimes  = n->info.extent[0] - 2 * n->panels.half[0];
  char           pod[64] = "";
  double         npoints = 0.0;

  PetscFunctionBeginUser;
  for (PetscInt e = 0; e < n->nexperiments; e++) npoints += n->experiments[e]->npoints;
  result->iterations = 1;
  result->status     = stopped ? DSC_RUN_STOPPED : converged ? DSC_RUN_DONE : DSC_RUN_NOT_CONVERGED;
  if (n->pod_rank) {
    snprintf(pod, sizeof(pod), ", %" PetscInt_FMT " of %" PetscInt_FMT " POD modes", n->pods[0].rank,
             n->pods[0].nsingular);
  }
  if (stopped && n->nexperiments > 1)
    snprintf(result->reason, sizeof(result->reason), "stopped before the end of all experiments");
  else if (stopped)
    snprintf(result->reason, sizeof(result->reason), "stopped after %.0f of %" PetscInt_FMT " times",
             (double)ntimes * n->moments.nsamples / n->npoints, ntimes);
  else if (!converged)
    snprintf(result->reason, sizeof(result->reason), "the regression reached its limit of iterations");
  else
    snprintf(result->reason, sizeof(result->reason), "%s on %.0f points%s", DscDerivativeKindTitle(n->rule.kind),
             npoints, pod);
  PetscFunctionReturn(0);
}

/* The sums of one experiment, into the moments of all. */
static PetscErrorCode accumulate(DscNumerical n, PetscInt experiment, const DscRunControl *control, DscMoments *moments,
                                 PetscBool *stopped)
{
  PetscInt block;
  double   bytes, npoints;

  PetscFunctionBeginUser;
  if (n->pod_rank) PetscCall(create_pods(n));
  PetscCall(choose_block(n, &block, &bytes));
  PetscCall(DscWindowCreate(n->shared == 0 ? PETSC_COMM_SELF : n->comm, n->grid, &n->range, n->panels.half[1], block,
                            2 * n->panels.half[0], &n->window));
  PetscCall(DscDerivativesAllocate(n->derivatives, n->window.ghost_first, n->window.ghost_count));
  n->window.pods = n->pod_rank ? n->pods : NULL;
  PetscCall(pass(n, block, control, stopped));
  PetscCallMPI(MPI_Allreduce(&n->panels.npoints, &npoints, 1, MPI_DOUBLE, MPI_SUM, n->comm));
  PetscCheck(*stopped || npoints == n->npoints, n->comm, PETSC_ERR_PLIB, "%g points in the sums, not %g", npoints,
             n->npoints);
  PetscCall(DscMomentsResize(moments, experiment, npoints));
  PetscCall(sum_moments(n, experiment, moments));
  PetscCall(DscWindowDestroy(&n->window));
  PetscFunctionReturn(0);
}

PetscErrorCode DscNumericalRun(DscNumerical n, const DscRunControl *control, PetscBool progress, DscResult *result)
{
  const DscDataSet *probes[DSC_MAX_EXPERIMENTS];
  PetscBool         stopped = PETSC_FALSE, converged = PETSC_TRUE;
  DscHistory        history;

  PetscFunctionBeginUser;
  for (PetscInt e = 0; e < n->nexperiments; e++) probes[e] = n->experiments[e]->probe;
  PetscCall(DscResultSetEquation(result, n->library, n->nexperiments, probes));
  for (PetscInt e = 0; e < n->nexperiments && !stopped; e++)
    PetscCall(accumulate(n->experiments[e], e, control, &n->moments, &stopped));
  PetscCall(DscHistoryCreate(n->comm, result, PETSC_FALSE, progress, &history));
  if (!stopped || n->nexperiments == 1) { /* a part of the experiments says nothing of all of them */
    PetscCall(regress(n, history, &converged));
    PetscCall(fill_result(n, result));
  }
  PetscCall(DscHistoryDestroy(&history));
  PetscCall(set_status(n, stopped, converged, result));
  PetscFunctionReturn(0);
}

static PetscErrorCode print_one(DscNumerical n)
{
  const DscNumericalPanels *p           = &n->panels;
  char                      extents[64] = "", rule[512];
  PetscInt                  block;
  double                    bytes, pod = 0.0;

  PetscFunctionBeginUser;
  if (n->pod_rank) PetscCall(check_pod_bytes(n, &pod));
  PetscCall(choose_block(n, &block, &bytes));
  for (PetscInt c = 0; c < n->info.ncoordinates; c++) {
    const size_t used = strlen(extents);
    snprintf(extents + used, sizeof(extents) - used, "%s%" PetscInt_FMT, c ? " x " : "", n->info.extent[c]);
  }
  PetscCall(PetscPrintf(n->comm, "data:        %s\n", n->probe->description));
  PetscCall(PetscPrintf(n->comm, "grid:        %s points, %.0f of them inside the stencils\n", extents, n->npoints));
  DscDerivativeRuleDescribe(&n->rule, &n->info, sizeof(rule), rule);
  PetscCall(PetscPrintf(n->comm, "derivatives: %s\n", rule));
  PetscCall(PetscPrintf(n->comm, "library:     %" PetscInt_FMT " terms, %" PetscInt_FMT " left-hand sides\n", p->nterms,
                        p->nleft));
  PetscCall(PetscPrintf(n->comm, "panels:      about %.0f of %d lanes\n", ceil(n->npoints / DSC_NUMERICAL_LANES),
                        DSC_NUMERICAL_LANES));
  PetscCall(PetscPrintf(n->comm, "shards:      %" PetscInt_FMT " (the largest number of ranks a run can use)\n",
                        n->partition.shards));
  PetscCall(PetscPrintf(n->comm, "passes:      %s\n", n->pod_rank ? "2: POD, then library and sums" : "1"));
  if (n->pod_rank) PetscCall(PetscPrintf(n->comm, "POD:         %.1f MB on a rank\n", pod / MEGABYTE));
  PetscCall(
      PetscPrintf(n->comm, "rank 0:      %" PetscInt_FMT " times read together, %.1f MB\n", block, bytes / MEGABYTE));
  PetscFunctionReturn(0);
}

PetscErrorCode DscNumericalPrintPlan(DscNumerical n)
{
  PetscFunctionBeginUser;
  for (PetscInt e = 0; e < n->nexperiments; e++) {
    if (n->nexperiments > 1) PetscCall(PetscPrintf(n->comm, "experiment %" PetscInt_FMT "\n", e + 1));
    PetscCall(print_one(n->experiments[e]));
  }
  PetscFunctionReturn(0);
}
