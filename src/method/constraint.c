#include "method/constraint.h"

static const DscConstraintOps *const registry[] = {&DscConstraintSBL, &DscConstraintLeastSquares, &DscConstraintRidge,
                                                   &DscConstraintGradient};

static PetscErrorCode find_ops(DscOptions options, const DscConstraintOps **ops)
{
  const char *name;

  PetscFunctionBeginUser;
  *ops = NULL;
  PetscCall(DscOptionsGetString(options, "constraint", &name));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(registry); i++) {
    if (strcmp(registry[i]->name, name) == 0) *ops = registry[i];
  }
  DscOptionsUserCheck(*ops, options, PETSC_COMM_SELF, "constraint", "no constraint '%s'; see -help", name);
  PetscFunctionReturn(0);
}

PetscErrorCode DscConstraintList(PetscInt *n, const char *const **names, const char *const **help)
{
  static const char *name_list[PETSC_STATIC_ARRAY_LENGTH(registry)], *help_list[PETSC_STATIC_ARRAY_LENGTH(registry)];

  PetscFunctionBeginUser;
  *n = (PetscInt)PETSC_STATIC_ARRAY_LENGTH(registry);
  for (PetscInt i = 0; i < *n; i++) {
    name_list[i] = registry[i]->name;
    help_list[i] = registry[i]->help;
  }
  *names = name_list;
  *help  = help_list;
  PetscFunctionReturn(0);
}

PetscErrorCode DscConstraintCreate(DscOptions options, PetscInt nexperiments, PetscInt nterms, PetscInt nleft,
                                   const double data_scale[], const double left_scale[], DscConstraint *constraint)
{
  DscConstraint c;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&c));
  *constraint = c; /* even where the rest fails: the caller destroys what there is */
  PetscCall(find_ops(options, &c->ops));
  PetscCall(DscOptionsGetInt(options, "constraint_start", &c->start));
  PetscCall(DscPriorScheduleCreate(options, &c->prior_schedule));
  c->nexperiments = nexperiments;
  c->nterms       = nterms;
  c->nleft        = nleft;
  PetscCall(PetscCalloc7(nleft, &c->regression, (size_t)(nexperiments * nterms * nterms), &c->G,
                         (nexperiments * nterms), &c->b, (nleft * nterms), &c->allowed, nleft, &c->data_scale, nleft,
                         &c->left_scale, nleft, &c->ratio));
  for (PetscInt i = 0; i < nleft * nterms; i++) c->allowed[i] = PETSC_TRUE;
  PetscCall(PetscArraycpy(c->data_scale, data_scale, nleft));
  PetscCall(PetscArraycpy(c->left_scale, left_scale, nleft));
  for (PetscInt f = 0; f < nleft; f++) PetscCall(DscRegressionCreate(nterms, &c->regression[f]));
  if (c->ops->masked) PetscCall(DscMaskCreate(options, nexperiments, nleft, nterms, &c->mask));
  PetscCall(c->ops->create(c, options));
  PetscFunctionReturn(0);
}

PetscErrorCode DscConstraintDestroy(DscConstraint *constraint)
{
  DscConstraint c = *constraint;

  PetscFunctionBeginUser;
  if (!c) PetscFunctionReturn(0);
  if (c->data) PetscCall(c->ops->destroy(c));
  for (PetscInt f = 0; f < c->nleft; f++) PetscCall(DscRegressionDestroy(&c->regression[f]));
  PetscCall(DscMaskDestroy(&c->mask));
  PetscCall(DscPriorScheduleDestroy(&c->prior_schedule));
  PetscCall(PetscFree7(c->regression, c->G, c->b, c->allowed, c->data_scale, c->left_scale, c->ratio));
  PetscCall(PetscFree(*constraint));
  PetscFunctionReturn(0);
}

PetscErrorCode DscConstraintGetExtra(DscConstraint constraint, PetscInt *nextra)
{
  PetscFunctionBeginUser;
  *nextra = constraint->ops->trained ? constraint->nleft * constraint->nterms : 0;
  PetscFunctionReturn(0);
}

PetscErrorCode DscConstraintGetBlocks(DscConstraint constraint, PetscInt *nblocks)
{
  PetscFunctionBeginUser;
  *nblocks = constraint->mask ? constraint->mask->nblocks : 1;
  PetscFunctionReturn(0);
}

PetscErrorCode DscConstraintGetTestInterval(DscConstraint constraint, PetscInt *interval)
{
  PetscFunctionBeginUser;
  *interval = constraint->mask ? DscScheduleTestInterval(&constraint->mask->schedule) : 0;
  PetscFunctionReturn(0);
}

PetscErrorCode DscConstraintHasChosen(DscConstraint constraint, PetscInt iteration, PetscBool *chosen)
{
  const PetscBool masked = (PetscBool)(!constraint->mask || !DscScheduleIsWaiting(&constraint->mask->schedule));

  PetscFunctionBeginUser;
  *chosen = (PetscBool)(masked && iteration >= constraint->prior_schedule.end);
  PetscFunctionReturn(0);
}

PetscErrorCode DscConstraintGetRatios(DscConstraint constraint, const double **ratio)
{
  PetscFunctionBeginUser;
  *ratio = constraint->ratio;
  PetscFunctionReturn(0);
}

PetscErrorCode DscConstraintPrintPlan(MPI_Comm comm, DscConstraint constraint)
{
  PetscFunctionBeginUser;
  PetscCall(DscPriorSchedulePrint(comm, &constraint->prior_schedule));
  PetscFunctionReturn(0);
}

/* A mask where one is due, and what the loop is asked for. */
static PetscErrorCode follow_schedule(DscConstraint constraint, PetscInt iteration, const DscMoments *moments,
                                      DscCoupling *coupling)
{
  DscScheduleAction action = {.mask = PETSC_FALSE};

  PetscFunctionBeginUser;
  if (constraint->mask) DscScheduleStep(&constraint->mask->schedule, iteration, moments->test_error, &action);
  if (action.mask) PetscCall(DscMaskFind(constraint->mask, moments, constraint->allowed));
  coupling->remember = action.remember;
  coupling->recall   = action.recall;
  PetscFunctionReturn(0);
}

PetscErrorCode DscConstraintCouple(DscConstraint constraint, PetscInt iteration, const DscMoments *moments,
                                   double extra[], double extra_gradient[], DscCoupling *coupling)
{
  const PetscInt n = moments->nexperiments * moments->nrows * moments->nrows;

  PetscFunctionBeginUser;
  coupling->loss = 0.0;
  PetscCall(follow_schedule(constraint, iteration, moments, coupling));
  PetscCall(PetscArrayzero(coupling->W, n));
  PetscCall(constraint->ops->couple(constraint, iteration, moments, extra, extra_gradient, coupling));
  if (iteration < constraint->start) PetscCall(PetscArrayzero(coupling->W, n));
  PetscFunctionReturn(0);
}

PetscErrorCode DscConstraintFinish(DscConstraint constraint, const DscMoments *moments)
{
  PetscFunctionBeginUser;
  if (constraint->ops->finish) PetscCall(constraint->ops->finish(constraint, moments));
  PetscFunctionReturn(0);
}

PetscErrorCode DscConstraintRestrict(DscConstraint constraint)
{
  const PetscInt M = constraint->nterms;

  PetscFunctionBeginUser;
  constraint->refining = PETSC_TRUE;
  for (PetscInt f = 0; f < constraint->nleft; f++) {
    for (PetscInt j = 0; j < M; j++) {
      if (!constraint->regression[f].active[j]) constraint->allowed[f * M + j] = PETSC_FALSE;
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscConstraintGetRegression(DscConstraint constraint, PetscInt left, const DscRegression **regression)
{
  PetscFunctionBeginUser;
  *regression = &constraint->regression[left];
  PetscFunctionReturn(0);
}

PetscErrorCode DscCouplingCreate(const DscMoments *moments, DscCoupling *coupling)
{
  PetscFunctionBeginUser;
  coupling->loss = 0.0;
  PetscCall(PetscCalloc2((size_t)(moments->nexperiments * moments->nrows * moments->nrows), &coupling->W,
                         moments->nleft, &coupling->tau));
  PetscFunctionReturn(0);
}

PetscErrorCode DscCouplingDestroy(DscCoupling *coupling)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree2(coupling->W, coupling->tau));
  PetscFunctionReturn(0);
}

PetscErrorCode DscConstraintGetGram(DscConstraint constraint, const DscMoments *moments, PetscInt left, DscGram *gram)
{
  const PetscInt M = moments->nterms, K = moments->nrows, y = DscMomentsRow(moments, left);
  const PetscInt e = left / (moments->nleft / moments->nexperiments);
  const double  *C = moments->C + DscMomentsOffset(moments, left);
  double        *G = constraint->G + e * M * M, *b = constraint->b + e * M;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < M; i++) {
    const PetscBool *allowed = constraint->allowed + left * M;

    for (PetscInt j = 0; j < M; j++) G[i * M + j] = allowed[i] && allowed[j] ? C[i * K + j] : 0.0;
    b[i] = allowed[i] ? C[y * K + i] : 0.0;
  }
  gram->nterms   = M;
  gram->nsamples = moments->count[left];
  gram->G        = G;
  gram->b        = b;
  gram->yy       = C[y * K + y];
  PetscFunctionReturn(0);
}

PetscErrorCode DscConstraintAddResidual(const DscMoments *moments, PetscInt left, const double xi[], double weight,
                                        double W[])
{
  const PetscInt M = moments->nterms, K = moments->nrows, y = DscMomentsRow(moments, left);

  PetscFunctionBeginUser;
  W += DscMomentsOffset(moments, left);
  for (PetscInt i = 0; i < M; i++) {
    for (PetscInt j = 0; j < M; j++) W[i * K + j] += 2.0 * weight * xi[i] * xi[j];
    W[i * K + y] -= 2.0 * weight * xi[i];
    W[y * K + i] -= 2.0 * weight * xi[i];
  }
  W[y * K + y] += 2.0 * weight;
  PetscFunctionReturn(0);
}

PetscErrorCode DscConstraintRefit(DscConstraint constraint, const DscMoments *moments)
{
  PetscFunctionBeginUser;
  PetscCall(DscMaskFinish(constraint->mask, moments, constraint->allowed, constraint->regression));
  PetscFunctionReturn(0);
}

double DscConstraintResidual(const DscGram *gram, const double xi[])
{
  double residual = gram->yy;

  for (PetscInt i = 0; i < gram->nterms; i++) {
    double Gxi = 0.0;
    for (PetscInt j = 0; j < gram->nterms; j++) Gxi += gram->G[i * gram->nterms + j] * xi[j];
    residual += xi[i] * (Gxi - 2.0 * gram->b[i]);
  }
  return PetscMax(residual, 0.0);
}

/* ---- checkpoints -------------------------------------------------------------------------------------------- */

enum { INT_ITERATIONS, INT_CONVERGED, INTS };
enum { REAL_PRECISION, REAL_RESIDUAL, REAL_EVIDENCE, REALS };

/* The arrays of a regression, in one order for both ways; the last one is [nterms][nterms]. */
enum { ARRAYS = 5 };
static void list_arrays(const DscRegression *reg, double *arrays[ARRAYS])
{
  arrays[0] = reg->coefficients;
  arrays[1] = reg->std;
  arrays[2] = reg->normalized;
  arrays[3] = reg->alpha;
  arrays[4] = reg->covariance;
}

static PetscInt array_size(const DscRegression *reg, int a)
{
  return a < ARRAYS - 1 ? reg->nterms : reg->nterms * reg->nterms;
}

static PetscErrorCode put_regression(const DscRegression *reg, DscBuffer state)
{
  const PetscInt ints[INTS]   = {[INT_ITERATIONS] = reg->iterations, [INT_CONVERGED] = reg->converged};
  const double   reals[REALS] = {
        [REAL_PRECISION] = reg->noise_precision, [REAL_RESIDUAL] = reg->residual, [REAL_EVIDENCE] = reg->log_evidence};
  double *arrays[ARRAYS];

  PetscFunctionBeginUser;
  list_arrays(reg, arrays);
  PetscCall(DscBufferPutInts(state, "regression/1", INTS, ints));
  PetscCall(DscBufferPutReals(state, "reals", REALS, reals));
  for (int a = 0; a < ARRAYS; a++) PetscCall(DscBufferPutReals(state, "array", array_size(reg, a), arrays[a]));
  PetscCall(DscBufferPutBytes(state, "active", reg->nterms * (PetscInt)sizeof(PetscBool), reg->active));
  PetscFunctionReturn(0);
}

static PetscErrorCode get_regression(DscBuffer state, DscRegression *reg)
{
  PetscInt ints[INTS];
  double   reals[REALS];
  double  *arrays[ARRAYS];

  PetscFunctionBeginUser;
  list_arrays(reg, arrays);
  PetscCall(DscBufferGetInts(state, "regression/1", INTS, ints));
  PetscCall(DscBufferGetReals(state, "reals", REALS, reals));
  for (int a = 0; a < ARRAYS; a++) PetscCall(DscBufferGetReals(state, "array", array_size(reg, a), arrays[a]));
  PetscCall(DscBufferGetBytes(state, "active", reg->nterms * (PetscInt)sizeof(PetscBool), reg->active));
  reg->iterations      = ints[INT_ITERATIONS];
  reg->converged       = (PetscBool)ints[INT_CONVERGED];
  reg->noise_precision = reals[REAL_PRECISION];
  reg->residual        = reals[REAL_RESIDUAL];
  reg->log_evidence    = reals[REAL_EVIDENCE];
  PetscFunctionReturn(0);
}

PetscErrorCode DscConstraintSave(DscConstraint c, DscBuffer state)
{
  const PetscInt refining = c->refining;

  PetscFunctionBeginUser;
  PetscCall(DscBufferPutInts(state, c->ops->name, 1, &refining));
  PetscCall(DscBufferPutBytes(state, "allowed", c->nleft * c->nterms * (PetscInt)sizeof(PetscBool), c->allowed));
  for (PetscInt f = 0; f < c->nleft; f++) PetscCall(put_regression(&c->regression[f], state));
  if (c->mask) PetscCall(DscMaskSave(c->mask, state));
  if (c->ops->save) PetscCall(c->ops->save(c, state));
  PetscFunctionReturn(0);
}

PetscErrorCode DscConstraintRestore(DscConstraint c, DscBuffer state)
{
  PetscInt refining;

  PetscFunctionBeginUser;
  PetscCall(DscBufferGetInts(state, c->ops->name, 1, &refining));
  PetscCall(DscBufferGetBytes(state, "allowed", c->nleft * c->nterms * (PetscInt)sizeof(PetscBool), c->allowed));
  for (PetscInt f = 0; f < c->nleft; f++) PetscCall(get_regression(state, &c->regression[f]));
  c->refining = (PetscBool)refining;
  if (c->mask) PetscCall(DscMaskRestore(c->mask, state));
  if (c->ops->restore) PetscCall(c->ops->restore(c, state));
  PetscFunctionReturn(0);
}
