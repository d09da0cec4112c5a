/*
  Equations as a physicist writes them, and the statistics of the report. Nothing here communicates.
*/
#ifndef STUDY_FORMAT_H
#define STUDY_FORMAT_H

#include <discern/study.h>

/* One right-hand side. Pointers are (not owned), [nterms]. */
typedef struct {
  const char *left; /* "u_t" */
  PetscInt    nterms;
  const char (*terms)[DSC_NAME_LENGTH];
  const double *coefficients;
  const double *std;    /* NULL: exact values, written without error bars */
  const int    *active; /* NULL: every term with a non-zero coefficient */
} DscEquation;

/* 'u_t = -(6.02 ± 0.03) u u_x - (1.001 ± 0.004) u_xxx', cut to size at a whole character. Without any term:
   'u_t = 0'. NaN coefficients are left out. */
PETSC_EXTERN PetscErrorCode DscEquationFormat(const DscEquation *equation, size_t size, char text[]);
/* A magnitude with its error bar, rounded to the error bar's first digit (two where that is 1): '(6.02 ± 0.03)'.
   std 0 or not finite: four digits and no error bar. */
PETSC_EXTERN PetscErrorCode DscCoefficientFormat(double magnitude, double std, size_t size, char text[]);

/* 95% score interval of a success rate (Wilson 1927; Brown, Cai and DasGupta 2001, eq. 4). n > 0. */
PETSC_EXTERN void DscWilsonInterval(PetscInt successes, PetscInt n, double *low, double *high);
/* Median of the finite values; NaN if there is none. Reorders values. */
PETSC_EXTERN double DscMedian(PetscInt n, double values[]);
/* Also the spread: half the distance from the 16% to the 84% quantile (interpolated between order statistics), which is a
   standard deviation where the values are normal and does not see outliers; NaN for fewer than two values. */
PETSC_EXTERN void DscMedianSpread(PetscInt n, double values[], double *median, double *spread);

/* '0-4, 6, 8-9' of rising numbers, at most max_ranges of them and then 'and 12 more' (of the numbers); cut to size. */
PETSC_EXTERN PetscErrorCode DscRangesFormat(PetscInt n, const int numbers[], PetscInt max_ranges, size_t size,
                                            char text[]);

#endif
