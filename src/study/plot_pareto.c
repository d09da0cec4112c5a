#include "study/plot_private.h"
#include "study/candidates.h"

#include <math.h>
#include <string.h>

#define MAX_CURVES 200 /* runs drawn; of more, evenly spread ones */
#define TITLE      90  /* signs of the supported set in the key */

typedef struct {
  const DscResultsTable *table; /* (not owned) */
  DscCandidates          candidates;
  PetscInt               n, *runs; /* (owned) that are drawn */
  DscFigure              figure;
} Pareto;

/* Runs with candidates, and the supported set over all of them. */
static PetscErrorCode choose_runs(Pareto *p, DscSupport *support)
{
  const DscResultsTable *t     = p->table;
  PetscInt               count = 0;

  PetscFunctionBeginUser;
  for (PetscInt run = 0; run < t->nruns; run++) {
    if (DscRunHasEquation(t, run) && p->candidates.offset[run + 1] > p->candidates.offset[run]) p->runs[count++] = run;
  }
  PetscCall(DscSupportCompute(t, &p->candidates, count, p->runs, support));
  p->n = PetscMin(count, MAX_CURVES);
  for (PetscInt i = 0; i < p->n; i++) p->runs[i] = p->runs[(int64_t)i * count / p->n];
  PetscFunctionReturn(0);
}

/* A curve a run, apart by empty lines: gnuplot lifts the pen there. */
static int write_curves(Pareto *p)
{
  const DscCandidates *c     = &p->candidates;
  const int            block = (int)DscFigureBlock(&p->figure, "of each run: terms, least error, row of the run");

  for (PetscInt i = 0; i < p->n; i++) {
    int most = 0, rows = 0;

    for (int64_t k = c->offset[p->runs[i]]; k < c->offset[p->runs[i] + 1]; k++) most = PetscMax(most, c->terms[k]);
    for (int terms = 0; terms <= most; terms++) {
      const int64_t best = DscCandidatesBest(c, p->runs[i], terms);

      if (best < 0 || !(c->error[best] > 0)) continue;
      DscFigureNumbers(&p->figure, 3, (const double[3]){terms, c->error[best], (double)p->runs[i]});
      DscFigureEndRow(&p->figure);
      rows++;
    }
    if (rows) fprintf(p->figure.data, "\n"); /* two of them would end the block */
  }
  return block;
}

static int write_supported(Pareto *p, const uint64_t set[])
{
  const DscCandidates *c     = &p->candidates;
  const int            block = (int)DscFigureBlock(&p->figure, "the supported set: terms, error, row of the run");

  for (PetscInt i = 0; i < p->n; i++) {
    for (int64_t k = c->offset[p->runs[i]]; k < c->offset[p->runs[i] + 1]; k++) {
      if (memcmp(c->set + k * c->words, set, (size_t)c->words * sizeof(uint64_t)) || !(c->error[k] > 0)) continue;
      DscFigureNumbers(&p->figure, 3, (const double[3]){c->terms[k], c->error[k], (double)p->runs[i]});
      DscFigureEndRow(&p->figure);
    }
  }
  return block;
}

static PetscErrorCode write_figure(Pareto *p, const DscSupport *support)
{
  FILE         *script = p->figure.script;
  const char   *name   = p->figure.name;
  DscFrontSize *sizes;
  PetscInt      nsizes;
  int           curves, medians, marks;
  char          set[TITLE], text[2 * DSC_TEXT_SIZE];

  PetscFunctionBeginUser;
  curves = write_curves(p);
  PetscCall(DscFrontCompute(p->table, &p->candidates, p->n, p->runs, &nsizes, &sizes));
  medians = (int)DscFigureBlock(&p->figure, "over runs: terms, median of the least error, runs");
  for (PetscInt i = 0; i < nsizes; i++) {
    DscFigureNumbers(&p->figure, 3, (const double[3]){sizes[i].terms, sizes[i].error, (double)sizes[i].runs});
    DscFigureEndRow(&p->figure);
  }
  PetscCall(PetscFree(sizes));
  marks = write_supported(p, support->set);
  DscSetFormat(p->table, support->set, sizeof(set), set);
  fprintf(script, "set title '%s: terms against error, %d run%s' font ',15'\n", p->figure.plot->title, (int)p->n,
          p->n == 1 ? "" : "s");
  fprintf(script, "set xlabel 'terms of the equation'\nset ylabel 'unexplained fraction'\nset key top right\n");
  fprintf(script, "set logscale y\nset format y '%%.0e'\nset xtics 1\nset xrange [-0.5:*]\nset offsets 0,0.5,0,0\n");
  fprintf(script, "plot '%s.dat' index %d using 1:2 with lines lt 99 title 'best set of each size, a line a run'", name,
          curves);
  fprintf(script, ", \\\n  '%s.dat' index %d using 1:2 with linespoints lt 1 pt 7 title 'median over runs'", name,
          medians);
  fprintf(script, ", \\\n  '%s.dat' index %d using 1:2 with points lt 2 pt 6 ps 1.6 title 'found by %d of %d: %s'\n",
          name, marks, (int)support->votes, (int)support->runs, DscPlotTerm(set, sizeof(text), text));
  PetscFunctionReturn(0);
}

static PetscErrorCode plot_runs(const DscPlot *plot, Pareto *p)
{
  DscSupport     support;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(choose_runs(p, &support));
  if (!p->n) {
    PetscCall(DscPlotLeaveOut("pareto", "no run has candidate equations"));
    PetscFunctionReturn(0);
  }
  ierr = DscFigureOpen(plot, 720, "pareto", &p->figure);
  if (!ierr) ierr = write_figure(p, &support);
  if (!ierr) ierr = DscFigureDraw(&p->figure, "terms against error of candidate equations, the supported one marked");
  DscFigureDrop(&p->figure);
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

PetscErrorCode DscPlotPareto(const DscPlot *plot, const DscResultsTable *table)
{
  Pareto         p = {.table = table};
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(DscCandidatesRead(plot->source, table, &p.candidates));
  PetscCall(PetscMalloc1(table->nruns, &p.runs));
  ierr = plot_runs(plot, &p);
  PetscCall(PetscFree(p.runs));
  PetscCall(DscCandidatesDestroy(&p.candidates));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}
