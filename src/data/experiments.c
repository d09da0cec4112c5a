/*
  Several data sets of one equation.
*/
#include "data/dataset.h"

#include <stdio.h>
#include <string.h>

/* 't, x; u, v' */
static void list_names(const DscDataSet *data, size_t size, char text[])
{
  size_t used = 0;

  text[0] = '\0';
  for (PetscInt c = 0; c < data->ncoordinates && used < size; c++)
    used += (size_t)snprintf(text + used, size - used, "%s%s", c ? ", " : "", data->coordinate_names[c]);
  for (PetscInt f = 0; f < data->nfields && used < size; f++)
    used += (size_t)snprintf(text + used, size - used, "%s%s", f ? ", " : "; ", data->field_names[f]);
}

PetscErrorCode DscDataSetCheckSameNames(MPI_Comm comm, const DscDataSet *first, const DscDataSet *other,
                                        PetscInt experiment)
{
  char a[512], b[512];

  PetscFunctionBeginUser;
  list_names(first, sizeof(a), a);
  list_names(other, sizeof(b), b);
  DscUserCheck(!strcmp(a, b), comm,
               "data: experiment %" PetscInt_FMT
               " has other coordinates or fields (%s) than the first (%s); all must have "
               "the same names in the same order, see -data_u and -data_names",
               experiment + 1, b, a);
  DscUserCheck(first->positions == other->positions, comm,
               "data: experiment %" PetscInt_FMT " has %s, but the first has %s; all must have the same, see "
               "-data_positions",
               experiment + 1, other->positions ? "positions of particles" : "values of fields",
               first->positions ? "positions of particles" : "values of fields");
  for (PetscInt f = 0; f < first->nfields; f++) {
    DscUserCheck(strcmp(first->field_names[f], "experiment"), comm,
                 "data: a field cannot be called 'experiment' where there are several; give another name, -data_names");
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode create_one(MPI_Comm comm, DscOptions options, uint64_t seed, PetscInt experiment,
                                 DscDataSet **data)
{
  DscOptions     own;
  PetscErrorCode ierr;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsCopyExperiment(options, experiment, &own));
  ierr = DscDataSetCreate(comm, own, DscExperimentSeed(seed, experiment), data);
  PetscCall(DscOptionsDestroy(&own));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

PetscErrorCode DscDataSetCreateAll(MPI_Comm comm, DscOptions options, uint64_t seed, PetscInt *n, DscDataSet ***sets)
{
  PetscFunctionBeginUser;
  *sets = NULL;
  *n    = 0;
  PetscCall(DscOptionsGetExperimentCount(options, n));
  PetscCall(PetscCalloc1(*n, sets));
  for (PetscInt e = 0; e < *n; e++) {
    PetscCall(create_one(comm, options, seed, e, &(*sets)[e]));
    if (e > 0) PetscCall(DscDataSetCheckSameNames(comm, (*sets)[0], (*sets)[e], e));
  }
  PetscFunctionReturn(0);
}
