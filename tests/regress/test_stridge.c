/* STRidge and its search against PDE-FIND's algorithm, written down again on samples. */
#include "regress/estimator_testing.h"

#include <petscblaslapack.h>

enum { M = 12, N = 200, BLOCKS = 20 };
static const double truth[M] = {[1] = 1.0, [4] = -0.6, [7] = 0.3};

typedef struct {
  double lambda, step, l0;
  int    max_iterations;
} Settings;

static PetscBool held_out(const Samples *s, PetscInt n)
{
  return block_of(s, BLOCKS, n) % 5 == 0 ? PETSC_TRUE : PETSC_FALSE;
}

/* Least squares by QR on the chosen rows and columns, extended by sqrt(lambda) I; w is 0 elsewhere. X is [M][N]. */
static void solve(const Samples *s, const double X[], const double y[], const PetscBool columns[], PetscBool train_only,
                  double lambda, double w[])
{
  PetscInt     which[M];
  PetscBLASInt n = 0, m = N + M, one = 1, size = 4096, info;
  double      *A = calloc((size_t)(m * M), sizeof(double)), *rhs = calloc((size_t)m, sizeof(double)), work[4096];

  for (PetscInt j = 0; j < M; j++)
    if (columns[j]) which[n++] = j;
  for (PetscInt i = 0; i < N; i++) {
    if (train_only && held_out(s, i)) continue;
    for (PetscInt j = 0; j < n; j++) A[j * m + i] = X[which[j] * N + i];
    rhs[i] = y[i];
  }
  for (PetscInt j = 0; j < n; j++) A[j * m + N + j] = sqrt(lambda);
  LAPACKgels_("N", &m, &n, &one, A, &m, rhs, &m, work, &size, &info);
  assert_int_equal(info, 0);
  for (PetscInt j = 0; j < M; j++) w[j] = 0.0;
  for (PetscInt j = 0; j < n; j++) w[which[j]] = rhs[j];
  free(A);
  free(rhs);
}

static double condition(const double X[])
{
  PetscBLASInt m = N, n = M, one = 1, size = 4096, info;
  double      *A = calloc(M * N, sizeof(double)), singular[M], nothing[1], work[4096];

  memcpy(A, X, M * N * sizeof(double));
  LAPACKgesvd_("N", "N", &m, &n, A, &m, singular, nothing, &one, nothing, &one, work, &size, &info);
  assert_int_equal(info, 0);
  free(A);
  return singular[0] / singular[M - 1];
}

/* X: columns of norm 1. w in its units. True if the first cut takes everything. */
static PetscBool stridge(const Samples *s, const double X[], const double y[], double lambda, double tolerance,
                         double w[])
{
  PetscBool big[M];
  PetscInt  relevant = M;

  for (PetscInt j = 0; j < M; j++) big[j] = PETSC_TRUE;
  solve(s, X, y, big, PETSC_FALSE, lambda, w);
  for (int it = 0; it < 10; it++) {
    PetscBool next[M];
    PetscInt  count = 0;

    for (PetscInt j = 0; j < M; j++) next[j] = big[j] && !(fabs(w[j]) < tolerance) ? PETSC_TRUE : PETSC_FALSE;
    for (PetscInt j = 0; j < M; j++) count += next[j] ? 1 : 0;
    if (count == relevant) break;
    relevant = count;
    if (count == 0 && it == 0) return PETSC_TRUE;
    if (count == 0) break;
    memcpy(big, next, sizeof(big));
    solve(s, X, y, big, PETSC_FALSE, lambda, w);
  }
  solve(s, X, y, big, PETSC_FALSE, 0.0, w);
  return PETSC_FALSE;
}

static double error_of(const Samples *s, const double X[], const double y[], double l0, const double w[])
{
  double square = 0.0, terms = 0.0;

  for (PetscInt n = 0; n < N; n++) {
    double r = y[n];

    for (PetscInt j = 0; j < M; j++) r -= X[j * N + n] * w[j];
    square += held_out(s, n) ? r * r : 0.0;
  }
  for (PetscInt j = 0; j < M; j++) terms += w[j] != 0.0 ? 1.0 : 0.0;
  return sqrt(square) + l0 * terms;
}

/* TrainSTRidge. *accepted: how many tolerances were; *emptied: how many cut everything. */
static void train_stridge(const Samples *s, const Settings *p, double best[], int *accepted, int *emptied)
{
  double   *X = calloc(M * N, sizeof(double)), *y = calloc(N, sizeof(double)), w[M], l0, least;
  double    tolerance = p->step * sqrt(N), step = tolerance; /* of w = xi~ sqrt(N): y has mean square 1, X norm 1 */
  PetscBool all[M];

  for (PetscInt j = 0; j < M; j++) all[j] = PETSC_TRUE;
  for (PetscInt j = 0; j < M; j++)
    for (PetscInt n = 0; n < N; n++) X[j * N + n] = s->theta[j * N + n] / sqrt(s->G[j * M + j]);
  for (PetscInt n = 0; n < N; n++) y[n] = s->y[n] / sqrt(s->gram.yy / N);
  l0 = p->l0 * condition(X);
  solve(s, X, y, all, PETSC_TRUE, 0.0, best);
  least     = error_of(s, X, y, l0, best);
  *accepted = *emptied = 0;
  for (int it = 0; it < p->max_iterations; it++) {
    const PetscBool empty = stridge(s, X, y, p->lambda, tolerance, w);

    *emptied += empty ? 1 : 0;
    if (!empty && error_of(s, X, y, l0, w) <= least) {
      least = error_of(s, X, y, l0, w);
      memcpy(best, w, sizeof(w));
      tolerance += step;
      (*accepted)++;
    } else {
      tolerance = fmax(0.0, tolerance - 2.0 * step);
      step      = 2.0 * step / (double)(p->max_iterations - it);
      tolerance += step;
    }
  }
  free(X);
  free(y);
}

static void is_pde_find(void **state)
{
  static const Settings settings[]    = {{1e-5, 0.05, 1e-3, 25},
                                         {1e-5, 0.01, 1e-1, 25},
                                         {1e-2, 0.3, 1e-3, 25},
                                         {1e-5, 2.0, 1e-3, 40},
                                         {0.0, 0.1, 1e-3, 6}};
  int                   some_accepted = 0, some_emptied = 0, none_accepted = 0;

  (void)state;
  for (uint64_t seed = 0; seed < 40; seed++) {
    const Settings *p = &settings[seed % 5];
    Samples         s = samples_create(N, M, 600 + seed, 0.9, truth, 0.5);
    char            lambda[32], step[32], l0[32], iterations[32];
    double          best[M];
    int             accepted, emptied;
    DscRegression   r;

    snprintf(lambda, sizeof(lambda), "%g", p->lambda);
    snprintf(step, sizeof(step), "%g", p->step);
    snprintf(l0, sizeof(l0), "%g", p->l0);
    snprintf(iterations, sizeof(iterations), "%d", p->max_iterations);
    train_stridge(&s, p, best, &accepted, &emptied);
    r = answer_of(&s, BLOCKS, NULL,
                  optionsOf("estimator", "stridge", "stridge_lambda", lambda, "stridge_step", step, "stridge_l0", l0,
                            "stridge_max_iterations", iterations, NULL));
    for (PetscInt j = 0; j < M; j++) {
      assert_int_equal(r.active[j], best[j] != 0.0);
      if (accepted) assert_close(r.normalized[j], best[j] / sqrt(N), 1e-9);
    }
    some_accepted += accepted > 1 ? 1 : 0;
    some_emptied += emptied ? 1 : 0;
    none_accepted += accepted ? 0 : 1;
    CALL(DscRegressionDestroy(&r));
    samples_destroy(&s);
  }
  print_message("%d accepted several tolerances, %d cut everything, %d kept all terms\n", some_accepted, some_emptied,
                none_accepted);
  assert_true(some_accepted > 10 && some_emptied > 3);
}

static int set_up(void **state)
{
  (void)state;
  return DscRegressRegisterOptions() ? 1 : 0;
}

static const struct CMUnitTest tests[] = {cmocka_unit_test_setup(is_pde_find, set_up)};

TEST_MAIN(tests)
