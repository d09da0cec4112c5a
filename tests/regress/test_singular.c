/* Singular and extreme inputs through every solver: a finite answer that fits, or an error; never NaN. */
#include "regress/regress_testing.h"

enum { M = 6 };

typedef struct {
  const char *name;
  PetscInt    N;
  void (*change)(Samples *s);
} Input;

static void set_column(Samples *s, PetscInt to, double factor, PetscInt from)
{
  for (PetscInt n = 0; n < s->N; n++) s->theta[to * s->N + n] = factor * s->theta[from * s->N + n];
}

static void nothing(Samples *s)
{
  (void)s;
}

static void zero_column(Samples *s)
{
  set_column(s, 2, 0.0, 2);
}

static void all_columns_zero(Samples *s)
{
  for (PetscInt j = 0; j < M; j++) set_column(s, j, 0.0, j);
}

static void y_zero(Samples *s)
{
  for (PetscInt n = 0; n < s->N; n++) s->y[n] = 0.0;
}

static void all_zero(Samples *s)
{
  all_columns_zero(s);
  y_zero(s);
}

static void equal_columns(Samples *s)
{
  for (PetscInt j = 1; j < M; j++) set_column(s, j, j % 2 ? -1.0 : 2.0, 0);
}

static void zero_and_equal_columns(Samples *s)
{
  set_column(s, 1, 0.0, 1);
  set_column(s, 4, 1e3, 3);
}

static void nearly_equal_columns(Samples *s)
{
  for (PetscInt j = 1; j < M; j++)
    for (PetscInt n = 0; n < s->N; n++)
      s->theta[j * s->N + n] = s->theta[n] + pow(10.0, -2.0 * (double)(j + 1)) * s->theta[j * s->N + n];
}

static void y_in_the_span(Samples *s)
{
  for (PetscInt n = 0; n < s->N; n++) s->y[n] = 3.0 * s->theta[s->N + n] - s->theta[4 * s->N + n];
}

static void y_is_a_column_of_equals(Samples *s)
{
  equal_columns(s);
  for (PetscInt n = 0; n < s->N; n++) s->y[n] = s->theta[n];
}

static void y_orthogonal(Samples *s)
{
  for (PetscInt j = 0; j < M; j++)
    for (PetscInt n = 0; n < s->N; n++) s->theta[j * s->N + n] = n % 2 ? 0.0 : s->theta[j * s->N + n];
  for (PetscInt n = 0; n < s->N; n++) s->y[n] = n % 2 ? 1.0 : 0.0;
}

static void constant_columns(Samples *s)
{
  for (PetscInt j = 0; j < 3; j++)
    for (PetscInt n = 0; n < s->N; n++) s->theta[j * s->N + n] = 1.0 + (double)j;
}

static void wide_range(Samples *s)
{
  for (PetscInt j = 0; j < M; j++) set_column(s, j, pow(10.0, 20.0 * (double)(j - 3)), j);
  for (PetscInt n = 0; n < s->N; n++) s->y[n] *= 1e40;
}

static void denormal_columns(Samples *s)
{
  set_column(s, 0, 1e-160, 0);
  set_column(s, 1, 1e-170, 1);
}

static const Input inputs[] = {
    {"regular", 40, nothing},
    {"zero column", 40, zero_column},
    {"all columns zero", 40, all_columns_zero},
    {"y zero", 40, y_zero},
    {"all zero", 40, all_zero},
    {"equal columns", 40, equal_columns},
    {"zero and equal columns", 40, zero_and_equal_columns},
    {"nearly equal columns", 40, nearly_equal_columns},
    {"y in the span", 40, y_in_the_span},
    {"y in the span, large", 4000, y_in_the_span},
    {"y a column of equals", 40, y_is_a_column_of_equals},
    {"y orthogonal", 40, y_orthogonal},
    {"constant columns", 40, constant_columns},
    {"as many samples as terms", M, nothing},
    {"fewer samples than terms", 3, nothing},
    {"one sample", 1, nothing},
    {"one sample, y in the span", 1, y_in_the_span},
    {"wide range", 40, wide_range},
    {"denormal columns", 40, denormal_columns},
};

static const DscSBLSettings settings[] = {
    {.a = 1e-6, .b = 1e-6, .alpha_max = 1e4, .significance = 3.0, .tolerance = 1e-4, .max_iterations = 1000},
    {.alpha_max = 1e4, .tolerance = 1e-4, .max_iterations = 1000},                                            /* flat */
    {.a = 1e-6, .b = 1e-6, .c = 40.0, .d = 40e-5, .alpha_max = 1e4, .tolerance = 0.0, .max_iterations = 300}, /* PINF */
    {.a = 1e-6, .b = 1e-6, .c = 20.0, .d = 1e6, .alpha_max = 1e4, .tolerance = 1e-4, .max_iterations = 1000},
};

static Samples samples_of(const Input *input)
{
  const double xi[M] = {1.0, 0.0, -0.5, 0.0, 0.2, 0.0};
  Samples      s     = samples_create(input->N, M, 21, 0.2, xi, 0.1);

  input->change(&s);
  samples_sum(&s);
  return s;
}

/* No fit is worse than none, and its residual is the residual of its coefficients, as far as the terms of the sum that
   cancel let it be known. */
static void assert_fits(const Samples *s, const DscRegression *r)
{
  double size = sqrt(s->gram.yy);

  for (PetscInt j = 0; j < M; j++) size += fabs(r->coefficients[j]) * sqrt(s->G[j * M + j]);
  assert_defined(r);
  assert_true(r->residual <= s->gram.yy * (1.0 + 1e-9));
  assert_close(r->residual, samples_residual(s, r->coefficients), 1e-6 * r->residual + 1e-14 * size * size);
  for (PetscInt j = 0; j < M; j++) {
    if (s->G[j * M + j] == 0.0) assert_true(r->coefficients[j] == 0.0 && r->std[j] == 0.0 && !r->active[j]);
    if (s->gram.yy == 0.0) assert_true(r->coefficients[j] == 0.0 && !r->active[j]);
  }
}

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
