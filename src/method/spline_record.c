#include "method/spline_record.h"

PetscErrorCode DscSplineRecordCreate(const DscSplineProblem *problem, DscSplineRecord *r)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(r, sizeof(*r)));
  r->nfields  = problem->nfields;
  r->columns  = problem->nfields * problem->nterms;
  r->capacity = 64;
  PetscCall(PetscMalloc1((size_t)r->capacity * (size_t)r->columns, &r->sets));
  PetscCall(PetscMalloc1(r->capacity, &r->found));
  for (PetscInt k = 0; k < DSC_SPLINE_KEPT; k++) {
    PetscCall(DscSplineFitCreate(problem, &r->kept[k]));
    r->kept[k].score = PETSC_MAX_REAL;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineRecordDestroy(DscSplineRecord *r)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(r->sets));
  PetscCall(PetscFree(r->found));
  for (PetscInt k = 0; k < DSC_SPLINE_KEPT; k++) PetscCall(DscSplineFitDestroy(&r->kept[k]));
  PetscFunctionReturn(0);
}

PetscInt DscSplineRecordFind(const DscSplineRecord *r, const PetscBool active[])
{
  const size_t n = (size_t)r->columns;
  PetscInt     k = 0;

  while (k < r->n && memcmp(r->sets + (size_t)k * n, active, n * sizeof(PetscBool)) != 0) k++;
  return k;
}

PetscErrorCode DscSplineRecordRemember(DscSplineRecord *r, const DscSplineFit *fit, PetscBool given_up)
{
  const size_t    columns = (size_t)r->columns;
  const PetscInt  k       = DscSplineRecordFind(r, fit->active);
  DscSplineFound *found;

  PetscFunctionBeginUser;
  if (k == r->capacity) {
    r->capacity *= 2;
    PetscCall(PetscRealloc((size_t)r->capacity * columns * sizeof(PetscBool), &r->sets));
    PetscCall(PetscRealloc((size_t)r->capacity * sizeof(DscSplineFound), &r->found));
  }
  found = r->found + k;
  if (k == r->n) {
    PetscCall(PetscArraycpy(r->sets + (size_t)r->n++ * columns, fit->active, columns));
    found->score = PETSC_MAX_REAL;
  }
  if (given_up || fit->score >= found->score) PetscFunctionReturn(0);
  found->score = fit->score;
  for (PetscInt f = 0; f < r->nfields; f++) found->sse[f] = fit->value.sse[f];
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineRecordKeep(DscSplineRecord *r, const DscSplineFit *fit)
{
  PetscInt place = 0;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < DSC_SPLINE_KEPT; k++) {
    if (r->kept[k].score < PETSC_MAX_REAL && DscSplineFitSameSet(&r->kept[k], fit)) {
      if (fit->score < r->kept[k].score) PetscCall(DscSplineFitCopy(fit, &r->kept[k]));
      PetscFunctionReturn(0);
    }
    if (r->kept[k].score > r->kept[place].score) place = k;
  }
  if (fit->score >= r->kept[place].score) PetscFunctionReturn(0);
  PetscCall(DscSplineFitCopy(fit, &r->kept[place]));
  r->expanded[place] = PETSC_FALSE;
  PetscFunctionReturn(0);
}

PetscInt DscSplineRecordNext(const DscSplineRecord *r, double limit)
{
  PetscInt place = -1;

  for (PetscInt k = 0; k < DSC_SPLINE_KEPT; k++) {
    if (r->expanded[k] || r->kept[k].score > limit) continue;
    if (place < 0 || r->kept[k].score < r->kept[place].score) place = k;
  }
  return place;
}
