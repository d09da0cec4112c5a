/*
  The end of a study, also before its time: the results file, and what is said about it.
*/
#ifndef STUDY_FINISH_H
#define STUDY_FINISH_H

#include "study/restart.h"

/* Runs without a record are entered as stopped. Writes the results, but not after a second signal; removes journal and
   checkpoints where every run is finished. If the results cannot be written, both stay, and the error says so.
   Collective. */
PETSC_EXTERN PetscErrorCode DscStudyFinish(MPI_Comm comm, DscOptions options, const DscPlan *plan, const char output[],
                                           DscStop stop, DscRestart *restart, DscExitCode *exit_code);
/* Done if every run is; otherwise finished in part, or to be gone on with. Collective. */
PETSC_EXTERN PetscErrorCode DscStudyJudge(MPI_Comm comm, const DscRecords *records, DscExitCode *exit_code);

#endif
