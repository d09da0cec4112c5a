/*
  The weak form of a density equation on positions of particles (Dynkin's formula). For p_t = sum_k xi_k theta_k and any
  test function w(x, t)

    E[w(X_T, T)] - E[w(X_0, 0)] = int E[w_t] dt + sum_k xi_k int int w theta_k dx dt,

  where the means are over positions: they are averages over particles, whose scatter is known from the particles
  themselves. A term linear in p is integrated by parts, (-1)^m E[d^m w / dx^m], and needs no p at all; of others
  E[w theta_k / p] takes p from a surrogate.

  The test function of term j has w_x = F_j / p with the flux F_j = int^x theta_j: it makes the term's signal largest
  against the diffusion of the particles, whose noise is int 2 D E[w_x^2] dt (Bibby and Sorensen, Bernoulli 1, 1995:
  optimal martingale estimating functions). What theta_j adds to the mass of p is taken off p before. A last equation
  says that the mass stays 1.

  The equations are g = A xi + noise, one a term and that of the mass. The noise's covariance comes from the sums of
  each particle (a position alone where particles are not told apart), for a given xi.
*/
#ifndef DISCERN_METHOD_PARTICLE_MOMENTS_H
#define DISCERN_METHOD_PARTICLE_MOMENTS_H

#include <discern/library.h>

typedef struct {
  PetscInt          nframes, nplaces, nterms, nequations; /* nequations = nterms + 1 */
  double           *times;                                /* (owned) [nframes] rising */
  double            first, step;                          /* places: first + g step */
  double           *weights;                              /* (owned) [nframes] of the trapezoidal rule in time */
  PetscInt         *frame;                                /* (owned) [nsamples] of each training position */
  double           *count;                                /* (owned) [nframes] positions in it */
  double           *p, *theta, *w; /* (owned) [nframes][nplaces]; the others [nterms][nframes][nplaces] */
  PetscInt         *order;         /* (owned) [nterms] m of a linear term; -1: others */
  double           *g, *A;         /* (owned) [nequations], [nequations][nterms] */
  double           *S;             /* (owned) [nequations][nequations] covariance of the noise */
  PetscInt          nsums;         /* particles, or positions */
  double            nclusters;     /* those of them that there are in the training part */
  const DscDataSet *data;          /* (not owned) */
  double           *scratch;       /* (owned) [4][nplaces] */
  double           *residual;      /* (owned) [nequations][nframes][nplaces] */
  double           *sums;          /* (owned) [nsums][nequations] */
} DscParticleMoments;

/* A user error where there are more times than the method can use. Not collective. */
PETSC_INTERN PetscErrorCode DscParticleMomentsCheck(MPI_Comm comm, const DscDataSet *data);
/* Frames and places of a set of positions: its distinct times, and a grid over its range with a margin. Not collective.
   */
PETSC_INTERN PetscErrorCode DscParticleMomentsCreate(const DscDataSet *data, DscLibrary library, PetscInt nplaces,
                                                     DscParticleMoments *moments);
PETSC_INTERN PetscErrorCode DscParticleMomentsDestroy(DscParticleMoments *moments);
/* g and A, from the density and the terms at all frames and places, which the caller has put into p and theta. */
PETSC_INTERN PetscErrorCode DscParticleMomentsCompute(DscParticleMoments *moments);
/* The standard deviation [nterms] that sampling alone gives the active coefficients, for n independent particles of
   diffusion coefficient D that are followed all the time and the best test functions: the square root of the diagonal
   of I^-1, I_jk = n int int F_j F_k / (2 D p) dx dt. *fine: I is positive definite. */
PETSC_INTERN PetscErrorCode DscParticleMomentsBound(DscParticleMoments *moments, const PetscBool active[], double D,
                                                    double bound[], PetscBool *fine);
/* S for the noise that is left with these coefficients [nterms]. */
PETSC_INTERN PetscErrorCode DscParticleMomentsCovariance(DscParticleMoments *moments, const double xi[]);

#endif
