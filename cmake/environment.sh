# shellcheck shell=bash
# Sourced by the scripts that build and run discern on one machine (jobs/quickstart.sh, tests/run.sh, .ci/run).
# DiscernTargets.cmake gives tests the same variables, so that ctest works without this file.

# OpenBLAS reads these when it loads; a wrong processor type halves the speed of every product.
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
# One thread a rank: the parallelism is in the ranks.
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1

# Open MPI as root, on fewer cores than ranks, and beside other programs.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_mpi_yield_when_idle=1

# For a new build directory only: cmake keeps the generator of an existing one.
export CMAKE_GENERATOR=${CMAKE_GENERATOR:-Ninja}
