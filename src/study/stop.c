#include "study/stop.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOOK_SECONDS 1.0 /* between looks at the file and at what other ranks tell */

struct _p_DscStop {
  MPI_Comm     comm; /* (not owned) */
  PetscBool    watch, root, asks;
  double       deadline, next_look; /* DscTime */
  DscQueue     queue;               /* (not owned) NULL: nobody to tell */
  DscStopCause cause;
  PetscBool    told;
  char         file[PETSC_MAX_PATH_LEN];
};

/* ---- -max_walltime ------------------------------------------------------------------------------------------ */

/* Digits at *at, which moves behind them; -1 where there are none, or too many. */
static long take_number(const char **at)
{
  const size_t digits = strspn(*at, "0123456789");
  const long   number = digits && digits < 10 ? strtol(*at, NULL, 10) : -1;

  *at += digits;
  return number;
}

static PetscBool parse_clock(const char text[], double *seconds)
{
  const PetscBool days_given = strchr(text, '-') ? PETSC_TRUE : PETSC_FALSE;
  long            days       = 0, hours, minutes;

  if (days_given) {
    days = take_number(&text);
    if (*text++ != '-') return PETSC_FALSE;
  }
  hours = take_number(&text);
  if (*text++ != ':') return PETSC_FALSE;
  minutes = take_number(&text);
  if (*text++ != ':') return PETSC_FALSE;
  *seconds = (double)take_number(&text);
  if (*text || days < 0 || hours < 0 || minutes < 0 || *seconds < 0) return PETSC_FALSE;
  if (minutes > 59 || *seconds > 59 || (days_given && hours > 23)) return PETSC_FALSE;
  *seconds += 86400.0 * (double)days + 3600.0 * (double)hours + 60.0 * (double)minutes;
  return PETSC_TRUE;
}

PetscBool DscWalltimeParse(const char text[], double *seconds)
{
  char *end;

  if (strchr(text, ':')) return (PetscBool)(parse_clock(text, seconds) && *seconds > 0);
  *seconds = strtod(text, &end);
  return (PetscBool)(end > text && !*end && isfinite(*seconds) && *seconds > 0);
}

/* ---- looking ------------------------------------------------------------------------------------------------- */

PetscErrorCode DscStopCreate(MPI_Comm comm, DscOptions options, const char output[], PetscBool watch, DscStop *stop)
{
  const char *limit;
  double      seconds = INFINITY;
  PetscMPIInt rank;
  DscStop     s;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetString(options, "max_walltime", &limit));
  DscOptionsUserCheck(!*limit || DscWalltimeParse(limit, &seconds), options, comm, "max_walltime",
                      "not a time; allowed: seconds, H:MM:SS or D-HH:MM:SS, more than 0");
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(PetscNew(&s));
  s->comm     = comm;
  s->watch    = watch;
  s->root     = rank ? PETSC_FALSE : PETSC_TRUE;
  s->deadline = DscTime() + seconds;
  snprintf(s->file, sizeof(s->file), "%s.stop", output);
  if (watch) PetscCall(DscSignalsCatch());
  *stop = s;
  PetscFunctionReturn(0);
}

PetscErrorCode DscStopConnect(DscStop stop, DscQueue queue, PetscBool asks)
{
  PetscFunctionBeginUser;
  stop->queue     = queue;
  stop->asks      = asks;
  stop->told      = PETSC_FALSE;
  stop->next_look = 0;
  PetscFunctionReturn(0);
}

/* The file, and what others tell. */
static PetscErrorCode look_around(DscStop stop)
{
  PetscBool known = PETSC_TRUE;
  int       told  = DSC_STOP_NONE;

  PetscFunctionBeginUser;
  if (stop->root && !access(stop->file, F_OK)) stop->cause = DSC_STOP_FILE;
  if (stop->queue && stop->asks) PetscCall(DscQueuePeekStop(stop->queue, &known, &told));
  if (known && told != DSC_STOP_NONE) stop->cause = (DscStopCause)told;
  if (known) stop->next_look = DscTime() + LOOK_SECONDS;
  PetscFunctionReturn(0);
}

PetscErrorCode DscStopLook(DscStop stop, PetscBool *stopped)
{
  PetscFunctionBeginUser;
  if (stop->cause == DSC_STOP_NONE && stop->watch) {
    if (DscSignalsSeen())
      stop->cause = DSC_STOP_SIGNAL;
    else if (DscTime() >= stop->deadline)
      stop->cause = DSC_STOP_WALLTIME;
    else if (DscTime() >= stop->next_look)
      PetscCall(look_around(stop));
  }
  if (stop->cause != DSC_STOP_NONE && stop->queue && !stop->told) {
    PetscCall(DscQueueStop(stop->queue, (int)stop->cause));
    stop->told = PETSC_TRUE;
  }
  *stopped = (PetscBool)(stop->cause != DSC_STOP_NONE);
  PetscFunctionReturn(0);
}

PetscErrorCode DscStopAgree(DscStop stop, DscStopCause *cause, PetscBool *sooner)
{
  int seen[2] = {(int)stop->cause, stop->watch && DscSignalsSeen() > 1};

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, seen, 2, MPI_INT, MPI_MAX, stop->comm));
  *cause  = (DscStopCause)seen[0];
  *sooner = seen[1] ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}

PetscErrorCode DscStopRemoveFile(DscStop stop)
{
  PetscFunctionBeginUser;
  if (stop->root) (void)unlink(stop->file);
  PetscFunctionReturn(0);
}

PetscErrorCode DscStopDestroy(DscStop *stop)
{
  PetscFunctionBeginUser;
  if (!*stop) PetscFunctionReturn(0);
  if ((*stop)->watch) PetscCall(DscSignalsRelease());
  PetscCall(PetscFree(*stop));
  PetscFunctionReturn(0);
}

const char *DscStopCauseName(DscStopCause cause)
{
  static const char *const names[] = {"nothing", "a signal", "the time limit", "the stop file"};

  return names[cause];
}
