/*
  Derivatives along periodic axes of equal steps by Fourier transforms (Trefethen, Spectral Methods in MATLAB, SIAM 2000,
  ch. 3), which keep the wave numbers up to a cutoff, and what tells from the data whether they may be taken.
*/
#ifndef DISCERN_METHOD_FOURIER_H
#define DISCERN_METHOD_FOURIER_H

#include <discern/data.h>

#include <fftw3.h>

#define DSC_FOURIER_LEAST 8 /* values along an axis */

/* Lines of n values along one axis, `stride` of them beside each other, transformed together. */
typedef struct {
  PetscInt n, stride;
  PetscInt kept; /* wave numbers 0..kept stay, in units of the step */
  double   step; /* 2 pi / period */
  double  *spectrum,
      *work; /* (owned) [n/2 + 1][stride] complex numbers; work: input of the inverse, which destroys it */
  fftw_plan forward, inverse;
} DscFourierAxis;

/* x: n values in equal steps; the period is n of them, so that the last value is not the first again. cutoff: fraction of
   the Nyquist wave number. Not collective, like the others on an axis. */
PETSC_INTERN PetscErrorCode DscFourierAxisCreate(PetscInt n, const double x[], PetscInt stride, double cutoff,
                                                 DscFourierAxis *axis);
PETSC_INTERN PetscErrorCode DscFourierAxisDestroy(DscFourierAxis *axis);
/* The transform of values [n][stride]; then as many derivatives of them as are wanted. Allocation-free. */
PETSC_INTERN void DscFourierAxisTransform(DscFourierAxis *axis, const double values[]);
PETSC_INTERN void DscFourierAxisDerive(DscFourierAxis *axis, PetscInt order, double derivative[]);

/* User errors where a space axis is not in equal steps or too short, or where the fields do not go on across its ends as
   they do inside: the largest root mean square of the sixth differences across the ends is more than three times that
   inside, over a sample of the times. cutoff[c] of the space axes: as asked for, or where 0 the largest wave number at
   which a field's mean power is above that of the highest quarter of them, the floor of noise or of rounding; 1 where that
   still falls. Rank 0 reads. Collective. */
PETSC_INTERN PetscErrorCode DscFourierMeasure(MPI_Comm comm, DscGrid grid, double cutoff[DSC_MAX_COORDINATES]);

#endif
