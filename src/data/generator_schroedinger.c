/*
  The focusing nonlinear Schroedinger equation, i psi_t = -1/2 psi_xx - |psi|^2 psi, with psi = u + i v:
    u_t = -1/2 v_xx - u^2 v - v^3,   v_t = 1/2 u_xx + u^3 + u v^2.
  The exact solution from psi(x, 0) = 2 sech x, a bound state of two solitons that breathes with period pi / 2 (J. Satsuma
  and N. Yajima, Suppl. Progr. Theor. Phys. 55 (1974) 284-306):
    psi = 4 e^{i t / 2} [cosh 3x + 3 e^{4 i t} cosh x] / [cosh 4x + 4 cosh 2x + 3 cos 4t].
  Of a single soliton |psi|^2 does not change in time, so that no data could tell its terms apart.

  At rest the factor e^{i t / 2} turns psi by an eighth of a circle only in a period, and noise of a few percent lets
  combinations of u_xx, u v_xx and v u_xx pass for v_xx; moving, psi takes all phases along x.

  a       amplitude: a psi(a x, a^2 t) solves the equation too
  V       velocity: so does psi(x - V t, t) e^{i (V x - V^2 t / 2)}
  With V = 0 it is the data set of M. Raissi, P. Perdikaris and G. E. Karniadakis, J. Comput. Phys. 378 (2019) 686-707.
*/
#include "data/generator.h"
#include <complex.h>
#include <math.h>
#include <stdio.h>

PetscErrorCode DscGenerateSchroedingerRegisterOptions(void)
{
  static const DscOptionSpec specs[] = {
      {"schroedinger_amplitude", DSC_REAL, "1", 1e-3, 1e3, NULL, "a: width and period are 1/a and pi / (2 a^2)"},
      {"schroedinger_velocity", DSC_REAL, "1", -1e3, 1e3, NULL, "of the whole along x"},
      {"schroedinger_t_min", DSC_REAL, "0", -1e6, 1e6, NULL, "first time"},
      {"schroedinger_t_max", DSC_REAL, "1.5707963267948966", -1e6, 1e6, NULL,
       "last time; the default is a period of amplitude 1"},
      {"schroedinger_t_points", DSC_INT, "101", 2, 1e9, NULL, "number of times, equally spaced"},
      {"schroedinger_x_min", DSC_REAL, "-4", -1e6, 1e6, NULL, "left end of the x interval"},
      {"schroedinger_x_max", DSC_REAL, "5", -1e6, 1e6, NULL, "right end of the x interval"},
      {"schroedinger_x_points", DSC_INT, "256", 2, 1e9, NULL, "number of points in x, equally spaced"},
  };

  PetscFunctionBeginUser;
  PetscCall(DscOptionsRegister("data generator schroedinger", PETSC_STATIC_ARRAY_LENGTH(specs), specs));
  PetscFunctionReturn(0);
}

/* cosh x, divided by e^m with m >= |x|: never overflows. */
static double scaled_cosh(double x, double m)
{
  return .5 * (exp(x - m) + exp(-x - m));
}

/* Numerator and denominator are divided by e^{4 |x|}: far away the quotient goes to 0. */
static double complex breather(double x, double t)
{
  const double         m           = 4. * fabs(x);
  const double complex numerator   = scaled_cosh(3. * x, m) + 3. * scaled_cosh(x, m) * cexp(4. * t * I);
  const double         denominator = scaled_cosh(4. * x, m) + 4. * scaled_cosh(2. * x, m) + 3. * exp(-m) * cos(4. * t);

  return 4. * cexp(.5 * t * I) * numerator / denominator;
}

PetscErrorCode DscGenerateSchroedinger(DscOptions options, DscDataSet *data)
{
  static const char *const fields[] = {"u", "v"}, *const terms[] = {"u_xx", "v_xx", "u^3", "u^2 v", "u v^2", "v^3"};
  static const double truth[] = {0., -.5, 0., -1., 0., -1., .5, 0., 1., 0., 1., 0.};
  double              a, V;
  DscAxis             axes[2];

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetReal(options, "schroedinger_amplitude", &a));
  PetscCall(DscOptionsGetReal(options, "schroedinger_velocity", &V));
  for (PetscInt c = 0; c < 2; c++)
    PetscCall(DscAxisFromOptions(options, "schroedinger", DscCoordinateLetters[c], &axes[c]));
  PetscCall(DscGeneratorSetAxes(options, data, 2, axes, 2, fields));
  for (PetscInt i = 0; i < data->nsamples; i++) {
    const double         t = data->coordinates[0][i], x = data->coordinates[1][i];
    const double complex psi = a * breather(a * (x - V * t), a * a * t) * cexp((V * x - .5 * V * V * t) * I);

    data->clean[0][i] = creal(psi);
    data->clean[1][i] = cimag(psi);
  }
  PetscCall(DscGeneratorSetTruth(data, PETSC_STATIC_ARRAY_LENGTH(terms), terms, truth));
  snprintf(data->description, sizeof(data->description),
           "nonlinear Schroedinger, breather of amplitude %g, velocity %g, real and imaginary part", 2. * a, V);
  PetscFunctionReturn(0);
}
