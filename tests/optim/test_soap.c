/* SOAP by its mathematics: where it must equal Adam, what it must be invariant under, and what it is for. */
#include "optim/optim_testing.h"

enum { M = 5, N = 4, SIZE = M * N };
static const DscBlock matrix = {0, M, N};

/* ---- small dense helpers, row-major -------------------------------------------------------------------------- */

static void product(int m, int n, int k, const double *A, const double *B, double *C)
{
  for (int i = 0; i < m; i++) {
    for (int j = 0; j < n; j++) {
      C[i * n + j] = 0.0;
      for (int l = 0; l < k; l++) C[i * n + j] += A[i * k + l] * B[l * n + j];
    }
  }
}

static void transpose(int m, int n, const double *A, double *T)
{
  for (int i = 0; i < m; i++) {
    for (int j = 0; j < n; j++) T[j * m + i] = A[i * n + j];
  }
}

/* Random orthogonal matrix: Gram-Schmidt on normal rows. */
static void orthogonal(int n, uint64_t stream, double *Q)
{
  for (int i = 0; i < n; i++) {
    double norm = 0.0;
    for (int j = 0; j < n; j++) Q[i * n + j] = normalNumber(1000 * stream + (uint64_t)(i * n + j));
    for (int sweep = 0; sweep < 2; sweep++) {
      for (int k = 0; k < i; k++) {
        double dot = 0.0;
        for (int j = 0; j < n; j++) dot += Q[i * n + j] * Q[k * n + j];
        for (int j = 0; j < n; j++) Q[i * n + j] -= dot * Q[k * n + j];
      }
    }
    for (int j = 0; j < n; j++) norm += Q[i * n + j] * Q[i * n + j];
    for (int j = 0; j < n; j++) Q[i * n + j] /= sqrt(norm);
  }
}

/* Q diag(1 ... 1/condition) Q' */
static void illConditioned(int n, double condition, uint64_t stream, double *A)
{
  double Q[16 * 16];

  orthogonal(n, stream, Q);
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < n; j++) {
      A[i * n + j] = 0.0;
      for (int k = 0; k < n; k++) A[i * n + j] += Q[k * n + i] * Q[k * n + j] * pow(condition, -(double)k / (n - 1));
    }
  }
}

static DscOptimizer createOptimizer(DscOptions options, const DscBlock *block)
{
  DscOptimizer optimizer;
  OK(DscOptimizerCreate(options, block->rows * block->columns, 1, block, &optimizer));
  return optimizer;
}

static double maxDifference(int n, const double a[], const double b[])
{
  double largest = 0.0;
  for (int i = 0; i < n; i++) largest = fmax(largest, fabs(a[i] - b[i]));
  return largest;
}

/* ---- tests --------------------------------------------------------------------------------------------------- */

/* The eigenbases of diagonal gradients are permutations, in which Adam is Adam. SOAP only looks at the first gradient.
   The bases come out with the rounding of a QR factorisation, which is divided by epsilon where the gradient is zero. */
static void testDiagonalGradientsGiveAdam(void **state)
{
  DscOptions   soap_options = optionsOf("optim_type", "soap", "optim_soap_refresh", "3", "optim_epsilon", "1e-4", NULL);
  DscOptions   adam_options = optionsOf("optim_type", "adam", "optim_lr", "3e-3", "optim_beta1", "0.95", "optim_beta2",
                                        "0.95", "optim_epsilon", "1e-4", NULL);
  DscOptimizer soap = createOptimizer(soap_options, &matrix), adam = createOptimizer(adam_options, &matrix);
  double       theta[SIZE] = {0}, expected[SIZE] = {0}, gradient[SIZE] = {0};

  (void)state;
  for (PetscInt k = 0; k < 30; k++) {
    for (int i = 0; i < N; i++) gradient[i * N + i] = normalNumber((uint64_t)(k * N + i)) * exp(i);
    OK(DscOptimizerStep(soap, k, 30, gradient, theta));
    if (k > 0) OK(DscOptimizerStep(adam, k, 30, gradient, expected));
  }
  assert_true(maxDifference(SIZE, theta, expected) < 1e-12);
  assert_true(fabs(theta[0]) > 1e-3);
  OK(DscOptimizerDestroy(&soap));
  OK(DscOptimizerDestroy(&adam));
  OK(DscOptionsDestroy(&soap_options));
  OK(DscOptionsDestroy(&adam_options));
}

/* Vectors, and matrices with both sides above the limit, are Adam's from the second gradient on. */
static void testVectorsAndLongSidesGiveAdam(void **state)
{
  const DscBlock column = {0, SIZE, 1}, row = {0, 1, SIZE};
  DscOptions     limited = optionsOf("optim_soap_max_dimension", "3", NULL), unlimited = optionsOf(NULL);
  DscOptions     adam_options =
      optionsOf("optim_type", "adam", "optim_lr", "3e-3", "optim_beta1", "0.95", "optim_beta2", "0.95", NULL);
  DscOptimizer tested[3]      = {createOptimizer(unlimited, &column), createOptimizer(unlimited, &row),
                                 createOptimizer(limited, &matrix)};
  DscOptimizer adam           = createOptimizer(adam_options, &matrix);
  double       theta[3][SIZE] = {{0}}, expected[SIZE] = {0}, gradient[SIZE];

  (void)state;
  for (PetscInt k = 0; k < 25; k++) {
    for (int i = 0; i < SIZE; i++) gradient[i] = normalNumber((uint64_t)(k * SIZE + i));
    for (int b = 0; b < 3; b++) OK(DscOptimizerStep(tested[b], k, 25, gradient, theta[b]));
    if (k > 0) OK(DscOptimizerStep(adam, k, 25, gradient, expected));
  }
  for (int b = 0; b < 3; b++) {
    assert_memory_equal(theta[b], expected, sizeof(expected));
    OK(DscOptimizerDestroy(&tested[b]));
  }
  OK(DscOptimizerDestroy(&adam));
  OK(DscOptionsDestroy(&limited));
  OK(DscOptionsDestroy(&unlimited));
  OK(DscOptionsDestroy(&adam_options));
}

/* Runs `steps` steps with gradients U G_k W', G_k random, and undoes the rotation of the result. */
static void rotatedTrajectory(DscOptions options, PetscInt steps, const double *U, const double *W, double *theta)
{
  DscOptimizer optimizer = createOptimizer(options, &(DscBlock){0, N, N});
  double       G[N * N], left[N * N], rotated[N * N], Ut[N * N], Wt[N * N], x[N * N] = {0};

  transpose(N, N, U, Ut);
  transpose(N, N, W, Wt);
  for (PetscInt k = 0; k < steps; k++) {
    for (int i = 0; i < N * N; i++) G[i] = normalNumber((uint64_t)(k * N * N + i)) * (1 + i);
    product(N, N, N, U, G, left);
    product(N, N, N, left, Wt, rotated);
    OK(DscOptimizerStep(optimizer, k, steps, rotated, x));
  }
  product(N, N, N, Ut, x, left);
  product(N, N, N, left, W, theta);
  OK(DscOptimizerDestroy(&optimizer));
}

/* Rotating a block's rows and columns rotates the whole trajectory: the property that Adam lacks. */
static void testRotationInvariance(void **state)
{
  const char *refresh[]       = {"1", "10"};
  double      identity[N * N] = {0}, U[N * N], W[N * N], theta[N * N], expected[N * N];
  DscOptions  adam            = optionsOf("optim_type", "adam", NULL);

  (void)state;
  for (int i = 0; i < N; i++) identity[i * N + i] = 1.0;
  orthogonal(N, 1, U);
  orthogonal(N, 2, W);
  for (int r = 0; r < 2; r++) {
    DscOptions soap = optionsOf("optim_type", "soap", "optim_soap_refresh", refresh[r], NULL);
    rotatedTrajectory(soap, 25, identity, identity, expected);
    rotatedTrajectory(soap, 25, U, W, theta);
    assert_true(maxDifference(N * N, theta, expected) < 1e-12);
    OK(DscOptionsDestroy(&soap));
  }
  rotatedTrajectory(adam, 25, identity, identity, expected);
  rotatedTrajectory(adam, 25, U, W, theta);
  assert_true(maxDifference(N * N, theta, expected) > 1e-3);
  OK(DscOptionsDestroy(&adam));
}

/* The state is: steps, m, v, then L, Q_L', R, Q_R' of each block. The bases stay orthogonal, change every `refresh` steps
   only, and come to diagonalise L although the first gradient showed them other eigenvectors. */
static void testBasesFollowGradients(void **state)
{
  enum { STEPS = 121, REFRESH = 5, LEFT = 1 + 2 * SIZE, BASIS = LEFT + M * M };
  DscOptions   options     = optionsOf("optim_soap_refresh", "5", NULL);
  DscOptimizer optimizer   = createOptimizer(options, &matrix);
  double       theta[SIZE] = {0}, gradient[SIZE], saved[1 + 2 * SIZE + 2 * (M * M + N * N)], before[M * M] = {0};
  double       E[M * M], Et[M * M], EL[M * M], D[M * M], off_diagonal = 0.0;

  (void)state;
  for (PetscInt k = 0; k < STEPS; k++) {
    for (int i = 0; i < SIZE; i++)
      gradient[i] = normalNumber((uint64_t)(k * SIZE + i)) * (k == 0 ? 1.0 : pow(10.0, -i / N));
    OK(DscOptimizerStep(optimizer, k, STEPS, gradient, theta));
    OK(DscOptimizerGetState(optimizer, saved));
    assert_int_equal(memcmp(before, saved + BASIS, sizeof(before)) != 0, k % REFRESH == 0);
    memcpy(before, saved + BASIS, sizeof(before));
  }
  memcpy(E, saved + BASIS, sizeof(E));
  transpose(M, M, E, Et);
  product(M, M, M, E, Et, D);
  for (int i = 0; i < M * M; i++) assert_true(fabs(D[i] - (i % (M + 1) == 0)) < 1e-13);
  product(M, M, M, E, saved + LEFT, EL);
  product(M, M, M, EL, Et, D);
  for (int i = 0; i < M * M; i++) {
    if (i % (M + 1) != 0) off_diagonal = fmax(off_diagonal, fabs(D[i]) / sqrt(D[i / M * (M + 1)] * D[i % M * (M + 1)]));
  }
  assert_true(off_diagonal < 0.1); /* about 1 in a basis that knows nothing */
  OK(DscOptimizerDestroy(&optimizer));
  OK(DscOptionsDestroy(&options));
}

/* One-sided: with columns above the limit, only rotations of the rows leave it alone. */
static void testOneSidedRotationInvariance(void **state)
{
  const DscBlock wide    = {0, 3, 7};
  DscOptions     options = optionsOf("optim_soap_max_dimension", "5", NULL);
  DscOptimizer   plain = createOptimizer(options, &wide), turned = createOptimizer(options, &wide);
  double         U[9], Ut[9], G[21], UG[21], theta[21] = {0}, x[21] = {0}, back[21];

  (void)state;
  orthogonal(3, 3, U);
  transpose(3, 3, U, Ut);
  for (PetscInt k = 0; k < 25; k++) {
    for (int i = 0; i < 21; i++) G[i] = normalNumber((uint64_t)(k * 21 + i)) * (1 + i);
    product(3, 7, 3, U, G, UG);
    OK(DscOptimizerStep(plain, k, 25, G, theta));
    OK(DscOptimizerStep(turned, k, 25, UG, x));
  }
  product(3, 7, 3, Ut, x, back);
  assert_true(maxDifference(21, theta, back) < 1e-12);
  OK(DscOptimizerDestroy(&plain));
  OK(DscOptimizerDestroy(&turned));
  OK(DscOptionsDestroy(&options));
}

/* Iterations until |A X B - A X* B| has fallen by 1e6, for f(X) = <X - X*, A (X - X*) B> / 2. */
static PetscInt iterationsToSolve(const char *type, const char *lr, PetscInt limit)
{
  enum { S = 8 };
  const DscBlock block = {0, S, S};
  DscOptions     options =
      optionsOf("optim_type", type, "optim_lr", lr, "optim_beta1", "0.95", "optim_beta2", "0.95", NULL);
  DscOptimizer optimizer = createOptimizer(options, &block);
  double       A[S * S], B[S * S], X[S * S], AX[S * S], gradient[S * S], f, initial = 0.0;
  PetscInt     k;

  illConditioned(S, 1000.0, 4, A);
  illConditioned(S, 1000.0, 5, B);
  for (int i = 0; i < S * S; i++) X[i] = normalNumber((uint64_t)i);
  for (k = 0; k < limit; k++) {
    product(S, S, S, A, X, AX);
    product(S, S, S, AX, B, gradient);
    f = 0.0;
    for (int i = 0; i < S * S; i++) f += 0.5 * X[i] * gradient[i];
    if (k == 0) initial = f;
    if (f < 1e-6 * initial) break;
    OK(DscOptimizerStep(optimizer, k, limit, gradient, X));
  }
  OK(DscOptimizerDestroy(&optimizer));
  OK(DscOptionsDestroy(&options));
  return k;
}

static void testFasterThanAdamOnRotatedQuadratic(void **state)
{
  const char *rates[]   = {"0.003", "0.01", "0.03"};
  PetscInt    best_soap = 3000, best_adam = 3000;

  (void)state;
  for (int r = 0; r < 3; r++) {
    best_soap = PetscMin(best_soap, iterationsToSolve("soap", rates[r], 3000));
    best_adam = PetscMin(best_adam, iterationsToSolve("adam", rates[r], 3000));
  }
  print_message("best of three rates: soap %d iterations, adam %d (at most 3000)\n", (int)best_soap, (int)best_adam);
  assert_true(4 * best_soap < best_adam);
}

/* Gradients of rank one leave one direction to go; the others hold rounding, which must not be blown up. */
static void testRankOneGradients(void **state)
{
  DscOptions   options     = optionsOf("optim_soap_refresh", "1", NULL);
  DscOptimizer optimizer   = createOptimizer(options, &matrix);
  double       theta[SIZE] = {0}, gradient[SIZE];

  (void)state;
  for (PetscInt k = 0; k < 40; k++) {
    for (int i = 0; i < SIZE; i++) gradient[i] = (1.0 + i / N) * cos((double)(i % N));
    OK(DscOptimizerStep(optimizer, k, 40, gradient, theta));
  }
  for (int i = 0; i < SIZE; i++) {
    assert_true(theta[i] * gradient[i] < 0.0);
    assert_true(fabs(theta[i] / theta[0] - gradient[i] / gradient[0]) < 1e-4);
  }
  OK(DscOptimizerDestroy(&optimizer));
  OK(DscOptionsDestroy(&options));
}

/* Zero gradients do nothing, and do not spoil what follows. */
static void testZeroGradients(void **state)
{
  DscOptions   options     = optionsOf("optim_soap_refresh", "1", NULL);
  DscOptimizer optimizer   = createOptimizer(options, &matrix);
  double       theta[SIZE] = {0}, gradient[SIZE] = {0};

  (void)state;
  for (PetscInt k = 0; k < 20; k++) {
    for (int i = 0; i < SIZE && k >= 10; i++) gradient[i] = normalNumber((uint64_t)(k * SIZE + i));
    OK(DscOptimizerStep(optimizer, k, 20, gradient, theta));
    for (int i = 0; i < SIZE; i++) assert_true(k < 10 ? theta[i] == 0.0 : isfinite(theta[i]) && theta[i] != 0.0);
  }
  OK(DscOptimizerDestroy(&optimizer));
  OK(DscOptionsDestroy(&options));
}

static void testRestart(void **state)
{
  const DscBlock blocks[] = {{0, M, N}, {SIZE, M, 1}, {SIZE + M, 2, 30}};
  DscOptions     options  = optionsOf("optim_soap_refresh", "4", "optim_soap_max_dimension", "20", NULL);

  (void)state;
  checkRestart(options, SIZE + M + 60, 3, blocks);
  OK(DscOptionsDestroy(&options));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(testDiagonalGradientsGiveAdam),
      cmocka_unit_test(testVectorsAndLongSidesGiveAdam),
      cmocka_unit_test(testRotationInvariance),
      cmocka_unit_test(testBasesFollowGradients),
      cmocka_unit_test(testOneSidedRotationInvariance),
      cmocka_unit_test(testFasterThanAdamOnRotatedQuadratic),
      cmocka_unit_test(testRankOneGradients),
      cmocka_unit_test(testZeroGradients),
      cmocka_unit_test(testRestart),
  };
  int failed;

  if (DscInitialize(&argc, &argv) || DscOptimRegisterOptions()) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return DscFinalize() ? 1 : failed;
}
