/* The resolved set as text, for provenance; a set from such a text; and what differs between two sets. */
#include "sys/options_private.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  const char *key, *value; /* (not owned) */
  PetscInt    place;       /* among the entries */
} Line;

/* By key, the sweeps among themselves as given: their order numbers the runs of a study. */
static int compare_lines(const void *a, const void *b)
{
  const Line *left = (const Line *)a, *right = (const Line *)b;

  if (DscOptionIsSweep(left->key) && DscOptionIsSweep(right->key))
    return (left->place > right->place) - (left->place < right->place);
  return strcmp(left->key, right->key);
}

static DscOptionEntry *find_sweep(DscOptions options, const char key[])
{
  char sweep[256];

  snprintf(sweep, sizeof sweep, "%s%s", DSC_SWEEP_PREFIX, key);
  return DscOptionsFind(options, sweep);
}

/* Given keys, and the defaults of all others; a swept key has no default. */
static PetscErrorCode collect(DscOptions options, PetscInt *n, Line **lines)
{
  PetscInt capacity = options->n;

  PetscFunctionBeginUser;
  for (PetscInt g = 0; g < DscOptionsGroupCount(); g++) capacity += DscOptionsGroup(g)->n;
  PetscCall(PetscMalloc1(capacity, lines));
  *n = 0;
  for (PetscInt i = 0; i < options->n; i++)
    (*lines)[(*n)++] = (Line){options->entries[i].key, options->entries[i].value, i};
  for (PetscInt g = 0; g < DscOptionsGroupCount(); g++)
    for (PetscInt i = 0; i < DscOptionsGroup(g)->n; i++) {
      const DscOptionSpec *spec = &DscOptionsGroup(g)->specs[i];

      if (!spec->value || DscOptionsFind(options, spec->key) || find_sweep(options, spec->key)) continue;
      (*lines)[(*n)++] = (Line){spec->key, spec->value, 0};
    }
  qsort(*lines, (size_t)*n, sizeof **lines, compare_lines);
  PetscFunctionReturn(0);
}

/* ---- to text ----------------------------------------------------------------------------------------------- */

static PetscBool needs_quotes(const char value[])
{
  static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.,;+/^()";

  if (!*value || !strcmp(value, "null") || !strcmp(value, "Null") || !strcmp(value, "NULL")) return PETSC_TRUE;
  value += *value == '-' && value[1] >= '0' && value[1] <= '9'; /* a negative number */
  if (strchr("-,", *value) || strchr(value, '\0')[-1] == '-') return PETSC_TRUE;
  for (; *value; value++)
    if (!strchr(safe, *value) && *value != '-') return PETSC_TRUE;
  return PETSC_FALSE;
}

/* 'key: value\n' at text, so that InsertFile reads the same value again; at most 4 bytes for a byte of value. */
static size_t write_line(const Line *line, char text[])
{
  PetscBool quotes = needs_quotes(line->value);
  char     *end    = text;

  end += sprintf(end, "%s: %s", line->key, quotes ? "\"" : "");
  for (const char *c = line->value; *c; c++) {
    if (*c == '"' || *c == '\\') *end++ = '\\';
    if ((unsigned char)*c < ' ' || *c == 0x7f)
      end += sprintf(end, "\\x%02x", (unsigned char)*c);
    else
      *end++ = *c;
  }
  end += sprintf(end, "%s\n", quotes ? "\"" : "");
  return (size_t)(end - text);
}

PetscErrorCode DscOptionsToText(DscOptions options, char **text)
{
  PetscInt n = 0;
  Line    *lines;
  size_t   size = 1;

  PetscFunctionBeginUser;
  PetscCall(collect(options, &n, &lines));
  for (PetscInt i = 0; i < n; i++) size += strlen(lines[i].key) + 4 * strlen(lines[i].value) + 8;
  PetscCall(PetscCalloc1(size, text));
  size = 0;
  for (PetscInt i = 0; i < n; i++) size += write_line(&lines[i], *text + size);
  PetscCall(PetscFree(lines));
  PetscFunctionReturn(0);
}

/* ---- from text --------------------------------------------------------------------------------------------- */

/* Undoes write_line() of a value, in place: byte by byte, where a YAML reader would refuse or fold some. */
static PetscBool read_value(char value[])
{
  size_t length = strlen(value);
  char  *to     = value;

  if (value[0] != '"') return PETSC_TRUE;
  if (length < 2 || value[length - 1] != '"') return PETSC_FALSE;
  value[length - 1] = '\0';
  for (const char *from = value + 1; *from; from++) {
    if (*from == '"') return PETSC_FALSE;
    if (*from != '\\') {
      *to++ = *from;
    } else if (*++from == 'x' && isxdigit((unsigned char)from[1]) && isxdigit((unsigned char)from[2])) {
      const char digits[3] = {from[1], from[2], '\0'};

      *to++ = (char)strtol(digits, NULL, 16);
      from += 2;
    } else if (*from == '"' || *from == '\\') {
      *to++ = *from;
    } else {
      return PETSC_FALSE;
    }
  }
  *to = '\0';
  return PETSC_TRUE;
}

/* line is 'key: value', without its end; it is taken apart. */
static PetscErrorCode insert_line(DscOptions options, char line[])
{
  char     *colon = strstr(line, ": ");
  PetscBool fine  = PETSC_FALSE;

  PetscFunctionBeginUser;
  if (colon && colon > line) {
    *colon = '\0';
    fine   = read_value(colon + 2);
  }
  DscUserCheck(fine, PETSC_COMM_SELF, "the options on record are damaged: '%.60s' is no line 'key: value'", line);
  PetscCall(DscOptionsPut(options, line, colon + 2, DSC_ORIGIN_FILE, NULL));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptionsFromText(const char text[], DscOptions *options)
{
  char          *copy, *end;
  PetscErrorCode ierr = 0;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsCreate(options));
  PetscCall(PetscStrallocpy(text, &copy));
  for (char *line = copy; *line && !ierr; line = end) {
    end = line + strcspn(line, "\n");
    if (*end) *end++ = '\0';
    if (*line) ierr = insert_line(*options, line);
  }
  PetscCall(PetscFree(copy));
  if (ierr) PetscCall(DscOptionsDestroy(options));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

/* ---- what differs ------------------------------------------------------------------------------------------ */

static PetscBool is_ignored(const char key[], PetscInt n, const char *const ignored[])
{
  for (PetscInt i = 0; i < n; i++) {
    const size_t length = strlen(ignored[i]);

    if (!strcmp(key, ignored[i])) return PETSC_TRUE;
    if (length && ignored[i][length - 1] == '*' && !strncmp(key, ignored[i], length - 1)) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

static PetscErrorCode same_value(const DscOptionSpec *spec, const char a[], const char b[], PetscBool *same)
{
  char *texts[2];

  PetscFunctionBeginUser;
  PetscCall(DscOptionsCanonical(spec, a, &texts[0]));
  PetscCall(DscOptionsCanonical(spec, b, &texts[1]));
  *same = strcmp(texts[0], texts[1]) ? PETSC_FALSE : PETSC_TRUE;
  PetscCall(PetscFree(texts[0]));
  PetscCall(PetscFree(texts[1]));
  PetscFunctionReturn(0);
}

/* Values of a sweep one by one, ranges as they are written: 'seed 0-1' is taken to differ from 'seed 0,1'. */
static PetscErrorCode same_sweep(const DscOptionSpec *spec, const char a[], const char b[], PetscBool *same)
{
  const char separator = strchr(a, ';') || strchr(b, ';') ? ';' : ',';
  PetscInt   n[2];
  char     **items[2];

  PetscFunctionBeginUser;
  PetscCall(DscOptionsSplit(a, separator, &n[0], &items[0]));
  PetscCall(DscOptionsSplit(b, separator, &n[1], &items[1]));
  *same = n[0] == n[1] ? PETSC_TRUE : PETSC_FALSE;
  for (PetscInt i = 0; i < n[0] && *same; i++) PetscCall(same_value(spec, items[0][i], items[1][i], same));
  for (int side = 0; side < 2; side++) PetscCall(DscOptionsRestoreStrings(n[side], &items[side]));
  PetscFunctionReturn(0);
}

/* NULL: not given, and without a default. */
static PetscErrorCode is_same(const char key[], const char a[], const char b[], PetscBool *same)
{
  const size_t         prefix = DscOptionPrefix(key);
  const DscOptionSpec *spec   = DscOptionsLookup(key + prefix);

  PetscFunctionBeginUser;
  *same = a && b && !strcmp(a, b) ? PETSC_TRUE : PETSC_FALSE;
  if (*same || !a || !b || !spec) PetscFunctionReturn(0);
  if (prefix)
    PetscCall(same_sweep(spec, a, b, same));
  else
    PetscCall(same_value(spec, a, b, same));
  PetscFunctionReturn(0);
}

typedef struct {
  char  *text;
  size_t used, size;
} Report;

static void name_difference(Report *report, const char key[], const char a[], const char b[])
{
  enum { LONGEST = 60 }; /* longer values are cut */
  const char *values[2] = {a ? a : "not given", b ? b : "not given"};
  const char *dots[2];
  int         added;

  for (int side = 0; side < 2; side++) {
    dots[side] = strlen(values[side]) > LONGEST ? "..." : "";
    if (!*values[side]) values[side] = "empty";
  }
  added = snprintf(report->text + report->used, report->size - report->used, "%s%s (%.*s%s, was %.*s%s)",
                   report->used ? ", " : "", key, LONGEST, values[0], dots[0], LONGEST, values[1], dots[1]);
  if (added > 0) report->used = PetscMin(report->used + (size_t)added, report->size - 1);
}

/* The swept keys in their order. */
static PetscErrorCode list_sweeps(DscOptions options, char **list)
{
  size_t size = 1, used = 0;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < options->n; i++) size += strlen(options->entries[i].key) + 1;
  PetscCall(PetscCalloc1(size, list));
  for (PetscInt i = 0; i < options->n; i++) {
    const char *key = options->entries[i].key;

    if (DscOptionIsSweep(key))
      used += (size_t)snprintf(*list + used, size - used, "%s%s", used ? " " : "", key + strlen(DSC_SWEEP_PREFIX));
  }
  PetscFunctionReturn(0);
}

/* Does b sweep over every key that a sweeps over? */
static PetscBool sweeps_within(DscOptions a, DscOptions b)
{
  for (PetscInt i = 0; i < a->n; i++)
    if (DscOptionIsSweep(a->entries[i].key) && !DscOptionsFind(b, a->entries[i].key)) return PETSC_FALSE;
  return PETSC_TRUE;
}

/* The same sweeps in another order number the runs otherwise. */
static PetscErrorCode compare_orders(DscOptions a, DscOptions b, Report *report)
{
  char *orders[2];

  PetscFunctionBeginUser;
  if (!sweeps_within(a, b) || !sweeps_within(b, a)) PetscFunctionReturn(0);
  PetscCall(list_sweeps(a, &orders[0]));
  PetscCall(list_sweeps(b, &orders[1]));
  if (strcmp(orders[0], orders[1])) name_difference(report, "order of the sweeps", orders[0], orders[1]);
  PetscCall(PetscFree(orders[0]));
  PetscCall(PetscFree(orders[1]));
  PetscFunctionReturn(0);
}

static int compare_keys(const void *a, const void *b)
{
  return strcmp(((const Line *)a)->key, ((const Line *)b)->key);
}

PetscErrorCode DscOptionsDiffer(DscOptions a, DscOptions b, PetscInt n, const char *const ignored[], size_t size,
                                char text[])
{
  Report    report = {text, 0, size};
  PetscInt  nlines[2], at[2] = {0, 0};
  Line     *lines[2];
  PetscBool same;

  PetscFunctionBeginUser;
  PetscCheck(size > 0, PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ, "no room for what differs");
  text[0] = '\0';
  PetscCall(collect(a, &nlines[0], &lines[0]));
  PetscCall(collect(b, &nlines[1], &lines[1]));
  if (!is_ignored(DSC_SWEEP_PREFIX, n, ignored)) PetscCall(compare_orders(a, b, &report));
  for (int side = 0; side < 2; side++) qsort(lines[side], (size_t)nlines[side], sizeof **lines, compare_keys);
  while (at[0] < nlines[0] || at[1] < nlines[1]) {
    const Line *left = lines[0] + at[0], *right = lines[1] + at[1];
    const int   order = at[0] == nlines[0] ? 1 : at[1] == nlines[1] ? -1 : strcmp(left->key, right->key);
    const char *key = order <= 0 ? left->key : right->key, *value = order <= 0 ? left->value : NULL;
    const char *old = order >= 0 ? right->value : NULL;

    at[0] += order <= 0;
    at[1] += order >= 0;
    /* where a key is swept in one of the sets, the sweep tells the difference */
    if (is_ignored(key, n, ignored) || (!value && find_sweep(a, key)) || (!old && find_sweep(b, key))) continue;
    PetscCall(is_same(key, value, old, &same));
    if (!same) name_difference(&report, key, value, old);
  }
  for (int side = 0; side < 2; side++) PetscCall(PetscFree(lines[side]));
  PetscFunctionReturn(0);
}
