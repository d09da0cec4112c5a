#include "method/convergence.h"

struct _p_DscConvergence {
  PetscInt   nleft, nterms;
  PetscInt   patience, interval, minimum;
  double     tolerance, delta;
  PetscBool  by_sum;     /* stop_rule coefficients */
  PetscInt   since;      /* iteration of the reference; -1: none yet */
  PetscBool *active;     /* (owned) [nleft][nterms] reference */
  double    *normalized; /* (owned) [nleft][nterms] reference */
};

PetscErrorCode DscConvergenceCreate(DscOptions options, PetscInt nleft, PetscInt nterms, DscConvergence *convergence)
{
  DscConvergence c;
  const char    *rule;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&c));
  c->nleft  = nleft;
  c->nterms = nterms;
  c->since  = -1;
  PetscCall(DscOptionsGetInt(options, "stop_patience", &c->patience));
  PetscCall(DscOptionsGetInt(options, "stop_interval", &c->interval));
  PetscCall(DscOptionsGetInt(options, "stop_minimum", &c->minimum));
  PetscCall(DscOptionsGetReal(options, "stop_tolerance", &c->tolerance));
  PetscCall(DscOptionsGetReal(options, "stop_delta", &c->delta));
  PetscCall(DscOptionsGetString(options, "stop_rule", &rule));
  c->by_sum = (PetscBool)(strcmp(rule, "coefficients") == 0);
  PetscCall(PetscCalloc2((nleft * nterms), &c->active, (nleft * nterms), &c->normalized));
  *convergence = c;
  PetscFunctionReturn(0);
}

PetscErrorCode DscConvergenceDestroy(DscConvergence *convergence)
{
  PetscFunctionBeginUser;
  if (!*convergence) PetscFunctionReturn(0);
  PetscCall(PetscFree2((*convergence)->active, (*convergence)->normalized));
  PetscCall(PetscFree(*convergence));
  PetscFunctionReturn(0);
}

static double largest(DscConvergence c, const double normalized[])
{
  double size = 0.0;

  for (PetscInt j = 0; j < c->nterms; j++) size = PetscMax(size, fabs(normalized[j]));
  return size;
}

static PetscBool same_sum(DscConvergence c, const DscRegression *const regressions[])
{
  double sum = 0.0, reference = 0.0;

  for (PetscInt f = 0; f < c->nleft; f++) {
    for (PetscInt j = 0; j < c->nterms; j++) {
      sum += fabs(regressions[f]->normalized[j]);
      reference += fabs(c->normalized[f * c->nterms + j]);
    }
  }
  return (PetscBool)(sum > 0.0 && fabs(sum - reference) < c->delta);
}

static PetscBool same_as_reference(DscConvergence c, const DscRegression *const regressions[])
{
  PetscInt count = 0;

  if (c->since < 0) return PETSC_FALSE;
  if (c->by_sum) return same_sum(c, regressions);
  for (PetscInt f = 0; f < c->nleft; f++) {
    const double tolerance = c->tolerance * largest(c, c->normalized + f * c->nterms);

    for (PetscInt j = 0; j < c->nterms; j++) {
      const PetscInt i = f * c->nterms + j;

      if (regressions[f]->active[j] != c->active[i]) return PETSC_FALSE;
      if (!c->active[i]) continue;
      if (fabs(regressions[f]->normalized[j] - c->normalized[i]) > tolerance) return PETSC_FALSE;
      count++;
    }
  }
  return (PetscBool)(count > 0);
}

PetscErrorCode DscConvergenceCheck(DscConvergence c, PetscInt iteration, const DscRegression *const regressions[],
                                   PetscBool *stable)
{
  PetscFunctionBeginUser;
  *stable = PETSC_FALSE;
  if (c->patience == 0 || iteration % c->interval != 0) PetscFunctionReturn(0);
  if (same_as_reference(c, regressions)) {
    *stable = (PetscBool)(iteration >= c->minimum && iteration - c->since >= c->patience);
    PetscFunctionReturn(0);
  }
  c->since = iteration;
  for (PetscInt f = 0; f < c->nleft; f++) {
    PetscCall(PetscArraycpy(c->active + f * c->nterms, regressions[f]->active, c->nterms));
    PetscCall(PetscArraycpy(c->normalized + f * c->nterms, regressions[f]->normalized, c->nterms));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscConvergenceIsOn(DscConvergence convergence, PetscBool *on)
{
  PetscFunctionBeginUser;
  *on = (PetscBool)(convergence->patience > 0);
  PetscFunctionReturn(0);
}

PetscErrorCode DscConvergenceSave(DscConvergence c, DscBuffer state)
{
  const PetscInt n = c->nleft * c->nterms;

  PetscFunctionBeginUser;
  PetscCall(DscBufferPutInts(state, "convergence/1", 1, &c->since));
  PetscCall(DscBufferPutBytes(state, "active", n * (PetscInt)sizeof(PetscBool), c->active));
  PetscCall(DscBufferPutReals(state, "normalized", n, c->normalized));
  PetscFunctionReturn(0);
}

PetscErrorCode DscConvergenceRestore(DscConvergence c, DscBuffer state)
{
  const PetscInt n = c->nleft * c->nterms;

  PetscFunctionBeginUser;
  PetscCall(DscBufferGetInts(state, "convergence/1", 1, &c->since));
  PetscCall(DscBufferGetBytes(state, "active", n * (PetscInt)sizeof(PetscBool), c->active));
  PetscCall(DscBufferGetReals(state, "normalized", n, c->normalized));
  PetscFunctionReturn(0);
}
