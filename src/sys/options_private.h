/* What the files of the options share: the set itself, the registry, and the reading of values. */
#ifndef DISCERN_SYS_OPTIONS_PRIVATE_H
#define DISCERN_SYS_OPTIONS_PRIVATE_H

#include <discern/sys.h>

#define DSC_SWEEP_PREFIX       "sweep_"
#define DSC_EXPERIMENTS_PREFIX "experiments_"

/* Ascending: an entry is replaced by one of the same or a higher origin. */
typedef enum { DSC_ORIGIN_FILE, DSC_ORIGIN_COMMAND_LINE, DSC_ORIGIN_CODE } DscOptionOrigin;

typedef struct {
  char           *key;   /* (owned) */
  char           *value; /* (owned) as typed; choices as the table spells them */
  DscOptionOrigin origin;
  char           *place; /* (owned) 'path:line' of an entry of a file, else NULL */
} DscOptionEntry;

typedef struct {
  const char *key; /* (not owned) of an entry of the same set, without 'sweep_' */
  PetscInt    n;
  char      **values; /* [n] (owned) */
} DscOptionAxis;

struct _p_DscOptions {
  PetscInt        n, capacity;
  DscOptionEntry *entries; /* [n] (owned), in the order in which keys were first given */
  PetscInt        naxes;   /* -1: the axes must be read again */
  DscOptionAxis  *axes;    /* [naxes] (owned) */
};

/* options.c */
PETSC_INTERN DscOptionEntry *DscOptionsFind(DscOptions options, const char key[]); /* NULL: not given */
PETSC_INTERN PetscErrorCode  DscOptionsPut(DscOptions options, const char key[], const char value[],
                                           DscOptionOrigin origin, const char place[]);

/* options_arguments.c */
PETSC_INTERN PetscBool   DscArgumentIsKey(const char argument[]); /* '-word' or '--word', not '-1.5' */
PETSC_INTERN const char *DscArgumentKey(const char argument[]);   /* without its dashes */
PETSC_INTERN PetscBool   DscOptionIsPetsc(const char key[]);      /* one of PETSc's own options */

/* options_registry.c */
typedef struct {
  const char          *name;
  PetscInt             n;
  const DscOptionSpec *specs;
} DscOptionGroup;

PETSC_INTERN PetscInt              DscOptionsGroupCount(void);
PETSC_INTERN const DscOptionGroup *DscOptionsGroup(PetscInt g);
PETSC_INTERN const DscOptionSpec  *DscOptionsLookup(const char key[]);     /* NULL: unknown */
PETSC_INTERN const char           *DscOptionsNearestKey(const char key[]); /* NULL: none is near */

/* options_value.c */
typedef struct {
  char text[256];
} DscComplaint; /* what is wrong with a value */

PETSC_INTERN PetscBool DscParseBool(const char text[], PetscBool *value);
PETSC_INTERN PetscBool DscParseInt(const char text[], PetscInt *value, DscComplaint *complaint);
PETSC_INTERN PetscBool DscParseReal(const char text[], double *value, DscComplaint *complaint);
/* Does text fit the row? If not, complaint says why. */
PETSC_INTERN PetscErrorCode DscOptionsValueFits(const DscOptionSpec *spec, const char text[], PetscBool *fits,
                                                DscComplaint *complaint);
/* 'integer >= 1', 'one of a, b, c' */
PETSC_INTERN void DscOptionsDescribe(const DscOptionSpec *spec, size_t size, char text[]);
/* Choices in the table's spelling; changes letters only, never the length. */
PETSC_INTERN PetscErrorCode DscOptionsSpellChoices(const DscOptionSpec *spec, char text[]);
enum { DSC_NUMBER_SIZE = 32 };
/* The shortest text of 15 to 17 digits that reads back as value: 0.3, not 0.29999999999999999. */
PETSC_INTERN void DscWriteReal(double value, char text[DSC_NUMBER_SIZE]);
/* Items of 'a,b' or '[a, b]', without blanks around them; free with DscOptionsRestoreStrings(). Empty text: none. */
PETSC_INTERN PetscErrorCode DscOptionsSplit(const char text[], char separator, PetscInt *n, char ***items);

/* options_sweep.c */
PETSC_INTERN PetscErrorCode DscOptionsDropAxes(DscOptions options);
PETSC_INTERN PetscBool      DscOptionIsSweep(const char key[]);
/* Length of 'sweep_' or 'experiments_' at the beginning of a key that lists values of another; 0: no such key. */
PETSC_INTERN size_t DscOptionPrefix(const char key[]);
/* As DscOptionsExpand(), but a value may come twice. */
PETSC_INTERN PetscErrorCode DscOptionsExpandRepeated(DscOptions options, const char where[], const DscOptionSpec *spec,
                                                     const char text[], PetscInt *n, char ***values);
/* The values of a sweep over a known key, each of them checked. */
PETSC_INTERN PetscErrorCode DscOptionsExpandSweep(DscOptions options, const DscOptionEntry *entry, PetscInt *n,
                                                  char ***values);

/* options_experiments.c */
PETSC_INTERN PetscBool      DscOptionIsExperiments(const char key[]);
PETSC_INTERN PetscErrorCode DscOptionsCheckExperiments(DscOptions options, const DscOptionEntry *entry);

/* options_check.c */
PETSC_INTERN PetscErrorCode DscOptionsCheckEntry(DscOptions options, const DscOptionEntry *entry);

#endif
