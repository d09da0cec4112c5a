#include "study/fields.h"

#include <stddef.h>

const DscField DscFields[DSC_FIELD_COUNT] = {
    {"/runs/status", DSC_ROW_FLAG, offsetof(DscResult, status), "1", "how the run ended"},
    {"/runs/reason", DSC_ROW_REASON, offsetof(DscResult, reason), "", "why it ended so"},
    {"/runs/seconds", DSC_ROW_REAL, offsetof(DscResult, seconds), "s", "elapsed time of the run"},
    {"/runs/iterations", DSC_ROW_COUNT, offsetof(DscResult, iterations), "1", "training iterations made"},
    {"/equation/coefficients", DSC_ROW_TERM_REALS, offsetof(DscResult, coefficients), "units of left / units of terms",
     "coefficients of the equation found; 0 where inactive, NaN where the run's library has no such term"},
    {"/equation/std", DSC_ROW_TERM_REALS, offsetof(DscResult, std), "units of left / units of terms",
     "standard deviation of the coefficients"},
    {"/equation/normalized", DSC_ROW_TERM_REALS, offsetof(DscResult, normalized), "1",
     "coefficients times rms of the term over rms of the left-hand side"},
    {"/equation/alpha", DSC_ROW_TERM_REALS, offsetof(DscResult, alpha), "1",
     "prior precision of the normalised coefficients (sparse Bayesian learning)"},
    {"/equation/inclusion", DSC_ROW_TERM_REALS, offsetof(DscResult, inclusion), "1",
     "share of an ensemble's members in which the term is active; NaN without an ensemble"},
    {"/equation/active", DSC_ROW_TERM_FLAGS, offsetof(DscResult, active), "1",
     "1 where the term is in the equation found"},
    {"/equation/truth", DSC_ROW_TERM_REALS, offsetof(DscResult, truth), "units of left / units of terms",
     "coefficients of the true equation; NaN where unknown"},
    {"/metrics/mse", DSC_ROW_REAL, offsetof(DscResult, mse), "squared units of the fields",
     "mean squared error of the surrogate on the test samples"},
    {"/metrics/bic", DSC_ROW_REAL, offsetof(DscResult, bic), "1", "Bayesian information criterion"},
    {"/metrics/exact", DSC_ROW_FLAG, offsetof(DscResult, exact), "1",
     "1 where the active terms are the true ones, 0 where not, -1 where unknown"},
    {"/metrics/coefficient_error", DSC_ROW_REAL, offsetof(DscResult, coefficient_error), "1",
     "largest relative error over the true terms"},
};

PetscBool DscFieldHasTerms(const DscField *field)
{
  return (PetscBool)(field->kind == DSC_ROW_TERM_REALS || field->kind == DSC_ROW_TERM_FLAGS);
}

size_t DscFieldSize(const DscField *field, PetscInt nleft, PetscInt nterms)
{
  switch (field->kind) {
  case DSC_ROW_FLAG:
    return sizeof(int);
  case DSC_ROW_COUNT:
    return sizeof(int64_t);
  case DSC_ROW_REAL:
    return sizeof(double);
  case DSC_ROW_REASON:
    return sizeof(((DscResult *)NULL)->reason);
  case DSC_ROW_TERM_REALS:
    return (size_t)nleft * (size_t)nterms * sizeof(double);
  case DSC_ROW_TERM_FLAGS:
    return (size_t)nleft * (size_t)nterms * sizeof(int);
  }
  return 0;
}
