/* The samples' side of the least-squares problem: rows of B, B'B and B'y of the values that are fitted, their errors. */
#include "method/spline_band.h"
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

void DscSplineSamplesApply(const DscSplineProblem *p, PetscInt field, const double values[], double sums[])
{
  const PetscInt nlocal = p->space.nlocal;

  for (PetscInt i = 0; i < p->space.n; i++) sums[i] = 0.0;
  for (PetscInt i = 0; i < p->nsamples; i++) {
    if (!DscSplineProblemFits(p, i, field)) continue;
    for (PetscInt l = 0; l < nlocal; l++)
      sums[p->base[i] + p->space.local[l]] += p->rows[(size_t)i * (size_t)nlocal + (size_t)l] * values[i];
  }
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

double DscSplineProblemMSE(const DscSplineProblem *p, const DscSplineValue *value)
{
  double mse = 0.0;

  for (PetscInt f = 0; f < p->nfields; f++) mse += value->sse[f] / (p->nfitted[f] * (double)p->nfields);
  return mse;
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

/* One field's part: its entries of the band, and their product with c. */
static PetscErrorCode assemble_field(const DscSplineProblem *p, PetscInt f, const DscSplineWeights *weights,
                                     const double c[], DscSplineSystem *system)
{
  const PetscInt nf = p->nfields, m = p->space.bandwidth + 1, n = p->space.n;
  const size_t   ld   = (size_t)p->bandwidth + 1;
  const double   data = 1.0 / weights->variance[f], rough = weights->roughness / weights->variance[f];
  double        *x = p->work, *y = p->work + n;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < n; i++) {
    const double *restrict BB = samples_band(p, f) + (size_t)i * (size_t)m, *restrict K = p->K + (size_t)i * (size_t)m;
    double *restrict H = system->H + (size_t)(i * nf + f) * ld;

    if (nf == 1) {
      for (PetscInt d = 0; d < m; d++) H[d] = data * BB[d] + rough * K[d];
    } else {
      for (PetscInt d = 0; d < m; d++) H[d * nf] = data * BB[d] + rough * K[d];
    }
    x[i] = c[i * nf + f];
  }
  PetscCall(DscSplineBandMultiply(n, p->space.bandwidth, samples_band(p, f), x, y));
  for (PetscInt i = 0; i < n; i++) system->gc[i * nf + f] = data * (y[i] - p->By[i * nf + f]);
  PetscCall(DscSplineBandMultiply(n, p->space.bandwidth, p->K, x, y));
  for (PetscInt i = 0; i < n; i++) system->gc[i * nf + f] += rough * y[i];
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineSamplesAssemble(const DscSplineProblem *p, const DscSplineWeights *weights, const double c[],
                                        DscSplineSystem *system)
{
  PetscFunctionBeginUser;
  if (p->nfields > 1) PetscCall(PetscArrayzero(system->H, (size_t)p->nunknowns * ((size_t)p->bandwidth + 1)));
  for (PetscInt f = 0; f < p->nfields; f++) PetscCall(assemble_field(p, f, weights, c, system));
  PetscFunctionReturn(0);
}
