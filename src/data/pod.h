/*
  Private to data: rows of a matrix between the slabs in which ranks read them and ScaLAPACK's block-cyclic layout.

  The process grid is ranks x 1: every rank holds whole columns of its own rows. A slab is consecutive rows, those of rank
  r before those of rank r + 1; block b of `block` rows belongs to rank b mod ranks. Either way the rows of one pair of
  ranks keep their order, so that a message is a few copies.
*/
#ifndef DSC_DATA_POD_H
#define DSC_DATA_POD_H

#include <discern/data.h>

typedef struct {
  MPI_Comm    comm; /* (not owned) */
  PetscMPIInt rank, size;
  PetscInt    nrows, block;
  PetscInt   *first;       /* (owned) [size + 1] first row of each rank's slab */
  PetscInt    nslab, nown; /* rows of this rank in either layout */
  PetscInt    capacity;    /* columns that the buffers hold */
  double     *send, *receive;
  int        *counts[4]; /* (owned) [size] each: sent, received, and where they begin */
} DscRows;

/* nslab: rows of this rank's slab; capacity: columns of one exchange at most. Collective, as the exchanges. */
PETSC_INTERN PetscErrorCode DscRowsCreate(MPI_Comm comm, PetscInt nslab, PetscInt block, PetscInt capacity,
                                          DscRows *rows);
PETSC_INTERN PetscErrorCode DscRowsDestroy(DscRows *rows);
/* ncolumns columns of the slab [column][nslab] <-> those of this rank's rows, [column][leading] with leading >= nown. */
PETSC_INTERN PetscErrorCode DscRowsToCyclic(DscRows *rows, PetscInt ncolumns, const double slab[], PetscInt leading,
                                            double cyclic[]);
PETSC_INTERN PetscErrorCode DscRowsToSlab(DscRows *rows, PetscInt ncolumns, PetscInt leading, const double cyclic[],
                                          double slab[]);
/* The row of the whole matrix that is row `local` of this rank's own. */
static inline PetscInt DscRowsGlobal(const DscRows *rows, PetscInt local)
{
  return (local / rows->block * rows->size + rows->rank) * rows->block + local % rows->block;
}
/* Rows before `row` that belong to a rank. */
static inline PetscInt DscRowsBefore(const DscRows *rows, PetscMPIInt rank, PetscInt row)
{
  const PetscInt cycle = rows->block * rows->size, rest = row % cycle - rank * rows->block;

  return row / cycle * rows->block + PetscMax(0, PetscMin(rest, rows->block));
}

#endif
