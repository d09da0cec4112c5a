/*
  The samples of a rank: all of a replicated set, or its part of a grid; and what they may cost.
*/
#include "data/dataset.h"
#include "data/grid.h"

double DscDataSetBytes(PetscInt ncoordinates, PetscInt nfields, PetscInt n)
{
  return (double)sizeof(double) * (double)(ncoordinates + 2 * nfields) * (double)n; /* fields with noise and without */
}

PetscErrorCode DscMemoryCheck(MPI_Comm comm, DscOptions options, double data, double work)
{
  const double MB      = 1048576.;
  double       most[2] = {data, work};
  PetscInt     limit;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetInt(options, "memory_limit", &limit));
  if (limit == 0) PetscFunctionReturn(0);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, most, 2, MPI_DOUBLE, MPI_MAX, comm));
  DscOptionsUserCheck(most[0] + most[1] <= limit * MB, options, comm, "memory_limit",
                      "a rank needs %.1f MB, %.1f for the data and %.1f to work on them; what helps: "
                      "-data_distribution sharded with more ranks per run, data_stride_*, a smaller train_memory_limit",
                      (most[0] + most[1]) / MB, most[0] / MB, most[1] / MB);
  PetscFunctionReturn(0);
}

PetscErrorCode DscSamplesCreateWhole(const DscDataSet *data, DscSamples *samples)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(samples, sizeof(*samples)));
  samples->nsamples = samples->n = data->nsamples;
  samples->ntrain                = data->ntrain;
  for (PetscInt c = 0; c < data->ncoordinates; c++) {
    samples->step[c]        = 1;
    samples->extent[c]      = data->nsamples;
    samples->coordinates[c] = data->coordinates[c];
  }
  for (PetscInt f = 0; f < data->nfields; f++) samples->fields[f] = data->fields[f];
  samples->bytes = DscDataSetBytes(data->ncoordinates, data->nfields, data->nsamples);
  PetscFunctionReturn(0);
}

/* values[n] of the points [first, first + n) in the order of the grid: some of the covering rows at a time, the same
   number of times on every rank; rows: room for those. */
static PetscErrorCode read_part(DscGrid grid, PetscInt field, const DscGridInfo *info, PetscInt first, PetscInt n,
                                PetscInt at_once, double rows[], double values[])
{
  const PetscInt row = (PetscInt)(info->npoints / info->extent[0]), end = first + n;
  const PetscInt from = first / row, to = n ? (end - 1) / row + 1 : from;
  PetscInt       calls = (to - from + at_once - 1) / at_once, box_first[DSC_MAX_COORDINATES] = {0};
  PetscInt       count[DSC_MAX_COORDINATES];

  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(count, info->extent, DSC_MAX_COORDINATES));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &calls, 1, MPIU_INT, MPI_MAX, grid->comm));
  for (PetscInt k = 0; k < calls; k++) {
    const PetscInt r     = (PetscInt)PetscMin((PetscInt64)k * at_once + from, to);
    const PetscInt r_end = (PetscInt)PetscMin((PetscInt64)r + at_once, to);
    const PetscInt begin = PetscMax(r * row, first), stop = PetscMin(r_end * row, end);

    box_first[0] = r;
    count[0]     = r_end - r;
    PetscCall(DscGridRead(grid, field, box_first, count, rows));
    if (stop > begin) PetscCall(PetscArraycpy(values + (begin - first), rows + (begin - r * row), stop - begin));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscSamplesCreatePart(DscGrid grid, PetscInt first, PetscInt n, DscSamples *samples)
{
  DscGridInfo    info;
  PetscInt       step = 1, at_once;
  size_t         size = 0;
  double        *next, *rows;
  PetscErrorCode ierr = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(samples, sizeof(*samples)));
  PetscCall(DscGridGetInfo(grid, &info));
  samples->nsamples = samples->ntrain = (PetscInt)info.npoints;
  samples->first                      = first;
  samples->n                          = n;
  for (PetscInt c = 0; c < info.ncoordinates; c++) size += (size_t)info.extent[c];
  size += (size_t)info.nfields * (size_t)n;
  samples->bytes = (double)size * sizeof(double);
  PetscCall(PetscMalloc1(size, &samples->owned));
  next = samples->owned;
  for (PetscInt c = info.ncoordinates - 1; c >= 0; c--) {
    samples->step[c]        = step;
    samples->extent[c]      = info.extent[c];
    samples->coordinates[c] = next;
    PetscCall(PetscArraycpy(next, info.coordinates[c], info.extent[c]));
    next += info.extent[c];
    step *= info.extent[c];
  }
  step /= info.extent[0]; /* now a row of coordinate 0 */
  at_once = PetscMax(1, PetscMin(info.extent[0], DSC_GRID_PIECE / step));
  PetscCall(PetscMalloc1((size_t)at_once * (size_t)step, &rows));
  for (PetscInt f = 0; f < info.nfields && !ierr; f++, next += n) {
    samples->fields[f] = next;
    ierr               = read_part(grid, f, &info, first, n, at_once, rows, next);
  }
  PetscCall(PetscFree(rows));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

PetscErrorCode DscSamplesDestroy(DscSamples *samples)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(samples->owned));
  PetscFunctionReturn(0);
}
