#include "method/spline.h"
#include "method/history.h"
#include "method/prediction.h"
#include "method/result.h"
#include "method/selection.h"
#include "method/spline_search.h"
#include "method/untrained.h"

#include <petscblaslapack.h>

#define REFINEMENT     1.4 /* of the intervals, as long as the equation then fits better */
#define FEWEST         4
#define MOST_UNKNOWNS  40000.0 /* of a refined spline */
#define UNKNOWNS_LIMIT 1e6
#define MEGABYTE       1048576.0
#define STRENGTHENING  5.0 /* of the equation from one spline to the next */
#define STILL          0.2 /* standard deviations */

struct _p_DscSpline {
  MPI_Comm              comm;    /* (not owned) */
  DscOptions            options; /* (owned) of the one experiment */
  DscDataSet           *data;    /* (owned) */
  DscLibrary            library; /* (owned) */
  DscSplineSettings     settings;
  double                lambda_last;
  double                limit; /* bytes; 0: none */
  PetscInt              intervals[DSC_MAX_COORDINATES], degree[DSC_MAX_COORDINATES];
  DscSplineProblem     *problem;                                         /* (owned) of the present level */
  DscSplineSearch       search;                                          /* (owned) */
  DscMoments            moments;                                         /* (owned) */
  DscRegression        *regressions;                                     /* (owned) [nleft] */
  const DscRegression **pointers;                                        /* (owned) [nleft] to them */
  double                sse_test[DSC_MAX_FIELDS], ntest[DSC_MAX_FIELDS]; /* of the fit last reported */
  const DscRunControl  *control;                                         /* (not owned) during the run */
  DscHistory            history;                                         /* (owned) during the run */
  PetscBool             stopped;
};

/* ---- set-up ------------------------------------------------------------------------------------------------- */

/* Values to fit of the field that has the fewest. */
static PetscInt fewest_values(const DscDataSet *data)
{
  PetscInt fewest = data->ntrain;

  for (PetscInt f = 0; f < data->nfields; f++) fewest = PetscMin(fewest, DscDataSetCountPresent(data, f, PETSC_TRUE));
  return fewest;
}

/* Above the highest derivative along the axis, and enough for the roughness. */
static PetscErrorCode choose_degree(DscSpline r, DscOptions options, PetscInt axis)
{
  const DscFeature *features;
  PetscInt          nfeatures, degree, highest = 0;

  PetscFunctionBeginUser;
  PetscCall(DscLibraryGetFeatures(r->library, &nfeatures, &features));
  for (PetscInt i = 1; i < nfeatures; i++) {
    if (features[i].order[axis] > features[highest].order[axis]) highest = i;
  }
  PetscCall(DscOptionsGetInt(options, "spline_degree", &degree));
  const PetscInt order = features[highest].order[axis];
  DscOptionsUserCheck(degree == 0 || degree >= PetscMax(order + 1, 2), options, r->comm, "spline_degree",
                      "%s of a spline of this degree is not continuous; use at least %" PetscInt_FMT,
                      features[highest].name, PetscMax(order + 1, 2));
  r->degree[axis] = degree > 0 ? degree : PetscMin(PetscMax(5, order + 3), DSC_SPLINE_MAX_DEGREE);
  PetscFunctionReturn(0);
}

/* As many intervals as the values can carry, 9 for 10 points along an axis, or as given. */
static PetscErrorCode choose_axes(DscSpline r, DscOptions options)
{
  const PetscInt d     = r->data->ncoordinates;
  const double   share = (double)fewest_values(r->data) / (double)r->data->nsamples, root = 1.0 / (double)d;
  PetscInt       n, *given;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetInts(options, "spline_intervals", &n, &given));
  for (PetscInt a = 0; a < d; a++) {
    const double points = r->data->grid[a] > 0 ? (double)(r->data->grid[a] - 1) : pow((double)r->data->nsamples, root);

    PetscCall(choose_degree(r, options, a));
    if ((n == d || n == 1) && given[n == d ? a : 0] > 0)
      r->intervals[a] = given[n == d ? a : 0];
    else
      r->intervals[a] = PetscMax(4, (PetscInt)(0.9 * points * pow(share, root)));
  }
  PetscCall(PetscFree(given));
  DscOptionsUserCheck(n == d || n == 1, options, r->comm, "spline_intervals",
                      "%" PetscInt_FMT " numbers for %" PetscInt_FMT
                      " coordinates; give one for all, or one for each, time first",
                      n, d);
  PetscFunctionReturn(0);
}

/* What belongs to a regression or to a network, or to a part of the data on each rank. */
static PetscErrorCode check_options(DscSpline r, DscOptions options)
{
  static const char *const without[][2] = {
      {"constraint", "sbl"}, {"estimator", "threshold"}, {"mask_schedule", "periodic"}};
  PetscInt members;

  PetscFunctionBeginUser;
  PetscCall(DscUntrainedTakesOneSet(r->comm, options, "a spline", &r->options));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(without); i++) {
    const char *value;

    PetscCall(DscOptionsGetString(options, without[i][0], &value));
    DscOptionsUserCheck(strcmp(value, without[i][1]) == 0, options, r->comm, without[i][0],
                        "a spline has none: it chooses terms by a fit for each set of them (-spline_complexity); leave "
                        "it out, or take another approximator");
  }
  PetscCall(DscOptionsGetInt(options, "ensemble_size", &members));
  DscOptionsUserCheck(members == 0, options, r->comm, "ensemble_size",
                      "there are no ensembles of splines; use 0, or another approximator");
  PetscCall(DscUntrainedHasNoSchedule(r->comm, r->options));
  PetscFunctionReturn(0);
}

/* Enough samples, and room for the first spline. */
static PetscErrorCode check_size(DscSpline r, DscOptions options, PetscInt nterms)
{
  const double   bytes  = DscSplineProblemBytes(r->data, r->library, r->intervals, r->degree);
  const PetscInt fewest = fewest_values(r->data);
  PetscInt       megabytes;
  double         n, bandwidth;

  PetscFunctionBeginUser;
  DscUserCheck(fewest > nterms, r->comm,
               "data: %" PetscInt_FMT " samples are too few for a library of %" PetscInt_FMT
               " terms; take more samples, or fewer terms",
               fewest, nterms);
  DscSplineSpaceGetSize(r->data->ncoordinates, r->intervals, r->degree, &n, &bandwidth);
  n *= (double)r->data->nfields;
  DscOptionsUserCheck(n <= UNKNOWNS_LIMIT, options, r->comm, "spline_intervals",
                      "the spline has %.3g unknowns, of %.0f at most; use fewer intervals, or data_stride_*", n,
                      UNKNOWNS_LIMIT);
  PetscCall(DscOptionsGetInt(options, "memory_limit", &megabytes));
  r->limit = (double)megabytes * MEGABYTE;
  DscOptionsUserCheck(megabytes == 0 || bytes <= r->limit, options, r->comm, "memory_limit",
                      "a rank needs %.0f MB; what helps: data_stride_*, fewer -spline_intervals, fewer terms",
                      ceil(bytes / MEGABYTE));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineCreate(MPI_Comm comm, DscOptions options, DscSpline *run)
{
  double    ntrain;
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
  ntrain = (double)r->data->ntrain;
  PetscCall(DscMomentsCreate(1, nterms, r->data->nfields, 1, &ntrain, &r->moments));
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
    const double   N   = (double)r->data->ntrain;

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
    r->moments.present[f]             = r->problem->nfitted[f];
    reg->residual                     = fit->value.residual[f] * N / (double)r->problem->npoints;
    reg->noise_precision              = weights->equation[f];
    reg->converged                    = fit->converged;
  }
  PetscCall(PetscFree2(G, b));
  DscSplineProblemErrors(r->problem, r->data->ntrain, r->data->nsamples, fit->c, r->sse_test, r->ntest);
  PetscFunctionReturn(0);
}

/* A row of history and log: of a fit after so many iterations, for which the regressions are set. */
static PetscErrorCode add_history(DscSpline r, const DscSplineFit *fit, PetscInt iterations, double fraction_done)
{
  const DscHistoryEntry entry = {.iteration     = iterations,
                                 .loss          = fit->score,
                                 .fraction_done = fraction_done,
                                 .moments       = &r->moments,
                                 .regressions   = r->pointers,
                                 .sse_test      = r->sse_test,
                                 .ntest         = r->ntest};

  PetscFunctionBeginUser;
  PetscCall(DscHistoryAdd(r->history, &entry));
  PetscFunctionReturn(0);
}

static PetscErrorCode report(void *context, const DscSplineFit *fit, PetscInt iterations, PetscBool *stop)
{
  DscSpline         r = context;
  DscSplineWeights *weights;

  PetscFunctionBeginUser;
  PetscCall(DscSplineSearchGetBest(r->search, NULL, &weights, NULL));
  PetscCall(set_regressions(r, fit, weights));
  PetscCall(add_history(r, fit, iterations, 0.5));
  PetscCall(DscUntrainedPoll(r->comm, r->control, stop));
  r->stopped = *stop;
  PetscFunctionReturn(0);
}

static PetscErrorCode fill_result(DscSpline r, const DscSplineFit *fit, DscResult *result)
{
  PetscBool truth_inside;
  double    error = 0.0;

  PetscFunctionBeginUser;
  result->mse = 0.0;
  for (PetscInt f = 0; f < r->data->nfields; f++) {
    PetscCall(DscResultSetRegression(result, f, &r->regressions[f]));
    result->mse += fit->value.sse[f] / (r->problem->nfitted[f] * (double)r->data->nfields);
  }
  result->bic = fit->score;
  for (PetscInt f = 0; f < r->data->nfields; f++) { /* a set is judged by the data's misfit */
    double square = 0.0, n = 0.0;

    for (PetscInt i = 0; i < r->data->nsamples; i++) {
      if (isnan(r->data->fields[f][i])) continue;
      square += PetscSqr(r->data->fields[f][i]);
      n += 1.0;
    }
    if (square > 0.0) error += (fit->value.sse[f] / r->problem->nfitted[f]) / (square / n) / (double)r->data->nfields;
  }
  PetscCall(DscSelectionAdd(result, 1, fit->active, error, fit->score));
  PetscCall(DscTruthIsInLibrary(r->library, r->data, &truth_inside));
  PetscCall(DscResultCompareTruth(result, truth_inside));
  result->status = r->stopped ? DSC_RUN_STOPPED : fit->converged ? DSC_RUN_DONE : DSC_RUN_NOT_CONVERGED;
  PetscCall(PetscSNPrintf(result->reason, sizeof(result->reason), "%s",
                          r->stopped       ? "stopped while the terms were sought"
                          : fit->converged ? "no other set of terms is better"
                                           : "the last fit did not converge"));
  PetscFunctionReturn(0);
}

/* The spline at every sample. */
static PetscErrorCode fill_prediction(DscSpline r, const DscSplineFit *fit, DscTable *prediction)
{
  const PetscInt n = r->data->nsamples, nf = r->data->nfields;
  const double  *fields[DSC_MAX_FIELDS];
  double        *values;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1((size_t)n * (size_t)nf, &values));
  for (PetscInt f = 0; f < nf; f++) {
    fields[f] = values + (size_t)f * (size_t)n;
    PetscCall(DscSplineProblemPredict(r->problem, f, fit->c, values + (size_t)f * (size_t)n));
  }
  PetscCall(DscPredictionSet(r->data, fields, prediction));
  PetscCall(PetscFree(values));
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
  const double tolerance = log((double)r->data->ntrain);
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
  if (!r->stopped) PetscCall(add_history(r, fit, result->iterations, 1.0));
  PetscCall(fill_result(r, fit, result));
  if (control && control->prediction) PetscCall(fill_prediction(r, fit, &result->prediction));
  PetscCall(DscHistoryDestroy(&r->history));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplinePrintPlan(DscSpline r)
{
  const PetscInt d = r->data->ncoordinates;
  PetscInt       nterms;
  double         n, bandwidth;

  PetscFunctionBeginUser;
  PetscCall(DscLibraryGetTerms(r->library, &nterms, NULL));
  DscSplineSpaceGetSize(d, r->intervals, r->degree, &n, &bandwidth);
  PetscCall(PetscPrintf(r->comm, "data:        %s\n", r->data->description));
  PetscCall(PetscPrintf(r->comm, "samples:     %" PetscInt_FMT " to fit, %" PetscInt_FMT " to test\n", r->data->ntrain,
                        r->data->nsamples - r->data->ntrain));
  if (fewest_values(r->data) < r->data->ntrain) {
    PetscCall(PetscPrintf(r->comm, "values:     "));
    for (PetscInt f = 0; f < r->data->nfields; f++)
      PetscCall(PetscPrintf(r->comm, " %" PetscInt_FMT " of %s", DscDataSetCountPresent(r->data, f, PETSC_TRUE),
                            r->data->field_names[f]));
    PetscCall(PetscPrintf(r->comm, " to fit\n"));
  }
  PetscCall(PetscPrintf(r->comm, "library:     %" PetscInt_FMT " terms, %" PetscInt_FMT " left-hand sides\n", nterms,
                        r->data->nfields));
  PetscCall(PetscPrintf(r->comm, "spline:      "));
  for (PetscInt a = 0; a < d; a++) PetscCall(PetscPrintf(r->comm, "%s%" PetscInt_FMT, a ? " x " : "", r->intervals[a]));
  PetscCall(PetscPrintf(r->comm, " intervals, degrees"));
  for (PetscInt a = 0; a < d; a++) PetscCall(PetscPrintf(r->comm, " %" PetscInt_FMT, r->degree[a]));
  PetscCall(PetscPrintf(r->comm, "\nunknowns:    %.0f in a band of %.0f, refined to at most %.0f where it pays\n",
                        n * (double)r->data->nfields, 2.0 * (bandwidth + 1.0) * (double)r->data->nfields - 1.0,
                        PetscMax(n * (double)r->data->nfields, MOST_UNKNOWNS)));
  PetscCall(PetscPrintf(r->comm, "every rank:  %.1f MB to begin with, the same work\n",
                        DscSplineProblemBytes(r->data, r->library, r->intervals, r->degree) / MEGABYTE));
  PetscFunctionReturn(0);
}
