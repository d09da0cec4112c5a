/*
  Newtonian gravity in the plane: body i has the acceleration G sum_j m_j (r_j - r_i) / (|r_j - r_i|^2 + s^2)^{3/2},
  where s = 0 for two bodies. The fields are the bodies' coordinates x1, y1, x2, y2, ...; velocities belong to the
  state, but are no fields, so that no equation of first order is the truth. Momentum and energy are constant.
*/
#include "data/trajectories.h"
#include <math.h>
#include <stdio.h>

enum { MOST_BODIES = 10 };

typedef struct {
  PetscInt n;
  double   G, softening, masses[MOST_BODIES];
} Bodies;

static const char *const fields[2 * MOST_BODIES] = {"x1", "y1", "x2", "y2", "x3", "y3", "x4", "y4", "x5",  "y5",
                                                    "x6", "y6", "x7", "y7", "x8", "y8", "x9", "y9", "x10", "y10"};

PetscErrorCode DscGenerateTwoBodyRegisterOptions(void)
{
  static const DscOptionSpec specs[] = {
      {"two_body_g", DSC_REAL, "2", -1e6, 1e6, NULL, "constant of gravity"},
      {"two_body_masses", DSC_REALS, "10,20", 1e-12, 1e12, NULL, "masses of the two"},
      DSC_START_ROWS("two_body", "2,0,-1,0,0,2.4,0,-1.2", "x1, y1, x2, y2 and their velocities", "0.3"),
      DSC_TRAJECTORY_ROWS("two_body", "5", "501"),
  };

  PetscFunctionBeginUser;
  PetscCall(DscOptionsRegister("data generator two_body", PETSC_STATIC_ARRAY_LENGTH(specs), specs));
  PetscFunctionReturn(0);
}

PetscErrorCode DscGenerateTenBodyRegisterOptions(void)
{
  static const DscOptionSpec specs[] = {
      {"ten_body_g", DSC_REAL, "2", -1e6, 1e6, NULL, "constant of gravity"},
      {"ten_body_masses", DSC_REALS, "1", 1e-12, 1e12, NULL, "ten masses, or one for all"},
      {"ten_body_softening", DSC_REAL, "0.1", 0., 1e6, NULL, "length below which the force is weaker"},
      {"ten_body_width", DSC_REAL, "5", 1e-6, 1e6, NULL, "the bodies start anywhere with |x|, |y| up to this"},
      {"ten_body_speed", DSC_REAL, "1", 0., 1e6, NULL, "with velocities of up to this along x and along y"},
      DSC_TRAJECTORY_ROWS("ten_body", "10", "4000"),
  };

  PetscFunctionBeginUser;
  PetscCall(DscOptionsRegister("data generator ten_body", PETSC_STATIC_ARRAY_LENGTH(specs), specs));
  PetscFunctionReturn(0);
}

/* u: positions, then velocities. */
static void gravity(const void *context, const double u[], double f[])
{
  const Bodies  *p = (const Bodies *)context;
  const PetscInt n = 2 * p->n;

  for (PetscInt i = 0; i < n; i++) {
    f[i]     = u[n + i];
    f[n + i] = 0.;
  }
  for (PetscInt i = 0; i < p->n; i++) {
    for (PetscInt j = 0; j < i; j++) {
      const double x = u[2 * j] - u[2 * i], y = u[2 * j + 1] - u[2 * i + 1];
      const double r2 = x * x + y * y + p->softening * p->softening, g = p->G / (r2 * sqrt(r2));

      f[n + 2 * i] += g * p->masses[j] * x;
      f[n + 2 * i + 1] += g * p->masses[j] * y;
      f[n + 2 * j] -= g * p->masses[i] * x;
      f[n + 2 * j + 1] -= g * p->masses[i] * y;
    }
  }
}

/* One for each body or, where one may stand for all, one. */
static PetscErrorCode get_masses(DscOptions options, const char key[], PetscBool one, Bodies *p)
{
  PetscInt n;
  double  *given;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetReals(options, key, &n, &given));
  for (PetscInt i = 0; i < p->n && n > 0; i++) p->masses[i] = given[PetscMin(i, n - 1)];
  PetscCall(PetscFree(given));
  DscOptionsUserCheck(n == p->n || (one && n == 1), options, PETSC_COMM_SELF, key,
                      "%" PetscInt_FMT " masses for %" PetscInt_FMT " bodies", n, p->n);
  PetscFunctionReturn(0);
}

PetscErrorCode DscGenerateTwoBody(DscOptions options, uint64_t seed, DscDataSet *data)
{
  Bodies                p    = {.n = 2};
  const DscTrajectories what = {.name        = "two_body",
                                .nstate      = 8,
                                .nfields     = 4,
                                .field_names = fields,
                                .state_names = "x1, y1, x2, y2, then the velocities",
                                .rhs         = gravity,
                                .context     = &p};

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetReal(options, "two_body_g", &p.G));
  PetscCall(get_masses(options, "two_body_masses", PETSC_FALSE, &p));
  PetscCall(DscTrajectoriesGenerate(&what, options, seed, data));
  snprintf(data->description, sizeof(data->description), "two bodies of masses %g and %g, G = %g", p.masses[0],
           p.masses[1], p.G);
  DscTrajectoriesDescribe(data);
  PetscFunctionReturn(0);
}

PetscErrorCode DscGenerateTenBody(DscOptions options, uint64_t seed, DscDataSet *data)
{
  Bodies                p = {.n = MOST_BODIES};
  double                draw[4 * MOST_BODIES], width, speed;
  const DscTrajectories what = {.name        = "ten_body",
                                .nstate      = 4 * MOST_BODIES,
                                .nfields     = 2 * MOST_BODIES,
                                .field_names = fields,
                                .draw        = draw,
                                .rhs         = gravity,
                                .context     = &p};

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetReal(options, "ten_body_g", &p.G));
  PetscCall(DscOptionsGetReal(options, "ten_body_softening", &p.softening));
  PetscCall(DscOptionsGetReal(options, "ten_body_width", &width));
  PetscCall(DscOptionsGetReal(options, "ten_body_speed", &speed));
  PetscCall(get_masses(options, "ten_body_masses", PETSC_TRUE, &p));
  for (int i = 0; i < 4 * MOST_BODIES; i++) draw[i] = i < 2 * MOST_BODIES ? width : speed;
  PetscCall(DscTrajectoriesGenerate(&what, options, seed, data));
  snprintf(data->description, sizeof(data->description), "ten bodies, G = %g, softening %g", p.G, p.softening);
  DscTrajectoriesDescribe(data);
  PetscFunctionReturn(0);
}
