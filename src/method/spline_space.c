#include "method/spline_space.h"

/* Along which axis the numbers run slowest: the one with the most functions, so that the strides of the others, and with
   them the band, are short. */
static void set_strides(DscSplineSpace *s)
{
  PetscBool done[DSC_MAX_COORDINATES] = {PETSC_FALSE};

  s->n = 1;
  for (PetscInt k = 0; k < s->naxes; k++) {
    PetscInt least = -1;

    for (PetscInt a = 0; a < s->naxes; a++) {
      const PetscInt n = s->axis[a].intervals + s->axis[a].degree;

      if (!done[a] && (least < 0 || n < s->axis[least].intervals + s->axis[least].degree)) least = a;
    }
    done[least]      = PETSC_TRUE;
    s->stride[least] = s->n;
    s->n *= s->axis[least].intervals + s->axis[least].degree;
  }
}

/* Offsets in rising order: the slowest axis first. */
static void set_local(DscSplineSpace *s)
{
  PetscInt order[DSC_MAX_COORDINATES];

  for (PetscInt a = 0; a < s->naxes; a++) {
    PetscInt k = a;

    for (; k > 0 && s->stride[order[k - 1]] < s->stride[a]; k--) order[k] = order[k - 1];
    order[k] = a;
  }
  for (PetscInt l = 0; l < s->nlocal; l++) {
    PetscInt rest = l;

    s->local[l] = 0;
    for (PetscInt k = s->naxes - 1; k >= 0; k--) {
      const PetscInt a = order[k], m = s->axis[a].degree + 1;

      s->along[l * s->naxes + a] = rest % m;
      s->local[l] += rest % m * s->stride[a];
      rest /= m;
    }
  }
}

PetscErrorCode DscSplineSpaceCreate(PetscInt naxes, const DscSplineAxis axes[], DscSplineSpace *space)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(space, sizeof(*space)));
  space->naxes  = naxes;
  space->nlocal = 1;
  for (PetscInt a = 0; a < naxes; a++) {
    PetscCheck(axes[a].degree >= 1 && axes[a].degree <= DSC_SPLINE_MAX_DEGREE && axes[a].intervals >= 1,
               PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "a spline of degree %" PetscInt_FMT, axes[a].degree);
    space->axis[a] = axes[a];
    space->nlocal *= axes[a].degree + 1;
  }
  set_strides(space);
  for (PetscInt a = 0; a < naxes; a++) space->bandwidth += axes[a].degree * space->stride[a];
  PetscCall(PetscMalloc2(space->nlocal, &space->local, (space->nlocal * naxes), &space->along));
  set_local(space);
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineSpaceDestroy(DscSplineSpace *space)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree2(space->local, space->along));
  PetscFunctionReturn(0);
}

void DscSplineSpaceGetSize(PetscInt naxes, const PetscInt intervals[], const PetscInt degree[], double *n,
                           double *bandwidth)
{
  *n         = 1.0;
  *bandwidth = 0.0;
  for (PetscInt a = 0; a < naxes; a++) {
    const PetscInt own    = intervals[a] + degree[a];
    double         stride = 1.0; /* as in set_strides() */

    for (PetscInt b = 0; b < naxes; b++) {
      const PetscInt other = intervals[b] + degree[b];

      if (other < own || (other == own && b < a)) stride *= (double)other;
    }
    *n *= (double)own;
    *bandwidth += (double)degree[a] * stride;
  }
}

/* With s the place in the interval, 0 to 1: the values of degree q = p - order by de Boor's recursion, which for equal
   intervals divides by q only; then d/ds B_{j,p} = B_{j-1,p-1} - B_{j,p-1}, `order` times. */
PetscInt DscSplineAxisEvaluate(const DscSplineAxis *axis, double x, PetscInt order, double values[])
{
  const PetscInt p = axis->degree, q = p - order;
  const double   h        = (axis->last - axis->first) / (double)axis->intervals;
  const PetscInt interval = (PetscInt)PetscMin(PetscMax((x - axis->first) / h, 0.0), (double)(axis->intervals - 1));
  const double   s        = (x - axis->first) / h - (double)interval;

  for (PetscInt j = 0; j <= p; j++) values[j] = 0.0;
  if (q < 0) return interval;
  values[0] = 1.0;
  for (PetscInt k = 1; k <= q; k++) {
    double saved = 0.0;

    for (PetscInt r = 0; r < k; r++) {
      const double part = values[r] / (double)k;

      values[r] = saved + ((double)(r + 1) - s) * part;
      saved     = (s + (double)(k - r - 1)) * part;
    }
    values[k] = saved;
  }
  for (PetscInt k = q + 1; k <= p; k++) {
    values[k] = values[k - 1] / h;
    for (PetscInt j = k - 1; j > 0; j--) values[j] = (values[j - 1] - values[j]) / h;
    values[0] = -values[0] / h;
  }
  return interval;
}

PetscErrorCode DscSplineSpaceEvaluate(const DscSplineSpace *space, const double x[], const PetscInt order[],
                                      PetscInt *base, double values[])
{
  double part[DSC_MAX_COORDINATES][DSC_SPLINE_MAX_DEGREE + 1];

  PetscFunctionBeginUser;
  *base = 0;
  for (PetscInt a = 0; a < space->naxes; a++) {
    *base += space->stride[a] * DscSplineAxisEvaluate(&space->axis[a], x[a], order[a], part[a]);
  }
  for (PetscInt l = 0; l < space->nlocal; l++) {
    values[l] = 1.0;
    for (PetscInt a = 0; a < space->naxes; a++) values[l] *= part[a][space->along[l * space->naxes + a]];
  }
  PetscFunctionReturn(0);
}

void DscSplineSpaceAddToBand(const DscSplineSpace *s, PetscInt base, const double v[], double weight, double band[])
{
  const PetscInt ld = s->bandwidth + 1;

  for (PetscInt b = 0; b < s->nlocal; b++) {
    double *column = band + (size_t)(base + s->local[b]) * (size_t)ld;

    for (PetscInt a = b; a < s->nlocal; a++) column[s->local[a] - s->local[b]] += weight * v[a] * v[b];
  }
}
