#include "method/spline.h"
#include "method/history.h"
#include "method/points.h"
#include "method/prediction.h"
#include "method/result.h"
#include "method/selection.h"
#include "method/spline_levels.h"
#include "method/untrained.h"

#define MEGABYTE 1048576.0

struct _p_DscSpline {
  MPI_Comm              comm;                                            /* (not owned) */
  DscOptions            options;                                         /* (owned) of the one experiment */
  DscDataSet           *data;                                            /* (owned) */
  DscLibrary            library;                                         /* (owned) */
  DscSplineLevels       levels;                                          /* (owned) */
  DscMoments            moments;                                         /* (owned) */
  DscRegression        *regressions;                                     /* (owned) [nleft] */
  const DscRegression **pointers;                                        /* (owned) [nleft] to them */
  double                sse_test[DSC_MAX_FIELDS], ntest[DSC_MAX_FIELDS]; /* of the fit last reported */
  const DscRunControl  *control;                                         /* (not owned) during the run */
  DscHistory            history;                                         /* (owned) during the run */
  PetscBool             stopped;
};

/* ---- set-up ------------------------------------------------------------------------------------------------- */

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
  PetscCall(DscUntrainedHasNoTraining(r->comm, r->options));
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
  PetscCall(DscDataSetCreate(comm, r->options, (uint64_t)seed, &r->data));
  PetscCall(DscPointsCheckData(comm, options, r->data));
  PetscCall(DscLibraryCreate(r->options, r->data, &r->library));
  PetscCall(DscLibraryGetTerms(r->library, &nterms, NULL));
  PetscCall(DscSplineLevelsCreate(comm, r->options, r->data, r->library, &r->levels));
  ntrain = (double)r->data->ntrain;
  PetscCall(DscMomentsCreate(1, nterms, r->data->nfields, 1, &ntrain, &r->moments));
  PetscCall(PetscCalloc2(r->data->nfields, &r->regressions, r->data->nfields, &r->pointers));
  for (PetscInt f = 0; f < r->data->nfields; f++) {
    PetscCall(DscRegressionCreate(nterms, &r->regressions[f]));
    r->pointers[f] = &r->regressions[f];
  }
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
  PetscCall(DscSplineLevelsDestroy(&r->levels));
  PetscCall(DscLibraryDestroy(&r->library));
  PetscCall(DscDataSetDestroy(&r->data));
  PetscCall(DscOptionsDestroy(&r->options));
  PetscCall(PetscFree(*run));
  PetscFunctionReturn(0);
}

/* ---- run ---------------------------------------------------------------------------------------------------- */

/* Standard deviations and covariances of the equation as it was last set. */
static void set_errors(DscSpline r)
{
  const PetscInt M = r->levels.problem->nterms, n = M * r->data->nfields;

  for (PetscInt f = 0; f < r->data->nfields; f++) {
    for (PetscInt j = 0; j < M; j++) {
      r->regressions[f].std[j] = r->levels.std[f * M + j];
      for (PetscInt i = 0; i < M; i++)
        r->regressions[f].covariance[i * M + j] = r->levels.covariance[(f * M + i) * n + f * M + j];
    }
  }
}

/* The fit as regressions and moments: what history and result are made from. */
static PetscErrorCode set_regressions(DscSpline r, const DscSplineFit *fit, const DscSplineWeights *weights)
{
  const PetscInt M = r->levels.problem->nterms, K = r->moments.nrows;
  double        *G, *b, yy;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2((M * M), &G, M, &b));
  for (PetscInt f = 0; f < r->data->nfields; f++) {
    DscRegression *reg = &r->regressions[f];
    const double   N   = (double)r->data->ntrain;

    PetscCall(DscSplineProblemMoments(r->levels.problem, f, fit->c, G, b, &yy));
    for (PetscInt j = 0; j < M; j++) {
      reg->active[j]       = fit->active[f * M + j];
      reg->coefficients[j] = fit->xi[f * M + j];
      reg->normalized[j]   = yy > 0.0 ? fit->xi[f * M + j] * sqrt(G[j * M + j] / yy) : 0.0;
      for (PetscInt i = 0; i < M; i++) r->moments.C[i * K + j] = N * G[i * M + j];
      r->moments.C[(M + f) * K + j] = r->moments.C[j * K + M + f] = N * b[j];
    }
    r->moments.C[(M + f) * K + M + f] = N * yy;
    r->moments.sse[f]                 = fit->value.sse[f];
    r->moments.present[f]             = r->levels.problem->nfitted[f];
    reg->residual                     = fit->value.residual[f] * N / (double)r->levels.problem->npoints;
    reg->noise_precision              = weights->equation[f];
    reg->converged                    = fit->converged;
  }
  PetscCall(PetscFree2(G, b));
  DscSplineProblemErrors(r->levels.problem, r->data->ntrain, r->data->nsamples, fit->c, r->sse_test, r->ntest);
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
  PetscCall(DscSplineSearchGetBest(r->levels.search, NULL, &weights, NULL));
  PetscCall(set_regressions(r, fit, weights));
  PetscCall(add_history(r, fit, iterations, 0.5));
  PetscCall(DscUntrainedPoll(r->comm, r->control, stop));
  r->stopped = *stop;
  PetscFunctionReturn(0);
}

static PetscErrorCode fill_result(DscSpline r, const DscSplineFit *fit, DscResult *result)
{
  PetscBool truth_inside;

  PetscFunctionBeginUser;
  result->mse = DscSplineProblemMSE(r->levels.problem, &fit->value);
  for (PetscInt f = 0; f < r->data->nfields; f++) PetscCall(DscResultSetRegression(result, f, &r->regressions[f]));
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
    PetscCall(DscSplineProblemPredict(r->levels.problem, f, fit->c, values + (size_t)f * (size_t)n));
  }
  PetscCall(DscPredictionSet(r->data, fields, prediction));
  PetscCall(PetscFree(values));
  PetscFunctionReturn(0);
}

typedef struct {
  const PetscBool *active; /* (not owned) */
  double           score, error;
  PetscInt         terms;
} Candidate;

static int by_score(const void *x, const void *y)
{
  const Candidate *a = x, *b = y;

  return a->score < b->score ? -1 : a->score > b->score;
}

static int by_terms(const void *x, const void *y)
{
  const Candidate *a = x, *b = y;

  return a->terms != b->terms ? (a->terms < b->terms ? -1 : 1) : by_score(x, y);
}

/* Mean over the fields of the misfit over the field's square. */
static double error_of(const DscSpline r, const double sse[])
{
  double error = 0.0;

  for (PetscInt f = 0; f < r->data->nfields; f++) {
    double square = 0.0;

    for (PetscInt i = 0; i < r->data->nsamples; i++) {
      if (DscSplineProblemFits(r->levels.problem, i, f)) square += PetscSqr(r->data->fields[f][i]);
    }
    if (square > 0.0) error += sse[f] / square / (double)r->data->nfields;
  }
  return error;
}

/* The sets with the lowest scores of those that were fitted on the last spline of the search. */
static PetscErrorCode fill_selection(DscSpline r, DscResult *result)
{
  const PetscInt         columns = r->data->nfields * r->levels.problem->nterms;
  PetscInt               n       = 0;
  const DscSplineRecord *record;
  Candidate             *candidates;

  PetscFunctionBeginUser;
  PetscCall(DscSplineSearchGetRecord(r->levels.search, &record));
  PetscCall(PetscMalloc1(record->n, &candidates));
  for (PetscInt k = 0; k < record->n; k++) {
    const DscSplineFound *found  = &record->found[k];
    const PetscBool      *active = record->sets + (size_t)k * (size_t)columns;

    if (found->score == PETSC_MAX_REAL) continue;
    candidates[n] = (Candidate){.active = active, .score = found->score, .error = error_of(r, found->sse)};
    for (PetscInt j = 0; j < columns; j++) candidates[n].terms += active[j] ? 1 : 0;
    n++;
  }
  qsort(candidates, (size_t)n, sizeof(*candidates), by_score);
  n = PetscMin(n, DSC_SELECTION_MAX_ROWS);
  qsort(candidates, (size_t)n, sizeof(*candidates), by_terms);
  for (PetscInt k = 0; k < n; k++)
    PetscCall(DscSelectionAdd(result, 1, candidates[k].active, candidates[k].error, candidates[k].score));
  PetscCall(PetscFree(candidates));
  PetscFunctionReturn(0);
}

/* The best set on a spline on which nothing fits better with more intervals. */
static PetscErrorCode search(DscSpline r, PetscInt *iterations)
{
  PetscBool     changed = PETSC_TRUE;
  DscSplineFit *fit;

  PetscFunctionBeginUser;
  PetscCall(DscSplineLevelsBegin(&r->levels));
  PetscCall(DscSplineSearchStart(r->levels.search, iterations));
  PetscCall(DscSplineLevelsAdapt(&r->levels, &changed));
  do {
    double score;

    PetscCall(DscSplineSearchGetBest(r->levels.search, &fit, NULL, NULL));
    score = fit->score;
    PetscCall(DscSplineSearchRun(r->levels.search, report, r, iterations));
    if (r->stopped || fit->score == score) break;
    PetscCall(DscSplineLevelsAdapt(&r->levels, &changed));
  } while (changed);
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineRun(DscSpline r, const DscRunControl *control, PetscBool progress, DscResult *result)
{
  DscSplineFit     *fit;
  DscSplineWeights *weights;

  PetscFunctionBeginUser;
  r->control = control;
  PetscCall(DscResultSetEquation(result, r->library, 1, (const DscDataSet *const *)&r->data));
  PetscCall(DscHistoryCreate(r->comm, result, PETSC_FALSE, progress, &r->history));
  PetscCall(search(r, &result->iterations));
  PetscCall(fill_selection(r, result));
  if (r->stopped)
    PetscCall(DscSplineLevelsSetEquation(&r->levels));
  else
    PetscCall(DscSplineLevelsPolish(&r->levels));
  PetscCall(DscSplineSearchGetBest(r->levels.search, &fit, &weights, NULL));
  PetscCall(set_regressions(r, fit, weights));
  set_errors(r);
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
  DscSplineSpaceGetSize(d, r->levels.intervals, r->levels.degree, &n, &bandwidth);
  PetscCall(PetscPrintf(r->comm, "data:        %s\n", r->data->description));
  PetscCall(PetscPrintf(r->comm, "samples:     %" PetscInt_FMT " to fit, %" PetscInt_FMT " to test\n", r->data->ntrain,
                        r->data->nsamples - r->data->ntrain));
  if (DscSplineFewestValues(r->data) < r->data->ntrain) {
    PetscCall(PetscPrintf(r->comm, "values:     "));
    for (PetscInt f = 0; f < r->data->nfields; f++)
      PetscCall(PetscPrintf(r->comm, " %" PetscInt_FMT " of %s", DscDataSetCountPresent(r->data, f, PETSC_TRUE),
                            r->data->field_names[f]));
    PetscCall(PetscPrintf(r->comm, " to fit\n"));
  }
  PetscCall(PetscPrintf(r->comm, "library:     %" PetscInt_FMT " terms, %" PetscInt_FMT " left-hand sides\n", nterms,
                        r->data->nfields));
  PetscCall(PetscPrintf(r->comm, "spline:      "));
  for (PetscInt a = 0; a < d; a++)
    PetscCall(PetscPrintf(r->comm, "%s%" PetscInt_FMT, a ? " x " : "", r->levels.intervals[a]));
  PetscCall(PetscPrintf(r->comm, " intervals, degrees"));
  for (PetscInt a = 0; a < d; a++) PetscCall(PetscPrintf(r->comm, " %" PetscInt_FMT, r->levels.degree[a]));
  PetscCall(PetscPrintf(r->comm, "\nunknowns:    %.0f in a band of %.0f, refined to at most %.0f where it pays\n",
                        n * (double)r->data->nfields, 2.0 * (bandwidth + 1.0) * (double)r->data->nfields - 1.0,
                        PetscMax(n * (double)r->data->nfields, DscSplineLevelsMostUnknowns(&r->levels))));
  PetscCall(PetscPrintf(r->comm, "every rank:  %.1f MB to begin with, the same work\n",
                        DscSplineProblemBytes(r->data, r->library, r->levels.intervals, r->levels.degree) / MEGABYTE));
  PetscFunctionReturn(0);
}
