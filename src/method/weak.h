/*
  Method 'discover' with approximator 'weak': no network. The equation is multiplied by test functions of compact support
  and integrated by parts, so that derivatives fall on the test functions and never on the data (Messenger and Bortz, J.
  Comput. Phys. 443, 110525, 2021).

  One row a test function phi_k, with one column a term that is a derivative of a polynomial of the fields:
    -<d_t phi_k, u> = sum_j xi_j (-1)^|q_j| <d^q_j phi_k, f_j(u)>.
  Noise e of the data enters a row through psi_k, the adjoint of the linearised equation applied to phi_k. So the rows'
  covariance is known but for the equation itself, and the noise that the rows see can be estimated. Each pass
    1. evaluates the columns on the data less the estimated noise,
    2. regresses with the rows' covariance (generalised least squares under the chosen constraint),
    3. estimates the noise anew: the smallest one, in the sense of least squares, with which the equation found holds.
  These are the Gauss-Newton steps of total least squares: noise in the columns does not shrink coefficients, and error bars
  take the overlap of the test functions into account.
*/
#ifndef DISCERN_METHOD_WEAK_H
#define DISCERN_METHOD_WEAK_H

#include <discern/method.h>

typedef struct _p_DscWeak *DscWeak;

/* Data, test functions and library. To be destroyed even where it fails. Collective, like all below. */
PETSC_INTERN PetscErrorCode DscWeakCreate(MPI_Comm comm, DscOptions options, DscWeak *weak);
PETSC_INTERN PetscErrorCode DscWeakDestroy(DscWeak *weak);
/* Fills all of the result but its seconds. A run that is stopped begins anew after a restart. The same bits on any number
   of ranks: a row is computed by one of them and sent to all. */
PETSC_INTERN PetscErrorCode DscWeakRun(DscWeak weak, const DscRunControl *control, PetscBool progress,
                                       DscResult *result);
/* Prints the plan on rank 0. */
PETSC_INTERN PetscErrorCode DscWeakPrintPlan(DscWeak weak);

#endif
