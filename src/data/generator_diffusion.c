/*
  Diffusion, u_t = D u_xx, of a Gaussian of area 1, which stays one: the exact solution.

  D       diffusion coefficient
  x0      its place
  sigma   its standard deviation at t = 0
  w       sigma^2 + 2 D t, its variance at t

  u = exp(-(x - x0)^2 / (2 w)) / sqrt(2 pi w)
*/
#include "data/generator.h"
#include <math.h>
#include <stdio.h>

PetscErrorCode DscGenerateDiffusionRegisterOptions(void)
{
  static const DscOptionSpec specs[] = {
      {"diffusion_d", DSC_REAL, "1", 1e-12, 1e6, NULL, "diffusion coefficient"},
      {"diffusion_x0", DSC_REAL, "0", -1e9, 1e9, NULL, "place of the Gaussian"},
      {"diffusion_sigma", DSC_REAL, "0.5", 1e-6, 1e6, NULL, "its standard deviation at t = 0; its area is 1"},
      {"diffusion_t_min", DSC_REAL, "0", 0., 1e9, NULL, "first time"},
      {"diffusion_t_max", DSC_REAL, "2", 0., 1e9, NULL, "last time"},
      {"diffusion_t_points", DSC_INT, "40", 2, 1e9, NULL, "number of times, equally spaced"},
      {"diffusion_x_min", DSC_REAL, "-5", -1e9, 1e9, NULL, "left end of the x interval"},
      {"diffusion_x_max", DSC_REAL, "5", -1e9, 1e9, NULL, "right end of the x interval"},
      {"diffusion_x_points", DSC_INT, "50", 2, 1e9, NULL, "number of points in x, equally spaced"},
  };

  PetscFunctionBeginUser;
  PetscCall(DscOptionsRegister("data generator diffusion", PETSC_STATIC_ARRAY_LENGTH(specs), specs));
  PetscFunctionReturn(0);
}

PetscErrorCode DscGenerateDiffusion(DscOptions options, DscDataSet *data)
{
  static const char *const terms[] = {"u_xx"};
  double                   D, x0, sigma;
  DscAxis                  t, x;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetReal(options, "diffusion_d", &D));
  PetscCall(DscOptionsGetReal(options, "diffusion_x0", &x0));
  PetscCall(DscOptionsGetReal(options, "diffusion_sigma", &sigma));
  PetscCall(DscAxisFromOptions(options, "diffusion", "t", &t));
  PetscCall(DscAxisFromOptions(options, "diffusion", "x", &x));
  PetscCall(DscGeneratorSetGrid(options, data, &t, &x));
  for (PetscInt i = 0; i < data->nsamples; i++) {
    const double w = sigma * sigma + 2. * D * data->coordinates[0][i], X = data->coordinates[1][i] - x0;

    data->clean[0][i] = exp(-X * X / (2. * w)) / sqrt(2. * PETSC_PI * w);
  }
  PetscCall(DscGeneratorSetTruth(data, PETSC_STATIC_ARRAY_LENGTH(terms), terms, &D));
  snprintf(data->description, sizeof(data->description), "diffusion of a Gaussian of standard deviation %g, D = %g",
           sigma, D);
  PetscFunctionReturn(0);
}
