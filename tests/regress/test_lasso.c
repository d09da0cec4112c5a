/* The lasso's optimality conditions; its cross-validation against the same by samples; the choice of the penalty. */
#include "regress/estimator_testing.h"
#include "regress/lasso.h"

enum { M = 8 };
static const double truth[M] = {1.0, 0.0, -0.5, 0.0, 0.2, 0.0, 0.0, 0.8};

/* A lasso of its own beside the estimator's, whose problem is that of the samples. */
typedef struct {
  Samples       s;
  Blocks        blocks;
  DscEstimator  e;
  DscLasso      lasso;
  DscRegression r;
} Fixture;

static Fixture fixture_create(Samples s, PetscInt nblocks, const char rule[])
{
  Fixture    f       = {.s = s, .blocks = blocks_create(&s, nblocks), .r = regression_of(s.M)};
  DscOptions options = optionsOf("estimator", "lasso", "lasso_penalties", "30", "lasso_rule", rule, NULL);

  CALL(DscEstimatorCreate(options, s.M, 1, 0, &f.e));
  CALL(DscLassoCreate(f.e, options, &f.lasso));
  CALL(DscEstimatorSelect(f.e, &f.blocks.gram, NULL, &f.r));
  CALL(DscOptionsDestroy(&options));
  return f;
}

static void fixture_destroy(Fixture *f)
{
  CALL(DscLassoDestroy(&f->lasso));
  CALL(DscEstimatorDestroy(&f->e));
  CALL(DscRegressionDestroy(&f->r));
  blocks_destroy(&f->blocks);
  samples_destroy(&f->s);
}

static void assert_optimal(PetscInt n, const double C[], const double c[], const double weights[], double penalty,
                           const double w[])
{
  for (PetscInt j = 0; j < n; j++) {
    double g = c[j];

    for (PetscInt i = 0; i < n; i++) g -= C[j * n + i] * w[i];
    if (weights[j] == INFINITY || C[j * n + j] == 0.0) {
      assert_true(w[j] == 0.0);
    } else if (w[j] != 0.0) {
      assert_close(g, copysign(penalty * weights[j], w[j]), 1e-8);
    } else {
      assert_true(fabs(g) <= penalty * weights[j] + 1e-8);
    }
  }
}

/* At every penalty the Karush-Kuhn-Tucker conditions: independent, alike, equal and zero columns, weights, starts. */
static void solutions_are_optimal(void **state)
{
  (void)state;
  for (uint64_t seed = 0; seed < 20; seed++) {
    const double common[] = {0.0, 0.9, 0.9999, 0.9999999};
    Fixture      f = fixture_create(samples_create(60, M, 500 + seed, common[seed % 4], truth, 0.3), 10, "min_error");
    double       weights[M] = {1, 1, 1, 1, 1, 1, 1, 1}, w[M] = {0}, *C = f.e->work->problem.C;
    PetscBool    converged = PETSC_TRUE;

    if (seed % 3 == 1) {
      weights[2] = INFINITY;
      weights[3] = 0.0;
      weights[4] = 100.0;
    }
    if (seed % 5 == 1) { /* column 1 becomes column 0, column 5 nothing */
      for (PetscInt j = 0; j < M; j++) C[M + j] = C[j];
      for (PetscInt j = 0; j < M; j++) C[j * M + 1] = C[j * M];
      f.e->work->problem.c[1] = f.e->work->problem.c[0];
      for (PetscInt j = 0; j < M; j++) C[5 * M + j] = C[j * M + 5] = 0.0;
      f.e->work->problem.c[5] = 0.0;
    }
    if (seed % 2) w[0] = -3.0; /* a bad start */
    for (double penalty = 1.0; penalty > 1e-5; penalty *= 0.5) {
      CALL(DscLassoSolve(f.lasso, C, f.e->work->problem.c, weights, penalty, w, &converged));
      assert_optimal(M, C, f.e->work->problem.c, weights, penalty, w);
    }
    assert_true(converged);
    fixture_destroy(&f);
  }
}

/* More terms than samples, and a library's columns: powers of one function, nearly alike. */
static void hard_problems_are_optimal(void **state)
{
  enum { P = 24, N = 18 };
  double weights[P], w[P];

  (void)state;
  for (int k = 0; k < 2; k++) {
    Samples   s = samples_create(k ? N : 1000, P, 531, 0.3, NULL, 1.0);
    Fixture   f;
    PetscBool converged = PETSC_TRUE;

    for (PetscInt n = 0; k == 0 && n < s.N; n++) {
      const double x = (double)n / (double)s.N;

      for (PetscInt j = 0; j < P; j++) s.theta[j * s.N + n] = pow(x, (double)(j % 6)) * cos((double)(j / 6) * x);
      s.y[n] += 3.0 * x - 2.0 * cos(2.0 * x);
    }
    samples_sum(&s);
    f = fixture_create(s, 6, "min_error");
    for (PetscInt j = 0; j < P; j++) weights[j] = 1.0;
    for (PetscInt j = 0; j < P; j++) w[j] = 0.0;
    for (double penalty = 1.0; penalty > 1e-6; penalty *= 0.7) {
      CALL(DscLassoSolve(f.lasso, f.e->work->problem.C, f.e->work->problem.c, weights, penalty, w, &converged));
      assert_optimal(P, f.e->work->problem.C, f.e->work->problem.c, weights, penalty, w);
    }
    assert_true(converged);
    fixture_destroy(&f);
  }
}

/* Lasso on the samples that are not of the fold, normalised by all of them, by plain coordinate descent. */
static void lasso_by_samples(const Samples *s, PetscInt nblocks, PetscInt folds, PetscInt fold, double penalty,
                             const double weights[], double w[])
{
  double *r = calloc((size_t)s->N, sizeof(double)), count = 0.0;

  for (PetscInt n = 0; n < s->N; n++) count += block_of(s, nblocks, n) % folds != fold ? 1.0 : 0.0;
  for (PetscInt j = 0; j < s->M; j++) w[j] = 0.0;
  for (PetscInt n = 0; n < s->N; n++) r[n] = s->y[n] / sqrt(s->gram.yy / s->N);
  for (int sweeps = 0; sweeps < 200; sweeps++) {
    for (PetscInt j = 0; j < s->M; j++) {
      const double rms = sqrt(s->G[j * s->M + j] / s->N);
      double       z = 0.0, square = 0.0, wj;

      for (PetscInt n = 0; n < s->N; n++) {
        if (block_of(s, nblocks, n) % folds == fold) continue;
        z += s->theta[j * s->N + n] / rms * r[n];
        square += PetscSqr(s->theta[j * s->N + n] / rms);
      }
      z  = z / count + square / count * w[j];
      wj = copysign(fmax(fabs(z) - penalty * weights[j], 0.0), z) / (square / count);
      for (PetscInt n = 0; n < s->N; n++) r[n] -= (wj - w[j]) * s->theta[j * s->N + n] / rms;
      w[j] = wj;
    }
  }
  free(r);
}

static double test_error(const Samples *s, PetscInt nblocks, PetscInt folds, PetscInt fold, const double w[],
                         double *count)
{
  const double rms_y = sqrt(s->gram.yy / s->N);
  double       sum   = 0.0;

  *count = 0.0;
  for (PetscInt n = 0; n < s->N; n++) {
    double r = s->y[n] / rms_y;

    if (block_of(s, nblocks, n) % folds != fold) continue;
    for (PetscInt j = 0; j < s->M; j++) r -= w[j] * s->theta[j * s->N + n] / sqrt(s->G[j * s->M + j] / s->N);
    sum += r * r;
    *count += 1.0;
  }
  return sum;
}

/* Errors, chosen penalty and coefficients by both rules; blocks of unequal size. */
static void cross_validation_is_that_of_samples(void **state)
{
  static const char *const rules[] = {"min_error", "one_standard_error"};
  const PetscInt           nblocks = 12, folds = 5;

  (void)state;
  for (int rule = 0; rule < 2; rule++) {
    Fixture f          = fixture_create(samples_create(100, M, 540, 0.5, truth, 0.8), nblocks, rules[rule]);
    double  weights[M] = {1, 1, 2, 1, 1, 0.5, 1, 1}, w[M], expected[M], penalty, errors[30] = {0}, fold_error[30][5];
    const double *penalties, *found;
    PetscBool     converged = PETSC_TRUE;
    PetscInt      n, best = 0, chosen;
    double        mean = 0.0, square = 0.0, count;

    CALL(DscLassoCrossValidate(f.lasso, f.e, &f.blocks.gram, weights, w, &penalty, &converged));
    CALL(DscLassoGetPath(f.lasso, &n, &penalties, &found));
    assert_int_equal(n, 30);
    assert_close(penalties[29], 1e-3 * penalties[0], 1e-12);
    for (PetscInt k = 0; k < n; k++) {
      for (PetscInt fold = 0; fold < folds; fold++) {
        lasso_by_samples(&f.s, nblocks, folds, fold, penalties[k], weights, expected);
        fold_error[k][fold] = test_error(&f.s, nblocks, folds, fold, expected, &count);
        errors[k] += fold_error[k][fold] / f.s.N;
        fold_error[k][fold] /= count;
      }
      assert_close(found[k], errors[k], 1e-8);
      if (errors[k] < errors[best]) best = k;
    }
    assert_true(best > 0 && best < 29);
    for (PetscInt fold = 0; fold < folds; fold++) mean += fold_error[best][fold] / folds;
    for (PetscInt fold = 0; fold < folds; fold++) square += PetscSqr(fold_error[best][fold] - mean);
    for (chosen = 0; rule && errors[chosen] > errors[best] + sqrt(square / (folds - 1) / folds);) chosen++;
    if (!rule) chosen = best;
    assert_true(rule ? chosen < best : chosen == best);
    assert_true(penalty == penalties[chosen]);
    lasso_by_samples(&f.s, nblocks, f.s.N, f.s.N, penalty, weights, expected); /* no fold left out */
    for (PetscInt j = 0; j < M; j++) assert_close(w[j], expected[j], 1e-8);
    fixture_destroy(&f);
  }
}

/* The first penalty is the least that makes everything 0. */
static void path_begins_at_nothing(void **state)
{
  Fixture       f          = fixture_create(samples_create(100, M, 550, 0.5, truth, 0.8), 10, "min_error");
  double        weights[M] = {1, 1, 2, 1, 1, 0.5, 1, 1}, w[M] = {0}, penalty;
  const double *penalties, *errors, *c = f.e->work->problem.c, *C = f.e->work->problem.C;
  PetscBool     converged = PETSC_TRUE, nothing = PETSC_TRUE;
  PetscInt      n;

  (void)state;
  CALL(DscLassoCrossValidate(f.lasso, f.e, &f.blocks.gram, weights, w, &penalty, &converged));
  CALL(DscLassoGetPath(f.lasso, &n, &penalties, &errors));
  CALL(DscLassoSolve(f.lasso, C, c, weights, penalties[0] * (1 + 1e-12), w, &converged));
  for (PetscInt j = 0; j < M; j++) assert_true(w[j] == 0.0);
  CALL(DscLassoSolve(f.lasso, C, c, weights, penalties[0] * 0.999, w, &converged));
  for (PetscInt j = 0; j < M; j++) nothing = nothing && w[j] == 0.0;
  assert_false(nothing);
  fixture_destroy(&f);
}

/* Fewer blocks with samples than folds: as many folds as there are such blocks. */
static void folds_are_at_most_the_blocks(void **state)
{
  Samples       s = samples_create(90, M, 560, 0.5, truth, 0.8);
  DscRegression five, three;

  (void)state;
  five  = answer_of(&s, 3, NULL, optionsOf("estimator", "lasso", "lasso_folds", "5", "mask_threshold", "0", NULL));
  three = answer_of(&s, 3, NULL, optionsOf("estimator", "lasso", "lasso_folds", "3", "mask_threshold", "0", NULL));
  assert_same_bits(&five, &three);
  CALL(DscRegressionDestroy(&five));
  CALL(DscRegressionDestroy(&three));
  samples_destroy(&s);
}

/* A single block: Schwarz' criterion takes the place of the validation error. */
static void one_block_is_judged_by_bic(void **state)
{
  Fixture       f          = fixture_create(samples_create(200, M, 570, 0.5, truth, 0.8), 1, "one_standard_error");
  double        weights[M] = {1, 1, 1, 1, 1, 1, 1, 1}, w[M], penalty, least = INFINITY, at = 0.0;
  const double *penalties, *errors;
  PetscBool     converged = PETSC_TRUE;
  PetscInt      n;

  (void)state;
  CALL(DscLassoCrossValidate(f.lasso, f.e, &f.blocks.gram, weights, w, &penalty, &converged));
  CALL(DscLassoGetPath(f.lasso, &n, &penalties, &errors));
  for (PetscInt k = 0; k < n; k++) {
    double value, count;

    lasso_by_samples(&f.s, 1, f.s.N, f.s.N, penalties[k], weights, w);
    value = 200.0 * log(test_error(&f.s, 1, 1, 0, w, &count) / 200.0);
    for (PetscInt j = 0; j < M; j++) value += w[j] != 0.0 ? log(200.0) : 0.0;
    assert_close(errors[k], value, 1e-7);
    if (value < least) at = penalties[k];
    least = fmin(least, value);
  }
  assert_true(penalty == at && at < penalties[0]);
  fixture_destroy(&f);
}

/* The threshold is on the lasso's own coefficients; what is reported is least squares on those that stay. */
static void threshold_is_on_the_lasso(void **state)
{
  Fixture       f          = fixture_create(samples_create(200, M, 580, 0.0, truth, 0.5), 10, "one_standard_error");
  double        weights[M] = {1, 1, 1, 1, 1, 1, 1, 1}, w[M], penalty;
  DscRegression expected   = regression_of(M);
  PetscBool     converged  = PETSC_TRUE, mask[M];

  (void)state;
  CALL(DscLassoCrossValidate(f.lasso, f.e, &f.blocks.gram, weights, w, &penalty, &converged));
  for (PetscInt j = 0; j < M; j++) mask[j] = fabs(w[j]) >= 0.1 ? PETSC_TRUE : PETSC_FALSE;
  CALL(DscLeastSquares(&f.s.gram, mask, &expected));
  assert_same_terms(&f.r, &expected);
  for (PetscInt j = 0; j < M; j++) assert_close(f.r.coefficients[j], expected.coefficients[j], 1e-12);
  assert_true(count_active(&f.r) == 3); /* .2 is shrunk below .1 */
  CALL(DscRegressionDestroy(&expected));
  fixture_destroy(&f);
}

static int set_up(void **state)
{
  (void)state;
  return DscRegressRegisterOptions() ? 1 : 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(solutions_are_optimal, set_up), cmocka_unit_test(hard_problems_are_optimal),
    cmocka_unit_test(cross_validation_is_that_of_samples), cmocka_unit_test(path_begins_at_nothing),
    cmocka_unit_test(folds_are_at_most_the_blocks),        cmocka_unit_test(one_block_is_judged_by_bic),
    cmocka_unit_test(threshold_is_on_the_lasso),
};

TEST_MAIN(tests)
