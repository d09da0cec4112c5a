/* What every test program shares: cmocka, and a main that initialises discern around the group of tests. */
#ifndef DISCERN_TESTS_TEST_MAIN_H
#define DISCERN_TESTS_TEST_MAIN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <discern/sys.h>

/* A call that must succeed. */
#define CALL(expr) assert_int_equal((expr), 0)

#define TEST_MAIN(tests)                                                                                               \
  int main(int argc, char **argv)                                                                                      \
  {                                                                                                                    \
    int failed;                                                                                                        \
    if (DscInitialize(&argc, &argv)) return 1;                                                                         \
    failed = cmocka_run_group_tests(tests, NULL, NULL);                                                                \
    return DscFinalize() ? 1 : failed;                                                                                 \
  }

#endif
