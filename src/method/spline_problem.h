/*
  The least-squares problem of a spline under an equation (generalised smoothing: Ramsay, Hooker, Campbell, Cao, Parameter
  estimation for differential equations, J. R. Statist. Soc. B 69, 2007, with the equation's terms unknown too):

    v(c, xi) = sum_f [ |u_f - B_f c_f|^2 / sigma_f^2 + w_f |r_f|^2 ] + eta c'Kc,     r_f = u_{t,f} - Theta(c) xi_f,

  over the coefficients c of the spline and xi of the terms. r is taken at Gauss points of every interval (collocation),
  K is the roughness, the sum of squared second derivatives per interval of a spline of reference. v is a chi-squared: with w large it is that of the
  data under the equation with an unknown initial state, minimised over that state.

  Symbols: J = dr/dc, T = dr/dxi = -Theta; the Gauss-Newton matrix of (c, xi) is [H C; C' D] with H banded,
    H = B'B/sigma^2 + w J'J + eta K,  C = w J'T,  D = w T'T.

  B_f has a row for every value of field f that is there and trains: not for missing values, nor for the test part.
*/
#ifndef DISCERN_METHOD_SPLINE_PROBLEM_H
#define DISCERN_METHOD_SPLINE_PROBLEM_H

#include <discern/library.h>
#include "method/spline_space.h"

#define DSC_SPLINE_GAUSS 2     /* points along each axis of an interval */
#define DSC_SPLINE_PAD   8     /* numbers that are added at once */
#define DSC_SPLINE_RIM   1e-13 /* functions at the rim may see no sample: they get this square of their own */

/* Weights of v: one of each a field. */
typedef struct {
  double variance[DSC_MAX_FIELDS]; /* sigma^2 */
  double equation[DSC_MAX_FIELDS]; /* w */
  double roughness;                /* eta sigma^2 */
} DscSplineWeights;

typedef struct {
  const DscDataSet *data;    /* (not owned) */
  DscLibrary        library; /* (not owned) */
  DscSplineSpace    space;   /* (owned) */
  PetscInt          nsamples, nfields, nterms, nfeatures;
  const PetscInt   *left;                    /* (not owned) [nfields] features */
  const DscFeature *features;                /* (not owned) [nfeatures] */
  PetscInt          nunknowns;               /* functions x fields: unknown i * nfields + f */
  PetscInt          bandwidth;               /* of H: its leading dimension is one more */
  PetscInt          ncells, ngauss, npoints; /* intervals, points in one, of all */
  PetscInt          nbands; /* of B'B: 1 where all fields have values at the same samples, or nfields */
  double            nfitted[DSC_MAX_FIELDS]; /* values of a field that are fitted: rows of its B */
  PetscInt         *base;                    /* (owned) [nsamples] */
  double           *rows;                    /* (owned) [nsamples][nlocal] of B, of all samples */
  PetscInt         *cell_base;               /* (owned) [ncells] */
  double           *cell; /* (owned) [nfeatures][ngauss][nlocal]: the features as rows, alike in all intervals */
  /* The unknowns of a cell follow on each other in runs along the first axis: each `run` long, padded to `width`. */
  PetscInt  order[DSC_MAX_COORDINATES]; /* the axes, fastest first; cells are counted so too */
  PetscInt  run, nruns, width;
  PetscInt *start;  /* (owned) [nruns] first unknown of a run, from that of the cell */
  double   *padded; /* (owned) [nfeatures][ngauss][nruns][width] the rows again, with 0 for the other fields */
  double   *BB;     /* (owned) [nbands][functions][space.bandwidth + 1] B'B */
  double   *K;      /* (owned) [functions][space.bandwidth + 1] the roughness */
  double   *By;     /* (owned) [nunknowns] */
  /* One group of so many intervals at a time, (owned); point g of its interval k is lane g * group + k. */
  PetscInt group;
  double  *phi, *phibar, *theta, *thetabar, *residual;
  double  *local; /* (owned) [nfields][nlocal][group] coefficients */
  double  *J;     /* (owned) [ngauss][nruns][width] of one field's residual in one interval */
  double  *work;  /* (owned) [2][functions] */
} DscSplineProblem;

/* The Gauss-Newton system, gradient included. Columns: unknowns of the equation, field * nterms + term. */
typedef struct {
  double *H;  /* (owned) [nunknowns][bandwidth + 1] and padding: lower band, column by column */
  double *C;  /* (owned) [columns][nunknowns] and padding */
  double *D;  /* (owned) [columns][columns] */
  double *gc; /* (owned) [nunknowns] half the gradient of v by c */
  double *gx; /* (owned) [columns] and by xi */
} DscSplineSystem;

/* What v is made of. */
typedef struct {
  double v, sse[DSC_MAX_FIELDS], residual[DSC_MAX_FIELDS]; /* |u - Bc|^2, |r|^2 */
  double rough;                                            /* eta c'Kc, a part of v */
} DscSplineValue;

/* Whether a value is fitted. */
static inline PetscBool DscSplineProblemFits(const DscSplineProblem *p, PetscInt sample, PetscInt field)
{
  return (PetscBool)(sample < p->data->ntrain && !isnan(p->data->fields[field][sample]));
}

/* intervals, degree [ncoordinates]. The range of every axis is that of the samples. The roughness is counted in intervals
   of `reference`, so that it is the same on finer splines. Not collective, like all below. */
PETSC_INTERN PetscErrorCode DscSplineProblemCreate(const DscDataSet *data, DscLibrary library,
                                                   const PetscInt intervals[], const PetscInt reference[],
                                                   const PetscInt degree[], DscSplineProblem *problem);
PETSC_INTERN PetscErrorCode DscSplineProblemDestroy(DscSplineProblem *problem);
/* Bytes that it and one system take. */
PETSC_INTERN double DscSplineProblemBytes(const DscDataSet *data, DscLibrary library, const PetscInt intervals[],
                                          const PetscInt degree[]);
PETSC_INTERN PetscErrorCode DscSplineSystemCreate(const DscSplineProblem *problem, DscSplineSystem *system);
PETSC_INTERN PetscErrorCode DscSplineSystemDestroy(DscSplineSystem *system);
/* Place x [ncoordinates] of point g of a cell. */
PETSC_INTERN void DscSplineProblemGetPoint(const DscSplineProblem *problem, PetscInt cell, PetscInt g, double x[]);
/* Features, terms and residuals of the cells from `first` on, on the lanes; those without a point are 0. *count: cells. */
PETSC_INTERN PetscErrorCode DscSplinePointsEvaluate(DscSplineProblem *problem, PetscInt first, const double c[],
                                                    const double xi[], PetscInt *count);
/* v at (c, xi); xi [nfields][nterms]. */
PETSC_INTERN PetscErrorCode DscSplineProblemEvaluate(DscSplineProblem *problem, const DscSplineWeights *weights,
                                                     const double c[], const double xi[], DscSplineValue *value);
/* The system at (c, xi), with the wanted columns (NULL: all). */
PETSC_INTERN PetscErrorCode DscSplineProblemAssemble(DscSplineProblem *problem, const DscSplineWeights *weights,
                                                     const double c[], const double xi[], const PetscBool wanted[],
                                                     DscSplineSystem *system);
/* H of one field with w = 0: the smoothing spline; scalar, [functions][space.bandwidth + 1], in units of 1/sigma^2. That
   of field 0 is that of all where nbands is 1. */
PETSC_INTERN PetscErrorCode DscSplineProblemSmoother(const DscSplineProblem *problem, PetscInt field, double roughness,
                                                     double H[]);
/* The coefficients `to` that come nearest to the spline `from` of another problem at this one's collocation points, by the
   rows of the fields. H: scratch as for Smoother, in which the normal equations are left; their right-hand side in `to`. */
PETSC_INTERN PetscErrorCode DscSplineProblemProject(const DscSplineProblem *problem, const DscSplineProblem *other,
                                                    const double from[], double H[], double to[]);
/* Squared errors of each field at the samples [first, last), and the number of values that are there. */
PETSC_INTERN void DscSplineProblemErrors(const DscSplineProblem *problem, PetscInt first, PetscInt last,
                                         const double c[], double sse[], double count[]);
/* sums [functions] = B'values of a field, values [nsamples] of which those that are fitted count. */
PETSC_INTERN void DscSplineSamplesApply(const DscSplineProblem *problem, PetscInt field, const double values[],
                                        double sums[]);
/* Mean over the fields of the mean square misfit. */
PETSC_INTERN double DscSplineProblemMSE(const DscSplineProblem *problem, const DscSplineValue *value);
/* y = B c of a field at all samples, [nsamples]. */
PETSC_INTERN PetscErrorCode DscSplineProblemPredict(const DscSplineProblem *problem, PetscInt field, const double c[],
                                                    double y[]);
/* G = Theta'Theta / npoints, b = Theta'u_t / npoints, yy = |u_t|^2 / npoints at the collocation points; of one field. */
PETSC_INTERN PetscErrorCode DscSplineProblemMoments(DscSplineProblem *problem, PetscInt field, const double c[],
                                                    double G[], double b[], double *yy);

/* ---- between spline_problem.c and spline_samples.c ------------------------------------------------------------ */

/* Whether all fields have values at the same samples that train. */
PETSC_INTERN PetscBool DscSplineSamplesAlike(const DscDataSet *data);
/* Rows, B'B and B'y, in a problem whose arrays are 0. */
PETSC_INTERN PetscErrorCode DscSplineSamplesCreate(DscSplineProblem *problem);
/* What does not depend on where we are, the data and the roughness: H = B'B/sigma^2 + eta K, and gc of it. */
PETSC_INTERN PetscErrorCode DscSplineSamplesAssemble(const DscSplineProblem *problem, const DscSplineWeights *weights,
                                                     const double c[], DscSplineSystem *system);

#endif
