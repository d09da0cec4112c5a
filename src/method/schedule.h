/*
  When terms are masked: -mask_schedule (paper 002: DeepMoD 2.0, and its package DeePyMoD).
    periodic             from -mask_start on, every -mask_interval iterations (0: never)
    train_test           once: when the test error has not improved by more than -mask_delta for -mask_patience iterations,
                         the training goes back to where it was smallest, and the mask is found there
    train_test_periodic  the same, then every -mask_interval iterations
  The test error is the mean square over the test part, in scaled units, summed over the left-hand sides' fields: with
  -data_scale unit relative to their variances, with none as in DeePyMoD. It is looked at every -mask_test_interval
  iterations.
*/
#ifndef DISCERN_METHOD_SCHEDULE_H
#define DISCERN_METHOD_SCHEDULE_H

#include <discern/method.h>

typedef enum { DSC_SCHEDULE_PERIODIC, DSC_SCHEDULE_TRAIN_TEST, DSC_SCHEDULE_TRAIN_TEST_PERIODIC } DscScheduleKind;

typedef struct {
  DscScheduleKind kind;
  PetscInt        start, interval, patience, test_interval;
  double          delta;
  /* state */
  PetscInt best_iteration, recalled, masked; /* iterations; -1: not yet */
  double   best_error;
} DscSchedule;

/* What is due at an iteration: a mask, or to remember the present parameters, or to go back to those remembered. */
typedef struct {
  PetscBool mask, remember, recall;
} DscScheduleAction;

PETSC_INTERN PetscErrorCode DscScheduleCreate(DscOptions options, DscSchedule *schedule);
/* Iterations between tests that the schedule needs; 0: none. */
PETSC_INTERN PetscInt DscScheduleTestInterval(const DscSchedule *schedule);
/* Once an iteration, in their order. test_error: NaN where it is not known. After a recall the next iteration begins with
   the remembered parameters. */
PETSC_INTERN void DscScheduleStep(DscSchedule *schedule, PetscInt iteration, double test_error,
                                  DscScheduleAction *action);
/* Whether terms still wait for their first mask. */
PETSC_INTERN PetscBool      DscScheduleIsWaiting(const DscSchedule *schedule);
PETSC_INTERN PetscErrorCode DscScheduleSave(const DscSchedule *schedule, DscBuffer state);
PETSC_INTERN PetscErrorCode DscScheduleRestore(DscSchedule *schedule, DscBuffer state);

#endif
