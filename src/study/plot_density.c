#include "study/plot_positions.h"
#include "study/plot_private.h"
#include "study/report_private.h"
#include "study/series_read.h"

#include <math.h>
#include <string.h>

#define HEIGHT   660
#define MAX_DOTS 2500              /* positions on the map; more are thinned */
#define GOLDEN   .6180339887498949 /* its multiples thin evenly, where a stride may see every other particle only */
#define FIT      130               /* signs of an equation that fit into the figure's width */

/* Where the blocks of one time are in the numbers; truth -1: not known. */
typedef struct {
  int    histogram, inferred, truth;
  double top; /* the highest density */
} Blocks;

typedef struct {
  const DscResultsTable *table;   /* (not owned) */
  PetscInt               row;     /* of the run */
  DscPlotPositions       p;       /* (owned) */
  DscTable               history; /* (owned) */
  Blocks                 blocks[DSC_MOMENTS];
  PetscBool              grid;        /* there are points, of equal steps: block 0 */
  int                    dots, paths; /* blocks of the positions and of the history */
  DscFigure              figure;
} Density;

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

static void write_row(Density *d, PetscInt n, const double values[])
{
  DscFigureNumbers(&d->figure, n, values);
  DscFigureEndRow(&d->figure);
}

/* An empty block would be none to gnuplot. */
static void write_map_data(Density *d)
{
  const DscMapSamples *s     = &d->p.samples;
  const double         share = MAX_DOTS / (double)d->p.n;
  PetscInt             seen  = 0;

  if (d->grid) (void)DscFigureBlock(&d->figure, "points of the grid: t, x, inferred density");
  for (PetscInt i = 0; i < s->n && d->grid; i++) {
    const DscPlace place = DscPlotPositionsGet(&d->p, s->sample[i]);

    write_row(d, 3, (const double[3]){place.t, place.x, place.inferred});
    if ((i + 1) % s->grid[1] == 0) DscFigureEndRow(&d->figure);
  }
  d->dots =
      (int)DscFigureBlock(&d->figure, "positions%s: t, x, inferred density, true one", share < 1 ? ", thinned" : "");
  for (PetscInt i = 0; i < s->series.nrows; i++) {
    const DscPlace place = DscPlotPositionsGet(&d->p, i);

    if (!DscPlotPositionsHas(&d->p, i) || fmod(GOLDEN * (double)seen++, 1) >= share) continue;
    write_row(d, 4, (const double[4]){place.t, place.x, place.inferred, place.truth});
  }
}

static void write_histogram(Density *d, const DscMoment *m, Blocks *blocks)
{
  const DscHistogram h = DscPlotPositionsHistogram(&d->p, m);

  blocks->histogram = (int)DscFigureBlock(
      &d->figure, "positions of t = %g to %g: t of the panel, middle of a bin, density, width, positions",
      d->p.positions[m->from].t, d->p.positions[m->to - 1].t);
  for (PetscInt b = 0; b < h.bins; b++) {
    const double density = h.counts[b] / ((double)(m->to - m->from) * h.width);

    write_row(d, 5, (const double[5]){m->time, h.low + ((double)b + .5) * h.width, density, h.width, h.counts[b]});
    blocks->top = PetscMax(blocks->top, density);
  }
}

static void write_moment(Density *d, PetscInt k)
{
  const DscMoment *m      = &d->p.moments[k];
  const PetscInt   n      = DscPlotPositionsCurve(&d->p, m);
  Blocks          *blocks = &d->blocks[k];

  *blocks = (Blocks){.truth = -1};
  write_histogram(d, m, blocks);
  blocks->inferred = (int)DscFigureBlock(&d->figure, "inferred: t, x, density");
  for (PetscInt i = 0; i < n; i++) {
    write_row(d, 3, (const double[3]){d->p.curve[i].t, d->p.curve[i].x, d->p.curve[i].inferred});
    blocks->top = PetscMax(blocks->top, d->p.curve[i].inferred);
  }
  for (PetscInt i = m->first; i < m->end; i++) {
    const DscPlace *place = &d->p.positions[i];

    if (!isfinite(place->truth)) continue;
    if (blocks->truth < 0) blocks->truth = (int)DscFigureBlock(&d->figure, "true: t, x, density");
    write_row(d, 3, (const double[3]){place->t, place->x, place->truth});
    blocks->top = PetscMax(blocks->top, place->truth);
  }
}

/* Column of a term's precisions in the history; how many of them a logarithmic axis can show, which widen the range. */
static PetscInt find_path(const Density *d, PetscInt term, PetscInt *column, double range[2])
{
  const DscTable *h = &d->history;
  PetscInt        n = 0;
  char            name[4 * DSC_NAME_LENGTH];

  snprintf(name, sizeof(name), "alpha/%s/%s", d->table->left[0], d->table->terms[term]);
  *column = DscSeriesFind(h, name);
  for (PetscInt i = 0; i < h->nrows && *column >= 0; i++) {
    const double value = h->values[(size_t)i * (size_t)h->ncolumns + (size_t)*column];

    if (!isfinite(value) || value <= 0) continue;
    range[0] = PetscMin(range[0], value);
    range[1] = PetscMax(range[1], value);
    n++;
  }
  return n;
}

static void write_history(Density *d)
{
  const DscTable *h = &d->history;

  d->paths = (int)DscFigureBlock(&d->figure, "history; columns:");
  for (PetscInt c = 0; c < h->ncolumns; c++) fprintf(d->figure.data, "# %d %s\n", (int)c + 1, h->columns[c]);
  for (PetscInt i = 0; i < h->nrows; i++) write_row(d, h->ncolumns, h->values + (size_t)i * (size_t)h->ncolumns);
}

/* ---- panels ------------------------------------------------------------------------------------------------------ */

static void place_panel(Density *d, double left, double right, double bottom, double top)
{
  fprintf(d->figure.script, "\nset lmargin at screen %.4f\nset rmargin at screen %.4f\n", left, right);
  fprintf(d->figure.script, "set bmargin at screen %.4f\nset tmargin at screen %.4f\n", bottom, top);
}

static void write_axis(Density *d, const char axis[], PetscInt column, const char style[])
{
  char text[DSC_TEXT_SIZE];

  DscPlotText(d->p.samples.series.columns[column], sizeof(text), text);
  fprintf(d->figure.script, "set %slabel '%s' %s\n", axis, text, style);
}

/* 1, 2 or 5 times a power of ten: no more than so many steps in the range. */
static double round_step(double range, double steps)
{
  const double exact = range / steps, power = pow(10, floor(log10(exact)));

  return exact <= power ? power : exact <= 2 * power ? 2 * power : exact <= 5 * power ? 5 * power : 10 * power;
}

static void write_map(Density *d)
{
  const char *name   = d->figure.name;
  FILE       *script = d->figure.script;

  place_panel(d, .05, .287, .11, .82);
  fprintf(script, "set title 'a) inferred density%s'\nunset key\nunset grid\nset border 15\nset tics out\n",
          d->grid ? " and positions" : " at the positions");
  write_axis(d, "x", d->p.samples.first, "");
  write_axis(d, "y", d->p.samples.second, "norotate offset 1.5,0");
  fprintf(script, "set autoscale xfix\nset autoscale yfix\nset cbrange [0:*]\nset format cb '%%g'\n"
                  "set colorbox user origin screen 0.296, screen 0.11 size screen 0.012, screen 0.71\n"
                  "set cbtics font ',10' offset -0.6,0\n");
  fprintf(script, "set palette defined (0 '%s', 1 '#C9DFEF', 2 '#9CC8E2', 3 '#4A97C9', 4 '#135CA0', 5 '#08306B')\n",
          d->grid ? "#FFFFFF" : "#D3E4F0");
  for (PetscInt k = 0; k < d->p.nmoments; k++) {
    const double time = d->p.moments[k].time;

    fprintf(script, "set arrow from %.10g, graph 0 to %.10g, graph 1 nohead front lc rgb '#D55E00' lw 1.2 dt (6,4)\n",
            time, time);
    fprintf(script, "set label '%c' at %.10g, graph 0.97 offset 0.5,0 front textcolor rgb '#D55E00'\n", 'b' + (int)k,
            time);
  }
  fprintf(script, "plot ");
  if (d->grid) fprintf(script, "'%s.dat' index 0 using 1:2:3 with image, \\\n  ", name);
  fprintf(script, "'%s.dat' index %d using %s\n", name, d->dots,
          d->grid ? "1:2 with points pt 7 ps 0.22 lc rgb '#90222222'" : "1:2:3 with points pt 7 ps 0.5 lc palette");
  fprintf(script, "unset arrow\nunset label\nset border 3\nset grid\nset autoscale x\n");
}

/* Room over the curves for what the panel is called, which stands inside. */
static void write_profile(Density *d, PetscInt k)
{
  const DscMoment *m      = &d->p.moments[k];
  const Blocks    *blocks = &d->blocks[k];
  const DscPlace  *at     = d->p.positions;
  const char      *name   = d->figure.name;
  FILE            *script = d->figure.script;
  char             text[DSC_TEXT_SIZE];

  DscPlotText(d->p.samples.series.columns[d->p.samples.first], sizeof(text), text);
  fprintf(script, "set label 1 '%c) %s = %.3g", 'b' + (int)k, text, m->time);
  if (at[m->from].t < at[m->to - 1].t) fprintf(script, " (%.3g to %.3g)", at[m->from].t, at[m->to - 1].t);
  fprintf(script, "' at graph 0.03, graph 0.9\nset yrange [0:%.10g]\nset ytics %.10g\n", 1.25 * blocks->top,
          round_step(1.25 * blocks->top, 4));
  fprintf(script, "plot '%s.dat' index %d using 2:3:4 with boxes lc rgb '#9CC8E2' fs solid border rgb '#FFFFFF'", name,
          blocks->histogram);
  fprintf(script, " title 'positions', \\\n  '%s.dat' index %d using 2:3 with lines lt 2 title 'inferred'", name,
          blocks->inferred);
  if (blocks->truth >= 0)
    fprintf(script, ", \\\n  '%s.dat' index %d using 2:3 with lines lt 98 title 'true'", name, blocks->truth);
  fprintf(script, "\nunset key\nunset label\n");
}

static void write_profiles(Density *d)
{
  const DscPlotPositions *p      = &d->p;
  FILE                   *script = d->figure.script;
  const double            room   = .71 / (double)p->nmoments;
  double                  low = INFINITY, high = -INFINITY;

  for (PetscInt i = 0; i < p->n; i++) {
    low  = PetscMin(low, p->positions[i].x);
    high = PetscMax(high, p->positions[i].x);
  }
  if (high > low) fprintf(script, "set xrange [%.10g:%.10g]\nset xtics %.10g\n", low, high, round_step(high - low, 6));
  fprintf(script, "unset title\nset xlabel ''\nset ylabel ''\nset label 2 'density' at screen 0.363, screen 0.465 "
                  "center rotate\nset format x ''\n"
                  "set key at screen 0.555, screen 0.855 center center horizontal samplen 1.2 width -2 font ',11'\n");
  for (PetscInt k = 0; k < p->nmoments; k++) {
    const double bottom = .11 + room * (double)(p->nmoments - 1 - k);

    place_panel(d, .43, .68, bottom, bottom + room - (k ? .03 : 0));
    if (k == p->nmoments - 1) {
      fprintf(script, "set format x '%%g'\n");
      write_axis(d, "x", p->samples.second, "");
    }
    write_profile(d, k);
  }
}

/* Terms of the equation over the grey ones; below all of them there is room for the key. */
static void write_paths(Density *d, const double range[2])
{
  const DscResultsTable *t      = d->table;
  const int             *active = t->active + d->row * t->nleft * t->nterms;
  FILE                  *script = d->figure.script;
  const double           last   = (double)PetscMax(1, t->iterations[d->row]);
  double                 room = .06, ignored[2] = {0, 0};
  int                    ncurves = 0, colour = 0;
  PetscInt               column;
  char                   text[DSC_TEXT_SIZE];

  for (PetscInt term = 0; term < t->nterms; term++) room = PetscMin(.4, room + (active[term] ? .045 : 0));
  place_panel(d, .765, .98, .11, .82);
  fprintf(script,
          "set title '%c) precisions {/Symbol a}'\nset xlabel 'iteration'\nset ylabel ''\nset xrange [*:*]\n"
          "set logscale y\nset yrange [%.6g:%.6g]\nset format y '10^{%%T}'\nset xtics %.10g\nset ytics autofreq\n"
          "set key inside bottom left vertical samplen 1.5 font ',12'\n",
          'b' + (int)d->p.nmoments, range[0] * pow(range[0] / (2 * range[1]), room / (1 - room)), 2 * range[1],
          round_step(last, 5));
  for (int wanted = 0; wanted < 2; wanted++) {
    for (PetscInt term = 0; term < t->nterms; term++) {
      if ((active[term] != 0) != wanted || !find_path(d, term, &column, ignored)) continue;
      colour = wanted ? colour % DSC_NCOLOURS + 1 : 0;
      fprintf(script, "%s'%s.dat' index %d using %d:%d with lines lt %d lw %d", ncurves ? ", \\\n  " : "plot ",
              d->figure.name, d->paths, (int)DscSeriesFind(&d->history, "iteration") + 1, (int)column + 1,
              wanted ? colour : 99, wanted ? 4 : 1);
      if (wanted)
        fprintf(script, " title '%s'", DscPlotTerm(t->terms[term], sizeof(text), text));
      else if (!ncurves)
        fprintf(script, " title 'not in the equation'");
      ncurves++;
    }
  }
  fprintf(script, "\n");
}

/* ---- the figure -------------------------------------------------------------------------------------------------- */

static PetscErrorCode write_figure(Density *d)
{
  const DscResultsTable *t        = d->table;
  PetscInt               npaths   = 0, column;
  double                 range[2] = {INFINITY, 0};
  char                   label[DSC_TEXT_SIZE], text[DSC_TEXT_SIZE], equation[FIT], formatted[2 * FIT];

  PetscFunctionBeginUser;
  DscReportLabel(t, d->row, sizeof(label), label);
  DscPlotText(label, sizeof(text), text);
  PetscCall(DscReportFound(t, d->row, 0, sizeof(equation), equation));
  d->grid = (PetscBool)(d->p.samples.grid[0] && d->p.samples.uniform);
  write_map_data(d);
  for (PetscInt k = 0; k < d->p.nmoments; k++) write_moment(d, k);
  write_history(d);
  for (PetscInt term = 0; term < t->nterms; term++) npaths += find_path(d, term, &column, range);
  fprintf(d->figure.script, "set multiplot title '%s: run %d%s%s: %d positions'.\"\\n\".'{/*0.9 %s}' font ',15'\n",
          d->figure.plot->title, t->number[d->row], text[0] ? ", " : "", text, (int)d->p.n,
          DscPlotTerm(equation, sizeof(formatted), formatted));
  write_map(d);
  write_profiles(d);
  if (npaths) write_paths(d, range);
  fprintf(d->figure.script, "unset multiplot\n");
  PetscFunctionReturn(0);
}

static PetscErrorCode draw(const DscPlot *plot, Density *d)
{
  char           name[64];
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(DscPlotPositionsSetUp(&d->p));
  snprintf(name, sizeof(name), "density_run_%d", d->table->number[d->row]);
  ierr = DscFigureOpen(plot, HEIGHT, name, &d->figure);
  if (!ierr) ierr = write_figure(d);
  if (!ierr) ierr = DscFigureDraw(&d->figure, "positions of particles and the density inferred from them");
  DscFigureDrop(&d->figure);
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

PetscErrorCode DscPlotDensity(const DscPlot *plot, const DscResultsTable *table, PetscInt row)
{
  Density        d = {.table = table, .row = row};
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(DscSeriesRead(plot->source, "/prediction", row, &d.p.samples.series));
  if (DscMapSamplesArePositions(&d.p.samples.series)) {
    ierr = DscSeriesRead(plot->source, "/history", row, &d.history);
    if (!ierr) ierr = draw(plot, &d);
  } else
    ierr = DscPlotLeaveOut("density_run_N", d.p.samples.series.nrows ? "the data are values, not positions of particles"
                                                                     : "the run's prediction is not in the file");
  PetscCall(DscTableDestroy(&d.history));
  PetscCall(DscPlotPositionsDestroy(&d.p));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}
