/*
  Private to data: what generators of systems of ordinary differential equations share. One or many trajectories from
  starts drawn around a given one, and a solver that is as exact as double precision.
*/
#ifndef DSC_DATA_TRAJECTORIES_H
#define DSC_DATA_TRAJECTORIES_H

#include "data/generator.h"

#define DSC_MAX_STATE (2 * DSC_MAX_FIELDS) /* positions and velocities */

/* The rows of the keys NAME_trajectories, NAME_t_min, NAME_t_max and NAME_t_points. */
#define DSC_TRAJECTORY_ROWS(name, t_max, t_points)                                                                     \
  {name "_trajectories", DSC_INT, "1", 1, 1e6, NULL, "trajectories, each from a start of its own"},                    \
      {name "_t_min", DSC_REAL, "0", 0., 1e4, NULL, "first time that is kept; the solution starts at t = 0"},          \
      {name "_t_max", DSC_REAL, t_max, 0., 1e4, NULL, "last time"},                                                    \
  {                                                                                                                    \
    name "_t_points", DSC_INT, t_points, 2, 1e9, NULL, "number of times, equally spaced"                               \
  }
/* The row of NAME_start and that of NAME_spread. */
#define DSC_START_ROWS(name, start, what, spread)                                                                      \
  {name "_start", DSC_REALS, start, -1e6, 1e6, NULL, what " at t = 0, of the first trajectory"},                       \
  {                                                                                                                    \
    name "_spread", DSC_REAL, spread, 0., 1e6, NULL,                                                                   \
        "the others start anywhere up to so far from there, in each component"                                         \
  }

/* f = du/dt; context: the equation's parameters. */
typedef void (*DscRightHandSide)(const void *context, const double u[], double f[]);

typedef struct DscTrajectories DscTrajectories;
struct DscTrajectories {
  const char        *name;        /* of the generator and its keys */
  PetscInt           nstate;      /* components of the solution; the first nfields of them are the fields */
  PetscInt           nfields;     /* 1 to DSC_MAX_FIELDS */
  const char *const *field_names; /* [nfields] */
  const char        *state_names; /* 'x, y and z', for errors */
  const double      *draw;        /* NULL: starts as NAME_start and NAME_spread say; else [nstate], each drawn from
                                     [-draw, draw], the first trajectory's too */
  DscRightHandSide   rhs;
  const void        *context;
  /* states[ntimes][nstate] at rising times from the start at t = 0; *reached < ntimes where the solution cannot be
     followed beyond times[*reached - 1]. NULL: DscTrajectorySolve(). */
  PetscErrorCode (*solve)(const DscTrajectories *what, const double start[], PetscInt ntimes, const double times[],
                          double states[], PetscInt *reached);
};

/* Runge-Kutta of order 8 by J. Verner (PETSc TS, 8vr), with a local error of 1e-15. The user's PETSc options have no
   effect. Not collective. */
PETSC_INTERN PetscErrorCode DscTrajectorySolve(const DscTrajectories *what, const double start[], PetscInt ntimes,
                                               const double times[], double states[], PetscInt *reached);
/* Fills data, zeroed on entry, all but truth and description: a series that is a grid, or several trajectories. The start
   of trajectory k depends on (seed, k) only. Not collective. */
PETSC_INTERN PetscErrorCode DscTrajectoriesGenerate(const DscTrajectories *what, DscOptions options, uint64_t seed,
                                                    DscDataSet *data);
/* Appends ', N trajectories' where there are several. */
PETSC_INTERN void DscTrajectoriesDescribe(DscDataSet *data);

#endif
