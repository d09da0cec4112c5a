/* Names of features and terms as a physicist writes them, and the way back. */
#include "library/private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Names must survive being put into a product and parsed again. */
static PetscErrorCode check_name(const char what[], const char name[])
{
  PetscFunctionBeginUser;
  DscUserCheck(isalpha((unsigned char)name[0]) && strcspn(name, " \t*^") == strlen(name), PETSC_COMM_SELF,
               "%s '%s' of the data set: a name in an equation starts with a letter and has no blank, '*' or '^'; "
               "rename it",
               what, name);
  PetscFunctionReturn(0);
}

PetscErrorCode DscLibraryCheckNames(const DscDataSet *data)
{
  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < data->nfields; f++) PetscCall(check_name("field", data->field_names[f]));
  for (PetscInt c = 0; c < data->ncoordinates; c++) PetscCall(check_name("coordinate", data->coordinate_names[c]));
  PetscFunctionReturn(0);
}

/* Appends to a name of DSC_NAME_LENGTH characters. Not with PetscStrlcat(): PETSc 3.18's counts the room wrongly. */
static PetscErrorCode append(char name[], const char text[])
{
  const size_t used = strlen(name), added = strlen(text);

  PetscFunctionBeginUser;
  DscUserCheck(used + added < DSC_NAME_LENGTH, PETSC_COMM_SELF,
               "library: the name of the term '%s%s...' has more than %d characters; shorten the names of the fields "
               "and coordinates",
               name, text, DSC_NAME_LENGTH - 1);
  memcpy(name + used, text, added + 1);
  PetscFunctionReturn(0);
}

PetscErrorCode DscLibraryNameFeature(const DscDataSet *data, DscFeature *feature)
{
  PetscBool derivative = PETSC_FALSE;

  PetscFunctionBeginUser;
  feature->name[0] = '\0';
  PetscCall(append(feature->name, data->field_names[feature->field]));
  for (PetscInt c = 0; c < data->ncoordinates; c++) {
    for (PetscInt k = 0; k < feature->order[c]; k++) {
      if (!derivative) PetscCall(append(feature->name, "_"));
      derivative = PETSC_TRUE;
      PetscCall(append(feature->name, data->coordinate_names[c]));
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscLibraryNameTerm(DscLibrary library, PetscInt term)
{
  const DscFactor *factors               = library->factors + term * (library->nfields + 1);
  char             name[DSC_NAME_LENGTH] = "", power[16];

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < library->nfactors[term]; k++) {
    if (k > 0) PetscCall(append(name, " "));
    PetscCall(append(name, library->features[factors[k].feature].name));
    if (factors[k].power > 1) {
      PetscCall(PetscSNPrintf(power, sizeof(power), "^%" PetscInt_FMT, factors[k].power));
      PetscCall(append(name, power));
    }
  }
  PetscCall(PetscStrallocpy(library->nfactors[term] > 0 ? name : "1", &library->names[term]));
  PetscFunctionReturn(0);
}

/* The feature called name[0..length), or -1. */
static PetscInt find_feature(DscLibrary library, const char name[], size_t length)
{
  for (PetscInt f = 0; f < library->nfeatures; f++)
    if (strlen(library->features[f].name) == length && strncmp(library->features[f].name, name, length) == 0) return f;
  return -1;
}

/* Adds the powers of the features in a product to `powers` [nfeatures]; false if it is not a product of features. */
static PetscBool parse_product(DscLibrary library, const char name[], PetscInt powers[])
{
  PetscBool factor_due = PETSC_TRUE; /* at the start and after '*' */

  for (const char *p = name + strspn(name, " \t"); *p; p += strspn(p, " \t")) {
    const size_t length = strcspn(p, " \t*^");
    PetscInt     feature, power = 1;

    if (*p == '*') {
      if (factor_due) return PETSC_FALSE;
      factor_due = PETSC_TRUE;
      p++;
      continue;
    }
    feature = find_feature(library, p, length);
    if (feature < 0 && !(length == 1 && *p == '1')) return PETSC_FALSE;
    p += length;
    p += strspn(p, " \t");
    if (*p == '^') {
      char      *end;
      const long exponent = strtol(p + 1, &end, 10);

      if (end == p + 1 || exponent < 1 || exponent > LIBRARY_MAX_TERMS) return PETSC_FALSE;
      power = (PetscInt)exponent;
      p     = end;
    }
    if (feature >= 0) powers[feature] += power;
    factor_due = PETSC_FALSE;
  }
  return factor_due ? PETSC_FALSE : PETSC_TRUE;
}

static PetscBool has_powers(DscLibrary library, PetscInt term, const PetscInt powers[])
{
  const DscFactor *factors = library->factors + term * (library->nfields + 1);
  PetscInt         degree = 0, found = 0;

  for (PetscInt f = 0; f < library->nfeatures; f++) degree += powers[f];
  for (PetscInt k = 0; k < library->nfactors[term]; k++) {
    if (powers[factors[k].feature] != factors[k].power) return PETSC_FALSE;
    found += factors[k].power;
  }
  return degree == found ? PETSC_TRUE : PETSC_FALSE;
}

PetscErrorCode DscLibraryFindTerm(DscLibrary library, const char name[], PetscInt *index)
{
  PetscInt *powers;

  PetscFunctionBeginUser;
  *index = -1;
  PetscCall(PetscCalloc1(library->nfeatures, &powers));
  if (parse_product(library, name, powers)) {
    for (PetscInt t = 0; t < library->nterms && *index < 0; t++)
      if (has_powers(library, t, powers)) *index = t;
  }
  PetscCall(PetscFree(powers));
  PetscFunctionReturn(0);
}
