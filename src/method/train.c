#include "method/train.h"

/* What the ranks wish travels as sums behind the statistics: how many ask for a stop, and whether rank 0 asks for a save.
   All ranks see the same totals, at the same iteration and at no cost. */
enum { WISH_STOP, WISH_SAVE, WISHES };

struct _p_DscTrain {
  MPI_Comm        comm;      /* (not owned) */
  DscGraph        graph;     /* (not owned) */
  DscOptimizer    optimizer; /* (owned) */
  DscTrainProblem problem;
  DscPartition    train, test;                  /* the test panels are dealt to the same shards */
  DscTreeSum      statistics_sum, gradient_sum; /* (owned) */
  DscWorkspace   *kept;                         /* (owned) [nkept], of this rank's first training panels */
  DscWorkspace    scratch;                      /* (owned) for all other panels; NULL where there are none */
  PetscInt        nkept, nlocal;                /* nlocal: training panels of this rank */
  PetscInt        ngraph;                       /* parameters of the graph, all experiments' */
  PetscInt        nown;                         /* those of one experiment */
  PetscInt        selected;                     /* whose parameters the graph has; -1: none's */
  const double   *parameters;                   /* (not owned) [ngraph] while panels run */
  PetscInt        iterations, test_interval;
  Vec             theta, gradient;               /* (owned) [ngraph + nextra] */
  double         *shard_statistics, *statistics; /* (owned) [nstatistics + WISHES] */
  double         *shard_gradient;                /* (owned) [ngraph] */
  PetscInt        nstate;                        /* numbers of the optimiser's state */
  PetscBool       remembered;                    /* there is something in kept_theta */
  double         *kept_theta, *kept_state; /* (owned) [ngraph + nextra], [nstate]; NULL unless problem.remembers */
  PetscMPIInt     rank;
  double          wishes[WISHES]; /* of this rank */
};

/* ---- set-up ------------------------------------------------------------------------------------------------- */

static PetscInt count_panels(const DscTrain train, PetscBool test, PetscInt experiment)
{
  const DscTrainProblem *problem = &train->problem;
  const PetscInt lanes = train->train.lanes, n = problem->ntrain[experiment], ntest = problem->nsamples[experiment] - n;

  return (test ? ntest / lanes : n / lanes) + ((test ? ntest : n) % lanes ? 1 : 0);
}

/* index: among the panels of all experiments, of the training or of the test part. */
static void get_panel(const DscTrain train, PetscBool test, PetscInt index, DscPanel *panel)
{
  PetscInt e = 0, n;

  while (index >= (n = count_panels(train, test, e))) {
    index -= n;
    e++;
  }
  panel->experiment = e;
  panel->first      = (test ? train->problem.ntrain[e] : 0) + index * train->train.lanes;
  panel->count =
      PetscMin(train->train.lanes, (test ? train->problem.nsamples[e] : train->problem.ntrain[e]) - panel->first);
  panel->test = test;
}

static PetscErrorCode create_partitions(DscTrain train, DscOptions options)
{
  PetscInt   lanes, shards, first, end, panels[2] = {0, 0};
  PetscInt64 samples[2] = {0, 0};

  PetscFunctionBeginUser;
  PetscCall(DscGraphGetLanes(train->graph, &lanes));
  PetscCall(DscOptionsGetInt(options, "shards", &shards));
  train->train.lanes = lanes;
  for (PetscInt e = 0; e < train->problem.nexperiments; e++) {
    samples[0] += train->problem.ntrain[e];
    samples[1] += train->problem.nsamples[e] - train->problem.ntrain[e];
    for (int part = 0; part < 2; part++) panels[part] += count_panels(train, (PetscBool)part, e);
  }
  DscUserCheck(samples[0] + samples[1] <= PETSC_MAX_INT - lanes * train->problem.nexperiments, train->comm,
               "data: all experiments together have more samples than this build can count; take fewer");
  /* one experiment's samples are as many panels, whose last may be short; of several, each ends with a short one */
  PetscCall(DscPartitionCreate(train->comm, panels[0] * lanes, lanes, shards, &train->train));
  train->train.samples = (PetscInt)samples[0];
  train->test          = train->train;
  train->test.samples  = (PetscInt)samples[1];
  train->test.panels   = panels[1];
  train->nlocal        = 0;
  for (PetscInt s = 0; s < train->train.nshards; s++) {
    PetscCall(DscPartitionGetPanels(&train->train, train->train.first_shard + s, &first, &end));
    train->nlocal += end - first;
  }
  PetscFunctionReturn(0);
}

/* How many panels can be kept; *scratch: whether there must be a workspace for the others. */
static PetscErrorCode plan_workspaces(DscTrain train, DscOptions options, PetscInt *nkept, PetscBool *scratch)
{
  size_t   values, adjoints;
  PetscInt limit;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetInt(options, "train_memory_limit", &limit));
  PetscCall(DscGraphGetWorkspaceBytes(train->graph, &values, &adjoints));
  /* One workspace is always needed; every further one must fit, beside the adjoints. */
  const double room = ((double)limit * 1048576.0 - (double)adjoints) / (double)PetscMax(values, 1);
  if (room >= (double)train->nlocal + (train->test.panels > 0 ? 1.0 : 0.0))
    *nkept = train->nlocal;
  else
    *nkept = (PetscInt)PetscMax(0.0, room - 1.0);
  *scratch = (PetscBool)(*nkept < train->nlocal || train->test.panels > 0);
  PetscCall(DscMemoryCheck(train->comm, options, train->problem.data_bytes,
                           (double)values * (*nkept + (*scratch ? 1 : 0)) + (double)adjoints));
  PetscFunctionReturn(0);
}

static PetscErrorCode create_workspaces(DscTrain train, DscOptions options)
{
  PetscInt  nkept   = 0;
  PetscBool scratch = PETSC_FALSE;

  PetscFunctionBeginUser;
  PetscCall(plan_workspaces(train, options, &nkept, &scratch));
  PetscCall(PetscCalloc1(nkept, &train->kept));
  for (; train->nkept < nkept; train->nkept++) PetscCall(DscWorkspaceCreate(train->graph, &train->kept[train->nkept]));
  if (scratch) PetscCall(DscWorkspaceCreate(train->graph, &train->scratch));
  PetscFunctionReturn(0);
}

static PetscErrorCode create_optimizer(DscTrain train, DscOptions options)
{
  PetscInt  n, own, rows, columns;
  DscBlock *blocks;

  PetscFunctionBeginUser;
  PetscCall(DscGraphGetParameterCount(train->graph, &own));
  n = own * train->problem.nexperiments;
  PetscCall(PetscMalloc1(n + 1, &blocks));
  for (PetscInt p = 0; p < n; p++) {
    PetscCall(DscGraphGetParameter(train->graph, p % own, NULL, &blocks[p].offset, &rows, &columns));
    blocks[p].offset += p / own * train->nown;
    blocks[p].rows    = rows;
    blocks[p].columns = columns;
  }
  if (train->problem.nextra > 0) {
    blocks[n].offset  = train->ngraph;
    blocks[n].rows    = train->problem.nextra;
    blocks[n].columns = 1;
    n++;
  }
  PetscCall(DscOptimizerCreate(options, train->ngraph + train->problem.nextra, n, blocks, &train->optimizer));
  PetscCall(DscOptimizerGetStateSize(train->optimizer, &train->nstate));
  PetscCall(PetscFree(blocks));
  PetscFunctionReturn(0);
}

PetscErrorCode DscTrainCreate(MPI_Comm comm, DscOptions options, DscGraph graph, const DscTrainProblem *problem,
                              DscTrain *train)
{
  DscTrain t;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&t));
  *train     = t; /* even where the rest fails: the caller destroys what there is */
  t->comm    = comm;
  t->graph   = graph;
  t->problem = *problem;
  PetscCallMPI(MPI_Comm_rank(comm, &t->rank));
  PetscCall(DscOptionsGetInt(options, "train_iterations", &t->iterations));
  PetscCall(DscOptionsGetInt(options, "train_log_interval", &t->test_interval));
  PetscCall(DscGraphGetSize(graph, &t->nown));
  t->problem.nexperiments = PetscMax(problem->nexperiments, 1);
  t->ngraph               = t->problem.nexperiments * t->nown;
  PetscCall(create_partitions(t, options));
  PetscCall(create_workspaces(t, options));
  PetscCall(create_optimizer(t, options));
  PetscCall(DscTreeSumCreate(comm, &t->train, problem->nstatistics + WISHES, &t->statistics_sum));
  PetscCall(DscTreeSumCreate(comm, &t->train, t->ngraph, &t->gradient_sum));
  PetscCall(VecCreateSeq(PETSC_COMM_SELF, t->ngraph + problem->nextra, &t->theta));
  PetscCall(VecDuplicate(t->theta, &t->gradient));
  PetscCall(PetscMalloc3(problem->nstatistics + WISHES, &t->shard_statistics, problem->nstatistics + WISHES,
                         &t->statistics, t->ngraph, &t->shard_gradient));
  if (problem->remembers)
    PetscCall(PetscMalloc2((t->ngraph + problem->nextra), &t->kept_theta, t->nstate, &t->kept_state));
  PetscFunctionReturn(0);
}

PetscErrorCode DscTrainDestroy(DscTrain *train)
{
  DscTrain t = *train;

  PetscFunctionBeginUser;
  if (!t) PetscFunctionReturn(0);
  for (PetscInt p = 0; p < t->nkept; p++) PetscCall(DscWorkspaceDestroy(&t->kept[p]));
  PetscCall(PetscFree(t->kept));
  if (t->scratch) PetscCall(DscWorkspaceDestroy(&t->scratch));
  PetscCall(DscTreeSumDestroy(&t->statistics_sum));
  PetscCall(DscTreeSumDestroy(&t->gradient_sum));
  PetscCall(DscOptimizerDestroy(&t->optimizer));
  PetscCall(VecDestroy(&t->theta));
  PetscCall(VecDestroy(&t->gradient));
  PetscCall(PetscFree3(t->shard_statistics, t->statistics, t->shard_gradient));
  PetscCall(PetscFree2(t->kept_theta, t->kept_state));
  PetscCall(PetscFree(*train));
  PetscFunctionReturn(0);
}

PetscErrorCode DscTrainGetParameters(DscTrain train, Vec *theta)
{
  PetscFunctionBeginUser;
  *theta = train->theta;
  PetscFunctionReturn(0);
}

PetscErrorCode DscTrainGetPlan(DscTrain train, DscTrainPlan *plan)
{
  size_t        values, adjoints;
  DscGraphFlops flops;

  PetscFunctionBeginUser;
  PetscCall(DscGraphGetWorkspaceBytes(train->graph, &values, &adjoints));
  PetscCall(DscGraphGetFlops(train->graph, &flops));
  plan->train        = train->train;
  plan->test         = train->test;
  plan->nparameters  = train->ngraph + train->problem.nextra;
  plan->local_panels = train->nlocal;
  plan->kept_panels  = train->nkept;
  plan->bytes        = (double)values * (double)(train->nkept + (train->scratch ? 1 : 0)) + (double)adjoints;
  plan->flops        = (flops.forward + flops.backward) * (double)train->train.panels;
  PetscFunctionReturn(0);
}

/* ---- the six steps ------------------------------------------------------------------------------------------ */

/* Experiments come one after the other in a shard, so this is seldom done. */
static PetscErrorCode select_experiment(DscTrain train, PetscInt experiment)
{
  PetscFunctionBeginUser;
  if (train->selected == experiment) PetscFunctionReturn(0);
  PetscCall(DscGraphSetParameters(train->graph, train->parameters + experiment * train->nown));
  train->selected = experiment;
  PetscFunctionReturn(0);
}

static PetscErrorCode panel_forward(DscTrain train, const DscPanel *panel, DscWorkspace workspace)
{
  PetscFunctionBeginUser;
  PetscCall(select_experiment(train, panel->experiment));
  PetscCall(PetscLogEventBegin(DscEvents[DSC_EVENT_FORWARD], 0, 0, 0, 0));
  PetscCall(train->problem.set_input(train->problem.context, panel, workspace));
  PetscCall(DscGraphForward(train->graph, workspace));
  PetscCall(PetscLogEventEnd(DscEvents[DSC_EVENT_FORWARD], 0, 0, 0, 0));
  PetscFunctionReturn(0);
}

/* Forward and statistics of a shard's training or test panels. *local counts the training panels of this rank. */
static PetscErrorCode shard_forward(DscTrain train, PetscBool test, PetscInt shard, PetscInt *local)
{
  PetscInt first, end;
  DscPanel panel;

  PetscFunctionBeginUser;
  PetscCall(DscPartitionGetPanels(test ? &train->test : &train->train, shard, &first, &end));
  for (PetscInt p = first; p < end; p++) {
    DscWorkspace workspace = train->scratch;

    if (!test && *local < train->nkept) workspace = train->kept[*local];
    if (!test) (*local)++;
    get_panel(train, test, p, &panel);
    PetscCall(panel_forward(train, &panel, workspace));
    PetscCall(PetscLogEventBegin(DscEvents[DSC_EVENT_STATISTICS], 0, 0, 0, 0));
    PetscCall(train->problem.add_statistics(train->problem.context, &panel, workspace, train->shard_statistics));
    PetscCall(PetscLogEventEnd(DscEvents[DSC_EVENT_STATISTICS], 0, 0, 0, 0));
  }
  PetscFunctionReturn(0);
}

/* Steps 1 and 2. */
static PetscErrorCode sum_statistics(DscTrain train, PetscBool with_test)
{
  PetscInt local = 0;

  PetscFunctionBeginUser;
  PetscCall(DscTreeSumBegin(train->statistics_sum));
  for (PetscInt s = 0; s < train->train.nshards; s++) {
    PetscCall(PetscArrayzero(train->shard_statistics, train->problem.nstatistics + WISHES));
    if (s == 0) PetscCall(PetscArraycpy(train->shard_statistics + train->problem.nstatistics, train->wishes, WISHES));
    PetscCall(shard_forward(train, PETSC_FALSE, train->train.first_shard + s, &local));
    if (with_test) PetscCall(shard_forward(train, PETSC_TRUE, train->train.first_shard + s, &local));
    PetscCall(DscTreeSumAdd(train->statistics_sum, train->shard_statistics));
  }
  PetscCall(PetscLogEventBegin(DscEvents[DSC_EVENT_STATISTICS], 0, 0, 0, 0));
  PetscCall(DscTreeSumEnd(train->statistics_sum, train->statistics));
  PetscCall(PetscLogEventEnd(DscEvents[DSC_EVENT_STATISTICS], 0, 0, 0, 0));
  PetscFunctionReturn(0);
}

static PetscErrorCode take_gradient(DscTrain train, PetscInt experiment)
{
  PetscFunctionBeginUser;
  PetscCall(PetscLogEventBegin(DscEvents[DSC_EVENT_GRADIENT], 0, 0, 0, 0));
  PetscCall(DscGraphGetGradient(train->graph, train->shard_gradient + experiment * train->nown));
  PetscCall(PetscLogEventEnd(DscEvents[DSC_EVENT_GRADIENT], 0, 0, 0, 0));
  PetscFunctionReturn(0);
}

/* Last panel first: what the forward pass has just left in the caches is used before it is gone. *local counts down. The
   graph's gradient is that of one experiment at a time. */
static PetscErrorCode shard_backward(DscTrain train, PetscInt shard, PetscInt *local)
{
  PetscInt first, end, experiment = -1;
  DscPanel panel;

  PetscFunctionBeginUser;
  PetscCall(DscPartitionGetPanels(&train->train, shard, &first, &end));
  if (train->problem.nexperiments > 1) PetscCall(PetscArrayzero(train->shard_gradient, train->ngraph));
  for (PetscInt p = end - 1; p >= first; p--) {
    DscWorkspace workspace = --(*local) < train->nkept ? train->kept[*local] : train->scratch;

    get_panel(train, PETSC_FALSE, p, &panel);
    if (panel.experiment != experiment) {
      if (experiment >= 0) PetscCall(take_gradient(train, experiment));
      experiment = panel.experiment;
      PetscCall(select_experiment(train, experiment));
      PetscCall(DscGraphZeroGradient(train->graph));
    }
    if (*local >= train->nkept) PetscCall(panel_forward(train, &panel, workspace));
    PetscCall(PetscLogEventBegin(DscEvents[DSC_EVENT_BACKWARD], 0, 0, 0, 0));
    PetscCall(train->problem.seed_adjoint(train->problem.context, &panel, workspace));
    PetscCall(DscGraphBackward(train->graph, workspace));
    PetscCall(PetscLogEventEnd(DscEvents[DSC_EVENT_BACKWARD], 0, 0, 0, 0));
  }
  PetscCall(take_gradient(train, experiment)); /* a shard has a panel at least */
  PetscFunctionReturn(0);
}

/* Steps 4 and 5. The tree of the shards is the same from either end. */
static PetscErrorCode sum_gradient(DscTrain train, double gradient[])
{
  PetscInt local = train->nlocal;

  PetscFunctionBeginUser;
  PetscCall(VecGetArrayRead(train->theta, &train->parameters));
  PetscCall(DscTreeSumBegin(train->gradient_sum));
  for (PetscInt s = train->train.nshards - 1; s >= 0; s--) {
    PetscCall(shard_backward(train, train->train.first_shard + s, &local));
    PetscCall(PetscLogEventBegin(DscEvents[DSC_EVENT_GRADIENT], 0, 0, 0, 0));
    PetscCall(DscTreeSumAdd(train->gradient_sum, train->shard_gradient));
    PetscCall(PetscLogEventEnd(DscEvents[DSC_EVENT_GRADIENT], 0, 0, 0, 0));
  }
  PetscCall(PetscLogEventBegin(DscEvents[DSC_EVENT_GRADIENT], 0, 0, 0, 0));
  PetscCall(DscTreeSumEnd(train->gradient_sum, gradient));
  PetscCall(PetscLogEventEnd(DscEvents[DSC_EVENT_GRADIENT], 0, 0, 0, 0));
  PetscCall(VecRestoreArrayRead(train->theta, &train->parameters));
  PetscFunctionReturn(0);
}

/* Every rank holds the same numbers and so finds the same failure. */
static PetscErrorCode check_finite(DscTrain train, PetscInt n, const double x[], PetscInt iteration)
{
  PetscBool finite = PETSC_TRUE;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < n; i++) {
    if (PetscIsInfOrNanReal(x[i])) finite = PETSC_FALSE;
  }
  PetscCheck(finite, train->comm, PETSC_ERR_FP,
             "loss is not finite at iteration %" PetscInt_FMT "; try a smaller -optim_lr", iteration);
  PetscFunctionReturn(0);
}

/* Steps 1 to 3. */
static PetscErrorCode evaluate(DscTrain train, DscTrainCoupling *coupling)
{
  double *theta, *gradient;

  PetscFunctionBeginUser;
  PetscCall(VecGetArray(train->theta, &theta));
  PetscCall(VecGetArray(train->gradient, &gradient));
  train->parameters = theta;
  train->selected   = -1;
  PetscCall(sum_statistics(train, coupling->tested));
  PetscCall(check_finite(train, train->problem.nstatistics, train->statistics, coupling->iteration));
  coupling->statistics     = train->statistics;
  coupling->extra          = theta + train->ngraph;
  coupling->extra_gradient = gradient + train->ngraph;
  PetscCall(PetscLogEventBegin(DscEvents[DSC_EVENT_COUPLE], 0, 0, 0, 0));
  PetscCall(train->problem.couple(train->problem.context, coupling));
  PetscCall(PetscLogEventEnd(DscEvents[DSC_EVENT_COUPLE], 0, 0, 0, 0));
  PetscCall(check_finite(train, 1, &coupling->loss, coupling->iteration));
  PetscCall(VecRestoreArray(train->gradient, &gradient));
  PetscCall(VecRestoreArray(train->theta, &theta));
  PetscFunctionReturn(0);
}

/* Steps 4 to 6. */
static PetscErrorCode step(DscTrain train, PetscInt iteration)
{
  double *gradient, *theta;

  PetscFunctionBeginUser;
  PetscCall(VecGetArray(train->gradient, &gradient));
  PetscCall(sum_gradient(train, gradient));
  PetscCall(VecGetArray(train->theta, &theta));
  PetscCall(PetscLogEventBegin(DscEvents[DSC_EVENT_OPTIMIZER], 0, 0, 0, 0));
  PetscCall(DscOptimizerStep(train->optimizer, iteration, train->iterations, gradient, theta));
  PetscCall(PetscLogEventEnd(DscEvents[DSC_EVENT_OPTIMIZER], 0, 0, 0, 0));
  PetscCall(VecRestoreArray(train->theta, &theta));
  PetscCall(VecRestoreArray(train->gradient, &gradient));
  PetscFunctionReturn(0);
}

static PetscErrorCode remember(DscTrain train)
{
  const double *theta;

  PetscFunctionBeginUser;
  PetscCheck(train->kept_theta, train->comm, PETSC_ERR_PLIB, "the problem has not said that it remembers");
  PetscCall(VecGetArrayRead(train->theta, &theta));
  PetscCall(PetscArraycpy(train->kept_theta, theta, train->ngraph + train->problem.nextra));
  PetscCall(VecRestoreArrayRead(train->theta, &theta));
  PetscCall(DscOptimizerGetState(train->optimizer, train->kept_state));
  train->remembered = PETSC_TRUE;
  PetscFunctionReturn(0);
}

static PetscErrorCode recall(DscTrain train)
{
  double *theta;

  PetscFunctionBeginUser;
  PetscCheck(train->remembered, train->comm, PETSC_ERR_PLIB, "nothing has been remembered");
  PetscCall(VecGetArray(train->theta, &theta));
  PetscCall(PetscArraycpy(theta, train->kept_theta, train->ngraph + train->problem.nextra));
  PetscCall(VecRestoreArray(train->theta, &theta));
  PetscCall(DscOptimizerSetState(train->optimizer, train->kept_state));
  train->remembered = PETSC_FALSE; /* no need to save them any more */
  PetscFunctionReturn(0);
}

/* ---- save, stop, restart ------------------------------------------------------------------------------------ */

static PetscErrorCode put_state(DscTrain train, PetscInt iteration, DscBuffer state)
{
  const PetscInt nremembered = train->remembered ? 1 : 0, ntheta = train->ngraph + train->problem.nextra;
  const double  *theta;
  double        *optimizer;

  PetscFunctionBeginUser;
  PetscCall(DscBufferPutInts(state, "train/1", 1, &iteration));
  PetscCall(VecGetArrayRead(train->theta, &theta));
  PetscCall(DscBufferPutReals(state, "parameters", ntheta, theta));
  PetscCall(VecRestoreArrayRead(train->theta, &theta));
  PetscCall(PetscMalloc1(train->nstate, &optimizer));
  PetscCall(DscOptimizerGetState(train->optimizer, optimizer));
  PetscCall(DscBufferPutReals(state, "optimizer", train->nstate, optimizer));
  PetscCall(PetscFree(optimizer));
  if (train->problem.remembers) {
    PetscCall(DscBufferPutInts(state, "remembered", 1, &nremembered));
    PetscCall(DscBufferPutReals(state, "parameters", nremembered * ntheta, train->kept_theta));
    PetscCall(DscBufferPutReals(state, "optimizer", nremembered * train->nstate, train->kept_state));
  }
  if (train->problem.save) PetscCall(train->problem.save(train->problem.context, state));
  PetscFunctionReturn(0);
}

static PetscErrorCode get_remembered(DscTrain train, DscBuffer state)
{
  PetscInt n;

  PetscFunctionBeginUser;
  PetscCall(DscBufferGetInts(state, "remembered", 1, &n));
  PetscCall(DscBufferGetReals(state, "parameters", n * (train->ngraph + train->problem.nextra), train->kept_theta));
  PetscCall(DscBufferGetReals(state, "optimizer", n * train->nstate, train->kept_state));
  train->remembered = (PetscBool)(n > 0);
  PetscFunctionReturn(0);
}

static PetscErrorCode get_state(DscTrain train, DscBuffer state, PetscInt *iteration)
{
  double        *theta, *optimizer;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(DscBufferRewind(state));
  PetscCall(DscBufferGetInts(state, "train/1", 1, iteration));
  PetscCheck(*iteration >= 0 && *iteration <= train->iterations, train->comm, PETSC_ERR_FILE_UNEXPECTED,
             "the saved state is of iteration %" PetscInt_FMT " of a run of %" PetscInt_FMT, *iteration,
             train->iterations);
  PetscCall(VecGetArray(train->theta, &theta));
  PetscCall(DscBufferGetReals(state, "parameters", train->ngraph + train->problem.nextra, theta));
  PetscCall(VecRestoreArray(train->theta, &theta));
  PetscCall(PetscMalloc1(train->nstate, &optimizer));
  ierr = DscBufferGetReals(state, "optimizer", train->nstate, optimizer);
  if (!ierr) ierr = DscOptimizerSetState(train->optimizer, optimizer);
  PetscCall(PetscFree(optimizer));
  PetscCall(ierr);
  if (train->problem.remembers) PetscCall(get_remembered(train, state));
  if (train->problem.restore) PetscCall(train->problem.restore(train->problem.context, state));
  PetscFunctionReturn(0);
}

static PetscErrorCode put_and_save(DscTrain train, const DscRunControl *control, PetscInt iteration, DscBuffer state)
{
  PetscFunctionBeginUser;
  PetscCall(put_state(train, iteration, state));
  PetscCall(control->save(control->context, iteration, state));
  PetscFunctionReturn(0);
}

/* The state before `iteration`. Collective, so that a failure on rank 0 is everybody's. */
static PetscErrorCode save_state(DscTrain train, const DscRunControl *control, PetscInt iteration)
{
  PetscErrorCode ierr = 0;

  PetscFunctionBeginUser;
  if (!control->save) PetscFunctionReturn(0);
  if (train->rank == 0) {
    DscBuffer state;

    PetscCall(DscBufferCreate(&state));
    ierr = put_and_save(train, control, iteration, state);
    PetscCall(DscBufferDestroy(&state));
  }
  PetscCall(DscSyncError(train->comm, ierr));
  PetscFunctionReturn(0);
}

static PetscErrorCode poll(DscTrain train, const DscRunControl *control)
{
  PetscBool stop = PETSC_FALSE, save = PETSC_FALSE;

  PetscFunctionBeginUser;
  if (!control || !control->poll) PetscFunctionReturn(0);
  PetscCall(control->poll(control->context, &stop, &save));
  train->wishes[WISH_STOP] = stop ? 1.0 : 0.0;
  train->wishes[WISH_SAVE] = save && train->rank == 0 ? 1.0 : 0.0;
  PetscFunctionReturn(0);
}

/* After the step of an iteration: what the ranks wished when it began. */
static PetscErrorCode grant_wishes(DscTrain train, const DscRunControl *control, PetscInt iteration, PetscBool *stop)
{
  const double *wished = train->statistics + train->problem.nstatistics;

  PetscFunctionBeginUser;
  *stop = (PetscBool)(wished[WISH_STOP] > 0.0);
  if (*stop || wished[WISH_SAVE] > 0.0) PetscCall(save_state(train, control, iteration + 1));
  PetscFunctionReturn(0);
}

/* Lets other ranks' one-sided operations through: over TCP a study's work counter only moves while its owner is inside
   MPI, which a run on one rank would otherwise not enter (DESIGN 4). */
static PetscErrorCode enter_mpi(MPI_Comm comm)
{
  int flag;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, comm, &flag, MPI_STATUS_IGNORE));
  PetscFunctionReturn(0);
}

static PetscBool is_test_due(const DscTrain train, PetscInt iteration)
{
  const PetscInt extra = train->problem.test_interval;

  return (PetscBool)(iteration == train->iterations || iteration % train->test_interval == 0 ||
                     (extra > 0 && iteration % extra == 0));
}

PetscErrorCode DscTrainRun(DscTrain train, const DscRunControl *control, PetscInt *iterations, PetscBool *stopped)
{
  PetscInt iteration = 0;

  PetscFunctionBeginUser;
  *stopped = PETSC_FALSE;
  if (control && control->restart) PetscCall(get_state(train, control->restart, &iteration));
  for (; !*stopped; iteration++) {
    DscTrainCoupling coupling = {.iteration = iteration,
                                 .last      = (PetscBool)(iteration == train->iterations),
                                 .tested    = is_test_due(train, iteration)};

    PetscCall(poll(train, control));
    PetscCall(evaluate(train, &coupling));
    if (coupling.stop || coupling.last) break;
    PetscCall(enter_mpi(train->comm));
    if (coupling.remember) PetscCall(remember(train));
    if (coupling.recall)
      PetscCall(recall(train));
    else
      PetscCall(step(train, iteration));
    PetscCall(grant_wishes(train, control, iteration, stopped));
  }
  *iterations = iteration;
  PetscFunctionReturn(0);
}

PetscErrorCode DscTrainVisit(DscTrain train, PetscErrorCode (*visit)(void *, const DscPanel *, DscWorkspace),
                             void    *context)
{
  DscWorkspace workspace = train->scratch ? train->scratch : train->kept[0];
  PetscInt     first, end;
  DscPanel     panel;

  PetscFunctionBeginUser;
  PetscCall(VecGetArrayRead(train->theta, &train->parameters));
  train->selected = -1;
  for (PetscInt s = 0; s < 2 * train->train.nshards; s++) {
    const PetscBool test = (PetscBool)(s % 2);

    PetscCall(
        DscPartitionGetPanels(test ? &train->test : &train->train, train->train.first_shard + s / 2, &first, &end));
    for (PetscInt p = first; p < end; p++) {
      get_panel(train, test, p, &panel);
      PetscCall(panel_forward(train, &panel, workspace));
      PetscCall(visit(context, &panel, workspace));
    }
  }
  PetscCall(VecRestoreArrayRead(train->theta, &train->parameters));
  PetscFunctionReturn(0);
}

PetscErrorCode DscTrainEvaluate(DscTrain train, double *loss, double gradient[])
{
  DscTrainCoupling coupling = {.tested = PETSC_TRUE};
  double          *g;

  PetscFunctionBeginUser;
  PetscCall(evaluate(train, &coupling));
  *loss = coupling.loss;
  PetscCall(VecGetArray(train->gradient, &g));
  PetscCall(sum_gradient(train, g));
  PetscCall(PetscArraycpy(gradient, g, train->ngraph + train->problem.nextra));
  PetscCall(VecRestoreArray(train->gradient, &g));
  PetscFunctionReturn(0);
}
