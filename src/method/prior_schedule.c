#include "method/prior_schedule.h"

#include <float.h>
#include <math.h>

static const char *const names[] = {"constant", "linear", "geometric", "cosine"};

/* What makes the ratio change needs a prior that has one. */
static PetscErrorCode check_prior(DscOptions options, const char key[])
{
  const char *constraint, *prior;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetString(options, "constraint", &constraint));
  DscOptionsUserCheck(strcmp(constraint, "sbl") == 0, options, PETSC_COMM_SELF, key,
                      "changes the prior of sbl, and constraint %s has none; use constraint sbl, or leave it out",
                      constraint);
  PetscCall(DscOptionsGetString(options, "sbl_prior", &prior));
  DscOptionsUserCheck(strcmp(prior, "dynamic") == 0, options, PETSC_COMM_SELF, key,
                      "changes the ratio of the dynamic prior, and sbl_prior is %s; use dynamic, or leave it out",
                      prior);
  PetscFunctionReturn(0);
}

static PetscErrorCode check_length(DscOptions options, const DscPriorSchedule *s)
{
  PetscInt iterations;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetInt(options, "train_iterations", &iterations));
  DscOptionsUserCheck(s->end <= iterations, options, PETSC_COMM_SELF, "prior_schedule",
                      "ends at iteration %" PetscInt_FMT " (constraint_start + prior_iterations), and there are at "
                      "most %" PetscInt_FMT "; lower prior_iterations or raise train_iterations",
                      s->end, iterations);
  PetscFunctionReturn(0);
}

PetscErrorCode DscPriorScheduleCreate(DscOptions options, DscPriorSchedule *s)
{
  const char *name;
  double      last, *before;
  PetscInt    n, iterations;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(s, sizeof(*s)));
  PetscCall(DscOptionsGetString(options, "prior_schedule", &name));
  for (int k = 0; k < (int)PETSC_STATIC_ARRAY_LENGTH(names); k++) {
    if (strcmp(name, names[k]) == 0) s->kind = (DscPriorKind)k;
  }
  PetscCall(DscOptionsGetReal(options, "sbl_lambda", &last));
  PetscCall(DscOptionsGetReal(options, "prior_exponent", &s->exponent));
  if (s->exponent > 0.0) PetscCall(check_prior(options, "prior_exponent"));
  PetscCall(DscOptionsGetReals(options, "prior_ratios", &n, &before));
  if (s->kind == DSC_PRIOR_CONSTANT) n = 0;
  PetscCall(PetscMalloc1(n + 1, &s->ratios));
  PetscCall(PetscArraycpy(s->ratios, before, n));
  s->ratios[n] = last;
  s->nratios   = n + 1;
  PetscCall(PetscFree(before));
  if (s->kind == DSC_PRIOR_CONSTANT) PetscFunctionReturn(0);
  PetscCall(DscOptionsGetInt(options, "constraint_start", &s->start));
  PetscCall(DscOptionsGetInt(options, "prior_iterations", &iterations));
  s->end = s->start + iterations;
  PetscCall(check_prior(options, "prior_schedule"));
  PetscCall(check_length(options, s));
  PetscFunctionReturn(0);
}

PetscErrorCode DscPriorScheduleDestroy(DscPriorSchedule *s)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(s->ratios));
  PetscFunctionReturn(0);
}

static double base_ratio(const DscPriorSchedule *s, PetscInt iteration)
{
  double   place, part;
  PetscInt k;

  if (iteration >= s->end) return s->ratios[s->nratios - 1];
  if (iteration <= s->start) return s->ratios[0];
  place = (double)(iteration - s->start) / (double)(s->end - s->start) * (double)(s->nratios - 1);
  k     = PetscMin((PetscInt)place, s->nratios - 2);
  part  = place - (double)k;
  if (s->kind == DSC_PRIOR_LINEAR) return s->ratios[k] + part * (s->ratios[k + 1] - s->ratios[k]);
  if (s->kind == DSC_PRIOR_COSINE) part = 0.5 * (1.0 - cos(PETSC_PI * part));
  return s->ratios[k] * exp(part * log(s->ratios[k + 1] / s->ratios[k]));
}

double DscPriorScheduleRatio(const DscPriorSchedule *s, PetscInt iteration, double mse)
{
  return base_ratio(s, iteration) * pow(PetscMax(mse, DBL_MIN), s->exponent);
}

PetscErrorCode DscPriorSchedulePrint(MPI_Comm comm, const DscPriorSchedule *s)
{
  PetscFunctionBeginUser;
  if (s->kind == DSC_PRIOR_CONSTANT && s->exponent == 0.0) PetscFunctionReturn(0);
  PetscCall(PetscPrintf(comm, "prior:       beta / tau"));
  for (PetscInt k = 0; k < s->nratios; k++) PetscCall(PetscPrintf(comm, "%s %.4g", k ? "," : "", s->ratios[k]));
  if (s->kind != DSC_PRIOR_CONSTANT) {
    PetscCall(PetscPrintf(comm, " from iteration %" PetscInt_FMT " to %" PetscInt_FMT ", %s", s->start, s->end,
                          names[s->kind]));
  }
  if (s->exponent > 0.0) PetscCall(PetscPrintf(comm, ", times (mse / variance)^%.4g", s->exponent));
  PetscCall(PetscPrintf(comm, "\n"));
  PetscFunctionReturn(0);
}
