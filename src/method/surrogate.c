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

static PetscErrorCode create_graph(DscSurrogate *s, DscOptions options)
{
  const DscNetInfo info = {
      .ninputs = s->data->ncoordinates, .noutputs = s->data->nfields, .data = s->data, .scaling = &s->scaling};
  const char *precision;
  DscJet      jet;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetString(options, "precision", &precision));
  PetscCall(DscFeatureMapGetJet(s->map, &jet));
  s->njet = DscJetSize(&jet);
  PetscCall(DscNetCreate(options, &info, &s->net));
  PetscCall(DscGraphCreate(strcmp(precision, "single") == 0 ? DSC_SINGLE : DSC_DOUBLE, &jet, s->lanes, &s->graph));
  PetscCall(DscGraphAddInput(s->graph, info.ninputs, &s->input));
  PetscCall(DscNetBuild(s->net, s->graph, s->input, &s->output));
  PetscCall(DscGraphAddOutput(s->graph, s->output));
  PetscCall(DscGraphSetUp(s->graph));
  PetscFunctionReturn(0);
}

static PetscErrorCode create_buffers(DscSurrogate *s)
{
  const PetscInt nx = s->data->ncoordinates * s->lanes, ny = s->data->nfields * s->njet * s->lanes;
  const PetscInt nphi = s->nfeatures * s->lanes, nX = s->nrows * s->lanes;

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
  DscGridInfo info;
  PetscInt    first = 0, n = 0;

  PetscFunctionBeginUser;
  PetscCall(DscGridGetInfo(grid, &info));
  DscUserCheck(info.npoints < PETSC_MAX_INT, comm,
               "data: a grid of %g points has more samples than this build can count; thin it with data_stride_t, "
               "data_stride_x, ...",
               (double)info.npoints);
  PetscCall(choose_lanes(options, (PetscInt)info.npoints, &s->lanes));
  PetscCall(find_part(comm, options, (PetscInt)info.npoints, s->lanes, &first, &n));
  PetscCall(DscMemoryCheck(comm, options, (double)n * info.nfields * sizeof(double), 0.0));
  PetscCall(DscGridGetProbe(grid, PROBE_SAMPLES, &s->data));
  PetscCall(DscScalingCreate(s->data, options, &s->scaling));
  PetscCall(DscScalingCoverGrid(&info, options, &s->scaling));
  PetscCall(DscSamplesCreatePart(grid, first, n, &s->samples));
  PetscFunctionReturn(0);
}

static PetscErrorCode create_data(DscSurrogate *s, MPI_Comm comm, DscOptions options, uint64_t seed)
{
  const char    *distribution;
  DscGrid        grid;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetString(options, "data_distribution", &distribution));
  if (strcmp(distribution, "sharded") == 0) {
    PetscCall(DscGridOpen(comm, options, seed, &grid));
    ierr = open_shards(s, comm, options, grid);
    PetscCall(DscGridClose(&grid));
    PetscCall(ierr);
  } else {
    PetscCall(DscDataSetCreate(comm, options, seed, &s->data));
    PetscCall(DscScalingCreate(s->data, options, &s->scaling));
    PetscCall(choose_lanes(options, s->data->ntrain, &s->lanes));
    PetscCall(DscSamplesCreateWhole(s->data, &s->samples));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscSurrogateCreate(MPI_Comm comm, DscOptions options, uint64_t seed, DscSurrogate *s)
{
  const char *const *terms;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(s, sizeof(*s)));
  PetscCall(create_data(s, comm, options, seed));
  PetscCall(DscLibraryCreate(options, s->data, &s->library));
  PetscCall(DscLibraryGetFeatures(s->library, &s->nfeatures, &s->features));
  PetscCall(DscLibraryGetLeft(s->library, &s->nleft, &s->left));
  PetscCall(DscLibraryGetTerms(s->library, &s->nterms, &terms));
  s->nrows = s->nterms + s->nleft;
  PetscCall(DscFeatureMapCreate(s->library, s->data, &s->scaling, &s->map));
  PetscCall(create_graph(s, options));
  PetscCall(create_buffers(s));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSurrogateDestroy(DscSurrogate *s)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree7(s->x, s->y, s->ybar, s->phi, s->phibar, s->X, s->Xbar));
  PetscCall(DscGraphDestroy(&s->graph));
  PetscCall(DscNetDestroy(&s->net));
  PetscCall(DscFeatureMapDestroy(&s->map));
  PetscCall(DscLibraryDestroy(&s->library));
  PetscCall(DscSamplesDestroy(&s->samples));
  PetscCall(DscDataSetDestroy(&s->data));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSurrogateSetInput(DscSurrogate *s, const DscPanel *panel, DscWorkspace workspace)
{
  const double *seeds;

  PetscFunctionBeginUser;
  for (PetscInt c = 0; c < s->data->ncoordinates; c++) {
    for (PetscInt l = 0; l < s->lanes; l++) {
      const double value     = DscSamplesCoordinate(&s->samples, c, DscPanelSample(panel, l));
      s->x[c * s->lanes + l] = (value - s->scaling.coordinate_center[c]) / s->scaling.coordinate_scale[c];
    }
  }
  PetscCall(DscFeatureMapGetSeeds(s->map, &seeds));
  PetscCall(DscGraphSetInput(s->graph, workspace, s->input, s->x, seeds));
  PetscFunctionReturn(0);
}

/* Physical ones, from the samples: what SetInput has left in x may be of another panel by now. */
static void set_coordinates(DscSurrogate *s, const DscPanel *panel)
{
  for (PetscInt f = 0; f < s->nfeatures; f++) {
    const DscFeature *feature = &s->features[f];

    for (PetscInt l = 0; feature->kind == DSC_FEATURE_COORDINATE && l < s->lanes; l++)
      s->phi[f * s->lanes + l] = DscSamplesCoordinate(&s->samples, feature->coordinate, DscPanelSample(panel, l));
  }
}

PetscErrorCode DscSurrogateEvaluate(DscSurrogate *s, const DscPanel *panel, DscWorkspace workspace)
{
  PetscFunctionBeginUser;
  PetscCall(DscGraphGetOutput(s->graph, workspace, s->output, s->y));
  PetscCall(DscFeatureMapApply(s->map, s->lanes, s->y, s->phi));
  set_coordinates(s, panel);
  PetscCall(DscLibraryEvaluate(s->library, s->lanes, s->phi, s->X));
  for (PetscInt f = 0; f < s->nleft; f++) {
    PetscCall(PetscArraycpy(s->X + (s->nterms + f) * s->lanes, s->phi + s->left[f] * s->lanes, s->lanes));
  }
  PetscFunctionReturn(0);
}

/* u^ - u in physical units, of the field on a left-hand side. */
static inline double field_error(const DscSurrogate *s, const DscPanel *panel, PetscInt field, PetscInt lane)
{
  return DscSurrogateField(s, field, lane) - s->samples.fields[field][panel->first + lane - s->samples.first];
}

PetscErrorCode DscSurrogateAddError(const DscSurrogate *s, const DscPanel *panel, double sse[])
{
  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < s->nleft; f++) {
    const PetscInt field = s->features[s->left[f]].field;
    double         sum   = 0.0;

    for (PetscInt l = 0; l < panel->count; l++) sum += PetscSqr(field_error(s, panel, field, l));
    sse[f] += sum;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscSurrogateSeedAdjoint(DscSurrogate *s, const DscPanel *panel, DscWorkspace workspace,
                                       const double tau[])
{
  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(s->phibar, s->nfeatures * s->lanes));
  PetscCall(DscLibraryAdjoint(s->library, s->lanes, s->phi, s->Xbar, s->phibar));
  for (PetscInt f = 0; f < s->nleft; f++) {
    const double *left = s->Xbar + (s->nterms + f) * s->lanes;
    double       *to   = s->phibar + s->left[f] * s->lanes;
    for (PetscInt l = 0; l < s->lanes; l++) to[l] += left[l];
  }
  PetscCall(DscFeatureMapAdjoint(s->map, s->lanes, s->phibar, s->ybar));
  for (PetscInt f = 0; f < s->nleft; f++) {
    const PetscInt field  = s->features[s->left[f]].field;
    const double   weight = tau[f] * s->scaling.field_scale[field];
    double        *to     = s->ybar + field * s->njet * s->lanes;
    for (PetscInt l = 0; l < panel->count; l++) to[l] += weight * field_error(s, panel, field, l);
  }
  PetscCall(DscGraphSetOutputAdjoint(s->graph, workspace, s->output, s->ybar));
  PetscFunctionReturn(0);
}
