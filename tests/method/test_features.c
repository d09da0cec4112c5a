/* Jets to features: u~ = exp(a . x~) has every derivative in closed form, in scaled and in physical units. */
#include "method_testing.h"

#include "method/features.h"

enum { LANES = 16, COORDINATES = 3, FIELDS = 2 };

static const double a[FIELDS][COORDINATES] = {{0.7, -1.1, 0.4}, {-0.3, 0.8, 1.3}};

static const DscScaling scaling = {.coordinate_center = {1.0, -2.0, 0.5},
                                   .coordinate_scale  = {3.0, 0.25, 8.0},
                                   .field_center      = {10.0, -4.0},
                                   .field_scale       = {2.0, 0.1}};

static const DscDataSet data = {
    .ncoordinates = COORDINATES, .nfields = FIELDS, .coordinate_names = {"t", "x", "y"}, .field_names = {"u", "v"}};

static double scaled_field(PetscInt field, PetscInt lane)
{
  double exponent = 0.0;

  for (PetscInt c = 0; c < COORDINATES; c++) exponent += a[field][c] * sin(1.0 + (double)(3 * lane + c));
  return exp(exponent);
}

static void fill_outputs(const DscJet *jet, const double seeds[], double outputs[])
{
  const PetscInt n = DscJetSize(jet);

  for (PetscInt f = 0; f < FIELDS; f++) {
    for (PetscInt l = 0; l < LANES; l++) {
      outputs[f * n * LANES + l] = scaled_field(f, l);
      for (PetscInt d = 0; d < jet->ndirections; d++) {
        double slope = 0.0, value = scaled_field(f, l);

        for (PetscInt c = 0; c < COORDINATES; c++) slope += a[f][c] * seeds[c * jet->ndirections + d];
        for (PetscInt k = 1; k <= jet->order[d]; k++) {
          value *= slope / (double)k;
          outputs[(f * n + DscJetIndex(jet, d, k)) * LANES + l] = value;
        }
      }
    }
  }
}

static double derivative(const DscFeature *feature, PetscInt lane)
{
  double   value = scaling.field_scale[feature->field] * scaled_field(feature->field, lane);
  PetscInt total = 0;

  for (PetscInt c = 0; c < COORDINATES; c++) {
    total += feature->order[c];
    value *= pow(a[feature->field][c] / scaling.coordinate_scale[c], (double)feature->order[c]);
  }
  return total == 0 ? value + scaling.field_center[feature->field] : value;
}

typedef struct {
  DscOptions        options;
  DscLibrary        library;
  DscFeatureMap     map;
  DscJet            jet;
  PetscInt          nfeatures, noutputs;
  const DscFeature *features;
  const double     *seeds;
} Fixture;

static void create(Fixture *x)
{
  x->options = options_of(NULL, "library_polynomial", "1", "library_derivative", "4", NULL);
  CALL(DscLibraryCreate(x->options, &data, &x->library));
  CALL(DscLibraryGetFeatures(x->library, &x->nfeatures, &x->features));
  CALL(DscFeatureMapCreate(x->library, &data, &scaling, &x->map));
  CALL(DscFeatureMapGetJet(x->map, &x->jet));
  CALL(DscFeatureMapGetSeeds(x->map, &x->seeds));
  x->noutputs = FIELDS * DscJetSize(&x->jet);
}

static void destroy(Fixture *x)
{
  CALL(DscFeatureMapDestroy(&x->map));
  CALL(DscLibraryDestroy(&x->library));
  CALL(DscOptionsDestroy(&x->options));
}

static void test_derivatives_of_an_exponential(void **state)
{
  Fixture  x;
  double  *outputs, *features;
  PetscInt mixed = 0;
  (void)state;

  create(&x);
  CALL(PetscMalloc2(x.noutputs * LANES, &outputs, x.nfeatures * LANES, &features));
  fill_outputs(&x.jet, x.seeds, outputs);
  CALL(DscFeatureMapApply(x.map, LANES, outputs, features));
  for (PetscInt f = 0; f < x.nfeatures; f++) {
    mixed += x.features[f].order[1] == 1 && x.features[f].order[2] == 1;
    for (PetscInt l = 0; l < LANES; l++) {
      const double expected = derivative(&x.features[f], l);
      assert_true(fabs(features[f * LANES + l] - expected) < 1e-12 * (1.0 + fabs(expected)));
    }
  }
  assert_int_equal(mixed, FIELDS);
  CALL(PetscFree2(outputs, features));
  destroy(&x);
}

/* They are the surrogate's to set. */
static void test_coordinates_are_left_alone(void **state)
{
  DscOptions        options = options_of(NULL, "library_terms", "x u_x, y, v", NULL);
  DscLibrary        library;
  DscFeatureMap     map;
  DscJet            jet;
  PetscInt          n;
  const DscFeature *features;
  double           *in, *out, *inbar;
  (void)state;

  CALL(DscLibraryCreate(options, &data, &library));
  CALL(DscLibraryGetFeatures(library, &n, &features));
  CALL(DscFeatureMapCreate(library, &data, &scaling, &map));
  CALL(DscFeatureMapGetJet(map, &jet));
  assert_int_equal(jet.ndirections, 2); /* t and x, to first order */
  assert_int_equal(DscJetSize(&jet), 3);
  CALL(PetscCalloc3(FIELDS * 3 * LANES, &in, n * LANES, &out, FIELDS * 3 * LANES, &inbar));
  for (PetscInt i = 0; i < n * LANES; i++) out[i] = 7.0;
  CALL(DscFeatureMapApply(map, LANES, in, out));
  for (PetscInt f = 0; f < n; f++) {
    const PetscBool kept = (PetscBool)(out[f * LANES] == 7.0);
    assert_int_equal(kept, features[f].kind == DSC_FEATURE_COORDINATE);
  }
  for (PetscInt i = 0; i < n * LANES; i++) out[i] = features[i / LANES].kind == DSC_FEATURE_COORDINATE ? 1.0 : 0.0;
  CALL(DscFeatureMapAdjoint(map, LANES, out, inbar));
  for (PetscInt i = 0; i < FIELDS * 3 * LANES; i++) assert_true(inbar[i] == 0.0);
  CALL(PetscFree3(in, out, inbar));
  CALL(DscFeatureMapDestroy(&map));
  CALL(DscLibraryDestroy(&library));
  CALL(DscOptionsDestroy(&options));
}

/* <A x, y> = <x, A' y>, A the map without its constant. */
static void test_adjoint_is_the_transpose(void **state)
{
  Fixture x;
  double *in, *zero, *out, *constant, *outbar, *inbar, forward = 0.0, backward = 0.0;
  (void)state;

  create(&x);
  const PetscInt n = x.noutputs * LANES, m = x.nfeatures * LANES;
  CALL(PetscCalloc6(n, &in, n, &zero, m, &out, m, &constant, m, &outbar, n, &inbar));
  for (PetscInt i = 0; i < n; i++) in[i] = DscRandomNormal(1, DSC_STREAM_TEST, (uint64_t)i);
  for (PetscInt i = 0; i < m; i++) outbar[i] = DscRandomNormal(2, DSC_STREAM_TEST, (uint64_t)i);
  for (PetscInt i = 0; i < n; i++) inbar[i] = NAN; /* must be overwritten */
  CALL(DscFeatureMapApply(x.map, LANES, in, out));
  CALL(DscFeatureMapApply(x.map, LANES, zero, constant));
  CALL(DscFeatureMapAdjoint(x.map, LANES, outbar, inbar));
  for (PetscInt i = 0; i < m; i++) forward += (out[i] - constant[i]) * outbar[i];
  for (PetscInt i = 0; i < n; i++) backward += in[i] * inbar[i];
  assert_true(fabs(forward - backward) < 1e-10 * fabs(forward));
  CALL(PetscFree6(in, zero, out, constant, outbar, inbar));
  destroy(&x);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_derivatives_of_an_exponential),
    cmocka_unit_test(test_coordinates_are_left_alone),
    cmocka_unit_test(test_adjoint_is_the_transpose),
};
TEST_MAIN(tests)
