/* Values against products written out, the adjoint against central differences, with fields that are 0; the same of
   sines, cosines, coordinates and of terms whose parts are no terms. */
#include "library/library_testing.h"

#include <stdlib.h>

typedef struct {
  DscLibrary library;
  PetscInt   lanes, nfeatures, nterms;
  double    *features, *theta, *thetabar, *featuresbar; /* (owned) [row][lane] */
} Case;

static double number(uint64_t index)
{
  return DscRandomNormal(3, DSC_STREAM_TEST, index);
}

static double *random_rows(PetscInt rows, PetscInt lanes, uint64_t stream)
{
  double *values = malloc((size_t)(rows * lanes) * sizeof(double));

  for (PetscInt i = 0; i < rows * lanes; i++) values[i] = number(stream * 1000000u + (uint64_t)i);
  return values;
}

/* Every field is exactly 0 in the second lane, every feature in the third. */
static Case case_create(DscLibrary library, PetscInt lanes)
{
  Case     c = {.library = library, .lanes = lanes};
  PetscInt nfields;

  CALL(DscLibraryGetFeatures(library, &c.nfeatures, NULL));
  CALL(DscLibraryGetLeft(library, &nfields, NULL));
  CALL(DscLibraryGetTerms(library, &c.nterms, NULL));
  c.features    = random_rows(c.nfeatures, lanes, 1);
  c.theta       = random_rows(c.nterms, lanes, 2);
  c.thetabar    = random_rows(c.nterms, lanes, 3);
  c.featuresbar = random_rows(c.nfeatures, lanes, 4);
  for (PetscInt f = 0; f < c.nfeatures; f++) {
    if (f < nfields) c.features[f * lanes + 1] = 0.0;
    c.features[f * lanes + 2] = 0.0;
  }
  return c;
}

static void case_destroy(Case *c)
{
  free(c->features);
  free(c->theta);
  free(c->thetabar);
  free(c->featuresbar);
  CALL(DscLibraryDestroy(&c->library));
}

static double factor_value(const DscFactor *factor, double feature)
{
  const double x = factor->multiple * feature;

  assert_true(factor->power >= 1 && (factor->function == DSC_FUNCTION_NONE) == (factor->multiple == 0.0));
  if (factor->function == DSC_FUNCTION_SIN) return sin(x);
  if (factor->function == DSC_FUNCTION_COS) return cos(x);
  return feature;
}

/* Product of powers from the list of factors. */
static double naive(const Case *c, PetscInt term, PetscInt lane)
{
  PetscInt         n;
  const DscFactor *factors;
  double           value = 1.0;

  CALL(DscLibraryGetFactors(c->library, term, &n, &factors));
  for (PetscInt k = 0; k < n; k++)
    value *=
        pow(factor_value(&factors[k], c->features[factors[k].feature * c->lanes + lane]), (double)factors[k].power);
  return value;
}

static void check_values(DscLibrary library, PetscInt lanes)
{
  Case c = case_create(library, lanes);

  CALL(DscLibraryEvaluate(library, lanes, c.features, c.theta));
  for (PetscInt t = 0; t < c.nterms; t++) {
    for (PetscInt l = 0; l < lanes; l++) {
      const double expected = naive(&c, t, l);

      assert_true(fabs(c.theta[t * lanes + l] - expected) <= 1e-14 * fabs(expected));
    }
  }
  case_destroy(&c);
}

/* d/dfeature of sum_t thetabar_t theta_t in one lane; exact to rounding but for the truncation of the difference. */
static double difference(Case *c, PetscInt feature, PetscInt lane)
{
  const double h = 1e-5;
  double      *x = &c->features[feature * c->lanes + lane], x0 = *x, sum = 0.0;

  *x = x0 + h;
  for (PetscInt t = 0; t < c->nterms; t++) sum += c->thetabar[t * c->lanes + lane] * naive(c, t, lane);
  *x = x0 - h;
  for (PetscInt t = 0; t < c->nterms; t++) sum -= c->thetabar[t * c->lanes + lane] * naive(c, t, lane);
  *x = x0;
  return sum / (2.0 * h);
}

static void check_adjoint(DscLibrary library, PetscInt lanes)
{
  Case    c      = case_create(library, lanes);
  double *before = random_rows(c.nfeatures, lanes, 4);

  CALL(DscLibraryAdjoint(library, lanes, c.features, c.thetabar, c.featuresbar));
  for (PetscInt f = 0; f < c.nfeatures; f++) {
    for (PetscInt l = 0; l < lanes; l++) {
      const double got = c.featuresbar[f * lanes + l] - before[f * lanes + l], expected = difference(&c, f, l);

      if (!(fabs(got - expected) <= 1e-7 * (1.0 + fabs(expected))))
        fail_msg("feature %d lane %d: %.12g, not %.12g", (int)f, (int)l, got, expected);
    }
  }
  free(before);
  case_destroy(&c);
}

/* Each term alone, so that no error hides in a sum. */
static void check_each_term(DscLibrary library)
{
  const PetscInt lanes   = 16;
  Case           c       = case_create(library, lanes);
  double        *weights = random_rows(c.nterms, lanes, 3);

  for (PetscInt t = 0; t < c.nterms; t++) {
    memset(c.thetabar, 0, (size_t)(c.nterms * lanes) * sizeof(double));
    memset(c.featuresbar, 0, (size_t)(c.nfeatures * lanes) * sizeof(double));
    for (PetscInt l = 0; l < lanes; l++) c.thetabar[t * lanes + l] = weights[t * lanes + l];
    CALL(DscLibraryAdjoint(c.library, lanes, c.features, c.thetabar, c.featuresbar));
    for (PetscInt f = 0; f < c.nfeatures; f++)
      for (PetscInt l = 0; l < lanes; l++)
        assert_true(fabs(c.featuresbar[f * lanes + l] - difference(&c, f, l)) <=
                    1e-8 * (1.0 + fabs(c.featuresbar[f * lanes + l])));
  }
  free(weights);
  case_destroy(&c);
}

/* With all kinds of factors; few parts of these terms are terms themselves. */
static DscLibrary listed(void)
{
  return library_with(NAMES("library_terms", "u^3 v_xx, x u_x, t, t^2 x u, sin(u), sin(u)^2 cos(u), v cos(2.5 v)^3, "
                                             "sin(0.5 x) u_y u_xy, cos(3 t), sin(u_x) u, 1, u"),
                      NAMES("t", "x", "y"), NAMES("u", "v"));
}

/* Polynomials of which some go, so that what is left has parents that are no terms. */
static DscLibrary mixed(void)
{
  return library_with(NAMES("library_polynomial", "3", "library_derivative", "2", "library_trigonometric", "3",
                            "library_exclude", "1, u, u v, u^2 u_x, v^3, sin(2 v)"),
                      NAMES("t", "x"), NAMES("u", "v"));
}

static void adjoint_of_each_term(void **state)
{
  (void)state;
  check_each_term(library_of("3", "2", NAMES("t", "x"), NAMES("u", "v")));
  check_each_term(listed());
  check_each_term(mixed());
}

/* More lanes than a panel: they are taken in blocks by the adjoint. */
static const PetscInt all_lanes[] = {16, 32, 48, 64, 100, 131};

static void values(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof(all_lanes) / sizeof(all_lanes[0]); i++) {
    check_values(library_of("3", "4", NAMES("t", "x"), NAMES("u")), all_lanes[i]);
    check_values(library_of("3", "2", NAMES("t", "x", "y"), NAMES("u", "v", "w")), all_lanes[i]);
    check_values(library_of("4", "4", NAMES("t"), NAMES("u", "v")), all_lanes[i]);
    check_values(listed(), all_lanes[i]);
    check_values(mixed(), all_lanes[i]);
  }
}

static void adjoint(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof(all_lanes) / sizeof(all_lanes[0]); i++) {
    check_adjoint(library_of("4", "5", NAMES("t", "x"), NAMES("u")), all_lanes[i]);
    check_adjoint(library_of("3", "2", NAMES("t", "x"), NAMES("u", "v")), all_lanes[i]);
    check_adjoint(library_of("3", "0", NAMES("t"), NAMES("u", "v", "w")), all_lanes[i]);
    check_adjoint(library_of("2", "2", NAMES("t", "x", "y"), NAMES("u", "v")), all_lanes[i]);
    check_adjoint(listed(), all_lanes[i]);
    check_adjoint(mixed(), all_lanes[i]);
  }
}

/* A lane's bits depend neither on how many lanes there are nor on its place. */
static void lanes_are_independent(void **state)
{
  const PetscInt lanes   = 131;
  DscLibrary     library = listed();
  Case           c       = case_create(library, lanes);
  double        *one = random_rows(c.nfeatures, 1, 5), *theta = random_rows(c.nterms, 1, 6);

  (void)state;
  CALL(DscLibraryEvaluate(library, lanes, c.features, c.theta));
  for (PetscInt l = 0; l < lanes; l++) {
    for (PetscInt f = 0; f < c.nfeatures; f++) one[f] = c.features[f * lanes + l];
    CALL(DscLibraryEvaluate(library, 1, one, theta));
    for (PetscInt t = 0; t < c.nterms; t++) assert_true(theta[t] == c.theta[t * lanes + l]);
  }
  free(one);
  free(theta);
  case_destroy(&c);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(values),
    cmocka_unit_test(adjoint),
    cmocka_unit_test(adjoint_of_each_term),
    cmocka_unit_test(lanes_are_independent),
};

TEST_MAIN(tests)
