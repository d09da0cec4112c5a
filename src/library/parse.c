/*
  Terms from text:
    product   factor { ['*'] factor }
    factor    ('1' | name | ('sin' | 'cos') '(' [number ['*']] name ')') ['^' integer]
    name      a field, a coordinate, or FIELD_COORDINATES for a derivative: u_xx, u_xy
  A product that means something else ends the reading with a mistake: what is wrong, and at which character.
*/
#include "library/private.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  DscLibrary      library;
  PetscBool       add;
  const char     *text, *at;
  LibraryProduct *product;
} Parser;

static void PETSC_ATTRIBUTE_FORMAT(3, 4) mistake(Parser *p, const char *at, const char format[], ...)
{
  va_list arguments;

  if (p->product->position) return; /* the first one counts */
  p->product->position = (PetscInt)(at - p->text) + 1;
  va_start(arguments, format);
  vsnprintf(p->product->mistake, sizeof(p->product->mistake), format, arguments);
  va_end(arguments);
}

static PetscBool failed(const Parser *p)
{
  return p->product->position ? PETSC_TRUE : PETSC_FALSE;
}

static void skip_blanks(Parser *p)
{
  p->at += strspn(p->at, " \t");
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

/* Adds to order what 'xxy' is made of; false if it is not of names of coordinates. */
static PetscBool split_orders(DscLibrary library, const char text[], size_t length, PetscInt order[])
{
  if (length == 0) return PETSC_TRUE;
  for (PetscInt c = 0; c < library->ncoordinates; c++) {
    const size_t n = strlen(library->coordinate_names[c]);

    if (n > length || strncmp(text, library->coordinate_names[c], n) != 0) continue;
    order[c]++;
    if (split_orders(library, text + n, length - n, order)) return PETSC_TRUE;
    order[c]--;
  }
  return PETSC_FALSE;
}

static PetscBool is_word(const char name[], const char word[], size_t length)
{
  return strlen(name) == length && strncmp(name, word, length) == 0 ? PETSC_TRUE : PETSC_FALSE;
}

/* What the word is called in the data set: a field before a coordinate, either before a derivative. */
static PetscBool find_word(DscLibrary library, const char word[], size_t length, DscFeature *feature)
{
  memset(feature, 0, sizeof(*feature));
  for (PetscInt f = 0; f < library->nfields; f++) {
    feature->field = f;
    if (is_word(library->field_names[f], word, length)) return PETSC_TRUE;
  }
  feature->field = 0;
  feature->kind  = DSC_FEATURE_COORDINATE;
  for (PetscInt c = 0; c < library->ncoordinates; c++) {
    feature->coordinate = c;
    if (is_word(library->coordinate_names[c], word, length)) return PETSC_TRUE;
  }
  feature->coordinate = 0;
  feature->kind       = DSC_FEATURE_DERIVATIVE;
  for (PetscInt f = 0; f < library->nfields; f++) {
    const size_t n = strlen(library->field_names[f]);

    feature->field = f;
    if (n + 1 < length && strncmp(word, library->field_names[f], n) == 0 && word[n] == '_' &&
        split_orders(library, word + n + 1, length - n - 1, feature->order))
      return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

/* A name of a derivative, cut to size. */
static void name_derivative(DscLibrary library, PetscInt field, PetscInt c, PetscInt order, char name[])
{
  int used = snprintf(name, DSC_NAME_LENGTH, "%s_", library->field_names[field]);

  for (PetscInt k = 0; k < order && used < DSC_NAME_LENGTH; k++)
    used += snprintf(name + used, (size_t)(DSC_NAME_LENGTH - used), "%s", library->coordinate_names[c]);
}

/* 'u, v' */
static void list_names(PetscInt n, const char (*names)[DSC_NAME_LENGTH], size_t size, char list[])
{
  size_t used = 0;

  list[0] = '\0';
  for (PetscInt i = 0; i < n && used < size; i++)
    used += (size_t)snprintf(list + used, size - used, "%s%s", i ? ", " : "", names[i]);
}

/* With what there is, and the nearest of it. */
static void explain_unknown(DscLibrary library, const char word[], size_t size, char text[])
{
  enum { ORDERS = 4, MOST = DSC_MAX_COORDINATES + DSC_MAX_FIELDS * (1 + DSC_MAX_COORDINATES * ORDERS) };
  char        names[MOST][DSC_NAME_LENGTH], fields[96], coordinates[64], derivative[DSC_NAME_LENGTH + 32] = "";
  const char *known[MOST], *nearest;
  PetscInt    n = 0;

  for (PetscInt f = 0; f < library->nfields; f++) {
    strcpy(names[n++], library->field_names[f]);
    for (PetscInt c = 1; c < library->ncoordinates; c++)
      for (PetscInt k = 1; k <= ORDERS; k++) name_derivative(library, f, c, k, names[n++]);
  }
  for (PetscInt c = 0; c < library->ncoordinates; c++) strcpy(names[n++], library->coordinate_names[c]);
  for (PetscInt i = 0; i < n; i++) known[i] = names[i];
  nearest = DscNearestName(word, n, known);
  list_names(library->nfields, (const char(*)[DSC_NAME_LENGTH])library->field_names, sizeof(fields), fields);
  list_names(library->ncoordinates, (const char(*)[DSC_NAME_LENGTH])library->coordinate_names, sizeof(coordinates),
             coordinates);
  if (library->ncoordinates > 1)
    snprintf(derivative, sizeof(derivative), ", derivatives like %s",
             names[2]); /* second along the first one of space */
  snprintf(text, size, "there is no '%.64s'; known are %s, %s%s and sin, cos of them%s%s%s", word, fields, coordinates,
           derivative, nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
}

/* Derivatives that the surrogates and the differences give: in space, mixed ones of second order only. */
static void check_derivative(Parser *p, const DscFeature *feature, const char word[])
{
  PetscInt total = 0, along = 0;

  for (PetscInt c = 0; c < p->library->ncoordinates; c++) {
    total += feature->order[c];
    along += feature->order[c] > 0 ? 1 : 0;
  }
  if (feature->order[0] > 0)
    mistake(p, p->at, "'%.64s' has a derivative along %s, which stands on the left-hand side alone", word,
            p->library->coordinate_names[0]);
  else if (along > 1 && total > 2)
    mistake(p, p->at, "'%.64s' is a mixed derivative of order %" PetscInt_FMT "; those of second order are supported",
            word, total);
  else if (total > DSC_MAX_ORDER)
    mistake(p, p->at, "'%.64s' is of order %" PetscInt_FMT "; derivatives go to order %d", word, total, DSC_MAX_ORDER);
}

/* The feature that begins here. */
static PetscErrorCode parse_name(Parser *p, PetscInt *index)
{
  const size_t length = strcspn(p->at, " \t*^()");
  char         word[256], text[sizeof(p->product->mistake)];
  DscFeature   feature;

  PetscFunctionBeginUser;
  *index = -1;
  snprintf(word, sizeof(word), "%.*s", (int)PetscMin(length, sizeof(word) - 1), p->at);
  if (!find_word(p->library, p->at, length, &feature)) {
    explain_unknown(p->library, word, sizeof(text), text);
    mistake(p, p->at, "%s", text);
    PetscFunctionReturn(0);
  }
  check_derivative(p, &feature, word);
  if (failed(p)) PetscFunctionReturn(0);
  if (p->add)
    PetscCall(DscLibraryAddFeature(p->library, &feature, index));
  else
    *index = DscLibraryFindFeature(p->library, &feature);
  if (*index < 0) mistake(p, p->at, "'%s' is not in the library", word);
  p->at += length;
  PetscFunctionReturn(0);
}

/* ---- factors ---------------------------------------------------------------------------------------------------- */

/* In decimals: no sign, no hexadecimals, and 'e' only before digits, as '2e_x' is twice e_x. 0 where there is none. */
static double parse_number(Parser *p)
{
  const char *c = p->at;
  char        digits[64];

  c += strspn(c, "0123456789");
  if (*c == '.') c += 1 + strspn(c + 1, "0123456789");
  if (*c == 'e' || *c == 'E') {
    const char *exponent = c + 1 + (c[1] == '-' || c[1] == '+');

    if (isdigit((unsigned char)*exponent)) c = exponent + strspn(exponent, "0123456789");
  }
  snprintf(digits, sizeof(digits), "%.*s", (int)PetscMin(c - p->at, (ptrdiff_t)sizeof(digits) - 1), p->at);
  p->at = c;
  return strtod(digits, NULL);
}

/* From behind 'sin' or 'cos' on. */
static PetscErrorCode parse_argument(Parser *p, DscFactor *factor)
{
  PetscFunctionBeginUser;
  p->at++;
  skip_blanks(p);
  factor->multiple = 1.0;
  if (isdigit((unsigned char)*p->at) || *p->at == '.') {
    const char *number = p->at;

    factor->multiple = parse_number(p);
    if (!(factor->multiple > 0.0 && factor->multiple <= 1e9)) mistake(p, number, "a multiple is positive, at most 1e9");
    skip_blanks(p);
    if (*p->at == '*') p->at++;
    skip_blanks(p);
  }
  if (!isalpha((unsigned char)*p->at))
    mistake(p, p->at, "a name or a positive multiple of it is due here, as in sin(2 %s)", p->library->field_names[0]);
  if (failed(p)) PetscFunctionReturn(0);
  PetscCall(parse_name(p, &factor->feature));
  skip_blanks(p);
  if (*p->at != ')') mistake(p, p->at, "')' is due here: sin and cos are of one name or a multiple of it");
  p->at++;
  PetscFunctionReturn(0);
}

static PetscInt parse_power(Parser *p)
{
  const char *sign  = p->at;
  PetscInt    power = 0;

  if (*p->at != '^') return 1;
  p->at++;
  skip_blanks(p);
  for (; isdigit((unsigned char)*p->at); p->at++) power = PetscMin(10 * power + (*p->at - '0'), LIBRARY_MAX_POWER + 1);
  if (power < 1 || power > LIBRARY_MAX_POWER || *p->at == '.')
    mistake(p, sign, "a power is a whole number from 1 to %d", LIBRARY_MAX_POWER);
  return power;
}

/* '1' is a factor that changes nothing. */
static PetscErrorCode parse_factor(Parser *p, DscFactor *factor, PetscBool *one)
{
  const size_t length = strcspn(p->at, " \t*^()");
  const char  *behind = p->at + length;

  PetscFunctionBeginUser;
  *factor = (DscFactor){.feature = -1};
  *one    = (PetscBool)(length == 1 && *p->at == '1');
  behind += strspn(behind, " \t");
  if (*one) {
    p->at++;
  } else if (!isalpha((unsigned char)*p->at)) {
    if (isdigit((unsigned char)*p->at) || strchr("+-.", *p->at))
      mistake(p, p->at, "a term has no numbers but powers, and those in sin(2 u); its coefficient is what is sought");
    else
      mistake(p, p->at, "'%c' is out of place", *p->at);
  } else if (*behind == '(') {
    if (is_word("sin", p->at, length)) factor->function = DSC_FUNCTION_SIN;
    if (is_word("cos", p->at, length)) factor->function = DSC_FUNCTION_COS;
    if (factor->function == DSC_FUNCTION_NONE)
      mistake(p, p->at, "there is no function '%.*s'; sin and cos are known", (int)PetscMin(length, 64), p->at);
    p->at = behind;
    if (!failed(p)) PetscCall(parse_argument(p, factor));
  } else {
    PetscCall(parse_name(p, &factor->feature));
  }
  if (failed(p)) PetscFunctionReturn(0);
  skip_blanks(p);
  factor->power = parse_power(p);
  PetscFunctionReturn(0);
}

static void multiply(Parser *p, const char *at, const DscFactor *factor)
{
  LibraryProduct *product = p->product;
  PetscInt        k       = 0;

  while (k < product->nfactors && DscLibraryCompareFactors(p->library, factor, &product->factors[k]) != 0) k++;
  if (k == LIBRARY_MAX_POWER) {
    mistake(p, at, "a term has at most %d factors", LIBRARY_MAX_POWER);
  } else if (k == product->nfactors) {
    product->factors[product->nfactors++] = *factor;
  } else {
    product->factors[k].power += factor->power;
    if (product->factors[k].power > LIBRARY_MAX_POWER) mistake(p, at, "the power is over %d", LIBRARY_MAX_POWER);
  }
}

PetscErrorCode DscLibraryParse(DscLibrary library, const char text[], PetscBool add, LibraryProduct *product)
{
  Parser    p   = {.library = library, .add = add, .text = text, .at = text, .product = product};
  PetscBool due = PETSC_TRUE; /* a factor, at the start and after '*' */

  PetscFunctionBeginUser;
  memset(product, 0, sizeof(*product));
  for (skip_blanks(&p); *p.at && !failed(&p); skip_blanks(&p)) {
    const char *at = p.at;
    DscFactor   factor;
    PetscBool   one;

    if (*p.at == '*' && !due) {
      due = PETSC_TRUE;
      p.at++;
      continue;
    }
    if (*p.at == '^' && !due) mistake(&p, p.at, "a second power");
    if (!failed(&p)) PetscCall(parse_factor(&p, &factor, &one));
    if (!failed(&p) && !one) multiply(&p, at, &factor);
    due = PETSC_FALSE;
  }
  if (due) mistake(&p, p.at, "a factor is missing");
  DscLibrarySortFactors(library, product->nfactors, product->factors);
  PetscFunctionReturn(0);
}
