/* Rows of the collocation points, the value of v and its Gauss-Newton system. */
#include "method/spline_problem.h"

#define MAX_LOCAL 1024
#define LANES(p)  (DSC_MAX_LANES / (p)->ngauss * (p)->ngauss)

/* ---- set-up ------------------------------------------------------------------------------------------------- */

static void set_range(const DscDataSet *data, PetscInt a, DscSplineAxis *axis)
{
  axis->first = axis->last = data->coordinates[a][0];
  for (PetscInt i = 1; i < data->nsamples; i++) {
    axis->first = PetscMin(axis->first, data->coordinates[a][i]);
    axis->last  = PetscMax(axis->last, data->coordinates[a][i]);
  }
}

static PetscErrorCode create_space(DscSplineProblem *p, const PetscInt intervals[], const PetscInt degree[])
{
  DscSplineAxis axes[DSC_MAX_COORDINATES];

  PetscFunctionBeginUser;
  p->ncells = p->ngauss = 1;
  for (PetscInt a = 0; a < p->data->ncoordinates; a++) {
    axes[a] = (DscSplineAxis){.degree = degree[a], .intervals = intervals[a]};
    set_range(p->data, a, &axes[a]);
    p->ncells *= intervals[a];
    p->ngauss *= DSC_SPLINE_GAUSS;
  }
  p->npoints = p->ncells * p->ngauss;
  PetscCall(DscSplineSpaceCreate(p->data->ncoordinates, axes, &p->space));
  p->nunknowns = p->space.n * p->nfields;
  p->bandwidth = p->space.bandwidth * p->nfields + p->nfields - 1;
  PetscFunctionReturn(0);
}

/* The middle of interval 0 plus or minus: point g of a cell along every axis. */
static void gauss_point(const DscSplineProblem *p, PetscInt g, double x[])
{
  static const double place[DSC_SPLINE_GAUSS] = {0.21132486540518712, 0.78867513459481288};

  for (PetscInt a = 0; a < p->space.naxes; a++, g /= DSC_SPLINE_GAUSS) {
    const DscSplineAxis *axis = &p->space.axis[a];

    x[a] = axis->first + place[g % DSC_SPLINE_GAUSS] * (axis->last - axis->first) / (double)axis->intervals;
  }
}

/* With equal intervals every cell has the rows of the first one. */
static PetscErrorCode create_cells(DscSplineProblem *p, const PetscInt reference[])
{
  const PetscInt nlocal = p->space.nlocal;
  double         share  = 1.0 / (double)p->ngauss; /* of an interval of reference that belongs to a point */
  double         x[DSC_MAX_COORDINATES], values[MAX_LOCAL];
  PetscInt       base;

  PetscFunctionBeginUser;
  PetscCheck(nlocal <= MAX_LOCAL, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "%" PetscInt_FMT " local functions",
             nlocal);
  for (PetscInt cell = 0; cell < p->ncells; cell++) {
    for (PetscInt a = 0, rest = cell; a < p->space.naxes; rest /= p->space.axis[a++].intervals)
      p->cell_base[cell] += rest % p->space.axis[a].intervals * p->space.stride[a];
  }
  for (PetscInt a = 0; a < p->space.naxes; a++) share *= (double)reference[a] / (double)p->space.axis[a].intervals;
  for (PetscInt g = 0; g < p->ngauss; g++) {
    gauss_point(p, g, x);
    for (PetscInt i = 0; i < p->nfeatures; i++) {
      double *row = p->cell + (i * p->ngauss + g) * nlocal;

      PetscCall(DscSplineSpaceEvaluate(&p->space, x, p->features[i].order, &base, row));
      for (PetscInt l = 0; l < nlocal; l++) p->cell_transposed[(i * nlocal + l) * p->ngauss + g] = row[l];
    }
    for (PetscInt a = 0; a < p->space.naxes; a++) {
      const DscSplineAxis *axis                        = &p->space.axis[a];
      const double         h                           = (axis->last - axis->first) / (double)reference[a];
      PetscInt             second[DSC_MAX_COORDINATES] = {0};

      second[a] = 2;
      PetscCall(DscSplineSpaceEvaluate(&p->space, x, second, &base, values));
      for (PetscInt cell = 0; cell < p->ncells; cell++)
        DscSplineSpaceAddToBand(&p->space, p->cell_base[cell], values, PetscSqr(h * h) * share, p->K);
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineProblemCreate(const DscDataSet *data, DscLibrary library, const PetscInt intervals[],
                                      const PetscInt reference[], const PetscInt degree[], DscSplineProblem *p)
{
  size_t nlocal, band, lanes;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(p, sizeof(*p)));
  p->data     = data;
  p->library  = library;
  p->nsamples = data->nsamples;
  p->nfields  = data->nfields;
  p->nbands   = DscSplineSamplesAlike(data) ? 1 : data->nfields;
  PetscCall(DscLibraryGetFeatures(library, &p->nfeatures, &p->features));
  PetscCall(DscLibraryGetLeft(library, NULL, &p->left));
  PetscCall(DscLibraryGetTerms(library, &p->nterms, NULL));
  PetscCall(create_space(p, intervals, degree));
  nlocal = (size_t)p->space.nlocal;
  band   = (size_t)p->space.n * (size_t)(p->space.bandwidth + 1);
  lanes  = (size_t)LANES(p);
  PetscCall(PetscCalloc7((size_t)p->nsamples, &p->base, (size_t)p->nsamples * nlocal, &p->rows, (size_t)p->ncells,
                         &p->cell_base, (size_t)(p->nfeatures * p->ngauss) * nlocal, &p->cell, (size_t)p->nbands * band,
                         &p->BB, band, &p->K, (size_t)p->nunknowns, &p->By));
  PetscCall(PetscCalloc7((size_t)p->nfeatures * lanes, &p->phi, (size_t)p->nfeatures * lanes, &p->phibar,
                         (size_t)p->nterms * lanes, &p->theta, (size_t)p->nterms * lanes, &p->thetabar,
                         (size_t)p->nfields * lanes, &p->residual, nlocal * (size_t)(p->nfields * p->ngauss), &p->J,
                         nlocal * (size_t)p->nfields, &p->A));
  PetscCall(PetscMalloc1((size_t)(p->nfeatures * p->ngauss) * nlocal, &p->cell_transposed));
  PetscCall(DscSplineSamplesCreate(p));
  PetscCall(create_cells(p, reference));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineProblemDestroy(DscSplineProblem *p)
{
  PetscFunctionBeginUser;
  PetscCall(DscSplineSpaceDestroy(&p->space));
  PetscCall(PetscFree7(p->base, p->rows, p->cell_base, p->cell, p->BB, p->K, p->By));
  PetscCall(PetscFree(p->cell_transposed));
  PetscCall(PetscFree7(p->phi, p->phibar, p->theta, p->thetabar, p->residual, p->J, p->A));
  PetscFunctionReturn(0);
}

double DscSplineProblemBytes(const DscDataSet *data, DscLibrary library, const PetscInt intervals[],
                             const PetscInt degree[])
{
  const double nfields = (double)data->nfields, nbands = DscSplineSamplesAlike(data) ? 1.0 : nfields;
  PetscInt     nterms = 0;
  double       local  = 1.0, n, bandwidth;

  if (DscLibraryGetTerms(library, &nterms, NULL)) return 0.0;
  DscSplineSpaceGetSize(data->ncoordinates, intervals, degree, &n, &bandwidth);
  for (PetscInt a = 0; a < data->ncoordinates; a++) local *= (double)(degree[a] + 1);
  return 8.0 * ((double)data->nsamples * local + (nbands + 1.0) * n * bandwidth +
                n * nfields * (2.0 * bandwidth * nfields + 2.0 * (double)nterms * nfields));
}

PetscErrorCode DscSplineSystemCreate(const DscSplineProblem *p, DscSplineSystem *system)
{
  const size_t n = (size_t)p->nunknowns, columns = (size_t)(p->nfields * p->nterms);

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc5(n * (size_t)(p->bandwidth + 1), &system->H, columns * n, &system->C, columns * columns,
                         &system->D, n, &system->gc, columns, &system->gx));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineSystemDestroy(DscSplineSystem *system)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree5(system->H, system->C, system->D, system->gc, system->gx));
  PetscFunctionReturn(0);
}

/* Place of point g of a cell. */
static void cell_point(const DscSplineProblem *p, PetscInt cell, PetscInt g, double x[])
{
  gauss_point(p, g, x);
  for (PetscInt a = 0; a < p->space.naxes; a++) {
    const DscSplineAxis *axis = &p->space.axis[a];

    x[a] += (double)(cell % axis->intervals) * (axis->last - axis->first) / (double)axis->intervals;
    cell /= axis->intervals;
  }
}

PetscErrorCode DscSplineProblemProject(const DscSplineProblem *p, const DscSplineProblem *other, const double from[],
                                       double H[], double to[])
{
  const PetscInt nlocal = p->space.nlocal, nf = p->nfields, order[DSC_MAX_COORDINATES] = {0};
  double         x[DSC_MAX_COORDINATES], values[MAX_LOCAL];
  PetscInt       base;

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(H, (size_t)p->space.n * (size_t)(p->space.bandwidth + 1)));
  PetscCall(PetscArrayzero(to, p->nunknowns));
  for (PetscInt cell = 0; cell < p->ncells; cell++) {
    for (PetscInt g = 0; g < p->ngauss; g++) {
      const double *row = p->cell + g * nlocal; /* feature 0 is field 0 itself */

      DscSplineSpaceAddToBand(&p->space, p->cell_base[cell], row, 1.0, H);
      cell_point(p, cell, g, x);
      PetscCall(DscSplineSpaceEvaluate(&other->space, x, order, &base, values));
      for (PetscInt f = 0; f < nf; f++) {
        double u = 0.0;

        for (PetscInt l = 0; l < other->space.nlocal; l++)
          u += values[l] * from[(base + other->space.local[l]) * nf + f];
        for (PetscInt l = 0; l < nlocal; l++) to[(p->cell_base[cell] + p->space.local[l]) * nf + f] += row[l] * u;
      }
    }
  }
  for (PetscInt i = 0; i < p->space.n; i++) H[(size_t)i * (size_t)(p->space.bandwidth + 1)] += DSC_SPLINE_RIM;
  PetscFunctionReturn(0);
}

/* ---- collocation points: groups of cells, a lane a point ------------------------------------------------------ */

/* A feature that is a coordinate, on the lanes of one cell. */
static void set_coordinate(DscSplineProblem *p, PetscInt feature, PetscInt cell, PetscInt lane)
{
  double x[DSC_MAX_COORDINATES] = {0.0};

  for (PetscInt g = 0; g < p->ngauss; g++) {
    cell_point(p, cell, g, x);
    p->phi[feature * LANES(p) + lane + g] = x[p->features[feature].coordinate];
  }
}

/* Cells [first, first + count): features, terms and residuals on the lanes; those without a point are 0. */
static PetscErrorCode evaluate_group(DscSplineProblem *p, PetscInt first, PetscInt count, const double c[],
                                     const double xi[])
{
  const PetscInt lanes = LANES(p), nlocal = p->space.nlocal;

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(p->phi, p->nfeatures * lanes));
  for (PetscInt k = 0; k < count; k++) {
    const double *at = c + (size_t)p->cell_base[first + k] * (size_t)p->nfields;

    for (PetscInt i = 0; i < p->nfeatures; i++) {
      if (p->features[i].kind == DSC_FEATURE_COORDINATE) {
        set_coordinate(p, i, first + k, k * p->ngauss);
        continue;
      }
      const PetscInt field = p->features[i].field;

      double       *phi  = p->phi + i * lanes + k * p->ngauss;
      const double *rows = p->cell_transposed + i * nlocal * p->ngauss;

      for (PetscInt l = 0; l < nlocal; l++) {
        const double cl = at[p->space.local[l] * p->nfields + field];

        for (PetscInt g = 0; g < p->ngauss; g++) phi[g] += rows[l * p->ngauss + g] * cl;
      }
    }
  }
  PetscCall(DscLibraryEvaluate(p->library, lanes, p->phi, p->theta));
  for (PetscInt f = 0; f < p->nfields; f++) {
    double *r = p->residual + f * lanes;

    PetscCall(PetscArraycpy(r, p->phi + p->left[f] * lanes, lanes));
    for (PetscInt j = 0; j < p->nterms; j++) {
      if (xi[f * p->nterms + j] == 0.0) continue;
      for (PetscInt l = 0; l < lanes; l++) r[l] -= xi[f * p->nterms + j] * p->theta[j * lanes + l];
    }
    for (PetscInt l = count * p->ngauss; l < lanes; l++) r[l] = 0.0;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineProblemEvaluate(DscSplineProblem *p, const DscSplineWeights *weights, const double c[],
                                        const double xi[], DscSplineValue *value)
{
  const PetscInt lanes = LANES(p), group = lanes / p->ngauss;
  double         count[DSC_MAX_FIELDS];

  PetscFunctionBeginUser;
  *value = (DscSplineValue){.v = 0.0};
  DscSplineProblemErrors(p, 0, p->data->ntrain, c, value->sse, count);
  for (PetscInt first = 0; first < p->ncells; first += group) {
    PetscCall(evaluate_group(p, first, PetscMin(group, p->ncells - first), c, xi));
    for (PetscInt f = 0; f < p->nfields; f++) {
      for (PetscInt l = 0; l < lanes; l++) value->residual[f] += PetscSqr(p->residual[f * lanes + l]);
    }
  }
  for (PetscInt f = 0; f < p->nfields; f++) {
    double rough = 0.0;

    value->v += value->sse[f] / weights->variance[f] + weights->equation[f] * value->residual[f];
    for (PetscInt i = 0; i < p->space.n; i++) {
      const double *column = p->K + (size_t)i * (size_t)(p->space.bandwidth + 1), ci = c[i * p->nfields + f];

      rough += column[0] * ci * ci;
      for (PetscInt d = 1; d <= PetscMin(p->space.bandwidth, p->space.n - 1 - i); d++)
        rough += 2.0 * column[d] * ci * c[(i + d) * p->nfields + f];
    }
    value->v += weights->roughness * rough / weights->variance[f];
  }
  PetscCheck(PetscIsNormalReal(value->v + 1.0), PETSC_COMM_SELF, PETSC_ERR_FP, "the spline's sums are not finite");
  PetscFunctionReturn(0);
}

/* J of one field's residual in one cell: J[g][local unknown]. */
static void fill_jacobian(const DscSplineProblem *p, PetscInt f, PetscInt lane)
{
  const PetscInt lanes = LANES(p), nlocal = p->space.nlocal, nf = p->nfields, ng = p->ngauss, n = nlocal * nf;

  for (PetscInt k = 0; k < n * ng; k++) p->J[k] = 0.0;
  for (PetscInt i = 0; i < p->nfeatures; i++) {
    const double   sign  = i == p->left[f] ? 1.0 : 0.0;
    const PetscInt field = p->features[i].field;

    if (p->features[i].kind == DSC_FEATURE_COORDINATE) continue;
    for (PetscInt g = 0; g < ng; g++) {
      const double *row  = p->cell + (i * ng + g) * nlocal;
      const double  part = sign - p->phibar[i * lanes + lane + g];

      if (part == 0.0) continue;
      for (PetscInt l = 0; l < nlocal; l++) p->J[g * n + l * nf + field] += part * row[l];
    }
  }
}

/* First local unknown that does not follow on the one before it. */
static PetscInt run_end(const DscSplineProblem *p, PetscInt a)
{
  const PetscInt nf = p->nfields;
  PetscInt       l  = a / nf + 1;

  while (l < p->space.nlocal && p->space.local[l] == p->space.local[l - 1] + 1) l++;
  return l * nf;
}

/* Adds one field's residual in one cell to H and gc: w J'J, summed in A first, then run by run. */
static void add_cell(const DscSplineProblem *p, PetscInt f, PetscInt cell, PetscInt lane, double w,
                     DscSplineSystem *system)
{
  const PetscInt lanes = LANES(p), nf = p->nfields, ng = p->ngauss, n = p->space.nlocal * nf;
  const PetscInt base = p->cell_base[cell];
  const double  *r    = p->residual + f * lanes + lane;
  const size_t   ld   = (size_t)p->bandwidth + 1;

  for (PetscInt b = 0; b < n; b++) {
    const PetscInt column = (base + p->space.local[b / nf]) * nf + b % nf;
    double        *H = system->H + (size_t)column * ld, *A = p->A;

    for (PetscInt a = b; a < n; a++) A[a] = 0.0;
    for (PetscInt g = 0; g < ng; g++) {
      const double *J = p->J + g * n, Jb = w * J[b];

      for (PetscInt a = b; a < n; a++) A[a] += Jb * J[a];
      system->gc[column] += Jb * r[g];
    }
    for (PetscInt a = b, end; a < n; a = end) {
      double *run = H + (base + p->space.local[a / nf]) * nf + a % nf - column;

      end = run_end(p, a);
      for (PetscInt k = 0; k < end - a; k++) run[k] += A[a + k];
    }
  }
}

/* Adds one field's residual in one cell to the column of C of one term: -w J'theta. */
static void add_column(const DscSplineProblem *p, PetscInt cell, const double theta[], double w, double C[])
{
  const PetscInt nf = p->nfields, ng = p->ngauss, n = p->space.nlocal * nf;

  for (PetscInt a = 0, end; a < n; a = end) {
    double *run = C + (size_t)(p->cell_base[cell] + p->space.local[a / nf]) * (size_t)nf;

    end = run_end(p, a);
    for (PetscInt g = 0; g < ng; g++) {
      const double part = w * theta[g], *J = p->J + g * n + a;

      for (PetscInt k = 0; k < end - a; k++) run[k] -= part * J[k];
    }
  }
}

/* D and gx of one field in one group. */
static void add_terms(const DscSplineProblem *p, PetscInt f, PetscInt count, double w, const PetscBool wanted[],
                      DscSplineSystem *system)
{
  const PetscInt lanes = LANES(p), M = p->nterms, columns = p->nfields * M;

  for (PetscInt i = 0; i < M; i++) {
    const double *ti = p->theta + i * lanes;

    if (wanted && !wanted[f * M + i]) continue;
    for (PetscInt j = 0; j <= i; j++) {
      const double *tj  = p->theta + j * lanes;
      double        sum = 0.0;

      if (wanted && !wanted[f * M + j]) continue;
      for (PetscInt l = 0; l < count * p->ngauss; l++) sum += ti[l] * tj[l];
      system->D[(f * M + i) * columns + f * M + j] += w * sum;
    }
    for (PetscInt l = 0; l < count * p->ngauss; l++) system->gx[f * M + i] -= w * ti[l] * p->residual[f * lanes + l];
  }
}

PetscErrorCode DscSplineProblemAssemble(DscSplineProblem *p, const DscSplineWeights *weights, const double c[],
                                        const double xi[], const PetscBool wanted[], DscSplineSystem *system)
{
  const PetscInt lanes = LANES(p), group = lanes / p->ngauss, M = p->nterms, columns = p->nfields * M;

  PetscFunctionBeginUser;
  PetscCall(DscSplineSamplesAssemble(p, weights, c, system));
  PetscCall(PetscArrayzero(system->C, (size_t)columns * (size_t)p->nunknowns));
  PetscCall(PetscArrayzero(system->D, columns * columns));
  PetscCall(PetscArrayzero(system->gx, columns));
  for (PetscInt first = 0; first < p->ncells; first += group) {
    const PetscInt count = PetscMin(group, p->ncells - first);

    PetscCall(evaluate_group(p, first, count, c, xi));
    for (PetscInt f = 0; f < p->nfields; f++) {
      for (PetscInt j = 0; j < M; j++) {
        for (PetscInt l = 0; l < lanes; l++) p->thetabar[j * lanes + l] = xi[f * M + j];
      }
      PetscCall(PetscArrayzero(p->phibar, p->nfeatures * lanes));
      PetscCall(DscLibraryAdjoint(p->library, lanes, p->phi, p->thetabar, p->phibar));
      for (PetscInt k = 0; k < count; k++) {
        fill_jacobian(p, f, k * p->ngauss);
        add_cell(p, f, first + k, k * p->ngauss, weights->equation[f], system);
        for (PetscInt j = 0; j < M; j++) {
          const PetscInt column = f * M + j;

          if (wanted && !wanted[column]) continue;
          add_column(p, first + k, p->theta + j * lanes + k * p->ngauss, weights->equation[f],
                     system->C + (size_t)column * (size_t)p->nunknowns);
        }
      }
      add_terms(p, f, count, weights->equation[f], wanted, system);
    }
  }
  for (PetscInt i = 0; i < columns; i++) {
    for (PetscInt j = 0; j < i; j++) system->D[j * columns + i] = system->D[i * columns + j];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineProblemMoments(DscSplineProblem *p, PetscInt field, const double c[], double G[], double b[],
                                       double *yy)
{
  const PetscInt lanes = LANES(p), group = lanes / p->ngauss, M = p->nterms;
  const double   N = (double)p->npoints;
  double        *zero;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1((p->nfields * M), &zero));
  PetscCall(PetscArrayzero(G, M * M));
  PetscCall(PetscArrayzero(b, M));
  *yy = 0.0;
  for (PetscInt first = 0; first < p->ncells; first += group) {
    const PetscInt count = PetscMin(group, p->ncells - first) * p->ngauss;
    const double  *y     = p->residual + field * lanes;

    PetscCall(evaluate_group(p, first, count / p->ngauss, c, zero));
    for (PetscInt l = 0; l < count; l++) *yy += y[l] * y[l] / N;
    for (PetscInt i = 0; i < M; i++) {
      for (PetscInt l = 0; l < count; l++) b[i] += p->theta[i * lanes + l] * y[l] / N;
      for (PetscInt j = 0; j < M; j++) {
        for (PetscInt l = 0; l < count; l++) G[i * M + j] += p->theta[i * lanes + l] * p->theta[j * lanes + l] / N;
      }
    }
  }
  PetscCall(PetscFree(zero));
  PetscFunctionReturn(0);
}
