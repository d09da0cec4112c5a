/*
  The refit of a density equation from particles, with the exact density in a flow's place: what is left are the weak
  form, its noise, and the choice of terms. u_t = -v u_x + D u_xx of two peaks.
*/
#include "method_testing.h"

#include "method/particle_fit.h"
#include "method/result.h"

static const double peaks[] = {-5.0, -1.0}, widths[] = {1.5, 0.5}; /* the generator's, of equal weight */

typedef enum {
  WALKS,       /* as they are generated: particles told apart, each at all times */
  INDEPENDENT, /* drawn anew at each time from the density, not told apart */
  QUANTILES,   /* no chance at all: the quantiles of the density at each time, evenly spaced in probability */
} Kind;

typedef struct {
  DscOptions         options;
  DscDataSet        *data;
  DscLibrary         library;
  DscParticleMoments moments;
  DscResult         *result;
  double             v, D;
} Particles;

/* ---- the exact density -------------------------------------------------------------------------------------- */

/* d^m u / dx^m, m <= 3. */
static double density(const Particles *p, double t, double x, PetscInt m)
{
  double sum = 0.0;

  for (int k = 0; k < 2; k++) {
    const double s = sqrt(widths[k] * widths[k] + 2.0 * p->D * t), z = (x - peaks[k] - p->v * t) / s;
    const double hermite[] = {1.0, -z, z * z - 1.0, 3.0 * z - z * z * z};

    sum += 0.5 * hermite[m] / pow(s, (double)m + 1.0) * exp(-0.5 * z * z) / sqrt(2.0 * PETSC_PI);
  }
  return sum;
}

static double cumulated(const Particles *p, double t, double x)
{
  double sum = 0.0;

  for (int k = 0; k < 2; k++)
    sum += 0.25 * erfc(-(x - peaks[k] - p->v * t) / sqrt(2.0 * (widths[k] * widths[k] + 2.0 * p->D * t)));
  return sum;
}

/* The density and all terms at the places of one frame. */
static void fill_frame(Particles *p, PetscInt frame, double features[], double terms[])
{
  DscParticleMoments *m     = &p->moments;
  const PetscInt      n     = m->nplaces;
  const size_t        plane = (size_t)(m->nframes * n), at = (size_t)(frame * n);
  const DscFeature   *list;
  PetscInt            nfeatures;

  CALL(DscLibraryGetFeatures(p->library, &nfeatures, &list));
  for (PetscInt f = 0; f < nfeatures; f++) {
    if (list[f].order[0] > 0) continue; /* u_t */
    assert_int_equal(list[f].kind, DSC_FEATURE_DERIVATIVE);
    for (PetscInt g = 0; g < n; g++)
      features[f * n + g] = density(p, m->times[frame], m->first + (double)g * m->step, list[f].order[1]);
  }
  memcpy(m->p + at, features, (size_t)n * sizeof(double));
  CALL(DscLibraryEvaluate(p->library, n, features, terms));
  for (PetscInt k = 0; k < m->nterms; k++)
    memcpy(m->theta + (size_t)k * plane + at, terms + k * n, (size_t)n * sizeof(double));
}

static void fill(Particles *p)
{
  const PetscInt    n = p->moments.nplaces;
  const DscFeature *list;
  PetscInt          nfeatures;
  double           *features, *terms;

  CALL(DscLibraryGetFeatures(p->library, &nfeatures, &list));
  CALL(PetscCalloc2((size_t)(nfeatures * n), &features, (size_t)(p->moments.nterms * n), &terms));
  for (PetscInt f = 0; f < p->moments.nframes; f++) fill_frame(p, f, features, terms);
  CALL(PetscFree2(features, terms));
}

/* ---- positions ---------------------------------------------------------------------------------------------- */

static void draw_independent(const Particles *p, uint64_t seed)
{
  for (PetscInt i = 0; i < p->data->nsamples; i++) {
    const uint64_t at     = 2 * (uint64_t)i;
    const int      k      = DscRandomUniform(seed, DSC_STREAM_TEST, at) < 0.5 ? 0 : 1;
    const double   normal = DscRandomNormal(seed, DSC_STREAM_TEST, at + 1), t = p->data->coordinates[0][i];

    p->data->coordinates[1][i] = peaks[k] + p->v * t + sqrt(widths[k] * widths[k] + 2.0 * p->D * t) * normal;
  }
}

/* x of a frame's n samples, with (i + 1/2) / n of the density to the left. */
static void set_quantiles(const Particles *p, PetscInt n, double t, double x[])
{
  const double h    = 2e-3;
  double       left = peaks[0] - 20.0, before = 0.0;

  for (PetscInt i = 0; i < n;) {
    const double after = cumulated(p, t, left + h);

    while (i < n && (i + 0.5) / (double)n <= after) {
      x[i] = left + h * ((i + 0.5) / (double)n - before) / (after - before);
      i++;
    }
    before = after;
    left += h;
  }
}

static void forget_particles(DscDataSet *data)
{
  CALL(PetscFree(data->track));
  data->ntracks = 0;
}

/* Takes the options; from seed, with the exact density at nplaces, and g and A computed. */
static Particles create(DscOptions options, uint64_t seed, Kind kind, PetscInt nplaces)
{
  Particles p = {.options = options};
  PetscInt  n;

  CALL(DscDataSetCreate(PETSC_COMM_SELF, options, seed, &p.data));
  CALL(DscOptionsGetReal(options, "walkers_v", &p.v));
  CALL(DscOptionsGetReal(options, "walkers_d", &p.D));
  n = p.data->ntracks;
  if (kind == INDEPENDENT) draw_independent(&p, seed);
  for (PetscInt i = 0; kind == QUANTILES && i < p.data->nsamples; i += n)
    set_quantiles(&p, n, p.data->coordinates[0][i], p.data->coordinates[1] + i);
  if (kind != WALKS) forget_particles(p.data);
  CALL(DscLibraryCreate(options, p.data, &p.library));
  CALL(DscParticleMomentsCreate(p.data, p.library, nplaces, &p.moments));
  fill(&p);
  CALL(DscParticleMomentsCompute(&p.moments));
  CALL(DscResultCreate(&p.result));
  CALL(DscResultSetEquation(p.result, p.library, 1, (const DscDataSet *const[]){p.data}));
  return p;
}

static void destroy(Particles *p)
{
  CALL(DscResultDestroy(&p->result));
  CALL(DscParticleMomentsDestroy(&p->moments));
  CALL(DscLibraryDestroy(&p->library));
  CALL(DscDataSetDestroy(&p->data));
  CALL(DscOptionsDestroy(&p->options));
}

static DscOptions walkers(const char *number, const char *steps, const char *v, const char *terms)
{
  return options_of(NULL, "data_source", "walkers", "walkers_number", number, "walkers_steps", steps, "walkers_v", v,
                    "library_terms", terms, NULL);
}

#define ALL_TERMS "1,u_x,u_xx,u_xxx,u,u u_x,u u_xx,u u_xxx,u^2,u^2 u_x,u^2 u_xx,u^2 u_xxx"

/* Each '1' or '0': whether the term is there. */
static void check_active(const DscResult *r, const char *names)
{
  for (PetscInt j = 0; j < r->nterms; j++) {
    char name[DSC_NAME_LENGTH + 2];

    snprintf(name, sizeof(name), ",%s,", r->terms[j]);
    if (r->active[j] != (strstr(names, name) != NULL)) fail_msg("%s is %d", r->terms[j], r->active[j]);
    if (r->active[j]) continue;
    assert_true(r->coefficients[j] == 0.0 && r->std[j] == 0.0 && r->normalized[j] == 0.0);
  }
}

/* Of u_x (0), u_xx (1): what was found less what is true. */
static double error_of(const Particles *p, int k)
{
  return p->result->coefficients[term(p->result, k ? "u_xx" : "u_x")] - (k ? p->D : -p->v);
}

static double std_of(const Particles *p, int k)
{
  return p->result->std[term(p->result, k ? "u_xx" : "u_x")];
}

/* ---- the equation ------------------------------------------------------------------------------------------- */

/* The equation is the data's, whatever it was before. Of seed 15, u u_xxx would be taken if terms cost ln(n) alone. */
static void test_equation(PETSC_UNUSED void **state)
{
  for (uint64_t seed = 12; seed < 17; seed++) {
    Particles p = create(walkers("200", "50", "0.5", ALL_TERMS), seed, WALKS, 256);
    double    xi[2], std[2];

    CALL(DscParticleFit(&p.moments, p.result));
    check_active(p.result, ",u_x,u_xx,");
    assert_non_null(strstr(p.result->reason, "refitted from the particles"));
    assert_true(p.result->selection.nrows >= 3);
    for (int k = 0; k < 2; k++) {
      xi[k]  = error_of(&p, k);
      std[k] = std_of(&p, k);
      assert_true(std[k] > 0.0 && fabs(xi[k]) < 4.0 * std[k]);
    }
    for (PetscInt j = 0; j < p.result->nterms; j++) {
      p.result->active[j]       = j % 3 == 0;
      p.result->coefficients[j] = j % 3 == 0 ? 0.1 : 0.0;
    }
    CALL(DscParticleFit(&p.moments, p.result));
    for (int k = 0; k < 2; k++) assert_true(xi[k] == error_of(&p, k) && std[k] == std_of(&p, k));
    destroy(&p);
  }
}

static void check_found(const char *terms, const char *expected)
{
  Particles p = create(walkers("400", "50", "0.5", terms), 1, WALKS, 256);

  CALL(DscParticleFit(&p.moments, p.result));
  check_active(p.result, expected);
  destroy(&p);
}

/* u^2 flattens the density as u_xx does, but takes mass away. */
static void test_mass(PETSC_UNUSED void **state)
{
  Particles p = create(walkers("4000", "50", "0.5", "u^2"), 1, WALKS, 256);

  CALL(DscParticleMomentsCovariance(&p.moments, (const double[]){0.0}));
  assert_true(PetscSqr(p.moments.g[0]) >
              3.0 * log(4000.0) * p.moments.S[0]); /* for the shape alone it would be taken */
  assert_true(p.moments.g[1] == 0.0);
  CALL(DscParticleFit(&p.moments, p.result));
  check_active(p.result, ",");
  destroy(&p);
  check_found("u", ",");
  check_found("u_x,u_xx,u", ",u_x,u_xx,");
  check_found("u_x,u_xx,u^2", ",u_x,u_xx,");
  check_found("u_x,u_xx,u,u^2", ",u_x,u_xx,");
}

/* 1 and u together keep the mass: of a set that has both, u has no test function but the constant. */
static void test_term_without_test_function(PETSC_UNUSED void **state)
{
  Particles p = create(walkers("200", "50", "0.5", ALL_TERMS), 21, WALKS, 256);

  CALL(DscParticleFit(&p.moments, p.result));
  check_active(p.result, ",u_x,u_xx,");
  assert_non_null(strstr(p.result->reason, "refitted from the particles"));
  destroy(&p);
}

/* ---- bias and coverage -------------------------------------------------------------------------------------- */

/* Over many seeds the errors have no mean, and are as large as they are said to be. */
static void check_errors(const char *number, Kind kind)
{
  enum { SEEDS = 150 };
  double sum[2] = {0.0}, square[2] = {0.0}, variance[2] = {0.0}, covered[2] = {0.0};

  for (uint64_t seed = 0; seed < SEEDS; seed++) {
    Particles p = create(walkers(number, "20", "1.5", "u_x,u_xx"), seed, kind, 128);

    CALL(DscParticleFit(&p.moments, p.result));
    check_active(p.result, ",u_x,u_xx,");
    for (int k = 0; k < 2; k++) {
      const double error = error_of(&p, k), std = std_of(&p, k);

      sum[k] += error;
      square[k] += error * error;
      variance[k] += std * std;
      covered[k] += fabs(error) < 1.96 * std ? 1.0 : 0.0;
    }
    destroy(&p);
  }
  for (int k = 0; k < 2; k++) {
    print_message("%s: bias %.2f standard errors, root mean square %.3f of that said, %.1f%% within 1.96 std\n",
                  k ? "u_xx" : "u_x", sum[k] / sqrt(square[k]), sqrt(square[k] / variance[k]),
                  100.0 * covered[k] / SEEDS);
    assert_true(fabs(sum[k]) < 3.0 * sqrt(square[k]));
    assert_true(fabs(square[k] / variance[k] - 1.0) < 3.0 * sqrt(2.0 / SEEDS));
    assert_true(fabs(covered[k] / SEEDS - 0.95) < 3.0 * sqrt(0.95 * 0.05 / SEEDS));
  }
}

static void test_errors_of_walks(PETSC_UNUSED void **state)
{
  check_errors("100", WALKS);
}

/* Far more is known of where they are than of where one of them goes. */
static void test_errors_of_independent_positions(PETSC_UNUSED void **state)
{
  check_errors("200", INDEPENDENT);
}

/* Root of the mean square over 4 seeds. */
static void get_std(const char *number, const char *test, Kind kind, double std[2], double *nclusters)
{
  DscOptions base    = walkers(number, "20", "1.5", "u_x,u_xx"),
             options = options_of(base, "data_test_fraction", test, NULL);

  std[0] = std[1] = 0.0;
  for (uint64_t seed = 0; seed < 4; seed++) {
    Particles p = create(options_of(options, NULL), seed, kind, 128);

    CALL(DscParticleFit(&p.moments, p.result));
    check_active(p.result, ",u_x,u_xx,");
    for (int k = 0; k < 2; k++) std[k] += 0.25 * PetscSqr(std_of(&p, k));
    *nclusters = p.moments.nclusters;
    destroy(&p);
  }
  for (int k = 0; k < 2; k++) std[k] = sqrt(std[k]);
  CALL(DscOptionsDestroy(&options));
  CALL(DscOptionsDestroy(&base));
}

/* As 1/sqrt(n), n particles, or positions where they are not told apart; those that test do not count. */
static void test_std(PETSC_UNUSED void **state)
{
  for (int kind = WALKS; kind <= INDEPENDENT; kind++) {
    double few[2], many[2], half[2], n[3];

    get_std("500", "0", (Kind)kind, few, &n[0]);
    get_std("4500", "0", (Kind)kind, many, &n[1]);
    get_std("4500", "0.5", (Kind)kind, half, &n[2]);
    assert_true(n[0] == (kind == WALKS ? 500.0 : 21.0 * 500.0) && n[1] == 9.0 * n[0] && n[2] == 4.5 * n[0]);
    for (int k = 0; k < 2; k++) {
      assert_true(fabs(few[k] / many[k] - 3.0) < 0.45);
      assert_true(fabs(half[k] / many[k] - sqrt(2.0)) < 0.1);
    }
    /* walks: no better than the mean of what all of them went, sqrt(2 D / (n T)), and as good */
    if (kind == WALKS) assert_true(fabs(many[0] * sqrt(4500.0) - sqrt(3.0)) < 0.03 * sqrt(3.0));
  }
}

/* Test functions are known but for a constant at each time, which changes nothing. */
static void test_centred(PETSC_UNUSED void **state)
{
  Particles      p = create(walkers("100", "20", "1.5", "u_x,u_xx"), 3, INDEPENDENT, 128);
  const PetscInt n = p.moments.nplaces, plane = n * p.moments.nframes;
  const double   xi[] = {-p.v, p.D};
  double         S[9];

  CALL(DscParticleMomentsCovariance(&p.moments, xi));
  memcpy(S, p.moments.S, sizeof(S));
  for (PetscInt i = 0; i < 2 * plane; i++) p.moments.w[i] += 3.0 * sin((double)(i / n));
  CALL(DscParticleMomentsCovariance(&p.moments, xi));
  for (int i = 0; i < 9; i++) assert_true(fabs(p.moments.S[i] - S[i]) < 1e-10 * fabs(S[0]));
  destroy(&p);
}

/* sqrt(2 D / (n T)) of u_x alone. Of both terms what is reached here. */
static void test_bound(PETSC_UNUSED void **state)
{
  for (int both = 0; both < 2; both++) {
    Particles       p         = create(walkers("4500", "20", "1.5", "u_x,u_xx"), 3, WALKS, 256);
    const PetscBool active[2] = {PETSC_TRUE, (PetscBool)both};
    double          bound[2];
    PetscBool       fine;

    CALL(DscParticleMomentsBound(&p.moments, active, p.D, bound, &fine));
    CALL(DscParticleFit(&p.moments, p.result));
    assert_true(fine);
    assert_non_null(strstr(p.result->reason, "errors by sampling alone: u_x 0.02"));
    if (!both) assert_true(fabs(bound[0] - sqrt(3.0 / 4500.0)) < 1e-3 * bound[0] && bound[1] == 0.0);
    for (int k = 0; k < 2 && both; k++) assert_true(fabs(std_of(&p, k) / bound[k] - 1.0) < 0.1);
    destroy(&p);
  }
}

/* ---- discretisation ----------------------------------------------------------------------------------------- */

/* Over a time of 2. */
static Particles without_chance(const char *steps, const char *dt, PetscInt nplaces)
{
  DscOptions base = walkers("20000", steps, "0.5", ALL_TERMS);
  Particles  p    = create(options_of(base, "walkers_dt", dt, NULL), 0, QUANTILES, nplaces);

  CALL(DscOptionsDestroy(&base));
  return p;
}

/* g - A xi of the equation of u_x (0), u_xx (1), over the sum of what it is made of. */
static void get_misfit(Particles p, double misfit[2])
{
  const PetscInt j[] = {term(p.result, "u_x"), term(p.result, "u_xx")};

  for (int k = 0; k < 2; k++) {
    const double *A     = p.moments.A + j[k] * p.moments.nterms;
    const double  drift = -p.v * A[j[0]], spread = p.D * A[j[1]];

    misfit[k] = (p.moments.g[j[k]] - drift - spread) / (fabs(drift) + fabs(spread));
  }
  destroy(&p);
}

static void test_equations_hold(PETSC_UNUSED void **state)
{
  static const char *const steps[] = {"10", "20", "40"}, *const dt[] = {"0.2", "0.1", "0.05"};
  double misfit[3][2], coarse[3][2];

  for (int i = 0; i < 3; i++) get_misfit(without_chance(steps[i], dt[i], 1025), misfit[i]);
  for (int i = 0; i < 3; i++) get_misfit(without_chance("40", "0.05", 128 * (1 << i) + 1), coarse[i]);
  assert_true(fabs(misfit[2][0]) < 1e-4 && fabs(misfit[2][1]) < 5e-3);
  for (int i = 0; i < 2; i++) { /* of second order in time, and in x */
    assert_true(fabs(misfit[i][0]) > 3.0 * fabs(misfit[i + 1][0]));
    assert_true(fabs(misfit[i][1]) > 3.0 * fabs(misfit[i + 1][1]));
    assert_true(fabs(coarse[i][1] - misfit[2][1]) > 3.0 * fabs(coarse[i + 1][1] - misfit[2][1]));
  }
}

/* A[a][k] = int int w_a theta_k dx dt, integrated by parts where theta_k is linear. But for 1, which is where no particle
   goes, too. */
static void test_effects(PETSC_UNUSED void **state)
{
  Particles      p = without_chance("20", "0.1", 1025);
  const PetscInt M = p.moments.nterms, n = p.moments.nplaces;
  const size_t   plane = (size_t)(p.moments.nframes * n);

  for (PetscInt a = 1; a < M; a++) {
    for (PetscInt k = 1; k < M; k++) {
      double sum = 0.0, size = 0.0;

      for (size_t i = 0; i < plane; i++) {
        const double part = p.moments.weights[i / (size_t)n] * p.moments.step * p.moments.w[(size_t)a * plane + i] *
                            p.moments.theta[(size_t)k * plane + i];

        sum += part;
        size += fabs(part);
      }
      assert_true(fabs(p.moments.A[a * M + k] - sum) <= 0.01 * size);
    }
  }
  for (PetscInt k = 0; k < M; k++) { /* the mass: linear terms keep it */
    if (p.moments.order[k] > 0) assert_true(fabs(p.moments.A[M * M + k]) < 1e-3);
    if (p.moments.order[k] == 0) assert_true(fabs(p.moments.A[M * M + k] - 2.0) < 1e-3);
  }
  destroy(&p);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_equation),
    cmocka_unit_test(test_mass),
    cmocka_unit_test(test_term_without_test_function),
    cmocka_unit_test(test_errors_of_walks),
    cmocka_unit_test(test_errors_of_independent_positions),
    cmocka_unit_test(test_std),
    cmocka_unit_test(test_centred),
    cmocka_unit_test(test_bound),
    cmocka_unit_test(test_equations_hold),
    cmocka_unit_test(test_effects),
};
TEST_MAIN(tests)
