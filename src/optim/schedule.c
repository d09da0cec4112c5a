/*
  Learning-rate schedules: a factor of the base rate as a function of the fraction x of the planned iterations.
    constant  1 after the warm-up
    cosine    half a cosine from 1 to final_factor after the warm-up (Loshchilov and Hutter 2017, one period)
    onecycle  half a cosine from 1/25 up to 1 during the warm-up, another down to final_factor (Smith and Topin 2019)
  The warm-up of constant and cosine is linear from 0.
*/
#include <discern/optim.h>

#define ONECYCLE_START (1.0 / 25.0)

/* Half a cosine: `from` at s = 0, `to` at s = 1. */
static double halfCosine(double from, double to, double s)
{
  return to + 0.5 * (from - to) * (1.0 + cos(PETSC_PI * s));
}

PetscErrorCode DscScheduleFactor(const char schedule[], double fraction, double warmup, double final_factor,
                                 double *factor)
{
  PetscBool constant, cosine, onecycle;
  double    s;

  PetscFunctionBeginUser;
  PetscCall(PetscStrcmp(schedule, "constant", &constant));
  PetscCall(PetscStrcmp(schedule, "cosine", &cosine));
  PetscCall(PetscStrcmp(schedule, "onecycle", &onecycle));
  PetscCheck(constant || cosine || onecycle, PETSC_COMM_SELF, PETSC_ERR_ARG_UNKNOWN_TYPE,
             "unknown schedule '%s': constant, cosine or onecycle", schedule);
  PetscCheck(fraction >= 0.0 && fraction <= 1.0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "fraction %g is not in [0, 1]", fraction);
  PetscCheck(warmup >= 0.0 && warmup < 1.0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "warmup %g is not in [0, 1)",
             warmup);
  if (fraction < warmup) {
    s       = fraction / warmup;
    *factor = onecycle ? halfCosine(ONECYCLE_START, 1.0, s) : s;
  } else {
    s       = (fraction - warmup) / (1.0 - warmup);
    *factor = constant ? 1.0 : halfCosine(1.0, final_factor, s);
  }
  PetscFunctionReturn(0);
}
