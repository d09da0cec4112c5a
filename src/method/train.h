/*
  The loop of every method (DESIGN 1), written once:
  panels forward -> tree-sum of statistics -> couple -> panels backward -> tree-sum of gradient -> optimiser step.
  A method supplies a graph and the callbacks below. All ranks of the run see the same statistics and parameters.

  Several experiments share the graph, each with parameters of its own. Their panels are dealt to the shards as one list,
  those of the first experiment first.
*/
#ifndef DISCERN_METHOD_TRAIN_H
#define DISCERN_METHOD_TRAIN_H

#include <discern/method.h>

#include <petscvec.h>

/* Consecutive samples of the training or of the test part, one a lane. The last panel of a part is filled up by
   repeating its last sample: lanes from count on weigh nothing. */
typedef struct {
  PetscInt  experiment;
  PetscInt  first, count; /* samples [first, first + count) of the experiment's data set */
  PetscBool test;
} DscPanel;

/* Sample of a lane, repeated ones included. */
static inline PetscInt DscPanelSample(const DscPanel *panel, PetscInt lane)
{
  return panel->first + PetscMin(lane, panel->count - 1);
}

/* What couple() is told and what it answers. */
typedef struct {
  PetscInt      iteration;
  PetscBool     last;           /* no step follows */
  PetscBool     tested;         /* the statistics of the test panels are fresh */
  const double *statistics;     /* (not owned) [nstatistics] sums over all panels */
  double       *extra;          /* (not owned) [nextra] the method's own parameters, which it may change */
  double       *extra_gradient; /* (not owned) [nextra] to be written */
  double        loss;           /* answer: must be finite */
  PetscBool     stop;           /* answer: PETSC_TRUE ends the training before the step */
  PetscBool     remember;       /* answer: the present parameters, with the optimiser's state, are kept */
  PetscBool recall; /* answer: in place of a step, the parameters and the state that were kept last come back, once */
} DscTrainCoupling;

typedef struct {
  void     *context;                       /* (not owned) first argument of the callbacks */
  PetscInt  nexperiments;                  /* 0 counts as 1 */
  PetscInt  nsamples[DSC_MAX_EXPERIMENTS]; /* of each experiment's set */
  PetscInt  ntrain[DSC_MAX_EXPERIMENTS];   /* its samples [0, ntrain) train, the rest test */
  PetscInt  nstatistics;                   /* length of the statistics */
  PetscInt  nextra;                        /* parameters of the method, kept behind the graph's */
  PetscInt  test_interval;                 /* iterations between tests beside those of -train_log_interval; 0: none */
  PetscBool remembers;                     /* couple() may ask to remember */
  double    data_bytes; /* of the data on this rank, which count against -memory_limit with the workspaces */
  PetscErrorCode (*set_input)(void *context, const DscPanel *panel, DscWorkspace workspace);
  /* Adds the sums of a panel that has run forward. */
  PetscErrorCode (*add_statistics)(void *context, const DscPanel *panel, DscWorkspace workspace, double statistics[]);
  /* The same on every rank, from the same numbers. */
  PetscErrorCode (*couple)(void *context, DscTrainCoupling *coupling);
  /* Seeds the adjoints of the graph's outputs for a training panel, from what couple() left in the context. */
  PetscErrorCode (*seed_adjoint)(void *context, const DscPanel *panel, DscWorkspace workspace);
  /* All that the next couple() reads beside its arguments, and back from it; NULL: nothing. */
  PetscErrorCode (*save)(void *context, DscBuffer state);
  PetscErrorCode (*restore)(void *context, DscBuffer state);
} DscTrainProblem;

typedef struct _p_DscTrain *DscTrain;

/* Reads -train_*, -shards and -optim_*. Workspaces of this rank's training panels are kept from forward to backward
   as long as they fit into -train_memory_limit; the others run forward twice, with the same numbers. A user error where
   they and the data exceed -memory_limit. Collective. */
PETSC_INTERN PetscErrorCode DscTrainCreate(MPI_Comm comm, DscOptions options, DscGraph graph,
                                           const DscTrainProblem *problem, DscTrain *train);
PETSC_INTERN PetscErrorCode DscTrainDestroy(DscTrain *train);
/* The graph's flat vector, of each experiment, followed by the method's own parameters: sequential, replicated. (not owned
   by the caller) */
PETSC_INTERN PetscErrorCode DscTrainGetParameters(DscTrain train, Vec *theta);
/* Trains until couple() says stop or -train_iterations steps are done; the statistics coupled last belong to the final
   parameters. PETSC_ERR_FP where the loss or the gradient is not finite.
   control may be NULL. *iterations counts the steps, those before a restart included. *stopped: control ended the loop;
   the parameters are then one step ahead of what was coupled last. PETSC_ERR_FILE_UNEXPECTED where control->restart is
   not a state of this problem. Collective. */
PETSC_INTERN PetscErrorCode DscTrainRun(DscTrain train, const DscRunControl *control, PetscInt *iterations,
                                        PetscBool *stopped);
/* Runs every panel of this rank forward, training part and test part, with the present parameters, and shows it to
   visit(). Not collective. */
PETSC_INTERN PetscErrorCode DscTrainVisit(DscTrain train,
                                          PetscErrorCode (*visit)(void *context, const DscPanel *panel,
                                                                  DscWorkspace workspace),
                                          void *context);
/* One evaluation of the loss and of its gradient [experiments][graph's] [extra], without a step. Collective. */
PETSC_INTERN PetscErrorCode DscTrainEvaluate(DscTrain train, double *loss, double gradient[]);

/* Sizes for -dry_run and for the memory limit. */
typedef struct {
  DscPartition train, test;
  PetscInt     nparameters;               /* the method's own included */
  PetscInt     local_panels, kept_panels; /* training panels of this rank, and those whose workspace is kept */
  double       bytes;                     /* of this rank: workspaces, adjoints */
  double       flops;                     /* of the graph, all ranks, one iteration */
} DscTrainPlan;
PETSC_INTERN PetscErrorCode DscTrainGetPlan(DscTrain train, DscTrainPlan *plan);

#endif
