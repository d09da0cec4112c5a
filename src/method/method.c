#include "method/discover.h"
#include "method/numerical.h"
#include "method/spline.h"

static const char *const names[] = {"discover"};
static const char *const help[]  = {"equations from data: a network constrained by a library of candidate terms"};

static const char citation_sbl[]     = "@article{BothKusters2021,\n"
                                       "  author  = {Gert-Jan Both and Remy Kusters},\n"
                                       "  title   = {Fully differentiable model discovery},\n"
                                       "  journal = {arXiv:2106.04886},\n"
                                       "  year    = {2021}\n}\n";
static const char citation_tipping[] = "@article{Tipping2001,\n"
                                       "  author  = {Michael E. Tipping},\n"
                                       "  title   = {Sparse {Bayesian} learning and the relevance vector machine},\n"
                                       "  journal = {Journal of Machine Learning Research},\n"
                                       "  volume  = {1},\n"
                                       "  pages   = {211--244},\n"
                                       "  year    = {2001}\n}\n";
static const char citation_deepmod[] =
    "@article{BothVermarienKusters2021,\n"
    "  author  = {Gert-Jan Both and Gijs Vermarien and Remy Kusters},\n"
    "  title   = {Sparsely constrained neural networks for model discovery of {PDEs}},\n"
    "  journal = {arXiv:2011.04336},\n"
    "  year    = {2021}\n}\n";
static const char citation_jets[] = "@book{GriewankWalther2008,\n"
                                    "  author    = {Andreas Griewank and Andrea Walther},\n"
                                    "  title     = {Evaluating Derivatives},\n"
                                    "  edition   = {2nd},\n"
                                    "  publisher = {SIAM},\n"
                                    "  year      = {2008}\n}\n";

static const char citation_fornberg[] =
    "@article{Fornberg1988,\n"
    "  author  = {Bengt Fornberg},\n"
    "  title   = {Generation of finite difference formulas on arbitrarily spaced grids},\n"
    "  journal = {Mathematics of Computation},\n"
    "  volume  = {51},\n"
    "  pages   = {699--706},\n"
    "  year    = {1988}\n}\n";

/* Without a network the data are derived numerically. */
static PetscErrorCode is_numerical(DscOptions options, PetscBool *numerical)
{
  const char *approximator;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetString(options, "approximator", &approximator));
  PetscCall(PetscStrcmp(approximator, "finite_difference", numerical));
  PetscFunctionReturn(0);
}

static PetscErrorCode register_citations(DscOptions options)
{
  static PetscBool sbl, tipping, deepmod, jets, fornberg;
  const char      *constraint;
  PetscBool        numerical;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetString(options, "constraint", &constraint));
  if (strcmp(constraint, "sbl") == 0) {
    PetscCall(PetscCitationsRegister(citation_sbl, &sbl));
    PetscCall(PetscCitationsRegister(citation_tipping, &tipping));
  } else {
    PetscCall(PetscCitationsRegister(citation_deepmod, &deepmod));
  }
  PetscCall(is_numerical(options, &numerical));
  if (numerical)
    PetscCall(PetscCitationsRegister(citation_fornberg, &fornberg));
  else
    PetscCall(PetscCitationsRegister(citation_jets, &jets));
  PetscFunctionReturn(0);
}

PetscErrorCode DscMethodList(PetscInt *n, const char *const **list_names, const char *const **list_help)
{
  PetscFunctionBeginUser;
  *n          = (PetscInt)PETSC_STATIC_ARRAY_LENGTH(names);
  *list_names = names;
  *list_help  = help;
  PetscFunctionReturn(0);
}

static PetscErrorCode create_and_run(MPI_Comm comm, DscOptions options, const DscRunControl *control,
                                     PetscBool progress, DscDiscover *discover, DscResult *result)
{
  PetscFunctionBeginUser;
  PetscCall(DscDiscoverCreate(comm, options, discover));
  PetscCall(DscDiscoverRun(*discover, control, progress, result));
  PetscFunctionReturn(0);
}

static PetscErrorCode create_and_run_numerical(MPI_Comm comm, DscOptions options, const DscRunControl *control,
                                               PetscBool progress, DscNumerical *numerical, DscResult *result)
{
  PetscFunctionBeginUser;
  PetscCall(DscNumericalCreate(comm, options, numerical));
  PetscCall(DscNumericalRun(*numerical, control, progress, result));
  PetscFunctionReturn(0);
}

PetscErrorCode DscMethodRun(MPI_Comm comm, DscOptions options, const DscRunControl *control, PetscBool progress,
                            DscResult *result)
{
  const double   start     = DscTime();
  DscDiscover    discover  = NULL;
  DscNumerical   numerical = NULL;
  PetscBool      without_network;
  PetscErrorCode ierr;

  const char *approximator;
  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetString(options, "approximator", &approximator));
  if (!strcmp(approximator, "spline")) {
    DscSplineRun run;
    PetscCall(DscSplineRunCreate(comm, options, &run));
    PetscCall(DscSplineRunRun(run, control, progress, result));
    PetscCall(DscSplineRunDestroy(&run));
    result->seconds += DscTime() - start;
    PetscFunctionReturn(0);
  }
  PetscCall(register_citations(options));
  PetscCall(is_numerical(options, &without_network));
  if (without_network)
    ierr = create_and_run_numerical(comm, options, control, progress, &numerical, result);
  else
    ierr = create_and_run(comm, options, control, progress, &discover, result);
  /* A study goes on after a run that failed: nothing may stay behind. */
  PetscCall(DscDiscoverDestroy(&discover));
  PetscCall(DscNumericalDestroy(&numerical));
  PetscCall(ierr);
  result->seconds += DscTime() - start;
  PetscFunctionReturn(0);
}

static PetscErrorCode plan_numerical(MPI_Comm comm, DscOptions options)
{
  DscNumerical numerical;

  PetscFunctionBeginUser;
  PetscCall(DscNumericalCreate(comm, options, &numerical));
  PetscCall(DscNumericalPrintPlan(numerical));
  PetscCall(DscNumericalDestroy(&numerical));
  PetscFunctionReturn(0);
}

PetscErrorCode DscMethodPlan(MPI_Comm comm, DscOptions options)
{
  DscDiscover discover;
  PetscBool   without_network;

  const char *approximator;
  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetString(options, "approximator", &approximator));
  if (!strcmp(approximator, "spline")) {
    DscSplineRun run;
    PetscCall(DscSplineRunCreate(comm, options, &run));
    PetscCall(DscSplineRunPrintPlan(run));
    PetscCall(DscSplineRunDestroy(&run));
    PetscFunctionReturn(0);
  }
  PetscCall(is_numerical(options, &without_network));
  if (without_network) {
    PetscCall(plan_numerical(comm, options));
    PetscFunctionReturn(0);
  }
  PetscCall(DscDiscoverCreate(comm, options, &discover));
  PetscCall(DscDiscoverPrintPlan(discover));
  PetscCall(DscDiscoverDestroy(&discover));
  PetscFunctionReturn(0);
}
