/*
  Two systems in the plane with one cubic polynomial each a component,
    p = -a u^3 + b v^3, q = -b u^3 - a v^3:
  planar, u_t = p, v_t = q, a damped oscillator (S. L. Brunton, J. L. Proctor and J. N. Kutz, PNAS 113 (2016) 3932, from
  there the defaults), and tanh_planar, u_t = tanh(p), v_t = tanh(q), which no polynomial is.
  Without damping, a = 0, u^4 + v^4 is constant, and for tanh_planar T(u) + T(v), where T is an integral of tanh(b u^3).

  The start of tanh_planar keeps |p| and |q| below 2, where a tanh still tells its argument.
*/
#include "data/trajectories.h"
#include <math.h>
#include <stdio.h>

typedef struct {
  double a, b;
} Planar;

static const char *const fields[] = {"u", "v"};

PetscErrorCode DscGeneratePlanarRegisterOptions(void)
{
  static const DscOptionSpec specs[] = {
      {"planar_a", DSC_REAL, "0.1", -1e3, 1e3, NULL, "damping"},
      {"planar_b", DSC_REAL, "2", -1e3, 1e3, NULL, "rotation"},
      DSC_START_ROWS("planar", "2,0", "u and v", "2"),
      DSC_TRAJECTORY_ROWS("planar", "25", "2501"),
  };

  PetscFunctionBeginUser;
  PetscCall(DscOptionsRegister("data generator planar", PETSC_STATIC_ARRAY_LENGTH(specs), specs));
  PetscFunctionReturn(0);
}

PetscErrorCode DscGenerateTanhPlanarRegisterOptions(void)
{
  static const DscOptionSpec specs[] = {
      {"tanh_planar_a", DSC_REAL, "0.1", -1e3, 1e3, NULL, "damping"},
      {"tanh_planar_b", DSC_REAL, "2", -1e3, 1e3, NULL, "rotation"},
      DSC_START_ROWS("tanh_planar", "1,0", "u and v", "1"),
      DSC_TRAJECTORY_ROWS("tanh_planar", "25", "2501"),
  };

  PetscFunctionBeginUser;
  PetscCall(DscOptionsRegister("data generator tanh_planar", PETSC_STATIC_ARRAY_LENGTH(specs), specs));
  PetscFunctionReturn(0);
}

static void polynomials(const void *context, const double u[], double f[])
{
  const Planar *p  = (const Planar *)context;
  const double  u3 = u[0] * u[0] * u[0], v3 = u[1] * u[1] * u[1];

  f[0] = -p->a * u3 + p->b * v3;
  f[1] = -p->b * u3 - p->a * v3;
}

static void tanh_of_polynomials(const void *context, const double u[], double f[])
{
  polynomials(context, u, f);
  f[0] = tanh(f[0]);
  f[1] = tanh(f[1]);
}

PetscErrorCode DscGeneratePlanar(DscOptions options, uint64_t seed, DscDataSet *data)
{
  static const char *const terms[] = {"u^3", "v^3"};
  Planar                   p;
  const DscTrajectories    what = {.name        = "planar",
                                   .nstate      = 2,
                                   .nfields     = 2,
                                   .field_names = fields,
                                   .state_names = "u and v",
                                   .rhs         = polynomials,
                                   .context     = &p};

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetReal(options, "planar_a", &p.a));
  PetscCall(DscOptionsGetReal(options, "planar_b", &p.b));
  PetscCall(DscTrajectoriesGenerate(&what, options, seed, data));
  PetscCall(
      DscGeneratorSetTruth(data, PETSC_STATIC_ARRAY_LENGTH(terms), terms, (const double[]){-p.a, p.b, -p.b, -p.a}));
  snprintf(data->description, sizeof(data->description), "cubic oscillator, a = %g, b = %g", p.a, p.b);
  DscTrajectoriesDescribe(data);
  PetscFunctionReturn(0);
}

PetscErrorCode DscGenerateTanhPlanar(DscOptions options, uint64_t seed, DscDataSet *data)
{
  Planar                p;
  const DscTrajectories what = {.name        = "tanh_planar",
                                .nstate      = 2,
                                .nfields     = 2,
                                .field_names = fields,
                                .state_names = "u and v",
                                .rhs         = tanh_of_polynomials,
                                .context     = &p};

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetReal(options, "tanh_planar_a", &p.a));
  PetscCall(DscOptionsGetReal(options, "tanh_planar_b", &p.b));
  PetscCall(DscTrajectoriesGenerate(&what, options, seed, data));
  snprintf(data->description, sizeof(data->description), "u_t = tanh(%g u^3 %+g v^3), v_t = tanh(%g u^3 %+g v^3)", -p.a,
           p.b, -p.b, -p.a);
  DscTrajectoriesDescribe(data);
  PetscFunctionReturn(0);
}
