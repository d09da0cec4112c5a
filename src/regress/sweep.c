#include "regress/sweep.h"

#include <math.h>

/* A column is in the span of others, where less of its square is left: sweeps lose that many digits. */
#define SPAN_TOLERANCE 1e-10

PetscErrorCode DscSweepCreate(PetscInt nterms, DscSweep *s)
{
  const size_t size = (size_t)(nterms + 1) * (size_t)(nterms + 1);

  PetscFunctionBeginUser;
  s->m = 0;
  PetscCall(PetscCalloc5(nterms, &s->terms, size, &s->start, size, &s->T, size, &s->without, nterms, &s->pending));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSweepDestroy(DscSweep *s)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree5(s->terms, s->start, s->T, s->without, s->pending));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSweepSetProblem(DscSweep *s, const DscNormalized *problem, const PetscBool allowed[])
{
  const PetscInt n = problem->n;

  PetscFunctionBeginUser;
  s->m = 0;
  for (PetscInt j = 0; j < n; j++)
    if (!allowed || allowed[j]) s->terms[s->m++] = j;
  for (PetscInt i = 0; i < s->m; i++) {
    double *row = s->start + i * (s->m + 1);

    for (PetscInt j = 0; j < s->m; j++) row[j] = problem->C[s->terms[i] * n + s->terms[j]];
    row[s->m] = s->start[s->m * (s->m + 1) + i] = problem->c[s->terms[i]];
  }
  s->start[s->m * (s->m + 1) + s->m] = 1.0;
  PetscFunctionReturn(0);
}

void DscSweepFlip(const DscSweep *s, double T[], PetscInt k)
{
  const PetscInt n       = s->m + 1;
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

PetscInt DscSweepSet(DscSweep *s, PetscBool in[])
{
  const PetscInt n = s->m + 1;
  PetscInt       p = 0;

  memcpy(s->T, s->start, (size_t)(n * n) * sizeof(double));
  memcpy(s->pending, in, (size_t)s->m * sizeof(PetscBool));
  for (;;) {
    PetscInt next = -1;

    for (PetscInt k = 0; k < s->m; k++)
      if (s->pending[k] && (next < 0 || s->T[k * n + k] > s->T[next * n + next])) next = k;
    if (next < 0) return p;
    s->pending[next] = PETSC_FALSE;
    in[next]         = s->T[next * n + next] > SPAN_TOLERANCE ? PETSC_TRUE : PETSC_FALSE;
    if (!in[next]) continue;
    DscSweepFlip(s, s->T, next);
    p++;
  }
}

double DscSweepResidualAfter(const DscSweep *s, const double T[], PetscInt k, PetscBool in)
{
  const PetscInt n  = s->m + 1;
  const double   kk = T[k * n + k], change = PetscSqr(T[k * n + s->m]) / kk, S = fmax(T[n * n - 1], 0.0);

  if (in) return S + change;
  return kk > SPAN_TOLERANCE ? S - change : INFINITY;
}

DscCriterion DscCriterionMake(PetscBool evidence, double N, PetscInt nterms)
{
  return (DscCriterion){.evidence = evidence, .N = N, .g = fmax(N, PetscSqr((double)nterms))};
}

double DscCriterionValue(const DscCriterion *c, double S, PetscInt p)
{
  if (c->evidence) return c->N * log1p(c->g * fmax(S, 0.0)) + (double)p * log1p(c->g);
  return (double)p < c->N ? c->N * log(fmax(S, GRAM_TOLERANCE)) + (double)p * log(c->N) : INFINITY;
}
