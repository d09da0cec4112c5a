/* Set-up of the problem, and splines taken over from another one. */
#include "method/spline_problem.h"

#define MAX_LOCAL 1024

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
  p->group   = DSC_MAX_LANES / p->ngauss;
  PetscCall(DscSplineSpaceCreate(p->data->ncoordinates, axes, &p->space));
  for (PetscInt a = 0; a < p->space.naxes; a++) { /* sorted by stride */
    PetscInt k = a;

    for (; k > 0 && p->space.stride[p->order[k - 1]] > p->space.stride[a]; k--) p->order[k] = p->order[k - 1];
    p->order[k] = a;
  }
  p->run       = (p->space.axis[p->order[0]].degree + 1) * p->nfields;
  p->nruns     = p->space.nlocal * p->nfields / p->run;
  p->width     = (p->run + DSC_SPLINE_PAD - 1) / DSC_SPLINE_PAD * DSC_SPLINE_PAD;
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
    for (PetscInt k = 0, rest = cell; k < p->space.naxes; rest /= p->space.axis[p->order[k++]].intervals)
      p->cell_base[cell] += rest % p->space.axis[p->order[k]].intervals * p->space.stride[p->order[k]];
  }
  for (PetscInt a = 0; a < p->space.naxes; a++) share *= (double)reference[a] / (double)p->space.axis[a].intervals;
  for (PetscInt g = 0; g < p->ngauss; g++) {
    gauss_point(p, g, x);
    for (PetscInt i = 0; i < p->nfeatures; i++) {
      double *row = p->cell + (i * p->ngauss + g) * nlocal;

      PetscCall(DscSplineSpaceEvaluate(&p->space, x, p->features[i].order, &base, row));
      for (PetscInt l = 0; l < nlocal; l++) {
        const PetscInt u = l * p->nfields + p->features[i].field; /* the unknown it stands for */

        p->padded[((i * p->ngauss + g) * p->nruns + u / p->run) * p->width + u % p->run] = row[l];
      }
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
  size_t nlocal, band, lanes, padded;

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
  lanes  = DSC_MAX_LANES;
  padded = (size_t)(p->nruns * p->width * p->ngauss);
  PetscCall(PetscCalloc7((size_t)p->nsamples, &p->base, (size_t)p->nsamples * nlocal, &p->rows, (size_t)p->ncells,
                         &p->cell_base, (size_t)(p->nfeatures * p->ngauss) * nlocal, &p->cell, (size_t)p->nbands * band,
                         &p->BB, band, &p->K, (size_t)p->nunknowns, &p->By));
  PetscCall(PetscCalloc7((size_t)p->nfeatures * lanes, &p->phi, (size_t)p->nfeatures * lanes, &p->phibar,
                         (size_t)p->nterms * lanes, &p->theta, (size_t)p->nterms * lanes, &p->thetabar,
                         (size_t)p->nfields * lanes, &p->residual, padded, &p->J,
                         nlocal * (size_t)(p->nfields * p->group), &p->local));
  PetscCall(PetscCalloc2((size_t)p->nfeatures * padded, &p->padded, 2 * (size_t)p->space.n, &p->work));
  PetscCall(PetscMalloc1(p->nruns, &p->start));
  for (PetscInt r = 0; r < p->nruns; r++) p->start[r] = p->space.local[r * p->run / p->nfields] * p->nfields;
  PetscCall(DscSplineSamplesCreate(p));
  PetscCall(create_cells(p, reference));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineProblemDestroy(DscSplineProblem *p)
{
  PetscFunctionBeginUser;
  PetscCall(DscSplineSpaceDestroy(&p->space));
  PetscCall(PetscFree7(p->base, p->rows, p->cell_base, p->cell, p->BB, p->K, p->By));
  PetscCall(PetscFree2(p->padded, p->work));
  PetscCall(PetscFree(p->start));
  PetscCall(PetscFree7(p->phi, p->phibar, p->theta, p->thetabar, p->residual, p->J, p->local));
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

void DscSplineProblemGetPoint(const DscSplineProblem *p, PetscInt cell, PetscInt g, double x[])
{
  gauss_point(p, g, x);
  for (PetscInt k = 0; k < p->space.naxes; k++) {
    const PetscInt       a    = p->order[k];
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
      DscSplineProblemGetPoint(p, cell, g, x);
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
