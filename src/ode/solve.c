/* The solution of one factored chunk: Q' beta from the last step to the first, substitution back to the last. */
#include "ode/kernel.h"

typedef struct {
  Vector *x;    /* (not owned) [m] carried rows of x_t */
  Vector *c;    /* (not owned) [k] carried rows of x_{t-1}^(d-1) */
  Vector *rows; /* (not owned) [3m] the other rows */
} Scratch;

size_t DscODESolveScratch(DscODE ode)
{
  return (size_t)(4 * ode->m + ode->k);
}

static Scratch scratch_of(DscODE ode)
{
  return (Scratch){.x = ode->scratch, .c = ode->scratch + ode->m, .rows = ode->scratch + ode->m + ode->k};
}

/* beta of the local rows at t. */
INLINE void local_values(DscODE ode, int t, int local, const DscODESolution *in, Vector *restrict rows)
{
  const size_t lanes      = (size_t)ode->lanes;
  const int    conditions = ode->first[t + 1] - ode->first[t], equations = local - conditions;

  for (int e = 0; e < equations; e++) rows[e] = load(in->b + ((size_t)t * (size_t)equations + (size_t)e) * lanes);
  for (int i = 0; i < conditions; i++) {
    rows[equations + i] = load(in->initial + (size_t)ode->condition[ode->first[t] + i] * lanes);
  }
}

/* Q' on one stage; its first m results go to f, what is beyond R to tail. */
INLINE void forward_stage(DscODE ode, int t, DscODEStage g, const DscODESolution *in, const DscODEChunk *f,
                          const Scratch *s)
{
  const int     m = g.m, rows = g.rows;
  const Vector *Q = f->Q + ode->reflections[t];
  Vector       *z = f->z + (size_t)t * (size_t)m, *tail = f->tail + ode->tails[t], *x = s->rows;

  local_values(ode, t - 1, g.local, in, x);
  for (int i = 0; i < g.in; i++) x[g.local + i] = s->c[i];
  for (int i = g.kept; i < rows; i++) x[i] = vector_of(0);
  for (int j = 0; j < m; j++) {
    const int skip = DscODESkip(g, j);
    z[j]           = s->x[j];
    reflection_apply(rows - skip, Q, z + j, x + skip);
    Q += 2 + rows - skip;
  }
  for (int q = 0; q < g.inner; Q += 1 + rows - q, q++) reflection_apply(rows - 1 - q, Q, x + q, x + q + 1);
  reflection_apply(rows - g.inner, Q, f->epsilon, x + g.inner);
  for (int j = 0; j < m; j++) s->x[j] = x[j];
  for (int i = 0; i < g.out; i++) s->c[i] = x[m + i];
  for (int i = g.inner; i < rows; i++) tail[i - g.inner] = x[i];
}

/* u_t from x_t. */
INLINE void write_step(DscODE ode, int t, int k, int d, const Vector *restrict x, double *u)
{
  const size_t lanes = (size_t)ode->lanes;

  u += (size_t)t * (size_t)(k * (d + 1)) * lanes;
  for (int i = 0; i < k; i++) {
    for (int o = 0; o <= d; o++, u += lanes) store(u, x[(d - o) * k + i]);
  }
}

/* x_t from x_{t-1} and x_{t-2}, in place of Q' beta. */
INLINE void back_stage(DscODE ode, int t, DscODEStage g, const DscODESolution *in, const DscODEChunk *f)
{
  Vector *z = f->z + (size_t)t * (size_t)g.m;

  substitute(g, f->R + ode->rows[t], z, z - g.m, *f->epsilon);
  write_step(ode, t, g.k, g.d, z, in->u);
}

INLINE void forward_stages(DscODE ode, int k, int d, const DscODESolution *in, const DscODEChunk *f, const Scratch *s)
{
  const DscODEStage usual = DscODEStageOf(k, d, k, k, k);

  for (int t = ode->n - 1; t > 0; t--) {
    if (DscODEStageIsUsual(ode, t)) {
      forward_stage(ode, t, usual, in, f, s);
    } else {
      forward_stage(ode, t, DscODEStageAt(ode, t), in, f, s);
    }
  }
}

INLINE void back_stages(DscODE ode, int k, int d, const DscODESolution *in, const DscODEChunk *f)
{
  const DscODEStage usual = DscODEStageOf(k, d, k, k, k);

  for (int t = 1; t < ode->n; t++) {
    if (DscODEStageIsUsual(ode, t)) {
      back_stage(ode, t, usual, in, f);
    } else {
      back_stage(ode, t, DscODEStageAt(ode, t), in, f);
    }
  }
}

/* Q' on the local rows of n-1: carried into the first stage. */
static void begin(DscODE ode, const DscODESolution *in, const DscODEChunk *f, const Scratch *s)
{
  const int     t = ode->n - 1, m = ode->m;
  const Vector *Q = f->firstQ;

  for (int j = 0; j < m; j++) s->x[j] = vector_of(0);
  local_values(ode, t, DscODELocalRows(ode, t), in, s->x);
  for (int q = 0; q < m; Q += 1 + m - q, q++) reflection_apply(m - 1 - q, Q, s->x + q, s->x + q + 1);
  *f->epsilon = vector_of(0);
}

/* The last triangle: x_0 and eps. */
static void finish(DscODE ode, const DscODESolution *in, const DscODEChunk *f, const Scratch *s)
{
  const int     m = ode->m, size = m + 1;
  const Vector *Q = f->finalQ, *R = f->finalR + size * (size + 1) / 2 - 1;

  for (int j = 0; j < size; j++) f->finalEnd[j] = vector_of(0);
  for (int j = 0; j < m; j++, Q += 2 + size) {
    f->z[j] = s->x[j];
    reflection_apply(size, Q, f->z + j, f->finalEnd);
  }
  reflection_apply(size, Q, f->epsilon, f->finalEnd);
  *f->epsilon *= *R;
  for (int j = m - 1; j >= 0; j--) {
    R -= size - j;
    f->z[j] -= R[m - j] * *f->epsilon;
    for (int c = j + 1; c < m; c++) f->z[j] -= R[c - j] * f->z[c];
    f->z[j] *= R[0];
  }
  write_step(ode, 0, ode->k, ode->d, f->z, in->u);
  if (in->epsilon) store(in->epsilon, *f->epsilon);
}

void DscODESolveChunk(DscODE ode, int chunk, const DscODESolution *solution)
{
  const DscODEChunk f = DscODEGetChunk(ode, chunk);
  const Scratch     s = scratch_of(ode);
  const int         n = ode->n;

  begin(ode, solution, &f, &s);
#define SHAPE(k, d)                                                                                                    \
  case 10 * k + d:                                                                                                     \
    forward_stages(ode, k, d, solution, &f, &s);                                                                       \
    finish(ode, solution, &f, &s);                                                                                     \
    back_stages(ode, k, d, solution, &f);                                                                              \
    break;
  switch (ode->shape) {
    DSC_ODE_SHAPES(SHAPE)
  default:
    for (int t = n - 1; t > 0; t--) forward_stage(ode, t, DscODEStageAt(ode, t), solution, &f, &s);
    finish(ode, solution, &f, &s);
    for (int t = 1; t < n; t++) back_stage(ode, t, DscODEStageAt(ode, t), solution, &f);
  }
#undef SHAPE
}
