#include "method/moments.h"

#include <petscblaslapack.h>

PetscErrorCode DscMomentsCreate(PetscInt nexperiments, PetscInt nterms, PetscInt nleft, const double nsamples[],
                                DscMoments *moments)
{
  const PetscInt n = nexperiments * nleft, nrows = nterms + nleft;

  PetscFunctionBeginUser;
  moments->nexperiments = nexperiments;
  moments->nterms       = nterms;
  moments->nleft        = n;
  moments->nrows        = nrows;
  PetscCall(PetscCalloc4((size_t)(nexperiments * nrows * nrows), &moments->C, n, &moments->sse, n, &moments->count, n,
                         &moments->present));
  for (PetscInt e = 0; e < nexperiments; e++) PetscCall(DscMomentsResize(moments, e, nsamples[e]));
  PetscFunctionReturn(0);
}

PetscErrorCode DscMomentsResize(DscMoments *moments, PetscInt experiment, double nsamples)
{
  const PetscInt own = moments->nleft / moments->nexperiments;

  PetscFunctionBeginUser;
  moments->nsamples = 0.0;
  for (PetscInt f = experiment * own; f < (experiment + 1) * own; f++)
    moments->count[f] = moments->present[f] = nsamples;
  for (PetscInt e = 0; e < moments->nexperiments; e++) moments->nsamples += moments->count[e * own];
  moments->nsamples /= (double)moments->nexperiments;
  PetscFunctionReturn(0);
}

PetscErrorCode DscMomentsDestroy(DscMoments *moments)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree4(moments->C, moments->sse, moments->count, moments->present));
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

PetscErrorCode DscMomentsSet(DscMoments *moments, PetscInt experiment, const double sums[], const double sse[],
                             const double present[])
{
  const PetscInt n = moments->nrows, own = moments->nleft / moments->nexperiments, left = experiment * own;
  double        *C = moments->C + DscMomentsOffset(moments, left);

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < n; i++) {
    for (PetscInt j = 0; j <= i; j++) C[i * n + j] = C[j * n + i] = sums[i * n + j];
  }
  PetscCall(PetscArraycpy(moments->sse + left, sse, own));
  if (present) PetscCall(PetscArraycpy(moments->present + left, present, own));
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
