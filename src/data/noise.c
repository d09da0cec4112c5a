/*
  Measurement noise: white, Gaussian, its level relative to the spread of the clean field.
*/
#include "data/dataset.h"

#define BLOCK 65536 /* points, at least; fixed, as the sum's last bits depend on it */

PetscInt DscNoiseBlockRows(PetscInt64 row)
{
  return (PetscInt)PetscMax(1, BLOCK / row);
}

void DscSpreadOf(PetscInt64 n, const double x[], DscSpread *spread)
{
  double     mean = 0., square = 0.;
  PetscInt64 present = 0;

  for (PetscInt64 i = 0; i < n; i++) {
    if (isnan(x[i])) continue;
    mean += x[i];
    present++;
  }
  if (present) mean /= (double)present;
  for (PetscInt64 i = 0; i < n; i++) {
    if (!isnan(x[i])) square += (x[i] - mean) * (x[i] - mean);
  }
  *spread = (DscSpread){(double)present, mean, square};
}

/* Chan, Golub and LeVeque, The American Statistician 37 (1983) 242, eq. 1.5 */
void DscSpreadAdd(DscSpread *sum, const DscSpread *next)
{
  const double n = sum->n + next->n, difference = next->mean - sum->mean;

  if (next->n == 0.) return;
  if (sum->n == 0.) {
    *sum = *next;
    return;
  }
  sum->mean += difference * next->n / n;
  sum->square += next->square + difference * difference * sum->n * next->n / n;
  sum->n = n;
}

double DscSpreadStd(const DscSpread *spread)
{
  return spread->n > 0. ? sqrt(spread->square / spread->n) : 0.;
}

PetscErrorCode DscNoiseGetStd(const DscDataSet *full, double std[DSC_MAX_FIELDS])
{
  PetscInt row = 1, block;

  PetscFunctionBeginUser;
  for (PetscInt c = 1; c < full->ncoordinates && full->grid[0]; c++) row *= full->grid[c];
  block = row * DscNoiseBlockRows(row);
  for (PetscInt f = 0; f < full->nfields; f++) {
    DscSpread sum = {0}, next;

    for (PetscInt64 i = 0; i < full->nsamples; i += block) {
      DscSpreadOf(PetscMin(block, full->nsamples - i), full->clean[f] + i, &next);
      DscSpreadAdd(&sum, &next);
    }
    std[f] = DscSpreadStd(&sum);
  }
  PetscFunctionReturn(0);
}

double DscNoisy(double clean, double amplitude, uint64_t seed, uint64_t index)
{
  return clean + amplitude * DscRandomNormal(seed, DSC_STREAM_NOISE, index);
}

PetscBool DscIsDropped(double fraction, uint64_t seed, uint64_t index)
{
  return fraction > 0. && DscRandomUniform(seed, DSC_STREAM_MISSING, index) < fraction ? PETSC_TRUE : PETSC_FALSE;
}

PetscErrorCode DscNoiseGetMissingFraction(DscOptions options, double *fraction)
{
  PetscBool skip;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetReal(options, "data_missing_fraction", fraction));
  PetscCall(DscDataSkipsMissing(options, &skip));
  DscOptionsUserCheck(skip || *fraction == 0., options, PETSC_COMM_SELF, "data_missing_fraction",
                      "values can be missing only with -data_missing skip");
  PetscFunctionReturn(0);
}

PetscErrorCode DscNoiseAdd(DscOptions options, uint64_t seed, const double std[], PetscInt nfull,
                           const PetscInt index[], DscDataSet *data)
{
  double level, missing;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetReal(options, "data_noise", &level));
  PetscCall(DscNoiseGetMissingFraction(options, &missing));
  for (PetscInt f = 0; f < data->nfields; f++) {
    const uint64_t first = (uint64_t)f * (uint64_t)nfull;

    PetscCall(PetscMalloc1(data->nsamples, &data->fields[f]));
    PetscCall(PetscArraycpy(data->fields[f], data->clean[f], data->nsamples));
    for (PetscInt i = 0; i < data->nsamples; i++) {
      const uint64_t position = first + (uint64_t)index[i];

      if (level > 0.) data->fields[f][i] = DscNoisy(data->clean[f][i], level * std[f], seed, position);
      if (DscIsDropped(missing, seed, position)) data->fields[f][i] = NAN;
    }
  }
  PetscFunctionReturn(0);
}
