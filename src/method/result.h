/*
  Filling a DscResult, and its tables as bytes.
*/
#ifndef DISCERN_METHOD_RESULT_H
#define DISCERN_METHOD_RESULT_H

#include <discern/method.h>

/* Room for the equation, all zero; names are the caller's to set. */
PETSC_INTERN PetscErrorCode DscResultAllocate(DscResult *result, PetscInt nleft, PetscInt nterms);
/* Names of the equation and the true one of each experiment's data set, in the library's terms; everything else 0.
   Left-hand sides are those of the first experiment, then those of the second: 'u_t[1]', 'u_t[2]', ..., or 'u_t' of a
   single one. */
PETSC_INTERN PetscErrorCode DscResultSetEquation(DscResult *result, DscLibrary library, PetscInt nexperiments,
                                                 const DscDataSet *const data[]);
/* Whether every term of the true equation is in the library; true where the equation is not known. */
PETSC_INTERN PetscErrorCode DscTruthIsInLibrary(DscLibrary library, const DscDataSet *data, PetscBool *inside);
/* Coefficients of one left-hand side: exactly 0 where inactive. */
PETSC_INTERN PetscErrorCode DscResultSetRegression(DscResult *result, PetscInt left, const DscRegression *regression);
/* exact and coefficient_error, from the coefficients and the truth; a true term outside the library counts as missed. */
PETSC_INTERN PetscErrorCode DscResultCompareTruth(DscResult *result, PetscBool truth_inside);
/* '; text' behind the reason. */
PETSC_INTERN PetscErrorCode DscResultAddReason(DscResult *result, const char text[]);
/* N (ln mse + ln reg) + ln N nnz of one left-hand side. */
PETSC_INTERN double DscResultBIC(double nsamples, double mse, double reg, PetscInt nnz);
/* A table as bytes, and back into an empty one. */
PETSC_INTERN PetscErrorCode DscTablePut(const DscTable *table, DscBuffer buffer);
PETSC_INTERN PetscErrorCode DscTableGet(DscBuffer buffer, DscTable *table);

#endif
