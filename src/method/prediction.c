#include "method/prediction.h"

#define MAX_ROWS 1000000

/* Whether clean values are known at all of nsamples: of a sharded set there is only a probe. */
static PetscBool knows_clean(const DscDataSet *data, PetscInt nsamples, PetscInt field)
{
  return (PetscBool)(data->clean[field] && (data->positions || data->nsamples == nsamples));
}

/* Columns and room for the rows. nsamples: of the first experiment. No two names are alike: fields have no '_' in theirs,
   and coordinates no more than one letter. */
static PetscErrorCode create_rows(const DscDataSet *data, PetscInt nsamples, PetscInt nexperiments, PetscInt rows,
                                  DscTable *prediction)
{
  char     names[DSC_MAX_COORDINATES + 3 * DSC_MAX_FIELDS + 2][DSC_NAME_LENGTH];
  PetscInt n = 0;

  PetscFunctionBeginUser;
  for (PetscInt c = 0; c < data->ncoordinates; c++) {
    PetscCall(PetscStrncpy(names[n++], data->coordinate_names[c], DSC_NAME_LENGTH));
  }
  for (PetscInt f = 0; f < data->nfields; f++) {
    PetscCall(PetscStrncpy(names[n++], data->field_names[f], DSC_NAME_LENGTH));
    if (knows_clean(data, nsamples, f))
      PetscCall(PetscSNPrintf(names[n++], DSC_NAME_LENGTH, "%s_clean", data->field_names[f]));
    PetscCall(PetscSNPrintf(names[n++], DSC_NAME_LENGTH, "%s_hat", data->field_names[f]));
  }
  if (data->positions) PetscCall(PetscStrncpy(names[n++], "position", DSC_NAME_LENGTH));
  if (nexperiments > 1) PetscCall(PetscStrncpy(names[n++], "experiment", DSC_NAME_LENGTH));
  PetscCall(DscTableSetColumns(prediction, n, (const char(*)[DSC_NAME_LENGTH])names));
  prediction->nrows = prediction->capacity = rows;
  PetscCall(PetscCalloc1((size_t)rows * (size_t)n, &prediction->values));
  PetscFunctionReturn(0);
}

typedef struct {
  DscSurrogate *surrogate;  /* (not owned) */
  DscTable     *prediction; /* (not owned) */
} Filling;

/* Samples of the experiments before one. */
static PetscInt first_row(const DscSurrogate *s, PetscInt experiment)
{
  PetscInt n = 0;

  for (PetscInt e = 0; e < experiment; e++) n += s->experiments[e].samples.nsamples;
  return n;
}

/* The rows of one panel's samples. */
static PetscErrorCode fill_rows(void *context, const DscPanel *panel, DscWorkspace workspace)
{
  const Filling       *filling = context;
  DscSurrogate        *s       = filling->surrogate;
  const DscExperiment *x       = &s->experiments[panel->experiment];
  const DscDataSet    *data    = x->data;
  const PetscInt       first   = first_row(s, panel->experiment);

  PetscFunctionBeginUser;
  PetscCall(DscGraphGetOutput(s->graph, workspace, s->output, s->y));
  for (PetscInt l = 0; l < panel->count; l++) {
    const PetscInt i = DscPanelSample(panel, l), known = DscPointsRow(&x->points, i);
    double        *row = filling->prediction->values + (size_t)(first + i) * (size_t)filling->prediction->ncolumns;

    for (PetscInt c = 0; c < data->ncoordinates; c++) *row++ = DscSamplesCoordinate(&x->samples, c, i);
    for (PetscInt f = 0; f < data->nfields; f++) {
      *row++ = x->samples.fields[f][i - x->samples.first];
      if (knows_clean(s->experiments[0].data, s->experiments[0].samples.nsamples, f))
        *row++ = known < 0 ? NAN : data->clean[f][known];
      *row++ = DscSurrogateField(s, panel, f, l);
    }
    if (data->positions) *row++ = known < 0 ? 0.0 : 1.0;
    if (s->nexperiments > 1) *row++ = (double)(panel->experiment + 1);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscPredictionCompute(MPI_Comm comm, DscTrain train, DscSurrogate *s, DscTable *prediction)
{
  const PetscInt rows    = first_row(s, s->nexperiments);
  Filling        filling = {.surrogate = s, .prediction = prediction};
  PetscMPIInt    n;

  PetscFunctionBeginUser;
  if (rows > MAX_ROWS) PetscFunctionReturn(0);
  PetscCall(create_rows(s->experiments[0].data, s->experiments[0].samples.nsamples, s->nexperiments, rows, prediction));
  PetscCall(PetscMPIIntCast(prediction->nrows * prediction->ncolumns, &n));
  PetscCall(DscTrainVisit(train, fill_rows, &filling));
  /* A row is one rank's, and zero bits everywhere else: 'or' puts them together without touching a bit. */
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, prediction->values, n, MPI_UINT64_T, MPI_BOR, comm));
  PetscFunctionReturn(0);
}

PetscErrorCode DscPredictionSet(const DscDataSet *data, const double *const surrogate[], DscTable *prediction)
{
  PetscFunctionBeginUser;
  if (data->nsamples > MAX_ROWS) PetscFunctionReturn(0);
  PetscCall(create_rows(data, data->nsamples, 1, data->nsamples, prediction));
  for (PetscInt i = 0; i < data->nsamples; i++) {
    double *row = prediction->values + (size_t)i * (size_t)prediction->ncolumns;

    for (PetscInt c = 0; c < data->ncoordinates; c++) *row++ = data->coordinates[c][i];
    for (PetscInt f = 0; f < data->nfields; f++) {
      *row++ = data->fields[f][i];
      if (knows_clean(data, data->nsamples, f)) *row++ = data->clean[f][i];
      *row++ = surrogate[f][i];
    }
  }
  PetscFunctionReturn(0);
}
