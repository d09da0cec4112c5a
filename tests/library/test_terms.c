/* Terms that a user lists or leaves out, sines and cosines: their names and the way back; every mistake told at its place. */
#include "library/library_testing.h"

static void assert_features(DscLibrary library, const char *const names[])
{
  PetscInt          nfeatures, n = 0;
  const DscFeature *features;

  CALL(DscLibraryGetFeatures(library, &nfeatures, &features));
  for (; names[n]; n++) {
    assert_true(n < nfeatures);
    assert_string_equal(features[n].name, names[n]);
  }
  assert_int_equal(nfeatures, n);
}

static DscLibrary listed(const char terms[])
{
  return library_with(NAMES("library_terms", terms), NAMES("t", "x", "y"), NAMES("u", "v"));
}

/* In the order of the list, each as a physicist would write it; features are those in the terms alone. */
static void exactly_the_listed_terms(void **state)
{
  DscLibrary library = listed("[u, u_xx, u_x * u, u_y v^2, sin(u), cos( 2u ), u_x x, v sin(1.5 * x)^2 t, u_yx, 1]");

  (void)state;
  assert_terms(library,
               NAMES("u", "u_xx", "u u_x", "v^2 u_y", "sin(u)", "cos(2 u)", "x u_x", "t v sin(1.5 x)^2", "u_xy", "1"));
  assert_features(library, NAMES("u", "v", "u_xx", "u_x", "u_y", "x", "t", "u_xy", "u_t", "v_t"));
  assert_int_equal(find(library, "cos(u*2)"), -1);
  assert_int_equal(find(library, "cos (2.0 u)"), 5);
  assert_int_equal(find(library, "sin(1 u) 1"), 4);
  assert_int_equal(find(library, "sin(2 u)"), -1);
  assert_int_equal(find(library, "v_x"), -1);
  assert_int_equal(find(library, "sin(1.5 x) v t sin(1.5 x)"), 7);
  CALL(DscLibraryDestroy(&library));
}

static void kinds_of_features(void **state)
{
  DscLibrary        library = listed("y cos(t), u_xy");
  const DscFeature *features;
  const DscFactor  *factors;
  PetscInt          n;

  (void)state;
  CALL(DscLibraryGetFeatures(library, NULL, &features));
  assert_features(library, NAMES("u", "v", "y", "t", "u_xy", "u_t", "v_t"));
  assert_int_equal(features[2].kind, DSC_FEATURE_COORDINATE);
  assert_int_equal(features[2].coordinate, 2);
  assert_int_equal(features[4].kind, DSC_FEATURE_DERIVATIVE);
  assert_int_equal(features[4].order[1], 1);
  assert_int_equal(features[4].order[2], 1);
  CALL(DscLibraryGetFactors(library, 0, &n, &factors));
  assert_int_equal(n, 2);
  assert_int_equal(factors[0].feature, 2);
  assert_int_equal(factors[0].function, DSC_FUNCTION_NONE);
  assert_int_equal(factors[1].feature, 3);
  assert_int_equal(factors[1].function, DSC_FUNCTION_COS);
  assert_true(factors[1].multiple == 1.0);
  CALL(DscLibraryDestroy(&library));
}

/* Names of more than a letter, and one that begins like another. */
static void names_of_several_letters(void **state)
{
  DscLibrary library = library_with(NAMES("library_terms", "rho_rr, rho_m_r, rho rho_m, sin(rho), sinus"),
                                    NAMES("time", "r"), NAMES("rho", "rho_m", "sinus"));

  (void)state;
  assert_terms(library, NAMES("rho_rr", "rho_m_r", "rho rho_m", "sin(rho)", "sinus"));
  CALL(DscLibraryDestroy(&library));
}

/* 'xr' is not x and something else that there is none of. */
static void names_that_begin_alike(void **state)
{
  DscLibrary        library = library_with(NAMES("library_terms", "u_xr, u_xxr"), NAMES("t", "x", "xr"), NAMES("u"));
  const DscFeature *features;

  (void)state;
  assert_features(library, NAMES("u", "u_xr", "u_xxr", "u_t"));
  CALL(DscLibraryGetFeatures(library, NULL, &features));
  for (PetscInt f = 1; f <= 2; f++) {
    assert_int_equal(features[f].order[1], f - 1);
    assert_int_equal(features[f].order[2], 1);
  }
  CALL(DscLibraryDestroy(&library));
}

static void sines_and_cosines_beside_polynomials(void **state)
{
  DscLibrary library =
      library_with(NAMES("library_polynomial", "1", "library_derivative", "1", "library_trigonometric", "2"),
                   NAMES("t", "x"), NAMES("u", "v"));

  (void)state;
  assert_terms(library, NAMES("1", "u_x", "v_x", "u", "u u_x", "u v_x", "v", "v u_x", "v v_x", "sin(u)", "cos(u)",
                              "sin(v)", "cos(v)", "sin(2 u)", "cos(2 u)", "sin(2 v)", "cos(2 v)"));
  CALL(DscLibraryDestroy(&library));
}

/* A derivative that is in no term any more is not computed either. */
static void terms_left_out(void **state)
{
  DscLibrary library =
      library_with(NAMES("library_polynomial", "1", "library_derivative", "3", "library_exclude", "1,u_xx*u,u_x,u_xx"),
                   NAMES("t", "x"), NAMES("u"));

  (void)state;
  assert_terms(library, NAMES("u_xxx", "u", "u u_x", "u u_xxx"));
  assert_features(library, NAMES("u", "u_x", "u_xxx", "u_t"));
  assert_int_equal(find(library, "1"), -1);
  CALL(DscLibraryDestroy(&library));
}

/* ---- mistakes --------------------------------------------------------------------------------------------------- */

static void assert_refused(const char *const pairs[], const char *const coordinates[], const char text[])
{
  const DscDataSet data = data_of(coordinates, NAMES("u", "v"));
  DscLibrary       library;
  PetscErrorCode   ierr;

  CALL(DscErrorCaptureBegin());
  ierr = try_library_with(pairs, &data, &library);
  CALL(DscErrorCaptureEnd());
  if (ierr != PETSC_ERR_USER_INPUT) fail_msg("error %d, not refused: %s", (int)ierr, text);
  if (!strstr(DscErrorMessage(), text)) fail_msg("'%s' is not in '%s'", text, DscErrorMessage());
  assert_null(strchr(DscErrorMessage(), '\n'));
  CALL(DscLibraryDestroy(&library));
}

static void assert_term_refused(const char term[], const char text[])
{
  assert_refused(NAMES("library_terms", term), NAMES("t", "x", "y"), text);
}

static void unknown_names(void **state)
{
  (void)state;
  assert_term_refused("u, u_z", "term 'u_z', character 1: there is no 'u_z'; known are u, v, t, x, y, derivatives like "
                                "u_xx and sin, cos of them; did you mean 'u_x'?");
  assert_term_refused("u w_x", "term 'u w_x', character 3: there is no 'w_x'");
  assert_term_refused("v sin(2 w)", "character 9: there is no 'w'");
  assert_term_refused("tan(u)", "character 1: there is no function 'tan'; sin and cos are known");
  assert_term_refused("exp", "there is no 'exp'");
  assert_term_refused("u_", "there is no 'u_'");
  assert_term_refused("u_t", "'u_t' has a derivative along t, which stands on the left-hand side alone");
  assert_term_refused("u u_tx", "character 3: 'u_tx' has a derivative along t");
  assert_term_refused("u_xxxxxxxxx", "'u_xxxxxxxxx' is of order 9; derivatives go to order 8");
  assert_term_refused("v v_xxy", "character 3: 'v_xxy' is a mixed derivative of order 3; those of second order");
  assert_refused(NAMES("library_terms", "u_x"), NAMES("t"), "there is no 'u_x'; known are u, v, t and sin");
}

static void mistakes_of_syntax(void **state)
{
  (void)state;
  assert_term_refused("2 u", "term '2 u', character 1: a term has no numbers");
  assert_term_refused("-u", "character 1: a term has no numbers");
  assert_term_refused("u + v", "character 3: a term has no numbers");
  assert_term_refused("u *", "character 4: a factor is missing");
  assert_term_refused("* u", "character 1: '*' is out of place");
  assert_term_refused("u ** v", "character 4: '*' is out of place");
  assert_term_refused("(u)", "character 1: '(' is out of place");
  assert_term_refused("u) v", "character 2: ')' is out of place");
  assert_term_refused("u^0", "character 2: a power is a whole number from 1 to 16");
  assert_term_refused("u^-1", "character 2: a power");
  assert_term_refused("u^1.5", "character 2: a power");
  assert_term_refused("u^", "character 2: a power");
  assert_term_refused("u^99999999999", "character 2: a power");
  assert_term_refused("u^2^2", "character 4: a second power");
  assert_term_refused("u^9 v u^9", "character 7: the power is over 16");
  assert_term_refused("sin(u", "character 6: ')' is due here");
  assert_term_refused("sin(u v)", "character 7: ')' is due here");
  assert_term_refused("sin()", "character 5: a name or a positive multiple of it is due here");
  assert_term_refused("sin(-2 u)", "character 5: a name or a positive multiple");
  assert_term_refused("sin(0 u)", "character 5: a multiple is positive");
  assert_term_refused("cos(2)", "character 6: a name");
  assert_term_refused("sin(sin(u))", "character 5: there is no 'sin'");
}

static void lists(void **state)
{
  (void)state;
  assert_term_refused("[]", "an empty list");
  assert_term_refused("u, u_x u, v, u*u_x", "term 'u*u_x' is the same as 'u_x u' before it; remove one");
  assert_refused(NAMES("library_exclude", "u_xxxxx"), NAMES("t", "x"), "term 'u_xxxxx' is not in the library, did you");
  assert_refused(NAMES("library_exclude", "1, u^9"), NAMES("t", "x"), "term 'u^9' is not in the library");
  assert_refused(NAMES("library_exclude", "1, w"), NAMES("t", "x"), "library_exclude 1, w: term 'w', character 1");
  assert_refused(NAMES("library_exclude", "u v, v u"), NAMES("t", "x"), "term 'u v' is there twice");
  assert_refused(NAMES("library_terms", "u, v", "library_exclude", "v, u"), NAMES("t", "x"), "no term of 2 is left");
  assert_refused(NAMES("library_polynomial", "13", "library_derivative", "4", "library_trigonometric", "64"),
                 NAMES("t", "x"), "more than the 1024 candidate terms allowed");
}

/* What is read for FindTerm, never an error. */
static void nothing_crashes_the_parser(void **state)
{
  static const char alphabet[] = "u_xv ()^*123sinco.e-";
  DscLibrary        library    = listed("u, u_x, sin(u), cos(2 v), u^2 v");
  char              text[24];
  PetscInt          found = 0;

  (void)state;
  for (uint64_t i = 0; i < 200000; i++) {
    const uint64_t length = (uint64_t)(20.0 * DscRandomUniform(i, DSC_STREAM_TEST, 0));

    for (uint64_t k = 0; k < length; k++)
      text[k] = alphabet[(size_t)((sizeof(alphabet) - 1) * DscRandomUniform(i, DSC_STREAM_TEST, k + 1))];
    text[length] = '\0';
    found += find(library, text) >= 0 ? 1 : 0;
  }
  assert_true(found > 0);
  CALL(DscLibraryDestroy(&library));
}

static void kinds_are_listed(void **state)
{
  PetscInt           n;
  const char *const *names, *const *help;

  (void)state;
  CALL(DscLibraryList(&n, &names, &help));
  assert_int_equal(n, 3);
  assert_string_equal(names[0], "polynomial");
  for (PetscInt i = 0; i < n; i++) assert_true(strlen(help[i]) > 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(exactly_the_listed_terms),
    cmocka_unit_test(kinds_of_features),
    cmocka_unit_test(names_of_several_letters),
    cmocka_unit_test(names_that_begin_alike),
    cmocka_unit_test(sines_and_cosines_beside_polynomials),
    cmocka_unit_test(terms_left_out),
    cmocka_unit_test(unknown_names),
    cmocka_unit_test(mistakes_of_syntax),
    cmocka_unit_test(lists),
    cmocka_unit_test(nothing_crashes_the_parser),
    cmocka_unit_test(kinds_are_listed),
};

TEST_MAIN(tests)
