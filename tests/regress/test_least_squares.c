/* Least squares and ridge against QR on the samples; masks, scales, error bars, threshold, copy. */
#include "regress/regress_testing.h"

#include <petscblaslapack.h>

/* min |y - theta xi|^2 + lambda sum |theta_j|^2 xi_j^2 by QR of the (extended) samples. */
static void solve_by_qr(const Samples *s, double lambda, double xi[])
{
  const PetscInt rows = s->N + s->M;
  PetscBLASInt   m = (PetscBLASInt)rows, n = (PetscBLASInt)s->M, one = 1, size = 64 * m, info;
  double        *A    = calloc((size_t)(rows * s->M), sizeof(double));
  double        *rhs  = calloc((size_t)rows, sizeof(double));
  double        *work = calloc((size_t)size, sizeof(double));

  memcpy(rhs, s->y, (size_t)s->N * sizeof(double));
  for (PetscInt j = 0; j < s->M; j++) {
    memcpy(A + j * rows, s->theta + j * s->N, (size_t)s->N * sizeof(double));
    A[j * rows + s->N + j] = sqrt(lambda * s->G[j * s->M + j]);
  }
  LAPACKgels_("N", &m, &n, &one, A, &m, rhs, &m, work, &size, &info);
  assert_int_equal(info, 0);
  memcpy(xi, rhs, (size_t)s->M * sizeof(double));
  free(A);
  free(rhs);
  free(work);
}

static const double xi_true[8] = {1.5, -0.3, 0.0, 2.0, 0.1, 0.0, -1.0, 0.7};

static void least_squares_is_qr(void **state)
{
  Samples       s = samples_create(300, 8, 1, 0.9, xi_true, 0.4);
  DscRegression r = regression_of(8);
  double        xi[8], inverse[64], beta;

  (void)state;
  CALL(DscLeastSquares(&s.gram, NULL, &r));
  solve_by_qr(&s, 0.0, xi);
  memcpy(inverse, s.G, sizeof(inverse));
  invert(8, inverse);
  beta = (300.0 - 8.0) / samples_residual(&s, xi);
  assert_close(r.noise_precision, beta, 1e-10 * beta);
  assert_close(r.residual, samples_residual(&s, xi), 1e-10 * r.residual);
  for (PetscInt j = 0; j < 8; j++) {
    assert_close(r.coefficients[j], xi[j], 1e-11);
    assert_close(r.normalized[j], xi[j] * sqrt(s.G[j * 8 + j] / s.gram.yy), 1e-11);
    assert_close(r.std[j], sqrt(inverse[j * 8 + j] / beta), 1e-10);
    assert_true(r.active[j]);
    assert_true(r.alpha[j] == 0.0);
    for (PetscInt i = 0; i < 8; i++) assert_close(r.covariance[i * 8 + j], inverse[i * 8 + j] / beta, 1e-12);
  }
  assert_true(r.converged);
  assert_defined(&r);
  samples_destroy(&s);
  CALL(DscRegressionDestroy(&r));
}

static void ridge_is_qr_of_the_extended_samples(void **state)
{
  const double  lambda = 0.05;
  Samples       s      = samples_create(300, 8, 2, 0.9, xi_true, 0.4);
  DscRegression r      = regression_of(8);
  double        xi[8], inverse[64], parameters = 0.0, beta;

  (void)state;
  CALL(DscRidge(&s.gram, NULL, lambda, &r));
  solve_by_qr(&s, lambda, xi);
  memcpy(inverse, s.G, sizeof(inverse));
  for (PetscInt j = 0; j < 8; j++) inverse[j * 8 + j] *= 1.0 + lambda;
  invert(8, inverse);
  for (PetscInt i = 0; i < 64; i++) parameters += s.G[i] * inverse[i]; /* trace of the hat matrix */
  beta = (300.0 - parameters) / samples_residual(&s, xi);
  assert_close(r.noise_precision, beta, 1e-10 * beta);
  for (PetscInt j = 0; j < 8; j++) {
    assert_close(r.coefficients[j], xi[j], 1e-11);
    assert_close(r.std[j], sqrt(inverse[j * 8 + j] / beta), 1e-10);
    assert_close(r.alpha[j], lambda * s.gram.yy * beta, 1e-9 * r.alpha[j]); /* lambda N beta rms(y)^2 */
  }
  assert_defined(&r);
  samples_destroy(&s);
  CALL(DscRegressionDestroy(&r));
}

/* Within a mask: the answer of the problem that has only those columns. */
static void mask_is_a_smaller_problem(void **state)
{
  PetscBool     mask[8] = {PETSC_TRUE,  PETSC_FALSE, PETSC_FALSE, PETSC_TRUE,
                           PETSC_FALSE, PETSC_FALSE, PETSC_TRUE,  PETSC_FALSE};
  Samples       s = samples_create(200, 8, 3, 0.5, xi_true, 0.4), small = samples_create(200, 3, 3, 0.5, NULL, 0.0);
  DscRegression r = regression_of(8), expected = regression_of(3);

  (void)state;
  for (PetscInt j = 0, k = 0; j < 8; j++)
    if (mask[j]) memcpy(small.theta + 200 * k++, s.theta + 200 * j, 200 * sizeof(double));
  memcpy(small.y, s.y, 200 * sizeof(double));
  samples_sum(&small);
  CALL(DscLeastSquares(&small.gram, NULL, &expected));
  memcpy(r.active, mask, sizeof(mask));
  CALL(DscLeastSquares(&s.gram, r.active, &r)); /* the result's own mask */
  assert_memory_equal(r.active, mask, sizeof(mask));
  for (PetscInt j = 0, k = 0; j < 8; j++) {
    if (mask[j]) {
      assert_close(r.coefficients[j], expected.coefficients[k], 1e-12);
      assert_close(r.std[j], expected.std[k++], 1e-12);
    } else {
      assert_true(r.coefficients[j] == 0.0 && r.std[j] == 0.0 && r.normalized[j] == 0.0);
    }
  }
  assert_close(r.residual, expected.residual, 1e-10 * r.residual);
  memset(mask, 0, sizeof(mask));
  CALL(DscLeastSquares(&s.gram, mask, &r));
  assert_close(r.residual, s.gram.yy, 1e-12 * s.gram.yy);
  for (PetscInt j = 0; j < 8; j++) assert_true(r.coefficients[j] == 0.0 && !r.active[j]);
  samples_destroy(&s);
  samples_destroy(&small);
  CALL(DscRegressionDestroy(&r));
  CALL(DscRegressionDestroy(&expected));
}

/* Units do not matter: columns times 1e-6..1e6, y times 1e5. */
static void units_do_not_matter(void **state)
{
  const double  scale[8] = {1e6, 1e-6, 1.0, 1e3, 1e-3, 1e6, 1e-6, 7.0}, scale_y = 1e5;
  Samples       s = samples_create(300, 8, 4, 0.9, xi_true, 0.4);
  DscRegression r = regression_of(8), scaled = regression_of(8);

  (void)state;
  CALL(DscRidge(&s.gram, NULL, 0.01, &r));
  for (PetscInt j = 0; j < 8; j++)
    for (PetscInt n = 0; n < 300; n++) s.theta[j * 300 + n] *= scale[j];
  for (PetscInt n = 0; n < 300; n++) s.y[n] *= scale_y;
  samples_sum(&s);
  CALL(DscRidge(&s.gram, NULL, 0.01, &scaled));
  for (PetscInt j = 0; j < 8; j++) {
    const double unit = scale_y / scale[j];

    assert_close(scaled.normalized[j], r.normalized[j], 1e-11);
    assert_close(scaled.coefficients[j], r.coefficients[j] * unit, 1e-11 * unit);
    assert_close(scaled.std[j], r.std[j] * unit, 1e-11 * unit);
    assert_close(scaled.alpha[j], r.alpha[j], 1e-9 * r.alpha[j]);
  }
  assert_close(scaled.residual, r.residual * 1e10, 1e-2 * r.residual);
  assert_close(scaled.noise_precision, r.noise_precision * 1e-10, 1e-20 * r.noise_precision);
  samples_destroy(&s);
  CALL(DscRegressionDestroy(&r));
  CALL(DscRegressionDestroy(&scaled));
}

/* 95% of the true values lie within 1.96 standard deviations. */
static void error_bars_cover(void **state)
{
  const PetscInt draws  = 400;
  PetscInt       inside = 0;
  DscRegression  r      = regression_of(8);

  (void)state;
  for (PetscInt d = 0; d < draws; d++) {
    Samples s = samples_create(100, 8, 100 + (uint64_t)d, 0.5, xi_true, 0.8);

    CALL(DscLeastSquares(&s.gram, NULL, &r));
    for (PetscInt j = 0; j < 8; j++) inside += fabs(r.coefficients[j] - xi_true[j]) < 1.96 * r.std[j];
    samples_destroy(&s);
  }
  assert_close((double)inside / (8.0 * (double)draws), 0.95, 0.015);
  CALL(DscRegressionDestroy(&r));
}

/* Equal columns: one of them takes part, and the fit is as good as without the other. */
static void collinear_columns_are_left_out(void **state)
{
  Samples       s = samples_create(200, 6, 5, 0.0, (const double[]){1.0, -2.0, 0.5, 0.0, 0.3, 0.0}, 0.2);
  DscRegression r = regression_of(6);
  double        without;
  PetscInt      nactive = 0;

  (void)state;
  {
    const PetscBool mask[6] = {PETSC_TRUE, PETSC_TRUE, PETSC_TRUE, PETSC_FALSE, PETSC_TRUE, PETSC_FALSE};

    CALL(DscLeastSquares(&s.gram, mask, &r));
    without = r.residual;
  }
  for (PetscInt n = 0; n < 200; n++) {
    s.theta[3 * 200 + n] = -3.0 * s.theta[n];                       /* column 0 again */
    s.theta[5 * 200 + n] = s.theta[200 + n] + s.theta[2 * 200 + n]; /* 1 + 2 */
  }
  samples_sum(&s);
  CALL(DscLeastSquares(&s.gram, NULL, &r));
  assert_defined(&r);
  for (PetscInt j = 0; j < 6; j++) {
    nactive += r.active[j] ? 1 : 0;
    if (!r.active[j]) assert_true(r.coefficients[j] == 0.0 && r.std[j] == 0.0);
  }
  assert_int_equal(nactive, 4);
  assert_true(r.active[0] && !r.active[3]); /* ties: the earlier term */
  assert_int_equal(r.active[1] + r.active[2] + r.active[5], 2);
  assert_close(r.residual, without, 1e-10 * without);
  assert_close(samples_residual(&s, r.coefficients), without, 1e-10 * without);
  samples_destroy(&s);
  CALL(DscRegressionDestroy(&r));
}

/* Columns whose difference has 1e-14 of their square are one column, with 1e-10 they are two. */
static void nearly_collinear_columns(void **state)
{
  Samples       s = samples_create(200, 3, 7, 0.0, NULL, 1.0), difference = samples_create(200, 3, 7, 0.0, NULL, 1.0);
  DscRegression r = regression_of(3);

  (void)state;
  for (PetscInt n = 0; n < 200; n++) s.theta[400 + n] = s.theta[n] + 1e-7 * difference.theta[400 + n];
  samples_sum(&s);
  CALL(DscLeastSquares(&s.gram, NULL, &r));
  assert_int_equal(r.active[0] + r.active[2], 1);
  for (PetscInt n = 0; n < 200; n++) {
    s.theta[400 + n] = s.theta[n] + 1e-5 * difference.theta[400 + n];
    s.y[n]           = 1e5 * (s.theta[400 + n] - s.theta[n]);
  }
  samples_sum(&s);
  CALL(DscLeastSquares(&s.gram, NULL, &r));
  assert_close(r.coefficients[0], -1e5, 1.0);
  assert_close(r.coefficients[2], 1e5, 1.0);
  samples_destroy(&s);
  samples_destroy(&difference);
  CALL(DscRegressionDestroy(&r));
}

static void threshold_marks_large_terms(void **state)
{
  DscRegression r       = regression_of(4);
  PetscBool     mask[4] = {PETSC_TRUE, PETSC_TRUE, PETSC_TRUE, PETSC_TRUE};

  (void)state;
  memcpy(r.normalized, (const double[]){0.1, -0.5, 0.0999, 0.0}, 4 * sizeof(double));
  CALL(DscThreshold(&r, 0.1, mask));
  assert_true(mask[0] && mask[1] && !mask[2] && !mask[3]);
  CALL(DscThreshold(&r, 0.0, mask));
  assert_true(mask[0] && mask[1] && mask[2] && !mask[3]);
  CALL(DscThreshold(&r, 0.2, r.active));
  assert_true(!r.active[0] && r.active[1] && !r.active[2] && !r.active[3]);
  CALL(DscRegressionDestroy(&r));
}

static void copy_is_complete(void **state)
{
  Samples        s = samples_create(50, 8, 6, 0.3, xi_true, 0.1);
  DscRegression  r = regression_of(8), copy = regression_of(8), small = regression_of(2);
  PetscErrorCode ierr;

  (void)state;
  CALL(DscRidge(&s.gram, NULL, 1e-3, &r));
  r.iterations   = 7;
  r.converged    = PETSC_FALSE;
  r.log_evidence = 3.0;
  CALL(DscRegressionCopy(&r, &copy));
  assert_memory_equal(copy.coefficients, r.coefficients, 8 * sizeof(double));
  assert_memory_equal(copy.std, r.std, 8 * sizeof(double));
  assert_memory_equal(copy.normalized, r.normalized, 8 * sizeof(double));
  assert_memory_equal(copy.covariance, r.covariance, 64 * sizeof(double));
  assert_memory_equal(copy.alpha, r.alpha, 8 * sizeof(double));
  assert_memory_equal(copy.active, r.active, 8 * sizeof(PetscBool));
  assert_true(copy.noise_precision == r.noise_precision && copy.residual == r.residual);
  assert_true(copy.log_evidence == 3.0 && copy.iterations == 7 && !copy.converged);
  CALL(DscErrorCaptureBegin());
  ierr = DscRegressionCopy(&r, &small);
  CALL(DscErrorCaptureEnd());
  assert_int_equal(ierr, PETSC_ERR_ARG_SIZ);
  samples_destroy(&s);
  CALL(DscRegressionDestroy(&r));
  CALL(DscRegressionDestroy(&copy));
  CALL(DscRegressionDestroy(&small));
  CALL(DscRegressionDestroy(&small));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(least_squares_is_qr),       cmocka_unit_test(ridge_is_qr_of_the_extended_samples),
    cmocka_unit_test(mask_is_a_smaller_problem), cmocka_unit_test(units_do_not_matter),
    cmocka_unit_test(error_bars_cover),          cmocka_unit_test(collinear_columns_are_left_out),
    cmocka_unit_test(nearly_collinear_columns),  cmocka_unit_test(threshold_marks_large_terms),
    cmocka_unit_test(copy_is_complete),
};

TEST_MAIN(tests)
