#include "method/stencil.h"

#include <float.h>

#define MAX_POINTS (2 * DSC_MAX_WINDOW + 1)

void DscFiniteDifferenceWeights(PetscInt n, const double x[], double z, PetscInt order, double weights[])
{
  double c1 = 1.0, c4 = x[0] - z;

  for (PetscInt i = 0; i < (order + 1) * n; i++) weights[i] = 0.0;
  weights[0] = 1.0;
  for (PetscInt i = 1; i < n; i++) {
    const PetscInt top = PetscMin(i, order);
    const double   c5  = c4;
    double         c2  = 1.0;

    c4 = x[i] - z;
    for (PetscInt j = 0; j < i; j++) {
      const double c3 = x[i] - x[j];

      c2 *= c3;
      for (PetscInt k = top; j == i - 1 && k >= 0; k--) {
        const double below = k > 0 ? (double)k * weights[(k - 1) * n + i - 1] : 0.0;
        weights[k * n + i] = c1 * (below - c5 * weights[k * n + i - 1]) / c2;
      }
      for (PetscInt k = top; k >= 0; k--) {
        const double below = k > 0 ? (double)k * weights[(k - 1) * n + j] : 0.0;
        weights[k * n + j] = (c4 * weights[k * n + j] - below) / c3;
      }
    }
    c1 = c2;
  }
}

/* One orthonormal polynomial after the other, q_0 = 1/sqrt n and q_j+1 ~ (s - a_j) q_j - b_j q_j-1 on the scaled points s,
   with its derivatives at z; the fit is sum_j (q_j, f) q_j. */
void DscPolynomialWeights(PetscInt n, const double x[], double z, PetscInt degree, PetscInt order, double weights[])
{
  const double scale                      = 2.0 / (x[n - 1] - x[0]);
  double       q[2][MAX_POINTS]           = {{0.0}}, s[MAX_POINTS];
  double       at_z[2][DSC_MAX_ORDER + 1] = {{0.0}}; /* derivatives of the two last polynomials */
  double       norm                       = 0.0;

  for (PetscInt i = 0; i < n; i++) s[i] = scale * (x[i] - z);
  for (PetscInt i = 0; i < n; i++) q[0][i] = 1.0 / sqrt((double)n);
  for (PetscInt i = 0; i < (order + 1) * n; i++) weights[i] = 0.0;
  at_z[0][0] = q[0][0];
  for (PetscInt j = 0; j <= degree; j++) {
    double *now = q[j % 2], *next = q[(j + 1) % 2], *values = at_z[j % 2], *others = at_z[(j + 1) % 2], power = 1.0;
    double  a = 0.0, squares = 0.0;

    for (PetscInt k = 0; k <= order; k++, power *= scale) {
      for (PetscInt i = 0; i < n; i++) weights[k * n + i] += power * values[k] * now[i];
    }
    if (j == degree) break;
    for (PetscInt i = 0; i < n; i++) a += s[i] * now[i] * now[i];
    for (PetscInt i = 0; i < n; i++) {
      next[i] = (s[i] - a) * now[i] - norm * next[i];
      squares += next[i] * next[i];
    }
    for (PetscInt k = order; k >= 0; k--)
      others[k] = -a * values[k] + (k > 0 ? (double)k * values[k - 1] : 0.0) - norm * others[k];
    norm = sqrt(squares);
    for (PetscInt i = 0; i < n; i++) next[i] /= norm;
    for (PetscInt k = 0; k <= order; k++) others[k] /= norm;
  }
}

PetscBool DscAxisIsUniform(PetscInt n, const double x[])
{
  const double step = (x[n - 1] - x[0]) / (double)(n - 1);
  const double eps  = PetscMin(1e-3 * fabs(step), 2.0 * FLT_EPSILON * PetscMax(fabs(x[0]), fabs(x[n - 1])));

  for (PetscInt i = 0; i < n; i++) {
    if (fabs(x[i] - (x[0] + (double)i * step)) > eps) return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

/* The weights [2 half + 1] around x[half]. */
static void set_weights(const double x[], PetscInt half, PetscInt order, PetscInt degree, double all[], double w[])
{
  const PetscInt width = 2 * half + 1;

  if (degree == 2 * half)
    DscFiniteDifferenceWeights(width, x, x[half], order, all);
  else
    DscPolynomialWeights(width, x, x[half], degree, order, all);
  for (PetscInt i = 0; i < width; i++) w[i] = all[order * width + i];
}

PetscErrorCode DscStencilCreate(PetscInt n, const double x[], PetscInt order, PetscInt half, PetscInt degree,
                                DscStencil *stencil)
{
  const PetscInt width             = 2 * half + 1;
  const double   step              = n > 1 ? (x[n - 1] - x[0]) / (double)(n - 1) : 1.0;
  PetscBool      uniform           = DscAxisIsUniform(n, x);
  double         steps[MAX_POINTS] = {0}, w[MAX_POINTS], power = 1.0, *all;

  PetscFunctionBeginUser;
  stencil->half       = half;
  stencil->npositions = uniform ? 1 : n;
  PetscCall(PetscCalloc1((size_t)width * (size_t)stencil->npositions, &stencil->weights));
  PetscCall(PetscMalloc1((size_t)(order + 1) * (size_t)width, &all));
  if (uniform) {
    for (PetscInt i = 0; i < width; i++) steps[i] = (double)(i - half);
    for (PetscInt k = 0; k < order; k++) power *= step;
    set_weights(steps, half, order, degree, all, w);
    for (PetscInt i = 0; i < width; i++) stencil->weights[i] = w[i] / power;
  }
  for (PetscInt p = half; !uniform && p < n - half; p++) {
    set_weights(x + p - half, half, order, degree, all, w);
    for (PetscInt i = 0; i < width; i++) stencil->weights[i * n + p] = w[i];
  }
  PetscCall(PetscFree(all));
  PetscFunctionReturn(0);
}

PetscErrorCode DscStencilDestroy(DscStencil *stencil)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(stencil->weights));
  PetscFunctionReturn(0);
}
