/*
  The registry of generators, and the grid, axis and truth helpers that they share.
*/
#include "data/generator.h"

const DscGenerator DscGenerators[] = {
    {"kdv", "Korteweg-de Vries, one or two solitons: u_t = -6 u u_x - u_xxx", DscGenerateKdV,
     DscGenerateKdVRegisterOptions},
    {"burgers", "Burgers, from a delta peak: u_t = nu u_xx - u u_x", DscGenerateBurgers,
     DscGenerateBurgersRegisterOptions},
    {"ks", "Kuramoto-Sivashinsky, chaotic: u_t = -u u_x - u_xx - u_xxxx", DscGenerateKS, DscGenerateKSRegisterOptions},
};
const PetscInt DscGeneratorCount = PETSC_STATIC_ARRAY_LENGTH(DscGenerators);

PetscErrorCode DscGeneratorList(PetscInt *n, const char *const **names, const char *const **help)
{
  static const char *all_names[PETSC_STATIC_ARRAY_LENGTH(DscGenerators)];
  static const char *all_help[PETSC_STATIC_ARRAY_LENGTH(DscGenerators)];

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < DscGeneratorCount; i++) {
    all_names[i] = DscGenerators[i].name;
    all_help[i]  = DscGenerators[i].help;
  }
  *n     = DscGeneratorCount;
  *names = all_names;
  *help  = all_help;
  PetscFunctionReturn(0);
}

PetscErrorCode DscGeneratorFind(const char name[], const DscGenerator **generator)
{
  PetscFunctionBeginUser;
  *generator = NULL;
  for (PetscInt i = 0; i < DscGeneratorCount; i++) {
    PetscBool same;

    PetscCall(PetscStrcmp(name, DscGenerators[i].name, &same));
    if (same) *generator = &DscGenerators[i];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscGeneratorRegisterOptions(void)
{
  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < DscGeneratorCount; i++) PetscCall(DscGenerators[i].register_options());
  PetscFunctionReturn(0);
}

PetscErrorCode DscAxisFromOptions(DscOptions options, const char name[], const char axis[], DscAxis *a)
{
  char min_key[DSC_NAME_LENGTH], max_key[DSC_NAME_LENGTH], points_key[DSC_NAME_LENGTH];

  PetscFunctionBeginUser;
  PetscCall(PetscSNPrintf(min_key, sizeof(min_key), "%s_%s_min", name, axis));
  PetscCall(PetscSNPrintf(max_key, sizeof(max_key), "%s_%s_max", name, axis));
  PetscCall(PetscSNPrintf(points_key, sizeof(points_key), "%s_%s_points", name, axis));
  PetscCall(DscOptionsGetReal(options, min_key, &a->min));
  PetscCall(DscOptionsGetReal(options, max_key, &a->max));
  PetscCall(DscOptionsGetInt(options, points_key, &a->points));
  DscOptionsUserCheck(a->max > a->min, options, PETSC_COMM_SELF, max_key, "must be larger than %s, which is %g",
                      min_key, a->min);
  PetscFunctionReturn(0);
}

double DscAxisValue(const DscAxis *a, PetscInt i)
{
  return i == a->points - 1 ? a->max : a->min + (double)i * ((a->max - a->min) / (double)(a->points - 1));
}

PetscErrorCode DscGeneratorSetGrid(DscOptions options, DscDataSet *data, const DscAxis *t, const DscAxis *x)
{
  PetscFunctionBeginUser;
  DscUserCheck(t->points <= PETSC_MAX_INT / x->points, PETSC_COMM_SELF,
               "a data set of %" PetscInt_FMT " times by %" PetscInt_FMT
               " points has more samples than this build can count; ask for a smaller grid",
               t->points, x->points);
  data->ncoordinates = 2;
  data->nfields      = 1;
  PetscCall(DscMemoryCheck(PETSC_COMM_SELF, options, DscDataSetBytes(2, 1, t->points * x->points), 0.));
  data->nsamples = t->points * x->points;
  data->grid[0]  = t->points;
  data->grid[1]  = x->points;
  PetscCall(PetscStrncpy(data->coordinate_names[0], "t", DSC_NAME_LENGTH));
  PetscCall(PetscStrncpy(data->coordinate_names[1], "x", DSC_NAME_LENGTH));
  PetscCall(PetscStrncpy(data->field_names[0], "u", DSC_NAME_LENGTH));
  PetscCall(PetscMalloc1(data->nsamples, &data->coordinates[0]));
  PetscCall(PetscMalloc1(data->nsamples, &data->coordinates[1]));
  PetscCall(PetscCalloc1(data->nsamples, &data->clean[0]));
  for (PetscInt i = 0; i < t->points; i++) {
    for (PetscInt j = 0; j < x->points; j++) {
      data->coordinates[0][i * x->points + j] = DscAxisValue(t, i);
      data->coordinates[1][i * x->points + j] = DscAxisValue(x, j);
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscGeneratorSetTruth(DscDataSet *data, PetscInt n, const char *const terms[], const double values[])
{
  PetscFunctionBeginUser;
  data->ntruth = n;
  PetscCall(PetscMalloc1(n, &data->truth_terms));
  PetscCall(PetscMalloc1(n, &data->truth_values));
  for (PetscInt i = 0; i < n; i++) PetscCall(PetscStrncpy(data->truth_terms[i], terms[i], DSC_NAME_LENGTH));
  PetscCall(PetscArraycpy(data->truth_values, values, n));
  PetscFunctionReturn(0);
}
