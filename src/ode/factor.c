/* The factorisation of one chunk of lanes; the plan is in ode_private.h. */
#include "ode/kernel.h"

/* The inverse of F, of the unknowns h^o u_0^(o) and eps, must stay below this; otherwise rows of this weight are added.
   It moves what is determined by its square and lets rounding through by 1e-16 over its square. */
static const double largest_inverse = 1e11, added_weight = 1e-4;

typedef struct {
  Vector *A;     /* (not owned) [columns][rows] rows without a pivot of the stage before, column by column */
  Vector *Tx;    /* (not owned) [m][m+k+1] carried rows: x_t, x_{t-1}^(d-1), eps */
  Vector *Tc;    /* (not owned) [k][k+1] carried rows: x_{t-1}^(d-1), eps */
  Vector *Te;    /* (not owned) [1] carried row of eps */
  Vector *pivot; /* (not owned) [columns] */
} Scratch;

size_t DscODEFactorScratch(DscODE ode)
{
  const size_t k = (size_t)ode->k, m = (size_t)ode->m, columns = 2 * m + k + 1;
  return columns * 3 * m + m * (m + k + 1) + k * (k + 1) + 1 + columns;
}

static Scratch scratch_of(DscODE ode)
{
  const int k = ode->k, m = ode->m, columns = 2 * m + k + 1;
  Scratch   s;

  s.A     = ode->scratch;
  s.Tx    = s.A + columns * 3 * m;
  s.Tc    = s.Tx + m * (m + k + 1);
  s.Te    = s.Tc + k * (k + 1);
  s.pivot = s.Te + 1;
  return s;
}

/* Equations and conditions at t: entry (row, column) is at A[column * pitch + row]. */
INLINE void local_rows(DscODE ode, int t, int k, int d, int local, const double *c, int pitch, Vector *restrict A)
{
  const int    m = k * (d + 1), conditions = ode->first[t + 1] - ode->first[t], equations = local - conditions;
  const size_t lanes = (size_t)ode->lanes;

  c += (size_t)t * (size_t)(equations * m) * lanes;
  for (int e = 0; e < equations; e++) {
    for (int i = 0; i < k; i++) {
      for (int o = 0; o <= d; o++, c += lanes) A[((d - o) * k + i) * pitch + e] = load(c);
    }
  }
  for (int i = 0; i < conditions; i++) {
    const DscODEInitial *condition = &ode->initial[ode->condition[ode->first[t] + i]];
    const int            at        = (d - (int)condition->order) * k + (int)condition->dimension;
    A[at * pitch + equations + i]  = vector_of(1);
  }
}

/* Taylor rows of an interval of length s. */
INLINE void taylor_rows(DscODEStage g, Vector s, Vector *restrict A)
{
  const int d = g.d, k = g.k, rows = g.rows, epsilon = g.columns - 1;
  Vector    power[DSC_ODE_MAX_ORDER + 1];

  powers(d, s, power);
  for (int o = 0; o < d; o++) {
    for (int i = 0; i < k; i++) {
      Vector *forward = A + g.kept + o * k + i, *backward = forward + k * d + g.out;

      for (int j = o; j <= d; j++) {
        forward[(g.m + (d - j) * k + i) * rows] = power[j] * inverse_factorial[j - o];
        backward[((d - j) * k + i) * rows]      = power[j] * ((j % 2 ? -1 : 1) * inverse_factorial[j - o]);
      }
      forward[((d - o) * k + i) * rows]        = -power[o];
      backward[(g.m + (d - o) * k + i) * rows] = power[o] * (o % 2 ? 1. : -1.);
      forward[epsilon * rows]                  = vector_of(1);
      backward[epsilon * rows]                 = vector_of(1);
    }
  }
}

/* Central rows at t-1. */
INLINE void central_rows(DscODEStage g, Vector S, Vector *restrict A)
{
  const int rows = g.rows;
  Vector    power[2];

  A += g.kept + g.k * g.d;
  central_powers(g.d, S, power);
  for (int i = 0; i < g.k; i++) {
    A[(g.k + i) * rows + i]       = power[0];
    A[(g.m + i) * rows + i]       = -power[1];
    A[(2 * g.m + i) * rows + i]   = -power[0];
    A[(g.columns - 1) * rows + i] = vector_of(1);
  }
}

/* The rows without a pivot in x_t: local, carried, forward, central, backward. */
INLINE void stage_rows(DscODE ode, int t, DscODEStage g, const double *c, const DscODEChunk *f, const Scratch *s)
{
  const int rows = g.rows, m = g.m, carry = g.k + 1;
  Vector   *A = s->A;

  for (int i = 0; i < g.columns * rows; i++) A[i] = vector_of(0);
  local_rows(ode, t - 1, g.k, g.d, g.local, c, rows, A + m * rows);
  for (int i = 0; i < g.in; i++) {
    for (int j = i; j < g.in; j++) A[(m + g.k + j) * rows + g.local + i] = s->Tc[i * carry + j];
    A[(g.columns - 1) * rows + g.local + i] = s->Tc[i * carry + g.k];
  }
  taylor_rows(g, f->s[t - 1], A);
  if (g.out) central_rows(g, f->s[t - 2] + f->s[t - 1], A);
}

/* A: eliminates x_t; rows of R. */
INLINE void eliminate(DscODEStage g, const Scratch *s, Vector *restrict Q, Vector *restrict R)
{
  const int m = g.m, rows = g.rows, carry = m + g.k + 1, columns = g.columns;
  Vector   *pivot = s->pivot;

  for (int j = 0; j < m; j++) {
    const int     skip = DscODESkip(g, j), others = rows - skip;
    const Vector *row = s->Tx + j * carry;
    Vector       *A   = s->A + skip;

    for (int c = j; c < m; c++) pivot[c] = row[c];
    for (int c = m; c < columns - 1; c++) pivot[c] = vector_of(0);
    for (int i = 0; i < g.in; i++) pivot[m + g.k + i] = row[m + i];
    pivot[columns - 1] = row[m + g.k];
    *R++               = reciprocal(reflection_make(others, pivot[j], A + j * rows, Q), 0);
    for (int c = j + 1; c < columns; c++) {
      reflection_apply(others, Q, pivot + c, A + c * rows);
      *R++ = pivot[c];
    }
    Q += 2 + others;
  }
}

/* C and E: the rows carried on. */
INLINE void carry_on(DscODEStage g, const Scratch *s, Vector *restrict Q)
{
  const int m = g.m, rows = g.rows, columns = g.columns, carry = m + g.k + 1;
  Vector   *A = s->A;

  for (int q = 0; q < g.inner; q++) {
    const int others = rows - 1 - q;
    Vector   *pivot = A + (m + q) * rows + q, *to = q < m ? s->Tx + q * carry + q : s->Tc + (q - m) * (g.k + 2);

    *to++ = reflection_make(others, pivot[0], pivot + 1, Q);
    for (int c = m + q + 1; c < columns; c++) {
      pivot += rows;
      reflection_apply(others, Q, pivot, pivot + 1);
      if (c == columns - 1) {
        for (int i = g.out; i < g.k; i++) *to++ = vector_of(0);
      }
      *to++ = *pivot;
    }
    Q += 2 + others;
  }
  *s->Te = reflection_make(rows - g.inner, *s->Te, A + (columns - 1) * rows + g.inner, Q);
}

INLINE void factor_stage(DscODE ode, int t, DscODEStage g, const double *c, const DscODEChunk *f, const Scratch *s)
{
  Vector *Q = f->Q + ode->reflections[t];

  stage_rows(ode, t, g, c, f, s);
  eliminate(g, s, Q, f->R + ode->rows[t]);
  carry_on(g, s, Q + DscODEStartC(g, 0));
}

static __attribute__((noinline)) void factor_any_stage(DscODE ode, int t, const double *c, const DscODEChunk *f,
                                                       const Scratch *s)
{
  factor_stage(ode, t, DscODEStageAt(ode, t), c, f, s);
}

INLINE void factor_stages(DscODE ode, int k, int d, const double *c, const DscODEChunk *f, const Scratch *s)
{
  const DscODEStage usual = DscODEStageOf(k, d, k, k, k);

  for (int t = ode->n - 1; t > 0; t--) {
    if (DscODEStageIsUsual(ode, t)) {
      factor_stage(ode, t, usual, c, f, s);
    } else {
      factor_any_stage(ode, t, c, f, s);
    }
  }
}

/* Carried rows before the first stage: a triangle of the local rows of t = n-1, with rows of zeros to make them m. */
static void begin(DscODE ode, const double *c, const DscODEChunk *f, const Scratch *s)
{
  const int t = ode->n - 1, m = ode->m, carry = m + ode->k + 1;
  Vector   *A = s->A, *Q = f->firstQ;

  for (int i = 0; i < m * m; i++) A[i] = vector_of(0);
  for (int i = 0; i < m * carry; i++) s->Tx[i] = vector_of(0);
  local_rows(ode, t, ode->k, ode->d, DscODELocalRows(ode, t), c, m, A);
  for (int q = 0; q < m; Q += 1 + m - q, q++) {
    Vector *pivot = A + q * m + q;

    s->Tx[q * carry + q] = reflection_make(m - 1 - q, pivot[0], pivot + 1, Q);
    for (int j = q + 1; j < m; j++) {
      pivot += m;
      reflection_apply(m - 1 - q, Q, pivot, pivot + 1);
      s->Tx[q * carry + j] = *pivot;
    }
  }
  *s->Te = vector_of(0);
}

/* The square of F^{-1}'s Frobenius norm, row i times scale[i]; F is [size][size], its upper triangle. */
static Vector inverse_square(int size, const Vector *restrict F, const Vector *restrict scale, Vector *restrict x)
{
  Vector sum = vector_of(0);

  for (int c = 0; c < size; c++) {
    for (int i = c; i >= 0; i--) {
      x[i] = vector_of(i == c);
      for (int j = i + 1; j <= c; j++) x[i] -= F[i * size + j] * x[j];
      x[i] /= F[i * size + i];
      sum += x[i] * scale[i] * (x[i] * scale[i]);
    }
  }
  return sum;
}

/* Which lanes are determined by F; weights of the added rows. */
static void judge(DscODE ode, int chunk, const Vector *F, const Vector *scale, Vector *x, Vector *weight)
{
  const int     size   = ode->m + 1;
  DscODEStatus *status = ode->status + chunk * DSC_ODE_CHUNK;
  const Vector  square = inverse_square(size, F, scale, x);
  Vector        sum    = vector_of(0);

  for (int i = 0; i < size; i++) {
    for (int j = i; j < size; j++) sum += F[i * size + j] * 0;
  }
  for (int l = 0; l < DSC_ODE_CHUNK; l++) {
    const int determined = square[l] < largest_inverse * largest_inverse;
    (*weight)[l]         = determined ? 0 : added_weight;
    status[l]            = sum[l] != 0 ? DSC_ODE_NOT_FINITE : determined ? DSC_ODE_DETERMINED : DSC_ODE_REGULARISED;
  }
}

/* The last triangle; where it is singular Tikhonov's rows are reflected into it. */
static void finish(DscODE ode, int chunk, const DscODEChunk *f, const Scratch *s)
{
  const int m = ode->m, k = ode->k, size = m + 1, carry = m + k + 1;
  Vector   *F = s->A, *added = F + size * size, *scale = s->pivot, *Q = f->finalQ, *R = f->finalR, weight;
  Vector    duration = vector_of(0);

  for (int i = 0; i < size; i++) {
    for (int j = i; j < size; j++) F[i * size + j] = i == m ? *s->Te : s->Tx[i * carry + (j == m ? m + k : j)];
  }
  scale[m] = vector_of(1);
  for (int j = m - 1; j >= 0; j--) scale[j] = j >= m - k ? vector_of(1) : scale[j + k] * f->s[0];
  judge(ode, chunk, F, scale, added, &weight);
  for (int t = 0; t < ode->n - 1; t++) duration += f->s[t];
  for (int j = m - k - 1; j >= 0; j--) scale[j] = scale[j + k] * duration / (double)(ode->d - j / k);
  for (int c = 0; c < size; c++) {
    for (int r = 0; r < size; r++) added[c * size + r] = c == r ? weight * scale[c] : vector_of(0);
  }
  for (int j = 0; j < size; j++, Q += 2 + size) {
    *R++ = reciprocal(reflection_make(size, F[j * size + j], added + j * size, Q), 0);
    for (int c = j + 1; c < size; c++) {
      reflection_apply(size, Q, F + j * size + c, added + c * size);
      *R++ = F[j * size + c];
    }
  }
}

void DscODEFactorChunk(DscODE ode, int chunk, const double c[], const double steps[])
{
  const DscODEChunk f = DscODEGetChunk(ode, chunk);
  const Scratch     s = scratch_of(ode);

  for (int t = 0; t < ode->n - 1; t++) f.s[t] = load(steps + (size_t)t * (size_t)ode->lanes);
  begin(ode, c, &f, &s);
#define SHAPE(k, d)                                                                                                    \
  case 10 * k + d:                                                                                                     \
    factor_stages(ode, k, d, c, &f, &s);                                                                               \
    break;
  switch (ode->shape) {
    DSC_ODE_SHAPES(SHAPE)
  default:
    for (int t = ode->n - 1; t > 0; t--) factor_any_stage(ode, t, c, &f, &s);
  }
#undef SHAPE
  finish(ode, chunk, &f, &s);
}
