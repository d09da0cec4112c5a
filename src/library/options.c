/* The keys of group 'library': the only place where their defaults are written. */
#include <discern/library.h>

PetscErrorCode DscLibraryRegisterOptions(void)
{
  static const DscOptionSpec specs[] = {
      {"library_polynomial", DSC_INT, "3", 0, 16, NULL, "highest total degree of the polynomials of the fields"},
      {"library_derivative", DSC_INT, "4", 0, DSC_MAX_ORDER, NULL, "highest order of the derivatives in space"},
  };

  PetscFunctionBeginUser;
  PetscCall(DscOptionsRegister("library", (PetscInt)PETSC_STATIC_ARRAY_LENGTH(specs), specs));
  PetscFunctionReturn(0);
}
