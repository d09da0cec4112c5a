/* Reading values, strictly: text either is exactly what its row asks for, or a complaint says what is wrong. */
#include "sys/options_private.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static PetscBool complain(DscComplaint *complaint, const char text[])
{
  snprintf(complaint->text, sizeof complaint->text, "%s", text);
  return PETSC_FALSE;
}

PetscBool DscParseBool(const char text[], PetscBool *value)
{
  static const char *const yes[] = {"true", "yes", "on", "1"}, *const no[] = {"false", "no", "off", "0"};

  for (int i = 0; i < 4; i++) {
    if (strcasecmp(text, yes[i]) && strcasecmp(text, no[i])) continue;
    *value = strcasecmp(text, yes[i]) ? PETSC_FALSE : PETSC_TRUE;
    return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

PetscBool DscParseReal(const char text[], double *value, DscComplaint *complaint)
{
  char *end;

  /* strtod() also knows hexadecimals, 'nan' and 'inf', and skips blanks */
  if (!*text || strspn(text, "+-.0123456789eE") != strlen(text)) return complain(complaint, "not a number");
  *value = strtod(text, &end);
  if (end == text || *end) return complain(complaint, "not a number");
  if (isinf(*value)) return complain(complaint, "too large for a double");
  return PETSC_TRUE;
}

PetscBool DscParseInt(const char text[], PetscInt *value, DscComplaint *complaint)
{
  char        *end;
  const char  *digits = text + (*text == '-' || *text == '+');
  long long    number;
  double       real;
  DscComplaint ignored;

  if (isdigit((unsigned char)*digits) && strspn(digits, "0123456789") == strlen(digits)) {
    errno  = 0;
    number = strtoll(text, &end, 10);
    if (!errno && number >= PETSC_MIN_INT && number <= PETSC_MAX_INT) {
      *value = (PetscInt)number;
      return PETSC_TRUE;
    }
    snprintf(complaint->text, sizeof complaint->text, "does not fit, integers go up to %lld", (long long)PETSC_MAX_INT);
    return PETSC_FALSE;
  }
  if (DscParseReal(text, &real, &ignored) && real == nearbyint(real) && fabs(real) <= (double)PETSC_MAX_INT)
    snprintf(complaint->text, sizeof complaint->text, "not an integer, write %.0f", real);
  else
    complain(complaint, "not an integer");
  return PETSC_FALSE;
}

void DscWriteReal(double value, char text[DSC_NUMBER_SIZE])
{
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(text, DSC_NUMBER_SIZE, "%.*g", digits, value + 0.0); /* not '-0' */
    if (strtod(text, NULL) == value) return;
  }
}

static PetscBool in_range(const DscOptionSpec *spec, double value, DscComplaint *complaint)
{
  if (spec->min == 0 && spec->max == 0) return PETSC_TRUE; /* a row without bounds */
  if (value >= spec->min && value <= spec->max) return PETSC_TRUE;
  return complain(complaint, "out of range");
}

/* Length of the choice that text (of the given length) means, and where the table has it; NULL: none. */
static const char *find_choice(const char choices[], const char text[], size_t length)
{
  for (const char *c = choices; *c;) {
    size_t n = strcspn(c, "|");

    if (n == length && !strncasecmp(c, text, n)) return c;
    c += n + (c[n] == '|');
  }
  return NULL;
}

/* One value, or one entry of a list. */
static PetscBool scalar_fits(const DscOptionSpec *spec, const char text[], DscComplaint *complaint)
{
  PetscBool flag;
  PetscInt  integer;
  double    real;

  switch (spec->type) {
  case DSC_BOOL:
    return DscParseBool(text, &flag) ? PETSC_TRUE : complain(complaint, "neither true nor false");
  case DSC_INT:
  case DSC_INTS:
    return DscParseInt(text, &integer, complaint) ? in_range(spec, (double)integer, complaint) : PETSC_FALSE;
  case DSC_REAL:
  case DSC_REALS:
    return DscParseReal(text, &real, complaint) ? in_range(spec, real, complaint) : PETSC_FALSE;
  case DSC_CHOICE:
  case DSC_STRINGS:
    if (!spec->choices) return PETSC_TRUE;
    return find_choice(spec->choices, text, strlen(text)) ? PETSC_TRUE : complain(complaint, "no such choice");
  default:
    return PETSC_TRUE;
  }
}

static PetscBool is_list(const DscOptionSpec *spec)
{
  return spec->type == DSC_INTS || spec->type == DSC_REALS || spec->type == DSC_STRINGS ? PETSC_TRUE : PETSC_FALSE;
}

PetscErrorCode DscOptionsValueFits(const DscOptionSpec *spec, const char text[], PetscBool *fits,
                                   DscComplaint *complaint)
{
  PetscInt     n;
  char       **items;
  DscComplaint inner;

  PetscFunctionBeginUser;
  *fits = is_list(spec) ? PETSC_TRUE : scalar_fits(spec, text, complaint);
  if (!is_list(spec)) PetscFunctionReturn(0);
  PetscCall(DscOptionsSplit(text, ',', &n, &items));
  for (PetscInt i = 0; i < n && *fits; i++) {
    *fits = *items[i] ? scalar_fits(spec, items[i], &inner) : complain(&inner, "empty");
    if (*fits) continue;
    if (n == 1)
      *complaint = inner;
    else
      snprintf(complaint->text, sizeof complaint->text, "entry %d '%.60s': %.100s", (int)i + 1, items[i], inner.text);
  }
  PetscCall(DscOptionsRestoreStrings(n, &items));
  PetscFunctionReturn(0);
}

/* ' >= 0', ' in [0, 1]' */
static void describe_range(const DscOptionSpec *spec, size_t size, char text[])
{
  PetscBool below = spec->min > DSC_NO_MIN ? PETSC_TRUE : PETSC_FALSE;
  PetscBool above = spec->max < DSC_NO_MAX ? PETSC_TRUE : PETSC_FALSE;

  text[0] = '\0';
  if (spec->min == 0 && spec->max == 0) return;
  if (below && above)
    snprintf(text, size, " in [%.10g, %.10g]", spec->min, spec->max);
  else if (below)
    snprintf(text, size, " >= %.10g", spec->min);
  else if (above)
    snprintf(text, size, " <= %.10g", spec->max);
}

void DscOptionsDescribe(const DscOptionSpec *spec, size_t size, char text[])
{
  static const char *const nouns[] = {
      [DSC_BOOL] = "true or false",  [DSC_INT] = "integer",     [DSC_REAL] = "real",
      [DSC_STRING] = "text",         [DSC_CHOICE] = "one of ",  [DSC_INTS] = "list of integers",
      [DSC_REALS] = "list of reals", [DSC_STRINGS] = "list of "};
  char   range[128] = "";
  size_t used;

  if (spec->type == DSC_INT || spec->type == DSC_REAL || spec->type == DSC_INTS || spec->type == DSC_REALS)
    describe_range(spec, sizeof range, range);
  snprintf(text, size, "%s%s", nouns[spec->type], range);
  used = strlen(text);
  if (spec->type == DSC_STRINGS && !spec->choices) snprintf(text + used, size - used, "words");
  if ((spec->type != DSC_STRINGS && spec->type != DSC_CHOICE) || !spec->choices) return;
  for (const char *c = spec->choices; *c && used + 3 < size; c++) {
    if (*c == '|') text[used++] = ',';
    text[used++] = *c == '|' ? ' ' : *c;
  }
  text[used] = '\0';
}

PetscErrorCode DscOptionsSpellChoices(const DscOptionSpec *spec, char text[])
{
  PetscFunctionBeginUser;
  if (!spec->choices) PetscFunctionReturn(0);
  for (char *item = text; *item;) {
    const char *choice;
    size_t      length;

    item += strspn(item, spec->type == DSC_STRINGS ? "[, ]" : "");
    length = spec->type == DSC_STRINGS ? strcspn(item, "[, ]") : strlen(item);
    choice = find_choice(spec->choices, item, length);
    if (choice) PetscCall(PetscMemcpy(item, choice, length));
    item += length;
  }
  PetscFunctionReturn(0);
}

/* Narrows [start, end) to what lies between its outer blanks. */
static void trim(const char **start, const char **end)
{
  while (*start < *end && isblank((unsigned char)**start)) (*start)++;
  while (*end > *start && isblank((unsigned char)(*end)[-1])) (*end)--;
}

PetscErrorCode DscOptionsSplit(const char text[], char separator, PetscInt *n, char ***items)
{
  const char *start = text, *end = text + strlen(text);

  PetscFunctionBeginUser;
  *n     = 0;
  *items = NULL;
  trim(&start, &end);
  if (end - start >= 2 && *start == '[' && end[-1] == ']') {
    start++;
    end--;
    trim(&start, &end);
  }
  if (start == end) PetscFunctionReturn(0);
  *n = 1;
  for (const char *c = start; c < end; c++) *n += *c == separator;
  PetscCall(PetscCalloc1(*n, items));
  for (PetscInt i = 0; i < *n; i++) {
    const char *stop = memchr(start, separator, (size_t)(end - start)), *first = start, *last = stop ? stop : end;
    size_t      length;

    start = stop ? stop + 1 : end;
    trim(&first, &last);
    length = (size_t)(last - first);
    PetscCall(PetscMalloc1(length + 1, &(*items)[i]));
    PetscCall(PetscMemcpy((*items)[i], first, length));
    (*items)[i][length] = '\0';
  }
  PetscFunctionReturn(0);
}

static void canonical_scalar(const DscOptionSpec *spec, const char text[], char number[DSC_NUMBER_SIZE])
{
  PetscBool    flag;
  PetscInt     integer;
  double       real;
  DscComplaint ignored;

  number[0] = '\0';
  if (spec->type == DSC_BOOL && DscParseBool(text, &flag))
    snprintf(number, DSC_NUMBER_SIZE, "%s", flag ? "true" : "false");
  else if ((spec->type == DSC_INT || spec->type == DSC_INTS) && DscParseInt(text, &integer, &ignored))
    snprintf(number, DSC_NUMBER_SIZE, "%lld", (long long)integer);
  else if ((spec->type == DSC_REAL || spec->type == DSC_REALS) && DscParseReal(text, &real, &ignored))
    DscWriteReal(real, number);
}

PetscErrorCode DscOptionsCanonical(const DscOptionSpec *spec, const char value[], char **text)
{
  PetscInt n;
  char   **items, number[DSC_NUMBER_SIZE];
  size_t   used = 0, size = strlen(value) + 1;

  PetscFunctionBeginUser;
  if (!is_list(spec)) {
    PetscCall(PetscMalloc1(PetscMax(size, DSC_NUMBER_SIZE), text));
    canonical_scalar(spec, value, number);
    snprintf(*text, PetscMax(size, DSC_NUMBER_SIZE), "%s", *number ? number : value);
    PetscCall(DscOptionsSpellChoices(spec, *text));
    PetscFunctionReturn(0);
  }
  PetscCall(DscOptionsSplit(value, ',', &n, &items));
  size += (size_t)n * DSC_NUMBER_SIZE;
  PetscCall(PetscCalloc1(size, text));
  for (PetscInt i = 0; i < n; i++) {
    canonical_scalar(spec, items[i], number);
    used += (size_t)snprintf(*text + used, size - used, "%s%s", i ? "," : "", *number ? number : items[i]);
  }
  PetscCall(DscOptionsRestoreStrings(n, &items));
  PetscCall(DscOptionsSpellChoices(spec, *text));
  PetscFunctionReturn(0);
}
