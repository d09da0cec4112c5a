/* Two signals are counted, the third one ends the program as ever. What ends is a child of the test. */
#include "sys/sys_test.h"

#include <signal.h>
#include <sys/wait.h>

static const int caught[] = {SIGUSR1, SIGTERM, SIGINT};
enum { CAUGHT = sizeof caught / sizeof *caught };

static void test_counts(void **state)
{
  (void)state;
  for (int i = 0; i < CAUGHT; i++) {
    OK(DscSignalsCatch());
    assert_int_equal(DscSignalsSeen(), 0);
    raise(caught[i]);
    assert_int_equal(DscSignalsSeen(), 1);
    raise(caught[(i + 1) % CAUGHT]);
    assert_int_equal(DscSignalsSeen(), 2);
    OK(DscSignalsRelease());
  }
}

/* How a child ends that runs body: the signal that ended it, or -1 minus its exit code. */
static int fate(void (*body)(int, int), int a, int b)
{
  const pid_t child = fork();
  int         status;

  assert_true(child >= 0);
  if (!child) {
    for (int i = 0; i < CAUGHT; i++) (void)signal(caught[i], SIG_DFL);
    body(a, b);
    _exit(DscSignalsSeen());
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  return WIFSIGNALED(status) ? WTERMSIG(status) : -1 - WEXITSTATUS(status);
}

static void two(int a, int b)
{
  if (DscSignalsCatch()) _exit(99);
  raise(a);
  raise(b);
}

/* The third one is another signal than the first two where a is not b. */
static void three(int a, int b)
{
  two(a, a);
  raise(b);
}

static void mixed(int a, int b)
{
  two(a, b);
  raise(a == SIGTERM ? SIGUSR1 : SIGTERM);
}

static void released(int a, int b)
{
  if (DscSignalsCatch()) _exit(99);
  raise(a);
  if (DscSignalsRelease()) _exit(99);
  raise(b);
}

static void caught_anew(int a, int b)
{
  two(a, b);
  two(b, a);
}

static void test_third_signal_ends_the_program(void **state)
{
  (void)state;
  for (int i = 0; i < CAUGHT; i++) {
    for (int j = 0; j < CAUGHT; j++) {
      const int a = caught[i], b = caught[j];

      assert_int_equal(fate(two, a, b), -1 - 2);
      assert_int_equal(fate(three, a, b), b);
      assert_int_equal(fate(mixed, a, b), a == SIGTERM ? SIGUSR1 : SIGTERM);
      assert_int_equal(fate(released, a, b), b);
      assert_int_equal(fate(caught_anew, a, b), -1 - 2);
    }
  }
}

/* Says that it is ready, waits for a byte, and ends with 10 where that came and a signal before it. */
static void wait_for_a_byte(int from, int to)
{
  char byte;

  if (DscSignalsCatch() || write(to, "r", 1) != 1) _exit(99);
  _exit(read(from, &byte, 1) == 1 && DscSignalsSeen() == 1 ? 10 : 11);
}

/* A signal does not make a write or a read of somebody else's fail. */
static void test_system_calls_go_on(void **state)
{
  int  up[2], down[2], status;
  char byte;

  (void)state;
  assert_int_equal(pipe(up) + pipe(down), 0);
  const pid_t child = fork();
  assert_true(child >= 0);
  if (!child) wait_for_a_byte(down[0], up[1]);
  assert_int_equal(read(up[0], &byte, 1), 1);
  usleep(100000); /* it waits for a byte by now */
  assert_int_equal(kill(child, SIGUSR1), 0);
  usleep(50000);
  assert_int_equal(write(down[1], "x", 1), 1);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 10);
  for (int i = 0; i < 2; i++) assert_int_equal(close(up[i]) + close(down[i]), 0);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_counts),
      cmocka_unit_test(test_third_signal_ends_the_program),
      cmocka_unit_test(test_system_calls_go_on),
  };
  int result;

  if (DscInitialize(&argc, &argv)) return 1;
  result = cmocka_run_group_tests(tests, NULL, NULL);
  return DscFinalize() ? 1 : result;
}
