/* Normalizing flows: unit integral, log p against the transform, jets and adjoints against differences, tails. */
#include "net/net_testing.h"
#include "net/flow.h"

enum { LANES = 16, MAX_JETS = 5, MAX_SIZE = 1000 };

static const DscNetInfo info  = {.ninputs = 2, .noutputs = 1};
static const DscJet     value = {0}, jet = {.ndirections = 2, .order = {1, 3}}; /* direction 0: t, 1: x */

typedef struct {
  const char *transform, *sigmoid;
} Case;
static const Case cases[] = {{"sigmoids", "normal"}, {"sigmoids", "logistic"}, {"planar", "normal"}};
enum { NCASES = 3 };

/* ---- a flow, and what its graph says at (t, x) ------------------------------------------------------------------ */

typedef struct {
  DscNet       net;
  DscGraph     graph;
  DscWorkspace workspace;
  DscNode      x, y, z;
  DscJet       jet;
  PetscInt     size, jets;
  double       theta[MAX_SIZE];
  double       out[2 * MAX_JETS * LANES], transform[MAX_JETS * LANES]; /* [p | log p][jet][lane] */
} Flow;

static const double seeds[4] = {1, 0, 0, 1}; /* of t, of x */

static void create(const Case *c, const DscJet *of, DscPrecision precision, Flow *f)
{
  DscOptions options = optionsOf("approximator", "flow", "flow_transform", c->transform, "flow_sigmoid", c->sigmoid,
                                 "flow_layers", "6,5", NULL);

  f->jet  = *of;
  f->jets = DscJetSize(of);
  OK(DscNetCreate(options, &info, &f->net));
  OK(DscGraphCreate(precision, of, LANES, &f->graph));
  OK(DscGraphAddInput(f->graph, 2, &f->x));
  if (f->jets > 1 && precision == DSC_DOUBLE) OK(DscGraphDeclareSeeds(f->graph, f->x, seeds));
  OK(DscFlowBuild(f->net, f->graph, f->x, &f->y, &f->z));
  OK(DscGraphAddOutput(f->graph, f->y));
  OK(DscGraphAddOutput(f->graph, f->z));
  OK(DscGraphSetUp(f->graph));
  OK(DscWorkspaceCreate(f->graph, &f->workspace));
  OK(DscGraphGetSize(f->graph, &f->size));
  assert_true(f->size <= MAX_SIZE);
  OK(DscNetInitialize(f->net, f->graph, 3, f->theta));
  OK(DscGraphSetParameters(f->graph, f->theta));
  OK(DscOptionsDestroy(&options));
}

static void destroy(Flow *f)
{
  OK(DscNetDestroy(&f->net));
  OK(DscWorkspaceDestroy(&f->workspace));
  OK(DscGraphDestroy(&f->graph));
}

static void disturb(Flow *f, double amplitude, uint64_t seed)
{
  for (PetscInt i = 0; i < f->size; i++) f->theta[i] += amplitude * DscRandomNormal(seed, DSC_STREAM_TEST, (uint64_t)i);
  OK(DscGraphSetParameters(f->graph, f->theta));
}

static void evaluate(Flow *f, const double t[LANES], const double x[LANES])
{
  double in[2 * LANES];

  for (int lane = 0; lane < LANES; lane++) {
    in[lane]         = t[lane];
    in[LANES + lane] = x[lane];
  }
  OK(DscGraphSetInput(f->graph, f->workspace, f->x, in, f->jets > 1 ? seeds : NULL));
  OK(DscGraphForward(f->graph, f->workspace));
  OK(DscGraphGetOutput(f->graph, f->workspace, f->y, f->out));
  OK(DscGraphGetOutput(f->graph, f->workspace, f->z, f->transform));
}

/* Moved by (dt, dx) in all lanes. */
static void evaluateAt(Flow *f, const double t[LANES], const double x[LANES], double dt, double dx)
{
  double moved_t[LANES], moved_x[LANES];

  for (int lane = 0; lane < LANES; lane++) {
    moved_t[lane] = t[lane] + dt;
    moved_x[lane] = x[lane] + dx;
  }
  evaluate(f, moved_t, moved_x);
}

static void drawPoints(double t[LANES], double x[LANES])
{
  for (int lane = 0; lane < LANES; lane++) {
    t[lane] = 2 * DscRandomUniform(8, DSC_STREAM_TEST, (uint64_t)lane) - 1;
    x[lane] = 2 * DscRandomUniform(9, DSC_STREAM_TEST, (uint64_t)lane) - 1;
  }
}

/* ---- the density ------------------------------------------------------------------------------------------------ */

/* The trapezoidal rule, which for analytic functions of the whole line converges exponentially. */
static double integral(Flow *f, double time)
{
  const double width = 60, step = 2.5e-3;
  double       t[LANES], x[LANES], sum = 0;

  for (int lane = 0; lane < LANES; lane++) t[lane] = time;
  for (double x0 = -width; x0 < width; x0 += LANES * step) {
    for (int lane = 0; lane < LANES; lane++) x[lane] = x0 + lane * step;
    evaluate(f, t, x);
    for (int lane = 0; lane < LANES; lane++) sum += step * f->out[lane];
  }
  return sum;
}

static void testUnitIntegral(void **state)
{
  const double times[] = {-1, -0.37, 0.5, 1.2};
  static Flow  f;

  (void)state;
  for (int c = 0; c < NCASES; c++) {
    create(&cases[c], &value, DSC_DOUBLE, &f);
    for (uint64_t seed = 0; seed < 3; seed++) {
      for (int i = 0; i < 4; i++) {
        const double one = integral(&f, times[i]);
        if (fabs(one - 1) > 1e-8)
          fail_msg("%s, %s: the integral at t = %g is 1%+.3g", cases[c].transform, cases[c].sigmoid, times[i], one - 1);
      }
      disturb(&f, 0.3, seed);
    }
    destroy(&f);
  }
}

/* Differences of order 8. */
static const double first[5] = {0, 4. / 5, -1. / 5, 4. / 105, -1. / 280};

static void testLogDensityIsOfTransform(void **state)
{
  static Flow  f;
  const double h = 4e-3;
  double       t[LANES], x[LANES];

  (void)state;
  drawPoints(t, x);
  for (int c = 0; c < NCASES; c++) {
    const PetscBool planar      = (PetscBool)(strcmp(cases[c].transform, "planar") == 0);
    double          dzdx[LANES] = {0};
    create(&cases[c], &value, DSC_DOUBLE, &f);
    disturb(&f, 0.3, 1);
    for (int s = -4; s <= 4; s++) {
      evaluateAt(&f, t, x, 0, s * h);
      for (int lane = 0; lane < LANES; lane++) dzdx[lane] += (s < 0 ? -1 : 1) * first[abs(s)] * f.transform[lane] / h;
    }
    evaluate(&f, t, x);
    for (int lane = 0; lane < LANES; lane++) {
      const double z = f.transform[lane], log_base = planar ? -0.5 * z * z - 0.5 * log(2 * PETSC_PI) : 0;
      const double p = f.out[lane], log_p = f.out[LANES + lane];
      assert_true(planar || (z > 0 && z < 1));
      assert_true(fabs(log(p) - log_p) < 1e-12 * (1 + fabs(log_p)));
      if (fabs(log_p - log_base - log(dzdx[lane])) > 1e-8)
        fail_msg("%s, %s at x = %g: log p = %.10g, of the transform %.10g", cases[c].transform, cases[c].sigmoid,
                 x[lane], log_p, log_base + log(dzdx[lane]));
    }
    destroy(&f);
  }
}

/* Adds to d[order] the share of a point s steps of h away in the derivatives of order 1 to 3. */
static void accumulate(int s, double h, double u, double d[4])
{
  static const double second[5] = {-205. / 72, 8. / 5, -1. / 5, 8. / 315, -1. / 560};
  static const double third[5]  = {0, -61. / 30, 169. / 120, -3. / 10, 7. / 240};
  const double        sign      = s < 0 ? -1 : 1;

  d[1] += sign * first[abs(s)] * u / h;
  d[2] += second[abs(s)] * u / (h * h);
  d[3] += sign * third[abs(s)] * u / (h * h * h);
}

static void testJets(void **state)
{
  const double factorial[] = {1, 1, 2, 6}, h = 8e-3;
  static Flow  f, plain;
  double       t[LANES], x[LANES];

  (void)state;
  drawPoints(t, x);
  for (int c = 0; c < NCASES; c++) {
    create(&cases[c], &jet, DSC_DOUBLE, &f);
    create(&cases[c], &value, DSC_DOUBLE, &plain);
    disturb(&f, 0.2, 2);
    disturb(&plain, 0.2, 2);
    evaluate(&f, t, x);
    for (PetscInt direction = 0; direction < 2; direction++) {
      double d[2 * LANES][4] = {{0}};
      for (int s = -4; s <= 4; s++) {
        evaluateAt(&plain, t, x, direction == 0 ? s * h : 0, direction == 1 ? s * h : 0);
        for (int i = 0; i < 2 * LANES; i++) {
          accumulate(s, h, plain.out[i], d[i]);
          if (s == 0) d[i][0] = plain.out[i];
        }
      }
      for (int i = 0; i < 2 * LANES; i++) {
        for (PetscInt k = 0; k <= jet.order[direction]; k++) {
          const PetscInt at    = i / LANES * MAX_JETS + DscJetIndex(&jet, direction, k);
          const double   found = factorial[k] * f.out[at * LANES + i % LANES];
          if (fabs(found - d[i][k]) > 1e-6 * pow(10, (double)k) * (1 + fabs(d[i][k])))
            fail_msg("%s, %s: derivative %d along %d of %s is %g, not %g", cases[c].transform, cases[c].sigmoid, (int)k,
                     (int)direction, i < LANES ? "p" : "log p", found, d[i][k]);
        }
      }
    }
    destroy(&f);
    destroy(&plain);
  }
}

/* ---- gradients -------------------------------------------------------------------------------------------------- */

/* sum of weights times [p | log p][jet][lane] */
static double loss(Flow *f, const double weights[], const double t[LANES], const double x[LANES])
{
  double sum = 0;

  OK(DscGraphSetParameters(f->graph, f->theta));
  evaluate(f, t, x);
  for (PetscInt i = 0; i < 2 * f->jets * LANES; i++) sum += weights[i] * f->out[i];
  return sum;
}

static void backward(Flow *f, const double weights[], double gradient[])
{
  OK(DscGraphZeroGradient(f->graph));
  OK(DscGraphSetOutputAdjoint(f->graph, f->workspace, f->y, weights));
  OK(DscGraphBackward(f->graph, f->workspace));
  OK(DscGraphGetGradient(f->graph, gradient));
}

static void testAdjoint(void **state)
{
  const double steps[] = {1, -1, 2, -2}, shares[] = {2. / 3, -2. / 3, -1. / 12, 1. / 12}, h = 1e-3;
  static Flow  f;
  double       t[LANES], x[LANES], weights[2 * MAX_JETS * LANES], gradient[MAX_SIZE];

  (void)state;
  drawPoints(t, x);
  for (int i = 0; i < 2 * MAX_JETS * LANES; i++) weights[i] = DscRandomNormal(4, DSC_STREAM_TEST, (uint64_t)i);
  for (int c = 0; c < NCASES; c++) {
    double largest = 0;
    create(&cases[c], &jet, DSC_DOUBLE, &f);
    disturb(&f, 0.1, 3);
    loss(&f, weights, t, x);
    backward(&f, weights, gradient);
    for (PetscInt i = 0; i < f.size; i++) largest = fmax(largest, fabs(gradient[i]));
    for (PetscInt i = 0; i < f.size; i++) {
      const double theta = f.theta[i];
      double       slope = 0;
      for (int s = 0; s < 4; s++) {
        f.theta[i] = theta + steps[s] * h;
        slope += shares[s] * loss(&f, weights, t, x) / h;
      }
      f.theta[i] = theta;
      if (fabs(gradient[i] - slope) > 1e-7 * largest)
        fail_msg("%s, %s: gradient of parameter %d is %g, not %g", cases[c].transform, cases[c].sigmoid, (int)i,
                 gradient[i], slope);
    }
    destroy(&f);
  }
}

/* ---- numbers that could overflow or vanish ---------------------------------------------------------------------- */

/* Offset of the last layer's biases, which are the flow's parameters kind by kind. */
static double *lastBiases(Flow *f)
{
  DscDenseLayer last;
  OK(DscNetGetDense(f->graph, f->net->nlayers - 1, &last));
  return f->theta + last.b;
}

/* |x| <= 2 with sigmoids as narrow as they get: single precision follows double, and the gradient stays finite. */
static void testSinglePrecisionInTails(void **state)
{
  static Flow f, exact;
  double      t[LANES], x[LANES], weights[2 * MAX_JETS * LANES], gradient[MAX_SIZE];

  (void)state;
  drawPoints(t, x);
  for (int i = 0; i < 2 * MAX_JETS * LANES; i++) weights[i] = 1;
  for (int lane = 0; lane < LANES; lane++) x[lane] = 2 - 4. * lane / (LANES - 1);
  for (int c = 0; c < NCASES; c++) {
    create(&cases[c], &jet, DSC_SINGLE, &f);
    create(&cases[c], &jet, DSC_DOUBLE, &exact);
    for (int i = 0; c < 2 && i < 10; i++) lastBiases(&f)[20 + i] = lastBiases(&exact)[20 + i] = -5;
    disturb(&f, 0.1, 5);
    disturb(&exact, 0.1, 5);
    evaluate(&f, t, x);
    evaluate(&exact, t, x);
    for (int i = 0; i < 2 * MAX_JETS * LANES; i++) {
      if (!isfinite(f.out[i]))
        fail_msg("%s, %s at x = %g: output %d is %g, in double %g", cases[c].transform, cases[c].sigmoid, x[i % LANES],
                 i / LANES, f.out[i], exact.out[i]);
      if (i >= MAX_JETS * LANES && i < (MAX_JETS + 1) * LANES) assert_true(fabs(f.out[i] - exact.out[i]) < 0.02);
    }
    backward(&f, weights, gradient);
    for (PetscInt i = 0; i < f.size; i++) assert_true(isfinite(gradient[i]));
    destroy(&f);
    destroy(&exact);
  }
}

/* Also where w u^ is -1 to working precision: v = w u far below zero. */
static void testPlanarIsMonotone(void **state)
{
  static Flow f;
  double      t[LANES], x[LANES];

  (void)state;
  for (int precision = 0; precision < 2; precision++) {
    create(&cases[2], &jet, precision ? DSC_SINGLE : DSC_DOUBLE, &f);
    for (uint64_t seed = 0; seed < 200; seed++) {
      drawPoints(t, x);
      OK(DscNetInitialize(f.net, f.graph, seed, f.theta));
      for (int i = 0; i < 10; i++) lastBiases(&f)[i] -= (double)(seed % 50);
      disturb(&f, 1, seed);
      evaluate(&f, t, x);
      for (int lane = 0; lane < LANES; lane++) {
        assert_true(isfinite(f.out[lane]) && isfinite(f.out[MAX_JETS * LANES + lane]));
        if (precision == 0) assert_true(f.transform[DscJetIndex(&jet, 1, 1) * LANES + lane] > 0);
      }
    }
    destroy(&f);
  }
}

/* ---- the start -------------------------------------------------------------------------------------------------- */

static void testStart(void **state)
{
  static Flow f, again, other;

  (void)state;
  for (int c = 0; c < NCASES; c++) {
    double t[LANES], x[LANES], before[LANES];
    create(&cases[c], &value, DSC_DOUBLE, &f);
    create(&cases[c], &jet, DSC_SINGLE, &again);
    create(&cases[c], &value, DSC_DOUBLE, &other);
    OK(DscNetInitialize(other.net, other.graph, 4, other.theta));
    assert_memory_equal(f.theta, again.theta, (size_t)f.size * sizeof(double));
    assert_true(f.theta[0] != other.theta[0] && f.theta[f.size - 31] != other.theta[f.size - 31]);
    for (int lane = 0; lane < LANES; lane++) {
      t[lane] = -1;
      x[lane] = 2. * lane / (LANES - 1) - 1;
    }
    evaluate(&f, t, x);
    for (int lane = 0; lane < LANES; lane++) {
      before[lane] = f.out[lane];
      assert_true(before[lane] > 0.15 && before[lane] < 0.75); /* uniform: 0.5 */
    }
    evaluateAt(&f, t, x, 2, 0);
    for (int lane = 0; lane < LANES; lane++) assert_true(fabs(f.out[lane] / before[lane] - 1) < 0.5);
    destroy(&f);
    destroy(&again);
    destroy(&other);
  }
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(testUnitIntegral),
      cmocka_unit_test(testLogDensityIsOfTransform),
      cmocka_unit_test(testJets),
      cmocka_unit_test(testAdjoint),
      cmocka_unit_test(testSinglePrecisionInTails),
      cmocka_unit_test(testPlanarIsMonotone),
      cmocka_unit_test(testStart),
  };
  int failed;

  if (DscInitialize(&argc, &argv) || DscNetRegisterOptions()) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return DscFinalize() ? 1 : failed;
}
