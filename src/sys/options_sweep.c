/* Sweep axes: 'sweep_KEY' is a list of values of KEY; for a number also of inclusive ranges '0-9', '0.1-1:0.1'. */
#include "sys/options_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_AXIS = 1000000 };

PetscBool DscOptionIsSweep(const char key[])
{
  return strncmp(key, DSC_SWEEP_PREFIX, strlen(DSC_SWEEP_PREFIX)) ? PETSC_FALSE : PETSC_TRUE;
}

size_t DscOptionPrefix(const char key[])
{
  if (DscOptionIsSweep(key)) return strlen(DSC_SWEEP_PREFIX);
  return DscOptionIsExperiments(key) ? strlen(DSC_EXPERIMENTS_PREFIX) : 0;
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

/* Values (first + i step) 10^exponent, i = 0 ... count - 1: decimal, so that 0.1-0.5:0.1 meets 0.3 and its own end. */
typedef struct {
  int64_t  first, last, step;
  int      exponent;
  PetscInt count;
} Range;

enum { PART_SIZE = 64, MAX_DIGITS = 17 };

static const int64_t TOO_LARGE = 10000000000000000; /* 10^(MAX_DIGITS - 1): no room for another digit */

typedef struct {
  char first[PART_SIZE], last[PART_SIZE], step[PART_SIZE]; /* as they stand, signs included; step may be empty */
} RangeText;

/* Is text, whose first number ends at `end`, 'FIRST-LAST' or 'FIRST-LAST:STEP'? */
static PetscBool split_range(const char text[], const char end[], RangeText *range)
{
  const char *colon = strchr(end, ':');
  size_t      head  = (size_t)(end - text), tail;

  if (head == 0 || *end != '-') return PETSC_FALSE;
  tail = colon ? (size_t)(colon - end - 1) : strlen(end + 1);
  if (head >= PART_SIZE || tail >= PART_SIZE || (colon && strlen(colon) >= PART_SIZE)) return PETSC_FALSE;
  snprintf(range->first, PART_SIZE, "%.*s", (int)head, text);
  snprintf(range->last, PART_SIZE, "%.*s", (int)tail, end + 1);
  snprintf(range->step, PART_SIZE, "%s", colon ? colon + 1 : "");
  return PETSC_TRUE;
}

static PetscErrorCode read_integers(DscOptions options, const char where[], const char item[], const RangeText *text,
                                    Range *range)
{
  PetscInt     first, last, step;
  DscComplaint complaint;

  PetscFunctionBeginUser;
  DscOptionsUserCheck(DscParseInt(text->first, &first, &complaint) && DscParseInt(text->last, &last, &complaint) &&
                          DscParseInt(strchr(item, ':') ? text->step : "1", &step, &complaint),
                      options, PETSC_COMM_SELF, where,
                      "'%s' is no range of integers; allowed: FIRST-LAST or FIRST-LAST:STEP, as 0-9 or 0-100:10", item);
  *range = (Range){.first = first, .last = last, .step = step};
  PetscFunctionReturn(0);
}

/* text, a number, is mantissa 10^exponent; false if it has too many digits. */
static PetscBool read_decimal(const char text[], int64_t *mantissa, int *exponent)
{
  const char *c     = text + (*text == '-' || *text == '+');
  PetscBool   point = PETSC_FALSE;

  *mantissa = 0;
  *exponent = 0;
  for (; *c && *c != 'e' && *c != 'E'; c++) {
    if (*c == '.') {
      point = PETSC_TRUE;
      continue;
    }
    if (*mantissa >= TOO_LARGE) return PETSC_FALSE;
    *mantissa = 10 * *mantissa + (*c - '0');
    *exponent -= point ? 1 : 0;
  }
  if (*c) {
    const long power = strtol(c + 1, NULL, 10);

    if (power < -400 || power > 400) return PETSC_FALSE;
    *exponent += (int)power;
  }
  for (; *mantissa && *mantissa % 10 == 0; (*exponent)++) *mantissa /= 10;
  if (*text == '-') *mantissa = -*mantissa;
  return PETSC_TRUE;
}

/* Three numbers in units of the same power of ten; false if that takes too many digits. */
static PetscBool align(int64_t *mantissas[3], const int exponents[3], int *exponent)
{
  *exponent = 400;
  for (int i = 0; i < 3; i++)
    if (*mantissas[i]) *exponent = PetscMin(*exponent, exponents[i]);
  for (int i = 0; i < 3; i++) {
    for (int e = exponents[i]; *mantissas[i] && e > *exponent; e--) {
      if (llabs(*mantissas[i]) >= TOO_LARGE) return PETSC_FALSE;
      *mantissas[i] *= 10;
    }
  }
  return PETSC_TRUE;
}

static PetscErrorCode read_reals(DscOptions options, const char where[], const char item[], const RangeText *text,
                                 Range *range)
{
  const char  *parts[3]     = {text->first, text->last, text->step};
  int64_t     *mantissas[3] = {&range->first, &range->last, &range->step};
  int          exponents[3];
  double       number;
  PetscBool    short_enough = PETSC_TRUE;
  DscComplaint complaint;

  PetscFunctionBeginUser;
  DscOptionsUserCheck(strchr(item, ':'), options, PETSC_COMM_SELF, where,
                      "range '%s' of reals needs a step: FIRST-LAST:STEP, as 0.1-1:0.1", item);
  for (int i = 0; i < 3; i++) {
    DscOptionsUserCheck(DscParseReal(parts[i], &number, &complaint), options, PETSC_COMM_SELF, where,
                        "'%s' is no range of reals; allowed: FIRST-LAST:STEP, as 0.1-1:0.1", item);
    short_enough = short_enough && read_decimal(parts[i], mantissas[i], &exponents[i]) ? PETSC_TRUE : PETSC_FALSE;
  }
  DscOptionsUserCheck(short_enough && align(mantissas, exponents, &range->exponent), options, PETSC_COMM_SELF, where,
                      "range '%s': its numbers span more than %d digits", item, MAX_DIGITS);
  PetscFunctionReturn(0);
}

static PetscErrorCode read_range(DscOptions options, const char where[], DscOptionType type, const char item[],
                                 PetscBool *is_range, Range *range)
{
  const size_t sign = item[0] == '-' || item[0] == '+';
  RangeText    text;
  char        *end;
  int64_t      count;

  PetscFunctionBeginUser;
  *is_range = PETSC_FALSE;
  if (type == DSC_INT) {
    const size_t digits = strspn(item + sign, "0123456789");

    if (digits) *is_range = split_range(item, item + sign + digits, &text);
  } else if (type == DSC_REAL) {
    (void)strtod(item, &end);
    *is_range = split_range(item, end, &text);
  }
  if (!*is_range) PetscFunctionReturn(0);
  if (type == DSC_INT)
    PetscCall(read_integers(options, where, item, &text, range));
  else
    PetscCall(read_reals(options, where, item, &text, range));
  DscOptionsUserCheck(range->step > 0, options, PETSC_COMM_SELF, where, "the step of range '%s' is not positive", item);
  DscOptionsUserCheck(range->last >= range->first, options, PETSC_COMM_SELF, where,
                      "range '%s' is empty: its end lies before its start", item);
  count = (range->last - range->first) / range->step + 1;
  DscOptionsUserCheck(count <= LONGEST_AXIS, options, PETSC_COMM_SELF, where, "range '%s' has more than %d values",
                      item, LONGEST_AXIS);
  range->count = (PetscInt)count;
  PetscFunctionReturn(0);
}

static PetscErrorCode append_range(DscOptionType type, const Range *range, PetscInt *n, char **values)
{
  char text[DSC_NUMBER_SIZE], decimal[64];

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < range->count; i++) {
    const long long value = range->first + i * range->step;

    if (type == DSC_INT)
      snprintf(text, sizeof text, "%lld", value);
    else { /* strtod() rounds to the double that the typed number is */
      snprintf(decimal, sizeof decimal, "%llde%d", value, range->exponent);
      DscWriteReal(strtod(decimal, NULL), text);
    }
    PetscCall(PetscStrallocpy(text, &values[(*n)++]));
  }
  PetscFunctionReturn(0);
}

/* The items with their ranges written out; values is as long as n says. */
static PetscErrorCode expand_items(DscOptions options, const char where[], DscOptionType type, PetscInt nitems,
                                   char **items, PetscInt *n, char ***values)
{
  PetscInt  total = 0;
  PetscBool is_range;
  Range     range;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < nitems; i++) {
    PetscCall(read_range(options, where, type, items[i], &is_range, &range));
    total += is_range ? range.count : 1;
    DscOptionsUserCheck(total <= LONGEST_AXIS, options, PETSC_COMM_SELF, where, "more than %d values", LONGEST_AXIS);
  }
  PetscCall(PetscCalloc1(total, values));
  *n = 0;
  for (PetscInt i = 0; i < nitems; i++) {
    PetscCall(read_range(options, where, type, items[i], &is_range, &range));
    if (is_range)
      PetscCall(append_range(type, &range, n, *values));
    else
      PetscCall(PetscStrallocpy(items[i], &(*values)[(*n)++]));
  }
  PetscFunctionReturn(0);
}

static int compare_strings(const void *a, const void *b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A value that is given twice, in whatever spelling, is a mistake. */
static PetscErrorCode check_distinct(DscOptions options, const char where[], const DscOptionSpec *spec, PetscInt n,
                                     char **values)
{
  char   **sorted;
  PetscInt twice = 0;
  char     value[256];

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(n, &sorted));
  for (PetscInt i = 0; i < n; i++) PetscCall(DscOptionsCanonical(spec, values[i], &sorted[i]));
  qsort(sorted, (size_t)n, sizeof *sorted, compare_strings);
  for (PetscInt i = 1; i < n && !twice; i++) twice = strcmp(sorted[i - 1], sorted[i]) ? 0 : i;
  if (twice) snprintf(value, sizeof value, "%s", sorted[twice]);
  PetscCall(DscOptionsRestoreStrings(n, &sorted));
  DscOptionsUserCheck(!twice, options, PETSC_COMM_SELF, where, "value '%s' is given twice", value);
  PetscFunctionReturn(0);
}

static PetscErrorCode check_values(DscOptions options, const char where[], const DscOptionSpec *spec,
                                   PetscBool distinct, PetscInt n, char **values)
{
  PetscBool    fits;
  DscComplaint complaint;
  char         allowed[512];

  PetscFunctionBeginUser;
  DscOptionsDescribe(spec, sizeof allowed, allowed);
  for (PetscInt i = 0; i < n; i++) {
    PetscCall(DscOptionsValueFits(spec, values[i], &fits, &complaint));
    DscOptionsUserCheck(fits && *values[i], options, PETSC_COMM_SELF, where, "value '%s': %s; allowed: %s", values[i],
                        *values[i] ? complaint.text : "empty", allowed);
    PetscCall(DscOptionsSpellChoices(spec, values[i]));
  }
  if (distinct) PetscCall(check_distinct(options, where, spec, n, values));
  PetscFunctionReturn(0);
}

static PetscErrorCode expand(DscOptions options, const char where[], const DscOptionSpec *spec, const char text[],
                             PetscBool distinct, PetscInt *n, char ***values)
{
  PetscInt       nitems;
  char         **items;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  *n      = 0;
  *values = NULL;
  /* values that are lists themselves are kept apart by ';' */
  PetscCall(DscOptionsSplit(text, strchr(text, ';') ? ';' : ',', &nitems, &items));
  if (nitems == 0) PetscFunctionReturn(0);
  if (nitems > 1 && strchr(text, ';') && !*items[nitems - 1]) {
    nitems--;
    PetscCall(PetscFree(items[nitems]));
  }
  ierr = expand_items(options, where, spec->type, nitems, items, n, values);
  PetscCall(DscOptionsRestoreStrings(nitems, &items));
  PetscCall(ierr);
  ierr = check_values(options, where, spec, distinct, *n, *values);
  if (ierr) PetscCall(DscOptionsRestoreStrings(*n, values));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptionsExpand(DscOptions options, const char where[], const DscOptionSpec *spec, const char text[],
                                PetscInt *n, char ***values)
{
  PetscFunctionBeginUser;
  PetscCall(expand(options, where, spec, text, PETSC_TRUE, n, values));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptionsExpandRepeated(DscOptions options, const char where[], const DscOptionSpec *spec,
                                        const char text[], PetscInt *n, char ***values)
{
  PetscFunctionBeginUser;
  PetscCall(expand(options, where, spec, text, PETSC_FALSE, n, values));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptionsExpandSweep(DscOptions options, const DscOptionEntry *entry, PetscInt *n, char ***values)
{
  const char          *key  = entry->key + strlen(DSC_SWEEP_PREFIX);
  const DscOptionSpec *spec = DscOptionsLookup(key);

  PetscFunctionBeginUser;
  PetscCheck(spec, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG, "sweep over %s, which is not in the registry", key);
  PetscCall(DscOptionsExpand(options, entry->key, spec, entry->value, n, values));
  DscOptionsUserCheck(*n > 0, options, PETSC_COMM_SELF, entry->key, "a sweep needs at least one value");
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
