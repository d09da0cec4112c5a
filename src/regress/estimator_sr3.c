/*
  Estimator 'sr3': sparse relaxed regularised regression with the l0 norm (Zheng, Askham, Brunton, Kutz and Aravkin, IEEE
  Access 7, 2019, eq. 2; Champion, Zheng, Aravkin, Brunton and Kutz, IEEE Access 8, 2020), on the normalised problem:
    F(w, u) = 1/2 (1 - 2 c'w + w'Cw) + 1/(2 nu) |w - u|^2 + lambda |u|_0,   lambda = threshold^2 / (2 nu),
    w <- (C + I/nu)^-1 (c + u/nu),   u_j <- w_j where |w_j| >= threshold, else 0;
  each step is a minimum over its variable, so F never rises. Starts from the thresholded least squares; the terms of the
  last u are active. nu = sr3_nu, threshold = sr3_threshold.
*/
#include "regress/sr3.h"
#include "regress/lapack.h"

#include <math.h>

#define SR3_TOLERANCE 1e-7

PetscErrorCode DscSR3Create(PetscInt n, double nu, double threshold, DscSR3 *sr3)
{
  PetscFunctionBeginUser;
  *sr3 = (DscSR3){.n = n, .kappa = 1.0 / nu, .threshold = threshold};
  PetscCall(PetscCalloc2(n, &sr3->c, (size_t)(n * n), &sr3->L));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSR3Destroy(DscSR3 *sr3)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree2(sr3->c, sr3->L));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSR3SetProblem(DscSR3 *sr3, const DscNormalized *problem, const PetscBool allowed[])
{
  const PetscInt n = sr3->n;
  PetscBLASInt   order, info;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < n; i++) {
    sr3->c[i] = allowed[i] ? problem->c[i] : 0.0;
    for (PetscInt j = 0; j < n; j++) sr3->L[i * n + j] = allowed[i] && allowed[j] ? problem->C[i * n + j] : 0.0;
    sr3->L[i * n + i] += sr3->kappa;
  }
  PetscCall(PetscBLASIntCast(n, &order));
  LAPACKpotrf_("L", &order, sr3->L, &order, &info);
  PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "potrf: info %d", (int)info);
  PetscFunctionReturn(0);
}

PetscErrorCode DscSR3Step(DscSR3 *sr3, double u[], double w[], double *change)
{
  PetscBLASInt order, one = 1, info;
  double       square = 0.0;

  PetscFunctionBeginUser;
  PetscCall(PetscBLASIntCast(sr3->n, &order));
  for (PetscInt j = 0; j < sr3->n; j++) w[j] = sr3->c[j] + sr3->kappa * u[j];
  LAPACKpotrs_("L", &order, &one, sr3->L, &order, w, &order, &info);
  PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "potrs: info %d", (int)info);
  for (PetscInt j = 0; j < sr3->n; j++) {
    const double uj = fabs(w[j]) >= sr3->threshold ? w[j] : 0.0;

    square += PetscSqr(uj - u[j]);
    u[j] = uj;
  }
  *change = sqrt(square);
  PetscFunctionReturn(0);
}

typedef struct {
  DscSR3   sr3;
  PetscInt max_iterations;
  double  *u, *w; /* (owned) [nterms] each */
} SR3;

static PetscErrorCode sr3_create(DscEstimator estimator, DscOptions options)
{
  double threshold, nu;
  SR3   *data;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&data));
  estimator->data = data;
  PetscCall(DscOptionsGetReal(options, "sr3_threshold", &threshold));
  PetscCall(DscOptionsGetReal(options, "sr3_nu", &nu));
  PetscCall(DscOptionsGetInt(options, "sr3_max_iterations", &data->max_iterations));
  PetscCall(DscSR3Create(estimator->nterms, nu, threshold, &data->sr3));
  PetscCall(PetscCalloc2(estimator->nterms, &data->u, estimator->nterms, &data->w));
  PetscFunctionReturn(0);
}

static PetscErrorCode sr3_destroy(DscEstimator estimator)
{
  SR3 *data = estimator->data;

  PetscFunctionBeginUser;
  PetscCall(DscSR3Destroy(&data->sr3));
  PetscCall(PetscFree2(data->u, data->w));
  PetscCall(PetscFree(estimator->data));
  PetscFunctionReturn(0);
}

static PetscErrorCode sr3_select(DscEstimator estimator, const DscGramBlocks *blocks, DscRegression *result)
{
  SR3           *data = estimator->data;
  const PetscInt n    = estimator->nterms;

  (void)blocks;
  PetscFunctionBeginUser;
  PetscCall(DscSR3SetProblem(&data->sr3, &estimator->work->problem, estimator->allowed));
  PetscCall(DscNormalizedSolve(estimator->work, estimator->allowed, 0.0, data->u));
  for (PetscInt j = 0; j < n; j++)
    if (fabs(data->u[j]) < data->sr3.threshold) data->u[j] = 0.0;
  result->converged = PETSC_FALSE;
  for (PetscInt it = 0; it < data->max_iterations && !result->converged; it++) {
    double change;

    PetscCall(DscSR3Step(&data->sr3, data->u, data->w, &change));
    result->converged = change <= SR3_TOLERANCE ? PETSC_TRUE : PETSC_FALSE;
  }
  for (PetscInt j = 0; j < n; j++) result->active[j] = data->u[j] != 0.0 ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}

const DscEstimatorOps DscEstimatorSR3 = {.name       = "sr3",
                                         .help       = "relaxed regression with a hard threshold (SR3)",
                                         .min_blocks = 1,
                                         .create     = sr3_create,
                                         .destroy    = sr3_destroy,
                                         .select     = sr3_select};
