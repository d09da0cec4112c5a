/*
  Input files: a YAML mapping of scalars, lists and mappings, read event by event with libyaml.

  Nested keys are joined with '_', lists with ','. In a sweep the values may be lists themselves; they are then kept
  apart by ';' (options_sweep.c). Every rank parses the same text, so that all see the same mistake.
*/
#include "sys/options_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <yaml.h>

enum { KEY_SIZE = 256, PLACE_SIZE = 1200, MAX_FILE_SIZE = 1 << 24 };

typedef struct {
  MPI_Comm      comm;
  const char   *path;
  const char   *text;   /* (not owned) the file, NUL-terminated */
  DscOptions    result; /* (not owned) the keys of this file */
  yaml_parser_t parser; /* (owned) */
  yaml_event_t  event;  /* (owned) the current event */
} Reader;

typedef struct {
  char *name; /* (not owned) flattened key */
  int   line;
} Key;

/* ---- the file ---------------------------------------------------------------------------------------------- */

static PetscErrorCode read_stream(FILE *file, const char path[], int *size, char **text)
{
  size_t capacity = 4096, used = 0, got;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(capacity, text));
  while ((got = fread(*text + used, 1, capacity - used - 1, file)) > 0) {
    used += got;
    DscUserCheck(used < MAX_FILE_SIZE, PETSC_COMM_SELF, "%s: larger than %d bytes: this is no input file", path,
                 (int)MAX_FILE_SIZE);
    if (used + 1 == capacity) PetscCall(PetscRealloc(capacity *= 2, text));
  }
  DscUserCheck(!ferror(file), PETSC_COMM_SELF, "%s: cannot be read: %s", path, strerror(errno));
  (*text)[used] = '\0';
  *size         = (int)used;
  PetscFunctionReturn(0);
}

static PetscErrorCode read_file(const char path[], int *size, char **text)
{
  struct stat    status;
  PetscErrorCode ierr;
  FILE          *file;

  PetscFunctionBeginUser;
  DscUserCheck(!stat(path, &status), PETSC_COMM_SELF, "%s: cannot be read: %s", path, strerror(errno));
  DscUserCheck(!S_ISDIR(status.st_mode), PETSC_COMM_SELF, "%s: cannot be read: it is a directory", path);
  file = fopen(path, "rb");
  DscUserCheck(file, PETSC_COMM_SELF, "%s: cannot be read: %s", path, strerror(errno));
  ierr = read_stream(file, path, size, text);
  fclose(file);
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

static PetscErrorCode broadcast_file(MPI_Comm comm, const char path[], int *size, char **text)
{
  PetscErrorCode ierr = 0;
  int            rank;

  PetscFunctionBeginUser;
  *text = NULL;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) ierr = read_file(path, size, text);
  ierr = DscSyncError(comm, ierr);
  if (ierr) PetscCall(PetscFree(*text));
  PetscCall(ierr);
  PetscCallMPI(MPI_Bcast(size, 1, MPI_INT, 0, comm));
  if (rank) PetscCall(PetscMalloc1(*size + 1, text));
  PetscCallMPI(MPI_Bcast(*text, *size + 1, MPI_CHAR, 0, comm));
  PetscFunctionReturn(0);
}

/* ---- events ------------------------------------------------------------------------------------------------ */

static int line_of(const yaml_mark_t *mark)
{
  return (int)mark->line + 1;
}

static PetscBool is_indented_by_tab(const char text[], int line)
{
  for (; line > 1 && text; line--) {
    text = strchr(text, '\n');
    if (text) text++;
  }
  if (!text) return PETSC_FALSE;
  text += strspn(text, " ");
  return *text == '\t' ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode syntax_error(Reader *reader)
{
  const yaml_parser_t *parser = &reader->parser;
  int                  line   = line_of(&parser->problem_mark);
  const char          *hint   = "";

  PetscFunctionBeginUser;
  if (parser->error == YAML_READER_ERROR) {
    line = 1;
    for (size_t i = 0; i < parser->problem_offset && reader->text[i]; i++) line += reader->text[i] == '\n';
  }
  if (is_indented_by_tab(reader->text, line)) hint = "; tabs cannot indent, use blanks";
  DscUserCheck(PETSC_FALSE, reader->comm, "%s:%d: not valid YAML: %s%s%s%s%s", reader->path, line,
               parser->problem ? parser->problem : "syntax error", parser->context ? " (" : "",
               parser->context ? parser->context : "", parser->context ? ")" : "", hint);
  PetscFunctionReturn(0);
}

static PetscErrorCode next_event(Reader *reader)
{
  PetscFunctionBeginUser;
  yaml_event_delete(&reader->event);
  if (!yaml_parser_parse(&reader->parser, &reader->event)) PetscCall(syntax_error(reader));
  PetscFunctionReturn(0);
}

/* Anchors, aliases and tags make a value depend on something that is written elsewhere: none of them. */
static PetscErrorCode check_plain_node(Reader *reader)
{
  const yaml_event_t *event = &reader->event;
  PetscBool           plain = PETSC_TRUE;

  PetscFunctionBeginUser;
  if (event->type == YAML_ALIAS_EVENT)
    plain = PETSC_FALSE;
  else if (event->type == YAML_SCALAR_EVENT)
    plain = !event->data.scalar.anchor && !event->data.scalar.tag;
  else if (event->type == YAML_SEQUENCE_START_EVENT)
    plain = !event->data.sequence_start.anchor && !event->data.sequence_start.tag;
  else if (event->type == YAML_MAPPING_START_EVENT)
    plain = !event->data.mapping_start.anchor && !event->data.mapping_start.tag;
  DscUserCheck(plain, reader->comm, "%s:%d: anchors (&), aliases (*) and tags (!) are not supported", reader->path,
               line_of(&event->start_mark));
  PetscFunctionReturn(0);
}

/* The text of the current scalar, which must say something: an empty value and null are none. */
static PetscErrorCode scalar_text(Reader *reader, const Key *key, const char **text)
{
  static const char *const nothing[] = {"", "~", "null", "Null", "NULL"};
  const yaml_event_t      *event     = &reader->event;
  PetscBool                empty     = PETSC_FALSE;

  PetscFunctionBeginUser;
  *text = (const char *)event->data.scalar.value;
  for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
    if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !strcmp(*text, nothing[i])) empty = PETSC_TRUE;
  DscUserCheck(!empty, reader->comm, "%s:%d: %s: no value given; write one or remove the key", reader->path,
               line_of(&event->start_mark), key->name);
  DscUserCheck(strlen(*text) == event->data.scalar.length, reader->comm,
               "%s:%d: %s: the value contains a NUL character", reader->path, line_of(&event->start_mark), key->name);
  PetscFunctionReturn(0);
}

static PetscErrorCode put(Reader *reader, const Key *key, const char value[])
{
  const DscOptionEntry *first = DscOptionsFind(reader->result, key->name);
  char                  place[PLACE_SIZE];

  PetscFunctionBeginUser;
  DscUserCheck(!first, reader->comm, "%s:%d: %s: given twice, first at %s", reader->path, key->line, key->name,
               first ? first->place : "");
  PetscCall(PetscSNPrintf(place, sizeof place, "%s:%d", reader->path, key->line));
  PetscCall(DscOptionsPut(reader->result, key->name, value, DSC_ORIGIN_FILE, place));
  PetscFunctionReturn(0);
}

/* ---- lists ------------------------------------------------------------------------------------------------- */

typedef struct {
  size_t used, capacity;
  char  *text; /* (owned) */
} Buffer;

static PetscErrorCode append(Buffer *buffer, const char text[])
{
  size_t length = strlen(text);

  PetscFunctionBeginUser;
  if (buffer->used + length + 1 > buffer->capacity) {
    buffer->capacity = 2 * (buffer->used + length + 1);
    PetscCall(PetscRealloc(buffer->capacity, &buffer->text));
  }
  PetscCall(PetscMemcpy(buffer->text + buffer->used, text, length + 1));
  buffer->used += length;
  PetscFunctionReturn(0);
}

static PetscErrorCode append_item(Reader *reader, const Key *key, const char forbidden[], Buffer *buffer)
{
  const char *text;
  int         line = line_of(&reader->event.start_mark);

  PetscFunctionBeginUser;
  PetscCall(check_plain_node(reader));
  DscUserCheck(reader->event.type == YAML_SCALAR_EVENT, reader->comm,
               "%s:%d: %s: the entries of this list must be single values", reader->path, line, key->name);
  PetscCall(scalar_text(reader, key, &text));
  DscUserCheck(!strpbrk(text, forbidden), reader->comm, "%s:%d: %s: entry '%s' contains '%c', which separates entries",
               reader->path, line, key->name, text, *strpbrk(text, forbidden));
  PetscCall(append(buffer, text));
  PetscFunctionReturn(0);
}

/* The current event opens a list; its entries joined with ','. */
static PetscErrorCode append_list(Reader *reader, const Key *key, const char forbidden[], Buffer *buffer)
{
  PetscFunctionBeginUser;
  PetscCall(next_event(reader));
  for (PetscInt i = 0; reader->event.type != YAML_SEQUENCE_END_EVENT; i++) {
    if (i) PetscCall(append(buffer, ","));
    PetscCall(append_item(reader, key, forbidden, buffer));
    PetscCall(next_event(reader));
  }
  PetscFunctionReturn(0);
}

/* A sweep's list: every entry, single value or list, ended by ';', or all joined with ',' where none is a list. */
static PetscErrorCode append_sweep(Reader *reader, const Key *key, Buffer *buffer)
{
  PetscFunctionBeginUser;
  PetscCall(next_event(reader));
  while (reader->event.type != YAML_SEQUENCE_END_EVENT) {
    if (reader->event.type == YAML_SEQUENCE_START_EVENT) {
      PetscCall(check_plain_node(reader));
      PetscCall(append_list(reader, key, ",;", buffer));
    } else
      PetscCall(append_item(reader, key, ";", buffer));
    PetscCall(append(buffer, ";"));
    PetscCall(next_event(reader));
  }
  if (buffer->used && !strchr(buffer->text, ',')) {
    buffer->text[buffer->used - 1] = '\0';
    for (char *c = buffer->text; *c; c++)
      if (*c == ';') *c = ',';
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode read_list(Reader *reader, const Key *key)
{
  Buffer         buffer = {0};
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  ierr = DscOptionPrefix(key->name) ? append_sweep(reader, key, &buffer) : append_list(reader, key, ",", &buffer);
  if (!ierr) ierr = put(reader, key, buffer.text ? buffer.text : "");
  PetscCall(PetscFree(buffer.text));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

/* ---- mappings ---------------------------------------------------------------------------------------------- */

/* The current event is a mapping's key; joined to the prefix. */
static PetscErrorCode read_key(Reader *reader, const char prefix[], char name[KEY_SIZE])
{
  const char *text;
  int         line = line_of(&reader->event.start_mark);

  PetscFunctionBeginUser;
  PetscCall(check_plain_node(reader));
  DscUserCheck(reader->event.type == YAML_SCALAR_EVENT, reader->comm, "%s:%d: a key must be a single word",
               reader->path, line);
  text = (const char *)reader->event.data.scalar.value;
  DscUserCheck(*text && strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen(text),
               reader->comm, "%s:%d: '%.60s' is not a key: letters, digits and '_' only", reader->path, line, text);
  DscUserCheck(strlen(prefix) + strlen(text) + 2 <= KEY_SIZE, reader->comm, "%s:%d: key too long", reader->path, line);
  PetscCall(PetscSNPrintf(name, KEY_SIZE, "%s%s%s", prefix, *prefix ? "_" : "", text));
  PetscFunctionReturn(0);
}

/* The current event opens a mapping. The depth is bounded by the length of the keys. */
static PetscErrorCode read_mapping(Reader *reader, const char prefix[])
{
  PetscFunctionBeginUser;
  PetscCall(next_event(reader));
  while (reader->event.type != YAML_MAPPING_END_EVENT) {
    char        name[KEY_SIZE];
    Key         key = {name, line_of(&reader->event.start_mark)};
    const char *text;

    PetscCall(read_key(reader, prefix, name));
    PetscCall(next_event(reader));
    PetscCall(check_plain_node(reader));
    if (reader->event.type == YAML_SCALAR_EVENT) {
      PetscCall(scalar_text(reader, &key, &text));
      PetscCall(put(reader, &key, text));
    } else if (reader->event.type == YAML_SEQUENCE_START_EVENT) {
      PetscCall(read_list(reader, &key));
    } else {
      PetscCall(read_mapping(reader, name));
    }
    PetscCall(next_event(reader));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode read_document(Reader *reader)
{
  PetscFunctionBeginUser;
  PetscCall(next_event(reader)); /* stream start */
  PetscCall(next_event(reader));
  DscUserCheck(reader->event.type == YAML_DOCUMENT_START_EVENT, reader->comm, "%s: the file is empty", reader->path);
  PetscCall(next_event(reader));
  PetscCall(check_plain_node(reader));
  DscUserCheck(reader->event.type == YAML_MAPPING_START_EVENT, reader->comm,
               "%s:%d: the file must consist of lines 'key: value'", reader->path, line_of(&reader->event.start_mark));
  PetscCall(read_mapping(reader, ""));
  PetscCall(next_event(reader)); /* document end */
  PetscCall(next_event(reader));
  DscUserCheck(reader->event.type == YAML_STREAM_END_EVENT, reader->comm,
               "%s:%d: a second document starts here; one file is one document", reader->path,
               line_of(&reader->event.start_mark));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptionsInsertFile(DscOptions options, MPI_Comm comm, const char path[])
{
  Reader         reader = {.comm = comm, .path = path};
  int            size;
  char          *text;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(broadcast_file(comm, path, &size, &text));
  reader.text = text;
  PetscCall(DscOptionsCreate(&reader.result));
  PetscCheck(yaml_parser_initialize(&reader.parser), PETSC_COMM_SELF, PETSC_ERR_MEM, "libyaml has no memory");
  yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, (size_t)size);
  ierr = read_document(&reader);
  yaml_event_delete(&reader.event);
  yaml_parser_delete(&reader.parser);
  for (PetscInt i = 0; i < reader.result->n && !ierr; i++) {
    const DscOptionEntry *entry = &reader.result->entries[i];

    ierr = DscOptionsPut(options, entry->key, entry->value, DSC_ORIGIN_FILE, entry->place);
  }
  PetscCall(PetscFree(text));
  PetscCall(DscOptionsDestroy(&reader.result));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}
