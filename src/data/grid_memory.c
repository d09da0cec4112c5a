/*
  A grid whose source cannot be read in parts (a generator, a text file): a replicated data set serves the boxes.
*/
#include "data/grid.h"

PetscErrorCode DscGridMemoryOpen(DscGrid grid, DscOptions options)
{
  DscDataSet *whole, *header = grid->header;
  PetscInt    step = 1;

  PetscFunctionBeginUser;
  PetscCall(DscDataSetCreate(grid->comm, options, grid->seed, &grid->whole));
  whole = grid->whole;
  DscUserCheck(
      !whole->positions, grid->comm,
      "data: positions of particles (%s) are no values of fields, which numerical derivatives need; their density "
      "is learned with -approximator flow",
      whole->description);
  PetscCall(DscTracksCheckSingle(grid->comm, whole));
  DscUserCheck(
      whole->grid[0], grid->comm,
      "data: scattered points (%s) are no grid, which -data_distribution sharded and numerical derivatives need",
      whole->description);
  *header             = *whole;
  whole->truth_terms  = NULL; /* header's now */
  whole->truth_values = NULL;
  header->nsamples = header->ntrain = 0;
  for (PetscInt f = 0; f < DSC_MAX_FIELDS; f++) header->fields[f] = header->clean[f] = NULL;
  for (PetscInt c = whole->ncoordinates - 1; c >= 0; c--) {
    header->coordinates[c] = NULL;
    grid->extent[c]        = whole->grid[c];
    PetscCall(PetscMalloc1(grid->extent[c], &grid->axes[c]));
    for (PetscInt i = 0; i < grid->extent[c]; i++) grid->axes[c][i] = whole->coordinates[c][i * step];
    step *= grid->extent[c];
    PetscCall(PetscFree(whole->coordinates[c])); /* the axes say the same */
  }
  for (PetscInt c = 0; c < whole->ncoordinates; c++) {
    grid->view.start[c]  = 0;
    grid->view.stride[c] = 1;
    grid->view.count[c]  = grid->extent[c];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscGridMemoryRead(DscGrid grid, PetscInt field, PetscBool clean, const DscGridView *box, double values[])
{
  const double  *from                    = clean ? grid->whole->clean[field] : grid->whole->fields[field];
  const PetscInt n                       = grid->header->ncoordinates;
  PetscInt64     total                   = 1;
  PetscInt       at[DSC_MAX_COORDINATES] = {0};

  PetscFunctionBeginUser;
  for (PetscInt c = 0; c < n; c++) total *= box->count[c];
  for (PetscInt64 k = 0; k < total; k++) {
    PetscInt position = 0;

    for (PetscInt c = 0; c < n; c++) position = position * grid->extent[c] + box->start[c] + box->stride[c] * at[c];
    values[k] = from[position];
    for (PetscInt c = n - 1; c >= 0; c--) {
      if (++at[c] < box->count[c]) break;
      at[c] = 0;
    }
  }
  PetscFunctionReturn(0);
}
