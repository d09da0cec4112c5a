#include "method/numerical_window.h"

/* The ranges that the ranks have are given to the DMDA, which makes the scatter that brings the neighbours' values. */
static PetscErrorCode create_scatter(MPI_Comm comm, PetscInt half, DscWindow *w)
{
  const PetscInt n = w->ncoordinates > 1 ? w->extent[1] : 1;
  PetscMPIInt    size;
  PetscInt      *counts;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCall(PetscMalloc1(size, &counts));
  PetscCallMPI(MPI_Allgather(&w->count, 1, MPIU_INT, counts, 1, MPIU_INT, comm));
  PetscCall(DMDACreate1d(comm, DM_BOUNDARY_NONE, n, w->behind, half, counts, &w->dm));
  PetscCall(PetscFree(counts));
  PetscCall(DMSetUp(w->dm));
  PetscCall(DMDAGetGhostCorners(w->dm, &w->ghost_first, NULL, NULL, &w->ghost_count, NULL, NULL));
  PetscCall(VecCreateMPIWithArray(comm, w->behind, w->count * w->behind, PETSC_DETERMINE, NULL, &w->global));
  PetscCall(VecCreateSeqWithArray(PETSC_COMM_SELF, w->behind, w->ghost_count * w->behind, NULL, &w->local));
  PetscFunctionReturn(0);
}

PetscErrorCode DscWindowCreate(MPI_Comm comm, DscGrid grid, const DscWindowRange *range, PetscInt half, PetscInt block,
                               PetscInt keep, DscWindow *w)
{
  DscGridInfo info;
  size_t      row;

  PetscFunctionBeginUser;
  PetscCall(DscGridGetInfo(grid, &info));
  *w = (DscWindow){.grid         = grid,
                   .nfields      = info.nfields,
                   .ncoordinates = info.ncoordinates,
                   .first_time   = range->first_time,
                   .end_time     = range->end_time,
                   .begin        = range->first_time,
                   .end          = range->first_time,
                   .first        = range->first,
                   .count        = range->count,
                   .behind       = 1,
                   .block        = block,
                   .capacity     = block + keep};
  PetscCall(PetscArraycpy(w->extent, info.extent, DSC_MAX_COORDINATES));
  for (PetscInt c = 2; c < info.ncoordinates; c++) w->behind *= info.extent[c];
  PetscCall(create_scatter(comm, half, w));
  row = (size_t)w->ghost_count * (size_t)w->behind;
  PetscCall(PetscMalloc2((size_t)w->capacity * (size_t)w->nfields * row, &w->values,
                         (size_t)block * (size_t)w->count * (size_t)w->behind, &w->buffer));
  PetscFunctionReturn(0);
}

PetscErrorCode DscWindowDestroy(DscWindow *window)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree2(window->values, window->buffer));
  PetscCall(VecDestroy(&window->global));
  PetscCall(VecDestroy(&window->local));
  PetscCall(DMDestroy(&window->dm));
  PetscFunctionReturn(0);
}

PetscErrorCode DscWindowRead(DscGrid grid, PetscInt field, PetscInt first_time, PetscInt ntimes, PetscInt first,
                             PetscInt count, double values[])
{
  DscGridInfo info;
  PetscInt    from[DSC_MAX_COORDINATES] = {first_time, first}, n[DSC_MAX_COORDINATES] = {ntimes, count};

  PetscFunctionBeginUser;
  PetscCall(DscGridGetInfo(grid, &info));
  for (PetscInt c = 2; c < info.ncoordinates; c++) n[c] = info.extent[c];
  PetscCall(DscGridRead(grid, field, from, n, values));
  PetscFunctionReturn(0);
}

PetscErrorCode DscWindowAdvance(DscWindow *w)
{
  const PetscInt n = PetscMin(w->block, w->end_time - w->end), row = w->count * w->behind;

  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < w->nfields; f++) {
    if (w->pods)
      PetscCall(DscPODEvaluate(&w->pods[f], w->end, n, w->buffer));
    else
      PetscCall(DscWindowRead(w->grid, f, w->end, n, w->first, w->count, w->buffer));
    for (PetscInt t = 0; t < n; t++) {
      PetscCall(VecPlaceArray(w->global, w->buffer + (size_t)t * (size_t)row));
      PetscCall(VecPlaceArray(w->local, DscWindowRow(w, w->end + t, f)));
      PetscCall(DMGlobalToLocal(w->dm, w->global, INSERT_VALUES, w->local));
      PetscCall(VecResetArray(w->global));
      PetscCall(VecResetArray(w->local));
    }
  }
  w->end += n;
  w->begin = PetscMax(w->first_time, w->end - w->capacity);
  PetscFunctionReturn(0);
}
