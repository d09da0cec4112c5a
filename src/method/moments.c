#include "method/moments.h"

#include <petscblaslapack.h>

PetscErrorCode DscMomentsCreate(PetscInt nterms, PetscInt nleft, double nsamples, DscMoments *moments)
{
  PetscFunctionBeginUser;
  moments->nterms   = nterms;
  moments->nleft    = nleft;
  moments->nrows    = nterms + nleft;
  moments->nsamples = nsamples;
  PetscCall(PetscCalloc2((moments->nrows * moments->nrows), &moments->C, nleft, &moments->sse));
  PetscFunctionReturn(0);
}

PetscErrorCode DscMomentsDestroy(DscMoments *moments)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree2(moments->C, moments->sse));
  PetscFunctionReturn(0);
}

PetscErrorCode DscMomentsAdd(PetscInt nrows, PetscInt lanes, PetscInt count, const double X[], double sums[])
{
  const PetscBLASInt n = (PetscBLASInt)nrows, k = (PetscBLASInt)count, ld = (PetscBLASInt)lanes;
  const double       one = 1.0;

  PetscFunctionBeginUser;
  /* Row-major X is BLAS' X'; its upper triangle is our lower one. */
  PetscCallBLAS("BLASsyrk", BLASsyrk_("U", "T", &n, &k, &one, X, &ld, &one, sums, &n));
  PetscFunctionReturn(0);
}

PetscErrorCode DscMomentsSet(DscMoments *moments, const double sums[], const double sse[])
{
  const PetscInt n = moments->nrows;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < n; i++) {
    for (PetscInt j = 0; j <= i; j++) moments->C[i * n + j] = moments->C[j * n + i] = sums[i * n + j];
  }
  PetscCall(PetscArraycpy(moments->sse, sse, moments->nleft));
  PetscFunctionReturn(0);
}

PetscErrorCode DscMomentsAdjoint(PetscInt nrows, PetscInt lanes, PetscInt count, const double W[], const double X[],
                                 double Xbar[])
{
  const PetscBLASInt n = (PetscBLASInt)nrows, m = (PetscBLASInt)lanes;
  const double       one = 1.0, zero = 0.0;

  PetscFunctionBeginUser;
  PetscCallBLAS("BLASgemm", BLASgemm_("N", "N", &m, &n, &n, &one, X, &m, W, &n, &zero, Xbar, &m));
  for (PetscInt i = 0; i < nrows; i++) {
    for (PetscInt l = count; l < lanes; l++) Xbar[i * lanes + l] = 0.0;
  }
  PetscFunctionReturn(0);
}
