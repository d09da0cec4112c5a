#include "method/moments.h"

#include <petscblaslapack.h>

PetscErrorCode DscMomentsCreate(PetscInt nterms, PetscInt nleft, PetscInt nblocks, double nsamples, DscMoments *m)
{
  const PetscInt n = nterms + nleft;

  PetscFunctionBeginUser;
  m->nterms     = nterms;
  m->nleft      = nleft;
  m->nrows      = n;
  m->nblocks    = nblocks;
  m->nsums      = nblocks * (1 + n * (n + 1) / 2);
  m->nsamples   = nsamples;
  m->test_error = NAN;
  PetscCall(PetscCalloc4((n * n), &m->C, nleft, &m->sse, m->nsums, &m->sums, (n * n), &m->panel));
  PetscFunctionReturn(0);
}

PetscErrorCode DscMomentsDestroy(DscMoments *m)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree4(m->C, m->sse, m->sums, m->panel));
  PetscFunctionReturn(0);
}

PetscErrorCode DscMomentsAdd(DscMoments *m, PetscInt panel, PetscInt lanes, PetscInt count, const double X[],
                             double sums[])
{
  const PetscBLASInt n = (PetscBLASInt)m->nrows, k = (PetscBLASInt)count, ld = (PetscBLASInt)lanes;
  const double       one = 1.0, zero = 0.0;
  double            *to = sums + (panel % m->nblocks) * (m->nsums / m->nblocks);

  PetscFunctionBeginUser;
  /* Row-major X is BLAS' X'; its upper triangle is our lower one. */
  PetscCallBLAS("BLASsyrk", BLASsyrk_("U", "T", &n, &k, &one, X, &ld, &zero, m->panel, &n));
  *to++ += (double)count;
  for (PetscInt i = 0; i < n; i++) {
    for (PetscInt j = 0; j <= i; j++) *to++ += m->panel[i * n + j];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscMomentsSet(DscMoments *m, const double sums[], const double sse[])
{
  const PetscInt n = m->nrows;

  PetscFunctionBeginUser;
  m->test_error = NAN;
  PetscCall(PetscArraycpy(m->sums, sums, m->nsums));
  PetscCall(PetscArraycpy(m->sse, sse, m->nleft));
  PetscCall(PetscArrayzero(m->C, n * n));
  for (PetscInt k = 0; k < m->nblocks; k++) {
    double        nsamples;
    const double *from = DscMomentsBlock(m, k, &nsamples);

    for (PetscInt i = 0; i < n; i++) {
      for (PetscInt j = 0; j <= i; j++) m->C[i * n + j] += *from++;
    }
  }
  for (PetscInt i = 0; i < n; i++) {
    for (PetscInt j = 0; j < i; j++) m->C[j * n + i] = m->C[i * n + j];
  }
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
