/* The bump (1 - s^2)^p, its derivatives, and their integrals against Legendre's polynomials. */
#include "method/weak_private.h"

#include <math.h>

/* p (p - 1) ... (p - k + 1) */
static double falling(PetscInt p, PetscInt k)
{
  double product = 1.0;

  for (PetscInt i = 0; i < k; i++) product *= (double)(p - i);
  return product;
}

/* Leibniz on (1 - s)^p (1 + s)^p: no cancellation near the ends, where the factors are small. */
double DscBump(PetscInt degree, PetscInt order, double s)
{
  double sum = 0.0, binomial = 1.0;

  if (fabs(s) >= 1.0) return 0.0;
  for (PetscInt j = 0; j <= order; j++) {
    const double left  = falling(degree, j) * pow(1.0 - s, (double)(degree - j));
    const double right = falling(degree, order - j) * pow(1.0 + s, (double)(degree - order + j));

    sum += (j % 2 ? -binomial : binomial) * left * right;
    binomial *= (double)(order - j) / (double)(j + 1);
  }
  return sum;
}

/* P_n(s), and its derivative where wanted. */
static double legendre(PetscInt n, double s, double *derivative)
{
  double before = 1.0, p = n > 0 ? s : 1.0;

  for (PetscInt k = 1; k < n; k++) {
    const double next = ((double)(2 * k + 1) * s * p - (double)k * before) / (double)(k + 1);

    before = p;
    p      = next;
  }
  if (derivative) *derivative = n > 0 ? (double)n * (s * p - before) / (s * s - 1.0) : 0.0;
  return p;
}

/* Gauss's rule, exact for the polynomial that the integrand is; its nodes by Newton's iteration. */
double DscBumpMoment(PetscInt degree, PetscInt order, PetscInt n)
{
  const PetscInt nodes = degree + n / 2 + 1;
  double         sum   = 0.0;

  for (PetscInt i = 0; i < nodes; i++) {
    double s = cos(PETSC_PI * ((double)i + 0.75) / ((double)nodes + 0.5)), derivative = 1.0;

    for (int k = 0; k < 20; k++) s -= legendre(nodes, s, &derivative) / derivative;
    (void)legendre(nodes, s, &derivative);
    sum += 2.0 / ((1.0 - s * s) * derivative * derivative) * DscBump(degree, order, s) * legendre(n, s, NULL);
  }
  return sum;
}
