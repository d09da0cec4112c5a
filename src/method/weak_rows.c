/*
  The rows of the weak form, and how noise of the data enters them.

    X_kj     factor_j sum_p W_q(j) f_j(u_p)       W_q: weights of functional q of function k on its points
    psi_kp   -W_0 - sum_j xi_j factor_j W_q(j) df_j/du(u_p), one for each field: to first order a row's residual is psi e
    C        sum over fields of s^2 psi psi', the covariance of the residuals of all equations

  A row is computed by one rank and sent to all; so are those pairs of rows (k, k + o), 0 <= o <= K/2 around the circle of
  rows, of which every two rows are one, so that all ranks have the same work.
*/
#include "method/weak_private.h"

#include <petscblaslapack.h>

static double dot(PetscInt n, const double *restrict a, const double *restrict b)
{
  double sum[8] = {0.0}; /* of a fixed order that can be vectorised */

  for (; n >= 8; n -= 8, a += 8, b += 8) {
    for (int i = 0; i < 8; i++) sum[i] += a[i] * b[i];
  }
  for (PetscInt i = 0; i < n; i++) sum[0] += a[i] * b[i];
  return ((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7]));
}

static PetscInt npoints_of(const DscWeakFunctions *w, PetscInt k)
{
  return (PetscInt)(w->start[k + 1] - w->start[k]);
}

/* ---- set-up ------------------------------------------------------------------------------------------------- */

/* Functions [counts, places) of the ranks, as DscPartition deals them. */
static PetscErrorCode deal(DscOptions options, DscWeakRows *r)
{
  const PetscInt K = r->functions->nfunctions;
  DscPartition   partition;
  PetscInt       shards, none;
  PetscMPIInt    range[2];

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetInt(options, "shards", &shards));
  PetscCall(DscPartitionCreate(r->comm, K, 1, shards, &partition));
  PetscCall(DscPartitionGetPanels(&partition, partition.first_shard, &r->first, &none));
  PetscCall(DscPartitionGetPanels(&partition, partition.first_shard + partition.nshards - 1, &none, &r->end));
  PetscCallMPI(MPI_Comm_size(r->comm, &r->size));
  PetscCall(PetscMalloc2(r->size, &r->counts, r->size, &r->places));
  PetscCall(PetscMPIIntCast(r->first, &range[0]));
  PetscCall(PetscMPIIntCast(r->end - r->first, &range[1]));
  PetscCallMPI(MPI_Allgather(&range[0], 1, MPI_INT, r->places, 1, MPI_INT, r->comm));
  PetscCallMPI(MPI_Allgather(&range[1], 1, MPI_INT, r->counts, 1, MPI_INT, r->comm));
  PetscFunctionReturn(0);
}

double DscWeakRowsBytes(PetscInt nsamples, const DscWeakTerms *terms, const DscWeakFunctions *functions)
{
  const double K = (double)functions->nfunctions, nf = (double)terms->nfields, N = (double)nsamples;
  double       numbers = N * ((double)terms->nmonomials + 2.0 * nf) + 4.0 * K * ((double)terms->nterms + nf);

  numbers += (double)functions->start[functions->nfunctions] *
             (nf * nf + (functions->regular ? 0.0 : 1.0 + (double)terms->nfunctionals));
  return 8.0 * (numbers + 3.0 * PetscSqr(K * nf));
}

PetscErrorCode DscWeakRowsCreate(MPI_Comm comm, DscOptions options, PetscInt nsamples, const DscWeakTerms *terms,
                                 const DscWeakFunctions *functions, const double noise2[], DscWeakRows *r)
{
  const size_t K = (size_t)functions->nfunctions, nf = (size_t)terms->nfields, N = (size_t)nsamples;
  const size_t columns = (size_t)(terms->nterms + terms->nfields),
               line    = functions->regular ? (size_t)functions->box[3] : (size_t)functions->most;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(r, sizeof(*r)));
  r->comm      = comm;
  r->terms     = terms;
  r->functions = functions;
  r->nsamples  = nsamples;
  r->noise2    = noise2;
  PetscCall(deal(options, r));
  PetscCall(PetscMalloc6((size_t)terms->nmonomials * N, &r->F, columns * K, &r->X, columns * K, &r->rows, line,
                         &r->line, K * (K / 2 + 1) * nf * nf, &r->pairs, nf * nf * K * K, &r->C));
  for (size_t f = 0; f < nf; f++) {
    for (size_t g = 0; g < nf; g++) PetscCall(PetscMalloc1(functions->start[K], &r->psi[f][g]));
  }
  if (!functions->regular) {
    PetscCall(PetscMalloc1(nsamples, &r->position));
    for (PetscInt i = 0; i < nsamples; i++) r->position[i] = -1;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscWeakRowsDestroy(DscWeakRows *r)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree2(r->counts, r->places));
  PetscCall(PetscFree6(r->F, r->X, r->rows, r->line, r->pairs, r->C));
  for (PetscInt f = 0; f < DSC_MAX_FIELDS; f++) {
    for (PetscInt g = 0; g < DSC_MAX_FIELDS; g++) PetscCall(PetscFree(r->psi[f][g]));
  }
  PetscCall(PetscFree(r->position));
  PetscFunctionReturn(0);
}

/* The rows of length `length` that this rank has, to all; in place. */
static PetscErrorCode share(DscWeakRows *r, PetscInt length, double rows[])
{
  MPI_Datatype row;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Type_contiguous((PetscMPIInt)length, MPI_DOUBLE, &row));
  PetscCallMPI(MPI_Type_commit(&row));
  PetscCallMPI(MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, rows, r->counts, r->places, row, r->comm));
  PetscCallMPI(MPI_Type_free(&row));
  PetscFunctionReturn(0);
}

/* ---- X ------------------------------------------------------------------------------------------------------ */

/* All columns of function k on a grid: along the leading coordinates once for each monomial and kind of weights. */
static void row_on_grid(DscWeakRows *r, PetscInt k, double row[])
{
  const DscWeakFunctions *w       = r->functions;
  const DscWeakTerms     *t       = r->terms;
  const PetscInt          columns = t->nterms + t->nfields, length = w->box[3], corner = DscWeakCorner(w, k);

  for (PetscInt q = 0; q < w->nfunctionals; q++) {
    for (PetscInt m = 0; m < t->nmonomials && w->leading[q] == q; m++) {
      const double *F    = r->F + (size_t)m * (size_t)r->nsamples + corner;
      PetscBool     done = PETSC_FALSE;

      for (PetscInt j = 0; j < columns; j++) {
        const DscWeakTerm *term = &t->terms[j];

        if (term->monomial != m || w->leading[term->functional] != q) continue;
        if (!done) {
          double *restrict sum = r->line;

          for (PetscInt i = 0; i < length; i++) sum[i] = 0.0;
          for (PetscInt l = 0; l < w->nlines; l++) {
            const double *restrict values = F + w->line[l];
            const double weight           = w->lead[q * w->nlines + l];

            for (PetscInt i = 0; i < length; i++) sum[i] += weight * values[i];
          }
          done = PETSC_TRUE;
        }
        row[j] = term->factor * dot(length, w->table + term->functional * length, r->line);
      }
    }
  }
}

static void row_on_points(DscWeakRows *r, PetscInt k, double row[])
{
  const DscWeakFunctions *w       = r->functions;
  const DscWeakTerms     *t       = r->terms;
  const PetscInt          columns = t->nterms + t->nfields, n = npoints_of(w, k);
  const PetscInt         *points  = w->points + w->start[k];
  const double           *weights = w->weights + w->start[k] * (size_t)w->nfunctionals;

  for (PetscInt m = 0; m < t->nmonomials; m++) {
    const double *F = r->F + (size_t)m * (size_t)r->nsamples;

    for (PetscInt i = 0; i < n; i++) r->line[i] = F[points[i]];
    for (PetscInt j = 0; j < columns; j++) {
      if (t->terms[j].monomial == m)
        row[j] = t->terms[j].factor * dot(n, weights + t->terms[j].functional * n, r->line);
    }
  }
}

PetscErrorCode DscWeakRowsEvaluate(DscWeakRows *r, double *const fields[])
{
  const PetscInt columns = r->terms->nterms + r->terms->nfields, K = r->functions->nfunctions;

  PetscFunctionBeginUser;
  PetscCall(DscWeakTermsEvaluate(r->terms, r->nsamples, fields, r->noise2, r->F));
  for (PetscInt k = r->first; k < r->end; k++) {
    if (r->functions->regular)
      row_on_grid(r, k, r->rows + k * columns);
    else
      row_on_points(r, k, r->rows + k * columns);
  }
  PetscCall(share(r, columns, r->rows));
  for (PetscInt j = 0; j < columns; j++) {
    for (PetscInt k = 0; k < K; k++) r->X[j * K + k] = r->rows[k * columns + j];
  }
  PetscFunctionReturn(0);
}

/* ---- psi ---------------------------------------------------------------------------------------------------- */

/* psi += coefficient W_q D on the points of function k; D [nsamples], NULL: 1. */
static void add_to_psi(const DscWeakRows *r, PetscInt k, PetscInt q, double coefficient, const double D[], double psi[])
{
  const DscWeakFunctions *w = r->functions;

  if (w->regular) {
    const PetscInt length = w->box[3], corner = DscWeakCorner(w, k);
    const double *restrict table = w->table + q * length;

    for (PetscInt l = 0; l < w->nlines; l++) {
      const double c              = coefficient * w->lead[q * w->nlines + l];
      double *restrict p          = psi + l * length;
      const double *restrict line = D ? D + corner + w->line[l] : NULL;

      if (D)
        for (PetscInt i = 0; i < length; i++) p[i] += c * table[i] * line[i];
      else
        for (PetscInt i = 0; i < length; i++) p[i] += c * table[i];
    }
  } else {
    const PetscInt  n       = npoints_of(w, k);
    const PetscInt *points  = w->points + w->start[k];
    const double   *weights = w->weights + w->start[k] * (size_t)w->nfunctionals + q * n;

    for (PetscInt i = 0; i < n; i++) psi[i] += coefficient * weights[i] * (D ? D[points[i]] : 1.0);
  }
}

/* The noise of field g in the residual of equation f. */
static PetscErrorCode linearise(DscWeakRows *r, PetscInt f, PetscInt g, const double xi[])
{
  const DscWeakTerms     *t   = r->terms;
  const DscWeakFunctions *w   = r->functions;
  double                 *psi = r->psi[f][g];

  PetscFunctionBeginUser;
  r->depends[f][g] = (PetscBool)(f == g);
  PetscCall(PetscArrayzero(psi, w->start[w->nfunctions]));
  for (PetscInt k = 0; k < w->nfunctions && f == g; k++) {
    const DscWeakTerm *left = &t->terms[t->nterms + f];
    add_to_psi(r, k, left->functional, left->factor, NULL, psi + w->start[k]);
  }
  for (PetscInt j = 0; j < t->nterms; j++) {
    const DscMonomial *m     = &t->monomials[t->terms[j].monomial];
    const PetscInt     lower = m->lower[g];

    if (xi[j] == 0.0 || lower < 0) continue;
    r->depends[f][g] = PETSC_TRUE;
    for (PetscInt k = 0; k < w->nfunctions; k++)
      add_to_psi(r, k, t->terms[j].functional, -xi[j] * t->terms[j].factor * (double)m->exponent[g],
                 r->F + (size_t)lower * (size_t)r->nsamples, psi + w->start[k]);
  }
  PetscFunctionReturn(0);
}

/* ---- C ------------------------------------------------------------------------------------------------------ */

/* Sum over the points that functions k and l share. */
static double overlap_on_grid(const DscWeakFunctions *w, PetscInt k, PetscInt l, const double a[], const double b[])
{
  PetscInt from[4], to[4], shift[4];
  double   sum = 0.0;

  for (int c = 0; c < 4; c++) { /* in the box of k */
    shift[c] = w->corner[4 * k + c] - w->corner[4 * l + c];
    from[c]  = PetscMax(0, -shift[c]);
    to[c]    = PetscMin(w->box[c], w->box[c] - shift[c]);
    if (from[c] >= to[c]) return 0.0;
  }
  for (PetscInt i = from[0]; i < to[0]; i++) {
    for (PetscInt j = from[1]; j < to[1]; j++) {
      for (PetscInt h = from[2]; h < to[2]; h++) {
        const PetscInt line  = (i * w->box[1] + j) * w->box[2] + h;
        const PetscInt other = ((i + shift[0]) * w->box[1] + j + shift[1]) * w->box[2] + h + shift[2];

        sum += dot(to[3] - from[3], a + line * w->box[3] + from[3], b + other * w->box[3] + from[3] + shift[3]);
      }
    }
  }
  return sum;
}

/* position: of the points of k. */
static double overlap_on_points(const DscWeakRows *r, PetscInt l, const double a[], const double b[])
{
  const PetscInt *points = r->functions->points + r->functions->start[l];
  const PetscInt  n      = npoints_of(r->functions, l);
  double          sum    = 0.0;

  for (PetscInt i = 0; i < n; i++) {
    const PetscInt place = r->position[points[i]];
    if (place >= 0) sum += a[place] * b[i];
  }
  return sum;
}

static void mark_points(DscWeakRows *r, PetscInt k, PetscBool set)
{
  const PetscInt *points = r->functions->points + r->functions->start[k];

  for (PetscInt i = 0; i < npoints_of(r->functions, k); i++) r->position[points[i]] = set ? i : -1;
}

static double covariance(const DscWeakRows *r, PetscInt k, PetscInt l, PetscInt f, PetscInt h)
{
  const DscWeakFunctions *w   = r->functions;
  double                  sum = 0.0;

  for (PetscInt g = 0; g < r->terms->nfields; g++) {
    const double *a = r->psi[f][g] + w->start[k], *b = r->psi[h][g] + w->start[l];

    if (!r->depends[f][g] || !r->depends[h][g]) continue;
    sum += r->noise2[g] * (w->regular ? overlap_on_grid(w, k, l, a, b) : overlap_on_points(r, l, a, b));
  }
  return sum;
}

/* The lower triangle, from the pairs around the circle. */
static void fill_covariance(DscWeakRows *r)
{
  const PetscInt K = r->functions->nfunctions, nf = r->terms->nfields, offsets = K / 2 + 1;
  const size_t   n = (size_t)K * (size_t)nf;

  for (PetscInt k = 0; k < K; k++) {
    for (PetscInt o = 0; o < offsets; o++) {
      const PetscInt l    = (k + o) % K;
      const double  *pair = r->pairs + ((size_t)k * (size_t)offsets + (size_t)o) * (size_t)(nf * nf);

      for (PetscInt f = 0; f < nf; f++) {
        for (PetscInt h = 0; h < nf; h++) {
          const size_t a = (size_t)(f * K + k), b = (size_t)(h * K + l);
          r->C[a * n + b] = r->C[b * n + a] = pair[f * nf + h];
        }
      }
    }
  }
}

PetscErrorCode DscWeakRowsCovariance(DscWeakRows *r, const double xi[])
{
  const PetscInt K = r->functions->nfunctions, nf = r->terms->nfields, offsets = K / 2 + 1;

  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < nf; f++) {
    for (PetscInt g = 0; g < nf; g++) PetscCall(linearise(r, f, g, xi + f * r->terms->nterms));
  }
  for (PetscInt k = r->first; k < r->end; k++) {
    if (r->position) mark_points(r, k, PETSC_TRUE);
    for (PetscInt o = 0; o < offsets; o++) {
      double *pair = r->pairs + ((size_t)k * (size_t)offsets + (size_t)o) * (size_t)(nf * nf);

      for (PetscInt f = 0; f < nf; f++) {
        for (PetscInt h = 0; h < nf; h++) pair[f * nf + h] = covariance(r, k, (k + o) % K, f, h);
      }
    }
    if (r->position) mark_points(r, k, PETSC_FALSE);
  }
  PetscCall(share(r, offsets * nf * nf, r->pairs));
  fill_covariance(r);
  PetscFunctionReturn(0);
}

/* ---- products with psi -------------------------------------------------------------------------------------- */

PetscErrorCode DscWeakRowsApply(const DscWeakRows *r, double *const e[], double y[])
{
  const DscWeakFunctions *w = r->functions;

  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < r->terms->nfields; f++) {
    for (PetscInt g = 0; g < r->terms->nfields; g++) {
      for (PetscInt k = 0; k < w->nfunctions && r->depends[f][g]; k++) {
        const double *psi = r->psi[f][g] + w->start[k];
        double       *sum = &y[f * w->nfunctions + k];

        if (w->regular) {
          const double *corner = e[g] + DscWeakCorner(w, k);
          for (PetscInt l = 0; l < w->nlines; l++) *sum += dot(w->box[3], psi + l * w->box[3], corner + w->line[l]);
        } else {
          const PetscInt *points = w->points + w->start[k];
          for (PetscInt i = 0; i < npoints_of(w, k); i++) *sum += psi[i] * e[g][points[i]];
        }
      }
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscWeakRowsApplyTranspose(const DscWeakRows *r, const double lambda[], double *const e[])
{
  const DscWeakFunctions *w = r->functions;

  PetscFunctionBeginUser;
  for (PetscInt g = 0; g < r->terms->nfields; g++) {
    PetscCall(PetscArrayzero(e[g], r->nsamples));
    for (PetscInt f = 0; f < r->terms->nfields; f++) {
      for (PetscInt k = 0; k < w->nfunctions && r->depends[f][g]; k++) {
        const double *restrict psi = r->psi[f][g] + w->start[k];
        const double c             = r->noise2[g] * lambda[f * w->nfunctions + k];

        if (w->regular) {
          for (PetscInt l = 0; l < w->nlines; l++) {
            double *restrict line = e[g] + DscWeakCorner(w, k) + w->line[l];
            for (PetscInt i = 0; i < w->box[3]; i++) line[i] += c * psi[l * w->box[3] + i];
          }
        } else {
          const PetscInt *points = w->points + w->start[k];
          for (PetscInt i = 0; i < npoints_of(w, k); i++) e[g][points[i]] += c * psi[i];
        }
      }
    }
  }
  PetscFunctionReturn(0);
}
