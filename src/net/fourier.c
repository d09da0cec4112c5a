/*
  Trainable random Fourier features, then dense layers: y_0 = sin(W x + b), W_jc ~ N(0, s_c^2), b ~ U(-pi, pi)
  (Rahimi and Recht 2007; Tancik et al. 2020, who show that s must match the bandwidth of the data).
  s_c is given, or a fixed part of the data's bandwidth along coordinate c: the layers above multiply frequencies.
*/
#include "net/network.h"

#define SMALLEST_SCALE 1.0 /* of data that hardly change: a third of a wave over coordinates in [-1, 1] */

/* Fills the scales that are zero from the bandwidth of the fields; the widest field counts. */
static PetscErrorCode scaleFromData(const DscNetInfo *info, double ratio, double scale[])
{
  double bandwidth[DSC_MAX_COORDINATES], widest[DSC_MAX_COORDINATES] = {0};

  PetscFunctionBeginUser;
  for (PetscInt field = 0; field < info->data->nfields; field++) {
    PetscCall(DscNetEstimateBandwidth(info->data, info->scaling, field, bandwidth));
    for (PetscInt c = 0; c < info->ninputs; c++) widest[c] = PetscMax(widest[c], bandwidth[c]);
  }
  for (PetscInt c = 0; c < info->ninputs; c++) {
    if (scale[c] == 0.0) scale[c] = PetscMax(SMALLEST_SCALE, ratio * widest[c]);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode fourierCreate(DscNet net, DscOptions options, const DscNetInfo *info)
{
  PetscInt  n, features;
  double   *given, ratio;
  PetscBool fits, open = PETSC_FALSE;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetInt(options, "net_fourier_features", &features));
  if (features > 0) net->widths[1] = features;
  PetscCall(DscOptionsGetReal(options, "net_fourier_ratio", &ratio));
  PetscCall(DscOptionsGetReals(options, "net_fourier_scale", &n, &given));
  fits = (PetscBool)(n == info->ninputs || (n == 1 && given[0] == 0.0));
  PetscCall(PetscCalloc1(info->ninputs, &net->fourier_scale));
  if (n == info->ninputs) PetscCall(PetscArraycpy(net->fourier_scale, given, n));
  PetscCall(PetscFree(given));
  DscOptionsUserCheck(fits, options, PETSC_COMM_SELF, "net_fourier_scale",
                      "has %" PetscInt_FMT " values for %" PetscInt_FMT
                      " coordinates: one for each, or 0 to take all from the data",
                      n, info->ninputs);
  for (PetscInt c = 0; c < info->ninputs; c++) {
    if (net->fourier_scale[c] == 0.0) open = PETSC_TRUE;
  }
  if (!open) PetscFunctionReturn(0);
  DscOptionsUserCheck(info->data && info->data->ncoordinates == info->ninputs, options, PETSC_COMM_SELF,
                      "net_fourier_scale", "there are no sampled fields to take it from: give one for each coordinate");
  PetscCall(scaleFromData(info, ratio, net->fourier_scale));
  PetscFunctionReturn(0);
}

static PetscErrorCode fourierBuild(DscNet net, DscGraph graph, DscNode x, DscNode *y)
{
  DscNode phase, features;

  PetscFunctionBeginUser;
  PetscCall(DscNetAddDense(net, graph, 0, x, &phase));
  PetscCall(DscGraphAddUnary(graph, "sin", phase, &features));
  PetscCall(DscNetAddDenseStack(net, graph, 1, features, y));
  PetscFunctionReturn(0);
}

static PetscErrorCode fourierInitialize(DscNet net, DscGraph graph, uint64_t seed, double theta[])
{
  DscDenseLayer dense;

  PetscFunctionBeginUser;
  PetscCall(DscNetGetDense(graph, 0, &dense));
  for (PetscInt j = 0; j < dense.rows; j++) {
    for (PetscInt c = 0; c < dense.columns; c++) {
      const PetscInt i = dense.W + j * dense.columns + c;
      theta[i]         = net->fourier_scale[c] * DscRandomNormal(seed, DSC_STREAM_FOURIER, (uint64_t)i);
    }
  }
  for (PetscInt i = dense.b; i < dense.b + dense.rows; i++)
    theta[i] = PETSC_PI * (2.0 * DscRandomUniform(seed, DSC_STREAM_FOURIER, (uint64_t)i) - 1.0);
  PetscCall(DscNetInitializeDenseStack(net, graph, 1, seed, theta));
  PetscFunctionReturn(0);
}

const DscNetOps DscNetFourier = {
    .name       = "fourier",
    .help       = "sines of random frequencies that match the data's bandwidth, then dense layers (Tancik et al. 2020)",
    .create     = fourierCreate,
    .build      = fourierBuild,
    .initialize = fourierInitialize,
};
