#include "method/spline.h"
#include "method/history.h"
#include "method/result.h"
#include "method/spline_search.h"
#include "method/untrained.h"

#include <petscblaslapack.h>

#define REFINEMENT    1.4 /* of the intervals, as long as the equation then fits better */
#define FEWEST        4
#define MOST_UNKNOWNS 40000.0 /* of a refined spline */
#define MEGABYTE      1048576.0
#define STRENGTHENING 5.0 /* of the equation from one spline to the next */
#define STILL         0.2 /* standard deviations */

struct _p_DscSpline {
  MPI_Comm              comm;    /* (not owned) */
  DscOptions            options; /* (owned) of the one experiment */
  DscDataSet           *data;    /* (owned) */
  DscLibrary            library; /* (owned) */
  DscSplineSettings     settings;
  double                lambda_last;
  double                limit; /* bytes; 0: none */
  PetscInt              intervals[DSC_MAX_COORDINATES], degree[DSC_MAX_COORDINATES];
  DscSplineProblem     *problem;     /* (owned) of the present level */
  DscSplineSearch       search;      /* (owned) */
  DscMoments            moments;     /* (owned) */
  DscRegression        *regressions; /* (owned) [nleft] */
  const DscRegression **pointers;    /* (owned) [nleft] to them */
  const DscRunControl  *control;     /* (not owned) during the run */
  DscHistory            history;     /* (owned) during the run */
  PetscBool             stopped;
};

/* ---- set-up ------------------------------------------------------------------------------------------------- */

static PetscErrorCode choose_axes(DscSpline r, DscOptions options)
{
  const DscFeature *features;
  PetscInt          nfeatures, n, *given, degree;

  PetscFunctionBeginUser;
  PetscCall(DscLibraryGetFeatures(r->library, &nfeatures, &features));
  PetscCall(DscOptionsGetInts(options, "spline_intervals", &n, &given));
  PetscCall(DscOptionsGetInt(options, "spline_degree", &degree));
  for (PetscInt a = 0; a < r->data->ncoordinates; a++) {
    PetscInt highest = 0;

    for (PetscInt i = 0; i < nfeatures; i++) highest = PetscMax(highest, features[i].order[a]);
    r->degree[a] = degree > 0 ? degree : PetscMin(PetscMax(5, highest + 3), DSC_SPLINE_MAX_DEGREE);
    if (n == r->data->ncoordinates && given[a] > 0)
      r->intervals[a] = given[a];
    else if (r->data->grid[0] > 0)
      r->intervals[a] = PetscMax(4, (PetscInt)(0.9 * (double)(r->data->grid[a] - 1)));
    else
      r->intervals[a] =
          PetscMax(4, (PetscInt)(0.9 * pow((double)r->data->nsamples, 1.0 / (double)r->data->ncoordinates)));
  }
  PetscCall(PetscFree(given));
  PetscFunctionReturn(0);
}

/* What makes sense only with a network, or with a part of the data on each rank. */
static PetscErrorCode check_options(DscSpline r, DscOptions options)
{
  double fraction;

  PetscFunctionBeginUser;
  PetscCall(DscUntrainedTakesOneSet(r->comm, options, "a spline", &r->options));
  PetscCall(DscUntrainedNeedsValues(r->comm, r->options, "a spline needs"));
  PetscCall(DscOptionsGetReal(options, "data_test_fraction", &fraction));
  DscOptionsUserCheck(fraction == 0.0, options, r->comm, "data_test_fraction",
                      "with approximator spline all samples are fitted, and nothing is tested; use 0");
  PetscFunctionReturn(0);
}

/* Enough samples, and room for the first spline. */
static PetscErrorCode check_size(DscSpline r, DscOptions options, PetscInt nterms)
{
  const double bytes = DscSplineProblemBytes(r->data, r->library, r->intervals, r->degree);
  PetscInt     megabytes;

  PetscFunctionBeginUser;
  DscUserCheck(r->data->nsamples > nterms, r->comm,
               "data: %" PetscInt_FMT " samples are too few for a library of %" PetscInt_FMT
               " terms; take more samples, or fewer terms",
               r->data->nsamples, nterms);
  PetscCall(DscOptionsGetInt(options, "memory_limit", &megabytes));
  r->limit = (double)megabytes * MEGABYTE;
  DscOptionsUserCheck(megabytes == 0 || bytes <= r->limit, options, r->comm, "memory_limit",
                      "a rank needs %.0f MB; what helps: data_stride_*, fewer -spline_intervals, fewer terms",
                      ceil(bytes / MEGABYTE));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineCreate(MPI_Comm comm, DscOptions options, DscSpline *run)
{
  double    nsamples;
  PetscInt  seed, nterms;
  DscSpline r;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&r));
  *run    = r;
  r->comm = comm;
  PetscCall(check_options(r, options));
  PetscCall(DscOptionsGetInt(options, "seed", &seed));
  r->settings.seed = (uint64_t)seed;
  PetscCall(DscOptionsGetReal(options, "spline_lambda", &r->settings.lambda));
  PetscCall(DscOptionsGetReal(options, "spline_lambda_last", &r->lambda_last));
  PetscCall(DscOptionsGetReal(options, "spline_complexity", &r->settings.complexity));
  PetscCall(DscOptionsGetInt(options, "spline_iterations", &r->settings.iterations));
  PetscCall(DscDataSetCreate(comm, r->options, (uint64_t)seed, &r->data));
  PetscCall(DscLibraryCreate(r->options, r->data, &r->library));
  PetscCall(DscLibraryGetTerms(r->library, &nterms, NULL));
  PetscCall(choose_axes(r, options));
  PetscCall(check_size(r, options, nterms));
  nsamples = (double)r->data->nsamples;
  PetscCall(DscMomentsCreate(1, nterms, r->data->nfields, 1, &nsamples, &r->moments));
  PetscCall(PetscCalloc2(r->data->nfields, &r->regressions, r->data->nfields, &r->pointers));
  for (PetscInt f = 0; f < r->data->nfields; f++) {
    PetscCall(DscRegressionCreate(nterms, &r->regressions[f]));
    r->pointers[f] = &r->regressions[f];
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode destroy_level(DscSpline r)
{
  PetscFunctionBeginUser;
  PetscCall(DscSplineSearchDestroy(&r->search));
  if (r->problem) PetscCall(DscSplineProblemDestroy(r->problem));
  PetscCall(PetscFree(r->problem));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineDestroy(DscSpline *run)
{
  DscSpline r = *run;

  PetscFunctionBeginUser;
  if (!r) PetscFunctionReturn(0);
  PetscCall(DscHistoryDestroy(&r->history));
  for (PetscInt f = 0; r->regressions && f < r->data->nfields; f++) PetscCall(DscRegressionDestroy(&r->regressions[f]));
  PetscCall(PetscFree2(r->regressions, r->pointers));
  PetscCall(DscMomentsDestroy(&r->moments));
  PetscCall(destroy_level(r));
  PetscCall(DscLibraryDestroy(&r->library));
  PetscCall(DscDataSetDestroy(&r->data));
  PetscCall(DscOptionsDestroy(&r->options));
  PetscCall(PetscFree(*run));
  PetscFunctionReturn(0);
}

/* ---- run ---------------------------------------------------------------------------------------------------- */

/* Standard deviations of the active coefficients: the inverse of the information on them. */
static PetscErrorCode set_covariance(DscSpline r, const DscSplineFit *fit, const double S[])
{
  const PetscInt     n = fit->columns, M = r->problem->nterms;
  const PetscBLASInt m = (PetscBLASInt)fit->nactive;
  PetscInt          *which, k = 0;
  PetscBLASInt       info;
  double            *A;

  PetscFunctionBeginUser;
  if (m == 0) PetscFunctionReturn(0);
  PetscCall(PetscMalloc2(fit->nactive, &which, (fit->nactive * fit->nactive), &A));
  for (PetscInt j = 0; j < n; j++) {
    if (fit->active[j]) which[k++] = j;
  }
  for (PetscInt i = 0; i < m; i++) {
    for (PetscInt j = 0; j < m; j++) A[i * m + j] = S[which[i] * n + which[j]];
  }
  PetscCallBLAS("LAPACKpotrf", LAPACKpotrf_("L", &m, A, &m, &info));
  PetscCheck(info == 0, r->comm, PETSC_ERR_FP, "the information matrix of the active terms is singular");
  PetscCallBLAS("LAPACKpotri", LAPACKpotri_("L", &m, A, &m, &info));
  for (PetscInt i = 0; i < m; i++) {
    DscRegression *reg = &r->regressions[which[i] / M];

    for (PetscInt j = 0; j <= i; j++) {
      if (which[j] / M != which[i] / M) continue;
      reg->covariance[which[i] % M * M + which[j] % M] = reg->covariance[which[j] % M * M + which[i] % M] =
          A[j * m + i];
    }
    reg->std[which[i] % M] = sqrt(A[i * m + i]);
  }
  PetscCall(PetscFree2(which, A));
  PetscFunctionReturn(0);
}

/* The fit as regressions and moments: what history and result are made from. */
static PetscErrorCode set_regressions(DscSpline r, const DscSplineFit *fit, const DscSplineWeights *weights)
{
  const PetscInt M = r->problem->nterms, K = r->moments.nrows;
  double        *G, *b, yy;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2((M * M), &G, M, &b));
  for (PetscInt f = 0; f < r->data->nfields; f++) {
    DscRegression *reg = &r->regressions[f];
    const double   N   = (double)r->data->nsamples;

    PetscCall(DscSplineProblemMoments(r->problem, f, fit->c, G, b, &yy));
    for (PetscInt j = 0; j < M; j++) {
      reg->active[j]       = fit->active[f * M + j];
      reg->coefficients[j] = fit->xi[f * M + j];
      reg->normalized[j]   = yy > 0.0 ? fit->xi[f * M + j] * sqrt(G[j * M + j] / yy) : 0.0;
      for (PetscInt i = 0; i < M; i++) r->moments.C[i * K + j] = N * G[i * M + j];
      r->moments.C[(M + f) * K + j] = r->moments.C[j * K + M + f] = N * b[j];
    }
    r->moments.C[(M + f) * K + M + f] = N * yy;
    r->moments.sse[f]                 = fit->value.sse[f];
    reg->residual                     = fit->value.residual[f] * N / (double)r->problem->npoints;
    reg->noise_precision              = weights->equation[f];
    reg->converged                    = fit->converged;
  }
  PetscCall(PetscFree2(G, b));
  PetscFunctionReturn(0);
}

static PetscErrorCode report(void *context, const DscSplineFit *fit, PetscInt iterations, PetscBool *stop)
{
  DscSpline         r = context;
  DscSplineWeights *weights;

  PetscFunctionBeginUser;
  PetscCall(DscSplineSearchGetBest(r->search, NULL, &weights, NULL));
  PetscCall(set_regressions(r, fit, weights));
  const DscHistoryEntry entry = {.iteration     = iterations,
                                 .loss          = fit->score,
                                 .fraction_done = 0.5,
                                 .moments       = &r->moments,
                                 .regressions   = r->pointers};
  PetscCall(DscHistoryAdd(r->history, &entry));
  PetscCall(DscUntrainedPoll(r->comm, r->control, stop));
  r->stopped = *stop;
  PetscFunctionReturn(0);
}

static PetscErrorCode fill_result(DscSpline r, const DscSplineFit *fit, DscResult *result)
{
  PetscBool truth_inside;

  PetscFunctionBeginUser;
  result->mse = 0.0;
  for (PetscInt f = 0; f < r->data->nfields; f++) {
    PetscCall(DscResultSetRegression(result, f, &r->regressions[f]));
    result->mse += fit->value.sse[f] / (double)(r->data->nsamples * r->data->nfields);
  }
  result->bic = fit->score;
  PetscCall(DscTruthIsInLibrary(r->library, r->data, &truth_inside));
  PetscCall(DscResultCompareTruth(result, truth_inside));
  result->status = r->stopped ? DSC_RUN_STOPPED : fit->converged ? DSC_RUN_DONE : DSC_RUN_NOT_CONVERGED;
  PetscCall(PetscSNPrintf(result->reason, sizeof(result->reason), "%s",
                          r->stopped       ? "stopped while the terms were sought"
                          : fit->converged ? "no other set of terms is better"
                                           : "the last fit did not converge"));
  PetscFunctionReturn(0);
}

/* A spline with `intervals`. */
static PetscErrorCode create_level(DscSpline r, const PetscInt intervals[])
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(&r->problem));
  PetscCall(DscSplineProblemCreate(r->data, r->library, intervals, r->intervals, r->degree, r->problem));
  PetscCall(DscSplineSearchCreate(r->problem, &r->settings, &r->search));
  PetscFunctionReturn(0);
}

/* `factor` times the intervals along one axis (-1: all), with the best set so far fitted: the present level goes to *problem
   and *search. *possible: there is room for it. */
static PetscErrorCode change_level(DscSpline r, PetscInt axis, double factor, DscSplineProblem **problem,
                                   DscSplineSearch *search, PetscBool *possible)
{
  PetscInt intervals[DSC_MAX_COORDINATES];
  double   n = (double)r->problem->nfields;

  PetscFunctionBeginUser;
  for (PetscInt a = 0; a < r->data->ncoordinates; a++) {
    intervals[a] = r->problem->space.axis[a].intervals;
    if (axis < 0 || axis == a) intervals[a] = PetscMax(FEWEST, (PetscInt)ceil(factor * (double)intervals[a]));
    n *= (double)(intervals[a] + r->degree[a]);
  }
  *possible = (PetscBool)(n <= MOST_UNKNOWNS &&
                          (r->limit == 0.0 ||
                           2.0 * DscSplineProblemBytes(r->data, r->library, intervals, r->degree) <= r->limit));
  if (axis >= 0 && intervals[axis] == r->problem->space.axis[axis].intervals) *possible = PETSC_FALSE;
  if (!*possible) PetscFunctionReturn(0);
  *problem   = r->problem;
  *search    = r->search;
  r->problem = NULL;
  r->search  = NULL;
  PetscCall(create_level(r, intervals));
  PetscCall(DscSplineSearchUseScales(r->search, *search));
  PetscCall(DscSplineSearchContinue(r->search, *search));
  PetscFunctionReturn(0);
}

/* Keeps the new level and destroys the one before it, or the other way round. */
static PetscErrorCode choose_level(DscSpline r, PetscBool keep, DscSplineProblem *problem, DscSplineSearch search)
{
  DscSplineProblem *present = r->problem;
  DscSplineSearch   at      = r->search;

  PetscFunctionBeginUser;
  r->problem = keep ? problem : present;
  r->search  = keep ? search : at;
  PetscCall(destroy_level(r));
  r->problem = keep ? present : problem;
  r->search  = keep ? at : search;
  PetscFunctionReturn(0);
}

/* Akaike's criterion of the best fit of a level, with the degrees of freedom of its spline: a finer one always follows the
   noise of the initial state further, and is better only where it gains more than that. */
static PetscErrorCode level_score(DscSplineSearch search, uint64_t seed, double *score)
{
  DscSplineFit     *fit;
  DscSplineWeights *weights;
  DscSplineSolver  *solver;

  PetscFunctionBeginUser;
  PetscCall(DscSplineSearchGetBest(search, &fit, &weights, &solver));
  PetscCall(DscSplineSolverDegrees(solver, weights, fit, seed, &fit->degrees));
  *score = fit->score + 2.0 * fit->degrees;
  PetscFunctionReturn(0);
}

/* Changes the intervals along one axis as long as the criterion falls by `gain`; *score: of the present level. */
static PetscErrorCode adapt_axis(DscSpline r, PetscInt axis, double factor, double gain, double *score,
                                 PetscBool *changed)
{
  PetscBool better = PETSC_TRUE;

  PetscFunctionBeginUser;
  while (better) {
    DscSplineProblem *problem;
    DscSplineSearch   before;
    double            other;
    PetscBool         possible;

    PetscCall(change_level(r, axis, factor, &problem, &before, &possible));
    if (!possible) break;
    PetscCall(level_score(r->search, r->settings.seed, &other));
    PetscCall(PetscInfo(NULL, "axis %" PetscInt_FMT ": %" PetscInt_FMT " -> %" PetscInt_FMT " intervals: %g -> %g\n",
                        axis, problem->space.axis[axis].intervals, r->problem->space.axis[axis].intervals, *score,
                        other));
    better = (PetscBool)(other < *score - gain);
    PetscCall(choose_level(r, better, problem, before));
    if (better) {
      *score   = other;
      *changed = PETSC_TRUE;
    }
  }
  PetscFunctionReturn(0);
}

/* Adapts the spline to its best set: finer along every axis where that fits better. *changed: it did. */
static PetscErrorCode adapt(DscSpline r, PetscBool *changed)
{
  const double tolerance = log((double)r->data->nsamples);
  PetscBool    again     = PETSC_TRUE;
  double       score;

  PetscFunctionBeginUser;
  *changed = PETSC_FALSE;
  PetscCall(level_score(r->search, r->settings.seed, &score));
  while (again) {
    again = PETSC_FALSE;
    for (PetscInt a = 0; a < r->data->ncoordinates; a++)
      PetscCall(adapt_axis(r, a, REFINEMENT, tolerance, &score, &again));
    if (again) *changed = PETSC_TRUE;
  }
  PetscFunctionReturn(0);
}

/* The best set on a spline on which nothing fits better with more intervals. */
static PetscErrorCode search(DscSpline r, PetscInt *iterations)
{
  PetscBool changed = PETSC_FALSE;

  PetscFunctionBeginUser;
  PetscCall(create_level(r, r->intervals));
  PetscCall(DscSplineSearchSmooth(r->search));
  PetscCall(DscSplineSearchStart(r->search, iterations));
  do {
    PetscCall(adapt(r, &changed));
    PetscCall(DscSplineSearchRun(r->search, report, r, iterations));
    if (r->stopped) break;
    PetscCall(adapt(r, &changed));
  } while (changed);
  PetscFunctionReturn(0);
}

/* Information on all coefficients at the best fit, and from it the regressions with their errors. */
static PetscErrorCode set_equation(DscSpline r)
{
  DscSplineFit     *fit;
  DscSplineWeights *weights;
  DscSplineSolver  *solver;
  double           *S, *b;

  PetscFunctionBeginUser;
  PetscCall(DscSplineSearchGetBest(r->search, &fit, &weights, &solver));
  PetscCall(set_regressions(r, fit, weights));
  PetscCall(PetscMalloc2((fit->columns * fit->columns), &S, fit->columns, &b));
  PetscCall(DscSplineSolverInformation(solver, weights, fit, S, b));
  PetscCall(set_covariance(r, fit, S));
  PetscCall(PetscFree2(S, b));
  PetscFunctionReturn(0);
}

/* How far the coefficients are from the regressions, in standard deviations of these. */
static double distance(DscSpline r, const DscSplineFit *fit)
{
  double most = 0.0;

  for (PetscInt j = 0; j < fit->columns; j++) {
    const DscRegression *reg = &r->regressions[j / r->problem->nterms];
    const PetscInt       i   = j % r->problem->nterms;

    if (fit->active[j]) most = PetscMax(most, fabs(fit->xi[j] - reg->coefficients[i]) / reg->std[i]);
  }
  return most;
}

/* Strengthens the equation, on finer and finer splines, until the coefficients move by less than a part of their errors:
   what is left is neither the grid's nor the weight's doing. */
static PetscErrorCode polish(DscSpline r)
{
  double lambda = r->settings.lambda, moved = PETSC_MAX_REAL;

  PetscFunctionBeginUser;
  PetscCall(DscSplineSearchPolish(r->search, lambda));
  PetscCall(set_equation(r));
  for (lambda *= STRENGTHENING; moved > STILL && lambda <= r->lambda_last; lambda *= STRENGTHENING) {
    DscSplineProblem *problem;
    DscSplineSearch   coarse_search;
    DscSplineFit     *coarse, *fine;
    PetscBool         possible;

    PetscCall(DscSplineSearchGetBest(r->search, &coarse, NULL, NULL));
    if (coarse->nactive == 0) break;
    PetscCall(change_level(r, -1, REFINEMENT, &problem, &coarse_search, &possible));
    if (!possible) break;
    PetscCall(choose_level(r, PETSC_TRUE, problem, coarse_search));
    PetscCall(DscSplineSearchPolish(r->search, lambda));
    PetscCall(DscSplineSearchGetBest(r->search, &fine, NULL, NULL));
    moved = distance(r, fine);
    PetscCall(set_equation(r));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineRun(DscSpline r, const DscRunControl *control, PetscBool progress, DscResult *result)
{
  DscSplineFit *fit;

  PetscFunctionBeginUser;
  r->control = control;
  PetscCall(DscResultSetEquation(result, r->library, 1, (const DscDataSet *const *)&r->data));
  PetscCall(DscHistoryCreate(r->comm, result, progress, &r->history));
  PetscCall(search(r, &result->iterations));
  if (r->stopped)
    PetscCall(set_equation(r));
  else
    PetscCall(polish(r));
  PetscCall(DscSplineSearchGetBest(r->search, &fit, NULL, NULL));
  PetscCall(fill_result(r, fit, result));
  PetscCall(DscHistoryDestroy(&r->history));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplinePrintPlan(DscSpline r)
{
  PetscInt nterms;

  PetscFunctionBeginUser;
  PetscCall(DscLibraryGetTerms(r->library, &nterms, NULL));
  PetscCall(PetscPrintf(r->comm, "data:        %s\n", r->data->description));
  PetscCall(PetscPrintf(r->comm, "samples:     %" PetscInt_FMT "\n", r->data->nsamples));
  PetscCall(PetscPrintf(r->comm, "library:     %" PetscInt_FMT " terms, %" PetscInt_FMT " left-hand sides\n", nterms,
                        r->data->nfields));
  PetscCall(PetscPrintf(r->comm, "spline:      "));
  for (PetscInt a = 0; a < r->data->ncoordinates; a++)
    PetscCall(PetscPrintf(r->comm, "%s%" PetscInt_FMT, a ? " x " : "", r->intervals[a]));
  PetscCall(PetscPrintf(r->comm, " intervals, degrees"));
  for (PetscInt a = 0; a < r->data->ncoordinates; a++) PetscCall(PetscPrintf(r->comm, " %" PetscInt_FMT, r->degree[a]));
  PetscCall(PetscPrintf(r->comm, "\n"));
  PetscFunctionReturn(0);
}
