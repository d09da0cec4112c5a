#include "method/schedule.h"

static const char *const names[] = {"periodic", "train_test", "train_test_periodic"};
static const char *const help[]  = {"masks at even intervals",
                                    "one mask, where the error on the test samples is smallest",
                                    "the same, then at even intervals"};

/* What the test error says is worth nothing without a test part. */
static PetscErrorCode check_test_part(DscOptions options)
{
  double fraction;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetReal(options, "data_test_fraction", &fraction));
  DscOptionsUserCheck(fraction > 0.0, options, PETSC_COMM_SELF, "mask_schedule",
                      "watches the error on samples kept for testing, and there are none; set data_test_fraction "
                      "(for example to 0.2), or use periodic");
  PetscFunctionReturn(0);
}

PetscErrorCode DscMaskScheduleList(PetscInt *n, const char *const **list_names, const char *const **list_help)
{
  PetscFunctionBeginUser;
  *n          = (PetscInt)PETSC_STATIC_ARRAY_LENGTH(names);
  *list_names = names;
  *list_help  = help;
  PetscFunctionReturn(0);
}

PetscErrorCode DscScheduleCreate(DscOptions options, DscSchedule *s)
{
  const char *name;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(s, sizeof(*s)));
  s->best_iteration = s->recalled = s->masked = -1;
  PetscCall(DscOptionsGetString(options, "mask_schedule", &name));
  for (int k = 0; k < (int)PETSC_STATIC_ARRAY_LENGTH(names); k++) {
    if (strcmp(name, names[k]) == 0) s->kind = (DscScheduleKind)k;
  }
  PetscCall(DscOptionsGetInt(options, "mask_start", &s->start));
  PetscCall(DscOptionsGetInt(options, "mask_interval", &s->interval));
  PetscCall(DscOptionsGetInt(options, "mask_patience", &s->patience));
  PetscCall(DscOptionsGetInt(options, "mask_test_interval", &s->test_interval));
  PetscCall(DscOptionsGetReal(options, "mask_delta", &s->delta));
  if (s->kind != DSC_SCHEDULE_PERIODIC) PetscCall(check_test_part(options));
  PetscFunctionReturn(0);
}

PetscInt DscScheduleTestInterval(const DscSchedule *s)
{
  return s->kind == DSC_SCHEDULE_PERIODIC ? 0 : s->test_interval;
}

PetscBool DscScheduleIsWaiting(const DscSchedule *s)
{
  const PetscBool never = (PetscBool)(s->kind == DSC_SCHEDULE_PERIODIC && s->interval == 0);

  return (PetscBool)(s->masked < 0 && !never);
}

static PetscBool is_period(const DscSchedule *s, PetscInt iteration, PetscInt start)
{
  return (PetscBool)(s->interval > 0 && iteration >= start && (iteration - start) % s->interval == 0);
}

/* Before the first mask: is this the best error so far, or has it been too long ago? */
static void watch_error(DscSchedule *s, PetscInt iteration, double error, DscScheduleAction *action)
{
  if (s->best_iteration < 0 || s->best_error - error > s->delta) {
    s->best_iteration = iteration;
    s->best_error     = error;
    action->remember  = PETSC_TRUE;
  } else if (iteration - s->best_iteration >= s->patience) {
    s->recalled    = iteration;
    action->recall = PETSC_TRUE;
  }
}

void DscScheduleStep(DscSchedule *s, PetscInt iteration, double test_error, DscScheduleAction *action)
{
  *action = (DscScheduleAction){.mask = PETSC_FALSE};
  if (s->kind == DSC_SCHEDULE_PERIODIC)
    action->mask = is_period(s, iteration, s->start);
  else if (s->masked >= 0)
    action->mask = (PetscBool)(s->kind == DSC_SCHEDULE_TRAIN_TEST_PERIODIC && is_period(s, iteration, s->masked));
  else if (s->recalled >= 0)
    action->mask = PETSC_TRUE;
  else if (!isnan(test_error))
    watch_error(s, iteration, test_error, action);
  if (action->mask && s->masked < 0) s->masked = iteration;
}

enum { INT_BEST, INT_RECALLED, INT_MASKED, INTS };

PetscErrorCode DscScheduleSave(const DscSchedule *s, DscBuffer state)
{
  const PetscInt ints[INTS] = {[INT_BEST] = s->best_iteration, [INT_RECALLED] = s->recalled, [INT_MASKED] = s->masked};

  PetscFunctionBeginUser;
  PetscCall(DscBufferPutInts(state, "schedule/1", INTS, ints));
  PetscCall(DscBufferPutReals(state, "best_error", 1, &s->best_error));
  PetscFunctionReturn(0);
}

PetscErrorCode DscScheduleRestore(DscSchedule *s, DscBuffer state)
{
  PetscInt ints[INTS];

  PetscFunctionBeginUser;
  PetscCall(DscBufferGetInts(state, "schedule/1", INTS, ints));
  PetscCall(DscBufferGetReals(state, "best_error", 1, &s->best_error));
  s->best_iteration = ints[INT_BEST];
  s->recalled       = ints[INT_RECALLED];
  s->masked         = ints[INT_MASKED];
  PetscFunctionReturn(0);
}
