/*
  data: data sets on samples (generated or read), noise, subsampling, train/test split, scaling.
*/
#ifndef DISCERN_DATA_H
#define DISCERN_DATA_H

#include <discern/ad.h>

#define DSC_MAX_COORDINATES 4
#define DSC_MAX_FIELDS      20
#define DSC_NAME_LENGTH     64

/* A scattered set of samples, the same on every rank. Coordinates and fields are in physical units.
   Coordinate 0 is the one on the left-hand side (time), the others are space. */
typedef struct {
  PetscInt ncoordinates, nfields, nsamples;
  char     coordinate_names[DSC_MAX_COORDINATES][DSC_NAME_LENGTH]; /* "t", "x", ... */
  char     field_names[DSC_MAX_FIELDS][DSC_NAME_LENGTH];           /* "u", ... */
  double  *coordinates[DSC_MAX_COORDINATES];                       /* (owned) [nsamples] each */
  double  *fields[DSC_MAX_FIELDS]; /* (owned) [nsamples] each, noise included; NaN: missing (-data_missing skip) */
  double  *clean[DSC_MAX_FIELDS];  /* (owned) [nsamples] each, before noise; NaN where a file has none */
  PetscInt ntrain;                 /* samples [0, ntrain) train, the rest test */
  /* Where the set is a whole grid: its extents, coordinate 0 slowest; otherwise all 0. Windows and strides leave a grid,
     a subset or a test part does not. In a file's grid every coordinate increases, not always in equal steps. */
  PetscInt grid[DSC_MAX_COORDINATES];
  /* Samples may be positions of particles (coordinates t, then space) instead of values of fields: the one field is then
     the density that they are drawn from, of unit integral at every t. fields[0] is NaN everywhere, clean[0] the true
     density at the samples, where it is known. They are sorted by t, then particle, the training part and the test part
     each, and no particle is in both. There are two times or more, each with two different samples or more to train on. */
  PetscBool positions;
  /* Which particle of the positions, or which of several trajectories, a sample belongs to. Trajectories are series of
     values in time alone (positions false, ncoordinates 1, ntracks > 1), each with two samples or more, at its own times.
     They are sorted by trajectory, then t, the training part and the test part each, and none is in both: see
     DscTracksCreate(). A single series has ntracks 0, and is a grid. */
  PetscInt  ntracks; /* 0: not known which particle is where, or no trajectories */
  PetscInt *track;   /* (owned) [nsamples] 0 .. ntracks - 1, each of them there; NULL where ntracks is 0 */
  /* The true equation, where it is known: terms as DscLibrary writes them, one left-hand side a field. */
  PetscInt ntruth;
  char (*truth_terms)[DSC_NAME_LENGTH]; /* (owned) [ntruth] */
  double *truth_values;                 /* (owned) [nfields][ntruth] */
  char    description[256];
} DscDataSet;

/* Generates or reads what -data_* ask for, adds noise, subsamples, splits. seed drives noise, choice of points and split
   (-data_seed, if set, wins). Reads on rank 0 of comm, identical on all ranks. Collective. */
PETSC_EXTERN PetscErrorCode DscDataSetCreate(MPI_Comm comm, DscOptions options, uint64_t seed, DscDataSet **data);
PETSC_EXTERN PetscErrorCode DscDataSetDestroy(DscDataSet **data);
/* One set for each experiment of the options (-experiments_*), all with the same coordinates and fields by name,
   otherwise independent: noise and choices of points are drawn from (experiment, seed), those of the first from seed
   alone. sets[n]; destroy each and free the array, also after an error. Collective. */
PETSC_EXTERN PetscErrorCode DscDataSetCreateAll(MPI_Comm comm, DscOptions options, uint64_t seed, PetscInt *n,
                                                DscDataSet ***sets);
/* The seed of one experiment's random numbers. */
static inline uint64_t DscExperimentSeed(uint64_t seed, PetscInt experiment)
{
  return seed + ((uint64_t)experiment << 32);
}
/* A user error where two experiments have other coordinates or fields. Not collective. */
PETSC_EXTERN PetscErrorCode DscDataSetCheckSameNames(MPI_Comm comm, const DscDataSet *first, const DscDataSet *other,
                                                     PetscInt experiment);
PETSC_EXTERN PetscErrorCode DscDataRegisterOptions(void);
/* Values of a field that are there, among all samples or among those that train; of positions every one counts. */
PETSC_EXTERN PetscInt DscDataSetCountPresent(const DscDataSet *data, PetscInt field, PetscBool train);
/* The trajectories of a set in time alone, or its single series as one: samples [first[k], first[k + 1]) are trajectory
   k, in rising time. The first ntrain train, the others test. */
typedef struct {
  PetscInt  n, ntrain, longest; /* longest: samples of the longest one */
  PetscInt *first;              /* (owned) [n + 1] */
} DscTracks;
/* User errors: positions, coordinates of space, a single series whose samples are not in order. Not collective, with the
   same outcome on all ranks of comm. */
PETSC_EXTERN PetscErrorCode DscTracksCreate(MPI_Comm comm, const DscDataSet *data, DscTracks *tracks);
PETSC_EXTERN PetscErrorCode DscTracksDestroy(DscTracks *tracks);
/* A user error where there are several trajectories, for all that takes samples as of one solution. Not collective, as
   above. */
PETSC_EXTERN PetscErrorCode DscTracksCheckSingle(MPI_Comm comm, const DscDataSet *data);
/* Writes the set as HDF5 that DscDataSetCreate reads back with the same names. Collective. */
PETSC_EXTERN PetscErrorCode DscDataSetWrite(MPI_Comm comm, const DscDataSet *data, const char path[]);

/* ---- large grids ---------------------------------------------------------------------------------------------- */

/* A grid of which every rank reads only the part that it needs: in an HDF5 file (hyperslabs, collective), or a
   generator's in memory. Extents and positions are those that windows and strides leave. */
typedef struct _p_DscGrid *DscGrid;
typedef struct {
  PetscInt ncoordinates, nfields;
  const char (*coordinate_names)[DSC_NAME_LENGTH]; /* (not owned) [ncoordinates] */
  const char (*field_names)[DSC_NAME_LENGTH];      /* (not owned) [nfields] */
  PetscInt      extent[DSC_MAX_COORDINATES];       /* coordinate 0 is the slowest */
  const double *coordinates[DSC_MAX_COORDINATES];  /* (not owned) [extent[c]] the values along each axis, rising */
  PetscInt64    npoints;                           /* product of the extents */
  double        bytes;                             /* that a rank holds: a buffer, or all of a grid in memory */
} DscGridInfo;
/* Reads -data_*; user errors where the source is no grid or asks for what needs the whole (random samples, a test part).
   seed drives the noise, as in DscDataSetCreate(): the same number at the same point. Collective, as all below. */
PETSC_EXTERN PetscErrorCode DscGridOpen(MPI_Comm comm, DscOptions options, uint64_t seed, DscGrid *grid);
PETSC_EXTERN PetscErrorCode DscGridClose(DscGrid *grid);
PETSC_EXTERN PetscErrorCode DscGridGetInfo(DscGrid grid, DscGridInfo *info);
/* One field, noise included, NaN where missing, in this rank's box [first, first + count): values
   [count[0]][count[1]]..., coordinate 0 slowest. Boxes of different ranks are independent; a rank that needs nothing
   has a count of 0. */
PETSC_EXTERN PetscErrorCode DscGridRead(DscGrid grid, PetscInt field, const PetscInt first[], const PetscInt count[],
                                        double values[]);
/* The whole set with truth and description but only so many points that at most max_samples remain (every k-th along
   each axis), the same on all ranks: for scales, spectra and the library. The caller destroys it. */
PETSC_EXTERN PetscErrorCode DscGridGetProbe(DscGrid grid, PetscInt max_samples, DscDataSet **probe);

/* The best approximation of low rank to a field on a grid (proper orthogonal decomposition: the truncated singular value
   decomposition of the matrix of snapshots, points of space x times; ScaLAPACK's pdgesvd). At this rank's point p and
   time t it is sum_i left[i][p] right[t][i]. Its last bits depend on the number of ranks. */
typedef struct {
  PetscInt rank, npoints, ntimes, nsingular;
  double  *left;     /* (owned) [rank][npoints] left singular vectors times singular values, of this rank's points */
  double  *right;    /* (owned) [ntimes][rank] right singular vectors, the same on all ranks */
  double  *singular; /* (owned) [nsingular] all singular values, falling */
} DscPOD;
#define DSC_POD_AUTOMATIC                                                                                              \
  (-1) /* the optimal hard threshold for unknown noise (Gavish, Donoho, IEEE Trans. IT 60, 2014) */
/* read gives this rank's npoints points at the times [first, first + count): values[count][npoints]; it is called by all
   ranks together. rank: 1 to the smaller extent, or DSC_POD_AUTOMATIC. limit: bytes that a rank may use; 0: any. User
   errors: values that are not finite, a chosen rank that needs more. To be destroyed even where it fails. Collective. */
PETSC_EXTERN PetscErrorCode DscPODCreate(MPI_Comm comm, PetscInt npoints, PetscInt ntimes, PetscInt rank, double limit,
                                         PetscErrorCode (*read)(void *context, PetscInt first, PetscInt count,
                                                                double values[]),
                                         void *context, DscPOD *pod);
PETSC_EXTERN PetscErrorCode DscPODDestroy(DscPOD *pod);
/* values[count][npoints] of the approximation, the same bits however the times are asked for. Not collective. */
PETSC_EXTERN PetscErrorCode DscPODEvaluate(const DscPOD *pod, PetscInt first, PetscInt count, double values[]);
/* Bytes that a rank needs at most while it is made, the largest over the ranks; of DSC_POD_AUTOMATIC until the rank is
   chosen. Collective. */
PETSC_EXTERN PetscErrorCode DscPODGetBytes(MPI_Comm comm, PetscInt npoints, PetscInt ntimes, PetscInt rank,
                                           double *bytes);

/* The samples that a rank trains on. Sample i has coordinate c = coordinates[c][i / step[c] % extent[c]], on every rank,
   and, where this rank has it, field f = fields[f][i - first]. */
typedef struct {
  PetscInt      nsamples, ntrain; /* of the whole set: samples [0, ntrain) train, the rest test */
  PetscInt      first, n;         /* samples [first, first + n) are this rank's */
  PetscInt      step[DSC_MAX_COORDINATES], extent[DSC_MAX_COORDINATES];
  const double *coordinates[DSC_MAX_COORDINATES]; /* [extent[c]] */
  const double *fields[DSC_MAX_FIELDS];           /* [n] noise included; NaN: missing */
  double       *owned;                            /* (owned) the arrays of a part; NULL where they are a data set's */
  double        bytes;                            /* of the arrays */
} DscSamples;
/* All samples of a replicated set, whose arrays are borrowed. Not collective. */
PETSC_EXTERN PetscErrorCode DscSamplesCreateWhole(const DscDataSet *data, DscSamples *samples);
/* This rank's part of a grid in its order, all of which train: no more than the covering rows is read, in pieces.
   Collective. */
PETSC_EXTERN PetscErrorCode DscSamplesCreatePart(DscGrid grid, PetscInt first, PetscInt n, DscSamples *samples);
PETSC_EXTERN PetscErrorCode DscSamplesDestroy(DscSamples *samples);
static inline double        DscSamplesCoordinate(const DscSamples *samples, PetscInt c, PetscInt i)
{
  return samples->coordinates[c][i / samples->step[c] % samples->extent[c]];
}
/* A user error where a rank would need more than -memory_limit, the same on all ranks: bytes of data and of work on them.
   Collective. */
PETSC_EXTERN PetscErrorCode DscMemoryCheck(MPI_Comm comm, DscOptions options, double data, double work);

/* Registry of generators, for `discern list` and `discern data`. */
PETSC_EXTERN PetscErrorCode DscGeneratorList(PetscInt *n, const char *const **names, const char *const **help);

/* Affine scaling to what a network likes: x = center + scale * x~. -data_scale none: center 0, scale 1. */
typedef struct {
  double coordinate_center[DSC_MAX_COORDINATES], coordinate_scale[DSC_MAX_COORDINATES]; /* 'unit': to [-1,1] */
  double field_center[DSC_MAX_FIELDS], field_scale[DSC_MAX_FIELDS];                     /* 'unit': mean 0, variance 1 */
  /* Of positions the field is a density: center 0, and a scale of 1 over that of x makes it the density of x~. */
} DscScaling;
PETSC_EXTERN PetscErrorCode DscScalingCreate(const DscDataSet *data, DscOptions options, DscScaling *scaling);
/* Makes the scales of coordinates, from a probe, those of the whole grid. */
PETSC_EXTERN PetscErrorCode DscScalingCoverGrid(const DscGridInfo *info, DscOptions options, DscScaling *scaling);

#endif
