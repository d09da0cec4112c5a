/*
  Generators: the papers' grids and spreads; every solution against its equation, by means that the generators do not
  use (finite differences, Fourier sums, another integrator); conserved quantities; mistakes refused.
*/
#include "data/generator_testing.h"

/* ---- helpers ------------------------------------------------------------------------------------------------- */

static double mean(const DscDataSet *data)
{
  double sum = 0.;

  for (PetscInt i = 0; i < data->nsamples; i++) sum += data->clean[0][i];
  return sum / (double)data->nsamples;
}

static double standard_deviation(const DscDataSet *data)
{
  const double m   = mean(data);
  double       sum = 0.;

  for (PetscInt i = 0; i < data->nsamples; i++) sum += (data->clean[0][i] - m) * (data->clean[0][i] - m);
  return sqrt(sum / (double)data->nsamples);
}

/* The set is the grid nt by nx over these intervals, t slowest, and complete but for fields and split. */
static void assert_grid(const DscDataSet *data, PetscInt nt, double t0, double t1, PetscInt nx, double x0, double x1)
{
  assert_int_equal(data->ncoordinates, 2);
  assert_int_equal(data->nfields, 1);
  assert_int_equal(data->nsamples, nt * nx);
  assert_int_equal(data->grid[0], nt);
  assert_int_equal(data->grid[1], nx);
  assert_int_equal(data->grid[2], 0);
  assert_string_equal(data->coordinate_names[0], "t");
  assert_string_equal(data->coordinate_names[1], "x");
  assert_string_equal(data->field_names[0], "u");
  assert_null(data->fields[0]);
  assert_int_equal(data->ntrain, 0);
  assert_true(strlen(data->description) > 0);
  for (PetscInt i = 0; i < nt; i++) {
    for (PetscInt j = 0; j < nx; j++) {
      const double t = t0 + (t1 - t0) * (double)i / (double)(nt - 1);
      const double x = x0 + (x1 - x0) * (double)j / (double)(nx - 1);

      assert_true(fabs(data->coordinates[0][i * nx + j] - t) < 1e-13 * (1. + fabs(t)));
      assert_true(fabs(data->coordinates[1][i * nx + j] - x) < 1e-13 * (1. + fabs(x)));
    }
  }
}

/* ---- closed forms: residual by finite differences of order 4 -------------------------------------------------- */

static double truth_of(const DscDataSet *data, const char term[])
{
  for (PetscInt i = 0; i < data->ntruth; i++)
    if (!strcmp(data->truth_terms[i], term)) return data->truth_values[i];
  return 0.;
}

/* Largest |u_t - right-hand side of the truth| over the largest |u_t|. Destroys data. */
static double residual(DscDataSet *data)
{
  const PetscInt nt = data->grid[0], nx = data->grid[1];
  const double   ht      = (data->coordinates[0][data->nsamples - 1] - data->coordinates[0][0]) / (double)(nt - 1);
  const double   hx      = (data->coordinates[1][data->nsamples - 1] - data->coordinates[1][0]) / (double)(nx - 1);
  double         largest = 0., largest_ut = 0.;

  for (PetscInt i = HALF_WIDTH; i < nt - HALF_WIDTH; i++) {
    for (PetscInt j = HALF_WIDTH; j < nx - HALF_WIDTH; j++) {
      const double *u   = &data->clean[0][i * nx + j];
      const double  ut  = difference(u, nx, ht, 1);
      const double  rhs = truth_of(data, "u u_x") * u[0] * difference(u, 1, hx, 1) +
                         truth_of(data, "u_xx") * difference(u, 1, hx, 2) +
                         truth_of(data, "u_xxx") * difference(u, 1, hx, 3);

      largest    = fmax(largest, fabs(ut - rhs));
      largest_ut = fmax(largest_ut, fabs(ut));
    }
  }
  CALL(DscDataSetDestroy(&data));
  return largest / largest_ut;
}

/* ---- KdV ------------------------------------------------------------------------------------------------------ */

static void kdv_is_the_papers_set(void **state)
{
  DscDataSet *data = generated("kdv", NULL);

  (void)state;
  assert_grid(data, 40, .1, 3., 50, -6., 7.);
  assert_truth(data, 2, (const char *const[]){"u_xxx", "u u_x"}, (const double[]){-1., -6.});
  assert_true(fabs(standard_deviation(data) - .59199) < 5e-6);
  CALL(DscDataSetDestroy(&data));
}

static double kdv_residual(const char c[], const char x0[], const char points[])
{
  return residual(generated("kdv", PAIRS("kdv_c", c, "kdv_x0", x0, "kdv_t_min", "1.2", "kdv_t_max", "2.2", "kdv_x_min",
                                         "0", "kdv_x_max", "8", "kdv_t_points", points, "kdv_x_points", points)));
}

/* During the collision, which is at t = 1.67. */
static void kdv_solves_its_equation(void **state)
{
  (void)state;
  assert_fourth_order(kdv_residual("5,2", "-5,0", "201"), kdv_residual("5,2", "-5,0", "401"));
  assert_fourth_order(kdv_residual("3", "-1", "201"), kdv_residual("3", "-1", "401"));
}

/* The integral of u over x is 2 sqrt(c) a soliton, before, during and after the collision. */
static void kdv_conserves_mass(void **state)
{
  DscDataSet *data =
      generated("kdv", PAIRS("kdv_x_min", "-40", "kdv_x_max", "60", "kdv_x_points", "2001", "kdv_t_points", "7"));

  (void)state;
  for (PetscInt i = 0; i < 7; i++) {
    double mass = 0.;

    for (PetscInt j = 0; j < 2001; j++) mass += data->clean[0][i * 2001 + j] * (100. / 2000.);
    assert_true(fabs(mass - 2. * (sqrt(5.) + sqrt(2.))) < 1e-10);
  }
  CALL(DscDataSetDestroy(&data));
}

static void kdv_takes_solitons_in_any_order(void **state)
{
  DscDataSet *fast_first = generated("kdv", NULL), *slow_first;

  (void)state;
  slow_first = generated("kdv", PAIRS("kdv_c", "2,5", "kdv_x0", "0,-5"));
  assert_memory_equal(fast_first->clean[0], slow_first->clean[0], (size_t)fast_first->nsamples * sizeof(double));
  CALL(DscDataSetDestroy(&fast_first));
  CALL(DscDataSetDestroy(&slow_first));
}

static void kdv_is_finite_far_away(void **state)
{
  DscDataSet *data = generated("kdv", PAIRS("kdv_x_min", "-1e6", "kdv_x_max", "1e6"));

  (void)state;
  for (PetscInt i = 0; i < data->nsamples; i++) assert_true(isfinite(data->clean[0][i]));
  CALL(DscDataSetDestroy(&data));
}

static void kdv_refuses(void **state)
{
  (void)state;
  assert_refused("kdv", PAIRS("kdv_c", "4,4"), "kdv_c", "same speed");
  assert_refused("kdv", PAIRS("kdv_c", "4,0"), "kdv_c", "positive");
  assert_refused("kdv", PAIRS("kdv_c", "5,2,1", "kdv_x0", "0,1,2"), "kdv_c", "one or two solitons, not 3");
  assert_refused("kdv", PAIRS("kdv_x0", "1"), "kdv_x0", "1 positions for the 2 speeds");
  assert_refused("kdv", PAIRS("kdv_x_max", "-7"), "kdv_x_max", "larger than kdv_x_min, which is -6");
  assert_refused("kdv", PAIRS("kdv_t_min", "3"), "kdv_t_max", "larger than kdv_t_min, which is 3");
  assert_refused("kdv", PAIRS("kdv_x_points", "0"), "kdv_x_points", "[2, ");
}

static void a_grid_too_large_to_count_is_refused(void **state)
{
  DscDataSet     data = {0};
  DscAxis        a    = {0., 1., PETSC_MAX_INT / 2};
  PetscErrorCode ierr;

  (void)state;
  CALL(DscErrorCaptureBegin());
  ierr = DscGeneratorSetGrid(NULL, &data, &a, &a);
  CALL(DscErrorCaptureEnd());
  assert_int_equal(ierr, PETSC_ERR_USER_INPUT);
  assert_non_null(strstr(DscErrorMessage(), "ask for a smaller grid"));
}

/* ---- Burgers -------------------------------------------------------------------------------------------------- */

static void burgers_is_the_papers_set(void **state)
{
  DscDataSet *data = generated("burgers", NULL);

  (void)state;
  assert_grid(data, 20, .5, 5., 50, -3., 4.);
  assert_truth(data, 2, (const char *const[]){"u_xx", "u u_x"}, (const double[]){.1, -1.});
  assert_true(fabs(standard_deviation(data) - .191218) < 5e-7);
  CALL(DscDataSetDestroy(&data));
}

static double burgers_residual(const char nu[], const char area[], const char points[])
{
  return residual(generated("burgers", PAIRS("burgers_nu", nu, "burgers_area", area, "burgers_t_min", "1",
                                             "burgers_t_max", "2", "burgers_x_min", "-3", "burgers_x_max", "3",
                                             "burgers_t_points", points, "burgers_x_points", points)));
}

static void burgers_solves_its_equation(void **state)
{
  (void)state;
  assert_fourth_order(burgers_residual(".1", "1", "151"), burgers_residual(".1", "1", "301"));
  assert_fourth_order(burgers_residual(".3", "-2", "151"), burgers_residual(".3", "-2", "301"));
}

/* The integral of u over x is A. The largest Reynolds number allowed is still finite everywhere. */
static void burgers_conserves_mass(void **state)
{
  const char *const nu[] = {"0.1", "0.0007142858"}, *const points[] = {"1001", "100001"};

  (void)state;
  for (int k = 0; k < 2; k++) {
    DscDataSet    *data = generated("burgers", PAIRS("burgers_nu", nu[k], "burgers_x_min", "-10", "burgers_x_max", "15",
                                                     "burgers_x_points", points[k], "burgers_t_points", "3"));
    const PetscInt nx   = data->grid[1];

    for (PetscInt i = 0; i < 3; i++) {
      double mass = 0.;

      for (PetscInt j = 0; j < nx; j++) mass += data->clean[0][i * nx + j] * (25. / (double)(nx - 1));
      assert_true(fabs(mass - 1.) < 1e-9);
    }
    CALL(DscDataSetDestroy(&data));
  }
}

static void burgers_refuses(void **state)
{
  (void)state;
  assert_refused("burgers", PAIRS("burgers_nu", "-0.1"), "burgers_nu", "[0, ");
  assert_refused("burgers", PAIRS("burgers_nu", "0"), "burgers_nu", "positive");
  assert_refused("burgers", PAIRS("burgers_nu", "1e-4"), "burgers_nu", "too small for burgers_area = 1");
  assert_refused("burgers", PAIRS("burgers_area", "0"), "burgers_area", "must not be 0");
  assert_refused("burgers", PAIRS("burgers_t_min", "0"), "burgers_t_min", "infinite at t = 0");
  assert_refused("burgers", PAIRS("burgers_t_min", "6"), "burgers_t_max", "larger than burgers_t_min, which is 6");
}

/* ---- Kuramoto-Sivashinsky ------------------------------------------------------------------------------------- */

static void ks_is_the_papers_set(void **state)
{
  const double dx   = 32. * PETSC_PI / 1024.;
  DscDataSet  *data = generated("ks", NULL), *all;

  (void)state;
  assert_grid(data, 25, 45.2, 54.8, 256, dx, 1021. * dx);
  assert_truth(data, 3, (const char *const[]){"u_xx", "u_xxxx", "u u_x"}, (const double[]){-1., -1., -1.});
  assert_true(fabs(mean(data)) < 1e-12);
  assert_true(fabs(standard_deviation(data) - 1.2333) < 1e-3);

  /* Window and stride pick from the same run. */
  all = generated("ks", PAIRS("ks_t_min", "0", "ks_x_stride", "1"));
  assert_grid(all, 138, 0., 54.8, 1024, dx, 1024. * dx);
  for (PetscInt i = 0; i < 25; i++)
    for (PetscInt j = 0; j < 256; j++)
      assert_true(data->clean[0][i * 256 + j] == all->clean[0][(i + 113) * 1024 + 4 * j]);
  for (PetscInt j = 0; j < 1024; j++) {
    const double x = all->coordinates[1][j] / 16.;

    assert_true(fabs(all->clean[0][j] - cos(x) * (1. + sin(x))) < 1e-14);
  }
  CALL(DscDataSetDestroy(&data));
  CALL(DscDataSetDestroy(&all));
}

/* Kernel of the m-th derivative (m = 1, 2, 4) of the trigonometric interpolant through n values of period length: the
   derivative at point i is the sum of kernel[(i - j) mod n] u_j. */
static void derivative_kernel(PetscInt n, double length, int m, double kernel[])
{
  for (PetscInt d = 0; d < n; d++) {
    double sum = 0.;

    for (PetscInt j = 1; j <= n / 2; j++) {
      const double k     = 2. * PETSC_PI * (double)j / length;
      const double angle = 2. * PETSC_PI * (double)(j * d % n) / (double)n;
      const double wave  = m == 1 ? -sin(angle) : m == 2 ? -cos(angle) : cos(angle);

      sum += (j == n / 2 ? 1. : 2.) * pow(k, m) * wave;
    }
    kernel[d] = sum / (double)n;
  }
}

typedef struct {
  PetscInt n;
  double  *kernel[3]; /* (owned) [n]: u_x, u_xx, u_xxxx */
} KSRight;

static void right_create(PetscInt n, double length, KSRight *right)
{
  static const int orders[] = {1, 2, 4};

  right->n = n;
  for (int m = 0; m < 3; m++) {
    CALL(PetscMalloc1(n, &right->kernel[m]));
    derivative_kernel(n, length, orders[m], right->kernel[m]);
  }
}

static void right_destroy(KSRight *right)
{
  for (int m = 0; m < 3; m++) CALL(PetscFree(right->kernel[m]));
}

/* f = -(u^2/2)_x - u_xx - u_xxxx */
static void right_evaluate(const KSRight *right, const double u[], double f[])
{
  const PetscInt n = right->n;

  for (PetscInt i = 0; i < n; i++) {
    f[i] = 0.;
    for (PetscInt j = 0; j < n; j++) {
      const PetscInt d = i >= j ? i - j : i - j + n;

      f[i] -= right->kernel[0][d] * .5 * u[j] * u[j] + (right->kernel[1][d] + right->kernel[2][d]) * u[j];
    }
  }
}

/* At t = 50 on the whole grid: u_t by differences of order 6 over seven frames .01 apart. */
static void ks_solves_its_equation(void **state)
{
  static const double weights[] = {-1. / 60., 3. / 20., -3. / 4., 0., 3. / 4., -3. / 20., 1. / 60.};
  const PetscInt      n         = 1024;
  double              largest = 0., largest_ut = 0., *f;
  DscDataSet         *data;
  KSRight             right;

  (void)state;
  data = generated(
      "ks", PAIRS("ks_dt", "0.01", "ks_substeps", "8", "ks_t_min", "49.97", "ks_t_max", "50.03", "ks_x_stride", "1"));
  assert_int_equal(data->grid[0], 7);
  right_create(n, 32. * PETSC_PI, &right);
  CALL(PetscMalloc1(n, &f));
  right_evaluate(&right, &data->clean[0][3 * n], f);
  for (PetscInt i = 0; i < n; i++) {
    double ut = 0.;

    for (PetscInt m = 0; m < 7; m++) ut += weights[m] * data->clean[0][m * n + i] / .01;
    largest    = fmax(largest, fabs(ut - f[i]));
    largest_ut = fmax(largest_ut, fabs(ut));
  }
  print_message("KS residual %.2e of %.2f\n", largest, largest_ut);
  assert_true(largest_ut > .5);
  assert_true(largest < 1e-8 * largest_ut);
  CALL(PetscFree(f));
  right_destroy(&right);
  CALL(DscDataSetDestroy(&data));
}

/* Largest difference of the last frames. Destroys a. */
static double last_frame_difference(DscDataSet *a, const DscDataSet *b)
{
  double largest = 0.;

  for (PetscInt i = a->nsamples - a->grid[1]; i < a->nsamples; i++)
    largest = fmax(largest, fabs(a->clean[0][i] - b->clean[0][i]));
  CALL(DscDataSetDestroy(&a));
  return largest;
}

static DscDataSet *ks_to_2(const char substeps[])
{
  return generated("ks",
                   PAIRS("ks_modes", "256", "ks_dt", "1", "ks_t_min", "1", "ks_t_max", "2", "ks_substeps", substeps));
}

/* While few modes are excited: later the stiff ones, which follow the others, lower the order until h L is small. */
static void ks_is_of_order_4_in_time(void **state)
{
  DscDataSet  *reference = ks_to_2("64");
  const double coarse    = last_frame_difference(ks_to_2("4"), reference);
  const double fine      = last_frame_difference(ks_to_2("8"), reference);

  (void)state;
  assert_fourth_order(coarse, fine);
  CALL(DscDataSetDestroy(&reference));
}

/* Another integrator: the classical Runge-Kutta method on the values of u, without Fourier transforms. */
static void ks_agrees_with_runge_kutta(void **state)
{
  enum { N = 48, STEPS = 5000 };
  const double h    = 5. / STEPS;
  DscDataSet  *data = generated("ks", PAIRS("ks_length", "22", "ks_modes", "48", "ks_x_stride", "1", "ks_dt", "5",
                                            "ks_substeps", "1000", "ks_t_min", "0", "ks_t_max", "5"));
  double       u[N], v[N], k[N], sum[N], largest = 0., change = 0.;
  KSRight      right;

  (void)state;
  right_create(N, 22., &right);
  memcpy(u, data->clean[0], sizeof(u));
  for (int s = 0; s < STEPS; s++) {
    static const double node[] = {0., .5, .5, 1.}, weight[] = {1. / 6., 1. / 3., 1. / 3., 1. / 6.};

    memset(sum, 0, sizeof(sum));
    memset(k, 0, sizeof(k));
    for (int stage = 0; stage < 4; stage++) {
      for (int i = 0; i < N; i++) v[i] = u[i] + h * node[stage] * k[i];
      right_evaluate(&right, v, k);
      for (int i = 0; i < N; i++) sum[i] += weight[stage] * k[i];
    }
    for (int i = 0; i < N; i++) u[i] += h * sum[i];
  }
  for (int i = 0; i < N; i++) {
    largest = fmax(largest, fabs(u[i] - data->clean[0][N + i]));
    change  = fmax(change, fabs(u[i] - data->clean[0][i]));
  }
  print_message("KS and Runge-Kutta differ by %.2e after a change of %.2f\n", largest, change);
  assert_true(change > .5);
  assert_true(largest < 1e-8);
  right_destroy(&right);
  CALL(DscDataSetDestroy(&data));
}

static void ks_is_the_same_every_time(void **state)
{
  DscDataSet *a = generated("ks", NULL), *b = generated("ks", NULL);

  (void)state;
  assert_memory_equal(a->clean[0], b->clean[0], (size_t)a->nsamples * sizeof(double));
  CALL(DscDataSetDestroy(&a));
  CALL(DscDataSetDestroy(&b));
}

static void ks_refuses(void **state)
{
  (void)state;
  assert_refused("ks", PAIRS("ks_modes", "127"), "ks_modes", "even");
  assert_refused("ks", PAIRS("ks_modes", "0"), "ks_modes", "[8, ");
  assert_refused("ks", PAIRS("ks_modes", "16", "ks_x_stride", "9"), "ks_x_stride", "give 1 to 8");
  assert_refused("ks", PAIRS("ks_t_max", "40"), "ks_t_max", "larger than ks_t_min, which is 45");
  assert_refused("ks", PAIRS("ks_t_min", "45.1", "ks_t_max", "45.3"), "ks_t_max", "holds 1 frames");
  assert_refused("ks", PAIRS("ks_t_min", "45.3", "ks_t_max", "45.4"), "ks_t_max", "holds 0 frames");
  assert_refused("ks", PAIRS("ks_dt", "1e-8", "ks_t_max", "1e3"), "ks_t_max", "time steps away");
  assert_refused("ks", PAIRS("ks_dt", "20", "ks_substeps", "1", "ks_t_min", "0", "ks_t_max", "1000"), "ks_substeps",
                 "not finite at t = ");
}

/* ---- registry ------------------------------------------------------------------------------------------------- */

static void the_list_names_all_generators(void **state)
{
  PetscInt           n;
  const char *const *names, *const *help;
  const DscGenerator *generator;

  (void)state;
  CALL(DscGeneratorList(&n, &names, &help));
  assert_int_equal(n, 14);
  for (PetscInt i = 0; i < n; i++) {
    CALL(DscGeneratorFind(names[i], &generator));
    assert_non_null(generator);
    assert_string_equal(generator->name, names[i]);
    assert_true(strlen(help[i]) > 0);
  }
  CALL(DscGeneratorFind("kd", &generator));
  assert_null(generator);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(kdv_is_the_papers_set),
    cmocka_unit_test(kdv_solves_its_equation),
    cmocka_unit_test(kdv_conserves_mass),
    cmocka_unit_test(kdv_takes_solitons_in_any_order),
    cmocka_unit_test(kdv_is_finite_far_away),
    cmocka_unit_test(kdv_refuses),
    cmocka_unit_test(a_grid_too_large_to_count_is_refused),
    cmocka_unit_test(burgers_is_the_papers_set),
    cmocka_unit_test(burgers_solves_its_equation),
    cmocka_unit_test(burgers_conserves_mass),
    cmocka_unit_test(burgers_refuses),
    cmocka_unit_test(ks_is_the_papers_set),
    cmocka_unit_test(ks_solves_its_equation),
    cmocka_unit_test(ks_is_of_order_4_in_time),
    cmocka_unit_test(ks_agrees_with_runge_kutta),
    cmocka_unit_test(ks_is_the_same_every_time),
    cmocka_unit_test(ks_refuses),
    cmocka_unit_test(the_list_names_all_generators),
};

TEST_MAIN(tests)
