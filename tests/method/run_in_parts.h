/* Runs that are stopped and restarted, and a comparison of all that a result holds. */
#ifndef DISCERN_TESTS_RUN_IN_PARTS_H
#define DISCERN_TESTS_RUN_IN_PARTS_H

#include "method_testing.h"

/* A study as a run sees it: wishes at chosen iterations, keeps the last state that was saved. */
typedef struct {
  MPI_Comm  comm;
  PetscInt  polled;               /* the iteration of the next poll */
  PetscInt  stop_after, save_at;  /* iterations that are wished for: stop before stop_after + 1, save before save_at */
  int       stop_rank, save_rank; /* who wishes; -1: all */
  DscBuffer state;
  PetscInt  saves, saved_iteration; /* of rank 0 */
  int       fail;                   /* save() fails */
} Study;

static inline PetscErrorCode study_poll(void *context, PetscBool *stop, PetscBool *save)
{
  Study *study = (Study *)context;
  int    rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(study->comm, &rank));
  *stop = (PetscBool)(study->polled + 1 == study->stop_after && (study->stop_rank < 0 || study->stop_rank == rank));
  *save = (PetscBool)(study->polled + 1 == study->save_at && (study->save_rank < 0 || study->save_rank == rank));
  study->polled++;
  PetscFunctionReturn(0);
}

static inline PetscErrorCode study_save(void *context, PetscInt iteration, DscBuffer state)
{
  Study      *study = (Study *)context;
  const void *data;
  size_t      size;
  int         rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(study->comm, &rank));
  PetscCheck(rank == 0, PETSC_COMM_SELF, PETSC_ERR_PLIB, "saved on rank %d", rank);
  PetscCheck(!study->fail, PETSC_COMM_SELF, PETSC_ERR_FILE_WRITE, "cannot write 'state': No space left on device");
  PetscCall(DscBufferGetData(state, &size, &data));
  PetscCall(DscBufferSetData(study->state, size, data));
  study->saves++;
  study->saved_iteration = iteration;
  PetscFunctionReturn(0);
}

/* From a state (NULL: the beginning), on the ranks of comm. */
static inline DscResult *run_with(Study *study, MPI_Comm comm, DscOptions options, DscBuffer from, PetscInt iteration)
{
  const DscRunControl control = {
      .context = study, .poll = study_poll, .save = study_save, .restart = from, .prediction = PETSC_TRUE};
  DscResult *result;

  study->comm   = comm;
  study->polled = iteration;
  study->saves  = 0;
  CALL(DscResultCreate(&result));
  CALL(DscMethodRun(comm, options, &control, PETSC_FALSE, result));
  return result;
}

static inline DscResult *run_whole(MPI_Comm comm, DscOptions options)
{
  Study study = {.stop_rank = -1, .save_rank = -1};

  return run_with(&study, comm, options, NULL, 0);
}

static inline void check_stopped(const Study *study, const DscResult *result, PetscInt at)
{
  char reason[256];
  int  rank;

  CALL(MPI_Comm_rank(study->comm, &rank));
  snprintf(reason, sizeof(reason), "stopped at iteration %d", (int)at);
  assert_int_equal(result->status, DSC_RUN_STOPPED);
  assert_string_equal(result->reason, reason);
  assert_int_equal(result->iterations, at);
  assert_int_equal(study->polled, at);
  assert_int_equal(study->saves, rank == 0 ? 1 : 0);
  if (rank == 0) assert_int_equal(study->saved_iteration, at);
}

/* Runs on comms[0] to stops[0], from there on comms[1] to stops[1], ..., and on comms[n] to the end. The states go
   round by the world's rank 0, which must be rank 0 of its comm. */
static inline DscResult *run_in_parts(const MPI_Comm comms[], DscOptions options, int n, const PetscInt stops[])
{
  Study      study     = {.stop_rank = -1, .save_rank = -1};
  PetscInt   iteration = 0;
  DscBuffer  from;
  DscResult *result = NULL;

  CALL(DscBufferCreate(&from));
  for (int i = 0; i <= n; i++) {
    CALL(DscBufferCreate(&study.state));
    study.stop_after = i < n ? stops[i] : 0;
    CALL(DscResultDestroy(&result));
    result = run_with(&study, comms[i], options, i ? from : NULL, iteration);
    if (i < n) {
      check_stopped(&study, result, stops[i]);
      CALL(DscBufferBroadcast(PETSC_COMM_WORLD, study.state));
      iteration = stops[i];
    }
    CALL(DscBufferDestroy(&from));
    from = study.state;
  }
  CALL(DscBufferDestroy(&from));
  return result;
}

/* Every bit but those of seconds. */
static inline void assert_same_result(DscResult *a, DscResult *b)
{
  const double seconds[2] = {a->seconds, b->seconds};
  DscBuffer    bytes[2];
  const void  *data[2];
  size_t       size[2];

  assert_string_equal(a->reason, b->reason);
  assert_int_equal(a->iterations, b->iterations);
  assert_int_equal(a->history.nrows, b->history.nrows);
  assert_memory_equal(a->history.values, b->history.values,
                      (size_t)(a->history.nrows * a->history.ncolumns) * sizeof(double));
  a->seconds = b->seconds = 0.0;
  for (int i = 0; i < 2; i++) {
    CALL(DscBufferCreate(&bytes[i]));
    CALL(DscResultPut(i ? b : a, bytes[i]));
    CALL(DscBufferGetData(bytes[i], &size[i], &data[i]));
  }
  a->seconds = seconds[0];
  b->seconds = seconds[1];
  assert_int_equal(size[0], size[1]);
  assert_memory_equal(data[0], data[1], size[0]);
  for (int i = 0; i < 2; i++) CALL(DscBufferDestroy(&bytes[i]));
}

#endif
