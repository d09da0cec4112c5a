/*
  The best set of terms of each size. Exhaustive search is exponential; here sizes are climbed by the best addition and
  descended from all terms by the least missed removal, each set is improved by the best exchange of one term for another
  for as long as one is better, and neighbouring sizes are tried from each other until nothing changes (floating search:
  Pudil, Novovicova and Kittler, Pattern Recognit. Lett. 15, 1994). Within a size the criterion only compares residuals.

  With several experiments a set is that of all of them, its criterion the sum of theirs: a term costs a coefficient in
  each. In an experiment where a term is spanned by the others of the set it changes nothing.

  The criterion is the evidence, not BIC: on networks' and finite differences' sums of the KdV equation, whose residuals
  are small and smooth, BIC went on to 4-8 terms in every run where the evidence stopped at the true two.
*/
#include "regress/estimator.h"
#include "regress/sweep.h"

#include <math.h>

#define ROUNDS   8    /* up and down again; two or three are the rule */
#define ROUNDING 1e-9 /* relative, of a criterion: no improvement */

struct _p_DscPath {
  PetscInt      nterms, nexperiments, limit;
  PetscInt      nsets; /* sets of 0 to nsets - 1 terms are there */
  DscNormalized problem;
  DscSweep     *sweeps;   /* (owned) [nexperiments] */
  DscCriterion *criteria; /* (owned) [nexperiments] */
  PetscBool    *zero;     /* (owned) [nexperiments] y = 0 */
  PetscBool    *set;      /* (owned) [nterms] the set of the sweeps' T, */
  PetscBool    *have;     /* (owned) [nexperiments][nterms] and what of it each T has */
  PetscBool    *rest;     /* (owned) [nterms] what an elimination has left */
  PetscBool    *best;     /* (owned) [limit + 1][nterms] */
  double       *value;    /* (owned) [limit + 1] their criterion; infinite: none yet */
};

PetscErrorCode DscPathCreate(PetscInt nterms, PetscInt nexperiments, PetscInt limit, DscPath *path)
{
  DscPath  s;
  PetscInt sizes;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&s));
  *path           = s;
  s->nterms       = nterms;
  s->nexperiments = nexperiments;
  s->limit        = PetscMin(limit, nterms);
  sizes           = s->limit + 1;
  PetscCall(DscNormalizedCreate(nterms, &s->problem));
  PetscCall(PetscCalloc5(nexperiments, &s->sweeps, nexperiments, &s->criteria, nexperiments, &s->zero,
                         (nexperiments * nterms), &s->have, nterms, &s->rest));
  PetscCall(PetscCalloc3(nterms, &s->set, (sizes * nterms), &s->best, sizes, &s->value));
  for (PetscInt e = 0; e < nexperiments; e++) PetscCall(DscSweepCreate(nterms, &s->sweeps[e]));
  PetscFunctionReturn(0);
}

PetscErrorCode DscPathDestroy(DscPath *path)
{
  DscPath s = *path;

  PetscFunctionBeginUser;
  if (!s) PetscFunctionReturn(0);
  for (PetscInt e = 0; e < s->nexperiments; e++) PetscCall(DscSweepDestroy(&s->sweeps[e]));
  PetscCall(DscNormalizedDestroy(&s->problem));
  PetscCall(PetscFree5(s->sweeps, s->criteria, s->zero, s->have, s->rest));
  PetscCall(PetscFree3(s->set, s->best, s->value));
  PetscCall(PetscFree(*path));
  PetscFunctionReturn(0);
}

/* ---- the present set -------------------------------------------------------------------------------------------- */

static PetscInt count(const DscPath s, const PetscBool set[])
{
  PetscInt p = 0;

  for (PetscInt j = 0; j < s->nterms; j++) p += set[j] ? 1 : 0;
  return p;
}

/* The T of s->set in every experiment; returns its criterion, infinite where a term is in no T. */
static double load(DscPath s)
{
  const PetscInt p     = count(s, s->set);
  double         value = 0.0;

  for (PetscInt e = 0; e < s->nexperiments; e++) {
    PetscBool *have = s->have + e * s->nterms;

    memcpy(have, s->set, (size_t)s->nterms * sizeof(PetscBool));
    (void)DscSweepSet(&s->sweeps[e], have);
    value += DscCriterionValue(&s->criteria[e], DscSweepResidual(&s->sweeps[e], s->sweeps[e].T), p);
  }
  for (PetscInt j = 0; j < s->nterms; j++) {
    PetscBool somewhere = PETSC_FALSE;

    for (PetscInt e = 0; e < s->nexperiments; e++) somewhere = (PetscBool)(somewhere || s->have[e * s->nterms + j]);
    if (s->set[j] && !somewhere) return INFINITY;
  }
  return value;
}

/* S of experiment e after term j left the set of T or came in; *changes: it is of use there. Where another term of the set
   is spanned there by one that leaves it is too large: a set may be missed, but none gets a wrong score. */
static double residual_after(const DscPath s, PetscInt e, const double T[], PetscInt j, PetscBool in,
                             PetscBool *changes)
{
  const double S     = fmax(DscSweepResidual(&s->sweeps[e], T), 0.0);
  double       after = S;

  *changes = PETSC_FALSE;
  if (in && !s->have[e * s->nterms + j]) return S;
  after    = DscSweepResidualAfter(&s->sweeps[e], T, j, in);
  *changes = isfinite(after) ? PETSC_TRUE : PETSC_FALSE;
  return *changes ? after : S;
}

/* The criterion with p terms, after term j left the set or came in; without: of the scratch T of the sweeps. */
static double value_after(const DscPath s, PetscInt j, PetscInt p, PetscBool without)
{
  PetscBool useful = PETSC_FALSE;
  double    value  = 0.0;

  for (PetscInt e = 0; e < s->nexperiments; e++) {
    const double *T = without ? s->sweeps[e].without : s->sweeps[e].T;
    PetscBool     changes;

    value += DscCriterionValue(&s->criteria[e], residual_after(s, e, T, j, s->set[j], &changes), p);
    useful = (PetscBool)(useful || changes);
  }
  return useful || s->set[j] ? value : INFINITY;
}

/* The term outside (in: inside) the set whose coming (leaving) is best; -1: none. */
static PetscInt best_flip(const DscPath s, PetscBool in)
{
  const PetscInt p     = count(s, s->set) + (in ? -1 : 1);
  PetscInt       which = -1;
  double         least = INFINITY;

  for (PetscInt j = 0; j < s->nterms; j++) {
    const double value = s->set[j] == in ? value_after(s, j, p, PETSC_FALSE) : INFINITY;

    if (!(value < least)) continue;
    least = value;
    which = j;
  }
  return which;
}

/* ---- search ------------------------------------------------------------------------------------------------------ */

static PetscBool is_less(double value, double than)
{
  return isfinite(than) ? (PetscBool)(value < than - ROUNDING * fabs(than)) : (PetscBool)isfinite(value);
}

/* The best exchange of one term of the set for another, if it lowers *value; made, and *value its criterion. */
static PetscErrorCode exchange(DscPath s, PetscInt p, double *value, PetscBool *made)
{
  const size_t size   = (size_t)(s->nterms + 1) * (size_t)(s->nterms + 1);
  PetscInt     leaves = -1, enters = -1;
  double       least = *value - ROUNDING * fabs(*value);

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < s->nterms; k++) {
    if (!s->set[k]) continue;
    for (PetscInt e = 0; e < s->nexperiments; e++) {
      PetscCall(PetscArraycpy(s->sweeps[e].without, s->sweeps[e].T, size));
      if (s->have[e * s->nterms + k]) DscSweepFlip(&s->sweeps[e], s->sweeps[e].without, k);
    }
    for (PetscInt j = 0; j < s->nterms; j++) {
      const double after = s->set[j] ? INFINITY : value_after(s, j, p, PETSC_TRUE);

      if (!(after < least)) continue;
      least  = after;
      leaves = k;
      enters = j;
    }
  }
  *made = leaves >= 0 ? PETSC_TRUE : PETSC_FALSE;
  if (!*made) PetscFunctionReturn(0);
  s->set[leaves] = PETSC_FALSE;
  s->set[enters] = PETSC_TRUE;
  *value         = load(s);
  PetscFunctionReturn(0);
}

/* Improves s->set, and keeps it if it is the best of its size. */
static PetscErrorCode try_set(DscPath s, PetscBool *better)
{
  const PetscInt p     = count(s, s->set);
  double         value = load(s);
  PetscBool      made  = PETSC_TRUE;

  PetscFunctionBeginUser;
  for (PetscInt step = 0; step < 4 * s->nterms && made && isfinite(value); step++) { /* the limit is against rounding */
    PetscCall(exchange(s, p, &value, &made));
  }
  *better = is_less(value, s->value[p]);
  if (!*better) PetscFunctionReturn(0);
  s->value[p] = value;
  s->nsets    = PetscMax(s->nsets, p + 1);
  PetscCall(PetscArraycpy(s->best + p * s->nterms, s->set, s->nterms));
  PetscFunctionReturn(0);
}

/* From the best set of p terms to one of p + 1 (in: p - 1). */
static PetscErrorCode step_from(DscPath s, PetscInt p, PetscBool in, PetscBool *better)
{
  PetscInt j;

  PetscFunctionBeginUser;
  *better = PETSC_FALSE;
  PetscCall(PetscArraycpy(s->set, s->best + p * s->nterms, s->nterms));
  (void)load(s);
  j = best_flip(s, in);
  if (j < 0) PetscFunctionReturn(0);
  s->set[j] = (PetscBool)!in;
  PetscCall(try_set(s, better));
  PetscFunctionReturn(0);
}

/* Down from all terms; the sets that are small enough are tried. */
static PetscErrorCode eliminate(DscPath s)
{
  PetscBool better;

  PetscFunctionBeginUser;
  for (PetscInt j = 0; j < s->nterms; j++) s->rest[j] = PETSC_TRUE;
  for (PetscInt p = s->nterms; p > 0; p--) {
    PetscInt out = -1;

    PetscCall(PetscArraycpy(s->set, s->rest, s->nterms));
    (void)load(s);
    for (PetscInt j = 0; j < s->nterms && out < 0; j++) { /* what is spanned is missed by nobody */
      PetscBool spanned = s->rest[j];

      for (PetscInt e = 0; e < s->nexperiments; e++) spanned = (PetscBool)(spanned && !s->have[e * s->nterms + j]);
      if (spanned) out = j;
    }
    if (out < 0) out = best_flip(s, PETSC_TRUE);
    if (p <= s->limit) PetscCall(try_set(s, &better));
    if (out < 0) break;
    s->rest[out] = PETSC_FALSE;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode set_problem(DscPath s, const DscGram grams[])
{
  PetscFunctionBeginUser;
  for (PetscInt e = 0; e < s->nexperiments; e++) {
    PetscCall(DscNormalizedSet(&s->problem, &grams[e]));
    PetscCall(DscSweepSetProblem(&s->sweeps[e], &s->problem, NULL));
    s->criteria[e] = DscCriterionMake(PETSC_TRUE, grams[e].nsamples, s->nterms);
    s->zero[e]     = s->problem.rms_y > 0.0 ? PETSC_FALSE : PETSC_TRUE;
  }
  for (PetscInt p = 0; p <= s->limit; p++) s->value[p] = INFINITY;
  s->nsets = 0;
  PetscFunctionReturn(0);
}

PetscErrorCode DscPathCompute(DscPath s, const DscGram grams[], PetscInt *nsets)
{
  PetscBool better = PETSC_TRUE, zero = PETSC_TRUE;

  PetscFunctionBeginUser;
  PetscCall(set_problem(s, grams));
  PetscCall(PetscArrayzero(s->set, s->nterms));
  PetscCall(try_set(s, &better));
  for (PetscInt e = 0; e < s->nexperiments; e++) zero = (PetscBool)(zero && s->zero[e]);
  for (PetscInt p = 0; p < s->limit && better && !zero; p++) PetscCall(step_from(s, p, PETSC_FALSE, &better));
  if (!zero) PetscCall(eliminate(s));
  better = (PetscBool)!zero;
  for (PetscInt round = 0; round < ROUNDS && better; round++) {
    PetscBool one;

    better = PETSC_FALSE;
    for (PetscInt p = 0; p + 1 < s->nsets; p++) {
      PetscCall(step_from(s, p, PETSC_FALSE, &one));
      better = (PetscBool)(better || one);
    }
    for (PetscInt p = s->nsets - 1; p > 1; p--) {
      PetscCall(step_from(s, p, PETSC_TRUE, &one));
      better = (PetscBool)(better || one);
    }
  }
  *nsets = s->nsets;
  PetscFunctionReturn(0);
}

PetscErrorCode DscPathGetSet(DscPath s, PetscInt size, const PetscBool **active, double *error, double *score)
{
  PetscFunctionBeginUser;
  PetscCheck(size >= 0 && size < s->nsets, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "a set of %" PetscInt_FMT " terms of a path of %" PetscInt_FMT, size, s->nsets);
  *active = s->best + size * s->nterms;
  PetscCall(DscPathScore(s, *active, error, score, NULL, NULL));
  PetscFunctionReturn(0);
}

/* Error and score of the set of the sweeps' T. */
static void score_loaded(const DscPath s, PetscInt p, double *error, double *score)
{
  *error = *score = 0.0;
  for (PetscInt e = 0; e < s->nexperiments; e++) {
    const double S = fmax(DscSweepResidual(&s->sweeps[e], s->sweeps[e].T), 0.0);

    *error += s->zero[e] ? 0.0 : S / (double)s->nexperiments;
    *score += DscCriterionValue(&s->criteria[e], S, p);
  }
}

/* What residual_after() says is wrong where a term of the set is spanned in some experiment by one that leaves. */
static PetscBool is_regular(const DscPath s)
{
  for (PetscInt e = 0; e < s->nexperiments; e++) {
    for (PetscInt j = 0; j < s->nterms; j++) {
      if (s->set[j] && !s->have[e * s->nterms + j]) return PETSC_FALSE;
    }
  }
  return PETSC_TRUE;
}

PetscErrorCode DscPathScore(DscPath s, const PetscBool active[], double *error, double *score, double flipped_error[],
                            double flipped_score[])
{
  const PetscInt p = count(s, active);
  PetscBool      regular;

  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(s->set, active, s->nterms));
  (void)load(s);
  score_loaded(s, p, error, score);
  regular = is_regular(s);
  for (PetscInt j = 0; j < s->nterms && flipped_error; j++) {
    const PetscInt q = p + (s->set[j] ? -1 : 1);

    if (!regular) {
      double value;

      s->set[j] = (PetscBool)!s->set[j];
      value     = load(s);
      score_loaded(s, q, &flipped_error[j], &flipped_score[j]);
      if (!isfinite(value)) flipped_score[j] = value;
      s->set[j] = (PetscBool)!s->set[j];
      continue;
    }
    flipped_error[j] = 0.0;
    flipped_score[j] = value_after(s, j, q, PETSC_FALSE);
    for (PetscInt e = 0; e < s->nexperiments; e++) {
      PetscBool    changes;
      const double S = residual_after(s, e, s->sweeps[e].T, j, s->set[j], &changes);

      flipped_error[j] += s->zero[e] ? 0.0 : S / (double)s->nexperiments;
    }
  }
  PetscFunctionReturn(0);
}
