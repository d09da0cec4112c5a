/*
  When a study must stop early: a signal (USR1, TERM, INT), the time given to it (-max_walltime), or a file
  <output>.stop. Whoever sees one tells the others through the queue's window.
*/
#ifndef STUDY_STOP_H
#define STUDY_STOP_H

#include "study/queue.h"

typedef struct _p_DscStop *DscStop;

typedef enum { DSC_STOP_NONE, DSC_STOP_SIGNAL, DSC_STOP_WALLTIME, DSC_STOP_FILE } DscStopCause;

/* The clock of -max_walltime starts here; a time that cannot be read is a user error. watch: from now on signals are
   counted and no longer end the program. Collective. */
PETSC_EXTERN PetscErrorCode DscStopCreate(MPI_Comm comm, DscOptions options, const char output[], PetscBool watch,
                                          DscStop *stop);
/* A stop seen here closes the queue and is told to the others. asks: this rank looks for what others tell, about once a
   second; one rank of a group is enough. NULL: on its own again. queue is (not owned). Not collective. */
PETSC_EXTERN PetscErrorCode DscStopConnect(DscStop stop, DscQueue queue, PetscBool asks);
/* Whether to stop; once an iteration, quick. Not collective. */
PETSC_EXTERN PetscErrorCode DscStopLook(DscStop stop, PetscBool *stopped);
/* What any rank has seen, and whether some rank has got a second signal: sooner. Collective. */
PETSC_EXTERN PetscErrorCode DscStopAgree(DscStop stop, DscStopCause *cause, PetscBool *sooner);
/* The file <output>.stop has had its effect, or there is nothing left to stop: it goes. Not collective. */
PETSC_EXTERN PetscErrorCode DscStopRemoveFile(DscStop stop);
PETSC_EXTERN PetscErrorCode DscStopDestroy(DscStop *stop);

/* 'a signal', 'the time limit', 'the stop file'. */
PETSC_EXTERN const char *DscStopCauseName(DscStopCause cause);
/* Seconds, 'H:MM:SS' or 'D-HH:MM:SS'; false where it is none of them, or no time at all. */
PETSC_EXTERN PetscBool DscWalltimeParse(const char text[], double *seconds);

#endif
