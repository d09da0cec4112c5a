/*
  Adam (Kingma and Ba 2015, algorithm 1) and AMSGrad (Reddi, Kale and Kumar 2018, algorithm 2, with Adam's correction of
  the initial bias kept).

  g gradient, m and v moving averages of g and g^2, t number of the step:
    m <- beta1 m + (1 - beta1) g,  v <- beta2 v + (1 - beta2) g^2,
    theta <- theta - lr m^ / (sqrt(v^) + epsilon),  m^ = m / (1 - beta1^t),  v^ = v / (1 - beta2^t);
  AMSGrad uses the largest v so far in the place of v.
*/
#include "optim/optimizer.h"

void DscAdamUpdate(const DscOptimizerSettings *settings, double t, double lr, PetscInt n, const double g[], double m[],
                   double v[], double vmax[], double theta[])
{
  const double beta1 = settings->beta1, beta2 = settings->beta2, epsilon = settings->epsilon;
  const double rate = lr / (1.0 - pow(beta1, t)), correction = 1.0 / (1.0 - pow(beta2, t));

  for (PetscInt i = 0; i < n; i++) {
    double largest;
    m[i]    = beta1 * m[i] + (1.0 - beta1) * g[i];
    v[i]    = beta2 * v[i] + (1.0 - beta2) * g[i] * g[i];
    largest = v[i];
    if (vmax) {
      vmax[i] = PetscMax(vmax[i], v[i]);
      largest = vmax[i];
    }
    theta[i] -= rate * m[i] / (sqrt(largest * correction) + epsilon);
  }
}

static PetscErrorCode adamCreate(DscOptimizer optimizer)
{
  double *vmax;

  PetscFunctionBeginUser;
  PetscCall(DscOptimizerAllocateState(optimizer, optimizer->settings.amsgrad ? optimizer->size : 0, &vmax));
  optimizer->context = optimizer->settings.amsgrad ? vmax : NULL;
  PetscFunctionReturn(0);
}

static PetscErrorCode adamStep(DscOptimizer optimizer, double lr, const double gradient[], double theta[])
{
  double *vmax = optimizer->context;

  PetscFunctionBeginUser;
  optimizer->state[0] += 1.0;
  DscAdamUpdate(&optimizer->settings, optimizer->state[0], lr, optimizer->size, gradient, optimizer->m, optimizer->v,
                vmax, theta);
  PetscFunctionReturn(0);
}

const DscOptimizerOps DscOptimizerAdam = {
    .name   = "adam",
    .help   = "Adam, and AMSGrad with -optim_amsgrad (Kingma and Ba 2015)",
    .lr     = 2e-3,
    .beta1  = 0.99,
    .beta2  = 0.99,
    .create = adamCreate,
    .step   = adamStep,
};
