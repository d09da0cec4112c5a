/* Singular and extreme inputs of six terms, for every solver and estimator. */
#ifndef DISCERN_TESTS_SINGULAR_TESTING_H
#define DISCERN_TESTS_SINGULAR_TESTING_H

#include "regress/regress_testing.h"

enum { M = 6 };

typedef struct {
  const char *name;
  PetscInt    N;
  void (*change)(Samples *s);
} Input;

static inline void set_column(Samples *s, PetscInt to, double factor, PetscInt from)
{
  for (PetscInt n = 0; n < s->N; n++) s->theta[to * s->N + n] = factor * s->theta[from * s->N + n];
}

static inline void nothing(Samples *s)
{
  (void)s;
}

static inline void zero_column(Samples *s)
{
  set_column(s, 2, 0.0, 2);
}

static inline void all_columns_zero(Samples *s)
{
  for (PetscInt j = 0; j < M; j++) set_column(s, j, 0.0, j);
}

static inline void y_zero(Samples *s)
{
  for (PetscInt n = 0; n < s->N; n++) s->y[n] = 0.0;
}

static inline void all_zero(Samples *s)
{
  all_columns_zero(s);
  y_zero(s);
}

static inline void equal_columns(Samples *s)
{
  for (PetscInt j = 1; j < M; j++) set_column(s, j, j % 2 ? -1.0 : 2.0, 0);
}

static inline void zero_and_equal_columns(Samples *s)
{
  set_column(s, 1, 0.0, 1);
  set_column(s, 4, 1e3, 3);
}

static inline void nearly_equal_columns(Samples *s)
{
  for (PetscInt j = 1; j < M; j++)
    for (PetscInt n = 0; n < s->N; n++)
      s->theta[j * s->N + n] = s->theta[n] + pow(10.0, -2.0 * (double)(j + 1)) * s->theta[j * s->N + n];
}

static inline void y_in_the_span(Samples *s)
{
  for (PetscInt n = 0; n < s->N; n++) s->y[n] = 3.0 * s->theta[s->N + n] - s->theta[4 * s->N + n];
}

static inline void y_is_a_column_of_equals(Samples *s)
{
  equal_columns(s);
  for (PetscInt n = 0; n < s->N; n++) s->y[n] = s->theta[n];
}

static inline void y_orthogonal(Samples *s)
{
  for (PetscInt j = 0; j < M; j++)
    for (PetscInt n = 0; n < s->N; n++) s->theta[j * s->N + n] = n % 2 ? 0.0 : s->theta[j * s->N + n];
  for (PetscInt n = 0; n < s->N; n++) s->y[n] = n % 2 ? 1.0 : 0.0;
}

static inline void constant_columns(Samples *s)
{
  for (PetscInt j = 0; j < 3; j++)
    for (PetscInt n = 0; n < s->N; n++) s->theta[j * s->N + n] = 1.0 + (double)j;
}

static inline void wide_range(Samples *s)
{
  for (PetscInt j = 0; j < M; j++) set_column(s, j, pow(10.0, 20.0 * (double)(j - 3)), j);
  for (PetscInt n = 0; n < s->N; n++) s->y[n] *= 1e40;
}

static inline void denormal_columns(Samples *s)
{
  set_column(s, 0, 1e-160, 0);
  set_column(s, 1, 1e-170, 1);
}

static const Input inputs[] = {
    {"regular", 40, nothing},
    {"zero column", 40, zero_column},
    {"all columns zero", 40, all_columns_zero},
    {"y zero", 40, y_zero},
    {"all zero", 40, all_zero},
    {"equal columns", 40, equal_columns},
    {"zero and equal columns", 40, zero_and_equal_columns},
    {"nearly equal columns", 40, nearly_equal_columns},
    {"y in the span", 40, y_in_the_span},
    {"y in the span, large", 4000, y_in_the_span},
    {"y a column of equals", 40, y_is_a_column_of_equals},
    {"y orthogonal", 40, y_orthogonal},
    {"constant columns", 40, constant_columns},
    {"as many samples as terms", M, nothing},
    {"fewer samples than terms", 3, nothing},
    {"one sample", 1, nothing},
    {"one sample, y in the span", 1, y_in_the_span},
    {"wide range", 40, wide_range},
    {"denormal columns", 40, denormal_columns},
};

static inline Samples samples_of(const Input *input)
{
  const double xi[M] = {1.0, 0.0, -0.5, 0.0, 0.2, 0.0};
  Samples      s     = samples_create(input->N, M, 21, 0.2, xi, 0.1);

  input->change(&s);
  samples_sum(&s);
  return s;
}

/* No fit is worse than none, and its residual is the residual of its coefficients, as far as the terms of the sum that
   cancel let it be known. */
static inline void assert_fits(const Samples *s, const DscRegression *r)
{
  double size = sqrt(s->gram.yy);

  for (PetscInt j = 0; j < M; j++) size += fabs(r->coefficients[j]) * sqrt(s->G[j * M + j]);
  assert_defined(r);
  assert_true(r->residual <= s->gram.yy * (1.0 + 1e-9));
  assert_close(r->residual, samples_residual(s, r->coefficients), 1e-6 * r->residual + 1e-14 * size * size);
  for (PetscInt j = 0; j < M; j++) {
    if (s->G[j * M + j] == 0.0) assert_true(r->coefficients[j] == 0.0 && r->std[j] == 0.0 && !r->active[j]);
    if (s->gram.yy == 0.0) assert_true(r->coefficients[j] == 0.0 && !r->active[j]);
  }
}

#endif
