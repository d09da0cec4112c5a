/*
  Private to data: the registry of generators and what they share.
  A generator fills a clean data set on a whole regular grid from a known solution of a known equation, or draws the
  positions of particles whose density obeys one, or the starts of several trajectories.
*/
#ifndef DSC_DATA_GENERATOR_H
#define DSC_DATA_GENERATOR_H

#include "data/dataset.h"

struct DscGenerator {
  const char *name, *help;
  /* Fills data, zeroed on entry: names, coordinates, clean fields, grid, truth, description; fields stay NULL and
     ntrain 0. On an error what has been allocated stays in data, for DscDataSetDestroy(). Not collective, and the same
     bits wherever it is called; a bad option is a user error on PETSC_COMM_SELF. */
  PetscErrorCode (*generate)(DscOptions options, DscDataSet *data);
  /* The keys of this generator. */
  PetscErrorCode (*register_options)(void);
  /* In place of generate, where the set itself may be random: positions of particles, which are no grid, and trajectories
     from random starts, which are one only where there is a single one; track[] too. */
  PetscErrorCode (*draw)(DscOptions options, uint64_t seed, DscDataSet *data);
};

PETSC_INTERN const DscGenerator DscGenerators[];
PETSC_INTERN const PetscInt     DscGeneratorCount;

/* *generator is NULL where there is none of that name. */
PETSC_INTERN PetscErrorCode DscGeneratorFind(const char name[], const DscGenerator **generator);
/* generate or draw, whichever the generator has. */
PETSC_INTERN PetscErrorCode DscGeneratorRun(const DscGenerator *generator, DscOptions options, uint64_t seed,
                                            DscDataSet *data);
/* The keys of all generators, one group each: 'data generator NAME'. */
PETSC_INTERN PetscErrorCode DscGeneratorRegisterOptions(void);

PETSC_INTERN PetscErrorCode DscGenerateKdV(DscOptions options, DscDataSet *data);
PETSC_INTERN PetscErrorCode DscGenerateBurgers(DscOptions options, DscDataSet *data);
PETSC_INTERN PetscErrorCode DscGenerateKS(DscOptions options, DscDataSet *data);
PETSC_INTERN PetscErrorCode DscGenerateDiffusion(DscOptions options, DscDataSet *data);
PETSC_INTERN PetscErrorCode DscGenerateAdvectionDiffusion2D(DscOptions options, DscDataSet *data);
PETSC_INTERN PetscErrorCode DscGenerateSchroedinger(DscOptions options, DscDataSet *data);
PETSC_INTERN PetscErrorCode DscGenerateLorenz(DscOptions options, uint64_t seed, DscDataSet *data);
PETSC_INTERN PetscErrorCode DscGeneratePlanar(DscOptions options, uint64_t seed, DscDataSet *data);
PETSC_INTERN PetscErrorCode DscGenerateTanhPlanar(DscOptions options, uint64_t seed, DscDataSet *data);
PETSC_INTERN PetscErrorCode DscGenerateRational(DscOptions options, uint64_t seed, DscDataSet *data);
PETSC_INTERN PetscErrorCode DscGenerateDampedSine(DscOptions options, uint64_t seed, DscDataSet *data);
PETSC_INTERN PetscErrorCode DscGenerateTwoBody(DscOptions options, uint64_t seed, DscDataSet *data);
PETSC_INTERN PetscErrorCode DscGenerateTenBody(DscOptions options, uint64_t seed, DscDataSet *data);
PETSC_INTERN PetscErrorCode DscDrawWalkers(DscOptions options, uint64_t seed, DscDataSet *data);
PETSC_INTERN PetscErrorCode DscGenerateKdVRegisterOptions(void);
PETSC_INTERN PetscErrorCode DscGenerateBurgersRegisterOptions(void);
PETSC_INTERN PetscErrorCode DscGenerateKSRegisterOptions(void);
PETSC_INTERN PetscErrorCode DscGenerateDiffusionRegisterOptions(void);
PETSC_INTERN PetscErrorCode DscGenerateAdvectionDiffusion2DRegisterOptions(void);
PETSC_INTERN PetscErrorCode DscGenerateSchroedingerRegisterOptions(void);
PETSC_INTERN PetscErrorCode DscGenerateLorenzRegisterOptions(void);
PETSC_INTERN PetscErrorCode DscGeneratePlanarRegisterOptions(void);
PETSC_INTERN PetscErrorCode DscGenerateTanhPlanarRegisterOptions(void);
PETSC_INTERN PetscErrorCode DscGenerateRationalRegisterOptions(void);
PETSC_INTERN PetscErrorCode DscGenerateDampedSineRegisterOptions(void);
PETSC_INTERN PetscErrorCode DscGenerateTwoBodyRegisterOptions(void);
PETSC_INTERN PetscErrorCode DscGenerateTenBodyRegisterOptions(void);
PETSC_INTERN PetscErrorCode DscDrawWalkersRegisterOptions(void);

/* points equally spaced values from min to max, both included. */
typedef struct {
  double   min, max;
  PetscInt points;
} DscAxis;

/* The axis in keys NAME_AXIS_min, NAME_AXIS_max, NAME_AXIS_points, e.g. 'kdv_x_min'. A user error unless
   min < max; the row of NAME_AXIS_points keeps points >= 2. */
PETSC_INTERN PetscErrorCode DscAxisFromOptions(DscOptions options, const char name[], const char axis[], DscAxis *a);
PETSC_INTERN double         DscAxisValue(const DscAxis *a, PetscInt i);

/* Makes data a grid of n coordinates t, x, y, ... (t slowest) and of these fields, whose clean values are allocated,
   zero. */
PETSC_INTERN PetscErrorCode DscGeneratorSetAxes(DscOptions options, DscDataSet *data, PetscInt n, const DscAxis axes[],
                                                PetscInt nfields, const char *const field_names[]);
/* The grid t by x with one field u. */
PETSC_INTERN PetscErrorCode DscGeneratorSetGrid(DscOptions options, DscDataSet *data, const DscAxis *t,
                                                const DscAxis *x);
/* Copies the n terms of the true equation: values [nfields][n], one left-hand side a field. */
PETSC_INTERN PetscErrorCode DscGeneratorSetTruth(DscDataSet *data, PetscInt n, const char *const terms[],
                                                 const double values[]);

#endif
