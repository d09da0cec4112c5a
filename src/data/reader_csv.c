/*
  Tables of numbers as text. The first line may name the columns, quoted or not, also as a comment ('# t x u', as
  numpy.savetxt writes it); without names the columns are called '0', '1', ... Cells are separated by ';', tabs, commas or
  blanks: the first of these that the first line has. '#' begins a comment line; a separator at the end of a line is
  allowed. Cells are looked at only in the columns that are asked for, so that others may be empty.
*/
#include "data/reader.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Reading goes line by line and cell by cell. */
typedef struct {
  FILE    *stream;    /* (owned) */
  char    *text;      /* (owned) the current line */
  size_t   capacity;  /* of text */
  PetscInt line;      /* its number in the file, from 1 */
  char     separator; /* ' ' for any blanks */
  PetscInt header;    /* number of the line, no comment, that names the columns; 0 for none */
} Table;

/* Text: no zero bytes, and printable but for white space (and whatever UTF-8 brings). */
static PetscBool csv_recognise(const char path[], const unsigned char head[], size_t n)
{
  (void)path;
  for (size_t i = 0; i < n; i++) {
    if (head[i] < ' ' && !isspace(head[i])) return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

/* The next line that is not empty, without its end, byte-order mark and, for a comment, its '#'. */
static PetscBool next_line(Table *table, PetscBool *comment)
{
  ssize_t length;

  while ((length = getline(&table->text, &table->capacity, table->stream)) >= 0) {
    size_t skip = 0;

    table->line++;
    while (length > 0 && isspace((unsigned char)table->text[length - 1]) && table->text[length - 1] != '\t') length--;
    table->text[length] = '\0';
    if (table->line == 1 && !strncmp(table->text, "\xef\xbb\xbf", 3)) skip = 3;
    *comment = table->text[skip] == '#' ? PETSC_TRUE : PETSC_FALSE;
    if (*comment) skip++;
    if (skip) memmove(table->text, table->text + skip, strlen(table->text + skip) + 1);
    if (table->text[strspn(table->text, " \t")]) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

/* The next line of the table proper. */
static PetscBool next_row(Table *table)
{
  PetscBool comment;

  do {
    if (!next_line(table, &comment)) return PETSC_FALSE;
  } while (comment || table->line == table->header);
  return PETSC_TRUE;
}

static char find_separator(const char text[])
{
  static const char candidates[] = ";\t,";

  for (const char *c = candidates; *c; c++) {
    int quoted = 0;

    for (const char *at = text; *at; at++) {
      if (*at == '"') quoted = !quoted;
      if (*at == *c && !quoted) return *c;
    }
  }
  return ' ';
}

/* Cuts the cell at *at out of its line: returns it, unquoted and trimmed, and moves *at behind it; NULL at the end. */
static char *next_cell(char **at, char separator)
{
  char *cell, *end, *to;

  if (!*at) return NULL;
  if (separator == ' ')
    *at += strspn(*at, " \t");
  else
    *at += strspn(*at, separator == '\t' ? " " : " \t");
  if (separator == ' ' && !**at) return NULL;
  cell = to = *at;
  end       = *at;
  for (int quoted = 0; *end; end++) {
    if (*end == '"' && quoted && end[1] == '"')
      *to++ = *end++;
    else if (*end == '"')
      quoted = !quoted;
    else if (!quoted && (*end == separator || (separator == ' ' && *end == '\t')))
      break;
    else
      *to++ = *end;
  }
  *at = *end ? end + 1 : NULL;
  while (to > cell && isspace((unsigned char)to[-1])) to--;
  *to = '\0';
  return cell;
}

static PetscBool is_number(const char cell[])
{
  char *end;

  (void)strtod(cell, &end);
  return *cell && !*end ? PETSC_TRUE : PETSC_FALSE;
}

/* What a line is made of. */
typedef struct {
  PetscInt  cells;
  PetscBool open;  /* the last cell is empty: the line ends with a separator */
  PetscBool words; /* some cell is neither empty nor a number */
} Line;

/* Destroys the text of the line. */
static Line measure_line(char *text, char separator)
{
  Line        line = {0};
  const char *cell;

  while ((cell = next_cell(&text, separator))) {
    line.cells++;
    line.open = *cell ? PETSC_FALSE : PETSC_TRUE;
    if (*cell && !is_number(cell)) line.words = PETSC_TRUE;
  }
  return line;
}

static PetscErrorCode csv_close(DscFile *file)
{
  Table *table = (Table *)file->handle;

  PetscFunctionBeginUser;
  if (table->stream) fclose(table->stream);
  free(table->text);
  PetscCall(PetscFree(file->handle));
  PetscFunctionReturn(0);
}

/* One entry a column, of no rows yet; names: the line that names them, NULL for none. Destroys names. */
static PetscErrorCode add_columns(DscFile *file, PetscInt ncolumns, char *names)
{
  const char separator = names ? find_separator(names) : ' ';

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < ncolumns; i++) {
    const size_t none = 0;
    char         number[16];
    const char  *name = names ? next_cell(&names, separator) : NULL;

    PetscCall(PetscSNPrintf(number, sizeof(number), "%" PetscInt_FMT, i));
    if (!name) name = number;
    for (PetscInt j = 0; j < file->n; j++) {
      if (*name && !strcmp(file->entries[j].name, name)) file->entries[j].refusal = "the name of several columns";
    }
    PetscCall(DscFileAddEntry(file, name, 1, &none, NULL));
  }
  PetscFunctionReturn(0);
}

/* Reads up to the first row of numbers: the separator and the columns. first: that row's line, 0 if there is none. */
static PetscErrorCode read_columns(DscFile *file, PetscInt *first)
{
  Table    *table = (Table *)file->handle;
  char     *names = NULL, *row;
  PetscBool comment;
  Line      line = {0};

  PetscFunctionBeginUser;
  *first = 0;
  while (!*first && next_line(table, &comment)) {
    if (!comment && !table->header) {
      table->separator = find_separator(table->text);
      PetscCall(PetscStrallocpy(table->text, &row));
      line = measure_line(row, table->separator);
      PetscCall(PetscFree(row));
    }
    if (!comment && (table->header || !line.words)) {
      *first = table->line;
    } else if (!table->header) { /* the names, or a comment that may be the names */
      PetscCall(PetscFree(names));
      PetscCall(PetscStrallocpy(table->text, &names));
      if (!comment) table->header = table->line;
    }
  }
  line.cells -= line.cells > 1 && line.open;
  if (names && !table->header) {
    PetscCall(PetscStrallocpy(names, &row));
    if (measure_line(row, find_separator(names)).cells != line.cells) PetscCall(PetscFree(names));
    PetscCall(PetscFree(row));
  }
  PetscCall(add_columns(file, line.cells, names));
  PetscCall(PetscFree(names));
  PetscFunctionReturn(0);
}

static PetscErrorCode csv_open(DscFile *file)
{
  Table   *table;
  PetscInt rows = 0, first;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&table));
  file->handle  = table;
  table->stream = fopen(file->path, "r");
  DscUserCheck(table->stream, PETSC_COMM_SELF, "data_file: cannot read %s: %s", file->path, strerror(errno));
  PetscCall(read_columns(file, &first));
  DscUserCheck(first, PETSC_COMM_SELF, "data_file: %s, read as CSV, has no row of numbers", file->path);
  do {
    const Line line = measure_line(table->text, table->separator);

    DscUserCheck(line.cells == file->n || (line.cells == file->n + 1 && line.open), PETSC_COMM_SELF,
                 "data_file: %s: line %" PetscInt_FMT " has %" PetscInt_FMT " cells where there are %" PetscInt_FMT
                 " columns",
                 file->path, table->line, line.cells, file->n);
    rows++;
  } while (next_row(table));
  for (PetscInt i = 0; i < file->n; i++) file->entries[i].dimensions[0] = rows;
  PetscFunctionReturn(0);
}

/* An empty cell, or what other programs write for one. */
static PetscBool is_missing(const char cell[])
{
  return !cell || !*cell || !strcasecmp(cell, "nan") || !strcmp(cell, "NA") ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode csv_read(DscFile *file, PetscInt entry, DscArray *array)
{
  Table *table = (Table *)file->handle;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(array->n, &array->values));
  rewind(table->stream);
  table->line = 0;
  for (PetscInt i = 0; i < array->n; i++) {
    char *at, *cell = NULL;

    DscUserCheck(next_row(table), PETSC_COMM_SELF, "data_file: %s has changed while it was read", file->path);
    at = table->text;
    for (PetscInt c = 0; c <= entry; c++) cell = next_cell(&at, table->separator);
    if (file->missing && is_missing(cell)) {
      array->values[i] = NAN;
      continue;
    }
    DscUserCheck(cell && *cell, PETSC_COMM_SELF, "data_file: %s: line %" PetscInt_FMT " has no value for '%s'%s",
                 file->path, table->line, array->name, file->advice ? file->advice : "");
    array->values[i] = strtod(cell, NULL);
    DscUserCheck(is_number(cell) && isfinite(array->values[i]), PETSC_COMM_SELF,
                 "data_file: %s: line %" PetscInt_FMT ": '%s' is '%.40s', not a finite number%s", file->path,
                 table->line, array->name, cell, is_missing(cell) && file->advice ? file->advice : "");
  }
  PetscFunctionReturn(0);
}

const DscReader DscReaderCSV = {"CSV", csv_recognise, csv_open, NULL, csv_read, csv_close, NULL, NULL};
