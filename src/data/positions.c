/*
  Samples that are positions of particles: their order, which of them are used, and what they need for a density at every
  time.
*/
#include "data/dataset.h"

#include <stdlib.h>
#include <string.h>

PetscErrorCode DscSortDifferent(PetscInt nsamples, const double values[], PetscInt *n, double sorted[])
{
  PetscInt different = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(sorted, values, nsamples));
  PetscCall(PetscSortReal(nsamples, sorted));
  for (PetscInt i = 0; i < nsamples; i++) {
    if (i == 0 || sorted[i] != sorted[different - 1]) sorted[different++] = sorted[i];
  }
  *n = different;
  PetscFunctionReturn(0);
}

/* ---- options that do not fit ---------------------------------------------------------------------------------- */

PetscErrorCode DscPositionsCheckOptions(DscOptions options, const DscDataSet *full)
{
  const char *distribution;
  double      level, missing;
  PetscInt    samples, stride;
  PetscBool   skip, window;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetReal(options, "data_noise", &level));
  PetscCall(DscOptionsGetReal(options, "data_missing_fraction", &missing));
  PetscCall(DscDataSkipsMissing(options, &skip));
  PetscCall(DscOptionsGetInt(options, "data_samples", &samples));
  PetscCall(DscOptionsIsSet(options, "data_window_x", &window));
  PetscCall(DscOptionsGetInt(options, "data_stride_x", &stride));
  PetscCall(DscOptionsGetString(options, "data_distribution", &distribution));
  DscOptionsUserCheck(level == 0., options, PETSC_COMM_SELF, "data_noise",
                      "noise is added to values of fields, but these data are positions of particles (%s); give 0",
                      full->description);
  DscOptionsUserCheck(missing == 0., options, PETSC_COMM_SELF, "data_missing_fraction",
                      "values of fields can be missing, but these data are positions of particles (%s); give 0",
                      full->description);
  DscOptionsUserCheck(!skip, options, PETSC_COMM_SELF, "data_missing",
                      "values of fields can be missing, but these data are positions of particles (%s); leave out the "
                      "rows of unknown ones",
                      full->description);
  DscOptionsUserCheck(samples == 0, options, PETSC_COMM_SELF, "data_samples",
                      "positions of particles are used whole (%s); thin their times with data_window_t, data_stride_t",
                      full->description);
  DscOptionsUserCheck(!window, options, PETSC_COMM_SELF, "data_window_x",
                      "a window of x would cut the density of the particles (%s), whose integral must be 1; only "
                      "data_window_t is possible",
                      full->description);
  DscOptionsUserCheck(stride == 1, options, PETSC_COMM_SELF, "data_stride_x",
                      "positions of particles have no stride along x (%s); only data_stride_t is possible",
                      full->description);
  DscOptionsUserCheck(strcmp(distribution, "sharded"), options, PETSC_COMM_SELF, "data_distribution",
                      "positions of particles (%s) are no grid that could be read in parts; give replicated",
                      full->description);
  PetscFunctionReturn(0);
}

/* ---- order ---------------------------------------------------------------------------------------------------- */

typedef struct {
  double   t, x, clean;
  PetscInt particle;
} Position;

static int compare(const void *left, const void *right)
{
  const Position *a = (const Position *)left, *b = (const Position *)right;

  if (a->t != b->t) return a->t < b->t ? -1 : 1;
  if (a->particle != b->particle) return a->particle < b->particle ? -1 : 1;
  return (a->x > b->x) - (a->x < b->x);
}

PetscErrorCode DscPositionsSort(DscDataSet *data)
{
  Position *all;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(data->nsamples, &all));
  for (PetscInt i = 0; i < data->nsamples; i++) {
    all[i] = (Position){.t        = data->coordinates[0][i],
                        .x        = data->coordinates[1][i],
                        .clean    = data->clean[0][i],
                        .particle = data->track ? data->track[i] : 0};
  }
  qsort(all, (size_t)data->nsamples, sizeof(*all), compare);
  for (PetscInt i = 0; i < data->nsamples; i++) {
    data->coordinates[0][i] = all[i].t;
    data->coordinates[1][i] = all[i].x;
    data->clean[0][i]       = all[i].clean;
    if (data->track) data->track[i] = all[i].particle;
  }
  PetscCall(PetscFree(all));
  PetscFunctionReturn(0);
}

/* ---- times ---------------------------------------------------------------------------------------------------- */

/* Samples [first[k], first[k + 1]) are those of times[k]. */
typedef struct {
  PetscInt  n, *first; /* (owned) [n + 1] */
  double   *times;     /* (owned) [n] */
  PetscInt *chosen;    /* (owned) [n] the nchosen that windows and strides leave, at the start */
  PetscInt  nchosen;
} Times;

static PetscErrorCode times_create(const DscDataSet *data, Times *times)
{
  const double *t = data->coordinates[0];
  PetscInt      n = data->nsamples > 0;

  PetscFunctionBeginUser;
  for (PetscInt i = 1; i < data->nsamples; i++) n += t[i] != t[i - 1];
  PetscCall(PetscMalloc1(n + 1, &times->first));
  PetscCall(PetscMalloc1(n, &times->times));
  PetscCall(PetscMalloc1(n, &times->chosen));
  times->n = n;
  n        = 0;
  for (PetscInt i = 0; i < data->nsamples; i++) {
    if (i > 0 && t[i] == t[i - 1]) continue;
    times->first[n]   = i;
    times->times[n++] = t[i];
  }
  times->first[n] = data->nsamples;
  PetscFunctionReturn(0);
}

static PetscErrorCode times_destroy(Times *times)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(times->first));
  PetscCall(PetscFree(times->times));
  PetscCall(PetscFree(times->chosen));
  PetscFunctionReturn(0);
}

/* Windows and strides, whole times at a time. */
static PetscErrorCode choose_times(DscOptions options, const DscDataSet *full, Times *times)
{
  PetscInt single = 0, first = 0;

  PetscFunctionBeginUser;
  PetscCall(times_create(full, times));
  DscUserCheck(times->n > 1, PETSC_COMM_SELF,
               "all %" PetscInt_FMT " positions are of one time, t = %g (%s); a density equation needs several",
               full->nsamples, times->times[0], full->description);
  PetscCall(DscSamplingChooseAlong(options, full->coordinate_names[0], times->n, times->times, &times->nchosen,
                                   times->chosen));
  for (PetscInt k = times->nchosen - 1; k >= 0; k--) {
    const PetscInt at = times->chosen[k];

    if (times->first[at + 1] - times->first[at] > 1) continue;
    single++;
    first = at;
  }
  DscUserCheck(single == 0, PETSC_COMM_SELF,
               "time %.10g has a single walker (%" PetscInt_FMT " of %" PetscInt_FMT
               " times, %s): a density needs two or more at a time, equal in all its digits; leave such times out",
               times->times[first], single, times->nchosen, full->description);
  PetscFunctionReturn(0);
}

/* ---- train and test ------------------------------------------------------------------------------------------- */

/* What goes to one part together: the samples of a particle or, where those are not known, each sample. Those of group g
   are sample[first[g]], ..., sample[first[g + 1] - 1]. */
typedef struct {
  PetscInt   n, *first, *sample; /* (owned) [n + 1], [nsamples] */
  PetscInt  *time, *left; /* (owned) [nsamples] of times each: the time of a sample; what a time has to train on */
  PetscInt  *perm;        /* (owned) [n] */
  PetscBool *test;        /* (owned) [nsamples] */
} Groups;

/* Of the samples listed in sampling. */
static PetscErrorCode groups_create(const DscDataSet *full, const Times *times, const DscSampling *sampling, Groups *g)
{
  const PetscInt n    = full->track ? full->ntracks : sampling->n;
  PetscInt       next = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(n + 2, &g->first));
  PetscCall(PetscMalloc1(sampling->n, &g->sample));
  PetscCall(PetscMalloc1(sampling->n, &g->time));
  PetscCall(PetscCalloc1(times->nchosen, &g->left));
  PetscCall(PetscMalloc1(n, &g->perm));
  PetscCall(PetscCalloc1(sampling->n, &g->test));
  for (PetscInt k = 0, i = 0; k < times->nchosen; k++) {
    g->left[k] = times->first[times->chosen[k] + 1] - times->first[times->chosen[k]];
    for (PetscInt j = 0; j < g->left[k]; j++) g->time[i++] = k;
  }
  /* first[group + 1] is where the next sample of the group goes; afterwards it is where the next group begins */
  for (PetscInt i = 0; i < sampling->n; i++) g->first[2 + (full->track ? full->track[sampling->index[i]] : i)]++;
  for (PetscInt k = 0; k < n; k++) g->first[k + 1] += g->first[k];
  for (PetscInt i = 0; i < sampling->n; i++)
    g->sample[g->first[1 + (full->track ? full->track[sampling->index[i]] : i)]++] = i;
  for (PetscInt k = 0; k < n; k++) { /* particles that windows leave nothing of are none */
    if (g->first[k + 1] > g->first[k]) g->first[next++] = g->first[k];
  }
  g->first[next] = sampling->n;
  g->n           = next;
  PetscFunctionReturn(0);
}

static PetscErrorCode groups_destroy(Groups *g)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(g->first));
  PetscCall(PetscFree(g->sample));
  PetscCall(PetscFree(g->time));
  PetscCall(PetscFree(g->left));
  PetscCall(PetscFree(g->perm));
  PetscCall(PetscFree(g->test));
  PetscFunctionReturn(0);
}

/* Unless it would leave a time less than two. */
static PetscBool take_for_test(Groups *g, PetscInt group)
{
  for (PetscInt j = g->first[group]; j < g->first[group + 1]; j++) {
    if (g->left[g->time[g->sample[j]]] < 3) return PETSC_FALSE;
  }
  for (PetscInt j = g->first[group]; j < g->first[group + 1]; j++) {
    g->test[g->sample[j]] = PETSC_TRUE;
    g->left[g->time[g->sample[j]]]--;
  }
  return PETSC_TRUE;
}

/* Groups in random order until there are enough; then the samples of both parts in the order that they had. */
static PetscErrorCode split(DscOptions options, uint64_t seed, double fraction, const DscDataSet *full, Groups *g,
                            DscSampling *sampling)
{
  const char    *what  = full->track ? "particles" : "positions";
  const PetscInt ntest = (PetscInt)floor(fraction * (double)g->n + .5);
  PetscInt       taken = 0, train = 0, test, *ordered = sampling->index;

  PetscFunctionBeginUser;
  DscOptionsUserCheck(ntest > 0 && ntest < g->n, options, PETSC_COMM_SELF, "data_test_fraction",
                      "%g of %" PetscInt_FMT " %s leaves none to %s", fraction, g->n, what,
                      ntest ? "train on" : "test");
  PetscCall(DscRandomPermutation(seed, DSC_STREAM_SPLIT, g->n, g->n, g->perm));
  for (PetscInt k = 0; k < g->n && taken < ntest; k++) taken += take_for_test(g, g->perm[k]) ? 1 : 0;
  DscOptionsUserCheck(taken == ntest, options, PETSC_COMM_SELF, "data_test_fraction",
                      "%" PetscInt_FMT " of %" PetscInt_FMT " %s are to test on, but only %" PetscInt_FMT
                      " can be: two must be left to train on at every time",
                      ntest, g->n, what, taken);
  for (PetscInt i = 0; i < sampling->n; i++) train += !g->test[i];
  test             = train;
  sampling->ntrain = train;
  PetscCall(PetscMalloc1(sampling->n, &sampling->index));
  train = 0;
  for (PetscInt i = 0; i < sampling->n; i++) sampling->index[g->test[i] ? test++ : train++] = ordered[i];
  PetscCall(PetscFree(ordered));
  PetscFunctionReturn(0);
}

static PetscErrorCode choose(DscOptions options, uint64_t seed, const DscDataSet *full, Times *times, Groups *groups,
                             DscSampling *sampling)
{
  double fraction;

  PetscFunctionBeginUser;
  PetscCall(choose_times(options, full, times));
  PetscCall(PetscMalloc1(full->nsamples, &sampling->index));
  for (PetscInt k = 0; k < times->nchosen; k++) {
    for (PetscInt i = times->first[times->chosen[k]]; i < times->first[times->chosen[k] + 1]; i++)
      sampling->index[sampling->n++] = i;
  }
  sampling->ntrain = sampling->n;
  PetscCall(DscOptionsGetReal(options, "data_test_fraction", &fraction));
  if (fraction == 0.) PetscFunctionReturn(0);
  PetscCall(groups_create(full, times, sampling, groups));
  PetscCall(split(options, seed, fraction, full, groups, sampling));
  PetscFunctionReturn(0);
}

PetscErrorCode DscPositionsChoose(DscOptions options, uint64_t seed, const DscDataSet *full, DscSampling *sampling)
{
  Times          times  = {0};
  Groups         groups = {0};
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  ierr = choose(options, seed, full, &times, &groups, sampling);
  PetscCall(groups_destroy(&groups));
  PetscCall(times_destroy(&times));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

/* ---- what is left --------------------------------------------------------------------------------------------- */

PetscErrorCode DscPositionsFinish(DscDataSet *data)
{
  const double *t = data->coordinates[0], *x = data->coordinates[1];

  PetscFunctionBeginUser;
  PetscCall(DscTracksRenumber(data));
  PetscCall(PetscMalloc1(data->nsamples, &data->fields[0]));
  for (PetscInt i = 0; i < data->nsamples; i++) data->fields[0][i] = NAN;
  for (PetscInt first = 0, i = 1, equal = 1; i <= data->ntrain; i++) {
    if (i < data->ntrain && t[i] == t[first]) {
      equal += x[i] == x[first];
      continue;
    }
    DscUserCheck(equal < i - first, PETSC_COMM_SELF,
                 "time %.10g has all its %" PetscInt_FMT
                 " walkers at %s = %.10g (%s): no density has such a sample; leave that time out, or record finer",
                 t[first], i - first, data->coordinate_names[1], x[first], data->description);
    first = i;
    equal = 1;
  }
  PetscFunctionReturn(0);
}
