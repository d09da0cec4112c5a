/*
  Korteweg-de Vries, u_t = -6 u u_x - u_xxx: exact solutions of one and of two solitons.

  c_i     speed of soliton i, c_0 > c_1 > 0
  x0_i    its phase: where it would be at t = 0 if it were alone
  xi_i    (sqrt(c_i) / 2) (x - c_i t - x0_i)

  One:  u = c_0 / 2 sech^2 xi_0
  Two:  u = 2 (c_0 - c_1) [c_0 cosh^2 xi_1 + c_1 sinh^2 xi_0]
            / [(sqrt c_0 - sqrt c_1) cosh(xi_0 + xi_1) + (sqrt c_0 + sqrt c_1) cosh(xi_0 - xi_1)]^2
  The defaults are the data set of the SBL-constrained PINN (notes/model-discovery.md, section 2).
*/
#include "data/generator.h"
#include <math.h>
#include <stdio.h>

typedef struct {
  PetscInt n; /* solitons: 1 or 2 */
  double   c[2], x0[2];
} Solitons;

PetscErrorCode DscGenerateKdVRegisterOptions(void)
{
  static const DscOptionSpec specs[] = {
      {"kdv_c", DSC_REALS, "5,2", 0., 1e6, NULL, "speeds of one or two solitons, positive and different"},
      {"kdv_x0", DSC_REALS, "-5,0", -1e9, 1e9, NULL, "positions of the solitons at t = 0, as many as speeds"},
      {"kdv_t_min", DSC_REAL, "0.1", -1e9, 1e9, NULL, "first time"},
      {"kdv_t_max", DSC_REAL, "3", -1e9, 1e9, NULL, "last time"},
      {"kdv_t_points", DSC_INT, "40", 2, 1e9, NULL, "number of times, equally spaced"},
      {"kdv_x_min", DSC_REAL, "-6", -1e9, 1e9, NULL, "left end of the x interval"},
      {"kdv_x_max", DSC_REAL, "7", -1e9, 1e9, NULL, "right end of the x interval"},
      {"kdv_x_points", DSC_INT, "50", 2, 1e9, NULL, "number of points in x, equally spaced"},
  };

  PetscFunctionBeginUser;
  PetscCall(DscOptionsRegister("data generator kdv", PETSC_STATIC_ARRAY_LENGTH(specs), specs));
  PetscFunctionReturn(0);
}

static PetscErrorCode solitons_check(DscOptions options, PetscInt nc, const double c[], PetscInt nx0)
{
  PetscFunctionBeginUser;
  DscOptionsUserCheck(nc == 1 || nc == 2, options, PETSC_COMM_SELF, "kdv_c",
                      "the exact solution is for one or two solitons, not %" PetscInt_FMT, nc);
  for (PetscInt i = 0; i < nc; i++)
    DscOptionsUserCheck(c[i] > 0., options, PETSC_COMM_SELF, "kdv_c", "speeds must be positive");
  DscOptionsUserCheck(nc == 1 || c[0] != c[1], options, PETSC_COMM_SELF, "kdv_c",
                      "two solitons cannot have the same speed; give two different speeds, or one");
  DscOptionsUserCheck(nx0 == nc, options, PETSC_COMM_SELF, "kdv_x0",
                      "%" PetscInt_FMT " positions for the %" PetscInt_FMT " speeds of kdv_c", nx0, nc);
  PetscFunctionReturn(0);
}

/* The fast one first, as the formula wants them. */
static PetscErrorCode solitons_from_options(DscOptions options, Solitons *s)
{
  PetscInt       nc, nx0;
  double        *c, *x0;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetReals(options, "kdv_c", &nc, &c));
  PetscCall(DscOptionsGetReals(options, "kdv_x0", &nx0, &x0));
  ierr = solitons_check(options, nc, c, nx0);
  if (!ierr) {
    s->n = nc;
    for (PetscInt i = 0; i < nc; i++) {
      const PetscInt place = nc == 2 && c[0] < c[1] ? 1 - i : i;

      s->c[place]  = c[i];
      s->x0[place] = x0[i];
    }
  }
  PetscCall(PetscFree(c));
  PetscCall(PetscFree(x0));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

/* cosh and sinh of xi, divided by e^m with m >= |xi|: never overflow. */
static double scaled_cosh(double xi, double m)
{
  return .5 * (exp(xi - m) + exp(-xi - m));
}

static double scaled_sinh(double xi, double m)
{
  return .5 * (exp(xi - m) - exp(-xi - m));
}

static double one_soliton(double c, double xi)
{
  const double m = fabs(xi);
  const double s = exp(-m) / scaled_cosh(xi, m); /* sech */

  return .5 * c * s * s;
}

/* Numerator and denominator are divided by e^{2m}: far from the solitons the quotient goes to 0, not to inf/inf. */
static double two_solitons(const double c[2], double xi0, double xi1)
{
  const double m  = fabs(xi0) + fabs(xi1);
  const double r0 = sqrt(c[0]), r1 = sqrt(c[1]);
  const double cosh1 = scaled_cosh(xi1, m), sinh0 = scaled_sinh(xi0, m);
  const double denominator = (r0 - r1) * scaled_cosh(xi0 + xi1, m) + (r0 + r1) * scaled_cosh(xi0 - xi1, m);

  return 2. * (c[0] - c[1]) * (c[0] * cosh1 * cosh1 + c[1] * sinh0 * sinh0) / (denominator * denominator);
}

PetscErrorCode DscGenerateKdV(DscOptions options, DscDataSet *data)
{
  static const char *const terms[]  = {"u_xxx", "u u_x"};
  static const double      values[] = {-1., -6.};
  Solitons                 s        = {0};
  DscAxis                  t, x;

  PetscFunctionBeginUser;
  PetscCall(solitons_from_options(options, &s));
  PetscCall(DscAxisFromOptions(options, "kdv", "t", &t));
  PetscCall(DscAxisFromOptions(options, "kdv", "x", &x));
  PetscCall(DscGeneratorSetGrid(options, data, &t, &x));
  for (PetscInt i = 0; i < data->nsamples; i++) {
    double xi[2] = {0., 0.};

    for (PetscInt k = 0; k < s.n; k++)
      xi[k] = .5 * sqrt(s.c[k]) * (data->coordinates[1][i] - s.c[k] * data->coordinates[0][i] - s.x0[k]);
    data->clean[0][i] = s.n == 1 ? one_soliton(s.c[0], xi[0]) : two_solitons(s.c, xi[0], xi[1]);
  }
  PetscCall(DscGeneratorSetTruth(data, PETSC_STATIC_ARRAY_LENGTH(terms), terms, values));
  if (s.n == 1)
    snprintf(data->description, sizeof(data->description), "Korteweg-de Vries, one soliton of speed %g", s.c[0]);
  else
    snprintf(data->description, sizeof(data->description), "Korteweg-de Vries, two solitons of speeds %g and %g",
             s.c[0], s.c[1]);
  PetscFunctionReturn(0);
}
