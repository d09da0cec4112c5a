/*
  Planar transforms, one after the other, onto the standard normal distribution (Rezende and Mohamed 2015; paper 000,
  section 4.3): f(z) = z + u^ tanh(w z + b), with parameters u, w, b each, and, with v = w u,

    u^ = (softplus(v) - 1) w / (w^2 + EPSILON)    f' = 1 + (1 - h^2) w u^ = h^2 + (1 - h^2) e,   h = tanh(w z + b)
    e  = 1 + w u^ = (EPSILON + w^2 softplus(v)) / (w^2 + EPSILON) > 0

  f' as a sum of positive terms stays positive where w u^ is -1 to working precision. The papers' code has
  u + (softplus(v) - 1 - v) w / (w^2 + EPSILON) instead, which differs by u EPSILON / (w^2 + EPSILON), and with which
  f' is negative, if little, for v < -14 at w = 1: then f is not monotone and p is no density.
*/
#include "net/flow.h"

#define EPSILON 1e-6

static PetscErrorCode planarCreate(DscFlow *flow, DscOptions options)
{
  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetInt(options, "flow_depth", &flow->components));
  PetscFunctionReturn(0);
}

/* Nodes of [components] features. */
typedef struct {
  DscNode w, b, u; /* u^ */
  DscNode e;
} Planes;

static PetscErrorCode buildPlanes(const DscFlow *flow, DscGraph graph, DscNode theta, Planes *planes)
{
  const PetscInt n = flow->components;
  DscNode        u, v, softplus, square, denominator, quotient, m, product, numerator;

  PetscFunctionBeginUser;
  PetscCall(DscGraphAddSlice(graph, theta, 0, n, &u));
  PetscCall(DscGraphAddSlice(graph, theta, n, n, &planes->w));
  PetscCall(DscGraphAddSlice(graph, theta, 2 * n, n, &planes->b));
  PetscCall(DscGraphAddBinary(graph, "multiply", planes->w, u, &v));
  PetscCall(DscGraphAddUnary(graph, "softplus", v, &softplus));
  PetscCall(DscGraphAddUnary(graph, "square", planes->w, &square));
  PetscCall(DscGraphAddAffine(graph, square, 1.0, EPSILON, &denominator));
  PetscCall(DscGraphAddBinary(graph, "divide", planes->w, denominator, &quotient));
  PetscCall(DscGraphAddAffine(graph, softplus, 1.0, -1.0, &m));
  PetscCall(DscGraphAddBinary(graph, "multiply", m, quotient, &planes->u));
  PetscCall(DscGraphAddBinary(graph, "multiply", square, softplus, &product));
  PetscCall(DscGraphAddAffine(graph, product, 1.0, EPSILON, &numerator));
  PetscCall(DscGraphAddBinary(graph, "divide", numerator, denominator, &planes->e));
  PetscFunctionReturn(0);
}

/* z <- f_i(z), and h = tanh(w_i z + b_i) */
static PetscErrorCode applyPlane(DscGraph graph, const Planes *planes, PetscInt i, DscNode *z, DscNode *h)
{
  DscNode w, b, u, wz, argument, step;

  PetscFunctionBeginUser;
  PetscCall(DscGraphAddSlice(graph, planes->w, i, 1, &w));
  PetscCall(DscGraphAddSlice(graph, planes->b, i, 1, &b));
  PetscCall(DscGraphAddSlice(graph, planes->u, i, 1, &u));
  PetscCall(DscGraphAddBinary(graph, "multiply", w, *z, &wz));
  PetscCall(DscGraphAddBinary(graph, "add", wz, b, &argument));
  PetscCall(DscGraphAddUnary(graph, "tanh", argument, h));
  PetscCall(DscGraphAddBinary(graph, "multiply", u, *h, &step));
  PetscCall(DscGraphAddBinary(graph, "add", *z, step, z));
  PetscFunctionReturn(0);
}

/* sum_i log f_i', of all planes at once */
static PetscErrorCode buildLogSlope(DscGraph graph, const Planes *planes, DscNode h, DscNode *log_slope)
{
  DscNode square, rest, part, slope, logs;

  PetscFunctionBeginUser;
  PetscCall(DscGraphAddUnary(graph, "square", h, &square));
  PetscCall(DscGraphAddAffine(graph, square, -1.0, 1.0, &rest));
  PetscCall(DscGraphAddBinary(graph, "multiply", rest, planes->e, &part));
  PetscCall(DscGraphAddBinary(graph, "add", square, part, &slope));
  PetscCall(DscGraphAddUnary(graph, "log", slope, &logs));
  PetscCall(DscGraphAddReduce(graph, logs, log_slope));
  PetscFunctionReturn(0);
}

/* log p = log N(z; 0, 1) + log dz/dx, and p its exponential */
static PetscErrorCode buildDensity(DscGraph graph, DscNode z, DscNode log_slope, DscNode *y)
{
  DscNode square, log_base, p[2];

  PetscFunctionBeginUser;
  PetscCall(DscGraphAddUnary(graph, "square", z, &square));
  PetscCall(DscGraphAddAffine(graph, square, -0.5, -0.5 * log(2.0 * PETSC_PI), &log_base));
  PetscCall(DscGraphAddBinary(graph, "add", log_base, log_slope, &p[1]));
  PetscCall(DscGraphAddUnary(graph, "exp", p[1], &p[0]));
  PetscCall(DscGraphAddConcatenate(graph, 2, p, y));
  PetscFunctionReturn(0);
}

static PetscErrorCode planarBuild(const DscFlow *flow, DscGraph graph, DscNode theta, DscNode x, DscNode *y, DscNode *z)
{
  Planes   planes;
  DscNode  hs[8], h = x, log_slope, end = x; /* as many as one concatenation takes */
  PetscInt n = 0;

  PetscFunctionBeginUser;
  PetscCall(buildPlanes(flow, graph, theta, &planes));
  for (PetscInt i = 0; i < flow->components; i++) {
    PetscCall(applyPlane(graph, &planes, i, &end, &hs[n++]));
    if (n < 8 && i < flow->components - 1) continue;
    PetscCall(DscGraphAddConcatenate(graph, n, hs, &h));
    hs[0] = h;
    n     = 1;
  }
  PetscCall(buildLogSlope(graph, &planes, h, &log_slope));
  PetscCall(buildDensity(graph, end, log_slope, y));
  if (z) *z = end;
  PetscFunctionReturn(0);
}

/* u^ = 0, softplus(v) = 1: the standard normal distribution of scaled x. The planes lie evenly over [-1, 1]. */
static void planarStart(const DscFlow *flow, double theta[])
{
  const PetscInt n = flow->components;

  for (PetscInt i = 0; i < n; i++) {
    theta[i]         = log(expm1(1.0));
    theta[n + i]     = 1.0;
    theta[2 * n + i] = n > 1 ? 2.0 * (double)i / (double)(n - 1) - 1.0 : 0.0;
  }
}

const DscFlowTransform DscFlowPlanar = {
    .name = "planar", .create = planarCreate, .build = planarBuild, .start = planarStart};
