/* What initialisation shares with the error handler. */
#ifndef DISCERN_SYS_ERRORS_PRIVATE_H
#define DISCERN_SYS_ERRORS_PRIVATE_H

#include <discern/sys.h>

/* The PetscErrorHandler of the program. */
PETSC_INTERN PetscErrorCode DscErrorHandler(MPI_Comm comm, int line, const char function[], const char file[],
                                            PetscErrorCode code, PetscErrorType type, const char message[],
                                            void *context);
/* Print the chain of callers under every later error. */
PETSC_INTERN void DscErrorSetTraceback(PetscBool traceback);
/* Collective on comm, which nothing else uses: prints an error that was not printed yet. A rank whose error the others
   never heard of would wait for ever in MPI_Finalize(): after a grace time it aborts the job instead. */
PETSC_INTERN PetscErrorCode DscErrorSettle(MPI_Comm comm);

#endif
