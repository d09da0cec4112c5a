/* The truncated singular value decomposition on any number of ranks, against LAPACK's of the whole matrix. */
#include "data_test.h"

#include "data/pod.h"

#include <petscblaslapack.h>

enum { MOST = 200 };

typedef struct {
  PetscInt m, n, first, count;  /* the whole matrix, and the rows that this rank reads */
  double   values[MOST * MOST]; /* [column][m] */
} Matrix;

static Matrix matrix;

/* Slabs of different sizes; of four ranks the second has nothing. */
static void deal_rows(PetscInt m, PetscInt n)
{
  int rank, size;

  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  matrix.m     = m;
  matrix.n     = n;
  matrix.first = 0;
  for (int r = 0; r <= rank; r++) {
    matrix.first += r > 0 ? matrix.count : 0;
    matrix.count = r == size - 1 ? m - matrix.first : size == 4 && r == 1 ? 0 : m / (size + 1);
  }
}

static PetscErrorCode read_matrix(void *context, PetscInt first, PetscInt count, double values[])
{
  const Matrix *from = context;

  PetscFunctionBeginUser;
  for (PetscInt c = 0; c < count; c++)
    PetscCall(PetscArraycpy(values + c * from->count, from->values + (first + c) * from->m + from->first, from->count));
  PetscFunctionReturn(0);
}

static double random_number(PetscInt i)
{
  return DscRandomNormal(5, DSC_STREAM_TEST, (uint64_t)i);
}

static void fill_random(PetscInt m, PetscInt n)
{
  deal_rows(m, n);
  for (PetscInt i = 0; i < m * n; i++) matrix.values[i] = random_number(i);
}

/* `rank` products of smooth functions, of strengths 1, 1/2, ... */
static void fill_smooth(PetscInt m, PetscInt n, PetscInt rank)
{
  deal_rows(m, n);
  memset(matrix.values, 0, sizeof(matrix.values));
  for (PetscInt k = 1; k <= rank; k++) {
    for (PetscInt j = 0; j < n; j++) {
      for (PetscInt i = 0; i < m; i++)
        matrix.values[j * m + i] += sin(PETSC_PI * (double)(k * i) / (double)m) * cos((double)(k * j) / 9.) / (double)k;
    }
  }
}

static DscPOD decompose(PetscInt rank)
{
  DscPOD pod;

  CALL(DscPODCreate(PETSC_COMM_WORLD, matrix.count, matrix.n, rank, 0., read_matrix, &matrix, &pod));
  return pod;
}

/* Largest difference from `expected` [n][m], over all ranks. */
static double largest_error(const DscPOD *pod, const double expected[])
{
  static double values[MOST * MOST];
  double        error = 0.;

  CALL(DscPODEvaluate(pod, 0, matrix.n, values));
  for (PetscInt j = 0; j < matrix.n; j++) {
    for (PetscInt i = 0; i < matrix.count; i++)
      error = PetscMax(error, fabs(values[j * matrix.count + i] - expected[j * matrix.m + matrix.first + i]));
  }
  MPI_Allreduce(MPI_IN_PLACE, &error, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
  return error;
}

/* Singular values, and the truncation to `rank`, of the whole matrix by LAPACK. */
static void truncate_by_lapack(PetscInt rank, double singular[], double truncated[])
{
  const PetscBLASInt m = (PetscBLASInt)matrix.m, n = (PetscBLASInt)matrix.n, s = PetscMin(m, n), lwork = 100 * MOST;
  PetscBLASInt       info;

  static double a[MOST * MOST], u[MOST * MOST], vt[MOST * MOST], work[100 * MOST];

  memcpy(a, matrix.values, (size_t)(m * n) * sizeof(double));
  LAPACKgesvd_("S", "S", &m, &n, a, &m, singular, u, &m, vt, &s, work, &lwork, &info);
  assert_int_equal(info, 0);
  for (PetscInt j = 0; j < n; j++) {
    for (PetscInt i = 0; i < m; i++) {
      truncated[j * m + i] = 0.;
      for (PetscInt k = 0; k < rank; k++) truncated[j * m + i] += u[k * m + i] * singular[k] * vt[j * s + k];
    }
  }
}

static void test_against_lapack(void **state)
{
  static const struct {
    PetscInt m, n, rank;
  } cases[] = {{200, 30, 7},  {30, 200, 7}, {90, 90, 20}, {150, 40, 40},
               {40, 150, 40}, {3, 2, 1},    {1, 5, 1},    {70, 1, 1}};
  static double expected[MOST * MOST], singular[MOST];

  (void)state;
  for (size_t c = 0; c < PETSC_STATIC_ARRAY_LENGTH(cases); c++) {
    fill_random(cases[c].m, cases[c].n);
    truncate_by_lapack(cases[c].rank, singular, expected);
    DscPOD pod = decompose(cases[c].rank);
    assert_int_equal(pod.rank, cases[c].rank);
    assert_int_equal(pod.nsingular, PetscMin(matrix.m, matrix.n));
    for (PetscInt i = 0; i < pod.nsingular; i++) assert_near(pod.singular[i], singular[i], 1e-12 * singular[0]);
    assert_near(largest_error(&pod, expected), 0., 1e-12 * singular[0]);
    CALL(DscPODDestroy(&pod));
  }
}

static void test_low_rank_is_recovered(void **state)
{
  (void)state;
  for (int wide = 0; wide < 2; wide++) {
    fill_smooth(wide ? 60 : 180, wide ? 180 : 60, 5);
    DscPOD pod = decompose(5);
    assert_near(largest_error(&pod, matrix.values), 0., 1e-12);
    CALL(DscPODDestroy(&pod));
    pod = decompose(DSC_POD_AUTOMATIC); /* of clean data: all but rounding */
    assert_int_equal(pod.rank, 5);
    CALL(DscPODDestroy(&pod));
  }
}

/* The rank is found, and with it goes most of the noise. */
static void test_automatic_rank_takes_noise_away(void **state)
{
  static double clean[MOST * MOST], values[MOST * MOST];

  (void)state;
  for (int wide = 0; wide < 2; wide++) {
    const double noise   = 0.05;
    double       squares = 0.;

    fill_smooth(wide ? 60 : 180, wide ? 180 : 60, 4);
    memcpy(clean, matrix.values, sizeof(clean));
    for (PetscInt i = 0; i < matrix.m * matrix.n; i++) matrix.values[i] += noise * random_number(i);
    DscPOD pod = decompose(DSC_POD_AUTOMATIC);
    assert_int_equal(pod.rank, 4);
    CALL(DscPODEvaluate(&pod, 0, matrix.n, values));
    for (PetscInt j = 0; j < matrix.n; j++) {
      for (PetscInt i = 0; i < matrix.count; i++)
        squares += PetscSqr(values[j * matrix.count + i] - clean[j * matrix.m + matrix.first + i]);
    }
    MPI_Allreduce(MPI_IN_PLACE, &squares, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    assert_true(sqrt(squares / (double)(matrix.m * matrix.n)) < 0.35 * noise); /* theory: sqrt(4 (m + n) / mn) = 0.30 */
    CALL(DscPODDestroy(&pod));
  }
}

static void test_evaluation_does_not_depend_on_the_pieces(void **state)
{
  static double whole[MOST * MOST], pieces[MOST * MOST];
  DscPOD        pod;

  (void)state;
  fill_random(97, 50);
  pod = decompose(9);
  CALL(DscPODEvaluate(&pod, 0, 50, whole));
  for (PetscInt t = 0; t < 50; t += 7) CALL(DscPODEvaluate(&pod, t, PetscMin(7, 50 - t), pieces + t * matrix.count));
  assert_same_bits(whole, pieces, 50 * matrix.count);
  CALL(DscPODDestroy(&pod));
}

static void test_rows_go_and_come(void **state)
{
  static double cyclic[6 * MOST], slab[6 * MOST];
  DscRows       rows;

  (void)state;
  fill_random(101, 6);
  CALL(DscRowsCreate(PETSC_COMM_WORLD, matrix.count, 4, 6, &rows));
  assert_int_equal(rows.nrows, 101);
  for (PetscInt c = 0; c < 6; c++) CALL(read_matrix(&matrix, c, 1, slab + c * matrix.count));
  CALL(DscRowsToCyclic(&rows, 6, slab, rows.nown + 3, cyclic));
  for (PetscInt c = 0; c < 6; c++) {
    for (PetscInt i = 0; i < rows.nown; i++) {
      const PetscInt row = DscRowsGlobal(&rows, i);
      assert_int_equal(row / 4 % rows.size, rows.rank);
      assert_near(cyclic[c * (rows.nown + 3) + i], matrix.values[c * matrix.m + row], 0.);
    }
  }
  memset(slab, 0, (size_t)(6 * matrix.count) * sizeof(double));
  CALL(DscRowsToSlab(&rows, 6, rows.nown + 3, cyclic, slab));
  for (PetscInt c = 0; c < 6; c++)
    assert_same_bits(slab + c * matrix.count, matrix.values + c * matrix.m + matrix.first, matrix.count);
  CALL(DscRowsDestroy(&rows));
}

static void test_refusals(void **state)
{
  DscPOD         pod;
  PetscErrorCode ierr;

  (void)state;
  fill_random(80, 12);
  for (int i = 0; i < 2; i++) {
    if (i) matrix.values[333] = NAN;
    CALL(DscErrorCaptureBegin());
    ierr = DscPODCreate(PETSC_COMM_WORLD, matrix.count, matrix.n, DSC_POD_AUTOMATIC, i ? 0. : 1e3, read_matrix, &matrix,
                        &pod);
    CALL(DscErrorCaptureEnd());
    assert_int_equal(ierr, PETSC_ERR_USER_INPUT);
    assert_non_null(strstr(DscErrorMessage(), i ? "a POD needs finite numbers" : "modes stand out of the noise"));
    CALL(DscPODDestroy(&pod));
  }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_rows_go_and_come),
    cmocka_unit_test(test_against_lapack),
    cmocka_unit_test(test_low_rank_is_recovered),
    cmocka_unit_test(test_automatic_rank_takes_noise_away),
    cmocka_unit_test(test_evaluation_does_not_depend_on_the_pieces),
    cmocka_unit_test(test_refusals),
};

TEST_MAIN(tests)
