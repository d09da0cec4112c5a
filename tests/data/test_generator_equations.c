/* Closed forms against their own truth by finite differences of order 4, in any number of dimensions and fields; Lorenz
   against another integrator; conserved quantities; mistakes refused. */
#include "data/generator_testing.h"

/* ---- the truth of a data set, evaluated on its own grid -------------------------------------------------------------
   */

typedef struct {
  const DscDataSet *data;
  PetscInt          stride[DSC_MAX_COORDINATES];
  double            step[DSC_MAX_COORDINATES];
} Grid;

static Grid grid_of(const DscDataSet *data)
{
  Grid     grid   = {.data = data};
  PetscInt stride = 1;

  for (PetscInt c = data->ncoordinates - 1; c >= 0; c--) {
    const double *x = data->coordinates[c];

    grid.stride[c] = stride;
    grid.step[c]   = (x[data->nsamples - 1] - x[0]) / (double)(data->grid[c] - 1);
    stride *= data->grid[c];
  }
  return grid;
}

static PetscInt letter_of(PetscInt n, const char (*names)[DSC_NAME_LENGTH], char letter)
{
  for (PetscInt i = 0; i < n; i++)
    if (names[i][0] == letter) return i;
  fail_msg("no '%c'", letter);
  return -1;
}

/* 'u', 'v_xx': names of one letter, derivatives along one coordinate. */
static double feature_at(const Grid *grid, const char name[], PetscInt i)
{
  const DscDataSet *data  = grid->data;
  const PetscInt    field = letter_of(data->nfields, (const char(*)[DSC_NAME_LENGTH])data->field_names, name[0]);
  const double     *u     = &data->clean[field][i];
  PetscInt          c;

  if (name[1] != '_') return u[0];
  c = letter_of(data->ncoordinates, (const char(*)[DSC_NAME_LENGTH])data->coordinate_names, name[2]);
  return difference(u, grid->stride[c], grid->step[c], (int)strspn(name + 2, (const char[]){name[2], '\0'}));
}

static double term_at(const Grid *grid, const char term[], PetscInt i)
{
  char   text[DSC_NAME_LENGTH], *rest = text;
  double value = 1.;

  strcpy(text, term);
  for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
    const char *power = strchr(word, '^');

    value *= pow(feature_at(grid, word, i), power ? atof(power + 1) : 1.);
  }
  return value;
}

static PetscBool is_inside(const Grid *grid, PetscInt i)
{
  for (PetscInt c = 0; c < grid->data->ncoordinates; c++) {
    const PetscInt k = i / grid->stride[c] % grid->data->grid[c];

    if (k < HALF_WIDTH || k >= grid->data->grid[c] - HALF_WIDTH) return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

/* Largest |u_t - right-hand side of the truth| over the largest |u_t|, of all fields. Destroys data. */
static double residual(DscDataSet *data)
{
  const Grid grid    = grid_of(data);
  double     largest = 0., largest_ut = 0.;

  for (PetscInt i = 0; i < data->nsamples; i++) {
    if (!is_inside(&grid, i)) continue;
    for (PetscInt f = 0; f < data->nfields; f++) {
      const double ut  = difference(&data->clean[f][i], grid.stride[0], grid.step[0], 1);
      double       rhs = 0.;

      for (PetscInt k = 0; k < data->ntruth; k++)
        rhs += data->truth_values[f * data->ntruth + k] * term_at(&grid, data->truth_terms[k], i);
      largest    = fmax(largest, fabs(ut - rhs));
      largest_ut = fmax(largest_ut, fabs(ut));
    }
  }
  CALL(DscDataSetDestroy(&data));
  return largest / largest_ut;
}

/* ---- closed forms ---------------------------------------------------------------------------------------------------
   */

static double sum_of_squares(const DscDataSet *data, PetscInt first, PetscInt n)
{
  double sum = 0.;

  for (PetscInt i = first; i < first + n; i++)
    for (PetscInt f = 0; f < data->nfields; f++) sum += data->clean[f][i] * data->clean[f][i];
  return sum;
}

static double diffusion_residual(const char points[])
{
  return residual(generated("diffusion", PAIRS("diffusion_d", "0.3", "diffusion_x0", "0.5", "diffusion_t_max", "1",
                                               "diffusion_x_min", "-2", "diffusion_x_max", "3", "diffusion_t_points",
                                               points, "diffusion_x_points", points)));
}

static void diffusion_solves_its_equation(void **state)
{
  DscDataSet *data = generated("diffusion", NULL);
  double      area = 0.;

  (void)state;
  assert_truth(data, 1, (const char *const[]){"u_xx"}, (const double[]){1.});
  for (PetscInt j = 0; j < 50; j++) area += data->clean[0][j] * 10. / 49.;
  assert_true(fabs(area - 1.) < 1e-9);
  CALL(DscDataSetDestroy(&data));
  assert_fourth_order(diffusion_residual("101"), diffusion_residual("201"));
}

static double advection_residual(const char points[])
{
#define KEY(name) "advection_diffusion_2d_" name
  return residual(generated("advection_diffusion_2d",
                            PAIRS(KEY("c"), "-0.7,0.4", KEY("d"), "0.2", KEY("r0"), "0.3,0.1", KEY("t_points"), points,
                                  KEY("x_points"), points, KEY("y_points"), points, KEY("t_max"), "0.5", KEY("x_min"),
                                  "-1.5", KEY("x_max"), "1", KEY("y_min"), "-1", KEY("y_max"), "1.5")));
}

static void advection_diffusion_solves_its_equation(void **state)
{
  DscDataSet *data = generated("advection_diffusion_2d", NULL);
  double      sum = 0., mean[2] = {0.};

  (void)state;
  assert_int_equal(data->ncoordinates, 3);
  assert_string_equal(data->coordinate_names[2], "y");
  assert_truth(data, 4, (const char *const[]){"u_x", "u_y", "u_xx", "u_yy"}, (const double[]){-.25, -.5, .5, .5});
  for (PetscInt i = 0; i < 36 * 36; i++) { /* at t = .2 */
    const PetscInt k = 2 * 36 * 36 + i;

    assert_true(fabs(data->coordinates[0][k] - .2) < 1e-12);
    sum += data->clean[0][k];
    for (int c = 0; c < 2; c++) mean[c] += data->clean[0][k] * data->coordinates[c + 1][k];
  }
  assert_true(fabs(sum * .2 * .2 - 1.) < 1e-3); /* the edges cut a little off */
  assert_true(fabs(mean[0] / sum - .05) < 2e-3 && fabs(mean[1] / sum - .1) < 2e-3);
  CALL(DscDataSetDestroy(&data));
  assert_fourth_order(advection_residual("31"), advection_residual("61"));
  assert_refused("advection_diffusion_2d", PAIRS(KEY("c"), "1"), KEY("c"), "1 numbers; two are needed");
  assert_refused("advection_diffusion_2d", PAIRS(KEY("y_max"), "-9"), KEY("y_max"), "larger than");
#undef KEY
}

static double schroedinger_residual(const char amplitude[], const char velocity[], const char points[])
{
  return residual(
      generated("schroedinger", PAIRS("schroedinger_amplitude", amplitude, "schroedinger_velocity", velocity,
                                      "schroedinger_t_max", "0.5", "schroedinger_x_min", "-1.5", "schroedinger_x_max",
                                      "2", "schroedinger_t_points", points, "schroedinger_x_points", points)));
}

/* Near the peak, which is at t = pi / 4. */
static void schroedinger_solves_its_equation(void **state)
{
  (void)state;
  assert_fourth_order(schroedinger_residual("1", "0", "151"), schroedinger_residual("1", "0", "301"));
  assert_fourth_order(schroedinger_residual("0.9", "-1.5", "151"), schroedinger_residual("0.9", "-1.5", "301"));
}

static void schroedinger_starts_as_two_sech_and_conserves_mass(void **state)
{
  DscDataSet *data = generated("schroedinger", PAIRS("schroedinger_velocity", "0", "schroedinger_x_min", "-30",
                                                     "schroedinger_x_max", "30", "schroedinger_x_points", "1201"));

  (void)state;
  assert_truth(data, 6, (const char *const[]){"u_xx", "v_xx", "u^3", "u^2 v", "u v^2", "v^3"},
               (const double[]){0., -.5, 0., -1., 0., -1., .5, 0., 1., 0., 1., 0.});
  for (PetscInt j = 0; j < 1201; j++) {
    assert_true(fabs(data->clean[0][j] - 2. / cosh(data->coordinates[1][j])) < 1e-13);
    assert_true(fabs(data->clean[1][j]) < 1e-13);
  }
  for (PetscInt i = 0; i < data->grid[0]; i++)
    assert_true(fabs(sum_of_squares(data, i * 1201, 1201) * .05 - 8.) < 1e-9);
  CALL(DscDataSetDestroy(&data));
  data = generated("schroedinger", PAIRS("schroedinger_x_min", "-1e6", "schroedinger_x_max", "1e6"));
  for (PetscInt i = 0; i < data->nsamples; i++) assert_true(isfinite(data->clean[0][i]));
  CALL(DscDataSetDestroy(&data));
}

static double burgers_residual(const char initial[], const char points[])
{
  return residual(generated("burgers", PAIRS("burgers_initial", initial, "burgers_nu", "0.3", "burgers_t_min", "0",
                                             "burgers_t_max", "0.5", "burgers_x_min", "0", "burgers_x_max", "6",
                                             "burgers_t_points", points, "burgers_x_points", points)));
}

static void other_states_of_burgers_solve_its_equation(void **state)
{
  (void)state;
  assert_fourth_order(burgers_residual("cosine", "151"), burgers_residual("cosine", "301"));
  assert_fourth_order(burgers_residual("sawtooth", "301"), burgers_residual("sawtooth", "601"));
  assert_refused("burgers", PAIRS("burgers_initial", "cosine", "burgers_cosine", "2,1,1"), "burgers_cosine", "larger");
  assert_refused("burgers", PAIRS("burgers_initial", "cosine", "burgers_cosine", "2,1"), "burgers_cosine", "three");
  assert_refused("burgers", PAIRS("burgers_initial", "sawtooth", "burgers_sawtooth", "4,0,1"), "burgers_sawtooth",
                 "must be positive");
}

/* ---- Lorenz ---------------------------------------------------------------------------------------------------------
   */

static double lorenz_residual(const char points[])
{
  return residual(generated("lorenz", PAIRS("lorenz_t_max", "2", "lorenz_t_points", points)));
}

static void lorenz_solves_its_equations(void **state)
{
  (void)state;
  assert_fourth_order(lorenz_residual("2001"), lorenz_residual("4001"));
}

/* The classical Runge-Kutta method in steps of 1e-4, up to t = 5, where errors have grown a hundredfold. */
static void lorenz_agrees_with_runge_kutta(void **state)
{
  static const double node[] = {0., .5, .5, 1.}, weight[] = {1. / 6., 1. / 3., 1. / 3., 1. / 6.};
  const double        h    = 1e-4;
  DscDataSet         *data = generated("lorenz", PAIRS("lorenz_t_max", "5", "lorenz_t_points", "6"));
  double              u[3] = {-8., 7., 27.}, v[3], k[3], sum[3], largest = 0.;

  (void)state;
  assert_int_equal(data->ncoordinates, 1);
  assert_truth(data, 5, (const char *const[]){"x", "y", "z", "x y", "x z"},
               (const double[]){-10., 10., 0., 0., 0., 28., -1., 0., 0., -1., 0., 0., -2.6666666666666667, 1., 0.});
  for (int s = 0; s < 50000; s++) {
    memset(sum, 0, sizeof(sum));
    memset(k, 0, sizeof(k));
    for (int stage = 0; stage < 4; stage++) {
      for (int i = 0; i < 3; i++) v[i] = u[i] + h * node[stage] * k[i];
      k[0] = 10. * (v[1] - v[0]);
      k[1] = 28. * v[0] - v[1] - v[0] * v[2];
      k[2] = v[0] * v[1] - 8. / 3. * v[2];
      for (int i = 0; i < 3; i++) sum[i] += weight[stage] * k[i];
    }
    for (int i = 0; i < 3; i++) u[i] += h * sum[i];
  }
  for (int i = 0; i < 3; i++) largest = fmax(largest, fabs(u[i] - data->clean[i][5]));
  print_message("Lorenz and Runge-Kutta differ by %.2e at t = 5\n", largest);
  assert_true(largest < 1e-8);
  CALL(DscDataSetDestroy(&data));
}

/* The times that are asked for change the steps, but not the trajectory. */
static void lorenz_is_one_trajectory(void **state)
{
  DscDataSet *few = generated("lorenz", PAIRS("lorenz_t_points", "11")), *many = generated("lorenz", NULL);

  (void)state;
  for (PetscInt i = 0; i < 11; i++)
    for (PetscInt f = 0; f < 3; f++) assert_true(fabs(few->clean[f][i] - many->clean[f][200 * i]) < 1e-8);
  CALL(DscDataSetDestroy(&few));
  CALL(DscDataSetDestroy(&many));
  assert_refused("lorenz", PAIRS("lorenz_start", "1,2"), "lorenz_start", "2 numbers; 3 are needed, x, y and z");
  assert_refused("lorenz", PAIRS("lorenz_sigma", "-1000", "lorenz_t_max", "1e4"), "lorenz_t_max", "beyond all bounds");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(diffusion_solves_its_equation),
    cmocka_unit_test(advection_diffusion_solves_its_equation),
    cmocka_unit_test(schroedinger_solves_its_equation),
    cmocka_unit_test(schroedinger_starts_as_two_sech_and_conserves_mass),
    cmocka_unit_test(other_states_of_burgers_solve_its_equation),
    cmocka_unit_test(lorenz_solves_its_equations),
    cmocka_unit_test(lorenz_agrees_with_runge_kutta),
    cmocka_unit_test(lorenz_is_one_trajectory),
};

TEST_MAIN(tests)
