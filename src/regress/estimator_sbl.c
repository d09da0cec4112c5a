/*
  Estimator 'sbl': sparse Bayesian learning with a flat prior of beta (sbl.c has the formulas), always from alpha = 1. A
  term is active by sbl_alpha_max and sbl_significance; the answer is the posterior of the active terms, for the same alpha
  and beta, where the others are 0. Of columns that are multiples of one another only the first is a candidate: they would share
  a coefficient, and none of them would be significant.
*/
#include "regress/estimator.h"
#include "regress/lapack.h"

#include <math.h>

typedef struct {
  DscSBL         sbl;
  DscSBLSettings settings;
} SBL;

static PetscErrorCode sbl_create(DscEstimator estimator, DscOptions options)
{
  SBL *data;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&data));
  estimator->data = data;
  PetscCall(DscSBLSettingsFromOptions(options, &data->settings));
  PetscCall(DscSBLCreate(estimator->nterms, &data->sbl));
  PetscFunctionReturn(0);
}

static PetscErrorCode sbl_destroy(DscEstimator estimator)
{
  SBL *data = estimator->data;

  PetscFunctionBeginUser;
  PetscCall(DscSBLDestroy(&data->sbl));
  PetscCall(PetscFree(estimator->data));
  PetscFunctionReturn(0);
}

static void forbid_multiples(DscEstimator e)
{
  const double  *C = e->work->problem.C;
  const PetscInt n = e->nterms;

  for (PetscInt i = 0; i < n; i++)
    for (PetscInt j = i + 1; j < n && e->allowed[i]; j++)
      if (fabs(C[i * n + j]) > 1.0 - 10.0 * GRAM_TOLERANCE) e->allowed[j] = PETSC_FALSE;
}

/* Terms that are not allowed become zero columns, which SBL never takes. */
static void zero_the_forbidden(DscEstimator e)
{
  const PetscInt n = e->nterms;

  for (PetscInt i = 0; i < n; i++) {
    for (PetscInt j = 0; j < n; j++)
      if (!e->allowed[i] || !e->allowed[j]) e->G[i * n + j] = 0.0;
    if (!e->allowed[i]) e->b[i] = 0.0;
  }
}

/* Cholesky factor in work->A of K = diag(alpha) + beta N (C + jitter I) over the m active terms, work->terms. */
static PetscErrorCode factor_active(DscEstimator e, const DscRegression *result, double betaN, PetscBLASInt m)
{
  struct _p_DscRegressWork *work = e->work;
  const PetscInt            n    = e->nterms;
  PetscBLASInt              info = 1;

  PetscFunctionBeginUser;
  for (double jitter = GRAM_TOLERANCE; info != 0; jitter *= 100.0) { /* as in sbl.c */
    PetscCheck(jitter < 100.0 * (double)n, PETSC_COMM_SELF, PETSC_ERR_LIB, "SBL: the posterior cannot be factored");
    for (PetscInt i = 0; i < m; i++) {
      for (PetscInt j = 0; j < m; j++)
        work->A[i * m + j] = betaN * work->problem.C[work->terms[i] * n + work->terms[j]];
      work->A[i * m + i] += result->alpha[work->terms[i]] + betaN * jitter;
    }
    LAPACKpotrf_("L", &m, work->A, &m, &info);
    PetscCheck(info >= 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "potrf: argument %d", (int)-info);
  }
  PetscFunctionReturn(0);
}

/* The posterior, for the alpha and beta that were found, of the active terms where the others are exactly 0. */
static PetscErrorCode cut_inactive(DscEstimator e, DscRegression *result)
{
  struct _p_DscRegressWork *work  = e->work;
  const PetscInt            n     = e->nterms;
  const double              betaN = result->noise_precision * PetscSqr(work->problem.rms_y) * work->problem.nsamples;
  PetscBLASInt              one = 1, m = 0, info;

  PetscFunctionBeginUser;
  for (PetscInt j = 0; j < n; j++)
    if (result->active[j]) work->terms[m++] = j;
  for (PetscInt j = 0; j < n; j++) result->normalized[j] = 0.0;
  for (PetscInt j = 0; j < n * n; j++) result->covariance[j] = 0.0;
  if (m > 0) {
    PetscCall(factor_active(e, result, betaN, m));
    for (PetscInt i = 0; i < m; i++) work->x[i] = betaN * work->problem.c[work->terms[i]];
    LAPACKpotrs_("L", &m, &one, work->A, &m, work->x, &m, &info);
    PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "potrs: info %d", (int)info);
    LAPACKpotri_("L", &m, work->A, &m, &info);
    PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "potri: info %d", (int)info);
  }
  for (PetscInt j = 0; j < m; j++) {
    result->normalized[work->terms[j]] = work->x[j];
    for (PetscInt i = j; i < m; i++) {
      result->covariance[work->terms[i] * n + work->terms[j]] = work->A[j * m + i];
      result->covariance[work->terms[j] * n + work->terms[i]] = work->A[j * m + i];
    }
  }
  PetscCall(DscNormalizedToPhysical(&work->problem, DscNormalizedResidual(&work->problem, result->normalized), result));
  PetscFunctionReturn(0);
}

static PetscErrorCode sbl_select(DscEstimator estimator, const DscGramBlocks *blocks, DscRegression *result)
{
  SBL *data = estimator->data;

  (void)blocks;
  PetscFunctionBeginUser;
  forbid_multiples(estimator);
  zero_the_forbidden(estimator);
  PetscCall(DscSBLSolve(data->sbl, &estimator->gram, &data->settings, result)); /* result->iterations is 0: cold */
  PetscCall(cut_inactive(estimator, result));
  PetscFunctionReturn(0);
}

const DscEstimatorOps DscEstimatorSBL = {.name         = "sbl",
                                         .help         = "sparse Bayesian learning, flat prior of the noise",
                                         .min_blocks   = 1,
                                         .create       = sbl_create,
                                         .destroy      = sbl_destroy,
                                         .select       = sbl_select,
                                         .fills_result = PETSC_TRUE};
