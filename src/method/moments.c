#include "method/moments.h"

#include <petscblaslapack.h>

PetscErrorCode DscMomentsCreate(PetscInt nexperiments, PetscInt nterms, PetscInt nleft, PetscInt nblocks,
                                const double nsamples[], DscMoments *m)
{
  const PetscInt n = nterms + nleft, nall = nexperiments * nleft;

  PetscFunctionBeginUser;
  m->nexperiments = nexperiments;
  m->nterms       = nterms;
  m->nleft        = nall;
  m->nrows        = n;
  m->nblocks      = nblocks;
  m->nsums        = nblocks * (1 + n * (n + 1) / 2);
  m->test_error   = NAN;
  PetscCall(PetscCalloc6((size_t)(nexperiments * n * n), &m->C, nall, &m->sse, (size_t)(nexperiments * m->nsums),
                         &m->sums, (n * n), &m->panel, nall, &m->count, nall, &m->present));
  for (PetscInt e = 0; e < nexperiments; e++) PetscCall(DscMomentsResize(m, e, nsamples[e]));
  PetscFunctionReturn(0);
}

PetscErrorCode DscMomentsResize(DscMoments *m, PetscInt experiment, double nsamples)
{
  const PetscInt own = m->nleft / m->nexperiments;

  PetscFunctionBeginUser;
  m->nsamples = 0.0;
  for (PetscInt f = experiment * own; f < (experiment + 1) * own; f++) m->count[f] = m->present[f] = nsamples;
  for (PetscInt e = 0; e < m->nexperiments; e++) m->nsamples += m->count[e * own];
  m->nsamples /= (double)m->nexperiments;
  PetscFunctionReturn(0);
}

PetscErrorCode DscMomentsDestroy(DscMoments *m)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree6(m->C, m->sse, m->sums, m->panel, m->count, m->present));
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

PetscErrorCode DscMomentsSet(DscMoments *m, PetscInt experiment, const double sums[], const double sse[],
                             const double present[])
{
  const PetscInt n = m->nrows, own = m->nleft / m->nexperiments, left = experiment * own;
  double        *C = m->C + DscMomentsOffset(m, left);

  PetscFunctionBeginUser;
  m->test_error = NAN;
  PetscCall(PetscArraycpy(m->sums + experiment * m->nsums, sums, m->nsums));
  PetscCall(PetscArraycpy(m->sse + left, sse, own));
  if (present) PetscCall(PetscArraycpy(m->present + left, present, own));
  PetscCall(PetscArrayzero(C, n * n));
  for (PetscInt k = 0; k < m->nblocks; k++) {
    double        nsamples;
    const double *from = DscMomentsBlock(m, experiment, k, &nsamples);

    for (PetscInt i = 0; i < n; i++) {
      for (PetscInt j = 0; j <= i; j++) C[i * n + j] += *from++;
    }
  }
  for (PetscInt i = 0; i < n; i++) {
    for (PetscInt j = 0; j < i; j++) C[j * n + i] = C[i * n + j];
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
