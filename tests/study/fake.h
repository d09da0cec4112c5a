/*
  A stand-in for a method: quick, and every number of its result known from the run's keys alone.
*/
#ifndef TESTS_STUDY_FAKE_H
#define TESTS_STUDY_FAKE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "study/study.h"

#define FAKE_MAX_TERMS 4

/* fake_terms cuts the library; fake_fail and fake_refuse name seeds that fail inside and by a user's mistake. */
static const DscOptionSpec fake_specs[] = {
    {"seed", DSC_INT, "0", 0, 1e9, NULL, "of the run"},
    {"data_noise", DSC_REAL, "0", 0, 10, NULL, "relative noise"},
    {"data_file", DSC_STRING, NULL, 0, 0, NULL, "not read"},
    {"fake_terms", DSC_INT, "3", 1, FAKE_MAX_TERMS, NULL, "library size"},
    {"fake_kind", DSC_CHOICE, "short", 0, 0, "short|a_long_choice", "nothing"},
    {"fake_flag", DSC_BOOL, "false", 0, 0, NULL, "nothing"},
    {"fake_fail", DSC_INT, "-1", -1, 1e9, NULL, "seed that fails"},
    {"fake_refuse", DSC_INT, "-1", -1, 1e9, NULL, "seed that is refused"},
    {"fake_steps", DSC_INT, "0", 0, 1e9, NULL, "iterations, each of which changes the mse"},
    {"fake_step_time", DSC_REAL, "0", 0, 1e9, NULL, "seconds an iteration takes"},
};

static PetscInt  fake_planned, fake_executed; /* calls on this rank */
static PetscInt  fake_begun;                  /* iterations from which the last run on this rank went on */
static PetscBool fake_refused;                /* every run is a user's mistake */
static PetscBool fake_memory_full;            /* the next run on this rank finds none */
static PetscInt  fake_failed;                 /* runs of this rank that were told to fail */
static PetscInt  fake_signalled = -1; /* from this seed on, rank 0 of a run gets fake_signals signals half-way */
static int       fake_signals   = 1;

static const char *const fake_names[FAKE_MAX_TERMS] = {"u_x", "u u_x", "u_xxx", "u^2 u_x"};
/* Not the order of every library: runs with 4 terms begin with the fourth. */
static inline const char *fake_term(PetscInt nterms, PetscInt t)
{
  return nterms < 4 ? fake_names[t] : fake_names[(t + 3) % 4];
}

static inline double fake_truth(const char term[])
{
  return !strcmp(term, "u u_x") ? -6 : !strcmp(term, "u_xxx") ? -1 : 0;
}

static inline int fake_active(const char term[], PetscInt seed)
{
  return fake_truth(term) != 0 || (seed % 3 == 2 && !strcmp(term, "u_x"));
}

static inline double fake_coefficient(const char term[], PetscInt seed, double noise)
{
  return fake_active(term, seed) ? fake_truth(term) + .01 * (double)(seed + 1) + noise : 0;
}

static inline int fake_exact(PetscInt nterms, PetscInt seed)
{
  return nterms >= 3 && seed % 3 != 2;
}

static inline DscRunStatus fake_status(PetscInt seed)
{
  return seed % 4 == 3 ? DSC_RUN_NOT_CONVERGED : DSC_RUN_DONE;
}

static inline PetscInt fake_history_rows(PetscInt seed)
{
  return (seed * 7) % 5;
}

static PetscErrorCode fake_fill(DscResult *r, PetscInt seed, double noise, PetscInt nterms)
{
  PetscFunctionBeginUser;
  r->status     = fake_status(seed);
  r->seconds    = 1 + (double)seed;
  r->iterations = 100 * seed;
  r->nleft      = 1;
  r->nterms     = nterms;
  PetscCall(PetscCalloc2(r->nleft, &r->left, nterms, &r->terms));
  PetscCall(PetscCalloc7(nterms, &r->coefficients, nterms, &r->std, nterms, &r->normalized, nterms, &r->alpha, nterms,
                         &r->inclusion, nterms, &r->truth, nterms, &r->active));
  strcpy(r->left[0], "u_t");
  for (PetscInt t = 0; t < nterms; t++) {
    strcpy(r->terms[t], fake_term(nterms, t));
    r->coefficients[t] = fake_coefficient(r->terms[t], seed, noise);
    r->std[t]          = r->coefficients[t] != 0 ? .01 : 0;
    r->normalized[t]   = r->coefficients[t] / 2;
    r->alpha[t]        = 3;
    r->truth[t]        = fake_truth(r->terms[t]);
    r->active[t]       = fake_active(r->terms[t], seed);
    r->inclusion[t]    = r->active[t] ? 1 : .125;
  }
  r->mse               = noise * noise;
  r->bic               = -(double)seed;
  r->exact             = fake_exact(nterms, seed);
  r->coefficient_error = .5 + noise;
  PetscFunctionReturn(0);
}

/* Runs with four terms have a third column. */
static PetscErrorCode fake_write_history(DscResult *r, PetscInt seed, PetscInt nterms)
{
  static const char names[3][DSC_NAME_LENGTH] = {"iteration", "loss", "alpha/u_x"};
  double            row[3];

  PetscFunctionBeginUser;
  PetscCall(DscTableSetColumns(&r->history, nterms == 4 ? 3 : 2, names));
  for (PetscInt i = 0; i < fake_history_rows(seed); i++) {
    for (PetscInt c = 0; c < 3; c++) row[c] = (double)(1000 * seed + 10 * i + c);
    PetscCall(DscTableAddRow(&r->history, row));
  }
  PetscFunctionReturn(0);
}

/* The candidates of a run: row k has the terms of fake_order before the k-th; so the true set has 2 terms, and a third one
   is found by seeds 2, 5, ... */
enum { FAKE_CANDIDATES = 4 };
static const char *const fake_order[FAKE_CANDIDATES - 1] = {"u_xxx", "u u_x", "u_x"};

static inline double fake_error(PetscInt terms, PetscInt seed)
{
  return terms == 0 ? 1 : terms == 1 ? .25 : (terms == 2 ? .01 : .009) * (1 + .1 * (double)seed);
}

/* The third term is 3 worse, but 5 better where it is found. */
static inline double fake_score(PetscInt terms, PetscInt seed)
{
  return terms == 0   ? 1000
         : terms == 1 ? 500
         : terms == 2 ? 10 + (double)seed
                      : 10 + (double)seed + (seed % 3 == 2 ? -5 : 3);
}

static PetscErrorCode fake_write_selection(DscResult *r, PetscInt seed)
{
  char   names[3 + FAKE_MAX_TERMS][DSC_NAME_LENGTH] = {"terms", "error", "score"};
  double row[3 + FAKE_MAX_TERMS]                    = {0};

  PetscFunctionBeginUser;
  for (PetscInt t = 0; t < r->nterms; t++) snprintf(names[3 + t], DSC_NAME_LENGTH, "active/u_t/%s", r->terms[t]);
  PetscCall(DscTableSetColumns(&r->selection, 3 + r->nterms, (const char(*)[DSC_NAME_LENGTH])names));
  for (PetscInt terms = 0; terms < FAKE_CANDIDATES && terms <= r->nterms; terms++) {
    for (PetscInt t = 0; t < r->nterms && terms; t++)
      if (!strcmp(r->terms[t], fake_order[terms - 1])) row[3 + t] = 1;
    row[0] = (double)terms;
    row[1] = fake_error(terms, seed);
    row[2] = fake_score(terms, seed);
    PetscCall(DscTableAddRow(&r->selection, row));
  }
  PetscFunctionReturn(0);
}

/* Depends on every step before it. */
static inline double fake_step(double x, PetscInt seed, PetscInt iteration)
{
  return 3.7 * x * (1 - x) + 1e-3 * DscRandomUniform((uint64_t)seed, DSC_STREAM_TEST, (uint64_t)iteration);
}

static PetscErrorCode fake_save(const DscRunControl *control, PetscInt iteration, double x)
{
  DscBuffer state;

  PetscFunctionBeginUser;
  PetscCall(DscBufferCreate(&state));
  PetscCall(DscBufferPutInts(state, "iteration", 1, &iteration));
  PetscCall(DscBufferPutReals(state, "x", 1, &x));
  PetscCall(control->save(control->context, iteration, state));
  PetscCall(DscBufferDestroy(&state));
  PetscFunctionReturn(0);
}

/* All ranks of the run act alike: stop if one wishes to, save if rank 0 does. And as every method does, they enter MPI
   (DESIGN 4), which the collectives of a single rank do not. */
static PetscErrorCode fake_poll(MPI_Comm comm, const DscRunControl *control, PetscBool *stop, PetscBool *save)
{
  int arrived;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, comm, &arrived, MPI_STATUS_IGNORE));
  PetscCall(control->poll(control->context, stop, save));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, stop, 1, MPIU_BOOL, MPI_LOR, comm));
  PetscCallMPI(MPI_Bcast(save, 1, MPIU_BOOL, 0, comm));
  PetscFunctionReturn(0);
}

static PetscErrorCode fake_iterate(MPI_Comm comm, DscOptions options, PetscInt seed, const DscRunControl *control,
                                   DscResult *result)
{
  PetscInt    steps, iteration = 0;
  PetscMPIInt rank;
  double      x = 0.3, wait;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(DscOptionsGetInt(options, "fake_steps", &steps));
  PetscCall(DscOptionsGetReal(options, "fake_step_time", &wait));
  if (control->restart) {
    PetscCall(DscBufferGetInts(control->restart, "iteration", 1, &iteration));
    PetscCall(DscBufferGetReals(control->restart, "x", 1, &x));
  }
  fake_begun = iteration;
  for (; iteration < steps; iteration++) {
    PetscBool stop = PETSC_FALSE, save = PETSC_FALSE;

    if (fake_signalled >= 0 && seed >= fake_signalled && iteration == steps / 2 && !rank) {
      for (int i = 0; i < fake_signals; i++) (void)raise(SIGUSR1);
    }
    PetscCall(fake_poll(comm, control, &stop, &save));
    if ((stop || save) && !rank) PetscCall(fake_save(control, iteration, x));
    if (stop) {
      result->status     = DSC_RUN_STOPPED;
      result->iterations = iteration;
      snprintf(result->reason, sizeof(result->reason), "stopped at iteration %d", (int)iteration);
      break;
    }
    x = fake_step(x, seed, iteration);
    if (wait > 0) usleep((useconds_t)(1e6 * wait));
  }
  if (steps) result->mse = x;
  PetscFunctionReturn(0);
}

static PetscErrorCode fake_run(MPI_Comm comm, DscOptions options, const DscRunControl *control, PetscBool progress,
                               DscResult *result)
{
  const PetscBool memory_full = fake_memory_full;
  PetscInt        seed, nterms, fail, refuse;
  PetscMPIInt     rank, ranks;
  double          noise;

  (void)progress;
  PetscFunctionBeginUser;
  fake_executed++;
  fake_memory_full = PETSC_FALSE;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(DscOptionsGetInt(options, "seed", &seed));
  PetscCall(DscOptionsGetInt(options, "fake_terms", &nterms));
  PetscCall(DscOptionsGetInt(options, "fake_fail", &fail));
  PetscCall(DscOptionsGetInt(options, "fake_refuse", &refuse));
  PetscCall(DscOptionsGetReal(options, "data_noise", &noise));
  PetscCall(fake_fill(result, seed, noise, nterms)); /* a failing run leaves something half-done */
  fake_failed += seed == fail;
  PetscCheck(seed != fail || rank != ranks - 1, PETSC_COMM_SELF, PETSC_ERR_FP, "loss is not finite at iteration 7");
  PetscCheck(!memory_full, PETSC_COMM_SELF, PETSC_ERR_MEM, "Memory requested 1");
  DscUserCheck(seed != refuse && !fake_refused, comm, "seed %d is not wanted", (int)seed);
  PetscCall(fake_iterate(comm, options, seed, control, result));
  PetscCall(fake_write_history(result, seed, nterms));
  PetscCall(fake_write_selection(result, seed));
  PetscFunctionReturn(0);
}

static PetscErrorCode fake_plan(MPI_Comm comm, DscOptions options)
{
  (void)comm;
  (void)options;
  PetscFunctionBeginUser;
  fake_planned++;
  PetscFunctionReturn(0);
}

static const DscRunner fake_runner = {fake_run, fake_plan};

/* Options from 'key', 'value', ..., NULL. */
static inline DscOptions fake_options(const char *first, ...)
{
  DscOptions  options;
  va_list     arguments;
  const char *key = first;

  assert_int_equal(DscOptionsCreate(&options), 0);
  va_start(arguments, first);
  while (key) {
    assert_int_equal(DscOptionsSet(options, key, va_arg(arguments, const char *)), 0);
    key = va_arg(arguments, const char *);
  }
  va_end(arguments);
  return options;
}

/* A file name of this test, the same on all ranks, other for other numbers of ranks. */
static inline const char *fake_path(const char test[])
{
  static char path[PETSC_MAX_PATH_LEN];
  int         ranks;

  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  snprintf(path, sizeof(path), "%s/%s.%d.h5", DISCERN_BINARY_DIR, test, ranks);
  return path;
}

/* Rank 0 reads the results file. */
static inline PetscBool fake_is_root(void)
{
  int rank;

  assert_int_equal(MPI_Barrier(MPI_COMM_WORLD), MPI_SUCCESS);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  return (PetscBool)(rank == 0);
}

static inline int fake_main(int (*run)(void), int argc, char **argv)
{
  int failures;

  if (DscInitialize(&argc, &argv)) return 1;
  if (DscStudyRegisterOptions()) return 1;
  if (DscOptionsRegister("fake", (PetscInt)(sizeof(fake_specs) / sizeof(fake_specs[0])), fake_specs)) return 1;
  failures = run();
  if (DscFinalize()) return 1;
  return failures;
}

#endif
