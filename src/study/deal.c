#include "study/deal.h"

#include <string.h>

PetscInt DscDealStart(PetscInt nruns, PetscMPIInt ranks, PetscMPIInt rank)
{
  return (PetscInt)((int64_t)nruns * rank / ranks);
}

static PetscErrorCode all_to_all(const DscDeal *deal, MPI_Datatype type, const void *send, const PetscMPIInt nsend[],
                                 void *receive, const PetscMPIInt nreceive[])
{
  PetscMPIInt *from, *to;
  int64_t      sent = 0, received = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(deal->ranks, &from, deal->ranks, &to));
  for (PetscMPIInt rank = 0; rank < deal->ranks; rank++) {
    from[rank] = (PetscMPIInt)sent;
    to[rank]   = (PetscMPIInt)received;
    sent += nsend[rank];
    received += nreceive[rank];
  }
  PetscCallMPI(MPI_Alltoallv(send, nsend, from, type, receive, nreceive, to, type, deal->comm));
  PetscCall(PetscFree2(from, to));
  PetscFunctionReturn(0);
}

PetscErrorCode DscDealCreate(MPI_Comm comm, PetscInt nruns, const DscRecords *records, DscDeal *deal)
{
  PetscMPIInt rank, owner = 0;
  PetscInt    arriving = 0;

  PetscFunctionBeginUser;
  deal->comm = comm;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &deal->ranks));
  deal->first = DscDealStart(nruns, deal->ranks, rank);
  deal->count = DscDealStart(nruns, deal->ranks, rank + 1) - deal->first;
  PetscCall(PetscCalloc3(deal->ranks, &deal->nsend, deal->ranks, &deal->nreceive, deal->count, &deal->arrived));
  for (PetscInt i = 0; i < records->n; i++) {
    while (records->run[i] >= DscDealStart(nruns, deal->ranks, owner + 1)) owner++;
    deal->nsend[owner]++;
  }
  PetscCallMPI(MPI_Alltoall(deal->nsend, 1, MPI_INT, deal->nreceive, 1, MPI_INT, comm));
  for (PetscMPIInt from = 0; from < deal->ranks; from++) arriving += deal->nreceive[from];
  PetscCheck(arriving == deal->count, PETSC_COMM_SELF, PETSC_ERR_PLIB, "%d runs arrive where %d are missing",
             (int)arriving, (int)deal->count);
  PetscCall(all_to_all(deal, MPIU_INT, records->run, deal->nsend, deal->arrived, deal->nreceive));
  PetscFunctionReturn(0);
}

PetscErrorCode DscDealDestroy(DscDeal *deal)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree3(deal->nsend, deal->nreceive, deal->arrived));
  PetscFunctionReturn(0);
}

PetscErrorCode DscDealRows(const DscDeal *deal, size_t bytes, const void *have, void *want)
{
  MPI_Datatype row;
  char        *received;

  PetscFunctionBeginUser;
  if (!bytes) PetscFunctionReturn(0);
  PetscCallMPI(MPI_Type_contiguous((PetscMPIInt)bytes, MPI_BYTE, &row));
  PetscCallMPI(MPI_Type_commit(&row));
  PetscCall(PetscMalloc1((size_t)deal->count * bytes, &received));
  PetscCall(all_to_all(deal, row, have, deal->nsend, received, deal->nreceive));
  for (PetscInt i = 0; i < deal->count; i++) {
    memcpy((char *)want + (size_t)(deal->arrived[i] - deal->first) * bytes, received + (size_t)i * bytes, bytes);
  }
  PetscCall(PetscFree(received));
  PetscCallMPI(MPI_Type_free(&row));
  PetscFunctionReturn(0);
}

PetscErrorCode DscDealRagged(const DscDeal *deal, const PetscInt have_length[], const double have[],
                             const PetscInt want_length[], double want[])
{
  PetscMPIInt *nsend, *nreceive;
  PetscInt     sent = 0, taken = 0;
  int64_t     *start, total    = 0;
  double      *received;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc3(deal->ranks, &nsend, deal->ranks, &nreceive, deal->count, &start));
  for (PetscInt i = 0; i < deal->count; i++) {
    start[i] = total;
    total += want_length[i];
  }
  for (PetscMPIInt rank = 0; rank < deal->ranks; rank++) {
    for (PetscMPIInt i = 0; i < deal->nsend[rank]; i++) nsend[rank] += have_length[sent++];
    for (PetscMPIInt i = 0; i < deal->nreceive[rank]; i++) {
      nreceive[rank] += want_length[deal->arrived[taken++] - deal->first];
    }
  }
  PetscCall(PetscMalloc1((size_t)total, &received));
  PetscCall(all_to_all(deal, MPI_DOUBLE, have, nsend, received, nreceive));
  total = 0;
  for (PetscInt i = 0; i < deal->count; i++) {
    const PetscInt run = deal->arrived[i] - deal->first;

    PetscCall(PetscArraycpy(want + start[run], received + total, want_length[run]));
    total += want_length[run];
  }
  PetscCall(PetscFree(received));
  PetscCall(PetscFree3(nsend, nreceive, start));
  PetscFunctionReturn(0);
}
