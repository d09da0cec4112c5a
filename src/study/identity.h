/*
  Whether two sets of options make the same numbers: what a restart may go on from.
*/
#ifndef STUDY_IDENTITY_H
#define STUDY_IDENTITY_H

#include <discern/study.h>

/* The keys whose values differ, but for those that cannot change a number: 'data_noise (0.1, was 0.2)'; '' if none does.
   now, before: DscOptionsToText(). Not collective. */
PETSC_EXTERN PetscErrorCode DscIdentityDiffer(const char now[], const char before[], size_t size, char differing[]);

#endif
