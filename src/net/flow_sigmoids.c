/*
  A sum of sigmoids onto a uniform base: z = sum_k w_k S((x - m_k) / s_k), so that p = dz/dx is a mixture,

    p = sum_k w_k S'(z_k) / s_k,  z_k = (x - m_k) / s_k,  w = softmax(a),  s_k = s_min + exp(.) = s_min (1 + exp(l_k))

  with parameters a_k, m_k, l_k (Huang, Krueger, Lacoste and Courville 2018: one layer of their deep sigmoidal flow).
  S'(z) = constant exp(g(z)), which keeps its relative precision in the tails:

    p = constant / s_min  sum_k exp(a_k + g(z_k) - softplus(l_k)) / sum_k exp(a_k),  1/s_k = exp(-softplus(l_k)) / s_min

  BACKGROUND of the weight is a fixed, broad normal distribution: between 1e-11 and 4e-10 for |x| <= 3, so that log p
  and its derivatives are finite in single precision where every sigmoid's density underflows (until |x| = 11). A
  likelihood of particles within |x| <= 1 does not see it.
*/
#include "net/flow.h"

#define BACKGROUND       1e-9
#define BACKGROUND_WIDTH 1.0 /* standard deviation, in scaled x */

/* ---- sigmoids ---- */

static PetscErrorCode normalExponent(DscGraph graph, DscNode z, DscNode *g)
{
  DscNode square;

  PetscFunctionBeginUser;
  PetscCall(DscGraphAddUnary(graph, "square", z, &square));
  PetscCall(DscGraphAddAffine(graph, square, -0.5, 0.0, g));
  PetscFunctionReturn(0);
}

static PetscErrorCode normalCdf(DscGraph graph, DscNode z, DscNode *S)
{
  PetscFunctionBeginUser;
  PetscCall(DscGraphAddUnary(graph, "normal_cdf", z, S));
  PetscFunctionReturn(0);
}

/* S' = exp(z) / (1 + exp(z))^2 */
static PetscErrorCode logisticExponent(DscGraph graph, DscNode z, DscNode *g)
{
  DscNode softplus, twice;

  PetscFunctionBeginUser;
  PetscCall(DscGraphAddUnary(graph, "softplus", z, &softplus));
  PetscCall(DscGraphAddAffine(graph, softplus, 2.0, 0.0, &twice));
  PetscCall(DscGraphAddBinary(graph, "subtract", z, twice, g));
  PetscFunctionReturn(0);
}

/* S = (1 + tanh(z/2)) / 2 */
static PetscErrorCode logisticCdf(DscGraph graph, DscNode z, DscNode *S)
{
  DscNode half, tanh_half;

  PetscFunctionBeginUser;
  PetscCall(DscGraphAddAffine(graph, z, 0.5, 0.0, &half));
  PetscCall(DscGraphAddUnary(graph, "tanh", half, &tanh_half));
  PetscCall(DscGraphAddAffine(graph, tanh_half, 0.5, 0.5, S));
  PetscFunctionReturn(0);
}

static const double     one_over_root_two_pi = 0.39894228040143267794;
static const DscSigmoid sigmoids[]           = {{"normal", one_over_root_two_pi, normalExponent, normalCdf},
                                                {"logistic", 1.0, logisticExponent, logisticCdf}};

static PetscErrorCode sigmoidsCreate(DscFlow *flow, DscOptions options)
{
  const char *name;
  PetscBool   same;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetInt(options, "flow_components", &flow->components));
  PetscCall(DscOptionsGetReal(options, "flow_min_width", &flow->min_width));
  PetscCall(DscOptionsGetString(options, "flow_sigmoid", &name));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(sigmoids); i++) {
    PetscCall(PetscStrcmp(name, sigmoids[i].name, &same));
    if (same) flow->sigmoid = &sigmoids[i];
  }
  PetscCheck(flow->sigmoid, PETSC_COMM_SELF, PETSC_ERR_ARG_UNKNOWN_TYPE, "no sigmoid named '%s'", name);
  PetscFunctionReturn(0);
}

/* ---- the density ---- */

/* Nodes of [components] features: what the density and the transform share. */
typedef struct {
  DscNode log_peak; /* a - softplus(l), of time alone */
  DscNode z;
  DscNode weight, sum_of_weights; /* exp(a), and its sum [1] */
} Mixture;

static PetscErrorCode buildMixture(const DscFlow *flow, DscGraph graph, DscNode theta, DscNode x, Mixture *mixture)
{
  const PetscInt K = flow->components;
  DscNode        a, m, l, softplus, log_scaled, inverse_width, many, distance;

  PetscFunctionBeginUser;
  PetscCall(DscGraphAddSlice(graph, theta, 0, K, &a));
  PetscCall(DscGraphAddSlice(graph, theta, K, K, &m));
  PetscCall(DscGraphAddSlice(graph, theta, 2 * K, K, &l));
  PetscCall(DscGraphAddUnary(graph, "softplus", l, &softplus));
  PetscCall(DscGraphAddBinary(graph, "subtract", a, softplus, &mixture->log_peak));
  PetscCall(DscGraphAddAffine(graph, softplus, -1.0, -log(flow->min_width), &log_scaled));
  PetscCall(DscGraphAddUnary(graph, "exp", log_scaled, &inverse_width));
  PetscCall(DscGraphAddRepeat(graph, x, K, &many));
  PetscCall(DscGraphAddBinary(graph, "subtract", many, m, &distance));
  PetscCall(DscGraphAddBinary(graph, "multiply", distance, inverse_width, &mixture->z));
  PetscCall(DscGraphAddUnary(graph, "exp", a, &mixture->weight));
  PetscCall(DscGraphAddReduce(graph, mixture->weight, &mixture->sum_of_weights));
  PetscFunctionReturn(0);
}

/* p = the mixture's density and the background's */
static PetscErrorCode buildDensity(const DscFlow *flow, DscGraph graph, const Mixture *mixture, DscNode x, DscNode *p)
{
  const double peak = BACKGROUND * one_over_root_two_pi / BACKGROUND_WIDTH;
  DscNode      g, exponent, part, sum, mean, density, square, bell, background;

  PetscFunctionBeginUser;
  PetscCall(flow->sigmoid->exponent(graph, mixture->z, &g));
  PetscCall(DscGraphAddBinary(graph, "add", mixture->log_peak, g, &exponent));
  PetscCall(DscGraphAddUnary(graph, "exp", exponent, &part));
  PetscCall(DscGraphAddReduce(graph, part, &sum));
  PetscCall(DscGraphAddBinary(graph, "divide", sum, mixture->sum_of_weights, &mean));
  PetscCall(
      DscGraphAddAffine(graph, mean, (1.0 - BACKGROUND) * flow->sigmoid->constant / flow->min_width, 0.0, &density));
  PetscCall(DscGraphAddUnary(graph, "square", x, &square));
  PetscCall(DscGraphAddAffine(graph, square, -0.5 / PetscSqr(BACKGROUND_WIDTH), log(peak), &bell));
  PetscCall(DscGraphAddUnary(graph, "exp", bell, &background));
  PetscCall(DscGraphAddBinary(graph, "add", density, background, p));
  PetscFunctionReturn(0);
}

static PetscErrorCode buildTransform(const DscFlow *flow, DscGraph graph, const Mixture *mixture, DscNode x, DscNode *z)
{
  DscNode S, part, sum, mean, scaled, wide, background, little;

  PetscFunctionBeginUser;
  PetscCall(flow->sigmoid->cdf(graph, mixture->z, &S));
  PetscCall(DscGraphAddBinary(graph, "multiply", mixture->weight, S, &part));
  PetscCall(DscGraphAddReduce(graph, part, &sum));
  PetscCall(DscGraphAddBinary(graph, "divide", sum, mixture->sum_of_weights, &mean));
  PetscCall(DscGraphAddAffine(graph, mean, 1.0 - BACKGROUND, 0.0, &scaled));
  PetscCall(DscGraphAddAffine(graph, x, 1.0 / BACKGROUND_WIDTH, 0.0, &wide));
  PetscCall(DscGraphAddUnary(graph, "normal_cdf", wide, &background));
  PetscCall(DscGraphAddAffine(graph, background, BACKGROUND, 0.0, &little));
  PetscCall(DscGraphAddBinary(graph, "add", scaled, little, z));
  PetscFunctionReturn(0);
}

static PetscErrorCode sigmoidsBuild(const DscFlow *flow, DscGraph graph, DscNode theta, DscNode x, DscNode *y,
                                    DscNode *z)
{
  Mixture mixture;
  DscNode p[2];

  PetscFunctionBeginUser;
  PetscCall(buildMixture(flow, graph, theta, x, &mixture));
  PetscCall(buildDensity(flow, graph, &mixture, x, &p[0]));
  PetscCall(DscGraphAddUnary(graph, "log", p[0], &p[1]));
  PetscCall(DscGraphAddConcatenate(graph, 2, p, y));
  if (z) PetscCall(buildTransform(flow, graph, &mixture, x, z));
  PetscFunctionReturn(0);
}

/* Equal weights, centres evenly over [-1, 1], widths the distance between them: nearly uniform there. */
static void sigmoidsStart(const DscFlow *flow, double theta[])
{
  const PetscInt K       = flow->components;
  const double   spacing = 2.0 / (double)PetscMax(K - 1, 2), width = PetscMax(spacing, 2.0 * flow->min_width);

  for (PetscInt k = 0; k < K; k++) {
    theta[k]         = 0.0;
    theta[K + k]     = K > 1 ? 2.0 * (double)k / (double)(K - 1) - 1.0 : 0.0;
    theta[2 * K + k] = log(width / flow->min_width - 1.0);
  }
}

const DscFlowTransform DscFlowSigmoids = {
    .name = "sigmoids", .create = sigmoidsCreate, .build = sigmoidsBuild, .start = sigmoidsStart};
