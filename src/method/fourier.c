#include "method/fourier.h"
#include "method/stencil.h"

#include <float.h>

#define MAX_TIMES 64  /* of the sample */
#define LIMIT     3.0 /* of differences across the ends over those inside */
#define ORDER     6   /* of these differences: smooth parts fall out, jumps stay */

/* ---- one axis ----------------------------------------------------------------------------------------------- */

PetscErrorCode DscFourierAxisCreate(PetscInt n, const double x[], PetscInt stride, double cutoff, DscFourierAxis *axis)
{
  const double   period = (x[n - 1] - x[0]) / (double)(n - 1) * (double)n;
  const size_t   size   = (size_t)(n / 2 + 1) * (size_t)stride;
  const unsigned flags  = FFTW_ESTIMATE | FFTW_UNALIGNED; /* the same plan, so the same bits, every time */
  const int      N = (int)n, s = (int)stride;
  double        *values;

  PetscFunctionBeginUser;
  axis->n        = n;
  axis->stride   = stride;
  axis->kept     = (PetscInt)floor(cutoff * 0.5 * (double)n + 1e-9);
  axis->step     = 2.0 * PETSC_PI / period;
  axis->spectrum = fftw_alloc_real(2 * size);
  axis->work     = fftw_alloc_real(2 * size);
  values         = fftw_alloc_real((size_t)n * (size_t)stride); /* for the plans only */
  PetscCheck(axis->spectrum && axis->work && values, PETSC_COMM_SELF, PETSC_ERR_MEM, "%zu Fourier coefficients", size);
  axis->forward = fftw_plan_many_dft_r2c(1, &N, s, values, NULL, s, 1, (fftw_complex *)axis->spectrum, NULL, s, 1,
                                         flags | FFTW_PRESERVE_INPUT);
  axis->inverse = fftw_plan_many_dft_c2r(1, &N, s, (fftw_complex *)axis->work, NULL, s, 1, values, NULL, s, 1, flags);
  fftw_free(values);
  PetscCheck(axis->forward && axis->inverse, PETSC_COMM_SELF, PETSC_ERR_LIB, "FFTW has no plan for %d values", N);
  PetscFunctionReturn(0);
}

PetscErrorCode DscFourierAxisDestroy(DscFourierAxis *axis)
{
  PetscFunctionBeginUser;
  if (axis->forward) fftw_destroy_plan(axis->forward);
  if (axis->inverse) fftw_destroy_plan(axis->inverse);
  fftw_free(axis->spectrum);
  fftw_free(axis->work);
  PetscCall(PetscMemzero(axis, sizeof(*axis)));
  PetscFunctionReturn(0);
}

void DscFourierAxisTransform(DscFourierAxis *axis, const double values[])
{
  fftw_execute_dft_r2c(axis->forward, (double *)(uintptr_t)values, (fftw_complex *)axis->spectrum);
}

/* (i k)^order of each coefficient. Odd derivatives of the wave at the Nyquist wave number come out as 0, as they are on
   the grid: the inverse transform ignores that imaginary part. */
void DscFourierAxisDerive(DscFourierAxis *axis, PetscInt order, double derivative[])
{
  const PetscInt n = axis->n, s = axis->stride;
  const double   sign = order % 4 == 1 || order % 4 == 2 ? -1.0 : 1.0; /* of the real part of the product */

  for (PetscInt m = 0; m <= n / 2; m++) {
    double *out = axis->work + 2 * m * s, *in = axis->spectrum + 2 * m * s, factor = sign / (double)n;

    for (PetscInt k = 0; k < order; k++) factor *= axis->step * (double)m;
    if (m > axis->kept) factor = 0.0;
    for (PetscInt l = 0; l < 2 * s; l += 2) {
      out[l]     = order % 2 ? factor * in[l + 1] : factor * in[l];
      out[l + 1] = order % 2 ? -factor * in[l] : factor * in[l + 1];
    }
  }
  fftw_execute_dft_c2r(axis->inverse, (fftw_complex *)axis->work, derivative);
}

/* ---- what the data say -------------------------------------------------------------------------------------- */

/* Sums over lines along one axis, of one field. */
typedef struct {
  double *power; /* (owned) [n/2 + 1] */
  double *rough; /* (owned) [n] squares of the differences that begin at each position, around the end */
  double  largest, lines;
} Sums;

static void add_line(DscFourierAxis *axis, const double line[], Sums *sums)
{
  static const double binomial[ORDER + 1] = {1, -6, 15, -20, 15, -6, 1};
  const PetscInt      n                   = axis->n;

  for (PetscInt i = 0; i < n; i++) {
    double difference = 0.0;

    for (PetscInt j = 0; j <= ORDER; j++) difference += binomial[j] * line[(i + j) % n];
    sums->rough[i] += difference * difference;
    sums->largest = PetscMax(sums->largest, fabs(line[i]));
  }
  DscFourierAxisTransform(axis, line);
  for (PetscInt m = 0; m <= n / 2; m++)
    sums->power[m] += PetscSqr(axis->spectrum[2 * m]) + PetscSqr(axis->spectrum[2 * m + 1]);
  sums->lines += 1.0;
}

/* All lines along coordinate c of one snapshot. */
static void add_snapshot(const DscGridInfo *info, PetscInt c, DscFourierAxis *axis, const double values[],
                         double line[], Sums *sums)
{
  PetscInt64 stride = 1, outer = 1;

  for (PetscInt k = c + 1; k < info->ncoordinates; k++) stride *= info->extent[k];
  for (PetscInt k = 1; k < c; k++) outer *= info->extent[k];
  for (PetscInt64 o = 0; o < outer; o++) {
    for (PetscInt64 s = 0; s < stride; s++) {
      for (PetscInt i = 0; i < axis->n; i++) line[i] = values[(o * axis->n + i) * stride + s];
      add_line(axis, line, sums);
    }
  }
}

static PetscErrorCode check_periodic(const DscGridInfo *info, PetscInt field, PetscInt c, const Sums *sums)
{
  const PetscInt n      = info->extent[c];
  double         inside = sums->lines * PetscSqr(64.0 * DBL_EPSILON * sums->largest), across = 0.0;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < n - ORDER; i++) inside = PetscMax(inside, sums->rough[i]);
  for (PetscInt i = n - ORDER; i < n; i++) across = PetscMax(across, sums->rough[i]);
  DscUserCheck(sqrt(across) <= LIMIT * sqrt(inside), PETSC_COMM_SELF,
               "data: %s is not periodic along %s: its sixth differences across the ends are %.3g times the largest "
               "inside, and Fourier derivatives bear at most %g; use approximator finite_difference or "
               "local_polynomial, or a window of one period without its last point",
               info->field_names[field], info->coordinate_names[c], sqrt(across / inside), LIMIT);
  PetscFunctionReturn(0);
}

static double median(PetscInt n, const double values[], double scratch[])
{
  for (PetscInt i = 0; i < n; i++) scratch[i] = values[i];
  (void)PetscSortReal(n, scratch);
  return scratch[n / 2];
}

/* Fraction of the Nyquist wave number up to which the power stands out of the floor. Noise is flat but for what so many
   lines leave of its scatter; rounding is low, but uneven. */
static double find_cutoff(PetscInt n, const Sums *sums, double scratch[])
{
  const PetscInt top = n / 2, from = 3 * top / 4, middle = (from + top) / 2;
  const double   factor = 1.0 + PetscMax(1.0, 4.0 / sqrt(sums->lines)), *power = sums->power;
  double         floor_power = factor * median(top - from, power + from, scratch);
  PetscInt       m           = from;

  if (median(middle - from, power + from, scratch) > factor * median(top - middle, power + middle, scratch)) return 1.0;
  for (PetscInt i = from; i <= top; i++) floor_power = PetscMax(floor_power, power[i]);
  while (m > 1 && power[m] <= floor_power) m--;
  return (double)m / (0.5 * (double)n);
}

static PetscErrorCode check_axis(const DscGridInfo *info, PetscInt c)
{
  PetscFunctionBeginUser;
  DscUserCheck(info->extent[c] >= DSC_FOURIER_LEAST, PETSC_COMM_SELF,
               "data: %s has %" PetscInt_FMT " values, but Fourier derivatives need %d; take more",
               info->coordinate_names[c], info->extent[c], DSC_FOURIER_LEAST);
  DscUserCheck(DscAxisIsUniform(info->extent[c], info->coordinates[c]), PETSC_COMM_SELF,
               "data: %s is not in equal steps, which Fourier derivatives need; use approximator finite_difference or "
               "local_polynomial",
               info->coordinate_names[c]);
  PetscFunctionReturn(0);
}

/* One axis of one field on rank 0, which has its snapshots in turn; the others only take part in the reading. */
static PetscErrorCode measure_axis(MPI_Comm comm, DscGrid grid, const DscGridInfo *info, PetscInt field, PetscInt c,
                                   double values[], double asked, double *cutoff)
{
  const PetscInt n = info->extent[c], ntimes = PetscMin(info->extent[0], MAX_TIMES);
  DscFourierAxis axis                       = {0};
  Sums           sums                       = {0};
  PetscInt       first[DSC_MAX_COORDINATES] = {0}, count[DSC_MAX_COORDINATES] = {0};
  double        *line;
  PetscMPIInt    rank;
  PetscErrorCode ierr = 0;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(DscFourierAxisCreate(n, info->coordinates[c], 1, 1.0, &axis));
  PetscCall(PetscCalloc3(n / 2 + 1, &sums.power, n, &sums.rough, n, &line));
  for (PetscInt i = 0; i < ntimes && !ierr; i++) {
    first[0] = (PetscInt)((PetscInt64)info->extent[0] * i / ntimes);
    for (PetscInt k = 0; k < info->ncoordinates && rank == 0; k++) count[k] = k == 0 ? 1 : info->extent[k];
    ierr = DscGridRead(grid, field, first, count, values); /* the same on all ranks */
    if (!ierr && rank == 0) add_snapshot(info, c, &axis, values, line, &sums);
  }
  if (!ierr && rank == 0) {
    ierr = check_periodic(info, field, c, &sums);
    if (!ierr) *cutoff = PetscMax(*cutoff, asked > 0.0 ? asked : find_cutoff(n, &sums, line));
  }
  PetscCall(PetscFree3(sums.power, sums.rough, line));
  PetscCall(DscFourierAxisDestroy(&axis));
  PetscCall(DscSyncError(comm, ierr));
  PetscFunctionReturn(0);
}

PetscErrorCode DscFourierMeasure(MPI_Comm comm, DscGrid grid, double cutoff[DSC_MAX_COORDINATES])
{
  DscGridInfo    info;
  PetscInt64     snapshot = 1;
  PetscErrorCode ierr     = 0;
  double        *values;
  PetscMPIInt    rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(DscGridGetInfo(grid, &info));
  for (PetscInt c = 1; c < info.ncoordinates; c++) {
    PetscCall(check_axis(&info, c));
    snapshot *= info.extent[c];
  }
  PetscCall(PetscMalloc1(rank == 0 ? (size_t)snapshot : 1, &values));
  for (PetscInt c = 1; c < info.ncoordinates && !ierr; c++) {
    const double asked = cutoff[c];

    cutoff[c] = 0.0;
    for (PetscInt f = 0; f < info.nfields && !ierr; f++)
      ierr = measure_axis(comm, grid, &info, f, c, values, asked, &cutoff[c]);
  }
  PetscCall(PetscFree(values));
  PetscCall(ierr);
  PetscCallMPI(MPI_Bcast(cutoff, DSC_MAX_COORDINATES, MPI_DOUBLE, 0, comm));
  PetscFunctionReturn(0);
}
