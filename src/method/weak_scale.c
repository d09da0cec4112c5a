/*
  Scales of the data, which the supports follow.

  On a regular grid the noise of a field is what sixth differences leave of it along the coordinate where that is least. Its
  structure function at lag l, D(l) = mean |u(x + l) - u(x)|^2 = 2 s^2 + 2 (var - s^2) (1 - r(l)), gives the correlation r
  without any bias from the noise; the length is where r has fallen to exp(-1/2): 1/omega for the Gaussian r of a spectrum of
  standard deviation omega. Of scattered samples that omega is estimated as for networks, and the noise from the fits in the
  supports.
*/
#include "method/weak_private.h"

#define DIFFERENCE 6   /* order */
#define BINOMIAL   924 /* 2 DIFFERENCE over DIFFERENCE: the sum of the squares of the coefficients */

static double variance(const DscDataSet *data, PetscInt field)
{
  const double *u    = data->fields[field];
  const double  N    = (double)data->nsamples;
  double        mean = 0.0, square = 0.0;

  for (PetscInt i = 0; i < data->nsamples; i++) mean += u[i] / N;
  for (PetscInt i = 0; i < data->nsamples; i++) square += PetscSqr(u[i] - mean) / N;
  return square;
}

/* Mean square of the differences along a coordinate, of white noise its variance. */
static double difference_square(const DscDataSet *data, PetscInt field, PetscInt c, PetscInt stride)
{
  static const double binomial[DIFFERENCE + 1] = {1, -6, 15, -20, 15, -6, 1};
  const double       *u                        = data->fields[field];
  const PetscInt      extent = data->grid[c], block = stride * extent;
  double              sum = 0.0, count = 0.0;

  for (PetscInt first = 0; first < data->nsamples; first += block) {
    for (PetscInt i = first; i < first + block - DIFFERENCE * stride; i++) {
      double difference = 0.0;

      for (PetscInt k = 0; k <= DIFFERENCE; k++) difference += binomial[k] * u[i + k * stride];
      sum += difference * difference;
    }
    count += (double)(block - DIFFERENCE * stride);
  }
  return sum / (count * BINOMIAL);
}

static double structure(const DscDataSet *data, PetscInt field, PetscInt lag, PetscInt stride, PetscInt extent)
{
  const double  *u     = data->fields[field];
  const PetscInt block = stride * extent;
  double         sum = 0.0, count = 0.0;

  for (PetscInt first = 0; first < data->nsamples; first += block) {
    const double *restrict a = u + first, *restrict b = u + first + lag * stride;

    for (PetscInt i = 0; i < block - lag * stride; i++) sum += (b[i] - a[i]) * (b[i] - a[i]);
    count += (double)(block - lag * stride);
  }
  return sum / count;
}

/* In steps of the grid; at most half of its extent. */
static double correlation_length(const DscDataSet *data, const DscWeakScale *scale, PetscInt field, PetscInt c,
                                 PetscInt stride)
{
  const double   level = 1.0 - exp(-0.5), s2 = scale->noise2[field];
  const double   clean  = PetscMax(scale->variance[field] - s2, 1e-6 * scale->variance[field]);
  const PetscInt extent = data->grid[c];
  double         before = 0.0;

  if (scale->variance[field] == 0.0) return 0.5 * (double)extent;
  for (PetscInt lag = 1, last = 0; lag < extent / 2; lag += 1 + lag / 8) {
    const double fallen = (0.5 * structure(data, field, lag, stride, extent) - s2) / clean;

    if (fallen >= level) return (double)last + (double)(lag - last) * (level - before) / (fallen - before);
    before = PetscMax(fallen, 0.0);
    last   = lag;
  }
  return 0.5 * (double)extent;
}

static PetscErrorCode measure_grid(const DscDataSet *data, DscWeakScale *scale)
{
  PetscInt stride[DSC_MAX_COORDINATES];

  PetscFunctionBeginUser;
  stride[data->ncoordinates - 1] = 1;
  for (PetscInt c = data->ncoordinates - 1; c > 0; c--) stride[c - 1] = stride[c] * data->grid[c];
  for (PetscInt f = 0; f < data->nfields; f++) {
    scale->noise2[f] = scale->variance[f];
    for (PetscInt c = 0; c < data->ncoordinates; c++) {
      if (data->grid[c] > 2 * DIFFERENCE)
        scale->noise2[f] = PetscMin(scale->noise2[f], difference_square(data, f, c, stride[c]));
    }
  }
  for (PetscInt c = 0; c < data->ncoordinates; c++) {
    const double step = (scale->high[c] - scale->low[c]) / (double)(data->grid[c] - 1);

    scale->length[c] = scale->high[c] - scale->low[c];
    for (PetscInt f = 0; f < data->nfields; f++)
      scale->length[c] = PetscMin(scale->length[c], step * correlation_length(data, scale, f, c, stride[c]));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode measure_scattered(DscOptions options, const DscDataSet *data, DscWeakScale *scale)
{
  DscScaling scaling;

  PetscFunctionBeginUser;
  PetscCall(DscScalingCreate(data, options, &scaling));
  for (PetscInt c = 0; c < data->ncoordinates; c++) scale->length[c] = 0.5 * (scale->high[c] - scale->low[c]);
  for (PetscInt f = 0; f < data->nfields; f++) {
    double bandwidth[DSC_MAX_COORDINATES];

    PetscCall(DscNetEstimateBandwidth(data, &scaling, f, bandwidth));
    for (PetscInt c = 0; c < data->ncoordinates; c++) {
      if (bandwidth[c] > 0.0) scale->length[c] = PetscMin(scale->length[c], scaling.coordinate_scale[c] / bandwidth[c]);
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscWeakScaleCreate(DscOptions options, const DscDataSet *data, PetscBool regular, DscWeakScale *scale)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(scale, sizeof(*scale)));
  for (PetscInt c = 0; c < data->ncoordinates; c++) {
    scale->low[c] = scale->high[c] = data->coordinates[c][0];
    for (PetscInt i = 1; i < data->nsamples; i++) {
      scale->low[c]  = PetscMin(scale->low[c], data->coordinates[c][i]);
      scale->high[c] = PetscMax(scale->high[c], data->coordinates[c][i]);
    }
    DscUserCheck(scale->high[c] > scale->low[c], PETSC_COMM_SELF, "data: all samples have the same %s",
                 data->coordinate_names[c]);
  }
  for (PetscInt f = 0; f < data->nfields; f++) scale->variance[f] = variance(data, f);
  if (regular)
    PetscCall(measure_grid(data, scale));
  else
    PetscCall(measure_scattered(options, data, scale));
  PetscFunctionReturn(0);
}
