#include "study/plot_private.h"
#include "study/format.h"
#include "study/progress.h"

#include <math.h>
#include <stdlib.h>

#define FEW 60 /* so few runs are bars */

typedef struct {
  double   seconds;
  PetscInt run;
} Timed;

static int compare_timed(const void *left, const void *right)
{
  const Timed *a = left, *b = right;

  if (a->seconds != b->seconds) return a->seconds < b->seconds ? -1 : 1;
  return (a->run > b->run) - (a->run < b->run);
}

/* Rank among all, seconds; a block a status. */
static void write_blocks(DscFigure *figure, const DscResultsTable *t, PetscInt n, const Timed timed[])
{
  static const int   order[]    = {DSC_RUN_DONE, DSC_RUN_NOT_CONVERGED, DSC_RUN_FAILED, DSC_RUN_STOPPED};
  static const char *colours[]  = {"#0072B2", "#E69F00", "#D55E00", "#888888"};
  const char        *separation = "plot ";

  for (int i = 0; i < 4; i++) {
    PetscInt count = 0;
    int      block = 0;

    for (PetscInt at = 0; at < n; at++) {
      const double row[3] = {(double)at + 1, timed[at].seconds, (double)timed[at].run};

      if (t->status[timed[at].run] != order[i]) continue;
      if (!count++)
        block = (int)DscFigureBlock(figure, "%s: rank, seconds, row of the run", DscRunStatusName(order[i]));
      DscFigureNumbers(figure, 3, row);
      DscFigureEndRow(figure);
    }
    if (!count) continue;
    fprintf(figure->script, "%s'%s.dat' index %d using 1:2 with %s lc rgb '%s' title '%s (%d)'", separation,
            figure->name, block, n <= FEW ? "boxes fs solid 0.75" : "points pt 7 ps 0.7", colours[i],
            DscRunStatusName(order[i]), (int)count);
    separation = ", \\\n  ";
  }
}

static PetscErrorCode write_figure(DscFigure *figure, const DscResultsTable *t, PetscInt n, const Timed timed[])
{
  FILE  *script = figure->script;
  double total = 0, median = timed[n / 2].seconds;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < n; i++) total += timed[i].seconds;
  if (n % 2 == 0) median = (timed[n / 2 - 1].seconds + median) / 2;
  fprintf(script, "set title '%s: elapsed time of %d runs, %.4g s in all' font ',15'\n", figure->plot->title, (int)n,
          total);
  fprintf(script, "set xlabel 'runs, fastest first'\nset ylabel 'seconds of a run'\nset key top left\n");
  fprintf(script, "set xrange [0.3:%d.7]\nset yrange [0:*]\nset boxwidth 0.8\n", (int)n);
  if (n > FEW && timed[0].seconds > 0 && timed[n - 1].seconds > 30 * timed[0].seconds)
    fprintf(script, "set logscale y\nset yrange [%.6g:%.6g]\n", timed[0].seconds / 1.5, timed[n - 1].seconds * 1.5);
  write_blocks(figure, t, n, timed);
  fprintf(script, ", \\\n  %.10g lt 98 title 'median %.3g s'\n", median, median);
  PetscFunctionReturn(0);
}

PetscErrorCode DscPlotTiming(const DscPlot *plot, const DscResultsTable *table)
{
  DscFigure      figure;
  Timed         *timed;
  PetscInt       n = 0;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(table->nruns, &timed));
  for (PetscInt run = 0; run < table->nruns; run++) {
    if (!isfinite(table->seconds[run])) continue;
    timed[n].seconds = table->seconds[run];
    timed[n++].run   = run;
  }
  if (n > 1) {
    qsort(timed, (size_t)n, sizeof(*timed), compare_timed);
    ierr = DscFigureOpen(plot, 640, "timing", &figure);
    if (!ierr) ierr = write_figure(&figure, table, n, timed);
    if (!ierr) ierr = DscFigureDraw(&figure, "seconds of all runs");
    DscFigureDrop(&figure);
  } else
    ierr = DscPlotLeaveOut("timing", "less than two runs");
  PetscCall(PetscFree(timed));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}
