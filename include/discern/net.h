/*
  net: networks built from ops, and their initial parameters.
*/
#ifndef DISCERN_NET_H
#define DISCERN_NET_H

#include <discern/data.h>

/* What a surrogate needs to know: inputs and outputs are scaled coordinates and fields. */
typedef struct {
  PetscInt          ninputs, noutputs;
  const DscDataSet *data;    /* (not owned) for the spectrum; may be NULL if the scale is given */
  const DscScaling *scaling; /* (not owned) */
} DscNetInfo;

typedef struct _p_DscNet *DscNet;

PETSC_EXTERN PetscErrorCode DscNetRegisterOptions(void);
/* Reads -approximator and -net_*. Not collective; every rank builds the same network. */
PETSC_EXTERN PetscErrorCode DscNetCreate(DscOptions options, const DscNetInfo *info, DscNet *net);
PETSC_EXTERN PetscErrorCode DscNetDestroy(DscNet *net);
/* Whether the network is a density (approximator flow): x is then (t, x) and DscNetBuild's y is [p | log p], twice
   noutputs features, with p the density of scaled x at scaled t, whose integral over x is 1. Its parameters depend on t
   alone: with DscGraphDeclareSeeds() before DscNetBuild, their derivatives along x cost nothing. */
PETSC_EXTERN PetscErrorCode DscNetIsDensity(DscNet net, PetscBool *density);
/* Adds the network's ops to a graph: x [ninputs] -> y [noutputs], but for a density. */
PETSC_EXTERN PetscErrorCode DscNetBuild(DscNet net, DscGraph graph, DscNode x, DscNode *y);
/* Initial values of the parameters that DscNetBuild added, into the graph's flat vector. Random numbers by (seed,
   INIT). */
PETSC_EXTERN PetscErrorCode DscNetInitialize(DscNet net, DscGraph graph, uint64_t seed, double theta[]);
PETSC_EXTERN PetscErrorCode DscNetList(PetscInt *n, const char *const **names, const char *const **help);
/* Dominant angular frequencies per scaled coordinate: standard deviation of the data's power spectrum above its noise
   floor. */
PETSC_EXTERN PetscErrorCode DscNetEstimateBandwidth(const DscDataSet *data, const DscScaling *scaling, PetscInt field,
                                                    double bandwidth[]);

#endif
