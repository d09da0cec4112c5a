/*
  A grid in an HDF5 file: hyperslabs of it, read collectively with MPI-IO.

  The file may have its dimensions in any order, and coordinates that fall. A piece is read as it lies in the file and
  then put in the order of the grid, so that a rank holds no more than DSC_GRID_PIECE numbers twice. Every rank makes the
  same number of calls; those without a piece select nothing. What goes wrong on one rank is kept until all have made
  their calls.
*/
#include "data/grid.h"

#include <string.h>

/* ---- open ----------------------------------------------------------------------------------------------------- */

static PetscErrorCode open_variable(DscGrid grid, PetscInt f)
{
  const DscFileField *field = &grid->fields[f];
  hid_t               type;
  PetscBool           compound;
  char               *member;

  PetscFunctionBeginUser;
  grid->variables[f] = H5Dopen(grid->file, field->name, H5P_DEFAULT);
  DscUserCheck(grid->variables[f] >= 0, grid->comm, "data_file: %s: '%s' cannot be opened", grid->path, field->name);
  DscCallH5Id(type, H5Dget_type(grid->variables[f]));
  compound = H5Tget_class(type) == H5T_COMPOUND ? PETSC_TRUE : PETSC_FALSE;
  DscUserCheck(!field->part || compound, grid->comm, "%s: '%s': the array is real and has no parts", grid->path,
               field->name);
  DscUserCheck(field->part || !compound, grid->comm,
               "%s: '%s' is complex; read the parts as two fields, -data_u %s.re,%s.im", grid->path, field->name,
               field->name, field->name);
  if (compound) {
    member = H5Tget_member_name(type, field->part == 'i');
    DscCallH5Id(grid->types[f], H5Tcreate(H5T_COMPOUND, sizeof(double)));
    DscCallH5(H5Tinsert(grid->types[f], member, 0, H5T_NATIVE_DOUBLE));
    H5free_memory(member);
  } else {
    DscCallH5Id(grid->types[f], H5Tcopy(H5T_NATIVE_DOUBLE));
  }
  DscCallH5(H5Tclose(type));
  PetscFunctionReturn(0);
}

PetscErrorCode DscGridFileOpen(DscGrid grid)
{
  hid_t access;

  PetscFunctionBeginUser;
  DscCallH5Id(access, H5Pcreate(H5P_FILE_ACCESS));
  DscCallH5(H5Pset_fapl_mpio(access, grid->comm, MPI_INFO_NULL));
  grid->file = H5Fopen(grid->path, H5F_ACC_RDONLY, access);
  DscCallH5(H5Pclose(access));
  DscUserCheck(
      grid->file >= 0, PETSC_COMM_SELF,
      "data_file: %s can be read by rank 0, but not by all ranks together: all nodes need the file system that "
      "it lies on",
      grid->path);
  for (PetscInt f = 0; f < grid->header->nfields; f++) PetscCall(open_variable(grid, f));
  DscCallH5Id(grid->transfer, H5Pcreate(H5P_DATASET_XFER));
  DscCallH5(H5Pset_dxpl_mpio(grid->transfer, H5FD_MPIO_COLLECTIVE));
  PetscCall(PetscMalloc1(DSC_GRID_PIECE, &grid->piece));
  PetscFunctionReturn(0);
}

PetscErrorCode DscGridFileClose(DscGrid grid)
{
  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < DSC_MAX_FIELDS; f++) {
    if (grid->variables[f] >= 0) DscCallH5(H5Dclose(grid->variables[f]));
    if (grid->types[f] >= 0) DscCallH5(H5Tclose(grid->types[f]));
  }
  if (grid->transfer >= 0) DscCallH5(H5Pclose(grid->transfer));
  if (grid->file >= 0) DscCallH5(H5Fclose(grid->file));
  PetscCall(PetscFree(grid->piece));
  PetscFunctionReturn(0);
}

/* ---- pieces of a box ------------------------------------------------------------------------------------------- */

/* A box is cut into pieces of at most size[c] along each axis; there are pieces[c] of them. */
typedef struct {
  PetscInt n, size[DSC_MAX_COORDINATES], pieces[DSC_MAX_COORDINATES];
} Cut;

/* Whole rows of the last axes as far as they fit. n = 0 for an empty box. */
static PetscErrorCode cut_box(DscGrid grid, const DscGridView *box, Cut *cut)
{
  PetscInt   room  = DSC_GRID_PIECE;
  PetscInt64 total = 1;

  PetscFunctionBeginUser;
  for (PetscInt c = grid->header->ncoordinates - 1; c >= 0; c--) {
    cut->size[c]   = PetscMax(1, PetscMin(room, box->count[c]));
    cut->pieces[c] = (box->count[c] + cut->size[c] - 1) / cut->size[c];
    room /= cut->size[c];
    total *= cut->pieces[c];
  }
  PetscCheck(total <= PETSC_MAX_INT, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "Too many pieces");
  cut->n = (PetscInt)total;
  PetscFunctionReturn(0);
}

/* Piece p of the box, relative to it: first and count along each axis. */
static void get_piece(PetscInt ncoordinates, const Cut *cut, const DscGridView *box, PetscInt p, PetscInt first[],
                      PetscInt count[])
{
  for (PetscInt c = ncoordinates - 1; c >= 0; c--) {
    first[c] = p % cut->pieces[c] * cut->size[c];
    count[c] = PetscMin(cut->size[c], box->count[c] - first[c]);
    p /= cut->pieces[c];
  }
}

/* Into grid->piece, in the file's order; count NULL: nothing. *failed is set where HDF5 cannot. */
static PetscErrorCode read_piece(DscGrid grid, PetscInt f, const DscGridView *box, const PetscInt first[],
                                 const PetscInt count[], PetscBool *failed)
{
  const DscFileField *field                           = &grid->fields[f];
  hsize_t             start[DSC_ARRAY_MAX_DIMENSIONS] = {0}, n[DSC_ARRAY_MAX_DIMENSIONS], total = 1;
  hsize_t             stride[DSC_ARRAY_MAX_DIMENSIONS];
  hid_t               space, memory;

  PetscFunctionBeginUser;
  for (PetscInt d = 0; d < field->ndimensions; d++) {
    const PetscInt c = field->axis[d];

    stride[d] = n[d] = 1;
    if (c < 0 || !count) continue;
    const PetscInt from = box->start[c] + box->stride[c] * first[c], to = from + box->stride[c] * (count[c] - 1);

    start[d]  = (hsize_t)(grid->descends[c] ? grid->extent[c] - 1 - to : from);
    stride[d] = (hsize_t)box->stride[c];
    n[d]      = (hsize_t)count[c];
    total *= n[d];
  }
  DscCallH5Id(space, H5Dget_space(grid->variables[f]));
  DscCallH5Id(memory, H5Screate_simple(1, &total, NULL));
  if (count) {
    DscCallH5(H5Sselect_hyperslab(space, H5S_SELECT_SET, start, stride, n, NULL));
  } else {
    DscCallH5(H5Sselect_none(space));
    DscCallH5(H5Sselect_none(memory));
  }
  if (H5Dread(grid->variables[f], grid->types[f], memory, space, grid->transfer, grid->piece) < 0) *failed = PETSC_TRUE;
  DscCallH5(H5Sclose(memory));
  DscCallH5(H5Sclose(space));
  PetscFunctionReturn(0);
}

/* A number that is none. */
typedef struct {
  PetscBool found;
  double    value;
  PetscInt  at[DSC_ARRAY_MAX_DIMENSIONS]; /* in the file's order */
} Bad;

/* From grid->piece into its place among the values of the box. */
static void put_piece(DscGrid grid, PetscInt f, const DscGridView *box, const PetscInt first[], const PetscInt count[],
                      double values[], Bad *bad)
{
  const DscFileField *field                     = &grid->fields[f];
  PetscInt64          step[DSC_MAX_COORDINATES] = {0}, base = 0, total = 1;
  PetscInt64          move[DSC_ARRAY_MAX_DIMENSIONS] = {0};
  PetscInt            length[DSC_ARRAY_MAX_DIMENSIONS], at[DSC_ARRAY_MAX_DIMENSIONS] = {0};

  step[grid->header->ncoordinates - 1] = 1;
  for (PetscInt c = grid->header->ncoordinates - 1; c > 0; c--) step[c - 1] = step[c] * box->count[c];
  for (PetscInt d = 0; d < field->ndimensions; d++) {
    const PetscInt c = field->axis[d];

    length[d] = c < 0 ? 1 : count[c];
    total *= length[d];
    if (c < 0) continue;
    base += step[c] * (grid->descends[c] ? first[c] + count[c] - 1 : first[c]);
    move[d] = grid->descends[c] ? -step[c] : step[c];
  }
  for (PetscInt64 k = 0; k < total; k++) {
    values[base] = grid->piece[k];
    if (!bad->found && (grid->skip ? isinf(grid->piece[k]) : !isfinite(grid->piece[k]))) {
      bad->found = PETSC_TRUE;
      bad->value = grid->piece[k];
      for (PetscInt d = 0; d < field->ndimensions; d++) {
        const PetscInt c = field->axis[d];
        PetscInt       i = 0;

        if (c >= 0)
          i = box->start[c] + box->stride[c] * (first[c] + (grid->descends[c] ? count[c] - 1 - at[d] : at[d]));
        bad->at[d] = c >= 0 && grid->descends[c] ? grid->extent[c] - 1 - i : i;
      }
    }
    for (PetscInt d = field->ndimensions - 1; d >= 0; d--) {
      base += move[d];
      if (++at[d] < length[d]) break;
      base -= move[d] * length[d];
      at[d] = 0;
    }
  }
}

/* What one rank has seen, known to all. */
static PetscErrorCode check(DscGrid grid, PetscInt f, PetscBool failed, const Bad *bad)
{
  const DscFileField *field      = &grid->fields[f];
  char                place[128] = "";

  PetscFunctionBeginUser;
  DscUserCheck(!failed, PETSC_COMM_SELF,
               "data_file: %s: '%s' cannot be read: a damaged file, or a filter this HDF5 lacks", grid->path,
               field->name);
  for (PetscInt i = 0; i < field->ndimensions && bad->found; i++) {
    const PetscInt d    = field->reversed ? field->ndimensions - 1 - i : i;
    const size_t   used = strlen(place);

    snprintf(place + used, sizeof(place) - used, "%s%" PetscInt_FMT, i ? ", " : "", bad->at[d]);
  }
  DscUserCheck(!bad->found, PETSC_COMM_SELF, "%s: '%s' is %s at [%s], counting from 0: not finite%s", grid->path,
               field->name, isnan(bad->value) ? "NaN" : "infinite", place,
               isnan(bad->value) ? "; missing values are left out with -data_missing skip and a network as approximator"
                                 : "");
  PetscFunctionReturn(0);
}

PetscErrorCode DscGridFileRead(DscGrid grid, PetscInt f, const DscGridView *box, double values[])
{
  PetscInt  calls, first[DSC_MAX_COORDINATES], count[DSC_MAX_COORDINATES];
  PetscBool failed = PETSC_FALSE;
  Bad       bad    = {0};
  Cut       cut;

  PetscFunctionBeginUser;
  PetscCall(cut_box(grid, box, &cut));
  PetscCallMPI(MPI_Allreduce(&cut.n, &calls, 1, MPIU_INT, MPI_MAX, grid->comm));
  for (PetscInt p = 0; p < calls; p++) {
    if (p < cut.n) get_piece(grid->header->ncoordinates, &cut, box, p, first, count);
    PetscCall(read_piece(grid, f, box, first, p < cut.n ? count : NULL, &failed));
    if (p < cut.n && !failed) put_piece(grid, f, box, first, count, values, &bad);
  }
  PetscCall(DscSyncError(grid->comm, check(grid, f, failed, &bad)));
  PetscFunctionReturn(0);
}
