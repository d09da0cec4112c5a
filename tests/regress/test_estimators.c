/* What holds for every sparsity estimator: it finds a known truth, whatever the units; it answers every input. */
#include "regress/estimator_testing.h"
#include "regress/singular_testing.h"

static PetscInt           nnames;
static const char *const *names, *const *help;

static int list_estimators(void **state)
{
  (void)state;
  return DscRegressRegisterOptions() || DscEstimatorList(&nnames, &names, &help) ? 1 : 0;
}

static void list_is_what_can_be_chosen(void **state)
{
  const DscOptionSpec *spec;
  char                 choices[512] = "";

  (void)state;
  assert_true(nnames == 8);
  CALL(DscOptionsGetSpec("estimator", &spec));
  for (PetscInt e = 0; e < nnames; e++) {
    snprintf(choices + strlen(choices), sizeof(choices) - strlen(choices), "%s%s", e ? "|" : "", names[e]);
    assert_true(strlen(help[e]) > 10);
  }
  assert_string_equal(spec->choices, choices);
}

/* ---- finding the truth ---------------------------------------------------------------------------------------- */

enum { TERMS = 20 };
static const double truth[TERMS] = {[3] = -1.0, [6] = -3.0, [11] = 1.5};

static void assert_truth(const DscRegression *r, const char name[])
{
  for (PetscInt j = 0; j < TERMS; j++) {
    if (r->active[j] != (truth[j] != 0.0)) fail_msg("%s: term %d", name, (int)j);
    if (truth[j] == 0.0) assert_true(r->coefficients[j] == 0.0 && r->std[j] == 0.0);
    if (fabs(r->coefficients[j] - truth[j]) > 5.0 * r->std[j]) fail_msg("%s: coefficient %d", name, (int)j);
  }
  assert_true(r->converged);
  assert_defined(r);
}

/* Columns that share half their variance, 10% noise, ten draws: the true terms and no other, from all estimators. */
static void truth_is_found(void **state)
{
  (void)state;
  for (PetscInt e = 0; e < nnames; e++) {
    for (uint64_t seed = 0; seed < 10; seed++) {
      Samples       s = samples_create(1000, TERMS, 400 + seed, 0.5, truth, 0.3);
      DscRegression r = answer_of(&s, 20, NULL, optionsOf("estimator", names[e], NULL));

      assert_truth(&r, names[e]);
      for (PetscInt j = 0; j < TERMS; j++) assert_true(isnan(r.inclusion[j]));
      CALL(DscRegressionDestroy(&r));
      samples_destroy(&s);
    }
  }
}

/* Other units of columns and y: the same terms, the same normalised coefficients. */
static void units_do_not_matter(void **state)
{
  (void)state;
  for (PetscInt e = 0; e < nnames; e++) {
    Samples       s = samples_create(500, TERMS, 421, 0.7, truth, 1.0);
    DscRegression before, after;

    before = answer_of(&s, 20, NULL, optionsOf("estimator", names[e], NULL));
    for (PetscInt j = 0; j < TERMS; j++)
      for (PetscInt n = 0; n < s.N; n++) s.theta[j * s.N + n] *= pow(10.0, (double)(j % 7 - 3));
    for (PetscInt n = 0; n < s.N; n++) s.y[n] *= 1.234e5;
    samples_sum(&s);
    after = answer_of(&s, 20, NULL, optionsOf("estimator", names[e], NULL));
    assert_same_terms(&before, &after);
    for (PetscInt j = 0; j < TERMS; j++) assert_close(after.normalized[j], before.normalized[j], 1e-8);
    CALL(DscRegressionDestroy(&before));
    CALL(DscRegressionDestroy(&after));
    samples_destroy(&s);
  }
}

static void reverse_blocks(Blocks *k)
{
  const size_t M = (size_t)k->gram.nterms, n = (size_t)k->gram.nblocks;
  Blocks       old = *k;

  k->nsamples = calloc(n, sizeof(double));
  k->G        = calloc(n * M * M, sizeof(double));
  k->b        = calloc(n * M, sizeof(double));
  k->yy       = calloc(n, sizeof(double));
  for (size_t i = 0; i < n; i++) {
    memcpy(k->G + i * M * M, old.G + (n - 1 - i) * M * M, M * M * sizeof(double));
    memcpy(k->b + i * M, old.b + (n - 1 - i) * M, M * sizeof(double));
    k->nsamples[i] = old.nsamples[n - 1 - i];
    k->yy[i]       = old.yy[n - 1 - i];
  }
  blocks_destroy(&old);
  k->gram.nsamples = k->nsamples;
  k->gram.G        = k->G;
  k->gram.b        = k->b;
  k->gram.yy       = k->yy;
}

/* But for the deal of blocks to folds, of which there are as many as blocks here, their order is of no importance. */
static void order_of_blocks_does_not_matter(void **state)
{
  (void)state;
  for (PetscInt e = 0; e < nnames; e++) {
    Samples       s      = samples_create(500, TERMS, 431, 0.7, truth, 1.0);
    Blocks        k      = blocks_create(&s, 7);
    DscRegression before = regression_of(TERMS), after = regression_of(TERMS);
    DscEstimator  estimator = estimator_of(TERMS, 1, 0, optionsOf("estimator", names[e], "lasso_folds", "7", NULL));

    if (strcmp(names[e], "stridge") != 0) { /* which holds out the first block of five */
      CALL(DscEstimatorSelect(estimator, &k.gram, NULL, &before));
      reverse_blocks(&k);
      CALL(DscEstimatorSelect(estimator, &k.gram, NULL, &after));
      assert_same_terms(&before, &after);
      for (PetscInt j = 0; j < TERMS; j++) assert_close(after.normalized[j], before.normalized[j], 1e-9);
    }
    CALL(DscEstimatorDestroy(&estimator));
    CALL(DscRegressionDestroy(&before));
    CALL(DscRegressionDestroy(&after));
    blocks_destroy(&k);
    samples_destroy(&s);
  }
}

/* A forbidden term is never active, also where result->active is the mask; the answer is that without its column. */
static void forbidden_terms_stay_out(void **state)
{
  (void)state;
  for (PetscInt e = 0; e < nnames; e++) {
    Samples       s         = samples_create(500, TERMS, 441, 0.5, truth, 0.5);
    Blocks        k         = blocks_create(&s, 20);
    DscRegression r         = regression_of(TERMS), zero;
    DscEstimator  estimator = estimator_of(TERMS, 1, 0, optionsOf("estimator", names[e], NULL));

    for (PetscInt j = 0; j < TERMS; j++) r.active[j] = j == 3 ? PETSC_FALSE : PETSC_TRUE;
    CALL(DscEstimatorSelect(estimator, &k.gram, r.active, &r));
    for (PetscInt n = 0; n < s.N; n++) s.theta[3 * s.N + n] = 0.0;
    zero = answer_of(&s, 20, NULL, optionsOf("estimator", names[e], NULL));
    assert_false(r.active[3]);
    assert_true(r.active[6] && r.active[11]);
    assert_same_terms(&r, &zero);
    for (PetscInt j = 0; j < TERMS; j++) assert_close(r.coefficients[j], zero.coefficients[j], 1e-10);
    CALL(DscEstimatorDestroy(&estimator));
    CALL(DscRegressionDestroy(&r));
    CALL(DscRegressionDestroy(&zero));
    blocks_destroy(&k);
    samples_destroy(&s);
  }
}

/* Also after other problems, and from another estimator of the same seed. */
static void same_input_gives_the_same_bits(void **state)
{
  static const char *const members[] = {"0", "4"};

  (void)state;
  for (PetscInt e = 0; e < 2 * nnames; e++) {
    Samples s       = samples_create(300, TERMS, 451, 0.8, truth, 2.0),
            other   = samples_create(200, TERMS, 452, 0.1, NULL, 1.0);
    Blocks        k = blocks_create(&s, 20), l = blocks_create(&other, 33);
    DscRegression first = regression_of(TERMS), again = regression_of(TERMS), fresh;
    DscEstimator  estimator =
        estimator_of(TERMS, 1, 0, optionsOf("estimator", names[e / 2], "ensemble_size", members[e % 2], NULL));

    CALL(DscEstimatorSelect(estimator, &k.gram, NULL, &first));
    CALL(DscEstimatorSelect(estimator, &l.gram, NULL, &again));
    CALL(DscEstimatorSelect(estimator, &k.gram, NULL, &again));
    fresh = answer_of(&s, 20, NULL, optionsOf("estimator", names[e / 2], "ensemble_size", members[e % 2], NULL));
    assert_same_bits(&first, &again);
    assert_same_bits(&first, &fresh);
    CALL(DscEstimatorDestroy(&estimator));
    CALL(DscRegressionDestroy(&first));
    CALL(DscRegressionDestroy(&again));
    CALL(DscRegressionDestroy(&fresh));
    blocks_destroy(&k);
    blocks_destroy(&l);
    samples_destroy(&s);
    samples_destroy(&other);
  }
}

/* ---- bad input ------------------------------------------------------------------------------------------------ */

static void assert_answer(const Samples *s, const DscRegression *r, PetscBool ensemble)
{
  PetscInt forbidden = 0;

  assert_fits(s, r);
  for (PetscInt j = 0; j < M; j++) {
    if (!r->active[j]) assert_true(r->coefficients[j] == 0.0 && r->std[j] == 0.0 && r->normalized[j] == 0.0);
    if (!r->active[j]) forbidden++;
    if (ensemble)
      assert_true(r->inclusion[j] >= 0.0 && r->inclusion[j] <= 1.0);
    else
      assert_true(isnan(r->inclusion[j]));
  }
  if (forbidden == M) assert_close(r->residual, s->gram.yy, 1e-12 * s->gram.yy);
}

/* Collinear, constant and zero columns, y = 0, fewer samples than terms, fewer blocks than folds, empty blocks, with an
   ensemble and without. */
static void every_input_has_an_answer(void **state)
{
  static const PetscInt    nblocks[] = {1, 2, 3, 20};
  static const char *const members[] = {"0", "3"};

  (void)state;
  for (PetscInt e = 0; e < nnames; e++) {
    for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
      Samples s = samples_of(&inputs[i]);

      for (int k = 0; k < 8; k++) {
        DscRegression r = answer_of(&s, nblocks[k / 2], NULL,
                                    optionsOf("estimator", names[e], "ensemble_size", members[k % 2], NULL));

        assert_answer(&s, &r, k % 2 ? PETSC_TRUE : PETSC_FALSE);
        CALL(DscRegressionDestroy(&r));
      }
      samples_destroy(&s);
    }
  }
}

/* Of columns that are equal, one at most is needed; sbl shares among them. */
static void equal_columns_are_not_all_taken(void **state)
{
  (void)state;
  for (PetscInt e = 0; e < nnames; e++) {
    Samples       s = samples_create(400, M, 461, 0.0, (const double[M]){1.0, 0.0, 0.0, 2.0, 0.0, 0.0}, 0.1);
    DscRegression r;

    set_column(&s, 1, 3.0, 0);
    samples_sum(&s);
    r = answer_of(&s, 20, NULL, optionsOf("estimator", names[e], NULL));
    assert_true(r.active[0] || r.active[1]);
    assert_true(r.active[3]);
    assert_false(r.active[2] || r.active[4] || r.active[5]);
    assert_close(r.coefficients[0] + 3.0 * r.coefficients[1], 1.0, 0.05);
    if (strcmp(names[e], "sbl") != 0) assert_true(count_active(&r) == 2);
    CALL(DscRegressionDestroy(&r));
    samples_destroy(&s);
  }
}

static void no_term_is_an_answer(void **state)
{
  static const char *const high[] = {"mask_threshold", "stlsq_threshold", "sr3_threshold", "sbl_significance"};

  (void)state;
  for (PetscInt e = 0; e < nnames; e++) {
    Samples       s       = samples_create(500, TERMS, 471, 0.5, truth, 0.3);
    DscOptions    options = optionsOf("estimator", names[e], NULL);
    DscRegression r;
    PetscBool     none[TERMS] = {PETSC_FALSE};

    r = answer_of(&s, 20, none, options);
    assert_true(count_active(&r) == 0);
    CALL(DscRegressionDestroy(&r));
    options = optionsOf("estimator", names[e], NULL);
    for (int i = 0; i < 4; i++) CALL(DscOptionsSet(options, high[i], "1e9"));
    r = answer_of(&s, 20, NULL, options);
    if (strcmp(names[e], "stridge") != 0 && strcmp(names[e], "greedy") != 0) { /* which have no threshold */
      assert_true(count_active(&r) == 0);
      assert_close(r.residual, s.gram.yy, 1e-9 * s.gram.yy);
    }
    assert_defined(&r);
    CALL(DscRegressionDestroy(&r));
    samples_destroy(&s);
  }
}

static void not_finite_or_empty_is_an_error(void **state)
{
  (void)state;
  for (PetscInt e = 0; e < 2 * nnames; e++) {
    Samples       s = samples_create(100, TERMS, 481, 0.5, truth, 0.3);
    Blocks        k = blocks_create(&s, 20);
    DscRegression r = regression_of(TERMS);
    DscEstimator  estimator =
        estimator_of(TERMS, 1, 0, optionsOf("estimator", names[e / 2], "ensemble_size", e % 2 ? "3" : "0", NULL));
    double *const bad[] = {&k.G[7 * TERMS * TERMS + 5], &k.G[0], &k.b[19 * TERMS], &k.yy[4]};

    CALL(DscErrorCaptureBegin());
    for (int i = 0; i < 4; i++) {
      const double before = *bad[i];

      *bad[i] = i % 2 ? NAN : INFINITY;
      assert_int_equal(DscEstimatorSelect(estimator, &k.gram, NULL, &r), PETSC_ERR_FP);
      *bad[i] = before;
    }
    memset(k.nsamples, 0, 20 * sizeof(double));
    assert_int_equal(DscEstimatorSelect(estimator, &k.gram, NULL, &r), PETSC_ERR_ARG_OUTOFRANGE);
    k.gram.nterms--;
    assert_int_equal(DscEstimatorSelect(estimator, &k.gram, NULL, &r), PETSC_ERR_ARG_SIZ);
    CALL(DscErrorCaptureEnd());
    CALL(DscEstimatorDestroy(&estimator));
    CALL(DscRegressionDestroy(&r));
    blocks_destroy(&k);
    samples_destroy(&s);
  }
}

/* Blocks without samples are not there: not in folds, not in draws. */
static void empty_blocks_change_nothing(void **state)
{
  static const char *const members[] = {"0", "4"};

  (void)state;
  for (PetscInt e = 0; e < 2 * nnames; e++) {
    Samples       s = samples_create(100, TERMS, 491, 0.8, truth, 2.0);
    Blocks        k = blocks_create(&s, 10), sparse = blocks_create(&s, 100); /* arrays for 100 blocks */
    DscRegression full = regression_of(TERMS), r = regression_of(TERMS);
    DscEstimator  estimator =
        estimator_of(TERMS, 1, 0, optionsOf("estimator", names[e / 2], "ensemble_size", members[e % 2], NULL));

    for (PetscInt to = 0; to < 100; to++) { /* block i of 10 is block 7 i + 3 of 100 */
      const PetscInt from  = to % 7 == 3 && to / 7 < 10 ? to / 7 : -1;
      const size_t   size2 = TERMS * TERMS, at = (size_t)to;

      sparse.nsamples[to] = from < 0 ? 0.0 : k.nsamples[from];
      sparse.yy[to]       = from < 0 ? 0.0 : k.yy[from];
      for (size_t i = 0; i < size2; i++) sparse.G[at * size2 + i] = from < 0 ? 0.0 : k.G[(size_t)from * size2 + i];
      for (size_t i = 0; i < TERMS; i++) sparse.b[at * TERMS + i] = from < 0 ? 0.0 : k.b[(size_t)from * TERMS + i];
    }
    CALL(DscEstimatorSelect(estimator, &k.gram, NULL, &full));
    CALL(DscEstimatorSelect(estimator, &sparse.gram, NULL, &r));
    assert_same_bits(&full, &r);
    CALL(DscEstimatorDestroy(&estimator));
    CALL(DscRegressionDestroy(&full));
    CALL(DscRegressionDestroy(&r));
    blocks_destroy(&k);
    blocks_destroy(&sparse);
    samples_destroy(&s);
  }
}

static void blocks_wanted(void **state)
{
  static const struct {
    const char *name, *members, *folds;
    PetscInt    nblocks;
  } cases[] = {{"threshold", "0", "5", 1}, {"sbl", "0", "5", 1},     {"greedy", "9", "5", 12}, {"lasso", "0", "5", 12},
               {"lasso", "9", "5", 12},    {"lasso", "0", "40", 40}, {"stridge", "0", "5", 12}};

  (void)state;
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    DscEstimator estimator = estimator_of(3, 1, 0,
                                          optionsOf("estimator", cases[i].name, "ensemble_size", cases[i].members,
                                                    "lasso_folds", cases[i].folds, "estimator_blocks", "12", NULL));
    PetscInt     nblocks;

    CALL(DscEstimatorGetBlocks(estimator, &nblocks));
    assert_int_equal(nblocks, cases[i].nblocks);
    CALL(DscEstimatorDestroy(&estimator));
  }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(list_is_what_can_be_chosen, list_estimators),
    cmocka_unit_test(truth_is_found),
    cmocka_unit_test(units_do_not_matter),
    cmocka_unit_test(order_of_blocks_does_not_matter),
    cmocka_unit_test(forbidden_terms_stay_out),
    cmocka_unit_test(same_input_gives_the_same_bits),
    cmocka_unit_test(every_input_has_an_answer),
    cmocka_unit_test(equal_columns_are_not_all_taken),
    cmocka_unit_test(no_term_is_an_answer),
    cmocka_unit_test(not_finite_or_empty_is_an_error),
    cmocka_unit_test(empty_blocks_change_nothing),
    cmocka_unit_test(blocks_wanted),
};

TEST_MAIN(tests)
