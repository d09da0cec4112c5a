/* What runs are expected to take, in which order they go, and when all are done: against sums made by hand. */
#include "fake.h"
#include "study/plan_print.h"

#include <stdlib.h>

/* Seconds that depend on the keys, as a real method's do: 100 noise + 10 terms, and a spread over the seeds. */
static PetscErrorCode timed_run(MPI_Comm comm, DscOptions options, const DscRunControl *control, PetscBool progress,
                                DscResult *result)
{
  PetscInt  seed, nterms;
  PetscBool flag;
  double    noise;

  PetscFunctionBeginUser;
  PetscCall(fake_run(comm, options, control, progress, result));
  PetscCall(DscOptionsGetInt(options, "seed", &seed));
  PetscCall(DscOptionsGetInt(options, "fake_terms", &nterms));
  PetscCall(DscOptionsGetReal(options, "data_noise", &noise));
  PetscCall(DscOptionsGetBool(options, "fake_flag", &flag));
  result->seconds = 100 * noise + 10 * (double)nterms + (double)(seed * seed) + (flag ? 1000 : 0);
  PetscFunctionReturn(0);
}

static void write_file(DscOptions options)
{
  static const DscRunner runner = {timed_run, fake_plan};
  FILE                  *real = PETSC_STDOUT, *nowhere = fopen("/dev/null", "w");
  DscExitCode            exit_code;

  assert_non_null(nowhere);
  PETSC_STDOUT = nowhere;
  assert_int_equal(DscStudyRunWith(MPI_COMM_WORLD, options, &runner, &exit_code), 0);
  PETSC_STDOUT = real;
  fclose(nowhere);
  assert_int_equal(DscOptionsDestroy(&options), 0);
}

typedef struct {
  DscOptions options;
  DscPlan    plan;
  DscCosts   costs;
} Study;

static void create(Study *s, DscOptions options)
{
  s->options = options;
  assert_int_equal(DscPlanCreate(options, &s->plan), 0);
  assert_int_equal(DscCostsCreate(MPI_COMM_WORLD, options, &s->plan, &s->costs), 0);
}

static void destroy(Study *s)
{
  assert_int_equal(DscCostsDestroy(&s->costs), 0);
  assert_int_equal(DscPlanDestroy(&s->plan), 0);
  assert_int_equal(DscOptionsDestroy(&s->options), 0);
}

static double seconds_of(const Study *s, PetscInt run)
{
  double seconds;

  assert_int_equal(DscCostsGetSeconds(s->costs, run, &seconds), 0);
  return seconds;
}

/* ---- expectations ------------------------------------------------------------------------------------------ */

static void check(const Study *s, PetscInt n, const double expected[])
{
  assert_int_equal(s->plan.nruns, n);
  for (PetscInt run = 0; run < n; run++) {
    const double seconds = seconds_of(s, run);

    assert_true(isnan(expected[run]) ? isnan(seconds) : fabs(seconds - expected[run]) < 1e-9);
  }
}

/* The median over the seeds of the same noise; where the file has no such noise, of all runs. */
static void test_median(void **state)
{
  const char *path = fake_path("test_costs");
  Study       s;

  (void)state;
  /* 0.1: 40 + 0, 1, 4, 9, 16; 0.2: 50 + ...; 0.3: 60 + ...; the median of all is 56 */
  write_file(fake_options("output", path, "sweep_seed", "0-4", "sweep_data_noise", "0.1,0.2,0.3", NULL));
  create(&s, fake_options("study_costs", path, "sweep_data_noise", "0.10,2e-1", "sweep_seed", "7,8", NULL));
  check(&s, 4, (const double[]){44, 44, 54, 54});
  destroy(&s);
  create(&s, fake_options("study_costs", path, "sweep_data_noise", "0.15,0.3", NULL));
  check(&s, 2, (const double[]){56, 64});
  destroy(&s);
  create(&s, fake_options("study_costs", path, "sweep_seed", "0,4", NULL)); /* seeds say nothing */
  check(&s, 2, (const double[]){56, 56});
  destroy(&s);
  create(&s, fake_options("study_costs", path, "sweep_data_noise", "0.1-0.3:0.1", "study_filter", "run=1-2", NULL));
  check(&s, 2, (const double[]){54, 64});
  destroy(&s);
}

/* A failed run took no time that means anything; one that did not converge (seed 3) did. */
static void test_failed(void **state)
{
  const char *path = fake_path("test_costs");
  Study       s;

  (void)state;
  write_file(
      fake_options("output", path, "sweep_seed", "0-4", "sweep_data_noise", "0.1,0.2", "fake_refuse", "2", NULL));
  create(&s, fake_options("study_costs", path, "sweep_data_noise", "0.1,0.2", NULL));
  check(&s, 2, (const double[]){40 + (1 + 9) / 2., 50 + (1 + 9) / 2.});
  destroy(&s);
  write_file(fake_options("output", path, "sweep_seed", "2,3", "fake_refuse", "2", NULL));
  create(&s, fake_options("study_costs", path, NULL));
  check(&s, 1, (const double[]){30 + 9});
  destroy(&s);
  write_file(fake_options("output", path, "sweep_seed", "2,5", "fake_refuse", "2", "fake_fail", "5", NULL));
  create(&s, fake_options("study_costs", path, "sweep_seed", "0-2", NULL));
  check(&s, 3, (const double[]){NAN, NAN, NAN});
  destroy(&s);
}

/* The runs that agree in the most axes count. */
static void test_nearest(void **state)
{
  const char *path = fake_path("test_costs");
  Study       s;

  (void)state;
  write_file(fake_options("output", path, "sweep_data_noise", "0.1,0.2", "sweep_fake_terms", "1,2", NULL));
  create(&s, fake_options("study_costs", path, "sweep_data_noise", "0.1,0.5", "sweep_fake_terms", "2,4", NULL));
  check(&s, 4, (const double[]){30, 25, 35, 30}); /* of 20, 30, 30, 40 */
  destroy(&s);
  /* an axis that only the plan has; one that only the file has */
  create(&s,
         fake_options("study_costs", path, "sweep_fake_terms", "2,1", "sweep_fake_kind", "short,a_long_choice", NULL));
  check(&s, 4, (const double[]){35, 35, 25, 25});
  destroy(&s);
}

/* Every type of axis is found again in the file: reals of more digits than it shows, truth values, choices. */
static void test_types(void **state)
{
  const char *path = fake_path("test_costs");
  Study       s;

  (void)state;
  write_file(fake_options("output", path, "sweep_data_noise", "0.3333333333333333,1.23456789012345e-5",
                          "sweep_fake_flag", "off,on", "sweep_fake_kind", "short,a_long_choice", NULL));
  create(&s, fake_options("study_costs", path, "sweep_data_noise", "1.23456789012345e-05,0.3333333333333333",
                          "sweep_fake_flag", "yes,no", "sweep_fake_kind", "A_LONG_CHOICE", NULL));
  check(&s, 4, (const double[]){1030 + 1.23456789012345e-3, 30 + 1.23456789012345e-3, 1030 + 100 / 3., 30 + 100 / 3.});
  destroy(&s);
}

static void test_learn(void **state)
{
  const char *path = fake_path("test_costs");
  Study       s;

  (void)state;
  create(&s, fake_options("sweep_data_noise", "0.1,0.2", "sweep_seed", "0,1", NULL));
  check(&s, 4, (const double[]){NAN, NAN, NAN, NAN});
  assert_int_equal(DscCostsLearn(s.costs, 0, NAN), 0);
  check(&s, 4, (const double[]){NAN, NAN, NAN, NAN});
  assert_int_equal(DscCostsLearn(s.costs, 0, 5), 0);
  check(&s, 4, (const double[]){5, 5, 5, 5});
  assert_int_equal(DscCostsLearn(s.costs, 2, 9), 0);
  check(&s, 4, (const double[]){5, 5, 9, 9});
  assert_int_equal(DscCostsLearn(s.costs, 1, 7), 0);
  check(&s, 4, (const double[]){6, 6, 9, 9});
  destroy(&s);
  /* runs of this study are nearer than those of a file without one of its axes */
  write_file(fake_options("output", path, "sweep_data_noise", "0.1,0.2", NULL));
  create(&s, fake_options("study_costs", path, "sweep_data_noise", "0.1,0.2", "sweep_fake_flag", "yes,no", NULL));
  assert_int_equal(DscCostsLearn(s.costs, 0, 3), 0);
  check(&s, 4, (const double[]){3, (3 + 40) / 2., (3 + 50) / 2., 50});
  destroy(&s);
}

static void refuse(const char path[], const char first[], const char second[])
{
  DscOptions options = fake_options("study_costs", path, NULL);
  DscPlan    plan;
  DscCosts   costs;

  assert_int_equal(DscPlanCreate(options, &plan), 0);
  assert_int_equal(DscErrorCaptureBegin(), 0);
  assert_int_equal(DscExitCodeFromError(DscCostsCreate(MPI_COMM_WORLD, options, &plan, &costs)), DSC_EXIT_USER);
  assert_int_equal(DscErrorCaptureEnd(), 0);
  assert_non_null(strstr(DscErrorMessage(), first));
  assert_non_null(strstr(DscErrorMessage(), second));
  assert_null(costs);
  assert_int_equal(DscPlanDestroy(&plan), 0);
  assert_int_equal(DscOptionsDestroy(&options), 0);
}

static void test_refused(void **state)
{
  (void)state;
  refuse("/nowhere/at/all.h5", "program: -study_costs /nowhere/at/all.h5: ", "No such file or directory");
  refuse(DISCERN_SOURCE_DIR "/CMakeLists.txt", "program: -study_costs ", "is not an HDF5 file");
}

/* ---- order and makespan ------------------------------------------------------------------------------------ */

/* A plan of n runs whose costs are known one by one; without costs where seconds is NULL. */
static void known(Study *s, PetscInt n, const double seconds[])
{
  char range[32];

  snprintf(range, sizeof(range), "0-%d", (int)n - 1);
  create(s, fake_options("sweep_fake_fail", range, NULL));
  for (PetscInt run = 0; seconds && run < n; run++) assert_int_equal(DscCostsLearn(s->costs, run, seconds[run]), 0);
}

static void test_order(void **state)
{
  static const double   seconds[]       = {3, 5, 3, 9, 1, 5};
  static const PetscInt longest_first[] = {3, 1, 5, 0, 2, 4}, plain[] = {0, 1, 2, 3, 4, 5};
  PetscInt              order[6];
  Study                 s;

  (void)state;
  known(&s, 6, seconds);
  assert_int_equal(DscCostsOrder(s.costs, &s.plan, order), 0);
  assert_memory_equal(order, longest_first, sizeof(order));
  destroy(&s);
  known(&s, 6, NULL);
  assert_int_equal(DscCostsOrder(s.costs, &s.plan, order), 0);
  assert_memory_equal(order, plain, sizeof(order));
  destroy(&s);
}

static double makespan(const Study *s, const PetscInt order[], PetscInt ngroups, const PetscBool done[])
{
  double seconds;

  assert_int_equal(DscCostsMakespan(s->costs, s->plan.nruns, order, ngroups, done, &seconds), 0);
  return seconds;
}

/* Two groups, 3 3 3 4 5 in turn: 3+3+5 against 3+4. Longest first: 5+3 against 4+3+3. */
static void test_makespan(void **state)
{
  static const double    seconds[] = {3, 3, 3, 4, 5};
  static const PetscInt  plain[]   = {0, 1, 2, 3, 4};
  static const PetscBool done[]    = {PETSC_FALSE, PETSC_TRUE, PETSC_FALSE, PETSC_FALSE, PETSC_TRUE};
  static const PetscBool all[]     = {PETSC_TRUE, PETSC_TRUE, PETSC_TRUE, PETSC_TRUE, PETSC_TRUE};
  PetscInt               order[5];
  Study                  s;

  (void)state;
  known(&s, 5, seconds);
  assert_float_equal(makespan(&s, plain, 2, NULL), 11, 0);
  assert_int_equal(DscCostsOrder(s.costs, &s.plan, order), 0);
  assert_float_equal(makespan(&s, order, 2, NULL), 10, 0);
  assert_float_equal(makespan(&s, plain, 1, NULL), 18, 0);
  assert_float_equal(makespan(&s, plain, 5, NULL), 5, 0);
  assert_float_equal(makespan(&s, plain, 100, NULL), 5, 0);
  assert_float_equal(makespan(&s, plain, 2, done), 7, 0); /* 3+4 against 3 */
  assert_float_equal(makespan(&s, order, 2, done), 6, 0); /* 4 against 3+3 */
  assert_float_equal(makespan(&s, plain, 2, all), 0, 0);
  destroy(&s);
  known(&s, 5, NULL);
  assert_true(isnan(makespan(&s, plain, 2, NULL)));
  destroy(&s);
}

/* As a search through all groups finds it, and within the bounds of list scheduling (Graham 1969). */
static void test_makespan_of_many(void **state)
{
  enum { N = 60 };
  double   seconds[N], sum = 0, longest = 0;
  PetscInt order[N];
  Study    s;

  (void)state;
  for (int i = 0; i < N; i++) {
    seconds[i] = floor(64 * DscRandomUniform(3, DSC_STREAM_TEST, (uint64_t)i)); /* sums are exact */
    sum += seconds[i];
    longest = PetscMax(longest, seconds[i]);
  }
  known(&s, N, seconds);
  assert_int_equal(DscCostsOrder(s.costs, &s.plan, order), 0);
  for (int groups = 1; groups <= 20; groups++) {
    double busy[20] = {0}, last = 0;

    for (int i = 0; i < N; i++) {
      int first = 0;

      for (int g = 1; g < groups; g++)
        if (busy[g] < busy[first]) first = g;
      busy[first] += seconds[order[i]];
      last = PetscMax(last, busy[first]);
    }
    assert_float_equal(makespan(&s, order, groups, NULL), last, 0);
    assert_true(last >= sum / groups && last >= longest);
    assert_true(last <= sum / groups + longest);
  }
  destroy(&s);
}

static void test_print(void **state)
{
  static const double seconds[] = {1800, 3600, 1800, 90};
  FILE               *real = PETSC_STDOUT, *temporary = tmpfile();
  char                text[512];
  Study               s;

  (void)state;
  assert_non_null(temporary);
  known(&s, 4, seconds);
  PETSC_STDOUT = temporary;
  assert_int_equal(DscPlanPrint(PETSC_COMM_SELF, &s.plan, s.costs, 2, "out.h5"), 0);
  PETSC_STDOUT = real;
  rewind(temporary);
  text[fread(text, 1, sizeof(text) - 1, temporary)] = '\0';
  fclose(temporary);
  assert_non_null(
      strstr(text, "  expected time: 1:01:30; the longest run 1:00:00, all runs in turn 2:01:30 (-study_costs)\n"));
  destroy(&s);
}

static int run(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_median), cmocka_unit_test(test_failed),   cmocka_unit_test(test_nearest),
      cmocka_unit_test(test_types),  cmocka_unit_test(test_learn),    cmocka_unit_test(test_refused),
      cmocka_unit_test(test_order),  cmocka_unit_test(test_makespan), cmocka_unit_test(test_makespan_of_many),
      cmocka_unit_test(test_print),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
  return fake_main(run, argc, argv);
}
