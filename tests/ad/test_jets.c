/*
  Jets against closed forms: f(x0 + a s) along each of two directions, for every elementary function, and against the
  chain rule for compositions (derivatives of tanh(sin x) and exp(-x^2)).
*/
#include "test_main.h"
#include <discern/ad.h>

#include <math.h>

#define LANES 16
#define ORDER 6

static const DscJet jet = {.ndirections = 2, .order = {ORDER, 2}};

/* Runs y = op(x0 + a_d s) and returns coefficient k along a direction for each lane. */
typedef DscNode (*Builder)(DscGraph graph, DscNode x);

static void run(Builder build, const double x0[LANES], const double slopes[2], double y[])
{
  DscGraph     graph;
  DscWorkspace workspace;
  DscNode      x, node;

  CALL(DscGraphCreate(DSC_DOUBLE, &jet, LANES, &graph));
  CALL(DscGraphAddInput(graph, 1, &x));
  node = build(graph, x);
  CALL(DscGraphAddOutput(graph, node));
  CALL(DscGraphSetUp(graph));
  CALL(DscWorkspaceCreate(graph, &workspace));
  CALL(DscGraphSetInput(graph, workspace, x, x0, slopes));
  CALL(DscGraphForward(graph, workspace));
  CALL(DscGraphGetOutput(graph, workspace, node, y));
  CALL(DscWorkspaceDestroy(&workspace));
  CALL(DscGraphDestroy(&graph));
}

/* k-th derivatives of f at x, in closed form. */
typedef double (*Derivative)(int k, double x);

static double factorial(int k)
{
  return k < 2 ? 1 : k * factorial(k - 1);
}

static double d_sin(int k, double x)
{
  return sin(x + k * M_PI / 2);
}

static double d_cos(int k, double x)
{
  return cos(x + k * M_PI / 2);
}

static double d_exp(int k, double x)
{
  (void)k;
  return exp(x);
}

static double d_log(int k, double x)
{
  return k == 0 ? log(x) : (k % 2 ? 1 : -1) * factorial(k - 1) / pow(x, k);
}

static double d_power(int k, double x)
{
  double p = 1;
  for (int i = 0; i < k; i++) p *= 1.7 - i;
  return p * pow(x, 1.7 - k);
}

static double d_square(int k, double x)
{
  return k == 0 ? x * x : k == 1 ? 2 * x : k == 2 ? 2 : 0;
}

/* Hermite's polynomials: He_{n+1} = x He_n - n He_{n-1}, and the k-th derivative is (-1)^{k-1} He_{k-1} times the
   density. */
static double d_normal_cdf(int k, double x)
{
  double he = 1, before = 0;
  if (k == 0) return .5 * erfc(-x / sqrt(2));
  for (int n = 0; n < k - 1; n++) {
    const double next = x * he - n * before;
    before            = he;
    he                = next;
  }
  return (k % 2 ? 1 : -1) * he * exp(-x * x / 2) / sqrt(2 * M_PI);
}

/* tanh^(k) = P_k(y), P_{k+1} = P_k' (1 - y^2) */
static double d_tanh(int k, double x)
{
  double p[ORDER + 3] = {0, 1}, y = tanh(x), value = 0;
  for (int i = 0; i < k; i++) {
    double q[ORDER + 3] = {0};
    for (int j = 1; j < ORDER + 2; j++) {
      q[j - 1] += j * p[j];
      if (j + 1 < ORDER + 3) q[j + 1] -= j * p[j];
    }
    for (int j = 0; j < ORDER + 3; j++) p[j] = q[j];
  }
  for (int j = ORDER + 2; j >= 0; j--) value = value * y + p[j];
  return value;
}

/* softplus' = (1 + tanh(x/2)) / 2 */
static double d_softplus(int k, double x)
{
  if (k == 0) return log1p(exp(x));
  return (k == 1 ? .5 : 0) + .5 * d_tanh(k - 1, x / 2) / pow(2, k - 1);
}

#define UNARY_BUILDER(name)                                                                                            \
  static DscNode build_##name(DscGraph graph, DscNode x)                                                               \
  {                                                                                                                    \
    DscNode y;                                                                                                         \
    CALL(DscGraphAddUnary(graph, #name, x, &y));                                                                       \
    return y;                                                                                                          \
  }
UNARY_BUILDER(tanh)
UNARY_BUILDER(sin)
UNARY_BUILDER(cos)
UNARY_BUILDER(exp)
UNARY_BUILDER(log)
UNARY_BUILDER(softplus)
UNARY_BUILDER(square)
UNARY_BUILDER(normal_cdf)

static DscNode build_power(DscGraph graph, DscNode x)
{
  DscNode y;
  CALL(DscGraphAddPower(graph, x, 1.7, &y));
  return y;
}

/* (sin x / cos x) cos x = sin x, through divide, multiply and a shared node */
static DscNode build_quotient(DscGraph graph, DscNode x)
{
  DscNode s, c, q, y;
  CALL(DscGraphAddUnary(graph, "sin", x, &s));
  CALL(DscGraphAddUnary(graph, "cos", x, &c));
  CALL(DscGraphAddBinary(graph, "divide", s, c, &q));
  CALL(DscGraphAddBinary(graph, "multiply", q, c, &y));
  return y;
}

/* log(exp x * exp x) / 2 - 3 x = -2 x */
static DscNode build_composition(DscGraph graph, DscNode x)
{
  DscNode e, p, l, half, three, y;
  CALL(DscGraphAddUnary(graph, "exp", x, &e));
  CALL(DscGraphAddUnary(graph, "square", e, &p));
  CALL(DscGraphAddUnary(graph, "log", p, &l));
  CALL(DscGraphAddAffine(graph, l, .5, 0, &half));
  CALL(DscGraphAddAffine(graph, x, 3, 0, &three));
  CALL(DscGraphAddBinary(graph, "subtract", half, three, &y));
  return y;
}

static double d_composition(int k, double x)
{
  return k == 0 ? -2 * x : k == 1 ? -2 : 0;
}

static void test_closed_forms(void **state)
{
  static const struct {
    const char *name;
    Builder     build;
    Derivative  derivative;
  } cases[] = {
      {"tanh", build_tanh, d_tanh},
      {"sin", build_sin, d_sin},
      {"cos", build_cos, d_cos},
      {"exp", build_exp, d_exp},
      {"log", build_log, d_log},
      {"softplus", build_softplus, d_softplus},
      {"square", build_square, d_square},
      {"power", build_power, d_power},
      {"normal_cdf", build_normal_cdf, d_normal_cdf},
      {"quotient", build_quotient, d_sin},
      {"composition", build_composition, d_composition},
  };
  const double slopes[2] = {1.3, -.7};
  double       x[LANES], y[(1 + ORDER + 2) * LANES];
  (void)state;
  for (int l = 0; l < LANES; l++) x[l] = .3 + .06 * l;
  for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
    run(cases[c].build, x, slopes, y);
    for (PetscInt d = 0; d < jet.ndirections; d++) {
      for (int k = 0; k <= jet.order[d]; k++) {
        for (int l = 0; l < LANES; l++) {
          const double expected = cases[c].derivative(k, x[l]) * pow(slopes[d], k) / factorial(k);
          const double found    = y[DscJetIndex(&jet, d, k) * LANES + l];
          if (fabs(found - expected) > 1e-12 * (1 + fabs(expected)) * pow(10, k / 2))
            fail_msg("%s, coefficient %d: %.15g, expected %.15g", cases[c].name, k, found, expected);
        }
      }
    }
  }
}

/* Mixed derivative by polarisation: f_xy from the second derivatives along x, y and x + y, for f = sin(x) exp(2 y). */
static void test_polarisation(void **state)
{
  const DscJet three    = {.ndirections = 3, .order = {2, 2, 2}};
  const double seeds[6] = {1, 0, 1, 0, 1, 1};
  double       x[2 * LANES], y[7 * LANES];
  DscGraph     graph;
  DscWorkspace workspace;
  DscNode      in, a, b, s, t, e, out;
  (void)state;
  for (int l = 0; l < LANES; l++) {
    x[l]         = .1 * l;
    x[LANES + l] = .5 - .05 * l;
  }
  CALL(DscGraphCreate(DSC_DOUBLE, &three, LANES, &graph));
  CALL(DscGraphAddInput(graph, 2, &in));
  CALL(DscGraphAddSlice(graph, in, 0, 1, &a));
  CALL(DscGraphAddSlice(graph, in, 1, 1, &b));
  CALL(DscGraphAddUnary(graph, "sin", a, &s));
  CALL(DscGraphAddAffine(graph, b, 2, 0, &t));
  CALL(DscGraphAddUnary(graph, "exp", t, &e));
  CALL(DscGraphAddBinary(graph, "multiply", s, e, &out));
  CALL(DscGraphAddOutput(graph, out));
  CALL(DscGraphSetUp(graph));
  CALL(DscWorkspaceCreate(graph, &workspace));
  CALL(DscGraphSetInput(graph, workspace, in, x, seeds));
  CALL(DscGraphForward(graph, workspace));
  CALL(DscGraphGetOutput(graph, workspace, out, y));
  for (int l = 0; l < LANES; l++) {
    double second[3];
    for (PetscInt d = 0; d < 3; d++) second[d] = 2 * y[DscJetIndex(&three, d, 2) * LANES + l];
    assert_true(fabs((second[2] - second[0] - second[1]) / 2 - 2 * cos(x[l]) * exp(2 * x[LANES + l])) < 1e-12);
  }
  CALL(DscWorkspaceDestroy(&workspace));
  CALL(DscGraphDestroy(&graph));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_closed_forms),
    cmocka_unit_test(test_polarisation),
};
TEST_MAIN(tests)
