#include "method/spline_levels.h"

#include <petscblaslapack.h>

#define REFINEMENT     1.4     /* of the intervals, as long as the equation then fits better */
#define FEWEST         4       /* to begin with */
#define MOST_UNKNOWNS  40000.0 /* of a refined spline, */
#define MOST_A_VALUE   10.0    /* and for each value that is fitted */
#define UNKNOWNS_LIMIT 1e6
#define MEGABYTE       1048576.0
#define STRENGTHENING  5.0 /* of the equation from one spline to the next */
#define VANISHING      0.7 /* of a coefficient, left on the next spline */
#define SURELY         5.0 /* standard deviations */
#define STILL          0.2 /* standard deviations */

/* ---- set-up ------------------------------------------------------------------------------------------------- */

PetscInt DscSplineFewestValues(const DscDataSet *data)
{
  PetscInt fewest = data->ntrain;

  for (PetscInt f = 0; f < data->nfields; f++) fewest = PetscMin(fewest, DscDataSetCountPresent(data, f, PETSC_TRUE));
  return fewest;
}

/* Above the highest derivative along the axis, and enough for the roughness. */
static PetscErrorCode choose_degree(MPI_Comm comm, DscSplineLevels *v, DscOptions options, PetscInt axis)
{
  const DscFeature *features;
  PetscInt          nfeatures, degree, highest = 0;

  PetscFunctionBeginUser;
  PetscCall(DscLibraryGetFeatures(v->library, &nfeatures, &features));
  for (PetscInt i = 1; i < nfeatures; i++) {
    if (features[i].order[axis] > features[highest].order[axis]) highest = i;
  }
  PetscCall(DscOptionsGetInt(options, "spline_degree", &degree));
  const PetscInt order = features[highest].order[axis];
  DscOptionsUserCheck(degree == 0 || degree >= PetscMax(order + 1, 2), options, comm, "spline_degree",
                      "%s of a spline of this degree is not continuous; use at least %" PetscInt_FMT,
                      features[highest].name, PetscMax(order + 1, 2));
  v->degree[axis] = degree > 0 ? degree : PetscMin(PetscMax(5, order + 3), DSC_SPLINE_MAX_DEGREE);
  PetscFunctionReturn(0);
}

/* As many intervals as the values can carry, 9 for 10 points along an axis, or as given. */
static PetscErrorCode choose_axes(MPI_Comm comm, DscSplineLevels *v, DscOptions options)
{
  const PetscInt d     = v->data->ncoordinates;
  const double   share = (double)DscSplineFewestValues(v->data) / (double)v->data->nsamples, root = 1.0 / (double)d;
  PetscInt       n, *given;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetInts(options, "spline_intervals", &n, &given));
  for (PetscInt a = 0; a < d; a++) {
    const double points = v->data->grid[a] > 0 ? (double)(v->data->grid[a] - 1) : pow((double)v->data->nsamples, root);

    PetscCall(choose_degree(comm, v, options, a));
    if ((n == d || n == 1) && given[n == d ? a : 0] > 0)
      v->intervals[a] = given[n == d ? a : 0];
    else
      v->intervals[a] = PetscMax(FEWEST, (PetscInt)(0.9 * points * pow(share, root)));
  }
  PetscCall(PetscFree(given));
  DscOptionsUserCheck(n == d || n == 1, options, comm, "spline_intervals",
                      "%" PetscInt_FMT " numbers for %" PetscInt_FMT
                      " coordinates; give one for all, or one for each, time first",
                      n, d);
  PetscFunctionReturn(0);
}

/* Enough samples, and room for the first spline. */
static PetscErrorCode check_size(MPI_Comm comm, DscSplineLevels *v, DscOptions options, PetscInt nterms)
{
  const double   bytes  = DscSplineProblemBytes(v->data, v->library, v->intervals, v->degree);
  const PetscInt fewest = DscSplineFewestValues(v->data);
  PetscInt       megabytes;
  double         n, bandwidth;

  PetscFunctionBeginUser;
  DscUserCheck(fewest > nterms, comm,
               "data: %" PetscInt_FMT " samples are too few for a library of %" PetscInt_FMT
               " terms; take more samples, or fewer terms",
               fewest, nterms);
  DscSplineSpaceGetSize(v->data->ncoordinates, v->intervals, v->degree, &n, &bandwidth);
  n *= (double)v->data->nfields;
  DscOptionsUserCheck(n <= UNKNOWNS_LIMIT, options, comm, "spline_intervals",
                      "the spline has %.3g unknowns, of %.0f at most; use fewer intervals, or data_stride_*", n,
                      UNKNOWNS_LIMIT);
  PetscCall(DscOptionsGetInt(options, "memory_limit", &megabytes));
  v->limit = (double)megabytes * MEGABYTE;
  DscOptionsUserCheck(megabytes == 0 || bytes <= v->limit, options, comm, "memory_limit",
                      "a rank needs %.0f MB; what helps: data_stride_*, fewer -spline_intervals, fewer terms",
                      ceil(bytes / MEGABYTE));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineLevelsCreate(MPI_Comm comm, DscOptions options, const DscDataSet *data, DscLibrary library,
                                     DscSplineLevels *v)
{
  PetscInt seed, nterms;
  size_t   n;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(v, sizeof(*v)));
  v->data    = data;
  v->library = library;
  PetscCall(DscOptionsGetInt(options, "seed", &seed));
  v->settings.seed = (uint64_t)seed;
  PetscCall(DscOptionsGetReal(options, "spline_lambda", &v->settings.lambda));
  PetscCall(DscOptionsGetReal(options, "spline_lambda_last", &v->lambda_last));
  PetscCall(DscOptionsGetReal(options, "spline_complexity", &v->settings.complexity));
  PetscCall(DscOptionsGetInt(options, "spline_iterations", &v->settings.iterations));
  PetscCall(DscLibraryGetTerms(library, &nterms, NULL));
  PetscCall(choose_axes(comm, v, options));
  PetscCall(check_size(comm, v, options, nterms));
  n = (size_t)(nterms * data->nfields);
  PetscCall(PetscCalloc3(n, &v->xi, n, &v->std, n * n, &v->covariance));
  PetscFunctionReturn(0);
}

static PetscErrorCode destroy_level(DscSplineLevels *v)
{
  PetscFunctionBeginUser;
  PetscCall(DscSplineSearchDestroy(&v->search));
  if (v->problem) PetscCall(DscSplineProblemDestroy(v->problem));
  PetscCall(PetscFree(v->problem));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineLevelsDestroy(DscSplineLevels *v)
{
  PetscFunctionBeginUser;
  PetscCall(destroy_level(v));
  PetscCall(PetscFree3(v->xi, v->std, v->covariance));
  PetscFunctionReturn(0);
}

double DscSplineLevelsMostUnknowns(const DscSplineLevels *v)
{
  return PetscMin(MOST_UNKNOWNS, MOST_A_VALUE * (double)DscSplineFewestValues(v->data) * (double)v->data->nfields);
}

/* ---- levels ------------------------------------------------------------------------------------------------- */

/* A spline with `intervals`. */
static PetscErrorCode create_level(DscSplineLevels *v, const PetscInt intervals[])
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(&v->problem));
  PetscCall(DscSplineProblemCreate(v->data, v->library, intervals, v->intervals, v->degree, v->problem));
  PetscCall(DscSplineSearchCreate(v->problem, &v->settings, &v->search));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineLevelsBegin(DscSplineLevels *v)
{
  PetscFunctionBeginUser;
  PetscCall(create_level(v, v->intervals));
  PetscCall(DscSplineSearchSmooth(v->search));
  PetscFunctionReturn(0);
}

/* REFINEMENT times the intervals along one axis, with the best sets so far fitted, or along all (axis -1), with the best
   one alone: the present level goes to *problem and *search. *possible: there is room for it. */
static PetscErrorCode refine_level(DscSplineLevels *v, PetscInt axis, DscSplineProblem **problem,
                                   DscSplineSearch *search, PetscBool *possible)
{
  PetscInt intervals[DSC_MAX_COORDINATES];
  double   n = (double)v->problem->nfields;

  PetscFunctionBeginUser;
  for (PetscInt a = 0; a < v->data->ncoordinates; a++) {
    intervals[a] = v->problem->space.axis[a].intervals;
    if (axis < 0 || axis == a) intervals[a] = (PetscInt)ceil(REFINEMENT * (double)intervals[a]);
    n *= (double)(intervals[a] + v->degree[a]);
  }
  *possible = (PetscBool)(n <= DscSplineLevelsMostUnknowns(v) &&
                          (v->limit == 0.0 ||
                           2.0 * DscSplineProblemBytes(v->data, v->library, intervals, v->degree) <= v->limit));
  if (!*possible) PetscFunctionReturn(0);
  *problem   = v->problem;
  *search    = v->search;
  v->problem = NULL;
  v->search  = NULL;
  PetscCall(create_level(v, intervals));
  PetscCall(DscSplineSearchUseScales(v->search, *search));
  PetscCall(DscSplineSearchContinue(v->search, *search, (PetscBool)(axis >= 0)));
  PetscFunctionReturn(0);
}

/* Keeps the new level and destroys the one before it, or the other way round. */
static PetscErrorCode choose_level(DscSplineLevels *v, PetscBool keep, DscSplineProblem *problem,
                                   DscSplineSearch search)
{
  DscSplineProblem *present = v->problem;
  DscSplineSearch   at      = v->search;

  PetscFunctionBeginUser;
  v->problem = keep ? problem : present;
  v->search  = keep ? search : at;
  PetscCall(destroy_level(v));
  v->problem = keep ? present : problem;
  v->search  = keep ? at : search;
  PetscFunctionReturn(0);
}

typedef struct {
  double score, criterion;
} Quality;

/* The score of a level's best fit, and Akaike's criterion with the degrees of freedom of its spline. */
static PetscErrorCode judge_level(const DscSplineLevels *v, Quality *quality)
{
  DscSplineFit     *fit;
  DscSplineWeights *weights;
  DscSplineSolver  *solver;

  PetscFunctionBeginUser;
  PetscCall(DscSplineSearchGetBest(v->search, &fit, &weights, &solver));
  PetscCall(DscSplineSolverDegrees(solver, weights, fit, v->settings.seed, &fit->degrees));
  *quality = (Quality){.score = fit->score, .criterion = fit->score + 2.0 * fit->degrees};
  PetscFunctionReturn(0);
}

/* A finer spline follows the noise of the initial state further, so that it must gain more than its degrees of freedom; and
   it obeys the equation better, which takes degrees away: that alone is no gain. */
static PetscBool is_better(Quality finer, Quality before, double gain)
{
  return (PetscBool)(finer.criterion < before.criterion - gain && finer.score < before.score);
}

/* More intervals along one axis as long as that is better; *quality: of the present level. */
static PetscErrorCode adapt_axis(DscSplineLevels *v, PetscInt axis, double gain, Quality *quality, PetscBool *changed)
{
  PetscBool better = PETSC_TRUE;

  PetscFunctionBeginUser;
  while (better) {
    DscSplineProblem *problem;
    DscSplineSearch   before;
    Quality           finer;
    PetscBool         possible;

    PetscCall(refine_level(v, axis, &problem, &before, &possible));
    if (!possible) break;
    PetscCall(judge_level(v, &finer));
    PetscCall(PetscInfo(NULL, "axis %" PetscInt_FMT ": %" PetscInt_FMT " -> %" PetscInt_FMT " intervals: %g -> %g\n",
                        axis, problem->space.axis[axis].intervals, v->problem->space.axis[axis].intervals,
                        quality->criterion, finer.criterion));
    better = is_better(finer, *quality, gain);
    PetscCall(choose_level(v, better, problem, before));
    if (better) {
      *quality = finer;
      *changed = PETSC_TRUE;
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineLevelsAdapt(DscSplineLevels *v, PetscBool *changed)
{
  const double   tolerance = log((double)v->data->ntrain);
  const PetscInt naxes     = v->data->ncoordinates;
  Quality        quality;

  PetscFunctionBeginUser;
  *changed = PETSC_FALSE;
  PetscCall(judge_level(v, &quality));
  for (PetscInt a = 0, settled = 0; settled < naxes; a = (a + 1) % naxes) { /* axes on which no more helps, in a row */
    PetscBool here = PETSC_FALSE;

    PetscCall(adapt_axis(v, a, tolerance, &quality, &here));
    settled = here ? 1 : settled + 1;
    if (here) *changed = PETSC_TRUE;
  }
  PetscFunctionReturn(0);
}

/* ---- equation ------------------------------------------------------------------------------------------------ */

/* The covariance of the active coefficients: the inverse of the information S on them. */
static PetscErrorCode set_covariance(DscSplineLevels *v, const DscSplineFit *fit, const double S[])
{
  const PetscInt     n = fit->columns;
  const PetscBLASInt m = (PetscBLASInt)fit->nactive;
  PetscInt          *which, k = 0;
  PetscBLASInt       info;
  double            *A;

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(v->std, n));
  PetscCall(PetscArrayzero(v->covariance, n * n));
  if (m == 0) PetscFunctionReturn(0);
  PetscCall(PetscMalloc2(fit->nactive, &which, (fit->nactive * fit->nactive), &A));
  for (PetscInt j = 0; j < n; j++) {
    if (fit->active[j]) which[k++] = j;
  }
  for (PetscInt i = 0; i < m; i++) {
    for (PetscInt j = 0; j < m; j++) A[i * m + j] = S[which[i] * n + which[j]];
  }
  PetscCallBLAS("LAPACKpotrf", LAPACKpotrf_("L", &m, A, &m, &info));
  PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_FP, "the information matrix of the active terms is singular");
  PetscCallBLAS("LAPACKpotri", LAPACKpotri_("L", &m, A, &m, &info));
  for (PetscInt i = 0; i < m; i++) {
    for (PetscInt j = 0; j <= i; j++)
      v->covariance[which[i] * n + which[j]] = v->covariance[which[j] * n + which[i]] = A[j * m + i];
    v->std[which[i]] = sqrt(A[i * m + i]);
  }
  PetscCall(PetscFree2(which, A));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineLevelsSetEquation(DscSplineLevels *v)
{
  DscSplineFit     *fit;
  DscSplineWeights *weights;
  DscSplineSolver  *solver;
  double           *S, *b;

  PetscFunctionBeginUser;
  PetscCall(DscSplineSearchGetBest(v->search, &fit, &weights, &solver));
  PetscCall(PetscArraycpy(v->xi, fit->xi, fit->columns));
  PetscCall(PetscMalloc2((fit->columns * fit->columns), &S, fit->columns, &b));
  PetscCall(DscSplineSolverInformation(solver, weights, fit, S, b));
  PetscCall(set_covariance(v, fit, S));
  PetscCall(PetscFree2(S, b));
  PetscFunctionReturn(0);
}

/* How far the coefficients are from the equation as it was, in its standard deviations. */
static double distance(const DscSplineLevels *v, const DscSplineFit *fit)
{
  double most = 0.0;

  for (PetscInt j = 0; j < fit->columns; j++) {
    if (fit->active[j]) most = PetscMax(most, fabs(fit->xi[j] - v->xi[j]) / v->std[j]);
  }
  return most;
}

/* The active term that shrank most from the coarser spline to this one, by more than noise explains; -1: none did. Its
   coefficient follows the interval: it makes up for what the spline cannot resolve, and goes to 0 with it. */
static PetscInt vanishing(const DscSplineLevels *v, const DscSplineFit *fit)
{
  PetscInt out   = -1;
  double   least = VANISHING;

  for (PetscInt j = 0; j < fit->columns; j++) {
    if (!fit->active[j] || fabs(fit->xi[j] - v->xi[j]) < SURELY * v->std[j]) continue;
    if (fit->xi[j] / v->xi[j] < least) {
      least = fit->xi[j] / v->xi[j];
      out   = j;
    }
  }
  return out;
}

/* The best set fitted with lambda; terms that vanish or are no longer worth their penalty go: they stood for what a coarser
   spline or a weaker equation left. *moved: how far the coefficients went, in standard deviations. */
static PetscErrorCode polish_level(DscSplineLevels *v, double lambda, PetscBool finer, double *moved)
{
  PetscBool dropped = PETSC_FALSE;

  PetscFunctionBeginUser;
  do {
    DscSplineFit *fit;
    PetscInt      out = -1;

    PetscCall(DscSplineSearchPolish(v->search, lambda));
    PetscCall(DscSplineSearchGetBest(v->search, &fit, NULL, NULL));
    *moved = dropped ? PETSC_MAX_REAL : distance(v, fit);
    if (finer && !v->fixed && !dropped) out = vanishing(v, fit);
    PetscCall(DscSplineLevelsSetEquation(v));
    dropped = PETSC_FALSE;
    if (!v->fixed) PetscCall(DscSplineSearchDrop(v->search, out, v->std, &dropped));
  } while (dropped);
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineLevelsPolish(DscSplineLevels *v)
{
  double lambda = v->settings.lambda, moved;

  PetscFunctionBeginUser;
  PetscCall(DscSplineLevelsSetEquation(v));
  PetscCall(polish_level(v, lambda, PETSC_FALSE, &moved));
  moved = PETSC_MAX_REAL;
  for (lambda *= STRENGTHENING; moved > STILL && lambda <= v->lambda_last; lambda *= STRENGTHENING) {
    DscSplineProblem *problem;
    DscSplineSearch   coarser;
    DscSplineFit     *fit;
    PetscBool         possible;

    PetscCall(DscSplineSearchGetBest(v->search, &fit, NULL, NULL));
    if (fit->nactive == 0) break;
    PetscCall(refine_level(v, -1, &problem, &coarser, &possible));
    if (!possible) break;
    PetscCall(choose_level(v, PETSC_TRUE, problem, coarser));
    PetscCall(polish_level(v, lambda, PETSC_TRUE, &moved));
  }
  PetscFunctionReturn(0);
}
