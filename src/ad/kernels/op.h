/*
  What an op's kernels see: one node of the graph on one panel. Tensors are [feature][jet][lane]; values that may share
  memory are marked in the op table (ad/ops.c). Kernels cannot fail: shapes were checked when the node was added.
*/
#ifndef DISCERN_AD_KERNELS_OP_H
#define DISCERN_AD_KERNELS_OP_H

#include <discern/ad.h>

#define DSC_OP_MAX_INPUTS     8
#define DSC_OP_MAX_PARAMETERS 4

typedef struct {
  int             lanes, jets;
  const DscJet   *jet;               /* (not owned) */
  int             input_jets;        /* of the first input: only slice and widen have another jet than it */
  const DscJet   *input_jet;         /* (not owned) */
  int             features, ninputs; /* features of the output */
  int             input_features[DSC_OP_MAX_INPUTS];
  const void     *x[DSC_OP_MAX_INPUTS];    /* (not owned) input values */
  void           *y;                       /* (not owned) output value */
  void           *slope;                   /* (not owned) f'(x) as jets, for ops that keep it; shape of y */
  const void     *ybar;                    /* (not owned) adjoint of the output */
  void           *xbar[DSC_OP_MAX_INPUTS]; /* (not owned) adjoints of the inputs; NULL where none is wanted */
  bool            add[DSC_OP_MAX_INPUTS];  /* xbar holds something already */
  int             rows[DSC_OP_MAX_PARAMETERS], columns[DSC_OP_MAX_PARAMETERS];
  const void     *theta[DSC_OP_MAX_PARAMETERS];  /* (not owned) [rows][columns] */
  const void     *packed[DSC_OP_MAX_PARAMETERS]; /* (not owned) kernels/product.h */
  const void     *packed_transpose[DSC_OP_MAX_PARAMETERS];
  void           *thetabar[DSC_OP_MAX_PARAMETERS]; /* (not owned) accumulated */
  const PetscInt *integers;                        /* (not owned) attributes */
  const double   *reals;                           /* (not owned) attributes */
} DscOpContext;

typedef void (*DscOpKernel)(const DscOpContext *op);

/* Forward and adjoint of every op in both precisions. */
#define DSC_DECLARE_OP(name)                                                                                           \
  void DscOp##name##Forward_d(const DscOpContext *op);                                                                 \
  void DscOp##name##Forward_s(const DscOpContext *op);                                                                 \
  void DscOp##name##Adjoint_d(const DscOpContext *op);                                                                 \
  void DscOp##name##Adjoint_s(const DscOpContext *op);
DSC_DECLARE_OP(Linear)
DSC_DECLARE_OP(Bias)
DSC_DECLARE_OP(Add)
DSC_DECLARE_OP(Subtract)
DSC_DECLARE_OP(Multiply)
DSC_DECLARE_OP(Divide)
DSC_DECLARE_OP(Tanh)
DSC_DECLARE_OP(Sin)
DSC_DECLARE_OP(Cos)
DSC_DECLARE_OP(Exp)
DSC_DECLARE_OP(Log)
DSC_DECLARE_OP(Softplus)
DSC_DECLARE_OP(Square)
DSC_DECLARE_OP(Power)
DSC_DECLARE_OP(NormalCdf)
DSC_DECLARE_OP(Affine)
DSC_DECLARE_OP(Slice)
DSC_DECLARE_OP(Concatenate)
DSC_DECLARE_OP(Widen)
DSC_DECLARE_OP(Repeat)
DSC_DECLARE_OP(Reduce)

#endif
