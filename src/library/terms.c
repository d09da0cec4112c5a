/* Terms that the user lists, to have exactly them or to leave them out. */
#include "library/private.h"

#include <string.h>

static PetscErrorCode register_options(void)
{
  static const DscOptionSpec specs[] = {
      {"library_terms", DSC_STRINGS, NULL, 0, 0, NULL,
       "exactly these terms in place of the other libraries, e.g. 'u, u u_x, u_xx, x u_x, cos(2 u)'"},
  };

  PetscFunctionBeginUser;
  PetscCall(DscOptionsRegister("library terms", (PetscInt)PETSC_STATIC_ARRAY_LENGTH(specs), specs));
  PetscFunctionReturn(0);
}

static PetscErrorCode check_product(DscOptions options, const char key[], const char text[],
                                    const LibraryProduct *product)
{
  PetscFunctionBeginUser;
  DscOptionsUserCheck(product->position == 0, options, PETSC_COMM_SELF, key,
                      "term '%s', character %" PetscInt_FMT ": %s", text, product->position, product->mistake);
  PetscFunctionReturn(0);
}

static PetscErrorCode add_listed(DscLibrary library, DscOptions options, PetscInt n, char *const items[])
{
  LibraryProduct product;

  PetscFunctionBeginUser;
  DscOptionsUserCheck(n > 0, options, PETSC_COMM_SELF, "library_terms",
                      "an empty list; name the terms, or remove the key for polynomials and derivatives%s", "");
  for (PetscInt i = 0; i < n; i++) {
    PetscInt same;

    PetscCall(DscLibraryParse(library, items[i], PETSC_TRUE, &product));
    PetscCall(check_product(options, "library_terms", items[i], &product));
    same = DscLibraryFindFactors(library, product.nfactors, product.factors);
    DscOptionsUserCheck(same < 0, options, PETSC_COMM_SELF, "library_terms",
                        "term '%s' is the same as '%s' before it; remove one", items[i], items[PetscMax(same, 0)]);
    PetscCall(DscLibraryAddTerm(library, product.nfactors, product.factors));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode add(DscLibrary library, DscOptions options)
{
  PetscInt       n;
  char         **items;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetStrings(options, "library_terms", &n, &items));
  ierr = add_listed(library, options, n, items);
  PetscCall(DscOptionsRestoreStrings(n, &items));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

const DscLibraryKind DscLibraryTerms = {
    .name = "terms",
    .help = "exactly the terms of a list: products of fields, derivatives, coordinates, their sines and cosines",
    .register_options = register_options,
    .add              = add};

/* ---- leaving terms out ------------------------------------------------------------------------------------------ */

/* Index of a term that is to be left out. */
static PetscErrorCode find_excluded(DscLibrary library, DscOptions options, const char text[], PetscInt *index)
{
  LibraryProduct product;
  const char    *nearest;

  PetscFunctionBeginUser;
  PetscCall(DscLibraryParse(library, text, PETSC_TRUE, &product));
  PetscCall(check_product(options, "library_exclude", text, &product));
  *index  = DscLibraryFindFactors(library, product.nfactors, product.factors);
  nearest = *index < 0 ? DscNearestName(text, library->nterms, (const char *const *)library->names) : NULL;
  DscOptionsUserCheck(*index >= 0, options, PETSC_COMM_SELF, "library_exclude",
                      "term '%s' is not in the library%s%s%s; remove it from the list", text,
                      nearest ? ", did you mean '" : "", nearest ? nearest : "", nearest ? "'" : "");
  PetscFunctionReturn(0);
}

static PetscErrorCode exclude(DscLibrary library, DscOptions options, PetscInt n, char *const items[],
                              PetscBool excluded[])
{
  PetscInt kept = 0;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < n; i++) {
    PetscInt t;

    PetscCall(find_excluded(library, options, items[i], &t));
    DscOptionsUserCheck(!excluded[t], options, PETSC_COMM_SELF, "library_exclude", "term '%s' is there twice",
                        library->names[t]);
    excluded[t] = PETSC_TRUE;
  }
  DscOptionsUserCheck(n < library->nterms, options, PETSC_COMM_SELF, "library_exclude",
                      "no term of %" PetscInt_FMT " is left", library->nterms);
  for (PetscInt t = 0; t < library->nterms; t++) {
    if (excluded[t]) {
      PetscCall(PetscFree(library->terms[t].factors));
      PetscCall(PetscFree(library->names[t]));
    } else {
      library->terms[kept]   = library->terms[t];
      library->names[kept++] = library->names[t];
    }
  }
  library->nterms = kept;
  PetscFunctionReturn(0);
}

PetscErrorCode DscLibraryExclude(DscLibrary library, DscOptions options)
{
  PetscInt       n;
  char         **items;
  PetscBool      set, *excluded;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsIsSet(options, "library_exclude", &set));
  if (!set) PetscFunctionReturn(0);
  PetscCall(DscOptionsGetStrings(options, "library_exclude", &n, &items));
  PetscCall(PetscCalloc1(library->nterms, &excluded));
  ierr = exclude(library, options, n, items, excluded);
  PetscCall(PetscFree(excluded));
  PetscCall(DscOptionsRestoreStrings(n, &items));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}
