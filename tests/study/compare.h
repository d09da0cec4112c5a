/* Whether two results files hold the same: every group and data set of one is in the other, with the same bytes. */
#ifndef TESTS_STUDY_COMPARE_H
#define TESTS_STUDY_COMPARE_H

#include "fake.h"

static inline void *read_bytes(hid_t file, const char name[], size_t *bytes)
{
  hid_t    dataset = H5Dopen2(file, name, H5P_DEFAULT), type = H5Dget_type(dataset), space = H5Dget_space(dataset);
  hssize_t points = H5Sget_simple_extent_npoints(space);
  void    *values;

  assert_true(dataset >= 0 && points >= 0);
  *bytes = (size_t)points * H5Tget_size(type);
  values = malloc(*bytes + 1);
  if (points) assert_true(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
  H5Sclose(space);
  H5Tclose(type);
  H5Dclose(dataset);
  return values;
}

static inline herr_t compare_object(hid_t file, const char name[], const H5O_info_t *info, void *context)
{
  const hid_t other = *(const hid_t *)context;
  size_t      bytes, other_bytes;
  void       *values, *other_values;

  if (strcmp(name, ".") && H5Lexists(other, name, H5P_DEFAULT) <= 0) fail_msg("only one file has %s", name);
  if (info->type != H5O_TYPE_DATASET) return 0;
  values       = read_bytes(file, name, &bytes);
  other_values = read_bytes(other, name, &other_bytes);
  if (bytes != other_bytes) fail_msg("%s: %zu and %zu bytes", name, bytes, other_bytes);
  if (memcmp(values, other_values, bytes)) fail_msg("%s differs", name);
  free(values);
  free(other_values);
  return 0;
}

/* Call it on one rank. */
static inline void assert_same_files(const char path[], const char other_path[])
{
  hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT), other = H5Fopen(other_path, H5F_ACC_RDONLY, H5P_DEFAULT);

  assert_true(file >= 0 && other >= 0);
  assert_true(H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_INC, compare_object, &other, H5O_INFO_BASIC) >= 0);
  assert_true(H5Ovisit2(other, H5_INDEX_NAME, H5_ITER_INC, compare_object, &file, H5O_INFO_BASIC) >= 0);
  H5Fclose(other);
  H5Fclose(file);
}

#endif
