#include "method/untrained.h"

PetscErrorCode DscUntrainedNeedsValues(MPI_Comm comm, DscOptions own, const char who[])
{
  double fraction;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetReal(own, "data_missing_fraction", &fraction));
  DscOptionsUserCheck(fraction == 0.0, own, comm, "data_missing_fraction",
                      "%s every value; use a network, as approximator fourier", who);
  PetscCall(DscOptionsSet(own, "data_missing", "refuse"));
  PetscFunctionReturn(0);
}

PetscErrorCode DscUntrainedTakesOneSet(MPI_Comm comm, DscOptions options, const char who[], DscOptions *own)
{
  const char *name, *distribution;
  PetscInt    nexperiments;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetExperimentCount(options, &nexperiments));
  DscOptionsUserCheck(nexperiments == 1, options, comm, "approximator",
                      "%s takes one experiment, not %" PetscInt_FMT "; use a network or finite_difference", who,
                      nexperiments);
  PetscCall(DscOptionsCopyExperiment(options, 0, own));
  PetscCall(DscOptionsGetString(options, "approximator", &name));
  PetscCall(DscOptionsGetString(options, "data_distribution", &distribution));
  DscOptionsUserCheck(strcmp(distribution, "replicated") == 0, options, comm, "data_distribution",
                      "with approximator %s every rank has all data; use replicated, with data_stride_* where they are "
                      "too many",
                      name);
  PetscFunctionReturn(0);
}

PetscErrorCode DscUntrainedHasNoTraining(MPI_Comm comm, DscOptions own)
{
  const char *name, *schedule, *refit;
  double      exponent;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetString(own, "approximator", &name));
  PetscCall(DscOptionsGetString(own, "prior_schedule", &schedule));
  DscOptionsUserCheck(strcmp(schedule, "constant") == 0, own, comm, "prior_schedule",
                      "follows a training, and with approximator %s there is none; use constant", name);
  PetscCall(DscOptionsGetReal(own, "prior_exponent", &exponent));
  DscOptionsUserCheck(exponent == 0.0, own, comm, "prior_exponent",
                      "follows the error of a network, and with approximator %s there is none; use 0", name);
  PetscCall(DscOptionsGetString(own, "refit", &refit));
  DscOptionsUserCheck(strcmp(refit, "none") == 0, own, comm, "refit",
                      "follows a network, and with approximator %s there is none; use none", name);
  PetscFunctionReturn(0);
}

PetscErrorCode DscUntrainedPreset(MPI_Comm comm, DscOptions own)
{
  const char *name, *constraint, *schedule, *prior;
  double      fraction;
  PetscBool   set;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetString(own, "approximator", &name));
  PetscCall(DscOptionsGetString(own, "constraint", &constraint));
  DscOptionsUserCheck(strcmp(constraint, "gradient"), own, comm, "constraint",
                      "trains the coefficients along with a network; with approximator %s use sbl, least_squares or "
                      "ridge",
                      name);
  PetscCall(DscOptionsGetReal(own, "data_test_fraction", &fraction));
  DscOptionsUserCheck(fraction == 0.0, own, comm, "data_test_fraction",
                      "nothing is trained with approximator %s, so nothing is tested; use 0", name);
  PetscCall(DscOptionsGetString(own, "mask_schedule", &schedule));
  DscOptionsUserCheck(strcmp(schedule, "periodic") == 0, own, comm, "mask_schedule",
                      "watches a training, and with approximator %s there is none; use periodic", name);
  PetscCall(DscUntrainedHasNoTraining(comm, own));
  PetscCall(DscOptionsIsSet(own, "sbl_prior", &set));
  PetscCall(DscOptionsGetString(own, "sbl_prior", &prior));
  DscOptionsUserCheck(!set || strcmp(prior, "dynamic"), own, comm, "sbl_prior",
                      "follows the precision of a network; with approximator %s use none or fixed", name);
  if (!set) PetscCall(DscOptionsSet(own, "sbl_prior", "none"));
  PetscFunctionReturn(0);
}

PetscErrorCode DscUntrainedPoll(MPI_Comm comm, const DscRunControl *control, PetscBool *stop)
{
  PetscBool save;

  PetscFunctionBeginUser;
  *stop = PETSC_FALSE;
  if (!control || !control->poll) PetscFunctionReturn(0);
  PetscCall(control->poll(control->context, stop, &save));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, stop, 1, MPIU_BOOL, MPI_LOR, comm));
  PetscFunctionReturn(0);
}
