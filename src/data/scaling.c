/*
  Affine scaling of coordinates and fields to the range that networks like.
*/
#include "data/dataset.h"

static PetscErrorCode is_none(DscOptions options, PetscBool *none)
{
  const char *kind;

  PetscFunctionBeginUser;
  PetscCall(DscOptionsGetString(options, "data_scale", &kind));
  PetscCall(PetscStrcmp(kind, "none", none));
  PetscFunctionReturn(0);
}

static void cover(DscScaling *scaling, PetscInt c, double min, double max)
{
  scaling->coordinate_center[c] = .5 * (min + max);
  scaling->coordinate_scale[c]  = .5 * (max - min);
}

PetscErrorCode DscScalingCoverGrid(const DscGridInfo *info, DscOptions options, DscScaling *scaling)
{
  PetscBool none;

  PetscFunctionBeginUser;
  PetscCall(is_none(options, &none));
  for (PetscInt c = 0; c < info->ncoordinates && !none; c++) {
    cover(scaling, c, info->coordinates[c][0], info->coordinates[c][info->extent[c] - 1]);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DscScalingCreate(const DscDataSet *data, DscOptions options, DscScaling *scaling)
{
  PetscBool none;

  PetscFunctionBeginUser;
  for (PetscInt c = 0; c < DSC_MAX_COORDINATES; c++) {
    scaling->coordinate_center[c] = 0.;
    scaling->coordinate_scale[c]  = 1.;
  }
  for (PetscInt f = 0; f < DSC_MAX_FIELDS; f++) {
    scaling->field_center[f] = 0.;
    scaling->field_scale[f]  = 1.;
  }
  PetscCall(is_none(options, &none));
  if (none) PetscFunctionReturn(0);

  /* all samples, so that a test point is not outside of [-1,1] */
  for (PetscInt c = 0; c < data->ncoordinates; c++) {
    double min = data->coordinates[c][0], max = min;

    for (PetscInt i = 1; i < data->nsamples; i++) {
      min = PetscMin(min, data->coordinates[c][i]);
      max = PetscMax(max, data->coordinates[c][i]);
    }
    cover(scaling, c, min, max);
  }
  if (data->positions) { /* a density in x~: times what x~ is divided by, so that its integral stays 1 */
    for (PetscInt c = 1; c < data->ncoordinates; c++) scaling->field_scale[0] /= scaling->coordinate_scale[c];
    PetscFunctionReturn(0);
  }
  /* training samples only: the test samples are unseen */
  for (PetscInt f = 0; f < data->nfields; f++) {
    DscSpread spread;

    DscSpreadOf(data->ntrain, data->fields[f], &spread);
    scaling->field_center[f] = spread.mean;
    if (spread.square > 0.) scaling->field_scale[f] = DscSpreadStd(&spread);
  }
  PetscFunctionReturn(0);
}
