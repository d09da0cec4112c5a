#include "method/surrogate.h"

#define PROBE_SAMPLES 65536 /* for scales, spectra and the library, of a sharded set */

/* A property of the input, never of the machine: wide panels unless there are too few samples to fill them. */
static PetscErrorCode choose_lanes(DscOptions options, PetscInt ntrain, PetscInt *lanes)
{
  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetInt(options, "panel_lanes", lanes));
  DscOptionsUserCheck(*lanes % 16 == 0, options, PETSC_COMM_SELF, "panel_lanes",
                      "%" PetscInt_FMT " is not one of 0 (automatic), 16, 32, 48, 64", *lanes);
  if (*lanes == 0) *lanes = ntrain >= 8 * DSC_MAX_LANES ? DSC_MAX_LANES : 16;
  PetscFunctionReturn(0);
}

/* The parameters of the networks differ, their sizes do not: one graph serves all. */
static PetscErrorCode create_graph(DscSurrogate *s, DscOptions options)
{
  const DscDataSet *first = s->experiments[0].data;
  const char       *precision;
  const double     *seeds;
  DscJet            jet;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetString(options, "precision", &precision));
  PetscCall(DscFeatureMapGetJet(s->experiments[0].map, &jet));
  s->njet = DscJetSize(&jet);
  for (PetscInt e = 0; e < s->nexperiments; e++) {
    DscExperiment   *x    = &s->experiments[e];
    const DscNetInfo info = {
        .ninputs = first->ncoordinates, .noutputs = first->nfields, .data = x->data, .scaling = &x->scaling};

    PetscCall(DscNetCreate(options, &info, &x->net));
  }
  PetscCall(DscGraphCreate(strcmp(precision, "single") == 0 ? DSC_SINGLE : DSC_DOUBLE, &jet, s->lanes, &s->graph));
  PetscCall(DscGraphAddInput(s->graph, first->ncoordinates, &s->input));
  PetscCall(DscFeatureMapGetSeeds(s->experiments[0].map, &seeds));
  PetscCall(DscGraphDeclareSeeds(s->graph, s->input, seeds));
  PetscCall(DscNetBuild(s->experiments[0].net, s->graph, s->input, &s->output));
  PetscCall(DscNetIsDensity(s->experiments[0].net, &s->density));
  PetscCall(DscGraphAddOutput(s->graph, s->output));
  PetscCall(DscGraphSetUp(s->graph));
  PetscFunctionReturn(0);
}

static PetscErrorCode create_buffers(DscSurrogate *s)
{
  const DscDataSet *first    = s->experiments[0].data;
  const PetscInt    noutputs = first->nfields + (s->density ? 1 : 0);
  const PetscInt    nx = first->ncoordinates * s->lanes, ny = noutputs * s->njet * s->lanes;
  const PetscInt    nphi = s->nfeatures * s->lanes, nX = s->nrows * s->lanes;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc7(nx, &s->x, ny, &s->y, ny, &s->ybar, nphi, &s->phi, nphi, &s->phibar, nX, &s->X, nX, &s->Xbar));
  PetscFunctionReturn(0);
}

/* Consecutive samples of this rank, all that its panels need. */
static PetscErrorCode find_part(MPI_Comm comm, DscOptions options, PetscInt ntrain, PetscInt lanes, PetscInt *first,
                                PetscInt *n)
{
  DscPartition partition;
  PetscInt     shards, begin, end, unused;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetInt(options, "shards", &shards));
  PetscCall(DscPartitionCreate(comm, ntrain, lanes, shards, &partition));
  PetscCall(DscPartitionGetPanels(&partition, partition.first_shard, &begin, &unused));
  PetscCall(DscPartitionGetPanels(&partition, partition.first_shard + partition.nshards - 1, &unused, &end));
  *first = begin * lanes;
  *n     = (PetscInt)PetscMin((PetscInt64)end * lanes, ntrain) - *first;
  PetscFunctionReturn(0);
}

/* What all ranks must know alike comes from a probe, so that nothing depends on their number. */
static PetscErrorCode open_shards(DscSurrogate *s, MPI_Comm comm, DscOptions options, DscGrid grid)
{
  DscExperiment *x = &s->experiments[0];
  DscGridInfo    info;
  PetscInt       first = 0, n = 0;

  PetscFunctionBeginUser;
  PetscCall(DscGridGetInfo(grid, &info));
  DscUserCheck(info.npoints < PETSC_MAX_INT, comm,
               "data: a grid of %g points has more samples than this build can count; thin it with data_stride_t, "
               "data_stride_x, ...",
               (double)info.npoints);
  PetscCall(choose_lanes(options, (PetscInt)info.npoints, &s->lanes));
  PetscCall(find_part(comm, options, (PetscInt)info.npoints, s->lanes, &first, &n));
  PetscCall(DscMemoryCheck(comm, options, (double)n * info.nfields * sizeof(double), 0.0));
  PetscCall(DscGridGetProbe(grid, PROBE_SAMPLES, &x->data));
  PetscCall(DscPointsCheckData(comm, options, x->data));
  PetscCall(DscScalingCreate(x->data, options, &x->scaling));
  PetscCall(DscScalingCoverGrid(&info, options, &x->scaling));
  PetscCall(DscSamplesCreatePart(grid, first, n, &x->samples));
  PetscFunctionReturn(0);
}

/* Of one experiment: that of a copy of the options. */
static PetscErrorCode create_sharded(DscSurrogate *s, MPI_Comm comm, DscOptions options, uint64_t seed)
{
  DscOptions     own;
  DscGrid        grid = NULL;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  DscOptionsUserCheck(s->nexperiments == 1, options, comm, "data_distribution",
                      "%" PetscInt_FMT " experiments cannot be read in parts; use -data_distribution replicated",
                      s->nexperiments);
  PetscCall(DscOptionsCopyExperiment(options, 0, &own));
  ierr = DscGridOpen(comm, own, seed, &grid);
  if (!ierr) ierr = open_shards(s, comm, own, grid);
  PetscCall(DscGridClose(&grid));
  PetscCall(DscOptionsDestroy(&own));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

/* The sets go over to the experiments even where not all could be made. */
static PetscErrorCode create_replicated(DscSurrogate *s, MPI_Comm comm, DscOptions options, uint64_t seed)
{
  DscDataSet   **sets;
  PetscInt       n, ntrain = 0;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  ierr = DscDataSetCreateAll(comm, options, seed, &n, &sets);
  for (PetscInt e = 0; e < n && sets; e++) s->experiments[e].data = sets[e];
  PetscCall(PetscFree(sets));
  PetscCall(ierr);
  for (PetscInt e = 0; e < n; e++) {
    DscExperiment *x = &s->experiments[e];
    DscOptions     own;

    PetscCall(DscOptionsCopyExperiment(options, e, &own));
    ierr = DscPointsCheckData(comm, own, x->data);
    if (!ierr) ierr = DscScalingCreate(x->data, own, &x->scaling);
    if (!ierr) ierr = DscSamplesCreateWhole(x->data, &x->samples);
    if (!ierr) ierr = DscPointsCreate(own, x->data, &x->samples, &x->points);
    PetscCall(DscOptionsDestroy(&own));
    PetscCall(ierr);
    ntrain += x->samples.ntrain;
  }
  PetscCall(choose_lanes(options, ntrain, &s->lanes));
  PetscFunctionReturn(0);
}

/* Keys of the data that are one for all experiments. */
static PetscErrorCode check_common(MPI_Comm comm, DscOptions options)
{
  static const char *const common[] = {"experiments_data_distribution", "experiments_memory_limit"};

  PetscFunctionBeginUser;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(common); i++) {
    PetscBool set;

    PetscCall(DscOptionsIsSet(options, common[i], &set));
    DscOptionsUserCheck(!set, options, comm, common[i], "is one for all experiments; leave out 'experiments_'");
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode create_data(DscSurrogate *s, MPI_Comm comm, DscOptions options, uint64_t seed)
{
  const char *distribution;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetExperimentCount(options, &s->nexperiments));
  PetscCall(PetscCalloc1(s->nexperiments, &s->experiments));
  PetscCall(check_common(comm, options));
  PetscCall(DscOptionsGetString(options, "data_distribution", &distribution));
  if (strcmp(distribution, "sharded") == 0)
    PetscCall(create_sharded(s, comm, options, seed));
  else
    PetscCall(create_replicated(s, comm, options, seed));
  for (PetscInt e = 0; e < s->nexperiments; e++) s->bytes += s->experiments[e].samples.bytes;
  PetscFunctionReturn(0);
}

PetscErrorCode DscSurrogateCreate(MPI_Comm comm, DscOptions options, uint64_t seed, DscSurrogate *s)
{
  const char *const *terms;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(s, sizeof(*s)));
  PetscCall(create_data(s, comm, options, seed));
  PetscCall(DscLibraryCreate(options, s->experiments[0].data, &s->library));
  PetscCall(DscLibraryGetFeatures(s->library, &s->nfeatures, &s->features));
  PetscCall(DscLibraryGetLeft(s->library, &s->nleft, &s->left));
  PetscCall(DscLibraryGetTerms(s->library, &s->nterms, &terms));
  s->nrows = s->nterms + s->nleft;
  for (PetscInt e = 0; e < s->nexperiments; e++) {
    DscExperiment *x = &s->experiments[e];

    PetscCall(DscFeatureMapCreate(s->library, x->data, &x->scaling, &x->map));
  }
  PetscCall(create_graph(s, options));
  PetscCall(create_buffers(s));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSurrogateDestroy(DscSurrogate *s)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree7(s->x, s->y, s->ybar, s->phi, s->phibar, s->X, s->Xbar));
  PetscCall(DscGraphDestroy(&s->graph));
  for (PetscInt e = 0; e < s->nexperiments && s->experiments; e++) {
    DscExperiment *x = &s->experiments[e];

    PetscCall(DscNetDestroy(&x->net));
    PetscCall(DscFeatureMapDestroy(&x->map));
    PetscCall(DscSamplesDestroy(&x->samples));
    PetscCall(DscDataSetDestroy(&x->data));
  }
  PetscCall(PetscFree(s->experiments));
  PetscCall(DscLibraryDestroy(&s->library));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSurrogateSetInput(DscSurrogate *s, const DscPanel *panel, DscWorkspace workspace)
{
  const DscExperiment *x = &s->experiments[panel->experiment];
  const double        *seeds;

  PetscFunctionBeginUser;
  for (PetscInt c = 0; c < x->data->ncoordinates; c++) {
    for (PetscInt l = 0; l < s->lanes; l++) {
      const double value     = DscSamplesCoordinate(&x->samples, c, DscPanelSample(panel, l));
      s->x[c * s->lanes + l] = (value - x->scaling.coordinate_center[c]) / x->scaling.coordinate_scale[c];
    }
  }
  PetscCall(DscFeatureMapGetSeeds(x->map, &seeds));
  PetscCall(DscGraphSetInput(s->graph, workspace, s->input, s->x, seeds));
  PetscFunctionReturn(0);
}

/* Physical ones, from the samples: what SetInput has left in x may be of another panel by now. */
static void set_coordinates(DscSurrogate *s, const DscPanel *panel)
{
  const DscSamples *samples = &s->experiments[panel->experiment].samples;

  for (PetscInt f = 0; f < s->nfeatures; f++) {
    const DscFeature *feature = &s->features[f];

    for (PetscInt l = 0; feature->kind == DSC_FEATURE_COORDINATE && l < s->lanes; l++)
      s->phi[f * s->lanes + l] = DscSamplesCoordinate(samples, feature->coordinate, DscPanelSample(panel, l));
  }
}

/* Rows times the square root of each lane's weight. Its own adjoint. */
static void weigh(const DscSurrogate *s, const DscPanel *panel, double rows[])
{
  const DscPoints *points = &s->experiments[panel->experiment].points;
  double           root[DSC_MAX_LANES];

  for (PetscInt l = 0; l < s->lanes; l++) {
    const PetscInt row = DscPointsRow(points, DscPanelSample(panel, l));

    root[l] = row < 0 || points->n == 0 ? sqrt(points->weight) : 0.0;
  }
  for (PetscInt j = 0; j < s->nrows; j++) {
    for (PetscInt l = 0; l < s->lanes; l++) rows[j * s->lanes + l] *= root[l];
  }
}

PetscErrorCode DscSurrogateEvaluate(DscSurrogate *s, const DscPanel *panel, DscWorkspace workspace)
{
  PetscFunctionBeginUser;
  PetscCall(DscGraphGetOutput(s->graph, workspace, s->output, s->y));
  PetscCall(DscFeatureMapApply(s->experiments[panel->experiment].map, s->lanes, s->y, s->phi));
  set_coordinates(s, panel);
  PetscCall(DscLibraryEvaluate(s->library, s->lanes, s->phi, s->X));
  for (PetscInt f = 0; f < s->nleft; f++) {
    PetscCall(PetscArraycpy(s->X + (s->nterms + f) * s->lanes, s->phi + s->left[f] * s->lanes, s->lanes));
  }
  if (s->density) weigh(s, panel, s->X);
  PetscFunctionReturn(0);
}

PetscErrorCode DscSurrogateEvaluateAt(DscSurrogate *s, DscWorkspace workspace, PetscInt experiment, PetscInt n,
                                      const double *const coordinates[], double fields[], double terms[])
{
  const DscExperiment *x = &s->experiments[experiment];
  const double        *seeds;

  PetscFunctionBeginUser;
  PetscCall(DscFeatureMapGetSeeds(x->map, &seeds));
  for (PetscInt first = 0; first < n; first += s->lanes) {
    const PetscInt count = PetscMin(s->lanes, n - first);

    for (PetscInt c = 0; c < x->data->ncoordinates; c++) {
      for (PetscInt l = 0; l < s->lanes; l++) {
        const double value     = coordinates[c][first + PetscMin(l, count - 1)];
        s->x[c * s->lanes + l] = (value - x->scaling.coordinate_center[c]) / x->scaling.coordinate_scale[c];
      }
    }
    PetscCall(DscGraphSetInput(s->graph, workspace, s->input, s->x, seeds));
    PetscCall(DscGraphForward(s->graph, workspace));
    PetscCall(DscGraphGetOutput(s->graph, workspace, s->output, s->y));
    PetscCall(DscFeatureMapApply(x->map, s->lanes, s->y, s->phi));
    for (PetscInt f = 0; f < s->nfeatures; f++) {
      if (s->features[f].kind != DSC_FEATURE_COORDINATE) continue;
      for (PetscInt l = 0; l < s->lanes; l++)
        s->phi[f * s->lanes + l] = coordinates[s->features[f].coordinate][first + PetscMin(l, count - 1)];
    }
    PetscCall(DscLibraryEvaluate(s->library, s->lanes, s->phi, s->X));
    for (PetscInt f = 0; f < x->data->nfields; f++)
      PetscCall(PetscArraycpy(fields + f * n + first, s->phi + f * s->lanes, count));
    for (PetscInt k = 0; k < s->nterms; k++)
      PetscCall(PetscArraycpy(terms + k * n + first, s->X + k * s->lanes, count));
  }
  PetscFunctionReturn(0);
}

/* u^ - u in physical units, of the field on a left-hand side; 0 where u is missing. */
static inline double field_error(const DscSurrogate *s, const DscPanel *panel, PetscInt field, PetscInt lane)
{
  const DscSamples *samples = &s->experiments[panel->experiment].samples;
  const double      value   = samples->fields[field][panel->first + lane - samples->first];

  return isnan(value) ? 0.0 : DscSurrogateField(s, panel, field, lane) - value;
}

/* log p is that in scaled coordinates, and the field's scale that of p. */
static void add_likelihood(const DscSurrogate *s, const DscPanel *panel, double sse[], double present[])
{
  const DscExperiment *x        = &s->experiments[panel->experiment];
  const double        *log_p    = s->y + s->njet * s->lanes;
  const double         constant = log(x->scaling.field_scale[0]);

  for (PetscInt l = 0; l < panel->count; l++) {
    if (DscPointsRow(&x->points, DscPanelSample(panel, l)) < 0) continue;
    sse[0] -= log_p[l] + constant;
    present[0] += 1.0;
  }
}

PetscErrorCode DscSurrogateAddError(const DscSurrogate *s, const DscPanel *panel, double sse[], double present[])
{
  const DscSamples *samples = &s->experiments[panel->experiment].samples;

  PetscFunctionBeginUser;
  if (s->density) {
    add_likelihood(s, panel, sse, present);
    PetscFunctionReturn(0);
  }
  for (PetscInt f = 0; f < s->nleft; f++) {
    const PetscInt field = s->features[s->left[f]].field;
    const double  *u     = samples->fields[field] + panel->first - samples->first;
    double         sum   = 0.0;
    PetscInt       count = 0;

    for (PetscInt l = 0; l < panel->count; l++) {
      sum += PetscSqr(field_error(s, panel, field, l));
      count += isnan(u[l]) ? 0 : 1;
    }
    sse[f] += sum;
    present[f] += (double)count;
  }
  PetscFunctionReturn(0);
}

/* Of the squared errors, added to the adjoint of the fields. */
static void add_error_adjoint(DscSurrogate *s, const DscPanel *panel, const double tau[])
{
  const DscExperiment *x = &s->experiments[panel->experiment];

  for (PetscInt f = 0; f < s->nleft; f++) {
    const PetscInt field  = s->features[s->left[f]].field;
    const double   weight = tau[f] * x->scaling.field_scale[field];
    double        *to     = s->ybar + field * s->njet * s->lanes;

    for (PetscInt l = 0; l < panel->count; l++) to[l] += weight * field_error(s, panel, field, l);
  }
}

/* Of the mean of -log p over the positions that train. */
static void set_likelihood_adjoint(DscSurrogate *s, const DscPanel *panel)
{
  const DscExperiment *x  = &s->experiments[panel->experiment];
  double              *to = s->ybar + s->njet * s->lanes, n = (double)(x->samples.ntrain - x->points.n);

  memset(to, 0, sizeof(double) * (size_t)(s->njet * s->lanes));
  for (PetscInt l = 0; l < panel->count; l++) {
    if (DscPointsRow(&x->points, DscPanelSample(panel, l)) >= 0) to[l] = -1.0 / n;
  }
}

PetscErrorCode DscSurrogateSeedAdjoint(DscSurrogate *s, const DscPanel *panel, DscWorkspace workspace,
                                       const double tau[])
{
  const DscExperiment *x = &s->experiments[panel->experiment];

  PetscFunctionBeginUser;
  if (s->density) weigh(s, panel, s->Xbar);
  PetscCall(PetscArrayzero(s->phibar, s->nfeatures * s->lanes));
  PetscCall(DscLibraryAdjoint(s->library, s->lanes, s->phi, s->Xbar, s->phibar));
  for (PetscInt f = 0; f < s->nleft; f++) {
    const double *left = s->Xbar + (s->nterms + f) * s->lanes;
    double       *to   = s->phibar + s->left[f] * s->lanes;
    for (PetscInt l = 0; l < s->lanes; l++) to[l] += left[l];
  }
  PetscCall(DscFeatureMapAdjoint(x->map, s->lanes, s->phibar, s->ybar));
  if (s->density)
    set_likelihood_adjoint(s, panel);
  else
    add_error_adjoint(s, panel, tau);
  PetscCall(DscGraphSetOutputAdjoint(s->graph, workspace, s->output, s->ybar));
  PetscFunctionReturn(0);
}
