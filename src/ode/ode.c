/* The object: sizes, the plan of its memory, calls over all chunks of lanes. */
#include "ode/ode_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static PetscErrorCode check_sizes(const DscODESizes *z)
{
  PetscFunctionBeginUser;
  PetscCheck(z->order >= 1 && z->order <= DSC_ODE_MAX_ORDER, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "The order of an ODE is 1 to %d, not %" PetscInt_FMT, DSC_ODE_MAX_ORDER, z->order);
  PetscCheck(z->dimensions >= 1 && z->equations >= 1 && z->ninitial >= 0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "An ODE has a dimension and an equation, and no negative number of conditions");
  PetscCheck(z->steps >= 2, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "An ODE has at least 2 steps, not %" PetscInt_FMT, z->steps);
  PetscCheck(z->lanes > 0 && z->lanes % 16 == 0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "Lanes are a multiple of 16, not %" PetscInt_FMT, z->lanes);
  for (PetscInt i = 0; i < z->ninitial; i++) {
    const DscODEInitial *c = &z->initial[i];
    PetscCheck(c->step >= 0 && c->step < z->steps && c->dimension >= 0 && c->dimension < z->dimensions &&
                   c->order >= 0 && c->order <= z->order,
               PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
               "Initial value %" PetscInt_FMT ": there is no step %" PetscInt_FMT ", dimension %" PetscInt_FMT
               ", order %" PetscInt_FMT,
               i, c->step, c->dimension, c->order);
  }
  PetscFunctionReturn(0);
}

/* The conditions by step, highest order first: each is then the pivot of its own column. */
static PetscErrorCode sort_conditions(DscODE ode)
{
  const int count = (int)ode->sizes.ninitial;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc2(ode->n + 1, &ode->first, count, &ode->condition));
  for (int i = 0; i < count; i++) ode->first[ode->initial[i].step + 1]++;
  for (int t = 0; t < ode->n; t++) ode->first[t + 1] += ode->first[t];
  for (int o = ode->d; o >= 0; o--) {
    for (int i = 0; i < count; i++) {
      if (ode->initial[i].order == o) ode->condition[ode->first[ode->initial[i].step]++] = i;
    }
  }
  for (int t = ode->n; t > 0; t--) ode->first[t] = ode->first[t - 1];
  ode->first[0] = 0;
  for (int t = 0; t < ode->n; t++) {
    PetscCheck(DscODELocalRows(ode, t) <= ode->m, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
               "Step %d has %d equations and initial values for %d unknowns", t, DscODELocalRows(ode, t), ode->m);
    for (int i = ode->first[t]; i < ode->first[t + 1]; i++) {
      for (int j = ode->first[t]; j < i; j++) {
        const DscODEInitial *a = &ode->initial[ode->condition[i]], *b = &ode->initial[ode->condition[j]];
        PetscCheck(a->dimension != b->dimension || a->order != b->order, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
                   "Step %d has two initial values of dimension %" PetscInt_FMT ", order %" PetscInt_FMT, t,
                   a->dimension, a->order);
      }
    }
  }
  PetscFunctionReturn(0);
}

/* Where the parts of a chunk begin. */
static PetscErrorCode plan(DscODE ode)
{
  const size_t n = (size_t)ode->n, m = (size_t)ode->m;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc3(n + 1, &ode->reflections, n + 1, &ode->rows, n + 1, &ode->tails));
  for (int t = 1; t < ode->n; t++) {
    const DscODEStage g     = DscODEStageAt(ode, t);
    ode->reflections[t + 1] = ode->reflections[t] + (size_t)DscODEReflections(g);
    ode->rows[t + 1]        = ode->rows[t] + (size_t)DscODERow(g, ode->m);
    ode->tails[t + 1]       = ode->tails[t] + (size_t)(g.rows - g.inner);
  }
  ode->pitch = ode->reflections[n] + ode->rows[n] + ode->tails[n] + (1 + 2 * m) * n + 1 + m * (m + 3) / 2 +
               (m + 1) * (m + 3) + (m + 1) * (m + 2) / 2 + m + 1;
  PetscFunctionReturn(0);
}

DscODEChunk DscODEGetChunk(DscODE ode, int chunk)
{
  const size_t n = (size_t)ode->n, m = (size_t)ode->m;
  DscODEChunk  f;

  f.Q        = ode->memory + (size_t)chunk * ode->pitch;
  f.R        = f.Q + ode->reflections[n];
  f.tail     = f.R + ode->rows[n];
  f.s        = f.tail + ode->tails[n];
  f.z        = f.s + n;
  f.p        = f.z + m * n;
  f.epsilon  = f.p + m * n;
  f.firstQ   = f.epsilon + 1;
  f.finalQ   = f.firstQ + m * (m + 3) / 2;
  f.finalR   = f.finalQ + (m + 1) * (m + 3);
  f.finalEnd = f.finalR + (m + 1) * (m + 2) / 2;
  return f;
}

static PetscErrorCode allocate(size_t vectors, Vector **memory)
{
  const size_t bytes = (vectors + 1) * sizeof(Vector);

  PetscFunctionBeginUser;
  *memory = aligned_alloc(sizeof(Vector), bytes);
  PetscCheck(*memory, PETSC_COMM_SELF, PETSC_ERR_MEM, "Out of memory: %.1f MB asked for", (double)bytes / 1048576.);
  memset(*memory, 0, bytes);
  PetscFunctionReturn(0);
}

static size_t scratch_size(DscODE ode)
{
  const size_t factor = DscODEFactorScratch(ode), solve = DscODESolveScratch(ode), adjoint = DscODEAdjointScratch(ode);
  return PetscMax(factor, PetscMax(solve, adjoint));
}

PetscErrorCode DscODECreate(const DscODESizes *sizes, DscODE *new)
{
  DscODE ode;

  PetscFunctionBeginUser;
  *new = NULL;
  PetscCall(check_sizes(sizes));
  PetscCall(PetscNew(&ode));
  *new           = ode;
  ode->sizes     = *sizes;
  ode->k         = (int)sizes->dimensions;
  ode->d         = (int)sizes->order;
  ode->m         = ode->k * (ode->d + 1);
  ode->equations = (int)sizes->equations;
  ode->n         = (int)sizes->steps;
  ode->lanes     = (int)sizes->lanes;
  ode->chunks    = ode->lanes / DSC_ODE_CHUNK;
  ode->shape     = ode->equations == ode->k && ode->k < 10 && sizes->central ? 10 * ode->k + ode->d : 0;
  PetscCall(PetscMalloc1(sizes->ninitial, &ode->initial));
  PetscCall(PetscArraycpy(ode->initial, sizes->initial, sizes->ninitial));
  ode->sizes.initial = ode->initial;
  PetscCall(sort_conditions(ode));
  PetscCall(plan(ode));
  PetscCall(PetscCalloc1(ode->lanes, &ode->status));
  PetscCall(allocate((size_t)ode->chunks * ode->pitch, &ode->memory));
  PetscCall(allocate(scratch_size(ode), &ode->scratch));
  PetscFunctionReturn(0);
}

PetscErrorCode DscODEDestroy(DscODE *ode)
{
  PetscFunctionBeginUser;
  if (!*ode) PetscFunctionReturn(0);
  PetscCall(PetscFree((*ode)->initial));
  PetscCall(PetscFree2((*ode)->first, (*ode)->condition));
  PetscCall(PetscFree3((*ode)->reflections, (*ode)->rows, (*ode)->tails));
  PetscCall(PetscFree((*ode)->status));
  free((*ode)->memory);
  free((*ode)->scratch);
  PetscCall(PetscFree(*ode));
  PetscFunctionReturn(0);
}

static PetscErrorCode check_steps(DscODE ode, const double s[])
{
  const size_t count = (size_t)(ode->n - 1) * (size_t)ode->lanes;
  double       least = INFINITY, sum = 0;

  PetscFunctionBeginUser;
  for (size_t i = 0; i < count; i++) {
    least = s[i] < least ? s[i] : least;
    sum += s[i] * 0;
  }
  for (size_t i = 0; (sum != 0 || !(least > 0)) && i < count; i++) {
    PetscCheck(isfinite(s[i]) && s[i] > 0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
               "Steps of an ODE are positive and finite; lane %d, step %d is %g", (int)(i % (size_t)ode->lanes),
               (int)(i / (size_t)ode->lanes), s[i]);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscODEFactor(DscODE ode, const double c[], const double s[])
{
  PetscFunctionBeginUser;
  PetscCall(check_steps(ode, s));
  for (int i = 0; i < ode->chunks; i++) DscODEFactorChunk(ode, i, c + i * DSC_ODE_CHUNK, s + i * DSC_ODE_CHUNK);
  ode->factored = PETSC_TRUE;
  ode->solved   = PETSC_FALSE;
  PetscFunctionReturn(0);
}

PetscErrorCode DscODESolve(DscODE ode, const double b[], const double initial[], double u[], double epsilon[])
{
  PetscFunctionBeginUser;
  PetscCheck(ode->factored, PETSC_COMM_SELF, PETSC_ERR_ORDER, "DscODEFactor comes before DscODESolve");
  for (int i = 0; i < ode->chunks; i++) {
    const int            lane     = i * DSC_ODE_CHUNK;
    const DscODESolution solution = {.b       = b + lane,
                                     .initial = initial ? initial + lane : NULL,
                                     .u       = u + lane,
                                     .epsilon = epsilon ? epsilon + lane : NULL};
    DscODESolveChunk(ode, i, &solution);
  }
  ode->solved = PETSC_TRUE;
  PetscFunctionReturn(0);
}

PetscErrorCode DscODEAdjoint(DscODE ode, const double ubar[], const double epsilonbar[], double cbar[], double bbar[],
                             double initialbar[], double sbar[])
{
  PetscFunctionBeginUser;
  PetscCheck(ode->solved, PETSC_COMM_SELF, PETSC_ERR_ORDER, "DscODESolve comes before DscODEAdjoint");
  for (int i = 0; i < ode->chunks; i++) {
    const int            lane     = i * DSC_ODE_CHUNK;
    const DscODEGradient gradient = {.ubar       = ubar + lane,
                                     .epsilonbar = epsilonbar ? epsilonbar + lane : NULL,
                                     .cbar       = cbar ? cbar + lane : NULL,
                                     .bbar       = bbar ? bbar + lane : NULL,
                                     .initialbar = initialbar ? initialbar + lane : NULL,
                                     .sbar       = sbar ? sbar + lane : NULL};
    DscODEAdjointChunk(ode, i, &gradient);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscODEGetStatus(DscODE ode, const DscODEStatus **status)
{
  PetscFunctionBeginUser;
  *status = ode->status;
  PetscFunctionReturn(0);
}

/* One application of a stage's reflections to one column. */
static double reflection_flops(DscODEStage g)
{
  double flops = 0;
  for (int j = 0; j < g.m; j++) flops += 4. * (g.rows - DscODESkip(g, j)) + 3;
  for (int q = 0; q <= g.inner; q++) flops += 4. * (g.rows - 1 - q) + 3;
  return flops;
}

static double factor_flops(DscODEStage g)
{
  double flops = 0;

  for (int j = 0; j < g.m; j++) {
    const double others = g.rows - DscODESkip(g, j);
    flops += (g.columns - 1 - j) * (4. * others + 3) + 2 * others;
  }
  for (int q = 0; q <= g.inner; q++) flops += (g.inner - q) * (4. * (g.rows - 1 - q) + 3) + 2 * (g.rows - 1 - q);
  return flops;
}

PetscErrorCode DscODEGetCost(DscODE ode, DscODECost *cost)
{
  const double lanes = ode->lanes;

  PetscFunctionBeginUser;
  *cost =
      (DscODECost){.bytes = (double)sizeof(Vector) * (double)((size_t)ode->chunks * ode->pitch + scratch_size(ode))};
  for (int t = 1; t < ode->n; t++) {
    const DscODEStage g          = DscODEStageAt(ode, t);
    const double      reflection = reflection_flops(g), rows = 2. * DscODERow(g, g.m);
    const double      steps = g.k * g.d * 8. * (g.d + 1); /* slopes of Taylor rows */

    cost->factor += lanes * factor_flops(g);
    cost->solve += lanes * (reflection + rows);
    cost->adjoint += lanes * (2 * reflection + 2 * rows + 3. * ode->equations * g.m + steps);
  }
  PetscFunctionReturn(0);
}
