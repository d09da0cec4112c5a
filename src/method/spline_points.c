/* The collocation points: features, terms and residuals of an equation on a spline, and what is summed over them. */
#include "method/spline_band.h"
#include "method/spline_problem.h"

#define LANES DSC_MAX_LANES

/* local[f][l][k]: coefficient of function l of cell first + k. The functions of cells that follow on each other along the
   first axis do so too. */
static void gather(DscSplineProblem *p, PetscInt first, PetscInt count, const double c[])
{
  const PetscInt line = p->space.axis[p->order[0]].intervals, nf = p->nfields;

  for (PetscInt k = 0, m; k < count; k += m) {
    const double *at = c + (size_t)p->cell_base[first + k] * (size_t)nf;

    m = PetscMin(count - k, line - (first + k) % line);
    for (PetscInt f = 0; f < nf; f++) {
      for (PetscInt l = 0; l < p->space.nlocal; l++) {
        const double *from = at + p->space.local[l] * nf + f;
        double       *to   = p->local + (f * p->space.nlocal + l) * p->group + k;

        for (PetscInt i = 0; i < m; i++) to[i] = from[i * nf];
      }
    }
  }
}

/* phi[g][k] = sum_l rows[g][l] local[l][k]. */
static inline void apply_rows(PetscInt group, PetscInt ngauss, PetscInt nlocal, const double rows[],
                              const double *restrict local, double *restrict phi)
{
  double sum[LANES] = {0.0};

  for (PetscInt l = 0; l < nlocal; l++) {
    for (PetscInt g = 0; g < ngauss; g++) {
      for (PetscInt k = 0; k < group; k++) sum[g * group + k] += rows[g * nlocal + l] * local[l * group + k];
    }
  }
  for (PetscInt i = 0; i < LANES; i++) phi[i] = sum[i];
}

/* A feature that is a coordinate. */
static void set_coordinate(DscSplineProblem *p, PetscInt feature, PetscInt first, PetscInt count)
{
  double x[DSC_MAX_COORDINATES] = {0.0};

  for (PetscInt g = 0; g < p->ngauss; g++) {
    for (PetscInt k = 0; k < count; k++) {
      DscSplineProblemGetPoint(p, first + k, g, x);
      p->phi[feature * LANES + g * p->group + k] = x[p->features[feature].coordinate];
    }
  }
}

static void evaluate_features(DscSplineProblem *p, PetscInt first, PetscInt count)
{
  const PetscInt nlocal = p->space.nlocal;

  for (PetscInt i = 0; i < p->nfeatures; i++) {
    const double *rows  = p->cell + i * p->ngauss * nlocal;
    const double *local = p->local + p->features[i].field * nlocal * p->group;
    double       *phi   = p->phi + i * LANES;

    if (p->features[i].kind == DSC_FEATURE_COORDINATE)
      set_coordinate(p, i, first, count);
    else if (p->ngauss == 4) /* two axes, the commonest: unrolled by the compiler */
      apply_rows(LANES / 4, 4, nlocal, rows, local, phi);
    else
      apply_rows(p->group, p->ngauss, nlocal, rows, local, phi);
  }
}

/* values[lane] of the cells that there are not. */
static void clear_rest(const DscSplineProblem *p, PetscInt count, double values[])
{
  for (PetscInt g = 0; g < p->ngauss; g++) {
    for (PetscInt k = count; k < p->group; k++) values[g * p->group + k] = 0.0;
  }
}

PetscErrorCode DscSplinePointsEvaluate(DscSplineProblem *p, PetscInt first, const double c[], const double xi[],
                                       PetscInt *count)
{
  PetscFunctionBeginUser;
  *count = PetscMin(p->group, p->ncells - first);
  gather(p, first, *count, c);
  evaluate_features(p, first, *count);
  PetscCall(DscLibraryEvaluate(p->library, LANES, p->phi, p->theta));
  for (PetscInt f = 0; f < p->nfields; f++) {
    double *r = p->residual + f * LANES;

    PetscCall(PetscArraycpy(r, p->phi + p->left[f] * LANES, LANES));
    for (PetscInt j = 0; j < p->nterms; j++) {
      const double *theta = p->theta + j * LANES, x = xi[f * p->nterms + j];

      if (x == 0.0) continue;
      for (PetscInt l = 0; l < LANES; l++) r[l] -= x * theta[l];
    }
  }
  if (*count < p->group) {
    for (PetscInt f = 0; f < p->nfields; f++) clear_rest(p, *count, p->residual + f * LANES);
    for (PetscInt j = 0; j < p->nterms; j++) clear_rest(p, *count, p->theta + j * LANES);
  }
  PetscFunctionReturn(0);
}

/* In eight parts, so that additions need not wait for each other. */
static double dot_lanes(const double a[], const double b[])
{
  double part[8] = {0.0}, sum = 0.0;

  for (PetscInt l = 0; l < LANES; l += 8) {
    for (PetscInt k = 0; k < 8; k++) part[k] += a[l + k] * b[l + k];
  }
  for (PetscInt k = 0; k < 8; k++) sum += part[k];
  return sum;
}

/* c'Kc of a field. */
static PetscErrorCode roughness_of(const DscSplineProblem *p, PetscInt f, const double c[], double *rough)
{
  double *x = p->work, *y = p->work + p->space.n;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < p->space.n; i++) x[i] = c[i * p->nfields + f];
  PetscCall(DscSplineBandMultiply(p->space.n, p->space.bandwidth, p->K, x, y));
  *rough = 0.0;
  for (PetscInt i = 0; i < p->space.n; i++) *rough += x[i] * y[i];
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineProblemEvaluate(DscSplineProblem *p, const DscSplineWeights *weights, const double c[],
                                        const double xi[], DscSplineValue *value)
{
  double number[DSC_MAX_FIELDS];

  PetscFunctionBeginUser;
  *value = (DscSplineValue){.v = 0.0};
  DscSplineProblemErrors(p, 0, p->data->ntrain, c, value->sse, number);
  for (PetscInt first = 0, count; first < p->ncells; first += count) {
    PetscCall(DscSplinePointsEvaluate(p, first, c, xi, &count));
    for (PetscInt f = 0; f < p->nfields; f++)
      value->residual[f] += dot_lanes(p->residual + f * LANES, p->residual + f * LANES);
  }
  for (PetscInt f = 0; f < p->nfields; f++) {
    double rough = 0.0;

    PetscCall(roughness_of(p, f, c, &rough));
    value->v += value->sse[f] / weights->variance[f] + weights->equation[f] * value->residual[f];
    value->rough += weights->roughness * rough / weights->variance[f];
  }
  value->v += value->rough;
  PetscCheck(PetscIsNormalReal(value->v + 1.0), PETSC_COMM_SELF, PETSC_ERR_FP, "the spline's sums are not finite");
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineProblemMoments(DscSplineProblem *p, PetscInt field, const double c[], double G[], double b[],
                                       double *yy)
{
  const PetscInt M = p->nterms;
  const double   N = (double)p->npoints, *y = p->residual + field * LANES;
  double        *zero;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1((p->nfields * M), &zero));
  PetscCall(PetscArrayzero(G, M * M));
  PetscCall(PetscArrayzero(b, M));
  *yy = 0.0;
  for (PetscInt first = 0, count; first < p->ncells; first += count) {
    PetscCall(DscSplinePointsEvaluate(p, first, c, zero, &count));
    *yy += dot_lanes(y, y) / N;
    for (PetscInt i = 0; i < M; i++) {
      const double *theta = p->theta + i * LANES;

      b[i] += dot_lanes(theta, y) / N;
      for (PetscInt j = 0; j < M; j++) G[i * M + j] += dot_lanes(theta, p->theta + j * LANES) / N;
    }
  }
  PetscCall(PetscFree(zero));
  PetscFunctionReturn(0);
}
