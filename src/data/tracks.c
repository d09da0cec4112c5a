/*
  Several trajectories in one set, each a series in time: their order, which of them are used, where each begins.
*/
#include "data/dataset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- numbers and order ---------------------------------------------------------------------------------------- */

PetscErrorCode DscTracksNumber(const double number[], double different[], DscDataSet *data)
{
  PetscFunctionBeginUser;
  PetscCall(DscSortDifferent(data->nsamples, number, &data->ntracks, different));
  PetscCall(PetscMalloc1(data->nsamples, &data->track));
  for (PetscInt i = 0; i < data->nsamples; i++) data->track[i] = DscFindSorted(data->ntracks, different, number[i]);
  PetscFunctionReturn(0);
}

PetscErrorCode DscTracksRenumber(DscDataSet *data)
{
  PetscInt *number, n = 0;

  PetscFunctionBeginUser;
  if (!data->track) PetscFunctionReturn(0);
  PetscCall(PetscCalloc1(data->ntracks, &number));
  for (PetscInt i = 0; i < data->nsamples; i++) number[data->track[i]] = 1;
  for (PetscInt k = 0; k < data->ntracks; k++) {
    n += number[k];
    number[k] = n - 1;
  }
  for (PetscInt i = 0; i < data->nsamples; i++) data->track[i] = number[data->track[i]];
  data->ntracks = n;
  PetscCall(PetscFree(number));
  PetscFunctionReturn(0);
}

typedef struct {
  double   t;
  PetscInt track, sample;
} Place;

static int compare(const void *left, const void *right)
{
  const Place *a = (const Place *)left, *b = (const Place *)right;

  if (a->track != b->track) return a->track < b->track ? -1 : 1;
  if (a->t != b->t) return a->t < b->t ? -1 : 1;
  return (a->sample > b->sample) - (a->sample < b->sample);
}

PetscErrorCode DscTracksSort(DscDataSet *data, PetscInt *twice)
{
  const PetscInt n = data->nsamples;
  Place         *places;
  DscSampling    order = {.n = n, .ntrain = data->ntrain};

  PetscFunctionBeginUser;
  *twice = -1;
  PetscCall(PetscMalloc1(n, &places));
  PetscCall(PetscMalloc1(n, &order.index));
  for (PetscInt i = 0; i < n; i++)
    places[i] = (Place){.t = data->coordinates[0][i], .track = data->track[i], .sample = i};
  qsort(places, (size_t)n, sizeof(*places), compare);
  for (PetscInt i = n - 1; i >= 0; i--) {
    order.index[i] = places[i].sample;
    if (i > 0 && places[i].track == places[i - 1].track && places[i].t == places[i - 1].t) *twice = i;
  }
  PetscCall(PetscFree(places));
  PetscCall(DscSamplingApply(&order, data));
  PetscCall(DscSamplingDestroy(&order));
  PetscFunctionReturn(0);
}

/* The end of the trajectory that begins with this sample. */
static PetscInt end_of(const DscDataSet *data, PetscInt first, PetscInt n)
{
  PetscInt end = first + 1;

  while (end < n && data->track[end] == data->track[first]) end++;
  return end;
}

/* ---- one of them ---------------------------------------------------------------------------------------------- */

/* All samples are of one trajectory, whose number is this; -1: it is no choice. */
static PetscErrorCode become_series(DscDataSet *data, PetscInt number)
{
  const size_t used = strlen(data->description);

  PetscFunctionBeginUser;
  if (number >= 0)
    snprintf(data->description + used, sizeof(data->description) - used, ", number %" PetscInt_FMT " alone", number);
  PetscCall(PetscFree(data->track));
  data->ntracks = 0;
  data->grid[0] = data->nsamples;
  PetscFunctionReturn(0);
}

PetscErrorCode DscTracksTakeOne(DscOptions options, DscDataSet *data)
{
  DscSampling one = {0};
  PetscInt    wanted, ntracks = data->positions ? 0 : data->ntracks;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetInt(options, "data_trajectory_index", &wanted));
  if (wanted < 0 && ntracks != 1) PetscFunctionReturn(0);
  DscOptionsUserCheck(wanted < 0 || ntracks > 0, options, PETSC_COMM_SELF, "data_trajectory_index",
                      "the data are no numbered trajectories (%s); leave it out", data->description);
  DscOptionsUserCheck(wanted < ntracks, options, PETSC_COMM_SELF, "data_trajectory_index",
                      "there are %" PetscInt_FMT " trajectories (%s); allowed: 0 to %" PetscInt_FMT ", or -1 for all",
                      ntracks, data->description, ntracks - 1);
  PetscCall(PetscMalloc1(data->nsamples, &one.index));
  for (PetscInt i = 0; i < data->nsamples; i++) {
    if (data->track[i] == PetscMax(wanted, 0)) one.index[one.n++] = i;
  }
  PetscCall(DscSamplingApply(&one, data));
  PetscCall(DscSamplingDestroy(&one));
  PetscCall(become_series(data, wanted));
  PetscFunctionReturn(0);
}

/* ---- which samples -------------------------------------------------------------------------------------------- */

/* Windows and strides along each trajectory. */
static PetscErrorCode choose_times(DscOptions options, const DscDataSet *full, DscSampling *sampling)
{
  const double *t = full->coordinates[0];
  PetscInt      stride, single = 0, which = -1, left = 0;
  double        window[2], min, max, slack           = DscSamplingGetSlack(full->nsamples, t, &min, &max);

  PetscFunctionBeginUser;
  PetscCall(DscSamplingGetWindow(options, "t", slack, window));
  PetscCall(DscSamplingGetStride(options, "t", &stride));
  for (PetscInt first = 0, end; first < full->nsamples; first = end) {
    PetscInt inside = 0, before = sampling->n;

    end = end_of(full, first, full->nsamples);
    for (PetscInt i = first; i < end; i++) {
      if (t[i] >= window[0] && t[i] <= window[1] && inside++ % stride == 0) sampling->index[sampling->n++] = i;
    }
    left += sampling->n > before;
    if (sampling->n != before + 1) continue;
    if (!single++) which = full->track[first];
  }
  DscOptionsUserCheck(sampling->n > 0, options, PETSC_COMM_SELF, "data_window_t",
                      "none of the %" PetscInt_FMT " times of %" PetscInt_FMT
                      " trajectories, which span [%g, %g], is inside",
                      full->nsamples, full->ntracks, min, max);
  DscUserCheck(single == 0, PETSC_COMM_SELF,
               "%" PetscInt_FMT " of %" PetscInt_FMT
               " trajectories have a single sample, the first of them number %" PetscInt_FMT
               " from 0 (%s): each needs two or more; leave such out, or widen data_window_t, lower data_stride_t",
               single, left, which, full->description);
  PetscFunctionReturn(0);
}

/* Whole trajectories, in the order that they had, behind those that train. */
static PetscErrorCode split(DscOptions options, uint64_t seed, double fraction, const DscDataSet *full,
                            DscSampling *sampling)
{
  PetscInt   n = 0, ntest, train = 0, test, *there, *perm, *ordered = sampling->index;
  PetscBool *tested;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < sampling->n; i++) n += i == 0 || full->track[ordered[i]] != full->track[ordered[i - 1]];
  ntest = (PetscInt)floor(fraction * (double)n + .5);
  DscOptionsUserCheck(ntest > 0 && ntest < n, options, PETSC_COMM_SELF, "data_test_fraction",
                      "%g of %" PetscInt_FMT " trajectories leaves none to %s", fraction, n,
                      ntest ? "train on" : "test");
  PetscCall(PetscMalloc1(n, &there));
  n = 0;
  for (PetscInt i = 0; i < sampling->n; i++) {
    if (i == 0 || full->track[ordered[i]] != full->track[ordered[i - 1]]) there[n++] = full->track[ordered[i]];
  }
  PetscCall(PetscMalloc1(n, &perm));
  PetscCall(PetscCalloc1(full->ntracks, &tested));
  PetscCall(DscRandomPermutation(seed, DSC_STREAM_SPLIT, n, n, perm));
  for (PetscInt k = 0; k < ntest; k++) tested[there[perm[k]]] = PETSC_TRUE;
  for (PetscInt i = 0; i < sampling->n; i++) train += !tested[full->track[ordered[i]]];
  test             = train;
  sampling->ntrain = train;
  PetscCall(PetscMalloc1(sampling->n, &sampling->index));
  train = 0;
  for (PetscInt i = 0; i < sampling->n; i++)
    sampling->index[tested[full->track[ordered[i]]] ? test++ : train++] = ordered[i];
  PetscCall(PetscFree(there));
  PetscCall(PetscFree(perm));
  PetscCall(PetscFree(tested));
  PetscCall(PetscFree(ordered));
  PetscFunctionReturn(0);
}

PetscErrorCode DscTracksChoose(DscOptions options, uint64_t seed, const DscDataSet *full, DscSampling *sampling)
{
  PetscInt samples;
  double   fraction;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetInt(options, "data_samples", &samples));
  DscOptionsUserCheck(
      samples == 0, options, PETSC_COMM_SELF, "data_samples",
      "several trajectories are used whole (%s); thin them with data_window_t, data_stride_t, or choose "
      "one with data_trajectory_index",
      full->description);
  PetscCall(PetscMalloc1(full->nsamples, &sampling->index));
  PetscCall(choose_times(options, full, sampling));
  sampling->ntrain = sampling->n;
  PetscCall(DscOptionsGetReal(options, "data_test_fraction", &fraction));
  if (fraction > 0.) PetscCall(split(options, seed, fraction, full, sampling));
  PetscFunctionReturn(0);
}

PetscErrorCode DscTracksFinish(DscDataSet *data)
{
  PetscFunctionBeginUser;
  PetscCall(DscTracksRenumber(data));
  if (data->ntracks == 1) PetscCall(become_series(data, -1));
  PetscFunctionReturn(0);
}

/* ---- for methods ---------------------------------------------------------------------------------------------- */

PetscErrorCode DscTracksCheckSingle(MPI_Comm comm, const DscDataSet *data)
{
  PetscFunctionBeginUser;
  DscUserCheck(data->positions || !data->ntracks, comm,
               "data: %" PetscInt_FMT
               " trajectories (%s) need method mechanistic; or choose one, -data_trajectory_index 0 "
               "to %" PetscInt_FMT,
               data->ntracks, data->description, data->ntracks - 1);
  PetscFunctionReturn(0);
}

static PetscErrorCode check_series(MPI_Comm comm, const DscDataSet *data)
{
  PetscFunctionBeginUser;
  DscUserCheck(!data->positions, comm, "data: positions of particles (%s) are no series of values in time",
               data->description);
  DscUserCheck(data->ncoordinates == 1, comm,
               "data: trajectories are series in time alone, but these have %" PetscInt_FMT " coordinates (%s)",
               data->ncoordinates, data->description);
  for (PetscInt i = 1; i < data->nsamples && !data->ntracks; i++) {
    DscUserCheck(data->ntrain == data->nsamples && data->coordinates[0][i] > data->coordinates[0][i - 1], comm,
                 "data: the samples of one series are no trajectory any more (%s): use it whole, without "
                 "data_test_fraction and data_sampling random, thinned by data_window_t and data_stride_t; several "
                 "series in a file need data_trajectory",
                 data->description);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscTracksCreate(MPI_Comm comm, const DscDataSet *data, DscTracks *tracks)
{
  PetscInt end;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(tracks, sizeof(*tracks)));
  PetscCall(check_series(comm, data));
  PetscCall(PetscMalloc1(PetscMax(data->ntracks, 1) + 1, &tracks->first));
  tracks->first[0] = 0;
  for (PetscInt first = 0; first < data->nsamples; first = end) {
    end             = data->ntracks ? end_of(data, first, data->nsamples) : data->nsamples;
    tracks->longest = PetscMax(tracks->longest, end - first);
    tracks->ntrain += end <= data->ntrain;
    tracks->first[++tracks->n] = end;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscTracksDestroy(DscTracks *tracks)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(tracks->first));
  PetscCall(PetscMemzero(tracks, sizeof(*tracks)));
  PetscFunctionReturn(0);
}
