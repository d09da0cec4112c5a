/*
  A window of consecutive times that moves over a grid in space and time, of which each rank has its own range of the first
  space coordinate, with the neighbours' values beside it (a DMDA's ghost points); or all of space and its own range of
  times.

  Space as the DMDA sees it is one axis, the first space coordinate; what lies behind it, all values of the other
  coordinates, is one point's degrees of freedom. That is the order of the numbers in memory and in the file.
*/
#ifndef DISCERN_METHOD_NUMERICAL_WINDOW_H
#define DISCERN_METHOD_NUMERICAL_WINDOW_H

#include <discern/data.h>

#include <petscdmda.h>

typedef struct {
  DscGrid  grid; /* (not owned) */
  PetscInt nfields, ncoordinates;
  PetscInt extent[DSC_MAX_COORDINATES];
  PetscInt first_time, end_time;     /* this rank's times */
  PetscInt first, count;             /* its range of the first space coordinate */
  PetscInt behind;                   /* points of the grid behind each of its values */
  PetscInt ghost_first, ghost_count; /* the range with the neighbours' part */
  PetscInt block, capacity;          /* times read at a time, and kept */
  PetscInt begin, end;               /* the times in the window: [begin, end), at most capacity of them */
  DM       dm;                       /* (owned) */
  Vec      global, local;            /* (owned) without arrays of their own */
  double  *values;                   /* (owned) [capacity][nfields][ghost_count][behind]: time t in row t % capacity */
  double  *buffer;                   /* (owned) [block][count][behind] as read */
  DscPOD  *pods;                     /* (not owned) [nfields]: where the values come from; NULL: the grid */
} DscWindow;

/* What a rank has of the grid: times, and first, count of the first space coordinate. */
typedef struct {
  PetscInt first_time, end_time, first, count;
} DscWindowRange;

/* comm: the ranks that share space between them; their ranges of it follow each other, each at least `half` long. block:
   times that are read together; keep: times that stay in the window when it moves. The caller sets pods. Collective. */
PETSC_INTERN PetscErrorCode DscWindowCreate(MPI_Comm comm, DscGrid grid, const DscWindowRange *range, PetscInt half,
                                            PetscInt block, PetscInt keep, DscWindow *window);
PETSC_INTERN PetscErrorCode DscWindowDestroy(DscWindow *window);
/* Reads the next times, as many as a block has or as are left, maybe none; the oldest ones go where the window is full.
   Collective over the ranks that have the grid, like the next one. */
PETSC_INTERN PetscErrorCode DscWindowAdvance(DscWindow *window);
/* values[count times][count][behind] of this rank, as they are in the grid: what DscPODCreate() reads. */
PETSC_INTERN PetscErrorCode DscWindowRead(DscGrid grid, PetscInt field, PetscInt first_time, PetscInt ntimes,
                                          PetscInt first, PetscInt count, double values[]);
/* [ghost_count][behind] of a time in the window. */
static inline const double *DscWindowRow(const DscWindow *window, PetscInt time, PetscInt field)
{
  const size_t row = (size_t)window->ghost_count * (size_t)window->behind;

  return window->values + ((size_t)(time % window->capacity) * (size_t)window->nfields + (size_t)field) * row;
}
/* Bytes that a window of so many times takes on a rank with `count` of the first space coordinate. */
static inline double DscWindowBytes(PetscInt nfields, PetscInt behind, PetscInt count, PetscInt half, PetscInt block,
                                    PetscInt keep)
{
  return 8.0 * (double)behind *
         ((double)(block + keep) * (double)nfields * (double)(count + 2 * half) + (double)block * (double)count);
}

#endif
