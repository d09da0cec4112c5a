/* Options as text: -help, and the resolved set for provenance. */
#include "sys/options_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static PetscErrorCode print_row(MPI_Comm comm, const DscOptionSpec *spec)
{
  char        allowed[512];
  const char *label = !spec->value ? "required" : *spec->value ? "default " : "no default";

  PetscFunctionBeginUser;
  DscOptionsDescribe(spec, sizeof allowed, allowed);
  PetscCall(PetscPrintf(comm, "  -%s: %s; %s%s\n      %s\n", spec->key, allowed, label, spec->value ? spec->value : "",
                        spec->help));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptionsPrintHelp(MPI_Comm comm)
{
  PetscFunctionBeginUser;
  PetscCall(PetscPrintf(
      comm, "Keys, on the command line as '-data_noise 0.2', in the input file as 'data_noise: 0.2' or\n"
            "'data: {noise: 0.2}'. The command line wins: also a sweep there over the file's value, and the\n"
            "other way round.\n"));
  for (PetscInt g = 0; g < DscOptionsGroupCount(); g++) {
    const DscOptionGroup *group = DscOptionsGroup(g);

    PetscCall(PetscPrintf(comm, "\n%s\n", group->name));
    for (PetscInt i = 0; i < group->n; i++) PetscCall(print_row(comm, &group->specs[i]));
  }
  PetscCall(PetscPrintf(
      comm, "\nsweeps\n"
            "  -sweep_KEY: list of values of KEY, or for an integer also FIRST-LAST or FIRST-LAST:STEP\n"
            "      one run for each value; several sweeps give all combinations. Values that are lists\n"
            "      themselves are separated by ';': -sweep_KEY '30,30;60,60'\n"
            "\nPETSc\n"
            "  -log_view, -info, -citations, -malloc_*, -options_*, -on_error_*, -tao_*, -ksp_*, -pc_*, ...\n"
            "      options of PETSc, on the command line only\n"));
  PetscFunctionReturn(0);
}

typedef struct {
  const char *key, *value; /* (not owned) */
} Line;

static int compare_lines(const void *a, const void *b)
{
  return strcmp(((const Line *)a)->key, ((const Line *)b)->key);
}

/* Given keys, and the defaults of all others. */
static PetscErrorCode collect(DscOptions options, PetscInt *n, Line **lines)
{
  PetscInt capacity = options->n;

  PetscFunctionBeginUser;
  for (PetscInt g = 0; g < DscOptionsGroupCount(); g++) capacity += DscOptionsGroup(g)->n;
  PetscCall(PetscMalloc1(capacity, lines));
  *n = 0;
  for (PetscInt i = 0; i < options->n; i++)
    (*lines)[(*n)++] = (Line){options->entries[i].key, options->entries[i].value};
  for (PetscInt g = 0; g < DscOptionsGroupCount(); g++)
    for (PetscInt i = 0; i < DscOptionsGroup(g)->n; i++) {
      const DscOptionSpec *spec = &DscOptionsGroup(g)->specs[i];

      if (spec->value && !DscOptionsFind(options, spec->key)) (*lines)[(*n)++] = (Line){spec->key, spec->value};
    }
  qsort(*lines, (size_t)*n, sizeof **lines, compare_lines);
  PetscFunctionReturn(0);
}

static PetscBool needs_quotes(const char value[])
{
  static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.,;+/^()";

  if (!*value || !strcmp(value, "null") || !strcmp(value, "Null") || !strcmp(value, "NULL")) return PETSC_TRUE;
  value += *value == '-' && value[1] >= '0' && value[1] <= '9'; /* a negative number */
  if (strchr("-,", *value) || strchr(value, '\0')[-1] == '-') return PETSC_TRUE;
  for (; *value; value++)
    if (!strchr(safe, *value) && *value != '-') return PETSC_TRUE;
  return PETSC_FALSE;
}

/* 'key: value\n' at text, so that InsertFile reads the same value again; at most 4 bytes for a byte of value. */
static size_t write_line(const Line *line, char text[])
{
  PetscBool quotes = needs_quotes(line->value);
  char     *end    = text;

  end += sprintf(end, "%s: %s", line->key, quotes ? "\"" : "");
  for (const char *c = line->value; *c; c++) {
    if (*c == '"' || *c == '\\') *end++ = '\\';
    if ((unsigned char)*c < ' ' || *c == 0x7f)
      end += sprintf(end, "\\x%02x", (unsigned char)*c);
    else
      *end++ = *c;
  }
  end += sprintf(end, "%s\n", quotes ? "\"" : "");
  return (size_t)(end - text);
}

PetscErrorCode DscOptionsToText(DscOptions options, char **text)
{
  PetscInt n = 0;
  Line    *lines;
  size_t   size = 1;

  PetscFunctionBeginUser;
  PetscCall(collect(options, &n, &lines));
  for (PetscInt i = 0; i < n; i++) size += strlen(lines[i].key) + 4 * strlen(lines[i].value) + 8;
  PetscCall(PetscCalloc1(size, text));
  size = 0;
  for (PetscInt i = 0; i < n; i++) size += write_line(&lines[i], *text + size);
  PetscCall(PetscFree(lines));
  PetscFunctionReturn(0);
}
