/*
  Least squares and ridge regression as the constraint (paper 002: DeepMoD 2.0, eq. 3 of paper 000):
    loss = sum over left-hand sides of |u - u^|^2 / N + weight (|u_t - Theta xi|^2 + lambda sum_j |theta_j|^2 xi_j^2) / N
  in scaled units (with -data_scale none: as in the paper); xi is the minimiser on the terms of the mask, and therefore a
  constant for the gradient. lambda = 0 is least squares.
*/
#include "method/constraint.h"

typedef struct {
  PetscBool ridge;
  double    weight, lambda;
} LeastSquaresData;

static PetscErrorCode create(DscConstraint constraint, DscOptions options, PetscBool ridge)
{
  LeastSquaresData *ls;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&ls));
  constraint->data = ls;
  ls->ridge        = ridge;
  if (ridge) PetscCall(DscOptionsGetReal(options, "ridge_lambda", &ls->lambda));
  PetscCall(DscOptionsGetReal(options, "constraint_weight", &ls->weight));
  PetscFunctionReturn(0);
}

static PetscErrorCode least_squares_create(DscConstraint constraint, DscOptions options)
{
  PetscFunctionBeginUser;
  PetscCall(create(constraint, options, PETSC_FALSE));
  PetscFunctionReturn(0);
}

static PetscErrorCode ridge_create(DscConstraint constraint, DscOptions options)
{
  PetscFunctionBeginUser;
  PetscCall(create(constraint, options, PETSC_TRUE));
  PetscFunctionReturn(0);
}

static PetscErrorCode least_squares_destroy(DscConstraint constraint)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(constraint->data));
  PetscFunctionReturn(0);
}

static PetscErrorCode solve(const LeastSquaresData *ls, const DscGram *gram, const PetscBool mask[],
                            DscRegression *regression)
{
  PetscFunctionBeginUser;
  if (ls->ridge)
    PetscCall(DscRidge(gram, mask, ls->lambda, regression));
  else
    PetscCall(DscLeastSquares(gram, mask, regression));
  PetscFunctionReturn(0);
}

static PetscErrorCode least_squares_couple(DscConstraint constraint, PETSC_UNUSED PetscInt iteration,
                                           const DscMoments *moments, PETSC_UNUSED double extra[],
                                           PETSC_UNUSED double extra_gradient[], DscCoupling *coupling)
{
  LeastSquaresData *ls = constraint->data;
  const PetscInt    M = moments->nterms, K = moments->nrows;

  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < moments->nleft; f++) {
    DscRegression *reg = &constraint->regression[f];
    const double   wu  = 1.0 / (moments->present[f] * PetscSqr(constraint->data_scale[f]));
    const double   wy  = ls->weight / (moments->count[f] * PetscSqr(constraint->left_scale[f]));
    double        *W   = coupling->W + DscMomentsOffset(moments, f);
    DscGram        gram;

    PetscCall(DscConstraintGetGram(constraint, moments, f, &gram));
    PetscCall(solve(ls, &gram, constraint->mask->active + f * M, reg));
    PetscCall(DscConstraintAddResidual(moments, f, reg->coefficients, wy, coupling->W));
    coupling->loss += wy * DscConstraintResidual(&gram, reg->coefficients) + wu * moments->sse[f];
    coupling->tau[f] = 2.0 * wu;
    for (PetscInt j = 0; j < M; j++) {
      const double penalty = wy * ls->lambda * PetscSqr(reg->coefficients[j]);
      W[j * K + j] += 2.0 * penalty;
      coupling->loss += penalty * gram.G[j * M + j];
    }
  }
  PetscFunctionReturn(0);
}

const DscConstraintOps DscConstraintLeastSquares = {.name    = "least_squares",
                                                    .help    = "coefficients by least squares within a mask (DeepMoD)",
                                                    .trained = PETSC_FALSE,
                                                    .masked  = PETSC_TRUE,
                                                    .create  = least_squares_create,
                                                    .destroy = least_squares_destroy,
                                                    .couple  = least_squares_couple,
                                                    .finish  = DscConstraintRefit};

const DscConstraintOps DscConstraintRidge = {.name    = "ridge",
                                             .help    = "coefficients by ridge regression within a mask",
                                             .trained = PETSC_FALSE,
                                             .masked  = PETSC_TRUE,
                                             .create  = ridge_create,
                                             .destroy = least_squares_destroy,
                                             .couple  = least_squares_couple,
                                             .finish  = DscConstraintRefit};
