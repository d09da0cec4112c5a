/* The keys of group 'regress': the only place where their defaults are written. */
#include <discern/regress.h>

PetscErrorCode DscRegressRegisterOptions(void)
{
  static const DscOptionSpec specs[] = {
      {"estimator", DSC_CHOICE, "threshold", 0, 0, "threshold", "how the terms of a mask are chosen"},
      {"ridge_lambda", DSC_REAL, "1e-3", 0, DSC_NO_MAX, NULL, "ridge: penalty relative to the square of each column"},
      {"mask_threshold", DSC_REAL, "0.1", 0, DSC_NO_MAX, NULL,
       "smallest normalised coefficient that least squares and ridge keep"},
      {"sbl_a", DSC_REAL, "1e-6", 0, DSC_NO_MAX, NULL, "SBL: shape of the Gamma prior of alpha"},
      {"sbl_b", DSC_REAL, "1e-6", 0, DSC_NO_MAX, NULL,
       "SBL: rate of the Gamma prior of alpha (normalised coefficients)"},
      {"sbl_alpha_max", DSC_REAL, "1e4", 1, 1e12, NULL,
       "SBL: a term whose alpha is above is inactive; its normalised coefficient is below about alpha_max^-1/2"},
      {"sbl_significance", DSC_REAL, "5", 0, DSC_NO_MAX, NULL,
       "SBL: a term within so many standard deviations of 0 is inactive"},
      {"sbl_tolerance", DSC_REAL, "1e-4", 0, 1, NULL, "SBL: relative change of the coefficients at which to stop"},
      {"sbl_max_iterations", DSC_INT, "1000", 2, PETSC_MAX_INT, NULL, "SBL: limit of the inner iteration"},
  };

  PetscFunctionBeginUser;
  PetscCall(DscOptionsRegister("regress", (PetscInt)PETSC_STATIC_ARRAY_LENGTH(specs), specs));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSBLSettingsFromOptions(DscOptions options, DscSBLSettings *settings)
{
  PetscFunctionBeginUser;
  settings->c = settings->d = 0.0;
  PetscCall(DscOptionsGetReal(options, "sbl_a", &settings->a));
  PetscCall(DscOptionsGetReal(options, "sbl_b", &settings->b));
  PetscCall(DscOptionsGetReal(options, "sbl_alpha_max", &settings->alpha_max));
  PetscCall(DscOptionsGetReal(options, "sbl_significance", &settings->significance));
  PetscCall(DscOptionsGetReal(options, "sbl_tolerance", &settings->tolerance));
  PetscCall(DscOptionsGetInt(options, "sbl_max_iterations", &settings->max_iterations));
  PetscFunctionReturn(0);
}
