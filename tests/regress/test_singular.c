/* Singular and extreme inputs through every solver: a finite answer that fits, or an error; never NaN. */
#include "regress/singular_testing.h"

static const DscSBLSettings settings[] = {
    {.a = 1e-6, .b = 1e-6, .alpha_max = 1e4, .significance = 3.0, .tolerance = 1e-4, .max_iterations = 1000},
    {.alpha_max = 1e4, .tolerance = 1e-4, .max_iterations = 1000},                                            /* flat */
    {.a = 1e-6, .b = 1e-6, .c = 40.0, .d = 40e-5, .alpha_max = 1e4, .tolerance = 0.0, .max_iterations = 300}, /* PINF */
    {.a = 1e-6, .b = 1e-6, .c = 20.0, .d = 1e6, .alpha_max = 1e4, .tolerance = 1e-4, .max_iterations = 1000},
};

static void every_input_has_an_answer(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
    Samples       s = samples_of(&inputs[i]);
    DscRegression r = regression_of(M);
    DscSBL        sbl;

    print_message("%s\n", inputs[i].name);
    CALL(DscLeastSquares(&s.gram, NULL, &r));
    assert_fits(&s, &r);
    CALL(DscRidge(&s.gram, NULL, 1e-3, &r));
    assert_fits(&s, &r);
    CALL(DscSBLCreate(M, &sbl));
    for (size_t k = 0; k < sizeof(settings) / sizeof(settings[0]); k++) {
      r.iterations = 0;
      CALL(DscSBLSolve(sbl, &s.gram, &settings[k], &r));
      assert_fits(&s, &r);
      CALL(DscSBLSolve(sbl, &s.gram, &settings[k], &r)); /* warm */
      assert_fits(&s, &r);
    }
    CALL(DscSBLDestroy(&sbl));
    CALL(DscRegressionDestroy(&r));
    samples_destroy(&s);
  }
}

/* From any input's answer, a warm start on any other. */
static void warm_starts_survive_a_change_of_input(void **state)
{
  const size_t n = sizeof(inputs) / sizeof(inputs[0]);
  DscSBL       sbl;

  (void)state;
  CALL(DscSBLCreate(M, &sbl));
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; k < n; k++) {
      Samples       from = samples_of(&inputs[i]), to = samples_of(&inputs[k]);
      DscRegression r = regression_of(M);

      if (from.N < 1000 && to.N < 1000) {
        CALL(DscSBLSolve(sbl, &from.gram, &settings[0], &r));
        CALL(DscSBLSolve(sbl, &to.gram, &settings[0], &r));
        assert_fits(&to, &r);
      }
      CALL(DscRegressionDestroy(&r));
      samples_destroy(&from);
      samples_destroy(&to);
    }
  }
  CALL(DscSBLDestroy(&sbl));
}

/* A column that was 0 in the last solve takes part again once it is not. */
static void zero_column_comes_back(void **state)
{
  Samples       zero = samples_of(&inputs[1]), regular = samples_of(&inputs[0]);
  DscRegression r = regression_of(M);
  DscSBL        sbl;

  (void)state;
  CALL(DscSBLCreate(M, &sbl));
  CALL(DscSBLSolve(sbl, &zero.gram, &settings[0], &r));
  assert_false(r.active[2]);
  assert_true(r.alpha[2] > settings[0].alpha_max);
  for (int k = 0; k < 3; k++) CALL(DscSBLSolve(sbl, &regular.gram, &settings[0], &r));
  assert_true(r.active[2]);
  assert_close(r.coefficients[2], -0.5, 0.1);
  CALL(DscSBLDestroy(&sbl));
  CALL(DscRegressionDestroy(&r));
  samples_destroy(&zero);
  samples_destroy(&regular);
}

/* SBL shares a coefficient among equal columns. */
static void equal_columns_share(void **state)
{
  Samples       s = samples_of(&inputs[0]);
  DscRegression r = regression_of(M);
  DscSBL        sbl;

  (void)state;
  set_column(&s, 1, 1.0, 0);
  samples_sum(&s);
  CALL(DscSBLCreate(M, &sbl));
  CALL(DscSBLSolve(sbl, &s.gram, &settings[0], &r));
  assert_close(r.coefficients[0], r.coefficients[1], 1e-3);
  assert_close(r.coefficients[0] + r.coefficients[1], 1.0, 0.1);
  CALL(DscSBLDestroy(&sbl));
  CALL(DscRegressionDestroy(&r));
  samples_destroy(&s);
}

static PetscErrorCode solve(int solver, const DscGram *gram, DscRegression *r)
{
  DscSBL         sbl;
  PetscErrorCode ierr;

  if (solver == 0) return DscLeastSquares(gram, NULL, r);
  if (solver == 1) return DscRidge(gram, NULL, 1e-3, r);
  CALL(DscSBLCreate(M, &sbl));
  ierr = DscSBLSolve(sbl, gram, &settings[0], r);
  CALL(DscSBLDestroy(&sbl));
  return ierr;
}

static void assert_refused(const Samples *s, PetscErrorCode expected, const char text[])
{
  DscRegression r = regression_of(M);

  for (int solver = 0; solver < 3; solver++) {
    PetscErrorCode ierr;

    CALL(DscErrorCaptureBegin());
    ierr = solve(solver, &s->gram, &r);
    CALL(DscErrorCaptureEnd());
    assert_int_equal(ierr, expected);
    if (!strstr(DscErrorMessage(), text)) fail_msg("'%s' is not in '%s'", text, DscErrorMessage());
  }
  CALL(DscRegressionDestroy(&r));
}

static void sums_that_are_not_finite_are_errors(void **state)
{
  const double bad[] = {NAN, INFINITY, -INFINITY};

  (void)state;
  for (int k = 0; k < 3; k++) {
    for (PetscInt i = 0; i < M * M; i++) {
      Samples s = samples_of(&inputs[0]);

      s.G[i] = bad[k];
      assert_refused(&s, PETSC_ERR_FP, "not finite");
      samples_destroy(&s);
    }
    for (PetscInt i = 0; i <= M; i++) {
      Samples s = samples_of(&inputs[0]);

      *(i < M ? &s.b[i] : &s.gram.yy) = bad[k];
      assert_refused(&s, PETSC_ERR_FP, "not finite");
      samples_destroy(&s);
    }
  }
}

static void wrong_sizes_are_errors(void **state)
{
  Samples s = samples_of(&inputs[0]);

  (void)state;
  s.gram.nterms = M - 1;
  assert_refused(&s, PETSC_ERR_ARG_SIZ, "terms");
  s.gram.nterms   = M;
  s.gram.nsamples = 0.0;
  assert_refused(&s, PETSC_ERR_ARG_OUTOFRANGE, "samples");
  samples_destroy(&s);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_input_has_an_answer),
    cmocka_unit_test(warm_starts_survive_a_change_of_input),
    cmocka_unit_test(zero_column_comes_back),
    cmocka_unit_test(equal_columns_share),
    cmocka_unit_test(sums_that_are_not_finite_are_errors),
    cmocka_unit_test(wrong_sizes_are_errors),
};

TEST_MAIN(tests)
