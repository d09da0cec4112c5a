/*
  <output>.journal: every finished run of a study, on disc as soon as it is finished, by whichever rank has it.

  The file is made of blocks of 4096 bytes. A record begins at a block: a head with checksums, then its bytes. The first
  record, stored twice, says what study this is. A rank that is killed while it writes leaves a hole or half a record;
  who reads looks for heads block by block and names what it passes over.
*/
#ifndef STUDY_JOURNAL_H
#define STUDY_JOURNAL_H

#include "study/plan.h"
#include "study/queue.h"

typedef struct _p_DscJournal *DscJournal;

/* What study a journal belongs to. */
typedef struct {
  PetscInt  nruns;     /* of the plan */
  PetscBool continues; /* runs that are not in the journal may be finished in the results file */
  char     *options;   /* DscOptionsToText() */
} DscJournalStudy;

/* A record whose head is whole. */
typedef struct {
  int64_t run; /* number in the whole study */
  int64_t offset, length;
} DscJournalEntry;

/* A journal without runs, in the place of whatever was there; the disc has it on return. study: as on rank 0. An error
   of kind PETSC_ERR_FILE_WRITE, on all ranks, names the file and the reason. Collective. */
PETSC_EXTERN PetscErrorCode DscJournalCreate(MPI_Comm comm, const char path[], const DscJournalStudy *study,
                                             DscJournal *journal);
/* An existing one; NULL if there is none. wait: seconds for another program to be done with it; it is a user error if
   that is still at work; negative: do not care. A user error, too, if the file is no journal or of a later version.
   Collective. */
PETSC_EXTERN PetscErrorCode DscJournalOpen(MPI_Comm comm, const char path[], double wait, DscJournal *journal);
PETSC_EXTERN PetscErrorCode DscJournalDestroy(DscJournal *journal);
/* (owned by the journal); of the moment at which it was opened. entries are in the order of the file. */
PETSC_EXTERN const DscJournalStudy *DscJournalGetStudy(DscJournal journal);
PETSC_EXTERN const DscJournalEntry *DscJournalGetEntries(DscJournal journal, PetscInt *n);
/* result is to be fresh. A record that is damaged is named in a warning, and *whole is false. Not collective. */
PETSC_EXTERN PetscErrorCode DscJournalRead(DscJournal journal, const DscJournalEntry *entry, DscResult *result,
                                           PetscBool *whole);
/* The run is finished: its record is on disc on return. *durable is false if it cannot be written, of which the first
   time on a rank warns. run: number in the whole study. Not collective. */
PETSC_EXTERN PetscErrorCode DscJournalAppend(DscJournal journal, DscQueue queue, PetscInt run, const DscResult *result,
                                             PetscBool *durable);
/* The file goes: everything is in the results. Collective. */
PETSC_EXTERN PetscErrorCode DscJournalRemove(DscJournal journal);

#endif
