/* What the tests of sys share: cmocka, captured output, and the keys on which they try the options. */
#ifndef DISCERN_TESTS_SYS_TEST_H
#define DISCERN_TESTS_SYS_TEST_H

#include <discern/sys.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define OK(call) assert_int_equal((call), 0)

/* The keys of the tests. */
static const DscOptionSpec test_specs[] = {
    {"data_noise", DSC_REAL, "0.1", 0, DSC_NO_MAX, NULL, "noise, in standard deviations of the data"},
    {"data_samples", DSC_INT, "1000", 1, DSC_NO_MAX, NULL, "number of samples"},
    {"data_file", DSC_STRING, NULL, 0, 0, NULL, "file to read"},
    {"data_title", DSC_STRING, "", 0, 0, NULL, "title"},
    {"seed", DSC_INT, "0", DSC_NO_MIN, DSC_NO_MAX, NULL, "seed"},
    {"fraction", DSC_REAL, "0.5", 0, 1, NULL, "fraction of the samples"},
    {"method", DSC_CHOICE, "discover", 0, 0, "discover|symbolic|latent", "method"},
    {"net_width", DSC_INTS, "30,30", 1, DSC_NO_MAX, NULL, "widths of the layers"},
    {"window", DSC_REALS, "", DSC_NO_MIN, DSC_NO_MAX, NULL, "window, m"},
    {"terms", DSC_STRINGS, "u,u_x", 0, 0, NULL, "terms"},
    {"report", DSC_STRINGS, "", 0, 0, "text|Plot|table", "parts of the report"},
    {"dry_run", DSC_BOOL, "false", 0, 0, NULL, "print the plan and stop"},
};

static inline PetscErrorCode register_test_specs(void)
{
  return DscOptionsRegister("test", (PetscInt)(sizeof test_specs / sizeof *test_specs), test_specs);
}

/* What a process writes to a stream (stdout, stderr) between begin and end. */
typedef struct {
  FILE *stream, *file;
  int   saved;
  char  text[65536];
} Capture;

static inline void capture_begin(Capture *capture, FILE *stream)
{
  fflush(stream);
  capture->stream = stream;
  capture->saved  = dup(fileno(stream));
  capture->file   = tmpfile();
  assert_non_null(capture->file);
  assert_true(dup2(fileno(capture->file), fileno(stream)) >= 0);
}

static inline void capture_end(Capture *capture)
{
  size_t n;

  fflush(capture->stream);
  assert_true(dup2(capture->saved, fileno(capture->stream)) >= 0);
  close(capture->saved);
  rewind(capture->file);
  n                = fread(capture->text, 1, sizeof capture->text - 1, capture->file);
  capture->text[n] = '\0';
  fclose(capture->file);
}

static inline int count_lines(const char text[])
{
  int n = 0;

  for (; *text; text++) n += *text == '\n';
  return n;
}

/* The result of a call whose error is kept, not printed: DscErrorMessage() has its text. */
#define CAPTURED(result, call)                                                                                         \
  do {                                                                                                                 \
    OK(DscErrorCaptureBegin());                                                                                        \
    (result) = (call);                                                                                                 \
    OK(DscErrorCaptureEnd());                                                                                          \
  } while (0)

#define assert_user_error(call, text)                                                                                  \
  do {                                                                                                                 \
    PetscErrorCode result_;                                                                                            \
    CAPTURED(result_, call);                                                                                           \
    assert_string_equal(result_ ? DscErrorMessage() : "(no error)", text);                                             \
    assert_int_equal(result_, PETSC_ERR_USER_INPUT);                                                                   \
  } while (0)

#endif
