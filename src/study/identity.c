#include "study/identity.h"

#include <string.h>

/* They say where results go, how work is shared out, how much memory it may take and when it ends. */
static const char *const ignored[] = {
    "output",      "restart",     "dry_run", "max_walltime",    "checkpoint_interval", "study_ranks_per_run",
    "study_costs", "study_rerun", "help",    "error_traceback", "memory_limit",        "train_memory_limit",
};

PetscErrorCode DscIdentityDiffer(const char now[], const char before[], size_t size, char differing[])
{
  DscOptions a, b;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsFromText(now, &a));
  PetscCall(DscOptionsFromText(before, &b));
  PetscCall(DscOptionsDiffer(a, b, (PetscInt)PETSC_STATIC_ARRAY_LENGTH(ignored), ignored, size, differing));
  PetscCall(DscOptionsDestroy(&a));
  PetscCall(DscOptionsDestroy(&b));
  PetscFunctionReturn(0);
}
