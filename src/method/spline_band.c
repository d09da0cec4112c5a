#include "method/spline_band.h"

#include <petscblaslapack.h>

#define BLASsbmv_    PETSCBLAS(sbmv, SBMV)
#define LAPACKpbtrf_ PETSCBLAS(pbtrf, PBTRF)
#define LAPACKpbtrs_ PETSCBLAS(pbtrs, PBTRS)
BLAS_EXTERN void BLASsbmv_(const char *, const PetscBLASInt *, const PetscBLASInt *, const double *, const double *,
                           const PetscBLASInt *, const double *, const PetscBLASInt *, const double *, double *,
                           const PetscBLASInt *);
BLAS_EXTERN void LAPACKpbtrf_(const char *, const PetscBLASInt *, const PetscBLASInt *, double *, const PetscBLASInt *,
                              PetscBLASInt *);
BLAS_EXTERN void LAPACKpbtrs_(const char *, const PetscBLASInt *, const PetscBLASInt *, const PetscBLASInt *,
                              const double *, const PetscBLASInt *, double *, const PetscBLASInt *, PetscBLASInt *);

PetscErrorCode DscSplineBandMultiply(PetscInt n, PetscInt bandwidth, const double band[], const double x[], double y[])
{
  const PetscBLASInt bn = (PetscBLASInt)n, kd = (PetscBLASInt)bandwidth, ld = kd + 1, one = 1;
  const double       unit = 1.0, zero = 0.0;

  PetscFunctionBeginUser;
  PetscCallBLAS("BLASsbmv", BLASsbmv_("L", &bn, &kd, &unit, band, &ld, x, &one, &zero, y, &one));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineBandFactor(PetscInt n, PetscInt bandwidth, double band[], PetscBool *ok)
{
  const PetscBLASInt bn = (PetscBLASInt)n, kd = (PetscBLASInt)bandwidth, ld = kd + 1;
  PetscBLASInt       info;

  PetscFunctionBeginUser;
  PetscCallBLAS("LAPACKpbtrf", LAPACKpbtrf_("L", &bn, &kd, band, &ld, &info));
  *ok = (PetscBool)(info == 0);
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineBandSolve(PetscInt n, PetscInt bandwidth, const double factor[], PetscInt columns, double x[])
{
  const PetscBLASInt bn = (PetscBLASInt)n, kd = (PetscBLASInt)bandwidth, ld = kd + 1, m = (PetscBLASInt)columns;
  PetscBLASInt       info;

  PetscFunctionBeginUser;
  if (columns == 0) PetscFunctionReturn(0);
  PetscCallBLAS("LAPACKpbtrs", LAPACKpbtrs_("L", &bn, &kd, &m, factor, &ld, x, &bn, &info));
  PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "pbtrs: %d", (int)info);
  PetscFunctionReturn(0);
}
