/*
  Private to data: files of named arrays, whatever their format. Used on rank 0 alone; errors are on PETSC_COMM_SELF.
*/
#ifndef DSC_DATA_READER_H
#define DSC_DATA_READER_H

#include <discern/data.h>

#define DSC_ARRAY_MAX_DIMENSIONS 8
#define DSC_ARRAY_NAME_LENGTH    256

/* An array as the file's author sees it: MATLAB's usol(256,101) has dimensions 256 and 101 here too. */
typedef struct {
  char     name[DSC_ARRAY_NAME_LENGTH];
  PetscInt ndimensions;
  PetscInt dimensions[DSC_ARRAY_MAX_DIMENSIONS];
  PetscInt strides[DSC_ARRAY_MAX_DIMENSIONS];           /* of values and imaginary, in entries */
  char axes[DSC_ARRAY_MAX_DIMENSIONS][DSC_NAME_LENGTH]; /* the file's names of the dimensions; '' where it has none */
  PetscBool reversed;                                   /* the file itself has the dimensions the other way round */
  PetscInt  n;                  /* product of the dimensions; PETSC_MAX_INT where it is larger */
  double   *values, *imaginary; /* (owned) [n] each; imaginary is NULL for real numbers */
} DscArray;

typedef struct {
  char        name[DSC_ARRAY_NAME_LENGTH];
  PetscInt    ndimensions;
  PetscInt    dimensions[DSC_ARRAY_MAX_DIMENSIONS];
  const char *refusal; /* NULL: an array of numbers; otherwise what it is instead: 'a structure' */
} DscFileEntry;

typedef struct DscFile DscFile;

/* A format. open fills the entries; read allocates the numbers of one entry, whose name, shape and strides are already
   in array; close frees the handle, also after an open that failed. */
typedef struct {
  const char *name;
  /* head: the first n bytes of the file. */
  PetscBool (*recognise)(const char path[], const unsigned char head[], size_t n);
  PetscErrorCode (*open)(DscFile *file);
  /* More on an entry whose name, shape and row-major strides are in array: names of dimensions, other strides. May be NULL. */
  PetscErrorCode (*describe)(DscFile *file, PetscInt entry, DscArray *array);
  PetscErrorCode (*read)(DscFile *file, PetscInt entry, DscArray *array);
  PetscErrorCode (*close)(DscFile *file);
  /* The true equation, where the file holds one; NULL: never. data has its fields already. */
  PetscErrorCode (*read_truth)(DscFile *file, DscDataSet *data);
  /* Whether the file says that it holds positions of particles, or trajectories; if so, number[DSC_NAME_LENGTH] is what
     numbers these, or 'none'. NULL: never. */
  PetscErrorCode (*read_tracks)(DscFile *file, PetscBool *positions, PetscBool *trajectories, char number[]);
} DscReader;

struct DscFile {
  const DscReader *reader; /* (not owned) */
  char             path[PETSC_MAX_PATH_LEN];
  PetscInt         n, capacity;
  DscFileEntry    *entries; /* (owned) [capacity], n of them in use */
  void            *handle;  /* (owned) the reader's own */
  PetscBool        missing; /* NaN, or nothing in a text, is a missing value; otherwise an error */
  const char      *advice;  /* (not owned) what such an error ends with; NULL: nothing */
};

PETSC_INTERN const DscReader DscReaderHDF5, DscReaderMAT, DscReaderNPY, DscReaderCSV;

PETSC_INTERN PetscErrorCode DscFileOpen(const char path[], DscFile **file);
PETSC_INTERN PetscErrorCode DscFileClose(DscFile **file);
/* For readers: one more entry; dimensions as size_t so that what does not fit is a user error. */
PETSC_INTERN PetscErrorCode DscFileAddEntry(DscFile *file, const char name[], int ndimensions,
                                            const size_t dimensions[], const char refusal[]);
/* All but the numbers of the array called name, of any size; and which part of it: 'r' or 'i' for '.re' and '.im', 0 for
   all. Not for other NPY files. */
PETSC_INTERN PetscErrorCode DscFileDescribe(DscFile *file, const char where[], const char name[], DscArray *array,
                                            PetscInt *entry, char *part);
/* where: how an error names the place of the name. Real, finite numbers of the array called name, or NaN where
   file->missing allows it; 'a.re' and 'a.im' are the parts of a complex a; 'b.npy' is another file in the folder of this
   one. array is zeroed on entry and, also after an error, to be destroyed. */
PETSC_INTERN PetscErrorCode DscFileRead(DscFile *file, const char where[], const char name[], DscArray *array);
PETSC_INTERN PetscErrorCode DscArrayDestroy(DscArray *array);
/* '256x101'; the string lives until the fourth next call. */
PETSC_INTERN const char *DscShapeText(PetscInt ndimensions, const PetscInt dimensions[]);

#endif
