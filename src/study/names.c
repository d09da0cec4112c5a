#include "study/names.h"

#include <stdlib.h>
#include <string.h>

/* A name, and where it was first seen: run first, then position in that run's list. */
typedef struct {
  char     name[DSC_NAME_LENGTH];
  PetscInt run, position;
} Seen;

static int compare_places(const void *left, const void *right)
{
  const Seen *a = left, *b = right;

  if (a->run != b->run) return a->run < b->run ? -1 : 1;
  return (a->position > b->position) - (a->position < b->position);
}

static int compare_names(const void *left, const void *right)
{
  int order = strcmp(((const Seen *)left)->name, ((const Seen *)right)->name);

  return order ? order : compare_places(left, right);
}

/* Keeps the first appearance of every name, in order of appearance. */
static PetscInt unique(PetscInt n, Seen seen[])
{
  PetscInt kept = 0;

  if (n) qsort(seen, (size_t)n, sizeof(*seen), compare_names);
  for (PetscInt i = 0; i < n; i++) {
    if (!kept || strcmp(seen[i].name, seen[kept - 1].name)) seen[kept++] = seen[i];
  }
  if (kept) qsort(seen, (size_t)kept, sizeof(*seen), compare_places);
  return kept;
}

/* Neighbours mostly have the same names: a run whose list is that of the run before it adds none. */
static PetscErrorCode collect(const DscRecords *records, DscNameList list, PetscInt *nseen, Seen **seen)
{
  const char(*own)[DSC_NAME_LENGTH], (*before)[DSC_NAME_LENGTH] = NULL;
  PetscInt nbefore = 0, capacity = 0;

  PetscFunctionBeginUser;
  *nseen = 0;
  *seen  = NULL;
  for (PetscInt i = 0; i < records->n; i++) {
    const PetscInt n = list(records->result[i], &own);

    for (PetscInt position = 0; position < n; position++) {
      if (DscNamesFind(nbefore, before, own[position], position) >= 0) continue;
      if (*nseen == capacity) {
        capacity = PetscMax(64, 2 * capacity);
        PetscCall(PetscRealloc((size_t)capacity * sizeof(Seen), seen));
      }
      (*seen)[*nseen] = (Seen){.run = records->run[i], .position = position};
      PetscCall(PetscStrncpy((*seen)[(*nseen)++].name, own[position], DSC_NAME_LENGTH));
    }
    if (n) nbefore = n, before = own;
  }
  *nseen = unique(*nseen, *seen);
  PetscFunctionReturn(0);
}

PetscErrorCode DscNamesUnion(MPI_Comm comm, const DscRecords *records, DscNameList list, PetscInt *n,
                             char (**names)[DSC_NAME_LENGTH])
{
  PetscMPIInt  ranks, mine, total = 0, *counts, *starts;
  PetscInt     nseen;
  MPI_Datatype record;
  Seen        *seen, *all;

  PetscFunctionBeginUser;
  PetscCall(collect(records, list, &nseen, &seen));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(PetscMPIIntCast(nseen, &mine));
  PetscCall(PetscMalloc2(ranks, &counts, ranks, &starts));
  PetscCallMPI(MPI_Allgather(&mine, 1, MPI_INT, counts, 1, MPI_INT, comm));
  for (PetscMPIInt rank = 0; rank < ranks; rank++) {
    starts[rank] = total;
    total += counts[rank];
  }
  PetscCallMPI(MPI_Type_contiguous((PetscMPIInt)sizeof(Seen), MPI_BYTE, &record));
  PetscCallMPI(MPI_Type_commit(&record));
  PetscCall(PetscMalloc1(total, &all));
  PetscCallMPI(MPI_Allgatherv(seen, mine, record, all, counts, starts, record, comm));
  PetscCallMPI(MPI_Type_free(&record));
  *n = unique(total, all);
  PetscCall(PetscMalloc1(*n, names));
  for (PetscInt i = 0; i < *n; i++) memcpy((*names)[i], all[i].name, DSC_NAME_LENGTH);
  PetscCall(PetscFree(all));
  PetscCall(PetscFree(seen));
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
