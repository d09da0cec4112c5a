/*
  Multilayer perceptron: dense layers with an activation between them, linear output (paper 000, section 4.1;
  paper 002, section 3). Initial weights as LeCun, Bottou, Orr and Mueller 1998, section 4.6: variance 1/fan-in, normal;
  zero biases.
*/
#include "net/network.h"

static PetscErrorCode mlpBuild(DscNet net, DscGraph graph, DscNode x, DscNode *y)
{
  PetscFunctionBeginUser;
  PetscCall(DscNetAddDenseStack(net, graph, 0, x, y));
  PetscFunctionReturn(0);
}

static PetscErrorCode mlpInitialize(DscNet net, DscGraph graph, uint64_t seed, double theta[])
{
  PetscFunctionBeginUser;
  PetscCall(DscNetInitializeDenseStack(net, graph, 0, seed, theta));
  PetscFunctionReturn(0);
}

const DscNetOps DscNetMlp = {
    .name       = "mlp",
    .help       = "dense layers with -net_activation between them, linear output",
    .build      = mlpBuild,
    .initialize = mlpInitialize,
};
