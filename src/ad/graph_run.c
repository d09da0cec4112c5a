/* Running a graph on panels. Nothing here allocates. */
#include "ad/graph_private.h"
#include "ad/kernels/product.h"

#include <string.h>

static void *place(DscGraph graph, void *base, size_t at)
{
  return (char *)base + at * graph->real;
}

/* ---- conversion at the boundary ---- */

static void to_working(DscGraph graph, size_t n, const double *from, void *to)
{
  if (graph->precision == DSC_DOUBLE) {
    memcpy(to, from, n * sizeof(double));
  } else {
    for (size_t i = 0; i < n; i++) ((float *)to)[i] = (float)from[i];
  }
}

static void from_working(DscGraph graph, size_t n, const void *from, double *to)
{
  if (graph->precision == DSC_DOUBLE) {
    memcpy(to, from, n * sizeof(double));
  } else {
    for (size_t i = 0; i < n; i++) to[i] = (double)((const float *)from)[i];
  }
}

PetscErrorCode DscGraphSetParameters(DscGraph graph, const double theta[])
{
  PetscFunctionBeginUser;
  PetscCheck(graph->setup, PETSC_COMM_SELF, PETSC_ERR_ORDER, "Call DscGraphSetUp first");
  to_working(graph, (size_t)graph->size, theta, graph->theta);
  for (PetscInt i = 0; i < graph->nparameters; i++) {
    const Parameter *p = &graph->parameters[i];
    const int        m = (int)p->rows, k = (int)p->columns;
    const void      *W = place(graph, graph->theta, (size_t)p->offset);
    if (p->packed == NO_BUFFER) continue;
    if (graph->precision == DSC_DOUBLE) {
      DscPack_d(m, k, W, place(graph, graph->packed, p->packed));
      DscPackTranspose_d(m, k, W, place(graph, graph->packed, p->packed_transpose));
    } else {
      DscPack_s(m, k, W, place(graph, graph->packed, p->packed));
      DscPackTranspose_s(m, k, W, place(graph, graph->packed, p->packed_transpose));
    }
  }
  PetscFunctionReturn(0);
}

/* ---- workspaces ---- */

PetscErrorCode DscWorkspaceCreate(DscGraph graph, DscWorkspace *workspace)
{
  PetscFunctionBeginUser;
  PetscCheck(graph->setup, PETSC_COMM_SELF, PETSC_ERR_ORDER, "Call DscGraphSetUp first");
  PetscCall(PetscNew(workspace));
  PetscCall(PetscCalloc1((size_t)graph->nnodes, &(*workspace)->seeded));
  PetscCall(DscAlignedMalloc(graph->values_length * graph->real, &(*workspace)->values));
  PetscFunctionReturn(0);
}

PetscErrorCode DscWorkspaceDestroy(DscWorkspace *workspace)
{
  PetscFunctionBeginUser;
  if (!*workspace) PetscFunctionReturn(0);
  PetscCall(DscAlignedFree(&(*workspace)->values));
  PetscCall(PetscFree((*workspace)->seeded));
  PetscCall(PetscFree(*workspace));
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphGetWorkspaceBytes(DscGraph graph, size_t *values, size_t *adjoints)
{
  PetscFunctionBeginUser;
  PetscCheck(graph->setup, PETSC_COMM_SELF, PETSC_ERR_ORDER, "Call DscGraphSetUp first");
  *values   = graph->values_length * graph->real;
  *adjoints = graph->adjoints_length * graph->real;
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphSetInput(DscGraph graph, DscWorkspace workspace, DscNode node, const double x[],
                                const double seeds[])
{
  const Node    *input = &graph->nodes[node];
  const PetscInt lanes = graph->lanes;
  double         row[DSC_MAX_LANES];

  PetscFunctionBeginUser;
  PetscCheck(!input->op, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG, "Node %" PetscInt_FMT " is not an input", node);
  memset(place(graph, workspace->values, input->value), 0, DscNodeLength(graph, input) * graph->real);
  for (PetscInt f = 0; f < input->features; f++) {
    const size_t at = input->value + (size_t)(f * graph->jets * lanes);
    to_working(graph, (size_t)lanes, x + f * lanes, place(graph, workspace->values, at));
    for (PetscInt d = 0; seeds && d < graph->jet.ndirections; d++) {
      if (graph->jet.order[d] == 0) continue;
      PetscCheck(!input->declared || input->moves[f] & 1u << d || seeds[f * graph->jet.ndirections + d] == 0.,
                 PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG,
                 "Feature %" PetscInt_FMT " of node %" PetscInt_FMT
                 " was declared not to move along direction %" PetscInt_FMT,
                 f, node, d);
      for (PetscInt l = 0; l < lanes; l++) row[l] = seeds[f * graph->jet.ndirections + d];
      to_working(graph, (size_t)lanes, row,
                 place(graph, workspace->values, at + (size_t)(DscJetIndex(&graph->jet, d, 1) * lanes)));
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphSetInputJets(DscGraph graph, DscWorkspace workspace, DscNode node, const double x[])
{
  const Node *input = &graph->nodes[node];

  PetscFunctionBeginUser;
  PetscCheck(!input->op, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG, "Node %" PetscInt_FMT " is not an input", node);
  PetscCheck(!input->declared, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG, "Node %" PetscInt_FMT " has declared seeds", node);
  to_working(graph, DscNodeLength(graph, input), x, place(graph, workspace->values, input->value));
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphGetOutput(DscGraph graph, DscWorkspace workspace, DscNode node, double y[])
{
  const Node *output = &graph->nodes[node];

  PetscFunctionBeginUser;
  PetscCheck(output->output, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG, "Node %" PetscInt_FMT " is not an output", node);
  from_working(graph, DscNodeLength(graph, output), place(graph, workspace->values, output->value), y);
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphSetOutputAdjoint(DscGraph graph, DscWorkspace workspace, DscNode node, const double ybar[])
{
  const Node *output = &graph->nodes[node];

  PetscFunctionBeginUser;
  PetscCheck(output->output, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG, "Node %" PetscInt_FMT " is not an output", node);
  if (output->adjoint != NO_BUFFER)
    to_working(graph, DscNodeLength(graph, output), ybar, place(graph, graph->adjoints, output->adjoint));
  workspace->seeded[node] = PETSC_TRUE;
  PetscFunctionReturn(0);
}

/* ---- forward and backward ---- */

static void context_values(DscGraph graph, DscWorkspace workspace, const Node *node, DscOpContext *op)
{
  op->lanes      = (int)graph->lanes;
  op->jets       = (int)node->jets;
  op->jet        = &node->jet;
  op->features   = (int)node->features;
  op->ninputs    = (int)node->arguments.ninputs;
  op->integers   = node->arguments.integers;
  op->reals      = node->arguments.reals;
  op->y          = place(graph, workspace->values, node->value);
  op->slope      = node->slope == NO_BUFFER ? NULL : place(graph, workspace->values, node->slope);
  op->input_jets = (int)graph->nodes[node->arguments.inputs[0]].jets;
  op->input_jet  = &graph->nodes[node->arguments.inputs[0]].jet;
  for (PetscInt j = 0; j < node->arguments.ninputs; j++) {
    const Node *input     = &graph->nodes[node->arguments.inputs[j]];
    op->x[j]              = place(graph, workspace->values, input->value);
    op->input_features[j] = (int)input->features;
  }
  for (PetscInt j = 0; j < node->arguments.nparameters; j++) {
    const Parameter *p      = &graph->parameters[node->arguments.parameters[j]];
    op->rows[j]             = (int)p->rows;
    op->columns[j]          = (int)p->columns;
    op->theta[j]            = place(graph, graph->theta, (size_t)p->offset);
    op->thetabar[j]         = place(graph, graph->gradient, (size_t)p->offset);
    op->packed[j]           = p->packed == NO_BUFFER ? NULL : place(graph, graph->packed, p->packed);
    op->packed_transpose[j] = p->packed == NO_BUFFER ? NULL : place(graph, graph->packed, p->packed_transpose);
  }
}

PetscErrorCode DscGraphForward(DscGraph graph, DscWorkspace workspace)
{
  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < graph->nnodes; i++) {
    const Node  *node = &graph->nodes[i];
    DscOpContext op;
    if (!node->op) continue;
    context_values(graph, workspace, node, &op);
    node->op->forward[graph->precision](&op);
  }
  PetscFunctionReturn(0);
}

/* Adjoints of inputs that this op is the first to write are set, or cleared for ops that only add. */
static void context_adjoints(DscGraph graph, const Node *node, PetscBool written[], DscOpContext *op)
{
  op->ybar = place(graph, graph->adjoints, node->adjoint);
  for (PetscInt j = 0; j < node->arguments.ninputs; j++) {
    const DscNode index = node->arguments.inputs[j];
    const Node   *input = &graph->nodes[index];
    op->xbar[j] = input->adjoint == NO_BUFFER || !input->needs ? NULL : place(graph, graph->adjoints, input->adjoint);
    op->add[j]  = written[index];
    if (!op->xbar[j]) continue;
    if (!written[index] && !(node->op->flags & DSC_OP_SETS))
      memset(op->xbar[j], 0, DscNodeLength(graph, input) * graph->real);
    written[index] = PETSC_TRUE;
  }
}

PetscErrorCode DscGraphBackward(DscGraph graph, DscWorkspace workspace)
{
  PetscBool *written = workspace->seeded;

  PetscFunctionBeginUser;
  for (PetscInt i = graph->nnodes - 1; i >= 0; i--) {
    const Node  *node = &graph->nodes[i];
    DscOpContext op;
    if (node->adjoint == NO_BUFFER) continue;
    if (!written[i]) memset(place(graph, graph->adjoints, node->adjoint), 0, DscNodeLength(graph, node) * graph->real);
    if (!node->op || !node->needs) continue;
    context_values(graph, workspace, node, &op);
    context_adjoints(graph, node, written, &op);
    node->op->adjoint[graph->precision](&op);
  }
  PetscCall(PetscArrayzero(workspace->seeded, (size_t)graph->nnodes));
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphZeroGradient(DscGraph graph)
{
  PetscFunctionBeginUser;
  memset(graph->gradient, 0, (size_t)graph->size * graph->real);
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphGetGradient(DscGraph graph, double gradient[])
{
  PetscFunctionBeginUser;
  from_working(graph, (size_t)graph->size, graph->gradient, gradient);
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphGetInputAdjoint(DscGraph graph, DscWorkspace workspace, DscNode node, double xbar[])
{
  const Node *input = &graph->nodes[node];

  PetscFunctionBeginUser;
  (void)workspace;
  PetscCheck(input->wanted, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG,
             "The adjoint of node %" PetscInt_FMT " was not asked for before set-up", node);
  from_working(graph, DscNodeLength(graph, input), place(graph, graph->adjoints, input->adjoint), xbar);
  PetscFunctionReturn(0);
}
