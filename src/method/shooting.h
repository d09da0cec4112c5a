/*
  Gauss-Newton for the coefficients of an ODE from trajectories, by multiple shooting through the layer of linear ODEs
  (paper 004, section 3: an equation is learned through its solution, and no derivative of the data is taken).

  u_j' = g(eta_j), eta_j = sum_m xi_jm Theta_m(u), j = 1..k, is demanded on short windows of the trajectories, each with
  an initial state of its own. About the present u and xi it is linear:
    u' - J u = [g(eta) - g'(eta) eta - J u~] + sum_m g'(eta) Theta_m(u~) xi_m,   J = g'(eta) sum_m xi_m dTheta_m / du.
  Its solution is linear in the initial states and in xi: the layer gives the columns, one right-hand side each with one
  factor, and the least squares against the data are solved for all of them at once; the initial states are eliminated in
  their own window, so that only the sums of xi travel between ranks.

  A window is a lane. Windows do not overlap but for the last of a trajectory, whose samples count once.
*/
#ifndef DISCERN_METHOD_SHOOTING_H
#define DISCERN_METHOD_SHOOTING_H

#include <discern/library.h>
#include <discern/ode.h>
#include <discern/regress.h>

typedef enum { DSC_OUTER_IDENTITY, DSC_OUTER_TANH } DscOuter; /* g */

typedef struct {
  PetscInt     nfields, nterms, ncolumns; /* k, M, k M: column j M + m is xi_jm */
  PetscInt     steps, lanes, nwindows, order;
  DscOuter     outer;
  DscLibrary   library;        /* (not owned) */
  DscODE       ode;            /* (owned) */
  DscPartition partition;      /* of the windows */
  DscTreeSum   sum;            /* (owned) */
  PetscInt     first, npanels; /* panels [first, first + npanels) are this rank's */
  double      *x, *u;          /* (owned) [npanels][steps][nfields][lanes] data, and the present solution */
  double      *weight;         /* (owned) [npanels][steps][lanes] 1, or 0 where a sample counts elsewhere */
  double      *s;              /* (owned) [npanels][steps - 1][lanes] */
  double      *E;              /* (owned) [npanels][k (k + 1 + k M)][lanes] what eliminates the initial states */
  double       precision[DSC_MAX_FIELDS]; /* of the data, for the weights */
  /* (owned) of one panel */
  double  *theta, *slope, *c, *base, *b, *initial, *z, *columns, *features, *bars, *thetabar;
  double  *sums, *total; /* (owned) [nsums] */
  PetscInt nsums;
  /* Of the latest step: least squares of xi, u and xi in the units of the data, squares over their variances. */
  double *G, *rhs; /* (owned) [ncolumns][ncolumns], [ncolumns] */
  double  yy, nsamples;
  double  sse[DSC_MAX_FIELDS], count[DSC_MAX_FIELDS]; /* |u - x|^2 of the solution before the step */
} DscShooting;

/* Windows of `steps` samples of the training part of a set in time alone. order: of the layer's Taylor rows. User errors:
   trajectories shorter than a window. Collective, as all below. */
PETSC_INTERN PetscErrorCode DscShootingCreate(MPI_Comm comm, DscOptions options, const DscDataSet *data,
                                              DscLibrary library, DscShooting *shooting);
PETSC_INTERN PetscErrorCode DscShootingDestroy(DscShooting *shooting);
/* G, rhs, yy about the present solution and xi [ncolumns]. */
PETSC_INTERN PetscErrorCode DscShootingLinearise(DscShooting *shooting, const double xi[]);
/* The solution of the linearised equation with coefficients `next`, about the same u and xi as the last Linearise. */
PETSC_INTERN PetscErrorCode DscShootingAdvance(DscShooting *shooting, const double xi[], const double next[]);

#endif
