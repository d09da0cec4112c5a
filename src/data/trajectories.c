/*
  Trajectories of systems of ordinary differential equations.
*/
#include "data/trajectories.h"

#include <petscts.h>
#include <stdio.h>
#include <string.h>

/* Of a step, absolute and relative. With 1e-12, planar is wrong by 1e-9 at t = 5; so it is by 1e-12, in twice the
   steps. */
#define TOLERANCE 1e-15
#define LARGEST   1e30                             /* a component beyond is lost; its powers still are numbers */
enum { MAX_STEPS = 100000, MAX_REJECTIONS = 100 }; /* from one time to the next; of one step */

/* ---- one trajectory ------------------------------------------------------------------------------------------- */

static PetscErrorCode right_hand_side(TS ts, PetscReal t, Vec u, Vec f, void *context)
{
  const DscTrajectories *what = (const DscTrajectories *)context;
  const PetscScalar     *in;
  PetscScalar           *out;

  PetscFunctionBeginUser;
  (void)ts;
  (void)t;
  PetscCall(VecGetArrayRead(u, &in));
  PetscCall(VecGetArrayWrite(f, &out));
  what->rhs(what->context, in, out);
  PetscCall(VecRestoreArrayWrite(f, &out));
  PetscCall(VecRestoreArrayRead(u, &in));
  PetscFunctionReturn(0);
}

static PetscBool is_within(PetscInt n, const double u[])
{
  for (PetscInt i = 0; i < n; i++) {
    if (!(fabs(u[i]) <= LARGEST)) return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

/* A stage that has left all bounds, or whose right-hand side is no number, makes the step shorter. */
static PetscErrorCode is_in_domain(TS ts, PetscReal t, Vec u, PetscBool *accept)
{
  const DscTrajectories *what;
  const PetscScalar     *in;
  double                 f[DSC_MAX_STATE];

  PetscFunctionBeginUser;
  (void)t;
  PetscCall(TSGetApplicationContext(ts, (void *)&what));
  PetscCall(VecGetArrayRead(u, &in));
  *accept = is_within(what->nstate, in);
  if (*accept) {
    what->rhs(what->context, in, f);
    *accept = is_within(what->nstate, f);
  }
  PetscCall(VecRestoreArrayRead(u, &in));
  PetscFunctionReturn(0);
}

/* An empty database of their own keeps ts and all that it makes from the user's options. */
static PetscErrorCode create_ts(const DscTrajectories *what, PetscOptions none, Vec u, TS *ts)
{
  TSAdapt adapt;

  PetscFunctionBeginUser;
  PetscCall(TSCreate(PETSC_COMM_SELF, ts));
  PetscCall(PetscObjectSetOptions((PetscObject)*ts, none));
  PetscCall(PetscObjectSetOptions((PetscObject)u, none));
  PetscCall(TSSetProblemType(*ts, TS_NONLINEAR));
  PetscCall(TSSetApplicationContext(*ts, (void *)(uintptr_t)what));
  PetscCall(TSSetRHSFunction(*ts, NULL, right_hand_side, (void *)(uintptr_t)what));
  PetscCall(TSSetFunctionDomainError(*ts, is_in_domain));
  PetscCall(TSSetType(*ts, TSRK));
  PetscCall(TSRKSetType(*ts, TSRK8VR));
  PetscCall(TSGetAdapt(*ts, &adapt));
  PetscCall(PetscObjectSetOptions((PetscObject)adapt, none));
  PetscCall(TSAdaptSetType(adapt, TSADAPTBASIC));
  PetscCall(TSSetTolerances(*ts, TOLERANCE, NULL, TOLERANCE, NULL));
  PetscCall(TSSetExactFinalTime(*ts, TS_EXACTFINALTIME_MATCHSTEP));
  PetscCall(TSSetMaxSteps(*ts, MAX_STEPS));
  PetscCall(TSSetMaxStepRejections(*ts, MAX_REJECTIONS));
  PetscCall(TSSetErrorIfStepFails(*ts, PETSC_FALSE));
  PetscCall(TSSetSolution(*ts, u));
  PetscFunctionReturn(0);
}

/* From time begin to end, with a first step of at most *h, which becomes what is advised for the next one. */
static PetscErrorCode advance(TS ts, Vec u, double begin, double end, double *h, PetscBool *arrived)
{
  TSConvergedReason reason;
  PetscReal         t, step;

  PetscFunctionBeginUser;
  PetscCall(TSSetTime(ts, begin));
  PetscCall(TSSetMaxTime(ts, end));
  PetscCall(TSSetTimeStep(ts, PetscMin(*h, end - begin)));
  PetscCall(TSSetStepNumber(ts, 0));
  PetscCall(TSSetConvergedReason(ts, TS_CONVERGED_ITERATING));
  PetscCall(TSSolve(ts, u));
  PetscCall(TSGetConvergedReason(ts, &reason));
  PetscCall(TSGetTime(ts, &t));
  PetscCall(TSGetTimeStep(ts, &step));
  *h       = step;
  *arrived = reason == TS_CONVERGED_TIME ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}

/* A first step that changes the state little. A step that is rejected is undone by subtraction: of a wild one the
   rounding stays. */
static double first_step(const DscTrajectories *what, const double u[], double longest)
{
  double f[DSC_MAX_STATE], size = 1e-3, rate = 0.;

  what->rhs(what->context, u, f);
  for (PetscInt i = 0; i < what->nstate; i++) {
    size = fmax(size, fabs(u[i]));
    rate = fmax(rate, fabs(f[i]));
  }
  return rate * longest > .01 * size ? .01 * size / rate : longest;
}

static PetscErrorCode follow(const DscTrajectories *what, TS ts, Vec u, double h, PetscInt ntimes, const double times[],
                             double states[], PetscInt *reached)
{
  const size_t n = (size_t)what->nstate;
  double       t = 0.;
  PetscScalar *values;

  PetscFunctionBeginUser;
  for (*reached = 0; *reached < ntimes; (*reached)++) {
    PetscBool arrived = PETSC_TRUE;

    if (times[*reached] > t) PetscCall(advance(ts, u, t, times[*reached], &h, &arrived));
    if (!arrived) break;
    t = times[*reached];
    PetscCall(VecGetArray(u, &values));
    PetscCall(PetscArraycpy(states + n * (size_t)*reached, values, n));
    PetscCall(VecRestoreArray(u, &values));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscTrajectorySolve(const DscTrajectories *what, const double start[], PetscInt ntimes,
                                  const double times[], double states[], PetscInt *reached)
{
  PetscOptions none;
  TS           ts;
  Vec          u;
  PetscScalar *values;
  PetscBool    fits;

  PetscFunctionBeginUser;
  PetscCheck(what->nstate <= DSC_MAX_STATE, PETSC_COMM_SELF, PETSC_ERR_PLIB, "%s: too large a state", what->name);
  PetscCall(PetscOptionsCreate(&none));
  PetscCall(VecCreateSeq(PETSC_COMM_SELF, what->nstate, &u));
  PetscCall(VecGetArray(u, &values));
  PetscCall(PetscArraycpy(values, start, what->nstate));
  PetscCall(VecRestoreArray(u, &values));
  PetscCall(create_ts(what, none, u, &ts));
  PetscCall(is_in_domain(ts, 0., u, &fits));
  *reached = 0;
  if (fits) PetscCall(follow(what, ts, u, first_step(what, start, times[ntimes - 1]), ntimes, times, states, reached));
  PetscCall(TSDestroy(&ts));
  PetscCall(VecDestroy(&u));
  PetscCall(PetscOptionsDestroy(&none));
  PetscFunctionReturn(0);
}

/* ---- starts --------------------------------------------------------------------------------------------------- */

/* NAME_trajectories and the like. */
static const char *key_of(const DscTrajectories *what, const char key[], char text[DSC_NAME_LENGTH])
{
  snprintf(text, DSC_NAME_LENGTH, "%s_%s", what->name, key);
  return text;
}

static PetscErrorCode get_start(const DscTrajectories *what, DscOptions options, double centre[], double spread[])
{
  PetscInt n;
  double  *given, width;
  char     key[DSC_NAME_LENGTH];

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(centre, what->nstate));
  if (what->draw) {
    PetscCall(PetscArraycpy(spread, what->draw, what->nstate));
    PetscFunctionReturn(0);
  }
  PetscCall(DscOptionsGetReal(options, key_of(what, "spread", key), &width));
  for (PetscInt i = 0; i < what->nstate; i++) spread[i] = width;
  PetscCall(DscOptionsGetReals(options, key_of(what, "start", key), &n, &given));
  PetscCall(PetscArraycpy(centre, given, PetscMin(n, what->nstate)));
  PetscCall(PetscFree(given));
  DscOptionsUserCheck(n == what->nstate, options, PETSC_COMM_SELF, key,
                      "%" PetscInt_FMT " numbers; %" PetscInt_FMT " are needed, %s", n, what->nstate,
                      what->state_names);
  PetscFunctionReturn(0);
}

static void draw_start(const DscTrajectories *what, uint64_t seed, PetscInt trajectory, const double centre[],
                       const double spread[], double start[])
{
  const PetscBool drawn = trajectory || what->draw ? PETSC_TRUE : PETSC_FALSE;

  for (PetscInt i = 0; i < what->nstate; i++) {
    const double uniform = DscRandomUniform(seed, DSC_STREAM_START, (uint64_t)trajectory << 32 | (uint64_t)i);

    start[i] = centre[i] + (drawn ? spread[i] * (2. * uniform - 1.) : 0.);
  }
}

/* ---- data sets ------------------------------------------------------------------------------------------------ */

/* n trajectories, each at the times of the axis; one is a grid. */
static PetscErrorCode allocate(const DscTrajectories *what, DscOptions options, PetscInt n, const DscAxis *t,
                               DscDataSet *data)
{
  const double samples = (double)n * (double)t->points;

  PetscFunctionBeginUser;
  DscUserCheck(samples <= (double)PETSC_MAX_INT, PETSC_COMM_SELF,
               "a data set of %.0f samples is more than this build can count; ask for fewer trajectories or times",
               samples);
  PetscCall(DscMemoryCheck(PETSC_COMM_SELF, options, DscDataSetBytes(1, what->nfields, (PetscInt)samples), 0.));
  if (n == 1) {
    PetscCall(DscGeneratorSetAxes(options, data, 1, t, what->nfields, what->field_names));
    PetscFunctionReturn(0);
  }
  data->ncoordinates = 1;
  data->nfields      = what->nfields;
  data->nsamples     = (PetscInt)samples;
  data->ntracks      = n;
  PetscCall(PetscStrncpy(data->coordinate_names[0], DscCoordinateLetters[0], DSC_NAME_LENGTH));
  PetscCall(PetscMalloc1(data->nsamples, &data->coordinates[0]));
  PetscCall(PetscMalloc1(data->nsamples, &data->track));
  for (PetscInt f = 0; f < what->nfields; f++) {
    PetscCall(PetscStrncpy(data->field_names[f], what->field_names[f], DSC_NAME_LENGTH));
    PetscCall(PetscMalloc1(data->nsamples, &data->clean[f]));
  }
  for (PetscInt i = 0; i < data->nsamples; i++) {
    data->coordinates[0][i] = DscAxisValue(t, i % t->points);
    data->track[i]          = i / t->points;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode fill(const DscTrajectories *what, DscOptions options, uint64_t seed, PetscInt ntimes,
                           DscDataSet *data, double states[])
{
  const double *times = data->coordinates[0];
  double        centre[DSC_MAX_STATE], spread[DSC_MAX_STATE], start[DSC_MAX_STATE];
  char          key[DSC_NAME_LENGTH];

  PetscFunctionBeginUser;
  PetscCall(get_start(what, options, centre, spread));
  for (PetscInt first = 0; first < data->nsamples; first += ntimes) {
    const PetscInt trajectory = first / ntimes;
    PetscInt       reached;

    draw_start(what, seed, trajectory, centre, spread, start);
    PetscCall((what->solve ? what->solve : DscTrajectorySolve)(what, start, ntimes, times, states, &reached));
    DscOptionsUserCheck(reached == ntimes, options, PETSC_COMM_SELF, key_of(what, "t_max", key),
                        "the solution of trajectory %" PetscInt_FMT
                        " (from 0) grows beyond all bounds, or cannot be followed, before t = %g; shorten the time or "
                        "start elsewhere",
                        trajectory, times[PetscMin(reached, ntimes - 1)]);
    for (PetscInt i = 0; i < ntimes; i++) {
      for (PetscInt f = 0; f < data->nfields; f++) data->clean[f][first + i] = states[i * what->nstate + f];
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscTrajectoriesGenerate(const DscTrajectories *what, DscOptions options, uint64_t seed, DscDataSet *data)
{
  DscAxis        t;
  PetscInt       n;
  double        *states;
  char           key[DSC_NAME_LENGTH];
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetInt(options, key_of(what, "trajectories", key), &n));
  PetscCall(DscAxisFromOptions(options, what->name, "t", &t));
  PetscCall(allocate(what, options, n, &t, data));
  PetscCall(PetscMalloc1((size_t)t.points * (size_t)what->nstate, &states));
  ierr = fill(what, options, seed, t.points, data, states);
  PetscCall(PetscFree(states));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

void DscTrajectoriesDescribe(DscDataSet *data)
{
  const size_t used = strlen(data->description);

  if (data->ntracks)
    snprintf(data->description + used, sizeof(data->description) - used, ", %" PetscInt_FMT " trajectories",
             data->ntracks);
}
