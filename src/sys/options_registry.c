/* The tables of all folders: look-up, nearest key, help. */
#include "sys/options_private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_GROUPS = 64, MAX_KEY = 64 };

static DscOptionGroup groups[MAX_GROUPS];
static PetscInt       ngroups;

PetscInt DscOptionsGroupCount(void)
{
  return ngroups;
}

const DscOptionGroup *DscOptionsGroup(PetscInt g)
{
  return &groups[g];
}

const DscOptionSpec *DscOptionsLookup(const char key[])
{
  for (PetscInt g = 0; g < ngroups; g++)
    for (PetscInt i = 0; i < groups[g].n; i++)
      if (!strcmp(groups[g].specs[i].key, key)) return &groups[g].specs[i];
  return NULL;
}

PetscErrorCode DscOptionsGetSpec(const char key[], const DscOptionSpec **spec)
{
  PetscFunctionBeginUser;
  *spec = DscOptionsLookup(key);
  PetscFunctionReturn(0);
}

static PetscBool is_well_formed(const char key[])
{
  size_t length = strlen(key);

  if (length == 0 || length >= MAX_KEY || !islower((unsigned char)key[0])) return PETSC_FALSE;
  return strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_") == length ? PETSC_TRUE : PETSC_FALSE;
}

PetscErrorCode DscOptionsRegister(const char group[], PetscInt n, const DscOptionSpec specs[])
{
  PetscFunctionBeginUser;
  for (PetscInt g = 0; g < ngroups; g++)
    if (groups[g].specs == specs) PetscFunctionReturn(0); /* a folder may be initialised twice */
  PetscCheck(ngroups < MAX_GROUPS, PETSC_COMM_SELF, PETSC_ERR_PLIB, "more than %d groups of options", MAX_GROUPS);
  for (PetscInt i = 0; i < n; i++) {
    PetscBool    fits      = PETSC_TRUE;
    DscComplaint complaint = {""};

    PetscCheck(is_well_formed(specs[i].key) && !DscOptionPrefix(specs[i].key), PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG,
               "option '%s' of group %s: malformed key", specs[i].key, group);
    PetscCheck(!DscOptionIsPetsc(specs[i].key), PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG,
               "option %s of group %s: the name belongs to PETSc (options_arguments.c)", specs[i].key, group);
    PetscCheck(!DscOptionsLookup(specs[i].key), PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG,
               "option %s of group %s is registered already", specs[i].key, group);
    PetscCheck(specs[i].type != DSC_CHOICE || specs[i].choices, PETSC_COMM_SELF, PETSC_ERR_ARG_NULL,
               "option %s of group %s has no choices", specs[i].key, group);
    if (specs[i].value) PetscCall(DscOptionsValueFits(&specs[i], specs[i].value, &fits, &complaint));
    PetscCheck(fits, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG, "option %s of group %s: default '%s': %s", specs[i].key,
               group, specs[i].value, complaint.text);
  }
  groups[ngroups++] = (DscOptionGroup){group, n, specs};
  PetscFunctionReturn(0);
}

/* Edits from a to b: insertions, deletions, substitutions, and swaps of neighbours (optimal string alignment). */
static int edit_distance(const char a[], const char b[])
{
  int m = (int)strlen(a), n = (int)strlen(b), d[MAX_KEY + 1][MAX_KEY + 1];

  if (m >= MAX_KEY || n >= MAX_KEY) return MAX_KEY;
  for (int i = 0; i <= m; i++) d[i][0] = i;
  for (int j = 0; j <= n; j++) d[0][j] = j;
  for (int i = 1; i <= m; i++)
    for (int j = 1; j <= n; j++) {
      d[i][j] = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
      d[i][j] = PetscMin(d[i][j], PetscMin(d[i - 1][j], d[i][j - 1]) + 1);
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = PetscMin(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[m][n];
}

/* Names further away than this are no help. */
static int furthest(const char word[])
{
  return PetscMax(2, (int)strlen(word) / 3);
}

const char *DscNearestName(const char word[], PetscInt n, const char *const names[])
{
  const char *nearest = NULL;
  int         best    = furthest(word) + 1;

  for (PetscInt i = 0; i < n; i++) {
    int distance = edit_distance(word, names[i]);

    if (distance >= best) continue;
    best    = distance;
    nearest = names[i];
  }
  return nearest;
}

const char *DscOptionsNearestKey(const char key[])
{
  const char *nearest = NULL;
  int         best    = furthest(key) + 1;

  for (PetscInt g = 0; g < ngroups; g++)
    for (PetscInt i = 0; i < groups[g].n; i++) {
      int distance = edit_distance(key, groups[g].specs[i].key);

      if (distance >= best) continue;
      best    = distance;
      nearest = groups[g].specs[i].key;
    }
  return nearest;
}
