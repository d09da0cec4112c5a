/* Equations as text; Wilson's interval; medians. */
#include "fake.h"
#include "study/format.h"

#define PM "\u00b1"

static void check_coefficient(double magnitude, double std, const char expected[])
{
  char text[96];

  assert_int_equal(DscCoefficientFormat(magnitude, std, sizeof(text), text), 0);
  assert_string_equal(text, expected);
}

static void test_coefficient(void **state)
{
  (void)state;
  check_coefficient(6.0213, .0321, "(6.02 " PM " 0.03)");
  check_coefficient(1.00117, .00412, "(1.001 " PM " 0.004)");
  check_coefficient(1.00117, .0141, "(1.001 " PM " 0.014)"); /* two digits of an error that begins with 1 */
  check_coefficient(1234.5, 31, "(1234 " PM " 31)");
  check_coefficient(.5, 3, "(0 " PM " 3)");
  check_coefficient(2e-5, 3e-7, "(2.00 " PM " 0.03)e-05");
  check_coefficient(2.5e7, 4e5, "(2.50 " PM " 0.04)e+07");
  check_coefficient(6.02134, 0, "6.021");
  check_coefficient(6.02134, NAN, "6.021");
}

static void test_equation(void **state)
{
  const char   terms[5][DSC_NAME_LENGTH] = {"1", "u_x", "u u_x", "u_xxx", "u^2"};
  const double values[]                  = {0, .1, -6.02, -1.001, NAN};
  const double std[]                     = {0, 1, .03, .004, NAN};
  const int    active[]                  = {0, 0, 1, 1, 1};
  const double truth[] = {0, 0, -6, -1, 0}, constant[] = {-1, .5, 0, 1, NAN}, nothing[5] = {0};
  DscEquation  e = {.left = "u_t", .nterms = 5, .terms = terms, .coefficients = values, .std = std, .active = active};
  char         text[256], small[16];

  (void)state;
  assert_int_equal(DscEquationFormat(&e, sizeof(text), text), 0);
  assert_string_equal(text, "u_t = -(6.02 " PM " 0.03) u u_x - (1.001 " PM " 0.004) u_xxx");
  assert_int_equal(DscEquationFormat(&e, sizeof(small), small), 0);
  assert_string_equal(small, "u_t = -(6.02 "); /* the two bytes of ± did not both fit */
  e.active       = NULL;
  e.std          = NULL;
  e.coefficients = truth;
  assert_int_equal(DscEquationFormat(&e, sizeof(text), text), 0);
  assert_string_equal(text, "u_t = -6 u u_x - u_xxx");
  e.coefficients = constant;
  assert_int_equal(DscEquationFormat(&e, sizeof(text), text), 0);
  assert_string_equal(text, "u_t = -1 + 0.5 u_x + u_xxx");
  e.coefficients = nothing;
  assert_int_equal(DscEquationFormat(&e, sizeof(text), text), 0);
  assert_string_equal(text, "u_t = 0");
}

/* The limits are where the score test just rejects: (p - s/n)^2 = z^2 p (1 - p) / n. */
static void check_wilson(PetscInt s, PetscInt n)
{
  const double z = 1.959963984540054, observed = (double)s / (double)n;
  double       limits[2];

  DscWilsonInterval(s, n, &limits[0], &limits[1]);
  assert_true(limits[0] <= observed && observed <= limits[1]);
  assert_true(limits[0] >= 0 && limits[1] <= 1 && limits[0] < limits[1]);
  for (int i = 0; i < 2; i++) {
    const double p = limits[i];

    assert_true(fabs((p - observed) * (p - observed) - z * z * p * (1 - p) / (double)n) < 1e-14);
  }
}

static void test_wilson(void **state)
{
  const double z2 = 1.959963984540054 * 1.959963984540054;
  double       low, high;

  (void)state;
  check_wilson(9, 10);
  check_wilson(1, 2);
  check_wilson(37, 100);
  check_wilson(0, 7);
  /* Newcombe, Statistics in Medicine 17 (1998), table I, method 3 */
  DscWilsonInterval(81, 263, &low, &high);
  assert_true(fabs(low - .2553) < 5e-5 && fabs(high - .3662) < 5e-5);
  DscWilsonInterval(15, 148, &low, &high);
  assert_true(fabs(low - .0624) < 5e-5 && fabs(high - .1605) < 5e-5);
  DscWilsonInterval(0, 20, &low, &high);
  assert_true(low == 0 && fabs(high - .1611) < 5e-5);
  DscWilsonInterval(1, 29, &low, &high);
  assert_true(fabs(low - .0061) < 5e-5 && fabs(high - .1718) < 5e-5);
  DscWilsonInterval(10, 10, &low, &high);
  assert_true(fabs(low - 10 / (10 + z2)) < 1e-14 && fabs(high - 1) < 1e-14);
  DscWilsonInterval(0, 10, &low, &high);
  assert_true(fabs(high - z2 / (10 + z2)) < 1e-14 && fabs(low) < 1e-14);
}

static void test_median(void **state)
{
  double odd[] = {3, 1, 2}, even[] = {4, 1, NAN, 3, 2}, none[] = {NAN, INFINITY};

  (void)state;
  assert_true(DscMedian(3, odd) == 2);
  assert_true(DscMedian(5, even) == 2.5);
  assert_true(isnan(DscMedian(2, none)));
}

/* Of 0..100 every quantile is its own percentage. */
static void test_spread(void **state)
{
  double values[103], two[] = {3, 1}, one[] = {5}, median, spread;

  (void)state;
  for (int i = 0; i <= 100; i++) values[(i * 37) % 101] = i; /* in no order */
  values[101] = NAN;
  values[102] = INFINITY;
  DscMedianSpread(103, values, &median, &spread);
  assert_true(median == 50 && fabs(spread - 34) < 1e-12);
  DscMedianSpread(2, two, &median, &spread);
  assert_true(median == 2 && fabs(spread - .68) < 1e-12);
  DscMedianSpread(1, one, &median, &spread);
  assert_true(median == 5 && isnan(spread));
  DscMedianSpread(0, one, &median, &spread);
  assert_true(isnan(median) && isnan(spread));
}

static void check_ranges(PetscInt n, const int numbers[], PetscInt max_ranges, const char expected[])
{
  char text[64];

  assert_int_equal(DscRangesFormat(n, numbers, max_ranges, sizeof(text), text), 0);
  assert_string_equal(text, expected);
}

static void test_ranges(void **state)
{
  const int numbers[] = {0, 1, 2, 5, 7, 8, 12};

  (void)state;
  check_ranges(0, numbers, 9, "");
  check_ranges(1, numbers, 9, "0");
  check_ranges(7, numbers, 9, "0-2, 5, 7-8, 12");
  check_ranges(7, numbers, 4, "0-2, 5, 7-8, 12");
  check_ranges(7, numbers, 2, "0-2, 5 and 3 more");
}

static int run(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_coefficient), cmocka_unit_test(test_equation),
                                     cmocka_unit_test(test_wilson),      cmocka_unit_test(test_median),
                                     cmocka_unit_test(test_spread),      cmocka_unit_test(test_ranges)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
  return fake_main(run, argc, argv);
}
