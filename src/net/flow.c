/*
  Approximator flow: the density of particles, not a field. Dense layers of time alone give the parameters of a transform
  of x; derivatives of the density along x and t come out of the jets as any network's do.
*/
#include "net/flow.h"

#define LAST_LAYER 0.1 /* of LeCun's initial weights: the density starts smooth, and nearly constant in time */

static const DscFlowTransform *const transforms[] = {&DscFlowSigmoids, &DscFlowPlanar};

static PetscErrorCode check(DscOptions options, const DscNetInfo *info)
{
  PetscBool set;

  PetscFunctionBeginUser;
  DscOptionsUserCheck(info->ninputs == 2, options, PETSC_COMM_SELF, "approximator",
                      "is a density along one space coordinate, and the data have %" PetscInt_FMT "; keep one of them",
                      info->ninputs - 1);
  DscOptionsUserCheck(info->noutputs == 1, options, PETSC_COMM_SELF, "approximator",
                      "is the density of one kind of particles, and the data have %" PetscInt_FMT " fields; keep one",
                      info->noutputs);
  PetscCall(DscOptionsIsSet(options, "net_layers", &set));
  DscOptionsUserCheck(!set, options, PETSC_COMM_SELF, "net_layers",
                      "approximator flow has layers of its own, of time alone; use flow_layers");
  PetscFunctionReturn(0);
}

static PetscErrorCode flowCreate(DscNet net, DscOptions options, const DscNetInfo *info)
{
  const char *name;
  PetscBool   same;

  PetscFunctionBeginUser;
  PetscCall(check(options, info));
  PetscCall(PetscNew(&net->flow));
  PetscCall(DscOptionsGetString(options, "flow_transform", &name));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(transforms); i++) {
    PetscCall(PetscStrcmp(name, transforms[i]->name, &same));
    if (same) net->flow->transform = transforms[i];
  }
  PetscCheck(net->flow->transform, PETSC_COMM_SELF, PETSC_ERR_ARG_UNKNOWN_TYPE, "no transform named '%s'", name);
  PetscCall(net->flow->transform->create(net->flow, options));
  net->widths[0]            = 1;
  net->widths[net->nlayers] = DSC_FLOW_PARAMETERS * net->flow->components;
  PetscFunctionReturn(0);
}

PetscErrorCode DscFlowBuild(DscNet net, DscGraph graph, DscNode x, DscNode *y, DscNode *z)
{
  DscNode time, position, theta;

  PetscFunctionBeginUser;
  PetscCall(DscGraphAddSlice(graph, x, 0, 1, &time));
  PetscCall(DscGraphAddSlice(graph, x, 1, 1, &position));
  PetscCall(DscNetAddDenseStack(net, graph, 0, time, &theta));
  PetscCall(net->flow->transform->build(net->flow, graph, theta, position, y, z));
  PetscFunctionReturn(0);
}

static PetscErrorCode flowBuild(DscNet net, DscGraph graph, DscNode x, DscNode *y)
{
  PetscFunctionBeginUser;
  PetscCall(DscFlowBuild(net, graph, x, y, NULL));
  PetscFunctionReturn(0);
}

static PetscErrorCode flowInitialize(DscNet net, DscGraph graph, uint64_t seed, double theta[])
{
  DscDenseLayer last;

  PetscFunctionBeginUser;
  PetscCall(DscNetInitializeDenseStack(net, graph, 0, seed, theta));
  PetscCall(DscNetGetDense(graph, net->nlayers - 1, &last));
  for (PetscInt i = 0; i < last.rows * last.columns; i++) theta[last.W + i] *= LAST_LAYER;
  net->flow->transform->start(net->flow, theta + last.b);
  PetscFunctionReturn(0);
}

const DscNetOps DscNetFlow = {
    .name       = "flow",
    .help       = "the density of particles: a normalizing flow with dense layers of time (Rezende and Mohamed 2015)",
    .layers     = "flow_layers",
    .density    = PETSC_TRUE,
    .create     = flowCreate,
    .build      = flowBuild,
    .initialize = flowInitialize,
};
