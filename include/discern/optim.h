/*
  optim: first-order and preconditioned optimisers on a flat vector, learning-rate schedules.
*/
#ifndef DISCERN_OPTIM_H
#define DISCERN_OPTIM_H

#include <discern/sys.h>

/* Matrix blocks of the flat vector, row-major, as SOAP needs them; vectors are [n x 1]. They tile [0, size). */
typedef struct {
  PetscInt offset, rows, columns;
} DscBlock;

typedef struct _p_DscOptimizer *DscOptimizer;

PETSC_EXTERN PetscErrorCode DscOptimRegisterOptions(void);
/* Reads -optim_*: type (adam, soap), learning rate, betas, epsilon, amsgrad, schedule. Not collective; deterministic, so
   that every rank makes the same step. */
PETSC_EXTERN PetscErrorCode DscOptimizerCreate(DscOptions options, PetscInt size, PetscInt nblocks,
                                               const DscBlock blocks[], DscOptimizer *optimizer);
PETSC_EXTERN PetscErrorCode DscOptimizerDestroy(DscOptimizer *optimizer);
/* theta -= step(gradient). iteration counts from 0, of `iterations` planned (for the schedules). soap's first call only
   sets its bases. A gradient that is not finite is an error (PETSC_ERR_FP) and changes nothing. */
PETSC_EXTERN PetscErrorCode DscOptimizerStep(DscOptimizer optimizer, PetscInt iteration, PetscInt iterations,
                                             const double gradient[], double theta[]);
/* State as one flat vector, for checkpoints: N steps = N/2 + save + load + N/2, bitwise. */
PETSC_EXTERN PetscErrorCode DscOptimizerGetStateSize(DscOptimizer optimizer, PetscInt *size);
PETSC_EXTERN PetscErrorCode DscOptimizerGetState(DscOptimizer optimizer, double state[]);
PETSC_EXTERN PetscErrorCode DscOptimizerSetState(DscOptimizer optimizer, const double state[]);
PETSC_EXTERN PetscErrorCode DscOptimList(PetscInt *n, const char *const **names, const char *const **help);
/* Factor of the base learning rate at an iteration: constant, cosine, one-cycle. fraction in [0,1]. */
PETSC_EXTERN PetscErrorCode DscScheduleFactor(const char schedule[], double fraction, double warmup,
                                              double final_factor, double *factor);

#endif
