/*
  The data sets of the results file that have a row a run, and the members of DscResult that they hold: one table for
  writing and for reading.
*/
#ifndef STUDY_FIELDS_H
#define STUDY_FIELDS_H

#include "study/runs.h"

typedef enum {
  DSC_ROW_FLAG,       /* int */
  DSC_ROW_COUNT,      /* int64_t in the file, PetscInt in the result */
  DSC_ROW_REAL,       /* double */
  DSC_ROW_REASON,     /* text of a fixed size */
  DSC_ROW_TERM_REALS, /* double [left][term] */
  DSC_ROW_TERM_FLAGS  /* int [left][term] */
} DscRowKind;

typedef struct {
  const char *path;
  DscRowKind  kind;
  size_t      member; /* offset in DscResult; a pointer there for DSC_ROW_TERM_* */
  const char *units, *long_name;
} DscField;

enum { DSC_FIELD_COUNT = 15 };
PETSC_EXTERN const DscField DscFields[DSC_FIELD_COUNT];

PETSC_EXTERN PetscBool DscFieldHasTerms(const DscField *field);
/* Bytes of a row whose equation has nleft x nterms entries. */
PETSC_EXTERN size_t DscFieldSize(const DscField *field, PetscInt nleft, PetscInt nterms);

#endif
