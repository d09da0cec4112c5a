/*
  The factorisation's plan. Lanes are taken a vector register at a time (a chunk); everything below is of one chunk, with
  `Vector` as its scalar.

  x_t are the m = k (d+1) unknowns of step t, highest derivative first: u^(o) of dimension i is at (d-o) k + i. Stage t
  = n-1 .. 1 eliminates x_t. Its columns: x_t (m), x_{t-1} (m), the central rows' x_{t-2}^(d-1) (k, `out`), eps. Its
  rows: what is carried from the stage before, a triangle of x_t (m rows), x_{t-1}^(d-1) (k, `in`) and eps (1);
  equations and conditions at t-1 (`local`); Taylor rows of the interval (t-1, t), forward (kd) and backward (kd), and
  between these the central rows at t-1 (`out`). Reflections, in order:
    A  m columns of x_t: pivots the carried rows, others the Taylor and central rows. The pivots become rows of R.
    C  m columns of x_{t-1} and x_{t-2}^(d-1): pivots and others local, carried (`in`), Taylor and central rows, each row
       when its turn comes
    E  eps: pivot the carried row of eps, others what is left; these become the tail of Q'beta, the residual.
  Pivots of C and E are carried to the next stage. What is left at t = 0 is a triangle F of m+1 columns (x_0, eps), to
  which rows of Tikhonov's are added where it is singular: with initial values at t = 0 it is as well-conditioned as
  these, whatever n, and the substitution then runs forward in time.

  Why it keeps its digits: a reflection does not see the scale of its column, so derivatives of whatever order and step
  are alike, as they are not to the normal equations. It does see the scales of rows: in units of the step equations
  weigh 1/h^d, and a heavy row that is not the pivot costs the pivot its digits. Hence the highest derivative first,
  with the equation as its pivot.

  A reflection I - tau v v' is kept as v_0, tau, v_1.. (not normalised), a row of R as 1/R_jj and the entries to its
  right.
*/
#ifndef DISCERN_ODE_PRIVATE_H
#define DISCERN_ODE_PRIVATE_H

#include <discern/ode.h>

#ifdef __AVX512F__
#define DSC_ODE_VECTOR_BYTES 64
#else
#define DSC_ODE_VECTOR_BYTES 32
#endif
#define DSC_ODE_CHUNK ((int)(DSC_ODE_VECTOR_BYTES / sizeof(double))) /* lanes */
typedef double Vector __attribute__((vector_size(DSC_ODE_VECTOR_BYTES)));
/* The same in the caller's arrays. */
typedef double VectorAt __attribute__((vector_size(DSC_ODE_VECTOR_BYTES), aligned(8), may_alias));

/* The sizes of a stage (above). */
typedef struct {
  int k, d, m;
  int local, in, out;
  int rows;    /* local + in + Taylor + central */
  int kept;    /* local + in: those that have no part in A */
  int inner;   /* pivots of C: m + out */
  int columns; /* 2m + out + 1 */
} DscODEStage;

static inline DscODEStage DscODEStageOf(int k, int d, int local, int in, int out)
{
  const int m = k * (d + 1);
  return (DscODEStage){.k       = k,
                       .d       = d,
                       .m       = m,
                       .local   = local,
                       .in      = in,
                       .out     = out,
                       .rows    = local + in + 2 * k * d + out,
                       .kept    = local + in,
                       .inner   = m + out,
                       .columns = 2 * m + out + 1};
}

/* Rows without a part in A: the other rows are forward, central and backward, and column j of x_t, of derivative o, is
   empty in the forward rows of orders below o, and in all forward and central rows if o = d. */
static inline int DscODESkip(DscODEStage g, int j)
{
  return g.kept + (j < g.k ? g.k * g.d + g.out : g.k * (g.d - j / g.k));
}

/* Vectors of a stage's reflections: where those of A (the j-th), C (the q-th) and E begin, and all. */
static inline int DscODEStartA(DscODEStage g, int j)
{
  int start = 0;
  for (int i = 0; i < j; i++) start += 2 + g.rows - DscODESkip(g, i);
  return start;
}

static inline int DscODEStartC(DscODEStage g, int q)
{
  return DscODEStartA(g, g.m) + q * (1 + g.rows) - q * (q - 1) / 2;
}

static inline int DscODEStartE(DscODEStage g)
{
  return DscODEStartC(g, g.inner);
}

static inline int DscODEReflections(DscODEStage g)
{
  return DscODEStartE(g) + 2 + g.rows - g.inner;
}

/* Vectors of a stage's rows of R: where row j begins; all for j = m. */
static inline int DscODERow(DscODEStage g, int j)
{
  return j * g.columns - j * (j - 1) / 2;
}

/* One chunk's memory; the offsets, the same for all chunks, are in the object. */
typedef struct {
  Vector *Q, *R;    /* (not owned) reflections and rows of R, stage after stage */
  Vector *s;        /* (not owned) [n-1] steps */
  Vector *z;        /* (not owned) [n][m] the latest solution x_t */
  Vector *p;        /* (not owned) [n][m] R'^{-1} g of the adjoint */
  Vector *tail;     /* (not owned) Q'beta beyond R, stage after stage */
  Vector *epsilon;  /* (not owned) [1] */
  Vector *firstQ;   /* (not owned) [m(m+3)/2] reflections of the local rows of n-1 */
  Vector *finalQ;   /* (not owned) [m+1][m+3] */
  Vector *finalR;   /* (not owned) [(m+1)(m+2)/2] */
  Vector *finalEnd; /* (not owned) [m+1] Q'beta of the added rows */
} DscODEChunk;

struct _p_DscODE {
  DscODESizes    sizes;
  DscODEInitial *initial; /* (owned) [ninitial] */
  int            k, d, m, equations, n, lanes, chunks;
  int            shape;       /* 10 k + d where there are k equations, otherwise 0: chooses the kernels */
  int           *first;       /* (owned) [n+1] where a step's conditions begin in condition[] */
  int           *condition;   /* (owned) [ninitial] indices into initial[]: by step, highest order first */
  size_t        *reflections; /* (owned) [n+1] where stage t's reflections begin */
  size_t        *rows;        /* (owned) [n+1] its rows of R */
  size_t        *tails;       /* (owned) [n+1] stage t's part of the tail */
  size_t         pitch;       /* Vectors of a chunk */
  Vector        *memory;      /* (owned) [chunks][pitch] */
  Vector        *scratch;     /* (owned) */
  DscODEStatus  *status;      /* (owned) [lanes] */
  PetscBool      factored, solved;
};

static inline int DscODELocalRows(DscODE ode, int t)
{
  return ode->equations + ode->first[t + 1] - ode->first[t];
}

/* Whether there is a central row at t. */
static inline int DscODECentral(DscODE ode, int t)
{
  return ode->sizes.central && t > 0 && t < ode->n - 1;
}

static inline DscODEStage DscODEStageAt(DscODE ode, int t)
{
  return DscODEStageOf(ode->k, ode->d, DscODELocalRows(ode, t - 1), DscODECentral(ode, t) ? ode->k : 0,
                       DscODECentral(ode, t - 1) ? ode->k : 0);
}

/* k equations and no conditions at t-1, central rows at both: the stage that all but a few are. */
static inline int DscODEStageIsUsual(DscODE ode, int t)
{
  return DscODECentral(ode, t) && DscODECentral(ode, t - 1) && ode->first[t] == ode->first[t - 1];
}

/* The chunk's part of memory; scratch of the kernels, in Vectors. */
DscODEChunk DscODEGetChunk(DscODE ode, int chunk);
size_t      DscODEFactorScratch(DscODE ode);
size_t      DscODESolveScratch(DscODE ode);
size_t      DscODEAdjointScratch(DscODE ode);

/* One chunk; arrays begin at its first lane. */
typedef struct {
  const double *b, *initial;
  double       *u, *epsilon;
} DscODESolution;

typedef struct {
  const double *ubar, *epsilonbar;
  double       *cbar, *bbar, *initialbar, *sbar;
} DscODEGradient;

void DscODEFactorChunk(DscODE ode, int chunk, const double c[], const double s[]);
void DscODESolveChunk(DscODE ode, int chunk, const DscODESolution *solution);
void DscODEAdjointChunk(DscODE ode, int chunk, const DscODEGradient *gradient);

#endif
