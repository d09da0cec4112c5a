/* The samples' side of the least-squares problem: rows of B, B'B and B'y of the values that are fitted, their errors. */
#include "method/spline_problem.h"

PetscBool DscSplineSamplesAlike(const DscDataSet *data)
{
  for (PetscInt f = 1; f < data->nfields; f++) {
    for (PetscInt i = 0; i < data->ntrain; i++) {
      if (isnan(data->fields[f][i]) != isnan(data->fields[0][i])) return PETSC_FALSE;
    }
  }
  return PETSC_TRUE;
}

PetscErrorCode DscSplineSamplesCreate(DscSplineProblem *p)
{
  const PetscInt nlocal = p->space.nlocal, order[DSC_MAX_COORDINATES] = {0};
  const size_t   band = (size_t)p->space.n * (size_t)(p->space.bandwidth + 1);
  double         x[DSC_MAX_COORDINATES];

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < p->nsamples; i++) {
    double *row = p->rows + (size_t)i * (size_t)nlocal;

    for (PetscInt a = 0; a < p->data->ncoordinates; a++) x[a] = p->data->coordinates[a][i];
    PetscCall(DscSplineSpaceEvaluate(&p->space, x, order, &p->base[i], row));
    for (PetscInt f = 0; f < p->nfields; f++) {
      if (!DscSplineProblemFits(p, i, f)) continue;
      p->nfitted[f] += 1.0;
      if (f < p->nbands) DscSplineSpaceAddToBand(&p->space, p->base[i], row, 1.0, p->BB + (size_t)f * band);
      for (PetscInt l = 0; l < nlocal; l++)
        p->By[(p->base[i] + p->space.local[l]) * p->nfields + f] += row[l] * p->data->fields[f][i];
    }
  }
  PetscFunctionReturn(0);
}

static double predict(const DscSplineProblem *p, PetscInt i, PetscInt f, const double c[])
{
  const double *row = p->rows + (size_t)i * (size_t)p->space.nlocal;
  const double *at  = c + (size_t)p->base[i] * (size_t)p->nfields + f;
  double        y   = 0.0;

  for (PetscInt l = 0; l < p->space.nlocal; l++) y += row[l] * at[p->space.local[l] * p->nfields];
  return y;
}

PetscErrorCode DscSplineProblemPredict(const DscSplineProblem *p, PetscInt field, const double c[], double y[])
{
  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < p->nsamples; i++) y[i] = predict(p, i, field, c);
  PetscFunctionReturn(0);
}

void DscSplineProblemErrors(const DscSplineProblem *p, PetscInt first, PetscInt last, const double c[], double sse[],
                            double count[])
{
  for (PetscInt f = 0; f < p->nfields; f++) {
    sse[f] = count[f] = 0.0;
    for (PetscInt i = first; i < last; i++) {
      if (isnan(p->data->fields[f][i])) continue;
      sse[f] += PetscSqr(p->data->fields[f][i] - predict(p, i, f, c));
      count[f] += 1.0;
    }
  }
}

/* B'B of a field. */
static const double *samples_band(const DscSplineProblem *p, PetscInt f)
{
  return p->BB + (p->nbands == 1 ? 0 : (size_t)f * (size_t)p->space.n * (size_t)(p->space.bandwidth + 1));
}

PetscErrorCode DscSplineProblemSmoother(const DscSplineProblem *p, PetscInt field, double roughness, double H[])
{
  const size_t  ld = (size_t)p->space.bandwidth + 1, n = (size_t)p->space.n * ld;
  const double *BB = samples_band(p, field);

  PetscFunctionBeginUser;
  for (size_t k = 0; k < n; k++) H[k] = BB[k] + roughness * p->K[k];
  /* Functions at the rim that see neither sample nor roughness. */
  for (size_t k = 0; k < n; k += ld) H[k] += DSC_SPLINE_RIM;
  PetscFunctionReturn(0);
}

/* One field's part. */
static void assemble_field(const DscSplineProblem *p, PetscInt f, const DscSplineWeights *weights, const double c[],
                           DscSplineSystem *system)
{
  const PetscInt nf = p->nfields, bandwidth = p->space.bandwidth;
  const size_t   ld = (size_t)p->bandwidth + 1;
  const double  *BB = samples_band(p, f);

  for (PetscInt i = 0; i < p->space.n; i++) {
    const size_t   column = (size_t)i * (size_t)(bandwidth + 1);
    const PetscInt k      = i * nf + f;

    for (PetscInt d = 0; d <= PetscMin(bandwidth, p->space.n - 1 - i); d++) {
      const PetscInt m = (i + d) * nf + f;
      const double h = (BB[column + (size_t)d] + weights->roughness * p->K[column + (size_t)d]) / weights->variance[f];

      system->H[(size_t)k * ld + (size_t)(d * nf)] = h;
      system->gc[m] += h * c[k];
      if (d > 0) system->gc[k] += h * c[m];
    }
  }
}

PetscErrorCode DscSplineSamplesAssemble(const DscSplineProblem *p, const DscSplineWeights *weights, const double c[],
                                        DscSplineSystem *system)
{
  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(system->H, (size_t)p->nunknowns * ((size_t)p->bandwidth + 1)));
  for (PetscInt k = 0; k < p->nunknowns; k++) system->gc[k] = -p->By[k] / weights->variance[k % p->nfields];
  for (PetscInt f = 0; f < p->nfields; f++) assemble_field(p, f, weights, c, system);
  PetscFunctionReturn(0);
}
