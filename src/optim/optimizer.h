/*
  What the optimisers share: settings, the object, the table of implementations. Private to src/optim.
*/
#ifndef DISCERN_OPTIM_OPTIMIZER_H
#define DISCERN_OPTIM_OPTIMIZER_H

#include <discern/optim.h>

typedef struct {
  double    lr, beta1, beta2, epsilon, weight_decay;
  double    clip; /* bound of the gradient's Euclidean norm; 0: none */
  PetscBool amsgrad;
  char      schedule[16];
  double    warmup, final_factor; /* of the schedule */
  PetscInt  soap_refresh, soap_max_dimension;
} DscOptimizerSettings;

typedef struct {
  const char *name, *help;
  double      lr, beta1, beta2; /* defaults where the options say -1 */
  /* Allocates the state (DscOptimizerAllocateState) and the context, the only allocations of an implementation. */
  PetscErrorCode (*create)(DscOptimizer optimizer);
  PetscErrorCode (*step)(DscOptimizer optimizer, double lr, const double gradient[], double theta[]);
  PetscErrorCode (*destroy)(DscOptimizer optimizer); /* of the context; may be NULL */
} DscOptimizerOps;

struct _p_DscOptimizer {
  DscOptimizerSettings   settings;
  const DscOptimizerOps *ops; /* (not owned) */
  PetscInt               size, nblocks;
  DscBlock              *blocks;   /* (owned) [nblocks] */
  double                *gradient; /* (owned) [size] clipped gradient; NULL without clipping */
  PetscInt               nstate;
  double                *state;   /* (owned) [nstate] all that a restart needs: the steps taken, then what follows */
  double                *m, *v;   /* (not owned) [size] each: first and second moments, part of state */
  void                  *context; /* the implementation's */
};

/* Zeroed state: steps taken, m [size], v [size], then `extra` numbers, which start at *first. */
PETSC_INTERN PetscErrorCode DscOptimizerAllocateState(DscOptimizer optimizer, PetscInt extra, double **first);
/* One Adam update of n numbers, as the t-th step (t = 1, 2, ...). vmax: largest v so far, for AMSGrad; may be NULL. */
PETSC_INTERN void DscAdamUpdate(const DscOptimizerSettings *settings, double t, double lr, PetscInt n,
                                const double gradient[], double m[], double v[], double vmax[], double theta[]);

PETSC_INTERN const DscOptimizerOps DscOptimizerAdam, DscOptimizerSoap;

#endif
