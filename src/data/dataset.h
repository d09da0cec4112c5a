/*
  Private to data: the steps that turn a source into a data set. They run on rank 0 alone; the result is broadcast.
  A user's mistake is an error on PETSC_COMM_SELF, which DscDataSetCreate() makes known to the other ranks.
*/
#ifndef DSC_DATA_DATASET_H
#define DSC_DATA_DATASET_H

#include <discern/data.h>

typedef struct DscGenerator DscGenerator;
/* What data_source or data_file ask for; *generator is NULL for a file. Errors are on PETSC_COMM_SELF. */
PETSC_INTERN PetscErrorCode DscDataFindSource(DscOptions options, const DscGenerator **generator);
/* The seed of noise, sampling and split: data_seed, if set, else that of the run. */
PETSC_INTERN PetscErrorCode DscDataGetSeed(DscOptions options, uint64_t *seed);
/* -data_missing skip: NaN in a field is a missing value. */
PETSC_INTERN PetscErrorCode DscDataSkipsMissing(DscOptions options, PetscBool *skip);
/* There must be values, not all the same; NaN is none. */
PETSC_INTERN PetscErrorCode DscDataCheckVaries(const DscDataSet *data, const char kind[], const char name[],
                                               const double values[]);
/* Of a replicated set of n samples. */
PETSC_INTERN double DscDataSetBytes(PetscInt ncoordinates, PetscInt nfields, PetscInt n);
/* Names, truth and description of rank 0, on every rank; with whatever arrays there are. Collective. */
PETSC_INTERN PetscErrorCode DscDataSetBroadcast(MPI_Comm comm, DscDataSet *data);

/* The letters of the coordinates, as in the keys data_t, data_x, ...: the left-hand side first. */
PETSC_INTERN const char *const DscCoordinateLetters[DSC_MAX_COORDINATES];

/* Fills data, zeroed on entry, from -data_file as a generator would: all points, clean only; fields stay NULL.
   Positions of particles and trajectories come sorted. On an error what has been allocated stays in data, for
   DscDataSetDestroy(). Not collective. */
PETSC_INTERN PetscErrorCode DscDataSetImport(DscOptions options, DscDataSet *data);

/* Which points of the full set become samples. */
typedef struct {
  PetscInt  n, ntrain;
  PetscInt *index;                     /* (owned) [n] positions in the full set, in the order of the samples */
  PetscInt  grid[DSC_MAX_COORDINATES]; /* extents, where the samples are a whole grid in its order; otherwise all 0 */
  PetscInt
      *along[DSC_MAX_COORDINATES]; /* (owned) [grid of the full set] work space: positions chosen along each axis */
} DscSampling;

/* Windows, then strides, then data_samples of what is left, then train and test. sampling is zeroed on entry and, also
   after an error, to be destroyed. Not collective. */
PETSC_INTERN PetscErrorCode DscSamplingCreate(DscOptions options, uint64_t seed, const DscDataSet *full,
                                              DscSampling *sampling);
PETSC_INTERN PetscErrorCode DscSamplingDestroy(DscSampling *sampling);
/* Reduces coordinates, clean fields and tracks of data to the samples. Not collective. */
PETSC_INTERN PetscErrorCode DscSamplingApply(const DscSampling *sampling, DscDataSet *data);

/* A window or stride along a coordinate that the set does not have is a user's error. Only the names in full are read. */
PETSC_INTERN PetscErrorCode DscSamplingCheckLetters(DscOptions options, const DscDataSet *full);
/* The window of coordinate letter, wider by slack for rounding in the coordinates; the whole line where none is set. */
PETSC_INTERN PetscErrorCode DscSamplingGetWindow(DscOptions options, const char letter[], double slack,
                                                 double window[2]);
PETSC_INTERN PetscErrorCode DscSamplingGetStride(DscOptions options, const char letter[], PetscInt *stride);
/* Rounding of coordinates that were computed or printed must not move a point across the edge of a window. */
PETSC_INTERN double DscSamplingGetSlack(PetscInt n, const double values[], double *min, double *max);
/* Positions along an axis of a grid that are inside its window, every stride-th of them. values, index: [extent]. */
PETSC_INTERN PetscErrorCode DscSamplingChooseAlong(DscOptions options, const char letter[], PetscInt extent,
                                                   const double values[], PetscInt *n, PetscInt index[]);

/* ---- positions of particles ------------------------------------------------------------------------------------- */

/* What is for values of fields, or would cut the density, is a user's error. Not collective, as all below. */
PETSC_INTERN PetscErrorCode DscPositionsCheckOptions(DscOptions options, const DscDataSet *full);
/* By t, then particle, then x. */
PETSC_INTERN PetscErrorCode DscPositionsSort(DscDataSet *data);
/* DscSamplingCreate() of positions: windows and strides of whole times, then train and test, each sorted as before. The
   test part takes whole particles, where they are known, and leaves two at every time. */
PETSC_INTERN PetscErrorCode DscPositionsChoose(DscOptions options, uint64_t seed, const DscDataSet *full,
                                               DscSampling *sampling);
/* The rest of a set that is reduced to its samples: particles numbered without gaps, fields of NaN. There must be a
   density at every time. */
PETSC_INTERN PetscErrorCode DscPositionsFinish(DscDataSet *data);
/* sorted[nsamples]: at its start the n different values among values[nsamples], rising. */
PETSC_INTERN PetscErrorCode DscSortDifferent(PetscInt nsamples, const double values[], PetscInt *n, double sorted[]);

/* ---- trajectories ----------------------------------------------------------------------------------------------- */

/* track[] and ntracks of a set without, from anything that numbers its particles or trajectories: in the order of those
   numbers, which are sorted into different[nsamples]. Not collective, as all below. */
PETSC_INTERN PetscErrorCode DscTracksNumber(const double number[], double different[], DscDataSet *data);
/* Without gaps, in the order that they had, where windows have left nothing of some. */
PETSC_INTERN PetscErrorCode DscTracksRenumber(DscDataSet *data);
/* Trajectories by number, then t; no grid, though all times may rise. *twice: a sample at the t of the one before it, or
   -1. */
PETSC_INTERN PetscErrorCode DscTracksSort(DscDataSet *data, PetscInt *twice);
/* data_trajectory_index leaves one trajectory, which is a series like any other. A user error where there is none. */
PETSC_INTERN PetscErrorCode DscTracksTakeOne(DscOptions options, DscDataSet *data);
/* DscSamplingCreate() of trajectories: windows and strides of each, then whole ones to test on. */
PETSC_INTERN PetscErrorCode DscTracksChoose(DscOptions options, uint64_t seed, const DscDataSet *full,
                                            DscSampling *sampling);
/* Of a set reduced to its samples: numbers without gaps; a single trajectory becomes a series. */
PETSC_INTERN PetscErrorCode DscTracksFinish(DscDataSet *data);

/* ---- noise ------------------------------------------------------------------------------------------------------ */

/* Mean and sum of squared differences from it, of the n of some numbers that are not NaN. */
typedef struct {
  double n, mean, square;
} DscSpread;
PETSC_INTERN void   DscSpreadOf(PetscInt64 n, const double x[], DscSpread *spread);
PETSC_INTERN void   DscSpreadAdd(DscSpread *sum, const DscSpread *next); /* sum: all 0 at first */
PETSC_INTERN double DscSpreadStd(const DscSpread *spread);               /* population */

/* The sum over a grid goes by blocks of so many rows (one of coordinate 0, row points each), blocks in order, so that it
   has the same bits whoever sums which block. Scattered points are rows of 1. */
PETSC_INTERN PetscInt DscNoiseBlockRows(PetscInt64 row);
/* Standard deviation (population) of each clean field over all points. Not collective. */
PETSC_INTERN PetscErrorCode DscNoiseGetStd(const DscDataSet *full, double std[DSC_MAX_FIELDS]);
/* clean + amplitude N(0,1), the number with this index. */
PETSC_INTERN double DscNoisy(double clean, double amplitude, uint64_t seed, uint64_t index);
/* Whether the value with this index is dropped. */
PETSC_INTERN PetscBool DscIsDropped(double fraction, uint64_t seed, uint64_t index);
/* data_missing_fraction, which needs data_missing skip. */
PETSC_INTERN PetscErrorCode DscNoiseGetMissingFraction(DscOptions options, double *fraction);
/* fields = clean + data_noise * std * N(0,1), NaN for a share data_missing_fraction of them. The number at a point
   depends on its position among all nfull points of the full set and its field only. index: position of each sample in
   the full set. Not collective. */
PETSC_INTERN PetscErrorCode DscNoiseAdd(DscOptions options, uint64_t seed, const double std[], PetscInt nfull,
                                        const PetscInt index[], DscDataSet *data);

#endif
