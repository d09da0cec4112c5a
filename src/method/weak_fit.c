/*
  Test functions on scattered points. Of the field's samples f_i at s_i in the support, scaled to [-1, 1]^d, the weights v
  of a functional mu must give sum_i v_i Q_b(s_i) = mu(Q_b) for all products Q_b of Legendre's polynomials of total degree
  up to n: with fewer conditions than points the v of least norm is
    v = Q (Q'Q)^-1 mu.
  It is exact for every polynomial field of that degree, for which a quadrature of the product phi f would need the degree
  of phi beside, and v's norm is what noise is multiplied by. (The same number: the least squares polynomial through the
  samples, integrated against phi's derivative.)
*/
#include "method/weak_private.h"

#include <petscblaslapack.h>

struct _p_DscWeakFit {
  PetscInt  d, nfunctionals, max_points, capacity; /* capacity: of polynomials */
  PetscInt  npoints, count;                        /* of the last DscWeakFitWeights */
  double   *moment;    /* (owned) [nfunctionals][d][DSC_FIT_MAX_DEGREE + 1] of one coordinate, physical */
  PetscInt *exponents; /* (owned) [capacity][d] degrees of the factors of Q_b, by total degree */
  double   *Q;         /* (owned) [capacity][max_points] */
  double   *G;         /* (owned) [capacity][capacity] Q'Q and its factor */
  double   *mu;        /* (owned) [nfunctionals][capacity] */
  double   *legendre;  /* (owned) [d][DSC_FIT_MAX_DEGREE + 1] of one point */
  double   *x;         /* (owned) [capacity] a solution with G */
};

PetscInt DscWeakFitCount(PetscInt ncoordinates, PetscInt degree)
{
  PetscInt count = 1;

  for (PetscInt c = 1; c <= ncoordinates; c++) count = count * (degree + c) / c;
  return count;
}

/* All tuples of one total degree after those of the degree before. */
static void list_exponents(DscWeakFit fit)
{
  PetscInt count = 0;

  for (PetscInt total = 0; total <= DSC_FIT_MAX_DEGREE; total++) {
    PetscInt power = 1;

    for (PetscInt c = 0; c < fit->d; c++) power *= total + 1;
    for (PetscInt code = 0; code < power; code++) {
      PetscInt *e = fit->exponents + count * fit->d, rest = code, sum = 0;

      for (PetscInt c = 0; c < fit->d; c++, rest /= total + 1) sum += rest % (total + 1);
      if (sum != total) continue;
      rest = code;
      for (PetscInt c = 0; c < fit->d; c++, rest /= total + 1) e[c] = rest % (total + 1);
      count++;
    }
  }
}

PetscErrorCode DscWeakFitCreate(const DscWeakTerms *terms, PetscInt bump_degree, const double half_width[],
                                PetscInt max_points, DscWeakFit *fit)
{
  const PetscInt d = terms->ncoordinates, size = DSC_FIT_MAX_DEGREE + 1;
  DscWeakFit     w;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&w));
  *fit            = w;
  w->d            = d;
  w->nfunctionals = terms->nfunctionals;
  w->max_points   = max_points;
  w->capacity     = DscWeakFitCount(d, DSC_FIT_MAX_DEGREE);
  PetscCall(PetscMalloc7((w->nfunctionals * d * size), &w->moment, ((w->capacity + 1) * d), &w->exponents,
                         (size_t)w->capacity * (size_t)max_points, &w->Q, (w->capacity * w->capacity), &w->G,
                         (w->nfunctionals * w->capacity), &w->mu, (d * size), &w->legendre, w->capacity, &w->x));
  list_exponents(w);
  for (PetscInt q = 0; q < w->nfunctionals; q++) {
    for (PetscInt c = 0; c < d; c++) {
      const PetscInt order = terms->orders[q][c];
      for (PetscInt n = 0; n < size; n++)
        w->moment[(q * d + c) * size + n] =
            DscBumpMoment(bump_degree, order, n) * pow(half_width[c], (double)(1 - order));
    }
  }
  for (PetscInt q = 0; q < w->nfunctionals; q++) {
    for (PetscInt b = 0; b < w->capacity; b++) {
      double product = 1.0;

      for (PetscInt c = 0; c < d; c++) product *= w->moment[(q * d + c) * size + w->exponents[b * d + c]];
      w->mu[q * w->capacity + b] = product;
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscWeakFitDestroy(DscWeakFit *fit)
{
  PetscFunctionBeginUser;
  if (!*fit) PetscFunctionReturn(0);
  PetscCall(
      PetscFree7((*fit)->moment, (*fit)->exponents, (*fit)->Q, (*fit)->G, (*fit)->mu, (*fit)->legendre, (*fit)->x));
  PetscCall(PetscFree(*fit));
  PetscFunctionReturn(0);
}

static void evaluate_polynomials(const DscWeakFit fit, const double s[])
{
  const PetscInt d = fit->d, size = DSC_FIT_MAX_DEGREE + 1;

  for (PetscInt i = 0; i < fit->npoints; i++) {
    for (PetscInt c = 0; c < d; c++) {
      double      *p = fit->legendre + c * size;
      const double x = s[i * d + c];

      p[0] = 1.0;
      p[1] = x;
      for (PetscInt n = 1; n + 1 < size; n++)
        p[n + 1] = ((double)(2 * n + 1) * x * p[n] - (double)n * p[n - 1]) / (double)(n + 1);
    }
    for (PetscInt b = 0; b < fit->count; b++) {
      double product = 1.0;

      for (PetscInt c = 0; c < d; c++) product *= fit->legendre[c * size + fit->exponents[b * d + c]];
      fit->Q[b * fit->npoints + i] = product;
    }
  }
}

PetscErrorCode DscWeakFitWeights(DscWeakFit fit, PetscInt n, const double s[], PetscInt degree, double weights[],
                                 PetscBool *good)
{
  const double       one = 1.0, zero = 0.0;
  const PetscBLASInt unit = 1;
  PetscBLASInt       N, B, info;

  PetscFunctionBeginUser;
  PetscCheck(n <= fit->max_points && degree <= DSC_FIT_MAX_DEGREE, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "%" PetscInt_FMT " points, degree %" PetscInt_FMT, n, degree);
  fit->npoints = n;
  fit->count   = DscWeakFitCount(fit->d, degree);
  evaluate_polynomials(fit, s);
  PetscCall(PetscBLASIntCast(n, &N));
  PetscCall(PetscBLASIntCast(fit->count, &B));
  PetscCallBLAS("BLASsyrk", BLASsyrk_("L", "T", &B, &N, &one, fit->Q, &N, &zero, fit->G, &B));
  LAPACKpotrf_("L", &B, fit->G, &B, &info);
  *good = (PetscBool)(info == 0);
  for (PetscInt b = 0; b < fit->count && *good; b++) /* a pivot that is rounding error */
    *good = (PetscBool)(fit->G[b * fit->count + b] > 1e-6 * sqrt((double)n));
  if (!*good) PetscFunctionReturn(0);
  for (PetscInt q = 0; q < fit->nfunctionals; q++) {
    PetscCall(PetscArraycpy(fit->x, fit->mu + q * fit->capacity, fit->count));
    LAPACKpotrs_("L", &B, &unit, fit->G, &B, fit->x, &B, &info);
    PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "potrs: info %d", (int)info);
    PetscCallBLAS("BLASgemv", BLASgemv_("N", &N, &B, &one, fit->Q, &N, fit->x, &unit, &zero,
                                        weights + (size_t)q * (size_t)n, &unit));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscWeakFitResidual(DscWeakFit fit, const double field[], double *residual)
{
  const double       one = 1.0, zero = 0.0;
  const PetscBLASInt unit = 1;
  PetscBLASInt       N, B, info;

  PetscFunctionBeginUser;
  PetscCall(PetscBLASIntCast(fit->npoints, &N));
  PetscCall(PetscBLASIntCast(fit->count, &B));
  PetscCallBLAS("BLASgemv", BLASgemv_("T", &N, &B, &one, fit->Q, &N, field, &unit, &zero, fit->x, &unit));
  LAPACKpotrs_("L", &B, &unit, fit->G, &B, fit->x, &B, &info);
  PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "potrs: info %d", (int)info);
  *residual = 0.0;
  for (PetscInt i = 0; i < fit->npoints; i++) {
    double rest = field[i];

    for (PetscInt b = 0; b < fit->count; b++) rest -= fit->Q[b * fit->npoints + i] * fit->x[b];
    *residual += rest * rest;
  }
  *residual /= (double)(fit->npoints - fit->count);
  PetscFunctionReturn(0);
}
