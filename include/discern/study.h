/*
  study: many runs, one file.
*/
#ifndef DISCERN_STUDY_H
#define DISCERN_STUDY_H

#include <discern/method.h>

PETSC_EXTERN PetscErrorCode DscStudyRegisterOptions(void);
/* All runs of the sweep in options; writes -output; exit_code is one of DscExitCode. Collective on comm. */
PETSC_EXTERN PetscErrorCode DscStudyRun(MPI_Comm comm, DscOptions options, DscExitCode *exit_code);
/* Prints equations with error bars, success rates, timing of a results file. by: 'KEY' or 'KEY,KEY2', the swept keys by
   which success is told (NULL: every one but seed); all: nothing is shortened; front: also the best sets of each number
   of terms. A user error if the file cannot be read or has no such key. Collective; prints on rank 0. */
PETSC_EXTERN PetscErrorCode DscStudyReport(MPI_Comm comm, const char path[], const char by[], PetscBool all,
                                           PetscBool front);
/* Figures of a results file, or of a table of scaling measurements (*.csv), into a folder, which is made if it is missing:
   what they show, each with its gnuplot script and its numbers. run: the number of the run whose history and maps are
   drawn (NULL: the first that is done); format: png (NULL) or svg. A user error where anything is refused or gnuplot is
   missing. Collective; done by rank 0, the others wait. */
PETSC_EXTERN PetscErrorCode DscStudyPlot(MPI_Comm comm, const char path[], const char folder[], const char run[],
                                         const char format[]);
/* One results file at out from those of one study at paths [nfiles] (parts of an array, filtered reruns), of which out may
   be one. A run in several files: a finished one is taken before a stopped one, then that of the later file. Prints how
   many of the study's runs are there; exit_code as of a run, where missing runs are runs not done. A user error, and out
   untouched, if the files are not of one study or cannot be read, or if out holds other runs. Collective. */
PETSC_EXTERN PetscErrorCode DscStudyMerge(MPI_Comm comm, PetscInt nfiles, const char *const paths[], const char out[],
                                          DscExitCode *exit_code);

#endif
