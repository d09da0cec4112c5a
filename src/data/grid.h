/*
  Private to data: grids that no rank holds whole. grid.c serves the public calls and adds the noise; where the clean
  numbers come from is grid_file.c's or grid_memory.c's business.
*/
#ifndef DSC_DATA_GRID_H
#define DSC_DATA_GRID_H

#include "data/dataset.h"
#include "data/reader.h"

/* Numbers that a rank reads, or has in its hands, at a time. */
#define DSC_GRID_PIECE (1 << 21)

/* A field of a grid as it lies in its file: dimensions in the file's own order. */
typedef struct {
  char      name[DSC_ARRAY_NAME_LENGTH]; /* of the variable, without a part */
  char      part;                        /* 'r' or 'i' of complex numbers, 0 of real ones */
  PetscBool reversed;                    /* the user counts the dimensions from the other end */
  PetscInt  ndimensions;
  PetscInt  axis[DSC_ARRAY_MAX_DIMENSIONS]; /* the coordinate along each dimension; -1: its length is 1 */
} DscFileField;

/* What the header of a file says about a grid. */
typedef struct {
  PetscBool    grid;                          /* PETSC_FALSE: no grid, or no HDF5; nothing else is set */
  PetscInt     extent[DSC_MAX_COORDINATES];   /* of the whole grid */
  double      *axes[DSC_MAX_COORDINATES];     /* (owned) [extent[c]], rising */
  PetscBool    descends[DSC_MAX_COORDINATES]; /* the file has them the other way round */
  DscFileField fields[DSC_MAX_FIELDS];
} DscFileGrid;

/* Names, truth and description into data, zeroed on entry; places of the fields into found, likewise. No field is read.
   Not collective: rank 0 alone. Also after an error both are to be destroyed. */
PETSC_INTERN PetscErrorCode DscDataSetImportGrid(DscOptions options, DscDataSet *data, DscFileGrid *found);

/* Positions start, start + stride, ..., count of them along each coordinate of the whole grid. */
typedef struct {
  PetscInt start[DSC_MAX_COORDINATES], stride[DSC_MAX_COORDINATES], count[DSC_MAX_COORDINATES];
} DscGridView;

struct _p_DscGrid {
  MPI_Comm    comm;                        /* (not owned) */
  DscDataSet *header;                      /* (owned) names, truth, description; no samples */
  PetscInt    extent[DSC_MAX_COORDINATES]; /* of the whole grid */
  PetscInt64  npoints;                     /* of the whole grid */
  DscGridView view;                        /* what windows and strides leave */
  double     *axes[DSC_MAX_COORDINATES];   /* (owned) [view.count[c]] values */
  uint64_t    seed;
  double      level, std[DSC_MAX_FIELDS]; /* of the noise; 0 where the numbers have it already */
  double      missing;                    /* fraction of the values to be dropped; 0 likewise */
  PetscBool   skip;                       /* NaN in a file is a missing value */
  /* in memory */
  DscDataSet *whole; /* (owned) NULL for a file */
  /* in a file */
  char         path[PETSC_MAX_PATH_LEN];
  hid_t        file, transfer;            /* (owned) -1 in memory */
  hid_t        variables[DSC_MAX_FIELDS]; /* (owned) */
  hid_t        types[DSC_MAX_FIELDS];     /* (owned) of the numbers in memory */
  PetscBool    descends[DSC_MAX_COORDINATES];
  DscFileField fields[DSC_MAX_FIELDS];
  double      *piece; /* (owned) [DSC_GRID_PIECE] as the file has them */
};

/* Clean numbers of a field, [count[0]][count[1]]..., at the positions of view; count[c] = 0 for all c: nothing.
   Collective. */
PETSC_INTERN PetscErrorCode DscGridFileOpen(DscGrid grid);
PETSC_INTERN PetscErrorCode DscGridFileClose(DscGrid grid);
PETSC_INTERN PetscErrorCode DscGridFileRead(DscGrid grid, PetscInt field, const DscGridView *view, double values[]);
/* The same of a set in memory; clean: without its noise. Not collective. */
PETSC_INTERN PetscErrorCode DscGridMemoryOpen(DscGrid grid, DscOptions options);
PETSC_INTERN PetscErrorCode DscGridMemoryRead(DscGrid grid, PetscInt field, PetscBool clean, const DscGridView *view,
                                              double values[]);

#endif
