/*
  SIREN (Sitzmann, Martel, Bergman, Lindell and Wetzstein 2020, section 3.2): hidden layers y = sin(omega (W x + b)), linear
  output. With n columns, the first W ~ U(-1/n, 1/n), the others U(-sqrt(6/n)/omega, sqrt(6/n)/omega), so that every
  sine but the first sees an argument of variance 1; b ~ U(-1/sqrt(n), 1/sqrt(n)).
*/
#include "net/network.h"

static PetscErrorCode sirenCreate(DscNet net, DscOptions options, const DscNetInfo *info)
{
  PetscFunctionBeginUser;
  (void)info;
  PetscCall(DscOptionsGetReal(options, "net_siren_omega", &net->siren_omega));
  PetscFunctionReturn(0);
}

static PetscErrorCode sirenBuild(DscNet net, DscGraph graph, DscNode x, DscNode *y)
{
  DscNode argument;

  PetscFunctionBeginUser;
  for (PetscInt layer = 0; layer < net->nlayers; layer++) {
    PetscCall(DscNetAddDense(net, graph, layer, x, y));
    if (layer == net->nlayers - 1) break;
    PetscCall(DscGraphAddAffine(graph, *y, net->siren_omega, 0.0, &argument));
    PetscCall(DscGraphAddUnary(graph, "sin", argument, &x));
  }
  PetscFunctionReturn(0);
}

/* n numbers from U(-bound, bound), by their place in theta. */
static void fillUniform(uint64_t seed, double bound, PetscInt offset, PetscInt n, double theta[])
{
  for (PetscInt i = offset; i < offset + n; i++)
    theta[i] = bound * (2.0 * DscRandomUniform(seed, DSC_STREAM_INIT, (uint64_t)i) - 1.0);
}

static PetscErrorCode sirenInitialize(DscNet net, DscGraph graph, uint64_t seed, double theta[])
{
  DscDenseLayer dense;

  PetscFunctionBeginUser;
  for (PetscInt layer = 0; layer < net->nlayers; layer++) {
    double n, bound;
    PetscCall(DscNetGetDense(graph, layer, &dense));
    n     = (double)dense.columns;
    bound = layer == 0 ? 1.0 / n : sqrt(6.0 / n) / net->siren_omega;
    fillUniform(seed, bound, dense.W, dense.rows * dense.columns, theta);
    fillUniform(seed, 1.0 / sqrt(n), dense.b, dense.rows, theta);
  }
  PetscFunctionReturn(0);
}

const DscNetOps DscNetSiren = {
    .name       = "siren",
    .help       = "sines of -net_siren_omega times dense layers, linear output (Sitzmann et al. 2020)",
    .create     = sirenCreate,
    .build      = sirenBuild,
    .initialize = sirenInitialize,
};
