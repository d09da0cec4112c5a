/*
  Measurement noise: white, Gaussian, its level relative to the spread of the clean field.
*/
#include "data/dataset.h"

PetscErrorCode DscNoiseGetStd(const DscDataSet *full, double std[DSC_MAX_FIELDS])
{
  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < full->nfields; f++) {
    double mean = 0., variance = 0.;

    for (PetscInt i = 0; i < full->nsamples; i++) mean += full->clean[f][i];
    mean /= (double)full->nsamples;
    for (PetscInt i = 0; i < full->nsamples; i++) {
      variance += (full->clean[f][i] - mean) * (full->clean[f][i] - mean);
    }
    std[f] = sqrt(variance / (double)full->nsamples);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscNoiseAdd(DscOptions options, uint64_t seed, const double std[], PetscInt nfull,
                           const PetscInt index[], DscDataSet *data)
{
  double level;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetReal(options, "data_noise", &level));
  for (PetscInt f = 0; f < data->nfields; f++) {
    const uint64_t first = (uint64_t)f * (uint64_t)nfull;

    PetscCall(PetscMalloc1(data->nsamples, &data->fields[f]));
    PetscCall(PetscArraycpy(data->fields[f], data->clean[f], data->nsamples));
    if (level == 0.) continue;
    for (PetscInt i = 0; i < data->nsamples; i++) {
      data->fields[f][i] += level * std[f] * DscRandomNormal(seed, DSC_STREAM_NOISE, first + (uint64_t)index[i]);
    }
  }
  PetscFunctionReturn(0);
}
