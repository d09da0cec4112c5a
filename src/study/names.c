#include "study/names.h"

#include <stdlib.h>
#include <string.h>

static int compare_places(const void *left, const void *right)
{
  const DscNameSeen *a = left, *b = right;

  if (a->run != b->run) return a->run < b->run ? -1 : 1;
  return (a->position > b->position) - (a->position < b->position);
}

static int compare_names(const void *left, const void *right)
{
  int order = strcmp(((const DscNameSeen *)left)->name, ((const DscNameSeen *)right)->name);

  return order ? order : compare_places(left, right);
}

/* Keeps the first appearance of every name, in order of appearance. */
static PetscInt unique(PetscInt n, DscNameSeen seen[])
{
  PetscInt kept = 0;

  if (n) qsort(seen, (size_t)n, sizeof(*seen), compare_names);
  for (PetscInt i = 0; i < n; i++) {
    if (!kept || strcmp(seen[i].name, seen[kept - 1].name)) seen[kept++] = seen[i];
  }
  if (kept) qsort(seen, (size_t)kept, sizeof(*seen), compare_places);
  return kept;
}

PetscErrorCode DscNamesUnion(MPI_Comm comm, PetscInt nseen, DscNameSeen seen[], PetscInt *n,
                             char (**names)[DSC_NAME_LENGTH])
{
  PetscMPIInt  ranks, mine, total = 0, *counts, *starts;
  MPI_Datatype record;
  DscNameSeen *all;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(PetscMPIIntCast(unique(nseen, seen), &mine));
  PetscCall(PetscMalloc2(ranks, &counts, ranks, &starts));
  PetscCallMPI(MPI_Allgather(&mine, 1, MPI_INT, counts, 1, MPI_INT, comm));
  for (PetscMPIInt rank = 0; rank < ranks; rank++) {
    starts[rank] = total;
    total += counts[rank];
  }
  PetscCallMPI(MPI_Type_contiguous((PetscMPIInt)sizeof(DscNameSeen), MPI_BYTE, &record));
  PetscCallMPI(MPI_Type_commit(&record));
  PetscCall(PetscMalloc1(total, &all));
  PetscCallMPI(MPI_Allgatherv(seen, mine, record, all, counts, starts, record, comm));
  PetscCallMPI(MPI_Type_free(&record));
  *n = unique(total, all);
  PetscCall(PetscMalloc1(*n, names));
  for (PetscInt i = 0; i < *n; i++) memcpy((*names)[i], all[i].name, DSC_NAME_LENGTH);
  PetscCall(PetscFree(all));
  PetscCall(PetscFree2(counts, starts));
  PetscFunctionReturn(0);
}

PetscInt DscNamesFind(PetscInt n, const char (*names)[DSC_NAME_LENGTH], const char name[], PetscInt guess)
{
  if (guess < n && !strcmp(names[guess], name)) return guess;
  for (PetscInt i = 0; i < n; i++) {
    if (!strcmp(names[i], name)) return i;
  }
  return -1;
}
