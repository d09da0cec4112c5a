/* The small products against a plain triple loop, at every remainder of the blocking. */
#include "test_main.h"
#include "ad/kernels/product.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SIDE    14
#define MAX_COLUMNS 112

static double entry(DscStream stream, int i)
{
  return DscRandomNormal(11, stream, (uint64_t)i);
}

#define ALIGNED __attribute__((aligned(64)))
typedef struct {
  double W[MAX_SIDE * MAX_SIDE], P[6 * MAX_SIDE * MAX_SIDE];
  float  w[MAX_SIDE * MAX_SIDE], p[6 * MAX_SIDE * MAX_SIDE];
  double X[MAX_SIDE * MAX_COLUMNS] ALIGNED, Y[MAX_SIDE * MAX_COLUMNS] ALIGNED;
  float  x[MAX_SIDE * MAX_COLUMNS] ALIGNED, y[MAX_SIDE * MAX_COLUMNS] ALIGNED;
} Arrays;

static Arrays A;

static void fill(int m, int n, int k)
{
  for (int i = 0; i < m * k; i++) A.w[i] = (float)(A.W[i] = entry(DSC_STREAM_INIT, i));
  for (int i = 0; i < k * n; i++) A.x[i] = (float)(A.X[i] = entry(DSC_STREAM_NOISE, i));
  for (int i = 0; i < m * n; i++) A.y[i] = (float)(A.Y[i] = entry(DSC_STREAM_TEST, i));
}

static void check_forward(int m, int n, int k, bool add)
{
  double Y[MAX_SIDE * MAX_COLUMNS];
  fill(m, n, k);
  memcpy(Y, A.Y, sizeof(Y));
  DscPack_d(m, k, A.W, A.P);
  DscPack_s(m, k, A.w, A.p);
  DscProduct_d(m, n, k, A.P, A.X, A.Y, add);
  DscProduct_s(m, n, k, A.p, A.x, A.y, add);
  for (int i = 0; i < m; i++) {
    for (int j = 0; j < n; j++) {
      double sum = add ? Y[i * n + j] : 0;
      for (int l = 0; l < k; l++) sum += A.W[i * k + l] * A.X[l * n + j];
      assert_true(fabs(A.Y[i * n + j] - sum) < 1e-13);
      assert_true(fabs((double)A.y[i * n + j] - sum) < 3e-5);
    }
  }
}

static void check_transpose(int m, int n, int k)
{
  fill(m, n, k);
  DscPackTranspose_d(m, k, A.W, A.P);
  DscProduct_d(k, n, m, A.P, A.Y, A.X, false);
  for (int i = 0; i < k; i++) {
    for (int j = 0; j < n; j++) {
      double sum = 0;
      for (int l = 0; l < m; l++) sum += A.W[l * k + i] * A.Y[l * n + j];
      assert_true(fabs(A.X[i * n + j] - sum) < 1e-13);
    }
  }
}

static void check_weights(int m, int n, int k)
{
  double W[MAX_SIDE * MAX_SIDE];
  fill(m, n, k);
  memcpy(W, A.W, sizeof(W));
  DscProductWeights_d(m, n, k, A.Y, A.X, A.W);
  DscProductWeights_s(m, n, k, A.y, A.x, A.w);
  for (int i = 0; i < m; i++) {
    for (int j = 0; j < k; j++) {
      double sum = W[i * k + j];
      for (int l = 0; l < n; l++) sum += A.Y[i * n + l] * A.X[j * n + l];
      assert_true(fabs(A.W[i * k + j] - sum) < 1e-12);
      assert_true(fabs((double)A.w[i * k + j] - sum) < 2e-4);
    }
  }
}

static void test_all_shapes(void **state)
{
  (void)state;
  for (int m = 1; m <= MAX_SIDE; m++) {
    for (int k = 1; k <= MAX_SIDE; k += (k < 8 ? 1 : 3)) {
      for (int n = 16; n <= MAX_COLUMNS; n += 16) {
        check_forward(m, n, k, false);
        check_forward(m, n, k, true);
        check_transpose(m, n, k);
        check_weights(m, n, k);
      }
    }
  }
}

static const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_shapes)};
TEST_MAIN(tests)
