/*
  Grids that no rank holds whole give the numbers of the replicated set, bit for bit: in files of any layout, through
  windows and strides, with noise, in boxes that differ from rank to rank.
*/
#include "data_test.h"

static PetscErrorCode try_open(uint64_t seed, const char *const keys[], DscGrid *grid)
{
  DscOptions     options = options_of(keys);
  PetscErrorCode ierr    = DscGridOpen(PETSC_COMM_WORLD, options, seed, grid);

  CALL(DscOptionsDestroy(&options));
  return ierr;
}

static DscGrid open_grid(uint64_t seed, const char *const keys[])
{
  DscGrid grid;

  CALL(try_open(seed, keys, &grid));
  return grid;
}

static void assert_grid_refused(const char *const keys[], const char part[])
{
  DscGrid        grid;
  PetscErrorCode ierr;

  CALL(DscErrorCaptureBegin());
  ierr = try_open(0, keys, &grid);
  CALL(DscErrorCaptureEnd());
  if (ierr != PETSC_ERR_USER_INPUT || !strstr(DscErrorMessage(), part))
    fail_msg("error %d '%s' where '%s' was expected", ierr, DscErrorMessage(), part);
  assert_null(grid);
  assert_null(strchr(DscErrorMessage(), '\n'));
}

/* ---- files ---------------------------------------------------------------------------------------------------- */

enum { NT = 37, NX = 53, NY = 5 };

static double u_of(int i, int j, int k)
{
  return sin(.3 * i) * cos(.2 * j) + .01 * (double)(i * j % 17) + .7 * k;
}

/* How u [t][x] or [t][x][y] lies in a file. */
typedef struct {
  int   ndimensions;
  char  letters[8]; /* of the dimensions, in the file's order; '1' is one of length 1 */
  int   descending; /* of x and t */
  hid_t type;       /* 0: two doubles, complex, whose imaginary part is u + 1 */
  int   chunked;
  int   matlab; /* behind its header; the user sees the dimensions the other way round */
} Layout;

static void write_axis(hid_t file, const char name[], int n, int descending)
{
  hsize_t extent = (hsize_t)n;
  hid_t   space  = H5Screate_simple(1, &extent, NULL), dataset;
  double *values;

  CALL(PetscMalloc1(n, &values));
  for (int i = 0; i < n; i++) values[i] = .1 * (descending ? n - 1 - i : i) + (i % 2 ? 0. : .01);
  dataset = H5Dcreate(file, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  assert_true(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
  H5Dclose(dataset);
  H5Sclose(space);
  CALL(PetscFree(values));
}

static hid_t complex_type(void)
{
  hid_t type = H5Tcreate(H5T_COMPOUND, 2 * sizeof(double));

  H5Tinsert(type, "r", 0, H5T_NATIVE_DOUBLE);
  H5Tinsert(type, "i", sizeof(double), H5T_NATIVE_DOUBLE);
  return type;
}

static void write_field(hid_t file, const Layout *layout, double bad)
{
  const int nt = NT, nx = NX, ny = layout->ndimensions == 3 ? NY : 1, parts = layout->type ? 1 : 2;
  hsize_t   extents[4], chunk[4];
  int       n        = (int)strlen(layout->letters), at[4];
  hid_t     creation = H5Pcreate(H5P_DATASET_CREATE), type = layout->type ? H5T_NATIVE_DOUBLE : complex_type();
  hid_t     space, dataset;
  double   *values;

  CALL(PetscMalloc1((size_t)(nt * nx * ny * parts), &values));
  for (int d = 0; d < n; d++) {
    const char letter = layout->letters[d];

    extents[d] = (hsize_t)(letter == 't' ? nt : letter == 'x' ? nx : letter == 'y' ? ny : 1);
    chunk[d]   = extents[d] > 8 ? 8 : 1;
  }
  for (int k = 0; k < nt * nx * ny; k++) {
    int rest = k, i = 0, j = 0, l = 0;

    for (int d = n - 1; d >= 0; d--) {
      at[d] = rest % (int)extents[d];
      rest /= (int)extents[d];
      if (layout->letters[d] == 't') i = layout->descending ? nt - 1 - at[d] : at[d];
      if (layout->letters[d] == 'x') j = layout->descending ? nx - 1 - at[d] : at[d];
      if (layout->letters[d] == 'y') l = at[d];
    }
    values[parts * k] = i == 20 && j == 30 && l == ny - 1 && bad != 0. ? bad : u_of(i, j, l);
    if (parts == 2) values[2 * k + 1] = values[2 * k] + 1.;
  }
  if (layout->chunked) {
    H5Pset_chunk(creation, n, chunk);
    H5Pset_deflate(creation, 1);
  }
  space   = H5Screate_simple(n, extents, NULL);
  dataset = H5Dcreate(file, "u", layout->type ? layout->type : type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  assert_true(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
  H5Dclose(dataset);
  H5Sclose(space);
  H5Pclose(creation);
  if (!layout->type) H5Tclose(type);
  CALL(PetscFree(values));
}

/* bad: the number at t 20, x 30, last y; 0: that of u_of(). */
static const char *write_file(const char name[], const Layout *layout, double bad)
{
  const char *path = path_of(name);
  int         rank;

  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (!rank) {
    hid_t creation = H5Pcreate(H5P_FILE_CREATE), file;

    if (layout->matlab) H5Pset_userblock(creation, 512);
    file = H5Fcreate(path, H5F_ACC_TRUNC, creation, H5P_DEFAULT);
    H5Pclose(creation);
    write_axis(file, "t", NT, layout->descending);
    write_axis(file, "x", NX, layout->descending);
    if (layout->ndimensions == 3) write_axis(file, "y", NY, 0);
    write_field(file, layout, bad);
    H5Fclose(file);
    if (layout->matlab) {
      FILE *stream = fopen(path, "rb+");

      assert_non_null(stream);
      fputs("MATLAB 7.3 MAT-file", stream);
      assert_int_equal(fclose(stream), 0);
    }
  }
  MPI_Barrier(MPI_COMM_WORLD);
  return path;
}

/* ---- what is the same ----------------------------------------------------------------------------------------- */

/* Boxes of this rank: its share of the rows; a middle part; nothing on every second rank. */
static void choose_box(int which, const DscGridInfo *info, PetscInt first[], PetscInt count[])
{
  int rank, size;

  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  for (PetscInt c = 0; c < info->ncoordinates; c++) {
    first[c] = which == 1 ? info->extent[c] / 4 : 0;
    count[c] = info->extent[c] - 2 * first[c];
  }
  if (which == 0) {
    first[0] = info->extent[0] * rank / size;
    count[0] = info->extent[0] * (rank + 1) / size - first[0];
  }
  if (which == 2 && rank % 2 == 1) count[info->ncoordinates - 1] = 0;
}

static void assert_box(const DscDataSet *data, const DscGridInfo *info, PetscInt field, const PetscInt first[],
                       const PetscInt count[], const double values[])
{
  PetscInt total = 1, at[DSC_MAX_COORDINATES];

  for (PetscInt c = 0; c < info->ncoordinates; c++) total *= count[c];
  for (PetscInt k = 0; k < total; k++) {
    PetscInt rest = k, sample = 0;

    for (PetscInt c = info->ncoordinates - 1; c >= 0; c--) {
      at[c] = first[c] + rest % count[c];
      rest /= count[c];
    }
    for (PetscInt c = 0; c < info->ncoordinates; c++) sample = sample * info->extent[c] + at[c];
    assert_same_bits(&values[k], &data->fields[field][sample], 1);
    for (PetscInt c = 0; c < info->ncoordinates; c++) {
      assert_same_bits(&info->coordinates[c][at[c]], &data->coordinates[c][sample], 1);
    }
  }
}

/* The grid of these keys is the replicated set of these keys. */
static void assert_same(const char *const keys[])
{
  DscDataSet *data = create(7, keys), *probe;
  DscGrid     grid = open_grid(7, keys);
  DscGridInfo info;
  PetscInt    first[DSC_MAX_COORDINATES], count[DSC_MAX_COORDINATES];
  double     *values;

  CALL(DscGridGetInfo(grid, &info));
  assert_int_equal(info.ncoordinates, data->ncoordinates);
  assert_int_equal(info.nfields, data->nfields);
  assert_int_equal(info.npoints, data->nsamples);
  CALL(PetscMalloc1(data->nsamples, &values));
  for (PetscInt c = 0; c < info.ncoordinates; c++) {
    assert_int_equal(info.extent[c], data->grid[c]);
    assert_string_equal(info.coordinate_names[c], data->coordinate_names[c]);
  }
  for (PetscInt f = 0; f < info.nfields; f++) {
    assert_string_equal(info.field_names[f], data->field_names[f]);
    for (int which = 0; which < 3; which++) {
      choose_box(which, &info, first, count);
      CALL(DscGridRead(grid, f, first, count, values));
      assert_box(data, &info, f, first, count, values);
    }
  }
  CALL(DscGridGetProbe(grid, data->nsamples, &probe));
  assert_int_equal(probe->nsamples, data->nsamples);
  assert_int_equal(probe->ntrain, data->nsamples);
  assert_int_equal(probe->ntruth, data->ntruth);
  assert_string_equal(probe->description, data->description);
  for (PetscInt c = 0; c < info.ncoordinates; c++) {
    assert_int_equal(probe->grid[c], data->grid[c]);
    assert_same_bits(probe->coordinates[c], data->coordinates[c], data->nsamples);
  }
  for (PetscInt f = 0; f < info.nfields; f++) {
    assert_same_bits(probe->fields[f], data->fields[f], data->nsamples);
    assert_same_bits(probe->clean[f], data->clean[f], data->nsamples);
  }
  CALL(PetscFree(values));
  CALL(DscDataSetDestroy(&probe));
  CALL(DscGridClose(&grid));
  CALL(DscDataSetDestroy(&data));
}

static void files_of_any_layout(void **state)
{
  const Layout layouts[] = {
      {2, "tx", 0, H5T_IEEE_F64LE, 0, 0},   {2, "xt", 0, H5T_IEEE_F64LE, 0, 0},   {2, "1x1t", 1, H5T_IEEE_F32BE, 0, 0},
      {2, "tx", 1, H5T_IEEE_F64LE, 1, 0},   {3, "ytx", 0, H5T_IEEE_F64LE, 0, 0},  {3, "xyt", 1, H5T_IEEE_F32LE, 1, 0},
      {3, "t1xy", 0, H5T_IEEE_F64LE, 1, 0}, {3, "1txy", 1, H5T_IEEE_F64LE, 0, 1},
  };

  (void)state;
  for (size_t i = 0; i < sizeof(layouts) / sizeof(*layouts); i++) {
    const char *path = write_file("layout.h5", &layouts[i], 0.);
    const char *y    = layouts[i].ndimensions == 3 ? "y" : "none";

    assert_same(KEYS("data_file", path, "data_y", y));
    assert_same(KEYS("data_file", path, "data_y", y, "data_noise", "0.3"));
    assert_same(KEYS("data_file", path, "data_y", y, "data_noise", "0.3", "data_window_t", "0.55,2.9", "data_stride_x",
                     "3", "data_window_x", "1.0,5.0", "data_stride_t", "2"));
  }
}

/* Parts of complex numbers, names of our own, a truth. */
static void parts_names_and_truth(void **state)
{
  const Layout layout = {2, "xt", 0, 0, 0, 0};
  const char  *path   = write_file("complex.h5", &layout, 0.);

  (void)state;
  assert_same(KEYS("data_file", path, "data_u", "u.im,u.re", "data_names", "b,a", "data_noise", "0.1",
                   "data_truth_terms", "a,b a", "data_truth_values", "1,2,3,4"));
  assert_grid_refused(KEYS("data_file", path), "u.re,u.im");
}

/* More points than one block of the sum of squares has: the noise has the same amplitude, to the last bit. */
static void the_spread_of_many_blocks(void **state)
{
  const char *path = path_of("many.h5");
  DscDataSet *data = create(0, KEYS("data_source", "kdv", "kdv_t_points", "411", "kdv_x_points", "523"));
  double      mean = 0., variance = 0.;

  (void)state;
  CALL(DscDataSetWrite(PETSC_COMM_WORLD, data, path));
  for (PetscInt i = 0; i < data->nsamples; i++) mean += data->clean[0][i] / data->nsamples;
  for (PetscInt i = 0; i < data->nsamples; i++) variance += pow(data->clean[0][i] - mean, 2.) / data->nsamples;
  CALL(DscDataSetDestroy(&data));
  assert_same(KEYS("data_file", path, "data_noise", "0.2"));
  data = create(7, KEYS("data_file", path, "data_noise", "0.2"));
  for (PetscInt i = 0; i < data->nsamples; i += 1000) {
    const double normal = DscRandomNormal(7, DSC_STREAM_NOISE, (uint64_t)i);

    assert_near(data->fields[0][i] - data->clean[0][i], .2 * sqrt(variance) * normal, 1e-12);
  }
  CALL(DscDataSetDestroy(&data));
}

static void generators_and_text(void **state)
{
  const char *path = path_of("grid.csv");
  int         rank;

  (void)state;
  assert_same(KEYS("data_source", "kdv", "data_noise", "0.2", "data_stride_x", "2", "data_window_t", "1,2.5"));
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (!rank) write_text(path, "t,x,u\n0,0,1\n1,2,5\n0,2,3\n1,0,7\n0,1,9\n1,1,8\n");
  MPI_Barrier(MPI_COMM_WORLD);
  assert_same(KEYS("data_file", path, "data_noise", "0.2"));
}

static void a_probe_is_a_part(void **state)
{
  const Layout layout = {3, "xyt", 1, H5T_IEEE_F64LE, 0, 0};
  const char  *path   = write_file("probe.h5", &layout, 0.);
  const char  *keys[] = {"data_file", path, "data_y", "y", "data_noise", "0.3", "data_stride_t", "2", NULL};
  const char  *thin[] = {"data_file",     path, "data_y",        "y", "data_noise", "0.3", "data_stride_t", "8",
                         "data_stride_x", "4",  "data_stride_y", "4", NULL};
  DscGrid      grid   = open_grid(7, keys);
  DscDataSet  *probe, *data;

  (void)state;
  CALL(DscGridGetProbe(grid, 199, &probe)); /* 19 x 53 x 5: 7 x 18 x 2 for k = 3, 5 x 14 x 2 for 4 */
  data = create(7, thin);
  assert_int_equal(probe->nsamples, 5 * 14 * 2);
  assert_int_equal(data->nsamples, 5 * 14 * 2);
  for (int c = 0; c < 3; c++) assert_same_bits(probe->coordinates[c], data->coordinates[c], data->nsamples);
  assert_same_bits(probe->fields[0], data->fields[0], data->nsamples);
  CALL(DscDataSetDestroy(&data));
  CALL(DscDataSetDestroy(&probe));
  CALL(DscGridGetProbe(grid, 8, &probe)); /* never less than two along an axis */
  assert_int_equal(probe->nsamples, 8);
  CALL(DscDataSetDestroy(&probe));
  CALL(DscGridClose(&grid));
}

static void numbers_that_are_none(void **state)
{
  const Layout layout = {2, "xt", 1, H5T_IEEE_F64LE, 0, 0};
  const char  *path = write_file("nan.h5", &layout, NAN), *place = "'u' is NaN at [22, 16], counting from 0";
  DscGrid      grid;
  double      *values;
  PetscInt     first[] = {0, 0}, count[] = {NT, NX};
  int          rank, size;

  (void)state;
  assert_grid_refused(KEYS("data_file", path, "data_noise", "0.1"), place);
  grid = open_grid(0, KEYS("data_file", path));
  CALL(PetscMalloc1(NT * NX, &values));
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (rank != size - 1) count[0] = 3; /* only the last rank meets it */
  CALL(DscErrorCaptureBegin());
  assert_int_equal(DscGridRead(grid, 0, first, count, values), PETSC_ERR_USER_INPUT);
  CALL(DscErrorCaptureEnd());
  if (!strstr(DscErrorMessage(), place)) fail_msg("'%s'", DscErrorMessage());
  CALL(PetscFree(values));
  CALL(DscGridClose(&grid));
}

static void refusals(void **state)
{
  const Layout layout = {2, "xt", 0, H5T_IEEE_F64LE, 0, 0};
  const char  *path = write_file("plain.h5", &layout, 0.), *points = path_of("points.csv");
  int          rank;

  (void)state;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (!rank) write_text(points, "t,x,u\n0,0,1\n1,2,5\n0.5,2,3\n");
  MPI_Barrier(MPI_COMM_WORLD);
  assert_grid_refused(KEYS("data_file", points), "scattered points");
  assert_grid_refused(KEYS("data_file", path, "data_sampling", "random"), "data_stride_t");
  assert_grid_refused(KEYS("data_file", path, "data_samples", "9"), "data_stride_t");
  assert_grid_refused(KEYS("data_file", path, "data_test_fraction", "0.2"), "replicated");
  assert_grid_refused(KEYS("data_file", path, "data_stride_y", "2"), "no coordinate y");
  assert_grid_refused(KEYS("data_file", path, "data_u", "v"), "has no 'v'");
  assert_grid_refused(KEYS("data_file", path, "data_u", "u.re", "data_names", "u"), "has no parts");
  assert_grid_refused(KEYS("data_file", path_of("none.h5")), "cannot read");
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(files_of_any_layout),
      cmocka_unit_test(parts_names_and_truth),
      cmocka_unit_test(the_spread_of_many_blocks),
      cmocka_unit_test(generators_and_text),
      cmocka_unit_test(a_probe_is_a_part),
      cmocka_unit_test(numbers_that_are_none),
      cmocka_unit_test(refusals),
  };
  int failed;

  if (DscInitialize(&argc, &argv)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, remove_files);
  return DscFinalize() ? 1 : failed;
}
