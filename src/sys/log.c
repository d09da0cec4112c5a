/* The log table: right-aligned columns of fixed width, the time so far and the time to go. And warnings. */
#include <discern/sys.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 11, ROW_SIZE = 4096, ROWS_PER_HEADER = 50 };

struct _p_DscLog {
  PetscBool prints; /* rank 0 */
  PetscInt  ncolumns, rows;
  int      *widths; /* [ncolumns] (owned) */
  char     *header; /* (owned) */
  double    start;
};

PetscErrorCode DscLogCreate(MPI_Comm comm, PetscInt ncolumns, const char *const names[], DscLog *log)
{
  char   header[ROW_SIZE] = "";
  size_t used             = 0;
  int    rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(PetscNew(log));
  (*log)->prints   = rank == 0 ? PETSC_TRUE : PETSC_FALSE;
  (*log)->ncolumns = ncolumns;
  (*log)->start    = DscTime();
  PetscCall(PetscMalloc1(ncolumns, &(*log)->widths));
  for (PetscInt i = 0; i < ncolumns; i++) {
    (*log)->widths[i] = PetscMax((int)WIDTH, (int)strlen(names[i]));
    PetscCheck(used + (size_t)(*log)->widths[i] + 64 < sizeof header, PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ,
               "too many columns for a log");
    snprintf(header + used, sizeof header - used, "%s%*s", i ? " " : "", (*log)->widths[i], names[i]);
    used = strlen(header);
  }
  snprintf(header + used, sizeof header - used, " %*s %*s\n", (int)WIDTH, "elapsed", (int)WIDTH, "left");
  PetscCall(PetscStrallocpy(header, &(*log)->header));
  PetscFunctionReturn(0);
}

PetscErrorCode DscLogContinue(DscLog log, double seconds)
{
  PetscFunctionBeginUser;
  log->start -= seconds;
  PetscFunctionReturn(0);
}

PetscErrorCode DscLogDestroy(DscLog *log)
{
  PetscFunctionBeginUser;
  if (!*log) PetscFunctionReturn(0);
  PetscCall(PetscFree((*log)->widths));
  PetscCall(PetscFree((*log)->header));
  PetscCall(PetscFree(*log));
  PetscFunctionReturn(0);
}

static void format_number(double value, size_t size, char text[])
{
  if (isfinite(value) && value == nearbyint(value) && fabs(value) < 1e9)
    snprintf(text, size, "%.0f", value + 0.0);
  else if (isfinite(value))
    snprintf(text, size, "%.4e", value);
  else
    snprintf(text, size, "%s", isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
}

/* '0:00:07', '12:34:56', '3-01:00:00'; '-' where unknown */
static void format_duration(double seconds, size_t size, char text[])
{
  long total;

  if (!isfinite(seconds) || seconds < 0 || seconds >= 1e9) {
    snprintf(text, size, "-");
    return;
  }
  total = lround(seconds);
  if (total >= 86400)
    snprintf(text, size, "%ld-%02ld:%02ld:%02ld", total / 86400, total / 3600 % 24, total / 60 % 60, total % 60);
  else
    snprintf(text, size, "%ld:%02ld:%02ld", total / 3600, total / 60 % 60, total % 60);
}

PetscErrorCode DscLogRow(DscLog log, double fraction_done, const double values[])
{
  char   row[ROW_SIZE] = "", text[64], elapsed_text[64];
  size_t used          = 0;
  double elapsed       = DscTime() - log->start;

  PetscFunctionBeginUser;
  if (!log->prints) PetscFunctionReturn(0);
  if (log->rows++ % ROWS_PER_HEADER == 0) fputs(log->header, stdout);
  for (PetscInt i = 0; i < log->ncolumns; i++) {
    format_number(values[i], sizeof text, text);
    snprintf(row + used, sizeof row - used, "%s%*s", i ? " " : "", log->widths[i], text);
    used = strlen(row);
  }
  format_duration(elapsed, sizeof elapsed_text, elapsed_text);
  format_duration(fraction_done > 0 ? elapsed * (1 / fraction_done - 1) : NAN, sizeof text, text);
  snprintf(row + used, sizeof row - used, " %*s %*s\n", (int)WIDTH, elapsed_text, (int)WIDTH, text);
  fputs(row, stdout);
  fflush(stdout); /* a job's log is read while it runs */
  PetscFunctionReturn(0);
}

/* One write, so that lines of several ranks do not mix. */
void DscWarn(const char format[], ...)
{
  char    line[ROW_SIZE];
  va_list arguments;
  size_t  used = (size_t)snprintf(line, sizeof line, "discern: warning: ");

  va_start(arguments, format);
  vsnprintf(line + used, sizeof line - used - 1, format, arguments);
  va_end(arguments);
  strcat(line, "\n");
  fflush(stdout);
  fputs(line, stderr);
  fflush(stderr);
}
