/* The best sets of each size, against all sets. */
#include "regress/regress_testing.h"

enum { M = 8, SETS = 1 << M };

static void set_of(int mask, PetscBool active[M])
{
  for (int j = 0; j < M; j++) active[j] = mask >> j & 1 ? PETSC_TRUE : PETSC_FALSE;
}

static PetscInt size_of(const PetscBool active[M])
{
  PetscInt p = 0;

  for (int j = 0; j < M; j++) p += active[j] ? 1 : 0;
  return p;
}

/* The evidence in full, of least squares on the samples. */
static double score_of(const Samples *s, const PetscBool active[M], double *error)
{
  const double  N = s->N, g = fmax(N, M * M);
  DscRegression r = regression_of(M);

  CALL(DscLeastSquares(&s->gram, active, &r));
  *error = samples_residual(s, r.coefficients) / s->gram.yy;
  CALL(DscRegressionDestroy(&r));
  return N * log(1.0 + g * *error) + (double)size_of(active) * log(1.0 + g);
}

/* Columns that share nothing: the sets are the largest correlations with y, one after the other. */
static void test_orthogonal(void **state)
{
  static const double xi[M]    = {.3, -2, .1, 1, -.7, .05, .2, -1.5};
  static const int    order[M] = {1, 7, 3, 4, 0, 6, 2, 5};
  double              G[M][M]  = {{0}}, b[M];
  DscGram             gram     = {.nterms = M, .nsamples = 1000, .G = &G[0][0], .b = b, .yy = 1000};
  DscPath             path;
  PetscInt            nsets;
  double              left = 1000;

  (void)state;
  for (int j = 0; j < M; j++) {
    G[j][j] = 100 * (j + 1); /* the size of a column must not count */
    b[j]    = xi[j] * sqrt(100 * G[j][j] / 1.1);
  }
  CALL(DscPathCreate(M, 1, M, &path));
  CALL(DscPathCompute(path, &gram, &nsets));
  assert_int_equal(nsets, M + 1);
  for (int p = 0; p <= M; p++) {
    const PetscBool *active;
    double           error, score;

    CALL(DscPathGetSet(path, p, &active, &error, &score));
    for (int j = 0; j < M; j++) assert_int_equal(active[order[j]], j < p);
    assert_close(error, left / 1000, 1e-12);
    if (p < M) left -= PetscSqr(xi[order[p]]) * 100 / 1.1;
  }
  CALL(DscPathDestroy(&path));
}

/* Of all sets of a size the best, and its error and score to the digits; of correlated columns and few samples. */
static void test_all_sets(void **state)
{
  static const double truth[M] = {1.0, 0.0, -0.5, 0.0, 0.2, 0.0, 0.0, 0.8};
  PetscInt            found = 0, all = 0;

  (void)state;
  for (uint64_t seed = 0; seed < 100; seed++) {
    Samples  s = samples_create(40, M, 300 + seed, 0.9, truth, 1.2);
    DscPath  path;
    PetscInt nsets;
    double   best[M + 1];

    for (int p = 0; p <= M; p++) best[p] = INFINITY;
    for (int mask = 0; mask < SETS; mask++) {
      PetscBool active[M];
      double    error, score;

      set_of(mask, active);
      score                 = score_of(&s, active, &error);
      best[size_of(active)] = fmin(best[size_of(active)], score);
    }
    CALL(DscPathCreate(M, 1, M, &path));
    CALL(DscPathCompute(path, &s.gram, &nsets));
    assert_int_equal(nsets, M + 1);
    for (int p = 0; p <= M; p++, all++) {
      const PetscBool *active;
      double           error, score, least_squares;

      CALL(DscPathGetSet(path, p, &active, &error, &score));
      assert_int_equal(size_of(active), p);
      assert_close(score, score_of(&s, active, &least_squares), 1e-8);
      assert_close(error, least_squares, 1e-10);
      found += score < best[p] + 1e-7 ? 1 : 0;
      if (p < 2 || p > M - 2) assert_true(score < best[p] + 1e-7); /* single steps see these */
    }
    CALL(DscPathDestroy(&path));
    samples_destroy(&s);
  }
  assert_true(found >= all - 1);
}

/* y is the difference of two columns that are nearly the same: neither says anything alone, a third says more. */
static void test_pair(void **state)
{
  Samples          s = samples_create(400, M, 77, 0.0, NULL, 0.0);
  DscPath          path;
  PetscInt         nsets;
  const PetscBool *active;
  double           error, score;

  (void)state;
  for (PetscInt n = 0; n < s.N; n++) {
    double *theta = s.theta + n;

    theta[4 * s.N] = theta[2 * s.N] + .1 * theta[4 * s.N];
    s.y[n]         = theta[4 * s.N] - theta[2 * s.N] + .01 * theta[6 * s.N];
    theta[5 * s.N] = s.y[n] + .05 * theta[5 * s.N];
    theta[7 * s.N] = s.y[n] + .06 * theta[7 * s.N];
  }
  samples_sum(&s);
  CALL(DscPathCreate(M, 1, 3, &path));
  CALL(DscPathCompute(path, &s.gram, &nsets));
  assert_int_equal(nsets, 4);
  CALL(DscPathGetSet(path, 1, &active, &error, &score));
  assert_true(active[5]);
  CALL(DscPathGetSet(path, 2, &active, &error, &score));
  assert_true(active[2] && active[4]);
  CALL(DscPathGetSet(path, 3, &active, &error, &score));
  assert_true(active[2] && active[4] && active[6] && error < 1e-12);
  CALL(DscPathDestroy(&path));
  samples_destroy(&s);
}

/* A set with one term more or less, without a fit of its own. */
static void test_flips(void **state)
{
  static const double truth[M] = {1.0, 0.0, -0.5, 0.0, 0.2, 0.0, 0.0, 0.8};
  Samples             s        = samples_create(80, M, 41, 0.7, truth, 0.5);
  PetscBool           active[M];
  DscPath             path;
  PetscInt            nsets;
  double              error, score, flipped_error[M], flipped_score[M];

  (void)state;
  CALL(DscPathCreate(M, 1, 4, &path));
  CALL(DscPathCompute(path, &s.gram, &nsets));
  set_of(0x95, active);
  CALL(DscPathScore(path, active, &error, &score, flipped_error, flipped_score));
  for (int j = 0; j < M; j++) {
    double expected, expected_score;

    active[j]      = (PetscBool)!active[j];
    expected_score = score_of(&s, active, &expected);
    assert_close(flipped_error[j], expected, 1e-10);
    assert_close(flipped_score[j], expected_score, 1e-8);
    active[j] = (PetscBool)!active[j];
  }
  CALL(DscPathDestroy(&path));
  samples_destroy(&s);
}

/* Scores of experiments add up, with their own coefficients, also where a column of one of them is 0 or spanned; of all
   sets the best of each size. */
static void test_experiments(void **state)
{
  static const double one[M] = {1.0, 0.0, -0.5, 0.0, 0.0, 0.3, 0.0, 0.1};
  static const double two[M] = {0.2, 0.0, 2.0, 0.4, 0.3, 0.0, -0.1, 0.0};

  (void)state;
  for (uint64_t seed = 0; seed < 10; seed++) {
    Samples  s[2] = {samples_create(100, M, 50 + seed, 0.5, one, 0.9), samples_create(90, M, 70 + seed, 0.5, two, 0.9)};
    double   best[M + 1];
    DscGram  grams[2];
    DscPath  path;
    PetscInt nsets;

    for (PetscInt n = 0; n < 90; n++) {
      s[0].theta[3 * s[0].N + n] = 0;
      s[1].theta[1 * s[1].N + n] = s[1].theta[2 * s[1].N + n];
    }
    for (int e = 0; e < 2; e++) {
      samples_sum(&s[e]);
      grams[e] = s[e].gram;
    }
    for (int p = 0; p <= M; p++) best[p] = INFINITY;
    for (int mask = 0; mask < SETS; mask++) {
      PetscBool active[M];
      double    errors[2], score;

      set_of(mask, active);
      score                 = score_of(&s[0], active, &errors[0]) + score_of(&s[1], active, &errors[1]);
      best[size_of(active)] = fmin(best[size_of(active)], score);
    }
    CALL(DscPathCreate(M, 2, M, &path));
    CALL(DscPathCompute(path, grams, &nsets));
    assert_int_equal(nsets, M + 1);
    for (int p = 0; p < nsets; p++) {
      const PetscBool *active;
      double           error, score, errors[2], flipped_error[M], flipped_score[M];

      CALL(DscPathGetSet(path, p, &active, &error, &score));
      assert_close(score, best[p], 1e-7);
      CALL(DscPathScore(path, active, &error, &score, flipped_error, flipped_score));
      for (int j = 0; j < M; j++) {
        PetscBool other[M];

        for (int i = 0; i < M; i++) other[i] = i == j ? (PetscBool)!active[i] : active[i];
        score = score_of(&s[0], other, &errors[0]) + score_of(&s[1], other, &errors[1]);
        assert_close(flipped_score[j], score, 1e-7);
        assert_close(flipped_error[j], (errors[0] + errors[1]) / 2, 1e-9);
      }
    }
    CALL(DscPathDestroy(&path));
    for (int e = 0; e < 2; e++) samples_destroy(&s[e]);
  }
}

/* Equal columns, a zero column, y = 0: never more than there is, never NaN. */
static void test_singular(void **state)
{
  static const double truth[M] = {1.0, 0.0, -0.5, 0.0, 0.0, 0.0, 0.0, 0.0};
  Samples             s        = samples_create(50, M, 61, 0.0, truth, 0.1);
  DscPath             path;
  PetscInt            nsets;
  const PetscBool    *active;
  double              error, score, flipped_error[M], flipped_score[M];

  (void)state;
  for (PetscInt n = 0; n < s.N; n++) {
    s.theta[5 * s.N + n] = 2 * s.theta[0 * s.N + n];
    s.theta[6 * s.N + n] = 0;
  }
  samples_sum(&s);
  CALL(DscPathCreate(M, 1, M, &path));
  CALL(DscPathCompute(path, &s.gram, &nsets));
  assert_int_equal(nsets, M - 1); /* two of eight columns are no use */
  for (int p = 0; p < nsets; p++) {
    CALL(DscPathGetSet(path, p, &active, &error, &score));
    assert_int_equal(size_of(active), p);
    assert_true(isfinite(error) && isfinite(score) && !active[6] && !(active[0] && active[5]));
  }
  CALL(DscPathGetSet(path, 2, &active, &error, &score));
  CALL(DscPathScore(path, active, &error, &score, flipped_error, flipped_score));
  assert_true(isinf(flipped_score[6]) && isinf(flipped_score[active[0] ? 5 : 0]) && isfinite(flipped_score[1]));
  for (PetscInt n = 0; n < s.N; n++) s.y[n] = 0;
  samples_sum(&s);
  CALL(DscPathCompute(path, &s.gram, &nsets));
  assert_int_equal(nsets, 1);
  CALL(DscPathGetSet(path, 0, &active, &error, &score));
  assert_true(error == 0.0 && isfinite(score) && size_of(active) == 0);
  CALL(DscPathDestroy(&path));
  samples_destroy(&s);
}

static const struct CMUnitTest tests[] = {cmocka_unit_test(test_orthogonal),  cmocka_unit_test(test_all_sets),
                                          cmocka_unit_test(test_pair),        cmocka_unit_test(test_flips),
                                          cmocka_unit_test(test_experiments), cmocka_unit_test(test_singular)};

TEST_MAIN(tests)
