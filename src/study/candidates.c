#include "study/candidates.h"
#include "study/format.h"
#include "study/input.h"
#include "study/ragged.h"
#include "study/rates.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TIES 32 /* that are settled by scores; more are settled by who came first */

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static void set_bit(uint64_t set[], PetscInt bit)
{
  set[bit / 64] |= (uint64_t)1 << (bit % 64);
}

static PetscErrorCode create(const DscResultsTable *t, DscCandidates *c)
{
  const PetscInt size = t->nleft * t->nterms;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(c, sizeof(*c)));
  c->words = PetscMax(1, (size + 63) / 64);
  PetscCall(PetscCalloc1(t->nruns + 1, &c->offset));
  PetscCall(PetscCalloc1((size_t)t->nruns * (size_t)c->words, &c->found));
  for (PetscInt run = 0; run < t->nruns; run++) {
    for (PetscInt i = 0; i < size; i++) {
      if (t->active[(size_t)run * (size_t)size + (size_t)i]) set_bit(c->found + (size_t)run * (size_t)c->words, i);
    }
  }
  PetscFunctionReturn(0);
}

static const DscRagged *find_group(void)
{
  int i = 0;

  while (strcmp(DscRaggedGroups[i].group, "/selection")) i++;
  return &DscRaggedGroups[i];
}

static PetscErrorCode read_column(const DscInput *input, const char name[], int64_t n, double column[])
{
  char path[DSC_NAME_LENGTH + 32];

  PetscFunctionBeginUser;
  PetscCall(DscRaggedPath(find_group(), name, sizeof(path), path));
  PetscCall(DscInputReadRows(input, path, H5T_NATIVE_DOUBLE, 1, 0, n, column));
  PetscFunctionReturn(0);
}

/* The bit of a column 'active/LEFT/TERM'; -1 for other columns. */
static PetscInt find_bit(const DscResultsTable *t, const char column[])
{
  char name[2 * DSC_NAME_LENGTH + 16];

  if (strncmp(column, "active/", 7)) return -1;
  for (PetscInt left = 0; left < t->nleft; left++) {
    for (PetscInt term = 0; term < t->nterms; term++) {
      snprintf(name, DSC_NAME_LENGTH, "active/%s/%s", t->left[left], t->terms[term]); /* cut as it was written */
      if (!strcmp(name, column)) return left * t->nterms + term;
    }
  }
  return -1;
}

static PetscErrorCode read_sets(const DscInput *input, const DscResultsTable *t, int64_t n, double column[],
                                DscCandidates *c)
{
  PetscInt ncolumns;
  char   **names;

  PetscFunctionBeginUser;
  PetscCall(DscInputGetTexts(input, "/selection", "columns", &ncolumns, &names));
  for (PetscInt k = 0; k < ncolumns; k++) {
    const PetscInt bit = find_bit(t, names[k]);

    if (bit < 0) continue;
    PetscCall(read_column(input, names[k], n, column));
    for (int64_t i = 0; i < n; i++) {
      if (column[i] == 1.0) set_bit(c->set + i * c->words, bit); /* NaN: the run's library has no such term */
    }
  }
  PetscCall(DscOptionsRestoreStrings(ncolumns, &names));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_candidates(const DscInput *input, const DscResultsTable *t, DscCandidates *c)
{
  PetscBool there;
  int64_t   n;
  double   *column;

  PetscFunctionBeginUser;
  PetscCall(DscInputHas(input, "/selection", &there));
  if (!there) PetscFunctionReturn(0);
  PetscCall(DscInputRead(input, "/selection/offset", H5T_NATIVE_INT64, (int64_t)t->nruns + 1, c->offset));
  for (PetscInt run = 0; run < t->nruns; run++) {
    PetscCall(DscInputCheck(input, (PetscBool)(c->offset[run] >= 0 && c->offset[run + 1] >= c->offset[run]),
                            "/selection/offset"));
  }
  PetscCall(DscInputCount(input, "/selection/score", &n));
  PetscCall(DscInputCheck(input, (PetscBool)(c->offset[0] == 0 && c->offset[t->nruns] == n), "/selection/offset"));
  PetscCall(PetscMalloc3((size_t)n, &c->terms, (size_t)n, &c->error, (size_t)n, &c->score));
  PetscCall(PetscCalloc1((size_t)n * (size_t)c->words, &c->set));
  PetscCall(PetscMalloc1((size_t)n, &column));
  PetscCall(read_column(input, "terms", n, column));
  for (int64_t i = 0; i < n; i++) {
    PetscCall(DscInputCheck(input, (PetscBool)(column[i] >= 0 && column[i] <= (double)t->nleft * (double)t->nterms),
                            "/selection/terms"));
    c->terms[i] = (int)column[i];
  }
  PetscCall(read_column(input, "error", n, c->error));
  PetscCall(read_column(input, "score", n, c->score));
  PetscCall(read_sets(input, t, n, column, c));
  PetscCall(PetscFree(column));
  PetscFunctionReturn(0);
}

PetscErrorCode DscCandidatesRead(const char path[], const DscResultsTable *table, DscCandidates *candidates)
{
  DscInput       input;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(create(table, candidates));
  PetscCall(DscInputOpen(path, &input));
  ierr = read_candidates(&input, table, candidates);
  PetscCall(DscInputClose(&input));
  if (ierr) PetscCall(DscCandidatesDestroy(candidates));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

PetscErrorCode DscCandidatesDestroy(DscCandidates *c)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(c->offset));
  PetscCall(PetscFree(c->found));
  PetscCall(PetscFree3(c->terms, c->error, c->score));
  PetscCall(PetscFree(c->set));
  PetscFunctionReturn(0);
}

/* ---- support ----------------------------------------------------------------------------------------------------- */

static PetscBool is_same(const DscCandidates *c, const uint64_t a[], const uint64_t b[])
{
  return (PetscBool)!memcmp(a, b, (size_t)c->words * sizeof(uint64_t));
}

static const uint64_t *set_of(const DscCandidates *c, int64_t candidate)
{
  return c->set + candidate * c->words;
}

static const uint64_t *found_by(const DscCandidates *c, PetscInt run)
{
  return c->found + (size_t)run * (size_t)c->words;
}

/* Index of a set among a run's candidates; -1: not there. */
static int64_t find_candidate(const DscCandidates *c, PetscInt run, const uint64_t set[])
{
  for (int64_t i = c->offset[run]; i < c->offset[run + 1]; i++) {
    if (is_same(c, set_of(c, i), set) && isfinite(c->score[i])) return i;
  }
  return -1;
}

/* A set in some run, and a number that goes with it. */
typedef struct {
  const uint64_t *set;
  size_t          bytes;
  double          value;
  PetscInt        run;
} Entry;

static int compare_entries(const void *left, const void *right)
{
  const Entry *a = left, *b = right;
  const int    order = memcmp(a->set, b->set, a->bytes);

  return order ? order : (a->run > b->run) - (a->run < b->run);
}

/* End of the entries with the same set as entry `first`, of n sorted ones. */
static PetscInt end_of_group(PetscInt n, const Entry entries[], PetscInt first)
{
  PetscInt end = first + 1;

  while (end < n && !memcmp(entries[end].set, entries[first].set, entries[first].bytes)) end++;
  return end;
}

/* Those of the runs [n] that have an equation, to own; how many. */
static PetscInt choose_runs(const DscResultsTable *t, PetscInt n, const PetscInt runs[], PetscInt own[])
{
  PetscInt count = 0;

  for (PetscInt i = 0; i < n; i++) {
    if (DscRunHasEquation(t, runs[i])) own[count++] = runs[i];
  }
  return count;
}

/* Sum over the runs [n] that have both of b's score - a's. */
static double compare_scores(const DscCandidates *c, PetscInt n, const PetscInt runs[], const uint64_t a[],
                             const uint64_t b[])
{
  double sum = 0;

  for (PetscInt i = 0; i < n; i++) {
    const int64_t at_a = find_candidate(c, runs[i], a), at_b = find_candidate(c, runs[i], b);

    if (at_a >= 0 && at_b >= 0) sum += c->score[at_b] - c->score[at_a];
  }
  return sum;
}

/* The set that most runs found. entries [n] is scratch. */
static void vote(const DscCandidates *c, PetscInt n, const PetscInt runs[], Entry entries[], DscSupport *s)
{
  PetscInt ties = 0;

  s->runs = n;
  for (PetscInt i = 0; i < n; i++) {
    entries[i] = (Entry){.set = found_by(c, runs[i]), .bytes = (size_t)c->words * sizeof(uint64_t), .run = runs[i]};
  }
  if (n) qsort(entries, (size_t)n, sizeof(*entries), compare_entries);
  for (PetscInt first = 0, end; first < n; first = end) {
    PetscBool better;

    end    = end_of_group(n, entries, first);
    better = (PetscBool)(end - first > s->votes);
    if (end - first == s->votes && ties++ < MAX_TIES) {
      const double difference = compare_scores(c, n, runs, s->set, entries[first].set);

      better = (PetscBool)(difference < 0 || (difference == 0 && entries[first].run < s->example));
    }
    if (!better) continue;
    s->set     = entries[first].set;
    s->votes   = end - first;
    s->example = entries[first].run;
  }
}

/* How the supported set does in each run that scored it: lead, best; the others' differences go to others [*nothers]. */
static void compare_in_runs(const DscCandidates *c, PetscInt n, const PetscInt runs[], double leads[], Entry others[],
                            PetscInt *nothers, DscSupport *s)
{
  PetscInt nleads = 0;

  *nothers = 0;
  for (PetscInt i = 0; i < n; i++) {
    const PetscInt run  = runs[i];
    const int64_t  own  = find_candidate(c, run, s->set);
    double         lead = INFINITY;

    if (own < 0) continue;
    for (int64_t k = c->offset[run]; k < c->offset[run + 1]; k++) {
      const double difference = c->score[k] - c->score[own];

      if (k == own || !isfinite(difference)) continue;
      lead = PetscMin(lead, difference);
      others[(*nothers)++] =
          (Entry){.set = set_of(c, k), .bytes = (size_t)c->words * sizeof(uint64_t), .value = difference, .run = run};
    }
    s->scored++;
    s->best += lead >= 0;
    leads[nleads++] = lead; /* infinite where it is alone: not counted by the median */
  }
  s->lead = DscMedian(nleads, leads);
}

static void choose_next(PetscInt n, Entry others[], double work[], DscSupport *s)
{
  double least = INFINITY;

  if (n) qsort(others, (size_t)n, sizeof(*others), compare_entries);
  for (PetscInt first = 0, end; first < n; first = end) {
    PetscInt both = 0;
    double   sum  = 0;

    end = end_of_group(n, others, first);
    for (PetscInt i = first; i < end; i++) {
      if (i > first && others[i].run == others[i - 1].run) continue; /* a run that has it twice */
      sum += others[i].value;
      work[both++] = others[i].value;
    }
    if (2 * both < s->scored || sum / (double)both >= least) continue;
    least     = sum / (double)both;
    s->next   = others[first].set;
    s->both   = both;
    s->sum    = sum;
    s->median = DscMedian(both, work);
  }
}

PetscErrorCode DscSupportCompute(const DscResultsTable *t, const DscCandidates *c, PetscInt n, const PetscInt runs[],
                                 DscSupport *s)
{
  int64_t  rows = n;
  PetscInt nothers;
  PetscInt nown, *own;
  Entry   *entries;
  double  *work;

  PetscFunctionBeginUser;
  *s = (DscSupport){.lead = NAN, .sum = NAN, .median = NAN};
  for (PetscInt i = 0; i < n; i++) rows += c->offset[runs[i] + 1] - c->offset[runs[i]];
  PetscCall(PetscMalloc3((size_t)rows, &entries, n, &work, n, &own));
  nown = choose_runs(t, n, runs, own);
  vote(c, nown, own, entries, s);
  if (s->set) {
    compare_in_runs(c, nown, own, work, entries, &nothers, s);
    choose_next(nothers, entries, work, s);
  }
  PetscCall(PetscFree3(entries, work, own));
  PetscFunctionReturn(0);
}

/* ---- front ------------------------------------------------------------------------------------------------------- */

int64_t DscCandidatesBest(const DscCandidates *c, PetscInt run, int terms)
{
  int64_t best = -1;

  for (int64_t i = c->offset[run]; i < c->offset[run + 1]; i++) {
    if (c->terms[i] == terms && isfinite(c->score[i]) && (best < 0 || c->score[i] < c->score[best])) best = i;
  }
  return best;
}

static double lowest_score(const DscCandidates *c, PetscInt run)
{
  double lowest = INFINITY;

  for (int64_t i = c->offset[run]; i < c->offset[run + 1]; i++) lowest = fmin(lowest, c->score[i]);
  return lowest;
}

/* entries and work [n] are scratch; size->runs 0: no run has this size. */
static void compute_size(const DscCandidates *c, PetscInt n, const PetscInt runs[], Entry entries[], double work[],
                         DscFrontSize *size)
{
  for (PetscInt i = 0; i < n; i++) {
    const int64_t best = DscCandidatesBest(c, runs[i], size->terms);

    if (best < 0) continue;
    work[size->runs]      = c->error[best];
    entries[size->runs++] = (Entry){.set   = set_of(c, best),
                                    .bytes = (size_t)c->words * sizeof(uint64_t),
                                    .value = c->score[best] - lowest_score(c, runs[i]),
                                    .run   = runs[i]};
  }
  if (!size->runs) return;
  size->error = DscMedian(size->runs, work);
  for (PetscInt i = 0; i < size->runs; i++) work[i] = entries[i].value;
  size->score = DscMedian(size->runs, work);
  qsort(entries, (size_t)size->runs, sizeof(*entries), compare_entries);
  for (PetscInt first = 0, end; first < size->runs; first = end) {
    end = end_of_group(size->runs, entries, first);
    if (end - first <= size->votes) continue;
    size->votes = end - first;
    size->set   = entries[first].set;
  }
}

PetscErrorCode DscFrontCompute(const DscResultsTable *t, const DscCandidates *c, PetscInt n, const PetscInt runs[],
                               PetscInt *nsizes, DscFrontSize **sizes)
{
  int      most = -1;
  PetscInt nown, *own;
  Entry   *entries;
  double  *work;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc3(n, &own, n, &entries, n, &work));
  nown = choose_runs(t, n, runs, own);
  for (PetscInt i = 0; i < nown; i++) {
    for (int64_t k = c->offset[own[i]]; k < c->offset[own[i] + 1]; k++) most = PetscMax(most, c->terms[k]);
  }
  *nsizes = 0;
  PetscCall(PetscCalloc1(most + 1, sizes));
  for (int terms = 0; terms <= most; terms++) {
    DscFrontSize *size = *sizes + *nsizes;

    *size = (DscFrontSize){.terms = terms};
    compute_size(c, nown, own, entries, work, size);
    if (size->runs) (*nsizes)++;
  }
  PetscCall(PetscFree3(own, entries, work));
  PetscFunctionReturn(0);
}

/* ---- text -------------------------------------------------------------------------------------------------------- */

typedef struct {
  char  *text;
  size_t size, length;
} Text;

static void append(Text *to, const char before[], const char word[])
{
  if (to->length < to->size) {
    to->length += (size_t)snprintf(to->text + to->length, to->size - to->length, "%s%s", before, word);
  }
}

void DscSetFormat(const DscResultsTable *t, const uint64_t set[], size_t size, char text[])
{
  Text to = {.text = text, .size = size};

  for (PetscInt left = 0; left < t->nleft; left++) {
    PetscInt shown = 0;

    for (PetscInt term = 0; term < t->nterms; term++) {
      if (!DscSetHas(set, left * t->nterms + term)) continue;
      if (!shown && t->nleft > 1) {
        append(&to, to.length ? "; " : "", t->left[left]);
        append(&to, ": ", t->terms[term]);
      } else
        append(&to, shown ? ", " : "", t->terms[term]);
      shown++;
    }
  }
  if (!to.length) append(&to, "", "0");
}

void DscSetFormatChange(const DscResultsTable *t, const uint64_t from[], const uint64_t to[], size_t size, char text[])
{
  Text change = {.text = text, .size = size};

  for (PetscInt left = 0; left < t->nleft; left++) {
    PetscInt shown = 0;

    for (PetscInt term = 0; term < t->nterms; term++) {
      const PetscBool before = DscSetHas(from, left * t->nterms + term), after = DscSetHas(to, left * t->nterms + term);

      if (before == after) continue;
      if (!shown++ && t->nleft > 1) {
        append(&change, change.length ? "; " : "", t->left[left]);
        append(&change, ":", "");
      }
      append(&change, change.length ? " " : "", after ? "+ " : "- ");
      append(&change, "", t->terms[term]);
    }
  }
}
