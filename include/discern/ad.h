/*
  ad: panels, jets, the graph of ops, both precisions, shards and the tree-sum.

  A tensor of the graph is [feature][jet][lane], lane fastest. A panel holds `lanes` samples, one per SIMD lane.
  The jet axis holds truncated Taylor coefficients: entry 0 is the value, then for direction 0 the coefficients of order
  1..order[0], then for direction 1, and so on (Griewank and Walther, Evaluating Derivatives, ch. 13). Coefficient k along
  a direction is the k-th derivative divided by k!.
*/
#ifndef DISCERN_AD_H
#define DISCERN_AD_H

#include <discern/sys.h>

#define DSC_MAX_DIRECTIONS 6
#define DSC_MAX_ORDER      8
#define DSC_MAX_LANES      64 /* a panel has 16, 32, 48 or 64 lanes */

typedef enum { DSC_DOUBLE, DSC_SINGLE } DscPrecision;

typedef struct {
  PetscInt ndirections;
  PetscInt order[DSC_MAX_DIRECTIONS];
} DscJet;

/* Number of coefficients: 1 + sum of the orders. */
static inline PetscInt DscJetSize(const DscJet *jet)
{
  PetscInt n = 1;
  for (PetscInt d = 0; d < jet->ndirections; d++) n += jet->order[d];
  return n;
}

/* Position of coefficient k of a direction on the jet axis; k = 0 is shared by all directions. */
static inline PetscInt DscJetIndex(const DscJet *jet, PetscInt direction, PetscInt k)
{
  PetscInt n = k;
  if (k == 0) return 0;
  for (PetscInt d = 0; d < direction; d++) n += jet->order[d];
  return n;
}

/* ---- graph ------------------------------------------------------------------------------------------------- */

typedef struct _p_DscGraph     *DscGraph;
typedef struct _p_DscWorkspace *DscWorkspace; /* values and adjoints of one panel */
typedef PetscInt                DscNode;      /* a tensor with lanes */
typedef PetscInt                DscParameter; /* a matrix [rows x columns] without lanes, part of the flat vector */

/* Building is not collective. Nodes and parameters are small integers, valid for this graph. */
PETSC_EXTERN PetscErrorCode DscGraphCreate(DscPrecision precision, const DscJet *jet, PetscInt lanes, DscGraph *graph);
PETSC_EXTERN PetscErrorCode DscGraphDestroy(DscGraph *graph);
PETSC_EXTERN PetscErrorCode DscGraphAddInput(DscGraph graph, PetscInt features, DscNode *node);
/* Seeds [feature][direction] as DscGraphSetInput() will have them, zero where these are zero; before any op on the
   node, of at most 8 features. Whatever then depends on some of its features alone, through a slice, has no
   coefficients along the directions in which those do not move, which saves their cost. Adjoints of such coefficients
   count as zero. */
PETSC_EXTERN PetscErrorCode DscGraphDeclareSeeds(DscGraph graph, DscNode node, const double seeds[]);
PETSC_EXTERN PetscErrorCode DscGraphAddParameter(DscGraph graph, const char name[], PetscInt rows, PetscInt columns,
                                                 DscParameter *parameter);
/* The general way: op by name of the table, with its input nodes, parameters and integer/real attributes. */
typedef struct {
  PetscInt     ninputs;
  DscNode      inputs[8];
  PetscInt     nparameters;
  DscParameter parameters[4];
  PetscInt     integers[8];
  double       reals[4];
} DscOpArguments;
PETSC_EXTERN PetscErrorCode DscGraphAddOp(DscGraph graph, const char op[], const DscOpArguments *arguments,
                                          DscNode *node);
/* Shorthands */
PETSC_EXTERN PetscErrorCode DscGraphAddLinear(DscGraph graph, DscParameter W, DscNode x, DscNode *y); /* y = W x */
PETSC_EXTERN PetscErrorCode DscGraphAddBias(DscGraph graph, DscParameter b, DscNode x,
                                            DscNode *y); /* y = x + b; b is [features x 1] */
PETSC_EXTERN PetscErrorCode DscGraphAddUnary(DscGraph graph, const char op[], DscNode x,
                                             DscNode *y); /* tanh sin cos exp log softplus square normal_cdf */
PETSC_EXTERN PetscErrorCode DscGraphAddBinary(DscGraph graph, const char op[], DscNode a, DscNode b,
                                              DscNode *y); /* add subtract multiply divide */
PETSC_EXTERN PetscErrorCode DscGraphAddPower(DscGraph graph, DscNode x, double exponent, DscNode *y);
PETSC_EXTERN PetscErrorCode DscGraphAddAffine(DscGraph graph, DscNode x, double scale, double shift,
                                              DscNode *y); /* scale x + shift */
PETSC_EXTERN PetscErrorCode DscGraphAddSlice(DscGraph graph, DscNode x, PetscInt first, PetscInt count,
                                             DscNode *y); /* features */
PETSC_EXTERN PetscErrorCode DscGraphAddConcatenate(DscGraph graph, PetscInt n, const DscNode x[], DscNode *y);
PETSC_EXTERN PetscErrorCode DscGraphAddRepeat(DscGraph graph, DscNode x, PetscInt n,
                                              DscNode *y); /* all features of x, n times over */
PETSC_EXTERN PetscErrorCode DscGraphAddReduce(DscGraph graph, DscNode x, DscNode *y); /* sum over features */
/* Marks a node whose value is read, and whose adjoint is seeded, from outside. At least one before set-up. */
PETSC_EXTERN PetscErrorCode DscGraphAddOutput(DscGraph graph, DscNode node);
/* Plans memory. No building afterwards. */
PETSC_EXTERN PetscErrorCode DscGraphSetUp(DscGraph graph);

PETSC_EXTERN PetscErrorCode DscGraphGetLanes(DscGraph graph, PetscInt *lanes);
PETSC_EXTERN PetscErrorCode DscGraphGetFeatures(DscGraph graph, DscNode node, PetscInt *features);
/* Length of the flat vector; number of parameters; one parameter's name (owned by the graph), place and shape. */
PETSC_EXTERN PetscErrorCode DscGraphGetSize(DscGraph graph, PetscInt *size);
PETSC_EXTERN PetscErrorCode DscGraphGetParameterCount(DscGraph graph, PetscInt *count);
PETSC_EXTERN PetscErrorCode DscGraphGetParameter(DscGraph graph, DscParameter p, const char **name, PetscInt *offset,
                                                 PetscInt *rows, PetscInt *columns);
/* Floating-point operations of one panel (forward, backward), products alone in *_products. */
typedef struct {
  double forward, backward, forward_products, backward_products;
} DscGraphFlops;
PETSC_EXTERN PetscErrorCode DscGraphGetFlops(DscGraph graph, DscGraphFlops *flops);

/* Copies the flat double vector into working precision. Called once per iteration, before the panels. */
PETSC_EXTERN PetscErrorCode DscGraphSetParameters(DscGraph graph, const double theta[]);

/* A workspace keeps one panel's values from forward to backward. Adjoint scratch is shared by all workspaces of a
   graph. */
PETSC_EXTERN PetscErrorCode DscWorkspaceCreate(DscGraph graph, DscWorkspace *workspace);
PETSC_EXTERN PetscErrorCode DscWorkspaceDestroy(DscWorkspace *workspace);
PETSC_EXTERN PetscErrorCode DscGraphGetWorkspaceBytes(DscGraph graph, size_t *values, size_t *adjoints);
/* Input values: x is [feature][lane] double; seeds is [feature][direction] double: coefficient 1 along each direction
   (dx/ds; NULL: all zero), higher coefficients 0, the same in all lanes. */
PETSC_EXTERN PetscErrorCode DscGraphSetInput(DscGraph graph, DscWorkspace workspace, DscNode node, const double x[],
                                             const double seeds[]);
/* The same with all coefficients given: x is [feature][jet][lane]. */
PETSC_EXTERN PetscErrorCode DscGraphSetInputJets(DscGraph graph, DscWorkspace workspace, DscNode node,
                                                 const double x[]);
PETSC_EXTERN PetscErrorCode DscGraphForward(DscGraph graph, DscWorkspace workspace);
/* Output values as double: y is [feature][jet][lane]. */
PETSC_EXTERN PetscErrorCode DscGraphGetOutput(DscGraph graph, DscWorkspace workspace, DscNode node, double y[]);
/* Adjoint of an output, [feature][jet][lane] double, before DscGraphBackward; outputs not seeded count as zero. */
PETSC_EXTERN PetscErrorCode DscGraphSetOutputAdjoint(DscGraph graph, DscWorkspace workspace, DscNode node,
                                                     const double ybar[]);
/* Adds this panel's gradient to the graph's accumulator (working precision). */
PETSC_EXTERN PetscErrorCode DscGraphBackward(DscGraph graph, DscWorkspace workspace);
PETSC_EXTERN PetscErrorCode DscGraphZeroGradient(DscGraph graph);
PETSC_EXTERN PetscErrorCode DscGraphGetGradient(DscGraph graph, double gradient[]); /* accumulator as double */
/* Adjoint of an input after DscGraphBackward, [feature][jet][lane]; only for inputs marked with
   DscGraphWantInputAdjoint before set-up. */
PETSC_EXTERN PetscErrorCode DscGraphWantInputAdjoint(DscGraph graph, DscNode node);
PETSC_EXTERN PetscErrorCode DscGraphGetInputAdjoint(DscGraph graph, DscWorkspace workspace, DscNode node,
                                                    double xbar[]);

/* ---- shards and the tree-sum (DESIGN 3) ---------------------------------------------------------------------- */

/* Which panels this rank works on. Panels are dealt to `shards` shards in order; a rank owns consecutive shards. */
typedef struct {
  PetscInt samples, lanes, panels; /* global */
  PetscInt shards;                 /* global, a power of two, a property of the input */
  PetscInt first_shard, nshards;   /* of this rank */
} DscPartition;
/* shards = 0: min(64, panels), rounded down to a power of two. User error if the ranks of comm do not divide it.
   Collective. */
PETSC_EXTERN PetscErrorCode DscPartitionCreate(MPI_Comm comm, PetscInt samples, PetscInt lanes, PetscInt shards,
                                               DscPartition *partition);
/* Panels [first, end) of a shard. */
PETSC_EXTERN PetscErrorCode DscPartitionGetPanels(const DscPartition *partition, PetscInt shard, PetscInt *first,
                                                  PetscInt *end);

/* Sums one vector per shard in a fixed binary tree: the result has the same bits on any number of ranks. */
typedef struct _p_DscTreeSum *DscTreeSum;
PETSC_EXTERN PetscErrorCode DscTreeSumCreate(MPI_Comm comm, const DscPartition *partition, PetscInt n, DscTreeSum *sum);
PETSC_EXTERN PetscErrorCode DscTreeSumDestroy(DscTreeSum *sum);
PETSC_EXTERN PetscErrorCode DscTreeSumBegin(DscTreeSum sum);
/* Next shard of this rank, all in order or all in reverse order. The vector is copied. Not collective. */
PETSC_EXTERN PetscErrorCode DscTreeSumAdd(DscTreeSum sum, const double x[]);
/* After all of this rank's shards: the total, on every rank. Collective. */
PETSC_EXTERN PetscErrorCode DscTreeSumEnd(DscTreeSum sum, double total[]);

/* ---- elementary functions ------------------------------------------------------------------------------------- */

/* y = sin x, cos x by the vector versions of the C library, at most 4 units in the last place; n a multiple of 16. */
PETSC_EXTERN void DscVectorSin_d(int n, const double *x, double *y);
PETSC_EXTERN void DscVectorCos_d(int n, const double *x, double *y);

#endif
