/*
  A damped oscillation, u_tt + 2 d u_t + (w^2 + d^2) u = 0. From u = 0, u_t = w it is sin(w t) e^{-d t}; times, damping
  and frequency are those of the learned time steps in the code beside "Mechanistic Neural Networks".
*/
#include "data/trajectories.h"
#include <stdio.h>

typedef struct {
  double d, w;
} DampedSine;

PetscErrorCode DscGenerateDampedSineRegisterOptions(void)
{
  static const DscOptionSpec specs[] = {
      {"damped_sine_d", DSC_REAL, "0.1", -1e3, 1e3, NULL, "damping"},
      {"damped_sine_w", DSC_REAL, "2", 0., 1e4, NULL, "angular frequency"},
      {"damped_sine_velocity", DSC_BOOL, "false", 0, 0, NULL,
       "a second field, v = u_t, with which the equations are of first order"},
      DSC_START_ROWS("damped_sine", "0,2", "u and u_t", "1"),
      DSC_TRAJECTORY_ROWS("damped_sine", "49.9", "500"),
  };

  PetscFunctionBeginUser;
  PetscCall(DscOptionsRegister("data generator damped_sine", PETSC_STATIC_ARRAY_LENGTH(specs), specs));
  PetscFunctionReturn(0);
}

static void oscillator(const void *context, const double u[], double f[])
{
  const DampedSine *p = (const DampedSine *)context;

  f[0] = u[1];
  f[1] = -(p->w * p->w + p->d * p->d) * u[0] - 2. * p->d * u[1];
}

PetscErrorCode DscGenerateDampedSine(DscOptions options, uint64_t seed, DscDataSet *data)
{
  static const char *const fields[] = {"u", "v"};
  DampedSine               p;
  PetscBool                velocity;
  DscTrajectories          what = {.name        = "damped_sine",
                                   .nstate      = 2,
                                   .field_names = fields,
                                   .state_names = "u and u_t",
                                   .rhs         = oscillator,
                                   .context     = &p};

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetReal(options, "damped_sine_d", &p.d));
  PetscCall(DscOptionsGetReal(options, "damped_sine_w", &p.w));
  PetscCall(DscOptionsGetBool(options, "damped_sine_velocity", &velocity));
  what.nfields = velocity ? 2 : 1;
  PetscCall(DscTrajectoriesGenerate(&what, options, seed, data));
  if (velocity)
    PetscCall(DscGeneratorSetTruth(data, 2, fields, (const double[]){0., 1., -p.w * p.w - p.d * p.d, -2. * p.d}));
  snprintf(data->description, sizeof(data->description), "damped sine, u_tt = %g u_t %+g u", -2. * p.d,
           -p.w * p.w - p.d * p.d);
  DscTrajectoriesDescribe(data);
  PetscFunctionReturn(0);
}
