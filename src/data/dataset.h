/*
  Private to data: the steps that turn a source into a data set. They run on rank 0 alone; the result is broadcast.
  A user's mistake is an error on PETSC_COMM_SELF, which DscDataSetCreate() makes known to the other ranks.
*/
#ifndef DSC_DATA_DATASET_H
#define DSC_DATA_DATASET_H

#include <discern/data.h>

/* The letters of the coordinates, as in the keys data_t, data_x, ...: the left-hand side first. */
PETSC_INTERN const char *const DscCoordinateLetters[DSC_MAX_COORDINATES];

/* Fills data, zeroed on entry, from -data_file as a generator would: all points, clean only; fields stay NULL. On an
   error what has been allocated stays in data, for DscDataSetDestroy(). Not collective. */
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
/* Reduces coordinates and clean fields of data to the samples. Not collective. */
PETSC_INTERN PetscErrorCode DscSamplingApply(const DscSampling *sampling, DscDataSet *data);

/* Standard deviation (population) of each clean field over all points. Not collective. */
PETSC_INTERN PetscErrorCode DscNoiseGetStd(const DscDataSet *full, double std[DSC_MAX_FIELDS]);
/* fields = clean + data_noise * std * N(0,1). The number at a point depends on its position among all nfull points of
   the full set and its field only. index: position of each sample in the full set. Not collective. */
PETSC_INTERN PetscErrorCode DscNoiseAdd(DscOptions options, uint64_t seed, const double std[], PetscInt nfull,
                                        const PetscInt index[], DscDataSet *data);

#endif
