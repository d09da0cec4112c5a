/* What the tests of data sets share: a folder for files, a set from a list of keys, a refusal with its reason. */
#ifndef DISCERN_TESTS_DATA_TEST_H
#define DISCERN_TESTS_DATA_TEST_H

#include "test_main.h"

#include <discern/data.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEYS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* The path of a file of this program's own folder, the same on all ranks; lives until the eighth next call. */
static inline const char *path_of(const char name[])
{
  static char folder[64], paths[8][128];
  static int  next = 0;

  if (!folder[0]) {
    int rank;

    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    snprintf(folder, sizeof(folder), "/tmp/discern-data-XXXXXX");
    if (!rank) assert_non_null(mkdtemp(folder));
    MPI_Bcast(folder, (int)sizeof(folder), MPI_CHAR, 0, MPI_COMM_WORLD);
  }
  next = (next + 1) % 8;
  snprintf(paths[next], sizeof(paths[next]), "%s/%s", folder, name);
  return paths[next];
}

static inline int remove_files(void **state)
{
  char command[160];
  int  rank;

  (void)state;
  MPI_Barrier(MPI_COMM_WORLD);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  snprintf(command, sizeof(command), "rm -r '%s'", path_of(""));
  return rank ? 0 : system(command);
}

static inline void write_bytes(const char path[], const void *bytes, size_t n)
{
  FILE *stream = fopen(path, "wb");

  assert_non_null(stream);
  assert_int_equal(fwrite(bytes, 1, n, stream), n);
  assert_int_equal(fclose(stream), 0);
}

static inline void write_text(const char path[], const char text[])
{
  write_bytes(path, text, strlen(text));
}

/* keys: key, value, key, value, ..., NULL */
static inline DscOptions options_of(const char *const keys[])
{
  DscOptions options;

  CALL(DscDataRegisterOptions());
  CALL(DscOptionsCreate(&options));
  for (; *keys; keys += 2) CALL(DscOptionsSet(options, keys[0], keys[1]));
  return options;
}

static inline PetscErrorCode try_create(MPI_Comm comm, uint64_t seed, const char *const keys[], DscDataSet **data)
{
  DscOptions     options = options_of(keys);
  PetscErrorCode ierr    = DscDataSetCreate(comm, options, seed, data);

  CALL(DscOptionsDestroy(&options));
  return ierr;
}

static inline DscDataSet *create(uint64_t seed, const char *const keys[])
{
  DscDataSet *data;

  CALL(try_create(PETSC_COMM_WORLD, seed, keys, &data));
  return data;
}

/* A user's error whose one line holds every one of the parts. */
static inline void assert_refused(const char *const keys[], const char *const parts[])
{
  DscDataSet    *data;
  PetscErrorCode ierr;

  CALL(DscErrorCaptureBegin());
  ierr = try_create(PETSC_COMM_WORLD, 0, keys, &data);
  CALL(DscErrorCaptureEnd());
  if (ierr != PETSC_ERR_USER_INPUT) fail_msg("error %d '%s' where '%s' was expected", ierr, DscErrorMessage(), *parts);
  assert_null(data);
  assert_null(strchr(DscErrorMessage(), '\n'));
  for (; *parts; parts++) {
    if (!strstr(DscErrorMessage(), *parts)) fail_msg("'%s' does not say '%s'", DscErrorMessage(), *parts);
  }
}

static inline void assert_near(double value, double expected, double tolerance)
{
  if (!(fabs(value - expected) <= tolerance)) fail_msg("%.17g where %.17g was expected", value, expected);
}

static inline void assert_same_bits(const double a[], const double b[], PetscInt n)
{
  assert_memory_equal(a, b, (size_t)n * sizeof(double));
}

#endif
