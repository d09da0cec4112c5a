#include "method/points.h"

#include <math.h>

#define A_PARTICLE 10.0 /* observations: with 1 true terms of 200 walkers are given up, with all 51 false ones stay */

PetscErrorCode DscPointsCheckData(MPI_Comm comm, DscOptions options, const DscDataSet *data)
{
  const char *approximator;
  PetscBool   flow;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetString(options, "approximator", &approximator));
  flow = (PetscBool)(strcmp(approximator, "flow") == 0);
  DscOptionsUserCheck(!flow || data->positions, options, comm, "approximator",
                      "flow finds the density of particles, and the data are values of a field; use fourier, or set "
                      "-data_positions if they are positions");
  DscOptionsUserCheck(flow || !data->positions, options, comm, "approximator",
                      "%s needs values of a field, and the data are positions of particles; use flow", approximator);
  if (!data->positions) PetscCall(DscTracksCheckSingle(comm, data));
  PetscFunctionReturn(0);
}

typedef struct {
  double   min, max;
  PetscInt n;
} Axis;

static void cover(const DscDataSet *data, PetscInt c, Axis *axis)
{
  axis->min = axis->max = data->coordinates[c][0];
  for (PetscInt i = 1; i < data->nsamples; i++) {
    axis->min = PetscMin(axis->min, data->coordinates[c][i]);
    axis->max = PetscMax(axis->max, data->coordinates[c][i]);
  }
}

/* Times from the first to the last; places as far beyond the outermost positions as the margin says. */
static PetscErrorCode choose_axes(DscOptions options, const DscDataSet *data, Axis axes[2])
{
  PetscInt n, *given;
  double   margin;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetInts(options, "positions_points", &n, &given));
  DscOptionsUserCheck((n == 2 && given[0] > 1 && given[1] > 1) || (n == 1 && given[0] == 0), options, PETSC_COMM_SELF,
                      "positions_points", "needs two numbers of at least 2, of times and of places, or 0 alone");
  PetscCall(DscOptionsGetReal(options, "positions_margin", &margin));
  for (PetscInt c = 0; c < 2; c++) {
    cover(data, c, &axes[c]);
    axes[c].n = n == 2 ? given[c] : 0;
  }
  PetscCall(PetscFree(given));
  margin *= 0.5 * (axes[1].max - axes[1].min);
  axes[1].min -= margin;
  axes[1].max += margin;
  PetscFunctionReturn(0);
}

static double axis_value(const Axis *axis, PetscInt i)
{
  return axis->min + (axis->max - axis->min) * (double)i / (double)(axis->n - 1);
}

static PetscErrorCode count_observations(DscOptions options, const DscDataSet *data, double *observations)
{
  const double share = (double)data->ntrain / (double)data->nsamples;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetReal(options, "positions_observations", observations));
  if (*observations == 0.0) {
    *observations = (double)data->ntrain;
    if (data->track) *observations = PetscMin(*observations, A_PARTICLE * (double)data->ntracks * share);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscPointsCreate(DscOptions options, const DscDataSet *data, DscSamples *samples, DscPoints *points)
{
  Axis     axes[2];
  PetscInt n;
  double  *x[2], *u;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(points, sizeof(*points)));
  if (!data->positions) PetscFunctionReturn(0);
  PetscCall(choose_axes(options, data, axes));
  PetscCall(count_observations(options, data, &points->observations));
  points->first  = data->ntrain;
  points->n      = axes[0].n * axes[1].n;
  points->weight = points->observations / (double)(points->n > 0 ? points->n : data->ntrain);
  n              = data->nsamples + points->n;
  PetscCall(PetscMalloc1((size_t)(3 * n), &samples->owned));
  x[0] = samples->owned;
  x[1] = samples->owned + n;
  u    = samples->owned + 2 * n;
  for (PetscInt i = 0; i < n; i++) {
    const PetscInt row = DscPointsRow(points, i), point = i - points->first;

    x[0][i] = row < 0 ? axis_value(&axes[0], point / axes[1].n) : data->coordinates[0][row];
    x[1][i] = row < 0 ? axis_value(&axes[1], point % axes[1].n) : data->coordinates[1][row];
    u[i]    = NAN;
  }
  samples->nsamples = samples->n = n;
  samples->ntrain                = data->ntrain + points->n;
  samples->bytes += (double)sizeof(double) * 3.0 * (double)n;
  samples->fields[0] = u;
  for (PetscInt c = 0; c < 2; c++) {
    samples->extent[c]      = n;
    samples->coordinates[c] = x[c];
  }
  PetscFunctionReturn(0);
}
