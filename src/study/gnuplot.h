/*
  The program gnuplot as a child process.
*/
#ifndef STUDY_GNUPLOT_H
#define STUDY_GNUPLOT_H

#include <discern/study.h>

/* A user error, which says how to install it, if there is no gnuplot on the PATH. cairo: it draws with pngcairo.
   Not collective. */
PETSC_INTERN PetscErrorCode DscGnuplotFind(PetscBool *cairo);
/* Runs a script of a folder in that folder. A user error with gnuplot's own message if it fails. Not collective. */
PETSC_INTERN PetscErrorCode DscGnuplotRun(const char folder[], const char script[]);

#endif
