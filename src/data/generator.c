/*
  The registry of generators, and the grid, axis and truth helpers that they share.
*/
#include "data/generator.h"

const DscGenerator DscGenerators[] = {
    {"kdv", "Korteweg-de Vries, one or two solitons: u_t = -6 u u_x - u_xxx", DscGenerateKdV,
     DscGenerateKdVRegisterOptions, NULL},
    {"burgers", "Burgers, from a delta peak, a cosine or a sawtooth: u_t = nu u_xx - u u_x", DscGenerateBurgers,
     DscGenerateBurgersRegisterOptions, NULL},
    {"ks", "Kuramoto-Sivashinsky, chaotic: u_t = -u u_x - u_xx - u_xxxx", DscGenerateKS, DscGenerateKSRegisterOptions,
     NULL},
    {"diffusion", "diffusion of a Gaussian: u_t = D u_xx", DscGenerateDiffusion, DscGenerateDiffusionRegisterOptions,
     NULL},
    {"advection_diffusion_2d", "a Gaussian carried along in the plane: u_t = -c_x u_x - c_y u_y + D (u_xx + u_yy)",
     DscGenerateAdvectionDiffusion2D, DscGenerateAdvectionDiffusion2DRegisterOptions, NULL},
    {"schroedinger", "nonlinear Schroedinger, breather psi = u + i v: i psi_t = -1/2 psi_xx - |psi|^2 psi",
     DscGenerateSchroedinger, DscGenerateSchroedingerRegisterOptions, NULL},
    {"walkers", "positions of random walkers with a drift, whose density obeys u_t = -v u_x + D u_xx", NULL,
     DscDrawWalkersRegisterOptions, DscDrawWalkers},
    {"lorenz", "Lorenz, chaotic, in time alone: x_t = s (y - x), y_t = r x - y - x z, z_t = x y - b z", NULL,
     DscGenerateLorenzRegisterOptions, DscGenerateLorenz},
    {"planar", "a cubic oscillator, in time alone: u_t = -a u^3 + b v^3, v_t = -b u^3 - a v^3", NULL,
     DscGeneratePlanarRegisterOptions, DscGeneratePlanar},
    {"tanh_planar", "no polynomial, in time alone: u_t = tanh(-a u^3 + b v^3), v_t = tanh(-b u^3 - a v^3)", NULL,
     DscGenerateTanhPlanarRegisterOptions, DscGenerateTanhPlanar},
    {"rational", "ratios, in time alone: u_t = (-a u + b v) / (1 + c u^2), v_t = (-b u - a v) / (1 + c v^2)", NULL,
     DscGenerateRationalRegisterOptions, DscGenerateRational},
    {"damped_sine", "a damped oscillation, in time alone: u_tt = -2 d u_t - (w^2 + d^2) u", NULL,
     DscGenerateDampedSineRegisterOptions, DscGenerateDampedSine},
    {"two_body", "coordinates of two bodies under gravity, in time alone", NULL, DscGenerateTwoBodyRegisterOptions,
     DscGenerateTwoBody},
    {"ten_body", "coordinates of ten bodies under gravity, in time alone, from random starts", NULL,
     DscGenerateTenBodyRegisterOptions, DscGenerateTenBody},
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

PetscErrorCode DscGeneratorRun(const DscGenerator *generator, DscOptions options, uint64_t seed, DscDataSet *data)
{
  PetscFunctionBeginUser;
  if (generator->draw)
    PetscCall(generator->draw(options, seed, data));
  else
    PetscCall(generator->generate(options, data));
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

PetscErrorCode DscGeneratorSetAxes(DscOptions options, DscDataSet *data, PetscInt n, const DscAxis axes[],
                                   PetscInt nfields, const char *const field_names[])
{
  double   samples = 1.;
  PetscInt step    = 1;

  PetscFunctionBeginUser;
  for (PetscInt c = 0; c < n; c++) samples *= (double)axes[c].points;
  DscUserCheck(samples <= (double)PETSC_MAX_INT, PETSC_COMM_SELF,
               "a data set of %.0f samples is more than this build can count; ask for a smaller grid", samples);
  data->ncoordinates = n;
  data->nfields      = nfields;
  PetscCall(DscMemoryCheck(PETSC_COMM_SELF, options, DscDataSetBytes(n, nfields, (PetscInt)samples), 0.));
  data->nsamples = (PetscInt)samples;
  for (PetscInt f = 0; f < nfields; f++) {
    PetscCall(PetscStrncpy(data->field_names[f], field_names[f], DSC_NAME_LENGTH));
    PetscCall(PetscCalloc1(data->nsamples, &data->clean[f]));
  }
  for (PetscInt c = n - 1; c >= 0; c--) {
    data->grid[c] = axes[c].points;
    PetscCall(PetscStrncpy(data->coordinate_names[c], DscCoordinateLetters[c], DSC_NAME_LENGTH));
    PetscCall(PetscMalloc1(data->nsamples, &data->coordinates[c]));
    for (PetscInt i = 0; i < data->nsamples; i++)
      data->coordinates[c][i] = DscAxisValue(&axes[c], i / step % axes[c].points);
    step *= axes[c].points;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscGeneratorSetGrid(DscOptions options, DscDataSet *data, const DscAxis *t, const DscAxis *x)
{
  PetscFunctionBeginUser;
  PetscCall(DscGeneratorSetAxes(options, data, 2, (const DscAxis[]){*t, *x}, 1, (const char *const[]){"u"}));
  PetscFunctionReturn(0);
}

PetscErrorCode DscGeneratorSetTruth(DscDataSet *data, PetscInt n, const char *const terms[], const double values[])
{
  PetscFunctionBeginUser;
  data->ntruth = n;
  PetscCall(PetscMalloc1(n, &data->truth_terms));
  PetscCall(PetscMalloc1((size_t)(data->nfields * n), &data->truth_values));
  for (PetscInt i = 0; i < n; i++) PetscCall(PetscStrncpy(data->truth_terms[i], terms[i], DSC_NAME_LENGTH));
  PetscCall(PetscArraycpy(data->truth_values, values, (size_t)(data->nfields * n)));
  PetscFunctionReturn(0);
}
