/*
  A data set from what the keys data_* ask for: source, sampling, noise, all on rank 0; then the same on every rank.
*/
#include "data/dataset.h"
#include "data/generator.h"

const char *const DscCoordinateLetters[DSC_MAX_COORDINATES] = {"t", "x", "y", "z"};

PetscErrorCode DscDataRegisterOptions(void)
{
  static const DscOptionSpec specs[] = {
      {"data_source", DSC_STRING, NULL, 0, 0, NULL, "a generator (discern list names them), or 'file'"},
      {"data_file", DSC_STRING, NULL, 0, 0, NULL, "HDF5, MATLAB, CSV or NPY file to read; implies data_source file"},
      {"data_u", DSC_STRINGS, "u", 0, 0, NULL,
       "fields in the file: variables, CSV columns, NPY files or columns (from 0); 'a.re', 'a.im' of complex ones"},
      {"data_names", DSC_STRINGS, NULL, 0, 0, NULL,
       "names of the fields in the equations (default: those in the file)"},
      {"data_t", DSC_STRING, "t", 0, 0, NULL, "the file's variable or column of times; 'none': samples every data_dt"},
      {"data_x", DSC_STRING, "x", 0, 0, NULL, "the file's variable or column of x; 'none' for time series"},
      {"data_y", DSC_STRING, "none", 0, 0, NULL, "the file's variable or column of y"},
      {"data_z", DSC_STRING, "none", 0, 0, NULL, "the file's variable or column of z"},
      {"data_positions", DSC_BOOL, "false", 0, 0, NULL,
       "the file's samples are positions x of particles at times t, whose density is looked for; no values are read"},
      {"data_particle", DSC_STRING, "none", 0, 0, NULL,
       "data_positions: the file's variable or column that numbers the particles; 'none': not known"},
      {"data_trajectory", DSC_STRING, "none", 0, 0, NULL,
       "the file's variable or column that numbers the trajectories, where there are several series in time; 'none': "
       "one"},
      {"data_trajectory_index", DSC_INT, "-1", -1, 2147483647, NULL,
       "use one of several trajectories alone, from 0 in the order of their numbers; -1: all"},
      {"data_dt", DSC_REAL, "0", 0., DSC_NO_MAX, NULL, "sampling interval of a series without times (data_t none)"},
      {"data_axes", DSC_STRINGS, NULL, 0, 0, "t|x|y|z",
       "coordinates of the fields' dimensions, in the file's order; needed where lengths do not tell"},
      {"data_truth_terms", DSC_STRINGS, NULL, 0, 0, NULL,
       "terms of the file's true equation, as 'u u_x,u_xx', where it is known"},
      {"data_truth_values", DSC_REALS, NULL, DSC_NO_MIN, DSC_NO_MAX, NULL,
       "their coefficients; for several fields those of one left-hand side after the other"},
      {"data_noise", DSC_REAL, "0", 0., DSC_NO_MAX, NULL,
       "Gaussian noise, as a fraction of each clean field's standard deviation over all points"},
      {"data_missing", DSC_CHOICE, "refuse", 0, 0, "refuse|skip",
       "NaN in the fields: an error, or a missing value, at which a network feels the equation but no datum"},
      {"data_missing_fraction", DSC_REAL, "0", 0., 0.99, NULL,
       "data_missing skip: fraction of the values of each field that is dropped, chosen at random"},
      {"data_window_t", DSC_REALS, NULL, DSC_NO_MIN, DSC_NO_MAX, NULL, "min,max: use only points with t inside"},
      {"data_window_x", DSC_REALS, NULL, DSC_NO_MIN, DSC_NO_MAX, NULL, "min,max: use only points with x inside"},
      {"data_window_y", DSC_REALS, NULL, DSC_NO_MIN, DSC_NO_MAX, NULL, "min,max: use only points with y inside"},
      {"data_window_z", DSC_REALS, NULL, DSC_NO_MIN, DSC_NO_MAX, NULL, "min,max: use only points with z inside"},
      {"data_stride_t", DSC_INT, "1", 1, 1e9, NULL,
       "use every so many times of a grid, of each trajectory, or of particles' positions"},
      {"data_stride_x", DSC_INT, "1", 1, 1e9, NULL, "use every so many x of a grid"},
      {"data_stride_y", DSC_INT, "1", 1, 1e9, NULL, "use every so many y of a grid"},
      {"data_stride_z", DSC_INT, "1", 1, 1e9, NULL, "use every so many z of a grid"},
      {"data_samples", DSC_INT, "0", 0, 2e9, NULL, "samples to use of those that windows and strides leave; 0: all"},
      {"data_sampling", DSC_CHOICE, "all", 0, 0, "all|random|regular",
       "how data_samples are chosen: at random, or evenly in the order of the points"},
      {"data_test_fraction", DSC_REAL, "0", 0., .9, NULL,
       "fraction of the samples, or of the trajectories, or of the particles, kept for testing, chosen at random"},
      {"data_seed", DSC_INT, "-1", -1, 2147483647, NULL, "of noise, sampling and split; -1: the run's seed"},
      {"data_distribution", DSC_CHOICE, "replicated", 0, 0, "replicated|sharded",
       "the samples: all of them on every rank, or on each rank of a run only those that it works on (grids)"},
      {"memory_limit", DSC_INT, "0", 0, 1e9, NULL,
       "MB a rank may use for the data and the work on them; 0: no limit. More is refused before any work"},
      {"data_scale", DSC_CHOICE, "unit", 0, 0, "none|unit",
       "what networks see: coordinates in [-1,1] and fields of mean 0, variance 1, or all as they are"},
  };

  PetscFunctionBeginUser;
  PetscCall(DscOptionsRegister("data", PETSC_STATIC_ARRAY_LENGTH(specs), specs));
  PetscCall(DscGeneratorRegisterOptions());
  PetscFunctionReturn(0);
}

PetscErrorCode DscDataSetDestroy(DscDataSet **data)
{
  PetscFunctionBeginUser;
  if (!*data) PetscFunctionReturn(0);
  for (PetscInt c = 0; c < DSC_MAX_COORDINATES; c++) PetscCall(PetscFree((*data)->coordinates[c]));
  for (PetscInt f = 0; f < DSC_MAX_FIELDS; f++) {
    PetscCall(PetscFree((*data)->fields[f]));
    PetscCall(PetscFree((*data)->clean[f]));
  }
  PetscCall(PetscFree((*data)->track));
  PetscCall(PetscFree((*data)->truth_terms));
  PetscCall(PetscFree((*data)->truth_values));
  PetscCall(PetscFree(*data));
  PetscFunctionReturn(0);
}

/* 'kdv, burgers, ..., file' */
static PetscErrorCode list_sources(char list[], size_t size)
{
  PetscFunctionBeginUser;
  list[0] = '\0';
  for (PetscInt i = 0; i < DscGeneratorCount; i++) {
    PetscCall(PetscStrlcat(list, DscGenerators[i].name, size));
    PetscCall(PetscStrlcat(list, ", ", size));
  }
  PetscCall(PetscStrlcat(list, "file", size));
  PetscFunctionReturn(0);
}

PetscErrorCode DscDataFindSource(DscOptions options, const DscGenerator **generator)
{
  static const char *const for_files[] = {"data_file", "data_truth_terms", "data_truth_values", "data_names",
                                          "data_axes", "data_positions",   "data_particle",     "data_trajectory"};
  const char              *source;
  char                     list[1024];
  PetscBool                source_set, file_set, file = PETSC_TRUE;

  PetscFunctionBeginUser;
  *generator = NULL;
  PetscCall(list_sources(list, sizeof(list)));
  PetscCall(DscOptionsIsSet(options, "data_source", &source_set));
  PetscCall(DscOptionsIsSet(options, "data_file", &file_set));
  if (source_set) {
    PetscCall(DscOptionsGetString(options, "data_source", &source));
    PetscCall(PetscStrcmp(source, "file", &file));
    PetscCall(DscGeneratorFind(source, generator));
    DscOptionsUserCheck(file || *generator, options, PETSC_COMM_SELF, "data_source",
                        "no source is called '%s'; allowed: %s", source, list);
  }
  DscUserCheck(source_set || file_set, PETSC_COMM_SELF,
               "no data: give -data_source (%s), or -data_file and the names of its variables", list);
  DscOptionsUserCheck(!file || file_set, options, PETSC_COMM_SELF, "data_source", "'file' needs -data_file");
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(for_files) && *generator; i++) {
    PetscBool set;

    PetscCall(DscOptionsIsSet(options, for_files[i], &set));
    DscOptionsUserCheck(!set, options, PETSC_COMM_SELF, for_files[i], "is for files, but data_source is '%s'",
                        (*generator)->name);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscDataSkipsMissing(DscOptions options, PetscBool *skip)
{
  const char *what;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetString(options, "data_missing", &what));
  PetscCall(PetscStrcmp(what, "skip", skip));
  PetscFunctionReturn(0);
}

PetscInt DscDataSetCountPresent(const DscDataSet *data, PetscInt field, PetscBool train)
{
  const PetscInt n       = train ? data->ntrain : data->nsamples;
  PetscInt       present = 0;

  if (data->positions) return n;
  for (PetscInt i = 0; i < n; i++) present += isnan(data->fields[field][i]) ? 0 : 1;
  return present;
}

PetscErrorCode DscDataCheckVaries(const DscDataSet *data, const char kind[], const char name[], const double values[])
{
  PetscInt present = 0, first = -1;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < data->nsamples; i++) {
    if (isnan(values[i])) continue;
    if (first < 0) first = i;
    if (values[i] != values[first]) PetscFunctionReturn(0);
    present++;
  }
  DscUserCheck(present, PETSC_COMM_SELF, "%s %s: all %" PetscInt_FMT " values are missing (%s)", kind, name,
               data->nsamples, data->description);
  DscUserCheck(PETSC_FALSE, PETSC_COMM_SELF,
               "%s %s is %g in all %" PetscInt_FMT " samples: there is nothing to learn from it (%s)", kind, name,
               values[first], present, data->description);
  PetscFunctionReturn(0);
}

/* There is something to train and to test on. */
static PetscErrorCode check_present(const DscDataSet *data)
{
  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < data->nfields; f++) {
    const PetscInt train = DscDataSetCountPresent(data, f, PETSC_TRUE);
    const PetscInt test  = DscDataSetCountPresent(data, f, PETSC_FALSE) - train;

    DscUserCheck(train > 1, PETSC_COMM_SELF,
                 "field %s: %" PetscInt_FMT " of %" PetscInt_FMT " values to train on are missing (%s)",
                 data->field_names[f], data->ntrain - train, data->ntrain, data->description);
    DscUserCheck(test > 0 || data->ntrain == data->nsamples, PETSC_COMM_SELF,
                 "field %s: all %" PetscInt_FMT " values to test on are missing (%s)", data->field_names[f],
                 data->nsamples - data->ntrain, data->description);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscDataGetSeed(DscOptions options, uint64_t *seed)
{
  PetscInt data_seed;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetInt(options, "data_seed", &data_seed));
  if (data_seed >= 0) *seed = (uint64_t)data_seed + (*seed & ~(uint64_t)UINT32_MAX); /* above: the experiment */
  PetscFunctionReturn(0);
}

/* The whole set-up, on rank 0 alone: no more than the source's full set is ever in memory, and only here. */
static PetscErrorCode build(DscOptions options, uint64_t seed, DscDataSet *data, DscSampling *sampling)
{
  const DscGenerator *generator;
  PetscInt            nfull;
  double              std[DSC_MAX_FIELDS];

  PetscFunctionBeginUser;
  PetscCall(DscDataGetSeed(options, &seed));
  PetscCall(DscDataFindSource(options, &generator));
  if (generator)
    PetscCall(DscGeneratorRun(generator, options, seed, data));
  else
    PetscCall(DscDataSetImport(options, data));
  if (data->positions) PetscCall(DscPositionsCheckOptions(options, data));
  PetscCall(DscTracksTakeOne(options, data));
  nfull = data->nsamples;
  PetscCall(DscNoiseGetStd(data, std));
  PetscCall(DscSamplingCreate(options, seed, data, sampling));
  PetscCall(DscSamplingApply(sampling, data));
  DscUserCheck(data->nsamples > 1, PETSC_COMM_SELF, "a single sample is left of %" PetscInt_FMT " points (%s)", nfull,
               data->description);
  for (PetscInt c = 0; c < data->ncoordinates; c++) {
    PetscCall(DscDataCheckVaries(data, "coordinate", data->coordinate_names[c], data->coordinates[c]));
  }
  if (data->positions) {
    PetscCall(DscPositionsFinish(data));
    PetscFunctionReturn(0);
  }
  if (data->ntracks) PetscCall(DscTracksFinish(data));
  for (PetscInt f = 0; f < data->nfields; f++) {
    PetscCall(DscDataCheckVaries(data, "field", data->field_names[f], data->clean[f]));
  }
  PetscCall(DscNoiseAdd(options, seed, std, nfull, sampling->index, data));
  PetscCall(check_present(data));
  PetscFunctionReturn(0);
}

static PetscErrorCode broadcast_values(MPI_Comm comm, PetscInt n, double **values)
{
  PetscMPIInt rank, count;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(PetscMPIIntCast(n, &count));
  if (rank) PetscCall(PetscMalloc1(n, values));
  PetscCallMPI(MPI_Bcast(*values, count, MPI_DOUBLE, 0, comm));
  PetscFunctionReturn(0);
}

PetscErrorCode DscDataSetBroadcast(MPI_Comm comm, DscDataSet *data)
{
  DscDataSet  sizes = *data;
  PetscMPIInt rank, count;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Bcast(&sizes, (PetscMPIInt)sizeof(sizes), MPI_BYTE, 0, comm));
  if (rank) { /* rank 0's pointers mean nothing here */
    *data = sizes;
    PetscCall(PetscArrayzero(data->coordinates, DSC_MAX_COORDINATES));
    PetscCall(PetscArrayzero(data->fields, DSC_MAX_FIELDS));
    PetscCall(PetscArrayzero(data->clean, DSC_MAX_FIELDS));
    data->track        = NULL;
    data->truth_terms  = NULL;
    data->truth_values = NULL;
  }
  for (PetscInt c = 0; c < data->ncoordinates; c++) {
    PetscCall(broadcast_values(comm, data->nsamples, &data->coordinates[c]));
  }
  for (PetscInt f = 0; f < data->nfields; f++) {
    PetscCall(broadcast_values(comm, data->nsamples, &data->fields[f]));
    PetscCall(broadcast_values(comm, data->nsamples, &data->clean[f]));
  }
  if (data->ntracks) {
    PetscCall(PetscMPIIntCast(data->nsamples, &count));
    if (rank) PetscCall(PetscMalloc1(data->nsamples, &data->track));
    PetscCallMPI(MPI_Bcast(data->track, count, MPIU_INT, 0, comm));
  }
  if (data->ntruth) {
    PetscCall(broadcast_values(comm, data->nfields * data->ntruth, &data->truth_values));
    PetscCall(PetscMPIIntCast(data->ntruth * DSC_NAME_LENGTH, &count));
    if (rank) PetscCall(PetscMalloc1(data->ntruth, &data->truth_terms));
    PetscCallMPI(MPI_Bcast(data->truth_terms, count, MPI_CHAR, 0, comm));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscDataSetCreate(MPI_Comm comm, DscOptions options, uint64_t seed, DscDataSet **data)
{
  PetscErrorCode ierr = 0;
  PetscMPIInt    rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(PetscNew(data));
  if (!rank) {
    DscSampling sampling = {0};

    ierr = build(options, seed, *data, &sampling);
    PetscCall(DscSamplingDestroy(&sampling));
  }
  ierr = DscSyncError(comm, ierr);
  if (ierr) PetscCall(DscDataSetDestroy(data));
  PetscCall(ierr);
  PetscCall(DscDataSetBroadcast(comm, *data));
  PetscFunctionReturn(0);
}
