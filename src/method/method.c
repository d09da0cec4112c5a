#include "method/discover.h"
#include "method/mechanistic.h"
#include "method/numerical.h"
#include "method/spline.h"
#include "method/weak.h"

static const char *const names[] = {"discover", "mechanistic"};
static const char *const help[]  = {"equations from data: a network constrained by a library of candidate terms",
                                    "equations of trajectories: a library inside the solution of the ODE"};

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

static const char citation_savitzky[] =
    "@article{SavitzkyGolay1964,\n"
    "  author  = {Abraham Savitzky and Marcel J. E. Golay},\n"
    "  title   = {Smoothing and differentiation of data by simplified least squares procedures},\n"
    "  journal = {Analytical Chemistry},\n"
    "  volume  = {36},\n"
    "  pages   = {1627--1639},\n"
    "  year    = {1964}\n}\n";

static const char citation_trefethen[] = "@book{Trefethen2000,\n"
                                         "  author    = {Lloyd N. Trefethen},\n"
                                         "  title     = {Spectral Methods in {MATLAB}},\n"
                                         "  publisher = {SIAM},\n"
                                         "  year      = {2000}\n}\n";

static const char citation_weak[] = "@article{MessengerBortz2021,\n"
                                    "  author  = {Daniel A. Messenger and David M. Bortz},\n"
                                    "  title   = {Weak {SINDy} for partial differential equations},\n"
                                    "  journal = {Journal of Computational Physics},\n"
                                    "  volume  = {443},\n"
                                    "  pages   = {110525},\n"
                                    "  year    = {2021}\n}\n";

static const char citation_ramsay[] =
    "@article{Ramsay2007,\n"
    "  author  = {James O. Ramsay and Giles Hooker and David Campbell and Jiguo Cao},\n"
    "  title   = {Parameter estimation for differential equations: a generalized smoothing approach},\n"
    "  journal = {Journal of the Royal Statistical Society: Series B},\n"
    "  volume  = {69},\n"
    "  pages   = {741--796},\n"
    "  year    = {2007}\n}\n";

static const char citation_pervez[] = "@inproceedings{Pervez2024,\n"
                                      "  author    = {Adeel Pervez and Francesco Locatello and Efstratios Gavves},\n"
                                      "  title     = {Mechanistic Neural Networks for Scientific Machine Learning},\n"
                                      "  booktitle = {International Conference on Machine Learning},\n"
                                      "  year      = {2024}\n}\n";

/* ---- the ways a run is made --------------------------------------------------------------------------------- */

/* One way with the type of its object hidden: a table of them needs one type. */
#define DEFINE_WAY(name)                                                                                               \
  static PetscErrorCode create_##name(MPI_Comm comm, DscOptions options, void **object)                                \
  {                                                                                                                    \
    Dsc##name      own = NULL;                                                                                         \
    PetscErrorCode ierr;                                                                                               \
                                                                                                                       \
    PetscFunctionBeginUser;                                                                                            \
    ierr    = Dsc##name##Create(comm, options, &own);                                                                  \
    *object = own; /* even where it failed */                                                                          \
    PetscCall(ierr);                                                                                                   \
    PetscFunctionReturn(0);                                                                                            \
  }                                                                                                                    \
  static PetscErrorCode run_##name(void *object, const DscRunControl *control, PetscBool progress, DscResult *result)  \
  {                                                                                                                    \
    PetscFunctionBeginUser;                                                                                            \
    PetscCall(Dsc##name##Run(object, control, progress, result));                                                      \
    PetscFunctionReturn(0);                                                                                            \
  }                                                                                                                    \
  static PetscErrorCode plan_##name(void *object)                                                                      \
  {                                                                                                                    \
    PetscFunctionBeginUser;                                                                                            \
    PetscCall(Dsc##name##PrintPlan(object));                                                                           \
    PetscFunctionReturn(0);                                                                                            \
  }                                                                                                                    \
  static PetscErrorCode destroy_##name(void *object)                                                                   \
  {                                                                                                                    \
    Dsc##name own = object;                                                                                            \
                                                                                                                       \
    PetscFunctionBeginUser;                                                                                            \
    PetscCall(Dsc##name##Destroy(&own));                                                                               \
    PetscFunctionReturn(0);                                                                                            \
  }

DEFINE_WAY(Discover)
DEFINE_WAY(Numerical)
DEFINE_WAY(Weak)
DEFINE_WAY(Spline)
DEFINE_WAY(Mechanistic)

#define WAY(method, list, name, citations)                                                                             \
  {                                                                                                                    \
    method, list, create_##name, run_##name, plan_##name, destroy_##name, citations                                    \
  }

typedef struct {
  const char *method;
  const char *approximators; /* '|a|b|': those that are made this way; NULL: all others */
  PetscErrorCode (*create)(MPI_Comm comm, DscOptions options, void **object);
  PetscErrorCode (*run)(void *object, const DscRunControl *control, PetscBool progress, DscResult *result);
  PetscErrorCode (*plan)(void *object);
  PetscErrorCode (*destroy)(void *object);
  const char *citation;
} Way;

static const Way ways[] = {WAY("discover", "|finite_difference|", Numerical, citation_fornberg),
                           WAY("discover", "|local_polynomial|", Numerical, citation_savitzky),
                           WAY("discover", "|spectral|", Numerical, citation_trefethen),
                           WAY("discover", "|weak|", Weak, citation_weak),
                           WAY("discover", "|spline|", Spline, citation_ramsay),
                           WAY("discover", NULL, Discover, citation_jets),
                           WAY("mechanistic", NULL, Mechanistic, citation_pervez)};

static PetscErrorCode find_way(DscOptions options, const Way **way)
{
  const char *method, *approximator;
  char        word[DSC_NAME_LENGTH];

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetString(options, "method", &method));
  PetscCall(DscOptionsGetString(options, "approximator", &approximator));
  snprintf(word, sizeof(word), "|%s|", approximator);
  *way = ways;
  while (strcmp((*way)->method, method) != 0 || ((*way)->approximators && !strstr((*way)->approximators, word)))
    (*way)++;
  PetscFunctionReturn(0);
}

static PetscErrorCode register_citations(DscOptions options, const Way *way)
{
  static PetscBool sbl, tipping, deepmod, of_way[PETSC_STATIC_ARRAY_LENGTH(ways)];
  const char      *constraint;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetString(options, "constraint", &constraint));
  if (strcmp(constraint, "sbl") == 0) {
    PetscCall(PetscCitationsRegister(citation_sbl, &sbl));
    PetscCall(PetscCitationsRegister(citation_tipping, &tipping));
  } else {
    PetscCall(PetscCitationsRegister(citation_deepmod, &deepmod));
  }
  PetscCall(PetscCitationsRegister(way->citation, &of_way[way - ways]));
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

PetscErrorCode DscMethodRun(MPI_Comm comm, DscOptions options, const DscRunControl *control, PetscBool progress,
                            DscResult *result)
{
  const double   start  = DscTime();
  void          *object = NULL;
  const Way     *way;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(find_way(options, &way));
  PetscCall(register_citations(options, way));
  ierr = way->create(comm, options, &object);
  if (!ierr) ierr = way->run(object, control, progress, result);
  PetscCall(way->destroy(object)); /* a study goes on after a run that failed: nothing may stay behind */
  PetscCall(ierr);
  result->seconds += DscTime() - start;
  PetscFunctionReturn(0);
}

PetscErrorCode DscMethodPlan(MPI_Comm comm, DscOptions options)
{
  void      *object = NULL;
  const Way *way;

  PetscFunctionBeginUser;
  PetscCall(find_way(options, &way));
  PetscCall(way->create(comm, options, &object));
  PetscCall(way->plan(object));
  PetscCall(way->destroy(object));
  PetscFunctionReturn(0);
}
