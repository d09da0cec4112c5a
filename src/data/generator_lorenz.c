/*
  Lorenz, a system in time alone: x_t = s (y - x), y_t = r x - y - x z, z_t = x y - b z.
  By its Taylor series, whose coefficients follow from one another:
    (n + 1) x_{n+1} = s (y_n - x_n)
    (n + 1) y_{n+1} = r x_n - y_n - sum_k x_k z_{n-k}
    (n + 1) z_{n+1} = sum_k x_k y_{n-k} - b z_n
  with steps that make the last terms smaller than rounding (A. Jorba and M. Zou, Experimental Mathematics 14 (2005) 99).

  The motion is chaotic: errors grow as e^{.9 t}, so that of double precision only some digits are left at t = 30, and
  none at t = 40. That is harmless, since any trajectory solves the equations. The defaults are those of S. L. Brunton,
  J. L. Proctor and J. N. Kutz, PNAS 113 (2016) 3932, for a shorter time.
*/
#include "data/trajectories.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ORDER = 26 };

typedef struct {
  double s, r, b;
} Lorenz;

typedef double Series[3][ORDER + 1]; /* x, y, z */

PetscErrorCode DscGenerateLorenzRegisterOptions(void)
{
  static const DscOptionSpec specs[] = {
      {"lorenz_sigma", DSC_REAL, "10", -1e3, 1e3, NULL, "s, the Prandtl number"},
      {"lorenz_rho", DSC_REAL, "28", -1e3, 1e3, NULL, "r, the Rayleigh number over its critical value"},
      {"lorenz_beta", DSC_REAL, "2.6666666666666667", -1e3, 1e3, NULL, "b"},
      DSC_START_ROWS("lorenz", "-8,7,27", "x, y and z", "10"),
      DSC_TRAJECTORY_ROWS("lorenz", "10", "2001"),
  };

  PetscFunctionBeginUser;
  PetscCall(DscOptionsRegister("data generator lorenz", PETSC_STATIC_ARRAY_LENGTH(specs), specs));
  PetscFunctionReturn(0);
}

/* From the values in entries 0. */
static void expand(const Lorenz *p, Series c)
{
  double *x = c[0], *y = c[1], *z = c[2];

  for (int n = 0; n < ORDER; n++) {
    double xy = 0., xz = 0.;

    for (int k = 0; k <= n; k++) {
      xy += x[k] * y[n - k];
      xz += x[k] * z[n - k];
    }
    x[n + 1] = p->s * (y[n] - x[n]) / (double)(n + 1);
    y[n + 1] = (p->r * x[n] - y[n] - xz) / (double)(n + 1);
    z[n + 1] = (xy - p->b * z[n]) / (double)(n + 1);
  }
}

/* exp(-2) of the radius of convergence, as the last two coefficients let it be guessed. */
static double longest_step(Series c)
{
  double largest[ORDER + 1], radius = HUGE_VAL;

  for (int n = 0; n <= ORDER; n++) largest[n] = fmax(fabs(c[0][n]), fmax(fabs(c[1][n]), fabs(c[2][n])));
  for (int n = ORDER - 1; n <= ORDER; n++) {
    if (largest[n] > 0.) radius = fmin(radius, pow(fmax(largest[0], 1e-300) / largest[n], 1. / (double)n));
  }
  return radius * exp(-2.);
}

/* Goes on from the values in entries 0 by a time span; false where they are not finite any more. */
static PetscBool advance(const Lorenz *p, double span, Series c)
{
  for (PetscBool last = PETSC_FALSE; span > 0. && !last;) {
    double h;

    expand(p, c);
    h    = longest_step(c);
    last = h >= span ? PETSC_TRUE : PETSC_FALSE;
    if (last) h = span;
    if (!(h > 1e-9 * span)) return PETSC_FALSE;
    span -= h;
    for (int i = 0; i < 3; i++) {
      double sum = c[i][ORDER];

      for (int n = ORDER - 1; n >= 0; n--) sum = sum * h + c[i][n];
      c[i][0] = sum;
      if (!isfinite(sum)) return PETSC_FALSE;
    }
  }
  return PETSC_TRUE;
}

static PetscErrorCode solve(const DscTrajectories *what, const double start[], PetscInt ntimes, const double times[],
                            double states[], PetscInt *reached)
{
  Series c    = {{0.}};
  double time = 0.;

  PetscFunctionBeginUser;
  for (int i = 0; i < 3; i++) c[i][0] = start[i];
  for (*reached = 0; *reached < ntimes; (*reached)++) {
    if (!advance((const Lorenz *)what->context, times[*reached] - time, c)) break;
    time = times[*reached];
    for (int i = 0; i < 3; i++) states[3 * *reached + i] = c[i][0];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscGenerateLorenz(DscOptions options, uint64_t seed, DscDataSet *data)
{
  static const char *const fields[] = {"x", "y", "z"}, *const terms[] = {"x", "y", "z", "x y", "x z"};
  Lorenz                p;
  const DscTrajectories what = {.name        = "lorenz",
                                .nstate      = 3,
                                .nfields     = 3,
                                .field_names = fields,
                                .state_names = "x, y and z",
                                .context     = &p,
                                .solve       = solve};

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetReal(options, "lorenz_sigma", &p.s));
  PetscCall(DscOptionsGetReal(options, "lorenz_rho", &p.r));
  PetscCall(DscOptionsGetReal(options, "lorenz_beta", &p.b));
  PetscCall(DscTrajectoriesGenerate(&what, options, seed, data));
  const double truth[] = {-p.s, p.s, 0., 0., 0., p.r, -1., 0., 0., -1., 0., 0., -p.b, 1., 0.};
  PetscCall(DscGeneratorSetTruth(data, PETSC_STATIC_ARRAY_LENGTH(terms), terms, truth));
  snprintf(data->description, sizeof(data->description), "Lorenz, sigma = %g, rho = %g, beta = %g", p.s, p.r, p.b);
  DscTrajectoriesDescribe(data);
  PetscFunctionReturn(0);
}
