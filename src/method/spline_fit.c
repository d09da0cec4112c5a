#include "method/spline_fit.h"
#include "method/spline_band.h"

#include <petscblaslapack.h>

#define MAX_TRIALS  12 /* dampings tried for one step */
#define FIRST_DAMP  1e-4
#define LEAST_DAMP  1e-12
#define DAMP_FACTOR 10.0
#define EXACT       1.0 /* v of data without noise: it cannot fall below 0, and a penalty is more */
#define PROBES      16  /* of Hutchinson's estimate */

/* ---- life --------------------------------------------------------------------------------------------------- */

PetscErrorCode DscSplineFitCreate(const DscSplineProblem *p, DscSplineFit *fit)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(fit, sizeof(*fit)));
  fit->nunknowns = p->nunknowns;
  fit->columns   = p->nfields * p->nterms;
  PetscCall(PetscCalloc3(fit->nunknowns, &fit->c, fit->columns, &fit->xi, fit->columns, &fit->active));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineFitDestroy(DscSplineFit *fit)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree3(fit->c, fit->xi, fit->active));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineFitCopy(const DscSplineFit *from, DscSplineFit *to)
{
  double    *c = to->c, *xi = to->xi;
  PetscBool *active = to->active;

  PetscFunctionBeginUser;
  PetscCheck(from->nunknowns == to->nunknowns && from->columns == to->columns, PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ,
             "copy between splines of different size");
  PetscCall(PetscArraycpy(c, from->c, from->nunknowns));
  PetscCall(PetscArraycpy(xi, from->xi, from->columns));
  PetscCall(PetscArraycpy(active, from->active, from->columns));
  *to        = *from;
  to->c      = c;
  to->xi     = xi;
  to->active = active;
  PetscFunctionReturn(0);
}

PetscBool DscSplineFitSameSet(const DscSplineFit *a, const DscSplineFit *b)
{
  return (PetscBool)(memcmp(a->active, b->active, (size_t)a->columns * sizeof(PetscBool)) == 0);
}

PetscErrorCode DscSplineSolverCreate(DscSplineProblem *problem, DscSplineSolver *solver)
{
  const size_t n = (size_t)problem->nunknowns, columns = (size_t)(problem->nfields * problem->nterms);

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(solver, sizeof(*solver)));
  solver->problem = problem;
  PetscCall(DscSplineSystemCreate(problem, &solver->system));
  PetscCall(PetscMalloc4(n * (size_t)(problem->bandwidth + 1), &solver->H, (columns + 1) * n, &solver->rhs,
                         (columns + 1) * columns, &solver->schur, columns, &solver->step));
  PetscCall(DscSplineFitCreate(problem, &solver->trial));
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineSolverDestroy(DscSplineSolver *solver)
{
  PetscFunctionBeginUser;
  PetscCall(DscSplineSystemDestroy(&solver->system));
  PetscCall(PetscFree4(solver->H, solver->rhs, solver->schur, solver->step));
  PetscCall(DscSplineFitDestroy(&solver->trial));
  PetscFunctionReturn(0);
}

/* ---- linear algebra ----------------------------------------------------------------------------------------- */

/* H with its diagonal times 1 + damping, factored. A function that nothing determines gets a little of its own. */
static PetscErrorCode factor_system(DscSplineSolver *s, double damping, PetscBool *ok)
{
  const size_t n = (size_t)s->problem->nunknowns, ld = (size_t)s->problem->bandwidth + 1;
  double       mean = 0.0;

  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(s->H, s->system.H, n * ld));
  for (size_t k = 0; k < n; k++) mean += s->H[k * ld] / (double)n;
  for (size_t k = 0; k < n; k++) s->H[k * ld] = s->H[k * ld] * (1.0 + damping) + 1e-11 * mean;
  PetscCall(DscSplineBandFactor(s->problem->nunknowns, s->problem->bandwidth, s->H, ok));
  PetscFunctionReturn(0);
}

/* Solves A x = b in place for a small symmetric positive definite A [n][n], scaled to a unit diagonal. work [n]. */
static PetscErrorCode solve_small(PetscInt n, double A[], double x[], double work[], PetscBool *ok)
{
  const PetscBLASInt bn = (PetscBLASInt)n, one = 1;
  PetscBLASInt       info = 0;

  PetscFunctionBeginUser;
  *ok = PETSC_FALSE;
  for (PetscInt i = 0; i < n; i++) {
    if (!(A[i * n + i] > 0.0)) PetscFunctionReturn(0);
    work[i] = 1.0 / sqrt(A[i * n + i]);
  }
  *ok = PETSC_TRUE;
  if (n == 0) PetscFunctionReturn(0);
  for (PetscInt i = 0; i < n; i++) {
    for (PetscInt j = 0; j < n; j++) A[i * n + j] *= work[i] * work[j];
    A[i * n + i] += 1e-12;
    x[i] *= work[i];
  }
  PetscCallBLAS("LAPACKpotrf", LAPACKpotrf_("L", &bn, A, &bn, &info));
  *ok = (PetscBool)(info == 0);
  if (*ok) PetscCallBLAS("LAPACKpotrs", LAPACKpotrs_("L", &bn, &one, A, &bn, x, &bn, &info));
  for (PetscInt i = 0; i < n; i++) x[i] *= work[i];
  PetscFunctionReturn(0);
}

/* ---- Gauss-Newton ------------------------------------------------------------------------------------------- */

/* rhs = H^-1 [C of the active columns | gc]; *n: how many are active. */
static PetscErrorCode eliminate(DscSplineSolver *s, const PetscBool active[], PetscInt *n)
{
  const size_t P = (size_t)s->problem->nunknowns;

  PetscFunctionBeginUser;
  *n = 0;
  for (PetscInt j = 0; j < s->trial.columns; j++) {
    if (active && !active[j]) continue;
    PetscCall(PetscArraycpy(s->rhs + (size_t)(*n)++ * P, s->system.C + (size_t)j * P, P));
  }
  PetscCall(PetscArraycpy(s->rhs + (size_t)*n * P, s->system.gc, P));
  PetscCall(DscSplineBandSolve(s->problem->nunknowns, s->problem->bandwidth, s->H, *n + 1, s->rhs));
  PetscFunctionReturn(0);
}

static double dot(size_t n, const double a[], const double b[])
{
  double sum = 0.0;

  for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

/* schur = D - C' H^-1 C and step = gx - C' H^-1 gc on the active columns, after eliminate(). */
static void reduce(DscSplineSolver *s, const PetscBool active[], PetscInt n)
{
  const size_t   P       = (size_t)s->problem->nunknowns;
  const PetscInt columns = s->trial.columns;
  PetscInt       i       = 0;

  for (PetscInt a = 0; a < columns; a++) {
    const double *C = s->system.C + (size_t)a * P;
    PetscInt      j = 0;

    if (active && !active[a]) continue;
    for (PetscInt b = 0; b < columns; b++) {
      if (active && !active[b]) continue;
      s->schur[i * n + j] = s->system.D[a * columns + b] - dot(P, C, s->rhs + (size_t)j * P);
      j++;
    }
    s->step[i++] = s->system.gx[a] - dot(P, C, s->rhs + (size_t)n * P);
  }
}

/* The damped step from `fit` to the trial: dxi = -S^-1 (gx - C'H^-1 gc), dc = -H^-1 (gc + C dxi). */
static PetscErrorCode try_step(DscSplineSolver *s, const DscSplineFit *fit, double damping, PetscBool *ok)
{
  const size_t P = (size_t)s->problem->nunknowns;
  PetscInt     n, k = 0;

  PetscFunctionBeginUser;
  PetscCall(factor_system(s, damping, ok));
  if (!*ok) PetscFunctionReturn(0);
  PetscCall(eliminate(s, fit->active, &n));
  reduce(s, fit->active, n);
  for (PetscInt i = 0; i < n; i++) s->schur[i * n + i] *= 1.0 + damping;
  PetscCall(solve_small(n, s->schur, s->step, s->schur + (size_t)n * (size_t)n, ok));
  if (!*ok) PetscFunctionReturn(0);
  PetscCall(DscSplineFitCopy(fit, &s->trial));
  for (PetscInt j = 0; j < fit->columns; j++) {
    if (fit->active[j]) s->trial.xi[j] -= s->step[k++];
  }
  for (size_t i = 0; i < P; i++) s->trial.c[i] -= s->rhs[(size_t)n * P + i];
  for (PetscInt j = 0; j < n; j++) {
    for (size_t i = 0; i < P; i++) s->trial.c[i] += s->step[j] * s->rhs[(size_t)j * P + i];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineSolverFit(DscSplineSolver *s, const DscSplineWeights *weights, PetscInt max_iterations,
                                  double tolerance, double goal, DscSplineFit *fit)
{
  double damping = FIRST_DAMP;

  PetscFunctionBeginUser;
  fit->nactive = 0;
  for (PetscInt j = 0; j < fit->columns; j++) {
    fit->nactive += fit->active[j] ? 1 : 0;
    if (!fit->active[j]) fit->xi[j] = 0.0;
  }
  PetscCall(DscSplineProblemEvaluate(s->problem, weights, fit->c, fit->xi, &fit->value));
  fit->converged = (PetscBool)(fit->value.v < tolerance); /* v cannot fall below 0 */
  for (PetscInt it = 0; it < max_iterations && !fit->converged; it++) {
    PetscBool better = PETSC_FALSE;
    double    gain   = 0.0;

    PetscCall(DscSplineProblemAssemble(s->problem, weights, fit->c, fit->xi, fit->active, &s->system));
    fit->iterations++;
    for (PetscInt t = 0; t < MAX_TRIALS && !better; t++) {
      PetscBool ok;

      PetscCall(try_step(s, fit, damping, &ok));
      if (ok) {
        PetscCall(DscSplineProblemEvaluate(s->problem, weights, s->trial.c, s->trial.xi, &s->trial.value));
        gain   = fit->value.v - s->trial.value.v;
        better = (PetscBool)(gain >= -1e-9 * fit->value.v);
      }
      if (!better) damping = PetscMax(damping * DAMP_FACTOR, 1e-8);
    }
    if (!better) {
      fit->converged = (PetscBool)(fit->value.v < EXACT); /* rounding is in the way */
      break;
    }
    PetscCall(DscSplineFitCopy(&s->trial, fit));
    damping        = PetscMax(damping / DAMP_FACTOR, LEAST_DAMP);
    fit->converged = (PetscBool)((gain < tolerance && damping < 1e-3) || fit->value.v < tolerance);
    if (it > 1 && fit->value.v - (double)(max_iterations - it) * gain > goal) break;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineSolverInformation(DscSplineSolver *s, const DscSplineWeights *weights, const DscSplineFit *fit,
                                          double S[], double b[])
{
  const PetscInt n = fit->columns;
  PetscInt       all;
  PetscBool      ok;

  PetscFunctionBeginUser;
  PetscCall(DscSplineProblemAssemble(s->problem, weights, fit->c, fit->xi, NULL, &s->system));
  PetscCall(factor_system(s, 0.0, &ok));
  if (!ok) PetscCall(factor_system(s, 1e-8, &ok));
  PetscCheck(ok, PETSC_COMM_SELF, PETSC_ERR_FP, "the spline's system is singular");
  PetscCall(eliminate(s, NULL, &all));
  reduce(s, NULL, all);
  for (PetscInt i = 0; i < n; i++) {
    b[i] = -s->step[i];
    for (PetscInt j = 0; j < n; j++) {
      S[i * n + j] = 0.5 * (s->schur[i * n + j] + s->schur[j * n + i]);
      b[i] += S[i * n + j] * fit->xi[j];
    }
  }
  PetscFunctionReturn(0);
}

/* ---- smoothing and degrees of freedom ------------------------------------------------------------------------- */

/* sign of sample i in probe k */
static double probe_sign(uint64_t seed, PetscInt k, PetscInt i, PetscInt n)
{
  return DscRandomUniform(seed, DSC_STREAM_TRACE, (uint64_t)k * (uint64_t)n + (uint64_t)i) < 0.5 ? -1.0 : 1.0;
}

/* tr(B A^-1 B') of the fields [first, first + nfields), interleaved in the band's unknowns: mean over probes of
   z' B A^-1 B' z. */
static PetscErrorCode estimate_trace(DscSplineSolver *s, PetscInt first, PetscInt nfields, PetscInt bandwidth,
                                     const double factor[], uint64_t seed, double *trace)
{
  const DscSplineProblem *p = s->problem;
  const PetscInt          n = p->space.n * nfields, nlocal = p->space.nlocal;

  PetscFunctionBeginUser;
  *trace = 0.0;
  for (PetscInt k = 0; k < PROBES; k++) {
    double *x = s->rhs, *z = s->rhs + n;

    PetscCall(PetscArrayzero(x, n));
    for (PetscInt i = 0; i < p->nsamples; i++) {
      for (PetscInt f = 0; f < nfields; f++) {
        const double sign = probe_sign(seed, k, i * nfields + f, p->nsamples * nfields);

        if (!DscSplineProblemFits(p, i, first + f)) continue;
        for (PetscInt l = 0; l < nlocal; l++)
          x[(p->base[i] + p->space.local[l]) * nfields + f] += sign * p->rows[(size_t)i * (size_t)nlocal + (size_t)l];
      }
    }
    PetscCall(PetscArraycpy(z, x, n));
    PetscCall(DscSplineBandSolve(n, bandwidth, factor, 1, z));
    *trace += dot((size_t)n, x, z) / (double)PROBES;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineSolverSmooth(DscSplineSolver *s, double roughness, uint64_t seed, double c[], double degrees[])
{
  const DscSplineProblem *p = s->problem;
  PetscBool               ok;

  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < p->nfields; f++) {
    degrees[f] = degrees[0];
    if (f < p->nbands) {
      PetscCall(DscSplineProblemSmoother(p, f, roughness, s->H));
      PetscCall(DscSplineBandFactor(p->space.n, p->space.bandwidth, s->H, &ok));
      PetscCheck(ok, PETSC_COMM_SELF, PETSC_ERR_FP, "the smoothing spline's system is singular");
      PetscCall(estimate_trace(s, f, 1, p->space.bandwidth, s->H, seed, &degrees[f]));
    }
    for (PetscInt i = 0; i < p->space.n; i++) s->rhs[i] = p->By[i * p->nfields + f];
    PetscCall(DscSplineBandSolve(p->space.n, p->space.bandwidth, s->H, 1, s->rhs));
    for (PetscInt i = 0; i < p->space.n; i++) c[i * p->nfields + f] = s->rhs[i];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineSolverInterpolate(DscSplineSolver *s, const double *const values[], double roughness,
                                          double c[])
{
  const DscSplineProblem *p = s->problem;
  PetscBool               ok;

  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < p->nfields; f++) {
    PetscCall(DscSplineProblemSmoother(p, f, roughness, s->H));
    PetscCall(DscSplineBandFactor(p->space.n, p->space.bandwidth, s->H, &ok));
    PetscCheck(ok, PETSC_COMM_SELF, PETSC_ERR_FP, "the interpolating spline's system is singular");
    DscSplineSamplesApply(p, f, values[f], s->rhs);
    PetscCall(DscSplineBandSolve(p->space.n, p->space.bandwidth, s->H, 1, s->rhs));
    for (PetscInt i = 0; i < p->space.n; i++) c[i * p->nfields + f] = s->rhs[i];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineSolverProject(DscSplineSolver *s, const DscSplineProblem *other, const double from[],
                                      double c[])
{
  const DscSplineProblem *p = s->problem;
  PetscBool               ok;

  PetscFunctionBeginUser;
  PetscCall(DscSplineProblemProject(p, other, from, s->H, c));
  PetscCall(DscSplineBandFactor(p->space.n, p->space.bandwidth, s->H, &ok));
  PetscCheck(ok, PETSC_COMM_SELF, PETSC_ERR_FP, "the projection's system is singular");
  for (PetscInt f = 0; f < p->nfields; f++) {
    for (PetscInt i = 0; i < p->space.n; i++) s->rhs[i] = c[i * p->nfields + f];
    PetscCall(DscSplineBandSolve(p->space.n, p->space.bandwidth, s->H, 1, s->rhs));
    for (PetscInt i = 0; i < p->space.n; i++) c[i * p->nfields + f] = s->rhs[i];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscSplineSolverDegrees(DscSplineSolver *s, const DscSplineWeights *weights, const DscSplineFit *fit,
                                      uint64_t seed, double *degrees)
{
  const DscSplineProblem *p = s->problem;
  PetscBool               ok;

  PetscFunctionBeginUser;
  PetscCall(DscSplineProblemAssemble(s->problem, weights, fit->c, fit->xi, fit->active, &s->system));
  PetscCall(factor_system(s, 0.0, &ok));
  PetscCheck(ok, PETSC_COMM_SELF, PETSC_ERR_FP, "the spline's system is singular");
  PetscCall(estimate_trace(s, 0, p->nfields, p->bandwidth, s->H, seed, degrees));
  /* H holds B'B / sigma^2; with several fields the mean variance is close enough for an estimate. */
  double variance = 0.0;
  for (PetscInt f = 0; f < p->nfields; f++) variance += weights->variance[f] / (double)p->nfields;
  *degrees = *degrees / variance + (double)fit->nactive;
  PetscFunctionReturn(0);
}
