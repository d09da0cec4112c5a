/* Options from the command line: what is taken, what is refused with which words, and what the getters return. */
#include "sys/sys_test.h"
#include "sys/options_private.h"

/* Options of the given words, separated by blanks ('_' alone: an empty word). */
static PetscErrorCode insert_words(DscOptions options, const char words[])
{
  char copy[512], *argv[32], *save = NULL;
  int  argc = 0;

  snprintf(copy, sizeof copy, "%s", words);
  for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
    argv[argc++] = strcmp(word, "_") ? word : word + 1;
  return DscOptionsInsertArguments(options, argc, argv);
}

static DscOptions options_of(const char words[])
{
  DscOptions options;

  OK(DscOptionsCreate(&options));
  OK(insert_words(options, words));
  return options;
}

static PetscErrorCode insert_and_check(DscOptions options, const char words[])
{
  PetscFunctionBeginUser;
  PetscCall(insert_words(options, words));
  PetscCall(DscOptionsCheck(options));
  PetscFunctionReturn(0);
}

static void test_refused(void **state)
{
  static const struct {
    const char *words, *message;
  } rows[] = {
      {"-data_noise 2x", "command line: -data_noise 2x: not a number; allowed: real >= 0"},
      {"-data_noise -1", "command line: -data_noise -1: out of range; allowed: real >= 0"},
      {"-data_noise nan", "command line: -data_noise nan: not a number; allowed: real >= 0"},
      {"-data_noise inf", "command line: -data_noise inf: not a number; allowed: real >= 0"},
      {"-data_noise 0x10", "command line: -data_noise 0x10: not a number; allowed: real >= 0"},
      {"-data_noise 1e999", "command line: -data_noise 1e999: too large for a double; allowed: real >= 0"},
      {"-data_noise 1e", "command line: -data_noise 1e: not a number; allowed: real >= 0"},
      {"-data_noise -", "command line: -data_noise -: not a number; allowed: real >= 0"},
      {"-data_noise", "command line: -data_noise: no value given; allowed: real >= 0"},
      {"-data_noise -seed 3", "command line: -data_noise: no value given; allowed: real >= 0"},
      {"-data_noise _", "command line: -data_noise: not a number; allowed: real >= 0"},
      {"-fraction 1.5", "command line: -fraction 1.5: out of range; allowed: real in [0, 1]"},
      {"-data_samples 0", "command line: -data_samples 0: out of range; allowed: integer >= 1"},
      {"-data_samples 1e3", "command line: -data_samples 1e3: not an integer, write 1000; allowed: integer >= 1"},
      {"-data_samples 2.0", "command line: -data_samples 2.0: not an integer, write 2; allowed: integer >= 1"},
      {"-data_samples 2.5", "command line: -data_samples 2.5: not an integer; allowed: integer >= 1"},
      {"-data_samples 0x10", "command line: -data_samples 0x10: not an integer; allowed: integer >= 1"},
      {"-data_samples 10a", "command line: -data_samples 10a: not an integer; allowed: integer >= 1"},
      {"-method fast", "command line: -method fast: no such choice; allowed: one of discover, symbolic, latent"},
      {"-net_width 30,x", "command line: -net_width 30,x: entry 2 'x': not an integer; allowed: list of integers >= 1"},
      {"-net_width 30,0", "command line: -net_width 30,0: entry 2 '0': out of range; allowed: list of integers >= 1"},
      {"-net_width 30,,30", "command line: -net_width 30,,30: entry 2 '': empty; allowed: list of integers >= 1"},
      {"-net_width 30,", "command line: -net_width 30,: entry 2 '': empty; allowed: list of integers >= 1"},
      {"-window 1,nan", "command line: -window 1,nan: entry 2 'nan': not a number; allowed: list of reals"},
      {"-report text,film",
       "command line: -report text,film: entry 2 'film': no such choice; allowed: list of text, Plot, table"},
      {"-dry_run maybe", "command line: -dry_run maybe: neither true nor false; allowed: true or false"},
      {"-data_nosie 1", "command line: -data_nosie: unknown key; did you mean data_noise?"},
      {"-mehtdo 1", "command line: -mehtdo: unknown key; did you mean method?"}, /* two swaps count as two edits */
      {"-Data_noise 1", "command line: -Data_noise: unknown key; did you mean data_noise?"},
      {"-completely_different 1", "command line: -completely_different: unknown key; -help lists all keys"},
      {"-data_noise=0.2", "command line: -data_noise=0.2: options are written '-key value', without '='"},
      {"input.yaml", "command line: 'input.yaml' belongs to no option; options are written '-key value'"},
      {"-seed 1 2", "command line: '2' belongs to no option; options are written '-key value'"},
      {"---seed 1", "command line: '---seed' belongs to no option; options are written '-key value'"},
  };

  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    DscOptions options = options_of("");

    assert_user_error(insert_and_check(options, rows[i].words), rows[i].message);
    OK(DscOptionsDestroy(&options));
  }
}

static void test_integers_do_not_wrap(void **state)
{
  DscOptions options = options_of("-seed 3000000000");
  PetscInt   seed    = 0;
  char       message[256];

  (void)state;
  snprintf(message, sizeof message,
           "command line: -seed 3000000000: does not fit, integers go up to %lld; allowed: integer",
           (long long)PETSC_MAX_INT);
  if (sizeof(PetscInt) == 4) {
    assert_user_error(DscOptionsCheck(options), message);
    assert_user_error(DscOptionsGetInt(options, "seed", &seed), message);
  }
  OK(DscOptionsSet(options, "seed", "2147483647"));
  OK(DscOptionsGetInt(options, "seed", &seed));
  assert_int_equal(seed, 2147483647);
  OK(DscOptionsSet(options, "seed", "-2147483648"));
  OK(DscOptionsGetInt(options, "seed", &seed));
  assert_true((long long)seed == -2147483647ll - 1);
  OK(DscOptionsDestroy(&options));
}

static void test_numbers(void **state)
{
  DscOptions options = options_of("-data_noise 2.5e-1 --seed -7 -window -1,.5,+2e3 -net_width 10,20");
  PetscInt   n, seed, *widths;
  double     noise, *window;

  (void)state;
  OK(DscOptionsCheck(options));
  OK(DscOptionsGetReal(options, "data_noise", &noise));
  assert_true(noise == 0.25);
  OK(DscOptionsGetInt(options, "seed", &seed));
  assert_int_equal(seed, -7);
  OK(DscOptionsGetReals(options, "window", &n, &window));
  assert_int_equal(n, 3);
  assert_true(window[0] == -1 && window[1] == 0.5 && window[2] == 2000);
  OK(PetscFree(window));
  OK(DscOptionsGetInts(options, "net_width", &n, &widths));
  assert_int_equal(n, 2);
  assert_true(widths[0] == 10 && widths[1] == 20);
  OK(PetscFree(widths));
  OK(DscOptionsDestroy(&options));
}

static void test_booleans(void **state)
{
  static const struct {
    const char *words;
    PetscBool   value;
  } rows[] = {{"", PETSC_FALSE},
              {"-dry_run", PETSC_TRUE},
              {"-dry_run -seed 1", PETSC_TRUE},
              {"-dry_run yes", PETSC_TRUE},
              {"-dry_run FALSE", PETSC_FALSE},
              {"-dry_run 0", PETSC_FALSE},
              {"-dry_run On", PETSC_TRUE},
              {"-dry_run -dry_run no", PETSC_FALSE}};

  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    DscOptions options = options_of(rows[i].words);
    PetscBool  value;

    OK(DscOptionsCheck(options));
    OK(DscOptionsGetBool(options, "dry_run", &value));
    assert_int_equal(value, rows[i].value);
    OK(DscOptionsDestroy(&options));
  }
}

static void test_strings(void **state)
{
  DscOptions  options = options_of("-method LATENT -report [PLOT,text]");
  const char *text;
  char      **items;
  PetscInt    n;

  (void)state;
  OK(DscOptionsCheck(options));
  OK(DscOptionsGetString(options, "method", &text));
  assert_string_equal(text, "latent"); /* as the table spells it */
  OK(DscOptionsGetStrings(options, "report", &n, &items));
  assert_int_equal(n, 2);
  assert_string_equal(items[0], "Plot");
  assert_string_equal(items[1], "text");
  OK(DscOptionsRestoreStrings(n, &items));
  OK(DscOptionsSet(options, "report", "[ ]"));
  OK(DscOptionsGetStrings(options, "report", &n, &items));
  assert_int_equal(n, 0);
  OK(DscOptionsRestoreStrings(n, &items));
  OK(DscOptionsSet(options, "data_title", "two words, -and more"));
  OK(DscOptionsGetString(options, "data_title", &text));
  assert_string_equal(text, "two words, -and more");
  OK(DscOptionsDestroy(&options));
}

static void test_defaults(void **state)
{
  DscOptions  options = options_of("");
  const char *text;
  double      noise;
  PetscBool   set;
  char      **terms;
  PetscInt    n;

  (void)state;
  OK(DscOptionsGetReal(options, "data_noise", &noise));
  assert_true(noise == 0.1);
  OK(DscOptionsIsSet(options, "data_noise", &set));
  assert_false(set);
  OK(DscOptionsGetStrings(options, "terms", &n, &terms));
  assert_int_equal(n, 2);
  assert_string_equal(terms[1], "u_x");
  OK(DscOptionsRestoreStrings(n, &terms));
  assert_user_error(DscOptionsGetString(options, "data_file", &text),
                    "-data_file is required: give it in the input file or on the command line; allowed: text");
  OK(DscOptionsSet(options, "data_noise", "0"));
  OK(DscOptionsIsSet(options, "data_noise", &set));
  assert_true(set);
  OK(DscOptionsDestroy(&options));
}

static void test_wrong_use_is_a_defect(void **state)
{
  static const DscOptionSpec again[] = {{"seed", DSC_INT, "0", 0, 0, NULL, "seed"}};
  static const DscOptionSpec petsc[] = {{"ksp_type", DSC_STRING, "", 0, 0, NULL, "no"}};
  static const DscOptionSpec unfit[] = {{"unfit", DSC_INT, "0", 1, 2, NULL, "no"}};
  static const DscOptionSpec sweep[] = {{"sweep_of", DSC_INT, "0", 0, 0, NULL, "no"}};
  DscOptions                 options = options_of("");
  const DscOptionSpec       *spec;
  PetscInt                   value;
  PetscErrorCode             ierr;

  (void)state;
  CAPTURED(ierr, DscOptionsGetInt(options, "no_such_key", &value));
  assert_int_equal(ierr, PETSC_ERR_ARG_WRONG);
  CAPTURED(ierr, DscOptionsGetInt(options, "data_noise", &value));
  assert_int_equal(ierr, PETSC_ERR_ARG_WRONG);
  CAPTURED(ierr, DscOptionsRegister("again", 1, again));
  assert_string_equal(DscErrorMessage(), "option seed of group again is registered already");
  assert_int_equal(ierr, PETSC_ERR_ARG_WRONG);
  CAPTURED(ierr, DscOptionsRegister("petsc", 1, petsc));
  assert_int_equal(ierr, PETSC_ERR_ARG_WRONG);
  CAPTURED(ierr, DscOptionsRegister("sweep", 1, sweep));
  assert_int_equal(ierr, PETSC_ERR_ARG_WRONG);
  CAPTURED(ierr, DscOptionsRegister("unfit", 1, unfit));
  assert_string_equal(DscErrorMessage(), "option unfit of group unfit: default '0': out of range");
  assert_int_equal(ierr, PETSC_ERR_ARG_WRONG);
  OK(DscOptionsGetSpec("unfit", &spec));
  assert_null(spec);
  OK(register_test_specs()); /* the same table again is no mistake */
  OK(DscOptionsDestroy(&options));
}

static void test_where(void **state)
{
  DscOptions options = options_of("-data_noise 0.2");

  (void)state;
  assert_string_equal(DscOptionsWhere(options, "data_noise"), "command line: -data_noise 0.2");
  assert_string_equal(DscOptionsWhere(options, "fraction"), "default: -fraction 0.5");
  OK(DscOptionsSet(options, "fraction", "0.25"));
  assert_string_equal(DscOptionsWhere(options, "fraction"), "program: -fraction 0.25");
  OK(DscOptionsDestroy(&options));
}

static void test_copy_is_independent(void **state)
{
  DscOptions options = options_of("-seed 1"), copy;
  PetscInt   seed;

  (void)state;
  OK(DscOptionsCopy(options, &copy));
  OK(DscOptionsSet(copy, "seed", "2"));
  OK(DscOptionsGetInt(options, "seed", &seed));
  assert_int_equal(seed, 1);
  OK(DscOptionsDestroy(&options));
  OK(DscOptionsGetInt(copy, "seed", &seed));
  assert_int_equal(seed, 2);
  OK(DscOptionsDestroy(&copy));
}

/* The last of two on the command line wins; more keys than the set first has room for. */
static void test_many(void **state)
{
  DscOptions options = options_of("-seed 1 -seed 2");
  PetscInt   seed;
  char       key[32];

  (void)state;
  for (int i = 0; i < 100; i++) {
    snprintf(key, sizeof key, "key_%d", i);
    OK(DscOptionsSet(options, key, key));
  }
  OK(DscOptionsGetInt(options, "seed", &seed));
  assert_int_equal(seed, 2);
  assert_string_equal(DscOptionsFind(options, "key_99")->value, "key_99");
  OK(DscOptionsDestroy(&options));
}

/* main() starts with '-help -data_noise 0.3 -mat_type dense -ts_dt -1.5 -error_traceback no'. */
static void test_petsc_sees_its_own_only(void **state)
{
  PetscBool  set;
  PetscReal  dt;
  char       type[32];
  DscOptions options;

  (void)state;
  OK(PetscOptionsGetString(NULL, NULL, "-mat_type", type, sizeof type, &set));
  assert_true(set);
  assert_string_equal(type, "dense");
  OK(PetscOptionsGetReal(NULL, NULL, "-ts_dt", &dt, &set));
  assert_true(set && dt == -1.5);
  OK(PetscOptionsHasName(NULL, NULL, "-help", &set));
  assert_false(set);
  OK(PetscOptionsHasName(NULL, NULL, "-data_noise", &set));
  assert_false(set);
  options = options_of("-pc_type lu -help -tao_monitor"); /* those of our own making reach it too */
  OK(DscOptionsCheck(options));
  OK(PetscOptionsGetString(NULL, NULL, "-pc_type", type, sizeof type, &set));
  assert_true(set);
  OK(PetscOptionsHasName(NULL, NULL, "-tao_monitor", &set));
  assert_true(set);
  assert_null(DscOptionsFind(options, "pc_type"));
  OK(DscOptionsGetBool(options, "help", &set));
  assert_true(set);
  OK(DscOptionsDestroy(&options));
  OK(PetscOptionsClear(NULL));
}

static void test_nearest_name(void **state)
{
  static const char *const names[] = {"burgers", "kdv", "ks"};

  (void)state;
  assert_string_equal(DscNearestName("burger", 3, names), "burgers");
  assert_string_equal(DscNearestName("kvd", 3, names), "kdv");
  assert_null(DscNearestName("schroedinger", 3, names));
  assert_null(DscNearestName("burger", 0, NULL));
}

/* 'no' was said to -error_traceback: one line, without the calls. */
static void test_no_traceback(void **state)
{
  DscOptions options = options_of("-seed x");
  Capture    capture;
  int        lines;

  (void)state;
  capture_begin(&capture, stderr);
  assert_int_equal(DscOptionsCheck(options), PETSC_ERR_USER_INPUT);
  capture_end(&capture);
  lines = count_lines(capture.text);
  MPI_Allreduce(MPI_IN_PLACE, &lines, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
  assert_int_equal(lines, 1);
  OK(DscOptionsDestroy(&options));
}

static void test_help(void **state)
{
  Capture capture;
  int     rank;

  (void)state;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  capture_begin(&capture, stdout);
  OK(DscOptionsPrintHelp(MPI_COMM_WORLD));
  capture_end(&capture);
  if (rank) {
    assert_string_equal(capture.text, "");
    return;
  }
  assert_non_null(strstr(capture.text, "\ngeneral\n  -help: true or false; default false\n"));
  assert_non_null(strstr(capture.text, "\ntest\n  -data_noise: real >= 0; default 0.1\n      noise, in standard dev"));
  assert_non_null(strstr(capture.text, "  -data_file: text; required\n"));
  assert_non_null(strstr(capture.text, "  -data_title: text; no default\n"));
  for (size_t i = 0; i < sizeof test_specs / sizeof *test_specs; i++)
    assert_non_null(strstr(capture.text, test_specs[i].help));
}

static void test_canonical(void **state)
{
  static const struct {
    const char *key, *value, *canonical;
  } rows[] = {{"data_noise", "0.10", "0.1"},
              {"data_noise", "+1e-1", "0.1"},
              {"data_noise", "-0", "0"},
              {"data_noise", "0.30000000000000004", "0.30000000000000004"},
              {"data_noise", "1e22", "1e+22"},
              {"data_noise", "much", "much"},
              {"seed", "+007", "7"},
              {"seed", "1.5", "1.5"},
              {"dry_run", "ON", "true"},
              {"method", "LATENT", "latent"},
              {"net_width", "[ 030, 5 ]", "30,5"},
              {"net_width", "", ""},
              {"window", "1e0,2.50", "1,2.5"},
              {"report", "plot,TEXT", "Plot,text"},
              {"data_title", " 0.10 ", " 0.10 "}};

  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const DscOptionSpec *spec;
    char                *text;

    OK(DscOptionsGetSpec(rows[i].key, &spec));
    OK(DscOptionsCanonical(spec, rows[i].value, &text));
    assert_string_equal(text, rows[i].canonical);
    OK(PetscFree(text));
  }
}

/* Every byte of a value, and the order of the sweeps, survive the way through text. */
static void test_from_text(void **state)
{
  static const char *const values[] = {"plain",
                                       "a: b # c",
                                       "\"quoted\" \\ \t\n\r",
                                       "two\nlines\n",
                                       "null",
                                       "~",
                                       "[x, y]",
                                       "- 3",
                                       "{a: 1}",
                                       "'",
                                       "",
                                       "  blanks ",
                                       "1,2;3",
                                       "\\x41",
                                       "\x01\x7f",
                                       "\xff\xfe",
                                       "\xc3\xbc",
                                       "\\",
                                       "a,b: 'c', \"d\" # e",
                                       "\xe2\x80\xa8",
                                       "%d&*!|>@`"};

  (void)state;
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    DscOptions         options = options_of("-sweep_seed 0-9 -sweep_data_noise 0.1,0.2 -window -1.5,2"), again;
    char              *text, *text_again, differ[256];
    const char        *key;
    const char *const *ignored;
    PetscInt           n;

    OK(DscOptionsSet(options, "data_title", values[i]));
    OK(DscOptionsSet(options, "no_such_key", values[i]));
    OK(DscOptionsToText(options, &text));
    OK(DscOptionsFromText(text, &again));
    assert_string_equal(DscOptionsFind(again, "data_title")->value, values[i]);
    assert_string_equal(DscOptionsFind(again, "no_such_key")->value, values[i]);
    assert_non_null(DscOptionsFind(again, "fraction")); /* defaults are given */
    assert_null(DscOptionsFind(again, "seed"));         /* but not those of swept keys */
    OK(DscOptionsToText(again, &text_again));
    assert_string_equal(text, text_again);
    OK(DscOptionsGetSweep(again, 0, &key, &n, &ignored));
    assert_string_equal(key, "seed");
    OK(DscOptionsDiffer(options, again, 0, NULL, sizeof differ, differ));
    assert_string_equal(differ, "");
    OK(PetscFree(text));
    OK(PetscFree(text_again));
    OK(DscOptionsDestroy(&options));
    OK(DscOptionsDestroy(&again));
  }
}

/* Any bytes at all. */
static void test_from_text_of_random_bytes(void **state)
{
  (void)state;
  for (uint64_t i = 0; i < 200; i++) {
    DscOptions options = options_of(""), again;
    char       value[64], *text;
    size_t     length = (size_t)(63 * DscRandomUniform(1, DSC_STREAM_TEST, i));

    for (size_t c = 0; c < length; c++)
      value[c] = (char)(1 + (int)(255 * DscRandomUniform(2, DSC_STREAM_TEST, 64 * i + c)));
    value[length] = '\0';
    OK(DscOptionsSet(options, "data_title", value));
    OK(DscOptionsToText(options, &text));
    OK(DscOptionsFromText(text, &again));
    assert_string_equal(DscOptionsFind(again, "data_title")->value, value);
    OK(PetscFree(text));
    OK(DscOptionsDestroy(&options));
    OK(DscOptionsDestroy(&again));
  }
}

static void test_from_damaged_text(void **state)
{
  static const char *const texts[] = {"seed 3\n",         ": 3\n",        "seed: 3\ndata_title: \"x\n",
                                      "data_title: \"\n", "seed:3\n",     "a: \"\\x4\"\n",
                                      "a: \"\\n\"\n",     "a: \"b\"c\"\n"};
  DscOptions               options;

  (void)state;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    PetscErrorCode ierr;

    options = NULL;
    CAPTURED(ierr, DscOptionsFromText(texts[i], &options));
    assert_int_equal(ierr, PETSC_ERR_USER_INPUT);
    assert_non_null(strstr(DscErrorMessage(), "the options on record are damaged: '"));
    assert_null(options);
  }
  OK(DscOptionsFromText("", &options));
  OK(DscOptionsDestroy(&options));
}

static void test_differ(void **state)
{
  static const char *const ignored[] = {"data_t*", "seed"};
  static const struct {
    const char *a, *b;
    PetscInt    nignored;
    const char *differ;
  } rows[] = {
      {"", "", 0, ""},
      {"-seed 1", "-seed 1", 0, ""},
      {"-data_noise 0.1", "", 0, ""}, /* the default */
      {"-data_noise 0.10", "-data_noise 1e-1", 0, ""},
      {"-data_noise 0.2", "", 0, "data_noise (0.2, was 0.1)"},
      {"", "-data_noise 0.2", 0, "data_noise (0.1, was 0.2)"},
      {"-seed 1 -method latent", "-seed 2", 0, "method (latent, was discover), seed (1, was 2)"},
      {"-data_file x", "", 0, "data_file (x, was not given)"},
      {"", "-data_title y", 0, "data_title (empty, was y)"},
      {"-seed 1 -data_title x -fraction 0.1", "", 2, "fraction (0.1, was 0.5)"},
      {"-old_key 1", "-seed 1", 2, "old_key (1, was not given)"},
      {"", "-old_key 1", 2, "old_key (not given, was 1)"},
      {"-sweep_seed 0-3", "-sweep_seed 0-4", 0, "sweep_seed (0-3, was 0-4)"},
      {"-sweep_data_noise 0.10,0.2", "-sweep_data_noise [0.1,2e-1]", 0, ""},
      {"-sweep_data_noise 0.1", "-sweep_data_noise 0.1,0.2", 0, "sweep_data_noise (0.1, was 0.1,0.2)"},
      {"-sweep_net_width 1,2;3,4", "-sweep_net_width 1,2;3,5", 0, "sweep_net_width (1,2;3,4, was 1,2;3,5)"},
      {"-sweep_seed 0-3", "-seed 3", 0, "sweep_seed (0-3, was not given)"},
      {"-sweep_seed 0-3", "", 0, "sweep_seed (0-3, was not given)"},
      {"-sweep_seed 0,1 -sweep_data_noise 0,1", "-sweep_data_noise 0,1 -sweep_seed 0,1", 0,
       "order of the sweeps (seed data_noise, was data_noise seed)"},
      {"-data_title 1234567890123456789012345678901234567890123456789012345678901234567890", "", 0,
       "data_title (123456789012345678901234567890123456789012345678901234567890..., was empty)"},
  };

  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    DscOptions a = options_of(rows[i].a), b = options_of(rows[i].b);
    char       differ[512], cut[12];

    OK(DscOptionsDiffer(a, b, rows[i].nignored, ignored, sizeof differ, differ));
    assert_string_equal(differ, rows[i].differ);
    OK(DscOptionsDiffer(a, b, rows[i].nignored, ignored, sizeof cut, cut));
    differ[sizeof cut - 1] = '\0';
    assert_string_equal(cut, differ);
    OK(DscOptionsDestroy(&a));
    OK(DscOptionsDestroy(&b));
  }
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_petsc_sees_its_own_only), /* first: it clears PETSc's database */
      cmocka_unit_test(test_refused),
      cmocka_unit_test(test_integers_do_not_wrap),
      cmocka_unit_test(test_numbers),
      cmocka_unit_test(test_booleans),
      cmocka_unit_test(test_strings),
      cmocka_unit_test(test_defaults),
      cmocka_unit_test(test_wrong_use_is_a_defect),
      cmocka_unit_test(test_where),
      cmocka_unit_test(test_copy_is_independent),
      cmocka_unit_test(test_many),
      cmocka_unit_test(test_nearest_name),
      cmocka_unit_test(test_no_traceback),
      cmocka_unit_test(test_help),
      cmocka_unit_test(test_canonical),
      cmocka_unit_test(test_from_text),
      cmocka_unit_test(test_from_text_of_random_bytes),
      cmocka_unit_test(test_from_damaged_text),
      cmocka_unit_test(test_differ),
  };
  static char words[][20] = {"discern",   "run",   "in.yaml", "-help", "-data_noise",      "0.3",
                             "-mat_type", "dense", "-ts_dt",  "-1.5",  "-error_traceback", "no"};
  char       *list[13] = {NULL}, **arguments = list;
  int         n = 12, result;

  (void)argc;
  (void)argv;
  for (int i = 0; i < n; i++) list[i] = words[i];
  if (DscInitialize(&n, &arguments) || register_test_specs()) return 1;
  result = cmocka_run_group_tests(tests, NULL, NULL);
  return DscFinalize() ? 1 : result;
}
