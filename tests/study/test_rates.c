/* Runs grouped by settings, by equation and by reason; success rates and coefficients of groups. */
#include "fake.h"
#include "study/format.h"
#include "study/rates.h"

enum { RUNS = 8, TERMS = 3, AXES = 3 };

static DscResultsTable table;

/* Runs 0 to 7: noise 0.5, 0.1, 0.50, 1e-1 ... (texts of equal numbers), a word, the parity of the run. */
static int make_table(void **state)
{
  static const char *const noise[RUNS]  = {"0.5", "0.1", "0.50", "1e-1", "10", "0.1", "2", "0.5"};
  static const char *const kind[RUNS]   = {"b", "a", "b", "c", "a", "c", "b", "a"};
  static const int         status[RUNS] = {0, 0, 1, 2, 0, 3, 2, 0}, exact[RUNS] = {1, 0, 1, -1, 1, -1, -1, 0};
  static const int         active[RUNS] = {1, 3, 1, 0, 1, 0, 0, 5}; /* bits: terms */

  (void)state;
  table.nruns  = RUNS;
  table.nleft  = 1;
  table.nterms = TERMS;
  table.naxes  = AXES;
  if (PetscCalloc1(AXES, &table.axes) || PetscCalloc1(AXES * RUNS, &table.axis_values)) return 1;
  if (PetscCalloc3(RUNS, &table.status, RUNS, &table.exact, RUNS, &table.iterations)) return 1;
  if (PetscCalloc4(RUNS, &table.seconds, RUNS, &table.mse, RUNS, &table.bic, RUNS, &table.coefficient_error)) return 1;
  if (PetscCalloc4(RUNS * TERMS, &table.coefficients, RUNS * TERMS, &table.std, RUNS * TERMS, &table.truth,
                   RUNS * TERMS, &table.active)) {
    return 1;
  }
  if (PetscCalloc1(RUNS, &table.reason)) return 1;
  strcpy(table.axes[0], "data_noise");
  strcpy(table.axes[1], "kind");
  strcpy(table.axes[2], "parity");
  for (int run = 0; run < RUNS; run++) {
    strcpy(table.axis_values[0 * RUNS + run], noise[run]);
    strcpy(table.axis_values[1 * RUNS + run], kind[run]);
    strcpy(table.axis_values[2 * RUNS + run], run % 2 ? "1" : "0");
    table.status[run]            = status[run];
    table.exact[run]             = exact[run];
    table.seconds[run]           = run + 1;
    table.iterations[run]        = 10 * run;
    table.coefficient_error[run] = exact[run] < 0 ? NAN : run / 10.;
    for (int term = 0; term < TERMS; term++) {
      table.active[run * TERMS + term]       = active[run] >> term & 1;
      table.coefficients[run * TERMS + term] = status[run] == 2 ? NAN : (double)((active[run] >> term & 1) * (run + 1));
      table.std[run * TERMS + term]          = .25 * run;
      table.truth[run * TERMS + term]        = term == 0 ? 2 : 0;
    }
  }
  strcpy(table.reason[2], "not stable after 400 iterations");
  strcpy(table.reason[3], "loss is not finite at iteration 7");
  strcpy(table.reason[6], "loss is not finite at iteration 1234");
  strcpy(table.reason[5], "loss is not finite at iteration 7"); /* stopped: another group */
  return 0;
}

static int drop_table(void **state)
{
  (void)state;
  return (int)DscResultsTableDestroy(&table);
}

static void test_axis_values(void **state)
{
  static const double numbers[]      = {.1, .5, 2, 10};
  static const int    of_noise[RUNS] = {1, 0, 1, 0, 3, 0, 2, 1}, of_kind[RUNS] = {0, 1, 0, 2, 1, 2, 0, 1};
  DscAxisValues       values;

  (void)state;
  assert_int_equal(DscAxisValuesCreate(&table, 0, &values), 0);
  assert_true(values.numeric);
  assert_int_equal(values.n, 4);
  for (int i = 0; i < 4; i++) assert_true(values.number[i] == numbers[i]);
  for (int run = 0; run < RUNS; run++) assert_int_equal(values.value_of[run], of_noise[run]);
  assert_int_equal(values.first[0], 1);
  assert_int_equal(values.first[1], 0);
  assert_int_equal(DscAxisValuesDestroy(&values), 0);
  assert_int_equal(DscAxisValuesCreate(&table, 1, &values), 0);
  assert_false(values.numeric);
  assert_int_equal(values.n, 3); /* b, a, c: as they came */
  for (int run = 0; run < RUNS; run++) assert_int_equal(values.value_of[run], of_kind[run]);
  assert_int_equal(values.first[2], 3);
  assert_true(isnan(values.number[0]));
  assert_int_equal(DscAxisValuesDestroy(&values), 0);
  assert_int_equal(DscAxisFind(&table, "kind"), 1);
  assert_int_equal(DscAxisFind(&table, "kin"), -1);
}

static void check_groups(const DscGroups *groups, PetscInt n, const PetscInt sizes[], const PetscInt members[])
{
  PetscInt at = 0;

  assert_int_equal(groups->n, n);
  for (PetscInt g = 0; g < n; g++) {
    assert_int_equal(groups->first[g], at);
    for (PetscInt i = 0; i < sizes[g]; i++) assert_int_equal(groups->member[at + i], members[at + i]);
    at += sizes[g];
  }
  assert_int_equal(groups->first[n], at);
}

static void test_groups(void **state)
{
  static const PetscInt whole[] = {8}, all[] = {0, 1, 2, 3, 4, 5, 6, 7};
  static const PetscInt by_noise[] = {3, 3, 1, 1}, noise_runs[] = {1, 3, 5, 0, 2, 7, 6, 4};
  static const PetscInt by_both[]   = {3, 1, 2, 2},
                        both_runs[] = {0, 2, 6, 4, 1, 7, 3, 5}; /* (b, 0) (a, 0) (a, 1) (c, 1) */
  const PetscInt noise = 0, both[] = {1, 2};
  DscGroups      groups;

  (void)state;
  assert_int_equal(DscGroupsCreate(&table, 0, NULL, &groups), 0);
  check_groups(&groups, 1, whole, all);
  assert_int_equal(DscGroupsDestroy(&groups), 0);
  assert_int_equal(DscGroupsCreate(&table, 1, &noise, &groups), 0);
  check_groups(&groups, 4, by_noise, noise_runs);
  assert_int_equal(DscGroupsDestroy(&groups), 0);
  assert_int_equal(DscGroupsCreate(&table, 2, both, &groups), 0);
  check_groups(&groups, 4, by_both, both_runs);
  assert_int_equal(DscGroupsDestroy(&groups), 0);
}

/* Failed and stopped runs have no equation; equal sizes in order of the first run. */
static void test_equations(void **state)
{
  static const PetscInt sizes[] = {3, 1, 1}, runs[] = {0, 2, 4, 1, 7};
  DscGroups             groups;

  (void)state;
  assert_int_equal(DscGroupsCreateByEquation(&table, &groups), 0);
  check_groups(&groups, 3, sizes, runs);
  assert_int_equal(DscGroupsDestroy(&groups), 0);
}

static void test_reasons(void **state)
{
  static const PetscInt sizes[] = {2, 1, 1}, runs[] = {3, 6, 2, 5};
  DscGroups             groups;

  (void)state;
  assert_int_equal(DscGroupsCreateByReason(&table, &groups), 0);
  check_groups(&groups, 3, sizes, runs); /* 7 and 1234 are one reason */
  assert_int_equal(DscGroupsDestroy(&groups), 0);
  strcpy(table.reason[6], "loss is not finite in iteration 1234");
  assert_int_equal(DscGroupsCreateByReason(&table, &groups), 0);
  assert_int_equal(groups.n, 4);
  assert_int_equal(DscGroupsDestroy(&groups), 0);
  strcpy(table.reason[6], "loss is not finite at iteration 1234 of 9");
  assert_int_equal(DscGroupsCreateByReason(&table, &groups), 0);
  assert_int_equal(groups.n, 4);
  assert_int_equal(DscGroupsDestroy(&groups), 0);
  strcpy(table.reason[6], "loss is not finite at iteration 1234");
}

static void test_rate(void **state)
{
  static const PetscInt all[] = {0, 1, 2, 3, 4, 5, 6, 7}, failed[] = {3, 6}, stopped[] = {5};
  DscRate               rate;
  double                work[RUNS], low, high;

  (void)state;
  assert_true(DscRatesKnowTruth(&table));
  DscRateCompute(&table, PETSC_TRUE, RUNS, all, work, &rate);
  assert_int_equal(rate.runs, 7); /* not the stopped one */
  assert_int_equal(rate.successes, 3);
  DscWilsonInterval(3, 7, &low, &high);
  assert_true(rate.low == low && rate.high == high);
  assert_true(rate.seconds == 3 && rate.iterations == 20); /* runs 0, 1, 2, 4, 7 */
  assert_true(fabs(rate.coefficient_error - .2) < 1e-15);
  DscRateCompute(&table, PETSC_FALSE, RUNS, all, work, &rate);
  assert_int_equal(rate.successes, 4); /* done */
  DscRateCompute(&table, PETSC_TRUE, 2, failed, work, &rate);
  assert_int_equal(rate.runs, 2);
  assert_int_equal(rate.successes, 0);
  assert_true(isnan(rate.seconds));
  DscRateCompute(&table, PETSC_TRUE, 1, stopped, work, &rate);
  assert_int_equal(rate.runs, 0);
  assert_true(isnan(rate.low) && isnan(rate.high));
}

static void test_term(void **state)
{
  static const PetscInt all[] = {0, 1, 2, 3, 4, 5, 6, 7};
  DscTermStatistics     s;
  double                work[RUNS], expected[] = {1, 2, 3, 5, 8}, median, spread;

  (void)state;
  DscTermCompute(&table, 0, RUNS, all, work, &s);
  assert_int_equal(s.runs, 5);
  assert_int_equal(s.active, 5);
  DscMedianSpread(5, expected, &median, &spread);
  assert_true(s.median == 3 && s.median == median && s.spread == spread);
  assert_true(s.std == .5 && s.truth == 2);
  DscTermCompute(&table, 1, RUNS, all, work, &s);
  assert_int_equal(s.runs, 5);
  assert_int_equal(s.active, 1);
  assert_true(s.median == 2 && isnan(s.spread) && s.std == .25 && s.truth == 0);
  table.truth[4 * TERMS] = 3; /* a swept truth */
  DscTermCompute(&table, 0, RUNS, all, work, &s);
  assert_true(isnan(s.truth));
  DscTermCompute(&table, 0, 1, &all[4], work, &s);
  assert_true(s.truth == 3);
  table.truth[4 * TERMS] = 2;
}

static void test_choose(void **state)
{
  PetscInt n, *terms;

  (void)state;
  table.active[2 * TERMS + 0] = 0;
  table.active[2 * TERMS + 2] = 1;
  table.active[0 * TERMS + 2] = table.active[4 * TERMS + 2] = 1; /* most: terms 0 and 2 in runs 0, 4 and 7 */
  assert_int_equal(DscTermsChoose(&table, &n, &terms), 0);
  assert_int_equal(n, 1);
  assert_int_equal(terms[0], 0);
  assert_int_equal(PetscFree(terms), 0);
  for (int i = 0; i < RUNS * TERMS; i++) table.truth[i] = NAN;
  assert_int_equal(DscTermsChoose(&table, &n, &terms), 0);
  assert_int_equal(n, 2);
  assert_int_equal(terms[0], 0);
  assert_int_equal(terms[1], 2);
  assert_int_equal(PetscFree(terms), 0);
}

static int run(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_axis_values), cmocka_unit_test(test_groups),
                                     cmocka_unit_test(test_equations),   cmocka_unit_test(test_reasons),
                                     cmocka_unit_test(test_rate),        cmocka_unit_test(test_term),
                                     cmocka_unit_test(test_choose)};

  return cmocka_run_group_tests(tests, make_table, drop_table);
}

int main(int argc, char **argv)
{
  return fake_main(run, argc, argv);
}
