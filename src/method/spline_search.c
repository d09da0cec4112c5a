#include "method/spline_search.h"
#include "method/spline_model.h"
#include "method/spline_record.h"

#define ADDITIONS     5  /* terms tried beside those there are */
#define EXCHANGES     40 /* and in the place of those there are: of all, and of each at least */
#define LEAST_EACH    3
#define START_TERMS   4   /* of the sets to begin with, at most, a field */
#define SEARCH_GAIN   0.3 /* v that a step of a fit must gain to go on: far less than a penalty */
#define ROUGH_GAIN    2.0 /* the same on the way to the full strength */
#define POLISH_GAIN   1e-2
#define MAX_POLISH    8
#define INTERPOLATION 1e-4 /* roughness of a spline through a surrogate, over that through the data */
#define STRONG_ROUGH  1e-2 /* roughness kept where the equation does the smoothing, over lambda */
#define WEAK_ROUGH    0.1  /* and at most */
#define WEAKEST       3e-3 /* of lambda, where a continuation begins */
#define WEAK_STEP     4.0
#define SELECTIONS    3   /* of terms at each strength */
#define PATH_TERMS    6   /* of the sets tried at each strength, at most, a field */
#define CONTINUATION  4   /* iterations at each strength of one fit, at most, */
#define STEEP_STEP    8.0 /* which grows so */
#define MARGIN        40  /* the search goes on from sets whose score is as near to the best one, */
#define NEAR          10  /* of the best score: compared again on a finer spline */
#define EXPANSIONS    3   /* until so many in a row have not led to a better one */
#define PAIRS_COST    1e8 /* sets x unknowns x bandwidth: a few seconds */
#define SMOOTHERS     3
#define LEAST_NOISE   1e-5 /* of a field's standard deviation: rounding, and what a spline cannot follow */
#define LONGEST       1e3  /* a field's own time, over that of the data: none where it is steady */
#define SMOOTHER_STEP 30.0

struct _p_DscSplineSearch {
  DscSplineProblem *problem; /* (not owned) */
  DscSplineSettings settings;
  DscSplineSolver   solver; /* (owned) */
  DscSplineWeights  weights;
  double            smoothing;              /* roughness that cross-validation chose */
  double            square[DSC_MAX_FIELDS]; /* variance of u about its mean */
  double            time[DSC_MAX_FIELDS];   /* rms(u) / rms(u_t) */
  double           *smooth;                 /* (owned) [nunknowns] */
  double           *penalty;                /* (owned) [columns] */
  double           *S, *b;                  /* (owned) [columns][columns], [columns] */
  DscSplineModel    model;                  /* (owned) of all columns */
  DscSplineFit      best, fit;              /* (owned) */
  DscSplineRecord   record;                 /* (owned) of what was tried */
  PetscInt          iterations;
};

/* ---- life --------------------------------------------------------------------------------------------------- */

/* Powers and derivatives of a term: u^2 u_xx has 3 + 2. */
static PetscErrorCode complexity_of(const DscSplineProblem *p, PetscInt term, double *complexity)
{
  PetscInt         nfactors;
  const DscFactor *factors;

  PetscFunctionBeginUser;
  PetscCall(DscLibraryGetFactors(p->library, term, &nfactors, &factors));
  *complexity = 0.0;
  for (PetscInt i = 0; i < nfactors; i++) {
    PetscInt order = 1;

    for (PetscInt c = 0; c < p->data->ncoordinates; c++) order += p->features[factors[i].feature].order[c];
    *complexity += (double)(factors[i].power * order);
  }
  PetscFunctionReturn(0);
}

/* The noise of a field, from its errors and the degrees of freedom that are left. */
static double variance_of(const DscSplineSearch s, PetscInt f, double sse, double freedom)
{
  return PetscMax(sse / PetscMax(freedom, 1.0), PetscSqr(LEAST_NOISE) * s->square[f]);
}

static void set_squares(DscSplineSearch s)
{
  const DscSplineProblem *p = s->problem;

  for (PetscInt f = 0; f < p->nfields; f++) {
    double mean = 0.0;

    for (PetscInt i = 0; i < p->nsamples; i++)
      mean += DscSplineProblemFits(p, i, f) ? p->data->fields[f][i] / p->nfitted[f] : 0.0;
    for (PetscInt i = 0; i < p->nsamples; i++)
      s->square[f] += DscSplineProblemFits(p, i, f) ? PetscSqr(p->data->fields[f][i] - mean) / p->nfitted[f] : 0.0;
  }
}

PetscErrorCode DscSplineSearchCreate(DscSplineProblem *problem, const DscSplineSettings *settings,
                                     DscSplineSearch *search)
{
  const PetscInt  columns = problem->nfields * problem->nterms;
  DscSplineSearch s;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&s));
  *search     = s; /* even where the rest fails: the caller destroys what there is */
  s->problem  = problem;
  s->settings = *settings;
  PetscCall(
      PetscMalloc4(problem->nunknowns, &s->smooth, columns, &s->penalty, (columns * columns), &s->S, columns, &s->b));
  PetscCall(DscSplineModelCreate(columns, &s->model));
  PetscCall(DscSplineSolverCreate(problem, &s->solver));
  PetscCall(DscSplineFitCreate(problem, &s->best));
  PetscCall(DscSplineFitCreate(problem, &s->fit));
  PetscCall(DscSplineRecordCreate(problem, &s->record));
  s->best.score = PETSC_MAX_REAL;
  set_squares(s);
  for (PetscInt j = 0; j < columns; j++) {
    double complexity = 0.0;

    PetscCall(complexity_of(problem, j % problem->nterms, &complexity));
    s->penalty[j] =
        log(problem->nfitted[j / problem->nterms]) + log((double)problem->nterms) + settings->complexity * complexity;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineSearchDestroy(DscSplineSearch *search)
{
  DscSplineSearch s = *search;

  PetscFunctionBeginUser;
  if (!s) PetscFunctionReturn(0);
  PetscCall(PetscFree4(s->smooth, s->penalty, s->S, s->b));
  PetscCall(DscSplineModelDestroy(&s->model));
  PetscCall(DscSplineRecordDestroy(&s->record));
  PetscCall(DscSplineSolverDestroy(&s->solver));
  PetscCall(DscSplineFitDestroy(&s->best));
  PetscCall(DscSplineFitDestroy(&s->fit));
  PetscCall(PetscFree(*search));
  PetscFunctionReturn(0);
}

/* ---- smoothing ---------------------------------------------------------------------------------------------- */

static PetscErrorCode set_weights(DscSplineSearch s, double lambda)
{
  const DscSplineProblem *p = s->problem;

  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < p->nfields; f++) {
    s->weights.equation[f] =
        lambda * PetscSqr(s->time[f]) * p->nfitted[f] / ((double)p->npoints * s->weights.variance[f]);
  }
  s->weights.roughness = s->smoothing * PetscMin(STRONG_ROUGH / lambda, WEAK_ROUGH);
  PetscFunctionReturn(0);
}

/* Mean over the fields of ln of the cross-validated error. */
static PetscErrorCode cross_validate(DscSplineSearch s, double roughness, double *error)
{
  const DscSplineProblem *p    = s->problem;
  DscSplineWeights        none = {.roughness = 0.0};
  DscSplineValue          value;
  double                  degrees[DSC_MAX_FIELDS];

  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < p->nfields; f++) none.variance[f] = 1.0;
  PetscCall(DscSplineSolverSmooth(&s->solver, roughness, s->settings.seed, s->fit.c, degrees));
  PetscCall(PetscArrayzero(s->fit.xi, s->fit.columns));
  PetscCall(DscSplineProblemEvaluate(s->problem, &none, s->fit.c, s->fit.xi, &value));
  *error = 0.0;
  for (PetscInt f = 0; f < p->nfields; f++) {
    const double N = p->nfitted[f];

    *error +=
        log(variance_of(s, f, value.sse[f], N) / PetscSqr(PetscMax(1.0 - degrees[f] / N, 1e-3))) / (double)p->nfields;
    s->weights.variance[f] = variance_of(s, f, value.sse[f], N - degrees[f]);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineSearchSmooth(DscSplineSearch s)
{
  const DscSplineProblem *p    = s->problem;
  const double            span = p->space.axis[0].last - p->space.axis[0].first;
  double                  best = PETSC_MAX_REAL, error, uu;

  PetscFunctionBeginUser;
  for (PetscInt k = -16; k <= 8; k++) {
    const double roughness = pow(10.0, 0.5 * (double)k);

    PetscCall(cross_validate(s, roughness, &error));
    if (error < best) {
      best         = error;
      s->smoothing = roughness;
    }
  }
  PetscCall(cross_validate(s, s->smoothing, &error));
  PetscCall(PetscArraycpy(s->smooth, s->fit.c, p->nunknowns));
  for (PetscInt f = 0; f < p->nfields; f++) {
    PetscCall(DscSplineProblemMoments(s->problem, f, s->smooth, s->S, s->b, &uu));
    s->time[f] =
        PetscMin(sqrt(PetscMax(s->square[f] - s->weights.variance[f], 0.01 * s->square[f]) / uu), LONGEST * span);
  }
  PetscCall(set_weights(s, s->settings.lambda));
  PetscFunctionReturn(0);
}

/* ---- fits --------------------------------------------------------------------------------------------------- */

PetscErrorCode DscSplineSearchGetRecord(DscSplineSearch s, const DscSplineRecord **record)
{
  PetscFunctionBeginUser;
  *record = &s->record;
  PetscFunctionReturn(0);
}

static double penalty_of(const DscSplineSearch s, const PetscBool active[])
{
  double sum = 0.0;

  for (PetscInt j = 0; j < s->fit.columns; j++) sum += active[j] ? s->penalty[j] : 0.0;
  return sum;
}

/* With -info: what was tried. */
static PetscErrorCode log_fit(const DscSplineSearch s)
{
  char               line[1024];
  const char *const *names;
  PetscInt           M;
  int                length = 0;

  PetscFunctionBeginUser;
  if (!PetscLogPrintInfo) PetscFunctionReturn(0);
  PetscCall(DscLibraryGetTerms(s->problem->library, &M, &names));
  for (PetscInt j = 0; j < s->fit.columns && length < (int)sizeof(line); j++) {
    if (s->fit.active[j])
      length += snprintf(line + length, sizeof(line) - (size_t)length, "  %.3g %s", s->fit.xi[j], names[j % M]);
  }
  PetscCall(PetscInfo(NULL, "%s after %" PetscInt_FMT " iterations, score %.2f:%s\n",
                      s->fit.converged ? "converged" : "left", s->fit.iterations, s->fit.score, length ? line : " 0"));
  PetscFunctionReturn(0);
}

/* Brings s->fit from the strength `lambda` of the equation to the last but one, in steps: from a spline that no equation has
   bent, few fits reach their minimum otherwise. *hopeless: v is above the goal already, and a stronger equation will not
   lower it. Leaves the full weights. */
static PetscErrorCode strengthen(DscSplineSearch s, double lambda, double goal, PetscBool *hopeless)
{
  PetscFunctionBeginUser;
  *hopeless = PETSC_FALSE;
  for (; lambda < s->settings.lambda && !*hopeless; lambda *= STEEP_STEP) {
    PetscCall(set_weights(s, lambda));
    PetscCall(DscSplineSolverFit(&s->solver, &s->weights, CONTINUATION, ROUGH_GAIN, PETSC_MAX_REAL, &s->fit));
    *hopeless = (PetscBool)(s->fit.value.v - s->fit.value.rough > goal);
  }
  PetscCall(set_weights(s, s->settings.lambda));
  PetscFunctionReturn(0);
}

/* Fits s->fit, whose c, xi and active are set; better than `best`: goes there. lambda: the strength of the equation for
   which c was made; less than the full one: it is strengthened on the way. */
static PetscErrorCode fit_anyway(DscSplineSearch s, double lambda, DscSplineFit *best)
{
  const double penalty = penalty_of(s, s->fit.active);
  PetscBool    hopeless;

  PetscFunctionBeginUser;
  s->fit.iterations = 0;
  PetscCall(strengthen(s, lambda, best->score + MARGIN - penalty, &hopeless));
  if (!hopeless) {
    PetscCall(DscSplineSolverFit(&s->solver, &s->weights, s->settings.iterations, SEARCH_GAIN,
                                 best->score + MARGIN - penalty, &s->fit));
  }
  s->iterations += s->fit.iterations;
  s->fit.score = s->fit.value.v + penalty;
  if (hopeless || s->fit.converged || lambda < s->settings.lambda)
    PetscCall(DscSplineRecordRemember(&s->record, &s->fit, hopeless));
  PetscCall(log_fit(s));
  if (hopeless) PetscFunctionReturn(0);
  PetscCall(DscSplineRecordKeep(&s->record, &s->fit));
  if (s->fit.score < best->score) PetscCall(DscSplineFitCopy(&s->fit, best));
  PetscFunctionReturn(0);
}

/* The same, unless the set has had its turn. */
static PetscErrorCode fit_and_compare(DscSplineSearch s, double lambda, DscSplineFit *best)
{
  PetscFunctionBeginUser;
  if (DscSplineRecordFind(&s->record, s->fit.active) == s->record.n) PetscCall(fit_anyway(s, lambda, best));
  PetscFunctionReturn(0);
}

/* Fits one more set to begin with, from the spline c. */
static PetscErrorCode try_start(DscSplineSearch s, const PetscBool active[], const double c[])
{
  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(s->fit.c, c, s->problem->nunknowns));
  PetscCall(PetscArraycpy(s->fit.active, active, s->fit.columns));
  PetscCall(PetscArrayzero(s->fit.xi, s->fit.columns)); /* the first step finds them */
  PetscCall(fit_and_compare(s, s->settings.lambda * WEAKEST, &s->best));
  PetscFunctionReturn(0);
}

/* Sets of 1, 2, ... terms a field by forward selection on a spline c, each tried as a start. */
static PetscErrorCode try_forward(DscSplineSearch s, const double c[])
{
  const DscSplineProblem *p = s->problem;
  const PetscInt          M = p->nterms, columns = s->fit.columns;
  PetscBool              *active;
  double                 *G, *b, yy;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc3(columns, &active, (p->nfields * M * M), &G, columns, &b));
  for (PetscInt f = 0; f < p->nfields; f++)
    PetscCall(DscSplineProblemMoments(s->problem, f, c, G + f * M * M, b + f * M, &yy));
  for (PetscInt k = 0; k < START_TERMS; k++) {
    for (PetscInt f = 0; f < p->nfields; f++) {
      PetscInt j;

      PetscCall(DscSplineModelGains(&s->model, M, G + f * M * M, b + f * M, active + f * M));
      j = DscSplineModelLargest(M, s->model.gain);
      if (j >= 0) active[f * M + j] = PETSC_TRUE;
    }
    PetscCall(try_start(s, active, c));
  }
  PetscCall(PetscFree3(active, G, b));
  PetscFunctionReturn(0);
}

/* ---- search ------------------------------------------------------------------------------------------------- */

/* The model's terms and one more, `added` (-1: none), from the spline of `from`, made for the strength lambda, and the model's
   coefficients; afresh: from the smoothing spline and none. */
static PetscErrorCode try_change(DscSplineSearch s, const DscSplineFit *from, double lambda, const PetscBool active[],
                                 PetscInt added, PetscBool afresh, DscSplineFit *best)
{
  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(s->fit.c, afresh ? s->smooth : from->c, from->nunknowns));
  PetscCall(PetscArraycpy(s->fit.active, active, from->columns));
  PetscCall(PetscArraycpy(s->fit.xi, s->model.x, from->columns));
  if (added >= 0) {
    s->fit.active[added] = PETSC_TRUE;
    s->fit.xi[added]     = s->model.value[added];
  }
  if (afresh) { /* the first step finds the coefficients */
    PetscCall(PetscArrayzero(s->fit.xi, from->columns));
    PetscCall(fit_and_compare(s, s->settings.lambda * WEAKEST, best));
  } else if (added < 0 && lambda == s->settings.lambda) { /* a term less: there is no better place to begin */
    PetscCall(fit_anyway(s, lambda, best));
  } else {
    PetscCall(fit_and_compare(s, lambda, best));
  }
  PetscFunctionReturn(0);
}

/* Every change of one term of `from` that the information matrix proposes. Afresh: a set that got stuck from the spline of
   `from`, which was bent to other terms, may converge from one that no equation has bent. */
static PetscErrorCode try_neighbours(DscSplineSearch s, const DscSplineFit *from, PetscBool afresh, DscSplineFit *best)
{
  const PetscInt  n = from->columns;
  DscSplineModel *m = &s->model;
  PetscBool      *active;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, &active));
  PetscCall(DscSplineSolverInformation(&s->solver, &s->weights, from, s->S, s->b));
  for (PetscInt out = -1; out < n; out++) {
    if (out >= 0 && !from->active[out]) continue;
    PetscCall(PetscArraycpy(active, from->active, n));
    if (out >= 0) active[out] = PETSC_FALSE;
    PetscCall(DscSplineModelGains(m, n, s->S, s->b, active));
    if (out >= 0) {
      PetscCall(try_change(s, from, s->settings.lambda, active, -1, afresh, best));
      m->gain[out] = 0.0;
    }
    for (PetscInt k = 0; k < (out < 0 ? ADDITIONS : PetscMax(EXCHANGES / from->nactive, LEAST_EACH)); k++) {
      const PetscInt j = DscSplineModelLargest(n, m->gain);

      if (j < 0) break;
      m->gain[j] = 0.0;
      PetscCall(try_change(s, from, s->settings.lambda, active, j, afresh, best));
    }
  }
  PetscCall(PetscFree(active));
  PetscFunctionReturn(0);
}

/* The sets of 1, 2, ... terms a field that forward selection finds on the information at `fit`, made for the strength lambda,
   each with a fit of its own from there. */
static PetscErrorCode try_path(DscSplineSearch s, const DscSplineFit *fit, double lambda)
{
  const PetscInt M = s->problem->nterms, nfields = s->problem->nfields;
  PetscBool     *active;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(fit->columns, &active));
  for (PetscInt k = 0; k < PATH_TERMS; k++) {
    for (PetscInt f = 0; f < nfields; f++) {
      PetscInt j;

      PetscCall(DscSplineModelGains(&s->model, fit->columns, s->S, s->b, active));
      j = DscSplineModelLargest(M, s->model.gain + f * M);
      if (j >= 0) active[f * M + j] = PETSC_TRUE;
    }
    PetscCall(DscSplineModelGains(&s->model, fit->columns, s->S, s->b, active));
    PetscCall(try_change(s, fit, lambda, active, -1, PETSC_FALSE, &s->best));
  }
  PetscCall(PetscFree(active));
  PetscFunctionReturn(0);
}

/* The equation is strengthened step by step, and its terms are chosen anew on the information of each step: the way of a
   network's training. */
static PetscErrorCode try_continuation(DscSplineSearch s)
{
  const DscSplineProblem *p = s->problem;
  const PetscInt          n = s->fit.columns;
  DscSplineFit            fit;

  PetscFunctionBeginUser;
  PetscCall(DscSplineFitCreate(p, &fit));
  PetscCall(PetscArraycpy(fit.c, s->smooth, p->nunknowns));
  for (double lambda = s->settings.lambda * WEAKEST; lambda < s->settings.lambda; lambda *= WEAK_STEP) {
    for (PetscInt k = 0; k < SELECTIONS; k++) {
      PetscCall(set_weights(s, lambda));
      fit.iterations = 0;
      PetscCall(DscSplineSolverFit(&s->solver, &s->weights, 6, SEARCH_GAIN, PETSC_MAX_REAL, &fit));
      s->iterations += fit.iterations;
      PetscCall(DscSplineSolverInformation(&s->solver, &s->weights, &fit, s->S, s->b));
      PetscCall(DscSplineModelSelect(&s->model, s->S, s->b, s->penalty, fit.active));
      PetscCall(PetscArraycpy(fit.xi, s->model.x, n));
    }
    PetscCall(try_path(s, &fit, lambda));
    if (lambda * WEAK_STEP * WEAK_STEP >= s->settings.lambda) {
      PetscCall(PetscArraycpy(s->fit.c, fit.c, p->nunknowns));
      PetscCall(PetscArraycpy(s->fit.active, fit.active, n));
      PetscCall(PetscArraycpy(s->fit.xi, fit.xi, n));
      PetscCall(fit_and_compare(s, lambda, &s->best));
    }
  }
  PetscCall(DscSplineFitDestroy(&fit));
  PetscFunctionReturn(0);
}

/* Lets the information at the best fit choose the terms, as long as a fit confirms it: many changes at once. */
static PetscErrorCode settle(DscSplineSearch s)
{
  const PetscInt n = s->fit.columns;
  double         score;

  PetscFunctionBeginUser;
  do {
    score = s->best.score;
    PetscCall(DscSplineSolverInformation(&s->solver, &s->weights, &s->best, s->S, s->b));
    PetscCall(PetscArraycpy(s->fit.c, s->best.c, s->problem->nunknowns));
    PetscCall(PetscArraycpy(s->fit.active, s->best.active, n));
    PetscCall(DscSplineModelSelect(&s->model, s->S, s->b, s->penalty, s->fit.active));
    PetscCall(PetscArraycpy(s->fit.xi, s->model.x, n));
    PetscCall(fit_and_compare(s, s->settings.lambda, &s->best));
  } while (s->best.score < score);
  PetscFunctionReturn(0);
}

/* All sets of one or two terms, where there is one field and they are cheap: none of these is missed for want of a way to it
   from other sets. */
static PetscErrorCode try_pairs(DscSplineSearch s)
{
  const DscSplineProblem *p = s->problem;
  const PetscInt          M = p->nterms;
  PetscBool              *active;

  PetscFunctionBeginUser;
  if (p->nfields > 1 || 0.5 * M * (M + 1) * (double)p->nunknowns * (double)p->bandwidth > PAIRS_COST)
    PetscFunctionReturn(0);
  PetscCall(PetscCalloc1(M, &active));
  for (PetscInt i = 0; i < M; i++) {
    for (PetscInt j = 0; j <= i; j++) {
      active[i] = active[j] = PETSC_TRUE;
      PetscCall(try_start(s, active, s->smooth));
      active[i] = active[j] = PETSC_FALSE;
    }
  }
  PetscCall(PetscFree(active));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineSearchStart(DscSplineSearch s, PetscInt *iterations)
{
  double roughness = s->smoothing, *c, degrees[DSC_MAX_FIELDS];

  PetscFunctionBeginUser;
  PetscCall(try_continuation(s));
  PetscCall(PetscMalloc1(s->problem->nunknowns, &c));
  for (PetscInt k = 0; k < SMOOTHERS; k++, roughness *= SMOOTHER_STEP) {
    PetscCall(DscSplineSolverSmooth(&s->solver, roughness, s->settings.seed, c, degrees));
    PetscCall(try_forward(s, c));
  }
  PetscCall(PetscFree(c));
  PetscCall(try_pairs(s));
  PetscCall(settle(s));
  *iterations = s->iterations;
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineSearchStartAt(DscSplineSearch s, const double *const values[], const PetscBool active[],
                                      const double xi[], double weaker)
{
  PetscFunctionBeginUser;
  PetscCall(DscSplineSolverInterpolate(&s->solver, values, s->smoothing * INTERPOLATION, s->fit.c));
  PetscCall(PetscArraycpy(s->fit.active, active, s->fit.columns));
  PetscCall(PetscArraycpy(s->fit.xi, xi, s->fit.columns));
  PetscCall(fit_anyway(s, weaker * s->settings.lambda, &s->best));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineSearchRun(DscSplineSearch s, DscSplineReport report, void *context, PetscInt *iterations)
{
  DscSplineFit from;
  PetscBool    stop = PETSC_FALSE;
  PetscInt     place;

  PetscFunctionBeginUser;
  PetscCall(DscSplineFitCreate(s->problem, &from));
  for (PetscInt misses = 0;
       misses < EXPANSIONS && (place = DscSplineRecordNext(&s->record, s->best.score + MARGIN)) >= 0; misses++) {
    const double score = s->best.score;

    if (report) PetscCall(report(context, &s->best, s->iterations, &stop));
    if (stop) break;
    s->record.expanded[place] = PETSC_TRUE;
    PetscCall(DscSplineFitCopy(&s->record.kept[place], &from));
    PetscCall(try_neighbours(s, &from, PETSC_FALSE, &s->best));
    if (s->best.score == score && from.score == score) PetscCall(try_neighbours(s, &from, PETSC_TRUE, &s->best));
    if (s->best.score == score) continue;
    PetscCall(settle(s));
    misses = -1;
  }
  PetscCall(DscSplineFitDestroy(&from));
  *iterations = s->iterations;
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineSearchContinue(DscSplineSearch s, DscSplineSearch from, PetscBool near)
{
  PetscFunctionBeginUser;
  for (PetscInt k = -1; k < (near ? DSC_SPLINE_KEPT : 0); k++) {
    const DscSplineFit *fit = k < 0 ? &from->best : &from->record.kept[k];

    if (fit->score > from->best.score + NEAR || (k >= 0 && DscSplineFitSameSet(fit, &from->best))) continue;
    PetscCall(PetscArraycpy(s->fit.active, fit->active, s->fit.columns));
    PetscCall(PetscArraycpy(s->fit.xi, fit->xi, s->fit.columns));
    PetscCall(DscSplineSolverProject(&s->solver, from->problem, fit->c, s->fit.c));
    PetscCall(fit_and_compare(s, s->settings.lambda, &s->best));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineSearchUseScales(DscSplineSearch s, DscSplineSearch from)
{
  PetscFunctionBeginUser;
  s->smoothing = from->smoothing;
  PetscCall(DscSplineSolverProject(&s->solver, from->problem, from->smooth, s->smooth));
  for (PetscInt f = 0; f < s->problem->nfields; f++) {
    s->weights.variance[f] = from->weights.variance[f];
    s->time[f]             = from->time[f];
  }
  PetscCall(set_weights(s, s->settings.lambda));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineSearchGetBest(DscSplineSearch s, DscSplineFit **fit, DscSplineWeights **weights,
                                      DscSplineSolver **solver)
{
  PetscFunctionBeginUser;
  if (fit) *fit = &s->best;
  if (weights) *weights = &s->weights;
  if (solver) *solver = &s->solver;
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineSearchPolish(DscSplineSearch s, double lambda)
{
  const DscSplineProblem *p = s->problem;
  double                  change, all = 0.0;

  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < p->nfields; f++) all += p->nfitted[f];
  PetscCall(set_weights(s, lambda));
  for (PetscInt k = 0; k < MAX_POLISH; k++) {
    PetscCall(
        DscSplineSolverFit(&s->solver, &s->weights, 5 * s->settings.iterations, POLISH_GAIN, PETSC_MAX_REAL, &s->best));
    PetscCall(DscSplineSolverDegrees(&s->solver, &s->weights, &s->best, s->settings.seed, &s->best.degrees));
    change = 0.0;
    for (PetscInt f = 0; f < p->nfields; f++) {
      const double freedom  = p->nfitted[f] - s->best.degrees * (p->nfitted[f] / all);
      const double variance = variance_of(s, f, s->best.value.sse[f], freedom);

      change                 = PetscMax(change, fabs(log(variance / s->weights.variance[f])));
      s->weights.variance[f] = variance;
    }
    PetscCall(set_weights(s, lambda));
    if (change < 0.01) break;
  }
  s->best.score = s->best.value.v + penalty_of(s, s->best.active);
  PetscFunctionReturn(0);
}

/* The active term that is worth its penalty least, by Wald's (xi / std)^2; -1: all are worth it. */
static PetscInt worthless(const DscSplineSearch s, const double std[])
{
  PetscInt out   = -1;
  double   least = 0.0;

  for (PetscInt j = 0; j < s->best.columns; j++) {
    const double worth = s->best.active[j] ? PetscSqr(s->best.xi[j] / std[j]) - s->penalty[j] : 0.0;

    if (worth < least) {
      least = worth;
      out   = j;
    }
  }
  return out;
}

/* Fits the best set without a term; better: it is the best set. */
static PetscErrorCode try_without(DscSplineSearch s, PetscInt out)
{
  PetscFunctionBeginUser;
  PetscCall(DscSplineFitCopy(&s->best, &s->fit));
  s->fit.active[out] = PETSC_FALSE;
  PetscCall(DscSplineSolverFit(&s->solver, &s->weights, 5 * s->settings.iterations, SEARCH_GAIN,
                               s->best.score - penalty_of(s, s->fit.active), &s->fit));
  s->fit.score = s->fit.value.v + penalty_of(s, s->fit.active);
  PetscCall(log_fit(s));
  if (s->fit.score < s->best.score) PetscCall(DscSplineFitCopy(&s->fit, &s->best));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineSearchDrop(DscSplineSearch s, PetscInt out, const double std[], PetscBool *dropped)
{
  const PetscInt nactive = s->best.nactive;

  PetscFunctionBeginUser;
  *dropped = PETSC_TRUE;
  if (out < 0) out = worthless(s, std);
  if (out >= 0) {
    s->best.active[out] = PETSC_FALSE;
    s->best.xi[out]     = 0.0;
    PetscFunctionReturn(0);
  }
  for (PetscInt j = 0; j < s->best.columns; j++) {
    if (s->best.active[j]) PetscCall(try_without(s, j));
    if (s->best.nactive < nactive) PetscFunctionReturn(0);
  }
  *dropped = PETSC_FALSE;
  PetscFunctionReturn(0);
}
