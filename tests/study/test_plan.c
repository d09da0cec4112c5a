/* The plan of a study: product of the axes, zipped axes, and the runs that a filter or a part selects. */
#include "fake.h"
#include "study/plan_print.h"

#include <stdlib.h>

static const DscOptionSpec plan_specs[] = {
    {"plan_layers", DSC_INTS, "1", 1, DSC_NO_MAX, NULL, "a list"},
    {"plan_title", DSC_STRING, "", 0, 0, NULL, "a text"},
};

static void test_product(void **state)
{
  DscOptions options = fake_options("sweep_data_noise", "0.1, 0.2", "sweep_seed", "3-5", NULL);
  DscPlan    plan;

  (void)state;
  assert_int_equal(DscPlanCreate(options, &plan), 0);
  assert_int_equal(plan.naxes, 2);
  assert_int_equal(plan.nruns, 6);
  assert_int_equal(plan.total, 6);
  for (PetscInt run = 0; run < 6; run++) {
    DscOptions run_options;
    PetscInt   seed;
    double     noise;
    char       label[64], expected[64];

    assert_int_equal(DscPlanGetOptions(&plan, options, run, &run_options), 0);
    assert_int_equal(DscOptionsGetInt(run_options, "seed", &seed), 0);
    assert_int_equal(DscOptionsGetReal(run_options, "data_noise", &noise), 0);
    assert_int_equal(DscOptionsDestroy(&run_options), 0);
    assert_int_equal(seed, 3 + run % 3); /* the first axis is the slowest */
    assert_true(noise == (run < 3 ? .1 : .2));
    assert_int_equal(plan.number[run], run);
    assert_int_equal(DscPlanIndex(&plan, run, 0), run / 3);
    assert_int_equal(DscPlanIndex(&plan, run, 1), run % 3);
    assert_int_equal(DscPlanGetLabel(&plan, run, sizeof(label), label), 0);
    snprintf(expected, sizeof(expected), "data_noise=%s seed=%d", run < 3 ? "0.1" : "0.2", (int)(3 + run % 3));
    assert_string_equal(label, expected);
    assert_int_equal(DscPlanGetLabel(&plan, run, 8, label), 0);
    assert_string_equal(label, "data_no");
  }
  assert_int_equal(DscPlanFindAxis(&plan, "seed"), 1);
  assert_int_equal(DscPlanFindAxis(&plan, "fake_kind"), -1);
  assert_int_equal(DscPlanDestroy(&plan), 0);
  assert_int_equal(DscOptionsDestroy(&options), 0);
}

static void test_no_axis(void **state)
{
  DscOptions options = fake_options("seed", "3", "study_filter", "run=0", "study_part", "0/1", NULL);
  DscPlan    plan;
  char       label[8];

  (void)state;
  assert_int_equal(DscPlanCreate(options, &plan), 0);
  assert_int_equal(plan.nruns, 1);
  assert_int_equal(DscPlanGetLabel(&plan, 0, sizeof(label), label), 0);
  assert_string_equal(label, "");
  assert_int_equal(DscPlanDestroy(&plan), 0);
  assert_int_equal(DscOptionsDestroy(&options), 0);
}

/* Axes that advance together are one dimension, at the place of the first of them. */
static void test_zip(void **state)
{
  static const struct {
    const char *zip;
    PetscInt    total, period[4], length[4]; /* axis a has value run / period % length */
  } rows[] = {{"", 3 * 2 * 3 * 2, {12, 6, 2, 1}, {3, 2, 3, 2}},
              {"seed,fake_terms", 3 * 2 * 2, {4, 2, 4, 1}, {3, 2, 3, 2}},
              {" fake_flag , data_noise ", 3 * 2 * 3, {6, 3, 1, 3}, {3, 2, 3, 2}},
              {"seed,fake_terms;data_noise,fake_flag", 3 * 2, {2, 1, 2, 1}, {3, 2, 3, 2}},
              {"data_noise,fake_flag;fake_terms,seed;", 3 * 2, {2, 1, 2, 1}, {3, 2, 3, 2}}};

  (void)state;
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    DscOptions options = fake_options("sweep_seed", "0-2", "sweep_data_noise", "0.1,0.2", "sweep_fake_terms", "1-3",
                                      "sweep_fake_flag", "true,false", "study_zip", rows[i].zip, NULL);
    DscPlan    plan;

    assert_int_equal(DscPlanCreate(options, &plan), 0);
    assert_int_equal(plan.naxes, 4);
    assert_int_equal(plan.nruns, rows[i].total);
    for (PetscInt run = 0; run < plan.nruns; run++) {
      for (PetscInt axis = 0; axis < 4; axis++)
        assert_int_equal(DscPlanIndex(&plan, run, axis), run / rows[i].period[axis] % rows[i].length[axis]);
    }
    assert_int_equal(DscPlanDestroy(&plan), 0);
    assert_int_equal(DscOptionsDestroy(&options), 0);
  }
}

/* Three keys in one group: the labels show each key's own value. */
static void test_zip_of_three(void **state)
{
  DscOptions options =
      fake_options("sweep_seed", "5,7", "sweep_fake_kind", "short,a_long_choice", "sweep_data_noise", "0-0.2:0.1",
                   "sweep_fake_flag", "no,yes", "study_zip", "fake_kind,seed,fake_flag", NULL);
  DscPlan plan;
  char    label[128];

  (void)state;
  assert_int_equal(DscPlanCreate(options, &plan), 0);
  assert_int_equal(plan.nruns, 6);
  assert_int_equal(DscPlanGetLabel(&plan, 4, sizeof(label), label), 0);
  assert_string_equal(label, "seed=7 fake_kind=a_long_choice data_noise=0.1 fake_flag=yes");
  assert_int_equal(DscPlanDestroy(&plan), 0);
  assert_int_equal(DscOptionsDestroy(&options), 0);
}

/* ---- filter and part --------------------------------------------------------------------------------------- */

/* seed 0-3 by noise 0.1, 0.2, 0.3 by layers [1], [2, 2]: run = 6 seed + 2 noise + layers */
static DscOptions study(const char filter[], const char part[])
{
  return fake_options("sweep_seed", "0-3", "sweep_data_noise", "0.1-0.3:0.1", "sweep_plan_layers", "1;2,2",
                      "study_filter", filter, "study_part", part, NULL);
}

enum { RUNS = 24 };

static void selected(const char filter[], const char part[], PetscBool keep[RUNS])
{
  DscOptions options = study(filter, part);
  DscPlan    plan;

  assert_int_equal(DscPlanCreate(options, &plan), 0);
  memset(keep, 0, RUNS * sizeof(*keep));
  assert_int_equal(plan.total, RUNS);
  for (PetscInt run = 0; run < plan.nruns; run++) {
    const PetscInt number = plan.number[run];

    assert_in_range(number, 0, RUNS - 1);
    assert_true(run == 0 || number > plan.number[run - 1]);
    keep[number] = PETSC_TRUE;
    assert_int_equal(DscPlanIndex(&plan, run, 0), number / 6);
    assert_int_equal(DscPlanIndex(&plan, run, 1), number / 2 % 3);
    assert_int_equal(DscPlanIndex(&plan, run, 2), number % 2);
  }
  assert_int_equal(DscPlanDestroy(&plan), 0);
  assert_int_equal(DscOptionsDestroy(&options), 0);
}

static void test_filter(void **state)
{
  static const struct {
    const char *filter;
    unsigned    seeds, noises, layers; /* bit i: the i-th value of the axis */
  } rows[] = {{"", 15, 7, 3},
              {"seed=2", 4, 7, 3},
              {"seed=1-2", 6, 7, 3},
              {"seed=0-100:2", 5, 7, 3}, /* a range may reach further */
              {"seed=[0, 3]", 9, 7, 3},
              {"data_noise=0.10", 15, 1, 3},
              {"data_noise=2e-1,+0.3", 15, 6, 3},
              {"data_noise=0.2-9:0.1", 15, 6, 3},
              {"plan_layers=1", 15, 7, 1},
              {"plan_layers=02,2;", 15, 7, 2},
              {"plan_layers=2,2;1", 15, 7, 3},
              {" data_noise=0.1,\t0.2   seed=3 ", 8, 3, 3},
              {"seed=3 plan_layers=1; data_noise=0.3", 8, 4, 1}};
  PetscBool keep[RUNS];

  (void)state;
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    selected(rows[i].filter, "", keep);
    for (unsigned run = 0; run < RUNS; run++)
      assert_int_equal(keep[run],
                       rows[i].seeds >> run / 6 & rows[i].noises >> run / 2 % 3 & rows[i].layers >> run % 2 & 1);
  }
}

/* Runs by number; and two filters at once are the runs that are in both. */
static void test_filter_algebra(void **state)
{
  static const char *const filters[] = {"seed=1-3", "data_noise=0.1,0.3", "plan_layers=2,2;", "run=5,7-13,20-99"};
  PetscBool                keep[RUNS], first[RUNS], second[RUNS];
  char                     both[128];

  (void)state;
  selected("run=5,7-9", "", keep);
  for (int run = 0; run < RUNS; run++) assert_int_equal(keep[run], run == 5 || (run >= 7 && run <= 9));
  for (int a = 0; a < 4; a++) {
    selected(filters[a], "", first);
    for (int b = 0; b < 4; b++) {
      if (a == b) continue;
      selected(filters[b], "", second);
      snprintf(both, sizeof(both), "%s %s", filters[a], filters[b]);
      selected(both, "", keep);
      for (int run = 0; run < RUNS; run++) assert_int_equal(keep[run], first[run] && second[run]);
    }
  }
}

/* Every run of the filter is in exactly one part, and the parts are equal up to one run. */
static void test_parts(void **state)
{
  static const char *const filters[] = {"", "seed=1-3 data_noise=0.1,0.3", "run=5,7-13"};
  PetscBool                whole[RUNS], keep[RUNS];

  (void)state;
  for (int f = 0; f < 3; f++) {
    selected(filters[f], "", whole);
    for (int parts = 1; parts <= 8; parts++) {
      int times[RUNS] = {0}, least = RUNS, most = 0;

      for (int part = 0; part < parts; part++) {
        char text[16];
        int  size = 0;

        snprintf(text, sizeof(text), "%d/%d", part, parts);
        selected(filters[f], text, keep);
        for (int run = 0; run < RUNS; run++) size += (int)keep[run];
        for (int run = 0; run < RUNS; run++) times[run] += (int)keep[run];
        least = PetscMin(least, size);
        most  = PetscMax(most, size);
      }
      for (int run = 0; run < RUNS; run++) assert_int_equal(times[run], whole[run]);
      assert_in_range(most - least, 0, 1);
    }
  }
  selected("", "1/4", keep);
  for (int run = 0; run < RUNS; run++) assert_int_equal(keep[run], run % 4 == 1);
}

static void test_select(void **state)
{
  static const PetscInt numbers[] = {6, 8, 13}, wrong[] = {8, 6}, absent[] = {7};
  DscOptions            options = study("seed=1-2", "");
  DscPlan               plan;

  (void)state;
  assert_int_equal(DscPlanCreate(options, &plan), 0);
  assert_int_equal(DscPlanSelect(&plan, 3, numbers), 0);
  assert_int_equal(plan.nruns, 3);
  assert_memory_equal(plan.number, numbers, sizeof(numbers));
  assert_int_equal(DscPlanIndex(&plan, 2, 0), 2);
  assert_int_equal(DscErrorCaptureBegin(), 0);
  assert_int_equal(DscPlanSelect(&plan, 1, absent), PETSC_ERR_ARG_OUTOFRANGE);
  assert_int_equal(DscPlanSelect(&plan, 2, wrong), PETSC_ERR_ARG_OUTOFRANGE);
  assert_int_equal(DscErrorCaptureEnd(), 0);
  assert_int_equal(DscPlanSelect(&plan, 0, NULL), 0);
  assert_int_equal(plan.nruns, 0);
  assert_int_equal(DscPlanDestroy(&plan), 0);
  assert_int_equal(DscOptionsDestroy(&options), 0);
}

/* Values are texts with blanks and equals signs. */
static void test_filter_of_texts(void **state)
{
  DscOptions options = fake_options("sweep_plan_title", "u u_x,two  words,-", "sweep_fake_kind", "short,a_long_choice",
                                    "study_filter", "plan_title=u u_x,- fake_kind=SHORT", NULL);
  DscPlan    plan;

  (void)state;
  assert_int_equal(DscPlanCreate(options, &plan), 0);
  assert_int_equal(plan.nruns, 2);
  assert_int_equal(plan.number[0], 0);
  assert_int_equal(plan.number[1], 4);
  assert_int_equal(DscPlanDestroy(&plan), 0);
  assert_int_equal(DscOptionsDestroy(&options), 0);
}

/* ---- what is refused --------------------------------------------------------------------------------------- */

static void check_refused(DscOptions options, const char expected[])
{
  DscPlan plan;

  assert_int_equal(DscErrorCaptureBegin(), 0);
  assert_int_equal(DscExitCodeFromError(DscPlanCreate(options, &plan)), DSC_EXIT_USER);
  assert_int_equal(DscErrorCaptureEnd(), 0);
  if (!strstr(DscErrorMessage(), expected)) assert_string_equal(DscErrorMessage(), expected);
  assert_int_equal(DscPlanDestroy(&plan), 0);
  assert_int_equal(DscOptionsDestroy(&options), 0);
}

static void test_too_many(void **state)
{
  (void)state;
  check_refused(fake_options("sweep_seed", "0-99999", "sweep_fake_fail", "0-99999", NULL), "1e+10 runs");
}

static void test_zip_refused(void **state)
{
  static const struct {
    const char *zip, *message;
  } rows[] = {
      {"seed,data_noise", "program: -study_zip seed,data_noise: seed has 4 values and data_noise has 2; keys that "
                          "advance together need equally many"},
      {"seed", "'seed' alone has nothing to advance with; allowed: 'a,b', several groups as 'a,b;c,d'"},
      {"seed,fake_terms;data_noise", "'data_noise' alone has nothing"},
      {"seed,fake_kind", "'fake_kind' is not swept; swept are: seed, data_noise, fake_terms, fake_flag"},
      {"sede,fake_terms", "'sede' is not swept; did you mean seed?"},
      {"seed,seed", "value 'seed' is given twice"},
      {"seed,fake_terms;fake_terms,data_noise", "fake_terms is in two groups"},
      {"seed,", "value '': empty"},
      {";seed,fake_terms", "value '': empty"},
      {"seed,fake_terms;;data_noise,fake_flag", "value '': empty"},
  };

  (void)state;
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    check_refused(fake_options("sweep_seed", "0-3", "sweep_data_noise", "0.1,0.2", "sweep_fake_terms", "1-4",
                               "sweep_fake_flag", "yes,no", "study_zip", rows[i].zip, NULL),
                  rows[i].message);
  }
  check_refused(fake_options("study_zip", "data_noise,fake_terms", NULL), "'data_noise' is not swept; no key is");
}

static void test_filter_refused(void **state)
{
  static const struct {
    const char *filter, *message;
  } rows[] = {
      {"sede=1", "program: -study_filter sede=1: 'sede' is not swept; did you mean seed?"},
      {"fake_kind=short", "'fake_kind' is not swept; allowed: seed, data_noise, plan_layers, run"},
      {"rum=1", "'rum' is not swept; did you mean run?"},
      {"seed=4", "no run has seed=4; the study has 0, 1, 2, 3"},
      {"seed=1,4", "no run has seed=4;"},
      {"seed=4-9", "no run has seed=4-9;"},
      {"data_noise=0.15", "no run has data_noise=0.15; the study has 0.1, 0.2, 0.3"},
      {"data_noise=0.1-0.3", "range '0.1-0.3' of reals needs a step"},
      {"run=24", "no run has run=24; the study has 0-23"},
      {"run=30-40", "no run has run=30-40;"},
      {"run=x", "value 'x': not an integer; allowed: integer >= 0"},
      {"run=-1", "value '-1': out of range; allowed: integer >= 0"},
      {"run=9-7", "range '9-7' is empty"},
      {"seed=two", "value 'two': not an integer"},
      {"seed=", "seed= names no value"},
      {"seed=1,,2", "value '': empty"},
      {"seed=1,1", "value '1' is given twice"},
      {"seed=1 seed=2", "seed= is given twice"},
      {"run=1 run=2", "run= is given twice"},
      {"seed=0 run=23", "no run of 24 fits all of it"},
      {"seed", "'seed' is no filter; allowed: KEY=VALUES, as 'seed=0-3 data_noise=0.1,0.2 run=5,7-9'"},
      {"=1", "'=1' is no filter"},
      {"1-3", "'1-3' is no filter"},
      {"seed = 1", "'seed = 1' is no filter"},
  };

  (void)state;
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) check_refused(study(rows[i].filter, ""), rows[i].message);
}

static void test_part_refused(void **state)
{
  static const char *const bad[] = {"1",    "/",    "1/",  "/4",    "4/4",   "0/0",   "-1/4",
                                    "1/-4", "1/4x", "x/4", "1.0/4", "1 / 4", "1/4/4", "0/9999999999"};

  (void)state;
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    check_refused(study("", bad[i]), "is no part; allowed: 'I/N' with 0 <= I < N, as 0/4, 1/4, 2/4, 3/4");
  check_refused(study("", "24/25"), "program: -study_part 24/25: has no run: there are only 24 to deal out; take at "
                                    "most 24 parts");
  check_refused(study("run=5,7-9", "4/6"), "there are only 4 to deal out");
}

/* ---- print ------------------------------------------------------------------------------------------------- */

static const char *printed(DscOptions options, PetscInt ngroups)
{
  static char text[4096];
  FILE       *real = PETSC_STDOUT, *temporary = tmpfile();
  DscPlan     plan;

  assert_non_null(temporary);
  assert_int_equal(DscPlanCreate(options, &plan), 0);
  PETSC_STDOUT = temporary;
  assert_int_equal(DscPlanPrint(PETSC_COMM_SELF, &plan, NULL, ngroups, "out.h5"), 0);
  PETSC_STDOUT = real;
  rewind(temporary);
  text[fread(text, 1, sizeof(text) - 1, temporary)] = '\0';
  fclose(temporary);
  assert_int_equal(DscPlanDestroy(&plan), 0);
  assert_int_equal(DscOptionsDestroy(&options), 0);
  return text;
}

static void test_print(void **state)
{
  (void)state;
  assert_string_equal(printed(fake_options(NULL, NULL), 1),
                      "study: 1 run on 1 rank: 1 group of 1; results in out.h5\n");
  assert_string_equal(printed(study("seed=0", "0/2"), 1),
                      "study: 3 of 24 runs on 1 rank: 1 group of 1; results in out.h5\n"
                      "  sweep seed (4): 0 1 2 3\n  sweep data_noise (3): 0.1 0.2 0.3\n"
                      "  sweep plan_layers (2): 1 2,2\n");
  assert_string_equal(
      printed(fake_options("sweep_seed", "0-8", "sweep_fake_fail", "1-9", "study_zip", "fake_fail,seed", NULL), 1),
      "study: 9 runs on 1 rank: 1 group of 1; results in out.h5\n"
      "  sweep seed (9): 0 1 2 3 4 5 ... 8; together with fake_fail\n"
      "  sweep fake_fail (9): 1 2 3 4 5 6 ... 9; together with seed\n");
}

static void test_duration(void **state)
{
  static const struct {
    double      seconds;
    const char *text;
  } rows[] = {{0, "0 s"},
              {59.64, "59.6 s"},
              {60, "0:01:00"},
              {3725, "1:02:05"},
              {86399.4, "23:59:59"},
              {86400, "1-00:00:00"},
              {273906, "3-04:05:06"},
              {-1, "-"},
              {NAN, "-"}};
  char text[32];

  (void)state;
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    DscDurationFormat(rows[i].seconds, sizeof(text), text);
    assert_string_equal(text, rows[i].text);
  }
}

static int run(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_product),      cmocka_unit_test(test_no_axis),     cmocka_unit_test(test_zip),
      cmocka_unit_test(test_zip_of_three), cmocka_unit_test(test_filter),      cmocka_unit_test(test_filter_algebra),
      cmocka_unit_test(test_parts),        cmocka_unit_test(test_select),      cmocka_unit_test(test_filter_of_texts),
      cmocka_unit_test(test_too_many),     cmocka_unit_test(test_zip_refused), cmocka_unit_test(test_filter_refused),
      cmocka_unit_test(test_part_refused), cmocka_unit_test(test_print),       cmocka_unit_test(test_duration),
  };

  if (DscOptionsRegister("plan", (PetscInt)(sizeof(plan_specs) / sizeof(plan_specs[0])), plan_specs)) return 1;
  return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
  return fake_main(run, argc, argv);
}
