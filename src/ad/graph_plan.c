/*
  Memory of a graph. Values last from forward to backward, one place a node, but for ops that may overwrite their input.
  Adjoints live from their first reader's adjoint to their own: a first-fit list gives their places in a scratch that all
  panels share.
*/
#include "ad/graph_private.h"
#include "ad/kernels/product.h"

#define PAD 16 /* Reals: keeps every place aligned in both precisions */

static size_t padded(size_t n)
{
  return (n + PAD - 1) / PAD * PAD;
}

static PetscBool can_share(const Node *node, const Node *input)
{
  if (!(node->op->flags & DSC_OP_INPLACE) || node->op->flags & DSC_OP_READS_X) return PETSC_FALSE;
  if (!input->op || input->op->flags & DSC_OP_READS_Y) return PETSC_FALSE;
  return input->users == 1 && !input->output;
}

static void plan_values(DscGraph graph)
{
  size_t next = 0;
  for (PetscInt i = 0; i < graph->nnodes; i++) {
    Node        *node   = &graph->nodes[i];
    const size_t length = padded(DscNodeLength(graph, node));
    node->needs         = node->wanted;
    if (node->op) {
      const Node *input  = &graph->nodes[node->arguments.inputs[0]];
      node->needs        = (PetscBool)(node->arguments.nparameters > 0);
      node->shares_value = can_share(node, input);
      if (node->shares_value) node->value = input->value;
      for (PetscInt j = 0; j < node->arguments.ninputs; j++) {
        if (graph->nodes[node->arguments.inputs[j]].needs) node->needs = PETSC_TRUE;
      }
      if (node->op->flags & DSC_OP_SLOPE) {
        node->slope = next;
        next += length;
      }
    }
    if (!node->shares_value) {
      node->value = next;
      next += length;
    }
  }
  graph->values_length = next;
}

/* ---- adjoints ---- */

typedef struct {
  size_t   first[512], length[512]; /* free places, in order; the last one is unbounded */
  PetscInt n;
} FreeList;

static PetscErrorCode take(FreeList *list, size_t length, size_t *place, size_t *end)
{
  PetscInt i = 0;

  PetscFunctionBeginUser;
  while (list->length[i] < length) i++;
  *place = list->first[i];
  list->first[i] += length;
  list->length[i] -= length;
  if (list->length[i] == 0) {
    for (list->n--; i < list->n; i++) {
      list->first[i]  = list->first[i + 1];
      list->length[i] = list->length[i + 1];
    }
  }
  if (*place + length > *end) *end = *place + length;
  PetscFunctionReturn(0);
}

static PetscErrorCode give(FreeList *list, size_t place, size_t length)
{
  PetscInt i = 0;

  PetscFunctionBeginUser;
  while (list->first[i] < place) i++;
  PetscCheck(list->n < 512, PETSC_COMM_SELF, PETSC_ERR_PLIB, "Too many free places");
  for (PetscInt j = list->n++; j > i; j--) {
    list->first[j]  = list->first[j - 1];
    list->length[j] = list->length[j - 1];
  }
  list->first[i]  = place;
  list->length[i] = length;
  for (PetscInt j = PetscMax(i - 1, 0); j + 1 < list->n && j <= i;) { /* merge with the neighbours */
    if (list->first[j] + list->length[j] != list->first[j + 1]) {
      j++;
      continue;
    }
    list->length[j] += list->length[j + 1];
    for (PetscInt k = j + 1; k + 1 < list->n; k++) {
      list->first[k]  = list->first[k + 1];
      list->length[k] = list->length[k + 1];
    }
    list->n--;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode plan_adjoints(DscGraph graph)
{
  FreeList list = {.first = {0}, .length = {(size_t)1 << 60}, .n = 1};
  size_t   end  = 0;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < graph->nnodes; i++) { /* seeded and read from outside: places of their own */
    Node *node = &graph->nodes[i];
    if ((node->output && node->needs) || node->wanted)
      PetscCall(take(&list, padded(DscNodeLength(graph, node)), &node->adjoint, &end));
  }
  for (PetscInt i = graph->nnodes - 1; i >= 0; i--) {
    Node     *node = &graph->nodes[i];
    PetscBool kept = (PetscBool)(node->output || node->wanted);
    if (node->adjoint == NO_BUFFER || !node->op) continue;
    for (PetscInt j = 0; j < node->arguments.ninputs; j++) {
      Node *input = &graph->nodes[node->arguments.inputs[j]];
      if (!input->needs || input->adjoint != NO_BUFFER) continue;
      if (j == 0 && !kept && input->users == 1 && node->op->flags & DSC_OP_INPLACE) {
        input->adjoint       = node->adjoint;
        node->shares_adjoint = PETSC_TRUE;
      } else {
        PetscCall(take(&list, padded(DscNodeLength(graph, input)), &input->adjoint, &end));
      }
    }
    if (!kept && !node->shares_adjoint) PetscCall(give(&list, node->adjoint, padded(DscNodeLength(graph, node))));
  }
  graph->adjoints_length = end;
  PetscFunctionReturn(0);
}

PetscErrorCode DscGraphPlanMemory(DscGraph graph)
{
  size_t next = 0;

  PetscFunctionBeginUser;
  plan_values(graph);
  PetscCall(plan_adjoints(graph));
  for (PetscInt i = 0; i < graph->nnodes; i++) {
    const Node *node = &graph->nodes[i];
    Parameter  *W =
        node->op && node->op->flags & DSC_OP_PACKED ? &graph->parameters[node->arguments.parameters[0]] : NULL;
    if (!W || W->packed != NO_BUFFER) continue;
    W->packed = next;
    next += padded(DscPackedSize((int)W->rows, (int)W->columns));
    W->packed_transpose = next;
    next += padded(DscPackedSize((int)W->columns, (int)W->rows));
  }
  graph->packed_length = next;
  PetscFunctionReturn(0);
}
