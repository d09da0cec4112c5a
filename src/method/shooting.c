#include "method/shooting.h"

#include <math.h>

/* ---- set-up ------------------------------------------------------------------------------------------------- */

typedef struct {
  PetscInt first, weighs_from; /* sample of its first step; steps before weighs_from count in the window before */
} Window;

/* The windows of a trajectory of n samples from `first` on. */
static PetscErrorCode add_windows(PetscInt first, PetscInt n, PetscInt steps, PetscInt *nwindows, Window windows[])
{
  const PetscInt count = (n + steps - 1) / steps;

  PetscFunctionBeginUser;
  for (PetscInt w = 0; w < count; w++) {
    const PetscInt begin = PetscMin(w * steps, n - steps);

    windows[*nwindows].first       = first + begin;
    windows[*nwindows].weighs_from = w * steps - begin;
    (*nwindows)++;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode find_windows(MPI_Comm comm, const DscDataSet *data, PetscInt steps, PetscInt *n, Window windows[])
{
  DscTracks tracks;
  PetscInt  shortest = PETSC_MAX_INT;

  PetscFunctionBeginUser;
  *n = 0;
  PetscCall(DscTracksCreate(comm, data, &tracks));
  for (PetscInt k = 0; k < tracks.ntrain; k++) {
    const PetscInt first = tracks.first[k], length = tracks.first[k + 1] - first;

    shortest = PetscMin(shortest, length);
    if (length >= steps) PetscCall(add_windows(first, length, steps, n, windows));
  }
  PetscCall(DscTracksDestroy(&tracks));
  DscUserCheck(shortest >= steps, comm,
               "data: a trajectory of %" PetscInt_FMT " samples is shorter than a window of %" PetscInt_FMT
               "; lower -mechanistic_window",
               shortest, steps);
  PetscFunctionReturn(0);
}

static PetscErrorCode fill_windows(DscShooting *s, const DscDataSet *data, const Window windows[])
{
  const double *t = data->coordinates[0];

  PetscFunctionBeginUser;
  for (PetscInt p = 0; p < s->npanels; p++) {
    double *x = s->x + (size_t)(p * s->steps * s->nfields * s->lanes), *weight = s->weight + p * s->steps * s->lanes;
    double *step = s->s + p * (s->steps - 1) * s->lanes;

    for (PetscInt l = 0; l < s->lanes; l++) {
      const PetscInt  index  = (s->first + p) * s->lanes + l;
      const PetscBool filler = (PetscBool)(index >= s->nwindows);
      const Window   *window = &windows[PetscMin(index, s->nwindows - 1)];

      for (PetscInt i = 0; i < s->steps; i++) {
        for (PetscInt f = 0; f < s->nfields; f++)
          x[(i * s->nfields + f) * s->lanes + l] = data->fields[f][window->first + i];
        weight[i * s->lanes + l] = filler || i < window->weighs_from ? 0.0 : 1.0;
        if (i + 1 < s->steps) step[i * s->lanes + l] = t[window->first + i + 1] - t[window->first + i];
      }
    }
  }
  PetscCall(PetscArraycpy(s->u, s->x, (size_t)(s->npanels * s->steps * s->nfields * s->lanes)));
  PetscFunctionReturn(0);
}

static PetscErrorCode create_layer(DscShooting *s)
{
  DscODEInitial initial[DSC_MAX_FIELDS];
  DscODESizes   sizes = {.order      = s->order,
                         .dimensions = s->nfields,
                         .equations  = s->nfields,
                         .steps      = s->steps,
                         .lanes      = s->lanes,
                         .central    = PETSC_TRUE,
                         .ninitial   = s->nfields,
                         .initial    = initial};

  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < s->nfields; f++) initial[f] = (DscODEInitial){.step = 0, .dimension = f, .order = 0};
  PetscCall(DscODECreate(&sizes, &s->ode));
  PetscFunctionReturn(0);
}

static PetscErrorCode create_arrays(DscShooting *s, PetscInt nfeatures)
{
  const size_t k = (size_t)s->nfields, n = (size_t)s->steps, l = (size_t)s->lanes, C = (size_t)s->ncolumns;
  const size_t P = (size_t)s->npanels, M = (size_t)s->nterms;

  PetscFunctionBeginUser;
  s->nsums = (PetscInt)(C * (C + 1) / 2 + C + 1 + 2 * k);
  PetscCall(PetscCalloc5(P * n * k * l, &s->x, P * n * k * l, &s->u, P * n * l, &s->weight, P * (n - 1) * l, &s->s,
                         P * k * (k + 1 + C) * l, &s->E));
  PetscCall(PetscCalloc7(n * M * l, &s->theta, n * k * l, &s->slope, n * k * k * (size_t)(s->order + 1) * l, &s->c,
                         n * k * l, &s->base, n * k * l, &s->b, k * l, &s->initial, n * k * (size_t)(s->order + 1) * l,
                         &s->z));
  PetscCall(PetscCalloc4((1 + k + C) * n * k * l, &s->columns, (size_t)nfeatures * l, &s->features,
                         (size_t)nfeatures * l, &s->bars, M * l, &s->thetabar));
  PetscCall(PetscCalloc4(s->nsums, &s->sums, s->nsums, &s->total, C * C, &s->G, C, &s->rhs));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_options(DscOptions options, DscShooting *s)
{
  const char *outer;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetInt(options, "mechanistic_window", &s->steps));
  PetscCall(DscOptionsGetInt(options, "mechanistic_order", &s->order));
  PetscCall(DscOptionsGetString(options, "mechanistic_outer", &outer));
  s->outer = strcmp(outer, "tanh") == 0 ? DSC_OUTER_TANH : DSC_OUTER_IDENTITY;
  PetscFunctionReturn(0);
}

/* Weights at first: of the variance of each field. */
static void set_precision(const DscDataSet *data, DscShooting *s)
{
  for (PetscInt f = 0; f < s->nfields; f++) {
    double mean = 0.0, square = 0.0;

    for (PetscInt i = 0; i < data->ntrain; i++) mean += data->fields[f][i] / (double)data->ntrain;
    for (PetscInt i = 0; i < data->ntrain; i++) square += PetscSqr(data->fields[f][i] - mean) / (double)data->ntrain;
    s->precision[f] = square > 0.0 ? 1.0 / square : 1.0;
  }
}

PetscErrorCode DscShootingCreate(MPI_Comm comm, DscOptions options, const DscDataSet *data, DscLibrary library,
                                 DscShooting *s)
{
  const char *const *names;
  const DscFeature  *features;
  PetscInt           nfeatures, shards, first, unused;
  Window            *windows;
  PetscErrorCode     ierr;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(s, sizeof(*s)));
  PetscCall(read_options(options, s));
  s->library = library;
  s->nfields = data->nfields;
  PetscCall(DscLibraryGetTerms(library, &s->nterms, &names));
  PetscCall(DscLibraryGetFeatures(library, &nfeatures, &features));
  s->ncolumns = s->nfields * s->nterms;
  PetscCall(PetscMalloc1(data->ntrain, &windows));
  ierr = find_windows(comm, data, s->steps, &s->nwindows, windows);
  if (!ierr) {
    s->lanes = s->nwindows >= 4 * DSC_MAX_LANES ? DSC_MAX_LANES : 16;
    ierr     = DscOptionsGetInt(options, "shards", &shards);
  }
  if (!ierr) ierr = DscPartitionCreate(comm, s->nwindows, s->lanes, shards, &s->partition);
  if (!ierr) ierr = DscPartitionGetPanels(&s->partition, s->partition.first_shard, &s->first, &unused);
  if (!ierr) {
    ierr = DscPartitionGetPanels(&s->partition, s->partition.first_shard + s->partition.nshards - 1, &unused, &first);
    s->npanels = first - s->first;
  }
  if (!ierr) ierr = create_arrays(s, nfeatures);
  if (!ierr) ierr = fill_windows(s, data, windows);
  PetscCall(PetscFree(windows));
  PetscCall(ierr);
  set_precision(data, s);
  PetscCall(create_layer(s));
  PetscCall(DscTreeSumCreate(comm, &s->partition, s->nsums, &s->sum));
  PetscFunctionReturn(0);
}

PetscErrorCode DscShootingDestroy(DscShooting *s)
{
  PetscFunctionBeginUser;
  PetscCall(DscTreeSumDestroy(&s->sum));
  PetscCall(DscODEDestroy(&s->ode));
  PetscCall(PetscFree5(s->x, s->u, s->weight, s->s, s->E));
  PetscCall(PetscFree7(s->theta, s->slope, s->c, s->base, s->b, s->initial, s->z));
  PetscCall(PetscFree4(s->columns, s->features, s->bars, s->thetabar));
  PetscCall(PetscFree4(s->sums, s->total, s->G, s->rhs));
  PetscFunctionReturn(0);
}

/* ---- the linearised equation of one panel --------------------------------------------------------------------- */

static void outer_function(DscOuter outer, PetscInt n, const double eta[], double g[], double slope[])
{
  for (PetscInt l = 0; l < n; l++) {
    g[l]     = outer == DSC_OUTER_TANH ? tanh(eta[l]) : eta[l];
    slope[l] = outer == DSC_OUTER_TANH ? 1.0 - g[l] * g[l] : 1.0;
  }
}

/* c, base, slope and theta at step i. */
static PetscErrorCode linearise_step(DscShooting *s, PetscInt i, const double u[], const double xi[])
{
  const PetscInt k = s->nfields, M = s->nterms, B = s->lanes, d1 = s->order + 1;
  double        *theta = s->theta + i * M * B, eta[DSC_MAX_LANES], g[DSC_MAX_LANES];

  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(s->features, u, k * B));
  PetscCall(DscLibraryEvaluate(s->library, B, s->features, theta));
  for (PetscInt j = 0; j < k; j++) {
    double *slope = s->slope + (i * k + j) * B, *base = s->base + (i * k + j) * B;
    double *c = s->c + (size_t)((i * k + j) * k * d1 * B);

    memset(eta, 0, sizeof(eta));
    for (PetscInt m = 0; m < M; m++) {
      for (PetscInt l = 0; l < B; l++) eta[l] += xi[j * M + m] * theta[m * B + l];
    }
    outer_function(s->outer, B, eta, g, slope);
    for (PetscInt m = 0; m < M; m++) {
      for (PetscInt l = 0; l < B; l++) s->thetabar[m * B + l] = xi[j * M + m] * slope[l];
    }
    memset(s->bars, 0, sizeof(double) * (size_t)(k * B));
    PetscCall(DscLibraryAdjoint(s->library, B, s->features, s->thetabar, s->bars));
    memset(c, 0, sizeof(double) * (size_t)(k * d1 * B));
    for (PetscInt l = 0; l < B; l++) {
      base[l]                 = g[l] - slope[l] * eta[l];
      c[(j * d1 + 1) * B + l] = 1.0;
    }
    for (PetscInt f = 0; f < k; f++) {
      for (PetscInt l = 0; l < B; l++) {
        c[f * d1 * B + l] -= s->bars[f * B + l];
        base[l] -= s->bars[f * B + l] * u[f * B + l];
      }
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode linearise_panel(DscShooting *s, PetscInt p, const double xi[])
{
  const PetscInt k = s->nfields, B = s->lanes;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < s->steps; i++)
    PetscCall(linearise_step(s, i, s->u + (size_t)((p * s->steps + i) * k * B), xi));
  PetscCall(DscODEFactor(s->ode, s->c, s->s + p * (s->steps - 1) * B));
  PetscFunctionReturn(0);
}

/* The solution for s->b and s->initial; only u itself. */
static PetscErrorCode solve_into(DscShooting *s, double column[])
{
  const PetscInt B = s->lanes, d1 = s->order + 1;

  PetscFunctionBeginUser;
  PetscCall(DscODESolve(s->ode, s->b, s->initial, s->z, NULL));
  for (PetscInt i = 0; i < s->steps * s->nfields; i++) PetscCall(PetscArraycpy(column + i * B, s->z + i * d1 * B, B));
  PetscFunctionReturn(0);
}

/* Columns: without xi, of each initial value, of each coefficient. */
static PetscErrorCode solve_columns(DscShooting *s)
{
  const PetscInt k = s->nfields, M = s->nterms, B = s->lanes, n = s->steps;
  const size_t   size = (size_t)(n * k * B);

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(s->initial, k * B));
  PetscCall(PetscArraycpy(s->b, s->base, size));
  PetscCall(solve_into(s, s->columns));
  PetscCall(PetscArrayzero(s->b, size));
  for (PetscInt f = 0; f < k; f++) {
    PetscCall(PetscArrayzero(s->initial, k * B));
    for (PetscInt l = 0; l < B; l++) s->initial[f * B + l] = 1.0;
    PetscCall(solve_into(s, s->columns + (size_t)(1 + f) * size));
  }
  PetscCall(PetscArrayzero(s->initial, k * B));
  for (PetscInt j = 0; j < k; j++) {
    for (PetscInt m = 0; m < M; m++) {
      PetscCall(PetscArrayzero(s->b, size));
      for (PetscInt i = 0; i < n; i++) {
        for (PetscInt l = 0; l < B; l++)
          s->b[(i * k + j) * B + l] = s->slope[(i * k + j) * B + l] * s->theta[(i * M + m) * B + l];
      }
      PetscCall(solve_into(s, s->columns + (size_t)(1 + k + j * M + m) * size));
    }
  }
  PetscFunctionReturn(0);
}

/* ---- least squares -------------------------------------------------------------------------------------------- */

/* Weighted product of two columns in one lane; a NULL: the data less the column without xi. */
static void dot_columns(const DscShooting *s, PetscInt p, const double a[], const double b[], double to[])
{
  const PetscInt k = s->nfields, B = s->lanes;
  const double  *x = s->x + (size_t)(p * s->steps * k * B), *weight = s->weight + p * s->steps * B;

  memset(to, 0, sizeof(double) * (size_t)B);
  for (PetscInt i = 0; i < s->steps; i++) {
    for (PetscInt f = 0; f < k; f++) {
      const size_t at = (size_t)((i * k + f) * B);

      for (PetscInt l = 0; l < B; l++) {
        const double r = x[at + (size_t)l] - s->columns[at + (size_t)l];

        to[l] += s->precision[f] * weight[i * B + l] * (a ? a[at + (size_t)l] : r) * (b ? b[at + (size_t)l] : r);
      }
    }
  }
}

/* L L' = E'E of the columns of the initial values, per lane; then L^-1 E' [r | P]. Rows of s->E: [k][k + 1 + C][lanes].
   */
static void eliminate(DscShooting *s, PetscInt p)
{
  const PetscInt k = s->nfields, C = s->ncolumns, B = s->lanes, width = k + 1 + C;
  const size_t   size = (size_t)(s->steps * k * B);
  double        *E    = s->E + (size_t)(p * k * width * B);

  for (PetscInt a = 0; a < k; a++) {
    const double *column = s->columns + (size_t)(1 + a) * size;

    for (PetscInt b = 0; b < width; b++) {
      const double *other = b == k ? NULL : s->columns + (size_t)(1 + (b < k ? b : b - 1)) * size;

      dot_columns(s, p, column, other, E + (a * width + b) * B);
    }
    for (PetscInt b = 0; b < a; b++) { /* forward elimination with the rows above */
      const double *above = E + b * width * B;

      for (PetscInt l = 0; l < B; l++) {
        const double factor = E[(a * width + b) * B + l] / above[b * B + l];

        for (PetscInt q = b; q < width; q++) E[(a * width + q) * B + l] -= factor * above[q * B + l];
      }
    }
    for (PetscInt l = 0; l < B; l++) { /* a filler's window has no weight */
      if (!(E[(a * width + a) * B + l] > 0.0)) E[(a * width + a) * B + l] = 1.0;
    }
  }
}

/* Adds the panel's part of G, rhs, yy, sse, count to the sums. */
static void add_sums(DscShooting *s, PetscInt p)
{
  const PetscInt k = s->nfields, C = s->ncolumns, B = s->lanes, width = k + 1 + C;
  const size_t   size = (size_t)(s->steps * k * B);
  const double  *E = s->E + (size_t)(p * k * width * B), *P = s->columns + (size_t)(1 + k) * size;
  double        *to = s->sums, value[DSC_MAX_LANES];

  for (PetscInt a = 0; a <= C; a++) { /* a = C: the residual */
    for (PetscInt b = 0; b <= a; b++) {
      dot_columns(s, p, a < C ? P + (size_t)a * size : NULL, b < C ? P + (size_t)b * size : NULL, value);
      for (PetscInt q = 0; q < k; q++) {
        const double *row = E + q * width * B, *left = row + (a < C ? k + 1 + a : k) * B;
        const double *right = row + (b < C ? k + 1 + b : k) * B;

        for (PetscInt l = 0; l < B; l++) value[l] -= left[l] * right[l] / row[q * B + l];
      }
      for (PetscInt l = 0; l < B; l++) *to += value[l];
      to++;
    }
  }
  for (PetscInt f = 0; f < k; f++) {
    for (PetscInt i = 0; i < s->steps; i++) {
      const size_t  at     = (size_t)(((p * s->steps + i) * k + f) * B);
      const double *weight = s->weight + (p * s->steps + i) * B;

      for (PetscInt l = 0; l < B; l++) {
        to[f] += weight[l] * PetscSqr(s->u[at + (size_t)l] - s->x[at + (size_t)l]);
        to[k + f] += weight[l];
      }
    }
  }
}

static void take_total(DscShooting *s)
{
  const PetscInt C    = s->ncolumns;
  const double  *from = s->total;

  for (PetscInt a = 0; a < C; a++) {
    for (PetscInt b = 0; b <= a; b++) s->G[a * C + b] = s->G[b * C + a] = *from++;
  }
  for (PetscInt b = 0; b < C; b++) s->rhs[b] = *from++;
  s->yy = PetscMax(*from, 0.0); /* rounding */
  from++;
  s->nsamples = -(double)(s->nwindows * s->nfields);
  for (PetscInt f = 0; f < s->nfields; f++) {
    s->sse[f]   = from[f];
    s->count[f] = from[s->nfields + f];
    s->nsamples += s->count[f];
  }
}

PetscErrorCode DscShootingLinearise(DscShooting *s, const double xi[])
{
  PetscFunctionBeginUser;
  PetscCall(DscTreeSumBegin(s->sum));
  for (PetscInt shard = 0; shard < s->partition.nshards; shard++) {
    PetscInt first, end;

    PetscCall(DscPartitionGetPanels(&s->partition, s->partition.first_shard + shard, &first, &end));
    PetscCall(PetscArrayzero(s->sums, s->nsums));
    for (PetscInt p = first - s->first; p < end - s->first; p++) {
      PetscCall(linearise_panel(s, p, xi));
      PetscCall(solve_columns(s));
      eliminate(s, p);
      add_sums(s, p);
    }
    PetscCall(DscTreeSumAdd(s->sum, s->sums));
  }
  PetscCall(DscTreeSumEnd(s->sum, s->total));
  take_total(s);
  PetscFunctionReturn(0);
}

/* ---- the next solution ---------------------------------------------------------------------------------------- */

/* Initial values of each lane for the coefficients, by back substitution. */
static void set_initial(DscShooting *s, PetscInt p, const double next[])
{
  const PetscInt k = s->nfields, C = s->ncolumns, B = s->lanes, width = k + 1 + C;
  const double  *E = s->E + (size_t)(p * k * width * B);

  for (PetscInt a = k - 1; a >= 0; a--) {
    const double *row = E + a * width * B;
    double       *to  = s->initial + a * B;

    for (PetscInt l = 0; l < B; l++) to[l] = row[k * B + l];
    for (PetscInt q = 0; q < C; q++) {
      for (PetscInt l = 0; l < B; l++) to[l] -= row[(k + 1 + q) * B + l] * next[q];
    }
    for (PetscInt b = a + 1; b < k; b++) {
      for (PetscInt l = 0; l < B; l++) to[l] -= row[b * B + l] * s->initial[b * B + l];
    }
    for (PetscInt l = 0; l < B; l++) to[l] /= row[a * B + l];
  }
}

PetscErrorCode DscShootingAdvance(DscShooting *s, const double xi[], const double next[])
{
  const PetscInt k = s->nfields, M = s->nterms, B = s->lanes, n = s->steps;

  PetscFunctionBeginUser;
  for (PetscInt p = 0; p < s->npanels; p++) {
    PetscCall(linearise_panel(s, p, xi));
    set_initial(s, p, next);
    PetscCall(PetscArraycpy(s->b, s->base, n * k * B));
    for (PetscInt i = 0; i < n; i++) {
      for (PetscInt j = 0; j < k; j++) {
        for (PetscInt m = 0; m < M; m++) {
          for (PetscInt l = 0; l < B; l++)
            s->b[(i * k + j) * B + l] +=
                next[j * M + m] * s->slope[(i * k + j) * B + l] * s->theta[(i * M + m) * B + l];
        }
      }
    }
    PetscCall(solve_into(s, s->u + (size_t)(p * n * k * B)));
  }
  PetscFunctionReturn(0);
}
