/*
  The generator walkers: its walks against theory, within their sampling error, and the density that comes with them.
*/
#include "data_test.h"

static const double D = 1.5, V = .5;

/* Walkers of the peak from frame to frame: mean and variance within 5 standard errors of theory. */
static void assert_moments(const DscDataSet *data, PetscInt frame, PetscInt peak, double mean, double variance)
{
  const PetscInt n     = data->ntracks / 2;
  const double  *x     = data->coordinates[1] + frame * data->ntracks + peak;
  double         sum   = 0.;
  double         power = 0., fourth = 0.;

  for (PetscInt i = 0; i < n; i++) sum += x[2 * i] / (double)n;
  for (PetscInt i = 0; i < n; i++) {
    power += pow(x[2 * i] - sum, 2.) / (double)n;
    fourth += pow(x[2 * i] - sum, 4.) / (double)n;
  }
  assert_near(sum, mean, 5. * sqrt(variance / (double)n));
  assert_near(power / variance, 1., 5. * sqrt(2. / (double)n));
  assert_near(fourth / (3. * variance * variance), 1., 5. * sqrt(96. / 9. / (double)n)); /* Gaussian */
}

static void the_set_is_the_papers(void **state)
{
  DscDataSet *data = create(1, KEYS("data_source", "walkers"));

  (void)state;
  assert_int_equal(data->nsamples, 200 * 51);
  assert_int_equal(data->ntrain, 200 * 51);
  assert_int_equal(data->ntracks, 200);
  assert_int_equal(data->grid[0], 0);
  assert_true(data->positions);
  assert_int_equal(data->ncoordinates, 2);
  assert_int_equal(data->nfields, 1);
  assert_string_equal(data->coordinate_names[0], "t");
  assert_string_equal(data->coordinate_names[1], "x");
  assert_string_equal(data->field_names[0], "u");
  for (PetscInt i = 0; i < data->nsamples; i++) {
    assert_int_equal(data->track[i], i % 200);
    assert_near(data->coordinates[0][i], .05 * (double)(i / 200), 1e-14);
    assert_true(isnan(data->fields[0][i]));
  }
  assert_int_equal(data->ntruth, 2);
  assert_string_equal(data->truth_terms[0], "u_x");
  assert_string_equal(data->truth_terms[1], "u_xx");
  assert_same_bits(data->truth_values, (const double[]){-.5, 1.5}, 2);
  CALL(DscDataSetDestroy(&data));
}

static void drift_and_spread_are_those_of_theory(void **state)
{
  DscDataSet *data = create(3, KEYS("data_source", "walkers", "walkers_number", "20000", "walkers_steps", "20"));

  (void)state;
  for (PetscInt frame = 0; frame <= 20; frame += 5) {
    const double t = .05 * (double)frame;

    assert_moments(data, frame, 0, -5. + V * t, 1.5 * 1.5 + 2. * D * t);
    assert_moments(data, frame, 1, -1. + V * t, .5 * .5 + 2. * D * t);
  }
  CALL(DscDataSetDestroy(&data));
}

/* 400000 of them: mean and variance to a percent. */
static void every_step_has_its_mean_and_variance(void **state)
{
  DscDataSet    *data = create(6, KEYS("data_source", "walkers", "walkers_number", "20000", "walkers_steps", "20",
                                       "walkers_v", "3", "walkers_d", "0.5", "walkers_dt", "0.2"));
  const PetscInt n    = data->nsamples - data->ntracks;
  const double  *x    = data->coordinates[1];
  double         mean = 0., variance = 0.;

  (void)state;
  for (PetscInt i = 0; i < n; i++) mean += (x[i + data->ntracks] - x[i]) / (double)n;
  for (PetscInt i = 0; i < n; i++) variance += pow(x[i + data->ntracks] - x[i] - mean, 2.) / (double)n;
  assert_near(mean / .6, 1., 5. * sqrt(.2 / (double)n) / .6);
  assert_near(variance / .2, 1., 5. * sqrt(2. / (double)n));
  CALL(DscDataSetDestroy(&data));
}

/* Of one walker's steps no two have to do with each other, nor with its start. */
static void steps_are_independent(void **state)
{
  DscDataSet    *data       = create(5, KEYS("data_source", "walkers", "walkers_number", "2000", "walkers_x0", "0",
                                             "walkers_sigma", "1", "walkers_steps", "10", "walkers_v", "0"));
  const PetscInt n          = data->ntracks;
  const double  *x          = data->coordinates[1];
  double         covariance = 0., start = 0.;

  (void)state;
  for (PetscInt frame = 1; frame < 10; frame++) {
    for (PetscInt i = frame * n; i < (frame + 1) * n; i++) {
      covariance += (x[i] - x[i - n]) * (x[i + n] - x[i]) / (2. * D * .05) / (9. * (double)n);
      start += x[i % n] * (x[i] - x[i - n]) / sqrt(2. * D * .05) / (9. * (double)n);
    }
  }
  assert_near(covariance, 0., 5. / sqrt(9. * (double)n));
  assert_near(start, 0., 5. / sqrt(9. * (double)n));
  CALL(DscDataSetDestroy(&data));
}

/* ---- the density ---------------------------------------------------------------------------------------------- */

/* Three peaks of weights 3, 2, 2 of 7, as 7 walkers are dealt to them. */
static const char *const three_peaks[] = {
    "data_source", "walkers",        "walkers_x0", "-4,0,3", "walkers_sigma", "1,0.5,2", "walkers_steps",
    "8",           "walkers_number", NULL,         NULL};

static DscDataSet *create_three(uint64_t seed, const char number[])
{
  const char *keys[11];

  memcpy(keys, three_peaks, sizeof(keys));
  keys[9] = number;
  return create(seed, keys);
}

static double three(double t, double x)
{
  static const double weight[3] = {3. / 7., 2. / 7., 2. / 7.}, x0[3] = {-4., 0., 3.}, sigma[3] = {1., .5, 2.};
  double              sum = 0.;

  for (int k = 0; k < 3; k++) {
    const double w = sigma[k] * sigma[k] + 2. * D * t;

    sum += weight[k] * exp(-.5 * pow(x - x0[k] - V * t, 2.) / w) / sqrt(2. * PETSC_PI * w);
  }
  return sum;
}

static void the_density_comes_with_the_samples(void **state)
{
  DscDataSet *data = create_three(2, "7");

  (void)state;
  for (PetscInt i = 0; i < data->nsamples; i++) {
    const double u = three(data->coordinates[0][i], data->coordinates[1][i]);

    assert_near(data->clean[0][i] / u, 1., 1e-12);
  }
  CALL(DscDataSetDestroy(&data));
}

/* That very density has the integral 1 and obeys the equation. */
static void the_density_obeys_the_equation(void **state)
{
  const double h = 1e-3;

  (void)state;
  for (double t = h; t < 1.; t += .3) {
    double integral = 0.;

    for (double x = -40.; x < 40.; x += .05) integral += .05 * three(t, x);
    assert_near(integral, 1., 1e-12);
    for (double x = -9.; x < 9.; x += .37) {
      const double u_t  = (three(t + .1 * h, x) - three(t - .1 * h, x)) / (.2 * h);
      const double u_x  = (three(t, x + h) - three(t, x - h)) / (2. * h);
      const double u_xx = (three(t, x + h) - 2. * three(t, x) + three(t, x - h)) / (h * h);

      assert_near(u_t, -V * u_x + D * u_xx, 2e-5);
    }
  }
}

/* The mean of g / u over samples drawn from u is the integral of g: the samples do have this density. */
static void the_samples_have_the_density(void **state)
{
  DscDataSet    *data = create_three(4, "21000");
  const PetscInt n    = data->ntracks;

  (void)state;
  for (PetscInt frame = 0; frame <= 8; frame += 4) {
    for (double center = -4.; center < 5.; center += 2.) {
      double mean = 0., square = 0.;

      for (PetscInt i = frame * n; i < (frame + 1) * n; i++) {
        const double g = exp(-.5 * pow((data->coordinates[1][i] - center) / .4, 2.)) / (.4 * sqrt(2. * PETSC_PI));
        const double q = g / data->clean[0][i];

        mean += q / (double)n;
        square += q * q / (double)n;
      }
      assert_near(mean, 1., 5. * sqrt((square - mean * mean) / (double)n));
      assert_true(square < 100.); /* or the check is worth nothing */
    }
  }
  CALL(DscDataSetDestroy(&data));
}

/* ---- random numbers ------------------------------------------------------------------------------------------- */

static void walkers_do_not_depend_on_their_number(void **state)
{
  DscDataSet *few  = create(9, KEYS("data_source", "walkers", "walkers_number", "31", "walkers_steps", "7"));
  DscDataSet *many = create(9, KEYS("data_source", "walkers", "walkers_number", "80", "walkers_steps", "12"));

  (void)state;
  for (PetscInt frame = 0; frame <= 7; frame++)
    assert_same_bits(few->coordinates[1] + 31 * frame, many->coordinates[1] + 80 * frame, 31);
  CALL(DscDataSetDestroy(&few));
  CALL(DscDataSetDestroy(&many));
}

static void seeds_choose_the_walk(void **state)
{
  DscDataSet *a = create(1, KEYS("data_source", "walkers"));
  DscDataSet *b = create(2, KEYS("data_source", "walkers"));
  DscDataSet *c = create(2, KEYS("data_source", "walkers", "data_seed", "1"));
  DscDataSet *d = create(DscExperimentSeed(1, 1), KEYS("data_source", "walkers"));
  DscDataSet *e = create(DscExperimentSeed(2, 1), KEYS("data_source", "walkers", "data_seed", "1"));

  (void)state;
  assert_memory_not_equal(a->coordinates[1], b->coordinates[1], (size_t)a->nsamples * sizeof(double));
  assert_memory_not_equal(a->coordinates[1], d->coordinates[1], (size_t)a->nsamples * sizeof(double));
  assert_same_bits(a->coordinates[1], c->coordinates[1], a->nsamples);
  assert_same_bits(d->coordinates[1], e->coordinates[1], a->nsamples);
  for (PetscInt i = 0; i < 200; i++) assert_true(a->coordinates[1][i] != b->coordinates[1][i]);
  CALL(DscDataSetDestroy(&a));
  CALL(DscDataSetDestroy(&b));
  CALL(DscDataSetDestroy(&c));
  CALL(DscDataSetDestroy(&d));
  CALL(DscDataSetDestroy(&e));
}

static void walkers_refuses(void **state)
{
  (void)state;
  assert_refused(KEYS("data_source", "walkers", "walkers_sigma", "0.5"),
                 KEYS("walkers_sigma", "1 values, but walkers_x0 has 2"));
  assert_refused(KEYS("data_source", "walkers", "walkers_sigma", "0.5,0"), KEYS("walkers_sigma", "1e-06"));
  assert_refused(KEYS("data_source", "walkers", "walkers_d", "0"), KEYS("walkers_d", "out of range"));
  assert_refused(KEYS("data_source", "walkers", "walkers_dt", "-0.1"), KEYS("walkers_dt", "out of range"));
  assert_refused(KEYS("data_source", "walkers", "walkers_number", "1"), KEYS("walkers_number", "out of range"));
  assert_refused(KEYS("data_source", "walkers", "walkers_steps", "0"), KEYS("walkers_steps", "out of range"));
  assert_refused(KEYS("data_source", "walkers", "walkers_number", "2", "walkers_x0", "0,1,2", "walkers_sigma", "1,1,1"),
                 KEYS("walkers_number", "too few for the 3 peaks of walkers_x0"));
  assert_refused(KEYS("data_source", "walkers", "walkers_number", "3", "walkers_x0", "0,1,2", "walkers_sigma", "1,1,1",
                      "walkers_steps", "1000000000"),
                 KEYS("3000000003 samples", "fewer walkers or steps"));
  assert_refused(
      KEYS("data_source", "walkers", "walkers_number", "100000", "walkers_steps", "999", "memory_limit", "1000"),
      KEYS("memory_limit", "3051.8 MB"));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_set_is_the_papers),
      cmocka_unit_test(drift_and_spread_are_those_of_theory),
      cmocka_unit_test(every_step_has_its_mean_and_variance),
      cmocka_unit_test(steps_are_independent),
      cmocka_unit_test(the_density_comes_with_the_samples),
      cmocka_unit_test(the_density_obeys_the_equation),
      cmocka_unit_test(the_samples_have_the_density),
      cmocka_unit_test(walkers_do_not_depend_on_their_number),
      cmocka_unit_test(seeds_choose_the_walk),
      cmocka_unit_test(walkers_refuses),
  };
  int failed;

  if (DscInitialize(&argc, &argv)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return DscFinalize() ? 1 : failed;
}
