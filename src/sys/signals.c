/* Signals that ask for an end are counted; who runs the loop decides when to look. */
#include <discern/sys.h>

#include <signal.h>

static const int             caught[] = {SIGUSR1, SIGTERM, SIGINT};
static struct sigaction      before[sizeof caught / sizeof *caught];
static volatile sig_atomic_t seen;

static void restore(void)
{
  for (size_t i = 0; i < sizeof caught / sizeof *caught; i++) (void)sigaction(caught[i], &before[i], NULL);
}

/* The third one, of whatever kind, finds the action of before. */
static void count(PETSC_UNUSED int signal)
{
  seen++;
  if (seen == 2) restore();
}

PetscErrorCode DscSignalsCatch(void)
{
  struct sigaction action = {.sa_handler = count, .sa_flags = SA_RESTART};

  PetscFunctionBeginUser;
  seen = 0;
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < sizeof caught / sizeof *caught; i++) {
    PetscCheck(!sigaction(caught[i], &action, &before[i]), PETSC_COMM_SELF, PETSC_ERR_SYS, "sigaction(%d) failed",
               caught[i]);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscSignalsRelease(void)
{
  PetscFunctionBeginUser;
  restore();
  PetscFunctionReturn(0);
}

int DscSignalsSeen(void)
{
  return (int)seen;
}
