/*
  Private to data: from the arrays of a file to points, a grid or scattered.
*/
#ifndef DSC_DATA_LAYOUT_H
#define DSC_DATA_LAYOUT_H

#include "data/reader.h"

typedef struct {
  const char *path;                             /* (not owned) of the file, for errors */
  PetscInt    ncoordinates;                     /* at least 1 */
  const char *letters[DSC_MAX_COORDINATES];     /* (not owned) "t", "x", ... */
  DscArray    coordinates[DSC_MAX_COORDINATES]; /* (owned) without dimensions of length 1 */
  PetscInt    naxes;                            /* 0: the user does not say which dimension is which */
  PetscInt    axes[DSC_ARRAY_MAX_DIMENSIONS];   /* [naxes] the coordinate of each dimension of the fields */
  PetscBool   grid;
} DscLayout;

/* Leaves out the dimensions of length 1. */
PETSC_INTERN void DscLayoutSqueeze(DscArray *array);
/* Sets layout->grid from the shapes of the coordinates and of a field. */
PETSC_INTERN void DscLayoutFindGrid(DscLayout *layout, const DscArray *field);
/* Of a grid: two or more values along each axis, rising or falling throughout. *n: its points, which may be too many to
   count as PetscInt. */
PETSC_INTERN PetscErrorCode DscLayoutCheckAxes(const DscLayout *layout, double *n);
PETSC_INTERN PetscBool      DscLayoutDescends(const DscArray *axis);
/* order[c]: the dimension of a grid's field that belongs to coordinate c. */
PETSC_INTERN PetscErrorCode DscLayoutFindOrder(const DscLayout *layout, const DscArray *field, PetscInt order[]);
/* Sizes, extents and coordinates of data, from those of layout and the shape of the first field. */
PETSC_INTERN PetscErrorCode DscLayoutSetUp(DscLayout *layout, const DscArray *field, DscDataSet *data);
/* values[nsamples]: the field in the order of the points. */
PETSC_INTERN PetscErrorCode DscLayoutGather(const DscLayout *layout, const DscArray *field, const DscDataSet *data,
                                            double values[]);
/* Scattered points that fill a grid, each of its points once, are put in its order and become one. */
PETSC_INTERN PetscErrorCode DscLayoutRecogniseGrid(DscDataSet *data);

#endif
