/* Names of features and terms as a physicist writes them, and their order. */
#include "library/private.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names must survive being put into a product and parsed again. */
static PetscErrorCode check_name(const char what[], const char name[])
{
  PetscFunctionBeginUser;
  DscUserCheck(isalpha((unsigned char)name[0]) && strcspn(name, " \t*^()") == strlen(name), PETSC_COMM_SELF,
               "%s '%s' of the data set: a name in an equation starts with a letter and has no blank, '*', '^', '(' or "
               "')'; rename it",
               what, name);
  PetscFunctionReturn(0);
}

PetscErrorCode DscLibraryTakeNames(DscLibrary library, const DscDataSet *data)
{
  PetscFunctionBeginUser;
  library->nfields      = data->nfields;
  library->ncoordinates = data->ncoordinates;
  for (PetscInt f = 0; f < data->nfields; f++) {
    PetscCall(check_name("field", data->field_names[f]));
    PetscCall(PetscStrncpy(library->field_names[f], data->field_names[f], DSC_NAME_LENGTH));
  }
  for (PetscInt c = 0; c < data->ncoordinates; c++) {
    PetscCall(check_name("coordinate", data->coordinate_names[c]));
    PetscCall(PetscStrncpy(library->coordinate_names[c], data->coordinate_names[c], DSC_NAME_LENGTH));
  }
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

PetscErrorCode DscLibraryNameFeature(DscLibrary library, DscFeature *feature)
{
  PetscBool derivative = PETSC_FALSE;

  PetscFunctionBeginUser;
  feature->name[0] = '\0';
  if (feature->kind == DSC_FEATURE_COORDINATE) {
    PetscCall(append(feature->name, library->coordinate_names[feature->coordinate]));
    PetscFunctionReturn(0);
  }
  PetscCall(append(feature->name, library->field_names[feature->field]));
  for (PetscInt c = 0; c < library->ncoordinates; c++) {
    for (PetscInt k = 0; k < feature->order[c]; k++) {
      if (!derivative) PetscCall(append(feature->name, "_"));
      derivative = PETSC_TRUE;
      PetscCall(append(feature->name, library->coordinate_names[c]));
    }
  }
  PetscFunctionReturn(0);
}

/* 'sin(u)', 'cos(2 u)' */
static PetscErrorCode append_function(char name[], const DscFactor *factor, const char feature[])
{
  char multiple[32];

  PetscFunctionBeginUser;
  PetscCall(append(name, factor->function == DSC_FUNCTION_SIN ? "sin(" : "cos("));
  if (factor->multiple != 1.0) {
    snprintf(multiple, sizeof(multiple), "%.15g ", factor->multiple);
    PetscCall(append(name, multiple));
  }
  PetscCall(append(name, feature));
  PetscCall(append(name, ")"));
  PetscFunctionReturn(0);
}

PetscErrorCode DscLibraryNameTerm(DscLibrary library, PetscInt term)
{
  const LibraryTerm *t                     = &library->terms[term];
  char               name[DSC_NAME_LENGTH] = "", power[16];

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < t->nfactors; k++) {
    const DscFactor *factor  = &t->factors[k];
    const char      *feature = library->features[factor->feature].name;

    if (k > 0) PetscCall(append(name, " "));
    if (factor->function == DSC_FUNCTION_NONE)
      PetscCall(append(name, feature));
    else
      PetscCall(append_function(name, factor, feature));
    if (factor->power > 1) {
      snprintf(power, sizeof(power), "^%" PetscInt_FMT, factor->power);
      PetscCall(append(name, power));
    }
  }
  PetscCall(PetscStrallocpy(t->nfactors > 0 ? name : "1", &library->names[term]));
  PetscFunctionReturn(0);
}

/* 0: coordinate, 1: field or derivative, 2: sine or cosine */
static int place_of(DscLibrary library, const DscFactor *factor)
{
  if (factor->function != DSC_FUNCTION_NONE) return 2;
  return library->features[factor->feature].kind == DSC_FEATURE_COORDINATE ? 0 : 1;
}

int DscLibraryCompareFactors(DscLibrary library, const DscFactor *a, const DscFactor *b)
{
  const int pa = place_of(library, a), pb = place_of(library, b);

  if (pa != pb) return pa - pb;
  if (a->feature != b->feature) return a->feature < b->feature ? -1 : 1;
  if (a->multiple != b->multiple) return a->multiple < b->multiple ? -1 : 1;
  return (int)a->function - (int)b->function;
}

/* By insertion: there are a few at most. */
void DscLibrarySortFactors(DscLibrary library, PetscInt n, DscFactor factors[])
{
  for (PetscInt i = 1; i < n; i++) {
    const DscFactor factor = factors[i];
    PetscInt        k      = i;

    for (; k > 0 && DscLibraryCompareFactors(library, &factor, &factors[k - 1]) < 0; k--) factors[k] = factors[k - 1];
    factors[k] = factor;
  }
}
