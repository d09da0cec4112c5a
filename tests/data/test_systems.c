/*
  Generators of systems in time alone: the solver against closed forms, conserved quantities, Taylor series; every
  solution against its equations, by finite differences; starts; mistakes refused.
*/
#include "data/generator_testing.h"
#include "data/trajectories.h"

static void assert_near(double value, double expected, double tolerance)
{
  if (!(fabs(value - expected) <= tolerance)) fail_msg("%.17g where %.17g was expected", value, expected);
}

static DscDataSet *generated_with(uint64_t seed, const char name[], const char *const pairs[])
{
  DscOptions          options;
  const DscGenerator *generator;
  DscDataSet         *data;

  CALL(DscDataRegisterOptions());
  CALL(DscOptionsCreate(&options));
  for (; *pairs; pairs += 2) CALL(DscOptionsSet(options, pairs[0], pairs[1]));
  CALL(DscGeneratorFind(name, &generator));
  CALL(PetscNew(&data));
  CALL(DscGeneratorRun(generator, options, seed, data));
  CALL(DscOptionsDestroy(&options));
  return data;
}

/* ---- the solver ----------------------------------------------------------------------------------------------- */

static void a_damped_sine_is_its_closed_form(void **state)
{
  DscDataSet *data  = generated("damped_sine", PAIRS("damped_sine_velocity", "true"));
  double      worst = 0.;

  (void)state;
  assert_int_equal(data->nsamples, 500);
  assert_int_equal(data->nfields, 2);
  for (PetscInt i = 0; i < data->nsamples; i++) {
    const double t = .1 * (double)i, decay = exp(-.1 * t);

    worst = fmax(worst, fabs(data->clean[0][i] - sin(2. * t) * decay));
    worst = fmax(worst, fabs(data->clean[1][i] - (2. * cos(2. * t) - .1 * sin(2. * t)) * decay));
  }
  print_message("damped sine and its closed form differ by %.1e\n", worst);
  assert_true(worst < 1e-12);
  assert_truth(data, 2, (const char *const[]){"u", "v"}, (const double[]){0., 1., -2. * 2. - .1 * .1, -.2});
  CALL(DscDataSetDestroy(&data));
  data = generated("damped_sine", NULL);
  assert_int_equal(data->nfields, 1);
  assert_int_equal(data->ntruth, 0);
  CALL(DscDataSetDestroy(&data));
}

static void lorenz(const void *context, const double u[], double f[])
{
  (void)context;
  f[0] = 10. * (u[1] - u[0]);
  f[1] = 28. * u[0] - u[1] - u[0] * u[2];
  f[2] = u[0] * u[1] - 2.6666666666666667 * u[2];
}

static void taylor_and_runge_kutta_agree_on_lorenz(void **state)
{
  const DscTrajectories what = {.name = "lorenz", .nstate = 3, .nfields = 3, .rhs = lorenz};
  DscDataSet           *data = generated("lorenz", PAIRS("lorenz_t_max", "5", "lorenz_t_points", "11"));
  double                states[33], largest = 0.;
  PetscInt              reached;

  (void)state;
  CALL(DscTrajectorySolve(&what, (const double[]){-8., 7., 27.}, 11, data->coordinates[0], states, &reached));
  assert_int_equal(reached, 11);
  for (PetscInt i = 0; i < 33; i++) largest = fmax(largest, fabs(states[i] - data->clean[i % 3][i / 3]));
  print_message("Lorenz by Taylor and by Runge-Kutta differ by %.1e up to t = 5\n", largest);
  assert_true(largest < 1e-8);
  CALL(DscDataSetDestroy(&data));
}

/* The times that are asked for cut the steps; with few of them the tolerance alone does. */
static void times_do_not_change_the_solution(void **state)
{
  static const char *const names[] = {"planar", "tanh_planar", "rational", "two_body"};

  (void)state;
  for (size_t g = 0; g < PETSC_STATIC_ARRAY_LENGTH(names); g++) {
    char        max[64], points[64];
    DscDataSet *few, *many;
    double      largest = 0.;

    snprintf(max, sizeof(max), "%s_t_max", names[g]);
    snprintf(points, sizeof(points), "%s_t_points", names[g]);
    few  = generated(names[g], PAIRS(max, "5", points, "6"));
    many = generated(names[g], PAIRS(max, "5", points, "1001"));
    for (PetscInt i = 0; i < 6; i++)
      for (PetscInt f = 0; f < few->nfields; f++)
        largest = fmax(largest, fabs(few->clean[f][i] - many->clean[f][200 * i]));
    print_message("%s: %.1e\n", names[g], largest);
    assert_true(largest > 0. && largest < 1e-10);
    CALL(DscDataSetDestroy(&few));
    CALL(DscDataSetDestroy(&many));
  }
}

static void the_users_petsc_options_have_no_effect(void **state)
{
  static const char *const options[] = {
      "-ts_type", "-ts_rk_type", "-ts_adapt_type", "-ts_dt",    "-ts_max_steps",
      "-ts_rtol", "-ts_atol",    "-ts_max_time",   "-vec_type", "-ts_exact_final_time"};
  static const char *const values[] = {"euler", "1fe", "none", "0.01", "3", "1", "1", "0.1", "mpi", "stepover"};
  DscDataSet              *before   = generated("planar", PAIRS("planar_t_points", "26"));
  DscDataSet              *after;

  (void)state;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(options); i++)
    CALL(PetscOptionsSetValue(NULL, options[i], values[i]));
  after = generated("planar", PAIRS("planar_t_points", "26"));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(options); i++) CALL(PetscOptionsClearValue(NULL, options[i]));
  for (PetscInt f = 0; f < 2; f++) assert_memory_equal(before->clean[f], after->clean[f], 26 * sizeof(double));
  CALL(DscDataSetDestroy(&before));
  CALL(DscDataSetDestroy(&after));
}

/* ---- conserved quantities ------------------------------------------------------------------------------------- */

static double quartic(double u, double v)
{
  return pow(u, 4.) + pow(v, 4.);
}

/* Simpson's rule */
static double integral_of_tanh(double x)
{
  enum { N = 400 };
  double sum = 0.;

  for (int i = 0; i <= N; i++) {
    const double s = x * (double)i / N, weight = i == 0 || i == N ? 1. : i % 2 ? 4. : 2.;

    sum += weight * tanh(2. * s * s * s);
  }
  return sum * x / (3. * N);
}

static double energy_of_tanh(double u, double v)
{
  return integral_of_tanh(u) + integral_of_tanh(v);
}

static double energy_of_ratios(double u, double v)
{
  return u * u + v * v + .25 * (pow(u, 4.) + pow(v, 4.));
}

static void assert_constant(const DscDataSet *data, double (*quantity)(double, double), double tolerance)
{
  const double first = quantity(data->clean[0][0], data->clean[1][0]);
  double       worst = 0., lowest = HUGE_VAL;

  for (PetscInt i = 1; i < data->nsamples; i++) {
    worst  = fmax(worst, fabs(quantity(data->clean[0][i], data->clean[1][i]) - first));
    lowest = fmin(lowest, data->clean[0][i]);
  }
  print_message("%s: constant within %.1e\n", data->description, worst / first);
  assert_true(worst < tolerance * first);
  assert_true(lowest < -.9 * data->clean[0][0]); /* it turns */
}

static void without_damping_a_quantity_is_constant(void **state)
{
  DscDataSet *planar   = generated("planar", PAIRS("planar_a", "0", "planar_t_points", "301"));
  DscDataSet *tanh_    = generated("tanh_planar", PAIRS("tanh_planar_a", "0", "tanh_planar_t_points", "301"));
  DscDataSet *rational = generated("rational", PAIRS("rational_a", "0", "rational_t_points", "301"));

  (void)state;
  assert_constant(planar, quartic, 1e-11);
  assert_constant(tanh_, energy_of_tanh, 1e-9); /* Simpson's error */
  assert_constant(rational, energy_of_ratios, 1e-11);
  CALL(DscDataSetDestroy(&planar));
  CALL(DscDataSetDestroy(&tanh_));
  CALL(DscDataSetDestroy(&rational));
}

/* Kinetic and potential energy at sample i, velocities by finite differences. */
static double energy(const DscDataSet *data, double G, const double masses[], double softening, PetscInt i)
{
  const PetscInt n   = data->nfields / 2;
  const double   h   = data->coordinates[0][1] - data->coordinates[0][0];
  double         sum = 0.;

  for (PetscInt j = 0; j < n; j++) {
    for (PetscInt c = 0; c < 2; c++) sum += .5 * masses[j] * pow(difference(&data->clean[2 * j + c][i], 1, h, 1), 2.);
    for (PetscInt k = 0; k < j; k++) {
      const double x = data->clean[2 * j][i] - data->clean[2 * k][i];
      const double y = data->clean[2 * j + 1][i] - data->clean[2 * k + 1][i];

      sum -= G * masses[j] * masses[k] / sqrt(x * x + y * y + softening * softening);
    }
  }
  return sum;
}

/* Momentum: the centre of mass moves evenly. */
static void assert_even(const DscDataSet *data, const double masses[])
{
  for (PetscInt c = 0; c < 2; c++) {
    double centre[3] = {0.};

    for (PetscInt k = 0; k < 3; k++)
      for (PetscInt j = 0; j < data->nfields / 2; j++)
        centre[k] += masses[j] * data->clean[2 * j + c][k * (data->nsamples - 1) / 2];
    assert_near(centre[0] + centre[2], 2. * centre[1], 1e-10);
  }
}

static void two_bodies_follow_kepler(void **state)
{
  static const double masses[] = {10., 20.};
  /* the third law for the start by default: r = 3, relative velocity 3.6, G M = 60 */
  const double a = .5 * 60. / (60. / 3. - .5 * 3.6 * 3.6), period = 2. * PETSC_PI * sqrt(a * a * a / 60.);
  DscDataSet  *data = generated("two_body", PAIRS("two_body_t_max", "3", "two_body_t_points", "3001")), *orbit;
  char         max[32];

  (void)state;
  assert_int_equal(data->nfields, 4);
  assert_int_equal(data->ntruth, 0);
  assert_even(data, masses);
  for (PetscInt i = 100; i < 2900; i += 100)
    assert_near(energy(data, 2., masses, 0., i) / energy(data, 2., masses, 0., 3), 1., 1e-8);
  snprintf(max, sizeof(max), "%.17g", period);
  orbit = generated("two_body", PAIRS("two_body_t_max", max, "two_body_t_points", "2"));
  for (PetscInt f = 0; f < 4; f++) assert_near(orbit->clean[f][1], orbit->clean[f][0], 1e-10);
  CALL(DscDataSetDestroy(&orbit));
  CALL(DscDataSetDestroy(&data));
}

static void ten_bodies_conserve_momentum_and_energy(void **state)
{
  static const double masses[] = {1., 2., 3., 1., 2., 3., 1., 2., 3., 1.};
  DscDataSet         *data     = generated(
                  "ten_body", PAIRS("ten_body_masses", "1,2,3,1,2,3,1,2,3,1", "ten_body_t_max", "1", "ten_body_t_points", "1001"));

  (void)state;
  assert_int_equal(data->nfields, 20);
  assert_string_equal(data->field_names[19], "y10");
  assert_even(data, masses);
  for (PetscInt i = 100; i < 990; i += 110)
    assert_near(energy(data, 2., masses, .1, i) / energy(data, 2., masses, .1, 3), 1., 1e-7);
  CALL(DscDataSetDestroy(&data));
}

/* ---- equations ------------------------------------------------------------------------------------------------ */

static void planar_rhs(double u, double v, double f[])
{
  f[0] = -.1 * u * u * u + 2. * v * v * v;
  f[1] = -2. * u * u * u - .1 * v * v * v;
}

static void tanh_rhs(double u, double v, double f[])
{
  planar_rhs(u, v, f);
  f[0] = tanh(f[0]);
  f[1] = tanh(f[1]);
}

static void rational_rhs(double u, double v, double f[])
{
  f[0] = (-.2 * u + 2. * v) / (1. + .5 * u * u);
  f[1] = (-2. * u - .2 * v) / (1. + .5 * v * v);
}

/* Largest, over the size of the right-hand sides. */
static double residual(const char name[], const char points[], void (*rhs)(double, double, double[]))
{
  char        max[64], key[64];
  DscDataSet *data;
  double      worst = 0., size = 0., h;

  snprintf(max, sizeof(max), "%s_t_max", name);
  snprintf(key, sizeof(key), "%s_t_points", name);
  data = generated(name, PAIRS(max, "4", key, points));
  h    = data->coordinates[0][1];
  for (PetscInt i = HALF_WIDTH; i < data->nsamples - HALF_WIDTH; i++) {
    double f[2];

    rhs(data->clean[0][i], data->clean[1][i], f);
    for (int k = 0; k < 2; k++) {
      worst = fmax(worst, fabs(difference(&data->clean[k][i], 1, h, 1) - f[k]));
      size  = fmax(size, fabs(f[k]));
    }
  }
  CALL(DscDataSetDestroy(&data));
  return worst / size;
}

static void solutions_obey_their_equations(void **state)
{
  DscDataSet *data;

  (void)state;
  assert_fourth_order(residual("planar", "2001", planar_rhs), residual("planar", "4001", planar_rhs));
  assert_fourth_order(residual("tanh_planar", "1601", tanh_rhs), residual("tanh_planar", "3201", tanh_rhs));
  assert_fourth_order(residual("rational", "1601", rational_rhs), residual("rational", "3201", rational_rhs));
  data = generated("planar", NULL);
  assert_int_equal(data->grid[0], 2501);
  assert_truth(data, 2, (const char *const[]){"u^3", "v^3"}, (const double[]){-.1, 2., -2., -.1});
  CALL(DscDataSetDestroy(&data));
  data = generated("tanh_planar", NULL);
  assert_int_equal(data->ntruth, 0);
  assert_string_equal(data->description, "u_t = tanh(-0.1 u^3 +2 v^3), v_t = tanh(-2 u^3 -0.1 v^3)");
  CALL(DscDataSetDestroy(&data));
  data = generated("rational", NULL);
  assert_int_equal(data->ntruth, 0);
  assert_string_equal(data->description, "u_t = (-0.2 u +2 v) / (1 +0.5 u^2), v_t = (-2 u -0.2 v) / (1 +0.5 v^2)");
  CALL(DscDataSetDestroy(&data));
}

/* ---- starts --------------------------------------------------------------------------------------------------- */

static void starts_do_not_depend_on_their_number(void **state)
{
  static const char *const names[] = {"lorenz", "planar", "ten_body"};

  (void)state;
  for (size_t g = 0; g < PETSC_STATIC_ARRAY_LENGTH(names); g++) {
    char        max[64], points[64], number[64];
    DscDataSet *one, *few, *many;

    snprintf(max, sizeof(max), "%s_t_max", names[g]);
    snprintf(points, sizeof(points), "%s_t_points", names[g]);
    snprintf(number, sizeof(number), "%s_trajectories", names[g]);
    one  = generated_with(4, names[g], PAIRS(max, "1", points, "5"));
    few  = generated_with(4, names[g], PAIRS(max, "1", points, "5", number, "2"));
    many = generated_with(4, names[g], PAIRS(max, "1", points, "5", number, "7"));
    assert_int_equal(one->ntracks, 0);
    assert_int_equal(one->grid[0], 5);
    assert_int_equal(many->ntracks, 7);
    assert_int_equal(many->grid[0], 0);
    assert_int_equal(many->nsamples, 35);
    for (PetscInt f = 0; f < one->nfields; f++) {
      assert_memory_equal(one->clean[f], few->clean[f], 5 * sizeof(double));
      assert_memory_equal(few->clean[f], many->clean[f], 10 * sizeof(double));
    }
    CALL(DscDataSetDestroy(&one));
    CALL(DscDataSetDestroy(&few));
    CALL(DscDataSetDestroy(&many));
  }
}

static void starts_fill_their_box(void **state)
{
  DscDataSet *data    = generated_with(1, "planar",
                                       PAIRS("planar_t_max", "0.1", "planar_t_points", "2", "planar_start", "3,-1",
                                             "planar_spread", "0.5", "planar_trajectories", "1001"));
  DscDataSet *other   = generated_with(2, "planar",
                                       PAIRS("planar_t_max", "0.1", "planar_t_points", "2", "planar_start", "3,-1",
                                             "planar_spread", "0.5", "planar_trajectories", "3"));
  double      mean[2] = {0.}, square[2] = {0.}, covariance = 0.;

  (void)state;
  assert_near(data->clean[0][0], 3., 0.);
  assert_near(data->clean[1][0], -1., 0.);
  for (PetscInt k = 1; k < 1001; k++) {
    const double d[] = {data->clean[0][2 * k] - 3., data->clean[1][2 * k] + 1.};

    for (int c = 0; c < 2; c++) {
      assert_true(fabs(d[c]) < .5);
      mean[c] += d[c] / 1000.;
      square[c] += d[c] * d[c] / 1000.;
    }
    covariance += d[0] * d[1] / 1000.;
  }
  for (int c = 0; c < 2; c++) {
    assert_near(mean[c], 0., 5. * .5 / sqrt(3000.));
    assert_near(square[c], .25 / 3., 5. * .25 * sqrt(4. / 45. / 1000.));
  }
  assert_near(covariance, 0., 5. * .25 / 3. / sqrt(1000.));
  assert_true(other->clean[0][0] == data->clean[0][0] && other->clean[0][2] != data->clean[0][2]);
  CALL(DscDataSetDestroy(&data));
  CALL(DscDataSetDestroy(&other));
}

/* ---- mistakes ------------------------------------------------------------------------------------------------- */

static void mistakes_are_refused(void **state)
{
  (void)state;
  assert_refused("planar", PAIRS("planar_start", "1"), "planar_start", "1 numbers; 2 are needed, u and v");
  assert_refused("two_body", PAIRS("two_body_start", "1,2"), "two_body_start", "8 are needed, x1, y1");
  assert_refused("two_body", PAIRS("two_body_masses", "1"), "two_body_masses", "1 masses for 2 bodies");
  assert_refused("ten_body", PAIRS("ten_body_masses", "1,2"), "ten_body_masses", "2 masses for 10 bodies");
  /* u_t = 10 u^3 ends at t = 1 / 80; two bodies in one place have no force */
  assert_refused("planar", PAIRS("planar_a", "-10", "planar_b", "0"), "planar_t_max", "trajectory 0 ");
  assert_refused("planar", PAIRS("planar_start", "1e6,0", "planar_b", "1000", "planar_t_max", "1e4"), "planar_t_max",
                 "grows beyond");
  assert_refused("two_body", PAIRS("two_body_start", "1,1,1,1,0,0,0,0"), "two_body_t_max", "start elsewhere");
  assert_refused("planar", PAIRS("planar_t_min", "30"), "planar_t_max", "larger than planar_t_min");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_damped_sine_is_its_closed_form),
    cmocka_unit_test(taylor_and_runge_kutta_agree_on_lorenz),
    cmocka_unit_test(times_do_not_change_the_solution),
    cmocka_unit_test(the_users_petsc_options_have_no_effect),
    cmocka_unit_test(without_damping_a_quantity_is_constant),
    cmocka_unit_test(two_bodies_follow_kepler),
    cmocka_unit_test(ten_bodies_conserve_momentum_and_energy),
    cmocka_unit_test(solutions_obey_their_equations),
    cmocka_unit_test(starts_do_not_depend_on_their_number),
    cmocka_unit_test(starts_fill_their_box),
    cmocka_unit_test(mistakes_are_refused),
};

TEST_MAIN(tests)
