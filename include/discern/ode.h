/*
  ode: linear ordinary differential equations as least-squares problems, solved and differentiated for a batch of lanes
  (mechanistic neural networks; Pervez, Locatello and Gavves 2024, section 3, without the slack's linear cost).

  At steps t = 0..n-1, k functions of time have the values and derivatives u_t^(o), o = 0..d, of every dimension; these
  and one slack eps are the unknowns z. With step s_t from t to t+1, the rows of min |beta - M z|^2, all of unit weight,
  are
    equation   sum over dimensions and o of c_t^(o) u_t^(o) = b_t               at every t, for every equation
    initial    u_t^(o) = a given value                                          where the caller says
    forward    eps + sum_{j=i..d} s_t^j / (j-i)! u_t^(j) - s_t^i u_{t+1}^(i) = 0             i = 0..d-1
    backward   eps + sum_{j=i..d} (-s_t)^j / (j-i)! u_{t+1}^(j) - (-s_t)^i u_t^(i) = 0       i = 0..d-1
    central    eps - S^(d-2) u_{t-1}^(d-1) + S^(d-2) u_{t+1}^(d-1) - S^(d-1) u_t^(d) = 0     S = s_{t-1} + s_t
  The problem is solved by a block-banded QR factorisation from the last step to the first: the cost is linear in n, and
  no digits are lost to the scales of the derivatives or to the square of the condition number, as with normal equations.

  Every array has the lanes innermost, [...][lanes]; a lane is an ODE of its own whose result does not depend on the
  others. Always double precision. Nothing here is collective.
*/
#ifndef DISCERN_ODE_H
#define DISCERN_ODE_H

#include <discern/sys.h>

#define DSC_ODE_MAX_ORDER 6

/* One condition u_step^(order) of a dimension; its value is given with the right-hand side. */
typedef struct {
  PetscInt step, dimension, order;
} DscODEInitial;

typedef struct {
  PetscInt             order;      /* d, 1 to DSC_ODE_MAX_ORDER: the highest derivative among the unknowns */
  PetscInt             dimensions; /* k */
  PetscInt             equations;  /* at each step */
  PetscInt             steps;      /* n, at least 2 */
  PetscInt             lanes;      /* a multiple of 16 */
  PetscBool            central;    /* whether there are central rows */
  PetscInt             ninitial;
  const DscODEInitial *initial; /* (not owned) [ninitial]; copied by DscODECreate */
} DscODESizes;

typedef struct _p_DscODE *DscODE;

/* All memory is allocated here. At one step at most k (d+1) equations and conditions together, none twice. */
PETSC_EXTERN PetscErrorCode DscODECreate(const DscODESizes *sizes, DscODE *ode);
PETSC_EXTERN PetscErrorCode DscODEDestroy(DscODE *ode);

/* Factors M: c is [steps][equations][dimensions][order + 1][lanes], s is [steps - 1][lanes], positive. No pointer is
   kept. PETSC_ERR_ARG_OUTOFRANGE if a step is not positive and finite. */
PETSC_EXTERN PetscErrorCode DscODEFactor(DscODE ode, const double c[], const double s[]);
/* Solves for right-hand sides b [steps][equations][lanes] and values of the conditions [ninitial][lanes], as often as
   wanted after one DscODEFactor: u is [steps][dimensions][order + 1][lanes], epsilon [lanes] or NULL. */
PETSC_EXTERN PetscErrorCode DscODESolve(DscODE ode, const double b[], const double initial[], double u[],
                                        double epsilon[]);
/* Of the latest solution: from the adjoints of u and of epsilon (NULL: 0), those of all that went in, with the shapes
   above; they are set, not added to. NULL where none is wanted. */
PETSC_EXTERN PetscErrorCode DscODEAdjoint(DscODE ode, const double ubar[], const double epsilonbar[], double cbar[],
                                          double bbar[], double initialbar[], double sbar[]);

/* What the latest DscODEFactor found in each lane.
   Regularised: the conditions and the coefficients do not determine the solution (no initial value, zero coefficients).
   Rows of weight 1e-4 hold T^o/o! u_0^(o), T the whole duration, and eps at 0: a defined, finite answer. That they depend
   on T is left out of the steps' adjoint.
   Not finite: a coefficient is not, or its square is not; the results of this lane mean nothing. */
typedef enum { DSC_ODE_DETERMINED, DSC_ODE_REGULARISED, DSC_ODE_NOT_FINITE } DscODEStatus;
PETSC_EXTERN PetscErrorCode DscODEGetStatus(DscODE ode, const DscODEStatus **status); /* (owned by ode) [lanes] */

/* Floating-point operations of one call, all lanes, and bytes of the object. */
typedef struct {
  double factor, solve, adjoint, bytes;
} DscODECost;
PETSC_EXTERN PetscErrorCode DscODEGetCost(DscODE ode, DscODECost *cost);

#endif
