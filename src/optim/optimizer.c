/*
  The optimiser object: options, life cycle, one step (clipping, schedule, weight decay, then the implementation), state.
*/
#include "optim/optimizer.h"

static const DscOptionSpec specs[] = {
    {"optim_type", DSC_CHOICE, "soap", 0, 0, "adam|soap", "optimiser"},
    {"optim_lr", DSC_REAL, "-1", -1, 1e3, NULL, "base learning rate; -1: 2e-3 for adam, 3e-3 for soap"},
    {"optim_beta1", DSC_REAL, "-1", -1, 0.999999, NULL,
     "decay of the average gradient; -1: .99 for adam, .95 for soap"},
    {"optim_beta2", DSC_REAL, "-1", -1, 0.999999, NULL,
     "decay of the average squared gradient (and of soap's matrices); -1: .99 for adam, .95 for soap"},
    {"optim_epsilon", DSC_REAL, "1e-8", 0, 1, NULL, "added to the root of the average squared gradient"},
    {"optim_amsgrad", DSC_BOOL, "false", 0, 0, NULL, "adam: divide by the largest average squared gradient so far"},
    {"optim_weight_decay", DSC_REAL, "0", 0, 1e3, NULL, "decoupled weight decay, per unit of learning rate"},
    {"optim_clip", DSC_REAL, "0", 0, DSC_NO_MAX, NULL, "bound of the gradient's Euclidean norm; 0: none"},
    {"optim_schedule", DSC_CHOICE, "constant", 0, 0, "constant|cosine|onecycle", "learning rate over the iterations"},
    {"optim_warmup", DSC_REAL, "-1", -1, 0.99, NULL,
     "fraction of the iterations in which the rate rises; -1: 0 for constant and cosine, .3 for onecycle"},
    {"optim_final_factor", DSC_REAL, "0.01", 0, 1, NULL,
     "last learning rate of cosine and onecycle, relative to the base"},
    {"optim_soap_refresh", DSC_INT, "10", 1, 1e9, NULL, "soap: steps between updates of the eigenbases"},
    {"optim_soap_max_dimension", DSC_INT, "1024", 1, 1e5, NULL,
     "soap: a side of a weight matrix longer than this keeps the identity as its basis"},
};

static const DscOptimizerOps *const implementations[] = {&DscOptimizerAdam, &DscOptimizerSoap};

PetscErrorCode DscOptimRegisterOptions(void)
{
  PetscFunctionBeginUser;
  PetscCall(DscOptionsRegister("optim", PETSC_STATIC_ARRAY_LENGTH(specs), specs));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptimList(PetscInt *n, const char *const **names, const char *const **help)
{
  static const char *name_list[PETSC_STATIC_ARRAY_LENGTH(implementations)];
  static const char *help_list[PETSC_STATIC_ARRAY_LENGTH(implementations)];

  PetscFunctionBeginUser;
  *n = PETSC_STATIC_ARRAY_LENGTH(implementations);
  for (PetscInt i = 0; i < *n; i++) {
    name_list[i] = implementations[i]->name;
    help_list[i] = implementations[i]->help;
  }
  *names = name_list;
  *help  = help_list;
  PetscFunctionReturn(0);
}

/* A real option whose default, typed as -1, depends on other options. */
static PetscErrorCode getRealOrDefault(DscOptions options, const char key[], double by_default, double *value)
{
  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetReal(options, key, value));
  DscOptionsUserCheck(*value >= 0.0 || *value == -1.0, options, PETSC_COMM_SELF, key,
                      "must not be negative, or be -1 for the default");
  if (*value == -1.0) *value = by_default;
  PetscFunctionReturn(0);
}

static PetscErrorCode readSettings(DscOptions options, DscOptimizer optimizer)
{
  DscOptimizerSettings *settings = &optimizer->settings;
  const char           *type, *schedule;
  PetscBool             same, onecycle;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetString(options, "optim_type", &type));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(implementations); i++) {
    PetscCall(PetscStrcmp(type, implementations[i]->name, &same));
    if (same) optimizer->ops = implementations[i];
  }
  PetscCheck(optimizer->ops, PETSC_COMM_SELF, PETSC_ERR_ARG_UNKNOWN_TYPE, "no optimiser '%s'", type);
  PetscCall(getRealOrDefault(options, "optim_lr", optimizer->ops->lr, &settings->lr));
  PetscCall(getRealOrDefault(options, "optim_beta1", optimizer->ops->beta1, &settings->beta1));
  PetscCall(getRealOrDefault(options, "optim_beta2", optimizer->ops->beta2, &settings->beta2));
  PetscCall(DscOptionsGetReal(options, "optim_epsilon", &settings->epsilon));
  PetscCall(DscOptionsGetBool(options, "optim_amsgrad", &settings->amsgrad));
  DscOptionsUserCheck(!settings->amsgrad || optimizer->ops == &DscOptimizerAdam, options, PETSC_COMM_SELF,
                      "optim_amsgrad", "only adam has it, and -optim_type is %s", type);
  PetscCall(DscOptionsGetReal(options, "optim_weight_decay", &settings->weight_decay));
  PetscCall(DscOptionsGetReal(options, "optim_clip", &settings->clip));
  PetscCall(DscOptionsGetString(options, "optim_schedule", &schedule));
  PetscCall(PetscStrncpy(settings->schedule, schedule, sizeof(settings->schedule)));
  PetscCall(PetscStrcmp(schedule, "onecycle", &onecycle));
  PetscCall(getRealOrDefault(options, "optim_warmup", onecycle ? 0.3 : 0.0, &settings->warmup));
  PetscCall(DscOptionsGetReal(options, "optim_final_factor", &settings->final_factor));
  PetscCall(DscOptionsGetInt(options, "optim_soap_refresh", &settings->soap_refresh));
  PetscCall(DscOptionsGetInt(options, "optim_soap_max_dimension", &settings->soap_max_dimension));
  PetscFunctionReturn(0);
}

static PetscErrorCode checkTiling(PetscInt size, PetscInt nblocks, const DscBlock blocks[])
{
  PetscInt end = 0;

  PetscFunctionBeginUser;
  for (PetscInt b = 0; b < nblocks; b++) {
    PetscCheck(blocks[b].rows > 0 && blocks[b].columns > 0, PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ,
               "block %" PetscInt_FMT " is empty: %" PetscInt_FMT " x %" PetscInt_FMT, b, blocks[b].rows,
               blocks[b].columns);
    PetscCheck(blocks[b].offset == end, PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ,
               "blocks must follow each other: block %" PetscInt_FMT " starts at %" PetscInt_FMT
               ", the one before it ends at %" PetscInt_FMT,
               b, blocks[b].offset, end);
    end += blocks[b].rows * blocks[b].columns;
  }
  PetscCheck(end == size, PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ,
             "blocks cover [0, %" PetscInt_FMT ") of a vector of size %" PetscInt_FMT, end, size);
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptimizerAllocateState(DscOptimizer optimizer, PetscInt extra, double **first)
{
  PetscFunctionBeginUser;
  optimizer->nstate = 1 + 2 * optimizer->size + extra;
  PetscCall(PetscCalloc1(optimizer->nstate, &optimizer->state));
  optimizer->m = optimizer->state + 1;
  optimizer->v = optimizer->m + optimizer->size;
  *first       = optimizer->v + optimizer->size;
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptimizerCreate(DscOptions options, PetscInt size, PetscInt nblocks, const DscBlock blocks[],
                                  DscOptimizer *optimizer)
{
  DscOptimizer o;

  PetscFunctionBeginUser;
  PetscCall(checkTiling(size, nblocks, blocks));
  PetscCall(PetscNew(&o));
  *optimizer = o;
  PetscCall(readSettings(options, o));
  o->size    = size;
  o->nblocks = nblocks;
  PetscCall(PetscMalloc1(nblocks, &o->blocks));
  PetscCall(PetscArraycpy(o->blocks, blocks, nblocks));
  if (o->settings.clip > 0.0) PetscCall(PetscMalloc1(size, &o->gradient));
  PetscCall(o->ops->create(o));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptimizerDestroy(DscOptimizer *optimizer)
{
  DscOptimizer o = *optimizer;

  PetscFunctionBeginUser;
  if (!o) PetscFunctionReturn(0);
  if (o->ops && o->ops->destroy) PetscCall(o->ops->destroy(o));
  PetscCall(PetscFree(o->blocks));
  PetscCall(PetscFree(o->gradient));
  PetscCall(PetscFree(o->state));
  PetscCall(PetscFree(*optimizer));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptimizerStep(DscOptimizer optimizer, PetscInt iteration, PetscInt iterations,
                                const double gradient[], double theta[])
{
  const DscOptimizerSettings *settings = &optimizer->settings;
  const double                fraction = PetscMin(1.0, (double)iteration / (double)PetscMax(1, iterations - 1));
  double                      factor, lr, norm = 0.0;

  PetscFunctionBeginUser;
  PetscCall(DscScheduleFactor(settings->schedule, fraction, settings->warmup, settings->final_factor, &factor));
  lr = settings->lr * factor;
  for (PetscInt i = 0; i < optimizer->size; i++) norm += gradient[i] * gradient[i];
  norm = sqrt(norm);
  PetscCheck(!PetscIsInfOrNanReal(norm), PETSC_COMM_SELF, PETSC_ERR_FP,
             "the gradient is not a finite number at iteration %" PetscInt_FMT
             ": try a smaller -optim_lr or -optim_clip",
             iteration);
  if (settings->clip > 0.0 && norm > settings->clip) {
    for (PetscInt i = 0; i < optimizer->size; i++) optimizer->gradient[i] = gradient[i] * (settings->clip / norm);
    gradient = optimizer->gradient;
  }
  if (settings->weight_decay > 0.0) {
    for (PetscInt i = 0; i < optimizer->size; i++) theta[i] -= lr * settings->weight_decay * theta[i];
  }
  PetscCall(optimizer->ops->step(optimizer, lr, gradient, theta));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptimizerGetStateSize(DscOptimizer optimizer, PetscInt *size)
{
  PetscFunctionBeginUser;
  *size = optimizer->nstate;
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptimizerGetState(DscOptimizer optimizer, double state[])
{
  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(state, optimizer->state, optimizer->nstate));
  PetscFunctionReturn(0);
}

PetscErrorCode DscOptimizerSetState(DscOptimizer optimizer, const double state[])
{
  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(optimizer->state, state, optimizer->nstate));
  PetscFunctionReturn(0);
}
