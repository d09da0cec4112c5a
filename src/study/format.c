#include "study/format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLUS_MINUS "\u00b1"

/* Decimals that show std's first digit, or its first two where it begins with 1 (rounding 0.014 to 0.01 loses 40%). */
static int error_decimals(double std)
{
  int    exponent = (int)floor(log10(std));
  double leading  = std * pow(10.0, -exponent);

  return (leading < 1.95 ? 1 : 0) - exponent;
}

static int clamp(int value, int low, int high)
{
  return value < low ? low : value > high ? high : value;
}

PetscErrorCode DscCoefficientFormat(double magnitude, double std, size_t size, char text[])
{
  double larger = PetscMax(magnitude, std);

  PetscFunctionBeginUser;
  if (!isfinite(std) || std <= 0 || !isfinite(magnitude)) {
    snprintf(text, size, "%.4g", magnitude);
  } else if (larger >= 1e-3 && larger < 1e5 && error_decimals(std) <= 6) {
    int decimals = clamp(error_decimals(std), 0, 6);

    snprintf(text, size, "(%.*f " PLUS_MINUS " %.*f)", decimals, magnitude, decimals, std);
  } else {
    int    exponent = (int)floor(log10(larger));
    double factor   = pow(10.0, -exponent);
    int    decimals = clamp(error_decimals(std * factor), 0, 12);

    snprintf(text, size, "(%.*f " PLUS_MINUS " %.*f)e%+03d", decimals, magnitude * factor, decimals, std * factor,
             exponent);
  }
  PetscFunctionReturn(0);
}

typedef struct {
  char     *text;
  size_t    size;
  PetscBool full; /* something was cut: nothing may follow */
} Buffer;

/* Appends as much as fits; never leaves half of a UTF-8 character. */
static void append(Buffer *buffer, const char piece[])
{
  size_t length = strlen(buffer->text), room = buffer->size - length;

  if (buffer->full) return;
  buffer->full = (PetscBool)(snprintf(buffer->text + length, room, "%s", piece) >= (int)room);
  if (!buffer->full) return;
  length = strlen(buffer->text);
  while (length && (buffer->text[length - 1] & 0xC0) == 0x80) length--;                     /* continuation bytes */
  if (length && (buffer->text[length - 1] & 0xC0) == 0xC0) buffer->text[length - 1] = '\0'; /* and their lead */
}

static PetscErrorCode append_term(const DscEquation *equation, PetscInt term, PetscBool first, Buffer *buffer)
{
  double      value    = equation->coefficients[term];
  const char *name     = equation->terms[term];
  PetscBool   constant = (PetscBool)(strcmp(name, "1") == 0);
  char        number[96];

  PetscFunctionBeginUser;
  if (equation->std)
    PetscCall(DscCoefficientFormat(fabs(value), equation->std[term], sizeof(number), number));
  else if (fabs(value) == 1 && !constant)
    number[0] = '\0';
  else
    snprintf(number, sizeof(number), "%.6g", fabs(value));
  append(buffer, first ? (value < 0 ? " = -" : " = ") : (value < 0 ? " - " : " + "));
  append(buffer, number);
  if (!constant) {
    if (number[0]) append(buffer, " ");
    append(buffer, name);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscEquationFormat(const DscEquation *equation, size_t size, char text[])
{
  Buffer    buffer = {text, size, PETSC_FALSE};
  PetscBool first  = PETSC_TRUE;

  PetscFunctionBeginUser;
  text[0] = '\0';
  append(&buffer, equation->left);
  for (PetscInt term = 0; term < equation->nterms; term++) {
    double value = equation->coefficients[term];

    if (isnan(value) || (equation->active ? !equation->active[term] : value == 0)) continue;
    PetscCall(append_term(equation, term, first, &buffer));
    first = PETSC_FALSE;
  }
  if (first) append(&buffer, " = 0");
  PetscFunctionReturn(0);
}

void DscWilsonInterval(PetscInt successes, PetscInt n, double *low, double *high)
{
  const double z      = 1.959963984540054; /* 97.5% quantile of the normal distribution */
  const double p      = (double)successes / (double)n;
  const double z2n    = z * z / (double)n;
  const double center = (p + z2n / 2) / (1 + z2n);
  const double half   = z / (1 + z2n) * sqrt(p * (1 - p) / (double)n + z2n / (4 * (double)n));

  *low  = successes ? center - half : 0; /* exactly, not up to rounding */
  *high = successes < n ? center + half : 1;
}

static int compare_doubles(const void *left, const void *right)
{
  double a = *(const double *)left, b = *(const double *)right;

  return (a > b) - (a < b);
}

/* The finite values, sorted to the front; how many. */
static PetscInt sort_finite(PetscInt n, double values[])
{
  PetscInt kept = 0;

  for (PetscInt i = 0; i < n; i++) {
    if (isfinite(values[i])) values[kept++] = values[i];
  }
  if (kept) qsort(values, (size_t)kept, sizeof(double), compare_doubles);
  return kept;
}

/* Of sorted values, n > 0: between two of them in proportion. */
static double quantile(PetscInt n, const double values[], double fraction)
{
  const double   at  = fraction * (double)(n - 1);
  const PetscInt low = (PetscInt)at, high = low + 1 < n ? low + 1 : low;

  return values[low] + (at - (double)low) * (values[high] - values[low]);
}

double DscMedian(PetscInt n, double values[])
{
  const PetscInt kept = sort_finite(n, values);

  return kept ? quantile(kept, values, .5) : NAN;
}

void DscMedianSpread(PetscInt n, double values[], double *median, double *spread)
{
  const PetscInt kept = sort_finite(n, values);

  *median = kept ? quantile(kept, values, .5) : NAN;
  *spread = kept > 1 ? (quantile(kept, values, .84) - quantile(kept, values, .16)) / 2 : NAN;
}

PetscErrorCode DscRangesFormat(PetscInt n, const int numbers[], PetscInt max_ranges, size_t size, char text[])
{
  Buffer   buffer = {text, size, PETSC_FALSE};
  PetscInt ranges = 0, end;
  char     piece[64];

  PetscFunctionBeginUser;
  text[0] = '\0';
  for (PetscInt i = 0; i < n; i = end) {
    for (end = i + 1; end < n && numbers[end] == numbers[end - 1] + 1; end++) continue;
    if (ranges == max_ranges) {
      snprintf(piece, sizeof(piece), " and %d more", (int)(n - i));
      append(&buffer, piece);
      break;
    }
    snprintf(piece, sizeof(piece), "%s%d", ranges++ ? ", " : "", numbers[i]);
    append(&buffer, piece);
    if (end - i == 1) continue;
    snprintf(piece, sizeof(piece), "-%d", numbers[end - 1]);
    append(&buffer, piece);
  }
  PetscFunctionReturn(0);
}
