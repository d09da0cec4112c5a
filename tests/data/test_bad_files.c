/*
  Files and names that must be refused: each with one line that says what is wrong, and where.
*/
#include "data_test.h"

#include <hdf5.h>

/* ---- text ------------------------------------------------------------------------------------------------------ */

#define MAX_KEYS  8
#define MAX_PARTS 4

typedef struct {
  const char *name, *text; /* of the file */
  const char *keys[MAX_KEYS + 1];
  const char *parts[MAX_PARTS + 1]; /* of the message */
} BadTable;

#define GOOD "t,x,u\n0,0,1\n0,1,2\n1,0,3\n1,1,5\n"

static const BadTable bad_tables[] = {
    {"empty.csv", "", {NULL}, {"empty.csv is empty"}},
    {"names.csv", "t,x,u\n", {NULL}, {"names.csv", "as CSV", "no row of numbers"}},
    {"prose.txt",
     "Dear reader,\nthis is no table.\n",
     {NULL},
     {"prose.txt has no 't'; read as CSV, it holds Dear reader"}},
    {"ragged.csv", "t,x,u\n0,0,1\n0,1\n", {NULL}, {"ragged.csv: line 3 has 2 cells", "3 columns"}},
    {"long.csv", "t,x,u\n0,0,1\n\n# remark\n0,1,2,3\n", {NULL}, {"long.csv: line 5 has 4 cells", "3 columns"}},
    {"gap.csv", "t,x,u\n0,0,1\n0,,2\n", {NULL}, {"gap.csv: line 3 has no value for 'x'"}},
    {"end.csv", "t,x,u\n0,0,1\n0,1,\n", {NULL}, {"end.csv: line 3 has no value for 'u'"}},
    {"na.csv", "t,x,u\n0,0,1\n0,1,NA\n", {NULL}, {"na.csv: line 3: 'u' is 'NA', not a finite number"}},
    {"nan.csv", "t,x,u\n0,0,1\n0,1,nan\n", {NULL}, {"nan.csv: line 3: 'u' is 'nan'"}},
    {"inf.csv", "t,x,u\n0,0,1\n-inf,1,1\n", {NULL}, {"inf.csv: line 3: 't' is '-inf'"}},
    {"comma.csv", "t;x;u\n0;0;1,5\n0;1;2,5\n", {NULL}, {"comma.csv: line 2: 'u' is '1,5', not a finite number"}},
    {"twice.csv", "t,x,u,u\n0,0,1,1\n", {NULL}, {"'u' is the name of several columns"}},
    {"missing.csv", GOOD, {"data_u", "v"}, {"data_u", "missing.csv has no 'v'", "t (4), x (4), u (4)"}},
    {"missing.csv", GOOD, {"data_x", "pos"}, {"data_x pos", "missing.csv has no 'pos'"}},
    {"missing.csv", GOOD, {"data_u", "u.re"}, {"the array is real"}},
    {"constant.csv", "t,x,u\n0,0,7\n0,1,7\n1,0,7\n", {NULL}, {"field u is 7 in all 3 samples", "constant.csv"}},
    {"onex.csv", "t,x,u\n0,2,1\n1,2,3\n2,2,7\n", {NULL}, {"coordinate x is 2 in all 3 samples"}},
    {"one.csv", "t,x,u\n0,0,1\n", {NULL}, {"a single sample is left of 1 points"}},
    {"names.csv", GOOD, {"data_u", "u,x"}, {"data_u", "'x' is the name of a coordinate"}},
    {"names.csv", GOOD, {"data_u", "u,u"}, {"data_u", "'u' is there twice"}},
    {"names.csv", GOOD, {"data_names", "u_x"}, {"data_names", "'u_x' cannot be the name", "letters and digits"}},
    {"names.csv", GOOD, {"data_names", "u,v"}, {"data_names", "2 names for the 1 fields"}},
    {"bare.csv",
     "0,0,1\n0,1,2\n",
     {"data_t", "0", "data_x", "1", "data_u", "2"},
     {"'2' cannot be", "give -data_names"}},
    {"names.csv", GOOD, {"data_u", "u,u,u,u,u,u,u,u,u,u,u,u,u,u,u,u,u,u,u,u,u"}, {"data_u", "21 fields"}},
    {"series.csv", GOOD, {"data_t", "none", "data_x", "none"}, {"data_t", "-data_dt"}},
    {"series.csv", GOOD, {"data_t", "none", "data_dt", "1"}, {"data_t", "only a time series"}},
    {"axes.csv", GOOD, {"data_axes", "t,x,y"}, {"data_axes", "each of the 2 coordinates"}},
    {"old.nc", "CDF\001data", {NULL}, {"old.nc", "classic netCDF", "nccopy"}},
    {"all.npz", "PK\003\004data", {NULL}, {"all.npz", "zip archive", ".npy"}},
    {"t.csv.gz",
     "\x1f\x8b\x08"
     "data",
     {NULL},
     {"t.csv.gz", "gzip"}},
    {"noise.dat", "\001\002\003\004", {NULL}, {"noise.dat", "no known format"}},
    {"cut.npy", "\x93NUMPY\001", {NULL}, {"cut.npy"}},
    {"short.npy", "\x93NUMPY\x01\x01\x40\x01{'descr'", {NULL}, {"short.npy is cut off in its header"}},
    {"broken.mat",
     "\001\002\003\004\005\006\007\010\001\002\003\004\005\006\007\010\001\002\003\004",
     {NULL},
     {"broken.mat"}},
};

static void tables_are_refused(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof(bad_tables) / sizeof(*bad_tables); i++) {
    const BadTable *bad                = &bad_tables[i];
    const char     *keys[MAX_KEYS + 3] = {"data_file", path_of(bad->name)};

    for (int k = 0; k < MAX_KEYS; k++) keys[2 + k] = bad->keys[k];
    write_text(path_of(bad->name), bad->text);
    assert_refused(keys, bad->parts);
  }
}

static void files_that_cannot_be_read(void **state)
{
  (void)state;
  assert_refused(KEYS("data_file", "/nowhere/x.csv"), KEYS("cannot read /nowhere/x.csv: No such file"));
  assert_refused(KEYS("data_file", "/tmp"), KEYS("cannot read /tmp: Is a directory"));
}

/* ---- arrays ------------------------------------------------------------------------------------------------------ */

enum { NT = 3, NX = 4 };

/* A good file, but for the array whose name and shape are given; values: its first ones, the rest count up. */
static const char *hdf5_with(const char name[], int n, const hsize_t dimensions[], hid_t type, const double first[],
                             int nfirst)
{
  static const struct {
    const char *name;
    hsize_t     dimensions[2];
  } good[]         = {{"t", {NT, 1}}, {"x", {NX, 1}}, {"u", {NT, NX}}};
  const char *path = path_of("bad.h5");
  hid_t       file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);

  assert_true(file >= 0);
  for (int i = 0; i < 3; i++) {
    const int replaced = !strcmp(good[i].name, name);
    double    values[64];
    hid_t     space = replaced ? H5Screate_simple(n, dimensions, NULL) : H5Screate_simple(2, good[i].dimensions, NULL);
    hid_t     dataset =
        H5Dcreate(file, good[i].name, replaced ? type : H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

    for (int k = 0; k < 64; k++) values[k] = replaced && k < nfirst ? first[k] : (double)(k * k);
    if (H5Tget_class(type) != H5T_STRING || !replaced) {
      assert_true(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    }
    H5Dclose(dataset);
    H5Sclose(space);
  }
  H5Fclose(file);
  return path;
}

#define SHAPE(...)  ((const hsize_t[]){__VA_ARGS__})
#define VALUES(...) ((const double[]){__VA_ARGS__}), (int)(sizeof((const double[]){__VA_ARGS__}) / sizeof(double))

static void arrays_are_refused(void **state)
{
  const hid_t real = H5T_IEEE_F64LE, text = H5Tcopy(H5T_C_S1);

  (void)state;
  assert_refused(KEYS("data_file", hdf5_with("u", 2, SHAPE(NT, NX), real, VALUES(1., 2., 3., 4., 5., NAN, INFINITY))),
                 KEYS("'u' has 2 of 12 values that are not finite", "NaN at [1, 1]"));
  assert_refused(KEYS("data_file", hdf5_with("x", 1, SHAPE(NX), real, VALUES(1., -INFINITY))),
                 KEYS("'x' has 1 of 4", "infinite at [1]"));
  assert_refused(KEYS("data_file", hdf5_with("u", 2, SHAPE(NT, 5), real, VALUES(0.))),
                 KEYS("'u' is 3x5", "does not match", "t 3, x 4"));
  assert_refused(KEYS("data_file", hdf5_with("u", 3, SHAPE(NT, NX, 2), real, VALUES(0.))),
                 KEYS("'u' is 3x4x2", "one dimension for each coordinate", "t 3, x 4"));
  assert_refused(KEYS("data_file", hdf5_with("u", 1, SHAPE(12), real, VALUES(0.))),
                 KEYS("'u' is 12", "neither a grid", "t 3, x 4"));
  assert_refused(KEYS("data_file", hdf5_with("x", 2, SHAPE(2, 2), real, VALUES(0.))), KEYS("'u' is 3x4", "x 2x2"));
  assert_refused(KEYS("data_file", hdf5_with("x", 1, SHAPE(NX), real, VALUES(0., 1., 1., 2.))),
                 KEYS("data_x", "'x' neither increases nor decreases", "entry 2 is 1 after 1"));
  assert_refused(KEYS("data_file", hdf5_with("t", 1, SHAPE(NT), real, VALUES(0., 3., 2.))),
                 KEYS("data_t", "'t' neither increases nor decreases", "entry 2 is 2 after 3"));
  assert_refused(KEYS("data_file", hdf5_with("t", 1, SHAPE(1), real, VALUES(0.))), KEYS("data_t", "one value only"));
  assert_refused(KEYS("data_file", hdf5_with("t", 1, SHAPE(0), real, VALUES(0.))), KEYS("'t' is empty (0)"));
  assert_refused(KEYS("data_file", hdf5_with("u", 2, SHAPE(NT, NX), text, VALUES(0.))), KEYS("data_u", "'u' is text"));
  assert_refused(KEYS("data_file", hdf5_with("", 0, NULL, real, VALUES(0.)), "data_axes", "x,t"),
                 KEYS("data_axes", "'u' is 3x4", "does not fit", "t 3, x 4"));
  assert_refused(KEYS("data_file", hdf5_with("", 0, NULL, real, VALUES(0.)), "data_u", "w"),
                 KEYS("has no 'w'; read as HDF5, it holds t (3x1), u (3x4), x (4x1)"));
  H5Tclose(text);
}

static void second_fields_must_fit_too(void **state)
{
  const char *path = hdf5_with("", 0, NULL, H5T_IEEE_F64LE, VALUES(0.));

  (void)state;
  assert_refused(KEYS("data_file", path, "data_u", "u,t", "data_names", "u,v"),
                 KEYS("'t' is 3, not of one dimension for each coordinate"));
}

static void damaged_binary_files(void **state)
{
  const char       *path = hdf5_with("", 0, NULL, H5T_IEEE_F64LE, VALUES(0.));
  char              head[200];
  static const char npy[] = "\x93NUMPY\x01\x00\x46\x00{'descr': '<f8', 'fortran_order': False, 'shape': (300, 2), }"
                            "         \n12345678";

  (void)state;
  assert_int_equal(truncate(path, 1000), 0);
  assert_refused(KEYS("data_file", path), KEYS("bad.h5 is HDF5, but cannot be opened"));
  write_bytes(path_of("cut.npy"), npy, sizeof(npy) - 1);
  assert_refused(KEYS("data_file", path_of("cut.npy")), KEYS("cut.npy is cut off", "4880"));
  write_text(path_of("t.npy"), "0 1\n");
  assert_refused(KEYS("data_file", path_of("x.csv"), "data_t", "t.npy"), KEYS("x.csv"));
  memset(head, ' ', sizeof(head));
  memcpy(head + 124, "\0\1IM", 4);
  write_bytes(path_of("cut.mat"), head, sizeof(head));
  assert_refused(KEYS("data_file", path_of("cut.mat")), KEYS("cut.mat"));
}

/* Python types that are no numbers, and shapes that are none. */
static void npy_headers_are_refused(void **state)
{
  static const struct {
    const char *header, *part;
  } bad[] = {
      {"{'descr': '|S5', 'fortran_order': False, 'shape': (2,), }", "of a type other than"},
      {"{'descr': '<f2', 'fortran_order': False, 'shape': (2,), }", "of a type other than"},
      {"{'descr': {'names': ['u']}, 'fortran_order': False, 'shape': (2,), }", "of a type other than"},
      {"{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", "of a type other than"},
      {"{'descr': [('t', '<f8', (2,))], 'fortran_order': False, 'shape': (2,), }", "cannot use the NumPy type"},
      {"{'descr': [('u', '|S8')], 'fortran_order': False, 'shape': (2,), }", "'u' is text or padding"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': 5, }", "header is damaged"},
      {"{'descr': '<f8', 'shape': (2,), }", "header is damaged"},
      {"", "header is damaged"},
  };

  (void)state;
  write_text(path_of("tt.csv"), "t\n0\n1\n");
  for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
    char         bytes[300] = "\x93NUMPY\x01";
    const size_t length     = strlen(bad[i].header);

    bytes[8] = (char)length;
    memcpy(bytes + 10, bad[i].header, length);
    write_bytes(path_of("u.npy"), bytes, 10 + length + 64);
    assert_refused(KEYS("data_file", path_of("u.npy"), "data_t", "u", "data_x", "none"), KEYS("u.npy", bad[i].part));
  }
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tables_are_refused),   cmocka_unit_test(files_that_cannot_be_read),
      cmocka_unit_test(arrays_are_refused),   cmocka_unit_test(second_fields_must_fit_too),
      cmocka_unit_test(damaged_binary_files), cmocka_unit_test(npy_headers_are_refused),
  };
  int failed;

  if (DscInitialize(&argc, &argv)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, remove_files);
  return DscFinalize() ? 1 : failed;
}
