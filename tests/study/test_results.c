/* The results file of a study with known results: the same on any number of ranks, and what DESIGN 6 says. */
#include "fake.h"
#include "study/results.h"

#include <hdf5_hl.h>

#define NSEEDS 7
#define NSIZES 2
#define NRUNS  (NSEEDS * NSIZES)
#define FAILED 5 /* this seed fails */

/* Axis 0: fake_terms 3, 4 (union: "u_x", "u u_x", "u_xxx", then "u^2 u_x"); axis 1: seeds; axis 2: one word. */
static const PetscInt sizes[NSIZES] = {3, 4};

static int write_study(void **state)
{
  DscOptions  options = fake_options("sweep_fake_terms", "3,4", "sweep_seed", "0-6", "sweep_fake_kind", "a_long_choice",
                                     "sweep_fake_flag", "true", "sweep_data_noise", "0.25", "fake_fail", "5", "output",
                                     fake_path("test_results"), NULL);
  DscExitCode exit_code;

  (void)state;
  if (DscStudyRunWith(MPI_COMM_WORLD, options, &fake_runner, &exit_code)) return 1;
  if (exit_code != DSC_EXIT_PARTIAL) return 1;
  return DscOptionsDestroy(&options) != 0;
}

static void read_numbers(hid_t file, const char name[], PetscInt n, double values[])
{
  hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT), space;

  assert_true(dataset >= 0);
  space = H5Dget_space(dataset);
  assert_int_equal(H5Sget_simple_extent_npoints(space), n);
  assert_true(H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
  H5Sclose(space);
  H5Dclose(dataset);
}

static void assert_same(double actual, double expected)
{
  if (isnan(expected))
    assert_true(isnan(actual));
  else
    assert_true(actual == expected);
}

static void check_runs(hid_t file)
{
  double status[NRUNS], seconds[NRUNS], iterations[NRUNS], seed[NRUNS], terms[NRUNS], noise[NRUNS], exact[NRUNS],
      error[NRUNS], flag[NRUNS], number[NRUNS];

  read_numbers(file, "/run", NRUNS, number);
  read_numbers(file, "/runs/status", NRUNS, status);
  read_numbers(file, "/runs/seconds", NRUNS, seconds);
  read_numbers(file, "/runs/iterations", NRUNS, iterations);
  read_numbers(file, "/runs/seed", NRUNS, seed);
  read_numbers(file, "/runs/fake_terms", NRUNS, terms);
  read_numbers(file, "/runs/data_noise", NRUNS, noise);
  read_numbers(file, "/runs/fake_flag", NRUNS, flag);
  read_numbers(file, "/metrics/exact", NRUNS, exact);
  read_numbers(file, "/metrics/coefficient_error", NRUNS, error);
  for (PetscInt run = 0; run < NRUNS; run++) {
    const PetscInt s = run % NSEEDS;

    assert_same(number[run], run);
    assert_same(seed[run], s);
    assert_same(terms[run], sizes[run / NSEEDS]);
    assert_same(noise[run], .25);
    assert_same(flag[run], 1);
    assert_same(status[run], s == FAILED ? DSC_RUN_FAILED : fake_status(s));
    assert_same(iterations[run], s == FAILED ? 0 : 100 * s);
    assert_same(exact[run], s == FAILED ? -1 : fake_exact(sizes[run / NSEEDS], s));
    assert_same(error[run], s == FAILED ? NAN : .75);
    if (s != FAILED) assert_same(seconds[run], 1 + (double)s);
  }
}

/* Terms that a run's library does not have are NaN, and not active; so is everything of a failed run. */
static void check_equations(hid_t file)
{
  double values[NRUNS][1][4], std[NRUNS][1][4], truth[NRUNS][1][4], active[NRUNS][1][4];
  double inclusion[NRUNS][1][4];

  read_numbers(file, "/equation/coefficients", NRUNS * 4, &values[0][0][0]);
  read_numbers(file, "/equation/std", NRUNS * 4, &std[0][0][0]);
  read_numbers(file, "/equation/truth", NRUNS * 4, &truth[0][0][0]);
  read_numbers(file, "/equation/inclusion", NRUNS * 4, &inclusion[0][0][0]);
  read_numbers(file, "/equation/active", NRUNS * 4, &active[0][0][0]);
  for (PetscInt run = 0; run < NRUNS; run++) {
    const PetscInt s = run % NSEEDS;

    for (PetscInt t = 0; t < 4; t++) {
      const PetscBool missing  = (PetscBool)(s == FAILED || (t == 3 && sizes[run / NSEEDS] == 3));
      const double    expected = fake_coefficient(fake_names[t], s, .25);

      assert_same(values[run][0][t], missing ? NAN : expected);
      assert_same(std[run][0][t], missing ? NAN : expected != 0 ? .01 : 0);
      assert_same(truth[run][0][t], missing ? NAN : fake_truth(fake_names[t]));
      assert_same(inclusion[run][0][t], missing ? NAN : fake_active(fake_names[t], s) ? 1 : .125);
      assert_same(active[run][0][t], missing ? 0 : fake_active(fake_names[t], s));
    }
  }
}

static void check_history(hid_t file)
{
  double offset[NRUNS + 1], entry[NRUNS * 5], loss[NRUNS * 5], third[NRUNS * 5], total = 0;

  read_numbers(file, "/history/offset", NRUNS + 1, offset);
  for (PetscInt run = 0; run < NRUNS; run++) {
    assert_same(offset[run], total);
    total += run % NSEEDS == FAILED ? 0 : (double)fake_history_rows(run % NSEEDS);
  }
  assert_same(offset[NRUNS], total);
  assert_true(total > NRUNS);
  read_numbers(file, "/history/entry", (PetscInt)total, entry);
  read_numbers(file, "/history/loss", (PetscInt)total, loss);
  read_numbers(file, "/history/alpha|u_x", (PetscInt)total, third);
  for (PetscInt run = 0; run < NRUNS; run++) {
    for (PetscInt i = (PetscInt)offset[run]; i < (PetscInt)offset[run + 1]; i++) {
      const double first = 1000 * (double)(run % NSEEDS) + 10 * (i - offset[run]);

      assert_same(entry[i], run);
      assert_same(loss[i], first + 1);
      assert_same(third[i], sizes[run / NSEEDS] == 4 ? first + 2 : NAN);
    }
  }
}

/* The columns of sets are those of the union of the libraries: NaN where a run has no such term. */
static void check_selection(hid_t file)
{
  double       offset[NRUNS + 1], candidate[4 * NRUNS], terms[4 * NRUNS], error[4 * NRUNS], score[4 * NRUNS];
  double       set[4][4 * NRUNS], total = 0;
  char         name[64];
  const double in[4] = {3, 2, 1, NAN}; /* u_x, u u_x, u_xxx, u^2 u_x: in the sets of so many terms */

  read_numbers(file, "/selection/offset", NRUNS + 1, offset);
  for (PetscInt run = 0; run < NRUNS; run++) {
    assert_same(offset[run], total);
    total += run % NSEEDS == FAILED ? 0 : FAKE_CANDIDATES;
  }
  assert_same(offset[NRUNS], total);
  read_numbers(file, "/selection/candidate", (PetscInt)total, candidate);
  read_numbers(file, "/selection/terms", (PetscInt)total, terms);
  read_numbers(file, "/selection/error", (PetscInt)total, error);
  read_numbers(file, "/selection/score", (PetscInt)total, score);
  for (int t = 0; t < 4; t++) {
    snprintf(name, sizeof(name), "/selection/active|u_t|%s", fake_names[t]);
    read_numbers(file, name, (PetscInt)total, set[t]);
  }
  for (PetscInt run = 0; run < NRUNS; run++) {
    for (PetscInt i = (PetscInt)offset[run]; i < (PetscInt)offset[run + 1]; i++) {
      const PetscInt k = i - (PetscInt)offset[run];

      assert_same(candidate[i], run);
      assert_same(terms[i], k);
      assert_same(error[i], fake_error(k, run % NSEEDS));
      assert_same(score[i], fake_score(k, run % NSEEDS));
      for (int t = 0; t < 3; t++) assert_same(set[t][i], k >= in[t]);
      assert_same(set[3][i], sizes[run / NSEEDS] == 4 ? 0 : NAN);
    }
  }
}

static void check_text(hid_t file, const char object[], const char name[], const char expected[])
{
  hid_t attribute = H5Aopen_by_name(file, object, name, H5P_DEFAULT, H5P_DEFAULT), type;
  char *text;

  assert_true(attribute >= 0);
  type = H5Aget_type(attribute);
  assert_true(H5Aread(attribute, type, &text) >= 0);
  assert_non_null(strstr(text, expected));
  H5free_memory(text);
  H5Tclose(type);
  H5Aclose(attribute);
}

static void check_filters(hid_t file, const char name[])
{
  hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT), properties = H5Dget_create_plist(dataset);

  assert_int_equal(H5Pget_nfilters(properties), 3);
  H5Pclose(properties);
  H5Dclose(dataset);
}

static void check_scale(hid_t file, const char name[], unsigned dimension, const char scale_name[])
{
  hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT), scale = H5Dopen2(file, scale_name, H5P_DEFAULT);

  assert_true(dataset >= 0 && scale >= 0);
  assert_true(H5DSis_scale(scale) > 0);
  assert_true(H5DSis_attached(dataset, scale, dimension) > 0);
  H5Dclose(scale);
  H5Dclose(dataset);
}

static void check_description(hid_t file)
{
  check_scale(file, "/runs/status", 0, "/run");
  check_scale(file, "/runs/fake_kind", 0, "/run");
  check_scale(file, "/equation/coefficients", 0, "/run");
  check_scale(file, "/equation/coefficients", 1, "/equation/left");
  check_scale(file, "/equation/coefficients", 2, "/equation/terms");
  check_scale(file, "/history/loss", 0, "/history/entry");
  check_scale(file, "/selection/score", 0, "/selection/candidate");
  check_filters(file, "/equation/coefficients");
  check_filters(file, "/runs/reason");
  check_text(file, "/runs/seconds", "units", "s");
  check_text(file, "/equation/std", "long_name", "standard deviation");
  check_text(file, "/", "input", "fake_fail: 5");
  assert_true(H5Aexists(file, "schema_version") > 0);
  assert_true(H5Aexists(file, "version") > 0);
}

static void test_file(void **state)
{
  hid_t file;

  (void)state;
  if (!fake_is_root()) return;
  file = H5Fopen(fake_path("test_results"), H5F_ACC_RDONLY, H5P_DEFAULT);
  assert_true(file >= 0);
  check_runs(file);
  check_equations(file);
  check_history(file);
  check_selection(file);
  check_description(file);
  H5Fclose(file);
}

static void test_table(void **state)
{
  DscResultsTable t;

  (void)state;
  if (!fake_is_root()) return;
  assert_int_equal(DscResultsRead(fake_path("test_results"), &t), 0);
  assert_int_equal(t.naxes, 5);
  assert_string_equal(t.axes[0], "fake_terms"); /* in the order of the input */
  assert_string_equal(t.axes[1], "seed");
  assert_string_equal(t.axis_values[NRUNS + 8], "1");
  assert_string_equal(t.axis_values[2 * NRUNS], "a_long_choice");
  assert_string_equal(t.axis_values[4 * NRUNS], "0.25");
  assert_int_equal(t.nterms, 4);
  assert_string_equal(t.left[0], "u_t");
  for (PetscInt i = 0; i < 4; i++) assert_string_equal(t.terms[i], fake_names[i]);
  assert_non_null(strstr(t.reason[FAILED], "loss is not finite at iteration 7"));
  assert_string_equal(t.reason[0], "");
  assert_int_equal(DscResultsTableDestroy(&t), 0);
}

/* A file from before there were ensembles has no inclusion: nothing is known of it. */
static void test_file_without_inclusion(void **state)
{
  DscResultsTable t;
  const char     *path = fake_path("test_results");
  hid_t           file;

  (void)state;
  if (!fake_is_root()) return;
  for (int k = 0; k < 2; k++) {
    assert_int_equal(DscResultsRead(path, &t), 0);
    assert_same(t.inclusion[0], k ? NAN : .125);
    assert_same(t.std[1], .01);
    assert_int_equal(DscResultsTableDestroy(&t), 0);
    if (k) break;
    file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(H5Ldelete(file, "/equation/inclusion", H5P_DEFAULT) >= 0);
    H5Fclose(file);
  }
}

static void check_refused(const char path[], const char expected[])
{
  DscResultsTable t;

  assert_int_equal(DscErrorCaptureBegin(), 0);
  assert_int_equal(DscExitCodeFromError(DscResultsRead(path, &t)), DSC_EXIT_USER);
  assert_int_equal(DscErrorCaptureEnd(), 0);
  assert_non_null(strstr(DscErrorMessage(), expected));
}

static void test_bad_files(void **state)
{
  char  path[PETSC_MAX_PATH_LEN + 16];
  hid_t file;
  FILE *text;

  (void)state;
  if (!fake_is_root()) return;
  check_refused("/nowhere/x.h5", "No such file");
  snprintf(path, sizeof(path), "%s.bad", fake_path("test_results"));
  text = fopen(path, "w");
  fputs("not HDF5\n", text);
  fclose(text);
  check_refused(path, "not an HDF5 file");
  file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  H5Fclose(file);
  check_refused(path, "not a results file");
  file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
  assert_true(H5LTset_attribute_int(file, "/", "schema_version", (int[]){DSC_SCHEMA_VERSION + 1}, 1) >= 0);
  H5Fclose(file);
  check_refused(path, "schema version 2");
  unlink(path);
}

static int run(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_file), cmocka_unit_test(test_table),
                                     cmocka_unit_test(test_file_without_inclusion), cmocka_unit_test(test_bad_files)};

  return cmocka_run_group_tests(tests, write_study, NULL);
}

int main(int argc, char **argv)
{
  return fake_main(run, argc, argv);
}
