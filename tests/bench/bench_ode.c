/*
  Mechanistic ODEs: forward (factor, solve) and adjoint of a second-order scalar ODE with coefficients, right-hand side
  and steps of its own in each of 100 lanes, in panels of 16, beside a Runge-Kutta method of fourth order with its exact
  adjoint over the same lanes; and one panel of up to a million steps. `flops` are per lane that is worth something (100
  of 112).
*/
#include "bench.h"

#include <math.h>
#include <stdlib.h>

enum { LANES = 16, BATCH = 100 };

typedef struct {
  int     n, panels;
  DscODE  ode;                                       /* (owned) */
  double *c, *b, *initial, *s, *u;                   /* (owned) [panels][...][LANES] */
  double *cbar, *bbar, *initialbar, *sbar, *epsilon; /* (owned) likewise */
  double *states;                                    /* (owned) [n][2][LANES] of one panel, for Runge and Kutta */
} ODEBench;

/* ---- least squares ---- */

static PetscErrorCode factor(void *context)
{
  ODEBench *o = context;

  PetscFunctionBeginUser;
  for (int p = 0; p < o->panels; p++) {
    PetscCall(
        DscODEFactor(o->ode, o->c + (size_t)p * (size_t)o->n * 3 * LANES, o->s + (size_t)p * (size_t)o->n * LANES));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode least_squares(void *context)
{
  ODEBench *o = context;

  PetscFunctionBeginUser;
  for (int p = 0; p < o->panels; p++) {
    const size_t at = (size_t)p * (size_t)o->n * LANES, start = (size_t)p * 2 * LANES;

    PetscCall(DscODEFactor(o->ode, o->c + 3 * at, o->s + at));
    PetscCall(DscODESolve(o->ode, o->b + at, o->initial + start, o->u + 3 * at, o->epsilon));
    PetscCall(DscODEAdjoint(o->ode, o->u + 3 * at, NULL, o->cbar + 3 * at, o->bbar + at, o->initialbar + start,
                            o->sbar + at));
  }
  PetscFunctionReturn(0);
}

/* The factor is kept: a new right-hand side, and its adjoint alone. */
static PetscErrorCode solve_again(void *context)
{
  ODEBench *o = context;

  PetscFunctionBeginUser;
  for (int p = 0; p < o->panels; p++) {
    const size_t at = (size_t)p * (size_t)o->n * LANES, start = (size_t)p * 2 * LANES;

    PetscCall(DscODESolve(o->ode, o->b + at, o->initial + start, o->u + 3 * at, o->epsilon));
    PetscCall(DscODEAdjoint(o->ode, o->u + 3 * at, NULL, NULL, o->bbar + at, o->initialbar + start, NULL));
  }
  PetscFunctionReturn(0);
}

/* ---- Runge and Kutta ---- */

typedef double Lanes[LANES];

/* u'' = (b - c1 u' - c0 u) / c2 with c and b interpolated linearly: at the left, the middle and the right of a step. */
typedef struct {
  Lanes c0, c1, b, inverse;
} Coefficients;

static void coefficients_at(const double *c, const double *b, double share, Coefficients *k)
{
  for (int l = 0; l < LANES; l++) {
    const double *next = c + 3 * LANES;
    const double  c2   = c[2 * LANES + l] + share * (next[2 * LANES + l] - c[2 * LANES + l]);
    k->inverse[l]      = 1 / c2;
    k->c0[l]           = c[l] + share * (next[l] - c[l]);
    k->c1[l]           = c[LANES + l] + share * (next[LANES + l] - c[LANES + l]);
    k->b[l]            = b[l] + share * (b[LANES + l] - b[l]);
  }
}

/* Slopes at the four stages; u and v are those of the stages. */
static void stages(const Coefficients k[3], const double *s, const double *x, Lanes u[4], Lanes v[4], Lanes a[4])
{
  static const double share[] = {0, .5, .5, 1};
  static const int    at[]    = {0, 1, 1, 2};

  for (int i = 0; i < 4; i++) {
    const Coefficients *q = &k[at[i]];
    for (int l = 0; l < LANES; l++) {
      u[i][l] = x[l] + (i ? share[i] * s[l] * v[i - 1][l] : 0);
      v[i][l] = x[LANES + l] + (i ? share[i] * s[l] * a[i - 1][l] : 0);
      a[i][l] = (q->b[l] - q->c1[l] * v[i][l] - q->c0[l] * u[i][l]) * q->inverse[l];
    }
  }
}

static void runge_kutta_forward(const ODEBench *o, int p)
{
  const size_t  at = (size_t)p * (size_t)o->n * LANES;
  const double *c = o->c + 3 * at, *b = o->b + at, *s = o->s + at;
  double       *x = o->states;
  Lanes         u[4], v[4], a[4];

  for (int l = 0; l < 2 * LANES; l++) x[l] = o->initial[(size_t)p * 2 * LANES + (size_t)l];
  for (int t = 0; t < o->n - 1; t++, c += 3 * LANES, b += LANES, s += LANES, x += 2 * LANES) {
    Coefficients k[3];
    for (int i = 0; i < 3; i++) coefficients_at(c, b, .5 * i, &k[i]);
    stages(k, s, x, u, v, a);
    for (int l = 0; l < LANES; l++) {
      x[2 * LANES + l] = x[l] + s[l] / 6 * (v[0][l] + 2 * v[1][l] + 2 * v[2][l] + v[3][l]);
      x[3 * LANES + l] = x[LANES + l] + s[l] / 6 * (a[0][l] + 2 * a[1][l] + 2 * a[2][l] + a[3][l]);
    }
  }
}

/* Adjoints of a stage's slope to its coefficients, shared by the two ends of the step. */
static void stage_adjoint(const Coefficients *k, double share, const double *abar, const double *a, const double *u,
                          const double *v, double *ubar, double *vbar, double *cbar, double *bbar)
{
  for (int l = 0; l < LANES; l++) {
    const double w = abar[l] * k->inverse[l], left = (1 - share) * w, right = share * w;

    ubar[l] = -w * k->c0[l];
    vbar[l] -= w * k->c1[l];
    cbar[l] -= left * u[l];
    cbar[LANES + l] -= left * v[l];
    cbar[2 * LANES + l] -= left * a[l];
    cbar[3 * LANES + l] -= right * u[l];
    cbar[4 * LANES + l] -= right * v[l];
    cbar[5 * LANES + l] -= right * a[l];
    bbar[l] += left;
    bbar[LANES + l] += right;
  }
}

static void step_adjoint(const Coefficients k[3], const double *s, const double *x, Lanes xbar, Lanes ybar,
                         double *cbar, double *bbar, double *sbar)
{
  static const double weight[] = {1. / 6, 1. / 3, 1. / 3, 1. / 6}, share[] = {0, .5, .5, 1};
  static const int    at[] = {0, 1, 1, 2};
  Lanes               u[4], v[4], a[4], ubar, vbar, abar, unext = {0}, vnext = {0}, usum, vsum;

  stages(k, s, x, u, v, a);
  for (int l = 0; l < LANES; l++) {
    sbar[l] = 0;
    usum[l] = xbar[l];
    vsum[l] = ybar[l];
    for (int i = 0; i < 4; i++) sbar[l] += weight[i] * (xbar[l] * v[i][l] + ybar[l] * a[i][l]);
  }
  for (int i = 3; i >= 0; i--) {
    const double next = i < 3 ? share[i + 1] : 0;
    for (int l = 0; l < LANES; l++) {
      vbar[l] = s[l] * (weight[i] * xbar[l] + next * unext[l]);
      abar[l] = s[l] * (weight[i] * ybar[l] + next * vnext[l]);
      sbar[l] += next * (unext[l] * v[i][l] + vnext[l] * a[i][l]);
    }
    stage_adjoint(&k[at[i]], share[i], abar, a[i], u[i], v[i], ubar, vbar, cbar, bbar);
    for (int l = 0; l < LANES; l++) {
      unext[l] = ubar[l];
      vnext[l] = vbar[l];
      usum[l] += ubar[l];
      vsum[l] += vbar[l];
    }
  }
  for (int l = 0; l < LANES; l++) {
    xbar[l] = usum[l];
    ybar[l] = vsum[l];
  }
}

static void runge_kutta_adjoint(const ODEBench *o, int p)
{
  const size_t at   = (size_t)p * (size_t)o->n * LANES;
  double      *cbar = o->cbar + 3 * at, *bbar = o->bbar + at;
  Lanes        xbar = {0}, ybar = {0};

  for (int i = 0; i < 3 * o->n * LANES; i++) cbar[i] = 0;
  for (int i = 0; i < o->n * LANES; i++) bbar[i] = 0;
  for (int t = o->n - 1; t >= 0; t--) {
    const size_t  here = at + (size_t)t * LANES;
    const double *x    = o->states + (size_t)t * 2 * LANES;

    if (t < o->n - 1) {
      Coefficients k[3];
      for (int i = 0; i < 3; i++) coefficients_at(o->c + 3 * here, o->b + here, .5 * i, &k[i]);
      step_adjoint(k, o->s + here, x, xbar, ybar, o->cbar + 3 * here, o->bbar + here, o->sbar + here);
    }
    for (int l = 0; l < LANES; l++) { /* the loss: u^2/2 and u'^2/2 at every step */
      xbar[l] += x[l];
      ybar[l] += x[LANES + l];
    }
  }
  for (int l = 0; l < LANES; l++) {
    o->initialbar[(size_t)p * 2 * LANES + (size_t)l]         = xbar[l];
    o->initialbar[(size_t)p * 2 * LANES + LANES + (size_t)l] = ybar[l];
  }
}

static PetscErrorCode runge_kutta(void *context)
{
  const ODEBench *o = context;

  for (int p = 0; p < o->panels; p++) {
    runge_kutta_forward(o, p);
    runge_kutta_adjoint(o, p);
  }
  return 0;
}

static double runge_kutta_loss(const ODEBench *o)
{
  double sum = 0;
  runge_kutta_forward(o, 0);
  for (int i = 0; i < 2 * o->n * LANES; i++) sum += i % LANES == 3 ? o->states[i] * o->states[i] / 2 : 0;
  return sum;
}

/* A rival that computes something else would be timed for nothing. */
static PetscErrorCode check_runge_kutta(ODEBench *o)
{
  double *values[] = {o->c + 7 * LANES + 3, o->b + 5 * LANES + 3, o->s + 9 * LANES + 3, o->initial + LANES + 3};
  double *bars[]   = {o->cbar + 7 * LANES + 3, o->bbar + 5 * LANES + 3, o->sbar + 9 * LANES + 3,
                      o->initialbar + LANES + 3};

  PetscFunctionBeginUser;
  for (int i = 0; i < 4; i++) {
    const double middle = *values[i], h = 1e-5;
    double       slope, bar;

    PetscCall(runge_kutta(o));
    bar        = *bars[i];
    *values[i] = middle + h;
    slope      = runge_kutta_loss(o);
    *values[i] = middle - h;
    slope      = (slope - runge_kutta_loss(o)) / (2 * h);
    *values[i] = middle;
    PetscCheck(fabs(slope - bar) < 1e-6 * (1 + fabs(slope)), PETSC_COMM_SELF, PETSC_ERR_PLIB,
               "Runge-Kutta's adjoint %d is %.10g, its difference quotient %.10g", i, bar, slope);
  }
  PetscFunctionReturn(0);
}

/* ---- rows ---- */

static PetscErrorCode create(int n, int panels, ODEBench *o)
{
  static const DscODEInitial start[] = {{0, 0, 0}, {0, 0, 1}};
  const DscODESizes          sizes   = {2, 1, 1, n, LANES, PETSC_TRUE, 2, start};
  const size_t               N       = (size_t)panels * (size_t)n * LANES;

  PetscFunctionBeginUser;
  *o = (ODEBench){.n = n, .panels = panels};
  PetscCall(DscODECreate(&sizes, &o->ode));
  PetscCall(PetscCalloc5(3 * N, &o->c, N, &o->b, (size_t)panels * 2 * LANES, &o->initial, N, &o->s, 3 * N, &o->u));
  PetscCall(PetscCalloc5(3 * N, &o->cbar, N, &o->bbar, (size_t)panels * 2 * LANES, &o->initialbar, N, &o->sbar, LANES,
                         &o->epsilon));
  PetscCall(PetscCalloc1((size_t)n * 2 * LANES, &o->states));
  for (size_t i = 0; i < N; i++) {
    o->s[i] = .01 + .005 * DscRandomUniform(1, DSC_STREAM_TEST, i);
    o->b[i] = sin(.01 * (double)(i / LANES % (size_t)n));
  }
  for (size_t i = 0; i < 3 * N; i++) o->c[i] = 1 + .1 * DscRandomUniform(2, DSC_STREAM_TEST, i);
  for (size_t i = 0; i < (size_t)panels * 2 * LANES; i++) o->initial[i] = DscRandomNormal(3, DSC_STREAM_TEST, i);
  PetscFunctionReturn(0);
}

static PetscErrorCode destroy(ODEBench *o)
{
  PetscFunctionBeginUser;
  PetscCall(DscODEDestroy(&o->ode));
  PetscCall(PetscFree5(o->c, o->b, o->initial, o->s, o->u));
  PetscCall(PetscFree5(o->cbar, o->bbar, o->initialbar, o->sbar, o->epsilon));
  PetscCall(PetscFree(o->states));
  PetscFunctionReturn(0);
}

static PetscErrorCode row(const char what[], const ODEBench *o, double seconds, double flops)
{
  char name[80];

  PetscFunctionBeginUser;
  snprintf(name, sizeof(name), "ode/%s/n %d/lanes %d", what, o->n, o->panels > 1 ? BATCH : LANES);
  PetscCall(BenchRow(name, DSC_DOUBLE, seconds, flops * o->panels));
  PetscFunctionReturn(0);
}

PetscErrorCode BenchODE(void)
{
  static const int batches[] = {50, 200, 1000}, lengths[] = {1000, 10000, 100000, 1000000};
  ODEBench         o;
  DscODECost       cost;
  double           seconds;

  PetscFunctionBeginUser;
  for (int i = 0; i < 3; i++) {
    PetscCall(create(batches[i], (BATCH + LANES - 1) / LANES, &o));
    PetscCall(DscODEGetCost(o.ode, &cost));
    PetscCall(BenchTime(factor, &o, &seconds));
    PetscCall(row("factor", &o, seconds, cost.factor));
    PetscCall(BenchTime(least_squares, &o, &seconds));
    PetscCall(row("factor, solve, adjoint", &o, seconds, cost.factor + cost.solve + cost.adjoint));
    PetscCall(BenchTime(solve_again, &o, &seconds));
    PetscCall(row("solve, adjoint of b", &o, seconds, 0));
    PetscCall(check_runge_kutta(&o));
    PetscCall(BenchTime(runge_kutta, &o, &seconds));
    PetscCall(row("Runge-Kutta 4, adjoint", &o, seconds, 0));
    PetscCall(destroy(&o));
  }
  for (int i = 0; i < 4; i++) {
    PetscCall(create(lengths[i], 1, &o));
    PetscCall(DscODEGetCost(o.ode, &cost));
    PetscCall(BenchTime(least_squares, &o, &seconds));
    PetscCall(row("factor, solve, adjoint", &o, seconds, cost.factor + cost.solve + cost.adjoint));
    PetscCall(destroy(&o));
  }
  PetscFunctionReturn(0);
}
