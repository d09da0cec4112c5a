/*
  Errors: what is printed, by whom, how ranks agree on it, and how a caller keeps an error to itself.

  A user's mistake is one line; anything else is a defect and says where it happened. Every rank that sees an error
  keeps its text; rank 0 of the error's communicator prints at once, the others only when the ranks meet in
  DscSyncError() or DscFinalize() and find that nobody has.
*/
#include "sys/errors_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MESSAGE_SIZE  2048
#define TEXT_SIZE     8192
#define GRACE_SECONDS 10.0

static struct {
  char      message[MESSAGE_SIZE]; /* of the last error, without prefix */
  char      text[TEXT_SIZE];       /* all that is to be printed of it */
  int       code;
  int       captures;  /* open DscErrorCaptureBegin() */
  PetscBool printed;   /* by this rank */
  PetscBool pending;   /* text is complete but not printed */
  PetscBool alone;     /* not known to have reached the other ranks */
  PetscBool traceback; /* -error_traceback */
} last;

static void emit(const char text[])
{
  size_t used = strlen(last.text);

  if (last.printed) {
    fflush(stdout);
    fputs(text, stderr);
    fflush(stderr);
  } else {
    snprintf(last.text + used, TEXT_SIZE - used, "%s", text);
  }
}

static void print_pending(void)
{
  if (!last.pending) return;
  last.printed = PETSC_TRUE;
  last.pending = PETSC_FALSE;
  emit(last.text);
}

/* Rank 0 of comm; of the world where comm is one rank only, so that an error on every rank appears once. */
static PetscBool prints_at_once(MPI_Comm comm)
{
  int finalized, size, rank;

  MPI_Finalized(&finalized);
  if (finalized) return PETSC_TRUE;
  MPI_Comm_size(comm, &size);
  MPI_Comm_rank(size > 1 ? comm : MPI_COMM_WORLD, &rank);
  return rank == 0 ? PETSC_TRUE : PETSC_FALSE;
}

/* The innermost record of HDF5's error stack is the cause. */
static herr_t keep_cause(unsigned depth, const H5E_error2_t *record, void *cause)
{
  (void)depth;
  if (record->desc && record->desc[0]) snprintf((char *)cause, 256, " (%s)", record->desc);
  return 1;
}

static void keep_message(const char message[])
{
  char cause[256] = "";

  if (!strncmp(message, "HDF5 ", 5)) (void)H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_cause, cause);
  snprintf(last.message, MESSAGE_SIZE, "%s%s", message, cause);
  for (char *c = last.message; *c; c++)
    if (*c == '\n') *c = ' ';
}

static void compose_text(PetscErrorCode code, const char function[], const char file[], int line)
{
  const char *kind = NULL, *hint;

  if (code == PETSC_ERR_USER_INPUT) {
    snprintf(last.text, TEXT_SIZE, "discern: %s\n", last.message);
    return;
  }
  (void)PetscErrorMessage(code, &kind, NULL);
  hint = code == PETSC_ERR_MEM ? "Not enough memory: take more nodes, fewer ranks a node, or a smaller problem."
                               : "This is a defect of discern or of a library under it; -error_traceback shows the "
                                 "calls that led here.";
  snprintf(last.text, TEXT_SIZE, "discern: internal error: %s\n  in %s() at %s:%d (error %d: %s)\n  %s\n", last.message,
           function, file, line, code, kind ? kind : "unknown", hint);
}

PetscErrorCode DscErrorHandler(MPI_Comm comm, int line, const char function[], const char file[], PetscErrorCode code,
                               PetscErrorType type, const char message[], void *context)
{
  char call[512];

  (void)context;
  if (type == PETSC_ERROR_INITIAL) keep_message(message ? message : "");
  if (last.captures) return code;
  if (type == PETSC_ERROR_INITIAL) {
    compose_text(code, function, file, line);
    last.code    = code;
    last.printed = PETSC_FALSE;
    last.pending = PETSC_TRUE;
    last.alone   = PETSC_TRUE;
    if (prints_at_once(comm)) print_pending();
  }
  if (last.traceback) {
    snprintf(call, sizeof call, "    %s() at %s:%d\n", function, file, line);
    emit(call);
  }
  return code;
}

void DscErrorSetTraceback(PetscBool traceback)
{
  last.traceback = traceback;
}

PetscErrorCode DscSyncError(MPI_Comm comm, PetscErrorCode ierr)
{
  int size, rank, code = ierr, mine[2], first[2]; /* lowest rank with an error; lowest that has printed its error */

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  mine[0] = ierr ? rank : size;
  mine[1] = ierr && last.printed ? rank : size;
  PetscCallMPI(MPI_Allreduce(mine, first, 2, MPI_INT, MPI_MIN, comm));
  if (first[0] == size) PetscFunctionReturn(0);
  if (rank == first[0] && first[1] == size && !last.captures) print_pending();
  PetscCallMPI(MPI_Bcast(&code, 1, MPI_INT, first[0], comm));
  PetscCallMPI(MPI_Bcast(last.message, MESSAGE_SIZE, MPI_CHAR, first[0], comm));
  if (!last.captures) last.pending = last.alone = PETSC_FALSE;
  PetscFunctionReturn(code);
}

PetscErrorCode DscErrorSettle(MPI_Comm comm)
{
  int         size, rank, done = 0, mine[2], first[2]; /* as in DscSyncError() */
  MPI_Request request;
  double      start = DscTime();

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  mine[0] = last.pending ? rank : size;
  mine[1] = last.printed ? rank : size;
  PetscCallMPI(MPI_Iallreduce(mine, first, 2, MPI_INT, MPI_MIN, comm, &request));
  while (last.alone && !done) {
    PetscCallMPI(MPI_Test(&request, &done, MPI_STATUS_IGNORE));
    if (!done && DscTime() - start > GRACE_SECONDS) {
      print_pending();
      MPI_Abort(MPI_COMM_WORLD, (int)DscExitCodeFromError(last.code));
    }
    if (!done) usleep(1000);
  }
  if (!done) PetscCallMPI(MPI_Wait(&request, MPI_STATUS_IGNORE));
  if (rank == first[0] && first[1] == size) print_pending();
  last.printed = last.pending = last.alone = PETSC_FALSE;
  PetscFunctionReturn(0);
}

PetscErrorCode DscErrorCaptureBegin(void)
{
  PetscFunctionBeginUser;
  if (last.captures++ == 0) last.message[0] = '\0';
  PetscFunctionReturn(0);
}

PetscErrorCode DscErrorCaptureEnd(void)
{
  PetscFunctionBeginUser;
  PetscCheck(last.captures > 0, PETSC_COMM_SELF, PETSC_ERR_ORDER, "DscErrorCaptureEnd() without Begin");
  last.captures--;
  PetscFunctionReturn(0);
}

const char *DscUserText(const char format[], ...)
{
  static char text[MESSAGE_SIZE];
  va_list     arguments;

  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return text;
}

const char *DscErrorMessage(void)
{
  return last.message;
}

DscExitCode DscExitCodeFromError(PetscErrorCode ierr)
{
  if (!ierr) return DSC_EXIT_OK;
  return ierr == PETSC_ERR_USER_INPUT ? DSC_EXIT_USER : DSC_EXIT_INTERNAL;
}
