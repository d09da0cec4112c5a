/*
  Shapes: which dimension of a field belongs to which coordinate; points in the order of a data set.

  Fields on a grid have as many dimensions as there are coordinates, in any order, and the coordinates are vectors.
  Otherwise points are scattered: coordinates and fields are vectors of equal length, or arrays of equal shape (a mesh).
*/
#include "data/layout.h"

#include "data/dataset.h"

#include <string.h>

void DscLayoutSqueeze(DscArray *array)
{
  PetscInt n = 0;

  for (PetscInt d = 0; d < array->ndimensions; d++) {
    if (array->dimensions[d] == 1) continue;
    array->dimensions[n] = array->dimensions[d];
    array->strides[n]    = array->strides[d];
    if (n < d) memcpy(array->axes[n], array->axes[d], DSC_NAME_LENGTH);
    n++;
  }
  array->ndimensions = n;
}

/* 't 101, x 256' */
static const char *lengths_text(const DscLayout *layout)
{
  static char text[256];
  size_t      used = 0;

  for (PetscInt c = 0; c < layout->ncoordinates; c++) {
    const DscArray *array = &layout->coordinates[c];

    used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s %s", c ? ", " : "", layout->letters[c],
                             DscShapeText(array->ndimensions, array->dimensions));
    if (used >= sizeof(text)) break;
  }
  return text;
}

static PetscBool same_shape(const DscArray *a, const DscArray *b)
{
  if (a->ndimensions != b->ndimensions) return PETSC_FALSE;
  for (PetscInt d = 0; d < a->ndimensions; d++) {
    if (a->dimensions[d] != b->dimensions[d]) return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

/* out[k]: value k in the order of a grid whose axis c is dimension order[c] of array, backwards where reversed[c]. */
static void gather(const DscArray *array, const PetscInt order[], const PetscBool reversed[], double out[])
{
  for (PetscInt k = 0; k < array->n; k++) {
    PetscInt rest = k, offset = 0;

    for (PetscInt c = array->ndimensions - 1; c >= 0; c--) {
      const PetscInt extent = array->dimensions[order[c]], i = rest % extent;

      offset += array->strides[order[c]] * (reversed[c] ? extent - 1 - i : i);
      rest /= extent;
    }
    out[k] = array->values[offset];
  }
}

static void gather_as_is(const DscArray *array, double out[])
{
  static const PetscInt  order[DSC_ARRAY_MAX_DIMENSIONS] = {0, 1, 2, 3, 4, 5, 6, 7};
  static const PetscBool forward[DSC_ARRAY_MAX_DIMENSIONS];

  gather(array, order, forward, out);
}

PetscBool DscLayoutDescends(const DscArray *axis)
{
  return axis->values[axis->n - 1] < axis->values[0] ? PETSC_TRUE : PETSC_FALSE;
}

/* The first entry that does not follow its predecessor in the direction from the first to the last; 0 if all do. */
static PetscInt find_turn(const DscArray *axis)
{
  const double direction = DscLayoutDescends(axis) ? -1. : 1.;

  for (PetscInt i = 1; i < axis->n; i++) {
    if (direction * (axis->values[i] - axis->values[i - 1]) <= 0.) return i;
  }
  return 0;
}

PetscErrorCode DscLayoutCheckAxes(const DscLayout *layout, double *n)
{
  PetscFunctionBeginUser;
  *n = 1.;
  for (PetscInt c = 0; c < layout->ncoordinates; c++) {
    const DscArray *axis = &layout->coordinates[c];
    PetscInt        turn;

    DscUserCheck(axis->n > 1, PETSC_COMM_SELF, "data_%s: %s: '%s' has one value only; a grid needs two or more",
                 layout->letters[c], layout->path, axis->name);
    turn = find_turn(axis);
    DscUserCheck(!turn, PETSC_COMM_SELF,
                 "data_%s: %s: '%s' neither increases nor decreases throughout: entry %" PetscInt_FMT
                 " is %.10g after %.10g (counting from 0)",
                 layout->letters[c], layout->path, axis->name, turn, axis->values[turn], axis->values[turn - 1]);
    *n *= (double)axis->n;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode set_grid_coordinates(const DscLayout *layout, DscDataSet *data)
{
  PetscInt repeat = 1;
  double   n;

  PetscFunctionBeginUser;
  PetscCall(DscLayoutCheckAxes(layout, &n));
  for (PetscInt c = 0; c < layout->ncoordinates; c++) data->grid[c] = layout->coordinates[c].n;
  DscUserCheck(n <= (double)PETSC_MAX_INT, PETSC_COMM_SELF,
               "data_file: %s: a grid of %g points is more than this build can count", layout->path, n);
  data->nsamples = (PetscInt)n;
  for (PetscInt c = layout->ncoordinates - 1; c >= 0; c--) {
    const DscArray *axis = &layout->coordinates[c];

    PetscCall(PetscMalloc1(data->nsamples, &data->coordinates[c]));
    for (PetscInt k = 0; k < data->nsamples; k++) {
      const PetscInt i = k / repeat % axis->n;

      data->coordinates[c][k] = axis->values[DscLayoutDescends(axis) ? axis->n - 1 - i : i];
    }
    repeat *= axis->n;
  }
  PetscFunctionReturn(0);
}

void DscLayoutFindGrid(DscLayout *layout, const DscArray *field)
{
  layout->grid = layout->ncoordinates == 1 || field->ndimensions > 1 ? PETSC_TRUE : PETSC_FALSE;
  for (PetscInt c = 0; c < layout->ncoordinates; c++) {
    if (layout->coordinates[c].ndimensions > 1) layout->grid = PETSC_FALSE;
  }
  /* times of several series, one after the other, are points like any others */
  if (layout->ncoordinates == 1 && (field->n < 2 || find_turn(&layout->coordinates[0]))) layout->grid = PETSC_FALSE;
}

PetscErrorCode DscLayoutSetUp(DscLayout *layout, const DscArray *field, DscDataSet *data)
{
  PetscFunctionBeginUser;
  DscLayoutFindGrid(layout, field);
  if (layout->grid) {
    PetscCall(set_grid_coordinates(layout, data));
    PetscFunctionReturn(0);
  }
  data->nsamples = field->n;
  for (PetscInt c = 0; c < layout->ncoordinates; c++) {
    DscUserCheck(same_shape(&layout->coordinates[c], field), PETSC_COMM_SELF,
                 "data_file: %s: '%s' is %s, which is neither a grid of the coordinates nor as long as each (%s)",
                 layout->path, field->name, DscShapeText(field->ndimensions, field->dimensions), lengths_text(layout));
    PetscCall(PetscMalloc1(field->n, &data->coordinates[c]));
    gather_as_is(&layout->coordinates[c], data->coordinates[c]);
  }
  PetscFunctionReturn(0);
}

/* The dimension of each coordinate's length; distinct tells whether that is the only way. */
static PetscBool match_lengths(const DscLayout *layout, const DscArray *field, PetscInt order[], PetscBool *distinct)
{
  PetscBool taken[DSC_ARRAY_MAX_DIMENSIONS] = {PETSC_FALSE};

  *distinct = PETSC_TRUE;
  for (PetscInt c = 0; c < layout->ncoordinates; c++) {
    order[c] = -1;
    for (PetscInt d = 0; d < field->ndimensions && order[c] < 0; d++) {
      if (!taken[d] && field->dimensions[d] == layout->coordinates[c].n) order[c] = d;
    }
    if (order[c] < 0) return PETSC_FALSE;
    taken[order[c]] = PETSC_TRUE;
    for (PetscInt other = 0; other < c; other++) {
      if (layout->coordinates[other].n == layout->coordinates[c].n) *distinct = PETSC_FALSE;
    }
  }
  return PETSC_TRUE;
}

/* Where the file names the dimensions of the field as it names the coordinates. */
static PetscBool match_names(const DscLayout *layout, const DscArray *field, PetscInt order[])
{
  for (PetscInt c = 0; c < layout->ncoordinates; c++) {
    order[c] = -1;
    for (PetscInt d = 0; d < field->ndimensions; d++) {
      if (!strcmp(field->axes[d], layout->coordinates[c].name)) order[c] = d;
    }
    if (order[c] < 0 || field->dimensions[order[c]] != layout->coordinates[c].n) return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

PetscErrorCode DscLayoutFindOrder(const DscLayout *layout, const DscArray *field, PetscInt order[])
{
  const char *shape = DscShapeText(field->ndimensions, field->dimensions);
  PetscBool   fits, distinct;

  PetscFunctionBeginUser;
  DscUserCheck(field->ndimensions == layout->ncoordinates, PETSC_COMM_SELF,
               "data_file: %s: '%s' is %s, not of one dimension for each coordinate (%s)", layout->path, field->name,
               shape, lengths_text(layout));
  if (layout->naxes) {
    for (PetscInt d = 0; d < layout->naxes; d++) order[layout->axes[d]] = d;
    for (PetscInt c = 0; c < layout->ncoordinates; c++) {
      DscUserCheck(field->dimensions[order[c]] == layout->coordinates[c].n, PETSC_COMM_SELF,
                   "data_axes: %s: '%s' is %s, which does not fit these axes and coordinates (%s)", layout->path,
                   field->name, shape, lengths_text(layout));
    }
    PetscFunctionReturn(0);
  }
  if (match_names(layout, field, order)) PetscFunctionReturn(0);
  fits = match_lengths(layout, field, order, &distinct);
  DscUserCheck(fits, PETSC_COMM_SELF, "data_file: %s: '%s' is %s, which does not match the coordinates (%s)",
               layout->path, field->name, shape, lengths_text(layout));
  DscUserCheck(distinct, PETSC_COMM_SELF,
               "data_file: %s: '%s' is %s: say which dimension is which with -data_axes, as in 'x,t'", layout->path,
               field->name, shape);
  PetscFunctionReturn(0);
}

PetscErrorCode DscLayoutGather(const DscLayout *layout, const DscArray *field, const DscDataSet *data, double values[])
{
  PetscInt  order[DSC_MAX_COORDINATES];
  PetscBool reversed[DSC_MAX_COORDINATES];

  PetscFunctionBeginUser;
  if (layout->grid) {
    PetscCall(DscLayoutFindOrder(layout, field, order));
    for (PetscInt c = 0; c < layout->ncoordinates; c++) reversed[c] = DscLayoutDescends(&layout->coordinates[c]);
    gather(field, order, reversed, values);
  } else {
    DscUserCheck(same_shape(&layout->coordinates[0], field), PETSC_COMM_SELF,
                 "data_file: %s: '%s' is %s, but the coordinates are %s", layout->path, field->name,
                 DscShapeText(field->ndimensions, field->dimensions), lengths_text(layout));
    gather_as_is(field, values);
  }
  PetscCheck(field->n == data->nsamples, PETSC_COMM_SELF, PETSC_ERR_PLIB, "%s: sizes differ", field->name);
  PetscFunctionReturn(0);
}

static PetscErrorCode permute(PetscInt n, const PetscInt position[], double values[], double work[])
{
  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < n; i++) work[position[i]] = values[i];
  PetscCall(PetscArraycpy(values, work, n));
  PetscFunctionReturn(0);
}

PetscErrorCode DscLayoutRecogniseGrid(DscDataSet *data)
{
  const PetscInt n                            = data->nsamples;
  PetscInt       extents[DSC_MAX_COORDINATES] = {0}, *position;
  double        *work, points = 1.;
  PetscBool     *taken, grid;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, &work));
  PetscCall(PetscCalloc2(n, &position, n, &taken));
  for (PetscInt c = 0; c < data->ncoordinates; c++) {
    PetscCall(DscSortDifferent(n, data->coordinates[c], &extents[c], work));
    points *= (double)extents[c];
    for (PetscInt i = 0; i < n && points <= (double)n; i++) {
      position[i] = position[i] * extents[c] + DscFindSorted(extents[c], work, data->coordinates[c][i]);
    }
  }
  grid = points == (double)n ? PETSC_TRUE : PETSC_FALSE;
  for (PetscInt c = 0; c < data->ncoordinates; c++) {
    if (extents[c] < 2) grid = PETSC_FALSE;
  }
  for (PetscInt i = 0; i < n && grid; i++) {
    if (taken[position[i]]) grid = PETSC_FALSE;
    taken[position[i]] = PETSC_TRUE;
  }
  if (grid) {
    for (PetscInt c = 0; c < data->ncoordinates; c++) PetscCall(permute(n, position, data->coordinates[c], work));
    for (PetscInt f = 0; f < data->nfields; f++) PetscCall(permute(n, position, data->clean[f], work));
    PetscCall(PetscArraycpy(data->grid, extents, DSC_MAX_COORDINATES));
  }
  PetscCall(PetscFree2(position, taken));
  PetscCall(PetscFree(work));
  PetscFunctionReturn(0);
}
