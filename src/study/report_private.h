/*
  The parts of a report, on the one rank that has read the file.
*/
#ifndef STUDY_REPORT_PRIVATE_H
#define STUDY_REPORT_PRIVATE_H

#include "study/candidates.h"
#include "study/rates.h"
#include "study/report.h"

#define DSC_LINE_SIZE 4096

#define say(...) PetscCall(PetscPrintf(PETSC_COMM_SELF, __VA_ARGS__))

typedef struct {
  PetscBool   brief; /* what `run` prints at its end: many runs are not listed one by one */
  PetscBool   all;   /* nothing is shortened */
  PetscBool   front; /* the front of terms against error */
  const char *by;    /* (not owned) 'KEY' or 'KEY,KEY2': success by these; NULL: by every swept key but seed */
} DscReportStyle;

/* Pointers (not owned) unless marked. */
typedef struct {
  const char            *path;
  const DscResultsTable *table;
  const DscCandidates   *candidates;
  DscReportStyle         style;
  PetscInt               nby, by[DSC_GROUP_MAX_AXES]; /* axes; nby 0: each by itself */
} DscReport;

/* 'seed=3 data_noise=0.2' of a run; empty without axes. */
PETSC_INTERN void DscReportLabel(const DscResultsTable *table, PetscInt run, size_t size, char label[]);
/* The equation that a run found, as text. */
PETSC_INTERN PetscErrorCode DscReportFound(const DscResultsTable *table, PetscInt run, PetscInt left, size_t size,
                                           char text[]);
/* A number as text [size]; '-' where it is not finite. Returns text. */
PETSC_INTERN const char *DscReportNumber(const char format[], double value, size_t size, char text[]);
/* Success rates and coefficients, whole and by setting. */
PETSC_INTERN PetscErrorCode DscReportSettings(const DscReport *report);
/* How strongly the runs support the equation that most of them found, in words. */
PETSC_INTERN PetscErrorCode DscReportSupport(const DscReport *report, const DscSupport *support);
/* The sets that runs of each of some settings support: a table with the labels of n settings. */
PETSC_INTERN PetscErrorCode DscReportSupportTable(const DscReport *report, PetscInt n, const char *const labels[],
                                                  const PetscInt counts[], const PetscInt *const runs[]);
/* The front of all runs, or of the settings that were asked for. */
PETSC_INTERN PetscErrorCode DscReportFronts(const DscReport *report);
/* The front of terms against error over the runs [n]. label: of the runs. */
PETSC_INTERN PetscErrorCode DscReportFront(const DscReport *report, const char label[], PetscInt n,
                                           const PetscInt runs[]);
/* The equation that most runs agree on. */
PETSC_INTERN PetscErrorCode DscReportEquation(const DscReport *report);
PETSC_INTERN PetscErrorCode DscReportSlowest(const DscReport *report);
/* Runs that are not done, grouped by reason. */
PETSC_INTERN PetscErrorCode DscReportNotDone(const DscReport *report);

#endif
