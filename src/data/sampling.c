/*
  Which points become samples: a window of each coordinate, strides along a grid, a subset of what is left, and its
  division into training and test samples.
*/
#include "data/dataset.h"

PetscErrorCode DscSamplingGetWindow(DscOptions options, const char letter[], double slack, double window[2])
{
  char      key[DSC_NAME_LENGTH];
  PetscBool set;
  PetscInt  n;
  double   *values;

  PetscFunctionBeginUser;
  window[0] = PETSC_NINFINITY;
  window[1] = PETSC_INFINITY;
  PetscCall(PetscSNPrintf(key, sizeof(key), "data_window_%s", letter));
  PetscCall(DscOptionsIsSet(options, key, &set));
  if (!set) PetscFunctionReturn(0);
  PetscCall(DscOptionsGetReals(options, key, &n, &values));
  if (n == 2) {
    window[0] = values[0];
    window[1] = values[1];
  }
  PetscCall(PetscFree(values));
  DscOptionsUserCheck(n == 2, options, PETSC_COMM_SELF, key, "a window is two values, min and max, not %" PetscInt_FMT,
                      n);
  DscOptionsUserCheck(window[0] < window[1], options, PETSC_COMM_SELF, key, "min %g must be less than max %g",
                      window[0], window[1]);
  window[0] -= slack;
  window[1] += slack;
  PetscFunctionReturn(0);
}

PetscErrorCode DscSamplingGetStride(DscOptions options, const char letter[], PetscInt *stride)
{
  char key[DSC_NAME_LENGTH];

  PetscFunctionBeginUser;
  PetscCall(PetscSNPrintf(key, sizeof(key), "data_stride_%s", letter));
  PetscCall(DscOptionsGetInt(options, key, stride));
  PetscFunctionReturn(0);
}

/* A window or stride along a coordinate that the set does not have would be ignored silently. */
PetscErrorCode DscSamplingCheckLetters(DscOptions options, const DscDataSet *full)
{
  PetscFunctionBeginUser;
  for (PetscInt l = 0; l < DSC_MAX_COORDINATES; l++) {
    const char *letter = DscCoordinateLetters[l];
    char        key[DSC_NAME_LENGTH];
    double      window[2];
    PetscInt    stride;
    PetscBool   has = PETSC_FALSE;

    for (PetscInt c = 0; c < full->ncoordinates && !has; c++) {
      PetscCall(PetscStrcmp(full->coordinate_names[c], letter, &has));
    }
    if (has) continue;
    PetscCall(DscSamplingGetWindow(options, letter, 0., window));
    PetscCall(PetscSNPrintf(key, sizeof(key), "data_window_%s", letter));
    DscOptionsUserCheck(window[0] == PETSC_NINFINITY, options, PETSC_COMM_SELF, key,
                        "the data have no coordinate %s (%s)", letter, full->description);
    PetscCall(DscSamplingGetStride(options, letter, &stride));
    PetscCall(PetscSNPrintf(key, sizeof(key), "data_stride_%s", letter));
    DscOptionsUserCheck(stride == 1, options, PETSC_COMM_SELF, key, "the data have no coordinate %s (%s)", letter,
                        full->description);
  }
  PetscFunctionReturn(0);
}

double DscSamplingGetSlack(PetscInt n, const double values[], double *min, double *max)
{
  *min = *max = values[0];
  for (PetscInt i = 1; i < n; i++) {
    *min = PetscMin(*min, values[i]);
    *max = PetscMax(*max, values[i]);
  }
  return 1e-9 * (*max - *min);
}

PetscErrorCode DscSamplingChooseAlong(DscOptions options, const char letter[], PetscInt extent, const double values[],
                                      PetscInt *n, PetscInt index[])
{
  char     key[DSC_NAME_LENGTH];
  PetscInt stride, inside = 0;
  double   window[2], min, max, slack;

  PetscFunctionBeginUser;
  slack = DscSamplingGetSlack(extent, values, &min, &max);
  PetscCall(DscSamplingGetWindow(options, letter, slack, window));
  PetscCall(DscSamplingGetStride(options, letter, &stride));
  for (PetscInt i = 0; i < extent; i++) {
    if (values[i] >= window[0] && values[i] <= window[1]) index[inside++] = i;
  }
  PetscCall(PetscSNPrintf(key, sizeof(key), "data_window_%s", letter));
  DscOptionsUserCheck(inside > 1 || window[0] == PETSC_NINFINITY, options, PETSC_COMM_SELF, key,
                      "%s of the %" PetscInt_FMT " values of %s, which spans [%g, %g], is inside",
                      inside ? "one" : "none", extent, letter, min, max);
  *n = 0;
  for (PetscInt i = 0; i < inside; i += stride) index[(*n)++] = index[i];
  PetscCall(PetscSNPrintf(key, sizeof(key), "data_stride_%s", letter));
  DscOptionsUserCheck(*n > 1 || stride == 1, options, PETSC_COMM_SELF, key,
                      "stride %" PetscInt_FMT " leaves one of %" PetscInt_FMT " points along %s; two are needed",
                      stride, inside, letter);
  PetscFunctionReturn(0);
}

static PetscErrorCode choose_on_grid(DscOptions options, const DscDataSet *full, DscSampling *sampling)
{
  PetscInt step[DSC_MAX_COORDINATES], **along = sampling->along, n = 1;

  PetscFunctionBeginUser;
  step[full->ncoordinates - 1] = 1;
  for (PetscInt c = full->ncoordinates - 1; c > 0; c--) step[c - 1] = step[c] * full->grid[c];
  for (PetscInt c = 0; c < full->ncoordinates; c++) {
    PetscErrorCode ierr;
    double        *axis;

    PetscCall(PetscMalloc1(full->grid[c], &along[c]));
    PetscCall(PetscMalloc1(full->grid[c], &axis));
    for (PetscInt i = 0; i < full->grid[c]; i++) axis[i] = full->coordinates[c][i * step[c]];
    ierr =
        DscSamplingChooseAlong(options, full->coordinate_names[c], full->grid[c], axis, &sampling->grid[c], along[c]);
    PetscCall(PetscFree(axis));
    PetscCall(ierr);
    n *= sampling->grid[c];
  }
  sampling->n = n;
  PetscCall(PetscMalloc1(n, &sampling->index));
  for (PetscInt i = 0; i < n; i++) {
    PetscInt rest = i, position = 0;

    for (PetscInt c = full->ncoordinates - 1; c >= 0; c--) {
      position += along[c][rest % sampling->grid[c]] * step[c];
      rest /= sampling->grid[c];
    }
    sampling->index[i] = position;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode choose_scattered(DscOptions options, const DscDataSet *full, DscSampling *sampling)
{
  double window[DSC_MAX_COORDINATES][2];

  PetscFunctionBeginUser;
  for (PetscInt c = 0; c < full->ncoordinates; c++) {
    char     key[DSC_NAME_LENGTH];
    PetscInt stride;
    double   min, max, slack = DscSamplingGetSlack(full->nsamples, full->coordinates[c], &min, &max);

    PetscCall(DscSamplingGetWindow(options, full->coordinate_names[c], slack, window[c]));
    PetscCall(DscSamplingGetStride(options, full->coordinate_names[c], &stride));
    PetscCall(PetscSNPrintf(key, sizeof(key), "data_stride_%s", full->coordinate_names[c]));
    DscOptionsUserCheck(stride == 1, options, PETSC_COMM_SELF, key,
                        "scattered points have no stride; use -data_sampling regular or random with -data_samples");
  }
  PetscCall(PetscMalloc1(full->nsamples, &sampling->index));
  for (PetscInt i = 0; i < full->nsamples; i++) {
    PetscBool inside = PETSC_TRUE;

    for (PetscInt c = 0; c < full->ncoordinates; c++) {
      if (full->coordinates[c][i] < window[c][0] || full->coordinates[c][i] > window[c][1]) inside = PETSC_FALSE;
    }
    if (inside) sampling->index[sampling->n++] = i;
  }
  DscUserCheck(sampling->n > 0, PETSC_COMM_SELF,
               "data_window_*: none of the %" PetscInt_FMT " points is inside all windows (%s)", full->nsamples,
               full->description);
  PetscFunctionReturn(0);
}

/* data_samples of the points chosen so far. */
static PetscErrorCode choose_subset(DscOptions options, uint64_t seed, DscSampling *sampling)
{
  const PetscInt n = sampling->n;
  PetscInt       k, *perm, *all = sampling->index;
  const char    *kind;
  PetscBool      random, regular;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetInt(options, "data_samples", &k));
  PetscCall(DscOptionsGetString(options, "data_sampling", &kind));
  PetscCall(PetscStrcmp(kind, "random", &random));
  PetscCall(PetscStrcmp(kind, "regular", &regular));
  DscOptionsUserCheck(k <= n, options, PETSC_COMM_SELF, "data_samples",
                      "%" PetscInt_FMT " samples wanted, but windows and strides leave %" PetscInt_FMT, k, n);
  if (k == 0 || k == n) PetscFunctionReturn(0);
  DscOptionsUserCheck(random || regular, options, PETSC_COMM_SELF, "data_samples",
                      "%" PetscInt_FMT " of %" PetscInt_FMT " points: choose how with -data_sampling random or regular",
                      k, n);
  PetscCall(PetscMalloc1(n, &perm));
  if (random) {
    PetscCall(DscRandomPermutation(seed, DSC_STREAM_SAMPLING, n, k, perm));
  } else {
    for (PetscInt i = 0; i < k; i++) perm[i] = (PetscInt)((int64_t)i * n / k);
  }
  PetscCall(PetscMalloc1(k, &sampling->index));
  for (PetscInt i = 0; i < k; i++) sampling->index[i] = all[perm[i]];
  sampling->n = k;
  PetscCall(PetscArrayzero(sampling->grid, DSC_MAX_COORDINATES));
  PetscCall(PetscFree(perm));
  PetscCall(PetscFree(all));
  PetscFunctionReturn(0);
}

/* Shuffled, so that the first ntrain samples are as random a choice as the test samples behind them. */
static PetscErrorCode split(DscOptions options, uint64_t seed, DscSampling *sampling)
{
  const PetscInt n = sampling->n;
  PetscInt       ntest, *perm, *ordered = sampling->index;
  double         fraction;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetReal(options, "data_test_fraction", &fraction));
  sampling->ntrain = n;
  if (fraction == 0.) PetscFunctionReturn(0);
  ntest = (PetscInt)floor(fraction * (double)n + .5);
  DscOptionsUserCheck(ntest > 0 && ntest < n, options, PETSC_COMM_SELF, "data_test_fraction",
                      "%g of %" PetscInt_FMT " samples leaves none to %s", fraction, n, ntest ? "train on" : "test");
  sampling->ntrain = n - ntest;
  PetscCall(PetscMalloc1(n, &perm));
  PetscCall(DscRandomPermutation(seed, DSC_STREAM_SPLIT, n, n, perm));
  PetscCall(PetscMalloc1(n, &sampling->index));
  for (PetscInt i = 0; i < n; i++) sampling->index[i] = ordered[perm[i]];
  PetscCall(PetscArrayzero(sampling->grid, DSC_MAX_COORDINATES));
  PetscCall(PetscFree(perm));
  PetscCall(PetscFree(ordered));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSamplingCreate(DscOptions options, uint64_t seed, const DscDataSet *full, DscSampling *sampling)
{
  PetscFunctionBeginUser;
  PetscCall(DscSamplingCheckLetters(options, full));
  if (full->positions) {
    PetscCall(DscPositionsChoose(options, seed, full, sampling));
    PetscFunctionReturn(0);
  }
  if (full->ntracks) {
    PetscCall(DscTracksChoose(options, seed, full, sampling));
    PetscFunctionReturn(0);
  }
  if (full->grid[0])
    PetscCall(choose_on_grid(options, full, sampling));
  else
    PetscCall(choose_scattered(options, full, sampling));
  PetscCall(choose_subset(options, seed, sampling));
  PetscCall(split(options, seed, sampling));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSamplingDestroy(DscSampling *sampling)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(sampling->index));
  for (PetscInt c = 0; c < DSC_MAX_COORDINATES; c++) PetscCall(PetscFree(sampling->along[c]));
  PetscFunctionReturn(0);
}

static PetscErrorCode gather(const DscSampling *sampling, double **values)
{
  double *all = *values;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(sampling->n, values));
  for (PetscInt i = 0; i < sampling->n; i++) (*values)[i] = all[sampling->index[i]];
  PetscCall(PetscFree(all));
  PetscFunctionReturn(0);
}

static PetscErrorCode gather_tracks(const DscSampling *sampling, PetscInt **track)
{
  PetscInt *all = *track;

  PetscFunctionBeginUser;
  if (!all) PetscFunctionReturn(0);
  PetscCall(PetscMalloc1(sampling->n, track));
  for (PetscInt i = 0; i < sampling->n; i++) (*track)[i] = all[sampling->index[i]];
  PetscCall(PetscFree(all));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSamplingApply(const DscSampling *sampling, DscDataSet *data)
{
  PetscBool all = sampling->n == data->nsamples ? PETSC_TRUE : PETSC_FALSE;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < sampling->n && all; i++) all = sampling->index[i] == i ? PETSC_TRUE : PETSC_FALSE;
  if (!all) {
    for (PetscInt c = 0; c < data->ncoordinates; c++) PetscCall(gather(sampling, &data->coordinates[c]));
    for (PetscInt f = 0; f < data->nfields; f++) PetscCall(gather(sampling, &data->clean[f]));
    PetscCall(gather_tracks(sampling, &data->track));
  }
  data->nsamples = sampling->n;
  data->ntrain   = sampling->ntrain;
  PetscCall(PetscArraycpy(data->grid, sampling->grid, DSC_MAX_COORDINATES));
  PetscFunctionReturn(0);
}
