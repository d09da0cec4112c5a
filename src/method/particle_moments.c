#include "method/particle_moments.h"

#include <math.h>
#include <petscblaslapack.h>

#define MAX_FRAMES 2000
#define MARGIN     0.05 /* of the range, beyond the outermost positions */
#define FLOOR      1e-4 /* of a frame's largest density, below which quotients are damped */
#define MASS_ERROR 0.01 /* of the surrogate, over the whole time */
#define NO_FLUX    1e-6 /* of a term, over all it does: it is a multiple of p, and the equation of the mass has it */

/* ---- frames ------------------------------------------------------------------------------------------------- */

PetscErrorCode DscParticleMomentsCheck(MPI_Comm comm, const DscDataSet *data)
{
  const double *t = data->coordinates[0];
  PetscInt      n = 1;

  PetscFunctionBeginUser;
  for (PetscInt i = 1; i < data->ntrain; i++) n += t[i] > t[i - 1];
  DscUserCheck(n > 1 && n <= MAX_FRAMES, comm,
               "data: -refit particles needs positions at 2 to %d times, and there are %" PetscInt_FMT
               "; thin them with data_stride_t, round the times, or use -refit none",
               MAX_FRAMES, n);
  PetscFunctionReturn(0);
}

static PetscErrorCode create_frames(DscParticleMoments *m)
{
  const DscDataSet *data = m->data;
  const double     *t    = data->coordinates[0];

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(data->ntrain, &m->times, data->ntrain, &m->frame));
  for (PetscInt i = 0; i < data->ntrain; i++) {
    if (i == 0 || t[i] > t[i - 1]) m->times[m->nframes++] = t[i];
    m->frame[i] = m->nframes - 1;
  }
  PetscCall(PetscCalloc2(m->nframes, &m->weights, m->nframes, &m->count));
  for (PetscInt i = 0; i < data->ntrain; i++) m->count[m->frame[i]] += 1.0;
  for (PetscInt f = 0; f + 1 < m->nframes; f++) {
    m->weights[f] += 0.5 * (m->times[f + 1] - m->times[f]);
    m->weights[f + 1] += 0.5 * (m->times[f + 1] - m->times[f]);
  }
  PetscFunctionReturn(0);
}

static void cover_places(DscParticleMoments *m)
{
  const double *x   = m->data->coordinates[1];
  double        min = x[0], max = x[0];

  for (PetscInt i = 1; i < m->data->ntrain; i++) {
    min = PetscMin(min, x[i]);
    max = PetscMax(max, x[i]);
  }
  m->first = min - MARGIN * (max - min);
  m->step  = (1.0 + 2.0 * MARGIN) * (max - min) / (double)(m->nplaces - 1);
}

/* m of a term that is d^m p / dx^m alone. */
static PetscErrorCode find_order(DscLibrary library, PetscInt term, PetscInt *order)
{
  const DscFactor  *factors;
  const DscFeature *features, *feature;
  PetscInt          n, unused;

  PetscFunctionBeginUser;
  *order = -1;
  PetscCall(DscLibraryGetFactors(library, term, &n, &factors));
  PetscCall(DscLibraryGetFeatures(library, &unused, &features));
  if (n != 1 || factors[0].power != 1 || factors[0].function != DSC_FUNCTION_NONE) PetscFunctionReturn(0);
  feature = &features[factors[0].feature];
  if (feature->kind == DSC_FEATURE_DERIVATIVE && feature->order[0] == 0) *order = feature->order[1];
  PetscFunctionReturn(0);
}

static PetscErrorCode count_clusters(DscParticleMoments *m)
{
  const DscDataSet *data = m->data;
  PetscBool        *seen;

  PetscFunctionBeginUser;
  m->nsums     = data->track ? data->ntracks : data->ntrain;
  m->nclusters = 0.0;
  PetscCall(PetscCalloc1(m->nsums, &seen));
  for (PetscInt i = 0; i < data->ntrain; i++) {
    const PetscInt c = data->track ? data->track[i] : i;

    if (!seen[c]) m->nclusters += 1.0;
    seen[c] = PETSC_TRUE;
  }
  PetscCall(PetscFree(seen));
  PetscFunctionReturn(0);
}

PetscErrorCode DscParticleMomentsCreate(const DscDataSet *data, DscLibrary library, PetscInt nplaces,
                                        DscParticleMoments *m)
{
  const char *const *names;
  PetscInt           K;
  size_t             plane;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(m, sizeof(*m)));
  m->data    = data;
  m->nplaces = nplaces;
  PetscCall(DscLibraryGetTerms(library, &m->nterms, &names));
  m->nequations = m->nterms + 1;
  K             = m->nequations;
  PetscCall(create_frames(m));
  cover_places(m);
  plane = (size_t)(m->nframes * nplaces);
  PetscCall(count_clusters(m));
  PetscCall(PetscMalloc4(plane, &m->p, plane * (size_t)m->nterms, &m->theta, plane * (size_t)m->nterms, &m->w,
                         plane * (size_t)K, &m->residual));
  PetscCall(PetscMalloc6(m->nterms, &m->order, K, &m->g, (size_t)(K * m->nterms), &m->A, (size_t)(K * K), &m->S,
                         (size_t)(4 * nplaces), &m->scratch, (size_t)m->nsums * (size_t)K, &m->sums));
  for (PetscInt k = 0; k < m->nterms; k++) PetscCall(find_order(library, k, &m->order[k]));
  PetscFunctionReturn(0);
}

PetscErrorCode DscParticleMomentsDestroy(DscParticleMoments *m)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree2(m->times, m->frame));
  PetscCall(PetscFree2(m->weights, m->count));
  PetscCall(PetscFree4(m->p, m->theta, m->w, m->residual));
  PetscCall(PetscFree6(m->order, m->g, m->A, m->S, m->scratch, m->sums));
  PetscFunctionReturn(0);
}

/* ---- on the grid of one frame ------------------------------------------------------------------------------- */

/* to = integral of from, by the trapezoidal rule; may be the same array. */
static void integrate(PetscInt n, double step, const double from[], double to[])
{
  double sum = 0.0, last = from[0];

  to[0] = 0.0;
  for (PetscInt g = 1; g < n; g++) {
    const double value = from[g];

    sum += 0.5 * step * (last + value);
    to[g] = sum;
    last  = value;
  }
}

static double total(PetscInt n, double step, const double values[])
{
  double sum = -0.5 * (values[0] + values[n - 1]);

  for (PetscInt g = 0; g < n; g++) sum += values[g];
  return step * sum;
}

/* to = d from / dx, by central differences. */
static void differentiate(PetscInt n, double step, const double from[], double to[])
{
  for (PetscInt g = 1; g + 1 < n; g++) to[g] = (from[g + 1] - from[g - 1]) / (2.0 * step);
  to[0]     = to[1];
  to[n - 1] = to[n - 2];
}

static double *plane_at(const DscParticleMoments *m, double values[], PetscInt k, PetscInt f)
{
  return values + ((size_t)k * (size_t)m->nframes + (size_t)f) * (size_t)m->nplaces;
}

static double largest(PetscInt n, const double values[])
{
  double max = 0.0;

  for (PetscInt g = 0; g < n; g++) max = PetscMax(max, fabs(values[g]));
  return max;
}

static double total_absolute(PetscInt n, double step, const double values[])
{
  double sum = 0.0;

  for (PetscInt g = 0; g < n; g++) sum += step * fabs(values[g]);
  return sum;
}

/* F_j, and the mass of p. */
static double set_flux(const DscParticleMoments *m, PetscInt j, PetscInt f, double flux[])
{
  const PetscInt n     = m->nplaces;
  const double  *theta = plane_at(m, m->theta, j, f), *p = plane_at(m, m->p, 0, f);
  const double   mass = total(n, m->step, p), gain = total(n, m->step, theta) / mass;

  for (PetscInt g = 0; g < n; g++) flux[g] = theta[g] - gain * p[g];
  integrate(n, m->step, flux, flux);
  return mass;
}

/* The mean of w over p is 0: the mass has an equation of its own. */
static void set_test_function(DscParticleMoments *m, PetscInt j, PetscInt f)
{
  const PetscInt n     = m->nplaces;
  const double  *theta = plane_at(m, m->theta, j, f), *p = plane_at(m, m->p, 0, f);
  double        *w = plane_at(m, m->w, j, f), *flux = m->scratch;
  const double   mass = set_flux(m, j, f, flux), damping = FLOOR * largest(n, p);
  double         mean;

  if (largest(n, flux) <= NO_FLUX * total_absolute(n, m->step, theta)) {
    memset(w, 0, sizeof(double) * (size_t)n);
    return;
  }
  for (PetscInt g = 0; g < n; g++) flux[g] /= p[g] + damping;
  integrate(n, m->step, flux, w);
  for (PetscInt g = 0; g < n; g++) flux[g] = p[g] * w[g];
  mean = total(n, m->step, flux) / mass;
  for (PetscInt g = 0; g < n; g++) w[g] -= mean;
}

/* What term k does to the mean of test function a, at each place: its mean over positions counts. */
static const double *effect(DscParticleMoments *m, PetscInt a, PetscInt k, PetscInt f)
{
  const PetscInt n = m->nplaces;
  const double  *w = plane_at(m, m->w, a, f), *p = plane_at(m, m->p, 0, f), *theta = plane_at(m, m->theta, k, f);
  const double  *from = w;
  double        *to   = m->scratch;

  if (m->order[k] < 0) {
    const double damping = FLOOR * largest(n, p);

    for (PetscInt g = 0; g < n; g++) to[g] = w[g] * theta[g] / (p[g] + damping);
    return to;
  }
  for (PetscInt i = 0; i < m->order[k]; i++) {
    to = m->scratch + (i % 2) * n;
    differentiate(n, m->step, from, to);
    for (PetscInt g = 0; g < n; g++) to[g] = -to[g];
    from = to;
  }
  return from;
}

static double interpolate(const DscParticleMoments *m, const double values[], double x)
{
  const double   place = PetscMax(0.0, PetscMin((x - m->first) / m->step, (double)(m->nplaces - 1)));
  const PetscInt g     = PetscMin((PetscInt)place, m->nplaces - 2);
  const double   part  = place - (double)g;

  return (1.0 - part) * values[g] + part * values[g + 1];
}

/* Part of g of frame f at each place: the test function between two frames is the mean of both. */
static void set_change(DscParticleMoments *m, PetscInt a, PetscInt f, double to[])
{
  const double *w      = plane_at(m, m->w, a, f);
  const double *before = f > 0 ? plane_at(m, m->w, a, f - 1) : w;
  const double *after  = f + 1 < m->nframes ? plane_at(m, m->w, a, f + 1) : w;

  for (PetscInt g = 0; g < m->nplaces; g++) {
    to[g] = (f > 0 ? 0.5 * (before[g] + w[g]) : 0.0) - (f + 1 < m->nframes ? 0.5 * (w[g] + after[g]) : 0.0);
  }
}

/* ---- sums over positions ------------------------------------------------------------------------------------ */

/* Positions of a frame at each place, shared between the two neighbours: sums over positions become sums over places. */
static void add_positions(DscParticleMoments *m, double density[])
{
  const DscDataSet *data = m->data;

  memset(density, 0, sizeof(double) * (size_t)(m->nframes * m->nplaces));
  for (PetscInt i = 0; i < data->ntrain; i++) {
    const PetscInt f     = m->frame[i];
    const double   place = PetscMax(0.0, PetscMin((data->coordinates[1][i] - m->first) / m->step, m->nplaces - 1.0));
    const PetscInt g     = PetscMin((PetscInt)place, m->nplaces - 2);
    const double   part  = place - (double)g;

    plane_at(m, density, 0, f)[g] += (1.0 - part) / m->count[f];
    plane_at(m, density, 0, f)[g + 1] += part / m->count[f];
  }
}

static double sum_product(PetscInt n, const double a[], const double b[])
{
  double sum = 0.0;

  for (PetscInt g = 0; g < n; g++) sum += a[g] * b[g];
  return sum;
}

PetscErrorCode DscParticleMomentsCompute(DscParticleMoments *m)
{
  const PetscInt M = m->nterms, n = m->nplaces;
  double        *density = m->residual, *change = m->scratch + 2 * n;

  PetscFunctionBeginUser;
  for (PetscInt j = 0; j < M; j++) {
    for (PetscInt f = 0; f < m->nframes; f++) set_test_function(m, j, f);
  }
  add_positions(m, density);
  PetscCall(PetscArrayzero(m->g, m->nequations));
  PetscCall(PetscArrayzero(m->A, m->nequations * M));
  for (PetscInt f = 0; f < m->nframes; f++) {
    const double *positions = plane_at(m, density, 0, f);

    for (PetscInt a = 0; a < M; a++) {
      set_change(m, a, f, change);
      m->g[a] += sum_product(n, positions, change);
      for (PetscInt k = 0; k < M; k++) m->A[a * M + k] += m->weights[f] * sum_product(n, positions, effect(m, a, k, f));
    }
    for (PetscInt k = 0; k < M; k++) m->A[M * M + k] += m->weights[f] * total(n, m->step, plane_at(m, m->theta, k, f));
  }
  PetscFunctionReturn(0);
}

/* What a position of frame f at each place adds to equation a, its mean over the frame taken off. */
static void set_residual(DscParticleMoments *m, PetscInt a, PetscInt f, const double xi[])
{
  double *r = plane_at(m, m->residual, a, f);

  set_change(m, a, f, r);
  for (PetscInt k = 0; k < m->nterms; k++) {
    const double  factor = m->weights[f] * xi[k];
    const double *values;

    if (factor == 0.0) continue;
    values = effect(m, a, k, f);
    for (PetscInt g = 0; g < m->nplaces; g++) r[g] -= factor * values[g];
  }
}

static PetscErrorCode center(DscParticleMoments *m, PetscInt a)
{
  const DscDataSet *data = m->data;
  double           *mean;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(m->nframes, &mean));
  for (PetscInt i = 0; i < data->ntrain; i++) {
    const PetscInt f = m->frame[i];

    mean[f] += interpolate(m, plane_at(m, m->residual, a, f), data->coordinates[1][i]) / m->count[f];
  }
  for (PetscInt f = 0; f < m->nframes; f++) {
    double *r = plane_at(m, m->residual, a, f);

    for (PetscInt g = 0; g < m->nplaces; g++) r[g] -= mean[f];
  }
  PetscCall(PetscFree(mean));
  PetscFunctionReturn(0);
}

PetscErrorCode DscParticleMomentsCovariance(DscParticleMoments *m, const double xi[])
{
  const DscDataSet *data = m->data;
  const PetscInt    M = m->nterms, K = m->nequations, nc = m->nsums;

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(m->sums, (size_t)nc * (size_t)K));
  for (PetscInt a = 0; a < M; a++) {
    for (PetscInt f = 0; f < m->nframes; f++) set_residual(m, a, f, xi);
    PetscCall(center(m, a));
    for (PetscInt i = 0; i < data->ntrain; i++) {
      const PetscInt f = m->frame[i], c = data->track ? data->track[i] : i;

      m->sums[c * K + a] += interpolate(m, plane_at(m, m->residual, a, f), data->coordinates[1][i]) / m->count[f];
    }
  }
  PetscCall(PetscArrayzero(m->S, K * K));
  for (PetscInt c = 0; c < nc; c++) {
    for (PetscInt a = 0; a < M; a++) {
      for (PetscInt b = 0; b <= a; b++) m->S[a * K + b] += m->sums[c * K + a] * m->sums[c * K + b];
    }
  }
  for (PetscInt a = 0; a < M; a++) {
    for (PetscInt b = 0; b <= a; b++) m->S[b * K + a] = m->S[a * K + b] *= m->nclusters / (m->nclusters - 1.0);
  }
  m->S[M * K + M] = PetscSqr(MASS_ERROR);
  PetscFunctionReturn(0);
}

PetscErrorCode DscParticleMomentsBound(DscParticleMoments *m, const PetscBool active[], double D, double bound[],
                                       PetscBool *fine)
{
  const PetscInt M = m->nterms, n = m->nplaces;
  double        *information, *Fj = m->scratch, *Fk = m->scratch + n;
  PetscBLASInt   size = (PetscBLASInt)M, info;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1((size_t)(M * M), &information));
  for (PetscInt j = 0; j < M; j++) {
    if (!active[j]) information[j * M + j] = 1.0;
    for (PetscInt k = 0; k <= j && active[j]; k++) {
      for (PetscInt f = 0; f < m->nframes && active[k]; f++) {
        const double *p       = plane_at(m, m->p, 0, f);
        const double  damping = FLOOR * largest(n, p);

        (void)set_flux(m, j, f, Fj);
        (void)set_flux(m, k, f, Fk);
        for (PetscInt g = 0; g < n; g++)
          information[j * M + k] +=
              m->weights[f] * m->step * m->nclusters * Fj[g] * Fk[g] / (2.0 * D * (p[g] + damping));
      }
    }
  }
  PetscCallBLAS("LAPACKpotrf", LAPACKpotrf_("U", &size, information, &size, &info)); /* row-major: the lower triangle */
  if (info == 0) PetscCallBLAS("LAPACKpotri", LAPACKpotri_("U", &size, information, &size, &info));
  *fine = (PetscBool)(info == 0);
  for (PetscInt j = 0; j < M; j++) bound[j] = *fine && active[j] ? sqrt(information[j * M + j]) : 0.0;
  PetscCall(PetscFree(information));
  PetscFunctionReturn(0);
}
