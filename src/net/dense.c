/*
  Dense layers, out of which all the networks are made.
*/
#include "net/network.h"

PetscErrorCode DscNetAddDense(DscNet net, DscGraph graph, PetscInt layer, DscNode x, DscNode *y)
{
  DscParameter W, b;
  DscNode      Wx;
  char         name[64];

  PetscFunctionBeginUser;
  PetscCall(PetscSNPrintf(name, sizeof(name), "layer%" PetscInt_FMT "/W", layer));
  PetscCall(DscGraphAddParameter(graph, name, net->widths[layer + 1], net->widths[layer], &W));
  PetscCall(PetscSNPrintf(name, sizeof(name), "layer%" PetscInt_FMT "/b", layer));
  PetscCall(DscGraphAddParameter(graph, name, net->widths[layer + 1], 1, &b));
  PetscCall(DscGraphAddLinear(graph, W, x, &Wx));
  PetscCall(DscGraphAddBias(graph, b, Wx, y));
  PetscFunctionReturn(0);
}

PetscErrorCode DscNetAddDenseStack(DscNet net, DscGraph graph, PetscInt first, DscNode x, DscNode *y)
{
  PetscFunctionBeginUser;
  for (PetscInt layer = first; layer < net->nlayers; layer++) {
    PetscCall(DscNetAddDense(net, graph, layer, x, y));
    if (layer < net->nlayers - 1) PetscCall(DscGraphAddUnary(graph, net->activation, *y, &x));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode findParameter(DscGraph graph, const char wanted[], PetscInt *offset, PetscInt *rows,
                                    PetscInt *columns)
{
  PetscInt    count;
  const char *name;
  PetscBool   same;

  PetscFunctionBeginUser;
  PetscCall(DscGraphGetParameterCount(graph, &count));
  for (DscParameter p = 0; p < count; p++) {
    PetscCall(DscGraphGetParameter(graph, p, &name, offset, rows, columns));
    PetscCall(PetscStrcmp(name, wanted, &same));
    if (same) PetscFunctionReturn(0);
  }
  SETERRQ(PETSC_COMM_SELF, PETSC_ERR_ARG_WRONGSTATE, "the graph has no parameter '%s': build the network first",
          wanted);
}

PetscErrorCode DscNetGetDense(DscGraph graph, PetscInt layer, DscDenseLayer *dense)
{
  char     name[64];
  PetscInt rows, columns;

  PetscFunctionBeginUser;
  PetscCall(PetscSNPrintf(name, sizeof(name), "layer%" PetscInt_FMT "/b", layer));
  PetscCall(findParameter(graph, name, &dense->b, &rows, &columns));
  PetscCall(PetscSNPrintf(name, sizeof(name), "layer%" PetscInt_FMT "/W", layer));
  PetscCall(findParameter(graph, name, &dense->W, &dense->rows, &dense->columns));
  PetscFunctionReturn(0);
}

PetscErrorCode DscNetInitializeDenseStack(DscNet net, DscGraph graph, PetscInt first, uint64_t seed, double theta[])
{
  DscDenseLayer dense;

  PetscFunctionBeginUser;
  for (PetscInt layer = first; layer < net->nlayers; layer++) {
    PetscCall(DscNetGetDense(graph, layer, &dense));
    for (PetscInt i = 0; i < dense.rows * dense.columns; i++) {
      const uint64_t index = (uint64_t)(dense.W + i);
      theta[dense.W + i]   = DscRandomNormal(seed, DSC_STREAM_INIT, index) / sqrt((double)dense.columns);
    }
    for (PetscInt i = 0; i < dense.rows; i++) theta[dense.b + i] = 0.0;
  }
  PetscFunctionReturn(0);
}
