/*
  Panels to shards to ranks, and the sum over shards in one fixed binary tree (DESIGN 3).

  The tree's leaves are the shards. A rank owns 2^a consecutive leaves, that is one whole subtree, which it sums with a
  stack: two neighbouring subtrees of equal height are added as soon as both are there; from either end, since an addition
  has the same bits both ways. Above, ranks add their subtrees by recursive doubling; both partners add the lower ranks'
  sum first, so that all ranks hold the same bits.
*/
#include <discern/ad.h>

#include <string.h>

#define MAX_LEVELS 32

PetscErrorCode DscPartitionCreate(MPI_Comm comm, PetscInt samples, PetscInt lanes, PetscInt shards,
                                  DscPartition *partition)
{
  const PetscInt panels = (samples + lanes - 1) / lanes;
  PetscMPIInt    rank, size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCheck(samples > 0 && lanes > 0, comm, PETSC_ERR_ARG_OUTOFRANGE, "No samples");
  if (shards == 0) {
    for (shards = 1; 2 * shards <= PetscMin(panels, 64);) shards *= 2;
  }
  DscUserCheck(shards > 0 && (shards & (shards - 1)) == 0, comm,
               "-shards %" PetscInt_FMT ": allowed: 0 (automatic) or a power of two", shards);
  DscUserCheck(shards <= panels, comm,
               "-shards %" PetscInt_FMT ": there are only %" PetscInt_FMT " panels of %" PetscInt_FMT
               " samples; use fewer shards",
               shards, panels, lanes);
  DscUserCheck(shards % size == 0, comm,
               "%d ranks cannot share %" PetscInt_FMT
               " shards; use a number of ranks per run that is a power of two, at most %" PetscInt_FMT,
               size, shards, shards);
  *partition = (DscPartition){.samples     = samples,
                              .lanes       = lanes,
                              .panels      = panels,
                              .shards      = shards,
                              .first_shard = rank * (shards / size),
                              .nshards     = shards / size};
  PetscFunctionReturn(0);
}

PetscErrorCode DscPartitionGetPanels(const DscPartition *partition, PetscInt shard, PetscInt *first, PetscInt *end)
{
  const PetscInt64 panels = partition->panels;

  PetscFunctionBeginUser;
  PetscCheck(shard >= 0 && shard < partition->shards, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "No shard %" PetscInt_FMT, shard);
  *first = (PetscInt)(panels * shard / partition->shards);
  *end   = (PetscInt)(panels * (shard + 1) / partition->shards);
  PetscFunctionReturn(0);
}

struct _p_DscTreeSum {
  MPI_Comm    comm; /* (not owned) */
  PetscMPIInt rank, size, n;
  PetscInt    nshards, added, depth;
  PetscInt    height[MAX_LEVELS]; /* of the subtrees on the stack */
  double     *stack;              /* (owned) [levels][n] */
  double     *received;           /* (owned) [n] */
};

PetscErrorCode DscTreeSumCreate(MPI_Comm comm, const DscPartition *partition, PetscInt n, DscTreeSum *sum)
{
  DscTreeSum s;
  PetscInt   levels = 2;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&s));
  s->comm = comm;
  PetscCallMPI(MPI_Comm_rank(comm, &s->rank));
  PetscCallMPI(MPI_Comm_size(comm, &s->size));
  PetscCall(PetscMPIIntCast(n, &s->n));
  s->nshards = partition->nshards;
  for (PetscInt leaves = 1; leaves < s->nshards; leaves *= 2) levels++;
  PetscCall(PetscMalloc2((size_t)(levels * n), &s->stack, (size_t)n, &s->received));
  *sum = s;
  PetscFunctionReturn(0);
}

PetscErrorCode DscTreeSumDestroy(DscTreeSum *sum)
{
  PetscFunctionBeginUser;
  if (!*sum) PetscFunctionReturn(0);
  PetscCall(PetscFree2((*sum)->stack, (*sum)->received));
  PetscCall(PetscFree(*sum));
  PetscFunctionReturn(0);
}

PetscErrorCode DscTreeSumBegin(DscTreeSum sum)
{
  PetscFunctionBeginUser;
  sum->depth = 0;
  sum->added = 0;
  PetscFunctionReturn(0);
}

PetscErrorCode DscTreeSumAdd(DscTreeSum sum, const double x[])
{
  PetscFunctionBeginUser;
  PetscCheck(sum->added < sum->nshards, sum->comm, PETSC_ERR_ORDER, "This rank has only %" PetscInt_FMT " shards",
             sum->nshards);
  memcpy(sum->stack + sum->depth * sum->n, x, (size_t)sum->n * sizeof(double));
  sum->height[sum->depth++] = 0;
  sum->added++;
  while (sum->depth > 1 && sum->height[sum->depth - 1] == sum->height[sum->depth - 2]) {
    double       *left  = sum->stack + (sum->depth - 2) * sum->n;
    const double *right = left + sum->n;
    for (PetscMPIInt i = 0; i < sum->n; i++) left[i] += right[i];
    sum->depth--;
    sum->height[sum->depth - 1]++;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscTreeSumEnd(DscTreeSum sum, double total[])
{
  PetscFunctionBeginUser;
  PetscCheck(sum->added == sum->nshards && sum->depth == 1, sum->comm, PETSC_ERR_ORDER,
             "%" PetscInt_FMT " of %" PetscInt_FMT " shards were added", sum->added, sum->nshards);
  memcpy(total, sum->stack, (size_t)sum->n * sizeof(double));
  for (PetscMPIInt distance = 1; distance < sum->size; distance *= 2) {
    const PetscMPIInt partner = sum->rank ^ distance;
    PetscCallMPI(MPI_Sendrecv(total, sum->n, MPI_DOUBLE, partner, 0, sum->received, sum->n, MPI_DOUBLE, partner, 0,
                              sum->comm, MPI_STATUS_IGNORE));
    for (PetscMPIInt i = 0; i < sum->n; i++)
      total[i] = partner < sum->rank ? sum->received[i] + total[i] : total[i] + sum->received[i];
  }
  PetscFunctionReturn(0);
}
