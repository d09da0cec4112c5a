/*
  Advection and diffusion in the plane, u_t = -c . grad u + D (u_xx + u_yy), of a Gaussian of volume 1, which stays one:
  the exact solution.

  c       velocity (c_x, c_y)
  D       diffusion coefficient
  r0      place at t = 0
  sigma   standard deviation at t = 0, in x and in y
  w       sigma^2 + 2 D t, its square at t

  u = exp(-|r - r0 - c t|^2 / (2 w)) / (2 pi w)
  The defaults are near those of DeePyMoD (D = .5, c = (.25, .5)).
*/
#include "data/generator.h"
#include <math.h>
#include <stdio.h>

PetscErrorCode DscGenerateAdvectionDiffusion2DRegisterOptions(void)
{
  static const DscOptionSpec specs[] = {
      {"advection_diffusion_2d_c", DSC_REALS, "0.25,0.5", -1e6, 1e6, NULL, "velocity along x and y"},
      {"advection_diffusion_2d_d", DSC_REAL, "0.5", 1e-12, 1e6, NULL, "diffusion coefficient"},
      {"advection_diffusion_2d_r0", DSC_REALS, "0,0", -1e9, 1e9, NULL, "place of the Gaussian at t = 0"},
      {"advection_diffusion_2d_sigma", DSC_REAL, "0.7", 1e-6, 1e6, NULL,
       "its standard deviation at t = 0; its volume is 1"},
      {"advection_diffusion_2d_t_min", DSC_REAL, "0", 0., 1e9, NULL, "first time"},
      {"advection_diffusion_2d_t_max", DSC_REAL, "2", 0., 1e9, NULL, "last time"},
      {"advection_diffusion_2d_t_points", DSC_INT, "21", 2, 1e9, NULL, "number of times, equally spaced"},
      {"advection_diffusion_2d_x_min", DSC_REAL, "-3", -1e9, 1e9, NULL, "left end of the x interval"},
      {"advection_diffusion_2d_x_max", DSC_REAL, "4", -1e9, 1e9, NULL, "right end of the x interval"},
      {"advection_diffusion_2d_x_points", DSC_INT, "36", 2, 1e9, NULL, "number of points in x, equally spaced"},
      {"advection_diffusion_2d_y_min", DSC_REAL, "-3", -1e9, 1e9, NULL, "lower end of the y interval"},
      {"advection_diffusion_2d_y_max", DSC_REAL, "4", -1e9, 1e9, NULL, "upper end of the y interval"},
      {"advection_diffusion_2d_y_points", DSC_INT, "36", 2, 1e9, NULL, "number of points in y, equally spaced"},
  };

  PetscFunctionBeginUser;
  PetscCall(DscOptionsRegister("data generator advection_diffusion_2d", PETSC_STATIC_ARRAY_LENGTH(specs), specs));
  PetscFunctionReturn(0);
}

/* Two numbers, along x and y. */
static PetscErrorCode get_pair(DscOptions options, const char key[], double pair[2])
{
  PetscInt n;
  double  *values;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetReals(options, key, &n, &values));
  for (PetscInt i = 0; i < PetscMin(n, 2); i++) pair[i] = values[i];
  PetscCall(PetscFree(values));
  DscOptionsUserCheck(n == 2, options, PETSC_COMM_SELF, key,
                      "%" PetscInt_FMT " numbers; two are needed, along x and along y", n);
  PetscFunctionReturn(0);
}

PetscErrorCode DscGenerateAdvectionDiffusion2D(DscOptions options, DscDataSet *data)
{
  static const char        name[]   = "advection_diffusion_2d";
  static const char *const terms[]  = {"u_x", "u_y", "u_xx", "u_yy"};
  static const char *const fields[] = {"u"};
  double                   c[2] = {0}, r0[2] = {0}, D, sigma;
  DscAxis                  axes[3];

  PetscFunctionBeginUser;
  PetscCall(get_pair(options, "advection_diffusion_2d_c", c));
  PetscCall(get_pair(options, "advection_diffusion_2d_r0", r0));
  PetscCall(DscOptionsGetReal(options, "advection_diffusion_2d_d", &D));
  PetscCall(DscOptionsGetReal(options, "advection_diffusion_2d_sigma", &sigma));
  for (PetscInt a = 0; a < 3; a++) PetscCall(DscAxisFromOptions(options, name, DscCoordinateLetters[a], &axes[a]));
  PetscCall(DscGeneratorSetAxes(options, data, 3, axes, 1, fields));
  for (PetscInt i = 0; i < data->nsamples; i++) {
    const double t = data->coordinates[0][i], w = sigma * sigma + 2. * D * t;
    const double X = data->coordinates[1][i] - r0[0] - c[0] * t, Y = data->coordinates[2][i] - r0[1] - c[1] * t;

    data->clean[0][i] = exp(-(X * X + Y * Y) / (2. * w)) / (2. * PETSC_PI * w);
  }
  PetscCall(DscGeneratorSetTruth(data, PETSC_STATIC_ARRAY_LENGTH(terms), terms, (const double[]){-c[0], -c[1], D, D}));
  snprintf(data->description, sizeof(data->description),
           "advection and diffusion in the plane, Gaussian, velocity (%g, %g), D = %g", c[0], c[1], D);
  PetscFunctionReturn(0);
}
