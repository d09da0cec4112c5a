/*
  Every op of the table, in every jet order up to 6: the adjoint against central differences in double, single against
  double. Each op is tested on inputs of the graph, and between two other ops, where it may share their memory.
*/
#include "test_main.h"
#include "ad/ops.h"

#include <math.h>
#include <string.h>

#define LANES      16
#define MAX_LENGTH (8 * 16 * LANES)

typedef struct {
  DscGraph     graph;
  DscWorkspace workspace;
  DscNode      inputs[3], output;
  PetscInt     ninputs, jets, length[3], output_length, size;
  double       x[3][MAX_LENGTH], ybar[MAX_LENGTH], y[MAX_LENGTH], theta[64];
} Problem;

static DscJet jet_of_order(PetscInt order)
{
  return (DscJet){.ndirections = 2, .order = {order, order / 2}};
}

/* Values: away from singularities where the op has them. Coefficients shrink with their order, as a smooth field's do. */
static double draw(const DscOp *op, PetscInt input, PetscInt jet, PetscInt i)
{
  const double z = DscRandomNormal(5, DSC_STREAM_TEST, (uint64_t)(1000 * input + i));
  if (jet > 0) return .5 * z;
  return op->flags & DSC_OP_POSITIVE ? 1 + .3 * tanh(z) : .7 * z;
}

static void create(Problem *p, const DscOp *op, PetscInt order, DscPrecision precision, bool between)
{
  const DscJet   jet       = jet_of_order(order);
  DscOpArguments arguments = {.nparameters = op->nparameters};
  DscNode        node;

  memset(p, 0, sizeof(*p));
  p->jets = DscJetSize(&jet);
  CALL(DscGraphCreate(precision, &jet, LANES, &p->graph));
  for (p->ninputs = 0; p->ninputs < 3 && op->example_features[p->ninputs] > 0; p->ninputs++) {
    const PetscInt i = p->ninputs;
    CALL(DscGraphAddInput(p->graph, op->example_features[i], &p->inputs[i]));
    CALL(DscGraphWantInputAdjoint(p->graph, p->inputs[i]));
    p->length[i]        = op->example_features[i] * p->jets * LANES;
    arguments.inputs[i] = p->inputs[i];
    if (between) CALL(DscGraphAddAffine(p->graph, p->inputs[i], .9, .1, &arguments.inputs[i]));
    for (PetscInt j = 0; j < p->length[i]; j++) p->x[i][j] = draw(op, i, j / LANES % p->jets, j);
  }
  arguments.ninputs = p->ninputs;
  memcpy(arguments.integers, op->example_integers, sizeof(op->example_integers));
  memcpy(arguments.reals, op->example_reals, sizeof(op->example_reals));
  if (op->nparameters)
    CALL(DscGraphAddParameter(p->graph, "parameter", op->example_rows, op->example_columns, &arguments.parameters[0]));
  CALL(DscGraphAddOp(p->graph, op->name, &arguments, &node));
  if (between) CALL(DscGraphAddAffine(p->graph, node, 1.1, -.2, &node));
  p->output = node;
  CALL(DscGraphAddOutput(p->graph, node));
  CALL(DscGraphSetUp(p->graph));
  CALL(DscWorkspaceCreate(p->graph, &p->workspace));
  CALL(DscGraphGetFeatures(p->graph, node, &p->output_length));
  CALL(DscGraphGetSize(p->graph, &p->size));
  p->output_length *= p->jets * LANES;
  for (PetscInt i = 0; i < p->size; i++) p->theta[i] = DscRandomNormal(6, DSC_STREAM_TEST, (uint64_t)i);
  for (PetscInt i = 0; i < p->output_length; i++) p->ybar[i] = DscRandomNormal(7, DSC_STREAM_TEST, (uint64_t)i);
}

static void destroy(Problem *p)
{
  CALL(DscWorkspaceDestroy(&p->workspace));
  CALL(DscGraphDestroy(&p->graph));
}

/* loss[lane] = sum of ybar y over features and jets */
static void evaluate(Problem *p, double loss[LANES])
{
  CALL(DscGraphSetParameters(p->graph, p->theta));
  for (PetscInt i = 0; i < p->ninputs; i++) CALL(DscGraphSetInputJets(p->graph, p->workspace, p->inputs[i], p->x[i]));
  CALL(DscGraphForward(p->graph, p->workspace));
  CALL(DscGraphGetOutput(p->graph, p->workspace, p->output, p->y));
  memset(loss, 0, LANES * sizeof(double));
  for (PetscInt i = 0; i < p->output_length; i++) loss[i % LANES] += p->ybar[i] * p->y[i];
}

static void backward(Problem *p)
{
  double loss[LANES];
  evaluate(p, loss);
  CALL(DscGraphZeroGradient(p->graph));
  CALL(DscGraphSetOutputAdjoint(p->graph, p->workspace, p->output, p->ybar));
  CALL(DscGraphBackward(p->graph, p->workspace));
}

/* Central differences, fourth order. All lanes are independent, so that one perturbation serves them all. */
static void differences(Problem *p, double *entries, PetscInt count, double slope[LANES])
{
  const double h = 1e-3, weights[] = {-1. / 12, 2. / 3, -2. / 3, 1. / 12}, steps[] = {2, 1, -1, -2};
  memset(slope, 0, LANES * sizeof(double));
  for (int s = 0; s < 4; s++) {
    double loss[LANES];
    for (PetscInt l = 0; l < count; l++) entries[l] += steps[s] * h;
    evaluate(p, loss);
    for (PetscInt l = 0; l < count; l++) entries[l] -= steps[s] * h;
    for (int l = 0; l < LANES; l++) slope[l] += weights[s] * loss[l] / h;
  }
}

static void assert_close(double a, double b, double tolerance, const DscOp *op, PetscInt order)
{
  if (fabs(a - b) > tolerance * (1 + fabs(b)))
    fail_msg("op '%s' at order %d: %.12g, expected %.12g", op->name, (int)order, a, b);
}

static void check_adjoint(const DscOp *op, PetscInt order, bool between)
{
  static Problem p;
  static double  xbar[MAX_LENGTH], thetabar[64];
  double         slope[LANES];

  create(&p, op, order, DSC_DOUBLE, between);
  backward(&p);
  CALL(DscGraphGetGradient(p.graph, thetabar));
  for (PetscInt i = 0; i < p.ninputs; i++) {
    backward(&p);
    CALL(DscGraphGetInputAdjoint(p.graph, p.workspace, p.inputs[i], xbar));
    for (PetscInt j = 0; j < p.length[i]; j += LANES) {
      differences(&p, p.x[i] + j, LANES, slope);
      for (PetscInt l = 0; l < LANES; l++) assert_close(xbar[j + l], slope[l], 2e-8, op, order);
    }
  }
  for (PetscInt i = 0; i < p.size; i++) {
    double sum = 0;
    differences(&p, p.theta + i, 1, slope);
    for (PetscInt l = 0; l < LANES; l++) sum += slope[l];
    assert_close(thetabar[i], sum, 2e-8, op, order);
  }
  destroy(&p);
}

static void test_adjoints(void **state)
{
  (void)state;
  for (PetscInt i = 0; i < DscOpCount; i++) {
    for (PetscInt order = 0; order <= 6; order++) {
      check_adjoint(&DscOps[i], order, false);
      check_adjoint(&DscOps[i], order, true);
    }
  }
}

static void test_single_follows_double(void **state)
{
  static Problem d, s;
  static double  xbar_d[MAX_LENGTH], xbar_s[MAX_LENGTH];
  (void)state;
  for (PetscInt i = 0; i < DscOpCount; i++) {
    for (PetscInt order = 0; order <= 6; order++) {
      create(&d, &DscOps[i], order, DSC_DOUBLE, true);
      create(&s, &DscOps[i], order, DSC_SINGLE, true);
      backward(&d);
      backward(&s);
      for (PetscInt j = 0; j < d.output_length; j++) assert_close(s.y[j], d.y[j], 2e-4, &DscOps[i], order);
      CALL(DscGraphGetInputAdjoint(d.graph, d.workspace, d.inputs[0], xbar_d));
      CALL(DscGraphGetInputAdjoint(s.graph, s.workspace, s.inputs[0], xbar_s));
      for (PetscInt j = 0; j < d.length[0]; j++) assert_close(xbar_s[j], xbar_d[j], 2e-3, &DscOps[i], order);
      destroy(&d);
      destroy(&s);
    }
  }
}

static void test_table_is_consistent(void **state)
{
  (void)state;
  for (PetscInt i = 0; i < DscOpCount; i++) {
    const DscOp *op = &DscOps[i], *found;
    CALL(DscOpFind(op->name, &found));
    assert_ptr_equal(op, found);
    /* An op that works in place cannot read the input that it has overwritten. */
    assert_false(op->flags & DSC_OP_INPLACE && op->flags & DSC_OP_READS_X);
    assert_true(op->example_features[0] > 0);
    assert_true((op->example_rows > 0) == (op->nparameters > 0));
  }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_table_is_consistent),
    cmocka_unit_test(test_adjoints),
    cmocka_unit_test(test_single_follows_double),
};
TEST_MAIN(tests)
