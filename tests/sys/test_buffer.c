/* State as bytes and as files: what was put comes back with its bits, or not at all. */
#include "sys/sys_test.h"

#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>

static int rank;

static const double reals[] = {0.0, -0.0, 1.0 / 3.0, -1e308, 5e-324, INFINITY, NAN};
static const char   bytes[] = "bytes with a \0 inside";

enum { REALS = sizeof reals / sizeof *reals, BYTES = sizeof bytes };
static const PetscInt ints[] = {0, -1, PETSC_MAX_INT, PETSC_MIN_INT};
enum { INTS = sizeof ints / sizeof *ints };

static DscBuffer filled(void)
{
  DscBuffer buffer;

  OK(DscBufferCreate(&buffer));
  OK(DscBufferPutReals(buffer, "reals", REALS, reals));
  OK(DscBufferPutInts(buffer, "ints", INTS, ints));
  OK(DscBufferPutBytes(buffer, "nothing", 0, NULL));
  OK(DscBufferPutBytes(buffer, "bytes", BYTES, bytes));
  OK(DscBufferPutReals(buffer, "a name of thirty-one characters", 1, reals + 2));
  return buffer;
}

static void check_filled(DscBuffer buffer)
{
  double   r[REALS];
  PetscInt i[INTS];
  char     b[BYTES];

  OK(DscBufferGetReals(buffer, "reals", REALS, r));
  assert_memory_equal(r, reals, sizeof reals);
  OK(DscBufferGetInts(buffer, "ints", INTS, i));
  assert_memory_equal(i, ints, sizeof ints);
  OK(DscBufferGetBytes(buffer, "nothing", 0, NULL));
  OK(DscBufferGetBytes(buffer, "bytes", BYTES, b));
  assert_memory_equal(b, bytes, sizeof bytes);
  OK(DscBufferGetReals(buffer, "a name of thirty-one characters", 1, r));
  assert_true(r[0] == reals[2]);
}

static void test_round_trip(void **state)
{
  DscBuffer   buffer = filled(), copy;
  const void *data;
  size_t      size, again;

  (void)state;
  for (int i = 0; i < 2; i++) {
    OK(DscBufferRewind(buffer));
    check_filled(buffer);
  }
  OK(DscBufferGetData(buffer, &size, &data));
  OK(DscBufferCreate(&copy));
  OK(DscBufferSetData(copy, size, data));
  check_filled(copy);
  OK(DscBufferSetData(copy, size, data)); /* read from the first array on again */
  check_filled(copy);
  OK(DscBufferClear(buffer));
  OK(DscBufferGetData(buffer, &again, &data));
  assert_int_equal(again, 0);
  for (int i = 0; i < 1000; i++) OK(DscBufferPutReals(buffer, "reals", REALS, reals)); /* grows */
  for (int i = 0; i < 1000; i++) {
    double r[REALS];
    OK(DscBufferGetReals(buffer, "reals", REALS, r));
    assert_memory_equal(r, reals, sizeof reals);
  }
  OK(DscBufferDestroy(&buffer));
  assert_null(buffer);
  OK(DscBufferDestroy(&buffer));
  OK(DscBufferDestroy(&copy));
}

#define assert_unexpected(call, text)                                                                                  \
  do {                                                                                                                 \
    PetscErrorCode result_;                                                                                            \
    CAPTURED(result_, call);                                                                                           \
    assert_int_equal(result_, PETSC_ERR_FILE_UNEXPECTED);                                                              \
    assert_non_null(strstr(DscErrorMessage(), text));                                                                  \
  } while (0)

/* Another name, type or length is refused, nothing is written, and the array can still be read as what it is. */
static void test_what_does_not_fit(void **state)
{
  DscBuffer buffer;
  double    r[2 * REALS] = {17};
  PetscInt  i[REALS]     = {17};
  char      b[8 * REALS] = {17};

  (void)state;
  OK(DscBufferCreate(&buffer));
  assert_unexpected(DscBufferGetReals(buffer, "reals", 1, r), "ends before 'reals'");
  OK(DscBufferPutReals(buffer, "reals", REALS, reals));
  OK(DscBufferPutReals(buffer, "other", REALS, reals));
  assert_unexpected(DscBufferGetReals(buffer, "real", REALS, r), "'reals' (7) where 'real' (7)");
  assert_unexpected(DscBufferGetReals(buffer, "other", REALS, r), "'reals' (7) where 'other' (7)");
  assert_unexpected(DscBufferGetReals(buffer, "reals", REALS - 1, r), "'reals' (7) where 'reals' (6)");
  assert_unexpected(DscBufferGetReals(buffer, "reals", REALS + 1, r), "'reals' (7) where 'reals' (8)");
  assert_unexpected(DscBufferGetReals(buffer, "reals", 0, r), "where 'reals' (0)");
  assert_unexpected(DscBufferGetInts(buffer, "reals", REALS, i), "'reals'");
  assert_unexpected(DscBufferGetBytes(buffer, "reals", REALS, b), "'reals'");
  assert_unexpected(DscBufferGetBytes(buffer, "reals", 8 * REALS, b), "'reals'");
  assert_true(r[0] == 17 && i[0] == 17 && b[0] == 17);
  OK(DscBufferGetReals(buffer, "reals", REALS, r));
  OK(DscBufferGetReals(buffer, "other", REALS, r));
  assert_memory_equal(r, reals, sizeof reals);
  assert_unexpected(DscBufferGetReals(buffer, "reals", REALS, r), "ends before 'reals'");
  OK(DscBufferDestroy(&buffer));
}

static void test_too_long_a_name(void **state)
{
  DscBuffer      buffer;
  PetscErrorCode result;

  (void)state;
  OK(DscBufferCreate(&buffer));
  CAPTURED(result, DscBufferPutReals(buffer, "a name of thirty-two characters.", 1, reals));
  assert_int_equal(result, PETSC_ERR_ARG_OUTOFRANGE);
  OK(DscBufferDestroy(&buffer));
}

/* A state cut short is noticed, wherever it is cut. */
static void test_cut_short(void **state)
{
  DscBuffer   buffer = filled(), part;
  const void *data;
  size_t      size;

  (void)state;
  OK(DscBufferGetData(buffer, &size, &data));
  OK(DscBufferCreate(&part));
  for (size_t length = 0; length < size; length++) {
    double         r[REALS];
    PetscInt       i[INTS];
    char           b[BYTES];
    PetscErrorCode result;

    OK(DscBufferSetData(part, length, data));
    OK(DscErrorCaptureBegin());
    result = DscBufferGetReals(part, "reals", REALS, r);
    if (!result) result = DscBufferGetInts(part, "ints", INTS, i);
    if (!result) result = DscBufferGetBytes(part, "nothing", 0, NULL);
    if (!result) result = DscBufferGetBytes(part, "bytes", BYTES, b);
    if (!result) result = DscBufferGetReals(part, "a name of thirty-one characters", 1, r);
    OK(DscErrorCaptureEnd());
    assert_int_equal(result, PETSC_ERR_FILE_UNEXPECTED);
  }
  OK(DscBufferDestroy(&buffer));
  OK(DscBufferDestroy(&part));
}

static void test_broadcast(void **state)
{
  DscBuffer buffer;

  (void)state;
  if (rank == 0)
    buffer = filled();
  else { /* something else, partly read */
    double r;
    OK(DscBufferCreate(&buffer));
    OK(DscBufferPutReals(buffer, "other", 1, reals));
    OK(DscBufferGetReals(buffer, "other", 1, &r));
  }
  OK(DscBufferBroadcast(MPI_COMM_WORLD, buffer));
  check_filled(buffer);
  OK(DscBufferClear(buffer));
  OK(DscBufferBroadcast(MPI_COMM_WORLD, buffer)); /* nothing, too */
  OK(DscBufferDestroy(&buffer));
}

static void test_checksum(void **state)
{
  (void)state;
  assert_int_equal(DscChecksum(9, "123456789"), 0xcbf43926); /* CRC-32's check value */
  assert_int_equal(DscChecksum(0, ""), 0);
}

/* ---- files --------------------------------------------------------------------------------------------------- */

typedef struct {
  char folder[64], path[80], temporary[96];
} Place;

static Place make_place(void)
{
  Place place;

  snprintf(place.folder, sizeof place.folder, "/tmp/discern_buffer_XXXXXX");
  assert_non_null(mkdtemp(place.folder));
  snprintf(place.path, sizeof place.path, "%s/state", place.folder);
  snprintf(place.temporary, sizeof place.temporary, "%s.tmp", place.path);
  return place;
}

static void remove_place(const Place *place)
{
  remove(place->temporary);
  remove(place->path);
  assert_int_equal(rmdir(place->folder), 0); /* nothing else was left there */
}

static size_t read_file(const char path[], size_t size, char text[])
{
  FILE  *file = fopen(path, "rb");
  size_t n;

  assert_non_null(file);
  n = fread(text, 1, size, file);
  fclose(file);
  return n;
}

static void write_file(const char path[], size_t size, const char text[])
{
  FILE *file = fopen(path, "wb");

  assert_non_null(file);
  assert_int_equal(fwrite(text, 1, size, file), size);
  fclose(file);
}

static void check_file(const Place *place)
{
  DscBuffer   buffer;
  const char *damage = "not read";

  OK(DscBufferCreate(&buffer));
  OK(DscBufferReadFile(buffer, "kind", place->path, &damage));
  assert_null(damage);
  check_filled(buffer);
  OK(DscBufferDestroy(&buffer));
}

static void check_damaged(const Place *place, const char kind[], const char expected[])
{
  DscBuffer   buffer;
  const char *damage = NULL;
  double      r;

  OK(DscBufferCreate(&buffer));
  OK(DscBufferPutReals(buffer, "before", 1, reals));
  OK(DscBufferReadFile(buffer, kind, place->path, &damage));
  assert_non_null(damage);
  if (expected) assert_string_equal(damage, expected);
  OK(DscBufferGetReals(buffer, "before", 1, &r)); /* nothing of it came in */
  OK(DscBufferDestroy(&buffer));
}

static void test_file(void **state)
{
  Place     place = make_place();
  DscBuffer buffer, empty;

  (void)state;
  check_damaged(&place, "kind", "No such file or directory");
  OK(DscBufferCreate(&empty));
  OK(DscBufferWriteFile(empty, "kind", place.path));
  buffer = filled();
  OK(DscBufferWriteFile(buffer, "kind", place.path)); /* in the place of the other */
  check_file(&place);
  check_damaged(&place, "kin", "it holds something else");
  check_damaged(&place, "kinds", "it holds something else");
  OK(DscBufferWriteFile(buffer, "of 15 character", place.path));
  check_damaged(&place, "of 15 characte", "it holds something else");
  assert_int_equal(access(place.temporary, F_OK), -1);
  OK(DscBufferDestroy(&buffer));
  OK(DscBufferDestroy(&empty));
  remove_place(&place);
}

/* Every length that is not the right one, and every byte that is not. */
static void test_damage(void **state)
{
  Place     place  = make_place();
  DscBuffer buffer = filled();
  char      text[4096];
  size_t    size;

  (void)state;
  OK(DscBufferWriteFile(buffer, "kind", place.path));
  size = read_file(place.path, sizeof text, text);
  assert_in_range(size, 100, sizeof text - 1);
  for (size_t length = 0; length < size; length++) {
    write_file(place.path, length, text);
    check_damaged(&place, "kind", NULL);
  }
  text[size] = '\0';
  write_file(place.path, size + 1, text);
  check_damaged(&place, "kind", "it has not its full length");
  for (size_t at = 0; at < size; at++) {
    for (int all = 0; all < 2; all++) { /* one bit, all bits */
      const char flip = (char)(all ? 255 : 1 << at % 8);

      text[at] = (char)(text[at] ^ flip);
      write_file(place.path, size, text);
      check_damaged(&place, "kind", NULL);
      text[at] = (char)(text[at] ^ flip);
    }
  }
  write_file(place.path, size, text);
  check_file(&place);
  OK(DscBufferDestroy(&buffer));
  remove_place(&place);
}

#define assert_not_written(buffer, path, text)                                                                         \
  do {                                                                                                                 \
    PetscErrorCode result_;                                                                                            \
    CAPTURED(result_, DscBufferWriteFile(buffer, "kind", path));                                                       \
    assert_int_equal(result_, PETSC_ERR_FILE_WRITE);                                                                   \
    assert_non_null(strstr(DscErrorMessage(), path));                                                                  \
    assert_non_null(strstr(DscErrorMessage(), text));                                                                  \
  } while (0)

/* A full disc, a folder that is not there or cannot be written into: an error with the reason, and the old file stays. */
static void test_failed_writes(void **state)
{
  Place     place  = make_place();
  DscBuffer buffer = filled(), other;

  (void)state;
  OK(DscBufferCreate(&other));
  OK(DscBufferPutReals(other, "other", 1, reals));
  OK(DscBufferWriteFile(buffer, "kind", place.path));
  assert_int_equal(symlink("/dev/full", place.temporary), 0);
  assert_not_written(other, place.path, "No space left on device");
  check_file(&place);
  assert_int_equal(access(place.temporary, F_OK), -1);
  assert_int_equal(mkdir(place.temporary, 0777), 0); /* what is beside the file cannot be opened for writing */
  assert_not_written(other, place.path, "Is a directory");
  check_file(&place);
  assert_int_equal(rmdir(place.temporary), 0);
  if (geteuid() != 0) { /* root may write anywhere */
    assert_int_equal(chmod(place.folder, 0555), 0);
    assert_not_written(other, place.path, "Permission denied");
    assert_int_equal(chmod(place.folder, 0755), 0);
    check_file(&place);
  }
  assert_not_written(other, "/tmp/discern/no/such/folder/state", "No such file or directory");
  assert_int_equal(remove(place.path), 0);
  assert_int_equal(mkdir(place.path, 0777), 0); /* written, but cannot take its place */
  assert_not_written(other, place.path, "Is a directory");
  assert_int_equal(access(place.temporary, F_OK), -1);
  OK(DscBufferDestroy(&buffer));
  OK(DscBufferDestroy(&other));
  remove_place(&place);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_round_trip),    cmocka_unit_test(test_what_does_not_fit),
      cmocka_unit_test(test_cut_short),     cmocka_unit_test(test_too_long_a_name),
      cmocka_unit_test(test_broadcast),     cmocka_unit_test(test_checksum),
      cmocka_unit_test(test_file),          cmocka_unit_test(test_damage),
      cmocka_unit_test(test_failed_writes),
  };
  int result;

  if (DscInitialize(&argc, &argv)) return 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  result = cmocka_run_group_tests(tests, NULL, NULL);
  return DscFinalize() ? 1 : result;
}
