/* Sweep axes: 'sweep_KEY' is a list of values of KEY or, for an integer, inclusive ranges '0-9' and '0-100:10'. */
#include "sys/options_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_AXIS = 1000000 };

PetscBool DscOptionIsSweep(const char key[])
{
  return strncmp(key, DSC_SWEEP_PREFIX, strlen(DSC_SWEEP_PREFIX)) ? PETSC_FALSE : PETSC_TRUE;
}

PetscErrorCode DscOptionsDropAxes(DscOptions options)
{
  PetscFunctionBeginUser;
  for (PetscInt a = 0; a < options->naxes; a++)
    PetscCall(DscOptionsRestoreStrings(options->axes[a].n, &options->axes[a].values));
  PetscCall(PetscFree(options->axes));
  options->naxes = -1;
  PetscFunctionReturn(0);
}

/* Is text 'FIRST-LAST' or 'FIRST-LAST:STEP'? Its parts as they stand, signs included. */
static PetscBool split_range(const char text[], size_t size, char first[], char last[], char step[])
{
  size_t      sign = text[0] == '-' || text[0] == '+', digits = strspn(text + sign, "0123456789");
  const char *rest  = text + sign + digits;
  const char *colon = strchr(rest, ':');
  size_t      tail;

  if (digits == 0 || *rest != '-') return PETSC_FALSE;
  tail = colon ? (size_t)(colon - rest - 1) : strlen(rest + 1);
  if (sign + digits >= size || tail >= size || (colon && strlen(colon) >= size)) return PETSC_FALSE;
  snprintf(first, size, "%.*s", (int)(sign + digits), text);
  snprintf(last, size, "%.*s", (int)tail, rest + 1);
  snprintf(step, size, "%s", colon ? colon + 1 : "1");
  return PETSC_TRUE;
}

typedef struct {
  PetscInt first, step, count;
} Range;

static PetscErrorCode read_range(DscOptions options, const DscOptionEntry *entry, const char item[],
                                 PetscBool *is_range, Range *range)
{
  enum { SIZE = 32 };
  char         first[SIZE], last[SIZE], step[SIZE];
  PetscInt     end;
  long long    count;
  DscComplaint complaint;

  PetscFunctionBeginUser;
  *is_range = split_range(item, SIZE, first, last, step);
  if (!*is_range) PetscFunctionReturn(0);
  DscOptionsUserCheck(DscParseInt(first, &range->first, &complaint) && DscParseInt(last, &end, &complaint) &&
                          DscParseInt(step, &range->step, &complaint),
                      options, PETSC_COMM_SELF, entry->key,
                      "'%s' is no range of integers; allowed: FIRST-LAST or FIRST-LAST:STEP, as 0-9 or 0-100:10", item);
  DscOptionsUserCheck(range->step > 0, options, PETSC_COMM_SELF, entry->key, "the step of range '%s' is not positive",
                      item);
  DscOptionsUserCheck(end >= range->first, options, PETSC_COMM_SELF, entry->key,
                      "range '%s' is empty: its end lies before its start", item);
  count = ((long long)end - range->first) / range->step + 1;
  DscOptionsUserCheck(count <= LONGEST_AXIS, options, PETSC_COMM_SELF, entry->key, "range '%s' has more than %d values",
                      item, LONGEST_AXIS);
  range->count = (PetscInt)count;
  PetscFunctionReturn(0);
}

static PetscErrorCode append_range(const Range *range, PetscInt *n, char **values)
{
  char text[32];

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < range->count; i++) {
    PetscCall(PetscSNPrintf(text, sizeof text, "%lld", (long long)range->first + (long long)i * range->step));
    PetscCall(PetscStrallocpy(text, &values[(*n)++]));
  }
  PetscFunctionReturn(0);
}

/* The items of an entry, ranges written out; values is as long as n says. */
static PetscErrorCode expand_items(DscOptions options, const DscOptionEntry *entry, PetscBool ranges, PetscInt nitems,
                                   char **items, PetscInt *n, char ***values)
{
  PetscInt  total = 0;
  PetscBool is_range;
  Range     range;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < nitems; i++) {
    is_range = PETSC_FALSE;
    if (ranges) PetscCall(read_range(options, entry, items[i], &is_range, &range));
    total += is_range ? range.count : 1;
    DscOptionsUserCheck(total <= LONGEST_AXIS, options, PETSC_COMM_SELF, entry->key, "more than %d values",
                        LONGEST_AXIS);
  }
  PetscCall(PetscCalloc1(total, values));
  *n = 0;
  for (PetscInt i = 0; i < nitems; i++) {
    is_range = PETSC_FALSE;
    if (ranges) PetscCall(read_range(options, entry, items[i], &is_range, &range));
    if (is_range)
      PetscCall(append_range(&range, n, *values));
    else
      PetscCall(PetscStrallocpy(items[i], &(*values)[(*n)++]));
  }
  PetscFunctionReturn(0);
}

static int compare_strings(const void *a, const void *b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static PetscErrorCode check_values(DscOptions options, const DscOptionEntry *entry, const DscOptionSpec *spec,
                                   PetscInt n, char **values)
{
  const char **sorted, *twice = NULL;
  PetscBool    fits;
  DscComplaint complaint;
  char         allowed[512];

  PetscFunctionBeginUser;
  DscOptionsDescribe(spec, sizeof allowed, allowed);
  for (PetscInt i = 0; i < n; i++) {
    PetscCall(DscOptionsValueFits(spec, values[i], &fits, &complaint));
    DscOptionsUserCheck(fits && *values[i], options, PETSC_COMM_SELF, entry->key, "value '%s': %s; allowed: %s",
                        values[i], *values[i] ? complaint.text : "empty", allowed);
    PetscCall(DscOptionsSpellChoices(spec, values[i]));
  }
  PetscCall(PetscMalloc1(n, &sorted));
  for (PetscInt i = 0; i < n; i++) sorted[i] = values[i];
  qsort(sorted, (size_t)n, sizeof *sorted, compare_strings);
  for (PetscInt i = 1; i < n && !twice; i++) twice = strcmp(sorted[i - 1], sorted[i]) ? NULL : sorted[i];
  PetscCall(PetscFree(sorted));
  DscOptionsUserCheck(!twice, options, PETSC_COMM_SELF, entry->key, "value '%s' is given twice", twice);
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptionsExpandSweep(DscOptions options, const DscOptionEntry *entry, PetscInt *n, char ***values)
{
  const char          *key  = entry->key + strlen(DSC_SWEEP_PREFIX);
  const DscOptionSpec *spec = DscOptionsLookup(key);
  PetscInt             nitems;
  char               **items;
  PetscErrorCode       ierr;

  PetscFunctionBeginUser;
  PetscCheck(spec, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG, "sweep over %s, which is not in the registry", key);
  /* values that are lists themselves are kept apart by ';' */
  PetscCall(DscOptionsSplit(entry->value, strchr(entry->value, ';') ? ';' : ',', &nitems, &items));
  if (nitems > 1 && strchr(entry->value, ';') && !*items[nitems - 1]) {
    nitems--;
    PetscCall(PetscFree(items[nitems]));
  }
  DscOptionsUserCheck(nitems > 0, options, PETSC_COMM_SELF, entry->key, "a sweep needs at least one value");
  ierr = expand_items(options, entry, spec->type == DSC_INT ? PETSC_TRUE : PETSC_FALSE, nitems, items, n, values);
  PetscCall(DscOptionsRestoreStrings(nitems, &items));
  PetscCall(ierr);
  ierr = check_values(options, entry, spec, *n, *values);
  if (ierr) PetscCall(DscOptionsRestoreStrings(*n, values));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

/* The sweeps among the entries, in their order; nothing is kept if one of them has a mistake. */
static PetscErrorCode read_axes(DscOptions options)
{
  PetscInt       naxes = 0;
  PetscErrorCode ierr  = 0;

  PetscFunctionBeginUser;
  if (options->naxes >= 0) PetscFunctionReturn(0);
  for (PetscInt i = 0; i < options->n; i++) naxes += DscOptionIsSweep(options->entries[i].key) ? 1 : 0;
  PetscCall(PetscCalloc1(naxes, &options->axes));
  options->naxes = 0;
  for (PetscInt i = 0; i < options->n && !ierr; i++) {
    DscOptionAxis *axis = &options->axes[options->naxes];

    if (!DscOptionIsSweep(options->entries[i].key)) continue;
    axis->key = options->entries[i].key + strlen(DSC_SWEEP_PREFIX);
    ierr      = DscOptionsExpandSweep(options, &options->entries[i], &axis->n, &axis->values);
    if (!ierr) options->naxes++;
  }
  if (ierr) PetscCall(DscOptionsDropAxes(options));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptionsGetSweepCount(DscOptions options, PetscInt *naxes)
{
  PetscFunctionBeginUser;
  PetscCall(read_axes(options));
  *naxes = options->naxes;
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptionsGetSweep(DscOptions options, PetscInt axis, const char **key, PetscInt *nvalues,
                                  const char *const **values)
{
  PetscFunctionBeginUser;
  PetscCall(read_axes(options));
  PetscCheck(axis >= 0 && axis < options->naxes, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "no sweep axis %d",
             (int)axis);
  *key     = options->axes[axis].key;
  *nvalues = options->axes[axis].n;
  *values  = (const char *const *)options->axes[axis].values;
  PetscFunctionReturn(0);
}
