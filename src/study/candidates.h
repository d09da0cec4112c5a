/*
  What a study supports: the candidate equations of all runs (the group /selection), votes and scores over runs, the front
  of terms against error. On one rank; nothing here communicates. A set is a bit for each [left][term] of the results
  table.
*/
#ifndef STUDY_CANDIDATES_H
#define STUDY_CANDIDATES_H

#include "study/results.h"

typedef struct {
  PetscInt  words;  /* of a set */
  int64_t  *offset; /* (owned) [nruns + 1] the run in a row has candidates offset[r] to offset[r + 1] - 1 */
  int      *terms;  /* (owned) [offset[nruns]] of a candidate, as all below */
  double   *error;  /* (owned) */
  double   *score;  /* (owned) */
  uint64_t *set;    /* (owned) [][words] */
  uint64_t *found;  /* (owned) [nruns][words] the set of the equation that a run found */
} DscCandidates;

/* No candidates where the file has none, as those from before there were any. A user error if it is damaged. */
PETSC_INTERN PetscErrorCode DscCandidatesRead(const char path[], const DscResultsTable *table,
                                              DscCandidates *candidates);
PETSC_INTERN PetscErrorCode DscCandidatesDestroy(DscCandidates *candidates);
static inline PetscBool     DscSetHas(const uint64_t set[], PetscInt bit)
{
  return (PetscBool)(set[bit / 64] >> (bit % 64) & 1);
}

/* The set that most of some runs found, and how strongly. Of equally many the one whose scores are better where both are
   scored, then the one that was found first. Scores are compared within a run only: they are differences of -2 ln
   evidence on that run's own sums. */
typedef struct {
  PetscInt        runs, votes;  /* with an equation; that found the set */
  PetscInt        example;      /* one of these */
  const uint64_t *set;          /* (not owned) NULL: no run has an equation */
  PetscInt        scored, best; /* runs that have it among their candidates; of them, those where none is better */
  double          lead;         /* median over these runs: the best other candidate's score - its own; NaN without */
  /* the set that comes closest: of those that at least half of the scored runs have, the least mean difference */
  const uint64_t *next;        /* (not owned) NULL: there is none */
  PetscInt        both;        /* runs that have both */
  double          sum, median; /* over them, of the next one's score - its own */
} DscSupport;
/* Of runs [n] (rows of the table). */
PETSC_INTERN PetscErrorCode DscSupportCompute(const DscResultsTable *table, const DscCandidates *candidates, PetscInt n,
                                              const PetscInt runs[], DscSupport *support);

/* One size of the front: each run's best candidate with so many terms. */
typedef struct {
  int             terms;
  PetscInt        runs, votes; /* with a candidate of this size; whose best one is the set */
  const uint64_t *set;         /* (not owned) the set that is most often the best of its size */
  double          error;       /* median over runs of the best one's error, */
  double          score;       /* and of its score above the run's lowest */
} DscFrontSize;
/* Sizes rising (allocated; PetscFree). */
PETSC_INTERN PetscErrorCode DscFrontCompute(const DscResultsTable *table, const DscCandidates *candidates, PetscInt n,
                                            const PetscInt runs[], PetscInt *nsizes, DscFrontSize **sizes);
/* The best candidate of a run with so many terms; -1: none. */
PETSC_INTERN int64_t DscCandidatesBest(const DscCandidates *candidates, PetscInt run, int terms);

/* 'u u_x, u_xxx', with 'u_t: ' before the terms of each left-hand side where there are several; '0' without terms. */
PETSC_INTERN void DscSetFormat(const DscResultsTable *table, const uint64_t set[], size_t size, char text[]);
/* What makes a set from another: '+ u_x - u_xx', likewise. */
PETSC_INTERN void DscSetFormatChange(const DscResultsTable *table, const uint64_t from[], const uint64_t to[],
                                     size_t size, char text[]);

#endif
