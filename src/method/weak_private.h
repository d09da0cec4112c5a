/* What the parts of the weak form share: terms, test functions, rows. */
#ifndef DISCERN_METHOD_WEAK_PRIVATE_H
#define DISCERN_METHOD_WEAK_PRIVATE_H

#include "method/weak.h"

/* ---- terms (weak_terms.c) ------------------------------------------------------------------------------------- */

/* A product of powers of the fields. lower[g]: the one with one factor of field g less; -1 where there is none. */
typedef struct {
  PetscInt exponent[DSC_MAX_FIELDS], lower[DSC_MAX_FIELDS];
} DscMonomial;

/* The column factor * <d^q phi, monomial>, q the orders of a functional. factor: (-1)^|q|, and 1/p for u^(p-1) u_x. */
typedef struct {
  PetscInt monomial, functional;
  double   factor;
  char     name[DSC_NAME_LENGTH];
} DscWeakTerm;

/* The library's terms that have a weak form, then derivatives of products that it lacks, such as (u^2)_xx. */
typedef struct {
  PetscInt     nfields, ncoordinates, max_order; /* highest order of a derivative in space */
  PetscInt     nmonomials, nfunctionals, nterms, capacity;
  DscMonomial *monomials;                  /* (owned) [nmonomials], 1 and the fields first */
  PetscInt (*orders)[DSC_MAX_COORDINATES]; /* (owned) [nfunctionals]; functional 0 is d_t, 1 is 1 */
  DscWeakTerm *terms;                      /* (owned) [nterms], then one left-hand side a field */
  PetscInt     nlibrary;
  PetscInt    *of_library; /* (owned) [nlibrary] the term here of a term of the library; -1: it has no weak form */
} DscWeakTerms;

/* User error: no term of the library has a weak form. Not collective, like all below. */
PETSC_INTERN PetscErrorCode DscWeakTermsCreate(DscOptions options, DscLibrary library, const DscDataSet *data,
                                               DscWeakTerms *terms);
PETSC_INTERN PetscErrorCode DscWeakTermsDestroy(DscWeakTerms *terms);
/* By name, as DscLibraryFindTerm(), or as one of the names here; -1: none. */
PETSC_INTERN PetscErrorCode DscWeakTermsFind(const DscWeakTerms *terms, DscLibrary library, const char name[],
                                             PetscInt *index);
/* Names and truth of the equation. truth_inside: as DscTruthIsInLibrary(). */
PETSC_INTERN PetscErrorCode DscWeakTermsSetEquation(const DscWeakTerms *terms, DscLibrary library,
                                                    const DscDataSet *data, DscResult *result, PetscBool *truth_inside);
/* F[monomial][sample] without the bias that noise of variance noise2[field] gives a power: u^2 - s^2, u^3 - 3 s^2 u, ...
   (Hermite polynomials), whose expectation is the power of the clean field. fields[field][sample]. */
PETSC_INTERN PetscErrorCode DscWeakTermsEvaluate(const DscWeakTerms *terms, PetscInt nsamples, double *const fields[],
                                                 const double noise2[], double F[]);

/* ---- test functions (weak_bump.c, weak_fit.c, weak_scale.c, weak_functions.c) ----------------------------------- */

/* phi = (1 - s^2)^degree for |s| < 1 and its derivatives by s. */
PETSC_INTERN double DscBump(PetscInt degree, PetscInt order, double s);
/* Integral over [-1, 1] of the derivative of phi times Legendre's polynomial P_n. */
PETSC_INTERN double DscBumpMoment(PetscInt degree, PetscInt order, PetscInt n);

#define DSC_FIT_MAX_DEGREE 12
/* Weights on scattered points for the integrals of phi's derivatives times a field, exact where the field is a polynomial
   of total degree <= degree; of all such weights those of least norm, which pass on least noise. */
typedef struct _p_DscWeakFit *DscWeakFit;
PETSC_INTERN PetscErrorCode DscWeakFitCreate(const DscWeakTerms *terms, PetscInt bump_degree, const double half_width[],
                                             PetscInt max_points, DscWeakFit *fit);
PETSC_INTERN PetscErrorCode DscWeakFitDestroy(DscWeakFit *fit);
PETSC_INTERN PetscInt       DscWeakFitCount(PetscInt ncoordinates, PetscInt degree); /* of polynomials */
/* s [n][ncoordinates] in [-1, 1]; weights [nfunctionals][n]. *good false: the points do not determine the polynomials.
   At least as many points as polynomials. */
PETSC_INTERN PetscErrorCode DscWeakFitWeights(DscWeakFit fit, PetscInt n, const double s[], PetscInt degree,
                                              double weights[], PetscBool *good);
/* Variance of a field [n] about its polynomial, on the points of the last DscWeakFitWeights(): its noise. */
PETSC_INTERN PetscErrorCode DscWeakFitResidual(DscWeakFit fit, const double field[], double *residual);

/* Scales of the data: noise of each field, and along each coordinate the lag at which the fields' correlation has fallen to
   exp(-1/2). */
typedef struct {
  double noise2[DSC_MAX_FIELDS], variance[DSC_MAX_FIELDS];
  double length[DSC_MAX_COORDINATES], low[DSC_MAX_COORDINATES], high[DSC_MAX_COORDINATES];
} DscWeakScale;
PETSC_INTERN PetscErrorCode DscWeakScaleCreate(DscOptions options, const DscDataSet *data, PetscBool regular,
                                               DscWeakScale *scale);

/* Test functions, all of one shape. A support is a box; on a regular grid weights are products of tables, a box is a
   number of lines along the last coordinate, and its points are numbered line by line. */
typedef struct {
  PetscInt  ncoordinates, nfunctionals, degree, nfunctions, counts[DSC_MAX_COORDINATES];
  PetscBool regular;
  double    half_width[DSC_MAX_COORDINATES];
  size_t   *start; /* (owned) [nfunctions + 1] of a function's points among those of all */
  /* regular; four coordinates, those that are not there first, of extent 1 */
  PetscInt  extent[4], stride[4], steps[4], box[4], nlines;
  PetscInt *corner;  /* (owned) [nfunctions][4] */
  PetscInt *line;    /* (owned) [nlines] a line's place in the data set, from that of the corner */
  PetscInt *leading; /* (owned) [nfunctionals] first functional with the same weights of lines */
  double   *lead;    /* (owned) [nfunctionals][nlines] weights of lines */
  double   *table;   /* (owned) [nfunctionals][box[3]] weights along a line */
  /* scattered */
  PetscInt  left_out, fewest, most, lowest; /* functions without enough points; points of the others; their degree */
  PetscInt *points;                         /* (owned) [start[nfunctions]] */
  double   *weights;                        /* (owned) of each function [nfunctionals][its points] */
} DscWeakFunctions;

PETSC_INTERN PetscErrorCode DscWeakFunctionsCreate(DscOptions options, uint64_t seed, const DscDataSet *data,
                                                   const DscWeakTerms *terms, DscWeakScale *scale,
                                                   DscWeakFunctions *functions);
PETSC_INTERN PetscErrorCode DscWeakFunctionsDestroy(DscWeakFunctions *functions);
/* First sample of a function's box on a grid. */
static inline PetscInt DscWeakCorner(const DscWeakFunctions *functions, PetscInt k)
{
  PetscInt first = 0;

  for (int c = 0; c < 4; c++) first += functions->corner[4 * k + c] * functions->stride[c];
  return first;
}

/* ---- rows (weak_rows.c) --------------------------------------------------------------------------------------- */

typedef struct {
  MPI_Comm                comm;                   /* (not owned) */
  const DscWeakTerms     *terms;                  /* (not owned) */
  const DscWeakFunctions *functions;              /* (not owned) */
  PetscInt                nsamples, first, end;   /* this rank's functions */
  PetscMPIInt             size, *counts, *places; /* (owned) [size] of DscPartition, times the length of a row */
  const double           *noise2;                 /* (not owned) [nfields] */
  double                 *F;                      /* (owned) [nmonomials][nsamples] */
  double                 *X;                      /* (owned) [nterms + nfields][nfunctions] */
  double                 *rows; /* (owned) [nfunctions][nterms + nfields] X as it is computed and sent */
  double                 *line; /* (owned) [box[3]], or [most points of a function] */
  double                 *psi[DSC_MAX_FIELDS][DSC_MAX_FIELDS]; /* (owned) [start[nfunctions]] of equation, of field */
  PetscBool               depends[DSC_MAX_FIELDS][DSC_MAX_FIELDS];
  double                 *pairs;    /* (owned) [nfunctions][nfunctions / 2 + 1][nfields][nfields] */
  double                 *C;        /* (owned) [nfields nfunctions]^2 covariance of all rows; the lower triangle */
  PetscInt               *position; /* (owned) scattered: [nsamples] place among a function's points, or -1 */
} DscWeakRows;

PETSC_INTERN PetscErrorCode DscWeakRowsCreate(MPI_Comm comm, DscOptions options, PetscInt nsamples,
                                              const DscWeakTerms *terms, const DscWeakFunctions *functions,
                                              const double noise2[], DscWeakRows *rows);
PETSC_INTERN PetscErrorCode DscWeakRowsDestroy(DscWeakRows *rows);
PETSC_INTERN double DscWeakRowsBytes(PetscInt nsamples, const DscWeakTerms *terms, const DscWeakFunctions *functions);
/* F and X of fields [nfields][nsamples]. Collective. */
PETSC_INTERN PetscErrorCode DscWeakRowsEvaluate(DscWeakRows *rows, double *const fields[]);
/* psi, of the equations xi [nfields][nterms], and C. After DscWeakRowsEvaluate(). Collective. */
PETSC_INTERN PetscErrorCode DscWeakRowsCovariance(DscWeakRows *rows, const double xi[]);
/* y [nfields][nfunctions] += psi e, with noise e [nfields][nsamples]; e = noise2 psi' lambda. Not collective. */
PETSC_INTERN PetscErrorCode DscWeakRowsApply(const DscWeakRows *rows, double *const e[], double y[]);
PETSC_INTERN PetscErrorCode DscWeakRowsApplyTranspose(const DscWeakRows *rows, const double lambda[],
                                                      double *const e[]);

#endif
