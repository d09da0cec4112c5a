/*
  The graph of products that evaluate.c runs. A term's parent is the term without one power of its last factor; where that
  is no term of the library it becomes a node of its own. Nodes come after their parents.
*/
#include "library/private.h"

typedef struct {
  DscLibrary   library;
  LibraryTerm *products; /* (owned) [capacity], factors (owned): what the nodes are */
  PetscInt     capacity;
} Build;

static PetscErrorCode find_wave(DscLibrary library, const DscFactor *factor, PetscInt *atom)
{
  PetscInt w = 0;

  PetscFunctionBeginUser;
  while (w < library->nwaves &&
         (library->waves[w].feature != factor->feature || library->waves[w].multiple != factor->multiple))
    w++;
  if (w == library->nwaves) {
    PetscCall(PetscRealloc(sizeof(LibraryWave) * (size_t)(w + 1), &library->waves));
    library->waves[library->nwaves++] = (LibraryWave){factor->feature, factor->multiple};
  }
  *atom = library->nfeatures + 2 * w + (factor->function == DSC_FUNCTION_COS ? 1 : 0);
  PetscFunctionReturn(0);
}

static PetscInt find_node(const Build *build, PetscInt nfactors, const DscFactor factors[])
{
  const DscLibrary library = build->library;

  for (PetscInt n = 0; n < library->nnodes; n++) {
    const LibraryTerm *product = &build->products[n];
    PetscInt           same    = 0;

    if (product->nfactors != nfactors) continue;
    while (same < nfactors && product->factors[same].power == factors[same].power &&
           DscLibraryCompareFactors(library, &product->factors[same], &factors[same]) == 0)
      same++;
    if (same == nfactors) return n;
  }
  return -1;
}

/* The node of a product, made with all that it is made of. */
static PetscErrorCode add_node(Build *build, PetscInt nfactors, const DscFactor factors[], PetscInt *index)
{
  DscLibrary  library = build->library;
  LibraryNode node    = {.parent = -1, .atom = -1, .term = -1, .slot = -1};
  DscFactor  *copy;

  PetscFunctionBeginUser;
  *index = find_node(build, nfactors, factors);
  if (*index >= 0) PetscFunctionReturn(0);
  PetscCall(PetscMalloc1(nfactors, &copy));
  PetscCall(PetscArraycpy(copy, factors, nfactors));
  if (nfactors > 0) {
    DscFactor *last = &copy[nfactors - 1];

    node.atom = last->feature;
    if (last->function != DSC_FUNCTION_NONE) PetscCall(find_wave(library, last, &node.atom));
    if (last->power > 1 || nfactors > 1) {
      last->power--;
      PetscCall(add_node(build, last->power > 0 ? nfactors : nfactors - 1, copy, &node.parent));
      last->power++;
    }
  }
  if (library->nnodes == build->capacity) {
    build->capacity = PetscMax(64, 2 * build->capacity);
    PetscCall(PetscRealloc(sizeof(LibraryNode) * (size_t)build->capacity, &library->nodes));
    PetscCall(PetscRealloc(sizeof(LibraryTerm) * (size_t)build->capacity, &build->products));
  }
  library->nodes[library->nnodes]  = node;
  build->products[library->nnodes] = (LibraryTerm){nfactors, copy};
  *index                           = library->nnodes++;
  PetscFunctionReturn(0);
}

static PetscErrorCode allocate(DscLibrary library)
{
  const size_t nslots = (size_t)library->nslots * DSC_MAX_LANES, nwaves = 2 * (size_t)library->nwaves * DSC_MAX_LANES;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc4(nslots, &library->values, nslots, &library->bars, nwaves, &library->wave, nwaves,
                         &library->wavebar));
  PetscFunctionReturn(0);
}

PetscErrorCode DscLibraryMakePlan(DscLibrary library)
{
  Build build = {.library = library};

  PetscFunctionBeginUser;
  for (PetscInt t = 0; t < library->nterms; t++) {
    PetscInt n;

    PetscCall(add_node(&build, library->terms[t].nfactors, library->terms[t].factors, &n));
    library->nodes[n].term = t;
  }
  for (PetscInt n = 0; n < library->nnodes; n++) {
    const PetscInt parent = library->nodes[n].parent;

    if (parent >= 0 && library->nodes[parent].slot < 0) library->nodes[parent].slot = library->nslots++;
    PetscCall(PetscFree(build.products[n].factors));
  }
  PetscCall(PetscFree(build.products));
  PetscCall(allocate(library));
  PetscFunctionReturn(0);
}

PetscErrorCode DscLibraryDestroyPlan(DscLibrary library)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree4(library->values, library->bars, library->wave, library->wavebar));
  PetscCall(PetscFree(library->nodes));
  PetscCall(PetscFree(library->waves));
  PetscFunctionReturn(0);
}
