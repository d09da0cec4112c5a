/* Sines and cosines of multiples of the fields, as terms beside the polynomials. */
#include "library/private.h"

static PetscErrorCode register_options(void)
{
  static const DscOptionSpec specs[] = {
      {"library_trigonometric", DSC_INT, "0", 0, 64, NULL,
       "n: adds the terms sin(k u), cos(k u) of every field u for k = 1 to n; 0: none"},
  };

  PetscFunctionBeginUser;
  PetscCall(DscOptionsRegister("library trigonometric", (PetscInt)PETSC_STATIC_ARRAY_LENGTH(specs), specs));
  PetscFunctionReturn(0);
}

static PetscErrorCode add(DscLibrary library, DscOptions options)
{
  PetscInt highest;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetInt(options, "library_trigonometric", &highest));
  for (PetscInt k = 1; k <= highest; k++) {
    for (PetscInt f = 0; f < library->nfields; f++) {
      DscFactor factor = {.feature = f, .power = 1, .function = DSC_FUNCTION_SIN, .multiple = (double)k};

      PetscCall(DscLibraryAddTerm(library, 1, &factor));
      factor.function = DSC_FUNCTION_COS;
      PetscCall(DscLibraryAddTerm(library, 1, &factor));
    }
  }
  PetscFunctionReturn(0);
}

const DscLibraryKind DscLibraryTrigonometric = {.name = "trigonometric",
                                                .help = "sin(k u) and cos(k u) of the fields, beside the polynomials",
                                                .register_options = register_options,
                                                .add              = add};
