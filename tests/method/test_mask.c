/* Masks on a schedule: known curves of the test error, estimators that keep nothing, coefficients that are trained. */
#include "method_testing.h"

#include "method/constraint.h"
#include "method/schedule.h"

/* ---- when: curves of the test error ------------------------------------------------------------------------- */

enum { N = 700 };

/* What was done at each iteration: m(ask), r(emember), c (recall), or nothing. */
static void follow(DscSchedule *s, double (*error)(PetscInt), PetscInt begin, PetscInt end, char done[])
{
  const PetscInt interval = DscScheduleTestInterval(s);

  for (PetscInt i = begin; i < end; i++) {
    DscScheduleAction action;

    DscScheduleStep(s, i, interval > 0 && i % interval == 0 ? error(i) : NAN, &action);
    assert_true(action.mask + action.remember + action.recall <= 1);
    done[i] = action.mask ? 'm' : action.remember ? 'r' : action.recall ? 'c' : '.';
  }
}

static DscSchedule schedule_of(const char *kind, const char *interval)
{
  DscOptions options =
      options_of(NULL, "mask_schedule", kind, "mask_start", "120", "mask_interval", interval, "mask_patience", "100",
                 "mask_delta", "0.01", "mask_test_interval", "20", "data_test_fraction", "0.2", NULL);
  DscSchedule s;

  CALL(DscScheduleCreate(options, &s));
  CALL(DscOptionsDestroy(&options));
  return s;
}

/* Smallest at 240, then it rises. */
static double valley(PetscInt i)
{
  return 1.0 + 0.01 * fabs((double)i - 240.0);
}

/* Falls for ever, by .004 in 20 iterations: by more than .01 only every third time. */
static double slope(PetscInt i)
{
  return 2.0 - 0.0002 * (double)i;
}

static void test_periodic(void **state)
{
  DscSchedule s = schedule_of("periodic", "50"), never = schedule_of("periodic", "0");
  char        done[N];
  (void)state;

  assert_true(DscScheduleIsWaiting(&s));
  assert_false(DscScheduleIsWaiting(&never)); /* there is nothing to wait for */
  follow(&s, valley, 0, N, done);
  for (PetscInt i = 0; i < N; i++) assert_int_equal(done[i], i >= 120 && (i - 120) % 50 == 0 ? 'm' : '.');
  assert_false(DscScheduleIsWaiting(&s));
  follow(&never, valley, 0, N, done);
  for (PetscInt i = 0; i < N; i++) assert_int_equal(done[i], '.');
}

static void test_train_test(void **state)
{
  static const char *const intervals[] = {"50", "0"};
  (void)state;

  for (int periodic = 0; periodic < 2; periodic++) {
    for (int k = 0; k < 2; k++) {
      DscSchedule s = schedule_of(periodic ? "train_test_periodic" : "train_test", intervals[k]);
      char        done[N];

      follow(&s, valley, 0, 341, done);
      assert_true(DscScheduleIsWaiting(&s));
      follow(&s, valley, 341, N, done);
      assert_false(DscScheduleIsWaiting(&s));
      for (PetscInt i = 0; i < N; i++) {
        const PetscBool again    = (PetscBool)(periodic && k == 0 && i > 341 && (i - 341) % 50 == 0);
        const char      expected = i <= 240 && i % 20 == 0 ? 'r' : i == 340 ? 'c' : i == 341 || again ? 'm' : '.';

        assert_int_equal(done[i], expected);
      }
    }
  }
}

/* Small improvements count once they have added up, against what is remembered. */
static void test_small_improvements_add_up(void **state)
{
  DscSchedule s = schedule_of("train_test", "50");
  char        done[N];
  (void)state;

  follow(&s, slope, 0, N, done);
  for (PetscInt i = 0; i < N; i++) assert_int_equal(done[i], i % 60 == 0 ? 'r' : '.');
}

static void test_schedule_goes_on_from_a_state(void **state)
{
  static const PetscInt stops[] = {1, 100, 239, 241, 300, 340, 341, 342, 392};
  (void)state;

  for (size_t k = 0; k < sizeof(stops) / sizeof(stops[0]); k++) {
    DscSchedule whole = schedule_of("train_test_periodic", "50"), first = whole, second = whole;
    char        expected[N], done[N];
    DscBuffer   buffer;

    follow(&whole, valley, 0, N, expected);
    follow(&first, valley, 0, stops[k], done);
    CALL(DscBufferCreate(&buffer));
    CALL(DscScheduleSave(&first, buffer));
    CALL(DscBufferRewind(buffer));
    CALL(DscScheduleRestore(&second, buffer));
    follow(&second, valley, stops[k], N, done);
    assert_memory_equal(done, expected, N);
    CALL(DscBufferDestroy(&buffer));
  }
}

/* ---- what: moments in, coefficients out ---------------------------------------------------------------------- */

enum { M = 3, LANES = 16 };
static const char *const constraints[] = {"least_squares", "ridge", "gradient"};

typedef struct {
  DscConstraint constraint;
  DscMoments    moments;
  DscCoupling   coupling;
  double        extra[M], gradient[M];
} Fixture;

/* y = share[0] theta_0 + ... + a part that no term has; 4 orthogonal rows of mean square 1. */
static void set_moments(Fixture *x, const double share[M], double other)
{
  double X[(M + 1) * LANES], *sums, sse = 1.0;

  CALL(PetscCalloc1(x->moments.nsums, &sums));
  for (int l = 0; l < LANES; l++) {
    double walsh[M + 1];

    for (int j = 0; j <= M; j++) walsh[j] = l >> j & 1 ? 1.0 : -1.0;
    X[M * LANES + l] = other * walsh[M];
    for (int j = 0; j < M; j++) {
      X[j * LANES + l] = walsh[j];
      X[M * LANES + l] += share[j] * walsh[j];
    }
  }
  CALL(DscMomentsAdd(&x->moments, 0, LANES, LANES, X, sums));
  CALL(DscMomentsSet(&x->moments, 0, sums, &sse, NULL));
  CALL(PetscFree(sums));
}

static void create(Fixture *x, const char *constraint)
{
  const double one = 1.0, nsamples = LANES;
  DscOptions   options = options_of(NULL, "constraint", constraint, "mask_threshold", "0.3", "mask_start", "0",
                                    "mask_interval", "10", NULL);

  CALL(DscConstraintCreate(options, 1, M, 1, &one, &one, &x->constraint));
  CALL(DscMomentsCreate(1, M, 1, 1, &nsamples, &x->moments));
  CALL(DscCouplingCreate(&x->moments, &x->coupling));
  for (int j = 0; j < M; j++) x->extra[j] = 0.25;
  CALL(DscOptionsDestroy(&options));
}

static void destroy(Fixture *x)
{
  CALL(DscCouplingDestroy(&x->coupling));
  CALL(DscMomentsDestroy(&x->moments));
  CALL(DscConstraintDestroy(&x->constraint));
}

static const DscRegression *couple(Fixture *x, PetscInt iteration)
{
  const DscRegression *regression;

  for (int j = 0; j < M; j++) x->gradient[j] = NAN;
  CALL(DscConstraintCouple(x->constraint, iteration, &x->moments, x->extra, x->gradient, &x->coupling));
  CALL(DscConstraintGetRegression(x->constraint, 0, &regression));
  assert_true(isfinite(x->coupling.loss));
  for (int i = 0; i < (M + 1) * (M + 1); i++) assert_true(isfinite(x->coupling.W[i]));
  for (int j = 0; j < M; j++) {
    assert_true(isfinite(regression->coefficients[j]) && isfinite(regression->std[j]));
    if (strcmp(x->constraint->ops->name, "gradient") == 0) assert_true(isfinite(x->gradient[j]));
  }
  return regression;
}

/* Nothing is large enough: u_t = 0 is the equation, whose error weighs on u_t alone, until the next mask. */
static void test_empty_mask(void **state)
{
  static const double none[M] = {0.1, 0.2, 0.1}, two[M] = {2.0, 0.1, -1.0};
  (void)state;

  for (int c = 0; c < 3; c++) {
    const DscRegression *regression;
    Fixture              x;

    create(&x, constraints[c]);
    set_moments(&x, none, 1.0);
    regression = couple(&x, 0);
    for (int j = 0; j < M; j++) {
      assert_false(regression->active[j]);
      assert_true(regression->coefficients[j] == 0.0);
    }
    assert_true(fabs(x.coupling.loss - (1.06 + 1.0 / LANES)) < 1e-12); /* |y|^2 / N + sse / N */
    for (int i = 0; i < (M + 1) * (M + 1); i++) {
      const double expected = i == (M + 1) * (M + 1) - 1 ? 2.0 / LANES : 0.0;
      assert_true(fabs(x.coupling.W[i] - expected) < 1e-14);
    }
    set_moments(&x, two, 1.0);
    regression = couple(&x, 9);
    for (int j = 0; j < M; j++) assert_false(regression->active[j]);
    regression = couple(&x, 10);
    assert_true(regression->active[0] && !regression->active[1] && regression->active[2]);
    CALL(DscConstraintFinish(x.constraint, &x.moments));
    assert_true(fabs(regression->coefficients[0] - 2.0) < 1e-12);
    assert_true(regression->coefficients[1] == 0.0);
    destroy(&x);
  }
}

/* An equation without terms at the end is an answer too. */
static void test_empty_mask_at_the_end(void **state)
{
  static const double none[M] = {0.1, 0.2, 0.1};
  (void)state;

  for (int c = 0; c < 3; c++) {
    const DscRegression *regression;
    Fixture              x;

    create(&x, constraints[c]);
    set_moments(&x, none, 1.0);
    regression = couple(&x, 5);
    assert_true(regression->active[1]);
    CALL(DscConstraintFinish(x.constraint, &x.moments));
    for (int j = 0; j < M; j++) {
      assert_false(regression->active[j]);
      assert_true(regression->coefficients[j] == 0.0 && regression->std[j] == 0.0 && isnan(regression->inclusion[j]));
    }
    assert_true(fabs(regression->residual - 1.06 * LANES) < 1e-12);
    destroy(&x);
  }
}

/* The parameter of a masked term is 0, whatever the optimiser does to it, and does not move; it begins there again. */
static void test_masked_parameters_are_held_at_zero(void **state)
{
  static const double one[M] = {2.0, 0.1, 0.1}, two[M] = {2.0, 0.1, -1.0};
  Fixture             x;
  (void)state;

  create(&x, "gradient");
  set_moments(&x, one, 1.0);
  for (PetscInt i = 0; i < 10; i++) {
    const DscRegression *regression = couple(&x, i);

    assert_true(regression->active[0] && !regression->active[1] && !regression->active[2]);
    assert_true(x.extra[0] != 0.0 && regression->coefficients[0] != 0.0 && x.gradient[0] != 0.0);
    for (int j = 1; j < M; j++) {
      assert_true(x.extra[j] == 0.0 && regression->coefficients[j] == 0.0 && x.gradient[j] == 0.0);
    }
    for (int j = 0; j < M; j++) x.extra[j] += 0.01; /* momentum */
  }
  set_moments(&x, two, 1.0);
  assert_true(couple(&x, 10)->active[2] && x.extra[2] == 0.01 && x.gradient[2] != 0.0);
  destroy(&x);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_periodic),
    cmocka_unit_test(test_train_test),
    cmocka_unit_test(test_small_improvements_add_up),
    cmocka_unit_test(test_schedule_goes_on_from_a_state),
    cmocka_unit_test(test_empty_mask),
    cmocka_unit_test(test_empty_mask_at_the_end),
    cmocka_unit_test(test_masked_parameters_are_held_at_zero),
};
TEST_MAIN(tests)
