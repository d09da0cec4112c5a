#include "method/spline_search.h"

#include <petscblaslapack.h>

#define ADDITIONS     5  /* terms tried beside those there are */
#define EXCHANGES     40 /* and in the place of those there are: of all, and of each at least */
#define LEAST_EACH    3
#define START_TERMS   4   /* of the sets to begin with, at most, a field */
#define SEARCH_GAIN   0.3 /* v that a step of a fit must gain to go on: far less than a penalty */
#define POLISH_GAIN   1e-3
#define MAX_POLISH    8
#define STRONG_ROUGH  1e-2 /* roughness kept where the equation does the smoothing, over lambda */
#define WEAKEST       3e-3 /* of lambda, where a continuation begins */
#define WEAK_STEP     4.0
#define SELECTIONS    3 /* of terms at each strength */
#define SMOOTHERS     3
#define SMOOTHER_STEP 30.0

struct _p_DscSplineSearch {
  DscSplineProblem *problem; /* (not owned) */
  DscSplineSettings settings;
  DscSplineSolver   solver; /* (owned) */
  DscSplineWeights  weights;
  double            smoothing;            /* roughness that cross-validation chose */
  double            time[DSC_MAX_FIELDS]; /* rms(u) / rms(u_t) */
  double           *smooth;               /* (owned) [nunknowns] */
  double           *penalty;              /* (owned) [columns] */
  double           *S, *b;                /* (owned) [columns][columns], [columns] */
  double           *small;                /* (owned) [columns][columns + 2] */
  DscSplineFit      best, fit;            /* (owned) */
  PetscInt          ntried, capacity;
  PetscBool        *tried; /* (owned) [capacity][columns] */
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
  s->capacity = 64;
  PetscCall(PetscMalloc5(problem->nunknowns, &s->smooth, columns, &s->penalty, (columns * columns), &s->S, columns,
                         &s->b, (columns * (columns + 2)), &s->small));
  PetscCall(PetscMalloc1((s->capacity * columns), &s->tried));
  PetscCall(DscSplineSolverCreate(problem, &s->solver));
  PetscCall(DscSplineFitCreate(problem, &s->best));
  PetscCall(DscSplineFitCreate(problem, &s->fit));
  s->best.score = PETSC_MAX_REAL;
  for (PetscInt j = 0; j < columns; j++) {
    double complexity = 0.0;

    PetscCall(complexity_of(problem, j % problem->nterms, &complexity));
    s->penalty[j] = log((double)problem->nsamples) + log((double)problem->nterms) + settings->complexity * complexity;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineSearchDestroy(DscSplineSearch *search)
{
  DscSplineSearch s = *search;

  PetscFunctionBeginUser;
  if (!s) PetscFunctionReturn(0);
  PetscCall(PetscFree5(s->smooth, s->penalty, s->S, s->b, s->small));
  PetscCall(PetscFree(s->tried));
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
        lambda * PetscSqr(s->time[f]) * (double)p->nsamples / ((double)p->npoints * s->weights.variance[f]);
  }
  s->weights.roughness = s->smoothing * STRONG_ROUGH / lambda;
  PetscFunctionReturn(0);
}

/* Mean over the fields of ln of the cross-validated error. */
static PetscErrorCode cross_validate(DscSplineSearch s, double roughness, double *error)
{
  const DscSplineProblem *p    = s->problem;
  const double            N    = (double)p->nsamples;
  DscSplineWeights        none = {.roughness = 0.0};
  DscSplineValue          value;
  double                  degrees;

  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < p->nfields; f++) none.variance[f] = 1.0;
  PetscCall(DscSplineSolverSmooth(&s->solver, roughness, s->settings.seed, s->fit.c, &degrees));
  PetscCall(PetscArrayzero(s->fit.xi, s->fit.columns));
  PetscCall(DscSplineProblemEvaluate(s->problem, &none, s->fit.c, s->fit.xi, &value));
  *error = 0.0;
  for (PetscInt f = 0; f < p->nfields; f++) {
    *error +=
        log(PetscMax(value.sse[f], 1e-300) / N / PetscSqr(PetscMax(1.0 - degrees / N, 1e-3))) / (double)p->nfields;
    s->weights.variance[f] = PetscMax(value.sse[f], 1e-300) / PetscMax(N - degrees, 1.0);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineSearchSmooth(DscSplineSearch s)
{
  const DscSplineProblem *p    = s->problem;
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
    double mean = 0.0, square = 0.0;

    for (PetscInt i = 0; i < p->nsamples; i++) mean += p->data->fields[f][i] / (double)p->nsamples;
    for (PetscInt i = 0; i < p->nsamples; i++) square += PetscSqr(p->data->fields[f][i] - mean) / (double)p->nsamples;
    PetscCall(DscSplineProblemMoments(s->problem, f, s->smooth, s->S, s->b, &uu));
    s->time[f] = sqrt(PetscMax(square - s->weights.variance[f], 0.01 * square) / PetscMax(uu, 1e-300));
  }
  PetscCall(set_weights(s, s->settings.lambda));
  PetscFunctionReturn(0);
}

/* ---- fits --------------------------------------------------------------------------------------------------- */

static PetscErrorCode was_tried(DscSplineSearch s, const PetscBool active[], PetscBool *known)
{
  const size_t n = (size_t)s->fit.columns, bytes = n * sizeof(PetscBool);

  PetscFunctionBeginUser;
  *known = PETSC_FALSE;
  for (PetscInt k = 0; k < s->ntried && !*known; k++)
    *known = (PetscBool)(memcmp(s->tried + (size_t)k * n, active, bytes) == 0);
  if (*known) PetscFunctionReturn(0);
  if (s->ntried == s->capacity) {
    s->capacity *= 2;
    PetscCall(PetscRealloc((size_t)s->capacity * bytes, &s->tried));
  }
  PetscCall(PetscArraycpy(s->tried + (size_t)s->ntried++ * n, active, n));
  PetscFunctionReturn(0);
}

static double penalty_of(const DscSplineSearch s, const PetscBool active[])
{
  double sum = 0.0;

  for (PetscInt j = 0; j < s->fit.columns; j++) sum += active[j] ? s->penalty[j] : 0.0;
  return sum;
}

/* Fits s->fit, whose c, xi and active are set, unless that set has had its turn; *better: it is the new best. */
static PetscErrorCode fit_and_compare(DscSplineSearch s, DscSplineFit *best)
{
  const double penalty = penalty_of(s, s->fit.active);
  PetscBool    known;

  PetscFunctionBeginUser;
  PetscCall(was_tried(s, s->fit.active, &known));
  if (known) PetscFunctionReturn(0);
  s->fit.iterations = 0;
  PetscCall(
      DscSplineSolverFit(&s->solver, &s->weights, s->settings.iterations, SEARCH_GAIN, best->score - penalty, &s->fit));
  s->iterations += s->fit.iterations;
  s->fit.score = s->fit.value.v + penalty;
  if (s->fit.score < best->score) PetscCall(DscSplineFitCopy(&s->fit, best));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineSearchTry(DscSplineSearch s, const PetscBool active[], const double c[])
{
  const DscSplineProblem *p = s->problem;

  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(s->fit.c, c ? c : s->smooth, p->nunknowns));
  PetscCall(PetscArraycpy(s->fit.active, active, s->fit.columns));
  PetscCall(PetscArrayzero(s->fit.xi, s->fit.columns)); /* the first step finds them */
  PetscCall(fit_and_compare(s, &s->best));
  PetscFunctionReturn(0);
}

/* ---- the quadratic model: 2 b'x - x'S x on a set of terms ------------------------------------------------------- */

/* On the terms of active, one field or all: x = S^-1 b there, 0 elsewhere, and for every other term how much v would fall
   if it were added: gain[j]; with its coefficient then: value[j]. */
static PetscErrorCode model_gains(DscSplineSearch s, PetscInt n, const double S[], const double b[],
                                  const PetscBool active[], double x[], double gain[], double value[])
{
  double      *A = s->small, *row = s->small + (size_t)n * (size_t)n;
  PetscInt     m = 0;
  PetscBLASInt bm, one = 1, info;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < n; i++) m += active[i] ? 1 : 0;
  for (PetscInt i = 0, r = 0; i < n; i++) {
    if (!active[i]) continue;
    for (PetscInt j = 0, q = 0; j < n; j++) {
      if (active[j]) A[r * m + q++] = S[i * n + j] / sqrt(S[i * n + i] * S[j * n + j]) + (i == j ? 1e-10 : 0.0);
    }
    row[r++] = b[i] / sqrt(S[i * n + i]);
  }
  bm = (PetscBLASInt)m;
  if (m > 0) {
    PetscCallBLAS("LAPACKpotrf", LAPACKpotrf_("L", &bm, A, &bm, &info));
    PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_FP, "the terms' information matrix is singular");
    PetscCallBLAS("LAPACKpotrs", LAPACKpotrs_("L", &bm, &one, A, &bm, row, &bm, &info));
  }
  for (PetscInt i = 0, r = 0; i < n; i++) x[i] = active[i] ? row[r++] / sqrt(S[i * n + i]) : 0.0;
  for (PetscInt j = 0; j < n; j++) {
    double rest = b[j], square = S[j * n + j];

    gain[j] = value[j] = 0.0;
    if (active[j] || !(square > 0.0)) continue;
    for (PetscInt i = 0; i < n; i++) rest -= S[j * n + i] * x[i];
    for (PetscInt i = 0, r = 0; i < n; i++) {
      if (active[i]) row[r++] = S[j * n + i] / sqrt(S[i * n + i]);
    }
    for (PetscInt r = 0; r < m; r++) { /* forward substitution */
      for (PetscInt q = 0; q < r; q++) row[r] -= A[q * m + r] * row[q];
      row[r] /= A[r * m + r];
      square -= row[r] * row[r];
    }
    if (square < 1e-8 * S[j * n + j]) continue;
    gain[j]  = rest * rest / square;
    value[j] = rest / square;
  }
  PetscFunctionReturn(0);
}

static PetscInt largest(PetscInt n, const double gain[])
{
  PetscInt best = -1;

  for (PetscInt j = 0; j < n; j++) {
    if (gain[j] > 0.0 && (best < 0 || gain[j] > gain[best])) best = j;
  }
  return best;
}

/* Sets of 1, 2, ... terms a field by forward selection on a spline c, each tried as a start. */
static PetscErrorCode try_forward(DscSplineSearch s, const double c[])
{
  const DscSplineProblem *p = s->problem;
  const PetscInt          M = p->nterms, columns = s->fit.columns;
  PetscBool              *active;
  double                 *G, *b, *x, *gain, *value, yy;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc6(columns, &active, (p->nfields * M * M), &G, columns, &b, M, &x, M, &gain, M, &value));
  for (PetscInt f = 0; f < p->nfields; f++)
    PetscCall(DscSplineProblemMoments(s->problem, f, c, G + f * M * M, b + f * M, &yy));
  for (PetscInt k = 0; k < START_TERMS; k++) {
    for (PetscInt f = 0; f < p->nfields; f++) {
      PetscInt j;

      PetscCall(model_gains(s, M, G + f * M * M, b + f * M, active + f * M, x, gain, value));
      j = largest(M, gain);
      if (j >= 0) active[f * M + j] = PETSC_TRUE;
    }
    PetscCall(DscSplineSearchTry(s, active, c));
  }
  PetscCall(PetscFree6(active, G, b, x, gain, value));
  PetscFunctionReturn(0);
}

/* ---- search ------------------------------------------------------------------------------------------------- */

/* Starts from `from`, with the coefficients x of its terms and one more term `added` (-1: none). */
static PetscErrorCode try_change(DscSplineSearch s, const DscSplineFit *from, const PetscBool active[],
                                 const double x[], PetscInt added, double value, DscSplineFit *best)
{
  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(s->fit.c, from->c, from->nunknowns));
  PetscCall(PetscArraycpy(s->fit.active, active, from->columns));
  PetscCall(PetscArraycpy(s->fit.xi, x, from->columns));
  if (added >= 0) {
    s->fit.active[added] = PETSC_TRUE;
    s->fit.xi[added]     = value;
  }
  PetscCall(fit_and_compare(s, best));
  PetscFunctionReturn(0);
}

/* Every change of one term of `from` that the information matrix proposes. */
static PetscErrorCode try_neighbours(DscSplineSearch s, const DscSplineFit *from, DscSplineFit *best)
{
  const PetscInt n = from->columns;
  PetscBool     *active;
  double        *x, *gain, *value;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc4(n, &active, n, &x, n, &gain, n, &value));
  PetscCall(DscSplineSolverInformation(&s->solver, &s->weights, from, s->S, s->b));
  for (PetscInt out = -1; out < n; out++) {
    if (out >= 0 && !from->active[out]) continue;
    PetscCall(PetscArraycpy(active, from->active, n));
    if (out >= 0) active[out] = PETSC_FALSE;
    PetscCall(model_gains(s, n, s->S, s->b, active, x, gain, value));
    if (out >= 0) {
      PetscCall(try_change(s, from, active, x, -1, 0.0, best));
      gain[out] = 0.0;
    }
    for (PetscInt k = 0; k < (out < 0 ? ADDITIONS : PetscMax(EXCHANGES / from->nactive, LEAST_EACH)); k++) {
      const PetscInt j = largest(n, gain);

      if (j < 0) break;
      gain[j] = 0.0;
      PetscCall(try_change(s, from, active, x, j, value[j], best));
    }
  }
  PetscCall(PetscFree4(active, x, gain, value));
  PetscFunctionReturn(0);
}

/* Whether a term of the model should leave; *out: the one whose leaving costs least, -1 if each is worth its penalty. */
static PetscErrorCode find_worthless(DscSplineSearch s, const PetscBool active[], double x[], double gain[],
                                     double value[], PetscInt *out)
{
  const PetscInt n = s->fit.columns;
  PetscBool     *without;
  double         least = 0.0;

  PetscFunctionBeginUser;
  *out = -1;
  PetscCall(PetscMalloc1(n, &without));
  for (PetscInt j = 0; j < n; j++) {
    if (!active[j]) continue;
    PetscCall(PetscArraycpy(without, active, n));
    without[j] = PETSC_FALSE;
    PetscCall(model_gains(s, n, s->S, s->b, without, x, gain, value));
    if (gain[j] - s->penalty[j] < least) {
      least = gain[j] - s->penalty[j];
      *out  = j;
    }
  }
  PetscCall(PetscFree(without));
  PetscFunctionReturn(0);
}

/* Adds and drops terms of active as the quadratic model says; x: their coefficients then. */
static PetscErrorCode select_on_model(DscSplineSearch s, PetscBool active[], double x[])
{
  const PetscInt n = s->fit.columns;
  double        *gain, *value;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(n, &gain, n, &value));
  for (PetscInt step = 0; step < 4 * n; step++) {
    PetscInt out, in;

    PetscCall(find_worthless(s, active, x, gain, value, &out));
    if (out >= 0) {
      active[out] = PETSC_FALSE;
      continue;
    }
    PetscCall(model_gains(s, n, s->S, s->b, active, x, gain, value));
    for (PetscInt j = 0; j < n; j++) gain[j] -= s->penalty[j];
    in = largest(n, gain);
    if (in < 0) break;
    active[in] = PETSC_TRUE;
  }
  PetscCall(model_gains(s, n, s->S, s->b, active, x, gain, value));
  PetscCall(PetscFree2(gain, value));
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
      s->weights.roughness = s->smoothing * PetscMin(STRONG_ROUGH / lambda, 0.1);
      fit.iterations       = 0;
      PetscCall(DscSplineSolverFit(&s->solver, &s->weights, 6, SEARCH_GAIN, PETSC_MAX_REAL, &fit));
      s->iterations += fit.iterations;
      PetscCall(DscSplineSolverInformation(&s->solver, &s->weights, &fit, s->S, s->b));
      PetscCall(select_on_model(s, fit.active, fit.xi));
      if (getenv("DSCDBG")) {
        printf("   cont %g:", lambda);
        for (PetscInt j = 0; j < n; j++)
          if (fit.active[j]) printf(" %d:%.3g", j, fit.xi[j]);
        printf(" v %g\n", fit.value.v);
      }
    }
    if (lambda * WEAK_STEP * WEAK_STEP >= s->settings.lambda) {
      PetscCall(set_weights(s, s->settings.lambda));
      PetscCall(PetscArraycpy(s->fit.c, fit.c, p->nunknowns));
      PetscCall(PetscArraycpy(s->fit.active, fit.active, n));
      PetscCall(PetscArraycpy(s->fit.xi, fit.xi, n));
      PetscCall(fit_and_compare(s, &s->best));
      if (getenv("DSCDBG")) printf("   -> score %g best %g\n", s->fit.score, s->best.score);
    }
  }
  PetscCall(set_weights(s, s->settings.lambda));
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
    PetscCall(select_on_model(s, s->fit.active, s->fit.xi));
    PetscCall(fit_and_compare(s, &s->best));
    if (getenv("DSCDBG")) {
      printf("   settle best %g:", s->best.score);
      for (PetscInt j = 0; j < n; j++)
        if (s->best.active[j]) printf(" %d:%.3g", j, s->best.xi[j]);
      printf("\n");
    }
  } while (s->best.score < score);
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineSearchStart(DscSplineSearch s, PetscInt *iterations)
{
  double roughness = s->smoothing, *c, degrees;

  PetscFunctionBeginUser;
  PetscCall(try_continuation(s));
  if (getenv("DSCTRUE")) {
    PetscBool *a;
    int        j;
    char      *e = getenv("DSCTRUE"), *q;
    PetscCall(PetscCalloc1(s->fit.columns, &a));
    for (q = strtok(strdup(e), ","); q; q = strtok(NULL, ",")) {
      j    = atoi(q);
      a[j] = PETSC_TRUE;
    }
    PetscCall(DscSplineSearchTry(s, a, NULL));
    printf(" true: score %g v %g it %d conv %d xi:", s->fit.score, s->fit.value.v, s->fit.iterations, s->fit.converged);
    for (j = 0; j < s->fit.columns; j++)
      if (a[j]) printf(" %g", s->fit.xi[j]);
    printf("\n");
  }
  PetscCall(PetscMalloc1(s->problem->nunknowns, &c));
  for (PetscInt k = 0; k < SMOOTHERS; k++, roughness *= SMOOTHER_STEP) {
    PetscCall(DscSplineSolverSmooth(&s->solver, roughness, s->settings.seed, c, &degrees));
    PetscCall(try_forward(s, c));
  }
  PetscCall(PetscFree(c));
  PetscCall(settle(s));
  *iterations = s->iterations;
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineSearchRun(DscSplineSearch s, DscSplineReport report, void *context, PetscInt *iterations)
{
  DscSplineFit from;
  PetscBool    stop = PETSC_FALSE;

  PetscFunctionBeginUser;
  PetscCall(DscSplineFitCreate(s->problem, &from));
  do {
    PetscCall(DscSplineFitCopy(&s->best, &from));
    if (report) PetscCall(report(context, &s->best, s->iterations, &stop));
    if (stop) break;
    PetscCall(try_neighbours(s, &from, &s->best));
    if (s->best.score < from.score) PetscCall(settle(s));
  } while (s->best.score < from.score);
  PetscCall(DscSplineFitDestroy(&from));
  *iterations = s->iterations;
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineSearchContinue(DscSplineSearch s, DscSplineSearch from)
{
  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(s->fit.active, from->best.active, s->fit.columns));
  PetscCall(PetscArraycpy(s->fit.xi, from->best.xi, s->fit.columns));
  PetscCall(DscSplineSolverProject(&s->solver, from->problem, from->best.c, s->fit.c));
  PetscCall(fit_and_compare(s, &s->best));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineSearchStep(DscSplineSearch s)
{
  DscSplineFit from;

  PetscFunctionBeginUser;
  PetscCall(DscSplineFitCreate(s->problem, &from));
  PetscCall(DscSplineFitCopy(&s->best, &from));
  PetscCall(try_neighbours(s, &from, &s->best));
  PetscCall(DscSplineFitDestroy(&from));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineSearchUseScales(DscSplineSearch s, DscSplineSearch from)
{
  PetscFunctionBeginUser;
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
  *fit     = &s->best;
  *weights = &s->weights;
  *solver  = &s->solver;
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineSearchPolish(DscSplineSearch s, double lambda)
{
  const DscSplineProblem *p = s->problem;
  double                  change;

  PetscFunctionBeginUser;
  PetscCall(set_weights(s, lambda));
  for (PetscInt k = 0; k < MAX_POLISH; k++) {
    PetscCall(
        DscSplineSolverFit(&s->solver, &s->weights, 5 * s->settings.iterations, POLISH_GAIN, PETSC_MAX_REAL, &s->best));
    PetscCall(DscSplineSolverDegrees(&s->solver, &s->weights, &s->best, s->settings.seed, &s->best.degrees));
    change = 0.0;
    for (PetscInt f = 0; f < p->nfields; f++) {
      const double variance = PetscMax(s->best.value.sse[f], 1e-300) /
                              PetscMax((double)p->nsamples - s->best.degrees / (double)p->nfields, 1.0);

      change                 = PetscMax(change, fabs(log(variance / s->weights.variance[f])));
      s->weights.variance[f] = variance;
    }
    PetscCall(set_weights(s, lambda));
    if (change < 0.01) break;
  }
  s->best.score = s->best.value.v + penalty_of(s, s->best.active);
  PetscFunctionReturn(0);
}
