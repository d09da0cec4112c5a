/*
  Sparse Bayesian learning as the constraint (paper 000: Both and Kusters, 2021, eqs. 4-14 and 17; the 1/2 that eq. 14
  lacks is in place).

  N samples, u^ the surrogate, u_t = y, Theta the library; alpha, beta, tau precisions of the coefficients, of y and of
  u; mu, Sigma mean and covariance of the coefficients; a, b, c, d parameters of the Gamma priors of alpha and beta.
    -p_data = N/2 (tau |u - u^|^2 / N - ln tau + ln 2 pi),   tau = N / |u - u^|^2
    -p_reg  = -[log evidence of y given alpha, beta] - sum_j (a ln alpha_j - b alpha_j) - c ln beta + d beta
  The loss is (-p_data - p_reg) / N, summed over the left-hand sides.

  alpha, beta, tau are at their optimum and mu minimises its quadratic, so that all four are constants for the gradient:
    dL/du^ = tau (u^ - u),  dL/dy = beta r,  dL/dTheta = -beta r mu' + beta Theta Sigma,  r = y - Theta mu.
  alpha belongs to normalised columns: with alpha_j (normalised) at its fixed point the loss still depends on the norms,
    dL/d ln|theta_j| = alpha_j mu_j^2 - (1 - alpha_j Sigma_jj) = -dL/d ln|y|,  summed over j for y,
  a term of the order of a and b alpha. It is included: the gradient is exact.

  Several experiments share alpha, which is stationary for the sum of their log evidences: the loss is that sum, over N,
  the mean of their N. Then the norms' term is of the order of a and b alpha only in the sum over the experiments.
*/
#include <float.h>

#include "method/constraint.h"

typedef enum { PRIOR_DYNAMIC, PRIOR_NONE, PRIOR_FIXED } Prior;

typedef struct {
  DscSBL          solver; /* (owned) */
  DscSBLSettings  settings;
  Prior           prior;
  double          c, d;          /* of PRIOR_FIXED, d in physical units of y^2 */
  double          refine_lambda; /* of PRIOR_DYNAMIC: beta / tau in scaled units while refining */
  DscGram        *grams;         /* (owned) [nexperiments] the problems of one left-hand side, and their priors and */
  DscSBLSettings *priors;        /* (owned) [nexperiments] results; d in physical units */
  DscSBLSettings *scaled;        /* (owned) [nexperiments] d as regress/ wants it */
  DscRegression **results;       /* (owned) [nexperiments], each (not owned) */
} SBLData;

static PetscErrorCode sbl_create(DscConstraint constraint, DscOptions options)
{
  SBLData    *sbl;
  const char *prior;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&sbl));
  constraint->data = sbl;
  PetscCall(DscSBLCreateGroup(constraint->nterms, constraint->nexperiments, &sbl->solver));
  PetscCall(PetscCalloc4(constraint->nexperiments, &sbl->grams, constraint->nexperiments, &sbl->priors,
                         constraint->nexperiments, &sbl->scaled, constraint->nexperiments, &sbl->results));
  PetscCall(DscSBLSettingsFromOptions(options, &sbl->settings));
  PetscCall(DscOptionsGetString(options, "sbl_prior", &prior));
  sbl->prior = strcmp(prior, "dynamic") == 0 ? PRIOR_DYNAMIC : strcmp(prior, "none") == 0 ? PRIOR_NONE : PRIOR_FIXED;
  PetscCall(DscOptionsGetReal(options, "sbl_c", &sbl->c));
  PetscCall(DscOptionsGetReal(options, "sbl_d", &sbl->d));
  PetscCall(DscOptionsGetReal(options, "refine_lambda", &sbl->refine_lambda));
  PetscFunctionReturn(0);
}

static PetscErrorCode sbl_destroy(DscConstraint constraint)
{
  SBLData *sbl = constraint->data;

  PetscFunctionBeginUser;
  PetscCall(DscSBLDestroy(&sbl->solver));
  PetscCall(PetscFree4(sbl->grams, sbl->priors, sbl->scaled, sbl->results));
  PetscCall(PetscFree(constraint->data));
  PetscFunctionReturn(0);
}

/* In place of an iteration: the ratio while refining, or the search's last. */
#define REFINING (-1)
#define SEARCHED PETSC_MAX_INT

/* beta / tau, in scaled units, that the dynamic prior asks for. */
static double get_ratio(const DscConstraint constraint, const DscMoments *moments, PetscInt left, PetscInt iteration)
{
  const SBLData *sbl = constraint->data;
  const double   mse = moments->sse[left] / (moments->present[left] * PetscSqr(constraint->data_scale[left]));

  return iteration == REFINING ? sbl->refine_lambda
                               : DscPriorScheduleRatio(&constraint->prior_schedule, iteration, mse);
}

/* The prior of beta, c and d in physical units. The dynamic one makes beta follow lambda tau (eq. 18, where lambda = 1);
   they have different units, so this is meant in scaled ones (with -data_scale none: as in the paper). tau is of the
   values that are there, and N times the variance that it stands for is d. */
static void choose_prior(const DscConstraint constraint, const DscMoments *moments, PetscInt left, PetscInt iteration,
                         DscSBLSettings *prior)
{
  const SBLData *sbl        = constraint->data;
  const double   time_scale = constraint->data_scale[left] / constraint->left_scale[left];

  const double N = moments->count[left], sse = moments->sse[left] * (N / moments->present[left]);
  const double lambda = sbl->prior == PRIOR_DYNAMIC ? get_ratio(constraint, moments, left, iteration) : 0.0;

  constraint->ratio[left] = lambda;
  prior->c                = sbl->prior == PRIOR_DYNAMIC ? 0.5 * N : sbl->prior == PRIOR_FIXED ? sbl->c : 0.0;
  prior->d                = sbl->prior == PRIOR_DYNAMIC ? sse / (lambda * PetscSqr(time_scale))
                            : sbl->prior == PRIOR_FIXED ? sbl->d
                                                        : 0.0;
}

/* The regressions of one left-hand side in all experiments. regress/ wants the prior for y of mean square 1. */
static PetscErrorCode solve(DscConstraint constraint, const DscMoments *moments, PetscInt own, PetscInt iteration)
{
  SBLData       *sbl    = constraint->data;
  const PetscInt stride = constraint->nleft / constraint->nexperiments;

  PetscFunctionBeginUser;
  for (PetscInt e = 0; e < constraint->nexperiments; e++) {
    const PetscInt left = e * stride + own;
    DscGram       *gram = &sbl->grams[e];

    PetscCall(DscConstraintGetGram(constraint, moments, left, gram));
    sbl->priors[e] = sbl->settings;
    choose_prior(constraint, moments, left, iteration, &sbl->priors[e]);
    sbl->scaled[e]   = sbl->priors[e];
    sbl->scaled[e].d = gram->yy > 0.0 ? sbl->priors[e].d * gram->nsamples / gram->yy : 0.0;
    sbl->results[e]  = &constraint->regression[left];
  }
  PetscCall(DscSBLSolveGroup(sbl->solver, sbl->grams, sbl->scaled, sbl->results));
  PetscFunctionReturn(0);
}

/* -p_reg with c ln beta and d beta in physical units; nothing where y = 0, of which there is no likelihood. The prior of
   alpha counts once, and not for a column that is 0 everywhere, such as that of a term that is not allowed. */
static double negative_log_posterior(const DscConstraint constraint)
{
  const SBLData       *sbl   = constraint->data;
  const DscRegression *first = NULL;
  double               loss  = 0.0;

  for (PetscInt e = 0; e < constraint->nexperiments; e++) {
    const DscRegression  *reg   = sbl->results[e];
    const DscSBLSettings *prior = &sbl->priors[e];

    if (reg->noise_precision <= 0.0) continue;
    if (!first) first = reg;
    loss += -reg->log_evidence - prior->c * log(reg->noise_precision) + prior->d * reg->noise_precision;
  }
  for (PetscInt j = 0; first && j < constraint->nterms; j++) {
    PetscBool present = PETSC_FALSE;

    for (PetscInt e = 0; e < constraint->nexperiments; e++)
      present = (PetscBool)(present || sbl->results[e]->std[j] > 0.0);
    if (present) loss -= sbl->settings.a * log(first->alpha[j]) - sbl->settings.b * first->alpha[j];
  }
  return loss;
}

/* beta Sigma, and the dependence on the norms: theta_j's column of Theta and y each get a multiple of themselves. */
static void add_sparsity(const DscMoments *moments, PetscInt left, const DscGram *gram, const DscRegression *reg,
                         double W[])
{
  const PetscInt M = moments->nterms, K = moments->nrows, y = DscMomentsRow(moments, left);
  const double   beta = reg->noise_precision, N = moments->nsamples;

  W += DscMomentsOffset(moments, left);
  for (PetscInt i = 0; i < M; i++) {
    for (PetscInt j = 0; j < M; j++) W[i * K + j] += beta * reg->covariance[i * M + j] / N;
  }
  for (PetscInt j = 0; j < M; j++) {
    const double Gjj = gram->G[j * M + j], yy = gram->yy;
    double       q;

    if (Gjj <= 0.0 || yy <= 0.0 || !isfinite(reg->alpha[j])) continue;
    q = reg->alpha[j] * (PetscSqr(reg->normalized[j]) + reg->covariance[j * M + j] * Gjj / yy) - 1.0;
    W[j * K + j] += q / (Gjj * N);
    W[y * K + y] -= q / (yy * N);
  }
}

static PetscErrorCode sbl_couple(DscConstraint constraint, PetscInt iteration, const DscMoments *moments,
                                 PETSC_UNUSED double extra[], PETSC_UNUSED double extra_gradient[],
                                 DscCoupling *coupling)
{
  SBLData       *sbl    = constraint->data;
  const PetscInt stride = moments->nleft / moments->nexperiments;
  const double   N      = moments->nsamples;

  PetscFunctionBeginUser;
  for (PetscInt own = 0; own < stride; own++) {
    PetscCall(solve(constraint, moments, own, constraint->refining ? REFINING : iteration));
    coupling->loss += negative_log_posterior(constraint) / N;
    for (PetscInt e = 0; e < moments->nexperiments; e++) {
      const PetscInt       f   = e * stride + own;
      const DscRegression *reg = sbl->results[e];
      const double         sse = PetscMax(moments->sse[f], DBL_MIN), tau = moments->present[f] / sse;

      PetscCall(DscConstraintAddResidual(moments, f, reg->coefficients, 0.5 * reg->noise_precision / N, coupling->W));
      add_sparsity(moments, f, &sbl->grams[e], reg, coupling->W);
      coupling->tau[f] = tau / N;
      coupling->loss += 0.5 * (1.0 - log(tau) + log(2.0 * PETSC_PI)) * (moments->present[f] / N);
    }
  }
  PetscFunctionReturn(0);
}

/* The reported coefficients: the same posterior without the inactive terms, whose small values would otherwise stay
   correlated with the rest; with the lambda of the search, since that of the refinement would make the error bars shrink
   without any further data. */
static PetscErrorCode sbl_finish(DscConstraint constraint, const DscMoments *moments)
{
  PetscFunctionBeginUser;
  PetscCall(DscConstraintRestrict(constraint));
  for (PetscInt own = 0; own < moments->nleft / moments->nexperiments; own++) {
    PetscCall(solve(constraint, moments, own, SEARCHED));
  }
  PetscFunctionReturn(0);
}

const DscConstraintOps DscConstraintSBL = {.name    = "sbl",
                                           .help    = "sparse Bayesian learning, weight inferred from the data",
                                           .trained = PETSC_FALSE,
                                           .create  = sbl_create,
                                           .destroy = sbl_destroy,
                                           .couple  = sbl_couple,
                                           .finish  = sbl_finish};
