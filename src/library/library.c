/* Builds the list of candidate terms from the fields and coordinates of a data set. */
#include "library/private.h"

/* ---- features --------------------------------------------------------------------------------------------------- */

PetscInt DscLibraryFindFeature(DscLibrary library, const DscFeature *feature)
{
  for (PetscInt i = 0; i < library->nfeatures; i++) {
    const DscFeature *f = &library->features[i];
    PetscBool         same =
        (PetscBool)(f->kind == feature->kind && f->field == feature->field && f->coordinate == feature->coordinate);

    for (PetscInt c = 0; c < DSC_MAX_COORDINATES; c++) same = (PetscBool)(same && f->order[c] == feature->order[c]);
    if (same) return i;
  }
  return -1;
}

PetscErrorCode DscLibraryAddFeature(DscLibrary library, const DscFeature *feature, PetscInt *index)
{
  DscFeature *new;

  PetscFunctionBeginUser;
  *index = DscLibraryFindFeature(library, feature);
  if (*index >= 0) PetscFunctionReturn(0);
  if (library->nfeatures == library->capacity_features) {
    library->capacity_features = PetscMax(32, 2 * library->capacity_features);
    PetscCall(PetscRealloc(sizeof(DscFeature) * (size_t)library->capacity_features, &library->features));
  }
  new  = &library->features[library->nfeatures];
  *new = *feature;
  PetscCall(DscLibraryNameFeature(library, new));
  for (PetscInt k = 0; k < library->nfeatures; k++) {
    PetscBool same;

    PetscCall(PetscStrcmp(new->name, library->features[k].name, &same));
    DscUserCheck(!same, PETSC_COMM_SELF,
                 "the data set's names make two quantities called '%s'; rename a field or a coordinate", new->name);
  }
  *index = library->nfeatures++;
  PetscFunctionReturn(0);
}

static PetscErrorCode add_fields(DscLibrary library, PetscInt order_in_time)
{
  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < library->nfields; f++) {
    PetscInt index;

    PetscCall(DscLibraryAddFeature(library, &(DscFeature){.field = f, .order = {order_in_time}}, &index));
    if (order_in_time > 0) library->left[f] = index;
  }
  PetscFunctionReturn(0);
}

/* What is in no term, as it was only in terms that are left out, must not be computed. */
static PetscErrorCode drop_unused_features(DscLibrary library)
{
  PetscInt *place, kept = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(library->nfeatures, &place));
  for (PetscInt f = 0; f < library->nfields; f++) place[f] = 1;
  for (PetscInt t = 0; t < library->nterms; t++) {
    for (PetscInt k = 0; k < library->terms[t].nfactors; k++) place[library->terms[t].factors[k].feature] = 1;
  }
  for (PetscInt f = 0; f < library->nfeatures; f++) {
    if (!place[f]) continue;
    library->features[kept] = library->features[f];
    place[f]                = kept++;
  }
  for (PetscInt t = 0; t < library->nterms; t++) {
    for (PetscInt k = 0; k < library->terms[t].nfactors; k++) {
      DscFactor *factor = &library->terms[t].factors[k];

      factor->feature = place[factor->feature];
    }
  }
  library->nfeatures = kept;
  PetscCall(PetscFree(place));
  PetscFunctionReturn(0);
}

/* ---- terms ------------------------------------------------------------------------------------------------------ */

PetscInt DscLibraryFindFactors(DscLibrary library, PetscInt nfactors, const DscFactor factors[])
{
  for (PetscInt t = 0; t < library->nterms; t++) {
    const LibraryTerm *term = &library->terms[t];
    PetscInt           same = 0;

    if (term->nfactors != nfactors) continue;
    while (same < nfactors && DscLibraryCompareFactors(library, &term->factors[same], &factors[same]) == 0 &&
           term->factors[same].power == factors[same].power)
      same++;
    if (same == nfactors) return t;
  }
  return -1;
}

PetscErrorCode DscLibraryAddTerm(DscLibrary library, PetscInt nfactors, const DscFactor factors[])
{
  LibraryTerm *term = &library->terms[library->nterms];

  PetscFunctionBeginUser;
  DscUserCheck(library->nterms < LIBRARY_MAX_TERMS, PETSC_COMM_SELF,
               "library: more than the %d candidate terms allowed; lower -library_polynomial, -library_derivative or "
               "-library_trigonometric, or list fewer -library_terms",
               LIBRARY_MAX_TERMS);
  term->nfactors = nfactors;
  PetscCall(PetscMalloc1(nfactors, &term->factors));
  library->nterms++;
  PetscCall(PetscArraycpy(term->factors, factors, nfactors));
  DscLibrarySortFactors(library, nfactors, term->factors);
  PetscCall(DscLibraryNameTerm(library, library->nterms - 1));
  PetscFunctionReturn(0);
}

PetscErrorCode DscLibraryFindTerm(DscLibrary library, const char name[], PetscInt *index)
{
  LibraryProduct product;

  PetscFunctionBeginUser;
  PetscCall(DscLibraryParse(library, name, PETSC_FALSE, &product));
  *index = product.position ? -1 : DscLibraryFindFactors(library, product.nfactors, product.factors);
  PetscFunctionReturn(0);
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

PetscErrorCode DscLibraryCreate(DscOptions options, const DscDataSet *data, DscLibrary *library)
{
  DscLibrary l;

  PetscFunctionBeginUser;
  *library = NULL;
  PetscCheck(data->nfields >= 1 && data->nfields <= DSC_MAX_FIELDS, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "%" PetscInt_FMT " fields", data->nfields);
  PetscCheck(data->ncoordinates >= 1 && data->ncoordinates <= DSC_MAX_COORDINATES, PETSC_COMM_SELF,
             PETSC_ERR_ARG_OUTOFRANGE, "%" PetscInt_FMT " coordinates", data->ncoordinates);
  PetscCall(PetscNew(library));
  l = *library;
  PetscCall(DscLibraryTakeNames(l, data));
  PetscCall(PetscCalloc2(LIBRARY_MAX_TERMS, &l->terms, LIBRARY_MAX_TERMS, &l->names));
  PetscCall(add_fields(l, 0));
  PetscCall(DscLibraryAddKinds(l, options));
  PetscCall(DscLibraryExclude(l, options));
  PetscCall(drop_unused_features(l));
  PetscCall(add_fields(l, 1));
  PetscCall(DscLibraryMakePlan(l));
  PetscFunctionReturn(0);
}

PetscErrorCode DscLibraryDestroy(DscLibrary *library)
{
  DscLibrary l = *library;

  PetscFunctionBeginUser;
  if (!l) PetscFunctionReturn(0);
  PetscCall(DscLibraryDestroyPlan(l));
  for (PetscInt t = 0; t < l->nterms; t++) {
    PetscCall(PetscFree(l->names[t]));
    PetscCall(PetscFree(l->terms[t].factors));
  }
  PetscCall(PetscFree2(l->terms, l->names));
  PetscCall(PetscFree(l->features));
  PetscCall(PetscFree(*library));
  PetscFunctionReturn(0);
}

PetscErrorCode DscLibraryGetFeatures(DscLibrary library, PetscInt *nfeatures, const DscFeature **features)
{
  PetscFunctionBeginUser;
  if (nfeatures) *nfeatures = library->nfeatures;
  if (features) *features = library->features;
  PetscFunctionReturn(0);
}

PetscErrorCode DscLibraryGetLeft(DscLibrary library, PetscInt *nleft, const PetscInt **features)
{
  PetscFunctionBeginUser;
  if (nleft) *nleft = library->nfields;
  if (features) *features = library->left;
  PetscFunctionReturn(0);
}

PetscErrorCode DscLibraryGetTerms(DscLibrary library, PetscInt *nterms, const char *const **names)
{
  PetscFunctionBeginUser;
  if (nterms) *nterms = library->nterms;
  if (names) *names = (const char *const *)library->names;
  PetscFunctionReturn(0);
}

PetscErrorCode DscLibraryGetFactors(DscLibrary library, PetscInt term, PetscInt *nfactors, const DscFactor **factors)
{
  PetscFunctionBeginUser;
  PetscCheck(term >= 0 && term < library->nterms, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "term %" PetscInt_FMT " of %" PetscInt_FMT, term, library->nterms);
  if (nfactors) *nfactors = library->terms[term].nfactors;
  if (factors) *factors = library->terms[term].factors;
  PetscFunctionReturn(0);
}
