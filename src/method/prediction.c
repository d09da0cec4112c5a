#include "method/prediction.h"

#define MAX_ROWS 1000000

/* Whether clean values are known at the samples that are trained on: of a sharded set there is only a probe. */
static PetscBool knows_clean(const DscSurrogate *s, PetscInt experiment, PetscInt field)
{
  const DscExperiment *x = &s->experiments[experiment];

  return (PetscBool)(x->data->clean[field] && x->data->nsamples == x->samples.nsamples);
}

/* No two alike: fields have no '_' in their names, and coordinates no more than one letter. */
static PetscErrorCode set_columns(const DscSurrogate *surrogate, DscTable *prediction)
{
  const DscDataSet *data = surrogate->experiments[0].data;

  char     names[DSC_MAX_COORDINATES + 3 * DSC_MAX_FIELDS + 1][DSC_NAME_LENGTH];
  PetscInt n = 0;

  PetscFunctionBeginUser;
  for (PetscInt c = 0; c < data->ncoordinates; c++) {
    PetscCall(PetscStrncpy(names[n++], data->coordinate_names[c], DSC_NAME_LENGTH));
  }
  for (PetscInt f = 0; f < data->nfields; f++) {
    PetscCall(PetscStrncpy(names[n++], data->field_names[f], DSC_NAME_LENGTH));
    if (knows_clean(surrogate, 0, f))
      PetscCall(PetscSNPrintf(names[n++], DSC_NAME_LENGTH, "%s_clean", data->field_names[f]));
    PetscCall(PetscSNPrintf(names[n++], DSC_NAME_LENGTH, "%s_hat", data->field_names[f]));
  }
  if (surrogate->nexperiments > 1) PetscCall(PetscStrncpy(names[n++], "experiment", DSC_NAME_LENGTH));
  PetscCall(DscTableSetColumns(prediction, n, (const char(*)[DSC_NAME_LENGTH])names));
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
    const PetscInt i   = DscPanelSample(panel, l);
    double        *row = filling->prediction->values + (size_t)(first + i) * (size_t)filling->prediction->ncolumns;

    for (PetscInt c = 0; c < data->ncoordinates; c++) *row++ = DscSamplesCoordinate(&x->samples, c, i);
    for (PetscInt f = 0; f < data->nfields; f++) {
      *row++ = x->samples.fields[f][i - x->samples.first];
      if (knows_clean(s, 0, f)) *row++ = data->clean[f][i];
      *row++ = DscSurrogateField(s, panel, f, l);
    }
    if (s->nexperiments > 1) *row++ = (double)(panel->experiment + 1);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscPredictionCompute(MPI_Comm comm, DscTrain train, DscSurrogate *surrogate, DscTable *prediction)
{
  const PetscInt rows    = first_row(surrogate, surrogate->nexperiments);
  Filling        filling = {.surrogate = surrogate, .prediction = prediction};
  PetscMPIInt    n;

  PetscFunctionBeginUser;
  if (rows > MAX_ROWS) PetscFunctionReturn(0);
  PetscCall(set_columns(surrogate, prediction));
  prediction->nrows = prediction->capacity = rows;
  PetscCall(PetscMPIIntCast(prediction->nrows * prediction->ncolumns, &n));
  PetscCall(PetscCalloc1(n, &prediction->values));
  PetscCall(DscTrainVisit(train, fill_rows, &filling));
  /* A row is one rank's, and zero bits everywhere else: 'or' puts them together without touching a bit. */
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, prediction->values, n, MPI_UINT64_T, MPI_BOR, comm));
  PetscFunctionReturn(0);
}
