/*
  Kuramoto-Sivashinsky, u_t = -u u_x - u_xx - u_xxxx, periodic in x: Fourier modes in space, ETDRK4 in time with its
  coefficients as means over a circle around each h L, from A.-K. Kassam and L. N. Trefethen, Fourth-order time-stepping
  for stiff PDEs, SIAM J. Sci. Comput. 26 (2005) 1214-1233, whose initial condition it also takes:
  u(x, 0) = cos x' (1 + sin x') with x' = 2 pi x / length. Their symbols:

  h            time step; there are ks_substeps of them in a frame of length ks_dt
  v            Fourier coefficients of u, here those of wave numbers k >= 0 only, as u is real
  L            linear part, diagonal: k^2 - k^4
  N(v)         nonlinear part, -(i k / 2) FFT(u^2)
  E, E2        e^{hL}, e^{hL/2}
  Q, f1..f3    coefficients of the stages and of the step, functions of h L
  a, b, c      stages

  The motion is chaotic: small differences grow exponentially, so a frame at t = 50 depends on the step and, in its last
  digits, on the FFT. That is harmless, since any trajectory solves the equation. With the defaults (h = .0125) the frames
  up to t = 55 are within 2e-7 of those of an eighth of the step.
  The defaults are the data set of the SBL-constrained PINN (notes/model-discovery.md, section 2).
*/
#include "data/generator.h"
#include <complex.h>
#include <fftw3.h>
#include <math.h>
#include <stdio.h>

#define CONTOUR_POINTS 32

typedef struct {
  PetscInt modes; /* points of the FFT */
  PetscInt nk;    /* modes / 2 + 1 wave numbers */
  double   length, h;
} KSGrid;

/* Everything is (owned); [nk] each, and [modes] for u. */
typedef struct {
  KSGrid        grid;
  double       *g; /* -k/2: N(v) = i g FFT(u^2); 0 at the highest mode, whose derivative is not representable */
  double       *E, *E2, *Q, *f1, *f2, *f3;
  double       *u;
  fftw_complex *v, *a, *b, *c, *Nv, *Na, *Nb, *Nc;
  fftw_complex *w; /* input of the inverse transform, which destroys it */
  fftw_plan     forward, inverse;
} KS;

typedef struct {
  double   dt;
  PetscInt first, frames;    /* frames first, first + 1, ... are kept; frame n is at t = n dt */
  PetscInt substeps, stride; /* steps a frame; every stride-th point of x is kept */
} KSOutput;

PetscErrorCode DscGenerateKSRegisterOptions(void)
{
  static const DscOptionSpec specs[] = {
      {"ks_length", DSC_REAL, "100.53096491487338", 1e-3, 1e9, NULL, "period in x; the default is 32 pi"},
      {"ks_modes", DSC_INT, "1024", 8, 1 << 20, NULL, "points of the Fourier method in a period, even"},
      {"ks_dt", DSC_REAL, "0.4", 1e-9, 1e3, NULL, "time between frames"},
      {"ks_substeps", DSC_INT, "32", 1, 1e6, NULL, "time steps a frame"},
      {"ks_t_min", DSC_REAL, "45", 0., 1e6, NULL, "frames from this time on are kept; the solution starts at t = 0"},
      {"ks_t_max", DSC_REAL, "55", 0., 1e6, NULL, "frames up to this time are kept"},
      {"ks_x_stride", DSC_INT, "4", 1, 1 << 20, NULL, "every so many points of the Fourier method are kept"},
  };

  PetscFunctionBeginUser;
  PetscCall(DscOptionsRegister("data generator ks", PETSC_STATIC_ARRAY_LENGTH(specs), specs));
  PetscFunctionReturn(0);
}

/* Frames n with t_min <= n dt <= t_max, up to rounding. */
static PetscErrorCode window_from_options(DscOptions options, KSOutput *out)
{
  const double max_steps = 1e9, rounding = 1e-9;
  double       t_min, t_max, last;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetReal(options, "ks_dt", &out->dt));
  PetscCall(DscOptionsGetReal(options, "ks_t_min", &t_min));
  PetscCall(DscOptionsGetReal(options, "ks_t_max", &t_max));
  PetscCall(DscOptionsGetInt(options, "ks_substeps", &out->substeps));
  DscOptionsUserCheck(t_max > t_min, options, PETSC_COMM_SELF, "ks_t_max", "must be larger than ks_t_min, which is %g",
                      t_min);
  last = floor(t_max / out->dt + rounding);
  DscOptionsUserCheck(last * (double)out->substeps <= max_steps, options, PETSC_COMM_SELF, "ks_t_max",
                      "%g time steps away, more than %g; take a larger ks_dt or fewer ks_substeps",
                      last * (double)out->substeps, max_steps);
  out->first  = (PetscInt)ceil(t_min / out->dt - rounding);
  out->frames = (PetscInt)last - out->first + 1;
  DscOptionsUserCheck(out->frames >= 2, options, PETSC_COMM_SELF, "ks_t_max",
                      "the window from %g holds %" PetscInt_FMT
                      " frames of ks_dt = %g, and 2 or more are needed: widen it or take a smaller ks_dt",
                      t_min, out->frames, out->dt);
  PetscFunctionReturn(0);
}

static PetscErrorCode grid_from_options(DscOptions options, KSGrid *grid, KSOutput *out)
{
  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetReal(options, "ks_length", &grid->length));
  PetscCall(DscOptionsGetInt(options, "ks_modes", &grid->modes));
  PetscCall(DscOptionsGetInt(options, "ks_x_stride", &out->stride));
  DscOptionsUserCheck(grid->modes % 2 == 0, options, PETSC_COMM_SELF, "ks_modes", "must be even");
  DscOptionsUserCheck(out->stride <= grid->modes / 2, options, PETSC_COMM_SELF, "ks_x_stride",
                      "leaves less than two of the %" PetscInt_FMT " points of ks_modes; give 1 to %" PetscInt_FMT,
                      grid->modes, grid->modes / 2);
  grid->nk = grid->modes / 2 + 1;
  grid->h  = out->dt / (double)out->substeps;
  PetscFunctionReturn(0);
}

/* The formulas for Q and f1..f3 cancel near h L = 0. As h L is real their values there are means of the real parts over
   the upper half of a unit circle around it. */
static void etdrk4_coefficients(KS *ks)
{
  const double h = ks->grid.h;

  for (PetscInt j = 0; j < ks->grid.nk; j++) {
    const double k  = 2. * PETSC_PI * (double)j / ks->grid.length;
    const double hL = h * (k * k - k * k * k * k);
    double       Q = 0., f1 = 0., f2 = 0., f3 = 0.;

    for (int m = 0; m < CONTOUR_POINTS; m++) {
      const double         angle = PETSC_PI * (m + .5) / CONTOUR_POINTS;
      const double complex z = hL + cos(angle) + sin(angle) * I, z2 = z * z, z3 = z2 * z, e = cexp(z);

      Q += creal((cexp(.5 * z) - 1.) / z);
      f1 += creal((-4. - z + e * (4. - 3. * z + z2)) / z3);
      f2 += creal((2. + z + e * (-2. + z)) / z3);
      f3 += creal((-4. - 3. * z - z2 + e * (4. - z)) / z3);
    }
    ks->E[j]  = exp(hL);
    ks->E2[j] = exp(.5 * hL);
    ks->Q[j]  = h * Q / CONTOUR_POINTS;
    ks->f1[j] = h * f1 / CONTOUR_POINTS;
    ks->f2[j] = h * f2 / CONTOUR_POINTS;
    ks->f3[j] = h * f3 / CONTOUR_POINTS;
    ks->g[j]  = j == ks->grid.modes / 2 ? 0. : -.5 * k;
  }
}

/* ks is zeroed; on an error what has been allocated stays for ks_destroy(). */
static PetscErrorCode ks_create(const KSGrid *grid, KS *ks)
{
  const PetscInt nk       = grid->nk;
  double       **reals[]  = {&ks->g, &ks->E, &ks->E2, &ks->Q, &ks->f1, &ks->f2, &ks->f3};
  fftw_complex **coeffs[] = {&ks->v, &ks->a, &ks->b, &ks->c, &ks->Nv, &ks->Na, &ks->Nb, &ks->Nc, &ks->w};
  const int      modes    = (int)grid->modes;

  PetscFunctionBeginUser;
  ks->grid = *grid;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(reals); i++) PetscCall(PetscMalloc1(nk, reals[i]));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(coeffs); i++) {
    *coeffs[i] = fftw_alloc_complex((size_t)nk);
    PetscCheck(*coeffs[i], PETSC_COMM_SELF, PETSC_ERR_MEM, "No memory for %" PetscInt_FMT " Fourier modes", nk);
  }
  ks->u = fftw_alloc_real((size_t)grid->modes);
  PetscCheck(ks->u, PETSC_COMM_SELF, PETSC_ERR_MEM, "No memory for %" PetscInt_FMT " points", grid->modes);
  /* Not FFTW_MEASURE: the algorithm, and with it the last bits, must not depend on timings. */
  ks->forward = fftw_plan_dft_r2c_1d(modes, ks->u, ks->w, FFTW_ESTIMATE);
  ks->inverse = fftw_plan_dft_c2r_1d(modes, ks->w, ks->u, FFTW_ESTIMATE);
  PetscCheck(ks->forward && ks->inverse, PETSC_COMM_SELF, PETSC_ERR_LIB, "FFTW makes no plan for %d points", modes);
  etdrk4_coefficients(ks);
  PetscFunctionReturn(0);
}

static PetscErrorCode ks_destroy(KS *ks)
{
  double       *reals[]  = {ks->g, ks->E, ks->E2, ks->Q, ks->f1, ks->f2, ks->f3};
  fftw_complex *coeffs[] = {ks->v, ks->a, ks->b, ks->c, ks->Nv, ks->Na, ks->Nb, ks->Nc, ks->w};

  PetscFunctionBeginUser;
  fftw_destroy_plan(ks->forward);
  fftw_destroy_plan(ks->inverse);
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(reals); i++) PetscCall(PetscFree(reals[i]));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(coeffs); i++) fftw_free(coeffs[i]);
  fftw_free(ks->u);
  PetscFunctionReturn(0);
}

/* The coefficients carry the factor 1/modes, so that u is their plain inverse transform. */
static void u_from_coefficients(KS *ks, const fftw_complex v[])
{
  for (PetscInt j = 0; j < ks->grid.nk; j++) ks->w[j] = v[j];
  fftw_execute(ks->inverse);
}

static void nonlinear(KS *ks, const fftw_complex v[], fftw_complex Nv[])
{
  const double scale = 1. / (double)ks->grid.modes;

  u_from_coefficients(ks, v);
  for (PetscInt i = 0; i < ks->grid.modes; i++) ks->u[i] *= ks->u[i];
  fftw_execute(ks->forward);
  for (PetscInt j = 0; j < ks->grid.nk; j++) {
    const double g = scale * ks->g[j];

    Nv[j] = -g * cimag(ks->w[j]) + g * creal(ks->w[j]) * I;
  }
}

static void step(KS *ks)
{
  const double *E = ks->E, *E2 = ks->E2, *Q = ks->Q, *f1 = ks->f1, *f2 = ks->f2, *f3 = ks->f3;
  fftw_complex *v = ks->v, *a = ks->a, *b = ks->b, *c = ks->c;
  fftw_complex *Nv = ks->Nv, *Na = ks->Na, *Nb = ks->Nb, *Nc = ks->Nc;

  nonlinear(ks, v, Nv);
  for (PetscInt j = 0; j < ks->grid.nk; j++) a[j] = E2[j] * v[j] + Q[j] * Nv[j];
  nonlinear(ks, a, Na);
  for (PetscInt j = 0; j < ks->grid.nk; j++) b[j] = E2[j] * v[j] + Q[j] * Na[j];
  nonlinear(ks, b, Nb);
  for (PetscInt j = 0; j < ks->grid.nk; j++) c[j] = E2[j] * a[j] + Q[j] * (2. * Nb[j] - Nv[j]);
  nonlinear(ks, c, Nc);
  for (PetscInt j = 0; j < ks->grid.nk; j++)
    v[j] = E[j] * v[j] + f1[j] * Nv[j] + 2. * f2[j] * (Na[j] + Nb[j]) + f3[j] * Nc[j];
}

/* Point i of the Fourier method is at x = (i + 1) length / modes: x runs to the period's end, as in the paper. */
static void set_initial_condition(KS *ks)
{
  const double scale = 1. / (double)ks->grid.modes;

  for (PetscInt i = 0; i < ks->grid.modes; i++) {
    const double x = 2. * PETSC_PI * (double)(i + 1) * scale;

    ks->u[i] = cos(x) * (1. + sin(x));
  }
  fftw_execute(ks->forward);
  for (PetscInt j = 0; j < ks->grid.nk; j++) ks->v[j] = scale * ks->w[j];
}

/* u[frame][point] of the frames and points that are kept. */
static PetscErrorCode run(KS *ks, DscOptions options, const KSOutput *out, PetscInt points, double u[])
{
  PetscFunctionBeginUser;
  set_initial_condition(ks);
  for (PetscInt frame = 0; frame < out->first + out->frames; frame++) {
    for (PetscInt s = 0; frame > 0 && s < out->substeps; s++) step(ks);
    if (frame < out->first) continue;
    u_from_coefficients(ks, ks->v);
    for (PetscInt i = 0; i < points; i++) {
      DscOptionsUserCheck(isfinite(ks->u[i * out->stride]), options, PETSC_COMM_SELF, "ks_substeps",
                          "the solution is not finite at t = %g; take more ks_substeps or more ks_modes",
                          (double)frame * out->dt);
      u[(frame - out->first) * points + i] = ks->u[i * out->stride];
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscGenerateKS(DscOptions options, DscDataSet *data)
{
  static const char *const terms[]  = {"u_xx", "u_xxxx", "u u_x"};
  static const double      values[] = {-1., -1., -1.};
  KS                       ks       = {0};
  KSGrid                   grid     = {0};
  KSOutput                 out      = {0};
  DscAxis                  t, x;
  double                   dx;
  PetscErrorCode           ierr;

  PetscFunctionBeginUser;
  PetscCall(window_from_options(options, &out));
  PetscCall(grid_from_options(options, &grid, &out));
  dx    = grid.length / (double)grid.modes;
  x     = (DscAxis){.min = dx, .points = (grid.modes - 1) / out.stride + 1};
  x.max = dx * (double)(1 + (x.points - 1) * out.stride);
  t     = (DscAxis){out.dt * (double)out.first, out.dt * (double)(out.first + out.frames - 1), out.frames};
  PetscCall(DscGeneratorSetGrid(options, data, &t, &x));
  ierr = ks_create(&grid, &ks);
  if (!ierr) ierr = run(&ks, options, &out, x.points, data->clean[0]);
  PetscCall(ks_destroy(&ks));
  PetscCall(ierr);
  PetscCall(DscGeneratorSetTruth(data, PETSC_STATIC_ARRAY_LENGTH(terms), terms, values));
  snprintf(data->description, sizeof(data->description), "Kuramoto-Sivashinsky, period %g, %d modes, time step %g",
           grid.length, (int)grid.modes, grid.h);
  PetscFunctionReturn(0);
}
