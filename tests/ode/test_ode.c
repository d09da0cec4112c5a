/* Solutions: against dense least squares, against exact solutions, across lanes, with a factor reused, singular. */
#include "ode/ode_testing.h"

/* Largest difference of h^o u^(o), and of eps, between two solutions [1 + steps m]. */
static double difference(const Problem *p, double h, const double a[], const double b[])
{
  double largest = fabs(a[0] - b[0]);

  for (PetscInt i = 0; i < p->sizes.steps * p->m; i++) {
    largest = fmax(largest, pow(h, (double)(i % (p->sizes.order + 1))) * fabs(a[1 + i] - b[1 + i]));
  }
  return largest;
}

/* The error of a lane, in units of what rounding M and beta does to the exact solution. */
static double error_in_roundings(const Problem *p, PetscInt lane, double h)
{
  const PetscInt n    = p->sizes.steps * p->m;
  double        *want = values_of((size_t)(3 * (n + 1))), *rounded = want + n + 1, *got = rounded + n + 1, error;

  dense_solve(p, lane, 0, want);
  dense_solve(p, lane, PETSC_MACHINE_EPSILON, rounded);
  got[0] = p->epsilon[lane];
  for (PetscInt i = 0; i < n; i++) got[1 + i] = p->u[i * p->sizes.lanes + lane];
  error = difference(p, h, got, want) / (difference(p, h, rounded, want) + PETSC_MACHINE_EPSILON);
  free(want);
  return error;
}

static const DscODEInitial start[] = {{0, 0, 0}, {0, 0, 1}, {0, 0, 2}, {0, 0, 3}, {0, 0, 4}};
static const DscODEInitial pairs[] = {{0, 0, 0}, {0, 1, 0}, {0, 0, 1}, {5, 1, 1}, {9, 0, 0}, {9, 1, 0}};
static const DscODEInitial three[] = {{0, 0, 0}, {0, 1, 0}, {0, 2, 0}, {0, 2, 1}, {0, 1, 1}, {0, 0, 1}};

/* Orders, dimensions, equations, steps, lanes, central rows; the mean step. */
static const struct {
  DscODESizes sizes;
  double      h;
} shapes[] = {
    {{1, 1, 1, 12, 16, PETSC_TRUE, 1, start}, .1},  {{2, 1, 1, 12, 32, PETSC_TRUE, 2, start}, .1},
    {{3, 1, 1, 12, 16, PETSC_TRUE, 3, start}, .1},  {{4, 1, 1, 10, 16, PETSC_TRUE, 4, start}, .1},
    {{5, 1, 1, 8, 16, PETSC_TRUE, 5, start}, .1},   {{6, 1, 1, 6, 16, PETSC_TRUE, 5, start}, .1},
    {{2, 1, 1, 2, 16, PETSC_TRUE, 2, start}, .1},   {{2, 1, 1, 3, 16, PETSC_TRUE, 2, start}, .1},
    {{2, 1, 1, 4, 16, PETSC_TRUE, 2, start}, .1},   {{2, 1, 1, 12, 16, PETSC_FALSE, 2, start}, .1},
    {{3, 1, 2, 12, 16, PETSC_TRUE, 1, start}, .1},  {{2, 2, 2, 10, 16, PETSC_TRUE, 6, pairs}, .1},
    {{2, 2, 2, 10, 16, PETSC_FALSE, 6, pairs}, .1}, {{3, 2, 2, 10, 16, PETSC_TRUE, 6, pairs}, .1},
    {{2, 2, 1, 10, 16, PETSC_TRUE, 6, pairs}, .1},  {{1, 2, 2, 10, 16, PETSC_TRUE, 2, pairs}, .1},
    {{2, 3, 3, 6, 16, PETSC_TRUE, 6, three}, .1},   {{1, 3, 3, 6, 16, PETSC_TRUE, 3, three}, .1},
    {{4, 1, 1, 8, 16, PETSC_TRUE, 4, start}, .01},  {{5, 1, 1, 8, 16, PETSC_TRUE, 5, start}, .01},
};
enum { SHAPES = sizeof(shapes) / sizeof(shapes[0]) };

/* Every shape's kernels; coefficients of the highest orders random, tiny or zero. */
static void equal_dense_least_squares(void **state)
{
  static const double factor[] = {1, 1e-6, 0};

  (void)state;
  for (size_t i = 0; i < SHAPES; i++) {
    for (int kind = 0; kind < (shapes[i].sizes.order > 2 ? 3 : 1); kind++) {
      Problem        p     = problem_create(shapes[i].sizes);
      const PetscInt lanes = p.sizes.lanes, order = p.sizes.order;

      problem_randomize(&p, i + 1, shapes[i].h);
      for (size_t j = 0; j < p.nc; j++) {
        if ((PetscInt)(j / (size_t)lanes) % (order + 1) > 2) p.c[j] *= factor[kind];
      }
      problem_solve(&p);
      for (PetscInt lane = kind; lane < lanes; lane += 19) {
        assert_true(error_in_roundings(&p, lane, shapes[i].h) < 500);
      }
      problem_destroy(&p);
    }
  }
}

/* ---- exact solutions ---- */

/* One lane's ODE sum_o c_o u^(o) = b(t), u^(o)(0) given for o < conditions, steps h; the same in all lanes. */
static Problem constant_problem(PetscInt d, PetscInt n, double h, const double c[], double (*b)(double),
                                PetscInt conditions, const double initial[])
{
  const DscODESizes sizes = {d, 1, 1, n, 16, PETSC_TRUE, conditions, start};
  Problem           p     = problem_create(sizes);

  for (size_t i = 0; i < p.nc; i++) p.c[i] = c[(i / 16) % (size_t)(d + 1)];
  for (size_t i = 0; i < p.nb; i++) p.b[i] = b(h * (double)(i / 16));
  for (size_t i = 0; i < p.ni; i++) p.initial[i] = initial[i / 16];
  for (size_t i = 0; i < p.ns; i++) p.s[i] = h;
  problem_solve(&p);
  return p;
}

static double largest_error(const Problem *p, double h, double (*exact)(double))
{
  double largest = 0;
  for (PetscInt t = 0; t < p->sizes.steps; t++) {
    largest = fmax(largest, fabs(p->u[t * p->m * p->sizes.lanes] - exact((double)t * h)));
  }
  return largest;
}

static double cosine3(double t)
{
  return cos(3 * t);
}

static double sine3(double t)
{
  return sin(3 * t) / 3;
}

static double zero(double t)
{
  (void)t;
  return 0;
}

/* u' = cos 3t with u_0 = 0 */
static double cosine_error(PetscInt d, PetscInt n, double h)
{
  const double c[7] = {0, 1}, initial[1] = {0};
  Problem      p     = constant_problem(d, n, h, c, cosine3, 1, initial);
  const double error = largest_error(&p, h, sine3);
  problem_destroy(&p);
  return error;
}

/* u'' + u = 0 with u_0 = 1, u'_0 = 0 */
static double oscillator_error(PetscInt d, PetscInt n, double h)
{
  const double c[7] = {1, 0, 1}, initial[2] = {1, 0};
  Problem      p     = constant_problem(d, n, h, c, zero, 2, initial);
  const double error = largest_error(&p, h, cos);
  problem_destroy(&p);
  return error;
}

static void reaches_published_errors(void **state)
{
  static const double cosine[] = {4.95e-5, 1.25e-8, 4.65e-9, 1.25e-11}, oscillator[] = {1.05e-2, 4.75e-3, 3.15e-6};

  (void)state;
  for (PetscInt d = 2; d <= 5; d++) assert_true(cosine_error(d, 50, .01) < cosine[d - 2]);
  for (PetscInt d = 2; d <= 4; d++) assert_true(oscillator_error(d, 500, .05) < oscillator[d - 2]);
}

/* Halving the step divides the error by 2^p. */
static void converges_with_its_order(void **state)
{
  static const double oscillator[] = {2, 2, 4, 4}, cosine[] = {2, 4, 4, 5.5};

  (void)state;
  for (PetscInt d = 2; d <= 5; d++) {
    const double first  = log2(oscillator_error(d, 65, 1. / 16) / oscillator_error(d, 129, 1. / 32));
    const double second = log2(cosine_error(d, 33, 1. / 32) / cosine_error(d, 65, 1. / 64));
    assert_true(fabs(first - oscillator[d - 2]) < .2);
    assert_true(fabs(second - cosine[d - 2]) < .4);
  }
}

/* u'' + 2 v' + 5 u = 0, v'' - 2 u' + 5 v = 0: u + iv = z with z'' - 2iz' + 5z = 0, z = exp(i (1 + sqrt 6) t). */
static void solves_a_coupled_system(void **state)
{
  static const DscODEInitial at[]  = {{0, 0, 0}, {0, 1, 0}, {0, 0, 1}, {0, 1, 1}};
  const DscODESizes          sizes = {4, 2, 2, 201, 16, PETSC_TRUE, 4, at};
  const double               w = 1 + sqrt(6.), initial[] = {1, 0, 0, w}, h = .01;
  Problem                    p = problem_create(sizes);

  (void)state;
  for (PetscInt t = 0; t < 201; t++) {
    for (PetscInt lane = 0; lane < 16; lane++) {
      double *c = p.c + t * 2 * p.m * 16 + lane;
      c[0] = c[(10 + 5) * 16] = 5;
      c[2 * 16] = c[(10 + 7) * 16] = 1;
      c[6 * 16]                    = 2;
      c[(10 + 1) * 16]             = -2;
    }
  }
  for (size_t i = 0; i < p.ni; i++) p.initial[i] = initial[i / 16];
  for (size_t i = 0; i < p.ns; i++) p.s[i] = h;
  problem_solve(&p);
  for (PetscInt t = 0; t < 201; t++) {
    const double *u = p.u + t * p.m * 16;
    assert_true(fabs(u[0] - cos(w * h * (double)t)) < 1e-6 && fabs(u[5 * 16] - sin(w * h * (double)t)) < 1e-6);
  }
  problem_destroy(&p);
}

/* Far beyond the length at which a dense matrix fits: constant error of the method, no loss with n. */
static void keeps_its_digits_over_many_steps(void **state)
{
  (void)state;
  assert_true(oscillator_error(5, 3201, .00625) < 1e-9);
}

/* ---- lanes, factors ---- */

static void assert_same_bits(size_t n, const double a[], const double b[])
{
  assert_memory_equal(a, b, n * sizeof(double));
}

/* A lane among others, elsewhere: solution and adjoint have the same bits. */
static void lanes_do_not_see_each_other(void **state)
{
  (void)state;
  for (size_t i = 0; i < SHAPES; i += 3) {
    const size_t L = (size_t)shapes[i].sizes.lanes;
    Problem      p = problem_create(shapes[i].sizes), q = problem_create(shapes[i].sizes);
    double      *cp, *cq;

    problem_randomize(&p, 3, .1);
    problem_randomize(&q, 4, .2);
    for (size_t j = 0; j < p.nc; j += L) q.c[j + 13] = p.c[j + 2];
    for (size_t j = 0; j < p.nb; j += L) q.b[j + 13] = p.b[j + 2];
    for (size_t j = 0; j < p.ni; j += L) q.initial[j + 13] = p.initial[j + 2];
    for (size_t j = 0; j < p.ns; j += L) q.s[j + 13] = p.s[j + 2];
    q.c[0] = q.b[1] = NAN;
    problem_solve(&p);
    problem_solve(&q);
    for (size_t j = 0; j < p.nu; j += L) assert_same_bits(1, q.u + j + 13, p.u + j + 2);
    assert_same_bits(1, q.epsilon + 13, p.epsilon + 2);
    cp = values_of(p.nc);
    cq = values_of(q.nc);
    CALL(DscODEAdjoint(p.ode, p.u, NULL, cp, NULL, NULL, NULL));
    CALL(DscODEAdjoint(q.ode, q.u, NULL, cq, NULL, NULL, NULL));
    for (size_t j = 0; j < p.nc; j += L) assert_same_bits(1, cq + j + 13, cp + j + 2);
    free(cp);
    free(cq);
    problem_destroy(&p);
    problem_destroy(&q);
  }
}

/* One factor for many right-hand sides, with adjoints between: as if factored for each. */
static void factor_is_reused(void **state)
{
  (void)state;
  for (size_t i = 0; i < SHAPES; i += 3) {
    Problem p   = problem_create(shapes[i].sizes);
    double *bar = values_of(p.nc), *u = values_of(p.nu);

    problem_randomize(&p, 5, .1);
    problem_solve(&p);
    CALL(DscODEAdjoint(p.ode, p.u, p.epsilon, bar, NULL, NULL, NULL));
    fill(p.nb, p.b, 6, 0, 1);
    fill(p.ni, p.initial, 7, 0, 1);
    CALL(DscODESolve(p.ode, p.b, p.initial, u, NULL));
    problem_solve(&p);
    assert_same_bits(p.nu, p.u, u);
    free(bar);
    free(u);
    problem_destroy(&p);
  }
}

/* ---- singular ---- */

static PetscBool all_finite(size_t n, const double x[])
{
  for (size_t i = 0; i < n; i++) {
    if (!isfinite(x[i])) return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

/* What no condition determines is near 0 at the beginning; lanes that are determined are as without their neighbours. */
static void singular_problems_have_an_answer(void **state)
{
  static const DscODEInitial none[] = {{0, 0, 0}};

  (void)state;
  for (PetscInt ninitial = 0; ninitial < 2; ninitial++) {
    for (PetscInt d = 1; d <= 6; d++) {
      for (PetscInt n = 2; n < 300; n *= 11) {
        const DscODESizes   sizes = {d, 1, 1, n, 16, PETSC_TRUE, ninitial, none};
        Problem             p     = problem_create(sizes);
        double             *bar = values_of(p.nc), *sbar = values_of(p.ns);
        const DscODEStatus *status;

        problem_randomize(&p, 8, .1);
        for (size_t i = 0; i < p.nc; i++) {
          const size_t lane = i % 16, o = i / 16 % (size_t)(d + 1);
          p.c[i] = lane == 0 || o > 1 ? 0 : lane == 1 ? (double)(o == 1) : lane == 2 ? (double)(o == 0) : p.c[i];
        }
        problem_solve(&p);
        CALL(DscODEAdjoint(p.ode, p.u, p.epsilon, bar, NULL, NULL, sbar));
        assert_true(all_finite(p.nu, p.u) && all_finite(16, p.epsilon) && all_finite(p.nc, bar) &&
                    all_finite(p.ns, sbar));
        CALL(DscODEGetStatus(p.ode, &status));
        if (d > 1 || ninitial == 0) assert_int_equal(status[0], DSC_ODE_REGULARISED); /* no equation */
        for (PetscInt i = 0; ninitial == 0 && i < p.m; i++) {
          assert_true(fabs(p.u[i * 16]) * pow(.1 * (double)n, (double)i) / factorial(i) < 1e-4);
        }
        if (d == 1) assert_int_equal(status[1], ninitial ? DSC_ODE_DETERMINED : DSC_ODE_REGULARISED); /* u' = b */
        if (ninitial == 0 && d == 1) assert_true(fabs(p.u[1]) < 1e-6);
        if (d == 1 && n > 2) assert_int_equal(status[2], DSC_ODE_DETERMINED); /* u = b */
        free(bar);
        free(sbar);
        problem_destroy(&p);
      }
    }
  }
}

static void wrong_calls_are_errors(void **state)
{
  static const DscODEInitial twice[] = {{0, 0, 0}, {0, 0, 0}}, beyond[] = {{12, 0, 0}};
  static const DscODEInitial many[] = {{0, 0, 0}, {0, 0, 1}, {0, 0, 2}};
  static const DscODESizes wrong[]  = {{0, 1, 1, 12, 16, PETSC_TRUE, 0, NULL},   {7, 1, 1, 12, 16, PETSC_TRUE, 0, NULL},
                                       {2, 1, 1, 1, 16, PETSC_TRUE, 0, NULL},    {2, 1, 1, 12, 8, PETSC_TRUE, 0, NULL},
                                       {2, 0, 1, 12, 16, PETSC_TRUE, 0, NULL},   {2, 1, 1, 12, 16, PETSC_TRUE, 2, twice},
                                       {2, 1, 1, 12, 16, PETSC_TRUE, 1, beyond}, {2, 1, 1, 12, 16, PETSC_TRUE, 3, many}};
  Problem                  p        = problem_create((DscODESizes){2, 1, 1, 12, 16, PETSC_TRUE, 2, start});

  (void)state;
  CALL(PetscPushErrorHandler(PetscIgnoreErrorHandler, NULL));
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
    DscODE ode;
    assert_int_not_equal(DscODECreate(&wrong[i], &ode), 0);
    CALL(DscODEDestroy(&ode));
  }
  problem_randomize(&p, 1, .1);
  assert_int_not_equal(DscODESolve(p.ode, p.b, p.initial, p.u, NULL), 0);
  p.s[17] = 0;
  assert_int_equal(DscODEFactor(p.ode, p.c, p.s), PETSC_ERR_ARG_OUTOFRANGE);
  p.s[17] = NAN;
  assert_int_equal(DscODEFactor(p.ode, p.c, p.s), PETSC_ERR_ARG_OUTOFRANGE);
  CALL(PetscPopErrorHandler());
  problem_destroy(&p);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(equal_dense_least_squares),
    cmocka_unit_test(reaches_published_errors),
    cmocka_unit_test(converges_with_its_order),
    cmocka_unit_test(solves_a_coupled_system),
    cmocka_unit_test(keeps_its_digits_over_many_steps),
    cmocka_unit_test(lanes_do_not_see_each_other),
    cmocka_unit_test(factor_is_reused),
    cmocka_unit_test(singular_problems_have_an_answer),
    cmocka_unit_test(wrong_calls_are_errors),
};

TEST_MAIN(tests)
