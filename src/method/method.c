#include "method/discover.h"

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

static PetscErrorCode register_citations(DscOptions options)
{
  static PetscBool sbl, tipping, deepmod, jets;
  const char      *constraint;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetString(options, "constraint", &constraint));
  if (strcmp(constraint, "sbl") == 0) {
    PetscCall(PetscCitationsRegister(citation_sbl, &sbl));
    PetscCall(PetscCitationsRegister(citation_tipping, &tipping));
  } else {
    PetscCall(PetscCitationsRegister(citation_deepmod, &deepmod));
  }
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

PetscErrorCode DscMethodRun(MPI_Comm comm, DscOptions options, const DscRunControl *control, PetscBool progress,
                            DscResult *result)
{
  const double   start    = DscTime();
  DscDiscover    discover = NULL;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(register_citations(options));
  ierr = create_and_run(comm, options, control, progress, &discover, result);
  /* A study goes on after a run that failed: nothing may stay behind. */
  PetscCall(DscDiscoverDestroy(&discover));
  PetscCall(ierr);
  result->seconds += DscTime() - start;
  PetscFunctionReturn(0);
}

PetscErrorCode DscMethodPlan(MPI_Comm comm, DscOptions options)
{
  DscDiscover discover;

  PetscFunctionBeginUser;
  PetscCall(DscDiscoverCreate(comm, options, &discover));
  PetscCall(DscDiscoverPrintPlan(discover));
  PetscCall(DscDiscoverDestroy(&discover));
  PetscFunctionReturn(0);
}
