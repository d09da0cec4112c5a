/*
  A data set from a file: the keys data_u, data_t, data_x, ..., names in the equations, the true equation.
*/
#include "data/grid.h"
#include "data/layout.h"

#include <ctype.h>
#include <string.h>

/* The longest name of a field: products of several must fit the name of a term. */
#define FIELD_NAME_LENGTH 16

/* What is open while a file is read. */
typedef struct {
  DscFile  *file;   /* (owned) */
  DscLayout layout; /* its coordinates (owned) */
  DscArray  field;  /* (owned) the one at hand */
  PetscInt  nu, nnames, nterms;
  char    **u, **names, **terms;           /* (owned) the lists data_u, data_names, data_truth_terms */
  double   *truth;                         /* (owned) the list data_truth_values */
  PetscBool positions, trajectories;       /* of particles, of one density; several series in time */
  char      number[DSC_ARRAY_NAME_LENGTH]; /* what numbers the particles or trajectories; 'none' */
  double   *numbers;                       /* (owned) [2 nsamples] these numbers; the different ones */
  PetscBool header;                        /* leave the numbers of the fields alone */
} Import;

/* From now on fields are read, whose values may be missing. */
static PetscErrorCode allow_missing(DscOptions options, DscFile *file)
{
  PetscFunctionBeginUser;
  PetscCall(DscDataSkipsMissing(options, &file->missing));
  file->advice = "; missing values are left out with -data_missing skip and a network as approximator";
  PetscFunctionReturn(0);
}

/* A series without times: its first field tells how many there are. */
static PetscErrorCode make_times(DscOptions options, Import *import)
{
  DscArray *t = &import->layout.coordinates[0];
  double    dt;
  PetscInt  entry;
  char      part;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetReal(options, "data_dt", &dt));
  DscOptionsUserCheck(dt > 0., options, PETSC_COMM_SELF, "data_t",
                      "times that are not in the file need the sampling interval, -data_dt");
  if (import->header) {
    PetscCall(DscFileDescribe(import->file, DscOptionsWhere(options, "data_u"), import->u[0], t, &entry, &part));
    PetscCall(PetscMalloc1(t->n, &t->values));
  } else {
    PetscCall(allow_missing(options, import->file));
    PetscCall(DscFileRead(import->file, DscOptionsWhere(options, "data_u"), import->u[0], t));
  }
  PetscCall(PetscStrncpy(t->name, "t", sizeof(t->name)));
  t->ndimensions   = 1;
  t->dimensions[0] = t->n;
  t->strides[0]    = 1;
  for (PetscInt i = 0; i < t->n; i++) t->values[i] = (double)i * dt;
  PetscFunctionReturn(0);
}

static PetscErrorCode read_coordinates(DscOptions options, Import *import, DscDataSet *data)
{
  DscLayout *layout = &import->layout;
  PetscBool  timed  = PETSC_TRUE;

  PetscFunctionBeginUser;
  for (PetscInt l = 0; l < DSC_MAX_COORDINATES; l++) {
    const char *name, *letter = DscCoordinateLetters[l];
    DscArray   *array = &layout->coordinates[layout->ncoordinates];
    char        key[DSC_NAME_LENGTH];
    PetscBool   none;

    if (l > 0 && import->trajectories) break;
    PetscCall(PetscSNPrintf(key, sizeof(key), "data_%s", letter));
    PetscCall(DscOptionsGetString(options, key, &name));
    PetscCall(PetscStrcmp(name, "none", &none));
    if (l == 0 && none) timed = PETSC_FALSE;
    if (l > 0 && none) continue;
    DscOptionsUserCheck(l == 0 || timed, options, PETSC_COMM_SELF, "data_t",
                        "only a time series, with data_x none too, can do without times");
    PetscCall(PetscStrncpy(data->coordinate_names[layout->ncoordinates], letter, DSC_NAME_LENGTH));
    layout->letters[layout->ncoordinates++] = letter;
    if (!timed) continue;
    PetscCall(DscFileRead(import->file, DscOptionsWhere(options, key), name, array));
    DscLayoutSqueeze(array);
  }
  data->ncoordinates = layout->ncoordinates;
  if (!timed) PetscCall(make_times(options, import));
  PetscFunctionReturn(0);
}

static PetscErrorCode get_axes(DscOptions options, DscLayout *layout)
{
  const PetscInt ncoordinates = layout->ncoordinates;
  PetscBool      set, once = PETSC_TRUE;
  PetscInt       n;
  char         **letters;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsIsSet(options, "data_axes", &set));
  if (!set) PetscFunctionReturn(0);
  PetscCall(DscOptionsGetStrings(options, "data_axes", &n, &letters));
  for (PetscInt c = 0; c < ncoordinates; c++) {
    PetscInt found = 0;

    for (PetscInt d = 0; d < PetscMin(n, ncoordinates); d++) {
      if (strcmp(letters[d], layout->letters[c])) continue;
      layout->axes[d] = c;
      found++;
    }
    if (found != 1) once = PETSC_FALSE;
  }
  PetscCall(DscOptionsRestoreStrings(n, &letters));
  layout->naxes = ncoordinates;
  DscOptionsUserCheck(once && n == ncoordinates, options, PETSC_COMM_SELF, "data_axes",
                      "name each of the %" PetscInt_FMT " coordinates once", ncoordinates);
  PetscFunctionReturn(0);
}

/* Letters and digits: an underscore would look like a derivative, a blank like a product. */
static PetscBool is_symbol(const char name[])
{
  if (!isalpha((unsigned char)name[0])) return PETSC_FALSE;
  for (const char *c = name; *c; c++) {
    if (!isalnum((unsigned char)*c)) return PETSC_FALSE;
  }
  return strlen(name) < FIELD_NAME_LENGTH ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode set_names(DscOptions options, Import *import, DscDataSet *data)
{
  PetscBool set;
  char    **names = import->u;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsIsSet(options, "data_names", &set));
  if (set) {
    PetscCall(DscOptionsGetStrings(options, "data_names", &import->nnames, &import->names));
    names = import->names;
    DscOptionsUserCheck(import->nnames == data->nfields, options, PETSC_COMM_SELF, "data_names",
                        "%" PetscInt_FMT " names for the %" PetscInt_FMT " fields of data_u", import->nnames,
                        data->nfields);
  }
  for (PetscInt f = 0; f < data->nfields; f++) {
    DscOptionsUserCheck(is_symbol(names[f]), options, PETSC_COMM_SELF, set ? "data_names" : "data_u",
                        "'%s' cannot be the name of a field in an equation (a letter, then letters and digits, at most "
                        "%d); %s -data_names, as in 'u' or 'u,v'",
                        names[f], FIELD_NAME_LENGTH - 1, set ? "change" : "give");
    for (PetscInt g = 0; g < f; g++) {
      DscOptionsUserCheck(strcmp(names[f], names[g]), options, PETSC_COMM_SELF, set ? "data_names" : "data_u",
                          "'%s' is there twice", names[f]);
    }
    for (PetscInt c = 0; c < data->ncoordinates; c++) {
      DscOptionsUserCheck(strcmp(names[f], data->coordinate_names[c]), options, PETSC_COMM_SELF,
                          set ? "data_names" : "data_u", "'%s' is the name of a coordinate; give another, -data_names",
                          names[f]);
    }
    PetscCall(PetscStrncpy(data->field_names[f], names[f], DSC_NAME_LENGTH));
  }
  PetscFunctionReturn(0);
}

/* Before the fields are read, where the format tells how large they are; if not, they are in memory already. */
static PetscErrorCode check_memory(DscOptions options, Import *import)
{
  DscArray array = {0};
  PetscInt entry;
  char     part;

  PetscFunctionBeginUser;
  if (!import->file->reader->describe) PetscFunctionReturn(0);
  PetscCall(DscFileDescribe(import->file, DscOptionsWhere(options, "data_u"), import->u[0], &array, &entry, &part));
  PetscCall(
      DscMemoryCheck(PETSC_COMM_SELF, options, DscDataSetBytes(import->layout.ncoordinates, import->nu, array.n), 0.));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_fields(DscOptions options, Import *import, DscDataSet *data)
{
  PetscFunctionBeginUser;
  PetscCall(allow_missing(options, import->file));
  PetscCall(check_memory(options, import));
  for (PetscInt f = 0; f < import->nu; f++) {
    PetscCall(DscFileRead(import->file, DscOptionsWhere(options, "data_u"), import->u[f], &import->field));
    DscLayoutSqueeze(&import->field);
    if (f == 0) PetscCall(DscLayoutSetUp(&import->layout, &import->field, data));
    PetscCall(PetscMalloc1(PetscMax(data->nsamples, import->field.n), &data->clean[f]));
    PetscCall(DscLayoutGather(&import->layout, &import->field, data, data->clean[f]));
    PetscCall(DscArrayDestroy(&import->field));
    PetscCall(PetscMemzero(&import->field, sizeof(import->field)));
  }
  data->nfields = import->nu;
  PetscFunctionReturn(0);
}

static PetscErrorCode set_truth(DscOptions options, Import *import, DscDataSet *data)
{
  PetscBool terms_set, values_set;
  PetscInt  nvalues;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsIsSet(options, "data_truth_terms", &terms_set));
  PetscCall(DscOptionsIsSet(options, "data_truth_values", &values_set));
  DscOptionsUserCheck(terms_set == values_set, options, PETSC_COMM_SELF,
                      terms_set ? "data_truth_terms" : "data_truth_values", "needs %s too",
                      terms_set ? "data_truth_values" : "data_truth_terms");
  if (!terms_set) {
    if (import->file->reader->read_truth) PetscCall(import->file->reader->read_truth(import->file, data));
    PetscFunctionReturn(0);
  }
  PetscCall(DscOptionsGetStrings(options, "data_truth_terms", &import->nterms, &import->terms));
  PetscCall(DscOptionsGetReals(options, "data_truth_values", &nvalues, &import->truth));
  DscOptionsUserCheck(
      import->nterms > 0 && nvalues == import->nterms * data->nfields, options, PETSC_COMM_SELF, "data_truth_values",
      "%" PetscInt_FMT " values for %" PetscInt_FMT " terms in the equations of %" PetscInt_FMT " fields", nvalues,
      import->nterms, data->nfields);
  data->ntruth = import->nterms;
  PetscCall(PetscMalloc1(data->ntruth, &data->truth_terms));
  PetscCall(PetscMalloc1(nvalues, &data->truth_values));
  for (PetscInt i = 0; i < data->ntruth; i++) {
    PetscCall(PetscStrncpy(data->truth_terms[i], import->terms[i], DSC_NAME_LENGTH));
  }
  PetscCall(PetscArraycpy(data->truth_values, import->truth, nvalues));
  PetscFunctionReturn(0);
}

/* The file is open: fields asked for, coordinates, axes. */
static PetscErrorCode begin(DscOptions options, Import *import, DscDataSet *data)
{
  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetStrings(options, "data_u", &import->nu, &import->u));
  DscOptionsUserCheck(import->nu >= 1 && import->nu <= DSC_MAX_FIELDS, options, PETSC_COMM_SELF, "data_u",
                      "%" PetscInt_FMT " fields; 1 to %d are possible", import->nu, DSC_MAX_FIELDS);
  import->layout.path = import->file->path;
  PetscCall(read_coordinates(options, import, data));
  PetscCall(get_axes(options, &import->layout));
  PetscFunctionReturn(0);
}

/* ---- what numbers particles or trajectories ------------------------------------------------------------------- */

/* The name that key gives goes before the file's, where it is of that kind. */
static PetscErrorCode get_number(DscOptions options, const char key[], PetscBool kind, Import *import, PetscBool *given)
{
  const char *name;
  PetscBool   set, none;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetString(options, key, &name));
  PetscCall(DscOptionsIsSet(options, key, &set));
  PetscCall(PetscStrcmp(name, "none", &none));
  *given = none ? PETSC_FALSE : PETSC_TRUE;
  if (set && kind) PetscCall(PetscStrncpy(import->number, name, sizeof(import->number)));
  PetscFunctionReturn(0);
}

/* As the keys say or, where they are silent, the file. */
static PetscErrorCode find_tracks(DscOptions options, Import *import)
{
  PetscBool set, said, none, particle, trajectory;

  PetscFunctionBeginUser;
  PetscCall(PetscStrncpy(import->number, "none", sizeof(import->number)));
  if (import->file->reader->read_tracks)
    PetscCall(
        import->file->reader->read_tracks(import->file, &import->positions, &import->trajectories, import->number));
  said = import->positions;
  PetscCall(DscOptionsIsSet(options, "data_positions", &set));
  if (set) PetscCall(DscOptionsGetBool(options, "data_positions", &import->positions));
  if (said != import->positions) PetscCall(PetscStrncpy(import->number, "none", sizeof(import->number)));
  PetscCall(get_number(options, "data_particle", import->positions, import, &particle));
  PetscCall(get_number(options, "data_trajectory", (PetscBool)!import->positions, import, &trajectory));
  DscOptionsUserCheck(!particle || import->positions, options, PETSC_COMM_SELF, "data_particle",
                      "only positions of particles have particles; give -data_positions too");
  DscOptionsUserCheck(!trajectory || !import->positions, options, PETSC_COMM_SELF, "data_trajectory",
                      "is for series of values; what numbers the particles of positions is data_particle");
  PetscCall(PetscStrcmp(import->number, "none", &none));
  import->trajectories = !none && !import->positions ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}

/* Sets track[], where the coordinates are there already. what: 'position' or 'sample'. */
static PetscErrorCode read_numbers(DscOptions options, const char key[], const char what[], Import *import,
                                   DscDataSet *data)
{
  const PetscInt n = data->nsamples;

  PetscFunctionBeginUser;
  PetscCall(DscArrayDestroy(&import->field));
  PetscCall(PetscMemzero(&import->field, sizeof(import->field)));
  PetscCall(DscFileRead(import->file, DscOptionsWhere(options, key), import->number, &import->field));
  DscLayoutSqueeze(&import->field);
  PetscCall(PetscMalloc1(2 * (size_t)n, &import->numbers));
  DscUserCheck(import->field.n == n, PETSC_COMM_SELF, "%s: %s: '%s' is %s, but there are %" PetscInt_FMT " %ss", key,
               import->layout.path, import->number, DscShapeText(import->field.ndimensions, import->field.dimensions),
               n, what);
  PetscCall(DscLayoutGather(&import->layout, &import->field, data, import->numbers));
  PetscCall(DscTracksNumber(import->numbers, import->numbers + n, data));
  PetscFunctionReturn(0);
}

/* ---- positions of particles ----------------------------------------------------------------------------------- */

static PetscErrorCode refuse_for_positions(DscOptions options)
{
  const char *t, *x, *y, *z;
  PetscBool   u, axes;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsIsSet(options, "data_u", &u));
  PetscCall(DscOptionsIsSet(options, "data_axes", &axes));
  PetscCall(DscOptionsGetString(options, "data_t", &t));
  PetscCall(DscOptionsGetString(options, "data_x", &x));
  PetscCall(DscOptionsGetString(options, "data_y", &y));
  PetscCall(DscOptionsGetString(options, "data_z", &z));
  DscOptionsUserCheck(!u, options, PETSC_COMM_SELF, "data_u",
                      "of positions of particles no values are read; their density is called u, or as data_names says");
  DscOptionsUserCheck(!axes, options, PETSC_COMM_SELF, "data_axes", "positions of particles are no grid and have none");
  DscOptionsUserCheck(strcmp(t, "none"), options, PETSC_COMM_SELF, "data_t",
                      "positions of particles need their times; name the variable or column");
  DscOptionsUserCheck(strcmp(x, "none"), options, PETSC_COMM_SELF, "data_x",
                      "positions of particles need a variable or column of x; name it");
  DscOptionsUserCheck(!strcmp(y, "none"), options, PETSC_COMM_SELF, "data_y",
                      "positions of particles can have one coordinate of space only, x; give none");
  DscOptionsUserCheck(!strcmp(z, "none"), options, PETSC_COMM_SELF, "data_z",
                      "positions of particles can have one coordinate of space only, x; give none");
  PetscFunctionReturn(0);
}

/* Each of them once at a time. */
static PetscErrorCode check_once(const Import *import, const DscDataSet *data)
{
  const double *t = data->coordinates[0], *x = data->coordinates[1];

  PetscFunctionBeginUser;
  for (PetscInt i = 1; i < data->nsamples; i++) {
    DscUserCheck(
        t[i] != t[i - 1] || data->track[i] != data->track[i - 1], PETSC_COMM_SELF,
        "data_particle: %s: particle %.10g is twice at time %.10g, at x = %.10g and x = %.10g; a row is wrong, "
        "or '%s' does not number the particles",
        import->layout.path, import->numbers[data->nsamples + data->track[i]], t[i], x[i - 1], x[i], import->number);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode import_positions(DscOptions options, Import *import, DscDataSet *data)
{
  const DscArray *t = &import->layout.coordinates[0], *x = &import->layout.coordinates[1];
  PetscBool       none;

  PetscFunctionBeginUser;
  PetscCall(refuse_for_positions(options));
  PetscCall(DscOptionsGetStrings(options, "data_u", &import->nu, &import->u)); /* its default is the density's name */
  import->layout.path  = import->file->path;
  import->file->advice = "; leave out particles whose time or position is not known";
  PetscCall(read_coordinates(options, import, data));
  PetscCall(DscMemoryCheck(PETSC_COMM_SELF, options, DscDataSetBytes(2, 1, x->n), 0.));
  DscUserCheck(t->n == x->n, PETSC_COMM_SELF,
               "data_file: %s: '%s' is %s and '%s' is %s, but each position needs its time", import->layout.path,
               t->name, DscShapeText(t->ndimensions, t->dimensions), x->name,
               DscShapeText(x->ndimensions, x->dimensions));
  PetscCall(DscLayoutSetUp(&import->layout, x, data));
  data->positions = PETSC_TRUE;
  data->nfields   = 1;
  PetscCall(PetscMalloc1(data->nsamples, &data->clean[0]));
  for (PetscInt i = 0; i < data->nsamples; i++) data->clean[0][i] = NAN;
  PetscCall(PetscStrcmp(import->number, "none", &none));
  import->file->advice = "; give each position the number of its particle, or use -data_particle none";
  if (!none) PetscCall(read_numbers(options, "data_particle", "position", import, data));
  PetscCall(DscPositionsSort(data));
  if (!none) PetscCall(check_once(import, data));
  PetscCall(set_names(options, import, data));
  PetscCall(set_truth(options, import, data));
  snprintf(data->description, sizeof(data->description), "%s: %" PetscInt_FMT " positions of %s", import->layout.path,
           data->nsamples, none ? "particles" : "numbered particles");
  PetscFunctionReturn(0);
}

/* ---- several series in time ----------------------------------------------------------------------------------- */

/* Only what a user has set counts: the default of data_x is no mistake. */
static PetscErrorCode refuse_for_trajectories(DscOptions options)
{
  static const char *const space[] = {"data_x", "data_y", "data_z"};
  const char              *t;
  PetscBool                axes;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsIsSet(options, "data_axes", &axes));
  PetscCall(DscOptionsGetString(options, "data_t", &t));
  DscOptionsUserCheck(!axes, options, PETSC_COMM_SELF, "data_axes", "trajectories are columns and have none");
  DscOptionsUserCheck(strcmp(t, "none"), options, PETSC_COMM_SELF, "data_t",
                      "several trajectories need their times; name the variable or column");
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(space); i++) {
    const char *name;
    PetscBool   set;

    PetscCall(DscOptionsIsSet(options, space[i], &set));
    PetscCall(DscOptionsGetString(options, space[i], &name));
    DscOptionsUserCheck(!set || !strcmp(name, "none"), options, PETSC_COMM_SELF, space[i],
                        "trajectories are series in time alone; give none, or -data_trajectory none");
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode take_trajectories(DscOptions options, Import *import, DscDataSet *data)
{
  PetscInt twice;

  PetscFunctionBeginUser;
  import->file->missing = PETSC_FALSE;
  import->file->advice  = "; give each sample the number of its trajectory";
  PetscCall(read_numbers(options, "data_trajectory", "sample", import, data));
  PetscCall(DscTracksSort(data, &twice));
  DscUserCheck(
      twice < 0, PETSC_COMM_SELF,
      "data_trajectory: %s: trajectory %.10g is twice at time %.10g; a row is wrong, or '%s' does not number the "
      "trajectories",
      import->layout.path, import->numbers[data->nsamples + data->track[twice]], data->coordinates[0][twice],
      import->number);
  PetscFunctionReturn(0);
}

/* ---- a whole file --------------------------------------------------------------------------------------------- */

static PetscErrorCode describe(const Import *import, DscDataSet *data)
{
  const char *path = import->layout.path;

  PetscFunctionBeginUser;
  if (import->trajectories)
    snprintf(data->description, sizeof(data->description), "%s: %" PetscInt_FMT " trajectories", path, data->ntracks);
  else
    snprintf(data->description, sizeof(data->description), "%s: %s", path,
             data->grid[0] ? DscShapeText(data->ncoordinates, data->grid) : "scattered points");
  PetscFunctionReturn(0);
}

static PetscErrorCode import_file(DscOptions options, Import *import, DscDataSet *data)
{
  PetscFunctionBeginUser;
  PetscCall(find_tracks(options, import));
  if (import->positions) {
    PetscCall(import_positions(options, import, data));
    PetscFunctionReturn(0);
  }
  if (import->trajectories) PetscCall(refuse_for_trajectories(options));
  PetscCall(begin(options, import, data));
  PetscCall(read_fields(options, import, data));
  PetscCall(set_names(options, import, data));
  PetscCall(set_truth(options, import, data));
  if (import->trajectories) PetscCall(take_trajectories(options, import, data));
  if (!data->grid[0] && !import->trajectories) PetscCall(DscLayoutRecogniseGrid(data));
  PetscCall(describe(import, data));
  PetscFunctionReturn(0);
}

static PetscErrorCode import_destroy(Import *import)
{
  PetscFunctionBeginUser;
  PetscCall(DscFileClose(&import->file));
  for (PetscInt c = 0; c < DSC_MAX_COORDINATES; c++) PetscCall(DscArrayDestroy(&import->layout.coordinates[c]));
  PetscCall(DscArrayDestroy(&import->field));
  PetscCall(DscOptionsRestoreStrings(import->nu, &import->u));
  PetscCall(DscOptionsRestoreStrings(import->nnames, &import->names));
  PetscCall(DscOptionsRestoreStrings(import->nterms, &import->terms));
  PetscCall(PetscFree(import->truth));
  PetscCall(PetscFree(import->numbers));
  PetscFunctionReturn(0);
}

PetscErrorCode DscDataSetImport(DscOptions options, DscDataSet *data)
{
  const char    *path;
  Import         import = {0};
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetString(options, "data_file", &path));
  ierr = DscFileOpen(path, &import.file);
  if (!ierr) ierr = import_file(options, &import, data);
  PetscCall(import_destroy(&import));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

/* ---- the header of a grid ------------------------------------------------------------------------------------- */

static PetscErrorCode place_field(const DscLayout *layout, const DscArray *array, DscFileField *field)
{
  DscArray squeezed = *array;
  PetscInt order[DSC_MAX_COORDINATES], next = 0;

  PetscFunctionBeginUser;
  DscLayoutSqueeze(&squeezed);
  PetscCall(DscLayoutFindOrder(layout, &squeezed, order));
  field->reversed    = array->reversed;
  field->ndimensions = array->ndimensions;
  for (PetscInt d = 0; d < array->ndimensions; d++) {
    PetscInt *axis = &field->axis[array->reversed ? array->ndimensions - 1 - d : d];

    *axis = -1;
    if (array->dimensions[d] == 1) continue;
    for (PetscInt c = 0; c < layout->ncoordinates; c++) {
      if (order[c] == next) *axis = c;
    }
    next++;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode keep_axes(const DscLayout *layout, DscFileGrid *found)
{
  double n;

  PetscFunctionBeginUser;
  PetscCall(DscLayoutCheckAxes(layout, &n));
  for (PetscInt c = 0; c < layout->ncoordinates; c++) {
    const DscArray *axis = &layout->coordinates[c];

    found->extent[c]   = axis->n;
    found->descends[c] = DscLayoutDescends(axis);
    PetscCall(PetscMalloc1(axis->n, &found->axes[c]));
    for (PetscInt i = 0; i < axis->n; i++) {
      found->axes[c][i] = axis->values[found->descends[c] ? axis->n - 1 - i : i];
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode import_grid(DscOptions options, Import *import, DscDataSet *data, DscFileGrid *found)
{
  PetscInt entry;

  PetscFunctionBeginUser;
  PetscCall(find_tracks(options, import));
  if (import->positions || import->trajectories) PetscFunctionReturn(0);
  PetscCall(begin(options, import, data));
  for (PetscInt f = 0; f < import->nu; f++) {
    DscArray     *array = &import->field; /* it holds no numbers */
    DscFileField *field = &found->fields[f];

    PetscCall(PetscMemzero(array, sizeof(*array)));
    PetscCall(
        DscFileDescribe(import->file, DscOptionsWhere(options, "data_u"), import->u[f], array, &entry, &field->part));
    PetscCall(PetscStrncpy(field->name, import->file->entries[entry].name, sizeof(field->name)));
    if (f == 0) {
      DscArray squeezed = *array;

      DscLayoutSqueeze(&squeezed);
      DscLayoutFindGrid(&import->layout, &squeezed);
      found->grid = import->layout.grid;
      if (!found->grid) PetscFunctionReturn(0);
      PetscCall(keep_axes(&import->layout, found));
    }
    PetscCall(place_field(&import->layout, array, field));
  }
  data->nfields = import->nu;
  PetscCall(set_names(options, import, data));
  PetscCall(set_truth(options, import, data));
  snprintf(data->description, sizeof(data->description), "%s: %s", import->layout.path,
           DscShapeText(data->ncoordinates, found->extent));
  PetscFunctionReturn(0);
}

PetscErrorCode DscDataSetImportGrid(DscOptions options, DscDataSet *data, DscFileGrid *found)
{
  const char    *path;
  Import         import = {.header = PETSC_TRUE};
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetString(options, "data_file", &path));
  ierr = DscFileOpen(path, &import.file);
  if (!ierr && import.file->reader == &DscReaderHDF5) ierr = import_grid(options, &import, data, found);
  PetscCall(import_destroy(&import));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}
