/* -help. */
#include "sys/options_private.h"

static PetscErrorCode print_row(MPI_Comm comm, const DscOptionSpec *spec)
{
  char        allowed[512];
  const char *label = !spec->value ? "required" : *spec->value ? "default " : "no default";

  PetscFunctionBeginUser;
  DscOptionsDescribe(spec, sizeof allowed, allowed);
  PetscCall(PetscPrintf(comm, "  -%s: %s; %s%s\n      %s\n", spec->key, allowed, label, spec->value ? spec->value : "",
                        spec->help));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptionsPrintHelp(MPI_Comm comm)
{
  PetscFunctionBeginUser;
  PetscCall(PetscPrintf(
      comm, "Keys, on the command line as '-data_noise 0.2', in the input file as 'data_noise: 0.2' or\n"
            "'data: {noise: 0.2}'. The command line wins: also a sweep there over the file's value, and the\n"
            "other way round.\n"));
  for (PetscInt g = 0; g < DscOptionsGroupCount(); g++) {
    const DscOptionGroup *group = DscOptionsGroup(g);

    PetscCall(PetscPrintf(comm, "\n%s\n", group->name));
    for (PetscInt i = 0; i < group->n; i++) PetscCall(print_row(comm, &group->specs[i]));
  }
  PetscCall(PetscPrintf(
      comm, "\nsweeps\n"
            "  -sweep_KEY: list of values of KEY, for an integer also FIRST-LAST or FIRST-LAST:STEP, for a real\n"
            "      FIRST-LAST:STEP (0.1-1:0.1); ranges include their ends\n"
            "      one run for each value; several sweeps give all combinations, but for those that -study_zip\n"
            "      joins. Values that are lists themselves are separated by ';': -sweep_KEY '30,30;60,60'\n"
            "\nexperiments\n"
            "  -experiments_KEY: list, as of a sweep, of a value of KEY for each of several data sets that one run\n"
            "      takes together: one equation, coefficients of their own. KEY is a key of the data: data_file,\n"
            "      data_noise, burgers_nu, ...; several lists are of the same length\n"
            "\nPETSc\n"
            "  -log_view, -info, -citations, -malloc_*, -options_*, -on_error_*, -tao_*, -ksp_*, -pc_*, ...\n"
            "      options of PETSc, on the command line only\n"));
  PetscFunctionReturn(0);
}
