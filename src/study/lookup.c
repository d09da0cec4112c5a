#include "study/lookup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  char    *text; /* (owned) canonical */
  PetscInt index;
} Entry;

struct _p_DscLookup {
  const DscOptionSpec *spec; /* (not owned) */
  PetscBool            rounded;
  PetscInt             n;
  Entry               *entries; /* (owned) [n] sorted by text */
};

static int compare_entries(const void *a, const void *b)
{
  return strcmp(((const Entry *)a)->text, ((const Entry *)b)->text);
}

/* A text that is the same for all spellings of a value; allocated. */
static PetscErrorCode normalize(const DscOptionSpec *spec, PetscBool rounded, const char text[], char **normal)
{
  char   digits[32], *end;
  double number;

  PetscFunctionBeginUser;
  if (rounded && spec->type == DSC_REAL) {
    number = strtod(text, &end);
    if (end > text && !*end) {
      snprintf(digits, sizeof(digits), "%.12g", number);
      text = digits;
    }
  }
  PetscCall(DscOptionsCanonical(spec, text, normal));
  PetscFunctionReturn(0);
}

PetscErrorCode DscLookupCreate(const DscOptionSpec *spec, PetscInt n, const char *const texts[], PetscBool rounded,
                               DscLookup *lookup)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(lookup));
  (*lookup)->spec    = spec;
  (*lookup)->rounded = rounded;
  (*lookup)->n       = n;
  PetscCall(PetscCalloc1(n, &(*lookup)->entries));
  for (PetscInt i = 0; i < n; i++) {
    (*lookup)->entries[i].index = i;
    PetscCall(normalize(spec, rounded, texts[i], &(*lookup)->entries[i].text));
  }
  qsort((*lookup)->entries, (size_t)n, sizeof(Entry), compare_entries);
  PetscFunctionReturn(0);
}

PetscErrorCode DscLookupFind(DscLookup lookup, const char text[], PetscInt *index)
{
  Entry        sought = {NULL, 0};
  const Entry *found  = NULL;

  PetscFunctionBeginUser;
  PetscCall(normalize(lookup->spec, lookup->rounded, text, &sought.text));
  if (lookup->n) found = bsearch(&sought, lookup->entries, (size_t)lookup->n, sizeof(Entry), compare_entries);
  *index = found ? found->index : -1;
  PetscCall(PetscFree(sought.text));
  PetscFunctionReturn(0);
}

PetscErrorCode DscLookupDestroy(DscLookup *lookup)
{
  PetscFunctionBeginUser;
  if (!*lookup) PetscFunctionReturn(0);
  for (PetscInt i = 0; i < (*lookup)->n; i++) PetscCall(PetscFree((*lookup)->entries[i].text));
  PetscCall(PetscFree((*lookup)->entries));
  PetscCall(PetscFree(*lookup));
  PetscFunctionReturn(0);
}
