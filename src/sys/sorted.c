#include <discern/sys.h>

PetscInt DscFindSorted(PetscInt n, const double sorted[], double value)
{
  PetscInt low = 0, high = n - 1;

  while (low < high) {
    const PetscInt middle = low + (high - low) / 2;

    if (sorted[middle] < value)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}
