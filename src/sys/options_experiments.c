/*
  Several experiments in one run: 'experiments_KEY' lists a value of KEY for each of them. KEY is a key of the data: what
  is done with them is the same for all.
*/
#include "sys/options_private.h"

#include <stdio.h>
#include <string.h>

PetscBool DscOptionIsExperiments(const char key[])
{
  return strncmp(key, DSC_EXPERIMENTS_PREFIX, strlen(DSC_EXPERIMENTS_PREFIX)) ? PETSC_FALSE : PETSC_TRUE;
}

/* The groups 'data', 'data generator kdv', ... */
static PetscBool is_of_data(const DscOptionSpec *spec)
{
  for (PetscInt g = 0; g < DscOptionsGroupCount(); g++) {
    const DscOptionGroup *group = DscOptionsGroup(g);

    if (spec >= group->specs && spec < group->specs + group->n)
      return strncmp(group->name, "data", 4) ? PETSC_FALSE : PETSC_TRUE;
  }
  return PETSC_FALSE;
}

static const DscOptionEntry *first_of(DscOptions options)
{
  for (PetscInt i = 0; i < options->n; i++) {
    if (DscOptionIsExperiments(options->entries[i].key)) return &options->entries[i];
  }
  return NULL;
}

static PetscErrorCode list_values(DscOptions options, const DscOptionEntry *entry, PetscInt *n, char ***values)
{
  const char          *key  = entry->key + strlen(DSC_EXPERIMENTS_PREFIX);
  const DscOptionSpec *spec = DscOptionsLookup(key);

  PetscFunctionBeginUser;
  PetscCheck(spec, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG, "experiments over %s, which is not in the registry", key);
  PetscCall(DscOptionsExpandRepeated(options, entry->key, spec, entry->value, n, values));
  PetscFunctionReturn(0);
}

static PetscErrorCode count_values(DscOptions options, const DscOptionEntry *entry, PetscInt *n)
{
  char **values;

  PetscFunctionBeginUser;
  PetscCall(list_values(options, entry, n, &values));
  PetscCall(DscOptionsRestoreStrings(*n, &values));
  PetscFunctionReturn(0);
}

/* An entry that gives the key in another way. */
static const DscOptionEntry *find_rival(DscOptions options, const char key[])
{
  for (PetscInt i = 0; i < options->n; i++) {
    const DscOptionEntry *entry = &options->entries[i];

    if (DscOptionIsExperiments(entry->key)) continue;
    if (!strcmp(entry->key + DscOptionPrefix(entry->key), key)) return entry;
  }
  return NULL;
}

PetscErrorCode DscOptionsCheckExperiments(DscOptions options, const DscOptionEntry *entry)
{
  const char           *key   = entry->key + strlen(DSC_EXPERIMENTS_PREFIX);
  const DscOptionEntry *rival = find_rival(options, key), *first = first_of(options);
  PetscInt              n, expected;

  PetscFunctionBeginUser;
  DscOptionsUserCheck(is_of_data(DscOptionsLookup(key)), options, PETSC_COMM_SELF, entry->key,
                      "%s is the same for all experiments; they can differ in the keys of the data, as data_file, "
                      "data_noise, burgers_nu",
                      key);
  DscOptionsUserCheck(!rival, options, PETSC_COMM_SELF, entry->key, "%s is given as well; give one of the two",
                      rival ? rival->key : "");
  PetscCall(count_values(options, entry, &n));
  PetscCall(count_values(options, first, &expected));
  DscOptionsUserCheck(n >= 1 && n <= DSC_MAX_EXPERIMENTS, options, PETSC_COMM_SELF, entry->key,
                      "%" PetscInt_FMT " experiments; 1 to %d are possible", n, DSC_MAX_EXPERIMENTS);
  DscOptionsUserCheck(n == expected, options, PETSC_COMM_SELF, entry->key,
                      "%" PetscInt_FMT " values, but %s has %" PetscInt_FMT "; give one for each experiment", n,
                      first->key, expected);
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptionsGetExperimentCount(DscOptions options, PetscInt *n)
{
  const DscOptionEntry *first = first_of(options);

  PetscFunctionBeginUser;
  *n = 1;
  if (!first) PetscFunctionReturn(0);
  for (PetscInt i = 0; i < options->n; i++) {
    if (DscOptionIsExperiments(options->entries[i].key))
      PetscCall(DscOptionsCheckExperiments(options, &options->entries[i]));
  }
  PetscCall(count_values(options, first, n));
  PetscFunctionReturn(0);
}

/* The value of one experiment, with its place. */
static PetscErrorCode put_value(DscOptions options, const DscOptionEntry *entry, PetscInt experiment, DscOptions copy)
{
  char     place[1280];
  PetscInt n;
  char   **values;

  PetscFunctionBeginUser;
  PetscCall(list_values(options, entry, &n, &values));
  PetscCheck(experiment >= 0 && experiment < n, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "no experiment %" PetscInt_FMT, experiment);
  snprintf(place, sizeof place, "%s, experiment %" PetscInt_FMT, entry->place ? entry->place : "command line",
           experiment + 1);
  PetscCall(
      DscOptionsPut(copy, entry->key + strlen(DSC_EXPERIMENTS_PREFIX), values[experiment], DSC_ORIGIN_CODE, place));
  PetscCall(DscOptionsRestoreStrings(n, &values));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptionsCopyExperiment(DscOptions options, PetscInt experiment, DscOptions *copy)
{
  PetscFunctionBeginUser;
  PetscCall(DscOptionsCreate(copy));
  for (PetscInt i = 0; i < options->n; i++) {
    const DscOptionEntry *entry = &options->entries[i];

    if (DscOptionIsExperiments(entry->key))
      PetscCall(put_value(options, entry, experiment, *copy));
    else
      PetscCall(DscOptionsPut(*copy, entry->key, entry->value, entry->origin, entry->place));
  }
  PetscFunctionReturn(0);
}
