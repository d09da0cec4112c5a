/*
  Which terms? Every set of terms is judged by a fit of its own under a strong equation, so that the noise of derivatives
  counts for nothing: score = v + penalties, and the set with the lowest score is sought.

  Start: the data's smoothing spline, its roughness chosen by generalised cross-validation; on it and on smoother ones,
  forward selection among all terms gives sets to begin with; others come from splines under an equation of all terms that
  is strengthened step by step. Then, from the best one and from those near it, terms are added, dropped and exchanged: the
  information matrix (spline_fit.h) proposes, a fit decides, until no change lowers the score. A fit that gets stuck begins
  anew from the smoothing spline, the equation being strengthened on the way.

  penalty of a term = ln N + ln(number of terms) + complexity * (its powers + its derivatives): BIC, the number of ways to
  choose it (Chen, Chen, Biometrika 95, 2008), and a prior for short terms, which decides where data cannot.
*/
#ifndef DISCERN_METHOD_SPLINE_SEARCH_H
#define DISCERN_METHOD_SPLINE_SEARCH_H

#include "method/spline_record.h"

typedef struct {
  double   lambda;     /* precision of the equation over that of the data, both relative to their rms */
  double   complexity; /* of the penalty */
  PetscInt iterations; /* of one fit while searching */
  uint64_t seed;
} DscSplineSettings;

typedef struct _p_DscSplineSearch *DscSplineSearch;

/* One step of a search, for a log. */
typedef PetscErrorCode (*DscSplineReport)(void *context, const DscSplineFit *fit, PetscInt iterations, PetscBool *stop);

PETSC_INTERN PetscErrorCode DscSplineSearchCreate(DscSplineProblem *problem, const DscSplineSettings *settings,
                                                  DscSplineSearch *search);
PETSC_INTERN PetscErrorCode DscSplineSearchDestroy(DscSplineSearch *search);
/* Smoothing spline, variances and weights: before the others. */
PETSC_INTERN PetscErrorCode DscSplineSearchSmooth(DscSplineSearch search);
/* Takes over the variances, times and roughness of another search, so that their scores can be compared; instead of
   Smooth, for a spline with the same reference. */
PETSC_INTERN PetscErrorCode DscSplineSearchUseScales(DscSplineSearch search, DscSplineSearch from);
/* Tries the sets of forward selection. *iterations: Gauss-Newton steps so far. */
PETSC_INTERN PetscErrorCode DscSplineSearchStart(DscSplineSearch search, PetscInt *iterations);
/* Tries one set from the spline that comes nearest to `values` [nfields][nsamples], with coefficients xi; weaker: the strength
   of the equation to begin with, over the full one. */
PETSC_INTERN PetscErrorCode DscSplineSearchStartAt(DscSplineSearch search, const double *const values[],
                                                   const PetscBool active[], const double xi[], double weaker);
/* The search itself, from the best set so far. *iterations: Gauss-Newton steps of all fits. */
PETSC_INTERN PetscErrorCode DscSplineSearchRun(DscSplineSearch search, DscSplineReport report, void *context,
                                               PetscInt *iterations);
/* Tries the best set of another search from its spline; near: and the sets whose scores are near it. */
PETSC_INTERN PetscErrorCode DscSplineSearchContinue(DscSplineSearch search, DscSplineSearch from, PetscBool near);
/* The best fit, the weights it was made with, and the solver; NULL where not wanted; (owned by search). */
PETSC_INTERN PetscErrorCode DscSplineSearchGetBest(DscSplineSearch search, DscSplineFit **fit,
                                                   DscSplineWeights **weights, DscSplineSolver **solver);
/* The sets tried on this spline; (owned by search). */
PETSC_INTERN PetscErrorCode DscSplineSearchGetRecord(DscSplineSearch search, const DscSplineRecord **record);
/* Fits the best set again with another lambda, and the variances that go with it, until they agree. */
PETSC_INTERN PetscErrorCode DscSplineSearchPolish(DscSplineSearch search, double lambda);

/* Takes out of the best set the term `out`; -1: the one that is worth its penalty least, by Wald's (xi / std)^2, std [columns], or by a fit
   without it. *dropped: there was one. The set wants another fit then: Polish. */
PETSC_INTERN PetscErrorCode DscSplineSearchDrop(DscSplineSearch search, PetscInt out, const double std[],
                                                PetscBool *dropped);

#endif
