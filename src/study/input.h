/*
  A results file, open for reading on one rank. Whatever is missing, damaged or of another shape is the file's fault: a
  user error that names the file and the thing. Nothing here is collective.
*/
#ifndef STUDY_INPUT_H
#define STUDY_INPUT_H

#include <discern/study.h>

typedef struct {
  hid_t file; /* (owned) */
  char  path[PETSC_MAX_PATH_LEN];
} DscInput;

/* Also a user error where it is not a results file or of a later schema. */
PETSC_EXTERN PetscErrorCode DscInputOpen(const char path[], DscInput *input);
/* Closes also whatever a failed read has left open. */
PETSC_EXTERN PetscErrorCode DscInputClose(DscInput *input);
PETSC_EXTERN PetscErrorCode DscInputHas(const DscInput *input, const char name[], PetscBool *there);
/* The elements of a data set, all dimensions together. */
PETSC_EXTERN PetscErrorCode DscInputCount(const DscInput *input, const char name[], int64_t *n);
/* All of a data set of n elements; memory: their type in memory. */
PETSC_EXTERN PetscErrorCode DscInputRead(const DscInput *input, const char name[], hid_t memory, int64_t n,
                                         void *values);
/* Rows [first, first + count) of dimension 0, each of `elements` elements. */
PETSC_EXTERN PetscErrorCode DscInputReadRows(const DscInput *input, const char name[], hid_t memory, int64_t elements,
                                             int64_t first, int64_t count, void *values);
/* As DscInputReadRows, of text: texts [count][size], each ended with a zero and cut to size - 1. */
PETSC_EXTERN PetscErrorCode DscInputReadTexts(const DscInput *input, const char name[], size_t size, int64_t first,
                                              int64_t count, void *texts);
PETSC_EXTERN PetscErrorCode DscInputIsText(const DscInput *input, const char name[], PetscBool *text);
/* Attributes of object: texts of any length (allocated; DscOptionsRestoreStrings), and one integer, which stays as it is
   where there is no such attribute. */
PETSC_EXTERN PetscErrorCode DscInputGetTexts(const DscInput *input, const char object[], const char name[], PetscInt *n,
                                             char ***texts);
PETSC_EXTERN PetscErrorCode DscInputGetInt(const DscInput *input, const char object[], const char name[], int *value);
/* The user error of this page, where condition is false. */
PETSC_EXTERN PetscErrorCode DscInputCheck(const DscInput *input, PetscBool condition, const char what[]);

#endif
