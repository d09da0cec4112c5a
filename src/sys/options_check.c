/* Is every option one that exists, with a value that fits? */
#include "sys/errors_private.h"
#include "sys/options_private.h"

#include <stdio.h>
#include <string.h>

/* What to do about a key that does not exist. */
static void advise(const char key[], size_t size, char advice[])
{
  const char *nearest = DscOptionsNearestKey(key);

  if (DscOptionIsPetsc(key))
    snprintf(advice, size, "it belongs to PETSc: give it on the command line, as -%s", key);
  else if (nearest)
    snprintf(advice, size, "did you mean %s?", nearest);
  else
    snprintf(advice, size, "-help lists all keys");
}

/* As DscOptionsWhere(), without the value: it is the key that is wrong. */
static PetscErrorCode check_known(const DscOptionEntry *entry)
{
  const char *key = entry->key;
  char        advice[256];

  PetscFunctionBeginUser;
  key += DscOptionPrefix(key);
  if (DscOptionsLookup(key)) PetscFunctionReturn(0);
  advise(key, sizeof advice, advice);
  DscUserCheck(PETSC_FALSE, PETSC_COMM_SELF, "%s: %s%s: unknown key%s%s; %s",
               entry->place                               ? entry->place
               : entry->origin == DSC_ORIGIN_COMMAND_LINE ? "command line"
                                                          : "program",
               entry->place ? "" : "-", entry->key, key == entry->key ? "" : " ", key == entry->key ? "" : key, advice);
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptionsCheckEntry(DscOptions options, const DscOptionEntry *entry)
{
  const DscOptionSpec *spec;
  PetscBool            fits;
  DscComplaint         complaint;
  char                 allowed[512];

  PetscFunctionBeginUser;
  PetscCall(check_known(entry));
  spec = DscOptionsLookup(entry->key);
  PetscCall(DscOptionsValueFits(spec, entry->value, &fits, &complaint));
  if (fits) PetscFunctionReturn(0);
  DscOptionsDescribe(spec, sizeof allowed, allowed);
  DscOptionsUserCheck(PETSC_FALSE, options, PETSC_COMM_SELF, entry->key, "%s; allowed: %s", complaint.text, allowed);
  PetscFunctionReturn(0);
}

static PetscErrorCode check_sweep(DscOptions options, const DscOptionEntry *entry)
{
  const char           *key = entry->key + strlen(DSC_SWEEP_PREFIX);
  const DscOptionEntry *set = DscOptionsFind(options, key);
  PetscInt              n;
  char                **values;

  PetscFunctionBeginUser;
  PetscCall(check_known(entry));
  /* a run of the study sets the swept key by DscOptionsSet() */
  DscOptionsUserCheck(!set || set->origin == DSC_ORIGIN_CODE, options, PETSC_COMM_SELF, key,
                      "the key is swept as well (%s); give one of the two (on the command line it replaces the file's)",
                      entry->key);
  PetscCall(DscOptionsExpandSweep(options, entry, &n, &values));
  PetscCall(DscOptionsRestoreStrings(n, &values));
  PetscFunctionReturn(0);
}

static PetscErrorCode check_experiments(DscOptions options, const DscOptionEntry *entry)
{
  PetscFunctionBeginUser;
  PetscCall(check_known(entry));
  PetscCall(DscOptionsCheckExperiments(options, entry));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptionsCheck(DscOptions options)
{
  const DscOptionEntry *traceback = DscOptionsFind(options, "error_traceback");
  PetscBool             value     = PETSC_FALSE;

  PetscFunctionBeginUser;
  /* DscInitialize() sees it on the command line only */
  if (traceback && DscParseBool(traceback->value, &value)) DscErrorSetTraceback(value);
  for (PetscInt i = 0; i < options->n; i++) {
    const DscOptionEntry *entry = &options->entries[i];

    if (DscOptionIsSweep(entry->key))
      PetscCall(check_sweep(options, entry));
    else if (DscOptionIsExperiments(entry->key))
      PetscCall(check_experiments(options, entry));
    else
      PetscCall(DscOptionsCheckEntry(options, entry));
  }
  PetscFunctionReturn(0);
}
