#include "study/filter.h"
#include "study/lookup.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void DscListNames(PetscInt n, const char *const names[], size_t size, char text[])
{
  size_t used = 0;

  text[0] = '\0';
  for (PetscInt i = 0; i < n; i++) {
    if (used + strlen(names[i]) + 8 > size) {
      snprintf(text + used, size - used, ", ...");
      return;
    }
    used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "", names[i]);
  }
}

/* ---- -study_filter ----------------------------------------------------------------------------------------- */

static const char          filter_key[] = "study_filter";
static const DscOptionSpec words        = {.key = "", .type = DSC_STRING};
static const DscOptionSpec run_number   = {.key = "run", .type = DSC_INT, .min = 0, .max = DSC_NO_MAX};

/* What one 'KEY=VALUES' of the filter looks at: the values of an axis, or the numbers of all runs. */
typedef struct {
  const DscOptionSpec *spec;   /* (not owned) */
  PetscInt             axis;   /* -1: numbers of runs */
  PetscInt             n;      /* values of the axis, runs of the whole study */
  DscLookup            lookup; /* (owned) of the values; NULL for numbers */
  PetscBool           *chosen; /* (owned) [n] */
} Term;

static PetscErrorCode create_term(const DscPlan *plan, PetscInt axis, Term *term)
{
  PetscFunctionBeginUser;
  *term = (Term){.spec = &run_number, .axis = axis, .n = axis < 0 ? plan->total : plan->nvalues[axis]};
  PetscCall(PetscCalloc1(term->n, &term->chosen));
  if (axis < 0) PetscFunctionReturn(0);
  PetscCall(DscOptionsGetSpec(plan->keys[axis], &term->spec));
  PetscCall(DscLookupCreate(term->spec, term->n, plan->values[axis], PETSC_FALSE, &term->lookup));
  PetscFunctionReturn(0);
}

static PetscErrorCode destroy_term(Term *term)
{
  PetscFunctionBeginUser;
  PetscCall(DscLookupDestroy(&term->lookup));
  PetscCall(PetscFree(term->chosen));
  PetscFunctionReturn(0);
}

/* Index of a value among the term's; -1 if it is none of them. */
static PetscErrorCode find_value(const Term *term, const char value[], PetscInt *index)
{
  PetscFunctionBeginUser;
  if (term->axis < 0) {
    const long number = strtol(value, NULL, 10);

    *index = number < term->n ? (PetscInt)number : -1;
  } else {
    PetscCall(DscLookupFind(term->lookup, value, index));
  }
  PetscFunctionReturn(0);
}

/* item: one value, or one range, which may reach beyond what there is. */
static PetscErrorCode choose_item(DscOptions options, const DscPlan *plan, Term *term, const char item[])
{
  char     text[2048], **values, study[256];
  PetscInt n, index = -1, found = 0;

  PetscFunctionBeginUser;
  DscOptionsUserCheck(strlen(item) + 2 < sizeof(text), options, PETSC_COMM_SELF, filter_key, "'%.40s...' is too long",
                      item);
  snprintf(text, sizeof(text), "%s;", item); /* also where it is itself a list, it is one value */
  PetscCall(DscOptionsExpand(options, filter_key, term->spec, text, &n, &values));
  for (PetscInt i = 0; i < n; i++) {
    PetscCall(find_value(term, values[i], &index));
    if (index < 0) continue;
    term->chosen[index] = PETSC_TRUE;
    found++;
  }
  PetscCall(DscOptionsRestoreStrings(n, &values));
  if (term->axis < 0)
    snprintf(study, sizeof(study), "0-%d", (int)plan->total - 1);
  else
    DscListNames(term->n, plan->values[term->axis], sizeof(study), study);
  DscOptionsUserCheck(found, options, PETSC_COMM_SELF, filter_key, "no run has %s=%s; the study has %s",
                      term->spec->key, item, study);
  PetscFunctionReturn(0);
}

/* keep [total]: cleared for the runs that values does not name. */
static PetscErrorCode apply_values(DscOptions options, const DscPlan *plan, Term *term, const char values[],
                                   PetscBool keep[])
{
  char         **items;
  PetscInt       n;
  PetscErrorCode ierr = 0;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsExpand(options, filter_key, &words, values, &n, &items));
  DscOptionsUserCheck(n > 0, options, PETSC_COMM_SELF, filter_key, "%s= names no value", term->spec->key);
  for (PetscInt i = 0; i < n && !ierr; i++) ierr = choose_item(options, plan, term, items[i]);
  PetscCall(DscOptionsRestoreStrings(n, &items));
  PetscCall(ierr);
  for (PetscInt run = 0; run < plan->total; run++) {
    const PetscInt index = term->axis < 0 ? run : DscPlanIndex(plan, run, term->axis);

    if (!term->chosen[index]) keep[run] = PETSC_FALSE;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode refuse_key(DscOptions options, const DscPlan *plan, const char key[])
{
  const char **names, *nearest;
  char         advice[256];

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(plan->naxes + 1, &names));
  for (PetscInt axis = 0; axis < plan->naxes; axis++) names[axis] = plan->keys[axis];
  names[plan->naxes] = "run";
  nearest            = DscNearestName(key, plan->naxes + 1, names);
  DscListNames(plan->naxes + 1, names, sizeof(advice), advice);
  PetscCall(PetscFree(names));
  DscOptionsUserCheck(PETSC_FALSE, options, PETSC_COMM_SELF, filter_key, "'%s' is not swept; %s%s%s", key,
                      nearest ? "did you mean " : "allowed: ", nearest ? nearest : advice, nearest ? "?" : "");
  PetscFunctionReturn(0);
}

/* Does a 'KEY=' begin here? */
static PetscBool begins_term(const char text[])
{
  const size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

  return length && text[length] == '=' ? PETSC_TRUE : PETSC_FALSE;
}

/* Ends the term that text begins with, at the blanks before the next; where that begins. */
static char *cut_term(char text[])
{
  char *next = text, *end;

  do {
    next += strcspn(next, " \t\n");
    end = next;
    next += strspn(next, " \t\n");
  } while (*next && !begins_term(next));
  while (end > text && isspace((unsigned char)end[-1])) end--;
  *end = '\0';
  return next;
}

/* The terms of text, which is taken apart, one after the other; seen [naxes + 1]. */
static PetscErrorCode apply_terms(DscOptions options, const DscPlan *plan, char text[], PetscBool seen[],
                                  PetscBool keep[])
{
  char *next;

  PetscFunctionBeginUser;
  for (char *key = text + strspn(text, " \t\n"); *key; key = next) {
    char          *equals;
    PetscInt       axis;
    Term           term;
    PetscErrorCode ierr;

    DscOptionsUserCheck(begins_term(key), options, PETSC_COMM_SELF, filter_key,
                        "'%.60s' is no filter; allowed: KEY=VALUES, as 'seed=0-3 data_noise=0.1,0.2 run=5,7-9'", key);
    next    = cut_term(key);
    equals  = strchr(key, '=');
    *equals = '\0';
    axis    = DscPlanFindAxis(plan, key);
    if (axis < 0 && strcmp(key, "run")) PetscCall(refuse_key(options, plan, key));
    DscOptionsUserCheck(!seen[axis + 1], options, PETSC_COMM_SELF, filter_key, "%s= is given twice", key);
    seen[axis + 1] = PETSC_TRUE;
    PetscCall(create_term(plan, axis, &term));
    ierr = apply_values(options, plan, &term, equals + 1, keep);
    PetscCall(destroy_term(&term));
    PetscCall(ierr);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscFilterApply(DscOptions options, DscPlan *plan)
{
  const char    *filter;
  char          *text;
  PetscBool     *keep, *seen;
  PetscInt      *numbers, n = 0;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetString(options, filter_key, &filter));
  if (!*filter) PetscFunctionReturn(0);
  PetscCheck(plan->nruns == plan->total, PETSC_COMM_SELF, PETSC_ERR_ORDER, "only a whole plan can be filtered");
  PetscCall(PetscStrallocpy(filter, &text));
  PetscCall(PetscMalloc2(plan->total, &keep, plan->total, &numbers));
  PetscCall(PetscCalloc1(plan->naxes + 1, &seen));
  for (PetscInt run = 0; run < plan->total; run++) keep[run] = PETSC_TRUE;
  ierr = apply_terms(options, plan, text, seen, keep);
  for (PetscInt run = 0; run < plan->total && !ierr; run++)
    if (keep[run]) numbers[n++] = run;
  if (!ierr) ierr = DscPlanSelect(plan, n, numbers);
  PetscCall(PetscFree2(keep, numbers));
  PetscCall(PetscFree(seen));
  PetscCall(PetscFree(text));
  PetscCall(ierr);
  DscOptionsUserCheck(n > 0, options, PETSC_COMM_SELF, filter_key, "no run of %d fits all of it", (int)plan->total);
  PetscFunctionReturn(0);
}

/* ---- -study_part ------------------------------------------------------------------------------------------- */

/* Digits only, and few enough for a PetscInt. */
static PetscBool read_count(const char text[], size_t length, PetscInt *count)
{
  if (length == 0 || length > 9 || strspn(text, "0123456789") < length) return PETSC_FALSE;
  *count = (PetscInt)strtol(text, NULL, 10);
  return PETSC_TRUE;
}

PetscErrorCode DscPartApply(DscOptions options, DscPlan *plan)
{
  const char *part, *slash;
  PetscInt    which = 0, parts = 0, kept = 0;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetString(options, "study_part", &part));
  if (!*part) PetscFunctionReturn(0);
  slash = strchr(part, '/');
  DscOptionsUserCheck(slash && read_count(part, (size_t)(slash - part), &which) &&
                          read_count(slash + 1, strlen(slash + 1), &parts) && which < parts,
                      options, PETSC_COMM_SELF, "study_part",
                      "is no part; allowed: 'I/N' with 0 <= I < N, as 0/4, 1/4, 2/4, 3/4");
  DscOptionsUserCheck(which < plan->nruns, options, PETSC_COMM_SELF, "study_part",
                      "has no run: there are only %d to deal out; take at most %d parts", (int)plan->nruns,
                      (int)plan->nruns);
  for (PetscInt run = which; run < plan->nruns; run += parts) plan->number[kept++] = plan->number[run];
  plan->nruns = kept;
  PetscFunctionReturn(0);
}
