/*
  Positions of particles in a biased random walk: each step of dt is v dt + sqrt(2 D dt) N(0,1). Their density obeys
    u_t = -v u_x + D u_xx,
  exactly, however long the steps: from a sum of Gaussians it is one of Gaussians, of mean x0 + v t and variance sigma^2
  + 2 D t. The defaults are those of G.-J. Both and R. Kusters, Fully differentiable model discovery (2021), section
  4.3; their code has the second peak at 1 and steps of 0.1.
*/
#include "data/generator.h"
#include <math.h>
#include <stdio.h>

typedef struct {
  PetscInt number, steps, npeaks;
  double   dt, D, v;
  double  *x0, *sigma; /* (owned) [npeaks] */
} Walkers;

PetscErrorCode DscDrawWalkersRegisterOptions(void)
{
  static const DscOptionSpec specs[] = {
      {"walkers_number", DSC_INT, "200", 2, 1e9, NULL, "particles, dealt evenly to the peaks"},
      {"walkers_steps", DSC_INT, "50", 1, 1e9, NULL, "steps of each; it is seen before the first and after every one"},
      {"walkers_dt", DSC_REAL, "0.05", 1e-12, 1e6, NULL, "time of a step"},
      {"walkers_d", DSC_REAL, "1.5", 1e-12, 1e6, NULL, "diffusion coefficient"},
      {"walkers_v", DSC_REAL, "0.5", -1e6, 1e6, NULL, "drift velocity"},
      {"walkers_x0", DSC_REALS, "-5,-1", -1e6, 1e6, NULL, "centres of the peaks of the density at t = 0"},
      {"walkers_sigma", DSC_REALS, "1.5,0.5", 1e-6, 1e6, NULL, "their standard deviations"},
  };

  PetscFunctionBeginUser;
  PetscCall(DscOptionsRegister("data generator walkers", PETSC_STATIC_ARRAY_LENGTH(specs), specs));
  PetscFunctionReturn(0);
}

static PetscErrorCode from_options(DscOptions options, Walkers *w)
{
  PetscInt nsigma;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetInt(options, "walkers_number", &w->number));
  PetscCall(DscOptionsGetInt(options, "walkers_steps", &w->steps));
  PetscCall(DscOptionsGetReal(options, "walkers_dt", &w->dt));
  PetscCall(DscOptionsGetReal(options, "walkers_d", &w->D));
  PetscCall(DscOptionsGetReal(options, "walkers_v", &w->v));
  PetscCall(DscOptionsGetReals(options, "walkers_x0", &w->npeaks, &w->x0));
  PetscCall(DscOptionsGetReals(options, "walkers_sigma", &nsigma, &w->sigma));
  DscOptionsUserCheck(w->npeaks > 0, options, PETSC_COMM_SELF, "walkers_x0", "at least one peak is needed");
  DscOptionsUserCheck(nsigma == w->npeaks, options, PETSC_COMM_SELF, "walkers_sigma",
                      "%" PetscInt_FMT " values, but walkers_x0 has %" PetscInt_FMT
                      "; each peak needs its standard deviation",
                      nsigma, w->npeaks);
  DscOptionsUserCheck(w->number >= w->npeaks, options, PETSC_COMM_SELF, "walkers_number",
                      "too few for the %" PetscInt_FMT " peaks of walkers_x0; each needs a walker", w->npeaks);
  PetscFunctionReturn(0);
}

static PetscErrorCode allocate(DscOptions options, const Walkers *w, DscDataSet *data)
{
  const double samples = (double)w->number * ((double)w->steps + 1.);

  PetscFunctionBeginUser;
  DscUserCheck(samples <= (double)PETSC_MAX_INT, PETSC_COMM_SELF,
               "a data set of %.0f samples is more than this build can count; ask for fewer walkers or steps", samples);
  data->ncoordinates = 2;
  data->nfields      = 1;
  PetscCall(DscMemoryCheck(PETSC_COMM_SELF, options, DscDataSetBytes(2, 1, (PetscInt)samples), 0.));
  data->nsamples  = (PetscInt)samples;
  data->positions = PETSC_TRUE;
  data->ntracks   = w->number;
  for (PetscInt c = 0; c < 2; c++) {
    PetscCall(PetscStrncpy(data->coordinate_names[c], DscCoordinateLetters[c], DSC_NAME_LENGTH));
    PetscCall(PetscMalloc1(data->nsamples, &data->coordinates[c]));
  }
  PetscCall(PetscStrncpy(data->field_names[0], "u", DSC_NAME_LENGTH));
  PetscCall(PetscMalloc1(data->nsamples, &data->clean[0]));
  PetscCall(PetscMalloc1(data->nsamples, &data->track));
  PetscFunctionReturn(0);
}

/* Walker i starts from peak i % npeaks, so that the first walkers are the same however many there are. */
static double density(const Walkers *w, double t, double x)
{
  double sum = 0.;

  for (PetscInt k = 0; k < w->npeaks; k++) {
    const PetscInt walkers  = (w->number - k + w->npeaks - 1) / w->npeaks;
    const double   variance = w->sigma[k] * w->sigma[k] + 2. * w->D * t, X = x - w->x0[k] - w->v * t;

    sum += (double)walkers * exp(-X * X / (2. * variance)) / sqrt(2. * PETSC_PI * variance);
  }
  return sum / (double)w->number;
}

/* By t, then particle: frame after frame, each from the one before. */
static void walk(const Walkers *w, uint64_t seed, DscDataSet *data)
{
  const double drift = w->v * w->dt, spread = sqrt(2. * w->D * w->dt);

  for (PetscInt i = 0; i < data->nsamples; i++) {
    const PetscInt frame = i / w->number, particle = i % w->number, peak = particle % w->npeaks;
    const double   normal = DscRandomNormal(seed, DSC_STREAM_WALK, (uint64_t)particle << 32 | (uint64_t)frame);
    double        *t = data->coordinates[0], *x = data->coordinates[1];

    t[i]              = (double)frame * w->dt;
    x[i]              = frame ? x[i - w->number] + drift + spread * normal : w->x0[peak] + w->sigma[peak] * normal;
    data->track[i]    = particle;
    data->clean[0][i] = density(w, t[i], x[i]);
  }
}

PetscErrorCode DscDrawWalkers(DscOptions options, uint64_t seed, DscDataSet *data)
{
  static const char *const terms[] = {"u_x", "u_xx"};
  Walkers                  w       = {0};
  PetscErrorCode           ierr;

  PetscFunctionBeginUser;
  ierr = from_options(options, &w);
  if (!ierr) ierr = allocate(options, &w, data);
  if (!ierr) walk(&w, seed, data);
  PetscCall(PetscFree(w.x0));
  PetscCall(PetscFree(w.sigma));
  PetscCall(ierr);
  PetscCall(DscGeneratorSetTruth(data, PETSC_STATIC_ARRAY_LENGTH(terms), terms, (const double[]){-w.v, w.D}));
  snprintf(data->description, sizeof(data->description),
           "%" PetscInt_FMT " random walkers at %" PetscInt_FMT " times, v = %g, D = %g", w.number, w.steps + 1, w.v,
           w.D);
  PetscFunctionReturn(0);
}
