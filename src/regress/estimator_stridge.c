/*
  Estimator 'stridge': PDE-FIND's sequentially thresholded ridge with its search for the tolerance (Rudy, Brunton, Proctor
  and Kutz, Science Advances 3, 2017, suppl. algorithms 1 and 2; notes/model-discovery.md 5), in units of the normalised
  problem (xi~_j = xi_j rms(theta_j) / rms(y)):
    STRidge(tol): xi~ of ridge; terms with |xi~_j| < tol leave; again, at most 10 times; least squares on the survivors.
    Search: a fifth of the blocks is held out; error = |held-out residual| + l0 nnz, residual in units of rms(y),
    l0 = stridge_l0 cond(Theta~); the best so far is least squares on the other four fifths. From tol = step,
    maxit = stridge_max_iterations times: xi~ = STRidge(tol) on all samples; if its error is not larger than the best:
    it is the best, tol += step; else tol = max(0, tol - 2 step), step = 2 step / (maxit - iteration), tol += step.
  Where a tolerance cuts all terms at once, PDE-FIND's code goes on with the uncut ridge; here that tolerance is refused.
  cond is over the directions that are not 0 to rounding, so that equal columns do not make every term too dear. With a
  single block, all of it is both parts.
*/
#include "regress/estimator.h"
#include "regress/lapack.h"

#include <math.h>

enum { STRIDGE_FOLDS = 5, STRIDGE_INNER = 10 };

typedef struct {
  double                    lambda, step, l0;
  PetscInt                  max_iterations;
  DscPart                   test, train;
  struct _p_DscRegressWork *work; /* (owned) least squares on the training part */
  double                   *mu;   /* (owned) [nterms] */
  double                   *best; /* (owned) [nterms] */
  double                   *size; /* (owned) [5 nterms] eigenvalues, then LAPACK's scratch */
  PetscBool                *mask; /* (owned) [nterms] */
} STRidge;

static PetscErrorCode stridge_create(DscEstimator estimator, DscOptions options)
{
  const PetscInt n = estimator->nterms;
  STRidge       *data;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&data));
  estimator->data = data;
  PetscCall(DscOptionsGetReal(options, "stridge_lambda", &data->lambda));
  PetscCall(DscOptionsGetReal(options, "stridge_step", &data->step));
  PetscCall(DscOptionsGetReal(options, "stridge_l0", &data->l0));
  PetscCall(DscOptionsGetInt(options, "stridge_max_iterations", &data->max_iterations));
  PetscCall(DscPartCreate(n, &data->test));
  PetscCall(DscPartCreate(n, &data->train));
  PetscCall(DscRegressWorkCreate(n, &data->work));
  PetscCall(PetscCalloc4(n, &data->mu, n, &data->best, 5 * (size_t)n, &data->size, n, &data->mask));
  PetscFunctionReturn(0);
}

static PetscErrorCode stridge_destroy(DscEstimator estimator)
{
  STRidge *data = estimator->data;

  PetscFunctionBeginUser;
  PetscCall(DscPartDestroy(&data->test));
  PetscCall(DscPartDestroy(&data->train));
  PetscCall(DscRegressWorkDestroy(&data->work));
  PetscCall(PetscFree4(data->mu, data->best, data->size, data->mask));
  PetscCall(PetscFree(estimator->data));
  PetscFunctionReturn(0);
}

/* cond(Theta~) of the m candidates: the root of the ratio of the largest eigenvalue of C to the smallest that is not 0
   to rounding; 1 where there are none. */
static PetscErrorCode condition_number(DscEstimator e, double *condition)
{
  STRidge             *data    = e->data;
  const DscNormalized *problem = &e->work->problem;
  PetscInt             m       = 0;
  PetscBLASInt         order, lwork, info;

  PetscFunctionBeginUser;
  *condition = 1.0;
  for (PetscInt j = 0; j < e->nterms; j++)
    if (e->allowed[j]) e->work->terms[m++] = j;
  if (m == 0) PetscFunctionReturn(0);
  for (PetscInt i = 0; i < m; i++)
    for (PetscInt j = 0; j < m; j++) {
      e->work->A[i * m + j] = problem->C[e->work->terms[i] * problem->n + e->work->terms[j]];
    }
  PetscCall(PetscBLASIntCast(m, &order));
  PetscCall(PetscBLASIntCast(4 * m, &lwork));
  LAPACKsyev_("N", "L", &order, e->work->A, &order, data->size, data->size + m, &lwork, &info);
  PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "syev: info %d", (int)info);
  for (PetscInt i = m - 1; i >= 0; i--) { /* ascending */
    if (data->size[i] > GRAM_TOLERANCE * data->size[m - 1]) *condition = sqrt(data->size[m - 1] / data->size[i]);
  }
  PetscFunctionReturn(0);
}

/* STRidge(tol) into data->mu; *cut_all: the first cut leaves nothing. */
static PetscErrorCode stridge(DscEstimator e, double tolerance, PetscBool *cut_all)
{
  STRidge *data = e->data;
  PetscInt size = 0;

  PetscFunctionBeginUser;
  *cut_all = PETSC_FALSE;
  PetscCall(PetscArraycpy(data->mask, e->allowed, (size_t)e->nterms));
  for (PetscInt j = 0; j < e->nterms; j++) size += data->mask[j] ? 1 : 0;
  PetscCall(DscNormalizedSolve(e->work, data->mask, data->lambda, data->mu));
  for (PetscInt it = 0; it < STRIDGE_INNER; it++) {
    PetscInt left = 0;

    for (PetscInt j = 0; j < e->nterms; j++) left += data->mask[j] && fabs(data->mu[j]) >= tolerance ? 1 : 0;
    if (left == 0 && it == 0) *cut_all = PETSC_TRUE;
    if (left == size || left == 0) break;
    size = left;
    for (PetscInt j = 0; j < e->nterms; j++)
      if (fabs(data->mu[j]) < tolerance) data->mask[j] = PETSC_FALSE;
    PetscCall(DscNormalizedSolve(e->work, data->mask, data->lambda, data->mu));
  }
  PetscCall(DscNormalizedSolve(e->work, data->mask, 0.0, data->mu));
  PetscFunctionReturn(0);
}

static double error_of(const DscEstimator e, double l0, const double mu[])
{
  const STRidge *data  = e->data;
  double         error = sqrt(e->work->problem.nsamples * DscPartResidual(&data->test, mu));

  for (PetscInt j = 0; j < e->nterms; j++)
    if (mu[j] != 0.0) error += l0;
  return error;
}

/* The held-out part, and least squares on the other into data->best. */
static PetscErrorCode start(DscEstimator e, const DscGramBlocks *blocks)
{
  STRidge       *data    = e->data;
  const PetscInt folds   = DscFoldsCount(blocks, STRIDGE_FOLDS);
  DscNormalized *problem = &data->work->problem;
  const DscPart *train   = folds > 1 ? &data->train : &data->test;

  PetscFunctionBeginUser;
  PetscCall(DscFoldGet(e, blocks, 0, folds, DSC_FOLD_TEST, &data->test));
  if (folds > 1) PetscCall(DscFoldGet(e, blocks, 0, folds, DSC_FOLD_TRAIN, &data->train));
  PetscCall(PetscArraycpy(problem->C, train->C, (size_t)(e->nterms * e->nterms)));
  PetscCall(PetscArraycpy(problem->c, train->c, (size_t)e->nterms));
  PetscCall(PetscArraycpy(problem->rms, e->work->problem.rms, (size_t)e->nterms));
  PetscCall(DscNormalizedSolve(data->work, e->allowed, 0.0, data->best));
  PetscFunctionReturn(0);
}

static PetscErrorCode stridge_select(DscEstimator e, const DscGramBlocks *blocks, DscRegression *result)
{
  STRidge *data      = e->data;
  double   tolerance = data->step, step = data->step, l0, least;

  PetscFunctionBeginUser;
  PetscCall(condition_number(e, &l0));
  l0 *= data->l0;
  PetscCall(start(e, blocks));
  least = error_of(e, l0, data->best);
  for (PetscInt it = 0; it < data->max_iterations; it++) {
    PetscBool cut_all;
    double    error;

    PetscCall(stridge(e, tolerance, &cut_all));
    error = error_of(e, l0, data->mu);
    if (!cut_all && error <= least) {
      least = error;
      PetscCall(PetscArraycpy(data->best, data->mu, (size_t)e->nterms));
      tolerance += step;
    } else {
      tolerance = PetscMax(0.0, tolerance - 2.0 * step);
      step      = 2.0 * step / (double)(data->max_iterations - it);
      tolerance += step;
    }
  }
  for (PetscInt j = 0; j < e->nterms; j++) result->active[j] = data->best[j] != 0.0 ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}

const DscEstimatorOps DscEstimatorSTRidge = {.name       = "stridge",
                                             .help       = "PDE-FIND's thresholded ridge and search for the tolerance",
                                             .min_blocks = STRIDGE_FOLDS,
                                             .create     = stridge_create,
                                             .destroy    = stridge_destroy,
                                             .select     = stridge_select};
