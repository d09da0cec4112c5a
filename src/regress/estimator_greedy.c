/*
  Estimator 'greedy': backward elimination from all candidates down to none, of which the best set is kept; from there,
  and from no terms, terms are added, removed and swapped for as long as the criterion falls; the better end is taken. For a set A of p terms that leaves the share S of y's
  square (S = 1 - c_A' C_AA^-1 c_A) of N samples:
    evidence: -2 ln p(y | A) = N ln(1 + g S) + p ln(1 + g) + const, of Bayesian linear regression with Zellner's prior
              xi ~ N(0, g sigma^2 (Theta_A' Theta_A)^-1), p(sigma^2) ~ 1 / sigma^2, and g = max(N, nterms^2)
              (Liang et al., J. Am. Stat. Assoc. 103, 2008, eq. 6; g: Fernandez, Ley and Steel, J. Econometrics 100, 2001)
    bic:      N ln S + p ln N, p < N (Schwarz, Ann. Stat. 6, 1978), S at least GRAM_TOLERANCE
  The evidence does not go after residuals below y's square / g, of which there is always some structure left that is no
  noise (errors of derivatives); bic does.

  Sets are compared by the sweep operator (Goodnight, Am. Stat. 33, 1979) on T = [C, c; c', 1]: with A swept in, T_AA is
  the inverse, T_A,last are the coefficients, T_last,last is S, and for j not in A T_jj is what A leaves of the square of
  column j and T_j,last of its product with y. So the S of every single removal and addition stands in T. Columns are
  swept in by largest remainder; those whose remainder is rounding are left out, so of equal columns one stays.
*/
#include "regress/estimator.h"

#include <math.h>

/* A column is in the span of others, where less of its square is left: sweeps lose that many digits. */
#define SPAN_TOLERANCE 1e-10

typedef struct {
  PetscBool  evidence;
  double     N, g;
  PetscInt   m;                   /* candidates; below, all is by candidate */
  PetscInt  *terms;               /* (owned) [nterms] which terms they are */
  double    *start, *T, *without; /* (owned) [m + 1][m + 1] of no term, of the set, of the set without one */
  PetscBool *in;                  /* (owned) [nterms] the set */
  PetscBool *best, *pending;      /* (owned) [nterms] */
} Greedy;

static PetscErrorCode greedy_create(DscEstimator estimator, DscOptions options)
{
  const PetscInt n    = estimator->nterms;
  const size_t   size = (size_t)(n + 1) * (size_t)(n + 1);
  const char    *criterion;
  Greedy        *data;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&data));
  estimator->data = data;
  PetscCall(DscOptionsGetString(options, "greedy_criterion", &criterion));
  data->evidence = strcmp(criterion, "evidence") == 0 ? PETSC_TRUE : PETSC_FALSE;
  PetscCall(PetscCalloc7(n, &data->terms, size, &data->start, size, &data->T, size, &data->without, n, &data->in, n,
                         &data->best, n, &data->pending));
  PetscFunctionReturn(0);
}

static PetscErrorCode greedy_destroy(DscEstimator estimator)
{
  Greedy *data = estimator->data;

  PetscFunctionBeginUser;
  PetscCall(PetscFree7(data->terms, data->start, data->T, data->without, data->in, data->best, data->pending));
  PetscCall(PetscFree(estimator->data));
  PetscFunctionReturn(0);
}

/* Takes candidate k into the set, or out of it: the operation is its own inverse. */
static void sweep(const Greedy *g, double T[], PetscInt k)
{
  const PetscInt n       = g->m + 1;
  double *restrict row_k = T + k * n;
  const double inverse   = 1.0 / row_k[k];

  for (PetscInt j = 0; j < n; j++) row_k[j] *= inverse;
  for (PetscInt i = 0; i < n; i++) {
    double *restrict row = T + i * n;
    const double factor  = row[k];

    if (i == k || factor == 0.0) continue;
    for (PetscInt j = 0; j < n; j++) row[j] -= factor * row_k[j];
    row[k] = -factor * inverse;
  }
  row_k[k] = inverse;
}

/* T of the set, from the start so that rounding does not add up; returns its size. Terms in the span of others leave. */
static PetscInt sweep_in_set(Greedy *g)
{
  const PetscInt n = g->m + 1;
  PetscInt       p = 0;

  memcpy(g->T, g->start, (size_t)(n * n) * sizeof(double));
  memcpy(g->pending, g->in, (size_t)g->m * sizeof(PetscBool));
  for (;;) {
    PetscInt next = -1;

    for (PetscInt k = 0; k < g->m; k++)
      if (g->pending[k] && (next < 0 || g->T[k * n + k] > g->T[next * n + next])) next = k;
    if (next < 0) return p;
    g->pending[next] = PETSC_FALSE;
    g->in[next]      = g->T[next * n + next] > SPAN_TOLERANCE ? PETSC_TRUE : PETSC_FALSE;
    if (!g->in[next]) continue;
    sweep(g, g->T, next);
    p++;
  }
}

static double criterion(const Greedy *g, double S, PetscInt p)
{
  if (g->evidence) return g->N * log1p(g->g * fmax(S, 0.0)) + (double)p * log1p(g->g);
  return (double)p < g->N ? g->N * log(fmax(S, GRAM_TOLERANCE)) + (double)p * log(g->N) : INFINITY;
}

/* S after candidate k has left the set or come in. Infinite where it cannot come in. */
static double residual_after(const Greedy *g, const double T[], PetscInt k, PetscBool in)
{
  const PetscInt n  = g->m + 1;
  const double   kk = T[k * n + k], change = PetscSqr(T[k * n + g->m]) / kk, S = fmax(T[n * n - 1], 0.0);

  if (in) return S + change;
  return kk > SPAN_TOLERANCE ? S - change : INFINITY;
}

/* Down from all candidates, always without the term that is missed least; the best set on the way, into g->in. */
static PetscErrorCode eliminate(Greedy *g, double *least)
{
  PetscInt p;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < g->m; k++) g->in[k] = PETSC_TRUE;
  *least = INFINITY;
  do {
    PetscInt leaves = -1;
    double   value, S = INFINITY;

    p     = sweep_in_set(g);
    value = criterion(g, g->T[(g->m + 1) * (g->m + 1) - 1], p);
    if (value <= *least) { /* of equals the smaller set */
      PetscCall(PetscArraycpy(g->best, g->in, (size_t)g->m));
      *least = value;
    }
    for (PetscInt k = 0; k < g->m; k++) {
      const double without = g->in[k] ? residual_after(g, g->T, k, PETSC_TRUE) : INFINITY;

      if (without < S) {
        S      = without;
        leaves = k;
      }
    }
    if (leaves >= 0) g->in[leaves] = PETSC_FALSE;
  } while (p > 0);
  PetscCall(PetscArraycpy(g->in, g->best, (size_t)g->m));
  PetscFunctionReturn(0);
}

typedef struct {
  double   value;
  PetscInt leaves, enters; /* -1: none */
} Move;

static void consider(Move *best, double value, PetscInt leaves, PetscInt enters)
{
  if (value < best->value) *best = (Move){value, leaves, enters};
}

/* The best single removal, addition or swap of the set. */
static PetscErrorCode find_move(Greedy *g, Move *best)
{
  const PetscInt n = g->m + 1, p = sweep_in_set(g);

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < g->m; k++) {
    if (g->in[k]) {
      consider(best, criterion(g, residual_after(g, g->T, k, PETSC_TRUE), p - 1), k, -1);
      PetscCall(PetscArraycpy(g->without, g->T, (size_t)(n * n)));
      sweep(g, g->without, k);
      for (PetscInt j = 0; j < g->m; j++)
        if (!g->in[j]) consider(best, criterion(g, residual_after(g, g->without, j, PETSC_FALSE), p), k, j);
    } else {
      consider(best, criterion(g, residual_after(g, g->T, k, PETSC_FALSE), p + 1), -1, k);
    }
  }
  PetscFunctionReturn(0);
}

static void set_problem(DscEstimator estimator)
{
  Greedy              *g       = estimator->data;
  const DscNormalized *problem = &estimator->work->problem;
  const PetscInt       n       = estimator->nterms;

  g->N = problem->nsamples;
  g->g = fmax(g->N, PetscSqr((double)n));
  g->m = 0;
  for (PetscInt j = 0; j < n; j++)
    if (estimator->allowed[j]) g->terms[g->m++] = j;
  for (PetscInt i = 0; i < g->m; i++) {
    double *row = g->start + i * (g->m + 1);

    for (PetscInt j = 0; j < g->m; j++) row[j] = problem->C[g->terms[i] * n + g->terms[j]];
    row[g->m] = g->start[g->m * (g->m + 1) + i] = problem->c[g->terms[i]];
  }
  g->start[g->m * (g->m + 1) + g->m] = 1.0;
}

/* From g->in and its criterion, the best move while it lowers the criterion by more than rounding. The limit, which gives
   *converged = false, is against rounding too. */
static PetscErrorCode search(Greedy *g, double *value, PetscBool *converged)
{
  Move move = {.value = *value, .leaves = 0};

  PetscFunctionBeginUser;
  for (PetscInt it = 0; it < 4 * g->m + 1; it++) {
    move = (Move){.value = *value - 1e-9 * fabs(*value), .leaves = -1, .enters = -1};
    PetscCall(find_move(g, &move));
    if (move.leaves < 0 && move.enters < 0) PetscFunctionReturn(0);
    if (move.leaves >= 0) g->in[move.leaves] = PETSC_FALSE;
    if (move.enters >= 0) g->in[move.enters] = PETSC_TRUE;
    *value = move.value;
  }
  *converged = PETSC_FALSE;
  PetscFunctionReturn(0);
}

static PetscErrorCode greedy_select(DscEstimator estimator, const DscGramBlocks *blocks, DscRegression *result)
{
  Greedy *g = estimator->data;
  double  backward, forward;

  (void)blocks;
  PetscFunctionBeginUser;
  set_problem(estimator);
  PetscCall(eliminate(g, &backward));
  PetscCall(search(g, &backward, &result->converged));
  PetscCall(PetscArraycpy(g->best, g->in, (size_t)g->m));
  PetscCall(PetscArrayzero(g->in, (size_t)g->m));
  forward = criterion(g, 1.0, 0);
  PetscCall(search(g, &forward, &result->converged));
  for (PetscInt k = 0; k < g->m; k++) result->active[g->terms[k]] = forward < backward ? g->in[k] : g->best[k];
  PetscFunctionReturn(0);
}

const DscEstimatorOps DscEstimatorGreedy = {.name = "greedy",
                                            .help = "backward and forward selection with swaps, by evidence or BIC",
                                            .min_blocks = 1,
                                            .create     = greedy_create,
                                            .destroy    = greedy_destroy,
                                            .select     = greedy_select};
