/*
  Sets of terms that a run might have found, scored on the sums with which it ended (regress/path.c). The score is
  conditional on these sums: a surrogate that was trained under the equation found fits that equation best.
*/
#include "method/selection.h"

#include <math.h>
#include <stdlib.h>

enum { COLUMN_TERMS, COLUMN_ERROR, COLUMN_SCORE, COLUMNS };
static const char *const general[COLUMNS] = {"terms", "error", "score"};

enum {
  MAX_TERMS_A_LEFT = 8, /* of the best sets of each size */
  MAX_TERMS        = 16
};

static PetscErrorCode set_columns(DscResult *r)
{
  const PetscInt n = COLUMNS + r->nleft * r->nterms;
  PetscInt       c = 0;
  char(*names)[DSC_NAME_LENGTH];

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, &names));
  for (; c < COLUMNS; c++) PetscCall(PetscStrncpy(names[c], general[c], DSC_NAME_LENGTH));
  for (PetscInt f = 0; f < r->nleft; f++) {
    for (PetscInt j = 0; j < r->nterms; j++) {
      PetscCall(PetscSNPrintf(names[c++], DSC_NAME_LENGTH, "active/%s/%s", r->left[f], r->terms[j]));
    }
  }
  PetscCall(DscTableSetColumns(&r->selection, n, (const char(*)[DSC_NAME_LENGTH])names));
  PetscCall(PetscFree(names));
  PetscFunctionReturn(0);
}

/* Row of a set in the table; -1: not there. */
static PetscInt find_row(const DscResult *r, const PetscBool active[])
{
  const PetscInt n = r->nleft * r->nterms;

  for (PetscInt row = 0; row < r->selection.nrows; row++) {
    const double *values = r->selection.values + (size_t)row * (size_t)(COLUMNS + n) + COLUMNS;
    PetscInt      i      = 0;

    while (i < n && (values[i] != 0.0) == (active[i] != PETSC_FALSE)) i++;
    if (i == n) return row;
  }
  return -1;
}

/* A term of several experiments counts once. */
static PetscInt count_terms(const DscResult *r, PetscInt nexperiments, const PetscBool active[])
{
  const PetscInt n     = r->nleft * r->nterms / nexperiments;
  PetscInt       terms = 0;

  for (PetscInt i = 0; i < n; i++) {
    PetscInt e = 0;

    while (e < nexperiments && !active[e * n + i]) e++;
    terms += e < nexperiments ? 1 : 0;
  }
  return terms;
}

PetscErrorCode DscSelectionAdd(DscResult *r, PetscInt nexperiments, const PetscBool active[], double error,
                               double score)
{
  const PetscInt n = r->nleft * r->nterms;
  PetscInt       at;
  double        *row;

  PetscFunctionBeginUser;
  if (!r->selection.ncolumns) PetscCall(set_columns(r));
  at = find_row(r, active);
  if (at >= 0) {
    row               = r->selection.values + (size_t)at * (size_t)(COLUMNS + n);
    row[COLUMN_ERROR] = error;
    row[COLUMN_SCORE] = score;
    PetscFunctionReturn(0);
  }
  PetscCall(PetscMalloc1((size_t)(COLUMNS + n), &row));
  row[COLUMN_TERMS] = (double)count_terms(r, nexperiments, active);
  row[COLUMN_ERROR] = error;
  row[COLUMN_SCORE] = score;
  for (PetscInt i = 0; i < n; i++) row[COLUMNS + i] = active[i] ? 1.0 : 0.0;
  PetscCall(DscTableAddRow(&r->selection, row));
  PetscCall(PetscFree(row));
  PetscFunctionReturn(0);
}

/* ---- from the moments ------------------------------------------------------------------------------------------- */

typedef struct {
  PetscInt   terms;
  double     error, score;
  PetscBool *active; /* (not owned) [nown][nterms] */
} Candidate;

typedef struct {
  PetscInt   nexperiments, nown, nterms; /* nown: left-hand sides of one experiment */
  DscPath   *paths;                      /* (owned) [nown] */
  PetscInt  *nsets;                      /* (owned) [nown] of each path */
  DscGram   *grams;                      /* (owned) [nexperiments] of one left-hand side */
  double    *G, *b;                      /* (owned) [nexperiments][nterms][nterms], [nexperiments][nterms] */
  PetscInt   n;                          /* candidates so far */
  Candidate *candidates;                 /* (owned) [DSC_SELECTION_MAX_ROWS] */
  PetscBool *active;                     /* (owned) [DSC_SELECTION_MAX_ROWS + 1][nown][nterms], the last one scratch */
  double    *flipped_error, *flipped_score; /* (owned) [nown][nterms] */
} Selection;

static PetscErrorCode create(PetscInt nexperiments, PetscInt nown, PetscInt nterms, Selection *s)
{
  const PetscInt size = nown * nterms, rows = DSC_SELECTION_MAX_ROWS;

  PetscFunctionBeginUser;
  *s = (Selection){.nexperiments = nexperiments, .nown = nown, .nterms = nterms};
  PetscCall(PetscCalloc5(nown, &s->paths, nown, &s->nsets, nexperiments, &s->grams,
                         (size_t)(nexperiments * nterms * nterms), &s->G, (nexperiments * nterms), &s->b));
  PetscCall(PetscCalloc4(rows, &s->candidates, ((rows + 1) * size), &s->active, size, &s->flipped_error, size,
                         &s->flipped_score));
  for (PetscInt f = 0; f < nown; f++) PetscCall(DscPathCreate(nterms, nexperiments, MAX_TERMS_A_LEFT, &s->paths[f]));
  PetscFunctionReturn(0);
}

static PetscErrorCode destroy(Selection *s)
{
  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < s->nown; f++) PetscCall(DscPathDestroy(&s->paths[f]));
  PetscCall(PetscFree5(s->paths, s->nsets, s->grams, s->G, s->b));
  PetscCall(PetscFree4(s->candidates, s->active, s->flipped_error, s->flipped_score));
  PetscFunctionReturn(0);
}

/* The problems of one left-hand side in all experiments, every term allowed. */
static void set_grams(Selection *s, const DscMoments *m, PetscInt own)
{
  const PetscInt M = s->nterms, K = m->nrows;

  for (PetscInt e = 0; e < s->nexperiments; e++) {
    const PetscInt left = e * (m->nleft / m->nexperiments) + own, y = DscMomentsRow(m, left);
    const double  *C = m->C + DscMomentsOffset(m, left);
    double        *G = s->G + e * M * M, *b = s->b + e * M;

    for (PetscInt i = 0; i < M; i++) {
      for (PetscInt j = 0; j < M; j++) G[i * M + j] = C[i * K + j];
      b[i] = C[y * K + i];
    }
    s->grams[e] = (DscGram){.nterms = M, .nsamples = m->count[left], .G = G, .b = b, .yy = C[y * K + y]};
  }
}

static PetscErrorCode compute_paths(Selection *s, PetscInt n, const DscMoments moments[])
{
  PetscInt f = 0;

  PetscFunctionBeginUser;
  for (PetscInt m = 0; m < n; m++) {
    for (PetscInt own = 0; own < moments[m].nleft / moments[m].nexperiments; own++, f++) {
      set_grams(s, &moments[m], own);
      PetscCall(DscPathCompute(s->paths[f], s->grams, &s->nsets[f]));
    }
  }
  PetscFunctionReturn(0);
}

/* Scores active [nown][nterms] and, unless there is no room or it is there, makes it a candidate. */
static PetscErrorCode consider(Selection *s, const PetscBool active[], PetscBool flips)
{
  const PetscInt size = s->nown * s->nterms;
  Candidate      one  = {.active = s->active + s->n * size};

  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < s->nown; f++) {
    double error, score;

    PetscCall(DscPathScore(s->paths[f], active + f * s->nterms, &error, &score,
                           flips ? s->flipped_error + f * s->nterms : NULL,
                           flips ? s->flipped_score + f * s->nterms : NULL));
    one.error += error / (double)s->nown;
    one.score += score;
  }
  for (PetscInt i = 0; i < size; i++) one.terms += active[i] ? 1 : 0;
  for (PetscInt i = 0; i < s->n; i++) {
    PetscBool same;

    PetscCall(PetscArraycmp(s->candidates[i].active, active, size, &same));
    if (same) PetscFunctionReturn(0);
  }
  if (s->n == DSC_SELECTION_MAX_ROWS || !isfinite(one.score)) PetscFunctionReturn(0);
  PetscCall(PetscArraymove(one.active, active, size));
  s->candidates[s->n++] = one;
  PetscFunctionReturn(0);
}

/* The best joint set of each size: how many of its terms each left-hand side has is chosen by dynamic programming. */
static PetscErrorCode consider_sizes(Selection *s)
{
  const PetscInt stride = MAX_TERMS + 1;
  PetscInt      *own; /* [nown][stride] terms of the left-hand side in the best set of it and those before */
  double        *best, *next;
  PetscBool     *active = s->active + DSC_SELECTION_MAX_ROWS * s->nown * s->nterms;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc3((s->nown * stride), &own, stride, &best, stride, &next));
  for (PetscInt t = 0; t < stride; t++) best[t] = t ? INFINITY : 0.0;
  for (PetscInt f = 0; f < s->nown; f++) {
    for (PetscInt t = 0; t < stride; t++) next[t] = INFINITY;
    for (PetscInt p = 0; p < s->nsets[f]; p++) {
      const PetscBool *set;
      double           error, score;

      PetscCall(DscPathGetSet(s->paths[f], p, &set, &error, &score));
      for (PetscInt t = p; t < stride; t++) {
        if (!(best[t - p] + score < next[t])) continue;
        next[t]             = best[t - p] + score;
        own[f * stride + t] = p;
      }
    }
    PetscCall(PetscArraycpy(best, next, stride));
  }
  for (PetscInt t = 0; t < stride; t++) {
    PetscInt left = t;

    if (!isfinite(best[t])) continue;
    for (PetscInt f = s->nown - 1; f >= 0; f--) {
      const PetscBool *set;
      double           error, score;

      PetscCall(DscPathGetSet(s->paths[f], own[f * stride + left], &set, &error, &score));
      PetscCall(PetscArraycpy(active + f * s->nterms, set, s->nterms));
      left -= own[f * stride + left];
    }
    PetscCall(consider(s, active, PETSC_FALSE));
  }
  PetscCall(PetscFree3(own, best, next));
  PetscFunctionReturn(0);
}

/* The equation, and the sets that differ from it by one term, the best first. */
static PetscErrorCode consider_equation(Selection *s, const DscResult *r)
{
  const PetscInt size   = s->nown * s->nterms;
  PetscBool     *active = s->active + DSC_SELECTION_MAX_ROWS * size;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < size; i++) {
    active[i] = PETSC_FALSE;
    for (PetscInt e = 0; e < s->nexperiments; e++) active[i] = (PetscBool)(active[i] || r->active[e * size + i]);
  }
  PetscCall(consider(s, active, PETSC_TRUE));
  for (PetscInt f = 0; f < s->nown; f++) { /* differences, which do not depend on the other left-hand sides */
    double error, score;

    PetscCall(DscPathScore(s->paths[f], active + f * s->nterms, &error, &score, NULL, NULL));
    for (PetscInt j = 0; j < s->nterms; j++) s->flipped_score[f * s->nterms + j] -= score;
  }
  for (PetscInt k = 0; k < size && s->n < DSC_SELECTION_MAX_ROWS; k++) {
    PetscInt next = 0;

    for (PetscInt i = 1; i < size; i++) {
      if (s->flipped_score[i] < s->flipped_score[next]) next = i;
    }
    if (!isfinite(s->flipped_score[next])) break;
    active[next] = (PetscBool)!active[next];
    PetscCall(consider(s, active, PETSC_FALSE));
    active[next]           = (PetscBool)!active[next];
    s->flipped_score[next] = INFINITY;
  }
  PetscFunctionReturn(0);
}

static int compare_candidates(const void *left, const void *right)
{
  const Candidate *a = left, *b = right;

  if (a->terms != b->terms) return a->terms < b->terms ? -1 : 1;
  if (a->score != b->score) return a->score < b->score ? -1 : 1;
  return a->active < b->active ? -1 : a->active > b->active;
}

static PetscErrorCode write_table(Selection *s, DscResult *r)
{
  const PetscInt size = s->nown * s->nterms;
  PetscBool     *all;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1((s->nexperiments * size), &all));
  qsort(s->candidates, (size_t)s->n, sizeof(Candidate), compare_candidates);
  for (PetscInt i = 0; i < s->n; i++) {
    const Candidate *one = &s->candidates[i];

    for (PetscInt e = 0; e < s->nexperiments; e++) PetscCall(PetscArraycpy(all + e * size, one->active, size));
    PetscCall(DscSelectionAdd(r, s->nexperiments, all, one->error, one->score));
  }
  PetscCall(PetscFree(all));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSelectionFill(PetscInt n, const DscMoments moments[], DscResult *r)
{
  Selection s;

  PetscFunctionBeginUser;
  PetscCheck(n == 1 || moments[0].nexperiments == 1, PETSC_COMM_SELF, PETSC_ERR_ARG_INCOMP, "several experiments");
  PetscCall(create(moments[0].nexperiments, r->nleft / moments[0].nexperiments, r->nterms, &s));
  PetscCall(compute_paths(&s, n, moments));
  PetscCall(consider_sizes(&s));
  PetscCall(consider_equation(&s, r));
  PetscCall(write_table(&s, r));
  PetscCall(destroy(&s));
  PetscFunctionReturn(0);
}
