/*
  A figure: NAME.gp (the script) and NAME.dat (the numbers) in a folder, and NAME.png or NAME.svg drawn from them. All on
  one rank.
*/
#ifndef STUDY_PLOT_FIGURE_H
#define STUDY_PLOT_FIGURE_H

#include "study/rates.h"

#include <stdio.h>

/* One call of `discern plot`. Strings (not owned). */
typedef struct {
  const char *source, *folder, *format; /* format: png or svg */
  const char *title;                    /* of the source, without its folder, as gnuplot text */
  PetscBool   cairo;                    /* gnuplot has pngcairo */
} DscPlot;

typedef struct {
  const DscPlot *plot; /* (not owned) */
  char           name[2 * DSC_NAME_LENGTH];
  FILE          *script, *data; /* (owned) */
  PetscInt       nblocks;       /* blocks of data so far */
} DscFigure;

#define DSC_FIGURE_WIDTH 1200
#define DSC_TEXT_SIZE    512

/* Colours of gnuplot's line types 1 to DSC_NCOLOURS; type 99 is grey, type 98 black and dashed, for the truth. */
#define DSC_NCOLOURS 7

/* Opens both files, with the style that all figures share; height in pixels, of DSC_FIGURE_WIDTH. A figure that is not
   drawn after all, because of an error, is to be dropped. */
PETSC_INTERN PetscErrorCode DscFigureOpen(const DscPlot *plot, int height, const char name[], DscFigure *figure);
/* Closes the files, draws, and prints a line that says what it shows. */
PETSC_INTERN PetscErrorCode DscFigureDraw(DscFigure *figure, const char what[]);
PETSC_INTERN void           DscFigureDrop(DscFigure *figure);
/* A line that says which figure is not drawn, and why. */
PETSC_INTERN PetscErrorCode DscPlotLeaveOut(const char name[], const char reason[]);

/* Begins the next block of data and returns its 'index' in the script; a comment says what its columns are. */
PETSC_INTERN PetscInt DscFigureBlock(DscFigure *figure, const char format[], ...) PETSC_ATTRIBUTE_FORMAT(2, 3);
PETSC_INTERN void     DscFigureNumbers(DscFigure *figure, PetscInt n, const double values[]); /* of one row */
PETSC_INTERN void     DscFigureEndRow(DscFigure *figure);
/* Where the next plot of a multiplot goes, in parts of the figure's panel area, from its top left. */
PETSC_INTERN void DscFigurePanel(DscFigure *figure, PetscInt columns, PetscInt rows, PetscInt at);
/* An x axis for the values of a swept key: label, range, logarithmic over more than a factor 50; names of words.
   help_width: signs a line of what the key means, under its name; 0: not said. */
PETSC_INTERN PetscErrorCode DscFigureAxis(DscFigure *figure, const DscResultsTable *table, PetscInt axis,
                                          const DscAxisValues *values, PetscInt help_width);
/* Words and yes/no stand beside each other instead of along an axis. */
PETSC_INTERN PetscBool DscAxisIsCategory(const DscAxisValues *values);
PETSC_INTERN PetscBool DscAxisIsLogarithmic(const DscAxisValues *values);
PETSC_INTERN double    DscAxisPosition(const DscAxisValues *values, PetscInt value);

/* Any text, safe between single quotes in a script; cut to size. */
PETSC_INTERN const char *DscPlotText(const char from[], size_t size, char text[]);
/* What a key means, in at most two smaller lines, to be added to a quoted text of a script; '' for an unknown key. */
PETSC_INTERN const char *DscPlotHelp(const char key[], size_t width, size_t size, char text[]);
/* A term with its indices and powers set as such: 'u^{2} u_{xx}'. */
PETSC_INTERN const char *DscPlotTerm(const char term[], size_t size, char text[]);

#endif
