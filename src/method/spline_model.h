/*
  A quadratic model of what the coefficients of all terms cost: 2 b'x - x'S x is how far v falls for coefficients x, S [n][n]
  and b [n]. Terms are added and dropped on it, each for a penalty of its own.
*/
#ifndef DISCERN_METHOD_SPLINE_MODEL_H
#define DISCERN_METHOD_SPLINE_MODEL_H

#include <petscsys.h>

typedef struct {
  PetscInt   n;                /* terms at most */
  double    *A, *row;          /* (owned) [n][n], [n] */
  double    *x, *gain, *value; /* (owned) [n] answers of DscSplineModelGains */
  PetscBool *without;          /* (owned) [n] */
} DscSplineModel;

PETSC_INTERN PetscErrorCode DscSplineModelCreate(PetscInt n, DscSplineModel *model);
PETSC_INTERN PetscErrorCode DscSplineModelDestroy(DscSplineModel *model);
/* x: the best coefficients on the active terms, 0 elsewhere. For every other term j, gain[j]: how much further v would
   fall if it were added, and value[j], its coefficient then; 0 for terms that the active ones already span. n may be less
   than the model's. PETSC_ERR_FP where S is singular on the active terms. Not collective, allocation-free. */
PETSC_INTERN PetscErrorCode DscSplineModelGains(DscSplineModel *model, PetscInt n, const double S[], const double b[],
                                                const PetscBool active[]);
/* The term with the largest gain above 0; -1: none. */
PETSC_INTERN PetscInt DscSplineModelLargest(PetscInt n, const double gain[]);
/* Drops active terms that gain less than their penalty and adds others that gain more, one at a time; x as above. */
PETSC_INTERN PetscErrorCode DscSplineModelSelect(DscSplineModel *model, const double S[], const double b[],
                                                 const double penalty[], PetscBool active[]);

#endif
