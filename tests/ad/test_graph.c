/*
  Whole graphs: a network's gradient against differences with shared nodes, several outputs and reuse of memory;
  workspaces are independent; mistakes of the builder are refused.
*/
#include "test_main.h"
#include <discern/ad.h>

#include <math.h>
#include <string.h>

#define LANES 32
#define SIZE  (5 * 2 + 5 + 5 * 5 + 5 + 2 * 5)

static const DscJet jet = {.ndirections = 2, .order = {3, 1}};
#define JETS 5

typedef struct {
  DscGraph graph;
  DscNode  x, hidden, y;
} Network;

/* x -> tanh -> (sin + residual) -> y, with the first hidden layer read twice and a second output inside. */
static void create(Network *n)
{
  DscParameter W0, b0, W1, b1, W2;
  DscNode      a, h, s;
  CALL(DscGraphCreate(DSC_DOUBLE, &jet, LANES, &n->graph));
  CALL(DscGraphAddParameter(n->graph, "W0", 5, 2, &W0));
  CALL(DscGraphAddParameter(n->graph, "b0", 5, 1, &b0));
  CALL(DscGraphAddParameter(n->graph, "W1", 5, 5, &W1));
  CALL(DscGraphAddParameter(n->graph, "b1", 5, 1, &b1));
  CALL(DscGraphAddParameter(n->graph, "W2", 2, 5, &W2));
  CALL(DscGraphAddInput(n->graph, 2, &n->x));
  CALL(DscGraphAddLinear(n->graph, W0, n->x, &a));
  CALL(DscGraphAddBias(n->graph, b0, a, &a));
  CALL(DscGraphAddUnary(n->graph, "tanh", a, &h));
  CALL(DscGraphAddLinear(n->graph, W1, h, &a));
  CALL(DscGraphAddBias(n->graph, b1, a, &a));
  CALL(DscGraphAddUnary(n->graph, "sin", a, &s));
  CALL(DscGraphAddBinary(n->graph, "add", s, h, &n->hidden));
  CALL(DscGraphAddLinear(n->graph, W2, n->hidden, &n->y));
  CALL(DscGraphAddOutput(n->graph, n->hidden));
  CALL(DscGraphAddOutput(n->graph, n->y));
  CALL(DscGraphSetUp(n->graph));
}

static double bar(PetscInt i)
{
  return DscRandomNormal(3, DSC_STREAM_TEST, (uint64_t)i);
}

static void set_input(const Network *n, DscWorkspace workspace, uint64_t seed)
{
  const double seeds[4] = {1, 0, 0, 1};
  double       x[2 * LANES];
  for (int i = 0; i < 2 * LANES; i++) x[i] = DscRandomNormal(seed, DSC_STREAM_TEST, (uint64_t)i);
  CALL(DscGraphSetInput(n->graph, workspace, n->x, x, seeds));
}

static double loss(const Network *n, DscWorkspace workspace, const double theta[])
{
  double h[5 * JETS * LANES], y[2 * JETS * LANES], sum = 0;
  CALL(DscGraphSetParameters(n->graph, theta));
  CALL(DscGraphForward(n->graph, workspace));
  CALL(DscGraphGetOutput(n->graph, workspace, n->hidden, h));
  CALL(DscGraphGetOutput(n->graph, workspace, n->y, y));
  for (int i = 0; i < 5 * JETS * LANES; i++) sum += .1 * bar(i) * h[i];
  for (int i = 0; i < 2 * JETS * LANES; i++) sum += bar(i) * y[i];
  return sum;
}

static void backward(const Network *n, DscWorkspace workspace)
{
  double h[5 * JETS * LANES], y[2 * JETS * LANES];
  for (int i = 0; i < 5 * JETS * LANES; i++) h[i] = .1 * bar(i);
  for (int i = 0; i < 2 * JETS * LANES; i++) y[i] = bar(i);
  CALL(DscGraphSetOutputAdjoint(n->graph, workspace, n->hidden, h));
  CALL(DscGraphSetOutputAdjoint(n->graph, workspace, n->y, y));
  CALL(DscGraphBackward(n->graph, workspace));
}

static void initial(double theta[])
{
  for (int i = 0; i < SIZE; i++) theta[i] = .5 * DscRandomNormal(4, DSC_STREAM_INIT, (uint64_t)i);
}

static void test_gradient(void **state)
{
  Network      n;
  DscWorkspace workspace;
  PetscInt     size;
  double       theta[SIZE], gradient[SIZE];
  const double h = 1e-4;
  (void)state;
  create(&n);
  CALL(DscGraphGetSize(n.graph, &size));
  assert_int_equal(size, SIZE);
  CALL(DscWorkspaceCreate(n.graph, &workspace));
  initial(theta);
  set_input(&n, workspace, 1);
  (void)loss(&n, workspace, theta);
  CALL(DscGraphZeroGradient(n.graph));
  backward(&n, workspace);
  CALL(DscGraphGetGradient(n.graph, gradient));
  for (int i = 0; i < SIZE; i++) {
    const double kept = theta[i];
    double       difference;
    theta[i]   = kept + h;
    difference = loss(&n, workspace, theta);
    theta[i]   = kept - h;
    difference -= loss(&n, workspace, theta);
    theta[i] = kept;
    difference /= 2 * h;
    if (fabs(gradient[i] - difference) > 1e-5 * (1 + fabs(difference)))
      fail_msg("parameter %d: %.10g, differences %.10g", i, gradient[i], difference);
  }
  CALL(DscWorkspaceDestroy(&workspace));
  CALL(DscGraphDestroy(&n.graph));
}

/* Two panels forward, then both backward, equals one after the other: nothing of a panel is lost in between. */
static void test_workspaces_are_independent(void **state)
{
  Network      n;
  DscWorkspace w[2];
  double       theta[SIZE], together[SIZE], separate[SIZE];
  (void)state;
  create(&n);
  initial(theta);
  for (int i = 0; i < 2; i++) {
    CALL(DscWorkspaceCreate(n.graph, &w[i]));
    set_input(&n, w[i], (uint64_t)(10 + i));
    (void)loss(&n, w[i], theta);
  }
  CALL(DscGraphZeroGradient(n.graph));
  for (int i = 0; i < 2; i++) backward(&n, w[i]);
  CALL(DscGraphGetGradient(n.graph, together));
  CALL(DscGraphZeroGradient(n.graph));
  for (int i = 0; i < 2; i++) {
    set_input(&n, w[0], (uint64_t)(10 + i));
    (void)loss(&n, w[0], theta);
    backward(&n, w[0]);
  }
  CALL(DscGraphGetGradient(n.graph, separate));
  assert_memory_equal(together, separate, sizeof(together));
  for (int i = 0; i < 2; i++) CALL(DscWorkspaceDestroy(&w[i]));
  CALL(DscGraphDestroy(&n.graph));
}

static void assert_refused(PetscErrorCode ierr, const char *words)
{
  assert_int_not_equal(ierr, 0);
  assert_non_null(strstr(DscErrorMessage(), words));
}

static void test_mistakes_are_refused(void **state)
{
  const DscJet tall = {.ndirections = 1, .order = {DSC_MAX_ORDER + 1}};
  DscGraph     graph;
  DscParameter W;
  DscNode      x, y, z;
  (void)state;
  CALL(DscErrorCaptureBegin());
  assert_refused(DscGraphCreate(DSC_DOUBLE, &jet, 24, &graph), "lanes");
  assert_refused(DscGraphCreate(DSC_DOUBLE, &tall, 16, &graph), "Order 0 to 8");
  CALL(DscGraphCreate(DSC_DOUBLE, &jet, 16, &graph));
  CALL(DscGraphAddInput(graph, 3, &x));
  CALL(DscGraphAddParameter(graph, "W", 4, 2, &W));
  assert_refused(DscGraphAddLinear(graph, W, x, &y), "2 columns, its input 3 features");
  assert_refused(DscGraphAddUnary(graph, "tahn", x, &y), "No op named 'tahn'");
  assert_refused(DscGraphAddSlice(graph, x, 2, 2, &y), "of 3 features");
  assert_refused(DscGraphAddUnary(graph, "tanh", 7, &y), "No node 7");
  assert_refused(DscGraphSetUp(graph), "no output");
  CALL(DscGraphAddSlice(graph, x, 0, 2, &y));
  assert_refused(DscGraphAddBinary(graph, "multiply", x, y, &z), "3 and 2 features");
  CALL(DscGraphAddOutput(graph, y));
  CALL(DscGraphSetUp(graph));
  assert_refused(DscGraphAddUnary(graph, "tanh", x, &z), "set up");
  CALL(DscErrorCaptureEnd());
  CALL(DscGraphDestroy(&graph));
}

static void test_flops_count_the_products(void **state)
{
  Network       n;
  DscGraphFlops flops;
  const double  products = 2. * (5 * 2 + 5 * 5 + 2 * 5) * JETS * LANES;
  (void)state;
  create(&n);
  CALL(DscGraphGetFlops(n.graph, &flops));
  assert_true(flops.forward_products == products);
  assert_true(flops.backward_products == 2 * products - 2. * 5 * 2 * JETS * LANES); /* none into the input */
  assert_true(flops.forward > flops.forward_products && flops.backward > flops.backward_products);
  CALL(DscGraphDestroy(&n.graph));
}

/* ---- nodes without the directions in which they do not move ---- */

static const DscJet three          = {.ndirections = 3, .order = {3, 1, 2}}; /* along x, t, and both */
static const double three_seeds[6] = {0, 1, 1, 1, 0, .5};                    /* of t, of x */

/* y = [W a sin(x), a + x] with a = tanh(V t) */
static void create_separate(bool declare, DscGraph *graph, DscNode *in, DscNode *y)
{
  DscParameter V, W;
  DscNode      t, x, a, b, s, parts[2];
  CALL(DscGraphCreate(DSC_DOUBLE, &three, LANES, graph));
  CALL(DscGraphAddParameter(*graph, "V", 5, 1, &V));
  CALL(DscGraphAddParameter(*graph, "W", 5, 5, &W));
  CALL(DscGraphAddInput(*graph, 2, in));
  if (declare) CALL(DscGraphDeclareSeeds(*graph, *in, three_seeds));
  CALL(DscGraphAddSlice(*graph, *in, 0, 1, &t));
  CALL(DscGraphAddSlice(*graph, *in, 1, 1, &x));
  CALL(DscGraphAddRepeat(*graph, x, 5, &x));
  CALL(DscGraphAddLinear(*graph, V, t, &a));
  CALL(DscGraphAddUnary(*graph, "tanh", a, &a));
  CALL(DscGraphAddLinear(*graph, W, a, &b));
  CALL(DscGraphAddUnary(*graph, "sin", x, &s));
  CALL(DscGraphAddBinary(*graph, "multiply", b, s, &parts[0]));
  CALL(DscGraphAddBinary(*graph, "add", x, a, &parts[1]));
  CALL(DscGraphAddConcatenate(*graph, 2, parts, y));
  CALL(DscGraphAddOutput(*graph, *y));
  CALL(DscGraphSetUp(*graph));
}

static void test_declared_seeds_change_nothing(void **state)
{
  double        x[2 * LANES], theta[30], ybar[10 * 7 * LANES], y[2][10 * 7 * LANES], gradient[2][30];
  DscGraphFlops flops[2];
  (void)state;
  for (int i = 0; i < 2 * LANES; i++) x[i] = DscRandomNormal(8, DSC_STREAM_TEST, (uint64_t)i);
  for (int i = 0; i < 30; i++) theta[i] = .5 * DscRandomNormal(9, DSC_STREAM_TEST, (uint64_t)i);
  for (int i = 0; i < 10 * 7 * LANES; i++) ybar[i] = bar(i);
  for (int declare = 0; declare < 2; declare++) {
    DscGraph     graph;
    DscWorkspace workspace;
    DscNode      in, out;
    create_separate(declare, &graph, &in, &out);
    CALL(DscWorkspaceCreate(graph, &workspace));
    CALL(DscGraphSetParameters(graph, theta));
    CALL(DscGraphSetInput(graph, workspace, in, x, three_seeds));
    CALL(DscGraphForward(graph, workspace));
    CALL(DscGraphGetOutput(graph, workspace, out, y[declare]));
    CALL(DscGraphSetOutputAdjoint(graph, workspace, out, ybar));
    CALL(DscGraphBackward(graph, workspace));
    CALL(DscGraphGetGradient(graph, gradient[declare]));
    CALL(DscGraphGetFlops(graph, &flops[declare]));
    CALL(DscWorkspaceDestroy(&workspace));
    CALL(DscGraphDestroy(&graph));
  }
  for (int i = 0; i < 10 * 7 * LANES; i++) assert_true(fabs(y[1][i] - y[0][i]) < 1e-13);
  for (int i = 0; i < 30; i++) assert_true(fabs(gradient[1][i] - gradient[0][i]) < 1e-11);
  assert_true(flops[1].forward_products * 7 == flops[0].forward_products * 4); /* t has orders 1 and 2 of the 6 */
}

static void test_seeds_against_their_declaration(void **state)
{
  const double wrong[6]     = {0, 1, 1, 1, 1, .5};
  double       x[2 * LANES] = {0}, jets[2 * 7 * LANES] = {0};
  DscGraph     graph;
  DscWorkspace workspace;
  DscNode      in, out;
  (void)state;
  create_separate(true, &graph, &in, &out);
  CALL(DscWorkspaceCreate(graph, &workspace));
  CALL(DscErrorCaptureBegin());
  assert_int_equal(DscGraphSetInput(graph, workspace, in, x, wrong), PETSC_ERR_ARG_WRONG);
  assert_int_equal(DscGraphSetInputJets(graph, workspace, in, jets), PETSC_ERR_ARG_WRONG);
  CALL(DscErrorCaptureEnd());
  CALL(DscGraphSetInput(graph, workspace, in, x, NULL));
  CALL(DscWorkspaceDestroy(&workspace));
  CALL(DscGraphDestroy(&graph));
  CALL(DscGraphCreate(DSC_DOUBLE, &three, LANES, &graph));
  CALL(DscGraphAddInput(graph, 2, &in));
  CALL(DscGraphAddSlice(graph, in, 0, 1, &out));
  CALL(DscErrorCaptureBegin());
  assert_int_equal(DscGraphDeclareSeeds(graph, in, three_seeds), PETSC_ERR_ARG_WRONGSTATE);
  CALL(DscErrorCaptureEnd());
  CALL(DscGraphDestroy(&graph));
  CALL(DscGraphCreate(DSC_DOUBLE, &three, LANES, &graph));
  CALL(DscGraphAddInput(graph, 2, &in));
  CALL(DscGraphDeclareSeeds(graph, in, three_seeds));
  CALL(DscGraphAddSlice(graph, in, 0, 1, &out));
  CALL(DscErrorCaptureBegin());
  assert_int_equal(DscGraphAddOutput(graph, out), PETSC_ERR_ARG_WRONG);
  CALL(DscErrorCaptureEnd());
  CALL(DscGraphDestroy(&graph));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_gradient),
    cmocka_unit_test(test_workspaces_are_independent),
    cmocka_unit_test(test_mistakes_are_refused),
    cmocka_unit_test(test_flops_count_the_products),
    cmocka_unit_test(test_declared_seeds_change_nothing),
    cmocka_unit_test(test_seeds_against_their_declaration),
};
TEST_MAIN(tests)
