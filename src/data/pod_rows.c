#include "data/pod.h"

enum { SLAB_COUNT, SLAB_PLACE, OWN_COUNT, OWN_PLACE };

PetscErrorCode DscRowsCreate(MPI_Comm comm, PetscInt nslab, PetscInt block, PetscInt capacity, DscRows *rows)
{
  PetscInt end = 0;

  PetscFunctionBeginUser;
  *rows = (DscRows){.comm = comm, .block = block, .nslab = nslab, .capacity = capacity};
  PetscCallMPI(MPI_Comm_rank(comm, &rows->rank));
  PetscCallMPI(MPI_Comm_size(comm, &rows->size));
  PetscCall(PetscMalloc5(rows->size + 1, &rows->first, rows->size, &rows->counts[0], rows->size, &rows->counts[1],
                         rows->size, &rows->counts[2], rows->size, &rows->counts[3]));
  PetscCallMPI(MPI_Scan(&nslab, &end, 1, MPIU_INT, MPI_SUM, comm));
  rows->first[0] = 0;
  PetscCallMPI(MPI_Allgather(&end, 1, MPIU_INT, rows->first + 1, 1, MPIU_INT, comm));
  rows->nrows = rows->first[rows->size];
  rows->nown  = DscRowsBefore(rows, rows->rank, rows->nrows);
  PetscCall(PetscMalloc2((size_t)(nslab * capacity), &rows->send, (size_t)(rows->nown * capacity), &rows->receive));
  PetscFunctionReturn(0);
}

PetscErrorCode DscRowsDestroy(DscRows *rows)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree2(rows->send, rows->receive));
  PetscCall(PetscFree5(rows->first, rows->counts[0], rows->counts[1], rows->counts[2], rows->counts[3]));
  PetscFunctionReturn(0);
}

/* Numbers that this rank and each other exchange, and where they begin in the buffers. */
static PetscErrorCode set_counts(DscRows *rows, PetscInt ncolumns)
{
  const PetscInt first = rows->first[rows->rank], end = rows->first[rows->rank + 1];
  int            slab = 0, own = 0;

  PetscFunctionBeginUser;
  PetscCheck(ncolumns <= rows->capacity, rows->comm, PETSC_ERR_ARG_OUTOFRANGE, "%" PetscInt_FMT " columns", ncolumns);
  for (PetscMPIInt r = 0; r < rows->size; r++) {
    rows->counts[SLAB_COUNT][r] = (int)(ncolumns * (DscRowsBefore(rows, r, end) - DscRowsBefore(rows, r, first)));
    rows->counts[OWN_COUNT][r]  = (int)(ncolumns * (DscRowsBefore(rows, rows->rank, rows->first[r + 1]) -
                                                   DscRowsBefore(rows, rows->rank, rows->first[r])));
    rows->counts[SLAB_PLACE][r] = slab;
    rows->counts[OWN_PLACE][r]  = own;
    slab += rows->counts[SLAB_COUNT][r];
    own += rows->counts[OWN_COUNT][r];
  }
  PetscFunctionReturn(0);
}

/* Between a slab and rows->send, which holds for each rank its rows [column][row]. */
static PetscErrorCode copy_slab(DscRows *rows, PetscInt ncolumns, const double from[], double to[])
{
  const PetscInt first = rows->first[rows->rank], end = rows->first[rows->rank + 1];

  PetscFunctionBeginUser;
  for (PetscInt c = 0; c < ncolumns; c++) {
    for (PetscInt row = first, next; row < end; row = next) {
      const PetscMPIInt owner  = (PetscMPIInt)(row / rows->block % rows->size);
      const PetscInt    before = DscRowsBefore(rows, owner, first);
      const PetscInt    n      = rows->counts[SLAB_COUNT][owner] / ncolumns;
      const PetscInt    packed = rows->counts[SLAB_PLACE][owner] + c * n + DscRowsBefore(rows, owner, row) - before;
      const PetscInt    slab   = c * rows->nslab + row - first;

      next = PetscMin((row / rows->block + 1) * rows->block, end);
      if (from)
        PetscCall(PetscArraycpy(rows->send + packed, from + slab, next - row));
      else
        PetscCall(PetscArraycpy(to + slab, rows->send + packed, next - row));
    }
  }
  PetscFunctionReturn(0);
}

/* Between this rank's own rows and rows->receive, which holds for each slab its rows [column][row]. */
static PetscErrorCode copy_own(DscRows *rows, PetscInt ncolumns, PetscInt leading, const double from[], double to[])
{
  PetscFunctionBeginUser;
  for (PetscMPIInt r = 0; r < rows->size; r++) {
    const PetscInt first = DscRowsBefore(rows, rows->rank, rows->first[r]);
    const PetscInt n     = rows->counts[OWN_COUNT][r] / ncolumns;

    for (PetscInt c = 0; c < ncolumns; c++) {
      double *packed = rows->receive + rows->counts[OWN_PLACE][r] + c * n;

      if (from)
        PetscCall(PetscArraycpy(packed, from + (size_t)c * (size_t)leading + first, n));
      else
        PetscCall(PetscArraycpy(to + (size_t)c * (size_t)leading + first, packed, n));
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscRowsToCyclic(DscRows *rows, PetscInt ncolumns, const double slab[], PetscInt leading, double cyclic[])
{
  PetscFunctionBeginUser;
  PetscCall(set_counts(rows, ncolumns));
  PetscCall(copy_slab(rows, ncolumns, slab, NULL));
  PetscCallMPI(MPI_Alltoallv(rows->send, rows->counts[SLAB_COUNT], rows->counts[SLAB_PLACE], MPI_DOUBLE, rows->receive,
                             rows->counts[OWN_COUNT], rows->counts[OWN_PLACE], MPI_DOUBLE, rows->comm));
  PetscCall(copy_own(rows, ncolumns, leading, NULL, cyclic));
  PetscFunctionReturn(0);
}

PetscErrorCode DscRowsToSlab(DscRows *rows, PetscInt ncolumns, PetscInt leading, const double cyclic[], double slab[])
{
  PetscFunctionBeginUser;
  PetscCall(set_counts(rows, ncolumns));
  PetscCall(copy_own(rows, ncolumns, leading, cyclic, NULL));
  PetscCallMPI(MPI_Alltoallv(rows->receive, rows->counts[OWN_COUNT], rows->counts[OWN_PLACE], MPI_DOUBLE, rows->send,
                             rows->counts[SLAB_COUNT], rows->counts[SLAB_PLACE], MPI_DOUBLE, rows->comm));
  PetscCall(copy_slab(rows, ncolumns, NULL, slab));
  PetscFunctionReturn(0);
}
