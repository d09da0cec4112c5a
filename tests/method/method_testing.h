/* Short hands of the tests of src/method: options, and small data sets with known equations. */
#ifndef DISCERN_TESTS_METHOD_TESTING_H
#define DISCERN_TESTS_METHOD_TESTING_H

#include "test_main.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <discern/method.h>

static inline void register_options(void)
{
  static PetscBool done = PETSC_FALSE;

  if (done) return;
  CALL(DscRunRegisterOptions());
  done = PETSC_TRUE;
}

/* Options from 'key', 'value', ..., NULL, over those of `base` (NULL: none). */
static inline DscOptions options_of(DscOptions base, ...)
{
  DscOptions  options;
  const char *key;
  va_list     rest;

  register_options();
  if (base)
    CALL(DscOptionsCopy(base, &options));
  else
    CALL(DscOptionsCreate(&options));
  va_start(rest, base);
  while ((key = va_arg(rest, const char *))) CALL(DscOptionsSet(options, key, va_arg(rest, const char *)));
  va_end(rest);
  return options;
}

/* How a data set of waves is written: t0 + t t~, x x~, u u~ for the t~, x~, u~ of waves(). */
typedef struct {
  double diffusion, t0, t, x, u;
} Waves;

/* A travelling, decaying sum of waves on [0,1] x [-pi,pi]: u_t = -u_x + D u_xx. */
static inline double waves(double diffusion, double t, double x)
{
  double u = 0.0;

  for (int k = 1; k <= 3; k++) u += exp(-diffusion * k * k * t) * sin(k * (x - t) + 0.5 * k * k) / k;
  return u;
}

/* Writes the file on rank 0; every rank may read it then. Its name is static: it holds until the next call. */
static inline const char *write_waves(Waves w, int nt, int nx)
{
  static char path[PETSC_MAX_PATH_LEN];
  int         rank;
  long        id = (long)getpid();

  CALL(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  CALL(MPI_Bcast(&id, 1, MPI_LONG, 0, PETSC_COMM_WORLD));
  snprintf(path, sizeof(path), "/tmp/discern_waves_%ld.csv", id);
  if (rank == 0) {
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fprintf(file, "t,x,u\n");
    for (int i = 0; i < nt; i++) {
      for (int j = 0; j < nx; j++) {
        const double t = (double)i / (nt - 1), x = PETSC_PI * (2.0 * j / (nx - 1) - 1.0);
        fprintf(file, "%.17g,%.17g,%.17g\n", w.t0 + w.t * t, w.x * x, w.u * waves(w.diffusion, t, x));
      }
    }
    fclose(file);
  }
  CALL(MPI_Barrier(PETSC_COMM_WORLD));
  return path;
}

static inline void remove_file(const char *path)
{
  CALL(MPI_Barrier(PETSC_COMM_WORLD));
  remove(path); /* by whichever rank comes first, and by all before the next file */
  CALL(MPI_Barrier(PETSC_COMM_WORLD));
}

static inline DscResult *run(MPI_Comm comm, DscOptions options)
{
  DscResult *result;

  CALL(DscResultCreate(&result));
  CALL(DscMethodRun(comm, options, NULL, PETSC_FALSE, result));
  return result;
}

/* The run ends with this error, whose message has these words. */
static inline void check_fails(DscOptions options, PetscErrorCode expected, const char words[])
{
  DscResult     *result;
  PetscErrorCode ierr;

  CALL(DscResultCreate(&result));
  CALL(DscErrorCaptureBegin());
  ierr = DscMethodRun(PETSC_COMM_WORLD, options, NULL, PETSC_FALSE, result);
  CALL(DscErrorCaptureEnd());
  assert_int_equal(ierr, expected);
  assert_non_null(strstr(DscErrorMessage(), words));
  CALL(DscResultDestroy(&result));
}

static inline PetscInt term(const DscResult *result, const char *name)
{
  for (PetscInt j = 0; j < result->nterms; j++) {
    if (strcmp(result->terms[j], name) == 0) return j;
  }
  fail_msg("no term '%s'", name);
  return -1;
}

#endif
