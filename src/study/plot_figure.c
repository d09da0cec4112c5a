#include "study/plot_figure.h"
#include "study/gnuplot.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

/* ---- text ------------------------------------------------------------------------------------------------------ */

const char *DscPlotText(const char from[], size_t size, char text[])
{
  size_t to = 0;

  for (; *from && to + 3 < size; from++) {
    if (strchr("_^{}@&~\\", *from)) text[to++] = '\\'; /* signs of gnuplot's enhanced text */
    if (*from == '\'') text[to++] = '\'';
    text[to++] = *from;
  }
  while (to && ((unsigned char)*from & 0xC0) == 0x80 && ((unsigned char)text[to - 1] & 0x80))
    to--; /* half a character */
  text[to] = '\0';
  return text;
}

const char *DscPlotTerm(const char term[], size_t size, char text[])
{
  size_t to = 0;

  while (*term && to + 4 < size) {
    const PetscBool raised = (PetscBool)((*term == '_' || *term == '^') && isalnum((unsigned char)term[1]));

    text[to++] = *term++;
    if (!raised) continue;
    text[to++] = '{';
    while (isalnum((unsigned char)*term) && to + 2 < size) text[to++] = *term++;
    text[to++] = '}';
  }
  text[to] = '\0';
  return text;
}

/* ---- files ----------------------------------------------------------------------------------------------------- */

static PetscErrorCode open_file(const DscPlot *plot, const char name[], const char suffix[], FILE **file)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  snprintf(path, sizeof(path), "%s/%s.%s", plot->folder, name, suffix);
  *file = fopen(path, "w");
  DscUserCheck(*file, PETSC_COMM_SELF, "plot: cannot write '%s': %s", path, strerror(errno));
  PetscFunctionReturn(0);
}

/* The palette of Okabe and Ito, which colour-blind readers can tell apart. */
static void write_style(FILE *script)
{
  static const char *const colours[DSC_NCOLOURS] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                                    "#E69F00", "#56B4E9", "#8A6D00"};

  fprintf(script, "set encoding utf8\n");
  for (int i = 0; i < DSC_NCOLOURS; i++) {
    fprintf(script, "set linetype %d lc rgb '%s' lw 2 pt 7 ps 1.1 dt 1\n", i + 1, colours[i]);
  }
  fprintf(script, "set linetype 98 lc rgb '#222222' lw 2 pt 0 dt (9,6)\n"
                  "set linetype 99 lc rgb '#BBBBBB' lw 1 pt 7 ps 0.4 dt 1\n"
                  "set border 3 lc rgb '#444444'\n"
                  "set tics nomirror out textcolor rgb '#222222'\n"
                  "set grid lt 1 lc rgb '#E2E2E2' lw 0.8\n"
                  "set bars 0.6\n"
                  "set key opaque noautotitle Left reverse samplen 2.5\n");
}

PetscErrorCode DscFigureOpen(const DscPlot *plot, int height, const char name[], DscFigure *figure)
{
  FILE *script;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(figure, sizeof(*figure)));
  figure->plot = plot;
  snprintf(figure->name, sizeof(figure->name), "%s", name);
  PetscCall(open_file(plot, name, "gp", &figure->script));
  script = figure->script;
  fprintf(script, "# To restyle: edit, then run 'gnuplot %s.gp' in this folder. The numbers are in %s.dat.\n", name,
          name);
  if (!strcmp(plot->format, "svg"))
    fprintf(script, "set terminal svg size %d,%d font 'DejaVu Sans,Arial,sans-serif,16' background rgb 'white'\n",
            DSC_FIGURE_WIDTH, height);
  else if (plot->cairo)
    fprintf(script, "set terminal pngcairo size %d,%d font 'DejaVu Sans,13' background rgb 'white'\n", DSC_FIGURE_WIDTH,
            height);
  else
    fprintf(script, "set terminal png truecolor enhanced size %d,%d font 'DejaVu Sans,12' background rgb 'white'\n",
            DSC_FIGURE_WIDTH, height);
  fprintf(script, "set output '%s.%s'\n", name, plot->format);
  write_style(script);
  PetscCall(open_file(plot, name, "dat", &figure->data));
  fprintf(figure->data, "# from %s\n", plot->source);
  PetscFunctionReturn(0);
}

void DscFigureDrop(DscFigure *figure)
{
  if (figure->script) fclose(figure->script);
  if (figure->data) fclose(figure->data);
  figure->script = figure->data = NULL;
}

PetscErrorCode DscFigureDraw(DscFigure *figure, const char what[])
{
  const DscPlot *plot = figure->plot;
  char           script[sizeof(figure->name) + 8];
  int            failed = 0;

  PetscFunctionBeginUser;
  failed |= fflush(figure->script) || ferror(figure->script) ? errno : 0;
  failed = failed ? failed : fflush(figure->data) || ferror(figure->data) ? errno : 0;
  DscFigureDrop(figure);
  DscUserCheck(!failed, PETSC_COMM_SELF, "plot: cannot write %s in '%s': %s", figure->name, plot->folder,
               strerror(failed));
  snprintf(script, sizeof(script), "%s.gp", figure->name);
  PetscCall(DscGnuplotRun(plot->folder, script));
  PetscCall(PetscPrintf(PETSC_COMM_SELF, "%s/%s.%s: %s\n", plot->folder, figure->name, plot->format, what));
  PetscFunctionReturn(0);
}

PetscErrorCode DscPlotLeaveOut(const char name[], const char reason[])
{
  PetscFunctionBeginUser;
  PetscCall(PetscPrintf(PETSC_COMM_SELF, "left out: %s: %s\n", name, reason));
  PetscFunctionReturn(0);
}

/* ---- data ------------------------------------------------------------------------------------------------------ */

PetscInt DscFigureBlock(DscFigure *figure, const char format[], ...)
{
  va_list arguments;

  fprintf(figure->data, "%s# index %d: ", figure->nblocks ? "\n\n" : "", (int)figure->nblocks);
  va_start(arguments, format);
  vfprintf(figure->data, format, arguments);
  va_end(arguments);
  fprintf(figure->data, "\n");
  return figure->nblocks++;
}

void DscFigureNumbers(DscFigure *figure, PetscInt n, const double values[])
{
  for (PetscInt i = 0; i < n; i++) {
    if (isfinite(values[i]))
      fprintf(figure->data, " %.10g", values[i]);
    else
      fprintf(figure->data, " NaN");
  }
}

void DscFigureEndRow(DscFigure *figure)
{
  fputc('\n', figure->data);
}

/* ---- panels and axes ------------------------------------------------------------------------------------------- */

void DscFigurePanel(DscFigure *figure, PetscInt columns, PetscInt rows, PetscInt at)
{
  const double width = 1.0 / (double)columns, height = .94 / (double)rows; /* the rest is the title's */

  fprintf(figure->script, "\nset origin %.4f,%.4f\nset size %.4f,%.4f\n", width * (double)(at % columns),
          .94 - height * (double)(at / columns + 1), width, height);
}

PetscBool DscAxisIsCategory(const DscAxisValues *values)
{
  PetscBool yes_no = PETSC_TRUE;

  for (PetscInt i = 0; i < values->n; i++) {
    if (values->number[i] != 0 && values->number[i] != 1) yes_no = PETSC_FALSE;
  }
  return (PetscBool)(!values->numeric || yes_no);
}

PetscBool DscAxisIsLogarithmic(const DscAxisValues *values)
{
  return (PetscBool)(!DscAxisIsCategory(values) && values->number[0] > 0 &&
                     values->number[values->n - 1] > 50 * values->number[0]);
}

double DscAxisPosition(const DscAxisValues *values, PetscInt value)
{
  return DscAxisIsCategory(values) ? (double)value : values->number[value];
}

const char *DscPlotHelp(const char key[], size_t width, size_t size, char text[])
{
  const DscOptionSpec *spec = NULL;
  const char          *from;
  char                 line[DSC_TEXT_SIZE], escaped[2 * DSC_TEXT_SIZE];
  size_t               length = 0;

  text[0] = '\0';
  if (DscOptionsGetSpec(key, &spec) || !spec) return text;
  from = spec->help;
  for (int lines = 0; *from && lines < 2 && length < size; lines++) { /* broken at a blank */
    size_t end = strlen(from);

    if (end > width) {
      for (end = width; end && from[end] != ' '; end--) continue;
      if (!end) end = width;
    }
    end = PetscMin(end, sizeof(line) - 8);
    snprintf(line, sizeof(line), "%.*s%s", (int)end, from, lines && from[end] ? " ..." : "");
    DscPlotText(line, sizeof(escaped), escaped);
    length += (size_t)snprintf(text + length, size - length, ".\"\\n\".'{/*0.8 %s}'", escaped);
    from += end;
    while (*from == ' ') from++;
  }
  return text;
}

PetscErrorCode DscFigureAxis(DscFigure *figure, const DscResultsTable *table, PetscInt axis,
                             const DscAxisValues *values, PetscInt help_width)
{
  const double low = values->number[0], high = values->number[values->n - 1];
  FILE        *script = figure->script;
  char         text[4 * DSC_TEXT_SIZE];

  PetscFunctionBeginUser;
  fprintf(script, "set xlabel '%s'", DscPlotText(table->axes[axis], sizeof(text), text));
  fprintf(script, "%s\n", help_width ? DscPlotHelp(table->axes[axis], (size_t)help_width, sizeof(text), text) : "");
  fprintf(script, "unset logscale x\nset xtics auto norotate\n");
  if (DscAxisIsCategory(values)) {
    fprintf(script, "set xrange [-0.6:%.1f]\nset xtics (", (double)values->n - .4);
    for (PetscInt i = 0; i < values->n; i++) {
      const char *value = table->axis_values[axis * table->nruns + values->first[i]];

      fprintf(script, "%s'%s' %d", i ? ", " : "", DscPlotText(value, sizeof(text), text), (int)i);
    }
    fprintf(script, ")%s\n", values->n > 6 ? " rotate by -30" : "");
  } else if (DscAxisIsLogarithmic(values)) {
    const double margin = pow(high / low, .04);

    fprintf(script, "set logscale x\nset xrange [%.10g:%.10g]\n", low / margin, high * margin);
  } else {
    const double margin = high > low ? .04 * (high - low) : 1;

    fprintf(script, "set xrange [%.10g:%.10g]\n", low - margin, high + margin);
  }
  PetscFunctionReturn(0);
}
