/*
  The candidate equations of a run (DscResult's selection): columns terms, error, score, and active/LEFT/TERM, 0 or 1, for
  every left-hand side and term. One row a set of terms, joint over all left-hand sides.
*/
#ifndef DISCERN_METHOD_SELECTION_H
#define DISCERN_METHOD_SELECTION_H

#include <discern/method.h>
#include "method/moments.h"

/* Adds a set, active [nleft][nterms], after the equation's names are set; a set that is there gets the new error and
   score. error: the share of what the method explains that is left unexplained. score: lower is better, in units of
   -2 ln evidence, up to a constant that is the same for all sets of the run. Not collective. */
PETSC_INTERN PetscErrorCode DscSelectionAdd(DscResult *result, PetscInt nexperiments, const PetscBool active[],
                                            double error, double score);
/* Fills an empty table, after the equation is set: the best sets found of each size, the equation's own set, and those
   that differ from it by one term, at most DSC_SELECTION_MAX_ROWS; rising in terms, then in score. Left-hand sides are
   those of moments[0], then of moments[1], ... [n]; only a single one may have several experiments. The equation of a
   term that some experiment has counts as that of all. Not collective. */
enum { DSC_SELECTION_MAX_ROWS = 40 };
PETSC_INTERN PetscErrorCode DscSelectionFill(PetscInt n, const DscMoments moments[], DscResult *result);

#endif
