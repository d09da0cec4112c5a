/*
  The constraint: what couples the surrogate to the library. From the moments of the training part it computes the
  coefficients, the loss and the loss's gradient with respect to C and to the surrogate's output (method/moments.h).

  All losses are per sample (divided by N), so that learning rates do not depend on the size of the data set.
*/
#ifndef DISCERN_METHOD_CONSTRAINT_H
#define DISCERN_METHOD_CONSTRAINT_H

#include <discern/method.h>
#include "method/mask.h"
#include "method/moments.h"
#include "method/prior_schedule.h"

typedef struct _p_DscConstraint *DscConstraint;

/* Answer of DscConstraintCouple. */
typedef struct {
  double    loss;
  double   *W;                /* (owned) [nexperiments][nrows][nrows] symmetric: 2 dL/dC */
  double   *tau;              /* (owned) [nleft] dL/du^ = tau (u^ - u) */
  PetscBool remember, recall; /* the present parameters; those remembered (method/schedule.h) */
} DscCoupling;

typedef struct {
  const char *name, *help;
  PetscBool   trained; /* the coefficients are parameters of the optimiser: nextra = nleft * nterms */
  PetscBool   masked;  /* only terms of constraint->mask take part */
  PetscErrorCode (*create)(DscConstraint constraint, DscOptions options);
  PetscErrorCode (*destroy)(DscConstraint constraint);
  /* Adds to loss, W, sets tau; coefficients go to constraint->regression. W and loss are zero on entry. The mask is that of
     this iteration. */
  PetscErrorCode (*couple)(DscConstraint constraint, PetscInt iteration, const DscMoments *moments, double extra[],
                           double extra_gradient[], DscCoupling *coupling);
  /* The reported regressions, from the moments of the final surrogate; NULL: those of the last coupling. */
  PetscErrorCode (*finish)(DscConstraint constraint, const DscMoments *moments);
  /* What the next coupling reads of data, into a checkpoint and back; NULL: nothing. */
  PetscErrorCode (*save)(DscConstraint constraint, DscBuffer state);
  PetscErrorCode (*restore)(DscConstraint constraint, DscBuffer state);
} DscConstraintOps;

struct _p_DscConstraint {
  const DscConstraintOps *ops;                         /* (not owned) */
  void                   *data;                        /* (owned by the implementation) */
  PetscInt                nterms, nleft, nexperiments; /* nleft: of all experiments, as in DscMoments */
  PetscInt                start;                       /* the network feels the equation from this iteration on */
  DscPriorSchedule        prior_schedule;              /* (owned) of constraints with a dynamic prior */
  DscRegression          *regression;                  /* (owned) [nleft] */
  double                 *G;        /* (owned) [nexperiments][nterms][nterms] scratch of DscConstraintGetGram */
  double                 *b;        /* (owned) [nexperiments][nterms] */
  PetscBool              *allowed;  /* (owned) [nleft][nterms] DscConstraintRestrict */
  PetscBool               refining; /* since DscConstraintRestrict */
  DscMask                *mask;     /* (owned) NULL where ops are not masked */
  double *data_scale; /* (owned) [nleft] units of u and of u_t in which the squared errors of losses that */
  double *left_scale; /* (owned) [nleft] are not scale-free are added up */
  double *ratio;      /* (owned) [nleft] beta / tau that the prior of the last coupling asked for; 0: none */
};

/* Reads -constraint and what belongs to it. nleft: of all experiments, whose active terms are common. data_scale,
   left_scale [nleft]: one scaled unit of u and of u_t. */
PETSC_INTERN PetscErrorCode DscConstraintCreate(DscOptions options, PetscInt nexperiments, PetscInt nterms,
                                                PetscInt nleft, const double data_scale[], const double left_scale[],
                                                DscConstraint *constraint);
PETSC_INTERN PetscErrorCode DscConstraintDestroy(DscConstraint *constraint);
PETSC_INTERN PetscErrorCode DscConstraintGetExtra(DscConstraint constraint, PetscInt *nextra);
/* Blocks that the moments must have, and iterations between tests that are needed beside those of the log (0: none). */
PETSC_INTERN PetscErrorCode DscConstraintGetBlocks(DscConstraint constraint, PetscInt *nblocks);
PETSC_INTERN PetscErrorCode DscConstraintGetTestInterval(DscConstraint constraint, PetscInt *interval);
/* extra may be changed: the parameters of masked terms are held at 0. */
PETSC_INTERN PetscErrorCode DscConstraintCouple(DscConstraint constraint, PetscInt iteration, const DscMoments *moments,
                                                double extra[], double extra_gradient[], DscCoupling *coupling);
/* Whether the equation can be judged: before the first mask all terms are active, and while a schedule changes the
   strength of the equation it is not yet the one looked for. */
PETSC_INTERN PetscErrorCode DscConstraintHasChosen(DscConstraint constraint, PetscInt iteration, PetscBool *chosen);
/* [nleft] beta / tau of the last coupling, as its prior asked for; 0: none. (owned by the constraint) */
PETSC_INTERN PetscErrorCode DscConstraintGetRatios(DscConstraint constraint, const double **ratio);
/* What the plan of a run says of the constraint, if anything. */
PETSC_INTERN PetscErrorCode DscConstraintPrintPlan(MPI_Comm comm, DscConstraint constraint);
PETSC_INTERN PetscErrorCode DscConstraintFinish(DscConstraint constraint, const DscMoments *moments);
/* All that the next coupling reads, and back, for a constraint of the same kind and size. Not collective. */
PETSC_INTERN PetscErrorCode DscConstraintSave(DscConstraint constraint, DscBuffer state);
PETSC_INTERN PetscErrorCode DscConstraintRestore(DscConstraint constraint, DscBuffer state);
/* From now on only the terms that are active now take part. */
PETSC_INTERN PetscErrorCode DscConstraintRestrict(DscConstraint constraint);
/* Of the last coupling or of the end: coefficients of one left-hand side. (owned by the constraint) */
PETSC_INTERN PetscErrorCode DscConstraintGetRegression(DscConstraint constraint, PetscInt left,
                                                       const DscRegression **regression);

PETSC_INTERN PetscErrorCode DscCouplingCreate(const DscMoments *moments, DscCoupling *coupling);
PETSC_INTERN PetscErrorCode DscCouplingDestroy(DscCoupling *coupling);

/* ---- for the implementations -------------------------------------------------------------------------------- */

extern const DscConstraintOps DscConstraintSBL, DscConstraintLeastSquares, DscConstraintRidge, DscConstraintGradient;

/* The regression problem of one left-hand side, columns of terms that are not allowed zero; its arrays live until the
   next call for the same experiment. */
PETSC_INTERN PetscErrorCode DscConstraintGetGram(DscConstraint constraint, const DscMoments *moments, PetscInt left,
                                                 DscGram *gram);
/* Adds 2 weight v v' with v = [-xi | 1]: the gradient of weight |u_t - Theta xi|^2, xi held constant. */
PETSC_INTERN PetscErrorCode DscConstraintAddResidual(const DscMoments *moments, PetscInt left, const double xi[],
                                                     double weight, double W[]);
/* 'finish' of the masked constraints: what the estimator keeps of the mask, by least squares. */
PETSC_INTERN PetscErrorCode DscConstraintRefit(DscConstraint constraint, const DscMoments *moments);
/* |u_t - Theta xi|^2 from the moments, not below 0. */
PETSC_INTERN double DscConstraintResidual(const DscGram *gram, const double xi[]);

#endif
