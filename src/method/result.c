#include "method/result.h"

PetscErrorCode DscResultCreate(DscResult **result)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(result));
  (*result)->exact             = -1;
  (*result)->mse               = NAN;
  (*result)->bic               = NAN;
  (*result)->coefficient_error = NAN;
  PetscFunctionReturn(0);
}

PetscErrorCode DscResultDestroy(DscResult **result)
{
  DscResult *r = *result;

  PetscFunctionBeginUser;
  if (!r) PetscFunctionReturn(0);
  PetscCall(PetscFree2(r->left, r->terms));
  PetscCall(PetscFree7(r->coefficients, r->std, r->normalized, r->alpha, r->inclusion, r->truth, r->active));
  PetscCall(DscTableDestroy(&r->history));
  PetscCall(DscTableDestroy(&r->selection));
  PetscCall(DscTableDestroy(&r->prediction));
  PetscCall(PetscFree(*result));
  PetscFunctionReturn(0);
}

/* truth: of one experiment, [nleft][M]. */
static PetscErrorCode set_truth(DscLibrary library, const DscDataSet *data, PetscInt nleft, PetscInt M, double truth[])
{
  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < nleft * M; i++) truth[i] = data->ntruth > 0 ? 0.0 : NAN;
  for (PetscInt k = 0; k < data->ntruth; k++) {
    PetscInt j;

    PetscCall(DscLibraryFindTerm(library, data->truth_terms[k], &j));
    for (PetscInt f = 0; j >= 0 && f < nleft; f++) truth[f * M + j] = data->truth_values[f * data->ntruth + k];
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode set_left(DscResult *result, PetscInt nexperiments, PetscInt nleft, const PetscInt left[],
                               const DscFeature features[])
{
  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < result->nleft; i++) {
    const char *name = features[left[i % nleft]].name;

    if (nexperiments == 1)
      PetscCall(PetscStrncpy(result->left[i], name, DSC_NAME_LENGTH));
    else
      PetscCall(PetscSNPrintf(result->left[i], DSC_NAME_LENGTH, "%s[%" PetscInt_FMT "]", name, i / nleft + 1));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscTruthIsInLibrary(DscLibrary library, const DscDataSet *data, PetscBool *inside)
{
  PetscFunctionBeginUser;
  *inside = PETSC_TRUE;
  for (PetscInt k = 0; k < data->ntruth; k++) {
    PetscInt j;

    PetscCall(DscLibraryFindTerm(library, data->truth_terms[k], &j));
    for (PetscInt f = 0; j < 0 && f < data->nfields; f++) {
      if (data->truth_values[f * data->ntruth + k] != 0.0) *inside = PETSC_FALSE;
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscResultAllocate(DscResult *result, PetscInt nleft, PetscInt nterms)
{
  const PetscInt n = nleft * nterms;

  PetscFunctionBeginUser;
  result->nleft  = nleft;
  result->nterms = nterms;
  PetscCall(PetscCalloc2(nleft, &result->left, nterms, &result->terms));
  PetscCall(PetscCalloc7(n, &result->coefficients, n, &result->std, n, &result->normalized, n, &result->alpha, n,
                         &result->inclusion, n, &result->truth, n, &result->active));
  PetscFunctionReturn(0);
}

PetscErrorCode DscResultSetEquation(DscResult *result, DscLibrary library, PetscInt nexperiments,
                                    const DscDataSet *const data[])
{
  const char *const *terms;
  const PetscInt    *left;
  const DscFeature  *features;
  PetscInt           nfeatures, nleft, nterms;

  PetscFunctionBeginUser;
  PetscCall(DscLibraryGetTerms(library, &nterms, &terms));
  PetscCall(DscLibraryGetLeft(library, &nleft, &left));
  PetscCall(DscLibraryGetFeatures(library, &nfeatures, &features));
  PetscCall(DscResultAllocate(result, nexperiments * nleft, nterms));
  PetscCall(set_left(result, nexperiments, nleft, left, features));
  for (PetscInt j = 0; j < result->nterms; j++) {
    PetscCall(PetscStrncpy(result->terms[j], terms[j], DSC_NAME_LENGTH));
  }
  for (PetscInt e = 0; e < nexperiments; e++) {
    PetscCall(set_truth(library, data[e], nleft, result->nterms, result->truth + e * nleft * result->nterms));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscResultSetRegression(DscResult *result, PetscInt left, const DscRegression *regression)
{
  PetscFunctionBeginUser;
  for (PetscInt j = 0; j < result->nterms; j++) {
    const PetscInt i = left * result->nterms + j;

    result->active[i]       = regression->active[j] ? 1 : 0;
    result->alpha[i]        = regression->alpha[j];
    result->inclusion[i]    = regression->inclusion[j];
    result->coefficients[i] = result->active[i] ? regression->coefficients[j] : 0.0;
    result->normalized[i]   = result->active[i] ? regression->normalized[j] : 0.0;
    result->std[i]          = result->active[i] ? regression->std[j] : 0.0;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscResultCompareTruth(DscResult *result, PetscBool truth_inside)
{
  PetscBool known = PETSC_FALSE, exact = PETSC_TRUE;
  double    error = 0.0;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < result->nleft * result->nterms; i++) {
    if (isnan(result->truth[i])) continue;
    known = PETSC_TRUE;
    if ((result->truth[i] != 0.0) != (result->active[i] != 0)) exact = PETSC_FALSE;
    if (result->truth[i] == 0.0) continue;
    error = PetscMax(error, fabs(result->coefficients[i] - result->truth[i]) / fabs(result->truth[i]));
  }
  if (!truth_inside) {
    exact = PETSC_FALSE;
    error = PetscMax(error, 1.0);
  }
  result->exact             = known ? (int)exact : -1;
  result->coefficient_error = known ? error : NAN;
  PetscFunctionReturn(0);
}

double DscResultBIC(double nsamples, double mse, double reg, PetscInt nnz)
{
  return nsamples * (log(mse) + log(reg)) + log(nsamples) * (double)nnz;
}

PetscErrorCode DscResultAddReason(DscResult *result, const char text[])
{
  const size_t length = strlen(result->reason);

  PetscFunctionBeginUser;
  snprintf(result->reason + length, sizeof(result->reason) - length, "; %s", text);
  PetscFunctionReturn(0);
}
