#include "ad/ops.h"

/* ---- shapes ---- */

static PetscErrorCode shape_same(const DscOpArguments *arguments, const PetscInt features[], const PetscInt rows[],
                                 const PetscInt columns[], PetscInt *out)
{
  PetscFunctionBeginUser;
  (void)rows;
  (void)columns;
  for (PetscInt i = 1; i < arguments->ninputs; i++) {
    PetscCheck(features[i] == features[0], PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ,
               "Inputs have %" PetscInt_FMT " and %" PetscInt_FMT " features", features[0], features[i]);
  }
  *out = features[0];
  PetscFunctionReturn(0);
}

static PetscErrorCode shape_linear(const DscOpArguments *arguments, const PetscInt features[], const PetscInt rows[],
                                   const PetscInt columns[], PetscInt *out)
{
  PetscFunctionBeginUser;
  (void)arguments;
  PetscCheck(columns[0] == features[0], PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ,
             "W has %" PetscInt_FMT " columns, its input %" PetscInt_FMT " features", columns[0], features[0]);
  *out = rows[0];
  PetscFunctionReturn(0);
}

static PetscErrorCode shape_bias(const DscOpArguments *arguments, const PetscInt features[], const PetscInt rows[],
                                 const PetscInt columns[], PetscInt *out)
{
  PetscFunctionBeginUser;
  (void)arguments;
  PetscCheck(rows[0] == features[0] && columns[0] == 1, PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ,
             "b is %" PetscInt_FMT " x %" PetscInt_FMT ", its input has %" PetscInt_FMT " features", rows[0],
             columns[0], features[0]);
  *out = features[0];
  PetscFunctionReturn(0);
}

static PetscErrorCode shape_slice(const DscOpArguments *arguments, const PetscInt features[], const PetscInt rows[],
                                  const PetscInt columns[], PetscInt *out)
{
  const PetscInt first = arguments->integers[0], count = arguments->integers[1];

  PetscFunctionBeginUser;
  (void)rows;
  (void)columns;
  PetscCheck(first >= 0 && count > 0 && first + count <= features[0], PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "Slice [%" PetscInt_FMT ", %" PetscInt_FMT ") of %" PetscInt_FMT " features", first, first + count,
             features[0]);
  *out = count;
  PetscFunctionReturn(0);
}

static PetscErrorCode shape_concatenate(const DscOpArguments *arguments, const PetscInt features[],
                                        const PetscInt rows[], const PetscInt columns[], PetscInt *out)
{
  PetscFunctionBeginUser;
  (void)rows;
  (void)columns;
  *out = 0;
  for (PetscInt i = 0; i < arguments->ninputs; i++) *out += features[i];
  PetscFunctionReturn(0);
}

static PetscErrorCode shape_reduce(const DscOpArguments *arguments, const PetscInt features[], const PetscInt rows[],
                                   const PetscInt columns[], PetscInt *out)
{
  PetscFunctionBeginUser;
  (void)arguments;
  (void)features;
  (void)rows;
  (void)columns;
  *out = 1;
  PetscFunctionReturn(0);
}

static PetscErrorCode shape_repeat(const DscOpArguments *arguments, const PetscInt features[], const PetscInt rows[],
                                   const PetscInt columns[], PetscInt *out)
{
  PetscFunctionBeginUser;
  (void)rows;
  (void)columns;
  PetscCheck(arguments->integers[0] > 0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "A tensor cannot be repeated %" PetscInt_FMT " times", arguments->integers[0]);
  *out = arguments->integers[0] * features[0];
  PetscFunctionReturn(0);
}

/* ---- the table ---- */

#define KERNELS(Name)                                                                                                  \
  {DscOp##Name##Forward_d, DscOp##Name##Forward_s},                                                                    \
  {                                                                                                                    \
    DscOp##Name##Adjoint_d, DscOp##Name##Adjoint_s                                                                     \
  }

enum {
  INPLACE  = DSC_OP_INPLACE,
  READS_X  = DSC_OP_READS_X,
  READS_Y  = DSC_OP_READS_Y,
  SLOPE    = DSC_OP_SLOPE,
  SETS     = DSC_OP_SETS,
  PACKED   = DSC_OP_PACKED,
  NARROWS  = DSC_OP_NARROWS,
  WIDENS   = DSC_OP_WIDENS,
  POSITIVE = DSC_OP_POSITIVE
};

/* The products of `linear` are counted by graph.c, from the shape of W. Elementary functions count as 20 operations. */
const DscOp DscOps[] = {
    /* name, inputs, parameters, flags, shape, kernels, flops: per coefficient, per pair; example */
    {"linear", 1, 1, 1, READS_X | SETS | PACKED, shape_linear, KERNELS(Linear), 0, 0, 0, 0, {5}, 7, 5, {0}, {0}},
    {"bias", 1, 1, 1, INPLACE | SETS, shape_bias, KERNELS(Bias), 0, 1, 0, 0, {5}, 5, 1, {0}, {0}},
    {"add", 2, 2, 0, 0, shape_same, KERNELS(Add), 1, 2, 0, 0, {3, 3}, 0, 0, {0}, {0}},
    {"subtract", 2, 2, 0, 0, shape_same, KERNELS(Subtract), 1, 2, 0, 0, {3, 3}, 0, 0, {0}, {0}},
    {"multiply", 2, 2, 0, READS_X, shape_same, KERNELS(Multiply), 2, 4, 2, 4, {3, 3}, 0, 0, {0}, {0}},
    {"divide", 2, 2, 0, READS_X | READS_Y | POSITIVE, shape_same, KERNELS(Divide), 2, 4, 2, 4, {3, 3}, 0, 0, {0}, {0}},
    {"tanh", 1, 1, 0, INPLACE | READS_Y | SETS, shape_same, KERNELS(Tanh), 6, 2, 3, 3, {3}, 0, 0, {0}, {0}},
    {"sin", 1, 1, 0, INPLACE | SLOPE | SETS, shape_same, KERNELS(Sin), 10, 2, 4, 2, {3}, 0, 0, {0}, {0}},
    {"cos", 1, 1, 0, INPLACE | SLOPE | SETS, shape_same, KERNELS(Cos), 10, 2, 4, 2, {3}, 0, 0, {0}, {0}},
    {"exp", 1, 1, 0, INPLACE | READS_Y | SETS, shape_same, KERNELS(Exp), 6, 2, 2, 2, {3}, 0, 0, {0}, {0}},
    {"log", 1, 1, 0, SLOPE | SETS | POSITIVE, shape_same, KERNELS(Log), 6, 2, 4, 2, {3}, 0, 0, {0}, {0}},
    {"softplus", 1, 1, 0, INPLACE | SLOPE | SETS, shape_same, KERNELS(Softplus), 12, 2, 6, 2, {3}, 0, 0, {0}, {0}},
    {"square", 1, 1, 0, READS_X | SETS, shape_same, KERNELS(Square), 1, 2, 2, 2, {3}, 0, 0, {0}, {0}},
    {"power", 1, 1, 0, SLOPE | SETS | POSITIVE, shape_same, KERNELS(Power), 12, 2, 4, 2, {3}, 0, 0, {0}, {1.7}},
    {"normal_cdf", 1, 1, 0, SLOPE | SETS, shape_same, KERNELS(NormalCdf), 20, 2, 6, 2, {3}, 0, 0, {0}, {0}},
    {"affine", 1, 1, 0, 0, shape_same, KERNELS(Affine), 1, 2, 0, 0, {3}, 0, 0, {0}, {1.3, -.4}},
    {"slice", 1, 1, 0, NARROWS, shape_slice, KERNELS(Slice), 0, 1, 0, 0, {5}, 0, 0, {1, 3}, {0}},
    {"concatenate",
     1,
     DSC_OP_MAX_INPUTS,
     0,
     0,
     shape_concatenate,
     KERNELS(Concatenate),
     0,
     1,
     0,
     0,
     {2, 1, 3},
     0,
     0,
     {0},
     {0}},
    {"widen", 1, 1, 0, WIDENS, shape_same, KERNELS(Widen), 0, 1, 0, 0, {3}, 0, 0, {0}, {0}},
    {"repeat", 1, 1, 0, 0, shape_repeat, KERNELS(Repeat), 0, 1, 0, 0, {2}, 0, 0, {3}, {0}},
    {"reduce", 1, 1, 0, 0, shape_reduce, KERNELS(Reduce), 1, 1, 0, 0, {4}, 0, 0, {0}, {0}},
};
const PetscInt DscOpCount = (PetscInt)(sizeof(DscOps) / sizeof(DscOps[0]));

PetscErrorCode DscOpFind(const char name[], const DscOp **op)
{
  PetscFunctionBeginUser;
  *op = NULL;
  for (PetscInt i = 0; i < DscOpCount && !*op; i++) {
    PetscBool same;
    PetscCall(PetscStrcmp(name, DscOps[i].name, &same));
    if (same) *op = &DscOps[i];
  }
  PetscCheck(*op, PETSC_COMM_SELF, PETSC_ERR_ARG_UNKNOWN_TYPE, "No op named '%s'", name);
  PetscFunctionReturn(0);
}
