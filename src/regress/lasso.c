/*
  The lasso by coordinate descent on the normalised Gram matrix C, c (Friedman, Hastie and Tibshirani, J. Stat. Softw.
  33(1), 2010, eqs. 5 and 8, 'covariance updates'):
    min_w  1/2 w'Cw - c'w + penalty sum_j v_j |w_j|,   w_j <- S(g_j + C_jj w_j, penalty v_j) / C_jj,   g = c - C w,
  S(z, t) = sign(z) max(|z| - t, 0). Where columns are alike coordinate descent creeps, so between sweeps the active
  terms are solved for exactly at their present signs; a coefficient that would change its sign stops at 0 (feature-sign
  search: Lee, Battle, Raina and Ng, NIPS 19, 2007). Both lower the objective, so the pair ends.

  The penalty: a geometric path from the smallest penalty that makes all w 0 down, by K-fold cross-validation over blocks.
*/
#include "regress/lasso.h"
#include "regress/lapack.h"

#include <math.h>

/* Violation of the optimality conditions, in units of y~' theta~ / N <= 1, that is accepted; iterations at most. */
#define LASSO_TOLERANCE      1e-9
#define LASSO_MAX_ITERATIONS 1000

struct _p_DscLasso {
  PetscInt  n, folds, npenalties;
  double    ratio; /* smallest penalty of the path / largest */
  PetscBool one_standard_error;
  DscPart   train, test;
  double   *g, *w;       /* (owned) [n] */
  double   *A, *x;       /* (owned) [n][n], [n] the active terms' system */
  PetscInt *candidates;  /* (owned) [n] */
  PetscInt *active;      /* (owned) [n] */
  double   *penalties;   /* (owned) [npenalties] */
  double   *errors;      /* (owned) [npenalties] validation, in units of y's mean square */
  double   *fold_errors; /* (owned) [npenalties][folds] */
};

PetscErrorCode DscLassoCreate(DscEstimator estimator, DscOptions options, DscLasso *lasso)
{
  const size_t n = (size_t)estimator->nterms;
  const char  *rule;
  DscLasso     l;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&l));
  *lasso = l;
  l->n   = estimator->nterms;
  PetscCall(DscOptionsGetInt(options, "lasso_folds", &l->folds));
  PetscCall(DscOptionsGetInt(options, "lasso_penalties", &l->npenalties));
  PetscCall(DscOptionsGetReal(options, "lasso_ratio", &l->ratio));
  PetscCall(DscOptionsGetString(options, "lasso_rule", &rule));
  l->one_standard_error = strcmp(rule, "one_standard_error") == 0 ? PETSC_TRUE : PETSC_FALSE;
  estimator->nblocks    = PetscMax(estimator->nblocks, l->folds);
  PetscCall(DscPartCreate(l->n, &l->train));
  PetscCall(DscPartCreate(l->n, &l->test));
  PetscCall(PetscCalloc6(n, &l->g, n, &l->w, n * n, &l->A, n, &l->x, n, &l->candidates, n, &l->active));
  PetscCall(PetscCalloc3(l->npenalties, &l->penalties, l->npenalties, &l->errors,
                         (size_t)l->npenalties * (size_t)l->folds, &l->fold_errors));
  PetscFunctionReturn(0);
}

PetscErrorCode DscLassoDestroy(DscLasso *lasso)
{
  DscLasso l = *lasso;

  PetscFunctionBeginUser;
  if (!l) PetscFunctionReturn(0);
  PetscCall(DscPartDestroy(&l->train));
  PetscCall(DscPartDestroy(&l->test));
  PetscCall(PetscFree6(l->g, l->w, l->A, l->x, l->candidates, l->active));
  PetscCall(PetscFree3(l->penalties, l->errors, l->fold_errors));
  PetscCall(PetscFree(*lasso));
  PetscFunctionReturn(0);
}

PetscErrorCode DscLassoGetPath(DscLasso lasso, PetscInt *n, const double **penalties, const double **errors)
{
  PetscFunctionBeginUser;
  *n         = lasso->npenalties;
  *penalties = lasso->penalties;
  *errors    = lasso->errors;
  PetscFunctionReturn(0);
}

/* ---- one penalty ---------------------------------------------------------------------------------------------- */

/* g = c - C w */
static void compute_gradient(DscLasso l, const double C[], const double c[], const double w[])
{
  double *restrict g = l->g;

  for (PetscInt i = 0; i < l->n; i++) g[i] = c[i];
  for (PetscInt j = 0; j < l->n; j++) {
    const double *restrict row = C + j * l->n;
    const double wj            = w[j];

    if (wj == 0.0) continue;
    for (PetscInt i = 0; i < l->n; i++) g[i] -= wj * row[i];
  }
}

/* Once through the candidates; the largest violation that it met. */
static double sweep(DscLasso l, const double C[], const double weights[], double penalty, PetscInt m, double w[])
{
  double *restrict g = l->g;
  double largest     = 0.0;

  for (PetscInt k = 0; k < m; k++) {
    const PetscInt j           = l->candidates[k];
    const double *restrict row = C + j * l->n;
    const double diagonal = row[j], z = g[j] + diagonal * w[j];
    const double size   = fabs(z) - penalty * weights[j];
    const double wj     = size > 0.0 ? copysign(size, z) / diagonal : 0.0;
    const double change = wj - w[j], violation = fabs(change) * diagonal;

    if (violation < 0.1 * LASSO_TOLERANCE && (wj == 0.0) == (w[j] == 0.0)) continue;
    w[j]    = wj;
    largest = fmax(largest, violation);
    for (PetscInt i = 0; i < l->n; i++) g[i] -= change * row[i];
  }
  return largest;
}

/* x = w_a + (C_aa + jitter I)^-1 (g_a - penalty v_a sign(w_a)): the minimum over the m active terms at their signs, but
   for directions that are 0 to rounding, in which it is a step towards it. */
static PetscErrorCode solve_active(DscLasso l, const double C[], const double weights[], double penalty, PetscInt m,
                                   const double w[])
{
  PetscBLASInt one = 1, order, info = 1;

  PetscFunctionBeginUser;
  PetscCall(PetscBLASIntCast(m, &order));
  for (double jitter = GRAM_TOLERANCE; info != 0; jitter *= 100.0) { /* the first nearly always does */
    PetscCheck(jitter < 100.0 * (double)m, PETSC_COMM_SELF, PETSC_ERR_LIB, "lasso: C cannot be factored");
    for (PetscInt a = 0; a < m; a++) {
      const double *restrict row = C + l->active[a] * l->n;

      for (PetscInt b = a; b < m; b++) l->A[a * m + b] = row[l->active[b]];
      l->A[a * m + a] += jitter;
    }
    LAPACKpotrf_("L", &order, l->A, &order, &info);
    PetscCheck(info >= 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "potrf: argument %d", (int)-info);
  }
  for (PetscInt a = 0; a < m; a++) {
    const PetscInt i = l->active[a];

    l->x[a] = l->g[i] - copysign(penalty * weights[i], w[i]);
  }
  LAPACKpotrs_("L", &order, &one, l->A, &order, l->x, &order, &info);
  PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "potrs: info %d", (int)info);
  for (PetscInt a = 0; a < m; a++) l->x[a] += w[l->active[a]];
  PetscFunctionReturn(0);
}

/* From w towards x, up to the first coefficient that would pass through 0, which becomes 0; true: arrived at x. */
static PetscBool step_to(DscLasso l, PetscInt m, double w[])
{
  double   length = 1.0;
  PetscInt first  = -1;

  for (PetscInt a = 0; a < m; a++) {
    const double wa = w[l->active[a]], ratio = wa / (wa - l->x[a]);

    if (wa * l->x[a] <= 0.0 && ratio < length) {
      length = ratio;
      first  = a;
    }
  }
  for (PetscInt a = 0; a < m; a++) w[l->active[a]] += length * (l->x[a] - w[l->active[a]]);
  if (first >= 0) w[l->active[first]] = 0.0;
  return first < 0 ? PETSC_TRUE : PETSC_FALSE;
}

/* The minimum over the active terms within their signs, terms leaving where a sign would change. */
static PetscErrorCode descend_active(DscLasso l, const double C[], const double c[], const double weights[],
                                     double penalty, double w[])
{
  PetscBool arrived = PETSC_FALSE;

  PetscFunctionBeginUser;
  while (!arrived) {
    PetscInt m = 0;

    for (PetscInt j = 0; j < l->n; j++)
      if (w[j] != 0.0) l->active[m++] = j;
    if (m == 0) break;
    PetscCall(solve_active(l, C, weights, penalty, m, w));
    arrived = step_to(l, m, w);
    compute_gradient(l, C, c, w);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscLassoSolve(DscLasso l, const double C[], const double c[], const double weights[], double penalty,
                             double w[], PetscBool *converged)
{
  PetscInt m = 0;

  PetscFunctionBeginUser;
  for (PetscInt j = 0; j < l->n; j++) {
    if (weights[j] < INFINITY && C[j * l->n + j] > GRAM_TOLERANCE)
      l->candidates[m++] = j;
    else
      w[j] = 0.0;
  }
  compute_gradient(l, C, c, w);
  for (PetscInt it = 0; it < LASSO_MAX_ITERATIONS; it++) {
    if (sweep(l, C, weights, penalty, m, w) < LASSO_TOLERANCE) PetscFunctionReturn(0);
    PetscCall(descend_active(l, C, c, weights, penalty, w));
  }
  *converged = PETSC_FALSE;
  PetscFunctionReturn(0);
}

/* ---- the path, and the choice on it --------------------------------------------------------------------------- */

static void set_penalties(DscLasso l, const double c[], const double weights[])
{
  double largest = 0.0;

  for (PetscInt j = 0; j < l->n; j++)
    if (weights[j] < INFINITY && weights[j] > 0.0) largest = fmax(largest, fabs(c[j]) / weights[j]);
  for (PetscInt k = 0; k < l->npenalties; k++) {
    l->penalties[k] = largest * pow(l->ratio, (double)k / (double)PetscMax(l->npenalties - 1, 1));
  }
}

/* Validation residuals of one fold along the path, as mean squares; by `folds`, the fold varies fastest. */
static PetscErrorCode validate_fold(DscLasso l, DscEstimator e, const DscGramBlocks *blocks, const double weights[],
                                    PetscInt fold, PetscInt folds, PetscBool *converged)
{
  double inverse;

  PetscFunctionBeginUser;
  PetscCall(DscFoldGet(e, blocks, fold, folds, DSC_FOLD_TEST, &l->test));
  PetscCall(DscFoldGet(e, blocks, fold, folds, DSC_FOLD_TRAIN, &l->train));
  inverse = 1.0 / l->train.share;
  for (PetscInt i = 0; i < l->n * l->n; i++) l->train.C[i] *= inverse;
  for (PetscInt i = 0; i < l->n; i++) l->train.c[i] *= inverse;
  PetscCall(PetscArrayzero(l->w, (size_t)l->n));
  for (PetscInt k = 0; k < l->npenalties; k++) {
    double residual;

    PetscCall(DscLassoSolve(l, l->train.C, l->train.c, weights, l->penalties[k], l->w, converged));
    residual = DscPartResidual(&l->test, l->w);
    l->errors[k] += residual;
    l->fold_errors[k * folds + fold] = residual / l->test.share;
  }
  PetscFunctionReturn(0);
}

/* With one fold there is nothing to validate on: Schwarz' criterion on the whole problem stands in for the error, so that
   errors are N ln(residual) + ln(N) nnz (Zou, Hastie and Tibshirani, Ann. Stat. 35, 2007). */
static PetscErrorCode judge_by_bic(DscLasso l, DscEstimator e, const double weights[], PetscBool *converged)
{
  const DscNormalized *problem = &e->work->problem;

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(l->w, (size_t)l->n));
  for (PetscInt k = 0; k < l->npenalties; k++) {
    double residual;

    PetscCall(DscLassoSolve(l, problem->C, problem->c, weights, l->penalties[k], l->w, converged));
    residual     = fmax(DscNormalizedResidual(problem, l->w), GRAM_TOLERANCE);
    l->errors[k] = problem->nsamples * log(residual);
    for (PetscInt j = 0; j < l->n; j++)
      if (l->w[j] != 0.0) l->errors[k] += log(problem->nsamples);
  }
  PetscFunctionReturn(0);
}

/* The penalty with the least error, or the largest one whose error is within one standard error of it (Hastie,
   Tibshirani and Friedman, 2009, 7.10). */
static PetscInt choose(const DscLasso l, PetscInt folds)
{
  PetscInt best = 0;
  double   mean = 0.0, square = 0.0, limit;

  for (PetscInt k = 1; k < l->npenalties; k++)
    if (l->errors[k] < l->errors[best]) best = k;
  if (!l->one_standard_error || folds < 2) return best;
  for (PetscInt f = 0; f < folds; f++) mean += l->fold_errors[best * folds + f] / (double)folds;
  for (PetscInt f = 0; f < folds; f++) square += PetscSqr(l->fold_errors[best * folds + f] - mean);
  limit = l->errors[best] + sqrt(square / (double)((folds - 1) * folds));
  for (PetscInt k = 0; k < best; k++)
    if (l->errors[k] <= limit) return k;
  return best;
}

PetscErrorCode DscLassoCrossValidate(DscLasso l, DscEstimator e, const DscGramBlocks *blocks, const double weights[],
                                     double w[], double *penalty, PetscBool *converged)
{
  const DscNormalized *problem = &e->work->problem;
  const PetscInt       folds   = DscFoldsCount(blocks, l->folds);
  PetscInt             chosen;

  PetscFunctionBeginUser;
  set_penalties(l, problem->c, weights);
  PetscCall(PetscArrayzero(l->errors, (size_t)l->npenalties));
  if (folds < 2) PetscCall(judge_by_bic(l, e, weights, converged));
  for (PetscInt f = 0; f < folds && folds > 1; f++) {
    PetscCall(validate_fold(l, e, blocks, weights, f, folds, converged));
  }
  chosen = choose(l, folds);
  PetscCall(PetscArrayzero(w, (size_t)l->n));
  for (PetscInt k = 0; k <= chosen; k++) { /* the path is the warm start */
    PetscCall(DscLassoSolve(l, problem->C, problem->c, weights, l->penalties[k], w, converged));
  }
  if (penalty) *penalty = l->penalties[chosen];
  PetscFunctionReturn(0);
}
