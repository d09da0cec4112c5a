#include "method/spline_model.h"

#include <petscblaslapack.h>

#define SPANNED 1e-8 /* of a term's square left beside the active ones: it adds nothing */

PetscErrorCode DscSplineModelCreate(PetscInt n, DscSplineModel *model)
{
  PetscFunctionBeginUser;
  model->n = n;
  PetscCall(PetscMalloc6((n * n), &model->A, n, &model->row, n, &model->x, n, &model->gain, n, &model->value, n,
                         &model->without));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineModelDestroy(DscSplineModel *model)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree6(model->A, model->row, model->x, model->gain, model->value, model->without));
  PetscFunctionReturn(0);
}

/* The factor of S on the active terms, scaled to a unit diagonal, in A; x there. *m: how many they are. */
static PetscErrorCode solve_active(DscSplineModel *model, PetscInt n, const double S[], const double b[],
                                   const PetscBool active[], PetscInt *m)
{
  double      *A = model->A, *row = model->row;
  PetscBLASInt bm, one            = 1, info;

  PetscFunctionBeginUser;
  *m = 0;
  for (PetscInt i = 0; i < n; i++) *m += active[i] ? 1 : 0;
  for (PetscInt i = 0, r = 0; i < n; i++) {
    if (!active[i]) continue;
    for (PetscInt j = 0, q = 0; j < n; j++) {
      if (active[j]) A[r * *m + q++] = S[i * n + j] / sqrt(S[i * n + i] * S[j * n + j]) + (i == j ? 1e-10 : 0.0);
    }
    row[r++] = b[i] / sqrt(S[i * n + i]);
  }
  bm = (PetscBLASInt)*m;
  if (*m > 0) {
    PetscCallBLAS("LAPACKpotrf", LAPACKpotrf_("L", &bm, A, &bm, &info));
    PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_FP, "the terms' information matrix is singular");
    PetscCallBLAS("LAPACKpotrs", LAPACKpotrs_("L", &bm, &one, A, &bm, row, &bm, &info));
  }
  for (PetscInt i = 0, r = 0; i < n; i++) model->x[i] = active[i] ? row[r++] / sqrt(S[i * n + i]) : 0.0;
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineModelGains(DscSplineModel *model, PetscInt n, const double S[], const double b[],
                                   const PetscBool active[])
{
  double  *A = model->A, *row = model->row;
  PetscInt m;

  PetscFunctionBeginUser;
  PetscCall(solve_active(model, n, S, b, active, &m));
  for (PetscInt j = 0; j < n; j++) {
    double rest = b[j], square = S[j * n + j];

    model->gain[j] = model->value[j] = 0.0;
    if (active[j] || !(square > 0.0)) continue;
    for (PetscInt i = 0; i < n; i++) rest -= S[j * n + i] * model->x[i];
    for (PetscInt i = 0, r = 0; i < n; i++) {
      if (active[i]) row[r++] = S[j * n + i] / sqrt(S[i * n + i]);
    }
    for (PetscInt r = 0; r < m; r++) { /* forward substitution: what the active terms explain of this one */
      for (PetscInt q = 0; q < r; q++) row[r] -= A[q * m + r] * row[q];
      row[r] /= A[r * m + r];
      square -= row[r] * row[r];
    }
    if (square < SPANNED * S[j * n + j]) continue;
    model->gain[j]  = rest * rest / square;
    model->value[j] = rest / square;
  }
  PetscFunctionReturn(0);
}

PetscInt DscSplineModelLargest(PetscInt n, const double gain[])
{
  PetscInt best = -1;

  for (PetscInt j = 0; j < n; j++) {
    if (gain[j] > 0.0 && (best < 0 || gain[j] > gain[best])) best = j;
  }
  return best;
}

/* *out: the active term that is worth its penalty least; -1: all are worth it. */
static PetscErrorCode find_worthless(DscSplineModel *model, const double S[], const double b[], const double penalty[],
                                     const PetscBool active[], PetscInt *out)
{
  const PetscInt n     = model->n;
  double         least = 0.0;

  PetscFunctionBeginUser;
  *out = -1;
  PetscCall(PetscArraycpy(model->without, active, n));
  for (PetscInt j = 0; j < n; j++) {
    if (!active[j]) continue;
    model->without[j] = PETSC_FALSE;
    PetscCall(DscSplineModelGains(model, n, S, b, model->without));
    model->without[j] = PETSC_TRUE;
    if (model->gain[j] - penalty[j] < least) {
      least = model->gain[j] - penalty[j];
      *out  = j;
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineModelSelect(DscSplineModel *model, const double S[], const double b[], const double penalty[],
                                    PetscBool active[])
{
  const PetscInt n = model->n;

  PetscFunctionBeginUser;
  for (PetscInt step = 0; step < 4 * n; step++) { /* each lowers v + penalties: the limit is for rounding's sake */
    PetscInt out, in;

    PetscCall(find_worthless(model, S, b, penalty, active, &out));
    if (out >= 0) {
      active[out] = PETSC_FALSE;
      continue;
    }
    PetscCall(DscSplineModelGains(model, n, S, b, active));
    for (PetscInt j = 0; j < n; j++) model->gain[j] -= penalty[j];
    in = DscSplineModelLargest(n, model->gain);
    if (in < 0) break;
    active[in] = PETSC_TRUE;
  }
  PetscCall(DscSplineModelGains(model, n, S, b, active));
  PetscFunctionReturn(0);
}
