#include "study/gnuplot.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MESSAGE_SIZE 4096

extern char **environ;

/* What a child says on both outputs, to its end; what does not fit is dropped. */
static PetscErrorCode read_to_end(int descriptor, size_t size, char text[])
{
  size_t length = 0;
  char   rest[256];

  PetscFunctionBeginUser;
  while (PETSC_TRUE) {
    const PetscBool full  = (PetscBool)(length + 1 >= size);
    const ssize_t   bytes = read(descriptor, full ? rest : text + length, full ? sizeof(rest) : size - 1 - length);

    if (bytes < 0 && errno == EINTR) continue;
    if (bytes <= 0) break;
    if (!full) length += (size_t)bytes;
  }
  text[length] = '\0';
  PetscFunctionReturn(0);
}

/* Its standard input is empty: it must never wait for a terminal. */
static int spawn(const char *const arguments[], const int ends[2], pid_t *child)
{
  posix_spawn_file_actions_t actions;
  int                        failed = posix_spawn_file_actions_init(&actions);

  if (failed) return failed;
  if (!failed) failed = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", 0, 0);
  if (!failed) failed = posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  if (!failed) failed = posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  if (!failed) failed = posix_spawn_file_actions_addclose(&actions, ends[0]);
  if (!failed) failed = posix_spawn_file_actions_addclose(&actions, ends[1]);
  if (!failed) failed = posix_spawnp(child, "gnuplot", &actions, NULL, (char *const *)(uintptr_t)arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  return failed;
}

/* *worked: exit code 0. */
static PetscErrorCode run(const char *const arguments[], size_t size, char message[], PetscBool *worked)
{
  int   ends[2], failed, status;
  pid_t child;

  PetscFunctionBeginUser;
  PetscCheck(!pipe(ends), PETSC_COMM_SELF, PETSC_ERR_SYS, "no pipe: %s", strerror(errno));
  failed = spawn(arguments, ends, &child);
  close(ends[1]);
  if (!failed) PetscCall(read_to_end(ends[0], size, message));
  close(ends[0]);
  DscUserCheck(failed != ENOENT, PETSC_COMM_SELF,
               "plot: gnuplot is not on the PATH: install it (Debian: apt-get install gnuplot-nox; clusters: module "
               "load gnuplot) and try again");
  DscUserCheck(!failed, PETSC_COMM_SELF, "plot: gnuplot cannot be started: %s", strerror(failed));
  while (waitpid(child, &status, 0) < 0) {
    PetscCheck(errno == EINTR, PETSC_COMM_SELF, PETSC_ERR_SYS, "waiting for gnuplot: %s", strerror(errno));
  }
  *worked = (PetscBool)(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  PetscFunctionReturn(0);
}

PetscErrorCode DscGnuplotFind(PetscBool *cairo)
{
  const char *const version[]  = {"gnuplot", "--version", NULL};
  const char *const pngcairo[] = {"gnuplot", "-e", "set terminal pngcairo", NULL};
  PetscBool         worked;
  char              message[MESSAGE_SIZE];

  PetscFunctionBeginUser;
  PetscCall(run(version, sizeof(message), message, &worked));
  DscUserCheck(worked, PETSC_COMM_SELF, "plot: gnuplot does not work: %s", message);
  PetscCall(run(pngcairo, sizeof(message), message, cairo));
  PetscFunctionReturn(0);
}

/* gnuplot shows the script's line, a mark under it, and then what is wrong: the last line that says something. */
static const char *last_line(char message[])
{
  size_t length = strlen(message);
  char  *line;

  while (length && strchr(" \t\r\n", message[length - 1])) message[--length] = '\0';
  line = strrchr(message, '\n');
  line = line ? line + 1 : message;
  return *line ? line : "it gives no reason";
}

PetscErrorCode DscGnuplotRun(const char folder[], const char script[])
{
  char              enter[2 * PETSC_MAX_PATH_LEN + 8] = "cd '", message[MESSAGE_SIZE];
  const char *const arguments[]                       = {"gnuplot", "-e", enter, script, NULL};
  size_t            length                            = strlen(enter);
  PetscBool         worked;

  PetscFunctionBeginUser;
  for (const char *sign = folder; *sign && length + 4 < sizeof(enter); sign++) {
    enter[length++] = *sign;
    if (*sign == '\'') enter[length++] = '\''; /* as gnuplot quotes a quote */
  }
  enter[length++] = '\'';
  enter[length]   = '\0';
  PetscCall(run(arguments, sizeof(message), message, &worked));
  DscUserCheck(worked, PETSC_COMM_SELF, "plot: gnuplot cannot draw %s/%s: %s", folder, script, last_line(message));
  PetscFunctionReturn(0);
}
