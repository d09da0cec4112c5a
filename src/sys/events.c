/* The steps of an iteration as PETSc events. */
#include "sys/events_private.h"

PetscLogEvent DscEvents[DSC_EVENT_COUNT];

PetscErrorCode DscEventsRegister(void)
{
  static const char *const names[DSC_EVENT_COUNT] = {"DscForward",  "DscStatistics", "DscCouple",
                                                     "DscBackward", "DscGradient",   "DscOptimizer"};
  PetscClassId             classid;

  PetscFunctionBeginUser;
  PetscCall(PetscClassIdRegister("discern", &classid));
  for (int i = 0; i < DSC_EVENT_COUNT; i++) PetscCall(PetscLogEventRegister(names[i], classid, &DscEvents[i]));
  PetscFunctionReturn(0);
}
