/*
  Burgers, u_t = nu u_xx - u u_x: exact solutions by Cole and Hopf, u = -2 nu phi_x / phi with phi_t = nu phi_xx.

  nu   viscosity
  delta      from a peak of area A at x = 0, t = 0, with R = A / (2 nu), the Reynolds number, and z = x / sqrt(4 nu t):
             u = sqrt(nu / (pi t)) (e^R - 1) e^{-z^2} / [1 + (e^R - 1)/2 erfc z]
  cosine     phi = b + a e^{-nu k^2 t} cos k x; as phi_xx = -k^2 (phi - b), u_xx and u u_x can be told apart from u, u_x
             and u^3 only in a library without these
  sawtooth   carried along with speed c: phi = G(X) + G(X - L), X = x - c t, G(X) = exp(-X^2 / (4 nu (t + t0))), and c added
             to u; a ramp that falls from one Gaussian's domain to the other's
  The defaults are the data set of the SBL-constrained PINN (notes/model-discovery.md, section 2); those of the cosine and
  of the sawtooth are near DeePyMoD's.
*/
#include "data/generator.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Beyond it e^R, and with it the closed form, leaves the range of double precision. */
static const double max_reynolds = 700.;

PetscErrorCode DscGenerateBurgersRegisterOptions(void)
{
  static const DscOptionSpec specs[] = {
      {"burgers_initial", DSC_CHOICE, "delta", 0, 0, "delta|cosine|sawtooth", "initial state"},
      {"burgers_nu", DSC_REAL, "0.1", 0., 1e6, NULL, "viscosity, positive"},
      {"burgers_area", DSC_REAL, "1", -1e6, 1e6, NULL, "area A under the initial delta peak at x = 0, not 0"},
      {"burgers_cosine", DSC_REALS, "0.9,1,1", -1e6, 1e6, NULL,
       "a, b and k of the cosine: u = -2 nu phi_x / phi, phi = b + a exp(-nu k^2 t) cos k x; b over |a|"},
      {"burgers_sawtooth", DSC_REALS, "4,1,6.283185307179586", -1e6, 1e6, NULL,
       "speed c, age t0 at t = 0 and length L of the sawtooth"},
      {"burgers_t_min", DSC_REAL, "0.5", 0., 1e9, NULL,
       "first time; positive for delta, whose peak is infinite at t = 0"},
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

static PetscErrorCode generate_delta(DscOptions options, double nu, DscDataSet *data)
{
  double A, R, expm1_R;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetReal(options, "burgers_area", &A));
  DscOptionsUserCheck(A != 0., options, PETSC_COMM_SELF, "burgers_area",
                      "must not be 0: the solution would be 0 everywhere");
  DscOptionsUserCheck(data->coordinates[0][0] > 0., options, PETSC_COMM_SELF, "burgers_t_min",
                      "must be positive: the peak is infinite at t = 0");
  R = A / (2. * nu);
  DscOptionsUserCheck(fabs(R) <= max_reynolds, options, PETSC_COMM_SELF, "burgers_nu",
                      "too small for burgers_area = %g; use %g or more", A, fabs(A) / (2. * max_reynolds));
  expm1_R = expm1(R);
  for (PetscInt i = 0; i < data->nsamples; i++) {
    const double time = data->coordinates[0][i];
    const double z    = data->coordinates[1][i] / sqrt(4. * nu * time);

    data->clean[0][i] = sqrt(nu / (PETSC_PI * time)) * expm1_R * exp(-z * z) / (1. + .5 * expm1_R * erfc(z));
  }
  snprintf(data->description, sizeof(data->description), "Burgers, delta peak of area %g, viscosity %g", A, nu);
  PetscFunctionReturn(0);
}

/* Three numbers. */
static PetscErrorCode get_three(DscOptions options, const char key[], double three[3])
{
  PetscInt n;
  double  *values;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetReals(options, key, &n, &values));
  for (PetscInt i = 0; i < PetscMin(n, 3); i++) three[i] = values[i];
  PetscCall(PetscFree(values));
  DscOptionsUserCheck(n == 3, options, PETSC_COMM_SELF, key, "%" PetscInt_FMT " numbers; three are needed", n);
  PetscFunctionReturn(0);
}

static PetscErrorCode generate_cosine(DscOptions options, double nu, DscDataSet *data)
{
  double p[3] = {0.}, a, b, k;

  PetscFunctionBeginUser;
  PetscCall(get_three(options, "burgers_cosine", p));
  a = p[0], b = p[1], k = p[2];
  DscOptionsUserCheck(a != 0. && k != 0. && b > fabs(a), options, PETSC_COMM_SELF, "burgers_cosine",
                      "a and k must not be 0, and b must be larger than |a|");
  for (PetscInt i = 0; i < data->nsamples; i++) {
    const double z = a * exp(-nu * k * k * data->coordinates[0][i]), angle = k * data->coordinates[1][i];

    data->clean[0][i] = 2. * nu * k * z * sin(angle) / (b + z * cos(angle));
  }
  snprintf(data->description, sizeof(data->description), "Burgers, cosine of wave number %g, viscosity %g", k, nu);
  PetscFunctionReturn(0);
}

static PetscErrorCode generate_sawtooth(DscOptions options, double nu, DscDataSet *data)
{
  double p[3] = {0.}, c, t0, L;

  PetscFunctionBeginUser;
  PetscCall(get_three(options, "burgers_sawtooth", p));
  c = p[0], t0 = p[1], L = p[2];
  DscOptionsUserCheck(t0 > 0. && L > 0., options, PETSC_COMM_SELF, "burgers_sawtooth", "t0 and L must be positive");
  for (PetscInt i = 0; i < data->nsamples; i++) {
    const double t = data->coordinates[0][i], age = t + t0, X = data->coordinates[1][i] - c * t;
    const double share = 1. / (1. + exp((L * L - 2. * L * X) / (4. * nu * age))); /* of G(X - L) in phi */

    data->clean[0][i] = c + (X - L * share) / age;
  }
  snprintf(data->description, sizeof(data->description), "Burgers, sawtooth of speed %g and length %g, viscosity %g", c,
           L, nu);
  PetscFunctionReturn(0);
}

PetscErrorCode DscGenerateBurgers(DscOptions options, DscDataSet *data)
{
  static const char *const terms[] = {"u_xx", "u u_x"};
  const char              *initial;
  double                   nu;
  DscAxis                  t, x;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetString(options, "burgers_initial", &initial));
  PetscCall(DscOptionsGetReal(options, "burgers_nu", &nu));
  PetscCall(DscAxisFromOptions(options, "burgers", "t", &t));
  PetscCall(DscAxisFromOptions(options, "burgers", "x", &x));
  DscOptionsUserCheck(nu > 0., options, PETSC_COMM_SELF, "burgers_nu", "must be positive");
  PetscCall(DscGeneratorSetGrid(options, data, &t, &x));
  if (strcmp(initial, "delta") == 0)
    PetscCall(generate_delta(options, nu, data));
  else if (strcmp(initial, "cosine") == 0)
    PetscCall(generate_cosine(options, nu, data));
  else
    PetscCall(generate_sawtooth(options, nu, data));
  PetscCall(DscGeneratorSetTruth(data, PETSC_STATIC_ARRAY_LENGTH(terms), terms, (const double[]){nu, -1.}));
  PetscFunctionReturn(0);
}
