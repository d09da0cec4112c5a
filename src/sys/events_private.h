#ifndef DISCERN_SYS_EVENTS_PRIVATE_H
#define DISCERN_SYS_EVENTS_PRIVATE_H

#include <discern/sys.h>

PETSC_INTERN PetscErrorCode DscEventsRegister(void);

#endif
