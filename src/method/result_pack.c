/* A result as bytes. Sizes come first, so that the reader knows what follows. */
#include "method/result.h"

enum { SIZE_LEFT, SIZE_TERMS, SIZES };
enum { COUNT_STATUS, COUNT_ITERATIONS, COUNT_EXACT, COUNTS };
enum { REAL_SECONDS, REAL_MSE, REAL_BIC, REAL_ERROR, REALS };

PetscErrorCode DscTablePut(const DscTable *table, DscBuffer buffer)
{
  const PetscInt size[2] = {table->ncolumns, table->nrows};

  PetscFunctionBeginUser;
  PetscCall(DscBufferPutInts(buffer, "table", 2, size));
  PetscCall(DscBufferPutBytes(buffer, "columns", table->ncolumns * DSC_NAME_LENGTH, table->columns));
  PetscCall(DscBufferPutReals(buffer, "rows", table->ncolumns * table->nrows, table->values));
  PetscFunctionReturn(0);
}

PetscErrorCode DscTableGet(DscBuffer buffer, DscTable *table)
{
  PetscInt size[2];

  PetscFunctionBeginUser;
  PetscCall(DscBufferGetInts(buffer, "table", 2, size));
  table->ncolumns = size[0];
  table->nrows = table->capacity = size[1];
  PetscCall(PetscMalloc1(size[0], &table->columns));
  PetscCall(PetscMalloc1((size_t)size[0] * (size_t)size[1], &table->values));
  PetscCall(DscBufferGetBytes(buffer, "columns", size[0] * DSC_NAME_LENGTH, table->columns));
  PetscCall(DscBufferGetReals(buffer, "rows", size[0] * size[1], table->values));
  PetscFunctionReturn(0);
}

/* The arrays [nleft][nterms] of doubles, in one order for both ways. */
enum { TERM_ARRAYS = 6 };
static void list_term_arrays(const DscResult *r, double *arrays[TERM_ARRAYS])
{
  arrays[0] = r->coefficients;
  arrays[1] = r->std;
  arrays[2] = r->normalized;
  arrays[3] = r->alpha;
  arrays[4] = r->inclusion;
  arrays[5] = r->truth;
}

PetscErrorCode DscResultPut(const DscResult *r, DscBuffer buffer)
{
  const PetscInt n              = r->nleft * r->nterms;
  const PetscInt sizes[SIZES]   = {[SIZE_LEFT] = r->nleft, [SIZE_TERMS] = r->nterms};
  const PetscInt counts[COUNTS] = {
      [COUNT_STATUS] = (PetscInt)r->status, [COUNT_ITERATIONS] = r->iterations, [COUNT_EXACT] = r->exact};
  const double reals[REALS] = {
      [REAL_SECONDS] = r->seconds, [REAL_MSE] = r->mse, [REAL_BIC] = r->bic, [REAL_ERROR] = r->coefficient_error};
  double *arrays[TERM_ARRAYS];

  PetscFunctionBeginUser;
  list_term_arrays(r, arrays);
  PetscCall(DscBufferPutInts(buffer, "sizes", SIZES, sizes));
  PetscCall(DscBufferPutInts(buffer, "counts", COUNTS, counts));
  PetscCall(DscBufferPutReals(buffer, "reals", REALS, reals));
  PetscCall(DscBufferPutBytes(buffer, "reason", (PetscInt)sizeof(r->reason), r->reason));
  PetscCall(DscBufferPutBytes(buffer, "left", r->nleft * DSC_NAME_LENGTH, r->left));
  PetscCall(DscBufferPutBytes(buffer, "terms", r->nterms * DSC_NAME_LENGTH, r->terms));
  for (int a = 0; a < TERM_ARRAYS; a++) PetscCall(DscBufferPutReals(buffer, "array", n, arrays[a]));
  PetscCall(DscBufferPutBytes(buffer, "active", n * (PetscInt)sizeof(int), r->active));
  PetscCall(DscTablePut(&r->history, buffer));
  PetscCall(DscTablePut(&r->selection, buffer));
  PetscCall(DscTablePut(&r->prediction, buffer));
  PetscFunctionReturn(0);
}

static PetscErrorCode get_equation(DscBuffer buffer, DscResult *r)
{
  const PetscInt n = r->nleft * r->nterms;
  double        *arrays[TERM_ARRAYS];

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(r->nleft, &r->left, r->nterms, &r->terms));
  PetscCall(PetscCalloc7(n, &r->coefficients, n, &r->std, n, &r->normalized, n, &r->alpha, n, &r->inclusion, n,
                         &r->truth, n, &r->active));
  list_term_arrays(r, arrays);
  PetscCall(DscBufferGetBytes(buffer, "left", r->nleft * DSC_NAME_LENGTH, r->left));
  PetscCall(DscBufferGetBytes(buffer, "terms", r->nterms * DSC_NAME_LENGTH, r->terms));
  for (int a = 0; a < TERM_ARRAYS; a++) PetscCall(DscBufferGetReals(buffer, "array", n, arrays[a]));
  PetscCall(DscBufferGetBytes(buffer, "active", n * (PetscInt)sizeof(int), r->active));
  PetscFunctionReturn(0);
}

PetscErrorCode DscResultGet(DscBuffer buffer, DscResult *r)
{
  PetscInt sizes[SIZES], counts[COUNTS];
  double   reals[REALS];

  PetscFunctionBeginUser;
  PetscCall(DscBufferGetInts(buffer, "sizes", SIZES, sizes));
  PetscCall(DscBufferGetInts(buffer, "counts", COUNTS, counts));
  PetscCall(DscBufferGetReals(buffer, "reals", REALS, reals));
  PetscCall(DscBufferGetBytes(buffer, "reason", (PetscInt)sizeof(r->reason), r->reason));
  r->status            = (DscRunStatus)counts[COUNT_STATUS];
  r->iterations        = counts[COUNT_ITERATIONS];
  r->exact             = (int)counts[COUNT_EXACT];
  r->seconds           = reals[REAL_SECONDS];
  r->mse               = reals[REAL_MSE];
  r->bic               = reals[REAL_BIC];
  r->coefficient_error = reals[REAL_ERROR];
  r->nleft             = sizes[SIZE_LEFT];
  r->nterms            = sizes[SIZE_TERMS];
  PetscCall(get_equation(buffer, r));
  PetscCall(DscTableGet(buffer, &r->history));
  PetscCall(DscTableGet(buffer, &r->selection));
  PetscCall(DscTableGet(buffer, &r->prediction));
  PetscFunctionReturn(0);
}
