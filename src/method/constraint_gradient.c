/*
  Coefficients as trained parameters (paper 002: DeepMoD 2.0, 'GradParams'):
    loss = sum over left-hand sides of |u - u^|^2 / N + weight |u_t - Theta xi|^2 / N + l1 sum_j |w_j|
  in scaled units. The parameters are the normalised coefficients w, xi_j = w_j |u_t| / |theta_j|, so that all of them
  are of order one; they start at 0. The loss depends on the norms through xi as well:
    dL/d ln|theta_j| = -g_j xi_j,   dL/d ln|u_t| = sum_j g_j xi_j,   g = dL/dxi.
*/
#include "method/constraint.h"

typedef struct {
  double  weight, l1;
  double *norm; /* (owned) [nterms] xi_j / w_j */
} GradientData;

static PetscErrorCode gradient_create(DscConstraint constraint, DscOptions options)
{
  GradientData *data;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&data));
  constraint->data = data;
  PetscCall(DscOptionsGetReal(options, "constraint_weight", &data->weight));
  PetscCall(DscOptionsGetReal(options, "constraint_l1", &data->l1));
  PetscCall(PetscMalloc1(constraint->nterms, &data->norm));
  PetscFunctionReturn(0);
}

static PetscErrorCode gradient_destroy(DscConstraint constraint)
{
  GradientData *data = constraint->data;

  PetscFunctionBeginUser;
  PetscCall(PetscFree(data->norm));
  PetscCall(PetscFree(constraint->data));
  PetscFunctionReturn(0);
}

/* The present coefficients as a regression, without error bars. */
static void fill_regression(const GradientData *data, const DscGram *gram, const PetscBool mask[], const double w[],
                            DscRegression *reg)
{
  for (PetscInt j = 0; j < gram->nterms; j++) {
    reg->normalized[j]   = data->norm[j] > 0.0 ? w[j] : 0.0; /* 0: a term that is not allowed, or a zero column */
    reg->coefficients[j] = w[j] * data->norm[j];
    reg->active[j]       = (PetscBool)(mask[j] && data->norm[j] > 0.0);
  }
  reg->residual        = DscConstraintResidual(gram, reg->coefficients);
  reg->noise_precision = reg->residual > 0.0 ? gram->nsamples / reg->residual : PETSC_INFINITY;
  reg->converged       = PETSC_TRUE;
}

/* Gradient of w, and the dependence on the norms. wy: weight of |u_t - Theta xi|^2. */
static void add_norms(const GradientData *data, const DscGram *gram, const DscMoments *moments, PetscInt left,
                      const DscRegression *reg, double wy, double w_gradient[], double W[])
{
  const PetscInt M = moments->nterms, K = moments->nrows, y = DscMomentsRow(moments, left);
  const double  *xi = reg->coefficients;

  W += DscMomentsOffset(moments, left);
  for (PetscInt j = 0; j < M; j++) {
    double g = -gram->b[j];

    for (PetscInt i = 0; i < M; i++) g += gram->G[j * M + i] * xi[i];
    g *= 2.0 * wy;
    w_gradient[j] = reg->active[j] ? g * data->norm[j] + data->l1 * PetscSign(reg->normalized[j]) : 0.0;
    if (!reg->active[j]) continue;
    W[j * K + j] -= g * xi[j] / gram->G[j * M + j];
    W[y * K + y] += g * xi[j] / gram->yy;
  }
}

static PetscErrorCode gradient_couple(DscConstraint constraint, PETSC_UNUSED PetscInt iteration,
                                      const DscMoments *moments, double extra[], double extra_gradient[],
                                      DscCoupling *coupling)
{
  GradientData  *data = constraint->data;
  const PetscInt M    = moments->nterms;

  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < moments->nleft; f++) {
    DscRegression   *reg  = &constraint->regression[f];
    const PetscBool *mask = constraint->mask->active + f * M;
    double          *w    = extra + f * M;
    const double     wu   = 1.0 / (moments->present[f] * PetscSqr(constraint->data_scale[f]));
    const double     wy   = data->weight / (moments->count[f] * PetscSqr(constraint->left_scale[f]));
    DscGram          gram;

    PetscCall(DscConstraintGetGram(constraint, moments, f, &gram));
    for (PetscInt j = 0; j < M; j++) {
      const double Gjj = gram.G[j * M + j];
      data->norm[j]    = Gjj > 0.0 ? sqrt(gram.yy / Gjj) : 0.0;
      if (!mask[j]) w[j] = 0.0;
      coupling->loss += data->l1 * fabs(w[j]);
    }
    fill_regression(data, &gram, mask, w, reg);
    PetscCall(DscConstraintAddResidual(moments, f, reg->coefficients, wy, coupling->W));
    add_norms(data, &gram, moments, f, reg, wy, extra_gradient + f * M, coupling->W);
    coupling->loss += wy * reg->residual + wu * moments->sse[f];
    coupling->tau[f] = 2.0 * wu;
  }
  PetscFunctionReturn(0);
}

const DscConstraintOps DscConstraintGradient = {.name    = "gradient",
                                                .help    = "coefficients trained by the optimiser",
                                                .trained = PETSC_TRUE,
                                                .masked  = PETSC_TRUE,
                                                .create  = gradient_create,
                                                .destroy = gradient_destroy,
                                                .couple  = gradient_couple,
                                                .finish  = DscConstraintRefit};
