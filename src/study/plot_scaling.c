#include "study/plot_private.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LINE_SIZE 1024

enum { MODE, RANKS, RANKS_PER_RUN, SECONDS, SPEEDUP, EFFICIENCY, CELLS };
static const char *const cell_names[CELLS] = {"mode", "ranks", "ranks_per_run", "seconds", "speedup", "efficiency"};

/* ---- the table ------------------------------------------------------------------------------------------------- */

/* The cells of a line, without the blanks around them, in place. */
static int split(char line[], int max, char *cells[])
{
  int n = 0;

  for (char *cell = line; cell && n < max; n++) {
    char *comma = strchr(cell, ','), *end;

    if (comma) *comma = '\0';
    while (isspace((unsigned char)*cell)) cell++;
    for (end = cell + strlen(cell); end > cell && isspace((unsigned char)end[-1]);) *--end = '\0';
    cells[n] = cell;
    cell     = comma ? comma + 1 : NULL;
  }
  return n;
}

/* where[]: which cell of a line has which name. */
static PetscErrorCode read_header(const char path[], int n, char *cells[], int where[CELLS])
{
  PetscFunctionBeginUser;
  for (int name = 0; name < CELLS; name++) {
    where[name] = -1;
    for (int i = 0; i < n; i++) {
      if (!strcmp(cells[i], cell_names[name])) where[name] = i;
    }
    DscUserCheck(where[name] >= 0, PETSC_COMM_SELF,
                 "plot: %s: its first line has no '%s'; a table of scaling has "
                 "'mode,ranks,ranks_per_run,seconds,speedup,efficiency'",
                 path, cell_names[name]);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode read_row(const char path[], int line, int n, char *cells[], const int where[CELLS],
                               DscScalingTable *table)
{
  double         values[CELLS];
  DscScalingRow *row;

  PetscFunctionBeginUser;
  for (int name = 0; name < CELLS; name++) {
    char *end;

    DscUserCheck(where[name] < n, PETSC_COMM_SELF, "plot: %s: line %d has no '%s'", path, line, cell_names[name]);
    if (name == MODE) continue;
    values[name] = strtod(cells[where[name]], &end);
    DscUserCheck(end > cells[where[name]] && !*end && isfinite(values[name]) && values[name] > 0, PETSC_COMM_SELF,
                 "plot: %s: line %d: '%s' is '%s', not a number larger than 0", path, line, cell_names[name],
                 cells[where[name]]);
  }
  if (table->n == table->capacity) {
    table->capacity = PetscMax(16, 2 * table->capacity);
    PetscCall(PetscRealloc(sizeof(*table->rows) * (size_t)table->capacity, &table->rows));
  }
  row = &table->rows[table->n++];
  snprintf(row->mode, sizeof(row->mode), "%s", cells[where[MODE]]);
  row->ranks         = values[RANKS];
  row->ranks_per_run = values[RANKS_PER_RUN];
  row->seconds       = values[SECONDS];
  row->speedup       = values[SPEEDUP];
  row->efficiency    = values[EFFICIENCY];
  PetscFunctionReturn(0);
}

static PetscErrorCode read_lines(FILE *file, const char path[], DscScalingTable *table)
{
  char      line[LINE_SIZE], *cells[4 * CELLS];
  int       where[CELLS], number = 0;
  PetscBool header = PETSC_FALSE;

  PetscFunctionBeginUser;
  while (fgets(line, sizeof(line), file)) {
    int n;

    number++;
    DscUserCheck(strchr(line, '\n') || feof(file), PETSC_COMM_SELF, "plot: %s: line %d is too long", path, number);
    n = split(line, 4 * CELLS, cells);
    if (cells[0][0] == '#' || (n == 1 && !cells[0][0])) continue;
    if (header)
      PetscCall(read_row(path, number, n, cells, where, table));
    else
      PetscCall(read_header(path, n, cells, where));
    header = PETSC_TRUE;
  }
  DscUserCheck(table->n, PETSC_COMM_SELF, "plot: %s has no row of numbers", path);
  PetscFunctionReturn(0);
}

/* Curves in order of first appearance of their mode and ranks per run; along a curve ranks rise. */
static PetscBool same_curve(const DscScalingRow *a, const DscScalingRow *b)
{
  return (PetscBool)(!strcmp(a->mode, b->mode) &&
                     (strcmp(a->mode, "ensemble") || a->ranks_per_run == b->ranks_per_run));
}

static int compare_ranks(const void *left, const void *right)
{
  const DscScalingRow *a = left, *b = right;

  return (a->ranks > b->ranks) - (a->ranks < b->ranks);
}

static PetscErrorCode order_rows(DscScalingTable *table)
{
  PetscInt start = 0;

  PetscFunctionBeginUser;
  while (start < table->n) {
    PetscInt end = start + 1;

    for (PetscInt i = start + 1; i < table->n; i++) {
      const DscScalingRow row = table->rows[i];

      if (!same_curve(&table->rows[start], &row)) continue;
      memmove(&table->rows[end + 1], &table->rows[end], sizeof(row) * (size_t)(i - end));
      table->rows[end++] = row;
    }
    qsort(&table->rows[start], (size_t)(end - start), sizeof(DscScalingRow), compare_ranks);
    start = end;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscScalingTableRead(const char path[], DscScalingTable *table)
{
  FILE          *file;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(table, sizeof(*table)));
  file = fopen(path, "r");
  DscUserCheck(file, PETSC_COMM_SELF, "cannot read '%s': %s", path, strerror(errno));
  ierr = read_lines(file, path, table);
  fclose(file);
  if (!ierr) ierr = order_rows(table);
  if (ierr) PetscCall(DscScalingTableDestroy(table));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

PetscErrorCode DscScalingTableDestroy(DscScalingTable *table)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(table->rows));
  table->n = table->capacity = 0;
  PetscFunctionReturn(0);
}

/* ---- the figure ------------------------------------------------------------------------------------------------ */

/* A block of data for each curve. */
static void write_data(DscFigure *figure, const DscScalingTable *table)
{
  for (PetscInt i = 0; i < table->n; i++) {
    const DscScalingRow *row      = &table->rows[i];
    const double         values[] = {row->ranks, row->ranks_per_run, row->seconds, row->speedup, row->efficiency};

    if (!i || !same_curve(row - 1, row))
      (void)DscFigureBlock(figure, "%s: ranks, ranks per run, seconds, speed-up, efficiency", row->mode);
    DscFigureNumbers(figure, 5, values);
    DscFigureEndRow(figure);
  }
}

/* Column of the data against ranks, a curve each. */
static void write_curves(DscFigure *figure, const DscScalingTable *table, int column)
{
  PetscInt curve = 0;
  char     text[DSC_TEXT_SIZE];

  for (PetscInt i = 0; i < table->n; i++) {
    const DscScalingRow *row = &table->rows[i];

    if (i && same_curve(row - 1, row)) continue;
    fprintf(figure->script, ", \\\n  '%s.dat' index %d using 1:%d with linespoints lt %d title '%s", figure->name,
            (int)curve, column, (int)(curve % DSC_NCOLOURS) + 1, DscPlotText(row->mode, sizeof(text), text));
    if (!strcmp(row->mode, "ensemble")) {
      fprintf(figure->script, ", %g rank%s a run", row->ranks_per_run, row->ranks_per_run == 1 ? "" : "s");
    }
    fprintf(figure->script, "'");
    curve++;
  }
  fprintf(figure->script, "\n");
}

/* Every number of ranks that was measured is a tick, if they are few. */
static void write_ticks(DscFigure *figure, const DscScalingTable *table, double *low, double *high)
{
  FILE *script = figure->script;

  *low  = INFINITY;
  *high = 0;
  fprintf(script, "set xtics (");
  for (PetscInt i = 0; i < table->n; i++) {
    const double ranks = table->rows[i].ranks;

    fprintf(script, "%s%.10g", i ? ", " : "", ranks);
    *low  = PetscMin(*low, ranks);
    *high = PetscMax(*high, ranks);
  }
  fprintf(script, ")\nset logscale x 2\nset xrange [%.10g:%.10g]\n", *low / 1.15, *high * 1.15);
  fprintf(script, "set xlabel 'ranks'\n");
}

static PetscErrorCode write_figure(DscFigure *figure, const DscScalingTable *table)
{
  FILE  *script = figure->script;
  double low, high, first = table->rows[0].speedup / table->rows[0].ranks, least = INFINITY, most = 0;

  PetscFunctionBeginUser;
  write_data(figure, table);
  fprintf(script, "set multiplot title '%s: scaling' font ',15'\nset key bottom right\n", figure->plot->title);
  write_ticks(figure, table, &low, &high);
  for (PetscInt i = 0; i < table->n; i++) {
    if (table->rows[i].ranks == low) first = table->rows[i].speedup / low;
    least = PetscMin(least, table->rows[i].speedup);
    most  = PetscMax(most, table->rows[i].speedup);
  }
  DscFigurePanel(figure, 2, 1, 0);
  fprintf(script, "set logscale y 2\nset ylabel 'speed-up'\nset key top left\n");
  fprintf(script, "set yrange [%.6g:%.6g]\n", least / 1.3, PetscMax(most, first * high) * 1.3);
  fprintf(script, "plot %.10g * x lt 98 title 'ideal'", first);
  write_curves(figure, table, 4);
  DscFigurePanel(figure, 2, 1, 1);
  fprintf(script, "unset logscale y\nset ylabel 'efficiency'\nset yrange [0:1.1]\nset key bottom left\n");
  fprintf(script, "plot 1 lt 98 title 'ideal'");
  write_curves(figure, table, 5);
  fprintf(script, "unset multiplot\n");
  PetscFunctionReturn(0);
}

PetscErrorCode DscPlotScaling(const DscPlot *plot, const DscScalingTable *table)
{
  DscFigure      figure;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  ierr = DscFigureOpen(plot, 620, "scaling", &figure);
  if (!ierr) ierr = write_figure(&figure, table);
  if (!ierr) ierr = DscFigureDraw(&figure, "speed-up and efficiency against ranks");
  DscFigureDrop(&figure);
  PetscCall(ierr);
  PetscFunctionReturn(0);
}
