/*
  The test functions of a data set: half-widths from its scales, centres on a lattice or at random, and the weights of each
  on the samples of its support.

  A bump of degree p and half-width a is nearly a Gaussian of deviation a / sqrt(2 p + 3). Automatic half-widths make that
  deviation WIDTH_TIME or WIDTH_SPACE correlation lengths; the distance of centres is SPACING deviations, closer than which
  functions tell nothing new and farther than which they miss what lies between. Where there would be more functions than
  MOST, they grow wider instead. The widths are those with which error bars were smallest on noisy Burgers, Korteweg-de
  Vries and Kuramoto-Sivashinsky grids; half or twice as much costs a tenth to a half of the accuracy.
*/
#include "method/weak_private.h"

#define WIDTH_TIME   0.33
#define WIDTH_SPACE  0.75
#define SPACING      1.7
#define MOST         1000
#define LARGEST      0.15  /* half-width over the length of a coordinate, where it follows the data */
#define GROWN        0.25  /* and where functions would be too many, or scattered points too few */
#define FEWEST_STEPS 4     /* half-width on a grid: below, sums are no integrals */
#define PSI_POINTS   3.2e7 /* points of all functions at most: 256 MB for each pair of equation and field */
#define POINTS_RATIO 2     /* points in a support over polynomials fitted */
#define FIT_DEGREE   8

typedef struct {
  const DscDataSet *data;                                                   /* (not owned) */
  DscWeakScale     *scale;                                                  /* (not owned) */
  double            step[DSC_MAX_COORDINATES], length[DSC_MAX_COORDINATES]; /* of a regular grid; of the domain */
  double            deviations;                                             /* in a half-width */
  PetscInt          wanted;                                                 /* -weak_functions; 0: automatic */
  PetscBool         random;
  uint64_t          seed;
} Plan;

/* ---- half-widths and centres ------------------------------------------------------------------------------- */

static double count_along(const Plan *plan, const DscWeakFunctions *w, PetscInt c, double spacing)
{
  return floor((plan->length[c] - 2.0 * w->half_width[c]) * plan->deviations / (spacing * w->half_width[c]) + 1e-9) +
         1.0;
}

static double count_all(const Plan *plan, const DscWeakFunctions *w, double spacing)
{
  double product = 1.0;

  for (PetscInt c = 0; c < w->ncoordinates; c++) product *= count_along(plan, w, c, spacing);
  return product;
}

static double count_points(const Plan *plan, const DscWeakFunctions *w)
{
  double share = 1.0;

  for (PetscInt c = 0; c < w->ncoordinates; c++) share *= PetscMin(2.0 * w->half_width[c] / plan->length[c], 1.0);
  return share * (double)plan->data->nsamples;
}

/* False: none of them can grow further. */
static PetscBool grow(const Plan *plan, DscWeakFunctions *w, double factor)
{
  PetscBool grown = PETSC_FALSE;

  for (PetscInt c = 0; c < w->ncoordinates; c++) {
    const double most = GROWN * plan->length[c];

    if (w->half_width[c] >= most) continue;
    w->half_width[c] = PetscMin(factor * w->half_width[c], most);
    grown            = PETSC_TRUE;
  }
  return grown;
}

static void choose_half_widths(const Plan *plan, DscWeakFunctions *w)
{
  const PetscInt d      = w->ncoordinates;
  const double   most   = plan->wanted > 0 ? (double)plan->wanted : (double)MOST / (double)plan->data->nfields;
  const double   points = POINTS_RATIO * (double)DscWeakFitCount(d, FIT_DEGREE);

  for (PetscInt c = 0; c < d; c++) {
    const double width = c == 0 ? WIDTH_TIME : WIDTH_SPACE;

    w->half_width[c] = PetscMin(width * plan->deviations * plan->scale->length[c], LARGEST * plan->length[c]);
    if (w->regular) w->half_width[c] = PetscMax(w->half_width[c], FEWEST_STEPS * plan->step[c]);
  }
  while (count_all(plan, w, SPACING) > most && grow(plan, w, 1.02)) continue;
  while (!w->regular && count_points(plan, w) < points && grow(plan, w, 1.02)) continue;
}

static PetscErrorCode read_half_widths(DscOptions options, const Plan *plan, DscWeakFunctions *w)
{
  const DscDataSet *data = plan->data;
  PetscInt          n;
  double           *values;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetReals(options, "weak_support", &n, &values));
  for (PetscInt c = 0; c < PetscMin(n, DSC_MAX_COORDINATES); c++) w->half_width[c] = values[c];
  PetscCall(PetscFree(values));
  if (n == 1 && w->half_width[0] == 0.0) {
    choose_half_widths(plan, w);
    PetscFunctionReturn(0);
  }
  DscOptionsUserCheck(n == data->ncoordinates, options, PETSC_COMM_SELF, "weak_support",
                      "%" PetscInt_FMT " half-widths for %" PetscInt_FMT
                      " coordinates; give one for each, %s first, or 0 for automatic ones",
                      n, data->ncoordinates, data->coordinate_names[0]);
  for (PetscInt c = 0; c < n; c++) {
    DscOptionsUserCheck(2.0 * w->half_width[c] <= plan->length[c] * (1.0 + 1e-9), options, PETSC_COMM_SELF,
                        "weak_support",
                        "a support of half-width %g is larger than the data, which span %g along %s; use at most %g",
                        w->half_width[c], plan->length[c], data->coordinate_names[c], 0.5 * plan->length[c]);
    DscOptionsUserCheck(w->half_width[c] > 0.0, options, PETSC_COMM_SELF, "weak_support",
                        "half-widths are positive; 0 alone makes all of them automatic");
    DscOptionsUserCheck(!w->regular || w->half_width[c] >= (FEWEST_STEPS - 0.5) * plan->step[c], options,
                        PETSC_COMM_SELF, "weak_support",
                        "along %s a half-width needs at least %d steps of the grid, %g; %g is too small",
                        data->coordinate_names[c], FEWEST_STEPS, FEWEST_STEPS * plan->step[c], w->half_width[c]);
  }
  PetscFunctionReturn(0);
}

/* As many along each coordinate as the spacing gives, which grows until there are not too many of them. */
static PetscErrorCode choose_counts(const Plan *plan, DscWeakFunctions *w)
{
  const double most    = plan->wanted > 0 ? (double)plan->wanted : (double)MOST / (double)plan->data->nfields;
  double       spacing = plan->wanted > 0 ? 0.1 : SPACING, points = count_points(plan, w);

  PetscFunctionBeginUser;
  while (count_all(plan, w, spacing) > 1.0 &&
         (count_all(plan, w, spacing) > most || count_all(plan, w, spacing) * points > PSI_POINTS))
    spacing *= 1.01;
  w->nfunctions = 1;
  for (PetscInt c = 0; c < w->ncoordinates; c++) {
    w->counts[c] = (PetscInt)count_along(plan, w, c, spacing);
    w->nfunctions *= w->counts[c];
  }
  if (plan->random && plan->wanted > 0) w->nfunctions = plan->wanted;
  PetscFunctionReturn(0);
}

/* Between 0 and 1 of what the centre may move along a coordinate. */
static double centre_of(const Plan *plan, const DscWeakFunctions *w, PetscInt k, PetscInt c)
{
  PetscInt rest = k;

  if (plan->random)
    return DscRandomUniform(plan->seed, DSC_STREAM_WEAK, (uint64_t)k * DSC_MAX_COORDINATES + (uint64_t)c);
  for (PetscInt i = w->ncoordinates - 1; i > c; i--) rest /= w->counts[i];
  rest %= w->counts[c];
  return w->counts[c] > 1 ? (double)rest / (double)(w->counts[c] - 1) : 0.5;
}

/* ---- regular grids ------------------------------------------------------------------------------------------ */

/* The trapezoidal rule, with the steps left out, which all columns of a row share: as the bump and its first derivatives
   vanish at the edges, it converges faster than any low power of the step (Euler and Maclaurin). */
static PetscErrorCode create_tables(const DscWeakTerms *terms, const Plan *plan, DscWeakFunctions *w)
{
  const PetscInt shift = 4 - w->ncoordinates;

  PetscFunctionBeginUser;
  w->nlines = w->box[0] * w->box[1] * w->box[2];
  PetscCall(PetscMalloc5(w->nlines, &w->line, w->nfunctionals, &w->leading, (w->nfunctionals * w->nlines), &w->lead,
                         (w->nfunctionals * w->box[3]), &w->table, (4 * w->nfunctions), &w->corner));
  for (PetscInt q = 0; q < w->nfunctionals; q++) {
    w->leading[q] = q;
    for (PetscInt other = q - 1; other >= 0; other--) {
      PetscBool same;

      PetscCall(PetscArraycmp(terms->orders[q], terms->orders[other], w->ncoordinates - 1, &same));
      if (same) w->leading[q] = w->leading[other];
    }
    for (PetscInt l = 0; l < w->nlines; l++) {
      PetscInt rest = l;

      w->line[l]                 = 0;
      w->lead[q * w->nlines + l] = 1.0;
      for (PetscInt c = 2; c >= 0; rest /= w->box[c], c--) {
        const PetscInt i = rest % w->box[c], own = c - shift;

        w->line[l] += i * w->stride[c];
        if (own >= 0)
          w->lead[q * w->nlines + l] *=
              DscBump(w->degree, terms->orders[q][own], (double)(i - w->steps[c] + 1) / (double)w->steps[c]) *
              pow(w->half_width[own], (double)-terms->orders[q][own]);
      }
    }
    for (PetscInt i = 0; i < w->box[3]; i++) {
      const PetscInt own = w->ncoordinates - 1, order = terms->orders[q][own];

      w->table[q * w->box[3] + i] = DscBump(w->degree, order, (double)(i - w->steps[3] + 1) / (double)w->steps[3]) *
                                    pow(w->half_width[own], (double)-order);
    }
  }
  (void)plan;
  PetscFunctionReturn(0);
}

/* Half-widths in whole steps; only points inside the support, where the bump is not 0, are in the box. */
static PetscErrorCode create_regular(const DscWeakTerms *terms, const Plan *plan, DscWeakFunctions *w)
{
  const PetscInt d = w->ncoordinates, shift = 4 - d;

  PetscFunctionBeginUser;
  for (PetscInt c = 3, stride = 1; c >= 0; stride *= w->extent[c], c--) {
    const PetscInt own = c - shift;

    w->extent[c] = own >= 0 ? plan->data->grid[own] : 1;
    w->stride[c] = stride;
    w->steps[c]  = 1;
    if (own >= 0) {
      w->steps[c]        = PetscMin((PetscInt)(w->half_width[own] / plan->step[own] + 0.5), (w->extent[c] - 1) / 2);
      w->half_width[own] = (double)w->steps[c] * plan->step[own];
    }
    w->box[c] = 2 * w->steps[c] - 1;
  }
  PetscCall(create_tables(terms, plan, w));
  PetscCall(PetscMalloc1(w->nfunctions + 1, &w->start));
  for (PetscInt k = 0; k <= w->nfunctions; k++) w->start[k] = (size_t)k * (size_t)w->nlines * (size_t)w->box[3];
  for (PetscInt k = 0; k < w->nfunctions; k++) {
    for (PetscInt c = 0; c < 4; c++) {
      const PetscInt room = w->extent[c] - 1 - 2 * w->steps[c];

      w->corner[4 * k + c] = c < shift ? 0 : 1 + (PetscInt)(centre_of(plan, w, k, c - shift) * (double)room + 0.5);
    }
  }
  PetscFunctionReturn(0);
}

/* ---- scattered samples -------------------------------------------------------------------------------------- */

typedef struct {
  PetscInt  n;
  PetscInt *points; /* (owned) [nsamples] in the support of one function */
  double   *s;      /* (owned) [nsamples][ncoordinates] there, in [-1, 1] */
  double   *field;  /* (owned) [nsamples] */
} Support;

static void find_points(const Plan *plan, const DscWeakFunctions *w, PetscInt k, Support *support)
{
  const DscDataSet *data = plan->data;
  double            centre[DSC_MAX_COORDINATES], s[DSC_MAX_COORDINATES];

  for (PetscInt c = 0; c < w->ncoordinates; c++)
    centre[c] =
        plan->scale->low[c] + w->half_width[c] + centre_of(plan, w, k, c) * (plan->length[c] - 2.0 * w->half_width[c]);
  support->n = 0;
  for (PetscInt i = 0; i < data->nsamples; i++) {
    PetscBool inside = PETSC_TRUE;

    for (PetscInt c = 0; c < w->ncoordinates && inside; c++) {
      s[c]   = (data->coordinates[c][i] - centre[c]) / w->half_width[c];
      inside = (PetscBool)(fabs(s[c]) <= 1.0);
    }
    if (!inside) continue;
    for (PetscInt c = 0; c < w->ncoordinates; c++) support->s[support->n * w->ncoordinates + c] = s[c];
    support->points[support->n++] = i;
  }
}

/* Largest degree whose polynomials the points overdetermine. */
static PetscInt choose_degree(PetscInt ncoordinates, PetscInt npoints)
{
  PetscInt degree = -1;

  while (degree < DSC_FIT_MAX_DEGREE && POINTS_RATIO * DscWeakFitCount(ncoordinates, degree + 1) <= npoints) degree++;
  return degree;
}

static PetscErrorCode store(DscWeakFunctions *w, PetscInt k, const Support *support, size_t *capacity)
{
  const size_t first = w->start[k], end = first + (size_t)support->n;

  PetscFunctionBeginUser;
  if (end > *capacity) {
    *capacity = 2 * end;
    PetscCall(PetscRealloc(sizeof(*w->points) * *capacity, &w->points));
    PetscCall(PetscRealloc(sizeof(*w->weights) * *capacity * (size_t)w->nfunctionals, &w->weights));
  }
  PetscCall(PetscArraycpy(w->points + first, support->points, support->n));
  w->start[k + 1] = end;
  PetscFunctionReturn(0);
}

/* The weights of function k if its points allow it; the variances of the noise are added up. */
static PetscErrorCode add_scattered(const Plan *plan, DscWeakFunctions *w, DscWeakFit fit, PetscInt least,
                                    Support *support, size_t *capacity, double noise2[])
{
  const PetscInt k      = w->nfunctions;
  PetscInt       degree = choose_degree(w->ncoordinates, support->n);
  PetscBool      good   = PETSC_FALSE;

  PetscFunctionBeginUser;
  if (degree >= least) PetscCall(store(w, k, support, capacity));
  for (degree++; degree > least && !good;) /* points of a coarse grid determine fewer */
    PetscCall(DscWeakFitWeights(fit, support->n, support->s, --degree,
                                w->weights + w->start[k] * (size_t)w->nfunctionals, &good));
  if (!good) {
    w->left_out++;
    PetscFunctionReturn(0);
  }
  for (PetscInt f = 0; f < plan->data->nfields; f++) {
    double residual;

    for (PetscInt i = 0; i < support->n; i++) support->field[i] = plan->data->fields[f][support->points[i]];
    PetscCall(DscWeakFitResidual(fit, support->field, &residual));
    noise2[f] += residual;
  }
  w->fewest = k > 0 ? PetscMin(w->fewest, support->n) : support->n;
  w->most   = PetscMax(w->most, support->n);
  w->lowest = k > 0 ? PetscMin(w->lowest, degree) : degree;
  w->nfunctions++;
  PetscFunctionReturn(0);
}

static PetscErrorCode create_scattered(const DscWeakTerms *terms, const Plan *plan, DscWeakFunctions *w)
{
  const PetscInt candidates = w->nfunctions, n = plan->data->nsamples;
  const PetscInt least    = PetscMax(terms->max_order, 1) + 1; /* so that a derivative is not merely a constant */
  size_t         capacity = 0;
  double         noise2[DSC_MAX_FIELDS] = {0.0};
  Support        support;
  DscWeakFit     fit;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(candidates + 1, &w->start));
  PetscCall(PetscMalloc3(n, &support.points, (n * w->ncoordinates), &support.s, n, &support.field));
  PetscCall(DscWeakFitCreate(terms, w->degree, w->half_width, n, &fit));
  w->start[0]   = 0;
  w->nfunctions = 0;
  for (PetscInt k = 0; k < candidates; k++) {
    find_points(plan, w, k, &support);
    PetscCall(add_scattered(plan, w, fit, least, &support, &capacity, noise2));
  }
  PetscCall(DscWeakFitDestroy(&fit));
  PetscCall(PetscFree3(support.points, support.s, support.field));
  DscUserCheck(2 * w->nfunctions >= candidates && w->nfunctions > 0, PETSC_COMM_SELF,
               "data: %" PetscInt_FMT " of %" PetscInt_FMT
               " test functions have too few samples in their support: polynomials of degree %" PetscInt_FMT
               " need %" PetscInt_FMT ", at different places along every coordinate; take more samples, a larger "
               "-weak_support, a lower -library_derivative, or approximator fourier",
               w->left_out, candidates, least, POINTS_RATIO * DscWeakFitCount(w->ncoordinates, least));
  for (PetscInt f = 0; f < plan->data->nfields; f++) plan->scale->noise2[f] = noise2[f] / (double)w->nfunctions;
  PetscFunctionReturn(0);
}

/* ---- both --------------------------------------------------------------------------------------------------- */

/* A whole grid with equal steps along each coordinate; one with other steps counts as scattered. */
static PetscBool is_regular(const DscDataSet *data)
{
  PetscInt stride = 1;

  if (data->grid[0] == 0 || data->ntrain < data->nsamples) return PETSC_FALSE;
  for (PetscInt c = data->ncoordinates - 1; c >= 0; stride *= data->grid[c], c--) {
    const double  *x    = data->coordinates[c];
    const PetscInt n    = data->grid[c];
    const double   step = n > 1 ? (x[(n - 1) * stride] - x[0]) / (double)(n - 1) : 0.0;

    for (PetscInt i = 0; i < n; i++) {
      if (fabs(x[i * stride] - x[0] - (double)i * step) > 1e-3 * fabs(step)) return PETSC_FALSE;
    }
  }
  return PETSC_TRUE;
}

static PetscErrorCode create_plan(DscOptions options, uint64_t seed, const DscDataSet *data, DscWeakScale *scale,
                                  DscWeakFunctions *w, Plan *plan)
{
  const char *centres;

  PetscFunctionBeginUser;
  *plan = (Plan){.data = data, .scale = scale, .seed = seed, .deviations = sqrt(2.0 * (double)w->degree + 3.0)};
  PetscCall(DscOptionsGetInt(options, "weak_functions", &plan->wanted));
  PetscCall(DscOptionsGetString(options, "weak_centres", &centres));
  plan->random = (PetscBool)(strcmp(centres, "random") == 0);
  for (PetscInt c = 0; c < data->ncoordinates; c++) {
    DscUserCheck(!w->regular || data->grid[c] > 2 * FEWEST_STEPS, PETSC_COMM_SELF,
                 "data: %" PetscInt_FMT " points along %s are too few for the support of a test function, which has at "
                 "least %d; take more, or approximator fourier",
                 data->grid[c], data->coordinate_names[c], 2 * FEWEST_STEPS + 1);
  }
  PetscCall(DscWeakScaleCreate(options, data, w->regular, scale));
  for (PetscInt c = 0; c < data->ncoordinates; c++) {
    plan->length[c] = scale->high[c] - scale->low[c];
    if (w->regular) plan->step[c] = plan->length[c] / (double)(data->grid[c] - 1);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscWeakFunctionsCreate(DscOptions options, uint64_t seed, const DscDataSet *data,
                                      const DscWeakTerms *terms, DscWeakScale *scale, DscWeakFunctions *functions)
{
  DscWeakFunctions *w = functions;
  Plan              plan;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(w, sizeof(*w)));
  w->ncoordinates = data->ncoordinates;
  w->nfunctionals = terms->nfunctionals;
  w->regular      = is_regular(data);
  PetscCall(DscOptionsGetInt(options, "weak_degree", &w->degree));
  if (w->degree == 0) w->degree = PetscMax(terms->max_order + 5, 7);
  DscOptionsUserCheck(w->degree > terms->max_order, options, PETSC_COMM_SELF, "weak_degree",
                      "the library's derivatives of order %" PetscInt_FMT " need a bump of degree %" PetscInt_FMT
                      " at least, to vanish at its edges",
                      terms->max_order, terms->max_order + 1);
  PetscCall(create_plan(options, seed, data, scale, w, &plan));
  PetscCall(read_half_widths(options, &plan, w));
  PetscCall(choose_counts(&plan, w));
  if (w->regular)
    PetscCall(create_regular(terms, &plan, w));
  else
    PetscCall(create_scattered(terms, &plan, w));
  DscUserCheck(w->nfunctions > terms->nterms, PETSC_COMM_SELF,
               "weak: %" PetscInt_FMT " test functions are too few for %" PetscInt_FMT
               " terms; use a smaller -weak_support, more -weak_functions, or lower -library_polynomial or "
               "-library_derivative",
               w->nfunctions, terms->nterms);
  PetscFunctionReturn(0);
}

PetscErrorCode DscWeakFunctionsDestroy(DscWeakFunctions *w)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(w->start));
  PetscCall(PetscFree5(w->line, w->leading, w->lead, w->table, w->corner));
  PetscCall(PetscFree(w->points));
  PetscCall(PetscFree(w->weights));
  PetscFunctionReturn(0);
}
