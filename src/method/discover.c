/*
  The run of method 'discover' (papers 000 and 002). Statistics of a panel: its part of the moments (method/moments.h),
  then of each left-hand side's field |u - u^|^2 and the number of values that are there, of the training part and of
  the test part; these of each experiment.
*/
#include "method/constraint.h"
#include "method/convergence.h"
#include "method/discover.h"
#include "method/history.h"
#include "method/particle_moments.h"
#include "method/prediction.h"
#include "method/refit.h"
#include "method/result.h"
#include "method/selection.h"
#include "method/surrogate.h"

struct _p_DscDiscover {
  MPI_Comm              comm;    /* (not owned) */
  DscOptions            options; /* (not owned) of the run */
  DscRefitKind          refit;
  uint64_t              seed;
  PetscInt              iterations, log_interval;
  DscSurrogate          surrogate;   /* (owned) */
  DscTrain              train;       /* (owned) */
  DscConstraint         constraint;  /* (owned) */
  const DscRegression **regressions; /* (owned) [nleft], each (not owned): the constraint's */
  DscMoments            moments;     /* (owned) */
  DscCoupling           coupling;    /* (owned) */
  PetscInt              nleft;       /* of all experiments */
  PetscInt              nstatistics; /* of one experiment */
  double               *sse_test;    /* (owned) [nleft] as last evaluated */
  double               *ntest;       /* (owned) [nleft] so many squares are in it */
  DscConvergence        convergence; /* (owned) */
  DscHistory            history;     /* (owned) during a run */
  double                nll;         /* of a density: mean of -log p, summed over the experiments */
  PetscInt              refine_iterations;
  PetscInt refined_from;   /* iteration at which the equation was stable, since when it is refined; -1: not yet */
  double   start, seconds; /* when it was created, and what the run had taken before; seconds */
};

/* ---- callbacks of the loop ---------------------------------------------------------------------------------- */

static PetscErrorCode set_input(void *context, const DscPanel *panel, DscWorkspace workspace)
{
  DscDiscover d = context;

  PetscFunctionBeginUser;
  PetscCall(DscSurrogateSetInput(&d->surrogate, panel, workspace));
  PetscFunctionReturn(0);
}

static PetscErrorCode add_statistics(void *context, const DscPanel *panel, DscWorkspace workspace, double statistics[])
{
  DscDiscover   d   = context;
  DscSurrogate *s   = &d->surrogate;
  double       *own = statistics + panel->experiment * d->nstatistics;
  double       *sse = own + d->moments.nsums + (panel->test ? 2 * s->nleft : 0);

  PetscFunctionBeginUser;
  PetscCall(DscSurrogateEvaluate(s, panel, workspace));
  PetscCall(DscSurrogateAddError(s, panel, sse, sse + s->nleft));
  if (!panel->test) PetscCall(DscMomentsAdd(&d->moments, panel->first / s->lanes, s->lanes, panel->count, s->X, own));
  PetscFunctionReturn(0);
}

static PetscErrorCode seed_adjoint(void *context, const DscPanel *panel, DscWorkspace workspace)
{
  DscDiscover   d = context;
  DscSurrogate *s = &d->surrogate;
  const double *W = d->coupling.W + panel->experiment * s->nrows * s->nrows;

  PetscFunctionBeginUser;
  PetscCall(DscSurrogateEvaluate(s, panel, workspace));
  PetscCall(DscMomentsAdjoint(s->nrows, s->lanes, panel->count, W, s->X, s->Xbar));
  PetscCall(DscSurrogateSeedAdjoint(s, panel, workspace, d->coupling.tau + panel->experiment * s->nleft));
  PetscFunctionReturn(0);
}

static PetscBool all_converged(const DscDiscover d)
{
  for (PetscInt f = 0; f < d->nleft; f++) {
    if (!d->regressions[f]->converged) return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

static PetscErrorCode add_history(DscDiscover d, const DscTrainCoupling *coupling)
{
  DscHistoryEntry entry = {.iteration     = coupling->iteration,
                           .loss          = coupling->loss,
                           .nll           = d->nll,
                           .fraction_done = (double)coupling->iteration / (double)PetscMax(d->iterations, 1),
                           .moments       = &d->moments,
                           .regressions   = d->regressions,
                           .sse_test      = d->sse_test,
                           .ntest         = d->ntest};

  PetscFunctionBeginUser;
  PetscCall(DscConstraintGetRatios(d->constraint, &entry.ratio));
  PetscCall(DscHistoryAdd(d->history, &entry));
  PetscFunctionReturn(0);
}

/* A stable equation is refined, by its own terms alone, before the end. */
static PetscErrorCode check_stop(DscDiscover d, DscTrainCoupling *coupling)
{
  PetscBool stable = PETSC_FALSE, chosen;

  PetscFunctionBeginUser;
  PetscCall(DscConstraintHasChosen(d->constraint, coupling->iteration, &chosen));
  if (!chosen) PetscFunctionReturn(0);
  if (d->refined_from < 0) {
    PetscCall(DscConvergenceCheck(d->convergence, coupling->iteration, d->regressions, &stable));
    if (!stable || !all_converged(d)) PetscFunctionReturn(0);
    d->refined_from = coupling->iteration;
    if (d->refine_iterations > 0) PetscCall(DscConstraintRestrict(d->constraint));
  }
  coupling->stop = (PetscBool)(coupling->iteration - d->refined_from >= d->refine_iterations);
  PetscFunctionReturn(0);
}

/* Of the last test: mean squares in scaled units, or of densities the mean of -log p, summed over the fields of all
   experiments; NaN without a test part. */
static double test_error(const DscDiscover d)
{
  const DscSurrogate *s     = &d->surrogate;
  double              error = 0.0;

  for (PetscInt f = 0; f < d->nleft; f++) {
    const DscScaling *scaling = &s->experiments[f / s->nleft].scaling;
    const double      scale   = scaling->field_scale[s->features[s->left[f % s->nleft]].field];

    if (d->ntest[f] == 0.0) return NAN;
    error += d->sse_test[f] / d->ntest[f] / (s->density ? 1.0 : PetscSqr(scale));
  }
  return error;
}

/* There is no squared error: tau, which the prior of beta follows, is 1 in scaled units. */
static PetscErrorCode take_likelihood(DscDiscover d, const DscTrainCoupling *coupling, PetscInt e)
{
  const DscExperiment *x   = &d->surrogate.experiments[e];
  const double        *own = coupling->statistics + e * d->nstatistics, *nll = own + d->moments.nsums;
  const double         scale = x->scaling.field_scale[0], n = x->points.observations, sse = n * PetscSqr(scale);

  PetscFunctionBeginUser;
  PetscCall(DscMomentsSet(&d->moments, e, own, &sse, &n));
  d->nll += nll[0] / nll[1];
  if (!coupling->tested) PetscFunctionReturn(0);
  d->sse_test[e] = nll[2];
  d->ntest[e]    = nll[3];
  PetscFunctionReturn(0);
}

static PetscErrorCode take_statistics(DscDiscover d, const DscTrainCoupling *coupling)
{
  const DscSurrogate *s = &d->surrogate;
  const PetscInt      n = s->nleft;

  PetscFunctionBeginUser;
  d->nll = 0.0;
  for (PetscInt e = 0; e < s->nexperiments; e++) {
    const double *own = coupling->statistics + e * d->nstatistics, *sse = own + d->moments.nsums;

    if (s->density) {
      PetscCall(take_likelihood(d, coupling, e));
      continue;
    }
    for (PetscInt f = 0; f < n; f++) {
      DscUserCheck(sse[n + f] > 0.0, d->comm, "data: all values of field %s are missing",
                   s->experiments[e].data->field_names[s->features[s->left[f]].field]);
    }
    PetscCall(DscMomentsSet(&d->moments, e, own, sse, sse + n));
    if (!coupling->tested) continue;
    PetscCall(PetscArraycpy(d->sse_test + e * n, sse + 2 * n, n));
    PetscCall(PetscArraycpy(d->ntest + e * n, sse + 3 * n, n));
  }
  if (coupling->tested) d->moments.test_error = test_error(d);
  PetscFunctionReturn(0);
}

static PetscErrorCode couple(void *context, DscTrainCoupling *coupling)
{
  DscDiscover d = context;

  PetscFunctionBeginUser;
  PetscCall(take_statistics(d, coupling));
  PetscCall(DscConstraintCouple(d->constraint, coupling->iteration, &d->moments, coupling->extra,
                                coupling->extra_gradient, &d->coupling));
  coupling->loss     = d->coupling.loss + d->nll;
  coupling->remember = d->coupling.remember;
  coupling->recall   = d->coupling.recall;
  if (!d->history) PetscFunctionReturn(0); /* a single evaluation, not a run */
  PetscCall(check_stop(d, coupling));
  if (coupling->stop || coupling->last || coupling->iteration % d->log_interval == 0) {
    PetscCall(add_history(d, coupling));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode save(void *context, DscBuffer state)
{
  DscDiscover  d       = context;
  const double seconds = d->seconds + DscTime() - d->start;

  PetscFunctionBeginUser;
  PetscCall(DscBufferPutInts(state, "discover/2", 1, &d->refined_from));
  PetscCall(DscBufferPutReals(state, "seconds", 1, &seconds));
  PetscCall(DscBufferPutReals(state, "sse_test", d->nleft, d->sse_test));
  PetscCall(DscBufferPutReals(state, "ntest", d->nleft, d->ntest));
  PetscCall(DscConstraintSave(d->constraint, state));
  PetscCall(DscConvergenceSave(d->convergence, state));
  PetscCall(DscHistorySave(d->history, state));
  PetscFunctionReturn(0);
}

static PetscErrorCode restore(void *context, DscBuffer state)
{
  DscDiscover d = context;

  PetscFunctionBeginUser;
  PetscCall(DscBufferGetInts(state, "discover/2", 1, &d->refined_from));
  PetscCall(DscBufferGetReals(state, "seconds", 1, &d->seconds));
  PetscCall(DscBufferGetReals(state, "sse_test", d->nleft, d->sse_test));
  PetscCall(DscBufferGetReals(state, "ntest", d->nleft, d->ntest));
  PetscCall(DscConstraintRestore(d->constraint, state));
  PetscCall(DscConvergenceRestore(d->convergence, state));
  PetscCall(DscHistoryRestore(d->history, state, d->seconds));
  PetscFunctionReturn(0);
}

/* ---- set-up ------------------------------------------------------------------------------------------------- */

static PetscErrorCode create_constraint(DscDiscover d, DscOptions options)
{
  const DscSurrogate *s = &d->surrogate;
  double             *data_scale, *left_scale;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(d->nleft, &data_scale, d->nleft, &left_scale));
  for (PetscInt f = 0; f < d->nleft; f++) {
    const DscExperiment *x    = &s->experiments[f / s->nleft];
    const DscFeature    *left = &s->features[s->left[f % s->nleft]];

    data_scale[f] = left_scale[f] = x->scaling.field_scale[left->field];
    for (PetscInt c = 0; c < x->data->ncoordinates; c++) {
      for (PetscInt k = 0; k < left->order[c]; k++) left_scale[f] /= x->scaling.coordinate_scale[c];
    }
  }
  PetscCall(DscConstraintCreate(options, s->nexperiments, s->nterms, d->nleft, data_scale, left_scale, &d->constraint));
  PetscCall(PetscFree2(data_scale, left_scale));
  PetscCall(PetscCalloc3(d->nleft, &d->regressions, d->nleft, &d->sse_test, d->nleft, &d->ntest));
  for (PetscInt f = 0; f < d->nleft; f++) {
    PetscCall(DscConstraintGetRegression(d->constraint, f, &d->regressions[f]));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode create_train(DscDiscover d, DscOptions options)
{
  const DscSurrogate *s       = &d->surrogate;
  DscTrainProblem     problem = {.context        = d,
                                 .nexperiments   = s->nexperiments,
                                 .data_bytes     = s->bytes,
                                 .nstatistics    = s->nexperiments * d->nstatistics,
                                 .set_input      = set_input,
                                 .add_statistics = add_statistics,
                                 .couple         = couple,
                                 .seed_adjoint   = seed_adjoint,
                                 .save           = save,
                                 .restore        = restore};
  Vec                 theta;
  double             *values;
  PetscInt            own;

  PetscFunctionBeginUser;
  for (PetscInt e = 0; e < s->nexperiments; e++) {
    problem.nsamples[e] = s->experiments[e].samples.nsamples;
    problem.ntrain[e]   = s->experiments[e].samples.ntrain;
  }
  PetscCall(DscConstraintGetExtra(d->constraint, &problem.nextra));
  PetscCall(DscConstraintGetTestInterval(d->constraint, &problem.test_interval));
  problem.remembers = (PetscBool)(problem.test_interval > 0);
  PetscCall(DscTrainCreate(d->comm, options, s->graph, &problem, &d->train));
  PetscCall(DscTrainGetParameters(d->train, &theta));
  PetscCall(VecZeroEntries(theta));
  PetscCall(VecGetArray(theta, &values));
  PetscCall(DscGraphGetSize(s->graph, &own));
  for (PetscInt e = 0; e < s->nexperiments; e++) {
    PetscCall(DscNetInitialize(s->experiments[e].net, s->graph, DscExperimentSeed(d->seed, e), values + e * own));
  }
  PetscCall(VecRestoreArray(theta, &values));
  PetscFunctionReturn(0);
}

static PetscErrorCode create_moments(DscDiscover d)
{
  const DscSurrogate *s = &d->surrogate;
  double              ntrain[DSC_MAX_EXPERIMENTS];
  PetscInt            nblocks;

  PetscFunctionBeginUser;
  PetscCall(DscConstraintGetBlocks(d->constraint, &nblocks));
  for (PetscInt e = 0; e < s->nexperiments; e++) {
    const DscExperiment *x = &s->experiments[e];
    const PetscInt       n = x->samples.ntrain, panels = (n + s->lanes - 1) / s->lanes;

    ntrain[e] = s->density ? x->points.observations : (double)n;
    DscUserCheck(nblocks <= panels, d->comm,
                 "data: the estimator wants %" PetscInt_FMT " blocks of samples, and %" PetscInt_FMT
                 " training samples fill only %" PetscInt_FMT " panels of %" PetscInt_FMT
                 "; take more samples, a smaller -panel_lanes, or another -estimator",
                 nblocks, n, panels, s->lanes);
  }
  PetscCall(DscMomentsCreate(s->nexperiments, s->nterms, s->nleft, nblocks, ntrain, &d->moments));
  PetscCall(DscCouplingCreate(&d->moments, &d->coupling));
  d->nstatistics = d->moments.nsums + 4 * s->nleft;
  PetscFunctionReturn(0);
}

/* With fewer samples than terms any equation fits. */
static PetscErrorCode check_samples(MPI_Comm comm, const DscSurrogate *s)
{
  PetscFunctionBeginUser;
  for (PetscInt e = 0; e < s->nexperiments; e++) {
    const DscExperiment *x       = &s->experiments[e];
    const PetscBool      probe   = (PetscBool)(x->data->nsamples != x->samples.nsamples);
    PetscInt             present = x->samples.ntrain;

    for (PetscInt f = 0; f < x->data->nfields && !probe && !s->density; f++)
      present = PetscMin(present, DscDataSetCountPresent(x->data, f, PETSC_TRUE));
    DscUserCheck(present > s->nterms, comm,
                 "data: %" PetscInt_FMT " training samples are too few for a library of %" PetscInt_FMT
                 " terms; take more samples, or lower -library_polynomial or -library_derivative, or list "
                 "fewer terms",
                 present, s->nterms);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscDiscoverCreate(MPI_Comm comm, DscOptions options, DscDiscover *discover)
{
  DscDiscover d;
  PetscInt    seed;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&d));
  *discover  = d; /* even where the rest fails: the caller destroys what there is */
  d->comm    = comm;
  d->options = options;
  d->start   = DscTime();
  PetscCall(DscOptionsGetInt(options, "seed", &seed));
  d->seed = (uint64_t)seed;
  PetscCall(DscOptionsGetInt(options, "train_iterations", &d->iterations));
  PetscCall(DscOptionsGetInt(options, "train_log_interval", &d->log_interval));
  PetscCall(DscOptionsGetInt(options, "refine_iterations", &d->refine_iterations));
  PetscCall(DscRefitGetKind(comm, options, &d->refit));
  d->refined_from = -1;
  PetscCall(DscSurrogateCreate(comm, options, d->seed, &d->surrogate));
  PetscCall(check_samples(comm, &d->surrogate));
  if (d->refit == DSC_REFIT_PARTICLES) PetscCall(DscParticleMomentsCheck(comm, d->surrogate.experiments[0].data));
  d->nleft = d->surrogate.nexperiments * d->surrogate.nleft;
  PetscCall(create_constraint(d, options));
  PetscCall(create_moments(d));
  PetscCall(DscConvergenceCreate(options, d->nleft, d->surrogate.nterms, &d->convergence));
  PetscCall(create_train(d, options));
  PetscFunctionReturn(0);
}

PetscErrorCode DscDiscoverDestroy(DscDiscover *discover)
{
  DscDiscover d = *discover;

  PetscFunctionBeginUser;
  if (!d) PetscFunctionReturn(0);
  PetscCall(DscHistoryDestroy(&d->history));
  PetscCall(DscTrainDestroy(&d->train));
  PetscCall(DscConvergenceDestroy(&d->convergence));
  PetscCall(DscConstraintDestroy(&d->constraint));
  PetscCall(PetscFree3(d->regressions, d->sse_test, d->ntest));
  PetscCall(DscCouplingDestroy(&d->coupling));
  PetscCall(DscMomentsDestroy(&d->moments));
  PetscCall(DscSurrogateDestroy(&d->surrogate));
  PetscCall(PetscFree(*discover));
  PetscFunctionReturn(0);
}

PetscErrorCode DscDiscoverGetTrain(DscDiscover discover, DscTrain *train)
{
  PetscFunctionBeginUser;
  *train = discover->train;
  PetscFunctionReturn(0);
}

/* ---- run ---------------------------------------------------------------------------------------------------- */

static PetscErrorCode set_stopped(DscResult *result)
{
  PetscFunctionBeginUser;
  result->status = DSC_RUN_STOPPED;
  PetscCall(
      PetscSNPrintf(result->reason, sizeof(result->reason), "stopped at iteration %" PetscInt_FMT, result->iterations));
  PetscFunctionReturn(0);
}

static PetscErrorCode set_status(DscDiscover d, PetscBool solver_converged, DscResult *result)
{
  PetscBool stop_on;

  PetscFunctionBeginUser;
  PetscCall(DscConvergenceIsOn(d->convergence, &stop_on));
  result->status = DSC_RUN_NOT_CONVERGED;
  if (!solver_converged) {
    PetscCall(PetscSNPrintf(result->reason, sizeof(result->reason),
                            "the regression reached its limit of iterations in the last training iteration"));
  } else if (stop_on && d->refined_from < 0) {
    PetscCall(PetscSNPrintf(result->reason, sizeof(result->reason),
                            "the equation was not yet stable after %" PetscInt_FMT " iterations", result->iterations));
  } else {
    result->status = DSC_RUN_DONE;
    PetscCall(PetscSNPrintf(result->reason, sizeof(result->reason), "%s",
                            d->refined_from >= 0 ? "the equation is stable" : "all iterations done"));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode compare_truth(DscDiscover d, DscResult *result)
{
  PetscBool inside = PETSC_TRUE;

  PetscFunctionBeginUser;
  for (PetscInt e = 0; e < d->surrogate.nexperiments && inside; e++)
    PetscCall(DscTruthIsInLibrary(d->surrogate.library, d->surrogate.experiments[e].data, &inside));
  PetscCall(DscResultCompareTruth(result, inside));
  PetscFunctionReturn(0);
}

static PetscErrorCode fill_result(DscDiscover d, DscResult *result)
{
  PetscFunctionBeginUser;
  result->mse = 0.0;
  result->bic = 0.0;
  for (PetscInt f = 0; f < d->nleft; f++) {
    const DscRegression *reg = d->regressions[f];
    const double         N   = d->moments.count[f];
    const double         mse = d->surrogate.density ? NAN : d->moments.sse[f] / d->moments.present[f];
    PetscInt             nnz = 0;

    PetscCall(DscResultSetRegression(result, f, reg));
    for (PetscInt j = 0; j < result->nterms; j++) nnz += reg->active[j] ? 1 : 0;
    result->mse += mse / (double)d->nleft;
    result->bic +=
        d->surrogate.density ? 2.0 * N * d->nll + log(N) * nnz : DscResultBIC(N, mse, reg->residual / N, nnz);
  }
  PetscCall(compare_truth(d, result));
  PetscCall(DscSelectionFill(1, &d->moments, result));
  PetscFunctionReturn(0);
}

static PetscErrorCode refit_by_particles(DscDiscover d, DscResult *result)
{
  Vec           parameters;
  const double *theta;

  PetscFunctionBeginUser;
  PetscCall(DscTrainGetParameters(d->train, &parameters));
  PetscCall(VecGetArrayRead(parameters, &theta));
  PetscCall(DscRefitByParticles(&d->surrogate, theta, result));
  PetscCall(VecRestoreArrayRead(parameters, &theta));
  PetscFunctionReturn(0);
}

/* The prediction, where it is wanted, and the refit: that by a spline begins at it. */
static PetscErrorCode predict_and_refit(DscDiscover d, PetscBool wanted, DscRefitKind refit, DscResult *result)
{
  PetscFunctionBeginUser;
  if (wanted || refit == DSC_REFIT_SPLINE)
    PetscCall(DscPredictionCompute(d->comm, d->train, &d->surrogate, &result->prediction));
  if (refit == DSC_REFIT_SPLINE) PetscCall(DscRefitBySpline(d->comm, d->options, &result->prediction, result));
  if (refit == DSC_REFIT_PARTICLES) PetscCall(refit_by_particles(d, result));
  if (refit != DSC_REFIT_NONE) PetscCall(compare_truth(d, result));
  if (!wanted) PetscCall(DscTableDestroy(&result->prediction));
  PetscFunctionReturn(0);
}

PetscErrorCode DscDiscoverRun(DscDiscover d, const DscRunControl *control, PetscBool progress, DscResult *result)
{
  const DscDataSet *sets[DSC_MAX_EXPERIMENTS];
  PetscBool         solver_converged, stopped;

  PetscFunctionBeginUser;
  for (PetscInt e = 0; e < d->surrogate.nexperiments; e++) sets[e] = d->surrogate.experiments[e].data;
  PetscCall(DscResultSetEquation(result, d->surrogate.library, d->surrogate.nexperiments, sets));
  PetscCall(DscHistoryCreate(d->comm, result, d->surrogate.density, progress, &d->history));
  PetscCall(DscTrainRun(d->train, control, &result->iterations, &stopped));
  solver_converged = all_converged(d);
  PetscCall(DscConstraintFinish(d->constraint, &d->moments));
  if (stopped)
    PetscCall(set_stopped(result));
  else
    PetscCall(set_status(d, solver_converged, result));
  PetscCall(fill_result(d, result));
  PetscCall(
      predict_and_refit(d, (PetscBool)(control && control->prediction), stopped ? DSC_REFIT_NONE : d->refit, result));
  result->seconds = d->seconds;
  PetscCall(DscHistoryDestroy(&d->history));
  PetscFunctionReturn(0);
}

PetscErrorCode DscDiscoverPrintPlan(DscDiscover d)
{
  const DscSurrogate *s = &d->surrogate;
  DscTrainPlan        plan;
  double              moments;

  PetscFunctionBeginUser;
  PetscCall(DscTrainGetPlan(d->train, &plan));
  /* X X' (half of it) forward, W X backward */
  moments = 3.0 * (double)s->nrows * (double)s->nrows * (double)s->lanes * (double)plan.train.panels;
  for (PetscInt e = 0; e < s->nexperiments; e++) {
    PetscCall(
        PetscPrintf(d->comm, "%s%s\n", e ? "             " : "data:        ", s->experiments[e].data->description));
  }
  PetscCall(PetscPrintf(d->comm, "samples:     %" PetscInt_FMT " to train, %" PetscInt_FMT " to test\n",
                        plan.train.samples, plan.test.samples));
  PetscCall(PetscPrintf(d->comm, "library:     %" PetscInt_FMT " terms, %" PetscInt_FMT " left-hand sides\n", s->nterms,
                        d->nleft));
  PetscCall(PetscPrintf(d->comm, "parameters:  %" PetscInt_FMT "\n", plan.nparameters));
  PetscCall(PetscPrintf(
      d->comm, "panels:      %" PetscInt_FMT " of %" PetscInt_FMT " lanes, jets of %" PetscInt_FMT " coefficients\n",
      plan.train.panels, plan.train.lanes, s->njet));
  PetscCall(PetscPrintf(d->comm, "shards:      %" PetscInt_FMT " (the largest number of ranks a run can use)\n",
                        plan.train.shards));
  PetscCall(PetscPrintf(d->comm,
                        "rank 0:      %" PetscInt_FMT " panels, %" PetscInt_FMT " kept from forward to backward, "
                        "%.1f MB of workspaces, %.1f MB of data\n",
                        plan.local_panels, plan.kept_panels, plan.bytes / 1048576.0, s->bytes / 1048576.0));
  PetscCall(PetscPrintf(d->comm, "iteration:   %.3g Gflop, at most %" PetscInt_FMT " iterations\n",
                        (plan.flops + moments) * 1e-9, d->iterations));
  PetscCall(DscConstraintPrintPlan(d->comm, d->constraint));
  if (d->refit == DSC_REFIT_SPLINE) PetscCall(PetscPrintf(d->comm, "refit:       of the found terms by a spline\n"));
  if (d->refit == DSC_REFIT_PARTICLES)
    PetscCall(PetscPrintf(d->comm, "refit:       terms and coefficients from the particles\n"));
  PetscFunctionReturn(0);
}
