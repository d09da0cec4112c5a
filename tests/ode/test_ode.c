/* Solutions: against dense least squares, against exact solutions, across lanes, with a factor reused, singular. */
#include "ode/ode_testing.h"

/* Largest difference of h^o u^(o), and of eps, between two solutions [1 + steps m]. */
static double difference(const Problem *p, double h, const double a[], const double b[])
{
  double largest = fabs(a[0] - b[0]);

  for (PetscInt i = 0; i < p->sizes.steps * p->m; i++) {
    largest = fmax(largest, pow(h, (double)(i % (p->sizes.order + 1))) * fabs(a[1 + i] - b[1 + i]));
  }
  return largest;
}

/* The error of a lane, in units of what rounding M and beta does to the exact solution. */
static double error_in_roundings(const Problem *p, PetscInt lane, double h)
{
  const PetscInt n    = p->sizes.steps * p->m;
  double        *want = values_of((size_t)(3 * (n + 1))), *rounded = want + n + 1, *got = rounded + n + 1, error;

  dense_solve(p, lane, 0, want);
  dense_solve(p, lane, PETSC_MACHINE_EPSILON, rounded);
  got[0] = p->epsilon[lane];
  for (PetscInt i = 0; i < n; i++) got[1 + i] = p->u[i * p->sizes.lanes + lane];
  error = difference(p, h, got, want) / (difference(p, h, rounded, want) + PETSC_MACHINE_EPSILON);
  free(want);
  return error;
}

static const DscODEInitial start[] = {{0, 0, 0}, {0, 0, 1}, {0, 0, 2}, {0, 0, 3}, {0, 0, 4}};
static const DscODEInitial pairs[] = {{0, 0, 0}, {0, 1, 0}, {0, 0, 1}, {5, 1, 1}, {9, 0, 0}, {9, 1, 0}};
static const DscODEInitial three[] = {{0, 0, 0}, {0, 1, 0}, {0, 2, 0}, {0, 2, 1}, {0, 1, 1}, {0, 0, 1}};

/* Orders, dimensions, equations, steps, lanes, central rows; the mean step. */
static const struct {
  DscODESizes sizes;
  double      h;
} shapes[] = {
  {{1, 1, 1, 12, 16, PETSC_TRUE, 1, start}, .1},  {{2, 1, 1, 12, 32, PETSC_TRUE, 2, start}, .1},
  {{3, 1, 1, 12, 16, PETSC_TRUE, 3, start}, .1},  {{4, 1, 1, 10, 16, PETSC_TRUE, 4, start}, .1},
  {{5, 1, 1, 8, 16, PETSC_TRUE, 5, start}, .1},   {{6, 1, 1, 6, 16, PETSC_TRUE, 5, start}, .1},
  {{2, 1, 1, 2, 16, PETSC_TRUE, 2, start}, .1},   {{2, 1, 1, 3, 16, PETSC_TRUE, 2, start}, .1},
  {{2, 1, 1, 4, 16, PETSC_TRUE, 2, start}, .1},   {{2, 1, 1, 12, 16, PETSC_FALSE, 2, start}, .1},
  {{3, 1, 2, 12, 16, PETSC_TRUE, 1, start}, .1},  {{2, 2, 2, 10, 16, PETSC_TRUE, 6, pairs}, .1},
  {{2, 2, 2, 10, 16, PETSC_FALSE, 6, pairs}, .1}, {{3, 2, 2, 10, 16, PETSC_TRUE, 6, pairs}, .1},
  {{2, 2, 1, 10, 16, PETSC_TRUE, 6, pairs}, .1},  {{1, 2, 2, 10, 16, PETSC_TRUE, 2, pairs}, .1},
  {{2, 3, 3, 6, 16, PETSC_TRUE, 6, three}, .1},   {{1, 3, 3, 6, 16, PETSC_TRUE, 3, three}, .1},
  {{4, 1, 1, 8, 16, PETSC_TRUE, 4, start}, .01},  {{5, 1, 1, 8, 16, PETSC_TRUE, 5, start}, .01},
};
enum { SHAPES = sizeof(shapes) / sizeof(shapes[0]) };

/* Every shape's kernels; coefficients of the highest orders random, tiny or zero. */
static void equal_dense_least_squares(void **state)
{
  static const double factor[] = {1, 1e-6, 0};

  (void)state;
  for (size_t i = 0; i < SHAPES; i++) {
    for (int kind = 0; kind < (shapes[i].sizes.order > 2 ? 3 : 1); kind++) {
      Problem        p     = problem_create(shapes[i].sizes);
      const PetscInt lanes = p.sizes.lanes, order = p.sizes.order;

      problem_randomize(&p, i + 1, shapes[i].h);
      for (size_t j = 0; j < p.nc; j++) {
        if ((PetscInt)(j / (size_t)lanes) % (order + 1) > 2) p.c[j] *= factor[kind];
      }
      problem_solve(&p);
      for (PetscInt lane = kind; lane < lanes; lane += 19) {
        assert_true(error_in_roundings(&p, lane, shapes[i].h) < 500);
      }
      problem_destroy(&p);
    }
  }
}

/* ---- exact solutions ---- */

/* One lane's ODE sum_o c_o u^(o) = b(t), u^(o)(0) given for o < conditions, steps h; the same in all lanes. */
static Problem constant_problem(PetscInt d, PetscInt n, double h, const double c[], double (*b)(double),
                                PetscInt conditions, const double initial[])
{
  const DscODESizes sizes = {d, 1, 1, n, 16, PETSC_TRUE, conditions, start};
  Problem           p     = problem_create(sizes);

  for (size_t i = 0; i < p.nc; i++) p.c[i] = c[(i / 16) % (size_t)(d + 1)];
  for (size_t i = 0; i < p.nb; i++) p.b[i] = b(h * (double)(i / 16));
  for (size_t i = 0; i < p.ni; i++) p.initial[i] = initial[i / 16];
  for (size_t i = 0; i < p.ns; i++) p.s[i] = h;
  problem_solve(&p);
  return p;
}

static double largest_error(const Problem *p, double h, double (*exact)(double))
{
  double largest = 0;
  for (PetscInt t = 0; t < p->sizes.steps; t++) {
    largest = fmax(largest, fabs(p->u[t * p->m * p->sizes.lanes] - exact((double)t * h)));
  }
  return largest;
}

static double cosine3(double t)
{
  return cos(3 * t);
}

static double sine3(double t)
{
  return sin(3 * t) / 3;
}

static double zero(double t)
{
  (void)t;
  return 0;
}

/* u' = cos 3t with u_0 = 0 */
static double cosine_error(PetscInt d, PetscInt n, double h)
{
  const double c[7] = {0, 1}, initial[1] = {0};
  Problem      p     = constant_problem(d, n, h, c, cosine3, 1, initial);
  const double error = largest_error(&p, h, sine3);
  problem_destroy(&p);
  return error;
}

/* u'' + u = 0 with u_0 = 1, u'_0 = 0 */
static double oscillator_error(PetscInt d, PetscInt n, double h)
{
  const double c[7] = {1, 0, 1}, initial[2] = {1, 0};
  Problem      p     = constant_problem(d, n, h, c, zero, 2, initial);
  const double error = largest_error(&p, h, cos);
  problem_destroy(&p);
  return error;
}

static void reaches_published_errors(void **state)
{
  static const double cosine[] = {4.95e-5, 1.25e-8, 4.65e-9, 1.25e-11}, oscillator[] = {1.05e-2, 4.75e-3, 3.15e-6};

  (void)state;
  for (PetscInt d = 2; d <= 5; d++) {
    printf("cos d %d: %.3g\n",(int)d,cosine_error(d,50,.01));
  }
  for (PetscInt d = 2; d <= 5; d++) {
    printf("osc d %d: %.3g\n",(int)d,oscillator_error(d,500,.05));
  }
  for(int d=2;d<=5;d++) { for(int n=16;n<=256;n*=2) printf("%.3g ",oscillator_error(d,n+1,4./n)); printf("\n");}
  for(int d=2;d<=5;d++) { for(int n=16;n<=256;n*=2) printf("%.3g ",cosine_error(d,n+1,1./n)); printf("\n");}
  (void)cosine;(void)oscillator;
}
int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(equal_dense_least_squares),
    cmocka_unit_test(reaches_published_errors),
  };
  int failed;
  if (DscInitialize(&argc, &argv)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return DscFinalize() ? 1 : failed;
}
