/* The product library: polynomials of the fields times 1 or a derivative in space. */
#include "library/private.h"

static PetscErrorCode register_options(void)
{
  static const DscOptionSpec specs[] = {
      {"library_polynomial", DSC_INT, "3", 0, LIBRARY_MAX_POWER, NULL,
       "highest total degree of the polynomials of the fields"},
      {"library_derivative", DSC_INT, "4", 0, DSC_MAX_ORDER, NULL, "highest order of the derivatives in space"},
  };

  PetscFunctionBeginUser;
  PetscCall(DscOptionsRegister("library polynomial", (PetscInt)PETSC_STATIC_ARRAY_LENGTH(specs), specs));
  PetscFunctionReturn(0);
}

/* Binomial coefficient of nfields + degree over degree; far from 2^63 within the limits of the options. */
static PetscInt64 monomials_count(PetscInt nfields, PetscInt degree)
{
  PetscInt64 count = 1;

  for (PetscInt k = 1; k <= nfields; k++) count = count * (degree + k) / k;
  return count;
}

static PetscInt derivatives_count(PetscInt nspace, PetscInt derivative)
{
  return nspace * derivative + (derivative >= 2 ? nspace * (nspace - 1) / 2 : 0);
}

/* Derivatives of one field by order: u_x, u_y, u_xx, u_yy, u_xy, u_xxx, ...; mixed ones of second order only, which is
   what a jet gives by polarisation. */
static PetscErrorCode add_derivatives(DscLibrary library, PetscInt field, PetscInt derivative)
{
  const PetscInt nspace = library->ncoordinates - 1;
  PetscInt       unused;

  PetscFunctionBeginUser;
  for (PetscInt k = 1; k <= derivative; k++) {
    for (PetscInt a = 1; a <= nspace; a++) {
      DscFeature feature = {.field = field};

      feature.order[a] = k;
      PetscCall(DscLibraryAddFeature(library, &feature, &unused));
    }
    for (PetscInt a = 1; k == 2 && a <= nspace; a++) {
      for (PetscInt b = a + 1; b <= nspace; b++) {
        DscFeature feature = {.field = field};

        feature.order[a] = feature.order[b] = 1;
        PetscCall(DscLibraryAddFeature(library, &feature, &unused));
      }
    }
  }
  PetscFunctionReturn(0);
}

/* A monomial times 1 and each of the derivatives. */
static PetscErrorCode add_row(DscLibrary library, const PetscInt exponents[], PetscInt end)
{
  DscFactor factors[DSC_MAX_FIELDS + 1] = {{0}};
  PetscInt  n                           = 0;

  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < library->nfields; f++) {
    if (exponents[f] > 0) factors[n++] = (DscFactor){.feature = f, .power = exponents[f]};
  }
  PetscCall(DscLibraryAddTerm(library, n, factors));
  for (PetscInt d = library->nfields; d < end; d++) {
    factors[n] = (DscFactor){.feature = d, .power = 1};
    PetscCall(DscLibraryAddTerm(library, n + 1, factors));
  }
  PetscFunctionReturn(0);
}

/* The next monomial by degree, then with the first fields first: 1, u, v, u^2, u v, v^2, ... */
static void next_monomial(PetscInt nfields, PetscInt exponents[])
{
  const PetscInt last = exponents[nfields - 1];
  PetscInt       f    = nfields - 2;

  exponents[nfields - 1] = 0;
  while (f >= 0 && exponents[f] == 0) f--;
  if (f < 0) {
    exponents[0] = last + 1;
  } else {
    exponents[f]--;
    exponents[f + 1] = last + 1;
  }
}

static PetscErrorCode add(DscLibrary library, DscOptions options)
{
  PetscInt   polynomial, derivative, end, exponents[DSC_MAX_FIELDS] = {0};
  PetscInt64 nmonomials, nterms;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetInt(options, "library_polynomial", &polynomial));
  PetscCall(DscOptionsGetInt(options, "library_derivative", &derivative));
  nmonomials = monomials_count(library->nfields, polynomial);
  nterms     = nmonomials * (1 + library->nfields * derivatives_count(library->ncoordinates - 1, derivative));
  DscOptionsUserCheck(nterms <= LIBRARY_MAX_TERMS, options, PETSC_COMM_SELF, "library_polynomial",
                      "polynomials to degree %" PetscInt_FMT " and derivatives to order %" PetscInt_FMT
                      " of %" PetscInt_FMT " fields make %" PetscInt64_FMT
                      " candidate terms, more than the %d allowed; lower -library_polynomial or -library_derivative",
                      polynomial, derivative, library->nfields, nterms, LIBRARY_MAX_TERMS);
  for (PetscInt f = 0; f < library->nfields; f++) PetscCall(add_derivatives(library, f, derivative));
  end = library->nfeatures;
  for (PetscInt64 m = 0; m < nmonomials; m++) {
    PetscCall(add_row(library, exponents, end));
    next_monomial(library->nfields, exponents);
  }
  PetscFunctionReturn(0);
}

const DscLibraryKind DscLibraryPolynomial = {
    .name             = "polynomial",
    .help             = "products of powers of the fields, up to a total degree, times 1 or a derivative in space",
    .register_options = register_options,
    .add              = add};
