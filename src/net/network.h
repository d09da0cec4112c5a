/*
  What the networks share: the object, the table of approximators, dense layers. Private to src/net.
*/
#ifndef DISCERN_NET_NETWORK_H
#define DISCERN_NET_NETWORK_H

#include <discern/net.h>

typedef struct {
  const char *name, *help;
  const char *layers;  /* key of the hidden widths; NULL: net_layers */
  PetscBool   density; /* DscNetIsDensity() */
  PetscErrorCode (*create)(DscNet net, DscOptions options, const DscNetInfo *info); /* own options; may be NULL */
  PetscErrorCode (*build)(DscNet net, DscGraph graph, DscNode x, DscNode *y);
  PetscErrorCode (*initialize)(DscNet net, DscGraph graph, uint64_t seed, double theta[]);
} DscNetOps;

struct _p_DscNet {
  const DscNetOps   *ops; /* (not owned) */
  PetscInt           ninputs;
  PetscInt           nlayers; /* dense layers: the hidden ones and the output */
  PetscInt          *widths;  /* (owned) [nlayers + 1]: inputs of the first, hidden layers, outputs of the last */
  char               activation[16];
  double             siren_omega;
  double            *fourier_scale; /* (owned) [ninputs] standard deviation of the first layer's frequencies */
  struct _n_DscFlow *flow;          /* (owned) net/flow.h; NULL: no flow */
};

/* One layer's place in the flat vector: W [rows x columns] at offset W, b [rows] at offset b. */
typedef struct {
  PetscInt rows, columns, W, b;
} DscDenseLayer;

/* Adds parameters 'layerL/W' and 'layerL/b' and y = W x + b. */
PETSC_INTERN PetscErrorCode DscNetAddDense(DscNet net, DscGraph graph, PetscInt layer, DscNode x, DscNode *y);
/* Layers first..nlayers-1 as dense layers with the net's activation between them and none at the end. */
PETSC_INTERN PetscErrorCode DscNetAddDenseStack(DscNet net, DscGraph graph, PetscInt first, DscNode x, DscNode *y);
/* Finds by name what DscNetAddDense added to a graph. */
PETSC_INTERN PetscErrorCode DscNetGetDense(DscGraph graph, PetscInt layer, DscDenseLayer *dense);
/* LeCun's initial values of layers first..nlayers-1: W ~ N(0, 1/columns), b = 0. */
PETSC_INTERN PetscErrorCode DscNetInitializeDenseStack(DscNet net, DscGraph graph, PetscInt first, uint64_t seed,
                                                       double theta[]);

PETSC_INTERN const DscNetOps DscNetMlp, DscNetSiren, DscNetFourier, DscNetFlow;

#endif
