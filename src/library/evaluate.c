/* Values of the candidate terms and their adjoint: loops over lanes, no division (features may be 0). */
#include "library/private.h"

/* At most DSC_MAX_LANES lanes, unless nothing goes through the scratch; rows of the caller's arrays are stride apart. */
typedef struct {
  PetscInt      stride, lanes;
  const double *features;
} Block;

static void multiply(PetscInt lanes, const double *restrict a, const double *restrict b, double *restrict c)
{
  for (PetscInt l = 0; l < lanes; l++) c[l] = a[l] * b[l];
}

static void copy(PetscInt lanes, const double *restrict from, double *restrict to)
{
  for (PetscInt l = 0; l < lanes; l++) to[l] = from[l];
}

static void add(PetscInt lanes, const double *restrict from, double *restrict to)
{
  for (PetscInt l = 0; l < lanes; l++) to[l] += from[l];
}

/* c = a b backwards: abar += cbar b, bbar += cbar a. */
static void multiply_adjoint(PetscInt lanes, const double *restrict cbar, const double *restrict a,
                             const double *restrict b, double *restrict abar, double *restrict bbar)
{
  for (PetscInt l = 0; l < lanes; l++) {
    abar[l] += cbar[l] * b[l];
    bbar[l] += cbar[l] * a[l];
  }
}

static const double *atom_value(DscLibrary library, const Block *block, PetscInt atom)
{
  return atom < library->nfeatures ? block->features + atom * block->stride
                                   : library->wave + (atom - library->nfeatures) * DSC_MAX_LANES;
}

/* sin f, cos f with f = multiple * feature, in full rows, so that no lane's bits depend on how many there are. */
static void evaluate_waves(DscLibrary library, const Block *block)
{
  for (PetscInt w = 0; w < library->nwaves; w++) {
    const double *feature = block->features + library->waves[w].feature * block->stride;
    double       *sine    = library->wave + 2 * w * DSC_MAX_LANES;

    for (PetscInt l = 0; l < block->lanes; l++) library->argument[l] = library->waves[w].multiple * feature[l];
    DscVectorSin_d(DSC_MAX_LANES, library->argument, sine);
    DscVectorCos_d(DSC_MAX_LANES, library->argument, sine + DSC_MAX_LANES);
  }
}

static void evaluate_block(DscLibrary library, const Block *block, double theta[])
{
  evaluate_waves(library, block);
  for (PetscInt n = 0; n < library->nnodes; n++) {
    const LibraryNode *node = &library->nodes[n], *parent = node->parent < 0 ? NULL : &library->nodes[node->parent];
    double *value = node->term < 0 ? library->values + node->slot * DSC_MAX_LANES : theta + node->term * block->stride;
    const double *left;

    if (node->atom < 0) {
      for (PetscInt l = 0; l < block->lanes; l++) value[l] = 1.0;
    } else if (!parent) {
      copy(block->lanes, atom_value(library, block, node->atom), value);
    } else {
      left = parent->term < 0 ? library->values + parent->slot * DSC_MAX_LANES : theta + parent->term * block->stride;
      multiply(block->lanes, left, atom_value(library, block, node->atom), value);
    }
  }
}

PetscErrorCode DscLibraryEvaluate(DscLibrary library, PetscInt lanes, const double features[], double theta[])
{
  const PetscInt most = library->nnodes > library->nterms || library->nwaves > 0 ? DSC_MAX_LANES : lanes;

  PetscFunctionBeginUser;
  for (PetscInt first = 0; first < lanes; first += most) {
    const Block block = {.stride = lanes, .lanes = PetscMin(lanes - first, most), .features = features + first};

    evaluate_block(library, &block, theta + first);
  }
  PetscFunctionReturn(0);
}

/* ---- adjoint ---------------------------------------------------------------------------------------------------- */

/* Value of a node that is a parent. */
static const double *inner_value(DscLibrary library, const Block *block, PetscInt n)
{
  const LibraryNode *node = &library->nodes[n];

  return node->parent < 0 ? atom_value(library, block, node->atom) : library->values + node->slot * DSC_MAX_LANES;
}

static double *atom_bar(DscLibrary library, const Block *block, PetscInt atom, double featuresbar[])
{
  return atom < library->nfeatures ? featuresbar + atom * block->stride
                                   : library->wavebar + (atom - library->nfeatures) * DSC_MAX_LANES;
}

/* From a node's bar to those of what it is made of. */
static void adjoint_node(DscLibrary library, const Block *block, const LibraryNode *node, const double bar[],
                         double featuresbar[])
{
  double *atombar;

  if (node->atom < 0) return;
  atombar = atom_bar(library, block, node->atom, featuresbar);
  if (node->parent < 0)
    add(block->lanes, bar, atombar);
  else
    multiply_adjoint(block->lanes, bar, inner_value(library, block, node->parent),
                     atom_value(library, block, node->atom),
                     library->bars + library->nodes[node->parent].slot * DSC_MAX_LANES, atombar);
}

static void start_parents(DscLibrary library, const Block *block, const double thetabar[])
{
  for (PetscInt n = 0; n < library->nnodes; n++) {
    const LibraryNode *node = &library->nodes[n];
    double            *bar;

    if (node->slot < 0) continue;
    bar = library->bars + node->slot * DSC_MAX_LANES;
    if (node->parent >= 0)
      multiply(block->lanes, inner_value(library, block, node->parent), atom_value(library, block, node->atom),
               library->values + node->slot * DSC_MAX_LANES);
    if (node->term >= 0)
      copy(block->lanes, thetabar + node->term * block->stride, bar);
    else
      for (PetscInt l = 0; l < block->lanes; l++) bar[l] = 0.0;
  }
}

static void adjoint_waves(DscLibrary library, const Block *block, double featuresbar[])
{
  for (PetscInt w = 0; w < library->nwaves; w++) {
    const double  k    = library->waves[w].multiple;
    const double *sine = library->wave + 2 * w * DSC_MAX_LANES, *cosine = sine + DSC_MAX_LANES;
    double       *sinebar = library->wavebar + 2 * w * DSC_MAX_LANES, *cosinebar = sinebar + DSC_MAX_LANES;
    double       *to = featuresbar + library->waves[w].feature * block->stride;

    for (PetscInt l = 0; l < block->lanes; l++) {
      to[l] += k * (sinebar[l] * cosine[l] - cosinebar[l] * sine[l]);
      sinebar[l] = cosinebar[l] = 0.0;
    }
  }
}

/* Terms that are no parents first, then the parents, last one first. The bars of waves are zero between calls. */
static void adjoint_block(DscLibrary library, const Block *block, const double thetabar[], double featuresbar[])
{
  evaluate_waves(library, block);
  start_parents(library, block, thetabar);
  for (PetscInt n = 0; n < library->nnodes; n++) {
    const LibraryNode *node = &library->nodes[n];

    if (node->slot < 0) adjoint_node(library, block, node, thetabar + node->term * block->stride, featuresbar);
  }
  for (PetscInt n = library->nnodes - 1; n >= 0; n--) {
    const LibraryNode *node = &library->nodes[n];

    if (node->slot >= 0) adjoint_node(library, block, node, library->bars + node->slot * DSC_MAX_LANES, featuresbar);
  }
  adjoint_waves(library, block, featuresbar);
}

PetscErrorCode DscLibraryAdjoint(DscLibrary library, PetscInt lanes, const double features[], const double thetabar[],
                                 double featuresbar[])
{
  PetscFunctionBeginUser;
  for (PetscInt first = 0; first < lanes; first += DSC_MAX_LANES) {
    const Block block = {
        .stride = lanes, .lanes = PetscMin(lanes - first, DSC_MAX_LANES), .features = features + first};

    adjoint_block(library, &block, thetabar + first, featuresbar + first);
  }
  PetscFunctionReturn(0);
}
