#include "method/refit.h"
#include "method/result.h"
#include "method/spline_levels.h"

#define PATIENCE  5    /* times the iterations of a fit among many */
#define WEAKER    0.05 /* strength of the equation, over the full one, from which the fit is tried too */
#define NO_WORSE  1.3  /* mean square of the misfit over the network's, at most */
#define LIST_SIZE 8192

typedef struct {
  DscOptions      options;                /* (owned) with the found terms as library */
  DscDataSet     *data;                   /* (owned) */
  DscLibrary      library;                /* (owned) */
  DscSplineLevels levels;                 /* (owned) */
  PetscInt       *index;                  /* (owned) [terms] of the found terms in the result's */
  double         *values[DSC_MAX_FIELDS]; /* (owned) [nsamples] the surrogate */
  PetscBool      *active;                 /* (owned) [left][terms] */
  double         *xi;                     /* (owned) [left][terms] */
} Refit;

PetscErrorCode DscRefitGetKind(MPI_Comm comm, DscOptions options, DscRefitKind *kind)
{
  const char *refit, *distribution, *approximator;
  PetscInt    nexperiments;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetString(options, "refit", &refit));
  PetscCall(DscOptionsGetString(options, "approximator", &approximator));
  *kind = strcmp(refit, "spline") == 0      ? DSC_REFIT_SPLINE
          : strcmp(refit, "particles") == 0 ? DSC_REFIT_PARTICLES
                                            : DSC_REFIT_NONE;
  if (*kind == DSC_REFIT_NONE) PetscFunctionReturn(0);
  DscOptionsUserCheck(
      (strcmp(approximator, "flow") == 0) == (*kind == DSC_REFIT_PARTICLES), options, comm, "refit",
      "%s does not go with approximator %s; use particles with flow, spline with other networks, or none", refit,
      approximator);
  PetscCall(DscOptionsGetExperimentCount(options, &nexperiments));
  DscOptionsUserCheck(nexperiments == 1, options, comm, "refit",
                      "takes one experiment, not %" PetscInt_FMT "; use none, or one experiment", nexperiments);
  PetscCall(DscOptionsGetString(options, "data_distribution", &distribution));
  DscOptionsUserCheck(strcmp(distribution, "replicated") == 0, options, comm, "refit",
                      "needs all data on every rank; use none, or data_distribution replicated");
  PetscFunctionReturn(0);
}

/* *list: names of the terms that are active for any left-hand side; *n: how many. */
static PetscErrorCode list_terms(const DscResult *result, char list[LIST_SIZE], PetscInt *n)
{
  int length = 0;

  PetscFunctionBeginUser;
  *n      = 0;
  list[0] = '\0';
  for (PetscInt j = 0; j < result->nterms; j++) {
    PetscBool found = PETSC_FALSE;

    for (PetscInt f = 0; f < result->nleft; f++) found = (PetscBool)(found || result->active[f * result->nterms + j]);
    if (!found) continue;
    length += snprintf(list + length, (size_t)(LIST_SIZE - length), "%s%s", *n ? "," : "", result->terms[j]);
    PetscCheck(length < LIST_SIZE, PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ, "too many terms to refit");
    (*n)++;
  }
  PetscFunctionReturn(0);
}

/* Where the found terms are in the result, what is active and the coefficients to begin with. */
static PetscErrorCode take_equation(Refit *r, const DscResult *result)
{
  PetscInt           M;
  const char *const *names;

  PetscFunctionBeginUser;
  PetscCall(DscLibraryGetTerms(r->library, &M, &names));
  PetscCall(PetscCalloc3(M, &r->index, (size_t)(M * result->nleft), &r->active, (size_t)(M * result->nleft), &r->xi));
  for (PetscInt j = 0; j < M; j++) {
    PetscInt k = 0;

    while (k < result->nterms && strcmp(names[j], result->terms[k]) != 0) k++;
    PetscCheck(k < result->nterms, PETSC_COMM_SELF, PETSC_ERR_PLIB, "term %s is not in the result", names[j]);
    r->index[j] = k;
    for (PetscInt f = 0; f < result->nleft; f++) {
      r->active[f * M + j] = (PetscBool)(result->active[f * result->nterms + k] != 0);
      r->xi[f * M + j]     = result->coefficients[f * result->nterms + k];
    }
  }
  PetscFunctionReturn(0);
}

/* The columns 'F_hat' of the prediction. */
static PetscErrorCode take_surrogate(Refit *r, const DscTable *prediction)
{
  PetscFunctionBeginUser;
  PetscCheck(prediction->nrows == r->data->nsamples, PETSC_COMM_SELF, PETSC_ERR_PLIB, "no surrogate at the samples");
  for (PetscInt f = 0; f < r->data->nfields; f++) {
    char     name[DSC_NAME_LENGTH];
    PetscInt k = 0;

    PetscCall(PetscSNPrintf(name, sizeof(name), "%s_hat", r->data->field_names[f]));
    while (k < prediction->ncolumns && strcmp(prediction->columns[k], name) != 0) k++;
    PetscCheck(k < prediction->ncolumns, PETSC_COMM_SELF, PETSC_ERR_PLIB, "no column %s", name);
    PetscCall(PetscMalloc1(r->data->nsamples, &r->values[f]));
    for (PetscInt i = 0; i < r->data->nsamples; i++)
      r->values[f][i] = prediction->values[(size_t)i * (size_t)prediction->ncolumns + (size_t)k];
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode create(MPI_Comm comm, DscOptions options, const char terms[], const DscTable *prediction,
                             const DscResult *result, Refit *r)
{
  PetscInt seed;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetInt(options, "seed", &seed));
  PetscCall(DscOptionsCopyExperiment(options, 0, &r->options));
  PetscCall(DscOptionsSet(r->options, "library_terms", terms));
  PetscCall(DscDataSetCreate(comm, r->options, (uint64_t)seed, &r->data));
  PetscCall(DscLibraryCreate(r->options, r->data, &r->library));
  PetscCall(take_equation(r, result));
  PetscCall(take_surrogate(r, prediction));
  PetscCall(DscSplineLevelsCreate(comm, r->options, r->data, r->library, &r->levels));
  r->levels.settings.iterations *= PATIENCE;
  r->levels.fixed = PETSC_TRUE;
  PetscFunctionReturn(0);
}

static PetscErrorCode destroy(Refit *r)
{
  PetscFunctionBeginUser;
  PetscCall(DscSplineLevelsDestroy(&r->levels));
  for (PetscInt f = 0; r->data && f < r->data->nfields; f++) PetscCall(PetscFree(r->values[f]));
  PetscCall(PetscFree3(r->index, r->active, r->xi));
  PetscCall(DscLibraryDestroy(&r->library));
  PetscCall(DscDataSetDestroy(&r->data));
  PetscCall(DscOptionsDestroy(&r->options));
  PetscFunctionReturn(0);
}

static PetscErrorCode fit(Refit *r)
{
  const double *values[DSC_MAX_FIELDS];
  PetscBool     changed;

  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < r->data->nfields; f++) values[f] = r->values[f];
  PetscCall(DscSplineLevelsBegin(&r->levels));
  PetscCall(DscSplineSearchStartAt(r->levels.search, values, r->active, r->xi, 1.0));
  PetscCall(DscSplineSearchStartAt(r->levels.search, values, r->active, r->xi, WEAKER));
  PetscCall(DscSplineLevelsAdapt(&r->levels, &changed));
  PetscCall(DscSplineLevelsPolish(&r->levels));
  PetscFunctionReturn(0);
}

static PetscErrorCode set_result(Refit *r, const DscSplineFit *best, DscResult *result)
{
  const PetscInt M = r->levels.problem->nterms;
  double        *G, *b, yy;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2((M * M), &G, M, &b));
  for (PetscInt f = 0; f < result->nleft; f++) {
    PetscCall(DscSplineProblemMoments(r->levels.problem, f, best->c, G, b, &yy));
    for (PetscInt j = 0; j < M; j++) {
      const PetscInt k = f * result->nterms + r->index[j];

      if (!r->active[f * M + j]) continue;
      result->coefficients[k] = r->levels.xi[f * M + j];
      result->std[k]          = r->levels.std[f * M + j];
      result->normalized[k]   = yy > 0.0 ? result->coefficients[k] * sqrt(G[j * M + j] / yy) : 0.0;
    }
  }
  PetscCall(PetscFree2(G, b));
  PetscFunctionReturn(0);
}

PetscErrorCode DscRefitBySpline(MPI_Comm comm, DscOptions options, const DscTable *prediction, DscResult *result)
{
  Refit          r = {.options = NULL};
  char           terms[LIST_SIZE];
  PetscInt       n;
  DscSplineFit  *best;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(list_terms(result, terms, &n));
  if (n == 0) PetscFunctionReturn(0);
  ierr = create(comm, options, terms, prediction, result, &r);
  if (!ierr) ierr = fit(&r);
  if (!ierr) {
    ierr = DscSplineSearchGetBest(r.levels.search, &best, NULL, NULL);
    if (!best->converged || DscSplineProblemMSE(r.levels.problem, &best->value) > NO_WORSE * result->mse) {
      PetscCall(DscResultAddReason(result, best->converged ? "the refit was farther from the data and is left out"
                                                           : "the refit did not converge and is left out"));
    } else {
      if (!ierr) ierr = set_result(&r, best, result);
      PetscCall(DscResultAddReason(result, "refitted"));
    }
  }
  PetscCall(destroy(&r));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}
