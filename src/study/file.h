/*
  One parallel HDF5 file, written collectively beside the old one and put in its place at the end.
*/
#ifndef STUDY_FILE_H
#define STUDY_FILE_H

#include <discern/study.h>

#define DSC_FILE_MAX_DIMS 3

typedef struct {
  MPI_Comm    comm; /* (not owned) */
  PetscMPIInt rank;
  hid_t       file;
  int64_t     bytes;                                                   /* reserved on the disc */
  char        path[PETSC_MAX_PATH_LEN], temporary[PETSC_MAX_PATH_LEN]; /* temporary: path with .tmp */
} DscOutput;

/* A data set. scale[d] is the path of dimension d's scale, written before; the data set's own path makes it one. */
typedef struct {
  const char *path, *units, *long_name;
  hid_t       type; /* in memory and in the file: filters allow no conversion in parallel */
  int         ndims;
  hsize_t     dims[DSC_FILE_MAX_DIMS];
  const char *scale[DSC_FILE_MAX_DIMS];
} DscOutputData;

/* A user error, on every rank, if path cannot be written; looks on rank 0, changes nothing. Collective. */
PETSC_EXTERN PetscErrorCode DscOutputCheckWritable(MPI_Comm comm, DscOptions options, const char path[]);

/* All collective. bytes: as many as the file may need; that much room is reserved first, so that a full disc is a user
   error here and not the loss of a file later. */
PETSC_EXTERN PetscErrorCode DscOutputCreate(MPI_Comm comm, const char path[], int64_t bytes, DscOutput *file);
PETSC_EXTERN PetscErrorCode DscOutputCreateGroup(DscOutput *file, const char path[]);
/* A second path to what is at `path`; nothing where `second` is taken. */
PETSC_EXTERN PetscErrorCode DscOutputLink(DscOutput *file, const char path[], const char second[]);
/* This rank's rows [first, first + count) of dimension 0; every element comes from exactly one rank. */
PETSC_EXTERN PetscErrorCode DscOutputWrite(DscOutput *file, const DscOutputData *data, int64_t first, int64_t count,
                                           const void *rows);
/* Attributes of a group or data set; values are the same on all ranks. */
PETSC_EXTERN PetscErrorCode DscOutputSetText(DscOutput *file, const char object[], const char name[],
                                             const char value[]);
PETSC_EXTERN PetscErrorCode DscOutputSetTexts(DscOutput *file, const char object[], const char name[], PetscInt n,
                                              const char *const values[]);
PETSC_EXTERN PetscErrorCode DscOutputSetInts(DscOutput *file, const char object[], const char name[], PetscInt n,
                                             const int values[]);
/* written: what came of the calls before, on this rank; their errors are to be captured. Where all went well, flushes
   everything to disc, then renames: path is always a whole file, the old one or the new one. Otherwise removes what was
   written and returns an error on all ranks. */
PETSC_EXTERN PetscErrorCode DscOutputClose(DscOutput *file, PetscErrorCode written);

/* UTF-8 text of a fixed size, padded with zeros; the caller closes it with H5Tclose. */
PETSC_EXTERN PetscErrorCode DscOutputTextType(size_t size, hid_t *type);

#endif
