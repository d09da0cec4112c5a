/*
  The adjoint of one chunk's latest solution. With g the adjoint of z and r = beta - M z,
    p = R'^{-1} g,  w = R^{-1} p = (M'M)^{-1} g,  q = M w = Q (p, 0),  r = Q (0, tail),
    beta's adjoint = q,  M's = r w' - q z' on its sparsity,
  p from the last step to the first, all else from the first to the last. q and r come from the reflections, not from M:
  products with heavy rows would lose the digits that these are light by.
*/
#include "ode/kernel.h"

typedef struct {
  Vector *g;       /* (not owned) [2m+k+1] adjoints of x_t, x_{t-1}, x_{t-2}^(d-1), eps */
  Vector *before;  /* (not owned) [k] adjoint of x_{t-1}^(d-1) from stage t+1 */
  Vector *w;       /* (not owned) [3][m] w at t-2, t-1, t */
  Vector *q, *r;   /* (not owned) [m+k+1] carried rows of Q (p, 0) and Q (0, tail): x, x^(d-1), eps */
  Vector *qx, *rx; /* (not owned) [3m] the other rows */
  Vector *slope;   /* (not owned) [1] adjoint of s_{t-1} so far */
} Scratch;

size_t DscODEAdjointScratch(DscODE ode)
{
  const size_t k = (size_t)ode->k, m = (size_t)ode->m;
  return 2 * m + k + 1 + k + 3 * m + 2 * (m + k + 1) + 6 * m + 1;
}

static Scratch scratch_of(DscODE ode)
{
  const int k = ode->k, m = ode->m;
  Scratch   s;

  s.g      = ode->scratch;
  s.before = s.g + 2 * m + k + 1;
  s.w      = s.before + k;
  s.q      = s.w + 3 * m;
  s.r      = s.q + m + k + 1;
  s.qx     = s.r + m + k + 1;
  s.rx     = s.qx + 3 * m;
  s.slope  = s.rx + 3 * m;
  return s;
}

/* The adjoint of x_t, added to what later stages gave. */
INLINE void read_step(DscODE ode, int t, int k, int d, const double *ubar, const Scratch *s)
{
  const size_t lanes = (size_t)ode->lanes;

  ubar += (size_t)t * (size_t)(k * (d + 1)) * lanes;
  for (int i = 0; i < k; i++) {
    for (int o = 0; o <= d; o++, ubar += lanes) s->g[(d - o) * k + i] += load(ubar);
  }
}

/* p of stage t. s->g: in, what later stages gave to x_t, and eps; out, the same for x_{t-1}; s->before likewise. */
INLINE void transposed_stage(DscODE ode, int t, DscODEStage g, const double *ubar, const DscODEChunk *f,
                             const Scratch *s)
{
  const int     m = g.m, columns = g.columns;
  const Vector *R = f->R + ode->rows[t];
  Vector       *p = f->p + (size_t)t * (size_t)m, *a = s->g, epsilon = a[2 * m + g.k];

  read_step(ode, t, g.k, g.d, ubar, s);
  for (int j = m; j < columns - 1; j++) a[j] = vector_of(0);
  for (int j = 0; j < m; j++) {
    p[j] = a[j] * *R++;
    for (int c = j + 1; c < columns - 1; c++) a[c] -= *R++ * p[j];
    epsilon -= *R++ * p[j];
  }
  for (int j = 0; j < m; j++) a[j] = a[m + j];
  for (int i = 0; i < g.k; i++) {
    a[g.k + i] += s->before[i];
    s->before[i] = i < g.out ? a[2 * m + i] : vector_of(0);
  }
  a[2 * m + g.k] = epsilon;
}

/* The transposed last triangle, then w and Q (p, 0), Q (0, tail) of its rows: the carried rows of stage 1. */
static void transposed_end(DscODE ode, const double *ubar, const DscODEChunk *f, const Scratch *s)
{
  const int     k = ode->k, m = ode->m, size = m + 1;
  const Vector *R = f->finalR, *Q = f->finalQ + size * (2 + size);
  Vector       *a = s->g, *w = s->w + m;

  read_step(ode, 0, k, ode->d, ubar, s);
  a[m] = a[2 * m + k];
  for (int j = 0; j < size; j++) {
    a[j] *= *R++;
    for (int c = j + 1; c < size; c++) a[c] -= *R++ * a[j];
  }
  for (int j = 0; j < size; j++) {
    const int to = j == m ? m + k : j;
    s->q[to]     = a[j];
    s->r[to]     = vector_of(0);
    s->qx[j]     = vector_of(0);
    s->rx[j]     = f->finalEnd[j];
  }
  for (int j = size - 1; j >= 0; j--) {
    const int to = j == m ? m + k : j;

    Q -= 2 + size;
    reflection_apply(size, Q, s->q + to, s->qx);
    reflection_apply(size, Q, s->r + to, s->rx);
    R -= size - j;
    for (int c = j + 1; c < size; c++) a[j] -= R[c - j] * a[c];
    a[j] *= R[0];
  }
  for (int j = 0; j < m; j++) w[j] = a[j];
  a[2 * m + k] = a[m]; /* w's eps */
}

/* The same reflection of two columns. */
INLINE void reflect_both(int n, const Vector *restrict v, Vector *restrict q0, Vector *restrict q, Vector *restrict r0,
                         Vector *restrict r)
{
  Vector qdot = v[0] * *q0, rdot = v[0] * *r0;

  for (int i = 0; i < n; i++) {
    qdot += v[2 + i] * q[i];
    rdot += v[2 + i] * r[i];
  }
  qdot *= v[1];
  rdot *= v[1];
  *q0 -= qdot * v[0];
  *r0 -= rdot * v[0];
  for (int i = 0; i < n; i++) {
    q[i] -= qdot * v[2 + i];
    r[i] -= rdot * v[2 + i];
  }
}

/* Q on one stage: from its carried rows, (p, 0) and (0, tail), to the rows that went into it. */
INLINE void reflect_back(DscODEStage g, const Vector *restrict Q, const Vector *restrict p, const Vector *restrict tail,
                         const Scratch *s)
{
  const int m = g.m, rows = g.rows;
  Vector   *q = s->q, *r = s->r, *qx = s->qx, *rx = s->rx;

  for (int i = 0; i < rows; i++) {
    qx[i] = i < g.inner ? q[i] : vector_of(0);
    rx[i] = i < g.inner ? r[i] : tail[i - g.inner];
  }
  reflect_both(rows - g.inner, Q + DscODEStartE(g), q + m + g.k, qx + g.inner, r + m + g.k, rx + g.inner);
  for (int i = g.inner - 1; i >= 0; i--) {
    reflect_both(rows - 1 - i, Q + DscODEStartC(g, i), qx + i, qx + i + 1, rx + i, rx + i + 1);
  }
  for (int j = m - 1; j >= 0; j--) {
    const int skip = DscODESkip(g, j);
    q[j]           = p[j];
    r[j]           = vector_of(0);
    reflect_both(rows - skip, Q + DscODEStartA(g, j), q + j, qx + skip, r + j, rx + skip);
  }
  for (int i = 0; i < g.in; i++) {
    q[m + i] = qx[g.local + i];
    r[m + i] = rx[g.local + i];
  }
}

/* Adjoints of b, of the conditions and of c at step t, from q, r of its local rows and w, z there. */
INLINE void local_adjoint(DscODE ode, int t, int k, int d, int local, const Vector *restrict q,
                          const Vector *restrict r, const Vector *restrict w, const DscODEChunk *f,
                          const DscODEGradient *out)
{
  const int     m = k * (d + 1), conditions = ode->first[t + 1] - ode->first[t], equations = local - conditions;
  const size_t  lanes = (size_t)ode->lanes, first = (size_t)t * (size_t)equations;
  const Vector *z = f->z + (size_t)t * (size_t)m;

  for (int e = 0; out->bbar && e < equations; e++) store(out->bbar + (first + (size_t)e) * lanes, q[e]);
  for (int e = 0; out->cbar && e < equations; e++) {
    double *c = out->cbar + (first + (size_t)e) * (size_t)m * lanes;
    for (int i = 0; i < k; i++) {
      for (int o = 0; o <= d; o++, c += lanes) store(c, r[e] * w[(d - o) * k + i] - q[e] * z[(d - o) * k + i]);
    }
  }
  for (int i = 0; out->initialbar && i < conditions; i++) {
    store(out->initialbar + (size_t)ode->condition[ode->first[t] + i] * lanes, q[equations + i]);
  }
}

/* Derivatives of the Taylor rows of order o (forward, backward) with respect to ln s, times x at t-1 and t; both of one
   dimension, k apart, at the highest derivative. */
INLINE Vector forward_slope(int d, int k, int o, const Vector *power, const Vector *x0, const Vector *x1)
{
  Vector sum = power[o] * x1[(d - o) * k] * (double)-o;
  for (int j = o > 1 ? o : 1; j <= d; j++) sum += power[j] * x0[(d - j) * k] * (j * inverse_factorial[j - o]);
  return sum;
}

INLINE Vector backward_slope(int d, int k, int o, const Vector *power, const Vector *x0, const Vector *x1)
{
  Vector sum = power[o] * x0[(d - o) * k] * (double)(o % 2 ? o : -o);
  for (int j = o > 1 ? o : 1; j <= d; j++) {
    sum += power[j] * x1[(d - j) * k] * ((j % 2 ? -j : j) * inverse_factorial[j - o]);
  }
  return sum;
}

/* The Taylor rows' part of the adjoint of s_{t-1}. */
INLINE Vector taylor_adjoint(int t, DscODEStage g, const DscODEChunk *f, const Scratch *s)
{
  const int     d = g.d, k = g.k, m = g.m;
  const Vector *z0 = f->z + (size_t)(t - 1) * (size_t)m, *z1 = z0 + m, *w0 = s->w + m, *w1 = w0 + m;
  const Vector *q = s->qx + g.kept, *r            = s->rx + g.kept;
  Vector        power[DSC_ODE_MAX_ORDER + 1], sum = vector_of(0);

  powers(d, f->s[t - 1], power);
  for (int o = 0; o < d; o++) {
    for (int i = 0; i < k; i++) {
      const int forward = o * k + i, backward = forward + k * d + g.out;

      sum += r[forward] * forward_slope(d, k, o, power, w0 + i, w1 + i);
      sum -= q[forward] * forward_slope(d, k, o, power, z0 + i, z1 + i);
      sum += r[backward] * backward_slope(d, k, o, power, w0 + i, w1 + i);
      sum -= q[backward] * backward_slope(d, k, o, power, z0 + i, z1 + i);
    }
  }
  return sum / f->s[t - 1];
}

/* The part of the central rows at t-1 in the adjoints of s_{t-2} and s_{t-1}. */
INLINE Vector central_adjoint(int t, DscODEStage g, const DscODEChunk *f, const Scratch *s)
{
  const int     k = g.k, m = g.m;
  const Vector  S  = f->s[t - 2] + f->s[t - 1];
  const Vector *z0 = f->z + (size_t)(t - 2) * (size_t)m, *z1 = z0 + m, *z2 = z1 + m;
  const Vector *w0 = s->w, *w1 = w0 + m, *w2 = w1 + m, *q = s->qx + g.kept + k * g.d, *r = s->rx + g.kept + k * g.d;
  Vector        power[2], sum = vector_of(0);

  central_powers(g.d, S, power);
  power[0] *= (double)(g.d - 2);
  power[1] *= (double)(g.d - 1);
  for (int i = 0; i < k; i++) {
    sum += r[i] * (power[0] * (w2[k + i] - w0[k + i]) - power[1] * w1[i]);
    sum -= q[i] * (power[0] * (z2[k + i] - z0[k + i]) - power[1] * z1[i]);
  }
  return sum / S;
}

/* s_{t-1}'s adjoint lacks the next stage's central rows, s_{t-2}'s is whole. */
INLINE void steps_adjoint(DscODE ode, int t, DscODEStage g, const DscODEChunk *f, const DscODEGradient *out,
                          const Scratch *s)
{
  const size_t lanes = (size_t)ode->lanes;
  Vector       sum   = taylor_adjoint(t, g, f, s);

  if (g.out) {
    const Vector both = central_adjoint(t, g, f, s);
    store(out->sbar + (size_t)(t - 2) * lanes, *s->slope + both);
    sum += both;
  }
  *s->slope = sum;
  if (t == ode->n - 1 || !ode->sizes.central) store(out->sbar + (size_t)(t - 1) * lanes, sum);
}

INLINE void adjoint_stage(DscODE ode, int t, DscODEStage g, const DscODEChunk *f, const DscODEGradient *out,
                          const Scratch *s)
{
  const int     m = g.m;
  const Vector *Q = f->Q + ode->reflections[t], *p = f->p + (size_t)t * (size_t)m;
  Vector       *w = s->w + 2 * m;

  for (int j = 0; j < m; j++) w[j] = p[j];
  substitute(g, f->R + ode->rows[t], w, w - m, s->g[2 * m + g.k]);
  reflect_back(g, Q, p, f->tail + ode->tails[t], s);
  local_adjoint(ode, t - 1, g.k, g.d, g.local, s->qx, s->rx, w - m, f, out);
  if (out->sbar) steps_adjoint(ode, t, g, f, out, s);
  for (int j = 0; j < 2 * m; j++) s->w[j] = s->w[m + j];
}

INLINE void transposed_stages(DscODE ode, int k, int d, const double *ubar, const DscODEChunk *f, const Scratch *s)
{
  const DscODEStage usual = DscODEStageOf(k, d, k, k, k);

  for (int t = ode->n - 1; t > 0; t--) {
    if (DscODEStageIsUsual(ode, t)) {
      transposed_stage(ode, t, usual, ubar, f, s);
    } else {
      transposed_stage(ode, t, DscODEStageAt(ode, t), ubar, f, s);
    }
  }
}

INLINE void adjoint_stages(DscODE ode, int k, int d, const DscODEChunk *f, const DscODEGradient *out, const Scratch *s)
{
  const DscODEStage usual = DscODEStageOf(k, d, k, k, k);

  for (int t = 1; t < ode->n; t++) {
    if (DscODEStageIsUsual(ode, t)) {
      adjoint_stage(ode, t, usual, f, out, s);
    } else {
      adjoint_stage(ode, t, DscODEStageAt(ode, t), f, out, s);
    }
  }
}

/* The rows that went into the first stage: local rows of n-1. */
static void end(DscODE ode, const DscODEChunk *f, const DscODEGradient *out, const Scratch *s)
{
  const int     m = ode->m, t = ode->n - 1;
  const Vector *Q = f->firstQ + m * (m + 3) / 2;

  for (int q = m - 1; q >= 0; q--) {
    Q -= 1 + m - q;
    reflection_apply(m - 1 - q, Q, s->q + q, s->q + q + 1);
    reflection_apply(m - 1 - q, Q, s->r + q, s->r + q + 1);
  }
  local_adjoint(ode, t, ode->k, ode->d, DscODELocalRows(ode, t), s->q, s->r, s->w + m, f, out);
}

void DscODEAdjointChunk(DscODE ode, int chunk, const DscODEGradient *gradient)
{
  const DscODEChunk f = DscODEGetChunk(ode, chunk);
  const Scratch     s = scratch_of(ode);
  const int         k = ode->k, m = ode->m, n = ode->n;
  const double     *ubar = gradient->ubar;

  for (int j = 0; j < 2 * m + k; j++) s.g[j] = vector_of(0);
  for (int i = 0; i < k; i++) s.before[i] = vector_of(0);
  s.g[2 * m + k] = gradient->epsilonbar ? load(gradient->epsilonbar) : vector_of(0);
#define SHAPE(k, d)                                                                                                    \
  case 10 * k + d:                                                                                                     \
    transposed_stages(ode, k, d, ubar, &f, &s);                                                                        \
    transposed_end(ode, ubar, &f, &s);                                                                                 \
    adjoint_stages(ode, k, d, &f, gradient, &s);                                                                       \
    break;
  switch (ode->shape) {
    DSC_ODE_SHAPES(SHAPE)
  default:
    for (int t = n - 1; t > 0; t--) transposed_stage(ode, t, DscODEStageAt(ode, t), ubar, &f, &s);
    transposed_end(ode, ubar, &f, &s);
    for (int t = 1; t < n; t++) adjoint_stage(ode, t, DscODEStageAt(ode, t), &f, gradient, &s);
  }
#undef SHAPE
  end(ode, &f, gradient, &s);
}
