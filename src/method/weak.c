/*
  The passes of the weak form (weak.h): rows, covariance, regression, noise.
*/
#include "method/constraint.h"
#include "method/history.h"
#include "method/points.h"
#include "method/result.h"
#include "method/selection.h"
#include "method/untrained.h"
#include "method/weak_private.h"

#include <petscblaslapack.h>

#define MEGABYTE   1048576.0
#define SETTLED    0.1  /* standard deviations by which coefficients may still change */
#define BLOCK_ROWS 8    /* rows side by side that stay together where an estimator wants blocks of them */
#define JITTER     1e-8 /* of the diagonal of the covariance, whose functions overlap */

struct _p_DscWeak {
  MPI_Comm         comm;    /* (not owned) */
  DscOptions       options; /* (owned) with what this method presets */
  DscDataSet      *data;    /* (owned) */
  DscLibrary       library; /* (owned) */
  DscWeakTerms     terms;
  DscWeakScale     scale;
  DscWeakFunctions functions;
  DscWeakRows      rows;
  PetscInt         passes; /* at most */
  PetscBool        has_rows;
  double          *xi, *xi_before;           /* (owned) [nfields][nterms] 0 where not active */
  double          *Z;                        /* (owned) [nterms + 1][nfunctions] weighted rows of one equation */
  double          *L;                        /* (owned) [nfields nfunctions]^2 factor of the covariance */
  double          *y, *lambda;               /* (owned) [nfields][nfunctions] */
  double          *e[DSC_MAX_FIELDS];        /* (owned) [nsamples] noise, as estimated */
  double          *clean[DSC_MAX_FIELDS];    /* (owned) [nsamples] data less noise */
  DscMoments       moments[DSC_MAX_FIELDS];  /* (owned) one left-hand side each: their rows are weighted differently */
  DscCoupling      coupling[DSC_MAX_FIELDS]; /* (owned) */
  DscConstraint    constraint[DSC_MAX_FIELDS];     /* (owned) of the last pass */
  const DscRegression *regression[DSC_MAX_FIELDS]; /* (not owned) the constraint's */
};

/* ---- set-up ------------------------------------------------------------------------------------------------- */

/* What makes sense only with a network is refused where it was asked for. */
static PetscErrorCode preset_options(DscWeak w, DscOptions options)
{
  PetscFunctionBeginUser;
  PetscCall(DscUntrainedTakesOneSet(w->comm, options, "the weak form", &w->options));
  PetscCall(DscUntrainedPreset(w->comm, w->options));
  PetscCall(DscUntrainedNeedsValues(w->comm, w->options, "the weak form needs"));
  PetscFunctionReturn(0);
}

/* The noise only weighs fields against each other, and corrects powers: it must not be 0. */
static void bound_noise(DscWeak w)
{
  for (PetscInt f = 0; f < w->data->nfields; f++) {
    const double least = 1e-20 * w->scale.variance[f];

    w->scale.noise2[f] = w->scale.variance[f] > 0.0 ? PetscMax(w->scale.noise2[f], least) : 1.0;
  }
}

static PetscErrorCode check_memory(DscWeak w)
{
  const double data  = 8.0 * (double)w->data->nsamples * (double)(w->data->ncoordinates + 2 * w->data->nfields);
  const double bytes = data + DscWeakRowsBytes(w->data->nsamples, &w->terms, &w->functions);
  PetscInt     megabytes;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetInt(w->options, "memory_limit", &megabytes));
  DscOptionsUserCheck(megabytes == 0 || bytes <= (double)megabytes * MEGABYTE, w->options, w->comm, "memory_limit",
                      "a rank needs %.0f MB; what helps: data_stride_*, fewer -weak_functions, a smaller -weak_support",
                      ceil(bytes / MEGABYTE));
  PetscFunctionReturn(0);
}

PetscErrorCode DscWeakCreate(MPI_Comm comm, DscOptions options, DscWeak *weak)
{
  DscWeak  w;
  PetscInt seed;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&w));
  *weak   = w; /* even where the rest fails: the caller destroys what there is */
  w->comm = comm;
  PetscCall(preset_options(w, options));
  PetscCall(DscOptionsGetInt(options, "seed", &seed));
  PetscCall(DscOptionsGetInt(options, "weak_passes", &w->passes));
  PetscCall(DscDataSetCreate(comm, w->options, (uint64_t)seed, &w->data));
  PetscCall(DscPointsCheckData(comm, options, w->data));
  PetscCall(DscLibraryCreate(options, w->data, &w->library));
  PetscCall(DscWeakTermsCreate(options, w->library, w->data, &w->terms));
  PetscCall(DscWeakFunctionsCreate(options, (uint64_t)seed, w->data, &w->terms, &w->scale, &w->functions));
  bound_noise(w);
  PetscCall(check_memory(w));
  PetscFunctionReturn(0);
}

/* What only a run needs. */
static PetscErrorCode create_work(DscWeak w)
{
  const size_t K = (size_t)w->functions.nfunctions, nf = (size_t)w->data->nfields, M = (size_t)w->terms.nterms;
  const double one = 1.0, nrows = (double)K;
  PetscInt     nblocks;

  PetscFunctionBeginUser;
  PetscCall(
      DscWeakRowsCreate(w->comm, w->options, w->data->nsamples, &w->terms, &w->functions, w->scale.noise2, &w->rows));
  PetscCall(PetscCalloc6(nf * M, &w->xi, nf * M, &w->xi_before, (M + 1) * K, &w->Z, nf * nf * K * K, &w->L, nf * K,
                         &w->y, nf * K, &w->lambda));
  for (size_t f = 0; f < nf; f++) {
    PetscCall(PetscCalloc1(w->data->nsamples, &w->e[f]));
    PetscCall(PetscMalloc1(w->data->nsamples, &w->clean[f]));
    PetscCall(DscConstraintCreate(w->options, 1, (PetscInt)M, 1, &one, &one, &w->constraint[f]));
    PetscCall(DscConstraintGetBlocks(w->constraint[f], &nblocks));
    PetscCall(DscMomentsCreate(1, (PetscInt)M, 1, nblocks, &nrows, &w->moments[f]));
    PetscCall(DscCouplingCreate(&w->moments[f], &w->coupling[f]));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscWeakDestroy(DscWeak *weak)
{
  DscWeak w = *weak;

  PetscFunctionBeginUser;
  if (!w) PetscFunctionReturn(0);
  for (PetscInt f = 0; f < DSC_MAX_FIELDS; f++) {
    PetscCall(DscConstraintDestroy(&w->constraint[f]));
    PetscCall(DscCouplingDestroy(&w->coupling[f]));
    PetscCall(DscMomentsDestroy(&w->moments[f]));
    PetscCall(PetscFree(w->e[f]));
    PetscCall(PetscFree(w->clean[f]));
  }
  PetscCall(PetscFree6(w->xi, w->xi_before, w->Z, w->L, w->y, w->lambda));
  PetscCall(DscWeakRowsDestroy(&w->rows));
  PetscCall(DscWeakFunctionsDestroy(&w->functions));
  PetscCall(DscWeakTermsDestroy(&w->terms));
  PetscCall(DscLibraryDestroy(&w->library));
  PetscCall(DscDataSetDestroy(&w->data));
  PetscCall(DscOptionsDestroy(&w->options));
  PetscCall(PetscFree(*weak));
  PetscFunctionReturn(0);
}

/* ---- one pass ----------------------------------------------------------------------------------------------- */

/* Columns at the data less the noise, and y, to which the noise's linear part is given back. */
static PetscErrorCode evaluate(DscWeak w)
{
  PetscFunctionBeginUser;
  PetscCall(PetscLogEventBegin(DscEvents[DSC_EVENT_STATISTICS], 0, 0, 0, 0));
  for (PetscInt f = 0; f < w->data->nfields; f++) {
    for (PetscInt i = 0; i < w->data->nsamples; i++) w->clean[f][i] = w->data->fields[f][i] - w->e[f][i];
  }
  PetscCall(DscWeakRowsEvaluate(&w->rows, w->clean));
  PetscCall(PetscArraycpy(w->y, w->rows.X + w->terms.nterms * w->functions.nfunctions,
                          w->data->nfields * w->functions.nfunctions));
  PetscCall(PetscLogEventEnd(DscEvents[DSC_EVENT_STATISTICS], 0, 0, 0, 0));
  PetscFunctionReturn(0);
}

/* L of the covariance of `count` rows from `first` on. */
static PetscErrorCode factor(DscWeak w, PetscInt first, PetscInt count)
{
  const size_t n = (size_t)w->data->nfields * (size_t)w->functions.nfunctions, m = (size_t)count;
  PetscBLASInt order, info                                                       = 1;

  PetscFunctionBeginUser;
  PetscCall(PetscBLASIntCast(count, &order));
  for (double jitter = JITTER; info != 0; jitter *= 100.0) {
    PetscCheck(jitter < 1.0, PETSC_COMM_SELF, PETSC_ERR_FP,
               "the covariance of the weak form's rows cannot be factored");
    for (size_t i = 0; i < m; i++)
      PetscCall(PetscArraycpy(w->L + i * m, w->rows.C + ((size_t)first + i) * n + (size_t)first, m));
    for (size_t i = 0; i < m; i++) w->L[i * m + i] *= 1.0 + jitter;
    LAPACKpotrf_("L", &order, w->L, &order, &info);
  }
  PetscFunctionReturn(0);
}

/* The chosen regression of one equation on the rows Z. */
static PetscErrorCode regress(DscWeak w, PetscInt f)
{
  const PetscInt K = w->functions.nfunctions, M = w->terms.nterms;
  const PetscInt panel = w->moments[f].nblocks > 1 ? BLOCK_ROWS : K;
  const double   one = 1.0, sse = NAN;
  double        *sums;
  PetscInt       iteration;

  PetscFunctionBeginUser;
  PetscCall(PetscLogEventBegin(DscEvents[DSC_EVENT_COUPLE], 0, 0, 0, 0));
  PetscCall(PetscCalloc1(w->moments[f].nsums, &sums));
  for (PetscInt k = 0; k < K; k += panel)
    PetscCall(DscMomentsAdd(&w->moments[f], k / panel, K, PetscMin(panel, K - k), w->Z + k, sums));
  PetscCall(DscMomentsSet(&w->moments[f], 0, sums, &sse, NULL));
  PetscCall(PetscFree(sums));
  PetscCall(DscConstraintDestroy(&w->constraint[f]));
  PetscCall(DscConstraintCreate(w->options, 1, M, 1, &one, &one, &w->constraint[f]));
  PetscCall(DscConstraintGetRegression(w->constraint[f], 0, &w->regression[f]));
  PetscCall(DscOptionsGetInt(w->options, "mask_start", &iteration));
  PetscCall(DscConstraintCouple(w->constraint[f], iteration, &w->moments[f], NULL, NULL, &w->coupling[f]));
  PetscCall(DscConstraintFinish(w->constraint[f], &w->moments[f]));
  for (PetscInt j = 0; j < M; j++)
    w->xi[f * M + j] = w->regression[f]->active[j] ? w->regression[f]->coefficients[j] : 0.0;
  PetscCall(PetscLogEventEnd(DscEvents[DSC_EVENT_COUPLE], 0, 0, 0, 0));
  PetscFunctionReturn(0);
}

/* Rows weighted by the covariance: Z = L^-1 [X | y]. */
static PetscErrorCode regress_weighted(DscWeak w, PetscInt f)
{
  const PetscInt K = w->functions.nfunctions, M = w->terms.nterms;
  const double   one = 1.0;
  PetscBLASInt   order, columns;

  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(w->Z, w->rows.X, (size_t)M * (size_t)K));
  PetscCall(PetscArraycpy(w->Z + (size_t)M * (size_t)K, w->y + f * K, K));
  PetscCall(factor(w, f * K, K));
  PetscCall(PetscBLASIntCast(K, &order));
  PetscCall(PetscBLASIntCast(M + 1, &columns));
  PetscCallBLAS("BLAStrsm", BLAStrsm_("L", "L", "N", "N", &order, &columns, &one, w->L, &order, w->Z, &order));
  PetscCall(regress(w, f));
  /* Weighted rows have the variance 1 but for what is wrong with the estimate of the noise. */
  w->moments[f].sse[0] = w->regression[f]->residual * w->scale.noise2[f];
  PetscFunctionReturn(0);
}

/* The smallest noise with which the equations hold: e = s^2 psi' C^-1 (y - X xi). */
static PetscErrorCode estimate_noise(DscWeak w)
{
  const PetscInt     K = w->functions.nfunctions, M = w->terms.nterms, nf = w->data->nfields;
  const PetscBLASInt one = 1;
  PetscBLASInt       order, info;

  PetscFunctionBeginUser;
  if (nf > 1) PetscCall(factor(w, 0, nf * K)); /* else that of the regression */
  PetscCall(PetscArraycpy(w->lambda, w->y, nf * K));
  for (PetscInt f = 0; f < nf; f++) {
    for (PetscInt j = 0; j < M; j++) {
      for (PetscInt k = 0; k < K && w->xi[f * M + j] != 0.0; k++)
        w->lambda[f * K + k] -= w->xi[f * M + j] * w->rows.X[j * K + k];
    }
  }
  PetscCall(PetscBLASIntCast(nf * K, &order));
  LAPACKpotrs_("L", &order, &one, w->L, &order, w->lambda, &order, &info);
  PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "potrs: info %d", (int)info);
  PetscCall(DscWeakRowsApplyTranspose(&w->rows, w->lambda, w->e));
  PetscFunctionReturn(0);
}

static PetscBool has_settled(const DscWeak w)
{
  const PetscInt M = w->terms.nterms;

  for (PetscInt f = 0; f < w->data->nfields; f++) {
    for (PetscInt j = 0; j < M; j++) {
      const double now = w->xi[f * M + j], before = w->xi_before[f * M + j];

      if ((now != 0.0) != (before != 0.0)) return PETSC_FALSE;
      if (fabs(now - before) > SETTLED * w->regression[f]->std[j]) return PETSC_FALSE;
    }
  }
  return PETSC_TRUE;
}

static PetscErrorCode pass(DscWeak w)
{
  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(w->xi_before, w->xi, w->data->nfields * w->terms.nterms));
  PetscCall(PetscLogEventBegin(DscEvents[DSC_EVENT_STATISTICS], 0, 0, 0, 0));
  PetscCall(DscWeakRowsCovariance(&w->rows, w->xi));
  PetscCall(DscWeakRowsApply(&w->rows, w->e, w->y));
  PetscCall(PetscLogEventEnd(DscEvents[DSC_EVENT_STATISTICS], 0, 0, 0, 0));
  for (PetscInt f = 0; f < w->data->nfields; f++) PetscCall(regress_weighted(w, f));
  PetscCall(estimate_noise(w));
  PetscFunctionReturn(0);
}

/* ---- run ---------------------------------------------------------------------------------------------------- */

static PetscErrorCode add_history(DscWeak w, DscHistory history, PetscInt iteration)
{
  double     sse[DSC_MAX_FIELDS], count[DSC_MAX_FIELDS];
  DscMoments all = {.nterms   = w->terms.nterms,
                    .nleft    = w->data->nfields,
                    .nsamples = (double)w->functions.nfunctions,
                    .count    = count,
                    .present  = count,
                    .sse      = sse};

  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < w->data->nfields; f++) {
    sse[f]   = w->moments[f].sse[0];
    count[f] = all.nsamples;
  }
  const DscHistoryEntry entry = {.iteration     = iteration,
                                 .loss          = NAN,
                                 .fraction_done = (double)iteration / (double)w->passes,
                                 .moments       = &all,
                                 .regressions   = w->regression};
  PetscCall(DscHistoryAdd(history, &entry));
  PetscFunctionReturn(0);
}

/* The first regression takes all rows alike: without an equation there is no covariance. */
static PetscErrorCode start(DscWeak w)
{
  const size_t K = (size_t)w->functions.nfunctions, M = (size_t)w->terms.nterms;

  PetscFunctionBeginUser;
  PetscCall(evaluate(w));
  for (PetscInt f = 0; f < w->data->nfields; f++) {
    PetscCall(PetscArraycpy(w->Z, w->rows.X, M * K));
    PetscCall(PetscArraycpy(w->Z + M * K, w->y + (size_t)f * K, K));
    PetscCall(regress(w, f));
  }
  PetscFunctionReturn(0);
}

/* '13 x 73 test functions of half-widths 14.4, 3.3' */
static void describe_functions(const DscWeak w, size_t size, char text[])
{
  const DscWeakFunctions *functions = &w->functions;
  int used = snprintf(text, size, "%" PetscInt_FMT " test functions of half-widths", functions->nfunctions);

  for (PetscInt c = 0; c < functions->ncoordinates; c++)
    used += snprintf(text + used, size - (size_t)used, "%s %.3g", c ? "," : "", functions->half_width[c]);
}

static PetscErrorCode fill_result(DscWeak w, PetscBool truth_inside, DscResult *result)
{
  const double N = (double)w->functions.nfunctions;
  char         text[128];

  PetscFunctionBeginUser;
  result->mse = result->bic = 0.0;
  for (PetscInt f = 0; f < result->nleft; f++) {
    const double mse = w->moments[f].sse[0] / N;
    PetscInt     nnz = 0;

    PetscCall(DscResultSetRegression(result, f, w->regression[f]));
    for (PetscInt j = 0; j < result->nterms; j++) nnz += w->regression[f]->active[j] ? 1 : 0;
    result->mse += mse / (double)result->nleft;
    result->bic += DscResultBIC(N, mse, w->regression[f]->residual / N, nnz);
  }
  PetscCall(DscResultCompareTruth(result, truth_inside));
  PetscCall(DscSelectionFill(w->data->nfields, w->moments, result));
  describe_functions(w, sizeof(text), text);
  if (result->status == DSC_RUN_STOPPED)
    snprintf(result->reason, sizeof(result->reason), "stopped after %" PetscInt_FMT " passes", result->iterations);
  else if (result->status == DSC_RUN_NOT_CONVERGED)
    snprintf(result->reason, sizeof(result->reason), "not settled in %" PetscInt_FMT " passes, %s", result->iterations,
             text);
  else
    snprintf(result->reason, sizeof(result->reason), "weak form, %s, %" PetscInt_FMT " passes", text,
             result->iterations);
  PetscFunctionReturn(0);
}

PetscErrorCode DscWeakRun(DscWeak w, const DscRunControl *control, PetscBool progress, DscResult *result)
{
  PetscBool  truth_inside, settled = PETSC_FALSE, stopped = PETSC_FALSE;
  PetscInt   done = 0;
  DscHistory history;

  PetscFunctionBeginUser;
  PetscCall(DscWeakTermsSetEquation(&w->terms, w->library, w->data, result, &truth_inside));
  PetscCall(create_work(w));
  PetscCall(DscHistoryCreate(w->comm, result, PETSC_FALSE, progress, &history));
  PetscCall(start(w));
  PetscCall(add_history(w, history, 0));
  while (done < w->passes && !settled && !stopped) {
    if (done > 0) PetscCall(evaluate(w));
    PetscCall(pass(w));
    PetscCall(add_history(w, history, ++done));
    settled = (PetscBool)(done > 1 && has_settled(w));
    if (!settled) PetscCall(DscUntrainedPoll(w->comm, control, &stopped));
  }
  for (PetscInt f = 0; f < w->data->nfields; f++) settled = (PetscBool)(settled && w->regression[f]->converged);
  PetscCall(DscHistoryDestroy(&history));
  result->iterations = done;
  result->status     = settled ? DSC_RUN_DONE : stopped ? DSC_RUN_STOPPED : DSC_RUN_NOT_CONVERGED;
  PetscCall(fill_result(w, truth_inside, result));
  PetscFunctionReturn(0);
}

PetscErrorCode DscWeakPrintPlan(DscWeak w)
{
  const DscWeakFunctions *functions = &w->functions;
  const double            points    = (double)functions->start[functions->nfunctions] / (double)functions->nfunctions;
  char                    text[128];

  PetscFunctionBeginUser;
  describe_functions(w, sizeof(text), text);
  PetscCall(PetscPrintf(w->comm, "data:        %s\n", w->data->description));
  PetscCall(PetscPrintf(w->comm, "samples:     %" PetscInt_FMT ", %s\n", w->data->nsamples,
                        functions->regular ? "a regular grid" : "scattered"));
  PetscCall(PetscPrintf(w->comm,
                        "library:     %" PetscInt_FMT " terms with a weak form, %" PetscInt_FMT " left-hand sides\n",
                        w->terms.nterms, w->terms.nfields));
  PetscCall(PetscPrintf(w->comm, "functions:   %s, (1 - s^2)^%" PetscInt_FMT ", %.0f points in a support\n", text,
                        functions->degree, points));
  for (PetscInt f = 0; f < w->data->nfields; f++)
    PetscCall(PetscPrintf(w->comm, "noise:       about %.3g in %s, whose standard deviation is %.3g\n",
                          sqrt(w->scale.noise2[f]), w->data->field_names[f], sqrt(w->scale.variance[f])));
  PetscCall(PetscPrintf(w->comm, "passes:      2 to %" PetscInt_FMT "\n", w->passes));
  PetscCall(PetscPrintf(w->comm, "rank 0:      %.1f MB beside the data\n",
                        DscWeakRowsBytes(w->data->nsamples, &w->terms, functions) / MEGABYTE));
  PetscFunctionReturn(0);
}
