/* LAPACK routines that petscblaslapack.h does not declare. */
#ifndef DISCERN_REGRESS_LAPACK_H
#define DISCERN_REGRESS_LAPACK_H

#include <petscsys.h>
#include <petscblaslapack.h>

#define LAPACKpstrf_ PETSCBLAS(pstrf, PSTRF) /* Cholesky with pivoting */
#define LAPACKtrtri_ PETSCBLAS(trtri, TRTRI) /* inverse of a triangle */
#define LAPACKlauum_ PETSCBLAS(lauum, LAUUM) /* L'L of a triangle */
BLAS_EXTERN void LAPACKpstrf_(const char *, const PetscBLASInt *, double *, const PetscBLASInt *, PetscBLASInt *,
                              PetscBLASInt *, const double *, double *, PetscBLASInt *);
BLAS_EXTERN void LAPACKtrtri_(const char *, const char *, const PetscBLASInt *, double *, const PetscBLASInt *,
                              PetscBLASInt *);
BLAS_EXTERN void LAPACKlauum_(const char *, const PetscBLASInt *, double *, const PetscBLASInt *, PetscBLASInt *);

#endif
