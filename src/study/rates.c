#include "study/rates.h"
#include "study/format.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- values of an axis ----------------------------------------------------------------------------------------- */

typedef struct {
  const char *text; /* (not owned) */
  double      number;
  PetscInt    run;
} AxisEntry;

static int compare_runs(PetscInt a, PetscInt b)
{
  return (a > b) - (a < b);
}

static int compare_numbers(const void *left, const void *right)
{
  const AxisEntry *a = left, *b = right;

  if (a->number != b->number) return a->number < b->number ? -1 : 1;
  return compare_runs(a->run, b->run);
}

static int compare_texts(const void *left, const void *right)
{
  const AxisEntry *a = left, *b = right;
  const int        order = strcmp(a->text, b->text);

  return order ? order : compare_runs(a->run, b->run);
}

static int compare_appearance(const void *left, const void *right)
{
  return compare_runs(((const AxisEntry *)left)->run, ((const AxisEntry *)right)->run);
}

static double parse_number(const char text[])
{
  char  *end;
  double number = strtod(text, &end);

  return end > text && !*end && isfinite(number) ? number : NAN;
}

/* Distinct entries to the front, each with its first run. entries are sorted. */
static PetscInt keep_distinct(PetscBool numeric, PetscInt n, AxisEntry entries[])
{
  PetscInt kept = 0;

  for (PetscInt i = 0; i < n; i++) {
    const AxisEntry *last = kept ? &entries[kept - 1] : NULL;

    if (last && (numeric ? last->number == entries[i].number : !strcmp(last->text, entries[i].text))) continue;
    entries[kept++] = entries[i];
  }
  return kept;
}

/* A value's place among the distinct ones: they are sorted, so by bisection. */
static PetscInt find_value(const DscAxisValues *values, const AxisEntry distinct[], const AxisEntry *wanted)
{
  PetscInt low = 0, high = values->n - 1;

  while (low < high) {
    const PetscInt   middle = low + (high - low) / 2;
    const AxisEntry *entry  = &distinct[middle];
    const PetscBool  before =
        (PetscBool)(values->numeric ? entry->number < wanted->number : strcmp(entry->text, wanted->text) < 0);

    if (before)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* Words: renumbered by first appearance. rank is scratch [n]. */
static PetscErrorCode order_by_appearance(PetscInt nruns, AxisEntry distinct[], DscAxisValues *values)
{
  PetscInt *rank;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(values->n, &rank));
  for (PetscInt i = 0; i < values->n; i++) distinct[i].number = (double)i; /* its number so far */
  if (values->n) qsort(distinct, (size_t)values->n, sizeof(*distinct), compare_appearance);
  for (PetscInt i = 0; i < values->n; i++) {
    rank[(PetscInt)distinct[i].number] = i;
    distinct[i].number                 = NAN;
  }
  for (PetscInt run = 0; run < nruns; run++) values->value_of[run] = rank[values->value_of[run]];
  PetscCall(PetscFree(rank));
  PetscFunctionReturn(0);
}

PetscErrorCode DscAxisValuesCreate(const DscResultsTable *table, PetscInt axis, DscAxisValues *values)
{
  const PetscInt n = table->nruns;
  AxisEntry     *distinct, wanted;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, &distinct));
  PetscCall(PetscMalloc3(n, &values->value_of, n, &values->first, n, &values->number));
  values->numeric = PETSC_TRUE;
  for (PetscInt run = 0; run < n; run++) {
    distinct[run].text   = table->axis_values[axis * n + run];
    distinct[run].number = parse_number(distinct[run].text);
    distinct[run].run    = run;
    if (isnan(distinct[run].number)) values->numeric = PETSC_FALSE;
  }
  if (n) qsort(distinct, (size_t)n, sizeof(*distinct), values->numeric ? compare_numbers : compare_texts);
  values->n = keep_distinct(values->numeric, n, distinct);
  for (PetscInt run = 0; run < n; run++) {
    wanted.text           = table->axis_values[axis * n + run];
    wanted.number         = parse_number(wanted.text);
    values->value_of[run] = find_value(values, distinct, &wanted);
  }
  if (!values->numeric) PetscCall(order_by_appearance(n, distinct, values));
  for (PetscInt i = 0; i < values->n; i++) {
    values->first[i]  = distinct[i].run;
    values->number[i] = distinct[i].number;
  }
  PetscCall(PetscFree(distinct));
  PetscFunctionReturn(0);
}

PetscErrorCode DscAxisValuesDestroy(DscAxisValues *values)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree3(values->value_of, values->first, values->number));
  PetscFunctionReturn(0);
}

PetscInt DscAxisFind(const DscResultsTable *table, const char key[])
{
  for (PetscInt axis = 0; axis < table->naxes; axis++) {
    if (!strcmp(table->axes[axis], key)) return axis;
  }
  return -1;
}

/* ---- groups ---------------------------------------------------------------------------------------------------- */

/* A run and what its group is decided by. */
typedef struct GroupEntry {
  PetscInt    value[DSC_GROUP_MAX_AXES], run;
  size_t      bytes; /* of the row of active terms */
  const int  *active;
  const char *reason;
  int (*compare)(const struct GroupEntry *a, const struct GroupEntry *b); /* 0: the same group */
} GroupEntry;

static int compare_values(const GroupEntry *a, const GroupEntry *b)
{
  for (int i = 0; i < DSC_GROUP_MAX_AXES; i++) {
    if (a->value[i] != b->value[i]) return compare_runs(a->value[i], b->value[i]);
  }
  return 0;
}

static int compare_equations(const GroupEntry *a, const GroupEntry *b)
{
  return memcmp(a->active, b->active, a->bytes);
}

/* 'loss is not finite at iteration 371' is the reason of many runs, each with its own number. */
static int compare_reasons(const GroupEntry *a, const GroupEntry *b)
{
  const char *x = a->reason, *y = b->reason;

  if (a->value[0] != b->value[0]) return compare_runs(a->value[0], b->value[0]);
  while (*x && *y) {
    const PetscBool numbers = (PetscBool)(isdigit((unsigned char)*x) && isdigit((unsigned char)*y));

    if (!numbers && *x != *y) break;
    do x++;
    while (numbers && isdigit((unsigned char)*x));
    do y++;
    while (numbers && isdigit((unsigned char)*y));
  }
  return (unsigned char)*x - (unsigned char)*y;
}

static int compare_entries(const void *left, const void *right)
{
  const GroupEntry *a = left, *b = right;
  const int         order = a->compare(a, b);

  return order ? order : compare_runs(a->run, b->run);
}

/* Groups of n entries, which all have the same compare. */
static PetscErrorCode form_groups(PetscInt n, GroupEntry entries[], DscGroups *groups)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(n + 1, &groups->first, n, &groups->member));
  if (n) qsort(entries, (size_t)n, sizeof(*entries), compare_entries);
  groups->n = 0;
  for (PetscInt i = 0; i < n; i++) {
    if (!i || entries[i].compare(&entries[i - 1], &entries[i])) groups->first[groups->n++] = i;
    groups->member[i] = entries[i].run;
  }
  groups->first[groups->n] = n;
  PetscFunctionReturn(0);
}

/* Size, then the first run: of equally large groups the one that came first. */
static int compare_sizes(const void *left, const void *right)
{
  const PetscInt *a = left, *b = right;

  return a[0] != b[0] ? compare_runs(b[0], a[0]) : compare_runs(a[1], b[1]);
}

static PetscErrorCode largest_first(DscGroups *groups)
{
  PetscInt(*sizes)[3], *first, *member, at = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(groups->n, &sizes));
  for (PetscInt g = 0; g < groups->n; g++) {
    sizes[g][0] = groups->first[g + 1] - groups->first[g];
    sizes[g][1] = groups->member[groups->first[g]];
    sizes[g][2] = g;
  }
  if (groups->n) qsort(sizes, (size_t)groups->n, sizeof(*sizes), compare_sizes);
  PetscCall(PetscMalloc2(groups->n + 1, &first, groups->first[groups->n], &member));
  for (PetscInt g = 0; g < groups->n; g++) {
    first[g] = at;
    PetscCall(PetscArraycpy(member + at, groups->member + groups->first[sizes[g][2]], sizes[g][0]));
    at += sizes[g][0];
  }
  first[groups->n] = at;
  PetscCall(PetscFree2(groups->first, groups->member));
  groups->first  = first;
  groups->member = member;
  PetscCall(PetscFree(sizes));
  PetscFunctionReturn(0);
}

PetscErrorCode DscGroupsCreate(const DscResultsTable *table, PetscInt naxes, const PetscInt axes[], DscGroups *groups)
{
  GroupEntry *entries;

  PetscFunctionBeginUser;
  PetscCheck(naxes <= DSC_GROUP_MAX_AXES, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "%d axes", (int)naxes);
  PetscCall(PetscCalloc1(table->nruns, &entries));
  for (PetscInt run = 0; run < table->nruns; run++) {
    entries[run].run     = run;
    entries[run].compare = compare_values;
  }
  for (PetscInt i = 0; i < naxes; i++) {
    DscAxisValues values;

    PetscCall(DscAxisValuesCreate(table, axes[i], &values));
    for (PetscInt run = 0; run < table->nruns; run++) entries[run].value[i] = values.value_of[run];
    PetscCall(DscAxisValuesDestroy(&values));
  }
  PetscCall(form_groups(table->nruns, entries, groups));
  PetscCall(PetscFree(entries));
  PetscFunctionReturn(0);
}

PetscErrorCode DscGroupsCreateByEquation(const DscResultsTable *table, DscGroups *groups)
{
  const PetscInt size = table->nleft * table->nterms;
  GroupEntry    *entries;
  PetscInt       n = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(table->nruns, &entries));
  for (PetscInt run = 0; run < table->nruns; run++) {
    if (!DscRunHasEquation(table, run)) continue;
    entries[n].compare = compare_equations;
    entries[n].run     = run;
    entries[n].active  = table->active + (size_t)run * (size_t)size;
    entries[n++].bytes = (size_t)size * sizeof(int);
  }
  PetscCall(form_groups(n, entries, groups));
  PetscCall(largest_first(groups));
  PetscCall(PetscFree(entries));
  PetscFunctionReturn(0);
}

PetscErrorCode DscGroupsCreateByReason(const DscResultsTable *table, DscGroups *groups)
{
  GroupEntry *entries;
  PetscInt    n = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(table->nruns, &entries));
  for (PetscInt run = 0; run < table->nruns; run++) {
    if (table->status[run] == DSC_RUN_DONE) continue;
    entries[n].compare  = compare_reasons;
    entries[n].run      = run;
    entries[n].value[0] = table->status[run];
    entries[n++].reason = table->reason[run];
  }
  PetscCall(form_groups(n, entries, groups));
  PetscCall(largest_first(groups));
  PetscCall(PetscFree(entries));
  PetscFunctionReturn(0);
}

PetscErrorCode DscGroupsDestroy(DscGroups *groups)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree2(groups->first, groups->member));
  groups->n = 0;
  PetscFunctionReturn(0);
}

/* ---- statistics ------------------------------------------------------------------------------------------------ */

PetscBool DscRunHasEquation(const DscResultsTable *table, PetscInt run)
{
  return (PetscBool)(table->status[run] == DSC_RUN_DONE || table->status[run] == DSC_RUN_NOT_CONVERGED);
}

PetscBool DscRatesKnowTruth(const DscResultsTable *table)
{
  for (PetscInt run = 0; run < table->nruns; run++) {
    if (table->exact[run] >= 0) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

void DscRateCompute(const DscResultsTable *table, PetscBool truth, PetscInt n, const PetscInt runs[], double work[],
                    DscRate *rate)
{
  rate->runs = rate->successes = 0;
  rate->low = rate->high = NAN;
  for (PetscInt i = 0; i < n; i++) {
    const int status = table->status[runs[i]];

    if (status == DSC_RUN_STOPPED) continue;
    rate->runs++;
    rate->successes += truth ? table->exact[runs[i]] == 1 && status != DSC_RUN_FAILED : status == DSC_RUN_DONE;
  }
  if (rate->runs) DscWilsonInterval(rate->successes, rate->runs, &rate->low, &rate->high);
  for (int quantity = 0; quantity < 3; quantity++) {
    double  *median = quantity == 0 ? &rate->seconds : quantity == 1 ? &rate->iterations : &rate->coefficient_error;
    PetscInt kept   = 0;

    for (PetscInt i = 0; i < n; i++) {
      if (!DscRunHasEquation(table, runs[i])) continue;
      work[kept++] = quantity == 0   ? table->seconds[runs[i]]
                     : quantity == 1 ? (double)table->iterations[runs[i]]
                                     : table->coefficient_error[runs[i]];
    }
    *median = DscMedian(kept, work);
  }
}

void DscTermCompute(const DscResultsTable *table, PetscInt term, PetscInt n, const PetscInt runs[], double work[],
                    DscTermStatistics *s)
{
  const size_t size  = (size_t)table->nleft * (size_t)table->nterms;
  PetscInt     known = 0;

  s->runs = s->active = 0;
  s->truth            = NAN;
  for (PetscInt i = 0; i < n; i++) {
    const size_t at = (size_t)runs[i] * size + (size_t)term;

    if (!isnan(table->truth[at])) s->truth = known++ && s->truth != table->truth[at] ? INFINITY : table->truth[at];
    if (!DscRunHasEquation(table, runs[i]) || isnan(table->coefficients[at])) continue;
    s->runs++;
    if (table->active[at]) work[s->active++] = table->coefficients[at];
  }
  if (isinf(s->truth)) s->truth = NAN;
  DscMedianSpread(s->active, work, &s->median, &s->spread);
  s->active = 0;
  for (PetscInt i = 0; i < n; i++) {
    const size_t at = (size_t)runs[i] * size + (size_t)term;

    if (DscRunHasEquation(table, runs[i]) && table->active[at]) work[s->active++] = table->std[at];
  }
  s->std = DscMedian(s->active, work);
}

PetscErrorCode DscTermsChoose(const DscResultsTable *table, PetscInt *n, PetscInt **terms)
{
  const PetscInt size = table->nleft * table->nterms;
  DscGroups      equations;
  const int     *agreed;

  PetscFunctionBeginUser;
  *n = 0;
  PetscCall(PetscMalloc1(size, terms));
  for (PetscInt term = 0; term < size; term++) {
    for (PetscInt run = 0; run < table->nruns; run++) {
      const double truth = table->truth[(size_t)run * (size_t)size + (size_t)term];

      if (isnan(truth) || truth == 0) continue;
      (*terms)[(*n)++] = term;
      break;
    }
  }
  if (*n) PetscFunctionReturn(0);
  PetscCall(DscGroupsCreateByEquation(table, &equations));
  if (equations.n) {
    agreed = table->active + (size_t)equations.member[0] * (size_t)size;
    for (PetscInt term = 0; term < size; term++) {
      if (agreed[term]) (*terms)[(*n)++] = term;
    }
  }
  PetscCall(DscGroupsDestroy(&equations));
  PetscFunctionReturn(0);
}
