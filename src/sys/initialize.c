/* Start and end of the program: MPI, PETSc with only its own arguments, HDF5, the events, the keys of this folder. */
#include "sys/errors_private.h"
#include "sys/events_private.h"
#include "sys/options_private.h"

#include <stdlib.h>
#include <string.h>

static const DscOptionSpec specs[] = {
    {"help", DSC_BOOL, "false", 0, 0, NULL, "print every key with its type, default and meaning, and stop"},
    {"error_traceback", DSC_BOOL, "false", 0, 0, NULL, "print the calls that led to an error under its message"},
};

static struct {
  PetscBool owns_mpi;
  MPI_Comm  comm; /* (owned) of all ranks, for DscErrorSettle() alone */
  char    **argv; /* (owned) what PETSc was given; it keeps the pointer. Entries not owned */
} program;

/* argv as PETSc may see it: the program's name and PETSc's own options. Its start-up files are not read, so that a run
   depends on its input and command line only. malloc, because PETSc is not there yet. */
static char **petsc_arguments(int argc, char **argv, int *petsc_argc)
{
  static char name[] = "discern", skip[] = "-skip_petscrc";
  char      **kept = (char **)malloc(((size_t)argc + 3) * sizeof *kept);
  int         n    = 0;

  *petsc_argc = 0;
  if (!kept) return NULL;
  kept[n++] = argc > 0 ? argv[0] : name;
  kept[n++] = skip;
  for (int i = 1; i < argc; i++) {
    if (!DscArgumentIsKey(argv[i]) || !DscOptionIsPetsc(DscArgumentKey(argv[i]))) continue;
    kept[n++] = argv[i];
    if (i + 1 < argc && !DscArgumentIsKey(argv[i + 1])) kept[n++] = argv[++i];
  }
  kept[n]     = NULL;
  *petsc_argc = n;
  return kept;
}

/* Wanted before any option is read, so that it also works for errors in reading them. */
static PetscBool wants_traceback(int argc, char **argv)
{
  for (int i = 1; i < argc; i++) {
    PetscBool value = PETSC_TRUE;

    if (!DscArgumentIsKey(argv[i]) || strcmp(DscArgumentKey(argv[i]), "error_traceback")) continue;
    if (i + 1 < argc && !DscArgumentIsKey(argv[i + 1])) (void)DscParseBool(argv[i + 1], &value);
    return value;
  }
  return PETSC_FALSE;
}

PetscErrorCode DscInitialize(int *argc, char ***argv)
{
  int    started, provided, petsc_argc;
  char **arguments = argv ? *argv : NULL;
  int    count     = argc ? *argc : 0;

  PetscFunctionBeginUser;
  MPI_Initialized(&started);
  if (!started) {
    MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &provided);
    program.owns_mpi = PETSC_TRUE;
  }
  /* before PetscInitialize(), so that its errors are reported like all others */
  PetscCall(PetscPushErrorHandler(DscErrorHandler, NULL));
  DscErrorSetTraceback(wants_traceback(count, arguments));
  program.argv = petsc_arguments(count, arguments, &petsc_argc);
  PetscCheck(program.argv, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for the arguments");
  PetscCall(PetscInitialize(&petsc_argc, &program.argv, NULL, NULL));
  PetscCallMPI(MPI_Comm_dup(MPI_COMM_WORLD, &program.comm));
  DscCallH5(H5Eset_auto2(H5E_DEFAULT, NULL, NULL)); /* DscErrorHandler() reports HDF5's reason */
  PetscCall(DscEventsRegister());
  PetscCall(DscOptionsRegister("general", (PetscInt)(sizeof specs / sizeof *specs), specs));
  PetscFunctionReturn(0);
}

PetscErrorCode DscFinalize(void)
{
  PetscFunctionBeginUser;
  PetscCall(DscErrorSettle(program.comm));
  PetscCallMPI(MPI_Comm_free(&program.comm));
  PetscCall(PetscFinalize());
  free(program.argv);
  program.argv = NULL;
  if (program.owns_mpi) MPI_Finalize();
  return 0; /* PetscFunctionReturn() needs PETSc */
}
