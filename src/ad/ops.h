/*
  The op table. An op is one row here and two functions in kernels/; graph.c and the gradient test know no op by name.
*/
#ifndef DISCERN_AD_OPS_H
#define DISCERN_AD_OPS_H

#include "ad/kernels/op.h"

typedef enum {
  DSC_OP_INPLACE  = 1,   /* y may share the memory of x[0], and xbar[0] that of ybar */
  DSC_OP_READS_X  = 2,   /* the adjoint reads x */
  DSC_OP_READS_Y  = 4,   /* the adjoint reads y */
  DSC_OP_SLOPE    = 8,   /* keeps f'(x), of y's shape, from forward to adjoint */
  DSC_OP_SETS     = 16,  /* the adjoint obeys add[]; otherwise it always adds, and the graph clears first */
  DSC_OP_PACKED   = 32,  /* its first parameter is used packed */
  DSC_OP_NARROWS  = 64,  /* takes features [integers[0], + integers[1]) of x; may drop directions of the jet */
  DSC_OP_WIDENS   = 128, /* has the graph's jet whatever that of x */
  DSC_OP_POSITIVE = 256  /* defined for x > 0 only (the test draws inputs there) */
} DscOpFlag;

typedef struct {
  const char *name;
  int         min_inputs, max_inputs, nparameters;
  int         flags;
  /* features of the output, or a failed check of the arguments */
  PetscErrorCode (*shape)(const DscOpArguments *arguments, const PetscInt features[], const PetscInt rows[],
                          const PetscInt columns[], PetscInt *out);
  DscOpKernel forward[2], adjoint[2]; /* by DscPrecision */
  /* operations per lane, forward and adjoint; `terms` counts the pairs (j, k) of the recurrences over all directions */
  double forward_flops, adjoint_flops; /* per feature and jet coefficient */
  double forward_pair_flops, adjoint_pair_flops;
  /* how the gradient test makes one: features of each input, shape of the parameter, attributes */
  PetscInt example_features[3], example_rows, example_columns, example_integers[2];
  double   example_reals[2];
} DscOp;

extern const DscOp    DscOps[];
extern const PetscInt DscOpCount;
PetscErrorCode        DscOpFind(const char name[], const DscOp **op);

#endif
