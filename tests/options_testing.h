/* What tests of folders that read options share. */
#ifndef DISCERN_TESTS_OPTIONS_TESTING_H
#define DISCERN_TESTS_OPTIONS_TESTING_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <discern/sys.h>

#define OK(call) assert_int_equal((call), 0)

/* Options from 'key', 'value', ..., NULL. */
static inline DscOptions optionsOf(const char *key, ...)
{
  DscOptions options;
  va_list    rest;

  OK(DscOptionsCreate(&options));
  va_start(rest, key);
  for (; key; key = va_arg(rest, const char *)) OK(DscOptionsSet(options, key, va_arg(rest, const char *)));
  va_end(rest);
  return options;
}

#endif
