/*
  Large grids: the public calls, what windows and strides leave, the noise, the probe.
*/
#include "data/grid.h"

#include <string.h>

/* ---- open ----------------------------------------------------------------------------------------------------- */

/* What needs the whole set at once. */
static PetscErrorCode refuse_whole(DscOptions options, MPI_Comm comm)
{
  const char *kind;
  PetscInt    samples;
  double      fraction;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetInt(options, "data_samples", &samples));
  PetscCall(DscOptionsGetString(options, "data_sampling", &kind));
  PetscCall(DscOptionsGetReal(options, "data_test_fraction", &fraction));
  DscOptionsUserCheck(strcmp(kind, "random"), options, comm, "data_sampling",
                      "a grid that is read in parts has no random samples; use data_stride_t, data_stride_x, ...");
  DscOptionsUserCheck(samples == 0, options, comm, "data_samples",
                      "a grid that is read in parts is used whole; thin it with data_stride_t, data_stride_x, ...");
  DscOptionsUserCheck(
      fraction == 0., options, comm, "data_test_fraction",
      "a grid that is read in parts has no test part; use 0 or, for networks, -data_distribution replicated");
  PetscFunctionReturn(0);
}

/* Rank 0: windows and strides of the axes that the file has. axes become those that are left. */
static PetscErrorCode choose_view(DscGrid grid, DscOptions options, DscFileGrid *found)
{
  PetscFunctionBeginUser;
  PetscCall(DscSamplingCheckLetters(options, grid->header));
  PetscCall(DscTracksTakeOne(options, grid->header));
  for (PetscInt c = 0; c < grid->header->ncoordinates; c++) {
    PetscInt      *index, n;
    PetscErrorCode ierr;

    PetscCall(PetscMalloc1(found->extent[c], &index));
    ierr =
        DscSamplingChooseAlong(options, grid->header->coordinate_names[c], found->extent[c], found->axes[c], &n, index);
    if (!ierr) {
      grid->view.start[c]  = index[0];
      grid->view.stride[c] = n > 1 ? index[1] - index[0] : 1;
      grid->view.count[c]  = n;
      for (PetscInt i = 0; i < n; i++) found->axes[c][i] = found->axes[c][index[i]];
    }
    PetscCall(PetscFree(index));
    PetscCall(ierr);
  }
  PetscFunctionReturn(0);
}

/* Rank 0: the header of the file, if it is one. */
static PetscErrorCode look(DscGrid grid, DscOptions options, DscFileGrid *found)
{
  const DscGenerator *generator;

  PetscFunctionBeginUser;
  PetscCall(DscDataFindSource(options, &generator));
  if (generator) PetscFunctionReturn(0);
  PetscCall(DscDataSetImportGrid(options, grid->header, found));
  if (found->grid) PetscCall(choose_view(grid, options, found));
  PetscFunctionReturn(0);
}

/* What rank 0 has found, on all ranks. The axes go over to grid. */
static PetscErrorCode share(DscGrid grid, DscFileGrid *found)
{
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(grid->comm, &rank));
  PetscCall(DscDataSetBroadcast(grid->comm, grid->header));
  PetscCallMPI(MPI_Bcast(&grid->view, (PetscMPIInt)sizeof(grid->view), MPI_BYTE, 0, grid->comm));
  for (PetscInt c = 0; c < grid->header->ncoordinates; c++) {
    grid->extent[c]   = found->extent[c];
    grid->descends[c] = found->descends[c];
    grid->axes[c]     = rank ? NULL : found->axes[c];
    found->axes[c]    = NULL;
    if (rank) PetscCall(PetscMalloc1(grid->view.count[c], &grid->axes[c]));
    PetscCallMPI(MPI_Bcast(grid->axes[c], grid->view.count[c], MPI_DOUBLE, 0, grid->comm));
  }
  PetscCall(PetscArraycpy(grid->fields, found->fields, DSC_MAX_FIELDS));
  PetscFunctionReturn(0);
}

/* Rows of the whole grid, by blocks of so many, and the share of a rank. */
typedef struct {
  PetscInt64 row; /* points */
  PetscInt   rows, nblocks, first, end, longest, at_once;
} Blocks;

static PetscErrorCode deal_blocks(DscGrid grid, Blocks *b)
{
  PetscMPIInt rank, size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(grid->comm, &rank));
  PetscCallMPI(MPI_Comm_size(grid->comm, &size));
  b->row     = grid->npoints / grid->extent[0];
  b->rows    = DscNoiseBlockRows(b->row);
  b->nblocks = (grid->extent[0] + b->rows - 1) / b->rows;
  b->first   = (PetscInt)((PetscInt64)b->nblocks * rank / size);
  b->end     = (PetscInt)((PetscInt64)b->nblocks * (rank + 1) / size);
  b->longest = (b->nblocks + size - 1) / size;
  b->at_once = (PetscInt)PetscMax(1, PetscMin(b->longest, DSC_GRID_PIECE / (b->rows * b->row)));
  PetscFunctionReturn(0);
}

/* This rank's blocks into their places among spreads [nblocks]; values: room for those read at once. The same number of
   calls on every rank. */
static PetscErrorCode read_spreads(DscGrid grid, PetscInt field, const Blocks *b, double values[], DscSpread spreads[])
{
  DscGridView box = {.count = {0}};

  PetscFunctionBeginUser;
  for (PetscInt c = 0; c < grid->header->ncoordinates; c++) {
    box.stride[c] = 1;
    box.count[c]  = grid->extent[c];
  }
  for (PetscInt k = b->first; k < b->first + b->longest; k += b->at_once) {
    const PetscInt end = PetscMin(b->end, k + b->at_once);

    box.start[0] = k < end ? k * b->rows : 0;
    box.count[0] = k < end ? PetscMin((end - k) * b->rows, grid->extent[0] - box.start[0]) : 0;
    PetscCall(DscGridFileRead(grid, field, &box, values));
    for (PetscInt i = k; i < end; i++) {
      const PetscInt rows = PetscMin(b->rows, grid->extent[0] - i * b->rows);

      DscSpreadOf(rows * b->row, values + (i - k) * b->rows * b->row, &spreads[i]);
    }
  }
  PetscFunctionReturn(0);
}

/* Standard deviation of the clean field over the whole grid: blocks of rows, dealt to the ranks, summed in order. */
static PetscErrorCode sum_spread(DscGrid grid, PetscInt field)
{
  DscSpread      sum = {0}, *spreads;
  double        *values;
  Blocks         blocks = {0};
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(deal_blocks(grid, &blocks));
  PetscCall(PetscMalloc1((size_t)(blocks.at_once * blocks.rows * blocks.row), &values));
  PetscCall(PetscCalloc1(blocks.nblocks, &spreads));
  ierr = read_spreads(grid, field, &blocks, values, spreads); /* the same on all ranks */
  if (!ierr) {
    /* each is other than zero on one rank only */
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, spreads, 3 * blocks.nblocks, MPI_DOUBLE, MPI_SUM, grid->comm));
    for (PetscInt b = 0; b < blocks.nblocks; b++) DscSpreadAdd(&sum, &spreads[b]);
    grid->std[field] = DscSpreadStd(&sum);
  }
  PetscCall(PetscFree(spreads));
  PetscCall(PetscFree(values));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

static PetscErrorCode open_file(DscGrid grid, DscOptions options)
{
  const char *path;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetString(options, "data_file", &path));
  PetscCall(PetscStrncpy(grid->path, path, sizeof(grid->path)));
  PetscCall(DscSyncError(grid->comm, DscGridFileOpen(grid)));
  PetscCall(DscOptionsGetReal(options, "data_noise", &grid->level));
  PetscCall(DscNoiseGetMissingFraction(options, &grid->missing));
  for (PetscInt f = 0; f < grid->header->nfields && grid->level > 0.; f++) PetscCall(sum_spread(grid, f));
  PetscFunctionReturn(0);
}

static PetscErrorCode grid_open(DscGrid grid, DscOptions options)
{
  DscFileGrid    found = {0};
  PetscErrorCode ierr  = 0;
  PetscMPIInt    rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(grid->comm, &rank));
  PetscCall(refuse_whole(options, grid->comm));
  PetscCall(DscDataSkipsMissing(options, &grid->skip));
  PetscCall(DscDataGetSeed(options, &grid->seed));
  if (!rank) ierr = look(grid, options, &found);
  ierr = DscSyncError(grid->comm, ierr);
  if (!ierr) PetscCallMPI(MPI_Bcast(&found, (PetscMPIInt)sizeof(found), MPI_BYTE, 0, grid->comm));
  if (!ierr && found.grid) PetscCall(share(grid, &found));
  for (PetscInt c = 0; c < DSC_MAX_COORDINATES && !rank; c++) PetscCall(PetscFree(found.axes[c]));
  PetscCall(ierr);
  if (!found.grid) PetscCall(DscGridMemoryOpen(grid, options));
  grid->npoints = 1;
  for (PetscInt c = 0; c < grid->header->ncoordinates; c++) grid->npoints *= grid->extent[c];
  if (found.grid) PetscCall(open_file(grid, options));
  PetscFunctionReturn(0);
}

PetscErrorCode DscGridOpen(MPI_Comm comm, DscOptions options, uint64_t seed, DscGrid *grid)
{
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(grid));
  PetscCall(PetscNew(&(*grid)->header));
  (*grid)->comm = comm;
  (*grid)->seed = seed;
  (*grid)->file = (*grid)->transfer = -1;
  for (PetscInt f = 0; f < DSC_MAX_FIELDS; f++) (*grid)->variables[f] = (*grid)->types[f] = -1;
  ierr = grid_open(*grid, options);
  if (ierr) PetscCall(DscGridClose(grid));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

PetscErrorCode DscGridClose(DscGrid *grid)
{
  DscGrid g = *grid;

  PetscFunctionBeginUser;
  if (!g) PetscFunctionReturn(0);
  PetscCall(DscGridFileClose(g));
  PetscCall(DscDataSetDestroy(&g->whole));
  PetscCall(DscDataSetDestroy(&g->header));
  for (PetscInt c = 0; c < DSC_MAX_COORDINATES; c++) PetscCall(PetscFree(g->axes[c]));
  PetscCall(PetscFree(*grid));
  PetscFunctionReturn(0);
}

PetscErrorCode DscGridGetInfo(DscGrid grid, DscGridInfo *info)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(info, sizeof(*info)));
  info->ncoordinates     = grid->header->ncoordinates;
  info->nfields          = grid->header->nfields;
  info->coordinate_names = (const char(*)[DSC_NAME_LENGTH])grid->header->coordinate_names;
  info->field_names      = (const char(*)[DSC_NAME_LENGTH])grid->header->field_names;
  info->npoints          = 1;
  info->bytes            = 8. * (grid->whole ? 2. * info->nfields * (double)grid->npoints : (double)DSC_GRID_PIECE);
  for (PetscInt c = 0; c < info->ncoordinates; c++) {
    info->extent[c]      = grid->view.count[c];
    info->coordinates[c] = grid->axes[c];
    info->npoints *= info->extent[c];
  }
  PetscFunctionReturn(0);
}

/* ---- read ----------------------------------------------------------------------------------------------------- */

/* What the file does not have: noise, and missing values. */
static void add_noise(DscGrid grid, PetscInt field, const DscGridView *box, double values[])
{
  const PetscInt n                       = grid->header->ncoordinates;
  const uint64_t first                   = (uint64_t)field * (uint64_t)grid->npoints;
  const double   amplitude               = grid->level * grid->std[field];
  PetscInt       at[DSC_MAX_COORDINATES] = {0};
  PetscInt64     total                   = 1;

  if (grid->level == 0. && grid->missing == 0.) return;
  for (PetscInt c = 0; c < n; c++) total *= box->count[c];
  for (PetscInt64 k = 0; k < total; k++) {
    uint64_t position = 0;

    for (PetscInt c = 0; c < n; c++) {
      position = position * (uint64_t)grid->extent[c] + (uint64_t)(box->start[c] + box->stride[c] * at[c]);
    }
    if (grid->level > 0.) values[k] = DscNoisy(values[k], amplitude, grid->seed, first + position);
    if (DscIsDropped(grid->missing, grid->seed, first + position)) values[k] = NAN;
    for (PetscInt c = n - 1; c >= 0; c--) {
      if (++at[c] < box->count[c]) break;
      at[c] = 0;
    }
  }
}

static PetscErrorCode read_box(DscGrid grid, PetscInt field, PetscBool clean, const DscGridView *box, double values[])
{
  PetscFunctionBeginUser;
  if (grid->whole) {
    PetscCall(DscGridMemoryRead(grid, field, clean, box, values));
  } else {
    PetscCall(DscGridFileRead(grid, field, box, values));
    if (!clean) add_noise(grid, field, box, values);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscGridRead(DscGrid grid, PetscInt field, const PetscInt first[], const PetscInt count[],
                           double values[])
{
  DscGridView box   = grid->view;
  PetscBool   empty = PETSC_FALSE;

  PetscFunctionBeginUser;
  PetscCheck(field >= 0 && field < grid->header->nfields, grid->comm, PETSC_ERR_ARG_OUTOFRANGE,
             "No field %" PetscInt_FMT, field);
  for (PetscInt c = 0; c < grid->header->ncoordinates; c++) empty = (PetscBool)(empty || count[c] == 0);
  for (PetscInt c = 0; c < grid->header->ncoordinates; c++) {
    PetscCheck(empty || (first[c] >= 0 && count[c] > 0 && first[c] + count[c] <= grid->view.count[c]), PETSC_COMM_SELF,
               PETSC_ERR_ARG_OUTOFRANGE, "Box outside of the grid");
    box.start[c] = empty ? 0 : grid->view.start[c] + grid->view.stride[c] * first[c];
    box.count[c] = empty ? 0 : count[c];
  }
  PetscCall(read_box(grid, field, PETSC_FALSE, &box, values));
  PetscFunctionReturn(0);
}

/* ---- probe ---------------------------------------------------------------------------------------------------- */

/* Every k-th point along each axis, k as small as it can be, but two points at least. */
static PetscErrorCode choose_probe(DscGrid grid, PetscInt max_samples, DscGridView *probe)
{
  const PetscInt n = grid->header->ncoordinates;
  double         points;

  PetscFunctionBeginUser;
  PetscCheck(max_samples >= 1 << n, grid->comm, PETSC_ERR_ARG_OUTOFRANGE, "A probe of %" PetscInt_FMT " samples",
             max_samples);
  *probe = grid->view;
  for (PetscInt k = 1;; k++) {
    points = 1.;
    for (PetscInt c = 0; c < n; c++) {
      const PetscInt stride = PetscMax(1, PetscMin(k, grid->view.count[c] - 1));

      probe->stride[c] = grid->view.stride[c] * stride;
      probe->count[c]  = (grid->view.count[c] + stride - 1) / stride;
      points *= (double)probe->count[c];
    }
    if (points <= (double)max_samples) break;
  }
  PetscFunctionReturn(0);
}

/* Rank 0 reads, the others get it: many ranks that read the same few numbers would only be in each other's way. */
static PetscErrorCode read_probe(DscGrid grid, const DscGridView *view, DscDataSet *probe)
{
  const PetscInt n   = probe->ncoordinates;
  DscGridView    box = *view;
  PetscMPIInt    rank;
  PetscInt       step = probe->nsamples;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(grid->comm, &rank));
  if (rank) PetscCall(PetscArrayzero(box.count, DSC_MAX_COORDINATES));
  for (PetscInt c = 0; c < n; c++) {
    const PetscInt stride = view->stride[c] / grid->view.stride[c];

    step /= view->count[c];
    PetscCall(PetscMalloc1(probe->nsamples, &probe->coordinates[c]));
    for (PetscInt i = 0; i < probe->nsamples; i++) {
      probe->coordinates[c][i] = grid->axes[c][i / step % view->count[c] * stride];
    }
  }
  for (PetscInt f = 0; f < probe->nfields; f++) {
    PetscCall(PetscMalloc1(probe->nsamples, &probe->fields[f]));
    PetscCall(PetscMalloc1(probe->nsamples, &probe->clean[f]));
    PetscCall(read_box(grid, f, PETSC_TRUE, &box, probe->clean[f]));
    PetscCallMPI(MPI_Bcast(probe->clean[f], probe->nsamples, MPI_DOUBLE, 0, grid->comm));
    PetscCall(PetscArraycpy(probe->fields[f], probe->clean[f], probe->nsamples));
    if (grid->whole)
      PetscCall(DscGridMemoryRead(grid, f, PETSC_FALSE, view, probe->fields[f]));
    else
      add_noise(grid, f, view, probe->fields[f]);
    PetscCall(DscDataCheckVaries(probe, "field", probe->field_names[f], probe->clean[f]));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscGridGetProbe(DscGrid grid, PetscInt max_samples, DscDataSet **probe)
{
  const DscDataSet *header = grid->header;
  DscGridView       view;
  DscDataSet       *p;
  PetscErrorCode    ierr;

  PetscFunctionBeginUser;
  PetscCall(choose_probe(grid, max_samples, &view));
  PetscCall(PetscNew(probe));
  p               = *probe;
  *p              = *header;
  p->truth_terms  = NULL;
  p->truth_values = NULL;
  p->nsamples     = 1;
  for (PetscInt c = 0; c < p->ncoordinates; c++) {
    p->grid[c] = view.count[c];
    p->nsamples *= view.count[c];
  }
  p->ntrain = p->nsamples;
  if (p->ntruth) {
    PetscCall(PetscMalloc1(p->ntruth, &p->truth_terms));
    PetscCall(PetscMalloc1((size_t)(p->nfields * p->ntruth), &p->truth_values));
    PetscCall(PetscArraycpy(p->truth_terms, header->truth_terms, p->ntruth));
    PetscCall(PetscArraycpy(p->truth_values, header->truth_values, (size_t)(p->nfields * p->ntruth)));
  }
  ierr = read_probe(grid, &view, p);
  if (ierr) PetscCall(DscDataSetDestroy(probe));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}
