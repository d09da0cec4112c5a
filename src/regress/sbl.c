/*
  Sparse Bayesian learning by MacKay's fixed point (paper 000: eqs. 4-9 and 17; Tipping, JMLR 1, 211-244, 2001,
  eqs. 12-18), on the normalised problem C, c of normalized.h.

    Sigma = (A + beta N C)^-1,  mu = beta N Sigma c,  A = diag(alpha)                        (eq. 6)
    gamma_j = 1 - alpha_j Sigma_jj
    alpha_j = (gamma_j + 2a) / (mu_j^2 + 2b)
    beta = (N - sum gamma + 2c) / (|y - Theta mu|^2 + 2d)                                    (eq. 17)
    ln p(y | alpha, beta) = 1/2 [ln|Sigma| + ln|A| + N ln beta - beta |y - Theta mu|^2 - mu' A mu - N ln 2 pi]   (eq. 9)

  A solution of the fixed point is a stationary point of ln p(y | alpha, beta) + sum_j (a ln alpha_j - b alpha_j)
  + c ln beta - d beta. L is the Cholesky factor of A + beta N C; one factor and the inverse of L an iteration, since
  diag Sigma are the squared norms of the columns of L^-1. Sigma itself is formed once, at the end.
*/
#include "regress/lapack.h"
#include "regress/normalized.h"

#include <math.h>

/* Bounds of alpha: beyond them a coefficient is free, or 0, to rounding error. */
#define ALPHA_LOWER 1e-12
#define ALPHA_UPPER 1e12

struct _p_DscSBL {
  DscNormalized problem;
  double       *alpha;                           /* (owned) [n] */
  double       *gamma;                           /* (owned) [n] */
  double       *mu, *mu_old;                     /* (owned) [n] each */
  double       *Linv;                            /* (owned) [n][n], lower triangle, column-major */
  double        beta, residual, log_determinant; /* ln |A + beta N C| */
};

PetscErrorCode DscSBLCreate(PetscInt nterms, DscSBL *sbl)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(sbl));
  PetscCall(DscNormalizedCreate(nterms, &(*sbl)->problem));
  PetscCall(PetscCalloc5(nterms, &(*sbl)->alpha, nterms, &(*sbl)->gamma, nterms, &(*sbl)->mu, nterms, &(*sbl)->mu_old,
                         (size_t)(nterms * nterms), &(*sbl)->Linv));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSBLDestroy(DscSBL *sbl)
{
  PetscFunctionBeginUser;
  if (!*sbl) PetscFunctionReturn(0);
  PetscCall(DscNormalizedDestroy(&(*sbl)->problem));
  PetscCall(PetscFree5((*sbl)->alpha, (*sbl)->gamma, (*sbl)->mu, (*sbl)->mu_old, (*sbl)->Linv));
  PetscCall(PetscFree(*sbl));
  PetscFunctionReturn(0);
}

/* alpha and beta of the last solve, or 1. A zero column has mu = 0 and keeps the largest alpha: it is not active. */
static void start(DscSBL sbl, const DscRegression *result)
{
  const PetscBool warm = result->iterations > 0 ? PETSC_TRUE : PETSC_FALSE;

  for (PetscInt j = 0; j < sbl->problem.n; j++) {
    sbl->alpha[j] = warm ? PetscClipInterval(result->alpha[j], ALPHA_LOWER, ALPHA_UPPER) : 1.0;
    if (sbl->problem.rms[j] == 0.0) sbl->alpha[j] = ALPHA_UPPER;
  }
  sbl->beta = warm ? result->noise_precision * PetscSqr(sbl->problem.rms_y) : 1.0;
}

/* L of A + beta N (C + jitter I). C is a Gram matrix but for rounding, so GRAM_TOLERANCE as jitter nearly always does;
   with C of unit diagonal the loop ends at the latest where the diagonal dominates. */
static PetscErrorCode factor(DscSBL sbl)
{
  const PetscInt n     = sbl->problem.n;
  const double   betaN = sbl->beta * sbl->problem.nsamples;
  PetscBLASInt   order, info = 1;

  PetscFunctionBeginUser;
  PetscCall(PetscBLASIntCast(n, &order));
  for (double jitter = GRAM_TOLERANCE; info != 0; jitter *= 100.0) {
    PetscCheck(jitter < 100.0 * (double)n, PETSC_COMM_SELF, PETSC_ERR_LIB, "SBL: the posterior cannot be factored");
    for (PetscInt i = 0; i < n * n; i++) sbl->Linv[i] = betaN * sbl->problem.C[i];
    for (PetscInt j = 0; j < n; j++) sbl->Linv[j * n + j] += sbl->alpha[j] + betaN * jitter;
    LAPACKpotrf_("L", &order, sbl->Linv, &order, &info);
    PetscCheck(info >= 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "potrf: argument %d", (int)-info);
  }
  sbl->log_determinant = 0.0;
  for (PetscInt j = 0; j < n; j++) sbl->log_determinant += 2.0 * log(sbl->Linv[j * n + j]);
  LAPACKtrtri_("L", "N", &order, sbl->Linv, &order, &info);
  PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "trtri: info %d", (int)info);
  PetscFunctionReturn(0);
}

/* mu, gamma and the residual of the present alpha and beta. */
static PetscErrorCode compute_posterior(DscSBL sbl)
{
  const PetscInt n     = sbl->problem.n;
  const double   betaN = sbl->beta * sbl->problem.nsamples;
  double *restrict z   = sbl->problem.work[0]; /* L^-1 c */

  PetscFunctionBeginUser;
  PetscCall(factor(sbl));
  for (PetscInt i = 0; i < n; i++) z[i] = 0.0;
  for (PetscInt j = 0; j < n; j++) {
    const double *restrict column = sbl->Linv + j * n;
    const double cj               = sbl->problem.c[j];

    for (PetscInt i = j; i < n; i++) z[i] += column[i] * cj;
  }
  for (PetscInt j = 0; j < n; j++) {
    const double *restrict column = sbl->Linv + j * n;
    double dot = 0.0, square = 0.0;

    for (PetscInt i = j; i < n; i++) {
      dot += column[i] * z[i];
      square += column[i] * column[i];
    }
    sbl->mu[j]    = betaN * dot;
    sbl->gamma[j] = PetscClipInterval(1.0 - sbl->alpha[j] * square, 0.0, 1.0);
  }
  sbl->residual = DscNormalizedResidual(&sbl->problem, sbl->mu);
  PetscFunctionReturn(0);
}

static void update(DscSBL sbl, const DscSBLSettings *settings)
{
  const double N         = sbl->problem.nsamples;
  double       gamma_sum = 0.0;

  for (PetscInt j = 0; j < sbl->problem.n; j++) {
    const double numerator   = sbl->gamma[j] + 2.0 * settings->a;
    const double denominator = PetscSqr(sbl->mu[j]) + 2.0 * settings->b;

    gamma_sum += sbl->gamma[j];
    if (sbl->problem.rms[j] == 0.0) continue;
    sbl->alpha[j] =
        numerator < ALPHA_UPPER * denominator ? PetscMax(numerator / denominator, ALPHA_LOWER) : ALPHA_UPPER;
  }
  sbl->beta = (PetscMax(N - gamma_sum, 1.0) + 2.0 * settings->c) / (N * sbl->residual + 2.0 * settings->d);
}

static PetscBool has_settled(const DscSBL sbl, const DscSBLSettings *settings)
{
  double change = 0.0, square = 0.0;

  for (PetscInt j = 0; j < sbl->problem.n; j++) {
    change += PetscSqr(sbl->mu[j] - sbl->mu_old[j]);
    square += PetscSqr(sbl->mu[j]);
  }
  square = PetscMax(square, 1.0 / settings->alpha_max);
  return change <= PetscSqr(settings->tolerance) * square ? PETSC_TRUE : PETSC_FALSE;
}

static double log_evidence(const DscSBL sbl)
{
  const double N   = sbl->problem.nsamples;
  double       sum = N * log(sbl->beta) - sbl->log_determinant - sbl->beta * N * sbl->residual;

  for (PetscInt j = 0; j < sbl->problem.n; j++) sum += log(sbl->alpha[j]) - sbl->alpha[j] * PetscSqr(sbl->mu[j]);
  return 0.5 * (sum - N * log(2.0 * PETSC_PI)) - N * log(sbl->problem.rms_y); /* y~ = y / rms_y */
}

/* The solution in physical units. */
static PetscErrorCode finish(DscSBL sbl, const DscSBLSettings *settings, DscRegression *result)
{
  const PetscInt n = sbl->problem.n;
  PetscBLASInt   order, info;

  PetscFunctionBeginUser;
  PetscCall(PetscBLASIntCast(n, &order));
  LAPACKlauum_("L", &order, sbl->Linv, &order, &info); /* Sigma = L^-T L^-1 */
  PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "lauum: info %d", (int)info);
  for (PetscInt j = 0; j < n; j++)
    for (PetscInt i = j; i < n; i++)
      result->covariance[i * n + j] = result->covariance[j * n + i] = sbl->Linv[j * n + i];
  for (PetscInt j = 0; j < n; j++) {
    const double threshold = settings->significance * sqrt(result->covariance[j * n + j]);

    result->alpha[j]      = sbl->alpha[j];
    result->normalized[j] = sbl->mu[j];
    result->active[j] = sbl->alpha[j] < settings->alpha_max && fabs(sbl->mu[j]) > threshold ? PETSC_TRUE : PETSC_FALSE;
  }
  result->noise_precision = sbl->beta / PetscSqr(sbl->problem.rms_y);
  result->log_evidence    = log_evidence(sbl);
  PetscCall(DscNormalizedToPhysical(&sbl->problem, sbl->residual, result));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSBLSolve(DscSBL sbl, const DscGram *gram, const DscSBLSettings *settings, DscRegression *result)
{
  PetscFunctionBeginUser;
  PetscCheck(result->nterms == gram->nterms, PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ,
             "result of %" PetscInt_FMT " terms for %" PetscInt_FMT, result->nterms, gram->nterms);
  PetscCheck(settings->max_iterations >= 2, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "SBL with at most %" PetscInt_FMT " iterations; two are needed to see a change", settings->max_iterations);
  PetscCall(DscNormalizedSet(&sbl->problem, gram));
  if (sbl->problem.rms_y == 0.0) {
    PetscCall(DscRegressionSetZero(result));
    PetscFunctionReturn(0);
  }
  start(sbl, result);
  PetscCall(compute_posterior(sbl));
  result->iterations = 1;
  result->converged  = PETSC_FALSE;
  while (!result->converged && result->iterations < settings->max_iterations) {
    PetscCall(PetscArraycpy(sbl->mu_old, sbl->mu, (size_t)sbl->problem.n));
    update(sbl, settings);
    PetscCall(compute_posterior(sbl));
    result->iterations++;
    result->converged = has_settled(sbl, settings);
  }
  PetscCall(finish(sbl, settings, result));
  PetscFunctionReturn(0);
}
