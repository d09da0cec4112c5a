/* The ordered set of options: what was given, where, and what a key resolves to. */
#include "sys/options_private.h"

#include <stdio.h>
#include <string.h>

PetscErrorCode DscOptionsCreate(DscOptions *options)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(options));
  (*options)->naxes = -1;
  PetscFunctionReturn(0);
}

static PetscErrorCode drop(DscOptions options, DscOptionEntry *entry)
{
  const size_t after = (size_t)(options->entries + options->n - (entry + 1));

  PetscFunctionBeginUser;
  PetscCall(PetscFree(entry->key));
  PetscCall(PetscFree(entry->value));
  PetscCall(PetscFree(entry->place));
  memmove(entry, entry + 1, after * sizeof *entry);
  options->n--;
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptionsDestroy(DscOptions *options)
{
  PetscFunctionBeginUser;
  if (!*options) PetscFunctionReturn(0);
  PetscCall(DscOptionsDropAxes(*options));
  while ((*options)->n) PetscCall(drop(*options, &(*options)->entries[(*options)->n - 1]));
  PetscCall(PetscFree((*options)->entries));
  PetscCall(PetscFree(*options));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptionsCopy(DscOptions from, DscOptions *to)
{
  PetscFunctionBeginUser;
  PetscCall(DscOptionsCreate(to));
  for (PetscInt i = 0; i < from->n; i++) {
    const DscOptionEntry *entry = &from->entries[i];

    PetscCall(DscOptionsPut(*to, entry->key, entry->value, entry->origin, entry->place));
  }
  PetscFunctionReturn(0);
}

DscOptionEntry *DscOptionsFind(DscOptions options, const char key[])
{
  for (PetscInt i = 0; i < options->n; i++)
    if (!strcmp(options->entries[i].key, key)) return &options->entries[i];
  return NULL;
}

static PetscErrorCode append(DscOptions options, const char key[], DscOptionEntry **entry)
{
  PetscFunctionBeginUser;
  if (options->n == options->capacity) {
    PetscInt capacity = options->capacity ? 2 * options->capacity : 32;

    PetscCall(PetscRealloc((size_t)capacity * sizeof(DscOptionEntry), &options->entries));
    options->capacity = capacity;
  }
  *entry = &options->entries[options->n++];
  PetscCall(PetscMemzero(*entry, sizeof **entry));
  PetscCall(PetscStrallocpy(key, &(*entry)->key));
  PetscFunctionReturn(0);
}

/* The next entry, from *next on, that gives the same key in another way: its value, its sweep, or its values for several
   experiments; NULL: there is none. */
static DscOptionEntry *find_counterpart(DscOptions options, const char key[], PetscInt *next)
{
  while (*next < options->n) {
    DscOptionEntry *entry = &options->entries[(*next)++];

    if (strcmp(entry->key, key) && !strcmp(entry->key + DscOptionPrefix(entry->key), key + DscOptionPrefix(key)))
      return entry;
  }
  return NULL;
}

/* The command line replaces what the file says of a key, be it a value, a sweep or a list for experiments. Both of one origin stay, for
   DscOptionsCheck() to refuse; DscOptionsSet() sets swept keys. */
static PetscErrorCode settle_counterpart(DscOptions options, const char key[], DscOptionOrigin origin, PetscBool *loses)
{
  DscOptionEntry *other;
  PetscInt        next = 0;

  PetscFunctionBeginUser;
  *loses = PETSC_FALSE;
  while ((other = find_counterpart(options, key, &next))) {
    if (origin == DSC_ORIGIN_FILE && other->origin == DSC_ORIGIN_COMMAND_LINE) *loses = PETSC_TRUE;
    if (origin == DSC_ORIGIN_COMMAND_LINE && other->origin == DSC_ORIGIN_FILE) {
      PetscCall(drop(options, other));
      next--;
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptionsPut(DscOptions options, const char key[], const char value[], DscOptionOrigin origin,
                             const char place[])
{
  const DscOptionSpec *spec = DscOptionsLookup(key);
  DscOptionEntry      *entry;
  PetscBool            loses;
  char                *copy;

  PetscFunctionBeginUser;
  PetscCall(settle_counterpart(options, key, origin, &loses));
  entry = DscOptionsFind(options, key);
  if (loses || (entry && entry->origin > origin)) PetscFunctionReturn(0);
  PetscCall(PetscStrallocpy(value, &copy)); /* value may be the entry's own */
  if (!entry) PetscCall(append(options, key, &entry));
  PetscCall(PetscFree(entry->value));
  PetscCall(PetscFree(entry->place));
  entry->value  = copy;
  entry->origin = origin;
  if (place) PetscCall(PetscStrallocpy(place, &entry->place));
  if (spec) PetscCall(DscOptionsSpellChoices(spec, entry->value));
  PetscCall(DscOptionsDropAxes(options));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptionsSet(DscOptions options, const char key[], const char value[])
{
  PetscFunctionBeginUser;
  PetscCall(DscOptionsPut(options, key, value, DSC_ORIGIN_CODE, NULL));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptionsIsSet(DscOptions options, const char key[], PetscBool *set)
{
  PetscFunctionBeginUser;
  PetscCheck(DscOptionPrefix(key) || DscOptionsLookup(key), PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG,
             "option %s is not in the registry", key);
  *set = DscOptionsFind(options, key) ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}

const char *DscOptionsWhere(DscOptions options, const char key[])
{
  enum { LONGEST = 60 }; /* longer values are cut */
  static char           where[2048];
  const DscOptionEntry *entry = DscOptionsFind(options, key);
  const DscOptionSpec  *spec  = DscOptionsLookup(key);
  const char           *value = entry ? entry->value : spec && spec->value ? spec->value : "";
  int                   used;

  if (entry && entry->place)
    used = snprintf(where, sizeof where, "%s: %s", entry->place, key);
  else if (entry && entry->origin == DSC_ORIGIN_COMMAND_LINE)
    used = snprintf(where, sizeof where, "command line: -%s", key);
  else
    used = snprintf(where, sizeof where, "%s: -%s", entry ? "program" : "default", key);
  if (*value && used > 0 && (size_t)used < sizeof where)
    snprintf(where + used, sizeof where - (size_t)used, " %.*s%s", LONGEST, value,
             strlen(value) > LONGEST ? "..." : "");
  return where;
}

/* The text that key resolves to, checked against its row. */
static PetscErrorCode resolve(DscOptions options, const char key[], DscOptionType type, const char **text)
{
  const DscOptionSpec  *spec  = DscOptionsLookup(key);
  const DscOptionEntry *entry = DscOptionsFind(options, key);
  char                  allowed[512];

  PetscFunctionBeginUser;
  PetscCheck(spec, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG, "option %s is not in the registry", key);
  PetscCheck(spec->type == type || (spec->type == DSC_CHOICE && type == DSC_STRING), PETSC_COMM_SELF,
             PETSC_ERR_ARG_WRONG, "option %s is registered with another type", key);
  if (entry) PetscCall(DscOptionsCheckEntry(options, entry));
  DscOptionsDescribe(spec, sizeof allowed, allowed);
  DscUserCheck(entry || spec->value, PETSC_COMM_SELF,
               "-%s is required: give it in the input file or on the command line; allowed: %s", key, allowed);
  *text = entry ? entry->value : spec->value;
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptionsGetBool(DscOptions options, const char key[], PetscBool *value)
{
  const char *text;

  PetscFunctionBeginUser;
  PetscCall(resolve(options, key, DSC_BOOL, &text));
  (void)DscParseBool(text, value);
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptionsGetInt(DscOptions options, const char key[], PetscInt *value)
{
  const char  *text;
  DscComplaint none;

  PetscFunctionBeginUser;
  PetscCall(resolve(options, key, DSC_INT, &text));
  (void)DscParseInt(text, value, &none);
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptionsGetReal(DscOptions options, const char key[], double *value)
{
  const char  *text;
  DscComplaint none;

  PetscFunctionBeginUser;
  PetscCall(resolve(options, key, DSC_REAL, &text));
  (void)DscParseReal(text, value, &none);
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptionsGetString(DscOptions options, const char key[], const char **value)
{
  PetscFunctionBeginUser;
  PetscCall(resolve(options, key, DSC_STRING, value));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptionsGetInts(DscOptions options, const char key[], PetscInt *n, PetscInt **values)
{
  const char  *text;
  char       **items;
  DscComplaint none;

  PetscFunctionBeginUser;
  PetscCall(resolve(options, key, DSC_INTS, &text));
  PetscCall(DscOptionsSplit(text, ',', n, &items));
  PetscCall(PetscMalloc1(*n, values));
  for (PetscInt i = 0; i < *n; i++) (void)DscParseInt(items[i], &(*values)[i], &none);
  PetscCall(DscOptionsRestoreStrings(*n, &items));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptionsGetReals(DscOptions options, const char key[], PetscInt *n, double **values)
{
  const char  *text;
  char       **items;
  DscComplaint none;

  PetscFunctionBeginUser;
  PetscCall(resolve(options, key, DSC_REALS, &text));
  PetscCall(DscOptionsSplit(text, ',', n, &items));
  PetscCall(PetscMalloc1(*n, values));
  for (PetscInt i = 0; i < *n; i++) (void)DscParseReal(items[i], &(*values)[i], &none);
  PetscCall(DscOptionsRestoreStrings(*n, &items));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptionsGetStrings(DscOptions options, const char key[], PetscInt *n, char ***values)
{
  const char *text;

  PetscFunctionBeginUser;
  PetscCall(resolve(options, key, DSC_STRINGS, &text));
  PetscCall(DscOptionsSplit(text, ',', n, values));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptionsRestoreStrings(PetscInt n, char ***values)
{
  PetscFunctionBeginUser;
  if (!*values) PetscFunctionReturn(0);
  for (PetscInt i = 0; i < n; i++) PetscCall(PetscFree((*values)[i]));
  PetscCall(PetscFree(*values));
  PetscFunctionReturn(0);
}
