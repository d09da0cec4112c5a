#include "method/mechanistic.h"
#include "method/result.h"
#include "method/shooting.h"
#include "method/untrained.h"

#include <math.h>

#define ROUNDS 20 /* of choosing terms and of solving with them */

struct _p_DscMechanistic {
  MPI_Comm      comm;       /* (not owned) */
  DscOptions    own;        /* (owned) of the only experiment */
  DscDataSet   *data;       /* (owned) */
  DscLibrary    library;    /* (owned) */
  DscShooting   shooting;   /* (owned) */
  DscEstimator  estimator;  /* (owned) */
  DscRegression regression; /* (owned) of all left-hand sides together */
  PetscBool    *active;     /* (owned) [columns] */
  double       *xi;         /* (owned) [columns] */
  PetscInt      iterations;
  double        tolerance;
};

static PetscErrorCode check_data(DscMechanistic m)
{
  PetscFunctionBeginUser;
  DscUserCheck(m->data->ncoordinates == 1 && !m->data->positions, m->comm,
               "data: method mechanistic finds the equations of systems in time alone, and these data have other "
               "coordinates; use method discover");
  for (PetscInt f = 0; f < m->data->nfields; f++) {
    DscUserCheck(DscDataSetCountPresent(m->data, f, PETSC_TRUE) == m->data->ntrain, m->comm,
                 "data: method mechanistic needs every value, and some of %s are missing", m->data->field_names[f]);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscMechanisticCreate(MPI_Comm comm, DscOptions options, DscMechanistic *mechanistic)
{
  DscMechanistic m;
  PetscInt       seed;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&m));
  *mechanistic = m; /* even where the rest fails: the caller destroys what there is */
  m->comm      = comm;
  PetscCall(DscUntrainedTakesOneSet(comm, options, "method mechanistic", &m->own));
  PetscCall(DscOptionsGetInt(options, "seed", &seed));
  PetscCall(DscOptionsGetInt(options, "mechanistic_iterations", &m->iterations));
  PetscCall(DscOptionsGetReal(options, "mechanistic_tolerance", &m->tolerance));
  PetscCall(DscDataSetCreate(comm, m->own, (uint64_t)seed, &m->data));
  PetscCall(check_data(m));
  PetscCall(DscLibraryCreate(m->own, m->data, &m->library));
  PetscCall(DscShootingCreate(comm, m->own, m->data, m->library, &m->shooting));
  PetscCall(DscEstimatorCreate(m->own, m->shooting.ncolumns, (uint64_t)seed, 0, &m->estimator));
  PetscCall(DscRegressionCreate(m->shooting.ncolumns, &m->regression));
  PetscCall(PetscCalloc2(m->shooting.ncolumns, &m->active, m->shooting.ncolumns, &m->xi));
  PetscFunctionReturn(0);
}

PetscErrorCode DscMechanisticDestroy(DscMechanistic *mechanistic)
{
  DscMechanistic m = *mechanistic;

  PetscFunctionBeginUser;
  if (!m) PetscFunctionReturn(0);
  PetscCall(PetscFree2(m->active, m->xi));
  PetscCall(DscRegressionDestroy(&m->regression));
  PetscCall(DscEstimatorDestroy(&m->estimator));
  PetscCall(DscShootingDestroy(&m->shooting));
  PetscCall(DscLibraryDestroy(&m->library));
  PetscCall(DscDataSetDestroy(&m->data));
  PetscCall(DscOptionsDestroy(&m->own));
  PetscCall(PetscFree(*mechanistic));
  PetscFunctionReturn(0);
}

/* ---- run ------------------------------------------------------------------------------------------------------ */

static DscGram gram_of(const DscShooting *s)
{
  return (DscGram){.nterms = s->ncolumns, .nsamples = s->nsamples, .G = s->G, .b = s->rhs, .yy = s->yy};
}

/* The estimator's choice from the present sums. *changed: it is another than before. */
static PetscErrorCode choose(DscMechanistic m, PetscBool *changed)
{
  const DscShooting  *s      = &m->shooting;
  const DscGramBlocks blocks = {
      .nblocks = 1, .nterms = s->ncolumns, .nsamples = &s->nsamples, .G = s->G, .b = s->rhs, .yy = &s->yy};

  PetscFunctionBeginUser;
  PetscCall(DscEstimatorSelect(m->estimator, &blocks, NULL, &m->regression));
  *changed = PETSC_FALSE;
  for (PetscInt j = 0; j < s->ncolumns; j++) {
    if (m->active[j] != m->regression.active[j]) *changed = PETSC_TRUE;
    m->active[j] = m->regression.active[j];
  }
  PetscFunctionReturn(0);
}

/* Largest change of a coefficient, in its standard deviations or relative to itself, whichever is less. */
static double largest_change(const DscMechanistic m)
{
  double largest = 0.0;

  for (PetscInt j = 0; j < m->shooting.ncolumns; j++) {
    const double change = fabs(m->regression.coefficients[j] - m->xi[j]);

    if (change > 0.0)
      largest = PetscMax(largest, change / PetscMax(fabs(m->regression.coefficients[j]), m->regression.std[j]));
  }
  return largest;
}

/* Each field's residuals are compared with its own noise. */
static void update_precision(DscShooting *s)
{
  for (PetscInt f = 0; f < s->nfields; f++) {
    const double variance = s->sse[f] / s->count[f];

    if (variance > 0.0) s->precision[f] = PetscMin(1.0 / variance, 1e8 * s->precision[f]);
  }
}

/* Gauss-Newton with the active terms, until the coefficients stay; the sums are then those of the solution. */
static PetscErrorCode solve(DscMechanistic m, const DscRunControl *control, PetscInt *done, PetscBool *settled,
                            PetscBool *stopped)
{
  DscShooting *s = &m->shooting;

  PetscFunctionBeginUser;
  *settled = PETSC_FALSE;
  for (PetscInt i = 0; i < m->iterations && !*settled && !*stopped; i++) {
    DscGram gram;

    PetscCall(DscShootingLinearise(s, m->xi));
    gram = gram_of(s);
    PetscCall(DscLeastSquares(&gram, m->active, &m->regression));
    *settled = (PetscBool)(i > 0 && largest_change(m) < m->tolerance);
    PetscCall(PetscInfo(NULL, "mechanistic: step %" PetscInt_FMT ": residual %g, change %g\n", *done,
                        m->regression.residual / s->nsamples, largest_change(m)));
    PetscCall(DscShootingAdvance(s, m->xi, m->regression.coefficients));
    PetscCall(PetscArraycpy(m->xi, m->regression.coefficients, s->ncolumns));
    (*done)++;
    PetscCall(DscUntrainedPoll(m->comm, control, stopped));
  }
  PetscFunctionReturn(0);
}

/* Coefficients and errors of the last terms and sums. */
static PetscErrorCode fit_last(DscMechanistic m)
{
  const DscGram gram = gram_of(&m->shooting);

  PetscFunctionBeginUser;
  PetscCall(DscLeastSquares(&gram, m->active, &m->regression));
  PetscFunctionReturn(0);
}

static PetscErrorCode fill_result(DscMechanistic m, DscResult *result)
{
  const DscShooting *s = &m->shooting;
  PetscBool          inside;
  PetscInt           nnz = 0;

  PetscFunctionBeginUser;
  for (PetscInt j = 0; j < s->ncolumns; j++) {
    result->coefficients[j] = m->regression.active[j] ? m->regression.coefficients[j] : 0.0;
    result->std[j]          = m->regression.active[j] ? m->regression.std[j] : 0.0;
    result->normalized[j]   = m->regression.active[j] ? m->regression.normalized[j] : 0.0;
    result->active[j]       = m->regression.active[j] ? 1 : 0;
    nnz += result->active[j];
  }
  result->mse = 0.0;
  for (PetscInt f = 0; f < s->nfields; f++) result->mse += s->sse[f] / (s->count[f] * (double)s->nfields);
  result->bic = s->nsamples * log(PetscMax(m->regression.residual / s->nsamples, 1e-300)) + log(s->nsamples) * nnz;
  PetscCall(DscTruthIsInLibrary(m->library, m->data, &inside));
  PetscCall(DscResultCompareTruth(result, inside));
  PetscFunctionReturn(0);
}

PetscErrorCode DscMechanisticRun(DscMechanistic m, const DscRunControl *control, PETSC_UNUSED PetscBool progress,
                                 DscResult *result)
{
  const DscDataSet *set     = m->data;
  PetscBool         settled = PETSC_FALSE, stopped = PETSC_FALSE, changed = PETSC_TRUE;

  PetscFunctionBeginUser;
  PetscCall(DscResultSetEquation(result, m->library, 1, &set));
  for (PetscInt j = 0; j < m->shooting.ncolumns; j++) m->active[j] = PETSC_TRUE;
  for (PetscInt round = 0; round < ROUNDS && changed && !stopped; round++) {
    PetscCall(solve(m, control, &result->iterations, &settled, &stopped));
    if (stopped) break;
    update_precision(&m->shooting);
    PetscCall(DscShootingLinearise(&m->shooting, m->xi));
    PetscCall(choose(m, &changed));
  }
  PetscCall(fit_last(m));
  settled        = (PetscBool)(settled && !changed);
  result->status = stopped ? DSC_RUN_STOPPED : settled ? DSC_RUN_DONE : DSC_RUN_NOT_CONVERGED;
  PetscCall(PetscSNPrintf(result->reason, sizeof(result->reason), "%s %" PetscInt_FMT " Gauss-Newton steps",
                          stopped   ? "stopped after"
                          : settled ? "settled in"
                                    : "not settled in",
                          result->iterations));
  PetscCall(fill_result(m, result));
  PetscFunctionReturn(0);
}

PetscErrorCode DscMechanisticPrintPlan(DscMechanistic m)
{
  const DscShooting *s = &m->shooting;

  PetscFunctionBeginUser;
  PetscCall(PetscPrintf(m->comm, "data:        %s\n", m->data->description));
  PetscCall(PetscPrintf(m->comm, "samples:     %" PetscInt_FMT " to train\n", m->data->ntrain));
  PetscCall(PetscPrintf(m->comm,
                        "windows:     %" PetscInt_FMT " of %" PetscInt_FMT " samples, %" PetscInt_FMT " lanes\n",
                        s->nwindows, s->steps, s->lanes));
  PetscCall(PetscPrintf(m->comm, "library:     %" PetscInt_FMT " terms, %" PetscInt_FMT " left-hand sides\n", s->nterms,
                        s->nfields));
  PetscFunctionReturn(0);
}
