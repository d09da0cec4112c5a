/*
  The network object: options, registry of approximators, dispatch.
*/
#include "net/network.h"

static const DscOptionSpec specs[] = {
    {"approximator", DSC_CHOICE, "fourier", 0, 0,
     "mlp|siren|fourier|flow|finite_difference|local_polynomial|spectral|weak|spline",
     "what stands for the solution: a network, a density of particles, numerical derivatives of a grid, the weak form, "
     "a spline; see discern "
     "list"},
    {"net_layers", DSC_INTS, "30,30,30", 1, 4096, NULL, "widths of the hidden layers"},
    {"net_activation", DSC_CHOICE, "tanh", 0, 0, "tanh|sin|softplus",
     "of mlp's hidden layers, and of fourier's after the first"},
    {"net_siren_omega", DSC_REAL, "30", 1e-3, 1e6, NULL, "siren: frequency factor of every hidden layer"},
    {"net_fourier_scale", DSC_REALS, "0", 0, 1e6, NULL,
     "fourier: standard deviation of the first layer's angular frequencies, one for each scaled coordinate; 0: from "
     "the data"},
    {"net_fourier_ratio", DSC_REAL, "0.4", 1e-3, 1e3, NULL,
     "fourier: scale taken from the data, relative to the data's bandwidth (the layers above multiply frequencies)"},
    {"net_fourier_features", DSC_INT, "0", 0, 4096, NULL,
     "fourier: width of the first layer; 0: the first of net_layers"},
    {"flow_layers", DSC_INTS, "30,30", 1, 4096, NULL,
     "flow: widths of the hidden layers of the network of time that gives the flow's parameters"},
    {"flow_transform", DSC_CHOICE, "sigmoids", 0, 0, "sigmoids|planar",
     "flow: from x to the base variable: a sum of sigmoids, or planar transforms one after the other"},
    {"flow_components", DSC_INT, "10", 1, 256, NULL, "flow of sigmoids: how many"},
    {"flow_sigmoid", DSC_CHOICE, "normal", 0, 0, "normal|logistic",
     "flow of sigmoids: the cumulative distribution each of them is; the density is a mixture of these"},
    {"flow_min_width", DSC_REAL, "0.01", 1e-4, 0.5, NULL,
     "flow of sigmoids: least width of one, in scaled x: none may shrink to a single particle"},
    {"flow_depth", DSC_INT, "10", 1, 64, NULL, "planar flow: how many transforms"},
};

static const DscNetOps *const approximators[] = {&DscNetMlp, &DscNetSiren, &DscNetFourier, &DscNetFlow};

/* No network: the method's own (method/derivatives.h, method/weak.h, method/spline.h). */
enum { NUMERICAL = 5 };
static const struct {
  const char *name, *help;
} numerical[NUMERICAL] = {
    {"finite_difference", "no network: central differences on a grid, then one regression"},
    {"local_polynomial",
     "no network: least-squares polynomials on windows of a grid, which smooth, then one regression"},
    {"spectral", "no network: Fourier derivatives on a grid that is periodic in space, then one regression"},
    {"weak", "no network: the weak form, integrals against test functions, then one regression"},
    {"spline", "no network: a spline under a strong equation, one fit for each candidate equation"}};

PetscErrorCode DscNetRegisterOptions(void)
{
  PetscFunctionBeginUser;
  PetscCall(DscOptionsRegister("net", PETSC_STATIC_ARRAY_LENGTH(specs), specs));
  PetscFunctionReturn(0);
}

PetscErrorCode DscNetList(PetscInt *n, const char *const **names, const char *const **help)
{
  static const char *name_list[PETSC_STATIC_ARRAY_LENGTH(approximators) + NUMERICAL];
  static const char *help_list[PETSC_STATIC_ARRAY_LENGTH(approximators) + NUMERICAL];

  PetscFunctionBeginUser;
  *n = PETSC_STATIC_ARRAY_LENGTH(approximators);
  for (PetscInt i = 0; i < *n; i++) {
    name_list[i] = approximators[i]->name;
    help_list[i] = approximators[i]->help;
  }
  for (PetscInt i = 0; i < NUMERICAL; i++) {
    name_list[*n]     = numerical[i].name;
    help_list[(*n)++] = numerical[i].help;
  }
  *names = name_list;
  *help  = help_list;
  PetscFunctionReturn(0);
}

/* Inputs, hidden layers, outputs. */
static PetscErrorCode readWidths(DscNet net, DscOptions options, const DscNetInfo *info)
{
  const char *key = net->ops->layers ? net->ops->layers : "net_layers";
  PetscInt    nhidden, *hidden;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetInts(options, key, &nhidden, &hidden));
  DscOptionsUserCheck(nhidden > 0, options, PETSC_COMM_SELF, key, "needs at least one hidden layer");
  net->nlayers = nhidden + 1;
  PetscCall(PetscMalloc1(net->nlayers + 1, &net->widths));
  net->widths[0] = info->ninputs;
  PetscCall(PetscArraycpy(net->widths + 1, hidden, nhidden));
  net->widths[net->nlayers] = info->noutputs;
  PetscCall(PetscFree(hidden));
  PetscFunctionReturn(0);
}

PetscErrorCode DscNetCreate(DscOptions options, const DscNetInfo *info, DscNet *net)
{
  const char *name, *activation;
  PetscBool   same;

  PetscFunctionBeginUser;
  PetscCheck(info->ninputs > 0 && info->noutputs > 0, PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ,
             "a network from %" PetscInt_FMT " inputs to %" PetscInt_FMT " outputs", info->ninputs, info->noutputs);
  PetscCall(PetscNew(net));
  PetscCall(DscOptionsGetString(options, "approximator", &name));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(approximators); i++) {
    PetscCall(PetscStrcmp(name, approximators[i]->name, &same));
    if (same) (*net)->ops = approximators[i];
  }
  DscOptionsUserCheck((*net)->ops, options, PETSC_COMM_SELF, "approximator", "is not the name of a network");
  (*net)->ninputs = info->ninputs;
  PetscCall(readWidths(*net, options, info));
  PetscCall(DscOptionsGetString(options, "net_activation", &activation));
  PetscCall(PetscStrncpy((*net)->activation, activation, sizeof((*net)->activation)));
  if ((*net)->ops->create) PetscCall((*net)->ops->create(*net, options, info));
  PetscFunctionReturn(0);
}

PetscErrorCode DscNetDestroy(DscNet *net)
{
  PetscFunctionBeginUser;
  if (!*net) PetscFunctionReturn(0);
  PetscCall(PetscFree((*net)->widths));
  PetscCall(PetscFree((*net)->fourier_scale));
  PetscCall(PetscFree((*net)->flow));
  PetscCall(PetscFree(*net));
  PetscFunctionReturn(0);
}

PetscErrorCode DscNetIsDensity(DscNet net, PetscBool *density)
{
  PetscFunctionBeginUser;
  *density = net->ops->density;
  PetscFunctionReturn(0);
}

PetscErrorCode DscNetBuild(DscNet net, DscGraph graph, DscNode x, DscNode *y)
{
  PetscInt features;

  PetscFunctionBeginUser;
  PetscCall(DscGraphGetFeatures(graph, x, &features));
  PetscCheck(features == net->ninputs, PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ,
             "the network has %" PetscInt_FMT " inputs, the node %" PetscInt_FMT " features", net->ninputs, features);
  PetscCall(net->ops->build(net, graph, x, y));
  PetscFunctionReturn(0);
}

PetscErrorCode DscNetInitialize(DscNet net, DscGraph graph, uint64_t seed, double theta[])
{
  PetscFunctionBeginUser;
  PetscCall(net->ops->initialize(net, graph, seed, theta));
  PetscFunctionReturn(0);
}
