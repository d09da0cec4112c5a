/* Sweeps: the values of an axis, the order of the axes, and what is refused. */
#include "sys/sys_test.h"

static DscOptions options_with(const char key[], const char value[])
{
  char       dashed[64], copy[256], *argv[] = {dashed, copy};
  DscOptions options;

  snprintf(dashed, sizeof dashed, "-%s", key);
  snprintf(copy, sizeof copy, "%s", value);
  OK(DscOptionsCreate(&options));
  OK(DscOptionsInsertArguments(options, 2, argv));
  return options;
}

static void test_values(void **state)
{
  static const struct {
    const char *key, *value, *expected; /* joined with '|' */
  } rows[] = {
      {"sweep_seed", "0-3", "0|1|2|3"},
      {"sweep_seed", "5-5", "5"},
      {"sweep_seed", "0-100:50", "0|50|100"},
      {"sweep_seed", "0-9:4", "0|4|8"},
      {"sweep_seed", "-3--1", "-3|-2|-1"},
      {"sweep_seed", "-1-1", "-1|0|1"},
      {"sweep_seed", "[0-2, 10, 20-30:10]", "0|1|2|10|20|30"},
      {"sweep_seed", "2147483646-2147483647", "2147483646|2147483647"},
      {"sweep_data_noise", "0,0.1 , 1e-3", "0|0.1|1e-3"},
      {"sweep_data_noise", "0.1-1.0:0.1", "0.1|0.2|0.3|0.4|0.5|0.6|0.7|0.8|0.9|1"},
      {"sweep_data_noise", "1e-3-5e-3:1e-3", "0.001|0.002|0.003|0.004|0.005"},
      {"sweep_data_noise", "1e5-3E+5:1e5", "100000|200000|300000"},
      {"sweep_data_noise", "1e-6-3e-6:1e-6", "1e-06|2e-06|3e-06"},
      {"sweep_data_noise", "0-1:0.3", "0|0.3|0.6|0.9"}, /* no whole number of steps leads to 1 */
      {"sweep_data_noise", "2-2:.5", "2"},
      {"sweep_data_noise", "0.-.5:0.25", "0|0.25|0.5"},
      {"sweep_data_noise", "[0, 0.1-0.3:0.1, 1]", "0|0.1|0.2|0.3|1"},
      {"sweep_fraction", "+0-+1:+.5", "0|0.5|1"},
      {"sweep_method", "[latent,Discover]", "latent|discover"},
      {"sweep_net_width", "10,20", "10|20"},
      {"sweep_net_width", "10,10;20,20", "10,10|20,20"},
      {"sweep_net_width", "10,10;", "10,10"},
      {"sweep_dry_run", "true,false", "true|false"},
      {"sweep_data_title", "0-3", "0-3"},
  };

  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    DscOptions         options = options_with(rows[i].key, rows[i].value);
    const char        *key;
    const char *const *values;
    PetscInt           naxes, n;
    char               joined[256] = "";

    OK(DscOptionsCheck(options));
    OK(DscOptionsGetSweepCount(options, &naxes));
    assert_int_equal(naxes, 1);
    OK(DscOptionsGetSweep(options, 0, &key, &n, &values));
    assert_string_equal(key, rows[i].key + 6);
    for (PetscInt v = 0; v < n; v++) {
      strcat(joined, v ? "|" : "");
      strcat(joined, values[v]);
    }
    assert_string_equal(joined, rows[i].expected);
    for (PetscInt v = 0; v < n; v++) { /* ready for a run's options */
      DscOptions run;

      OK(DscOptionsCopy(options, &run));
      OK(DscOptionsSet(run, key, values[v]));
      OK(DscOptionsCheck(run));
      OK(DscOptionsDestroy(&run));
    }
    OK(DscOptionsDestroy(&options));
  }
}

static void test_refused(void **state)
{
  static const struct {
    const char *key, *value, *message;
  } rows[] = {
      {"sweep_seed", "9-0", "command line: -sweep_seed 9-0: range '9-0' is empty: its end lies before its start"},
      {"sweep_seed", "", "command line: -sweep_seed: a sweep needs at least one value"},
      {"sweep_seed", "[]", "command line: -sweep_seed []: a sweep needs at least one value"},
      {"sweep_seed", "0-9:0", "command line: -sweep_seed 0-9:0: the step of range '0-9:0' is not positive"},
      {"sweep_seed", "0-9:-2", "command line: -sweep_seed 0-9:-2: the step of range '0-9:-2' is not positive"},
      {"sweep_seed", "0-2000000",
       "command line: -sweep_seed 0-2000000: range '0-2000000' has more than 1000000 values"},
      {"sweep_seed", "0-999999,5000000", "command line: -sweep_seed 0-999999,5000000: more than 1000000 values"},
      {"sweep_seed", "0-x",
       "command line: -sweep_seed 0-x: '0-x' is no range of integers; allowed: FIRST-LAST or FIRST-LAST:STEP, as 0-9 "
       "or "
       "0-100:10"},
      {"sweep_seed", "0-",
       "command line: -sweep_seed 0-: '0-' is no range of integers; allowed: FIRST-LAST or FIRST-LAST:STEP, as 0-9 or "
       "0-100:10"},
      {"sweep_seed", "0-5000000000",
       "command line: -sweep_seed 0-5000000000: '0-5000000000' is no range of integers; allowed: FIRST-LAST or "
       "FIRST-LAST:STEP, as 0-9 or 0-100:10"},
      {"sweep_seed", "1,two", "command line: -sweep_seed 1,two: value 'two': not an integer; allowed: integer"},
      {"sweep_seed", "1,,2", "command line: -sweep_seed 1,,2: value '': empty; allowed: integer"},
      {"sweep_seed", "1,2,1", "command line: -sweep_seed 1,2,1: value '1' is given twice"},
      {"sweep_seed", "0-3,2", "command line: -sweep_seed 0-3,2: value '2' is given twice"},
      {"sweep_data_samples", "0-3",
       "command line: -sweep_data_samples 0-3: value '0': out of range; allowed: integer >= 1"},
      {"sweep_data_noise", "0-3",
       "command line: -sweep_data_noise 0-3: range '0-3' of reals needs a step: FIRST-LAST:STEP, as 0.1-1:0.1"},
      {"sweep_data_noise", "1-0.1:0.1",
       "command line: -sweep_data_noise 1-0.1:0.1: range '1-0.1:0.1' is empty: its end lies before its start"},
      {"sweep_data_noise", "0-1:0", "command line: -sweep_data_noise 0-1:0: the step of range '0-1:0' is not positive"},
      {"sweep_data_noise", "0-1:-0.1",
       "command line: -sweep_data_noise 0-1:-0.1: the step of range '0-1:-0.1' is not positive"},
      {"sweep_data_noise", "0-1:1e-7",
       "command line: -sweep_data_noise 0-1:1e-7: range '0-1:1e-7' has more than 1000000 values"},
      {"sweep_data_noise", "1e-300-1e300:1",
       "command line: -sweep_data_noise 1e-300-1e300:1: range '1e-300-1e300:1': its numbers span more than 17 digits"},
      {"sweep_data_noise", "0-0.123456789012345678:0.1",
       "command line: -sweep_data_noise 0-0.123456789012345678:0.1: range '0-0.123456789012345678:0.1': its numbers "
       "span "
       "more than 17 digits"},
      {"sweep_data_noise", "0-x:1",
       "command line: -sweep_data_noise 0-x:1: '0-x:1' is no range of reals; allowed: FIRST-LAST:STEP, as 0.1-1:0.1"},
      {"sweep_data_noise", "0-1:",
       "command line: -sweep_data_noise 0-1:: '0-1:' is no range of reals; allowed: FIRST-LAST:STEP, as 0.1-1:0.1"},
      {"sweep_data_noise", "0x1-3:1",
       "command line: -sweep_data_noise 0x1-3:1: '0x1-3:1' is no range of reals; allowed: FIRST-LAST:STEP, as "
       "0.1-1:0.1"},
      {"sweep_data_noise", "0-inf:1",
       "command line: -sweep_data_noise 0-inf:1: '0-inf:1' is no range of reals; allowed: FIRST-LAST:STEP, as "
       "0.1-1:0.1"},
      {"sweep_data_noise", "-1-1:1",
       "command line: -sweep_data_noise -1-1:1: value '-1': out of range; allowed: real >= 0"},
      {"sweep_data_noise", "0.1,0.10", "command line: -sweep_data_noise 0.1,0.10: value '0.1' is given twice"},
      {"sweep_data_noise", "0.3,0.1-0.5:0.1",
       "command line: -sweep_data_noise 0.3,0.1-0.5:0.1: value '0.3' is given twice"},
      {"sweep_seed", "1,+1", "command line: -sweep_seed 1,+1: value '1' is given twice"},
      {"sweep_data_noise", "0.1,-1",
       "command line: -sweep_data_noise 0.1,-1: value '-1': out of range; allowed: real >= 0"},
      {"sweep_method", "latent,fast",
       "command line: -sweep_method latent,fast: value 'fast': no such choice; allowed: one of discover, symbolic, "
       "latent"},
      {"sweep_net_width", "1,1;2,x",
       "command line: -sweep_net_width 1,1;2,x: value '2,x': entry 2 'x': not an integer; allowed: list of integers "
       ">= 1"},
      {"sweep_sede", "0-3", "command line: -sweep_sede: unknown key sede; did you mean seed?"},
  };

  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    DscOptions options = options_with(rows[i].key, rows[i].value);

    assert_user_error(DscOptionsCheck(options), rows[i].message);
    OK(DscOptionsDestroy(&options));
  }
}

/* Every value of a range of reals has the bits and the text of the number that a person types. */
static void test_real_ranges_are_decimal(void **state)
{
  static const struct {
    const char *range;
    int         first, last, step, digits;
  } rows[] = {{"0.001-1:0.001", 1, 1000, 1, 3},
              {"0.0007-0.9:0.0007", 7, 9000, 7, 4},
              {"1.5-30:0.1", 15, 300, 1, 1},
              {"0.03-9.99:3e-2", 3, 999, 3, 2}};

  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    DscOptions         options = options_with("sweep_data_noise", rows[i].range);
    const char        *key;
    const char *const *values;
    PetscInt           n;

    OK(DscOptionsGetSweep(options, 0, &key, &n, &values));
    assert_int_equal(n, (rows[i].last - rows[i].first) / rows[i].step + 1);
    for (PetscInt v = 0; v < n; v++) {
      int    number = rows[i].first + (int)v * rows[i].step, scale = 1;
      char   typed[32], *end;
      double value, expected;

      for (int d = 0; d < rows[i].digits; d++) scale *= 10;
      snprintf(typed, sizeof typed, "%d.%0*d", number / scale, rows[i].digits, number % scale);
      end = strchr(typed, '\0');
      while (end[-1] == '0') *--end = '\0';
      if (end[-1] == '.') *--end = '\0';
      value    = strtod(values[v], NULL);
      expected = strtod(typed, NULL);
      assert_memory_equal(&value, &expected, sizeof value);
      if (expected >= 1e-4) assert_string_equal(values[v], typed);
    }
    OK(DscOptionsDestroy(&options));
  }
}

/* Who asks for the axes without a check finds the mistake too, each time. */
static void test_refused_without_check(void **state)
{
  DscOptions options = options_with("sweep_seed", "9-0");
  PetscInt   naxes;

  (void)state;
  for (int i = 0; i < 2; i++)
    assert_user_error(DscOptionsGetSweepCount(options, &naxes),
                      "command line: -sweep_seed 9-0: range '9-0' is empty: its end lies before its start");
  OK(DscOptionsDestroy(&options));
}

static void test_set_and_swept(void **state)
{
  static char key[] = "-seed", value[] = "3";
  char       *argv[]  = {key, value};
  DscOptions  options = options_with("sweep_seed", "0-9");

  (void)state;
  OK(DscOptionsInsertArguments(options, 2, argv));
  assert_user_error(DscOptionsCheck(options),
                    "command line: -seed 3: the key is swept as well (sweep_seed); give one of the two "
                    "(on the command line it replaces the file's)");
  OK(DscOptionsDestroy(&options));
}

/* As given by the lines of an input file and by '-key value', in both orders. */
static DscOptions options_of(const char text[], PetscBool file_first, const char key[], const char value[])
{
  char       path[]  = "/tmp/discern-sweep-XXXXXX";
  FILE      *file    = fdopen(mkstemp(path), "w");
  DscOptions options = key && !file_first ? options_with(key, value) : NULL;

  assert_non_null(file);
  fputs(text, file);
  fclose(file);
  if (!options) OK(DscOptionsCreate(&options));
  OK(DscOptionsInsertFile(options, PETSC_COMM_SELF, path));
  unlink(path);
  if (key && file_first) {
    char dashed[64], copy[64], *argv[] = {dashed, copy};

    snprintf(dashed, sizeof dashed, "-%s", key);
    snprintf(copy, sizeof copy, "%s", value);
    OK(DscOptionsInsertArguments(options, 2, argv));
  }
  return options;
}

/* The command line's sweep replaces the file's value, and its value the file's sweep, whichever is read first. */
static void test_command_line_wins(void **state)
{
  (void)state;
  for (int order = 0; order < 2; order++) {
    DscOptions         options;
    PetscInt           naxes, n, seed;
    PetscBool          set;
    const char        *key;
    const char *const *values;

    options = options_of("data_noise: 0.3\nseed: 4\n", (PetscBool)order, "sweep_data_noise", "0.1,0.2");
    OK(DscOptionsCheck(options));
    OK(DscOptionsIsSet(options, "data_noise", &set));
    assert_false(set);
    OK(DscOptionsGetSweepCount(options, &naxes));
    assert_int_equal(naxes, 1);
    OK(DscOptionsGetSweep(options, 0, &key, &n, &values));
    assert_string_equal(key, "data_noise");
    assert_int_equal(n, 2);
    OK(DscOptionsGetInt(options, "seed", &seed)); /* the entries after it are still there */
    assert_int_equal(seed, 4);
    OK(DscOptionsDestroy(&options));

    options = options_of("sweep: {seed: 0-9, data_noise: [0.1, 0.2]}\n", (PetscBool)order, "seed", "3");
    OK(DscOptionsCheck(options));
    OK(DscOptionsGetInt(options, "seed", &seed));
    assert_int_equal(seed, 3);
    OK(DscOptionsGetSweepCount(options, &naxes));
    assert_int_equal(naxes, 1);
    OK(DscOptionsGetSweep(options, 0, &key, &n, &values));
    assert_string_equal(key, "data_noise");
    OK(DscOptionsDestroy(&options));
  }
}

/* Twice in the file stays a mistake, and a run of the study may set what the file sweeps. */
static void test_set_and_swept_in_file(void **state)
{
  DscOptions  options = options_of("seed: 3\nsweep: {seed: 0-9}\n", PETSC_TRUE, NULL, NULL);
  PetscInt    naxes;
  const char *text;

  (void)state;
  DscErrorCaptureBegin();
  assert_int_equal(DscOptionsCheck(options), PETSC_ERR_USER_INPUT);
  DscErrorCaptureEnd();
  text = strstr(DscErrorMessage(), ":1: seed 3: the key is swept as well (sweep_seed)");
  assert_non_null(text);
  OK(DscOptionsDestroy(&options));

  options = options_of("sweep: {seed: 0-9}\n", PETSC_TRUE, NULL, NULL);
  OK(DscOptionsSet(options, "seed", "5"));
  OK(DscOptionsCheck(options));
  OK(DscOptionsGetSweepCount(options, &naxes));
  assert_int_equal(naxes, 1);
  OK(DscOptionsDestroy(&options));
}

/* A file's axes come in its order, also where the command line changes one; lists of lists are kept apart. */
static void test_file(void **state)
{
  static const char *const keys[]   = {"data_noise", "seed", "net_width", "window"};
  static const char *const firsts[] = {"0.5", "0", "10,20", "1,2"};
  static const PetscInt    counts[] = {1, 3, 2, 1};
  static char              key[] = "-sweep_data_noise", value[] = "0.5";
  char                     path[] = "/tmp/discern-sweep-XXXXXX", *argv[] = {key, value};
  int                      descriptor = mkstemp(path);
  FILE                    *file       = fdopen(descriptor, "w");
  DscOptions               options;
  PetscInt                 naxes, n;
  const char              *axis;
  const char *const       *values;

  (void)state;
  assert_non_null(file);
  fputs("sweep:\n  data: {noise: [0, 0.1]}\n  seed: [0, 1, 2]\n  net_width: [[10, 20], 30]\nsweep_window: [[1, 2]]\n",
        file);
  fclose(file);
  OK(DscOptionsCreate(&options));
  OK(DscOptionsInsertArguments(options, 2, argv));
  OK(DscOptionsInsertFile(options, PETSC_COMM_SELF, path));
  unlink(path);
  OK(DscOptionsCheck(options));
  assert_non_null(strstr(DscOptionsWhere(options, "sweep_seed"), ":3: sweep_seed 0,1,2")); /* as it would be typed */
  OK(DscOptionsGetSweepCount(options, &naxes));
  assert_int_equal(naxes, 4);
  for (PetscInt a = 0; a < naxes; a++) {
    OK(DscOptionsGetSweep(options, a, &axis, &n, &values));
    assert_string_equal(axis, keys[a]);
    assert_int_equal(n, counts[a]);
    assert_string_equal(values[0], firsts[a]);
  }
  OK(DscOptionsDestroy(&options));
}

static void test_no_sweep(void **state)
{
  DscOptions options = options_with("seed", "1");
  PetscInt   naxes;

  (void)state;
  OK(DscOptionsGetSweepCount(options, &naxes));
  assert_int_equal(naxes, 0);
  OK(DscOptionsDestroy(&options));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_values),
      cmocka_unit_test(test_refused),
      cmocka_unit_test(test_real_ranges_are_decimal),
      cmocka_unit_test(test_refused_without_check),
      cmocka_unit_test(test_set_and_swept),
      cmocka_unit_test(test_command_line_wins),
      cmocka_unit_test(test_set_and_swept_in_file),
      cmocka_unit_test(test_file),
      cmocka_unit_test(test_no_sweep),
  };
  int result;

  if (DscInitialize(&argc, &argv) || register_test_specs()) return 1;
  result = cmocka_run_group_tests(tests, NULL, NULL);
  return DscFinalize() ? 1 : result;
}
