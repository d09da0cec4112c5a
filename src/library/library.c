/* Builds the list of candidate terms from the fields and coordinates of a data set. */
#include "library/private.h"

/* Binomial coefficient of nfields + degree over degree; far from 2^63 within the limits of the options. */
static PetscInt64 monomials_count(PetscInt nfields, PetscInt degree)
{
  PetscInt64 count = 1;

  for (PetscInt k = 1; k <= nfields; k++) count = count * (degree + k) / k;
  return count;
}

/* By degree, then with the first fields first: 1, u, v, u^2, u v, v^2, ... */
static PetscErrorCode create_monomials(DscLibrary library, PetscInt degree)
{
  const PetscInt nfields = library->nfields;
  const size_t   count   = (size_t)monomials_count(nfields, degree);
  PetscInt       first   = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc3(count, &library->parent, count, &library->parent_field, count * (size_t)nfields,
                         &library->exponents));
  PetscCall(PetscMalloc2(count * DSC_MAX_LANES, &library->monomial, count * DSC_MAX_LANES, &library->monomialbar));
  library->nmonomials = 1;
  for (PetscInt k = 1; k <= degree; k++) {
    const PetscInt end = library->nmonomials; /* those of degree k - 1 are first..end-1 */

    for (PetscInt parent = first; parent < end; parent++) {
      for (PetscInt f = library->parent_field[parent]; f < nfields; f++) {
        const PetscInt m = library->nmonomials++;

        library->parent[m]       = parent;
        library->parent_field[m] = f;
        PetscCall(
            PetscArraycpy(library->exponents + m * nfields, library->exponents + parent * nfields, (size_t)nfields));
        library->exponents[m * nfields + f]++;
      }
    }
    first = end;
  }
  PetscFunctionReturn(0);
}

static PetscInt derivatives_count(PetscInt nspace, PetscInt derivative)
{
  return nspace * derivative + (derivative >= 2 ? nspace * (nspace - 1) / 2 : 0);
}

/* Derivatives of one field by order: u_x, u_y, u_xx, u_yy, u_xy, u_xxx, ...; mixed ones of second order only, which is
   what a jet gives by polarisation. */
static void fill_derivatives(PetscInt field, PetscInt nspace, PetscInt derivative, DscFeature *feature)
{
  for (PetscInt k = 1; k <= derivative; k++) {
    for (PetscInt a = 1; a <= nspace; a++, feature++) {
      feature->field    = field;
      feature->order[a] = k;
    }
    for (PetscInt a = 1; k == 2 && a <= nspace; a++) {
      for (PetscInt b = a + 1; b <= nspace; b++, feature++) {
        feature->field    = field;
        feature->order[a] = 1;
        feature->order[b] = 1;
      }
    }
  }
}

/* Fields, then their derivatives in space, then the left-hand sides. */
static PetscErrorCode create_features(DscLibrary library, const DscDataSet *data, PetscInt derivative)
{
  const PetscInt nfields = data->nfields, nspace = data->ncoordinates - 1;
  const PetscInt nderivatives = derivatives_count(nspace, derivative);

  PetscFunctionBeginUser;
  library->nfeatures = nfields * (nderivatives + 2);
  PetscCall(PetscCalloc2(library->nfeatures, &library->features, nfields, &library->left));
  for (PetscInt f = 0; f < nfields; f++) {
    library->features[f].field = f;
    fill_derivatives(f, nspace, derivative, &library->features[nfields + f * nderivatives]);
    library->left[f]                             = nfields * (nderivatives + 1) + f;
    library->features[library->left[f]].field    = f;
    library->features[library->left[f]].order[0] = 1;
  }
  for (PetscInt i = 0; i < library->nfeatures; i++) {
    PetscCall(DscLibraryNameFeature(data, &library->features[i]));
    for (PetscInt k = 0; k < i; k++) {
      PetscBool same;

      PetscCall(PetscStrcmp(library->features[i].name, library->features[k].name, &same));
      DscUserCheck(!same, PETSC_COMM_SELF,
                   "the data set's names make two quantities called '%s'; rename a field or a coordinate",
                   library->features[i].name);
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode create_terms(DscLibrary library)
{
  const PetscInt nfields = library->nfields;
  const size_t   nterms  = (size_t)library->nmonomials * (size_t)library->nright;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc3(nterms, &library->names, nterms, &library->nfactors, nterms * (size_t)(nfields + 1),
                         &library->factors));
  library->nterms = library->nmonomials * library->nright;
  for (PetscInt t = 0; t < library->nterms; t++) {
    const PetscInt m = t / library->nright, d = t % library->nright;
    DscFactor     *factors = library->factors + t * (nfields + 1);

    for (PetscInt f = 0; f < nfields; f++) {
      const PetscInt power = library->exponents[m * nfields + f];

      if (power > 0) factors[library->nfactors[t]++] = (DscFactor){.feature = f, .power = power};
    }
    if (d > 0) factors[library->nfactors[t]++] = (DscFactor){.feature = nfields + d - 1, .power = 1};
    PetscCall(DscLibraryNameTerm(library, t));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscLibraryCreate(DscOptions options, const DscDataSet *data, DscLibrary *library)
{
  const PetscInt nspace = data->ncoordinates - 1;
  PetscInt       polynomial, derivative, nright;
  PetscInt64     nterms;

  PetscFunctionBeginUser;
  *library = NULL;
  PetscCheck(data->nfields >= 1 && data->nfields <= DSC_MAX_FIELDS, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "%" PetscInt_FMT " fields", data->nfields);
  PetscCheck(nspace >= 0 && nspace < DSC_MAX_COORDINATES, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "%" PetscInt_FMT " coordinates", data->ncoordinates);
  PetscCall(DscLibraryCheckNames(data));
  PetscCall(DscOptionsGetInt(options, "library_polynomial", &polynomial));
  PetscCall(DscOptionsGetInt(options, "library_derivative", &derivative));
  nright = 1 + data->nfields * derivatives_count(nspace, derivative);
  nterms = monomials_count(data->nfields, polynomial) * nright;
  DscOptionsUserCheck(nterms <= LIBRARY_MAX_TERMS, options, PETSC_COMM_SELF, "library_polynomial",
                      "polynomials to degree %" PetscInt_FMT " and derivatives to order %" PetscInt_FMT
                      " of %" PetscInt_FMT " fields make %" PetscInt64_FMT
                      " candidate terms, more than the %d allowed; lower -library_polynomial or -library_derivative",
                      polynomial, derivative, data->nfields, nterms, LIBRARY_MAX_TERMS);

  PetscCall(PetscNew(library));
  (*library)->nfields = data->nfields;
  (*library)->nright  = nright;
  PetscCall(create_features(*library, data, derivative));
  PetscCall(create_monomials(*library, polynomial));
  PetscCall(create_terms(*library));
  PetscFunctionReturn(0);
}

PetscErrorCode DscLibraryDestroy(DscLibrary *library)
{
  PetscFunctionBeginUser;
  if (!*library) PetscFunctionReturn(0);
  for (PetscInt t = 0; t < (*library)->nterms; t++) PetscCall(PetscFree((*library)->names[t]));
  PetscCall(PetscFree3((*library)->names, (*library)->nfactors, (*library)->factors));
  PetscCall(PetscFree2((*library)->features, (*library)->left));
  PetscCall(PetscFree3((*library)->parent, (*library)->parent_field, (*library)->exponents));
  PetscCall(PetscFree2((*library)->monomial, (*library)->monomialbar));
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
  if (nfactors) *nfactors = library->nfactors[term];
  if (factors) *factors = library->factors + term * (library->nfields + 1);
  PetscFunctionReturn(0);
}
