# Everything from outside, found once and gathered in the interface target discern_dependencies.
include(CheckCSourceCompiles)
find_package(PkgConfig REQUIRED)

# discern_missing(WHAT DEBIAN HINT): stops with the package that Debian has it in, and what to do elsewhere.
function(discern_missing what debian hint)
  message(FATAL_ERROR "discern needs ${what}: not found.\n"
                      "Debian 12: bash cmake/install_debian.sh, or apt-get install ${debian}. Elsewhere: ${hint}")
endfunction()

# discern_module(PREFIX MODULE DEBIAN): a library known to pkg-config, as the target PkgConfig::PREFIX.
macro(discern_module prefix module debian)
  pkg_check_modules(${prefix} QUIET IMPORTED_TARGET ${module})
  if(NOT ${prefix}_FOUND)
    discern_missing(${module} ${debian} "load its module, or name its folder in -DCMAKE_PREFIX_PATH or its .pc file's \
folder in PKG_CONFIG_PATH.")
  endif()
endmacro()

find_package(MPI QUIET COMPONENTS C)
if(NOT MPI_C_FOUND)
  discern_missing("MPI for C" libopenmpi-dev "load the cluster's MPI module, or set -DMPI_C_COMPILER=/path/to/mpicc.")
endif()

# PETSc built by hand is found through its own two variables.
if(DEFINED ENV{PETSC_DIR})
  set(ENV{PKG_CONFIG_PATH}
      "$ENV{PETSC_DIR}/$ENV{PETSC_ARCH}/lib/pkgconfig:$ENV{PETSC_DIR}/lib/pkgconfig:$ENV{PKG_CONFIG_PATH}")
endif()
discern_module(PETSC PETSc>=3.18 libpetsc-real-dev)
set(CMAKE_REQUIRED_LIBRARIES PkgConfig::PETSC MPI::MPI_C)
check_c_source_compiles("#include <petscsys.h>
  #if !defined(PETSC_USE_REAL_DOUBLE) || defined(PETSC_USE_COMPLEX)
  #error real double precision only
  #endif
  int main(void) { return 0; }" DISCERN_PETSC_IS_REAL_DOUBLE)
unset(CMAKE_REQUIRED_LIBRARIES)
if(NOT DISCERN_PETSC_IS_REAL_DOUBLE)
  unset(DISCERN_PETSC_IS_REAL_DOUBLE CACHE)
  discern_missing("a PETSc for real numbers in double precision that compiles with ${MPI_C_COMPILER}" libpetsc-real-dev
                  "point PETSC_DIR and PETSC_ARCH to one; the one found is in ${PETSC_PREFIX}.")
endif()

set(HDF5_PREFER_PARALLEL ON)
find_package(HDF5 QUIET COMPONENTS C HL)
if(NOT HDF5_FOUND OR NOT HDF5_IS_PARALLEL)
  discern_missing("parallel HDF5 with its high-level library" libhdf5-openmpi-dev
                  "set HDF5_ROOT to a parallel installation; what was found: '${HDF5_C_LIBRARIES}'.")
endif()

# Debian has one pkg-config module for whichever BLAS is selected, the one that PETSc uses; others have FindLAPACK.
pkg_check_modules(LAPACK QUIET IMPORTED_TARGET lapack blas)
if(LAPACK_FOUND)
  set(lapack PkgConfig::LAPACK)
else()
  find_package(LAPACK QUIET)
  if(NOT LAPACK_FOUND)
    discern_missing("BLAS and LAPACK" libopenblas-pthread-dev
                    "load a module, or set -DBLA_VENDOR (cmake --help-module FindBLAS).")
  endif()
  set(lapack LAPACK::LAPACK)
endif()

discern_module(FFTW fftw3 libfftw3-dev)
discern_module(YAML yaml-0.1 libyaml-dev)
discern_module(ZLIB zlib zlib1g-dev) # checksums
discern_module(SCALAPACK scalapack-openmpi libscalapack-openmpi-dev)
find_path(RANDOM123_INCLUDE_DIR Random123/philox.h)
if(NOT RANDOM123_INCLUDE_DIR)
  discern_missing("the Random123 headers" librandom123-dev "set -DRANDOM123_INCLUDE_DIR to the folder above Random123/.")
endif()

add_library(discern_dependencies INTERFACE)
target_link_libraries(discern_dependencies INTERFACE
  MPI::MPI_C PkgConfig::PETSC HDF5::HDF5 hdf5::hdf5_hl ${lapack} PkgConfig::FFTW PkgConfig::YAML
  PkgConfig::ZLIB PkgConfig::SCALAPACK m)
target_include_directories(discern_dependencies SYSTEM INTERFACE ${RANDOM123_INCLUDE_DIR})

if(DISCERN_MATIO)
  pkg_check_modules(MATIO QUIET IMPORTED_TARGET matio)
  if(MATIO_FOUND)
    target_link_libraries(discern_dependencies INTERFACE PkgConfig::MATIO)
    target_compile_definitions(discern_dependencies INTERFACE DISCERN_HAVE_MATIO)
  else()
    message(STATUS "libmatio not found: MATLAB v5 files cannot be read")
  endif()
endif()

# Small products by libxsmm: the target discern_xsmm exists where the library was found. It calls the BLAS above, never
# libxsmmnoblas, whose dgemm is a stub.
if(DISCERN_XSMM)
  find_path(XSMM_INCLUDE_DIR libxsmm.h)
  find_library(XSMM_LIBRARY libxsmm.a)
  if(XSMM_INCLUDE_DIR AND XSMM_LIBRARY)
    add_library(discern_xsmm INTERFACE)
    target_include_directories(discern_xsmm SYSTEM INTERFACE ${XSMM_INCLUDE_DIR})
    target_link_libraries(discern_xsmm INTERFACE ${XSMM_LIBRARY} ${lapack} ${CMAKE_DL_LIBS} pthread m)
    target_compile_definitions(discern_xsmm INTERFACE DISCERN_HAVE_XSMM)
  else()
    message(STATUS "libxsmm not found: all products by BLAS")
  endif()
endif()

if(DISCERN_TESTS)
  discern_module(CMOCKA cmocka libcmocka-dev)
endif()
