/*
  Normalizing flows: the density p(x | t) = base(z) |dz/dx| of a monotone transform z = g_theta(x) whose parameters
  theta = h(t) come from a dense network of time (paper 000, section 3.3). A transform is a row of flow.c's table and a
  file of its own. Private to src/net.
*/
#ifndef DISCERN_NET_FLOW_H
#define DISCERN_NET_FLOW_H

#include "net/network.h"

#define DSC_FLOW_PARAMETERS 3 /* of a component, in both transforms */

/* The cumulative distribution that a sigmoid is. */
typedef struct {
  const char *name;
  double      constant; /* S'(z) = constant exp(g(z)) */
  PetscErrorCode (*exponent)(DscGraph graph, DscNode z, DscNode *g);
  PetscErrorCode (*cdf)(DscGraph graph, DscNode z, DscNode *S);
} DscSigmoid;

typedef struct _n_DscFlow DscFlow;

typedef struct {
  const char *name;
  PetscErrorCode (*create)(DscFlow *flow, DscOptions options); /* own options, and how many components there are */
  /* From x [1] and theta [DSC_FLOW_PARAMETERS x components], kind by kind: y [p | log p], and z [1] unless NULL. */
  PetscErrorCode (*build)(const DscFlow *flow, DscGraph graph, DscNode theta, DscNode x, DscNode *y, DscNode *z);
  void (*start)(const DscFlow *flow, double theta[]); /* the parameters near which training starts, at all times */
} DscFlowTransform;

struct _n_DscFlow {
  const DscFlowTransform *transform; /* (not owned) */
  const DscSigmoid       *sigmoid;   /* (not owned) sigmoids only */
  PetscInt                components;
  double                  min_width; /* sigmoids only */
};

/* DscNetBuild of a flow, and the transform itself: z [1], unless NULL. Its base is uniform on (0, 1) for sigmoids and the
   standard normal distribution for planar transforms: log p = log base(z) + log dz/dx. */
PETSC_INTERN PetscErrorCode DscFlowBuild(DscNet net, DscGraph graph, DscNode x, DscNode *y, DscNode *z);

PETSC_INTERN const DscFlowTransform DscFlowSigmoids, DscFlowPlanar;

#endif
