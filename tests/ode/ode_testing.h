/* Random ODEs in all lanes, and a dense least-squares solution of one of them in quadruple precision. */
#ifndef DISCERN_TESTS_ODE_TESTING_H
#define DISCERN_TESTS_ODE_TESTING_H

#include "test_main.h"

#include <discern/ode.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef __float128 Quad;

typedef struct {
  DscODESizes sizes;
  PetscInt    m;                       /* unknowns of a step */
  size_t      nc, nb, ni, ns, nu;      /* values of c, b, initial, s, u */
  double     *c, *b, *initial, *s, *u; /* (owned) */
  double     *epsilon;                 /* (owned) [lanes] */
  DscODE      ode;                     /* (owned) */
} Problem;

static inline double *values_of(size_t n)
{
  double *x = calloc(n ? n : 1, sizeof(double));
  assert_non_null(x);
  return x;
}

static inline Problem problem_create(DscODESizes sizes)
{
  Problem      p     = {.sizes = sizes, .m = sizes.dimensions * (sizes.order + 1)};
  const size_t lanes = (size_t)sizes.lanes, steps = (size_t)sizes.steps;

  p.nc      = steps * (size_t)(sizes.equations * p.m) * lanes;
  p.nb      = steps * (size_t)sizes.equations * lanes;
  p.ni      = (size_t)sizes.ninitial * lanes;
  p.ns      = (steps - 1) * lanes;
  p.nu      = steps * (size_t)p.m * lanes;
  p.c       = values_of(p.nc);
  p.b       = values_of(p.nb);
  p.initial = values_of(p.ni);
  p.s       = values_of(p.ns);
  p.u       = values_of(p.nu);
  p.epsilon = values_of(lanes);
  CALL(DscODECreate(&sizes, &p.ode));
  return p;
}

static inline void problem_destroy(Problem *p)
{
  free(p->c);
  free(p->b);
  free(p->initial);
  free(p->s);
  free(p->u);
  free(p->epsilon);
  CALL(DscODEDestroy(&p->ode));
}

static inline void fill(size_t n, double *x, uint64_t seed, double middle, double width)
{
  for (size_t i = 0; i < n; i++) x[i] = middle + width * (2 * DscRandomUniform(seed, DSC_STREAM_TEST, i) - 1);
}

/* Everything random; steps between h/2 and 3h/2. */
static inline void problem_randomize(Problem *p, uint64_t seed, double h)
{
  fill(p->nc, p->c, 10 * seed, 0, 1);
  fill(p->nb, p->b, 10 * seed + 1, 0, 1);
  fill(p->ni, p->initial, 10 * seed + 2, 0, 1);
  fill(p->ns, p->s, 10 * seed + 3, h, h / 2);
}

static inline void problem_solve(Problem *p)
{
  CALL(DscODEFactor(p->ode, p->c, p->s));
  CALL(DscODESolve(p->ode, p->b, p->initial, p->u, p->epsilon));
}

/* ---- dense ---- */

/* Rows [M beta], columns scaled by h^o with one h. */
typedef struct {
  int   rows, columns, capacity;
  Quad *M; /* (owned) [capacity][columns + 1] */
} Dense;

static inline Quad *dense_row(Dense *D)
{
  assert_true(D->rows < D->capacity);
  return D->M + (size_t)D->rows++ * (size_t)(D->columns + 1);
}

static inline Quad power_of(Quad x, PetscInt n)
{
  Quad y = 1;
  for (PetscInt i = 0; i < n; i++) y *= x;
  return y;
}

static inline double factorial(PetscInt n)
{
  return n < 2 ? 1 : (double)n * factorial(n - 1);
}

/* Column of u_t^(o); eps is column 0. */
static inline int column_of(const Problem *p, PetscInt t, PetscInt dimension, PetscInt o)
{
  return (int)(1 + t * p->m + dimension * (p->sizes.order + 1) + o);
}

static inline void dense_local(const Problem *p, PetscInt lane, Dense *D)
{
  const DscODESizes *z = &p->sizes;

  for (PetscInt t = 0; t < z->steps; t++) {
    for (PetscInt e = 0; e < z->equations; e++) {
      const PetscInt at  = t * z->equations + e;
      Quad          *row = dense_row(D);
      for (PetscInt j = 0; j < p->m; j++) row[1 + t * p->m + j] = p->c[(at * p->m + j) * z->lanes + lane];
      row[D->columns] = p->b[at * z->lanes + lane];
    }
  }
  for (PetscInt i = 0; i < z->ninitial; i++) {
    const DscODEInitial *v                             = &z->initial[i];
    Quad                *row                           = dense_row(D);
    row[column_of(p, v->step, v->dimension, v->order)] = 1;
    row[D->columns]                                    = p->initial[i * z->lanes + lane];
  }
}

static inline void dense_taylor(const Problem *p, PetscInt lane, Dense *D)
{
  const DscODESizes *z = &p->sizes;
  const PetscInt     d = z->order;

  for (PetscInt t = 0; t < z->steps - 1; t++) {
    for (PetscInt k = 0; k < z->dimensions; k++) {
      for (PetscInt i = 0; i < 2 * d; i++) {
        const PetscInt from = t + i % 2, to = t + 1 - i % 2, o = i / 2;
        const Quad     s   = (i % 2 ? -1 : 1) * (Quad)p->s[t * z->lanes + lane];
        Quad          *row = dense_row(D);
        row[0]             = 1;
        for (PetscInt j = o; j <= d; j++) row[column_of(p, from, k, j)] = power_of(s, j) / factorial(j - o);
        row[column_of(p, to, k, o)] = -power_of(s, o);
      }
    }
  }
  for (PetscInt t = 1; z->central && t < z->steps - 1; t++) {
    for (PetscInt k = 0; k < z->dimensions; k++) {
      const Quad S = (Quad)p->s[(t - 1) * z->lanes + lane] + p->s[t * z->lanes + lane], m = power_of(S, d - 1);
      Quad      *row                     = dense_row(D);
      row[0]                             = 1;
      row[column_of(p, t - 1, k, d - 1)] = -m / S;
      row[column_of(p, t + 1, k, d - 1)] = m / S;
      row[column_of(p, t, k, d)]         = -m;
    }
  }
}

static inline Quad square_root_of(Quad x)
{
  Quad y = sqrt((double)x);
  if (y > 0) {
    for (int i = 0; i < 3; i++) y = (y + x / y) / 2;
  }
  return y;
}

/* Householder's QR of [M beta], then substitution: z [columns]. */
static inline void dense_least_squares(Dense *D, Quad z[])
{
  const int n = D->columns;

  for (int j = 0; j < n; j++) {
    Quad square = 0, pivot, sigma;
    for (int i = j; i < D->rows; i++) square += D->M[i * (n + 1) + j] * D->M[i * (n + 1) + j];
    pivot = D->M[j * (n + 1) + j];
    sigma = pivot < 0 ? -square_root_of(square) : square_root_of(square);
    D->M[j * (n + 1) + j] += sigma;
    for (int c = j + 1; c <= n; c++) {
      Quad dot = 0;
      for (int i = j; i < D->rows; i++) dot += D->M[i * (n + 1) + j] * D->M[i * (n + 1) + c];
      dot /= sigma * (pivot + sigma);
      for (int i = j; i < D->rows; i++) D->M[i * (n + 1) + c] -= dot * D->M[i * (n + 1) + j];
    }
    D->M[j * (n + 1) + j] = -sigma;
  }
  for (int j = n - 1; j >= 0; j--) {
    z[j] = D->M[j * (n + 1) + n];
    for (int c = j + 1; c < n; c++) z[j] -= D->M[j * (n + 1) + c] * z[c];
    z[j] /= D->M[j * (n + 1) + j];
  }
}

/* eps and u of one lane, [1 + steps m]; every entry of M and beta off by up to `rounding` of itself. */
static inline void dense_solve(const Problem *p, PetscInt lane, double rounding, double z[])
{
  const DscODESizes *sizes = &p->sizes;
  const int          n     = (int)(1 + sizes->steps * p->m);
  Dense D = {.columns = n, .capacity = (int)(sizes->steps * (sizes->equations + 2 * p->m) + sizes->ninitial)};
  Quad *x;

  D.M = calloc((size_t)(D.capacity * (n + 1)), sizeof(Quad));
  x   = calloc((size_t)n, sizeof(Quad));
  assert_true(D.M && x);
  dense_local(p, lane, &D);
  dense_taylor(p, lane, &D);
  for (int i = 0; rounding > 0 && i < D.rows * (n + 1); i++) {
    D.M[i] *= 1 + rounding * (2 * (Quad)DscRandomUniform(1, DSC_STREAM_TEST, (uint64_t)i) - 1);
  }
  dense_least_squares(&D, x);
  for (int j = 0; j < n; j++) z[j] = (double)x[j];
  free(D.M);
  free(x);
}

#endif
