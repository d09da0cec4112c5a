/*
  The ratio lambda = beta / tau of the dynamic prior over the iterations: -prior_schedule (paper 000, outlook).
    constant   sbl_lambda
    linear     through the ratios of -prior_ratios to sbl_lambda, straight lines between them
    geometric  the same in the logarithm of the ratio
    cosine     half cosines in its logarithm
  The ratios stand at even intervals; the first is that of iteration -constraint_start, and sbl_lambda holds from
  -prior_iterations later on.

  With -prior_exponent p this is multiplied by m^p, where m = |u - u^|^2 / N in scaled units. It begins near 1, and falls
  as the network learns to the share of noise in the data's variance: the equation is strong at first, and stays stronger
  the noisier the data.

  The ratio depends on the iteration and on m alone: a restart needs no state of it.
*/
#ifndef DISCERN_METHOD_PRIOR_SCHEDULE_H
#define DISCERN_METHOD_PRIOR_SCHEDULE_H

#include <discern/method.h>

typedef enum { DSC_PRIOR_CONSTANT, DSC_PRIOR_LINEAR, DSC_PRIOR_GEOMETRIC, DSC_PRIOR_COSINE } DscPriorKind;

typedef struct {
  DscPriorKind kind;
  PetscInt     start, end; /* iterations at the first ratio and at the last; equal where constant */
  PetscInt     nratios;
  double      *ratios; /* (owned) [nratios] positive; the last is sbl_lambda */
  double       exponent;
} DscPriorSchedule;

/* A user error where a schedule has nothing to act on: another constraint or prior, or too few iterations. */
PETSC_INTERN PetscErrorCode DscPriorScheduleCreate(DscOptions options, DscPriorSchedule *schedule);
PETSC_INTERN PetscErrorCode DscPriorScheduleDestroy(DscPriorSchedule *schedule);
/* mse: of a field, in scaled units. */
PETSC_INTERN double DscPriorScheduleRatio(const DscPriorSchedule *schedule, PetscInt iteration, double mse);
/* One line for the plan of a run; nothing where constant. */
PETSC_INTERN PetscErrorCode DscPriorSchedulePrint(MPI_Comm comm, const DscPriorSchedule *schedule);

#endif
