/*
  The surrogate of a data set, or of several that share an equation: a network on scaled coordinates, its jets, and the
  library evaluated on them. Turns a panel into the rows X = [Theta | u_t]' that the moments are made of, and an adjoint
  of X into one of the network. Several experiments have the same graph and library, but each its own data, scales, and
  parameters.
*/
#ifndef DISCERN_METHOD_SURROGATE_H
#define DISCERN_METHOD_SURROGATE_H

#include <discern/method.h>
#include "method/features.h"
#include "method/points.h"
#include "method/train.h"

typedef struct {
  DscDataSet   *data;    /* (owned) the whole set; of one that is sharded, a probe */
  DscSamples    samples; /* (owned) what is trained on */
  DscPoints     points;  /* those of the samples that are points, where the data are positions */
  DscScaling    scaling;
  DscFeatureMap map; /* (owned) */
  DscNet        net; /* (owned) knows the initial parameters */
} DscExperiment;

typedef struct {
  PetscInt          nexperiments;
  DscExperiment    *experiments; /* (owned) [nexperiments] */
  double            bytes;       /* of the samples of all of them, on this rank */
  DscLibrary        library;     /* (owned) */
  DscGraph          graph;       /* (owned) */
  DscNode           input, output;
  PetscBool         density; /* the network is the density of positions, and a last output its logarithm */
  PetscInt          lanes, njet, nterms, nleft, nfeatures, nrows; /* nleft: of one experiment */
  const PetscInt   *left;     /* (not owned) [nleft] feature on each left-hand side */
  const DscFeature *features; /* (not owned) [nfeatures] */
  /* One panel at a time, (owned), each [..][lanes]: coordinates, jets of the fields, features, X, and adjoints. */
  double *x, *y, *ybar, *phi, *phibar, *X, *Xbar;
} DscSurrogate;

/* Data, scaling, library, network and graph as the options say. Collective. */
PETSC_INTERN PetscErrorCode DscSurrogateCreate(MPI_Comm comm, DscOptions options, uint64_t seed,
                                               DscSurrogate *surrogate);
PETSC_INTERN PetscErrorCode DscSurrogateDestroy(DscSurrogate *surrogate);
PETSC_INTERN PetscErrorCode DscSurrogateSetInput(DscSurrogate *surrogate, const DscPanel *panel,
                                                 DscWorkspace workspace);
/* Fills y, phi and X of a panel that has run forward. */
PETSC_INTERN PetscErrorCode DscSurrogateEvaluate(DscSurrogate *surrogate, const DscPanel *panel,
                                                 DscWorkspace workspace);
/* Fields [nfields][n] and terms [nterms][n] at any n places, coordinates[c][n], all in physical units, with the graph's
   present parameters. Not collective. */
PETSC_INTERN PetscErrorCode DscSurrogateEvaluateAt(DscSurrogate *surrogate, DscWorkspace workspace, PetscInt experiment,
                                                   PetscInt n, const double *const coordinates[], double fields[],
                                                   double terms[]);
/* Adds |u - u^|^2 of the field on each left-hand side to sse [nleft], and the number of its values that are there to
   present [nleft], after DscSurrogateEvaluate. Of a density: -log p of the positions, and their number. */
PETSC_INTERN PetscErrorCode DscSurrogateAddError(const DscSurrogate *surrogate, const DscPanel *panel, double sse[],
                                                 double present[]);
/* u^ of a field, in physical units, after DscSurrogateEvaluate. */
static inline double DscSurrogateField(const DscSurrogate *s, const DscPanel *panel, PetscInt field, PetscInt lane)
{
  const DscScaling *scaling = &s->experiments[panel->experiment].scaling;

  return scaling->field_center[field] + scaling->field_scale[field] * s->y[field * s->njet * s->lanes + lane];
}
/* Seeds the network's adjoint: Xbar, and tau[left] (u^ - u) on the fields where there is a u; after DscSurrogateEvaluate.
   tau[nleft]: of the panel's experiment. Of a density: Xbar, and that of the mean of -log p over the positions. */
PETSC_INTERN PetscErrorCode DscSurrogateSeedAdjoint(DscSurrogate *surrogate, const DscPanel *panel,
                                                    DscWorkspace workspace, const double tau[]);

#endif
