/* Where a result comes from. Version, git hash, compiler and flags come from cmake/DiscernProvenance.cmake. */
#include <discern/sys.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAX_ENTRIES = 16 };

static struct {
  PetscInt           n;
  DscProvenanceEntry entries[MAX_ENTRIES];
} provenance;

/* One line, blanks in place of what does not print. */
static void add(const char name[], const char value[])
{
  DscProvenanceEntry *entry = &provenance.entries[provenance.n++];

  entry->name = name;
  snprintf(entry->value, sizeof entry->value, "%s", value);
  for (char *c = entry->value; *c; c++)
    if ((unsigned char)*c < ' ') *c = ' ';
}

/* The result of a 'char *name(void)' of the BLAS in use, where it has one. */
static const char *ask_blas(const char name[])
{
  char *(*question)(void) = NULL;
  void       *symbol      = dlsym(RTLD_DEFAULT, name);
  const char *answer;

  memcpy(&question, &symbol, sizeof question);
  answer = question ? question() : NULL;
  return answer ? answer : "unknown";
}

static PetscErrorCode add_libraries(void)
{
  char     text[MPI_MAX_LIBRARY_VERSION_STRING];
  unsigned major, minor, release;
  int      length;

  PetscFunctionBeginUser;
  PetscCall(PetscGetVersion(text, sizeof text));
  add("petsc", text);
  DscCallH5(H5get_libversion(&major, &minor, &release));
  snprintf(text, sizeof text, "%u.%u.%u", major, minor, release);
  add("hdf5", text);
  PetscCallMPI(MPI_Get_library_version(text, &length));
  add("mpi", text);
  add("blas", ask_blas("openblas_get_config"));
  add("blas_core", ask_blas("openblas_get_corename"));
  PetscFunctionReturn(0);
}

/* Collective. */
static PetscErrorCode count_nodes(MPI_Comm comm, int *nodes)
{
  MPI_Comm node;
  int      rank, first;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node));
  PetscCallMPI(MPI_Comm_rank(node, &rank));
  PetscCallMPI(MPI_Comm_free(&node));
  first = rank == 0;
  PetscCallMPI(MPI_Allreduce(&first, nodes, 1, MPI_INT, MPI_SUM, comm));
  PetscFunctionReturn(0);
}

static PetscErrorCode add_job(MPI_Comm comm)
{
  char        text[256] = "unknown";
  const char *job       = getenv("SLURM_JOB_ID");
  int         ranks, nodes;
  time_t      now = time(NULL);
  struct tm   utc;

  PetscFunctionBeginUser;
  (void)gethostname(text, sizeof text - 1);
  add("host", text);
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(count_nodes(comm, &nodes));
  snprintf(text, sizeof text, "%d", ranks);
  add("ranks", text);
  snprintf(text, sizeof text, "%d", nodes);
  add("nodes", text);
  add("job", job ? job : "none");
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
  add("date", text);
  PetscFunctionReturn(0);
}

PetscErrorCode DscProvenanceGet(MPI_Comm comm, PetscInt *n, const DscProvenanceEntry **entries)
{
  PetscFunctionBeginUser;
  provenance.n = 0;
  add("version", DISCERN_VERSION);
  add("git", DISCERN_GIT);
  add("compiler", DISCERN_COMPILER);
  add("flags", DISCERN_FLAGS);
  PetscCall(add_libraries());
  PetscCall(add_job(comm));
  /* the names are literals of this program: only what rank 0 has to say travels */
  for (PetscInt i = 0; i < provenance.n; i++)
    PetscCallMPI(MPI_Bcast(provenance.entries[i].value, sizeof provenance.entries[i].value, MPI_CHAR, 0, comm));
  *n       = provenance.n;
  *entries = provenance.entries;
  PetscFunctionReturn(0);
}
