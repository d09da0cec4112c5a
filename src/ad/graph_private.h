/* The graph's inside, shared by graph.c (building), graph_plan.c (memory) and graph_run.c (panels). */
#ifndef DISCERN_AD_GRAPH_PRIVATE_H
#define DISCERN_AD_GRAPH_PRIVATE_H

#include "ad/ops.h"

#define NO_BUFFER ((size_t)-1)

typedef struct {
  const DscOp   *op; /* NULL: an input of the graph */
  DscOpArguments arguments;
  PetscInt       features;
  DscJet         jet; /* the graph's, but for order 0 in the directions that the node has no coefficients of */
  PetscInt       jets;
  PetscInt       users;                        /* nodes that read this one */
  PetscBool      output;                       /* seeded from outside */
  PetscBool      wanted;                       /* an input whose adjoint is read from outside */
  PetscBool      declared;                     /* an input of which it is known in which directions its features move */
  unsigned       moves[DSC_OP_MAX_INPUTS];     /* [feature] of a declared input: a bit for each direction */
  PetscBool      needs;                        /* its adjoint leads to a parameter or a wanted input */
  PetscBool      shares_value, shares_adjoint; /* the memory of its first input */
  size_t         value, slope, adjoint;        /* places in the workspace and the scratch, in Reals; NO_BUFFER: none */
} Node;

typedef struct {
  char     name[64];
  PetscInt rows, columns, offset;
  size_t   packed, packed_transpose; /* places in the packed weights, in Reals; NO_BUFFER: not packed */
} Parameter;

struct _p_DscGraph {
  DscPrecision precision;
  size_t       real; /* bytes of a Real */
  DscJet       jet;
  PetscInt     jets, lanes;
  PetscBool    setup;
  PetscInt     nnodes, nodes_allocated, nparameters, parameters_allocated, size;
  Node        *nodes;                                         /* (owned) [nnodes] */
  Parameter   *parameters;                                    /* (owned) [nparameters] */
  void        *theta;                                         /* (owned) [size] working precision */
  void        *packed;                                        /* (owned) weights as the products want them */
  void        *gradient;                                      /* (owned) [size] accumulator */
  void        *adjoints;                                      /* (owned) scratch of one panel */
  size_t       values_length, adjoints_length, packed_length; /* in Reals */
};

struct _p_DscWorkspace {
  void      *values; /* (owned) [values_length] */
  PetscBool *seeded; /* (owned) [nnodes] outputs seeded since the last backward */
};

/* Reals of a node's tensor. */
static inline size_t DscNodeLength(const struct _p_DscGraph *graph, const Node *node)
{
  return (size_t)node->features * (size_t)node->jets * (size_t)graph->lanes;
}

PetscErrorCode DscGraphPlanMemory(DscGraph graph);
PetscErrorCode DscAlignedMalloc(size_t bytes, void *address);
PetscErrorCode DscAlignedFree(void *address);

#endif
