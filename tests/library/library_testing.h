/* Short hands of the tests of src/library. */
#ifndef DISCERN_TESTS_LIBRARY_TESTING_H
#define DISCERN_TESTS_LIBRARY_TESTING_H

#include "test_main.h"

#include <discern/library.h>

#include <math.h>
#include <string.h>

/* The names are all that a library wants of a data set. coordinates, fields: blank-free names, NULL at the end. */
static inline DscDataSet data_of(const char *const coordinates[], const char *const fields[])
{
  DscDataSet data = {0};

  for (; coordinates[data.ncoordinates]; data.ncoordinates++)
    strcpy(data.coordinate_names[data.ncoordinates], coordinates[data.ncoordinates]);
  for (; fields[data.nfields]; data.nfields++) strcpy(data.field_names[data.nfields], fields[data.nfields]);
  return data;
}

/* pairs: key, value, key, value, ..., NULL; *library may be there even where it fails. */
static inline PetscErrorCode try_library_with(const char *const pairs[], const DscDataSet *data, DscLibrary *library)
{
  DscOptions     options;
  PetscErrorCode ierr;

  *library = NULL;
  CALL(DscLibraryRegisterOptions());
  CALL(DscOptionsCreate(&options));
  for (; *pairs; pairs += 2) CALL(DscOptionsSet(options, pairs[0], pairs[1]));
  ierr = DscLibraryCreate(options, data, library);
  CALL(DscOptionsDestroy(&options));
  return ierr;
}

/* NULL: the default. */
static inline PetscErrorCode try_library(const char polynomial[], const char derivative[], const DscDataSet *data,
                                         DscLibrary *library)
{
  const char *pairs[5] = {NULL};
  int         n        = 0;

  if (polynomial) pairs[n++] = "library_polynomial", pairs[n++] = polynomial;
  if (derivative) pairs[n++] = "library_derivative", pairs[n++] = derivative;
  return try_library_with(pairs, data, library);
}

static inline DscLibrary library_with(const char *const pairs[], const char *const coordinates[],
                                      const char *const fields[])
{
  const DscDataSet data = data_of(coordinates, fields);
  DscLibrary       library;

  CALL(try_library_with(pairs, &data, &library));
  return library;
}

/* NULL: the default. */
static inline DscLibrary library_of(const char polynomial[], const char derivative[], const char *const coordinates[],
                                    const char *const fields[])
{
  const DscDataSet data = data_of(coordinates, fields);
  DscLibrary       library;

  CALL(try_library(polynomial, derivative, &data, &library));
  return library;
}

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

static inline PetscInt find(DscLibrary library, const char name[])
{
  PetscInt index = -2;

  CALL(DscLibraryFindTerm(library, name, &index));
  return index;
}

/* names: all terms in order, NULL at the end. Every name must also be found again. */
static inline void assert_terms(DscLibrary library, const char *const names[])
{
  PetscInt           nterms, n = 0;
  const char *const *terms;

  CALL(DscLibraryGetTerms(library, &nterms, &terms));
  for (; names[n]; n++) {
    assert_true(n < nterms);
    assert_string_equal(terms[n], names[n]);
    assert_int_equal(find(library, terms[n]), n);
  }
  assert_int_equal(nterms, n);
}

#endif
