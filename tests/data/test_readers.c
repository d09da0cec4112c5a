/*
  Files that must be read, in every format and layout. Most hold u = 10 t + x on the same points, so that any mix-up of
  dimensions shows in the numbers; DscDataSetCreate() is what is called, as a user would.
*/
#include "data_test.h"

#include <hdf5.h>
#if defined(DISCERN_HAVE_MATIO)
#include <matio.h>
#endif

enum { NT = 3, NX = 4 };

static const double t_values[NT] = {0., 1., 3.}, x_values[NX] = {-1., .5, 1., 2.};

static double u_of(double t, double x)
{
  return 10. * t + x;
}

/* u on the grid; t_fast: x is the slow dimension. */
static void fill_u(int t_fast, double u[NT * NX])
{
  for (int i = 0; i < NT; i++) {
    for (int j = 0; j < NX; j++) u[t_fast ? j * NT + i : i * NX + j] = u_of(t_values[i], x_values[j]);
  }
}

static void assert_grid(const DscDataSet *data)
{
  assert_int_equal(data->ncoordinates, 2);
  assert_int_equal(data->grid[0], NT);
  assert_int_equal(data->grid[1], NX);
  assert_int_equal(data->nsamples, NT * NX);
  for (int k = 0; k < NT * NX; k++) {
    assert_near(data->coordinates[0][k], t_values[k / NX], 0.);
    assert_near(data->coordinates[1][k], x_values[k % NX], 0.);
    assert_near(data->clean[0][k], u_of(t_values[k / NX], x_values[k % NX]), 1e-6); /* single precision files too */
  }
}

static void assert_reads_grid(const char *const keys[])
{
  DscDataSet *data = create(0, keys);

  assert_grid(data);
  CALL(DscDataSetDestroy(&data));
}

/* ---- CSV ------------------------------------------------------------------------------------------------------- */

/* Four scattered points with u = 10 t + x. */
static void assert_reads_points(const char *const keys[])
{
  static const double t[] = {0., .5, 2., 4.}, x[] = {1., -1., 0., 3.5};
  DscDataSet         *data = create(0, keys);

  assert_int_equal(data->nsamples, 4);
  assert_int_equal(data->grid[0], 0);
  for (int i = 0; i < 4; i++) {
    assert_near(data->coordinates[0][i], t[i], 0.);
    assert_near(data->coordinates[1][i], x[i], 0.);
    assert_near(data->clean[0][i], u_of(t[i], x[i]), 0.);
  }
  CALL(DscDataSetDestroy(&data));
}

static void csv_in_all_styles(void **state)
{
  static const char *const texts[] = {
      "t,x,u\n0,1,1\n.5,-1,4\n2,0,20\n4,3.5,43.5\n",
      "u;t;x\n1;0;1\n4;.5;-1\n20;2;0\n43.5;4;3.5\n",
      "t\tx\tu\n0\t1\t1\n.5\t-1\t4\n2\t0\t20\n4\t3.5\t43.5",
      "  t   x u\n 0   1 1\n .5 -1 4  \n 2 \t 0 20\n 4 3.5 4.35e1\n",
      "\"t\",\"x\",\"u\",\n0,1,1,\n.5,-1,4,\n2,0,20,\n4,3.5,43.5,\n",
      "t,x,u\n0,1,1,\n.5,-1,4,\n2,0,20,\n4,3.5,43.5,\n",
      "# made by hand\n# t x u\n0 1 1\n.5 -1 4\n2 0 20\n4 3.5 43.5\n",
      "# t,x,u\n0 1 1\n.5 -1 4\n2 0 20\n4 3.5 43.5\n",
      "\xef\xbb\xbft,x,u\r\n0,1,1\r\n.5,-1,4\r\n\r\n2,0,20\r\n4,3.5,43.5\r\n",
      "t,x,u\n0,1,1\n# a remark, with, commas\n.5,-1,4\n2,0,20\n  \n4,3.5,43.5\n#end\n",
      "t, x, u , \"a \"\"b\"\", c\"\n0, 1, 1, 0\n.5, -1, 4, 0\n2, 0, 20, 0\n4, 3.5, 43.5, 0\n",
      "\"a;b\",t,x,u\n0,0,1,1\n0,.5,-1,4\n0,2,0,20\n0,4,3.5,43.5\n",
      "\"t\",\"x\",\"u\",\"note\"\n0,\"1\",1,\"a,b\"\n.5,\"-1\",4,\n2,\"0\",20,none\n4,\"3.5\",43.5,#\n",
  };

  (void)state;
  for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
    write_text(path_of("points.csv"), texts[i]);
    assert_reads_points(KEYS("data_file", path_of("points.csv")));
  }
}

static void csv_without_names_counts_columns(void **state)
{
  (void)state;
  write_text(path_of("bare"), "1 0 1\n4 .5 -1\n20 2 0\n43.5 4 3.5\n");
  assert_reads_points(
      KEYS("data_file", path_of("bare"), "data_u", "0", "data_t", "1", "data_x", "2", "data_names", "u"));
}

static void csv_columns_not_asked_for_may_have_gaps(void **state)
{
  (void)state;
  write_text(path_of("gaps.csv"), "t,gap,x,u,rate,\n0,,1,1,400,\n.5,nan,-1,4,,\n2,7,0,20,,\n4,,3.5,43.5,,\n");
  assert_reads_points(KEYS("data_file", path_of("gaps.csv")));
}

static void tables_that_fill_a_grid_become_one(void **state)
{
  FILE *stream = fopen(path_of("shuffled.csv"), "w");

  (void)state;
  assert_non_null(stream);
  fprintf(stream, "x,t,u\n");
  for (int k = 0; k < NT * NX; k++) {
    const int m = (5 * k + 1) % (NT * NX), i = m / NX, j = m % NX; /* all rows, out of order */

    fprintf(stream, "%g,%g,%g\n", x_values[j], t_values[i], u_of(t_values[i], x_values[j]));
  }
  assert_int_equal(fclose(stream), 0);
  assert_reads_grid(KEYS("data_file", path_of("shuffled.csv")));
}

static void a_table_with_one_row_twice_is_no_grid(void **state)
{
  DscDataSet *data;

  (void)state;
  write_text(path_of("twice.csv"), "t,x,u\n0,0,1\n0,1,2\n1,0,3\n1,0,3\n");
  data = create(0, KEYS("data_file", path_of("twice.csv")));
  assert_int_equal(data->grid[0], 0);
  assert_int_equal(data->nsamples, 4);
  CALL(DscDataSetDestroy(&data));
}

static void time_series(void **state)
{
  DscDataSet *data;

  (void)state;
  write_text(path_of("series.csv"), "time,a,b\n0,1,5\n1,2,4\n3,4,1\n");
  data = create(0, KEYS("data_file", path_of("series.csv"), "data_t", "time", "data_x", "none", "data_u", "b,a"));
  assert_int_equal(data->ncoordinates, 1);
  assert_int_equal(data->grid[0], 3);
  assert_string_equal(data->coordinate_names[0], "t");
  assert_string_equal(data->field_names[0], "b");
  assert_same_bits(data->coordinates[0], (const double[]){0., 1., 3.}, 3);
  assert_same_bits(data->clean[0], (const double[]){5., 4., 1.}, 3);
  assert_same_bits(data->clean[1], (const double[]){1., 2., 4.}, 3);
  CALL(DscDataSetDestroy(&data));
  data = create(0, KEYS("data_file", path_of("series.csv"), "data_t", "none", "data_dt", "0.5", "data_x", "none",
                        "data_u", "b", "data_names", "velocity"));
  assert_same_bits(data->coordinates[0], (const double[]){0., .5, 1.}, 3);
  assert_string_equal(data->field_names[0], "velocity");
  CALL(DscDataSetDestroy(&data));
}

/* ---- NPY ------------------------------------------------------------------------------------------------------- */

/* Version 1, or 2 where the header is asked to be long. */
static void write_npy(const char name[], const char descr[], const char order[], const char shape[], const void *bytes,
                      size_t n, int version)
{
  char   header[256];
  FILE  *stream = fopen(path_of(name), "wb");
  size_t length = (size_t)snprintf(header, sizeof(header), "{'descr': %s, 'fortran_order': %s, 'shape': %s, }\n", descr,
                                   order, shape);

  assert_non_null(stream);
  fwrite("\x93NUMPY", 1, 6, stream);
  fputc(version, stream);
  fputc(0, stream);
  fputc((int)length, stream);
  for (int i = 1; i < (version == 1 ? 2 : 4); i++) fputc(0, stream);
  fwrite(header, 1, length, stream);
  fwrite(bytes, 1, n, stream);
  assert_int_equal(fclose(stream), 0);
}

static void write_npy_axes(void)
{
  write_npy("t.npy", "'<f8'", "False", "(3,)", t_values, sizeof(t_values), 1);
  write_npy("x.npy", "'<f8'", "False", "(4, 1)", x_values, sizeof(x_values), 2);
}

static void npy_grids_in_all_orders(void **state)
{
  double            u[NT * NX];
  const char *const keys[] = {"data_file", path_of("u.npy"), "data_t", "t.npy", "data_x", "x.npy", NULL};

  (void)state;
  write_npy_axes();
  for (int t_fast = 0; t_fast < 2; t_fast++) {
    fill_u(t_fast, u);
    write_npy("u.npy", "'<f8'", "False", t_fast ? "(4, 3)" : "(3, 4)", u, sizeof(u), 1);
    assert_reads_grid(keys);
    write_npy("u.npy", "'<f8'", "True", t_fast ? "(3, 4)" : "(4, 3)", u, sizeof(u), 1);
    assert_reads_grid(keys);
  }
}

static void npy_numbers_of_all_types(void **state)
{
  static const struct {
    const char   *descr;
    size_t        size;
    unsigned char one[16], minus_two[16], three[16];
  } types[] = {
      {"'<f4'", 4, {0, 0, 0x80, 0x3f}, {0, 0, 0, 0xc0}, {0, 0, 0x40, 0x40}},
      {"'<f8'", 8, {0, 0, 0, 0, 0, 0, 0xf0, 0x3f}, {0, 0, 0, 0, 0, 0, 0, 0xc0}, {0, 0, 0, 0, 0, 0, 8, 0x40}},
      {"'>f8'", 8, {0x3f, 0xf0}, {0xc0}, {0x40, 8}},
      {"'<i8'", 8, {1}, {0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, {3}},
      {"'<i4'", 4, {1}, {0xfe, 0xff, 0xff, 0xff}, {3}},
      {"'>i2'", 2, {0, 1}, {0xff, 0xfe}, {0, 3}},
      {"'|i1'", 1, {1}, {0xfe}, {3}},
      {"'<c8'", 8, {0, 0, 0x80, 0x3f}, {0, 0, 0, 0xc0}, {0, 0, 0x40, 0x40}},
      {"'>c16'", 16, {0x3f, 0xf0}, {0xc0}, {0x40, 8}},
  };

  (void)state;
  write_npy_axes();
  for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
    unsigned char bytes[3 * 16];
    DscDataSet   *data;

    memcpy(bytes, types[i].one, types[i].size);
    memcpy(bytes + types[i].size, types[i].minus_two, types[i].size);
    memcpy(bytes + 2 * types[i].size, types[i].three, types[i].size);
    write_npy("u.npy", types[i].descr, "False", "(3,)", bytes, 3 * types[i].size, 1);
    data = create(0, KEYS("data_file", path_of("u.npy"), "data_t", "t.npy", "data_x", "none"));
    assert_same_bits(data->clean[0], (const double[]){1., -2., 3.}, 3);
    CALL(DscDataSetDestroy(&data));
  }
}

static void npy_tables(void **state)
{
  static const double table[] = {1., 0., 1., 4., .5, -1., 20., 2., 0., 43.5, 4., 3.5};
  struct {
    float   t;
    int32_t padding;
    double  u, x;
  } rows[4];

  (void)state;
  write_npy("table.npy", "'<f8'", "False", "(4, 3)", table, sizeof(table), 1);
  assert_reads_points(
      KEYS("data_file", path_of("table.npy"), "data_u", "0", "data_t", "1", "data_x", "2", "data_names", "u"));
  memset(rows, 0, sizeof(rows));
  for (int i = 0; i < 4; i++) {
    rows[i].u = table[3 * i];
    rows[i].t = (float)table[3 * i + 1];
    rows[i].x = table[3 * i + 2];
  }
  write_npy("rows.npy", "[('t', '<f4'), ('', '|V4'), ('u', '<f8'), ('x', '<f8')]", "False", "(4,)", rows, sizeof(rows),
            1);
  assert_reads_points(KEYS("data_file", path_of("rows.npy")));
}

/* ---- HDF5 ------------------------------------------------------------------------------------------------------ */

/* A file as others write it. userblock: 512 makes room for MATLAB's header. */
static hid_t new_hdf5(const char path[], hsize_t userblock)
{
  hid_t creation = H5Pcreate(H5P_FILE_CREATE), file;

  if (userblock) H5Pset_userblock(creation, userblock);
  file = H5Fcreate(path, H5F_ACC_TRUNC, creation, H5P_DEFAULT);
  H5Pclose(creation);
  assert_true(file >= 0);
  return file;
}

static void put(hid_t file, const char name[], hid_t type, int n, const hsize_t dimensions[], const double values[])
{
  hid_t space = H5Screate_simple(n, dimensions, NULL), links = H5Pcreate(H5P_LINK_CREATE),
        creation = H5Pcreate(H5P_DATASET_CREATE), dataset;

  H5Pset_create_intermediate_group(links, 1);
  H5Pset_chunk(creation, n, dimensions);
  H5Pset_shuffle(creation);
  H5Pset_deflate(creation, 4);
  dataset = H5Dcreate(file, name, type, space, links, creation, H5P_DEFAULT);
  assert_true(dataset >= 0);
  assert_true(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
  H5Dclose(dataset);
  H5Pclose(creation);
  H5Pclose(links);
  H5Sclose(space);
}

#define SHAPE(...) ((const hsize_t[]){__VA_ARGS__})

static void hdf5_grids_in_all_orders(void **state)
{
  double u[NT * NX];

  (void)state;
  for (int t_fast = 0; t_fast < 2; t_fast++) {
    hid_t file = new_hdf5(path_of("grid.h5"), 0);

    fill_u(t_fast, u);
    put(file, "u", H5T_IEEE_F32BE, 2, t_fast ? SHAPE(NX, NT) : SHAPE(NT, NX), u);
    put(file, "axes/times", H5T_STD_I16LE, 2, SHAPE(NT, 1), t_values);
    put(file, "axes/x", H5T_IEEE_F64LE, 2, SHAPE(1, NX), x_values);
    H5Fclose(file);
    assert_reads_grid(KEYS("data_file", path_of("grid.h5"), "data_t", "axes/times", "data_x", "axes/x"));
  }
}

static void hdf5_of_equal_lengths_needs_axes(void **state)
{
  static const double values[] = {0., 1.}, u[] = {0., 10., 1., 11.}; /* x slow */
  hid_t               file = new_hdf5(path_of("square.h5"), 0);
  DscDataSet         *data;

  (void)state;
  put(file, "t", H5T_IEEE_F64LE, 1, SHAPE(2), values);
  put(file, "x", H5T_IEEE_F64LE, 1, SHAPE(2), values);
  put(file, "u", H5T_IEEE_F64LE, 2, SHAPE(2, 2), u);
  H5Fclose(file);
  data = create(0, KEYS("data_file", path_of("square.h5"), "data_axes", "x,t"));
  for (int i = 0; i < 4; i++)
    assert_near(data->clean[0][i], u_of(data->coordinates[0][i], data->coordinates[1][i]), 0.);
  CALL(DscDataSetDestroy(&data));
  assert_refused(KEYS("data_file", path_of("square.h5")), KEYS("'u' is 2x2", "-data_axes"));
  assert_refused(KEYS("data_file", path_of("square.h5"), "data_axes", "x,x"), KEYS("data_axes", "each of the 2"));
}

static void hdf5_scattered_and_meshes(void **state)
{
  static const double t[] = {0., .5, 2., 4.}, x[] = {1., -1., 0., 3.5}, u[] = {1., 4., 20., 43.5};
  double              mesh_t[NT * NX], mesh_x[NT * NX], mesh_u[NT * NX];
  hid_t               file = new_hdf5(path_of("points.csv"), 0); /* its name does not matter */

  (void)state;
  put(file, "t", H5T_IEEE_F64LE, 1, SHAPE(4), t);
  put(file, "x", H5T_IEEE_F64LE, 2, SHAPE(4, 1), x);
  put(file, "u", H5T_IEEE_F64LE, 1, SHAPE(4), u);
  H5Fclose(file);
  assert_reads_points(KEYS("data_file", path_of("points.csv")));
  for (int k = 0; k < NT * NX; k++) {
    mesh_t[k] = t_values[k % NT];
    mesh_x[k] = x_values[k / NT];
  }
  fill_u(1, mesh_u);
  file = new_hdf5(path_of("mesh.h5"), 0);
  put(file, "t", H5T_IEEE_F64LE, 2, SHAPE(NX, NT), mesh_t);
  put(file, "x", H5T_IEEE_F64LE, 2, SHAPE(NX, NT), mesh_x);
  put(file, "u", H5T_IEEE_F64LE, 2, SHAPE(NX, NT), mesh_u);
  H5Fclose(file);
  assert_reads_grid(KEYS("data_file", path_of("mesh.h5")));
}

static void three_coordinates_and_a_descending_one(void **state)
{
  static const double t[] = {0., 1.}, x[] = {5., 4., 2.}, y[] = {0., 1., 2., 3.};
  double              u[24];
  hid_t               file = new_hdf5(path_of("txy.h5"), 0);
  DscDataSet         *data;

  (void)state;
  for (int k = 0; k < 24; k++) u[k] = 100. * t[k / 3 % 2] + 10. * x[k % 3] + y[k / 6]; /* y slow, x fast */
  put(file, "t", H5T_IEEE_F64LE, 1, SHAPE(2), t);
  put(file, "x", H5T_IEEE_F64LE, 1, SHAPE(3), x);
  put(file, "y", H5T_IEEE_F64LE, 1, SHAPE(4), y);
  put(file, "u", H5T_IEEE_F64LE, 3, SHAPE(4, 2, 3), u);
  H5Fclose(file);
  data = create(0, KEYS("data_file", path_of("txy.h5"), "data_y", "y"));
  assert_int_equal(data->grid[1], 3);
  assert_int_equal(data->grid[2], 4);
  assert_near(data->coordinates[1][0], 2., 0.); /* made to increase */
  for (int k = 0; k < 24; k++) {
    assert_near(data->clean[0][k],
                100. * data->coordinates[0][k] + 10. * data->coordinates[1][k] + data->coordinates[2][k], 0.);
  }
  CALL(DscDataSetDestroy(&data));
}

/* As MATLAB 7.3 does: dimensions reversed, complex numbers as pairs, 512 bytes of its own before HDF5. */
static void matlab_73(void **state)
{
  double      u[NT * NX];
  hid_t       file = new_hdf5(path_of("new.mat"), 512), type, space, dataset;
  char        head[512];
  FILE       *stream;
  DscDataSet *data;
  struct {
    double real, imag;
  } psi[NT * NX];

  (void)state;
  fill_u(1, u);
  for (int k = 0; k < NT * NX; k++) {
    psi[k].real = u[k];
    psi[k].imag = -2. * u[k];
  }
  put(file, "u", H5T_IEEE_F64LE, 2, SHAPE(NX, NT), u); /* MATLAB's u(3,4) */
  put(file, "t", H5T_IEEE_F64LE, 2, SHAPE(1, NT), t_values);
  put(file, "x", H5T_IEEE_F64LE, 2, SHAPE(NX, 1), x_values);
  type = H5Tcreate(H5T_COMPOUND, sizeof(*psi));
  H5Tinsert(type, "real", 0, H5T_NATIVE_DOUBLE);
  H5Tinsert(type, "imag", sizeof(double), H5T_NATIVE_DOUBLE);
  space   = H5Screate_simple(2, SHAPE(NX, NT), NULL);
  dataset = H5Dcreate(file, "psi", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  assert_true(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, psi) >= 0);
  H5Dclose(dataset);
  H5Sclose(space);
  H5Tclose(type);
  H5Fclose(file);
  memset(head, ' ', sizeof(head));
  memcpy(head, "MATLAB 7.3 MAT-file, Platform: GLNXA64", 38);
  memcpy(head + 124, "\0\2IM", 4);
  stream = fopen(path_of("new.mat"), "r+b");
  assert_non_null(stream);
  fwrite(head, 1, sizeof(head), stream);
  assert_int_equal(fclose(stream), 0);

  assert_reads_grid(KEYS("data_file", path_of("new.mat")));
  assert_reads_grid(KEYS("data_file", path_of("new.mat"), "data_axes", "t,x")); /* in MATLAB's order */
  data = create(0, KEYS("data_file", path_of("new.mat"), "data_u", "psi.re,psi.im", "data_names", "p,q"));
  assert_grid(data);
  for (int k = 0; k < NT * NX; k++) assert_near(data->clean[1][k], -2. * data->clean[0][k], 0.);
  CALL(DscDataSetDestroy(&data));
  assert_refused(KEYS("data_file", path_of("new.mat"), "data_u", "psi"), KEYS("'psi' is complex", "psi.re,psi.im"));
}

/* ---- MATLAB 4 to 7.2 ------------------------------------------------------------------------------------------- */

#if defined(DISCERN_HAVE_MATIO)
static void put_mat(mat_t *mat, const char name[], enum matio_classes kind, enum matio_types type, size_t rows,
                    size_t columns, void *values, int flags)
{
  matvar_t *variable = Mat_VarCreate(name, kind, type, 2, (size_t[]){rows, columns}, values, flags);

  assert_non_null(variable);
  assert_int_equal(Mat_VarWrite(mat, variable, MAT_COMPRESSION_ZLIB), 0);
  Mat_VarFree(variable);
}

static void matlab_grids_in_all_orders(void **state)
{
  double  t[NT], x[NX], u[NT * NX], zero[NT * NX] = {1e-9};
  int32_t t_integers[NT];
  float   x_single[NX];

  (void)state;
  memcpy(t, t_values, sizeof(t));
  memcpy(x, x_values, sizeof(x));
  for (int i = 0; i < NT; i++) t_integers[i] = (int32_t)t[i];
  for (int j = 0; j < NX; j++) x_single[j] = (float)x[j];
  for (int i = 0; i < 8; i++) {
    const int           t_fast = i & 1, two_parts = i & 2, level4 = i & 4;
    mat_t              *mat   = Mat_CreateVer(path_of("grid.mat"), NULL, level4 ? MAT_FT_MAT4 : MAT_FT_MAT5);
    mat_complex_split_t parts = {u, zero};

    assert_non_null(mat);
    fill_u(t_fast, u); /* column-major: the first dimension is the fast one */
    put_mat(mat, "usol", MAT_C_DOUBLE, MAT_T_DOUBLE, t_fast ? NT : NX, t_fast ? NX : NT,
            two_parts ? (void *)&parts : (void *)u, two_parts ? MAT_F_COMPLEX : 0);
    if (level4) {
      put_mat(mat, "t", MAT_C_DOUBLE, MAT_T_DOUBLE, NT, 1, t, 0);
      put_mat(mat, "x", MAT_C_DOUBLE, MAT_T_DOUBLE, 1, NX, x, 0);
    } else {
      put_mat(mat, "t", MAT_C_INT32, MAT_T_INT32, NT, 1, t_integers, 0);
      put_mat(mat, "x", MAT_C_SINGLE, MAT_T_SINGLE, 1, NX, x_single, 0);
    }
    Mat_Close(mat);
    assert_reads_grid(KEYS("data_file", path_of("grid.mat"), "data_u", "usol", "data_names", "u"));
  }
}
#endif

/* ---- measured and published files ------------------------------------------------------------------------------- */

#define THIRD_PARTY DISCERN_SOURCE_DIR "/../shared/data/"

static void published_burgers(void **state)
{
  DscDataSet *data;

  (void)state;
#if !defined(DISCERN_HAVE_MATIO)
  skip();
#endif
  if (access(THIRD_PARTY "pdefind-burgers.mat", R_OK)) skip();
  data = create(0, KEYS("data_file", THIRD_PARTY "pdefind-burgers.mat", "data_u", "usol", "data_truth_terms",
                        "usol usol_x,usol_xx", "data_truth_values", "-1,0.1"));
  assert_int_equal(data->grid[0], 101);
  assert_int_equal(data->grid[1], 256);
  assert_near(data->coordinates[0][data->nsamples - 1], 10., 1e-12);
  assert_near(data->coordinates[1][0], -8., 0.);
  assert_near(data->coordinates[1][255], 7.9375, 0.);
  /* u_t = -u u_x + 0.1 u_xx by central differences where the solution is smooth: this is u(t,x), not u(x,t) */
  for (int i = 40; i < 60; i++) {
    for (int j = 140; j < 150; j++) {
      const double *u = data->clean[0] + i * 256 + j, dx = .0625, dt = .1;

      assert_near((u[256] - u[-256]) / (2. * dt),
                  -u[0] * (u[1] - u[-1]) / (2. * dx) + .1 * (u[1] - 2. * u[0] + u[-1]) / (dx * dx), 2e-3);
    }
  }
  CALL(DscDataSetDestroy(&data));
}

static double variance(const double values[], int n)
{
  double mean = 0., sum = 0.;

  for (int i = 0; i < n; i++) mean += values[i] / n;
  for (int i = 0; i < n; i++) sum += (values[i] - mean) * (values[i] - mean) / n;
  return sum;
}

static void measured_f16(void **state)
{
  DscDataSet *data;

  (void)state;
  if (access(THIRD_PARTY "f16-fullmsine-level1.csv", R_OK)) skip();
  data = create(0, KEYS("data_file", THIRD_PARTY "f16-fullmsine-level1.csv", "data_u", "Acceleration2,Force", "data_t",
                        "none", "data_dt", "0.0025", "data_x", "none"));
  assert_int_equal(data->nsamples, 73728);
  assert_int_equal(data->grid[0], 73728);
  assert_near(data->clean[0][1], -.033239, 0.);
  assert_near(data->clean[1][0], .95714, 0.);
  assert_near(variance(data->clean[0], 1000), .1314, 5e-5);
  assert_near(variance(data->clean[0] + 1000, 4000), .2263, 5e-5);
  CALL(DscDataSetDestroy(&data));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(csv_in_all_styles),
    cmocka_unit_test(csv_without_names_counts_columns),
    cmocka_unit_test(csv_columns_not_asked_for_may_have_gaps),
    cmocka_unit_test(tables_that_fill_a_grid_become_one),
    cmocka_unit_test(a_table_with_one_row_twice_is_no_grid),
    cmocka_unit_test(time_series),
    cmocka_unit_test(npy_grids_in_all_orders),
    cmocka_unit_test(npy_numbers_of_all_types),
    cmocka_unit_test(npy_tables),
    cmocka_unit_test(hdf5_grids_in_all_orders),
    cmocka_unit_test(hdf5_of_equal_lengths_needs_axes),
    cmocka_unit_test(hdf5_scattered_and_meshes),
    cmocka_unit_test(three_coordinates_and_a_descending_one),
    cmocka_unit_test(matlab_73),
#if defined(DISCERN_HAVE_MATIO)
    cmocka_unit_test(matlab_grids_in_all_orders),
#endif
    cmocka_unit_test(published_burgers),
    cmocka_unit_test(measured_f16),
  };
  int failed;

  if (DscInitialize(&argc, &argv)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, remove_files);
  return DscFinalize() ? 1 : failed;
}
