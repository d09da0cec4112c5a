#include "method/derivatives.h"
#include "method/fourier.h"

static const struct {
  const char *approximator, *title;
} kinds[] = {[DSC_BY_DIFFERENCES] = {"finite_difference", "finite differences"},
             [DSC_BY_POLYNOMIALS] = {"local_polynomial", "local polynomials"},
             [DSC_BY_FOURIER]     = {"spectral", "Fourier derivatives"}};

PetscErrorCode DscDerivativeKindFind(DscOptions options, PetscBool *found, DscDerivativeKind *kind)
{
  const char *name;

  PetscFunctionBeginUser;
  *found = PETSC_FALSE;
  PetscCall(DscOptionsGetString(options, "approximator", &name));
  for (int k = 0; k < (int)PETSC_STATIC_ARRAY_LENGTH(kinds); k++) {
    if (strcmp(name, kinds[k].approximator)) continue;
    *found = PETSC_TRUE;
    *kind  = (DscDerivativeKind)k;
  }
  PetscFunctionReturn(0);
}

const char *DscDerivativeKindTitle(DscDerivativeKind kind)
{
  return kinds[kind].title;
}

/* One window for all coordinates, or one for each. */
static PetscErrorCode read_windows(MPI_Comm comm, DscOptions options, PetscInt ncoordinates, DscDerivativeRule *rule)
{
  PetscInt n, *windows;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetInts(options, "derivative_window", &n, &windows));
  for (PetscInt c = 0; c < ncoordinates && n > 0; c++) rule->window[c] = windows[PetscMin(c, n - 1)];
  PetscCall(PetscFree(windows));
  DscOptionsUserCheck(n == 1 || n == ncoordinates, options, comm, "derivative_window",
                      "%" PetscInt_FMT " numbers for %" PetscInt_FMT
                      " coordinates; give one for all, or one for each, time first",
                      n, ncoordinates);
  PetscFunctionReturn(0);
}

PetscErrorCode DscDerivativeRuleCreate(MPI_Comm comm, DscOptions options, DscGrid grid, DscDerivativeRule *rule)
{
  PetscBool   found;
  DscGridInfo info;
  double      cutoff;

  PetscFunctionBeginUser;
  *rule = (DscDerivativeRule){0};
  PetscCall(DscDerivativeKindFind(options, &found, &rule->kind));
  PetscCheck(found, comm, PETSC_ERR_ARG_WRONG, "approximator without numerical derivatives");
  PetscCall(DscGridGetInfo(grid, &info));
  PetscCall(DscOptionsGetInt(options, "derivative_accuracy", &rule->accuracy));
  DscOptionsUserCheck(rule->accuracy % 2 == 0, options, comm, "derivative_accuracy",
                      "central differences have an even order; use 2, 4, 6 or 8");
  PetscCall(DscOptionsGetInt(options, "derivative_degree", &rule->degree));
  PetscCall(read_windows(comm, options, info.ncoordinates, rule));
  PetscCall(DscOptionsGetReal(options, "spectral_cutoff", &cutoff));
  for (PetscInt c = 1; c < info.ncoordinates; c++) rule->cutoff[c] = cutoff;
  if (rule->kind == DSC_BY_FOURIER) PetscCall(DscFourierMeasure(comm, grid, rule->cutoff));
  PetscFunctionReturn(0);
}

void DscDerivativeRuleDescribe(const DscDerivativeRule *rule, const DscGridInfo *info, size_t size, char text[])
{
  size_t used = 0;

  used += (size_t)snprintf(text, size, "%s", kinds[rule->kind].title);
  if (rule->kind != DSC_BY_POLYNOMIALS)
    used += (size_t)snprintf(text + used, size - used, "%s of order %" PetscInt_FMT,
                             rule->kind == DSC_BY_FOURIER ? ", differences in time" : "", rule->accuracy);
  for (PetscInt c = 0; c < info->ncoordinates && used < size; c++) {
    const char *name = info->coordinate_names[c];

    if (rule->kind == DSC_BY_POLYNOMIALS)
      used += (size_t)snprintf(text + used, size - used, "%s %" PetscInt_FMT " points along %s", c ? "," : " on",
                               2 * rule->window[c] + 1, name);
    else if (rule->kind == DSC_BY_FOURIER && c > 0)
      used += (size_t)snprintf(text + used, size - used, ", up to %.3g of the Nyquist wave number along %s",
                               rule->cutoff[c], name);
  }
}
