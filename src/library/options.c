/* The keys of group 'library' that belong to no kind alone, those of the kinds, and the list of these. */
#include "library/private.h"

static const DscLibraryKind *const kinds[] = {&DscLibraryPolynomial, &DscLibraryTrigonometric, &DscLibraryTerms};
enum { KINDS = PETSC_STATIC_ARRAY_LENGTH(kinds) };

PetscErrorCode DscLibraryRegisterOptions(void)
{
  static const DscOptionSpec specs[] = {
      {"library_exclude", DSC_STRINGS, NULL, 0, 0, NULL, "terms to leave out, e.g. '1, u^3'"},
  };

  PetscFunctionBeginUser;
  for (int i = 0; i < KINDS; i++) PetscCall(kinds[i]->register_options());
  PetscCall(DscOptionsRegister("library", (PetscInt)PETSC_STATIC_ARRAY_LENGTH(specs), specs));
  PetscFunctionReturn(0);
}

PetscErrorCode DscLibraryList(PetscInt *n, const char *const **names, const char *const **help)
{
  static const char *all_names[KINDS], *all_help[KINDS];

  PetscFunctionBeginUser;
  for (int i = 0; i < KINDS; i++) {
    all_names[i] = kinds[i]->name;
    all_help[i]  = kinds[i]->help;
  }
  *n     = KINDS;
  *names = all_names;
  *help  = all_help;
  PetscFunctionReturn(0);
}

PetscErrorCode DscLibraryAddKinds(DscLibrary library, DscOptions options)
{
  PetscBool listed;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsIsSet(options, "library_terms", &listed));
  for (int i = 0; i < KINDS; i++) {
    if ((kinds[i] == &DscLibraryTerms) == listed) PetscCall(kinds[i]->add(library, options));
  }
  PetscFunctionReturn(0);
}
