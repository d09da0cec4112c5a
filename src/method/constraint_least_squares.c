/*
  Least squares and ridge regression as the constraint (paper 002: DeepMoD 2.0, eq. 3 of paper 000):
    loss = sum over left-hand sides of |u - u^|^2 / N + weight (|u_t - Theta xi|^2 + lambda sum_j |theta_j|^2 xi_j^2) / N
  in scaled units (with -data_scale none: as in the paper); xi is the minimiser on the terms of the mask, and therefore a
  constant for the gradient. lambda = 0 is least squares. The mask is found anew every -mask_interval iterations from
  -mask_start on: a regression on all terms, then a threshold on the normalised coefficients (of several experiments: on
  their root mean square).
*/
#include "method/constraint.h"

typedef struct {
  PetscBool  ridge;
  double     weight, lambda, threshold;
  PetscInt   mask_start, mask_interval;
  PetscBool *mask; /* (owned) [nleft][nterms] */
} LeastSquaresData;

static PetscErrorCode create(DscConstraint constraint, DscOptions options, PetscBool ridge)
{
  const PetscInt    n = constraint->nleft * constraint->nterms;
  LeastSquaresData *ls;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&ls));
  constraint->data = ls;
  ls->ridge        = ridge;
  if (ridge) PetscCall(DscOptionsGetReal(options, "ridge_lambda", &ls->lambda));
  PetscCall(DscOptionsGetReal(options, "constraint_weight", &ls->weight));
  PetscCall(DscOptionsGetReal(options, "mask_threshold", &ls->threshold));
  PetscCall(DscOptionsGetInt(options, "mask_start", &ls->mask_start));
  PetscCall(DscOptionsGetInt(options, "mask_interval", &ls->mask_interval));
  PetscCall(PetscMalloc1(n, &ls->mask));
  for (PetscInt i = 0; i < n; i++) ls->mask[i] = PETSC_TRUE;
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
  LeastSquaresData *ls = constraint->data;

  PetscFunctionBeginUser;
  PetscCall(PetscFree(ls->mask));
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

/* Of one left-hand side, with its coefficients. */
static PetscErrorCode add_loss(DscConstraint constraint, const DscMoments *moments, PetscInt left, const DscGram *gram,
                               DscCoupling *coupling)
{
  const LeastSquaresData *ls  = constraint->data;
  const DscRegression    *reg = &constraint->regression[left];
  const PetscInt          M = moments->nterms, K = moments->nrows;
  const double            wu = 1.0 / (moments->present[left] * PetscSqr(constraint->data_scale[left]));
  const double            wy = ls->weight / (moments->count[left] * PetscSqr(constraint->left_scale[left]));
  double                 *W  = coupling->W + DscMomentsOffset(moments, left);

  PetscFunctionBeginUser;
  PetscCall(DscConstraintAddResidual(moments, left, reg->coefficients, wy, coupling->W));
  coupling->loss += wy * DscConstraintResidual(gram, reg->coefficients) + wu * moments->sse[left];
  coupling->tau[left] = 2.0 * wu;
  for (PetscInt j = 0; j < M; j++) {
    const double penalty = wy * ls->lambda * PetscSqr(reg->coefficients[j]);
    W[j * K + j] += 2.0 * penalty;
    coupling->loss += penalty * gram->G[j * M + j];
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode least_squares_couple(DscConstraint constraint, PetscInt iteration, const DscMoments *moments,
                                           PETSC_UNUSED const double extra[], PETSC_UNUSED double extra_gradient[],
                                           DscCoupling *coupling)
{
  LeastSquaresData *ls = constraint->data;
  const PetscInt    M = moments->nterms, stride = moments->nleft / moments->nexperiments;
  const PetscBool   find_mask = (PetscBool)(ls->mask_interval > 0 && iteration >= ls->mask_start &&
                                          (iteration - ls->mask_start) % ls->mask_interval == 0);
  DscGram           gram;

  PetscFunctionBeginUser;
  for (PetscInt own = 0; own < stride; own++) {
    for (PetscInt f = own; f < moments->nleft && find_mask; f += stride) {
      PetscCall(DscConstraintGetGram(constraint, moments, f, &gram));
      PetscCall(solve(ls, &gram, NULL, &constraint->regression[f]));
    }
    if (find_mask) PetscCall(DscConstraintThreshold(constraint, own, ls->threshold, ls->mask));
    for (PetscInt f = own; f < moments->nleft; f += stride) {
      PetscCall(DscConstraintGetGram(constraint, moments, f, &gram));
      PetscCall(solve(ls, &gram, ls->mask + f * M, &constraint->regression[f]));
      PetscCall(add_loss(constraint, moments, f, &gram, coupling));
    }
    PetscCall(DscConstraintThreshold(constraint, own, ls->threshold, NULL)); /* what would be reported now */
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode least_squares_save(DscConstraint constraint, DscBuffer state)
{
  const LeastSquaresData *ls = constraint->data;

  PetscFunctionBeginUser;
  PetscCall(
      DscBufferPutBytes(state, "mask", constraint->nleft * constraint->nterms * (PetscInt)sizeof(PetscBool), ls->mask));
  PetscFunctionReturn(0);
}

static PetscErrorCode least_squares_restore(DscConstraint constraint, DscBuffer state)
{
  LeastSquaresData *ls = constraint->data;

  PetscFunctionBeginUser;
  PetscCall(
      DscBufferGetBytes(state, "mask", constraint->nleft * constraint->nterms * (PetscInt)sizeof(PetscBool), ls->mask));
  PetscFunctionReturn(0);
}

const DscConstraintOps DscConstraintLeastSquares = {.name    = "least_squares",
                                                    .help    = "coefficients by least squares within a mask (DeepMoD)",
                                                    .trained = PETSC_FALSE,
                                                    .create  = least_squares_create,
                                                    .destroy = least_squares_destroy,
                                                    .couple  = least_squares_couple,
                                                    .finish  = DscConstraintRefit,
                                                    .save    = least_squares_save,
                                                    .restore = least_squares_restore};

const DscConstraintOps DscConstraintRidge = {.name    = "ridge",
                                             .help    = "coefficients by ridge regression within a mask",
                                             .trained = PETSC_FALSE,
                                             .create  = ridge_create,
                                             .destroy = least_squares_destroy,
                                             .couple  = least_squares_couple,
                                             .finish  = DscConstraintRefit,
                                             .save    = least_squares_save,
                                             .restore = least_squares_restore};
