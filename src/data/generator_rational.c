/*
  A system in the plane whose right-hand sides are ratios of polynomials,
    u_t = (-a u + b v) / (1 + c u^2), v_t = (-b u - a v) / (1 + c v^2).
  Without damping, a = 0, u^2 + c u^4 / 2 + v^2 + c v^4 / 2 is constant.
*/
#include "data/trajectories.h"
#include <stdio.h>

typedef struct {
  double a, b, c;
} Rational;

PetscErrorCode DscGenerateRationalRegisterOptions(void)
{
  static const DscOptionSpec specs[] = {
      {"rational_a", DSC_REAL, "0.2", -1e3, 1e3, NULL, "damping"},
      {"rational_b", DSC_REAL, "2", -1e3, 1e3, NULL, "rotation"},
      {"rational_c", DSC_REAL, "0.5", 0., 1e3, NULL, "of the squares in the denominators"},
      DSC_START_ROWS("rational", "2,0", "u and v", "2"),
      DSC_TRAJECTORY_ROWS("rational", "20", "2001"),
  };

  PetscFunctionBeginUser;
  PetscCall(DscOptionsRegister("data generator rational", PETSC_STATIC_ARRAY_LENGTH(specs), specs));
  PetscFunctionReturn(0);
}

static void ratios(const void *context, const double u[], double f[])
{
  const Rational *p = (const Rational *)context;

  f[0] = (-p->a * u[0] + p->b * u[1]) / (1. + p->c * u[0] * u[0]);
  f[1] = (-p->b * u[0] - p->a * u[1]) / (1. + p->c * u[1] * u[1]);
}

PetscErrorCode DscGenerateRational(DscOptions options, uint64_t seed, DscDataSet *data)
{
  static const char *const fields[] = {"u", "v"};
  Rational                 p;
  const DscTrajectories    what = {.name        = "rational",
                                   .nstate      = 2,
                                   .nfields     = 2,
                                   .field_names = fields,
                                   .state_names = "u and v",
                                   .rhs         = ratios,
                                   .context     = &p};

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetReal(options, "rational_a", &p.a));
  PetscCall(DscOptionsGetReal(options, "rational_b", &p.b));
  PetscCall(DscOptionsGetReal(options, "rational_c", &p.c));
  PetscCall(DscTrajectoriesGenerate(&what, options, seed, data));
  snprintf(data->description, sizeof(data->description),
           "u_t = (%g u %+g v) / (1 %+g u^2), v_t = (%g u %+g v) / (1 %+g v^2)", -p.a, p.b, p.c, -p.b, -p.a, p.c);
  DscTrajectoriesDescribe(data);
  PetscFunctionReturn(0);
}
