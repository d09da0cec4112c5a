/* The keys of group 'regress': the only place where their defaults are written. */
#include "regress/estimator.h"

#define ESTIMATOR_CHOICE(name, Name) "|" #name
static const char estimator_choices[] = "" DSC_ESTIMATORS(ESTIMATOR_CHOICE);

PetscErrorCode DscRegressRegisterOptions(void)
{
  static const DscOptionSpec specs[] = {
      {"estimator", DSC_CHOICE, "threshold", 0, 0, estimator_choices + 1, "how the terms of a mask are chosen"},
      {"estimator_blocks", DSC_INT, "20", 2, 10000, NULL,
       "blocks of samples of estimators that cross-validate, and of ensembles"},
      {"lasso_folds", DSC_INT, "5", 2, 1000, NULL, "lasso, adaptive_lasso: folds of the cross-validation over blocks"},
      {"lasso_rule", DSC_CHOICE, "min_error", 0, 0, "min_error|one_standard_error",
       "lasso, adaptive_lasso: penalty of the least validation error, or the largest within a standard error of it"},
      {"lasso_penalties", DSC_INT, "50", 2, 10000, NULL,
       "lasso, adaptive_lasso: penalties tried, from the one that cuts all terms down"},
      {"lasso_ratio", DSC_REAL, "1e-3", 1e-12, 0.99, NULL, "lasso, adaptive_lasso: smallest penalty tried / largest"},
      {"adaptive_lasso_gamma", DSC_REAL, "1", 0, 10, NULL,
       "adaptive_lasso: penalty of a term ~ |normalised least-squares coefficient|^-gamma"},
      {"stridge_lambda", DSC_REAL, "1e-5", 0, DSC_NO_MAX, NULL,
       "stridge: ridge penalty relative to the square of each column"},
      {"stridge_step", DSC_REAL, "0.05", 1e-12, DSC_NO_MAX, NULL,
       "stridge: first tolerance and first step of it (normalised coefficients)"},
      {"stridge_l0", DSC_REAL, "1e-3", 0, DSC_NO_MAX, NULL,
       "stridge: price of a term / condition number of the library, in units of rms(y)"},
      {"stridge_max_iterations", DSC_INT, "25", 1, 100000, NULL, "stridge: tolerances tried"},
      {"stlsq_threshold", DSC_REAL, "0.1", 0, DSC_NO_MAX, NULL, "stlsq: smallest coefficient that stays"},
      {"stlsq_units", DSC_CHOICE, "normalized", 0, 0, "normalized|physical",
       "stlsq: the coefficients that the threshold is for"},
      {"stlsq_alpha", DSC_REAL, "1e-5", 0, DSC_NO_MAX, NULL,
       "stlsq: ridge penalty relative to the square of each column"},
      {"sr3_threshold", DSC_REAL, "0.1", 0, DSC_NO_MAX, NULL, "sr3: smallest normalised coefficient that stays"},
      {"sr3_nu", DSC_REAL, "1", 1e-6, 1e6, NULL,
       "sr3: relaxation; the smaller, the closer are sparse and full coefficients"},
      {"sr3_max_iterations", DSC_INT, "1000", 1, 1000000, NULL, "sr3: limit of the iteration"},
      {"greedy_criterion", DSC_CHOICE, "evidence", 0, 0, "evidence|bic", "greedy: what compares sets of terms"},
      {"ensemble_size", DSC_INT, "0", 0, 10000, NULL,
       "members of the ensemble that draw blocks anew (bagging); 0: no ensemble"},
      {"ensemble_threshold", DSC_REAL, "0.6", 0, 1, NULL, "share of the members that an active term needs"},
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
