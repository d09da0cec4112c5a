/*
  Terms that are derivatives of products of the fields' powers. From the library: u^p, d^q u, and u^(p-1) u_x, which is
  d_x(u^p) / p and keeps its name. Beside them, for every product of degree 2 up to that of the library, the derivatives
  that the library has of one field: (u^2)_xx, (u v)_x.
*/
#include "method/result.h"
#include "method/weak_private.h"

static PetscInt find_monomial(const DscWeakTerms *t, const PetscInt exponent[])
{
  for (PetscInt m = 0; m < t->nmonomials; m++) {
    PetscBool same = PETSC_TRUE;

    for (PetscInt f = 0; f < t->nfields; f++) same = (PetscBool)(same && t->monomials[m].exponent[f] == exponent[f]);
    if (same) return m;
  }
  return -1;
}

/* With all that are below it, which its derivatives by the fields need. */
static PetscErrorCode add_monomial(DscWeakTerms *t, const PetscInt exponent[], PetscInt *index)
{
  DscMonomial m = {.exponent = {0}};

  PetscFunctionBeginUser;
  *index = find_monomial(t, exponent);
  if (*index >= 0) PetscFunctionReturn(0);
  for (PetscInt f = 0; f < t->nfields; f++) m.exponent[f] = exponent[f];
  for (PetscInt f = 0; f < t->nfields; f++) {
    PetscInt lower[DSC_MAX_FIELDS];

    m.lower[f] = -1;
    PetscCall(PetscArraycpy(lower, m.exponent, DSC_MAX_FIELDS));
    if (lower[f]-- > 0) PetscCall(add_monomial(t, lower, &m.lower[f]));
  }
  PetscCall(PetscRealloc(sizeof(*t->monomials) * (size_t)(t->nmonomials + 1), &t->monomials));
  t->monomials[t->nmonomials] = m;
  *index                      = t->nmonomials++;
  PetscFunctionReturn(0);
}

static PetscErrorCode add_functional(DscWeakTerms *t, const PetscInt order[], PetscInt *index)
{
  PetscInt total = 0;

  PetscFunctionBeginUser;
  for (*index = 0; *index < t->nfunctionals; (*index)++) {
    PetscBool same;

    PetscCall(PetscArraycmp(t->orders[*index], order, DSC_MAX_COORDINATES, &same));
    if (same) PetscFunctionReturn(0);
  }
  for (PetscInt c = 1; c < DSC_MAX_COORDINATES; c++) total += order[c];
  t->max_order = PetscMax(t->max_order, total);
  PetscCall(PetscRealloc(sizeof(*t->orders) * (size_t)(t->nfunctionals + 1), &t->orders));
  PetscCall(PetscArraycpy(t->orders[t->nfunctionals++], order, DSC_MAX_COORDINATES));
  PetscFunctionReturn(0);
}

static PetscInt total_order(const PetscInt order[])
{
  PetscInt total = 0;

  for (PetscInt c = 0; c < DSC_MAX_COORDINATES; c++) total += order[c];
  return total;
}

static PetscErrorCode add_term(DscWeakTerms *t, const char name[], const PetscInt exponent[], const PetscInt order[],
                               PetscInt divisor)
{
  DscWeakTerm *term;

  PetscFunctionBeginUser;
  if (t->nterms == t->capacity) {
    t->capacity = 2 * t->capacity + 64;
    PetscCall(PetscRealloc(sizeof(*t->terms) * (size_t)t->capacity, &t->terms));
  }
  term = &t->terms[t->nterms++];
  PetscCall(PetscStrncpy(term->name, name, DSC_NAME_LENGTH));
  PetscCall(add_monomial(t, exponent, &term->monomial));
  PetscCall(add_functional(t, order, &term->functional));
  term->factor = (total_order(order) % 2 ? -1.0 : 1.0) / (double)divisor;
  PetscFunctionReturn(0);
}

/* A term of the library as the derivative `order` of a product over `divisor`; false: it is none. */
static PetscBool has_weak_form(const DscFeature features[], PetscInt nfactors, const DscFactor factors[],
                               PetscInt exponent[], PetscInt order[], PetscInt *divisor)
{
  PetscInt derived = -1, degree = 0;

  for (PetscInt k = 0; k < nfactors; k++) {
    const DscFeature *feature = &features[factors[k].feature];

    if (feature->kind != DSC_FEATURE_DERIVATIVE || factors[k].function != DSC_FUNCTION_NONE) return PETSC_FALSE;
    if (total_order(feature->order) > 0) {
      if (derived >= 0 || factors[k].power > 1) return PETSC_FALSE;
      derived = feature->field;
      for (PetscInt c = 0; c < DSC_MAX_COORDINATES; c++) order[c] = feature->order[c];
    }
    exponent[feature->field] += factors[k].power;
    degree += factors[k].power;
  }
  *divisor = derived >= 0 ? degree : 1;
  return (PetscBool)(derived < 0 || degree == 1 || (total_order(order) == 1 && exponent[derived] == degree));
}

/* listed: a user's list of terms, of which none may be missing. */
static PetscErrorCode add_library(DscWeakTerms *t, DscOptions options, PetscBool listed, DscLibrary library,
                                  const DscFeature features[])
{
  const char *const *names;

  PetscFunctionBeginUser;
  PetscCall(DscLibraryGetTerms(library, &t->nlibrary, &names));
  PetscCall(PetscMalloc1(t->nlibrary, &t->of_library));
  for (PetscInt j = 0; j < t->nlibrary; j++) {
    PetscInt         exponent[DSC_MAX_FIELDS] = {0}, order[DSC_MAX_COORDINATES] = {0}, nfactors, divisor;
    const DscFactor *factors;
    PetscBool        weak;

    PetscCall(DscLibraryGetFactors(library, j, &nfactors, &factors));
    t->of_library[j] = -1;
    weak             = has_weak_form(features, nfactors, factors, exponent, order, &divisor);
    DscOptionsUserCheck(weak || !listed, options, PETSC_COMM_SELF, "library_terms",
                        "'%s' has no weak form: those of u^p, derivatives of u, and u^p u_x have; remove it", names[j]);
    if (!weak) continue;
    t->of_library[j] = t->nterms;
    PetscCall(add_term(t, names[j], exponent, order, divisor));
  }
  PetscFunctionReturn(0);
}

/* '(u v)_xy' */
static PetscErrorCode name_derivative(const DscDataSet *data, const PetscInt exponent[], const PetscInt order[],
                                      char name[])
{
  size_t used                      = 0;
  char   text[2 * DSC_NAME_LENGTH] = "(";

  PetscFunctionBeginUser;
  used = 1;
  for (PetscInt f = 0; f < data->nfields && used < DSC_NAME_LENGTH; f++) {
    if (exponent[f] == 0) continue;
    used += (size_t)snprintf(text + used, sizeof(text) - used, exponent[f] > 1 ? "%s%s^%d" : "%s%s",
                             used > 1 ? " " : "", data->field_names[f], (int)exponent[f]);
  }
  used = PetscMin(used, (size_t)DSC_NAME_LENGTH);
  used += (size_t)snprintf(text + used, sizeof(text) - used, ")_");
  for (PetscInt c = 1; c < data->ncoordinates; c++) {
    for (PetscInt k = 0; k < order[c] && used < DSC_NAME_LENGTH; k++)
      used += (size_t)snprintf(text + used, sizeof(text) - used, "%s", data->coordinate_names[c]);
  }
  DscUserCheck(used < DSC_NAME_LENGTH, PETSC_COMM_SELF,
               "library: the name of the term '%s' has more than %d characters; shorten the names of the fields and "
               "coordinates",
               text, DSC_NAME_LENGTH - 1);
  PetscCall(PetscStrncpy(name, text, DSC_NAME_LENGTH));
  PetscFunctionReturn(0);
}

/* Derivatives of products that are no terms of a library: of two fields or more, and of higher order. */
static PetscErrorCode add_products(DscWeakTerms *t, const DscDataSet *data, PetscInt nfeatures,
                                   const DscFeature features[])
{
  const PetscInt nlibrary = t->nterms;

  PetscFunctionBeginUser;
  for (PetscInt j = 0; j < nlibrary; j++) { /* the library's products: its terms without derivatives */
    PetscInt exponent[DSC_MAX_FIELDS], nfactors = 0, degree = 0;
    char     name[DSC_NAME_LENGTH];

    if (total_order(t->orders[t->terms[j].functional]) > 0) continue;
    PetscCall(PetscArraycpy(exponent, t->monomials[t->terms[j].monomial].exponent, DSC_MAX_FIELDS));
    for (PetscInt f = 0; f < t->nfields; f++) {
      nfactors += exponent[f] > 0 ? 1 : 0;
      degree += exponent[f];
    }
    for (PetscInt i = 0; i < nfeatures && degree > 1; i++) {
      const PetscInt total = total_order(features[i].order);

      if (features[i].field != 0 || features[i].order[0] > 0 || total == 0 || (total == 1 && nfactors == 1)) continue;
      PetscCall(name_derivative(data, exponent, features[i].order, name));
      PetscCall(add_term(t, name, exponent, features[i].order, 1));
    }
  }
  PetscFunctionReturn(0);
}

/* <-d_t phi, u> of each field, behind the terms. */
static PetscErrorCode add_left(DscWeakTerms *t)
{
  const PetscInt time[DSC_MAX_COORDINATES] = {1};

  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < t->nfields; f++) {
    PetscInt exponent[DSC_MAX_FIELDS] = {0};

    exponent[f] = 1;
    PetscCall(add_term(t, "", exponent, time, 1));
  }
  t->nterms -= t->nfields;
  PetscFunctionReturn(0);
}

PetscErrorCode DscWeakTermsCreate(DscOptions options, DscLibrary library, const DscDataSet *data, DscWeakTerms *terms)
{
  const PetscInt    time[DSC_MAX_COORDINATES] = {1}, none[DSC_MAX_COORDINATES] = {0};
  const DscFeature *features;
  PetscInt          nfeatures, index;
  PetscBool         listed;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsIsSet(options, "library_terms", &listed));
  PetscCall(PetscMemzero(terms, sizeof(*terms)));
  terms->nfields      = data->nfields;
  terms->ncoordinates = data->ncoordinates;
  PetscCall(add_functional(terms, time, &index));
  PetscCall(add_functional(terms, none, &index));
  PetscCall(DscLibraryGetFeatures(library, &nfeatures, &features));
  PetscCall(add_library(terms, options, listed, library, features));
  if (!listed) PetscCall(add_products(terms, data, nfeatures, features));
  DscOptionsUserCheck(terms->nterms > 0, options, PETSC_COMM_SELF, "library_polynomial",
                      "no term of the library has a weak form");
  PetscCall(add_left(terms));
  PetscFunctionReturn(0);
}

PetscErrorCode DscWeakTermsDestroy(DscWeakTerms *terms)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(terms->monomials));
  PetscCall(PetscFree(terms->orders));
  PetscCall(PetscFree(terms->terms));
  PetscCall(PetscFree(terms->of_library));
  PetscFunctionReturn(0);
}

PetscErrorCode DscWeakTermsFind(const DscWeakTerms *terms, DscLibrary library, const char name[], PetscInt *index)
{
  PetscInt j;

  PetscFunctionBeginUser;
  PetscCall(DscLibraryFindTerm(library, name, &j));
  *index = j >= 0 ? terms->of_library[j] : -1;
  for (PetscInt k = 0; k < terms->nterms && *index < 0; k++) {
    if (strcmp(terms->terms[k].name, name) == 0) *index = k;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscWeakTermsSetEquation(const DscWeakTerms *terms, DscLibrary library, const DscDataSet *data,
                                       DscResult *result, PetscBool *truth_inside)
{
  const PetscInt    M = terms->nterms;
  const PetscInt   *left;
  const DscFeature *features;
  PetscInt          nfeatures;

  PetscFunctionBeginUser;
  PetscCall(DscResultAllocate(result, terms->nfields, M));
  PetscCall(DscLibraryGetLeft(library, &result->nleft, &left));
  PetscCall(DscLibraryGetFeatures(library, &nfeatures, &features));
  for (PetscInt f = 0; f < terms->nfields; f++)
    PetscCall(PetscStrncpy(result->left[f], features[left[f]].name, DSC_NAME_LENGTH));
  for (PetscInt j = 0; j < M; j++) PetscCall(PetscStrncpy(result->terms[j], terms->terms[j].name, DSC_NAME_LENGTH));
  for (PetscInt i = 0; i < terms->nfields * M; i++) result->truth[i] = data->ntruth > 0 ? 0.0 : NAN;
  *truth_inside = PETSC_TRUE;
  for (PetscInt k = 0; k < data->ntruth; k++) {
    PetscInt j;

    PetscCall(DscWeakTermsFind(terms, library, data->truth_terms[k], &j));
    for (PetscInt f = 0; f < terms->nfields; f++) {
      const double value = data->truth_values[f * data->ntruth + k];

      if (j >= 0)
        result->truth[f * M + j] = value;
      else if (value != 0.0)
        *truth_inside = PETSC_FALSE;
    }
  }
  PetscFunctionReturn(0);
}

/* s^n He_n(u / s): h_0 = 1, h_1 = u, h_n+1 = u h_n - n s^2 h_n-1 */
static double hermite(PetscInt n, double u, double s2)
{
  double before = 0.0, h = 1.0;

  for (PetscInt k = 0; k < n; k++) {
    const double next = u * h - (double)k * s2 * before;

    before = h;
    h      = next;
  }
  return h;
}

PetscErrorCode DscWeakTermsEvaluate(const DscWeakTerms *terms, PetscInt nsamples, double *const fields[],
                                    const double noise2[], double F[])
{
  PetscFunctionBeginUser;
  for (PetscInt m = 0; m < terms->nmonomials; m++) {
    double *restrict values = F + (size_t)m * (size_t)nsamples;

    for (PetscInt i = 0; i < nsamples; i++) values[i] = 1.0;
    for (PetscInt f = 0; f < terms->nfields; f++) {
      const PetscInt exponent  = terms->monomials[m].exponent[f];
      const double *restrict u = fields[f];

      for (PetscInt i = 0; i < nsamples && exponent > 0; i++) values[i] *= hermite(exponent, u[i], noise2[f]);
    }
  }
  PetscFunctionReturn(0);
}
