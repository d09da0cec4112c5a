/*
  MATLAB's own formats, 4 to 7.2, through libmatio. (7.3 is HDF5 and read as such.)
  Without libmatio the format is still recognised, so that the user hears why the file cannot be read.
*/
#include "data/reader.h"

#include <string.h>
#include <strings.h>

/* Level 5 has its version and byte order behind 124 bytes of text; level 4 has no mark but its name. */
static PetscBool mat_recognise(const char path[], const unsigned char head[], size_t n)
{
  const size_t    length = strlen(path);
  const PetscBool named  = length > 4 && !strcasecmp(path + length - 4, ".mat") ? PETSC_TRUE : PETSC_FALSE;

  if (n >= 128 && (!memcmp(head + 126, "IM", 2) || !memcmp(head + 126, "MI", 2))) return PETSC_TRUE;
  return named && n >= 20 && (head[0] < ' ' || head[3] < ' ') ? PETSC_TRUE : PETSC_FALSE;
}

#if defined(DISCERN_HAVE_MATIO)
#include <matio.h>

static const char *refusal_of(const matvar_t *variable)
{
  switch (variable->class_type) {
  case MAT_C_DOUBLE:
  case MAT_C_SINGLE:
  case MAT_C_INT8:
  case MAT_C_UINT8:
  case MAT_C_INT16:
  case MAT_C_UINT16:
  case MAT_C_INT32:
  case MAT_C_UINT32:
  case MAT_C_INT64:
  case MAT_C_UINT64:
    return NULL;
  case MAT_C_CHAR:
    return "text";
  case MAT_C_STRUCT:
    return "a structure";
  case MAT_C_CELL:
    return "a cell array";
  case MAT_C_SPARSE:
    return "a sparse matrix (save full(...))";
  default:
    return "an object";
  }
}

static PetscErrorCode mat_close(DscFile *file)
{
  mat_t *mat = (mat_t *)file->handle;

  PetscFunctionBeginUser;
  file->handle = NULL;
  PetscCheck(Mat_Close(mat) == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "libmatio cannot close %s", file->path);
  PetscFunctionReturn(0);
}

static PetscErrorCode mat_open(DscFile *file)
{
  matvar_t *variable;

  PetscFunctionBeginUser;
  file->handle = Mat_Open(file->path, MAT_ACC_RDONLY);
  DscUserCheck(file->handle, PETSC_COMM_SELF, "data_file: %s looks like a MATLAB file, but libmatio cannot open it",
               file->path);
  while ((variable = Mat_VarReadNextInfo((mat_t *)file->handle))) {
    const char *refusal = refusal_of(variable);

    if (variable->name) PetscCall(DscFileAddEntry(file, variable->name, variable->rank, variable->dims, refusal));
    Mat_VarFree(variable);
  }
  PetscFunctionReturn(0);
}

static double number_at(enum matio_types type, const void *data, PetscInt i)
{
  switch (type) {
  case MAT_T_DOUBLE:
    return ((const double *)data)[i];
  case MAT_T_SINGLE:
    return (double)((const float *)data)[i];
  case MAT_T_INT8:
    return ((const int8_t *)data)[i];
  case MAT_T_UINT8:
    return ((const uint8_t *)data)[i];
  case MAT_T_INT16:
    return ((const int16_t *)data)[i];
  case MAT_T_UINT16:
    return ((const uint16_t *)data)[i];
  case MAT_T_INT32:
    return ((const int32_t *)data)[i];
  case MAT_T_UINT32:
    return ((const uint32_t *)data)[i];
  case MAT_T_INT64:
    return (double)((const int64_t *)data)[i];
  default:
    return (double)((const uint64_t *)data)[i];
  }
}

/* variable: owned by the caller, its numbers read. */
static PetscErrorCode convert(const DscFile *file, const matvar_t *variable, DscArray *array)
{
  const mat_complex_split_t *parts  = (const mat_complex_split_t *)variable->data;
  PetscInt                   stride = 1;

  PetscFunctionBeginUser;
  DscUserCheck(variable->data && variable->nbytes / (size_t)variable->data_size == (size_t)array->n, PETSC_COMM_SELF,
               "data_file: %s: '%s' cannot be read: the file is damaged or cut off", file->path, array->name);
  PetscCall(PetscMalloc1(array->n, &array->values));
  if (variable->isComplex) PetscCall(PetscMalloc1(array->n, &array->imaginary));
  for (PetscInt i = 0; i < array->n; i++) {
    array->values[i] = number_at(variable->data_type, variable->isComplex ? parts->Re : variable->data, i);
    if (variable->isComplex) array->imaginary[i] = number_at(variable->data_type, parts->Im, i);
  }
  for (PetscInt d = 0; d < array->ndimensions; d++) { /* the first dimension is the fastest */
    array->strides[d] = stride;
    stride *= array->dimensions[d];
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode mat_read(DscFile *file, PetscInt entry, DscArray *array)
{
  matvar_t      *variable = Mat_VarRead((mat_t *)file->handle, file->entries[entry].name);
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  DscUserCheck(variable, PETSC_COMM_SELF, "data_file: %s: '%s' cannot be read: the file is damaged or cut off",
               file->path, array->name);
  ierr = convert(file, variable, array);
  Mat_VarFree(variable);
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

const DscReader DscReaderMAT = {"MATLAB", mat_recognise, mat_open, NULL, mat_read, mat_close, NULL, NULL};
#else
static PetscErrorCode mat_open(DscFile *file)
{
  PetscFunctionBeginUser;
  DscUserCheck(PETSC_FALSE, PETSC_COMM_SELF,
               "data_file: %s is a MATLAB file, and discern was built without libmatio; save it with "
               "save(..., '-v7.3'), or build with libmatio",
               file->path);
  PetscFunctionReturn(0);
}

const DscReader DscReaderMAT = {"MATLAB", mat_recognise, mat_open, NULL, NULL, NULL, NULL, NULL};
#endif
