/* The command line: '-key value' pairs of ours, and the options that belong to PETSc. */
#include "sys/options_private.h"

#include <ctype.h>
#include <string.h>

/* Names and families ('mat_') of PETSc's own options that remain usable. */
static const char *const petsc_names[]    = {"log_view",
                                             "log_view_memory",
                                             "log_all",
                                             "log_exclude",
                                             "log_sync",
                                             "log_trace",
                                             "info",
                                             "info_exclude",
                                             "citations",
                                             "malloc",
                                             "memory_view",
                                             "objects_dump",
                                             "checkstack",
                                             "fp_trap",
                                             "history",
                                             "start_in_debugger",
                                             "stop_for_debugger",
                                             "no_signal_handler",
                                             "shared_tmp",
                                             "not_shared_tmp"};
static const char *const petsc_families[] = {"malloc_", "options_", "on_error_", "error_output_", "debugger_",
                                             "viewer_", "tao_",     "snes_",     "ksp_",          "pc_",
                                             "ts_",     "mat_",     "vec_",      "sf_",           "dm_"};

PetscBool DscOptionIsPetsc(const char key[])
{
  for (size_t i = 0; i < sizeof petsc_names / sizeof *petsc_names; i++)
    if (!strcmp(key, petsc_names[i])) return PETSC_TRUE;
  for (size_t i = 0; i < sizeof petsc_families / sizeof *petsc_families; i++)
    if (!strncmp(key, petsc_families[i], strlen(petsc_families[i]))) return PETSC_TRUE;
  return PETSC_FALSE;
}

const char *DscArgumentKey(const char argument[])
{
  return argument + strspn(argument, "-");
}

PetscBool DscArgumentIsKey(const char argument[])
{
  const char *key    = DscArgumentKey(argument);
  ptrdiff_t   dashes = key - argument;

  return (dashes == 1 || dashes == 2) && isalpha((unsigned char)*key) ? PETSC_TRUE : PETSC_FALSE;
}

/* PETSc's database takes what DscInitialize() did not see: arguments that a program makes up. */
static PetscErrorCode insert_petsc(const char key[], const char value[])
{
  char name[256];

  PetscFunctionBeginUser;
  PetscCall(PetscSNPrintf(name, sizeof name, "-%s", key));
  PetscCall(PetscOptionsSetValue(NULL, name, value));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptionsInsertArguments(DscOptions options, int argc, char **argv)
{
  PetscFunctionBeginUser;
  for (int i = 0; i < argc; i++) {
    const char          *argument = argv[i], *key, *value;
    const DscOptionSpec *spec;

    DscUserCheck(DscArgumentIsKey(argument), PETSC_COMM_SELF,
                 "command line: '%s' belongs to no option; options are written '-key value'", argument);
    key   = DscArgumentKey(argument);
    value = i + 1 < argc && !DscArgumentIsKey(argv[i + 1]) ? argv[++i] : NULL;
    DscUserCheck(!strchr(key, '='), PETSC_COMM_SELF, "command line: %s: options are written '-key value', without '='",
                 argument);
    if (DscOptionIsPetsc(key)) {
      PetscCall(insert_petsc(key, value));
      continue;
    }
    spec = DscOptionsLookup(key);
    if (spec && spec->type != DSC_BOOL && !value) {
      char allowed[512];

      DscOptionsDescribe(spec, sizeof allowed, allowed);
      DscUserCheck(value, PETSC_COMM_SELF, "command line: -%s: no value given; allowed: %s", key, allowed);
    }
    PetscCall(DscOptionsPut(options, key, value ? value : "true", DSC_ORIGIN_COMMAND_LINE, NULL));
  }
  PetscFunctionReturn(0);
}
