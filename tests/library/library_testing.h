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

static inline PetscErrorCode try_library(const char polynomial[], const char derivative[], const DscDataSet *data,
                                         DscLibrary *library)
{
  static PetscBool registered = PETSC_FALSE;
  DscOptions       options;
  PetscErrorCode   ierr;

  if (!registered) CALL(DscLibraryRegisterOptions());
  registered = PETSC_TRUE;
  CALL(DscOptionsCreate(&options));
  if (polynomial) CALL(DscOptionsSet(options, "library_polynomial", polynomial));
  if (derivative) CALL(DscOptionsSet(options, "library_derivative", derivative));
  ierr = DscLibraryCreate(options, data, library);
  CALL(DscOptionsDestroy(&options));
  return ierr;
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

#endif
