/* From records to a file and back: the same numbers with the same bits, on any number of ranks, for any part of a study. */
#include "compare.h"
#include "study/results.h"

#define NSEEDS 600
#define NRUNS  (2 * NSEEDS) /* many enough for several ranks to read */

static const char *path_of(const char name[])
{
  static char path[PETSC_MAX_PATH_LEN];

  snprintf(path, sizeof(path), "%s", fake_path(name));
  return path;
}

/* Every third run of the study, but for a gap. */
static PetscInt choose_numbers(PetscInt numbers[])
{
  PetscInt n = 0;

  for (PetscInt number = 1; number < NRUNS; number += 3) {
    if (number < 100 || number > 120) numbers[n++] = number;
  }
  return n;
}

/* What a run leaves depends on its number alone: failed without an equation, stopped before or after there was one, with
   and without rows; some with two left-hand sides, some with other terms, in another order. */
static double noise_of(PetscInt number, uint64_t index)
{
  return DscRandomNormal((uint64_t)number, DSC_STREAM_TEST, index);
}

static void fill_equation(PetscInt number, DscResult *r)
{
  const PetscInt n = (r->nleft = 1 + number % 2) * (r->nterms = 3 + number % 5 / 3);
  double        *arrays[6];

  assert_int_equal(PetscMalloc2(r->nleft, &r->left, r->nterms, &r->terms), 0);
  assert_int_equal(PetscCalloc7(n, &r->coefficients, n, &r->std, n, &r->normalized, n, &r->alpha, n, &r->inclusion, n,
                                &r->truth, n, &r->active),
                   0);
  for (PetscInt l = 0; l < r->nleft; l++) strcpy(r->left[l], l ? "v_t" : "u_t");
  for (PetscInt t = 0; t < r->nterms; t++) strcpy(r->terms[t], fake_term(r->nterms, t));
  arrays[0] = r->coefficients, arrays[1] = r->std, arrays[2] = r->normalized, arrays[3] = r->alpha,
  arrays[4] = r->truth, arrays[5] = r->inclusion;
  for (PetscInt i = 0; i < 6 * n; i++) arrays[i / n][i % n] = noise_of(number, (uint64_t)i);
  for (PetscInt i = 0; i < n; i++) r->active[i] = r->coefficients[i] > 0;
  if (number % 4 == 0) {
    for (PetscInt i = 0; i < n; i++) r->truth[i] = NAN;
  }
}

static void fill_table(DscTable *table, PetscInt ncolumns, const char (*columns)[DSC_NAME_LENGTH], PetscInt nrows,
                       PetscInt number)
{
  double row[8];

  assert_int_equal(DscTableSetColumns(table, ncolumns, columns), 0);
  for (PetscInt i = 0; i < nrows; i++) {
    for (PetscInt c = 0; c < ncolumns; c++) row[c] = noise_of(number, (uint64_t)(1000 * i + c));
    assert_int_equal(DscTableAddRow(table, row), 0);
  }
}

static DscResult *make_result(PetscInt number, PetscBool rows)
{
  /* the second is the name of a scale; the third has no place in a path as it is */
  static const char history[][DSC_NAME_LENGTH]    = {"iteration", "entry", "alpha/u_t/u_x", "late"};
  static const char prediction[][DSC_NAME_LENGTH] = {"x", "t", "u", "u_clean", "u_hat"};
  static const char selection[][DSC_NAME_LENGTH]  = {"terms", "error", "score", "active/u_t/candidate"};
  DscResult        *r;

  assert_int_equal(DscResultCreate(&r), 0);
  r->status     = (DscRunStatus)(number % 4);
  r->seconds    = 1.0 / (double)(number + 1);
  r->iterations = number;
  snprintf(r->reason, sizeof(r->reason), number % 2 ? "because of %d" : "", (int)number);
  if (r->status == DSC_RUN_FAILED || number % 7 == 0) return r;
  r->mse               = noise_of(number, 500);
  r->bic               = number % 5 ? noise_of(number, 501) : -INFINITY;
  r->exact             = (int)(number % 3) - 1;
  r->coefficient_error = noise_of(number, 502);
  fill_equation(number, r);
  if (!rows) return r;
  fill_table(&r->history, number % 2 ? 4 : 3, history, number % 5, number);
  fill_table(&r->selection, 4, selection, number % 4, number + 7);
  if (number % 10 == 1) fill_table(&r->prediction, 5, prediction, 20 + number % 3, number);
  return r;
}

/* Dealt out as a queue does: not in blocks, and not evenly. */
static void make_records(const DscPlan *plan, PetscBool rows, DscRecords *records)
{
  PetscMPIInt rank, ranks;

  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  records->n = 0;
  assert_int_equal(DscRecordsCreate(plan->nruns, records), 0);
  for (PetscInt run = 0; run < plan->nruns; run++) {
    if (run * run % 11 % ranks != rank) continue;
    records->run[records->n]      = run;
    records->result[records->n++] = make_result(plan->number[run], rows);
  }
}

static DscOptions make_study(DscPlan *plan)
{
  DscOptions options = fake_options("sweep_data_noise", "0,0.1", "sweep_seed", "0-599", NULL);

  assert_int_equal(DscPlanCreate(options, plan), 0);
  assert_int_equal(plan->nruns, NRUNS);
  return options;
}

static void assert_same_bits(const double *a, const double *b, PetscInt n)
{
  assert_memory_equal(a, b, (size_t)n * sizeof(double));
}

/* An equation may come back with its terms in the file's order. */
static void check_equation(const DscResult *r, const DscResult *expected)
{
  assert_int_equal(r->nleft, expected->nleft);
  assert_int_equal(r->nterms, expected->nterms);
  for (PetscInt l = 0; l < r->nleft; l++) {
    assert_string_equal(r->left[l], expected->left[l]);
    for (PetscInt t = 0; t < r->nterms; t++) {
      PetscInt e = 0, at, from;

      while (e < expected->nterms && strcmp(r->terms[t], expected->terms[e])) e++;
      assert_true(e < expected->nterms);
      at   = l * r->nterms + t;
      from = l * r->nterms + e;
      assert_same_bits(&r->coefficients[at], &expected->coefficients[from], 1);
      assert_same_bits(&r->std[at], &expected->std[from], 1);
      assert_same_bits(&r->normalized[at], &expected->normalized[from], 1);
      assert_same_bits(&r->alpha[at], &expected->alpha[from], 1);
      assert_same_bits(&r->inclusion[at], &expected->inclusion[from], 1);
      if (isnan(expected->truth[from]))
        assert_true(isnan(r->truth[at]));
      else
        assert_same_bits(&r->truth[at], &expected->truth[from], 1);
      assert_int_equal(r->active[at], expected->active[from]);
    }
  }
}

/* A run with rows has its own columns, and perhaps others without a number. */
static void check_table(const DscTable *table, const DscTable *expected)
{
  assert_int_equal(table->nrows, expected->nrows);
  for (PetscInt c = 0; c < expected->ncolumns && table->nrows; c++) {
    PetscInt own = 0;

    while (own < table->ncolumns && strcmp(table->columns[own], expected->columns[c])) own++;
    assert_true(own < table->ncolumns);
    for (PetscInt i = 0; i < table->nrows; i++) {
      assert_same_bits(&table->values[i * table->ncolumns + own], &expected->values[i * expected->ncolumns + c], 1);
    }
  }
}

static void check_result(const DscResult *r, PetscInt number, PetscBool rows)
{
  DscResult *expected = make_result(number, rows);

  assert_int_equal(r->status, expected->status);
  assert_string_equal(r->reason, expected->reason);
  assert_same_bits(&r->seconds, &expected->seconds, 1);
  assert_int_equal(r->iterations, expected->iterations);
  assert_int_equal(r->exact, expected->exact);
  if (expected->nterms) {
    assert_same_bits(&r->mse, &expected->mse, 1);
    assert_same_bits(&r->bic, &expected->bic, 1);
    assert_same_bits(&r->coefficient_error, &expected->coefficient_error, 1);
  } else
    assert_true(isnan(r->mse) && isnan(r->bic) && isnan(r->coefficient_error));
  check_equation(r, expected);
  check_table(&r->history, &expected->history);
  check_table(&r->selection, &expected->selection);
  check_table(&r->prediction, &expected->prediction);
  assert_int_equal(DscResultDestroy(&expected), 0);
}

static void write_part(DscPlan *plan, DscOptions options, PetscBool rows, const char path[])
{
  DscRecords records;
  PetscInt   numbers[NRUNS], n = choose_numbers(numbers);

  assert_int_equal(DscPlanSelect(plan, n, numbers), 0);
  make_records(plan, rows, &records);
  assert_int_equal(DscResultsWrite(MPI_COMM_WORLD, path, plan, options, &records), 0);
  assert_int_equal(DscRecordsDestroy(&records), 0);
}

/* Of a part of a study: what is read is what was written, and what it writes is the same file. */
static void check_round_trip(PetscBool rows)
{
  DscPlan    plan;
  DscOptions options = make_study(&plan);
  DscRecords records;
  PetscInt   total;
  char       path[PETSC_MAX_PATH_LEN], again[PETSC_MAX_PATH_LEN];

  snprintf(path, sizeof(path), "%s", path_of("test_records"));
  snprintf(again, sizeof(again), "%s", path_of("test_records_again"));
  write_part(&plan, options, rows, path);
  assert_int_equal(DscResultsReadRecords(MPI_COMM_WORLD, path, &plan, NULL, &records), 0);
  MPI_Allreduce(&records.n, &total, 1, MPIU_INT, MPI_SUM, MPI_COMM_WORLD);
  assert_int_equal(total, plan.nruns);
  for (PetscInt i = 0; i < records.n; i++) {
    if (i) assert_true(records.run[i] > records.run[i - 1]);
    check_result(records.result[i], plan.number[records.run[i]], rows);
  }
  assert_int_equal(DscResultsWrite(MPI_COMM_WORLD, again, &plan, options, &records), 0);
  assert_int_equal(DscRecordsDestroy(&records), 0);
  if (fake_is_root()) {
    assert_same_files(path, again);
    unlink(path);
    unlink(again);
  }
  MPI_Barrier(MPI_COMM_WORLD);
  assert_int_equal(DscPlanDestroy(&plan), 0);
  assert_int_equal(DscOptionsDestroy(&options), 0);
}

static void test_round_trip(void **state)
{
  (void)state;
  check_round_trip(PETSC_TRUE);
}

/* No run has any row: there are no such groups. */
static void test_no_rows(void **state)
{
  (void)state;
  check_round_trip(PETSC_FALSE);
}

/* Records go on from a file that is older than /equation/inclusion. */
static void test_file_without_inclusion(void **state)
{
  const char *path = path_of("test_old");
  DscPlan     plan;
  DscOptions  options = make_study(&plan);
  DscRecords  records;

  (void)state;
  write_part(&plan, options, PETSC_TRUE, path);
  if (fake_is_root()) {
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);

    assert_true(H5Ldelete(file, "/equation/inclusion", H5P_DEFAULT) >= 0);
    H5Fclose(file);
  }
  MPI_Barrier(MPI_COMM_WORLD);
  assert_int_equal(DscResultsReadRecords(MPI_COMM_WORLD, path, &plan, NULL, &records), 0);
  for (PetscInt i = 0; i < records.n; i++) {
    const DscResult *r = records.result[i];

    for (PetscInt k = 0; k < r->nleft * r->nterms; k++) {
      assert_true(isnan(r->inclusion[k]) && isfinite(r->std[k]));
    }
  }
  assert_int_equal(DscRecordsDestroy(&records), 0);
  if (fake_is_root()) unlink(path);
  assert_int_equal(DscPlanDestroy(&plan), 0);
  assert_int_equal(DscOptionsDestroy(&options), 0);
}

/* The scale of the rows is the number of their run. */
static void check_entries(hid_t file, const DscPlan *plan)
{
  size_t   bytes;
  int64_t *offset = read_bytes(file, "history/offset", &bytes), *entry = read_bytes(file, "history/entry", &bytes);

  assert_int_equal(bytes, (size_t)offset[plan->nruns] * sizeof(int64_t));
  for (PetscInt run = 0; run < plan->nruns; run++) {
    for (int64_t i = offset[run]; i < offset[run + 1]; i++) assert_int_equal(entry[i], plan->number[run]);
  }
  free(offset);
  free(entry);
}

static void test_groups(void **state)
{
  DscPlan         plan;
  DscOptions      options = make_study(&plan);
  const char     *path    = path_of("test_records");
  DscResultsTable table;
  hid_t           file;

  (void)state;
  for (int rows = 0; rows < 2; rows++) {
    write_part(&plan, options, (PetscBool)rows, path);
    if (fake_is_root()) {
      file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
      assert_int_equal(H5Lexists(file, "history", H5P_DEFAULT), rows);
      assert_int_equal(H5Lexists(file, "prediction", H5P_DEFAULT), rows);
      if (rows) {
        assert_true(H5Lexists(file, "prediction/u_hat", H5P_DEFAULT) > 0);
        assert_true(H5Lexists(file, "history/|entry", H5P_DEFAULT) > 0);
        check_entries(file, &plan);
      }
      H5Fclose(file);
      assert_int_equal(DscResultsRead(path, &table), 0);
      assert_int_equal(table.nruns, plan.nruns);
      assert_int_equal(table.runs_in_study, NRUNS);
      for (PetscInt run = 0; run < plan.nruns; run++) {
        assert_int_equal(table.number[run], plan.number[run]);
        assert_int_equal(atoi(table.axis_values[plan.nruns + run]), plan.number[run] % NSEEDS);
      }
      assert_int_equal(DscResultsTableDestroy(&table), 0);
    }
    MPI_Barrier(MPI_COMM_WORLD);
  }
  assert_int_equal(DscPlanDestroy(&plan), 0);
  assert_int_equal(DscOptionsDestroy(&options), 0);
}

/* Only the wanted runs come, by their numbers: those of the plan that are in the file and not skipped. */
static void test_wanted(void **state)
{
  DscPlan    plan, whole;
  DscOptions options = make_study(&plan), same = make_study(&whole);
  DscRecords records;
  PetscBool  skip[NRUNS];
  PetscInt   total, expected = 0;

  (void)state;
  write_part(&plan, options, PETSC_TRUE, path_of("test_records"));
  for (PetscInt run = 0; run < NRUNS; run++) skip[run] = (PetscBool)(run > 800 || run % 4 == 2);
  for (PetscInt run = 0; run < plan.nruns; run++) expected += !skip[plan.number[run]];
  assert_int_equal(DscResultsReadRecords(MPI_COMM_WORLD, path_of("test_records"), &whole, skip, &records), 0);
  MPI_Allreduce(&records.n, &total, 1, MPIU_INT, MPI_SUM, MPI_COMM_WORLD);
  assert_int_equal(total, expected);
  for (PetscInt i = 0; i < records.n; i++) check_result(records.result[i], records.run[i], PETSC_TRUE);
  assert_int_equal(DscRecordsDestroy(&records), 0);
  assert_int_equal(DscPlanDestroy(&plan), 0);
  assert_int_equal(DscPlanDestroy(&whole), 0);
  assert_int_equal(DscOptionsDestroy(&options), 0);
  assert_int_equal(DscOptionsDestroy(&same), 0);
}

/* A job that is stopped before the first run ends has nothing to write, and writes it. */
static void test_nothing(void **state)
{
  DscPlan        plan;
  DscOptions     options = make_study(&plan);
  DscRecords     records;
  DscResultsHead head;

  (void)state;
  assert_int_equal(DscPlanSelect(&plan, 0, NULL), 0);
  make_records(&plan, PETSC_TRUE, &records);
  assert_int_equal(DscResultsWrite(MPI_COMM_WORLD, path_of("test_nothing"), &plan, options, &records), 0);
  assert_int_equal(DscRecordsDestroy(&records), 0);
  assert_int_equal(DscResultsReadRecords(MPI_COMM_WORLD, path_of("test_nothing"), &plan, NULL, &records), 0);
  assert_int_equal(records.n, 0);
  assert_int_equal(DscRecordsDestroy(&records), 0);
  assert_int_equal(DscResultsReadHead(MPI_COMM_WORLD, path_of("test_nothing"), &head), 0);
  assert_int_equal(head.nruns, 0);
  assert_int_equal(head.naxes, 2);
  assert_string_equal(head.axes[0], "data_noise");
  assert_non_null(strstr(head.input, "sweep_seed: 0-599"));
  assert_int_equal(DscResultsHeadDestroy(&head), 0);
  assert_int_equal(DscPlanDestroy(&plan), 0);
  assert_int_equal(DscOptionsDestroy(&options), 0);
}

/* Turns over one byte of the compressed numbers of a data set. */
static void damage(const char path[], const char name[])
{
  hid_t    file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT), dataset = H5Dopen2(file, name, H5P_DEFAULT), space;
  haddr_t  address;
  hsize_t  offset[3], size;
  unsigned mask;
  FILE    *bytes;
  int      byte;

  space = H5Dget_space(dataset);
  assert_true(H5Dget_chunk_info(dataset, space, 0, offset, &mask, &address, &size) >= 0);
  H5Sclose(space);
  H5Dclose(dataset);
  H5Fclose(file);
  bytes = fopen(path, "r+");
  fseek(bytes, (long)(address + size / 2), SEEK_SET);
  byte = fgetc(bytes);
  fseek(bytes, (long)(address + size / 2), SEEK_SET);
  fputc(byte ^ 0x10, bytes);
  fclose(bytes);
}

/* One line on all ranks that names the file and the data set; nobody waits for anybody. */
static void test_damage(void **state)
{
  static const char *const names[] = {"/equation/coefficients", "/history/iteration", "/run", "/runs/reason"};
  const char              *path    = path_of("test_damage");
  DscPlan                  plan;
  DscOptions               options = make_study(&plan);
  DscRecords               records;

  (void)state;
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    write_part(&plan, options, PETSC_TRUE, path);
    if (fake_is_root()) damage(path, names[i]);
    MPI_Barrier(MPI_COMM_WORLD);
    assert_int_equal(DscErrorCaptureBegin(), 0);
    assert_int_equal(DscExitCodeFromError(DscResultsReadRecords(MPI_COMM_WORLD, path, &plan, NULL, &records)),
                     DSC_EXIT_USER);
    assert_int_equal(DscErrorCaptureEnd(), 0);
    assert_non_null(strstr(DscErrorMessage(), path));
    assert_non_null(strstr(DscErrorMessage(), names[i]));
  }
  if (fake_is_root()) unlink(path);
  assert_int_equal(DscPlanDestroy(&plan), 0);
  assert_int_equal(DscOptionsDestroy(&options), 0);
}

/* More columns than an attribute of the first HDF5 versions had room for. */
static void test_wide(void **state)
{
  enum { NCOLUMNS = 4200 };
  static char   names[NCOLUMNS][DSC_NAME_LENGTH];
  static double row[NCOLUMNS];
  DscPlan       plan;
  DscOptions    options = make_study(&plan);
  DscRecords    records = {0}, back;
  PetscInt      number  = 1;
  PetscMPIInt   ranks;

  (void)state;
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  for (PetscInt c = 0; c < NCOLUMNS; c++) snprintf(names[c], DSC_NAME_LENGTH, "c%d", (int)c);
  for (PetscInt c = 0; c < NCOLUMNS; c++) row[c] = noise_of(1, (uint64_t)c);
  assert_int_equal(DscPlanSelect(&plan, 1, &number), 0);
  if (ranks == 1) {
    make_records(&plan, PETSC_FALSE, &records);
    assert_int_equal(DscTableSetColumns(&records.result[0]->history, NCOLUMNS, (const char(*)[DSC_NAME_LENGTH])names),
                     0);
    assert_int_equal(DscTableAddRow(&records.result[0]->history, row), 0);
    assert_int_equal(DscResultsWrite(MPI_COMM_WORLD, path_of("test_records"), &plan, options, &records), 0);
    assert_int_equal(DscResultsReadRecords(MPI_COMM_WORLD, path_of("test_records"), &plan, NULL, &back), 0);
    check_table(&back.result[0]->history, &records.result[0]->history);
    assert_int_equal(DscRecordsDestroy(&back), 0);
    assert_int_equal(DscRecordsDestroy(&records), 0);
  }
  assert_int_equal(DscPlanDestroy(&plan), 0);
  assert_int_equal(DscOptionsDestroy(&options), 0);
}

static int run(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_round_trip), cmocka_unit_test(test_no_rows), cmocka_unit_test(test_file_without_inclusion),
      cmocka_unit_test(test_groups),     cmocka_unit_test(test_wanted),  cmocka_unit_test(test_nothing),
      cmocka_unit_test(test_damage),     cmocka_unit_test(test_wide)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
  return fake_main(run, argc, argv);
}
