/*
  discern: the sub-commands. What they do lives in the folders; here their arguments are taken apart.
*/
#include <discern/discern.h>

#include <stdio.h>
#include <string.h>

typedef struct {
  const char *name, *arguments, *help;
  PetscErrorCode (*run)(int argc, char **argv, DscExitCode *exit_code); /* argv: what follows the sub-command */
} Command;

static PetscErrorCode command_run(int argc, char **argv, DscExitCode *exit_code);
static PetscErrorCode command_report(int argc, char **argv, DscExitCode *exit_code);
static PetscErrorCode command_plot(int argc, char **argv, DscExitCode *exit_code);
static PetscErrorCode command_merge(int argc, char **argv, DscExitCode *exit_code);
static PetscErrorCode command_data(int argc, char **argv, DscExitCode *exit_code);
static PetscErrorCode command_list(int argc, char **argv, DscExitCode *exit_code);
static PetscErrorCode command_help(int argc, char **argv, DscExitCode *exit_code);
static PetscErrorCode command_version(int argc, char **argv, DscExitCode *exit_code);

static const Command commands[] = {
    {"run", "INPUT.yaml [-key value ...]", "run a study; under mpiexec or srun, or alone", command_run},
    {"report", "RESULTS.h5 [-by KEY[,KEY2]] [-all] [-front]", "equations with error bars, success rates, timing",
     command_report},
    {"plot", "RESULTS.h5 -o DIR [-run N] [-format png|svg]", "figures of a study, or of scaling.csv", command_plot},
    {"merge", "OUT.h5 A.h5 B.h5 ...", "one study from the results of its parts", command_merge},
    {"data", "NAME -o FILE.h5 [-key value ...]", "write a generated data set", command_data},
    {"list", "", "everything that can be selected, with one line each", command_list},
    {"help", "", "every key with its type, default and meaning", command_help},
    {"version", "", "version, libraries, machine", command_version},
};
enum { NCOMMANDS = sizeof(commands) / sizeof(commands[0]) };

static PetscErrorCode register_options(void)
{
  PetscFunctionBeginUser;
  PetscCall(DscStudyRegisterOptions());
  PetscCall(DscRunRegisterOptions());
  PetscFunctionReturn(0);
}

static PetscErrorCode print_usage(void)
{
  PetscFunctionBeginUser;
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "discern finds governing equations in data.\nusage:\n"));
  for (PetscInt i = 0; i < NCOMMANDS; i++) {
    char line[80];

    snprintf(line, sizeof(line), "discern %s %s", commands[i].name, commands[i].arguments);
    PetscCall(PetscPrintf(PETSC_COMM_WORLD, "  %-57s %s\n", line, commands[i].help));
  }
  PetscFunctionReturn(0);
}

/* folder/kdv.yaml -> kdv.h5 */
static PetscErrorCode default_output(const char input[], size_t size, char output[])
{
  const char *slash = strrchr(input, '/');
  const char *name  = slash ? slash + 1 : input;
  const char *dot   = strrchr(name, '.');
  int         stem  = (int)(dot && dot > name ? (size_t)(dot - name) : strlen(name));

  PetscFunctionBeginUser;
  snprintf(output, size, "%.*s.h5", stem, name);
  PetscFunctionReturn(0);
}

static PetscErrorCode command_run(int argc, char **argv, DscExitCode *exit_code)
{
  DscOptions options;
  PetscBool  set;
  char       output[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  DscUserCheck(argc > 0 && argv[0][0] != '-', PETSC_COMM_WORLD,
               "run: an input file comes first: discern run INPUT.yaml [-key value ...]");
  PetscCall(DscOptionsCreate(&options));
  PetscCall(DscOptionsInsertFile(options, PETSC_COMM_WORLD, argv[0]));
  PetscCall(DscOptionsInsertArguments(options, argc - 1, argv + 1));
  PetscCall(DscOptionsIsSet(options, "output", &set));
  if (!set) {
    PetscCall(default_output(argv[0], sizeof(output), output));
    PetscCall(DscOptionsSet(options, "output", output));
  }
  PetscCall(DscStudyRun(PETSC_COMM_WORLD, options, exit_code));
  PetscCall(DscOptionsDestroy(&options));
  PetscFunctionReturn(0);
}

static PetscErrorCode command_merge(int argc, char **argv, DscExitCode *exit_code)
{
  PetscFunctionBeginUser;
  for (int i = 0; i < argc; i++) {
    DscUserCheck(argv[i][0] != '-', PETSC_COMM_WORLD,
                 "merge: there is no option %s: discern merge OUT.h5 A.h5 B.h5 ...", argv[i]);
  }
  DscUserCheck(argc > 1, PETSC_COMM_WORLD,
               "merge: the file to write and the files to merge are needed: discern merge OUT.h5 A.h5 B.h5 ...");
  PetscCall(DscStudyMerge(PETSC_COMM_WORLD, argc - 1, (const char *const *)(argv + 1), argv[0], exit_code));
  PetscFunctionReturn(0);
}

/* Takes '-option VALUE' out of the arguments; NULL where it is not there. The last of two wins. */
static PetscErrorCode take_value(const char command[], const char option[], int *argc, char **argv, const char **value)
{
  int kept = 0;

  PetscFunctionBeginUser;
  *value = NULL;
  for (int i = 0; i < *argc; i++) {
    if (strcmp(argv[i], option)) {
      argv[kept++] = argv[i];
      continue;
    }
    DscUserCheck(i + 1 < *argc, PETSC_COMM_WORLD, "%s: %s: no value given", command, option);
    *value = argv[++i];
  }
  *argc = kept;
  PetscFunctionReturn(0);
}

static PetscErrorCode take_flag(const char option[], int *argc, char **argv, PetscBool *given)
{
  int kept = 0;

  PetscFunctionBeginUser;
  *given = PETSC_FALSE;
  for (int i = 0; i < *argc; i++) {
    if (strcmp(argv[i], option))
      argv[kept++] = argv[i];
    else
      *given = PETSC_TRUE;
  }
  *argc = kept;
  PetscFunctionReturn(0);
}

/* What is left must be one file. options: what the sub-command knows, for the mistyped. */
static PetscErrorCode check_file(const char command[], PetscInt n, const char *const options[], int argc, char **argv,
                                 const char usage[])
{
  PetscFunctionBeginUser;
  for (int i = 0; i < argc; i++) {
    const char *nearest = DscNearestName(argv[i], n, options);

    DscUserCheck(argv[i][0] != '-', PETSC_COMM_WORLD, "%s: there is no option %s%s%s: %s", command, argv[i],
                 nearest ? ", did you mean " : "", nearest ? nearest : "", usage);
  }
  DscUserCheck(argc == 1, PETSC_COMM_WORLD, "%s: one results file is needed: %s", command, usage);
  PetscFunctionReturn(0);
}

static PetscErrorCode command_report(int argc, char **argv, DscExitCode *exit_code)
{
  static const char *const options[] = {"-by", "-all", "-front"};
  const char              *by;
  PetscBool                all, front;

  (void)exit_code;
  PetscFunctionBeginUser;
  PetscCall(take_value("report", "-by", &argc, argv, &by));
  PetscCall(take_flag("-all", &argc, argv, &all));
  PetscCall(take_flag("-front", &argc, argv, &front));
  PetscCall(check_file("report", 3, options, argc, argv, "discern report RESULTS.h5 [-by KEY[,KEY2]] [-all] [-front]"));
  PetscCall(DscStudyReport(PETSC_COMM_WORLD, argv[0], by, all, front));
  PetscFunctionReturn(0);
}

static PetscErrorCode command_plot(int argc, char **argv, DscExitCode *exit_code)
{
  static const char *const options[] = {"-o", "-run", "-format"};
  static const char        usage[]   = "discern plot RESULTS.h5 -o DIR [-run N] [-format png|svg]";
  const char              *folder, *run, *format;

  (void)exit_code;
  PetscFunctionBeginUser;
  PetscCall(take_value("plot", "-o", &argc, argv, &folder));
  PetscCall(take_value("plot", "-run", &argc, argv, &run));
  PetscCall(take_value("plot", "-format", &argc, argv, &format));
  PetscCall(check_file("plot", 3, options, argc, argv, usage));
  DscUserCheck(folder, PETSC_COMM_WORLD, "plot: a folder for the figures is needed: %s", usage);
  PetscCall(DscStudyPlot(PETSC_COMM_WORLD, argv[0], folder, run, format));
  PetscFunctionReturn(0);
}

static PetscErrorCode command_data(int argc, char **argv, DscExitCode *exit_code)
{
  char        key[] = "-data_source", *source[] = {key, NULL};
  DscOptions  options;
  DscDataSet *data;
  const char *output;
  PetscInt    seed, nexperiments;

  (void)exit_code;
  PetscFunctionBeginUser;
  PetscCall(take_value("data", "-o", &argc, argv, &output));
  DscUserCheck(argc > 0 && argv[0][0] != '-' && output, PETSC_COMM_WORLD,
               "data: a name and a file are needed: discern data NAME -o FILE.h5 [-key value ...]");
  PetscCall(DscOptionsCreate(&options));
  PetscCall(DscOptionsInsertArguments(options, argc - 1, argv + 1));
  source[1] = argv[0];
  PetscCall(DscOptionsInsertArguments(options, 2, source));
  PetscCall(DscOptionsCheck(options));
  PetscCall(DscOptionsGetExperimentCount(options, &nexperiments));
  DscUserCheck(nexperiments == 1, PETSC_COMM_WORLD,
               "data: several experiments are several data sets; write one at a time");
  PetscCall(DscOptionsGetInt(options, "seed", &seed));
  PetscCall(DscDataSetCreate(PETSC_COMM_WORLD, options, (uint64_t)seed, &data));
  PetscCall(DscDataSetWrite(PETSC_COMM_WORLD, data, output));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "%s: %d samples of %s\n", output, (int)data->nsamples, data->description));
  PetscCall(DscDataSetDestroy(&data));
  PetscCall(DscOptionsDestroy(&options));
  PetscFunctionReturn(0);
}

static PetscErrorCode print_list(const char title[], PetscInt n, const char *const names[], const char *const help[])
{
  PetscFunctionBeginUser;
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "%s\n", title));
  for (PetscInt i = 0; i < n; i++) PetscCall(PetscPrintf(PETSC_COMM_WORLD, "  %-22s %s\n", names[i], help[i]));
  PetscFunctionReturn(0);
}

static PetscErrorCode command_list(int argc, char **argv, DscExitCode *exit_code)
{
  static const struct {
    const char *title;
    PetscErrorCode (*list)(PetscInt *n, const char *const **names, const char *const **help);
  } lists[] = {
      {"data (-data_source)", DscGeneratorList},        {"methods (-method)", DscMethodList},
      {"constraints (-constraint)", DscConstraintList}, {"estimators (-estimator)", DscEstimatorList},
      {"approximators (-approximator)", DscNetList},    {"libraries (-library_NAME)", DscLibraryList},
      {"optimizers (-optim_type)", DscOptimList},       {"mask schedules (-mask_schedule)", DscMaskScheduleList},
  };

  (void)argv;
  (void)exit_code;
  PetscFunctionBeginUser;
  DscUserCheck(!argc, PETSC_COMM_WORLD, "list: takes no arguments");
  for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
    const char *const *names, *const *help;
    PetscInt n;

    PetscCall(lists[i].list(&n, &names, &help));
    PetscCall(print_list(lists[i].title, n, names, help));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode command_help(int argc, char **argv, DscExitCode *exit_code)
{
  (void)argc;
  (void)argv;
  (void)exit_code;
  PetscFunctionBeginUser;
  PetscCall(print_usage());
  PetscCall(DscOptionsPrintHelp(PETSC_COMM_WORLD));
  PetscFunctionReturn(0);
}

static PetscErrorCode command_version(int argc, char **argv, DscExitCode *exit_code)
{
  const DscProvenanceEntry *entries;
  PetscInt                  n;

  (void)argc;
  (void)argv;
  (void)exit_code;
  PetscFunctionBeginUser;
  PetscCall(DscProvenanceGet(PETSC_COMM_WORLD, &n, &entries));
  for (PetscInt i = 0; i < n; i++) {
    PetscCall(PetscPrintf(PETSC_COMM_WORLD, "%-20s %s\n", entries[i].name, entries[i].value));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode refuse_command(const char wanted[])
{
  const char *names[NCOMMANDS], *nearest;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < NCOMMANDS; i++) names[i] = commands[i].name;
  nearest = DscNearestName(wanted, NCOMMANDS, names);
  DscUserCheck(PETSC_FALSE, PETSC_COMM_WORLD, "there is no sub-command '%s'%s%s; `discern help` lists them", wanted,
               nearest ? ", did you mean " : "", nearest ? nearest : "");
  PetscFunctionReturn(0);
}

/* The sub-command to run; -help may stand anywhere, -v in place of one. */
static PetscErrorCode find_command(int argc, char **argv, const Command **command)
{
  const char *wanted = argv[1];

  PetscFunctionBeginUser;
  *command = NULL;
  for (int i = 1; i < argc; i++) {
    if (!strcmp(argv[i], "-help") || !strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) wanted = "help";
  }
  if (!strcmp(wanted, "-v") || !strcmp(wanted, "-version") || !strcmp(wanted, "--version")) wanted = "version";
  for (PetscInt i = 0; i < NCOMMANDS; i++) {
    if (!strcmp(wanted, commands[i].name)) *command = &commands[i];
  }
  if (!*command) PetscCall(refuse_command(wanted));
  PetscFunctionReturn(0);
}

static PetscErrorCode run_command(int argc, char **argv, DscExitCode *exit_code)
{
  const Command *command;

  PetscFunctionBeginUser;
  if (argc < 2) {
    PetscCall(print_usage());
    *exit_code = DSC_EXIT_USER;
    PetscFunctionReturn(0);
  }
  PetscCall(find_command(argc, argv, &command));
  PetscCall(register_options());
  PetscCall(command->run(argc - 2, argv + 2, exit_code));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  DscExitCode    exit_code = DSC_EXIT_OK;
  PetscErrorCode ierr      = DscInitialize(&argc, &argv);

  if (ierr) return (int)DscExitCodeFromError(ierr);
  ierr = run_command(argc, argv, &exit_code);
  if (ierr) exit_code = DscExitCodeFromError(ierr);
  ierr = DscFinalize();
  return (int)(ierr ? DscExitCodeFromError(ierr) : exit_code);
}
