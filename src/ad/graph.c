/* Building a graph: nodes, parameters, shapes. */
#include "ad/graph_private.h"
#include "ad/kernels/product.h"
#include "ad/precision.h"

#include <stdlib.h>
#include <string.h>

PetscErrorCode DscAlignedMalloc(size_t bytes, void *address)
{
  const size_t rounded = (bytes + DSC_ALIGNMENT) / DSC_ALIGNMENT * DSC_ALIGNMENT;
  void        *memory  = aligned_alloc(DSC_ALIGNMENT, rounded);

  PetscFunctionBeginUser;
  PetscCheck(memory, PETSC_COMM_SELF, PETSC_ERR_MEM, "Out of memory: %.1f MB asked for", (double)bytes / 1048576.);
  memset(memory, 0, rounded);
  *(void **)address = memory;
  PetscFunctionReturn(0);
}

PetscErrorCode DscAlignedFree(void *address)
{
  PetscFunctionBeginUser;
  free(*(void **)address);
  *(void **)address = NULL;
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphCreate(DscPrecision precision, const DscJet *jet, PetscInt lanes, DscGraph *graph)
{
  DscGraph g;

  PetscFunctionBeginUser;
  PetscCheck(lanes > 0 && lanes % 16 == 0 && lanes <= DSC_MAX_LANES, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "A panel has 16, 32, 48 or 64 lanes, not %" PetscInt_FMT, lanes);
  PetscCheck(jet->ndirections >= 0 && jet->ndirections <= DSC_MAX_DIRECTIONS, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "At most %d directions, not %" PetscInt_FMT, DSC_MAX_DIRECTIONS, jet->ndirections);
  for (PetscInt d = 0; d < jet->ndirections; d++) {
    PetscCheck(jet->order[d] >= 0 && jet->order[d] <= DSC_MAX_ORDER, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
               "Order 0 to %d, not %" PetscInt_FMT, DSC_MAX_ORDER, jet->order[d]);
  }
  PetscCall(PetscNew(&g));
  g->precision = precision;
  g->real      = precision == DSC_SINGLE ? sizeof(float) : sizeof(double);
  g->jet       = *jet;
  g->jets      = DscJetSize(jet);
  g->lanes     = lanes;
  *graph       = g;
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphDestroy(DscGraph *graph)
{
  PetscFunctionBeginUser;
  if (!*graph) PetscFunctionReturn(0);
  PetscCall(PetscFree((*graph)->nodes));
  PetscCall(PetscFree((*graph)->parameters));
  PetscCall(DscAlignedFree(&(*graph)->theta));
  PetscCall(DscAlignedFree(&(*graph)->packed));
  PetscCall(DscAlignedFree(&(*graph)->gradient));
  PetscCall(DscAlignedFree(&(*graph)->adjoints));
  PetscCall(PetscFree(*graph));
  PetscFunctionReturn(0);
}

/* ---- nodes and parameters ---- */

static PetscErrorCode check_building(DscGraph graph)
{
  PetscFunctionBeginUser;
  PetscCheck(!graph->setup, PETSC_COMM_SELF, PETSC_ERR_ORDER, "The graph is set up: no more building");
  PetscFunctionReturn(0);
}

static PetscErrorCode check_node(DscGraph graph, DscNode node)
{
  PetscFunctionBeginUser;
  PetscCheck(node >= 0 && node < graph->nnodes, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "No node %" PetscInt_FMT,
             node);
  PetscFunctionReturn(0);
}

static PetscErrorCode add_node(DscGraph graph, const Node *node, DscNode *index)
{
  PetscFunctionBeginUser;
  if (graph->nnodes == graph->nodes_allocated) {
    graph->nodes_allocated = 2 * graph->nodes_allocated + 16;
    PetscCall(PetscRealloc((size_t)graph->nodes_allocated * sizeof(Node), &graph->nodes));
  }
  graph->nodes[graph->nnodes] = *node;
  *index                      = graph->nnodes++;
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphAddInput(DscGraph graph, PetscInt features, DscNode *node)
{
  Node input = {.features = features,
                .jet      = graph->jet,
                .jets     = graph->jets,
                .value    = NO_BUFFER,
                .slope    = NO_BUFFER,
                .adjoint  = NO_BUFFER};

  PetscFunctionBeginUser;
  PetscCall(check_building(graph));
  PetscCheck(features > 0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "An input has at least one feature");
  PetscCall(add_node(graph, &input, node));
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphDeclareSeeds(DscGraph graph, DscNode node, const double seeds[])
{
  Node *input;

  PetscFunctionBeginUser;
  PetscCall(check_building(graph));
  PetscCall(check_node(graph, node));
  input = &graph->nodes[node];
  PetscCheck(!input->op && input->users == 0 && input->features <= DSC_OP_MAX_INPUTS, PETSC_COMM_SELF,
             PETSC_ERR_ARG_WRONGSTATE, "Node %" PetscInt_FMT " is not an input of at most %d features without ops",
             node, DSC_OP_MAX_INPUTS);
  input->declared = PETSC_TRUE;
  for (PetscInt f = 0; f < input->features; f++) {
    for (PetscInt d = 0; d < graph->jet.ndirections; d++) {
      if (seeds[f * graph->jet.ndirections + d] != 0.) input->moves[f] |= 1u << d;
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphAddParameter(DscGraph graph, const char name[], PetscInt rows, PetscInt columns,
                                    DscParameter *parameter)
{
  Parameter *p;

  PetscFunctionBeginUser;
  PetscCall(check_building(graph));
  PetscCheck(rows > 0 && columns > 0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "Parameter '%s' is %" PetscInt_FMT " x %" PetscInt_FMT, name, rows, columns);
  if (graph->nparameters == graph->parameters_allocated) {
    graph->parameters_allocated = 2 * graph->parameters_allocated + 16;
    PetscCall(PetscRealloc((size_t)graph->parameters_allocated * sizeof(Parameter), &graph->parameters));
  }
  p  = &graph->parameters[graph->nparameters];
  *p = (Parameter){
      .rows = rows, .columns = columns, .offset = graph->size, .packed = NO_BUFFER, .packed_transpose = NO_BUFFER};
  PetscCall(PetscStrncpy(p->name, name, sizeof(p->name)));
  graph->size += rows * columns;
  *parameter = graph->nparameters++;
  PetscFunctionReturn(0);
}

/* Slices of an input lose the directions in which its features do not move, other ops none. Inputs whose jets differ are
   replaced by wide ones. */
static PetscErrorCode choose_jet(DscGraph graph, const DscOp *op, DscOpArguments *arguments, DscJet *jet)
{
  const Node *first = &graph->nodes[arguments->inputs[0]];
  PetscBool   same  = PETSC_TRUE;

  PetscFunctionBeginUser;
  *jet = op->flags & DSC_OP_WIDENS ? graph->jet : first->jet;
  if (op->flags & DSC_OP_NARROWS && first->declared) {
    unsigned moves = 0;
    for (PetscInt f = 0; f < arguments->integers[1]; f++) moves |= first->moves[arguments->integers[0] + f];
    for (PetscInt d = 0; d < jet->ndirections; d++) {
      if (!(moves & 1u << d)) jet->order[d] = 0;
    }
  }
  for (PetscInt i = 1; i < arguments->ninputs && same; i++)
    PetscCall(PetscArraycmp(jet->order, graph->nodes[arguments->inputs[i]].jet.order, jet->ndirections, &same));
  if (same) PetscFunctionReturn(0);
  *jet = graph->jet;
  for (PetscInt i = 0; i < arguments->ninputs; i++) {
    if (graph->nodes[arguments->inputs[i]].jets < graph->jets)
      PetscCall(DscGraphAddUnary(graph, "widen", arguments->inputs[i], &arguments->inputs[i]));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphAddOp(DscGraph graph, const char name[], const DscOpArguments *arguments, DscNode *node)
{
  Node         n = {.arguments = *arguments, .value = NO_BUFFER, .slope = NO_BUFFER, .adjoint = NO_BUFFER};
  const DscOp *op;
  PetscInt     features[DSC_OP_MAX_INPUTS], rows[DSC_OP_MAX_PARAMETERS], columns[DSC_OP_MAX_PARAMETERS];

  PetscFunctionBeginUser;
  PetscCall(check_building(graph));
  PetscCall(DscOpFind(name, &op));
  n.op = op;
  PetscCheck(arguments->ninputs >= op->min_inputs && arguments->ninputs <= op->max_inputs, PETSC_COMM_SELF,
             PETSC_ERR_ARG_SIZ, "Op '%s' does not take %" PetscInt_FMT " inputs", name, arguments->ninputs);
  PetscCheck(arguments->nparameters == op->nparameters, PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ,
             "Op '%s' does not take %" PetscInt_FMT " parameters", name, arguments->nparameters);
  for (PetscInt i = 0; i < arguments->ninputs; i++) {
    PetscCall(check_node(graph, arguments->inputs[i]));
    features[i] = graph->nodes[arguments->inputs[i]].features;
  }
  for (PetscInt i = 0; i < arguments->nparameters; i++) {
    const DscParameter p = arguments->parameters[i];
    PetscCheck(p >= 0 && p < graph->nparameters, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
               "No parameter %" PetscInt_FMT, p);
    rows[i]    = graph->parameters[p].rows;
    columns[i] = graph->parameters[p].columns;
  }
  PetscCall(op->shape(arguments, features, rows, columns, &n.features));
  PetscCall(choose_jet(graph, op, &n.arguments, &n.jet));
  n.jets = DscJetSize(&n.jet);
  for (PetscInt i = 0; i < arguments->ninputs; i++) graph->nodes[n.arguments.inputs[i]].users++;
  PetscCall(add_node(graph, &n, node));
  PetscFunctionReturn(0);
}

/* ---- shorthands ---- */

PetscErrorCode DscGraphAddLinear(DscGraph graph, DscParameter W, DscNode x, DscNode *y)
{
  const DscOpArguments arguments = {.ninputs = 1, .inputs = {x}, .nparameters = 1, .parameters = {W}};

  PetscFunctionBeginUser;
  PetscCall(DscGraphAddOp(graph, "linear", &arguments, y));
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphAddBias(DscGraph graph, DscParameter b, DscNode x, DscNode *y)
{
  const DscOpArguments arguments = {.ninputs = 1, .inputs = {x}, .nparameters = 1, .parameters = {b}};

  PetscFunctionBeginUser;
  PetscCall(DscGraphAddOp(graph, "bias", &arguments, y));
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphAddUnary(DscGraph graph, const char op[], DscNode x, DscNode *y)
{
  const DscOpArguments arguments = {.ninputs = 1, .inputs = {x}};

  PetscFunctionBeginUser;
  PetscCall(DscGraphAddOp(graph, op, &arguments, y));
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphAddBinary(DscGraph graph, const char op[], DscNode a, DscNode b, DscNode *y)
{
  const DscOpArguments arguments = {.ninputs = 2, .inputs = {a, b}};

  PetscFunctionBeginUser;
  PetscCall(DscGraphAddOp(graph, op, &arguments, y));
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphAddPower(DscGraph graph, DscNode x, double exponent, DscNode *y)
{
  const DscOpArguments arguments = {.ninputs = 1, .inputs = {x}, .reals = {exponent}};

  PetscFunctionBeginUser;
  PetscCall(DscGraphAddOp(graph, "power", &arguments, y));
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphAddAffine(DscGraph graph, DscNode x, double scale, double shift, DscNode *y)
{
  const DscOpArguments arguments = {.ninputs = 1, .inputs = {x}, .reals = {scale, shift}};

  PetscFunctionBeginUser;
  PetscCall(DscGraphAddOp(graph, "affine", &arguments, y));
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphAddSlice(DscGraph graph, DscNode x, PetscInt first, PetscInt count, DscNode *y)
{
  const DscOpArguments arguments = {.ninputs = 1, .inputs = {x}, .integers = {first, count}};

  PetscFunctionBeginUser;
  PetscCall(DscGraphAddOp(graph, "slice", &arguments, y));
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphAddConcatenate(DscGraph graph, PetscInt n, const DscNode x[], DscNode *y)
{
  DscOpArguments arguments = {.ninputs = n};

  PetscFunctionBeginUser;
  PetscCheck(n <= DSC_OP_MAX_INPUTS, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "At most %d tensors in one concatenation", DSC_OP_MAX_INPUTS);
  for (PetscInt i = 0; i < n; i++) arguments.inputs[i] = x[i];
  PetscCall(DscGraphAddOp(graph, "concatenate", &arguments, y));
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphAddRepeat(DscGraph graph, DscNode x, PetscInt n, DscNode *y)
{
  const DscOpArguments arguments = {.ninputs = 1, .inputs = {x}, .integers = {n}};

  PetscFunctionBeginUser;
  PetscCall(DscGraphAddOp(graph, "repeat", &arguments, y));
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphAddReduce(DscGraph graph, DscNode x, DscNode *y)
{
  PetscFunctionBeginUser;
  PetscCall(DscGraphAddUnary(graph, "reduce", x, y));
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphAddOutput(DscGraph graph, DscNode node)
{
  PetscFunctionBeginUser;
  PetscCall(check_building(graph));
  PetscCall(check_node(graph, node));
  PetscCheck(graph->nodes[node].jets == graph->jets, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG,
             "An output has all coefficients: widen node %" PetscInt_FMT, node);
  graph->nodes[node].output = PETSC_TRUE;
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphWantInputAdjoint(DscGraph graph, DscNode node)
{
  PetscFunctionBeginUser;
  PetscCall(check_building(graph));
  PetscCall(check_node(graph, node));
  PetscCheck(!graph->nodes[node].op, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG, "Node %" PetscInt_FMT " is not an input",
             node);
  graph->nodes[node].wanted = PETSC_TRUE;
  PetscFunctionReturn(0);
}

/* ---- set-up and questions ---- */

PetscErrorCode DscGraphSetUp(DscGraph graph)
{
  PetscBool output = PETSC_FALSE;

  PetscFunctionBeginUser;
  PetscCall(check_building(graph));
  for (PetscInt i = 0; i < graph->nnodes; i++) output = output || graph->nodes[i].output;
  PetscCheck(output, PETSC_COMM_SELF, PETSC_ERR_ORDER, "The graph has no output");
  PetscCall(DscGraphPlanMemory(graph));
  PetscCall(DscAlignedMalloc((size_t)graph->size * graph->real, &graph->theta));
  PetscCall(DscAlignedMalloc((size_t)graph->size * graph->real, &graph->gradient));
  PetscCall(DscAlignedMalloc(graph->packed_length * graph->real, &graph->packed));
  PetscCall(DscAlignedMalloc(graph->adjoints_length * graph->real, &graph->adjoints));
  graph->setup = PETSC_TRUE;
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphGetLanes(DscGraph graph, PetscInt *lanes)
{
  PetscFunctionBeginUser;
  *lanes = graph->lanes;
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphGetFeatures(DscGraph graph, DscNode node, PetscInt *features)
{
  PetscFunctionBeginUser;
  PetscCall(check_node(graph, node));
  *features = graph->nodes[node].features;
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphGetSize(DscGraph graph, PetscInt *size)
{
  PetscFunctionBeginUser;
  *size = graph->size;
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphGetParameterCount(DscGraph graph, PetscInt *count)
{
  PetscFunctionBeginUser;
  *count = graph->nparameters;
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphGetParameter(DscGraph graph, DscParameter p, const char **name, PetscInt *offset, PetscInt *rows,
                                    PetscInt *columns)
{
  PetscFunctionBeginUser;
  PetscCheck(p >= 0 && p < graph->nparameters, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "No parameter %" PetscInt_FMT,
             p);
  if (name) *name = graph->parameters[p].name;
  if (offset) *offset = graph->parameters[p].offset;
  if (rows) *rows = graph->parameters[p].rows;
  if (columns) *columns = graph->parameters[p].columns;
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphGetFlops(DscGraph graph, DscGraphFlops *flops)
{
  const double lanes = (double)graph->lanes;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(flops, sizeof(*flops)));
  for (PetscInt i = 0; i < graph->nnodes; i++) {
    const Node  *node = &graph->nodes[i];
    const double f = (double)node->features * lanes, jets = (double)node->jets;
    double       pairs = 0; /* (j, k) with 1 <= j <= k, over the directions */
    if (!node->op) continue;
    for (PetscInt d = 0; d < node->jet.ndirections; d++)
      pairs += .5 * (double)(node->jet.order[d] * (node->jet.order[d] + 1));
    if (node->op->flags & DSC_OP_PACKED) {
      const Parameter *W       = &graph->parameters[node->arguments.parameters[0]];
      const double     product = 2 * (double)W->rows * (double)W->columns * jets * lanes;
      flops->forward_products += product;
      flops->backward_products += graph->nodes[node->arguments.inputs[0]].needs ? 2 * product : product;
    }
    flops->forward += f * (jets * node->op->forward_flops + pairs * node->op->forward_pair_flops);
    if (node->needs) flops->backward += f * (jets * node->op->adjoint_flops + pairs * node->op->adjoint_pair_flops);
  }
  flops->forward += flops->forward_products;
  flops->backward += flops->backward_products;
  PetscFunctionReturn(0);
}
