#include "method/history.h"
#include "method/result.h"

enum { COLUMN_ITERATION, COLUMN_LOSS, COLUMN_ERROR, COLUMN_ERROR_TEST, COLUMN_REG, COLUMN_SBL, COLUMN_ACTIVE, COLUMNS };
static const char *const general[2][COLUMNS] = {
    {"iteration", "loss", "mse", "mse_test", "reg", "sbl_iterations", "active"},
    {"iteration", "loss", "nll", "nll_test", "reg", "sbl_iterations", "active"}}; /* of likelihoods */

struct _p_DscHistory {
  DscResult *result;     /* (not owned) */
  PetscBool  likelihood; /* of positions, not squared errors */
  DscLog     log;        /* (owned) NULL: no table */
  double    *row;        /* (owned) [ncolumns] */
};

static PetscErrorCode set_columns(DscResult *result, const char *const first[COLUMNS])
{
  const PetscInt n = COLUMNS + result->nleft * (3 + 2 * result->nterms);
  PetscInt       c = 0;
  char(*names)[DSC_NAME_LENGTH];

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, &names));
  for (; c < COLUMNS; c++) PetscCall(PetscStrncpy(names[c], first[c], DSC_NAME_LENGTH));
  for (PetscInt f = 0; f < result->nleft; f++) {
    PetscCall(PetscSNPrintf(names[c++], DSC_NAME_LENGTH, "tau/%s", result->left[f]));
    PetscCall(PetscSNPrintf(names[c++], DSC_NAME_LENGTH, "beta/%s", result->left[f]));
    PetscCall(PetscSNPrintf(names[c++], DSC_NAME_LENGTH, "prior_ratio/%s", result->left[f]));
    for (PetscInt j = 0; j < result->nterms; j++) {
      PetscCall(PetscSNPrintf(names[c++], DSC_NAME_LENGTH, "coefficient/%s/%s", result->left[f], result->terms[j]));
      PetscCall(PetscSNPrintf(names[c++], DSC_NAME_LENGTH, "alpha/%s/%s", result->left[f], result->terms[j]));
    }
  }
  PetscCall(DscTableSetColumns(&result->history, n, (const char(*)[DSC_NAME_LENGTH])names));
  PetscCall(PetscFree(names));
  PetscFunctionReturn(0);
}

PetscErrorCode DscHistoryCreate(MPI_Comm comm, DscResult *result, PetscBool likelihood, PetscBool progress,
                                DscHistory *history)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(history));
  (*history)->result     = result;
  (*history)->likelihood = likelihood;
  PetscCall(set_columns(result, general[likelihood]));
  PetscCall(PetscMalloc1(result->history.ncolumns, &(*history)->row));
  if (progress) PetscCall(DscLogCreate(comm, COLUMNS, general[likelihood], &(*history)->log));
  PetscFunctionReturn(0);
}

PetscErrorCode DscHistoryDestroy(DscHistory *history)
{
  PetscFunctionBeginUser;
  if (!*history) PetscFunctionReturn(0);
  if ((*history)->log) PetscCall(DscLogDestroy(&(*history)->log));
  PetscCall(PetscFree((*history)->row));
  PetscCall(PetscFree(*history));
  PetscFunctionReturn(0);
}

PetscErrorCode DscHistoryAdd(DscHistory history, const DscHistoryEntry *entry)
{
  const DscMoments *moments = entry->moments;
  const PetscInt    nleft   = moments->nleft;
  double           *row     = history->row;
  PetscInt          c       = COLUMNS;

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(row, COLUMNS));
  row[COLUMN_ITERATION] = (double)entry->iteration;
  row[COLUMN_LOSS]      = entry->loss;
  for (PetscInt f = 0; f < nleft; f++) {
    const DscRegression *reg = entry->regressions[f];

    row[COLUMN_ERROR] +=
        history->likelihood ? entry->nll / (double)nleft : moments->sse[f] / (moments->present[f] * (double)nleft);
    row[COLUMN_ERROR_TEST] +=
        entry->ntest && entry->ntest[f] > 0.0 ? entry->sse_test[f] / (entry->ntest[f] * (double)nleft) : NAN;
    row[COLUMN_REG] += reg->residual / (moments->count[f] * (double)nleft);
    row[COLUMN_SBL] = PetscMax(row[COLUMN_SBL], (double)reg->iterations);
    row[c++]        = moments->present[f] / moments->sse[f];
    row[c++]        = reg->noise_precision;
    row[c++]        = entry->ratio ? entry->ratio[f] : 0.0;
    for (PetscInt j = 0; j < moments->nterms; j++) {
      row[COLUMN_ACTIVE] += reg->active[j] ? 1.0 : 0.0;
      row[c++] = reg->coefficients[j];
      row[c++] = reg->alpha[j];
    }
  }
  PetscCall(DscTableAddRow(&history->result->history, row));
  if (history->log) PetscCall(DscLogRow(history->log, entry->fraction_done, row));
  PetscFunctionReturn(0);
}

PetscErrorCode DscHistorySave(DscHistory history, DscBuffer state)
{
  PetscFunctionBeginUser;
  PetscCall(DscTablePut(&history->result->history, state));
  PetscFunctionReturn(0);
}

/* Rows are taken over only under the columns that this run has too. */
static PetscErrorCode check_columns(const DscTable *table, const DscTable *saved)
{
  PetscBool same = (PetscBool)(table->ncolumns == saved->ncolumns);

  PetscFunctionBeginUser;
  for (PetscInt c = 0; same && c < table->ncolumns; c++) {
    same = (PetscBool)(strncmp(table->columns[c], saved->columns[c], DSC_NAME_LENGTH) == 0);
  }
  PetscCheck(same, PETSC_COMM_SELF, PETSC_ERR_FILE_UNEXPECTED, "the saved history has other columns than this run's");
  PetscFunctionReturn(0);
}

PetscErrorCode DscHistoryRestore(DscHistory history, DscBuffer state, double seconds)
{
  DscTable      *table = &history->result->history, own = *table;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  *table = (DscTable){.nrows = 0};
  ierr   = DscTableGet(state, table);
  if (!ierr) ierr = check_columns(&own, table);
  PetscCall(DscTableDestroy(&own));
  PetscCall(ierr);
  if (history->log) PetscCall(DscLogContinue(history->log, seconds));
  PetscFunctionReturn(0);
}
