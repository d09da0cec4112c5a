/* Input files: what YAML becomes, what is refused at which line, and that the command line wins. */
#include "sys/sys_test.h"
#include "sys/options_private.h"

/* A file that all ranks can name; written by rank 0. Its errors name it 'in.yaml'. */
static void write_input(const char text[])
{
  int rank;

  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (rank == 0) {
    FILE *file = fopen("in.yaml", "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
  }
  MPI_Barrier(MPI_COMM_WORLD);
}

static PetscErrorCode insert_and_check(DscOptions options, const char path[])
{
  PetscFunctionBeginUser;
  PetscCall(DscOptionsInsertFile(options, MPI_COMM_WORLD, path));
  PetscCall(DscOptionsCheck(options));
  PetscFunctionReturn(0);
}

static void test_refused(void **state)
{
  static const struct {
    const char *text, *message;
  } rows[] = {
      {"", "in.yaml: the file is empty"},
      {"# nothing\n", "in.yaml: the file is empty"},
      {"hello\n", "in.yaml:1: the file must consist of lines 'key: value'"},
      {"- 1\n- 2\n", "in.yaml:1: the file must consist of lines 'key: value'"},
      {"seed: 1\ndata:\n  noise: 2x\n", "in.yaml:3: data_noise 2x: not a number; allowed: real >= 0"},
      {"seed: 1\ndata:\n  nosie: 2\n", "in.yaml:3: data_nosie: unknown key; did you mean data_noise?"},
      {"seed: 1\nseed: 1\n", "in.yaml:2: seed: given twice, first at in.yaml:1"},
      {"data: {noise: 1}\n\ndata_noise: 1\n", "in.yaml:3: data_noise: given twice, first at in.yaml:1"},
      {"seed:\nmethod: latent\n", "in.yaml:1: seed: no value given; write one or remove the key"},
      {"seed: ~\n", "in.yaml:1: seed: no value given; write one or remove the key"},
      {"data_title: null\n", "in.yaml:1: data_title: no value given; write one or remove the key"},
      {"net_width: [30, ]\nwindow: [1,\n  null]\n", "in.yaml:3: window: no value given; write one or remove the key"},
      {"net_width: [[30], 30]\n", "in.yaml:1: net_width: the entries of this list must be single values"},
      {"terms:\n  - {a: 1}\n", "in.yaml:2: terms: the entries of this list must be single values"},
      {"terms: ['a,b', c]\n", "in.yaml:1: terms: entry 'a,b' contains ',', which separates entries"},
      {"sweep_terms: ['a;b', c]\n", "in.yaml:1: sweep_terms: entry 'a;b' contains ';', which separates entries"},
      {"sweep_net_width: [[1, [2]]]\n", "in.yaml:1: sweep_net_width: the entries of this list must be single values"},
      {"seed: &a 1\n", "in.yaml:1: anchors (&), aliases (*) and tags (!) are not supported"},
      {"seed: 1\nfraction: *a\n", "in.yaml:2: anchors (&), aliases (*) and tags (!) are not supported"},
      {"seed: !!int 1\n", "in.yaml:1: anchors (&), aliases (*) and tags (!) are not supported"},
      {"seed: 1\n---\nseed: 2\n", "in.yaml:2: a second document starts here; one file is one document"},
      {"<<: 1\n", "in.yaml:1: '<<' is not a key: letters, digits and '_' only"},
      {"-data_noise: 1\n", "in.yaml:1: '-data_noise' is not a key: letters, digits and '_' only"},
      {"? [a, b]\n: 1\n", "in.yaml:1: a key must be a single word"},
      {"ksp_type: cg\n",
       "in.yaml:1: ksp_type: unknown key; it belongs to PETSc: give it on the command line, as -ksp_type"},
      {"seed: 1\ndata:\n\tnoise: 1\n", "in.yaml:3: not valid YAML: found character that cannot start any token (while "
                                       "scanning for the next token); tabs "
                                       "cannot indent, use blanks"},
      {"seed: [1, 2\nmethod: latent\n",
       "in.yaml:2: not valid YAML: did not find expected ',' or ']' (while parsing a flow sequence)"},
      {"seed: 1\nmethod: \"\xff\"\n", "in.yaml:2: not valid YAML: invalid leading UTF-8 octet"},
      {"data_title: \"a\\0b\"\n", "in.yaml:1: data_title: the value contains a NUL character"},
  };

  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    DscOptions options;

    write_input(rows[i].text);
    OK(DscOptionsCreate(&options));
    assert_user_error(insert_and_check(options, "in.yaml"), rows[i].message);
    OK(DscOptionsDestroy(&options));
    MPI_Barrier(MPI_COMM_WORLD);
  }
}

static void test_unreadable(void **state)
{
  DscOptions options;

  (void)state;
  OK(DscOptionsCreate(&options));
  assert_user_error(insert_and_check(options, "no/such.yaml"),
                    "no/such.yaml: cannot be read: No such file or directory");
  assert_user_error(insert_and_check(options, "/tmp"), "/tmp: cannot be read: it is a directory");
  assert_int_equal(options->n, 0);
  OK(DscOptionsDestroy(&options));
}

/* One line on all ranks together, although only rank 0 tried to read. */
static void test_unreadable_is_one_line(void **state)
{
  DscOptions options;
  Capture    capture;
  int        lines;

  (void)state;
  OK(DscOptionsCreate(&options));
  capture_begin(&capture, stderr);
  assert_int_equal(insert_and_check(options, "no/such.yaml"), PETSC_ERR_USER_INPUT);
  capture_end(&capture);
  lines = count_lines(capture.text);
  MPI_Allreduce(MPI_IN_PLACE, &lines, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
  assert_int_equal(lines, 1);
  OK(DscOptionsDestroy(&options));
}

static void assert_value(DscOptions options, const char key[], const char value[])
{
  const DscOptionEntry *entry = DscOptionsFind(options, key);

  assert_non_null(entry);
  assert_string_equal(entry->value, value);
}

static void test_flattening(void **state)
{
  DscOptions options;

  (void)state;
  write_input("%YAML 1.1\n---\nmethod: Symbolic   # a comment\n"
              "data:\n  noise: 0.2\n  title: \"two words: -0.5\"\n"
              "net: {width: [10, 20, 30]}\nwindow: [ ]\nseed: -3\n"
              "terms:\n- u\n- 'u u_x'\ndry_run: yes\ndata_file: |\n  first\n  second\n");
  OK(DscOptionsCreate(&options));
  OK(insert_and_check(options, "in.yaml"));
  assert_int_equal(options->n, 9);
  assert_value(options, "method", "symbolic");
  assert_value(options, "data_noise", "0.2");
  assert_value(options, "data_title", "two words: -0.5");
  assert_value(options, "net_width", "10,20,30");
  assert_value(options, "window", "");
  assert_value(options, "seed", "-3");
  assert_value(options, "terms", "u,u u_x");
  assert_value(options, "data_file", "first\nsecond\n");
  assert_string_equal(DscOptionsWhere(options, "data_noise"), "in.yaml:5: data_noise 0.2");
  OK(DscOptionsDestroy(&options));
  MPI_Barrier(MPI_COMM_WORLD);
}

/* Whatever the order of insertion, and a program's own setting over both. */
static void test_command_line_wins(void **state)
{
  (void)state;
  write_input("seed: 1\nfraction: 0.1\n");
  for (int first = 0; first < 2; first++) {
    static char key[] = "-seed", value[] = "2";
    char       *argv[] = {key, value};
    DscOptions  options;

    OK(DscOptionsCreate(&options));
    if (first) OK(DscOptionsInsertArguments(options, 2, argv));
    OK(DscOptionsInsertFile(options, MPI_COMM_WORLD, "in.yaml"));
    if (!first) OK(DscOptionsInsertArguments(options, 2, argv));
    assert_value(options, "seed", "2");
    assert_value(options, "fraction", "0.1");
    assert_string_equal(DscOptionsWhere(options, "seed"), "command line: -seed 2");
    OK(DscOptionsSet(options, "seed", "3"));
    OK(DscOptionsInsertArguments(options, 2, argv));
    assert_value(options, "seed", "3");
    OK(DscOptionsDestroy(&options));
  }
  MPI_Barrier(MPI_COMM_WORLD);
}

/* A file with a mistake changes nothing. */
static void test_mistake_leaves_options_alone(void **state)
{
  DscOptions     options;
  PetscErrorCode ierr;

  (void)state;
  write_input("seed: 1\nfraction: [\n");
  OK(DscOptionsCreate(&options));
  CAPTURED(ierr, DscOptionsInsertFile(options, MPI_COMM_WORLD, "in.yaml"));
  assert_int_equal(ierr, PETSC_ERR_USER_INPUT);
  assert_int_equal(options->n, 0);
  OK(DscOptionsDestroy(&options));
  MPI_Barrier(MPI_COMM_WORLD);
}

/* More than the reader's first buffers hold. */
static void test_long_list(void **state)
{
  enum { N = 5000 };
  char      *text = (char *)malloc(16 * N);
  size_t     used = (size_t)sprintf(text, "window:\n");
  DscOptions options;
  PetscInt   n;
  double    *values;

  (void)state;
  for (int i = 0; i < N; i++) used += (size_t)sprintf(text + used, "- %d.5\n", i);
  write_input(text);
  free(text);
  OK(DscOptionsCreate(&options));
  OK(insert_and_check(options, "in.yaml"));
  OK(DscOptionsGetReals(options, "window", &n, &values));
  assert_int_equal(n, N);
  for (int i = 0; i < N; i++) assert_true(values[i] == i + 0.5);
  OK(PetscFree(values));
  OK(DscOptionsDestroy(&options));
  MPI_Barrier(MPI_COMM_WORLD);
}

/* The text of a set, read again, is the same set; it is sorted and holds the defaults. */
static void test_text_round_trip(void **state)
{
  static const char *const values[] = {"plain", "a: b # c", "\"quoted\" \\ \t\n", "null", "-", "[x]", "- 3", "1,2",
                                       "'",     "ü"};

  (void)state;
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    DscOptions options, again;
    char      *text, *text_again;

    OK(DscOptionsCreate(&options));
    OK(DscOptionsSet(options, "data_title", values[i]));
    OK(DscOptionsSet(options, "sweep_seed", "0-9"));
    OK(DscOptionsSet(options, "window", "-1.5,2"));
    OK(DscOptionsToText(options, &text));
    assert_non_null(strstr(text, "dry_run: false\n"));
    assert_true(strstr(text, "dry_run: false\n") < strstr(text, "fraction: 0.5\n"));
    assert_non_null(strstr(text, "\nsweep_seed: 0-9\n"));
    assert_non_null(strstr(text, "\nwindow: -1.5,2\n"));
    assert_null(strstr(text, "data_file"));
    write_input(text);
    OK(DscOptionsCreate(&again));
    OK(DscOptionsInsertFile(again, MPI_COMM_WORLD, "in.yaml"));
    assert_value(again, "data_title", values[i]);
    OK(DscOptionsToText(again, &text_again));
    assert_string_equal(text, text_again);
    OK(PetscFree(text));
    OK(PetscFree(text_again));
    OK(DscOptionsDestroy(&options));
    OK(DscOptionsDestroy(&again));
    MPI_Barrier(MPI_COMM_WORLD);
  }
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_refused),
      cmocka_unit_test(test_unreadable),
      cmocka_unit_test(test_unreadable_is_one_line),
      cmocka_unit_test(test_flattening),
      cmocka_unit_test(test_command_line_wins),
      cmocka_unit_test(test_mistake_leaves_options_alone),
      cmocka_unit_test(test_long_list),
      cmocka_unit_test(test_text_round_trip),
  };
  char folder[] = "/tmp/discern-yaml-XXXXXX";
  int  rank, result;

  if (DscInitialize(&argc, &argv) || register_test_specs()) return 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (rank == 0 && !mkdtemp(folder)) return 1;
  MPI_Bcast(folder, sizeof folder, MPI_CHAR, 0, MPI_COMM_WORLD);
  if (chdir(folder)) return 1;
  result = cmocka_run_group_tests(tests, NULL, NULL);
  MPI_Barrier(MPI_COMM_WORLD);
  if (rank == 0 && (unlink("in.yaml") || rmdir(folder))) return 1;
  return DscFinalize() ? 1 : result;
}
