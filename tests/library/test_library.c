/* Which terms there are, in which order, their names and the way back; mistakes refused. */
#include "library/library_testing.h"

static PetscInt count_terms(DscLibrary library)
{
  PetscInt nterms;

  CALL(DscLibraryGetTerms(library, &nterms, NULL));
  return nterms;
}

/* names of the features, left-hand sides last; the last `nleft` are those. */
static void assert_features(DscLibrary library, PetscInt nleft, const char *const names[])
{
  PetscInt          nfeatures, n = 0, found;
  const DscFeature *features;
  const PetscInt   *left;

  CALL(DscLibraryGetFeatures(library, &nfeatures, &features));
  for (; names[n]; n++) {
    assert_true(n < nfeatures);
    assert_string_equal(features[n].name, names[n]);
  }
  assert_int_equal(nfeatures, n);
  CALL(DscLibraryGetLeft(library, &found, &left));
  assert_int_equal(found, nleft);
  for (PetscInt f = 0; f < nleft; f++) {
    assert_int_equal(left[f], nfeatures - nleft + f);
    assert_int_equal(features[left[f]].field, f);
    assert_int_equal(features[left[f]].order[0], 1);
  }
}

static void kdv_by_default(void **state)
{
  DscLibrary        library = library_of(NULL, NULL, NAMES("t", "x"), NAMES("u"));
  const DscFeature *features;

  (void)state;
  assert_terms(library, NAMES("1", "u_x", "u_xx", "u_xxx", "u_xxxx", "u", "u u_x", "u u_xx", "u u_xxx", "u u_xxxx",
                              "u^2", "u^2 u_x", "u^2 u_xx", "u^2 u_xxx", "u^2 u_xxxx", "u^3", "u^3 u_x", "u^3 u_xx",
                              "u^3 u_xxx", "u^3 u_xxxx"));
  assert_int_equal(find(library, "u_xxx"), 3);
  assert_int_equal(find(library, "u u_x"), 6);
  assert_features(library, 1, NAMES("u", "u_x", "u_xx", "u_xxx", "u_xxxx", "u_t"));
  CALL(DscLibraryGetFeatures(library, NULL, &features));
  for (PetscInt k = 0; k <= 4; k++) {
    assert_int_equal(features[k].order[0], 0);
    assert_int_equal(features[k].order[1], k);
  }
  CALL(DscLibraryDestroy(&library));
  assert_null(library);
  CALL(DscLibraryDestroy(&library));
}

static void sizes_of_the_papers(void **state)
{
  DscLibrary ks   = library_of("4", "5", NAMES("t", "x"), NAMES("u"));
  DscLibrary pinf = library_of("2", "3", NAMES("t", "x"), NAMES("p"));

  (void)state;
  assert_int_equal(count_terms(ks), 30);
  assert_int_equal(find(ks, "u_xx"), 2);
  assert_int_equal(find(ks, "u_xxxx"), 4);
  assert_int_equal(find(ks, "u u_x"), 7);
  assert_int_equal(count_terms(pinf), 12);
  assert_int_equal(find(pinf, "p_xx"), 2);
  CALL(DscLibraryDestroy(&ks));
  CALL(DscLibraryDestroy(&pinf));
}

static void orders_up_to_the_limit(void **state)
{
  DscLibrary constant = library_of("0", "0", NAMES("t", "x"), NAMES("u"));
  DscLibrary high     = library_of("0", "8", NAMES("t", "x"), NAMES("u"));

  (void)state;
  assert_terms(constant, NAMES("1"));
  assert_terms(high, NAMES("1", "u_x", "u_xx", "u_xxx", "u_xxxx", "u_xxxxx", "u_xxxxxx", "u_xxxxxxx", "u_xxxxxxxx"));
  CALL(DscLibraryDestroy(&constant));
  CALL(DscLibraryDestroy(&high));
}

static void two_fields_have_cross_terms(void **state)
{
  DscLibrary library = library_of("2", "2", NAMES("t", "x"), NAMES("u", "v"));

  (void)state;
  assert_terms(library,
               NAMES("1", "u_x", "u_xx", "v_x", "v_xx", "u", "u u_x", "u u_xx", "u v_x", "u v_xx", "v", "v u_x",
                     "v u_xx", "v v_x", "v v_xx", "u^2", "u^2 u_x", "u^2 u_xx", "u^2 v_x", "u^2 v_xx", "u v", "u v u_x",
                     "u v u_xx", "u v v_x", "u v v_xx", "v^2", "v^2 u_x", "v^2 u_xx", "v^2 v_x", "v^2 v_xx"));
  assert_features(library, 2, NAMES("u", "v", "u_x", "u_xx", "v_x", "v_xx", "u_t", "v_t"));
  assert_int_equal(find(library, "v_x u"), find(library, "u v_x"));
  assert_int_equal(find(library, "v u"), 20);
  CALL(DscLibraryDestroy(&library));
}

/* Binomial (nfields + P over P) polynomials times 1 + nfields D. */
static void counts_of_several_fields(void **state)
{
  DscLibrary three = library_of("3", "2", NAMES("t", "x"), NAMES("u", "v", "w"));
  DscLibrary eight = library_of("2", "1", NAMES("t", "x"), NAMES("a", "b", "c", "d", "e", "f", "g", "h"));

  (void)state;
  assert_int_equal(count_terms(three), 20 * 7);
  assert_true(find(three, "w u v") > 0);
  assert_int_equal(count_terms(eight), 45 * 9);
  CALL(DscLibraryDestroy(&three));
  CALL(DscLibraryDestroy(&eight));
}

static void without_space_only_polynomials(void **state)
{
  DscLibrary library = library_of("2", "4", NAMES("t"), NAMES("prey", "wolf"));

  (void)state;
  assert_terms(library, NAMES("1", "prey", "wolf", "prey^2", "prey wolf", "wolf^2"));
  assert_features(library, 2, NAMES("prey", "wolf", "prey_t", "wolf_t"));
  CALL(DscLibraryDestroy(&library));
}

static void in_the_plane_mixed_second_derivatives(void **state)
{
  DscLibrary        library = library_of("0", "3", NAMES("t", "x", "y"), NAMES("u"));
  const DscFeature *features;

  (void)state;
  assert_terms(library, NAMES("1", "u_x", "u_y", "u_xx", "u_yy", "u_xy", "u_xxx", "u_yyy"));
  CALL(DscLibraryGetFeatures(library, NULL, &features));
  assert_int_equal(features[5].order[1], 1);
  assert_int_equal(features[5].order[2], 1);
  CALL(DscLibraryDestroy(&library));
}

/* Cross terms of fields and of all their derivatives, the mixed ones too. */
static void two_fields_in_the_plane(void **state)
{
  DscLibrary library = library_of("1", "2", NAMES("t", "x", "y"), NAMES("u", "v"));

  (void)state;
  assert_terms(library,
               NAMES("1", "u_x", "u_y", "u_xx", "u_yy", "u_xy", "v_x", "v_y", "v_xx", "v_yy", "v_xy", "u", "u u_x",
                     "u u_y", "u u_xx", "u u_yy", "u u_xy", "u v_x", "u v_y", "u v_xx", "u v_yy", "u v_xy", "v",
                     "v u_x", "v u_y", "v u_xx", "v u_yy", "v u_xy", "v v_x", "v v_y", "v v_xx", "v v_yy", "v v_xy"));
  assert_int_equal(find(library, "v_yx u"), find(library, "u v_xy"));
  CALL(DscLibraryDestroy(&library));
}

static void factors_of_terms(void **state)
{
  DscLibrary       library = library_of("3", "2", NAMES("t", "x"), NAMES("u", "v"));
  PetscInt         n;
  const DscFactor *factors;
  PetscErrorCode   ierr;

  (void)state;
  CALL(DscLibraryGetFactors(library, 0, &n, NULL));
  assert_int_equal(n, 0);
  CALL(DscLibraryGetFactors(library, find(library, "u v^2 v_xx"), &n, &factors));
  assert_int_equal(n, 3);
  assert_int_equal(factors[0].feature, 0);
  assert_int_equal(factors[0].power, 1);
  assert_int_equal(factors[1].feature, 1);
  assert_int_equal(factors[1].power, 2);
  assert_int_equal(factors[2].feature, 5);
  assert_int_equal(factors[2].power, 1);
  CALL(DscErrorCaptureBegin());
  ierr = DscLibraryGetFactors(library, count_terms(library), &n, &factors);
  CALL(DscErrorCaptureEnd());
  assert_int_equal(ierr, PETSC_ERR_ARG_OUTOFRANGE);
  CALL(DscLibraryDestroy(&library));
}

static void names_are_read_in_any_order(void **state)
{
  DscLibrary     library = library_of(NULL, NULL, NAMES("t", "x"), NAMES("u"));
  const PetscInt burgers = find(library, "u u_x"), square = find(library, "u^2 u_xx");

  (void)state;
  assert_int_equal(find(library, "u_x u"), burgers);
  assert_int_equal(find(library, "u*u_x"), burgers);
  assert_int_equal(find(library, " u_x *  u "), burgers);
  assert_int_equal(find(library, "1 u^1 u_x"), burgers);
  assert_int_equal(find(library, "u_xx u u"), square);
  assert_int_equal(find(library, "u_xx*u^2"), square);
  assert_int_equal(find(library, "u * u_xx * u"), square);
  assert_int_equal(find(library, "u ^ 2 u_xx"), square);
  assert_int_equal(find(library, "1"), 0);
  assert_int_equal(find(library, "1^2"), 0);
  CALL(DscLibraryDestroy(&library));
}

static void other_names_are_not_found(void **state)
{
  static const char *const unknown[] = {"",
                                        "  ",
                                        "0",
                                        "2 u",
                                        "U",
                                        "v",
                                        "u_",
                                        "u_t",
                                        "u_y",
                                        "u_tx",
                                        "u^4",
                                        "u^0",
                                        "u^-1",
                                        "u^2.5",
                                        "u^",
                                        "u^x",
                                        "u**2",
                                        "* u",
                                        "u *",
                                        "u_x^2",
                                        "u_xu",
                                        "u u^3",
                                        "ux",
                                        "u+1",
                                        "u^9999",
                                        "u^2^2",
                                        "u_x u_xx",
                                        "u^99999999999999999999",
                                        "u^1024 u^1024",
                                        "u u_t"};
  DscLibrary               library   = library_of(NULL, NULL, NAMES("t", "x"), NAMES("u"));

  (void)state;
  for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
    if (find(library, unknown[i]) != -1) fail_msg("'%s' was found", unknown[i]);
  }
  CALL(DscLibraryDestroy(&library));
}

/* Creation fails as a user's mistake whose message has `text` in it. */
static void assert_refused(const char polynomial[], const char derivative[], const char *const coordinates[],
                           const char *const fields[], const char text[])
{
  const DscDataSet data    = data_of(coordinates, fields);
  DscLibrary       library = NULL;
  PetscErrorCode   ierr;

  CALL(DscErrorCaptureBegin());
  ierr = try_library(polynomial, derivative, &data, &library);
  CALL(DscErrorCaptureEnd());
  if (ierr != PETSC_ERR_USER_INPUT) fail_msg("error %d, not refused: %s", (int)ierr, text);
  if (!strstr(DscErrorMessage(), text)) fail_msg("'%s' is not in '%s'", text, DscErrorMessage());
  CALL(DscLibraryDestroy(&library));
}

static void refuses(void **state)
{
  static const char *const long_name = "a_field_whose_name_is_much_longer_than_a_column_of_a_table", *const x = "x";

  (void)state;
  assert_refused("-1", NULL, NAMES("t", x), NAMES("u"), "library_polynomial");
  assert_refused(NULL, "9", NAMES("t", x), NAMES("u"), "library_derivative");
  assert_refused("16", "8", NAMES("t", x), NAMES("a", "b", "c", "d", "e", "f", "g", "h"),
                 "make 47805615 candidate terms, more than the 1024 allowed; lower -library_polynomial");
  assert_refused("3", "4", NAMES("t", x), NAMES("u v"), "field 'u v' of the data set");
  assert_refused("3", "4", NAMES("t", x), NAMES("2u"), "field '2u'");
  assert_refused("3", "4", NAMES("t", x), NAMES(""), "field ''");
  assert_refused("3", "4", NAMES("t", "x*"), NAMES("u"), "coordinate 'x*'");
  assert_refused("3", "4", NAMES("t", x), NAMES("u", "u_x"), "two quantities called 'u_x'");
  assert_refused("3", "4", NAMES("t", "t"), NAMES("u"), "two quantities called 'u_t'");
  assert_refused("3", "4", NAMES("t", x), NAMES(long_name), "more than 63 characters");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(kdv_by_default),
    cmocka_unit_test(sizes_of_the_papers),
    cmocka_unit_test(orders_up_to_the_limit),
    cmocka_unit_test(two_fields_have_cross_terms),
    cmocka_unit_test(counts_of_several_fields),
    cmocka_unit_test(without_space_only_polynomials),
    cmocka_unit_test(in_the_plane_mixed_second_derivatives),
    cmocka_unit_test(two_fields_in_the_plane),
    cmocka_unit_test(factors_of_terms),
    cmocka_unit_test(names_are_read_in_any_order),
    cmocka_unit_test(other_names_are_not_found),
    cmocka_unit_test(refuses),
};

TEST_MAIN(tests)
