/* The candidate equations of a run, against all sets of terms. */
#include "method/result.h"
#include "method/selection.h"
#include "method_testing.h"

enum { M = 5, SETS = 1 << M, N = 80 };

/* Random samples of some terms and left-hand sides in every experiment, and a result that is to hold the candidates. */
typedef struct {
  DscMoments moments;
  DscResult *result;
  PetscInt   nexperiments, nown;
} Problem;

static double coefficient(PetscInt own, PetscInt j)
{
  static const double xi[2][M] = {{1.0, 0.0, -0.5, 0.0, 0.1}, {0.0, 0.3, 0.0, -0.8, 0.05}};

  return xi[own][j];
}

static Problem problem_create(PetscInt nexperiments, PetscInt nown)
{
  Problem        p        = {.nexperiments = nexperiments, .nown = nown};
  const PetscInt rows     = M + nown;
  const double   count[2] = {N, N}, sse[4] = {0};
  double        *X, *sums;

  CALL(DscMomentsCreate(nexperiments, M, nown, 1, count, &p.moments));
  CALL(PetscMalloc1(rows * N, &X));
  CALL(PetscMalloc1(p.moments.nsums, &sums));
  for (PetscInt e = 0; e < nexperiments; e++) {
    for (PetscInt i = 0; i < rows * N; i++) X[i] = DscRandomNormal((uint64_t)e, DSC_STREAM_TEST, (uint64_t)i);
    for (PetscInt i = N; i < M * N; i++) X[i] += .8 * X[i - N];
    for (PetscInt f = 0; f < nown; f++) {
      for (PetscInt n = 0; n < N; n++) {
        double *y = &X[(M + f) * N + n];

        *y *= .7;
        for (PetscInt j = 0; j < M; j++) *y += (double)(1 + e) * coefficient(f, j) * X[j * N + n];
      }
    }
    CALL(PetscArrayzero(sums, p.moments.nsums));
    CALL(DscMomentsAdd(&p.moments, 0, N, N, X, sums));
    CALL(DscMomentsSet(&p.moments, e, sums, sse, NULL));
  }
  CALL(PetscFree(X));
  CALL(PetscFree(sums));
  CALL(DscResultCreate(&p.result));
  CALL(DscResultAllocate(p.result, nexperiments * nown, M));
  for (PetscInt f = 0; f < nexperiments * nown; f++) snprintf(p.result->left[f], DSC_NAME_LENGTH, "y%d", (int)f);
  for (PetscInt j = 0; j < M; j++) snprintf(p.result->terms[j], DSC_NAME_LENGTH, "x%d", (int)j);
  return p;
}

static void problem_destroy(Problem *p)
{
  CALL(DscMomentsDestroy(&p->moments));
  CALL(DscResultDestroy(&p->result));
}

/* Error and evidence of a set for one left-hand side of all experiments, by least squares. */
static void score_set(const Problem *p, PetscInt own, int mask, double *error, double *score)
{
  const PetscInt K = p->moments.nrows;
  double         g = fmax(N, M * M), G[M * M], b[M];
  DscRegression  r;
  PetscBool      active[M];
  int            size = 0;

  CALL(DscRegressionCreate(M, &r));
  for (int j = 0; j < M; j++) {
    active[j] = mask >> j & 1 ? PETSC_TRUE : PETSC_FALSE;
    size += active[j] ? 1 : 0;
  }
  *error = *score = 0.0;
  for (PetscInt e = 0; e < p->nexperiments; e++) {
    const double *C    = p->moments.C + e * K * K;
    DscGram       gram = {.nterms = M, .nsamples = N, .G = G, .b = b, .yy = C[(M + own) * K + M + own]};
    double        S;

    for (PetscInt i = 0; i < M; i++) {
      for (PetscInt j = 0; j < M; j++) G[i * M + j] = C[i * K + j];
      b[i] = C[(M + own) * K + i];
    }
    CALL(DscLeastSquares(&gram, active, &r));
    S = r.residual / gram.yy;
    *error += S / (double)p->nexperiments;
    *score += N * log(1.0 + g * S) + size * log(1.0 + g);
  }
  CALL(DscRegressionDestroy(&r));
}

/* The set of a row, the same in all experiments: [left][term] of one as bits. */
static int mask_of(const Problem *p, const double row[])
{
  int mask = 0;

  for (PetscInt i = 0; i < p->nown * M; i++) {
    for (PetscInt e = 0; e < p->nexperiments; e++) assert_true(row[3 + e * p->nown * M + i] == row[3 + i]);
    if (row[3 + i] != 0.0) mask |= 1 << i;
  }
  return mask;
}

/* Numbers of every row, their order, and the sets that must be there. */
static void check_table(const Problem *p, int own_set)
{
  const DscTable *t               = &p->result->selection;
  const int       all             = 1 << (p->nown * M);
  const double   *before          = NULL;
  double          errors[2][SETS] = {{0}}, scores[2][SETS] = {{0}}, best[2 * M + 1];
  PetscBool      *there;

  CALL(PetscCalloc1(all, &there));
  for (int k = 0; k < SETS; k++) {
    for (PetscInt f = 0; f < p->nown; f++) score_set(p, f, k, &errors[f][k], &scores[f][k]);
  }
  for (PetscInt row = 0; row < t->nrows; row++) {
    const double *values = t->values + row * t->ncolumns;
    const int     mask = mask_of(p, values), first = mask % SETS, second = mask / SETS;

    assert_true(values[0] == __builtin_popcount((unsigned)mask));
    assert_true(fabs(values[1] - (errors[0][first] + errors[1][second]) / (double)p->nown) < 1e-10);
    assert_true(fabs(values[2] - scores[0][first] - scores[1][second]) < 1e-7);
    assert_false(there[mask]);
    there[mask] = PETSC_TRUE;
    if (before) assert_true(before[0] < values[0] || (before[0] == values[0] && before[2] <= values[2]));
    before = values;
  }
  assert_true(t->nrows <= DSC_SELECTION_MAX_ROWS);
  assert_true(there[own_set]);
  for (int i = 0; i < p->nown * M; i++) assert_true(there[own_set ^ 1 << i]);
  for (int k = 0; k <= p->nown * M; k++) best[k] = INFINITY;
  for (int mask = 0; mask < all; mask++) {
    double *least = &best[__builtin_popcount((unsigned)mask)];

    *least = fmin(*least, scores[0][mask % SETS] + scores[1][mask / SETS]);
  }
  for (int mask = 0; mask < all; mask++) { /* a draw of normal numbers has no ties */
    if (scores[0][mask % SETS] + scores[1][mask / SETS] > best[__builtin_popcount((unsigned)mask)]) continue;
    assert_true(there[mask]);
  }
  CALL(PetscFree(there));
}

static void set_active(Problem *p, int set)
{
  for (PetscInt e = 0; e < p->nexperiments; e++) {
    for (PetscInt i = 0; i < p->nown * M; i++) p->result->active[e * p->nown * M + i] = set >> i & 1;
  }
}

static void test_all_sets(void **state)
{
  (void)state;
  for (int kind = 0; kind < 3; kind++) {
    Problem   p   = problem_create(kind == 1 ? 2 : 1, kind == 2 ? 2 : 1);
    const int set = kind == 2 ? 0x1a9 : 0x16;

    set_active(&p, set);
    CALL(DscSelectionFill(1, &p.moments, p.result));
    assert_int_equal(p.result->selection.ncolumns, 3 + p.result->nleft * M);
    assert_string_equal(p.result->selection.columns[2], "score");
    assert_string_equal(p.result->selection.columns[4], "active/y0/x1");
    check_table(&p, set);
    problem_destroy(&p);
  }
}

/* Left-hand sides with moments of their own, as the weak form has them, are those of one problem. */
static void test_several_moments(void **state)
{
  Problem    both = problem_create(1, 2);
  DscMoments apart[2];

  (void)state;
  set_active(&both, 0x33);
  CALL(DscSelectionFill(1, &both.moments, both.result));
  for (PetscInt f = 0; f < 2; f++) {
    const double count = N;

    CALL(DscMomentsCreate(1, M, 1, 1, &count, &apart[f]));
    for (PetscInt i = 0; i <= M; i++) {
      for (PetscInt j = 0; j <= M; j++) {
        const PetscInt row = i < M ? i : M + f, column = j < M ? j : M + f;

        apart[f].C[i * (M + 1) + j] = both.moments.C[row * (M + 2) + column];
      }
    }
  }
  {
    DscTable expected = both.result->selection;

    both.result->selection = (DscTable){0};
    CALL(DscSelectionFill(2, apart, both.result));
    assert_int_equal(both.result->selection.nrows, expected.nrows);
    assert_memory_equal(both.result->selection.values, expected.values,
                        (size_t)(expected.nrows * expected.ncolumns) * sizeof(double));
    CALL(DscTableDestroy(&expected));
  }
  for (PetscInt f = 0; f < 2; f++) CALL(DscMomentsDestroy(&apart[f]));
  problem_destroy(&both);
}

/* More neighbours of the equation than there is room for: the best of them, of both left-hand sides, whose scores differ
   much. */
static void test_room(void **state)
{
  enum { LARGE = 30, ROWS = LARGE + 2 };
  const double count = 200;
  DscMoments   m;
  DscResult   *r;
  DscPath      path;
  PetscInt     nsets, absent = 0;
  double       flipped_error[2][LARGE], flipped_score[2][LARGE], error, score[2], worst = -INFINITY, least = INFINITY;
  double       G[LARGE * LARGE], b[LARGE];
  PetscBool    active[2 * LARGE] = {PETSC_FALSE};

  (void)state;
  CALL(DscMomentsCreate(1, LARGE, 2, 1, &count, &m));
  CALL(DscResultCreate(&r));
  CALL(DscResultAllocate(r, 2, LARGE));
  for (PetscInt j = 0; j < LARGE; j++) snprintf(r->terms[j], DSC_NAME_LENGTH, "x%d", (int)j);
  strcpy(r->left[0], "y");
  strcpy(r->left[1], "z");
  for (PetscInt i = 0; i < ROWS; i++) m.C[i * ROWS + i] = count;
  for (PetscInt j = 0; j < LARGE; j++) { /* y is nearly explained by two terms, z by nothing */
    const double y = j < 2 ? .7 : .002 * (double)j, z = .004 * (double)(LARGE - j);

    m.C[LARGE * ROWS + j] = m.C[j * ROWS + LARGE] = count * y;
    m.C[(LARGE + 1) * ROWS + j] = m.C[j * ROWS + LARGE + 1] = count * z;
  }
  active[0] = active[1] = active[LARGE + 5] = PETSC_TRUE;
  r->active[0] = r->active[1] = r->active[LARGE + 5] = 1;
  CALL(DscSelectionFill(1, &m, r));
  assert_int_equal(r->selection.nrows, DSC_SELECTION_MAX_ROWS);
  CALL(DscPathCreate(LARGE, 1, 8, &path));
  for (PetscInt f = 0; f < 2; f++) {
    const DscGram gram = {.nterms = LARGE, .nsamples = count, .G = G, .b = b, .yy = count};

    for (PetscInt i = 0; i < LARGE; i++) {
      for (PetscInt j = 0; j < LARGE; j++) G[i * LARGE + j] = m.C[i * ROWS + j];
      b[i] = m.C[(LARGE + f) * ROWS + i];
    }
    CALL(DscPathCompute(path, &gram, &nsets));
    CALL(DscPathScore(path, active + f * LARGE, &error, &score[f], flipped_error[f], flipped_score[f]));
  }
  CALL(DscPathDestroy(&path));
  for (PetscInt i = 0; i < 2 * LARGE; i++) { /* those that are there are better than those that are not */
    const double value = flipped_score[i / LARGE][i % LARGE] - score[i / LARGE];
    PetscBool    there = PETSC_FALSE;

    active[i] = (PetscBool)!active[i];
    for (PetscInt row = 0; row < r->selection.nrows && !there; row++) {
      const double *set = r->selection.values + row * r->selection.ncolumns + 3;

      there = PETSC_TRUE;
      for (PetscInt k = 0; k < 2 * LARGE; k++) there = (PetscBool)(there && (set[k] != 0.0) == (active[k] != 0));
    }
    active[i] = (PetscBool)!active[i];
    if (there) worst = fmax(worst, value);
    if (!there) least = fmin(least, value);
    absent += there ? 0 : 1;
  }
  assert_true(absent > 10 && absent < 50);
  assert_true(worst <= least + 1e-9);
  CALL(DscMomentsDestroy(&m));
  CALL(DscResultDestroy(&r));
}

/* A set that is there gets new numbers; terms of experiments count once. */
static void test_add(void **state)
{
  Problem   p          = problem_create(2, 1);
  PetscBool set[2 * M] = {PETSC_FALSE, PETSC_TRUE}, other[2 * M] = {PETSC_FALSE};

  (void)state;
  set[M + 1] = set[M + 2] = PETSC_TRUE; /* only in the second */
  CALL(DscSelectionAdd(p.result, 2, set, .5, 10));
  CALL(DscSelectionAdd(p.result, 2, other, 1, 20));
  CALL(DscSelectionAdd(p.result, 2, set, .25, 7));
  assert_int_equal(p.result->selection.nrows, 2);
  assert_true(p.result->selection.values[0] == 2 && p.result->selection.values[1] == .25);
  assert_true(p.result->selection.values[2] == 7 && p.result->selection.values[3 + M + 2] == 1);
  assert_true(p.result->selection.values[3 + 2 * M] == 0 && p.result->selection.values[3 + 2 * M + 2] == 20);
  problem_destroy(&p);
}

/* y = 0 and terms that are 0 or equal: what there is, and no NaN. */
static void test_singular(void **state)
{
  Problem        p = problem_create(1, 2);
  const PetscInt K = M + 2;

  (void)state;
  for (PetscInt i = 0; i < K; i++) {
    p.moments.C[i * K + M] = p.moments.C[M * K + i] = 0; /* the first left-hand side */
    p.moments.C[i * K + 0] = p.moments.C[0 * K + i] = 0; /* a term */
  }
  for (PetscInt i = 0; i < K; i++) p.moments.C[i * K + 2] = p.moments.C[i * K + 1];
  for (PetscInt i = 0; i < K; i++) p.moments.C[2 * K + i] = p.moments.C[1 * K + i];
  set_active(&p, 1 << (M + 1) | 1 << (M + 3));
  CALL(DscSelectionFill(1, &p.moments, p.result));
  for (PetscInt i = 0; i < p.result->selection.nrows * p.result->selection.ncolumns; i++) {
    assert_true(isfinite(p.result->selection.values[i]));
  }
  assert_true(p.result->selection.nrows >= 4 && p.result->selection.nrows < 14);
  problem_destroy(&p);
}

/* Runs without a network: the equation found is the best candidate, and true. */
static void test_runs(void **state)
{
  static const char *const ways[] = {"finite_difference", "weak"};

  (void)state;
  for (int way = 0; way < 2; way++) {
    DscOptions options =
        options_of(NULL, "data_source", "kdv", "data_noise", way ? "0.1" : "0", "kdv_c", "2,0.5", "kdv_x0", "-18,-8",
                   "kdv_t_min", "0", "kdv_t_max", "20", "kdv_t_points", "201", "kdv_x_min", "-30", "kdv_x_max", "30",
                   "kdv_x_points", "512", "derivative_accuracy", "8", "approximator", ways[way], NULL);
    DscResult *result;
    DscTable  *t;
    PetscInt   best = 0, n;

    CALL(DscResultCreate(&result));
    CALL(DscMethodRun(PETSC_COMM_WORLD, options, NULL, PETSC_FALSE, result));
    t = &result->selection;
    n = result->nleft * result->nterms;
    assert_true(t->nrows > 8);
    for (PetscInt row = 1; row < t->nrows; row++) {
      if (t->values[row * t->ncolumns + 2] < t->values[best * t->ncolumns + 2]) best = row;
    }
    assert_int_equal(result->exact, 1);
    for (PetscInt i = 0; i < n; i++) {
      assert_int_equal(t->values[best * t->ncolumns + t->ncolumns - n + i] != 0.0, result->active[i]);
    }
    assert_true(t->values[best * t->ncolumns] == 2 && t->values[best * t->ncolumns + 1] < 1e-3);
    CALL(DscResultDestroy(&result));
    CALL(DscOptionsDestroy(&options));
  }
}

static const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_sets), cmocka_unit_test(test_several_moments),
                                          cmocka_unit_test(test_room),     cmocka_unit_test(test_add),
                                          cmocka_unit_test(test_singular), cmocka_unit_test(test_runs)};

TEST_MAIN(tests)
