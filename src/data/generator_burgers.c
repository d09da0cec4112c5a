/*
  Burgers, u_t = nu u_xx - u u_x, from a delta peak of area A at x = 0, t = 0: the exact solution by Cole and Hopf.

  nu   viscosity
  A    area under the peak, kept for all times
  R    A / (2 nu), the Reynolds number
  z    x / sqrt(4 nu t)

  u = sqrt(nu / (pi t)) (e^R - 1) e^{-z^2} / [1 + (e^R - 1)/2 erfc z]
  The defaults are the data set of the SBL-constrained PINN (notes/model-discovery.md, section 2).
*/
#include "data/generator.h"
#include <math.h>
#include <stdio.h>

/* Beyond it e^R, and with it the closed form, leaves the range of double precision. */
static const double max_reynolds = 700.;

PetscErrorCode DscGenerateBurgersRegisterOptions(void)
{
  static const DscOptionSpec specs[] = {
      {"burgers_nu", DSC_REAL, "0.1", 0., 1e6, NULL, "viscosity, positive"},
      {"burgers_area", DSC_REAL, "1", -1e6, 1e6, NULL, "area A under the initial delta peak at x = 0, not 0"},
      {"burgers_t_min", DSC_REAL, "0.5", 0., 1e9, NULL, "first time, positive: the peak is infinite at t = 0"},
      {"burgers_t_max", DSC_REAL, "5", 0., 1e9, NULL, "last time"},
      {"burgers_t_points", DSC_INT, "20", 2, 1e9, NULL, "number of times, equally spaced"},
      {"burgers_x_min", DSC_REAL, "-3", -1e9, 1e9, NULL, "left end of the x interval"},
      {"burgers_x_max", DSC_REAL, "4", -1e9, 1e9, NULL, "right end of the x interval"},
      {"burgers_x_points", DSC_INT, "50", 2, 1e9, NULL, "number of points in x, equally spaced"},
  };

  PetscFunctionBeginUser;
  PetscCall(DscOptionsRegister("data generator burgers", PETSC_STATIC_ARRAY_LENGTH(specs), specs));
  PetscFunctionReturn(0);
}

PetscErrorCode DscGenerateBurgers(DscOptions options, DscDataSet *data)
{
  static const char *const terms[] = {"u_xx", "u u_x"};
  double                   nu, A, R, expm1_R;
  DscAxis                  t, x;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetReal(options, "burgers_nu", &nu));
  PetscCall(DscOptionsGetReal(options, "burgers_area", &A));
  PetscCall(DscAxisFromOptions(options, "burgers", "t", &t));
  PetscCall(DscAxisFromOptions(options, "burgers", "x", &x));
  DscOptionsUserCheck(nu > 0., options, PETSC_COMM_SELF, "burgers_nu", "must be positive");
  DscOptionsUserCheck(A != 0., options, PETSC_COMM_SELF, "burgers_area",
                      "must not be 0: the solution would be 0 everywhere");
  DscOptionsUserCheck(t.min > 0., options, PETSC_COMM_SELF, "burgers_t_min",
                      "must be positive: the peak is infinite at t = 0");
  R = A / (2. * nu);
  DscOptionsUserCheck(fabs(R) <= max_reynolds, options, PETSC_COMM_SELF, "burgers_nu",
                      "too small for burgers_area = %g; use %g or more", A, fabs(A) / (2. * max_reynolds));
  expm1_R = expm1(R);
  PetscCall(DscGeneratorSetGrid(options, data, &t, &x));
  for (PetscInt i = 0; i < data->nsamples; i++) {
    const double time = data->coordinates[0][i];
    const double z    = data->coordinates[1][i] / sqrt(4. * nu * time);

    data->clean[0][i] = sqrt(nu / (PETSC_PI * time)) * expm1_R * exp(-z * z) / (1. + .5 * expm1_R * erfc(z));
  }
  PetscCall(DscGeneratorSetTruth(data, PETSC_STATIC_ARRAY_LENGTH(terms), terms, (const double[]){nu, -1.}));
  snprintf(data->description, sizeof(data->description), "Burgers, delta peak of area %g, viscosity %g", A, nu);
  PetscFunctionReturn(0);
}
