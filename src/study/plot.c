#include "study/plot_private.h"
#include "study/gnuplot.h"
#include "study/series_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- which run ------------------------------------------------------------------------------------------------- */

/* The row of the run that is asked for by its number in the study; by default the first that is done, or else the first
   with an equation, or the first of all. */
static PetscErrorCode choose_run(const DscPlot *plot, const DscResultsTable *t, const char wanted[], PetscInt *row)
{
  char   *end;
  int64_t number;

  PetscFunctionBeginUser;
  if (wanted) {
    errno  = 0;
    number = strtoll(wanted, &end, 10);
    DscUserCheck(end > wanted && !*end && !errno, PETSC_COMM_SELF, "plot: -run %s: not the number of a run", wanted);
    for (*row = 0; *row < t->nruns && t->number[*row] != number; (*row)++) continue;
    DscUserCheck(*row < t->nruns, PETSC_COMM_SELF, "plot: -run %s: '%s' has no such run; it has %d to %d", wanted,
                 plot->source, t->number[0], t->number[t->nruns - 1]);
    PetscFunctionReturn(0);
  }
  for (*row = 0; *row < t->nruns && t->status[*row] != DSC_RUN_DONE; (*row)++) continue;
  if (*row < t->nruns) PetscFunctionReturn(0);
  for (*row = 0; *row < t->nruns && !DscRunHasEquation(t, *row); (*row)++) continue;
  if (*row == t->nruns) *row = 0;
  PetscFunctionReturn(0);
}

/* Maps are those of the same run, unless none was asked for and only another has a prediction. */
static PetscErrorCode choose_mapped(const DscPlot *plot, const DscResultsTable *t, const char wanted[], PetscInt *row)
{
  int64_t *lengths;
  PetscInt first = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(t->nruns, &lengths));
  PetscCall(DscSeriesLengths(plot->source, "/prediction", t->nruns, lengths));
  while (first < t->nruns && !lengths[first]) first++;
  if (!wanted && !lengths[*row] && first < t->nruns) *row = first;
  PetscCall(PetscFree(lengths));
  PetscFunctionReturn(0);
}

/* ---- figures --------------------------------------------------------------------------------------------------- */

static PetscErrorCode draw_results(const DscPlot *plot, const DscResultsTable *table, PetscInt row, PetscInt mapped)
{
  PetscFunctionBeginUser;
  PetscCall(DscPlotRobustness(plot, table));
  PetscCall(DscPlotCoefficients(plot, table));
  PetscCall(DscPlotPareto(plot, table));
  PetscCall(DscPlotTiming(plot, table));
  PetscCall(DscPlotHistory(plot, table, row));
  PetscCall(DscPlotMaps(plot, table, mapped));
  PetscCall(DscPlotDensity(plot, table, mapped));
  PetscFunctionReturn(0);
}

static PetscErrorCode make_folder(const char folder[])
{
  struct stat status;

  PetscFunctionBeginUser;
  DscUserCheck(!mkdir(folder, 0777) || errno == EEXIST, PETSC_COMM_SELF, "plot: -o %s: the folder cannot be made: %s",
               folder, strerror(errno));
  DscUserCheck(!stat(folder, &status) && S_ISDIR(status.st_mode), PETSC_COMM_SELF, "plot: -o %s: it is not a folder",
               folder);
  DscUserCheck(!access(folder, W_OK | X_OK), PETSC_COMM_SELF, "plot: -o %s: cannot write there: %s", folder,
               strerror(errno));
  PetscFunctionReturn(0);
}

/* All that can be refused is, before anything is made. */
static PetscErrorCode plot_table(DscPlot *plot, const DscResultsTable *table, const char wanted[])
{
  PetscInt       row = 0, mapped;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  DscUserCheck(table->nruns, PETSC_COMM_SELF, "plot: '%s' has no runs", plot->source);
  ierr   = choose_run(plot, table, wanted, &row);
  mapped = ierr ? 0 : row;
  if (!ierr) ierr = choose_mapped(plot, table, wanted, &mapped);
  if (!ierr) ierr = DscGnuplotFind(&plot->cairo);
  if (!ierr) ierr = make_folder(plot->folder);
  if (!ierr) ierr = draw_results(plot, table, row, mapped);
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

static PetscErrorCode plot_results(DscPlot *plot, const char wanted[])
{
  DscResultsTable table;
  PetscErrorCode  ierr;

  PetscFunctionBeginUser;
  PetscCall(DscResultsRead(plot->source, &table));
  ierr = plot_table(plot, &table, wanted);
  PetscCall(DscResultsTableDestroy(&table));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

static PetscErrorCode plot_scaling(DscPlot *plot, const char wanted[])
{
  DscScalingTable table;
  PetscErrorCode  ierr;

  PetscFunctionBeginUser;
  DscUserCheck(!wanted, PETSC_COMM_SELF, "plot: -run %s: '%s' is a table of scaling, which has no runs", wanted,
               plot->source);
  PetscCall(DscScalingTableRead(plot->source, &table));
  ierr = DscGnuplotFind(&plot->cairo);
  if (!ierr) ierr = make_folder(plot->folder);
  if (!ierr) ierr = DscPlotScaling(plot, &table);
  PetscCall(DscScalingTableDestroy(&table));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

static PetscErrorCode plot_source(const char path[], const char folder[], const char run[], const char format[])
{
  const size_t length = strlen(path);
  const char  *name   = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
  char         title[DSC_TEXT_SIZE];
  DscPlot      plot = {.source = path, .folder = folder, .format = format ? format : "png"};

  PetscFunctionBeginUser;
  DscUserCheck(!strcmp(plot.format, "png") || !strcmp(plot.format, "svg"), PETSC_COMM_SELF,
               "plot: -format %s: png or svg are allowed", plot.format);
  plot.title = DscPlotText(name, sizeof(title), title);
  if (length > 4 && !strcasecmp(path + length - 4, ".csv"))
    PetscCall(plot_scaling(&plot, run));
  else
    PetscCall(plot_results(&plot, run));
  PetscFunctionReturn(0);
}

PetscErrorCode DscStudyPlot(MPI_Comm comm, const char path[], const char folder[], const char run[],
                            const char format[])
{
  PetscMPIInt    rank;
  PetscErrorCode ierr = 0;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (!rank) ierr = plot_source(path, folder, run, format);
  PetscCall(DscSyncError(comm, ierr));
  PetscFunctionReturn(0);
}
