/*
  sys: errors, options, log and progress, random streams, provenance.
  The lowest folder: it knows nothing of graphs, data or methods.
*/
#ifndef DISCERN_SYS_H
#define DISCERN_SYS_H

#include <petscsys.h>
#include <hdf5.h>
#include <stdint.h>

/* ---- errors ------------------------------------------------------------------------------------------------ */

/* Exit codes of the program, to be acted on by a job script. */
typedef enum {
  DSC_EXIT_OK       = 0,
  DSC_EXIT_INTERNAL = 1,  /* a defect of discern or of a library under it */
  DSC_EXIT_USER     = 2,  /* bad input: one line says which */
  DSC_EXIT_PARTIAL  = 10, /* finished, but some runs failed or did not converge */
  DSC_EXIT_RESUBMIT = 20  /* stopped early with everything saved */
} DscExitCode;

/* A user's mistake: prints 'discern: <message>' once, without a stack trace, and makes the program exit with 2.
   Everything that a user can cause goes through this; PetscCheck remains for internal contracts.
   Not collective by itself: where only one rank can see the mistake, use DscSyncError() after it. */
#define DscUserCheck(cond, comm, ...) PetscCheck((cond), (comm), PETSC_ERR_USER_INPUT, "%s", DscUserText(__VA_ARGS__))
/* As sprintf() writes it; PETSc's own formatting makes '3.' of 3 with %g. Static buffer. */
PETSC_EXTERN const char *DscUserText(const char format[], ...) PETSC_ATTRIBUTE_FORMAT(1, 2);

/* A call to HDF5: negative results are failures. */
#define DscCallH5(expr)                                                                                                \
  do {                                                                                                                 \
    PetscCheck((expr) >= 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "HDF5 call failed: %s", #expr);                            \
  } while (0)

/* DscCallH5 that keeps the identifier: DscCallH5Id(file, H5Fopen(...)). */
#define DscCallH5Id(id, expr)                                                                                          \
  do {                                                                                                                 \
    (id) = (expr);                                                                                                     \
    PetscCheck((id) >= 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "HDF5 call failed: %s", #expr);                              \
  } while (0)

/* MPI, PETSc (which sees none but its own options of argv), HDF5, error handler, events. argv stays as it is and must
   live until DscFinalize(). Collective. */
PETSC_EXTERN PetscErrorCode DscInitialize(int *argc, char ***argv);
/* Also prints an error that no rank has printed yet, and aborts where one rank failed alone. Collective. */
PETSC_EXTERN PetscErrorCode DscFinalize(void);
PETSC_EXTERN DscExitCode    DscExitCodeFromError(PetscErrorCode ierr);
/* Collective: an error seen on any rank of comm becomes the same error on all of them (that of the lowest such rank). */
PETSC_EXTERN PetscErrorCode DscSyncError(MPI_Comm comm, PetscErrorCode ierr);
/* Between Begin and End errors are not printed but kept: a study records a failing run's reason and goes on. */
PETSC_EXTERN PetscErrorCode DscErrorCaptureBegin(void);
PETSC_EXTERN PetscErrorCode DscErrorCaptureEnd(void);
PETSC_EXTERN const char    *DscErrorMessage(void); /* the last message, without prefix; '' if none */

/* ---- options ----------------------------------------------------------------------------------------------- */

typedef enum { DSC_BOOL, DSC_INT, DSC_REAL, DSC_STRING, DSC_CHOICE, DSC_INTS, DSC_REALS, DSC_STRINGS } DscOptionType;

/* One row per key. The default lives only here. min/max bound numbers (inclusive) and every entry of number lists
   (both 0: unbounded);
   for DSC_CHOICE and for the entries of DSC_STRINGS with a closed set, choices is 'a|b|c'. */
typedef struct {
  const char   *key; /* without the dash: 'data_noise' */
  DscOptionType type;
  const char   *value; /* default, as it would be typed; NULL: no default, the key is required where it is read */
  double        min, max;
  const char   *choices; /* NULL: free text */
  const char   *help;    /* one line, with units where there are any */
} DscOptionSpec;

#define DSC_NO_MIN (-1.0e300)
#define DSC_NO_MAX (1.0e300)

typedef struct _p_DscOptions *DscOptions; /* ordered set of (key, value, where it was written) */

/* Tables of the folders; registered once at start-up, in the order in which -help prints them. Not collective. */
PETSC_EXTERN PetscErrorCode DscOptionsRegister(const char group[], PetscInt n, const DscOptionSpec specs[]);

PETSC_EXTERN PetscErrorCode DscOptionsCreate(DscOptions *options);
PETSC_EXTERN PetscErrorCode DscOptionsDestroy(DscOptions *options);
PETSC_EXTERN PetscErrorCode DscOptionsCopy(DscOptions from, DscOptions *to);
/* YAML, nested maps flattened with '_', lists to comma lists; read on rank 0 of comm. Collective. */
PETSC_EXTERN PetscErrorCode DscOptionsInsertFile(DscOptions options, MPI_Comm comm, const char path[]);
/* '-key value' pairs, '-key' alone for a boolean; a key given here wins over the file, the last of two over the first.
   A sweep given here also replaces the file's value of the key, and a value the file's sweep.
   PETSc's own options ('-log_view', '-mat_*', ...) go to PETSc's database instead. After DscOptionsRegister().
   Not collective. */
PETSC_EXTERN PetscErrorCode DscOptionsInsertArguments(DscOptions options, int argc, char **argv);
/* Wins over file and command line; a run of a study sets the swept keys with it. */
PETSC_EXTERN PetscErrorCode DscOptionsSet(DscOptions options, const char key[], const char value[]);
/* Every key known, every value of the right type and in range, every sweep value too; the first mistake is a user
   error naming file and line (or 'command line'), key, value, what is allowed, and the nearest known key. A key may
   not be both given and swept in the file, nor on the command line. */
PETSC_EXTERN PetscErrorCode DscOptionsCheck(DscOptions options);
PETSC_EXTERN PetscErrorCode DscOptionsPrintHelp(MPI_Comm comm);
/* The name most like a mistyped word; NULL if none of them is near. Not collective. */
PETSC_EXTERN const char *DscNearestName(const char word[], PetscInt n, const char *const names[]);

PETSC_EXTERN PetscErrorCode DscOptionsIsSet(DscOptions options, const char key[], PetscBool *set);
PETSC_EXTERN PetscErrorCode DscOptionsGetBool(DscOptions options, const char key[], PetscBool *value);
PETSC_EXTERN PetscErrorCode DscOptionsGetInt(DscOptions options, const char key[], PetscInt *value);
PETSC_EXTERN PetscErrorCode DscOptionsGetReal(DscOptions options, const char key[], double *value);
/* The string belongs to options and lives as long as it. Choices come back as written in the table. */
PETSC_EXTERN PetscErrorCode DscOptionsGetString(DscOptions options, const char key[], const char **value);
/* Arrays are allocated; free with PetscFree (strings: with DscOptionsRestoreStrings). */
PETSC_EXTERN PetscErrorCode DscOptionsGetInts(DscOptions options, const char key[], PetscInt *n, PetscInt **values);
PETSC_EXTERN PetscErrorCode DscOptionsGetReals(DscOptions options, const char key[], PetscInt *n, double **values);
PETSC_EXTERN PetscErrorCode DscOptionsGetStrings(DscOptions options, const char key[], PetscInt *n, char ***values);
PETSC_EXTERN PetscErrorCode DscOptionsRestoreStrings(PetscInt n, char ***values);
/* 'data.yaml:12: data_noise 0.2', 'command line: -data_noise 0.2', 'default: -data_noise 0.1': how errors name a key, its
   value and the place of it. Static buffer. */
PETSC_EXTERN const char *DscOptionsWhere(DscOptions options, const char key[]);
/* A user error about the value of one key, found where it is used: 'WHERE: <message>'. */
#define DscOptionsUserCheck(cond, options, comm, key, fmt, ...)                                                        \
  DscUserCheck((cond), (comm), "%s: " fmt, DscOptionsWhere((options), (key)), ##__VA_ARGS__)

/* Sweep axes: keys 'sweep_KEY' whose value is a list ('[a, b]', 'a,b') of values and, for numbers, of inclusive ranges:
   '0-9' and '0-100:10' for integers, '0.1-1:0.1' for reals, whose step must be given. LAST is in it where a whole
   number of steps leads there; reals are counted in decimals, so that the third of 0.1-1:0.1 is 0.3 to the last bit.
   Values that are lists themselves are written as a list of lists, or typed 'a,b;c,d'. Values come back as strings,
   ready for DscOptionsSet(). Axes in the order of the file; they live until options changes. */
PETSC_EXTERN PetscErrorCode DscOptionsGetSweepCount(DscOptions options, PetscInt *naxes);
PETSC_EXTERN PetscErrorCode DscOptionsGetSweep(DscOptions options, PetscInt axis, const char **key, PetscInt *nvalues,
                                               const char *const **values);
/* Several experiments in one run: keys 'experiments_KEY' whose value is a list as of a sweep, of one value of KEY (a
   key of the data) for each experiment; all lists have the same length. *n is 1 where there are none. */
#define DSC_MAX_EXPERIMENTS 64
PETSC_EXTERN PetscErrorCode DscOptionsGetExperimentCount(DscOptions options, PetscInt *n);
/* A copy without these keys, in which KEY has the value of one experiment. The caller destroys it. */
PETSC_EXTERN PetscErrorCode DscOptionsCopyExperiment(DscOptions options, PetscInt experiment, DscOptions *copy);
PETSC_EXTERN PetscErrorCode DscOptionsGetSpec(const char key[], const DscOptionSpec **spec); /* NULL if unknown */
/* The values of spec's key that text lists, written as for a sweep; each is checked. Mistakes are told as those of the
   key `where`. Free with DscOptionsRestoreStrings(). */
PETSC_EXTERN PetscErrorCode DscOptionsExpand(DscOptions options, const char where[], const DscOptionSpec *spec,
                                             const char text[], PetscInt *n, char ***values);
/* One spelling for all texts that mean the same value of spec's key ('0.10' and '1e-1' are '0.1'); a text that does not
   fit stays as it is. Allocated; PetscFree. */
PETSC_EXTERN PetscErrorCode DscOptionsCanonical(const DscOptionSpec *spec, const char value[], char **text);
/* All resolved keys as lines 'key: value' of YAML, sorted, but for the sweeps, whose order numbers the runs; allocated.
   A swept key has a line of its own only where it is given. Used for provenance. */
PETSC_EXTERN PetscErrorCode DscOptionsToText(DscOptions options, char **text);
/* Back from such a text: a set in which every key of it is given, sweeps included. Keys that this program does not know
   are kept, for DscOptionsDiffer() to name. The caller destroys it. */
PETSC_EXTERN PetscErrorCode DscOptionsFromText(const char text[], DscOptions *options);
/* 'data_noise (0.1, was 0.2), seed (...)': the keys whose resolved values differ between two sets, a's value first, but
   for those in ignored [n] (a name that ends in '*' stands for all that begin so); '' where none does. Cut to size. */
PETSC_EXTERN PetscErrorCode DscOptionsDiffer(DscOptions a, DscOptions b, PetscInt n, const char *const ignored[],
                                             size_t size, char text[]);

/* ---- random streams ---------------------------------------------------------------------------------------- */

/* Counter-based (Philox 4x32-10): the number depends on (seed, stream, index) and on nothing else. Not collective. */
typedef enum {
  DSC_STREAM_NOISE = 1,
  DSC_STREAM_SAMPLING,
  DSC_STREAM_SPLIT,
  DSC_STREAM_INIT,
  DSC_STREAM_FOURIER,
  DSC_STREAM_TEST,
  DSC_STREAM_ENSEMBLE,
  DSC_STREAM_WEAK,
  DSC_STREAM_MISSING,
  DSC_STREAM_TRACE,
  DSC_STREAM_WALK,
  DSC_STREAM_START
} DscStream;

PETSC_EXTERN double DscRandomUniform(uint64_t seed, DscStream stream, uint64_t index); /* in (0,1) */
PETSC_EXTERN double DscRandomNormal(uint64_t seed, DscStream stream, uint64_t index);  /* mean 0, variance 1 */
/* The first k entries of a random permutation of 0..n-1 (Fisher-Yates). perm has room for n. */
PETSC_EXTERN PetscErrorCode DscRandomPermutation(uint64_t seed, DscStream stream, PetscInt n, PetscInt k,
                                                 PetscInt perm[]);

/* ---- state as bytes ------------------------------------------------------------------------------------------ */

/* Named arrays, one after the other, for checkpoints and the journal. They are read in the order in which they were put;
   a name, type or length that is not the one asked for is an error (PETSC_ERR_FILE_UNEXPECTED), never a wrong number.
   Native byte order. Not collective unless said. */
typedef struct _p_DscBuffer *DscBuffer;
PETSC_EXTERN PetscErrorCode  DscBufferCreate(DscBuffer *buffer);
PETSC_EXTERN PetscErrorCode  DscBufferDestroy(DscBuffer *buffer);
PETSC_EXTERN PetscErrorCode  DscBufferClear(DscBuffer buffer);  /* empty; keeps its memory */
PETSC_EXTERN PetscErrorCode  DscBufferRewind(DscBuffer buffer); /* the next Get is of the first array */
PETSC_EXTERN PetscErrorCode  DscBufferPutReals(DscBuffer buffer, const char name[], PetscInt n, const double values[]);
PETSC_EXTERN PetscErrorCode  DscBufferPutInts(DscBuffer buffer, const char name[], PetscInt n, const PetscInt values[]);
PETSC_EXTERN PetscErrorCode  DscBufferPutBytes(DscBuffer buffer, const char name[], PetscInt n, const void *bytes);
PETSC_EXTERN PetscErrorCode  DscBufferGetReals(DscBuffer buffer, const char name[], PetscInt n, double values[]);
PETSC_EXTERN PetscErrorCode  DscBufferGetInts(DscBuffer buffer, const char name[], PetscInt n, PetscInt values[]);
PETSC_EXTERN PetscErrorCode  DscBufferGetBytes(DscBuffer buffer, const char name[], PetscInt n, void *bytes);
/* All of it as one block of memory. (not owned), until the next Put. */
PETSC_EXTERN PetscErrorCode DscBufferGetData(DscBuffer buffer, size_t *size, const void **data);
/* Replaces all of it; data is copied. */
PETSC_EXTERN PetscErrorCode DscBufferSetData(DscBuffer buffer, size_t size, const void *data);
/* Rank 0's content, on every rank. Collective. */
PETSC_EXTERN PetscErrorCode DscBufferBroadcast(MPI_Comm comm, DscBuffer buffer);
PETSC_EXTERN uint32_t       DscChecksum(size_t size, const void *data); /* CRC-32 */

/* Replaces a file by the buffer, so that at any moment path is the old file or the new one, whole and on disc: written
   beside it, flushed, renamed. kind: up to 15 characters that say what is in it. A full disc and the like are errors of
   kind PETSC_ERR_FILE_WRITE whose message names the path and the reason. */
PETSC_EXTERN PetscErrorCode DscBufferWriteFile(DscBuffer buffer, const char kind[], const char path[]);
/* *damage is NULL if the file is whole, of that kind, and now in buffer; otherwise what is wrong with it ('its checksum
   is wrong', 'No such file or directory'), which is no error. */
PETSC_EXTERN PetscErrorCode DscBufferReadFile(DscBuffer buffer, const char kind[], const char path[],
                                              const char **damage);
/* What has been renamed or made in the folder of path survives a crash of the machine. */
PETSC_EXTERN PetscErrorCode DscSyncFolder(const char path[]);

/* ---- stopping ------------------------------------------------------------------------------------------------ */

/* From now on USR1, TERM and INT are counted instead of ending the program; the third one ends it as ever. */
PETSC_EXTERN PetscErrorCode DscSignalsCatch(void);
PETSC_EXTERN PetscErrorCode DscSignalsRelease(void);
PETSC_EXTERN int            DscSignalsSeen(void); /* since DscSignalsCatch(), on this rank */

/* ---- time, log table, provenance --------------------------------------------------------------------------- */

PETSC_EXTERN double DscTime(void); /* monotonic, seconds */
/* The first place in sorted [n], rising, whose value is not below `value`; the last one if there is none. n > 0. */
PETSC_EXTERN PetscInt DscFindSorted(PetscInt n, const double sorted[], double value);

/* Fixed-width table on rank 0 of comm: columns named once, one row an entry, elapsed time and ETA appended. */
typedef struct _p_DscLog   *DscLog;
PETSC_EXTERN PetscErrorCode DscLogCreate(MPI_Comm comm, PetscInt ncolumns, const char *const names[], DscLog *log);
PETSC_EXTERN PetscErrorCode DscLogRow(DscLog log, double fraction_done, const double values[]);
/* The table is of a run that has already taken so long. */
PETSC_EXTERN PetscErrorCode DscLogContinue(DscLog log, double seconds);
PETSC_EXTERN PetscErrorCode DscLogDestroy(DscLog *log);

/* A line on stderr, 'discern: warning: ...': something is not as it should be, and the work goes on. Not collective. */
PETSC_EXTERN void DscWarn(const char format[], ...) PETSC_ATTRIBUTE_FORMAT(1, 2);

/* Name-value pairs: version, git hash, compiler, flags, library versions, BLAS core type, host, ranks, nodes, job id,
   time (UTC). Rank 0's, on every rank; collective. */
typedef struct {
  const char *name;
  char        value[512];
} DscProvenanceEntry;
PETSC_EXTERN PetscErrorCode DscProvenanceGet(MPI_Comm comm, PetscInt *n, const DscProvenanceEntry **entries);

/* The six steps of an iteration (DESIGN 1) as PETSc events: -log_view shows them. */
typedef enum {
  DSC_EVENT_FORWARD,
  DSC_EVENT_STATISTICS,
  DSC_EVENT_COUPLE,
  DSC_EVENT_BACKWARD,
  DSC_EVENT_GRADIENT,
  DSC_EVENT_OPTIMIZER,
  DSC_EVENT_COUNT
} DscEvent;
PETSC_EXTERN PetscLogEvent DscEvents[DSC_EVENT_COUNT];

#endif
