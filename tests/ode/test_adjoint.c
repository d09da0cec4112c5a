/* Adjoints of coefficients, right-hand sides, conditions and steps against central differences. */
#include "ode/ode_testing.h"

static const DscODEInitial start[] = {{0, 0, 0}, {0, 0, 1}, {0, 0, 2}, {0, 0, 3}, {0, 0, 4}};
static const DscODEInitial pairs[] = {{0, 0, 0}, {0, 1, 0}, {0, 0, 1}, {2, 1, 1}, {5, 0, 0}, {5, 1, 0}};
static const DscODEInitial three[] = {{0, 0, 0}, {0, 1, 0}, {0, 2, 0}, {0, 2, 1}, {0, 1, 1}, {0, 0, 1}};

static const DscODESizes shapes[] = {
    {1, 1, 1, 6, 16, PETSC_TRUE, 1, start},  {2, 1, 1, 6, 16, PETSC_TRUE, 2, start},
    {3, 1, 1, 6, 16, PETSC_TRUE, 3, start},  {4, 1, 1, 6, 16, PETSC_TRUE, 4, start},
    {5, 1, 1, 5, 16, PETSC_TRUE, 5, start},  {6, 1, 1, 5, 16, PETSC_TRUE, 5, start},
    {2, 1, 1, 2, 16, PETSC_TRUE, 2, start},  {2, 1, 1, 3, 16, PETSC_TRUE, 2, start},
    {2, 1, 1, 6, 16, PETSC_FALSE, 2, start}, {3, 1, 2, 6, 16, PETSC_TRUE, 1, start},
    {2, 2, 2, 6, 16, PETSC_TRUE, 6, pairs},  {2, 2, 1, 6, 16, PETSC_TRUE, 6, pairs},
    {2, 3, 3, 6, 16, PETSC_TRUE, 6, three},
};

/* L = sum of weights times u, eps, of one lane. */
static double loss(const Problem *p, const double ubar[], const double epsilonbar[], PetscInt lane)
{
  double sum = epsilonbar[lane] * p->epsilon[lane];
  for (size_t i = (size_t)lane; i < p->nu; i += (size_t)p->sizes.lanes) sum += ubar[i] * p->u[i];
  return sum;
}

/* Every value of x in every lane: all lanes are moved at once. */
static void assert_adjoint(Problem *p, size_t n, double x[], const double xbar[], const double ubar[],
                           const double epsilonbar[])
{
  const size_t lanes = (size_t)p->sizes.lanes;
  const double step  = 1e-4;

  for (size_t i = 0; i < n; i += lanes) {
    double middle[16], sum[16] = {0};

    memcpy(middle, x + i, sizeof(middle));
    for (int side = -2; side <= 2; side++) {
      static const double weight[] = {1. / 12, -8. / 12, 0, 8. / 12, -1. / 12};
      for (size_t l = 0; l < 16; l++) x[i + l] = middle[l] + side * step;
      problem_solve(p);
      for (PetscInt l = 0; l < 16; l++) sum[l] += weight[side + 2] / step * loss(p, ubar, epsilonbar, l);
    }
    memcpy(x + i, middle, sizeof(middle));
    for (size_t l = 0; l < 16; l++) {
      if (fabs(sum[l] - xbar[i + l]) >= 2e-7 * (1 + fabs(sum[l]))) {
        print_error("order %d: value %d, lane %d: difference %.12g, adjoint %.12g\n", (int)p->sizes.order,
                    (int)(i / lanes), (int)l, sum[l], xbar[i + l]);
        fail();
      }
    }
  }
}

static void equal_central_differences(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
    Problem p    = problem_create(shapes[i]);
    double *ubar = values_of(p.nu), *epsilonbar = values_of(16), *c = values_of(p.nc), *b = values_of(p.nb);
    double *initial = values_of(p.ni), *s = values_of(p.ns);

    problem_randomize(&p, i + 1, .5);
    for (size_t j = 0; j < p.nc; j++) { /* the highest derivative, of its own dimension, leads: well-conditioned */
      const PetscInt at = (PetscInt)(j / 16) % (p.sizes.equations * p.m), e = at / p.m,
                     k = at % p.m / (p.sizes.order + 1);
      if (at % (p.sizes.order + 1) == p.sizes.order && e == k) p.c[j] += 3;
    }
    fill(p.nu, ubar, 100 + i, 0, 1);
    fill(16, epsilonbar, 200 + i, 0, 1);
    problem_solve(&p);
    CALL(DscODEAdjoint(p.ode, ubar, epsilonbar, c, b, initial, s));
    assert_adjoint(&p, p.nc, p.c, c, ubar, epsilonbar);
    assert_adjoint(&p, p.nb, p.b, b, ubar, epsilonbar);
    assert_adjoint(&p, p.ni, p.initial, initial, ubar, epsilonbar);
    assert_adjoint(&p, p.ns, p.s, s, ubar, epsilonbar);
    free(ubar);
    free(epsilonbar);
    free(c);
    free(b);
    free(initial);
    free(s);
    problem_destroy(&p);
  }
}

/* Each adjoint alone, the others not wanted, is as with all. */
static void adjoints_come_alone(void **state)
{
  Problem p = problem_create(shapes[10]);
  double *all[4], *alone[4];
  size_t  n[4] = {p.nc, p.nb, p.ni, p.ns};

  (void)state;
  problem_randomize(&p, 1, .5);
  problem_solve(&p);
  for (int i = 0; i < 4; i++) {
    all[i]   = values_of(n[i]);
    alone[i] = values_of(n[i]);
  }
  CALL(DscODEAdjoint(p.ode, p.u, NULL, all[0], all[1], all[2], all[3]));
  for (int i = 0; i < 4; i++) {
    CALL(DscODEAdjoint(p.ode, p.u, NULL, i == 0 ? alone[0] : NULL, i == 1 ? alone[1] : NULL, i == 2 ? alone[2] : NULL,
                       i == 3 ? alone[3] : NULL));
    assert_memory_equal(alone[i], all[i], n[i] * sizeof(double));
    free(all[i]);
    free(alone[i]);
  }
  problem_destroy(&p);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(equal_central_differences),
    cmocka_unit_test(adjoints_come_alone),
};

TEST_MAIN(tests)
