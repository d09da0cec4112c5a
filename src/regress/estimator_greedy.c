/*
  Estimator 'greedy': backward elimination from all candidates down to none, of which the best set is kept; from there,
  and from no terms, terms are added, removed and swapped for as long as the criterion falls (regress/sweep.h); the better
  end is taken.
*/
#include "regress/estimator.h"
#include "regress/sweep.h"

#include <math.h>

typedef struct {
  PetscBool    evidence;
  DscCriterion criterion;
  DscSweep     sweep; /* (owned) */
  PetscBool   *in;    /* (owned) [nterms] the set, by candidate */
  PetscBool   *best;  /* (owned) [nterms] */
} Greedy;

static PetscErrorCode greedy_create(DscEstimator estimator, DscOptions options)
{
  const PetscInt n = estimator->nterms;
  const char    *criterion;
  Greedy        *data;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&data));
  estimator->data = data;
  PetscCall(DscOptionsGetString(options, "greedy_criterion", &criterion));
  data->evidence = strcmp(criterion, "evidence") == 0 ? PETSC_TRUE : PETSC_FALSE;
  PetscCall(DscSweepCreate(n, &data->sweep));
  PetscCall(PetscCalloc2(n, &data->in, n, &data->best));
  PetscFunctionReturn(0);
}

static PetscErrorCode greedy_destroy(DscEstimator estimator)
{
  Greedy *data = estimator->data;

  PetscFunctionBeginUser;
  PetscCall(DscSweepDestroy(&data->sweep));
  PetscCall(PetscFree2(data->in, data->best));
  PetscCall(PetscFree(estimator->data));
  PetscFunctionReturn(0);
}

static double criterion(const Greedy *g, double S, PetscInt p)
{
  return DscCriterionValue(&g->criterion, S, p);
}

/* S after candidate k has left the set of T or come in. */
static double residual_after(const Greedy *g, const double T[], PetscInt k)
{
  return DscSweepResidualAfter(&g->sweep, T, k, g->in[k]);
}

/* Down from all candidates, always without the term that is missed least; the best set on the way, into g->in. */
static PetscErrorCode eliminate(Greedy *g, double *least)
{
  PetscInt p;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < g->sweep.m; k++) g->in[k] = PETSC_TRUE;
  *least = INFINITY;
  do {
    PetscInt leaves = -1;
    double   value, S = INFINITY;

    p     = DscSweepSet(&g->sweep, g->in);
    value = criterion(g, DscSweepResidual(&g->sweep, g->sweep.T), p);
    if (value <= *least) { /* of equals the smaller set */
      PetscCall(PetscArraycpy(g->best, g->in, (size_t)g->sweep.m));
      *least = value;
    }
    for (PetscInt k = 0; k < g->sweep.m; k++) {
      const double without = g->in[k] ? residual_after(g, g->sweep.T, k) : INFINITY;

      if (without < S) {
        S      = without;
        leaves = k;
      }
    }
    if (leaves >= 0) g->in[leaves] = PETSC_FALSE;
  } while (p > 0);
  PetscCall(PetscArraycpy(g->in, g->best, (size_t)g->sweep.m));
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
  const PetscInt n = g->sweep.m + 1, p = DscSweepSet(&g->sweep, g->in);

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < g->sweep.m; k++) {
    if (g->in[k]) {
      consider(best, criterion(g, residual_after(g, g->sweep.T, k), p - 1), k, -1);
      PetscCall(PetscArraycpy(g->sweep.without, g->sweep.T, (size_t)(n * n)));
      DscSweepFlip(&g->sweep, g->sweep.without, k);
      for (PetscInt j = 0; j < g->sweep.m; j++)
        if (!g->in[j]) consider(best, criterion(g, residual_after(g, g->sweep.without, j), p), k, j);
    } else {
      consider(best, criterion(g, residual_after(g, g->sweep.T, k), p + 1), -1, k);
    }
  }
  PetscFunctionReturn(0);
}

/* From g->in and its criterion, the best move while it lowers the criterion by more than rounding. The limit, which gives
   *converged = false, is against rounding too. */
static PetscErrorCode search(Greedy *g, double *value, PetscBool *converged)
{
  Move move = {.value = *value, .leaves = 0};

  PetscFunctionBeginUser;
  for (PetscInt it = 0; it < 4 * g->sweep.m + 1; it++) {
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
  g->criterion = DscCriterionMake(g->evidence, estimator->work->problem.nsamples, estimator->nterms);
  PetscCall(DscSweepSetProblem(&g->sweep, &estimator->work->problem, estimator->allowed));
  PetscCall(eliminate(g, &backward));
  PetscCall(search(g, &backward, &result->converged));
  PetscCall(PetscArraycpy(g->best, g->in, (size_t)g->sweep.m));
  PetscCall(PetscArrayzero(g->in, (size_t)g->sweep.m));
  forward = criterion(g, 1.0, 0);
  PetscCall(search(g, &forward, &result->converged));
  for (PetscInt k = 0; k < g->sweep.m; k++)
    result->active[g->sweep.terms[k]] = forward < backward ? g->in[k] : g->best[k];
  PetscFunctionReturn(0);
}

const DscEstimatorOps DscEstimatorGreedy = {.name = "greedy",
                                            .help = "backward and forward selection with swaps, by evidence or BIC",
                                            .min_blocks = 1,
                                            .create     = greedy_create,
                                            .destroy    = greedy_destroy,
                                            .select     = greedy_select};
