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

  Several experiments with the same terms (group sparsity: paper 000, outlook; Babacan et al., IEEE Trans. SP 62, 2014):
  coefficients, beta and C of their own, one alpha_j for all. The evidence is the product of theirs, so
    alpha_j = (sum_k gamma_kj + 2a) / (sum_k mu_kj^2 + 2b).
*/
#include "regress/lapack.h"
#include "regress/normalized.h"

#include <math.h>

/* Bounds of alpha: beyond them a coefficient is free, or 0, to rounding error. */
#define ALPHA_LOWER 1e-12
#define ALPHA_UPPER 1e12

/* The posterior of one experiment. */
typedef struct {
  DscNormalized problem;
  double       *gamma;                           /* (owned) [n] */
  double       *mu, *mu_old;                     /* (owned) [n] each */
  double       *Linv;                            /* (owned) [n][n], lower triangle, column-major */
  double        beta, residual, log_determinant; /* ln |A + beta N C| */
} Posterior;

struct _p_DscSBL {
  PetscInt   n, nexperiments;
  double    *alpha;      /* (owned) [n] of all experiments */
  Posterior *posteriors; /* (owned) [nexperiments] */
};

PetscErrorCode DscSBLCreateGroup(PetscInt nterms, PetscInt nexperiments, DscSBL *sbl)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(sbl));
  (*sbl)->n            = nterms;
  (*sbl)->nexperiments = nexperiments;
  PetscCall(PetscCalloc2(nterms, &(*sbl)->alpha, nexperiments, &(*sbl)->posteriors));
  for (PetscInt k = 0; k < nexperiments; k++) {
    Posterior *p = &(*sbl)->posteriors[k];

    PetscCall(DscNormalizedCreate(nterms, &p->problem));
    PetscCall(PetscCalloc4(nterms, &p->gamma, nterms, &p->mu, nterms, &p->mu_old, (size_t)(nterms * nterms), &p->Linv));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscSBLCreate(PetscInt nterms, DscSBL *sbl)
{
  PetscFunctionBeginUser;
  PetscCall(DscSBLCreateGroup(nterms, 1, sbl));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSBLDestroy(DscSBL *sbl)
{
  PetscFunctionBeginUser;
  if (!*sbl) PetscFunctionReturn(0);
  for (PetscInt k = 0; k < (*sbl)->nexperiments; k++) {
    Posterior *p = &(*sbl)->posteriors[k];

    PetscCall(DscNormalizedDestroy(&p->problem));
    PetscCall(PetscFree4(p->gamma, p->mu, p->mu_old, p->Linv));
  }
  PetscCall(PetscFree2((*sbl)->alpha, (*sbl)->posteriors));
  PetscCall(PetscFree(*sbl));
  PetscFunctionReturn(0);
}

/* An experiment with y = 0 takes no part. */
static PetscBool takes_part(const Posterior *p)
{
  return p->problem.rms_y > 0.0 ? PETSC_TRUE : PETSC_FALSE;
}

/* Whether a term is other than 0 in some experiment; where not, it has mu = 0 and keeps the largest alpha. */
static PetscBool is_present(const DscSBL sbl, PetscInt j)
{
  for (PetscInt k = 0; k < sbl->nexperiments; k++) {
    if (takes_part(&sbl->posteriors[k]) && sbl->posteriors[k].problem.rms[j] > 0.0) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

/* alpha and beta of the last solve, or 1. */
static void start(DscSBL sbl, DscRegression *const results[])
{
  const DscRegression *last = NULL;

  for (PetscInt k = 0; k < sbl->nexperiments; k++) {
    Posterior      *p    = &sbl->posteriors[k];
    const PetscBool warm = results[k]->iterations > 0 ? PETSC_TRUE : PETSC_FALSE;

    if (warm && !last) last = results[k];
    p->beta = warm ? results[k]->noise_precision * PetscSqr(p->problem.rms_y) : 1.0;
  }
  for (PetscInt j = 0; j < sbl->n; j++) {
    sbl->alpha[j] = last ? PetscClipInterval(last->alpha[j], ALPHA_LOWER, ALPHA_UPPER) : 1.0;
    if (!is_present(sbl, j)) sbl->alpha[j] = ALPHA_UPPER;
  }
}

/* L of A + beta N (C + jitter I). C is a Gram matrix but for rounding, so GRAM_TOLERANCE as jitter nearly always does;
   with C of unit diagonal the loop ends at the latest where the diagonal dominates. */
static PetscErrorCode factor(Posterior *p, const double alpha[])
{
  const PetscInt n     = p->problem.n;
  const double   betaN = p->beta * p->problem.nsamples;
  PetscBLASInt   order, info = 1;

  PetscFunctionBeginUser;
  PetscCall(PetscBLASIntCast(n, &order));
  for (double jitter = GRAM_TOLERANCE; info != 0; jitter *= 100.0) {
    PetscCheck(jitter < 100.0 * (double)n, PETSC_COMM_SELF, PETSC_ERR_LIB, "SBL: the posterior cannot be factored");
    for (PetscInt i = 0; i < n * n; i++) p->Linv[i] = betaN * p->problem.C[i];
    for (PetscInt j = 0; j < n; j++) p->Linv[j * n + j] += alpha[j] + betaN * jitter;
    LAPACKpotrf_("L", &order, p->Linv, &order, &info);
    PetscCheck(info >= 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "potrf: argument %d", (int)-info);
  }
  p->log_determinant = 0.0;
  for (PetscInt j = 0; j < n; j++) p->log_determinant += 2.0 * log(p->Linv[j * n + j]);
  LAPACKtrtri_("L", "N", &order, p->Linv, &order, &info);
  PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "trtri: info %d", (int)info);
  PetscFunctionReturn(0);
}

/* mu, gamma and the residual of the present alpha and beta. */
static PetscErrorCode compute_posterior(Posterior *p, const double alpha[])
{
  const PetscInt n     = p->problem.n;
  const double   betaN = p->beta * p->problem.nsamples;
  double *restrict z   = p->problem.work[0]; /* L^-1 c */

  PetscFunctionBeginUser;
  PetscCall(factor(p, alpha));
  for (PetscInt i = 0; i < n; i++) z[i] = 0.0;
  for (PetscInt j = 0; j < n; j++) {
    const double *restrict column = p->Linv + j * n;
    const double cj               = p->problem.c[j];

    for (PetscInt i = j; i < n; i++) z[i] += column[i] * cj;
  }
  for (PetscInt j = 0; j < n; j++) {
    const double *restrict column = p->Linv + j * n;
    double dot = 0.0, square = 0.0;

    for (PetscInt i = j; i < n; i++) {
      dot += column[i] * z[i];
      square += column[i] * column[i];
    }
    p->mu[j]    = betaN * dot;
    p->gamma[j] = PetscClipInterval(1.0 - alpha[j] * square, 0.0, 1.0);
  }
  p->residual = DscNormalizedResidual(&p->problem, p->mu);
  PetscFunctionReturn(0);
}

static PetscErrorCode compute_posteriors(DscSBL sbl)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < sbl->nexperiments; k++) {
    if (takes_part(&sbl->posteriors[k])) PetscCall(compute_posterior(&sbl->posteriors[k], sbl->alpha));
  }
  PetscFunctionReturn(0);
}

static void update_beta(Posterior *p, const DscSBLSettings *settings)
{
  const double N         = p->problem.nsamples;
  double       gamma_sum = 0.0;

  for (PetscInt j = 0; j < p->problem.n; j++) gamma_sum += p->gamma[j];
  p->beta = (PetscMax(N - gamma_sum, 1.0) + 2.0 * settings->c) / (N * p->residual + 2.0 * settings->d);
}

static void update(DscSBL sbl, const DscSBLSettings settings[])
{
  for (PetscInt j = 0; j < sbl->n; j++) {
    double gamma = 0.0, square = 0.0, numerator, denominator;

    if (!is_present(sbl, j)) continue;
    for (PetscInt k = 0; k < sbl->nexperiments; k++) {
      const Posterior *p = &sbl->posteriors[k];

      if (!takes_part(p) || p->problem.rms[j] == 0.0) continue;
      gamma += p->gamma[j];
      square += PetscSqr(p->mu[j]);
    }
    numerator   = gamma + 2.0 * settings[0].a;
    denominator = square + 2.0 * settings[0].b;
    sbl->alpha[j] =
        numerator < ALPHA_UPPER * denominator ? PetscMax(numerator / denominator, ALPHA_LOWER) : ALPHA_UPPER;
  }
  for (PetscInt k = 0; k < sbl->nexperiments; k++) {
    if (takes_part(&sbl->posteriors[k])) update_beta(&sbl->posteriors[k], &settings[k]);
  }
}

static void keep_mu(DscSBL sbl)
{
  for (PetscInt k = 0; k < sbl->nexperiments; k++) {
    for (PetscInt j = 0; j < sbl->n; j++) sbl->posteriors[k].mu_old[j] = sbl->posteriors[k].mu[j];
  }
}

static PetscBool has_settled(const DscSBL sbl, const DscSBLSettings *settings)
{
  double change = 0.0, square = 0.0;

  for (PetscInt k = 0; k < sbl->nexperiments; k++) {
    const Posterior *p = &sbl->posteriors[k];

    for (PetscInt j = 0; j < sbl->n && takes_part(p); j++) {
      change += PetscSqr(p->mu[j] - p->mu_old[j]);
      square += PetscSqr(p->mu[j]);
    }
  }
  square = PetscMax(square, 1.0 / settings->alpha_max);
  return change <= PetscSqr(settings->tolerance) * square ? PETSC_TRUE : PETSC_FALSE;
}

static double log_evidence(const Posterior *p, const double alpha[])
{
  const double N   = p->problem.nsamples;
  double       sum = N * log(p->beta) - p->log_determinant - p->beta * N * p->residual;

  for (PetscInt j = 0; j < p->problem.n; j++) sum += log(alpha[j]) - alpha[j] * PetscSqr(p->mu[j]);
  return 0.5 * (sum - N * log(2.0 * PETSC_PI)) - N * log(p->problem.rms_y); /* y~ = y / rms_y */
}

/* The covariance, normalised; the inverse factors are gone after it. */
static PetscErrorCode fill_covariance(Posterior *p, DscRegression *result)
{
  const PetscInt n = p->problem.n;
  PetscBLASInt   order, info;

  PetscFunctionBeginUser;
  PetscCall(PetscBLASIntCast(n, &order));
  LAPACKlauum_("L", &order, p->Linv, &order, &info); /* Sigma = L^-T L^-1 */
  PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "lauum: info %d", (int)info);
  for (PetscInt j = 0; j < n; j++)
    for (PetscInt i = j; i < n; i++) result->covariance[i * n + j] = result->covariance[j * n + i] = p->Linv[j * n + i];
  PetscFunctionReturn(0);
}

/* sum_k (mu_k / std_k)^2, which is K on average where the term is absent: an excess of significance^2 over K - 1 counts.
   Normalised means and covariances are in the results. */
static PetscBool is_significant(const DscSBL sbl, const DscSBLSettings *settings, DscRegression *const results[],
                                PetscInt j)
{
  double   ratio = 0.0;
  PetscInt count = 0;

  for (PetscInt k = 0; k < sbl->nexperiments; k++) {
    const Posterior *p = &sbl->posteriors[k];

    if (!takes_part(p) || p->problem.rms[j] == 0.0) continue;
    ratio += PetscSqr(p->mu[j]) / results[k]->covariance[j * sbl->n + j];
    count++;
  }
  return ratio > PetscSqr(settings->significance) +
                     (settings->significance > 0.0 ? (double)PetscMax(count - 1, 0) : 0.0)
             ? PETSC_TRUE
             : PETSC_FALSE;
}

/* The solution in physical units. */
static PetscErrorCode finish(DscSBL sbl, const DscSBLSettings settings[], DscRegression *const results[])
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < sbl->nexperiments; k++) {
    if (takes_part(&sbl->posteriors[k])) PetscCall(fill_covariance(&sbl->posteriors[k], results[k]));
  }
  for (PetscInt j = 0; j < sbl->n; j++) {
    const PetscBool active = sbl->alpha[j] < settings[0].alpha_max && is_significant(sbl, &settings[0], results, j)
                                 ? PETSC_TRUE
                                 : PETSC_FALSE;

    for (PetscInt k = 0; k < sbl->nexperiments; k++) {
      if (!takes_part(&sbl->posteriors[k])) continue;
      results[k]->alpha[j]      = sbl->alpha[j];
      results[k]->normalized[j] = sbl->posteriors[k].mu[j];
      results[k]->active[j]     = active;
    }
  }
  for (PetscInt k = 0; k < sbl->nexperiments; k++) {
    const Posterior *p = &sbl->posteriors[k];

    if (!takes_part(p)) continue;
    results[k]->noise_precision = p->beta / PetscSqr(p->problem.rms_y);
    results[k]->log_evidence    = log_evidence(p, sbl->alpha);
    PetscCall(DscNormalizedToPhysical(&p->problem, p->residual, results[k]));
  }
  PetscFunctionReturn(0);
}

/* *any: whether there is an experiment with y other than 0. */
static PetscErrorCode set_problems(DscSBL sbl, const DscGram grams[], DscRegression *const results[], PetscBool *any)
{
  PetscFunctionBeginUser;
  *any = PETSC_FALSE;
  for (PetscInt k = 0; k < sbl->nexperiments; k++) {
    Posterior *p = &sbl->posteriors[k];

    PetscCheck(results[k]->nterms == grams[k].nterms, PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ,
               "result of %" PetscInt_FMT " terms for %" PetscInt_FMT, results[k]->nterms, grams[k].nterms);
    PetscCall(DscNormalizedSet(&p->problem, &grams[k]));
    if (takes_part(p))
      *any = PETSC_TRUE;
    else
      PetscCall(DscRegressionSetZero(results[k]));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscSBLSolveGroup(DscSBL sbl, const DscGram grams[], const DscSBLSettings settings[],
                                DscRegression *const results[])
{
  PetscInt  iterations = 1;
  PetscBool any, converged = PETSC_FALSE;

  PetscFunctionBeginUser;
  PetscCheck(settings[0].max_iterations >= 2, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "SBL with at most %" PetscInt_FMT " iterations; two are needed to see a change",
             settings[0].max_iterations);
  PetscCall(set_problems(sbl, grams, results, &any));
  if (!any) PetscFunctionReturn(0);
  start(sbl, results);
  PetscCall(compute_posteriors(sbl));
  for (; !converged && iterations < settings[0].max_iterations; iterations++) {
    keep_mu(sbl);
    update(sbl, settings);
    PetscCall(compute_posteriors(sbl));
    converged = has_settled(sbl, &settings[0]);
  }
  for (PetscInt k = 0; k < sbl->nexperiments; k++) {
    if (!takes_part(&sbl->posteriors[k])) continue;
    results[k]->iterations = iterations;
    results[k]->converged  = converged;
  }
  PetscCall(finish(sbl, settings, results));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSBLSolve(DscSBL sbl, const DscGram *gram, const DscSBLSettings *settings, DscRegression *result)
{
  PetscFunctionBeginUser;
  PetscCheck(sbl->nexperiments == 1, PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ,
             "one problem for a solver of %" PetscInt_FMT " experiments", sbl->nexperiments);
  PetscCall(DscSBLSolveGroup(sbl, gram, settings, &result));
  PetscFunctionReturn(0);
}
