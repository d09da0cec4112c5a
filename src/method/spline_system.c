/* The Gauss-Newton system of a spline under an equation: rows of J cell by cell, added to the band run by run. */
#include "method/spline_problem.h"

#define LANES DSC_MAX_LANES

PetscErrorCode DscSplineSystemCreate(const DscSplineProblem *p, DscSplineSystem *system)
{
  const size_t n = (size_t)p->nunknowns, columns = (size_t)(p->nfields * p->nterms), pad = (size_t)p->width;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc5(n * (size_t)(p->bandwidth + 1) + pad, &system->H, columns * n + pad, &system->C,
                         columns * columns, &system->D, n, &system->gc, columns, &system->gx));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineSystemDestroy(DscSplineSystem *system)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree5(system->H, system->C, system->D, system->gc, system->gx));
  PetscFunctionReturn(0);
}

/* J of one field's residual in cell k of the group: by the chain rule over the features. */
static void fill_jacobian(const DscSplineProblem *p, PetscInt f, PetscInt k)
{
  const PetscInt n = p->nruns * p->width;

  for (PetscInt i = 0; i < p->ngauss * n; i++) p->J[i] = 0.0;
  for (PetscInt i = 0; i < p->nfeatures; i++) {
    const double sign = i == p->left[f] ? 1.0 : 0.0;

    if (p->features[i].kind == DSC_FEATURE_COORDINATE) continue;
    for (PetscInt g = 0; g < p->ngauss; g++) {
      const double *restrict row = p->padded + (i * p->ngauss + g) * n;
      const double part          = sign - p->phibar[i * LANES + g * p->group + k];
      double *restrict J         = p->J + g * n;

      if (part == 0.0) continue;
      for (PetscInt l = 0; l < n; l++) J[l] += part * row[l];
    }
  }
}

/* values += sum_g factor[g] J[g] on one run; the padding of J is 0. */
static inline void add_run(PetscInt ngauss, PetscInt width, PetscInt stride, const double factor[],
                           const double *restrict J, double *restrict values)
{
  for (PetscInt k = 0; k < width; k++) {
    double sum = values[k];

    for (PetscInt g = 0; g < ngauss; g++) sum += factor[g] * J[g * stride + k];
    values[k] = sum;
  }
}

/* Adds w J'J of one cell to the lower band and w J'r to gc. ngauss, width: the problem's, here for the compiler. */
static inline void add_cell(const DscSplineProblem *p, PetscInt ngauss, PetscInt width, PetscInt cell, double w,
                            const double residual[], DscSplineSystem *system)
{
  const PetscInt stride = p->nruns * width, base = p->cell_base[cell] * p->nfields;
  double         factor[DSC_MAX_LANES];

  for (PetscInt b = 0; b < p->nruns * p->run; b++) {
    const PetscInt run = b / p->run, at = b % p->run, column = base + p->start[run] + at;
    const double  *J = p->J + run * width;
    double *H   = system->H + (size_t)column * (size_t)p->bandwidth + base; /* row i of the column at H[i - base] */
    double *own = H + p->start[run];

    for (PetscInt g = 0; g < ngauss; g++) {
      factor[g] = w * J[g * stride + at];
      system->gc[column] += factor[g] * residual[g * p->group];
    }
    for (PetscInt a = at; a < p->run; a++) { /* from the diagonal on */
      for (PetscInt g = 0; g < ngauss; g++) own[a] += factor[g] * J[g * stride + a];
    }
    for (PetscInt a = run + 1; a < p->nruns; a++)
      add_run(ngauss, width, stride, factor, p->J + a * width, H + p->start[a]);
  }
}

/* Adds one field's residual in one cell to the column of C of one term: -w J'theta. */
static inline void add_column(const DscSplineProblem *p, PetscInt ngauss, PetscInt width, PetscInt cell, double w,
                              const double theta[], double C[])
{
  double factor[DSC_MAX_LANES];

  for (PetscInt g = 0; g < ngauss; g++) factor[g] = -w * theta[g * p->group];
  for (PetscInt a = 0; a < p->nruns; a++)
    add_run(ngauss, width, p->nruns * width, factor, p->J + a * width,
            C + (size_t)(p->cell_base[cell] * p->nfields + p->start[a]));
}

/* Cell k of the group, with the wanted columns of field f. */
static inline void add_all(const DscSplineProblem *p, PetscInt ngauss, PetscInt width, PetscInt f, PetscInt cell,
                           PetscInt k, double w, const PetscBool wanted[], DscSplineSystem *system)
{
  add_cell(p, ngauss, width, cell, w, p->residual + f * LANES + k, system);
  for (PetscInt j = 0; j < p->nterms; j++) {
    const PetscInt column = f * p->nterms + j;

    if (wanted && !wanted[column]) continue;
    add_column(p, ngauss, width, cell, w, p->theta + j * LANES + k, system->C + (size_t)column * (size_t)p->nunknowns);
  }
}

/* D and gx of one field in one group. */
static void add_terms(const DscSplineProblem *p, PetscInt f, double w, const PetscBool wanted[],
                      DscSplineSystem *system)
{
  const PetscInt M = p->nterms, columns = p->nfields * M;

  for (PetscInt i = 0; i < M; i++) {
    const double *ti = p->theta + i * LANES;

    if (wanted && !wanted[f * M + i]) continue;
    for (PetscInt j = 0; j <= i; j++) {
      const double *tj  = p->theta + j * LANES;
      double        sum = 0.0;

      if (wanted && !wanted[f * M + j]) continue;
      for (PetscInt l = 0; l < LANES; l++) sum += ti[l] * tj[l];
      system->D[(f * M + i) * columns + f * M + j] += w * sum;
    }
    for (PetscInt l = 0; l < LANES; l++) system->gx[f * M + i] -= w * ti[l] * p->residual[f * LANES + l];
  }
}

/* One field's residual in one group of cells. */
static PetscErrorCode add_group(DscSplineProblem *p, PetscInt f, PetscInt first, PetscInt count, double w,
                                const double xi[], const PetscBool wanted[], DscSplineSystem *system)
{
  const PetscInt M = p->nterms;

  PetscFunctionBeginUser;
  for (PetscInt j = 0; j < M; j++) {
    for (PetscInt l = 0; l < LANES; l++) p->thetabar[j * LANES + l] = xi[f * M + j];
  }
  PetscCall(PetscArrayzero(p->phibar, p->nfeatures * LANES));
  PetscCall(DscLibraryAdjoint(p->library, LANES, p->phi, p->thetabar, p->phibar));
  for (PetscInt k = 0; k < count; k++) {
    fill_jacobian(p, f, k);
    if (p->ngauss == 4 && p->width == DSC_SPLINE_PAD) /* two axes, short runs: the commonest, unrolled */
      add_all(p, 4, DSC_SPLINE_PAD, f, first + k, k, w, wanted, system);
    else
      add_all(p, p->ngauss, p->width, f, first + k, k, w, wanted, system);
  }
  add_terms(p, f, w, wanted, system);
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineProblemAssemble(DscSplineProblem *p, const DscSplineWeights *weights, const double c[],
                                        const double xi[], const PetscBool wanted[], DscSplineSystem *system)
{
  const PetscInt columns = p->nfields * p->nterms;

  PetscFunctionBeginUser;
  PetscCall(DscSplineSamplesAssemble(p, weights, c, system));
  PetscCall(PetscArrayzero(system->C, (size_t)columns * (size_t)p->nunknowns));
  PetscCall(PetscArrayzero(system->D, columns * columns));
  PetscCall(PetscArrayzero(system->gx, columns));
  for (PetscInt first = 0, count; first < p->ncells; first += count) {
    PetscCall(DscSplinePointsEvaluate(p, first, c, xi, &count));
    for (PetscInt f = 0; f < p->nfields; f++)
      PetscCall(add_group(p, f, first, count, weights->equation[f], xi, wanted, system));
  }
  for (PetscInt i = 0; i < columns; i++) {
    for (PetscInt j = 0; j < i; j++) system->D[j * columns + i] = system->D[i * columns + j];
  }
  PetscFunctionReturn(0);
}
